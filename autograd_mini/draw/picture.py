"""What a picture shows, as plain text: boxes, arrows, words; no positions, colours or nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..backward import contributions, summed_axes
from ..errors import AutogradError
from ..node import Node
from ..text import number, numbers
from .fold import Folding
from .names import Names, full_label, label_of
from .text import all_digits

EVERYTHING_UP_TO = 40


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
    if names.differentiated:
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
    if any(np.ndim(tops[0].data) for tops in graph.tops if tops):
        yield "of an array you see its shape, and its numbers or the smallest … the largest"
    if inside:
        yield f"{inside:,} nodes that one other alone uses are drawn inside its box"
    if alike:
        yield f"{alike:,} boxes are drawn as one with others of the same structure"
    if left_out:
        yield f"{left_out:,} nodes are left out where “… more nodes” stands"


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
    grads = [grad for top in tops if (grad := names.grad(top)) is not None]
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
    if (full := full_label(node)) != label_of(node):
        yield full
    yield names.line(node)
    if detail:
        yield detail
    if len(tops) == 1:
        yield f"value {all_digits(node.data)}"
        if (grad := names.grad(node)) is not None:
            yield f"{names.derivative(node)} = {all_digits(grad)}"


def _value(data: list[Any]) -> str:
    shape = np.shape(data[0])
    return f"{shape}: {_gathered(data)}" if shape else _gathered(data)


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
    """For each operand what flows back to it, in short and in full; None where that is unknown."""
    g = names.grad(node)
    if g is None:
        return [None] * len(node.parents)
    one = np.ones_like(g) if np.ndim(g) else 1.0
    try:
        with np.errstate(all="ignore"):
            parts = contributions(node, g)
            slopes = contributions(node, one) if np.size(g) == 1 else parts
    except AutogradError:
        # `backward` got by without these rules: the branch was not taken, nothing flows in it.
        parts = slopes = [None] * len(node.args)
    return [
        _flow(node, operand, part, slope, names)
        for operand, part, slope in zip(node.args, parts, slopes, strict=True)
        if isinstance(operand, Node)
    ]


def _flow(node: Node, operand: Node, part: Any, slope: Any, names: Names) -> tuple[str, str] | None:
    """What ``part`` of the operand's gradient comes from ``node``, as upstream × slope."""
    g, whole = names.grad(node), names.grad(operand)
    if whole is None:
        return None
    nothing = np.zeros_like(operand.data)
    # A nan that is not in the whole is 0 × inf where `where` looked away.
    part = nothing if part is None else np.where(np.isnan(part) & ~np.isnan(whole), 0.0, part)
    rule = f"{names.derivative(node)} × {names.local(node, operand)}"
    gets = f"{names.derivative(operand)} gets {rule} = "
    if np.size(g) == np.size(part) == 1:
        factors = (g, nothing if slope is None else slope, part)
        short, exact = (
            "{} × {} = {}".format(*map(write, factors)) for write in (number, all_digits)
        )
        return short, gets + exact
    note = _summed_back(node, operand)
    return numbers(part) + note, gets + all_digits(part) + note


def _summed_back(node: Node, operand: Node) -> str:
    """How broadcasting of ``operand`` was undone, in words; nothing where there was none."""
    shape, own = np.shape(node.data), np.shape(operand.data)
    if node.op is None or node.op.kind != "elementwise" or shape == own:
        return ""
    axes = summed_axes(shape, own)
    if len(axes) == len(shape):
        return ", summed over all"
    return f", summed over ax{'e' if len(axes) > 1 else 'i'}s {', '.join(map(str, axes))}"
