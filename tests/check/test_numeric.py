"""numeric_grad: four methods against derivatives known by hand, to the accuracy of each."""

import math

import mpmath
import numpy as np
import pytest

import autograd_mini as am

METHODS = {"forward": 1e-6, "central": 1e-8, "richardson": 1e-11, "complex": 1e-15}

FUNCTIONS = [
    (lambda x: 3 * x, lambda x: 3),
    (lambda x: x**3, lambda x: 3 * x * x),
    (lambda x: 1 / x, lambda x: -1 / (x * x)),
    (lambda x: am.exp(x) * am.sin(x), lambda x: mpmath.exp(x) * (mpmath.sin(x) + mpmath.cos(x))),
    (lambda x: am.log(x) + am.sqrt(x), lambda x: 1 / x + 1 / (2 * mpmath.sqrt(x))),
    (
        lambda x: am.tanh(am.arctan(x)),
        lambda x: mpmath.diff(lambda t: mpmath.tanh(mpmath.atan(t)), x),
    ),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("x", [0.3, 1.0, 2.0])
@pytest.mark.parametrize(("f", "derivative"), FUNCTIONS)
def test_each_method_is_as_exact_as_it_promises(method, x, f, derivative) -> None:
    found = am.numeric_grad(f, x, method=method)
    assert type(found) is float
    true = float(derivative(mpmath.mpf(x)))
    assert found == pytest.approx(true, rel=METHODS[method], abs=METHODS[method])


@pytest.mark.parametrize("x", [1e-300, 1e-12, 1e-4, 1e6, 1e200])
@pytest.mark.parametrize("method", METHODS)
def test_steps_go_by_the_size_of_x(method: str, x: float) -> None:
    exact = METHODS[method] if x > 1e-290 else 1e-5  # steps below 1e-308 have few digits
    assert am.numeric_grad(am.log, x, method=method) == pytest.approx(1 / x, rel=exact)


@pytest.mark.parametrize("x", [0.0, 1e-12, -1e-300])
def test_steps_near_zero_suit_functions_that_change_over_one(x: float) -> None:
    assert am.numeric_grad(lambda t: 5 + am.sin(t), x) == pytest.approx(1.0, rel=1e-10)


@pytest.mark.parametrize("x", [1e6, 12345.678])
def test_steps_of_large_x_suit_functions_that_change_over_one(x: float) -> None:
    assert am.numeric_grad(am.sin, x) == pytest.approx(math.cos(x), abs=1e-6)


def test_l5_and_l6_by_a_step_given() -> None:
    def nudged(f, a):
        return am.numeric_grad(f, a, method="forward", step=0.001)

    assert nudged(lambda a: 3 * a, 2.0) == pytest.approx(3.0)
    assert nudged(lambda a: a**2, 2.0) == pytest.approx(4.001)
    assert nudged(lambda a: a**2, 5.0) == pytest.approx(10.001)
    assert nudged(lambda a: a**3, 2.0) == pytest.approx(12.006001)
    assert am.numeric_grad(lambda a: a**3, 2.0, method="central", step=0.5) == 12.25
    assert am.numeric_grad(lambda a: a**5, 2.0, method="richardson", step=0.5) == 80.0


@pytest.mark.parametrize("method", METHODS)
def test_arrays_keep_shape_and_dtype(method: str) -> None:
    w = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 0.0]])
    found = am.numeric_grad(lambda w: am.sum(w**2) + w[0, 0] * w[1, 2], w, method=method)
    np.testing.assert_allclose(found, 2 * w + [[0, 0, 0], [0, 0, 1]], atol=1e-6)
    single = am.numeric_grad(lambda w: np.sum(w * w), w.astype(np.float32), method=method)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, 2 * w, rtol=2e-3, atol=2e-3)
    assert am.numeric_grad(np.sum, np.array(2.0), method=method) == np.array(1.0)
    assert am.numeric_grad(lambda x: x * x, np.float32(3.0), method=method).dtype == np.float32
    assert am.numeric_grad(np.sum, np.zeros((0, 3)), method=method).shape == (0, 3)
    np.testing.assert_allclose(am.numeric_grad(np.sum, [1, 2], method=method), [1.0, 1.0])


