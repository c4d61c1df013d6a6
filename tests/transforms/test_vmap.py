"""vmap: a function of one example, done for all at once, gives what a loop gives."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import autograd_mini as am
from autograd_mini.node import ancestors

X = np.array([1.5, -0.5, 0.0, 2.5, -3.0])


def loop(f: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None]) -> Any:
    """What f gives for one example after the other."""
    count = next(len(a) for a, axis in zip(args, axes, strict=True) if axis == 0)
    results = [
        f(*(a if axis is None else a[i] for a, axis in zip(args, axes, strict=True)))
        for i in range(count)
    ]
    return am.stack(results)


def equal(found: Any, expected: Any) -> None:
    found, expected = (x.data if isinstance(x, am.Node) else x for x in (found, expected))
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


# Programs that choose -----------------------------------------------------------------------------


def branches(x: Any, y: Any) -> Any:
    z = x * y
    if z > 0:
        z = am.log(z)
    elif z < -1:
        z = z * z
    while z < 1:
        z = z + abs(x) + 0.3
    return max(z, y) * min(x, 1.0)


def signs(x: Any, y: Any) -> Any:
    slope = am.grad(lambda w: branches(w, y))(x)
    return slope if slope > 0 else -2 * slope


def slopes(x: Any, y: Any) -> Any:
    return am.grad(branches, 1)(x, y) * am.grad(branches, 0)(x, y)


def closure(x: Any, y: Any) -> Any:
    return am.grad(lambda w: w**2 * x + am.relu(w * x) * y)(1.0)


def cut(x: Any, y: Any) -> Any:
    with am.no_grad():
        larger = x if x > y else y * y
    return am.detach(x) * y + larger * x


def chosen(x: Any, y: Any) -> Any:
    return am.where(x > y, am.log(am.abs(x) + 1), x * y) + am.where(x > 0, am.sqrt(am.abs(x)), 0.0)


def forwards(x: Any, y: Any) -> Any:
    return am.jvp(branches, (x, y), (y, x))[1] + am.jvp(lambda t: t * x, (2.0,), (y,))[1]


def products(x: Any, y: Any) -> Any:
    v = am.stack([x, y])
    return am.hvp(lambda v: am.sum(am.sin(v) * v**2), (v,), (v,))


def backs(x: Any, y: Any) -> Any:
    value, back = am.vjp(lambda a, b: (a * b, am.exp(a)), x, y)
    return am.stack(back((x, 1.0))) + value[0]


def searched(x: Any, y: Any) -> Any:
    low, high = 0.0, 10.0  # by bisection, the root of t^3 + t = |x| + |y|
    target = abs(x) + abs(y)
    for _ in range(12):
        middle = (low + high) / 2
        if middle**3 + middle > target:
            high = middle
        else:
            low = middle
    return middle * target


def whole(x: Any, y: Any) -> Any:
    total = 0.0 * x
    for i in range(int(abs(x) * 2)):
        total = total + y**i
    return total * (-1 if int(y) % 2 else 1)


def ordered(x: Any, y: Any) -> Any:
    a, b, c = sorted([x, y, x * y])
    return a - 2 * b + 5 * c


PROGRAMS = [branches, signs, slopes, closure, cut, chosen, forwards, products, backs]
PROGRAMS += [searched, whole, ordered]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axes", [(0, 0), (0, None), (None, 0)], ids=str)
def test_programs(f: Any, axes: tuple[Any, Any]) -> None:
    rng = np.random.default_rng(1)
    for _ in range(2):
        args = [rng.normal(size=7) if axis == 0 else float(rng.normal()) for axis in axes]
        equal(am.vmap(f, axes)(*args), loop(f, args, axes))
        through = am.grad(lambda *a: am.sum(am.sin(am.vmap(f, axes)(*a))), (0, 1))(*args)
        expected = am.grad(lambda *a: am.sum(am.sin(loop(f, a, axes))), (0, 1))(*args)
        for x, y in zip(through, expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


@given(arrays(float, st.integers(1, 12), elements=st.floats(-4, 4)), st.floats(-4, 4))
def test_any_numbers_take_their_own_way(x: Any, y: float) -> None:
    def f(x: Any) -> Any:
        steps = 0.0
        while x > 0.5:
            x, steps = (x / 2 - 0.1, steps + 1) if x > y else (x - 1.0, steps + 10)
        return x if steps > 12 else am.square(x) + steps

    equal(am.vmap(f)(x), loop(f, [x], [0]))


def test_a_function_runs_once_for_each_way_it_takes() -> None:
    runs = []

    def f(x: Any) -> Any:
        runs.append(1)
        return x * 2 if x > 0 else -x

    equal(am.vmap(f)(X), [3.0, 0.5, 0.0, 5.0, 3.0])
    assert len(runs) == 2
    am.vmap(lambda x: f(am.where(x > 0, x, 1.0)))(np.arange(1000.0))
    assert len(runs) == 3


def test_the_way_back_goes_by_each_example() -> None:
    # Rules that choose by numbers (relu, maximum, abs) choose for each example on its own.
    for f in (am.relu, am.abs, lambda x: am.maximum(x, 1.0), lambda x: am.clip(x, -1.0, 2.0)):
        equal(am.vmap(am.grad(f))(X), np.stack([am.grad(f)(x) for x in X]))
        twice = am.grad(lambda x, f=f: am.sum(am.vmap(am.grad(lambda y: f(y) ** 2))(x)))
        equal(twice(X), np.stack([am.grad(am.grad(lambda y, f=f: f(y) ** 2))(x) for x in X]))


def test_truths_of_all_kinds() -> None:
    equal(am.vmap(lambda x: x * 2 if x > 1 else x)(X.reshape(5, 1)), [[3], [-0.5], [0], [5], [-3]])
    equal(am.vmap(lambda x: 1.0 if x else 2.0)(X), [1, 1, 2, 1, 1])
    equal(am.vmap(lambda x: 1.0 if not x else 2.0)(X), [2, 2, 1, 2, 2])
    equal(am.vmap(lambda x: 1.0 if 0 < x < 2 else 2.0)(X), [1, 2, 2, 2, 2])
    equal(am.vmap(lambda x: 1.0 if x == 0 or x != x else 2.0)(np.array([0, 1, np.nan])), [1, 2, 1])
    w = am.Value(2.0)
    equal(am.vmap(lambda x: x if w else -x)(X), X)
    equal(am.vmap(lambda x: x if w > 3 else -x)(X), -X)
    equal(am.vmap(lambda x: x if int(w) == 2 else -x)(X), X)


def test_derivatives_by_numbers_choose_too() -> None:
    # The gradient by a float is a Value, of whose number each example has its own.
    def d(x: Any) -> Any:
        return am.grad(lambda w: w * x)(1.0)

    equal(am.vmap(lambda x: d(x) if d(x) > 0 else -2 * d(x))(X), np.where(X > 0, X, -2 * X))
    equal(am.vmap(lambda x: 1.0 if d(x) else 2.0)(X), np.where(X != 0, 1.0, 2.0))
    equal(am.vmap(lambda x: 1.0 * int(d(x)))(X), np.trunc(X))
    equal(am.vmap(lambda x: max(d(x), 0.5))(X), np.maximum(X, 0.5))
    equal(am.vmap(lambda x: 1 / d(x) if d(x) != 0 else 0.0)(X), [1 / 1.5, -2, 0, 0.4, -1 / 3])
    for f in (am.relu, am.abs):
        equal(am.vmap(lambda x, f=f: f(d(x)))(X), [f(x) for x in X.tolist()])
        equal(am.vmap(am.grad(lambda x, f=f: f(d(x))))(X), [am.grad(f)(x) for x in X.tolist()])


def test_whole_numbers() -> None:
    table = np.array([10.0, 20.0, 30.0])
    equal(am.vmap(lambda i: table[int(i)])(np.array([2, 0, 2, -1])), [30, 10, 30, 30])
    equal(am.vmap(lambda x, i: x[int(i)])(np.arange(6.0).reshape(2, 3), np.array([2, 0])), [2, 3])
    equal(
        am.vmap(lambda x, i: x[int(i + 1)])(np.arange(6.0).reshape(2, 3), np.array([1, 0])), [2, 4]
    )
    # int() cuts towards 0, for floats too.
    x = np.array([-2.7, -2.0, -0.9, 0.0, 0.9, 1.0, 1.9, -1.0])
    equal(am.vmap(lambda x: float(int(x)))(x), np.trunc(x))
    equal(am.vmap(lambda x: x * int(x))(x), x * np.trunc(x))
    runs = []
    am.vmap(lambda x: runs.append(int(x)))(x)
    assert len(runs) == 4

    def collatz(n: Any) -> Any:
        steps = 0
        while n != 1:
            n, steps = n / 2 if int(n) % 2 == 0 else 3 * n + 1, steps + 1
        return steps

    equal(am.vmap(collatz)(np.array([1, 7, 3, 6])), [0, 16, 7, 8])
    with pytest.raises(ValueError, match="NaN"):
        am.vmap(lambda x: int(x))(np.array([np.nan]))


# Nested -------------------------------------------------------------------------------------------


def test_a_batch_of_batches() -> None:
    a, b, c = X[:3], X[1:], np.array([0.5, 2.0])

    def f(x: Any, y: Any, z: Any) -> Any:
        if x > y:
            return x * y * z
        return am.sin(x) if z > 1 and x * y < 0 else x - y * z

    found = am.vmap(lambda x: am.vmap(lambda y: am.vmap(lambda z: f(x, y, z))(c))(b))(a)
    equal(found, np.array([[[f(x, y, z) for z in c] for y in b] for x in a]))
    grid = am.vmap(am.vmap(am.vmap(f, (None, None, 0)), (None, 0, None)), (0, None, None))
    equal(grid(a, b, c), found)
    weights = np.cos(np.arange(24.0)).reshape(3, 4, 2)
    by_grid = am.grad(lambda *v: am.sum(weights * grid(*v)), (0, 1, 2))(a, b, c)

    def by_loops(a: Any, b: Any, c: Any) -> Any:
        return sum(
            weights[i, j, k] * f(a[i], b[j], c[k])
            for i in range(3)
            for j in range(4)
            for k in range(2)
        )

    for x, y in zip(by_grid, am.grad(by_loops, (0, 1, 2))(a, b, c), strict=True):
        equal(x, y)


def test_an_inner_batch_goes_by_the_outer_example() -> None:
    rows = np.arange(6.0).reshape(2, 3)
    chosen = am.vmap(lambda i: am.vmap(lambda row: row[int(i)])(rows))(np.array([0, 2]))
    equal(chosen, rows[:, [0, 2]].T)
    turned = am.vmap(lambda s: am.vmap(lambda x: x if s > 0 else -x)(X))(np.array([1.0, -1.0]))
    equal(turned, [X, -X])
    counted = am.vmap(lambda n: am.vmap(lambda x: x * sum(1.0 for _ in range(int(n))))(X))
    equal(counted(np.array([0, 3])), [0 * X, 3 * X])


def test_truths_of_batches_within_batches() -> None:
    equal(am.vmap(am.vmap(lambda x, y: x > y, (None, 0)), (0, None))(X, X), X[:, None] > X)


def test_transforms_of_batches_and_batches_of_transforms() -> None:
    def f(x: Any) -> Any:
        return am.sin(x) * am.sum(x)

    x, eye = np.array([1.0, 2.0, 3.0]), np.eye(3)
    J, H = am.jacobian(f)(x), am.hessian(lambda x: am.sum(f(x)))(x)
    _, back = am.vjp(f, x)
    equal(am.vmap(lambda c: back(c)[0])(eye), J)
    equal(am.vmap(lambda t: am.jvp(f, (x,), (t,))[1], out_axes=1)(eye), J)
    equal(am.vmap(lambda t: am.hvp(lambda x: am.sum(f(x)), (x,), (t,)))(eye), H)
    rows = np.stack([x, -x])
    equal(am.vmap(am.jacobian(f))(rows), np.stack([J, am.jacobian(f)(-x)]))
    for mode in ("reverse", "forward"):
        blocks = am.jacobian(am.vmap(f), mode=mode)(rows)
        equal(blocks[0, :, 0], J)
        assert not np.any(blocks[0, :, 1])
    equal(am.hessian(lambda x: am.sum(am.vmap(lambda y: y**3)(x)))(x), np.diag(6 * x))
    out, tangent = am.jvp(lambda w: am.vmap(lambda y: am.sin(w * y))(x), (2.0,), (1.0,))
    equal(out, np.sin(2 * x))
    equal(tangent, x * np.cos(2 * x))


# Axes ---------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Params:
    w: Any
    b: Any


def test_axes_of_arguments() -> None:
    A, B = np.arange(12.0).reshape(2, 3, 2), np.arange(6.0).reshape(3, 2)
    f = lambda a, b: a @ b  # noqa: E731
    equal(am.vmap(f, (1, 0))(A, B), np.stack([A[:, i] @ B[i] for i in range(3)]))
    equal(am.vmap(f, [-2, -2])(A, B), am.vmap(f, (1, 0))(A, B))
    equal(am.vmap(f, (None, 0))(A[0], B), np.stack([A[0] @ b for b in B]))
    equal(am.vmap(lambda a: am.sum(a, axis=0), np.int64(-1))(A), A.sum(axis=0).T)
    # The same, for derivatives by arguments whose examples are not first.
    g = am.grad(lambda a: am.sum(am.vmap(lambda r: am.sum(r) ** 2, 1)(a)))(B)
    equal(g, np.tile(2 * B.sum(axis=0), (3, 1)))


def test_axes_of_structures() -> None:
    p = {"w": np.arange(6.0).reshape(2, 3), "b": np.array([1.0, 2.0]), "s": 10.0, "name": "p"}

    def f(p: Any, x: Any) -> Any:
        return am.sum(p["w"] * x) + p["b"] * p["s"]

    expected = [f({**p, "w": p["w"][i], "b": p["b"][i]}, 2.0) for i in range(2)]
    axes = {"w": 0, "b": 0, "s": None, "name": None}
    equal(am.vmap(f, (axes, None))(p, 2.0), expected)
    equal(am.vmap(f, ({**axes, "w": 1}, None))({**p, "w": p["w"].T}, 2.0), expected)
    pair = am.vmap(lambda q, s: q[0] * q[1][0] + s, ((0, [None]), 0))
    equal(pair((X, [3.0]), X), 4 * X)
    equal(am.vmap(lambda q: q.w * q.b, ({"w": 0, "b": None},))(Params(X, 2.0)), 2 * X)
    equal(am.vmap(lambda q: q.w * q.b)(Params(X, X)), X * X)
    equal(am.vmap(lambda q: q.w * q.b, (0,))(Params(X, X)), X * X)
    equal(am.vmap(lambda q, x: q if q else x, ({}, 0))({}, X), X)


def test_axes_of_results() -> None:
    A = np.arange(6.0).reshape(2, 3)
    equal(am.vmap(lambda a: a * 2, out_axes=1)(A), 2 * A.T)
    equal(am.vmap(lambda a: a * 2, out_axes=-1)(A), 2 * A.T)
    x, (y, z) = am.vmap(lambda a: (a, [am.sum(a), 3.0]), out_axes=(1, [0, None]))(A)
    equal(x, A.T)
    equal(y, A.sum(axis=1))
    assert z == 3.0
    found = am.vmap(lambda a: {"x": a, "y": a}, out_axes={"y": 1, "x": 0})(A)
    equal(found["x"], A)
    equal(found["y"], A.T)
    w = am.Value(2.0)
    kept = am.vmap(lambda a: (a, w), out_axes=(0, None))(A)[1]
    assert kept is w


def test_arguments_by_name() -> None:
    equal(am.vmap(lambda x, *, y: x - y)(X, y=2 * X), -X)
    equal(am.vmap(lambda x, *, p: x - p["y"])(X, p={"y": 2 * X, "n": None}), -X)
    equal(am.vmap(lambda x, y=1.0: x * y, None)(2.0, y=X), 2 * X)
    equal(am.vmap(lambda *, y: y)(y=X), X)


def test_what_is_no_number_is_the_same_for_all() -> None:
    equal(am.vmap(lambda x, y: x if y is None else y)(X, None), X)
    equal(am.vmap(lambda x, y: x if y == "up" else -x)(X, "up"), X)
    equal(am.vmap(lambda x, y: x if y else -x)(X, True), X)
    names = np.array(["up", "down"])
    equal(am.vmap(lambda x, y: x if y[0] == "up" else -x, (0, None))(X, names), X)
    equal(am.vmap(lambda x, f: f(x))(X, am.exp), np.exp(X))


# Kinds of arguments and results -------------------------------------------------------------------


def test_truths_as_arguments() -> None:
    on = np.array([True, False, True, False, True])
    expected = np.where(on, X, -2 * X)
    equal(am.vmap(lambda x, on: x if on else -2 * x)(X, on), expected)
    equal(am.vmap(lambda x, on: am.where(on, x, -2 * x))(X, on), expected)
    equal(am.vmap(lambda x, on: x * on)(X, on), X * on)
    g = am.grad(lambda x: am.sum(am.vmap(lambda x, on: x * x * on)(x, on)))(X)
    equal(g, 2 * X * on)
    pairs = np.stack([on, ~on], axis=1)
    equal(am.vmap(lambda m: am.sum(am.where(m, np.array([1.0, 2.0]), 0.0)))(pairs), 2 - on * 1.0)


def test_truths_as_results() -> None:
    for f in (lambda x: x > 0, lambda x: bool(x > 0), lambda x: True if x > 0 else np.False_):
        found = am.vmap(f)(X)
        assert found.dtype == np.bool_
        np.testing.assert_array_equal(found, X > 0)
    found = am.vmap(lambda x: {"up": x > 0, "x": x})(am.Tensor(X))
    np.testing.assert_array_equal(found["up"], X > 0)
    assert isinstance(found["x"], am.Tensor)


def test_constants_as_results() -> None:
    equal(am.vmap(lambda x: 3.0)(X), np.full(5, 3.0))
    assert am.vmap(lambda x: 3)(X).dtype.kind == "i"
    equal(am.vmap(lambda x: np.ones((2, 1)))(X), np.ones((5, 2, 1)))
    equal(am.vmap(lambda x: [am.Value(2.0), am.Tensor([1.0]) * 2])(X)[1], np.full((5, 1), 2.0))
    assert isinstance(am.vmap(lambda x: am.Value(2.0))(X), np.ndarray)
    assert am.vmap(lambda x: None)(X) is None
    assert am.vmap(lambda x: (x, "text"))(X)[1] == "text"
    equal(am.vmap(lambda x: 1j)(X), np.full(5, 1j))


def test_dtypes() -> None:
    for dtype in (np.float16, np.float32, np.float64):
        x = X.astype(dtype)
        for f in (lambda x: (x * 2 + 1) / 3, lambda x: x if x > 0 else -x, am.grad(am.sin)):
            assert am.vmap(f)(x).dtype == dtype
        assert am.grad(lambda x: am.sum(am.vmap(lambda x: x * 2.5)(x)))(x).dtype == dtype
    assert am.vmap(lambda x: x)(np.arange(3)).dtype == np.float64
    assert am.vmap(lambda x, y: x * y)(X.astype(np.float32), X).dtype == np.float64
    assert am.vmap(lambda x, y: x * y, (0, None))(X.astype(np.float32), 2.0).dtype == np.float32


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)], ids=str)
def test_no_examples_or_empty_ones(shape: tuple[int, ...]) -> None:
    x = np.zeros(shape)
    equal(am.vmap(lambda x: am.sum(x) * 2)(x), np.zeros(shape[0]))
    equal(am.vmap(lambda x: x * 2 if am.sum(x) > 0 else -x)(x), x)
    equal(
        am.vmap(lambda x: (x, am.stack([1.0, am.sum(x)])))(x)[1], np.tile([1.0, 0.0], (shape[0], 1))
    )
    g = am.grad(lambda x: am.sum(am.vmap(lambda x: am.sum(x) ** 2)(x)))(x)
    equal(g, x)


def test_no_examples_and_whole_numbers() -> None:
    none = np.zeros(0, int)
    assert am.vmap(lambda x, i: x[int(i)])(np.zeros((0, 1)), none).shape == (0,)
    assert am.vmap(lambda on: 1.0 if on else 2.0)(np.zeros(0, bool)).shape == (0,)


def test_nan_stays_in_its_example() -> None:
    x = np.array([1.0, np.nan, -1.0])
    equal(am.vmap(lambda x: x if x > 0 else x * 2)(x), [1.0, np.nan, -2.0])
    # No warning comes of examples that take another branch.
    equal(am.vmap(lambda x: am.log(x) if x > 0 else 0.0)(x), [0.0, 0.0, 0.0])
    g = am.grad(lambda x: am.sum(am.vmap(lambda x: am.log(x) if x > 0 else 0.0)(x)))
    equal(g(np.array([2.0, 0.0, -1.0])), [0.5, 0.0, 0.0])
    with np.errstate(all="ignore"):
        g = am.grad(lambda x: am.sum(am.vmap(lambda x: am.where(x > 0, am.log(x), 0.0))(x)))
        equal(g(np.array([2.0, 0.0, -1.0])), [0.5, 0.0, 0.0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        am.vmap(am.log)(np.array([0.0]))


# Nodes --------------------------------------------------------------------------------------------


def test_gradients_flow_to_nodes_among_the_arguments() -> None:
    x = am.Tensor(X)
    y = am.vmap(lambda x: x**2 if x > 0 else 3 * x)(x)
    assert isinstance(y, am.Tensor)
    am.sum(y).backward()
    equal(x.grad, np.where(X > 0, 2 * X, 3.0))
    w = am.Value(2.0)
    am.sum(am.vmap(lambda w, x: w * x, (None, 0))(w, X)).backward()
    assert w.grad == pytest.approx(X.sum())


def test_gradients_flow_to_nodes_that_a_function_uses() -> None:
    w, b = am.Tensor([1.0, -2.0]), am.Value(0.5)
    rows = np.stack([X, X**2], axis=1)
    loss = am.mean(am.vmap(lambda row: (am.dot(w, row) + b) ** 2)(rows))
    assert isinstance(loss, am.Node)
    loss.backward()
    z = rows @ [1.0, -2.0] + 0.5
    equal(w.grad, 2 * (z @ rows) / 5)
    assert b.grad == pytest.approx(2 * z.mean())
    once = am.vmap(lambda x: b)(X)
    am.sum(once).backward()
    assert b.grad == 5.0
    # What was computed before stays as it is, with its history.
    c = b * 2
    am.sum(am.vmap(lambda x: c * x if x > 0 else c)(X)).backward()
    assert b.grad == pytest.approx(2 * (1.5 + 2.5) + 6)


def test_within_no_grad_results_are_cut() -> None:
    x = am.Tensor(X)
    with am.no_grad():
        y = am.vmap(lambda x: x * 2 if x > 0 else x)(x)
    assert y.parents == ()
    equal(y, np.where(X > 0, 2 * X, X))


def test_a_function_is_recorded_in_one_go() -> None:
    # As many nodes for a thousand examples as for one.
    def f(w: Any, x: Any) -> Any:
        z = 0.0
        for i in range(3):
            z = z + w[i] * x[i]
        return am.tanh(z)

    w = am.Tensor([1.0, 2.0, 3.0])
    sizes = {len(ancestors(am.vmap(f, (None, 0))(w, np.ones((n, 3))))) for n in (1, 10, 1000)}
    assert len(sizes) == 1


# What cannot be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "how"),
    [
        (math.sin, r"float\(\)"),
        (lambda x: float(x), r"float\(\)"),
        (lambda x: x.item(), r"item\(\)"),
        (lambda x: x if np.any(x > 0) else -x, r"np\.any"),
        (lambda x: np.argmax(x), r"np\.argmax"),
        (lambda x: 1.0 in x.reshape(1), "in"),
        (lambda x: f"{x:.3f}", r"float\(\)"),
        (lambda x: am.vmap(lambda y: y * float(x))(X), r"float\(\)"),
    ],
)
def test_what_only_one_example_could_answer(f: Any, how: str) -> None:
    words = rf"^{how} of a node in a function that vmap runs for all examples at once would be the"
    with pytest.raises(am.TraceError, match=words):
        am.vmap(f)(X)


def test_backward_within_a_function() -> None:
    def f(x: Any) -> Any:
        J = x * x
        am.label(J=J)
        J.backward()

    with pytest.raises(am.TraceError, match=r"backward of J in .* write am\.grad"):
        am.vmap(f)(X)
    equal(am.vmap(lambda x: am.gradient(x**3, x))(X), 3 * X**2)


@pytest.mark.parametrize(
    ("in_axes", "args", "error", "words"),
    [
        (
            0,
            (2.0,),
            am.ShapeError,
            r"^vmap: in_axes has axis 0 for argument 0, whose shape is \(\)",
        ),
        (
            0,
            ([1.0, 2.0],),
            am.ShapeError,
            r"argument 0\[0\], whose shape is \(\); .* np\.array makes",
        ),
        (
            (0, 2),
            (X, X),
            am.ShapeError,
            r"in_axes has axis 2 for argument 1, whose shape is \(5,\)",
        ),
        (-2, (X,), am.ShapeError, "in_axes has axis -2 for argument 0"),
        (
            0,
            (X, X[1:]),
            am.ShapeError,
            "^vmap needs as many examples .* argument 0: 5, argument 1: 4",
        ),
        (0, ({"a": X, "b": X[1:]},), am.ShapeError, r"argument 0\['a'\]: 5, argument 0\['b'\]: 4$"),
        ((0,), (X, X), am.InputError, r"^in_axes=\(0,\) is for 1 arguments, not 2$"),
        (
            None,
            (X,),
            am.InputError,
            "^vmap has no argument to go along: every one of in_axes is No",
        ),
        ((None, None), (X, X), am.InputError, "^vmap has no argument to go along"),
        (0, (), am.InputError, "^vmap has no argument to go along"),
        ("first", (X,), am.InputError, "^in_axes='first' does not fit a tuple with the parts 0$"),
        (
            ({"a": 0},),
            ({"a": X, "b": X},),
            am.InputError,
            "does not fit a dict with the parts a, b$",
        ),
        (({"a": 0, "c": 0},), ({"a": X},), am.InputError, "does not fit a dict with the parts a$"),
        (((0, 0),), (X,), am.InputError, r"^in_axes=\(0, 0\) is no axis: write an int or None$"),
        ((1.0,), (X,), am.InputError, r"^in_axes=1\.0 is no axis"),
        ((True,), (X,), am.InputError, "^in_axes=True is no axis"),
        (0, (np.array(["a"]),), am.OperandError, "an array of dtype <U1 cannot be an operand"),
        (0, (X * 1j,), am.OperandError, "numbers here are real, not complex128"),
        (0, (np.ma.array(X),), am.OperandError, "a masked array would lose its mask"),
    ],
)
def test_what_cannot_be_mapped(in_axes: Any, args: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        am.vmap(lambda *args: args[0], in_axes)(*args)


def test_arguments_by_name_that_cannot_be_mapped() -> None:
    with pytest.raises(am.ShapeError, match=r"axis 0 for argument 'q', whose shape is \(\)"):
        am.vmap(lambda p, q: p)(X, q=2.0)
    with pytest.raises(am.ShapeError, match=r"argument 0: 5, argument 'q'\['a'\]: 2$"):
        am.vmap(lambda p, q: p)(X, q={"a": np.ones(2)})


def test_results_that_do_not_fit_out_axes() -> None:
    for f, out_axes, error, words in [
        (lambda x: (x, x), (0,), am.InputError, r"^out_axes=\(0,\) does not fit a tuple .* 0, 1$"),
        (lambda x: (x, x), {"a": 0}, am.InputError, "does not fit a tuple with the parts 0, 1"),
        (lambda x: x, (0,), am.InputError, r"^out_axes=\(0,\) is no axis"),
        (lambda x: x, None, am.InputError, "^out_axes=None: the result is not the same for all"),
        (lambda x: 1.0 if x > 0 else 2.0, None, am.InputError, "is not the same for all examples"),
        (lambda x: x, 1, am.ShapeError, r"shape \(5,\): destination: axis 1 is out of bounds"),
    ]:
        with pytest.raises(error, match=words):
            am.vmap(f, out_axes=out_axes)(X)


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (
            lambda x: (x, x) if x > 0 else x,
            am.OperandError,
            "it gave a tuple for some and a Tensor",
        ),
        (lambda x: None if x > 0 else x, am.OperandError, "it gave None for some and a Tensor for"),
        (lambda x: x if x > 0 else None, am.OperandError, "it gave a Tensor for some and None for"),
        (lambda x: "up" if x > 0 else "down", am.OperandError, "it gave a str for some and a str"),
        (lambda x: {"a": x} if x > 0 else {"b": x}, am.OperandError, "a dict for some and a dict"),
        (
            lambda x: am.stack([x] * (1 + int(x > 0))),
            am.ShapeError,
            r"the shapes \(2,\) and \(1,\)$",
        ),
    ],
)
def test_results_of_different_forms(f: Any, error: Any, words: str) -> None:
    words = "^vmap: the function must give numbers of one structure and shape .*; .*" + words
    with pytest.raises(error, match=words):
        am.vmap(f)(X)


def test_results_of_one_form_in_another_order() -> None:
    found = am.vmap(lambda x: {"a": x, "b": 1} if x > 0 else {"b": 2, "a": -x})(X)
    equal(found["a"], abs(X))
    equal(found["b"], [1, 2, 2, 1, 2])


def test_the_errors_of_a_function_come_through() -> None:
    with pytest.raises(AttributeError, match="foo"):
        am.vmap(lambda x: x if x > 0 else x.foo)(X)
    with pytest.raises(am.ShapeError, match=r"add\(shape \(2,\), shape \(3,\)\)"):
        am.vmap(lambda x: x + np.ones(3))(np.ones((4, 2)))
    # And nothing of the failed call stays behind.
    assert math.sin(am.Value(0.0)) == 0.0
    assert am.grad(am.sin)(0.0) == 1.0
