"""numeric_grad: derivatives of a function from its values alone, by four methods."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np

from ..errors import GradientError, InputError
from ..node import Node, refuse_for_others
from .line import At, Line, coordinates, like, numbers, one_number, precision, real
from .slope import Slope, power_of_two

SMALLEST = sys.float_info.min
"""Steps that go by smaller numbers than this would be lost in the gap around zero."""


def numeric_grad(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | tuple[int, ...] = 0,
    method: str = "richardson",
    step: float | None = None,
    with_error: bool = False,
) -> Any:
    """The derivative of ``f(*args)``, one number, by an argument, without any derivative rule.

    ``f`` gets each argument as the kind it is here, a float, an array or a node, and may return a
    number, an array of one or a node. The derivative has the argument's shape and floating dtype;
    it is a tuple of them when ``argnums``, which argument, is a tuple. ``method`` is one of

    - "forward": (f(x + h) - f(x)) / h, as one nudges by hand;
    - "central": (f(x + h) - f(x - h)) / 2h, whose error falls with h**2;
    - "complex": the imaginary part of f(x + ih) / h, right to the last digits; ``f`` has to take
      complex numbers and to be analytic (no abs, maximum, where, no order of numbers, no nodes);
    - "richardson": central differences of several steps extrapolated to h = 0, one-sided at the
      edge of the domain; ``with_error=True`` gives (derivative, how far off it may be).

    ``step`` is h; without it one is chosen for the size and precision of each number.

    Raises `GradientError` where ``f`` does not return one number or the method does not suit it,
    `OperandError` and `InputError` for arguments that cannot be used, `TraceError` in a function
    that is recorded for other numbers (`compile`, `vmap`), and what ``f`` raises.

    >>> import autograd_mini as am
    >>> round(am.numeric_grad(lambda a: a**3, 2.0), 9)
    12.0
    >>> round(am.numeric_grad(lambda a: a**3, 2.0, method="forward", step=0.001), 9)
    12.006001
    >>> am.numeric_grad(lambda x, y: am.exp(x) * y, 0.0, 2.0, argnums=(0, 1), method="complex")
    (2.0, 1.0)
    """
    refuse_for_others("numeric_grad")
    if not callable(f):
        raise InputError(
            f"numeric_grad takes a function, not a {type(f).__name__}; "
            "for a recorded graph write am.gradcheck(J)"
        )
    if method not in METHODS:
        raise InputError(f"method={method!r} is not one of {', '.join(METHODS)}")
    if with_error and method != "richardson":
        raise InputError(f"method={method!r} does not estimate its error; 'richardson' does")
    if step is not None and not SMALLEST < step < math.inf:
        raise InputError(f"step={step} must be a positive number")
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    for i in wanted:
        if not isinstance(i, int) or not -len(args) <= i < len(args):
            raise InputError(f"argnums={argnums} is not the place of one of {len(args)} arguments")
    found = [_derivative(f, args, i % len(args), METHODS[method], step) for i in wanted]
    answers = [answer if with_error else answer[0] for answer in found]
    return tuple(answers) if isinstance(argnums, tuple) else answers[0]


Method = Callable[[At, Line, float, float, "float | None"], Slope]
"""The slope along a line of a function that has ``value``, known to ``eps``, where it begins."""


def _derivative(
    f: Callable[..., Any], args: tuple[Any, ...], i: int, method: Method, step: float | None
) -> tuple[Any, Any]:
    """The derivative by argument i, number by number, and how far off it may be."""

    def at(point: Any) -> Any:
        result = f(*args[:i], like(args[i], point), *args[i + 1 :])
        return result.data if isinstance(result, Node) else result

    data = numbers(args[i])
    result = at(copy(data))
    eps = precision(data, result)
    slopes = [method(at, line, real(result), eps, step) for line in coordinates(data)]

    def shaped(values: list[float]) -> Any:
        if isinstance(data, float):
            return values[0]
        array = np.array(values, data.dtype).reshape(data.shape)
        return array[()] if isinstance(args[i], np.generic) else array

    return shaped([s.value for s in slopes]), shaped([s.error for s in slopes])


def _scale(line: Line) -> float:
    return max(abs(line.x), SMALLEST) if line.x else 1.0


def _forward(at: At, line: Line, value: float, eps: float, step: float | None) -> Slope:
    h = step or power_of_two(_scale(line), math.log2(eps) / 2)
    return Slope((real(at(line.point(h))) - value) / h)


def _central(at: At, line: Line, value: float, eps: float, step: float | None) -> Slope:
    h = step or power_of_two(_scale(line), math.log2(eps) / 3)
    return Slope((real(at(line.point(h))) - real(at(line.point(-h)))) / (2 * h))


def _richardson(at: At, line: Line, value: float, eps: float, step: float | None) -> Slope:
    return line.slope(at, value, eps, eps / 2 * abs(value), eps, step)


def _complex(at: At, line: Line, value: float, eps: float, step: float | None) -> Slope:
    """The complex step, held against differences: an np.abs would make it silently wrong."""
    scale = _scale(line)
    h = step or power_of_two(scale, -70 if scale > 1e-270 else -20)
    try:
        found = one_number(at(line.point(1j * h))).imag / h
    except (TypeError, AttributeError) as error:
        raise GradientError(
            "method='complex' calls the function with plain complex numbers, which it does not "
            f"take ({error}); use method='richardson'"
        ) from error
    real_slope = _richardson(at, line, value, eps, None)
    allowed = math.sqrt(eps) * max(abs(found), abs(real_slope.value)) + 3 * real_slope.error
    if abs(found - real_slope.value) > allowed:
        raise GradientError(
            f"method='complex' gives {found:.8g}, but differences of real numbers give "
            f"{real_slope.value:.8g} ± {real_slope.error:.1g}: something in the function is not "
            "analytic, such as np.abs or .real, which drop the imaginary part; use "
            "method='richardson'"
        )
    return Slope(found)


METHODS: dict[str, Method] = {
    "forward": _forward,
    "central": _central,
    "complex": _complex,
    "richardson": _richardson,
}
