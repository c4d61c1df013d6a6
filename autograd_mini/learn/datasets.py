"""Real data in the lecture's shapes, and what is done to data before learning from it."""

from __future__ import annotations

import csv
import math
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, MissingPackageError, ShapeError
from . import shapes

Array = np.ndarray[Any, np.dtype[Any]]


def breast_cancer() -> tuple[Array, Array, list[str]]:
    """569 tumours by 30 measurements of their cell nuclei: X (30, 569), Y (1, 569) and 30 names.

    The label is 1 for benign, 0 for malignant. Source and licence (CC BY 4.0): the README beside
    the data; in a checkout, demos/data.

    >>> import autograd_mini as am
    >>> X, Y, names = am.learn.breast_cancer()
    >>> X.shape, Y.shape, names[0], float(X[0, 0]), int(Y.sum())
    ((30, 569), (1, 569), 'mean_radius', 17.99, 357)
    """
    with (Path(__file__).parent / "data" / "breast_cancer.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    columns = np.array(rows, dtype=float).T
    return columns[:-1], columns[-1:], header[:-1]


PATCH = 64
TEST_FROM = 448
"""Where a photograph, 640 pixels wide, is parted: what is left of this is trained on."""


def photo_patches(
    train: int = 209, test: int = 50, seed: int = 0
) -> tuple[Array, Array, Array, Array]:
    """Patches of 64 x 64 x 3 pixels from two photographs: X_train, Y_train, X_test, Y_test.

    X is (12288, m), pixels / 255, a patch a column; the label says which photograph, 0 a temple, 1
    a flower, by turns. Training patches are cut from the left 448 pixels of each photograph, test
    patches from the rest, so that no pixel is in both; within a part they may overlap. The
    photographs are those that scikit-learn carries.

    Raises `MissingPackageError` without scikit-learn and Pillow, `InputError` for no patches.

    >>> import autograd_mini as am
    >>> X_train, Y_train, X_test, Y_test = am.learn.photo_patches()
    >>> X_train.shape, Y_train.shape, X_test.shape, Y_test.shape
    ((12288, 209), (1, 209), (12288, 50), (1, 50))
    """
    if train < 1 or test < 1:
        raise InputError(f"train={train} and test={test}: both need at least one patch")
    try:
        from sklearn.datasets import load_sample_images

        photographs = load_sample_images().images
    except ImportError as error:
        raise MissingPackageError(
            f"photo_patches needs scikit-learn and Pillow ({error}); install them with: "
            'pip install "autograd_mini[sklearn]"'
        ) from error
    rng = np.random.default_rng(seed)
    left = [photograph[:, :TEST_FROM] for photograph in photographs]
    right = [photograph[:, TEST_FROM:] for photograph in photographs]
    return (*_patches(left, train, rng), *_patches(right, test, rng))


def _patches(areas: list[Array], m: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """m patches at random places, by turns of each area, unrolled to columns; and which area."""
    Y = np.arange(m) % len(areas)
    columns = []
    for label in Y:
        height, width, _ = areas[label].shape
        row, column = rng.integers(height - PATCH + 1), rng.integers(width - PATCH + 1)
        columns.append(areas[label][row : row + PATCH, column : column + PATCH].ravel() / 255)
    return np.stack(columns, axis=1), Y.reshape(1, m).astype(float)


def split(
    X: Any, Y: Any, held_out: float = 0.25, seed: int = 0
) -> tuple[Array, Array, Array, Array]:
    """The examples in two parts, drawn at random: X_train, Y_train, X_test, Y_test.

    ``held_out`` is the share that is kept from training; the same ``seed`` gives the same parts.
    Raises `InputError` where a part would be empty, `ShapeError` where X and Y do not fit together.

    >>> import numpy as np
    >>> import autograd_mini as am
    >>> parts = am.learn.split(np.zeros((2, 8)), np.ones((1, 8)))
    >>> [part.shape for part in parts]
    [(2, 6), (1, 6), (2, 2), (1, 2)]
    """
    X = np.asarray(shapes.examples(X))
    Y = shapes.labels(Y, X)
    m = X.shape[1]
    if not isinstance(held_out, Real) or not math.isfinite(held_out):
        raise InputError(f"held_out={held_out!r} must be a share between 0 and 1")
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed={seed!r} must be a whole number, 0 or more")
    count = round(m * held_out)
    if not 0 < count < m:
        raise InputError(
            f"held_out={held_out} of {m} examples is {count}; both parts need at least one"
        )
    order = np.random.default_rng(seed).permutation(m)
    test, train = order[:count], order[count:]
    return X[:, train], Y[:, train], X[:, test], Y[:, test]


def standardise(X_train: Any, *others: Any) -> tuple[Array, ...]:
    """Each feature less its mean and divided by its standard deviation, both of X_train alone.

    ``others`` (the held-out examples, say) are measured by the same rule, so that nothing of them
    leaks into it. A feature that is constant in X_train becomes 0 there. Raises `InputError` for a
    nan or inf, `ShapeError` where the features are not as many.

    >>> import autograd_mini as am
    >>> X_train, X_test = am.learn.standardise([[1.0, 3.0]], [[4.0]])
    >>> X_train, X_test
    (array([[-1.,  1.]]), array([[2.]]))
    """
    arrays = [np.asarray(shapes.examples(X), dtype=float) for X in (X_train, *others)]
    for X in arrays:
        shapes.complete(X)
        if len(X) != len(arrays[0]):
            raise ShapeError(
                f"X_train has shape {arrays[0].shape} and another X {X.shape}: the features, a row "
                "each, are not as many",
                shapes=(arrays[0].shape, X.shape),
            )
    constant = arrays[0].max(axis=1) == arrays[0].min(axis=1)
    # By powers of 2, which lose no digit: squares of 1e160 would be inf, those of 1e-170 be 0.
    powers = np.frexp(np.abs(arrays[0]).max(axis=1, keepdims=True))[1]
    powers[constant] = 0
    arrays = [np.ldexp(X, -powers) for X in arrays]
    mean = arrays[0].mean(axis=1, keepdims=True)
    deviation = arrays[0].std(axis=1, keepdims=True)
    # By rounding, a constant may have another mean than itself and a deviation that is not 0.
    mean[constant], deviation[constant] = arrays[0][constant, :1], 1.0
    return tuple((X - mean) / deviation for X in arrays)
