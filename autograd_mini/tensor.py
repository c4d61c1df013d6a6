"""Tensor: a NumPy array that remembers how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy import ndarray

from . import functions, ops
from .arithmetic import Arithmetic, is_operand
from .errors import FORWARD_ERRORS, IndexingError, MutationError, OperandError, ShapeError
from .node import PACKED, Node, checked_label, is_recorded_for_others, leave, make, mode, note_leaf
from .primitive import FLOAT64, Primitive, plain_array


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **options: Any) -> Any:
        return function(self, *args, **options)

    method.__doc__ = f"`numpy.{function.__name__}` of the data: a plain result without a gradient."
    return method


def _operators(op: Primitive) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """The operator and its reflection on arrays of float64, recorded with little work.

    They do what ``op(x, y)`` does for a Tensor and another, an array or a float, and leave all else
    to it: other operands, errors (which it names), and what is not to be recorded as it is.
    """
    forward = op.array

    def method(self: Any, other: Any) -> Any:
        x, y = self.data, other.data if isinstance(other, Node) else other
        if _are_usual(x, y) and mode.get() is None:
            try:
                data = forward(x, y)
            except FORWARD_ERRORS:
                return op(self, other)
            if data.__class__ is ndarray:
                return make(data, op, (self, other))
        return op(self, other) if is_operand(other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        x = self.data
        if other.__class__ is float and _are_usual(x, other) and mode.get() is None:
            try:
                data = forward(other, x)
            except FORWARD_ERRORS:
                return op(other, self)
            if data.__class__ is ndarray:
                return make(data, op, (other, self))
        return op(other, self) if is_operand(other) else NotImplemented

    return method, reflected


def _are_usual(x: Any, y: Any) -> bool:
    """Whether x is an array of float64 and y another, or a float."""
    return (
        x.__class__ is ndarray
        and x.dtype is FLOAT64
        and (y.__class__ is float or (y.__class__ is ndarray and y.dtype is FLOAT64))
    )


class Tensor(Arithmetic, holds=np.ndarray):
    """An array with a name: ``Tensor([[1., 2.]], "X")``. NumPy code on it records a graph.

    ``data`` is copied; a leaf may get new data: ``w.data -= rate * w.grad``. Floating dtypes are
    kept, ints and bools become float64; shapes are NumPy's, 0-d and empty ones too. Comparisons
    give plain bool arrays. Plain arrays that take part in an operation are not copied: they must
    not be changed in place before the gradient is taken.

    Raises `OperandError` for what is no array of real numbers, and for nodes (`am.stack` gathers
    those).

    >>> import autograd_mini as am
    >>> import numpy as np
    >>> w = am.Tensor([[1.0], [2.0]], "w")
    >>> X = np.array([[1.0, 0.0], [3.0, 1.0]])
    >>> J = np.sum(np.dot(w.T, X) ** 2)
    >>> J.backward()
    >>> w.grad
    array([[14.],
           [46.]])
    """

    __slots__ = ()

    data: np.ndarray[Any, np.dtype[Any]]

    def __init__(self, data: Any, label: str | None = None) -> None:
        self.data = _as_array(data, label)
        self.grad = None
        self.label = None if label is None else checked_label(label)
        self.op = None
        self.x = ()
        self.y = PACKED
        if mode.get() is not None:
            note_leaf(self)

    __add__, __radd__ = _operators(ops.add)
    __sub__, __rsub__ = _operators(ops.subtract)
    __mul__, __rmul__ = _operators(ops.multiply)
    __truediv__, __rtruediv__ = _operators(ops.divide)
    __matmul__, __rmatmul__ = _operators(ops.matmul)

    def held(self) -> np.ndarray[Any, np.dtype[Any]]:
        """The array; see `Node.held`."""
        data = self.data
        # The truths of a recorded comparison stay truths.
        if data.__class__ is not np.ndarray or (data.dtype.kind != "f" and self.op is None):
            self.data = data = _as_array(data, self.label)
        return data

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(self.held().shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.held().ndim

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.held().size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating dtype."""
        return self.held().dtype

    @property
    def T(self) -> Any:
        """The transpose: the axes in reverse order."""
        return ops.transpose(self, tuple(range(self.held().ndim - 1, -1, -1)))

    def __len__(self) -> int:
        if not self.ndim:
            raise OperandError("a 0-d Tensor has no len()", labels=(self.label,), shapes=((),))
        return len(self.held())

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise OperandError(
                "a 0-d Tensor cannot be iterated over: it is one number",
                labels=(self.label,),
                shapes=((),),
            )
        return (self[i] for i in range(len(self)))

    def __contains__(self, x: Any) -> bool:
        leave(self, "in")
        return bool(np.any(self.held() == ops.data_of(x)))

    def __getitem__(self, index: Any) -> Any:
        parts = tuple(map(_decided, index if isinstance(index, tuple) else (index,)))
        if any(isinstance(part, Node) for part in parts):
            array = "i.data.astype(int) for an array"
            if is_recorded_for_others():
                array = "and take an array from outside, as a constant"
            raise IndexingError(
                f"{self.label or 'a Tensor'} cannot be indexed by a node, which holds floats; "
                f"write int(i) for a number, {array}",
                op="getitem",
                labels=(self.label,),
                shapes=(self.shape,),
            )
        return ops.getitem(
            self, tuple(map(_kept, parts)) if isinstance(index, tuple) else _kept(parts[0])
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        raise self._mutation()

    def __delitem__(self, index: Any) -> None:
        raise self._mutation()

    def _mutation(self) -> MutationError:
        return MutationError(
            f"{self.label or 'a Tensor'} (shape {self.shape}) cannot be written into: its values "
            "are recorded in the graph. Write am.where(mask, new, t), or build it anew with "
            "am.concatenate or am.stack",
            labels=(self.label,),
            shapes=(self.shape,),
        )

    # The functions themselves: a Tensor is their first argument.
    sum, mean, prod, cumsum = functions.sum, functions.mean, functions.prod, functions.cumsum
    max, min, var, std = functions.max, functions.min, functions.var, functions.std
    dot, swapaxes, squeeze = functions.dot, functions.swapaxes, functions.squeeze
    reshape, ravel, flatten = functions.reshape, functions.ravel, functions.ravel
    expand_dims, astype, copy = functions.expand_dims, functions.astype, ops.positive
    norm, logsumexp, softmax = functions.norm, functions.logsumexp, functions.softmax
    trace = functions.trace

    argmax, argmin = _plain(np.argmax), _plain(np.argmin)
    any, all = _plain(np.any), _plain(np.all)

    def transpose(self, *axes: Any) -> Any:
        """`am.transpose` of this Tensor: ``t.transpose()``, ``t.transpose(1, 0)``, or a tuple."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return functions.transpose(self, order)

    def __repr__(self) -> str:
        shown = np.array2string(self.held(), separator=", ", prefix="Tensor(")
        if not self.size:
            shown += f", shape={self.shape}"
        if self.dtype != np.float64:
            shown += f", dtype={self.dtype}"
        return self._shown(shown)


def _decided(part: Any) -> Any:
    """A part of an index; a mask that is recorded as the truths by which the program goes on."""
    how = mode.get()
    recorder = how.recorder if how is not None else None
    if isinstance(part, Node) and recorder is not None and np.asarray(part.held()).dtype == bool:
        return recorder.decide(part, "the mask")
    return part


def _kept(part: Any) -> Any:
    """A part of an index as it is now, though its list or array be changed later."""
    if not isinstance(part, list | tuple | np.ndarray):
        return part
    try:
        kept = np.array(part)
    except ValueError as error:
        raise ShapeError(f"an index whose rows are of different lengths: {error}") from error
    # An empty list has no ints to show that it is an index of ints.
    return kept if kept.size or isinstance(part, np.ndarray) else kept.astype(np.intp)


def _as_array(data: Any, label: str | None) -> np.ndarray[Any, np.dtype[Any]]:
    if data.__class__ is np.ndarray and data.dtype.kind == "f":
        return data.copy("K")
    name = label or "a Tensor"
    if isinstance(data, Node):
        raise OperandError(
            f"{name} is made of plain numbers; am.detach(x) copies a node, am.stack gathers nodes",
            labels=(label or data.label,),
        )
    try:
        array = np.array(plain_array(data) if isinstance(data, np.ndarray) else data)
    except TypeError as error:
        raise OperandError(f"{name} is made of plain numbers: {error}", labels=(label,)) from error
    except ValueError as error:
        raise ShapeError(
            f"{name} is an array, but its rows are of different lengths: {error}", labels=(label,)
        ) from error
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise OperandError(f"{name} holds real numbers, not dtype {array.dtype}", labels=(label,))
    return array
