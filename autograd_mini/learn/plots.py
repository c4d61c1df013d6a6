"""Pictures of learning: how J fell, where the model changes its mind, the bowl and the way down.

Each is a `Figure`: a notebook shows it, ``.svg`` is its text, ``.save("x.svg")`` (.png, .pdf, .html)
writes it. No two things differ by colour alone, and a description tells what is to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError, ShapeError
from ..figure.figure import Figure
from ..figure.markup import escaped, tag
from ..node import no_grad
from ..ops import data_of
from ..primitive import read
from ..text import number
from . import shapes
from .axes import LARGEST, Axis, axis
from .contours import areas, contours
from .descent import History
from .frame import SAMPLE, SIDE, Frame, Point, element, path

Array = np.ndarray[Any, np.dtype[Any]]

DOT: dict[str, Any] = {"stroke_width": 7.0, "stroke_linecap": "round"}
"""A line from a point to itself in this style is a disc."""

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
STRETCHES = 440
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
    style: dict[str, Any] = {"stroke_width": 2.2, "stroke_linejoin": "round", "roles": [role]}
    what = _told(name, J, good)
    drawn = [tag("title", escaped(what)), element("path", d=path(lines), **dashed, **style)]
    alone = [(line[0], line[0]) for line in lines if len(line) == 1]
    drawn.append(element("path", d=path(alone), **style | DOT))
    starts = [run[0] for run in runs if not good[run[0]]]
    bad = frame.place(starts, np.full(len(starts), frame.y.high))
    drawn.append(element("path", d=path(_crosses(bad)), **style))
    frame.drawn.append(tag("g", *drawn))
    frame.said.append(what)
    if named:
        sample = element("path", d=path([[(0.0, 0.0), (SAMPLE, 0.0)]]), **dashed, **style)
        frame.legend.append((sample, name))
    if bad:
        sample = element("path", d=path(_crosses([(SAMPLE / 2, 0.0)])), **style)
        frame.legend.append((sample, f"{name} is not finite from here on"))


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


def _crosses(points: Sequence[Point], by: float = 4.0) -> list[list[Point]]:
    """A × at each point."""
    lines = []
    for x, y in points:
        lines += [[(x - by, y - by), (x + by, y + by)], [(x - by, y + by), (x + by, y - by)]]
    return lines


# The decision boundary ----------------------------------------------------------------------------

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
SUREST = 40.0
"""The logit of a probability that a float cannot tell from 1."""


def plot_boundary(
    model: Any,
    X: Any,
    y: Any,
    *,
    labels: tuple[str, str] = ("x₁", "x₂"),
    title: str = "The decision boundary",
) -> Figure:
    """Examples of two features, the line where the model is undecided, and how sure it is elsewhere.

    ``model`` is a function predict(x1, x2) -> p of two floats, which gives the probability of y = 1
    as a number or a node, or an estimator after scikit-learn's conventions with ``predict_proba``.
    The examples are the lecture's columns, X (2, m) with y (1, m), or scikit-learn's rows, X (m, 2)
    with y (m,): the shape of y says which. ``labels`` name the features. y is of zeros and ones, or
    of an estimator's two ``classes_``.

    Raises `ShapeError` for other shapes, `InputError` for other labels, a nan or inf in X, or a p
    that is no probability.

    >>> import autograd_mini as am
    >>> X, y = [[0.0, 1.0, 3.0], [1.0, 2.0, 0.0]], [[0, 0, 1]]
    >>> am.learn.plot_boundary(lambda x1, x2: am.sigmoid(2 * x1 - x2 - 1), X, y)
    <Figure: The decision boundary>
    """
    names = getattr(model, "classes_", (0, 1))
    points, ones = _examples(X, y, names)
    x1, x2 = (axis(label, row, margin=0.12) for label, row in zip(labels, points, strict=True))
    frame = Frame(title, x1, x2, (400.0, 400.0))
    across, up = np.linspace(x1.low, x1.high, GRID), np.linspace(x2.low, x2.high, GRID)
    grid = np.stack([part.ravel() for part in np.meshgrid(across, up)])
    p = _probabilities(model, np.hstack([grid, points]))
    _bands(frame, _logit(p[: grid.shape[1]]).reshape(GRID, GRID))
    right = (p[grid.shape[1] :] > 0.5) == ones
    for at, name in enumerate(names):
        _class(frame, points[:, ones == bool(at)], f"y = {name}", bool(at))
    share = f"{np.sum(right)} of {right.size} examples are on the side of their label"
    frame.said.append(share[:1].upper() + share[1:] + ".")
    return frame.figure()


def _examples(X: Any, y: Any, names: Sequence[Any]) -> tuple[Array, Array]:
    """The features as two rows, and which labels are the second of the two names."""
    X, y = np.asarray(data_of(read(X)), dtype=float), np.asarray(data_of(y))
    rows = y.ndim == 1
    points = X.T if rows and X.ndim == 2 else X
    if points.ndim != 2 or len(points) != 2 or not X.size or y.shape not in _label_shapes(points):
        raise ShapeError(
            f"X has shape {X.shape} and y {y.shape}; for examples of two features X is (2, m) with "
            "y (1, m), a column each, or (m, 2) with y (m,), a row each",
            shapes=(X.shape, y.shape),
        )
    shapes.finite("X", X)
    if len(names) != 2:
        raise InputError(f"the model knows {len(names)} classes; a boundary is between two")
    y = y.ravel()
    ones, zeros = y == names[1], y == names[0]
    if not np.all(ones | zeros):
        other = y[~(ones | zeros)][0]
        raise InputError(f"y holds {other!r}, where each label is {names[0]!r} or {names[1]!r}")
    return points, ones


def _probabilities(model: Any, points: Array) -> Array:
    """The model's p at each column of points."""
    if hasattr(model, "predict_proba"):
        p = np.asarray(model.predict_proba(points.T), dtype=float)[:, 1]
    else:
        with no_grad():
            p = np.array([_single("predict", model(x1, x2)) for x1, x2 in points.T.tolist()])
    wrong = ~((p >= 0) & (p <= 1))
    if np.any(wrong):
        at, found = np.argmax(wrong), p[wrong][0]
        where = ", ".join(number(x) for x in points[:, at])
        raise InputError(
            f"the model gives {found:g} at ({where}), where a probability is between 0 and 1; "
            "am.sigmoid(z) is one",
            values=(float(found),),
        )
    return p


