"""Algebra: what sigmoids cost comes out short, and keeps its digits."""

import math
import re
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd_mini as am
from autograd_mini.replay.algebra import cancel
from autograd_mini.replay.linear import gather
from autograd_mini.replay.simplify import simplify
from tests.replay.codes import code_of, names, same

Z = np.array([-3.0, -0.5, 0.0, 0.7, 2.5])
Y = np.array([0.0, 1.0, 1.0, 0.0, 1.0])


def entropy(z: Any, y: Any = Y) -> Any:
    a = am.sigmoid(z)
    return y * am.log(a) + (1 - y) * am.log(1 - a)


def fourth(x: Any) -> Any:
    return x * x * x * x


def passed(f: Any, *args: Any) -> Any:
    code, leaves = code_of(f, *args)
    before = simplify(gather(simplify(code, exact=True)))
    found = simplify(cancel(before))
    same(code, found, leaves, rtol=1e-11)
    return before, found


@pytest.mark.parametrize(
    "f",
    [
        am.grad(lambda z: am.sum(entropy(z))),
        am.grad(lambda z: -am.sum(entropy(z)) / 5),
        am.grad(
            lambda z: -am.mean(Y * am.log(1 / (1 + am.exp(-z))) + (1 - Y) * am.log_sigmoid(-z))
        ),
        am.grad(lambda z: am.sum(am.softplus(z) - Y * z)),
    ],
)
def test_the_derivative_of_a_cross_entropy_is_a_minus_y(f: Any) -> None:
    before, found = passed(f, Z)
    assert len(found.steps) < len(before.steps) or len(found.steps) <= 4
    assert names(found).count("sigmoid") == 1
    assert not {"sech2", "divide", "reciprocal", "log", "exp"} & set(names(found)), str(found)


def test_numbers_as_well_as_arrays() -> None:
    for y in (0.0, 1.0, 0.3):
        _, found = passed(am.value_and_grad(lambda z, y=y: entropy(z, y)), 0.7)
        assert "sech2" not in names(found)


def test_what_is_left_may_be_one_number() -> None:
    _, found = passed(lambda z: am.softplus(z) - am.softplus(-z), 0.7)
    assert names(found) == []


