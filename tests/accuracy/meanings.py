"""What every op means, on jets: independent of the package.

The functions of one number stand with their first three derivatives, each worked out by hand (and
held against mpmath's numeric derivatives of plain definitions in the tests). All else is composed
of them, sums, products and places.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp

from .jets import Jet, constant, joined

Slopes = tuple[Any, Any, Any, Any]
"""f, f', f'' and f''' at one number."""


def _arcsin(x: Any) -> Slopes:
    d = 1 / mp.sqrt((1 - x) * (1 + x))
    return mp.asin(x), d, x * d**3, (1 + 2 * x * x) * d**5


def _arccos(x: Any) -> Slopes:
    _, d, d2, d3 = _arcsin(x)
    return mp.acos(x), -d, -d2, -d3


def _semicircle(x: Any) -> Slopes:
    z = mp.sqrt((1 - x) * (1 + x))
    return z, -x / z, -1 / z**3, -3 * x / z**5


def _arctan(x: Any) -> Slopes:
    q = 1 / (1 + x * x)
    return mp.atan(x), q, -2 * x * q**2, (6 * x * x - 2) * q**3


def _tan(x: Any) -> Slopes:
    t = mp.tan(x)
    d = 1 + t * t
    return t, d, 2 * t * d, d * (2 * d + 4 * t * t)


def _tanh(x: Any) -> Slopes:
    t, s = mp.tanh(x), mp.sech(x) ** 2
    return t, s, -2 * t * s, s * (4 * t * t - 2 * s)


def _sech2(x: Any) -> Slopes:
    _, *slopes = _tanh(x)
    t, z = mp.tanh(x), slopes[0]
    return *slopes, 8 * t * z * (2 * z - t * t)


def _sqrt(x: Any) -> Slopes:
    z = mp.sqrt(x)
    return z, 1 / (2 * z), -1 / (4 * z**3), 3 / (8 * z**5)


def _log(x: Any) -> Slopes:
    return mp.log(x), 1 / x, -1 / x**2, 2 / x**3


def _log1p(x: Any) -> Slopes:
    return mp.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2, 2 / (1 + x) ** 3


def _exp(x: Any) -> Slopes:
    z = mp.exp(x)
    return z, z, z, z


def _expm1(x: Any) -> Slopes:
    return mp.expm1(x), *_exp(x)[1:]


def _gaussian(x: Any) -> Slopes:
    z = mp.exp(-x * x)
    return z, -2 * x * z, (4 * x * x - 2) * z, (12 * x - 8 * x**3) * z


def _erf(x: Any) -> Slopes:
    c = 2 / mp.sqrt(mp.pi)
    z, d, d2, _ = _gaussian(x)
    return mp.erf(x), c * z, c * d, c * d2


def _sigmoid(x: Any) -> Slopes:
    t, s = mp.tanh(x / 2), mp.sech(x / 2) ** 2
    d = s / 4
    value = 1 / (1 + mp.exp(-x)) if x > 0 else mp.exp(x) / (1 + mp.exp(x))
    return value, d, -d * t, d * (t * t - s / 2)


def _softplus(x: Any) -> Slopes:
    value = x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x))
    return value, *_sigmoid(x)[:3]


def _log_sigmoid(x: Any) -> Slopes:
    value, d, d2, d3 = _softplus(-x)
    return -value, d, -d2, d3


FUNCTIONS: dict[str, Callable[[Any], Slopes]] = {
    "negative": lambda x: (-x, mp.mpf(-1), mp.zero, mp.zero),
    "positive": lambda x: (x, mp.one, mp.zero, mp.zero),
    "square": lambda x: (x * x, 2 * x, mp.mpf(2), mp.zero),
    "reciprocal": lambda x: (1 / x, -1 / x**2, 2 / x**3, -6 / x**4),
    "sqrt": _sqrt,
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sin": lambda x: (mp.sin(x), mp.cos(x), -mp.sin(x), -mp.cos(x)),
    "cos": lambda x: (mp.cos(x), -mp.sin(x), -mp.cos(x), mp.sin(x)),
    "tan": _tan,
    "arcsin": _arcsin,
    "arccos": _arccos,
    "semicircle": _semicircle,
    "arctan": _arctan,
    "sinh": lambda x: (mp.sinh(x), mp.cosh(x), mp.sinh(x), mp.cosh(x)),
    "cosh": lambda x: (mp.cosh(x), mp.sinh(x), mp.cosh(x), mp.sinh(x)),
    "tanh": _tanh,
    "sech2": _sech2,
    "gaussian": _gaussian,
    "erf": _erf,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "log_sigmoid": _log_sigmoid,
    "sign": lambda x: (mp.sign(x), mp.zero, mp.zero, mp.zero),
    "abs": lambda x: (mp.fabs(x), mp.sign(x), mp.zero, mp.zero),
    "relu": lambda x: (x, mp.one, mp.zero, mp.zero) if x > 0 else (mp.zero,) * 4,
}


def function(name: str) -> Callable[[Jet], Jet]:
    """One of FUNCTIONS on the numbers of a jet."""
    return lambda x: x.compose(FUNCTIONS[name])


exp, log, sqrt, reciprocal = map(function, ["exp", "log", "sqrt", "reciprocal"])
square, arctan = map(function, ["square", "arctan"])


# Elementwise, of several operands -----------------------------------------------------------------


def divide(x: Jet, y: Jet) -> Jet:
    return x * reciprocal(y)


def remainder(x: Jet, y: Jet) -> Jet:
    """Of how often y goes into x, which is constant between the jumps."""
    times = np.frompyfunc(lambda a, b: mp.floor(mp.mpf(a) / mp.mpf(b)), 2, 1)(x.value, y.value)
    return x - y * constant(times, x.dtype)


def _to_a_constant(n: Any) -> Callable[[Any], Slopes]:
    def slopes(x: Any) -> Slopes:
        return (
            x**n,
            n * x ** (n - 1) if n else mp.zero,
            n * (n - 1) * x ** (n - 2) if n * (n - 1) else mp.zero,
            n * (n - 1) * (n - 2) * x ** (n - 3) if n * (n - 1) * (n - 2) else mp.zero,
        )

    return slopes


def power(x: Jet, y: Jet) -> Jet:
    """exp(y log x); of a negative base for one constant exponent."""
    if y.exact.keys() == {""} and y.shape == ():
        return x.compose(_to_a_constant(y.exact[""][0]))
    return exp(y * log(x))


def by_quotient(x: Jet, y: Jet) -> tuple[Any, Jet, Jet, Jet]:
    """Whether y is longer than x, the longer, their quotient q of at most 1, and sqrt(1 + q*q).

    The terms of derivatives by it are of the size of their sums: bounds do not cancel.
    """
    steep = abs(y.value + 0 * x.value) > abs(x.value)
    longer, shorter = choose(steep, y, x), choose(steep, x, y)
    quotient = divide(shorter, longer)
    return steep, longer, quotient, sqrt(constant(1.0, x.dtype) + square(quotient))


def hypot(x: Jet, y: Jet) -> Jet:
    _, longer, _, root = by_quotient(x, y)
    return MEANINGS["abs"](longer) * root


def direction(x: Jet, y: Jet) -> Jet:
    """x / hypot(x, y)."""
    steep, longer, quotient, root = by_quotient(x, y)
    side = MEANINGS["sign"](longer)
    return divide(choose(steep, side * quotient, side), root)


def arctan2(y: Jet, x: Jet) -> Jet:
    """By arctan of the quotient that is at most 1, and the angle of the sector it is in."""
    steep = abs(y.value + 0 * x.value) > abs(x.value)
    longer, shorter = choose(steep, y, x), choose(steep, -x, y)
    sector = np.frompyfunc(_sector, 3, 1)(steep, y.value, x.value)
    return arctan(divide(shorter, longer)) + constant(sector, x.dtype)


def _sector(steep: bool, y: Any, x: Any) -> Any:
    if steep:
        return mp.pi / 2 if y > 0 else -mp.pi / 2
    return mp.zero if x > 0 else mp.pi if y >= 0 else -mp.pi


def choose(condition: Any, x: Jet, y: Jet) -> Jet:
    """x where the condition holds, else y."""
    shape = np.broadcast_shapes(np.shape(condition), x.shape, y.shape)
    spread = [jet.arranged(lambda places: np.broadcast_to(places, shape)) for jet in (x, y)]
    return joined(spread, np.stack)[(np.where(condition, 0, 1), *np.indices(shape))]


def extreme(beats: Callable[[Any, Any], Any]) -> Callable[[Jet, Jet], Jet]:
    return lambda x, y: choose(beats(x.value, y.value), x, y)


maximum, minimum = extreme(np.greater), extreme(np.less)


def clip(x: Jet, low: Jet, high: Jet) -> Jet:
    return minimum(maximum(x, low), high)


# Arrays -------------------------------------------------------------------------------------------

Axis = tuple[int, ...] | int | None


def axes_of(x: Jet, axis: Axis) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(len(x.shape)))
    return tuple(i % len(x.shape) for i in (axis if isinstance(axis, tuple) else (axis,)))


def total(x: Jet, axis: Axis = None, keepdims: bool = False) -> Jet:
    return x.sum(axes_of(x, axis), keepdims)


def count(x: Jet, axis: Axis) -> int:
    return int(np.prod([x.shape[i] for i in axes_of(x, axis)], dtype=int))


def mean(x: Jet, axis: Axis = None, keepdims: bool = False) -> Jet:
    return total(x, axis, keepdims) * (mp.one / count(x, axis))


def center(x: Jet, axis: Axis = None) -> Jet:
    return x - mean(x, axis, True)


def var(x: Jet, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Jet:
    return total(square(center(x, axis)), axis, keepdims) * (1 / mp.mpf(count(x, axis) - ddof))


def std(x: Jet, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Jet:
    return sqrt(var(x, axis, keepdims, ddof))


def norm(x: Jet, axis: Axis = None, keepdims: bool = False) -> Jet:
    return sqrt(total(square(x), axis, keepdims))


def largest(x: Jet, axis: Axis) -> Jet:
    """A constant to subtract before exp, for bounds that floats can hold."""
    return constant(np.max(x.value, axis=axes_of(x, axis), keepdims=True), x.dtype)


def logsumexp(x: Jet, axis: Axis = None, keepdims: bool = False) -> Jet:
    top = largest(x, axis)
    z = log(total(exp(x - top), axis, True)) + top
    return z if keepdims else total(z, axis)


def softmax(x: Jet, axis: Axis = -1) -> Jet:
    z = exp(x - largest(x, axis))
    return divide(z, total(z, axis, True))


def prod(x: Jet, axis: Axis = None, keepdims: bool = False) -> Jet:
    axes = axes_of(x, axis)
    for i in axes:
        rows = [x[(*(slice(None),) * i, slice(k, k + 1))] for k in range(x.shape[i])]
        x = functools.reduce(operator.mul, rows)
    return x if keepdims else x.arranged(lambda places: np.squeeze(places, axes))


def cumsum(x: Jet, axis: int = 0) -> Jet:
    return x.each(lambda part: np.cumsum(part, axis=axis % len(x.shape)))


def pick(argument: Callable[..., Any]) -> Callable[..., Jet]:
    def meaning(x: Jet, axis: Axis = None, keepdims: bool = False) -> Jet:
        axes = axes_of(x, axis)
        kept = [i for i in range(len(x.shape)) if i not in axes]
        shape = [x.shape[i] for i in kept]
        rows = x.arranged(lambda p: p.transpose(*kept, *axes).reshape(*shape, -1))
        winners = np.asarray(argument(rows.value.astype(float), axis=-1))
        result = rows.arranged(lambda p: np.take_along_axis(p, winners[..., None], -1)[..., 0])
        return result.arranged(lambda p: np.expand_dims(p, axes)) if keepdims else result

    return meaning


def einsum(*args: Any, subscripts: str = "") -> Jet:
    """The product over all letters, summed over those that the output has not."""
    operands, spelt = (args, subscripts) if subscripts else (args[:-1], args[-1])
    left, output = spelt.split("->")
    texts = left.split(",")
    letters = [*output, *sorted(set(left) - {",", *output})]
    result: Any = 1
    for text, x in zip(texts, operands, strict=True):
        order = sorted(range(len(text)), key=lambda k: letters.index(text[k]))
        index = tuple(slice(None) if c in text else None for c in letters)
        result = x.arranged(lambda p, order=order, index=index: p.transpose(order)[index]) * result
    return total(result, tuple(range(len(output), len(letters))))


def matmul(x: Jet, y: Jet) -> Jet:
    column = x[..., :, None] if len(x.shape) > 1 else x[:, None]
    if len(y.shape) == 1:
        return total(x * y, -1)
    z = total(column * y[..., None, :, :], -2) if len(x.shape) > 1 else total(column * y, -2)
    return z


def tensordot(x: Jet, y: Jet, axes: int) -> Jet:
    """Over the last axes of x and the first of y."""
    before, after = len(x.shape) - axes, len(y.shape) - axes
    letters = "abcdefghij"
    left = letters[: before + axes]
    right = left[before:] + letters[before + axes :][:after]
    return einsum(x, y, f"{left},{right}->{left[:before]}{right[axes:]}")


def dot(x: Jet, y: Jet) -> Jet:
    return _over_the_last(x, y, max(len(y.shape) - 2, 0))


def inner(x: Jet, y: Jet) -> Jet:
    return _over_the_last(x, y, -1)


def _over_the_last(x: Jet, y: Jet, axis: int) -> Jet:
    """The sum of products over the last axis of x and one of y; a product with a number."""
    if not x.shape or not y.shape:
        return x * y
    return tensordot(x, y.arranged(lambda places: np.moveaxis(places, axis, 0)), 1)


def outer(x: Jet, y: Jet) -> Jet:
    return x.arranged(np.ravel)[:, None] * y.arranged(np.ravel)


def scatter(x: Jet, index: Any, shape: tuple[int, ...]) -> Jet:
    """Zeros with x added at an index: what each place gets, summed."""
    places = np.arange(int(np.prod(shape))).reshape(shape)[index]
    hits = (np.arange(int(np.prod(shape)))[:, None] == places.ravel()).astype(int)
    flat = x.arranged(np.ravel)
    return (flat * hits).sum((1,)).arranged(lambda p: p.reshape(shape))


def arranging(arrange: Callable[..., Any]) -> Callable[..., Jet]:
    """A function that puts numbers elsewhere, on a jet."""

    def meaning(x: Jet, *args: Any, **options: Any) -> Jet:
        return x.arranged(lambda places: arrange(places, *args, **options))

    return meaning


def joining(join: Callable[..., Any]) -> Callable[..., Jet]:
    def meaning(*args: Any, axis: int | None = None) -> Jet:
        jets, along = (args, axis) if axis is not None else (args[:-1], args[-1])
        along = along % (len(jets[0].shape) + (join is np.stack))
        return joined(list(jets), lambda parts: join(parts, axis=along))

    return meaning


def stacked(jets: Any, widened: Callable[..., Any], axis: int) -> Jet:
    """Joined along an axis, once they have as many axes as it takes."""
    wide = [x.arranged(widened) for x in jets]
    return MEANINGS["concatenate"](*wide, axis if len(wide[0].shape) > 1 else 0)


MEANINGS: dict[str, Callable[..., Jet]] = {
    **{name: function(name) for name in FUNCTIONS},
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": divide,
    "remainder": remainder,
    "pow": power,
    "hypot": hypot,
    "direction": direction,
    "arctan2": arctan2,
    "maximum": maximum,
    "minimum": minimum,
    "where": lambda condition, x, y: choose(condition.value != 0, x, y),
    "clip": clip,
    "sum": total,
    "mean": mean,
    "max": pick(np.argmax),
    "min": pick(np.argmin),
    "prod": prod,
    "center": center,
    "var": var,
    "std": std,
    "norm": norm,
    "logsumexp": logsumexp,
    "softmax": softmax,
    "weights": softmax,
    "cumsum": cumsum,
    "matmul": matmul,
    "dot": dot,
    "inner": inner,
    "outer": outer,
    "tensordot": tensordot,
    "trace": lambda x: total(x.arranged(np.diagonal), -1),
    "einsum": einsum,
    "reshape": arranging(np.reshape),
    "transpose": arranging(np.transpose),
    "broadcast_to": arranging(np.broadcast_to),
    "squeeze": arranging(np.squeeze),
    "ravel": arranging(np.ravel),
    "expand_dims": arranging(np.expand_dims),
    "flip": arranging(np.flip),
    "swapaxes": arranging(np.swapaxes),
    "moveaxis": arranging(np.moveaxis),
    "getitem": arranging(lambda places, index: places[index]),
    "scatter": scatter,
    "item": arranging(lambda places: places.reshape(())),
    "astype": lambda x, dtype: x,
    "concatenate": joining(np.concatenate),
    "stack": joining(np.stack),
    "hstack": lambda *xs: stacked(xs, np.atleast_1d, 1),
    "vstack": lambda *xs: stacked(xs, np.atleast_2d, 0),
}


def meant(op: str, operands: Sequence[Any], statics: Sequence[Any] = ()) -> Jet:
    """The result of an op on jets and, beside them, plain numbers and arrays."""
    dtype = next(x.dtype for x in operands if isinstance(x, Jet))
    jets = [x if isinstance(x, Jet) else constant(x, dtype) for x in operands]
    return MEANINGS[op](*jets, *statics)
