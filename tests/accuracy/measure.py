"""How far each op's value and derivatives are from mpmath's, in ulps.

An ulp (unit in the last place) is the distance between the floats around the true result. Values
and first derivatives of elementwise ops are held to it as they are: their operands count as exact.
Second derivatives, and whatever ops on whole arrays give, are held to ulps times the condition
number, which is what rounding every operand once could do (`jets.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

import autograd_mini as am
from autograd_mini.primitive import TABLE

from .jets import Jet, inputs, rows_of_inputs
from .meanings import meant, total
from .regions import ARRAYS, ELEMENTWISE, Draw, Whole, drawn

DIGITS = 50
KINDS = ("float", "float64", "float32")
"""Values, and Tensors of two dtypes."""

ORDERS = ("value", "first", "second")

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


def representable(x: Any, dtype: Any) -> bool:
    """Whether x is no larger than the largest float."""
    return bool(abs(x) <= float(np.finfo(dtype).max))


def normal(x: Any, dtype: Any) -> bool:
    """Whether floats hold x with all their digits, which they do not below 1e-308."""
    return representable(x, dtype) and bool(x == 0 or abs(x) >= float(np.finfo(dtype).tiny))


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
    """Columns in a dtype, without the rows that rounding has put on the edge of a region."""
    with np.errstate(over="ignore"):
        columns = [np.asarray(column).astype(dtype)[()] for column in columns]
    kept = np.ones(max(map(np.size, columns)), dtype=bool)
    for draw, column in zip(operands, columns, strict=True):
        kept &= np.isfinite(column) & (column != dtype(getattr(draw, "center", np.nan)))
    return [column[kept] if np.ndim(column) else float(column) for column in columns]


def uncertain(x: Any) -> Any:
    """An operand as one that is known to a rounding; constants are exact."""
    return x.rounded([""]) if isinstance(x, Jet) else x


def by(columns: Sequence[Any]) -> list[int]:
    """The operands to differentiate by: columns, not constants."""
    return [k for k, column in enumerate(columns) if np.ndim(column)]


def exact_columns(name: str, columns: Sequence[Any], dtype: Any) -> dict[Key, list[Any]]:
    """What is true, with the unit to count its error in, row by row."""
    exact: dict[Key, list[Any]] = {}
    operands = by(columns)
    for j in operands:
        jet = meant(name, list(map(uncertain, rows_of_inputs(columns, j))))
        shape = (*jet.shape, len(operands))
        parts = {
            key: np.broadcast_to(jet.exact.get(key, mp.zero), shape) for key in ("", "i", "iv")
        }
        bound = np.broadcast_to(jet.bounds.get("ive", mp.zero), shape)
        exact["value", ()] = [(x, spacing(x, dtype)) for x in parts[""][:, 0]]
        for i, k in enumerate(operands):
            exact["first", (k,)] = [(x, spacing(x, dtype)) for x in parts["i"][:, i]]
            exact["second", (k, j)] = [
                (x, spacing(abs(x) + size, dtype))
                for x, size in zip(parts["iv"][:, i], bound[:, i], strict=True)
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
    args: list[Any] = list(row)
    for k in operands:
        args[k] = am.Value(row[k])
    found = dict.fromkeys(keys(operands), math.nan)
    try:
        result = TABLE[name](*args)
        found["value", ()] = result.data
        result.backward()
        for k in operands:
            found["first", (k,)] = 0.0 if args[k].grad is None else args[k].grad
        for k, first in zip(operands, am.gradient(result, [args[k] for k in operands]), strict=True):
            for j, second in zip(operands, am.gradient(first, [args[j] for j in operands]), strict=True):
                found["second", (k, j)] = second.data
    except ArithmeticError:  # beyond the largest float, here or in a derivative
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
    """The worst error of each order over all rows that floats can hold.

    Second derivatives are judged where the value and the first derivatives have all their digits.
    """
    for rank, order in enumerate(ORDERS):
        own = [key for key in exact if key[0] == order]
        lower = [key for key in exact if ORDERS.index(key[0]) < rank]
        most, place = 0.0, 0
        for n in range(len(found["value", ()])):
            if not all(normal(exact[key][n][0], dtype) for key in lower):
                continue
            if not all(representable(exact[key][n][0], dtype) for key in own):
                continue
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
        if not all(map(same_reach, arrays, case.arrays)):
            continue
        rng = np.random.default_rng(len(case.op))
        directions = [rng.choice([-1.0, -0.5, 0.5, 1.0], a.shape) for a in arrays]
        chosen = [np.sort(rng.permutation(a.size)[:CHOSEN]) for a in arrays]
        jets = inputs(arrays, directions, object, chosen)
        z = meant(case.op, list(map(uncertain, jets)), case.statics)
        weights = rng.choice([0.5, 1.0, 2.0], z.shape)
        J = total(z * weights)
        with np.errstate(all="ignore"):
            found = of_arrays(case, arrays, weights, directions)
        seen = [np.concatenate([np.ravel(a)[c] for a, c in zip(part, chosen, strict=True)]) for part in found[1:]]
        for order, jet, key, numbers in zip(ORDERS, (z, J, J), ("", "i", "iv"), (found[0], *seen), strict=True):
            error = most(np.ravel(numbers), *parts_of(jet, key, np.size(numbers)), dtype)
            yield Error(case.op, np.dtype(dtype).name, order, error, case.text)


def of_arrays(
    case: Whole, arrays: Sequence[Any], weights: Any, directions: Sequence[Any]
) -> tuple[Any, list[Any], list[Any]]:
    """The value, the gradient of its weighted sum, and a Hessian-vector product of that."""
    nodes = [am.Tensor(a) for a in arrays]
    result = TABLE[case.op](*nodes, *case.statics)
    first = am.gradient(am.sum(result * weights.astype(arrays[0].dtype)), nodes)
    slope = am.Value(0.0)
    for node, direction in zip(first, directions, strict=True):
        slope = slope + am.sum(node * direction.astype(arrays[0].dtype))
    second = am.gradient(slope, nodes)
    return result.data, [node.data for node in first], [node.data for node in second]


def parts_of(jet: Jet, key: str, size: int) -> tuple[Any, Any]:
    """A part of a jet and its error's bound, each as a flat array."""
    zero = np.full(size, mp.zero)
    exact = jet.exact.get(key, zero)
    bounds = [np.broadcast_to(jet.bounds.get(k, zero).ravel(), size) for k in (key, key + "e")]
    return np.broadcast_to(exact.ravel(), size), np.maximum(*bounds)


def most(found: Any, exact: Any, bounds: Any, dtype: Any) -> float:
    """The worst error, in ulps of what is true times its condition number."""
    errors = [
        distance(x, true, spacing(bound, dtype))
        for x, true, bound in zip(found.tolist(), exact, bounds, strict=True)
        if representable(true, dtype)
    ]
    return max(errors, default=0.0)


def same_reach(narrow: Any, wide: Any) -> bool:
    """Whether rounding to the dtype has kept all numbers from becoming inf or 0."""
    return bool(np.all(np.isfinite(narrow) & ((narrow == 0) == (np.asarray(wide) == 0))))


def everywhere(count: int) -> Iterator[Error]:
    """The errors of all ops in all their regions, ``count`` rows of operands in each."""
    with mp.workdps(DIGITS):
        for name, regions in ELEMENTWISE.items():
            for operands in regions:
                yield from elementwise(name, operands, count)
        for case in ARRAYS:
            yield from whole(case)
