"""The one reverse walk: from a result back to all it depends on, summing the chain rule.

`backward` leaves the numbers it finds in ``.grad``, `gradient` walks with nodes in place of numbers
so that what it finds can be differentiated again. The rules come from the table in `ops.py`; what
they need not know is done here: that a node may be used many times, that operands were broadcast,
that a branch `where` did not take must stay silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import ops
from .errors import FORWARD_ERRORS, GradientError, OperandError
from .node import PACKED, Node, make
from .primitive import Primitive, read


def backward(root: Node, gradient: Any = None) -> None:
    """Set ``.grad``, the derivative of ``root``, on itself and on all it depends on.

    Afresh at each call: nothing adds up from one call to the next. A Tensor of more than one number
    needs ``gradient``, of its shape: what each number weighs.

    Raises `GradientError` without a needed ``gradient`` or for one of another shape, and the error
    of Python's floats (`DivisionError`, ...) where a derivative of floats does not exist.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> J = 3 * (a + b * c)
    >>> J.backward()
    >>> a.grad, b.grad, c.grad
    (3.0, 6.0, 9.0)
    """
    owned: set[int] = set()
    for node, g in cotangents(root, gradient).items():
        if g.__class__ is not float:
            # Each node owns its gradient: rules may hand on one array, or a view of it, to several.
            memory = g if g.base is None else g.base
            if id(memory) in owned or not g.flags.writeable:
                g = memory = np.array(g)
            owned.add(id(memory))
        node.grad = g


def gradient(root: Node, wrt: Any, gradient: Any = None) -> Any:
    """The derivatives of ``root`` by nodes, as nodes: they can be differentiated again.

    ``wrt`` is one node or a list or tuple of them (inner nodes, too); one node or a list comes
    back. A node that ``root`` does not depend on has derivative 0. ``gradient`` is dL/droot for a
    root that holds more than one number. Nothing is written into ``.grad``.

    >>> import autograd_mini as am
    >>> x = am.Value(3.0, "x")
    >>> dx = am.gradient(x**3, x)
    >>> d2x = am.gradient(dx, x)
    >>> dx.data, d2x.data
    (27.0, 18.0)
    """
    nodes = wrt if isinstance(wrt, list | tuple) else [wrt]
    for node in nodes:
        if not isinstance(node, Node):
            raise OperandError(f"gradient is taken by nodes, not by a {type(node).__name__}")
    found = _walk(root, _seed(root, gradient), recorded=True)
    results = [_as_node(found.get(node), node) for node in nodes]
    return results[0] if isinstance(wrt, Node) else results


def cotangents(root: Node, gradient: Any = None) -> dict[Node, Any]:
    """d root / d node for every node that ``root`` depends on, itself included, as numbers.

    >>> import autograd_mini as am
    >>> from autograd_mini.backward import cotangents
    >>> a = am.Value(2.0)
    >>> cotangents(a * a)[a]
    4.0
    """
    return _walk(root, _seed(root, ops.data_of(gradient)), recorded=False)


def contributions(node: Node, g: Any) -> list[Any]:
    """What each operand of ``node`` receives for the cotangent ``g``: None for a constant.

    >>> import autograd_mini as am
    >>> from autograd_mini.backward import contributions
    >>> contributions(am.Value(3.0) * am.Value(2.0), 1.0)
    [2.0, 3.0]
    """
    return _contributions(node, g, recorded=False, guarded=False)


def _seed(root: Node, gradient: Any) -> Any:
    """The cotangent to begin with: 1 for one number, else what the caller gives."""
    if not isinstance(root, Node):
        raise OperandError(
            f"the derivative of a {type(root).__name__} is not recorded; it needs a node"
        )
    data = root.data
    if gradient is None:
        if data.__class__ is float:
            return 1.0
        if np.size(data) != 1:
            raise GradientError(
                f"{_name(root)} holds {np.size(data)} numbers (shape {np.shape(data)}), so there "
                "is no one derivative; reduce it first, as in J = am.sum(...), or say what to "
                "weigh them with: gradient=array of that shape",
                labels=(root.label,),
                shapes=(np.shape(data),),
            )
        return np.ones(data.shape, data.dtype)
    given = read(gradient)
    seed = ops.data_of(given)
    if np.shape(seed) != np.shape(data):
        raise GradientError(
            f"gradient= has shape {np.shape(seed)}, but {_name(root)} has shape {np.shape(data)}",
            labels=(root.label,),
            shapes=(np.shape(seed), np.shape(data)),
        )
    if np.iscomplexobj(seed):
        raise GradientError("gradient= is complex, but derivatives here are real")
    if isinstance(given, Node):
        return given
    return float(seed) if isinstance(data, float) else np.array(seed, dtype=data.dtype)


def _name(node: Node) -> str:
    return node.label or (f"a result of {node.op.name}" if node.op else "this leaf")


def _later_uses(root: Node) -> dict[Node, int]:
    """How many uses beyond its first each inner node has: so many wait before it is complete."""
    later: dict[Node, int] = {}
    seen, pending = {root}, [root]
    for node in pending:
        y = node.y
        for arg in node.x if y is PACKED else (node.x, y):
            if arg.__class__ is float or not isinstance(arg, Node) or arg.op is None:
                continue
            if arg in seen:
                later[arg] = later.get(arg, 0) + 1
            else:
                seen.add(arg)
                pending.append(arg)
    return later


def _walk(root: Node, seed: Any, recorded: bool) -> dict[Node, Any]:
    """Cotangents from ``root`` down: a node is taken up once all who use it have contributed.

    One or two floats, the common case, are written out for speed, with `_contributions` and the
    loop below for all else. A node that ``root`` depends on but no derivative reaches has 0.
    """
    later = _later_uses(root)
    grads = {root: seed}
    unreached: list[Node] = []
    guarded: set[Node] = set()
    ready = [root] if root.op is not None else []
    same = ops.same
    while ready:
        node = ready.pop()
        x, y, z = node.x, node.y, node.data
        op: Any = node.op  # never None: leaves do not get ready
        g = grads.get(node)
        short = z.__class__ is float and (
            y is not PACKED or (len(x) == 1 and op.scalar is not None)
        )
        if short and g is not None and not recorded and not (guarded and node in guarded):
            try:
                if y is not PACKED:
                    rule_x, rule_y = op.rules
                    if rule_x is rule_y is same:
                        gx = gy = g
                    elif x.__class__ is float:
                        gy = rule_y(g, z, x, y.data)
                    elif y.__class__ is float:
                        gx = rule_x(g, z, x.data, y)
                    else:
                        xs, ys = x.data, y.data
                        gx, gy = rule_x(g, z, xs, ys), rule_y(g, z, xs, ys)
                else:
                    (x,), y = x, 0.0
                    gx = op.rules[0](g, z, x.data)
            except FORWARD_ERRORS as error:
                raise _named(error, op, node.args) from error
            if x.__class__ is not float:
                if x in later or gx is None:
                    _deliver(x, gx, grads, unreached, later, ready)
                elif x.op is None:
                    grads[x] = grads[x] + gx if x in grads else gx
                else:
                    grads[x] = gx
                    ready.append(x)
            if y.__class__ is not float:
                if y in later or gy is None:
                    _deliver(y, gy, grads, unreached, later, ready)
                elif y.op is None:
                    grads[y] = grads[y] + gy if y in grads else gy
                else:
                    grads[y] = gy
                    ready.append(y)
        else:
            guard = node in guarded or (op.selects and z.__class__ is not float)
            parts = _contributions(node, g, recorded, guard)
            for arg, part in zip(node.args, parts, strict=True):
                if isinstance(arg, Node):
                    _deliver(arg, part, grads, unreached, later, ready)
                    if guard:
                        guarded.add(arg)
    for node in unreached:
        if node not in grads:
            grads[node] = _zero(node.data)
    return grads


def _deliver(
    node: Node,
    part: Any,
    grads: dict[Node, Any],
    unreached: list[Node],
    later: dict[Node, int],
    ready: list[Node],
) -> None:
    """Add one contribution to a node's cotangent; after its last one the node is ready."""
    if part is None:
        unreached.append(node)
    else:
        grads[node] = grads[node] + part if node in grads else part
    if later.get(node):
        later[node] -= 1
    elif node.op is not None:
        ready.append(node)


