"""THE TABLE: every primitive operation, one entry each, with its forwards and its derivative rules.

To add an elementwise op, add one line: the name, a forward for Python floats, one for arrays, and
one rule per operand. ``rule(g, z, x, ...)`` returns the operand's cotangent from g (that of the
result), z (the result) and the operands. It is written with the operations of this library, so that
it works unchanged on floats, on arrays and on nodes (which makes derivatives of derivatives), and
need not mind broadcasting: that is undone once, in `backward.py`.

The tests loop over this table; ``samples`` are the intervals they draw operands from.

Kinks (where a derivative jumps) have a stated choice: relu'(0) = abs'(0) = sign'(x) = 0, ties of
maximum and minimum (and of the reductions max and min) share equally, clip passes 1 at its bounds,
d(x**0)/dx = 0, and norm, std, hypot and arctan2 have derivative 0 where all is 0 (or constant).

Rules are the textbook ones (Abramowitz & Stegun, ch. 3-7; for the arrays: Giles 2008, "Collected
matrix derivative results"), in forms that keep their digits where the textbook form would cancel or
overflow.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .node import Node, is_recorded_for_others
from .primitive import TABLE, Primitive, Rule

ANY = (-3.0, 3.0)
POSITIVE = (0.2, 4.0)
WITHIN_ONE = (-0.9, 0.9)

IN_JAVASCRIPT = {
    *("abs", "sign", "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "floor", "ceil", "trunc"),
}
"""The functions of one number that JavaScript's Math has under NumPy's name."""


def unary(
    name: str,
    scalar: Callable[..., Any],
    array: Callable[..., Any],
    rule: Rule,
    doc: str = "",
    samples: tuple[float, float] = ANY,
    **more: Any,
) -> Primitive:
    """Enter an elementwise op of one operand into the table."""
    if name in IN_JAVASCRIPT:
        more.setdefault("js", f"Math.{name}({{0}})")
    more.setdefault("text", f"np.{name}({{0}})")
    return Primitive(name, scalar, array, (rule,), doc=doc, samples=(samples,), **more)


def binary(
    name: str,
    scalar: Callable[..., Any],
    array: Callable[..., Any],
    rule_x: Rule,
    rule_y: Rule,
    doc: str = "",
    samples: tuple[tuple[float, float], ...] = (ANY, ANY),
    **more: Any,
) -> Primitive:
    """Enter an elementwise op of two operands into the table."""
    if symbol := more.get("symbol"):
        more.setdefault("text", f"({{0}} {symbol} {{1}})")
        more.setdefault("js", more["text"])
    more.setdefault("text", f"np.{name}({{0}}, {{1}})")
    return Primitive(name, scalar, array, (rule_x, rule_y), doc=doc, samples=samples, **more)


def truth(
    name: str, scalar: Callable[..., Any], array: Callable[..., Any], doc: str, **more: Any
) -> Primitive:
    """Enter an op that gives truth values: plain bools, recorded only to be computed anew."""
    more.setdefault("text", f"np.{name}({{*}})")
    return Primitive(
        name,
        scalar,
        array,
        doc=f"{doc}, elementwise: a plain bool or bool array.",
        analytic=False,
        records=False,
        **more,
    )


def comparison(
    name: str, symbol: str, scalar: Callable[..., Any], array: Callable[..., Any]
) -> Primitive:
    """Enter a comparison into the table."""
    doc, text = f"x {symbol} y", f"({{0}} {symbol} {{1}})"
    return truth(name, scalar, array, doc, symbol=symbol, text=text, js=text)


def over_arrays(
    name: str,
    array: Callable[..., Any],
    *rules: Rule,
    statics: int = 0,
    kind: str = "linear",
    doc: str = "",
    text: str = "",
    **more: Any,
) -> Primitive:
    """Enter an op on whole arrays, whose last ``statics`` arguments are plain parameters."""
    return Primitive(
        name, None, array, rules, statics=statics, kind=kind, doc=doc, text=text, **more
    )


# What rules are made of ---------------------------------------------------------------------------


def same(g: Any, *_: Any) -> Any:
    """The rule of an operand whose local derivative is 1."""
    return g


def nothing(g: Any, *_: Any) -> None:
    """The rule of an operand whose derivative is 0 wherever there is one."""


def data_of(x: Any) -> Any:
    """The plain value of a node; a plain value as it is."""
    return x.held() if isinstance(x, Node) else x


def at_once(op: Primitive, x: Any, *statics: Any) -> Any:
    """An op of one array and parameters; of a plain array its forward at once.

    To look for nodes would take longer than the op itself does on small arrays.
    """
    return op(x, *statics) if isinstance(x, Node) else op.array(x, *statics)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a number, array or node; () for a number."""
    data = data_of(x)
    return data.shape if data.__class__ is np.ndarray else np.shape(data)


detached = Primitive(
    "detach",
    operator.pos,
    np.asarray,  # truths, too, which have no sign
    (nothing,),
    doc="x, through which no gradient flows: what `detach` is where computations are recorded.",
    analytic=False,
    listed=False,
)


def holds(condition: Any) -> Any:
    """A condition as truth values; numbers count as true where they are not 0."""
    return not_equal(condition, 0.0)


def is_cut_to(x: Any, n: int) -> Any:
    """Whether int(x) is n."""
    above = greater(x, n - 1) if n <= 0 else greater_equal(x, n)
    below = less(x, n + 1) if n >= 0 else less_equal(x, n)
    return logical_and(above, below)


def divide_or_zero(x: Any, y: Any) -> Any:
    """x / y, and 0 where y is 0."""
    zero = equal(y, 0.0)
    return where(zero, 0.0, divide(x, where(zero, 1.0, y)))


def chosen(condition: Any, g: Any) -> Any:
    """g where the condition holds and 0 elsewhere; no contribution at all for a plain False."""
    if isinstance(condition, bool | float | int | np.bool_):
        return g if condition else None
    return where(condition, g, 0.0)


