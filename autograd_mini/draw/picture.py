"""What a picture shows, as plain text: boxes, arrows, words; no positions, colours or nodes.

Names are given here: a labelled node has its label, an unlabelled input x₁, x₂, ..., an unlabelled
result its expression where that is short, else t₁, t₂, ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..backward import contributions, summed_axes
from ..errors import AutogradError
from ..node import Node
from ..text import width
from .fold import Folding
from .formula import NAMED, Name, expression
from .text import all_digits, harmless, number, numbers, one_line

EVERYTHING_UP_TO = 40
LINE_COLUMNS = 44
NAME_COLUMNS = 20
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class Box:
    """Its lines of text (an empty one is left out) and that on hover; ``several`` drawn as one."""

    kind: Literal["input", "operation", "stub"]
    output: bool
    several: bool
    expression: str
    detail: str
    value: str
    dvar: str
    hover: str

    def spoken(self) -> str:
        """The box in one line, for a screen reader and for the description."""
        role = "output" if self.output else self.kind
        value = self.value and f"value {self.value}"
        return f"{role} {', '.join(filter(None, [self.expression, self.detail, value, self.dvar]))}"


@dataclass(frozen=True, slots=True)
class Arrow:
    """From box to box; ``backward`` is what stands on the red arrow, None where there is none."""

    source: int
    target: int
    backward: str | None
    hover: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture; ``reads`` tells how to read a dvar, "" where none is shown."""

    title: str
    boxes: list[Box]
    arrows: list[Arrow]
    reads: str
    notes: list[str]


def picture(graph: Folding, root: Node) -> Picture:
    """What is to be drawn of ``graph``, whose last result is ``root``.

    >>> import autograd_mini as am
    >>> from .fold import one_box_a_node
    >>> J = 3 * am.Value(2.0, "v")
    >>> picture(one_box_a_node(J), J).boxes[1].expression
    'J = 3·v'
    """
    names = Names(graph, root)
    boxes = [_box(graph, i, root, names) for i in range(len(graph))]
    everything = len(graph) <= EVERYTHING_UP_TO
    arrows = list(_arrows(graph, names, everything))
    notes = list(_notes(graph))
    reads = ""
    if root.grad is not None:
        example = next(tops[0] for tops in graph.tops if tops)
        reads = f"{names.dvar(example)} is short for {names.derivative(example)}"
        if not names.of_root:
            reads = "dvar: the derivative of what backward() was called on"
        if not everything:
            notes.append(f"the backward arrows are left out above {EVERYTHING_UP_TO} boxes")
    count = len(graph.nodes)
    title = f"Computation graph of {names.line(root)}, {count:,} node{'s' * (count != 1)}"
    return Picture(title, boxes, arrows, reads, notes)


def _notes(graph: Folding) -> Iterator[str]:
    """What is not to be seen in the picture."""
    inside = sum(n - len(tops) for tops, n in zip(graph.tops, graph.counts, strict=True) if tops)
    alike = sum(len(tops) - 1 for tops in graph.tops if tops)
    left_out = sum(n for tops, n in zip(graph.tops, graph.counts, strict=True) if not tops)
    if inside:
        yield f"{inside:,} nodes that one other alone uses are drawn inside its box"
    if alike:
        yield f"{alike:,} boxes are drawn as one with others of the same structure"
    if left_out:
        yield f"{left_out:,} nodes are left out where “… more nodes” stands"


# Names --------------------------------------------------------------------------------------------


class Names:
    """What each node that has a box is called, and what its derivative is."""

    def __init__(self, graph: Folding, root: Node) -> None:
        self.root = root
        self.of_root = root.grad is not None and bool(np.all(root.grad == 1))
        self._of: dict[Node, Name] = {}
        self._taken = {_label(top) for tops in graph.tops for top in tops}
        self._count = {"x": 0, "t": 0}
        for tops in graph.tops:
            if tops:
                name = self._new_name(tops[0])
                self._of.update((top, name) for top in tops)

    def __call__(self, node: Node) -> Name:
        """A node's name as an operand; one without a box is … or its own number or shape."""
        if node in self._of:
            return self._of[node]
        if label := _label(node):
            return label, NAMED
        return ("…", 0) if node.op or np.ndim(node.data) else (number(node.data), NAMED)

    def _new_name(self, node: Node) -> Name:
        if label := _label(node):
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
            name = letter + str(self._count[letter]).translate(_LOWERED)
            if name not in self._taken:
                return name

    def line(self, node: Node) -> str:
        """A box's bold line: ``b``, ``u = b·c``, or the expression alone."""
        name, binding = self(node)
        if node.op is None:
            return name
        text, _ = expression(node.op, node.args, self)
        return one_line(f"{name} = {text}" if binding == NAMED else text, LINE_COLUMNS)

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


def _label(node: Node) -> str:
    return one_line(node.label or "")


