"""Whose rule it is when a gradient is wrong: op, label, place in the graph, and both numbers."""

import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.check import subject
from autograd_mini.primitive import Primitive


@pytest.fixture
def broken(monkeypatch):
    """Puts another rule in the place of an op's own."""

    def broken(op: Primitive, rule, operand: int = 0) -> None:
        rules = (*op.rules[:operand], rule, *op.rules[operand + 1 :])
        monkeypatch.setattr(op, "rules", rules)

    return broken


def scaled(op: Primitive, factor: float, operand: int = 0):
    """The op's rule times a factor."""
    right = op.rules[operand]
    return lambda g, z, *args: factor * right(g, z, *args)


@pytest.mark.parametrize("beside", [0.0, 1.0, 1e6])
@pytest.mark.parametrize("x", [1e-4, 1e-3, 1.0, 1e6])
def test_7x2_for_x3_is_caught_at_any_x(broken, x: float, beside: float) -> None:
    broken(am.pow, lambda g, z, x, y: g * 7 * x**2)
    for data in (x, np.array([x]), np.array([x], np.float32)):
        report = am.gradcheck(lambda x: am.sum(x**3) + beside, data)
        assert report.rows[0].verdict == "wrong rule", str(report)
        [finding] = report.blame
        assert (finding.op, finding.operand, finding.operands) == ("pow", 0, ("x", "3"))
        assert finding.rule / finding.numeric == pytest.approx(7 / 3, rel=1e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_one_percent_is_caught_in_any_precision(broken, dtype: type) -> None:
    broken(am.exp, scaled(am.exp, 1.01))
    report = am.gradcheck(lambda x: am.sum(am.exp(x) * x), np.array([0.5, 1.0], dtype))
    assert report.rows[0].verdict == "wrong rule"
    assert report.blame[0].op == "exp"


def test_what_a_finding_says(broken) -> None:
    broken(am.exp, lambda g, z, x: g * x)
    x, y = am.Value(0.5, "x"), am.Value(2.0, "y")
    v = am.exp(x * y)
    J = 3 * v + y
    am.label(v=v, J=J)
    report = am.gradcheck(J)
    assert [row.verdict for row in report.rows] == ["wrong rule", "wrong rule", "agrees", "agrees"]
    [finding] = report.blame
    assert repr(finding) == "<wrong rule: exp at node 4 of 6>"
    assert (finding.op, finding.label, finding.operand) == ("exp", "v", 0)
    assert (finding.position, finding.count) == (4, 6)
    assert (finding.expression, finding.way) == ("v = exp(multiply(…))", "v -> multiply -> J")
    assert (finding.rule, finding.g) == (1.0, 1.0)
    assert finding.numeric == pytest.approx(math.e)
    lines = str(report).splitlines()
    assert lines[-2].startswith(
        "x: the rule of exp for multiply(…) is wrong, at v = exp(multiply(…)) "
        "(node 4 of 6, on the way v -> multiply -> J): it says 1, differences say 2.7182818 ± "
    )
    with pytest.raises(am.GradcheckError, match="the rule of exp"):
        report.raise_if_failed()


def test_which_operand_it_is(broken) -> None:
    broken(am.divide, lambda g, z, x, y: g * z / y, operand=1)
    a, b = am.Value(6.0, "a"), am.Value(3.0, "b")
    report = am.gradcheck(am.log(a / b))
    assert [row.verdict for row in report.rows] == ["agrees", "wrong rule"]
    [finding] = report.blame
    assert (finding.operand, finding.operands) == (1, ("a", "b"))
    assert "the rule of divide for operand 2, b is wrong, at a / b" in str(finding)
    assert finding.rule == pytest.approx(-finding.numeric)


def test_the_same_node_twice(broken) -> None:
    broken(am.multiply, lambda g, z, x, y: 2 * g * x, operand=1)
    x = am.Value(3.0, "x")
    [finding] = am.gradcheck(x * x).blame
    assert (finding.operand, finding.rule) == (1, 6.0)


def test_a_rule_that_forgets_what_comes_from_above(broken) -> None:
    broken(am.sin, lambda g, z, x: am.cos(x))
    assert am.gradcheck(am.sin, 0.5)  # from above comes 1
    [finding] = am.gradcheck(lambda x: am.exp(3 * am.sin(x)), 0.5).blame
    assert finding.op == "sin"
    assert finding.g == pytest.approx(3 * math.exp(3 * math.sin(0.5)))
    assert finding.numeric == pytest.approx(finding.g * finding.rule)
    assert "for g = 12.64" in str(finding)


def test_a_rule_that_raises(broken) -> None:
    broken(am.sin, lambda g, z, x: [g][1])
    report = am.gradcheck(lambda x, y: am.sin(x) * y, 0.5, 2.0)
    assert [row.verdict for row in report.rows] == ["wrong rule", "wrong rule"]
    [finding] = report.blame
    assert finding.reason == "the derivative of sin(x = 0.5): list index out of range"
    assert math.isnan(finding.rule)
    assert f"it raises {finding.reason!r}, differences say 0.87758256" in str(report)
    assert not report


def test_a_rule_of_another_shape(broken) -> None:
    broken(ops.cumsum, lambda g, z, x, axis: g[:1, :1].T @ g)
    report = am.gradcheck(lambda x: am.sum(am.cumsum(x, axis=1) ** 2), np.ones((2, 3)))
    assert [finding.op for finding in report.blame] == ["cumsum"]


def test_a_rule_that_is_nan_where_there_is_a_slope(broken) -> None:
    broken(am.square, lambda g, z, x: g * math.nan)
    with np.errstate(all="ignore"):
        [finding] = am.gradcheck(lambda x: am.square(x) + 1, 2.0).blame
    assert finding.op == "square"


@pytest.mark.parametrize(("shape", "place"), [((2, 3), "x[0, 2]"), ((30, 40), "x along direction")])
def test_one_number_of_an_array(broken, shape: tuple[int, ...], place: str) -> None:
    def rule(g, z, x):
        part = np.array(2 * g * x)
        part[0, 2] *= 1.5
        return part

    broken(am.square, rule)
    x = np.random.default_rng(1).normal(size=shape)
    report = am.gradcheck(lambda x: am.mean(am.square(x)), x)
    [finding] = report.blame
    assert (finding.op, finding.g) == ("square", None)
    assert f"the rule of square for {place}" in str(report)
    assert "for random g, differences say" in str(report)


def test_a_rule_along_another_axis(broken) -> None:
    def rule(g, z, x, axis):
        return z * (g - ops.broadcast_to(ops.sum(g * z, (0,), True), x.shape))

    broken(ops.softmax, rule)
    x = np.random.default_rng(1).normal(size=(3, 4))
    report = am.gradcheck(lambda x: am.sum(am.softmax(x, axis=1) ** 2), x)
    assert [finding.op for finding in report.blame] == ["softmax"]


def test_a_rule_of_ones_own() -> None:
    cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: g * 7 * x**2)
    report = am.gradcheck(lambda x: am.sin(cube(x)) * x, 1e-3)
    assert [finding.expression for finding in report.blame] == ["<lambda>(x)"]


