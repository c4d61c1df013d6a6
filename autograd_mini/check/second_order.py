"""Second derivatives: those that `gradient` of `gradient` gives against differences of gradients.

A gradient is made of numbers, and each is a subject of its own: the graph it was recorded with is
differentiated once more, and backward walks afresh for each point to tell how it really moves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from ..backward import gradient
from ..errors import AutogradError
from ..node import Node
from .comparison import WRONG
from .line import lines
from .report import Report, Row
from .subject import Subject

FEW = 30
"""Arrays of up to so many numbers have all their second derivatives checked."""

Gradients = Callable[[Node, Any], dict[Node, Any]]
"""``gradients(twin, point)``: what backward finds for each twin of an input when one is moved."""


def second_order(subject: Subject, inputs: dict[Node, str], anew: Gradients) -> Report:
    """A row for each pair of ``inputs``, which are leaves with their names."""
    leaves = [leaf for leaf in inputs if np.size(leaf.data)]
    twins = [subject.twins[leaf] for leaf in leaves]
    try:
        with np.errstate(all="ignore"):
            firsts, exact = gradient(subject.root, leaves), gradient(subject.twin_root, twins)
    except AutogradError as error:  # though the same rules gave numbers
        found = [subject.rules.unrecorded(subject.way(leaf)) for leaf in leaves]
        wrong = [finding for finding in found if finding and finding.verdict == WRONG]
        return Report([], str(error), wrong[:1])
    directions = [list(lines(twin.data, FEW)) for twin in twins]
    moved: dict[Any, list[float]] = {}

    def numbers(twin: Node, point: Any) -> list[float]:
        """Every number of the gradient that is examined, at another point."""
        key = twin, point if isinstance(point, float) else point.tobytes()
        if key not in moved:
            found = anew(twin, point)
            pairs = zip(twins, directions, strict=True)
            moved[key] = [line.along(found[other]) for other, ways in pairs for line in ways]
        return moved[key]

    rows, at = [], 0
    for i, leaf in enumerate(leaves):
        parts = []
        for line in directions[i]:
            number = partial(_nth, numbers, at)
            moving = Subject(
                firsts[i],
                subject.twins,
                exact[i],
                weight=line.direction,
                anew=number,
                before=subject,
                value=number(twins[i], twins[i].data),
            )
            column = [moving.examine(other, inputs[other], FEW, line.place) for other in leaves]
            parts.append(column)
            at += 1
        rows += [_joined(f"d{inputs[leaf]}", leaf, column) for column in zip(*parts, strict=True)]
    return Report(rows)


def _nth(numbers: Callable[[Node, Any], list[float]], n: int, twin: Node, point: Any) -> float:
    return numbers(twin, point)[n]


def _joined(of: str, leaf: Node, rows: tuple[Row, ...]) -> Row:
    """The rows of one variable for all numbers of a gradient, as one."""
    comparisons = tuple(chain.from_iterable(row.comparisons for row in rows))
    return Row(rows[0].variable, rows[0].value, comparisons, of, np.shape(leaf.data))
