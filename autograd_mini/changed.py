"""Data changed in place after it was used: which recorded results are of before.

A program may assign ``w.data``, as descent does. What was computed from w then holds what it held,
and derivatives, which need both, would be of neither. Nothing watches assignments, which would cost
every node; who is about to say how numbers belong together looks here first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .errors import AutogradError, MutationError
from .node import Node, recording

SLACK = 64
"""So many roundings a result may be off when it is computed again: threads may add in any order."""


class Changed(NamedTuple):
    """A node that does not hold what its op gives of its operands ``now``.

    None where the op cannot compute, as log of what is below 0 now.
    """

    node: Node
    now: Any


def changed(nodes: Iterable[Node]) -> list[Changed]:
    """Those of ``nodes`` that hold something else than their op gives of what its operands hold.

    Each op is asked for itself, so what depends on such a node alone is none. An op that gives
    something else each time, or that is somebody's own and raises, is not judged.

    >>> import autograd_mini as am
    >>> from autograd_mini.changed import changed
    >>> x = am.Value(5.0, "x")
    >>> u = x * x
    >>> J = u * 3
    >>> x.data = 2.0
    >>> [(one.node is u, one.now) for one in changed(am.node.ancestors(J))]
    [(True, 4.0)]
    """
    found = []
    alone: dict[str, Any] = {"recorder": None, "made": (), "flowed": (), "left": (), "failed": ()}
    with recording(**alone, paused=False), np.errstate(all="ignore"):
        for node in nodes:
            if node.op is None:
                continue
            now = _again(node)
            if now is not node and not _same(now, node.data) and _same(_again(node), now):
                found.append(Changed(node, now))
    return found


def require_unchanged(root: Node, nodes: Iterable[Node], what: str) -> None:
    """Raise `MutationError` if ``what`` is asked of a result that is not of what ``nodes`` hold."""
    for node, now in changed(nodes):
        op: Any = node.op
        name, result = node.label or "a result", root.label or "the result"
        if now is None:
            gives = "cannot be computed now"
        else:
            gives = f"is {now} now" if np.ndim(now) == 0 else "has other numbers now"
        holds = f" holds {node.data}, but" if np.ndim(node.data) == 0 else " is of before:"
        raise MutationError(
            f"{name}{holds} {op.shown(node.args)} {gives}: data was changed in "
            f"place after it was used, and {what} would mix both; compute {result} anew",
            op=op.name,
            labels=(node.label,),
        )


def _again(node: Node) -> Any:
    """What the node's op gives now; None where it cannot, the node itself where nobody can tell."""
    op: Any = node.op
    try:
        return op.evaluate([x.held() if isinstance(x, Node) else x for x in node.args], node.args)
    except AutogradError:
        return None if op.listed else node
    except Exception:  # somebody's own op may raise anything
        return node


def _same(now: Any, was: Any) -> bool:
    if now.__class__ is float and now == was:
        return True
    if now is None or was is None:
        return now is was
    x, y = np.asarray(now), np.asarray(was)
    if x.shape != y.shape or np.array_equal(x, y, equal_nan=True):
        return x.shape == y.shape
    size = np.max(np.absolute(y), where=np.isfinite(y), initial=0.0)
    eps = SLACK * float(np.finfo(y.dtype if y.dtype.kind == "f" else np.float64).eps)
    return np.allclose(x, y, eps, eps * size, equal_nan=True)
