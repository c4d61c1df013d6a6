"""Finding: what one op's rule says beside what differences of that op say, and where, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..formula import ATOM, NAMED, Name, constant, expression
from ..node import Node
from ..text import short
from .comparison import EDGE, KINK, WRONG, Comparison

ENDS = 3
"""So many steps are named at each end of a long way."""


@dataclass(frozen=True, repr=False)
class Finding:
    """What one op's rule says at one node, for one operand, beside what differences say.

    ``op`` and ``label`` are the node's and ``expression`` how it is computed; ``operand`` (from 0)
    of its ``operands`` is the one whose rule it is. It is node ``position`` of the ``count`` that
    lead to the result, in their order, and ``way`` names it and those after it up to the result.
    ``comparison`` has the numbers, for the cotangent ``g`` (None: random ones, of an array).
    ``reason`` is what the rule raised, if it did. With ``by`` the rule's numbers are right, and
    what is compared is their own derivative by the operand of that name, or by g.
    """

    op: str
    label: str | None
    expression: str
    operand: int
    operands: tuple[str, ...]
    position: int
    count: int
    way: str
    comparison: Comparison
    g: float | None
    reason: str = ""
    by: str | None = None

    @property
    def verdict(self) -> str:
        """What there is to say of this rule here, in the words of `VERDICTS`."""
        return self.comparison.verdict

    @property
    def rule(self) -> float:
        """What the rule says, nan where it raised."""
        return self.comparison.analytic

    @property
    def numeric(self) -> float:
        """What differences say."""
        return self.comparison.slope.value

    @property
    def where(self) -> str:
        """Which node it is."""
        return f"at {self.expression} (node {self.position} of {self.count}, on the way {self.way})"

    def __repr__(self) -> str:
        return f"<{self.verdict}: {self.op} at node {self.position} of {self.count}>"

    def __str__(self) -> str:
        if self.verdict == KINK:
            return f"{self.op} has a kink here, {self.where}"
        if self.verdict == EDGE:
            return f"the domain of {self.op} ends here, {self.where}"
        if self.verdict != WRONG:
            return f"the rule of {self.op} could not be told right or wrong, {self.where}"
        several = f"operand {self.operand + 1}, " if len(self.operands) > 1 else ""
        operand = several + self.operands[self.operand] + self.comparison.line.place
        slope = self.comparison.slope
        numeric = f"differences say {short(slope.value, 8)} ± {short(slope.error, 2)}"
        says = f"raises {self.reason!r}" if self.reason else f"says {short(self.rule, 8)}"
        if self.by is not None:
            return (
                f"the rule of {self.op} for {operand} does not record what it does, {self.where}: "
                f"its derivative by {self.by} {says} as recorded, {numeric}; a rule is written "
                "with the library's operations, on g, z and the operands themselves"
            )
        if self.g != 1.0:
            says += " for random g" if self.g is None else f" for g = {short(self.g)}"
        return f"the rule of {self.op} for {operand} is wrong, {self.where}: it {says}, {numeric}"


def called(arg: Any) -> Name:
    """An operand in a few letters: its label, the op that made it, or the number that it is."""
    if not isinstance(arg, Node):
        return constant(arg)
    if arg.label:
        return arg.label, NAMED
    return (f"{arg.op.name}(…)", ATOM) if arg.op else constant(arg.data)


def written(node: Node) -> str:
    """How a result is computed: ``v = exp(u)``."""
    op: Any = node.op  # never None: a leaf is no result
    text, _ = expression(op, node.args, called)
    return f"{node.label} = {text}" if node.label else text


def way_of(nodes: Sequence[Node]) -> str:
    """The names of nodes in a row; of many, those at the ends."""
    names = [node.label or (node.op.name if node.op else "") for node in nodes]
    if len(names) > 2 * ENDS + 1:
        names[ENDS:-ENDS] = [f"{len(names) - 2 * ENDS} more"]
    return " -> ".join(names)
