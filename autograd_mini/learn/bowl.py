"""The bowl: J of two variables as a map and as a surface, with the way that descent took."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import DomainError, InputError, ShapeError
from ..figure.figure import Figure
from ..node import no_grad
from ..ops import data_of
from ..primitive import read
from ..text import number
from . import shapes
from .axes import LARGEST, Axis, precision
from .contours import contours
from .descent import History
from .frame import BANDS, ROUND, SAMPLE, Frame, Point, element, fill, scaled, single, through

Array = np.ndarray[Any, np.dtype[Any]]

GRID = 61
"""Numbers along each side of the grid on which J is computed."""
LOG_FROM = 1e4
"""Where the largest J is so many times the smallest, levels go up by a factor."""


HALF_FROM = 0.35
"""The map's shorter side is at least this much of the longer, measured in the variables."""


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
        return [low, *map(round, levels.tolist(), places)]

    def said(self) -> str:
        """The picture in words."""
        low, high = number(np.nanmin(self.z)), number(np.nanmax(self.z))
        here = f"between {low} and {high}" if low != high else low
        names = f"({self.x.label}, {self.y.label})"
        start, end = (
            f"{names} = ({', '.join(map(number, self.path[i]))}), where J = "
            f"{number(self.heights[i])}"
            for i in (0, -1)
        )
        steps = len(self.path) - 1
        count = f"{steps:,} step{'s' * (steps != 1)}"
        way = f"{count} from {start}, to {end}" if steps else f"A point at {start}"
        blank = " Where it is blank, J has no value." if np.isnan(self.z).any() else ""
        return f"{way}. J is {here} here.{blank}"


def survey(cost: Callable[..., Any], path: Any, labels: tuple[str, str], grid: int) -> Bowl:
    """J on ``grid`` times ``grid`` places around a path."""
    steps = path.path if isinstance(path, History) else list(path)
    if not steps:
        advice = "; am.learn.descend(..., keep_path=True) keeps it" if path else ""
        raise InputError(f"the path is empty{advice}")
    read_steps = [
        [data_of(read(v)) for v in (step if np.iterable(step) else [step])] for step in steps
    ]
    forms = [np.shape(v) for v in read_steps[0]]
    points = np.array([_two(step) for step in read_steps])
    shapes.finite("path", points)

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
            f"a step of the path holds {numbers.size} numbers, of shapes {held}; a bowl is J of two, "
            "such as w and b",
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
    half = (
        np.maximum(half, HALF_FROM * half.max()) if half.max() else np.maximum(1, abs(lowest) / 2)
    )
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
    for place in apart:
        frame.keep_free(place)
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
