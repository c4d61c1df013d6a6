"""The complex step: slopes to the last digits where differences see none, and nowhere else."""

import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.check.complex_step import tiny


def vague(x):
    """x, but differences of it have lost all digits."""
    return (x + 1e16) - 1e16


@pytest.mark.parametrize(
    "f", [vague, lambda x: am.sin(x) + 1e16, lambda x: am.sin(1e12 * x), lambda x: am.tanh(20 * x)]
)
def test_it_tells_where_differences_cannot(f) -> None:
    report = am.gradcheck(f, 1.0)
    assert report, str(report)
    [row] = report.rows
    assert row.verdict == "agrees"
    assert row.error <= 1e-3 * abs(row.numeric)
    assert row.digits >= 5
    assert str(report).endswith("the numeric slope is by a complex step")
    x = am.Value(1.0, "x")
    assert am.gradcheck(f(x))


def test_it_tells_in_arrays() -> None:
    w = np.linspace(-1.0, 1.5, 200).reshape(10, 20)
    for f in (lambda w: am.sum(am.sin(w)) + 1e15, lambda w: am.sum(w @ w.T) * 1e-9 + 1e8):
        report = am.gradcheck(f, w)
        assert report, str(report)
        assert all(c.slope.analytic for c in report.rows[0].comparisons)
        assert report.rows[0].digits >= 5


def test_a_wrong_rule_shows_that_differences_hide(monkeypatch) -> None:
    monkeypatch.setattr(am.square, "rules", (lambda g, z, x: g * 2.02 * x,))
    report = am.gradcheck(lambda x: am.square(x) + 1e12, 1e-5)
    assert (report.rows[0].verdict, report.blame[0].op) == ("wrong rule", "square")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.relu(vague(x) + 2),
        lambda x: vague(x) + 0.5 * float(x),
        lambda x: vague(x) + 0.5 * am.detach(x),
        lambda x: vague(x) + 0.5 * (am.detach(x) if isinstance(x, am.Node) else x),
        lambda x: vague(x) if x > 0 else x,
        lambda x: vague(x) * (1.0 if isinstance(x, am.Node) else 2.0),
    ],
)
def test_what_is_not_analytic_or_not_all_recorded_is_left_alone(f) -> None:
    [row] = am.gradcheck(f, 1.0).rows
    assert row.verdict == "not enough precision to tell"
    assert row.error > 1e-3


def test_float32_on_the_way_is_left_alone() -> None:
    [row] = am.gradcheck(lambda x: am.sum(am.sin(x.astype(np.float32))) + 1e7, np.ones(1)).rows
    assert row.error > 1e-3
    assert not row.worst.slope.analytic


def test_its_error_is_that_of_rounding() -> None:
    # The value of 1 - cos(x) has few digits, and so has what is computed from it.
    for x in (1e-5, 1e-6, 1e-7):
        [row] = am.gradcheck(lambda x: (1 - am.cos(x)) / x**2, x).rows
        assert row.verdict in ("agrees", "not enough precision to tell")
        assert abs(row.numeric + x / 12) <= 3 * row.error


@pytest.mark.parametrize("x", [0.0, 1e-300, -1e-280, 1e-3, 1.0, -7e8, 1e300])
def test_its_step_is_lost_beside_x_and_1(x: float) -> None:
    h = tiny(x)
    assert 0 < h <= 2**-20 * min(abs(x) or 1.0, 1.0)
    assert math.frexp(h)[0] == 0.5


def test_numeric_grad_takes_small_steps_at_large_x() -> None:
    found = am.numeric_grad(am.sin, 1e6, method="complex")
    assert found == pytest.approx(math.cos(1e6), rel=1e-14)
