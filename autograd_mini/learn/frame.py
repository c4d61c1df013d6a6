"""The frame of a plot: its axes, what is drawn in it, and around it title, legend and key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..figure.figure import Figure
from ..figure.markup import COMMON, Palette, document, escaped, paint, tag, written
from ..figure.text import text_width
from ..ops import data_of
from ..primitive import read
from ..text import one_line
from .axes import Array, Axis
from .contours import areas

Point = tuple[float, float]
Rect = tuple[float, float, float, float]

TEXT, TITLE, SMALL = 12.5, 15.0, 11.5
TITLE_COLUMNS, LABEL_COLUMNS, LEGEND_COLUMNS = 44, 32, 40
ABOVE, LINE, GAP, SAMPLE = 54.0, 21.0, 22.0, 30.0
SWATCH, SWATCH_HEIGHT = 44.0, 14.0

BANDS, SIDE = 9, 3

ROUND: dict[str, Any] = {"stroke_linecap": "round", "stroke_linejoin": "round"}
"""With round ends, a line from a point to itself is a disc."""


def mixed(start: str, end: str, share: float) -> str:
    """The colour at ``share`` of the way from one to another.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(start[i : i + 2], 16), int(end[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def ramp(name: str, shares: Sequence[float], light: str, dark: str) -> Palette:
    """Fills at shares of the way from the page's colour to another: name0, name1, ..."""
    _, page, dark_page = COMMON["page"]
    return {
        f"{name}{i}": ("fill", mixed(page, light, share), mixed(dark_page, dark, share))
        for i, share in enumerate(shares)
    }


PALETTE: Palette = {
    **COMMON,
    "grid": ("stroke", "#dde3e9", "#28323e"),
    "halo": ("stroke", "#ffffff", "#0f151c"),
    "ink": ("stroke", "#16191d", "#eef2f6"),
    "blue": ("stroke", "#0b5cad", "#79b8ff"),
    "red": ("stroke", "#b3261e", "#ff9a8d"),
    "green": ("stroke", "#1a6e33", "#6fdd8b"),
    "purple": ("stroke", "#7340c7", "#d2a8ff"),
    **ramp("band", [i / (BANDS - 1) for i in range(BANDS)], "#8fbbe8", "#2c5a8a"),
    **ramp("yes", [0.3, 0.65, 1.0], "#b4d3f4", "#1c4a7c"),
    **ramp("no", [0.3, 0.65, 1.0], "#f8cbc6", "#56251f"),
}


def element(name: str, *inside: str, roles: Sequence[str], **attributes: Any) -> str:
    """A `tag` painted by its roles, hollow unless one of them fills it."""
    painted = paint(PALETTE, *roles)
    return tag(name, *inside, **attributes, **{"fill": "none"} | painted)


def words(text: str, x: float, y: float, role: str = "detail", **attributes: Any) -> str:
    """A line of text."""
    return tag(
        "text", escaped(text), x=x, y=y, **{"font_size": TEXT} | attributes, **paint(PALETTE, role)
    )


def through(lines: Iterable[Iterable[Point]], end: str = "") -> str:
    """Lines through points as the data of one path; ``end`` is "Z" for closed ones."""
    return "".join(
        "M" + "L".join(f"{written(x)} {written(y)}" for x, y in line) + end for line in lines
    )


class Frame:
    """A plot in the making: its axes, what is drawn from the back to the front, what is said of it.

    Positions are in points from the frame's upper left corner.
    """

    def __init__(self, title: str, x: Axis, y: Axis, size: Point) -> None:
        self.title = one_line(title, 200)
        self.x, self.y = x, y
        self.width, self.height = size
        self.drawn: list[str] = []
        self.legend: list[tuple[str, str]] = []
        self.key: tuple[str, list[str], list[str]] | None = None
        self.said: list[str] = []
        self._taken: list[Rect] = []

    def place(self, x: Any, y: Any) -> list[Point]:
        """Points for numbers of the two axes."""
        across = np.atleast_1d(self.x.share(np.asarray(x, float))) * self.width
        down = (1 - np.atleast_1d(self.y.share(np.asarray(y, float)))) * self.height
        return list(zip(across.tolist(), down.tolist(), strict=True))

    def on_line(self, text: str, lines: Iterable[Sequence[Point]]) -> None:
        """Write on a line what it is, where there is room for it; nowhere if there is none."""
        for line in sorted(lines, key=len, reverse=True):
            for share in (0.5, 0.3, 0.7, 0.15, 0.85):
                x, y = line[int(share * (len(line) - 1))]
                if self._written(text, x, y):
                    return

    def beside(self, text: str, point: Point) -> None:
        """Write beside a point what it is, where there is room, to the right at last."""
        away = text_width(text, SMALL) / 2 + 12
        sides = [(away, 0.0), (-away, 0.0), (0.0, -22.0), (0.0, 22.0)]
        sides += [(dx, dy) for dx in (away, -away) for dy in (-20.0, 20.0)]
        for dx, dy in sides:
            if self._written(text, point[0] + dx, point[1] + dy):
                return
        self._written(text, point[0] + away, point[1], anyway=True)

    def keep_free(self, point: Point, around: float = 8.0) -> None:
        """Nothing is written so near this point."""
        x, y = point
        self._taken.append((x - around, y - around, x + around, y + around))

    def _written(self, text: str, x: float, y: float, anyway: bool = False) -> bool:
        half, up = text_width(text, SMALL) / 2 + 3, SMALL / 2 + 2
        left, top, right, bottom = box = (x - half, y - up, x + half, y + up)
        within = left > 2 and top > 2 and right < self.width - 2 and bottom < self.height - 2
        free = within and not any(
            left < other[2] + 3
            and other[0] - 3 < right
            and top < other[3] + 3
            and other[1] - 3 < bottom
            for other in self._taken
        )
        if free or anyway:
            self._taken.append(box)
            room = {"x": left, "y": top, "width": 2 * half, "height": 2 * up, "rx": 3.0}
            self.drawn.append(element("rect", **room, roles=["page"]))
            self.drawn.append(
                words(text, x, y + 4, "expression", font_size=SMALL, text_anchor="middle")
            )
        return free

    def figure(self) -> Figure:
        """The plot with all that stands around it."""
        moved, size = self.parts()
        said = " ".join(self.said)
        return Figure(self.title, lambda: document(self.title, said, [moved], size, PALETTE))

    def parts(self) -> tuple[str, Point]:
        """The plot and all that stands around it as one group, and its size."""
        left = self._left()
        heading = one_line(self.title, TITLE_COLUMNS)
        foot, right, bottom = self._foot(-left)
        head = words(
            heading, -left, -ABOVE + TITLE, "expression", font_size=TITLE, font_weight="bold"
        )
        right = max(right, text_width(heading, TITLE, bold=True) - left, self.width + 12)
        inside = "\n".join([head, *self._grid(), *self.drawn, *self._axes(), *foot])
        moved = tag("g", "\n" + inside + "\n", transform=f"translate({left:.1f} {ABOVE:g})")
        return moved, (left + right, ABOVE + bottom)

    def _left(self) -> float:
        """The room that the numbers beside the frame need."""
        return max(text_width(text, TEXT) for _, text in self.y.ticks()) + 10

    def _grid(self) -> Iterator[str]:
        for value, _ in self.y.ticks():
            [(_, y)] = self.place(self.x.low, value)
            yield element("path", d=through([[(0.0, y), (self.width, y)]]), roles=["grid"])

    def _axes(self) -> Iterator[str]:
        """The axes' lines, ticks, numbers and labels."""
        w, h = self.width, self.height
        yield element(
            "path", d=through([[(0.0, 0.0), (0.0, h), (w, h)]]), stroke_width=1.2, roles=["outline"]
        )
        across = self.x.ticks()
        while sum(text_width(text, TEXT) + 14 for _, text in across) > w:
            across = across[::2]
        for value, text in across:
            [(x, _)] = self.place(value, self.y.low)
            yield element("path", d=through([[(x, h), (x, h + 5)]]), roles=["outline"])
            yield words(text, x, h + 19, text_anchor="middle")
        for value, text in self.y.ticks():
            [(_, y)] = self.place(self.x.low, value)
            yield words(text, -8.0, y + 4.3, text_anchor="end")
        yield words(
            one_line(self.x.label, LABEL_COLUMNS), w / 2, h + 38, "expression", text_anchor="middle"
        )
        yield words(
            one_line(self.y.label, LABEL_COLUMNS),
            0.0,
            -14.0,
            "expression",
            text_anchor="middle" if len(self.y.label) < 4 else "start",
        )

    def _foot(self, left: float) -> tuple[list[str], float, float]:
        """Key and legend below the frame, and how far right and down they reach."""
        foot: list[str] = []
        y, right = self.height + 42.0, self.width
        if self.key is not None:
            y += 22
            foot += _swatches(*self.key, left, y)
            y += 20
        x, limit = left, self.width
        for sample, text in self.legend:
            text = one_line(text, LEGEND_COLUMNS)
            needed = SAMPLE + 8 + text_width(text, TEXT)
            if x == left or x + needed > limit:
                x, y = left, y + LINE
            foot.append(tag("g", sample, transform=f"translate({x:.1f} {y - 4.5:.1f})"))
            foot.append(words(text, x + SAMPLE + 8, y, "expression"))
            x += needed + GAP
            right = max(right, x - GAP)
        return foot, right, y + 6


def _swatches(
    label: str, roles: Sequence[str], ends: Sequence[str], left: float, y: float
) -> Iterator[str]:
    """What the colours stand for: a strip of them, and where each ends its number."""
    yield words(label, left, y, "expression")
    start = left + text_width(label, TEXT) + 10
    for i, role in enumerate(roles):
        room = {"x": start + i * SWATCH, "y": y - 11, "width": SWATCH, "height": SWATCH_HEIGHT}
        yield element("rect", **room, roles=[role, "outline"])
    for i, end in enumerate(ends, 1):
        yield words(end, start + i * SWATCH, y + 17, font_size=SMALL, text_anchor="middle")


def crosses(points: Sequence[Point], by: float = 4.0) -> list[list[Point]]:
    """A × at each point."""
    lines = []
    for x, y in points:
        lines += [[(x - by, y - by), (x + by, y + by)], [(x - by, y + by), (x + by, y - by)]]
    return lines


def fill(frame: Frame, z: Array, roles: Mapping[float, str]) -> None:
    """Colour what is at least as high as each level, over what is lower."""
    for level, role in roles.items():
        d = through(scaled(frame, areas(z, level), z), "Z")
        frame.drawn.append(element("path", d=d, fill_rule="evenodd", roles=[role]))


def scaled(frame: Frame, lines: list[list[Point]], z: Array) -> list[list[Point]]:
    """Lines on the grid as lines in the frame, where rows go up."""
    rows, columns = (n - 1 for n in z.shape)
    w, h = frame.width, frame.height
    return [[(x / columns * w, h - y / rows * h) for x, y in line] for line in lines]


def single(name: str, result: Any) -> float:
    """The number that a function gave."""
    data = data_of(read(result))
    if np.size(data) != 1:
        raise ShapeError(
            f"{name} gave an array of shape {np.shape(data)}, where one number is meant: it is "
            "called for one point at a time",
            shapes=(np.shape(data),),
        )
    return float(np.reshape(data, ()))
