"""why_no_grad: why the derivative by a node is 0, or there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backward import cotangents
from ..node import Node, ancestors, recording, require_nodes
from ..ops import data_of
from ..text import short
from .debug import at, place_of
from .words import brief, named

NOT_AN_ANCESTOR, CUT, ZERO_FACTOR, CANCELS, HAS_GRADIENT = KINDS = (
    "not an ancestor",
    "cut",
    "zero factor",
    "cancels",
    "has a gradient",
)


class NoGrad:
    """Why a node has no gradient: ``kind`` is one of five words, ``nodes`` are those to blame.

    The kinds: "not an ancestor" (the result was not computed from it), "cut" (it was, but its
    number went where gradients do not follow), "zero factor" (each way between them has a factor 0,
    made by ``nodes``), "cancels" (what arrives adds up to 0), "has a gradient" (it has one).
    """

    def __init__(self, kind: str, text: str, nodes: Sequence[Node] = ()) -> None:
        self.kind = kind
        self.text = text
        self.nodes = tuple(nodes)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<why_no_grad: {self.kind}>"


def why_no_grad(root: Node, node: Node) -> NoGrad:
    """Why ``root`` has no gradient by ``node``, or one that is 0, in words.

    Finds out whether root was computed from the node at all, and if so, which ops have a local
    derivative of 0 on every way between them (a relu that is off, a saturated sigmoid, a branch not
    taken, a factor 0). Recorded within `debug` it also tells at which line the node's number left
    the graph: by detach, no_grad, float(), int() or a NumPy function without a gradient, such as an
    index or a call of math.sin makes it.

    >>> import autograd_mini as am
    >>> z = am.Value(-2.0, "z")
    >>> print(am.why_no_grad(3 * am.relu(z), z))
    dresult/dz is 0: relu(z = -2.0) has a local derivative of 0 by z (relu is off below 0)
    >>> with am.debug():
    ...     J = z * float(z * 2)
    ...     K = am.Value(1.0) * float(z)
    >>> am.why_no_grad(K, z)
    <why_no_grad: cut>
    """
    require_nodes("why_no_grad", root, node)
    order = ancestors(root)
    what = f"d{brief(root) if root.label else 'result'}/d{named(node)}"
    if node not in set(order):
        return _unrelated(root, order, node)
    found, events = _walked(root)
    g = found.get(node)
    if g is not None and np.any(g):
        zeros = np.size(g) - np.count_nonzero(g)
        some = f", 0 at {zeros} of its {np.size(g)} numbers" if zeros else ""
        return NoGrad(HAS_GRADIENT, f"{what} is not 0{some}")
    below = _dependents(order, node)
    blamed = _zero_factors(events, below)
    if blamed:
        reasons = [_reason(result, operand) for result, operand in blamed[:MOST]]
        more = f"; and {len(blamed) - MOST} more like these" if len(blamed) > MOST else ""
        nodes = [result for result, _ in blamed]
        return NoGrad(ZERO_FACTOR, f"{what} is 0: {'; '.join(reasons)}{more}", nodes)
    parts = [
        short(np.sum(part)) if np.ndim(part) else short(part)
        for result, _, contributed in events
        for arg, part in zip(result.args, contributed, strict=True)
        if arg is node and part is not None
    ]
    sum_of = " + ".join(parts[:MOST]) + (" + ..." if len(parts) > MOST else "")
    return NoGrad(CANCELS, f"{what} is 0: what arrives adds up to it: {sum_of}", [node])


MOST = 5
"""So many reasons, or parts of a sum, are told."""

Event = tuple[Node, Any, Sequence[Any]]


def _unrelated(root: Node, order: Sequence[Node], node: Node) -> NoGrad:
    """Why ``node`` is none of what ``root`` was computed from, as far as is known.

    Of the cuts those count whose line made a node of the graph, if there are such.
    """
    result = root.label or "the result"
    text = f"{result} was not computed from {named(node)} as far as the graph tells"
    place = place_of(node)
    if place is not None and place.cuts:
        lines = {(p.file, p.line) for p in map(place_of, order) if p is not None}
        here = [cut for cut in place.cuts if (cut[1].file, cut[1].line) in lines]
        cuts = dict.fromkeys(f"by {how} at {where}" for how, where in here or place.cuts)
        ways = "; ".join([*cuts][-MOST:])
        if here:
            return NoGrad(CUT, f"{text}: its number left the graph {ways}", [node])
        text += f"; its number left the graph elsewhere, which may or may not be why: {ways}"
        return NoGrad(NOT_AN_ANCESTOR, text, [node])
    if place is None:
        text += (
            "; record it within `with am.debug():` to be told where its number left the graph (by "
            "float(), math.sin, int(), .item(), detach or no_grad), and look for .data"
        )
    else:
        text += "; nor did its number leave the graph within debug: look for .data, or another node"
    return NoGrad(NOT_AN_ANCESTOR, text, [node])


def _walked(root: Node) -> tuple[dict[Node, Any], list[Event]]:
    """The cotangents, and what each node handed on for its own."""
    events: list[Event] = []

    def flowed(node: Node, g: Any, parts: Sequence[Any]) -> None:
        events.append((node, g, parts))

    seed = None if isinstance(root.data, float) else np.ones_like(root.data)
    with recording(flowed=(flowed,), paused=False), np.errstate(all="ignore"):
        return cotangents(root, seed), events


def _dependents(order: Sequence[Node], node: Node) -> set[Node]:
    """``node`` and all of ``order`` that depend on it."""
    found = {node}
    for other in order:
        if any(isinstance(x, Node) and x in found for x in other.args):
            found.add(other)
    return found


def _zero_factors(events: Sequence[Event], below: set[Node]) -> list[tuple[Node, Node]]:
    """The nodes, with an operand, that got something and handed nothing on to it."""
    return [
        (node, arg)
        for node, g, parts in events
        if g is not None and np.any(g) and node in below
        for arg, part in zip(node.args, parts, strict=True)
        if isinstance(arg, Node) and arg in below and (part is None or not np.any(part))
    ]


def _reason(node: Node, operand: Node) -> str:
    """Why the derivative of a node by an operand is 0."""
    op: Any = node.op
    name = op.name
    why = REASONS.get(name, "")
    if name == "multiply":
        others = [x for x in node.args if x is not operand]
        if others and not np.any(data_of(others[0])):
            why = f"the other factor, {named(others[0])}, is 0"
    if name == "where":
        why = "it is the branch not taken"
    reason = f" ({why})" if why else ""
    return (
        f"{op.shown(node.args)} has a local derivative of 0 by {named(operand)}{reason}{at(node)}"
    )


REASONS = {
    "relu": "relu is off below 0",
    "sigmoid": "sigmoid is saturated",
    "tanh": "tanh is saturated",
    "softplus": "softplus is flat far below 0",
    "log_sigmoid": "log_sigmoid is flat far above 0",
    "erf": "erf is saturated",
    "exp": "exp underflows",
    "clip": "it is clipped",
    "maximum": "the other is larger",
    "minimum": "the other is smaller",
    "max": "others are larger",
    "min": "others are smaller",
    "sign": "sign is flat",
    "abs": "it stands at the kink",
    "square": "its derivative is 0 at 0",
    "pow": "the exponent is 0, or the base is",
    "cos": "it stands at an extremum",
    "sin": "it stands at an extremum",
    "softmax": "softmax is saturated",
    "norm": "all is 0",
    "std": "all are the same",
    "hypot": "all is 0",
    "arctan2": "all is 0",
    "detach": "no gradient flows through it",
}
