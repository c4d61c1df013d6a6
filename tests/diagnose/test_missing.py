"""why_no_grad: each of the five answers, and the line where a number left the graph."""

import math
import re
from typing import Any

import numpy as np
import pytest

import autograd_mini as am


def test_not_an_ancestor() -> None:
    found = am.why_no_grad(am.Value(2.0) * 2, am.Value(3.0, "q"))
    assert repr(found) == "<why_no_grad: not an ancestor>"
    assert "the result was not computed from q as far as the graph tells" in str(found)
    assert "with am.debug()" in str(found)


def test_under_debug_nothing_was_cut() -> None:
    with am.debug():
        x, y = am.Value(2.0, "x"), am.Value(3.0, "y")
        J = y * y
    am.label(J=J)
    found = am.why_no_grad(J, x)
    assert found.kind == "not an ancestor"
    assert "J was not computed from x" in str(found)
    assert "look for .data" in str(found)


def no_grad_square(z: Any) -> Any:
    with am.no_grad():
        return z * z


CUTS: dict[str, Any] = {
    "float()": lambda y, z: y * math.sin(z),
    "detach": lambda y, z: y * am.detach(z * 2),
    "no_grad": lambda y, z: y * no_grad_square(z),
    "int()": lambda y, z: y * am.Tensor([1.0, 2.0])[int(z)],
    "np.floor": lambda y, z: y * np.floor(z),
    "np.argmax": lambda y, z: y * np.argmax(am.stack([z, z])),
    "item()": lambda y, z: y * z.item(),
}


@pytest.mark.parametrize("how", CUTS)
def test_the_line_where_it_was_cut(how: str) -> None:
    with am.debug():
        z, y = am.Value(1.5, "z"), am.Value(1.0, "y")
        print(float(z))  # this cut has nothing to do with J
        J = CUTS[how](y, z)
    found = am.why_no_grad(J, z)
    assert found.kind == "cut"
    assert found.nodes == (z,)
    assert f"by {how} at " in str(found)
    assert "print" not in str(found)


def test_a_node_from_before_debug() -> None:
    z = am.Value(1.5, "z")
    with am.debug():
        J = am.Value(1.0) * float(z)
    assert am.why_no_grad(J, z).kind == "cut"
    assert "by float() at" in str(am.why_no_grad(am.Value(1.0) * 2, z))


ZEROS: dict[str, tuple[Any, float, str]] = {
    "relu": (lambda z: am.relu(z), -2.0, r"relu\(z = -2\.0\).*by z \(relu is off"),
    "where": (lambda z: am.where(z > 0, z, 1.0), -2.0, r"branch not taken"),
    "multiply": (lambda z: 0.0 * z, 2.0, r"the other factor, 0, is 0"),
    "multiply by a node": (lambda z: am.Value(0.0, "w") * z, 2.0, r"the other factor, w, is 0"),
    "sigmoid": (lambda z: am.sigmoid(z), -800.0, r"sigmoid is saturated"),
    "clip": (lambda z: am.clip(z, 0.0, 1.0), 2.0, r"it is clipped"),
    "square": (lambda z: z * z + 0.0 * z, 0.0, r"multiply\(z = 0\.0, z = 0\.0\)"),
    "remote": (lambda z: am.relu(-am.exp(z)) * 5, 1.0, r"relu\(.*by negative\(.*relu is off"),
    "array": (
        lambda z: am.sum(am.relu(am.Tensor([-1.0, -2.0]) * z)),
        1.0,
        r"relu\(shape \(2,\)\)",
    ),
    "maximum": (lambda z: am.maximum(z, 5.0), 1.0, r"the other is larger"),
    "sign": (lambda z: am.sign(z), 1.0, r"sign is flat"),
}


@pytest.mark.parametrize("case", ZEROS)
def test_a_zero_factor_is_named(case: str) -> None:
    f, at, pattern = ZEROS[case]
    z = am.Value(at, "z")
    found = am.why_no_grad(f(z), z)
    assert found.kind == "zero factor"
    assert str(found).startswith("dresult/dz is 0: ")
    assert re.search(pattern, str(found))


def test_a_zero_factor_with_its_line_and_many_of_them() -> None:
    with am.debug():
        z = am.Value(-1.0, "z")
        J = am.relu(z)
        for _ in range(9):
            J = J + am.relu(z * 2.0)
    found = am.why_no_grad(J, z)
    assert len(found.nodes) == 10
    assert "and 5 more like these" in str(found)
    assert "made at" in str(found)


def test_parts_that_cancel() -> None:
    z = am.Value(3.0, "z")
    found = am.why_no_grad(z - z, z)
    assert found.kind == "cancels"
    assert str(found).endswith("what arrives adds up to it: 1 + -1")
    t = am.Tensor([1.0, 2.0], "t")
    many = am.sum(t * 1.0 - t * 1.0 + t * 1.0 - t * 1.0 + t * 1.0 - t * 1.0)
    assert "..." in str(am.why_no_grad(many, t))


def test_it_has_one() -> None:
    z = am.Value(3.0, "z")
    J = z * z
    am.label(J=J)
    assert str(am.why_no_grad(J, z)) == "dJ/dz is not 0"
    t = am.Tensor([-1.0, 2.0], "t")
    assert str(am.why_no_grad(am.relu(t), t)) == "dresult/dt is not 0, 0 at 1 of its 2 numbers"


def test_it_takes_nodes() -> None:
    with pytest.raises(am.OperandError, match=r"why_no_grad takes nodes, .* not float"):
        am.why_no_grad(am.Value(1.0), 2.0)  # type: ignore[arg-type]  # that is the error


def test_gradients_are_left_alone() -> None:
    z = am.Value(3.0, "z")
    am.why_no_grad(z * z, z)
    assert z.grad is None
