"""kinks: every op with one is found at it, and nowhere else."""

from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.primitive import TABLE

v = am.Value
T = am.Tensor

AT: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "relu": (lambda: am.relu(v(0.0)), (0.0,)),
    "abs": (lambda: am.abs(v(0.0)), (0.0,)),
    "sign": (lambda: am.sign(v(0.0)), (0.0,)),
    "remainder": (lambda: v(4.0) % v(2.0), (1.0, -2.0)),
    "maximum": (lambda: am.maximum(v(2.0), v(2.0)), (0.5, 0.5)),
    "minimum": (lambda: am.minimum(v(2.0), 2.0), (0.5, None)),
    "clip": (lambda: am.clip(v(2.0), 0.0, 2.0), (1.0, None, None)),
    "direction": (lambda: am.direction(v(0.0), v(0.0)), (0.0, 0.0)),
    "hypot": (lambda: am.hypot(v(0.0), v(0.0)), (0.0, 0.0)),
    "arctan2": (lambda: am.arctan2(v(0.0), v(0.0)), (0.0, 0.0)),
    "max": (lambda: am.max(T([1.0, 3.0, 3.0])), (0.5,)),
    "min": (lambda: am.min(T([1.0, 1.0, 3.0])), (0.5,)),
    "norm": (lambda: am.norm(T([0.0, 0.0])), (0.0,)),
    "std": (lambda: am.std(T([2.0, 2.0])), (0.0,)),
}
BESIDE = {
    "relu": lambda: am.relu(v(1e-300)),
    "abs": lambda: am.abs(v(-1e-300)),
    "sign": lambda: am.sign(v(1.0)),
    "remainder": lambda: v(4.5) % v(2.0),
    "maximum": lambda: am.maximum(v(2.0), v(3.0)),
    "minimum": lambda: am.minimum(v(2.0), 3.0),
    "clip": lambda: am.clip(v(1.0), 0.0, 2.0),
    "direction": lambda: am.direction(v(0.0), v(1e-300)),
    "hypot": lambda: am.hypot(v(0.0), v(1e-300)),
    "arctan2": lambda: am.arctan2(v(0.0), v(1.0)),
    "max": lambda: am.max(T([1.0, 3.0])),
    "min": lambda: am.min(T([1.0, 3.0])),
    "norm": lambda: am.norm(T([0.0, 1.0])),
    "std": lambda: am.std(T([2.0, 3.0])),
}


def test_every_op_with_a_kink_stands_here() -> None:
    assert {op.name for op in TABLE.values() if op.kink} == set(AT) == set(BESIDE)


@pytest.mark.parametrize("op", AT)
def test_at_the_kink(op: str) -> None:
    f, taken = AT[op]
    J = f() * 2
    (found,) = am.kinks(J)
    assert found.node is J.parents[0]
    assert (found.count, found.index) == (1, ())
    expected = tuple(None if t is None else pytest.approx(t) for t in taken)
    assert found.subgradients[: len(expected)] == expected


@pytest.mark.parametrize("op", BESIDE)
def test_beside_the_kink(op: str) -> None:
    found = am.kinks(BESIDE[op]() * 2)
    assert not found
    assert str(found) == "no node stands at a kink"


def test_arrays_tell_where_and_how_many() -> None:
    with am.debug():
        W = am.Tensor([[1.0, 0.0], [0.0, 2.0]], "W")
        h = am.relu(W)
    am.label(h=h)
    found = am.kinks(np.sum(h))
    assert len(found) == 1
    (kink,) = found
    assert (kink.count, kink.index, kink.subgradients) == (2, (0, 1), (0.0,))
    header, row = str(found).splitlines()
    assert header.split() == ["node", "numbers", "at", "a", "kink", "derivative", "taken", "line"]
    assert "h = relu(W = shape (2, 2))  2 of 4, first [0, 1]" in row
    assert row.endswith("h = am.relu(W)")
    assert repr(found) == "<kinks: 1>"


def test_what_is_constant_does_not_count() -> None:
    assert not am.kinks(v(1.0) * am.relu(0.0))
