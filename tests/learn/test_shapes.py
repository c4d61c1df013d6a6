"""What does not fit together is refused, in words that say what to write instead."""

import re

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import learn

W = np.zeros((5, 1))
X = np.ones((5, 3))
Y = np.array([[0.0, 1.0, 1.0]])

SHAPES = [
    ((np.zeros(5), 0.0, X, Y), r"w has shape \(5,\), a rank-1 .*\(5, 1\).*write w.reshape\(5, 1\)"),
    ((np.zeros((1, 5)), 0.0, X, Y), r"w has shape \(1, 5\), where .*write w.reshape\(5, 1\)"),
    (
        (np.zeros((4, 1)), 0.0, X, Y),
        r"w has shape \(4, 1\), where \(5, 1\) .* X of shape \(5, 3\)$",
    ),
    ((np.zeros((3, 1)), 0.0, X, Y), r"the examples are the columns of X: write X.T"),
    ((0.0, 0.0, X[:1], Y), r"w has shape \(\), where \(1, 1\) goes with X of shape \(1, 3\)$"),
    ((W, [0.0], X, Y), r"b has shape \(1,\), where one number is meant, such as b = 0.0"),
    ((W, np.zeros((1, 1)), X, Y), r"b has shape \(1, 1\)"),
    ((W, 0.0, X[:, 0], Y), r"X has shape \(5,\).*\(n_x, m\).*write X.reshape\(5, 1\) for one"),
    ((W, 0.0, X[None], Y), r"X has shape \(1, 5, 3\).*\(n_x, m\) are meant, an example a column$"),
    ((W, 0.0, X[:, :0], Y), r"X has shape \(5, 0\): there is nothing to learn from"),
    ((W, 0.0, X, Y[0]), r"Y has shape \(3,\), a rank-1 .*write Y.reshape\(1, 3\)"),
    ((W, 0.0, X, 1), r"Y has shape \(\), where \(1, 3\) goes with X of shape \(5, 3\)$"),
    ((W, 0.0, X, Y.T), r"Y has shape \(3, 1\), where \(1, 3\) .*write Y.reshape\(1, 3\)"),
    ((W, 0.0, X, Y[:, :2]), r"Y has shape \(1, 2\), where \(1, 3\) goes with X of shape \(5, 3\)$"),
    ((W, 0.0, X, np.zeros((1, 5))), r"the examples are the columns of X: write X.T"),
]


@pytest.mark.parametrize(("arguments", "words"), SHAPES, ids=range(len(SHAPES)))
def test_the_error_names_both_shapes_and_the_remedy(arguments, words: str) -> None:
    with pytest.raises(am.ShapeError, match=words) as caught:
        learn.cost(*arguments)
    assert all(isinstance(shape, tuple) for shape in caught.value.shapes)


def test_a_node_of_rank_one_is_refused_as_an_array_is() -> None:
    with pytest.raises(am.ShapeError, match=r"write w.reshape\(5, 1\)") as caught:
        learn.cost(am.Tensor(np.zeros(5), "w"), am.Value(0.0), X, Y)
    assert caught.value.shapes == ((5,), (5, 3))


def test_theta_has_a_row_more() -> None:
    with pytest.raises(am.ShapeError, match=r"theta has shape \(5, 1\), where \(6, 1\) goes with"):
        learn.cost_theta(W, X, Y)
    with pytest.raises(am.ShapeError, match=r"write X.T"):
        learn.cost_theta(np.zeros((4, 1)), X, Y)


@pytest.mark.parametrize(
    "w", [am.Value(0.0), [0.0] * 4, [np.zeros(1)] * 5, am.Tensor(W), np.zeros((4, 1))]
)
def test_the_loops_need_single_numbers(w) -> None:
    with pytest.raises(am.ShapeError, match="a list of 5 single numbers"):
        learn.cost_by_loops(w, 0.0, X, Y)


@pytest.mark.parametrize("bad", [2.0, -1.0, 0.5, np.nan, np.inf, 1e200])
def test_a_label_that_is_neither_0_nor_1_is_named(bad: float) -> None:
    labels = np.array([[0.0, 1.0, bad]])
    for refused in (
        lambda: learn.cost(W, 0.0, X, labels),
        lambda: learn.cost_by_loops([0.0] * 5, 0.0, X, labels),
        lambda: learn.hand_gradients(W, 0.0, X, labels),
        lambda: learn.split(X, labels),
    ):
        with pytest.raises(am.InputError, match=re.escape(f"Y[0, 2] is {bad:g}, where a")):
            refused()
    with pytest.raises(am.InputError, match=re.escape(f"y is {bad:g}, where a label is 0 or 1")):
        learn.squared_error(0.5, bad)


def test_labels_are_no_nodes() -> None:
    with pytest.raises(am.OperandError, match=r"Y is a node.*write Y.data"):
        learn.cost(W, 0.0, X, am.Tensor(Y))


@pytest.mark.parametrize(
    "loss", [learn.squared_error, learn.cross_entropy, learn.cross_entropy_from_z]
)
def test_a_loss_does_not_broadcast_a_column_against_a_row(loss) -> None:
    with pytest.raises(am.ShapeError, match=r"shape \(3, 1\) and their labels \(1, 3\)"):
        loss(np.full((3, 1), 0.5), Y)
    assert loss(np.full((3, 1), 0.5), 1).shape == (3, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_missing_from_the_data_is_named(bad: float) -> None:
    spoilt = X.copy()
    spoilt[2, 1] = spoilt[4, 2] = bad
    for refused in (
        lambda: learn.cost(am.Tensor(W, "w"), am.Value(0.0), spoilt, Y),
        lambda: learn.cost_theta(np.zeros((6, 1)), spoilt, Y),
        lambda: learn.cost_by_loops([0.0] * 5, 0.0, spoilt, Y),
        lambda: learn.yhat(W, 0.0, spoilt),
        lambda: learn.predict(W, 0.0, spoilt),
        lambda: learn.hand_gradients(W, 0.0, spoilt, Y),
        lambda: learn.standardise(spoilt),
    ):
        with pytest.raises(am.InputError, match=rf"X\[2, 1\] is {bad}, and 2 of 15.*isfinite\(X\)"):
            refused()


def test_a_weight_or_bias_that_is_no_number_is_named() -> None:
    with pytest.raises(am.InputError, match=r"w\[1, 0\] is nan"):
        learn.predict([[0.0], [np.nan]], 0.0, X[:2])
    with pytest.raises(am.InputError, match=r"^b is inf"):
        learn.predict([[0.0], [0.0]], np.inf, X[:2])


def test_a_sum_too_large_for_a_float_is_still_a_sure_prediction() -> None:
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(learn.yhat([[1e308]], 0.0, [[-10.0, 10.0]]), [[0.0, 1.0]])
