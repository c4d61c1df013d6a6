"""Every op of the table in a batch: `vmap` against a loop, for values and derivatives."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.primitive import TABLE, Primitive
from tests.support.array_cases import CASES, Case

ELEMENTWISE = [op for op in TABLE.values() if op.kind == "elementwise" and op.samples]
TRUTHS = [op for op in TABLE.values() if not op.records and op.name != "floor_divide"]


def axes_of(count: int) -> list[tuple[int | None, ...]]:
    """All ways in which some of so many operands have the axis of the examples."""
    return [axes for axes in itertools.product((0, None), repeat=count) if 0 in axes]


def examples(args: Sequence[Any], axes: Sequence[int | None]) -> list[tuple[Any, ...]]:
    count = next(len(a) for a, axis in zip(args, axes, strict=True) if axis == 0)
    return [
        tuple(a if axis is None else a[i] for a, axis in zip(args, axes, strict=True))
        for i in range(count)
    ]


def equal(found: Any, expected: Any) -> None:
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def compare(f: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None]) -> None:
    """Values, gradients of and through the batch, and Hessians, as a loop gives them."""
    one_by_one = examples(args, axes)
    places = tuple(range(len(args)))
    values = np.stack([f(*example) for example in one_by_one])
    equal(am.vmap(f, axes)(*args), values)
    weights = np.cos(np.arange(values.size, dtype=float)).reshape(values.shape)

    # Through the batch: what examples share gets the sum of what they give.
    through = am.grad(lambda *a: am.sum(weights * am.vmap(f, axes)(*a)), places)(*args)
    singles = [
        am.grad(lambda *a, i=i: am.sum(weights[i] * f(*a)), places)(*example)
        for i, example in enumerate(one_by_one)
    ]
    for place, axis in enumerate(axes):
        found = np.stack([single[place] for single in singles])
        equal(through[place], found if axis == 0 else found.sum(axis=0))

    # Within it: derivatives of each example.
    def total(*a: Any) -> Any:
        return am.sum(am.sin(f(*a)))

    for place, found in enumerate(am.vmap(am.grad(total, places), axes)(*args)):
        equal(found, np.stack([am.grad(total, places)(*e)[place] for e in one_by_one]))
    equal(
        am.vmap(am.hessian(total), axes)(*args),
        np.stack([am.hessian(total)(*e) for e in one_by_one]),
    )


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
@pytest.mark.parametrize("shape", [(), (2,)], ids=str)
def test_elementwise_ops(op: Primitive, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(op.name))
    for axes in axes_of(len(op.samples)):
        args = [
            rng.uniform(low, high, size=(2, *shape) if axis == 0 else ())
            for (low, high), axis in zip(op.samples, axes, strict=True)
        ]
        compare(op, args, axes)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # floor_divide of inf
@pytest.mark.parametrize("op", TRUTHS, ids=lambda op: op.name)
def test_truths(op: Primitive) -> None:
    values = np.array([0.0, 1.0, np.inf, np.nan, -1.0])
    for axes in axes_of(1 if op.name in ("logical_not", "isfinite") else 2):
        args = [values if axis == 0 else 1.0 for axis in axes]
        found = am.vmap(op, axes)(*args)
        assert found.dtype == (np.float64 if op.name == "floor_divide" else np.bool_)
        np.testing.assert_array_equal(found, [op(*example) for example in examples(args, axes)])


def test_whole_parts_and_remainders() -> None:
    x, y = np.array([7.5, -7.5, 7.5]), np.array([2.0, 2.0, -2.0])
    np.testing.assert_array_equal(am.vmap(lambda x, y: x // y)(x, y), x // y)
    by_x, by_y = am.vmap(am.grad(lambda x, y: (x % y) * y, argnums=(0, 1)))(x, y)
    np.testing.assert_array_equal(by_x, y)
    np.testing.assert_array_equal(by_y, x % y - (x // y) * y)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ops_on_arrays(case: Case) -> None:
    op = TABLE[case.op]
    for axes in axes_of(len(case.arrays)):
        args = [
            np.stack([a, 1.1 * a + 0.01]) if axis == 0 else np.asarray(a)
            for a, axis in zip(case.arrays, axes, strict=True)
        ]
        compare(lambda *a: op(*a, *case.statics), args, axes)


def test_an_op_that_is_not_known() -> None:
    strange = Primitive(
        "strange", None, np.sort, kind="other", listed=False, rules=(lambda g, z, x: g,)
    )
    with pytest.raises(am.UnsupportedError, match=r"^vmap does not know how to do strange for a b"):
        am.vmap(strange)(np.ones((2, 3)))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[0],
        lambda x: x[-1, 1],
        lambda x: x[1:, ::-1],
        lambda x: x[..., None, 0],
        lambda x: x[[0, 2]],
        lambda x: x[[0, 2], [1, 1]],
        lambda x: x[:, [1, 0, 1]],
        lambda x: x[[2, 0], ..., None],
        lambda x: x[None, [2, 0], :1],
        lambda x: x[[[0], [2]], [[0, 1]]],
        lambda x: x[np.array([True, False, True])],
        lambda x: x[np.array([True, False, True]), 1],
        lambda x: x[np.eye(3, 2) > 0],
        lambda x: x[True],
        lambda x: x[np.array(1)],
        lambda x: am.concatenate([x, np.ones((1, 2)), x[:1]]),
        lambda x: am.concatenate([x[0], 7.0 * np.ones(1)]),
        lambda x: am.stack([x[0, 0], 1.0, x[1, 1] * 2]),
        lambda x: am.stack([x, x, np.zeros((3, 2))], axis=-1),
        lambda x: am.einsum("ij->", x),
        lambda x: am.einsum("ij,kj,zy->ikz", x, x, np.ones((2, 2))),
        lambda x: am.einsum("ii->i", x[:2]),
        lambda x: np.tensordot(x, x, 2),
        lambda x: am.outer(x[0], x[1]),
        lambda x: am.trace(x),
        lambda x: am.norm(x, axis=1),
        lambda x: am.std(x, axis=0, ddof=1),
        lambda x: am.softmax(x),
        lambda x: am.cumsum(x),
        lambda x: am.flip(x, 0),
        lambda x: am.moveaxis(x, 0, 1) @ x,
        lambda x: am.squeeze(x[:1, :1]),
        lambda x: am.max(x) - am.min(x, axis=1),
        lambda x: am.broadcast_to(x[0], (4, 2)),
        lambda x: x.astype(np.float32).astype(np.float64),
        lambda x: am.clip(x, -0.5, am.mean(x)),
        lambda x: x.reshape(-1),
        lambda x: am.vstack([x, x[0]]),
    ],
)
def test_functions_on_arrays(f: Callable[[Any], Any]) -> None:
    x = np.random.default_rng(5).normal(size=(4, 3, 2))
    compare(f, [x], [0])


@pytest.mark.parametrize("left", [(3,), (2, 3), (4, 1, 2, 3)], ids=str)
@pytest.mark.parametrize("right", [(3,), (3, 2), (5, 3, 2)], ids=str)
def test_products(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(6)
    for axes in axes_of(2):
        args = [
            rng.normal(size=(7, *shape) if axis == 0 else shape)
            for shape, axis in zip((left, right), axes, strict=True)
        ]
        found = am.vmap(am.matmul, axes)(*args)
        equal(found, np.stack([np.matmul(*example) for example in examples(args, axes)]))


def test_a_linear_layer_is_one_product() -> None:
    W, x = np.ones((3, 4)), am.Tensor(np.ones((100, 4)))
    z = am.vmap(lambda x: W @ x)(x)
    ops = [node.op.name for node in am.node.ancestors(z) if node.op]
    assert ops.count("matmul") == len(ops) == 1
    z = am.vmap(lambda x: x @ W.T)(x)
    assert [node.op.name for node in am.node.ancestors(z) if node.op] == ["matmul"]
