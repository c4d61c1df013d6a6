"""Derivatives of plain functions by extrapolated differences: they know none of the rules."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def derivative(f: Callable[[float], float], x: float, h: float = 0.02) -> float:
    """df/dx by central differences at halved steps, extrapolated to step 0 (Richardson, 5 rows)."""
    row: list[float] = []
    for k in range(5):
        step = h / 2**k
        new = [(f(x + step) - f(x - step)) / (2 * step)]
        for j, below in enumerate(row):
            new.append(new[j] + (new[j] - below) / (4 ** (j + 1) - 1))
        row = new
    return row[-1]


def gradients(f: Callable[..., float], arrays: Sequence[Any]) -> list[Any]:
    """df/darray for each array, one number of it after the other."""
    results = []
    for i, array in enumerate(arrays):
        result = np.zeros(np.shape(array))
        for place in np.ndindex(result.shape):

            def moved(value: float, i: int = i, place: Any = place) -> float:
                copies = [np.array(a, dtype=float) for a in arrays]
                copies[i][place] = value
                return float(f(*copies))

            result[place] = derivative(moved, float(np.asarray(array)[place]), 0.002)
        results.append(result)
    return results
