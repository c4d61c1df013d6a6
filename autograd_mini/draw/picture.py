"""What a picture shows: boxes, arrows, words and numbers; no positions, colours or nodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import Any, Literal

import numpy as np

from ..backward import contributions, pull_back, slopes, summed_axes
from ..errors import AutogradError
from ..explain.names import rule_of
from ..formula import NAMED, Name, expression
from ..node import Node, Scope, ancestors
from ..text import harmless, number, numbers, one_line
from .fold import Folding, only_users
from .marks import KINDS, Mark, Marks
from .names import Names
from .parts import Part
from .scopes import Frame as Scopes
from .text import all_digits
from .view import Shown, view

EVERYTHING_UP_TO = 40
ARROWS_UP_TO = 80
LOOKED_AT_UP_TO = 400


@dataclass(frozen=True, slots=True)
class Box:
    """Its lines of text (an empty one is left out) and that on hover; ``several`` drawn as one.

    ``frame`` is the number of the frame it stands in, -1 outside all.

    The rest is for a live page: the ``name`` of the node and of its dvar, in short and in full; the
    ``formula`` that makes it, texts and the numbers of its operands' boxes by turns; its ``data``,
    ``grad`` and the derivative that differences give; which operands were ``broadcast``; the
    numbers of the ``scopes`` and parts that are folded in it; what is ``inside``, in words; the
    ``op`` and what numbers that ``needs``; in ``full`` the label if its line has it cut; whether
    its numbers are ``single``, of float32.
    """

    kind: Literal["input", "operation", "scope", "stub"]
    output: bool
    several: bool
    expression: str
    detail: str
    value: str
    dvar: str
    hover: str
    frame: int
    name: str = ""
    dname: str = ""
    derivative: str = ""
    formula: tuple[str | int, ...] = ()
    data: Shown = None
    grad: Shown = None
    numeric: Shown = None
    broadcast: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    scopes: tuple[int, ...] = ()
    inside: str = ""
    op: str = ""
    needs: str = ""
    full: str = ""
    single: bool = False
    results: int = 1
    partly: bool = False

    def spoken(self) -> str:
        """The box in one line, for a screen reader and for the description."""
        role = "output" if self.output else self.kind
        value = self.value and f"value {self.value}"
        marks = [KINDS[kind].meaning for kind in self.kinds_of_marks()]
        told = filter(None, [self.expression, self.detail, value, self.dvar, *marks])
        return f"{role} {', '.join(told)}"

    def kinds_of_marks(self) -> list[str]:
        """The kinds of marks it has, each once."""
        return list(dict.fromkeys(mark.kind for mark in self.marks))


@dataclass(frozen=True, slots=True)
class Frame:
    """Around the boxes of a scope; ``outer`` is the number of the frame around it, -1 without.

    ``scope`` is the scope's own number, which it keeps in other foldings.
    """

    name: str
    hover: str
    outer: int
    scope: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows back along an arrow, in short and in full.

    ``slope`` is the local derivative, ``name`` what that is called, ``part`` what the operand
    receives and ``total`` what it then has in all; None where such is not known. ``formula`` is the
    rule for the slope of the last result, "" where it is no formula. ``note`` says how broadcasting
    was undone. Where nothing is multiplied number by number, ``rule`` tells what the operand
    receives, and there is no ``name``. Till totals are added up ``raw`` is the part itself.
    """

    short: str
    full: str
    name: str = ""
    slope: Shown = None
    part: Shown = None
    total: Shown = None
    formula: str = ""
    note: str = ""
    rule: str = ""
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """From box to box; ``backward`` is what stands on the red arrow, None where there is none."""

    source: int
    target: int
    backward: str | None
    hover: str
    flow: Flow | None = None


