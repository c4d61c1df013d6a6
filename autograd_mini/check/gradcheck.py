"""gradcheck: the gradients that backward finds held against numeric ones, with a verdict for each.

The tolerance is no fixed number: a numeric slope comes with its own error (see `slope.py`), and a
verdict is given only where that error is small enough to tell.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..errors import GradcheckError, InputError
from ..node import Node, ancestors, make
from ..text import exact, short, table
from .evaluate import downstream, gradients, labelled, recompute
from .line import At, coordinates, directions, numbers, precision, real
from .slope import TELLING, Slope

AGREES, KINK, CANNOT_TELL, DISAGREES = VERDICTS = ("agrees", "kink", "cannot tell", "DISAGREES")
"""From best to worst. At a kink the gradient lies between the slopes of the two sides."""

FEW = 100
"""Up to so many numbers of an array are moved one by one, more along random directions."""


@dataclass(frozen=True)
class Comparison:
    """One number: the gradient along one line beside the numeric slope there.

    Slopes below ``negligible`` move the result too little, beside its own size, to be told from 0.
    """

    place: str
    value: Any
    analytic: float
    slope: Slope
    eps: float
    negligible: float

    @property
    def size(self) -> float:
        """The larger of the two."""
        return max(abs(self.analytic), abs(self.slope.value))

    @property
    def telling(self) -> bool:
        """Whether the numeric slope is known well enough beside its own size."""
        return self.slope.error <= TELLING * self.size

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        analytic, numeric, error = self.analytic, self.slope.value, self.slope.error
        if not math.isfinite(analytic + numeric):
            known = math.isfinite(numeric) and error <= TELLING * abs(numeric)
            return DISAGREES if known else CANNOT_TELL
        slack = math.sqrt(self.eps) * self.size
        if self.slope.kink:
            low, high = sorted((self.slope.left, self.slope.right))
            return KINK if low - slack <= analytic <= high + slack else DISAGREES
        if abs(analytic - numeric) > slack + 3 * error:
            return DISAGREES if error <= 0.1 * self.size else CANNOT_TELL
        return AGREES if self.telling or error <= self.negligible else CANNOT_TELL

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
    analytic: Any
    numeric: Any
    error: Any
    worst: Comparison

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

    def cells(self) -> list[str]:
        """The table's row: of an array the number that agrees least."""
        worst = self.worst
        zero = self.verdict == AGREES and not worst.telling
        return [
            self.label + worst.place,
            exact(worst.value),
            short(worst.analytic, 8),
            short(worst.slope.value, 8),
            short(worst.slope.error, 2),
            "≈ 0" if zero else str(worst.digits),
            worst.verdict,
        ]

    def remark(self) -> str:
        """What there is to say below the table; often nothing."""
        name, slope = self.label + self.worst.place, self.worst.slope
        if slope.kink:
            sides = f"{short(slope.left)} to the left and {short(slope.right)} to the right"
            return f"{name}: a kink, with slope {sides}"
        if self.verdict == CANNOT_TELL and not math.isfinite(slope.value):
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


def gradcheck(f_or_node: Any, *args: Any) -> Report:
    """Compare the gradients that backward finds with numeric ones.

    ``gradcheck(J)`` checks a recorded graph by every labelled node, inner ones too, or by its
    leaves when nothing is labelled: it moves the node and computes what depends on it anew.
    ``gradcheck(f, *args)`` records ``f(*args)``, with floats as Values and arrays as Tensors, and
    checks it by all arguments: it moves them and calls ``f`` again, so a gradient that was lost on
    the way (in a float() or a detach) is found as well.

    Numbers of float32 are held to its precision. At a kink any gradient between the slopes of the
    two sides is right. Where the numeric slope itself is too uncertain the verdict is "cannot
    tell", and the report is not true.

    Raises `GradientError` for a result of several numbers, `InputError` for what is no graph and no
    function, and what ``f`` raises at ``args``.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> report = am.gradcheck(3 * (a + b * c))
    >>> bool(report), [(row.label, row.analytic, row.verdict) for row in report.rows]
    (True, [('a', 3.0, 'agrees'), ('b', 6.0, 'agrees'), ('c', 9.0, 'agrees')])
    >>> am.gradcheck(lambda x: x * am.detach(x), 3.0)
    <gradcheck: 0 of 1 agree>
    """
    if isinstance(f_or_node, Node):
        if args:
            raise InputError("gradcheck of a recorded graph takes no arguments: gradcheck(J)")
        return _of_graph(f_or_node)
    if not callable(f_or_node):
        raise InputError(f"gradcheck takes a node or a function, not a {type(f_or_node).__name__}")
    if not args:
        raise InputError("gradcheck of a function needs its arguments: gradcheck(f, 2.0)")
    return _of_function(f_or_node, args)


