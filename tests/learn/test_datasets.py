"""The data: shapes, the parts kept apart, and that the model learns from them."""

import builtins
import math
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

import autograd_mini as am
from autograd_mini import learn


def test_breast_cancer_is_in_the_lectures_shapes() -> None:
    X, Y, names = learn.breast_cancer()
    assert X.shape == (30, 569)
    assert Y.shape == (1, 569)
    assert len(names) == 30
    assert set(Y.ravel()) == {0.0, 1.0}
    assert X[names.index("worst_area"), 0] == 2019.0


def test_a_thousand_iterations_tell_at_least_97_of_100_held_out_tumours_right() -> None:
    X, Y, _ = learn.breast_cancer()
    X_train, Y_train, X_test, Y_test = learn.split(X, Y, seed=0)
    X_train, X_test = learn.standardise(X_train, X_test)
    history = learn.descend(
        lambda w, b: learn.cost(w, b, X_train, Y_train),
        [np.zeros((30, 1)), 0.0],
        alpha=0.1,
        iterations=1000,
    )
    assert X_test.shape == (30, 142)
    assert history.costs[0] == pytest.approx(np.log(2))
    assert np.all(np.diff(history.costs) < 0)
    assert learn.accuracy(learn.predict(*history.variables, X_test), Y_test) >= 0.97


def colours(pixels):
    """Red, green and blue as one number."""
    return pixels.astype(int) @ [65536, 256, 1]


def places(patch, photograph):
    """All (row, column) where the patch is in the photograph, pixel for pixel."""
    rows, columns = np.nonzero(photograph[:-63, :-63] == patch[0, 0])
    return [
        (row, column)
        for row, column in zip(rows, columns, strict=True)
        if np.array_equal(photograph[row : row + 64, column : column + 64], patch)
    ]


def test_training_and_test_patches_come_from_disjoint_regions_of_the_photographs() -> None:
    photographs = [colours(photograph) for photograph in load_sample_images().images]
    X_train, Y_train, X_test, Y_test = learn.photo_patches()
    for X, Y, region in ((X_train, Y_train, range(448)), (X_test, Y_test, range(448, 640))):
        for x, label in zip(X.T, Y[0], strict=True):
            patch = colours((x.reshape(64, 64, 3) * 255).round())
            found = places(patch, photographs[int(label)])
            assert found
            assert all(column in region and column + 63 in region for _, column in found)
            assert not places(patch, photographs[1 - int(label)])


def test_the_patches_are_of_the_lectures_size() -> None:
    X_train, Y_train, X_test, Y_test = learn.photo_patches()
    assert X_train.shape == (64 * 64 * 3, 209)
    assert Y_train.shape == (1, 209)
    assert X_test.shape == (64 * 64 * 3, 50)
    assert Y_test.shape == (1, 50)
    assert X_train.min() >= 0.0
    assert 0.9 < X_train.max() <= 1.0
    assert Y_train.sum() == 104
    assert Y_test.sum() == 25


