"""The one reverse walk: from a result back to all it depends on, summing the chain rule.

`backward` leaves the numbers it finds in ``.grad``, `gradient` walks with nodes in place of numbers
so that what it finds can be differentiated again. The rules come from the table in `ops.py`; what
they need not know is done here: that a node may be used many times, that operands were broadcast,
that a branch `where` did not take must stay silent.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import ops
from .errors import (
    FORWARD_ERRORS,
    AutogradError,
    GradientError,
    OperandError,
    RangeError,
    TraceError,
)
from .node import PACKED, Node, Outside, ancestors, leaf, mode
from .primitive import Primitive, read


def backward(root: Node, gradient: Any = None) -> None:
    """Set ``.grad``, the derivative of ``root``, on itself and on all it depends on.

    Afresh at each call: nothing adds up from one call to the next. A Tensor of more than one number
    needs ``gradient``, of its shape: what each number weighs. The derivatives are those at the
    numbers the graph was computed with: it has to be computed anew after ``x.data = ...`` or
    ``x.data[0] = ...``, else they mix old and new numbers, which `debug` alone notices.

    Raises `GradientError` without a needed ``gradient`` or for one of another shape, and the error
    of Python's floats (`DivisionError`, ...) where a derivative of floats does not exist.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> J = 3 * (a + b * c)
    >>> J.backward()
    >>> a.grad, b.grad, c.grad
    (3.0, 6.0, 9.0)
    """
    seen: set[int] = set()
    for node, g in cotangents(root, gradient).items():
        if g.__class__ is not float:
            if g.__class__ is ndarray and g.base is None and id(g) not in seen:
                seen.add(id(g))  # the common case of `own`
            else:
                g = float(g) if node.holds is float else own(g, seen)
        node.grad = g


def own(g: Any, seen: set[int]) -> Any:
    """A gradient as an array whose memory is none of those ``seen``, where its own is noted.

    Rules may hand on one array, or a view of it, to several, but each node owns its gradient.
    """
    if g.__class__ is not ndarray:
        g = np.array(g)  # NumPy makes a number of a sum of two arrays without axes
    base = g.base
    if base is None:
        base = g
    elif not g.flags.writeable:
        g = base = np.array(g)
    if id(base) in seen:
        g = base = np.array(g)
    seen.add(id(base))
    return g


def memory(array: Any) -> Any:
    """The array that an array is a view of; itself if it is none."""
    return array if array.base is None else array.base


def gradient(root: Node, wrt: Any, gradient: Any = None) -> Any:
    """The derivatives of ``root`` by nodes, as nodes: they can be differentiated again.

    ``wrt`` is one node or a list or tuple of them (inner nodes, too); one node or a list comes
    back. A node that ``root`` does not depend on has derivative 0. ``gradient`` is dL/droot for a
    root that holds more than one number. Nothing is written into ``.grad``. Derivatives that are
    constant own their data, as leaves do.

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
    results = pull_back({root: _seed(root, gradient)}, nodes, recorded=True)
    seen: set[int] = set()
    for found in results:
        if found.op is None and found.data.__class__ is ndarray:
            found.data = own(found.data, seen)
    return results[0] if isinstance(wrt, Node) else results


def pull_back(
    seeds: Mapping[Node, Any],
    wrt: Sequence[Node],
    recorded: bool,
    cut: bool = False,
    made: Container[Node] | None = None,
) -> list[Any]:
    """What each node of ``wrt`` receives when the nodes of ``seeds`` have those cotangents.

    As nodes if ``recorded``, else as floats and arrays. Only what depends on ``wrt`` is walked.
    With ``cut`` they count as leaves: none receives anything by way of another; and if only nodes
    that were ``made`` somewhere can depend on them, the others are not looked through.

    >>> import autograd_mini as am
    >>> from autograd_mini.backward import pull_back
    >>> a = am.Value(2.0)
    >>> pull_back({3 * a: 1.0, a * a: 10.0}, [a], recorded=False)
    [43.0]
    """
    between = set(wrt)
    ends = between if made is None else Outside(made, between)
    for node in ancestors(*seeds, until=ends if cut else ()):
        if node not in between and node.op is not None and node.op.records:
            x, y = node.x, node.y
            for arg in x if y is PACKED else (x, y):
                if arg.__class__ is not float and isinstance(arg, Node) and arg in between:
                    between.add(node)
                    break
    reached = {node: seed for node, seed in seeds.items() if node in between}
    stops = [node for node in wrt if node.op is not None] if cut else ()
    inner = between.difference(stops) if stops else between
    found = _walk(reached, recorded, between, inner) if reached else {}
    if recorded:
        _name_cotangents(found)
    values = [_zero(node) if found.get(node) is None else found[node] for node in wrt]
    return [_as_node(g, node) for g, node in zip(values, wrt, strict=True)] if recorded else values


