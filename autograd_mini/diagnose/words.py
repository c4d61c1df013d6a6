"""Words that the diagnoses share: what a node is called, what is wrong with it, what helps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..node import Node
from ..ops import data_of
from ..text import short


def named(x: Any) -> str:
    """A node by its label, else by its op and operands, else by its number."""
    if not isinstance(x, Node):
        return short(x)
    if x.label:
        return x.label
    return x.op.shown(x.args) if x.op is not None else f"the leaf {short(x.data)}"


def brief(x: Node) -> str:
    """A node by its label, else by its op alone."""
    return x.label or (x.op.name if x.op is not None else f"leaf {short(x.data)}")


def non_finite(x: Any) -> bool:
    """Whether a number, or any of an array or node, is inf or nan."""
    x = data_of(x)
    return not (math.isfinite(x) if isinstance(x, float) else np.isfinite(x).all())


def worst_index(x: Any) -> tuple[int, ...]:
    """Where the first nan is, or else the first inf."""
    x = np.asarray(data_of(x))
    nan = np.isnan(x)
    index = np.unravel_index(int(np.argmax(nan if nan.any() else ~np.isfinite(x))), x.shape)
    return tuple(map(int, index))


def bad_numbers(x: Any) -> str:
    """``nan``, or for arrays ``nan at [2] (3 of 10 numbers)``; nan goes before inf."""
    index = worst_index(x)
    x = np.asarray(data_of(x))
    if not index:
        return str(float(x))
    bad = int(np.count_nonzero(~np.isfinite(x)))
    count = f" ({bad} of {x.size} numbers)" if bad > 1 else ""
    return f"{float(x[index])} at [{', '.join(map(str, index))}]{count}"


def operands_at(node: Node) -> str:
    """``, from x = -1 and y = 0``: the numbers of which an array's worst one was made."""
    op = node.op
    if op is None or op.kind != "elementwise" or not np.ndim(node.data):
        return ""
    index = worst_index(node.data)
    numbers = []
    for x in node.args[: len(node.args) - op.statics]:
        number = np.broadcast_to(data_of(x), np.shape(node.data))[index]
        label = x.label if isinstance(x, Node) else None
        numbers.append(f"{label} = {short(number)}" if label else short(number))
    return f", from {' and '.join(numbers)}"


def advice(node: Node, backward: bool = False) -> str:
    """What usually mends a nan or inf that an op made, beginning with "; "; "" for no idea."""
    op, operands = node.op, node.args
    if op is None:
        return "; look at where the number comes from"
    inner = operands[0].op.name if isinstance(operands[0], Node) and operands[0].op else ""
    special = SPECIAL.get((op.name, inner)) or (BACKWARD if backward else FORWARD).get(op.name)
    if any(non_finite(x) for x in operands[: len(operands) - op.statics]):
        return "; an operand was inf or nan already"
    if special:
        return f"; {special}"
    return f"; {op.name} needs {op.needs}" if op.needs else ""


FORWARD = {
    "log": "log needs a number above 0: keep it there, as in am.log(am.clip(x, 1e-12)), or take "
    "am.log1p, am.log_sigmoid or am.logsumexp, which do not come to 0",
    "divide": "the divisor is 0: leave such numbers out with am.where(y == 0, 0.0, x / am.where(y "
    "== 0, 1.0, y)), or add a small number to it",
    "reciprocal": "the divisor is 0: leave such numbers out with am.where, or add a small number",
    "exp": "exp overflows above 709: take am.logsumexp, am.softmax, am.softplus or am.sigmoid, or "
    "subtract the largest first",
    "expm1": "expm1 overflows above 709: scale its operand down",
    "sqrt": "sqrt needs a number of at least 0: am.sqrt(am.clip(x, 0.0)) for rounding below 0",
    "pow": "a negative number has no fractional power, 0 no negative one: clip the base",
    "multiply": "the product is beyond 1.8e308: scale the operands down, or add logarithms",
    "square": "the square is beyond 1.8e308: am.norm and am.hypot scale by themselves",
    "sum": "the sum is beyond 1.8e308: scale its terms down",
    "prod": "the product is beyond 1.8e308: sum logarithms",
    "mean": "there is nothing to take a mean of, or the sum is beyond 1.8e308",
    "matmul": "a sum of products is beyond 1.8e308: scale the operands down",
}
BACKWARD = {
    "sqrt": "sqrt is infinitely steep at 0: am.sqrt(x + 1e-12), or am.norm and am.hypot for a root "
    "of squares, whose derivative at 0 is 0",
    "pow": "a power below 1 is infinitely steep at 0: add a small number to the base",
    "log": "log is infinitely steep at 0: am.log(am.clip(x, 1e-12))",
    "divide": "the divisor is too near 0: add a small number to it, or choose with am.where",
    "reciprocal": "the divisor is too near 0: add a small number to it",
    "arcsin": "arcsin is infinitely steep at -1 and 1: clip its operand inside",
    "arccos": "arccos is infinitely steep at -1 and 1: clip its operand inside",
    "log1p": "log1p is infinitely steep at -1: clip its operand above",
}
SPECIAL = {
    ("log", "sigmoid"): "write am.log_sigmoid(z), which is exact for any z",
    ("log", "softmax"): "write z - am.logsumexp(z, axis=..., keepdims=True) for log(softmax(z))",
    ("log", "sum"): "for a log of a sum of exp write am.logsumexp(z)",
    (
        "log",
        "subtract",
    ): "for log(1 - sigmoid(z)) write am.log_sigmoid(-z); for log(1 - x) am.log1p(-x)",
}
