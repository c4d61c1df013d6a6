"""How the cost of replay grows with the graph: to record, to compile, to run, for each node."""

from collections.abc import Callable, Iterator
from statistics import median
from time import process_time_ns
from typing import Any

import autograd_mini as am

from .libraries import autograd_mini
from .measure import Effort, Table
from .scalar import cost_of_chosen, examples

Build = Callable[[int], tuple[Callable[..., Any], list[float]]]
"""A size -> a function whose graph has about so many nodes, and its arguments."""


def growth(effort: Effort) -> Table:
    """Value and gradient by all arguments; the nodes counted are those of the value."""
    columns = ["record", "compile", "run"]
    table = Table("growth: nanoseconds a node, value and gradient", columns)
    sizes = [10**k for k in range(2, 7) if 10**k <= effort.scaled(10**6)]
    for title, build in BUILDS.items():
        for size in sizes:
            repeats = 3 if size < 10**5 else 1
            figures = [f"{time / size:.1f}" for time in _times(*build(size), repeats)]
            table.add(f"{title}, {size:,} nodes", *figures)
    return table


def _times(f: Callable[..., Any], numbers: list[float], repeats: int) -> Iterator[float]:
    """Nanoseconds to record, to compile what was recorded, and to run it."""
    records, compiles, runs = [], [], []
    for _ in range(repeats):
        start = process_time_ns()
        leaves = [am.Value(number) for number in numbers]
        J = f(*leaves)
        results = [J, *am.gradient(J, leaves)]
        recorded = process_time_ns()
        program = am.Program(results, leaves)
        program(*numbers)
        compiled = process_time_ns()
        for _ in range(10):
            program(*numbers)
        runs.append((process_time_ns() - compiled) / 10)
        records.append(recorded - start)
        compiles.append(compiled - recorded)
    return map(median, (records, compiles, runs))


def _more_examples(size: int) -> tuple[Callable[..., Any], list[float]]:
    return _logistic(max(1, size // 44), 20)


def _more_features(size: int) -> tuple[Callable[..., Any], list[float]]:
    return _logistic(2, max(1, size // 4 - 2))


def _logistic(m: int, n: int) -> tuple[Callable[..., Any], list[float]]:
    X, Y, parameters = examples(m, n)
    return cost_of_chosen(autograd_mini(), X, Y), parameters


def _chain(size: int) -> tuple[Callable[..., Any], list[float]]:
    def f(z: Any, w: Any) -> Any:
        for _ in range(size // 2):
            z = am.sin(z) * w
        return z

    return f, [0.5, 0.99]


BUILDS: dict[str, Build] = {
    "loops, m grows": _more_examples,
    "loops, n grows": _more_features,
    "a chain": _chain,
}
