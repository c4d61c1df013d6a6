"""Random programs, the same at each run of a seed: what `am.compile` is held against eager runs by.

A program asks its own generator for the next operation, by the shapes that it meets: it does the
same for numbers, for nodes, and for other numbers of the same kind.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_mini as am
from autograd_mini.replay.program import MISSED
from autograd_mini.tree import flatten

UNARY: list[Callable[[Any], Any]] = [
    am.exp, am.sin, am.cos, am.tanh, am.sigmoid, am.softplus, am.log_sigmoid, am.relu, am.square,
    abs, am.arctan, am.sign, am.erf, am.sech2, am.gaussian, lambda x: -x, lambda x: 1 - x,
    lambda x: 1 / (1 + am.exp(-x)), lambda x: x * 0.0, lambda x: x + 0.0, lambda x: x**2,
    lambda x: x**3, lambda x: x**1, lambda x: am.where(x > 0.3, x, am.sin(x)),
    lambda x: am.clip(x, -0.7, 0.9), lambda x: am.log(1 + x * x), lambda x: x / 3,
]  # fmt: skip
"""Functions of all numbers."""

PARTIAL: list[Callable[[Any], Any]] = [am.sqrt, am.log, am.log1p, am.reciprocal, lambda x: x**-1]
"""Functions that numbers may be outside of."""

BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, am.maximum, am.minimum, am.hypot,
    lambda a, b: am.arctan2(a, 0.1 + b * b), lambda a, b: a / (1 + b * b),
    lambda a, b: am.where(a > b, a, b * a),
]  # fmt: skip
"""Functions of two numbers, where they do not jump: at arctan2(0, -1) the sign of 0 decides."""

CONSTANTS = [0.0, 1.0, -1.0, 2.0, 0.5, 3.0]

SHAPES = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (3, 2), (3, 3), (2, 1, 3)]


@dataclass
class Trial:
    """A function of nodes and numbers, and arguments for it."""

    f: Callable[..., Any]
    arguments: list[tuple[Any, ...]]
    narrow: bool = False

    @property
    def argnums(self) -> tuple[int, ...]:
        return tuple(range(len(self.arguments[0])))


def numbers(rng: Any, n: int) -> list[float]:
    return [float(x) for x in rng.normal(size=n)]


def scalar_trial(seed: int) -> Trial:
    """A program on a list w of numbers and a number b."""
    r = random.Random(seed)
    rng = np.random.default_rng(seed)
    n, m = r.randint(1, 9), r.randint(1, 10)
    unary = [r.choice(UNARY if r.random() < 0.8 else PARTIAL) for _ in range(6)]
    binary = [r.choice(BINARY) for _ in range(6)]
    rows = [[r.choice([*CONSTANTS, r.gauss(0, 1)]) for _ in range(n)] for _ in range(m)]
    targets = [float(r.random() > 0.5) for _ in range(m)]

    def loop(w: Any, b: Any) -> Any:
        J: Any = 0.0
        for i in range(m):
            z = b
            for wj, x in zip(w, rows[i], strict=True):
                z = z + wj * x
            a = unary[0](z)
            c = unary[1](binary[0](a, w[i % n]))
            if seed % 2:
                J = J + binary[1](c, unary[2](z)) * targets[i]
            else:
                J = J + am.where(a > c, unary[3](c), binary[2](a, z))
        return J / m

    def network(w: Any, b: Any) -> Any:
        J: Any = 0.0
        for row, y in zip(rows, targets, strict=True):
            layer = [unary[0](sum(wj * x for wj, x in zip(w, row, strict=True)) - b * k)
                     for k in range(3)]  # fmt: skip
            a = am.sigmoid(am.tanh(unary[1](layer[0]) + layer[1] * layer[2]))
            J = J - (y * am.log(a) + (1 - y) * am.log(1 - a))
        return J / m

    def straight(w: Any, b: Any) -> Any:
        then = random.Random(seed + 1)
        values = [b, *w]
        for _ in range(25):
            if then.random() < 0.5:
                found = then.choice(UNARY)(then.choice(values))
            else:
                other = then.choice([*values, then.gauss(0, 1)])
                found = then.choice(BINARY)(then.choice(values), other)
            values.append(am.tanh(found) if then.random() < 0.5 else found)
        return am.tanh(sum(values) / 10)

    def branch(w: Any, b: Any) -> Any:
        s = b
        for v in w[:4]:
            if v > 0:
                s = binary[3](s, unary[4](v))
            elif v < -1:
                s = s * v
            while s > 2:
                s = s / 2
            s = am.tanh(s)
        return s

    f = r.choice([loop, network, straight, branch])
    return Trial(f, [(numbers(rng, n), *numbers(rng, 1)) for _ in range(3)])


def _operation(r: random.Random, values: list[Any]) -> Any:
    """The next array of some that are there, none of its numbers large."""
    x = r.choice(values)
    shape = np.shape(x)
    kind = r.randrange(9)
    if kind == 0 and shape:
        reduce: Any = r.choice([am.sum, am.mean, am.max, am.min, am.prod, am.norm, am.logsumexp])
        axis = r.choice([None, *range(len(shape))])
        return reduce(x, axis=axis, keepdims=r.random() < 0.5)
    if kind == 1 and shape:
        return x[_index(r, shape)]
    if kind == 2:
        return am.reshape(x, r.choice([(-1,), (1, *shape), shape[::-1]]))
    if kind == 3:
        return am.transpose(x)
    if kind == 4:
        for y in r.sample(values, len(values)):
            if shape and np.ndim(y) and shape[-1] == np.shape(y)[max(np.ndim(y) - 2, 0)]:
                return am.matmul(x, y)
    if kind == 5 and len(shape) == 2:
        form = r.choice(["ij,ij->j", "ij,ij->", "ij,ij->ji"])
        return am.einsum(form, x, r.choice([y for y in values if np.shape(y) == shape]))
    if kind == 6 and shape:
        same = [y for y in values if np.shape(y) == shape]
        join: Any = r.choice([am.concatenate, am.stack])
        return join([x, r.choice(same)], axis=r.choice([0, -1]))
    if kind == 7 and shape:
        return r.choice([am.cumsum, am.softmax, am.var])(x, axis=r.choice([0, -1]))
    return r.choice(UNARY)(x)


def _index(r: random.Random, shape: tuple[int, ...]) -> Any:
    n = shape[0]
    choices: list[Any] = [
        0, -1, slice(1, None), slice(None, None, -1), slice(0, None, 2), None, ...,
        np.array([0, n - 1, 0]), (..., 0), [n - 1],
    ]  # fmt: skip
    return r.choice(choices)


def array_trial(seed: int) -> Trial:
    """A program on some arrays."""
    r = random.Random(seed)
    rng = np.random.default_rng(seed)
    dtype = np.float32 if seed % 5 == 0 else np.float64
    shapes = [r.choice(SHAPES[2:]), *(r.choice(SHAPES) for _ in range(r.randint(0, 2)))]
    constants = [rng.normal(size=shape).astype(dtype) for shape in r.sample(SHAPES, 2)]

    def f(*arrays: Any) -> Any:
        then = random.Random(seed + 1)
        values = [*arrays, *constants]
        for _ in range(then.randint(4, 14)):
            if then.random() < 0.4:
                x = then.choice(values)
                fitting = [y for y in values if _broadcasts(np.shape(x), np.shape(y))]
                other = then.choice([*fitting, *CONSTANTS])
                pair = (x, other) if then.random() < 0.7 else (other, x)
                found = then.choice(BINARY)(*pair)
            else:
                found = _operation(then, values)
            if 0 < np.size(found) < 200:
                values.append(am.tanh(found) if then.random() < 0.7 else found)
        J = sum(am.mean(am.sin(x)) for x in values)
        if then.random() < 0.3 and am.sum(arrays[0]) > 0:
            return J * 2
        return J

    arguments = [tuple(rng.normal(size=s).astype(dtype) for s in shapes) for _ in range(3)]
    return Trial(f, arguments, narrow=dtype is np.float32)


def _broadcasts(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    with suppress(ValueError):
        return len(np.broadcast_shapes(x, y)) <= 3
    return False


def trial(seed: int) -> Trial:
    return array_trial(seed // 2) if seed % 2 else scalar_trial(seed // 2)


def outcome(f: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """What a call gives, or the error that it raises."""
    with np.errstate(all="ignore"):
        try:
            return f(*args)
        except (ArithmeticError, ValueError) as error:
            return error


def difference(wanted: Any, found: Any, exact: bool, rough: float = 1e-7) -> str:
    """In which way two outcomes differ; empty where they do not."""
    if isinstance(wanted, Exception) or isinstance(found, Exception):
        return "" if type(wanted) is type(found) else f"{wanted!r} and {found!r}"
    left, structure = flatten(wanted)
    right, other = flatten(found)
    if not structure.alike(other):
        return f"structures {wanted} and {found}"
    size = max([1.0, *(np.abs(np.nan_to_num(x)).max() for x in left if np.size(x))])
    for x, y in zip(left, right, strict=True):
        if (type(x) is float) is not (type(y) is float) or np.asarray(x).dtype != np.asarray(
            y
        ).dtype:
            return f"kinds {x!r} and {y!r}"
        if np.shape(x) != np.shape(y):
            return f"shapes {np.shape(x)} and {np.shape(y)}"
        if exact and not np.array_equal(x, y, equal_nan=True):
            return f"{x!r} and {y!r}"
        if not np.allclose(x, y, rtol=rough, atol=rough * size / 100, equal_nan=True):
            return f"{x!r} and {y!r}"
    return ""


def is_replayed(step: Any, args: tuple[Any, ...]) -> bool:
    """Whether a recording gives the result of this call by itself."""
    for recorded in step.recordings:
        if recorded.fits(args, {}):
            with suppress(recorded.program.run.broken, *MISSED), np.errstate(all="ignore"):
                recorded.replay(args, {})
                return True
    return False
