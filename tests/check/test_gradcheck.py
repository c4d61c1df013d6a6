"""gradcheck: right rules pass at any scale and precision, wrong ones are caught, doubts told."""

import dataclasses
import gc
import math
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini.ops import __all__ as elementwise
from autograd_mini.primitive import TABLE, Primitive

OPS = [name for name in elementwise if TABLE[name].samples]
DIFFERENTIABLE = [name for name in OPS if name != "sign"]
KINDS = {"floats": None, "float64": np.float64, "float32": np.float32}
MISTAKES: dict[str, Callable[[object], object]] = {
    "sign": lambda part: -part,
    "one percent more": lambda part: part * 1.01,
    "one percent less": lambda part: part * 0.99,
    "nothing": lambda part: part * 0.0,
    "a small addition": lambda part: part + 0.01,
}


@pytest.fixture
def mistaken() -> Iterator[Callable[..., Primitive]]:
    """Makes copies of ops with a mistake in one rule; the table is as before afterwards."""
    before = dict(TABLE)

    def copy(op: Primitive, position: int, mistake: Callable[[object], object]) -> Primitive:
        def rule(g, z, *args):
            part = op.rules[position](g, z, *args)
            return None if part is None else mistake(part)

        rules = (*op.rules[:position], rule, *op.rules[position + 1 :])
        return dataclasses.replace(op, name=f"{op.name} with a mistake", rules=rules)

    yield copy
    TABLE.clear()
    TABLE.update(before)


def operands(op: Primitive, kind: str, seed: int, size: int = 3) -> list[object]:
    """Points of the op's samples as nodes x0, x1, ..., a condition as plain truth values."""
    rng = np.random.default_rng([seed, *op.name.encode()])
    points = [rng.uniform(*interval, size=size) for interval in op.samples]
    dtype = KINDS[kind]
    nodes = [
        am.Value(point[0], f"x{i}") if dtype is None else am.Tensor(point.astype(dtype), f"x{i}")
        for i, point in enumerate(points)
    ]
    if op.name == "where":
        nodes[0] = nodes[0].data > 0
    return nodes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OPS)
def test_no_right_rule_is_failed(name: str, kind: str) -> None:
    for seed in range(4):
        nodes = operands(TABLE[name], kind, seed)
        report = am.gradcheck(am.sum(TABLE[name](*nodes)))
        assert report, str(report)
        assert {row.verdict for row in report.rows} == {"agrees"}


@pytest.mark.parametrize("name", OPS)
def test_no_right_rule_is_failed_on_many_numbers(name: str) -> None:
    for kind in ("float64", "float32"):
        nodes = operands(TABLE[name], kind, seed=7, size=500)
        assert (report := am.gradcheck(am.sum(TABLE[name](*nodes)))), str(report)
        assert all(row.analytic.shape == (5,) for row in report.rows if row.value.shape == (500,))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_mistake_in_a_rule_is_caught(mistaken, name: str) -> None:
    op = TABLE[name]
    for kind, size in (("float32", 3), ("float64", 150)):
        nodes = operands(op, kind, seed=1, size=size)
        right = {row.label: row for row in am.gradcheck(am.sum(op(*nodes))).rows}
        for i in range(len(nodes)):
            if f"x{i}" not in right or not np.any(right[f"x{i}"].analytic):
                continue  # a condition, or an operand the choice fell against
            for mistake, change in MISTAKES.items():
                wrong = mistaken(op, i, change)
                rows = am.gradcheck(am.sum(wrong(*nodes))).rows
                [verdict] = [row.verdict for row in rows if row.label == f"x{i}"]
                assert verdict == "wrong rule", (name, i, mistake)


def test_the_copies_are_gone_from_the_table() -> None:
    assert not any("mistake" in name for name in TABLE)


@pytest.mark.parametrize("x", [1e-300, 1e-12, 1e-4, 0.5, 30.0, 1e6, 1e150])
def test_any_size_of_x(mistaken, x: float) -> None:
    for f in (lambda x: 3 * x, am.square, am.log, am.sqrt, am.reciprocal, am.arctan):
        node = am.Value(x, "x")
        if abs(math.log10(abs(f(x)) + 1e-320)) < 300:
            assert am.gradcheck(f(node)), str(am.gradcheck(f(node)))
    wrong = mistaken(am.log, 0, lambda part: part * 1.01)
    assert am.gradcheck(wrong(am.Value(x))).rows[0].verdict == "wrong rule"


