"""Blame: which op's rule a wrong gradient comes from.

A gradient is made of local derivatives, so where it is wrong one of them is. Each recorded node is
looked at by itself: its op is computed with one operand moved and the others kept, and the slope of
that is held against what the op's rule hands to the operand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..backward import contributions, cotangents, gradient
from ..errors import AutogradError
from ..node import Node, make
from .comparison import AGREES, EDGE, KINK, UNSURE, WRONG, Comparison
from .finding import Finding, called, way_of, written
from .line import FEW, SEED, Line, coordinates, directions, precision

EXPLAINS = (AGREES, UNSURE, KINK, EDGE, WRONG)
"""The verdicts on a rule, by how well they explain that a gradient is wrong."""

SCREENING = 2
"""So many random directions tell whether an array's single numbers need to be looked at."""


class Look(NamedTuple):
    """One rule at one node held against numbers; its fields are as in `Finding`."""

    node: Node
    operand: int
    comparison: Comparison
    g: Any
    reason: str = ""
    by: str | None = None

    @property
    def badness(self) -> int:
        """How well it explains that a gradient is wrong."""
        return EXPLAINS.index(self.comparison.verdict)


class Rules:
    """The rules that lead to a result, each held against numbers by itself.

    ``order`` are the result and all it depends on, ``cotangents`` what backward gave to each.
    """

    def __init__(self, root: Node, order: list[Node], cotangents: dict[Node, Any]) -> None:
        self.root = root
        self.order = order
        self.cotangents = cotangents
        self._seen: dict[tuple[str, Node, int], Look] = {}

    def wrong(self, way: Sequence[Node], most: int | None = None) -> Finding | None:
        """The first rule along ``way`` that is wrong, else the one there is most to say against.

        ``way`` are the nodes that follow from its first one, in their order; at ``most`` so many
        are looked at, of each op some. None where all agree.
        """
        return self._worst(way, self._first_order, most)

    def unrecorded(self, way: Sequence[Node]) -> Finding | None:
        """The same for the rules' own derivatives: a rule may be right and yet not recorded."""
        return self._worst(way, self._second_order)

    def _worst(
        self, way: Sequence[Node], look: Callable[[Node, int], Look], most: int | None = None
    ) -> Finding | None:
        moving = set(way)
        worst: Look | None = None
        for node in _by_rounds(way[1:])[:most]:
            for i, arg in enumerate(node.args):
                if isinstance(arg, Node) and arg in moving:
                    key = look.__name__, node, i
                    if key not in self._seen:
                        self._seen[key] = look(node, i)
                    found = self._seen[key]
                    if worst is None or found.badness > worst.badness:
                        worst = found
                    if worst.comparison.verdict == WRONG:
                        return self._finding(worst)
        return self._finding(worst) if worst and worst.comparison.verdict != AGREES else None

    def _first_order(self, node: Node, i: int) -> Look:
        """What the rule for operand i says, for a plain cotangent and for the one it was given."""
        looks = []
        for g in self._cotangents(node):
            part, size, reason = _by_rule(node, i, g)
            comparison = _compared(
                node, node.args[i].data, partial(_weighed, node, i, g), part, size
            )
            looks.append(Look(node, i, comparison, g, reason))
        return max(looks, key=lambda look: look.badness)

    def _second_order(self, node: Node, i: int) -> Look:
        """How what the rules say follows operand i, and g, as they recorded it and in truth."""
        g = next(self._cotangents(node))
        leaves = [make(arg.data) if isinstance(arg, Node) else arg for arg in node.args]
        local, upstream = make(node.data, node.op, tuple(leaves)), make(g)
        looks = []
        for k, leaf in enumerate(leaves):
            if isinstance(leaf, Node):
                weight = _random(leaf.data, k)
                found, reason = _by_record(local, leaf, upstream, weight)
                for moved, name in ((leaves[i], called(node.args[i])[0]), (upstream, "g")):
                    part = None if reason else found.get(moved, 0.0)
                    numbers = partial(_rule_weighed, local, k, upstream, weight, moved)
                    comparison = _compared(node, moved.data, numbers, part, part)
                    looks.append(Look(node, k, comparison, g, reason, name))
        return max(looks, key=lambda look: look.badness)

    def _cotangents(self, node: Node) -> Iterator[Any]:
        """1, or random ones for an array; and what backward gave, which a rule may not be fit for.

        What is no number, in a branch not taken perhaps, is left out of account.
        """
        if isinstance(node.data, float):
            yield 1.0
        else:
            yield np.where(np.isfinite(node.data), _random(node.data, 0), 0).astype(node.data.dtype)
        given = self.cotangents.get(node, 1.0)
        if np.all(np.isfinite(given)) and not np.all(given == 1.0):
            yield given

    def _finding(self, look: Look) -> Finding:
        node = look.node
        op: Any = node.op  # never None: a leaf has no rules
        return Finding(
            op=op.name,
            label=node.label,
            expression=written(node),
            operand=look.operand,
            operands=tuple(called(arg)[0] for arg in node.args[: len(node.args) - op.statics]),
            position=next(i for i, other in enumerate(self.order, 1) if other is node),
            count=len(self.order),
            way=way_of(self._way_up(node)),
            comparison=look.comparison,
            g=look.g if isinstance(look.g, float) else None,
            reason=look.reason,
            by=look.by,
        )

    def _way_up(self, node: Node) -> list[Node]:
        """A node and those after it along the shortest way to the result."""
        steps, after = {self.root: 0}, {}
        for user in reversed(self.order):
            for arg in user.parents:
                if steps.get(arg, math.inf) > steps[user] + 1:
                    steps[arg], after[arg] = steps[user] + 1, user
        way = [node]
        while way[-1] is not self.root:
            way.append(after[way[-1]])
        return way


