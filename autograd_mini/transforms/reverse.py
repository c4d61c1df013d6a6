"""grad, value_and_grad, vjp: derivatives by walking back from the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from ..errors import GradientError
from ..node import Node
from .call import Call, fitted, in_kind, returned, seeds_of

Argnums = int | Sequence[int]


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives ``(f(...), its gradient)``.

    The gradient is by the argument ``argnums`` (counted from 0), in that argument's structure: a
    float for a number, an array of the same shape and dtype for an array, and lists, tuples, dicts
    and dataclasses of them alike (None where they hold something else, such as a text). It is a
    tuple of gradients when ``argnums`` is a tuple. Whole numbers count as floats. With ``has_aux``
    f returns a pair (value, aux), and the result is ``((value, aux), gradient)``.

    Plain numbers give plain results. Nodes in the arguments differentiated by, or a use of what an
    enclosing transform differentiates by, give nodes, so transforms nest. Other nodes that f uses
    are constants to it.

    Raises `GradientError` when f returns anything but one number, `InputError` for ``argnums`` that
    name no argument, and what f raises.

    >>> import autograd_mini as am
    >>> am.value_and_grad(lambda a, b, c: 3 * (a + b * c), argnums=(0, 1, 2))(5.0, 3.0, 2.0)
    (33.0, (3.0, 6.0, 9.0))
    """

    @wraps(f)
    def value_and_gradient(*args: Any, **options: Any) -> Any:
        call = Call(f, args, options, argnums, has_aux)
        root = _one_number(call)
        found = call.pull(seeds_of([(root, _one_like(root))]))
        gradient = call.per_argument(map(in_kind, found, call.given))
        value = call.plain(root)
        return ((value, call.plain(call.aux)), gradient) if has_aux else (value, gradient)

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of ``f``; `value_and_grad` says what it takes and gives.

    With ``has_aux`` it gives ``(gradient, aux)``.

    >>> import autograd_mini as am
    >>> am.grad(lambda x: x**3)(2.0)
    12.0
    >>> am.grad(am.grad(lambda x: x**3))(2.0)
    12.0
    >>> am.grad(lambda p, x: am.sum((p["w"] * x + p["b"]) ** 2))({"w": 2.0, "b": 1.0}, [1.0, 2.0])
    {'w': 26.0, 'b': 16.0}
    """

    @wraps(f)
    def gradient(*args: Any, **options: Any) -> Any:
        value, found = value_and_grad(f, argnums, has_aux)(*args, **options)
        return (found, value[1]) if has_aux else found

    return gradient


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``f(*primals)`` and the function from a cotangent of it to those of the arguments.

    The cotangent has the structure and shapes of f's result; what comes back is a tuple with one
    for each argument, also when there is one alone. With ``has_aux`` f returns a pair, and the
    result is (value, function, aux).

    Raises `ShapeError` for a cotangent of another shape, `OperandError` for one of another
    structure.

    >>> import autograd_mini as am
    >>> y, back = am.vjp(lambda x, y: (x * y, x + y), 2.0, 3.0)
    >>> y, back((1.0, 10.0))
    ((6.0, 5.0), (13.0, 12.0))
    """
    call = Call(f, primals, {}, range(len(primals)), has_aux)

    def back(cotangent: Any) -> Any:
        leaves = call.result_structure.leaves_of(cotangent, "the cotangent")
        seeds = [
            (result, fitted(seed, result, "the cotangent"))
            for result, seed in zip(call.results, leaves, strict=True)
        ]
        return call.per_argument(map(in_kind, call.pull(seeds_of(seeds)), call.given))

    value = call.plain(call.output)
    return (value, back, call.plain(call.aux)) if has_aux else (value, back)


def _one_number(call: Call) -> Any:
    """What f returned, which must be one number."""
    root = call.output
    if len(call.result_structure) != 1 or root is not call.results[0]:
        raise GradientError(
            f"a gradient is of one number, but {call.name} returned {returned(root)}"
            + ("; use am.jacobian for several, has_aux=True for a pair (value, aux)")
            * bool(call.results)
        )
    data = root.data if isinstance(root, Node) else root
    if np.size(data) != 1:
        raise GradientError(
            f"{call.name} returned {np.size(data)} numbers (shape {np.shape(data)}), but a "
            "gradient is of one; reduce them, as in am.sum(...), or use am.jacobian",
            shapes=(np.shape(data),),
        )
    if np.iscomplexobj(data):
        raise GradientError(f"{call.name} returned {data}, but a gradient is of a real number")
    return root


def _one_like(root: Any) -> Any:
    data = root.data if isinstance(root, Node) else root
    return np.ones(data.shape, data.dtype) if isinstance(data, np.ndarray) else 1.0
