"""Value: one Python float that remembers how it was computed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from . import ops
from .arithmetic import Arithmetic, is_operand
from .errors import OperandError, RangeError
from .node import PACKED, checked_label, mode, note_leaf
from .primitive import Primitive

_new = object.__new__
_mode = mode.get

UNUSUAL = (ArithmeticError, TypeError, ValueError, RuntimeWarning)
"""What operators leave to their op, which tells a failure from data assigned in another class."""


def _operators(
    op: Primitive, forward: Callable[[Any, Any], Any]
) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """The operator and its reflection on floats, recorded with as little work as Python allows.

    They do what ``op(x, y)`` does for a Value and a Value or number, and leave all else to it:
    other operands, errors (which it names), and what is not to be recorded.
    """

    def method(self: Any, other: Any) -> Any:
        kind = other.__class__
        try:
            if kind is Value:
                data = forward(self.data, other.data)
            elif kind is float:
                data = forward(self.data, other)
            elif kind is int:
                other = float(other)
                data = forward(self.data, other)
            else:
                return op(self, other) if is_operand(other) else NotImplemented
        except UNUSUAL:
            return op(self, other)
        how = _mode()
        if data.__class__ is not float or (how is not None and how.paused):
            return op(self, other)
        node = _new(Value)
        node.data = data
        node.grad = None
        node.label = None
        node.op = op
        node.x = self
        node.y = other
        if how is not None:
            for told in how.made:
                told(node)
        return node

    def reflected(self: Any, other: Any) -> Any:
        kind = other.__class__
        try:
            if kind is int:
                other = float(other)
            elif kind is not float:
                return op(other, self) if is_operand(other) else NotImplemented
            data = forward(other, self.data)
        except UNUSUAL:
            return op(other, self)
        how = _mode()
        if data.__class__ is not float or (how is not None and how.paused):
            return op(other, self)
        node = _new(Value)
        node.data = data
        node.grad = None
        node.label = None
        node.op = op
        node.x = other
        node.y = self
        if how is not None:
            for told in how.made:
                told(node)
        return node

    return method, reflected


def _comparison(op: Primitive, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            y = other.data
        elif kind is float or kind is int:
            y = other
        else:
            return op(self, other) if is_operand(other) else NotImplemented
        try:
            truth = compare(self.data, y)
        except TypeError:
            return op(self, other)
        return truth if truth.__class__ is bool and _mode() is None else op(self, other)

    return method


_power, _reflected_power = _operators(ops.pow, math.pow)


class Value(Arithmetic, holds=float):
    """A number with a name: ``Value(5, "a")``. Operators and functions on it record a graph.

    ``data`` may be any real number (a Python or NumPy number, a 0-d array); it is kept as a float,
    also where a leaf gets new data: ``w.data -= rate * w.grad``. Comparisons give plain bools.
    Errors are those of Python's floats: division by zero, overflow and arguments outside a domain
    raise. ``float(v)`` is the number alone, outside the graph; so is what ``A[i] = v`` writes into
    a NumPy array A (`am.stack` gathers nodes into an array).

    Raises `OperandError` for what is no real number.

    >>> import autograd_mini as am
    >>> a, b = am.Value(2.0, "a"), am.Value(3.0, "b")
    >>> J = a * b + a**2
    >>> J.backward()
    >>> J.data, a.grad, b.grad
    (10.0, 7.0, 2.0)
    """

    __slots__ = ()

    data: float

    def __init__(self, data: Any, label: str | None = None) -> None:
        self.data = data if data.__class__ is float else _as_float(data, label)
        self.grad = None
        self.label = None if label is None else checked_label(label)
        self.op = None
        self.x = ()
        self.y = PACKED
        if _mode() is not None:
            note_leaf(self)

    __add__, __radd__ = _operators(ops.add, operator.add)
    __sub__, __rsub__ = _operators(ops.subtract, operator.sub)
    __mul__, __rmul__ = _operators(ops.multiply, operator.mul)
    __truediv__, __rtruediv__ = _operators(ops.divide, operator.truediv)
    __rpow__ = _reflected_power

    def __pow__(self, other: Any, modulo: Any = None) -> Any:
        # Apart from the operators, which a third argument would make slower.
        return _power(self, other) if modulo is None else super().__pow__(other, modulo)

    __lt__ = _comparison(ops.less, operator.lt)
    __le__ = _comparison(ops.less_equal, operator.le)
    __gt__ = _comparison(ops.greater, operator.gt)
    __ge__ = _comparison(ops.greater_equal, operator.ge)
    __eq__ = _comparison(ops.equal, operator.eq)
    __ne__ = _comparison(ops.not_equal, operator.ne)
    __hash__ = object.__hash__

    def held(self) -> float:
        """The float; see `Node.held`."""
        if self.data.__class__ is not float:
            self.data = _as_float(self.data, self.label)
        return self.data

    def __repr__(self) -> str:
        return self._shown(repr(self.held()))


class Truth(Arithmetic, holds=bool):
    """A comparison of numbers in a function that is recorded to be computed for others.

    ``if`` and ``and`` ask for it, and go by it from there on; `where` chooses by it whatever
    the numbers are.
    """

    __slots__ = ()

    data: bool

    def held(self) -> bool:
        """The truth as it was recorded."""
        return self.data

    def __index__(self) -> int:
        return int(bool(self))

    def __repr__(self) -> str:
        return self._shown(repr(self.data))


def _as_float(data: Any, label: str | None) -> float:
    name = label or "a Value"
    if isinstance(data, int | Real) and not isinstance(data, np.timedelta64):
        try:
            return float(data)
        except OverflowError as error:
            raise RangeError(
                f"{name} holds one real number, not a {type(data).__name__} too large for a float",
                labels=(label,),
            ) from error
    if isinstance(data, np.ndarray) and data.shape == () and data.dtype.kind in "biuf":
        return float(data)
    raise OperandError(
        f"{name} holds one real number, not {type(data).__name__}; "
        "am.Tensor holds arrays, am.stack gathers nodes, am.detach copies a node",
        labels=(label,),
    )
