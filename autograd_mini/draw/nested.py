"""Frames in a picture: each is laid out by itself, and then is one large box to what is around.

So no frame can overlap another, nor anything stand in one that is not its own. An arrow that
crosses frames is laid out in pieces, which meet in ports: points on the frames' sides. Within a
frame a port is an item of no width in the first or the last column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .layout import BOX_GAP, Arrangement, Edge, with_room
from .picture import Picture
from .route import Layout, Point, even_widths, route

PADDING = 18.0
TITLE = 32.0

Arrange = Callable[[Sequence[Point], Sequence[Edge], Sequence[int], Sequence[int]], Arrangement]
"""Sizes, edges, the items that stand first of all, and those that stand last."""

Item = tuple[Literal["box", "frame", "in", "out"], int]
"""A box, a frame, or a port where an arrow comes in or goes out, and its number."""


@dataclass(frozen=True, slots=True)
class Rect:
    """Where a frame stands."""

    left: float
    top: float
    width: float
    height: float


@dataclass(slots=True)
class _Level:
    """What stands in one frame, or on the page: ``items`` by number, pieces of arrows as links.

    A link is (from, to, the edge it is a piece of, the ports' number).
    """

    items: dict[Item, int] = field(default_factory=dict)
    links: dict[tuple[Item, Item, int], tuple[int, int]] = field(default_factory=dict)
    layout: Layout = field(default_factory=lambda: Layout((0.0, 0.0), [], [], [], [], False))
    size: Point = (0.0, 0.0)
    left: float = 0.0
    top: float = 0.0

    def add(self, item: Item) -> int:
        return self.items.setdefault(item, len(self.items))

    def port(self, item: Item) -> float:
        """How far a port is below the middle of the frame."""
        return self.layout.boxes[self.items[item]][1] + TITLE - self.size[1] / 2


def lay_out(
    picture: Picture,
    sizes: Sequence[Point],
    edges: Sequence[Edge],
    titles: Sequence[float],
    arrange: Arrange,
) -> tuple[Layout, list[Point], list[Rect]]:
    """The geometry of a picture, the sizes of its boxes in it, and where its frames stand.

    ``titles`` are the widths of the frames' titles.
    """
    levels = [_Level() for _ in range(len(picture.frames) + 1)]
    for i, box in enumerate(picture.boxes):
        levels[box.frame].add(("box", i))
    for i, frame in enumerate(picture.frames):
        levels[frame.outer].add(("frame", i))
    ways = [_way(picture, box.frame) for box in picture.boxes]
    pieces = [
        _pieces(levels, number, edge, ways[edge.source], ways[edge.target])
        for number, edge in enumerate(edges)
    ]
    sizes = list(sizes)
    kinds = [box.kind for box in picture.boxes]
    for i in reversed(range(-1, len(picture.frames))):
        level = levels[i]
        _lay_out_level(level, levels, sizes, kinds, edges, arrange)
        width, height = level.layout.size
        if i >= 0:
            level.size = max(width, titles[i]) + 2 * PADDING, height + TITLE + PADDING
    rects = _place(picture, levels)
    return _joined(picture, levels, edges, pieces), sizes, rects


def _way(picture: Picture, frame: int) -> list[int]:
    """The levels from the page to a frame."""
    way = [frame]
    while way[-1] >= 0:
        way.append(picture.frames[way[-1]].outer)
    return way[::-1]


def _pieces(
    levels: list[_Level], number: int, edge: Edge, out: list[int], into: list[int]
) -> list[tuple[int, int]]:
    """The pieces of an edge from source to target, as levels and the numbers of their links.

    ``out`` and ``into`` are the ways to its ends. One-way edges of a box go through the same ports.
    """
    port = number if edge.both else -1 - edge.source
    same = sum(a == b for a, b in zip(out, into, strict=False))
    pieces = []
    at: Item = ("box", edge.source)

    def link(level: int, end: Item) -> None:
        links = levels[level].links
        direct = at[0] == end[0] == "box"
        for item in (at, end):
            levels[level].add(item)
        key = at, end, number if direct else port
        place, _ = links.setdefault(key, (len(links), number))
        pieces.append((level, place))

    for level in reversed(out[same:]):
        link(level, ("out", port))
        at = ("frame", level)
    for level, inner in zip(into[same - 1 :], [*into[same:], None], strict=True):
        link(level, ("box", edge.target) if inner is None else ("frame", inner))
        at = ("in", port)
    return pieces


def _lay_out_level(
    level: _Level,
    levels: list[_Level],
    sizes: list[Point],
    kinds: Sequence[str],
    edges: Sequence[Edge],
    arrange: Arrange,
) -> None:
    """Set the layout of a level whose frames have theirs, and the ``sizes`` of its boxes."""
    local = []
    for (start, end, port), (_, number) in level.links.items():
        edge = edges[number]
        leave = 0.0 if start[0] == "in" else None
        arrive = 0.0 if end[0] == "out" else None
        if start[0] == "frame":
            leave = levels[start[1]].port(("out", port))
        if end[0] == "frame":
            arrive = levels[end[1]].port(("in", port))
        label = edge.label if end[0] == "box" else (0.0, 0.0)
        ends = level.items[start], level.items[end]
        local.append(Edge(*ends, edge.both, label, leave, arrive))
    # The gap between two items leaves room for a single arrow, but hardly for a pair.
    pair = Edge(0, 0, both=True).thickness - BOX_GAP
    extents = []
    for kind, i in level.items:
        if kind == "box":
            extents.append(sizes[i])
        elif kind == "frame":
            extents.append(levels[i].size)
        else:
            extents.append((0.0, pair if i >= 0 else 0.0))
    roomy = with_room([height for _, height in extents], local)
    for (kind, _), at in level.items.items():
        if kind == "box":
            extents[at] = extents[at][0], roomy[at]
    first = [at for (kind, _), at in level.items.items() if kind == "in"]
    last = [at for (kind, _), at in level.items.items() if kind == "out"]
    arrangement = arrange(extents, local, first, last)
    own = [kinds[i] if kind == "box" else f"{kind} {i}" for kind, i in level.items]
    extents = even_widths(arrangement, extents, own)
    for (kind, i), extent in zip(level.items, extents, strict=True):
        if kind == "box":
            sizes[i] = extent
    level.layout = route(arrangement, extents, local)


def _place(picture: Picture, levels: list[_Level]) -> list[Rect]:
    """Where the frames stand; sets where the inside of each begins."""
    rects = []
    for i, frame in enumerate(picture.frames):
        around, level = levels[frame.outer], levels[i]
        x, y = around.layout.boxes[around.items["frame", i]]
        width, height = level.size
        left, top = around.left + x - width / 2, around.top + y - height / 2
        rects.append(Rect(left, top, width, height))
        level.left, level.top = left + PADDING, top + TITLE
    return rects


def _joined(
    picture: Picture,
    levels: list[_Level],
    edges: Sequence[Edge],
    pieces: Sequence[list[tuple[int, int]]],
) -> Layout:
    """One layout of all levels."""

    def moved(at: int, points: Sequence[Point]) -> list[Point]:
        return [(x + levels[at].left, y + levels[at].top) for x, y in points]

    def box(i: int, frame: int) -> Point:
        level = levels[frame]
        return moved(frame, [level.layout.boxes[level.items["box", i]]])[0]

    forward, backward, labels = [], [], []
    for edge, ways in zip(edges, pieces, strict=True):
        there: list[Point] = []
        back: list[Point] = []
        for at, link in ways:
            there += moved(at, levels[at].layout.forward[link])
            if edge.both:
                back = moved(at, levels[at].layout.backward[link]) + back
        forward.append(there)
        backward.append(back)
        at, link = ways[-1]
        labels += moved(at, [levels[at].layout.labels[link]])
    return Layout(
        levels[-1].layout.size,
        [box(i, each.frame) for i, each in enumerate(picture.boxes)],
        forward,
        backward,
        labels,
        any(level.layout.straight for level in levels),
    )
