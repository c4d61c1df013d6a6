"""Live inputs: a graph with its gradients as one program, which gives a page its numbers anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import ops
from ..backward import pull_back, slopes
from ..errors import AutogradError, GradientError
from ..node import Node, Outside, Recorder, ancestors, record, recording
from ..primitive import Primitive
from ..replay.code import Builder, Code, Ref, Step
from ..replay.javascript import WRITERS, javascript
from ..replay.record import from_graph, no_collections
from ..text import harmless
from .fold import Folding
from .names import Names, listener
from .picture import Arrow, Picture

NUMBERS_UP_TO = 10_000
NODES_UP_TO = 30_000
"""A graph of more has no program, so that it is drawn and opened within 3 s: one of 100,000 nodes
would take 4 s more than its picture alone, 400 MB, and a page larger by 3 MB."""
LISTED = 8
"""So many inputs a page shows at a time. Where there are more, the likely ones come first."""

Places = list[int] | None
"""Which results of the program stand in a box or on an arrow; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Input:
    """A leaf that can be moved: its ``name``, its shape (None for a number), its numbers.

    They are of float32 if they are ``single``.
    """

    name: str
    shape: tuple[int, ...] | None
    data: tuple[float, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """The program of a graph's pictures and where its results belong, or ``why`` there is none.

    It is not ``current`` where data was changed after it was used. ``chosen`` says whether what a
    condition chose stays as it was recorded. ``shapes`` are those of the program's results, () for
    a number.
    ``plan`` has a row for each box (``values``, ``entering``, ``grads``; for marks ``operands`` and
    ``kinks``) or arrow (``locals``, ``parts``, ``totals``) of all pictures, one after the other, in
    it the places of results; ``slopes`` that of the gradient by each input, ``result`` that of the
    last result.
    """

    why: str = ""
    current: bool = True
    inputs: list[Input] = field(default_factory=list)
    chosen: bool = False
    code: Code = field(default_factory=Code)
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    plan: dict[str, list[Places]] = field(default_factory=dict)

    def program(self) -> str:
        """The JavaScript function ``program`` of the inputs' numbers."""
        return javascript(self.code, inputs=[each.name for each in self.inputs])


def live(graphs: Sequence[Folding], names: Names, pictures: Sequence[Picture]) -> Live:
    """What a page needs to compute for other inputs all that it shows of a graph.

    That is what the ``pictures`` of ``graphs``, its foldings, have on boxes and arrows. ``names``
    may be those of any of them.

    >>> import autograd_mini as am
    >>> am.draw(3 * am.Value(5.0, "a"))._live.inputs
    [Input(name='a', shape=None, data=(5.0,), single=False)]
    """
    nodes = graphs[0].nodes
    if names.changed:
        why = "what inputs hold now is not what the graph was computed from"
        return Live(why, current=False)
    if len(nodes) > NODES_UP_TO:
        return Live(f"the graph has more than {NODES_UP_TO:,} nodes")
    for node in nodes:
        if node.op is not None and not node.op.opened and not _has_javascript(node.op):
            own = ": what a function with rules of its own does is not in the graph"
            return Live(f"{node.op.name} has no JavaScript{own * (node.op.kind == 'custom')}")
        if node.holds is not float and node.held().dtype not in (np.float64, np.float32):
            return Live(f"there are numbers of dtype {node.held().dtype}")
    if sum(np.size(node.data) for node in nodes if np.ndim(node.data)) > NUMBERS_UP_TO:
        return Live(f"its arrays hold more than {NUMBERS_UP_TO:,} numbers")
    leaves = [node for node in nodes if node.op is None]
    moved = _likely_first([node for node in leaves if np.size(node.data)], nodes)
    if not moved:
        return Live("no input holds a number")
    told = dict(zip(leaves, _leaf_names(leaves, names), strict=True))
    results = _Results()
    try:
        opened = _opened(nodes)
        if len(nodes) + sum(len(code.steps) for code in opened.values()) > NODES_UP_TO:
            inner = "with what is in its checkpoints the graph"
            return Live(f"{inner} has more than {NODES_UP_TO:,} nodes")
        with no_collections():
            code, plan = _recorded(graphs, names, pictures, moved, results, opened)
    except GradientError as error:
        return Live(str(error))
    except AutogradError as error:
        return Live(f"for these numbers the derivative of {error.op} does not exist")
    return Live(
        inputs=[_input(told[node], node.held()) for node in moved],
        chosen=any(map(_chosen, nodes)),
        code=code,
        shapes=[np.shape(x.data if isinstance(x, Node) else x) for x in results.found],
        plan=plan,
    )


def _recorded(
    graphs: Sequence[Folding],
    names: Names,
    pictures: Sequence[Picture],
    moved: Sequence[Node],
    results: _Results,
    opened: dict[Any, Code],
) -> tuple[Code, dict[str, list[Places]]]:
    """The program of all ``results`` and the plan of where they belong."""
    gradients = _Gradients(graphs[0].nodes, names)
    plan = {
        "slopes": [results.each([gradients.of.get(node)]) for node in moved],
        "result": [results.each([names.root])],
    }
    for graph, picture in zip(graphs, pictures, strict=True):
        for name, row in _rows(graph, picture, gradients, results).items():
            plan.setdefault(name, []).extend(row)
    everything = Outside(())
    code, _ = from_graph(moved, results.found, [], (), everything)
    code = code.rewritten(lambda made, step: _put(made, step, opened)).without_dead()
    return _snapshot(code), plan


def _likely_first(leaves: list[Node], nodes: Sequence[Node]) -> list[Node]:
    """Of many inputs first those with a label, and of these what is used most.

    A parameter is used by every example, and a number of the data by one.
    """
    if len(leaves) <= LISTED:
        return leaves
    uses = Counter(parent for node in nodes for parent in node.parents)
    return sorted(leaves, key=lambda leaf: (not leaf.label, -uses[leaf]))


def _has_javascript(op: Primitive) -> bool:
    return bool(op.js) or op in WRITERS


def _opened(nodes: Iterable[Node]) -> dict[Any, Code]:
    """The code of each op that stands for a graph, as a checkpoint does; what is within is open."""
    found: dict[Any, Code] = {}
    for node in nodes:
        if node.op is not None and node.op.opened is not None:
            with _alone(), np.errstate(all="ignore"):
                inputs, result = node.op.opened([x.data for x in node.parents])
            found[node.op], _ = from_graph(inputs, [result], [], set(inputs), Outside(()))
    return found


def _put(made: Builder, step: Step, opened: dict[Any, Code]) -> Any:
    """The step; in the place of one that stands for a graph, the steps of that."""
    code = opened.get(step.op)
    if step.op is ops.detached:  # all that had to know of it is in the code by now
        return step.args[0]
    if code is None:
        return made.put(step)
    found = list(step.args)
    for inner in code.steps[code.inputs :]:
        args = [found[x.i] if x.__class__ is Ref else x for x in inner.args]
        found.append(_put(made, inner.of(args), opened))
    [result] = code.outputs
    return found[result.i] if result.__class__ is Ref else result


def _leaf_names(leaves: Iterable[Node], names: Names) -> Iterable[str]:
    """What each leaf is called; one without a name is told from its like by a number."""
    for k, node in enumerate(leaves, 1):
        yield harmless(names.label(node) or names.numbering.known(node)) or f"input {k}"


def _input(name: str, data: Any) -> Input:
    shape = np.shape(data) if isinstance(data, np.ndarray) else None
    numbers = tuple(map(float, np.ravel(data)))
    return Input(name, shape, numbers, getattr(data, "dtype", None) == np.float32)


def _chosen(node: Node) -> bool:
    """Whether it chooses by a condition that the graph does not hold."""
    return node.op is not None and node.op.selects and not isinstance(node.args[0], Node)


def _snapshot(code: Code) -> Code:
    """The code with arrays of its own: what becomes of the data later is not its matter."""

    copies: dict[int, Any] = {}  # one for each array, which the program then holds once

    def own(x: Any) -> Any:
        return copies.setdefault(id(x), np.array(x)) if isinstance(x, np.ndarray) else x

    steps = [
        step.of(map(own, step.args)) if np.ndarray in map(type, step.args) else step
        for step in code.steps
    ]
    return replace(code, steps=steps, outputs=[*map(own, code.outputs)])


class _Results:
    """What the program gives, each once."""

    def __init__(self) -> None:
        self.found: list[Any] = []
        self.places: dict[int, int] = {}

    def __call__(self, x: Any) -> int:
        """Where a result stands, which is put there if need be."""
        if id(x) not in self.places:
            self.places[id(x)] = len(self.found)
            self.found.append(x)
        return self.places[id(x)]

    def each(self, found: Iterable[Any]) -> Places:
        """The places of several; None where one of them is unknown, or there are none."""
        known = list(found)
        return [*map(self, known)] if known and all(x is not None for x in known) else None


# Gradients as nodes -------------------------------------------------------------------------------


class _Truths(Recorder):
    """Has comparisons in rules recorded, of numbers as well: elsewhere they come out otherwise.

    The rule of a checkpoint runs a program, whose ifs go as they went.
    """

    def decide(self, node: Node, what: str) -> Any:
        """As it was recorded."""
        as_asked = {"the truth": bool, "int()": int}.get(what, np.asarray)
        return as_asked(node.data)

    def detach(self, node: Node) -> Node:
        """The number without a gradient."""
        with recording(paused=False):
            return record(node.data, ops.detached, (node,))

    def shortened(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return f

    def truth(self, node: Node) -> Any:
        """Not decided now, but wherever the program is run."""
        return node

    def constant(self, node: Node) -> None:
        """Take no notice: each leaf that is no input is the same everywhere."""


def _rows(
    graph: Folding, picture: Picture, gradients: _Gradients, results: _Results
) -> dict[str, list[Places]]:
    """Where in a picture each of the ``results`` belongs."""
    of = gradients.of
    entering = [graph.entering(i) if _tells_entering(graph, i) else [] for i in range(len(graph))]
    rows = {
        "values": [results.each(tops) for tops in graph.tops],
        "entering": [results.each(nodes) for nodes in entering],
        "grads": [results.each(of[top] for top in tops if top in of) for tops in graph.tops],
        "operands": [_operands(graph, i, results) for i in range(len(graph))],
        "kinks": [results.each(_kink(graph, i)) for i in range(len(graph))],
    }
    with _alone(), np.errstate(all="ignore"):
        flows = _flows(graph, picture.arrows, gradients)
        _add_totals(graph, picture, flows)
    for name in ("locals", "parts", "totals"):
        rows[name] = [results.each(flow.get(name, ())) for flow in flows]
    return rows


def _flows(
    graph: Folding, arrows: Sequence[Arrow], gradients: _Gradients
) -> list[dict[str, list[Any]]]:
    """For each arrow its local derivative and what it brings, where the picture tells that."""
    flows: list[dict[str, list[Any]]] = [{} for _ in arrows]
    for target, edges in _by_target(graph, arrows).items():
        if any(arrows[k].flow is not None for k in edges):
            found = gradients.flows(graph, target, [arrows[k].source for k in edges])
            for k, flow in zip(edges, found, strict=True):
                if arrows[k].flow is not None:
                    flows[k] = flow
    return flows


def _add_totals(graph: Folding, picture: Picture, flows: Sequence[dict[str, list[Any]]]) -> None:
    """To each arrow what its source has in all once the steps have come to it, as in a picture."""
    sums: dict[int, Any] = {}
    for k in (k for kind, k in picture.steps if kind == "edge"):
        source = picture.arrows[k].source
        if len(graph.tops[source]) == 1:
            [part] = flows[k]["parts"]
            sums[source] = sums[source] + part if source in sums else part
            flows[k]["totals"] = [sums[source]]


_TRUTHS = _Truths()


def _alone(*flowed: Callable[[Node, Any, Sequence[Any]], None]) -> AbstractContextManager[None]:
    """Recording for the page, in which the mode the program is drawn in has no part."""
    return recording(paused=False, recorder=_TRUTHS, made=(), left=(), flowed=flowed)


def _operands(graph: Folding, i: int, results: _Results) -> Places:
    """What goes into a box; None where that is not known."""
    tops, parents = graph.tops[i], graph.parents[i]
    if len(tops) == graph.counts[i] == 1:
        return [*map(results, tops[0].parents)]
    if tops and all(graph.tops[parent] for parent in parents):
        return [results(node) for node in graph.entering(i)]
    return None


def _kink(graph: Folding, i: int) -> Iterable[Any]:
    """Whether each number of a box is at a kink, as a node; nothing where there is no kink."""
    for node in graph.tops[i] if len(graph.tops[i]) == graph.counts[i] == 1 else ():
        if node.op is not None and node.op.kink is not None and node.op.listed:
            with _alone(), np.errstate(all="ignore"):
                yield node.op.kink(node, *node.args)


def _tells_entering(graph: Folding, i: int) -> bool:
    """Whether a box tells what goes in, as several nodes are in it."""
    return bool(graph.tops[i]) and (graph.counts[i] > graph.copies(i) or i in graph.scopes)


def _by_target(graph: Folding, arrows: Sequence[Arrow]) -> dict[int, list[int]]:
    """The arrows from what is drawn, by the box they lead to."""
    found: dict[int, list[int]] = {}
    for k, arrow in enumerate(arrows):
        if graph.tops[arrow.source]:
            found.setdefault(arrow.target, []).append(k)
    return found


class _Gradients:
    """What the walk finds, as nodes: ``of`` each node; what flowed from each to its operands."""

    def __init__(self, nodes: Sequence[Node], names: Names) -> None:
        self.of: dict[Node, Any] = {}
        self.received: dict[Node, Sequence[Any]] = {}
        if not names.differentiated:
            return
        root = names.root
        seed = root.grad if isinstance(root.grad, float) else np.array(root.grad)
        reached = [node for node in nodes if names.grad(node) is not None]
        with _alone(listener(self.received)), np.errstate(all="ignore"):
            found = pull_back({root: seed}, reached, recorded=True)
        self.of = dict(zip(reached, found, strict=True))

    def flows(
        self, graph: Folding, target: int, sources: Sequence[int]
    ) -> list[dict[str, list[Any]]]:
        """For each arrow to a box its local derivative and what it brings."""
        tops, parents = graph.tops[target], graph.parents[target]
        alone = len(tops) == graph.counts[target] == 1 and len(parents) == len(tops[0].parents)
        if alone and all(len(graph.tops[parent]) <= 1 for parent in parents):
            return self._of_one(tops[0], {graph.tops[source][0] for source in sources})
        return self._of_several(tops, [graph.used[source, target] for source in sources])

    def _of_one(self, node: Node, operands: set[Node]) -> list[dict[str, list[Any]]]:
        found: list[dict[str, list[Any]]] = []
        parts = self.received[node]
        try:
            local = slopes(node, recorded=True)
        except AutogradError:  # in a branch not taken, as in the picture
            local = [None] * len(parts)
        for operand, slope, part in zip(node.args, local, parts, strict=True):
            if isinstance(operand, Node) and operand in operands:
                nothing = _nothing(operand)
                single = np.size(node.data) == np.size(operand.data) == 1
                found.append(
                    {
                        "locals": [nothing if slope is None and single else slope],
                        "parts": [nothing if part is None else part],
                    }
                )
        return found

    def _of_several(
        self, tops: Sequence[Node], sources: Sequence[Sequence[Node]]
    ) -> list[dict[str, list[Any]]]:
        """What operands of a folded box receive from it in all: summed op by op."""
        parts: dict[Node, Any] = {node: _nothing(node) for nodes in sources for node in nodes}
        for node in ancestors(*tops, until=parts):
            if node in parts or node not in self.received:
                continue
            for operand, part in zip(node.args, self.received[node], strict=True):
                if part is not None and isinstance(operand, Node) and operand in parts:
                    parts[operand] = parts[operand] + part
        local: dict[Node, Any] = {}
        if len(tops) == np.size(tops[0].data) == 1:
            one = {tops[0]: _nothing(tops[0]) + 1.0}
            found_slopes = pull_back(one, [*parts], recorded=True, cut=True)
            local = dict(zip(parts, found_slopes, strict=True))
        found: list[dict[str, list[Any]]] = []
        for nodes in sources:
            flow: dict[str, list[Any]] = {
                "parts": [parts[node] for node in nodes if node in self.of]
            }
            if len(nodes) == 1 and nodes[0] in local:
                flow["locals"] = [local[nodes[0]]]
            found.append(flow)
        return found


def _nothing(node: Node) -> Any:
    return np.zeros_like(node.data) if np.ndim(node.data) else 0.0
