"""Blocks: programs on large arrays done piece by piece, beside the same programs done at once."""

import math
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.replay import blocks, pieces
from autograd_mini.replay.blocks import LOOP, blocked
from autograd_mini.replay.code import BOOL, FLOAT64, Code, Guard, Ref, Step, evaluate
from autograd_mini.replay.program import Program
from autograd_mini.tree import flatten

N = 3
"""The features of an example, all but as many as there are examples."""


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of few rows, however small the arrays."""
    shrink(monkeypatch, size=4)


def shrink(patch: pytest.MonkeyPatch, size: int) -> None:
    patch.setattr(blocks, "BLOCK", 8 * size)
    patch.setattr(blocks, "LARGE", 0)
    patch.setattr(blocks, "FEWEST", 1)
    patch.setattr(blocks, "LEAST_ROWS", 1)


def program_of(f: Callable[..., Any], *args: Any) -> Program:
    step = am.compile(f)
    step(*args)
    found: Program = step.recordings[-1].program
    return found


def loops(program: Program) -> int:
    return sum(step.op is LOOP for step in program.blocks.steps)


def agree(f: Callable[..., Any], *args: Any) -> Program:
    """The source, the blocked code by its ops, and the code before, all beside f itself."""
    program = program_of(f, *args)
    leaves = flatten((args, {}))[0]
    wanted = flatten(f(*args))[0]
    ways = [
        flatten(program(*args))[0],
        evaluate(program.blocks, leaves),
        evaluate(program.code, leaves),
    ]
    for found in ways:
        for x, y in zip(found, wanted, strict=True):
            assert np.shape(x) == np.shape(y)
            assert np.asarray(x).dtype == np.asarray(y).dtype
            close = 2e-5 if np.asarray(y).dtype == np.float32 else 1e-10
            np.testing.assert_allclose(x, y, rtol=close, atol=close)
    for x in ways[0]:
        assert not any(np.shares_memory(x, leaf) for leaf in leaves)
    return program


# Functions of w (N,), X (m, N) and y (m,) ---------------------------------------------------------


def logistic(w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return am.mean(am.softplus(z) - y * z)


def root(w: Any, X: Any, y: Any) -> Any:
    return am.sqrt(am.mean((X @ w - y) ** 2) + 1.0)


def by_rows(w: Any, X: Any, y: Any) -> Any:
    return am.sum(X * w * am.exp(X) * y[:, None], axis=1) + am.max(X, axis=1) * y


def softmax(w: Any, X: Any, y: Any) -> Any:
    return -am.sum(am.log(am.softmax(X * w, axis=1)) * y[:, None])


def standardised(w: Any, X: Any, y: Any) -> Any:
    return am.mean(((X - am.mean(X, axis=0)) / (am.std(X, axis=0) + 1.0)) @ w * y)


def extremes(w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return am.max(am.sin(z) + y) + am.min(am.exp(z) * y) + am.prod(1 + y * am.tanh(z) * 0.1)


def extremes_of_columns(w: Any, X: Any, y: Any) -> Any:
    Z = am.sin(X * w) + y[:, None]
    return am.max(Z, axis=0), am.min(Z, axis=0, keepdims=True), am.prod(Z, axis=0)


def flattened(w: Any, X: Any, y: Any) -> Any:
    return am.sum(X * am.exp(X) * w * 2.0)


def each(w: Any, X: Any, y: Any) -> Any:
    return am.tanh(X @ w) * y + 1, am.sin(X) * w, am.sum(X * y[:, None], axis=0)


def joined(w: Any, X: Any, y: Any) -> Any:
    columns = am.stack([am.sin(X[:, 0]), X[:, 1] * y, am.exp(X[:, 2])], axis=1)
    wide = am.concatenate([X * 2, X[:, :2] * y[:, None]], axis=1)
    return am.sum(columns @ w) + am.sum(wide**2)


def summed_by_letters(w: Any, X: Any, y: Any) -> Any:
    columns = am.einsum("ij,i->j", am.sin(X) * 2 + 1, y)
    return am.einsum("ij,j,i->", am.tanh(X), w, y) + am.sum(columns)


def two_layers(w: Any, X: Any, y: Any) -> Any:
    H = am.tanh(X @ am.reshape(am.stack([w, w * 2, w * 3]), (3, 3)))
    return am.sum((H @ w - y) ** 2)


def running(w: Any, X: Any, y: Any) -> Any:
    return am.sum(am.cumsum(am.sin(X) * w, axis=1) * y[:, None])


def stacks(w: Any, X: Any, y: Any) -> Any:
    Z = am.sin(X)[:, :, None] @ am.cos(X)[:, None, :]
    return am.sum(Z * y[:, None, None] @ w)


FUNCTIONS = [
    *(logistic, root, by_rows, softmax, standardised, extremes, extremes_of_columns, flattened),
    *(each, joined, summed_by_letters, two_layers, running, stacks),
]
NEED_EXAMPLES = {extremes, extremes_of_columns, standardised, root, logistic}


def of_columns(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same of X with the examples as columns."""
    return lambda w, X, y: f(w, X.T, y)


