"""NumPy's functions on nodes: the same results, with gradients, in all forms people write."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import numpy_protocol
from autograd_mini.numpy_protocol import DIFFERENTIABLE, PLAIN
from autograd_mini.primitive import TABLE
from tests.support.numpy_list import name_of, page

NAMES = {"np": np, "f32": np.float32}

# Each form is evaluated with a Tensor x (2, 3), a Tensor s (3, 3), a Value v and an array d (2, 3),
# and once more with their data alone.
RECORDED = """
    np.add(x, v)  np.add(d, v)  np.subtract(x, 1)  np.subtract(1, x)  np.multiply(v, x)
    np.divide(x, v)  np.true_divide(1, v)  np.negative(x)  np.positive(x)  np.positive(v)
    np.power(x, 2)  np.power(2, x)  np.power(x, v)  np.pow(x, 2)  np.float_power(x, 2)
    np.square(x)  np.reciprocal(x)  np.sqrt(x)  np.sqrt(v)  np.sign(x)  np.abs(x)  np.absolute(v)
    np.exp(x)  np.exp(v)  np.expm1(x)  np.log(x)  np.log1p(v)  np.sin(x)  np.cos(v)  np.tan(x)
    np.arcsin(x/9)  np.arccos(x/9)  np.arctan(x)  np.asin(v/9)  np.acos(v/9)  np.atan(v)
    np.arctan2(x, v)  np.atan2(1, v)  np.sinh(x)  np.cosh(v)  np.tanh(x)  np.hypot(x, v)
    np.hypot(3, v)  np.maximum(x, 3)  np.maximum(v, 0)  np.maximum(0, v)  np.minimum(x, v)
    np.matmul(x, s)  np.matmul(d, s)  np.where(d>2, x, 0)  np.where(x>2, x, v)
    np.where(x>v, -x, d)  np.where(True, v, x)  np.where(v>1, v, 0)  np.clip(x, 2, 4)
    np.clip(x, v, 4)  np.clip(d, v, 4)  np.clip(x, None, 4)  np.clip(x, 2, None)
    np.clip(x, a_min=2, a_max=4)  np.clip(x, a_min=2, a_max=None)  np.clip(x, min=2, max=4)
    np.clip(x, max=4)  np.clip(x, 2, 4, None)  np.clip(v, 0, 1)  np.sum(x)  np.sum(v)  np.sum(x, 0)
    np.sum(x, -1)  np.sum(x, axis=(0,1), keepdims=True)  np.sum(a=x)  np.sum(x, 0, None)
    np.sum(x, 0, None, None, True)  np.sum(x, axis=None, dtype=None, out=None)  np.mean(x)
    np.mean(x, 1)  np.mean(x, axis=0, keepdims=True)  np.mean(x, 0, None, None, True)  np.mean(v)
    np.max(x)  np.max(x, 0)  np.max(x, 0, None, True)  np.max(x, axis=1, keepdims=True)
    np.amax(x, axis=0)  np.min(x)  np.min(x, 0)  np.min(x, 0, None, True)  np.amin(x)  np.min(v)
    np.prod(x)  np.prod(x, 1)  np.prod(x, 0, None)  np.cumsum(x)  np.cumsum(x, 0)
    np.cumsum(x, axis=1)  np.cumsum(x, 0, None)  np.var(x)  np.var(x, 0)
    np.var(x, 0, None, None, 1)  np.var(x, axis=1, ddof=1)  np.var(x, ddof=1, keepdims=True)
    np.std(x)  np.std(x, 0, None, None, 1, True)  np.std(x, axis=1, ddof=1)  np.linalg.norm(x)
    np.linalg.norm(x, axis=0)  np.linalg.norm(x, 2, 1)  np.linalg.norm(x, 'fro')
    np.linalg.norm(x, ord=1, axis=0, keepdims=True)  np.linalg.norm(x, np.inf, axis=1)
    np.linalg.norm(v)  np.linalg.norm(x, 'fro', axis=(0,1))  np.linalg.norm(x[0], -np.inf)
    np.linalg.norm(x, None, (0,1), True)  np.dot(x, s)  np.dot(d, s)  np.dot(x, 2)  np.dot(v, x)
    np.dot(x, np.ones((4,3,2)))
    np.dot(v, v)  np.dot(x[0], s[0])  np.dot(x, s[0])  np.dot(np.ones((4,5,2)), x)  np.inner(x, s)
    np.inner(v, x)  np.outer(x, s)  np.outer(v, x)  np.tensordot(x, d)  np.tensordot(x, s, 1)
    np.tensordot(x, d, axes=([0],[0]))  np.tensordot(x, s, (1, 0))  np.tensordot(x, s, axes=0)
    np.trace(s)  np.trace(s, 1)  np.trace(s, offset=-1)  np.trace(x, 9)
    np.trace(s, axis1=1, axis2=0)
    np.trace(x[None], 1, 1, 2)  np.copy(x)  np.copy(v)  np.sum(v, axis=0)  np.sum(v, -1)
    np.prod(v, axis=0)  np.max(v, 0)  np.min(v, axis=-1, keepdims=True)  np.cumsum(v, 0)
    np.squeeze(v, 0)  np.sum(x[0, 0], axis=0)  np.einsum('ij->i', x)
    np.einsum('ij,jk', x, s)  np.einsum('ii', s)
    np.einsum('ij,jk->ik', x, s, optimize=True)  np.einsum('...j->...', x)
    np.einsum('ij,j->', x, np.ones(3))  np.einsum('ii->i', s)  np.einsum(',->', v, v)
    np.einsum('...,...', x, v)  np.reshape(x, (3,2))  np.reshape(x, (3,-1))  np.reshape(x, -1)
    np.reshape(x, [3,2])  np.reshape(x, shape=(3,2))  np.reshape(x, (3,2), 'C')
    np.reshape(x, (3,2), order='C')  np.reshape(v, (1,1))  np.ravel(x)  np.ravel(x, 'C')
    np.ravel(x, order='C')  np.ravel(v)  np.transpose(x)  np.transpose(x, (1,0))
    np.transpose(x, axes=[1,0])  np.permute_dims(x, (1,0))  np.swapaxes(x, 0, 1)
    np.swapaxes(x, axis1=0, axis2=-1)  np.moveaxis(x, 0, 1)  np.moveaxis(x, [0,1], [1,0])
    np.moveaxis(x, source=0, destination=-1)  np.squeeze(x[:1])  np.squeeze(x[:1], 0)
    np.squeeze(x[:1], axis=(0,))  np.expand_dims(x, 0)  np.expand_dims(x, axis=(0,-1))
    np.expand_dims(v, 0)  np.broadcast_to(x, (2,2,3))  np.broadcast_to(v, 3)
    np.broadcast_to(x, shape=(2,2,3))  np.concatenate([x, d])  np.concatenate((x, x), 1)
    np.concatenate([x, s], axis=0)  np.concatenate(x)  np.concatenate([x, s], axis=None)
    np.concatenate([x, x], 0, None)  np.concatenate([v, x], axis=None)  np.concat([x, d])
    np.stack([x, d])  np.stack([x, x], axis=-1)  np.stack([v, v, 1.0])  np.stack((d, x), 1)
    np.hstack([x, d])  np.hstack([v, x[0]])  np.vstack([x, s])  np.vstack([v, v])
    np.vstack((x[0], d[0]))  np.flip(x)  np.flip(x, 0)  np.flip(x, axis=(0,1))  np.flip(v)  d+x
    d*v  d-x  d/v  d@s  d**v  v**d  f32(2)*v  np.float64(2)-v  np.float64(3)/x  np.float64(2)**v
    abs(x)  +x  -v  x@s.T  s@s[0]  np.remainder(x, v)  np.mod(x, 2)  x%v  x%2  7%v  d%x  v%d
    divmod(v, 2)[1]  divmod(7, x)[1]