def lecture() -> am.Node:
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    u = b * c
    v = a + u
    J = 3 * v
    am.label(u=u, v=v, J=J)
    return J


def test_the_table_of_the_lecture() -> None:
    report = am.gradcheck(lecture())
    assert report
    lines = [line.split() for line in str(report).splitlines()]
    assert lines[0] == ["name", "value", "analytic", "numeric", "±", "digits", "verdict"]
    assert [line[:4] + line[-1:] for line in lines[1:]] == [
        ["a", "5", "3", "3", "agrees"],
        ["b", "3", "6", "6", "agrees"],
        ["c", "2", "9", "9", "agrees"],
        ["u", "6", "3", "3", "agrees"],
        ["v", "11", "3", "3", "agrees"],
        ["J", "33", "1", "1", "agrees"],
    ]
    assert len({len(line) for line in str(report).splitlines()}) == 1
    row = report.rows[1]
    assert (row.label, row.value, row.analytic) == ("b", 3.0, 6.0)
    assert row.numeric == pytest.approx(6.0, abs=3 * row.error)
    assert row.digits >= 12
    assert row.agrees
    assert repr(report) == "<gradcheck: 6 of 6 agree>"
    report.raise_if_failed()


def test_inner_nodes_are_moved_by_themselves(mistaken) -> None:
    x = am.Value(0.5, "x")
    u = am.exp(x)
    v = mistaken(am.sin, 0, lambda part: -part)(u)
    J = v * 2
    am.label(u=u, v=v, J=J)
    verdicts = {row.label: row.verdict for row in am.gradcheck(J).rows}
    assert verdicts == {"x": "wrong rule", "u": "wrong rule", "v": "agrees", "J": "agrees"}


def test_leaves_are_checked_when_nothing_is_labelled() -> None:
    report = am.gradcheck(am.Value(2.0) * am.Value(3.0))
    assert [(row.label, row.value) for row in report.rows] == [("leaf 1", 2.0), ("leaf 2", 3.0)]
    assert [row.label for row in am.gradcheck(am.Value(2.0)).rows] == ["leaf 1"]


def test_labels_that_repeat_are_told_apart() -> None:
    x, y = am.Value(2.0, "w"), am.Value(3.0, "w")
    assert [row.label for row in am.gradcheck(x * y).rows] == ["w", "w#2"]


def test_a_failure_raises_with_the_table(mistaken) -> None:
    x, y = am.Value(2.0, "x"), am.Value(3.0, "y")
    report = am.gradcheck(mistaken(am.multiply, 0, lambda part: -part)(x, y))
    assert not report
    with pytest.raises(am.GradcheckError) as caught:
        report.raise_if_failed()
    assert isinstance(caught.value, AssertionError | am.AutogradError)
    assert str(caught.value) == f"gradcheck: 1 of 2 agree\n{report}"
    assert caught.value.labels == ("x",)
    [row] = [line for line in str(report).splitlines() if line.startswith("x ")]
    assert row.split()[:4] == ["x", "2", "-3", "3"]
    assert row.split()[-3:] == ["0", "wrong", "rule"]


# Arrays ------------------------------------------------------------------------------------------


def test_small_arrays_are_checked_number_by_number(mistaken) -> None:
    def third_is_wrong(part):
        part = np.array(part)
        part[0, 2] *= 1.01
        return part

    X = am.Tensor(np.arange(1.0, 7.0).reshape(2, 3), "X")
    [row] = am.gradcheck(am.sum(mistaken(am.square, 0, third_is_wrong)(X))).rows
    assert row.verdict == "wrong rule"
    assert row.analytic.shape == row.numeric.shape == row.error.shape == (2, 3)
    np.testing.assert_allclose(row.numeric, 2 * X.data)
    assert row.cells()[:3] == ["X[0, 2] (worst of 6)", "3", "6.06"]


