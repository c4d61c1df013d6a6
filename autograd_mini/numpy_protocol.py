"""NumPy's own functions on nodes: ``np.exp(v)``, ``np.dot(w.T, X) + b``, ``np.sum(dz)``.

NumPy asks its operands first (``__array_ufunc__`` and ``__array_function__``); here is what they
answer. `DIFFERENTIABLE` functions record nodes, `PLAIN` ones (whose derivative is 0 or has no
meaning) see the data alone and give plain results, all others are refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from . import functions as f
from .errors import InputError, MutationError, OperandError, UnsupportedError
from .node import Node, is_recorded_for_others, leave
from .ops import data_of
from .primitive import TABLE, Primitive


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """The choice, or as NumPy's, of a condition alone, the indices of where it holds."""
    if x is None and y is None:
        return np.nonzero(condition)
    if x is None or y is None:
        raise InputError("np.where takes both x and y, or neither", op="where")
    return TABLE["where"](condition, x, y)


def _of_truths(op: Primitive, symbol: str) -> Callable[..., Any]:
    """&, |, ^ or ~: of truths alone, which are nodes where a function is recorded."""

    def function(*operands: Any) -> Any:
        values = [data_of(x) for x in operands]
        if any(np.asarray(value).dtype != np.bool_ for value in values):
            raise OperandError(
                f"{symbol} is of truths, such as x > 0, not of numbers; write "
                "am.where(x > 0, a, b) to choose",
                op=op.name,
            )
        if symbol == "~" and isinstance(values[0], bool):
            raise OperandError(
                "~ of one truth is a whole number in Python, -1 or -2, and both count as true; "
                "write np.logical_not(x > 0), or an if",
                op=op.name,
            )
        return op(*operands)

    return function


def _wide(x: Any) -> Any:
    """An operand in double precision at least."""
    data = data_of(x)
    narrow = isinstance(data, np.ndarray | np.generic) and data.dtype.itemsize < 8
    return f.astype(x, np.float64) if narrow else x


DIFFERENTIABLE: dict[Callable[..., Any], Callable[..., Any]] = {
    # A ufunc that is some elementwise op's (or matmul's) forward on arrays stands for that op.
    **{op.array: op for op in TABLE.values() if isinstance(op.array, np.ufunc)},
    np.float_power: lambda x, y: TABLE["pow"](_wide(x), _wide(y)),
    np.where: _where,
    np.clip: lambda a, a_min=None, a_max=None, min=None, max=None: f.clip(
        a, min if a_min is None else a_min, max if a_max is None else a_max
    ),
    np.sum: f.sum,
    np.mean: f.mean,
    np.max: f.max,
    np.min: f.min,
    np.amax: f.max,
    np.amin: f.min,
    np.prod: f.prod,
    np.cumsum: f.cumsum,
    np.var: f.var,
    np.std: f.std,
    np.linalg.norm: f.norm,
    np.dot: f.dot,
    np.inner: f.inner,
    np.outer: f.outer,
    np.tensordot: f.tensordot,
    np.einsum: lambda *operands, optimize=True: f.einsum(*operands),
    np.trace: f.trace,
    np.copy: lambda a: TABLE["positive"](a),
    np.reshape: f.reshape,
    np.ravel: f.ravel,
    np.transpose: f.transpose,
    np.swapaxes: f.swapaxes,
    np.moveaxis: f.moveaxis,
    np.squeeze: f.squeeze,
    np.expand_dims: f.expand_dims,
    np.broadcast_to: f.broadcast_to,
    np.concatenate: f.concatenate,
    np.stack: f.stack,
    np.hstack: f.hstack,
    np.vstack: f.vstack,
    np.flip: f.flip,
}

BITWISE: dict[Callable[..., Any], Callable[..., Any]] = {
    np.bitwise_and: _of_truths(TABLE["logical_and"], "&"),
    np.bitwise_or: _of_truths(TABLE["logical_or"], "|"),
    np.bitwise_xor: _of_truths(TABLE["not_equal"], "^"),
    np.invert: _of_truths(TABLE["logical_not"], "~"),
}
"""What &, |, ^ and ~ are of truths: nodes hold no whole numbers."""

ABOUT: frozenset[Callable[..., Any]] = frozenset(
    [
        np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.full_like, np.empty_like,
        np.result_type, np.may_share_memory, np.shares_memory, np.iscomplexobj, np.isrealobj,
    ]
)  # fmt: skip
"""Functions that ask about an array, not for its numbers."""

SHOWING: frozenset[Callable[..., Any]] = frozenset([np.array2string, np.array_repr, np.array_str])
"""Functions that show numbers to a person."""

