"""jvp and hvp: forward mode is the transpose of the walk back, for every op of the table."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd_mini as am
from autograd_mini.primitive import TABLE, Primitive
from tests.support.array_cases import CASES, Case
from tests.support.definitions import DEFINITIONS, DIGITS
from tests.support.numeric import derivative

ELEMENTWISE = [
    op for op in TABLE.values() if op.kind == "elementwise" and op.records and op.samples
]
of_elementwise = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
of_cases = pytest.mark.parametrize("case", [c for c in CASES if TABLE[c.op].records], ids=str)


def operands(op: Primitive) -> tuple[float, ...]:
    rng = np.random.default_rng(len(op.name) + 100)
    return tuple(float(rng.uniform(*s)) for s in op.samples)


def partial(op: Primitive, at: tuple[float, ...], *by: int) -> float:
    """A derivative of the op's definition, or of its forward where it has none."""
    if definition := DEFINITIONS.get(op.name):
        with mp.workdps(DIGITS):
            order = tuple(by.count(i) for i in range(len(at)))
            if len(at) == 1:
                return float(mp.diff(definition, mp.mpf(at[0]), order[0]))
            return float(mp.diff(definition, tuple(map(mp.mpf, at)), order))
    *before, i = by

    def moved(x: float) -> float:
        there = (*at[:i], x, *at[i + 1 :])
        return partial(op, there, *before) if before else float(op.evaluate(list(there)))

    return derivative(moved, at[i])


def tolerance(op: Primitive, order: int) -> float:
    return 1e-12 if op.name in DEFINITIONS else (1e-8, 1e-5)[order - 1]


@of_elementwise
def test_jvp_of_every_op(op: Primitive) -> None:
    at = operands(op)
    tangents = tuple(0.7 - 0.4 * i for i in range(len(at)))
    firsts = [partial(op, at, i) for i in range(len(at))]
    expected = math.fsum(map(math.prod, zip(firsts, tangents, strict=True)))
    near = pytest.approx(expected, rel=tolerance(op, 1), abs=1e-14)
    value, tangent = am.jvp(op, at, tangents)
    assert type(value) is type(tangent) is float
    assert tangent == near
    value, tangent = am.jvp(op, tuple(map(np.array, at)), tuple(map(np.array, tangents)))
    assert type(value) is type(tangent) is np.float64
    assert tangent == near
    # Along one operand alone, for several numbers.
    along = np.arange(1.0, 4.0)
    for i, first in enumerate(firsts):
        before, after = at[:i], at[i + 1 :]

        def f(x: Any, before: Any = before, after: Any = after) -> Any:
            return op(*before, x, *after)

        _, tangent = am.jvp(f, (np.full(3, at[i]),), (along,))
        assert tangent == pytest.approx(first * along, rel=tolerance(op, 1), abs=1e-14)


@of_elementwise
def test_second_derivatives_of_every_op_in_all_ways(op: Primitive) -> None:
    at = operands(op)
    places = tuple(range(len(at)))
    expected = np.array([[partial(op, at, i, j) for j in places] for i in places])
    v = np.array([0.7 - 0.4 * i for i in places])
    rel = tolerance(op, 2)

    def packed(x: Any) -> Any:
        return op(*(x[i] for i in places))

    x = np.array(at)
    for found in [
        am.hessian(op, argnums=places)(*at),
        am.hessian(packed)(x),
        am.hessian(packed, mode="forward")(x),
        am.jacobian(am.jacobian(packed, mode="forward"), mode="forward")(x),
        am.jacobian(am.jacobian(packed, mode="forward"), mode="reverse")(x),
        [am.grad(lambda z, i=i: am.grad(packed)(z)[i])(x) for i in places],
    ]:
        np.testing.assert_allclose(found, expected, rtol=rel, atol=1e-12)
    for product in [
        am.hvp(packed, (x,), (v,)),
        am.jvp(am.grad(packed), (x,), (v,))[1],
        am.vjp(am.grad(packed), x)[1](v)[0],
        am.grad(lambda z: am.jvp(packed, (z,), (v,))[1])(x),
    ]:
        np.testing.assert_allclose(product, expected @ v, rtol=rel, atol=1e-12)
    second = am.jvp(lambda z: am.jvp(packed, (z,), (v,))[1], (x,), (v,))[1]
    assert second == pytest.approx(v @ expected @ v, rel=rel, abs=1e-12)


