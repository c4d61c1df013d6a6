"""Simplify: each rule makes its step shorter, and the numbers stay."""

import math
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.replay.code import FLOAT64, Code, Ref, Step, evaluate
from autograd_mini.replay.linear import LINEAR, gather
from autograd_mini.replay.simplify import simplify
from tests.replay.codes import code_of, names, same

x, v, m = 0.7, np.array([0.3, -1.2, 2.0]), np.arange(6.0).reshape(2, 3) - 2.5

EXACT: list[tuple[Any, Any, list[str]]] = [
    (lambda x: x * 1.0, x, []),
    (lambda x: 1 * x, v, []),
    (lambda x: x / 1.0, x, []),
    (lambda x: x - 0.0, x, []),
    (lambda x: x**1, x, []),
    (lambda x: x**0, v, []),
    (lambda x: am.negative(am.negative(x)), v, []),
    (lambda x: am.reshape(am.reshape(x, (3, 2)), (6,)), m, ["reshape"]),
    (lambda x: am.reshape(x, (2, 3)), m, []),
    (lambda x: ops.item(am.reshape(x, (1,))), np.ones((1, 1)), ["item"]),
    (lambda x: am.transpose(am.transpose(x)), m, []),
    (lambda x: am.transpose(x, (0, 1)), m, []),
    (lambda x: am.broadcast_to(x, (3,)), v, []),
    (lambda x: am.stack([x[0], x[1]])[1], v, ["getitem"]),
    (lambda x: am.stack([x[0], x[1]])[-2], v, ["getitem"]),
    (lambda x: x[1][2], m, ["getitem"]),
    (lambda x: am.sin(am.exp(am.Value(1.0))) * x, x, ["multiply"]),
    (lambda x: am.where(x != 0, x, 2.0), v, ["not_equal", "where"]),
    (lambda x: am.exp(x) + am.exp(x), x, ["exp", "add"]),
    (lambda x: x + 0.0, x, ["add"]),
    (lambda x: x * 0.0, x, ["multiply"]),
    (lambda x: am.where(True, x, 2.0) * am.where(False, x, 2), x, ["multiply"]),
    (lambda x: am.where(True, x, 2.0), v, ["where"]),
    (lambda x: x ** np.float32(1) * np.float32(1), np.ones(3, np.float32), []),
    (lambda x: am.stack([x, am.sin(x)])[1], x, ["sin", "reshape"]),
    (am.grad(lambda x: x[1][2] ** 2), m, ["getitem", "multiply", "multiply", "scatter"]),
]

RULES: list[tuple[Any, Any, list[str]]] = [
    (lambda x: x + 0.0, v, []),
    (lambda x: 0.0 + x, v, []),
    (lambda x: am.square(x) * 2 * 3, v, ["square", "multiply"]),
    (lambda x: (2 * am.sin(x)) * (3 * am.cos(x)), v, ["sin", "cos", "multiply", "multiply"]),
    (lambda x: (-am.sin(x)) * (-am.cos(x)), v, ["sin", "cos", "multiply"]),
    (lambda x: -(x * 2), v, ["multiply"]),
    (lambda x: -1.0 * x, v, ["negative"]),
    (lambda x: -(x - am.sin(x)), v, ["sin", "subtract"]),
    (lambda x: am.exp(x) / 4, v, ["exp", "multiply"]),
    (lambda x: x / np.full(3, 4.0), v, ["multiply"]),
    (lambda x: x * np.full(3, 2.0), v, ["multiply"]),
    (lambda x: x + np.zeros(3), v, []),
    (lambda x: x - np.zeros(3), v, []),
    (lambda x: 1 / (1 + am.exp(-x)), v, ["sigmoid"]),
    (lambda x: (1 + am.exp(-x)) ** -1, v, ["sigmoid"]),
    (lambda x: am.reciprocal(am.exp(-x) + 1), v, ["sigmoid"]),
    (lambda x: 1 - am.sigmoid(x), v, ["negative", "sigmoid"]),
    (lambda x: am.log(am.sigmoid(x)), v, ["log_sigmoid"]),
    (lambda x: am.log(1 - am.sigmoid(x)), v, ["negative", "log_sigmoid"]),
    (lambda x: x + -2 * am.sin(x), v, ["sin", "multiply", "subtract"]),
    (lambda x: x - -2 * am.sin(x), v, ["sin", "multiply", "add"]),
    (lambda x: x**2, v, ["square"]),
    (lambda x: x**-1, v, ["reciprocal"]),
    (lambda x: x**0, v, []),
    (lambda x: am.sum(x * 3), v, ["sum", "multiply"]),
    (lambda x: am.mean(x * 3), v, ["mean", "multiply"]),
    (lambda x: am.sum(am.reshape(x, (1, 3)), axis=0), v, []),
    (lambda x: am.sum(x * x), v, ["matmul"]),
    (lambda x: am.sum(x * am.sin(x), axis=1), m, ["sin", "multiply", "sum"]),
    (lambda x: am.sum(am.transpose(x)), m, ["sum"]),
    (lambda x: am.sum(am.transpose(x), axis=0), m, ["sum"]),
    (lambda x: am.sum(x * np.arange(3.0), axis=1), m, ["matmul"]),
    (lambda x: am.sum(x * np.arange(2.0)[:, None], axis=0), m, ["transpose", "matmul"]),
    (lambda x: (2 * x) @ (3 * am.transpose(x)), m, ["transpose", "matmul", "multiply"]),
    (lambda x: am.transpose(x @ am.transpose(am.exp(x))), m, ["exp", "transpose", "matmul"]),
    (lambda x: am.transpose(2 * x), m, ["transpose", "multiply"]),
    (lambda x: am.reshape(2 * x, (6,)) / 2, m, ["reshape"]),
    (lambda x: (2 * x)[0], m, ["getitem", "multiply"]),
    (lambda x: x * 1e-120 * 1e90, v, ["multiply", "multiply"]),
    (lambda x: x * am.broadcast_to(am.sum(x), (3,)), v, ["sum", "multiply"]),
    (am.grad(lambda x: am.sum(am.reshape(x, (1,)) ** 2)), x, ["linear"]),
    (
        lambda x: am.sum(am.transpose(x, (2, 1, 0)), axis=1),
        np.ones((2, 3, 4)),
        ["transpose", "sum"],
    ),
    (lambda x: 2 * am.broadcast_to(am.sum(x), (3,)), v, ["sum", "multiply", "broadcast_to"]),
]


