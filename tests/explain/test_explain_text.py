"""What an explanation says, word for word where that matters."""

import math
import re

import numpy as np
import pytest

import autograd_mini as am


def lecture(labels: bool = True) -> tuple[am.Node, am.Node]:
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    u = b * c
    v = a + u
    J = 3 * v
    if labels:
        am.label(u=u, v=v, J=J)
    return J, b


def lines(J: am.Node, x: am.Node, **options: int) -> list[str]:
    return str(am.explain(J, x, **options)).splitlines()


# Numbers ------------------------------------------------------------------------------------------


def test_the_lectures_chain():
    assert lines(*lecture()) == [
        "dJ/db = dJ/dv * dv/du * du/db = 3 * 1 * 2 = 6",
        "  J = 3·v    dJ/dv = 3",
        "  v = a + u  dv/du = 1",
        "  u = b·c    du/db = c = 2",
    ]
    assert repr(am.explain(*lecture())) == "<Explanation: dJ/db = 6 along 1 path>"


def test_results_without_a_label_get_short_names():
    assert lines(*lecture(labels=False)) == [
        "dJ/db = dJ/dt₂ * dt₂/dt₁ * dt₁/db = 3 * 1 * 2 = 6",
        "  J = 3·t₂     dJ/dt₂ = 3",
        "  t₂ = a + t₁  dt₂/dt₁ = 1",
        "  t₁ = b·c     dt₁/db = c = 2",
    ]


def test_several_paths_are_summed_and_local_derivatives_told_from_the_whole():
    a = am.Value(3.0, "a")
    u = a * 2
    J = u * a - u
    am.label(u=u, J=J)
    assert lines(J, a) == [
        "3 paths lead from a to J:",
        "  ∂J/∂t₁ * ∂t₁/∂a = 1 * 6 = 6",
        "  ∂J/∂t₁ * ∂t₁/∂u * ∂u/∂a = 1 * 3 * 2 = 6",
        "  ∂J/∂u * ∂u/∂a = -1 * 2 = -2",
        "dJ/da = 6 + 6 - 2 = 10",
        "  J = t₁ − u  ∂J/∂t₁ = 1, ∂J/∂u = -1",
        "  t₁ = u·a    ∂t₁/∂u = a = 3, ∂t₁/∂a = u = 6",
        "  u = a·2     ∂u/∂a = 2",
    ]


def test_an_operand_used_twice_has_two_paths():
    a = am.Value(5.0, "a")
    assert lines(a * a, a) == [
        "2 paths lead from a to J:",
        "  ∂J/∂(1st a) = 5",
        "  ∂J/∂(2nd a) = 5",
        "dJ/da = 5 + 5 = 10",
        "  J = a·a  ∂J/∂(1st a) = a = 5, ∂J/∂(2nd a) = a = 5",
    ]


def test_operands_are_counted_as_people_count():
    a = am.Value(1.0, "a")
    text = str(am.explain(am.sum(am.stack([a] * 23)), a, max_paths=23))
    for which in ("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd"):
        assert f"∂t₁/∂({which} a)" in text


def test_the_rest_is_told_by_its_number_and_sum():
    J = x = am.Value(1.0, "x")
    for weight in (1.0, 10.0, 100.0):
        J = J + weight * x
    first, *_, rest, total = lines(J, x, max_paths=2)[:5]
    assert first == "4 paths lead from x to J; the 2 largest:"
    assert rest == "  the other paths (2) = 2"
    assert total == "dJ/dx = 100 + 10 + 2 = 112"


def test_a_long_sum_is_not_written_out():
    x = am.Value(1.0, "x")
    J = am.sum(am.stack([x] * 30))
    assert str(am.explain(J, x, max_paths=20)).endswith("\ndJ/dx = 30")


def test_no_path():
    a, b = am.Value(1.0, "a"), am.Value(2.0, "b")
    J = 2 * a
    explanation = am.explain(J, b)
    assert str(explanation) == ("J does not depend on b: no path leads from b to J, so dJ/db = 0")
    assert (explanation.count, explanation.paths, explanation.total) == (0, [], 0.0)
    assert repr(explanation) == "<Explanation: dJ/db = 0 along 0 paths>"
    assert explanation.latex == r"\frac{dJ}{db} = 0"
    nothing = am.explain(J, am.Tensor(np.ones((2, 2)), "T")).total
    assert nothing.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_result_by_itself_and_by_its_own_operand():
    J, _ = lecture()
    assert lines(J, J) == ["dJ/dJ = 1"]
    assert lines(J, J.parents[0]) == ["dJ/dv = 3", "  J = 3·v  dJ/dv = 3"]