"""
SEEN = """
    np.shape(x)  np.ndim(v)  np.size(x)  np.size(x, 0)  np.zeros_like(x)  np.zeros_like(v)
    np.ones_like(x, dtype=int)  np.full_like(x, 3)  np.empty_like(x).shape  np.argmax(x)
    np.argmax(x, axis=0)  np.argmin(x, 1)  np.argsort(-x)  np.searchsorted(x[0], 2)
    np.nonzero(x)[0]  np.count_nonzero(x>2)  np.all(x)  np.any(x, axis=0)  np.allclose(x, d)
    np.allclose(x, [v, v, v])
    np.allclose(d, x, rtol=0)  np.isclose(x, v)  np.array_equal(x, x)  np.array_equiv(x, d)
    np.isnan(x)  np.isinf(v)  np.isfinite(x)  np.signbit(-x)  np.floor(x)  np.ceil(v)  np.trunc(x)
    np.rint(x)  np.round(x/3, 1)  np.around(x)  np.floor_divide(x, 2)  np.floor_divide(9, v)  d//v
    x//v  x//2  v//2  9//v  d//x  v//d  divmod(x, 2)[0]  round(v)  round(v, 1)  np.where(x>2)[1]
    np.where(x)[0]  np.where(-x)  np.logical_and(x, v)  np.logical_or(x, 0)
    np.logical_not(x)  np.logical_xor(x, v)  np.array2string(x)  np.array_repr(x)  np.array_str(x)
    np.result_type(x)  np.may_share_memory(x, d)  np.shares_memory(x, d)  np.iscomplexobj(x)
    np.isrealobj(v)  x>2  2<x  v>=2  d<x  d==v  np.float64(2)<v  x!=d  np.greater(x, 2)
    np.equal(x, v)  np.less_equal(d, v)
    np.less(x, v)  np.greater_equal(x, d)  np.not_equal(v, 2)