def _name_cotangents(found: Mapping[Node, Any]) -> None:
    """Label what belongs to a labelled node, as the dvar it is: "dz" for "z"."""
    for node, g in found.items():
        label = node.label
        if label is None and node.op is ops.positive:  # a transform's stand-in
            label = node.parents[0].label
        if label is not None and isinstance(g, Node) and g.label is None and g.op is not None:
            g.label = f"d{label}"


def cotangents(root: Node, gradient: Any = None) -> dict[Node, Any]:
    """d root / d node for every node that ``root`` depends on, itself included, as numbers.

    >>> import autograd_mini as am
    >>> from autograd_mini.backward import cotangents
    >>> a = am.Value(2.0)
    >>> cotangents(a * a)[a]
    4.0
    """
    seed = _seed(root, ops.data_of(gradient))
    how = mode.get()
    if how is not None and how.recorder is not None:
        raise TraceError(
            f"backward of {_name(root)} in a function that is recorded for other numbers would be "
            "for these alone; write am.grad(f) or am.gradient(J, x)",
            labels=(root.label,),
        )
    return _walk({root: seed}, recorded=False)


def contributions(node: Node, g: Any, recorded: bool = False) -> list[Any]:
    """What each operand of ``node`` receives for the cotangent ``g``: None for a constant.

    As nodes if ``recorded``, else as floats and arrays.

    >>> import autograd_mini as am
    >>> from autograd_mini.backward import contributions
    >>> contributions(am.Value(3.0) * am.Value(2.0), 1.0)
    [2.0, 3.0]
    """
    return _contributions(node, g, recorded)


def slopes(node: Node, recorded: bool = False) -> list[Any]:
    """The derivative of ``node`` by each operand, None where it is more than a number for a number.

    Of one number it is what the operand receives for 1, of an elementwise op that of each number by
    the one it comes from, in the shape of ``node``. As nodes if ``recorded``.

    >>> import autograd_mini as am
    >>> from autograd_mini.backward import slopes
    >>> slopes(am.Value(3.0) * am.Value(2.0))
    [2.0, 3.0]
    """
    one = np.ones_like(node.data) if np.ndim(node.data) else 1.0
    if np.size(node.data) == 1:
        return contributions(node, one, recorded)
    op, args = node.op, node.args
    found: list[Any] = [None] * len(args)
    if op is not None and op.kind == "elementwise":
        values = args if recorded else [x.data if isinstance(x, Node) else x for x in args]
        for i, rule in enumerate(op.rules):
            if isinstance(args[i], Node):
                found[i] = rule(one, node if recorded else node.data, *values)
    return found


def _seed(root: Node, gradient: Any) -> Any:
    """The cotangent to begin with: 1 for one number, else what the caller gives."""
    if not isinstance(root, Node):
        raise OperandError(
            f"the derivative of a {type(root).__name__} is not recorded; it needs a node"
        )
    if gradient is None and root.data.__class__ is root.holds is float:
        return 1.0
    data = root.held()
    if gradient is None:
        if data.__class__ is float:
            return 1.0
        if data.size != 1:
            raise GradientError(
                f"{_name(root)} holds {data.size} numbers (shape {data.shape}), so there "
                "is no one derivative; reduce it first, as in J = am.sum(...), or say what to "
                "weigh them with: gradient=array of that shape",
                labels=(root.label,),
                shapes=(data.shape,),
            )
        return np.ones(data.shape, data.dtype) if data.ndim else data.dtype.type(1.0)
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
    try:
        return float(seed) if isinstance(data, float) else np.array(seed, dtype=data.dtype)
    except OverflowError as error:
        raise RangeError("gradient= is too large for a float") from error


def _name(node: Node) -> str:
    return node.label or (f"a result of {node.op.name}" if node.op else "this leaf")


Nodes = Container[Node]
Alive = dict[Node, Any]
"""For nodes behind a `where`, at which of their numbers something depends on them."""


