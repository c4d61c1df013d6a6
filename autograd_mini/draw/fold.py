"""From a recorded graph to the few boxes a picture can show: fold, collapse, cut, and say so.

A `Folding` groups nodes into boxes. Steps make coarser ones: `fold_scopes` draws a scope as one
box, `merge_used_once` puts a box into the one box that uses it, `collapse_alike` draws sub-graphs
of equal structure once, `cut` leaves boxes out and puts stubs where they were. Graphs may have
millions of nodes here: a step is a pass or two over lists.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..node import Node, Scope, ancestors
from .scopes import Frame, fed_first, frames_of

UNIT = 40


@dataclass(frozen=True)
class Folding:
    """Boxes of nodes, operands before results. Box i holds ``counts[i]`` recorded nodes.

    ``tops[i]`` are the nodes it stands for: the one result that leaves it, all that leave a scope,
    several when alike sub-graphs are drawn as one, none for a stub. ``parents[i]`` are the boxes of
    its operands, ``frames[i]`` the scopes it is drawn in, ``scopes[i]`` those that it is itself.
    ``nodes`` is the whole graph, and ``box_of[k]`` the box that holds its k-th node. ``parts[i]``
    are the frames that another folding draws around something of box i.
    """

    nodes: list[Node]
    box_of: list[int]
    tops: list[list[Node]]
    counts: list[int]
    parents: list[tuple[int, ...]]
    frames: list[Frame]
    scopes: dict[int, list[Scope]] = field(default_factory=dict)
    parts: dict[int, list[Scope]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.tops)

    def copies(self, i: int) -> int:
        """How many alike sub-graphs box i shows as one."""
        return len(self.scopes.get(i, self.tops[i]))

    @cached_property
    def used(self) -> dict[tuple[int, int], list[Node]]:
        """For each arrow, as (source, target), the nodes of the one box that the other uses."""
        home = dict(zip(self.nodes, self.box_of, strict=True))
        operands: dict[int, set[Node]] = {}
        for node, target in home.items():
            outside = [parent for parent in node.parents if home[parent] != target]
            operands.setdefault(target, set()).update(outside)
        return {
            (source, target): [top for top in self.tops[source] if top in operands[target]]
            for target, parents in enumerate(self.parents)
            for source in parents
        }

    def entering(self, i: int) -> list[Node]:
        """What box i uses of others, each once."""
        found = (top for source in self.parents[i] for top in self.used[source, i])
        return list(dict.fromkeys(found))


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
    tops = [[node] for node in nodes]
    box_of = list(range(len(nodes)))
    return Folding(nodes, box_of, tops, [1] * len(nodes), parents, frames_of(nodes, parents))


def reduced(
    graph: Folding, aim: int, limit: int, *, whole: bool, opened: Collection[Scope] = ()
) -> Folding:
    """``graph`` in at most ``aim`` boxes by the finest folding that will do, or cut to ``limit``.

    Coarser and coarser: scopes are folded, the innermost first; small parts go into the box that
    uses them; alike boxes are drawn as one; parts of any size go into the box that uses them; then
    names of scopes tell no longer apart; then labelled nodes lose their boxes too, and so does the
    inside of scopes that are most of the graph.
    With ``whole`` all of a kind is folded or none of it, else no more than ``aim`` asks for.
    Scopes that are ``opened`` stay so, and nothing in them goes into what uses it.
    """
    structure, told_apart = _structure(graph.nodes), _structure(graph.nodes, labels=True)
    merged = graph = _small_scopes_folded(graph, aim, opened)
    for labelled, named in (False, True), (False, False), (True, False):
        if labelled:
            outermost = {frame[0] for frame in graph.frames if frame}
            graph = fold_scopes(graph, outermost.difference(opened))
        alike = structure if labelled else told_apart
        for most in (UNIT, math.inf) if named or labelled or graph.scopes else ():
            if len(merged) > aim:
                merged = merge_used_once(
                    graph, structure, aim, most, labelled=labelled, whole=whole, opened=opened
                )
            if len(merged) > aim:
                merged = collapse_alike(merged, alike, names=named)
    if len(merged) <= limit:
        return merged
    return cut(merged, nearest_the_end(merged, min(aim, limit) // 2))


def _small_scopes_folded(graph: Folding, aim: int, opened: Collection[Scope]) -> Folding:
    """Scopes folded from the innermost out, as far as ``aim`` asks for.

    One that holds half of all there is stays open: its inside is the picture.
    """
    sizes = Counter(scope for frame in graph.frames for scope in frame)
    half = len(graph) / 2
    for depth in reversed(range(max(map(len, graph.frames)))):
        if len(graph) > aim:
            deep = {frame[depth] for frame in graph.frames if len(frame) > depth}
            deep.difference_update(opened)
            graph = fold_scopes(graph, {scope for scope in deep if sizes[scope] < half})
    return graph


def fold_scopes(graph: Folding, folded: Collection[Scope]) -> Folding:
    """Each of the scopes becomes one box, unless it is within another of them."""
    groups: dict[Scope, list[int]] = {}
    for i, frame in enumerate(graph.frames if folded else ()):
        if outermost := next((scope for scope in frame if scope in folded), None):
            groups.setdefault(outermost, []).append(i)
    if not groups:
        return graph
    home = list(range(len(graph)))
    for members in groups.values():
        for i in members:
            home[i] = members[0]
    used: set[int] = set()
    leaves: set[int] = set()
    for i, parents in enumerate(graph.parents):
        used.update(parents)
        leaves.update(parent for parent in parents if home[parent] != home[i])
    tops, frames, scopes = list(graph.tops), list(graph.frames), dict(graph.scopes)
    for scope, members in groups.items():
        first = members[0]
        tops[first] = [
            top for i in members if i in leaves or i not in used for top in graph.tops[i]
        ]
        frames[first] = frames[first][: frames[first].index(scope)]
        scopes[first] = [scope]
    whole = replace(graph, tops=tops, frames=frames, scopes=scopes)
    return in_order(regrouped(whole, home))


def in_order(graph: Folding) -> Folding:
    """The same boxes, operands before results."""
    order = fed_first(graph.parents)
    place = {i: at for at, i in enumerate(order)}
    return replace(
        graph,
        box_of=[place[i] for i in graph.box_of],
        tops=[graph.tops[i] for i in order],
        counts=[graph.counts[i] for i in order],
        parents=[tuple([place[parent] for parent in graph.parents[i]]) for i in order],
        frames=[graph.frames[i] for i in order],
        scopes={place[i]: scopes for i, scopes in graph.scopes.items()},
    )


def merge_used_once(
    graph: Folding,
    structure: dict[Node, int],
    aim: int,
    most: float,
    *,
    labelled: bool,
    whole: bool,
    opened: Collection[Scope],
) -> Folding:
    """Boxes that only one other uses become part of that one, the smallest parts first.

    Where there are as many of a kind as of what uses it, as in the layers of a network and the body
    of a loop, nothing is lost. Else a box takes in no more than ``most`` nodes of one kind: a sum
    over thousands keeps its terms. A picture keeps some input: if all would go, none does. Nothing
    leaves its scope, and a folded scope is kept as a labelled node is.
    """
    user = only_users(graph)
    kind = _kinds(graph, structure)
    many = Counter(kind)
    size = list(graph.counts)
    costs: dict[int, tuple[float, int]] = {}
    for i, tops in enumerate(graph.tops):
        if user[i] < 0 or not tops or graph.frames[i] != graph.frames[user[i]]:
            continue
        if any(scope in opened for scope in graph.frames[i]):
            continue
        if not labelled and (tops[0].label or i in graph.scopes):
            continue
        each = many[kind[i]] / many[kind[user[i]]]
        taken = 1.0 if tops[0].op is None else each != 1 and each * size[i]
        if taken <= most:
            costs[i] = taken, 0 if whole else size[i]
            size[user[i]] += size[i]
    inputs = [i for i, tops in enumerate(graph.tops) if tops and tops[0].op is None]
    if all(i in costs for i in inputs):
        for i in inputs:
            del costs[i]
    needed = len(graph) - aim
    worst = sorted(costs.values())[:needed][-1:]
    home = list(range(len(graph)))
    for i in reversed(home):
        if i in costs and [costs[i]] <= worst:
            home[i] = home[user[i]]
    return regrouped(graph, home)


def only_users(graph: Folding) -> list[int]:
    """For each box the one that uses it, or a negative number where there is none or several."""
    nobody, many = -1, -2
    user = [nobody] * len(graph)
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            user[parent] = i if user[parent] in (nobody, i) else many
    return user


def _structure(nodes: Iterable[Node], *, labels: bool = False) -> dict[Node, int]:
    """A number for each node, the same for results of the same operations on alike operands.

    With ``labels`` they tell apart.
    """
    number: dict[tuple[Any, ...], int] = {}
    structure: dict[Node, int] = {}
    for node in nodes:
        op, data, label = node.op, node.data, node.label if labels else None
        kind: Any = op if op is not None else () if data.__class__ is float else np.shape(data)
        operands = [structure[arg] if isinstance(arg, Node) else 0 for arg in node.args]
        key = (kind, label, *operands)
        structure[node] = number.setdefault(key, len(number) + 1)
    return structure


def _kinds(graph: Folding, structure: dict[Node, int], *, names: bool = False) -> list[int]:
    """A number for each box, the same for those of one ``structure``; stubs are like nothing else.

    That of a scope is what leaves it. With ``names`` these tell scopes apart.
    """
    kinds = [structure[tops[0]] if tops else -1 - i for i, tops in enumerate(graph.tops)]
    number: dict[tuple[Any, ...], int] = {}
    for i, scopes in graph.scopes.items():
        key = scopes[0].name if names else "", *[structure[top] for top in graph.tops[i]]
        kinds[i] = -1 - len(graph) - number.setdefault(key, len(number))
    return kinds


def collapse_alike(graph: Folding, structure: dict[Node, int], *, names: bool = False) -> Folding:
    """Sub-graphs of the same ``structure`` become one box; ``names`` tell scopes apart."""
    kinds = _kinds(graph, structure, names=names)
    # Inputs are alike only when boxes of the same structure use them.
    used_by: dict[int, set[int]] = {}
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            if not graph.parents[parent]:
                used_by.setdefault(parent, set()).add(kinds[i])
    # Results of one structure come from operands of one, so no circle can form. But a scope has
    # several results, and may depend on one box and feed its like: there operands must be the same.
    strict = any(graph.frames) or bool(graph.scopes)
    first: dict[tuple[Any, ...], int] = {}
    home: list[int] = []
    for i, parents in enumerate(graph.parents):
        fed_by = [home[p] if graph.parents[p] else graph.frames[p] for p in parents if strict]
        key = (kinds[i], frozenset(used_by.get(i, ())), graph.frames[i], *fed_by)
        home.append(first.setdefault(key, i))
    tops = [list(tops) for tops in graph.tops]
    scopes = {i: list(each) for i, each in graph.scopes.items()}
    for i, representative in enumerate(home):
        if i != representative:
            tops[representative] += graph.tops[i]
            if i in graph.scopes:
                scopes[representative] += graph.scopes[i]
    return regrouped(replace(graph, tops=tops, scopes=scopes), home)


def regrouped(graph: Folding, home: list[int]) -> Folding:
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
    return Folding(
        graph.nodes,
        [place[home[i]] for i in graph.box_of],
        [graph.tops[i] for i in kept],
        counts,
        [*map(tuple, parents)],
        [graph.frames[i] for i in kept],
        {place[i]: scopes for i, scopes in graph.scopes.items() if i in place},
    )


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
    frames = [graph.frames[i] for i in kept]
    scopes = {place[i]: scopes for i, scopes in graph.scopes.items() if i in place}

    def add_stub(hidden: list[int], feeders: tuple[int, ...]) -> None:
        place.update(dict.fromkeys(hidden, len(tops)))
        tops.append([])
        counts.append(sum(graph.counts[i] for i in hidden))
        parents.append(feeders)
        frames.append(())

    for at, i in enumerate(kept):
        if feeding := _upstream(graph, i, place):
            add_stub(feeding, ())
        parents[at] = tuple(place[parent] for parent in graph.parents[i])
    if after := [i for i in range(len(graph)) if i not in place]:
        feeders = {parent for i in after for parent in graph.parents[i]}.intersection(kept)
        add_stub(after, tuple(sorted(place[i] for i in feeders)))
    box_of = [place[i] for i in graph.box_of]
    return Folding(graph.nodes, box_of, tops, counts, parents, frames, scopes)


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
