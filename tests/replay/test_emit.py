"""Sources: what is written is what a person would write, runs by itself, and every op has a text.

Every op of the table goes through `am.compile`: a few numbers as plain statements, many of them in
a list as arrays, and arrays.
"""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd_mini as am
from autograd_mini.primitive import TABLE, Primitive
from tests.support.array_cases import CASES, Case
from tests.support.definitions import DEFINITIONS, DIGITS
from tests.support.numeric import derivative, gradients

ELEMENTWISE = [op for op in TABLE.values() if op.kind == "elementwise" and op.samples]
COMPARISONS = [op for op in TABLE.values() if op.kind == "elementwise" and not op.records]
X = np.random.default_rng(0).normal(size=(3, 5))
Y = np.array([[1.0, 0.0, 1.0, 1.0, 0.0]])


def body(source: str, name: str) -> list[str]:
    """The statements of a function, without comments."""
    lines = source.split(f"def {name}(")[1].split("\n\n\n")[0].splitlines()[1:]
    return [line.split("  #")[0].strip() for line in lines]


# Golden sources -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "line"),
    [
        (lambda x, y: -x + y * 3, "return 3 * y - x"),
        (lambda x, y: -x + y * 3 - x * y, "return 3 * y - x - x * y"),
        (lambda x, y: -x - y * 3, "return -x - 3 * y"),
        (lambda x, y: 1 - x + y * 3, "return 1 - x + 3 * y"),
    ],
)
def test_a_sum_begins_with_what_is_added(f: Any, line: str) -> None:
    step = am.compile(f)
    step(1.0, 2.0)
    assert body(step.source, "step") == [line]
    assert step(0.3, 0.7) == pytest.approx(f(0.3, 0.7), rel=1e-15)


def lecture(w: Any, b: Any) -> Any:
    Z = w.T @ X + b
    A = am.sigmoid(Z)
    J = -am.sum(Y * am.log(A) + (1 - Y) * am.log(1 - A)) / 5
    am.label(locals())
    return J


def test_the_lectures_cost() -> None:
    step = am.compile(am.value_and_grad(lecture, argnums=(0, 1)))
    step(np.zeros((3, 1)), 0.0)
    lines = body(step.source, "lecture")
    assert lines[1].startswith("J = -(")
    assert lines[:1] + lines[2:] == [
        "Z = w.T @ X + b",
        "A = sigmoid(Z)",
        "dZ = (A - Y) / 5",
        "dw = X @ dZ.T",
        "db = dZ.sum().item()",
        "return (J, (dw, db))",
    ]
    assert "# (1, 5)" in step.source


ROWS = np.random.default_rng(1).normal(size=(12, 3)).tolist()
TARGETS = [float(k % 3 == 0) for k in range(12)]
HEIGHTS = [0.5 + k for k in range(12)]


def loop(w: Any, b: Any) -> Any:
    J = 0.0
    for x, y in zip(ROWS, TARGETS, strict=True):
        z = sum(wi * xi for wi, xi in zip(w, x, strict=True)) + b
        a = am.sigmoid(z)
        J = J - (y * am.log(a) + (1 - y) * am.log(1 - a))
        am.label(z=z, a=a)
    return J / 12


def test_the_lectures_loop_comes_out_vectorised() -> None:
    step = am.compile(am.value_and_grad(loop, argnums=(0, 1)))
    step([0.1, 0.2, 0.3], 0.5)
    lines = body(step.source, "loop")
    assert lines[:5] == [
        "z = ROWS @ np.array(w) + b",
        "a = sigmoid(z)",
        "dz = (a - TARGETS) / 12",
        "dw = ROWS.T @ dz",
        "db = dz.sum().item()",
    ]
    assert len(lines) == 6
    assert lines[5].endswith(", (dw.tolist(), db))")