@of_cases
def test_forward_and_reverse_agree_for_ops_on_arrays(case: Case) -> None:
    op, places = TABLE[case.op], tuple(range(len(case.arrays)))

    def f(*arrays: Any) -> Any:
        return op(*arrays, *case.statics)

    reverse = am.jacobian(f, places, mode="reverse")(*case.arrays)
    forward = am.jacobian(f, places, mode="forward")(*case.arrays)
    shape = np.shape(case.expected(*case.arrays))
    for by_rows, by_columns, array in zip(reverse, forward, case.arrays, strict=True):
        assert np.shape(by_rows) == np.shape(by_columns) == shape + np.shape(array)
        np.testing.assert_allclose(by_columns, by_rows, rtol=1e-12, atol=1e-14)
    # And both with differences of what NumPy makes of it.
    rng = np.random.default_rng(3)
    tangents = tuple(rng.normal(size=np.shape(a)) for a in case.arrays)
    weights = rng.normal(size=shape)

    def along(h: float) -> float:
        moved = [a + h * t for a, t in zip(case.arrays, tangents, strict=True)]
        return float(np.sum(weights * case.expected(*moved)))

    expected = derivative(along, 0.0, 0.002)
    value, tangent = am.jvp(f, case.arrays, tangents)
    np.testing.assert_allclose(value, case.expected(*case.arrays), rtol=1e-12, atol=1e-14)
    assert np.shape(tangent) == shape
    assert np.sum(weights * tangent) == pytest.approx(expected, rel=1e-7, abs=1e-9)
    back = am.vjp(f, *case.arrays)[1](weights if shape else float(weights))
    found = sum(np.sum(g * t) for g, t in zip(back, tangents, strict=True))
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9)


@of_cases
def test_second_derivatives_of_ops_on_arrays_in_both_modes(case: Case) -> None:
    op, places = TABLE[case.op], tuple(range(len(case.arrays)))

    def f(*arrays: Any) -> Any:
        return am.sum(am.sin(op(*arrays, *case.statics)))

    reverse = am.hessian(f, places, mode="reverse")(*case.arrays)
    forward = am.hessian(f, places, mode="forward")(*case.arrays)
    tangents = tuple(np.cos(np.arange(np.size(a))).reshape(np.shape(a)) for a in case.arrays)
    product = am.hvp(f, case.arrays, tangents)
    product = (product,) if len(places) == 1 else product
    for i in places:
        total = np.zeros(np.shape(case.arrays[i]))
        for j, t in enumerate(tangents):
            np.testing.assert_allclose(forward[i][j], reverse[i][j], rtol=1e-10, atol=1e-12)
            total += np.tensordot(reverse[i][j], t, np.ndim(t))
            ndim = np.ndim(t)
            turned = np.moveaxis(reverse[j][i], range(ndim), range(-ndim, 0))
            np.testing.assert_allclose(reverse[i][j], turned, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(product[i], total, rtol=1e-10, atol=1e-12)


# jvp ----------------------------------------------------------------------------------------------


def test_jvp_of_structures() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"y": p["w"] * x, "both": [am.sum(p["w"]), None, 7.0]}

    p, x = {"w": np.array([1.0, 2.0]), "name": "n"}, 3.0
    dp, dx = {"w": np.array([0.1, 0.2]), "name": None}, 10.0
    value, tangent = am.jvp(f, (p, x), (dp, dx))
    np.testing.assert_allclose(value["y"], [3.0, 6.0])
    np.testing.assert_allclose(tangent["y"], [0.3 + 10.0, 0.6 + 20.0])
    assert value["both"] == [3.0, None, 7.0]
    assert tangent["both"] == [pytest.approx(0.3), None, 0.0]
    assert am.jvp(lambda x: None, (1.0,), (1.0,)) == (None, None)
    assert am.jvp(lambda: 2.0, (), ()) == (2.0, 0.0)
    assert am.jvp(lambda x: x, [2.0], [5.0]) == (2.0, 5.0)