Step = tuple[Literal["value", "dvar", "edge"], int]
"""A box gets its value, or its dvar, or the dvar of an arrow's source gets what flows along it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture; ``reads`` tells how to read a dvar, "" where none is shown.

    An outer frame stands before those in it. ``steps`` is the order in which the engine came by
    what is shown.
    """

    title: str
    boxes: list[Box]
    arrows: list[Arrow]
    frames: list[Frame]
    reads: str
    notes: list[str]
    steps: list[Step]
    nodes: int

    def says(self) -> str:
        """How many nodes it shows in how many boxes; "" if all are seen. More is in its notes."""
        if len(self.boxes) == self.nodes:
            return ""
        return f"{_count(self.nodes)} in {_count(len(self.boxes), 'box', 'boxes')}."


def pictures(graphs: Sequence[Folding], names: Sequence[Names]) -> list[Picture]:
    """What is to be drawn of ``graphs``, foldings of one graph, each with its ``names``.

    >>> import autograd_mini as am
    >>> from .fold import one_box_a_node
    >>> from .names import named
    >>> J = 3 * am.Value(2.0, "v")
    >>> graphs = [one_box_a_node(J)]
    >>> pictures(graphs, named(graphs, J))[0].boxes[1].expression
    'J = 3·v'
    """
    small = len(graphs[0].nodes) <= LOOKED_AT_UP_TO
    marks = Marks(names[0].root, _changes(names[0])) if small else None
    scopes: dict[Scope, int] = {}
    return [_picture(graph, its, marks, scopes) for graph, its in zip(graphs, names, strict=True)]


def _picture(
    graph: Folding, names: Names, marks: Marks | None, scopes: dict[Scope, int]
) -> Picture:
    """The numbers of scopes are in ``scopes``, those of new ones are added."""
    root = names.root
    for group in (*graph.frames, *graph.scopes.values(), *graph.parts.values()):
        for scope in group:
            scopes.setdefault(scope, len(scopes))
    frames, number = _frames(graph, scopes, names)
    place = {tops[0]: i for i, tops in enumerate(graph.tops) if len(tops) == 1}
    inside = _inside(graph)
    boxes = [
        replace(
            _box(graph, i, root, names, number[graph.frames[i]], marks, place),
            inside=inside.get(i, ""),
            scopes=tuple(
                scopes[scope]
                for scope in dict.fromkeys((*graph.scopes.get(i, ()), *graph.parts.get(i, ())))
            ),
        )
        for i in range(len(graph))
    ]
    everything = len(graph) <= EVERYTHING_UP_TO and sum(map(len, graph.parents)) <= ARROWS_UP_TO
    arrows = list(_arrows(graph, names, everything))
    tops, notes = graph.tops, list(_notes(graph))
    if names.changed:
        notes.insert(0, _change(names))
    if marks and marks.note:
        notes.append(one_line(marks.note, 200))
    reads = ""
    if names.differentiated:
        example = next(tops[0] for tops in graph.tops if tops)
        reads = f"{names.dvar(example)} is short for {names.derivative(example)}"
        if not names.of_root:
            reads = "dvar: the derivative of what backward() was called on"
        if not everything:
            most = f"{EVERYTHING_UP_TO} boxes or {ARROWS_UP_TO} arrows"
            notes.append(f"the backward arrows are left out above {most}")
        elif any(a.backward is None and tops[a.source] and tops[a.target] for a in arrows):
            notes.append("where no backward arrow stands, what flows there is not known")
    title = f"Computation graph of {names.line(root, root)}, {_count(len(graph.nodes))}"
    steps = list(_steps(graph, names, arrows))
    arrows = _with_totals(graph, arrows, steps)
    for i in _partly(graph, arrows):
        boxes[i] = replace(boxes[i], partly=True)
    return Picture(title, boxes, arrows, frames, reads, notes, steps, len(graph.nodes))


def _steps(graph: Folding, names: Names, arrows: list[Arrow]) -> Iterator[Step]:
    """Forward box by box, then backward as the walk went, each edge when its result was taken up.

    What receives nothing along an arrow whose flow is known has its dvar in one step.
    """
    order = [i for i, tops in enumerate(graph.tops) if tops]
    yield from (("value", i) for i in order)
    if not names.differentiated:
        return
    into: dict[int, list[int]] = {}
    for k, arrow in enumerate(arrows):
        if arrow.flow is not None:
            into.setdefault(arrow.target, []).append(k)
    receiving = {arrows[k].source for edges in into.values() for k in edges}
    for i in _backward_order(graph, names):
        if i not in receiving and any(names.grad(top) is not None for top in graph.tops[i]):
            yield "dvar", i
        yield from (("edge", k) for k in into.get(i, ()))


