"""The benchmarks run, and count as they say; how fast anything is, no test asks."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks import by_hand
from benchmarks.__main__ import ROWS
from benchmarks.measure import Effort, check_agreement, comparison
from benchmarks.replay import REPLAYED

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_rows_print_figures_and_budgets() -> None:
    done = run("--quick", "--only", "memory", "expression")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^autograd_mini +\d+ +\d+ +<= 200  (ok|over)$", done.stdout, re.M)
    assert re.search(r"^autograd_mini +\d+\.\d+ +\d+\.\d+ +1\.00$", done.stdout, re.M)
    assert re.search(r"^micrograd +(missing|\d.*<= 0.6  (ok|over))$", done.stdout, re.M)
    assert re.search(r"^\d of \d budgets hold$", done.stdout, re.M)


def test_an_unknown_row_is_named_with_those_there_are() -> None:
    done = run("--only", "speed")
    assert done.returncode == 2
    assert "'speed'" in done.stderr
    assert "step-12288" in done.stderr


def test_contenders_that_disagree_are_not_compared() -> None:
    answer, another = np.array([33.0, 3.0, 6.0]), np.array([33.0, 3.0, 9.0])
    check_agreement({"one": {"build": None, "step": answer}, "other": {"step": answer}})
    with pytest.raises(AssertionError, match="other, step"):
        check_agreement({"one": {"build": None, "step": answer}, "other": {"step": another}})


TINY = Effort(rounds=1, span=0.0, scale=0.0002)
"""Graphs of a few nodes, each run taken once or twice."""


STEPS = ["replay-loops", "replay-30", "replay-12288"]
OTHERS = ["batch", "batch-loops", "rosenbrock", "narrow"]


@pytest.mark.parametrize("row", STEPS + OTHERS)
def test_a_row_of_replay_has_a_figure_for_all_that_is_installed(row: str) -> None:
    table = ROWS[row](TINY)
    ours, *others = table.rows
    assert ours[0] == REPLAYED
    assert set(ours[2 : len(table.columns) + 1 : 2]) == {"1.00"}
    for name, *cells in others:
        is_here = find_spec(name.split()[0]) is not None
        assert re.fullmatch(r"\d+\.\d" if is_here else "missing", cells[0]), name
    assert all(line[-2].startswith("<= ") for line in table.rows if line[-1] in ("ok", "over"))


def test_the_row_of_compiling_times_the_first_call_of_each() -> None:
    table = ROWS["replay-compile"](TINY)
    assert [line[0] for line in table.rows] == [REPLAYED, "casadi", "jax"]
    assert re.fullmatch(r"\d+\.\d", table.rows[0][1])


def test_peaks_of_memory_are_of_the_results_at_least() -> None:
    table = ROWS["batch-memory"](TINY)
    for name, losses, each, mean in table.rows:
        assert float(losses) >= 8, name
        assert float(each) >= 8 * 22, name
        assert float(mean) > 0, name


def test_growth_is_shown_for_each_family_and_part() -> None:
    table = ROWS["growth"](TINY)
    assert len(table.rows) == 3
    assert all(float(cell) > 0 for _, *cells in table.rows for cell in cells)


def test_a_comparison_shows_medians_and_the_medians_of_the_ratios() -> None:
    times = {
        "ours": {"fast": [2.0, 9.0, 4.0], "slow": [10.0, 20.0, 30.0]},
        "theirs": {"fast": [4.0, 9.0, 1.0]},
    }
    runs = {"fast": "fast run", "slow": "slow run"}
    budgets = {"ours": 10.0, "theirs": 1.0, "gone": 1.0}
    table = comparison("title", ["ours", "theirs", "gone"], times, runs, budgets, "ours", unit=2.0)
    assert table.columns == ["fast run", "ours / it", "slow run", "ours / it"]
    assert table.rows == [
        ["ours", "2.0", "1.00", "10.0", "1.00", "<= 10", "ok"],
        ["theirs", "2.0", "1.00", "", "", "<= 1", "ok"],
        ["gone", "missing"],
    ]
    tighter = comparison("title", ["ours"], times, runs, {"ours": 9.9}, "ours", unit=2.0)
    assert tighter.verdicts == [False]


def test_numpy_by_hand_is_differentiated_right() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 5)), rng.integers(0, 2, size=(1, 5)).astype(float)
    w, b = rng.normal(size=(3, 1)), 0.1
    kept = by_hand.InPlace(5)
    for f in (by_hand.logs, by_hand.chosen, by_hand.from_z, kept.logs, kept.from_z):
        _, (dw, db) = f(w, b, X, Y)
        again, _ = f(w, b, X, Y)
        h = 1e-6
        for i in range(3):
            step = h * np.eye(3)[:, [i]]
            slope = (f(w + step, b, X, Y)[0] - f(w - step, b, X, Y)[0]) / (2 * h)
            assert dw[i, 0] == pytest.approx(slope, rel=1e-6), f.__name__
        slope = (f(w, b + h, X, Y)[0] - f(w, b - h, X, Y)[0]) / (2 * h)
        assert db == pytest.approx(slope, rel=1e-6), f.__name__
        assert again == pytest.approx(by_hand.logs(w, b, X, Y)[0])
