"""gradcheck: the gradients that backward finds held against numeric ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..backward import cotangents
from ..changed import require_unchanged
from ..errors import InputError
from ..node import Node, ancestors, labelled, make, refuse_for_others
from .evaluate import as_double, in_double, rebuilt
from .line import numbers, one_number, real
from .report import Report
from .second_order import Gradients, second_order
from .subject import Subject


def gradcheck(f_or_node: Any, *args: Any, order: int = 1) -> Report:
    """Compare the gradients that backward finds with numeric ones, and say what is wrong.

    ``gradcheck(J)`` checks a recorded graph by every labelled node, inner ones too, or by its
    leaves when nothing is labelled: it moves the node and computes what depends on it anew.
    ``gradcheck(f, *args)`` records ``f(*args)``, with floats as Values and arrays as Tensors, and
    checks it by all arguments: it moves them and calls ``f`` again, so a gradient that was lost on
    the way (in a float() or a detach) is found as well.

    The verdict on each is one of

    - "agrees": backward and differences have the same digits, as far as their errors let see;
    - "wrong rule": they differ, and the report's ``blame`` says by which op's rule: its label, its
      place in the graph, and what the rule says beside what differences of that op alone say;
    - "kink here": the slopes of the two sides differ, and backward's is one of these or between; or
      an op on the way has a kink, which is why backward's is not the slope (then it fails);
    - "edge of the domain": to one side, or to both, there are no values, or none that floats hold;
    - "not enough precision to tell": the numeric slope is too uncertain, or the gradient is;
    - "not reached": the graph does not lead to the input, or misses a part of how the result moves
      with it. That is right only where the result does not move.

    A function that jumps, as x % y does, cannot be judged by differences where it jumps within the
    steps (x / y beyond a million, say): a right rule may be called wrong there.

    The report is true when all are right. Arrays of up to 100 numbers are checked number by number,
    larger ones along random directions. Gradients in float32 are held to its precision, their rules
    to that of float64. Where differences are too coarse and all ops are analytic, a complex step
    sharpens them. ``order=2`` checks the second derivatives by all inputs as well, those that
    `gradient` of `gradient` gives against differences of the gradient.

    Raises `GradientError` for a result of several numbers, `MutationError` for a graph whose data
    was changed in place after it was used, `InputError` for what is no graph and no
    function or for another order, `TraceError` in a function that is recorded for other numbers
    (`compile`, `vmap`), and what ``f`` raises at ``args``.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> report = am.gradcheck(3 * (a + b * c))
    >>> bool(report), [(row.label, row.analytic, row.verdict) for row in report.rows]
    (True, [('a', 3.0, 'agrees'), ('b', 6.0, 'agrees'), ('c', 9.0, 'agrees')])
    >>> am.gradcheck(lambda x: x * am.detach(x), 3.0).rows[0].verdict
    'not reached'
    >>> [row.label for row in am.gradcheck(lambda x, y: x * x * y, 3.0, 2.0, order=2).rows]
    ['x', 'y', 'dx by x', 'dx by y', 'dy by x', 'dy by y']
    """
    refuse_for_others("gradcheck")
    if order not in (1, 2):
        raise InputError(f"order={order!r} is not 1 or 2")
    if isinstance(f_or_node, Node):
        if args:
            raise InputError("gradcheck of a recorded graph takes no arguments: gradcheck(J)")
        return _of_graph(f_or_node, order)
    if not callable(f_or_node):
        raise InputError(f"gradcheck takes a node or a function, not a {type(f_or_node).__name__}")
    if not args:
        raise InputError("gradcheck of a function needs its arguments: gradcheck(f, 2.0)")
    return _of_function(f_or_node, args, order)


def _of_graph(root: Node, order: int) -> Report:
    nodes = ancestors(root)
    require_unchanged(root, nodes, "differences")
    leaves = [node for node in nodes if node.op is None]
    twins = in_double(nodes)
    names = labelled(nodes)
    numbered = {leaf: f"leaf {i}" for i, leaf in enumerate(leaves, 1)}
    inputs = {leaf: names[leaf] for leaf in leaves if leaf in names} or numbered

    def gradient_anew(twin: Node, point: Any) -> dict[Node, Any]:
        moved = {twins[leaf]: twins[leaf].data for leaf in leaves} | {twin: point}
        again = rebuilt(list(twins.values()), moved)
        found = cotangents(again[twins[root]])
        return {leaf: found.get(again[leaf], 0.0) for leaf in moved}

    subject = Subject(root, twins, twins[root])
    return _report(subject, names or numbered, inputs, gradient_anew, order)


def _of_function(f: Callable[..., Any], args: tuple[Any, ...], order: int) -> Report:
    leaves = [make(numbers(arg)) for arg in args]
    names = dict(zip(leaves, _parameter_names(f, args), strict=True))
    for leaf, name in names.items():
        leaf.label = name
    twins = {leaf: make(as_double(leaf.data)) for leaf in leaves}
    for leaf, twin in twins.items():
        twin.label = leaf.label
    root = _as_node(f(*leaves))
    with np.errstate(all="ignore"):
        twin_root = _as_node(f(*twins.values()))

    def points(twin: Node, point: Any) -> list[Any]:
        return [point if other is twin else other.data for other in twins.values()]

    def anew(twin: Node, point: Any) -> Any:
        return f(*map(make, points(twin, point)))

    def plainly(twin: Node, point: Any) -> Any:
        return one_number(f(*points(twin, point)))

    def gradient_anew(twin: Node, point: Any) -> dict[Node, Any]:
        moved = list(map(make, points(twin, point)))
        found = cotangents(_as_node(f(*moved)))
        pairs = zip(twins.values(), moved, strict=True)
        return {leaf: found.get(other, 0.0) for leaf, other in pairs}

    subject = Subject(root, twins, twin_root, anew=anew, plainly=plainly)
    return _report(subject, names, names, gradient_anew, order)


def _report(
    subject: Subject,
    names: dict[Node, str],
    inputs: dict[Node, str],
    gradient_anew: Gradients,
    order: int,
) -> Report:
    """A row for each named node, and for ``order`` 2 for each pair of inputs."""
    rows = [subject.examine(node, name) for node, name in names.items() if np.size(node.data)]
    if order == 1 or subject.error is not None:
        return Report(rows, str(subject.error or ""))
    second = second_order(subject, inputs, gradient_anew)
    return Report([*rows, *second.rows], second.note, second.findings)


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
