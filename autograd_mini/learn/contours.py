"""Marching squares: where a function of two numbers, known on a grid, crosses a level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Point = tuple[float, float]
Edge = tuple[int, int, bool]
"""An edge of the grid: the row and column where it starts, and whether it runs along the row."""


def contours(z: Array, level: float) -> list[list[Point]]:
    """The lines on which z is ``level``, as points (column, row); a closed one ends as it starts.

    Between neighbours of the grid z is taken to be straight; it holds no inf. Numbers of at least
    ``level`` are to the right of a line as it goes, seen with rows going down. No line goes through
    a cell that touches a nan.

    >>> import numpy as np
    >>> contours(np.array([[0.0, 1.0], [0.0, 1.0]]), 0.25)
    [[(0.25, 1.0), (0.25, 0.0)]]
    """
    known = ~np.isnan(z[:-1, :-1] + z[:-1, 1:] + z[1:, 1:] + z[1:, :-1])
    return _lines(z, level, known)


def areas(z: Array, level: float) -> list[list[Point]]:
    """Rings around all places where z is at least ``level``, along the rim and along nan as well.

    Filled by the even-odd rule they are that area. z and the points are as in `contours`.

    >>> import numpy as np
    >>> [sorted(set(ring)) for ring in areas(np.array([[0.0, 1.0], [0.0, 1.0]]), 0.5)]
    [[(0.5, 0.0), (0.5, 1.0), (1.0, 0.0), (1.0, 1.0)]]
    """
    around = np.pad(z, 1, constant_values=np.nan)
    rings = _lines(around, level, np.full((len(z) + 1, z.shape[1] + 1), True))
    return [[(x - 1, y - 1) for x, y in ring] for ring in rings]


def _lines(z: Array, level: float, cells: Array) -> list[list[Point]]:
    """The lines through these cells."""
    after = dict(_segments(z, level, cells))
    ends = set(after.values())
    lines = []
    # Open lines are followed from their starts; what is left then are rings.
    for start in [*(edge for edge in after if edge not in ends), *after]:
        line = [start]
        while line[-1] in after:
            line.append(after.pop(line[-1]))
        if len(line) > 1:
            lines.append([_crossing(z, level, edge) for edge in line])
    return lines


def _segments(z: Array, level: float, cells: Array) -> Iterator[tuple[Edge, Edge]]:
    """How a line goes on through each cell, from edge to edge."""
    inside = z >= level
    corners = np.stack([inside[:-1, :-1], inside[:-1, 1:], inside[1:, 1:], inside[1:, :-1]])
    mixed = cells & corners.any(axis=0) & ~corners.all(axis=0)
    for row, column in np.argwhere(mixed).tolist():
        here = corners[:, row, column].tolist()
        # Clockwise from the top; edge i goes from corner i to the next.
        edges = [(row, column, True), (row, column + 1, False)]
        edges += [(row + 1, column, True), (row, column, False)]
        leaving = [i for i in range(4) if here[i] and not here[(i + 1) % 4]]
        entering = [i for i in range(4) if here[(i + 1) % 4] and not here[i]]
        # At a saddle the middle says whether the high corners or the low ones are joined.
        if len(leaving) == 2:
            joined = np.mean(z[row : row + 2, column : column + 2]) >= level
            entering = [(i + (1 if joined else -1)) % 4 for i in leaving]
        for i, j in zip(leaving, entering, strict=True):
            yield edges[i], edges[j]


def _crossing(z: Array, level: float, edge: Edge) -> Point:
    row, column, along = edge
    start = float(z[row, column])
    end = float(z[row, column + 1] if along else z[row + 1, column])
    if np.isnan(start) or np.isnan(end):
        share = float(np.isnan(start))
    else:
        share = (level - start) / (end - start)
    return (column + share, float(row)) if along else (float(column), row + share)
