"""Report: gradients beside numeric slopes, a verdict on each, and the table that shows them.

The tolerance is no fixed number: a numeric slope comes with its own error (see `slope.py`), a
gradient is rounded as well, and a verdict is given only where those errors are small enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import GradcheckError
from ..text import exact, short, table
from .line import Line
from .slope import TELLING, Slope

AGREES, KINK, CANNOT_TELL, DISAGREES = VERDICTS = ("agrees", "kink", "cannot tell", "DISAGREES")
"""From best to worst. At a kink the gradient lies between the slopes of the two sides."""


@dataclass(frozen=True)
class Comparison:
    """The gradient along one line (None without a gradient) beside the numeric slope there.

    ``terms`` is the size of the terms that the gradient is the sum of, ``rounding`` how far off it
    may be, ``eps`` the precision of its numbers.
    """

    line: Line
    gradient: float | None
    slope: Slope
    terms: float
    rounding: float
    eps: float

    @property
    def analytic(self) -> float:
        """The gradient, nan without one."""
        return math.nan if self.gradient is None else self.gradient

    @property
    def size(self) -> float:
        """The larger of the two slopes."""
        return max(abs(self.analytic), abs(self.slope.value))

    @property
    def negligible(self) -> float:
        """Slopes below this move the result too little, beside its own size, to be told from 0."""
        return math.sqrt(self.eps) * self.slope.size / max(abs(self.line.x), 1.0)

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        analytic, numeric, error = self.analytic, self.slope.value, self.slope.error
        if self.gradient is None or not math.isfinite(numeric):
            return CANNOT_TELL
        least = math.sqrt(self.eps) * self.size
        # Near a pole or a jump a numeric slope changes with the step, and at the edge of a domain
        # backward has conventions of its own: neither shows that a gradient is wrong.
        known = error <= max(TELLING * abs(numeric), least, self.negligible)
        wrong = DISAGREES if known and not self.slope.one_sided else CANNOT_TELL
        if not math.isfinite(analytic):
            return wrong
        if self.slope.kink:
            return self._verdict_at_kink(least + self.rounding)
        off, slack = abs(analytic - numeric), least + 3 * error
        if off > slack + self.rounding:
            return wrong
        enough = max(TELLING * self.size, self.negligible)
        if off <= slack:
            # Terms that cancel leave a slope that is nothing beside them.
            sure = error <= max(enough, math.sqrt(self.eps) * self.terms)
        else:
            sure = error + self.rounding <= enough
        return AGREES if sure else CANNOT_TELL

    def _verdict_at_kink(self, slack: float) -> str:
        """Between the slopes of the two sides all is right; beyond, these are not known exactly."""
        low, high = sorted((self.slope.left, self.slope.right))
        outside = max(low - self.analytic, self.analytic - high) - slack
        gap = high - low
        return KINK if outside <= 0.01 * gap else CANNOT_TELL if outside <= gap else DISAGREES

    @property
    def digits(self) -> int:
        """How many significant digits agree, 15 at most."""
        off = abs(self.analytic - self.slope.value)
        if off == 0:
            return 15
        return min(15, max(0, math.floor(math.log10(self.size / off)))) if off < math.inf else 0


@dataclass(frozen=True)
class Row:
    """What was found for one variable: a float, or an array with a comparison for each number.

    ``analytic``, ``numeric`` and ``error`` (of the numeric one) have the variable's shape; for a
    large array they hold one number for each direction it was moved along.
    """

    label: str
    value: Any
    comparisons: tuple[Comparison, ...]

    @property
    def analytic(self) -> Any:
        """What backward gave; nan where it had no answer."""
        return self._shaped([c.analytic for c in self.comparisons])

    @property
    def numeric(self) -> Any:
        """What differences gave; nan where no step stayed within the domain."""
        return self._shaped([c.slope.value for c in self.comparisons])

    @property
    def error(self) -> Any:
        """How far off the numeric slopes may be."""
        return self._shaped([c.slope.error for c in self.comparisons])

    @property
    def worst(self) -> Comparison:
        """The number that agrees least; the table shows it for the whole."""
        return max(self.comparisons, key=lambda c: (VERDICTS.index(c.verdict), -c.digits))

    @property
    def verdict(self) -> str:
        """The verdict on the number that agrees least."""
        return self.worst.verdict

    @property
    def digits(self) -> int:
        """How many digits agree of the number that agrees least."""
        return self.worst.digits

    @property
    def agrees(self) -> bool:
        """Whether backward is confirmed; at a kink by a gradient between the two sides' slopes."""
        return self.verdict in (AGREES, KINK)

    def _shaped(self, column: list[float]) -> Any:
        if isinstance(self.value, float):
            return column[0]
        return np.array(column).reshape(self.value.shape if len(column) == self.value.size else -1)

    def cells(self) -> list[str]:
        """The row as text: name, value, analytic, numeric, its error, digits, verdict."""
        worst, index = self.worst, self.worst.line.index
        zero = worst.verdict == AGREES and worst.size <= worst.negligible
        return [
            self.label + worst.line.place,
            exact(self.value if index is None else np.asarray(self.value)[index]),
            short(worst.analytic, 8),
            short(worst.slope.value, 8),
            short(worst.slope.error, 2),
            "≈ 0" if zero else str(worst.digits),
            worst.verdict,
        ]

    def remark(self) -> str:
        """What there is to say below the table; often nothing."""
        slope = self.worst.slope
        name = self.label + self.worst.line.place
        if slope.kink:
            sides = f"{short(slope.left)} to the left and {short(slope.right)} to the right"
            return f"{name}: a kink, with slope {sides}"
        if slope.one_sided:
            side = "right" if math.isnan(slope.left) else "left"
            return f"{name}: the domain ends here; the numeric slope is that to the {side}"
        if not math.isfinite(slope.value):
            return f"{name}: no step that was tried stays within the domain"
        return ""


class Report:
    """What `gradcheck` found: true when all agree, a table when printed.

    ``rows`` hold a `Row` for each variable; ``note`` says why backward had no answer, if so.
    """

    def __init__(self, rows: list[Row], note: str = "") -> None:
        self.rows = rows
        self.note = note

    def __bool__(self) -> bool:
        return not self.note and all(row.agrees for row in self.rows)

    def __str__(self) -> str:
        header = ["name", "value", "analytic", "numeric", "±", "digits", "verdict"]
        lines = [table(header, [row.cells() for row in self.rows])]
        lines += [row.remark() for row in self.rows]
        return "\n".join(line for line in (*lines, self.note) if line)

    def __repr__(self) -> str:
        return f"<gradcheck: {self.summary()}>"

    def summary(self) -> str:
        """How many agree, in a few words."""
        return f"{sum(row.agrees for row in self.rows)} of {len(self.rows)} agree"

    def raise_if_failed(self) -> None:
        """Raise `GradcheckError`, with the table, unless all agree."""
        if not self:
            failed = tuple(row.label for row in self.rows if not row.agrees)
            raise GradcheckError(f"gradcheck: {self.summary()}\n{self}", labels=failed)
