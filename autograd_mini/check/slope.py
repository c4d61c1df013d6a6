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
import statistics
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

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
        """How far the slopes of the two sides lie apart."""
        return abs(self.right - self.left)

    @property
    def kink(self) -> bool:
        """Whether the function turns a corner here."""
        return self.gap > 0

    @property
    def doubt(self) -> float:
        """How far off the slope between the two sides' may be, be they as different as they are."""
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
    found: dict[float, Slope] = {}
    for h in _steps(x, eps, grain) if step is None else [step]:
        found[h] = _estimate(along, value, h, blur, eps, x)
        if found[h].error <= math.sqrt(eps) * abs(found[h].value) or math.isinf(found[h].value):
            found[h] = _probed(along, value, h, found[h])
            if found[h].error <= math.sqrt(eps) * abs(found[h].value):
                return _sized(found[h], found, value, blur, eps)
    best = Slope(edge=not found or any(other.edge for other in found.values()))
    at = 0.0
    for h, other in sorted(found.items(), reverse=True):
        # What bends within a large step may look smooth to it, till a smaller one differs.
        telling = other.doubt < 0.1 * max(abs(other.value), other.gap if other.kink else 0.0)
        doubted = best.error > TELLING * abs(best.value) or telling
        differs = abs(other.value - best.value) > other.doubt + best.doubt
        if other.error < best.error or (doubted and differs):
            best, at = other, h
    if at and step is None:
        best = _confirmed(_probed(along, value, at, best), found, eps)
    return _sized(best, found, value, blur, eps)


def _sized(best: Slope, found: dict[float, Slope], value: float, blur: float, eps: float) -> Slope:
    sizes = (other.size for other in found.values())
    return best._replace(size=max(abs(value), 2 * blur / eps, *sizes, best.size))


def _confirmed(best: Slope, found: dict[float, Slope], eps: float) -> Slope:
    """The best slope of some, by their steps, with what the others have to say."""
    slopes = [slope for _, slope in sorted(found.items(), reverse=True)]
    # A corner has the same gap in any step; it may lie nearer than the smallest steps.
    gaps = [s.gap for s in slopes if s.kink]
    corners = [s for s in slopes if sum(abs(gap - s.gap) <= 0.1 * s.gap for gap in gaps) > 1]
    if best.kink:
        if not any(s.gap == best.gap for s in corners):
            best = best._replace(left=best.value, right=best.value)
    elif corners and best.error > TELLING * max(abs(best.value), corners[-1].gap):
        best = corners[-2:][0]
    # Values that change as much within small steps as within large ones are not followed.
    nearest, usual = slopes[-1], statistics.median(s.change for s in slopes)
    if nearest.change > max(0.5 * usual, 32 * eps * max(s.size for s in slopes)):
        best = best._replace(error=math.inf, jump=nearest.jump)
    return best


def _probed(along: Callable[[float], float], value: float, h: float, s: Slope) -> Slope:
    """A slope from steps h, h/2 and h/4, held against the values at a step between them."""
    if not math.isfinite(s.value):
        return s
    t = UNEVEN * h
    right = math.nan if math.isnan(s.right) else (along(t) - value) / t
    left = math.nan if math.isnan(s.left) else (value - along(-t)) / t
    sides = [there for side, there in ((s.left, left), (s.right, right)) if not math.isnan(side)]
    if any(map(math.isnan, sides)):
        return Slope(size=s.size, change=s.change, edge=True)
    off = abs(sum(sides) / len(sides) - s.value)
    return s if off <= abs(s.bend) + 4 * s.error else s._replace(error=max(off, s.error))


def power_of_two(scale: float, exponent: float) -> float:
    """About ``scale * 2**exponent``, as a power of two: adding it to x rounds little or nothing."""
    return math.ldexp(1.0, math.frexp(scale)[1] - 1 + round(exponent))


def _steps(x: float, eps: float, grain: float) -> Iterator[float]:
    """Steps for functions that change over |x|, or over 1; then smaller and larger ones.

    eps**(1/6) balances the two errors of three extrapolated central differences.
    """
    near_one = x == 0 or 0.1 < abs(x) < 10
    least = max(32 * eps * abs(x), 32 * min(grain, 2.0**-15), 16 * SMALLEST)
    for k in (0, -4, 2, -8, -12, -16, -20, -24, -28, -32):
        for scale in (1.0,) if near_one else (abs(x), 1.0):
            h = power_of_two(scale, math.log2(eps) / 6 + k)
            if h > least:
                yield h


def _estimate(
    along: Callable[[float], float], value: float, h: float, blur: float, eps: float, x: float
) -> Slope:
    """The slope from steps h, h/2, h/4 to both sides."""
    steps = (h, h / 2, h / 4)
    ahead, behind = [along(t) for t in steps], [along(-t) for t in steps]
    values = (*ahead, *behind)
    edge = any(map(math.isnan, values)) or not math.isfinite(value)
    finite = [v for v in values if math.isfinite(v)]
    size = max(map(abs, finite), default=0.0)
    change = max((abs(v - value) for v in finite), default=0.0)
    right = [(v - value) / t for v, t in zip(ahead, steps, strict=True)]
    left = [(value - v) / t for v, t in zip(behind, steps, strict=True)]
    sides = [side for side in (left, right) if all(map(math.isfinite, side))]
    if len(finite) == len(values) and len(sides) < 2:
        return Slope(math.inf, size=size, change=change, edge=edge)  # steeper than floats can say
    if not sides:
        return Slope(size=size, change=change, edge=edge)
    steepest = max(abs(quotient) for side in sides for quotient in side)
    noise = (blur + eps / 2 * (size + steepest * (abs(x) or 1.0)) + SMALLEST) / h
    # The factors of the noise are about the root mean square weight of one value in the result.
    if len(sides) == 1:
        [side] = sides
        found, error = _extrapolated(side, power=1)
        there = (found, math.nan) if side is left else (math.nan, found)
        return Slope(found, error + 16 * noise, *there, size, change, side[0] - found, edge)
    central = [(a + b) / 2 for a, b in zip(left, right, strict=True)]
    found, error = _extrapolated(central, power=2)
    error, bend = error + 4 * noise, central[0] - found
    gap, gap_error = _extrapolated([b - a for a, b in zip(left, right, strict=True)], power=1)
    if abs(gap) > TELLING * max(abs(left[-1]), abs(right[-1])) + 3 * gap_error + 32 * noise:
        sides_there = found - gap / 2, found + gap / 2
        return Slope(found, error + abs(gap) / 2, *sides_there, size, change, bend)
    # Across a jump the change of the values stays as the step shrinks.
    first, last = ahead[0] - behind[0], ahead[2] - behind[2]
    jump = last if abs(last) > 0.9 * abs(first) + 8 * noise * h else 0.0
    return Slope(found, error, found, found, size, change, bend, jump=jump)


def _extrapolated(quotients: list[float], power: int) -> tuple[float, float]:
    """The limit of quotients at h, h/2, h/4 whose errors go as powers of h**power; its error."""
    column = before = quotients
    for k in range(1, len(quotients)):
        factor = 2.0 ** (power * k)
        before, column = column, [(factor * b - a) / (factor - 1) for a, b in pairwise(column)]
    return column[0], max(abs(column[0] - v) for v in before)