def _contributions(node: Node, g: Any, recorded: bool, guarded: bool) -> list[Any]:
    """Each operand's cotangent, fitted to the operand; None where nothing flows."""
    op, args = node.op, node.args
    if op is None or g is None or (guarded and not np.any(ops.data_of(g))):
        return [None] * len(args)
    z: Any = node
    values: Sequence[Any] = args
    if not recorded:
        z, values = node.data, [arg.data if isinstance(arg, Node) else arg for arg in args]
    try:
        if guarded:
            with np.errstate(all="ignore"):
                parts = _silenced(_by_rules(op, g, z, values, args), op, g, z, values, args)
        else:
            parts = _by_rules(op, g, z, values, args)
        for i, part in enumerate(parts):
            arg = args[i]
            fits = part is not None and isinstance(arg, Node)
            parts[i] = _fit(part, arg.data) if fits else None
    except FORWARD_ERRORS as error:
        raise _named(error, op, args) from error
    return parts + [None] * op.statics if op.statics else parts


def _by_rules(
    op: Primitive, g: Any, z: Any, values: Sequence[Any], args: Sequence[Any]
) -> list[Any]:
    """What the table's rules say for each operand that is a node."""
    if op.rule_of_all is not None:
        wanted = [isinstance(arg, Node) for arg in args]
        return list(op.rule_of_all(wanted, g, z, *values))
    parts: list[Any] = [None] * len(op.rules)
    for i, rule in enumerate(op.rules):
        if isinstance(args[i], Node):
            parts[i] = rule(g, z, *values)
    return parts


