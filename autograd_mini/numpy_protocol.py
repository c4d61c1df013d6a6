"""NumPy's own functions on nodes: ``np.exp(v)``, ``np.dot(w.T, X) + b``, ``np.sum(dz)``.

NumPy asks its operands first (``__array_ufunc__`` and ``__array_function__``); here is what they
answer. `DIFFERENTIABLE` functions record nodes, `PLAIN` ones (whose derivative is 0 or has no
meaning) see the data alone and give plain results, all others are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import functions as f
from .errors import MutationError, UnsupportedError
from .ops import data_of
from .primitive import TABLE

DIFFERENTIABLE: dict[Callable[..., Any], Callable[..., Any]] = {
    # A ufunc that is some elementwise op's (or matmul's) forward on arrays stands for that op.
    **{op.array: op for op in TABLE.values() if isinstance(op.array, np.ufunc)},
    np.positive: lambda x: x,
    np.float_power: TABLE["pow"],
    np.where: TABLE["where"],
    np.clip: lambda a, a_min=None, a_max=None: f.clip(a, a_min, a_max),
    np.sum: f.sum,
    np.mean: f.mean,
    np.max: f.max,
    np.min: f.min,
    np.prod: f.prod,
    np.cumsum: f.cumsum,
    np.var: f.var,
    np.std: f.std,
    np.linalg.norm: f.norm,
    np.dot: f.dot,
    np.inner: f.inner,
    np.outer: f.outer,
    np.tensordot: f.tensordot,
    np.einsum: f.einsum,
    np.trace: f.trace,
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

PLAIN: frozenset[Callable[..., Any]] = frozenset(
    [
        np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.full_like, np.empty_like,
        np.argmax, np.argmin, np.argsort, np.searchsorted, np.nonzero, np.count_nonzero,
        np.all, np.any, np.allclose, np.isclose, np.array_equal, np.array_equiv,
        np.isnan, np.isinf, np.isfinite, np.signbit, np.floor, np.ceil, np.trunc, np.rint,
        np.floor_divide, np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
        np.array2string, np.array_repr, np.array_str, np.result_type, np.may_share_memory,
        np.shares_memory, np.iscomplexobj, np.isrealobj,
    ]
)  # fmt: skip


def array_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """What ``ufunc(*inputs, **options)`` is when a node is among the inputs."""
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
    return _call(ufunc, inputs, {})


def array_function(func: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What ``func(*args, **options)`` is when a node is among the arguments."""
    return _call(func, args, options)


def _call(func: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if func in PLAIN:
        plain = {name: _without_nodes(value) for name, value in options.items()}
        return func(*map(_without_nodes, args), **plain)
    ours = DIFFERENTIABLE.get(func)
    if ours is None:
        raise UnsupportedError(
            f"np.{func.__name__} does not support nodes; docs/NUMPY.md lists the functions "
            "that do. Write it with those, or pass node.data for a result without a gradient",
            op=func.__name__,
        )
    try:
        return ours(*args, **options)
    except TypeError as error:
        if options and "unexpected keyword argument" in str(error):
            raise UnsupportedError(
                f"np.{func.__name__} on nodes: {error}", op=func.__name__
            ) from error
        raise


def _without_nodes(x: Any) -> Any:
    """An argument with the nodes in it, also those in lists, as their data."""
    if isinstance(x, list | tuple):
        return type(x)(map(_without_nodes, x))
    return data_of(x)
