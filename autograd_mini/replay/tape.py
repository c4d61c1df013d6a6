"""Tape: a long program of single numbers as data, which a short loop of JavaScript runs.

A browser takes a second to read 400,000 statements and to make code of them, and a tenth of that
for the numbers of a tape: for each step its op, and where its operands are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from .. import ops
from ..primitive import Primitive
from .code import BOOL, FLOAT64, Code, Ref, Spread, Step


def is_of_numbers(code: Code) -> bool:
    """Whether all of it is single numbers, and ops that JavaScript has an expression for."""
    if code.guards or any(isinstance(out, Spread) for out in code.outputs):
        return False
    for step in code.steps:
        op = step.op
        if step.shape is not None or step.dtype not in (FLOAT64, BOOL):
            return False
        if op is not None and (op.kind != "elementwise" or op.statics or not op.js):
            return False
    return True


def taped(code: Code, literal: Callable[[Any], str]) -> tuple[list[str], list[str]]:
    """What stands before the program, and its lines.

    Constants have the first places among the numbers, then inputs, then what the steps give. On
    the tape an operand is how many places back it is, which makes for short numbers; constant k
    is -1 - k.
    """
    constants: dict[str, int] = {}
    kinds: dict[Primitive, int] = {}
    tape: list[int] = []

    def constant(x: Any) -> int:
        return constants.setdefault(literal(x), len(constants))

    for i in range(code.inputs, len(code.steps)):
        op, args = _written(code.steps[i])
        tape.append(kinds.setdefault(op, len(kinds)))
        for x in args:
            tape.append(i - x.i if x.__class__ is Ref else -1 - constant(x))
    found = [x.i if x.__class__ is Ref else -1 - constant(x) for x in code.outputs]
    first = len(constants)
    places = [first + k if k >= 0 else -1 - k for k in found]
    counts = [_operands(op) for op in kinds]
    size, start = first + len(code.steps), first + code.inputs
    before = [
        f"const $tape = placed(new Int32Array([{_joined(tape)}]), {counts}, {start});",
        f"const $moves = new Int32Array([{_joined(y - x for x, y in pairwise([0, *places]))}]);",
        f"const $x = new Float64Array({size});",
        f"$x.set([{','.join(constants)}]);",
    ]
    cases = [_case(k, op) for k, op in enumerate(kinds)]
    body = [
        f"$x.set(inputs, {first});",
        f"for (let i = {start}, at = 0; i < {size}; i++) switch ($tape[at++]) {{",
        *cases,
        "}",
        "let place = 0;",
        "return Array.from($moves, (by) => $x[(place += by)]);",
    ]
    return before, body


def _written(step: Step) -> tuple[Primitive, tuple[Any, ...]]:
    """A step's op and operands; a square is quicker as a product."""
    op, args = step.op, step.args
    assert op is not None  # only inputs have none
    if op is ops.pow and args[1].__class__ is float and args[1] == 2:
        return ops.square, args[:1]
    return op, args


def _operands(op: Primitive) -> int:
    return max(k + 1 for k in range(3) if f"{{{k}}}" in op.js)


def _case(k: int, op: Primitive) -> str:
    count = _operands(op)
    operands = [f"$x[$tape[at + {j}]]" for j in range(count)]
    return f"case {k}: $x[i] = {op.js.format(*operands)}; at += {count}; break;"


def _joined(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))
