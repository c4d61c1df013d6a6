"""jvp and hvp: derivatives along a direction, from the rules that walk backward.

What the inputs receive for cotangents u of the results, J^T u, is linear in u. So walking back
through that walk gives its transpose, J t for a tangent t: forward mode without a second table of
rules (after J. Townsend, "A new trick for calculating Jacobian vector products", 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..errors import InputError
from ..node import Node, leaf
from .call import Call, fitted, given_back, in_kind, numeric, seeds_of
from .reverse import _one_like, _one_number


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """``f(*primals)`` and how it changes along ``tangents``: (value, tangent of the value).

    ``primals`` and ``tangents`` are tuples with one entry for each argument, of the same structures
    and shapes. With ``has_aux`` f returns a pair, and the result is (value, tangent, aux).

    Raises `ShapeError` and `OperandError` for tangents that do not fit the primals.

    >>> import autograd_mini as am
    >>> am.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    call, seeds = _along(f, primals, tangents, has_aux)
    out = call.plain(call.output)
    tangent = call.result_structure.build(push(call, seeds), keep=False)
    return (out, tangent, call.plain(call.aux)) if has_aux else (out, tangent)


def push(call: Call, tangents: Sequence[Any]) -> list[Any]:
    """The tangent of each result for tangents of the inputs."""
    transposed, linear = transpose(call)
    found = call.pull(seeds_of(zip(linear, tangents, strict=True)), transposed)
    return [g if isinstance(g, Node) else given_back(g) for g in found]


def transpose(call: Call) -> tuple[list[Node], list[Node]]:
    """A new leaf u for each result, and what each input receives for them: J^T u.

    Any u will do. It is 1, for 0 times an infinite derivative would be called invalid.
    """
    leaves = [leaf(_ones(numeric(ops.data_of(x)))) for x in call.results]
    return leaves, call.pull_recorded(seeds_of(zip(call.results, leaves, strict=True)))


def _ones(data: Any) -> Any:
    return np.ones_like(data) if isinstance(data, np.ndarray) else 1.0


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of ``f`` at ``primals`` times ``tangents``, without the Hessian itself.

    f returns one number. For one argument the product has that argument's structure; for several it
    is a tuple with one for each, of the whole Hessian across all arguments.

    Raises what `jvp` raises, and `GradientError` when f returns anything but one number.

    >>> import autograd_mini as am
    >>> import numpy as np
    >>> am.hvp(lambda x: am.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    array([ 6., 12.])
    """
    call, seeds = _along(f, primals, tangents)
    root = _one_number(call)
    gradient = call.pull_recorded(seeds_of([(root, _one_like(root))]))
    # The Hessian is symmetric: what the gradient hands back is what it would be pushed to.
    found = call.pull(seeds_of(zip(gradient, seeds, strict=True)))
    product = call.per_argument(map(in_kind, found, call.given))
    return product[0] if len(primals) == 1 else product


def _along(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Call, list[Any]]:
    """The call at ``primals``, and the tangent of each of its inputs."""
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, list | tuple):
            raise InputError(
                f"{name} is a tuple with one entry for each argument, (x,) for one; "
                f"not a {type(given).__name__}"
            )
    if len(primals) != len(tangents):
        raise InputError(f"{len(primals)} primals but {len(tangents)} tangents")
    call = Call(f, primals, {}, range(len(primals)), has_aux)
    seeds: list[Any] = []
    for i, (structure, tangent) in enumerate(zip(call.structures, tangents, strict=True)):
        seeds += structure.leaves_of(tangent, f"tangent {i}")
    return call, [
        fitted(seed, node, "a tangent") for seed, node in zip(seeds, call.inputs, strict=True)
    ]
