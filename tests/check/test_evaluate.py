"""evaluate: a recorded graph computed anew with leaves or inner nodes moved."""

import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.check import evaluate


def lecture() -> dict[str, am.Node]:
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    u = b * c
    v = a + u
    J = 3 * v
    am.label(u=u, v=v, J=J)
    return {"a": a, "b": b, "c": c, "u": u, "v": v, "J": J}


@pytest.mark.parametrize(
    ("moved", "J"),
    [
        ({}, 33.0),
        ({"a": 7}, 39.0),
        ({"b": 1, "c": -4.0}, 3.0),
        ({"u": 0.0}, 15.0),
        ({"b": 100.0, "u": 0.0}, 15.0),
        ({"v": np.float64(2.0), "a": 1e9}, 6.0),
        ({"J": 1.0}, 1.0),
    ],
)
def test_what_moves_moves_what_depends_on_it(moved: dict[str, float], J: float) -> None:
    nodes = lecture()
    assert evaluate(nodes["J"], {nodes[name]: x for name, x in moved.items()}) == J
    assert nodes["J"].data == 33.0


def test_it_equals_recording_anew_for_every_kind_of_operation() -> None:
    def f(x: am.Node, w: am.Node) -> am.Node:
        z = am.einsum("ij,j->i", w, am.softmax(x)) + am.cumsum(x)[::-1] * am.Value(2.0)
        joined = am.stack([am.max(z), am.sum(z) ** 2, *z[:2]])
        return am.where(joined > 0, am.log1p(am.abs(joined)), joined).mean()

    x, w = am.Tensor([0.5, -1.0, 2.0]), am.Tensor(np.arange(9.0).reshape(3, 3) / 9)
    J = f(x, w)
    there, w_there = np.array([0.6, -1.1, 1.5]), np.full((3, 3), 0.25)
    assert evaluate(J, {x: there, w: w_there}) == f(am.Tensor(there), am.Tensor(w_there)).data
    assert evaluate(J, {}) is J.data


def test_values_keep_the_kind_and_dtype_of_their_nodes() -> None:
    t = am.Tensor(np.ones(2, np.float32))
    double = t * 2
    moved = evaluate(double, {t: [1, 3]})
    assert moved.dtype == np.float32
    assert moved.tolist() == [2.0, 6.0]
    x = am.Value(1.0)
    assert type(evaluate(x * 2, {x: np.float32(3)})) is float


@pytest.mark.untraced
def test_a_chain_of_a_million_nodes() -> None:
    x = y = am.Value(1.0)
    for _ in range(1_000_000):
        y = y + 1.0
    assert evaluate(y, {x: 5.0}) == 1_000_005.0


def test_what_cannot_stand_in_a_node_is_refused() -> None:
    t, x = am.Tensor([1.0, 2.0], "t"), am.Value(1.0, "x")
    J = am.sum(t) * x
    with pytest.raises(am.ShapeError, match=r"t has shape \(2,\), not \(3,\)"):
        evaluate(J, {t: np.ones(3)})
    with pytest.raises(am.ShapeError, match=r"x has shape \(\), not \(1,\)"):
        evaluate(J, {x: np.ones(1)})
    for value in ("1", None, 1j, x):
        with pytest.raises(am.OperandError):
            evaluate(J, {x: value})


def test_a_node_that_is_not_in_the_graph_is_named() -> None:
    a, J = am.Value(1.0, "a"), am.Value(2.0, "J")
    with pytest.raises(am.InputError, match="J does not depend on a"):
        evaluate(J, {a: 2.0})
    with pytest.raises(am.InputError, match="the result does not depend on this node"):
        evaluate(J * 2, {am.Value(1.0): 2.0})
    with pytest.raises(am.OperandError, match=r"takes nodes, .* not str"):
        evaluate(J, {"a": 2.0})  # type: ignore[dict-item]


def test_an_op_that_cannot_compute_says_so() -> None:
    x = am.Value(1.0, "x")
    with pytest.raises(am.DomainError, match=r"log\(x = -1.0\)") as caught:
        evaluate(am.log(x) + 1, {x: -1.0})
    assert caught.value.values == (-1.0,)
    assert math.isnan(evaluate(x * 2, {x: math.nan}))
