"""Report: gradients beside numeric slopes, a verdict on each, and the table that shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ..errors import GradcheckError
from ..text import exact, printable, short, table
from .comparison import EDGE, KINK, UNREACHED, UNSURE, VERDICTS, WRONG, Comparison
from .finding import Finding


@dataclass(frozen=True)
class Row:
    """What was found for one variable: a float, or an array with a comparison for each number.

    ``analytic``, ``numeric`` and ``error`` (of the numeric one) have the variable's shape; for a
    large array they hold one number for each direction it was moved along. A row of second
    derivatives says by ``of`` whose gradient it is that the variable moves, with ``outer`` for its
    shape: they have the shape ``outer + variable.shape``.
    """

    variable: str
    value: Any
    comparisons: tuple[Comparison, ...]
    of: str = ""
    outer: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The variable's name; "dx by y" for a row of second derivatives."""
        return self._named("", "")

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
        return max(
            self.comparisons,
            key=lambda c: (not c.agrees, VERDICTS.index(c.verdict), -c.digits),
        )

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
        return self.worst.agrees

    def _named(self, outer: str, place: str) -> str:
        return f"{self.of}{outer} by {self.variable}{place}" if self.of else self.variable + place

    def _shaped(self, column: list[float]) -> Any:
        if isinstance(self.value, float) and len(column) == 1 and self.outer == ():
            return column[0]
        shape = (*self.outer, *np.shape(self.value))
        return np.array(column).reshape(shape if len(column) == math.prod(shape) else -1)

    def cells(self) -> list[str]:
        """The row as text: name, value, analytic, numeric, its error, digits, verdict."""
        worst, index, count = self.worst, self.worst.line.index, len(self.comparisons)
        of_many = f" (worst of {count})" if count > 1 else ""
        return [
            self._named(worst.place, worst.line.place) + of_many,
            exact(self.value if index is None else np.asarray(self.value)[index]),
            short(worst.analytic, 8),
            short(worst.slope.value, 8),
            short(worst.slope.error, 2),
            "≈ 0" if worst.zero else str(worst.digits),
            worst.verdict,
        ]

    def remark(self) -> str:
        """What there is to say below the table; often nothing."""
        text = self._remark(self.worst)
        name = self._named(self.worst.place, self.worst.line.place)
        return printable(f"{name}: {text}") if text else ""

    def _remark(self, c: Comparison) -> str:
        slope = c.slope
        if c.finding is not None:
            return str(c.finding)
        if c.verdict == UNREACHED and not c.agrees:
            return (
                "every recorded rule agrees; the result moves in a way that the graph does not "
                "record: a value was taken out of it, by float(), detach or .data"
            )
        if c.cause == UNSURE:
            return "the two differ, but no rule that is recorded is wrong by itself"
        if c.verdict == UNSURE and math.isinf(slope.value):
            return "beside it the result is infinite, or too large for a float"
        if c.verdict == KINK:
            sides = f"{short(slope.left)} to the left and {short(slope.right)} to the right"
            return f"a kink, with slope {sides}"
        if c.verdict == EDGE:
            if math.isinf(slope.size):
                return "the result is infinite: beyond 1.8e308, the largest float, or at a pole"
            if math.isnan(slope.value):
                return "no step that was tried stays within the domain"
            side = "right" if math.isnan(slope.left) else "left"
            return f"the domain ends here; the numeric slope is that to the {side}"
        if c.verdict == UNSURE and slope.jump:
            return f"the function jumps here, by {short(slope.jump)}"
        if math.isfinite(c.exact) and not math.isfinite(c.analytic):
            return f"{short(c.exact, 8)} in double precision, too large for its own"
        return "the numeric slope is by a complex step" if slope.analytic else ""


class Report:
    """What `gradcheck` found: true when all agree, a table when printed.

    ``rows`` hold a `Row` for each variable; ``note`` says why backward had no answer, if so, and
    ``findings`` whose rule that is.
    """

    def __init__(
        self, rows: Sequence[Row], note: str = "", findings: Sequence[Finding] = ()
    ) -> None:
        self.rows = list(rows)
        self.note = note
        self.findings = findings

    @property
    def blame(self) -> tuple[Finding, ...]:
        """The rules that are wrong, each once: op, label, place in the graph, and both numbers."""
        compared = chain.from_iterable(row.comparisons for row in self.rows)
        found = (*(c.finding for c in compared), *self.findings)
        wrong = (f for f in found if f is not None and f.verdict == WRONG)
        return tuple({(f.op, f.position, f.operand): f for f in wrong}.values())

    def __bool__(self) -> bool:
        return not self.note and all(row.agrees for row in self.rows)

    def __str__(self) -> str:
        header = ["name", "value", "analytic", "numeric", "±", "digits", "verdict"]
        lines = [table(header, [row.cells() for row in self.rows])]
        lines += [row.remark() for row in self.rows]
        lines += [printable(str(finding)) for finding in self.findings]
        return "\n".join(line for line in (*lines, printable(self.note)) if line)

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