@pytest.mark.parametrize("transform", [am.jvp, am.hvp])
@pytest.mark.parametrize(
    ("primals", "tangents", "error", "words"),
    [
        (2.0, (1.0,), am.InputError, r"^primals is a tuple .* \(x,\) for one; not a float$"),
        ((2.0,), 1.0, am.InputError, r"^tangents is a tuple with one entry .* not a float$"),
        ((2.0,), np.ones(1), am.InputError, r"^tangents is a tuple .* not a ndarray$"),
        ((2.0,), (1.0, 1.0), am.InputError, "^1 primals but 2 tangents$"),
        ((2.0,), (np.ones(2),), am.ShapeError, r"^a tangent has shape \(2,\), but what it .* \(\)"),
        ((np.ones(2),), (1.0,), am.ShapeError, r"a tangent has shape \(\), but .* shape \(2,\)$"),
        (([2.0],), (1.0,), am.OperandError, "^tangent 0 must be a list with the parts 0, not a fl"),
        (([2.0],), ((1.0,),), am.OperandError, "tangent 0 must be a list .* not a tuple"),
        (({"a": [2.0]},), ({"a": [None]},), am.OperandError, r"^tangent 0\['a'\]\[0\] must be a n"),
        ((2.0,), ("text",), am.OperandError, "^tangent 0 must be a number or an array, not a str$"),
        ((2.0,), (1j,), am.OperandError, "numbers here are real, not complex128"),
        ((None,), (None,), am.OperandError, "argument 0 of f holds no number"),
    ],
)
def test_what_is_no_tangent(
    transform: Any, primals: Any, tangents: Any, error: Any, words: str
) -> None:
    def f(x: Any) -> Any:
        while isinstance(x, dict | list):
            x = x["a"] if isinstance(x, dict) else x[0]
        return am.sum(x * x)

    with pytest.raises(error, match=words):
        transform(f, primals, tangents)


def test_an_infinite_slope_alone_is_told_of() -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero") as told:
        _, tangent = am.jvp(am.sqrt, (np.array([0.0, 1.0]),), (np.ones(2),))
    assert len(told) == 1
    np.testing.assert_array_equal(tangent, [np.inf, 0.5])


@pytest.mark.parametrize("f", [am.sqrt, am.log, lambda x: 1 / x, lambda x: x**0.5])
def test_forward_mode_is_silent_in_branches_not_taken(f: Callable[[Any], Any]) -> None:
    x = np.array([0.0, 2.0, 0.0])
    with np.errstate(all="ignore"):
        expected = am.jvp(f, (np.array(2.0),), (np.array(1.0),))[1]
        _, tangent = am.jvp(lambda x: am.where(x > 0, f(x), 7.0), (x,), (np.ones(3),))
        np.testing.assert_allclose(tangent, [0.0, expected, 0.0])
        J = am.jacobian(lambda x: am.where(x > 0, f(x), 7.0), mode="forward")(x)
        np.testing.assert_allclose(J, np.diag([0.0, expected, 0.0]))
        H = am.hessian(lambda x: am.sum(am.where(x > 0, f(x), 7.0)), mode="forward")(x)
        second = am.hessian(f)(2.0)
        np.testing.assert_allclose(H, np.diag([0.0, second, 0.0]))


# hvp ----------------------------------------------------------------------------------------------


def test_hvp_across_arguments() -> None:
    def f(x: Any, p: Any) -> Any:
        return am.sum(x**2) * p["a"] + p["b"] ** 3

    x, p = np.array([1.0, 2.0]), {"a": 3.0, "b": 2.0}
    by_x, by_p = am.hvp(f, (x, p), (np.array([1.0, 0.0]), {"a": 0.5, "b": 1.0}))
    np.testing.assert_allclose(by_x, [6.0 + 1.0, 2.0])
    assert by_p == {"a": pytest.approx(2.0), "b": pytest.approx(12.0)}
    np.testing.assert_array_equal(am.hvp(lambda x: 3.0, (x,), (x,)), [0.0, 0.0])
    np.testing.assert_array_equal(am.hvp(lambda x: am.sum(x), (x,), (x,)), [0.0, 0.0])
    with pytest.raises(am.GradientError, match="returned 2 numbers"):
        am.hvp(lambda x: x, (x,), (x,))


def test_directions_of_all_orders() -> None:
    # d^n/dt^n of exp(2t) at 0 along t is 2^n, taken n times forward.
    def along(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda t: am.jvp(f, (t,), (1.0,))[1]

    f: Any = lambda t: am.exp(2 * t)  # noqa: E731
    for order in range(1, 6):
        f = along(f)
        assert f(0.0) == pytest.approx(2.0**order, rel=1e-12)


def test_mixed_orders() -> None:
    modes = list(itertools.product((am.grad, "jvp"), repeat=3))
    for ways in modes:
        f: Any = lambda x: am.sin(x) * x**2  # noqa: E731
        for way in ways:
            f = am.grad(f) if way is am.grad else lambda x, f=f: am.jvp(f, (x,), (1.0,))[1]
        x = 0.7
        expected = -(x**2) * math.cos(x) - 6 * x * math.sin(x) + 6 * math.cos(x)
        assert f(x) == pytest.approx(expected, rel=1e-12)
