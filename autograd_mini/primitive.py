"""Primitive: one differentiable operation, and the TABLE that holds them all by name.

A primitive knows how to compute (on floats, and on arrays), its derivative rules, and how it is
written. What it means lives in its one entry in `ops.py`; here is only what all of them share:
reading operands, choosing the forward, recording the result, naming what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from types import MethodType
from typing import Any, ClassVar

import numpy as np
from numpy import ndarray

from .errors import (
    FORWARD_ERRORS,
    KINDS,
    AutogradError,
    DomainError,
    FloatingError,
    IndexingError,
    OperandError,
    RangeError,
    ShapeError,
)
from .node import Node, make, mode, record

Rule = Callable[..., Any]
"""``rule(g, z, *args)``: the cotangent of one operand, for g that of the result z."""

TABLE: dict[str, Primitive] = {}

FLOAT64 = np.dtype(np.float64)

MAX_DEPTH = 64  # NumPy's own bound on the axes of an array


@dataclass(eq=False)
class Primitive:
    """One operation: its forwards, its rules, its name in words, in signs and in code.

    ``scalar`` computes on Python floats (None: arrays alone), ``array`` on NumPy arrays. ``rules``
    hold one derivative rule per operand; ``rule_of_all(wanted, g, z, *args)`` stands instead for
    ops of any number of operands and returns the cotangents of the wanted ones. The last
    ``statics`` arguments (an axis, a shape, an index) are plain parameters. A rule may return None
    for "no contribution".

    ``kind`` says how the rules meet numbers: one by one ("elementwise"), all of a "reduction", all
    "along" an axis, in sums of "product"s, or not at all, as "linear" ones.

    ``kink(z, *args)`` tells where the derivative jumps, and the rule takes one of its values.
    An op that is not ``listed`` is somebody's own, and errors of ops within it stay as they are.
    ``batched`` is how `vmap` does an op that none of these kinds and no name tells about.
    ``opened(values)`` of an op that stands for a graph gives that: its inputs and its result.
    ``text`` is the op in NumPy and ``js`` in JavaScript, with operands {0}, {1}, ...; of an op over
    axes ``js`` is that of one row of numbers {0}, and {1} is what else it takes.
    ``samples`` are the intervals the operands are drawn from in tests, ``needs`` the domain in
    words.
    """

    is_tree: ClassVar[bool] = False

    name: str
    scalar: Callable[..., Any] | None
    array: Callable[..., Any]
    rules: tuple[Rule, ...] = ()
    rule_of_all: Callable[..., Sequence[Any]] | None = None
    statics: int = 0
    kind: str = "elementwise"
    symbol: str = ""
    text: str = ""
    js: str = ""
    needs: str = ""
    doc: str = ""
    samples: tuple[tuple[float, float], ...] = ()
    analytic: bool = True
    records: bool = True
    selects: bool = False
    batched: Callable[..., Any] | None = None
    kink: Callable[..., Any] | None = None
    listed: bool = True
    opened: Callable[[Sequence[Any]], tuple[list[Node], Node]] | None = None

    def __post_init__(self) -> None:
        self.__doc__ = _docstring(self)
        if self.listed:
            TABLE[self.name] = self

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __get__(self, node: Any, owner: Any = None) -> Any:
        """An op in a class is a method of its nodes: ``exp = ops.exp``."""
        return self if node is None else MethodType(self, node)

    def __call__(self, *args: Any) -> Any:
        """The result: plain for plain operands, else a recorded node."""
        count = len(args) - self.statics
        if count == 1 and self.records:
            # One float or array, the common case, without further ado; what fails is named below.
            x = args[0]
            value = x.data if isinstance(x, Node) else x
            kind = value.__class__
            forward: Any = None
            if kind is float:
                forward = self.scalar
            elif kind is ndarray and value.dtype is FLOAT64 and value.ndim and self.listed:
                forward = self.array
            if forward is not None and (x is value or x.holds is kind):
                try:
                    data = forward(value, *args[1:])
                except FORWARD_ERRORS:
                    pass
                else:
                    if x is value:
                        return data
                    if data.__class__ is np.float64:
                        data = np.asarray(data)
                    if data.__class__ is float or data.dtype.kind == "f":
                        return (make if mode.get() is None else record)(data, self, args)
        if self.rules and count != len(self.rules):
            raise OperandError(
                f"{self.name} takes {len(self.rules)} operand{'s' * (len(self.rules) > 1)}, "
                f"not {count}",
                op=self.name,
            )
        plain, arrays, values = True, False, []
        for x in args[:count] if self.statics else args:
            if isinstance(x, Node):
                plain = False
                x = x.data if x.data.__class__ is x.holds else x.held()
            kind = x.__class__
            if kind is ndarray:
                if x.dtype is not FLOAT64 and x.dtype.kind != "f":
                    break
                arrays = True
            elif kind is not float and kind is not int and kind is not np.float64:
                break
            values.append(x)
        else:
            if (arrays or (plain and self.scalar is None)) and (plain or self.records):
                # Arrays, the other common case; again, what fails is named below.
                if self.statics:
                    values += args[count:]
                try:
                    data = self.array(*values)
                except FORWARD_ERRORS:
                    pass
                else:
                    if plain:
                        return data
                    if data.__class__ is not ndarray and data.__class__ is not float:
                        data = np.asarray(data)
                    if data.__class__ is float or data.dtype.kind == "f":
                        return (make if mode.get() is None else record)(data, self, args)
        plain, numbers, values = True, True, []
        for x in args[:count] if self.statics else args:
            if isinstance(x, Node):
                plain = False
                value = x.data
                if value.__class__ is not x.holds or (
                    value.__class__ is ndarray and value.dtype is not FLOAT64
                ):
                    value = x.held()
            else:
                value = read(x)
                if value is not x:
                    return self(*map(read, args[:count]), *args[count:])
            if value.__class__ is ndarray:
                numbers = False
            values.append(value)
        values += args[count:]
        if plain:
            return self.evaluate(values, args)
        if not self.records:
            data = self.evaluate(values, args)
            if numbers and isinstance(data, np.generic):
                data = data.item()
            how = mode.get()
            if how is None or how.recorder is None:
                return data
            node = record(data if numbers else np.asarray(data), self, args)
            return how.recorder.truth(node) if data.__class__ is bool else node
        if numbers:
            # Beside Values all numbers count as Python floats.
            args = (
                *(x if isinstance(x, Node) else _real(x, self) for x in args[:count]),
                *args[count:],
            )
            values = [x.data if isinstance(x, Node) else x for x in args]
        data = self.evaluate(values, args)
        if data.__class__ is not ndarray and data.__class__ is not float:
            data = float(data) if numbers else np.asarray(data)
        if data.__class__ is ndarray and data.dtype.kind != "f":
            if data.dtype.kind == "c":
                raise _not_real(self)
            if data.dtype.kind != "b" or not all(map(_is_truth, args)):
                data = data.astype(np.float64)
        return (make if mode.get() is None else record)(data, self, args)

    def evaluate(self, values: Sequence[Any], args: Sequence[Any] = ()) -> Any:
        """The forward alone, on plain values; ``args`` are the nodes they came from, for messages.

        >>> import autograd_mini as am
        >>> am.exp.evaluate([0.0])
        1.0
        """
        try:
            if self.scalar is not None:
                for value in values:
                    if not isinstance(value, float | int):
                        break
                else:
                    return self.scalar(*values)
            if not self.analytic:
                for value in values:
                    if value.__class__ is not float and np.iscomplexobj(value):
                        raise TypeError("it is computed for real numbers alone")
            return self.array(*values)
        except FORWARD_ERRORS as error:
            raise self.named(error, values, args or values) from error

    def named(
        self, error: Exception, values: Sequence[Any], args: Sequence[Any], where: str = ""
    ) -> AutogradError:
        """``error`` as one of ours, saying which op, labels, values or shapes it was met with."""
        if isinstance(error, AutogradError) and not self.listed:
            return error
        operands = list(values)[: len(values) - self.statics]
        labels = tuple(arg.label if isinstance(arg, Node) else None for arg in args)[
            : len(operands)
        ]
        shapes = tuple(np.shape(value) for value in operands)
        ours = next(ours for builtin, ours in KINDS if isinstance(error, builtin))
        if ours is DomainError and (self.scalar is None or "broadcast" in str(error)):
            ours = ShapeError
        advice = ""
        if ours is RangeError:
            advice = "; the result is beyond 1.8e308, the largest float"
        elif ours is ShapeError and self.kind == "elementwise":
            advice = "; lengths must be equal or 1, from the last axis on: write .reshape or .T"
        elif (
            self.needs and ours is not IndexingError and (self.scalar or ours is not FloatingError)
        ):
            advice = f"; {self.name} needs {self.needs}"
        reason = error.args[-1] if error.args else type(error).__name__
        found = ours(
            f"{where}{self.shown(args, values)}: {reason}{advice}",
            op=self.name,
            labels=labels,
            values=tuple(operands),
            shapes=shapes,
        )
        how = mode.get()
        if how is not None and any(isinstance(arg, Node) for arg in args):
            for told in how.failed:
                told(found)
        return found

    def shown(self, args: Sequence[Any], values: Sequence[Any] | None = None) -> str:
        """The op with its operands, as ``log(x = -1.0)``."""
        operands = args[: len(args) - self.statics]
        labels = [arg.label if isinstance(arg, Node) else None for arg in operands]
        if values is None:
            values = [arg.data if isinstance(arg, Node) else arg for arg in operands]
        return f"{self.name}({', '.join(map(_show, labels, values))})"


# Made once: to make a union takes longer than to ask by it.
_NUMBERS = Node | float | int | np.number | np.bool_ | complex


def read(x: Any) -> Any:
    """An operand as a node, a Python or NumPy number, or an array; lists become arrays."""
    if x.__class__ is float or x.__class__ is int:
        return x
    if isinstance(x, ndarray):
        if x.dtype.kind in "fiubc":
            return x if x.__class__ is ndarray else _no_matrix(plain_array(x), x)
        raise OperandError(
            f"an array of dtype {x.dtype} cannot be an operand; "
            "nodes are gathered with am.stack([a, b]), numbers with np.array([...], dtype=float)",
            shapes=(x.shape,),
        )
    is_time = x.__class__ is np.timedelta64  # which NumPy counts among the whole numbers
    if isinstance(x, _NUMBERS) and not is_time:
        return x
    if isinstance(x, list | tuple):
        return _gather(x)
    if isinstance(x, Real) and not is_time:
        try:
            return float(x)
        except OverflowError as error:
            raise RangeError(f"a {type(x).__name__} too large for a float") from error
    raise OperandError(f"an operand must be a number, an array or a node, not {type(x).__name__}")


def plain_array(x: Any) -> Any:
    """An array of a subclass, such as a matrix, as NumPy's own; a mask would be lost."""
    if isinstance(x, np.ma.MaskedArray):
        raise OperandError(
            "a masked array would lose its mask; write a.filled(value) or am.where(mask, x, y)",
            shapes=(x.shape,),
        )
    return np.asarray(x)


