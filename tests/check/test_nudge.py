"""nudge: the lecture's nudges to the last printed digit, inner nodes, tiny and negative ones."""

import math

import numpy as np
import pytest

import autograd_mini as am


def lecture() -> dict[str, am.Node]:
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    u = b * c
    v = a + u
    J = 3 * v
    am.label(u=u, v=v, J=J)
    return {"a": a, "b": b, "c": c, "u": u, "v": v, "J": J}


TABLES = {
    "a": """
name  before   after  change  change/by
a          5   5.001   0.001          1
v         11  11.001   0.001          1
J         33  33.003   0.003          3
dJ/da by backward: 3""",
    "u": """
name  before   after  change  change/by
u          6   6.001   0.001          1
v         11  11.001   0.001          1
J         33  33.003   0.003          3
dJ/du by backward: 3""",
    "b": """
name  before   after  change  change/by
b          3   3.001   0.001          1
u          6   6.002   0.002          2
v         11  11.002   0.002          2
J         33  33.006   0.006          6
dJ/db by backward: 6""",
    "c": """
name  before   after  change  change/by
c          2   2.001   0.001          1
u          6   6.003   0.003          3
v         11  11.003   0.003          3
J         33  33.009   0.009          9
dJ/dc by backward: 9""",
}


@pytest.mark.parametrize("name", TABLES)
def test_l8_prints_just_these_figures(name: str) -> None:
    nodes = lecture()
    assert str(am.nudge(nodes["J"], nodes[name])) == TABLES[name].strip()
    assert nodes["J"].data == 33.0


@pytest.mark.parametrize(
    ("f", "at", "before", "after", "slope"),
    [
        (lambda a: 3 * a, 2, "6", "6.003", "3"),
        (lambda a: 3 * a, 5, "15", "15.003", "3"),
        (lambda a: a**2, 2, "4", "4.004001", "4"),
        (lambda a: a**2, 5, "25", "25.010001", "10"),
        (lambda a: a**3, 2, "8", "8.012006001", "12"),
        (am.log, 2, "0.69314718056", "0.693647055602", "0.5"),
    ],
)
def test_l5_and_l6(f: object, at: float, before: str, after: str, slope: str) -> None:
    a = am.Value(at, "a")
    J = f(a)  # type: ignore[operator]
    am.label(J=J)
    nudged = am.nudge(J, a)
    _, row, backward = str(nudged).splitlines()[1:]
    assert row.split()[:3] == ["J", before, after]
    assert backward == f"dJ/da by backward: {slope}"
    assert nudged.rows[-1].slope == pytest.approx(nudged.dvar, rel=2e-3)


def test_l5_the_slope_nears_the_true_one_then_leaves_it() -> None:
    a = am.Value(2.0, "a")
    J = a**2
    off = [abs(am.nudge(J, a, by=10.0**-k).rows[-1].slope - 4.0) for k in range(3, 16)]
    best = off.index(min(off))
    assert off[:best] == sorted(off[:best], reverse=True)
    assert 3 <= best <= 7
    assert off[-1] > 1e4 * off[best]


def test_the_rows_carry_the_numbers() -> None:
    nodes = lecture()
    nudged = am.nudge(nodes["J"], nodes["b"], by=-0.5)
    assert nudged.rows == [
        ("b", 3.0, 2.5, -0.5, 1.0),
        ("u", 6.0, 5.0, -1.0, 2.0),
        ("v", 11.0, 10.0, -1.0, 2.0),
        ("J", 33.0, 30.0, -3.0, 6.0),
    ]
    assert (nudged.dvar, nudged.note) == (6.0, "")
    assert nudged.rows[1].name == "u"
    assert repr(nudged) == "<nudge of b: 4 moved>"


def test_a_nudge_too_small_to_move_anything_says_so() -> None:
    a = am.Value(5.0, "a")
    v = a + 1
    J = 3 * v
    am.label(v=v, J=J)
    assert [row[:1] + row[3:] for row in am.nudge(J, a, by=1e-17).rows] == [
        ("a", 0.0, 0.0),
        ("J", 0.0, 0.0),
    ]


def test_only_what_moved_is_listed() -> None:
    x, y = am.Value(-1.0, "x"), am.Value(2.0, "y")
    r = am.relu(x)
    J = r * y + x
    am.label(r=r, J=J)
    assert [row.name for row in am.nudge(J, x).rows] == ["x", "J"]


def test_the_result_itself_and_nodes_without_labels() -> None:
    x = am.Value(1.0)
    nudged = am.nudge(x * 2, x)
    assert [row.name for row in nudged.rows] == ["node", "result"]
    assert str(nudged).endswith("dresult/dnode by backward: 2")
    J = am.Value(1.0, "J")
    assert str(am.nudge(J, J)).splitlines()[1:] == [
        "J          1  1.001   0.001          1",
        "dJ/dJ by backward: 1",
    ]


def test_a_tensor_moves_in_all_its_numbers() -> None:
    x = am.Tensor([[1.0, 2.0, 3.0]], "x")
    J = am.sum(x * x)
    am.label(J=J)
    nudged = am.nudge(J, x, by=0.001)
    np.testing.assert_allclose(nudged.rows[0].after, [[1.001, 2.001, 3.001]])
    assert nudged.dvar == 12.0
    assert nudged.rows[-1].slope == pytest.approx(12.0, rel=1e-3)
    assert "[[1., 2., 3.]]" in str(nudged)


def test_results_of_several_numbers_and_missing_derivatives_are_told() -> None:
    x = am.Tensor([1.0, 4.0], "x")
    nudged = am.nudge(x * 2, x)
    assert nudged.dvar is None
    assert "holds 2 numbers" in str(nudged)
    root = am.Value(0.0, "x")
    nudged = am.nudge(am.sqrt(root), root)
    assert "by backward: the derivative of sqrt(x = 0.0)" in str(nudged)


def test_what_cannot_be_nudged() -> None:
    x = am.Value(1.0, "x")
    J = am.log(x)
    for by in (0, 0.0, math.nan, math.inf, "1", None, np.ones(2), 1j):
        with pytest.raises(am.InputError, match="must be a finite number other than 0"):
            am.nudge(J, x, by=by)  # type: ignore[arg-type]
    with pytest.raises(am.InputError, match="the result does not depend on y"):
        am.nudge(J, am.Value(1.0, "y"))
    with pytest.raises(am.OperandError, match="not float"):
        am.nudge(J, 1.0)  # type: ignore[arg-type]
    with pytest.raises(am.DomainError, match=r"log\(x = -1.0\)"):
        am.nudge(J, x, by=-2)
