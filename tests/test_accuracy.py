"""Every op and random graphs against mpmath: none is off by more than 8 ulps.

`make accuracy` measures the same with more operands and graphs and writes docs/ACCURACY.md. What it
measures with, the jets of `tests/accuracy/`, is tested here, too: against numeric derivatives by
mpmath, and by planted faults.
"""

import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd_mini as am
from autograd_mini.node import ancestors
from autograd_mini.primitive import TABLE, Primitive
from tests.accuracy.graphs import by_the_package, errors
from tests.accuracy.jets import Jet, inputs
from tests.accuracy.meanings import FUNCTIONS, MEANINGS, meant
from tests.accuracy.measure import collected, elementwise, whole
from tests.accuracy.page import page
from tests.accuracy.recipes import draw
from tests.accuracy.regions import ARRAYS, ELEMENTWISE, Whole
from tests.support.definitions import DEFINITIONS, DIGITS

MOST = 8.0
ROWS, GRAPHS = 25, 300
SMALL_CASES = [case for case in ARRAYS if sum(map(np.size, case.arrays)) < 100]
# An op is measured once it has a line in tests/accuracy/meanings.py and one in regions.py.
RECORDED = [op.name for op in TABLE.values() if op.records and op.name in MEANINGS]
PAGE = Path(__file__).parents[1] / "docs" / "ACCURACY.md"


def worst_of(found: Any) -> float:
    return max(error.ulps for error in found)


# The engine ---------------------------------------------------------------------------------------


def test_every_op_is_measured() -> None:
    for name in RECORDED:
        assert name in ELEMENTWISE or name in {case.op for case in ARRAYS}, (
            f"say where {name} is measured in tests/accuracy/regions.py"
        )


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_functions_of_numbers(name: str) -> None:
    for operands in ELEMENTWISE[name]:
        for error in collected(elementwise, name, operands, ROWS):
            assert error.ulps <= MOST, error


@pytest.mark.parametrize("case", SMALL_CASES, ids=lambda case: f"{case.op}-{case.text}")
def test_functions_of_arrays(case: Whole) -> None:
    for error in collected(whole, case):
        assert error.ulps <= MOST, error


@pytest.mark.untraced
def test_random_graphs() -> None:
    for seed in range(GRAPHS):
        found = errors(seed)
        assert max(found.value, found.gradient, found.product) <= MOST, found


@pytest.mark.slow
def test_ten_thousand_random_graphs() -> None:
    for seed in range(10_000):
        found = errors(seed)
        assert max(found.value, found.gradient, found.product) <= MOST, found


