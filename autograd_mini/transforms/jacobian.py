"""jacobian and hessian: all derivatives of all results, row by row or column by column."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .. import functions, ops
from ..errors import GradientError, InputError
from ..node import Node
from .call import Call, in_kind, numeric, returned, seeds_of
from .forward import transpose
from .reverse import Argnums

MODES = ("auto", "reverse", "forward")


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, mode: str = "auto", has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the Jacobian of ``f``: every derivative of every result.

    In the structure of f's result, and within it that of the argument ``argnums`` (a tuple of these
    when it is a tuple), each array has the shape of the result followed by that of the argument.
    ``mode`` is "reverse", one walk for each number of the result, "forward", one for each number of
    the argument, or "auto", whichever are fewer. With ``has_aux`` f returns a pair, and the result
    is (jacobian, aux). Nests with all transforms, as `value_and_grad` says.

    Raises `InputError` for another ``mode``, `GradientError` when f returns no numbers, and what
    `value_and_grad` raises for ``argnums``.

    >>> import autograd_mini as am
    >>> import numpy as np
    >>> am.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    >>> am.jacobian(lambda x: (x * 2, {"cube": x**3}))(3.0)
    (2.0, {'cube': 27.0})
    """
    if mode not in MODES:
        raise InputError(f"mode={mode!r} is not one of {', '.join(MODES)}")

    @wraps(f)
    def jacobian_of(*args: Any, **options: Any) -> Any:
        call = Call(f, args, options, argnums, has_aux)
        if not call.results:
            raise GradientError(
                f"a Jacobian is of numbers, but {call.name} returned {returned(call.output)}"
            )
        rows, columns = (math.fsum(map(_size, xs)) for xs in (call.results, call.inputs))
        reverse = mode == "reverse" or (mode == "auto" and rows <= columns)
        blocks = _by_rows(call) if reverse else _by_columns(call)
        found = call.result_structure.build(
            [call.per_argument(map(in_kind, row, call.given)) for row in blocks], keep=False
        )
        return (found, call.plain(call.aux)) if has_aux else found

    return jacobian_of


def hessian(
    f: Callable[..., Any], argnums: Argnums = 0, mode: str = "auto", has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the Hessian of ``f``, the Jacobian of its Jacobian.

    For one number and an array of shape s its shape is s + s; structures nest as for `jacobian`,
    the second derivative's within the first's. ``mode`` is that of the outer Jacobian.

    >>> import autograd_mini as am
    >>> import numpy as np
    >>> am.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    >>> am.hessian(lambda a, b: a * a * b, argnums=(0, 1))(1.0, 2.0)
    ((4.0, 2.0), (2.0, 0.0))
    """
    return jacobian(jacobian(f, argnums, has_aux=has_aux), argnums, mode, has_aux)


def _by_rows(call: Call) -> list[list[Any]]:
    """For each result and each input, the block of derivatives: a walk back for each number."""
    blocks = []
    for result in call.results:
        rows = [call.pull(seeds_of([(result, seed)])) for seed in _basis(result)]
        blocks.append(
            [
                _stacked([row[i] for row in rows], _shape(result), x)
                for i, x in enumerate(call.inputs)
            ]
        )
    return blocks


def _by_columns(call: Call) -> list[list[Any]]:
    """The same by a walk forward for each number of each input."""
    leaves, linear = transpose(call)
    blocks: list[list[Any]] = [[] for _ in call.results]
    for x, pulled in zip(call.inputs, linear, strict=True):
        columns = [call.pull(seeds_of([(pulled, seed)]), leaves) for seed in _basis(x)]
        for i, (u, block) in enumerate(zip(leaves, blocks, strict=True)):
            turned = _stacked([column[i] for column in columns], _shape(x), u)
            ndim = len(_shape(x))
            order = (*range(ndim, ndim + len(_shape(u))), *range(ndim))
            block.append(functions.transpose(turned, order) if order else turned)
    return blocks


def _stacked(parts: Sequence[Any], shape: tuple[int, ...], like: Node) -> Any:
    """Derivatives of the numbers of an array of ``shape`` as one array, one number's as it is."""
    if shape == ():
        return parts[0]
    if not parts:
        return np.zeros((*shape, *_shape(like)), np.result_type(like.data))
    if any(isinstance(part, Node) for part in parts):
        return functions.reshape(functions.stack(parts), (*shape, *_shape(like)))
    return np.stack(parts).reshape(*shape, *_shape(like))


def _basis(x: Any) -> list[Any]:
    """The cotangents that pick each number of x."""
    data = numeric(ops.data_of(x))
    if not isinstance(data, np.ndarray):
        return [1.0]
    seeds = []
    for index in np.ndindex(data.shape):
        seed = np.zeros(data.shape, data.dtype)
        seed[index] = 1.0
        seeds.append(seed)
    return seeds


def _shape(x: Any) -> tuple[int, ...]:
    return np.shape(x.data if isinstance(x, Node) else x)


def _size(x: Any) -> int:
    return math.prod(_shape(x))
