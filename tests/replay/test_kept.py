"""Kept: what results hold besides numbers is the same for ever, or refused."""

import math
from datetime import date
from enum import Enum
from typing import Any

import numpy as np
import pytest

import autograd_mini as am


class Color(Enum):
    RED = 1


def closure(x: Any) -> Any:
    return lambda: x


class Box:
    def __init__(self, x: Any) -> None:
        self.x = x


@pytest.mark.parametrize(
    ("f", "kind"),
    [
        (lambda x: {x * 2}, "set"),
        (lambda x: [x, Box(x)], "Box"),
        (lambda x: {"a": closure(x)}, "function"),
        (lambda x: (v for v in [x]), "generator"),
        (lambda x: {x: 1.0}, "Value"),
        (lambda x: {(1, x): 1.0}, "tuple"),
        (lambda x: frozenset({x}), "frozenset"),
        (lambda x: bytearray(b"a"), "bytearray"),
    ],
)
def test_what_a_function_makes_anew_is_refused_unless_it_is_of_numbers(f: Any, kind: str) -> None:
    step = am.compile(f)
    for _ in range(2):
        with pytest.raises(am.TraceError, match=f"gave a {kind}, .*return numbers and arrays"):
            step(2.0)
    assert not step.recordings


def test_what_is_the_same_for_ever_may_be_given() -> None:
    box, given = Box(1.0), Box(2.0)
    constants = [None, b"b", int, np.dtype("f4"), date(2020, 1, 1), Color.RED, range(3), ...,
                 math, len, am.tanh, am.sum, frozenset({1, ("a", None)})]  # fmt: skip
    step = am.compile(lambda x, more: [x, constants[:], [box], more])
    step(1.0, given)
    assert step(2.0, given) == [2.0, constants, [box], given]
    assert len(step.recordings) == 1
