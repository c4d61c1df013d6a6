"""Simplify: every step rewritten by what its operands are.

Constants are folded, what is there already is used again (by `Builder`), and each op of `RULES` has
a few short forms. ``exact`` keeps to those whose result has the same bits; the others may differ in
the last digits. Nothing is assumed of numbers: 0*x stays, which is nan where x is inf or nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from .. import ops
from ..errors import AutogradError
from ..primitive import Primitive
from .code import BOOL, FLOAT64, Builder, Code, Ref, Step, whole_numbers
from .linear import LINEAR, gather, is_lost

SMALL = 4096
"""Up to so many numbers a constant is made instead of a step."""

FEW = 8
"""So many parts of an array are summed one by one, at most."""


def simplify(code: Code, exact: bool = False) -> Code:
    """The same results by fewer or shorter steps."""
    return code.rewritten(partial(_put, EXACT if exact else ALL)).without_dead()


def gathered(code: Code, rules: dict[Any, Any] | None = None) -> Code:
    """The code with the sums of single numbers gathered, each step simplified as it is put."""
    return gather(code, partial(_put, ALL if rules is None else rules)).without_dead()


def _put(rules: dict[Any, Any], made: Builder, step: Step) -> Any:
    """What stands for a step by these rules; the step itself where none applies."""
    result = _folded(step)
    if result is None and (rule := rules.get(step.op)) is not None:
        result = rule(Rewriting(made, rules), step, *step.args)
    if result is None:
        return made.put(step)
    made.mark(result, step.name, step.place)
    return result


def attached(code: Code) -> Code:
    """The same without `detach`, which says something to derivatives alone."""

    def rewrite(made: Builder, step: Step) -> Any:
        if step.op is not ops.detached:
            return made.put(step)
        made.mark(step.args[0], step.name)
        return step.args[0]

    return code.rewritten(rewrite)


def _folded(step: Step) -> Any:
    """The result of an op on constants alone."""
    if step.op is None or Ref in map(type, step.args):
        return None
    operands = step.args[: len(step.args) - step.op.statics]
    if not operands or np.prod(step.shape or (), dtype=float) > 1e7:
        return None
    try:
        with np.errstate(all="raise"):
            result = step.op.evaluate(step.args)
    except (AutogradError, ArithmeticError):
        return None  # it is for the replay to raise
    if step.shape is None:
        return result
    return np.asarray(result, step.dtype)


class Rewriting:
    """What a rule asks of the steps put so far, and puts."""

    def __init__(self, made: Builder, rules: dict[Any, Any]) -> None:
        self.made = made
        self.rules = rules

    def step(self, x: Any, op: Primitive) -> tuple[Any, ...] | None:
        """The operands of x, if x is a result of this op."""
        if x.__class__ is Ref:
            step = self.made.steps[x.i]
            if step.op is op:
                return step.args
        return None

    def put(self, op: Primitive, *args: Any, shape: Any = (), name: str | None = None) -> Any:
        """A step of an op, itself rewritten."""
        if op.kind == "elementwise":
            shape = self.made.common_shape(args[: len(args) - op.statics])
        step = Step(op, args, shape, self.made.dtype(op, args), name)
        result = _folded(step)
        if result is None and op in self.rules:
            result = self.rules[op](self, step, *args)
        return self.made.put(step) if result is None else result

    def scale(self, x: Any) -> tuple[float, Any]:
        """x as a constant times something; what has a name stays as it is."""
        factor, rest = self._scale(x)
        usual = 1e-100 < abs(factor) < 1e100
        return (factor, rest) if usual else (1.0, x)

    def _scale(self, x: Any) -> tuple[float, Any]:
        if x.__class__ is Ref and (step := self.made.steps[x.i]).name is None:
            if step.op is ops.multiply and is_number(step.args[0]):
                factor, rest = self._scale(step.args[1])
                return step.args[0] * factor, rest
            if step.op is ops.negative:
                factor, rest = self._scale(step.args[0])
                return -factor, rest
            if step.op is LINEAR and len(step.args) == 2 and step.args[1][0] == 0.0:
                factor, rest = self._scale(step.args[0])
                return step.args[1][1] * factor, rest
        return 1.0, x

    def scaled(self, factor: float, x: Any) -> Any:
        """A constant times x."""
        more, x = self.scale(x)
        factor *= more
        if factor == 1.0:
            return x
        if self.shape(x) is None:
            return self.made.put(Step(LINEAR, (x, (0.0, factor)), None))
        if factor == -1.0:
            return self.made.add(ops.negative, x)
        return self.made.add(ops.multiply, factor, x)

    def shape(self, x: Any) -> Any:
        """The shape of an operand."""
        return self.made.shape(x)

    def is_double(self, x: Any) -> bool:
        """Whether an operand is of float64, or truths, or a number, which widens nothing."""
        dtype = self.made.steps[x.i].dtype if x.__class__ is Ref else getattr(x, "dtype", FLOAT64)
        return dtype in (FLOAT64, BOOL)


def is_number(x: Any) -> bool:
    """Whether an operand is one constant number."""
    return x.__class__ is float or x.__class__ is int


def is_one(x: Any) -> bool:
    """Whether an operand is the constant 1."""
    return is_number(x) and x == 1


def _is_unit(x: Any) -> bool:
    """Whether an operand is 1 of any dtype."""
    return is_one(x) or (isinstance(x, np.floating) and x == 1)


# Rules: rule(rewriting, step, *args) -> what stands for the step, or None -------------------------


def _same_shape(r: Rewriting, step: Step, x: Any) -> bool:
    """Whether x alone has the shape and dtype of the result."""
    if x.__class__ is not Ref:
        return False
    theirs = r.made.steps[x.i]
    return theirs.shape == step.shape and theirs.dtype == step.dtype


def _times_one(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if _is_unit(x) and _same_shape(r, step, y):
        return y
    if _is_unit(y) and _same_shape(r, step, x):
        return x
    return None


def _by_one(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    return x if _is_unit(y) and _same_shape(r, step, x) else None


def _minus_zero(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    """x - 0.0; but x - -0.0 is 0.0 where x is -0.0."""
    is_zero = is_number(y) and y == 0 and math.copysign(1.0, y) > 0
    return x if is_zero and _same_shape(r, step, x) else None


def _plus_zero(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    for zero, other in ((x, y), (y, x)):
        if is_number(zero) and zero == 0 and _same_shape(r, step, other):
            return other
    return None


def _negated_twice(r: Rewriting, step: Step, x: Any) -> Any:
    args = r.step(x, ops.negative)
    return args[0] if args else None


def _reshape(r: Rewriting, step: Step, x: Any, shape: Any) -> Any:
    if r.shape(x) == step.shape:
        return x
    if args := r.step(x, ops.reshape):
        return r.put(ops.reshape, args[0], shape, shape=step.shape)
    return None


def _transpose(r: Rewriting, step: Step, x: Any, axes: Any) -> Any:
    if axes == tuple(range(len(axes))):
        return x if r.shape(x) is not None else r.put(ops.reshape, x, (), shape=())
    if args := r.step(x, ops.transpose):
        inner = args[1]
        return r.put(ops.transpose, args[0], tuple(inner[i] for i in axes), shape=step.shape)
    return None


def _broadcast(r: Rewriting, step: Step, x: Any, shape: Any) -> Any:
    return x if r.shape(x) == step.shape else None


def _of_number(r: Rewriting, step: Step, x: Any, axis: Any, keepdims: Any) -> Any:
    """A number is its own sum, mean, product, and extreme."""
    return x if r.shape(x) is None and step.shape is None else None


def _item(r: Rewriting, step: Step, x: Any) -> Any:
    if args := r.step(x, ops.reshape):
        if r.shape(args[0]) is None:
            return args[0]
        return r.put(ops.item, args[0], shape=None)
    return None


def _element(r: Rewriting, step: Step, x: Any, index: Any) -> Any:
    places = whole_numbers(index)
    if places is None:
        return None
    if places == ():
        return x if r.shape(x) == step.shape else r.put(ops.reshape, x, (), shape=())
    inner = r.step(x, ops.getitem)
    if inner and (before := whole_numbers(inner[1])) is not None:
        return r.put(ops.getitem, inner[0], (*before, *places), shape=step.shape)
    args = r.step(x, ops.stack)
    if args and len(places) == 1 and args[-1] == 0:
        member = args[:-1][places[0]]
        if r.shape(member) is None and step.shape == ():
            return r.put(ops.reshape, member, (), shape=())
        return member
    return None


def _to_power(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if is_number(y) and y == 0 and math.prod(step.shape or ()) <= SMALL:
        if step.shape is None:
            r.made.leave_out(x)
        return 1.0 if step.shape is None else np.ones(step.shape, step.dtype)
    return _by_one(r, step, x, y)


def _truth(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    """x != 0 for truths x."""
    is_truth = x.__class__ is Ref and r.made.steps[x.i].dtype == BOOL
    return x if is_truth and is_number(y) and y == 0 else None


def _chosen(r: Rewriting, step: Step, condition: Any, x: Any, y: Any) -> Any:
    """One of two numbers where it is known which; what the other may raise is still looked for."""
    if step.shape is not None:
        new_x, new_y = _uniform(r, x, step, condition), _uniform(r, y, step, condition)
        same = (new_x is x and new_y is y) or not (r.is_double(x) and r.is_double(y))
        return None if same else r.put(ops.where, condition, new_x, new_y)
    if condition.__class__ is not bool:
        return None
    chosen, other = (x, y) if condition else (y, x)
    r.made.leave_out(other)
    return chosen if chosen.__class__ is Ref else float(chosen)


def _both(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    """A truth and True."""
    for known, other in ((x, y), (y, x)):
        if known is True and _same_shape(r, step, other):
            return other
    return None


def _scattered(r: Rewriting, step: Step, x: Any, index: Any, shape: Any) -> Any:
    inner = r.step(x, ops.scatter)
    places = whole_numbers(index)
    if inner and places is not None and (within := whole_numbers(inner[1])) is not None:
        return r.put(ops.scatter, inner[0], places + within, shape, shape=step.shape)
    return None


EXACT: dict[Any, Callable[..., Any]] = {
    ops.multiply: _times_one,
    ops.divide: _by_one,
    ops.pow: _to_power,
    ops.not_equal: _truth,
    ops.where: _chosen,
    ops.logical_and: _both,
    ops.subtract: _minus_zero,
    ops.negative: _negated_twice,
    ops.reshape: _reshape,
    ops.transpose: _transpose,
    ops.broadcast_to: _broadcast,
    ops.item: _item,
    **dict.fromkeys((ops.sum, ops.mean, ops.prod, ops.max, ops.min), _of_number),
    ops.getitem: _element,
    ops.scatter: _scattered,
}


def _uniform(r: Rewriting, x: Any, step: Step, other: Any) -> Any:
    """A constant array of one number beside an operand that has the shape of the result."""
    if isinstance(x, np.ndarray) and x.dtype == FLOAT64 and r.shape(other) == step.shape:
        if x.size and (x == x.flat[0]).all() and r.is_double(other):
            return float(x.flat[0])
    elif x.__class__ is Ref and r.shape(other) == step.shape and other.__class__ is Ref:
        args = r.step(x, ops.broadcast_to)
        if args and r.shape(args[0]) is not None:
            return args[0]
    return x


def _plain_operands(r: Rewriting, step: Step, x: Any, y: Any) -> tuple[Any, Any] | None:
    """Both without needless broadcasts; None if nothing changes."""
    new_x = _uniform(r, x, step, y)
    new_y = _uniform(r, y, step, new_x)
    return (new_x, new_y) if new_x is not x or new_y is not y else None


def _multiply(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if plain := _plain_operands(r, step, x, y):
        return r.put(ops.multiply, *plain)
    if is_number(y):
        x, y = y, x
    if is_number(x):
        return _scaled(r, step, float(x), y)
    (a, u), (b, v) = r.scale(x), r.scale(y)
    if (a, b) != (1.0, 1.0) and r.made.common_shape((u, v)) == step.shape:
        return r.scaled(a * b, r.put(ops.multiply, u, v))
    return _times_one(r, step, x, y)


def _scaled(r: Rewriting, step: Step, factor: float, x: Any) -> Any:
    if factor < 0 and (args := r.step(x, ops.subtract)) and r.made.steps[x.i].name is None:
        flipped = r.put(ops.subtract, args[1], args[0])
        return flipped if factor == -1.0 else r.put(ops.multiply, -factor, flipped)
    if args := r.step(x, ops.broadcast_to):
        inner = r.scaled(factor, args[0])
        return r.put(ops.broadcast_to, inner, args[1], shape=step.shape)
    more, rest = r.scale(x)
    factor *= more
    if factor == 1.0 and _same_shape(r, step, rest):
        return rest
    if factor == -1.0:
        return r.made.add(ops.negative, rest)
    return r.made.add(ops.multiply, factor, rest)


def _logistic(r: Rewriting, step: Step, y: Any) -> Any:
    """1/y as sigmoid(z), if y is 1 + exp(-z)."""
    inner: Any = None
    if args := r.step(y, ops.add):
        inner = args[1] if is_one(args[0]) else args[0] if is_one(args[1]) else None
    elif (args := r.step(y, LINEAR)) and args[1:] == ((1.0, 1.0),):
        inner = args[0]
    power = r.step(inner, ops.exp)
    return r.put(ops.sigmoid, r.scaled(-1.0, power[0])) if power else None


def _divide(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if plain := _plain_operands(r, step, x, y):
        return r.put(ops.divide, *plain)
    if is_one(x) and (found := _logistic(r, step, y)) is not None:
        return found
    if is_number(y) and y and math.isfinite(1.0 / y) and 1.0 / y:
        return r.put(ops.multiply, 1.0 / y, x)
    return None


def _add(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if plain := _plain_operands(r, step, x, y):
        return r.put(ops.add, *plain)
    if (found := _together(r, ops.add, step, x, y)) is not None:
        return found
    for first, second in ((x, y), (y, x)):
        factor, rest = r.scale(second)
        if factor < 0 and r.shape(rest) == r.shape(second):
            return r.put(ops.subtract, first, r.scaled(-factor, rest))
    return _plus_zero(r, step, x, y)


def _together(r: Rewriting, op: Primitive, step: Step, x: Any, y: Any) -> Any:
    """u c + v c as (u + v) c, and the same of what moves u and v alike; or with minus."""
    (a, one), (b, other) = r.scale(x), r.scale(y)
    if one.__class__ is not Ref or other.__class__ is not Ref or one == other:
        return None
    left, right = r.made.steps[one.i], r.made.steps[other.i]
    if left.op is not right.op or left.name or right.name or left.shape != right.shape:
        return None
    for i, k in _ALIKE.get(left.op, ()):
        u, v = left.args[i], right.args[k]
        others = list(left.args), list(right.args)
        del others[0][i], others[1][k]
        if not all(map(r.made.same, *others)) or not _are_alike(r, step, u, v):
            continue
        total = r.put(op, r.scaled(a, u), r.scaled(b, v))
        found: Primitive = left.op  # type: ignore[assignment] # it is one of these
        return r.put(found, *others[0][:i], total, *others[0][i:], shape=left.shape)
    return None


_ALIKE: dict[Any, list[tuple[int, int]]] = {
    ops.reshape: [(0, 0)],
    ops.transpose: [(0, 0)],
    ops.broadcast_to: [(0, 0)],
    ops.matmul: [(1, 1), (0, 0)],
    ops.multiply: [(1, 1), (0, 0), (0, 1), (1, 0)],
}
"""Of which operands, of one and another step, there is a sum if all others are the same."""


def _are_alike(r: Rewriting, step: Step, *operands: Any) -> bool:
    """Whether these are steps of one shape, and numbers like the result."""
    if not all(x.__class__ is Ref for x in operands):
        return False
    return len({r.shape(x) for x in operands}) == 1 and all(
        r.made.steps[x.i].dtype == step.dtype for x in operands
    )


def _subtract(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if plain := _plain_operands(r, step, x, y):
        return r.put(ops.subtract, *plain)
    factor, rest = r.scale(y)
    if factor < 0 and r.shape(rest) == r.shape(y):
        return r.put(ops.add, x, r.scaled(-factor, rest))
    if (found := _together(r, ops.subtract, step, x, y)) is not None:
        return found
    if is_one(x) and (args := r.step(y, ops.sigmoid)):
        return r.put(ops.sigmoid, r.scaled(-1.0, args[0]))
    return _minus_zero(r, step, x, y)


def _negative(r: Rewriting, step: Step, x: Any) -> Any:
    if args := r.step(x, ops.subtract):
        return r.put(ops.subtract, args[1], args[0])
    return _scaled(r, step, -1.0, x)


def _linear(r: Rewriting, step: Step, *args: Any) -> Any:
    *terms, (constant, *weights) = args
    if len(terms) == 1:
        inner = r.step(terms[0], LINEAR)
        if inner and len(inner) == 2 and r.made.steps[terms[0].i].name is None:
            more, weight = (weights[0] * number for number in inner[1])
            told = math.isfinite(constant + more) and not is_lost(constant, more)
            if told and math.isfinite(weight):
                args = (inner[0], (constant + more, weight))
                return r.put(LINEAR, *args, shape=step.shape)
        if constant == 0.0:
            if weights[0] == 1.0 and _same_shape(r, step, terms[0]):
                return terms[0]
        elif constant == 1.0 and weights[0] == -1.0 and (z := r.step(terms[0], ops.sigmoid)):
            return r.put(ops.sigmoid, r.put(LINEAR, z[0], (0.0, -1.0), shape=step.shape))
    if set(map(type, terms)) != {Ref}:
        return _without_constants(r, step, terms, constant, weights)
    return None


def _without_constants(
    r: Rewriting, step: Step, terms: list[Any], constant: float, weights: list[float]
) -> Any:
    summed: dict[Any, float] = {}
    arrays: Any = None
    for x, weight in zip(terms, weights, strict=True):
        if x.__class__ is Ref:
            summed[x] = summed.get(x, -0.0) + weight
        elif isinstance(x, np.ndarray):
            arrays = weight * x if arrays is None else arrays + weight * x
        else:
            constant += weight * float(x)
    if arrays is not None:
        rest = r.put(
            LINEAR, *summed, (constant, *summed.values()), shape=r.made.common_shape(summed)
        )
        return r.put(ops.add, rest, arrays)
    return r.put(LINEAR, *summed, (constant, *summed.values()), shape=step.shape)


def _log(r: Rewriting, step: Step, x: Any) -> Any:
    if args := r.step(x, ops.sigmoid):
        return r.put(ops.log_sigmoid, args[0])
    return None


def _pow(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    if not is_number(y) or y not in (2, -1):
        return _to_power(r, step, x, y)
    if step.shape is not None:
        return r.put(ops.square if y == 2 else ops.reciprocal, x)
    # Of Python's numbers ** raises where these would be inf.
    return _logistic(r, step, x) if y == -1 else None


def _product_sum(r: Rewriting, step: Step, x: Any, y: Any, axes: Sequence[int]) -> Any:
    """The sum over axes of x * y as a matrix product, where no axis that is kept has both."""
    shape = np.broadcast_shapes(r.shape(x), r.shape(y))
    shapes = [(1,) * (len(shape) - len(r.shape(a))) + r.shape(a) for a in (x, y)]
    kept = [i for i in range(len(shape)) if i not in axes]
    if any(shapes[0][i] != shapes[1][i] or shape[i] == 1 for i in axes) or not axes:
        return None
    if any(shapes[0][i] != 1 and shapes[1][i] != 1 for i in kept):
        return None
    own = [[i for i in kept if shapes[k][i] != 1] for k in (0, 1)]
    left = _matrix(r, x, shapes[0], own[0], axes)
    right = _matrix(r, y, shapes[1], own[1], axes)
    if not own[0]:
        x, y, own = left, right, [own[1], []]
        left, right = right, left
    if own[1]:
        size = r.shape(right)
        right = r.put(ops.transpose, right, (1, 0), shape=size[::-1])
    rows = r.shape(left)[:-1]
    product = r.put(ops.matmul, left, right, shape=(*rows, *r.shape(right)[1:]))
    order = [*own[0], *own[1]]
    lengths = tuple(shape[i] for i in order)
    product = r.put(ops.reshape, product, lengths, shape=lengths)
    if order != sorted(order):
        places = tuple(sorted(range(len(order)), key=order.__getitem__))
        lengths = tuple(lengths[k] for k in places)
        product = r.put(ops.transpose, product, places, shape=lengths)
    return r.put(ops.reshape, product, step.shape, shape=step.shape)


def _matrix(
    r: Rewriting, x: Any, shape: tuple[int, ...], kept: list[int], axes: Sequence[int]
) -> Any:
    """x with its kept axes as rows and the summed ones as columns; without rows a vector."""
    order = (*kept, *axes)
    dropped = tuple(shape[i] for i in sorted(order))
    x = r.put(ops.reshape, x, dropped, shape=dropped)
    places = tuple(sorted(order).index(i) for i in order)
    moved = tuple(shape[i] for i in order)
    x = r.put(ops.transpose, x, places, shape=moved)
    columns = math.prod(shape[i] for i in axes)
    size = (math.prod(shape[i] for i in kept), columns) if kept else (columns,)
    return r.put(ops.reshape, x, size, shape=size)


def _sum_of_parts(r: Rewriting, step: Step, x: Any, axis: Any, keepdims: Any) -> Any:
    """The sum along which large arrays are joined, in whatever order: part by part."""
    shape = r.shape(x) or ()
    axes = range(len(shape)) if axis is None else axis
    if step.dtype != FLOAT64 or math.prod(shape) <= SMALL:
        return None
    args = r.step(x, ops.getitem)
    if args and 0 in axes and _is_permutation(args[1], r.shape(args[0])):
        x = args[0]
    parts = r.step(x, ops.concatenate)
    if parts is None or parts[-1] not in axes or len(parts) > FEW:
        return None
    sums = [r.put(ops.sum, part, axis, keepdims, shape=step.shape) for part in parts[:-1]]
    return reduce(lambda total, more: r.put(ops.add, total, more), sums)


def _is_permutation(index: Any, shape: tuple[int, ...]) -> bool:
    """Whether an index takes each row once."""
    if not isinstance(index, np.ndarray) or index.dtype == BOOL or index.shape != shape[:1]:
        return False
    taken = np.zeros(shape[0], bool)
    taken[index] = True
    return bool(taken.all())


def _sum(r: Rewriting, step: Step, x: Any, axis: Any, keepdims: Any) -> Any:
    shape = r.shape(x) or ()
    if (total := _sum_of_parts(r, step, x, axis, keepdims)) is not None:
        return total
    factor, rest = r.scale(x)
    if factor != 1.0 and r.shape(rest) == r.shape(x):
        return r.scaled(factor, r.put(ops.sum, rest, axis, keepdims, shape=step.shape))
    axes = range(len(shape)) if axis is None else axis
    if all(shape[i] == 1 for i in axes):
        return r.put(ops.reshape, x, step.shape, shape=step.shape)
    if (args := r.step(x, ops.transpose)) and not keepdims:
        places = [args[1][i] for i in axes]
        kept = [i for k, i in enumerate(args[1]) if k not in axes]
        if kept == sorted(kept):
            return r.put(ops.sum, args[0], tuple(sorted(places)), False, shape=step.shape)
    args = r.step(x, ops.multiply)
    if args and step.dtype == FLOAT64 and all(r.shape(a) for a in args):
        return _product_sum(r, step, args[0], args[1], tuple(axes))
    return None


def _mean(r: Rewriting, step: Step, x: Any, axis: Any, keepdims: Any) -> Any:
    if (number := _of_number(r, step, x, axis, keepdims)) is not None:
        return number
    if (total := _sum_of_parts(r, step, x, axis, keepdims)) is not None:
        count = math.prod(r.shape(x)) / math.prod(step.shape or ())
        return r.put(ops.divide, total, count)
    factor, rest = r.scale(x)
    if factor != 1.0 and r.shape(rest) == r.shape(x):
        return r.scaled(factor, r.put(ops.mean, rest, axis, keepdims, shape=step.shape))
    return None


def _matmul(r: Rewriting, step: Step, x: Any, y: Any) -> Any:
    (a, u), (b, v) = r.scale(x), r.scale(y)
    if (a, b) != (1.0, 1.0) and r.shape(u) == r.shape(x) and r.shape(v) == r.shape(y):
        return r.scaled(a * b, r.put(ops.matmul, u, v, shape=step.shape))
    return None


def _transposed_product(r: Rewriting, step: Step, x: Any, axes: Any) -> Any:
    if (done := _transpose(r, step, x, axes)) is not None:
        return done
    factor, rest = r.scale(x)
    if factor != 1.0 and r.shape(rest) == r.shape(x):
        return r.scaled(factor, r.put(ops.transpose, rest, axes, shape=step.shape))
    args = r.step(x, ops.matmul)
    if args and axes == (1, 0) and len(r.shape(args[0])) == len(r.shape(args[1])) == 2:
        flipped = [r.put(ops.transpose, a, axes, shape=r.shape(a)[::-1]) for a in args]
        return r.put(ops.matmul, flipped[1], flipped[0], shape=step.shape)
    return None


def _moved(op: Primitive) -> Callable[..., Any]:
    """A rule that takes constants out of an op that only moves numbers."""

    def rule(r: Rewriting, step: Step, x: Any, *statics: Any) -> Any:
        if (done := EXACT[op](r, step, x, *statics)) is not None:
            return done
        factor, rest = r.scale(x)
        if factor != 1.0 and r.shape(rest) == r.shape(x):
            return r.scaled(factor, r.put(op, rest, *statics, shape=step.shape))
        return None

    return rule


def _reciprocal(r: Rewriting, step: Step, x: Any) -> Any:
    return _logistic(r, step, x)


RULES: dict[Any, Callable[..., Any]] = {
    ops.multiply: _multiply,
    ops.divide: _divide,
    ops.reciprocal: _reciprocal,
    ops.add: _add,
    ops.subtract: _subtract,
    ops.negative: _negative,
    LINEAR: _linear,
    ops.log: _log,
    ops.pow: _pow,
    ops.sum: _sum,
    ops.mean: _mean,
    ops.matmul: _matmul,
    ops.transpose: _transposed_product,
    ops.reshape: _moved(ops.reshape),
    ops.item: _moved(ops.item),
    ops.getitem: _moved(ops.getitem),
}

ALL = {**EXACT, **RULES}
FIRST = {op: rule for op, rule in ALL.items() if op not in (ops.sum, ops.mean)}
"""Before sigmoids are cancelled: a dot product would hide the product that it is the sum of."""
