"""How far each op's value and derivatives are from mpmath's, in ulps.

An ulp (unit in the last place) is the distance between the floats around the true result. Values
and first derivatives of elementwise ops are held to it as they are: their operands count as exact.
Second derivatives, and whatever ops on whole arrays give, are held to ulps times the condition
number, which is what rounding every operand once could do (`jets.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

import autograd_mini as am
from autograd_mini.primitive import TABLE

from .jets import Jet, Parts, inputs, rows_of_inputs
from .meanings import meant, total
from .regions import Draw, Whole, drawn

DIGITS = 50
KINDS = ("float", "float64", "float32")
"""Values, and Tensors of two dtypes."""

ORDERS = ("value", "first", "second")

HEADROOM = 1000.0
"""Results closer to overflow than by this factor are not judged."""

CHOSEN = 6
"""So many numbers of a large array have their derivatives checked."""

Key = tuple[str, tuple[int, ...]]
"""An order, and the operands it is differentiated by."""


@dataclass(frozen=True)
class Error:
    """The worst error of an op in one respect, and the operands it was met at."""

    op: str
    kind: str
    order: str
    ulps: float
    at: str


def spacing(x: Any, dtype: Any) -> Any:
    """One ulp: the distance between the floats around x."""
    info = np.finfo(dtype)
    lowest = info.minexp - info.nmant
    exponent = int(mp.frexp(x)[1]) - 1 - info.nmant if x else lowest
    return mp.ldexp(1, int(max(exponent, lowest)))


def distance(found: float, true: Any, unit: Any) -> float:
    """|found - true| in units; a nan or an inf is infinitely far."""
    if not math.isfinite(found):
        return math.inf
    error = abs(mp.mpf(found) - true)
    return float(error / unit) if error else 0.0


def normal(x: Any, dtype: Any) -> bool:
    """Whether floats hold x with all their digits, and with room for the steps on the way to it."""
    info = np.finfo(dtype)
    return bool(x == 0 or float(info.tiny) <= abs(x) <= float(info.max) / HEADROOM)


# Elementwise ops ----------------------------------------------------------------------------------


def elementwise(name: str, operands: tuple[Draw, ...], count: int) -> Iterator[Error]:
    """The worst errors of an elementwise op over one of its regions."""
    for dtype in (np.float64, np.float32):
        columns = inside(operands, drawn(name, operands, count), dtype)
        if not max(map(np.size, columns)):
            continue  # float32 does not reach this region
        exact = exact_columns(name, columns, dtype)
        if dtype is np.float64:
            yield from worst(name, "float", columns, of_values(name, columns), exact, dtype)
        found = of_tensors(name, columns)
        yield from worst(name, np.dtype(dtype).name, columns, found, exact, dtype)


def inside(operands: Sequence[Draw], columns: Sequence[Any], dtype: Any) -> list[Any]:
    """Columns in a dtype, without rows on the edge of a region or of the dtype's reach."""
    with np.errstate(over="ignore", under="ignore"):
        columns = [c.astype(dtype) if np.ndim(c) else c for c in columns]
    kept = np.ones(max(map(np.size, columns)), dtype=bool)
    for draw, column in zip(operands, columns, strict=True):
        if np.ndim(column):
            kept &= np.isfinite(column) & ((column == 0) | (abs(column) >= np.finfo(dtype).tiny))
            kept &= column != dtype(getattr(draw, "center", np.nan))
    return [column[kept] if np.ndim(column) else column for column in columns]


def uncertain(jets: Sequence[Any]) -> list[Any]:
    """Operands as ones that are known to a rounding; constants are exact."""
    return [x.rounded([""]) if isinstance(x, Jet) else x for x in jets]


def by(columns: Sequence[Any]) -> list[int]:
    """The operands to differentiate by: columns, not constants."""
    return [k for k, column in enumerate(columns) if np.ndim(column)]