def network(W1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    loss = 0.0
    for x, t in zip(BATCH, HEIGHTS, strict=True):
        layer = [
            am.tanh(sum(w * v for w, v in zip(row, x, strict=True)) + b)
            for row, b in zip(W1, b1, strict=True)
        ]
        y = sum(w * h for w, h in zip(w2, layer, strict=True)) + b2
        loss = loss + (y - t) ** 2
    return loss / len(BATCH)


BATCH = np.random.default_rng(2).normal(size=(12, 7)).tolist()


def network_arguments(seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(9, 7)), rng.normal(size=9), rng.normal(size=9), rng.normal()
    return tuple(x.tolist() if isinstance(x, np.ndarray) else float(x) for x in numbers)


def test_a_network_of_numbers_comes_out_as_matrix_products() -> None:
    f = am.value_and_grad(network, argnums=(0, 1, 2, 3))
    step = am.compile(f)
    step(*network_arguments(0))
    lines = body(step.source, "network")
    assert sum(line.count(" @ ") for line in lines) == 4, step.source
    assert len(lines) < 20
    found, wanted = step(*network_arguments(1)), f(*network_arguments(1))
    assert found[0] == pytest.approx(wanted[0], rel=1e-12)
    for one, other in zip(found[1], wanted[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11)


def rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def test_rosenbrocks_hessian_leaves_zeros_out() -> None:
    step = am.compile(am.hessian(rosenbrock))
    step(np.ones(20))
    assert "np.zeros(shape" in step.source
    assert len(body(step.source, "rosenbrock")) < 8
    x = np.linspace(-1.0, 1.0, 20)
    np.testing.assert_allclose(step(x), am.hessian(rosenbrock)(x), rtol=1e-13)
    assert len(step.recordings) == 1
    assert max(np.prod(s.shape or ()) for s in step.recordings[0].program.code.steps[:-1]) < 100


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (am.value_and_grad(lecture, argnums=(0, 1)), (np.full((3, 1), 0.3), 0.1)),
        (am.value_and_grad(loop, argnums=(0, 1)), ([0.1, -0.2, 0.3], 0.5)),
        (am.value_and_grad(network), network_arguments(3)),
        (am.hessian(rosenbrock), (np.linspace(0.0, 1.0, 20),)),
        (lambda x: (x * math_constants, am.erf(x), None, "text"), (np.array([1.0, 2.0]),)),
        (lambda x: -x if x < 0 else am.softplus(x) ** 0.5, (2.0,)),
    ],
)
def test_a_source_runs_by_itself(f: Any, args: Any, tmp_path: Path) -> None:
    step = am.compile(f)
    expected = step(*args)
    name = step.recordings[0].program.name
    shown = [repr(x) if not isinstance(x, np.ndarray) else f"np.array({x.tolist()})" for x in args]
    file = tmp_path / "step.py"
    file.write_text(f"{step.source}\n\nprint(repr({name}({', '.join(shown)})))\n")
    done = subprocess.run(
        [sys.executable, "-I", str(file)], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    scope = {"array": np.array, "np": np, "inf": math.inf}
    for one, other in zip(_leaves(eval(done.stdout, scope)), _leaves(expected), strict=True):
        assert one is other or isinstance(other, str) or np.allclose(one, other, 1e-6)


math_constants = np.array([np.inf, -0.0])


def _leaves(x: Any) -> list[Any]:
    return [x] if not isinstance(x, tuple) else [leaf for part in x for leaf in _leaves(part)]


# How expressions are written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x, y: x * y + 1, "1 + x * y"),
        (lambda x, y: x - (y - 1), "1 + x - y"),
        (lambda x, y: (x + y) * (x - y), "(x + y) * (x - y)"),
        (lambda x, y: x / (x * y), "x / (x * y)"),
        (lambda x, y: -(x**3), "-x ** 3"),
        (lambda x, y: (-x) ** 3, "(-x) ** 3"),
        (lambda x, y: 2**x, "2 ** x"),
        (lambda x, y: x**y, "math.pow(x, y)"),
        (lambda x, y: x / 3, "x / 3"),
        (lambda x, y: x % 2 + x // y, "x % 2 + x // y"),
        (lambda x, y: am.exp(-x) * 0.1, "math.exp(-x) / 10"),
        (lambda x, y: x * -2.5, "-(2.5 * x)"),
        (lambda x, y: am.sin(x) - -y, "math.sin(x) + y"),
        (lambda x, y: 1e300 * x, "1e+300 * x"),
        (lambda x, y: x + np.inf, "math.inf + x"),
        (lambda x, y: am.maximum(x, y), "maximum(x, y)"),
    ],
)
def test_expressions(f: Any, expected: str) -> None:
    step = am.compile(f)
    x, y = 3.0, 2.0
    assert step(x, y) == f(x, y)
    assert body(step.source, "step") == [f"return {expected}"], step.source
    assert step(x, y) == f(x, y)
    assert len(step.recordings) == 1


