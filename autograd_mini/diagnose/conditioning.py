"""conditioning: how many digits each node of a graph loses to cancellation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..node import Node, ancestors, require_nodes
from ..primitive import Primitive
from ..text import short, table
from .debug import place_of


@dataclass(frozen=True)
class Condition:
    """A node, its condition number, and the index of its worst number (() for a float).

    The condition is by how much relative errors of the operands are magnified:
    sum(abs(x_i dz/dx_i)) / abs(z); constants have no errors.
    """

    node: Node
    condition: float
    index: tuple[int, ...]

    @property
    def digits(self) -> float:
        """The decimal digits lost here, none below 0."""
        return max(0.0, math.log10(self.condition)) if self.condition > 0 else 0.0

    def cells(self) -> list[str]:
        """What the node is, its worst number's value, the digits lost, and the line."""
        op: Any = self.node.op
        label = f"{self.node.label} = " if self.node.label else ""
        where = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        value = np.asarray(self.node.data)[self.index]
        lost = "all" if math.isinf(self.condition) else f"{self.digits:.1f}"
        line = str(place_of(self.node) or "")
        return [f"{label}{op.shown(self.node.args)}{where}", short(value), lost, line]


class Conditioning:
    """What `conditioning` found, the worst node first; prints those that lose a digit or more.

    ``conditions`` hold all results of the graph; the mapping from node to digits is ``digits``.
    """

    def __init__(self, conditions: list[Condition]) -> None:
        self.conditions = sorted(conditions, key=lambda c: -c.condition)

    def __iter__(self) -> Iterator[Condition]:
        return iter(self.conditions)

    def __len__(self) -> int:
        return len(self.conditions)

    @property
    def digits(self) -> dict[Node, float]:
        """The decimal digits that each node loses."""
        return {c.node: c.digits for c in self.conditions}

    def __str__(self) -> str:
        rows = [c.cells() for c in self.conditions if c.digits >= 1]
        if not rows:
            return "no node loses a digit to cancellation"
        kept = 4 if any(row[3] for row in rows) else 3
        header = ["node", "value", "digits lost", "line"]
        return table(header[:kept], [row[:kept] for row in rows[:MOST]])

    def __repr__(self) -> str:
        worst = self.conditions[0].digits if self.conditions else 0.0
        return f"<conditioning: {worst:.1f} digits lost at the worst node>"


MOST = 20
"""So many rows are printed."""


def conditioning(root: Node) -> Conditioning:
    """For each result behind ``root``, the digits that cancellation costs it.

    A node's condition number is sum(abs(x_i dz/dx_i)) / abs(z) over its operands (N. Higham,
    Accuracy and Stability of Numerical Algorithms, ch. 1): relative errors of its operands are
    magnified by so much, and its decimal logarithm is the number of digits lost. 1e8 + 1 - 1e8
    loses eight. Ops that only move numbers, and those along an axis (softmax), are not judged.

    >>> import autograd_mini as am
    >>> x = am.Value(1e-8, "x")
    >>> y = am.exp(x) - 1.0
    >>> am.label(y=y)
    >>> print(am.conditioning(y))
    node                           value  digits lost
    y = subtract(1.00000001, 1.0)  1e-08          8.0
    """
    require_nodes("conditioning", root)
    found = []
    for node in ancestors(root):
        op = node.op
        if op is None or not node.parents:
            continue
        values = [x.held() if isinstance(x, Node) else x for x in node.args]
        with np.errstate(all="ignore"):
            magnified = _magnified(op, node.data, values, node.args)
            if magnified is None:
                continue
            size = np.absolute(node.data)
            ratio = np.where(magnified == 0, 0.0, np.divide(magnified, size))
        if ratio.size and not np.isnan(ratio).all():
            index = np.unravel_index(int(np.nanargmax(ratio)), ratio.shape)
            worst = float(ratio[index])
            found.append(Condition(node, worst, tuple(map(int, index))))
    return Conditioning(found)


def _magnified(op: Primitive, z: Any, values: Sequence[Any], args: Sequence[Any]) -> Any:
    """sum(abs(x_i dz/dx_i)) for each number of z, over nodes x_i; None for ops not judged."""
    if op.kind == "elementwise" and op.rules:
        total: Any = np.zeros(np.shape(z))
        for rule, x, arg in zip(op.rules, values, args, strict=False):
            part = _local(rule, z, values) if isinstance(arg, Node) else None
            if part is not None:
                total = total + np.absolute(np.multiply(part, x))
        return total
    if op.kind == "reduction":
        x, axis, keepdims = values[:3]
        part = _local(op.rules[0], z, values)
        return None if part is None else np.sum(np.absolute(part * x), axis, keepdims=keepdims)
    if op.kind == "product":
        operands, statics = values[: len(values) - op.statics], values[len(values) - op.statics :]
        return np.asarray(op.evaluate([*map(np.absolute, operands), *statics]))
    return None


def _local(rule: Any, z: Any, values: Sequence[Any]) -> Any:
    """A rule's local derivative; none where floats have none."""
    try:
        return rule(1.0 if isinstance(z, float) else np.ones(np.shape(z)), z, *values)
    except ArithmeticError:
        return None
