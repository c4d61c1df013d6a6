"""Comparison: one gradient beside one numeric slope, and the verdict on the two.

The tolerance is no fixed number: a numeric slope comes with its own error (see `slope.py`), a
gradient is rounded as well, and a verdict is given only where those errors are small enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .line import Line
from .slope import TELLING, Slope

if TYPE_CHECKING:
    from .blame import Finding

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
    """The gradient along one line (None without a gradient) beside the numeric slope there.

    ``exact`` is the same gradient computed in double precision, ``terms`` the size of the terms
    that it is the sum of. ``eps`` is the precision of the gradient's numbers, ``fine`` that of
    those in double precision (which an op may have made coarser again). ``cause`` is the verdict
    of who looked into why the numbers differ, which goes before what they say by themselves, and
    ``finding`` the rule that explains it. ``place`` says in words which number of a gradient it is
    that moves, where it is one.
    """

    line: Line
    gradient: float | None
    exact: float | None
    slope: Slope
    terms: float
    eps: float
    fine: float
    cause: str = ""
    finding: Finding | None = None
    place: str = ""

    @property
    def analytic(self) -> float:
        """The gradient, nan without one."""
        return math.nan if self.gradient is None else self.gradient

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
        return self.by_numbers in (AGREES, UNSURE) and self.slope.error > TELLING * self.size

    @property
    def negligible(self) -> float:
        """Slopes below this move the result too little, beside its own size, to be told from 0."""
        return math.sqrt(self.eps) * self.slope.size / max(abs(self.line.x), 1.0)

    @property
    def by_numbers(self) -> str:
        """The verdict of the numbers alone; "wrong rule" where they differ beyond doubt."""
        numeric, error = self.slope.value, self.slope.error
        if not math.isfinite(numeric):
            return EDGE if self.slope.edge else UNSURE
        least = math.sqrt(self.eps) * self.size
        # Near a pole or a jump a numeric slope changes with the step, and at the edge of a domain
        # backward has conventions of its own: neither shows that a gradient is wrong.
        known = error <= max(TELLING * abs(numeric), least, self.negligible)
        differs = EDGE if self.slope.edge else WRONG if known else UNSURE
        if self.exact is None or not math.isfinite(self.exact):
            return differs
        if not math.isfinite(self.analytic):
            return UNSURE  # too large for its dtype
        rounding = 4 * self.eps * self.terms + abs(self.analytic - self.exact)
        if self.slope.kink:
            return self._at_kink(least + rounding)
        off = abs(self.exact - numeric)
        if off > math.sqrt(self.fine) * self.size + 3 * error + 4 * self.fine * self.terms:
            return differs
        enough = max(TELLING * self.size, self.negligible)
        if abs(self.analytic - numeric) <= least + 3 * error:
            # Terms that cancel leave a slope that is nothing beside them.
            sure = error <= max(enough, math.sqrt(self.eps) * self.terms)
        else:
            sure = error + rounding <= enough
        return AGREES if sure else EDGE if self.slope.edge else UNSURE

    def _at_kink(self, slack: float) -> str:
        """Between the slopes of the two sides all is right; beyond, these are not known exactly."""
        low, high = sorted((self.slope.left, self.slope.right))
        outside = max(low - self.analytic, self.analytic - high) - slack
        gap = high - low
        return KINK if outside <= 0.01 * gap else UNSURE if outside <= gap else WRONG

    @property
    def digits(self) -> int:
        """How many significant digits agree, 15 at most."""
        off = abs(self.analytic - self.slope.value)
        if off == 0:
            return 15
        return min(15, max(0, math.floor(math.log10(self.size / off)))) if off < math.inf else 0
