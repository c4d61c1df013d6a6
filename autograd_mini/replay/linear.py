"""Linear: chains of +, - and of products with constants, gathered into weighted sums.

Numbers that are added one by one, as loops do, become one step ``linear(x1, .., xn, (c, w1, ..,
wn))``: c + w1 x1 + .. + wn xn. That reassociates sums, so results differ in their last digits. A
weight of 0 stays, so that inf and nan show as they would have, but for 0 * sigmoid(z) and the like
beside other terms of z.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from .. import ops
from ..primitive import Primitive
from .code import FLOAT64, Builder, Code, Deferring, Ref, Step

BOUNDED = {
    ops.sigmoid, ops.softplus, ops.log_sigmoid, ops.tanh, ops.sech2, ops.gaussian, ops.arctan,
    ops.erf, ops.relu, ops.sign, ops.abs,
}  # fmt: skip
"""Ops that give finite numbers for all finite ones, so that 0 times them is 0."""

SMALL = 1e-3
"""Constants farther apart than this are not added up."""

MANY = 8
"""Sums of more terms than this are multiplied out only once, so that recurrences stay linear."""


def _weighted_sum(*args: Any) -> Any:
    *terms, (constant, *weights) = args
    total = constant
    for term, weight in zip(terms, weights, strict=True):
        total = total + weight * term
    return total


LINEAR = Primitive(
    "linear",
    None,
    _weighted_sum,
    rule_of_all=lambda wanted, g, z, *args: [g * weight for weight in args[-1][1:]],
    statics=1,
    doc="A constant and a sum of numbers, each with a weight.",
    listed=False,
)


def is_lost(x: Any, y: Any) -> bool:
    """Whether one of two constants is too small beside the other to be added to it.

    1 - a + 1e-16 is meant to be 1e-16 where a is 1: (1 + 1e-16) - a would be 0.
    """
    if not (isinstance(x, float | int) and isinstance(y, float | int) and x and y):
        return False
    return min(abs(x), abs(y)) < SMALL * max(abs(x), abs(y)) < math.inf


class Sum:
    """A constant and weighted terms, not yet a step; ``scaled`` once many of them were."""

    __slots__ = ("constant", "name", "place", "scaled", "terms")

    def __init__(self, constant: float, terms: dict[Ref, float]) -> None:
        self.constant = constant
        self.terms = terms
        self.scaled = False
        self.name: str | None = None
        self.place = ""


def is_scalar(step: Step) -> bool:
    """Whether a step is an op of single numbers, which may be regrouped."""
    op = step.op
    if op is LINEAR:
        return True
    if op is None or op.scalar is None or step.shape or step.dtype not in (FLOAT64, bool):
        return False
    return bool(op.kind == "elementwise")


def gather(code: Code, put: Callable[[Builder, Step], Any] = Builder.put) -> Code:
    """The code with the sums of single numbers gathered, its steps ``put`` in the way given."""
    return _Gathering(code, put).code()


class _Gathering(Deferring):
    """A `Sum` waits, if it is used once."""

    waits = Sum

    def __init__(self, old: Code, put: Callable[[Builder, Step], Any]) -> None:
        super().__init__(old)
        self.put = partial(put, self.made)

    def code(self) -> Code:
        for step in self.old.steps[: self.old.inputs]:
            self.found.append(self.made.input(step))
        steps = zip(self.old.steps, self.uses, strict=True)
        for step, uses in islice(steps, self.old.inputs, None):
            result = self._step(step)
            if result.__class__ is Sum:
                result.name = step.name or result.name
                result.place = step.place or result.place
                if uses > 1 and not _is_one_number(result):
                    result = self.settled(result)
            else:
                self.made.mark(result, step.name, step.place)
            self.found.append(result)
        return self.made.finish(self.old, self.value)

    def _step(self, step: Step) -> Any:
        gatherer = _GATHERERS.get(step.op)
        if gatherer is not None and (step.shape is None or self._is_double(step)):
            result = gatherer(self, *step.args)
            if result is not None:
                return result
        result = self.put(step.of(map(self.value, step.args)))
        if result.__class__ is Ref and step.shape is None:
            made = self.made.steps[result.i]
            if made.op is LINEAR and len(made.args) == 2 and made.name is None:  # by a rule
                constant, weight = made.args[1]
                return Sum(constant, {made.args[0]: weight})
        return result

    def _is_double(self, step: Step) -> bool:
        """Whether a step is an op of single numbers, all of float64."""
        refs = [x for x in step.args if x.__class__ is Ref]
        return is_scalar(step) and all(self.old.steps[x.i].dtype == FLOAT64 for x in refs)

    def sum_of(self, x: Any) -> Sum:
        """An operand as a sum that may be changed."""
        if x.__class__ is not Ref:
            return Sum(float(x), {})
        found = self.found[x.i]
        if found.__class__ is Ref:
            return Sum(0.0, {found: 1.0})
        if found.__class__ is not Sum:
            return Sum(found, {})
        if self.uses[x.i] == 1:
            return found
        return Sum(found.constant, dict(found.terms))

    def settled(self, total: Sum) -> Any:
        """The step of a sum; a sum that is one number as it is needs none."""
        terms = total.terms
        if not terms:
            return total.constant
        if 0.0 in terms.values():
            terms = self._without_idle(terms)
        if total.constant == 0.0 and len(terms) == 1:
            ((ref, weight),) = terms.items()
            if weight == 1.0:
                return ref
        args = (*terms, (total.constant, *terms.values()))
        shape = self.made.common_shape(terms)
        return self.put(Step(LINEAR, args, shape, FLOAT64, total.name, total.place))

    def _without_idle(self, terms: dict[Ref, float]) -> dict[Ref, float]:
        """The terms without 0 * f(z) beside another one of z, where a nan of z shows.

        They are left of y log(a) + (1 - y) log(1 - a) where y is 0 or 1, and of its derivatives.
        """
        shown = {z for x, weight in terms.items() if weight for z in self._bounded_of(x)}
        return {
            x: weight
            for x, weight in terms.items()
            if weight or shown.isdisjoint(self._bounded_of(x))
        }

    def _bounded_of(self, x: Ref) -> list[Any]:
        """The z, without constants before them, of what is of `BOUNDED` in a term."""
        steps = self.made.steps
        step = steps[self._unscaled(x).i]
        inner = step.args[:-1] if step.op is LINEAR else ()
        members = [step, *(steps[self._unscaled(y).i] for y in inner)]
        return [self._unscaled(member.args[0]) for member in members if member.op in BOUNDED]

    def _unscaled(self, x: Any) -> Any:
        """x without constants before it."""
        while x.__class__ is Ref and _is_scaled(step := self.made.steps[x.i]):
            x = step.args[0]
        return x

    def scaled(self, total: Sum, factor: float) -> Sum:
        """The sum times a constant."""
        if len(total.terms) > MANY:
            if total.scaled:
                return Sum(0.0, {self.settled(total): factor})
            total.scaled = True
        constant = total.constant * factor
        weights = [weight * factor for weight in total.terms.values()]
        if not all(map(math.isfinite, (constant, *weights))) or (
            any(new == 0.0 != old for new, old in zip(weights, total.terms.values(), strict=True))
            and factor
        ):
            return Sum(0.0, {self.settled(total): factor})
        total.constant = constant
        total.terms = dict(zip(total.terms, weights, strict=True))
        total.name = None
        return total

    def _one_more(self, x: Any, y: Any, factor: float) -> Sum | None:
        """A sum used here alone and one more term, the common case written out."""
        if x.__class__ is Ref and y.__class__ is Ref and self.uses[x.i] == 1:
            total, more = self.found[x.i], self.found[y.i]
            if total.__class__ is Sum and more.__class__ is Sum and len(more.terms) == 1:
                if more.constant or not total.terms:
                    return None
                ((ref, weight),) = more.terms.items()
                terms = total.terms
                terms[ref] = terms.get(ref, -0.0) + factor * weight
                total.name = None
                return total
        return None

    def added(self, x: Any, y: Any) -> Sum:
        """The sum of both, the shorter one put into the longer."""
        found = self._one_more(x, y, 1.0)
        if found is not None:
            return found
        left, right = self.sum_of(x), self.sum_of(y)
        return self._put_together(left, right, 1.0)

    def subtracted(self, x: Any, y: Any) -> Sum:
        """The difference."""
        found = self._one_more(x, y, -1.0)
        if found is not None:
            return found
        left, right = self.sum_of(x), self.sum_of(y)
        if len(right.terms) > len(left.terms):
            return self._put_together(self.scaled(right, -1.0), left, 1.0)
        return self._put_together(left, right, -1.0)

    def _put_together(self, total: Sum, more: Sum, factor: float) -> Sum:
        if len(more.terms) > len(total.terms) and factor == 1.0:
            total, more = more, total
        if total.terms and is_lost(total.constant, more.constant):
            total = Sum(0.0, {self.settled(total): 1.0})
        constant = total.constant + factor * more.constant
        if not math.isfinite(constant):
            total = Sum(0.0, {self.settled(total): 1.0})
            more = Sum(0.0, {self.settled(more): 1.0})
            constant = 0.0
        total.constant = constant
        terms = total.terms
        for ref, weight in more.terms.items():
            terms[ref] = terms.get(ref, -0.0) + factor * weight
        total.name = None
        return total

    def summed(self, *args: Any) -> Any:
        """A sum that was gathered before, with what its terms are by now put in."""
        *terms, (constant, *weights) = args
        if np.ndarray in map(type, terms):
            return None
        total = Sum(constant, {})
        for x, weight in zip(terms, weights, strict=True):
            found = self.found[x.i] if x.__class__ is Ref else x
            if found.__class__ is Ref:
                total.terms[found] = total.terms.get(found, -0.0) + weight
                continue
            part = self.sum_of(x)
            if len(part.terms) > MANY or not math.isfinite(constant):
                part = Sum(0.0, {self.settled(part): 1.0})
            total = self._put_together(total, self.scaled(part, weight), 1.0)
        return total

    def negated(self, x: Any) -> Sum:
        """The sum times -1."""
        return self.scaled(self.sum_of(x), -1.0)

    def multiplied(self, x: Any, y: Any) -> Any:
        """A constant times a sum; of two numbers the constants are taken out."""
        if y.__class__ is float and x.__class__ is Ref and math.isfinite(y):
            found = self.found[x.i]
            if found.__class__ is Ref:
                return Sum(0.0, {found: y})
        left, right = self.sum_of(x), self.sum_of(y)
        if not right.terms:
            left, right = right, left
        if not left.terms:
            return self.scaled(right, left.constant)
        factor_x, ref_x = self._factor(left)
        factor_y, ref_y = self._factor(right)
        if ref_x == ref_y:
            return self._product(factor_x * factor_y, ops.square, (ref_x,))
        pair = (ref_x, ref_y) if ref_x.i <= ref_y.i else (ref_y, ref_x)
        return self._product(factor_x * factor_y, ops.multiply, pair)

    def divided(self, x: Any, y: Any) -> Any:
        """A sum divided by a constant, or a quotient of which constants are taken out."""
        left, right = self.sum_of(x), self.sum_of(y)
        if not right.terms:
            if not right.constant:
                return None  # which raises, as it should
            return self._by_constant(left, right.constant)
        factor_y, ref_y = self._factor(right)
        if not left.terms:
            return self._product(left.constant / factor_y, ops.reciprocal, (ref_y,))
        factor_x, ref_x = self._factor(left)
        return self._product(factor_x / factor_y, ops.divide, (ref_x, ref_y))

    def _by_constant(self, total: Sum, divisor: float) -> Any:
        factor = 1.0 / divisor
        if not math.isfinite(factor) or not factor:
            return self._product(1.0, ops.divide, (self.settled(total), divisor))
        return self.scaled(total, factor)

    def _product(self, factor: float, op: Primitive, args: tuple[Any, ...]) -> Sum:
        shape = self.made.common_shape(args)
        return Sum(0.0, {self.put(Step(op, args, shape)): factor})

    def _factor(self, total: Sum) -> tuple[float, Any]:
        """A sum as a constant times a number; 0 times it is no constant to take out."""
        if len(total.terms) == 1 and total.constant == 0.0:
            ((ref, weight),) = total.terms.items()
            if weight and 1e-100 < abs(weight) < 1e100:
                return weight, ref
        return 1.0, self.settled(total)


def _is_scaled(step: Step) -> bool:
    """Whether a step is a constant times something."""
    is_linear = step.op is LINEAR and len(step.args) == 2 and step.args[1][0] == 0.0
    return is_linear or step.op is ops.negative


def _is_one_number(total: Sum) -> bool:
    """Whether a sum is a constant, or one number as it is, with the other sign, or times 0."""
    if len(total.terms) != 1:
        return not total.terms
    (weight,) = total.terms.values()
    return total.constant == 0.0 and weight in (1.0, -1.0, 0.0)


_GATHERERS: dict[Any, Any] = {
    ops.add: _Gathering.added,
    ops.subtract: _Gathering.subtracted,
    ops.negative: _Gathering.negated,
    ops.multiply: _Gathering.multiplied,
    ops.divide: _Gathering.divided,
    LINEAR: _Gathering.summed,
}