def test_large_arrays_are_checked_along_directions(mistaken) -> None:
    W = am.Tensor(np.random.default_rng(3).normal(size=(40, 30)), "W")
    [row] = am.gradcheck(am.sum(am.tanh(W))).rows
    assert row.agrees
    assert row.analytic.shape == row.numeric.shape == (5,)
    assert row.cells()[0].startswith("W along direction ")
    assert row.cells()[1] == "array (40, 30)"
    again = am.gradcheck(am.sum(am.tanh(W))).rows[0]
    np.testing.assert_array_equal(row.numeric, again.numeric)

    def one_sign_is_wrong(part):
        part = np.array(part)
        part[17, 3] *= -1
        return part

    wrong = mistaken(am.tanh, 0, one_sign_is_wrong)
    assert am.gradcheck(am.sum(wrong(W))).rows[0].verdict == "wrong rule"


def test_weights_that_start_at_zero_are_moved_as_well() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(300, 20)), rng.integers(0, 2, size=(1, 20))
    w, b = am.Tensor(np.zeros((300, 1)), "w"), am.Value(0.0, "b")
    z = w.T @ X + b
    J = am.mean(am.softplus(z) - Y * z)
    assert (report := am.gradcheck(J)), str(report)
    assert np.abs(report.rows[0].numeric).min() > 1e-3


@pytest.mark.parametrize("data", [np.zeros((0, 3)), np.zeros(0)])
def test_empty_arrays_have_nothing_to_check(data: np.ndarray) -> None:
    report = am.gradcheck(am.sum(am.Tensor(data, "X")) + am.Value(1.0, "b"))
    assert [row.label for row in report.rows] == ["b"]
    assert report


def test_an_array_of_no_dimensions() -> None:
    [row] = am.gradcheck(am.exp(am.Tensor(0.0, "x"))).rows
    assert row.agrees
    assert row.cells()[0] == "x"
    assert row.analytic.shape == ()


# Functions ---------------------------------------------------------------------------------------


def test_a_function_is_checked_by_its_arguments() -> None:
    def f(w, b, *more):
        return am.sum(am.tanh(w)) * b + more[0]

    report = am.gradcheck(f, np.ones((2, 1), np.float32), 2, am.Value(1.0, "extra"))
    assert report, str(report)
    assert [row.label for row in report.rows] == ["w", "b", "extra"]
    assert report.rows[0].value.dtype == np.float32
    assert [row.label for row in am.gradcheck(f, [1.0], 2.0, 1.0).rows] == ["w", "b", "argument 2"]


def test_a_function_that_hides_its_parameters() -> None:
    assert [row.label for row in am.gradcheck(max, 1.0, 2.0).rows] == ["argument 0", "argument 1"]


def test_a_function_follows_the_branch_that_its_argument_takes() -> None:
    def f(x):
        return x * x if x > 1 else 2 * x - 1

    assert am.gradcheck(f, 3.0)
    assert am.gradcheck(f, 0.5)
    kink = am.gradcheck(f, 1.0)
    assert kink.rows[0].verdict == "agrees"  # both branches have slope 2 there


def test_gradients_that_were_lost_on_the_way_are_found() -> None:
    for f, gradients in [
        (lambda x, y: float(x) ** 2 + y, [0.0, 1.0]),
        (lambda x, y: am.detach(x) * y, [0.0, 3.0]),
        (lambda x, y: x * am.detach(x) * y, [6.0, 9.0]),
        (lambda x, y: x.data * x + y, [3.0, 1.0]),
    ]:
        report = am.gradcheck(f, 3.0, 2.0)
        assert not report
        assert [row.analytic for row in report.rows] == gradients
        assert [row.verdict for row in report.rows] == ["not reached", "agrees"]
        assert [row.agrees for row in report.rows] == [False, True]
        assert report.blame == ()
        last = str(report).splitlines()[-1]
        assert last.startswith("x: every recorded rule agrees; the result moves in a way that the")


def test_the_numbers_of_an_array_that_were_lost_are_told_apart() -> None:
    report = am.gradcheck(lambda x: x[0] * float(x[1]) + x[2], np.array([2.0, 3.0, 4.0]))
    verdicts = [comparison.verdict for comparison in report.rows[0].comparisons]
    assert verdicts == ["agrees", "not reached", "agrees"]
    assert "x[1]: every recorded rule agrees" in str(report)


