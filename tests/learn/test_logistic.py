"""The losses, the cost in its three forms, its gradients: against each other and against mpmath."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import autograd_mini as am
from autograd_mini import learn

# Two examples of two features, worked out by hand: z = (0, ln 3), so yhat = (1/2, 3/4).
W = np.array([[1.0], [-1.0]])
B = 0.0
X = np.array([[2.0, np.log(3.0)], [2.0, 0.0]])
Y = np.array([[1.0, 0.0]])
YHAT = np.array([[0.5, 0.75]])
J = (np.log(2.0) + np.log(4.0)) / 2
DW = np.array([[(-0.5 * 2 + 0.75 * np.log(3.0)) / 2], [(-0.5 * 2) / 2]])
DB = (-0.5 + 0.75) / 2


def gradients(w=W, b=B, X=X, Y=Y, **loss):
    w, b = am.Tensor(w, "w"), am.Value(b, "b")
    learn.cost(w, b, X, Y, **loss).backward()
    return w.grad, b.grad


def gradients_by_loops(w=W, b=B, X=X, Y=Y, **loss):
    ws, b = [am.Value(v) for v in np.ravel(w)], am.Value(b, "b")
    learn.cost_by_loops(ws, b, X, Y, **loss).backward()
    return np.array([[v.grad] for v in ws]), b.grad


def gradients_by_theta(w=W, b=B, X=X, Y=Y, **loss):
    theta = am.Tensor(np.vstack([[[b]], w]), "theta")
    learn.cost_theta(theta, X, Y, **loss).backward()
    return theta.grad[1:], theta.grad[0, 0]


def hand_gradients_by_loops(w=W, b=B, X=X, Y=Y):
    dw, db = learn.hand_gradients_by_loops(list(np.ravel(w)), b, X, Y)
    return np.array(dw).reshape(-1, 1), db


ALL = [
    gradients,
    gradients_by_loops,
    gradients_by_theta,
    learn.hand_gradients,
    hand_gradients_by_loops,
]


@pytest.mark.parametrize("form", ALL)
def test_the_gradients_of_the_example_worked_out_by_hand(form) -> None:
    dw, db = form(W, B, X, Y)
    np.testing.assert_allclose(dw, DW, rtol=1e-14)
    assert db == pytest.approx(DB, rel=1e-14)


def test_the_costs_of_the_example_worked_out_by_hand() -> None:
    np.testing.assert_allclose(learn.yhat(W, B, X), YHAT, rtol=1e-15)
    assert learn.cost(W, B, X, Y) == pytest.approx(J, rel=1e-15)
    assert learn.cost_by_loops([1.0, -1.0], B, X, Y) == pytest.approx(J, rel=1e-15)
    assert learn.cost_theta([[B], [1.0], [-1.0]], X, Y) == pytest.approx(J, rel=1e-15)


def test_the_squared_error_cost_of_the_example() -> None:
    # dL/dz = (yhat - y) yhat (1 - yhat): -1/8 and 9/64.
    by_hand = learn.cost(W, B, X, Y, loss=learn.squared_error)
    assert by_hand == pytest.approx((0.5**2 / 2 + 0.75**2 / 2) / 2)
    dw = np.array([[(-2 / 8 + 9 / 64 * np.log(3.0)) / 2], [-1 / 8]])
    for form in (gradients, gradients_by_loops, gradients_by_theta):
        found_dw, found_db = form(loss=learn.squared_error)
        np.testing.assert_allclose(found_dw, dw, rtol=1e-13)
        assert found_db == pytest.approx((-1 / 8 + 9 / 64) / 2, rel=1e-13)


def test_a_loss_of_ones_own() -> None:
    def wrong(yhat, y):
        return am.abs(yhat - y)

    assert learn.cost(W, B, X, Y, loss=wrong) == pytest.approx((0.5 + 0.75) / 2)
    assert learn.cost_by_loops([1, -1], B, X, Y, loss=wrong) == pytest.approx((0.5 + 0.75) / 2)


@st.composite
def problems(draw):
    """w, b, X, Y of up to 5 features and 6 examples."""
    n_x, m = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    number = st.floats(-8, 8)
    return (
        draw(arrays(float, (n_x, 1), elements=number)),
        draw(number),
        draw(arrays(float, (n_x, m), elements=number)),
        draw(arrays(float, (1, m), elements=st.sampled_from([0.0, 1.0]))),
    )


@given(problems())
def test_all_forms_and_the_hand_derivation_agree_to_rounding(problem) -> None:
    w, b, X, Y = problem
    theta = np.vstack([[[b]], w])
    costs = [
        learn.cost(w, b, X, Y),
        learn.cost_by_loops(w, b, X, Y),
        learn.cost_theta(theta, X, Y),
    ]
    np.testing.assert_allclose(costs, costs[0], rtol=1e-12, atol=1e-15)
    scale = 1.0 + np.abs(X).max()
    first_dw, first_db = learn.hand_gradients(w, b, X, Y)
    for form in ALL:
        dw, db = form(w, b, X, Y)
        np.testing.assert_allclose(dw, first_dw, rtol=1e-12, atol=1e-13 * scale)
        assert db == pytest.approx(first_db, rel=1e-12, abs=1e-14)


@given(problems())
def test_the_cost_and_its_gradients_are_those_of_fifty_digits(problem) -> None:
    w, b, X, Y = problem
    m = X.shape[1]
    with mpmath.workdps(50):

        def J(*theta):
            total = mpmath.mpf(0)
            for i in range(m):
                z = theta[0] + sum(theta[j + 1] * mpmath.mpf(X[j, i]) for j in range(len(X)))
                total += mpmath.log1p(mpmath.exp(-z if Y[0, i] else z))
            return total / m

        at = [mpmath.mpf(b), *map(mpmath.mpf, w.ravel())]
        h = mpmath.mpf(10) ** -20
        slopes = []
        for k in range(len(at)):
            up, down = at.copy(), at.copy()
            up[k], down[k] = up[k] + h, down[k] - h
            slopes.append(float((J(*up) - J(*down)) / (2 * h)))
        exact = float(J(*at))
    scale = 1.0 + np.abs(X).max()
    assert learn.cost(w, b, X, Y) == pytest.approx(exact, rel=1e-11, abs=1e-15)
    dw, db = gradients(w, b, X, Y)
    np.testing.assert_allclose(dw.ravel(), slopes[1:], rtol=1e-10, atol=1e-13 * scale)
    assert db == pytest.approx(slopes[0], rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("z", [-1e308, -800.0, -40.0, -1e-9, 0.0, 2.5, 40.0, 800.0, 1e308])
def test_the_loss_from_z_is_exact_at_any_z(z: float, y: int) -> None:
    exact = float(mpmath.log1p(mpmath.exp(-z if y else z)))
    a = am.Value(z, "z")
    loss = learn.cross_entropy_from_z(a, y)
    loss.backward()
    assert loss.data == pytest.approx(exact, rel=1e-15, abs=0.0)
    slope = -1 / (1 + mpmath.exp(z)) if y else 1 / (1 + mpmath.exp(-z))
    assert a.grad == pytest.approx(float(slope), rel=1e-15, abs=0.0)
    of_array = learn.cross_entropy_from_z(np.array([[z]]), [[y]])
    assert of_array.item() == pytest.approx(exact, rel=1e-15, abs=0.0)


def test_the_losses_of_one_example() -> None:
    assert learn.squared_error(0.75, 0) == 0.28125
    assert learn.cross_entropy(0.75, 1) == pytest.approx(0.28768207245178)
    assert learn.cross_entropy(0.75, 0) == pytest.approx(1.38629436111989)
    # The label picks one of the two logarithms: the other is not taken, be it of 0.
    assert learn.cross_entropy(1.0, 1) == learn.cross_entropy(0.0, 0) == 0.0
    np.testing.assert_array_equal(learn.cross_entropy([[0.0, 1.0]], [[0, 1]]), [[0.0, 0.0]])


def test_the_slope_of_cross_entropy_is_the_lectures_da() -> None:
    for y in (0, 1):
        a = am.Value(0.2, "a")
        learn.cross_entropy(a, y).backward()
        assert a.grad == pytest.approx(-y / 0.2 + (1 - y) / (1 - 0.2))
    A = am.Tensor([[0.2, 0.2]], "A")
    am.sum(learn.cross_entropy(A, [[0, 1]])).backward()
    np.testing.assert_allclose(A.grad, [[1.25, -5.0]])


def test_an_impossible_prediction_is_an_error_that_names_the_logarithm() -> None:
    with pytest.raises(am.DomainError, match=r"log\(0.0\)"):
        learn.cross_entropy(am.Value(1.0), 0)


def test_labels_may_be_of_any_kind_of_number() -> None:
    for labels in ([[True, False]], np.array([[1, 0]], dtype=np.uint8), Y.astype(np.float32)):
        assert learn.cost(W, B, X, labels) == learn.cost(W, B, X, Y)


def test_results_are_plain_for_plain_arguments_and_nodes_for_nodes() -> None:
    assert isinstance(learn.yhat(W, B, X), np.ndarray)
    assert isinstance(learn.cost(W, B, X, Y), float)
    assert isinstance(learn.cost_by_loops([1.0, 2.0], B, X, Y), float)
    assert isinstance(learn.cost(W, B, am.Tensor(X, "X"), Y), am.Node)
    assert isinstance(learn.cost_by_loops([1.0, 2.0], am.Value(0.0), X, Y), am.Value)
    assert isinstance(learn.predict(am.Tensor(W), am.Value(B), am.Tensor(X)), np.ndarray)


def test_single_precision_stays_single() -> None:
    w = am.Tensor(W.astype(np.float32), "w")
    J = learn.cost(w, am.Value(0.0), X.astype(np.float32), Y.astype(np.float32))
    J.backward()
    assert J.dtype == w.grad.dtype == np.float32


def test_a_prediction_of_one_half_is_a_zero() -> None:
    np.testing.assert_array_equal(
        learn.predict([[1.0]], 0.0, [[-1e-300, 0.0, 1e-300]]), [[0, 0, 1]]
    )


def test_accuracy_counts_what_is_right() -> None:
    assert learn.accuracy(learn.predict(W, B, X), [[0, 1]]) == 1.0
    assert learn.accuracy(learn.predict(W, B, X), Y) == 0.0


def test_accuracy_takes_lists_arrays_and_nodes() -> None:
    assert learn.accuracy(am.Tensor([[0.0, 1.0]]), ((0, 1),)) == 1.0


@pytest.mark.parametrize(
    ("predicted", "error"),
    [([[1], [1, 2]], am.ShapeError), (None, am.OperandError), ([["a"]], am.OperandError)],
)
def test_accuracy_of_what_is_no_array(predicted, error) -> None:
    with pytest.raises(error):
        learn.accuracy(predicted, [[1, 0]])


@pytest.mark.parametrize("w", [["a", "b"], [None, 1.0]])
@pytest.mark.parametrize("form", [learn.cost_by_loops, learn.hand_gradients_by_loops])
def test_loops_over_what_is_no_number(form, w) -> None:
    with pytest.raises(am.OperandError, match="an operand must be a number"):
        form(w, B, X, Y)


@pytest.mark.parametrize("loss", [learn.cross_entropy, learn.squared_error, lambda a, y: a - y])
@pytest.mark.parametrize("labels", [[[1, 0]], np.array([[True, False]]), np.array([[1, 0]]), Y])
def test_labels_do_not_widen_the_cost(loss, labels) -> None:
    w, x = am.Tensor(W.astype(np.float32)), X.astype(np.float32)
    J = learn.cost(w, B, x, labels, loss)
    theta = am.Tensor(np.zeros((3, 1), np.float32))
    J.backward()
    assert J.dtype == w.grad.dtype == np.float32
    assert learn.cost_theta(theta, x, labels, loss).dtype == np.float32
    assert J.data == pytest.approx(learn.cost(W, B, X, Y, loss), rel=1e-5)
    assert learn.cross_entropy_from_z(np.float32([[1.0, 2.0]]), labels).dtype == np.float32


@pytest.mark.parametrize(("predicted", "labels"), [([0, 1], [[0, 1]]), ([[]], [[]])])
def test_accuracy_refuses_shapes_that_would_broadcast(predicted, labels) -> None:
    with pytest.raises(am.ShapeError, match=r"both are \(1, m\)"):
        learn.accuracy(predicted, labels)
