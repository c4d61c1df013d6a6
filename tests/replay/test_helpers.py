"""Helpers: the source of forwards that NumPy has no name for, which runs without the package."""

import math
from typing import Any

import numpy as np
import pytest

from autograd_mini import ops
from autograd_mini.primitive import TABLE
from autograd_mini.replay.helpers import Helpers

FORWARDS = [op for op in TABLE.values() if op.text.startswith(f"{op.name}(")]


def scope_of(helpers: Helpers) -> dict[str, Any]:
    scope: dict[str, Any] = {"np": np, "math": math}
    exec("\n\n".join(helpers.texts.values()), scope)
    return scope


@pytest.mark.parametrize("op", [op for op in FORWARDS if op.samples], ids=lambda op: op.name)
def test_sources_compute_the_forwards(op: Any) -> None:
    rng = np.random.default_rng(1)
    columns = [rng.uniform(*interval, 9) for interval in op.samples]
    helpers = Helpers(set())
    name = helpers.name(op.array, op.name)
    assert name == op.name
    np.testing.assert_array_equal(scope_of(helpers)[name](*columns), op.array(*columns))
    text = "\n".join(helpers.texts.values())
    assert "autograd_mini" not in text
    assert "->" not in text
    assert '"""' not in text


def test_numbers_have_sources_as_well() -> None:
    for op in TABLE.values():
        function = op.scalar
        if not op.samples or getattr(function, "__module__", "") != "autograd_mini.ops":
            continue
        helpers = Helpers(set())
        name = helpers.name(function, op.name)
        at = [low + 0.7 * (high - low) for low, high in op.samples]
        assert scope_of(helpers)[name](*at) == function(*at)


def test_names_are_free_and_kept() -> None:
    helpers = Helpers({"sigmoid"})
    name = helpers.name(ops.sigmoid.array, "sigmoid")
    assert name == "sigmoid_"
    assert helpers.name(ops.sigmoid.array, "other") == name
    assert len(helpers.texts) == 1


def test_functions_of_others_are_not_read() -> None:
    helpers = Helpers({"f"})
    f, g = (lambda x: x), (lambda x: x + 1)
    assert helpers.foreign(f, "f") == "f_"
    assert helpers.foreign(f, "f") == "f_"
    assert helpers.foreign(g, "<lambda>") == "custom"
    assert helpers.opaque == {"f_": f, "custom": g}
    assert helpers.texts == {}
