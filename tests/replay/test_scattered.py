"""Scattered: gradients by elements come out as one array, zeros left out where they are many."""

from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.replay.scattered import collect
from autograd_mini.replay.simplify import simplify
from autograd_mini.tree import flatten
from tests.replay.codes import code_of, names, same


def collected(f: Any, *args: Any) -> Any:
    code, leaves = code_of(f, *args)
    before = simplify(code, exact=True)
    found = collect(before).without_dead()
    same(before, found, leaves)
    return found


def neighbours(x: Any) -> Any:
    return sum(x[i] * x[i + 1] ** 2 for i in range(len(x) - 1))


V = np.linspace(-1.0, 1.5, 12)
M = np.arange(12.0).reshape(3, 4) / 7


def test_a_gradient_by_elements_is_one_array() -> None:
    found = collected(am.grad(neighbours), V)
    assert "scatter" not in names(found)
    assert names(found)[-1] == "stack"


def test_a_hessian_leaves_zeros_out() -> None:
    found = collected(am.hessian(neighbours), np.linspace(-1.0, 1.5, 30))
    assert names(found).count("scatter") == 1
    scatter = next(step for step in found.steps if step.op and step.op.name == "scatter")
    assert scatter.shape == (30, 30)
    assert len(scatter.args[1][0]) <= 88


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (am.hessian(neighbours), V[:4]),
        (am.grad(lambda x: x[0] * x[-1]), V),
        (am.grad(lambda x: x[0] * x[-1] + x[3] + x[3] * x[0]), np.linspace(0, 1, 50)),
        (am.grad(lambda x: sum(x[i, j] ** 2 for i in range(3) for j in range(4))), M),
        (am.grad(lambda x: sum(am.sum(x[i] ** 2) * (i + 1) for i in range(3))), M),
        (am.grad(lambda x: am.sum(x[1] * x[1]) + x[2, 3]), M),
        (am.grad(lambda x: am.sum(x[1:] * x[:-1]) + x[2] * x[0]), V),
        (am.grad(lambda x: x[0] * 3 + am.sum(np.arange(12.0) * x)), V),
        (am.grad(lambda x: x[0] * 3 + am.sum(np.eye(12)[2] * x)), V),
        (am.jacobian(lambda x: am.stack([x[0] * x[1], x[2] ** 2, x[0]])), V),
        (am.jacobian(lambda x: am.stack([x[0], am.sum(x)])), V),
        (am.jacobian(lambda x: am.stack([x[i] * 2 for i in range(12)] + [x[0] * x[1]])), V),
        (lambda x: am.tanh(am.grad(neighbours)(x)) + am.grad(neighbours)(x), V),
        (lambda x: (am.grad(neighbours)(x), am.sum(am.grad(neighbours)(x) ** 2)), V),
        (lambda x: [am.grad(lambda t: t[0] * t[1])(x) * k for k in (2.0, 3.0)], V),
        (am.grad(lambda x: x[1] * x[1]), V.astype(np.float32)),
        (am.grad(lambda x: x[np.int64(1)] * x[np.int64(-1)]), V),
        (am.grad(lambda x: am.sum(x[[0, 0, 1]] ** 2) + x[0]), V),
        (am.hessian(lambda x: sum(x[i] * x[j] for i in range(6) for j in range(i))), V[:6]),
        (am.hessian(lambda x: am.sum(x) ** 2 + x[0] * x[1]), V),
        (am.grad(lambda x: am.sum(x[1] * x[1]) + x[2, 3] ** 2), M),
        (am.grad(lambda x: x[0] ** 2 + am.sum(np.arange(12.0) * x)), V),
        (am.jacobian(lambda x: am.stack([x[0, 0] ** 2, am.sum(x[1] ** 2)])), M),
        (am.jacobian(lambda x: am.stack([x[0] ** 2, am.sum(np.arange(12.0) * x)])), V),
        (am.grad(lambda x: x[1][2] ** 2 + x[1][2] * x[0][0]), M),
        (am.hessian(lambda x: x[1][2] ** 2 * x[0][0]), M),
    ],
)
def test_numbers_stay(f: Any, x: Any) -> None:
    collected(f, x)
    step = am.compile(f)
    step(x * 0.9)
    for found, wanted in zip(flatten(step(x))[0], flatten(f(x))[0], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=100 * np.finfo(x.dtype).eps, atol=1e-13)
    assert len(step.recordings) == 1


def test_without_elements_nothing_changes() -> None:
    code, _ = code_of(lambda x: am.sum(x), V)
    assert str(collect(code)) == str(code)
