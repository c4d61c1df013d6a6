"""anomalies: which op first made a nan or inf, and along which way it reached the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backward import contributions, cotangents
from ..errors import AutogradError
from ..node import Node, ancestors, recording, require_nodes
from .debug import at
from .words import advice, bad_numbers, brief, named, non_finite, operands_at


@dataclass(frozen=True)
class Anomaly:
    """A nan or inf that a node made of finite numbers (or a leaf that holds one).

    ``backward`` says that it is a derivative, that by the node's ``operand``. ``path`` leads from
    the node to the result, for a derivative from the operand to a leaf that receives it.
    """

    node: Node
    path: tuple[Node, ...]
    text: str
    backward: bool = False
    operand: Node | None = None

    def __str__(self) -> str:
        way = " -> ".join(map(brief, self.path))
        whither = "its way back to the leaves" if self.backward else "its way to the result"
        return f"{self.text}\n  {whither}: {way}" if len(self.path) > 1 else self.text


class Anomalies:
    """What `anomalies` found: true where there is any; prints one after the other."""

    def __init__(self, found: list[Anomaly]) -> None:
        self.found = found

    def __bool__(self) -> bool:
        return bool(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Anomaly]:
        return iter(self.found)

    def __str__(self) -> str:
        return "\n".join(map(str, self.found)) or "all values and gradients are finite"

    def __repr__(self) -> str:
        return f"<anomalies: {len(self.found)}>"


def anomalies(root: Node) -> Anomalies:
    """Where the nan and inf that reach ``root``, or its gradients, were first made.

    Each with the op and its operands, the line if the graph was recorded within `debug`, the way
    along which it spread, and what usually mends it. A nan that stays in a branch that `where` did
    not take is none. For a root of several numbers the gradients are those of their sum.

    >>> import autograd_mini as am
    >>> import numpy as np
    >>> p = am.Tensor([0.5, 0.0], "p")
    >>> with np.errstate(divide="ignore", invalid="ignore"):
    ...     J = am.sum(p * am.log(p))
    >>> am.label(J=J)
    >>> for anomaly in am.anomalies(J):
    ...     print(anomaly.node.op.name, [node.label or node.op.name for node in anomaly.path])
    log ['log', 'multiply', 'J']
    """
    require_nodes("anomalies", root)
    order = ancestors(root)
    bad = {node for node in order if non_finite(node.held())}
    found = [_forward(node, path) for node, path in _births(root, bad, order)]
    events: list[tuple[Node, Any, Sequence[Any]]] = []

    def flowed(node: Node, g: Any, parts: Sequence[Any]) -> None:
        events.append((node, g, parts))

    seed = None if isinstance(root.data, float) else np.ones_like(root.data)
    try:
        with recording(flowed=(flowed,), paused=False), np.errstate(all="ignore"):
            cotangents(root, seed)
    except AutogradError as error:
        found += _refused(order, error)
    return Anomalies(found + _backward(events, bad))


def _refused(order: list[Node], error: AutogradError) -> list[Anomaly]:
    """The nodes of floats whose derivative raises, where an array's would be inf."""
    found = []
    for node in order:
        try:
            contributions(node, 1.0 if isinstance(node.data, float) else np.ones_like(node.data))
        except type(error) as again:
            text = f"{again}{at(node)}{advice(node, backward=True)}"
            found.append(Anomaly(node, (node,), text, True, node.parents[0]))
    return found


def _births(root: Node, bad: set[Node], order: list[Node]) -> list[tuple[Node, tuple[Node, ...]]]:
    """The bad nodes behind ``root`` that no bad operand explains, each with its way to it."""
    towards: dict[Node, Node | None] = {root: None} if root in bad else {}
    for node in reversed(order):
        if node in towards:
            for arg in node.args:
                if isinstance(arg, Node) and arg in bad and arg not in towards:
                    towards[arg] = node
    births = []
    for node in order:
        if node in towards and not any(isinstance(x, Node) and x in bad for x in node.args):
            births.append((node, _way(node, towards)))
    return births


def _way(node: Node, towards: dict[Node, Node | None]) -> tuple[Node, ...]:
    way, step = [node], towards[node]
    while step is not None:
        way.append(step)
        step = towards[step]
    return tuple(way)


def _forward(node: Node, path: tuple[Node, ...]) -> Anomaly:
    if node.op is None:
        text = f"{named(node)} is {bad_numbers(node.data)}{at(node)}: an input"
    else:
        label = f"{node.label} = " if node.label else ""
        made = f"{label}{node.op.shown(node.args)} made {bad_numbers(node.data)}"
        text = f"{made}{operands_at(node)}{at(node)}{advice(node)}"
    return Anomaly(node, path, text)


def _backward(events: list[tuple[Node, Any, Sequence[Any]]], bad: set[Node]) -> list[Anomaly]:
    """The derivatives that came out nan or inf though all that went in was finite."""
    onward: dict[Node, Node] = {}
    births = []
    for node, g, parts in events:
        for arg, part in zip(node.args, parts, strict=True):
            if part is None or not isinstance(arg, Node) or not non_finite(part):
                continue
            born = g is None or not (non_finite(g) or node in bad or _touches(node, bad))
            if born:
                births.append((node, arg))
            else:
                onward.setdefault(arg, node)
    ways = _ways_on(onward)
    return [
        Anomaly(
            node,
            ways(arg),
            f"the derivative of {node.op.shown(node.args)} by {named(arg)} is infinite or nan"
            f"{at(node)}{advice(node, backward=True)}",
            backward=True,
            operand=arg,
        )
        for node, arg in births
        if node.op is not None
    ]


def _touches(node: Node, bad: set[Node]) -> bool:
    return any(isinstance(x, Node) and x in bad for x in node.args)


def _ways_on(onward: dict[Node, Node]) -> Callable[[Node], tuple[Node, ...]]:
    """From a node down to where a bad derivative went from it."""
    below: dict[Node, Node] = {}
    for arg, node in onward.items():
        below.setdefault(node, arg)

    def way(start: Node) -> tuple[Node, ...]:
        steps = [start]
        while steps[-1] in below:
            steps.append(below[steps[-1]])
        return tuple(steps)

    return way
