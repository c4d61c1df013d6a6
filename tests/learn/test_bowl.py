"""plot_bowl and plot_surface: contours are as high as they say, the path is where it went."""

import math
from collections.abc import Callable

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.learn import plot_bowl, plot_surface
from autograd_mini.learn.bowl import survey
from tests.learn.seeing import Seen, lines

BOTH = pytest.mark.parametrize("plot", [plot_bowl, plot_surface])

Plot = Callable[..., am.learn.Figure]


def J(w, b):
    return (w - 1) ** 2 + 2 * b**2


PATH = [[3.0, 2.0], [2.0, 1.0], [1.0, 0.0]]
# The lowest point, (1, 0), is in the middle; the longer way to it, 2, is 1/1.2 of half the width.
SIDE = 400 / (2 * 1.2 * 2)


def unscaled(points: np.ndarray) -> np.ndarray:
    return (points - 200) / [SIDE, -SIDE] + [1, 0]


def test_contours_are_as_high_as_their_words_say() -> None:
    seen = Seen(plot_bowl(J, PATH))
    levels = survey(J, PATH, ("w", "b"), 61).levels[1:]
    assert len(levels) == 8
    assert np.all(np.diff(levels) > 0)
    drawn = [path for path in seen.paths("blue") if path.attrib["d"]]
    for path, level in zip(drawn, levels, strict=True):
        for line in lines(path):
            assert J(*unscaled(line).T) == pytest.approx(level, abs=0.06)
    assert set(seen.words) & {f"{level:g}" for level in levels}


def test_the_path_is_where_it_went() -> None:
    seen = Seen(plot_bowl(J, PATH))
    path, dots = seen.paths("red")[:2]
    [line] = lines(path)
    assert unscaled(line) == pytest.approx(np.array(PATH), abs=0.01)
    assert len(lines(dots)) == 4
    assert {"start", "end", "descent, 2 steps", "w", "b"} <= set(seen.words)
    assert seen.said.startswith(
        "2 steps from (w, b) = (3, 2), where J = 12, to (w, b) = (1, 0), where J = 0. J is between"
    )


@BOTH
def test_a_history_of_columns_and_of_floats_are_the_same_picture(plot: Plot) -> None:
    def of_column(w, b):
        return am.sum(w - 1) ** 2 + 2 * b**2

    def of_one(theta):
        return (theta[0] - 1) ** 2 + 2 * theta[1] ** 2

    history = am.learn.descend(J, [3.0, 2.0], alpha=0.1, iterations=5, keep_path=True)
    column = am.learn.descend(
        of_column, [np.array([[3.0]]), 2.0], alpha=0.1, iterations=5, keep_path=True
    )
    one = am.learn.descend(of_one, [np.array([3.0, 2.0])], alpha=0.1, iterations=5, keep_path=True)
    svg = plot(J, history).svg
    assert plot(of_column, column).svg == svg
    assert plot(of_one, one).svg == svg
    assert plot(J, np.array(history.path)).svg == svg
    assert plot(J, history.path).svg == svg


@BOTH
def test_many_steps_are_a_small_picture(plot: Plot) -> None:
    history = am.learn.descend(J, [3.0, 2.0], alpha=1e-3, iterations=5000, keep_path=True)
    assert len(plot(J, history).svg) < 150_000
    assert "descent, 5,000 steps" in Seen(plot(J, history)).words


@BOTH
def test_a_constant_cost_is_flat(plot: Plot) -> None:
    seen = Seen(plot(lambda w, b: 0.5, PATH))
    assert "J is 0.5 here." in seen.said


@BOTH
def test_one_point_is_a_dot(plot: Plot) -> None:
    seen = Seen(plot(J, [[1e6, 0.0]]))
    assert "start" not in seen.words
    assert not any("descent" in text for text in seen.words)
    assert seen.said.startswith("A point at (w, b) = (1e6, 0), where J = 1e12.")