def total(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: sum((am.sum(x) for x in flatten(f(*args))[0]), 0.0)


def data(m: int, dtype: Any = np.float64, seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    w, X, y = rng.normal(size=N), rng.normal(size=(m, N)), rng.random(m) + 0.5
    return w.astype(dtype), X.astype(dtype), y.astype(dtype)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_blocks_give_what_the_whole_gives(
    f: Callable[..., Any], dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, size=20)
    for m in (0, 1, 13, 83):
        if m < 2 and f in NEED_EXAMPLES:
            continue
        w, X, y = data(m, dtype)
        for g, Z in ((f, X), (of_columns(f), np.ascontiguousarray(X.T))):
            programs = [
                agree(g, w, Z, y),
                agree(am.value_and_grad(total(g), argnums=(0, 1, 2)), w, Z, y),
            ]
            assert m < 83 or all(map(loops, programs))


@pytest.mark.untraced
@given(
    m=st.integers(0, 40),
    size=st.integers(3, 20),
    chosen=st.lists(st.integers(0, 9), min_size=1, max_size=8),
    seed=st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_random_programs(m: int, size: int, chosen: list[int], seed: int) -> None:
    """Any chain of steps that keep, lose and bring back the axis of the examples."""

    def f(w: Any, X: Any, y: Any) -> Any:
        z, found = X @ w, []
        for k in chosen:
            match k:
                case 0:
                    z = am.tanh(z) + y
                case 1:
                    z = z - am.sum(z) / 7.0
                case 2:
                    X = X * z[:, None]
                case 3:
                    X = am.softmax(X, axis=1)
                case 4:
                    z = z + am.max(X, axis=1)
                case 5:
                    w = w + am.tanh(z @ X) / 9.0
                case 6:
                    X = am.where(X > 0, am.sin(X), w)
                case 7:
                    found.append(am.sum(X * X))
                case 8:
                    found.append(z * 2.0)
                case _:
                    z = z + am.sum(am.cos(X[:, ::-1]), axis=1)
        return [am.sum(z), X, *found]

    with pytest.MonkeyPatch.context() as patch:
        shrink(patch, size)
        agree(f, *data(m, seed=seed))
        agree(am.grad(total(f), argnums=(0, 1, 2)), *data(m, seed=seed))


# vmap and guards ----------------------------------------------------------------------------------


def loss(w: Any, x: Any, y: Any) -> Any:
    return am.sum(am.sin(x @ w) * y + am.relu(x) @ w)


@pytest.mark.parametrize("axis", [0, 1])
def test_vmap_of_a_loss_and_of_its_gradients(axis: int) -> None:
    w, X, y = data(23)
    X = X if axis == 0 else X.T.copy()
    over = (None, axis, 0)

    def mean(w: Any, X: Any, y: Any) -> Any:
        return am.mean(am.vmap(loss, over)(w, X, y))

    for f in (
        am.vmap(loss, over),
        am.vmap(am.grad(loss, argnums=(0, 1)), over),
        mean,
        am.value_and_grad(mean),
    ):
        assert loops(agree(f, w, X, y)) == 1


@pytest.mark.parametrize("m", [7, 50, 120])
def test_rows_that_are_taken_from_the_whole(m: int) -> None:
    places = np.random.default_rng(m).integers(-m, m, 50)

    def f(w: Any, X: Any, y: Any) -> Any:
        Z = am.sin(X) * 2.0
        taken = am.tanh(Z[places] @ w) * y[places] + X[places, 0]
        return am.sum(taken), taken * am.exp(taken)

    for g in (f, am.value_and_grad(total(f), argnums=(0, 1, 2))):
        program = agree(g, *data(m))
        assert loops(program) >= 1
        assert ("C1_ = C1[" in program.source) == (m != 50)


def test_both_ways_of_an_if_have_no_array_of_their_examples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def branching(w: Any, x: Any, y: Any) -> Any:
        z = x @ w
        return am.softplus(z) - y * z if y > 1.0 else am.softplus(z)

    def mean(w: Any, X: Any, y: Any) -> Any:
        return am.mean(am.vmap(branching, (None, 0, 0))(w, X, y))

    shrink(monkeypatch, size=200)
    w, X, y = data(5000)
    for f in (mean, am.value_and_grad(mean)):
        program = agree(f, w, X, y)
        assert loops(program) == 3
        assert program.blocks.peak_memory() < 20_000
        assert len(program.source) < 3 * len(y)


def test_both_ways_of_an_if() -> None:
    def branching(w: Any, x: Any, y: Any) -> Any:
        z = x @ w
        return am.log(z) * y if z > 0 else am.tanh(z) * y

    def f(w: Any, X: Any, y: Any) -> Any:
        return am.sum(am.vmap(branching, (None, 0, 0))(w, X, y))

    w, X, y = data(23)
    program = agree(f, w, X, y)
    assert loops(program) >= 1
    assert "    if not (" in program.source
    inner = [guard for guard in program.guards() if ".all()" in guard]
    assert len(inner) == 2
    # Other numbers go other ways.
    step = am.compile(am.value_and_grad(f))
    step(w, X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = data(23, seed=1)[1]
        value, slope = step(w, other, y)
    expected = am.value_and_grad(f)(w, other, y)
    np.testing.assert_allclose(value, expected[0])
    np.testing.assert_allclose(slope, expected[1])
    assert len(step.recordings) == 2
    assert "another way" in str(step.recordings)


def masks(guarded: Any) -> Code:
    """exp(x) + 1 summed, guarded by what x > 0 was."""
    m = guarded.size
    steps = [
        Step(None, (), (m,), FLOAT64, "x"),
        Step(ops.exp, (Ref(0),), (m,)),
        Step(ops.add, (Ref(1), 1.0), (m,)),
        Step(ops.sum, (Ref(2), None, False), ()),
        Step(ops.greater, (Ref(0), 0.0), (m,), BOOL),
    ]
    guards = [Guard(Ref(4), guarded, "here")]
    return Code(steps, [Ref(3)], guards, 1)


@pytest.mark.parametrize("mask", [[True] * 9, [False] * 9, [True] * 5 + [False] * 4])
def test_a_mask_is_guarded_block_by_block(mask: list[bool]) -> None:
    code = blocked(masks(np.array(mask)))
    (loop,) = [step.args[-1] for step in code.steps if step.op is LOOP]
    assert not code.guards
    assert [guard.place for guard in loop.code.guards] == ["here"]
    assert "    guard v" in str(code)


def test_what_keeps_no_axis_is_guarded_outside() -> None:
    code = masks(np.zeros(9, bool))
    code.steps[4:] = [Step(ops.less, (Ref(3), 1.0), (), BOOL)]
    code.guards[:] = [Guard(Ref(4), np.array(False), "there")]
    assert [guard.place for guard in blocked(code).guards] == ["there"]


# Text ---------------------------------------------------------------------------------------------


def test_source_of_sums() -> None:
    def f(w: Any, X: Any, y: Any) -> Any:
        Z = X @ w
        Z.label = "Z"
        return am.mean(am.softplus(Z) - y * Z)

    program = program_of(am.value_and_grad(f), *data(10))
    lines = program.source.splitlines()
    assert "    for i in range(0, 10, 4):" in lines
    assert "        X_ = X[i : i + 4]" in lines
    assert "        Z = X_ @ w  # (4,)" in lines
    assert any(line.startswith("        t1 += (") for line in lines)


def test_source_of_results_that_are_written() -> None:
    def f(X: Any) -> Any:
        return am.sin(X * 2.0) + 1.0

    X = np.ones((N, 10), np.float32)
    source = agree(f, X).source
    assert "np.empty((3, 10), dtype=np.float32)" in source
    assert "[:, i : i + 2] = np.sin(2 * X_) + 1" in source


def test_names_of_parameters_are_kept_apart() -> None:
    def f(i: Any, i_: Any, rows: Any) -> Any:
        spread = am.broadcast_to(am.max(am.sin(i), axis=1, keepdims=True), i.shape)
        return am.sum(am.cumsum(spread, axis=1) * i_) + am.sum(am.cos(rows))

    w, X, y = data(10)
    source = agree(f, X, w, y).source
    assert "for i1 in range(0, 10, " in source
    assert "rows1 = min(" in source
    assert "(rows, " in str(program_of(f, X, w, y).blocks)


def test_results_of_one_loop_in_another() -> None:
    def f(w: Any, X: Any, y: Any) -> Any:
        z = am.tanh(X @ w) * 2 + y
        return am.sum(am.exp(z - am.sum(z)))

    program = agree(f, *data(10))
    assert loops(program) == 2


def test_functions_cut_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop stays with what it starts from."""
    monkeypatch.setattr(pieces, "LONG", 1)
    monkeypatch.setattr(pieces, "PIECE", 1)
    for f in (logistic, standardised, each):
        agree(am.value_and_grad(total(f), argnums=(0, 1)), *data(83))


def test_str_shows_what_is_inside() -> None:
    text = str(program_of(logistic, *data(10)).blocks)
    assert "10 in blocks of 4" in text
    assert "\n    v0 = input  # (4, 3)" in text


# What is not done in blocks -----------------------------------------------------------------------


def test_small_arrays_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    w, X, y = data(1000)
    assert not loops(program_of(am.value_and_grad(logistic), w, X, y))


def test_exact_programs_stay_whole() -> None:
    step = am.compile(logistic, exact=True)
    args = data(10)
    step(*args)
    assert not loops(step.recordings[0].program)
    assert step(*args) == logistic(*args)


def test_what_cannot_be_cut_stays_whole() -> None:
    own = am.custom_vjp(lambda x: 2.0 * x, lambda g, z, x: 2.0 * g)

    def f(X: Any) -> Any:
        return am.sum(own(am.sin(X)) * am.cos(X) + 1.0), am.cumsum(am.sin(X * 2), axis=0)

    agree(f, data(10)[1])


@pytest.mark.parametrize(
    "index",
    [0, slice(1, 7), slice(None, None, -1), None, ..., (..., 0), (None, slice(None), 1), [4, 1]],
)
def test_indices(index: Any) -> None:
    def f(X: Any) -> Any:
        Z = am.sin(X)[index] * 2.0
        return am.sum(am.exp(Z)), Z

    agree(f, data(10)[1])
    agree(am.grad(lambda X: am.sum(am.exp(f(X)[1]))), data(10)[1])


def test_merged_axes() -> None:
    """A result of them is whole, and so is what takes them apart."""

    def f(X: Any, y: Any) -> Any:
        Z = am.exp(am.sin(X) * y[:, None]) + 1.0
        flat = am.reshape(Z, (-1,))
        return flat, am.sum(am.tanh(flat)), am.sum(am.exp(flat[1:])), am.reshape(Z, (6, -1))

    def g(X: Any) -> Any:
        flat = am.reshape(am.sin(X) * 2.0, (-1,))
        thin = am.reshape(flat * flat + 1.0, (10, 1, N))
        return am.sum(thin, axis=2)

    _, X, y = data(10)
    agree(f, X, y)
    assert loops(agree(g, X)) == 1


def test_all_pairs() -> None:
    """An array with the axis twice is whole."""
    _, X, y = data(10)
    agree(lambda x, y: am.sum(am.exp(x[:, None] - y) * 2.0), X[:, 0].copy(), y)


def test_counts_are_whole() -> None:
    steps = [
        Step(None, (), (9,), FLOAT64, "x"),
        Step(ops.sin, (Ref(0),), (9,)),
        Step(ops.greater, (Ref(1), 0.0), (9,), BOOL),
        Step(ops.sum, (Ref(2), None, False), (), np.dtype(int)),
    ]
    x = np.linspace(-3.0, 3.0, 9)
    assert evaluate(blocked(Code(steps, [Ref(3)], [], 1)), [x]) == [4]


def test_stacks_and_joins_along_any_axis() -> None:
    def f(x: Any, y: Any) -> Any:
        z = am.exp(x) * 2.0
        rows, columns = am.stack([am.sin(z), y], axis=0), am.stack([am.cos(z), y], axis=1)
        long = am.concatenate([am.tanh(z), y])
        return am.sum(am.exp(rows), axis=1), am.sum(columns * 2.0, axis=0), am.sum(long**2)

    _, X, y = data(10)
    agree(f, X[:, 0].copy(), y)


def test_products_with_square_arrays() -> None:
    """An array with the axis twice is not cut, so what sums over it is done at once."""

    def f(K: Any, y: Any) -> Any:
        z = am.tanh(y * 2.0) + 1.0
        return K @ z, z @ K, am.einsum("ij,j->i", K, am.exp(z) * 2.0), am.sum(z * z)

    rng = np.random.default_rng(0)
    agree(f, rng.normal(size=(10, 10)), data(10)[2])


def test_square_arrays_and_float16() -> None:
    X = np.random.default_rng(0).normal(size=(8, 8))
    agree(lambda X: am.sum(am.sin(X) * X[0] + 1.0, axis=0), X)
    program = program_of(lambda x: am.sum(am.sin(x) * 2 + 1), np.ones(20, np.float16))
    assert not loops(program)


# Memory -------------------------------------------------------------------------------------------


def test_memory_is_flat_in_the_number_of_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    peaks = []
    for m in (10_000, 100_000, 1_000_000):
        w, X, y = data(m)
        step = am.value_and_grad(lambda w, X, y: am.mean(am.vmap(loss, (None, 0, 0))(w, X, y)))
        nodes = [am.Tensor(w, "w"), am.Tensor(X[:2], "X"), am.Tensor(y[:2], "y")]
        assert math.isfinite(float(step(*(x.data for x in nodes))[0]))
        program = program_of(step, w, X, y)
        tracemalloc.start()
        program(w, X, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        told = program.blocks.peak_memory()
        assert peaks[-1] < 2 * max(told, 400_000)
    assert max(peaks[1:]) < 1.5 * peaks[0]


def test_recordings_tell_the_memory_of_blocks() -> None:
    step = am.compile(logistic)
    w, X, y = data(1000)
    step(w, X, y)
    program = step.recordings[0].program
    assert program.blocks.peak_memory() < program.code.peak_memory()
    assert f"{program.blocks.peak_memory():,} bytes" in str(step.recordings)


def test_saved_programs_are_blocked_again(tmp_path: Any) -> None:
    program = program_of(am.value_and_grad(logistic), *data(10))
    path = tmp_path / "step.json"
    program.save(path)
    again = am.load_program(path)
    assert loops(again) == loops(program) == 1
    assert again.source == program.source
