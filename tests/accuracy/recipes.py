"""Random graphs, drawn step by step as recipes that can be followed on nodes and on jets alike.

Operands are any earlier results, so most are used several times; leaves are Values and Tensors of
several shapes that broadcast together. Kinks and the edges of domains are kept away from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_mini as am

from .meanings import FUNCTIONS

MOST_STEPS = 60
MARGIN = 1e-6
SMALLEST, LARGEST = 1e-4, 1e4
"""Results beyond these are not taken into a graph, so that all of it is of the size of 1."""

SHAPES: list[tuple[int, ...]] = [(), (), (3,), (2, 3), (2, 1), (1, 3), (1,), (2, 2)]


@dataclass(frozen=True)
class Step:
    """One result: an op by its name, with earlier results (ints) and constants; then parameters."""

    op: str
    operands: tuple[Any, ...]
    statics: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A graph: leaves, the direction to differentiate along, and steps; all ends are summed."""

    leaves: list[Any]
    directions: list[Any]
    steps: list[Step]

    def ends(self) -> list[int]:
        """The results that no step uses."""
        used = {x for step in self.steps for x in step.operands if isinstance(x, int)}
        return [k for k in range(len(self.leaves) + len(self.steps)) if k not in used]


# The package's functions whose arguments are in another order than those of their meanings.
SPELLINGS: dict[str, Callable[..., Any]] = {
    "getitem": lambda x, index: x[index],
    "einsum": lambda *args: am.einsum(args[-1], *args[:-1]),
    "concatenate": lambda *args: am.concatenate(args[:-1], args[-1]),
    "stack": lambda *args: am.stack(args[:-1], args[-1]),
    "hstack": lambda *args: am.hstack(args),
    "vstack": lambda *args: am.vstack(args),
    "norm": lambda x, axis, keepdims: am.norm(x, None, axis, keepdims),
    "var": lambda x, axis, keepdims, ddof: am.var(x, axis, ddof, keepdims),
    "std": lambda x, axis, keepdims, ddof: am.std(x, axis, ddof, keepdims),
}


def called(step: Step, results: Sequence[Any]) -> Any:
    """A step taken by the package."""
    operands = [results[x] if isinstance(x, int) else x for x in step.operands]
    function = SPELLINGS.get(step.op) or getattr(am, step.op)
    return function(*operands, *step.statics)


def leaf(data: Any) -> Any:
    """A number as a Value, an array as a Tensor."""
    return am.Value(data) if isinstance(data, float) else am.Tensor(data)


# Drawing one --------------------------------------------------------------------------------------


def draw(seed: int) -> Recipe:
    """The recipe of a seed."""
    rng = np.random.default_rng(seed)
    shapes = [SHAPES[k] for k in rng.integers(len(SHAPES), size=rng.integers(1, 5))]
    leaves = [_numbers(rng, shape) for shape in shapes]
    directions = [rng.choice([-1.0, -0.5, 0.5, 1.0], shape) for shape in shapes]
    results: list[Any] = [leaf(data) for data in leaves]
    steps: list[Step] = []
    wanted = int(rng.integers(2, MOST_STEPS + 1))
    with am.no_grad(), np.errstate(all="ignore"):
        while len(steps) < wanted:
            step = Maker(rng, results).step()
            result = None if step is None else _taken(step, results)
            if result is not None:
                steps.append(step)
                results.append(result)
    return Recipe(leaves, directions, steps)


def _numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    numbers = rng.choice([-1.0, 1.0], shape) * 10.0 ** rng.uniform(-2.0, 1.0, shape)
    return numbers if shape else float(numbers)


def _taken(step: Step, results: Sequence[Any]) -> Any:
    """The result of a step, or None where it is not inside its domain or of no moderate size."""
    try:
        result = called(step, results)
    except am.AutogradError:
        return None
    values = [results[x].data if isinstance(x, int) else x for x in step.operands]
    size = np.max(np.abs(result.data), initial=0.0)
    if not SMALLEST < size < LARGEST:
        return None
    edge = EDGES.get(step.op)
    if edge and not np.all(np.abs(edge(result.data, *values, *step.statics)) > MARGIN):
        return None
    return result


