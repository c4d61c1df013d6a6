"""The foldings that a live page can switch between, and where each node is in them.

A page has no Python: what a reader may open must be in the file. So there is a bounded number of
foldings, and to fold or unfold a scope or a part a page takes the nearest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ..node import Scope
from ..text import one_line
from .fold import Folding, fold_scopes, reduced
from .parts import Parts

FOLDINGS, BOXES, NODES = 12, 1_000, 200_000
"""So many at most, with so many boxes in all but the first, looked at for so many nodes in all."""

LABELS, PLACES, COLUMNS = 10_000, 20, 60
"""So many labels can be searched for, each in so many boxes of a folding; as it is cut."""


def unfoldings(plain: Folding, shown: Folding, aim: int, limit: int) -> list[Folding]:
    """``shown`` and others of the same graph, in which other scopes and parts are open.

    >>> import autograd_mini as am
    >>> from .fold import one_box_a_node
    >>> with am.scope("layer"):
    ...     h = am.tanh(2 * am.Value(3.0))
    >>> plain = one_box_a_node(h + 1)
    >>> [len(graph) for graph in unfoldings(plain, plain, 100, 400)]
    [4, 2]
    """
    found = _Found(shown, min(FOLDINGS - 1, NODES // len(plain.nodes)))
    others = (opened for opened in _choices(plain, aim, limit) if opened not in found.by_opened)
    for opened in islice(others, found.more):
        found.add(_with_open(plain, opened, aim, limit))
    _open_parts(plain, shown, found, aim, limit)
    return list(found.by_opened.values())


class _Found:
    """Foldings by what stands open in them: ``shown`` and so many ``more``."""

    def __init__(self, shown: Folding, more: int) -> None:
        self.by_opened = {_opened(shown): shown}
        self.more = more
        self._room = BOXES

    def add(self, graph: Folding) -> bool:
        """Whether the folding is another and there was room for it."""
        if _opened(graph) in self.by_opened or len(graph) > self._room:
            return False
        self.by_opened[_opened(graph)] = graph
        self._room -= len(graph)
        self.more -= 1
        return True


def _open_parts(plain: Folding, shown: Folding, found: _Found, aim: int, limit: int) -> None:
    """Foldings with one part open, each with those around it, and one with all of them."""
    parts = Parts(plain, shown)
    within: list[tuple[Folding, Scope | None]] = [(shown, None)]
    for graph, around in within:
        holders: dict[int, list[Scope]] = {}
        for part, nodes in parts.of(graph):
            for i in {graph.box_of[k] for k in nodes}:
                holders.setdefault(i, []).append(part)
            inside = graph.frames[graph.box_of[min(nodes)]]
            if found.more and (around is None or around in inside):
                other = parts.opened(graph, part, nodes, aim)
                if len(other) <= limit and found.add(other):
                    within.append((other, part))
        found.by_opened[_opened(graph)] = replace(graph, parts=holders)
    everything = shown
    while found.more and len(everything) <= limit and (closed := parts.of(everything)):
        everything = parts.opened(everything, *closed[0], aim)
    if len(everything) <= limit:
        found.add(everything)


def _opened(graph: Folding) -> frozenset[Scope]:
    """The scopes that stand open in it, as frames."""
    return frozenset(scope for frame in graph.frames for scope in frame)


def _choices(plain: Folding, aim: int, limit: int) -> Iterator[frozenset[Scope]]:
    """Sets of scopes that may be open, the most wanted first.

    None and all, then one scope alone, and in a small graph all but one. Outer scopes come first;
    of those with one name the first before all others, as the bodies of a loop are alike.
    """
    around = {scope: frame[:at] for frame in plain.frames for at, scope in enumerate(frame)}
    if not around:
        return
    yield frozenset()
    if len(plain) <= limit:
        yield frozenset(around)
    first = {scope.name: scope for scope in reversed(around)}
    for scope in sorted(around, key=lambda each: (first[each.name] is not each, len(around[each]))):
        yield frozenset((*around[scope], scope))
        if len(plain) <= aim:
            inner = {each for each in around if scope in around[each]}
            yield frozenset(around.keys() - inner - {scope})


def _with_open(plain: Folding, opened: frozenset[Scope], aim: int, limit: int) -> Folding:
    """Only these scopes are open, and what is around them is folded as far as it must."""
    graph = fold_scopes(plain, _opened(plain) - opened)
    inside = sum(map(bool, graph.frames))
    if len(graph) <= aim + inside <= limit:
        return graph
    if aim + inside <= limit:
        return reduced(graph, aim + inside, limit, whole=True, opened=opened)
    return reduced(graph, aim, limit, whole=True)


class Index:
    """Where things are in foldings of one graph: ``places`` by box, ``labels`` by label.

    For each box of each of the graphs, one after the other, the boxes that it is in, or that hold
    its last result. For each label, as one line, the boxes that hold a node with it; so many more
    labels are ``unlisted``.
    """

    def __init__(self, graphs: list[Folding]) -> None:
        last = [{box: k for k, box in enumerate(graph.box_of)} for graph in graphs]
        self.places = [
            [graph.box_of[node[i]] for graph in graphs] for node in last for i in range(len(node))
        ]
        nodes: dict[str, list[int]] = {}
        for k, node in enumerate(graphs[0].nodes):
            if node.label:
                nodes.setdefault(node.label, []).append(k)
        self.labels = [
            (one_line(label, COLUMNS), [_boxes_of(graph, held) for graph in graphs])
            for label, held in islice(nodes.items(), LABELS)
        ]
        self.unlisted = len(nodes) - len(self.labels)


def _boxes_of(graph: Folding, nodes: list[int]) -> list[int]:
    return list(dict.fromkeys(graph.box_of[k] for k in nodes))[:PLACES]
