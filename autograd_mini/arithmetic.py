"""What Values and Tensors do alike: Python's operators, the methods named after ops, NumPy's hooks.

Each method is its op from the table (or its function) applied to the node; no rule stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from . import functions, ops
from .backward import backward
from .errors import OperandError, TraceError, TruthError, UnsupportedError
from .node import Node, is_recorded_for_others, leave, mode
from .numpy_protocol import BITWISE, array_function, array_ufunc
from .primitive import read

_OPERANDS = Node | np.ndarray | float | int


def is_operand(x: Any) -> bool:
    """Whether x can be an operand; if not, Python should ask for x's own reflected operator."""
    if isinstance(x, _OPERANDS):
        return True
    try:
        read(x)
    except OperandError:
        return False
    return True


def _while_recorded(name: str) -> str:
    """What to do about a number that is a node because a function is recorded."""
    if not is_recorded_for_others():
        return ""
    return (
        "; while a function is recorded, all numbers among its arguments are nodes: if one has to "
        f"be a plain number, take it out of them by functools.partial(f, {name}=...), or write "
        f"int({name}), which records for each whole number anew"
    )


def _operator(op: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return op(self, other) if is_operand(other) else NotImplemented

    return method


def _reflected(op: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return op(other, self) if is_operand(other) else NotImplemented

    return method


_and, _or, _xor, _not = BITWISE.values()


class Arithmetic(Node):
    """A node with operators and methods: the base of `Value` and `Tensor`."""

    __slots__ = ()

    __add__, __radd__ = _operator(ops.add), _reflected(ops.add)
    __sub__, __rsub__ = _operator(ops.subtract), _reflected(ops.subtract)
    __mul__, __rmul__ = _operator(ops.multiply), _reflected(ops.multiply)
    __truediv__, __rtruediv__ = _operator(ops.divide), _reflected(ops.divide)
    __mod__, __rmod__ = _operator(ops.remainder), _reflected(ops.remainder)
    __floordiv__, __rfloordiv__ = _operator(ops.floor_divide), _reflected(ops.floor_divide)
    __rpow__ = _reflected(ops.pow)
    __matmul__, __rmatmul__ = _operator(ops.matmul), _reflected(ops.matmul)
    __neg__, __abs__ = ops.negative, ops.abs
    __and__, __rand__ = _operator(_and), _reflected(_and)
    __or__, __ror__ = _operator(_or), _reflected(_or)
    __xor__, __rxor__ = _operator(_xor), _reflected(_xor)

    __lt__, __le__ = _operator(ops.less), _operator(ops.less_equal)
    __gt__, __ge__ = _operator(ops.greater), _operator(ops.greater_equal)
    __eq__, __ne__ = _operator(ops.equal), _operator(ops.not_equal)
    __hash__ = object.__hash__

    abs, exp, expm1 = ops.abs, ops.exp, ops.expm1
    log, log1p, sqrt = ops.log, ops.log1p, ops.sqrt
    square, reciprocal, sign = ops.square, ops.reciprocal, ops.sign
    sin, cos, tan = ops.sin, ops.cos, ops.tan
    arcsin, arccos, arctan = ops.arcsin, ops.arccos, ops.arctan
    sinh, cosh, tanh = ops.sinh, ops.cosh, ops.tanh
    erf, relu, sigmoid = ops.erf, ops.relu, ops.sigmoid
    softplus, log_sigmoid = ops.softplus, ops.log_sigmoid

    def __pos__(self) -> Self:
        return self

    def __pow__(self, other: Any, modulo: Any = None) -> Any:
        if modulo is not None:
            raise UnsupportedError(
                f"pow() of {self.label or 'a node'} takes no third argument, which is for whole "
                "numbers; write x**y % modulo",
                op="pow",
                labels=(self.label,),
            )
        return ops.pow(self, other) if is_operand(other) else NotImplemented

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __round__(self, digits: int | None = None) -> Any:
        """Plain: its derivative is 0 between the jumps."""
        data = self.held()
        leave(self, "round()")
        return np.round(data, digits or 0) if isinstance(data, np.ndarray) else round(data, digits)

    def __invert__(self) -> Any:
        return _not(self)

    clip, backward = functions.clip, backward

    def __bool__(self) -> bool:
        return bool(self._one_number("the truth"))

    def __float__(self) -> float:
        return float(self._one_number("float()"))

    def __int__(self) -> int:
        return int(self._one_number("int()"))

    def __index__(self) -> int:
        name = self.label or "this node"
        hint = _while_recorded(name)
        raise (TraceError if hint else OperandError)(
            f"{name} is a node, which holds floats, where range(), an index, an axis or a shape "
            f"takes a whole number: write int({name}){hint}",
            labels=(self.label,),
        )

    def _one_number(self, what: str) -> Any:
        data = self.held()
        if np.size(data) != 1:
            name = self.label or "this node"
            raise TruthError(
                f"{what} of {name}, which holds {np.size(data)} numbers (shape {np.shape(data)}), "
                "is not one answer; write am.where(condition, x, y) to choose number by number, "
                "np.any(...) or np.all(...) for one truth, or .sum() or an index for one number",
                labels=(self.label,),
                shapes=(np.shape(data),),
            )
        how = mode.get()
        if how is not None and how.recorder is not None and what in ("the truth", "int()"):
            return how.recorder.decide(self, what)
        if what != "the truth":
            leave(self, what)
        return data.item() if isinstance(data, np.ndarray) else data

    def __format__(self, spec: str) -> str:
        """``f"{J:.3f}"`` formats the one number; without a format it is the repr."""
        return format(float(self), spec) if spec else str(self)

    def item(self) -> float:
        """The one number this node holds, as a plain float."""
        return float(self._one_number("item()"))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return array_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        return array_function(func, args, kwargs)

    def __array__(self, *args: Any, **options: Any) -> Any:
        plain = "" if is_recorded_for_others() else ", or node.data for the numbers alone"
        raise UnsupportedError(
            f"{self.label or 'a node'} cannot become a plain array without losing its gradient: "
            f"write am.stack([a, b]) to make a Tensor of nodes{plain}"
            f"{_while_recorded(self.label or 'the number')}",
            labels=(self.label,),
        )

    def _shown(self, data: str) -> str:
        label = f", {self.label!r}" if self.label else ""
        return f"{type(self).__name__}({data}{label})"
