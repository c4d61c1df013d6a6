"""What tests read out of a picture's SVG: boxes with their lines of text, arrows as points, labels.

It is a reader of its own: it knows the SVG elements and nothing of how they were laid out.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import autograd_mini as am

SVG = "{http://www.w3.org/2000/svg}"

Point = tuple[float, float]


@dataclass(frozen=True)
class Rect:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect, apart: float = 0.0) -> bool:
        return (
            self.left < other.right + apart
            and other.left < self.right + apart
            and self.top < other.bottom + apart
            and other.top < self.bottom + apart
        )

    def holds(self, point: Point) -> bool:
        return self.left < point[0] < self.right and self.top < point[1] < self.bottom


@dataclass(frozen=True)
class Line:
    """A line of text: what colour it has, where its middle is, its font size."""

    role: str
    text: str
    x: float
    size: float


@dataclass(frozen=True)
class SeenBox:
    label: str
    hover: str
    frame: Rect
    lines: list[Line]
    thick: bool
    dashed: bool

    def text(self, role: str) -> str:
        return next((line.text for line in self.lines if line.role == role), "")


@dataclass(frozen=True)
class SeenFrame:
    name: str
    hover: str
    frame: Rect


@dataclass(frozen=True)
class SeenArrow:
    """Its points, close together; ``label`` and ``hover`` for a backward one."""

    role: str
    points: list[Point]
    label: str = ""
    room: Rect | None = None
    hover: str = ""


class Seen:
    """A picture as one sees it; lists are in the order of the SVG."""

    def __init__(self, svg: str) -> None:
        self.root = ET.fromstring(svg)
        self.title = self.root.findtext(f"{SVG}title")
        self.description = self.root.findtext(f"{SVG}desc") or ""
        drawn = self.root.find(f"{SVG}g")
        assert drawn is not None
        self.boxes: list[SeenBox] = []
        self.frames: list[SeenFrame] = []
        self.forward: list[SeenArrow] = []
        self.backward: list[SeenArrow] = []
        self.foot: list[str] = []
        bottom = 0.0
        for element in drawn:
            if element.tag == f"{SVG}g" and "aria-label" in element.attrib:
                self.boxes.append(_box(element))
                bottom = max(bottom, self.boxes[-1].frame.bottom)
            elif element.attrib.get("class") == "am-scope-frame":
                self.frames.append(_frame(element))
            elif element.tag == f"{SVG}g":
                self.backward.append(_backward(element))
            elif element.tag == f"{SVG}text":
                self.foot.append(element.text or "")
            elif element.tag == f"{SVG}path":
                arrow = SeenArrow(_role(element), _points(element.attrib["d"]))
                # The legend's arrows are those below every box.
                if self.boxes and arrow.points[0][1] > bottom:
                    continue
                self.forward.append(arrow)

    def box(self, start: str) -> SeenBox:
        """The one whose bold line is ``start`` or ``start = ...``."""
        return next(b for b in self.boxes if b.text("expression").split(" = ")[0] == start)


def look(J: am.Node, **options: Any) -> Seen:
    """The picture of J by the built-in layout."""
    return Seen(am.draw(J, **{"engine": "builtin", **options}).svg)


def _role(element: ET.Element) -> str:
    return element.attrib["class"].split()[0].removeprefix("am-")


def _rect(element: ET.Element) -> Rect:
    x, y, w, h = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
    return Rect(x, y, x + w, y + h)


def _lines(element: ET.Element) -> list[Line]:
    return [
        Line(_role(t), t.text or "", float(t.attrib["x"]), float(t.attrib["font-size"]))
        for t in element.findall(f"{SVG}text")
    ]


def _box(element: ET.Element) -> SeenBox:
    frame = element.findall(f"{SVG}rect")[-1]
    return SeenBox(
        element.attrib["aria-label"],
        element.findtext(f"{SVG}title") or "",
        _rect(frame),
        [line for line in _lines(element) if line.role != "sign"],
        float(frame.attrib["stroke-width"]) > 2,
        "stroke-dasharray" in frame.attrib,
    )


def _frame(element: ET.Element) -> SeenFrame:
    (name,) = _lines(element)
    rect = element.find(f"{SVG}rect")
    assert rect is not None
    return SeenFrame(name.text, element.findtext(f"{SVG}title") or "", _rect(rect))


def _backward(element: ET.Element) -> SeenArrow:
    path, room = element.find(f"{SVG}path"), element.find(f"{SVG}rect")
    assert path is not None
    assert room is not None
    assert "stroke-dasharray" in path.attrib
    lines = _lines(element)
    label = " ".join(line.text for line in lines)
    hover = element.findtext(f"{SVG}title") or ""
    return SeenArrow(_role(path), _points(path.attrib["d"]), label, _rect(room), hover)


def _points(d: str) -> list[Point]:
    """The path M, H, L, C as points at most a few units apart."""
    points: list[Point] = []
    for command, numbers in re.findall(r"([MHLC])([^MHLC]*)", d):
        values = [float(number) for number in numbers.split()]
        x, y = points[-1] if points else (0.0, 0.0)
        match command:
            case "M":
                points.append((values[0], values[1]))
            case "H" | "L":
                end = (values[0], y) if command == "H" else (values[0], values[1])
                points += _between((x, y), end)
            case "C":
                p1, p2, p3 = zip(values[::2], values[1::2], strict=True)
                points += [_bezier(((x, y), p1, p2, p3), t / 40) for t in range(1, 41)]
    return points


def _between(start: Point, end: Point) -> list[Point]:
    steps = 1 + int(abs(end[0] - start[0]) + abs(end[1] - start[1])) // 3
    return [
        tuple(a + (b - a) * t / steps for a, b in zip(start, end, strict=True))
        for t in range(1, steps + 1)
    ]


def _bezier(points: tuple[Point, ...], t: float) -> Point:
    while len(points) > 1:
        points = tuple(
            ((1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]) for a, b in pairwise(points)
        )
    return points[0]
