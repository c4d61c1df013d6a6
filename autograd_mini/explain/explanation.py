"""Explanation: the chain rule along every path, with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ..backward import cotangents
from ..changed import require_unchanged
from ..errors import GradientError, InputError
from ..node import Node, ancestors, labelled, require_nodes
from .flow import Flow, Path, Spread, filled, is_number, size, spread
from .names import Names, bracketed
from .notation import Latex, Plain
from .paths import Edges, count_paths, edges_between, largest
from .words import legend, many, sides, signed_sum, silence, table

TERMS = 12
"""A sum of more terms is not written out."""

POOL = 4
"""Of many paths through arrays so many times more are looked at than are listed."""


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why a derivative is what it is; prints as the chain rule with its numbers.

    ``paths`` are those listed, each a `Path` with its nodes, local derivatives and product, the
    largest first. ``count`` is how many there are in all, ``rest`` the sum of the products of those
    not listed, ``total`` the derivative: the sum of all. ``latex`` says the same, and a notebook
    shows it.

    >>> import autograd_mini as am
    >>> a = am.Value(3.0, "a")
    >>> J = a * a + 2 * a
    >>> J.label = "J"
    >>> explanation = am.explain(J, a)
    >>> explanation
    <Explanation: dJ/da = 8 along 3 paths>
    >>> explanation.paths[0].locals, explanation.paths[0].product
    ((1.0, 3.0), 3.0)
    """

    result: Node
    variable: Node
    paths: list[Path]
    count: int
    total: Any
    rest: Any
    names: Names

    def __repr__(self) -> str:
        paths = f"{many(self.count)} path{'s' * (self.count != 1)}"
        derivative = self._derivative(Plain(), "d")
        return f"<Explanation: {derivative} = {Plain().value(self.total)} along {paths}>"

    def __str__(self) -> str:
        with np.errstate(all="ignore"):
            return "\n".join(self._lines())

    @property
    def latex(self) -> str:
        """The same in LaTeX, without dollars around it; arrays have their shape below."""
        notation = Latex()
        with np.errstate(all="ignore"):
            rows = [*self._equations(notation, "∂", "∂" if self.count == 1 else "d")]
        for node in reversed(self.names.shown if self.count else ()):
            if node.op is not None and not self.names.is_given(node):
                rows.append([*map(notation.write, (self.names[node], self.names.computed(node)))])
        if len(rows) == 1:
            return " = ".join(rows[0])
        lines = [f"{first} &= {' = '.join(others)}" for first, *others in rows]
        return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _lines(self) -> Iterator[str]:
        names, d = self.names, "d" if self.count == 1 else "∂"
        equations = [" = ".join(equal) for equal in self._equations(Plain(), d, "d")]
        ends = f"from {names[self.variable]} to {names[self.result]}"
        indent = ""
        if self.count > 1:
            largest = ""
            if self._others:
                some = len(self.paths)
                numeric = all(path.numeric for path in self.paths)
                largest = f"; the {some} largest" if numeric else f"; {some} of the largest"
            yield f"{many(self.count)} paths lead {ends}{largest}:"
            indent = "  "
        for path in self.paths:
            yield indent + equations.pop(0)
            if not path.numeric:
                yield from (f"{indent}  {row}" for row in table(path, names))
        if self._others:
            yield indent + equations.pop(0)
        for equation in equations:
            none = f"{names[self.result]} does not depend on {names[self.variable]}: "
            yield equation if self.count else f"{none}no path leads {ends}, so {equation}"
        rules = legend((path for path in self.paths if path.numeric), names, d)
        yield from (f"  {row}" for row in rules)

    def _equations(self, notation: Plain, d: str, d_total: str) -> Iterator[list[str]]:
        """What equals what: along each path, along the others, and in all."""
        total = self._derivative(notation, d_total)
        for path in self.paths:
            *equal, last = sides(path, self.names, d, notation)
            if reason := silence(path, self.names):
                last += notation.write(f", because {reason}")
            if self.count == 1:
                equal = [total, *(side for side in equal if side != total)]
            yield [*equal, last]
        if self._others:
            others = f"the other paths ({many(self._others)})"
            yield [notation.write(others), notation.value(self.rest)]
        if self.count != 1:
            yield [total, *self._summed(notation), notation.value(self.total)]

    @property
    def _others(self) -> int:
        return self.count - len(self.paths)

    def _derivative(self, notation: Plain, d: str) -> str:
        names = self.names
        top, bottom = bracketed(names[self.result]), bracketed(names[self.variable])
        return notation.derivative(d, top, bottom)

    def _summed(self, notation: Plain) -> list[str]:
        """The sum written out, where its terms are few numbers."""
        terms = [path.received[-1] for path in self.paths]
        if self._others:
            terms.append(spread(self.rest))
        numbers = [term for term in terms if not isinstance(term, Spread)]
        return [notation.number(signed_sum(numbers))] if 1 < len(numbers) <= TERMS else []


def explained(J: Node, variable: Node, max_paths: int) -> Explanation:
    """What `explain` gives, for arguments of any kind."""
    require_nodes("explain", J, variable)
    if not is_number(J):
        raise GradientError(
            f"{J.label or 'the result'} holds {J.data.size} numbers (shape {J.data.shape}); "
            "explain one of them, as in J[0], or their sum: am.sum(J)",
            labels=(J.label,),
            shapes=(J.data.shape,),
        )
    if not isinstance(max_paths, int) or max_paths < 1:
        raise InputError(f"max_paths is a whole number from 1 up, not {max_paths!r}")
    order = ancestors(J)
    require_unchanged(J, order, "derivatives")
    edges = edges_between(order, variable)
    with np.errstate(all="ignore"):  # what there was to warn of, backward() does
        paths, count, total, rest = _listed(edges, cotangents(J), variable, max_paths)
    shown = {J, variable}.union(*map(_shown_nodes, paths))
    order += [] if edges else [variable]
    names = Names(J, [node for node in order if node in shown], labelled(order))
    return Explanation(J, variable, paths, count, total, rest, names)


def _listed(
    edges: Edges, totals: Mapping[Node, Any], variable: Node, most: int
) -> tuple[list[Path], int, Any, Any]:
    """The paths that are listed, how many there are, what flows along all and along the others."""
    count = count_paths(edges)
    nothing = filled(variable, 0.0)
    if not count:
        return [], 0, nothing, nothing
    flow = Flow(edges, totals)
    if count == 1:
        return [flow.only_path()], 1, totals[variable], nothing
    if count <= most:
        chosen = largest(edges, lambda node, i: 0.0, most)
    elif all(map(is_number, edges)):
        chosen = largest(edges, flow.weight, most)
    else:
        pool, _ = flow.along(largest(edges, flow.weight, POOL * most))
        chosen = [path.operands for path in sorted(pool, key=_smallness)[:most]]
    paths, rest = flow.along(chosen)
    return sorted(paths, key=_smallness), count, totals[variable], rest


def _shown_nodes(path: Path) -> set[Node]:
    """The nodes on both sides of the steps that are shown."""
    steps = (path.nodes[at : at + 2] for at in path.shown if isinstance(at, int))
    return set(chain.from_iterable(steps))


def _smallness(path: Path) -> float:
    """By which paths are sorted, the largest first and a nan before all."""
    product = size(path.product)
    return -math.inf if math.isnan(product) else -product
