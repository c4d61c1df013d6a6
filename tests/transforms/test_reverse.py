"""grad, value_and_grad, vjp: what they give, has_aux, and what they refuse."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autograd_mini as am


def test_value_and_gradient() -> None:
    f = am.value_and_grad(lambda a, b, c: 3 * (a + b * c), argnums=(0, 1, 2))
    assert f(5.0, 3.0, 2.0) == (33.0, (3.0, 6.0, 9.0))
    value, gradient = am.value_and_grad(lambda w, x: am.sum(am.tanh(x @ w)))(
        np.array([1.0, -1.0]), np.array([[1.0, 2.0], [3.0, 4.0], [0.5, 0.25]])
    )
    z = np.array([-1.0, -1.0, 0.25])
    assert value == pytest.approx(np.sum(np.tanh(z)), rel=1e-15)
    slopes = 1 / np.cosh(z) ** 2
    expected = slopes @ np.array([[1.0, 2.0], [3.0, 4.0], [0.5, 0.25]])
    np.testing.assert_allclose(gradient, expected, rtol=1e-14)


def test_a_function_that_does_not_use_its_argument() -> None:
    assert am.value_and_grad(lambda x: 3.0)(2.0) == (3.0, 0.0)
    assert am.value_and_grad(lambda x: 3)(2.0) == (3, 0.0)
    np.testing.assert_array_equal(am.grad(lambda x: np.float64(3.0))(np.ones(2)), [0.0, 0.0])
    assert am.grad(lambda x, y: y, argnums=(0, 1))(2.0, 3.0) == (0.0, 1.0)
    assert am.grad(lambda x: am.sign(x))(2.0) == 0.0
    assert am.grad(lambda x: am.Value(5.0))(2.0) == 0.0
    assert am.vjp(lambda x: (x, 3.0), 2.0)[1]((1.0, 7.0)) == (1.0,)


def test_a_function_that_hands_its_argument_on() -> None:
    assert am.value_and_grad(lambda x: x)(2.0) == (2.0, 1.0)
    assert am.value_and_grad(lambda p: p["x"])({"x": 2.0, "y": 1.0}) == (2.0, {"x": 1.0, "y": 0.0})
    y, back = am.vjp(lambda x: [x, x, {"x": x}], 2.0)
    assert y == [2.0, 2.0, {"x": 2.0}]
    assert back([1.0, 10.0, {"x": 100.0}]) == (111.0,)


def test_one_number_may_be_an_array() -> None:
    np.testing.assert_array_equal(am.grad(lambda x: x * x)(np.array([[3.0]])), [[6.0]])
    assert am.grad(lambda x: am.Tensor([2.0]) * x)(3.0) == 2.0


def test_empty_arrays() -> None:
    value, gradient = am.value_and_grad(lambda x: am.sum(x * x))(np.zeros((0, 3), np.float32))
    assert value == 0.0
    assert gradient.shape == (0, 3)
    assert gradient.dtype == np.float32


# has_aux ------------------------------------------------------------------------------------------


def with_aux(x: Any) -> Any:
    y = x * x
    return y * x, {"square": y, "name": "f", "none": None, "plain": 7}


def test_has_aux() -> None:
    aux = {"square": 4.0, "name": "f", "none": None, "plain": 7}
    assert am.grad(with_aux, has_aux=True)(2.0) == (12.0, aux)
    assert am.value_and_grad(with_aux, has_aux=True)(2.0) == ((8.0, aux), 12.0)
    value, back, found = am.vjp(with_aux, 2.0, has_aux=True)
    assert (value, back(1.0), found) == (8.0, (12.0,), aux)
    assert type(found["square"]) is float
    assert am.jvp(with_aux, (2.0,), (1.0,), has_aux=True) == (8.0, 12.0, aux)
    assert am.jacobian(with_aux, has_aux=True)(2.0) == (12.0, aux)
    assert am.hessian(with_aux, has_aux=True)(2.0) == (12.0, aux)


def test_aux_may_hold_arrays_of_any_kind() -> None:
    texts, truths = np.array(["a"]), np.array([True])
    _, aux = am.grad(lambda x: (x, (texts, truths, np.array([1j]))), has_aux=True)(2.0)
    assert aux[0] is texts
    assert aux[1] is truths
    np.testing.assert_array_equal(aux[2], [1j])


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        (1.0, "a float"),
        ([1.0, 2.0], "a list"),
        ((1.0, 2.0, 3.0), "a tuple"),
        (None, "None, as a function without return does"),
    ],
)
def test_has_aux_needs_a_pair(returned: Any, shown: str) -> None:
    def f(x: Any) -> Any:
        return returned

    words = rf"^has_aux=True: f must return a pair \(value, aux\), but returned {shown}$"
    for call in (am.grad(f, has_aux=True), am.jacobian(f, has_aux=True)):
        with pytest.raises(am.OperandError, match=words):
            call(1.0)
    with pytest.raises(am.OperandError, match=words):
        am.vjp(f, 1.0, has_aux=True)


# What has no gradient -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, r"^a gradient is of one number, but f returned None, as a function without return"),
        ("text", r"^a gradient is of one number, but f returned a str$"),
        (True, r"^a gradient is of one number, but f returned a bool$"),
        ([1.0], r"but f returned a list; use am\.jacobian for several, has_aux=True for a pair"),
        ((1.0, 2.0), r"but f returned a tuple; use am\.jacobian"),
        (np.ones(3), r"^f returned 3 numbers \(shape \(3,\)\), but a gradient is of one; reduce"),
        (np.ones(0), r"^f returned 0 numbers \(shape \(0,\)\)"),
        (1j, r"^f returned 1j, but a gradient is of a real number$"),
    ],
)
def test_what_has_no_gradient(returned: Any, words: str) -> None:
    def f(x: Any) -> Any:
        return returned

    for call in (am.grad(f), am.value_and_grad(f), lambda x: am.hvp(f, (x,), (1.0,))):
        with pytest.raises(am.GradientError, match=words):
            call(2.0)


def test_the_errors_of_a_function_come_through() -> None:
    with pytest.raises(am.DomainError, match=r"^log\(-1\.0\)"):
        am.grad(am.log)(-1.0)
    with pytest.raises(am.DivisionError, match=r"^the derivative of sqrt\(0\.0\)"):
        am.grad(am.sqrt)(0.0)
    with pytest.raises(am.DivisionError, match=r"^the derivative of sqrt\(0\.0\)"):
        am.jvp(am.sqrt, (0.0,), (1.0,))
    with pytest.raises(KeyError, match="missing"):
        am.grad(lambda p: p["missing"])({"w": 1.0})
    with pytest.raises(TypeError, match="must be a function, not int"):
        am.grad(3)(1.0)  # type: ignore[arg-type]
    # And nothing of the failed call stays behind.
    assert am.grad(lambda x: x * am.grad(lambda y: x + y)(1.0))(1.0) == 1.0


# vjp ----------------------------------------------------------------------------------------------


def test_vjp() -> None:
    A, x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, -1.0])
    y, back = am.vjp(lambda A, x: A @ x, A, x)
    np.testing.assert_array_equal(y, A @ x)
    c = np.array([1.0, 0.5, -2.0])
    for _ in range(2):  # as often as one likes
        by_A, by_x = back(c)
        np.testing.assert_array_equal(by_A, np.outer(c, x))
        np.testing.assert_array_equal(by_x, c @ A)
    assert am.vjp(lambda: 2.0)[0] == 2.0
    assert am.vjp(lambda: 2.0)[1](1.0) == ()
    assert am.vjp(lambda x: None, 2.0)[1](None) == (0.0,)


def test_what_is_no_cotangent() -> None:
    _, back = am.vjp(lambda x: (x * 2, {"a": x * x}), np.ones(2))
    for cotangent, error, words in [
        (
            np.ones(2),
            am.OperandError,
            "^the cotangent must be a tuple with the parts 0, 1, not a n",
        ),
        ([1, 2], am.OperandError, "must be a tuple .* not a list with the parts 0, 1$"),
        ((np.ones(2), {"b": 1.0}), am.OperandError, r"the cotangent\[1\] must be a dict .* a, not"),
        ((np.ones(2), {"a": "x"}), am.OperandError, r"the cotangent\[1\]\['a'\] must be a number"),
        ((np.ones(3), {"a": np.ones(2)}), am.ShapeError, r"the cotangent has shape \(3,\), but"),
        ((1.0, {"a": np.ones(2)}), am.ShapeError, r"has shape \(\), but what .* shape \(2,\)$"),
        ((np.ones(2), {"a": np.ones(2) * 1j}), am.OperandError, "numbers here are real"),
    ]:
        with pytest.raises(error, match=words):
            back(cotangent)


# Programs for another engine, through an import alone ---------------------------------------------


def test_derivatives_of_every_order_of_tanh() -> None:
    from autograd_mini import grad

    def tanh(x: Any) -> Any:
        return (1.0 - np.exp(-2 * x)) / (1.0 + np.exp(-2 * x))

    x, t = 0.4, math.tanh(0.4)
    s = 1 - t * t
    derivatives = [s, -2 * t * s, (6 * t * t - 2) * s, (16 * t - 24 * t**3) * s]
    f = tanh
    for expected in derivatives:
        f = grad(f)
        assert f(x) == pytest.approx(expected, rel=1e-11)
    for expected in ((120 * t**4 - 120 * t * t + 16) * s,):
        assert grad(f)(x) == pytest.approx(expected, rel=1e-10)


def test_logistic_regression_as_people_write_it() -> None:
    from autograd_mini import grad, hessian, value_and_grad

    inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30]])
    targets = np.array([True, True, False])

    def sigmoid(x: Any) -> Any:
        return 0.5 * (np.tanh(x / 2.0) + 1)

    def training_loss(weights: Any) -> Any:
        predictions = sigmoid(np.dot(inputs, weights))
        label_probabilities = predictions * targets + (1 - predictions) * (1 - targets)
        return -np.sum(np.log(label_probabilities))

    weights = np.zeros(3)
    for _ in range(100):
        weights -= grad(training_loss)(weights) * 0.1
    value, gradient = value_and_grad(training_loss)(weights)
    p = 1 / (1 + np.exp(-inputs @ weights))
    np.testing.assert_allclose(gradient, inputs.T @ (p - targets), rtol=1e-12)
    expected = inputs.T @ np.diag(p * (1 - p)) @ inputs
    np.testing.assert_allclose(hessian(training_loss)(weights), expected, rtol=1e-12)
    assert value < 0.3


def test_a_network_as_people_write_it() -> None:
    from autograd_mini import grad

    rng = np.random.default_rng(0)
    sizes = [2, 5, 4, 1]
    params = [(rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in itertools.pairwise(sizes)]
    inputs = rng.normal(size=(6, 2))

    def predict(params: Any, x: Any) -> Any:
        for W, b in params:
            outputs = np.dot(x, W) + b
            x = np.maximum(outputs, 0) + 0.1 * np.sin(outputs)
        return outputs - am.logsumexp(outputs, axis=0, keepdims=True)

    def objective(params: Any) -> Any:
        penalty = sum(np.sum(W**2) + np.sum(b**2) for W, b in params)
        return np.mean(predict(params, inputs) ** 2) + 0.5 * penalty

    found = grad(objective)(params)
    assert isinstance(found, list)
    assert isinstance(found[0], tuple)
    for layer, place in ((0, 0), (1, 1), (2, 0)):
        direction = rng.normal(size=params[layer][place].shape)

        def along(h: float, layer: int = layer, place: int = place, d: Any = direction) -> float:
            moved = [list(pair) for pair in params]
            moved[layer][place] = moved[layer][place] + h * d
            return float(objective(moved))

        numeric = (along(1e-5) - along(-1e-5)) / 2e-5
        assert np.sum(found[layer][place] * direction) == pytest.approx(numeric, rel=1e-7)


def test_a_recurrence_as_people_write_it() -> None:
    from autograd_mini import grad, jacobian

    def evolve(state: Any, steps: int) -> Any:
        for _ in range(steps):
            state = np.sin(1.3 * state) + 0.1 * np.roll(np.eye(3), 1, axis=1) @ state
        return state

    x = np.array([0.2, -0.7, 1.1])
    J = np.eye(3)
    shift, state = 0.1 * np.roll(np.eye(3), 1, axis=1), x
    for _ in range(20):
        J = (np.diag(1.3 * np.cos(1.3 * state)) + shift) @ J
        state = np.sin(1.3 * state) + shift @ state
    np.testing.assert_allclose(jacobian(evolve)(x, 20), J, rtol=1e-12, atol=1e-15)
    by_grad = grad(lambda x: np.sum(evolve(x, 20)))(x)
    np.testing.assert_allclose(by_grad, J.sum(axis=0), rtol=1e-12)
