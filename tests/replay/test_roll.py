"""Roll: loops over numbers come out as arrays, and give what the loops give."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.replay.code import Code, Ref, Spread, Step
from autograd_mini.replay.program import simplified
from autograd_mini.replay.roll import CUT, roll
from autograd_mini.replay.signature import rectangles
from autograd_mini.replay.simplify import simplify
from autograd_mini.tree import flatten
from tests.replay.codes import code_of, names, same

RNG = np.random.default_rng(11)
N = 12
X = RNG.normal(size=(N, 5))
ROWS = X.tolist()


def rolled(f: Any, *args: Any, wanted: Any = None, cut: int = CUT) -> Code:
    """The rolled code of f, whose numbers are held against those of the steps one by one."""
    code, leaves = code_of(f, *args)
    before = simplified(simplify(code, exact=True), exact=False)
    given = rectangles(flatten((args, {}))[1])
    found = roll(before, given, wanted or {}, cut)
    same(before, found, leaves, rtol=1e-11)
    same(before, simplify(found), leaves, rtol=1e-11)
    return simplify(found)


def numbers(n: int) -> list[float]:
    return RNG.uniform(0.2, 1.8, n).tolist()


def of_rows(w: Any) -> list[Any]:
    return [sum(wi * x for wi, x in zip(w, row, strict=True)) for row in ROWS]


def test_sums_over_a_constant_matrix_are_a_product() -> None:
    found = rolled(lambda w: sum(map(am.tanh, of_rows(w))), numbers(5))
    assert names(found) == ["stack", "matmul", "tanh", "sum", "item"] or "matmul" in names(found)
    assert len(found.steps) < 12


def test_narrow_groups_stay_statements() -> None:
    def f(w: Any) -> Any:
        return sum(am.sin(x) for x in w)

    assert not rolled(f, numbers(CUT - 1)).rolled
    assert rolled(f, numbers(CUT)).rolled
    assert rolled(f, numbers(3), cut=3).rolled


def test_results_of_lists_are_spread() -> None:
    code, leaves = code_of(lambda w: [am.sin(x) for x in w], numbers(N))
    found = roll(code, {range(N): (N,)}, {range(N): (N,)})
    assert isinstance(found.outputs[0], Spread)
    assert len(found.outputs) == 1
    same(code, found, leaves)
    mixed, leaves = code_of(lambda w: [*[am.sin(x) for x in w], 1.0, w[0]], numbers(N))
    found = roll(mixed, {range(N): (N,)}, {range(N + 2): (N + 2,)})
    assert isinstance(found.outputs[0], Spread)
    same(mixed, found, leaves)


def chain(w: Any) -> Any:
    z = w[0]
    for x in w[1:]:
        z = am.tanh(z * x)
    return z


PROGRAMS: list[Any] = [
    lambda w: sum(am.sin(x) * am.cos(y) for x, y in pairwise(w)),
    lambda w: sum(am.sin(x) * am.cos(y) for x, y in zip(w, w[::-1], strict=True)),
    lambda w: sum(am.sin(x) * am.sin(y) for x in w[:4] for y in w[4:]),
    lambda w: sum(am.exp(-x * k) for k, x in enumerate(w)),
    lambda w: sum(am.sin(2 * x) + am.sin(-x) + am.sin(x + 1) for x in w),
    lambda w: sum(am.log(x) * y for x, y in zip(w, [1.0, 0.0, 2.0] * 4, strict=True)),
    lambda w: [am.sin(x) + am.sin(w[0]) for x in w],
    lambda w: [am.tanh(z) for z in of_rows(w[:5])],
    lambda w: [am.tanh(z + x) for z, x in zip(of_rows(w[:5]), w, strict=True)],
    lambda w: [am.tanh(z) * am.exp(z) - z for z in of_rows(w[1:6])],
    lambda w: sum((z - 0.5) ** 2 for z in of_rows(w[::2][:5])),
    lambda w: sum(am.maximum(x, 0.5) for x in w) / 3 + chain(w),
    lambda w: sum(am.sin(am.sin(x) if k % 3 else am.cos(x)) for k, x in enumerate(w)),
    lambda w: sum(am.sin(x) for k, x in enumerate(w) if k % 2) * sum(am.sin(x) for x in w[::2]),
    lambda w: sum(am.sin(w[(7 * k) % 12] * w[(5 * k + 3) % 12]) for k in range(12)),
    lambda w: [sum(am.sin(x * k) for x in w) for k in range(1, 10)],
    lambda w: [am.sin(x) / (1 + am.exp(-y)) for x, y in zip(w, w[1:] + w[:1], strict=True)],
    lambda w: [sum(w[max(0, k - 6) : k + 1]) ** 2 for k in range(12)],
    lambda w: [am.exp(w[k] - w[k - 1] + w[k - 2] * 0.5 + k) for k in range(12)],
    lambda w: [am.exp(w[k] - w[k - 1]) + am.exp(am.sin(w[0]) + k) for k in range(12)],
    lambda w: [2.0, *[am.sin(x) for x in w], w[0], 3.0],
    lambda w: {"a": [am.sin(x) for x in w], "b": (w[0], [[am.cos(x), x] for x in w])},
    lambda w: am.stack([am.sin(x) for x in w]) * np.arange(12.0),
    lambda w: am.sum(am.stack([am.stack([am.sin(x), am.cos(x)]) for x in w])),
    lambda w: sum(am.where(x > 1.0, am.sin(x), am.cos(x)) for x in w),
    lambda w: sum(x * x if x > 1.0 else -x for x in w),
    lambda w: sum(am.sqrt(z**2 + k) for k, z in enumerate(of_rows(w[3:8]))),
    lambda w: [sum((w[i] - w[j]) ** 2 for j in range(12)) for i in range(12)],
    lambda w: [sum(am.exp(-((w[i] - w[j]) ** 2)) for j in range(12) if j != i) for i in range(12)],
    lambda w: sum(am.tanh(sum(v * am.tanh(z * v) for v in w[:3])) for z in of_rows(w[:5])),
    lambda w: [am.sin(sum(w)) * x for x in w],
    lambda w: [am.sin(w[0]) * am.cos(w[1]) + am.exp(x * w[0]) for x in w],
    lambda w: sum(am.sin(w[k // 3] + w[4 + k % 3]) for k in range(12)),
    lambda w: [*[am.sin(x) for x in w], 2.0, chain(w), 3.0, chain(w[1:])],
    lambda w: sum(am.sin(w[k // 3] * w[4 + k % 4]) for k in range(12)),
    lambda w: sum(am.exp(w[k // 3] - w[8 + k // 4] / 2 + am.sin(w[k])) for k in range(12)),
    lambda w: sum(am.exp(w[k // 5] - am.sin(w[k % 12])) for k in range(60)),
    lambda w: [am.exp(am.sin(x) + am.cos(x) + am.tanh(x) + am.erf(x) + am.sinh(x)) for x in w],
    lambda w: [am.exp((am.sin(x) + am.cos(x) + am.tanh(x) + am.arctan(x) + x) / 9 + 1) for x in w],
    lambda w: sum(w[k // 3] * w[4 + k % 3] * w[11 - k] for k in range(12)),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_programs_give_what_loops_give(k: int) -> None:
    f = PROGRAMS[k]
    w = numbers(N)
    rolled(f, w)
    step = am.compile(f)
    step(w)
    other = [x * 1.01 for x in w]
    found = flatten(step(other))[0]
    wanted = flatten(f(other))[0]
    for x, y in zip(found, wanted, strict=True):
        assert type(x) is type(y) or not isinstance(y, float)
        np.testing.assert_allclose(
            x, am.detach(y).data if isinstance(y, am.Node) else y, rtol=1e-11
        )


@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_their_gradients_too(k: int) -> None:
    def f(w: Any) -> Any:
        return sum(am.sum(x) for x in flatten(PROGRAMS[k](w))[0])

    w = numbers(N)
    g = am.grad(f)
    rolled(g, w, wanted={range(N): (N,)})
    step = am.compile(g)
    step(w)
    other = [x * 1.001 for x in w]
    np.testing.assert_allclose(step(other), g(other), rtol=1e-9, atol=1e-11)


def test_elements_of_arrays_are_rolled() -> None:
    def f(x: Any) -> Any:
        return sum(am.sin(x[i, j]) * x[i - 1, j] for i in range(3) for j in range(4))

    x = RNG.normal(size=(3, 4))
    found = rolled(f, x)
    assert found.rolled
    assert len(found.steps) < 30
    rolled(am.grad(f), x)
    rolled(am.hessian(f), x)


def test_elements_with_other_indices_and_other_shapes() -> None:
    x = RNG.normal(size=12)
    rolled(lambda x: sum(am.sin(x[..., k]) * x[k] for k in range(12)), x)
    rolled(lambda x: [am.sin(x[..., k] * x[-k]) for k in range(12)], x)

    def windows(x: Any) -> Any:
        rows = [sum(x[p // 15, p % 15] for p in range(6 * k, 6 * k + 6)) for k in range(10)]
        return sum(am.sin(row) for row in rows)

    rolled(windows, RNG.normal(size=(4, 15)))
    rolled(am.grad(windows), RNG.normal(size=(4, 15)))


def test_lists_of_lists() -> None:
    def f(W: Any, b: Any) -> Any:
        return [[am.tanh(sum(x * w for x, w in zip(row, col, strict=True)) + bias)
                 for col, bias in zip(W, b, strict=True)] for row in ROWS]  # fmt: skip

    W, b = RNG.normal(size=(9, 5)).tolist(), numbers(9)
    found = rolled(f, W, b)
    assert names(found).count("matmul") == 1
    step = am.compile(f)
    step(W, b)
    assert len(step.source.split("def f(")[1].split("\n\n\n")[0].splitlines()) < 6
    np.testing.assert_allclose(step(W, b), np.tanh(X @ np.array(W).T + b), rtol=1e-12)


def test_members_that_are_all_the_same() -> None:
    steps = [Step(None, (), None), *[Step(am.sin, (Ref(0),), None)] * CUT]
    code = Code(steps, [Ref(i) for i in range(1, CUT + 1)], [], 1)
    same(code, roll(code), [0.5])


def test_ifs_on_some_members_of_a_group() -> None:
    def f(x: Any) -> Any:
        J = sum(am.where(v > 0.0, v, 3.0 * v) for v in x)
        return J * 2 if x[2] > 0.0 and x[5] > 0.0 else J

    step = am.compile(f)
    for numbers in ([1.0] * 9, [-1.0] * 9, [-1.0, 2.0] * 5):
        assert step(numbers) == step(numbers) == pytest.approx(f(numbers))
    assert len(step.recordings) == 3
