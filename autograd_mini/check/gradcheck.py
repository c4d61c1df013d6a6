"""gradcheck: the gradients that backward finds held against numeric ones.

Differences are taken in float64 even of a graph in float32, whose values are too coarse for them:
each node has a twin there that computes the same.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import ops
from ..errors import InputError
from ..node import Node, ancestors, labelled, make
from .evaluate import as_double, downstream, gradients, in_double, recompute, terms
from .line import lines, numbers, precision, real
from .report import Comparison, Report, Row

At = Callable[[Node, list[Node], Any], Any]
"""``at(twin, below, point)``: the result with a twin at another point; ``below`` depends on it."""


def gradcheck(f_or_node: Any, *args: Any) -> Report:
    """Compare the gradients that backward finds with numeric ones.

    ``gradcheck(J)`` checks a recorded graph by every labelled node, inner ones too, or by its
    leaves when nothing is labelled: it moves the node and computes what depends on it anew.
    ``gradcheck(f, *args)`` records ``f(*args)``, with floats as Values and arrays as Tensors, and
    checks it by all arguments: it moves them and calls ``f`` again, so a gradient that was lost on
    the way (in a float() or a detach) is found as well.

    Arrays of up to 100 numbers are checked number by number, larger ones along random directions.
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
    twins = in_double(order)

    def at(twin: Node, below: list[Node], point: Any) -> Any:
        return recompute(below, {twin: point})[twins[root]]

    return _report(root, names, twins[root], twins, at)


def _of_function(f: Callable[..., Any], args: tuple[Any, ...]) -> Report:
    leaves = [make(numbers(arg)) for arg in args]
    names = dict(zip(leaves, _parameter_names(f, args), strict=True))
    for leaf in leaves:
        leaf.label = names[leaf]
    twins = {leaf: make(as_double(leaf.data)) for leaf in leaves}
    root = _as_node(f(*leaves))
    with np.errstate(all="ignore"):
        twin_root = _as_node(f(*twins.values()))

    def at(twin: Node, below: list[Node], point: Any) -> Any:
        return f(*(make(point if other is twin else other.data) for other in twins.values()))

    return _report(root, names, twin_root, twins, at)


def _as_node(result: Any) -> Node:
    """What a function returned; a plain number is one that depends on nothing."""
    return result if isinstance(result, Node) else make(real(result))


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
    root: Node, names: dict[Node, str], twin_root: Node, twins: dict[Node, Node], at: At
) -> Report:
    """A row for each named node: its gradient, and the slopes that moving its twin gives."""
    value, order = real(twin_root), ancestors(root)
    found, note = gradients(root)
    sizes = terms(root, order) if found else {}
    eps = precision(*(node.data for node in order))

    twin_order = ancestors(twin_root)
    twin_eps = precision(*(node.data for node in twin_order))
    weights = gradients(twin_root)[0] or {twin_root: 1.0}
    blurs = {node: _blur(node.data, weight) for node, weight in weights.items()}

    rows = []
    for node, name in names.items():
        below = downstream(twin_order, twins[node])
        blur = math.hypot(*(blurs.get(n, 0.0) for n in dict.fromkeys([*below, twin_root])))
        comparisons = []
        for line in lines(twins[node].data):
            slope = line.slope(partial(at, twins[node], below), value, twin_eps, blur, eps)
            gradient = None if note else line.along(found.get(node, 0.0))
            size = line.spread(sizes.get(node, 0.0))
            rounding = 4 * eps * size
            if gradient is not None:
                rounding += abs(gradient - line.along(weights.get(twins[node], 0.0)))
            comparisons.append(Comparison(line, gradient, slope, size, rounding, eps))
        if comparisons:
            rows.append(Row(name, node.data, tuple(comparisons)))
    return Report(rows, note)


def _blur(data: Any, weight: Any) -> float:
    """How far off the result may be because a node is rounded: that, times what it matters.

    Roundings go up as often as down, so they add up as squares do.
    """
    with np.errstate(all="ignore"):
        matters = np.multiply(weight, data, dtype=np.float64)
        total = float(ops.norm.evaluate((matters, None, False)))
    return 0.0 if math.isnan(total) else precision(data) / 2 * total
