"""Tensor: what it is made of, NumPy's attributes and methods on it, indexing, what it refuses."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_mini as am
from autograd_mini.primitive import TABLE

FLOATS = (np.float16, np.float32, np.float64, np.longdouble)


def test_it_copies_what_it_is_made_of() -> None:
    data = np.array([1.0, 2.0])
    t = am.Tensor(data)
    data[0] = 9.0
    np.testing.assert_array_equal(t.data, [1.0, 2.0])


@pytest.mark.parametrize("dtype", FLOATS)
def test_floating_dtypes_are_kept(dtype: Any) -> None:
    t = am.Tensor(np.ones(2, dtype=dtype))
    assert t.dtype == t.data.dtype == dtype
    am.sum(t * t).backward()
    assert t.grad.dtype == dtype


@pytest.mark.parametrize("x", [[1, 2], [True, False], np.uint8([1, 2]), np.int64([1, 2]), range(2)])
def test_whole_numbers_become_floats(x: Any) -> None:
    t = am.Tensor(x)
    assert t.dtype == np.float64
    np.testing.assert_array_equal(t.data, np.array(x, dtype=float))


@pytest.mark.parametrize(
    "x",
    [None, "x", ["x"], [None], 1j, [1j], {1: 2}, object(), [10**400], np.array(["2020"], "M8[D]")],
)
def test_what_is_no_array_of_real_numbers_is_refused(x: Any) -> None:
    with pytest.raises(am.OperandError, match="real numbers"):
        am.Tensor(x)


def test_nodes_are_gathered_otherwise() -> None:
    a, t = am.Value(1.0, "a"), am.Tensor([1.0], "t")
    for x in (a, t):
        with pytest.raises(am.OperandError, match=r"am\.detach.*am\.stack") as caught:
            am.Tensor(x)
        assert caught.value.labels == (x.label,)
    for x in ([a, a], [t, t]):
        with pytest.raises(am.OperandError, match=r"am\.stack"):
            am.Tensor(x)


def test_ragged_rows_are_refused() -> None:
    with pytest.raises(am.ShapeError, match="rows are of different lengths"):
        am.Tensor([[1.0, 2.0], [3.0]])


def test_attributes() -> None:
    t = am.Tensor(np.ones((2, 3)), "t")
    assert (t.shape, t.ndim, t.size, len(t), t.label) == ((2, 3), 2, 6, 2, "t")
    assert t.T.shape == (3, 2)
    assert am.Tensor(np.ones((2, 3, 4))).T.shape == (4, 3, 2)
    assert am.Tensor(1.0).T.shape == ()
    scalar = am.Tensor(2.0)
    assert (scalar.shape, scalar.ndim, scalar.size) == ((), 0, 1)


# Each method with what NumPy's own gives; both get the same arguments.
METHODS = """
    sum()  sum(0)  sum(axis=1, keepdims=True)  mean()  mean(axis=0)  max()  max(axis=1)  min()
    min(1)  prod()  prod(axis=0)  cumsum()  cumsum(1)  var()  var(axis=0, ddof=1)  std()
    std(axis=1, ddof=1, keepdims=True)  dot([1.0, 2.0, 3.0])  reshape(3, 2)  reshape((6,))
    reshape(-1)  reshape([2, -1])  ravel()  flatten()  transpose()  transpose(1, 0)
    transpose((1, 0))  transpose([1, 0])  transpose(None)  swapaxes(0, 1)  clip(2, 4)
    astype('float32')  trace()  trace(1)  trace(axis1=1, axis2=0)  copy()
