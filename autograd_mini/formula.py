"""How an operation is written: ``b·c``, ``x²``, ``sum(X, axis=0)``, with brackets where needed.

Signs come from the op's symbol and keywords from its text, so new entries of the table are written
without a word here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from .node import Node
from .primitive import Primitive
from .text import MINUS, number, numbers

ATOM, NAMED = 9, 10
_BINDING = {"+": 1, "-": 1, "@": 2, "*": 3, "/": 3, "%": 3}
_WRITTEN = {"+": " + ", "-": f" {MINUS} ", "*": "·", "/": " / ", "@": " @ "}
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_UNLOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = str.maketrans(f"0123456789{MINUS}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_KEYWORDS = frozenset(["axis", "keepdims", "ddof"])
_KEYWORD = re.compile(r"(\w+)=\{(-?\d+)\}")

Name = tuple[str, int]
"""A text and how tightly it binds: ATOM needs no brackets, NAMED is a plain name."""


def lowered(number: int) -> str:
    """A number as an index.

    >>> from autograd_mini.formula import lowered
    >>> "t" + lowered(12)
    't₁₂'
    """
    return str(number).translate(_LOWERED)


def unlowered(text: str) -> str:
    """A text with plain digits for indices: what looks the same becomes the same.

    >>> from autograd_mini.formula import unlowered
    >>> unlowered("t₁₂")
    't12'
    """
    return text.translate(_UNLOWERED)


def raised(number: int) -> str:
    """A number as an exponent.

    >>> from autograd_mini.formula import raised
    >>> "10" + raised(100)
    '10¹⁰⁰'
    """
    return str(number).translate(_RAISED)


def expression(op: Primitive, args: Sequence[Any], name: Callable[[Node], Name]) -> Name:
    """``op`` of ``args`` in mathematical signs; ``name`` tells what an operand is called.

    >>> import autograd_mini as am
    >>> from autograd_mini.formula import ATOM, expression
    >>> J = 3 * am.Value(2.0, "v")
    >>> expression(J.op, J.args, lambda operand: (operand.label, ATOM))
    ('3·v', 3)
    """
    count = len(args) - op.statics
    operands = [name(arg) if isinstance(arg, Node) else constant(arg) for arg in args[:count]]
    match op.symbol, operands:
        case "**", [base, power]:
            return _power(base, power, args[1]), ATOM - 1
        case "+" | "-", [x]:
            sign = MINUS if op.symbol == "-" else "+"
            return sign + _bracketed(x, _BINDING["*"]), _BINDING["*"]
        case str(symbol), [left, right] if symbol:
            return _infix(symbol, left, right)
    match op.name, args[count:]:
        case "getitem", [index]:
            return f"{_bracketed(operands[0], ATOM)}[{_index(index)}]", ATOM
        case "transpose", [axes] if axes == tuple(range(len(axes)))[::-1]:
            return f"{_bracketed(operands[0], ATOM)}.T", ATOM
        case "direction", _:
            both = ", ".join(text for text, _ in operands)
            return f"{_bracketed(operands[0], ATOM)} / hypot({both})", _BINDING["/"]
    texts = [text for text, _ in operands]
    shown = texts if count <= 4 else [*texts[:2], "…", texts[-1]]
    return f"{op.name}({', '.join([*shown, *_parameters(op, args)])})", ATOM


def _bracketed(operand: Name, binding: int) -> str:
    text, own = operand
    return text if own >= binding else f"({text})"


def _infix(symbol: str, left: Name, right: Name) -> Name:
    binding = _BINDING.get(symbol, 0)
    right_text = _bracketed(right, binding if symbol in "+*" else binding + 1)
    if right_text.startswith(MINUS):
        right_text = f"({right_text})"
    sign = _WRITTEN.get(symbol, f" {symbol} ")
    return _bracketed(left, binding) + sign + right_text, binding


def _power(base: Name, power: Name, exponent: Any) -> str:
    text, whole = power[0], isinstance(exponent, float | int) and float(exponent).is_integer()
    raised = text.translate(_RAISED) if whole and len(text) <= 3 else f"^{_bracketed(power, ATOM)}"
    return _bracketed(base, ATOM) + raised


def constant(x: Any) -> Name:
    """A plain number or array: its numbers where they are few, else its shape."""
    if isinstance(x, bool):
        return str(x), ATOM
    if np.ndim(x) == 0:
        return number(x), ATOM if x >= 0 else _BINDING["*"]
    values = np.asarray(x)
    if values.ndim > 1:
        return f"[{'×'.join(map(str, values.shape))}]", ATOM
    if values.size <= 4:
        return numbers(values), ATOM
    return f"[{number(values[0])} {number(values[1])} … {number(values[-1])}]", ATOM


def _parameters(op: Primitive, args: Sequence[Any]) -> Iterator[str]:
    """The plain parameters that say something, by the keywords of the op's own text or rules."""
    keywords = {int(at) % len(args): word for word, at in _KEYWORD.findall(op.text)}
    for rule in op.rules[: op.statics and 1]:
        code = rule.__code__
        names = enumerate(code.co_varnames[2 : code.co_argcount])
        keywords |= {at: name for at, name in names if name in _KEYWORDS}
    for at in range(len(args) - op.statics, len(args)):
        value, keyword = args[at], keywords.get(at)
        if keyword is None:
            yield _index(value) if isinstance(value, slice | np.ndarray) else str(value)
        elif value is not None and (value or keyword == "axis"):
            one = isinstance(value, tuple) and len(value) == 1
            yield f"{keyword}={value[0] if one else value}"


def _index(index: Any) -> str:
    """An index as one writes it between brackets."""
    match index:
        case tuple():
            return ", ".join(map(_index, index))
        case slice(start=start, stop=stop, step=step):
            ends = [start, stop] if step is None else [start, stop, step]
            return ":".join("" if end is None else str(end) for end in ends)
        case np.ndarray() | list():
            return constant(np.asarray(index))[0]
        case EllipsisType():
            return "…"
    return str(index)
