"""From an arrangement to geometry: columns get their x, edges their paths, labels their spots.

Before each column lies first a zone where edges bend and then a lane where all run level, each at
the height of its own port. Labels stand in that lane on their own arrow, so that none can meet
another line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .layout import PAIR, Arrangement, Edge, ports

STUB = 10.0
BEND_WIDEST = 90.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of a picture: middles of boxes, the arrows' points, middles of edge labels.

    Points of an arrow at one height are joined by a level line, others by a bend, or by straight
    lines if ``straight``. An edge has its forward path and, if it goes both ways, the backward one,
    which runs from target to source.
    """

    size: Point
    boxes: list[Point]
    forward: list[list[Point]]
    backward: list[list[Point]]
    labels: list[Point]
    straight: bool


def route(arrangement: Arrangement, sizes: Sequence[Point], edges: Sequence[Edge]) -> Layout:
    """Boxes of ``sizes`` and the arrows between them in the plane, all coordinates from 0 up.

    >>> from .layout import arrange
    >>> edges = [Edge(0, 1)]
    >>> layout = route(arrange([40, 40], edges), [(60, 40), (60, 40)], edges)
    >>> layout.boxes, layout.size
    ([(30.0, 20.0), (120.0, 20.0)], (150.0, 40.0))
    """
    y, height = _from_the_top(arrangement, sizes)
    column_of = {item: c for c, column in enumerate(arrangement.columns) for item in column}
    levels = _levels(arrangement, y, sizes, edges)
    columns = _columns(arrangement, sizes, edges, levels, column_of)
    boxes = [(columns[column_of[i]].middle, y[i]) for i in range(len(sizes))]
    forward, backward, labels = [], [], []
    for edge, chain, level in zip(edges, arrangement.chains, levels, strict=True):
        start = boxes[edge.source][0] + sizes[edge.source][0] / 2
        target = columns[column_of[edge.target]]
        path = [(start, level[0])]
        if not arrangement.straight:
            for item, (before, after) in zip(chain[1:], pairwise(level), strict=True):
                column = columns[column_of[item]]
                path += [(column.bend_from, before), (column.bend_to, after)]
        path.append((boxes[edge.target][0] - sizes[edge.target][0] / 2, level[-1]))
        apart = PAIR / 2 if edge.both else 0.0
        forward.append([(x, y - apart) for x, y in path])
        backward.append([(x, y + apart) for x, y in reversed(path)] if edge.both else [])
        labels.append((target.left - 1.5 * STUB - edge.label[0] / 2, level[-1] + apart))
    width = columns[-1].right if columns else 0.0
    return Layout((width, height), boxes, forward, backward, labels, arrangement.straight)


def even_widths(
    arrangement: Arrangement, sizes: Sequence[Point], kinds: Sequence[str]
) -> list[Point]:
    """The sizes with boxes of one kind in one column as wide as the widest, if that is not far."""
    even = list(sizes)
    for column in arrangement.columns:
        widest: dict[str, float] = {}
        boxes = [item for item in column if item < len(sizes)]
        for i in boxes:
            widest[kinds[i]] = max(widest.get(kinds[i], 0.0), sizes[i][0])
        for i in boxes:
            if sizes[i][0] > 0.6 * widest[kinds[i]]:
                even[i] = widest[kinds[i]], sizes[i][1]
    return even


def _from_the_top(arrangement: Arrangement, sizes: Sequence[Point]) -> tuple[list[float], float]:
    """The items' heights counted down from the highest thing there is, and how far down it goes."""
    half = [height / 2 for _, height in sizes]
    half += [PAIR] * (len(arrangement.y) - len(half))
    top = min((y - h for y, h in zip(arrangement.y, half, strict=True)), default=0.0)
    bottom = max((y + h for y, h in zip(arrangement.y, half, strict=True)), default=0.0)
    return [y - top for y in arrangement.y], bottom - top


def _levels(
    arrangement: Arrangement, y: list[float], sizes: Sequence[Point], edges: Sequence[Edge]
) -> list[list[float]]:
    """For each edge the heights it runs at: its port's, its dummies', its other port's."""
    out, into = ports(arrangement, [height for _, height in sizes], edges)
    return [
        [y[source] + leave, *(y[dummy] for dummy in dummies), y[target] + arrive]
        for (source, *dummies, target), leave, arrive in zip(
            arrangement.chains, out, into, strict=True
        )
    ]


@dataclass(frozen=True, slots=True)
class _Column:
    """Where edges begin and end to bend before a column, and the column itself."""

    bend_from: float
    bend_to: float
    left: float
    right: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def _columns(
    arrangement: Arrangement,
    sizes: Sequence[Point],
    edges: Sequence[Edge],
    levels: list[list[float]],
    column_of: dict[int, int],
) -> list[_Column]:
    """The columns side by side, each behind room for its bends and its widest label."""
    jump, lane = [0.0] * len(arrangement.columns), [0.0] * len(arrangement.columns)
    for edge, chain, level in zip(edges, arrangement.chains, levels, strict=True):
        for item, (before, after) in zip(chain[1:], pairwise(level), strict=True):
            c = column_of[item]
            jump[c] = max(jump[c], abs(after - before))
        lane[c] = max(lane[c], edge.label[0] and edge.label[0] + STUB)
    columns: list[_Column] = []
    x = 0.0
    for c, items in enumerate(arrangement.columns):
        bend_from = x + STUB
        # Where all runs level anyway, a label is room enough.
        bends = jump[c] or not lane[c]
        widest = BEND_WIDEST if lane[c] else 2 * BEND_WIDEST
        bend_to = bend_from + (min(widest, STUB + 0.55 * jump[c]) if bends else 0.0)
        left = bend_to + lane[c] + STUB if c else 0.0
        x = left + max((sizes[item][0] for item in items if item < len(sizes)), default=0.0)
        columns.append(_Column(bend_from, bend_to, left, x))
    return columns
