"""Gradient descent: w := w - alpha dw, again and again, with a history of how J fell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from numbers import Real
from typing import Any

import numpy as np

from ..backward import cotangents
from ..errors import GradientError, InputError, RangeError
from ..node import Node
from ..ops import data_of, shape_of
from ..primitive import read
from ..tensor import Tensor
from ..value import Value


@dataclass(frozen=True)
class History:
    """What a descent went through.

    ``costs[i]`` is J after i steps, the start at 0; ``variables`` are where it ended, plain floats
    and arrays; ``path[i]``, kept on request, are the variables after i steps.
    """

    costs: list[float]
    variables: list[Any]
    path: list[list[Any]]


def descend(
    cost: Callable[..., Any],
    start: Sequence[Any],
    *,
    alpha: float,
    iterations: int,
    keep_path: bool = False,
) -> History:
    """Take ``iterations`` steps v := v - alpha dv, all variables at once, from ``start``.

    ``cost`` takes the variables as nodes, a float as a Value and an array as a Tensor, and returns
    J. Each step records a graph of its own, which is gone at the next. Plain results.

    Raises `RangeError` where J is no longer finite, `GradientError` where it does not depend on a
    variable, `InputError` for an ``alpha`` or ``iterations`` that cannot be used.

    >>> import autograd_mini as am
    >>> history = am.learn.descend(lambda w: (w - 3) ** 2, [0.0], alpha=0.25, iterations=3)
    >>> history.costs
    [9.0, 2.25, 0.5625, 0.140625]
    >>> history.variables
    [2.625]
    """
    is_usable = isinstance(alpha, Real) and math.isfinite(alpha)
    if not is_usable or not isinstance(iterations, int | np.integer) or iterations < 0:
        raise InputError(
            f"alpha={alpha!r}, iterations={iterations!r}: alpha is a finite number, and iterations "
            "a whole number, 0 or more"
        )
    costs, path = [], []
    for step, (J, nodes) in enumerate(islice(walk(cost, start, alpha), iterations + 1)):
        costs.append(_finite(float(J), step, alpha))
        variables = [node.data for node in nodes]
        if keep_path:
            path.append(variables)
    return History(costs, variables, path)


def walk(
    cost: Callable[..., Any], start: Sequence[Any], alpha: float
) -> Iterator[tuple[Any, list[Node]]]:
    """J and the nodes it was computed from, after 0, 1, 2, ... steps, without end."""
    if not isinstance(start, Sequence | np.ndarray):
        raise InputError(
            f"start={start!r:.60} must be a list of variables, such as [w, b]; one is [w]"
        )
    nodes = list(map(_leaf, start))
    while True:
        J = cost(*nodes)
        yield J, nodes
        steps = [alpha * dv for dv in gradients(J, nodes)]
        nodes = [_leaf(v.data - by) for v, by in zip(nodes, steps, strict=True)]


def _leaf(x: Any) -> Node:
    """A variable as a node without history."""
    data = data_of(read(x))
    return Tensor(data) if shape_of(data) else Value(data)


def _finite(J: float, step: int, alpha: float) -> float:
    if math.isfinite(J):
        return J
    raise RangeError(
        f"J is {J} after {step} steps of alpha={alpha:g}: they overshoot; take a smaller alpha, or "
        "standardise the features"
        if step
        else f"J is {J} at the start: nothing can be learnt from there",
        values=(J,),
    )


def gradients(J: Any, nodes: list[Node]) -> list[Any]:
    """What J's derivatives by the nodes are; `GradientError` where it does not depend on one."""
    found = cotangents(J) if isinstance(J, Node) else {}
    for i, node in enumerate(nodes):
        if node not in found:
            raise GradientError(
                f"the cost does not depend on variable {i} of {len(nodes)}, so descent cannot move "
                "it; compute J from the nodes that the cost is called with"
            )
    return [found[node] for node in nodes]
