"""The functions with NumPy's signatures: values as NumPy's, kinks, special numbers, errors."""

import math
import time
import warnings
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from tests.support.numeric import gradients


@pytest.mark.parametrize("x", [[1, 2, 4], np.array([1, 2, 4]), np.array([True, False, True])])
@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "max", "min", "prod", "cumsum"])
def test_whole_numbers_give_what_numpy_gives(name: str, x: Any) -> None:
    expected = getattr(np, name)(x)
    result = getattr(am, name)(x)
    np.testing.assert_allclose(result, expected, rtol=1e-15)


def test_a_diagonal_ignores_what_is_off_it() -> None:
    t = am.Tensor([[1.0, math.inf], [math.nan, 2.0]])
    trace = am.trace(t)
    assert trace.data == 3.0
    trace.backward()
    np.testing.assert_array_equal(t.grad, np.eye(2))
    np.testing.assert_array_equal(am.einsum("ii->i", t).data, [1.0, 2.0])


@pytest.mark.parametrize("subscripts", ["ii->i", "ii", "ij->", "ij,kj->ik", "ijj->i", "...ii->..."])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_einsum_keeps_the_dtype(subscripts: str, dtype: Any) -> None:
    shape = (2, 2, 2) if "jj" in subscripts or "..." in subscripts else (2, 2)
    operands = [am.Tensor(np.ones(shape, dtype=dtype)) for _ in subscripts.split(",")]
    result = am.einsum(subscripts, *operands)
    assert result.dtype == dtype
    am.sum(result).backward()
    assert operands[0].grad.dtype == dtype


@pytest.mark.parametrize("subscripts", ["i,j->i", "i,j,j->i", "i,k,kj->i", "i,i,i->", "ij,j,j->i"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool, np.float16, np.int64, np.float32])
def test_einsum_s_constants_do_not_wrap_around(subscripts: str, dtype: Any) -> None:
    """They were contracted with each other first, in their own dtype."""
    T, *others = subscripts.split("->")[0].split(",")
    x = np.arange(1.0, 1.0 + 3 ** len(T)).reshape((3,) * len(T))
    constants = [
        np.resize(np.array([100, 90, 120]).astype(dtype), (3,) * len(text)) for text in others
    ]
    if dtype is np.float16:
        constants = [np.float16(60000.0) * np.sign(c) for c in constants]
    wide = [np.asarray(c, dtype=float) for c in constants]
    for einsum in (am.einsum, np.einsum):
        t = am.Tensor(x)
        result = einsum(subscripts, t, *constants)
        np.testing.assert_array_equal(result.data, np.einsum(subscripts, x, *wide))
        am.sum(result).backward()
        same = am.Tensor(x)
        am.sum(am.einsum(subscripts, same, *wide)).backward()
        np.testing.assert_array_equal(t.grad, same.grad)


def test_einsum_s_gradient_beside_whole_numbers() -> None:
    t = am.Tensor([1.0, 2.0, 3.0])
    J = np.einsum("i,j->i", t, np.array([200, 100, 50], np.uint8))
    np.testing.assert_array_equal(J.data, [350.0, 700.0, 1050.0])
    am.sum(J).backward()
    np.testing.assert_array_equal(t.grad, [350.0, 350.0, 350.0])


@pytest.mark.parametrize("name", ["var", "std"])
def test_too_few_numbers_for_a_spread(name: str) -> None:
    """As NumPy: n - ddof counts as 0 where it is less, so the result is inf, with a warning."""
    for ddof in (3, 5):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            x = am.Tensor([1.0, 2.0, 4.0])
            result = getattr(am, name)(x, ddof=ddof)
            assert result.data == getattr(np, name)(x.data, ddof=ddof) == math.inf
            result.backward()
            assert not np.any(np.isfinite(x.grad))


@pytest.mark.parametrize("arrays", [3.0, am.Value(1.0), am.Tensor(2.0), None, "ab"])
@pytest.mark.parametrize("name", ["stack", "concatenate", "hstack", "vstack"])
def test_what_cannot_be_joined(name: str, arrays: Any) -> None:
    with pytest.raises(am.AutogradError):
        getattr(am, name)(arrays)