def test_argnums_choose_the_arguments() -> None:
    def f(x, n, y):
        assert isinstance(n, str)
        return x * x * am.sum(y)

    y = np.array([1.0, 2.0])
    assert am.numeric_grad(f, 3.0, "n", y) == pytest.approx(18.0)
    dy, dx = am.numeric_grad(f, 3.0, "n", y, argnums=(-1, 0))
    np.testing.assert_allclose(dy, [9.0, 9.0])
    assert dx == pytest.approx(18.0)
    assert am.numeric_grad(f, 3.0, "n", y, argnums=()) == ()


def test_nodes_may_be_arguments_results_and_bystanders() -> None:
    w = am.Value(3.0, "w")
    assert am.numeric_grad(lambda x: am.exp(x) * w, 0.0) == pytest.approx(3.0)
    assert am.numeric_grad(lambda x: x.exp() * w, am.Value(0.0)) == pytest.approx(3.0)
    t = am.Tensor([[1.0, 2.0]])
    np.testing.assert_allclose(am.numeric_grad(lambda t: (t @ t.T).sum(), t), [[2.0, 4.0]])
    np.testing.assert_allclose(
        am.numeric_grad(lambda t: (t @ t.T).sum(), t, method="complex"), [[2.0, 4.0]]
    )
    assert w.grad is None


@pytest.mark.parametrize(
    ("f", "x", "derivative"),
    [
        (am.exp, 1.0, math.e),
        (lambda x: am.sin(x) / x, 1e-3, None),
        (lambda x: am.tan(x), 1.5, 1 / math.cos(1.5) ** 2),
        (lambda x: x**7, 0.0, 0.0),
        (lambda x: am.relu(x - 1), 1.0 + 1e-6, 1.0),
        (lambda x: am.log(x) ** 9, 1.0 + 1e-3, None),
    ],
)
def test_the_error_of_richardson_covers_how_far_off_it_is(f, x, derivative) -> None:
    if derivative is None:
        derivative = am.gradient(f(v := am.Value(x)), v).data
    found, error = am.numeric_grad(f, x, with_error=True)
    assert abs(found - derivative) <= 3 * error
    assert error <= 1e-6 * max(abs(derivative), 1e-6)


def test_errors_come_in_the_shape_of_the_derivative() -> None:
    (dx, ex), (dy, ey) = am.numeric_grad(
        lambda x, y: am.sum(x) * y, np.ones((2, 1)), 2.0, argnums=(0, 1), with_error=True
    )
    assert dx.shape == ex.shape == (2, 1)
    assert (type(dy), type(ey)) == (float, float)
    assert ex.max() < 1e-10


def test_a_kink_and_an_edge_show_in_the_error() -> None:
    assert am.numeric_grad(am.abs, 0.0, with_error=True) == (0.0, pytest.approx(1.0))
    edge, error = am.numeric_grad(lambda x: x * am.sqrt(x) + x, 0.0, with_error=True)
    assert abs(edge - 1.0) <= 3 * error < 1e-3
    alone, error = am.numeric_grad(lambda x: am.sqrt(x - 1) * am.sqrt(1 - x), 1.0, with_error=True)
    assert math.isnan(alone)
    assert error == math.inf


def test_numbers_that_are_not_finite_have_no_slope() -> None:
    for x in (math.nan, math.inf, -math.inf):
        found, error = am.numeric_grad(lambda x: x * 2.0, x, with_error=True)
        assert math.isnan(found)
        assert error == math.inf


NOT_ANALYTIC = [
    am.abs,
    am.relu,
    np.abs,
    lambda x: np.abs(x) + x,
    lambda x: x * x + 1e-3 * np.abs(x),
    lambda x: math.exp(x),
    lambda x: x if x > 0 else -x,
    lambda x: am.where(True, x, -x),
    lambda x: am.maximum(x, 0.0) * x,
    lambda x: complex(x).real * 2,
    lambda x: x * am.Value(2.0),
]


