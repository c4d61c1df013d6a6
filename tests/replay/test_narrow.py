"""Narrow dtypes, whole numbers and truths beside the arguments: replays give what nodes give."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am

NARROW = np.array([1.0, -2.0, 3.0], np.float32)
LARGE = np.array([1e300])
TRUTHS = np.ones((4, 3), bool)
BYTES = np.full((2, 3), 100, np.int8)
SINGLES = np.full((2, 3), 3e38, np.float32)


def same(f: Any, x: Any, exact: bool) -> None:
    step = am.compile(f, exact=exact)
    node = am.Tensor(x) if isinstance(x, np.ndarray) else am.Value(x)
    wanted = np.asarray(am.detach(f(node)).data)
    for _ in range(2):
        found = np.asarray(step(x))
        np.testing.assert_array_equal(found, wanted)
        assert found.dtype == wanted.dtype


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.where(x > 0, x, LARGE),
        lambda x: x * LARGE,
        lambda x: LARGE - x,
        lambda x: am.sum(x) * np.array(1e300),
        lambda x: am.sum(x) * np.float64(1e300),
        lambda x: x + LARGE,
    ],
)
def test_a_constant_of_another_dtype_widens(f: Any, exact: bool) -> None:
    same(f, NARROW, exact)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: am.sum(am.einsum("ij,k->k", TRUTHS, x)), np.ones(3)),
        (lambda x: am.einsum("ij,j->", BYTES, x), np.ones(3)),
        (lambda x: am.einsum("ij,j->", SINGLES, x), np.full(3, 1e-30)),
        (lambda x: am.einsum("ij,j->i", np.eye(3), x), np.ones(3)),
    ],
)
def test_einsum_widens_its_operands(f: Any, x: Any, exact: bool) -> None:
    same(f, x, exact)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (am.flip, 2.0),
        (lambda x: am.flip(x) * 2, 2.0),
        (lambda x: am.flip(am.sum(x)), np.ones(3)),
        (lambda x: am.sum(x)[()], np.ones(3)),
        (lambda x: am.astype(x, np.float32), 2.1),
        (lambda x: am.astype(x, np.float32) * x, 2.1),
        (lambda x: am.astype(am.sum(x), np.float32), np.ones(3)),
    ],
)
def test_numbers_without_axes(f: Any, x: Any, exact: bool) -> None:
    same(f, x, exact)
    slope = am.compile(am.grad(lambda x: am.sum(f(x))), exact=exact)
    np.testing.assert_array_equal(slope(x), am.grad(lambda x: am.sum(f(x)))(x))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2 if am.grad(am.sum)(x)[0] > 0 else x,
        lambda x: x[x**0 > 0],
        lambda x: x * int(am.sum(x**0)),
        lambda x: x if am.sum(x**0) > 0 else x * 2,
        lambda x: x * 2 if am.hessian(lambda z: am.sum(z * z))(x)[0, 0] > 0 else x,
    ],
)
def test_a_truth_that_always_holds_is_no_guard(f: Any, exact: bool) -> None:
    x = np.array([2.0, -3.0])
    step = am.compile(f, exact=exact)
    for at in (x, 5 * x):
        np.testing.assert_array_equal(step(at), f(at))
    assert len(step.recordings) == 1
    assert step.recordings[0].program.guards() == []


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * np.int64(3),
        lambda x: np.True_ * x,
        lambda x: am.abs(x) ** np.True_,
        lambda x: am.clip(x, np.int64(3), np.int64(7)),
        lambda x: (x * 2, np.True_),
    ],
)
def test_numbers_and_truths_of_numpy_are_saved(f: Any, tmp_path: Path) -> None:
    x = np.array([2.0, 9.0])
    step = am.compile(f)
    wanted = step(x)
    step.save(tmp_path / "step.json")
    found = am.load_program(tmp_path / "step.json")(x)
    np.testing.assert_array_equal(found[0], wanted[0])
    assert str(found) == str(wanted).replace("np.True_", "True")
