"""Comparison: one gradient beside one numeric slope, and the verdict on the two.

The tolerance is no fixed number: a numeric slope comes with its own error (see `slope.py`), a
gradient is rounded as well, and a verdict is given only where those errors are small enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .line import Line, smallest
from .slope import TELLING, Slope

if TYPE_CHECKING:
    from .finding import Finding

AGREES, KINK, UNREACHED, EDGE, UNSURE, WRONG = VERDICTS = (
    "agrees",
    "kink here",
    "not reached",
    "edge of the domain",
    "not enough precision to tell",
    "wrong rule",
)
"""From best to worst. At a kink the gradient lies between the slopes of the two sides."""


@dataclass(frozen=True)
class Comparison:
    """The gradient along one line (nan without a gradient) beside the numeric slope there.

    ``exact`` is the same gradient computed in double precision, ``terms`` the size of the terms
    that it is the sum of. ``eps`` is the precision of the gradient's numbers, ``fine`` that of
    those in double precision (which an op may have made coarser again). ``cause`` is the verdict
    of who looked into why the numbers differ, which goes before what they say by themselves, and
    ``finding`` the rule that explains it. ``place`` says in words which number of a gradient it is
    that moves, where it is one.
    """

    line: Line
    analytic: float
    exact: float
    slope: Slope
    terms: float
    eps: float
    fine: float
    cause: str = ""
    finding: Finding | None = None
    place: str = ""

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        return self.cause or self.by_numbers

    @property
    def agrees(self) -> bool:
        """Whether the gradient is confirmed, be it as one of the right ones at a kink."""
        verdict = self.verdict
        if verdict == UNREACHED:
            return self.by_numbers == AGREES
        return verdict == AGREES or (verdict == KINK and not self.cause)

    @property
    def size(self) -> float:
        """The larger of the two slopes."""
        return max(abs(self.analytic), abs(self.slope.value))

    @property
    def vague(self) -> bool:
        """Whether no digit of the slope is known, be it so small or its error so large."""
        known = self.slope.error <= TELLING * abs(self.slope.value)
        return self.by_numbers in (AGREES, UNSURE) and not known

    @property
    def negligible(self) -> float:
        """Slopes below this move the result too little, beside its own size, to be told from 0."""
        size = max(self.slope.size, smallest(self.eps))
        return math.sqrt(self.eps) * size / max(abs(self.line.x), 1.0)

    @property
    def zero(self) -> bool:
        """Whether the two agree that the slope is 0, as far as it can be told."""
        return self.agrees and self.size <= self.negligible

    @cached_property
    def by_numbers(self) -> str:
        """The verdict of the numbers alone; "wrong rule" where they differ beyond doubt."""
        numeric, slope = self.slope.value, self.slope
        if not math.isfinite(numeric):
            return self._unknown
        if not math.isfinite(self.exact):
            return self._different
        if not math.isfinite(self.analytic):
            return UNSURE  # too large for its dtype
        if slope.kink:
            return self._at_kink
        if self.analytic == numeric == slope.change == 0:
            return AGREES  # not a bit moves
        slack = math.sqrt(self.fine) * self.size + 3 * slope.error + 4 * self.fine * self.terms
        return self._different if abs(self.exact - numeric) > slack else self._alike

    @property
    def _unknown(self) -> str:
        return EDGE if self.slope.edge else UNSURE

    @property
    def _least(self) -> float:
        """A difference that is nothing in the precision of the gradient."""
        return math.sqrt(self.eps) * self.size

    @property
    def _rounding(self) -> float:
        return 4 * self.eps * self.terms + abs(self.analytic - self.exact)

    @property
    def _different(self) -> str:
        """The verdict on another gradient than the numeric slope.

        Near a pole or a jump that changes with the step, and at the edge of a domain backward has
        conventions of its own: neither shows that a gradient is wrong.
        """
        enough = max(TELLING * abs(self.slope.value), self._least, self.negligible)
        known = self.slope.error <= enough and not self.slope.one_sided
        return WRONG if known else self._unknown

    @property
    def _alike(self) -> str:
        """The verdict where the numbers meet: whether they are good enough to say so."""
        enough = max(TELLING * self.size, self.negligible)
        if abs(self.analytic - self.exact) <= 8 * self.eps * self.terms:
            # Terms that cancel leave a slope that is nothing beside them.
            enough = max(enough, math.sqrt(self.eps) * self.terms)
        error = self.slope.error
        if abs(self.analytic - self.slope.value) > self._least + 3 * error:
            error += self._rounding
        return AGREES if error <= enough else self._unknown

    @property
    def _at_kink(self) -> str:
        """Between the slopes of the two sides all is right; beyond, these are not known exactly."""
        low, high = sorted((self.slope.left, self.slope.right))
        outside = max(low - self.analytic, self.analytic - high) - self._least - self._rounding
        gap = high - low
        return KINK if outside <= 0.01 * gap else UNSURE if outside <= gap else WRONG

    @property
    def digits(self) -> int:
        """How many significant digits agree, 15 at most."""
        off = abs(self.analytic - self.slope.value)
        if not off < math.inf:
            return 0
        return 15 if off <= 1e-15 * self.size else max(0, math.floor(math.log10(self.size / off)))
