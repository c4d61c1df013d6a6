"""custom_vjp: functions with rules of their own, in all transforms."""

import functools
import math
from typing import Any

import numpy as np
import pytest

import autograd_mini as am

cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: g * 3 * x**2)
# A rule that is not the derivative, to see whose is asked.
seven = am.custom_vjp(lambda x: x**3, lambda g, z, x: g * 7 * x**2)
scaled = am.custom_vjp(
    lambda s, x: s * x, lambda g, z, s, x: am.sum(g * x), lambda g, z, s, x: g * s
)
# A function that takes plain numbers alone.
sine = am.custom_vjp(math.sin, lambda g, z, x: g * am.cos(x))
X = np.array([1.0, -2.0, 0.5])


def test_the_rule_is_asked() -> None:
    assert seven(2.0) == 8.0
    assert am.grad(seven)(2.0) == 28.0
    x = am.Value(2.0)
    y = seven(x)
    assert isinstance(y, am.Value)
    y.backward()
    assert x.grad == 28.0
    np.testing.assert_array_equal(am.grad(lambda x: am.sum(seven(x)))(X), 7 * X**2)
    assert am.jvp(seven, (2.0,), (10.0,)) == (8.0, 280.0)
    np.testing.assert_array_equal(am.jacobian(seven, mode="forward")(X), np.diag(7 * X**2))


def test_as_a_decorator() -> None:
    @am.custom_vjp
    def clipped(x: Any) -> Any:
        """x, whose gradient is clipped."""
        return x

    with pytest.raises(am.GradientError, match=r"clipped has no rules yet; write clipped\.defvjp"):
        clipped(1.0)
    clipped.defvjp(lambda g, z, x: am.clip(g, -1.0, 1.0))
    assert clipped.__name__ == "clipped"
    assert clipped.__doc__ == "x, whose gradient is clipped."
    assert am.grad(lambda x: 100 * clipped(x))(2.0) == 1.0
    clipped.defvjp(None)
    assert am.grad(lambda x: 100 * clipped(x))(2.0) == 0.0


def test_higher_derivatives() -> None:
    assert am.grad(am.grad(cube))(2.0) == 12.0
    assert am.grad(am.grad(am.grad(cube)))(2.0) == 6.0
    assert am.grad(am.grad(seven))(2.0) == 28.0
    assert am.hvp(cube, (2.0,), (10.0,)) == 120.0
    np.testing.assert_array_equal(am.hessian(lambda x: am.sum(cube(x)))(X), np.diag(6 * X))
    np.testing.assert_array_equal(
        am.hessian(lambda x: am.sum(cube(x)), mode="forward")(X), np.diag(6 * X)
    )


