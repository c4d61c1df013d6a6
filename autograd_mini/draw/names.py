"""What nodes are called in a picture, and their derivatives.

A labelled node has its label (z#2 where another is z already), an unlabelled input x₁, x₂, ..., and
an unlabelled result its expression where that is short, else t₁, t₂, ...: never what looks like a
label of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..backward import cotangents
from ..formula import NAMED, Name, expression, lowered, unlowered
from ..node import Node, labelled, recording
from ..primitive import Primitive
from ..text import number, one_line, width
from .fold import Folding

LINE_COLUMNS = 44
NAME_COLUMNS = 12
MANY = 4
LISTENED_UP_TO = 1000


def listener(
    totals: dict[Node, Any], received: dict[Node, tuple[Sequence[Any], list[Any]]]
) -> Callable[[Node, Any, Sequence[Any]], None]:
    """A hook of a walk back that adds up ``totals`` and notes in ``received`` what each node gave.

    That is, what flowed to each operand, and what that had in all by then.
    """

    def flowed(node: Node, g: Any, parts: Sequence[Any]) -> None:
        so_far = []
        for arg, part in zip(node.args, parts, strict=True):
            if part is not None:
                totals[arg] = totals[arg] + part if arg in totals else part
            so_far.append(totals.get(arg) if isinstance(arg, Node) else None)
        received[node] = parts, so_far

    return flowed


class Walk:
    """What `backward` finds: ``grads``, all of them, and in its order what each node gave back.

    ``received`` has for a node what flows to each operand, and what that has in all by then. It is
    empty for a large graph, as listening to a walk slows it down.
    """

    def __init__(self, nodes: Sequence[Node], root: Node) -> None:
        self.received: dict[Node, tuple[Sequence[Any], list[Any]]] = {}
        self.grads: dict[Node, Any] = {}
        if root.grad is None:
            return
        flowed = listener({root: root.grad}, self.received)
        listening = {"flowed": (flowed,)} if len(nodes) <= LISTENED_UP_TO else {}
        # What there was to warn of, backward() has.
        with recording(**listening, paused=False), np.errstate(all="ignore"):
            self.grads = cotangents(root, root.grad)


class Names:
    """What each node that has a box is called, and what its derivative is."""

    def __init__(self, graph: Folding, root: Node, walk: Walk) -> None:
        self.root = root
        self.differentiated = root.grad is not None
        self.received, self._grads = walk.received, walk.grads
        self.of_root = self.differentiated and bool(np.all(root.grad == 1))
        self._labels = labelled(graph.nodes)
        self._taken = {unlowered(label.strip()) for label in self._labels.values()}
        # Alike results have one name, those of one scope each their own.
        self._alike = [
            each
            for i, tops in enumerate(graph.tops)
            for each in ([tops] if graph.copies(i) > 1 else [[top] for top in tops])
            if each
        ]
        self.give({})

    def give(self, known: Mapping[Node, str]) -> None:
        """Name what has a box: by a number what has one in ``known``, or needs one.

        Those are then ``numbered``.
        """
        self.numbered, self._known = dict.fromkeys(known), known
        self._of: dict[Node, Name] = {}
        self._count = {"x": 0, "t": 0}
        self._terms: dict[Node, int] = {}
        for each in self._alike:
            self._of.update(dict.fromkeys(each, self._new_name(each[0])))
        if self.root not in self._of:
            self._of[self.root] = self._new_name(self.root)

    def numbers(self, nodes: Iterable[Node]) -> dict[Node, str]:
        """x₁, x₂, ... for inputs and t₁, t₂, ... for results, in this order."""
        self._count = {"x": 0, "t": 0}
        return {node: self._next(node) for node in nodes}

    def has_box(self, node: Node) -> bool:
        """Whether a node is one that a box stands for."""
        return node in self._of

    def label(self, node: Node) -> str:
        """A node's label as one line, shortened but told apart from its like, "" without one."""
        if node.label is None:
            return ""
        return one_line(node.label) + self._labels.get(node, "")[len(node.label) :]

    def __call__(self, node: Node) -> Name:
        """A node's name as an operand; one without a box or label is its number, or …."""
        if label := self.label(node):
            return label, NAMED
        if name := self._of.get(node):
            # Of alike nodes it is the first one's name, but an expression is each one's own.
            if name[1] == NAMED or node.op is None:
                return name
            return expression(node.op, node.args, self)
        if (terms := self._summed(node)) >= MANY:
            return f"sum of {terms:,}", 0
        return ("…", 0) if node.op or np.ndim(node.data) else (number(node.data), NAMED)

    def _summed(self, node: Node) -> int:
        """How many terms were added one to another, or taken away, in boxless results up to this.

        A start at 0 is no term.
        """
        chain, last = [node], node
        while (step := self._added_to(last)) is not None and step not in self._terms:
            chain.append(last := step)
        terms = 0 if step is None else self._terms[step]
        for each in reversed(chain):
            if terms:
                terms += 1
            elif _is_sum(each):
                terms = 2 - any(_is_zero(arg) for arg in each.args)
            self._terms[each] = terms
        return terms

    def _added_to(self, node: Node) -> Node | None:
        """The sum without a box that one more term was added to."""
        for arg in node.args if _is_sum(node) else ():
            if isinstance(arg, Node) and _is_sum(arg) and not arg.label and arg not in self._of:
                return arg
        return None

    def _written(self, op: Primitive, node: Node) -> str:
        """A result's expression; of a long sum the number of its terms."""
        terms = self._summed(node)
        return f"sum of {terms:,}" if terms >= MANY else expression(op, node.args, self)[0]

    def _new_name(self, node: Node) -> Name:
        if label := self.label(node):
            return label, NAMED
        if node.op is None or node in self._known:
            return self._numbered(node), NAMED
        if node is self.root:
            return ("output" if "J" in self._taken else "J"), NAMED
        text, binding = expression(node.op, node.args, self)
        short = width(text) <= NAME_COLUMNS and "…" not in text and "sum of" not in text
        return (text, binding) if short else (self._numbered(node), NAMED)

    def _numbered(self, node: Node) -> str:
        self.numbered[node] = None
        return self._known.get(node) or self._next(node)

    def _next(self, node: Node) -> str:
        """The next of x₁, x₂, ... or t₁, t₂, ... that is nobody's label."""
        letter = "x" if node.op is None else "t"
        while True:
            self._count[letter] += 1
            if f"{letter}{self._count[letter]}" not in self._taken:
                return letter + lowered(self._count[letter])

    def line(self, node: Node, last: Node) -> str:
        """A box's bold line: ``b``, ``u = b·c``, or the expression alone.

        For alike nodes with names of their own ``z0 … z9 = exp(x)``, or two expressions.
        """
        name, binding = self(node)
        if self(last)[0] != name:
            name += f" … {self(last)[0]}"
        if node.op is not None and binding == NAMED:
            name += f" = {self._written(node.op, node)}"
        return one_line(name, LINE_COLUMNS)

    def grad(self, node: Node) -> Any:
        """What of the root's gradient flows back to a node; None before the root has one."""
        return None if node.grad is None else self._grads.get(node)

    def _wrapped(self, node: Node) -> str:
        name, binding = self(node)
        return name if binding == NAMED and " " not in name else f"({name})"

    def dvar(self, node: Node) -> str:
        """``du``, or ``d(b·c)`` for a node without a name."""
        return f"d{self._wrapped(node)}"

    def derivative(self, node: Node) -> str:
        """``dJ/du``; just ``du`` where the gradients are not the root's own."""
        return f"d{self._wrapped(self.root)}/{self.dvar(node)}" if self.of_root else self.dvar(node)

    def local(self, result: Node, operand: Node) -> str:
        """``du/db``; ``∂u/∂b`` where b is an operand twice, of which this is one."""
        d = "d" if sum(arg is operand for arg in result.parents) < 2 else "∂"
        return f"{d}{self._wrapped(result)}/{d}{self._wrapped(operand)}"


def number_alike(several: Sequence[Names], nodes: Sequence[Node]) -> None:
    """What one of several numbers all do, and alike, in the order of ``nodes``."""
    known: dict[Node, str] = {}
    while (found := {node for names in several for node in names.numbered}) != known.keys():
        known = several[0].numbers(node for node in nodes if node in found)
        for names in several:
            names.give(known)


def _is_sum(node: Node) -> bool:
    return node.op is ops.add or node.op is ops.subtract


def _is_zero(x: Any) -> bool:
    """Whether x is the 0 that a loop begins to add up from."""
    if isinstance(x, Node):
        x = x.data if x.op is None and not x.label else 1.0
    return x.__class__ is float and x == 0.0
