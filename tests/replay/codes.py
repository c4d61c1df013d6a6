"""Codes to give to passes: recorded of functions, and held against what they were."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.replay.code import Code, evaluate
from autograd_mini.replay.program import is_input
from autograd_mini.replay.record import Recording
from autograd_mini.tree import flatten


def code_of(f: Callable[..., Any], *args: Any) -> tuple[Code, list[Any]]:
    """What f does, and the leaves of its arguments."""
    leaves, structure = flatten((args, {}), is_input)
    return Recording(f, leaves, structure.build).code()[0], leaves


def same(old: Code, new: Code, leaves: list[Any], rtol: float = 1e-12) -> None:
    """Hold a code against the one that it was made of."""
    with np.errstate(all="ignore"):
        wanted, found = evaluate(old, leaves), evaluate(new, leaves)
    assert len(wanted) == len(found)
    for x, y in zip(wanted, found, strict=True):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_allclose(y, x, rtol=rtol, atol=rtol)


def names(code: Code) -> list[str]:
    """The ops of a code, in order."""
    return [step.op.name for step in code.steps if step.op is not None]
