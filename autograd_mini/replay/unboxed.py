"""Unboxed: NumPy's single numbers computed as Python's floats, which is several times quicker.

The elements of an array that an argument is are arrays without axes, and all that is computed of
them. Where there are many of them they are fetched as floats, and what other steps or the results
need of them is put into an array without axes again. That is for the source alone: where floats
raise, the call is left to the function or to the ops, which give what NumPy does.
"""

from __future__ import annotations

from typing import Any

from .. import ops
from .code import FLOAT64, Builder, Code, Ref, Step
from .linear import is_scalar

MANY = 16
"""From how many of them on it is worth it."""


def unbox(code: Code) -> Code:
    """The code with single numbers as floats."""
    chosen = _chosen(code)
    return _Unboxing(code, chosen).code().in_order() if len(chosen) >= MANY else code


def _chosen(code: Code) -> set[int]:
    """The steps that compute one number of NumPy's from such and floats alone."""

    def is_number(x: Any) -> bool:
        if x.__class__ is not Ref:
            return x.__class__ in (float, int)
        step = code.steps[x.i]
        return not step.shape and step.dtype == FLOAT64

    found = set()
    for i, step in enumerate(code.steps):
        if step.shape == () and step.dtype == FLOAT64 and is_scalar(step):
            count = len(step.args) - step.op.statics if step.op else 0
            if all(map(is_number, step.args[:count])):
                found.add(i)
    return found


class _Unboxing:
    """``floats`` are old steps as floats, ``boxed`` old steps as they were."""

    def __init__(self, old: Code, chosen: set[int]) -> None:
        self.old = old
        self.chosen = chosen
        self.made = Builder()
        self.floats: dict[int, Any] = {}
        self.boxed: dict[int, Any] = {}

    def code(self) -> Code:
        old = self.old
        for i, step in enumerate(old.steps):
            if i < old.inputs:
                self.boxed[i] = self.made.input(step)
            elif i in self.chosen:
                args = [self._float(x) for x in step.args]
                self.floats[i] = self.made.put(step._replace(args=tuple(args), shape=None))
            else:
                self.boxed[i] = self.made.put(step.of(map(self._box, step.args)))
        return self.made.finish(old, self._box).without_dead()

    def _float(self, x: Any) -> Any:
        """An operand as a float."""
        if x.__class__ is not Ref or self.old.steps[x.i].shape is None:
            return self._box(x)
        if x.i not in self.floats:
            self.floats[x.i] = self.made.put(Step(ops.item, (self.boxed[x.i],), None))
        return self.floats[x.i]

    def _box(self, x: Any) -> Any:
        """An operand as it was."""
        if x.__class__ is not Ref:
            return x
        if x.i not in self.boxed:
            self.boxed[x.i] = self.made.put(Step(ops.reshape, (self.floats[x.i], ()), ()))
        return self.boxed[x.i]
