"""plot_cost: the curve is where the costs are, gaps are gaps, several are told apart."""

import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.learn import plot_cost
from tests.learn.seeing import Seen, lines


def curve(seen: Seen, role: str = "blue"):
    """The first path of a role is the curve."""
    return lines(seen.paths(role)[0])


def heights(seen: Seen) -> dict[str, float]:
    """Where the numbers of the axis of J stand."""
    return {text: y - 4.3 for text, x, y in seen.texts() if x == -8}


def test_the_curve_goes_through_the_costs() -> None:
    seen = Seen(plot_cost([4.0, 2.0, 1.0]))
    [line] = curve(seen)
    assert line[:, 0] == pytest.approx([0, 220, 440])
    foot = heights(seen)["0"]
    assert (foot - line[:, 1]) / (foot - line[0, 1]) == pytest.approx([1, 0.5, 0.25], abs=0.002)
    assert "iteration" in seen.words
    assert seen.said == "J: 4 at iteration 0, 1 at 2 (lowest 1 at 2)."


def test_a_history_a_list_an_array_and_nodes_are_the_same_picture() -> None:
    history = am.learn.descend(lambda w: (w - 3) ** 2, [0.0], alpha=0.25, iterations=3)
    svg = plot_cost(history).svg
    assert plot_cost(history.costs).svg == plot_cost(np.array(history.costs)).svg == svg
    assert plot_cost([am.Value(J) for J in history.costs]).svg == svg


def test_costs_of_many_sizes_get_a_logarithmic_axis() -> None:
    costs = [10.0**-k for k in range(6)]
    seen = Seen(plot_cost(costs))
    [line] = curve(seen)
    assert np.diff(line[:, 1]) == pytest.approx([line[1, 1] - line[0, 1]] * 5, abs=0.2)
    assert {"0.001", "0.1", "1", "1e−5"} <= set(heights(seen))
    assert "0.6" in heights(Seen(plot_cost(costs, log=False)))
    assert "1e−5" not in heights(Seen(plot_cost([*costs, 0.0])))
    assert set(heights(Seen(plot_cost([1.0, 2.0], log=True)))) == {"1", "10"}


def test_what_hardly_moves_or_not_at_all_is_seen_as_it_is() -> None:
    assert "0" not in heights(Seen(plot_cost([1.0, 0.9])))
    assert "0" in heights(Seen(plot_cost([1.0, 0.1])))
    [line] = curve(Seen(plot_cost([0.5] * 4)))
    assert len(set(line[:, 1])) == 1
    assert "−4" in heights(Seen(plot_cost([-5.0, 5.0])))


def test_one_cost_is_a_dot() -> None:
    seen = Seen(plot_cost([0.5]))
    assert [len(line) for line in lines(seen.paths("blue")[1])] == [2]
    assert seen.said == "J: 0.5 at iteration 0, 0.5 at 0 (lowest 0.5 at 0)."


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e307])
def test_what_is_not_finite_is_a_gap_with_a_mark(bad: float) -> None:
    seen = Seen(plot_cost([3.0, 2.0, bad, bad, 1.0, 0.5, bad]))
    line, dots, crosses = seen.paths("blue")[:3]
    assert [len(part) for part in lines(line)] == [2, 2]
    assert lines(dots) == []
    assert [part.mean(axis=0)[0] for part in lines(crosses)] == pytest.approx(
        [440 / 3] * 2 + [440] * 2, abs=0.1
    )
    assert "J is not finite" in seen.words
    assert "not finite at 3 of 7 iterations, first at iteration 2." in seen.said


def test_nothing_finite_is_a_picture_too() -> None:
    seen = Seen(plot_cost([math.nan] * 3))
    assert seen.said == "J: not finite at 3 of 3 iterations, first at iteration 0."


def test_several_are_told_apart_without_colour() -> None:
    rates = {rate: [1.0, 1.0 - rate] for rate in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)}
    seen = Seen(plot_cost(rates))
    assert {"0.1", "0.6"} <= set(seen.words)
    curves = [
        path
        for role in ("blue", "red", "green", "purple")
        for path in seen.paths(role)
        if path.attrib["d"].startswith("M0 ") and "440" in path.attrib["d"]
    ]
    assert len({path.attrib.get("stroke-dasharray") for path in curves}) == len(curves) == 6
    assert seen.said.count(" at iteration 0") == 6


def test_a_million_steps_are_a_small_picture_with_all_extremes() -> None:
    costs = np.full(200_000, 1.0)
    costs[77_777] = 5.0
    svg = plot_cost(costs).svg
    assert len(svg) < 40_000
    [line] = curve(Seen(plot_cost(costs)))
    assert line[:, 1].min() == pytest.approx(270 * (1 - 1 / 1.05), abs=0.1)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], "J: there are no costs"),
        ({}, "0 histories"),
        ({str(i): [1.0] for i in range(7)}, "7 histories: one picture has room for 1 to 6"),
        (5.0, "J: the costs are a sequence of numbers"),
        (["x"], "J: the costs are a sequence of numbers"),
        ({"train": [1.0], "test": [[1.0, 2.0]]}, "test: the costs are a sequence"),
    ],
)
def test_what_is_no_history_is_refused(history: object, said: str) -> None:
    with pytest.raises(am.InputError, match=said):
        plot_cost(history)


def test_a_logarithm_of_nothing_is_refused() -> None:
    with pytest.raises(am.InputError, match="J is 0 once, which has no place on a logarithmic"):
        plot_cost([1.0, 0.0], log=True)
