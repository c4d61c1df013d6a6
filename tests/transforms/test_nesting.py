"""Transforms within transforms: inner and outer derivatives do not mix.

The cases of perturbation confusion are those of J. M. Siskind, B. A. Pearlmutter, "Nesting
forward-mode AD in a functional framework" (2008), and O. Manzyuk et al., "Perturbation confusion in
forward automatic differentiation of higher-order functions" (2019).
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import backward
from autograd_mini.node import ancestors
from autograd_mini.transforms import call

Derivative = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]

# d/dx of a function of one number, in every way there is.
DERIVATIVES: dict[str, Derivative] = {
    "grad": am.grad,
    "value_and_grad": lambda f: lambda x: am.value_and_grad(f)(x)[1],
    "vjp": lambda f: lambda x: am.vjp(f, x)[1](1.0)[0],
    "jvp": lambda f: lambda x: am.jvp(f, (x,), (1.0,))[1],
    "reverse": lambda f: am.jacobian(f, mode="reverse"),
    "forward": lambda f: am.jacobian(f, mode="forward"),
    "gradient": lambda f: lambda x: am.gradient(f(y := x * 1.0), y),
    "vmap": lambda f: lambda x: am.vmap(am.grad(f))(am.reshape(x, 1))[0],
    "grad of vmap": lambda f: (
        lambda x: am.grad(lambda v: am.sum(am.vmap(f)(v)))(am.reshape(x, 1))[0]
    ),
    "checkpoint": lambda f: am.grad(am.checkpoint(f)),
    "hvp": lambda f: lambda x: am.hvp(lambda v: v[0] * f(v[1]), (am.stack([1.0, x]),), (UP,))[0],
}
UP = np.array([0.0, 1.0])
of_pairs = pytest.mark.parametrize(
    ("outer", "inner"),
    [
        pytest.param(DERIVATIVES[a], DERIVATIVES[b], id=f"{a}-{b}")
        for a, b in itertools.product(DERIVATIVES, repeat=2)
        if a != "gradient"  # takes nodes
    ],
)


@of_pairs
def test_an_inner_derivative_is_by_its_own_argument(outer: Derivative, inner: Derivative) -> None:
    # d/dx x (d/dy (x + y) at 1) at 1: 1, and 2 to whom both are the same.
    assert outer(lambda x: x * inner(lambda y: x + y * 1.0)(x * 0 + 1.0))(1.0) == pytest.approx(1.0)
    # d/dx x (d/dy xy at 2) = d/dx x^2.
    assert outer(lambda x: x * inner(lambda y: x * y)(x * 0 + 2.0))(3.0) == pytest.approx(6.0)
    # d/dx (d/dy x y^2 at x) = d/dx 2 x^2: by the point and by the closure.
    assert outer(lambda x: inner(lambda y: x * y**2)(x))(3.0) == pytest.approx(12.0)
    # d/dx x (d/dy f(x)) = 0.
    assert outer(lambda x: x * inner(lambda y: x * 1.0 + 0 * y)(x))(3.0) == pytest.approx(0.0)


@of_pairs
def test_second_derivatives_in_all_ways(outer: Derivative, inner: Derivative) -> None:
    x = 0.7
    found = outer(inner(lambda x: am.sin(x) * x**2))(x)
    expected = 2 * math.sin(x) + 4 * x * math.cos(x) - x * x * math.sin(x)
    assert found == pytest.approx(expected, rel=1e-13)


PLAIN = ["grad", "jvp", "vjp", "reverse", "forward", "value_and_grad"]


@pytest.mark.parametrize("outer", PLAIN)
@pytest.mark.parametrize("inner", PLAIN)
def test_at_plain_points_with_closures(outer: str, inner: str) -> None:
    D, d = DERIVATIVES[outer], DERIVATIVES[inner]
    assert D(lambda x: x * d(lambda y: x + y)(1.0))(1.0) == 1.0
    assert D(lambda x: x * d(lambda y: x * y)(2.0))(3.0) == 6.0
    assert D(lambda x: d(lambda y: x * x * y)(2.0))(3.0) == 6.0
    # Plain numbers come out of it all.
    assert type(D(lambda x: x * d(lambda y: x * y)(2.0))(3.0)) is float
    # The inner derivative is plain where it does not depend on x.
    kinds = []

    def f(x: Any) -> Any:
        kinds.append(type(d(lambda y: y**3)(2.0)))
        return x

    D(f)(1.0)
    assert kinds == [float]


@pytest.mark.parametrize("name", ["grad", "jvp", "vjp"])
def test_three_levels(name: str) -> None:
    D = DERIVATIVES[name]

    def f(x: Any) -> Any:
        return D(lambda y: D(lambda z: x * y**2 * z**3)(x * y))(x)

    # D_z: 3 x y^2 z^2 at z = xy is 3 x y^2 (xy)^2; D_y of 3 x^3 y^4 at y = x: 12 x^6; then 72 x^5.
    assert f(2.0) == pytest.approx(12 * 2.0**6)
    assert D(f)(2.0) == pytest.approx(72 * 2.0**5)


@pytest.mark.parametrize("name", PLAIN)
def test_derivatives_of_functions_of_higher_order(name: str) -> None:
    D = DERIVATIVES[name]

    def shift(u: Any) -> Any:
        return lambda f: lambda x: f(x + u)

    # d/du of the function that shift(u) makes, at u = 0: D itself. Twice: the second derivative,
    # and 0 to whom both u are the same.
    def by_shift(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: D(lambda u: shift(u)(f)(x))(0.0)

    assert by_shift(by_shift(am.exp))(1.0) == pytest.approx(math.e, rel=1e-14)
    assert by_shift(by_shift(lambda x: x**3))(2.0) == pytest.approx(12.0)


def test_a_derivative_by_a_vector_within_one() -> None:
    A = np.array([[2.0, 1.0], [1.0, 3.0]])

    def energy(q: Any, p: Any) -> Any:
        return am.dot(q, A @ q) * am.sum(p**2)

    def pushed(q: Any) -> Any:
        p = np.array([1.0, -1.0])
        return q - 0.1 * am.grad(energy)(q, p + 0.1 * q)

    q, h = np.array([0.3, 0.7]), 1e-6
    J = am.jacobian(pushed)(q)
    for i, e in enumerate(np.eye(2)):
        numeric = (pushed(q + h * e) - pushed(q - h * e)) / (2 * h)
        np.testing.assert_allclose(J[:, i], numeric, rtol=1e-8)
    np.testing.assert_allclose(am.jacobian(pushed, mode="forward")(q), J, rtol=1e-13)


def test_newton_s_method_as_a_function() -> None:
    # x(a) with x^3 = a, by Newton steps whose slopes are derivatives: dx/da = 1 / (3 x^2).
    def root(a: Any) -> Any:
        x = 1.0
        for _ in range(30):
            x = x - (x**3 - a) / am.grad(lambda x: x**3 - a)(x)
        return x

    value, slope = am.value_and_grad(root)(5.0)
    assert value == pytest.approx(5.0 ** (1 / 3), rel=1e-15)
    assert slope == pytest.approx(1 / (3 * value**2), rel=1e-13)
    assert am.grad(am.grad(root))(5.0) == pytest.approx(-2 / (9 * value**5), rel=1e-12)


def test_what_an_inner_transform_gives_beside_its_derivative() -> None:
    def aux(y: Any, x: Any) -> Any:
        return y * y, x * 3

    for D in (am.grad, lambda f: lambda x: am.jvp(f, (x,), (1.0,))[1]):
        assert D(lambda x: am.grad(lambda y: aux(y, x), has_aux=True)(2.0)[1])(1.0) == 3.0
        assert D(lambda x: am.jvp(lambda y: aux(y, x), (2.0,), (1.0,), True)[2])(1.0) == 3.0
        assert D(lambda x: am.vjp(lambda y: aux(y, x), 2.0, has_aux=True)[2])(1.0) == 3.0
        assert D(lambda x: am.jacobian(lambda y: aux(y, x), has_aux=True)(2.0)[1])(1.0) == 3.0
        assert D(lambda x: am.value_and_grad(lambda y: y * x)(2.0)[0])(1.0) == 2.0
        assert D(lambda x: am.jvp(lambda y: y * x, (2.0,), (1.0,))[0])(1.0) == 2.0
        assert D(lambda x: am.vjp(lambda y: y * x, 2.0)[0])(1.0) == 2.0


def test_a_vjp_may_be_differentiated_later() -> None:
    _, back = am.vjp(lambda x: x**3, 2.0)
    # It is linear in the cotangent.
    assert am.grad(lambda c: back(c)[0])(1.0) == 12.0
    assert am.jvp(lambda c: back(c)[0], (5.0,), (1.0,)) == (60.0, 12.0)
    np.testing.assert_array_equal(
        am.vmap(lambda c: am.vjp(lambda x: x**2, np.array([1.0, 2.0]))[1](c)[0])(np.eye(2)),
        [[2.0, 0.0], [0.0, 4.0]],
    )


def test_rules_that_differentiate() -> None:
    # x^3 with a slope that is itself a derivative, by its argument and through a closure.
    cubes = [
        am.custom_vjp(lambda x: x**3, lambda g, z, x: g * am.grad(lambda y: y**3)(x)),
        am.custom_vjp(lambda x: x**3, lambda g, z, x: g * am.grad(lambda t: t * x * x * 3)(1.0)),
        am.custom_vjp(
            lambda x: x**3, lambda g, z, x: am.jvp(lambda t: 3 * t * x * x, (1.0,), (g,))[1]
        ),
    ]
    for cube in cubes:
        assert am.grad(cube)(2.0) == 12.0
        assert am.grad(am.grad(cube))(2.0) == 12.0
        assert am.hvp(cube, (2.0,), (1.0,)) == 12.0
        assert am.hessian(cube, mode="forward")(2.0) == 12.0
        assert am.jvp(am.grad(cube), (2.0,), (1.0,)) == (12.0, 12.0)


def test_long_loops_around_inner_derivatives_stay_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    # A pendulum whose force is a derivative through a closure on all that was before.
    def swing(steps: int) -> Callable[[Any], Any]:
        def end(q: Any) -> Any:
            p = 0.0 * q
            for _ in range(steps):
                p = p - 0.01 * am.grad(lambda d, q=q, p=p: -am.cos(q + d) + 0 * p)(0.0)
                q = q + 0.01 * p
            return q

        return end

    looked_at = 0

    def counted(*roots: am.Node, until: Any = ()) -> list[am.Node]:
        nonlocal looked_at
        found = ancestors(*roots, until=until)
        looked_at += len(found)
        return found

    for module in (backward, call):
        monkeypatch.setattr(module, "ancestors", counted)
    am.grad(swing(50))(0.5)
    once, looked_at = looked_at, 0
    found = am.grad(swing(200))(0.5)
    assert looked_at < 5 * once
    h = 1e-6
    numeric = (swing(200)(0.5 + h) - swing(200)(0.5 - h)) / (2 * h)
    assert found == pytest.approx(numeric, rel=1e-7)
