"""The slope of a function along a line from differences of its values, and how far off it may be.

A difference quotient has two errors that pull the step two ways: the curve bends away (less for
small steps), and rounding blurs the values (less for large ones). Richardson's extrapolation takes
quotients at h, h/2 and h/4 and cancels the first error's leading terms; how much the last
cancellation still changed, and the blur, say how far off the result may be. Steps are tried until
that is little.

After L. F. Richardson (1911), in the tableau form of C. J. F. Ridders (1982).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

SMALLEST = math.ulp(0.0)
"""How far off a value may be at the least: below 1e-308 floats have fewer digits."""

UNEVEN = 697932185 / 2**30
"""Steps are powers of two, and where these are whole numbers (-1.0)**x has values, and what repeats
seems to stay. This share of a step is not; with 30 bits, adding it to x rounds little."""

TELLING = 1e-3
"""A slope whose error is a larger share of it cannot confirm a gradient, nor a gap be a kink."""


class Slope(NamedTuple):
    """A slope, by how much it may be off, and the slopes of the two sides, which differ at a kink.

    A side's slope is nan where no step to that side gave an answer; ``value`` is nan and ``error``
    inf where none did at all. ``size`` is that of the function's values or, where these cancel, of
    what they are made of; ``change`` is how far they lie from the first, ``bend`` how much more
    than its slope here the whole step has. ``edge`` says that the domain ends within the steps (or
    that the value is inf or nan), ``jump`` how far the function jumps here, ``analytic`` that the
    slope is by a complex step.
    """

    value: float = math.nan
    error: float = math.inf
    left: float = math.nan
    right: float = math.nan
    size: float = 0.0
    change: float = 0.0
    bend: float = 0.0
    edge: bool = False
    jump: float = 0.0
    analytic: bool = False

    @property
    def gap(self) -> float:
        """How far the slopes of the two sides lie apart; nan where one is missing."""
        return abs(self.right - self.left)

    @property
    def kink(self) -> bool:
        """Whether the function turns a corner here."""
        return self.gap > 0

    @property
    def doubt(self) -> float:
        """How far off the middle between the two sides' slopes may be, wherever these lie."""
        return self.error - self.gap / 2 if self.kink else self.error

    @property
    def one_sided(self) -> bool:
        """Whether there is a slope to one side alone: the domain, or the floats, end here."""
        return math.isnan(self.left) != math.isnan(self.right)


def slope(
    along: Callable[[float], float],
    value: float,
    x: float,
    eps: float,
    blur: float,
    grain: float,
    step: float | None = None,
) -> Slope:
    """The slope at t = 0 of ``along(t)``, which is ``value`` there and nan outside its domain.

    ``x`` is what moves by t, ``eps`` the precision of the computation, ``blur`` how far off the
    values may be, ``grain`` how finely x is known. Where the domain ends on one side, the other
    side is used alone. ``step`` is the one step h to use; without it those are tried that suit |x|
    and eps, till one is good.

    >>> from autograd_mini.check.slope import slope
    >>> found = slope(lambda t: (2 + t) ** 3, 8.0, x=2.0, eps=2e-16, blur=1e-15, grain=4e-16)
    >>> round(found.value, 9), found.error < 1e-9
    (12.0, True)
    """
    curve = Curve(along, value, x, eps, blur)
    found = curve.estimate(step) if step is not None else curve.slope(grain)
    return found._replace(size=max(found.size, 2 * blur / eps))


def power_of_two(scale: float, exponent: float) -> float:
    """About ``scale * 2**exponent``, as a power of two: adding it to x rounds little or nothing."""
    return math.ldexp(1.0, math.frexp(scale)[1] - 1 + round(exponent))