def test_what_the_result_does_not_depend_on_is_not_reached_and_rightly_so() -> None:
    for f in (lambda x, y: x * 2, lambda x, y: 7.0, lambda x, y: x + 0 * float(y)):
        report = am.gradcheck(f, 3.0, 2.0)
        assert report, str(report)
        assert report.rows[1].verdict == "not reached"
    report = am.gradcheck(lambda x: abs(float(x)), 0.0)
    assert (report.rows[0].verdict, bool(report)) == ("not reached", False)
    [row] = am.gradcheck(lambda x: math.sin(1e12 * float(x)), 1e6).rows
    assert row.verdict == "not enough precision to tell"


def test_second_derivatives() -> None:
    def slope(x):
        return am.gradient(am.exp(x) * am.sin(x) + x**3, x)

    assert am.gradcheck(slope, 0.7)


# Where slopes are hard to know -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (lambda x: am.relu(x), 0.0, 0, 1),
        (lambda x: am.abs(x), 0.0, -1, 1),
        (lambda x: am.clip(x, -1, 1), 1.0, 1, 0),
        (lambda x: am.maximum(x, 2 * x - 1), 1.0, 1, 2),
        (lambda x: 5 * x + am.abs(x - 3), 3.0, 4, 6),
        (lambda x: am.norm(am.stack([x, 0.0])), 0.0, -1, 1),
    ],
)
def test_kinks_are_told_and_not_called_wrong(f, x: float, left: float, right: float) -> None:
    report = am.gradcheck(f, x)
    [row] = report.rows
    assert (report.rows[0].verdict, bool(report)) == ("kink here", True)
    last = str(report).splitlines()[-1]
    assert last == f"x: a kink, with slope {left} to the left and {right} to the right"
    assert row.error == pytest.approx(abs(right - left) / 2)


def test_a_gradient_outside_the_slopes_of_a_kink_is_wrong(mistaken) -> None:
    for added, verdict in [
        (0.5, "kink here"),
        (1.4, "not enough precision to tell"),
        (4.0, "wrong rule"),
    ]:
        wrong = mistaken(am.abs, 0, lambda part, added=added: part + added)
        assert am.gradcheck(wrong(am.Value(0.0))).rows[0].verdict == verdict


def test_just_beside_a_kink_the_slope_is_that_of_its_side() -> None:
    for beside in (1e-3, 1e-6, -1e-6, 1e-9, -1e-9, 1e-300):
        for f, slopes in ((am.relu, (0.0, 1.0)), (am.abs, (-1.0, 1.0))):
            for x, shift in ((beside, 0.0), (1.0 + beside, 1.0)):
                [row] = am.gradcheck(f(am.Value(x, "x") - shift)).rows
                if x != 1.0:
                    assert (row.verdict, row.analytic) == ("agrees", slopes[beside > 0])
    assert am.gradcheck(am.relu(am.Value(1.0 + 1e-13, "x") - 1)).rows[0].verdict == "kink here"


def test_the_edge_of_a_domain() -> None:
    assert am.gradcheck(am.log(am.Value(1e-300)))
    assert am.gradcheck(am.sqrt(am.Value(1e-12)))
    assert am.gradcheck(am.arcsin(am.Value(1 - 1e-6)))
    assert am.gradcheck(am.arcsin(am.Value(1 - 1e-9)))
    one_sided = am.gradcheck(lambda x: am.sqrt(x) ** 4 + am.exp(x), np.zeros(1))
    assert not one_sided  # backward gives nan there
    [row] = one_sided.rows
    assert row.verdict == "edge of the domain"
    assert "the domain ends here; the numeric slope is that to the right" in str(one_sided)
    left = am.gradcheck(
        lambda x: am.log1p(1 - x) + am.sqrt(2 - x) * (2 - x), np.array([2.0 - 1e-15])
    )
    assert left.rows[0].verdict in ("agrees", "edge of the domain")


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (am.sqrt, 0.0),
        (am.arcsin, 1.0),
        (am.arcsin, -1.0),
        (am.arccos, 1.0),
        (lambda x: (1 - x) ** 0.5, 1.0),
        (lambda x: am.sqrt(x**4), 0.0),
        (lambda x: x + 1, math.inf),
        (lambda x: x + 1, math.nan),
    ],
)
def test_at_the_edge_itself_nothing_is_called_wrong(f, x: float) -> None:
    for at in (x, np.array([x])):
        with np.errstate(all="ignore"):
            report = am.gradcheck(lambda x: am.sum(f(x)), at)
        assert (report.rows[0].verdict, bool(report)) == ("edge of the domain", False), str(report)


