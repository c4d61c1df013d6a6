"""Parts: what a live page opens of boxes that hold several nodes and are no scope.

Of alike sub-graphs drawn as one the first is opened, in a frame of its own beside the others. To it
belongs whatever leads to its result and to nothing else, so that of a loop over examples the first
example is seen, in whatever boxes it was. What a single box has taken in, as a sum its terms, is
opened likewise. No path leaves a part and comes in again: it leaves by the result alone. What is
too large to be seen node by node is cut into sections, nodes that follow one another in the order
of recording, and each of these is opened in its turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..node import Node, Scope
from .fold import UNIT, Folding, in_order, regrouped

OPENING = 3
"""So many of the sections of a box are opened."""


@dataclass(frozen=True, slots=True, eq=False)
class Part(Scope):
    """The frame of a part, by its result ``top``: of one box, or the first of ``copies`` alike."""

    top: Node
    copies: int


class Parts:
    """The parts of ``shown``, a folding of ``plain``, which has one box a node."""

    def __init__(self, plain: Folding, shown: Folding) -> None:
        self._plain = plain
        self._place = {node: k for k, node in enumerate(plain.nodes)}
        self._uses = [0] * len(plain)
        for parents in plain.parents:
            for parent in parents:
                self._uses[parent] += 1
        self._known: dict[tuple[Node, int], Part] = {}
        self._sections: dict[tuple[int, int], Scope] = {}
        self._opening: set[Scope] = set()
        # Of single boxes that look alike within, the first: there is no room for all of them.
        first: dict[Any, Node] = {}
        for i, tops in enumerate(shown.tops):
            if tops and tops[0].op is not None:
                alone = shown.copies(i) == 1
                first.setdefault((tops[0].op, shown.counts[i]) if alone else i, tops[0])
        self._tops = {*first.values()}

    def of(self, graph: Folding) -> list[tuple[Scope, set[int]]]:
        """What may be opened in a folding, alike parts first: each with its nodes' places."""
        found: list[tuple[Scope, set[int]]] = []
        for i, scopes in graph.scopes.items():
            if scopes[0] in self._opening:
                found.append((scopes[0], {k for k, box in enumerate(graph.box_of) if box == i}))
        known: set[int] = set()
        # What is left out has no arrows that could be told.
        for i in reversed(range(len(graph)) if all(graph.tops) else ()):
            top, copies = graph.tops[i][0], graph.copies(i)
            folded = graph.counts[i] > 1 and i not in graph.scopes
            if not folded or top not in self._tops or self._place[top] in known:
                continue
            nodes = self._leading_to(top, graph, _beside(graph, i) if copies > 1 else {i})
            known |= nodes
            part = self._known.setdefault((top, copies), _part(top, copies))
            found.append((part, nodes))
        return sorted(found, key=lambda each: not isinstance(each[0], Part) or each[0].copies == 1)

    def _leading_to(self, top: Node, graph: Folding, boxes: Collection[int]) -> set[int]:
        """The nodes in these boxes that lead to this one and to nothing else."""
        found, pending = set(), [self._place[top]]
        waits: dict[int, int] = {}
        while pending:
            k = pending.pop()
            found.add(k)
            for parent in self._plain.parents[k]:
                waits[parent] = waits.get(parent, self._uses[parent]) - 1
                if not waits[parent] and graph.box_of[parent] in boxes:
                    pending.append(parent)
        return found

    def opened(self, graph: Folding, part: Scope, nodes: Collection[int], most: int) -> Folding:
        """``graph`` with a part of it in a frame: node by node, or a large one in its boxes.

        Of a single box with more than ``most`` nodes these are sections.
        """
        alike = isinstance(part, Part) and part.copies > 1
        one_by_one = len(nodes) <= UNIT if alike else True
        firsts: dict[tuple[int, bool], int] = {}
        home = [
            k if one_by_one and k in nodes else firsts.setdefault((box, k in nodes), k)
            for k, box in enumerate(graph.box_of)
        ]
        tops, frames = list(self._plain.tops), list(self._plain.frames)
        for k in nodes:
            frames[k] = (*graph.frames[graph.box_of[k]], part)
        for (box, inside), k in firsts.items():
            tops[k] = [top for top in graph.tops[box] if (self._place[top] in nodes) == inside]
            if not inside:
                frames[k] = graph.frames[box]
        scopes = {
            firsts[box, False]: its for box, its in graph.scopes.items() if (box, False) in firsts
        }
        if not alike and len(nodes) > most:
            for section, scope in self._cut(sorted(nodes)):
                for k in section:
                    home[k] = section[0]
                tops[section[0]] = [self._plain.nodes[k] for k in self._leaving(section)]
                scopes[section[0]] = [scope]
        whole = replace(self._plain, tops=tops, frames=frames, scopes=scopes)
        return in_order(regrouped(whole, home))

    def _cut(self, nodes: list[int]) -> Iterator[tuple[list[int], Scope]]:
        """Some ``UNIT`` sections of the nodes, each with its scope; the first ones will open."""
        each = -(-len(nodes) // UNIT)
        for at in range(0, len(nodes) - 1, each):
            section = nodes[at : at + each]
            name = f"nodes {at + 1:,} … {at + len(section):,} of {len(nodes):,}"
            scope = self._sections.setdefault((section[0], section[-1]), Scope(name, None))
            if at < OPENING * each:
                self._opening.add(scope)
            yield section, scope

    def _leaving(self, section: list[int]) -> list[int]:
        """The nodes of a section that others use, or nobody."""
        inside = Counter(parent for k in section for parent in self._plain.parents[k])
        return [k for k in section if inside[k] < self._uses[k] or not self._uses[k]]


def _part(top: Node, copies: int) -> Part:
    return Part(f"part 1 of {copies:,}" if copies > 1 else "", None, top, copies)


def _beside(graph: Folding, i: int) -> set[int]:
    """The boxes in the same frame that are no scopes."""
    around = graph.frames[i]
    return {j for j, each in enumerate(graph.frames) if each == around and j not in graph.scopes}