"""


@pytest.mark.parametrize("call", re.split(r"\s{2,}", METHODS.strip()))
def test_methods_are_numpy_s(call: str) -> None:
    data = np.arange(1.0, 7.0).reshape(2, 3)
    t = am.Tensor(data)
    result = eval(f"x.{call}", {"x": t})
    expected = eval(f"x.{call}", {"x": data})
    assert isinstance(result, am.Tensor)
    assert result.shape == np.shape(expected)
    assert result.dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(result.data, expected, rtol=1e-15)
    am.sum(result).backward()
    assert t.grad.shape == (2, 3)


@pytest.mark.parametrize(
    "call",
    [
        *("argmax()", "argmax(1)", "argmin(axis=0)", "argmin(axis=1, keepdims=True)"),
        *("any()", "any(axis=0)", "all()", "all(1)", "all(axis=1, keepdims=True)"),
    ],
)
def test_methods_that_give_plain_answers(call: str) -> None:
    data = np.array([[1.0, 0.0, 3.0], [4.0, 0.0, 2.0]])
    result = eval(f"x.{call}", {"x": am.Tensor(data)})
    expected = eval(f"x.{call}", {"x": data})
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    "call",
    [
        *("softmax()", "softmax(0)", "softmax(axis=None)", "logsumexp()", "logsumexp(1)"),
        *("norm()", "norm(axis=0)", "norm(1, axis=1)", "expand_dims(0)", "expand_dims((0, -1))"),
    ],
)
def test_methods_that_arrays_do_not_have_are_the_functions(call: str) -> None:
    t = am.Tensor(np.arange(1.0, 7.0).reshape(2, 3))
    name, _, arguments = call.partition("(")
    result = eval(f"t.{call}", {"t": t})
    same = eval(f"am.{name}(t, {arguments}", {"am": am, "t": t})
    assert (result.op, result.shape) == (same.op, same.shape)
    np.testing.assert_array_equal(result.data, same.data)


def test_a_copy_is_a_node_of_its_own() -> None:
    t = am.Tensor([1.0, 2.0], "t")
    u = t.copy()
    assert u is not t
    assert u.data is not t.data
    am.sum(u * t).backward()
    np.testing.assert_array_equal(t.grad, [2.0, 4.0])
    np.testing.assert_array_equal(u.grad, [1.0, 2.0])


def test_squeeze() -> None:
    t = am.Tensor(np.ones((1, 3, 1)))
    assert t.squeeze().shape == (3,)
    assert t.squeeze(0).shape == (3, 1)
    assert t.squeeze(axis=(0, -1)).shape == (3,)


UNARY = [op.name for op in TABLE.values() if len(op.samples) == 1 and hasattr(am.Tensor, op.name)]


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [0.5, [0.25, 0.5]])
def test_methods_named_after_ops_are_the_ops(name: str, x: Any) -> None:
    node: Any = am.Tensor(x) if isinstance(x, list) else am.Value(x)
    result = getattr(node, name)()
    assert result.op.name == name
    np.testing.assert_array_equal(result.data, getattr(am, name)(x))
    assert getattr(type(node), name).__doc__ == getattr(am, name).__doc__


def test_astype_goes_back_in_the_dtype_it_came_from() -> None:
    t = am.Tensor(np.float32([1.0, 2.0]))
    J = am.sum(t.astype(np.float64) ** 2)
    J.backward()
    assert J.dtype == np.float64
    assert t.grad.dtype == np.float32
    np.testing.assert_array_equal(t.grad, np.float32([2.0, 4.0]))


@pytest.mark.parametrize("dtype", [int, bool, complex, "U3"])
def test_astype_is_to_a_floating_dtype(dtype: Any) -> None:
    with pytest.raises(am.OperandError, match=r"floating dtype; write t\.data\.astype"):
        am.Tensor([1.0], "t").astype(dtype)


# One number, or many ------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [am.Value(2.0), am.Tensor(2.0), am.Tensor([[2.0]])])
def test_one_number_is_a_number(x: Any) -> None:
    assert float(x) == 2.0
    assert int(x) == 2
    assert x.item() == 2.0
    assert type(x.item()) is float
    assert bool(x) is True
    assert bool(x - 2.0) is False
    assert f"{x:.2f}" == "2.00"
    assert f"{x}" == str(x)


@pytest.mark.parametrize("data", [[1.0, 2.0], [], np.ones((2, 3))])
def test_many_numbers_are_no_number(data: Any) -> None:
    t = am.Tensor(data, "t")
    for ask in (bool, float, int, am.Tensor.item, lambda t: f"{t:.2f}"):
        with pytest.raises(am.TruthError, match=r"t, which holds \d numbers.*am\.where") as caught:
            ask(t)
        assert caught.value.labels == ("t",)
        assert caught.value.shapes == (t.shape,)
    with pytest.raises(am.TruthError, match="the truth of this node"):
        bool(am.Tensor(data))


def test_a_0_d_tensor_has_no_length() -> None:
    for ask in (len, list, iter):
        with pytest.raises(am.OperandError, match="0-d"):
            ask(am.Tensor(1.0))


def test_iteration_and_membership() -> None:
    t = am.Tensor([[1.0, 2.0], [3.0, 4.0]])
    first, second = t
    am.sum(first * second).backward()
    np.testing.assert_array_equal(t.grad, [[3.0, 4.0], [1.0, 2.0]])
    assert 3.0 in t
    assert am.Value(3.0) in t
    assert 5.0 not in t
    assert sum(t).shape == (2,)


# Indexing -----------------------------------------------------------------------------------------


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_any_index_of_numpy_s(data: Any) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    basic = hnp.basic_indices(shape, allow_newaxis=True)
    fancy = hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=3))
    index = data.draw(basic | fancy | hnp.arrays(bool, shape))
    array = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    t = am.Tensor(array)
    result = t[index]
    np.testing.assert_array_equal(result.data, array[index])
    weights = np.arange(1.0, 1.0 + np.size(array[index])).reshape(np.shape(array[index]))
    result.backward(gradient=weights)
    expected = np.zeros(shape)
    np.add.at(expected, index, weights)
    np.testing.assert_array_equal(t.grad, expected)


@pytest.mark.parametrize(
    "index",
    [[0, 0, 1], ([0, 0],), ((0, 0, 1),), ([0, 0], [1, 1]), ((0, 0), (1, 1)), ([0, 0], slice(None))],
)
def test_repeated_indices_sum(index: Any) -> None:
    t = am.Tensor([[1.0, 2.0], [3.0, 4.0]])
    am.sum(t[index]).backward()
    expected = np.zeros((2, 2))
    np.add.at(expected, index, 1.0)
    np.testing.assert_array_equal(t.grad, expected)
    assert t.grad.max() > 1.0


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("kind", [list, np.array])
def test_an_index_changed_afterwards_changes_nothing(inside: bool, kind: Any) -> None:
    t, rows = am.Tensor([1.0, 2.0, 3.0]), kind([0, 0, 1])
    J = am.sum(t[(rows,) if inside else rows])
    rows[:] = kind([2, 2, 2])
    J.backward()
    np.testing.assert_array_equal(t.grad, [2.0, 1.0, 0.0])
    mask = np.array([True, False, True])
    J = am.sum(t[mask])
    mask[:] = False
    J.backward()
    np.testing.assert_array_equal(t.grad, [1.0, 0.0, 1.0])


def test_an_empty_list_of_indices() -> None:
    t = am.Tensor([1.0, 2.0])
    for index in ([], ([],), np.array([], dtype=int)):
        assert t[index].shape == (0,)
        am.sum(t[index]).backward()
        np.testing.assert_array_equal(t.grad, [0.0, 0.0])


@pytest.mark.parametrize("index", [5, -3, (0, 0, 0), "x", 1.0, [0.5], [True, False, True], (0, 9)])
def test_indices_that_are_none(index: Any) -> None:
    t = am.Tensor([[1.0, 2.0], [3.0, 4.0]], "t")
    with pytest.raises(am.IndexingError, match=r"getitem\(t = shape \(2, 2\)\)") as caught:
        t[index]
    assert caught.value.op == "getitem"
    assert caught.value.shapes == ((2, 2),)


@pytest.mark.parametrize("node", [am.Value(0.0), am.Tensor([0.0])])
def test_a_node_is_no_index(node: Any) -> None:
    t = am.Tensor([[1.0, 2.0]], "t")
    for index in (node, (0, node)):
        with pytest.raises(am.IndexingError, match=r"t cannot be indexed by a node.*int\(i\)"):
            t[index]
    with pytest.raises(am.IndexingError, match="a Tensor cannot be indexed"):
        am.Tensor([1.0])[node]


def test_writing_is_refused() -> None:
    t = am.Tensor([1.0, 2.0], "t")
    with pytest.raises(am.MutationError, match=r"t \(shape \(2,\)\).*am\.where.*stack") as caught:
        t[0] = 5.0
    assert caught.value.labels == ("t",)
    with pytest.raises(am.MutationError, match="a Tensor"):
        am.Tensor([1.0])[0] = 2.0
    with pytest.raises(am.MutationError, match=r"t \(shape \(2,\)\) cannot be written into"):
        del t[0]
    np.testing.assert_array_equal(t.data, [1.0, 2.0])


def test_augmented_assignment_makes_new_nodes() -> None:
    t = u = am.Tensor([1.0, 2.0])
    u += 1.0
    u *= t
    np.testing.assert_array_equal(t.data, [1.0, 2.0])
    am.sum(u).backward()
    np.testing.assert_array_equal(t.grad, [3.0, 5.0])


# How it prints ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (am.Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (am.Tensor([1.0], "w"), "Tensor([1.], 'w')"),
        (am.Tensor([[1.0], [2.0]]), "Tensor([[1.],\n        [2.]])"),
        (am.Tensor(3.5), "Tensor(3.5)"),
        (am.Tensor([]), "Tensor([], shape=(0,))"),
        (am.Tensor(np.ones((2, 0))), "Tensor([], shape=(2, 0))"),
        (am.Tensor(np.float32([1.0])), "Tensor([1.], dtype=float32)"),
        (am.Tensor([1.0], "\n"), "Tensor([1.], '\\n')"),
    ],
)
def test_repr(t: Any, expected: str) -> None:
    assert repr(t) == expected


def test_a_large_tensor_prints_short() -> None:
    assert len(repr(am.Tensor(np.zeros((1000, 1000))))) < 1000


def test_an_index_with_rows_of_different_lengths_is_named() -> None:
    with pytest.raises(am.ShapeError, match="rows are of different lengths"):
        am.Tensor([1.0, 2.0, 3.0])[[[0], [1, 2]]]


# Data assigned anew -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_0_d_tensor_takes_its_step_of_descent(dtype: Any) -> None:
    """NumPy makes a number of ``t.data - rate * t.grad`` where both are 0-d."""
    t = am.Tensor(dtype(2.0), "t")
    for _ in range(2):
        J = t * t
        assert (type(J), J.dtype, J.shape) == (am.Tensor, dtype, ())
        J.backward()
        assert (type(t.grad), t.grad.dtype) == (np.ndarray, dtype)
        t.data = t.data - dtype(0.25) * t.grad
    assert type(t.data) is dtype
    assert (t.shape, t.ndim, t.size, t.dtype, float(t)) == ((), 0, 1, dtype, 0.5)
    t.data = dtype(0.5)
    assert am.detach(t).dtype == dtype
    t.data = dtype(0.5)
    assert am.exp(t).dtype == dtype


@pytest.mark.parametrize("x", [[3, 1], (3.0, 1.0), np.array([3, 1]), np.array([3, 1], np.int8)])
def test_assigned_data_becomes_a_floating_array(x: Any) -> None:
    for use in (
        lambda t: t * 1.5,
        lambda t: 1.5 * t,
        lambda t: t / 2 + t,
        lambda t: t.T * t.reshape(2) / 2 * (3 / t),
        lambda t: am.sqrt(t * t) * 1.5,
    ):
        t = am.Tensor([0.5, 0.5], "t")
        t.data = x
        J = use(t)
        np.testing.assert_allclose(J.data, [4.5, 1.5])
        am.sum(J).backward()
        assert (type(t.data), t.data.dtype, t.grad.dtype) == (np.ndarray, float, float)
        np.testing.assert_allclose(t.grad, [1.5, 1.5])


def test_small_whole_numbers_assigned_do_not_wrap_around() -> None:
    t = am.Tensor([0.0])
    t.data = np.array([100], np.int8)
    assert (t * t).data == [10000.0]
    assert am.exp(am.Tensor([0.0]) * t).dtype == float


def test_a_float_assigned_is_a_0_d_array() -> None:
    t = am.Tensor([1.0, 2.0], "t")
    t.data = 0.5
    result = am.exp(t)
    assert (type(result), result.shape) == (am.Tensor, ())
    t.data = 0.5
    t.backward()
    assert (type(t.grad), t.grad.shape) == (np.ndarray, ())
    t.data = 0.5
    assert repr(t) == "Tensor(0.5, 't')"
    t.data = 0.5
    assert 0.5 in am.Tensor([0.5, t.data])
    t.data = 0.5
    with pytest.raises(am.OperandError, match="a 0-d Tensor cannot be iterated over"):
        list(am.Tensor(2.0))
    with pytest.raises(am.OperandError, match="a 0-d Tensor has no len"):
        len(t)


@pytest.mark.parametrize("x", [None, "ab", [[1.0], [2.0, 3.0]], 1j, object(), am.Value(1.0)])
def test_what_cannot_be_data_is_named_where_it_is_used(x: Any) -> None:
    for use in (
        lambda t: t * 2,
        am.exp,
        am.sum,
        am.detach,
        repr,
        bool,
        lambda t: t.shape,
        am.Tensor.backward,
        lambda t: t > 2,
    ):
        t = am.Tensor([1.0], "t")
        t.data = x
        with pytest.raises(am.AutogradError, match=r"t (holds|is an array|is made)") as caught:
            use(t)
        assert "t" in caught.value.labels
