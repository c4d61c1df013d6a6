"""Views: what a page shows of an array, however large: a table of numbers, or coarse squares."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ..text import numbers

ROWS, COLUMNS = 24, 32


@dataclass(frozen=True, slots=True)
class View:
    """An array as rows of ``cells``; the number of each, or the mean of those that lie there.

    ``text`` is the array on one line and ``shape`` its shape, as Python writes both. An array of
    more than two axes stands there with all but its last as rows. ``each`` is how many rows and
    columns went into a cell at most.
    """

    text: str
    shape: str
    low: float
    mean: float
    high: float
    cells: tuple[tuple[float, ...], ...]
    each: tuple[int, int]


Shown = float | View | None
"""What stands for a node's number or array, None where there is none."""


def view(x: Any) -> Shown:
    """A number as a float, an array as a View of its own: later changes do not reach it.

    >>> view(np.float64(2.0))
    2.0
    >>> view(np.arange(4.0)).cells
    ((0.0, 1.0, 2.0, 3.0),)
    >>> view(np.ones((100, 2))).each
    (5, 1)
    """
    if x is None or np.ndim(x) == 0:
        return None if x is None else float(x)
    values = np.asarray(x, dtype=np.float64)
    shape, text = str(np.shape(x)), numbers(x)
    if not values.size:
        return View(text, shape, np.nan, np.nan, np.nan, (), (1, 1))
    rows = values.reshape(prod(values.shape[:-1]), values.shape[-1])
    each = (-(-rows.shape[0] // ROWS), -(-rows.shape[1] // COLUMNS))
    with np.errstate(all="ignore"):
        cells = _means(_means(rows, each[0], 0), each[1], 1)
        low, mean, high = float(values.min()), float(values.mean()), float(values.max())
    return View(text, shape, low, mean, high, tuple(map(tuple, cells.tolist())), each)


def _means(values: Any, each: int, axis: int) -> Any:
    """The means of ``each`` neighbours along an axis; the last ones may be fewer."""
    if each == 1:
        return values
    length = values.shape[axis]
    starts = np.arange(0, length, each)
    counts = np.diff([*starts, length])
    return np.add.reduceat(values, starts, axis) / (counts[:, None] if axis == 0 else counts)