def _later_uses(roots: list[Node], inner: Nodes | None) -> dict[Node, int]:
    """How many uses beyond its first each inner node has: so many wait before it is complete.

    That it is a root with a cotangent of its own counts as a use. Two operands, of all that the
    roots depend on, are the common case and written out.
    """
    later: dict[Node, int] = {}
    seen, pending = set(roots), list(roots)
    if inner is not None:
        pending = [root for root in pending if root in inner]
    add, append = seen.add, pending.append
    for node in pending:
        x, y = node.x, node.y
        if y is PACKED or inner is not None:
            for arg in x if y is PACKED else (x, y):
                if arg.__class__ is float or not isinstance(arg, Node) or arg.op is None:
                    continue
                if inner is not None and arg not in inner:
                    continue
                if arg in seen:
                    later[arg] = later.get(arg, 0) + 1
                else:
                    add(arg)
                    append(arg)
            continue
        if x.__class__ is not float and x.op is not None:
            if x in seen:
                later[x] = later.get(x, 0) + 1
            else:
                add(x)
                append(x)
        if y.__class__ is not float and y.op is not None:
            if y in seen:
                later[y] = later.get(y, 0) + 1
            else:
                add(y)
                append(y)
    return later


def _walk(
    grads: dict[Node, Any],
    recorded: bool,
    between: Nodes | None = None,
    inner: Nodes | None = None,
) -> dict[Node, Any]:
    """Cotangents ``grads`` of roots, and those of all below them: the same dict, completed.

    A node is taken up once all who use it have contributed.

    Only nodes ``between`` get a cotangent, and only ``inner`` ones hand it on (None: all). One or
    two floats, the common case, are written out for speed, with `_contributions` and the loop below
    for all else. A node that the roots depend on but no derivative reaches has 0.
    """
    roots = list(grads)
    later = _later_uses(roots, inner)
    unreached: list[Node] = []
    alive: Alive | None = None
    ready = []
    for root in roots:
        if root in later:
            later[root] -= 1
        elif root.op is not None and (inner is None or root in inner):
            ready.append(root)
    how = mode.get()
    told = how.flowed if how is not None else ()
    plain = not (recorded or told or inner is not between)
    same = ops.same
    while ready:
        node = ready.pop()
        x, y, z = node.x, node.y, node.data
        op: Any = node.op  # never None: leaves do not get ready
        g = grads.get(node)
        simple = plain and g is not None and not (alive and node in alive)
        if (
            simple
            and z.__class__ is float
            and (y is not PACKED or (len(x) == 1 and op.scalar is not None))
            and (between is None or _all_between(node.args, between))
        ):
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
        elif (
            recorded
            and z.__class__ is float
            and y is not PACKED
            and g is not None
            and not (told or (alive and node in alive))
        ):
            # The same for nodes.
            for arg, rule in zip((x, y), op.rules, strict=True):
                if arg.__class__ is not float and (between is None or arg in between):
                    try:
                        part = g if rule is same else rule(g, node, x, y)
                    except FORWARD_ERRORS as error:
                        raise _named(error, op, node.args) from error
                    if part is None or arg in later:
                        _deliver(arg, part, grads, unreached, later, ready, inner)
                    else:
                        grads[arg] = grads[arg] + part if arg in grads else part
                        if arg.op is not None and (inner is None or arg in inner):
                            ready.append(arg)
        elif simple and op.rules and not op.selects:
            args = x if y is PACKED else (x, y)
            values = []
            for arg in args:
                values.append(arg.data if isinstance(arg, Node) else arg)
            for arg, value, rule in zip(args, values, op.rules):  # noqa: B905 - statics have none
                if isinstance(arg, Node) and (between is None or arg in between):
                    try:
                        part = rule(g, z, *values)
                        if part.__class__ is not value.__class__ or (
                            part.__class__ is ndarray
                            and (part.dtype is not value.dtype or part.shape != value.shape)
                        ):
                            part = None if part is None else _fit(part, arg)
                    except FORWARD_ERRORS as error:
                        raise _named(error, op, args) from error
                    if part is None or arg in later:
                        _deliver(arg, part, grads, unreached, later, ready, inner)
                    else:
                        grads[arg] = grads[arg] + part if arg in grads else part
                        if arg.op is not None:
                            ready.append(arg)
        else:
            if alive is None and _chooses(node):
                alive = _alive(roots, inner)
            mask = True if alive is None else alive.get(node, True)
            parts = _contributions(node, g, recorded, mask, between)
            for hook in told:
                hook(node, g, parts)
            for arg, part in zip(node.args, parts, strict=True):
                if isinstance(arg, Node) and (between is None or arg in between):
                    _deliver(arg, part, grads, unreached, later, ready, inner)
    for node in unreached:
        if node not in grads:
            grads[node] = _zero(node)
    return grads


def _all_between(args: Sequence[Any], between: Nodes) -> bool:
    return all(arg.__class__ is float or arg in between for arg in args)


