"""The curve of the cost: how J fell, iteration by iteration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..figure.figure import Figure
from ..figure.markup import escaped, tag
from ..text import number
from .axes import LARGEST, Axis, axis
from .descent import History
from .frame import ROUND, SAMPLE, Frame, crosses, element, through

Array = np.ndarray[Any, np.dtype[Any]]

CURVES = (
    ("blue", ""),
    ("red", "7 4"),
    ("green", "2 3"),
    ("purple", "12 4 2 4"),
    ("blue", "12 4"),
    ("red", "2 6"),
)
STRETCHES = 440
LOG_FROM = 100.0
"""Where the largest J is so many times the smallest, a straight axis would hide the small ones."""


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
    return cost_frame(history, title, log).figure()


def cost_frame(history: Any, title: str, log: bool | None = None) -> Frame:
    """The plot in the making; each curve is one group, drawn at the end."""
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
    return frame


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
        raise InputError(
            f"J is {low:g} once, which has no place on a logarithmic axis", values=(low,)
        )
    if log or (log is None and low >= 1 / LARGEST and high / low >= LOG_FROM):
        return axis("J", np.array([low, high]), log=True)
    # With 0 at the foot, how far J fell is seen as it is; unless it hardly moved.
    if 0 <= low <= high / 2:
        return Axis("J", 0.0, high * 1.05)
    return axis("J", np.array([low, high]), margin=0.05)


def _curve(frame: Frame, name: str, J: Array, role: str, dashes: str, *, named: bool) -> None:
    """One curve with its gaps, crosses above where J is not finite, and its words."""
    good = _drawable(J)
    runs = np.split(np.arange(len(J)), np.flatnonzero(np.diff(good)) + 1)
    kept = [_thinned(J, run) for run in runs if good[run[0]]]
    lines = [frame.place(run, J[run]) for run in kept]
    dashed = {"stroke_dasharray": dashes} if dashes else {}
    style: dict[str, Any] = {"stroke_width": 2.2, **ROUND, "roles": [role]}
    what = _told(name, J, good)
    drawn = [tag("title", escaped(what)), element("path", d=through(lines), **dashed, **style)]
    alone = [(line[0], line[0]) for line in lines if len(line) == 1]
    drawn.append(element("path", d=through(alone), **style | {"stroke_width": 7.0}))
    starts = [run[0] for run in runs if not good[run[0]]]
    bad = frame.place(starts, np.full(len(starts), frame.y.high))
    drawn.append(element("path", d=through(crosses(bad)), **style))
    frame.drawn.append(tag("g", *drawn))
    frame.said.append(what)
    if named:
        sample = element("path", d=through([[(0.0, 0.0), (SAMPLE, 0.0)]]), **dashed, **style)
        frame.legend.append((sample, name))
    if bad:
        sample = element("path", d=through(crosses([(SAMPLE / 2, 0.0)])), **style)
        frame.legend.append((sample, f"{name} is not finite"))


def _thinned(J: Array, run: Array) -> Array:
    """Of very many steps those that can be told apart: the ends and extremes of each stretch."""
    if len(run) <= STRETCHES * 4:
        return run
    kept = []
    for part in np.array_split(run, STRETCHES):
        lowest, highest = part[np.argmin(J[part])], part[np.argmax(J[part])]
        kept += sorted({part[0], lowest, highest, part[-1]})
    return np.array(kept)


def _told(name: str, J: Array, good: Array) -> str:
    """A curve in words."""
    steps = np.flatnonzero(good)
    said = [f"{name}:"]
    if len(steps):
        first, last, lowest = steps[0], steps[-1], steps[np.argmin(J[steps])]
        said.append(f"{number(J[first])} at iteration {first}, {number(J[last])} at {last}")
        said.append(f"(lowest {number(J[lowest])} at {lowest})")
    if len(steps) < len(J):
        where = f"first at iteration {np.argmin(good)}"
        said.append(f"not finite at {len(J) - len(steps):,} of {len(J):,} iterations, {where}")
    return " ".join(said) + "."
