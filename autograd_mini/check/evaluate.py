"""A recorded graph computed anew with nodes moved: what nudging and checking are made of.

The graph is taken as it was recorded: the branches a program took and the constants it read stay.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import numpy as np

from ..backward import contributions, cotangents
from ..errors import AutogradError, InputError, OperandError, ShapeError
from ..node import Node, ancestors, make, require_nodes
from ..primitive import read
from .line import DOUBLE, precision


def evaluate(root: Node, moved: Mapping[Node, Any]) -> Any:
    """The value ``root`` has when other values stand in some nodes, leaves or inner ones.

    An inner node that is moved is not computed from its operands. Nothing is written into the
    graph.

    Raises `InputError` for a node that ``root`` does not depend on, `ShapeError` or `OperandError`
    for a value that does not fit its node, and the op's own error where it cannot compute.

    >>> import autograd_mini as am
    >>> from autograd_mini.check import evaluate
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> evaluate(J, {a: 5.001}), evaluate(J, {u: 6.001})
    (33.003, 33.003)
    """
    require_nodes("evaluate", root, *moved)
    order = ancestors(root)
    known = set(order)
    for node in moved:
        require_ancestor(node, root, known)
    values = recompute(order, {node: _fitted(value, node) for node, value in moved.items()})
    return values.get(root, root.data)


def require_ancestor(node: Any, root: Node, known: Container[Node]) -> None:
    """Raise unless ``node`` is one of the ``known`` ancestors of ``root``."""
    if node not in known:
        name, result = node.label or "this node", root.label or "the result"
        raise InputError(f"{result} does not depend on {name}", labels=(node.label, root.label))


def _fitted(value: Any, node: Node) -> Any:
    """A value in the type, dtype and shape that ``node`` holds."""
    plain = read(value)
    if isinstance(plain, Node) or np.iscomplexobj(plain):
        raise OperandError(f"the value of a node is made of plain real numbers, not {value!r}")
    if np.shape(plain) != np.shape(node.data):
        raise ShapeError(
            f"{node.label or 'this node'} has shape {np.shape(node.data)}, not {np.shape(plain)}",
            labels=(node.label,),
            shapes=(np.shape(plain), np.shape(node.data)),
        )
    return float(plain) if isinstance(node.data, float) else np.asarray(plain, node.data.dtype)


def recompute(order: Iterable[Node], moved: Mapping[Node, Any]) -> dict[Node, Any]:
    """The values of the moved nodes and of those in ``order``, operands first, that they change."""
    values = dict(moved)
    for node in order:
        if node not in values and node.op is not None and _depends(node, values):
            operands = [values.get(x, x.data) if isinstance(x, Node) else x for x in node.args]
            value = node.op.evaluate(operands, node.args)
            values[node] = float(value) if isinstance(node.data, float) else np.asarray(value)
    return values


def rebuilt(order: Iterable[Node], leaves: Mapping[Node, Any]) -> dict[Node, Node]:
    """The graph of ``order``, operands first, recorded again on other values of its leaves.

    The new nodes by the old ones they stand for, with the same labels.
    """
    values = recompute(order, leaves)
    twins: dict[Node, Node] = {}
    for node in order:
        args = tuple(twins[arg] if isinstance(arg, Node) else arg for arg in node.args)
        twins[node] = make(values.get(node, node.data), node.op, args)
        twins[node].label = node.label
    return twins


def in_double(order: list[Node]) -> dict[Node, Node]:
    """The nodes of ``order``, operands first, computed again from the same leaves in float64.

    Where all are doubles already they stand for themselves.
    """
    if precision(*(node.data for node in order)) == DOUBLE:
        return {node: node for node in order}
    with np.errstate(all="ignore"):
        return rebuilt(order, {n: as_double(n.data) for n in order if n.op is None})


def as_double(data: Any) -> Any:
    """A float as it is, an array in float64."""
    return data if isinstance(data, float) else data.astype(np.float64)


def downstream(order: Iterable[Node], node: Node) -> list[Node]:
    """``node`` and those of ``order``, operands first, whose values follow from its own."""
    found = {node: None}
    for other in order:
        if other is not node and _depends(other, found):
            found[other] = None
    return list(found)


def _depends(node: Node, changed: Container[Node]) -> bool:
    return any(isinstance(arg, Node) and arg in changed for arg in node.args)


def gradients(root: Node, weight: Any = None) -> tuple[dict[Node, Any], AutogradError | None]:
    """d root / d node for all nodes; or none, and why backward has no answer.

    ``weight`` is what each number of ``root`` counts for, where it holds more than one.
    """
    try:
        with np.errstate(all="ignore"):
            return cotangents(root, weight), None
    except AutogradError as error:
        return {}, error


def terms(root: Node, order: list[Node], weight: Any = None) -> dict[Node, Any]:
    """How large the terms are that a gradient is the sum of: its rounding error goes by them.

    Backward once more, with every contribution made positive so that none cancel. ``order`` is that
    of ``root``'s ancestors.
    """
    one = np.absolute(1.0 if weight is None else weight)
    plain = isinstance(root.data, float)
    sizes: dict[Node, Any] = {root: float(one) if plain else one * np.ones_like(root.data)}
    with np.errstate(all="ignore"):
        for node in reversed(order):
            if np.any(sizes.get(node, 0.0)):
                for arg, part in zip(node.args, contributions(node, sizes[node]), strict=True):
                    if part is not None:
                        sizes[arg] = sizes.get(arg, 0.0) + np.nan_to_num(np.absolute(part))
    return sizes
