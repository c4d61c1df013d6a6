"""The benchmarks run, and count as they say; how fast anything is, no test asks."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.measure import check_agreement

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
