"""The one SVG writer of graphs: a picture and its layout to text.

Colours, dark mode and the document around it are those of all figures (`figure/markup.py`). Texts
pass WCAG AA on their fills; as red and blue are alike in brightness, dashes, direction and words
tell them apart as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ..figure.markup import COMMON, document, escaped, paint, tag, written
from ..figure.text import text_width, wrapped
from .layout import Edge
from .marks import KINDS
from .nested import Rect
from .picture import Arrow, Box, Frame, Picture
from .route import Layout, Point

PADDING, NARROWEST_BOX = 11.0, 68.0
FRAME_SIZE = 13.5
LABEL_SIZE, LABEL_LINE, LABEL_PADDING, LABEL_COLUMNS = 11.5, 14.0, 6.0, 12
HEAD, HALF_HEAD = 11.0, 4.5
BADGE = 8.5
LEGEND_SIZE, LEGEND_LINE, LEGEND_ARROW, LEGEND_GAP = 12.5, 22.0, 36.0, 24.0
NARROWEST = 460.0
DESCRIBED = 400
CONTRIBUTIONS = "contributions; their sum is the dvar"

PALETTE = {
    **COMMON,
    "operation": ("fill", "#f5f7fa", "#1b232d"),
    "input": ("fill", "#e8f1fb", "#15293f"),
    "scope": ("fill", "#f1ecfb", "#251d38"),
    "frame": ("stroke", "#8250df", "#a48ae0"),
    "frame-name": ("fill", "#6639ba", "#c9b6f5"),
    "stub": ("fill", "#ffffff", "#0f151c"),
    "forward": ("stroke", "#0b5cad", "#79b8ff"),
    "backward": ("stroke", "#b3261e", "#ff9a8d"),
    "badge": ("fill", "#16191d", "#ffd166"),
    "sign": ("fill", "#ffd166", "#16191d"),
}

SQUARE = ("operation", "scope")

# A box's lines from the top: the field, its font size, the height it takes.
LINES = (("expression", 14.5, 21), ("detail", 11.5, 16), ("value", 13.5, 19), ("dvar", 13.0, 19))


def size_of(box: Box) -> Point:
    """The width and height that hold a box's lines."""
    # Round ends take room from the lines between them.
    ends = 2 * PADDING + (0 if box.kind in SQUARE else 10)
    width, height = NARROWEST_BOX, 2 * PADDING - 4
    for field, size, line in LINES:
        if text := getattr(box, field):
            width = max(width, text_width(text, size, bold=field == "expression") + ends)
            height += line
    return width, height


def edge_of(arrow: Arrow) -> Edge:
    """What the layout must know of an arrow."""
    if arrow.backward is None:
        return Edge(arrow.source, arrow.target)
    lines = _label_lines(arrow.backward)
    width = max(text_width(line, LABEL_SIZE) for line in lines) + LABEL_PADDING
    return Edge(arrow.source, arrow.target, both=True, label=(width, len(lines) * LABEL_LINE))


def title_width(frame: Frame) -> float:
    """How wide a frame's title is."""
    return text_width(frame.name, FRAME_SIZE, bold=True)


def write(
    picture: Picture, layout: Layout, sizes: Sequence[Point], frames: Sequence[Rect]
) -> tuple[str, Point]:
    """The picture as one SVG document and its size; the same picture gives the same text."""
    foot, (width, height) = _foot(picture, layout.size)
    described = [box.spoken() for box in picture.boxes[:DESCRIBED]]
    if (more := len(picture.boxes) - DESCRIBED) > 0:
        described.append(f"and {more:,} more boxes")
    if picture.frames:
        named = ", ".join(frame.name for frame in picture.frames[:DESCRIBED])
        described.append(f"with frames around {named}")
    drawn = [
        *map(_frame, range(len(frames)), picture.frames, frames),
        *_arrows(picture.arrows, layout),
        *map(_box, range(len(picture.boxes)), picture.boxes, layout.boxes, sizes),
        *foot,
    ]
    return document(picture.title, "; ".join(described), drawn, (width, height), PALETTE)


