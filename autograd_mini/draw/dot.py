"""DOT: the text of a picture for other tools, and an arrangement by the system's own `dot`.

`source` is for people's tools and has every word. `arrange_by_dot` sends bare boxes of fixed size,
reads back where they stand, and leaves all drawing to `svg.py`.
"""

from __future__ import annotations

import subprocess
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from ..errors import DrawError
from ..text import one_line
from .layout import (
    BOX_GAP,
    Arrangement,
    Edge,
    distances,
    ranks_from_the_right,
    settle,
    too_many_to_bend,
    with_dummies,
)
from .picture import Box, Picture
from .route import Point
from .svg import PALETTE

POINTS = 72.0
# Some readers of DOT take no string longer than 16 kB.
TOOLTIP_COLUMNS = 1_000


def source(picture: Picture) -> str:
    """The picture as DOT, for any tool that reads it."""
    import graphviz  # type: ignore[import-untyped]  # published without types

    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "fontname": "sans-serif"},
        node_attr={"shape": "box", "style": "rounded", "fontname": "sans-serif"},
        edge_attr={"fontname": "sans-serif", "fontsize": "10"},
    )
    if picture.notes:
        graph.attr(label=_lines(*picture.notes), labelloc="b", labeljust="l")
    clusters = [
        graphviz.Digraph(
            f"cluster_{i}",
            graph_attr={"label": _lines(frame.name), "labeljust": "l", "style": "rounded"},
        )
        for i, frame in enumerate(picture.frames)
    ]
    for i, box in enumerate(picture.boxes):
        around = graph if box.frame < 0 else clusters[box.frame]
        around.node(f"n{i}", _label(box), tooltip=_tooltip(box.hover), **_style(box))
    for i, frame in reversed([*enumerate(picture.frames)]):
        clusters[i].attr(tooltip=_tooltip(frame.hover))
        (graph if frame.outer < 0 else clusters[frame.outer]).subgraph(clusters[i])
    blue, red = PALETTE["forward"][1], PALETTE["backward"][1]
    for arrow in picture.arrows:
        source, target = f"n{arrow.source}", f"n{arrow.target}"
        graph.edge(source, target, color=blue)
        if arrow.backward is not None:
            paint = {"color": red, "fontcolor": red, "style": "dashed"}
            graph.edge(target, source, _lines(arrow.backward), constraint="false", **paint)
    text: str = graph.source
    return text


def _lines(*texts: str) -> str:
    """Texts as the lines of a DOT label: every sign stands for itself, be it backslash or <...>."""
    import graphviz

    label: str = graphviz.nohtml("\\n".join(map(graphviz.escape, texts)))
    return label


def _tooltip(hover: str) -> str:
    return _lines(*(one_line(line, TOOLTIP_COLUMNS) for line in hover.splitlines()))


def _label(box: Box) -> str:
    return _lines(*filter(None, [box.expression, box.detail, box.value, box.dvar]))


def _style(box: Box) -> dict[str, str]:
    style = {"shape": "ellipse"} if box.kind == "input" else {}
    if box.kind == "stub":
        style["style"] = "rounded,dashed"
    if box.output:
        style["penwidth"] = "3"
    return style


# Positions ----------------------------------------------------------------------------------------


def arrange_by_dot(
    program: str,
    sizes: Sequence[Point],
    edges: Sequence[Edge],
    first: Sequence[int],
    last: Sequence[int],
    seconds: float,
) -> Arrangement:
    """What `layout.arrange` does, done by the ``program`` dot.

    DrawError where it fails, or takes more than so many ``seconds``.
    """
    straight = too_many_to_bend(ranks_from_the_right(len(sizes), edges), edges)
    plain = _run(program, _skeleton(sizes, edges, straight, first, last), seconds)
    try:
        return read_plain(plain, [height for _, height in sizes], edges, straight)
    except (LookupError, ValueError) as error:
        raise DrawError("dot's answer cannot be read; engine='builtin' needs none") from error