@pytest.mark.parametrize(
    "f",
    [
        lambda z: am.sigmoid(z) * (1 - am.sigmoid(z)),
        lambda z: am.grad(lambda t: am.sum(am.sigmoid(t)))(z) / am.sigmoid(z),
        lambda z: am.softplus(z) + am.log_sigmoid(z),
        lambda z: am.softplus(z) + (am.log_sigmoid(z) + 1),
        lambda z: am.softplus(z) - am.softplus(-z) - z,
        lambda z: (1 + am.exp(-z)) * am.sigmoid(z),
        lambda z: am.exp(z) * am.sigmoid(-z) + am.exp(-z) * am.sigmoid(z),
        lambda z: am.sigmoid(z) ** 2 / am.sigmoid(z) + am.sech2(z / 2),
        lambda z: am.sigmoid(z) / (am.sigmoid(z) + 1),
        lambda z: am.sigmoid(z) * Y - Y / am.sigmoid(z),
        lambda z: am.log_sigmoid(2 * z) + am.sigmoid(z) * am.sin(z) - am.softplus(z) / 3,
        lambda z: (1 + am.exp(z)) * am.sigmoid(z) * am.sech2(z),
        lambda z: (am.sigmoid(z) + z) * (am.sigmoid(z) - z) * am.sigmoid(-z) * (z + 2) * (z + 3),
        lambda z: am.reciprocal(am.sigmoid(z)) * am.sigmoid(z) + 0 * z,
        lambda z: (np.ones(5) + am.exp(-z)) * am.sigmoid(z),
        lambda z: am.hessian(lambda t: am.sum(entropy(t)))(z),
        lambda z: 1 / (am.sigmoid(z) * np.arange(1.0, 6.0)) * am.sigmoid(z),
        lambda z: am.sigmoid(z) / am.sigmoid(z) + z,
        lambda z: am.sigmoid(z) * (am.sigmoid(-z) * 2 + am.sigmoid(z) * 2) + 3 * am.sigmoid(z) * z,
        lambda z: am.sech2(z / 2) ** 4 / am.sigmoid(z) ** 4,
        lambda z: fourth(am.sech2(z / 2)) / fourth(am.sigmoid(z)),
        lambda z: am.sigmoid(-z) - am.sigmoid(-z) + z,
        lambda z: (am.sigmoid(z) + z) * (am.sigmoid(z) + am.sin(z)) * (am.sigmoid(z) + am.cos(z))
        * (am.sigmoid(z) + am.tanh(z)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("z", [Z, Z[::-1] * 4 + 0.1], ids=str)
def test_other_polynomials_keep_their_numbers(f: Any, z: Any) -> None:
    passed(f, z)


@pytest.mark.parametrize("z", [0.7, -0.2, 3.0])
def test_polynomials_of_numbers_keep_theirs(z: float) -> None:
    passed(lambda z: am.sigmoid(z) * (1 - am.sigmoid(z)) * 3 - am.softplus(z), z)
    passed(lambda z: (1 + am.exp(-z)) * am.sigmoid(z) + am.log_sigmoid(-z) / 2, z)
    passed(am.grad(am.grad(lambda z: entropy(z, 0.25))), z)
    passed(lambda z: am.sigmoid(z) * 2 + am.sigmoid(-z) * 2, z)
    passed(lambda z: am.sigmoid(z) / am.sigmoid(z) + z, z)
    passed(lambda z: am.sigmoid(-z) - am.sigmoid(-z) + z, z)


def test_constants_of_other_sizes_stay_apart() -> None:
    _, found = passed(lambda z: (am.sigmoid(z) + 2.0) + 1e-16, Z)
    assert names(found).count("add") == 2


@pytest.mark.parametrize("labels", [{}, {"Z": 0}])
def test_all_slopes_of_a_cross_entropy_are_those_of_a_minus_y(labels: dict[str, int]) -> None:
    """With names for Z and without: no product is hidden in a dot product before it cancels."""
    X = np.array([[1.0, 3.0, -0.5, 2.0, 0.1], [2.0, -1.0, 0.5, 0.3, -2.0]])

    def cost(w: Any, b: Any) -> Any:
        Z = w @ X + b
        if labels and isinstance(Z, am.Tensor):
            am.label(Z=Z)
        A = am.sigmoid(Z)
        return -am.sum(Y * am.log(A) + (1 - Y) * am.log(1 - A)) / 5

    step = am.compile(am.value_and_grad(cost, argnums=(0, 1)))
    step(np.array([0.1, 0.2]), 0.3)
    for w in (np.array([900.0, 100.0]), np.array([-3.0, 40.0])):
        value, (dw, db) = step(w, 0.3)
        z = w @ X + 0.3
        error = 1 / (1 + np.exp(-np.clip(z, -700, 700))) - Y
        assert value == pytest.approx(np.mean(np.logaddexp(0, z) - Y * z))
        assert dw == pytest.approx(X @ error / 5, abs=1e-15)
        assert db == pytest.approx(np.mean(error), abs=1e-15)


def test_without_sigmoids_nothing_changes() -> None:
    code, _ = code_of(lambda z: am.exp(z) * 2 + 1, Z)
    assert cancel(code) is code


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("z", [-800.0, -50.0, -1e-3, 0.0, 30.0, 700.0])
def test_a_cross_entropy_keeps_its_digits(z: float, y: float) -> None:
    step = am.compile(am.value_and_grad(lambda z: -am.sum(entropy(z, np.array([y, y])))))
    step(np.array([0.1, 0.2]))
    value, slope = step(np.array([z, z]))
    with mp.workdps(500):
        t = mp.mpf(z)
        cost = -2 * (y * mp.log(1 / (1 + mp.exp(-t))) + (1 - y) * mp.log(1 / (1 + mp.exp(t))))
        error = 1 / (1 + mp.exp(-t)) - y
        assert value == pytest.approx(float(cost), rel=1e-14, abs=1e-300)
        assert slope == pytest.approx([float(error)] * 2, rel=1e-14, abs=1e-16)
    assert math.isfinite(value)


def test_weights_that_differ() -> None:
    Y, z = np.array([0.0, 1.0, 0.3]), np.array([-1.0, 0.5, 2.0])
    f = am.value_and_grad(
        lambda z, y: am.sum(2 * y * am.log_sigmoid(z) + 3 * (1 - y) * am.log_sigmoid(-z))
    )
    step = am.compile(f)
    step(z, Y)
    value, slope = step(z, Y)
    np.testing.assert_allclose(value, f(z, Y)[0])
    np.testing.assert_allclose(slope, f(z, Y)[1])


@pytest.mark.parametrize("x", [0.3, 20.0, 40.0])
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: am.sigmoid(x) ** 2, lambda a, b: 2 * a * a * b),
        (lambda x: am.sigmoid(x) * (1 - am.sigmoid(x)), lambda a, b: a * b * (b - a)),
        (lambda x: (am.sigmoid(x) - 1) ** 2, lambda a, b: -2 * a * b * b),
    ],
)
def test_what_would_lose_its_digits_stays_a_product(f: Any, slope: Any, x: float) -> None:
    step = am.compile(am.grad(f))
    step(1.0)
    true = slope(1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x)))
    assert step(x) == pytest.approx(float(true), rel=1e-12, abs=0)


