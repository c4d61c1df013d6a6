"""The bowl: J of two variables as a map and as a surface, with the way that descent took."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import DomainError, InputError, ShapeError
from ..figure.figure import Figure
from ..node import no_grad
from ..ops import data_of
from ..primitive import read
from ..text import number, one_line
from .axes import LARGEST, Axis, axis, drawable, precision
from .contours import contours
from .descent import History
from .frame import (
    BANDS,
    LABEL_COLUMNS,
    ROUND,
    SAMPLE,
    Frame,
    Point,
    element,
    fill,
    scaled,
    single,
    through,
    words,
)

Array = np.ndarray[Any, np.dtype[Any]]

GRID = 61
"""Numbers along each side of the grid on which J is computed."""
MESH = 29
"""The same for the surface, whose meshes are seen."""
LOG_FROM = 1e4
"""Where the largest J is so many times the smallest, levels go up by a factor."""


HALF_FROM = 0.35
"""The map's shorter side is at least this much of the longer, measured in the variables."""


# The box of a surface: how it is turned and tilted, how long an edge and how high it is.
COS_TURN, SIN_TURN = math.cos(math.radians(35)), math.sin(math.radians(35))
SIN_TILT, BOX_HEIGHT, EDGE = math.sin(math.radians(42)), 0.52, 300.0


@dataclass(frozen=True)
class Bowl:
    """J on a grid around the lowest point of a path, and the path: its places and its heights."""

    x: Axis
    y: Axis
    z: Array
    path: Array
    heights: Array

    @cached_property
    def levels(self) -> list[float]:
        """The lowest J and where it is cut: by steps that grow as a bowl's walls do."""
        low, high = float(np.nanmin(self.z)), float(np.nanmax(self.z))
        shares = np.arange(1, BANDS) / BANDS
        if low > 0 and high / low > LOG_FROM:
            levels = low * (high / low) ** shares
        else:
            levels = low + (high - low) * shares**2
        steps = np.diff([low, *levels])
        if not np.all(steps > max(1e-9 * max(abs(low), abs(high)), 1 / LARGEST)):
            return [low]
        places = [-math.floor(math.log10(step)) for step in steps]
        return sorted({low, *map(round, levels.tolist(), places)})

    def said(self) -> str:
        """The picture in words."""
        low, high = number(np.nanmin(self.z)), number(np.nanmax(self.z))
        here = f"between {low} and {high}" if low != high else low
        names = f"({self.x.label}, {self.y.label})"
        start, end = (
            f"{names} = ({', '.join(map(number, place))}), where J "
            + ("has no value" if np.isnan(height) else f"= {number(height)}")
            for place, height in zip(self.path[[0, -1]], self.heights[[0, -1]], strict=True)
        )
        steps = len(self.path) - 1
        count = f"{steps:,} step{'s' * (steps != 1)}"
        way = f"{count} from {start}, to {end}" if steps else f"A point at {start}"
        blank = " Where it is blank, J has no value." if np.isnan(self.z).any() else ""
        return f"{way}. J is {here} here.{blank}"


def survey(cost: Callable[..., Any], path: Any, labels: tuple[str, str], grid: int) -> Bowl:
    """J on ``grid`` times ``grid`` places around a path."""
    kept = isinstance(path, History)
    steps = path.path if kept else list(path)
    if not steps:
        advice = "; am.learn.descend(..., keep_path=True) keeps it" if kept else ""
        raise InputError(f"the path is empty{advice}")
    variables = [
        [data_of(read(v)) for v in (step if np.iterable(step) else [step])] for step in steps
    ]
    forms = [np.shape(v) for v in variables[0]]
    points = np.array([_two(step) for step in variables])
    drawable("path", points)

    def J(x: float, y: float) -> float:
        return _height(cost, (x, y), forms)

    with np.errstate(all="ignore"), no_grad():
        heights = np.array([J(x, y) for x, y in points.tolist()])
        lowest = points[np.argmin(np.where(np.isnan(heights), np.inf, heights))]
        x, y = _around(lowest, points, labels)
        across, up = np.linspace(x.low, x.high, grid), np.linspace(y.low, y.high, grid)
        z = np.array([[J(x, y) for x in across.tolist()] for y in up.tolist()])
    if np.isnan(z).all():
        raise InputError("J has a value nowhere around the path, so there is no bowl to draw")
    return Bowl(x, y, z, points, heights)


def _two(step: Sequence[Any]) -> Array:
    """The two numbers of a step."""
    numbers = np.concatenate([np.ravel(v) for v in step]) if step else np.zeros(0)
    if numbers.size != 2:
        held = [np.shape(v) for v in step]
        raise ShapeError(
            f"a step of the path holds {numbers.size} numbers, of shapes {held}; a bowl is J of "
            "two, such as w and b",
            shapes=tuple(held),
        )
    return numbers