def test_a_result_that_is_too_large_is_said_to_be() -> None:
    a, b = am.Value(1e300, "a"), am.Value(1e10, "b")
    J = a * b
    am.label(J=J)
    report = am.gradcheck(J)
    assert not report
    for name in ("a", "b"):
        assert f"{name}: the result is infinite: beyond 1.8e308, the largest float" in str(report)


def test_a_result_that_overflows_beside_the_point() -> None:
    report = am.gradcheck(am.exp, 709.7)
    assert report.rows[0].verdict == "not enough precision to tell"
    assert "argument 0: beside it the result is infinite, or too large for a float" in str(report)


def test_a_result_that_is_no_number_is_at_the_edge() -> None:
    with np.errstate(all="ignore"):
        report = am.gradcheck(lambda x, y: am.sum(am.log(x)) + y, np.array([0.0, 1.0]), 1.0)
    assert {row.verdict for row in report.rows} == {"edge of the domain"}
    assert "x[0]: the result is infinite: beyond 1.8e308, the largest float, or at a pole" in str(
        report
    )


def test_beside_an_op_at_its_edge_the_others_are_told_why_there_is_no_gradient() -> None:
    report = am.gradcheck(lambda x, y: am.sqrt(x) + y, 0.0, 1.0)
    assert [row.verdict for row in report.rows] == ["edge of the domain"] * 2
    assert "y: the domain of sqrt ends here, at sqrt(x) (node 2 of 4, on the way" in str(report)
    with np.errstate(all="ignore"):
        inner = am.gradcheck(lambda x: am.sum(am.sqrt(x**4)), np.zeros(2))
    assert "x[0]: the domain of sqrt ends here, at sqrt(pow(…))" in str(inner)


def test_a_domain_of_one_point() -> None:
    def f(x):
        return am.sum(am.sqrt(x - 1) + am.sqrt(1 - x))

    report = am.gradcheck(f, np.ones(1))
    assert not report
    assert str(report).endswith("x[0]: no step that was tried stays within the domain")


def test_a_backward_that_has_no_answer_is_told() -> None:
    x = am.Value(0.0, "x")
    report = am.gradcheck(am.sqrt(x) + x)
    assert not report
    assert math.isnan(report.rows[0].analytic)
    assert report.rows[0].verdict == "edge of the domain"
    assert str(report).splitlines()[-1] == report.note
    assert report.note.startswith("the derivative of sqrt(x = 0.0)")
    with pytest.raises(am.GradcheckError, match="derivative of sqrt"):
        report.raise_if_failed()


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (am.sign, 0.0),
        (lambda x: am.arctan2(x, am.Value(0.0)), 0.0),
        (lambda x: am.relu((x + 1e16) - 1e16 + 2), 1.0),
        (lambda x: am.hypot(am.sin(x), 1.0), 1e15),
        (am.reciprocal, 1e-300),
    ],
)
def test_jumps_poles_and_lost_digits_cannot_be_told(f, x: float) -> None:
    [row] = am.gradcheck(f, x).rows
    assert row.verdict == "not enough precision to tell"


def test_a_gradient_too_large_for_its_dtype_is_no_wrong_rule() -> None:
    x = np.array([1e-3], np.float16)
    with np.errstate(all="ignore"):
        report = am.gradcheck(lambda x: am.sum(am.reciprocal(x)), x)
    assert (report.rows[0].verdict, report.blame) == ("not enough precision to tell", ())
    assert str(report).endswith("x[0]: -999191.77 in double precision, too large for its own")


def test_a_jump_is_named() -> None:
    assert str(am.gradcheck(am.sign, 0.0)).endswith(": the function jumps here, by 2")


