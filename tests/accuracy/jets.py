"""Jets over mpmath: numbers that carry their derivatives, and how much roundings can move them.

Forward mode with formulas of its own, independent of the package. A jet is an array of numbers with
the derivatives of each by every input ("i"), along one direction ("v"), and both ("iv"): the value,
the gradient and a Hessian-vector product of whatever is computed with it.

Beside these exact parts it carries bounds: the same sums with every term made positive, which no
cancellation makes small, and once more differentiated by the errors of all roundings so far ("e").
``bounds["ie"] * u``, with u a relative error of each rounding, is what a first order analysis
(Wilkinson's running error analysis; Higham 2002, ch. 3) allows a gradient to be off.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from mpmath import mp

EXACT = ("", "i", "v", "iv")
BOUND = (*EXACT, "e", "ie", "ve", "ive")

Parts = dict[str, Any]
"""Arrays by what they are differentiated by; one that is missing is 0. The last axis is that of the
inputs, of length 1 without an "i"."""


def _partitions(letters: str) -> list[list[str]]:
    """All ways to share letters out among groups: "iv" as [["iv"], ["i", "v"]]."""
    if not letters:
        return [[]]
    first, rest = letters[0], letters[1:]
    found = []
    for partition in _partitions(rest):
        found.append([first, *partition])
        for k, group in enumerate(partition):
            found.append([*partition[:k], first + group, *partition[k + 1 :]])
    return found


def _splits(letters: str) -> list[tuple[str, str]]:
    """All ways to share letters out between two."""
    found = []
    for taken in itertools.product((True, False), repeat=len(letters)):
        left = "".join(c for c, t in zip(letters, taken, strict=True) if t)
        found.append((left, "".join(c for c in letters if c not in left)))
    return found


PARTITIONS = {key: _partitions(key) for key in BOUND}
SPLITS = {key: _splits(key) for key in BOUND}


def _sum_of_products(products: Iterable[Sequence[Any]]) -> Any:
    """The sum over products of arrays, None for none of them."""
    total = None
    for product in products:
        term = product[0]
        for factor in product[1:]:
            term = term * factor
        total = term if total is None else total + term
    return total


def _given(parts: Parts) -> Parts:
    return {key: part for key, part in parts.items() if part is not None}


def _multiplied(x: Parts, y: Parts, keys: Iterable[str]) -> Parts:
    """Leibniz's rule."""
    return _given(
        {
            key: _sum_of_products([x[a], y[b]] for a, b in SPLITS[key] if a in x and b in y)
            for key in keys
        }
    )


def _composed(slopes: Sequence[Any], x: Parts, keys: Iterable[str]) -> Parts:
    """Faa di Bruno's rule: f(x) from f, f', f'' and f''' at x."""
    return _given(
        {
            key: _sum_of_products(
                [slopes[len(groups)], *(x[group] for group in groups)]
                for groups in PARTITIONS[key]
                if all(group in x for group in groups)
            )
            for key in keys
        }
    )


def exact_array(numbers: Any) -> Any:
    """Numbers as an object array of mpmath's, without rounding."""
    array = np.asarray(numbers)
    kept = array if array.dtype == object else array.astype(float)
    flat = [mp.mpf(x) for x in kept.ravel().tolist()]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(array.shape)


