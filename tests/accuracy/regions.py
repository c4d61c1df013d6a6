"""Where each op's accuracy is measured: ordinary operands, and the hard ones.

Elementwise ops get intervals for each operand, ops on arrays whole arrays with parameters. Numbers
are drawn with a seed that depends on the op's name alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.support.array_cases import CASES

Draw = Callable[[np.random.Generator, int], Any]
"""Gives so many numbers for one operand."""


@dataclass(frozen=True)
class Near:
    """``center`` plus or minus 10**low to 10**high, evenly in the exponent."""

    center: float
    low: float
    high: float
    sides: str = "±"

    def __call__(self, rng: np.random.Generator, count: int) -> Any:
        distance = 10.0 ** rng.uniform(self.low, self.high, count)
        signs = {"+": 1.0, "-": -1.0, "±": rng.choice([-1.0, 1.0], count)}[self.sides]
        return self.center + signs * distance

    def __str__(self) -> str:
        if not self.center and self.sides == "-":
            return f"-1e{self.high:g}..-1e{self.low:g}"
        center = f"{self.center:g} " if self.center else ""
        sign = "" if not self.center and self.sides == "+" else self.sides
        return f"{center}{sign}1e{self.low:g}..1e{self.high:g}"


@dataclass(frozen=True)
class Between:
    """Evenly from ``low`` to ``high``; in steps of ``step`` where it is given."""

    low: float
    high: float
    step: float = 0.0

    def __call__(self, rng: np.random.Generator, count: int) -> Any:
        x = rng.uniform(self.low, self.high, count)
        return np.round(x / self.step) * self.step if self.step else x

    def __str__(self) -> str:
        steps = f" in steps of {self.step:g}" if self.step else ""
        return f"{self.low:g}..{self.high:g}{steps}"


@dataclass(frozen=True)
class Fixed:
    """A constant, no operand to differentiate by."""

    value: float

    def __call__(self, rng: np.random.Generator, count: int) -> Any:
        return self.value

    def __str__(self) -> str:
        return f"{self.value:g}"


SMALL = Near(0, -30, 0)
ALL = Near(0, -300, 300)
POSITIVE = Near(0, -300, 300, "+")
MIDDLE = Near(0, -3, 3)
INSIDE_ONE = Near(0, -30, -0.01)
AROUND_ONE = Near(1, -16, -1)

ELEMENTWISE: dict[str, list[tuple[Draw, ...]]] = {
    "add": [(MIDDLE, MIDDLE), (ALL, ALL)],
    "subtract": [(MIDDLE, MIDDLE), (AROUND_ONE, AROUND_ONE)],
    "multiply": [(MIDDLE, MIDDLE), (Near(0, -150, 150), Near(0, -150, 150))],
    "divide": [(MIDDLE, MIDDLE), (Near(0, -150, 150), Near(0, -150, 150))],
    "remainder": [(MIDDLE, MIDDLE), (Near(0, -150, -140), MIDDLE)],
    "positive": [(ALL,)],
    "negative": [(ALL,)],
    "pow": [
        (Near(0, -3, 3, "+"), Between(-50, 50)),
        (POSITIVE, Between(-1, 1)),
        (Near(0, -50, 50, "+"), Between(0.5, 5, 0.5)),
        (Near(0, -50, 50, "+"), Between(-5, -0.5, 0.5)),
        (Near(1, -10, -1), Near(0, 0, 3)),
        (Near(0, -3, 3, "+"), Near(0, -20, 0)),
        *((Near(0, -30, 30, "+"), Fixed(n)) for n in (0.1, 0.5, 2.3, -0.7, -3.0)),
        (Near(0, -30, 30), Fixed(3.0)),
    ],
    "square": [(Near(0, -150, 150),)],
    "reciprocal": [(Near(0, -150, 150),)],
    "sqrt": [(POSITIVE,)],
    "sign": [(ALL,)],
    "abs": [(ALL,)],
    "exp": [(SMALL,), (Between(-740, 709),)],
    "expm1": [(SMALL,), (Between(-740, 709),)],
    "log": [(POSITIVE,), (AROUND_ONE,)],
    "log1p": [(INSIDE_ONE,), (POSITIVE,), (Near(-1, -16, -1, "+"),)],
    "sin": [(SMALL,), (Between(-100, 100),), (Near(0, 2, 6),)],
    "cos": [(SMALL,), (Between(-100, 100),), (Near(0, 2, 6),)],
    "tan": [(SMALL,), (Between(-100, 100),), (Near(np.pi / 2, -15, -1),)],
    "arcsin": [(INSIDE_ONE,), (Near(1, -16, -1, "-"),), (Near(-1, -16, -1, "+"),)],
    "arccos": [(INSIDE_ONE,), (Near(1, -16, -1, "-"),), (Near(-1, -16, -1, "+"),)],
    "semicircle": [(INSIDE_ONE,), (Near(1, -16, -1, "-"),), (Near(-1, -16, -1, "+"),)],
    "arctan": [(ALL,), (MIDDLE,)],
    "sinh": [(SMALL,), (Between(-710, 710),)],
    "cosh": [(SMALL,), (Between(-710, 710),)],
    "tanh": [(SMALL,), (Between(-3, 3),), (Between(-370, 370),)],
    "sech2": [(SMALL,), (Between(-740, 740),)],
    "direction": [(MIDDLE, MIDDLE), (Near(0, -150, 150), Near(0, -150, 150))],
    "hypot": [(MIDDLE, MIDDLE), (ALL, ALL), (Near(0, -300, -299), Near(0, -300, -299))],
    "arctan2": [(MIDDLE, MIDDLE), (Near(0, -150, 150), Near(0, -150, 150))],
    "gaussian": [(SMALL,), (Between(-27, 27),)],
    "erf": [(SMALL,), (Between(-27, 27),)],
    "sigmoid": [(SMALL,), (Between(-40, 40),), (Between(-740, 740),)],
    "softplus": [(SMALL,), (Between(-40, 40),), (Between(-740, 740),), (ALL,)],
    "log_sigmoid": [(SMALL,), (Between(-40, 40),), (Between(-740, 740),), (ALL,)],
    "relu": [(ALL,)],
    "maximum": [(ALL, ALL)],
    "minimum": [(ALL, ALL)],
    "where": [(Between(0, 1, 1), ALL, ALL)],
    "clip": [(MIDDLE, Near(0, -1, 1, "-"), Near(0, -1, 1, "+"))],
}


@dataclass(frozen=True)
class Whole:
    """Operands and parameters of an op on arrays; ``text`` says what is hard about them."""

    op: str
    text: str
    arrays: tuple[Any, ...]
    statics: tuple[Any, ...]


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def _hard_arrays() -> list[Whole]:
    rng = _rng("arrays")
    normal = rng.standard_normal
    scales = [1e-300, 1e-160, 1e160, 1e300]
    with_zeros = np.array([[2.0, 0.0, 5.0], [0.0, 3.0, 0.0], [1.5, -2.5, 0.3]])
    cases = [
        Whole("sum", "2,000 numbers", (normal(2000),), (None, False)),
        Whole("sum", "cancelling", (np.array([1e10, 1.0, -1e10, 1e-6, 3.3]),), (None, False)),
        Whole("sum", "columns of 1,000", (normal((1000, 3)),), ((0,), False)),
        Whole("mean", "2,000 numbers", (1.0 + rng.random(2000),), (None, False)),
        Whole("mean", "columns of 1,000", (normal((1000, 3)),), ((0,), False)),
        Whole("prod", "with zeros", (with_zeros,), ((1,), False)),
        Whole("prod", "50 numbers", (0.5 + rng.random(50),), (None, False)),
        Whole("prod", "huge and tiny", (np.array([1e100, 1e-200, 1e100, 3.0]),), (None, False)),
        Whole("cumsum", "1,000 numbers", (normal(1000),), (0,)),
        Whole("var", "about 1e8", (1e8 + normal(20),), (None, False, 1)),
        Whole("var", "2,000 numbers", (3.0 + normal(2000),), (None, False, 0)),
        Whole("std", "about 1e8", (1e8 + normal(20),), (None, False, 1)),
        Whole("std", "2,000 numbers", (3.0 + normal(2000),), (None, False, 0)),
        Whole("center", "about 1e8", (1e8 + normal(20),), (None,)),
        Whole("norm", "2,000 numbers", (normal(2000),), (None, False)),
        Whole("norm", "1e-300 beside 1e300", (np.array([3e-300, 1e300, -2e299]),), (None, False)),
        Whole("logsumexp", "close to 0", (np.array([0.0, -40.0, -41.5]),), (None, False)),
        Whole("logsumexp", "close to 0", (np.array([-0.7, -0.69, -38.0]),), (None, False)),
        Whole("logsumexp", "ties", (np.array([2.5, 2.5, -1.0, 2.5]),), (None, False)),
        Whole("logsumexp", "2,000 numbers", (3.0 * normal(2000),), (None, False)),
        Whole("softmax", "-700..700", (rng.uniform(-700, 700, (4, 6)),), ((1,),)),
        Whole("softmax", "1,000 numbers", (3.0 * normal(1000),), (None,)),
        Whole("matmul", "rows of 1,000", (normal((3, 1000)), normal((1000, 2))), ()),
        Whole("einsum", "rows of 1,000", (normal((3, 1000)), normal((3, 1000))), ("ij,kj->ik",)),
    ]
    for scale in scales:
        numbers = (scale * normal(12),)
        cases.append(Whole("norm", f"{scale:g}", numbers, (None, False)))
        cases.append(Whole("std", f"{scale:g}", numbers, (None, False, 0)))
        cases.append(Whole("mean", f"{scale:g}", numbers, (None, False)))
        cases.append(Whole("logsumexp", f"{scale:g}", numbers, (None, False)))
        cases.append(Whole("softmax", f"{scale:g}", numbers, (None,)))
    return cases


ARRAYS: list[Whole] = [
    *(Whole(case.op, "small", case.arrays, case.statics) for case in CASES),
    *_hard_arrays(),
]


def drawn(name: str, operands: tuple[Draw, ...], count: int) -> list[Any]:
    """Operands of an elementwise op from one of its regions, the same at each run."""
    rng = _rng(f"{name}{operands}")
    return [draw(rng, count) for draw in operands]
