"""Marks: what a reader should look at twice, as `diagnose` and `check` found it.

Where a nan or inf was made, a derivative that jumps, a relu that lets nothing back, a gradient that
differences do not confirm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..check.gradcheck import gradcheck
from ..diagnose import anomalies, kinks
from ..node import Node, ancestors, labelled
from ..text import number

CHECKED_UP_TO, NUMBERS_UP_TO = 40, 10_000
"""So many nodes with so many numbers in all are checked by differences."""


class Kind(NamedTuple):
    """A kind of mark: the sign in its badge, and what it means."""

    sign: str
    meaning: str


KINDS = {
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
    """The marks of a graph, and the derivatives that differences give, by node."""

    def __init__(self, root: Node) -> None:
        self.of: dict[Node, list[Mark]] = {}
        self.numeric: dict[Node, Any] = {}
        nodes = ancestors(root)
        numbers = sum(np.size(node.data) for node in nodes)
        small = len(nodes) <= CHECKED_UP_TO and numbers <= NUMBERS_UP_TO
        with np.errstate(all="ignore"):  # what there was to warn of, the program has
            found = [*_nans(root), *_kinks(root), *_dead(nodes)]
            if small and root.grad is not None and np.size(root.data) == 1:
                found += self._unconfirmed(root, nodes)
        for node, mark in found:
            self.of.setdefault(node, []).append(mark)

    def _unconfirmed(self, root: Node, nodes: list[Node]) -> Iterator[tuple[Node, Mark]]:
        report = gradcheck(root)
        checked = labelled(nodes) or [node for node in nodes if node.op is None]
        for node, row in zip((n for n in checked if np.size(n.data)), report.rows, strict=True):
            if len(row.comparisons) == np.size(node.data):
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
        yield kink.node, Mark("kink", f"{node}: {numbers_there} at a kink; derivative {taken}")


def _dead(nodes: list[Node]) -> Iterator[tuple[Node, Mark]]:
    for node in nodes:
        if node.op is None or node.op.name != "relu" or not node.parents:
            continue
        operand = node.parents[0].data
        if np.size(operand) and np.all(np.less(operand, 0)):
            yield node, Mark("dead", f"{node.op.shown(node.args)}: below 0, so its derivative is 0")