def test_logsumexp_of_what_counts_for_nothing() -> None:
    t = am.Tensor([-math.inf, 0.0])
    J = am.logsumexp(t)
    J.backward()
    assert J.data == 0.0
    np.testing.assert_array_equal(t.grad, [0.0, 1.0])


def test_clip_sees_nan_in_either_route() -> None:
    for bounds in [(math.nan, 2.0), (0.0, math.nan), (math.nan, math.nan)]:
        assert math.isnan(am.clip(am.Value(1.0), *bounds).data)
        assert math.isnan(am.clip(am.Tensor([1.0]), *bounds).data[0])


def test_a_mean_over_more_numbers_than_the_dtype_holds() -> None:
    t = am.Tensor(np.ones(70_000, dtype=np.float16))
    am.mean(t).backward()
    np.testing.assert_allclose(t.grad, np.float16(1 / 70_000))


@pytest.mark.parametrize("name", ["var", "std", "mean"])
def test_the_spread_of_nothing_is_nan(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t = am.Tensor([])
        result = getattr(am, name)(t)
        result.backward()
    assert math.isnan(result.data)
    assert t.grad.shape == (0,)
    rows = am.Tensor(np.ones((0, 3)))
    am.sum(getattr(am, name)(rows, axis=1)).backward()
    assert rows.grad.shape == (0, 3)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sum", 0.0),
        ("prod", 1.0),
        ("norm", 0.0),
        ("logsumexp", -math.inf),
        ("cumsum", []),
        ("softmax", []),
    ],
)
def test_functions_of_nothing(name: str, expected: Any) -> None:
    t = am.Tensor([])
    result = getattr(am, name)(t)
    np.testing.assert_array_equal(result.data, expected)
    am.sum(result).backward()
    assert t.grad.shape == (0,)


# Each with operands of several shapes, against NumPy: values and, by differences, gradients.
SHAPED = {
    "einsum('...ij,...jk->...ik', x, y)": [(2, 2, 3), (3, 2)],
    "einsum('i...,i...->...', x, y)": [(3, 2), (3, 1, 2)],
    "einsum('iij->ji', x)": [(2, 2, 3)],
    "einsum('iji->j', x)": [(2, 3, 2)],
    "einsum('iijj->ij', x)": [(2, 2, 3, 3)],
    "einsum('ijij->', x)": [(2, 2, 2, 2)],
    "einsum('jii', x)": [(2, 2, 2)],
    "einsum('...ii->...i', x)": [(2, 2, 2)],
    "einsum('ba,a', x, y)": [(3, 2), (2,)],
    "einsum('ab, ab -> b', x, y)": [(2, 3), (1, 3)],
    "einsum('ij,jk->ik', x, y)": [(2, 0), (0, 3)],
    "dot(x, y)": [(2, 3), (2, 3, 2)],
    "inner(x, y)": [(2, 3), (2, 1, 3)],
    "outer(x, y)": [(2, 2), (3,)],
    "tensordot(x, y)": [(2, 3, 2), (3, 2, 2)],
    "tensordot(x, y, ((0, 2), (1, 0)))": [(2, 3, 2), (2, 2, 2)],
    "tensordot(x, y, 0)": [(2,), (3,)],
    "tensordot(x, y, (-1, 0))": [(2, 3), (3, 2)],
    "trace(x)": [(3, 3)],
    "trace(x, 1)": [(2, 3)],
    "trace(x, -1, 2, 0)": [(3, 2, 4)],
    "trace(x, 1, -2, -1)": [(2, 3, 3)],
    "trace(x, offset=5)": [(2, 3)],
    "trace(x, axis1=1, axis2=3)": [(2, 2, 2, 3)],
    "concatenate([x, y, x], axis=-1)": [(2, 1), (2, 2)],
    "concatenate([x, y], axis=None)": [(2, 1), ()],
    "stack([x, y, x], axis=-1)": [(2, 2), (2, 2)],
    "vstack([x, y])": [(3,), (2, 3)],
    "hstack([x, y])": [(2, 1), (2, 3)],
    "moveaxis(x, (0, 1), (-1, 0))": [(2, 3, 2)],
    "expand_dims(x, (0, -1))": [(2, 3)],
    "squeeze(x)": [(1, 2, 1)],
    "broadcast_to(x, (2, 2, 3))": [(2, 1)],
    "prod(x, axis=(0, 2), keepdims=True)": [(2, 2, 2)],
    "var(x, axis=(0, 2), ddof=1)": [(2, 2, 2)],
    "std(x, axis=(0, -1), ddof=2, keepdims=True)": [(2, 2, 2)],
    "flip(x, (0, -1))": [(2, 3)],
    "clip(x, y, None)": [(2, 3), (3,)],
    "where(x > y, x * y, y)": [(2, 1), (3,)],
}