def test_names_are_those_of_labels_where_they_can_be() -> None:
    def f(lambda_: Any, np: Any, C1: Any) -> Any:
        p = lambda_ * np
        q = am.exp(p) * C1
        p.label, q.label = "math", "2 fold"
        return p + q * q + p * q

    step = am.compile(f)
    x = np.array([1.0, 2.0])
    first = step(x, x, np.arange(6.0)[4:])
    np.testing.assert_array_equal(step(x, x, np.arange(6.0)[4:]), first)
    assert "v2_fold = " in step.source
    assert "math1 = " in step.source
    assert "def f(lambda_, np_, C1)" in step.source


@pytest.mark.parametrize("name", ["np", "math", "sigmoid", "Broken", "C1", "t1", "zlib", "print"])
def test_parameters_that_are_names_of_the_source(name: str) -> None:
    scope: dict[str, Any] = {"am": am, "C": np.arange(9.0)}
    exec(f"def f({name}): return am.sigmoid({name} * C) * am.exp({name}) + am.sum(C)", scope)
    step = am.compile(scope["f"])
    x = np.linspace(-1, 1, 9)
    np.testing.assert_allclose(step(x), step(x), rtol=1e-14)
    assert len(step.recordings) == 1


def test_long_expressions_get_names() -> None:
    step = am.compile(lambda x: am.sin(sum(am.cos(x * k) for k in range(1, 30))))
    step(1.0)
    step(2.0)
    assert max(map(len, step.source.splitlines())) < 200


# Every op of the table ----------------------------------------------------------------------------


def points(op: Primitive, count: int) -> list[tuple[float, ...]]:
    rng = np.random.default_rng(len(op.name))
    return [tuple(float(rng.uniform(*s)) for s in op.samples) for _ in range(count)]


DECIDED = {"relu", "maximum", "minimum", "clip"}
"""Ops whose derivatives of single numbers are choices, which are recorded each way."""