# Factors of 0 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda z, y: am.relu(z) + z, "relu is off at z = -2"),
        (lambda z, y: am.clip(z, -1.0, 1.0) + z, "clip cuts off at z = -2"),
        (lambda z, y: am.maximum(z, y) + z, "maximum takes the other one at z = -2, y = 0"),
        (lambda z, y: am.minimum(-5, z) + z, "minimum takes the other one at z = -2"),
        (lambda z, y: am.where(False, z, y) + z, "where takes the other one"),
        (lambda z, y: z * y + z, "the slope of z·y by z is 0 at z = -2, y = 0"),
        (lambda z, y: am.sign(z) + z, "the slope of sign(z) by z is 0 at z = -2"),
        (lambda z, y: am.exp(z * 1e4) + z, "the slope of exp(t₁) by t₁ is 0 at t₁ = -20000"),
        (lambda z, y: am.exp(300 * z) * 1e-100 + z, "the product is below the smallest float"),
    ],
)  # fmt: skip
def test_why_a_path_adds_nothing(function, reason):
    z, y = am.Value(-2.0, "z"), am.Value(0.0, "y")
    text = str(am.explain(function(z, y), z))
    assert text.count("because") == 1
    assert f" = 0, because {reason}\n" in text


def test_a_single_path_says_so_too():
    z = am.Value(-2.0, "z")
    assert lines(3 * am.relu(z), z)[0] == (
        "dJ/dz = dJ/dt₁ * dt₁/dz = 3 * 0 = 0, because relu is off at z = -2"
    )


def test_a_derivative_that_does_not_exist_in_a_branch_not_taken():
    x = am.Value(0.0, "x")
    text = str(am.explain(am.where(True, 2 * x, am.sqrt(x)), x))
    assert "∂J/∂t₂ * ∂t₂/∂x = 0 * nan = 0, because where takes the other one" in text
    assert "t₂ = sqrt(x)             ∂t₂/∂x = nan" in text


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: am.relu(x), "relu is off everywhere"),
        (lambda x: am.where(x > 9, x, 1.0), "where takes the other one everywhere"),
        (lambda x: am.sign(x), "the slope of sign(x) by x is 0 everywhere"),
        (lambda x: am.relu(x)[:0], "the slope of t₁[:0] by t₁ is 0 everywhere"),
        (lambda x: am.relu(x + np.array([0.0, 9.0]))[:1], "all of it is lost on the way to t₁"),
    ],
)
def test_why_nothing_flows_through_arrays(function, reason):
    x = am.Tensor([-1.0, -2.0], "x")
    assert f", because {reason}" in lines(am.sum(function(x)), x)[0]


# Long paths ---------------------------------------------------------------------------------------


def test_of_a_long_path_the_ends_and_the_telling_steps_are_shown():
    x = am.Value(1.0, "x")
    y = x
    for i in range(40):
        y = y * (1e-3 if i == 10 else 1.0)
    first, *legend = lines(y, x)
    assert first == (
        "dJ/dx = dJ/dt₆ * dt₆/dt₅ * … 27 more … * dt₄/dt₃ * … 8 more … * dt₂/dt₁ * dt₁/dx"
        " = 1 * 1 * … * 0.001 * … * 1 * 1 = 0.001"
    )
    assert len(legend) == 5


def test_a_step_is_not_left_out_alone():
    x = am.Value(1.0, "x")
    y = x
    for factor in (1, 1, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1):
        y = y * float(factor)
    assert "1 more" not in str(am.explain(y, x))


# Names --------------------------------------------------------------------------------------------