def test_a_gradient_that_is_not_finite_where_there_is_a_slope(mistaken) -> None:
    with np.errstate(all="ignore"):
        wrong = mistaken(am.square, 0, lambda part: part * math.nan)
        assert am.gradcheck(wrong(am.Value(2.0))).rows[0].verdict == "wrong rule"
        [row] = am.gradcheck(am.sum(am.sqrt(am.Tensor([0.0])))).rows
    assert row.verdict == "edge of the domain"
    assert row.digits == 0


@pytest.mark.parametrize("x", [1e-2, 1e-4, 1e-6])
def test_gradients_of_which_digits_cancel_are_not_called_wrong(x: float) -> None:
    for data in (x, np.array([x]), np.array([x], np.float32)):
        for f in (
            lambda x: am.sinh(x) / x,
            lambda x: (1 - am.cos(x)) / x**2,
            lambda x: am.erf(x) / x,
        ):
            verdict = am.gradcheck(f, data).rows[0].verdict
            assert verdict in ("agrees", "not enough precision to tell"), (x, verdict)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_every_precision(dtype: type) -> None:
    x = am.Tensor(np.array([1.0, 3.0], dtype), "x")
    for J in (am.sum(am.exp(x) * x), am.sum(am.sin(x.astype(np.float32)) * 2)):
        assert am.gradcheck(J), str(am.gradcheck(J))


def test_a_branch_not_taken_does_no_harm() -> None:
    def f(x):
        with np.errstate(all="ignore"):
            return am.sum(am.where(x > 0, am.log(x) / (x - 2), x * x))

    assert am.gradcheck(f, np.array([-1.0, 1.5, -3.0]))
    v = am.Value(-2.0, "v")
    assert am.gradcheck(am.where(v > 0, am.exp(v), v * v))


@pytest.mark.parametrize("x", [0.0, math.pi / 2, -1.0])
def test_slopes_that_are_nothing_beside_the_value(x: float) -> None:
    for f in (am.cosh, lambda x: 7 + am.sin(x) ** 2 + am.cos(x) ** 2, lambda x: am.relu(x - 5) + 1):
        if f is not am.cosh or x == 0:
            report = am.gradcheck(f, x)
            assert report, str(report)
            assert "≈ 0" in str(report)


def test_powers_are_flat_at_zero() -> None:
    for n in range(2, 12):
        assert am.gradcheck(lambda x, n=n: x**n, 0.0)


def test_rules_of_every_array_function() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    weights = rng.normal(size=(3, 4))
    functions = [
        lambda x, y: am.norm(x @ y) + am.std(x) + am.prod(y[:3, 0]),
        lambda x, y: am.sum(am.softmax(x, axis=0) * weights) + am.logsumexp(y),
        lambda x, y: am.einsum("ij,jk,ik->", x, y, weights[:, :2]) + am.var(x, axis=1).sum(),
        lambda x, y: am.max(x) * am.min(y) + am.cumsum(x, axis=1)[1, ::2].mean(),
        lambda x, y: am.concatenate([x.ravel(), y.T.ravel()])[[1, 1, 15]].prod(),
    ]
    for f in functions:
        for dtype in (np.float64, np.float32):
            assert (report := am.gradcheck(f, x.astype(dtype), y.astype(dtype))), str(report)


# Any graph ---------------------------------------------------------------------------------------

