"""gradcheck(order=2): second derivatives against differences of the gradient."""

import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops


def second(report):
    """The rows of second derivatives by their labels."""
    return {row.label: row for row in report.rows if " by " in row.label}


def test_the_hessian_of_two_numbers() -> None:
    report = am.gradcheck(lambda x, y: x**2 * y + am.exp(x * y), 0.5, 2.0, order=2)
    assert report
    e = math.exp(1.0)
    expected = {
        "dx by x": 2 * 2.0 + 4 * e,
        "dx by y": 2 * 0.5 + e + 0.5 * 2.0 * e,
        "dy by x": 2 * 0.5 + e + 0.5 * 2.0 * e,
        "dy by y": 0.25 * e,
    }
    assert [row.label for row in report.rows] == ["x", "y", *expected]
    for label, row in second(report).items():
        assert type(row.analytic) is float
        assert row.analytic == pytest.approx(expected[label], rel=1e-14)
        assert row.numeric == pytest.approx(expected[label], rel=1e-9)
        assert row.verdict == "agrees"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_blocks_have_the_shape_of_both(dtype: type) -> None:
    w = np.linspace(0.2, 1.0, 6).reshape(2, 3).astype(dtype)
    report = am.gradcheck(lambda w, b: am.sum(am.sin(w)) * am.sum(w) * b, w, 0.3, order=2)
    assert report, str(report)
    rows = second(report)
    shapes = {label: np.shape(row.analytic) for label, row in rows.items()}
    assert shapes == {
        "dw by w": (2, 3, 2, 3),
        "dw by b": (2, 3),
        "db by w": (2, 3),
        "db by b": (),
    }
    w = w.astype(np.float64)
    expected = 0.3 * (np.add.outer(np.cos(w), np.cos(w)) - 0.0)
    for i in np.ndindex(2, 3):
        expected[i + i] -= 0.3 * np.sin(w[i]) * np.sum(w)
    np.testing.assert_allclose(rows["dw by w"].numeric, expected, rtol=1e-8)
    assert "dw[" in str(report)


def test_large_inputs_go_by_random_directions() -> None:
    w = np.random.default_rng(2).normal(size=(20, 30))
    report = am.gradcheck(lambda w: am.sum(am.tanh(w)) ** 2, w, order=2)
    assert report, str(report)
    row = second(report)["dw by w"]
    assert row.analytic.shape == (25,)
    assert "dw along direction" in str(report)


def test_a_recorded_graph_goes_by_its_leaves() -> None:
    a, b = am.Value(2.0, "a"), am.Value(3.0, "b")
    u = a * b
    J = u**2
    am.label(u=u, J=J)
    report = am.gradcheck(J, order=2)
    assert report
    assert [row.label for row in report.rows] == [
        "a", "b", "u", "J", "da by a", "da by b", "db by a", "db by b",
    ]  # fmt: skip
    assert [row.analytic for row in second(report).values()] == [18.0, 24.0, 24.0, 8.0]
    unlabelled = am.gradcheck(am.Value(2.0) ** 3, order=2)
    assert [row.label for row in unlabelled.rows] == ["leaf 1", "dleaf 1 by leaf 1"]
    t = am.Tensor(np.array([1.0, 2.0], np.float32), "t")
    assert am.gradcheck(am.sum(am.exp(t) * t), order=2)


def test_linear_functions_and_empty_arrays() -> None:
    report = am.gradcheck(lambda x, y, e: 3 * x + y + am.sum(e), 1.0, 2.0, np.zeros(0), order=2)
    assert report
    assert {row.verdict for row in second(report).values()} == {"agrees"}
    assert "≈ 0" in str(report)
    assert am.gradcheck(lambda x: 7.0, 1.0, order=2)


def test_a_corner_of_the_gradient() -> None:
    report = am.gradcheck(lambda x: x * am.abs(x), 0.0, order=2)
    assert report
    assert [row.verdict for row in report.rows] == ["agrees", "kink here"]
    assert str(report).endswith("dx by x: a kink, with slope -2 to the left and 2 to the right")


