"""Scattered: arrays that are summed up of single numbers, made as one array.

The gradient of a loop over an array's elements adds one zero array with one number in it for each
use of an element. Here all these become the list of what each element gets.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops
from .code import FLOAT64, Code, Deferring, Ref, Step, whole_numbers

SPARSE = 4
"""Arrays with more than so many elements for each that gets something stay as they are."""


FEW = 8
"""Sums for so few elements are not made an array where they go into several others."""


class Elements:
    """What the elements (or rows) of an array are sums of, by index."""

    __slots__ = ("name", "parts", "shape")

    def __init__(self, shape: tuple[int, ...], parts: dict[tuple[int, ...], list[Any]]) -> None:
        self.shape = shape
        self.parts = parts
        self.name: str | None = None

    @property
    def depth(self) -> int:
        """How many axes an element's index goes along."""
        return len(next(iter(self.parts), ()))


def collect(code: Code) -> Code:
    """The code with sums of scattered numbers as arrays of sums of numbers."""
    return _Collecting(code).code()


class _Collecting(Deferring):
    """`Elements` wait, if they are few or used once."""

    waits = Elements

    def code(self) -> Code:
        for i, step in enumerate(self.old.steps):
            if i < self.old.inputs:
                self.found.append(self.made.input(step))
                continue
            elements = self._elements(step)
            if elements is None:
                args = tuple(map(self.value, step.args))
                self.found.append(self.made.put(step.of(args)))
                continue
            elements.name = step.name
            is_shared = self.uses[i] > 1 and len(elements.parts) > FEW
            self.found.append(self.settled(elements) if is_shared else elements)
        return self.made.finish(self.old, self.value)

    def _elements(self, step: Step) -> Elements | None:
        if step.dtype != FLOAT64 or not step.shape:
            return None
        if step.op is ops.scatter:
            x, index, shape = step.args
            if (places := whole_numbers(index)) is None:
                return None
            place = tuple(k % n for k, n in zip(places, shape, strict=False))
            return Elements(shape, {place: [self.value(x)]})
        if step.op is ops.add:
            return self._added(*step.args)
        if step.op is ops.stack and step.args[-1] == 0:
            return self._stacked(step)
        return None

    def _stacked(self, step: Step) -> Elements | None:
        """Rows that are scattered numbers: a matrix of them, the zeros left out."""
        scattered = [x for x in map(self._is_scattered, step.args[:-1]) if x is not None]
        if not scattered or step.shape is None:
            return None
        depth = scattered[0].depth
        parts: dict[tuple[int, ...], list[Any]] = {}
        for i, x in enumerate(step.args[:-1]):
            row = self._as_elements(x, depth)
            if row is None:
                return None
            parts.update({(i, *place): members for place, members in row.parts.items()})
        return Elements(step.shape, parts) if parts else None

    def _is_scattered(self, x: Any) -> Elements | None:
        found = self.found[x.i] if x.__class__ is Ref else None
        return found if found.__class__ is Elements else None

    def _as_elements(self, x: Any, depth: int) -> Elements | None:
        """An operand as elements, the operand's own if nothing else needs them."""
        found = self.found[x.i] if x.__class__ is Ref else x
        if found.__class__ is Elements:
            if found.depth != depth:
                return None
            copied = {place: list(parts) for place, parts in found.parts.items()}
            return found if self.uses[x.i] == 1 else Elements(found.shape, copied)
        if found.__class__ is not np.ndarray or found.ndim != depth:
            return None
        if np.count_nonzero(found) > FEW:
            return None
        places = [tuple(map(int, place)) for place in zip(*np.nonzero(found), strict=True)]
        return Elements(found.shape, {place: [float(found[place])] for place in places})

    def _added(self, x: Any, y: Any) -> Elements | None:
        known = self._is_scattered(x) or self._is_scattered(y)
        if known is None:
            return None
        left, right = self._as_elements(x, known.depth), self._as_elements(y, known.depth)
        if left is None or right is None or left.shape != right.shape:
            return None
        if len(right.parts) > len(left.parts):
            left, right = right, left
        for place, members in right.parts.items():
            left.parts.setdefault(place, []).extend(members)
        return left

    def settled(self, elements: Elements) -> Any:
        """The array of what elements are sums of."""
        depth = elements.depth
        outer, inner = elements.shape[:depth], elements.shape[depth:]
        places = list(elements.parts)
        whole = math.prod(outer) <= SPARSE * len(places)
        if whole:
            places = list(np.ndindex(outer))
        elif depth == 2:
            places.sort(key=lambda place: (place[1] - place[0], place[0]))  # by diagonals
        none: Any = np.zeros(inner) if inner else 0.0
        values = [self._sum(elements.parts.get(place), none) for place in places]
        stacked = (len(values), *inner)
        found = self.made.put(Step(ops.stack, (*values, 0), stacked))
        if whole:
            step = Step(ops.reshape, (found, elements.shape), elements.shape, name=elements.name)
            return found if stacked == elements.shape else self.made.put(step)
        index = tuple(np.array(axis) for axis in zip(*places, strict=True))
        step = Step(ops.scatter, (found, index, elements.shape), elements.shape)
        return self.made.put(step._replace(name=elements.name))

    def _sum(self, parts: list[Any] | None, none: Any) -> Any:
        if parts is None:
            return none
        total = parts[0]
        for part in parts[1:]:
            total = self.made.add(ops.add, total, part)
        return total
