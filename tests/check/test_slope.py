"""slope: derivatives from differences alone, and how much is known of them."""

import math
from collections.abc import Callable

import pytest

from autograd_mini.check.slope import Slope, slope


def found(f: Callable[[float], float], x: float, blur: float = 1e-16) -> Slope:
    def along(t: float) -> float:
        try:
            return f(x + t)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return slope(along, f(x), x, eps=2.2e-16, blur=blur, grain=2.2e-16 * abs(x))


@pytest.mark.parametrize(
    ("f", "x", "derivative"),
    [
        (math.exp, 1.0, math.e),
        (math.log, 1e-200, 1e200),
        (lambda x: x**3, 1e-4, 3e-8),
        (lambda x: x**3, 1e80, 3e160),
        (math.sin, 1e5, math.cos(1e5)),
        (lambda x: math.tanh(1e5 * x), 1e-6, 1e5 / math.cosh(0.1) ** 2),
        (lambda x: abs(x - 1), 1 + 1e-9, 1.0),
        (lambda x: abs(x - 1), 1 - 1e-11, -1.0),
        (lambda x: 5.0, 2.0, 0.0),
    ],
)
def test_the_error_covers_how_far_off_it_is(f, x: float, derivative: float) -> None:
    s = found(f, x)
    assert abs(s.value - derivative) <= 3 * s.error
    assert s.error <= max(1e-3 * abs(derivative), 1e-11 * s.size)
    assert not s.kink
    assert not s.edge
    assert s.jump == 0


@pytest.mark.parametrize("x", [0.0, 1.0, 1e9, -1e-7])
def test_a_corner(x: float) -> None:
    s = found(lambda y: max(y - x, 3 * (y - x)) + math.sin(y), x)
    assert s.kink
    assert not s.one_sided
    assert s.gap == pytest.approx(2.0, rel=1e-2)


def test_a_corner_nearer_than_any_step() -> None:
    s = found(lambda x: abs(x - 1), 1 + 1e-13)
    assert (s.left, s.right) == (pytest.approx(-1.0, abs=0.05), pytest.approx(1.0, abs=0.05))


@pytest.mark.parametrize(("f", "x", "left"), [(math.sqrt, 0.0, True), (math.asin, 1.0, False)])
def test_an_edge(f, x: float, left: bool) -> None:
    s = found(f, x)
    assert s.edge
    assert s.one_sided
    assert math.isnan(s.left) == left
    assert s.error > 1e-2 * abs(s.value)


def test_an_edge_that_is_far_for_small_steps() -> None:
    s = found(math.asin, 1 - 1e-10)
    assert not s.edge
    assert s.value == pytest.approx(1 / math.sqrt(2e-10), rel=1e-4)


def test_no_steps_at_all() -> None:
    for x in (math.inf, math.nan):
        s = found(lambda y: y + 1, x)
        assert s.edge
        assert math.isnan(s.value)
    s = found(lambda x: math.sqrt(x - 1) + math.sqrt(1 - x), 1.0)
    assert (s.edge, s.error) == (True, math.inf)
    s = slope(lambda t: t, math.inf, 1.0, 2.2e-16, 0.0, 2.2e-16)
    assert s.edge


@pytest.mark.parametrize("x", [0.0, 1e-13, 1.0])
def test_a_jump(x: float) -> None:
    s = found(lambda y: math.copysign(2.0, y - x), x)
    assert s.error == math.inf or s.error > 1e-3 * abs(s.value)
    assert s.jump == pytest.approx(4.0)
    assert not s.kink


@pytest.mark.parametrize("x", [1e15, 1e30, 1e100])
def test_what_changes_faster_than_the_steps_can_follow(x: float) -> None:
    assert found(math.sin, x).error > 0.1


def test_steeper_than_floats_can_say() -> None:
    s = found(lambda x: 1 / x, 1e-300)
    assert math.isinf(s.value)
    assert s.error == math.inf
    assert not s.edge


def test_an_overflow_to_one_side_is_no_edge() -> None:
    s = found(lambda x: 1.0 if x <= 1 else math.exp(1e6 * x), 1.0)
    assert s.one_sided
    assert not s.edge


def test_numbers_below_the_smallest_are_not_trusted() -> None:
    s = found(lambda x: x * x, 1e-250)  # 0 for floats
    assert abs(s.value - 2e-250) <= 3 * s.error


def test_a_step_that_is_given() -> None:
    s = slope(lambda t: (2 + t) ** 2, 4.0, 2.0, 2.2e-16, 0.0, 4e-16, step=0.5)
    assert s.value == 4.0
    assert (slope(abs, 0.0, 0.0, 2.2e-16, 0.0, 0.0, step=0.5)).gap == 2.0
