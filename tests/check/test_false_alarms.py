"""Right rules are never called wrong: every op at points near 0, near kinks and edges, and huge."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.check.comparison import WRONG
from autograd_mini.primitive import TABLE, Primitive
from tests.support.array_cases import CASES, Case

POINTS = [0.0, 1e-300, 1e-20, 1e-8, 1e-3, 0.5, 1 - 1e-9, 1.0, 3.0, 40.0, 12345.678, 1e8, 1e150]
GRID = sorted({sign * point for point in POINTS for sign in (1.0, -1.0)})
ELEMENTWISE = [op for op in TABLE.values() if op.records and op.samples]
KINDS = {"floats": None, "float64": np.float64, "float32": np.float32, "float16": np.float16}


def places(op: Primitive, some: int) -> list[tuple[float, ...]]:
    """Points all over an op's operands; about so many, if there is more than one operand."""
    grid = list(itertools.product(GRID, repeat=len(op.samples)))
    if op.name == "pow":  # so large an exponent is a whole number, and so are all near it
        grid = [at for at in grid if at[0] > 0 or abs(at[1]) < 1e100]
    if op.name == "remainder":  # where it jumps within the steps, it may be called wrong
        grid = [at for at in grid if abs(at[1]) > 1e-12 and abs(at[0]) < 1e6 * abs(at[1])]
    return grid[:: max(1, len(grid) // some)]


def at(op: Primitive, point: tuple[float, ...], dtype: Any) -> Any:
    """The sum of an op's result; None where it has none."""
    with np.errstate(all="ignore"):
        arrays = [np.array([x], dtype) for x in point]
        if op.name == "clip" and not arrays[1] < arrays[2]:
            return None  # at x = low = high its gradient is 1 by choice
        try:
            if dtype is None:
                return op(*(am.Value(x, f"x{i}") for i, x in enumerate(point)))
            return am.sum(op(*(am.Tensor(x, f"x{i}") for i, x in enumerate(arrays))))
        except (am.DomainError, am.DivisionError, am.RangeError):
            return None


def check_points(op: Primitive, kind: str, some: int) -> None:
    for point in places(op, some):
        J = at(op, point, KINDS[kind])
        if J is not None:
            report = am.gradcheck(J)
            assert all(row.verdict != WRONG for row in report.rows), f"{point}\n{report}"


def check_second_order(op: Primitive, kind: str, some: int) -> None:
    for point in places(op, some):
        J = at(op, point, KINDS[kind])
        if J is not None and abs(float(J.data)) < 1e100:
            with np.errstate(all="ignore"):
                report = am.gradcheck(J * J, order=2)
            assert all(row.verdict != WRONG for row in report.rows), f"{point}\n{report}"


of_elementwise = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)


@of_elementwise
def test_no_op_is_called_wrong_at_any_point(op: Primitive) -> None:
    check_points(op, "floats", 26)
    check_points(op, "float32", 9)
    check_points(op, "float16", 5)


@of_elementwise
def test_second_derivatives_neither(op: Primitive) -> None:
    check_second_order(op, "floats", 5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@of_elementwise
def test_no_op_is_called_wrong_at_many_points(op: Primitive, kind: str) -> None:
    check_points(op, kind, 700)
    check_second_order(op, kind, 40)


def check_case(case: Case, dtype: Any, scale: float) -> None:
    with np.errstate(all="ignore"):
        arrays = [(np.asarray(a) * scale).astype(dtype) for a in case.arrays]
        result = TABLE[case.op](*map(am.Tensor, arrays), *case.statics)
        report = am.gradcheck(am.sum(am.sin(result) if scale == 1.0 else result))
    assert all(row.verdict != WRONG for row in report.rows), str(report)
    if dtype == np.float64 and scale == 1.0:
        assert report, str(report)


@pytest.mark.parametrize("case", CASES[::2], ids=str)
def test_no_op_on_arrays_is_called_wrong(case: Case) -> None:
    for dtype, scale in ((np.float64, 1.0), (np.float64, 1e-8), (np.float32, 1e8)):
        check_case(case, dtype, scale)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_op_on_arrays_is_called_wrong_in_any_dtype(case: Case, dtype: Any) -> None:
    for scale in (1e-8, 1e-3, 1.0, 1e3, 1e8):
        check_case(case, dtype, scale)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (am.exp, np.array([0.5, -3.0, 20.0], np.float32)),
        (lambda x: x**3, 1e6),
        (am.sin, np.array([0.5, 3.0, 100.0], np.float32)),
        (am.sin, np.array([0.5, 3.0], np.float16)),
        (am.log, 1e-3),
        (am.log, 1e-300),
        (am.log, np.array([1e-3], np.float32)),
        (am.sqrt, 1e-300),
        (am.arcsin, 1 - 1e-12),
        (am.arccos, -1 + 1e-9),
        *((f, x) for f in (am.abs, am.relu) for x in (1e-3, 1e-6, 1e-9, -1e-9, 1e-300)),
        (lambda x: am.sin(2 * math.pi * x), 1e6),
        (lambda x: am.tanh(1e6 * x), 1e-9),
    ],
)
def test_hard_right_ones_agree(f: Any, x: Any) -> None:
    report = am.gradcheck(lambda x: am.sum(f(x)), x)
    assert report, str(report)
    assert report.rows[0].verdict == "agrees"


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_followed_is_not_called_wrong(kind: str) -> None:
    for point in [(-1e-8, -1e-8), (1e-8, 1e-8), (1.0, 1.0), (3.0, 0.5)]:
        J = at(TABLE["remainder"], point, KINDS[kind])
        if J is not None:
            rows = am.gradcheck(J).rows
            assert all(row.verdict != WRONG for row in rows), point