def _no_matrix(plain: Any, x: Any) -> Any:
    """``plain``, unless x is a np.matrix, whose ``*`` and ``**`` mean another product."""
    if isinstance(x, np.matrix):
        raise OperandError(
            "a np.matrix cannot be an operand, as its * is another product: write np.asarray(m), "
            "with @ for the matrix product and * for that of each number",
            shapes=(x.shape,),
        )
    return plain


def _gather(items: list[Any] | tuple[Any, ...], depth: int = 1) -> Any:
    """A (nested) list as an array, by `stack` when there are nodes in it."""
    if depth > MAX_DEPTH:
        raise ShapeError(f"a list nested deeper than the {MAX_DEPTH} axes that an array can have")
    if any(isinstance(item, Node | list | tuple) for item in items):
        members = [
            _gather(item, depth + 1) if isinstance(item, list | tuple) else read(item)
            for item in items
        ]
        if any(isinstance(member, Node) for member in members):
            return TABLE["stack"](*members, 0)
    try:
        return read(np.asarray(items))
    except ValueError as error:
        raise ShapeError(f"a list that is no array: {error}") from error


def _real(x: Any, op: Primitive) -> float | bool:
    """A plain number as Python's own; a bool, which is a choice and no number, as it is."""
    if isinstance(x, complex | np.complexfloating):
        raise _not_real(op)
    try:
        return bool(x) if isinstance(x, bool | np.bool_) else float(x)
    except OverflowError as error:
        raise RangeError(f"{op.name}: a whole number too large for a float", op=op.name) from error


