"""Data changed in place after it was used: which results are of before, and who says so."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.changed import changed
from autograd_mini.node import ancestors
from autograd_mini.primitive import TABLE, Primitive
from tests.support.array_cases import CASES

RECORDED = [op for op in TABLE.values() if op.records and op.samples]


def found(J: am.Node) -> list[tuple[str | None, Any]]:
    return [(node.label or (node.op and node.op.name), now) for node, now in changed(ancestors(J))]


def square() -> tuple[am.Value, am.Value]:
    x = am.Value(5.0, "x")
    u = x * x
    J = u * 3
    am.label(u=u, J=J)
    J.backward()
    return x, J


@pytest.mark.parametrize("op", RECORDED, ids=lambda op: op.name)
def test_no_op_on_numbers_is_found_without_need(op: Primitive) -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        leaves = [am.Value(float(rng.uniform(*s))) for s in op.samples]
        assert found(op(*leaves)) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_op_on_arrays_is_found_without_need(case: Any) -> None:
    for dtype in (np.float64, np.float32):
        arrays = [np.asarray(x, dtype) for x in case.arrays]
        with np.errstate(all="ignore"):
            J = TABLE[case.op](*map(am.Tensor, arrays), *case.statics)
        assert not isinstance(J, am.Node) or found(J) == []


def test_the_op_whose_operands_hold_other_data_is_found_and_none_that_follows() -> None:
    x, J = square()
    x.data = 2.0
    assert found(J) == [("u", 4.0)]
    x.data = 5
    assert found(J) == []
    J.parents[0].data = 7.0
    assert found(J) == [("u", 25.0), ("J", 21.0)]


def test_arrays_written_in_place_of_another_shape_or_out_of_a_domain() -> None:
    t = am.Tensor([1.0, 2.0, 3.0], "t")
    J = am.sum(am.log(t))
    t.data[1] = 2.0 + 1e-13  # visible, where rounding would not be
    assert found(J)[0][0] == "log"
    t.data = np.array([1.0, 2.0])
    assert found(J)[0][0] == "log"
    x = am.Value(1.0, "x")
    K = am.log(x)
    x.data = -1.0
    assert found(K) == [("log", None)]


def test_nan_is_what_it_was() -> None:
    t = am.Tensor([np.nan, np.inf, 1.0])
    assert found(am.sum(t * 2) + am.Value(np.nan) * 2) == []


def test_who_adds_in_another_order_changed_nothing() -> None:
    t = am.Tensor([0.1, 0.2, 0.3])
    J = t * 1.0
    J.data = J.data * (1 + 1e-15)
    assert found(J) == []


def test_ops_of_somebodys_own_are_asked_too_unless_nobody_can_tell() -> None:
    rng = np.random.default_rng(0)
    calls: list[float] = []

    def failing(x: float) -> float:
        calls.append(x)
        if len(calls) > 1:
            raise RuntimeError("once is enough")
        return x

    x = am.Value(2.0, "x")
    rule = lambda g, z, x: g  # noqa: E731 - no name would say more
    plain = am.custom_vjp(lambda x: x * x, rule)
    noisy = am.custom_vjp(lambda x: x + rng.normal(), rule)
    once = am.custom_vjp(failing, rule)
    refused = am.custom_vjp(lambda x: np.log(x) if x > 0 else None, rule)
    again = am.checkpoint(lambda x: am.sin(am.sin(x)))
    nodes = [f(x) for f in (plain, noisy, once, refused, again)]
    assert all(found(node) == [] for node in nodes)
    x.data = -3.0
    assert [len(found(node)) for node in nodes] == [1, 0, 0, 0, 1]


def test_asking_leaves_no_trace() -> None:
    x = am.Value(1.0, "x")
    J = am.log(x)
    x.data = -1.0
    told: list[Any] = []
    with am.node.recording(made=(told.append,), failed=(told.append,)):
        assert found(J) == [("log", None)]
    assert told == []


@pytest.mark.parametrize(
    "ask",
    [
        am.gradcheck,
        lambda J: am.nudge(J, ancestors(J)[0]),
        lambda J: am.explain(J, ancestors(J)[0]),
    ],
    ids=["gradcheck", "nudge", "explain"],
)
def test_who_would_mix_before_and_now_refuses(ask: Callable[[am.Node], Any]) -> None:
    x, J = square()
    ask(J)
    x.data -= 0.1 * x.grad
    with pytest.raises(am.errors.MutationError, match=r"u holds 25\.0, but .* is 4\.0 now") as one:
        ask(J)
    assert (one.value.op, one.value.labels) == ("multiply", ("u",))
    assert str(one.value).endswith("would mix both; compute J anew")
    x.data = 5.0
    ask(J)
    t = am.Tensor([1.0, 2.0], "t")
    K = am.sum(t * t)
    t.data[0] = 3.0
    with pytest.raises(am.errors.MutationError, match=r"a result is of before: .* other numbers"):
        ask(K)
    y = am.Value(1.0, "y")
    L = am.log(y)
    y.data = -1.0
    with pytest.raises(am.errors.MutationError, match="cannot be computed now"):
        ask(L)