def test_a_wrong_rule_that_only_the_second_derivative_asks(monkeypatch) -> None:
    monkeypatch.setattr(am.cos, "rules", (lambda g, z, x: g * am.sin(x),))
    assert am.gradcheck(lambda x: am.sin(x) ** 2, 0.5)
    report = am.gradcheck(lambda x: am.sin(x) ** 2, 0.5, order=2)
    assert [row.verdict for row in report.rows] == ["agrees", "wrong rule"]
    assert [finding.op for finding in report.blame] == ["cos"]


@pytest.mark.parametrize("x", [0.5, np.array([0.5, 1.0])])
def test_a_rule_that_does_not_record_what_it_does(monkeypatch, x) -> None:
    monkeypatch.setattr(am.sin, "rules", (lambda g, z, x: g * np.cos(am.detach(x)),))
    report = am.gradcheck(lambda x: am.sum(am.sin(x) * x), x, order=2)
    assert [row.verdict for row in report.rows] == ["agrees", "wrong rule"]
    [finding] = report.blame
    assert (finding.op, finding.by) == ("sin", "x")
    assert finding.rule == pytest.approx(0.0)
    assert "does not record what it does, at sin(x) (node 2 of" in str(finding)
    assert "its derivative by x" in str(finding)


def test_a_rule_that_does_not_record_what_comes_from_above(monkeypatch) -> None:
    monkeypatch.setattr(am.sin, "rules", (lambda g, z, x: am.detach(g) * am.cos(x),))
    report = am.gradcheck(lambda x: am.exp(am.sin(x)), 0.5, order=2)
    assert [row.verdict for row in report.rows] == ["agrees", "wrong rule"]
    assert [(finding.op, finding.by) for finding in report.blame] == [("sin", "g")]


def test_a_rule_of_an_array_op_that_does_not_record(monkeypatch) -> None:
    def rule(g, z, x, axis):
        z = am.detach(z)
        return z * (g - ops.broadcast_to(ops.sum(g * z, axis, True), x.shape))

    monkeypatch.setattr(ops.softmax, "rules", (rule,))
    x = np.random.default_rng(0).normal(size=(2, 3))
    report = am.gradcheck(lambda x: am.sum(am.softmax(x, axis=1) ** 2), x, order=2)
    assert [row.verdict for row in report.rows] == ["agrees", "wrong rule"]
    assert [finding.op for finding in report.blame] == ["softmax"]


def test_a_rule_that_fails_on_nodes_alone(monkeypatch) -> None:
    def rule(g, z, x):
        if isinstance(x, am.Node):
            raise IndexError("no such thing")
        return g * am.cos(x)

    monkeypatch.setattr(am.sin, "rules", (rule,))
    report = am.gradcheck(lambda x, y: am.sin(x) * y, 0.5, 2.0, order=2)
    assert not report
    assert [row.label for row in report.rows] == ["x", "y"]
    assert report.note.endswith("no such thing")
    assert [finding.op for finding in report.blame] == ["sin"]
    assert "raises 'the derivative of sin(0.5): no such thing' as recorded" in str(report)


def test_a_part_of_the_gradient_that_left_the_graph() -> None:
    report = am.gradcheck(lambda x: x * float(x), 3.0, order=2)
    assert [row.verdict for row in report.rows] == ["not reached", "not reached"]
    assert not report
    assert report.blame == ()


def test_without_a_first_derivative_there_is_no_second() -> None:
    report = am.gradcheck(am.sqrt(am.Value(0.0, "x")), order=2)
    assert [row.label for row in report.rows] == ["x"]
    assert report.note.startswith("the derivative of sqrt")


def test_other_orders() -> None:
    for order in (0, 3, "2", None, 1.5):
        with pytest.raises(am.InputError, match=r"order=.* is not 1 or 2"):
            am.gradcheck(am.exp, 1.0, order=order)