def _is_truth(x: Any) -> bool:
    """Whether a node holds truths, as only a comparison that is recorded does; others may."""
    return not isinstance(x, Node) or np.asarray(x.data).dtype == np.bool_


def _not_real(op: Primitive) -> OperandError:
    return OperandError(
        f"{op.name}: a complex operand beside a node, but nodes hold real numbers; write "
        "z.real and z.imag as two operands",
        op=op.name,
    )


def _show(label: str | None, value: Any) -> str:
    """An operand in an error message: ``x = -1.0``, or its shape when it is an array."""
    if isinstance(value, int) and value.bit_length() > 64:
        text = f"a whole number of {value.bit_length()} bits"
    else:
        text = f"shape {np.shape(value)}" if np.ndim(value) else str(value)
    return f"{label} = {text}" if label else text


def _docstring(op: Primitive) -> str:
    signature = ", ".join(_operand_names(op))
    needs = f" Needs {op.needs}." if op.needs else ""
    return (
        f"{op.name}({signature}): {op.doc}{needs}\n\n"
        "Takes numbers, arrays (with NumPy's broadcasting) and nodes; gives plain results for\n"
        "plain operands and a recorded node otherwise. Floats raise as Python's do, arrays follow\n"
        "NumPy."
        f"{_example(op)}"
    )


def _operand_names(op: Primitive) -> Sequence[str]:
    """The operands as the rules call them."""
    for rule in op.rules:
        code = rule.__code__
        if len(names := code.co_varnames[2 : code.co_argcount]) >= len(op.rules):
            return names
    return "xy"[: len(op.rules)] or ["..."]


def _example(op: Primitive) -> str:
    """What the op gives in the middle of each interval of its samples."""
    if op.scalar is None or not op.samples:
        return ""
    values = [round((low + 2 * high) / 3, 2) for low, high in op.samples]
    call = f"am.{op.name}({', '.join(map(repr, values))})"
    return f"\n\n>>> import autograd_mini as am\n>>> {call}\n{op.scalar(*values)!r}\n"
