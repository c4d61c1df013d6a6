"""anomalies: where nan and inf are born, along which way they spread, what is no anomaly."""

import math
from typing import Any

import pytest

import autograd_mini as am

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def names(nodes: Any) -> list[str]:
    return [node.label or node.op.name for node in nodes]


def test_all_is_well() -> None:
    found = am.anomalies(am.Value(2.0) * 3)
    assert not found
    assert len(found) == 0
    assert str(found) == "all values and gradients are finite"
    assert repr(found) == "<anomalies: 0>"


def test_the_birth_and_the_way_to_the_result() -> None:
    with am.debug():
        x, w = am.Tensor([1.0, 0.0, -2.0], "x"), am.Value(2.0, "w")
        p = am.log(x)
        J = am.sum(p * w)
    am.label(J=J)
    (found,) = am.anomalies(J)
    assert found.node is p
    assert not found.backward
    assert names(found.path) == ["log", "multiply", "J"]
    assert found.text.startswith(
        "log(x = shape (3,)) made nan at [2] (2 of 3 numbers), from x = -2"
    )
    assert ": p = am.log(x); log needs a number above 0" in found.text
    assert str(found).endswith("its way to the result: log -> multiply -> J")


def test_two_births() -> None:
    a, b = am.Tensor([0.0], "a"), am.Tensor([1e308], "b")
    J = am.sum(am.log(a) + b * 10)
    assert [found.node.op.name for found in am.anomalies(J)] == ["log", "multiply"]


def test_an_input_that_is_nan_itself() -> None:
    x = am.Value(math.nan, "x")
    (found,) = am.anomalies(x * 2)
    assert found.node is x
    assert found.text == "x is nan: an input"
    assert "the leaf nan is nan" in str(am.anomalies(am.Value(math.nan) * 1.0))


def test_a_branch_not_taken_is_none() -> None:
    x = am.Tensor([0.0, 1.0], "x")
    assert not am.anomalies(am.sum(am.where(x > 0, am.log(x), 0.0)))


def test_a_derivative_that_is_infinite() -> None:
    t, w = am.Tensor([0.0, 1.0], "t"), am.Value(2.0, "w")
    s = t * w
    (found,) = am.anomalies(am.sum(am.sqrt(s) * 3))
    assert found.backward
    assert found.operand is s
    assert names(found.path) == ["multiply", "t"]
    assert found.text.startswith("the derivative of sqrt(shape (2,)) by multiply(t = shape (2,)")
    assert "its way back to the leaves: multiply -> t" in str(found)


def test_a_derivative_of_floats_that_raises() -> None:
    with am.debug():
        t = am.Value(0.0, "t")
        J = am.sqrt(t) * 3
    (found,) = am.anomalies(J)
    assert found.backward
    assert found.path == (J.parents[0],)
    assert found.text.startswith("the derivative of sqrt(t = 0.0): float division by zero")
    assert "J = am.sqrt(t) * 3" in found.text


def test_a_bad_value_explains_its_bad_derivatives() -> None:
    x = am.Tensor([0.0], "x")
    (found,) = am.anomalies(am.sum(am.log(x) * x))
    assert not found.backward


def test_gradients_are_left_alone() -> None:
    x = am.Tensor([1.0, 2.0])
    am.anomalies(x * x)
    assert x.grad is None


@pytest.mark.untraced
def test_a_long_chain() -> None:
    x = y = am.Tensor([1e300], "x")
    for _ in range(50_000):
        y = y + 0.0
    (forward,) = am.anomalies(am.sum(y * y))
    assert names(forward.path) == ["multiply", "sum"]
    (backward,) = am.anomalies(am.sum(am.sqrt(y - y)))
    assert len(backward.path) == 50_002
    assert x.grad is None


@pytest.mark.parametrize("start", [am.Value, lambda x, name: am.Tensor([x], name)])
@pytest.mark.parametrize("data", ["a", None])
def test_a_leaf_that_was_assigned_what_is_no_number_is_named(start, data) -> None:
    x = start(2.0, "x")
    J = 2.0 * x
    x.data = data
    with pytest.raises(am.OperandError, match=r"^x holds.* real number"):
        am.anomalies(J)