def test_several_rules_are_each_named_once(broken) -> None:
    broken(am.exp, scaled(am.exp, 2.0))
    broken(am.sin, scaled(am.sin, 2.0))
    report = am.gradcheck(
        lambda x, y, w: am.exp(x) * am.sin(y) * am.sum(am.exp(w)), 1.0, 2.0, np.ones(5)
    )
    assert [finding.op for finding in report.blame] == ["exp", "sin", "exp"]
    assert [finding.operands for finding in report.blame] == [("x",), ("y",), ("w",)]


def test_a_rule_that_is_wrong_at_one_place_of_many(broken) -> None:
    right = am.sin.rules[0]
    broken(am.sin, lambda g, z, x: right(g, z, x) * (1.5 if 3.5 < x < 4.5 else 1.0))
    u = x = am.Value(0.5, "x")
    total = am.Value(0.0)
    for i in range(6):
        u = x * i
        u.label = f"u{i}"
        total = total + am.sin(u) * am.cos(u)
    assert am.gradcheck(total)
    x = am.Value(2.0, "x")
    total = am.sin(x) + am.sin(2 * x) + am.sin(3 * x)
    [finding] = am.gradcheck(total).blame
    assert finding.numeric == pytest.approx(math.cos(4.0))


def test_a_long_way_is_shortened_and_a_deep_graph_no_trouble(broken) -> None:
    broken(am.sin, scaled(am.sin, 1.001))
    y = am.sin(am.Value(0.3, "x"))
    for _ in range(5000):
        y = y * 1.0001 + 1e-5
    report = am.gradcheck(y)
    [finding] = report.blame
    assert finding.way == "sin -> multiply -> add -> 9995 more -> add -> multiply -> add"
    assert (finding.position, finding.count) == (2, 10002)


