"""kinks: the nodes of a graph that stand exactly where their derivative jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backward import contributions
from ..node import Node, ancestors, require_nodes
from ..text import short, table
from .debug import place_of
from .words import named


@dataclass(frozen=True)
class Kink:
    """A node at a kink: how many of its numbers are, and the index of the first (() for a float).

    ``subgradients`` are the derivatives that were taken by each operand there, None for a constant.
    """

    node: Node
    count: int
    index: tuple[int, ...]
    subgradients: tuple[float | None, ...]

    def cells(self) -> list[str]:
        """What it is, how many numbers and where, the derivatives taken, and the line."""
        op: Any = self.node.op
        where = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        of = f"{self.count} of {np.size(self.node.data)}, first {where}" if where else "1"
        taken = ", ".join(
            f"by {named(x)}: {short(d)}"
            for x, d in zip(self.node.args, self.subgradients, strict=True)
            if d is not None
        )
        label = f"{self.node.label} = " if self.node.label else ""
        return [label + op.shown(self.node.args), of, taken, str(place_of(self.node) or "")]


class Kinks:
    """What `kinks` found: true where there is any; prints as a table."""

    def __init__(self, found: list[Kink]) -> None:
        self.found = found

    def __bool__(self) -> bool:
        return bool(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Kink]:
        return iter(self.found)

    def __str__(self) -> str:
        if not self.found:
            return "no node stands at a kink"
        rows = [kink.cells() for kink in self.found]
        header = ["node", "numbers at a kink", "derivative taken", "line"]
        kept = 4 if any(row[3] for row in rows) else 3
        return table(header[:kept], [row[:kept] for row in rows])

    def __repr__(self) -> str:
        return f"<kinks: {len(self.found)}>"


def kinks(root: Node) -> Kinks:
    """The nodes behind ``root`` whose derivative jumps just where they stand, and what was taken.

    Such are relu, abs and sign at 0, a tie of maximum, minimum, max or min, clip at a bound, and
    norm, std, hypot and arctan2 of nothing but zeros (the choices stand in `autograd_mini.ops`).

    >>> import autograd_mini as am
    >>> z = am.Value(0.0, "z")
    >>> print(am.kinks(3 * am.relu(z)))
    node           numbers at a kink  derivative taken
    relu(z = 0.0)                  1           by z: 0
    """
    require_nodes("kinks", root)
    found = []
    for node in ancestors(root):
        op = node.op
        if op is None or op.kink is None or not node.parents:
            continue
        values = [x.data if isinstance(x, Node) else x for x in node.args]
        at = np.asarray(op.kink(node.data, *values))
        if at.any():
            index = np.unravel_index(int(np.argmax(at)), at.shape)
            found.append(Kink(node, int(at.sum()), tuple(map(int, index)), _taken(node, index)))
    return Kinks(found)


def _taken(node: Node, index: Any) -> tuple[float | None, ...]:
    """The derivative of the number at ``index`` by each operand: of an array, by its steepest."""
    if isinstance(node.data, float):
        parts = contributions(node, 1.0)
    else:
        one = np.zeros_like(node.data)
        one[index] = 1.0
        parts = contributions(node, one)
    return tuple(
        None if not isinstance(x, Node) else 0.0 if part is None else _steepest(part)
        for x, part in zip(node.args, parts, strict=True)
    )


def _steepest(part: Any) -> float:
    flat = np.ravel(part)
    return float(flat[np.argmax(np.abs(flat))])