def _height(cost: Callable[..., Any], at: Point, forms: Sequence[tuple[int, ...]]) -> float:
    """J there, the variables in the shapes of the path's; nan where it has no value."""
    numbers = np.array(at)
    parts = np.split(numbers, np.cumsum([math.prod(form) for form in forms])[:-1])
    variables = [
        part.reshape(form) if form else float(part[0])
        for part, form in zip(parts, forms, strict=True)
    ]
    try:
        height = single("the cost", cost(*variables))
    except (ArithmeticError, DomainError):
        return math.nan
    return height if abs(height) <= LARGEST else math.nan


def _around(lowest: Array, points: Array, labels: tuple[str, str]) -> tuple[Axis, Axis]:
    """Axes with the lowest point in the middle and room for all."""
    half = 1.2 * np.abs(points - lowest).max(axis=0)
    if not half.any():
        half = np.maximum(1.0, np.abs(lowest) / 2)
    half = np.maximum(half, HALF_FROM * half.max())
    half = np.maximum(half, 1e-6 * np.abs(lowest))
    ends = zip(labels, (lowest - half).tolist(), (lowest + half).tolist(), strict=True)
    x, y = (Axis(label, low, high) for label, low, high in ends)
    return x, y


def plot_bowl(
    cost: Callable[..., Any],
    path: Any,
    *,
    labels: tuple[str, str] = ("w", "b"),
    title: str = "The way down the bowl",
) -> Figure:
    """J from above, in lines of equal height, with the path that a descent took.

    ``path`` is a `History` that kept its path, or the variables after each step. They are two
    numbers in all: w and b, each a float or an array of one number, or one array of two. ``cost``
    is called with variables of these shapes and returns J as a number or a node. Where it has no
    value, as a logarithm of -1, the map is left blank.

    Raises `InputError` for an empty path, one that is not finite, or where J has a value nowhere,
    and `ShapeError` for more or fewer than two numbers.

    >>> import autograd_mini as am
    >>> def J(w, b):
    ...     return (w - 1) ** 2 + 2 * b**2
    >>> history = am.learn.descend(J, [3.0, 2.0], alpha=0.1, iterations=20, keep_path=True)
    >>> am.learn.plot_bowl(J, history)
    <Figure: The way down the bowl>
    """
    bowl = survey(cost, path, labels, GRID)
    frame = Frame(title, bowl.x, bowl.y, (400.0, 400.0))
    roles = [f"band{i}" for i in range(len(bowl.levels))]
    fill(frame, bowl.z, dict(zip(bowl.levels, roles, strict=True)))
    lines = {level: scaled(frame, contours(bowl.z, level), bowl.z) for level in bowl.levels[1:]}
    for level in lines:
        frame.drawn.append(element("path", d=through(lines[level]), roles=["blue"]))
    _descent(frame, frame.place(*bowl.path.T), lines)
    _words(frame, bowl)
    return frame.figure()


def plot_surface(
    cost: Callable[..., Any],
    path: Any,
    *,
    labels: tuple[str, str] = ("w", "b"),
    title: str = "The bowl, and the way down",
) -> Figure:
    """J as a surface over its two variables, with the path that a descent took on it.

    The arguments and errors are those of `plot_bowl`.

    >>> import autograd_mini as am
    >>> def J(w, b):
    ...     return (w - 1) ** 2 + 2 * b**2
    >>> history = am.learn.descend(J, [3.0, 2.0], alpha=0.1, iterations=20, keep_path=True)
    >>> am.learn.plot_surface(J, history)
    <Figure: The bowl, and the way down>
    """
    bowl = survey(cost, path, labels, MESH)
    known = np.concatenate([bowl.z.ravel(), bowl.heights])
    scene = Scene(title, bowl.x, bowl.y, axis("J", known[~np.isnan(known)]))
    scene.drawn += scene.floor()
    u = v = np.linspace(0.0, 1.0, MESH).tolist()
    h = scene.z.share(bowl.z)
    cells = [
        (i, j)
        for i in range(MESH - 1)
        for j in range(MESH - 1)
        if not np.isnan(bowl.z[i : i + 2, j : j + 2]).any()
    ]
    meshes = []
    # What is behind is drawn first.
    for i, j in sorted(cells, key=lambda cell: scene.depth(u[cell[1]], v[cell[0]]), reverse=True):
        corners = ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j))
        outline = [scene.project(u[c], v[r], float(h[r, c])) for r, c in corners]
        band = np.searchsorted(bowl.levels, np.mean(bowl.z[i : i + 2, j : j + 2]), "right") - 1
        meshes.append(element("path", d=through([outline], "Z"), roles=[f"band{band}"]))
    scene.drawn.append(element("g", *meshes, stroke_width=0.4, roles=["blue"]))
    seen = ~np.isnan(bowl.heights)
    shares = (bowl.x.share(bowl.path[seen, 0]), bowl.y.share(bowl.path[seen, 1]))
    heights = scene.z.share(bowl.heights[seen])
    if places := [scene.project(*at) for at in zip(*shares, heights, strict=True)]:
        _descent(scene, places, {})
    _words(scene, bowl)
    return scene.figure()


