"""dvars: the gradients of labelled nodes by name, and the table they print as."""

from collections.abc import Mapping

import numpy as np
import pytest

import autograd_mini as am


def lecture_graph() -> am.Value:
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    u = b * c
    v = a + u
    J = 3 * v
    am.label(u=u, v=v, J=J)
    return J


def test_it_is_a_mapping_in_the_order_of_the_graph() -> None:
    d = am.dvars(lecture_graph())
    assert isinstance(d, Mapping)
    assert dict(d) == {"da": 3.0, "db": 6.0, "dc": 9.0, "du": 3.0, "dv": 3.0, "dJ": 1.0}
    assert list(d) == ["da", "db", "dc", "du", "dv", "dJ"]
    assert len(d) == 6
    assert "da" in d
    assert "a" not in d
    assert repr(d).startswith("Dvars({'da': 3.0, ")
    with pytest.raises(KeyError, match="dq"):
        d["dq"]


def test_the_table_is_the_lecture_s() -> None:
    assert str(am.dvars(lecture_graph())).splitlines() == [
        "name  value  dvar",
        "a         5     3",
        "b         3     6",
        "c         2     9",
        "u         6     3",
        "v        11     3",
        "J        33     1",
    ]


def test_nothing_is_written_into_grad() -> None:
    J = lecture_graph()
    am.dvars(J)
    assert J.grad is None
    assert all(parent.grad is None for parent in J.parents)


def test_only_labelled_nodes_are_rows() -> None:
    a = am.Value(2.0)
    J = a * am.Value(3.0, "b")
    assert dict(am.dvars(J)) == {"db": 2.0}
    assert dict(am.dvars(am.Value(1.0) * 2.0)) == {}
    assert str(am.dvars(a)) == "name  value  dvar"


def test_labels_that_several_carry_are_told_apart() -> None:
    z, other, third = am.Value(2.0, "z"), am.Value(3.0, "z"), am.Value(4.0, "z#2")
    d = am.dvars(z * other * third)
    assert sorted(d.values()) == [6.0, 8.0, 12.0]
    assert len(set(d)) == 3


def test_arrays_stand_in_the_table() -> None:
    w, X = am.Tensor([[1.0], [2.0]], "w"), am.Tensor(np.ones((2, 4)), "X")
    J = am.sum(w.T @ X)
    J.label = "J"
    d = am.dvars(J)
    np.testing.assert_array_equal(d["dw"], [[4.0], [4.0]])
    assert str(d).splitlines() == [
        "name         value          dvar",
        "w     [[1.], [2.]]  [[4.], [4.]]",
        "X     array (2, 4)  array (2, 4)",
        "J               12             1",
    ]


def test_a_root_of_many_numbers_is_weighed() -> None:
    t = am.Tensor([1.0, 2.0], "t")
    np.testing.assert_array_equal(am.dvars(t * t, gradient=[1.0, 10.0])["dt"], [2.0, 40.0])
    with pytest.raises(am.GradientError, match="gradient="):
        am.dvars(t * t)


def test_labels_are_shown_as_text() -> None:
    a = am.Value(1.0, "\x1b[31mred\n")
    assert "\x1b" not in str(am.dvars(a))
    assert r"\x1b[31mred\n" in str(am.dvars(a))