@pytest.mark.untraced
def test_random_graphs_meet_every_op() -> None:
    met: set[str] = set()
    for seed in range(GRAPHS // 2):
        with np.errstate(all="ignore"):
            for node in by_the_package(draw(seed)).product:
                met |= {each.op.name for each in ancestors(node) if each.op is not None}
    assert met == set(RECORDED)


def test_the_page_tells_of_every_op() -> None:
    """And of none that is worse; a new op needs `make accuracy`."""
    rows = re.findall(r"^\| (\w+) \|((?: (?:[\d.]+|–) \|)+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} >= set(RECORDED)
    for name, cells in rows:
        for cell in cells.replace("–", "0").split("|")[:-1]:
            assert float(cell) <= MOST, name


def test_the_page_is_made_of_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.accuracy.page.ELEMENTWISE", {"exp": ELEMENTWISE["exp"]})
    monkeypatch.setattr("tests.accuracy.page.ARRAYS", ARRAYS[:1])
    with ThreadPoolExecutor(1) as executor:
        text = page(3, 2, executor)
    assert re.search(
        r"^\| exp \|( 0(\.\d\d)? \|){9} ±1e-30\.\.1e0; -740\.\.709 \|$", text, re.MULTILINE
    )
    assert re.search(r"^\| reshape \|( 0 \|){6} small \|$", text, re.MULTILINE)
    assert re.search(r"^\| gradient \|( \d\.\d\d \|){3}$", text, re.MULTILINE)


# The measure --------------------------------------------------------------------------------------


def planted(op: Primitive, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of ``op`` that is off by a factor."""
    first, *others = op.rules
    wrong = (lambda g, *args: first(g, *args) * factor, *others)
    monkeypatch.setattr(op, "rules", wrong)


def test_a_rule_that_is_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(am.sin, 1.0 + 1e-14, monkeypatch)
    found = collected(elementwise, "sin", ELEMENTWISE["sin"][0], 5)
    assert {error.order for error in found if error.ulps > MOST} == {"first", "second"}
    assert {error.kind for error in found if error.ulps > MOST} == {"float", "float64"}


def test_a_forward_that_is_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(case for case in ARRAYS if case.op == "mean" and np.size(case.arrays[0]) == 6)
    true = TABLE["mean"].array
    monkeypatch.setattr(TABLE["mean"], "array", lambda *args: true(*args) * (1.0 + 1e-14))
    found = collected(whole, case)
    assert {error.order for error in found if error.ulps > MOST} == {"value"}


def test_a_rule_that_is_off_is_seen_in_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(am.tanh, 1.0 + 1e-11, monkeypatch)
    found = [errors(seed) for seed in range(40)]
    assert max(error.value for error in found) <= MOST
    assert max(error.gradient for error in found) > 100 * MOST


def test_a_nan_is_infinitely_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(am.sqrt, "scalar", lambda x: math.nan)
    found = collected(elementwise, "sqrt", ELEMENTWISE["sqrt"][0], 2)
    assert worst_of(error for error in found if error.kind == "float") == math.inf
    assert worst_of(error for error in found if error.kind != "float") <= MOST


def test_an_error_where_there_is_a_number_is_infinitely_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(x: float) -> float:
        raise OverflowError("planted")

    monkeypatch.setattr(am.sqrt, "scalar", fail)
    found = collected(elementwise, "sqrt", ELEMENTWISE["sqrt"][0], 2)
    assert worst_of(error for error in found if error.kind == "float") == math.inf


# The jets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_worked_out_by_hand(name: str) -> None:
    low, high = TABLE[name].samples[0]
    with mp.workdps(DIGITS):
        for x in np.linspace(low, high, 6):
            for order, slope in enumerate(FUNCTIONS[name](mp.mpf(x))):
                numeric = mp.diff(DEFINITIONS[name], mp.mpf(x), order)
                assert abs(slope - numeric) < mp.mpf(10) ** -20 * (1 + abs(numeric))


def compound(x: Any, y: Any) -> Jet:
    """Something of every rule that jets have."""
    z = meant("pow", [x, y]) * meant("sin", [x * y]) - meant("hypot", [x, y])
    return meant("arctan2", [z, y]) + meant("divide", [x, y])


def compound_by_mpmath(x: Any, y: Any) -> Any:
    z = mp.power(x, y) * mp.sin(x * y) - mp.sqrt(x * x + y * y)
    return mp.atan2(z, y) + x / y


def test_jets_differentiate() -> None:
    at, direction = (1.25, 0.75), (0.5, -2.0)
    with mp.workdps(DIGITS):
        jet = compound(*inputs(at, direction))
        point = tuple(map(mp.mpf, at))

        def partial(*orders: int) -> Any:
            return mp.diff(compound_by_mpmath, point, orders)

        hessian = [[partial(2, 0), partial(1, 1)], [partial(1, 1), partial(0, 2)]]
        expected = {
            "": [compound_by_mpmath(*point)],
            "i": [partial(1, 0), partial(0, 1)],
            "v": [partial(1, 0) * direction[0] + partial(0, 1) * direction[1]],
            "iv": [row[0] * direction[0] + row[1] * direction[1] for row in hessian],
        }
        for key, numbers in expected.items():
            for found, number in zip(jet.exact[key], numbers, strict=True):
                assert abs(found - number) < mp.mpf(10) ** -20


def compound_that_cancels_nothing(x: Any, y: Any) -> Jet:
    return meant("exp", [x * y]) * x


SHIFT = 1e-9


def moved_by_errors(f: Callable[..., Jet], key: str) -> tuple[Any, Any]:
    """How far relative errors of the operands move a part of f at most, and its bound."""
    at, direction = (1.25, 0.75), (0.5, 2.0)
    with mp.workdps(DIGITS):
        jets = inputs(at, direction)
        here = f(*(jet.rounded([""]) for jet in jets))
        moved = []
        for signs in [(1, 1), (1, -1), (-1, 1)]:
            there = [x * (1 + sign * SHIFT) for x, sign in zip(at, signs, strict=True)]
            moved.append(abs(f(*inputs(there, direction)).exact[key] - here.exact[key]) / SHIFT)
    return np.max(moved, axis=0).astype(float), here.bounds[key + "e"]


@pytest.mark.parametrize("key", ["", "i", "v", "iv"])
def test_bounds_bound_what_errors_of_the_operands_do(key: str) -> None:
    moved, bound = moved_by_errors(compound, key)
    assert np.all(moved <= bound * (1 + 1e-6))
    moved, bound = moved_by_errors(compound_that_cancels_nothing, key)
    np.testing.assert_allclose(moved, bound, rtol=1e-6)


def test_every_step_adds_its_rounding() -> None:
    x, y = inputs((1.25, 0.75), (1.0, 1.0))
    once = (x * y).rounded()
    np.testing.assert_allclose(once.bounds["e"], [1.25 * 0.75])
    np.testing.assert_allclose(once.bounds["ie"], [0.75, 1.25])
    twice = (once * y).rounded()
    np.testing.assert_allclose(twice.bounds["e"], [2 * 1.25 * 0.75**2])