class Scene(Frame):
    """A box seen from above one of its corners; u, v and h go from 0 to 1 along its edges."""

    def __init__(self, title: str, x: Axis, y: Axis, z: Axis) -> None:
        super().__init__(title, x, y, (460.0, 440.0))
        self.z = z

    def project(self, u: float, v: float, h: float) -> Point:
        """Where a place in the box is seen."""
        across = (u - 0.5) * COS_TURN + (v - 0.5) * SIN_TURN
        down = -self.depth(u, v) * SIN_TILT - h * BOX_HEIGHT
        return self.width / 2 + EDGE * across, 302.0 + EDGE * down

    def depth(self, u: float, v: float) -> float:
        """How far behind the middle it is."""
        return (v - 0.5) * COS_TURN - (u - 0.5) * SIN_TURN

    def floor(self) -> Iterator[str]:
        """The floor of the box, the walls behind, and lines for the ticks."""
        corner = self.project
        x, y, z = (
            [float(axis.share(value)) for value, _ in axis.ticks()]
            for axis in (self.x, self.y, self.z)
        )
        lines = [[corner(u, 0, 0), corner(u, 1, 0), corner(u, 1, 1)] for u in [*x, 0.0, 1.0]]
        lines += [[corner(1, v, 0), corner(0, v, 0), corner(0, v, 1)] for v in [*y, 0.0, 1.0]]
        lines += [[corner(0, 0, h), corner(0, 1, h), corner(1, 1, h)] for h in [*z, 1.0]]
        yield element("path", d=through(lines), roles=["grid"])

    def _left(self) -> float:
        return 0.0

    def _grid(self) -> Iterator[str]:
        return iter(())

    def _axes(self) -> Iterator[str]:
        corner = self.project
        edges = [[corner(0, 0, 1), corner(0, 0, 0), corner(1, 0, 0), corner(1, 1, 0)]]
        yield element("path", d=through(edges), stroke_width=1.2, roles=["outline"])
        for value, text in self.x.ticks():
            x, y = corner(float(self.x.share(value)), 0, 0)
            yield words(text, x - 6, y + 17, text_anchor="end")
        for value, text in self.y.ticks():
            x, y = corner(1, float(self.y.share(value)), 0)
            yield words(text, x + 6, y + 17)
        for value, text in self.z.ticks():
            x, y = corner(0, 0, float(self.z.share(value)))
            yield words(text, x - 8, y + 4.3, text_anchor="end")
        for label, at, dx, dy, anchor in (
            (self.x.label, (0.5, 0, 0), -24.0, 40.0, "end"),
            (self.y.label, (1, 0.5, 0), 32.0, 36.0, "start"),
            (self.z.label, (0, 0, 1), 0.0, -14.0, "middle"),
        ):
            x, y = corner(*at)
            yield words(
                one_line(label, LABEL_COLUMNS), x + dx, y + dy, "expression", text_anchor=anchor
            )


def _descent(frame: Frame, places: list[Point], lines: Mapping[float, list[list[Point]]]) -> None:
    """The path: a dot a step as far as they can be told apart, the ends named."""
    apart, dots = [places[0]], [places[0]]
    for place in places[1:]:
        if math.dist(place, apart[-1]) >= 1:
            apart.append(place)
        if math.dist(place, dots[-1]) >= 7:
            dots.append(place)
    for width, role in ((5.0, "halo"), (1.8, "red")):
        frame.drawn.append(
            element("path", d=through([apart]), stroke_width=width, roles=[role], **ROUND)
        )
    discs = [(dot, dot) for dot in [*dots, places[-1]]]
    frame.drawn.append(element("path", d=through(discs), stroke_width=6.0, roles=["red"], **ROUND))
    for (x, y), end in pairwise([*apart, places[-1]]):
        count = 1 + int(math.dist((x, y), end) / 8)
        for share in np.arange(count) / count:
            frame.keep_free((x + (end[0] - x) * share, y + (end[1] - y) * share))
    frame.keep_free(places[-1])
    if len(dots) > 1:
        frame.beside("start", places[0])
        frame.beside("end", places[-1])
    digits = precision(sorted(lines))
    for level in lines:
        frame.on_line(number(level, digits), lines[level])


def _words(frame: Frame, bowl: Bowl) -> None:
    """Key, legend and description."""
    levels = bowl.levels
    digits = precision(levels)
    roles = [f"band{i}" for i in range(len(levels))]
    if len(levels) > 1:
        frame.key = ("J", roles, [number(level, digits) for level in levels[1:]])
    steps = len(bowl.path) - 1
    if steps:
        line = element(
            "path", d=through([[(0.0, 0.0), (SAMPLE, 0.0)]]), stroke_width=1.8, roles=["red"]
        )
        ends = [((x, 0.0), (x, 0.0)) for x in (0.0, SAMPLE / 2, SAMPLE)]
        dots = element("path", d=through(ends), stroke_width=6.0, roles=["red"], **ROUND)
        frame.legend.append((line + dots, f"descent, {steps:,} step{'s' * (steps != 1)}"))
    frame.said.append(bowl.said())
