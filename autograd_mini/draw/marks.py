"""Marks: what a reader should look at twice, as `diagnose` and `check` found it.

Where a nan or inf was made, a derivative that jumps, a relu that lets nothing back, a gradient that
differences do not confirm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..check.gradcheck import gradcheck
from ..diagnose import anomalies, kinks
from ..node import Node, ancestors, labelled
from ..text import number

CHECKED_UP_TO, NUMBERS_UP_TO = 40, 10_000
"""So many nodes with so many numbers in all are checked by differences."""


_NUMBER = re.compile(r"(?<=[ (])-?(\d+\.\d+|\d+(?=[e,)])|inf\b)(e[+-]?\d+)?(?=[,);: ]|$)")


class Kind(NamedTuple):
    """A kind of mark: the sign in its badge, and what it means."""

    sign: str
    meaning: str


KINDS = {
    "changed": Kind("~", "of before: its operands hold other data now"),
    "nan": Kind("!", "a nan or inf begins here"),
    "kink": Kind("^", "a kink: the derivative jumps here"),
    "dead": Kind("0", "a dead relu: nothing flows back"),
    "wrong": Kind("≠", "differences do not confirm the derivative"),
}


class Mark(NamedTuple):
    """One of `KINDS`, and what was found in words."""

    kind: str
    text: str


class Marks:
    """The marks of a graph, and the derivatives that differences give, by node.

    ``note`` says why something was not looked at, "" where all was.
    """

    def __init__(self, root: Node, changes: dict[Node, str]) -> None:
        self.of = {node: [Mark("changed", text)] for node, text in changes.items()}
        self.numeric: dict[Node, Any] = {}
        self.note = ""
        if changes:  # what else is amiss would be of numbers that do not belong together
            return
        try:
            with np.errstate(all="ignore"):  # what there was to warn of, the program has
                for node, mark in self._found(root, ancestors(root)):
                    self.of.setdefault(node, []).append(mark)
        except Exception as error:
            # A program's own op may raise anything where it is asked anew; the picture stands.
            self.note = f"looking for what is amiss stopped at {type(error).__name__}: {error}"

    def _found(self, root: Node, nodes: list[Node]) -> Iterator[tuple[Node, Mark]]:
        yield from _dead(nodes)
        yield from _kinks(root)
        yield from _nans(root)
        numbers = sum(np.size(node.data) for node in nodes)
        small = len(nodes) <= CHECKED_UP_TO and numbers <= NUMBERS_UP_TO
        if small and root.grad is not None and np.size(root.data) == 1:
            yield from self._unconfirmed(root, nodes)

    def _unconfirmed(self, root: Node, nodes: list[Node]) -> Iterator[tuple[Node, Mark]]:
        report = gradcheck(root)
        checked = labelled(nodes) or [node for node in nodes if node.op is None]
        for node, row in zip((n for n in checked if np.size(n.data)), report.rows, strict=True):
            if len(row.comparisons) == np.size(node.data) and np.isfinite(row.numeric).any():
                self.numeric[node] = row.numeric
            if not row.agrees and row.verdict == "wrong rule":
                worst = row.worst
                says = f"backward says {number(worst.analytic)}, differences say"
                yield node, Mark("wrong", f"{says} {number(worst.slope.value)}{worst.line.place}")
        for finding in report.blame:
            yield nodes[finding.position - 1], Mark("wrong", str(finding))


def _nans(root: Node) -> Iterator[tuple[Node, Mark]]:
    for anomaly in anomalies(root):
        yield anomaly.node, Mark("nan", anomaly.text)


def _kinks(root: Node) -> Iterator[tuple[Node, Mark]]:
    for kink in kinks(root):
        node, numbers_there, taken, _ = kink.cells()
        count = "" if numbers_there == "1" else f" ({numbers_there})"
        text = f"{node} is at a kink{count}; derivative taken {taken}"
        yield kink.node, Mark("kink", _written(text))


def _dead(nodes: list[Node]) -> Iterator[tuple[Node, Mark]]:
    for node in nodes:
        if node.op is None or node.op.name != "relu" or not node.parents:
            continue
        operand = node.parents[0].data
        if np.size(operand) and np.all(np.less(operand, 0)):
            text = f"{node.op.shown(node.args)}: below 0, so its derivative is 0"
            yield node, Mark("dead", _written(text))


def _written(text: str) -> str:
    """A diagnosis with its numbers as a picture writes them: −2 for -2.0."""
    return _NUMBER.sub(lambda found: number(float(found[0])), text)
