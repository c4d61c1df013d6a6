"""Paths from a result to a variable: how many there are, and which weigh most.

A graph may have millions of nodes, and more paths than could ever be listed. What is here goes over
each edge a few times and over each path that is asked for, never over all paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush, nsmallest
from itertools import count, islice

from ..node import Node

Edges = dict[Node, tuple[int, ...]]
"""For each node on a path which of its operands are, too. The variable is first, the root last."""

Steps = Sequence[int]
"""A path: which operand it goes on to from each node, from the root on."""


def edges_between(order: Iterable[Node], variable: Node) -> Edges:
    """The edges of all paths to ``variable`` from the last of ``order``, its ancestors and itself.

    >>> import autograd_mini as am
    >>> from autograd_mini.explain.paths import edges_between
    >>> from autograd_mini.node import ancestors
    >>> a = am.Value(3.0, "a")
    >>> edges_between(ancestors(2 * a * a), a)
    {Value(3.0, 'a'): (), Value(6.0): (1,), Value(18.0): (0, 1)}
    """
    edges: Edges = {}
    same: dict[tuple[int, ...], tuple[int, ...]] = {}
    for node in order:
        if node is variable:
            edges[node] = ()
        elif node.op is not None and node.op.records:
            found = [i for i, x in enumerate(node.args) if isinstance(x, Node) and x in edges]
            if found:
                operands = tuple(found)
                edges[node] = same.setdefault(operands, operands)  # many nodes share a few tuples
    return edges


def count_paths(edges: Edges) -> int:
    """How many paths there are.

    >>> import autograd_mini as am
    >>> from autograd_mini.explain.paths import count_paths, edges_between
    >>> from autograd_mini.node import ancestors
    >>> a = u = am.Value(1.0)
    >>> for _ in range(100):
    ...     u = u + u
    >>> count_paths(edges_between(ancestors(u), a)) == 2**100
    True
    """
    here = 0
    ways = dict.fromkeys(islice(reversed(edges), 1), 1)
    for node, operands in reversed(edges.items()):
        here = ways.pop(node)  # popped, for such numbers may have very many digits
        args = node.args
        for i in operands:
            ways[args[i]] = ways.get(args[i], 0) + here
    return here


def nodes_of(edges: Edges, steps: Steps) -> Iterator[Node]:
    """The nodes of a path, the root first."""
    node = next(reversed(edges))
    yield node
    for i in steps:
        node = node.args[i]
        yield node


Family = tuple[float, int, list[int], int, tuple[int, ...]]
"""Paths that share the first steps of a path, so many, and then one of their own.

With what the best of them loses to the best of all, and a number to break ties.
"""


def largest(edges: Edges, weight: Callable[[Node, int], float], most: int) -> list[Steps]:
    """The ``most`` paths of the largest weight, the largest first; of equals the shorter.

    A path weighs the sum of its steps, ``weight(node, i)`` from a node to its operand i, a finite
    number. Paths that leave a listed one by the same step are a family whose best is known at once;
    when that one is listed, the families that leave it take its place (Lawler 1972, "A procedure
    for computing the K best solutions to discrete optimization problems").
    """
    best: dict[Node, tuple[float, int]] = {}
    first: dict[Node, int] = {}

    def reach(node: Node, i: int) -> tuple[float, int]:
        """The weight of the best path by that operand, and minus its length."""
        further, length = best[node.args[i]]
        return further + weight(node, i), length - 1

    for node, operands in edges.items():
        best[node] = (0.0, 0)
        for i in operands:
            found = reach(node, i)
            if node not in first or found > best[node]:
                best[node], first[node] = found, i

    ties = count()

    def completed(lost: float, node: Node, steps: list[int]) -> Iterator[Family]:
        """Go on from ``node`` in the best way; the families that leave it."""
        while node in first:
            for i in edges[node]:
                if i != first[node]:
                    loss = lost + best[node][0] - reach(node, i)[0]
                    yield loss, next(ties), steps, len(steps), (i,)
            steps.append(first[node])
            node = node.args[first[node]]

    paths: list[Steps] = []
    waiting: list[Family] = [(0.0, next(ties), [], 0, ())]
    while waiting and len(paths) < most:
        lost, _, left, shared, step = heappop(waiting)
        steps = [*left[:shared], *step]
        *_, node = nodes_of(edges, steps)
        for family in nsmallest(most - len(paths), completed(lost, node, steps)):
            heappush(waiting, family)
        paths.append(steps)
    return paths