@BOTH
def test_where_J_has_no_value_it_is_blank(plot: Plot) -> None:
    seen = Seen(plot(lambda w, b: w * w + b * b - am.log(1 - w * w - b * b), [[0.6, 0.6], [0, 0]]))
    assert "Where it is blank, J has no value." in seen.said


def test_a_step_without_a_value_is_left_out_of_the_surface() -> None:
    def cost(w, b):
        return am.log(w) ** 2 + b * b

    path = [[-1.0, 1.0], [2.0, 1.0], [1.0, 0.0]]
    [line] = lines(Seen(plot_surface(cost, path)).paths("red")[0])
    assert len(line) == 2


@BOTH
def test_a_path_without_any_value_is_a_bowl_all_the_same(plot: Plot) -> None:
    seen = Seen(plot(lambda w, b: am.log(w) ** 2 + b * b, [[-0.5, 1.0]]))
    assert seen.said.startswith("A point at (w, b) = (−0.5, 1), where J has no value. J is between")


@BOTH
def test_overflow_is_no_value(plot: Plot) -> None:
    seen = Seen(plot(lambda w, b: am.exp(1000 * w) + b * b, [[1.0, 2.0], [0.0, 0.0]]))
    assert "Where it is blank" in seen.said


def test_walls_of_many_sizes_are_cut_by_factors() -> None:
    bowl = survey(lambda w, b: 1e-3 + (10 * w) ** 4 + b * b, PATH, ("w", "b"), 21)
    factors = np.divide(bowl.levels[1:], bowl.levels[:-1])
    assert factors.max() / factors.min() < 3


def test_the_lowest_point_of_a_path_that_overshoots_is_in_the_middle() -> None:
    bowl = survey(J, [[1.5, 0.5], [-3.0, 4.0], [8.0, -9.0]], ("w", "b"), 5)
    assert (bowl.x.low + bowl.x.high) / 2 == pytest.approx(1.5)
    assert bowl.y.low < -9


def test_a_path_along_one_variable_has_room_across() -> None:
    bowl = survey(J, [[3.0, 0.0], [1.0, 0.0]], ("w", "b"), 5)
    assert (bowl.y.high - bowl.y.low) == pytest.approx(0.35 * (bowl.x.high - bowl.x.low))


def test_the_surface_hides_what_is_behind() -> None:
    """Its meshes are drawn from the back, whose places are higher up, to the front."""
    seen = Seen(plot_surface(lambda w, b: 0.0 * w, PATH))
    meshes = [path for path in seen.root.iter() if "am-band0" in path.attrib.get("class", "")]
    tops = [lines(path)[0][:, 1].mean() for path in meshes if path.attrib.get("d")]
    assert len(tops) == 28 * 28
    assert np.all(np.diff(tops) > -0.2)


@BOTH
@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ([], am.InputError, "^the path is empty$"),
        (np.zeros((0, 2)), am.InputError, "^the path is empty$"),
        (
            am.learn.descend(J, [3.0, 2.0], alpha=0.1, iterations=1),
            am.InputError,
            "the path is empty; .*keep_path=True",
        ),
        ([[1.0, 2.0, 3.0]], am.ShapeError, "holds 3 numbers"),
        ([1.0, 2.0], am.ShapeError, "holds 1 numbers"),
        ([[]], am.ShapeError, "holds 0 numbers"),
        ([[1.0, 2.0], [math.nan, 1.0]], am.InputError, r"path\[1, 0\] is nan"),
        ([[1.0, 2.0], [1.0, math.inf]], am.InputError, r"path\[1, 1\] is inf"),
        ([[1e301, 2.0]], am.InputError, "too far out"),
    ],
)
def test_what_is_no_path_is_refused(
    plot: Plot, path: object, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        plot(J, path)


@BOTH
def test_a_cost_without_any_value_or_with_several_is_refused(plot: Plot) -> None:
    with pytest.raises(am.InputError, match="J has a value nowhere"):
        plot(lambda w, b: am.log(-1 - w * w), PATH)
    with pytest.raises(am.ShapeError, match=r"the cost gave an array of shape \(2,\)"):
        plot(lambda w, b: np.array([w, b]), PATH)