def _backward_order(graph: Folding, names: Names) -> Iterator[int]:
    """The boxes as the walk went, each after all that use it."""
    rank = {node: at for at, node in enumerate(names.received)}
    users = Counter(parent for parents in graph.parents for parent in {*parents})

    def key(i: int) -> tuple[int, int]:
        return max((rank.get(top, len(rank)) for top in graph.tops[i]), default=len(rank)), -i

    ready = [(*key(i), i) for i in range(len(graph)) if not users[i]]
    heapify(ready)
    while ready:
        i = heappop(ready)[-1]
        if graph.tops[i]:
            yield i
        for parent in {*graph.parents[i]}:
            users[parent] -= 1
            if not users[parent]:
                heappush(ready, (*key(parent), parent))


def _partly(graph: Folding, arrows: Sequence[Arrow]) -> set[int]:
    """The boxes that have some of their dvar not by an arrow that tells what it brings.

    It comes from what is not drawn, or from within: a result of a box may feed another one of it.
    """
    home = dict(zip(graph.nodes, graph.box_of, strict=True))
    found = {arrow.source for arrow in arrows if arrow.flow is None}
    several = {top for tops in graph.tops if len(tops) > 1 for top in tops}
    for node, i in home.items():
        if not graph.tops[i]:
            found.update(home[parent] for parent in node.parents)
        elif several:
            found.update(i for top in node.parents if top in several and home[top] == i)
    return found


def _with_totals(graph: Folding, arrows: list[Arrow], steps: list[Step]) -> list[Arrow]:
    """The arrows, each with what its source has in all once the steps have come to it."""
    found, sums = list(arrows), dict[int, Any]()
    with np.errstate(all="ignore"):
        for k, flow in ((k, arrows[k].flow) for kind, k in steps if kind == "edge"):
            source, part, total = arrows[k].source, flow and flow.raw, None
            if len(graph.tops[source]) == 1:
                total = sums[source] = sums[source] + part if source in sums else part
            found[k] = replace(arrows[k], flow=flow and replace(flow, raw=None, total=view(total)))
    return found


def _notes(graph: Folding) -> Iterator[str]:
    """What is not to be seen in the picture."""
    whole = [(i, n) for i, n in enumerate(graph.counts) if graph.tops[i]]
    inside = sum(n - graph.copies(i) for i, n in whole if i not in graph.scopes)
    folded = sum(graph.counts[i] for i in graph.scopes)
    alike = sum(graph.copies(i) - 1 for i, _ in whole)
    left_out = sum(n for tops, n in zip(graph.tops, graph.counts, strict=True) if not tops)
    if any(np.ndim(tops[0].data) for tops in graph.tops if tops):
        yield "of an array you see its shape, and its numbers or the smallest … the largest"
    if graph.scopes:
        scopes = sum(map(len, graph.scopes.values()))
        each = " each" * (scopes > 1)
        drawn = f"{_are(scopes, 'scope')} drawn as one box{each} ({_count(folded)})"
        yield f"{drawn}: what goes in → comes out"
    if inside:
        yield f"{_are(inside)} in the box that alone uses them, which tells what goes in → value"
    if alike:
        yield f"{_are(alike, 'part')} drawn as one with others of the same structure"
    if left_out:
        yield f"{_are(left_out)} left out where “… more nodes” stands"


def _changes(names: Names) -> dict[Node, str]:
    """What is said of each node whose operands hold other data than it was computed from."""
    return {node: _told_of(node, now, names) for node, now in names.changed.items()}


def _told_of(node: Node, now: Any, names: Names) -> str:
    line, held = names.line(node, node), _value([node.data])
    if line == "…" and node.op is not None:
        line = f"a result of {node.op.name}"
    would = "could not be computed" if now is None else f"would be {_value([now])}"
    if would.endswith(f" {held}"):
        would = "would be a little else"
    return f"{line} is {held}, of before; of what its operands hold now it {would}"


