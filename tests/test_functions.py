"""The functions with NumPy's signatures: values as NumPy's, kinks, special numbers, errors."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

import autograd_mini as am


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
