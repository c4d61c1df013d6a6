"""Expressions as people type them, ``u = b*c; J = 3*(a + u)``: read, checked, recorded as a graph.

The text never runs as Python. `parse` looks at its characters, lets `ast` build the tree, accepts
the few forms named in ALLOWED and refuses all else by its column. `record` then applies the ops of
the table to the inputs, step by step.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, NoReturn

from . import ops
from .errors import ExpressionError
from .node import Node
from .primitive import TABLE, Primitive
from .value import Value

ALLOWED = "numbers, names, + - * / **, brackets ( ) and functions such as exp(x)"

MAX_LENGTH = 4000
"""Characters a text may have; this bounds the number of operations too."""

MAX_DEPTH = 200
"""Operations that may stand within one another."""

CONSTANTS = {"pi": math.pi, "e": math.e}
"""Names that need no input; an input or a statement of the same name goes before."""

OPERATORS: dict[type[ast.operator | ast.unaryop], Primitive] = {
    ast.Add: ops.add,
    ast.Sub: ops.subtract,
    ast.Mult: ops.multiply,
    ast.Div: ops.divide,
    ast.Pow: ops.pow,
    ast.USub: ops.negative,
}

FUNCTIONS = {name: TABLE[name] for name in sorted(ops.__all__) if TABLE[name].scalar}
"""What may be called: the ops that take floats and record their result."""

HINTS = {
    "^": "a power is written **",
    "==": "a single = gives a name, and nothing is compared",
    "<": "nothing is compared",
    ">": "nothing is compared",
    "[": "brackets are ( )",
    "{": "brackets are ( )",
    "\N{MINUS SIGN}": "minus is written -",
    "\N{MULTIPLICATION SIGN}": "times is written *",
    "\N{MIDDLE DOT}": "times is written *",
    "\N{DIVISION SIGN}": "divided by is written /",
    "\N{SUPERSCRIPT TWO}": "squared is written **2",
    "\N{GREEK SMALL LETTER PI}": "the constant is written pi",
    "\N{GREEK SMALL LETTER SIGMA}": "the function is written sigmoid(x)",
}
"""What to write instead of some things that are not allowed."""

TOO_DEEP = f"more than {MAX_DEPTH} operations within one another; name parts: u = ...; J = ..."

TOKEN = re.compile(
    r"""(?P<operand> (?: \d[\d_]*\.?\d* | \.\d+ ) (?: [eE][+-]?\d+ )?  |  [A-Za-z_]\w* )
      | (?P<blank> [ \t]+ )
      | (?P<other> == | // )
      | (?P<sign> [-+*/(),;=] )
      | (?P<character> . )""",
    re.VERBOSE | re.ASCII,
)


class Place(NamedTuple):
    """Where in the text something stands, both counted from 1."""

    line: int
    column: int


class Name(NamedTuple):
    """The step that fetches the value of a name."""

    name: str
    place: Place


class Apply(NamedTuple):
    """The step that applies an op to the last ``arity`` results."""

    op: Primitive
    arity: int


Step = float | Name | Apply


class Statement(NamedTuple):
    """``name = expression``, the expression as steps in the order in which they are computed."""

    name: str
    place: Place
    steps: tuple[Step, ...]


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of ``text``, parted by ``;`` or new lines; checked, and nothing computed yet.

    A last expression without a name is called J. A name is given once: a second ``x = ...`` would
    make "dx" mean two things. Raises `ExpressionError`, which says what is refused, where (its
    ``column``), and what to write.

    >>> from autograd_mini.expression import parse
    >>> [statement.name for statement in parse("u = b*c; 3*(a + u)")]
    ['u', 'J']
    >>> parse("a^2")
    Traceback (most recent call last):
    autograd_mini.errors.ExpressionError: column 2: '^' is not allowed; a power is written **
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"the expression has {len(text)} characters, more than {MAX_LENGTH}", MAX_LENGTH + 1
        )
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        _check_tokens(line, number)
    statements = tuple(_Reader(lines).statements())
    if not statements:
        raise ExpressionError("the expression is empty; write one, such as J = 3*(a + b*c)", 1)
    return statements


def record(statements: Sequence[Statement], inputs: Mapping[str, float]) -> dict[str, Node]:
    """Compute the statements: the node of every input and name, labelled with it, the result last.

    A name in an expression is an input, or assigned before, or one of CONSTANTS; every input is
    used. ``J = a`` is a node of its own, +a. Raises `ExpressionError` where that does not hold, and
    what ops raise, as `DomainError`.

    >>> from autograd_mini.expression import parse, record
    >>> nodes = record(parse("u = b*c; v = a + u; J = 3*v"), {"a": 5, "b": 3, "c": 2})
    >>> {name: node.data for name, node in nodes.items()}
    {'a': 5.0, 'b': 3.0, 'c': 2.0, 'u': 6.0, 'v': 11.0, 'J': 33.0}
    """
    _check_names(statements, inputs)
    nodes: dict[str, Node] = {name: Value(value, name) for name, value in inputs.items()}
    for name, _, steps in statements:
        result = _compute(steps, nodes)
        node = result if isinstance(result, Node) else Value(result)
        if node.label is not None:
            node = ops.positive(node)
        node.label = name
        nodes[name] = node
    return nodes


def _refuse(what: str, place: Place) -> NoReturn:
    line = f"line {place.line}, " if place.line > 1 else ""
    raise ExpressionError(f"{line}column {place.column}: {what}", place.column)


def _check_tokens(line: str, number: int) -> None:
    """Refuse what no expression holds: strange characters, Python's words, values side by side."""
    before = ""  # the operand or closing bracket just passed, if it was one
    for token in TOKEN.finditer(line):
        text, kind, place = token.group(), token.lastgroup, Place(number, token.start() + 1)
        if kind in ("other", "character"):
            hint = HINTS.get(text, f"allowed are {ALLOWED}")
            _refuse(f"{_shown(text)} is not allowed; {hint}", place)
        if kind == "operand" and keyword.iskeyword(text):
            _refuse(f"{text!r} is a word of Python's and cannot be a name", place)
        if kind == "operand" and before in FUNCTIONS:
            _refuse(f"{before!r} is a function; write {before}({text})", place)
        if kind == "operand" and before:
            _refuse(f"between {before!r} and {text!r} a sign is missing, such as *", place)
        if kind != "blank":
            before = text if kind == "operand" or text == ")" else ""


def _shown(text: str) -> str:
    """A refused character, with its name where the eye may take it for another."""
    return repr(text) if text.isascii() else f"{text!r} ({unicodedata.name(text, 'nameless')})"


class _Reader:
    """Reads the tree that `ast` makes of some lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.indents = [len(line) - len(line.lstrip()) for line in lines]
        self.body = self.tree("\n".join(line.strip() for line in lines)).body

    def tree(self, source: str) -> ast.Module:
        """What `ast` makes of the text, with its complaints as ours."""
        try:
            return ast.parse(source)
        except SyntaxError as error:
            reason = error.msg.split(". ")[0]  # what may follow suggests Python that is not allowed
            line = min(error.lineno or 1, len(self.indents))
            _refuse(f"{reason}; allowed are {ALLOWED}", self.at(line, (error.offset or 1) - 1))
        except (RecursionError, MemoryError):
            _refuse(TOO_DEEP, Place(1, 1))

    def at(self, line: int, offset: int) -> Place:
        """The place in the lines as they were typed, indents and all."""
        return Place(line, self.indents[line - 1] + offset + 1)

    def place(self, node: ast.expr | ast.stmt) -> Place:
        """Where a part of the tree begins."""
        return self.at(node.lineno, node.col_offset)

    def statements(self) -> Iterator[Statement]:
        """Each statement; refuses a name given twice."""
        seen: set[str] = set()
        for node in self.body:
            statement = self.statement(node)
            if statement.name in seen:
                _refuse(f"{statement.name!r} has a value already; take a new name", statement.place)
            seen.add(statement.name)
            yield statement

    def statement(self, node: ast.stmt) -> Statement:
        """``name = expression``, or, at the end, an expression, which is called J."""
        place = self.place(node)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                if name in FUNCTIONS:
                    _refuse(f"{name!r} is a function; take another name", place)
            case ast.Expr(value=expression):
                if node is not self.body[-1]:
                    _refuse("only the last expression goes without a name; write u = ...", place)
                name = "J"
            case _:
                _refuse("a statement is one name, one =, and an expression", place)
        return Statement(name, place, self.steps(expression))

    def steps(self, expression: ast.expr) -> tuple[Step, ...]:
        """The expression as steps: operands before what is done with them, left before right."""
        steps: list[Step] = []
        stack = [(expression, 1)]
        while stack:
            node, depth = stack.pop()
            if depth > MAX_DEPTH:
                _refuse(TOO_DEEP, self.place(node))
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
                stack.append((node.operand, depth + 1))
                continue
            step, operands = self.step(node)
            steps.append(step)
            stack.extend((operand, depth + 1) for operand in operands)
        return tuple(reversed(steps))

    def step(self, node: ast.expr) -> tuple[Step, Sequence[ast.expr]]:
        """The last step of an expression, and the operands that go before it."""
        place = self.place(node)
        match node:
            case ast.Constant(value=int() | float() as number):
                return _finite(number, place), ()
            case ast.Name(id=name):
                if name in FUNCTIONS:
                    _refuse(f"{name!r} is a function; write {name}(...)", place)
                return Name(name, place), ()
            case ast.UnaryOp(op=sign, operand=operand):
                return Apply(OPERATORS[type(sign)], 1), (operand,)
            case ast.BinOp(left=left, op=sign, right=right):
                return Apply(OPERATORS[type(sign)], 2), (left, right)
            case ast.Call():
                return Apply(self.function(node, place), len(node.args)), node.args
        _refuse(f"a single value must stand here; allowed are {ALLOWED}", place)

    def function(self, call: ast.Call, place: Place) -> Primitive:
        """The op that is called, with as many values as it takes."""
        if not isinstance(call.func, ast.Name):
            _refuse("only a function goes before brackets; times is written *", place)
        name = call.func.id
        if name not in FUNCTIONS:
            known = ", ".join(name for name, op in FUNCTIONS.items() if not op.symbol)
            _refuse(f"{name!r} is no function; times is written *; functions are {known}", place)
        if call.keywords or any(isinstance(arg, ast.Starred) for arg in call.args):
            _refuse(f"{name} takes plain values, without names or stars", place)
        op = FUNCTIONS[name]
        if len(call.args) != len(op.rules):
            form = ", ".join("xyz"[: len(op.rules)])
            count = f"{len(op.rules)} in the brackets, not {len(call.args)}"
            _refuse(f"write {name}({form}): {count}", place)
        return op


def _finite(number: float, place: Place) -> float:
    """A number as a float; `float` knows none above 1.8e308."""
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if math.isinf(value):
        _refuse("this number is too large for a float (about 1.8e308 at most)", place)
    return value


def _check_names(statements: Sequence[Statement], inputs: Mapping[str, float]) -> None:
    """Refuse names without a value or with two, and inputs that do nothing."""
    assigned = {statement.name for statement in statements}
    known = set(inputs)
    missing: dict[str, Place] = {}
    used: set[str] = set()
    for name, place, steps in statements:
        for step in steps:
            if isinstance(step, Name):
                used.add(step.name)
                if step.name in assigned - known:
                    _refuse(f"{step.name!r} is used before it has a value", step.place)
                if step.name not in known and step.name not in CONSTANTS:
                    missing.setdefault(step.name, step.place)
        if name in inputs:
            _refuse(f"{name!r} is an input, so the result needs another name: y = ...", place)
        known.add(name)
    if missing:
        names = ", ".join(map(repr, missing))
        example = " ".join(f"{name}=5" for name in missing)
        _refuse(f"no value for {names}; add inputs, such as {example}", min(missing.values()))
    if unused := [name for name in inputs if name not in used]:
        names = ", ".join(map(repr, unused))
        raise ExpressionError(f"the expression has no place for the input {names}; leave it out")


def _compute(steps: Sequence[Step], nodes: Mapping[str, Node]) -> Node | float:
    """The value of an expression, its steps done one after another."""
    results: list[Node | float] = []
    for step in steps:
        match step:
            case Apply(op, arity):
                operands = results[-arity:]
                del results[-arity:]
                results.append(op(*operands))
            case Name(name):
                results.append(nodes[name] if name in nodes else CONSTANTS[name])
            case _:
                results.append(step)
    (result,) = results
    return result
