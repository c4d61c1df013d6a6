"""Line: the straight lines along which a float or an array is moved, and its slope along one.

A float has one line, a small array one for each number, and a large one is moved along a few random
directions instead, each of which sees all of its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import GradientError, OperandError
from ..node import Node, make
from ..primitive import read
from ..transforms.call import numeric
from .slope import Slope, slope

FEW = 100
"""Arrays of up to so many numbers are moved one number at a time."""

DIRECTIONS = 5
SEED = 20
DOUBLE = float(np.finfo(np.float64).eps)

At = Callable[[Any], Any]
"""The result of a function or a graph for another point in the place of what moves."""


@dataclass(frozen=True)
class Line:
    """The points ``data + t * direction``; t moves numbers of the size ``x``.

    ``index`` is the one number that moves, None when all do; ``place`` says so in words.
    """

    data: Any
    direction: Any
    x: float
    place: str = ""
    index: tuple[int, ...] | None = None

    def point(self, t: complex) -> Any:
        """``data`` moved by t, in its own dtype (in complex128 for a complex t)."""
        if isinstance(self.data, float):
            return self.data + t
        dtype = np.complex128 if isinstance(t, complex) else self.data.dtype
        return np.asarray(self.data + t * self.direction, dtype)

    def along(self, gradient: Any) -> float:
        """The slope that a gradient by ``data`` means along this line."""
        gradient = np.broadcast_to(gradient, np.shape(self.data))
        if self.index is not None:
            return float(gradient[self.index])
        with np.errstate(all="ignore"):
            return float(np.sum(gradient * self.direction))

    def spread(self, errors: Any) -> float:
        """How far off such a slope may be, for the errors of the gradient's numbers."""
        if self.index is not None:
            return self.along(errors)
        return float(np.sum(errors * np.absolute(self.direction)))

    def slope(
        self,
        at: At,
        value: float,
        eps: float,
        blur: float,
        grain: float,
        step: float | None = None,
    ) -> Slope:
        """The slope of ``at`` along this line; points outside its domain are passed over."""

        def along(t: float) -> float:
            try:
                with np.errstate(all="ignore"):
                    point = self.point(t)
                    return real(at(point)) if np.all(np.isfinite(point)) else math.nan
            except OverflowError:
                return math.inf
            except (ArithmeticError, ValueError):
                return math.nan

        return slope(along, value, self.x, eps, blur, grain * abs(self.x), step)


def lines(data: Any, few: int = FEW) -> Iterator[Line]:
    """The lines on which a float or an array is moved to know all about its slopes."""
    return coordinates(data) if np.size(data) <= few else directions(data)


def coordinates(data: Any) -> Iterator[Line]:
    """A line for each number of a float or an array."""
    if isinstance(data, float):
        yield Line(data, 1.0, data, index=())
        return
    for index in np.ndindex(data.shape):
        direction = np.zeros(data.shape)
        direction[index] = 1.0
        place = f"[{', '.join(map(str, index))}]" if index else ""
        yield Line(data, direction, float(data[index]), place, index)


def directions(data: Any) -> Iterator[Line]:
    """A few random lines (always the same) that move each number of an array by its own measure."""
    size = np.absolute(data)
    scale = np.where(size > 0, size, np.median(size[size > 0]) if np.any(size > 0) else 1.0)
    random = np.random.default_rng(SEED)
    for i in range(DIRECTIONS):
        direction = random.uniform(-1.0, 1.0, data.shape) * scale
        yield Line(data, direction, 1.0, f" along direction {i + 1}")


# What moves, and what comes of it ----------------------------------------------------------------


def numbers(arg: Any) -> Any:
    """What an argument holds, to be moved: a float, or a new array of a floating dtype."""
    if isinstance(arg, dict):
        raise OperandError(
            "what moves are numbers and arrays, each an argument of its own, not a dict: "
            "write lambda w, b: f({'w': w, 'b': b})"
        )
    plain = read(arg)
    data = numeric(plain.data if isinstance(plain, Node) else plain)
    return data if isinstance(data, float) else np.array(data)


def like(arg: Any, data: Any) -> Any:
    """``data`` as ``arg`` was given: a leaf for a node (of real numbers), else plain."""
    if isinstance(arg, Node) and not np.iscomplexobj(data):
        return make(data)
    return data[()] if isinstance(arg, np.generic) else data


def one_number(result: Any) -> float | complex:
    """The one number, a float or a complex one, that a result holds.

    Raises `OperandError` for what is no number, `GradientError` for several.
    """
    array = np.asarray(result.data if isinstance(result, Node) else result)
    if array.dtype.kind not in "biufc":
        raise OperandError(f"a derivative is of a number; this result is {result!r}")
    if array.size != 1:
        raise GradientError(
            f"a derivative is of one number; this result holds {array.size} (shape {array.shape}), "
            "so reduce it first, as in am.sum(...)",
            shapes=(array.shape,),
        )
    number = array.item()
    return number if isinstance(number, complex) else float(number)


def real(result: Any) -> float:
    """The one real number that a result holds."""
    number = one_number(result)
    if isinstance(number, complex):
        raise GradientError(f"a derivative is of a real number; this result is {number}")
    return number


def precision(*values: Any) -> float:
    """The coarsest eps of the values' floating dtypes; numbers without one are doubles."""
    dtypes = {getattr(value, "dtype", None) for value in values}
    coarse = [float(np.finfo(d).eps) for d in dtypes if d is not None and d.kind == "f"]
    return max([DOUBLE, *coarse])


def smallest(eps: float) -> float:
    """The smallest number with all the digits that a precision has."""
    kinds = [np.finfo(dtype) for dtype in (np.float16, np.float32, np.float64)]
    return next((float(kind.tiny) for kind in kinds if kind.eps == eps), 0.0)