def _change(names: Names) -> str:
    """That data was changed in place, what shows it first, and what is not shown for that."""
    (node, now), *others = names.changed.items()
    more = f" (and {len(others):,} more)" if others else ""
    dvars = "no dvars are shown, as they would mix both; " if names.root.grad is not None else ""
    anew = f"compute {names(names.root)[0]} anew"
    return f"data was changed after it was used: {_told_of(node, now, names)}{more}; {dvars}{anew}"


def _count(number: int, noun: str = "node", plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _are(number: int, noun: str = "node") -> str:
    return f"{_count(number, noun)} {'is' if number == 1 else 'are'}"


# Boxes --------------------------------------------------------------------------------------------


def _frames(
    graph: Folding, known: dict[Scope, int], names: Names
) -> tuple[list[Frame], dict[Scopes, int]]:
    """The frames of a picture, and the number of each; no frame at all is -1."""
    frames: list[Frame] = []
    number: dict[Scopes, int] = {(): -1}
    # In the order of results: the weights of a last layer may well be the first nodes of all.
    results = [i for i, parents in enumerate(graph.parents) if parents]
    for scopes in (*[graph.frames[i] for i in results], *graph.frames):
        for depth in range(1, len(scopes) + 1):
            if scopes[:depth] not in number:
                number[scopes[:depth]] = len(frames)
                scope, outer = scopes[depth - 1], number[scopes[: depth - 1]]
                name = scope.name
                if isinstance(scope, Part) and scope.copies == 1:
                    name = f"all of {names(scope.top)[0]}"
                frames.append(Frame(_scope_name(name), harmless(name), outer, known[scope]))
    return frames, number


def _inside(graph: Folding) -> dict[int, str]:
    """Of each box of several nodes, how many there are of each op, most first."""
    found: dict[int, list[str]] = {}
    ops = [node.op for node in graph.nodes]
    for (i, op), count in Counter(zip(graph.box_of, ops, strict=True)).most_common():
        if graph.counts[i] > 1:
            found.setdefault(i, []).append(f"{count:,} × {op.name if op else 'input'}")
    return {i: ", ".join(each) for i, each in found.items()}


def _scope_name(name: str) -> str:
    return one_line(name) or "scope"


def _box(
    graph: Folding,
    i: int,
    root: Node,
    names: Names,
    frame: int,
    marks: Marks | None,
    place: dict[Node, int],
) -> Box:
    tops, count, copies = graph.tops[i], graph.counts[i], graph.copies(i)
    if not tops:
        text = f"… {_count(count, 'more node')}"
        return Box(
            "stub", False, False, text, "", "", "", f"{_count(count)} not drawn", frame, text
        )
    node, last = tops[0], tops[-1]
    scope = i in graph.scopes
    details = [f"× {copies:,}"] if copies > 1 else []
    value = _value([top.data for top in tops])
    if count > copies or scope:
        details.append(_count(count))
        if entering := [node.data for node in graph.entering(i)]:
            value = f"{_gathered(entering)} → {value}"
    detail = ", ".join(details)
    grads = {top: grad for top in tops if (grad := names.grad(top)) is not None}
    dname = _called([*grads], names.dvar)
    dvar = f"{dname} = {_gathered([*grads.values()])}" if grads else ""
    called = dict.fromkeys(_scope_name(scope.name) for scope in graph.scopes.get(i, ()))
    title = " … ".join([*called][:: max(1, len(called) - 1)]) or names.line(node, last)
    name, line = _named_line(title, node, names) if scope and len(tops) == 1 else (title, title)
    alone = count == 1 and not scope
    found = tuple(mark for top in tops for mark in marks.of.get(top, ())) if marks else ()
    cut = [full for full in _in_full(graph, i) if full != title]
    return Box(
        kind="scope" if scope else "input" if node.op is None else "operation",
        output=any(top is root for top in tops),
        several=copies > 1,
        expression=line,
        detail=detail,
        value=value,
        dvar=dvar,
        hover="\n".join([*_hover(graph, i, detail, names), *(mark.text for mark in found)]),
        frame=frame,
        name=name if scope else one_line(names(node)[0]),
        dname=dname,
        derivative=_called([*grads] or [node], names.derivative),
        formula=_formula(node, names, place) if alone and node not in names.changed else (),
        data=view(node.data) if alone else None,
        grad=view(names.grad(node)) if len(tops) == 1 else None,
        numeric=view(marks.numeric.get(node)) if marks and len(tops) == 1 else None,
        broadcast=tuple(_broadcast(node, names)) if alone else (),
        marks=found,
        op=node.op.name if node.op and alone else "",
        needs=node.op.needs if node.op and alone and node.op.scalar else "",
        full="\n".join(cut),
        single=alone and getattr(node.data, "dtype", None) == np.float32,
        results=len(tops),
    )


def _named_line(scope: str, node: Node, names: Names) -> tuple[str, str]:
    """What a scope's one result is called, and that with the scope's name: ``t₁ = example``."""
    name, binding = names(node)
    line = f"{name} = {scope}" if binding == NAMED else f"{scope} = {name}"
    return one_line(name), line if name != scope else scope


def _called(nodes: Sequence[Node], call: Callable[[Node], str]) -> str:
    """What several results are called together: as the first and the last of them are."""
    return " … ".join(dict.fromkeys(map(call, nodes[:: max(1, len(nodes) - 1)])))


def _broadcast(node: Node, names: Names) -> Iterator[str]:
    """Which operands were stretched to the result's shape, in words."""
    for operand in dict.fromkeys(node.parents):
        if _summed_back(node, operand):
            own = f"of shape {np.shape(operand.data)}" if np.ndim(operand.data) else "one number"
            yield f"{names(operand)[0]}, {own}, is broadcast to {np.shape(node.data)}"


_SLOT = re.compile("\ue000([0-9]+)\ue001")


def _formula(node: Node, names: Names, place: dict[Node, int]) -> tuple[str | int, ...]:
    """``b·c`` as ``(1, "·", 2)``, with the places of the operands' boxes."""
    if node.op is None:
        return ()

    def slot(arg: Node) -> Name:
        return (f"\ue000{place[arg]}\ue001", NAMED) if arg in place else names(arg)

    parts = _SLOT.split(expression(node.op, node.args, slot)[0])
    parts = [int(part) if at % 2 else part for at, part in enumerate(parts)]
    return tuple(part for part in parts if part != "")


def _hover(graph: Folding, i: int, detail: str, names: Names) -> Iterator[str]:
    """The full label and, for one node, all digits."""
    tops = graph.tops[i]
    node = tops[0]
    yield from _in_full(graph, i)
    yield names.line(node, tops[-1])
    if detail:
        yield detail
    if len(tops) == 1:
        yield f"value {all_digits(node.data)}"
        if (grad := names.grad(node)) is not None:
            yield f"{names.derivative(node)} = {all_digits(grad)}"


def _in_full(graph: Folding, i: int) -> Iterator[str]:
    """The names of a box's scopes, and the label of its first node where its line is another."""
    if scopes := graph.scopes.get(i):
        yield " … ".join(dict.fromkeys(harmless(scope.name) for scope in (scopes[0], scopes[-1])))
    label = graph.tops[i][0].label
    if label is not None and (full := harmless(label)) != one_line(full):
        yield full


def _value(data: list[Any]) -> str:
    shapes = {np.shape(each) for each in data}
    shape = shapes.pop() if len(shapes) == 1 else ()
    return f"{shape}: {_gathered(data)}" if shape else _gathered(data)


def _gathered(data: list[Any]) -> str:
    """One value, or the range of those of several nodes drawn as one."""
    return numbers(data[0] if len(data) == 1 else np.concatenate([*map(np.ravel, data)]))


# Arrows -------------------------------------------------------------------------------------------


def _arrows(graph: Folding, names: Names, everything: bool) -> Iterator[Arrow]:
    """An arrow for each operand; stubs and folded boxes have one, whatever goes through it."""
    # A page tells of what is not drawn, too: a sum without some of its terms would be wrong.
    known = everything or len(graph) <= LOOKED_AT_UP_TO
    user = only_users(graph) if all(graph.tops) else [-1] * len(graph)
    for target, parents in enumerate(graph.parents):
        tops = graph.tops[target]
        alone = len(tops) == graph.counts[target] == 1 and len(parents) == len(tops[0].parents)
        if alone and all(len(graph.tops[parent]) <= 1 for parent in parents):
            flows = _flows(tops[0], names) if known else [None] * len(parents)
        else:
            parents = tuple(dict.fromkeys(parents))
            sources = [graph.used[parent, target] for parent in parents]
            # What only this box uses has all of its dvar from here.
            whole = {
                top
                for p in parents
                if user[p] == target and len(graph.tops[p]) == graph.copies(p)
                for top in graph.tops[p]
            }
            unknown: list[Flow | None] = [None] * len(parents)
            flows = _folded_flows(tops, sources, names, whole) if known else unknown
        stubs = set()
        for source, flow in zip(parents, flows, strict=True):
            if graph.tops[source]:
                drawn = flow if everything else None
                short, full = (drawn.short, drawn.full) if drawn else (None, "")
                yield Arrow(source, target, short, full, flow)
            elif source not in stubs:
                stubs.add(source)
                yield Arrow(source, target, None, "")


def _flows(node: Node, names: Names) -> list[Flow | None]:
    """For each operand what flows back to it; None where that is unknown."""
    g = names.grad(node)
    if g is None:
        return [None] * len(node.parents)
    nothing: list[Any] = [None] * len(node.args)
    try:
        with np.errstate(all="ignore"):
            local, told = slopes(node), names.received.get(node)
            parts = told or contributions(node, g)
    except AutogradError:
        # `backward` got by without these rules: the branch was not taken, nothing flows in it.
        local, parts = nothing, names.received.get(node, nothing)
    flows = []
    for i, (operand, part, slope) in enumerate(zip(node.args, parts, local, strict=True)):
        if isinstance(operand, Node):
            note, rule = _summed_back(node, operand), _rule(node, i, names)
            flow = _flow(node, operand, part, slope, names, note, rule)
            formula = "" if node is not names.root or slope is None else rule_of(node, i, names)[0]
            flows.append(flow and replace(flow, formula=formula))
    return flows


def _rule(node: Node, i: int, names: Names) -> str:
    """What operand i receives where that is no product number by number; else ""."""
    if np.size(node.data) == 1 or node.op is None or node.op.kind == "elementwise":
        return ""
    with np.errstate(all="ignore"):
        return rule_of(node, i, names, names.dvar(node))[0]


def _one_like(g: Any) -> Any:
    return np.ones_like(g) if np.ndim(g) else 1.0


def _folded_flows(
    tops: list[Node], sources: list[list[Node]], names: Names, whole: set[Node]
) -> list[Flow | None]:
    """What flows back through all that a box stands for; None where that is unknown.

    Nodes of ``whole`` receive from nowhere else.
    """
    grads = {top: g for top in tops if (g := names.grad(top)) is not None}
    entering = [node for nodes in sources for node in nodes]
    if not grads or not all(sources):
        return [None] * len(sources)
    one_number = [np.size(g) for g in grads.values()] == [1]
    key = *tops, None, *entering
    if key not in names.through:
        parts = {node: names.grad(node) for node in entering if node in whole}
        if shared := [node for node in entering if node not in whole]:
            parts |= _summed_parts(tops, shared, entering, names)
        names.through[key] = parts, _locals(next(iter(grads)), parts, names) if one_number else {}
    parts, local = names.through[key]
    rule = "" if one_number else f"what flows back from {names(tops[0])[0]}"
    return [
        _flow(tops[0], nodes[0], parts[nodes[0]], local.get(nodes[0]), names, rule=rule)
        if len(tops) == len(nodes) == 1
        else _flow_of_several(tops[0], nodes, parts, names)
        for nodes in sources
    ]


def _locals(top: Node, parts: dict[Node, Any], names: Names) -> dict[Node, Any]:
    """The derivatives of a box's one result by what enters it, which receives these ``parts``."""
    g = names.grad(top)
    if np.all(g == 1):
        return parts
    try:
        with np.errstate(all="ignore"):
            found = pull_back({top: _one_like(g)}, [*parts], recorded=False, cut=True)
    except AutogradError:
        # As above: all of the box is in a branch not taken.
        found = [np.zeros_like(node.data) for node in parts]
    return dict(zip(parts, found, strict=True))


def _summed_parts(
    tops: list[Node], shared: list[Node], entering: list[Node], names: Names
) -> dict[Node, Any]:
    """What each of ``shared`` receives from a box: summed op by op, as a result may feed another.

    They are among what is ``entering`` it.
    """
    parts, ends = {node: np.zeros_like(node.data) for node in shared}, {*entering}
    for node in ancestors(*tops, until=ends):
        g = names.grads.get(node)
        if node in ends or g is None or not any(operand in parts for operand in node.parents):
            continue
        try:
            with np.errstate(all="ignore"):
                received = contributions(node, g)
        except AutogradError:
            continue  # as above
        for operand, part in zip(node.args, received, strict=True):
            if part is not None and isinstance(operand, Node) and operand in parts:
                part = _without_new_nan(part, names.grads[operand])
                parts[operand] = parts[operand] + part
    return parts


def _flow_of_several(
    top: Node, operands: list[Node], parts: dict[Node, Any], names: Names
) -> Flow | None:
    """The range of what alike operands get, or of what one gets from alike results."""
    pairs = [(parts[node], names.grad(node)) for node in operands]
    gets = [_without_new_nan(part, whole) for part, whole in pairs if whole is not None]
    if not gets:
        return None
    called = _called(operands, names.derivative)
    rule = f"what flows back from {names(top)[0]}" if " … " in called else ""
    full = _gets(top, operands[0], names, rule, called) + _gathered(gets)
    return Flow(_gathered(gets), full, raw=gets[0])


def _flow(
    node: Node,
    operand: Node,
    part: Any,
    slope: Any,
    names: Names,
    note: str = "",
    rule: str = "",
) -> Flow | None:
    """What ``part`` of the gradient comes from ``node``, as upstream × slope or by a rule."""
    g, whole = names.grad(node), names.grad(operand)
    if whole is None:
        return None
    nothing = np.zeros_like(operand.data)
    part = nothing if part is None else _without_new_nan(part, whole)
    name = "" if rule else names.local(node, operand)
    gets = _gets(node, operand, names, rule)
    if np.size(g) == np.size(part) == 1:
        slope = nothing if slope is None else slope
        short, exact = (
            "{} × {} = {}".format(*(write(np.ravel(x)[0]) for x in (g, slope, part)))
            for write in (number, all_digits)
        )
        return Flow(short, gets + exact, name, view(slope), view(part), raw=part)
    if slope is not None:
        gets += f"{_value([g])} × {_value([slope])} = "
    full = gets + all_digits(part) + note
    short = numbers(part) + note
    return Flow(short, full, name, view(slope), view(part), note=note, rule=rule, raw=part)


def _gets(node: Node, operand: Node, names: Names, rule: str = "", called: str = "") -> str:
    rule = rule or f"{names.derivative(node)} × {names.local(node, operand)}"
    verb = "get" if " … " in called else "gets"
    return f"{called or names.derivative(operand)} {verb} {rule} = "


def _without_new_nan(part: Any, whole: Any) -> Any:
    """A nan that is not in the whole gradient is 0 × inf where `where` looked away."""
    return np.where(np.isnan(part) & ~np.isnan(whole), 0.0, part)


def _summed_back(node: Node, operand: Node) -> str:
    """How broadcasting of ``operand`` was undone, in words; nothing where there was none."""
    shape, own = np.shape(node.data), np.shape(operand.data)
    if node.op is None or node.op.kind != "elementwise" or shape == own:
        return ""
    axes = summed_axes(shape, own)
    if len(axes) == len(shape):
        return ", summed over all"
    return f", summed over ax{'e' if len(axes) > 1 else 'i'}s {', '.join(map(str, axes))}"
