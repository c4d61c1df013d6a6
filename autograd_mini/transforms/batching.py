"""How each op is done for a whole batch of examples: what `vmap` does with a recorded function.

A batched value has one more axis than the example's, the first, with the examples along it. Ops on
single numbers and reductions go by their kind, the others have a line each in `BATCHED`. Nothing
here knows a derivative: these are compositions of the table's own ops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..errors import UnsupportedError
from ..ops import shape_of
from ..primitive import Primitive


class Operand(NamedTuple):
    """An operand of an op in the batch, and whether it has the batch's axis."""

    value: Any
    batched: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in one example."""
        shape = shape_of(self.value)
        return shape[1:] if self.batched else shape


def batch(op: Primitive, operands: Sequence[Operand], statics: Sequence[Any], count: int) -> Any:
    """The results of ``op`` for all ``count`` examples, along the first axis."""
    if op.batched is not None:
        return op.batched(operands, count)
    if op.kind == "elementwise":
        rank = max(len(x.shape) for x in operands)
        return op(*(aligned(x, rank) for x in operands), *statics)
    if op.kind in ("reduction", "along"):
        (x,), (axis, *more) = operands, statics
        axes = range(len(x.shape)) if axis is None else axis
        return op(x.value, tuple(i + 1 for i in axes), *more)
    if op.name not in BATCHED:
        raise UnsupportedError(f"vmap does not know how to do {op.name} for a batch", op=op.name)
    return BATCHED[op.name](operands, count, *statics)


def aligned(x: Operand, rank: int) -> Any:
    """A batched operand with axes of length 1 after the first, so that examples broadcast."""
    if not x.batched or len(x.shape) == rank:
        return x.value
    ones = (1,) * (rank - len(x.shape))
    return ops.reshape(x.value, (shape_of(x.value)[0], *ones, *x.shape))


def repeated(x: Operand, count: int) -> Any:
    """An operand with the batch's axis, the same for all examples if it had none."""
    return x.value if x.batched else ops.broadcast_to(x.value, (count, *x.shape))


def _cumsum(operands: Sequence[Operand], count: int, axis: int) -> Any:
    return ops.cumsum(operands[0].value, axis + 1)


def _reshape(operands: Sequence[Operand], count: int, shape: tuple[int, ...]) -> Any:
    return ops.reshape(operands[0].value, (count, *shape))


def _transpose(operands: Sequence[Operand], count: int, axes: tuple[int, ...]) -> Any:
    return ops.transpose(operands[0].value, (0, *(i + 1 for i in axes)))


def _broadcast_to(operands: Sequence[Operand], count: int, shape: tuple[int, ...]) -> Any:
    return ops.broadcast_to(aligned(operands[0], len(shape)), (count, *shape))


def _item(operands: Sequence[Operand], count: int) -> Any:
    return ops.reshape(operands[0].value, (count,))


def _concatenate(operands: Sequence[Operand], count: int, *parameters: Any) -> Any:
    return ops.concatenate(*(repeated(x, count) for x in operands), parameters[-1] + 1)


def _stack(operands: Sequence[Operand], count: int, *parameters: Any) -> Any:
    return ops.stack(*(repeated(x, count) for x in operands), parameters[-1] + 1)


# Indices: the batch's axis goes last, where NumPy leaves it whatever the index is -----------------


def _getitem(operands: Sequence[Operand], count: int, index: Any) -> Any:
    (x,) = operands
    if _is_basic(index):
        return ops.getitem(x.value, (slice(None), *_parts(index)))
    return _batch_first(ops.getitem(_batch_last(x.value), _complete(index, len(x.shape))))


def _scatter(operands: Sequence[Operand], count: int, index: Any, shape: tuple[int, ...]) -> Any:
    (x,) = operands
    if _is_basic(index):
        return ops.scatter(x.value, (slice(None), *_parts(index)), (count, *shape))
    last = ops.scatter(_batch_last(x.value), _complete(index, len(shape)), (*shape, count))
    return _batch_first(last)


def _parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _is_basic(index: Any) -> bool:
    basic = int | np.integer | slice | type(None) | type(...)
    return all(isinstance(p, basic) and not isinstance(p, bool) for p in _parts(index))


def _complete(index: Any, ndim: int) -> tuple[Any, ...]:
    """An index that names all ``ndim`` axes, so that what follows is another one."""
    parts = _parts(index)
    named = sum(_axes_named(part) for part in parts)
    rest = (slice(None),) * (ndim - named)
    for i, part in enumerate(parts):
        if part is Ellipsis:
            return (*parts[:i], *rest, *parts[i + 1 :])
    return (*parts, *rest)


def _axes_named(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    array = np.asarray(part) if not isinstance(part, slice) else None
    return array.ndim if array is not None and array.dtype == np.bool_ else 1


def _batch_last(x: Any) -> Any:
    n = len(shape_of(x))
    return ops.transpose(x, (*range(1, n), 0))


def _batch_first(x: Any) -> Any:
    n = len(shape_of(x))
    return ops.transpose(x, (n - 1, *range(n - 1)))


# Products -----------------------------------------------------------------------------------------


def _matmul(operands: Sequence[Operand], count: int) -> Any:
    x, y = operands
    rx, ry = len(x.shape), len(y.shape)
    if not y.batched and rx <= 2 and ry <= 2:
        return ops.matmul(x.value, y.value)
    if not x.batched and ry == 1 and rx <= 2:
        # W x for every x is one product, X W^T.
        return ops.matmul(y.value, ops.transpose(x.value, tuple(range(rx))[::-1]))
    if not x.batched and rx <= 2:
        return ops.matmul(x.value, y.value)
    # A vector is the row or column that NumPy takes it for; then stacks of matrices are aligned.
    left = x._replace(value=_with_axis(x.value, -2)) if rx == 1 else x
    right = y._replace(value=_with_axis(y.value, -1)) if ry == 1 else y
    rank = max(len(left.shape), len(right.shape))
    z = ops.matmul(aligned(left, rank), aligned(right, rank))
    shape = list(shape_of(z))
    if ry == 1:
        del shape[-1]
    if rx == 1:
        del shape[-1 if ry == 1 else -2]
    return ops.reshape(z, tuple(shape))


def _with_axis(x: Any, place: int) -> Any:
    shape = list(shape_of(x))
    shape.insert(len(shape) + 1 + place, 1)
    return ops.reshape(x, tuple(shape))


def _einsum(operands: Sequence[Operand], count: int, *parameters: Any) -> Any:
    subscripts: str = parameters[-1]
    inputs, output = subscripts.split("->")
    letter = next(c for c in map(chr, (*range(97, 123), *range(65, 91))) if c not in subscripts)
    texts = [
        letter + text if x.batched else text
        for x, text in zip(operands, inputs.split(","), strict=True)
    ]
    return ops.einsum(*(x.value for x in operands), f"{','.join(texts)}->{letter}{output}")


BATCHED: dict[str, Callable[..., Any]] = {
    "cumsum": _cumsum,
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "item": _item,
    "getitem": _getitem,
    "scatter": _scatter,
    "concatenate": _concatenate,
    "stack": _stack,
    "matmul": _matmul,
    "einsum": _einsum,
}
"""``rule(operands, count, *statics)`` for the ops that no kind speaks for."""
