"""checkpoint: a function run again for its gradient instead of keeping its graph."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.node import ancestors, recording

W = np.array([[0.5, -0.3], [0.2, 0.8]])
X = np.array([0.7, -1.1])


def layer(x: Any) -> Any:
    return am.tanh(am.dot(W, x)) + am.sin(x) * am.sum(x)


def of_structures(p: Any, k: Any = 1.0) -> Any:
    return {"s": am.sum(p["a"]) * k, "t": [p["b"] * 2, "text", (p["a"], None)]}


def inner_grad(x: Any) -> Any:
    return am.sum(am.grad(lambda y: am.sum(am.sin(y) * x))(x))


def inner_closure(x: Any) -> Any:
    return am.sum(x) * am.grad(lambda t: t * t * am.sum(x * x))(2.0)


def detached(x: Any) -> Any:
    with am.no_grad():
        y = x * x
    return am.sum(am.detach(x) * x + y * x * am.Tensor([1.0, 2.0]))


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "layer": (lambda x: am.sum(layer(x) ** 2), X),
    "one number": (lambda x: am.sin(x) ** 2 * x, 0.7),
    "float32": (lambda x: am.sum(am.exp(x) * x), X.astype(np.float32)),
    "hands on": (lambda x: x, 0.7),
    "constant": (lambda x: am.Value(3.0) * 2, 0.7),
    "plain": (lambda x: 3.0, 0.7),
    "grad": (inner_grad, X),
    "grad of a closure": (inner_closure, X),
    "detach": (detached, X),
    "vmap": (lambda x: am.sum(am.vmap(lambda y: y**3 if y > 0 else y)(x)), X),
    "custom": (am.custom_vjp(lambda x: x**3, lambda g, z, x: 3 * x * x * g), 0.7),
    "branch": (lambda x: am.sin(x) if x > 0 else x, 0.7),
    "loop": (lambda x: sum((am.sin(x) ** k for k in range(1, 4)), 0.0), 0.7),
}
of_functions = pytest.mark.parametrize(("f", "x"), FUNCTIONS.values(), ids=FUNCTIONS)


def equal(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if isinstance(found, am.Node):
        found, expected = found.data, expected.data
    assert np.result_type(found) == np.result_type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


@of_functions
def test_values_and_derivatives_are_unchanged(f: Any, x: Any) -> None:
    c = am.checkpoint(f)
    equal(c(x), f(x))
    value, gradient = am.value_and_grad(c)(x)
    expected, slope = am.value_and_grad(f)(x)
    equal(value, expected)
    equal(gradient, slope)
    equal(am.hessian(c)(x), am.hessian(f)(x))
    equal(am.hessian(c, mode="forward")(x), am.hessian(f, mode="forward")(x))
    t = np.ones_like(x) if isinstance(x, np.ndarray) else 1.0
    for found, expected in zip(am.jvp(c, (x,), (t,)), am.jvp(f, (x,), (t,)), strict=True):
        equal(found, expected)
    equal(am.hvp(c, (x,), (t,)), am.hvp(f, (x,), (t,)))
    third, expected = (am.grad(lambda x, h=h: am.sum(am.hvp(h, (x,), (t,)))) for h in (c, f))
    equal(third(x), expected(x))
    equal(am.grad(am.checkpoint(am.checkpoint(f)))(x), slope)


def test_structures_and_names() -> None:
    p = {"a": np.array([1.0, 2.0]), "b": 3.0, "n": None}

    def total(p: Any, f: Any) -> Any:
        out = f(p, k=p["b"])
        b, text, (a, none) = out["t"]
        assert (text, none) == ("text", None)
        return out["s"] * b + am.sum(a * a)

    found = am.value_and_grad(total)(p, am.checkpoint(of_structures))
    expected = am.value_and_grad(total)(p, of_structures)
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1]["a"], expected[1]["a"])
    assert found[1]["b"] == expected[1]["b"]


def test_results_are_of_the_kind_that_f_gives() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * 2, am.sum(y), y * 3, x > 0, x, None

    x, y = am.Value(2.0, "x"), am.Tensor(np.ones(2, np.float32))
    for found, expected in zip(am.checkpoint(f)(x, y), f(x, y), strict=True):
        assert type(found) is type(expected)
        if isinstance(found, am.Tensor):
            assert found.dtype == expected.dtype
        if isinstance(found, am.Node):
            np.testing.assert_array_equal(found.data, expected.data)
    assert am.checkpoint(lambda x: None)(x) is None
    assert am.checkpoint(lambda x: 7.0)(x) == 7.0
    assert am.checkpoint(lambda x: x * 2)(3.0) == 6.0
    (a, b), (da, db) = am.jvp(am.checkpoint(lambda x: (x**2, am.sin(x))), (2.0,), (1.0,))
    assert all(type(v) is float for v in (a, b, da, db))
    # One result may stand twice.
    assert am.grad(lambda x: (lambda a, b: a * b)(*am.checkpoint(lambda x: (x, x))(x)))(3.0) == 6.0


def test_nodes_that_a_function_uses() -> None:
    w, v = am.Tensor([2.0, 3.0], "w"), am.Value(5.0, "v")
    u = w * v

    def f(x: Any) -> Any:
        return am.sum(am.sin(x * u) * w) * v

    for kind in (f, am.checkpoint(f)):
        J = kind(am.Tensor(X))
        J.backward()
        found = (w.grad.copy(), v.grad)
        if kind is f:
            expected = found
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    assert found[1] == pytest.approx(expected[1], rel=1e-13)
    # Without an argument that is a node, and with one that is handed on.
    am.checkpoint(lambda x: v)(1.0).backward()
    assert v.grad == 1.0
    am.checkpoint(lambda x: v * x)(3.0).backward()
    assert v.grad == 3.0
    # By what an outer transform differentiates by.
    assert am.grad(lambda w: am.checkpoint(lambda x: am.sin(w * x) * w)(2.0))(3.0) == pytest.approx(
        am.grad(lambda w: am.sin(w * 2.0) * w)(3.0)
    )
    outer = am.grad(lambda x: am.checkpoint(lambda y: y * am.grad(lambda z: z * z * x)(2.0))(1.0))
    assert outer(3.0) == 4.0


def test_data_that_a_program_assigned() -> None:
    x, w = am.Value(2.0), am.Value(3.0)
    x.data, w.data = np.float64(5.0), np.float64(7.0)
    one, two = am.checkpoint(lambda x: (x * w, w))(x)
    (one * two).backward()
    assert (x.grad, w.grad) == (49.0, 70.0)
    am.checkpoint(lambda x: w)(x).backward()
    assert w.grad == 1.0


def test_branches_not_taken_stay_silent() -> None:
    x = np.array([2.0, 0.0, -1.0])
    log = am.checkpoint(am.log)
    both = am.checkpoint(lambda x: (am.log(x), am.sum(x)))
    for f in (lambda x: log(x), lambda x: both(x)[0], lambda x: 1.0 * log(x)):

        def total(x: Any, f: Any = f) -> Any:
            return am.sum(am.where(x > 0, f(x), 0.0))

        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(am.grad(total)(x), [0.5, 0.0, 0.0])
            np.testing.assert_array_equal(am.hessian(total)(x), np.diag([-0.25, 0.0, 0.0]))
            t = np.ones(3)
            np.testing.assert_array_equal(am.hvp(total, (x,), (t,)), [-0.25, 0.0, 0.0])
            assert am.jvp(total, (x,), (t,))[1] == 0.5
    # A branch that is dead as a whole.
    with np.errstate(all="ignore"):
        g = am.grad(lambda x: am.sum(am.where(x > 9, log(x), x)))(x)
    np.testing.assert_array_equal(g, [1.0, 1.0, 1.0])


def test_under_no_grad_and_vmap_the_function_is_called_as_it_is() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x * x

    c = am.checkpoint(f)
    with am.no_grad():
        assert c(am.Value(3.0)).parents == ()
        assert am.grad(c)(3.0) == 6.0
    calls.clear()
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(am.vmap(c)(x), x * x)
    assert len(calls) == 1
    np.testing.assert_array_equal(am.vmap(am.grad(c))(x), 2 * x)
    np.testing.assert_array_equal(am.grad(lambda x: am.sum(am.vmap(c)(x)))(x), 2 * x)


def test_it_may_be_checked_and_nudged() -> None:
    w, x = am.Value(3.0, "w"), am.Value(2.0, "x")
    y = w * w
    one, two = am.checkpoint(lambda x: (am.sin(w * x) * y, x))(x)
    J = one * two
    assert am.gradcheck(J)
    assert am.gradcheck(am.checkpoint(lambda x: am.sum(layer(x))), X)
    for node in (w, x, y):
        report = am.nudge(J, node, by=1e-6)
        assert f"{report}".count("\n") >= 3
    name = "checkpoint of <lambda>"
    assert name in {node.op.name for node in ancestors(J) if node.op}


# Memory -------------------------------------------------------------------------------------------


def alive_after(f: Callable[[Any], Any], x: Any) -> int:
    """How many nodes that f made are there once it has returned."""
    made: list[weakref.ref[am.Node]] = []
    with recording(made=(lambda node: made.append(weakref.ref(node)),)):
        result = f(x)
    assert result is not None
    return sum(ref() is not None for ref in made)


def test_the_graph_is_not_kept() -> None:
    def deep(x: Any) -> Any:
        for _ in range(500):
            x = am.sin(x) + am.detach(x) * 0.1 + am.Value(0.5)
        return x

    gc.disable()
    try:
        assert alive_after(deep, am.Value(1.0)) > 1500
        assert alive_after(am.checkpoint(deep), am.Value(1.0)) == 1
    finally:
        gc.enable()


def test_the_gradient_keeps_one_part_at_a_time() -> None:
    parts, steps = 20, 50

    def part(x: Any) -> Any:
        for _ in range(steps):
            x = am.sin(x) * 1.01
        return x

    def peak(f: Any) -> int:
        alive = most = 0

        def gone(_: Any) -> None:
            nonlocal alive
            alive -= 1

        refs = []

        def count(node: am.Node) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            refs.append(weakref.ref(node, gone))

        x = am.Value(1.0)
        with recording(made=(count,)):
            y = x
            for _ in range(parts):
                y = f(y)
            y.backward()
        assert x.grad is not None
        return most

    gc.disable()
    try:
        whole, in_parts = peak(part), peak(am.checkpoint(part))
    finally:
        gc.enable()
    assert whole >= 2 * parts * steps
    assert in_parts <= 2 * steps + 4 * parts


# What cannot be -----------------------------------------------------------------------------------


def test_a_function_that_does_something_else_the_second_time() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return (x,) * len(calls)

    y = am.checkpoint(f)(am.Value(2.0))[0]
    with pytest.raises(
        am.GradientError, match=r"^checkpoint of f: it gave other results when it was"
    ):
        y.backward()


def test_errors_name_the_labels_of_arguments() -> None:
    with pytest.raises(am.DomainError, match=r"^log\(x = -1\.0\)"):
        am.checkpoint(am.log)(am.Value(-1.0, "x"))
    sign = [1.0]
    y = am.checkpoint(lambda x: am.log(x * sign[0]))(am.Value(1.0))
    sign[0] = -1.0
    with pytest.raises(am.DomainError, match=r"^log\(-1\.0\)"):
        y.backward()
    z = am.checkpoint(am.sqrt)(am.Value(0.0))
    with pytest.raises(am.DivisionError, match=r"^the derivative of sqrt\(0\.0\)"):
        z.backward()