def _by_rounds(nodes: Iterable[Node]) -> list[Node]:
    """Each op once, then each once more, and so on: a rule that is wrong is so at once."""
    uses: Counter[Any] = Counter()
    rounds = []
    for node in nodes:
        rounds.append((uses[node.op], node))
        uses[node.op] += 1
    return [node for _, node in sorted(rounds, key=lambda pair: pair[0])]


def _random(data: Any, seed: int) -> Any:
    """Weights for the numbers of an array, none of them near 0; 1 for a float."""
    if isinstance(data, float):
        return 1.0
    random = np.random.default_rng([SEED, seed])
    return random.uniform(0.5, 1.5, data.shape) * random.choice([-1.0, 1.0], data.shape)


# One op by itself ---------------------------------------------------------------------------------


def _by_rule(node: Node, i: int, g: Any) -> tuple[Any, Any, str]:
    """What operand i gets for the cotangent g, the size of its terms; or why there is nothing.

    The other operands are constants here, so that their rules are left alone.
    """
    args = [arg.data if isinstance(arg, Node) else arg for arg in node.args]
    args[i] = make(args[i])
    args[i].label = node.args[i].label
    alone = make(node.data, node.op, tuple(args))
    try:
        with np.errstate(all="ignore"):
            part, size = contributions(alone, g)[i], contributions(alone, np.absolute(g))[i]
    except AutogradError as error:
        return None, None, str(error)
    return (0.0, 0.0, "") if part is None else (part, size, "")


def _by_record(local: Node, leaf: Node, g: Node, weight: Any) -> tuple[dict[Node, Any], str]:
    """How what a leaf gets from a node follows other leaves, as recorded; or why it is nothing."""
    try:
        with np.errstate(all="ignore"):
            return cotangents(gradient(local, leaf, gradient=g), weight), ""
    except AutogradError as error:
        return {}, str(error)


def _compared(
    node: Node, data: Any, numbers: Callable[[Any], Any], part: Any, size: Any
) -> Comparison:
    """The slope of the sum of ``numbers`` as ``data`` moves, beside the one that a rule says.

    A few random directions tell whether an array is all right; its numbers tell what is not.
    """
    eps = precision(node.data, data)
    whole = all(np.all(np.isfinite(ops.data_of(x))) for x in (node, *node.parents))
    with np.errstate(all="ignore"):
        here = numbers(data)
        value, blur = float(np.sum(here)), eps / 2 * float(ops.norm.evaluate((here, None, False)))

    def along(line: Line) -> Comparison:
        slope = line.slope(lambda point: float(np.sum(numbers(point))), value, eps, blur, eps)
        if part is None:
            return Comparison(line, math.nan, math.nan, slope, 0.0, eps, eps)
        said = line.along(part)
        terms = line.spread(np.nan_to_num(np.absolute(size)))
        # Beside numbers that are inf or nan, what is so as well shows nothing.
        cause = "" if whole or math.isfinite(said) else EDGE
        return Comparison(line, said, said, slope, terms, eps, eps, cause)

    if isinstance(data, float):
        return along(next(coordinates(data)))
    looks = list(map(along, islice(directions(data), SCREENING)))
    if any(c.verdict != AGREES for c in looks):
        closer = coordinates if data.size <= FEW else directions
        looks = [*map(along, closer(data)), *looks]
    return max(looks, key=lambda c: EXPLAINS.index(c.verdict))


def _computed(node: Node, values: list[Any]) -> Any:
    """The node's value from other operands."""
    op: Any = node.op  # never None: a leaf has no rules
    value = op.evaluate(values, node.args)
    return float(value) if isinstance(node.data, float) else np.asarray(value)


def _weighed(node: Node, i: int, g: Any, point: Any) -> Any:
    """The op's numbers with operand i elsewhere, times their cotangents; 0 where there is none."""
    values = [arg.data if isinstance(arg, Node) else arg for arg in node.args]
    values[i] = point
    return np.where(np.isfinite(node.data), _computed(node, values) * g, 0.0)


def _rule_weighed(local: Node, k: int, g: Node, weight: Any, moved: Node, point: Any) -> Any:
    """What the rule for operand k says with a leaf, or g, elsewhere, times its weights."""
    args = tuple(make(point) if arg is moved else arg for arg in local.args)
    values = [arg.data if isinstance(arg, Node) else arg for arg in args]
    again = make(_computed(local, values), local.op, args)
    part = contributions(again, point if g is moved else g.data)[k]
    return 0.0 if part is None else part * weight