def test_names_keep_out_of_each_others_way():
    x = am.Value(2.0)
    beside = am.Value(1.0, "x") + am.Value(1.0, "J") + am.Value(1.0, "t₁") + am.Value(1.0, "J₁")
    J = am.sin(x) * beside
    assert lines(J, x)[0] == "dJ₂/dx₁ = dJ₂/dt₂ * dt₂/dx₁ = 4 * -0.416147 = -1.66459"


def test_one_label_on_two_nodes_is_told_apart_as_in_dvars():
    z = am.Value(2.0, "z")
    w = z * 3
    w.label = "z"
    J = w * w
    J.label = "J"
    assert "dz#2" in am.dvars(J)
    assert lines(J, z)[1] == "  ∂J/∂(1st z#2) * ∂z#2/∂z = 6 * 3 = 18"


def test_labels_of_several_words_stand_in_brackets():
    weight = am.Value(2.0, "my weight")
    assert lines(3 * weight, weight)[0] == "dJ/d(my weight) = 3"


@pytest.mark.parametrize("label", ["two\nlines", "\x1b[31mred", "\x00", "\ud800", "a" * 10_000])
def test_labels_stay_on_their_line(label):
    x = am.Value(2.0, label)
    text = str(am.explain(3 * x, x))
    assert text.count("\n") == 1
    assert text.replace("\n", "").isprintable()
    assert len(text) < 200


def test_what_is_beside_the_path_is_written_where_it_is_short():
    x, y = am.Value(2.0, "x"), am.Value(3.0)
    long = am.exp(am.sin(am.cos(am.tanh(y * 2 + 1) + 1)))
    assert lines(x * (y + 1), x)[1] == "  J = x·(3 + 1)  dJ/dx = 3 + 1 = 4"
    assert lines(x * long, x)[1].startswith("  J = x·(…)  dJ/dx = … = ")


def test_the_letter_for_what_flows_is_nobodys_label():
    g = am.Tensor([1.0, 2.0], "g")
    assert "receives (g₁ is the line above)" in str(am.explain(am.sum(g * g), g))


# Formulas of local derivatives --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x, y: x / y, "dJ/dx = 1 / y = 0.333333"),
        (lambda x, y: y / x, "dJ/dx = −J / x = -0.75"),
        (lambda x, y: -x, "dJ/dx = -1"),
        (lambda x, y: x**2, "dJ/dx = 2·x = 4"),
        (lambda x, y: x**3, "dJ/dx = 3·x² = 12"),
        (lambda x, y: x**y, "dJ/dx = y·x^(y − 1) = 12"),
        (lambda x, y: y**x, "dJ/dx = J·log(y) = 9.88751"),
        (lambda x, y: am.exp(x), "dJ/dx = J = 7.38906"),
        (lambda x, y: abs(x), "dJ/dx = sign(x) = 1"),
        (lambda x, y: am.relu(x), "dJ/dx = 1"),
        (lambda x, y: am.softplus(x), "dJ/dx = sigmoid(x) = 0.880797"),
    ],
)
def test_local_derivatives_are_the_tables_rules(function, formula):
    x, y = am.Value(2.0, "x"), am.Value(3.0, "y")
    assert lines(function(x, y), x)[1].split("  ")[-1] == formula


# Arrays -------------------------------------------------------------------------------------------


def test_vectorised_logistic_regression_step_by_step():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 569)), (rng.random((1, 569)) < 0.5).astype(float)
    w, b = am.Tensor(np.zeros((2, 1)), "w"), am.Value(0.0, "b")
    Z = np.dot(w.T, X) + b
    L = am.softplus(Z) - Y * Z
    J = np.mean(L)
    am.label(Z=Z, L=L, J=J)
    explanation = am.explain(J, b)
    text = str(explanation)
    assert explanation.count == 2
    for row in (
        r"    J     mean\(L\) +\(\) +1",
        r"    L     t₁ − t₂ +broadcast_to\(g / 569, \(1, 569\)\) +\(1, 569\)  all 0.00175747",
        r"    t₁    softplus\(Z\) +g +\(1, 569\)  all 0.00175747",
        r"    Z     w.T @ \[2×569\] \+ b +g·sigmoid\(Z\) +\(1, 569\)  all 0.000878735",
        r"    b +g, summed over axes 0, 1 because b \(\) was broadcast to \(1, 569\)  \(\) +0.5",
        r"    Z     w.T @ \[2×569\] \+ b +g·\[1×569\] +\(1, 569\)  -0.00175747 … 0, mean -0.00089",
    ):
        assert re.search(row, text), row
    assert text.splitlines()[-1] == f"dJ/db = -{Y.mean():.6g} + 0.5 = {0.5 - Y.mean():.6g}"
    w_text = str(am.explain(J, w))
    assert re.search(r"w +g.T +\(2, 1\)", w_text)