def test_sums_are_not_multiplied_out() -> None:
    def loss(w: Any, v: Any) -> Any:
        J, h = 0.0, v
        for c in (-1.08, 0.0, -1.38, 0.5, -0.29):
            h = (h - w + c * w) ** 2
            J = J + am.sigmoid(h) - v
        return J / 5.0

    step = am.compile(am.grad(loss, argnums=(0, 1)))
    for w in (3.0, 3.0, 30.0):
        assert step(w, 0.5) == pytest.approx(am.grad(loss, argnums=(0, 1))(w, 0.5), abs=1e-12)


@pytest.mark.parametrize("labels", [[1.0] * 9, [0.0] * 9, [0.0, 1.0, 1.0] * 3])
def test_what_a_label_leaves_out_of_a_cross_entropy_is_not_there(labels: list[float]) -> None:
    def cost(w: Any) -> Any:
        return 1.0 - sum((entropy(w * k / 9, y) for k, y in enumerate(labels, 1)), 0.0) / 9

    step = am.compile(cost)
    assert step(0.5) == pytest.approx(cost(am.Value(0.5)).data, rel=1e-14)
    assert re.search(r"\b0\.0 \*", step.source) is None
    assert math.isnan(step(math.nan))
    for z in (math.inf, -math.inf):
        wrong = any(y != (z > 0) for y in labels)
        assert step(z) == (math.inf if wrong else 1.0)


def test_the_second_derivative_of_a_cross_entropy_keeps_its_digits() -> None:
    def cost(w: Any) -> Any:
        return -sum(am.log(1 - am.sigmoid(w * x)) for x in (1.0, 2.0))

    step = am.compile(am.hessian(cost))
    step(0.1)
    mp.dps = 50
    for w in (0.1, 5.0, 15.0):
        terms = (x**2 * mp.sech(mp.mpf(w) * x / 2) ** 2 / 4 for x in (1, 2))
        assert step(w) == pytest.approx(float(sum(terms)), rel=1e-8)


WRITTEN: dict[str, Any] = {
    "once": lambda z, y: (lambda a: -(y * am.log(a) + (1 - y) * am.log(1 - a)))(am.sigmoid(z())),
    "twice": lambda z, y: -(y * am.log(am.sigmoid(z())) + (1 - y) * am.log(1 - am.sigmoid(z()))),
    "by exp, twice": lambda z, y: (
        -(y * am.log(1 / (1 + am.exp(-z()))) + (1 - y) * am.log(1 - 1 / (1 + am.exp(-z()))))
    ),
    "by log_sigmoid": lambda z, y: -(y * am.log_sigmoid(z()) + (1 - y) * am.log_sigmoid(-z())),
    "by softplus": lambda z, y: am.softplus(z()) - y * z(),
}
"""Cross-entropies; z() is computed at each use."""

EXAMPLES = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]])


def exact_cost(w: Any, b: float, labels: Any) -> list[float]:
    """The mean cross-entropy of the examples and its slopes by w and b, by their formulas."""
    z = EXAMPLES @ w + b
    lost = np.maximum(z, 0.0) - labels * z + np.log1p(np.exp(-np.abs(z)))
    dz = (np.where(z > 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z))) - labels) / 3
    return [lost.mean(), *EXAMPLES.T @ dz, dz.sum()]