def expected_at(op: Primitive, at: tuple[float, ...]) -> tuple[float, list[float], float]:
    """Value and derivatives by mpmath, or by NumPy and differences, with how exact they are."""
    if meaning := DEFINITIONS.get(op.name):
        with mp.workdps(DIGITS):
            numbers = tuple(map(mp.mpf, at))
            slopes = []
            for i in range(len(at)):
                order = tuple(int(k == i) for k in range(len(at)))
                slopes.append(
                    float(mp.diff(meaning, *((numbers, order) if len(at) > 1 else numbers)))
                )
            return float(meaning(*numbers)), slopes, 1e-12
    numpy: Any = getattr(np, op.name)

    def moved(i: int) -> Any:
        return lambda x: float(numpy(*at[:i], x, *at[i + 1 :]))

    return float(numpy(*at)), [derivative(moved(i), x) for i, x in enumerate(at)], 1e-8


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_every_elementwise_op(op: Primitive, exact: bool) -> None:
    at = points(op, 20)
    columns = [list(column) for column in zip(*at, strict=True)]
    places = tuple(range(len(op.samples)))
    alone = am.compile(am.value_and_grad(lambda *x: op(*x), argnums=places), exact=exact)
    many = am.compile(
        am.value_and_grad(lambda *x: sum(op(*row) for row in zip(*x, strict=True)), argnums=places),
        exact=exact,
    )
    arrays = am.compile(am.value_and_grad(lambda *x: am.sum(op(*x)), argnums=places), exact=exact)
    others = [[x + 1e-3 for x in column[::-1]] for column in columns]
    alone(*at[-1]), many(*others), arrays(*map(np.array, others))
    total, slopes = many(*columns)
    array_total, array_slopes = arrays(*map(np.array, columns))
    wanted_total = 0.0
    for k, row in enumerate(at):
        value, wanted, rel = expected_at(op, row)
        wanted_total += value
        found, found_slopes = alone(*row)
        assert found == pytest.approx(value, rel=1e-12, abs=1e-14)
        assert found_slopes == pytest.approx(wanted, rel=rel, abs=1e-13)
        assert [s[k] for s in slopes] == pytest.approx(wanted, rel=rel, abs=1e-13)
        assert [s[k] for s in array_slopes] == pytest.approx(wanted, rel=rel, abs=1e-13)
    assert total == pytest.approx(wanted_total, rel=1e-11, abs=1e-13)
    assert array_total == pytest.approx(wanted_total, rel=1e-11, abs=1e-13)
    assert op.name in DECIDED or len(alone.recordings) == len(many.recordings) == 1
    assert len(arrays.recordings) == 1
    # What only sums a few inputs up stays a statement.
    is_sum = op.name in ("add", "subtract", "positive", "negative")
    assert many.recordings[0].program.code.rolled is not (exact or is_sum)


@pytest.mark.parametrize("op", COMPARISONS, ids=lambda op: op.name)
def test_every_comparison(op: Primitive) -> None:
    count = getattr(np, op.name).nin
    rng = np.random.default_rng(4)

    def f(x: Any, y: Any) -> Any:
        return am.where(op(*(x, y)[:count]), x * 2, y)

    one, other = np.round(rng.normal(size=(2, 12)) * 2) / 2 + 0.25 * (op.name == "floor_divide")
    truths = getattr(np, op.name)(*(one, other)[:count])
    wanted = np.where(truths, one * 2, other)
    arrays = am.compile(f)
    many = am.compile(lambda x, y: [f(a, b) for a, b in zip(x, y, strict=True)])
    arrays(other, one), many(other.tolist(), one.tolist())
    np.testing.assert_array_equal(arrays(one, other), wanted)
    np.testing.assert_array_equal(many(one.tolist(), other.tolist()), wanted)
    alone = am.compile(f)
    for a, b, expected in zip(one.tolist(), other.tolist(), wanted, strict=True):
        assert alone(a, b) == expected
    assert len(arrays.recordings) == 1


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_op_on_arrays(case: Case, exact: bool) -> None:
    weights = np.random.default_rng(9).uniform(0.5, 1.5, np.shape(case.expected(*case.arrays)))

    def f(*arrays: Any) -> Any:
        found = TABLE[case.op](*arrays, *case.statics)
        return am.sum(weights * am.sin(found)), found

    places = tuple(range(len(case.arrays)))
    step = am.compile(am.value_and_grad(f, argnums=places, has_aux=True), exact=exact)
    step(*[np.asarray(a * 0.9) for a in case.arrays])
    (value, found), slopes = step(*case.arrays)
    assert len(step.recordings) == 1
    wanted = case.expected(*case.arrays)
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)
    assert value == pytest.approx(np.sum(weights * np.sin(wanted)), rel=1e-12, abs=1e-13)
    numeric = gradients(
        lambda *arrays: np.sum(weights * np.sin(case.expected(*arrays))), case.arrays
    )
    for slope, expected in zip(slopes, numeric, strict=True):
        assert np.shape(slope) == np.shape(expected)
        np.testing.assert_allclose(slope, expected, rtol=1e-7, atol=1e-8)