def _paint(*roles: str) -> dict[str, str]:
    return paint(PALETTE, *roles)


def _line(
    text: str, x: float, y: float, size: float, role: str, anchor: str = "middle", more: str = ""
) -> str:
    bold = {"font_weight": "bold"} if role in ("expression", "frame-name", "sign") else {}
    where: dict[str, Any] = {"x": x, "y": y, "text_anchor": anchor, "font_size": size}
    paint = _paint(role)
    return tag(
        "text", escaped(text), **where, **bold, **{**paint, "class_": paint["class_"] + more}
    )


# Frames and boxes ---------------------------------------------------------------------------------


def _frame(at: int, frame: Frame, where: Rect) -> str:
    extent: dict[str, Any] = {"width": where.width, "height": where.height, "rx": 14.0}
    return tag(
        "g",
        tag("title", escaped(frame.hover)),
        tag("rect", x=where.left, y=where.top, **extent, **_paint("page", "frame")),
        _line(frame.name, where.left + 14, where.top + 21, FRAME_SIZE, "frame-name", "start"),
        class_="am-scope-frame",
        data_frame=str(at),
    )


def _box(at: int, box: Box, middle: Point, extent: Point) -> str:
    (x, y), (width, height) = middle, extent
    frame: dict[str, Any] = {
        "width": width,
        "height": height,
        "rx": 8.0 if box.kind in SQUARE else min(28.0, height / 2),
        "stroke_width": 3.5 if box.output else 1.5,
        **({"stroke_dasharray": "3 4"} if box.kind == "stub" else {}),
        **_paint(box.kind, "outline"),
    }
    left, top = x - width / 2, y - height / 2
    # A second card shows below alone: on the sides it would cover the heads of arrows.
    card = {**frame, "width": width - 10}
    behind = [tag("rect", x=left + 5, y=top + 5, **card)] if box.several else []
    lines = []
    shown = [(field, size, line) for field, size, line in LINES if getattr(box, field)]
    below = y - sum(line for _, _, line in shown) / 2
    for field, size, line in shown:
        lines.append(_line(getattr(box, field), x, below + line * 0.74, size, field))
        below += line
    return tag(
        "g",
        tag("title", escaped(box.hover)),
        *behind,
        tag("rect", x=left, y=top, **frame),
        *lines,
        *(
            _badge(kind, left + width - 4 - 2.4 * BADGE * i, top)
            for i, kind in enumerate(box.kinds_of_marks())
        ),
        role="graphics-symbol img",
        aria_label=box.spoken(),
        data_box=str(at),
    )


def _badge(kind: str, x: float, y: float) -> str:
    """A mark's sign in a disc."""
    sign = _line(KINDS[kind].sign, x, y + 4.2, 12.5, "sign")
    return tag("circle", cx=x, cy=y, r=BADGE, **_paint("badge")) + sign


# Arrows -------------------------------------------------------------------------------------------


def _arrows(arrows: Sequence[Arrow], layout: Layout) -> Iterator[str]:
    """All lines first and then what stands on them, so that no line crosses out a label."""
    for k, points in enumerate(layout.forward):
        yield _arrow(points, "forward", layout.straight, data_arrow=str(k))
    for k, arrow in enumerate(arrows):
        points, label = layout.backward[k], layout.labels[k]
        if arrow.backward is not None:
            yield tag(
                "g",
                tag("title", escaped(arrow.hover)),
                _arrow(points, "backward", layout.straight),
                _label(arrow.backward, label),
                data_arrow=str(k),
            )


def _arrow(points: Sequence[Point], role: str, straight: bool = False, **more: str) -> str:
    (x0, y0), (x1, y1) = points[-2:]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    neck = (x1 - HEAD * dx, y1 - HEAD * dy)
    sides = [(neck[0] + s * HALF_HEAD * dy, neck[1] - s * HALF_HEAD * dx) for s in (1, -1)]
    head = " ".join(f"{written(x)},{written(y)}" for x, y in ((x1, y1), *sides))
    backward = role == "backward"
    line = {"stroke_width": 1.6, "stroke_dasharray": "6 4"} if backward else {"stroke_width": 1.8}
    path = _path([*points[:-1], (neck[0] + dx, neck[1] + dy)], straight)
    return tag("path", d=path, fill="none", **line, **_paint(role), **more) + tag(
        "polygon", points=head, **_paint("dvar" if backward else "value"), **more
    )