def test_several_arguments() -> None:
    assert am.grad(scaled, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    by_s, by_x = am.grad(lambda s, x: am.sum(scaled(s, x)), (0, 1))(2.0, X)
    assert by_s == X.sum()
    np.testing.assert_array_equal(by_x, [2.0, 2.0, 2.0])
    half = am.custom_vjp(lambda s, x: s * x, None, lambda g, z, s, x: g * s)
    assert am.grad(half, (0, 1))(2.0, 3.0) == (0.0, 2.0)
    # Broadcasting in a rule is undone, as for the table's ops.
    plus = am.custom_vjp(lambda x, y: x + y, lambda g, z, x, y: g, lambda g, z, x, y: g)
    by_x, by_y = am.grad(lambda x, y: am.sum(plus(x, y)), (0, 1))(np.ones((2, 3)), np.ones(3))
    np.testing.assert_array_equal(by_x, np.ones((2, 3)))
    np.testing.assert_array_equal(by_y, [2.0, 2.0, 2.0])
    by_x, by_y = am.grad(lambda x, y: am.sum(plus(x, y)), (0, 1))(np.ones((2, 3)), 1.0)
    assert by_y == 6.0


def test_arguments_by_name_and_left_out() -> None:
    @am.custom_vjp
    def power(x: Any, n: Any = 2.0, scale: Any = 1.0) -> Any:
        return scale * x**n

    power.defvjp(lambda g, z, x, n, s: g * s * n * x ** (n - 1), None, None)
    assert power(3.0) == power(3.0, n=2.0) == power(3.0, 2.0, 1.0) == 9.0
    assert am.grad(power)(3.0) == 6.0
    assert am.grad(lambda x: power(n=3.0, x=x, scale=10.0))(2.0) == 120.0
    with pytest.raises(am.OperandError, match="power: missing a required argument: 'x'"):
        power()
    with pytest.raises(am.OperandError, match="power: got an unexpected keyword argument 'y'"):
        power(1.0, y=2.0)
    named = am.custom_vjp(lambda x, *, n: x**n, None, None)
    with pytest.raises(am.OperandError, match="takes n by name alone, and rules are for arguments"):
        named(1.0, n=2.0)
    largest = am.custom_vjp(max, None)  # whose signature is not known
    with pytest.raises(am.OperandError, match=r"^max: .*signature"):
        largest()


def test_kinds_of_values() -> None:
    for x in (2, 2.0, np.float64(2.0), np.array(2.0)):
        assert cube(x) == 8.0
    assert type(cube(2)) is float
    assert cube(np.float32(2.0)).dtype == np.float32
    assert cube(X.astype(np.float32)).dtype == np.float32
    assert cube(am.Tensor(np.float32(2.0))).dtype == np.float32
    assert cube(am.Tensor(X.astype(np.float16))).dtype == np.float16
    assert am.grad(cube)(np.float32(2.0)).dtype == np.float32
    np.testing.assert_array_equal(cube([1.0, 2.0]), [1.0, 8.0])
    np.testing.assert_array_equal(cube([am.Value(1.0), 2.0]).data, [1.0, 8.0])
    # What f gives becomes what nodes hold.
    whole = am.custom_vjp(lambda x: np.array([1, 2]), lambda g, z, x: am.sum(g))
    assert whole(am.Value(1.0)).dtype == np.float64
    pair = am.custom_vjp(lambda x: [x, 2 * x], lambda g, z, x: g[0] + 2 * g[1])
    np.testing.assert_array_equal(pair(3.0), [3.0, 6.0])
    assert am.grad(lambda x: am.sum(pair(x)))(3.0) == 3.0
    assert am.custom_vjp(lambda x: True, None)(am.Value(1.0)).data == 1.0


class Rule:
    def __call__(self, g: Any, z: Any, x: Any, k: Any = 3) -> Any:
        return g * k * x**2


def test_rules_of_all_kinds() -> None:
    rules = [Rule(), functools.partial(Rule(), k=3), Rule().__call__]
    for rule in rules:
        assert am.grad(am.custom_vjp(lambda x: x**3, rule))(2.0) == 12.0
    assert am.grad(am.custom_vjp(np.sin, lambda g, z, x: g * np.cos(x)))(0.0) == 1.0
    assert am.grad(am.custom_vjp(lambda x: 2 * x, lambda g, z, x: [g, g]))(
        am.Tensor([1.0, 2.0])[:1]
    )
    listed = am.custom_vjp(am.sum, lambda g, z, x: [g, g])
    np.testing.assert_array_equal(am.grad(listed)(np.ones(2)), [1.0, 1.0])


# In a batch ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [cube, sine], ids=["takes nodes", "takes numbers"])
def test_under_vmap(f: Any) -> None:
    values = [f(float(x)) for x in X]
    slopes = [am.grad(f)(float(x)) for x in X]
    seconds = [am.grad(am.grad(f))(float(x)) for x in X]
    np.testing.assert_allclose(am.vmap(f)(X), values)
    np.testing.assert_allclose(am.vmap(am.grad(f))(X), slopes)
    np.testing.assert_allclose(am.vmap(am.grad(am.grad(f)))(X), seconds)
    np.testing.assert_allclose(am.grad(lambda x: am.sum(am.vmap(f)(x)))(X), slopes)
    np.testing.assert_allclose(am.hessian(lambda x: am.sum(am.vmap(f)(x)))(X), np.diag(seconds))
    np.testing.assert_allclose(am.jvp(am.vmap(f), (X,), (np.ones(3),))[1], slopes)
    grid = am.vmap(am.vmap(lambda x, y: f(x) * f(y) + f(x * y), (None, 0)), (0, None))
    expected = [[f(float(x)) * f(float(y)) + f(float(x * y)) for y in X] for x in X]
    np.testing.assert_allclose(grid(X, X), expected)
    branch = am.vmap(lambda x: f(x) if f(x) > 0 else -f(f(x)))(X)
    np.testing.assert_allclose(branch, [v if v > 0 else -f(v) for v in values])
    assert am.vmap(f)(np.zeros(0)).shape == (0,)


def test_shared_operands_under_vmap() -> None:
    rows = np.arange(6.0).reshape(2, 3)
    for axes, args in [
        ((None, 0), (2.0, rows)),
        ((0, None), (np.array([2.0, 3.0]), X)),
        ((0, 0), (np.array([2.0, 3.0]), rows)),
    ]:

        def total(s: Any, x: Any, axes: Any = axes) -> Any:
            return am.sum(am.vmap(scaled, axes)(s, x) ** 2)

        def plain(s: Any, x: Any, axes: Any = axes) -> Any:
            return am.sum(am.vmap(lambda s, x: s * x, axes)(s, x) ** 2)

        assert total(*args) == pytest.approx(plain(*args))
        for found, expected in zip(
            am.grad(total, (0, 1))(*args), am.grad(plain, (0, 1))(*args), strict=True
        ):
            np.testing.assert_allclose(found, expected)
        np.testing.assert_allclose(am.hessian(total)(*args), am.hessian(plain)(*args))
    # A rule that leaves broadcasting to be undone.
    loose = am.custom_vjp(lambda s, x: s * x, lambda g, z, s, x: g * x, lambda g, z, s, x: g * s)
    for axes, args in [((None, 0), (2.0, rows)), ((0, None), (np.array([2.0, 3.0]), X))]:
        by_s, by_x = am.grad(lambda s, x, a=axes: am.sum(am.vmap(loose, a)(s, x)), (0, 1))(*args)
        assert np.shape(by_s) == np.shape(args[0])
        assert np.shape(by_x) == np.shape(args[1])
        np.testing.assert_allclose(np.sum(by_s * args[0]), np.sum(by_x * args[1]))
    nothing = am.custom_vjp(lambda s, x: s * x, None, None)
    by_s, by_x = am.grad(lambda s, x: am.sum(am.vmap(nothing, (None, 0))(s, x)), (0, 1))(2.0, rows)
    assert by_s == 0.0
    assert not np.any(by_x)


def test_functions_of_plain_arrays_under_vmap() -> None:
    def solve(A: Any, b: Any) -> Any:
        return np.linalg.solve(A, b)

    solved = am.custom_vjp(
        solve,
        lambda g, z, A, b: -am.outer(solved(A.T, g), z),
        lambda g, z, A, b: solved(A.T, g),
    )
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(4, 3, 3)), rng.normal(size=(4, 3))
    np.testing.assert_allclose(am.vmap(solved)(A, b), np.linalg.solve(A, b[..., None])[..., 0])
    np.testing.assert_allclose(am.vmap(solved, (None, 0))(A[0], b), np.linalg.solve(A[0], b.T).T)
    by_A, by_b = am.grad(lambda A, b: am.sum(am.vmap(solved)(A, b) ** 2), (0, 1))(A, b)
    for i in range(4):
        x = np.linalg.solve(A[i], b[i])
        y = np.linalg.solve(A[i].T, 2 * x)
        np.testing.assert_allclose(by_b[i], y, rtol=1e-10)
        np.testing.assert_allclose(by_A[i], -np.outer(y, x), rtol=1e-10)
    # Second order, through the rules: of b^T A^-T A^-1 b it is 2 A^-T A^-1.
    H = am.hessian(lambda b: am.sum(solved(A[0], b) ** 2))(b[0])
    inverse = np.linalg.inv(A[0])
    np.testing.assert_allclose(H, 2 * inverse.T @ inverse, rtol=1e-9)
    assert am.vmap(solved)(np.zeros((0, 1, 1)), np.zeros((0, 1))).shape == (0, 1)


