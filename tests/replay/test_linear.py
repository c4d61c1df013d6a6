"""Linear: sums that loops make, gathered; the numbers stay, and so do inf and nan."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.replay.code import FLOAT64, Code, Ref, Step, evaluate
from autograd_mini.replay.linear import LINEAR, gather, is_scalar
from tests.replay.codes import code_of, names, same


def weights(f: Any, *args: Any) -> Any:
    """What the sums of the gathered code of f are, with that code."""
    code, leaves = code_of(f, *args)
    found = gather(code).without_dead()
    same(code, found, leaves)
    return [step.args[-1] for step in found.steps if step.op is LINEAR], found


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x, y: x + y, [(0.0, 1.0, 1.0)]),
        (lambda x, y: x - y + 1, [(1.0, 1.0, -1.0)]),
        (lambda x, y: 2 - (x + 3 * y) / 4, [(2.0, -0.25, -0.75)]),
        (lambda x, y: x + x + x, [(0.0, 3.0)]),
        (lambda x, y: x - x, [(0.0, 0.0)]),
        (lambda x, y: -x, [(0.0, -1.0)]),
        (lambda x, y: (x + y) * (x - y), [(0.0, 1.0, 1.0), (0.0, 1.0, -1.0)]),
        (lambda x, y: (2 * x) * (3 * y), [(0.0, 6.0)]),
        (lambda x, y: (4 * x) / (2 * y), [(0.0, 2.0)]),
        (lambda x, y: 3 / (2 * y), [(0.0, 1.5)]),
        (lambda x, y: 1 - (1 - (1 - x)), [(1.0, -1.0)]),
        (lambda x, y: 2.0**300 * (2.0**300 * x) / 2.0**100, [(0.0, 2.0**500)]),
        (lambda x, y: x / 1e-310, []),
        (lambda x, y: 1e-200 * (1e-200 * am.exp(y)), [(0.0, 1e-200), (0.0, 1e-200)]),
        (lambda x, y: am.Value(2.0) * x, [(0.0, 2.0)]),
    ],
)
def test_sums(f: Any, expected: Any) -> None:
    assert weights(f, 0.7, -1.3)[0] == expected


def test_a_sum_that_is_used_twice_is_made_once() -> None:
    def f(x: Any, y: Any) -> Any:
        z = 2 * x + y
        z.label = "z"
        return am.sin(z) + am.cos(z) + z

    found, code = weights(f, 0.7, -1.3)
    assert found[0] == (0.0, 2.0, 1.0)
    assert [step.name for step in code.steps if step.op is LINEAR] == ["z", None]


def test_long_sums_are_multiplied_out_once() -> None:
    def powers(*w: Any) -> Any:
        z = sum(w)
        for _ in range(3):
            z = 2 * (z + 1) / 3
        return z

    found, _ = weights(powers, *[float(k) for k in range(20)])
    assert sum(map(len, found)) < 40


def test_a_recurrence_stays_linear_in_size() -> None:
    def recurrence(x: Any, y: Any) -> Any:
        for _ in range(300):
            x, y = x + y / 2, y - x / 3
        return x

    code, leaves = code_of(recurrence, 1.0, 2.0)
    found = gather(code).without_dead()
    same(code, found, leaves, rtol=1e-9)
    assert sum(len(step.args) for step in found.steps) < 3000


@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: 0 * x,
        lambda x: x - x,
        lambda x: x * 2 - x - x,
        lambda x: (x + 1e308) * 10 + x,
        lambda x: x + math.inf,
        lambda x: x - math.inf + math.inf,
        lambda x: 0 * (x + 1) + 2,
        lambda x: math.nan * x,
        lambda x: 1 / (0 * x + 1),
    ],
)
def test_inf_and_nan_show(f: Any, special: float) -> None:
    code, _ = code_of(f, 1.0)
    for at in (special, 1.0):
        np.testing.assert_array_equal(evaluate(gather(code), [at]), [f(at)])


def test_zero_weights_of_large_sums_show() -> None:
    code, _ = code_of(lambda x, y: 1e308 * x * 10 - y, 1e-308, 2.0)
    np.testing.assert_allclose(evaluate(gather(code), [1e-308, 2.0]), [8.0])


def test_divisions_by_nothing_and_sums_of_constants() -> None:
    with np.errstate(all="ignore"):
        code, leaves = code_of(lambda x: am.sum(x) / 0.0, np.ones(2))
    same(code, gather(code), leaves)

    def f(x: Any) -> Any:
        c = am.Value(1.0) + am.Value(2.0)
        return am.maximum(x, c) + c

    assert weights(f, 2.0)[0] == [(3.0, 1.0)]


def test_sums_of_long_sums() -> None:
    inputs = [Step(None, (), None) for _ in range(12)]
    refs = [Ref(i) for i in range(12)]
    inner = Step(LINEAR, (*refs, (1.0, *[2.0] * 12)), None)
    outer = Step(LINEAR, (Ref(12), Ref(0), (1.0, 2.0, 3.0)), None)
    code = Code([*inputs, inner, outer], [Ref(13)], [], 12)
    same(code, gather(code), [0.1 * k for k in range(12)])


def test_arrays_are_left_alone() -> None:
    code, leaves = code_of(lambda x, y: (x + y) * 2 - am.sum(x), np.ones(3), 2.0)
    found = gather(code)
    assert LINEAR not in [step.op for step in found.steps]
    same(code, found, leaves)


def test_what_is_scalar() -> None:
    assert is_scalar(Step(am.add, (1.0, 2.0), None))
    assert is_scalar(Step(am.add, (1.0, 2.0), ()))
    assert not is_scalar(Step(am.add, (1.0, 2.0), (3,)))
    assert not is_scalar(Step(ops.sum, (Ref(0), None, False), ()))
    assert not is_scalar(Step(None, (), None))
    assert not is_scalar(Step(am.add, (Ref(0), 1.0), (), np.dtype(np.float32)))


def test_the_op_has_a_derivative() -> None:
    x, y = am.Value(2.0), am.Value(3.0)
    z = LINEAR(x, y, (1.0, 4.0, 5.0))
    z.backward()
    assert (z.data, x.grad, y.grad) == (24.0, 4.0, 5.0)


expressions = st.recursive(
    st.sampled_from(["x", "y", "2.0", "-0.5", "0.0", "3.0"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner)
        | st.builds("(-{})".format, inner)
        | st.builds("({} / 4)".format, inner)
        | st.builds("({} / (1 + y * y))".format, inner)
    ),
    max_leaves=12,
)


@given(expressions)
def test_any_expression(text: str) -> None:
    f = eval(f"lambda x, y: ({text}) + 0 * x")
    code, leaves = code_of(f, 0.7, -1.3)
    found = gather(code)
    same(code, found, leaves)
    assert set(names(found)) <= {
        "linear",
        "multiply",
        "divide",
        "reciprocal",
        "square",
        *names(code),
    }
    assert all(step.dtype == FLOAT64 for step in found.steps)
    assert isinstance(found, Code)