def exact_columns(name: str, columns: Sequence[Any], dtype: Any) -> dict[Key, list[Any]]:
    """What is true, with the unit to count its error in, row by row."""
    # A constant beside an array of a narrow dtype is rounded to it, as NumPy does.
    columns = [c if np.ndim(c) else float(dtype(c)) for c in columns]
    exact: dict[Key, list[Any]] = {}
    for j in by(columns):
        jet = meant(name, uncertain(rows_of_inputs(columns, j)))
        shape = (*jet.shape, len(by(columns)))

        def part(parts: Parts, key: str, shape: tuple[int, ...] = shape) -> Any:
            return np.broadcast_to(parts.get(key, mp.zero), shape).T

        exact["value", ()] = [(x, spacing(x, dtype)) for x in jet.value]
        firsts, seconds = part(jet.exact, "i"), part(jet.exact, "iv")
        sizes = part(jet.bounds, "iv") + part(jet.bounds, "ive")
        for k, first, second, size in zip(by(columns), firsts, seconds, sizes, strict=True):
            exact["first", (k,)] = [(x, spacing(x, dtype)) for x in first]
            exact["second", (k, j)] = [
                (x, spacing(unit, dtype)) for x, unit in zip(second, size, strict=True)
            ]
    return exact


def of_values(name: str, columns: Sequence[Any]) -> dict[Key, list[float]]:
    """What Values give, row by row."""
    rows = np.broadcast_arrays(*columns)
    found: dict[Key, list[float]] = {}
    for row in zip(*(column.tolist() for column in rows), strict=True):
        for key, result in of_a_row(name, row, by(columns)).items():
            found.setdefault(key, []).append(result)
    return found


def of_a_row(name: str, row: Sequence[float], operands: Sequence[int]) -> dict[Key, float]:
    """What Values of these numbers give; nan where it is beyond the largest float."""
    args: list[Any] = [am.Value(x) if k in operands else x for k, x in enumerate(row)]
    nodes = [args[k] for k in operands]
    found = dict.fromkeys(keys(operands), math.nan)
    try:
        result = TABLE[name](*args)
        found["value", ()] = result.data
        result.backward()
        for k in operands:
            found["first", (k,)] = args[k].grad
        for k, first in zip(operands, am.gradient(result, nodes), strict=True):
            for j, second in zip(operands, am.gradient(first, nodes), strict=True):
                found["second", (k, j)] = second.data
    except ArithmeticError:
        pass
    return found


def of_tensors(name: str, columns: Sequence[Any]) -> dict[Key, list[float]]:
    """What Tensors give, all rows at once."""
    operands = by(columns)
    args = [am.Tensor(c) if np.ndim(c) else c for c in columns]
    nodes = [args[k] for k in operands]
    found: dict[Key, list[float]] = {}
    with np.errstate(all="ignore"):
        result = TABLE[name](*args)
        found["value", ()] = result.data.tolist()
        for k, first in zip(operands, am.gradient(am.sum(result), nodes), strict=True):
            found["first", (k,)] = first.data.tolist()
            for j, second in zip(operands, am.gradient(am.sum(first), nodes), strict=True):
                found["second", (k, j)] = second.data.tolist()
    return found


def keys(operands: Sequence[int]) -> list[Key]:
    """All there is to find for an op of these operands."""
    seconds: list[Key] = [("second", (k, j)) for k in operands for j in operands]
    return [("value", ()), *(("first", (k,)) for k in operands), *seconds]


def worst(
    name: str,
    kind: str,
    columns: Sequence[Any],
    found: dict[Key, list[float]],
    exact: dict[Key, list[Any]],
    dtype: Any,
) -> Iterator[Error]:
    """The worst error of each order, over the rows that floats hold up to that order."""
    rows = range(len(found["value", ()]))
    for order in ORDERS:
        own = [key for key in exact if key[0] == order]
        rows = [n for n in rows if all(normal(exact[key][n][0], dtype) for key in own)]
        most, place = 0.0, 0
        for n in rows:
            error = max(distance(found[key][n], *exact[key][n]) for key in own)
            if error >= most:
                most, place = error, n
        at = ", ".join(f"{np.ravel(c)[place if np.ndim(c) else 0]:.17g}" for c in columns)
        yield Error(name, kind, order, most, at)