@pytest.mark.parametrize("form", SHAPED)
def test_shapes_are_numpy_s(form: str) -> None:
    rng = np.random.default_rng(4)
    arrays = []
    for k, shape in enumerate(SHAPED[form]):
        numbers = np.arange(1.0, 1.0 + np.prod(shape)) / 4 + k / 20  # none of two arrays are equal
        arrays.append(rng.permutation(numbers).reshape(shape))

    def numpy(*operands: Any) -> Any:
        return eval(f"np.{form}", {"np": np}, dict(zip("xy", operands, strict=False)))

    tensors = [am.Tensor(a) for a in arrays]
    result = eval(f"am.{form}", {"am": am}, dict(zip("xy", tensors, strict=False)))
    np.testing.assert_allclose(result.data, numpy(*arrays), rtol=1e-13)
    weights = rng.uniform(0.5, 1.5, result.shape)
    result.backward(gradient=weights)
    expected = gradients(lambda *operands: np.sum(weights * numpy(*operands)), arrays)
    for tensor, numeric in zip(tensors, expected, strict=True):
        np.testing.assert_allclose(tensor.grad, numeric, rtol=1e-8, atol=1e-9)


def test_products_of_several_arrays_take_the_short_way() -> None:
    """One sum over all letters at once would take 300**4 steps, forward and for each operand."""
    x, y, z = (am.Tensor(np.full((300, 300), value)) for value in (1.0, 2.0, 3.0))
    start = time.process_time()
    am.sum(am.einsum("ij,jk,kl->il", x, y, z)).backward()
    am.sum(am.tensordot(x, y, 1)).backward()
    assert time.process_time() - start < 5.0
    np.testing.assert_array_equal(x.grad, np.full((300, 300), 600.0))


def test_the_name_of_something_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'argmax'"):
        am.argmax  # noqa: B018 - the look-up is what is tested
    assert am.__getattr__("learn") is am.learn


@pytest.mark.parametrize(
    "call",
    [
        lambda x: am.cumsum(x, axis=(0, 1)),  # type: ignore[arg-type]  # that is the mistake
        lambda x: am.stack([x, x], axis=(0, 1)),  # type: ignore[arg-type]  # likewise
    ],
)
def test_one_axis_is_one(call: Any) -> None:
    with pytest.raises(am.OperandError, match="takes one axis, not 2"):
        call(am.Tensor(np.ones((2, 2))))


def test_tensordot_takes_a_number_or_a_pair_of_axes() -> None:
    x = am.Tensor(np.ones((2, 2)))
    with pytest.raises(am.ShapeError, match="a number or a pair, not"):
        am.tensordot(x, x, ((0,),))
    with pytest.raises(am.OperandError, match=r"a number or a pair, not 1\.5"):
        am.tensordot(x, x, 1.5)


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (2, 3)])
def test_a_diagonal_is_of_equal_lengths_and_a_trace_of_the_shorter(shape: tuple[int, int]) -> None:
    x = am.Tensor(np.arange(1.0, 1 + shape[0] * shape[1]).reshape(shape), "x")
    with pytest.raises(am.ShapeError, match="einsum"):
        am.einsum("ii->i", x)
    am.trace(x).backward()
    np.testing.assert_array_equal(x.grad, np.eye(*shape))


