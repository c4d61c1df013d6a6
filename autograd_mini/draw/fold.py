"""From a recorded graph to the few boxes a picture can show: fold, collapse, cut, and say so.

A `Folding` groups nodes into boxes. Steps make coarser ones: `merge_used_once` puts a node into the
one box that uses it, `collapse_alike` draws sub-graphs of equal structure once, `cut` leaves boxes
out and puts stubs where they were. Graphs may have millions of nodes here: a step is a pass or two
over lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..node import Node, ancestors


@dataclass(frozen=True, slots=True)
class Folding:
    """Boxes of nodes, operands before results. Box i holds ``counts[i]`` recorded nodes.

    ``tops[i]`` are the nodes it stands for: the one result that leaves it, several when alike
    sub-graphs are drawn as one, none for a stub. ``parents[i]`` are the boxes of its operands.
    ``nodes`` is the whole graph.
    """

    nodes: list[Node]
    tops: list[list[Node]]
    counts: list[int]
    parents: list[tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.tops)


def one_box_a_node(root: Node) -> Folding:
    """The graph as it was recorded.

    >>> import autograd_mini as am
    >>> a = am.Value(2.0)
    >>> one_box_a_node(a * a).parents
    [(), (0, 0)]
    """
    nodes = ancestors(root)
    index = {node: i for i, node in enumerate(nodes)}
    parents = [tuple([index[a] for a in node.args if isinstance(a, Node)]) for node in nodes]
    return Folding(nodes, [[node] for node in nodes], [1] * len(nodes), parents)


def reduced(graph: Folding, limit: int, aim: int) -> Folding:
    """``graph`` in fewer boxes: folded step by step until ``aim`` is met, and cut above ``limit``.

    Labelled nodes keep a box of their own as long as that will do.
    """
    merged = merge_used_once(graph)
    if len(merged) <= aim:
        return merged
    collapsed = collapse_alike(merged)
    if len(collapsed) <= aim:
        return collapsed
    merged = merge_used_once(graph, labelled=True)
    if len(merged) <= aim:
        return merged
    collapsed = collapse_alike(merged, labelled=True)
    if len(collapsed) <= limit:
        return collapsed
    return cut(collapsed, nearest_the_end(collapsed, limit // 2))


def merge_used_once(graph: Folding, *, labelled: bool = False) -> Folding:
    """A box that only one other uses becomes part of that one; a labelled one only if asked to."""
    nobody, many = -1, -2
    user = [nobody] * len(graph)
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            user[parent] = i if user[parent] in (nobody, i) else many
    home = list(range(len(graph)))
    for i in reversed(home):
        tops = graph.tops[i]
        if user[i] >= 0 and tops and (labelled or tops[0].label is None):
            home[i] = home[user[i]]
    return _regrouped(graph, home, graph.tops)


def collapse_alike(graph: Folding, *, labelled: bool = False) -> Folding:
    """Sub-graphs of the same operations become one box; labels tell apart unless ``labelled``."""
    structure: dict[Node, int] = {}
    for node in graph.nodes:
        kind = node.op.name if node.op else np.shape(node.data)
        operands = [structure[arg] if isinstance(arg, Node) else 0 for arg in node.args]
        structure[node] = hash((kind, None if labelled else node.label, *operands))
    keys = [structure[tops[0]] if tops else hash(("stub", i)) for i, tops in enumerate(graph.tops)]
    # Inputs are alike only when boxes of the same structure use them.
    used_by: list[frozenset[int]] = [frozenset()] * len(graph)
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            if not graph.parents[parent] and keys[i] not in used_by[parent]:
                used_by[parent] |= {keys[i]}
    first: dict[tuple[int, frozenset[int]], int] = {}
    home = [first.setdefault(key, i) for i, key in enumerate(zip(keys, used_by, strict=True))]
    tops = [list(tops) for tops in graph.tops]
    for i, representative in enumerate(home):
        if i != representative:
            tops[representative] += graph.tops[i]
    return _regrouped(graph, home, tops)


def _regrouped(graph: Folding, home: list[int], tops: list[list[Node]]) -> Folding:
    """The graph with each box i inside box ``home[i]``, and no two edges between the same boxes."""
    kept = [i for i, representative in enumerate(home) if i == representative]
    if len(kept) == len(home):
        return graph
    place = {i: at for at, i in enumerate(kept)}
    counts = [0] * len(kept)
    parents: list[dict[int, None]] = [{} for _ in kept]
    for i, representative in enumerate(home):
        at = place[representative]
        counts[at] += graph.counts[i]
        for parent in graph.parents[i]:
            if home[parent] != representative:
                parents[at][place[home[parent]]] = None
    return Folding(graph.nodes, [tops[i] for i in kept], counts, [*map(tuple, parents)])


# Cutting ------------------------------------------------------------------------------------------


def within(graph: Folding, start: int, depth: int) -> set[int]:
    """The boxes at most ``depth`` steps from ``start``, operands and users alike."""
    users: list[list[int]] = [[] for _ in graph.parents]
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            users[parent].append(i)
    found, last = {start}, {start}
    for _ in range(min(depth, len(graph))):
        last = {near for i in last for near in (*graph.parents[i], *users[i])} - found
        found |= last
    return found


def nearest_the_end(graph: Folding, count: int) -> set[int]:
    """The ``count`` boxes nearest to the final result, that one at least."""
    used = {parent for parents in graph.parents for parent in parents}
    pending = [i for i in range(len(graph)) if i not in used]
    found = set(pending)
    for i in pending:
        for parent in graph.parents[i]:
            if parent not in found and len(found) < count:
                found.add(parent)
                pending.append(parent)
    return found


def cut(graph: Folding, visible: Iterable[int]) -> Folding:
    """Only the ``visible`` boxes, with stubs for what feeds them and one for what comes after.

    A hidden box counts in the first stub that it leads to. Stubs have edges on one side only: what
    a visible box gives to hidden ones, on their way to another visible one, is not drawn.
    """
    kept = sorted(visible)
    place = {i: at for at, i in enumerate(kept)}
    tops, counts = [graph.tops[i] for i in kept], [graph.counts[i] for i in kept]
    parents: list[tuple[int, ...]] = [() for _ in kept]

    def add_stub(hidden: list[int], feeders: tuple[int, ...]) -> None:
        place.update(dict.fromkeys(hidden, len(tops)))
        tops.append([])
        counts.append(sum(graph.counts[i] for i in hidden))
        parents.append(feeders)

    for at, i in enumerate(kept):
        if feeding := _upstream(graph, i, place):
            add_stub(feeding, ())
        parents[at] = tuple(place[parent] for parent in graph.parents[i])
    if after := [i for i in range(len(graph)) if i not in place]:
        feeders = {parent for i in after for parent in graph.parents[i]}.intersection(kept)
        add_stub(after, tuple(sorted(place[i] for i in feeders)))
    return Folding(graph.nodes, tops, counts, parents)


def _upstream(graph: Folding, start: int, place: dict[int, int]) -> list[int]:
    """The boxes that lead to ``start`` through boxes without a place, and have none themselves."""
    found: dict[int, None] = {}
    pending = [start]
    while pending:
        for parent in graph.parents[pending.pop()]:
            if parent not in place and parent not in found:
                found[parent] = None
                pending.append(parent)
    return list(found)