def test_a_branch_not_taken_is_not_blamed(broken) -> None:
    broken(am.square, scaled(am.square, 1.01))

    def f(x):
        with np.errstate(all="ignore"):
            return am.sum(am.where(x > 0, am.log(x), am.square(x)))

    report = am.gradcheck(f, np.array([1.0, -2.0]))
    assert [finding.op for finding in report.blame] == ["square"]


def test_an_edge_beside_other_numbers_is_not_blamed(broken) -> None:
    def report():
        with np.errstate(all="ignore"):
            return am.gradcheck(am.log(am.Tensor([0.0, 2.0], "x"))[1:].sum())

    verdicts = [comparison.verdict for comparison in report().rows[0].comparisons]
    assert verdicts == ["edge of the domain", "agrees"]  # 0 * inf is nan there
    broken(am.log, scaled(am.log, 1.01))
    [finding] = report().blame
    assert (finding.op, finding.comparison.line.place) == ("log", "[1]")


def test_a_kink_inside_is_named_where_it_makes_the_gradient_wrong() -> None:
    report = am.gradcheck(lambda x: am.relu(x) - am.relu(-x), 0.0)
    assert (report.rows[0].verdict, bool(report), report.blame) == ("kink here", False, ())
    assert str(report).endswith(
        "x: relu has a kink here, at relu(x) (node 2 of 5, on the way relu -> subtract)"
    )
    assert am.gradcheck(lambda x: am.relu(x) - am.relu(-x), 1e-9)


def test_a_jump_inside_cannot_be_told() -> None:
    report = am.gradcheck(lambda x: am.sign(x) ** 2 * x, 0.0)  # x, but 0 * 0 at 0
    assert (report.rows[0].verdict, report.blame) == ("not enough precision to tell", ())
    assert "x: the rule of sign could not be told right or wrong, at sign(x) (node 2" in str(report)


def test_where_no_rule_is_wrong_none_is_blamed(monkeypatch) -> None:
    right = subject.gradients

    def wrong(root, weight=None):
        found, error = right(root, weight)
        return {node: 1.01 * part for node, part in found.items()}, error

    monkeypatch.setattr(subject, "gradients", wrong)
    report = am.gradcheck(am.exp(am.Value(1.0, "x")))
    assert (report.rows[0].verdict, bool(report)) == ("not enough precision to tell", False)
    assert str(report).endswith("the two differ, but no rule that is recorded is wrong by itself")
    assert report.blame == ()


def test_a_rule_that_cannot_be_told_is_no_ones_blame() -> None:
    def noisy(x):
        return x + 1e-3 * float(np.random.default_rng(hash(x) % 2**32).normal())

    f = am.custom_vjp(noisy, lambda g, z, x: g)
    report = am.gradcheck(lambda x: f(x) * 1.0, 1.0)
    assert report.rows[0].verdict == "not enough precision to tell"
    assert report.blame == ()


def test_differences_of_rounding_errors_are_not_called_wrong() -> None:
    w = np.linspace(-1.0, 1.0, 100)
    for f in (lambda w: am.sum(am.sin(w)) ** 2, lambda w: am.sum(am.sin(w) ** 3) * am.sum(w)):
        assert (report := am.gradcheck(f, w)), str(report)


def test_wrong_rules_of_slopes_too_small_to_see(broken) -> None:
    broken(am.softplus, scaled(am.softplus, 2.0))
    report = am.gradcheck(lambda x: am.softplus(x) + 1e6, -30.0)
    assert (report.rows[0].verdict, report.blame[0].op) == ("wrong rule", "softplus")


def test_labels_cannot_steer_a_terminal(broken) -> None:
    broken(am.exp, scaled(am.exp, 2.0))
    report = am.gradcheck(am.exp(am.Value(1.0, "\x1b[31mx\n")))
    assert "\x1b" not in str(report)
    assert len(str(report).splitlines()) == 3
