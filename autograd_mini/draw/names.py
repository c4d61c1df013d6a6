"""What nodes are called in a picture, and their derivatives.

A labelled node has its label (z#2 where another is z already), an unlabelled input x₁, x₂, ..., and
an unlabelled result its expression where that is short, else t₁, t₂, ...: never what looks like a
label of another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any

import numpy as np

from .. import ops
from ..backward import cotangents
from ..changed import changed
from ..formula import NAMED, Name, expression, lowered, unlowered
from ..node import Node, labelled, recording
from ..primitive import Primitive
from ..text import number, one_line, width
from .fold import Folding

LINE_COLUMNS = 44
NAME_COLUMNS = 12
MANY = 4
LISTENED_UP_TO = 1000


def listener(received: dict[Node, Sequence[Any]]) -> Callable[[Node, Any, Sequence[Any]], None]:
    """A hook of a walk back that notes in ``received`` what flowed from each node to operands."""

    def flowed(node: Node, g: Any, parts: Sequence[Any]) -> None:
        received[node] = parts

    return flowed


class Walk:
    """What `backward` finds: ``grads``, all of them, and in its order what each node gave back.

    ``received`` has for a node what flows to each operand. It is empty for a large graph, as
    listening to a walk slows it down. In ``through`` is kept what flows through a folded box, which
    is the same in each folding that has it. Where data was ``changed`` after it was used there are
    no derivatives to speak of: they would be of before and of now.
    """

    def __init__(self, nodes: Sequence[Node], root: Node) -> None:
        self.received: dict[Node, Sequence[Any]] = {}
        self.grads: dict[Node, Any] = {}
        self.through: dict[tuple[Any, ...], tuple[dict[Node, Any], dict[Node, Any]]] = {}
        self.changed = dict(changed(nodes))
        if root.grad is None or self.changed:
            return
        listening = {"flowed": (listener(self.received),)} if len(nodes) <= LISTENED_UP_TO else {}
        # What there was to warn of, backward() has.
        with recording(**listening, paused=False), np.errstate(all="ignore"):
            self.grads = cotangents(root, root.grad)


class Numbering:
    """Names x₁, x₂, ..., t₁, t₂, ... of nodes without one, the same in all foldings of a graph."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.labels = labelled(nodes)
        self.taken = {unlowered(label.strip()) for label in self.labels.values()}
        self._of: dict[Node, str] = {}
        self._count = {"x": 0, "t": 0}

    def __call__(self, node: Node, letter: str) -> str:
        """The name that the node has, or the next that is nobody's label."""
        while node not in self._of:
            self._count[letter] += 1
            if f"{letter}{self._count[letter]}" not in self.taken:
                self._of[node] = letter + lowered(self._count[letter])
        return self._of[node]

    def __len__(self) -> int:
        return len(self._of)

    def known(self, node: Node) -> str:
        """The name that the node has, "" without."""
        return self._of.get(node, "")


class Names:
    """What each node that has a box is called, and what its derivative is."""

    def __init__(self, graph: Folding, root: Node, walk: Walk, numbering: Numbering) -> None:
        self.root = root
        self.changed = walk.changed
        self.differentiated = root.grad is not None and not self.changed
        self.received, self.through, self.grads = walk.received, walk.through, walk.grads
        self.of_root = self.differentiated and bool(np.all(root.grad == 1))
        self.numbering = numbering
        self._graph = graph
        self._of: dict[Node, Name] = {}
        self._terms: dict[Node, int] = {}
        for i, tops in enumerate(graph.tops):
            # Alike results have one name, those of one scope each their own.
            alike = [tops] if graph.copies(i) > 1 else [[top] for top in tops]
            for each in filter(None, alike):
                self._of.update(dict.fromkeys(each, self._new_name(each[0])))
        if root not in self._of:
            self._of[root] = self._new_name(root)

    def label(self, node: Node) -> str:
        """A node's label as one line, shortened but told apart from its like, "" without one."""
        if node.label is None:
            return ""
        return one_line(node.label) + self.numbering.labels.get(node, "")[len(node.label) :]

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
        if node.op is None:
            return self.numbering(node, "x"), NAMED
        if node is self.root:
            return ("output" if "J" in self.numbering.taken else "J"), NAMED
        if known := self.numbering.known(node):
            return known, NAMED
        text, binding = expression(node.op, node.args, self)
        short = width(text) <= NAME_COLUMNS and "…" not in text and "sum of" not in text
        return (text, binding) if short else (self.numbering(node, "t"), NAMED)

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
        return None if node.grad is None else self.grads.get(node)

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
        """``du/db``; ``∂u/∂b`` where b reaches u by another way as well, so that du/db is more."""
        d = "∂" if (result, operand) in self._one_of_several else "d"
        return f"{d}{self._wrapped(result)}/{d}{self._wrapped(operand)}"

    @cached_property
    def _one_of_several(self) -> set[tuple[Node, Node]]:
        """First results of boxes, each with an operand that reaches it by two ways or more."""
        graph = self._graph
        bits = {tops[0]: 1 << i for i, tops in enumerate(graph.tops) if tops}
        below: dict[Node, int] = {}  # which of them are on the ways to a node, that one too
        for node in graph.nodes:
            below[node] = reduce(or_, map(below.__getitem__, node.parents), bits.get(node, 0))
        found: set[tuple[Node, Node]] = set()
        for i, tops in enumerate(graph.tops):
            whole = graph.counts[i] > graph.copies(i)
            entering = graph.entering(i) if whole else tops[0].parents if tops else ()
            once = again = 0
            for node in entering:
                again |= once & below[node]
                once |= below[node]
            found.update((tops[0], node) for node in entering if again & bits.get(node, 0))
        return found


def named(graphs: Sequence[Folding], root: Node) -> list[Names]:
    """The names in each of ``graphs``, foldings of the one graph whose last result is ``root``.

    What has a number in one of them has it in all.
    """
    nodes = graphs[0].nodes
    walk, numbering = Walk(nodes, root), Numbering(nodes)
    names, count = [Names(graph, root, walk, numbering) for graph in graphs], 0
    while len(graphs) > 1 and count < len(numbering):
        count = len(numbering)
        names = [Names(graph, root, walk, numbering) for graph in graphs]
    return names


def _is_sum(node: Node) -> bool:
    return node.op is ops.add or node.op is ops.subtract


def _is_zero(x: Any) -> bool:
    """Whether x is the 0 that a loop begins to add up from."""
    if isinstance(x, Node):
        x = x.data if x.op is None and not x.label else 1.0
    return x.__class__ is float and x == 0.0
