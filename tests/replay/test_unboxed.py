"""NumPy's single numbers as floats: the same results, of the same types, inf and nan as well."""

import math
from typing import Any

import numpy as np
import pytest

import autograd_mini as am

XS = np.linspace(0.1, 2.0, 40)


def recurrence(xs: Any, w: Any, u: Any) -> Any:
    h = 0.0
    for x in xs:
        h = am.tanh(w * h + u * x)
    return h


def of_pairs(xs: Any, w: Any, u: Any) -> Any:
    h = xs[0, 0]
    for x in xs:
        h = am.sin(h * w) * x[0] + u * x[1]
    return h


def beside_arrays(xs: Any, w: Any, u: Any) -> Any:
    h = xs[-1]
    for x in xs:
        h = am.cos(h) * w + x * u
    return {"last": h, "times": xs * h, "chosen": am.where(h > 0, h, xs[1]), "sum": am.sum(xs)}


def divided(xs: Any, w: Any, u: Any) -> Any:
    h = xs[3]
    for x in xs:
        h = w + u * h / x
    return h


def of_a_sum(xs: Any, w: Any, u: Any) -> Any:
    h = am.sum(xs)
    for _ in range(20):
        h = am.cos(h) * w + u
    return h * np.ones(2)


CASES = [
    (recurrence, XS), (of_pairs, np.stack([XS, 1 - XS], axis=1)), (beside_arrays, XS),
    (divided, XS), (of_a_sum, XS), (recurrence, XS.astype(np.float32)),
]  # fmt: skip


def compare(found: Any, expected: Any, tolerance: float) -> None:
    if isinstance(expected, dict):
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, list | tuple):
        for a, b in zip(found, expected, strict=True):
            compare(a, b, tolerance)
    else:
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        assert type(found) in (type(expected), np.float64 if np.ndim(found) == 0 else None)
        np.testing.assert_allclose(found, expected, rtol=tolerance)


@pytest.mark.parametrize(("f", "xs"), CASES)
def test_the_same_as_eagerly(f: Any, xs: Any) -> None:
    step = am.compile(f)
    tolerance = 1e-9 if xs.dtype == np.float64 else 1e-5
    step(xs, 0.5, 0.3)
    compare(step(xs, 0.5, 0.3), f(xs, 0.5, 0.3), tolerance)
    compare(step(xs[::-1].copy(), 0.7, -0.3), f(xs[::-1].copy(), 0.7, -0.3), tolerance)
    assert len(step.recordings) == 1
    assert ("math." in step.source) is (xs.dtype == np.float64 and f is not divided)


@pytest.mark.parametrize("f", [recurrence, divided])
def test_gradients(f: Any) -> None:
    slope = am.value_and_grad(f, argnums=(0, 1, 2))
    step = am.compile(slope)
    step(XS, 0.5, 0.3)
    compare(step(2 * XS, 0.7, 0.1), slope(2 * XS, 0.7, 0.1), 1e-9)


def test_what_floats_raise_is_what_numpy_gives() -> None:
    step = am.compile(divided)
    step(XS, 0.5, 0.3)
    bad = np.array([*XS[:-1], 0.0])
    with np.errstate(all="ignore"):
        assert step(bad, 0.5, 0.3) == divided(bad, 0.5, 0.3) == math.inf
    x = am.Tensor(XS)
    program = am.Program(divided(x, 0.5, 0.3), x)
    assert program(XS) == step(XS, 0.5, 0.3)
    with np.errstate(all="ignore"):
        assert program(bad) == math.inf
    assert len(step.recordings) == 1


def test_many_numbers_of_an_array_are_fetched_as_a_list() -> None:
    step = am.compile(recurrence)
    step(XS.tolist(), 0.5, 0.3)
    assert step(XS.tolist(), 0.7, 0.3) == pytest.approx(recurrence(XS, 0.7, 0.3), rel=1e-14)
    assert step.source.count(".tolist()") == 1
    assert ".item()" not in step.source
    array = am.compile(beside_arrays)
    array(XS, 0.5, 0.3)
    assert array.source.count(".tolist()") == 1
    assert array.source.count(" = np.array(t") == 1


def test_few_numbers_of_a_large_array_are_fetched_one_by_one() -> None:
    step = am.compile(lambda xs: am.sin(xs[0]) * am.sum(xs))
    step(np.ones(1000))
    assert "tolist" not in step.source
    assert "np.sin" in step.source