SMOOTH = [am.sin, am.cos, am.tanh, am.sigmoid, am.softplus, am.arctan, am.erf, am.square, am.exp]
JOINING = [am.add, am.subtract, am.multiply, am.hypot, lambda x, y: x / (2 + am.cos(y))]
steps = st.lists(
    st.tuples(st.integers(0, 13), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=10
)
numbers = st.floats(-2.0, 2.0).map(lambda x: x if abs(x) > 1e-3 else 1.0)


def grown(leaves: list[am.Node], recipe: list[tuple[int, int, int]]) -> am.Node:
    """A graph on the leaves: each step joins, or bends, some of the nodes that there are."""
    nodes = list(leaves)
    for kind, i, j in recipe:
        x, y = nodes[i % len(nodes)], nodes[j % len(nodes)]
        node = SMOOTH[kind](am.tanh(x)) if kind < 9 else JOINING[kind - 9](x, y)
        am.label(**{f"n{len(nodes)}": node})
        nodes.append(node)
    return nodes[-1]


@settings(max_examples=60, deadline=None)
@given(data=st.lists(numbers, min_size=1, max_size=3), recipe=steps)
def test_any_smooth_graph_agrees(data, recipe) -> None:
    for make in (am.Value, lambda x, label: am.Tensor([x, x / 2], label)):
        leaves = [make(x, f"x{i}") for i, x in enumerate(data)]
        report = am.gradcheck(am.sum(grown(leaves, recipe)))
        assert report, str(report)


@settings(max_examples=30, deadline=None)
@given(data=st.lists(numbers, min_size=1, max_size=3), recipe=steps)
def test_no_smooth_graph_of_float32_is_failed(data, recipe) -> None:
    leaves = [am.Tensor(np.array([x, x / 2], np.float32), f"x{i}") for i, x in enumerate(data)]
    report = am.gradcheck(am.sum(grown(leaves, recipe)))
    # Where terms of a gradient cancel, too few digits are left of it to say that it is right.
    assert all(row.verdict != "wrong rule" for row in report.rows), str(report)


@settings(max_examples=40, deadline=None)
@given(data=st.lists(numbers, min_size=1, max_size=3), recipe=steps)
def test_a_mistake_anywhere_is_never_confirmed(data, recipe) -> None:
    leaves = [am.Value(x, f"x{i}") for i, x in enumerate(data)]
    J = grown(leaves, recipe)
    twisted = dataclasses.replace(am.negative, name="twisted", rules=(lambda g, z, x: g * -1.02,))
    try:
        right, wrong = am.gradcheck(J).rows, am.gradcheck(twisted(J)).rows
    finally:
        del TABLE["twisted"]
    for row, other in zip(right, wrong, strict=False):
        if abs(row.analytic) > 1e-6:
            assert other.verdict == "wrong rule", (row.cells(), other.cells())


@pytest.mark.untraced
def test_a_long_chain() -> None:
    y = am.Value(1.0, "x")
    for _ in range(20_000):
        y = y * 1.00001
    assert am.gradcheck(y)


# What cannot be checked --------------------------------------------------------------------------


def test_what_is_no_graph_and_no_function() -> None:
    with pytest.raises(am.InputError, match="a node or a function, not a float"):
        am.gradcheck(3.0)
    with pytest.raises(am.InputError, match="takes no arguments"):
        am.gradcheck(am.Value(1.0), 2.0)
    with pytest.raises(am.InputError, match="needs its arguments"):
        am.gradcheck(am.exp)


def test_results_that_are_not_one_number() -> None:
    with pytest.raises(am.GradientError, match=r"holds 2 \(shape \(2,\)\).*am.sum"):
        am.gradcheck(am.Tensor([1.0, 2.0]) * 2)
    with pytest.raises(am.GradientError, match="holds 2"):
        am.gradcheck(lambda x: x * 2, np.ones(2))
    with pytest.raises(am.OperandError, match="this result is None"):
        am.gradcheck(lambda x: None, 1.0)


def test_errors_of_the_function_and_its_arguments_come_through() -> None:
    with pytest.raises(am.DomainError, match=r"log\(x = -1.0\)"):
        am.gradcheck(lambda x: am.log(x), -1.0)
    with pytest.raises(am.OperandError):
        am.gradcheck(lambda x: x, "1")
    with pytest.raises(KeyError):
        am.gradcheck(lambda x: {}[x], 1.0)


def test_the_report_does_not_hold_the_graph() -> None:
    gc.disable()
    try:
        x = am.Value(0.0, "x")
        J = am.relu(x) - am.relu(-x) + am.cosh(x)
        alive = weakref.ref(J)
        report = am.gradcheck(J, order=2)
        del J
        assert alive() is None
        assert not report
    finally:
        gc.enable()


def test_the_graph_is_left_as_it_was() -> None:
    J = lecture()
    J.backward()
    before = J.parents[0].grad
    am.gradcheck(J)
    assert J.parents[0].grad is before
    x = np.array([1.0, 2.0])
    am.gradcheck(lambda x: am.sum(x * x), x)
    np.testing.assert_array_equal(x, [1.0, 2.0])