@pytest.mark.parametrize(("f", "at", "expected"), EXACT)
def test_rules_that_keep_every_bit(f: Any, at: Any, expected: list[str]) -> None:
    code, leaves = code_of(f, at)
    found = simplify(code, exact=True)
    assert names(found) == expected, str(found)
    same(code, found, leaves, rtol=0.0)


@pytest.mark.parametrize(("f", "at", "expected"), RULES)
def test_rules_to_rounding(f: Any, at: Any, expected: list[str]) -> None:
    code, leaves = code_of(f, at)
    found = simplify(simplify(code, exact=True))
    same(code, found, leaves)
    assert sorted(names(found)) == sorted(expected), str(found)


SHAPES = [
    ((2, 3, 4), (4,)), ((2, 3, 4), (3, 1)), ((2, 1, 4), (1, 3, 4)), ((2, 3), (2, 3)),
    ((1, 3), (2, 1)), ((4,), (3, 4)), ((3, 1), (3, 1)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_sums_of_products_over_any_axes(shapes: Any) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=s) for s in shapes)
    rank = max(map(len, shapes))
    for keepdims in (False, True):
        for axes in [None, *range(rank), *((i, j) for i in range(rank) for j in range(i))]:
            code, leaves = code_of(
                lambda a, b, axes=axes, k=keepdims: am.sum(a * b, axis=axes, keepdims=k), a, b
            )
            same(code, simplify(code), leaves)


def test_truths_and_choices_lose_what_says_nothing() -> None:
    code, leaves = code_of(lambda x: am.where(np.logical_and(True, x > 0), np.ones(3), x), v)
    found = simplify(code, exact=True)
    assert names(found) == ["greater", "where"]
    assert found.steps[-1].args[1] == 1.0
    same(code, found, leaves, rtol=0.0)


def test_narrow_floats_keep_their_order() -> None:
    w = v.astype(np.float32)
    code, leaves = code_of(lambda x: am.sum(x * x) * np.float32(2), w)
    found = simplify(code)
    assert "matmul" not in names(found)
    same(code, found, leaves, rtol=1e-6)


def test_errors_of_constants_are_left_to_the_replay() -> None:
    steps = [
        Step(None, (), None),
        Step(am.log, (-1.0,), None),
        Step(am.add, (Ref(0), Ref(1)), None),
    ]
    assert names(simplify(Code(steps, [Ref(2)], [], 1))) == ["log", "add"]


def test_large_constants_are_not_made() -> None:
    code, leaves = code_of(lambda x: am.broadcast_to(am.Value(1.0), (4000, 4000))[0, 0] * x, x)
    found = simplify(code, exact=True)
    assert "broadcast_to" in names(found)
    same(code, found, leaves)


def test_zero_times_what_may_be_infinite_stays() -> None:
    for f in (
        lambda x: 0.0 * x,
        lambda x: 0.0 * am.exp(x),
        lambda x: x - x,
    ):
        for at in (math.inf, np.array([math.inf, 1.0])):
            code, _ = code_of(f, np.ones(2) if np.ndim(at) else 1.0)
            found = simplify(gather(simplify(code)))
            with np.errstate(invalid="ignore"):
                (result,) = evaluate(found, [at])
            assert np.isnan(np.ravel(result)[0])