def test_the_seed_says_which_patches() -> None:
    X, again, other = (learn.photo_patches(3, 1, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(X, again)
    assert not np.array_equal(X, other)


@pytest.mark.parametrize("missing", ["sklearn", "PIL"])
def test_without_its_packages_photo_patches_says_what_to_install(missing, monkeypatch) -> None:
    imported = builtins.__import__

    def no(name, *rest):
        if name.split(".")[0] == missing:
            raise ImportError(f"No module named {name!r}")
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no)
    with pytest.raises(am.MissingPackageError, match=r'pip install "autograd_mini\[sklearn\]"'):
        learn.photo_patches()


@pytest.mark.parametrize(("train", "test"), [(0, 1), (1, 0), (-1, 1)])
def test_no_patches_at_all_are_refused(train: int, test: int) -> None:
    with pytest.raises(am.InputError, match=f"train={train} and test={test}"):
        learn.photo_patches(train, test)


def test_split_parts_the_examples_without_losing_or_repeating_one() -> None:
    X = np.arange(40.0).reshape(2, 20)
    Y = (np.arange(20) % 2).reshape(1, 20)
    X_train, Y_train, X_test, Y_test = learn.split(X, Y, held_out=0.3, seed=5)
    assert X_test.shape == (2, 6)
    assert sorted([*X_train[0], *X_test[0]]) == list(range(20))
    for part, labels in ((X_train, Y_train), (X_test, Y_test)):
        np.testing.assert_array_equal(part[1], part[0] + 20)
        np.testing.assert_array_equal(labels[0], part[0] % 2)


def test_split_repeats_for_a_seed() -> None:
    X, Y = np.arange(20.0).reshape(1, 20), np.zeros((1, 20))
    first, again, other = (learn.split(X, Y, seed=seed)[2] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("held_out", [0.0, 0.01, 1.0, -0.5, 2.0])
def test_split_leaves_no_part_empty(held_out: float) -> None:
    with pytest.raises(am.InputError, match=f"held_out={held_out} of 4 examples"):
        learn.split(np.zeros((1, 4)), np.zeros((1, 4)), held_out=held_out)


@pytest.mark.parametrize("held_out", [np.nan, np.inf, "a", None])
def test_what_is_no_share_is_refused(held_out: Any) -> None:
    with pytest.raises(am.InputError, match="must be a share between 0 and 1"):
        learn.split(np.zeros((1, 4)), np.zeros((1, 4)), held_out=held_out)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(am.InputError, match="must be a whole number, 0 or more"):
        learn.split(np.zeros((1, 4)), np.zeros((1, 4)), seed=seed)


def test_a_seed_may_be_numpy_s_whole_number() -> None:
    X, Y = np.arange(4.0).reshape(1, 4), np.ones((1, 4))
    same = zip(learn.split(X, Y, seed=3), learn.split(X, Y, seed=np.int64(3)), strict=True)  # type: ignore[arg-type]
    assert all(np.array_equal(x, y) for x, y in same)


def test_standardise_is_quiet_where_the_range_is_beyond_the_largest_float() -> None:
    found = learn.standardise([[-1.5e308, 1.5e308]])[0]
    np.testing.assert_array_equal(found, [[-1.0, 1.0]])


@pytest.mark.parametrize("size", [1e160, 1e-170, 5e-324, 1e300])
def test_standardise_takes_features_of_any_size(size: float) -> None:
    found = learn.standardise([[size, 2 * size, 3 * size]])[0]
    np.testing.assert_allclose(found, [[-math.sqrt(1.5), 0.0, math.sqrt(1.5)]], atol=1e-15)


def test_standardise_measures_by_the_training_examples_alone() -> None:
    rng = np.random.default_rng(0)
    X_train, X_test = rng.normal(5.0, 3.0, (4, 50)), rng.normal(5.0, 3.0, (4, 10))
    a, b = learn.standardise(X_train, X_test)
    np.testing.assert_allclose(a.mean(axis=1), 0.0, atol=1e-14)
    np.testing.assert_allclose(a.std(axis=1), 1.0)
    np.testing.assert_allclose(
        b * X_train.std(axis=1)[:, None] + X_train.mean(axis=1)[:, None], X_test
    )
    np.testing.assert_array_equal(learn.standardise(X_train)[0], a)


def test_a_constant_feature_becomes_exactly_0() -> None:
    X = np.full((2, 3), 0.1)
    X[1] = [1, 2, 3]
    a, b = learn.standardise(X, [[0.6], [2.0]])
    np.testing.assert_array_equal(a[0], 0.0)
    np.testing.assert_array_equal(b, [[0.5], [0.0]])


def test_standardise_refuses_other_features() -> None:
    with pytest.raises(am.ShapeError, match=r"\(2, 3\) and another X \(3, 3\)"):
        learn.standardise(np.zeros((2, 3)), np.zeros((3, 3)))