class Jet:
    """Numbers with derivatives (``exact``) and with their bounds (``bounds``)."""

    def __init__(self, exact: Parts, bounds: Parts) -> None:
        self.exact = exact
        self.bounds = bounds

    @property
    def value(self) -> Any:
        """The numbers alone."""
        return np.asarray(self.exact[""][..., 0], dtype=object)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the numbers."""
        return tuple(self.exact[""].shape[:-1])

    @property
    def dtype(self) -> Any:
        """What bounds are kept in: float, or object for magnitudes that floats do not reach."""
        return self.bounds[""].dtype

    def __repr__(self) -> str:
        return f"Jet({self.value!r})"

    # Every operation is one of these four ----------------------------------------------------

    def compose(self, slopes: Callable[[Any], Sequence[Any]]) -> Jet:
        """f of each number, for ``slopes`` that gives f, f', f'' and f''' there."""
        found = np.frompyfunc(slopes, 1, 4)(self.exact[""])
        sizes = [abs(slope).astype(self.dtype) for slope in found]
        return Jet(_composed(found, self.exact, EXACT), _composed(sizes, self.bounds, BOUND))

    def __mul__(self, other: Any) -> Jet:
        other = self.beside(other)
        return Jet(
            _multiplied(self.exact, other.exact, EXACT),
            _multiplied(self.bounds, other.bounds, BOUND),
        )

    def __add__(self, other: Any) -> Jet:
        other = self.beside(other)
        ones = np.broadcast_shapes(self.shape, other.shape)

        def added(x: Parts, y: Parts) -> Parts:
            return {
                key: x[key] + y[key]
                if key in x and key in y
                else np.broadcast_to(found := x.get(key, y.get(key)), (*ones, found.shape[-1]))
                for key in {**x, **y}
            }

        exact = added(self.exact, other.exact)
        bounds = added(self.bounds, other.bounds)
        bounds[""] = abs(exact[""]).astype(self.dtype)
        return Jet(exact, bounds)

    def each(self, arrange: Callable[[Any], Any]) -> Jet:
        """``arrange`` applied to every part; it must leave the last axis alone."""
        jet = Jet(
            {key: arrange(part) for key, part in self.exact.items()},
            {key: arrange(part) for key, part in self.bounds.items()},
        )
        jet.bounds[""] = abs(jet.exact[""]).astype(self.dtype)
        return jet

    # All else ----------------------------------------------------------------------------------

    def beside(self, other: Any) -> Jet:
        """An operand as a jet; plain numbers are constants."""
        return other if isinstance(other, Jet) else constant(other, self.dtype)

    def rounded(self, keys: Iterable[str] = EXACT) -> Jet:
        """The same, with the error of one more rounding in these parts."""
        bounds = dict(self.bounds)
        for key in keys:
            if key in bounds:
                before = bounds.get(key + "e")
                bounds[key + "e"] = bounds[key] if before is None else before + bounds[key]
        return Jet(self.exact, bounds)

    def arranged(self, arrange: Callable[[Any], Any]) -> Jet:
        """The numbers in the places where ``arrange`` puts those of a plain array."""
        size = len(self.value.ravel())
        places = arrange(np.arange(size).reshape(self.shape))
        return self.each(lambda part: part.reshape(size, part.shape[-1])[places])

    def sum(self, axis: tuple[int, ...] | None = None, keepdims: bool = False) -> Jet:
        """The sum over axes."""
        axes = tuple(range(len(self.shape))) if axis is None else axis
        return self.each(lambda part: np.sum(part, axis=axes, keepdims=keepdims))

    def __neg__(self) -> Jet:
        return self * -1

    def __sub__(self, other: Any) -> Jet:
        return self + self.beside(other) * -1

    def __getitem__(self, index: Any) -> Jet:
        return self.arranged(lambda places: places[index])

    __rmul__, __radd__ = __mul__, __add__


def constant(numbers: Any, dtype: Any = float) -> Jet:
    """A jet without derivatives."""
    exact = {"": exact_array(numbers)[..., None]}
    return Jet(exact, _sizes(exact, dtype))


def inputs(
    arrays: Sequence[Any],
    directions: Sequence[Any],
    dtype: Any = float,
    chosen: Sequence[Any] | None = None,
) -> list[Jet]:
    """Arrays as the inputs to differentiate by, all their numbers one after the other.

    ``directions`` are of the arrays' shapes. ``chosen`` are the places in each flat array to
    differentiate by, where not all are wanted.
    """
    places = [np.arange(np.size(a)) for a in arrays] if chosen is None else chosen
    count, start, jets = sum(map(len, places)), 0, []
    for array, direction, own in zip(arrays, directions, places, strict=True):
        unit = np.zeros((np.size(array), count), dtype=int)
        unit[own, start + np.arange(len(own))] = 1
        start += len(own)
        exact = {
            "": exact_array(array)[..., None],
            "i": exact_array(unit).reshape(*np.shape(array), count),
            "v": exact_array(direction)[..., None],
        }
        jets.append(Jet(exact, _sizes(exact, dtype)))
    return jets


def rows_of_inputs(columns: Sequence[Any], along: int) -> list[Any]:
    """Columns as the operands of an elementwise op, for its partial derivatives row by row.

    The direction is that of the operand ``along``. Constants, which are no arrays, stay.
    """
    operands = [k for k, column in enumerate(columns) if np.ndim(column)]
    jets: list[Any] = list(columns)
    for k in operands:
        exact = {
            "": exact_array(columns[k])[..., None],
            "i": np.tile(exact_array([int(k == j) for j in operands]), (len(columns[k]), 1)),
        }
        if k == along:
            exact["v"] = np.tile(exact_array([1]), (len(columns[k]), 1))
        jets[k] = Jet(exact, _sizes(exact, object))
    return jets


def _sizes(exact: Parts, dtype: Any) -> Parts:
    return {key: abs(part).astype(dtype) for key, part in exact.items()}


def joined(jets: Sequence[Jet], join: Callable[[list[Any]], Any]) -> Jet:
    """Jets as one, by ``join`` of their parts as NumPy joins arrays."""
    keys = {key for jet in jets for key in jet.exact} | {""}
    bound_keys = {key for jet in jets for key in jet.bounds}

    def parts(kind: str, keys: Iterable[str]) -> Parts:
        found = {}
        for key in keys:
            own = [getattr(jet, kind).get(key) for jet in jets]
            width = max(part.shape[-1] for part in own if part is not None)
            zero = next(part for part in own if part is not None).ravel()[0] * 0
            found[key] = join(
                [
                    np.full((*jet.shape, width), zero) if part is None else part
                    for jet, part in zip(jets, own, strict=True)
                ]
            )
        return found

    return Jet(parts("exact", keys), parts("bounds", bound_keys))
