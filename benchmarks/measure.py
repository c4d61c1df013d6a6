"""How things are timed, compared and printed.

Everything in a table is timed in turns, round after round, so that a busy moment of the machine
hits all alike; a ratio is the median of the rounds' own ratios. The garbage collector stays on.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter_ns
from typing import Any, TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Effort:
    """How much work goes into a figure."""

    rounds: int = 31
    span: float = 20e-3
    """seconds that one contender's turn should last at least"""
    scale: float = 1.0
    """of the sizes of the rows that build large graphs"""


@dataclass
class Table:
    """A title, columns, and rows; the last two columns are a budget and whether it holds."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    verdicts: list[bool] = field(default_factory=list)

    def add(
        self, name: str, *cells: str, measured: float = 0.0, budget: float | None = None
    ) -> None:
        if budget is None:
            self.rows.append([name, *cells, "", ""])
            return
        holds = measured <= budget
        self.verdicts.append(holds)
        self.rows.append([name, *cells, f"<= {budget:g}", "ok" if holds else "over"])

    def __str__(self) -> str:
        lines = [["", *self.columns, "budget", ""], *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            [
                self.title,
                *(
                    "  ".join([name.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]).rstrip()
                    for name, *cells in lines
                ),
                "",
            ]
        )


def timed(runs: Mapping[Key, Callable[[], Any]], effort: Effort) -> dict[Key, list[float]]:
    """Microseconds a call, one figure a round, for each of the runs in turn."""
    calls = {key: _calls_within(effort.span, run) for key, run in runs.items()}
    times: dict[Key, list[float]] = {key: [] for key in runs}
    for _ in range(effort.rounds):
        for key, run in runs.items():
            repeats = range(calls[key])
            start = perf_counter_ns()
            for _ in repeats:
                run()
            times[key].append((perf_counter_ns() - start) / 1000 / len(repeats))
    return times


def _calls_within(seconds: float, run: Callable[[], Any]) -> int:
    run()
    start = perf_counter_ns()
    run()
    return max(1, int(seconds * 1e9 / (perf_counter_ns() - start)))


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' own ratios."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def check_agreement(answers: Mapping[str, Any]) -> None:
    """All contenders must have done the same work: (J, gradients) equal to rounding."""
    flat = {
        name: np.concatenate([np.ravel(np.asarray(part, float)) for part in (J, *gradients)])
        for name, (J, gradients) in answers.items()
    }
    first, *others = flat
    for name in others:
        np.testing.assert_allclose(flat[name], flat[first], rtol=1e-7, atol=1e-12, err_msg=name)