# Ops on arrays ------------------------------------------------------------------------------------


def whole(case: Whole) -> Iterator[Error]:
    """The worst errors of one case of an op on arrays, and of a weighted sum of what it gives."""
    for dtype in (np.float64, np.float32):
        with np.errstate(over="ignore", under="ignore"):
            arrays = [np.asarray(a).astype(dtype) for a in case.arrays]
        if not all(map(within_reach, arrays, case.arrays)):
            continue
        rng = np.random.default_rng(len(case.op))
        directions = [rng.choice([-1.0, -0.5, 0.5, 1.0], a.shape).astype(dtype) for a in arrays]
        chosen = [np.sort(rng.permutation(a.size)[:CHOSEN]) for a in arrays]
        z = meant(case.op, uncertain(inputs(arrays, directions, object, chosen)), case.statics)
        weights = rng.choice([0.5, 1.0, 2.0], z.shape).astype(dtype)
        J = total(z * weights)
        value, *slopes = of_arrays(case, arrays, weights, directions)
        found = [value, *(picked(slope, chosen) for slope in slopes)]
        for order, jet, key, numbers in zip(ORDERS, (z, J, J), ("", "i", "iv"), found, strict=True):
            ulps = most(np.ravel(numbers).tolist(), jet, key, dtype)
            yield Error(case.op, np.dtype(dtype).name, order, ulps, case.text)


def within_reach(narrow: Any, wide: Any) -> bool:
    """Whether rounding to a dtype has kept numbers from becoming inf, 0 or all the same."""
    kept = np.isfinite(narrow) & ((narrow == 0) == (np.asarray(wide) == 0))
    return bool(np.all(kept)) and (narrow.size < 2 or np.ptp(narrow) > 0)


def picked(slopes: Sequence[Any], chosen: Sequence[Any]) -> Any:
    """The numbers of several arrays at the chosen places, one after the other."""
    return np.concatenate([np.ravel(a)[places] for a, places in zip(slopes, chosen, strict=True)])


def of_arrays(
    case: Whole, arrays: Sequence[Any], weights: Any, directions: Sequence[Any]
) -> tuple[Any, list[Any], list[Any]]:
    """The value, the gradient of its weighted sum, and a Hessian-vector product of that."""
    nodes = [am.Tensor(a) for a in arrays]
    with np.errstate(all="ignore"):
        result = TABLE[case.op](*nodes, *case.statics)
        first = am.gradient(am.sum(result * weights), nodes)
        slope: Any = 0.0
        for node, direction in zip(first, directions, strict=True):
            slope = slope + am.sum(node * direction)
        second = am.gradient(slope, nodes)
    return result.data, [node.data for node in first], [node.data for node in second]


def most(found: Sequence[float], jet: Jet, key: str, dtype: Any) -> float:
    """The worst error of a part of a jet, in ulps of what is true times its condition number."""
    zero = np.full(len(found), mp.zero)
    exact = jet.exact.get(key, zero).ravel()
    size = np.broadcast_to(jet.bounds.get(key, zero).ravel(), len(found))
    moved = np.broadcast_to(jet.bounds.get(key + "e", zero).ravel(), len(found))
    errors = [
        distance(x, true, spacing(max(units), dtype))
        for x, true, *units in zip(found, exact, size, moved, strict=True)
        if normal(true, dtype)
    ]
    return max(errors, default=0.0)


def collected(measured: Callable[..., Iterator[Error]], *args: Any) -> list[Error]:
    """What ``elementwise`` or ``whole`` find, with all the digits that takes."""
    with mp.workdps(DIGITS):
        return list(measured(*args))