def _silenced(
    parts: list[Any], op: Primitive, g: Any, z: Any, values: Sequence[Any], args: Sequence[Any]
) -> list[Any]:
    """Contributions without the nan that 0 * inf makes where the cotangent is exactly 0.

    Needed below a `where`, whose branch not taken has cotangent 0 and may have any derivative.
    """
    reached = ops.data_of(g) != 0
    if op.kind == "product":
        return _silenced_products(parts, op, reached, g, z, values, args)
    if op.kind == "linear":
        return parts
    if op.kind == "reduction":
        reached = ops.put_back(reached, values[0], values[1], values[2])
    elif op.kind == "along":
        reached = np.broadcast_to(
            np.any(reached, axis=values[1], keepdims=True), ops.shape_of(values[0])
        )
    return [None if part is None else ops.where(reached, part, 0.0) for part in parts]


def _silenced_products(
    parts: list[Any],
    op: Primitive,
    reached: Any,
    g: Any,
    z: Any,
    values: Sequence[Any],
    args: Sequence[Any],
) -> list[Any]:
    """The same for sums of products, where single terms of a sum are to be silent.

    With ones for all numbers, and with ones for the finite ones alone, the rules count the terms
    that are reached: where the counts agree, no inf or nan was, and zeros in their place change
    nothing.
    """
    operands, statics = values[: len(values) - op.statics], values[len(values) - op.statics :]
    finite = [np.isfinite(ops.data_of(x)) for x in operands]
    if all(np.all(f) for f in finite):
        return parts
    weight = reached.astype(np.float64)
    all_terms = _by_rules(op, weight, None, [*map(np.ones_like, finite), *statics], args)
    finite_terms = _by_rules(op, weight, None, [*finite, *statics], args)
    zeroed = [ops.where(f, x, 0.0) for f, x in zip(finite, operands, strict=True)]
    clean = _by_rules(op, g, z, [*zeroed, *statics], args)
    return [
        None if part is None else ops.where(np.equal(n, m), c, part)
        for part, c, n, m in zip(parts, clean, all_terms, finite_terms, strict=True)
    ]


def _fit(part: Any, like: Any) -> Any:
    """A contribution in the operand's own shape and dtype: broadcasting undone by summing back."""
    data = part.data if isinstance(part, Node) else part
    arrays = data.__class__ is like.__class__ is np.ndarray
    if arrays and data.shape == like.shape and data.dtype == like.dtype:
        return part
    if like.__class__ is float:
        if data.__class__ is float:
            return part
        total = ops.sum(part, None, False)
        return ops.item(total) if isinstance(part, Node) else float(total)
    if data.__class__ is not np.ndarray or data.shape != like.shape:
        part = sum_to(part, like.shape)
        data = ops.data_of(part)
    return part if data.dtype == like.dtype else ops.astype(part, like.dtype)


def summed_axes(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of ``shape`` that broadcasting ``target`` to it made or stretched.

    >>> from autograd_mini.backward import summed_axes
    >>> summed_axes((4, 3, 5), (3, 1))
    (0, 2)
    """
    new = len(shape) - len(target)
    stretched = (i for i in range(new, len(shape)) if target[i - new] == 1 != shape[i])
    return (*range(new), *stretched)


def sum_to(part: Any, shape: tuple[int, ...]) -> Any:
    """``part`` summed over the axes along which ``shape`` was broadcast to it."""
    if axes := summed_axes(ops.shape_of(part), shape):
        part = ops.sum(part, axes, False)
    return ops.reshape(part, shape)


def _zero(data: Any) -> Any:
    return 0.0 if isinstance(data, float) else np.zeros_like(data)


def _as_node(found: Any, like: Node) -> Node:
    """A cotangent as a node; a constant one becomes a leaf."""
    if isinstance(found, Node):
        return found
    data = _zero(like.data) if found is None else found  # None: root does not depend on it
    return make(data if isinstance(like.data, float) else np.asarray(data))


def _named(error: Exception, op: Primitive, args: Sequence[Any]) -> Exception:
    """An error met in a rule, saying of which op at which operands it is the derivative."""
    values = [arg.data if isinstance(arg, Node) else arg for arg in args]
    return op.named(error, values, args, where="the derivative of ")
