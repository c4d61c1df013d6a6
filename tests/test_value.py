"""Value: what it is made of, Python's operators on it, and the errors of floats by name."""

import copy
import math
import operator
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


# Operators ----------------------------------------------------------------------------------------


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
@settings(deadline=None, max_examples=100)
def test_operators_are_python_s(x: float, y: float) -> None:
    a, b = am.Value(x), am.Value(y)
    for combine, dx, dy in [
        (operator.add, 1.0, 1.0),
        (operator.sub, 1.0, -1.0),
        (operator.mul, y, x),
    ]:
        for J in (combine(a, b), combine(x, b), combine(a, y)):
            assert J.data == combine(x, y)
        combine(a, b).backward()
        assert (a.grad, b.grad) == (dx, dy)
    for compare in COMPARE:
        assert compare(a, b) is compare(a, y) is compare(x, b) is compare(x, y)


COMPARE = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("compare", COMPARE)
@pytest.mark.parametrize("y", [2, 2.0, True, Fraction(2), np.array([1.0, 2.0]), [1.0, 2.0]])
def test_comparisons_with_other_numbers(compare: Any, y: Any) -> None:
    result, expected = compare(am.Value(2.0), y), compare(2.0, np.asarray(y, dtype=float))
    np.testing.assert_array_equal(result, expected)
    assert type(result) is (np.ndarray if np.ndim(y) else bool)


@pytest.mark.parametrize("compare", COMPARE)
@pytest.mark.parametrize("y", [np.float64(2), np.float32(1), np.int64(3)])
def test_comparisons_with_numpy_s_numbers_give_plain_bools(compare: Any, y: Any) -> None:
    assert compare(am.Value(2.0), y) is compare(2.0, float(y))
    # NumPy's own comparison comes first here, and makes a NumPy truth of our bool.
    assert bool(compare(y, am.Value(2.0))) is compare(float(y), 2.0)


def test_reflected_operators() -> None:
    a = am.Value(4.0, "a")
    cases = [
        (3 + a, 7.0, 1.0),
        (3 - a, -1.0, -1.0),
        (3 * a, 12.0, 3.0),
        (3 / a, 0.75, -3 / 16),
        (2**a, 16.0, 16.0 * math.log(2.0)),
        (a**2, 16.0, 8.0),
        (a**a, 256.0, 256.0 * (math.log(4.0) + 1.0)),
        (-a, -4.0, -1.0),
        (+a, 4.0, 1.0),
        (abs(-a), 4.0, 1.0),
    ]
    for J, value, slope in cases:
        J.backward()
        assert J.data == pytest.approx(value, rel=1e-15)
        assert a.grad == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize(("x", "y"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (4.0, 2.0), (0.0, 3.0)])
