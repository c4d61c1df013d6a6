"""Functions on arrays with NumPy's names and signatures, built on the table's primitives.

Here arguments are put into the one form that primitives take: an axis becomes a tuple of
non-negative ints (None: all), a shape is spelt out, subscripts are without "...".
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from . import ops
from .errors import AutogradError, OperandError, ShapeError, UnsupportedError
from .node import Node, is_recorded_for_others
from .ops import shape_of
from .primitive import Primitive, read

__all__ = [
    "AxisError",
    "astype",
    "broadcast_to",
    "clip",
    "concatenate",
    "cumsum",
    "dot",
    "einsum",
    "expand_dims",
    "flip",
    "hstack",
    "inner",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "moveaxis",
    "norm",
    "outer",
    "prod",
    "ravel",
    "reshape",
    "softmax",
    "squeeze",
    "stack",
    "std",
    "sum",
    "swapaxes",
    "tensordot",
    "trace",
    "transpose",
    "var",
    "vstack",
]

Axis = int | Sequence[int] | None


class AxisError(ShapeError, IndexError):
    """An axis that an array does not have (NumPy's own AxisError is both kinds, too)."""


def _axes(op: str, x: Any, axis: Axis) -> tuple[int, ...] | None:
    """An axis argument as a tuple of non-negative ints, or None for all axes."""
    return None if axis is None else _of_rank(op, len(shape_of(x)), axis, shape_of(x))


def _one_axis(op: str, x: Any, axis: int) -> int:
    """An axis argument that is one axis of x."""
    return _only(op, _of_rank(op, len(shape_of(x)), axis, shape_of(x)), shape_of(x))


def _only(op: str, axes: tuple[int, ...], shape: tuple[int, ...]) -> int:
    if len(axes) != 1:
        raise OperandError(f"{op} takes one axis, not {len(axes)}", op=op, shapes=(shape,))
    return axes[0]


def _of_rank(op: str, ndim: int, axis: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    is_node = isinstance(axis, Node)
    if is_node:
        axis = operator.index(axis)  # which says how to write it
    if isinstance(axis, bool | np.bool_):
        raise OperandError(f"{op}: axis={axis} is a truth; write the number of an axis", op=op)
    try:
        return normalize_axis_tuple(axis, ndim)
    except (ValueError, TypeError, OverflowError) as error:
        raise _refused(f"{op}: axis {axis!r}", op, shape, error) from error


def _refused(what: str, op: str, shape: tuple[int, ...], error: Exception) -> AutogradError:
    """What NumPy refused for an array of a shape, as an error of ours of the same kind."""
    kind: type[AutogradError] = OperandError if isinstance(error, TypeError) else ShapeError
    kind = AxisError if isinstance(error, IndexError) else kind
    return kind(f"{what} of an array of shape {shape}: {error}", op=op, shapes=(shape,))


def _ordered(op: str, x: Any, arrange: Callable[[Any], Any]) -> Any:
    """x with its axes in the order that ``arrange`` gives an array of as many axes."""
    # The empty array of shape (0, 1, 2, ...) shows by its shape where each axis went.
    shape = shape_of(x)
    try:
        order = arrange(np.empty(tuple(range(len(shape))))).shape
    except (ValueError, TypeError) as error:
        raise _refused(op, op, shape, error) from error
    return ops.transpose(x, order)


def _is_of_a_number(axis: Any, x: Any) -> bool:
    """Whether x is one number and ``axis`` 0 or -1, which NumPy's ufuncs let it have."""
    return not shape_of(x) and isinstance(axis, int | np.integer) and axis in (0, -1)


def _folded(op: Primitive, x: Any, axis: Axis, keepdims: bool) -> Any:
    """A reduction that is a ufunc's in NumPy."""
    x = read(x)
    return _reduced(op, x, None if _is_of_a_number(axis, x) else axis, keepdims)


def _reduced(op: Primitive, x: Any, axis: Axis, keepdims: bool, *more: Any) -> Any:
    x = x if isinstance(x, Node) else read(x)
    return op(x, _axes(op.name, x, axis), _truth(op.name, keepdims), *more)


def _truth(op: str, keepdims: Any) -> bool:
    """keepdims as a bool; NumPy has a dtype where it stands here."""
    if isinstance(keepdims, bool | int | np.bool_):
        return bool(keepdims)
    raise OperandError(
        f"{op}: keepdims={keepdims!r} must be True or False; for another dtype write "
        "am.astype(x, dtype) first",
        op=op,
    )


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of ``x`` over ``axis`` (an int, a tuple, or None for all), as `numpy.sum`.

    >>> import autograd_mini as am
    >>> t = am.Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> am.sum(t, axis=0)
    Tensor([4., 6.])
    """
    return _folded(ops.sum, x, axis, keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of ``x`` over ``axis``, as `numpy.mean`.

    >>> import autograd_mini as am
    >>> am.mean(am.Tensor([1.0, 2.0, 6.0]))
    Tensor(3.)
    """
    return _reduced(ops.mean, x, axis, keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest of ``x`` over ``axis``. Kink: ties share the gradient equally.

    >>> import autograd_mini as am
    >>> t = am.Tensor([1.0, 3.0, 3.0])
    >>> am.max(t).backward()
    >>> t.grad
    array([0. , 0.5, 0.5])
    """
    return _folded(ops.max, x, axis, keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest of ``x`` over ``axis``. Kink: ties share the gradient equally.

    >>> import autograd_mini as am
    >>> am.min(am.Tensor([[4.0, 2.0], [3.0, 5.0]]), axis=1)
    Tensor([2., 3.])
    """
    return _folded(ops.min, x, axis, keepdims)


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of ``x`` over ``axis``; its gradient is exact where numbers are 0, too.

    >>> import autograd_mini as am
    >>> t = am.Tensor([2.0, 0.0, 5.0])
    >>> am.prod(t).backward()
    >>> t.grad
    array([ 0., 10.,  0.])
    """
    return _folded(ops.prod, x, axis, keepdims)


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The running sum along ``axis``; of the flattened array when it is None.

    >>> import autograd_mini as am
    >>> am.cumsum(am.Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.])
    """
    x = read(x)
    if axis is None or _is_of_a_number(axis, x):
        return ops.cumsum(ravel(x), 0)
    return ops.cumsum(x, _one_axis("cumsum", x, axis))


def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance over ``axis``, divided by n - ddof, as `numpy.var`.

    >>> import autograd_mini as am
    >>> am.var(am.Tensor([1.0, 2.0, 3.0, 4.0]))
    Tensor(1.25)
    """
    return _reduced(ops.var, x, axis, keepdims, ddof)


def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The standard deviation over ``axis``. Kink: derivative 0 where all numbers are the same.

    >>> import autograd_mini as am
    >>> t = am.Tensor([0.1, 0.1, 0.1])
    >>> am.std(t).backward()
    >>> t.grad
    array([0., 0., 0.])
    """
    return _reduced(ops.std, x, axis, keepdims, ddof)


def norm(x: Any, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The Euclidean (Frobenius) norm over ``axis``, or for vectors that of order 1, 2 or inf.

    Right for entries from 1e-300 to 1e300. Kink: derivative 0 where all entries are 0.

    >>> import autograd_mini as am
    >>> t = am.Tensor([3e200, 4e200])
    >>> am.norm(t).backward()
    >>> t.grad
    array([0.6, 0.8])
    """
    x = read(x)
    axes = _axes("norm", x, axis)
    count = len(shape_of(x) if axes is None else axes)
    if ord is not None or (axes is not None and count not in (1, 2)):
        numpys: Callable[..., Any] = np.linalg.norm  # asked of ones, to refuse what it refuses
        try:
            numpys(np.ones((1,) * len(shape_of(x))), ord, axes)
        except ValueError as error:
            raise _refused(f"norm of order {ord!r}", "norm", shape_of(x), error) from error
    if ord is None or ord == "fro" or (ord == 2 and count == 1):
        return ops.norm(x, axes, _truth("norm", keepdims))
    if count != 1 or ord not in (1, math.inf, -math.inf):
        raise UnsupportedError(
            f"norm of order {ord!r} of an array of shape {shape_of(x)} is not supported; "
            "vectors have the orders 1, 2 and inf, matrices 'fro'",
            op="norm",
            shapes=(shape_of(x),),
        )
    length = shape_of(x)[axes[0] if axes else 0]
    largest = ops.max if length else ops.sum  # 0 where there is none
    reduce = {1: ops.sum, math.inf: largest, -math.inf: ops.min}[ord]
    return reduce(ops.abs(x), axes, _truth("norm", keepdims))


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over ``axis``, exact and quiet for any finite x.

    >>> import autograd_mini as am
    >>> am.logsumexp(am.Tensor([1000.0, 1000.0]))
    Tensor(1000.69314718)
    """
    return _reduced(ops.logsumexp, x, axis, keepdims)


def softmax(x: Any, axis: Axis = -1) -> Any:
    """exp(x) / sum(exp(x)) over ``axis`` (None: all), exact and quiet for any finite x.

    >>> import autograd_mini as am
    >>> am.softmax(am.Tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """
    x = read(x)
    return ops.softmax(x, _axes("softmax", x, axis if shape_of(x) else None))


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """``x`` kept between ``min`` and ``max`` (None: no bound). Kink: passes 1 at its bounds.

    >>> import autograd_mini as am
    >>> am.clip(am.Tensor([-2.0, 0.5, 2.0]), -1, 1)
    Tensor([-1. ,  0.5,  1. ])
    """
    return ops.clip(x, -math.inf if min is None else min, math.inf if max is None else max)


def reshape(x: Any, *shape: int | Sequence[int]) -> Any:
    """``x`` in another shape, ``reshape(x, (2, 3))`` or ``reshape(x, 2, 3)``; one length may be -1.

    >>> import autograd_mini as am
    >>> am.reshape(am.Tensor([1.0, 2.0, 3.0, 4.0]), 2, -1)
    Tensor([[1., 2.],
            [3., 4.]])
    """
    x = read(x)
    if not shape:
        raise OperandError("reshape needs a shape, as in reshape(x, (2, -1))", op="reshape")
    lengths: Any = shape[0] if len(shape) == 1 else shape
    lengths = tuple(lengths) if np.iterable(lengths) else (lengths,)
    # NumPy itself resolves -1, and says so in its error where the shapes cannot fit.
    return ops.reshape(x, np.shape(ops.reshape.evaluate([ops.data_of(x), lengths], [x, lengths])))


def ravel(x: Any) -> Any:
    """``x`` as one axis.

    >>> import autograd_mini as am
    >>> am.ravel(am.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 2., 3., 4.])
    """
    x = read(x)
    return ops.reshape(x, (math.prod(shape_of(x)),))


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """``x`` with its axes in another order; reversed when ``axes`` is None.

    >>> import autograd_mini as am
    >>> am.transpose(am.Tensor([[1.0, 2.0]])).shape
    (2, 1)
    """
    return _ordered("transpose", read(x), lambda a: np.transpose(a, axes))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """``x`` with two axes exchanged.

    >>> import autograd_mini as am
    >>> am.swapaxes(am.Tensor([[1.0, 2.0]]), 0, 1).shape
    (2, 1)
    """
    return _ordered("swapaxes", read(x), lambda a: np.swapaxes(a, axis1, axis2))


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """``x`` with axes moved to other places, the others in their order, as `numpy.moveaxis`.

    >>> import autograd_mini as am
    >>> am.moveaxis(am.Tensor([[[1.0, 2.0]]]), -1, 0).shape
    (2, 1, 1)
    """
    return _ordered("moveaxis", read(x), lambda a: np.moveaxis(a, source, destination))


def astype(x: Any, dtype: Any) -> Any:
    """``x`` in another floating dtype; its gradient comes back in its own.

    >>> import autograd_mini as am
    >>> am.astype(am.Tensor([0.5]), "float32").dtype
    dtype('float32')
    """
    x = read(x)
    try:
        dtype = np.dtype(dtype)
    except TypeError as error:
        raise OperandError(f"astype: {error}", op="astype") from error
    if dtype.kind != "f":
        plain = "" if is_recorded_for_others() else "; write t.data.astype(...) for a plain array"
        raise OperandError(
            f"astype({dtype}): a node is of a floating dtype{plain}",
            op="astype",
            labels=(x.label if isinstance(x, Node) else None,),
        )
    return ops.astype(x, dtype)


def squeeze(x: Any, axis: Axis = None) -> Any:
    """``x`` without its axes of length 1 (all, or those of ``axis``).

    >>> import autograd_mini as am
    >>> am.squeeze(am.Tensor([[1.0, 2.0]])).shape
    (2,)
    """
    x = read(x)
    shape = shape_of(x)
    axes = None if _is_of_a_number(axis, x) else _axes("squeeze", x, axis)
    if axes is None:
        axes = tuple(i for i, n in enumerate(shape) if n == 1)
    if any(shape[i] != 1 for i in axes):
        raise ShapeError(
            f"squeeze: axis {axis} of shape {shape} is not of length 1",
            op="squeeze",
            shapes=(shape,),
        )
    return ops.reshape(x, tuple(n for i, n in enumerate(shape) if i not in axes))


def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """``x`` with new axes of length 1, at the places ``axis`` that they have in the result.

    >>> import autograd_mini as am
    >>> am.expand_dims(am.Tensor([1.0, 2.0]), 1).shape
    (2, 1)
    """
    x = read(x)
    axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    ndim = len(shape_of(x)) + len(axes)
    places = _of_rank("expand_dims", ndim, axes, shape_of(x))
    lengths = iter(shape_of(x))
    return ops.reshape(x, tuple(1 if i in places else next(lengths) for i in range(ndim)))


def broadcast_to(x: Any, shape: int | Sequence[int]) -> Any:
    """``x`` repeated to ``shape`` by NumPy's rule.

    >>> import autograd_mini as am
    >>> am.broadcast_to(am.Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    return ops.broadcast_to(x, tuple(shape) if np.iterable(shape) else (shape,))


def _members(op: str, arrays: Any) -> list[Any]:
    """The operands of a function that joins arrays, given as a list or along the first axis."""
    if not isinstance(arrays, list | tuple) and not shape_of(read(arrays)):
        raise OperandError(f"{op}: needs a list of arrays, as in am.{op}([a, b])", op=op)
    members = [read(x) for x in arrays]
    if not members:
        raise ShapeError(f"{op}: needs at least one array", op=op)
    return members


def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """Arrays joined along an axis they all have; flattened first when ``axis`` is None.

    >>> import autograd_mini as am
    >>> am.concatenate([am.Tensor([1.0]), [2.0, 3.0]])
    Tensor([1., 2., 3.])
    """
    members = _members("concatenate", arrays)
    if axis is None:
        members, axis = [ravel(x) for x in members], 0
    return ops.concatenate(*members, _one_axis("concatenate", members[0], axis))


def stack(arrays: Any, axis: int = 0) -> Any:
    """Numbers or arrays of one shape joined along a new axis; how a list of nodes becomes a Tensor.

    >>> import autograd_mini as am
    >>> am.stack([am.Value(1.0), am.Value(2.0)])
    Tensor([1., 2.])
    """
    members = _members("stack", arrays)
    shape = shape_of(members[0])
    place = _only("stack", _of_rank("stack", len(shape) + 1, axis, shape), shape)
    return ops.stack(*members, place)


def hstack(arrays: Any) -> Any:
    """Arrays joined along their second axis (vectors along their first), as `numpy.hstack`.

    >>> import autograd_mini as am
    >>> am.hstack([am.Tensor([[1.0]]), am.Tensor([[2.0]])])
    Tensor([[1., 2.]])
    """
    members = [x if shape_of(x) else reshape(x, 1) for x in _members("hstack", arrays)]
    return concatenate(members, axis=0 if len(shape_of(members[0])) == 1 else 1)


def vstack(arrays: Any) -> Any:
    """Arrays joined along their first axis, vectors as rows, as `numpy.vstack`.

    >>> import autograd_mini as am
    >>> am.vstack([am.Tensor([1.0, 2.0]), [3.0, 4.0]]).shape
    (2, 2)
    """
    members = _members("vstack", arrays)
    return concatenate([x if len(shape_of(x)) > 1 else reshape(x, 1, -1) for x in members])


def flip(x: Any, axis: Axis = None) -> Any:
    """``x`` in reverse order along ``axis`` (None: every axis).

    >>> import autograd_mini as am
    >>> am.flip(am.Tensor([1.0, 2.0, 3.0]))
    Tensor([3., 2., 1.])
    """
    x = read(x)
    axes = _axes("flip", x, axis)
    ndim = len(shape_of(x))
    step = tuple(slice(None, None, -1 if axes is None or i in axes else None) for i in range(ndim))
    return ops.getitem(x, step)


def matmul(x: Any, y: Any) -> Any:
    """The matrix product ``x @ y``, with vectors and stacks of matrices as in `numpy.matmul`.

    >>> import autograd_mini as am
    >>> am.matmul(am.Tensor([[1.0, 2.0]]), am.Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """
    return ops.matmul(x, y)


def dot(x: Any, y: Any) -> Any:
    """NumPy's dot: a product with a number, else the sum over the last axis of x and the last
    but one of y (the matrix product, for matrices and vectors).

    >>> import autograd_mini as am
    >>> am.dot(am.Tensor([1.0, 2.0]), [3.0, 4.0])
    Tensor(11.)
    """
    x, y = read(x), read(y)
    if not shape_of(x) or not shape_of(y):
        return ops.multiply(x, y)
    if len(shape_of(y)) <= 2:
        return ops.matmul(x, y)
    return tensordot(x, y, ((len(shape_of(x)) - 1,), (len(shape_of(y)) - 2,)))


def inner(x: Any, y: Any) -> Any:
    """The sum of products over the last axes of both, as `numpy.inner`.

    >>> import autograd_mini as am
    >>> am.inner(am.Tensor([1.0, 2.0]), [3.0, 4.0])
    Tensor(11.)
    """
    x, y = read(x), read(y)
    if not shape_of(x) or not shape_of(y):
        return ops.multiply(x, y)
    return tensordot(x, y, ((-1,), (-1,)))


def outer(x: Any, y: Any) -> Any:
    """All products of a number of x and one of y, both flattened, as `numpy.outer`.

    >>> import autograd_mini as am
    >>> am.outer(am.Tensor([1.0, 2.0]), [3.0, 4.0])
    Tensor([[3., 4.],
            [6., 8.]])
    """
    return ops.multiply(reshape(ravel(x), -1, 1), ravel(y))


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes, as `numpy.tensordot`.

    >>> import autograd_mini as am
    >>> am.tensordot(am.Tensor([[1.0, 2.0]]), am.Tensor([[3.0, 4.0]]))
    Tensor(11.)
    """
    x, y = read(x), read(y)
    nx, ny = len(shape_of(x)), len(shape_of(y))
    if isinstance(axes, int):
        axes = (tuple(range(nx - axes, nx)), tuple(range(axes)))
    if not isinstance(axes, list | tuple) or len(axes) != 2:
        kind = ShapeError if np.iterable(axes) else OperandError
        raise kind(f"tensordot: axes is a number or a pair, not {axes!r}", op="tensordot")
    over_x, over_y = (_axes("tensordot", t, a) or () for t, a in zip((x, y), axes, strict=True))
    if [shape_of(x)[i] for i in over_x] != [shape_of(y)[i] for i in over_y]:
        raise ShapeError(
            f"tensordot: axes {axes} of shapes {shape_of(x)} and {shape_of(y)} differ in length",
            op="tensordot",
            shapes=(shape_of(x), shape_of(y)),
        )
    letters_x = [chr(97 + i) for i in range(nx)]
    letters_y = [chr(65 + i) for i in range(ny)]
    for i, j in zip(over_x, over_y, strict=True):
        letters_y[j] = letters_x[i]
    kept = [c for i, c in enumerate(letters_x) if i not in over_x]
    kept += [c for j, c in enumerate(letters_y) if j not in over_y]
    return ops.einsum(x, y, f"{''.join(letters_x)},{''.join(letters_y)}->{''.join(kept)}")


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal, ``offset`` above the main one (below it where negative).

    Of more than two axes, the sums over the diagonals of ``axis1`` and ``axis2``, as `numpy.trace`.

    >>> import autograd_mini as am
    >>> am.trace(am.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """
    x = read(x)
    shape = shape_of(x)
    if len(shape) < 2:
        raise ShapeError(
            f"trace of an array of shape {shape}, which is no matrix", op="trace", shapes=(shape,)
        )
    if not isinstance(offset, int | np.integer):
        raise OperandError(f"trace: offset={offset!r} must be a whole number", op="trace")
    x = moveaxis(x, _of_rank("trace", len(shape), (axis1, axis2), shape), (0, 1))
    row, column = builtins.max(-offset, 0), builtins.max(offset, 0)
    rows, columns = shape_of(x)[:2]
    places = np.arange(builtins.max(builtins.min(rows - row, columns - column), 0))
    return ops.sum(ops.getitem(x, (row + places, column + places)), (0,), False)


def einsum(subscripts: str, *operands: Any) -> Any:
    """Einstein summation, ``einsum("ij,jk->ik", x, y)``, as `numpy.einsum` with a string.

    Repeated letters (a diagonal), "..." and subscripts without "->" all work.

    >>> import autograd_mini as am
    >>> am.einsum("ij->j", am.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([4., 6.])
    """
    if not isinstance(subscripts, str):
        raise UnsupportedError('einsum takes its subscripts as a string: "ij,jk->ik"', op="einsum")
    members = [read(x) for x in operands]
    shapes = [shape_of(x) for x in members]
    try:
        inputs, output = _spell_out(subscripts, shapes)
        # NumPy checks the letters against the shapes, of arrays that take no room.
        np.einsum_path(subscripts, *(np.broadcast_to(0.0, shape) for shape in shapes))
    except (ValueError, TypeError, AttributeError) as error:
        raise ShapeError(
            f"einsum({subscripts!r}) of shapes {', '.join(map(str, shapes))}: {error}",
            op="einsum",
            shapes=tuple(shapes),
        ) from error
    diagonals = [_diagonal(text, x) for text, x in zip(inputs, members, strict=True)]
    inputs, members = [text for text, _ in diagonals], [x for _, x in diagonals]
    return ops.einsum(*members, f"{','.join(inputs)}->{output}")


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _spell_out(subscripts: str, shapes: list[tuple[int, ...]]) -> tuple[list[str], str]:
    """Subscripts with letters for "..." and with the output that "->" leaves implicit."""
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    if "," in output:
        raise ValueError("there is one result, so no comma after ->")
    inputs = left.split(",")
    if len(inputs) != len(shapes):
        raise ValueError(f"{len(inputs)} subscripts for {len(shapes)} operands")
    free = [c for c in _LETTERS if c not in subscripts]
    counts = [
        len(shape) - len(text.replace("...", "")) if "..." in text else 0
        for text, shape in zip(inputs, shapes, strict=True)
    ]
    extra = "".join(free[: builtins.max(counts)])
    spelt = [
        text.replace("...", extra[len(extra) - n :] if n else "")
        for text, n in zip(inputs, counts, strict=True)
    ]
    if arrow:
        return spelt, output.replace("...", extra)
    once = sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1)
    return spelt, extra + "".join(once)


def _diagonal(text: str, x: Any) -> tuple[str, Any]:
    """An operand whose letters repeat as its diagonal, where each stands once."""
    for letter in dict.fromkeys(text):
        places = [i for i, c in enumerate(text) if c == letter]
        if len(places) == 1:
            continue
        if len({shape_of(x)[i] for i in places}) != 1:
            raise ShapeError(
                f"einsum: {letter!r} stands for different lengths of shape {shape_of(x)}",
                op="einsum",
                shapes=(shape_of(x),),
            )
        index = np.arange(shape_of(x)[places[0]])
        x = ops.getitem(x, tuple(index if c == letter else slice(None) for c in text))
        # NumPy puts the axis of several index arrays where they stood if that is side by side.
        start = places[0] if places[-1] - places[0] == len(places) - 1 else 0
        rest = text.replace(letter, "")
        text = rest[:start] + letter + rest[start:]
    return text, x
