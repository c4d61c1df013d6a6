"""conditioning: digits lost, by textbook formulas."""

import math

import numpy as np
import pytest

import autograd_mini as am


def digits(node: am.Node) -> float:
    return am.conditioning(node).digits[node]


def test_a_difference_of_near_numbers() -> None:
    a = am.Value(1e8, "a")
    assert digits((a + 1) - a) == pytest.approx(math.log10(2e8 + 1))
    assert digits(a - (1e8 - 1)) == pytest.approx(8)


def test_complete_cancellation_loses_all() -> None:
    x = am.Value(2.0, "x")
    found = am.conditioning(x - x)
    assert "all" in str(found)
    assert math.isinf(found.digits[found.conditions[0].node])


@pytest.mark.parametrize(
    ("f", "x", "condition"),
    [
        (am.exp, 20.0, 20.0),
        (am.log, 1.001, 1 / math.log(1.001)),
        (am.sin, 3.0, 3.0 / abs(math.tan(3.0))),
        (am.sqrt, 7.0, 0.5),
        (am.tan, 1.5, 1.5 * (1 + math.tan(1.5) ** 2) / math.tan(1.5)),
        (lambda x: x**5, 3.0, 5.0),
    ],
)
def test_the_textbook_condition_numbers(f: am.Node, x: float, condition: float) -> None:
    (found,) = am.conditioning(f(am.Value(x)))
    assert found.condition == pytest.approx(condition, rel=1e-12)
    assert found.digits == pytest.approx(max(0.0, math.log10(condition)))


def test_sums_and_products_of_arrays() -> None:
    s = am.sum(am.Tensor([1e10, 1.0, -1e10], "s"))
    assert digits(s) == pytest.approx(math.log10(2e10 + 1))
    p = am.matmul(am.Tensor([[1e10, 1.0]], "P"), am.Tensor([[1.0], [1.0 - 1e10]]))
    found = am.conditioning(p)
    assert found.conditions[0].index == (0, 0)
    assert found.digits[p] == pytest.approx(math.log10(2e10 - 1))
    rows = am.mean(am.Tensor([[1.0, 1.0], [1.0, -0.999]]), axis=1)
    assert am.conditioning(rows).conditions[0].index == (1,)


def test_what_is_not_judged() -> None:
    t = am.Tensor([1.0, 2.0])
    assert len(am.conditioning(am.softmax(am.reshape(t, (2, 1))))) == 0
    assert repr(am.conditioning(t)) == "<conditioning: 0.0 digits lost at the worst node>"
    assert str(am.conditioning(t * 2)) == "no node loses a digit to cancellation"


def test_0_and_nothing_and_nan() -> None:
    assert digits(am.Value(0.0) * 2.0) == 0.0
    assert len(am.conditioning(am.Tensor(np.zeros(0)) * 2.0)) == 0
    assert len(am.conditioning(am.Value(math.nan) * 2.0)) == 0
    assert digits(am.sqrt(am.Value(0.0))) == 0.0


def test_the_table_names_the_worst_first_with_its_line() -> None:
    with am.debug():
        x = am.Tensor([1.0, 1e-8], "x")
        y = am.exp(x) - 1.0
        J = am.sum(y) - 1.7182818
    am.label(y=y, J=J)
    found = am.conditioning(J)
    assert [c.condition for c in found] == sorted((c.condition for c in found), reverse=True)
    header, first, *_ = str(found).splitlines()
    assert header.split() == ["node", "value", "digits", "lost", "line"]
    assert first.startswith("y = subtract(shape (2,), 1.0)[1]")
    assert first.endswith("y = am.exp(x) - 1.0")
    assert (
        repr(found)
        == f"<conditioning: {found.conditions[0].digits:.1f} digits lost at the worst node>"
    )


@pytest.mark.parametrize("start", [am.Value, lambda x, name: am.Tensor([x], name)])
@pytest.mark.parametrize("data", ["a", None])
def test_a_leaf_that_was_assigned_what_is_no_number_is_named(start, data) -> None:
    x = start(2.0, "x")
    J = 2.0 * x
    x.data = data
    with pytest.raises(am.OperandError, match=r"^x holds.* real number"):
        am.conditioning(J)