def test_einsum_has_gradients_for_nodes_alone() -> None:
    X, w = np.arange(6.0).reshape(2, 3), am.Tensor(np.ones((3, 1)), "w")
    am.sum(am.einsum("ij,jk->ik", X, w)).backward()
    np.testing.assert_array_equal(w.grad, X.sum(axis=0)[:, None])


@pytest.mark.parametrize("use", [am.exp, am.Tensor, lambda a: am.Tensor(np.ones(3)) * a])
def test_a_mask_is_not_lost_in_silence(use: Any) -> None:
    with pytest.raises(am.OperandError, match="lose its mask"):
        use(np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]))


@pytest.mark.parametrize(
    "use",
    [
        lambda m, t: m * t,
        lambda m, t: t * m,
        lambda m, t: m @ t,
        lambda m, t: am.matmul(t, m),
        lambda m, t: am.exp(m),
        lambda m, t: am.Value(2.0) * m,
        lambda m, t: np.multiply(m, t),
    ],
)
def test_a_matrix_has_another_product(use: Any) -> None:
    """NumPy's m * x is a matrix product for a np.matrix, ours is that of each number."""
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(am.OperandError, match=r"np\.asarray\(m\), with @"):
        use(matrix, am.Tensor(np.eye(2)))
    assert type(am.Tensor(matrix).data) is np.ndarray


def test_an_array_of_a_subclass_is_an_array() -> None:
    class Own(np.ndarray):
        pass

    own = np.arange(3.0).view(Own)
    assert type((am.Tensor(np.ones(3)) * own).data) is np.ndarray
    assert type(am.exp(own)) is np.ndarray


@pytest.mark.parametrize(
    ("call", "right"),
    [
        (lambda: am.softmax([1, 2]), [0.2689414213699951, 0.7310585786300049]),
        (lambda: am.logsumexp([1, 2]), 2.313261687518223),
        (lambda: am.std(np.array([100, -100], np.int8)), 100.0),
        (lambda: am.var(np.array([9, 1, 2], np.uint8)), 38 / 3),
        (lambda: am.log_sigmoid(np.array([1], np.uint8)), [-0.31326168751822286]),
    ],
)
def test_whole_numbers_do_not_wrap_around(call: Any, right: Any) -> None:
    np.testing.assert_allclose(call(), right, rtol=1e-14)


@pytest.mark.parametrize("name", ["max", "min"])
def test_a_nan_shows_in_the_gradient_of_the_largest(name: str) -> None:
    """In all of them, since any could have been it; rows without one are as ever."""
    t = am.Tensor([[1.0, math.nan, math.inf], [2.0, 2.0, 2.0]])
    for axis in (1, None):
        J = am.sum(getattr(am, name)(t, axis=axis))
        J.backward()
        recorded = am.gradient(J, t).data
        for found in (t.grad, recorded):
            assert np.all(np.isnan(found[0]))
            if axis:
                np.testing.assert_allclose(found[1], [1 / 3] * 3)


