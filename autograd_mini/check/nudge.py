"""nudge: move one node of a recorded graph a little and see what else moves, and by how much."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from ..changed import require_unchanged
from ..errors import InputError
from ..node import Node, ancestors, labelled, require_nodes
from ..text import exact, table
from .evaluate import gradients, recompute, require_ancestor


class Moved(NamedTuple):
    """One variable before and after a nudge; ``slope`` is its change for each unit of the nudge."""

    name: str
    before: Any
    after: Any
    change: Any
    slope: Any


class Nudge:
    """What moved when one node did; prints as a table.

    ``rows`` hold what moved, the node itself first and the result last; ``dvar`` is the derivative
    that the last row's ``slope`` comes near to (None, and ``note`` why, where there is none).
    """

    def __init__(self, rows: list[Moved], dvar: float | None, note: str) -> None:
        self.rows = rows
        self.dvar = dvar
        self.note = note

    def __str__(self) -> str:
        header = ["name", "before", "after", "change", "change/by"]
        lines = [[name, *map(exact, figures)] for name, *figures in self.rows]
        derivative = f"d{self.rows[-1].name}/d{self.rows[0].name} by backward"
        dvar = self.note if self.dvar is None else exact(self.dvar)
        text = f"{table(header, lines)}\n{derivative}: {dvar}"
        if self.dvar and not np.any(self.rows[-1].change):
            text += f"\n{self.rows[-1].name} did not move: so small a nudge is lost in rounding"
        return text

    def __repr__(self) -> str:
        return f"<nudge of {self.rows[0].name}: {len(self.rows)} moved>"


def _step(by: Any) -> float:
    try:
        step = float(by) if isinstance(by, Real | np.number) else math.nan
    except OverflowError:
        step = math.inf
    if not math.isfinite(step) or not step:
        raise InputError(f"by={by!r:.60} must be a finite number other than 0")
    return step


def nudge(root: Node, node: Node, by: float = 0.001) -> Nudge:
    """Add ``by`` to one node, leaf or inner, and compute what depends on it anew.

    Reports the node, every labelled node that moved, and ``root``: before, after, the change, and
    the change divided by ``by``, which for the root comes near to its derivative by the node. A
    Tensor moves by ``by`` in all its numbers. The graph itself stays as it is.

    Raises `InputError` for a ``by`` that is 0 or no finite number, or when ``root`` does not depend
    on the node, `MutationError` if data was changed in place after it was used; and an op's own
    error where it cannot compute, such as `DomainError`.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> u = b * c; v = a + u; J = 3 * v
    >>> am.label(u=u, v=v, J=J)
    >>> print(am.nudge(J, b))
    name  before   after  change  change/by
    b          3   3.001   0.001          1
    u          6   6.002   0.002          2
    v         11  11.002   0.002          2
    J         33  33.006   0.006          6
    dJ/db by backward: 6
    """
    require_nodes("nudge", root, node)
    by = _step(by)
    order = ancestors(root)
    require_ancestor(node, root, set(order))
    require_unchanged(root, order, "a nudge")
    values = recompute(order, {node: node.data + by})
    names = {node: "node"} | {root: "result"} | labelled(order)
    rows = []
    for other, after in values.items():
        moved = not np.array_equal(after, other.data, equal_nan=True)
        if other in {node, root} or (other in names and moved):
            change = after - other.data
            rows.append(Moved(names[other], other.data, after, change, change / by))
    found, error = gradients(root)
    return Nudge(rows, None if error else float(np.sum(found[node])), str(error or ""))