def _of_graph(root: Node) -> Report:
    order = ancestors(root)
    leaves = [node for node in order if node.op is None]
    names = labelled(order) or {leaf: f"leaf {i}" for i, leaf in enumerate(leaves, 1)}

    def at(node: Node, below: list[Node], point: Any) -> Any:
        return recompute(below, {node: point})[root]

    return _report(root, names, at)


def _of_function(f: Callable[..., Any], args: tuple[Any, ...]) -> Report:
    leaves = [make(numbers(arg)) for arg in args]
    names = dict(zip(leaves, _parameter_names(f, args), strict=True))
    for leaf in leaves:
        leaf.label = names[leaf]
    result = f(*leaves)

    def at(node: Node, below: list[Node], point: Any) -> Any:
        return f(*(make(point if leaf is node else leaf.data) for leaf in leaves))

    return _report(result if isinstance(result, Node) else make(real(result)), names, at)


def _parameter_names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """What f calls its arguments; a node's own label comes first."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except ValueError:  # some functions written in C do not tell
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names += [f"argument {i}" for i in range(len(names), len(args))]
    return [getattr(arg, "label", None) or name for arg, name in zip(args, names, strict=False)]


def _report(
    root: Node, names: dict[Node, str], at: Callable[[Node, list[Node], Any], Any]
) -> Report:
    """A row for each named node; ``at`` gives the root for a node, moved to a point."""
    value, order = real(root), ancestors(root)
    found, note = gradients(root)
    blurs = {node: _blur(node.data, g) for node, g in (found or {root: 1.0}).items()}
    rows = []
    for node, name in names.items():
        if np.size(node.data):
            below = downstream(order, node)
            eps = precision(*(n.data for n in below))
            blur = math.fsum(blurs.get(n, 0.0) for n in {*below, root})
            gradient = found.get(node, math.nan if note else 0.0)
            rows.append(_row(name, node.data, gradient, partial(at, node, below), value, eps, blur))
    return Report(rows, note)


def _blur(data: Any, gradient: Any) -> float:
    """How far off the result may be because a node is rounded, by what the node matters to it."""
    with np.errstate(all="ignore"):
        matters = float(np.sum(np.absolute(gradient * data)))
    return precision(data) / 2 * matters if math.isfinite(matters) else 0.0


def _row(name: str, data: Any, gradient: Any, at: At, value: float, eps: float, blur: float) -> Row:
    """Move one variable along its lines, and compare."""
    one_by_one = np.size(data) <= FEW
    gradient = np.broadcast_to(gradient, np.shape(data))
    comparisons = []
    for line in coordinates(data) if one_by_one else directions(data):
        found = line.slope(at, value, eps, blur)
        moved = data if line.index is None else np.asarray(data)[line.index]
        least = math.sqrt(eps) * found.size / max(abs(line.x), 1.0)
        comparisons.append(Comparison(line.place, moved, line.along(gradient), found, eps, least))
    worst = max(comparisons, key=lambda c: (VERDICTS.index(c.verdict), -c.digits))
    shape = np.shape(data) if one_by_one else len(comparisons)

    def shaped(column: list[float]) -> Any:
        return column[0] if isinstance(data, float) else np.array(column).reshape(shape)

    return Row(
        name,
        data,
        shaped([c.analytic for c in comparisons]),
        shaped([c.slope.value for c in comparisons]),
        shaped([c.slope.error for c in comparisons]),
        worst,
    )