def linear(*args: Any) -> Step:
    return Step(LINEAR, args, None, FLOAT64)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([linear(Ref(0), (0.0, 1.0))], []),
        ([linear(Ref(0), (1.0, 2.0)), linear(Ref(1), (0.5, 3.0))], [(3.5, 6.0)]),
        ([linear(Ref(0), 4.0, (1.0, 2.0, 3.0))], [(13.0, 2.0)]),
        ([linear(2.0, 4.0, (1.0, 2.0, 3.0))], []),
        ([Step(am.exp, (Ref(0),), None), linear(Ref(1), (2.0, 0.0))], [None, (2.0, 0.0)]),
        ([Step(am.sigmoid, (Ref(0),), None), linear(Ref(1), (1.0, -1.0))], [(0.0, -1.0), None]),
    ],
)
def test_weighted_sums(steps: list[Step], expected: list[Any]) -> None:
    code = Code([Step(None, (), None), *steps], [Ref(len(steps))], [], 1)
    found = simplify(code)
    weights = [step.args[-1] if step.op is LINEAR else None for step in found.steps[1:]]
    assert weights == expected, str(found)
    same(code, found, [0.7])


def test_a_constant_that_is_too_large_to_fold() -> None:
    large = np.broadcast_to(2.0, (4000, 4000))
    code = Code([Step(am.multiply, (1.0, large), large.shape)], [Ref(0)], [], 0)
    assert names(simplify(code, exact=True)) == ["multiply"]


@pytest.mark.parametrize("op", [am.sum, am.mean])
@pytest.mark.parametrize("axis", [None, 0, (0, 1), 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_of_joined_arrays(op: Any, axis: Any, keepdims: bool) -> None:
    rng = np.random.default_rng(0)
    x, order = rng.normal(size=(1000, 6)), rng.permutation(2000)
    twice = np.r_[order[:-1], order[0]]

    def joined(x: Any) -> Any:
        return am.concatenate([am.sin(x), am.exp(x)])

    for f, together in (
        (lambda x: op(joined(x)[order], axis, keepdims), False),
        (lambda x: op(joined(x), axis, keepdims), False),
        (lambda x: op(joined(x)[twice], axis, keepdims), True),
        (lambda x: op(joined(x)[order > 5], axis, keepdims), True),
        (lambda x: op(am.concatenate([x] * 9), axis, keepdims), True),
        (lambda x: op(joined(x[:100]), axis, keepdims), True),
    ):
        code, _ = code_of(f, x)
        found = simplify(code)
        assert names(found).count("concatenate") == (together or axis == 1)
        same(code, found, [x])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.sum(am.stack([x[0] ** 2, x[1] ** 3])[True]),
        lambda x: am.sum(x[x[0] > 0, 1] ** 2),
        lambda x: am.sum(x[True, 0]) ** 2 + am.sum(x[True, 1]) ** 3,
        lambda x: am.sum(x.reshape(2, 2)[1][True, 0] ** 2),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_a_truth_in_an_index_adds_an_axis(f: Any, exact: bool) -> None:
    x = np.array([2.0, 3.0, 5.0, 7.0])
    for g in (f, am.grad(f)):
        step = am.compile(g, exact=exact)
        np.testing.assert_allclose(step(x), g(x))
        np.testing.assert_allclose(step(x), g(x))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.broadcast_to(am.sum(x), (2, 1)) + am.broadcast_to(am.exp(am.sum(x)), (2, 1)),
        lambda x: am.broadcast_to(am.sum(x), (2, 1)) / am.broadcast_to(am.exp(am.sum(x)), (2, 1)),
        am.grad(lambda x: am.log(am.sigmoid(am.sum(am.sum(x) + x))) + 3.0 * am.sum(am.sum(x) + x)),
        lambda x: am.sigmoid(am.transpose(am.sum(x))) * am.sigmoid(-am.sum(x)),
    ],
)
def test_results_have_the_shape_of_all_operands(f: Any) -> None:
    x = np.array([[0.25], [-0.5]])
    step = am.compile(f)
    for _ in range(2):
        np.testing.assert_allclose(step(x), f(x), strict=True)


def test_a_number_that_is_transposed_is_an_array_without_axes() -> None:
    def f(x: Any, y: Any) -> Any:
        return am.sigmoid(am.transpose(x)) * am.sigmoid(-x) + y * am.sigmoid(y)

    step = am.compile(f)
    for _ in range(2):
        assert step(0.5, 2.0) == pytest.approx(f(0.5, 2.0), rel=1e-14)
