"""The decision boundary of a model of two features, and how sure it is on either side."""

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
from .axes import axis, drawable
from .contours import contours
from .frame import SAMPLE, SIDE, Frame, Point, crosses, element, fill, scaled, single, through

Array = np.ndarray[Any, np.dtype[Any]]

GRID = 61
"""Numbers along each side of the grid on which the model is asked."""

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
SUREST = 40.0
"""The logit of a probability that a float cannot tell from 1."""
UNDECIDED: dict[str, Any] = {"stroke_width": 2.4, "roles": ["ink"]}


def plot_boundary(
    model: Any,
    X: Any,
    y: Any,
    *,
    labels: tuple[str, str] = ("x₁", "x₂"),
    title: str = "The decision boundary",
) -> Figure:
    """Examples of two features, the line where a model is undecided, and how sure it is.

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
    lines = _bands(frame, logit(p[: grid.shape[1]]).reshape(GRID, GRID))
    if (z := p[: grid.shape[1]]).min() > 0.5 or z.max() < 0.5:
        frame.said.append(f"p is {'above' if z[0] > 0.5 else 'below'} 0.5 everywhere here.")
    right = (p[grid.shape[1] :] > 0.5) == ones
    for at, name in enumerate(names):
        draw_class(frame, points[:, ones == bool(at)], f"y = {name}", bool(at))
    for place in frame.place(*points):
        frame.keep_free(place)
    _name_lines(frame, lines)
    frame.said.append(f"{np.sum(right)} of {right.size} examples are on the side of their label.")
    return frame.figure()


def _examples(X: Any, y: Any, names: Sequence[Any]) -> tuple[Array, Array]:
    """The features as two rows, and which labels are the second of the two names."""
    X, y = np.asarray(data_of(read(X)), dtype=float), np.asarray(data_of(y))
    rows = y.ndim == 1
    points = X.T if rows and X.ndim == 2 else X
    if (
        points.ndim != 2
        or len(points) != 2
        or not X.size
        or y.shape not in ((m := points.shape[1],), (1, m))
    ):
        raise ShapeError(
            f"X has shape {X.shape} and y {y.shape}; for examples of two features X is (2, m) with "
            "y (1, m), a column each, or (m, 2) with y (m,), a row each",
            shapes=(X.shape, y.shape),
        )
    drawable("X", X)
    if len(names) != 2:
        raise InputError(f"the model knows {len(names)} classes; a boundary is between two")
    y = y.ravel()
    ones, zeros = y == names[1], y == names[0]
    if not np.all(ones | zeros):
        other, (no, yes) = y[~(ones | zeros)].tolist()[0], np.asarray(names).tolist()
        raise InputError(f"y holds {other!r}, where each label is {no!r} or {yes!r}")
    return points, ones


def _probabilities(model: Any, points: Array) -> Array:
    """The model's p at each column of points."""
    if hasattr(model, "predict_proba"):
        p = np.asarray(model.predict_proba(points.T), dtype=float)[:, 1]
    else:
        with no_grad():
            p = np.array([single("predict", model(x1, x2)) for x1, x2 in points.T.tolist()])
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


def logit(p: Array) -> Array:
    """What is straight where p is sigmoid(z), so that its lines come out straight."""
    with np.errstate(divide="ignore"):
        z: Array = np.log(p) - np.log1p(-p)
    return np.clip(z, -SUREST, SUREST)


def _bands(frame: Frame, z: Array) -> dict[float, list[list[Point]]]:
    """How sure the model is, as colours with lines between, which are returned by their p."""
    roles = [f"no{i}" for i in reversed(range(SIDE))] + [f"yes{i}" for i in range(SIDE)]
    heights = logit(np.array(LEVELS)).tolist()
    frame.drawn.append(element("rect", width=frame.width, height=frame.height, roles=roles[:1]))
    fill(frame, z, dict(zip(heights, roles[1:], strict=True)))
    frame.key = ("p", roles, [number(p) for p in LEVELS])
    lines = {p: scaled(frame, contours(z, h), z) for p, h in zip(LEVELS, heights, strict=True)}
    for p in LEVELS:
        style = UNDECIDED if p == 0.5 else {"stroke_dasharray": "4 4", "roles": ["outline"]}
        frame.drawn.append(element("path", d=through(lines[p]), **style))
    return lines


def _name_lines(frame: Frame, lines: Mapping[float, list[list[Point]]]) -> None:
    """Say which line is which: above all of that where p is 0.5."""
    undecided = lines[0.5]
    if undecided:
        sample = element("path", d=through([[(0.0, 0.0), (SAMPLE, 0.0)]]), **UNDECIDED)
        frame.legend.append((sample, "p = 0.5"))
        frame.said.append("A line parts where p is above 0.5 from where it is below.")
    frame.on_line("p = 0.5", undecided)
    # Where the others are close to it they need no name.
    for line in undecided:
        for place in line:
            frame.keep_free(place, 3.0)
    for p in (0.25, 0.75, 0.1, 0.9):
        frame.on_line(f"p = {number(p)}", lines[p])


def draw_class(frame: Frame, points: Array, name: str, one: bool) -> None:
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
    d = through([(place, place) for place in places] if one else crosses(places, by=3.5))
    widths = (10.0, 7.0) if one else (4.5, 2.0)
    roles = ("halo", "blue" if one else "red")
    return [
        element("path", d=d, stroke_width=width, stroke_linecap="round", roles=[role])
        for width, role in zip(widths, roles, strict=True)
    ]