def _deliver(
    node: Node,
    part: Any,
    grads: dict[Node, Any],
    unreached: list[Node],
    later: dict[Node, int],
    ready: list[Node],
    inner: Nodes | None = None,
) -> None:
    """Add one contribution to a node's cotangent; after its last one the node is ready."""
    if part is None:
        unreached.append(node)
    else:
        grads[node] = grads[node] + part if node in grads else part
    if later.get(node):
        later[node] -= 1
    elif node.op is not None and (inner is None or node in inner):
        ready.append(node)


def _contributions(
    node: Node, g: Any, recorded: bool, mask: Any = True, between: Nodes | None = None
) -> list[Any]:
    """Each operand's cotangent, fitted to the operand; None where nothing flows.

    ``mask`` is where the node is alive (see `_alive`); True is everywhere.
    """
    op, args = node.op, node.args
    if op is None or g is None or mask is False:
        return [None] * len(args)
    z: Any = node
    values: Sequence[Any] = args
    if not recorded:
        z, values = node.data, [arg.data if isinstance(arg, Node) else arg for arg in args]
    wanted = [isinstance(arg, Node) and (between is None or arg in between) for arg in args]
    try:
        if mask is True:
            parts = _by_rules(op, g, z, values, wanted)
        else:
            with np.errstate(all="ignore"):
                parts = _by_rules(op, g, z, values, wanted, mask)
                parts = _silenced(parts, op, mask, g, z, values, wanted)
        for i, part in enumerate(parts):
            if part is not None:
                parts[i] = _fit(part, args[i]) if wanted[i] else None
    except FORWARD_ERRORS as error:
        raise _named(error, op, args) from error
    return parts


def _by_rules(
    op: Primitive, g: Any, z: Any, values: Sequence[Any], wanted: Sequence[bool], mask: Any = True
) -> list[Any]:
    """What the table's rules say for each wanted operand; None for the others and the statics."""
    if op.rule_of_all is not None:
        # What a custom op does inside only its own rule can silence.
        more = {"mask": mask} if op.kind == "custom" else {}
        return [*op.rule_of_all(wanted, g, z, *values, **more), *[None] * op.statics]
    parts: list[Any] = [None] * len(values)
    for i, rule in enumerate(op.rules):
        if wanted[i]:
            parts[i] = rule(g, z, *values)
    return parts


# A branch not taken is silent ---------------------------------------------------------------------


def _chooses(node: Node) -> bool:
    """Whether a node is a `where` that chooses number by number."""
    return node.op is not None and node.op.selects and node.data.__class__ is not float


def _alive(roots: Iterable[Node], inner: Nodes | None) -> Alive:
    """Where the nodes behind a `where` matter at all: a branch not taken is dead.

    Dead numbers have cotangent 0, which an infinite local derivative would turn into nan. It goes
    by the conditions alone, not by cotangents that happen to be 0, so it holds for derivatives of
    derivatives too. A node that is alive everywhere has no entry, one that is dead has False.
    """
    alive: Alive = {}
    everywhere = set(roots)
    for node in reversed(ancestors(*roots)):
        op = node.op
        if op is None or (inner is not None and node not in inner):
            continue
        mask = True if node in everywhere else alive.get(node, True)
        if mask is True and not _chooses(node):
            masks: Sequence[Any] = [True] * len(node.args)
        else:
            masks = _passed_on(op, mask, node.args)
        for arg, part in zip(node.args, masks, strict=True):
            if isinstance(arg, Node) and arg not in everywhere:
                part = part if part is True else _fit_mask(part, arg.data)
                before = alive.get(arg, False)
                if part is True or before is True:
                    everywhere.add(arg)
                    alive.pop(arg, None)
                else:
                    alive[arg] = part if before is False else ops.logical_or(before, part)
    return alive


def _passed_on(op: Primitive, mask: Any, args: Sequence[Any]) -> Sequence[Any]:
    """Where each operand of an op is alive whose result is so where ``mask`` holds."""
    operands = args[: len(args) - op.statics]
    if op.selects:
        taken = ops.holds(args[0])
        return [mask, ops.logical_and(taken, mask), ops.logical_and(ops.logical_not(taken), mask)]
    if mask is False or op.kind == "custom":
        return [mask is not False] * len(args)
    if op.kind in ("linear", "product"):
        weight = ops.where(mask, 1.0, 0.0)
        ones = [np.ones(ops.shape_of(x)) for x in operands]
        wanted = [True] * len(operands)
        sums = _by_rules(op, weight, None, [*ones, *args[len(operands) :]], wanted)
        reached = [x is not None and ops.holds(x) for x in sums[: len(operands)]]
        return [*reached, *[True] * op.statics]
    if op.kind == "reduction":
        mask = ops.put_back(mask, args[0], args[1], args[2])
    elif op.kind == "along":
        mask = ops.broadcast_to(ops.holds(ops.sum(mask, args[1], True)), ops.shape_of(args[0]))
    return [mask] * len(args)