"""


def forms(text: str) -> list[str]:
    return [form.strip() for line in text.splitlines() for form in line.split("  ") if form.strip()]


def operands() -> dict[str, Any]:
    d = np.arange(1.0, 7.0).reshape(2, 3)
    s = np.array([[2.0, 1.0, 0.5], [0.25, 3.0, 1.5], [1.25, 0.75, 5.0]])
    return {"x": am.Tensor(d, "x"), "s": am.Tensor(s, "s"), "v": am.Value(2.5, "v"), "d": d}


def plain(x: Any) -> Any:
    return x.data if isinstance(x, am.Node) else x


def evaluated(form: str) -> tuple[Any, Any]:
    """What it gives on nodes, and on their data."""
    nodes = operands()
    data = {name: plain(value) for name, value in nodes.items()}
    try:
        expected = eval(form, NAMES, data)
    except TypeError:
        pytest.skip(f"NumPy {np.__version__} does not know this form")
    return eval(form, NAMES, nodes), expected


@pytest.mark.parametrize("form", forms(RECORDED))
def test_recorded_forms(form: str) -> None:
    result, expected = evaluated(form)
    assert isinstance(result, am.Node)
    assert result.parents or form.startswith(("+", "np.positive"))
    assert np.shape(result.data) == np.shape(expected)
    np.testing.assert_allclose(result.data, expected, rtol=1e-14)


@pytest.mark.parametrize("form", forms(SEEN))
def test_plain_forms(form: str) -> None:
    result, expected = evaluated(form)
    assert not isinstance(result, am.Node)
    assert type(np.asarray(result).dtype) is type(np.asarray(expected).dtype)
    if not form.startswith(("np.may_share", "np.shares")):
        np.testing.assert_array_equal(result, expected)


UFUNCS = {op.array for op in TABLE.values() if isinstance(op.array, np.ufunc)}


def test_every_supported_function_has_a_form_here() -> None:
    named = set(forms(RECORDED + SEEN))
    # The table's own ufuncs are called by the loop over the table, in test_ops.py.
    for function in {*DIFFERENTIABLE, *PLAIN} - UFUNCS:
        aliases = {name for name in dir(np) if getattr(np, name) is function}
        aliases = aliases or {name_of(function).removeprefix("np.")}
        assert any(form.startswith(f"np.{name}(") for form in named for name in aliases), (
            f"{name_of(function)} has no form in this file"
        )


def test_no_function_is_in_both_lists() -> None:
    assert not PLAIN & set(DIFFERENTIABLE)


def test_the_list_in_the_docs_is_the_list() -> None:
    written = Path(__file__).parents[1] / "docs" / "NUMPY.md"
    names = [set(re.findall(r"np[.\w]+", text)) for text in (written.read_text("utf-8"), page())]
    # A new op of the table is supported by its line there; the page may name it later.
    assert names[0] ^ names[1] <= {name_of(function) for function in UFUNCS}, (
        "docs/NUMPY.md is out of date: python -m tests.support.numpy_list > docs/NUMPY.md"
    )


REFUSED = {
    "np.sum(x, 0, f32)": "sum.*dtype",
    "np.sum(x, dtype=f32)": "sum.*dtype",
    "np.sum(x, out=np.zeros(()))": "sum.*out",
    "np.sum(x, initial=1.0)": "sum.*initial",
    "np.sum(x, where=[True, False, True])": "sum.*where",
    "np.mean(x, dtype=f32)": "mean.*dtype",
    "np.mean(x, 0, f32)": "mean.*dtype",
    "np.max(x, initial=9)": "max.*initial",
    "np.var(x, mean=0.0)": "var.*mean",
    "np.cumsum(x, 0, f32)": "cumsum.*dtype",
    "np.clip(x, 0, 1, dtype=f32)": "clip.*dtype",
    "np.reshape(x, (3, 2), 'F')": "reshape.*order",
    "np.reshape(x, (3, 2), order='F')": "reshape.*order",
    "np.ravel(x, 'F')": "ravel.*order",
    "np.ravel(x, order='K')": "ravel.*order",
    "np.concatenate([x, x], dtype=f32)": "concatenate.*dtype",
    "np.trace(s, dtype=f32)": "trace.*dtype",
    "np.trace(s, 0, 0, 1, f32)": "trace.*dtype",
    "np.copy(x, order='F')": "copy.*order",
    "np.einsum(x, [0, 1], [0])": "einsum.*string",
    "np.einsum('ij->i', x, dtype=f32)": "einsum.*dtype",
    "np.broadcast_to(x, (2, 2, 3), subok=True)": "broadcast_to.*subok",
    "np.linalg.norm(x, 1)": r"norm of order 1 .*shape \(2, 3\)",
    "np.linalg.norm(x[0], 3)": r"norm of order 3",
    "np.sqrt(x, where=d > 1)": "np.sqrt.*where=",
    "np.exp(x, dtype=f32)": "np.exp.*dtype=",
    "np.add.reduce(x)": r"np.add.reduce.*am.sum",
    "np.add.outer(x, x)": "np.add.outer",
    "np.multiply.accumulate(x)": "np.multiply.accumulate",
    "np.add.at(d, 0, x)": "np.add.at",
    "np.sort(x)": "np.sort.*docs/NUMPY.md.*node.data",
    "np.linalg.inv(s)": "np.linalg.inv",
    "np.fft.fft(x)": "np.fft.fft",
    "np.cbrt(x)": "np.cbrt",
    "np.median(x)": "np.median",
    "np.copyto(d, x)": r"np.copyto would write a node into a plain array.*am\.broadcast_to",
    "np.copyto(x, d)": "np.copyto does not support nodes",
    "np.full_like(d, v)": r"np.copyto.*np.full_like.*am\.broadcast_to",
    "np.full_like(x, v)": r"np.full_like would write a node.*am\.broadcast_to",
    "np.full_like(x, fill_value=v)": r"np.full_like would write a node",
    "np.full_like(x, [v, 1.0, 2.0])": r"np.full_like would write a node",
    "np.full(2, v, dtype=float)": r"np.copyto would write.*np.full and",
    "pow(v, 2, 3)": r"pow\(\) of v takes no third argument.*x\*\*y % modulo",
    "pow(x, 2, 3)": r"pow\(\) of x takes no third argument",
    "np.array([v, v])": "am.stack",
    "np.asarray(x)": "x cannot become a plain array.*am.stack.*node.data",
    "np.array([x, x])": "am.stack",
    "np.mean([v, v])": "am.stack",
    "np.exp([v, v])": "am.stack",
    "d.__setitem__(slice(None), x)": "x cannot become a plain array",
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_not_supported_is_named(form: str) -> None:
    with pytest.raises(am.UnsupportedError, match=REFUSED[form]):
        eval(form, NAMES, operands())


@pytest.mark.parametrize("node", ["x", "v"])
def test_arrays_are_not_written_into(node: str) -> None:
    given = operands()
    with pytest.raises(am.MutationError, match=r"np.add.*write a = a \+ node"):
        exec(f"d += {node}", NAMES, given)
    with pytest.raises(am.MutationError, match=r"np\.multiply"):
        eval(f"np.multiply({node}, 2, out=d)", NAMES, given)
    np.testing.assert_array_equal(given["d"], np.arange(1.0, 7.0).reshape(2, 3))


def test_numpy_code_gets_gradients() -> None:
    """The lecture's vectorised step, as it is written for NumPy, against the formulas by hand."""
    rng = np.random.default_rng(1)
    X, Y = rng.standard_normal((3, 5)), np.array([[0.0, 1.0, 1.0, 0.0, 1.0]])

    def cost(w: Any, b: Any) -> Any:
        A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / 5

    w, b = rng.standard_normal((3, 1)), 0.3
    tensor, value = am.Tensor(w), am.Value(b)
    J = cost(tensor, value)
    J.backward()
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    assert J.data == pytest.approx(cost(w, b), rel=1e-15)
    np.testing.assert_allclose(tensor.grad, X @ (A - Y).T / 5, rtol=1e-13)
    assert value.grad == pytest.approx(np.sum(A - Y) / 5, rel=1e-13)


