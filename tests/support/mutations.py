"""Every rule of the table made wrong in every way that a slip might, to see `gradcheck` catch it.

python -m tests.support.mutations [OP...]

prints how many of the planted mistakes were caught, by kind, and each that was missed. A mistake is
caught when the verdict is "wrong rule" and the blame falls on its op. One that changes nothing (the
operands of a symmetric rule exchanged) is no mistake: `changes` tells by calling the rule itself,
before and after, at random operands, and knows nothing of numeric derivatives.

Mistakes are planted around a rule (its sign, a factor of 1.01, its arguments exchanged, nothing
handed on) and in its source: each term or factor left out, each operator, operand, number and axis
exchanged, there and in what the rule calls.
"""

import ast
import copy
import inspect
import itertools
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.backward import contributions
from autograd_mini.primitive import TABLE, Primitive
from autograd_mini.text import table
from tests.support.array_cases import CASES

RECORDED = [op for op in TABLE.values() if op.records]
DRAWS = 12

Rule = Callable[..., Any]


@dataclass(frozen=True)
class Mutant:
    """One mistake: what stands under ``name`` in ``where`` (an op, or the module) is replaced."""

    op: Primitive
    kind: str
    detail: str
    where: Any
    name: str
    value: Any

    def __str__(self) -> str:
        return f"{self.op.name}: {self.kind} ({self.detail})"

    def changed(self, op: Primitive) -> bool:
        """Whether it is in a rule of this op, or in a function that one calls."""
        return op is self.op or (self.where is ops and self.name in called(op))

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The mistake is in the table here, and only here."""
        before = getattr(self.where, self.name)
        setattr(self.where, self.name, self.value)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what mistakes make is not to the point
                yield
        finally:
            setattr(self.where, self.name, before)


# Inputs -------------------------------------------------------------------------------------------

Inputs = tuple[list[Any], tuple[Any, ...]]
"""Operands (numbers that are no floats stay constants) and parameters of an op."""

MORE: dict[str, list[Inputs]] = {
    "pow": [
        ([np.array([-1.5, 2.0, -0.7]), np.array([2, 3, 0])], ()),
        ([-1.5, 3], ()),
        ([-0.7, 0], ()),
    ],
    "where": [([np.array([True, False, True]), np.array([1.0, 2.0, 3.0]), 0.5], ())],
    "mean": [([np.linspace(-1.0, 2.0, 2**15)], (None, False))],
}
"""What the draws below do not reach: other branches of a rule."""


def inputs(op: Primitive) -> list[Inputs]:
    """What to try an op with: floats and arrays in turn, or the cases of its tests."""
    more = MORE.get(op.name, [])
    if not op.samples:
        cases = [case for case in CASES if case.op == op.name]
        return [([np.array(a, float) for a in c.arrays], c.statics) for c in cases] + more
    random = np.random.default_rng(len(op.name))
    shapes: list[Any] = [None, (3,)] * (DRAWS // 2)
    return [([random.uniform(*s, shape) for s in op.samples], ()) for shape in shapes] + more


def nodes(operands: Iterable[Any]) -> list[Any]:
    """Operands as labelled nodes, and constants as they are."""
    return [
        x
        if np.asarray(x).dtype.kind != "f"
        else (am.Value if np.ndim(x) == 0 and isinstance(x, float) else am.Tensor)(x, f"x{i}")
        for i, x in enumerate(operands)
    ]


def weights(data: Any, seed: int) -> Any:
    """Cotangents for a result."""
    random = np.random.default_rng([seed, np.size(data)])
    return random.uniform(0.5, 1.5, None if isinstance(data, float) else np.shape(data))


# Mistakes around a rule ---------------------------------------------------------------------------


def around(op: Primitive) -> Iterator[Mutant]:
    """The sign, a factor, exchanged arguments, and nothing at all, for each rule of an op."""
    for rule, where, put in rules_of(op):
        for kind, detail, wrong in (twists if op.rules else twists_of_all)(rule):
            yield Mutant(op, kind, where + detail, op, *put(wrong))


def rules_of(op: Primitive) -> Iterator[tuple[Rule, str, Callable[[Rule], tuple[str, Any]]]]:
    """Each rule, what it is called, and what attribute of the op holds another in its place."""
    for i, rule in enumerate(op.rules):

        def put(wrong: Rule, i: int = i) -> tuple[str, Any]:
            return "rules", (*op.rules[:i], wrong, *op.rules[i + 1 :])

        yield rule, f"rule {i + 1}", put
    if op.rule_of_all is not None:
        yield op.rule_of_all, "the rule of all", lambda wrong: ("rule_of_all", wrong)


CHANGES: dict[str, Callable[..., Any]] = {
    "sign flipped": lambda part, g: None if part is None else -part,
    "factor of 1.01": lambda part, g: None if part is None else part * 1.01,
    "nothing handed on": lambda part, g: None,
    "too much handed on": lambda part, g: g * 0.01 if part is None else part + 0.01,
}


def twists(rule: Rule) -> Iterator[tuple[str, str, Rule]]:
    """A rule made wrong from outside."""
    for kind, change in CHANGES.items():

        def changed(g: Any, *args: Any, change: Callable[..., Any] = change) -> Any:
            return change(rule(g, *args), g)

        yield kind, "", changed
    names = ["g", "z", *(f"x{i}" for i in range(operands_of(rule)))]
    for i, j in itertools.combinations(range(len(names)), 2):

        def exchanged(*args: Any, i: int = i, j: int = j) -> Any:
            swapped = list(args)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            return rule(*swapped)

        yield "argument swapped", f": {names[i]} and {names[j]}", exchanged


def operands_of(rule: Rule) -> int:
    """How many operands a rule takes: those of the op that has it, without parameters."""
    return max(len(op.rules) for op in RECORDED if rule in op.rules)


def twists_of_all(rule: Rule) -> Iterator[tuple[str, str, Rule]]:
    """The same for a rule of any number of operands, in its first operand's part or between two."""
    for kind, change in CHANGES.items():

        def first_wrong(wanted: Any, g: Any, *args: Any, change: Any = change) -> Any:
            first, *others = rule(wanted, g, *args)
            return [change(first, g), *others]

        yield kind, "", first_wrong

    def parts_swapped(*args: Any) -> Any:
        return list(rule(*args))[::-1]

    def operands_swapped(wanted: Any, g: Any, z: Any, *args: Any) -> Any:
        *operands, static = args
        return rule(wanted, g, z, *operands[::-1], static)

    yield "argument swapped", ": parts in reverse", parts_swapped
    yield "argument swapped", ": operands in reverse", operands_swapped


