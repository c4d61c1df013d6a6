"""Primitive: how operands are read, which forward runs, what is named when it fails, a new op."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.primitive import MAX_DEPTH, TABLE, Primitive, read


def test_an_op_is_one_line() -> None:
    try:
        log10 = ops.unary(
            "log10", math.log10, np.log10, lambda g, z, x: g / (x * math.log(10.0)), needs="x > 0"
        )
        v, t = am.Value(100.0, "v"), am.Tensor([1.0, 10.0])
        J = log10(v) * am.sum(log10(t))
        J.backward()
        slope = 1.0 / math.log(10.0)
        assert (J.data, log10(1000.0)) == (2.0, math.log10(1000.0))
        assert v.grad == pytest.approx(slope / 100.0)
        np.testing.assert_allclose(t.grad, [2.0 * slope, 0.2 * slope])
        assert am.gradient(am.gradient(J, v), v).data == pytest.approx(-slope / 1e4)
        with pytest.raises(am.DomainError, match=r"log10\(-100\.0\): .*; log10 needs x > 0"):
            log10(-v)
    finally:
        del TABLE["log10"]


def test_what_comes_out_of_an_op_is_of_a_floating_dtype() -> None:
    whole = ops.astype(am.Tensor([1.5, 2.5]), int)
    assert (whole.data.dtype, whole.data.tolist()) == (np.float64, [1.0, 2.0])


# Operands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (2.0, float),
        (2, float),
        (True, float),
        (Fraction(1, 2), float),
        (np.float32(2), np.float32),
        (np.int64(2), np.float64),
        (1j, np.complex128),
        ([1.0, 2.0], np.ndarray),
        ((1, 2), np.ndarray),
        ([], np.ndarray),
        ([[1], [2]], np.ndarray),
    ],
)
def test_plain_operands_give_plain_results(x: Any, kind: type) -> None:
    result = am.exp(x)
    assert type(result) is kind
    expected = np.exp(float(x) if isinstance(x, bool | Fraction) else x)
    np.testing.assert_allclose(result, expected, rtol=1e-15)


def test_lists_of_nodes_are_gathered() -> None:
    a, t = am.Value(1.0), am.Tensor([3.0, 4.0])
    J = am.sum(am.exp([[a, 2.0], t]) * [[1.0, 10.0], [0.0, 1.0]])
    J.backward()
    assert a.grad == pytest.approx(math.e)
    np.testing.assert_allclose(t.grad, [0.0, math.exp(4.0)])
    assert am.sum([a, a, [1.0][0]]).data == 3.0
    assert am.sum(([a], (2.0,))).data == 3.0


@pytest.mark.parametrize(
    "x",
    [None, "x", {1}, {1: 2}, object(), b"1", Decimal(1), [None], [1, "x"], np.array(["x"]), len],
)
def test_what_is_no_operand(x: Any) -> None:
    for op in (am.exp, am.sum, lambda x: am.add(am.Value(1.0), x), lambda x: am.stack([x, 1.0])):
        with pytest.raises(am.OperandError, match="operand"):
            op(x)


def test_an_array_of_nodes_is_told_the_way() -> None:
    gathered = np.empty(2, dtype=object)
    gathered[:] = [1.0, None]
    with pytest.raises(am.OperandError, match=r"dtype object.*am\.stack\(\[a, b\]\)") as caught:
        am.exp(gathered)
    assert caught.value.shapes == ((2,),)


@pytest.mark.parametrize("x", [[[1.0, 2.0], [3.0]], [1.0, [2.0]], [[am.Value(1.0), 2.0], [3.0]]])
def test_ragged_lists(x: Any) -> None:
    with pytest.raises(am.ShapeError):
        am.exp(x)


def test_a_list_that_holds_itself() -> None:
    endless: list[Any] = [1.0]
    endless.append(endless)
    with pytest.raises(am.ShapeError, match=f"deeper than the {MAX_DEPTH} axes"):
        am.exp(endless)
    with pytest.raises(am.ShapeError, match="deeper"):
        am.Value(1.0) + endless


def test_as_deep_as_an_array_can_be() -> None:
    nested: Any = am.Value(2.0)
    for _ in range(MAX_DEPTH):
        nested = [nested]
    assert am.square(nested).ndim == MAX_DEPTH
    with pytest.raises(am.ShapeError, match="deeper"):
        am.square([nested])


@pytest.mark.parametrize("z", [1j, np.complex64(1), np.array([1j]), [1j, 2.0]])
def test_complex_numbers_beside_nodes(z: Any) -> None:
    for node in (am.Value(1.0), am.Tensor([1.0])):
        for combine in (lambda x, z: x * z, lambda x, z: z * x, am.add):
            with pytest.raises(am.OperandError, match=r"z\.real and z\.imag"):
                combine(node, z)


@pytest.mark.parametrize(
    "x", [10**400, -(10**5000), Fraction(10**400)], ids=["int", "unprintable", "fraction"]
)
def test_numbers_too_large_for_a_float(x: Any) -> None:
    for apply in (am.exp, lambda x: am.Value(1.0) * x, lambda x: x + am.Value(1.0)):
        with pytest.raises(am.RangeError, match="too large") as caught:
            apply(x)
        assert isinstance(caught.value, OverflowError)
        assert len(str(caught.value)) < 200


def test_bools_beside_values() -> None:
    a = am.Value(3.0)
    assert (a * True).data == 3.0
    assert am.where(np.bool_(True), a, 2.0).parents == (a,)
    assert am.where(False, a, 2.0).data == 2.0


# Which forward ------------------------------------------------------------------------------------


def test_floats_raise_where_arrays_warn() -> None:
    with pytest.raises(am.DomainError):
        am.log(-1.0)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert math.isnan(am.log(np.array([-1.0]))[0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert am.log(am.Tensor([0.0])).data[0] == -math.inf
    with np.errstate(all="ignore"):
        assert (am.Tensor([1.0]) / 0.0).data[0] == math.inf


def test_errstate_is_obeyed() -> None:
    with np.errstate(invalid="raise", divide="raise", over="raise"):
        with pytest.raises(am.FloatingError, match=r"log\(t = shape \(1,\)\): invalid value"):
            am.log(am.Tensor([-1.0], "t"))
        with pytest.raises(FloatingPointError):
            am.Tensor([1.0]) / 0.0
        J = am.sum(am.sqrt(am.Tensor([0.0], "s")))
        with pytest.raises(am.FloatingError, match=r"the derivative of sqrt\(s = shape \(1,\)\)"):
            J.backward()
        with pytest.raises(am.FloatingError, match=r"matmul\(.*overflow encountered in \w+$"):
            am.Tensor([1e308]) @ np.array([1e308])


def test_evaluate_recomputes_on_plain_values() -> None:
    assert am.add.evaluate([1.0, 2.0]) == 3.0
    np.testing.assert_array_equal(am.add.evaluate([np.ones(2), 2.0]), [3.0, 3.0])
    assert am.exp.evaluate([1e-30j]).imag == 1e-30
    with pytest.raises(am.DomainError, match=r"log\(-1\.0\)"):
        am.log.evaluate([-1.0])
    with pytest.raises(am.OperandError, match="real numbers alone"):
        am.relu.evaluate([1j])
    assert TABLE["sum"].evaluate([np.ones((2, 2)), (0,), False]).tolist() == [2.0, 2.0]


def test_results_of_the_table_on_0_d_arrays_stay_tensors() -> None:
    t = am.Tensor(2.0)
    for result in (t * t, am.exp(t), t * am.Value(3.0), am.sum(t), t[...], -t, t**2):
        assert isinstance(result, am.Tensor)
        assert type(result.data) is np.ndarray
        assert result.shape == ()


@pytest.mark.parametrize("branches", [(1, 2), (True, False), (np.array([1, 2]), 0)])
def test_nodes_hold_floats_whatever_a_node_chose_among(branches: Any) -> None:
    result = am.where(am.Tensor([1.0, 0.0]), *branches)
    assert result.dtype == np.float64


# Errors -------------------------------------------------------------------------------------------


def test_whole_results_of_somebody_s_own_op_are_made_floats() -> None:
    steps = Primitive("steps", None, lambda x: x.astype(int), (ops.nothing,), listed=False)
    result = steps(am.Tensor([1.5, 2.5]))
    assert (type(result), result.dtype, result.data.tolist()) == (am.Tensor, float, [1.0, 2.0])


def test_an_error_knows_its_operands() -> None:
    t, s = am.Tensor(np.ones((2, 3)), "t"), am.Tensor(np.ones((4,)))
    with pytest.raises(am.ShapeError) as caught:
        t + s
    error = caught.value
    assert str(error).startswith(
        "add(t = shape (2, 3), shape (4,)): operands could not be broadcast"
    )
    assert (error.op, error.labels, error.shapes) == ("add", ("t", None), ((2, 3), (4,)))
    np.testing.assert_array_equal(error.values[0], t.data)
    assert isinstance(error.__cause__, ValueError)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_number_of_operands(count: int) -> None:
    with pytest.raises(am.OperandError, match=f"add takes 2 operands, not {count}") as caught:
        am.add(*[1.0] * count)
    assert caught.value.op == "add"


def test_plain_arrays_have_their_errors_named_too() -> None:
    with pytest.raises(am.ShapeError, match=r"add\(shape \(2,\), shape \(3,\)\)"):
        am.add(np.ones(2), np.ones(3))
    with pytest.raises(am.ShapeError, match="matmul"):
        am.matmul(np.ones((2, 3)), np.ones((2, 3)))


def test_the_docstring_says_what_a_user_needs() -> None:
    assert am.log.__doc__ is not None
    assert am.log.__doc__.startswith("log(x): The natural logarithm. Needs a number above 0.")
    assert (am.hypot.__doc__ or "").startswith("hypot(x, y): ")
    assert (TABLE["stack"].__doc__ or "").startswith("stack(...): ")


# Anything at all ----------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.sets(st.integers()),
    max_leaves=6,
)


@given(anything)
@settings(deadline=None, max_examples=150)
def test_anything_is_read_or_refused_by_name(x: Any) -> None:
    try:
        result = read(x)
    except am.AutogradError:
        return
    assert isinstance(result, am.Node | np.ndarray | float | int | complex)


@given(st.floats(), st.floats())
@settings(deadline=None, max_examples=150)
def test_floats_behave_as_python_s(x: float, y: float) -> None:
    for combine in (
        lambda x, y: x + y,
        lambda x, y: x - y,
        lambda x, y: x * y,
        lambda x, y: x / y,
        lambda x, y: -x,
        lambda x, y: abs(x),
    ):
        try:
            expected = combine(x, y)
        except ArithmeticError as error:
            with pytest.raises(type(error)) as caught:
                combine(am.Value(x), am.Value(y))
            assert isinstance(caught.value, am.AutogradError)
        else:
            np.testing.assert_equal(combine(am.Value(x), am.Value(y)).data, expected)
            np.testing.assert_equal(combine(am.Value(x), y).data, expected)
