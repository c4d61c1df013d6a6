"""Layout: which numbers of an array are meant, as slices and reshapes where that can be said.

A list of positions such as 0 1 2 3, 1 3 5 7 or 0 0 0 4 4 4 is an offset and axes of (length,
stride): so it is a view of the array, which costs nothing to read through, and not a gather.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from .code import Builder, Ref, Step

Axis = tuple[int, int]
"""How long an axis is, and how far apart in memory its neighbours are."""


class Grid(NamedTuple):
    """Positions offset + sum of index * stride, the last axis the fastest."""

    offset: int
    axes: tuple[Axis, ...]


def grid(positions: Any) -> Grid | None:
    """The axes of positions; None where they have none.

    >>> import numpy as np
    >>> from autograd_mini.replay.layout import grid
    >>> grid(np.array([0, 0, 0, 4, 4, 4]))
    Grid(offset=0, axes=((2, 4), (3, 0)))
    """
    axes: list[Axis] = []
    now = np.asarray(positions)
    offset = int(now[0])
    while len(now) > 1:
        steps = np.diff(now)
        breaks = np.flatnonzero(steps != steps[0])
        length = int(breaks[0]) + 1 if len(breaks) else len(now)
        if length < 2 or len(now) % length:
            return None
        rows = now.reshape(-1, length)
        if (rows - rows[:, :1] != np.arange(length) * steps[0]).any():
            return None
        axes.append((length, int(steps[0])))
        now = rows[:, 0]
    return Grid(offset, tuple(reversed(axes)))


def refined(grids: Sequence[Grid | None], count: int) -> tuple[int, ...] | None:
    """Lengths of axes fine enough for all grids; None where they do not go together."""
    cuts = {1, count}
    for found in grids:
        size = 1
        for length, _ in reversed(found.axes if found else ()):
            size *= length
            cuts.add(size)
    ordered = sorted(cuts)
    lengths = []
    for small, large in pairwise(ordered):
        if large % small:
            return None
        lengths.append(large // small)
    return tuple(reversed(lengths)) or (count,)


def split(found: Grid, lengths: tuple[int, ...]) -> Grid:
    """The same positions with their axes cut to these lengths."""
    axes: list[Axis] = []
    remaining = list(found.axes)
    size, stride = 1, 0
    for length in reversed(lengths):
        if size == 1:
            size, stride = remaining.pop() if remaining else (length, 0)
        axes.append((length, stride))
        size //= length
        stride *= length
    return Grid(found.offset, tuple(reversed(axes)))


def view(made: Builder, source: Ref, found: Grid) -> Any:
    """Steps that read a grid of an array (counted row by row); None where no view does.

    An axis along which nothing changes comes out with length 1, to be broadcast.
    """
    size = math.prod(made.steps[source.i].shape or ())
    moving = [(stride, length, i) for i, (length, stride) in enumerate(found.axes) if stride]
    if not moving:
        one = slice(found.offset, found.offset + 1)
        piece = _piece(made, _flat(made, source, size), one, (1,))
        return _reshaped(made, piece, (1,) * len(found.axes))
    if any(stride < 0 for stride, _, _ in moving):
        return _reversed(made, source, found, size)
    moving.sort(reverse=True)
    extents, starts = _extents(moving, found.offset, size)
    if extents is None:
        return None
    whole = math.prod(extents)
    flat: Any = source
    if whole != size:
        flat = _piece(made, _flat(made, source, size), slice(0, whole), (whole,))
    boxed = _reshaped(made, flat, tuple(extents))
    lengths = [length for _, length, _ in moving]
    index: tuple[Any, ...] = tuple(
        slice(None) if (start, length) == (0, extent) else slice(start, start + length)
        for start, length, extent in zip(starts, lengths, extents, strict=False)
    )
    taken = [*lengths]
    if len(extents) > len(lengths):
        index = (*index, starts[-1])
    if any(part != slice(None) for part in index):
        boxed = _piece(made, boxed, index, tuple(taken))
    order = sorted(range(len(moving)), key=lambda k: moving[k][2])
    if order != list(range(len(order))):
        shape = tuple(taken[k] for k in order)
        boxed = made.put(Step(ops.transpose, (boxed, tuple(order)), shape))
    shape = tuple(length if stride else 1 for length, stride in found.axes)
    return _reshaped(made, boxed, shape)


def _extents(
    moving: list[tuple[int, int, int]], offset: int, size: int
) -> tuple[list[int] | None, list[int]]:
    """The lengths of axes that an array is reshaped to, and where each begins to be read."""
    extents: list[int] = []
    starts: list[int] = []
    strides = [stride for stride, _, _ in moving]
    for stride, inner in zip(strides, [*strides[1:], 1], strict=True):
        if stride % inner:
            return None, []
        start, offset = divmod(offset, stride)
        starts.append(start)
        extents.append(stride // inner)
    # Each extent is counted in its own stride: that of the outermost is what is left of the array.
    last = extents.pop()
    first = starts[0] + moving[0][1]
    room = size // strides[0]
    whole = room if room * strides[0] == size else first
    if whole * strides[0] > size:
        return None, []
    extents = [whole, *extents]
    if last > 1:
        extents.append(last)
        starts.append(offset)
    for start, (_, length, _), extent in zip(starts, moving, extents, strict=False):
        if start + length > extent:
            return None, []
    return extents, starts


def _reversed(made: Builder, source: Ref, found: Grid, size: int) -> Any:
    if len(found.axes) != 1:
        return None
    ((length, stride),) = found.axes
    stop = found.offset + length * stride
    index = slice(found.offset, stop if stop >= 0 else None, stride)
    return made.put(Step(ops.getitem, (_flat(made, source, size), index), (length,)))


def _flat(made: Builder, source: Any, size: int) -> Any:
    return _reshaped(made, source, (size,))


def _reshaped(made: Builder, x: Any, shape: tuple[int, ...]) -> Any:
    if made.steps[x.i].shape == shape:
        return x
    return made.put(Step(ops.reshape, (x, shape), shape))


def _piece(made: Builder, x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    if made.steps[x.i].shape == shape:
        return x
    return made.put(Step(ops.getitem, (x, index), shape))