@pytest.mark.parametrize(
    ("x", "value", "expected"),
    [
        ([math.inf, 0.5], math.inf, [math.nan, 0.0]),
        ([math.inf, -math.inf, 1e308], math.inf, [math.nan, 0.0, 0.0]),
        ([math.inf, math.inf], math.inf, [math.nan, math.nan]),
        ([-math.inf, -math.inf], -math.inf, [math.nan, math.nan]),
        ([math.nan, math.inf], math.nan, [math.nan, math.nan]),
        ([-math.inf, 0.5], 0.5, [0.0, 1.0]),
        ([1e308, 1e308], 1e308, [0.5, 0.5]),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_logsumexp_of_infinities(x: list[float], value: float, expected: list[float]) -> None:
    """As PyTorch and JAX have it (PyTorch's last is [1, 1])."""
    t = am.Tensor([x, [0.0] * len(x)])
    J = am.logsumexp(t, axis=1)
    J.backward(gradient=[1.0, 1.0])
    recorded = am.gradient(J, t, gradient=[1.0, 1.0]).data
    np.testing.assert_array_equal(J.data[0], value)
    for found in (t.grad, recorded):
        np.testing.assert_array_equal(found, [expected, [1 / len(x)] * len(x)])


def test_softmax_beside_an_inf_is_nan() -> None:
    with np.errstate(invalid="ignore"):
        assert np.all(np.isnan(am.softmax(am.Tensor([math.inf, 0.5])).data))


@pytest.mark.parametrize("x", [0.1, 1e17 / 3, 1e-300])
@pytest.mark.parametrize("name", ["var", "std"])
def test_what_is_all_the_same_has_no_spread(name: str, x: float) -> None:
    """Exactly: 0.1 + 0.1 + 0.1 is not 3 * 0.1, and a mean of them not 0.1."""
    t = am.Tensor([[x] * 3, [x, x, 2 * x]])
    spread = getattr(am, name)(t, axis=1)
    spread.backward(gradient=[1.0, 0.0])
    assert spread.data[0] == 0.0
    np.testing.assert_array_equal(t.grad, np.zeros((2, 3)))


def test_a_dtype_where_keepdims_stands_is_refused() -> None:
    t = am.Tensor([[1.0, 2.0]])
    for call in (
        lambda: t.sum(0, float),
        lambda: am.mean(t, 1, np.float64),
        lambda: t.max(0, None),
    ):
        with pytest.raises(am.OperandError, match="must be True or False; for another dtype"):
            call()
    assert am.sum(t, 0, 1).shape == (1, 2)


def test_the_largest_norm_of_nothing_is_0() -> None:
    rows = am.Tensor(np.ones((0, 3)))
    am.sum(am.norm(rows, math.inf, 0)).backward()
    assert am.norm(rows, math.inf, 0).data.tolist() == [0.0, 0.0, 0.0]
    assert am.norm([], math.inf) == 0.0
    assert rows.grad.shape == (0, 3)


def test_clip_takes_one_bound_by_numpy_s_name() -> None:
    t = am.Tensor([1.0, 2.0, 3.0])
    assert t.clip(min=2).data.tolist() == [2.0, 2.0, 3.0]
    assert am.clip(t, max=2).data.tolist() == [1.0, 2.0, 2.0]


def test_an_axis_is_no_truth() -> None:
    with pytest.raises(am.OperandError, match="axis=True is a truth"):
        am.sum(am.Tensor([[1.0, 2.0]]), True)


@pytest.mark.parametrize("offset", ["x", None, math.nan, 0.5])
def test_an_offset_is_a_whole_number(offset: Any) -> None:
    with pytest.raises(am.OperandError, match=r"offset=.* must be a whole number"):
        am.trace(am.Tensor([[1.0, 2.0]]), offset)


def test_einsum_has_one_result() -> None:
    with pytest.raises(am.ShapeError, match="no comma after ->"):
        am.einsum("ij,j->i,", am.Tensor([[1.0, 2.0]]), [1.0, 2.0])


@pytest.mark.parametrize("count", [2, 6])
@pytest.mark.parametrize(
    ("dtype", "size"), [(np.float16, 4e4), (np.float32, 2e38), (np.float64, 1.5e308)]
)
def test_the_spread_of_numbers_whose_difference_is_beyond_the_largest(
    dtype: Any, size: float, count: int
) -> None:
    x = am.Tensor(np.resize(np.array([-size, size], dtype), count))
    spread = am.std(x)
    spread.backward()
    assert spread.data == x.data[1]
    np.testing.assert_allclose(x.grad * count, np.sign(x.data), rtol=1e-3)


def test_many_numbers_of_float16() -> None:
    t = am.Tensor(np.resize(np.float16([1.0, -1.0]), 70_000))
    same = am.Tensor(np.zeros(70_000, np.float16))
    total = am.logsumexp(same)
    total.backward()
    share = np.float16(1 / 70_000)
    assert total.data == np.float16(math.log(70_000))
    assert set(am.softmax(same).data) == set(same.grad) == {share}
    assert (am.std(t).data, am.var(t).data) == (1.0, 1.0)
    assert am.norm(t).data == np.float16(math.sqrt(70_000))
    for x in (total, am.softmax(same), am.std(t), am.var(t), am.norm(t)):
        assert x.dtype == np.float16
