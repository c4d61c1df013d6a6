"""What nodes are called in an explanation, and the formulas they and their derivatives come from.

A labelled node has its label; the result is J without one and the variable x; other results on the
paths that are shown are t₁, t₂, ... What is beside the paths is written as its expression where
that is short, a number as itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from ..errors import FORWARD_ERRORS
from ..formula import NAMED, Name, constant, expression, lowered
from ..node import Mode, Node, Recorder, ancestors, make, mode
from ..ops import data_of, multiply, negative, pow, shape_of
from ..text import one_line, width

BESIDE_COLUMNS, BESIDE_DEPTH, RULE_COLUMNS = 20, 3, 48
UNKNOWN: Name = "…", 0


class _Comparisons(Recorder):
    """Has comparisons recorded, too, so that they can be written; of numbers they are decided."""

    def truth(self, node: Node) -> Any:
        """As it is for the numbers at hand."""
        return node.data


_RULES = Mode(recorder=_Comparisons())  # type: ignore[abstract]  # no rule asks it for more


class Names:
    """The names of the ``shown`` nodes, operands before results, on the way to ``result``.

    ``labels`` are those of the whole graph, no two alike. ``g`` is what flows into a node.
    """

    def __init__(self, result: Node, shown: Sequence[Node], labels: Mapping[Node, str]) -> None:
        self.shown = shown
        self._labels = labels
        self._taken = set(labels.values())
        self._of: dict[Node, str] = {}
        for node in shown:
            if node in labels:
                self._of[node] = one_line(labels[node])
            elif node is result:
                self._of[node] = self._new("J")
            elif node.op is None:
                self._of[node] = self._new("x")
            else:
                self._of[node] = self._new("t", indexed=True)
        self.g = self._new("g")

    def _new(self, letter: str, *, indexed: bool = False) -> str:
        """A letter, if need be with an index, that is nobody's label."""
        index = count(1)
        name = letter + lowered(next(index)) if indexed else letter
        while name in self._taken:
            name = letter + lowered(next(index))
        self._taken.add(name)
        return name

    def __getitem__(self, node: Node) -> str:
        return self._of[node]

    def is_given(self, node: Node) -> bool:
        """Whether a node has its name from a label."""
        return node in self._labels

    def operand(self, node: Node) -> Name:
        """A node as an operand in a formula."""
        return self._beside(BESIDE_DEPTH, node)

    def _beside(self, depth: int, node: Node) -> Name:
        if node in self._of:
            return self._of[node], NAMED
        if node in self._labels:
            return one_line(self._labels[node]), NAMED
        if node.op is None:
            return constant(node.data)
        if depth:
            text, binding = expression(node.op, node.args, partial(self._beside, depth - 1))
            if "…" not in text and width(text) <= BESIDE_COLUMNS:
                return text, binding
        return UNKNOWN

    def computed(self, node: Node) -> str:
        """The expression of a result; "" for an input."""
        return "" if node.op is None else expression(node.op, node.args, self.operand)[0]

    def step(self, node: Node, i: int) -> tuple[str, str]:
        """What node and operand i are called in their derivative: ``u`` and ``b`` in du/db.

        Where an operand is one of several alike, it is said which: ``a*a`` has ``(1st a)``.
        """
        operand = node.args[i]
        alike = [at for at, arg in enumerate(node.args) if arg is operand]
        which = f"{ordinal(alike.index(i) + 1)} " if len(alike) > 1 else ""
        return bracketed(self[node]), bracketed(which + self[operand])

    def rule(self, node: Node, i: int, *, whole: bool) -> tuple[str, tuple[int, ...]]:
        """The derivative rule by operand i, for ``g`` if ``whole``, as `rule_of` writes it."""
        return rule_of(node, i, self.operand, self.g if whole else "")


def rule_of(
    node: Node, i: int, name: Callable[[Node], Name], cotangent: str = ""
) -> tuple[str, tuple[int, ...]]:
    """The derivative rule by operand i as a formula, and the shape of what it gives.

    The rule is asked as the table has it, for nodes that only record what it does: for g if there
    is a name for the ``cotangent``, else for g = 1, the local derivative. "" where that is a plain
    number, or long. ``name`` tells what the result and its operands are called.

    >>> import autograd_mini as am
    >>> from autograd_mini.explain.names import rule_of
    >>> x, y = am.Value(2.0, "x"), am.Value(3.0, "y")
    >>> rule_of(x * y, 0, lambda node: (node.label or "J", 9))
    ('y', ())
    """
    op: Any = node.op
    if op.kind == "custom":
        return "its own rule" if cotangent else "", np.shape(node.data)
    leaves = {x: make(x.data) for x in (node, *node.parents)}
    z, values = leaves[node], [leaves[x] if isinstance(x, Node) else x for x in node.args]
    g = make(np.ones_like(node.data) if np.ndim(node.data) else 1.0) if cotangent else 1.0
    before = mode.set(_RULES)
    try:
        if op.rule_of_all is not None:
            wanted = [at == i for at in range(len(values))]
            part = op.rule_of_all(wanted, g, z, *values)[i]
        else:
            part = op.rules[i](g, z, *values)
    except FORWARD_ERRORS:
        return "undefined" if cotangent else "", np.shape(node.args[i].data)
    finally:
        mode.reset(before)
    if not isinstance(part, Node):
        return "0" if part is None and cotangent else "", np.shape(part)
    names = {leaf: name(x) for x, leaf in leaves.items()}
    if isinstance(g, Node):
        names[g] = cotangent, NAMED
    text = _formula(part, names)
    if width(text) > RULE_COLUMNS:
        text = f"the rule of {op.name}" if cotangent else ""
    return text, shape_of(part)


def _formula(result: Node, names: dict[Node, Name]) -> str:
    """How a result was computed from the nodes that have ``names``, as one formula."""
    for node in ancestors(result):
        if node not in names:
            names[node] = _simplified(node, names) if node.op else constant(node.data)
    return names[result][0]


def _simplified(node: Node, names: Mapping[Node, Name]) -> Name:
    """``c`` for 1·c and for c¹, ``−c`` for −1·c, and the one that a `where` takes."""
    op: Any = node.op
    name = names.__getitem__
    if op.selects and isinstance(condition := data_of(node.args[0]), bool | float):
        taken = node.args[1 if condition else 2]
        return names[taken] if isinstance(taken, Node) else constant(taken)
    if len(node.args) == 2:
        x, y = node.args
        if op is multiply and isinstance(x, float) and abs(x) == 1.0:
            return names[y] if x > 0 else expression(negative, (y,), name)
        if op is pow and isinstance(y, float) and y == 1.0:
            return names[x]
    return expression(op, node.args, name)


def bracketed(name: str) -> str:
    """A name as it stands after a d: in brackets unless it is one word."""
    return name if re.fullmatch(r"[\w\[\].#']+", name) else f"({name})"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, ..."""
    endings = {} if 10 < n % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}
    return f"{n}{endings.get(n % 10, 'th')}"