def _fit_mask(mask: Any, like: Any) -> Any:
    """A mask in the operand's shape, alive where any of what it was broadcast to is."""
    if isinstance(mask, bool):
        return mask
    shape = np.shape(like)
    if ops.shape_of(mask) != shape:
        common = np.broadcast_shapes(ops.shape_of(mask), shape)
        mask = ops.holds(sum_to(ops.broadcast_to(ops.where(mask, 1.0, 0.0), common), shape))
    if isinstance(mask, Node):
        return mask
    return True if np.all(mask) else mask if np.any(mask) else False


def _silenced(
    parts: list[Any],
    op: Primitive,
    mask: Any,
    g: Any,
    z: Any,
    values: Sequence[Any],
    wanted: Sequence[bool],
) -> list[Any]:
    """Contributions with exactly 0 where the result is dead."""
    if op.kind in ("linear", "custom"):
        return parts
    if op.kind == "product":
        return _silenced_products(parts, op, mask, g, z, values, wanted)
    mask = _passed_on(op, mask, values)[0] if op.kind != "elementwise" else mask
    return [None if part is None else ops.where(mask, part, 0.0) for part in parts]


def _silenced_products(
    parts: list[Any],
    op: Primitive,
    mask: Any,
    g: Any,
    z: Any,
    values: Sequence[Any],
    wanted: Sequence[bool],
) -> list[Any]:
    """The same for sums of products, where single terms of a sum are to be silent.

    With ones for all numbers, and with ones for the finite ones alone, the rules count the terms
    that are alive: where the counts agree, no inf or nan was, and zeros in their place change
    nothing.
    """
    operands, statics = values[: len(values) - op.statics], values[len(values) - op.statics :]
    finite = [ops.isfinite(x) for x in operands]
    if all(not isinstance(f, Node) and np.all(f) for f in finite):
        return parts
    weight = ops.where(mask, 1.0, 0.0)
    ones = [np.ones(ops.shape_of(x)) for x in operands]
    counted = [ops.where(f, 1.0, 0.0) for f in finite]
    all_terms = _by_rules(op, weight, None, [*ones, *statics], wanted)
    finite_terms = _by_rules(op, weight, None, [*counted, *statics], wanted)
    zeroed = [ops.where(f, x, 0.0) for f, x in zip(finite, operands, strict=True)]
    clean = _by_rules(op, g, z, [*zeroed, *statics], wanted)
    return [
        None if part is None else ops.where(ops.equal(n, m), c, part)
        for part, c, n, m in zip(parts, clean, all_terms, finite_terms, strict=True)
    ]


# Broadcasting undone -----------------------------------------------------------------------------


def _fit(part: Any, node: Node) -> Any:
    """A contribution in the node's own shape and dtype: broadcasting undone by summing back."""
    data, like = part.data if isinstance(part, Node) else part, node.data
    if data.__class__ is like.__class__ and (
        data.__class__ is float or (data.shape == like.shape and data.dtype == like.dtype)
    ):
        return part
    if node.holds is float:
        if data.__class__ is float:
            return part
        if data is part:
            return float(np.add.reduce(data, axis=None))
        return ops.item(ops.sum(part, None, False))
    like = node.held()
    if isinstance(part, np.generic) and not like.ndim:
        return part if part.dtype == like.dtype else part.astype(like.dtype)
    if data.__class__ is not ndarray or data.shape != like.shape:
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
    data = ops.data_of(part)
    return part if np.shape(data) == shape and np.ndim(data) else ops.reshape(part, shape)


def _zero(node: Node) -> Any:
    return 0.0 if node.holds is float else np.zeros_like(node.held())


def _as_node(found: Any, like: Node) -> Node:
    """A cotangent as a node; a constant one becomes a leaf."""
    if isinstance(found, Node):
        return found
    data = _zero(like) if found is None else found  # None: root does not depend on it
    return leaf(data if like.holds is float else np.asarray(data))


def _named(error: Exception, op: Primitive, args: Sequence[Any]) -> Exception:
    """An error met in a rule, saying of which op at which operands it is the derivative.

    Of an op that the rule is made of the reason alone is told, as where the rule met numbers.
    """
    if op.listed and isinstance(error, AutogradError):
        error = error.__cause__ if isinstance(error.__cause__, FORWARD_ERRORS) else error
    values = [arg.data if isinstance(arg, Node) else arg for arg in args]
    return op.named(error, values, args, where="the derivative of ")
