"""What each elementwise op means, written with mpmath: independent of the package, to 50 digits.

An op that is not here is tested against NumPy's function of the same name and numeric derivatives;
a line here makes its test exact.
"""

from collections.abc import Callable
from typing import Any

from mpmath import mp

DIGITS = 50


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _clip(x: Any, low: Any, high: Any) -> Any:
    return low if x < low else high if x > high else x


DEFINITIONS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "positive": lambda x: x,
    "remainder": lambda x, y: x - mp.floor(x / y) * y,
    "negative": lambda x: -x,
    "pow": lambda x, y: mp.power(x, y),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sqrt": mp.sqrt,
    "sign": mp.sign,
    "abs": mp.fabs,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": lambda x: mp.log(1 + x),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "semicircle": lambda x: mp.sqrt(1 - x * x),
    "arctan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech2": lambda x: mp.sech(x) ** 2,
    "direction": lambda x, y: x / mp.sqrt(x * x + y * y),
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "arctan2": mp.atan2,
    "gaussian": lambda x: mp.exp(-x * x),
    "erf": mp.erf,
    "sigmoid": _sigmoid,
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "log_sigmoid": lambda x: mp.log(_sigmoid(x)),
    "relu": lambda x: x if x > 0 else mp.zero,
    "maximum": lambda x, y: x if x > y else y,
    "minimum": lambda x, y: x if x < y else y,
    "where": lambda condition, x, y: x if condition else y,
    "clip": _clip,
}