def put_back(g: Any, x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """What belongs to a reduction's result, broadcast along the axes that were reduced."""
    shape = shape_of(x)
    if axis is not None and not keepdims:
        g = at_once(reshape, g, _kept_shape(shape, axis))
    return at_once(broadcast_to, g, shape)


def inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes that undoes a transposition."""
    return tuple(map(order.index, range(len(order))))


def _kept_shape(shape: tuple[int, ...], axis: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(1 if axis is None or i in axis else n for i, n in enumerate(shape))


def _count(x: Any, axis: tuple[int, ...] | None) -> int:
    """How many numbers of x go into each number of a reduction over ``axis``."""
    if axis is None and x.__class__ is np.ndarray:
        return int(x.size)
    shape = shape_of(x)
    return math.prod(shape if axis is None else (shape[i] for i in axis))


# Arithmetic ---------------------------------------------------------------------------------------

add = binary("add", operator.add, np.add, same, same, "x + y.", symbol="+")
subtract = binary(
    "subtract", operator.sub, np.subtract, same, lambda g, z, x, y: -g, "x - y.", symbol="-"
)
multiply = binary(
    "multiply",
    operator.mul,
    np.multiply,
    lambda g, z, x, y: g * y,
    lambda g, z, x, y: g * x,
    "x * y.",
    symbol="*",
)
# -g z / y and not -g x / y**2: y**2 is lost long before the quotient is.
divide = binary(
    "divide",
    operator.truediv,
    np.divide,
    lambda g, z, x, y: g / y,
    lambda g, z, x, y: -g * z / y,
    "x / y.",
    (ANY, POSITIVE),
    symbol="/",
    needs="a divisor other than 0",
)
floor_divide = Primitive(
    "floor_divide",
    operator.floordiv,
    np.floor_divide,
    doc="x // y, elementwise: a plain float or array, since its derivative is 0 between the jumps.",
    symbol="//",
    text="({0} // {1})",
    js="floor_divide({0}, {1})",
    needs="a divisor other than 0",
    analytic=False,
    records=False,
)
remainder = binary(
    "remainder",
    operator.mod,
    np.remainder,
    same,
    lambda g, z, x, y: -g * floor_divide(x, y),
    "x - (x // y) * y, of the sign of y; at the jumps, too, the derivative by x is 1.",
    (ANY, POSITIVE),
    symbol="%",
    js="remainder({0}, {1})",
    needs="a divisor other than 0",
    analytic=False,
    kink=lambda z, x, y: z == 0,
)
positive = unary(
    "positive",
    operator.pos,
    np.positive,
    same,
    "+x: x as a node of its own.",
    symbol="+",
    text="(+{0})",
    js="(+{0})",
)
negative = unary(
    "negative",
    operator.neg,
    np.negative,
    lambda g, z, x: -g,
    "-x.",
    symbol="-",
    text="(-{0})",
    js="(-{0})",
)


def _scalar_pow(x: float, y: float) -> Any:
    z = x**y
    if isinstance(z, complex):
        raise ValueError("a negative number to a fractional power is not a real number")
    return z


_PLAIN_NUMBER = float | int | np.number


def _pow_dx(g: Any, z: Any, x: Any, y: Any) -> Any:
    """y x**(y-1), and 0 for y = 0 at any x: where 0 * x**-1 would not say so, it is cut out."""
    if isinstance(y, _PLAIN_NUMBER):
        if not y:
            return None
        if data_of(z).__class__ is np.ndarray:
            y = data_of(z).dtype.type(y)  # as NumPy does beside float32
        return g * (y * _one_power_less(x, y, z))
    cut = logical_and(equal(y, 0.0), logical_or(equal(x, 0.0), not_equal(x, x)))
    return g * where(cut, 0.0, y * _one_power_less(x, where(cut, 2.0, y), z))


def _one_power_less(x: Any, y: Any, z: Any) -> Any:
    """x**(y-1), as z/x where y - 1 is rounded, which takes digits of y if it is less than 0.5."""
    exponent = y - 1.0
    power, lost = x**exponent, y - (exponent + 1.0)
    if not isinstance(lost, Node) or not is_recorded_for_others():
        known = data_of(lost)
        if not (known.any() if known.__class__ is np.ndarray else known):
            return power
    inside = logical_and(greater(x, 0.0), less(x, math.inf))
    return where(lost, where(inside, z / where(inside, x, 1.0), power), power)


def _pow_dy(g: Any, z: Any, x: Any, y: Any) -> Any:
    """z log(x): 0 at x = 0, and nan below, where no real derivative exists."""
    positive = where(equal(x, 0.0), 1.0, where(less(x, 0.0), math.nan, x))
    return g * z * log(positive)


def _scalar_square(x: float) -> float:
    return x * x


def _scalar_reciprocal(x: float) -> float:
    return 1.0 / x


def _scalar_sign(x: float) -> float:
    return math.copysign(1.0, x) if x and x == x else x


pow = binary(
    "pow",
    _scalar_pow,
    np.power,
    _pow_dx,
    _pow_dy,
    "x ** y; d(x**0)/dx = 0 at any x, and the derivative by y at x = 0 is 0 for y > 0.",
    (POSITIVE, ANY),
    symbol="**",
    js="pow({0}, {1})",
    needs="a base above 0, or a whole exponent (and no base 0 to a negative one)",
)
square = unary(
    "square", _scalar_square, np.square, lambda g, z, x: g * (2.0 * x), "x * x.", js="({0} * {0})"
)
reciprocal = unary(
    "reciprocal",
    _scalar_reciprocal,
    np.reciprocal,
    lambda g, z, x: -g * z * z,
    "1 / x.",
    POSITIVE,
    needs="a number other than 0",
    js="(1 / {0})",
)
sqrt = unary(
    "sqrt",
    math.sqrt,
    np.sqrt,
    lambda g, z, x: g * (0.5 / z),
    "The square root.",
    POSITIVE,
    needs="a number of at least 0 (above 0 for its derivative)",
)


sign = unary(
    "sign",
    _scalar_sign,
    np.sign,
    nothing,
    "-1, 0 or 1; derivative 0.",
    analytic=False,
    kink=lambda z, x: x == 0,
)
abs = unary(
    "abs",
    operator.abs,
    np.absolute,
    lambda g, z, x: g * sign(x),
    "The absolute value; derivative 0 at 0.",
    analytic=False,
    kink=lambda z, x: x == 0,
)

# Exponentials and logarithms ----------------------------------------------------------------------

exp = unary("exp", math.exp, np.exp, lambda g, z, x: g * z, "e to the power x.")
expm1 = unary(
    "expm1", math.expm1, np.expm1, lambda g, z, x: g * exp(x), "exp(x) - 1, exact near 0."
)
log = unary(
    "log",
    math.log,
    np.log,
    lambda g, z, x: g / x,
    "The natural logarithm.",
    POSITIVE,
    needs="a number above 0",
)
log1p = unary(
    "log1p",
    math.log1p,
    np.log1p,
    lambda g, z, x: g / (1.0 + x),
    "log(1 + x), exact near 0.",
    POSITIVE,
    needs="a number above -1",
)

# Trigonometric and hyperbolic ---------------------------------------------------------------------

sin = unary(
    "sin",
    math.sin,
    np.sin,
    lambda g, z, x: g * cos(x),
    "The sine of x in radians.",
    needs="a finite number",
)
cos: Primitive = unary(
    "cos",
    math.cos,
    np.cos,
    lambda g, z, x: -g * sin(x),
    "The cosine of x in radians.",
    needs="a finite number",
)
tan = unary(
    "tan",
    math.tan,
    np.tan,
    lambda g, z, x: g * (1.0 + z * z),
    "The tangent of x in radians.",
    (-1.2, 1.2),
    needs="a finite number",
)


def _scalar_semicircle(x: float) -> float:
    return math.sqrt((1.0 - x) * (1.0 + x))


def _array_semicircle(x: Any) -> Any:
    return np.sqrt((1.0 - x) * (1.0 + x))


semicircle: Primitive = unary(
    "semicircle",
    _scalar_semicircle,
    _array_semicircle,
    lambda g, z, x: -g * x / z,
    "sqrt(1 - x * x), exact near -1 and 1.",
    WITHIN_ONE,
    needs="a number from -1 to 1 (inside for its derivative)",
    text="semicircle({0})",
    js="Math.sqrt((1 - {0}) * (1 + {0}))",
)
arcsin = unary(
    "arcsin",
    math.asin,
    np.arcsin,
    lambda g, z, x: g / semicircle(x),
    "The inverse sine.",
    WITHIN_ONE,
    needs="a number from -1 to 1 (inside for its derivative)",
    js="Math.asin({0})",
)
arccos = unary(
    "arccos",
    math.acos,
    np.arccos,
    lambda g, z, x: -g / semicircle(x),
    "The inverse cosine.",
    WITHIN_ONE,
    needs="a number from -1 to 1 (inside for its derivative)",
    js="Math.acos({0})",
)
arctan = unary(
    "arctan",
    math.atan,
    np.arctan,
    lambda g, z, x: g / hypot(1.0, x) / hypot(1.0, x),
    "The inverse tangent.",
    js="Math.atan({0})",
)
sinh = unary("sinh", math.sinh, np.sinh, lambda g, z, x: g * cosh(x), "The hyperbolic sine.")
cosh: Primitive = unary(
    "cosh", math.cosh, np.cosh, lambda g, z, x: g * sinh(x), "The hyperbolic cosine."
)
# sech2 and not 1 - z*z, which has no digits left from |x| = 19 on.
tanh = unary("tanh", math.tanh, np.tanh, lambda g, z, x: g * sech2(x), "The hyperbolic tangent.")


def _scalar_sech2(x: float) -> float:
    t = math.exp(-2.0 * math.fabs(x))
    return 4.0 * t / ((1.0 + t) * (1.0 + t))


def _array_sech2(x: Any) -> Any:
    t = np.exp(-2.0 * np.minimum(np.absolute(x), 400.0))
    return 4.0 * t / np.square(1.0 + t)


sech2: Primitive = unary(
    "sech2",
    _scalar_sech2,
    _array_sech2,
    lambda g, z, x: g * (-2.0 * z * tanh(x)),
    "1 / cosh(x)**2, quiet for any x.",
    text="sech2({0})",
    js="sech2({0})",
    analytic=False,
)


def _both_zero(z: Any, x: Any, y: Any) -> Any:
    return logical_and(x == 0, y == 0)


def _scalar_direction(x: float, y: float) -> float:
    length = math.hypot(x, y)
    return x / length if length else x


def _array_direction(x: Any, y: Any) -> Any:
    length = np.hypot(x, y)
    return np.where(np.isinf(x), np.nan, x) / (length + (length == 0))  # inf / inf, quietly


# An op of its own, as the derivative of x/z by x, 1/z - x*x/(z*z*z), has no digits left where y is
# small beside x. Ratios are taken before anything is squared, so that 1e200 and 1e-200 keep their
# gradients.
direction: Primitive = binary(
    "direction",
    _scalar_direction,
    _array_direction,
    lambda g, z, x, y: divide_or_zero(g * direction(y, x), hypot(x, y)) * direction(y, x),
    lambda g, z, x, y: divide_or_zero(-g * (z * direction(y, x)), hypot(x, y)),
    "x / hypot(x, y), the cosine of the angle of the point (x, y); 0 where both are 0.",
    text="direction({0}, {1})",
    js="direction({0}, {1})",
    analytic=False,
    kink=_both_zero,
)
hypot: Primitive = binary(
    "hypot",
    math.hypot,
    np.hypot,
    lambda g, z, x, y: g * direction(x, y),
    lambda g, z, x, y: g * direction(y, x),
    "sqrt(x*x + y*y) without overflow; derivative 0 where both are 0.",
    js="Math.hypot({0}, {1})",
    analytic=False,
    kink=lambda z, x, y: z == 0,
)


arctan2 = binary(
    "arctan2",
    math.atan2,
    np.arctan2,
    lambda g, z, x, y: divide_or_zero(g * direction(y, x), hypot(x, y)),
    lambda g, z, x, y: divide_or_zero(-g * direction(x, y), hypot(x, y)),
    "The angle of the point (y, x); derivative 0 where both are 0.",
    js="Math.atan2({0}, {1})",
    analytic=False,
    kink=_both_zero,
)


def _scalar_gaussian(x: float) -> float:
    if not -40.0 < x < 40.0:
        return 0.0 if x == x else x
    # exp would magnify the rounding of x*x. The square of h, which is short, is exact.
    h = int(x * 32.0) / 32.0
    return math.exp(-h * h) * math.exp((h - x) * (h + x))


def _array_gaussian(x: Any) -> Any:
    x = np.clip(x, -40.0, 40.0)
    h = np.trunc(x * 32.0) / 32.0
    return np.exp(-h * h) * np.exp((h - x) * (h + x))


gaussian: Primitive = unary(
    "gaussian",
    _scalar_gaussian,
    _array_gaussian,
    # Past 40 it is 0, as is its derivative, also where x is inf.
    lambda g, z, x: g * (-2.0 * clip(x, -40.0, 40.0) * z),
    "exp(-x * x), quiet for any x.",
    text="gaussian({0})",
    js="gaussian({0})",
    analytic=False,
)


def _array_erf(x: Any) -> Any:
    values = np.asarray(x)
    flat = (math.erf(v) for v in values.ravel().tolist())
    dtype = np.result_type(values.dtype, np.float16)
    return np.fromiter(flat, dtype, values.size).reshape(values.shape)[()]


erf = unary(
    "erf",
    math.erf,
    _array_erf,
    lambda g, z, x: g * (2.0 / math.sqrt(math.pi) * gaussian(x)),
    "The error function; of longdouble to the digits of float64.",
    text="erf({0})",
    js="erf({0})",
    analytic=False,
)

# What neural networks are made of -----------------------------------------------------------------


def _scalar_sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    t = math.exp(x)
    return t / (1.0 + t)


def _array_sigmoid(x: Any) -> Any:
    # From there on 1 + exp(x) is exp(x); that of 40 would be too large for float16.
    t = np.exp(np.minimum(x, 40.0 if x.itemsize > 2 else 11.0))
    return t / (1.0 + t)


def _sigmoid_slope(x: Any) -> Any:
    """A quarter of sech2(x/2); of plain arrays the same numbers in half the time.

    Not sigmoid(x) * sigmoid(-x), whose own derivative would cancel near 0.
    """
    if x.__class__ is not np.ndarray:
        return 0.25 * sech2(0.5 * x)
    t = np.exp(-np.absolute(x))
    return t / np.square(1.0 + t)


sigmoid = unary(
    "sigmoid",
    _scalar_sigmoid,
    _array_sigmoid,
    lambda g, z, x: g * _sigmoid_slope(x),
    "1 / (1 + exp(-x)), exact in both tails.",
    text="sigmoid({0})",
    js="sigmoid({0})",
    analytic=False,
)


def _scalar_softplus(x: float) -> float:
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-math.fabs(x))) if x == x else x


def _array_softplus(x: Any) -> Any:
    # From there on log(1 + exp(x)) is x, as for sigmoid.
    return np.maximum(x, np.log1p(np.exp(np.minimum(x, 40.0 if x.itemsize > 2 else 11.0))))


softplus = unary(
    "softplus",
    _scalar_softplus,
    _array_softplus,
    lambda g, z, x: g * sigmoid(x),
    "log(1 + exp(x)), exact in both tails.",
    text="softplus({0})",
    js="softplus({0})",
    analytic=False,
)


def _scalar_log_sigmoid(x: float) -> float:
    return -_scalar_softplus(-x)


def _array_log_sigmoid(x: Any) -> Any:
    return np.minimum(x, 0.0) - np.log1p(np.exp(np.copysign(x, -1.0)))


log_sigmoid = unary(
    "log_sigmoid",
    _scalar_log_sigmoid,
    _array_log_sigmoid,
    lambda g, z, x: g * sigmoid(-x),
    "log(sigmoid(x)), exact in both tails.",
    text="log_sigmoid({0})",
    js="(-softplus(-{0}))",
    analytic=False,
)


def _scalar_relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


relu = unary(
    "relu",
    _scalar_relu,
    lambda x: np.maximum(x, 0.0),
    lambda g, z, x: chosen(greater(x, 0.0), g),
    "max(x, 0); derivative 0 at 0.",
    text="np.maximum({0}, 0)",
    js="relu({0})",
    analytic=False,
    kink=lambda z, x: x == 0,
)

# Choices ------------------------------------------------------------------------------------------


def _scalar_and(x: Any, y: Any) -> bool:
    return bool(x and y)


def _scalar_or(x: Any, y: Any) -> bool:
    return bool(x or y)


equal = comparison("equal", "==", operator.eq, np.equal)
not_equal = comparison("not_equal", "!=", operator.ne, np.not_equal)
less = comparison("less", "<", operator.lt, np.less)
less_equal = comparison("less_equal", "<=", operator.le, np.less_equal)
greater: Primitive = comparison("greater", ">", operator.gt, np.greater)
greater_equal = comparison("greater_equal", ">=", operator.ge, np.greater_equal)
# In JavaScript nan counts as false, so numbers are compared with 0 there.
logical_not = truth("logical_not", operator.not_, np.logical_not, "not x", js="({0} == 0)")
logical_and = truth(
    "logical_and",
    _scalar_and,
    np.logical_and,
    "x and y",
    js="({0} != 0 && {1} != 0)",
)
logical_or = truth(
    "logical_or",
    _scalar_or,
    np.logical_or,
    "x or y",
    js="({0} != 0 || {1} != 0)",
)
isfinite = truth(
    "isfinite",
    math.isfinite,
    np.isfinite,
    "Whether x is neither inf nor nan",
    js="isFinite({0})",
)


def _winner_share(g: Any, wins: Any, ties: Any) -> Any:
    """g for the winner of a maximum or minimum, half of it on a tie, else nothing."""
    if isinstance(wins, bool):
        return g if wins else g * 0.5 if ties else None
    return where(wins, g, where(ties, g * 0.5, 0.0))


def _larger(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def _smaller(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def _extreme(
    name: str, scalar: Callable[..., Any], array: np.ufunc, beats: Primitive, doc: str
) -> Primitive:
    return binary(
        name,
        scalar,
        array,
        lambda g, z, x, y: _winner_share(g, beats(x, y), equal(x, y)),
        lambda g, z, x, y: _winner_share(g, beats(y, x), equal(x, y)),
        f"The {doc} of x and y; a tie gives each half the gradient.",
        js=f"{name}({{0}}, {{1}})",
        analytic=False,
        kink=lambda z, x, y: x == y,
    )


maximum = _extreme("maximum", _larger, np.maximum, greater, "larger")
minimum = _extreme("minimum", _smaller, np.minimum, less, "smaller")


def _scalar_where(condition: Any, x: float, y: float) -> float:
    return x if condition else y


where = Primitive(
    "where",
    _scalar_where,
    lambda condition, x, y: np.where(np.asarray(condition, dtype=bool), x, y),
    (
        nothing,
        lambda g, z, condition, x, y: chosen(holds(condition), g),
        lambda g, z, condition, x, y: chosen(logical_not(condition), g),
    ),
    text="np.where({0}, {1}, {2})",
    js="({0} != 0 ? {1} : {2})",
    doc="x where the condition holds, else y; the branch not taken gets exactly no gradient, "
    "except by a rule of `custom_vjp` that makes a nan of g = 0.",
    samples=((-1.0, 1.0), ANY, ANY),
    analytic=False,
    selects=True,
)


def _scalar_clip(x: float, low: float, high: float) -> float:
    return _smaller(_larger(x, low), high)


clip: Primitive = Primitive(
    "clip",
    _scalar_clip,
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    (
        lambda g, z, x, low, high: chosen(logical_and(less_equal(low, x), less_equal(x, high)), g),
        lambda g, z, x, low, high: chosen(logical_and(less(x, low), less_equal(low, high)), g),
        lambda g, z, x, low, high: chosen(less(high, maximum(x, low)), g),
    ),
    text="np.minimum(np.maximum({0}, {1}), {2})",
    js="clip({0}, {1}, {2})",
    doc="x kept between low and high; derivative 1 at the bounds themselves.",
    samples=(ANY, (-1.5, -1.0), (1.0, 1.5)),
    analytic=False,
    kink=lambda z, x, low, high: logical_or(x == low, x == high),
)


# Shapes -------------------------------------------------------------------------------------------

reshape: Primitive = over_arrays(
    "reshape",
    lambda x, shape: np.asarray(x).reshape(shape),
    lambda g, z, x, shape: reshape(g, shape_of(x)),
    statics=1,
    doc="The same numbers in another shape.",
    text="np.reshape({0}, {1})",
)
transpose: Primitive = over_arrays(
    "transpose",
    lambda x, axes: np.asarray(x).transpose(axes),
    lambda g, z, x, axes: at_once(transpose, g, inverse(axes)),
    statics=1,
    doc="The axes in another order.",
    text="np.transpose({0}, {1})",
)


def _broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    x = np.asarray(x)
    if x.size != 1 or math.prod(shape) > 4096:
        return np.broadcast_to(x, shape)
    # One number over a small array: filled in a tenth of the time that making the view takes.
    filled = np.empty(shape, x.dtype)
    filled.fill(x.item())
    return filled


broadcast_to = over_arrays(
    "broadcast_to",
    _broadcast_to,
    same,
    statics=1,
    doc="x repeated to a shape by NumPy's broadcasting.",
    text="np.broadcast_to({0}, {1})",
)
astype = over_arrays(
    "astype",
    lambda x, dtype: np.asarray(x).astype(dtype),
    same,
    statics=1,
    kind="elementwise",
    doc="x in another floating dtype.",
    analytic=False,
    text="{0}.astype({1})",
    js="{0}",
)
item = over_arrays(
    "item",
    lambda x: np.asarray(x).item(),
    lambda g, z, x: reshape(g, shape_of(x)),
    doc="The one number of an array as a float; of a Tensor as a Value.",
    text="{0}.item()",
)
getitem = over_arrays(
    "getitem",
    lambda x, index: np.asarray(x)[index],
    lambda g, z, x, index: scatter(g, index, shape_of(x)),
    statics=1,
    doc="x[index] with any of NumPy's indices; repeated indices sum their gradients.",
    text="{0}[{1}]",
)


def _scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    if not _may_repeat(index):
        return place(g, index, shape)
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    np.add.at(out, index, g)
    return out


def place(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape with g at an index that names no element twice."""
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    out[index] = g
    return out


def _may_repeat(index: Any) -> bool:
    """Whether an index can name the same element twice: only sequences of ints can."""
    parts = index if isinstance(index, tuple) else (index,)
    basic = int | np.integer | slice | type(None) | type(...)
    return any(not isinstance(part, basic) and np.asarray(part).dtype != np.bool_ for part in parts)


def _picked(g: Any, index: Any) -> Any:
    """g[index]; a plain 0, as in the row of a Jacobian that the number is not in, is nothing."""
    part = getitem(g, index)
    return None if isinstance(part, float) and part == 0.0 else part


scatter: Primitive = over_arrays(
    "scatter",
    _scatter,
    lambda g, z, x, index, shape: _picked(g, index),
    statics=2,
    doc="Zeros of a shape with x added at an index: what getitem's gradient is.",
    text="scatter({0}, {1}, {2})",
)


def _split(wanted: Sequence[bool], g: Any, z: Any, *args: Any) -> list[Any]:
    """The pieces of g along the axis that the operands were joined on."""
    *operands, axis = args
    before = (slice(None),) * axis
    pieces, start = [], 0
    for x in operands:
        stop = start + shape_of(x)[axis]
        pieces.append(getitem(g, (*before, slice(start, stop))))
        start = stop
    return pieces


def _unstack(wanted: Sequence[bool], g: Any, z: Any, *args: Any) -> Sequence[Any]:
    axis = args[-1]
    if not isinstance(g, Node):
        return g.tolist() if g.ndim == 1 else list(np.moveaxis(g, axis, 0))
    before = (slice(None),) * axis
    return [getitem(g, (*before, i)) for i in range(len(args) - 1)]


concatenate = over_arrays(
    "concatenate",
    lambda *args: np.concatenate(args[:-1], axis=args[-1]),
    rule_of_all=_split,
    statics=1,
    doc="Arrays joined along an axis they have.",
    text="np.concatenate([{*}], axis={-1})",
)
stack = over_arrays(
    "stack",
    lambda *args: np.stack(args[:-1], axis=args[-1]),
    rule_of_all=_unstack,
    statics=1,
    doc="Numbers or arrays joined along a new axis.",
    text="np.stack([{*}], axis={-1})",
)

# Reductions: (x, axis, keepdims), the axis a tuple of non-negative ints or None for all -----------


def _reduction(
    name: str, array: Callable[..., Any], rule: Rule, doc: str, **more: Any
) -> Primitive:
    more.setdefault("text", f"np.{name}({{0}}, axis={{1}}, keepdims={{2}})")
    more.setdefault("statics", 2)
    return over_arrays(name, array, rule, kind="reduction", doc=doc, **more)


def _sum(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    # What np.sum calls, in half its time.
    return np.add.reduce(x, axis=axis, keepdims=keepdims)  # type: ignore[call-overload] # any bool


sum = _reduction(
    "sum",
    _sum,
    lambda g, z, x, axis, keepdims: put_back(g, x, axis, keepdims),
    "The sum over axes.",
    js="total({0})",
)


def _mean(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    x = np.asarray(x)
    if x.itemsize < 4 or not x.size:  # float16 is summed in float32
        return np.mean(x, axis=axis, keepdims=keepdims)
    return _sum(x, axis, keepdims) / _count(x, axis)


def _shared(g: Any, n: int) -> Any:
    """g / n. By its reciprocal where float16 could not hold n; nothing is shared among none."""
    return g / (n or 1) if n < 2**15 else g * (1.0 / n)


mean = _reduction(
    "mean",
    _mean,
    lambda g, z, x, axis, keepdims: put_back(_shared(g, _count(x, axis)), x, axis, keepdims),
    "The mean over axes.",
    js="mean({0})",
)


def _extremum(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    hits = equal(x, put_back(z, x, axis, keepdims))
    ties = sum(hits, axis, True)
    # Nothing equals a nan: where one is among the numbers it shows in the gradients of them all.
    others = where(equal(ties, 0.0), math.nan, 0.0)
    return where(hits, put_back(g, x, axis, keepdims) / maximum(ties, 1.0), others)


def _ties(z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return np.sum(x == put_back(z, x, axis, keepdims), axis=axis, keepdims=keepdims) > 1


max = _reduction(
    "max",
    lambda x, axis, keepdims: np.max(x, axis=axis, keepdims=keepdims),
    _extremum,
    "The largest over axes; ties share the gradient equally.",
    js="largest({0})",
    analytic=False,
    kink=_ties,
)
min = _reduction(
    "min",
    lambda x, axis, keepdims: np.min(x, axis=axis, keepdims=keepdims),
    _extremum,
    "The smallest over axes; ties share the gradient equally.",
    js="smallest({0})",
    analytic=False,
    kink=_ties,
)


def _products_of_others(x: Any, axis: int) -> Any:
    """For each number of x the product of all the others along an axis, zeros and all.

    Two scans that double their reach at each step: no division, so zeros do no harm.
    """
    n = shape_of(x)[axis]
    before = (slice(None),) * axis
    ones = np.ones_like(data_of(x))

    def shifted(a: Any, by: int, forwards: bool) -> Any:
        pad = ones[(*before, slice(0, by))]
        kept = slice(0, n - by) if forwards else slice(by, n)
        part = getitem(a, (*before, kept))
        return concatenate(pad, part, axis) if forwards else concatenate(part, pad, axis)

    result: Any = 1.0
    for forwards in (True, False):
        scan, reach = shifted(x, 1, forwards), 1
        while reach < n:
            scan = scan * shifted(scan, reach, forwards)
            reach *= 2
        result = result * scan
    return result


def _prod_rule(g: Any, z: Any, x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    shape = shape_of(x)
    reduced = tuple(range(len(shape))) if axis is None else axis
    if _count(x, axis) == 0 or not reduced:
        return put_back(g, x, axis, keepdims)
    # The reduced axes go last and become one; afterwards each number goes back to its place.
    order = (*(i for i in range(len(shape)) if i not in reduced), *reduced)
    moved = transpose(x, order)
    rows = reshape(moved, (*shape_of(moved)[: len(shape) - len(reduced)], _count(x, reduced)))
    others = reshape(_products_of_others(rows, len(shape) - len(reduced)), shape_of(moved))
    return put_back(g, x, axis, keepdims) * transpose(others, inverse(order))


prod = _reduction(
    "prod",
    lambda x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims),
    _prod_rule,
    "The product over axes; exact gradients at zeros too.",
    js="product({0})",
)


def _floating(x: Any) -> Any:
    """An array of whole numbers or truths as float64, so that none wraps around; others as is."""
    x = np.asarray(x)
    return x.astype(np.float64) if x.dtype.kind in "biu" else x


def _center(x: Any, axis: tuple[int, ...] | None) -> Any:
    """x less its mean. Shifted by one of its numbers first, so that constants give exact zeros."""
    x = _floating(x)
    if x.size == 0:
        return x
    axes = range(x.ndim) if axis is None else axis
    first = x[tuple(slice(0, 1) if i in axes else slice(None) for i in range(x.ndim))]
    with np.errstate(over="ignore"):
        shifted = x - first
        mean = np.mean(shifted, axis=axis, keepdims=True)
    if np.isfinite(mean).all():
        return shifted - mean
    # A difference, or the sum of them, is beyond the largest float: not that of smaller numbers.
    half = np.finfo(x.dtype).maxexp // 2
    shifted = np.ldexp(x, -half) - np.ldexp(first, -half)
    return np.ldexp(shifted - np.mean(shifted, axis=axis, keepdims=True), half)


center: Primitive = over_arrays(
    "center",
    _center,
    lambda g, z, x, axis: center(g, axis),
    statics=1,
    kind="along",
    doc="x less its mean over axes.",
    text="center({0}, {1})",
    js="center({0})",
)


def _widened(x: Any) -> Any:
    """The dtype to add many numbers in: float16 ends at 65504."""
    return np.float32 if x.dtype == np.float16 else x.dtype


def _norm(x: Any, axis: tuple[int, ...] | None, keepdims: bool, n: float = 1.0) -> Any:
    """The root of the sum of squares, divided by n first.

    It is scaled by the largest so that nothing over- or underflows.
    """
    size = np.absolute(x)
    scale = np.max(size, axis=axis, keepdims=True, initial=0.0)
    scale = np.where(np.isfinite(scale) & (scale > 0.0), scale, np.ones_like(scale))
    with np.errstate(over="ignore"):  # beside an inf, where no scale helps and the norm is inf
        squares = np.square(size / scale)
        total = np.sum(squares, axis=axis, keepdims=True, dtype=_widened(squares))
        total = (np.sqrt(total / n) * scale).astype(squares.dtype, copy=False)
    return total if keepdims else np.sum(total, axis=axis)


norm = _reduction(
    "norm",
    _norm,
    lambda g, z, x, axis, keepdims: (
        put_back(g, x, axis, keepdims) * divide_or_zero(x, put_back(z, x, axis, keepdims))
    ),
    "The root of the sum of squares over axes, right from 1e-300 to 1e300; derivative 0 at 0.",
    text="norm({0}, {1}, {2})",
    js="norm({0})",
    analytic=False,
    kink=lambda z, x, axis, keepdims: z == 0,
)


def _degrees(x: Any, axis: tuple[int, ...] | None, ddof: float) -> float:
    """The degrees of freedom that a variance is divided by, 0 at the least."""
    return float(builtins.max(_count(x, axis) - ddof, 0))


def _var(x: Any, axis: Any, keepdims: bool, ddof: float) -> Any:
    squares = np.square(_center(x, axis))
    total = np.sum(squares, axis=axis, keepdims=keepdims, dtype=_widened(squares))
    return np.divide(total, _degrees(x, axis, ddof)).astype(squares.dtype, copy=False)


def _std(x: Any, axis: Any, keepdims: bool, ddof: float) -> Any:
    return _norm(_center(x, axis), axis, keepdims, _degrees(x, axis, ddof))


var = _reduction(
    "var",
    _var,
    lambda g, z, x, axis, keepdims, ddof: (
        put_back(g, x, axis, keepdims) * (2.0 * center(x, axis) / _degrees(x, axis, ddof))
    ),
    "The variance over axes.",
    statics=3,
    text="var({0}, {1}, {2}, {3})",
    js="variance({0}, {1})",
)
std = _reduction(
    "std",
    _std,
    lambda g, z, x, axis, keepdims, ddof: (
        put_back(g, x, axis, keepdims)
        * divide_or_zero(center(x, axis) / _degrees(x, axis, ddof), put_back(z, x, axis, keepdims))
    ),
    "The standard deviation over axes; derivative 0 where all are the same.",
    statics=3,
    text="std({0}, {1}, {2}, {3})",
    js="deviation({0}, {1})",
    analytic=False,
    kink=lambda z, x, axis, keepdims, ddof: z == 0,
)


def _softmax(x: Any, axis: tuple[int, ...] | None) -> Any:
    x = _floating(x)
    with np.errstate(over="ignore", under="ignore"):
        t = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return _parts(t, axis)


def _parts(t: Any, axis: tuple[int, ...] | None) -> Any:
    """What share of their sum each number is."""
    total = np.sum(t, axis=axis, keepdims=True, dtype=_widened(t))
    return (t / total).astype(t.dtype, copy=False)


def _from_top(x: Any, axis: tuple[int, ...] | None) -> tuple[Any, Any]:
    """exp(x - top), and as top the largest x, or the finite number next to it."""
    x = _floating(x)
    largest = np.finfo(x.dtype).max
    top = np.max(x, axis=axis, keepdims=True, initial=-largest)
    top = np.minimum(top, largest)
    return np.exp(x - top), top


def _logsumexp(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        t, top = _from_top(x, axis)
        # The largest are counted apart: beside their 1s small ones would be lost.
        tops = np.equal(x, top)
        rest = np.sum(np.where(tops, 0.0, t), axis=axis, keepdims=True, dtype=_widened(t))
        more = np.sum(tops, axis=axis, keepdims=True, dtype=_widened(t)) - 1.0
        total = (np.log1p(rest + more) + top).astype(t.dtype, copy=False)
    return total if keepdims else np.sum(total, axis=axis)


def _weights(x: Any, axis: tuple[int, ...] | None) -> Any:
    with np.errstate(over="ignore"):
        t, _ = _from_top(x, axis)
    return _parts(t, axis)


logsumexp = _reduction(
    "logsumexp",
    _logsumexp,
    lambda g, z, x, axis, keepdims: put_back(g, x, axis, keepdims) * weights(x, axis),
    "log(sum(exp(x))) over axes, exact and quiet for any finite x.",
    text="logsumexp({0}, {1}, {2})",
    js="logsumexp({0})",
    analytic=False,
)


def _softmax_rule(g: Any, z: Any, x: Any, axis: tuple[int, ...] | None) -> Any:
    return z * (g - broadcast_to(sum(g * z, axis, True), shape_of(x)))


softmax = over_arrays(
    "softmax",
    _softmax,
    _softmax_rule,
    statics=1,
    kind="along",
    doc="exp(x) / sum(exp(x)) over axes, exact and quiet for any finite x.",
    text="softmax({0}, {1})",
    js="softmax({0})",
    analytic=False,
)
weights: Primitive = over_arrays(
    "weights",
    _weights,
    _softmax_rule,
    statics=1,
    kind="along",
    doc="softmax, but 0 for what is finite beside an inf: what each number weighs in logsumexp.",
    text="weights({0}, {1})",
    js="weights({0})",
    analytic=False,
)


def _reversed(x: Any, axis: int) -> Any:
    return getitem(x, (*(slice(None),) * axis, slice(None, None, -1)))


cumsum: Primitive = over_arrays(
    "cumsum",
    lambda x, axis: np.cumsum(x, axis=axis),
    lambda g, z, x, axis: _reversed(cumsum(_reversed(g, axis), axis), axis),
    statics=1,
    doc="The running sum along an axis.",
    text="np.cumsum({0}, axis={1})",
    js="cumsum({0})",
)

# Products of arrays -------------------------------------------------------------------------------


def _swapped(x: Any) -> Any:
    """x with its last two axes exchanged."""
    if x.__class__ is np.ndarray:
        return x.swapaxes(-1, -2)
    n = len(shape_of(x))
    return transpose(x, (*range(n - 2), n - 1, n - 2))


def _as_row(x: Any) -> Any:
    return reshape(x, (1, *shape_of(x)))


def _as_column(x: Any) -> Any:
    return reshape(x, (*shape_of(x), 1))


def _matmul_dx(g: Any, z: Any, x: Any, y: Any) -> Any:
    """g y^T, with vectors seen as the row (left) or column (right) that NumPy takes them for."""
    vector_x, vector_y = data_of(x).ndim == 1, data_of(y).ndim == 1
    if vector_x and vector_y:
        return g * y
    if vector_y:
        return matmul(_as_column(g), _as_row(y))
    if vector_x:
        return _row_of(matmul(_as_row_matrix(g), _swapped(y)))
    return _product(g, _swapped(y))


def _matmul_dy(g: Any, z: Any, x: Any, y: Any) -> Any:
    """x^T g, likewise."""
    vector_x, vector_y = data_of(x).ndim == 1, data_of(y).ndim == 1
    if vector_x and vector_y:
        return g * x
    if vector_x:
        return matmul(_as_column(x), _as_row_matrix(g))
    if vector_y:
        return _column_of(matmul(_swapped(x), _as_column(g)))
    return _product(_swapped(x), g)


def _product(x: Any, y: Any) -> Any:
    """x @ y; of plain arrays at once (see `at_once`)."""
    return np.matmul(x, y) if x.__class__ is np.ndarray is y.__class__ else matmul(x, y)


def _as_row_matrix(g: Any) -> Any:
    """(..., n) as (..., 1, n)."""
    *before, n = shape_of(g)
    return reshape(g, (*before, 1, n))


def _row_of(g: Any) -> Any:
    """(..., 1, n) as (..., n)."""
    *before, _, n = shape_of(g)
    return reshape(g, (*before, n))


def _column_of(g: Any) -> Any:
    """(..., n, 1) as (..., n)."""
    return reshape(g, shape_of(g)[:-1])


matmul = over_arrays(
    "matmul",
    np.matmul,
    _matmul_dx,
    _matmul_dy,
    symbol="@",
    kind="product",
    doc="The matrix product x @ y.",
    needs="the last axis of x as long as the last but one of y (a number takes * instead)",
    text="({0} @ {1})",
)


def _einsum(*args: Any) -> Any:
    """All in the dtype of the result: NumPy contracts small constants in their own, and wraps."""
    *operands, subscripts = args
    dtype = np.result_type(*map(np.asarray, operands))
    arrays = [np.asarray(x, dtype) for x in operands]
    return np.einsum(subscripts, *arrays, optimize=len(arrays) > 1)


def _einsum_rule(wanted: Sequence[bool], g: Any, z: Any, *args: Any) -> list[Any]:
    """Each operand's cotangent: the einsum of g with the other operands, onto its own letters.

    Along letters that no other operand has, or has of length 1 alone, the cotangent is the same for
    all: ones stand in for them.
    """
    *operands, subscripts = args
    inputs, output = subscripts.split("->")
    letters = inputs.split(",")
    result: list[Any] = [None] * len(operands)
    for i, own in enumerate(letters):
        if not wanted[i]:
            continue
        others = [
            (text, x) for j, (text, x) in enumerate(zip(letters, operands, strict=True)) if j != i
        ]
        sources = [(output, g), *others]
        known = {c for text, x in sources for c, n in zip(text, shape_of(x), strict=True) if n > 1}
        lengths = zip(own, shape_of(operands[i]), strict=True)
        sources += [(c, np.ones(n)) for c, n in lengths if c not in known]
        texts, values = zip(*sources, strict=True)
        result[i] = einsum(*values, f"{','.join(texts)}->{own}")
    return result


einsum = over_arrays(
    "einsum",
    _einsum,
    rule_of_all=_einsum_rule,
    statics=1,
    kind="product",
    doc="Einstein summation; the subscripts come last here, spelt out and without repeats.",
    text="np.einsum({-1}, {*}, optimize=True)",
)

__all__ = [name for name, op in TABLE.items() if op.scalar and op.records]
"""What a user calls as it stands; ops on arrays get NumPy's signatures in `functions.py`."""