def test_the_sum_back_along_one_axis():
    W, b = am.Tensor(np.ones((3, 4)), "W"), am.Tensor(np.zeros((3, 1)), "b")
    text = str(am.explain(am.sum(am.relu(W + b)), b))
    assert "g, summed over axis 1 because b (3, 1) was broadcast to (3, 4)" in text
    assert "where(t₁ > 0, g, 0)" in text
    assert text.startswith("dJ/db = dJ/dt₂ * dt₂/dt₁ * dt₁/db = [[4.], [4.], [4.]]\n")


def test_large_arrays_are_told_by_their_range():
    x = am.Tensor(np.arange(100.0), "x")
    explanation = am.explain(am.sum(x * x), x)
    assert str(explanation).endswith("dJ/dx = 0 … 198, mean 99, of shape (100,)")
    assert repr(explanation) == (
        "<Explanation: dJ/dx = 0 … 198, mean 99, of shape (100,) along 2 paths>"
    )
    assert str(am.explain(am.sum(x * 2.0), x)).splitlines()[0].endswith(" = all 2, of shape (100,)")


def test_a_long_rule_goes_by_its_name():
    x = am.Tensor(np.arange(1.0, 5.0), "x")
    assert "the rule of prod" in str(am.explain(am.prod(x), x))


def test_ops_of_any_number_of_operands():
    x, y = am.Tensor([1.0, 2.0], "x"), am.Tensor([3.0], "y")
    text = str(am.explain(am.sum(am.concatenate([x, y])), x))
    assert re.search(r"x +g\[0:2\] +\(2,\) +all 1", text)


def test_an_operand_that_gets_nothing():
    x = am.Tensor([1.0, 2.0], "x")
    text = str(am.explain(am.sum(am.sign(x)), x))
    assert re.search(r"x +0 +\(2,\) +all 0", text)


def test_a_long_path_through_arrays_leaves_rows_out():
    x = am.Tensor([0.1, 0.2], "x")
    y = x
    for _ in range(50):
        y = y + 1.0
    text = str(am.explain(am.sum(y), x))
    assert "… 47 more …" in text
    assert "  …     47 more steps  …" in text


def test_nan_is_said():
    x = am.Tensor(np.linspace(-1.0, 1.0, 9), "x")
    with np.errstate(all="ignore"):
        J = am.sum(am.log(x) ** 0.5)
    assert "has nan" in str(am.explain(J, x))


def test_numbers_and_arrays_in_one_graph():
    s, v = am.Value(2.0, "s"), am.Tensor([1.0, 2.0, 3.0], "v")
    J = am.sum(v * s) + s * s
    text = str(am.explain(J, s))
    assert "  ∂J/∂t₃ * ∂t₃/∂(1st s) = 1 * 2 = 2" in text
    assert re.search(r" s +g·v, summed over axis 0 because s \(\) was broadcast to \(3,\)", text)
    assert "dJ/ds = 6 + 2 + 2 = 10" in text


# Modes --------------------------------------------------------------------------------------------


def test_it_says_the_same_while_nothing_is_recorded_or_all_is_watched():
    J, b = lecture()
    x = am.Tensor([-1.0, 2.0], "x")
    K = am.sum(am.relu(x))
    plain = str(am.explain(J, b)), str(am.explain(K, x))
    with am.no_grad():
        assert (str(am.explain(J, b)), str(am.explain(K, x))) == plain
    with am.debug(raise_on="inf"):
        assert (str(am.explain(J, b)), str(am.explain(K, x))) == plain


def test_math_is_still_math():
    """The formulas are written by asking the rules, which must not move the mode of recording."""
    J, b = lecture()
    str(am.explain(J, b))
    assert (b * 2).op is am.multiply
    assert math.isclose(am.explain(J, b).total, 6.0)