def test_c_functions_that_do_not_tell_their_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """So are np.concatenate, np.dot and np.where in NumPy 2.0."""

    def parameters(function: Any) -> Any:
        if function in (np.concatenate, np.dot, np.where):
            raise ValueError("no signature found for builtin")
        return known(function)

    known = numpy_protocol.parameters
    monkeypatch.setattr(numpy_protocol, "parameters", parameters)
    x, d = am.Tensor([[1.0, 2.0]]), np.ones((1, 2))
    assert np.concatenate([x, d]).shape == (2, 2)
    assert np.concatenate((x, d), 1).shape == np.concatenate((d, x), axis=1).shape == (1, 4)
    assert np.dot(x, d.T).data == [[3.0]]
    np.testing.assert_array_equal(np.where(d > 0, x, 0).data, x.data)
    with pytest.raises(am.UnsupportedError, match=r"concatenate.*dtype"):
        np.concatenate([x, x], dtype=float)


def test_float_power_is_in_double_precision() -> None:
    x = am.Tensor(np.float32([10.0, 1.5]))
    z = np.float_power(x, 40)
    assert z.dtype == np.float64
    np.testing.assert_array_equal(z.data, np.float_power(x.data, 40))
    np.float_power(x, 2).sum().backward()
    assert x.grad.tolist() == [20.0, 3.0]
    assert np.float_power(am.Value(2.0), 3).data == 8.0


def test_a_value_is_shown_as_an_array_without_axes() -> None:
    v = am.Value(1.5)
    assert np.array_repr(v) == "array(1.5)"
    assert np.array2string(v) == np.array_str(v) == "1.5"