def _single(name: str, result: Any) -> float:
    """The number that a function gave."""
    data = data_of(read(result))
    if np.size(data) != 1:
        raise ShapeError(
            f"{name} gave an array of shape {np.shape(data)}, where one number is meant: it is "
            "called for one point at a time",
            shapes=(np.shape(data),),
        )
    return float(np.reshape(data, ()))


def _logit(p: Array) -> Array:
    """What is straight where p is sigmoid(z), so that its lines come out straight."""
    with np.errstate(divide="ignore"):
        return np.clip(np.log(p) - np.log1p(-p), -SUREST, SUREST)


def _bands(frame: Frame, z: Array) -> None:
    """How sure the model is, as colours with lines between."""
    w, h = frame.width, frame.height
    roles = [f"no{i}" for i in reversed(range(SIDE))] + [f"yes{i}" for i in range(SIDE)]
    frame.drawn.append(element("rect", width=w, height=h, roles=roles[:1]))
    heights = _logit(np.array(LEVELS)).tolist()
    _fill(frame, z, dict(zip(heights, roles[1:], strict=True)))
    for p, level in zip(LEVELS, heights, strict=True):
        lines = _scaled(frame, contours(z, level), z)
        middle = p == 0.5
        style: dict[str, Any] = {"stroke_dasharray": "4 4"}
        if middle:
            style = {"stroke_width": 2.4}
            side = "above" if z.min() > 0 else "below"
            frame.said.append(
                "A line parts where p is above 0.5 from where it is below."
                if lines
                else f"p is {side} 0.5 everywhere here."
            )
        frame.drawn.append(
            element("path", d=path(lines), **style, roles=["ink" if middle else "outline"])
        )
    frame.key = ("p", roles, [number(p) for p in LEVELS])


def _fill(frame: Frame, z: Array, roles: Mapping[float, str]) -> None:
    """Colour what is at least as high as each level, over what is lower."""
    for level, role in roles.items():
        d = path(_scaled(frame, areas(z, level), z), "Z")
        frame.drawn.append(element("path", d=d, fill_rule="evenodd", roles=[role]))


def _scaled(frame: Frame, lines: list[list[Point]], z: Array) -> list[list[Point]]:
    """Lines on the grid as lines in the frame, where rows go up."""
    rows, columns = (n - 1 for n in z.shape)
    w, h = frame.width, frame.height
    return [[(x / columns * w, h - y / rows * h) for x, y in line] for line in lines]


def _class(frame: Frame, points: Array, name: str, one: bool) -> None:
    """The examples of one label: discs for the second, crosses for the first."""
    count = points.shape[1]
    if not count:
        return
    places = frame.place(*points)
    what = f"{name}: {count:,} example{'s' * (count != 1)}"
    frame.drawn.append(tag("g", tag("title", escaped(what)), *_marks(places, one)))
    frame.legend.append(("".join(_marks([(SAMPLE / 2, 0.0)], one)), what))
    frame.said.append(f"{what}, drawn as {'discs' if one else 'crosses'}.")


def _marks(places: Sequence[Point], one: bool) -> list[str]:
    """Discs or crosses, each with a rim in the page's colour."""
    d = path([(place, place) for place in places] if one else _crosses(places, by=3.5))
    widths = (10.0, 7.0) if one else (4.5, 2.0)
    roles = ("halo", "blue" if one else "red")
    return [
        element("path", d=d, stroke_width=width, stroke_linecap="round", roles=[role])
        for width, role in zip(widths, roles, strict=True)
    ]


def _label_shapes(points: Array) -> list[tuple[int, ...]]:
    m = points.shape[1]
    return [(m,), (1, m)]