@pytest.mark.parametrize("f", NOT_ANALYTIC)
def test_the_complex_step_refuses_what_is_not_analytic(f) -> None:
    with pytest.raises(am.GradientError, match="use method='richardson'"):
        am.numeric_grad(f, 1.5, method="complex")
    assert math.isfinite(am.numeric_grad(f, 1.5))


def test_the_complex_step_says_which_op_it_was() -> None:
    with pytest.raises(am.GradientError, match=r"sigmoid\(.*for real numbers alone"):
        am.numeric_grad(lambda x: am.sigmoid(x) * 2, 1.0, method="complex")
    with pytest.raises(am.OperandError, match=r"maximum.*for real numbers alone"):
        am.maximum(np.array([1j, 2.0]), 0.0)


@pytest.mark.parametrize("method", METHODS)
def test_what_f_returns_must_be_one_real_number(method: str) -> None:
    for result, error, message in [
        (np.ones(2), am.GradientError, r"holds 2 \(shape \(2,\)\).*am.sum"),
        (am.Tensor([1.0, 2.0]), am.GradientError, r"holds 2 \(shape \(2,\)\)"),
        (1j, am.GradientError, "of a real number"),
        (None, am.OperandError, "this result is None"),
        ("6", am.OperandError, "this result is '6'"),
    ]:
        with pytest.raises(error, match=message):
            am.numeric_grad(lambda x, result=result: result, 1.0, method=method)
    for one in (1.5, np.float32(1.5), np.array([[1.5]]), am.Value(1.5), am.Tensor([1.5]), True, 2):
        assert am.numeric_grad(lambda x, one=one: one, 1.0, method=method) == 0.0


def test_arguments_that_cannot_be_used() -> None:
    with pytest.raises(am.InputError, match=r"not a Value.*am.gradcheck\(J\)"):
        am.numeric_grad(am.Value(1.0))  # type: ignore[arg-type]
    with pytest.raises(am.InputError, match="'newton' is not one of forward, central"):
        am.numeric_grad(am.exp, 1.0, method="newton")
    with pytest.raises(am.InputError, match="does not estimate its error"):
        am.numeric_grad(am.exp, 1.0, method="central", with_error=True)
    for step in (0.0, -1e-3, math.nan, math.inf):
        with pytest.raises(am.InputError, match="must be a positive number"):
            am.numeric_grad(am.exp, 1.0, step=step)
    for argnums in (1, -2, "0", (0, 1), 0.0):
        with pytest.raises(am.InputError, match="not the place of one of 1 arguments"):
            am.numeric_grad(am.exp, 1.0, argnums=argnums)  # type: ignore[arg-type]
    for take in (am.numeric_grad, am.gradcheck):
        with pytest.raises(am.OperandError, match=r"an argument of its own, not a dict: write lam"):
            take(lambda p: p["w"] * 2, {"w": 1.0})
    with pytest.raises(am.InputError, match="one of 0 arguments"):
        am.numeric_grad(am.exp)
    for x in (1j, np.array([1j])):
        with pytest.raises(am.OperandError, match="numbers here are real"):
            am.numeric_grad(lambda x: 1.0, x)
    for x in ("1", None, np.array(["a"])):
        with pytest.raises(am.OperandError):
            am.numeric_grad(lambda x: 1.0, x)


def test_errors_of_f_come_through() -> None:
    with pytest.raises(am.DomainError, match=r"log\(-1.0\)"):
        am.numeric_grad(am.log, -1.0)
    with pytest.raises(am.DomainError, match="sqrt"):
        am.numeric_grad(am.sqrt, 0.0, method="central")

    def mistaken(x: float) -> float:
        raise KeyError("w")

    with pytest.raises(KeyError):
        am.numeric_grad(mistaken, 1.0)


def test_f_cannot_harm_the_arguments() -> None:
    def greedy(x):
        x *= 2
        return x.sum()

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(am.numeric_grad(greedy, x), [2.0, 2.0])
    np.testing.assert_array_equal(x, [1.0, 2.0])
