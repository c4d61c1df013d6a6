"""plot_boundary: the line is where p = 0.5, examples are where they are, shapes and labels hold."""

import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.learn import plot_boundary
from tests.learn.seeing import Seen, lines

X = np.array([[0.0, 4.0, 1.0, 3.0], [0.0, 4.0, 1.0, 2.0]])
Y = np.array([[0, 1, 0, 1]])


def model(x1: float, x2: float) -> float:
    return 1 / (1 + math.exp(-4 * (x1 + x2 - 4)))


class Estimator:
    """What plot_boundary needs of scikit-learn's conventions."""

    def __init__(self, *classes: object) -> None:
        self.classes_ = np.array(classes)

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        p = np.array([model(*row) for row in rows])
        return np.stack([1 - p, p], axis=1)


def line(seen: Seen):
    """The boundary in numbers of the features."""
    boundary = seen.paths("ink")[0]
    return [at * [4.96 / 400, -4.96 / 400] + [-0.48, 4.48] for at in lines(boundary)]


def test_the_line_is_where_the_model_is_undecided() -> None:
    """Straight to the digit that is written, though sigma is steep within a cell of the grid."""

    def steep(x1: float, x2: float) -> float:
        return 1 / (1 + math.exp(-90 * (x1 + 0.37 * x2 - 2.9)))

    [points] = line(Seen(plot_boundary(steep, X, Y)))
    assert points @ [1, 0.37] == pytest.approx(2.9, abs=0.003)
    assert points[:, 1].min() < 0 < 4 < points[:, 1].max()


def test_a_curved_line_comes_out_curved() -> None:
    [ring] = line(
        Seen(plot_boundary(lambda a, b: 1 / (1 + math.exp((a - 2) ** 2 + (b - 2) ** 2 - 2)), X, Y))
    )
    assert np.hypot(*(ring - 2).T) == pytest.approx(math.sqrt(2), abs=0.02)


def test_examples_are_where_they_are_and_differ_by_shape() -> None:
    seen = Seen(plot_boundary(model, X, Y))
    discs, crosses = seen.paths("blue")[0], seen.paths("red")[0]
    at = [part.mean(axis=0) * [4.96 / 400, -4.96 / 400] + [-0.48, 4.48] for part in lines(discs)]
    assert np.array(at) == pytest.approx(np.array([[4, 4], [3, 2]]), abs=0.01)
    assert [np.ptp(part, axis=0).tolist() for part in lines(discs)] == [[0, 0]] * 2
    assert len(lines(crosses)) == 4
    assert np.ptp(lines(crosses)[0], axis=0) == pytest.approx([7, 7], abs=0.2)
    assert {"y = 0: 2 examples", "y = 1: 2 examples", "x₁", "x₂"} <= set(seen.words)
    assert "4 of 4 examples are on the side of their label." in seen.said
    assert "drawn as discs" in seen.said
    assert "drawn as crosses" in seen.said


def test_the_lines_say_their_p_where_there_is_room() -> None:
    steep = plot_boundary(lambda a, b: 1 / (1 + math.exp(-40 * (a + b - 4))), X, Y)
    assert [text for text in Seen(steep).words if text.startswith("p = ")] == ["p = 0.5"] * 2
    gentle = plot_boundary(lambda a, b: 1 / (1 + math.exp(4 - a - b)), X, Y)
    assert {"p = 0.1", "p = 0.5", "p = 0.9"} <= set(Seen(gentle).words)


def test_rows_and_columns_functions_and_estimators_are_the_same_picture() -> None:
    svg = plot_boundary(model, X, Y).svg
    assert plot_boundary(model, X.T, Y[0]).svg == svg
    assert plot_boundary(Estimator(0, 1), X.T, Y[0]).svg == svg
    assert plot_boundary(lambda a, b: am.Value(model(a, b)), am.Tensor(X), Y).svg == svg
    assert plot_boundary(lambda a, b: np.array([[model(a, b)]]), X.tolist(), Y.tolist()).svg == svg


def test_scikit_learns_own() -> None:
    linear = pytest.importorskip("sklearn.linear_model").LogisticRegression()
    features, names, labels = X.T, np.array(["no", "yes"]), Y[0]
    seen = Seen(plot_boundary(linear.fit(features, names[labels]), features, names[labels]))
    w, b = linear.coef_[0], linear.intercept_[0]
    [points] = line(seen)
    assert points @ w + b == pytest.approx(0, abs=0.01)
    assert "y = yes: 2 examples" in seen.words


@pytest.mark.parametrize(("p", "side"), [(0.2, "below"), (1.0, "above"), (0.0, "below")])
def test_a_model_of_one_mind_has_no_line(p: float, side: str) -> None:
    seen = Seen(plot_boundary(lambda a, b: p, X, Y))
    assert not any(path.attrib["d"] for path in seen.paths("ink"))
    assert f"p is {side} 0.5 everywhere here." in seen.said


def test_a_model_that_only_says_yes_or_no() -> None:
    points = line(Seen(plot_boundary(lambda a, b: float(a > 2), X, Y)))[0]
    assert points[:, 0] == pytest.approx(2, abs=0.1)


def test_one_class_and_one_point() -> None:
    seen = Seen(plot_boundary(model, [[1.0], [2.0]], [[1]]))
    assert "y = 1: 1 example" in seen.words
    assert not any("y = 0" in text for text in seen.words)
    assert "0 of 1 examples are on the side of their label." in seen.said


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (X, Y[0]),
        (X.T, Y),
        (X[:1], Y),
        (X[0], Y[0]),
        (np.zeros((2, 0)), np.zeros((1, 0))),
        (X, Y.T),
        (X, 1),
    ],
)
def test_shapes_that_do_not_fit_are_named(X: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(am.ShapeError, match=r"X has shape \(.*\(2, m\) with y \(1, m\)"):
        plot_boundary(model, X, y)


def test_labels_are_of_the_two_classes() -> None:
    with pytest.raises(am.InputError, match=r"y holds 2, where each label is 0 or 1"):
        plot_boundary(model, X, Y + 1)
    with pytest.raises(am.InputError, match=r"y holds 'no', where each label is 0 or 1"):
        plot_boundary(model, X.T, np.array(["no", "yes", "no", "yes"]))
    with pytest.raises(am.InputError, match="the model knows 3 classes"):
        plot_boundary(Estimator(0, 1, 2), X.T, Y[0])


def test_what_is_not_finite_is_named() -> None:
    with pytest.raises(am.InputError, match=r"X\[0, 1\] is nan"):
        plot_boundary(model, [[0.0, math.nan], [1.0, 2.0]], [[0, 1]])
    with pytest.raises(am.InputError, match="X holds 1e\\+301, too far out"):
        plot_boundary(model, [[0.0, 1e301], [1.0, 2.0]], [[0, 1]])
    with pytest.raises(am.InputError, match=r"the model gives .* at \(.*\), where a probability"):
        plot_boundary(lambda a, b: a - b, X, Y)
    with pytest.raises(am.InputError, match="the model gives nan"):
        plot_boundary(lambda a, b: math.nan, X, Y)


def test_a_model_is_asked_for_one_point() -> None:
    with pytest.raises(am.ShapeError, match=r"predict gave an array of shape \(2,\)"):
        plot_boundary(lambda a, b: np.array([a, b]), X, Y)


def test_no_graph_is_left_by_looking() -> None:
    w = am.Value(1.0, "w")
    plot_boundary(lambda a, b: am.sigmoid(w * a + b - 4), X, Y)
    assert w.grad is None