def _path(points: Sequence[Point], straight: bool) -> str:
    """Level lines where the height stays, else bends that start and end level."""
    parts = ["M{} {}".format(*map(written, points[0]))]
    for (x0, y0), (x1, y1) in pairwise(points):
        if y0 == y1:
            parts.append(f"H{written(x1)}")
        elif straight:
            parts.append(f"L{written(x1)} {written(y1)}")
        else:
            middle, *ends = map(written, ((x0 + x1) / 2, y0, y1, x1))
            parts.append(f"C{middle} {ends[0]} {middle} {ends[1]} {ends[2]} {ends[1]}")
    return "".join(parts)


def _label(text: str, middle: Point) -> str:
    (x, y), lines = middle, _label_lines(text)
    width = max(text_width(line, LABEL_SIZE) for line in lines) + LABEL_PADDING
    height = LABEL_LINE * len(lines) + 1
    room: dict[str, Any] = {"x": x - width / 2, "y": y - 8, "width": width, "height": height}
    return tag("rect", **room, **_paint("page")) + "".join(
        _line(line, x, y + 4.3 + i * LABEL_LINE, LABEL_SIZE, "dvar") for i, line in enumerate(lines)
    )


def _label_lines(text: str) -> list[str]:
    """A long label as two lines: what it comes to, or how it was summed, stands below."""
    for sign in (" = ", ", "):
        before, found, after = text.rpartition(sign)
        if found and len(text) > LABEL_COLUMNS:
            return [before + found.strip(" ="), "= " * (sign == " = ") + after]
    return [text]


# Legend and notes ---------------------------------------------------------------------------------


def _foot(picture: Picture, above: Point) -> tuple[list[str], Point]:
    """The legend and what was folded, below the graph, and the size of the whole."""
    entries = []
    if picture.arrows:
        entries.append(("forward", "forward: values"))
    if flows := [arrow.backward for arrow in picture.arrows if arrow.backward is not None]:
        factors = all(" × " in flow for flow in flows)
        shown = "upstream × local = contribution" if factors else CONTRIBUTIONS
        entries.append(("backward", f"backward: {shown}"))
    if picture.reads:
        entries.append(("dvar", picture.reads))
    width, y = max(above[0], NARROWEST), above[1] + LEGEND_LINE + 18
    foot, x, used = [], 0.0, above[0]
    for role, text in entries:
        arrow = LEGEND_ARROW + 8 if role in ("forward", "backward") else 0.0
        needed = arrow + text_width(text, LEGEND_SIZE)
        if x and x + needed > width:
            x, y = 0.0, y + LEGEND_LINE
        if arrow:
            ends = [(x, y - 4.5), (x + LEGEND_ARROW, y - 4.5)]
            foot.append(_arrow(ends if role == "forward" else ends[::-1], role))
        paint = {"forward": "value", "backward": "dvar"}.get(role, role)
        foot.append(_line(text, x + arrow, y, LEGEND_SIZE, paint, "start"))
        used = max(used, x + needed)
        x += needed + LEGEND_GAP
    for kind in dict.fromkeys(kind for box in picture.boxes for kind in box.kinds_of_marks()):
        y += LEGEND_LINE
        foot += [
            _badge(kind, BADGE, y - 4.2),
            _line(KINDS[kind].meaning, 26.0, y, LEGEND_SIZE, "detail", "start", " am-key"),
        ]
        used = max(used, 26.0 + text_width(KINDS[kind].meaning, LEGEND_SIZE))
    for note in picture.notes:
        for line in wrapped(note[:1].upper() + note[1:] + ".", width, LEGEND_SIZE):
            y += LEGEND_LINE - 3
            used = max(used, text_width(line, LEGEND_SIZE))
            foot.append(_line(line, 0.0, y, LEGEND_SIZE, "detail", "start"))
    return foot, (used, y if foot else above[1])