# Boxes --------------------------------------------------------------------------------------------


def _box(graph: Folding, i: int, root: Node, names: Names) -> Box:
    tops, count = graph.tops[i], graph.counts[i]
    nodes = f"{count:,} node{'s' * (count != 1)}"
    if not tops:
        text = f"… {count:,} more node{'s' * (count != 1)}"
        return Box("stub", False, False, text, "", "", "", f"{nodes} not drawn")
    node = tops[0]
    detail = f"{len(tops):,} alike" if len(tops) > 1 else ""
    if count > len(tops):
        detail += f"{detail and ', '}{nodes}"
    value = _value([top.data for top in tops])
    grads = [top.grad for top in tops if top.grad is not None]
    dvar = f"{names.dvar(node)} = {_gathered(grads)}" if grads else ""
    return Box(
        kind="input" if node.op is None else "operation",
        output=node is root,
        several=len(tops) > 1,
        expression=names.line(node),
        detail=detail,
        value=value,
        dvar=dvar,
        hover="\n".join(_hover(tops, detail, names)),
    )


def _hover(tops: list[Node], detail: str, names: Names) -> Iterator[str]:
    """The full label and, for one node, all digits."""
    node = tops[0]
    full = harmless(node.label or "")
    yield full if full and full != _label(node) else names.line(node)
    if detail:
        yield detail
    if len(tops) == 1:
        yield f"value {all_digits(node.data)}"
        if node.grad is not None:
            yield f"{names.derivative(node)} = {all_digits(node.grad)}"


def _value(data: list[Any]) -> str:
    shape = np.shape(data[0])
    return f"{shape}  {_gathered(data)}" if shape else _gathered(data)


def _gathered(data: list[Any]) -> str:
    """One value, or the range of those of several nodes drawn as one."""
    return numbers(data[0] if len(data) == 1 else np.concatenate([*map(np.ravel, data)]))


# Arrows -------------------------------------------------------------------------------------------


def _arrows(graph: Folding, names: Names, everything: bool) -> Iterator[Arrow]:
    """An arrow for each operand; stubs and folded boxes have one, whatever goes through it."""
    for target, parents in enumerate(graph.parents):
        tops = graph.tops[target]
        alone = len(tops) == graph.counts[target] == 1
        if not alone or len(parents) != len(tops[0].parents):
            yield from (Arrow(source, target, None, "") for source in dict.fromkeys(parents))
            continue
        node = tops[0]
        flows = _flows(node, names) if everything else [None] * len(parents)
        drawn = set()
        for source, operand, flow in zip(parents, node.parents, flows, strict=True):
            results = graph.tops[source]
            if len(results) == 1 and results[0] is operand:
                yield Arrow(source, target, *(flow or (None, "")))
            elif source not in drawn:
                drawn.add(source)
                yield Arrow(source, target, None, "")


def _flows(node: Node, names: Names) -> list[tuple[str, str] | None]:
    """For each operand what flows back to it, in short and in full; None before `backward`."""
    g = node.grad
    if g is None:
        return [None] * len(node.parents)
    parts = _parts(node, g)
    slopes = _parts(node, np.ones_like(g) if np.ndim(g) else 1.0) if np.size(g) == 1 else parts
    flows: list[tuple[str, str] | None] = []
    for arg, part, slope in zip(node.args, parts, slopes, strict=True):
        if not isinstance(arg, Node):
            continue
        # Where no gradient arrives none is passed on, be the local derivative infinite.
        part = part if part is not None and np.any(g) else np.zeros_like(arg.data)
        rule = f"{names.derivative(node)} × {names.local(node, arg)}"
        gets = f"{names.derivative(arg)} gets {rule} = "
        if np.size(g) == np.size(part) == 1 and slope is not None:
            factors = number(g), number(slope), number(part)
            exact = f"{all_digits(g)} × {all_digits(slope)} = {all_digits(part)}"
            flows.append(("{} × {} = {}".format(*factors), gets + exact))
        else:
            note = _summed_back(node, arg)
            flows.append((numbers(part) + note, gets + all_digits(part) + note))
    return flows


def _parts(node: Node, g: Any) -> list[Any]:
    try:
        with np.errstate(all="ignore"):
            return contributions(node, g)
    except AutogradError:
        # `backward` got by without this rule: it stays silent in a branch that was not taken.
        return [None] * len(node.args)


def _summed_back(node: Node, operand: Node) -> str:
    """How broadcasting of ``operand`` was undone, in words; nothing where there was none."""
    shape, own = np.shape(node.data), np.shape(operand.data)
    if node.op is None or node.op.kind != "elementwise" or shape == own:
        return ""
    axes = summed_axes(shape, own)
    if len(axes) == len(shape):
        return ", summed over all"
    return f", summed over ax{'e' if len(axes) > 1 else 'i'}s {', '.join(map(str, axes))}"
