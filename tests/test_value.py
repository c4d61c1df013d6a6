"""Value: what it is made of, Python's operators on it, and the errors of floats by name."""

import copy
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd_mini as am


class Celsius(float):
    """A float of its own kind."""


@pytest.mark.parametrize(
    "x",
    [
        3,
        3.0,
        True,
        np.float64(3),
        np.float32(3),
        np.int8(3),
        Fraction(6, 2),
        Celsius(3),
    ],
)
def test_real_numbers_become_floats(x: Any) -> None:
    v = am.Value(x)
    assert type(v.data) is float
    assert v.data == float(x)
    a = am.Value(2.0)
    for result, expected in [(a * x, 2 * float(x)), (x - a, float(x) - 2), (a**x, 2.0 ** float(x))]:
        assert type(result) is am.Value
        assert type(result.data) is float
        assert result.data == expected
        result.backward()
        assert type(a.grad) is float


@pytest.mark.parametrize("x", [1j, np.complex64(1), "3", None, [1.0], np.ones(2), object()])
def test_other_things_are_refused(x: Any) -> None:
    with pytest.raises(am.OperandError, match="one real number"):
        am.Value(x)


def test_a_0_d_array_is_a_number_to_make_a_value_of() -> None:
    assert am.Value(np.array(3)).data == 3.0


HUGE = {"int": 10**400, "past the digits Python prints": -(10**5000), "fraction": Fraction(10**400)}


@pytest.mark.parametrize("huge", HUGE.values(), ids=HUGE.keys())
def test_numbers_too_large_for_a_float_are_named(huge: Any) -> None:
    a = am.Value(2.0)
    with pytest.raises(am.RangeError):
        am.Value(huge)
    for apply in (
        lambda: a * huge,
        lambda: huge - a,
        lambda: am.add(a, huge),
        lambda: am.exp(huge),
    ):
        with pytest.raises(am.RangeError) as caught:
            apply()
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
@pytest.mark.parametrize("kind", [am.Value, am.Tensor])
def test_copies_of_leaves(duplicate: Any, kind: Any) -> None:
    a = kind(2.0, "a")
    b = duplicate(a)
    assert (type(b), b.data, b.label, b.op, b.args, b.parents) == (kind, 2.0, "a", None, (), ())
    (b * b).backward()
    assert b.grad == 4.0
    assert a.grad is None


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_results_are_not_copied(duplicate: Any) -> None:
    with pytest.raises(am.AutogradError, match=r"am\.detach"):
        duplicate(am.Value(2.0, "a") * 3.0)