def _skeleton(
    sizes: Sequence[Point],
    edges: Sequence[Edge],
    straight: bool,
    first: Sequence[int],
    last: Sequence[int],
) -> str:
    """Boxes without a word in them, so that neither fonts nor labels matter."""
    lines = [
        "digraph {",
        f"rankdir=LR; ranksep=1; nodesep={BOX_GAP / POINTS:.3f}",
        f"splines={'no' if straight else 'yes'}",
        'node [shape=box, fixedsize=yes, label=""]',
    ]
    for i, extent in enumerate(sizes):
        width, height = (max(length, 1.0) / POINTS for length in extent)
        lines.append(f"n{i} [width={width:.4f}, height={height:.4f}]")
    for rank, boxes in ("source", first), ("max", last):
        if boxes:
            lines.append(f"{{rank={rank}; {'; '.join(f'n{i}' for i in boxes)}}}")
    lines += [f"n{edge.source} -> n{edge.target}" for edge in edges]
    return "\n".join([*lines, "}"])


def _run(program: str, text: str, seconds: float) -> str:
    try:
        done = subprocess.run(
            [program, "-Tplain"],
            input=text,
            capture_output=True,
            timeout=seconds,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise DrawError(
            f"dot took more than {seconds:g} s for this layout; engine='builtin' does it faster"
        ) from error
    except OSError as error:
        raise DrawError(f"dot cannot be run: {error}; engine='builtin' needs none") from error
    if done.returncode:
        raise DrawError(f"dot failed: {done.stderr.strip()}; engine='builtin' needs none")
    return done.stdout


def read_plain(
    plain: str, heights: Sequence[float], edges: Sequence[Edge], straight: bool
) -> Arrangement:
    """Dot's ``-Tplain`` output as an arrangement, with the gaps between items that are ours.

    >>> plain = "node n0 1 2 1 1\\nnode n1 3 2 1 1\\nedge n0 n1 4 1.5 2 2 2 2 2 2.5 2\\nstop"
    >>> read_plain(plain, [40, 40], [Edge(0, 1)], straight=False).columns
    [[0], [1]]
    """
    middles, splines = _parsed(plain, len(heights))
    xs = sorted({round(x) for x, _ in middles})
    ranks = [bisect_left(xs, round(x)) for x, _ in middles]
    columns, chains = with_dummies(ranks, edges, straight)
    y = [y for _, y in middles] + [0.0] * (sum(map(len, columns)) - len(middles))
    for edge, chain in zip(edges, chains, strict=True):
        spline = splines[f"n{edge.source}", f"n{edge.target}"].pop()
        for x, dummy in zip(xs[ranks[edge.source] + 1 :], chain[1:-1], strict=False):
            y[dummy] = _height_at(spline, x)
    for column in columns:
        column.sort(key=y.__getitem__)
    arrangement = Arrangement(columns, chains, y, straight)
    for column, gaps in zip(columns, distances(arrangement, heights, edges), strict=True):
        settle(column, gaps, [y[item] for item in column], [1.0] * len(column), y)
    return arrangement


def _parsed(plain: str, count: int) -> tuple[list[Point], dict[tuple[str, str], list[list[Point]]]]:
    """The middles of boxes and the control points of the edges between each two, y downwards."""
    at: dict[str, Point] = {}
    splines: dict[tuple[str, str], list[list[Point]]] = {}
    for line in plain.splitlines():
        match line.split():
            case ["node", name, x, y, *_]:
                at[name] = float(x) * POINTS, -float(y) * POINTS
            case ["edge", tail, head, length, *rest]:
                numbers = [float(text) * POINTS for text in rest[: 2 * int(length)]]
                points = [(x, -y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
                splines.setdefault((tail, head), []).append(points)
    return [at[f"n{i}"] for i in range(count)], splines


def _height_at(spline: list[Point], x: float) -> float:
    """Where a path of cubic Béziers crosses x, or its end where it does not."""
    for start in range(0, len(spline) - 1, 3):
        samples = [_bezier(spline[start : start + 4], t / 8) for t in range(9)]
        for (x0, y0), (x1, y1) in pairwise(samples):
            if x0 <= x <= x1:
                return y0 + (y1 - y0) * (x - x0) / ((x1 - x0) or 1.0)
    return spline[-1][1]


def _bezier(points: Sequence[Point], t: float) -> Point:
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    x, y = (sum(w * p[i] for w, p in zip(weights, points, strict=True)) for i in (0, 1))
    return x, y
