"""How things are timed, compared and printed.

Each library runs in a process of its own, as it would for its user: nobody pays for another's
garbage. They take turns on one core, round after round, so that a slow moment of the machine hits
all alike; a ratio is the median of the rounds' own ratios. Counted is the time that the process had
the core to itself, not what other programs took meanwhile. The garbage collector stays on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from time import process_time_ns
from typing import Any

import numpy as np

Runs = Mapping[str, Callable[[], Any]]
"""What a library can be asked to do, by name; a step gives (J, its gradients)."""

Times = dict[str, list[float]]
"""Microseconds a call, one figure a round, for each of the runs."""


@dataclass(frozen=True)
class Effort:
    """How much work goes into a figure."""

    rounds: int = 21
    span: float = 50e-3
    """seconds that a turn should last at least"""
    scale: float = 1.0
    """of the sizes of the rows that build large graphs"""

    def scaled(self, size: int) -> int:
        return max(2, int(size * self.scale))


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
            self.rows.append([name, *cells])
            return
        holds = measured <= budget
        self.verdicts.append(holds)
        empty = [""] * (len(self.columns) - len(cells))
        self.rows.append([name, *cells, *empty, f"<= {budget:.3g}", "ok" if holds else "over"])

    def __str__(self) -> str:
        header = ["", *self.columns, "budget", ""]
        lines = [line + [""] * (len(header) - len(line)) for line in [header, *self.rows]]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        printed = [
            "  ".join([name.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]).rstrip()
            for name, *cells in lines
        ]
        return "\n".join([self.title, *printed, ""])


def race(
    prepare: Callable[[str], Runs], libraries: Sequence[str], effort: Effort
) -> dict[str, Times]:
    """The times of what ``prepare(library)`` makes, for each library that is installed.

    A name's first word is what is imported; "numpy in place" is one more way to use numpy.
    """
    here = [library for library in libraries if find_spec(library.split()[0])]
    with ExitStack() as stack:
        pipes = {name: stack.enter_context(_worker(prepare, name, effort)) for name in here}
        answers = {name: pipe.recv() for name, pipe in pipes.items()}
        check_agreement(answers)
        times: dict[str, Times] = {name: {run: [] for run in answers[name]} for name in here}
        runs = dict.fromkeys(run for its in times.values() for run in its)
        for _ in range(effort.rounds):
            for run in runs:
                for name in here:
                    if run in times[name]:
                        pipes[name].send(run)
                        times[name][run].append(pipes[name].recv())
    return times


def _worker(prepare: Callable[[str], Runs], library: str, effort: Effort) -> Connection:
    """A new process that takes its turns when told to, until the pipe to it is closed."""
    context = get_context("spawn")
    ours, its = context.Pipe()
    context.Process(target=_take_turns, args=(its, prepare, library, effort), daemon=True).start()
    its.close()
    return ours


def _take_turns(
    pipe: Connection, prepare: Callable[[str], Runs], library: str, effort: Effort
) -> None:
    runs = prepare(library)
    pipe.send({name: _flat(run()) for name, run in runs.items()})
    calls = {name: _calls_within(effort.span, run) for name, run in runs.items()}
    try:
        while True:
            name = pipe.recv()
            pipe.send(_seconds(runs[name], calls[name]) * 1e6 / calls[name])
    except EOFError:
        return


def _calls_within(seconds: float, run: Callable[[], Any]) -> int:
    """As many calls as take about so long; the first one, which may be slow, is over."""
    calls = 1
    while seconds and _seconds(run, calls) < seconds / 1.5:
        calls *= 2
    return calls


def _seconds(run: Callable[[], Any], calls: int) -> float:
    start = process_time_ns()
    for _ in range(calls):
        run()
    return (process_time_ns() - start) / 1e9


def _flat(answer: Any) -> np.ndarray | None:
    """J and its gradients in one row of numbers; None of a run that only builds."""
    if not isinstance(answer, tuple):
        return None
    J, gradients = answer
    return np.concatenate([np.ravel(np.asarray(part, float)) for part in (J, *gradients)])


def check_agreement(answers: Mapping[str, Mapping[str, np.ndarray | None]]) -> None:
    """All must have done the same work: J and its gradients equal to rounding."""
    names = list(answers)
    for name in names[1:]:
        for run, answer in answers[name].items():
            if answer is not None:
                np.testing.assert_allclose(
                    answer, answers[names[0]][run], rtol=1e-7, atol=1e-12, err_msg=f"{name}, {run}"
                )


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' own ratios."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def comparison(
    title: str,
    contenders: Sequence[str],
    times: Mapping[str, Times],
    runs: Mapping[str, str],
    budgets: Mapping[str, float],
    ours: str,
    unit: float = 1.0,
) -> Table:
    """A contender a row; for each of the runs the column of its time, and ours over it.

    Our own budget is on the figures, another's on our ratios to it: on the largest of them.
    """
    table = Table(title, [column for run in runs.values() for column in (run, "ours / it")])
    for name in contenders:
        if name not in times:
            table.add(name, "missing")
            continue
        cells, figures, shares = [], [0.0], [0.0]
        for run in runs:
            if run not in times[name]:
                cells += ["", ""]
                continue
            figures.append(median(times[name][run]) / unit)
            shares.append(ratio(times[ours][run], times[name][run]))
            cells += [f"{figures[-1]:.1f}", f"{shares[-1]:.2f}"]
        measured = max(figures if name == ours else shares)
        table.add(name, *cells, measured=measured, budget=budgets.get(name))
    return table
