"""Which scopes a picture draws around each node, so that a frame never holds what is not its own.

A scope can be drawn as one box, folded or open, only if no path leaves it and comes in again: else
the arrows between boxes would run in a circle. What one ``with`` makes is of that kind; what an
asynchronous task makes later, which began within it, need not be.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from ..node import Node, Scope

Frame = tuple[Scope, ...]
"""The scopes around a box, outermost first."""

DEEPEST = 6


def frames_of(nodes: Sequence[Node], parents: Sequence[Sequence[int]]) -> list[Frame]:
    """For each node the scopes it is drawn in; those below the sixth are part of that one.

    An unlabelled input, such as a weight, stands in the scope that alone uses it.
    """
    scopes: list[Scope | None] = [getattr(node, "scope", None) for node in nodes]
    known: dict[Scope | None, Frame] = {None: ()}
    frames = [known.get(scope) or _with_outer(scope, known) for scope in scopes]
    if not any(frames):
        return frames
    shared: dict[int, Frame] = {}
    for frame, operands in zip(frames, parents, strict=True):
        for i in operands:
            if nodes[i].op is None and not nodes[i].label:
                shared[i] = _common(shared.get(i, frame), frame)
    for i, frame in shared.items():
        if frame[: len(frames[i])] == frames[i]:
            frames[i] = frame
    return _without_circles(frames, parents)


def _with_outer(scope: Scope | None, known: dict[Scope | None, Frame]) -> Frame:
    inner = []
    while scope not in known:
        inner.append(scope)
        scope = scope and scope.outer
    for each in reversed(inner):
        known[each] = (*known[scope], *filter(None, [each]))[:DEEPEST]
        scope = each
    return known[scope]


def _common(one: Frame, other: Frame) -> Frame:
    """The scopes that both frames begin with."""
    if one == other:
        return one
    same = [a for a, b in zip(one, other, strict=False) if a is b]
    return one[: len(same)]


def _without_circles(frames: list[Frame], parents: Sequence[Sequence[int]]) -> list[Frame]:
    """The frames without scopes that a path leaves and enters again."""
    depth = 0
    while depth < max(map(len, frames)):
        wrong = _in_circles(frames, parents, depth)
        if wrong:
            frames = [tuple([s for s in frame if s not in wrong]) for frame in frames]
        else:
            depth += 1
    return frames


def _in_circles(frames: list[Frame], parents: Sequence[Sequence[int]], depth: int) -> set[Scope]:
    """The scopes at one depth that lie on a circle, or between two, when each of them is one."""
    number: dict[Scope, int] = {}
    group: list[int] = []
    owner: list[Scope | None] = []
    for frame in frames:
        scope = frame[depth] if len(frame) > depth else None
        at = len(owner) if scope is None else number.setdefault(scope, len(owner))
        group.append(at)
        if at == len(owner):
            owner.append(scope)
    feeders: list[list[int]] = [[] for _ in owner]
    users: list[list[int]] = [[] for _ in owner]
    for at, operands in zip(group, parents, strict=True):
        for parent in operands:
            if group[parent] != at:
                feeders[at].append(group[parent])
                users[group[parent]].append(at)
    free = fed_first(feeders)
    if len(free) == len(owner):
        return set()
    left = set(range(len(owner))).difference(free, fed_first(users))
    return {scope for i in left if (scope := owner[i]) is not None}


def fed_first(feeders: Sequence[Iterable[int]]) -> list[int]:
    """An order in which each comes after its feeders, else by number; without circles and after.

    >>> fed_first([[2], [], [1], [4], [3]])
    [1, 2, 0]
    """
    users: list[list[int]] = [[] for _ in feeders]
    waits = [0] * len(feeders)
    for i, each in enumerate(feeders):
        for feeder in each:
            users[feeder].append(i)
            waits[i] += 1
    ready = [i for i, count in enumerate(waits) if not count]
    order = []
    while ready:
        i = heapq.heappop(ready)
        order.append(i)
        for user in users[i]:
            waits[user] -= 1
            if not waits[user]:
                heapq.heappush(ready, user)
    return order