# Checked and drawn as other ops -------------------------------------------------------------------


def test_other_tools_take_it_for_an_op() -> None:
    x = am.Value(2.0, "x")
    J = cube(x) * 2
    assert am.gradcheck(J)
    assert am.gradcheck(sine, 2.0)
    assert not am.gradcheck(seven, 2.0)
    assert "24" in str(am.nudge(J, x))
    assert "svg" in am.draw(J).svg


# What cannot be -----------------------------------------------------------------------------------


def test_what_is_no_function_or_rule() -> None:
    with pytest.raises(am.OperandError, match=r"^custom_vjp takes a function, not 3$"):
        am.custom_vjp(3)  # type: ignore[arg-type]
    with pytest.raises(am.OperandError, match=r"^a rule of sin is a function or None, not 3$"):
        am.custom_vjp(math.sin, 3)  # type: ignore[arg-type]
    for args, count in [((1.0, 2.0, 3.0), 3), ((1.0, 2.0, 3.0, 4.0), 4)]:
        with pytest.raises(
            am.OperandError, match=f"got {count} arguments, but it has 2 rules; the"
        ):
            scaled(*args)
    with pytest.raises(am.OperandError, match=r"got 2 arguments, but it has 1 rule; there is one"):
        am.custom_vjp(lambda x, y: x, None)(1.0, 2.0)
    for x in ("text", {"a": 1.0}, None):
        with pytest.raises(
            am.OperandError, match="an operand must be a number, an array or a node"
        ):
            cube(x)


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (
            lambda x: (x, x),
            am.OperandError,
            "f has to give one number or array, .* returned a tuple$",
        ),
        (
            lambda x: None,
            am.OperandError,
            "f has to .* returned None, as a function without return",
        ),
        (lambda x: "text", am.OperandError, "but it returned a str$"),
        (lambda x: 1j * x, am.OperandError, "numbers here are real, not complex128"),
        (lambda x: 1 / (x - x), am.DivisionError, r"^f\(x = 1\.0\): float division by zero$"),
        (lambda x: math.log(-x), am.DomainError, r"^f\(x = 1\.0\): math domain error$"),
        (lambda x: x * am.Value(2.0), am.GradientError, "f uses a node that is none of its argum"),
        (lambda x, y: x, am.OperandError, r"^f\(x = 1\.0\): .* missing 1 required positional"),
    ],
)
def test_functions_that_cannot_have_rules(f: Any, error: Any, words: str) -> None:
    f.__name__ = "f"
    with pytest.raises(error, match=words):
        am.custom_vjp(f, lambda g, z, x: g)(am.Value(1.0, "x"))


