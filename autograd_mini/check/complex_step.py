"""The complex step: a slope to the last digits, where all on the way is analytic.

An analytic f has f(x + ih) = f(x) + ih f'(x) - ..., so the imaginary part over h is the slope, and
no difference is taken in which digits cancel. How far off it may be is found by random rounding:
the graph is computed a few times with each result a little off, and the slopes scatter.

After W. Squire and G. Trapp (1998), and J. Vignes (1974) for the rounding.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.exceptions import ComplexWarning

from ..node import Node
from .line import DOUBLE, SEED, Line, precision
from .slope import Slope, power_of_two

RUNS = 3
SMALLEST = sys.float_info.min
"""Steps that go by smaller numbers than this would be lost in the gap around zero."""

Number = Callable[[Any], Any]
"""The one number that is differentiated, from the value of the graph's result."""


def tiny(x: float) -> float:
    """The h of a complex step from x: as nothing is subtracted, so small that h**2 is nothing."""
    scale = min(max(abs(x), SMALLEST), 1.0) if x else 1.0
    return power_of_two(scale, -70 if scale > 1e-270 else -20)


def sharpened(
    slope: Slope,
    line: Line,
    way: Sequence[Node],
    number: Number,
    plainly: Callable[[Any], Any] | None = None,
) -> Slope:
    """``slope``, known from differences, by a complex step; as it is where that cannot be.

    ``way`` are the nodes whose values follow from the first one's, moved along ``line``; the last
    of them is the result. ``plainly`` computes the same number from a complex point without the
    graph. All three have to be the same slope within their errors.
    """
    double = precision(*(node.data for node in way)) == DOUBLE
    smooth = all(node.op is not None and node.op.analytic for node in way[1:])
    if slope.kink or slope.edge or not math.isfinite(slope.value) or not (double and smooth):
        return slope
    h = tiny(line.x)
    point = line.point(1j * h)
    random = np.random.default_rng(SEED)
    try:
        with np.errstate(all="ignore"):
            found = number(_last(way, point, None)).imag / h
            others = [number(_last(way, point, random)).imag / h for _ in range(RUNS)]
            again = found if plainly is None else plainly(point).imag / h
    except (ArithmeticError, AttributeError, TypeError, ValueError, ComplexWarning):
        return slope  # something on the way takes no complex numbers
    error = 4 * max(abs(other - found) for other in others) + 16 * DOUBLE * abs(found)
    near = 3 * slope.error + error + math.sqrt(DOUBLE) * abs(found)
    if abs(again - found) <= error < slope.error and abs(slope.value - found) <= near:
        return Slope(found, error, found, found, slope.size, slope.change, analytic=True)
    return slope


def _last(way: Sequence[Node], point: Any, random: np.random.Generator | None) -> Any:
    """The complex value of the last node; with ``random``, all is rounded a little at random.

    Each result is; and each operand where an op adds up many numbers, which it rounds inside.
    """
    values = {way[0]: point}
    for node in way[1:]:
        op: Any = node.op  # never None: what follows from something is no leaf
        operands = [values.get(x, x.data) if isinstance(x, Node) else x for x in node.args]
        if random is not None and op.kind != "elementwise":
            count = len(operands) - op.statics
            operands[:count] = [_rounded(x, random) for x in operands[:count]]
        value = np.asarray(op.evaluate(operands, node.args))
        values[node] = value if random is None else _rounded(value, random)
    return values[way[-1]]


def _rounded(value: Any, random: np.random.Generator) -> Any:
    off = random.uniform(-DOUBLE, DOUBLE, (2, *np.shape(value)))
    return np.real(value) * (1 + off[0]) + 1j * (np.imag(value) * (1 + off[1]))
