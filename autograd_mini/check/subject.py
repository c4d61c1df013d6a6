"""Subject: one number that a graph gives, its gradient held against slopes, and what differs, why.

Differences are taken in float64 even of a graph in float32, whose values are too coarse for them:
each node has a twin there that computes the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import Any

import numpy as np

from .. import ops
from ..node import Node, ancestors
from .blame import Rules
from .comparison import AGREES, KINK, UNREACHED, UNSURE, WRONG, Comparison
from .complex_step import sharpened
from .evaluate import downstream, gradients, recompute, terms
from .finding import Finding
from .line import FEW, Line, lines, one_number, precision, real
from .report import Row
from .slope import Slope

MANY = 1000
"""So many nodes are looked at by themselves where nothing is known to be wrong."""

Anew = Callable[[Node, Any], Any]
"""``anew(twin, point)``: the number with another point in the place of a twin."""


class Subject:
    """The number that ``root`` gives (the sum of its numbers times ``weight``), to be examined.

    ``twins`` are the nodes in float64 that stand for those of the graph. ``anew`` computes the
    number from what the graph was made by, where there is such a thing; without it, the graph is
    computed anew. ``plainly`` is the same for complex points. ``before`` is the subject whose
    gradient ``root`` is, as recorded; ``value`` is that of the gradient as such.
    """

    def __init__(
        self,
        root: Node,
        twins: dict[Node, Node],
        twin_root: Node,
        weight: Any = None,
        anew: Anew | None = None,
        plainly: Anew | None = None,
        before: Subject | None = None,
        value: float | None = None,
    ) -> None:
        self.root, self.twins, self.twin_root, self.weight = root, twins, twin_root, weight
        self.anew, self.plainly, self.before = anew, plainly, before
        self.value = real(self.number(twin_root.data)) if value is None else value
        order = ancestors(root)
        self.known = set(order)
        self.found, self.error = gradients(root, weight)
        self.sizes = terms(root, order, weight) if self.found else {}
        self.eps = precision(*(node.data for node in order))

        self.order = ancestors(twin_root)
        self.fine = precision(*(node.data for node in self.order))
        self.exact, _ = gradients(twin_root, weight)
        blurs = self.exact or {twin_root: 1.0 if weight is None else weight}
        self.blurs = {node: _blur(node.data, matters) for node, matters in blurs.items()}

    def number(self, data: Any) -> Any:
        """The one number, a float or a complex one, that the data of the result makes."""
        return one_number(data if self.weight is None else np.sum(data * self.weight))

    def way(self, node: Node) -> list[Node]:
        """The twins of a node and of all whose values follow from its own."""
        return downstream(self.order, self.twins[node])

    @cached_property
    def rules(self) -> Rules:
        """The rules that lead to the number, looked at when something is wrong."""
        return Rules(self.twin_root, self.order, self.exact)

    @cached_property
    def _stopped(self) -> Finding | None:
        """The rule because of which backward had no answer at all."""
        return self.rules.wrong([self.twin_root, *self.order])

    def examine(self, node: Node, name: str, few: int = FEW, place: str = "") -> Row:
        """A node's gradient beside numeric slopes, a verdict on each number, and what explains it.

        Arrays of up to ``few`` numbers are moved number by number. ``place`` says which number of a
        gradient this subject is, if it is one.
        """
        way = self.way(node)
        wrong = cache(lambda *most: self.rules.wrong(way, *most))
        judged = []
        for line in lines(way[0].data, few):
            c = self._judged(node, way, self._compared(node, way, line), wrong)
            judged.append(replace(c, place=place))
        return Row(name, node.data, tuple(judged))

    def _compared(self, node: Node, way: list[Node], line: Line) -> Comparison:
        again = self._again(way) if self.anew is None else partial(self.anew, way[0])
        slope = self._slope(line, way, again)
        analytic = exact = math.nan
        if self.found:
            analytic = line.along(self.found.get(node, 0.0))
            exact = line.along(self.exact.get(way[0], 0.0))
        size = line.spread(self.sizes.get(node, 0.0))
        return Comparison(line, analytic, exact, slope, size, self.eps, self.fine)

    def _judged(
        self, node: Node, way: list[Node], c: Comparison, wrong: Callable[..., Finding | None]
    ) -> Comparison:
        """The comparison with the reason why its numbers differ, where they do or might."""
        if self.before is None and node not in self.known:
            return replace(c, cause=UNREACHED) if c.by_numbers in (AGREES, KINK, WRONG) else c
        if c.vague:
            sharp = replace(c, slope=self._sharpened(c, way))
            if sharp.by_numbers == AGREES and not sharp.vague:
                return sharp
            finding = wrong(MANY)
            blamed = finding is not None and finding.verdict == WRONG
            return replace(sharp, cause=WRONG, finding=finding) if blamed else c
        if c.by_numbers != WRONG:
            return c
        if self._is_cut(way, c):
            finding = self._unrecorded(node)
            return replace(c, cause=WRONG if finding else UNREACHED, finding=finding)
        finding = wrong() if self.found else self._stopped
        if finding is None:  # a difference of rounding errors, then
            return replace(c, cause=AGREES if c.size <= c.negligible else UNSURE)
        return replace(c, cause=finding.verdict, finding=finding)

    def _sharpened(self, c: Comparison, way: list[Node]) -> Slope:
        """The slope by a complex step, if the graph has one and it is that of what is moved."""
        if way[-1] is not self.twin_root or (self.anew is not None and self.plainly is None):
            return c.slope
        plainly = self.plainly and partial(self.plainly, way[0])
        return sharpened(c.slope, c.line, way, self.number, plainly)

    def _slope(self, line: Line, way: list[Node], again: Callable[[Any], Any]) -> Slope:
        # How much the rounding of what moves itself blurs, the slope says.
        blur = math.hypot(*(self.blurs.get(n, 0.0) for n in {*way[1:], self.twin_root}))
        return line.slope(again, self.value, self.fine, blur, self.eps)

    def _again(self, way: list[Node]) -> Callable[[Any], Any]:
        """The number computed anew from the recorded graph, for points of the first of ``way``."""

        def at(point: Any) -> Any:
            values = recompute(way, {way[0]: point})
            return self.number(values.get(self.twin_root, self.twin_root.data))

        return at

    def _is_cut(self, way: list[Node], c: Comparison) -> bool:
        """Whether the graph moves as its gradient says, so that it misses a part of what moves."""
        if self.anew is None:
            return False
        recorded = self._slope(c.line, way, self._again(way))
        return replace(c, slope=recorded).by_numbers in (AGREES, KINK)

    def _unrecorded(self, node: Node) -> Finding | None:
        """The rule whose gradient is right but does not record all that it is made of."""
        if self.before is None:
            return None
        finding = self.before.rules.unrecorded(self.before.way(node))
        return finding if finding is not None and finding.verdict == WRONG else None


def _blur(data: Any, weight: Any) -> float:
    """How far off the result may be because a node is rounded: that, times what it matters.

    Roundings go up as often as down, so they add up as squares do. Next to 0 they are absolute.
    """
    with np.errstate(all="ignore"):
        size = np.maximum(np.absolute(data), np.finfo(np.float64).tiny)
        matters = np.multiply(weight, size, dtype=np.float64)
        total = float(ops.norm.evaluate((matters, None, False)))
    return precision(data) / 2 * total if math.isfinite(total) else 0.0
