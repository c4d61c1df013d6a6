"""What flows along paths: local derivatives, their products, and what all other paths add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..backward import contributions
from ..errors import AutogradError
from ..node import Node
from .paths import Edges, Steps, nodes_of


class Spread(NamedTuple):
    """An array in a few numbers."""

    shape: tuple[int, ...]
    low: float
    mean: float
    high: float


WHOLE, ENDS, TELLING = 12, 2, 3
"""A path of more steps is shown by those at its ends and those that change most what flows."""


@dataclass(frozen=True, eq=False)
class Path:
    """One path from the result to the variable, and what it adds to the derivative.

    ``nodes`` begin with the result; ``nodes[i + 1]`` is ``nodes[i].args[operands[i]]``.
    ``received[i]`` is what flows from the result to ``nodes[i]`` along this path: a float, or the
    `Spread` of an array. ``product`` is what arrives at the variable, in full.
    """

    nodes: tuple[Node, ...]
    operands: tuple[int, ...]
    received: tuple[float | Spread, ...]
    product: Any

    @cached_property
    def locals(self) -> tuple[float | None, ...]:
        """The derivative of each node by the next; None where it is a matrix."""
        steps = zip(self.nodes, self.operands, strict=False)
        with np.errstate(all="ignore"):
            return tuple([slopes(node)[i] for node, i in steps])

    @cached_property
    def numeric(self) -> bool:
        """Whether it is one number times another all the way."""
        return all(map(is_number, self.nodes))

    @cached_property
    def shown(self) -> list[int | range]:
        """The steps that a text shows, with a range for those it leaves out in between."""
        steps = len(self.operands)
        if steps <= WHOLE:
            return list(range(steps))
        telling = nlargest(TELLING, range(ENDS, steps - ENDS), self._change)
        ends = *range(ENDS), *range(steps - ENDS, steps)
        shown: list[int | range] = []
        following = 0
        for at in sorted({*ends, *filter(self._change, telling)}):
            between = range(following, at)
            shown += between if len(between) == 1 else filter(None, [between])
            shown.append(at)
            following = at + 1
        return shown

    def _change(self, at: int) -> float:
        """How much larger or smaller a step makes what flows, as a logarithm without its sign."""
        before, after = map(_largest, self.received[at : at + 2])
        if before == after:
            return 0.0
        return abs(math.log(after / before)) if before and after else math.inf


class Flow:
    """How cotangents flow from the root of ``edges`` to the variable.

    ``totals`` are the cotangents by all paths together. A nan that is not in them is 0 times inf in
    a branch that `where` did not take: nothing flows there.
    """

    def __init__(self, edges: Edges, totals: Mapping[Node, Any]) -> None:
        self.edges = edges
        self.totals = totals
        self._slopes: dict[Node, list[float | None]] = {}
        self._gains: dict[Node, list[float]] = {}

    def only_path(self) -> Path:
        """The path where there is one: along it flows all that flows."""
        nodes = tuple(reversed(self.edges))
        operands = tuple([i for step in reversed(self.edges.values()) for i in step])
        received = tuple([spread(self.totals[node]) for node in nodes])
        return Path(nodes, operands, received, self.totals[nodes[-1]])

    def along(self, paths: Sequence[Steps]) -> tuple[list[Path], Any]:
        """The ``paths``, and the sum of what arrives by all others.

        Paths that begin alike are walked together. What leaves them by other steps is laid aside
        and taken to the variable in one walk.
        """
        received: list[list[float | Spread]] = [[] for _ in paths]
        products: list[Any] = [None] * len(paths)
        aside: dict[Node, Any] = {}
        root = next(reversed(self.edges))
        waiting = [(root, self.totals[root], list(range(len(paths))))]
        while waiting:
            node, g, members = waiting.pop()
            at = len(received[members[0]])
            for member in members:
                received[member].append(spread(g))
                products[member] = g
            parts = self._onward(node, g)
            for i in self.edges[node]:
                if going := [member for member in members if paths[member][at] == i]:
                    waiting.append((node.args[i], parts[i], going))
                else:
                    _add(aside, node.args[i], parts[i])
        return [
            Path(tuple(nodes_of(self.edges, steps)), tuple(steps), tuple(on_the_way), product)
            for steps, on_the_way, product in zip(paths, received, products, strict=True)
        ], self._arriving(aside)

    def weight(self, node: Node, i: int) -> float:
        """How much larger what flows gets from a node to an operand, as a logarithm.

        Exact for numbers. For matrices: what becomes of the cotangent by all paths together.
        """
        if node not in self._slopes:
            self._slopes[node] = slopes(node)
        gain = self._slopes[node][i]
        if gain is None:
            if node not in self._gains:
                g = self.totals[node]
                g = g if np.any(g) else filled(node, 1.0)
                self._gains[node] = [size(part) / size(g) for part in _parts(node, g)]
            gain = self._gains[node][i]
        if gain == 0.0:
            return _NOTHING
        return math.log(abs(gain)) if math.isfinite(gain) else _BEYOND

    def _onward(self, node: Node, g: Any) -> list[Any]:
        """What each operand on a path receives of a node's cotangent ``g``."""
        known = self._slopes.get(node)
        if known is None:
            known = slopes(node)
        parts = _parts(node, g) if None in known else list(known)
        for i in self.edges[node]:
            operand, slope = node.args[i], known[i]
            part = parts[i] if slope is None else filled(operand, _number(g) * slope)
            if part.__class__ is not float or math.isnan(part):
                part = self._silenced(part, operand)
            parts[i] = part
        return parts

    def _silenced(self, part: Any, operand: Node) -> Any:
        whole = self.totals[operand]
        if part is None or (part.__class__ is float and not math.isnan(whole)):
            return filled(operand, 0.0)
        unreal = np.isnan(part) & ~np.isnan(whole)
        return np.where(unreal, 0.0, part) if np.any(unreal) else part

    def _arriving(self, cotangents: dict[Node, Any]) -> Any:
        """What of the cotangents of several nodes arrives at the variable."""
        for node in reversed(self.edges):
            if (g := cotangents.pop(node, None)) is not None:
                parts = self._onward(node, g)
                for i in self.edges[node]:
                    _add(cotangents, node.args[i], parts[i])
        return filled(node, 0.0) if g is None else g