PLAIN: frozenset[Callable[..., Any]] = ABOUT | SHOWING | frozenset(
    [
        np.argmax, np.argmin, np.argsort, np.searchsorted, np.nonzero, np.count_nonzero,
        np.all, np.any, np.allclose, np.isclose, np.array_equal, np.array_equiv,
        np.isnan, np.isinf, np.signbit, np.floor, np.ceil, np.trunc, np.rint, np.round, np.around,
        np.logical_xor,
    ]
)  # fmt: skip


def array_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """What ``ufunc(*inputs, **options)`` is when a node is among the inputs."""
    if method == "__call__" and not options and (ours := DIFFERENTIABLE.get(ufunc)) is not None:
        return ours(*inputs)
    if options.get("out") is not None:
        raise MutationError(
            f"np.{ufunc.__name__} was to write a node's result into an array (out=, or a += on an "
            "array), where its gradient would be lost; write a = a + node instead",
            op=ufunc.__name__,
        )
    if method != "__call__":
        raise UnsupportedError(
            f"np.{ufunc.__name__}.{method} does not support nodes; write am.sum, am.prod, "
            "am.cumsum, or the operation itself",
            op=ufunc.__name__,
        )
    if options:
        raise UnsupportedError(
            f"np.{ufunc.__name__} on nodes does not take {', '.join(options)}=; "
            "write am.where or am.astype around it",
            op=ufunc.__name__,
        )
    if ufunc in PLAIN:
        return ufunc(*(_plain(x, ufunc) for x in inputs))
    return (BITWISE.get(ufunc) or _ours(ufunc))(*inputs)


def array_function(func: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What ``func(*args, **options)`` is when a node is among the arguments."""
    if func in (np.copyto, np.full_like) and _holds_a_node((*args[1:], *options.values())):
        raise UnsupportedError(
            f"{_name(func)} would write a node into a plain array, where its gradient is lost "
            "(np.full and np.full_like do so by np.copyto); write am.broadcast_to(node, shape), or "
            "node * np.ones_like(array)",
            op=func.__name__,
        )
    if func in PLAIN:
        plain = {name: _plain(value, func) for name, value in options.items()}
        return func(*(_plain(x, func) for x in args), **plain)
    ours = _ours(func)
    args, options = _said(func, args, options)
    for name in options:
        if name not in parameters(ours):
            raise UnsupportedError(
                f"{_name(func)} on nodes does not take {name}=; leave it out, or write what it "
                "does as an operation of its own",
                op=func.__name__,
            )
    return ours(*args, **options)


def _ours(func: Callable[..., Any]) -> Callable[..., Any]:
    if func not in DIFFERENTIABLE:
        plain = ", or pass node.data for a result without a gradient"
        raise UnsupportedError(
            f"{_name(func)} does not support nodes; docs/NUMPY.md lists the functions that do. "
            f"Write it with those{'' if is_recorded_for_others() else plain}",
            op=func.__name__,
        )
    return DIFFERENTIABLE[func]


def _name(func: Callable[..., Any]) -> str:
    return f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)


@cache
def parameters(func: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """A function's parameters by name."""
    return inspect.signature(func).parameters


def _said(
    func: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that say something: the required ones in order, then others by NumPy's names.

    What is only NumPy's default spelt out (``out=None``, ``order="C"``) says nothing.
    """
    if not options and len(args) == 1:
        return args, options
    try:
        theirs = parameters(func)
    except ValueError:  # a C function of an older NumPy, whose parameters cannot be asked
        return args, options
    bound = inspect.Signature(list(theirs.values())).bind(*args, **options).arguments
    required: list[Any] = []
    said: dict[str, Any] = {}
    for name, value in bound.items():
        parameter = theirs[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            required.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            said.update(value)
        elif parameter.default is parameter.empty:
            required.append(value)
        elif not _is_default(value, parameter.default):
            said[name] = value
    return tuple(required), said


def _is_default(value: Any, default: Any) -> bool:
    return value is default or (isinstance(value, str) and value == default)


def _holds_a_node(x: Any) -> bool:
    return isinstance(x, Node) or (isinstance(x, list | tuple) and any(map(_holds_a_node, x)))


def _plain(x: Any, func: Callable[..., Any]) -> Any:
    """An argument with the nodes in it, also those in lists, as their data."""
    if isinstance(x, list | tuple):
        return type(x)(_plain(member, func) for member in x)
    if isinstance(x, Node) and func not in ABOUT | SHOWING:
        leave(x, _name(func))
    data = data_of(x)
    return np.asarray(data) if func in SHOWING and isinstance(data, float) else data
