"""A descent iteration by iteration: every number of it that is shown, as the engine computed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from ..backward import cotangents
from ..errors import DivisionError, DomainError, InputError, ShapeError
from ..ops import data_of, sigmoid
from ..tensor import Tensor
from ..value import Value
from . import shapes
from .axes import drawable
from .descent import gradients, walk
from .logistic import accuracy, cost, cross_entropy, cross_entropy_from_z, predict

Array = np.ndarray[Any, np.dtype[Any]]

FRAMES = 200
"""So many iterations at most are shown; a page holds the numbers of each."""

VARIABLES = ("w₁", "w₂", "b")


@dataclass(frozen=True)
class Step:
    """The numbers at one iteration; None, or empty, where J is not finite.

    ``J`` is nan where w or b is no longer finite. ``variables`` and ``slopes`` (J's derivatives)
    are of w₁, w₂ and b, and ``after`` are the variables one step on, none at the end. ``single``
    are the values of the chosen example, "z", "a" and "L", and L's derivatives, "dz", "da", "dw₁",
    "dw₂" and "db". ``right`` counts the examples on the side of their label.
    """

    iteration: int
    J: float
    variables: list[float]
    slopes: list[float] | None
    after: list[float] | None
    single: dict[str, float | None]
    right: int | None


@dataclass(frozen=True)
class Run:
    """A descent from its data to its steps; ``costs`` are those of all iterations."""

    X: Array
    Y: Array
    alpha: float
    example: int
    costs: list[float]
    steps: list[Step]


def run(X: Any, Y: Any, start: Sequence[Any], alpha: float, iterations: int, example: int) -> Run:
    """Descend, and look closely at `FRAMES` of the iterations, or at all if there are no more.

    It ends where J is no longer finite. Errors are those of `learning_page`.
    """
    X, Y = _examples(X, Y)
    if not 0 <= example < X.shape[1]:
        raise InputError(f"example={example}, where X has columns 0 to {X.shape[1] - 1}")
    # Steps too long end in an inf, which is shown as what it is.
    with np.errstate(over="ignore", invalid="ignore"):
        costs, path = _descended(X, Y, _start(start, X), alpha, iterations)
        steps = [_step(X, Y, example, k, costs[k], path) for k in kept(len(costs))]
    return Run(X, Y, alpha, example, costs, steps)


def kept(count: int) -> list[int]:
    """Which of so many iterations are looked at: the first and last, and more of the early ones.

    >>> kept(4), kept(5000)[:5], kept(5000)[-2:]
    ([0, 1, 2, 3], [0, 1, 2, 3, 5], [4949, 4999])
    """
    if count <= FRAMES:
        return list(range(count))
    shares = np.linspace(0, 1, FRAMES)
    return sorted({round(float(share) ** 2 * (count - 1)) for share in shares})


def _examples(X: Any, Y: Any) -> tuple[Array, Array]:
    X = np.asarray(data_of(shapes.examples(X)), dtype=float)
    if len(X) != 2:
        raise ShapeError(
            f"X has shape {X.shape}; a plane has room for two features, (2, m), an example a "
            "column: write X[[0, 1]] for the first two",
            shapes=(X.shape,),
        )
    drawable("X", X)
    return X, np.asarray(shapes.labels(Y, X))


def _start(start: Sequence[Any], X: Array) -> list[Any]:
    if len(start) != 2:
        raise InputError(f"start holds {len(start)} things, where w and b are meant")
    w = np.asarray(data_of(shapes.weights("w", start[0], X, 2)), dtype=float)
    b = float(data_of(shapes.bias(start[1])))
    shapes.finite("w", w)
    shapes.finite("b", b)
    return [w, b]


def _descended(
    X: Array, Y: Array, start: list[Any], alpha: float, iterations: int
) -> tuple[list[float], list[list[Any]]]:
    """J and the variables at each iteration, to the first at which J is not finite."""
    if not np.isfinite(alpha) or iterations < 0:
        raise InputError(
            f"alpha={alpha}, iterations={iterations}: alpha is finite, and iterations 0 or more"
        )

    def J(w: Tensor, b: Value) -> Any:
        return cost(w, b, X, Y) if _finite([w.data, b.data]) else np.nan

    costs, path = [], []
    for now, nodes in islice(walk(J, start, alpha), iterations + 1):
        costs.append(float(now))
        path.append([node.data for node in nodes])
        if not np.isfinite(costs[-1]):
            break
    return costs, path


def _finite(variables: list[Any]) -> bool:
    return all(np.all(np.isfinite(v)) for v in variables)


def _step(X: Array, Y: Array, example: int, k: int, J: float, path: list[list[Any]]) -> Step:
    w, b = path[k]
    known = bool(np.isfinite(J))
    return Step(
        iteration=k,
        J=J,
        variables=_flat(path[k]),
        slopes=_slopes(w, b, X, Y) if known else None,
        after=_flat(path[k + 1]) if k + 1 < len(path) else None,
        single=_single(_flat(path[k]), X[:, example], Y[0, example]) if known else {},
        right=round(accuracy(predict(w, b, X), Y) * Y.size) if known else None,
    )


def _flat(variables: list[Any]) -> list[float]:
    w, b = variables
    return [*w.ravel().tolist(), float(b)]


def _slopes(w: Array, b: float, X: Array, Y: Array) -> list[float]:
    w_node, b_node = Tensor(w), Value(b)
    return _flat(gradients(cost(w_node, b_node, X, Y), [w_node, b_node]))


def _single(variables: list[float], x: Array, y: float) -> dict[str, float | None]:
    """One example's values and derivatives, from its graph. L is taken from z, as J is."""
    w1, w2, b = map(Value, variables)
    z = w1 * float(x[0]) + w2 * float(x[1]) + b
    L = cross_entropy_from_z(z, y)
    a = Value(sigmoid(z.data))
    slopes = cotangents(L)
    derivatives = {"dw₁": slopes[w1], "dw₂": slopes[w2], "db": slopes[b], "dz": slopes[z]}
    return {"z": z.data, "a": a.data, "L": L.data, "da": _slope_at(a, y), **derivatives}


def _slope_at(a: Value, y: float) -> float | None:
    """dL/da; None where a is rounded to 0 or 1 on the wrong side."""
    try:
        return float(cotangents(cross_entropy(a, y))[a])
    except (DomainError, DivisionError):
        return None