# Mistakes in its source ---------------------------------------------------------------------------

MODULE = ast.parse(inspect.getsource(ops))
SOURCES = [node for node in ast.walk(MODULE) if isinstance(node, ast.Lambda | ast.FunctionDef)]
HELPERS = {
    name: value
    for name, value in vars(ops).items()
    if isinstance(value, FunctionType) and value.__module__ == ops.__name__
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def within(op: Primitive) -> Iterator[Mutant]:
    """Mistakes in the source of an op's rules and of the functions that they call.

    Functions that a forward calls as well are left alone: they would change what is right.
    """
    for rule, where, put in rules_of(op):
        for kind, detail, wrong in rewritten(rule):
            yield Mutant(op, kind, f"{where}: {detail}", op, *put(wrong))
    for name in sorted(called(op) - FORWARDS - {rule.__name__ for rule, _, _ in rules_of(op)}):
        for kind, detail, wrong in rewritten(HELPERS[name]):
            yield Mutant(op, kind, f"{name}: {detail}", ops, name, wrong)


def called(op: Primitive) -> set[str]:
    """The functions in `ops.py` that an op's rules call."""
    return helpers(*op.rules, op.rule_of_all)


def helpers(*functions: Any) -> set[str]:
    """The functions in `ops.py` that others call, and those that these call."""
    found: set[str] = set()
    codes = [f.__code__ for f in functions if isinstance(f, FunctionType)]
    while codes:
        code = codes.pop()
        codes += [const for const in code.co_consts if inspect.iscode(const)]
        new = {name for name in code.co_names if name in HELPERS} - found
        found |= new
        codes += [HELPERS[name].__code__ for name in new]
    return found


FORWARDS = {
    name
    for op in TABLE.values()
    for forward in (op.scalar, op.array)
    for name in (getattr(forward, "__name__", ""), *helpers(forward))
}


def rewritten(function: Any) -> Iterator[tuple[str, str, Rule]]:
    """A function from `ops.py` with one thing in its source changed, in each way there is."""
    source = source_of(function)
    operands = [arg.arg for arg in source.args.args]
    for place, node in enumerate(ast.walk(source)):
        for kind, other in slips(node, operands):
            changed = copy.deepcopy(source)
            target = list(ast.walk(changed))[place]
            detail = f"{ast.unparse(node)} -> {ast.unparse(other)}"
            yield kind, detail, compiled(Replacing(target, other).visit(changed), function)


def source_of(function: Any) -> ast.Lambda | ast.FunctionDef:
    """How a function is written, without annotations and docstring."""
    code = function.__code__
    names = list(code.co_varnames[: code.co_argcount])
    [found] = (
        node
        for node in SOURCES
        if node.lineno == code.co_firstlineno and [arg.arg for arg in node.args.args] == names
    )
    source = copy.deepcopy(found)
    for inner in ast.walk(source):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        if isinstance(inner, ast.FunctionDef):
            inner.returns = None
            if ast.get_docstring(inner) is not None:
                inner.body = inner.body[1:]
    return source


class Replacing(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, target: ast.AST, other: ast.AST) -> None:
        self.target, self.other = target, other

    def visit(self, node: ast.AST) -> Any:
        return self.other if node is self.target else super().visit(node)


def slips(node: ast.AST, operands: list[str]) -> Iterator[tuple[str, ast.expr]]:
    """What one might have written in place of one expression."""
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            yield "term dropped", left
            yield "term dropped", right
            if type(operator) in OPERATORS:
                yield "operator", ast.BinOp(left, OPERATORS[type(operator)](), right)
            if isinstance(operator, ast.Sub | ast.Div | ast.Pow):
                yield "argument swapped", ast.BinOp(right, operator, left)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign flipped", operand
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in TABLE or name in HELPERS:
            if not isinstance(first, ast.Starred):
                yield "call dropped", first
        case ast.Name(id=name, ctx=ast.Load()) if name in operands:
            for other in operands:
                if other != name and {name, other} <= {"g", "z", "x", "y"}:
                    yield "argument swapped", ast.Name(other, ast.Load())
            if name == "axis":
                yield "axis", ast.parse("_next_axis(axis)", mode="eval").body
            if name == "keepdims":
                yield "axis", ast.parse("not keepdims", mode="eval").body
        case ast.Constant(value=bool(value)):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield "constant", ast.Constant(value + 1)
        case ast.Constant(value=float(value)):
            yield "constant", ast.Constant(value * 1.01 if value else 0.01)


def _next_axis(axis: Any) -> Any:
    """The axis after the one that was meant; a few for all, all for none."""
    if axis is None:
        return (0,)
    return axis + 1 if isinstance(axis, int) else tuple(i + 1 for i in axis)


def compiled(source: Any, function: Any) -> Rule:
    """A rewritten source as a function that sees what the first one did."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    scope = {**vars(ops), "_next_axis": _next_axis}
    scope.update((name, cell.cell_contents) for name, cell in cells)
    if isinstance(source, ast.Lambda):
        source = ast.Assign([ast.Name("mutant", ast.Store())], source)
    else:
        source.name = "mutant"
    exec(compile(ast.fix_missing_locations(ast.Module([source], [])), "mutant", "exec"), scope)
    return scope["mutant"]


# What becomes of them -----------------------------------------------------------------------------


def mutants(op: Primitive) -> Iterator[Mutant]:
    """Every mistake that is planted in an op."""
    yield from around(op)
    yield from within(op)


def changes(mutant: Mutant) -> int:
    """The order of the derivatives that the mistake changes, away from kinks; 0 if none."""
    for order, derivatives in ((1, first_derivatives), (2, second_derivatives)):
        for seed, (operands, statics) in enumerate(inputs(mutant.op)):
            made = nodes(operands)
            right = derivatives(mutant.op, made, statics, seed)
            try:
                with mutant.planted():
                    wrong = derivatives(mutant.op, made, statics, seed)
            except Exception:
                return order
            for a, b in zip(right, wrong, strict=True):
                if not np.allclose(a, b, rtol=1e-9, atol=1e-12):
                    return order
    return 0


def first_derivatives(op: Primitive, made: list[Any], statics: Any, seed: int) -> list[Any]:
    """What an op's rules hand to its operands."""
    node = op(*made, *statics)
    with np.errstate(all="ignore"):
        parts = contributions(node, weights(node.data, seed))
    return [0.0 if part is None else part for part in parts]


def second_derivatives(op: Primitive, made: list[Any], statics: Any, seed: int) -> list[Any]:
    """The gradients of the gradients of `bent`, weighed."""
    leaves = [x for x in made if isinstance(x, am.Node)]
    with np.errstate(all="ignore"):
        firsts = am.gradient(bent(op, made, statics, seed), leaves)
        return [
            second.data
            for first in firsts
            for second in am.gradient(first, leaves, gradient=weights(first.data, seed))
        ]


def straight(op: Primitive, made: list[Any], statics: Any, seed: int) -> Any:
    """A number that an op leads to. It has no second use of the op, which might undo a mistake."""
    result = op(*made, *statics)
    return (am.mean if op is ops.sum else am.sum)(result * weights(result.data, seed))


def bent(op: Primitive, made: list[Any], statics: Any, seed: int) -> Any:
    """The same, with a second derivative by the op's result."""
    result = op(*made, *statics)
    square = am.sin if op in (ops.square, ops.multiply) else am.square
    return (am.mean if op is ops.sum else am.sum)(square(result) * weights(result.data, seed))


def fate(mutant: Mutant) -> str:
    """What becomes of a mistake, in the words of the table that `main` prints."""
    order = changes(mutant)
    if not order:
        return NONE
    fate = "missed"
    for seed, (operands, statics) in enumerate(inputs(mutant.op)):
        with mutant.planted():
            J = (straight if order == 1 else bent)(mutant.op, nodes(operands), statics, seed)
            try:
                report = am.gradcheck(J, order=order)
            except Exception:
                return RAISED
        if any(mutant.changed(TABLE[finding.op]) for finding in report.blame):
            return CAUGHT if order == 1 else CAUGHT_IN_SECOND
        if not report:
            fate = "not blamed"
    return fate


FOUND = CAUGHT, CAUGHT_IN_SECOND, RAISED = ("caught", "caught in second order", "raised")
NONE = "no mistake"


def main(names: list[str]) -> None:
    """Plant every mistake in the named ops, or in all, and print what became of them."""
    start = time.perf_counter()
    fates: Counter[tuple[str, str]] = Counter()
    for op in RECORDED:
        if not names or op.name in names:
            for mutant in mutants(op):
                found = fate(mutant)
                fates[mutant.kind, found] += 1
                if found not in (*FOUND, NONE):
                    print(f"{found}: {mutant}")
    print(summary(fates))
    print(f"{time.perf_counter() - start:.0f} s")


def summary(fates: Counter[tuple[str, str]]) -> str:
    """How many mistakes there were of each kind, and the share that was found."""
    rows = []
    for kind in [*dict.fromkeys(kind for kind, _ in fates), "all"]:
        count: Counter[str] = Counter()
        for (other, found), n in fates.items():
            count[found] += n * (kind in (other, "all"))
        planted = count.total() - count[NONE]
        share = f"{sum(count[found] for found in FOUND) / planted:.2%}" if planted else ""
        cells = (planted, *(count[found] for found in FOUND), count[NONE])
        rows.append([kind, *map(str, cells), share])
    return table(["mistake", "planted", *FOUND, NONE, "found"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])
