"""Axes of a plot: from where to where, straight or logarithmic, and the ticks on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import InputError
from ..text import number
from . import shapes

Array = np.ndarray[Any, np.dtype[Any]]

STEPS, DECADES = 6, 7
LARGEST = 1e300
"""What is farther out than this has no place on an axis, whose length would overflow."""


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high``, which are apart and finite, and above 0 on a ``log`` axis.

    ``whole``: what stands on it is counted, so no tick is between whole numbers.
    """

    label: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def share(self, values: Any) -> Any:
        """Where on the axis values are, 0 at ``low`` and 1 at ``high``."""
        low, high = self.low, self.high
        if self.log:
            low, high, values = math.log10(low), math.log10(high), np.log10(values)
        return (values - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Round numbers along the axis, and how they are written.

        >>> [written for _, written in Axis("J", 0.0, 0.7).ticks()]
        ['0', '0.2', '0.4', '0.6']
        >>> [written for _, written in Axis("J", 1e-3, 1.0, log=True).ticks()]
        ['0.001', '0.01', '0.1', '1']
        """
        values = self._decades() if self.log else self._steps()
        digits = 4 if self.log else precision(values)
        return [(value, number(value, digits)) for value in values]

    def _steps(self) -> list[float]:
        rough = (self.high - self.low) / STEPS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * by for by in (1, 2, 5, 10) if power * by >= rough * (1 - 1e-9))
        step = max(step, 1.0) if self.whole else step
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{i * step:.14g}") for i in range(first, last + 1)]

    def _decades(self) -> list[float]:
        first, last = round(math.log10(self.low)), round(math.log10(self.high))
        return [float(f"1e{k}") for k in range(first, last + 1, 1 + (last - first) // DECADES)]


def axis(label: str, values: Array, *, margin: float = 0.0, log: bool = False) -> Axis:
    """An axis on which all the values have a place: a ``log`` one from decade to decade.

    >>> import numpy as np
    >>> axis("w", np.array([2.0, 4.0]), margin=0.25), axis("b", np.array([3.0]))
    (Axis(label='w', low=1.5, high=4.5, ...), Axis(label='b', low=1.5, high=4.5, ...))
    """
    low, high = float(np.min(values)), float(np.max(values))
    if log:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return Axis(label, 10.0**first, 10.0 ** max(last, first + 1), log=True)
    largest = max(abs(low), abs(high))
    if high - low <= max(largest * 1e-9, 1 / LARGEST):
        return Axis(label, low - (largest / 2 or 1.0), high + (largest / 2 or 1.0))
    by = (high - low) * margin
    return Axis(label, low - by, high + by)


def drawable(name: str, values: Array) -> None:
    """Raise an `InputError` where a number has no place on any axis."""
    shapes.finite(name, values)
    if (farthest := float(np.abs(values).max())) > LARGEST:
        raise InputError(f"{name} holds {farthest:g}, too far out to be drawn", values=(farthest,))


def precision(values: Sequence[float]) -> int:
    """How many significant digits tell increasing values apart; 4 at least.

    >>> precision([1.0, 2.0]), precision([1000.001, 1000.002])
    (4, 7)
    """
    gap = min((high - low for low, high in pairwise(values)), default=0.0)
    largest = max(map(abs, values), default=0.0)
    if not gap:
        return 4
    finest = math.floor(math.log10(gap * (1 + 1e-6)))
    return max(4, math.floor(math.log10(largest)) - finest + 1)