@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        (
            lambda g, z, x: np.ones(2),
            am.ShapeError,
            r"^the rule of f for argument 0 gave a cotangent of shape \(2,\), but .* shape \(3,\)$",
        ),
        (lambda g, z, x: 1.0, am.ShapeError, r"a cotangent of shape \(\), but the argument has s"),
        (lambda g, z, x: np.ones((3, 2)), am.ShapeError, r"a cotangent of shape \(3, 2\), but the"),
        (lambda g, z, x: "text", am.OperandError, "^the rule of f for argument 0: an operand must"),
        (lambda g, x: g, am.OperandError, r"^the derivative of f\(shape \(3,\)\): .* 2 positional"),
        (
            lambda g, z, x: 1 / 0,
            am.DivisionError,
            r"^the derivative of f\(shape \(3,\)\): division",
        ),
    ],
)
def test_rules_that_do_not_fit(rule: Any, error: Any, words: str) -> None:
    def f(x: Any) -> Any:
        return x

    with pytest.raises(error, match=words):
        am.grad(lambda x: am.sum(am.custom_vjp(f, rule)(x)))(np.ones(3))


def test_errors_under_vmap() -> None:
    with pytest.raises(ZeroDivisionError):
        am.vmap(am.custom_vjp(lambda x: 1 / 0, None))(X)
    w = am.Value(2.0)
    with pytest.raises(am.GradientError, match="uses a node that is none of its arguments"):
        am.vmap(am.custom_vjp(lambda x: x * w, None))(X)
