"""Shorten: a function that `vmap` does for many examples, its own loops done at once as well."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..node import Node
from ..ops import data_of
from ..tree import flatten
from .code import evaluate
from .record import Recording, is_input
from .roll import roll
from .scattered import collect
from .signature import lists_given, rectangles
from .simplify import gathered, simplify

CUT = 4
"""Each operation is done for all examples, so few of a kind are worth doing together."""


def shortened(f: Callable[..., Any]) -> Callable[..., Any]:
    """``f`` for nodes that stand for examples: recorded for one, and its short form evaluated.

    Where it goes by comparisons, adds truths, or other nodes than its arguments are nested in
    these, it is f itself. Sigmoids are left as they are, so that derivatives are of what f says.
    """

    @wraps(f)
    def shorter(*args: Any, **options: Any) -> Any:
        leaves, structure = flatten((args, options), is_input)
        plain = [_example(leaf) for leaf in leaves]
        made = Recording(f, plain, structure.build)
        code, captured = made.code()
        decides = any(guard.expected is not None for guard in code.guards)
        if decides or any(map(_is_of_truths, made.made)):
            return f(*args, **options)
        given, wanted = lists_given(structure, plain), rectangles(made.structure)
        code = gathered(collect(simplify(code, exact=True)))
        code = simplify(roll(code, given, wanted, CUT))
        return made.structure.build(evaluate(code, [*leaves, *captured]))

    return shorter


def _is_of_truths(node: Node) -> bool:
    """Whether an op is of truths alone: those of examples are added as NumPy adds truths."""
    op = node.op
    if op is None or not op.records:
        return False
    operands = node.args[: len(node.args) - op.statics]
    return all((x.data if isinstance(x, Node) else x).__class__ is bool for x in operands)


def _example(leaf: Any) -> Any:
    """The number that a node holds, as a function of numbers takes it."""
    data = data_of(leaf) if isinstance(leaf, Node) else leaf
    return data.item() if isinstance(data, np.ndarray) and data.ndim == 0 else data