@pytest.mark.parametrize("kind", [am.Value, am.Tensor])
def test_whole_parts_and_remainders(kind: Any, x: float, y: float) -> None:
    for a, b in [(kind(x), kind(y)), (x, kind(y)), (kind(x), y)]:
        rest, times = a % b, a // b
        assert type(rest) is kind
        assert type(times) is (float if kind is am.Value else np.float64)
        assert (rest.data, times) == (x % y, x // y)
        assert [am.detach(part) for part in divmod(a, b)] == [times, rest.data]
        rest.backward()
        assert isinstance(a, float) or a.grad == 1.0
        assert isinstance(b, float) or b.grad == -(x // y)


@pytest.mark.parametrize(
    ("x", "y", "rest", "slope"),
    [
        (5.0, math.inf, 5.0, 0.0),
        (-5.0, math.inf, math.inf, 1.0),
        (-1e-20, 1.0, 1.0, 1.0),
        (1.0, 0.1, 1.0 % 0.1, -9.0),
    ],
)
def test_remainders_at_the_edges(x: float, y: float, rest: float, slope: float) -> None:
    for kind in (am.Value, am.Tensor):
        a, b = kind(x), kind(y)
        J = a % b
        J.backward()
        assert (J.data, a.grad, b.grad) == (rest, 1.0, slope)


def test_round_gives_plain_numbers() -> None:
    assert (round(am.Value(2.5)), round(am.Value(2.567), 2)) == (2, 2.57)
    assert type(round(am.Value(2.5))) is int
    rounded = round(am.Tensor([2.5, 0.123]), 1)
    assert type(rounded) is np.ndarray
    np.testing.assert_array_equal(rounded, [2.5, 0.1])


def test_augmented_assignment_records_anew() -> None:
    a = b = am.Value(3.0)
    b += 1
    b *= a
    b -= 2.0
    b /= a
    b **= 2
    assert a.data == 3.0
    b.backward()
    assert a.grad == pytest.approx(2 * (10 / 3) * (1 + 2 / 9))


def test_python_s_own_functions() -> None:
    values = [am.Value(x) for x in (2.0, 1.0, 3.0)]
    assert [v.data for v in sorted(values)] == [1.0, 2.0, 3.0]
    assert max(values) is values[2]
    total = sum(values)
    total.backward()
    assert (total.data, values[0].grad) == (6.0, 1.0)
    assert math.floor(values[0] + 0.5) == 2
    assert values[0] in values


@pytest.mark.parametrize(
    ("v", "expected"),
    [
        (am.Value(5, "a"), "Value(5.0, 'a')"),
        (am.Value(0.1), "Value(0.1)"),
        (am.Value(math.nan), "Value(nan)"),
        (am.Value(1, ""), "Value(1.0)"),
        (am.Value(1, "'\n"), 'Value(1.0, "\'\\n")'),
    ],
)
def test_repr(v: Any, expected: str) -> None:
    assert repr(v) == str(v) == f"{v}" == expected


def test_what_is_written_into_an_array_is_a_number() -> None:
    A = np.zeros(2)
    A[0] = am.Value(3.0) * 2.0
    assert A[0] == 6.0


# Data assigned anew -------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [np.float64(3), np.float32(3), 3, np.int8(3), Fraction(3), True + 2])
def test_assigned_data_becomes_a_float(x: Any) -> None:
    def assigned() -> am.Value:
        v = am.Value(1.0, "v")
        v.data = x
        return v

    for use in (
        lambda v: v * v,
        lambda v: v**2,
        lambda v: 9 / (3 / v) ** -1,
        lambda v: am.square(v),
        lambda v: am.maximum(v, 0.0) * 3.0,
        lambda v: am.sum(v) * v,
    ):
        v = assigned()
        J = use(v)
        assert (type(J), type(J.data), J.data) == (am.Value, float, 9.0)
        J.backward()
        assert type(v.grad) is float
        found = am.gradient(use(v), v)
        assert (type(found), type(found.data)) == (am.Value, float)
    kept = am.detach(assigned())
    assert (type(kept), type(kept.data), kept.data) == (am.Value, float, 3.0)
    assert repr(assigned()) == "Value(3.0, 'v')"
    for compare in COMPARE:
        assert compare(assigned(), 3.0) is compare(assigned(), am.Value(3.0)) is compare(3.0, 3.0)
    v = assigned()
    v.backward()
    assert v.grad == 1.0
    assert am.gradient(am.Value(2.0), assigned()).data == 0.0


def test_a_step_of_descent_with_numpy_s_numbers() -> None:
    w = am.Value(2.0, "w")
    for _ in range(3):
        J = (w - 1.0) ** 2
        J.backward()
        w.data -= np.float64(0.25) * w.grad
        assert type(w.grad) is float
    assert w.data == 1.125


def test_data_assigned_after_it_was_recorded_has_a_gradient_of_its_kind() -> None:
    v = am.Value(2.0)
    J = v * v
    v.data = np.float64(3.0)
    J.backward()
    assert (type(v.grad), v.grad) == (float, 6.0)


def test_assigned_numbers_raise_as_floats_do() -> None:
    zero, huge = am.Value(1.0, "zero"), am.Value(1.0, "huge")
    for use, error in [
        (lambda: 1 / zero, am.DivisionError),
        (lambda: huge / zero, am.DivisionError),
        (lambda: am.log(zero), am.DomainError),
        (lambda: huge**3, am.RangeError),
        (lambda: am.exp(huge), am.RangeError),
    ]:
        zero.data, huge.data = np.float64(0.0), np.float64(1e200)
        with pytest.raises(error, match=r"zero = 0\.0|huge = 1e\+200"):
            use()


@pytest.mark.parametrize("x", [10**5, 10**6])
def test_whole_numbers_assigned_are_not_raised_to_each_other_in_full(x: int) -> None:
    v = am.Value(1.0, "v")
    v.data = x
    with pytest.raises(am.RangeError):
        v**v


NO_NUMBERS: list[Any] = [None, "2", [1.0], np.ones(2), 1j, am.Value(2.0), 10**400]


@pytest.mark.parametrize("x", NO_NUMBERS, ids=lambda x: type(x).__name__)
def test_what_cannot_be_data_is_named_where_it_is_used(x: Any) -> None:
    for use in (
        lambda v: v * 2,
        lambda v: 2 - v,
        lambda v: v + v,
        am.exp,
        am.detach,
        repr,
        float,
        am.Value.backward,
        lambda v: am.maximum(v, 0.0),
        lambda v: np.sum(v),
    ):
        v = am.Value(1.0, "v")
        v.data = x
        with pytest.raises((am.OperandError, am.RangeError), match="v holds") as caught:
            use(v)
        assert caught.value.labels == ("v",)
    v = am.Value(1.0, "v")
    v.data = None
    with pytest.raises(am.OperandError, match="v holds one real number, not NoneType"):
        v < 1.0  # noqa: B015 - the comparison is what is tested


def test_truths_of_a_function_that_is_recorded():
    seen = []

    def f(x):
        truth = x > 1
        seen.append(repr(truth))
        return x * [10.0, 20.0][truth]

    step = am.compile(f)
    assert (step(2.0), step(2.0), step(0.5), step(0.5)) == (40.0, 40.0, 5.0, 5.0)
    assert seen == ["Truth(True)", "Truth(False)"]
    assert len(step.recordings) == 2