def slopes(node: Node) -> list[float | None]:
    """The derivatives of a node by its operands; None where one is a matrix.

    >>> import autograd_mini as am
    >>> from autograd_mini.explain.flow import slopes
    >>> slopes(am.Value(2.0) * am.Value(3.0)), slopes(am.sum(am.Tensor([1.0, 2.0])))[0]
    ([3.0, 2.0], None)
    """
    if not is_number(node):
        return [None] * len(node.args)
    parts = _parts(node, filled(node, 1.0))
    return [None if _is_matrix(part) else _number(part) for part in parts]


def passes(node: Node, i: int) -> bool:
    """Whether a node moves with its operand i at all: a derivative of it is not 0."""
    part = _parts(node, filled(node, 1.0))[i]
    return part is not None and bool(np.any(part))


def spread(x: Any) -> float | Spread:
    """A number as it is, an array in a few.

    >>> import numpy as np
    >>> from autograd_mini.explain.flow import spread
    >>> spread(np.arange(4.0))
    Spread(shape=(4,), low=0.0, mean=1.5, high=3.0)
    """
    if not _is_matrix(x):
        return _number(x)
    if not x.size:
        return Spread(x.shape, math.nan, math.nan, math.nan)
    return Spread(x.shape, float(x.min()), float(x.mean()), float(x.max()))


def _largest(x: float | Spread) -> float:
    """The largest of some numbers, without its sign."""
    return max(abs(x.low), abs(x.high)) if isinstance(x, Spread) else abs(x)


def is_number(node: Node) -> bool:
    """Whether a node holds one number, be it in an array."""
    return not _is_matrix(node.data)


def _is_matrix(x: Any) -> bool:
    return x.__class__ is np.ndarray and x.size != 1


def _number(x: Any) -> float:
    """The one number that a cotangent is; 0 for None."""
    return x if x.__class__ is float else 0.0 if x is None else float(x.item())


def filled(node: Node, number: float) -> Any:
    """A cotangent for a node: ``number`` everywhere."""
    return number if node.data.__class__ is float else np.full_like(node.data, number)


def size(x: Any) -> float:
    """The norm of an array, the absolute value of a number; 0 for None."""
    if x.__class__ is not np.ndarray:
        return abs(float(x or 0.0))
    return float(ops.norm(x.astype(np.float64), None, False))


def _parts(node: Node, g: Any) -> list[Any]:
    """The contributions to a node's operands; nan where there is no derivative.

    That is so in branches not taken alone: anywhere else backward has raised.
    """
    try:
        return contributions(node, g)
    except AutogradError:
        return [filled(arg, math.nan) if isinstance(arg, Node) else None for arg in node.args]


def _add(cotangents: dict[Node, Any], node: Node, part: Any) -> None:
    cotangents[node] = cotangents[node] + part if node in cotangents else part


# In place of the logarithms of 0, and of inf and nan, which are to be seen first.
_NOTHING, _BEYOND = -1e5, 1e7