@dataclass(frozen=True)
class Curve:
    """A function of t as `slope` is given it."""

    along: Callable[[float], float]
    value: float
    x: float
    eps: float
    blur: float

    def slope(self, grain: float) -> Slope:
        """The slope by the first step that is good, or by the best of all."""
        found: dict[float, Slope] = {}
        for h in self.steps(grain):
            s = self.estimate(h)
            if math.isinf(s.value):
                return s
            if self.good(s):
                s = self.probed(h, s)
                if self.good(s):
                    return s
            found[h] = s
        return self.best(found) if found else Slope(size=abs(self.value), edge=True)

    def steps(self, grain: float) -> Iterator[float]:
        """Steps for functions that change over |x|, or over 1; then smaller and larger ones.

        eps**(1/6) balances the two errors of three extrapolated central differences.
        """
        size = abs(self.x)
        near_one = size == 0 or 0.1 < size < 10
        least = max(32 * self.eps * size, 32 * min(grain, 2.0**-15), 16 * SMALLEST)
        for k in (0, -4, 2, -8, -12, -16, -20, -24, -28, -32):
            for scale in (1.0,) if near_one else (size, 1.0):
                h = power_of_two(scale, math.log2(self.eps) / 6 + k)
                if h > least:
                    yield h

    def estimate(self, h: float) -> Slope:
        """The slope from steps h, h/2, h/4 to both sides."""
        steps = (h, h / 2, h / 4)
        ahead, behind = [self.along(t) for t in steps], [self.along(-t) for t in steps]
        values = (*ahead, *behind)
        finite = [v for v in values if math.isfinite(v)]
        met = Slope(
            size=max(map(abs, (self.value, *finite))),
            change=max((abs(v - self.value) for v in finite), default=0.0),
            edge=any(map(math.isnan, values)) or not math.isfinite(self.value),
        )
        right = [(v - self.value) / t for v, t in zip(ahead, steps, strict=True)]
        left = [(self.value - v) / t for v, t in zip(behind, steps, strict=True)]
        sides = [side for side in (left, right) if all(map(math.isfinite, side))]
        if len(sides) == 2:
            return self._two_sided(h, left, right, met)
        if len(finite) == len(values):
            return met._replace(value=math.inf)  # steeper than floats can say
        if not sides:
            return met
        [side] = sides
        found, error = _extrapolated(side, power=1)
        error += 16 * self._noise(h, side)
        left_of_it, right_of_it = (found, math.nan) if side is left else (math.nan, found)
        return met._replace(
            value=found, error=error, left=left_of_it, right=right_of_it, bend=side[0] - found
        )

    def _two_sided(self, h: float, left: list[float], right: list[float], met: Slope) -> Slope:
        central = [(a + b) / 2 for a, b in zip(left, right, strict=True)]
        found, error = _extrapolated(central, power=2)
        noise = self._noise(h, [*left, *right])
        error, bend = error + 4 * noise, central[0] - found
        gap, gap_error = _extrapolated([b - a for a, b in zip(left, right, strict=True)], power=1)
        if abs(gap) <= TELLING * max(abs(left[-1]), abs(right[-1])) + 3 * gap_error + 32 * noise:
            gap = 0.0
        # Across a jump the change of the values stays as the step shrinks.
        first, last = (2 * q * t for q, t in ((central[0], h), (central[2], h / 4)))
        jumps = not gap and abs(last) > 0.9 * abs(first) + 8 * noise * h
        return met._replace(
            value=found,
            error=error + abs(gap) / 2,
            left=found - gap / 2,
            right=found + gap / 2,
            bend=bend,
            jump=last if jumps else 0.0,
        )

    def _noise(self, h: float, quotients: list[float]) -> float:
        """How far a quotient over h may be off by rounding, of the values and of x + h.

        Its factors above are about the root mean square weight of one value in the result.
        """
        steepest = max(map(abs, quotients))
        size = abs(self.value) + steepest * h
        rounded = self.eps / 2 * (size + steepest * (abs(self.x) or 1.0))
        return (self.blur + rounded + SMALLEST) / h

    def good(self, s: Slope) -> bool:
        """Whether a slope is known so well that no other step is needed."""
        return s.error <= math.sqrt(self.eps) * abs(s.value)

    def probed(self, h: float, s: Slope) -> Slope:
        """A slope from steps h, h/2 and h/4, held against the values at a step between them."""
        t = UNEVEN * h
        sides = []
        if not math.isnan(s.right):
            sides.append((self.along(t) - self.value) / t)
        if not math.isnan(s.left):
            sides.append((self.value - self.along(-t)) / t)
        if any(map(math.isnan, sides)):
            return Slope(size=s.size, change=s.change, edge=True)
        off = abs(sum(sides) / len(sides) - s.value)
        return s if off <= abs(s.bend) + 4 * s.error else s._replace(error=max(off, s.error))

    def best(self, found: dict[float, Slope]) -> Slope:
        """The best slope of some, by their steps, with what the others have to say."""
        best, at = Slope(edge=any(s.edge for s in found.values())), 0.0
        for h, s in sorted(found.items(), reverse=True):
            # What bends within a large step may look smooth to it, till a smaller one differs.
            telling = s.doubt < 0.1 * max(abs(s.value), s.gap if s.kink else 0.0)
            doubted = best.error > TELLING * abs(best.value) or telling
            differs = abs(s.value - best.value) > s.doubt + best.doubt
            if s.error < best.error or (doubted and differs):
                best, at = s, h
        size = max(s.size for s in found.values())
        if not at:
            return best._replace(size=size)
        best = _cornered(self.probed(at, best), found)
        # Values that change as much within small steps as within large ones are not followed.
        nearest, usual = found[min(found)], float(np.median([s.change for s in found.values()]))
        if len(found) > 1 and nearest.change > max(0.5 * usual, 32 * self.eps * size):
            if best.kink:  # nor is a corner in them one of the function
                best = best._replace(left=best.value, right=best.value)
            best = best._replace(error=math.inf, jump=nearest.jump)
        return best._replace(size=size)


def _cornered(best: Slope, found: dict[float, Slope]) -> Slope:
    """The best slope, or the corner that others show.

    A corner has the same gap in any step, and it may lie nearer than the smallest steps.
    """
    kinks = [s for _, s in sorted(found.items(), reverse=True) if s.kink]
    corners = [
        s for s in kinks if sum(abs(other.gap - s.gap) <= 0.1 * s.gap for other in kinks) > 1
    ]
    if best.kink:
        real = any(s.gap == best.gap for s in corners)
        return best if real else best._replace(left=best.value, right=best.value)
    if corners and best.error > TELLING * max(abs(best.value), corners[-1].gap):
        return corners[-2:][0]
    return best


def _extrapolated(quotients: list[float], power: int) -> tuple[float, float]:
    """The limit of quotients at h, h/2, h/4 whose errors go as powers of h**power; its error."""
    column = before = quotients
    for k in range(1, len(quotients)):
        factor = 2.0 ** (power * k)
        before, column = column, [(factor * b - a) / (factor - 1) for a, b in pairwise(column)]
    return column[0], max(abs(column[0] - v) for v in before)
