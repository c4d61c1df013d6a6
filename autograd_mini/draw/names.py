"""What nodes are called in a picture, and their derivatives.

A labelled node has its label, an unlabelled input x₁, x₂, ..., and an unlabelled result its
expression where that is short, else t₁, t₂, ...
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backward import cotangents
from ..formula import NAMED, Name, expression, lowered
from ..node import Node, checked_label
from ..text import harmless, number, one_line, width
from .fold import Folding

LINE_COLUMNS = 44
NAME_COLUMNS = 20


def full_label(node: Node) -> str:
    """A node's label as it was given but harmless, "" without one."""
    return "" if node.label is None else harmless(checked_label(node.label))


def label_of(node: Node) -> str:
    """A node's label as one line, shortened, "" without one."""
    return one_line(full_label(node))


class Names:
    """What each node that has a box is called, and what its derivative is."""

    def __init__(self, graph: Folding, root: Node) -> None:
        self.root = root
        self.differentiated = root.grad is not None
        with np.errstate(all="ignore"):  # what there was to warn of, backward() has
            self._grads = cotangents(root, root.grad) if self.differentiated else {}
        self.of_root = self.differentiated and bool(np.all(root.grad == 1))
        self._of: dict[Node, Name] = {}
        self._taken = {label_of(top) for tops in graph.tops for top in tops}
        self._count = {"x": 0, "t": 0}
        for tops in graph.tops:
            if tops:
                name = self._new_name(tops[0])
                self._of.update((top, name) for top in tops)
        if root not in self._of:
            self._of[root] = self._new_name(root)

    def __call__(self, node: Node) -> Name:
        """A node's name as an operand; one without a box or label is its number, or …."""
        if node in self._of:
            return self._of[node]
        if label := label_of(node):
            return label, NAMED
        return ("…", 0) if node.op or np.ndim(node.data) else (number(node.data), NAMED)

    def _new_name(self, node: Node) -> Name:
        if label := label_of(node):
            return label, NAMED
        if node.op is None:
            return self._numbered("x"), NAMED
        if node is self.root:
            return ("output" if "J" in self._taken else "J"), NAMED
        text, binding = expression(node.op, node.args, self)
        short = width(text) <= NAME_COLUMNS and "…" not in text
        return (text, binding) if short else (self._numbered("t"), NAMED)

    def _numbered(self, letter: str) -> str:
        """The next of x₁, x₂, ... that is nobody's label."""
        while True:
            self._count[letter] += 1
            name = letter + lowered(self._count[letter])
            if name not in self._taken:
                return name

    def line(self, node: Node) -> str:
        """A box's bold line: ``b``, ``u = b·c``, or the expression alone."""
        name, binding = self(node)
        if node.op is None:
            return name
        text, _ = expression(node.op, node.args, self)
        return one_line(f"{name} = {text}" if binding == NAMED else text, LINE_COLUMNS)

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
        """``∂u/∂b``."""
        return f"∂{self._wrapped(result)}/∂{self._wrapped(operand)}"