@pytest.mark.parametrize("labels", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.25]])
@pytest.mark.parametrize("written", WRITTEN.values(), ids=list(WRITTEN))
def test_a_saturated_cross_entropy_is_exact_however_written(
    written: Any, labels: list[float]
) -> None:
    def of_arrays(w: Any, b: Any, y: Any) -> Any:
        return am.mean(written(lambda: EXAMPLES @ w + b, y))

    def of_one(w: Any, b: Any, x: Any, y: Any) -> Any:
        return written(lambda: w @ x + b, y)

    def loop(w: Any, b: Any) -> Any:
        pairs = zip(EXAMPLES.tolist(), labels, strict=True)
        return sum(written(lambda x=x: w[0] * x[0] + w[1] * x[1] + b, y) for x, y in pairs) / 3

    with_slopes = am.value_and_grad(of_one, argnums=(0, 1))
    arrays = am.compile(am.value_and_grad(of_arrays, argnums=(0, 1)))
    each = am.compile(am.vmap(with_slopes, in_axes=(None, None, 0, 0)))
    loops = am.compile(am.value_and_grad(loop, argnums=(0, 1)))
    y = np.array(labels)
    for scale in (1e-3, 0.05, 1.0, -1.0):
        w, b = np.array([900.0, 100.0]) * scale, 0.3
        by_loops = loops(w.tolist(), b)
        by_each = [np.mean(x, axis=0) for x in (lambda v, g: (v, *g))(*each(w, b, EXAMPLES, y))]
        routes = [arrays(w, b, y), (by_loops[0], by_loops[1]), (by_each[0], by_each[1:])]
        with np.errstate(over="ignore", invalid="ignore"):
            wanted = exact_cost(w, b, y)
        for cost, (dw, db) in routes:
            assert cost == pytest.approx(wanted[0], rel=1e-12, abs=1e-13)  # z - y z as it is
            assert [*dw, db] == pytest.approx(wanted[1:], rel=1e-12, abs=1e-15)


def test_a_number_times_zero_that_is_alone_stays() -> None:
    """Its nan would show nowhere else."""
    step = am.compile(lambda z: am.sigmoid(z) * (1 - am.sigmoid(z)) * 0.0)
    assert step(0.5) == 0.0
    assert step(math.inf) == 0.0
    assert math.isnan(step(math.nan))


@pytest.mark.parametrize("shared", ["left", "right", "other side", "matrix"])
def test_products_with_one_factor_are_put_together(shared: str) -> None:
    """u c + v c is (u + v) c, wherever c stands."""
    x, rows = np.arange(6.0).reshape(2, 3) - 2.0, np.array([[0.5], [2.0]])

    def f(x: Any, u: Any) -> Any:
        v = am.tanh(u)
        return {
            "left": lambda: x * u - 2 * (x * v),
            "right": lambda: u * x + v * x,
            "other side": lambda: u * x + x * v,
            "matrix": lambda: x.T @ u - x.T @ v,
        }[shared]()

    _, found = passed(f, x, rows)
    assert names(found).count("multiply" if shared != "matrix" else "matmul") == 1 + (
        shared == "left"
    )


def test_what_has_a_name_or_another_shape_stays_a_product() -> None:
    x, u = np.ones((2, 3)), np.ones((2, 1))

    def labelled(x: Any, u: Any) -> Any:
        p = x * u
        am.label(p=p)
        return p + x * am.tanh(u)

    _, found = passed(labelled, x, u)
    assert names(found).count("multiply") == 2
    _, found = passed(lambda x, u: x * u + x * am.tanh(x), x, u)
    assert names(found).count("multiply") == 2
    _, found = passed(lambda x, u: x * u + x, x, u)
    assert names(found).count("multiply") == 1


def test_narrow_numbers_are_not_added_up_before_they_are_widened() -> None:
    x, u = np.array([1.1, -0.3, 2.7]), np.array([3.3, 1e-5, -5.1], np.float32)
    passed(lambda x, u: am.sin(u) * x + u * x, x, u)
