"""Native: a program on single numbers as machine code, made by LLVM.

Each step is one or two instructions, each helper is translated from its Python. LLVM's time grows
faster than a function does, so the steps are cut into parts, which pass what lives on in one array:
the inputs, the results, and what is needed in other parts.

Machine code raises nothing: a logarithm of -1 is nan and goes on. The floating-point flags tell of
it where all began finite, and the guards of another way; then the same call runs as Python, which
says what happened.
"""

from __future__ import annotations

import ast
import ctypes
import math
import platform
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..errors import MissingPackageError, UnsupportedError
from ..tree import Structure
from .code import BOOL, Code, Guard, Ref, Step
from .helpers import Helpers
from .linear import LINEAR
from .signature import Signature, result_text

PART = 1000
"""Steps to a part: LLVM's time for each is least about here."""

FLAGS = {"x86_64": 1 | 4 | 8, "AMD64": 1 | 4 | 8, "aarch64": 1 | 2 | 4, "arm64": 1 | 2 | 4}
"""By machine, the bits of <fenv.h> for an invalid operation, a division by 0 and an overflow."""

INSTRUCTIONS = {
    ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv",
    "+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv",
}  # fmt: skip

COMPARISONS = {
    ast.Eq: "oeq", ast.NotEq: "une", ast.Lt: "olt", ast.LtE: "ole", ast.Gt: "ogt", ast.GtE: "oge",
    "==": "oeq", "!=": "une", "<": "olt", "<=": "ole", ">": "ogt", ">=": "oge",
}  # fmt: skip


UNFLAGGED = {"/", "//", "%", "**"}
"""What raises in Python at 0 and sets no flag if the other operand is inf or nan."""


class Word(NamedTuple):
    """A value in LLVM's text: a double, or a truth (i1)."""

    text: str
    kind: str = "double"


class Body:
    """The instructions of one function as they come, and which C functions it calls."""

    def __init__(self, called: set[tuple[str, int]]) -> None:
        self.lines: list[str] = []
        self.called = called
        self.count = 0

    def put(self, text: str, kind: str = "double") -> Word:
        """One instruction, whose result gets a name."""
        name = f"%w{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {text}")
        return Word(name, kind)

    def truth(self, x: Word) -> Word:
        """Whether a value counts as true."""
        return x if x.kind == "i1" else self.put(f"fcmp une double {x.text}, 0.0", "i1")

    def number(self, x: Word) -> Word:
        """A value as a double."""
        return x if x.kind == "double" else self.put(f"uitofp i1 {x.text} to double")

    def binary(self, sign: Any, x: Word, y: Word) -> Word:
        """+, -, *, / or a comparison."""
        left, right = self.number(x).text, self.number(y).text
        if sign in COMPARISONS:
            return self.put(f"fcmp {COMPARISONS[sign]} double {left}, {right}", "i1")
        return self.put(f"{INSTRUCTIONS[sign]} double {left}, {right}")

    def negative(self, x: Word) -> Word:
        """-x."""
        return self.put(f"fneg double {self.number(x).text}")

    def inverse(self, x: Word) -> Word:
        """not x."""
        return self.put(f"xor i1 {self.truth(x).text}, true", "i1")

    def choice(self, truth: Word, x: Word, y: Word) -> Word:
        """x if truth else y, both of which are there."""
        condition = self.truth(truth).text
        left, right = self.number(x).text, self.number(y).text
        return self.put(f"select i1 {condition}, double {left}, double {right}")

    def call(self, name: str, xs: Iterable[Word]) -> Word:
        """A function of C's <math.h>."""
        if name == "isfinite":
            return self.binary("<", self.call("fabs", xs), constant(math.inf))
        texts = [f"double {self.number(x).text}" for x in xs]
        self.called.add((name, len(texts)))
        return self.put(f"call double @{name}({', '.join(texts)})")

    def helper(self, name: str, kind: str, xs: Iterable[Word]) -> Word:
        """A helper, which stands in the same module."""
        texts = [f"double {self.number(x).text}" for x in xs]
        return self.put(f"call {kind} @h.{name}({', '.join(texts)})", kind)


def constant(x: float) -> Word:
    """A number by its bits."""
    return Word(f"0x{struct.pack('>d', x).hex()}")


def remainder(x: float, y: float) -> float:
    """x % y as Python has it, of C's fmod."""
    rest = math.fmod(x, y)
    if rest == 0.0:
        return math.copysign(0.0, y)
    return rest + y if (rest < 0.0) != (y < 0.0) else rest


