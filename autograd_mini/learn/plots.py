"""Pictures of learning: how J fell, where the model changes its mind, the bowl and the way down.

Each is a `Figure`: a notebook shows it, ``.svg`` is its text, ``.save("x.svg")`` (.png, .pdf, .html)
writes it. No two things differ by colour alone, and a description tells what is to be seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import DomainError, InputError, ShapeError
from ..figure.figure import Figure
from ..node import no_grad
from ..ops import data_of
from ..primitive import read
from ..text import number, one_line
from . import shapes
from .axes import LARGEST, Axis, axis, precision
from .contours import areas, contours
from .descent import History
from .frame import BANDS, SAMPLE, SIDE, Frame, Point, element, path

Array = np.ndarray[Any, np.dtype[Any]]

GRID = 61
"""Numbers along each side of the grid on which a function of two is looked at."""


# The cost -----------------------------------------------------------------------------------------

CURVES = (
    ("blue", ""),
    ("red", "7 4"),
    ("green", "2 3"),
    ("purple", "12 4 2 4"),
    ("blue", "12 4"),
    ("red", "2 6"),
)
LOG_FROM = 100.0
"""From this ratio of the largest J to the smallest on, a straight axis would hide the small ones."""


def plot_cost(
    history: Any, *, title: str = "The cost as it was learnt", log: bool | None = None
) -> Figure:
    """The curve of J over the iterations.

    ``history`` is a `History`, the costs themselves, or a dict of up to six such, name by name, to
    compare. A nan or inf leaves a gap and a mark. ``log`` chooses the axis of J; by itself it is
    logarithmic where the costs are all above 0 and the largest is 100 times the smallest or more.

    Raises `InputError` where there are no costs, where one is no number, or where a logarithmic
    axis has no place for one.

    >>> import autograd_mini as am
    >>> history = am.learn.descend(lambda w: (w - 3) ** 2, [0.0], alpha=0.25, iterations=3)
    >>> am.learn.plot_cost(history)
    <Figure: The cost as it was learnt>
    """
    curves = history if isinstance(history, Mapping) else {"J": history}
    if not 1 <= len(curves) <= len(CURVES):
        raise InputError(f"{len(curves)} histories: one picture has room for 1 to {len(CURVES)}")
    costs = {str(name): _costs(str(name), given) for name, given in curves.items()}
    shown = np.concatenate([J[_drawable(J)] for J in costs.values()])
    frame = Frame(
        title,
        Axis("iteration", 0.0, max(1.0, *(len(J) - 1.0 for J in costs.values())), whole=True),
        _cost_axis(shown, log),
        (440.0, 270.0),
    )
    for (name, J), style in zip(costs.items(), CURVES, strict=False):
        _curve(frame, name, J, *style, named=len(costs) > 1)
    return frame.figure()


def _costs(name: str, history: Any) -> Array:
    given = history.costs if isinstance(history, History) else history
    try:
        costs = np.array([float(J) for J in given], dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: the costs are a sequence of numbers ({error})") from error
    if not costs.size:
        raise InputError(f"{name}: there are no costs to draw")
    return costs


def _drawable(values: Array) -> Array:
    return np.abs(values) <= LARGEST  # not so for a nan


def _cost_axis(J: Array, log: bool | None) -> Axis:
    low, high = (float(J.min()), float(J.max())) if J.size else (0.0, 1.0)
    if log and low < 1 / LARGEST:
        raise InputError(f"J is {low:g} once, which has no place on a logarithmic axis", values=(low,))
    if log or (log is None and low >= 1 / LARGEST and high / low >= LOG_FROM):
        return axis("J", np.array([low, high]), log=True)
    # With 0 at the foot, how far J fell is seen as it is; unless it hardly moved.
    if 0 <= low <= high / 2:
        return Axis("J", 0.0, high * 1.05)
    return axis("J", np.array([low, high]), margin=0.05)


def _curve(frame: Frame, name: str, J: Array, role: str, dashes: str, *, named: bool) -> None:
    """One curve with its gaps, marks where J is not finite, and its words."""
    good = _drawable(J)
    steps = np.arange(len(J))
    runs = np.split(steps, np.flatnonzero(np.diff(good)) + 1)
    lines = [frame.place(run, J[run]) for run in map(_thinned(J), runs) if good[run[0]]]
    dashed = {"stroke_dasharray": dashes} if dashes else {}
    line = {"stroke_width": 2.2, "stroke_linejoin": "round", **dashed, "roles": [role]}
    frame.drawn.append(element("path", d=path(lines), **line))
    dots = [points[0] for points in lines if len(points) == 1]
    dots += [] if len(J) > 30 else [point for points in lines for point in points]
    ...