def _gap(z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """What a maximum or minimum is ahead of the next number."""
    axes = tuple(range(np.ndim(x))) if axis is None else axis
    kept = z if keepdims or axis is None else np.expand_dims(z, axes)
    close = np.sum(np.abs(x - kept) <= MARGIN, axis=axes)
    return close == 1


EDGES: dict[str, Callable[..., Any]] = {
    "abs": lambda z, x: x,
    "sign": lambda z, x: x,
    "relu": lambda z, x: x,
    "sqrt": lambda z, x: x,
    "log": lambda z, x: x,
    "reciprocal": lambda z, x: x,
    "log1p": lambda z, x: 1.0 + x,
    "arcsin": lambda z, x: 1.0 - x * x,
    "arccos": lambda z, x: 1.0 - x * x,
    "semicircle": lambda z, x: z,
    "divide": lambda z, x, y: y,
    "remainder": lambda z, x, y: np.minimum(np.abs(z), np.abs(y - z)),
    "pow": lambda z, x, y: x,
    "hypot": lambda z, x, y: z,
    "direction": lambda z, x, y: np.hypot(x, y),
    "arctan2": lambda z, x, y: x,  # beside the negative half of the other axis, it jumps
    "maximum": lambda z, x, y: x - y,
    "minimum": lambda z, x, y: x - y,
    "clip": lambda z, x, low, high: (x - low) * (x - high),
    "norm": lambda z, *_: z,
    "std": lambda z, *_: z,
    "max": _gap,
    "min": _gap,
}
"""What must not be close to 0."""


class Maker:
    """Draws one step among the results so far; None where what was drawn makes no sense."""

    def __init__(self, rng: np.random.Generator, results: Sequence[Any]) -> None:
        self.rng = rng
        self.results = results

    def step(self) -> Step | None:
        kinds = [self.unary, self.binary, self.choice, self.reduction, self.along]
        kinds += [self.places, self.join, self.product]
        weights = [0.3, 0.25, 0.05, 0.12, 0.05, 0.1, 0.05, 0.08]
        return kinds[self.rng.choice(len(kinds), p=weights)]()

    def node(self) -> int:
        """An earlier result, the late ones more often."""
        n = len(self.results)
        return int(n * self.rng.random() ** 0.6)

    def data(self, x: Any) -> Any:
        return self.results[x].data if isinstance(x, int) else x

    def shape(self, k: int) -> tuple[int, ...]:
        return np.shape(self.results[k].data)

    def one_of(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def axis_of(self, k: int) -> int | None:
        """One of its axes, None for a number."""
        ndim = len(self.shape(k))
        return int(self.rng.integers(ndim)) if ndim else None

    def unary(self) -> Step:
        return Step(self.one_of(*FUNCTIONS), (self.node(),))

    def binary(self) -> Step | None:
        op = self.one_of(*BINARY)
        x: Any = self.node()
        y: Any = self.node()
        if self.rng.random() < 0.3:
            y = float(self.one_of(2.0, -1.0, 3.0, 0.5, 0.3, -0.7))
            if op != "pow" and self.rng.random() < 0.3:
                y = self.rng.uniform(0.5, 2.0, self.shape(x))
            if self.rng.random() < 0.3:
                x, y = y, x
        if op == "pow" and isinstance(y, int) and np.any(self.data(x) <= 0.0):
            return None  # there is no derivative by the exponent
        return Step(op, (x, y))

    def choice(self) -> Step:
        x, y = self.node(), self.node()
        if self.rng.random() < 0.5:
            return Step("clip", (x, -float(self.rng.random()), float(self.rng.random())))
        condition = self.rng.random(self.shape(x)) < 0.5
        return Step("where", (condition, x, y))

    def reduction(self) -> Step:
        op, k = self.one_of(*REDUCTIONS), self.node()
        axis = self.one_of(None, self.axis_of(k), tuple(range(len(self.shape(k)))))
        spread = (float(self.one_of(0, 1)),) if op in ("var", "std") else ()
        axes = (axis,) if isinstance(axis, int) else axis
        return Step(op, (k,), (axes, bool(self.rng.random() < 0.5), *spread))

    def along(self) -> Step | None:
        k = self.node()
        axis = self.axis_of(k)
        return None if axis is None else Step(self.one_of("softmax", "cumsum"), (k,), (axis,))

    def places(self) -> Step | None:
        k = self.node()
        shape, ndim = self.shape(k), len(self.shape(k))
        order = tuple(int(i) for i in self.rng.permutation(ndim))
        op, *statics = self.one_of(
            ("reshape", (-1,)),
            ("reshape", (*shape, 1)),
            ("transpose", order),
            ("broadcast_to", (2, *shape)),
            ("squeeze",),
            ("ravel",),
            ("expand_dims", 0),
            ("flip", self.axis_of(k)),
            ("swapaxes", 0, -1),
            ("moveaxis", 0, -1),
            ("getitem", self.one_of(0, -1, slice(None, None, -1), ..., None, np.array([0, -1, 0]))),
            ("astype", np.dtype(np.float64)),
        )
        # A bare number has no places, and arrays shall not grow beyond two axes.
        return None if not ndim or (op in GROWING and ndim > 1) else Step(op, (k,), tuple(statics))

    def join(self) -> Step:
        op = self.one_of("concatenate", "stack", "hstack", "vstack")
        operands = tuple(self.node() for _ in range(self.rng.integers(1, 4)))
        return Step(op, operands, (0,) if op in ("concatenate", "stack") else ())

    def product(self) -> Step:
        subscripts = self.one_of("ij,kj->ik", "ij,j->", "i,i,i->i", "ij->j")
        op, *statics = self.one_of(
            ("matmul",),
            ("dot",),
            ("inner",),
            ("outer",),
            ("tensordot", 1),
            ("trace",),
            ("einsum", subscripts),
            ("einsum", subscripts),
        )
        count = statics[0].count(",") + 1 if op == "einsum" else 1 if op == "trace" else 2
        return Step(op, tuple(self.node() for _ in range(count)), tuple(statics))


BINARY = (
    *("add", "subtract", "multiply", "divide", "remainder"),
    *("pow", "hypot", "arctan2", "maximum", "minimum"),
)
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std", "norm", "logsumexp")
GROWING = ("reshape", "broadcast_to", "expand_dims", "getitem", "stack")