def floor_divide(x: float, y: float) -> float:
    """x // y as Python has it."""
    rest = math.fmod(x, y)
    other = rest != 0.0 and (rest < 0.0) != (y < 0.0)
    whole = (x - rest) / y - (1.0 if other else 0.0)
    if whole == 0.0:
        return math.copysign(0.0, x / y)
    below = math.floor(whole)
    return below + 1.0 if whole - below > 0.5 else below


OWN: dict[Any, Callable[..., Any]] = {
    ops.remainder: remainder,
    ops.floor_divide: floor_divide,
}
"""Ops that Python has a sign for and LLVM no instruction."""

DIRECT: dict[Any, Callable[..., Word]] = {
    ops.where: Body.choice,
    ops.negative: Body.negative,
    ops.logical_not: Body.inverse,
    ops.abs: lambda body, x: body.call("fabs", [x]),
    ops.pow: lambda body, x, y: body.call("pow", [x, y]),
}
"""Ops that are an instruction or a function of C where they are none in Python."""


# Helpers ------------------------------------------------------------------------------------------


class _Function(ast.NodeVisitor):
    """A helper's Python as LLVM: assignments, ifs that return, expressions."""

    def __init__(self, kinds: dict[str, str], called: set[tuple[str, int]]) -> None:
        self.kinds = kinds
        self.body = Body(called)
        self.names: dict[str, Word] = {}
        self.labels = 0
        self.kind = "double"

    def text(self, source: str) -> str:
        """The function, inlined where it calls nothing."""
        (definition,) = ast.parse(source).body
        assert isinstance(definition, ast.FunctionDef)  # as `Helpers` has it
        parameters = [arg.arg for arg in definition.args.args]
        self.names = {name: Word(f"%{name}") for name in parameters}
        for statement in definition.body:
            self.visit(statement)
        lines = "\n".join(self.body.lines)
        taken = ", ".join(f"double %{name}" for name in parameters)
        how = "noinline" if "call" in lines else "alwaysinline"
        self.kinds[definition.name] = self.kind
        return (
            f"define internal {self.kind} @h.{definition.name}({taken}) {how} nounwind "
            f"memory(none) {{\n{lines}\n}}"
        )

    def visit_Assign(self, node: ast.Assign) -> None:
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        self.names[target.id] = self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        assert node.value is not None
        found = self.visit(node.value)
        self.kind = found.kind
        self.body.lines.append(f"ret {found.kind} {found.text}")

    def visit_If(self, node: ast.If) -> None:
        if node.orelse or not isinstance(node.body[-1], ast.Return):
            self.generic_visit(node)
        condition = self.body.truth(self.visit(node.test))
        then, after = f"then{self.labels}", f"after{self.labels}"
        self.labels += 1
        self.body.lines.append(f"br i1 {condition.text}, label %{then}, label %{after}\n{then}:")
        for statement in node.body:
            self.visit(statement)
        self.body.lines.append(f"{after}:")

    def generic_visit(self, node: ast.AST) -> Any:
        """What no op's Python has so far."""
        raise UnsupportedError(f"backend='llvm': {ast.unparse(node)} in a custom op's Python")

    def visit_Constant(self, node: ast.Constant) -> Word:
        return constant(float(node.value))  # type: ignore[arg-type] # numbers alone

    def visit_Name(self, node: ast.Name) -> Word:
        return self.names[node.id]

    def visit_BinOp(self, node: ast.BinOp) -> Word:
        return self.body.binary(type(node.op), self.visit(node.left), self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Word:
        x = self.visit(node.operand)
        if isinstance(node.op, ast.USub):
            return self.body.negative(x)
        return self.body.inverse(x)

    def visit_BoolOp(self, node: ast.BoolOp) -> Word:
        sign = "and" if isinstance(node.op, ast.And) else "or"
        first, *others = [self.body.truth(self.visit(x)) for x in node.values]
        for other in others:
            first = self.body.put(f"{sign} i1 {first.text}, {other.text}", "i1")
        return first

    def visit_Compare(self, node: ast.Compare) -> Word:
        xs = [self.visit(x) for x in (node.left, *node.comparators)]
        found: Word | None = None
        for sign, x, y in zip(node.ops, xs, xs[1:], strict=False):
            one = self.body.binary(type(sign), x, y)
            found = self.body.put(f"and i1 {found.text}, {one.text}", "i1") if found else one
        assert found is not None
        return found

    def visit_IfExp(self, node: ast.IfExp) -> Word:
        return self.body.choice(*map(self.visit, (node.test, node.body, node.orelse)))

    def visit_Call(self, node: ast.Call) -> Word:
        xs = [self.visit(x) for x in node.args]
        if isinstance(node.func, ast.Attribute):
            return self.body.call(node.func.attr, xs)
        name = node.func.id  # type: ignore[attr-defined] # a helper or a builtin
        if name == "bool":
            return self.body.truth(xs[0])
        if name == "int":
            return self.body.call("trunc", xs)
        return self.body.helper(name, self.kinds[name], xs)


# Programs -----------------------------------------------------------------------------------------


class _Writer:
    """The steps of a code, part by part.

    ``slots`` tell where in the array a step is that is needed outside of its part: the inputs come
    first, then the results. ``kinds`` are those of the helpers, ``functions`` their texts.
    """

    def __init__(self, code: Code, exact: bool) -> None:
        for step in code.steps:
            _check(step)
        self.code = code
        self.exact = exact
        self.helpers = Helpers(set())
        self.functions: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.called: set[tuple[str, int]] = set()
        kept = [guard.value for guard in code.guards if guard.expected is None]  # for their errors
        results = [x.i for x in (*code.outputs, *kept) if x.__class__ is Ref]
        wanted = dict.fromkeys([*range(code.inputs), *results])
        self.end = len(wanted)
        self.slots = {i: slot for slot, i in enumerate(wanted | dict.fromkeys(self._crossing()))}
        self.is_finite = all(map(_is_finite, code.steps))
        self.guards: dict[int, list[Guard]] = {}
        for guard in code.guards:
            if guard.value.__class__ is Ref and guard.expected is not None:
                self.guards.setdefault(guard.value.i, []).append(guard)

    def is_truth(self, i: int) -> bool:
        """Whether a step is a truth."""
        return bool(self.code.steps[i].dtype == BOOL)

    def _part(self, i: int) -> int:
        return (i - self.code.inputs) // PART

    def _crossing(self) -> Iterator[int]:
        for i, step in enumerate(self.code.steps):
            for x in step.args:
                if x.__class__ is Ref and self._part(x.i) != self._part(i):
                    yield x.i

    def modules(self) -> list[str]:
        """The parts, each with a function that tells whether a guard is broken."""
        inputs, steps = self.code.inputs, len(self.code.steps)
        starts = range(inputs, max(steps, inputs + 1), PART)
        return [self._module(k, i, min(i + PART, steps)) for k, i in enumerate(starts)]

    def _module(self, k: int, start: int, end: int) -> str:
        self.body = Body(self.called)
        self.here: dict[int, Word] = {}
        self.k = k
        self.endless: list[str] = []
        self.broken = Word("false", "i1")
        if k == 0:
            self._finite_inputs()
        for i in range(0 if k == 0 else start, end):
            if i >= start:
                self._step(i, self.code.steps[i])
            for guard in self.guards.get(i, ()):
                self._guard(guard)
        lines = "\n".join([*self.body.lines, f"ret i1 {self.broken.text}"])
        main = f"define i1 @part.{k}(ptr noalias %array) nounwind {{\n{lines}\n}}"
        return "\n".join([*self.endless, *_declared(self.called), *self.functions.values(), main])

    def _finite_inputs(self) -> None:
        """Leave inf and nan to Python: inf / 0 has no flag, but raises there."""
        for i in range(self.code.inputs):
            x = self._operand(Ref(i))
            self._broken_if(self.body.binary("!=", self.body.binary("-", x, x), constant(0.0)))

    def _broken_if(self, truth: Word) -> None:
        self.broken = self.body.put(f"or i1 {self.broken.text}, {truth.text}", "i1")

    def _step(self, i: int, step: Step) -> None:
        op: Any = step.op
        found = self.here[i] = self._value(op, step.args)
        if i in self.slots:
            number = self.body.number(found).text
            self.body.lines.append(f"store double {number}, ptr {self._place(i)}")

    def _guard(self, guard: Guard) -> None:
        truth = self.body.truth(self._operand(guard.value)).text
        expected = str(bool(guard.expected)).lower()
        self._broken_if(self.body.put(f"xor i1 {truth}, {expected}", "i1"))

    def _place(self, i: int) -> str:
        return self.body.put(f"getelementptr double, ptr %array, i64 {self.slots[i]}").text

    def _constant(self, x: float) -> Word:
        """A number; inf and nan as what LLVM does not know, for it takes nan * x for nan."""
        if math.isfinite(x):
            return constant(x)
        name = f"@c.{self.k}.{len(self.endless)}"
        self.endless.append(f"{name} = global double {constant(x).text}")
        return self.body.put(f"load double, ptr {name}")

    def _operand(self, x: Any) -> Word:
        if x.__class__ is not Ref:
            return self._constant(float(x))
        found = self.here.get(x.i)
        if found is None:
            found = self.body.put(f"load double, ptr {self._place(x.i)}")
            if self.is_truth(x.i):
                found = self.body.truth(found)
            self.here[x.i] = found
        return found

    def _value(self, op: Any, args: tuple[Any, ...]) -> Word:
        if op is LINEAR:
            return self._linear(args)
        body, xs = self.body, list(map(self._operand, args))
        if not self.is_finite and op.symbol in UNFLAGGED:
            zero = xs[0] if op is ops.pow else xs[1]
            self._broken_if(body.binary("==", zero, constant(0.0)))
        if (op.symbol in INSTRUCTIONS and len(xs) == 2) or op.symbol in COMPARISONS:
            return body.binary(op.symbol, *xs)
        if op is ops.pow and not self.exact and args[1] in (2.0, -1.0):
            # An instruction each; where Python's ** raises, they set a flag.
            x = xs[0]
            return body.binary(*("*", x, x) if args[1] == 2.0 else ("/", constant(1.0), x))
        if op in DIRECT:
            return DIRECT[op](body, *xs)
        if op is ops.hypot and self.exact:
            raise UnsupportedError(
                "exact: Python's hypot has other last digits than backend='llvm'"
            )
        if op.scalar.__module__ == "math":
            return body.call(op.scalar.__name__, xs)
        name = self.helpers.name(OWN.get(op, op.scalar), op.name)
        for helper, text in self.helpers.texts.items():
            if helper not in self.functions:
                self.functions[helper] = _Function(self.kinds, self.called).text(text)
        return body.helper(name, self.kinds[name], xs)

    def _linear(self, args: tuple[Any, ...]) -> Word:
        *terms, (start, *weights) = args
        total = self._constant(start) if start or not terms else None
        for x, weight in zip(terms, weights, strict=True):
            term = self._operand(x)
            size = abs(weight)
            if size != 1.0:
                term = self.body.binary("*", self._constant(size), term)
            negative = math.copysign(1.0, weight) < 0
            if total is None:
                total = self.body.negative(term) if negative else term
            else:
                total = self.body.binary("-" if negative else "+", total, term)
        assert total is not None  # there is a constant or a term
        return total

    def result(self, x: Ref, inputs: Sequence[str], results: str) -> str:
        """How a result is written: an input, or of the list of results."""
        if x.i < self.code.inputs:
            return inputs[x.i]
        text = f"{results}[{self.slots[x.i] - self.code.inputs}]"
        return f"bool({text})" if self.is_truth(x.i) else text


def _is_finite(step: Step) -> bool:
    """Whether all constants of a step are finite."""
    constants = [x for x in step.args if x.__class__ is not Ref]
    if step.op is LINEAR:
        constants = step.args[-1]
    return all(map(math.isfinite, constants))


def _check(step: Step) -> None:
    """Raise an error for what machine code is not made of."""
    op = step.op
    name = op.name if op else f"argument {step.name or ''}".strip()
    if step.shape is not None or (op and op.scalar is None and op is not LINEAR):
        raise UnsupportedError(
            f"backend='llvm' is for single numbers, but {name} is an array of shape {step.shape}: "
            "keep numbers in lists, or leave the backend out"
        )
    if op and not op.listed and op is not LINEAR:
        raise UnsupportedError(
            f"backend='llvm' knows the listed ops alone, not {name}: leave the backend out"
        )


def _declared(called: Iterable[tuple[str, int]]) -> list[str]:
    return [
        f"declare double @{name}({', '.join(['double'] * count)}) nobuiltin nounwind memory(none)"
        for name, count in sorted(called)
    ]


def _entry(parts: int, flags: int) -> str:
    """The function that runs all parts, and tells whether Python has to do it again."""
    lines = ["declare i32 @feclearexcept(i32)", "declare i32 @fetestexcept(i32)"]
    lines += [f"declare i1 @part.{k}(ptr)" for k in range(parts)]
    lines += ["define i32 @entry(ptr %array) {", f"%c = call i32 @feclearexcept(i32 {flags})"]
    for k in range(parts):
        lines += [
            f"%b{k} = call i1 @part.{k}(ptr %array)",
            f"br i1 %b{k}, label %broken, label %next{k}",
            f"next{k}:",
        ]
    lines += [f"%f = call i32 @fetestexcept(i32 {flags})", "ret i32 %f"]
    lines += ["broken:", "ret i32 -1", "}"]
    return "\n".join(lines)


def _llvm() -> Any:
    try:
        import llvmlite.binding as llvm
    except ImportError:
        raise MissingPackageError(
            "backend='llvm' needs llvmlite: pip install 'autograd-mini[llvm]'"
        ) from None
    if platform.machine() not in FLAGS:
        raise UnsupportedError(
            f"backend='llvm' does not know the floating-point flags of {platform.machine()}: "
            "leave the backend out"
        )
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def _built(llvm: Any, modules: Iterable[str]) -> Any:
    """The machine code of modules of LLVM's text."""
    machine = llvm.Target.from_default_triple().create_target_machine(opt=1)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    for text in modules:
        module = llvm.parse_assembly(text)
        module.verify()
        llvm.create_pass_builder(machine, options).getModulePassManager().run(
            module, llvm.create_pass_builder(machine, options)
        )
        engine.add_module(module)
        engine.finalize_object()
    return engine


def native(
    code: Code,
    form: Signature,
    structure: Structure,
    captured: Sequence[str],
    exact: bool,
) -> Callable[..., Any]:
    """A code on single numbers as a function of the program's arguments.

    It gives None for calls that Python would raise at, or that take another way.

    Raises `UnsupportedError` where there are arrays or custom ops.
    """
    llvm = _llvm()
    writer = _Writer(code, exact)
    modules = writer.modules()
    engine = _built(llvm, [*modules, _entry(len(modules), FLAGS[platform.machine()])])
    run = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(engine.get_function_address("entry"))
    others = array("d", bytes(8 * (len(writer.slots) - code.inputs)))
    parts = {"run": run, "array": array, "others": others}
    function = _wrapped(writer, form, structure, captured, parts)
    function.engine = engine  # type: ignore[attr-defined] # its code lives as long as it does
    return function


def _wrapped(
    writer: _Writer,
    form: Signature,
    structure: Structure,
    captured: Sequence[str],
    parts: dict[str, Any],
) -> Callable[..., Any]:
    """The Python that puts arguments into the array and takes the results out of it."""
    parameters = ", ".join(
        [*filter(None, [form.parameters]), *(form.star if captured else []), *captured]
    )
    own = "_"
    while own in parameters:
        own += "_"
    scope = {own + name: part for name, part in parts.items()} | form.scope
    inputs = [*form.inputs, *captured]
    texts = [
        writer.result(x, inputs, f"{own}results") if x.__class__ is Ref else _kept(x, own, scope)
        for x in writer.code.outputs
    ]
    text = f"""
def {own}call({parameters}):
    {own}values = {own}array("d", [{", ".join(_all_numbers(form, inputs))}]) + {own}others
    if {own}run({own}values.buffer_info()[0]):
        return None
    {own}results = {own}values[{writer.code.inputs}:{writer.end}].tolist()
    return {result_text(structure, texts, lambda x: _held(x, own, scope))}
"""
    exec(text, scope)
    function: Callable[..., Any] = scope[f"{own}call"]
    return function


def _kept(x: Any, own: str, scope: dict[str, Any]) -> str:
    """A name for a result that is a constant."""
    name = _held(x, own, scope)
    return f"{name}.copy()" if isinstance(x, np.ndarray) else name


def _held(x: Any, own: str, scope: dict[str, Any]) -> str:
    name = f"{own}constant{len(scope)}"
    scope[name] = x
    return name


def _all_numbers(form: Signature, inputs: Sequence[str]) -> Iterator[str]:
    """The numbers among the arguments, as the arguments of a call: flat lists at once."""
    flat = {run.start: run for run, (_, shape) in form.lists.items() if len(shape) == 1}
    place = 0
    while place < len(inputs):
        run = flat.get(place)
        yield f"*{form.lists[run][0]}" if run else inputs[place]
        place = run.stop if run else place + 1
