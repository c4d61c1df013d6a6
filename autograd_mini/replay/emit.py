"""Emit: a `Code` as the Python that a person would have written, and that runs."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..primitive import Primitive
from .blocks import LOOP, PART, STARTS
from .code import FLOAT64, VIEWS, Code, Guard, Loop, Ref, Result, Rows, Spread, Step
from .constants import DECODER, Constants, definition, dtype_text, has_text, literal
from .helpers import Helpers
from .linear import LINEAR
from .names import RESERVED
from .pieces import functions
from .simplify import is_number

LONGEST = 72
"""What an expression may have as text to be written within another one."""

FETCH, FEW = 8, 24
"""An array becomes a list in the time that so many of its numbers take that are fetched one by one:
its size / `FETCH`, and a few more."""

ATOM, POWER, SIGN, TIMES, PLUS, COMPARE, CHOICE = 10, 8, 7, 6, 5, 4, 1

PRECEDENCE = {
    "**": POWER, "*": TIMES, "/": TIMES, "@": TIMES, "//": TIMES, "%": TIMES,
    "+": PLUS, "-": PLUS, "<": COMPARE, "<=": COMPARE, ">": COMPARE, ">=": COMPARE,
    "==": COMPARE, "!=": COMPARE,
}  # fmt: skip


ARRAYS = {ops.where, ops.einsum, ops.astype}
"""Ops for which NumPy gives an array also where it has no axes."""


class Text(NamedTuple):
    """An expression, and how tightly it binds."""

    text: str
    binds: int = ATOM

    def within(self, binds: int) -> str:
        """The expression where what binds as tightly as ``binds`` is wanted."""
        return self.text if self.binds >= binds else f"({self.text})"


@dataclass
class Source:
    """A program's text in parts: the function (after its pieces), constants, what else it calls."""

    name: str
    functions: list[str]
    constants: dict[str, Any]
    helpers: dict[str, str]
    opaque: dict[str, Any]
    guards: list[tuple[str, str]]

    def __str__(self) -> str:
        """The whole text, which runs by itself with NumPy alone."""
        parts = [self._imports(), *self.helpers.values(), *self.functions]
        made = [definition(name, array) for name, array in self.constants.items()]
        if any('_array("' in text for text in made):
            parts.insert(1, DECODER.strip())
        if self.guards:
            parts.insert(1, BROKEN.strip())
        if self.opaque:
            parts.append(f"# to be given: {', '.join(self.opaque)}")
        if made:
            parts.append("\n".join(made))
        return "\n\n\n".join(parts) + "\n"

    def _imports(self) -> str:
        text = "".join([*self.helpers.values(), *self.functions])
        names = ["base64", "math", "zlib"]
        large = any('_array("' in definition(n, a) for n, a in self.constants.items())
        used = [n for n in names if (large and n != "math") or f"{n}." in text]
        lines = [f"import {name}" for name in used]
        return "\n".join([*lines, *([""] if lines else []), "import numpy as np"])

    def run(self) -> Callable[..., Any]:
        """The function, ready to be called."""
        scope: dict[str, Any] = {"np": np, "math": math, **self.constants, **self.opaque}
        texts = [BROKEN, *self.helpers.values(), *self.functions]
        for text in texts:
            exec(compile(text, f"<{self.name}>", "exec"), scope)
        function: Callable[..., Any] = scope[self.name]
        function.broken = scope["Broken"]  # type: ignore[attr-defined] # for whoever calls it
        return function


BROKEN = '''
class Broken(Exception):
    """These numbers take another way than those that the program was recorded with."""
'''


def emit(
    code: Code,
    inputs: Sequence[str],
    parameters: str,
    result: Callable[[list[str], Callable[[Any], str]], str],
    name: str = "step",
    lists: Mapping[tuple[Any, ...], tuple[str, tuple[int, ...]]] | None = None,
    known: Mapping[str, Any] | None = None,
    exact: bool = False,
    scope: Mapping[str, Any] | None = None,
) -> Source:
    """The text of a function of ``parameters`` whose leaves are ``inputs``.

    ``result`` builds what is returned from the texts of the outputs, and a function that names what
    cannot be written; ``lists`` name the lists that inputs come in, ``known`` arrays that have a
    name already, ``scope`` what inputs name besides. Unless ``exact``, x * (1/n) is written as
    x / n.
    """
    given = f"{name}, {parameters}"
    emitter = _Emitter(code, inputs, lists or {}, known or {}, given, exact, scope)
    return emitter.source(name, parameters, result)


class _Emitter:
    """``texts`` is how each step is written where it is used."""

    def __init__(
        self,
        code: Code,
        inputs: Sequence[str],
        lists: Mapping[tuple[Any, ...], tuple[str, tuple[int, ...]]],
        known: Mapping[str, Any],
        parameters: str,
        exact: bool,
        scope: Mapping[str, Any] | None,
    ) -> None:
        self.code = code
        self.exact = exact
        self.lists = lists
        self.uses = code.uses()
        self.numbers: dict[str, int] = {}
        self.taken = {*RESERVED, *re.findall(r"\w+", parameters), *(scope or ())}
        self.helpers = Helpers(self.taken, scope)
        self.texts: list[Text] = [Text(text) for text in inputs]
        self.lines: list[str] = []
        self.known = {n: a for n, a in known.items() if n not in self.taken and n.isidentifier()}
        self.taken |= set(self.known)
        self.constants = Constants(self.known, self.taken, self.exact)
        self.truths: list[tuple[str, str]] = []
        self.guards = _by_step(code)
        self.named = {out.array.i for out in code.outputs if isinstance(out, Spread)}
        self.named |= {x.i for s in code.steps if s.op is LOOP for x in s.args if type(x) is Ref}
        self.parts: dict[int, list[str]] = {}
        self.rows = ""
        self.fetched = _fetched(code, self.uses)
        self.fetches = {k: i for i, fetches in self.fetched.items() for k in fetches}
        self.in_lists: dict[int, str] = {}
        self.results = {out.i for out in code.outputs if out.__class__ is Ref}

    def source(self, name: str, parameters: str, result: Callable[..., str]) -> Source:
        for i in range(self.code.inputs):
            self._as_list(i)
            self._guard(i)
        for i in range(self.code.inputs, len(self.code.steps)):
            self._step(i, self.code.steps[i])
            self._as_list(i)
            self._guard(i)
        returned = result(self._outputs(), self.helpers.hold)
        self.taken |= {*self.constants.arrays, name}
        return Source(
            name,
            functions(name, parameters, self.lines, returned, self.taken),
            self.constants.arrays,
            self.helpers.texts,
            self.helpers.opaque,
            self.truths,
        )

    def _step(self, i: int, step: Step) -> None:
        if step.op is LOOP:
            self.parts[i] = self._loop(step.args[-1], step.args[:-1])
            self.texts.append(Text(""))
            return
        if step.op is PART:
            self.texts.append(Text(self.parts[step.args[0].i][step.args[1]]))
            return
        if i in self.fetches:
            index = "][".join(map(str, _places(step)))
            self.texts.append(Text(f"{self.in_lists[self.fetches[i]]}[{index}]"))
            return
        text = self._expression(step)
        is_list = self.uses[i] == len(self.fetched.get(i, ())) > 0
        if is_list:
            text = Text(f"{text.within(ATOM)}.tolist()")
        guards = self.guards.get(i, ())
        if guards and self.uses[i] == 1 and guards[0].expected is None:
            self.lines.append(f"{text.text}  # for the error it may raise")
            self.texts.append(text)
            return
        alone = self.uses[i] == 1 and step.name is None
        if alone and i not in self.named and i not in self.fetched and len(text.text) <= LONGEST:
            self.texts.append(text)
            return
        name = self._name(step.name)
        self.lines.append(f"{name} = {text.text}{self._comment(step)}")
        self.texts.append(Text(name))
        if is_list:
            self.in_lists[i] = name

    def _as_list(self, i: int) -> None:
        """The numbers of an array as Python's, all at once, where many are fetched from it."""
        if i in self.fetched and i not in self.in_lists:
            name = self.in_lists[i] = self._name(None)
            self.lines.append(f"{name} = {self.texts[i].within(ATOM)}.tolist()")

    def _comment(self, step: Step) -> str:
        """The shape; of numbers that are computed together also the line of their loop."""
        if not step.shape:
            return ""
        place = _line(step.place) if self.code.rolled else ""
        return f"  # {step.shape}{f', the loop at {place}' if place else ''}"

    def _loop(self, loop: Loop, operands: Sequence[Any]) -> list[str]:
        """The loop as lines, and what its results are called."""
        names = [self._name(result.name) for result in loop.results]
        i, inner = self._name("i"), copy.copy(self)
        inner.code, inner.uses, inner.lines, inner.texts = loop.code, loop.code.uses(), [], []
        inner.guards, inner.named = _by_step(loop.code), set()
        inner.fetched, inner.fetches = {}, {}
        block = f"{i} : {i} + {loop.rows}"
        for x, axis in zip(operands, loop.axes, strict=True):
            constant = isinstance(x, np.ndarray)
            inner.texts.append(Text(self.constants.text(x)) if constant else self._operand(x))
            if axis is not None:
                whole = inner.texts[-1]
                inner.texts[-1] = Text(self._name(f"{whole.text}_"))
                cut = f"{whole.within(ATOM)}[{':, ' * axis}{block}]"
                inner.lines.append(f"{inner.texts[-1].text} = {cut}")
        if any(isinstance(n, Rows) for step in loop.code.steps for n in _lengths(step)):
            inner.rows = self._name("rows")
            inner.lines.append(f"{inner.rows} = min({loop.rows}, {loop.length} - {i})")
        for k in range(loop.code.inputs, len(loop.code.steps)):
            inner._step(k, loop.code.steps[k])
            inner._guard(k)
        for name, result, out in zip(names, loop.results, loop.code.outputs, strict=True):
            text = inner.texts[out.i]
            if result.combine is None:
                inner.lines.append(f"{name}[{':, ' * result.axis}{block}] = {text.text}")
            elif result.combine.symbol:
                inner.lines.append(f"{name} {result.combine.symbol}= {text.text}")
            else:
                inner.lines.append(f"{name} = np.{result.combine.name}({name}, {text.text})")
        starts = [f"{n} = {_start(result)}" for n, result in zip(names, loop.results, strict=True)]
        head = f"for {i} in range(0, {loop.length}, {loop.rows}):"
        self.lines.append("\n".join([*starts, head, *(f"    {line}" for line in inner.lines)]))
        return names

    def _name(self, wished: str | None) -> str:
        if wished and (short := _without_path(wished)) not in self.taken:
            wished = short
        ends = (wished or "").endswith("_")
        wished = re.sub(r"\W+", "_", wished or "", flags=re.ASCII).strip("_")
        wished += "_" * (ends and wished != "")
        if not wished or wished[0].isdigit():
            wished = f"v{wished}" if wished else ""
        name, stem = wished, wished or "t"
        while not name or name in self.taken:
            self.numbers[stem] = self.numbers.get(stem, 0) + 1
            name = f"{stem}{'_' if stem[-1].isdigit() else ''}{self.numbers[stem]}"
        self.taken.add(name)
        return name

    def _guard(self, i: int) -> None:
        for guard in self.guards.get(i, ()):
            value = self.texts[i]
            if guard.expected is None:
                continue
            if guard.expected.__class__ is Ref:
                mask = self.texts[guard.expected.i].text
                truth = f"({value.within(COMPARE + 1)} == {mask}).all()"
            elif isinstance(guard.expected, np.ndarray) and guard.expected.ndim:
                expected = guard.expected
                if expected.all():
                    truth = f"{value.within(ATOM)}.all()"
                elif not expected.any():
                    truth = f"not {value.within(ATOM)}.any()"
                else:
                    mask = self._array(expected)
                    truth = f"({value.within(COMPARE + 1)} == {mask}).all()"
            else:
                truth = value.text if guard.expected else f"not {value.within(COMPARE)}"
            self.truths.append((truth, guard.place))
            is_plain = np.ndim(guard.expected) == 0 and guard.expected.__class__ is not Ref
            broken = value.text if is_plain and not guard.expected else f"not ({truth})"
            self.lines.append(f"if {broken}:")
            self.lines.append(f"    raise Broken({_line(guard.place)!r})")

    # Operands -----------------------------------------------------------------------------------

    def _operand(self, x: Any) -> Text:
        if x.__class__ is Ref:
            return self.texts[x.i]
        if isinstance(x, np.ndarray):
            return Text(self._array(x))
        if isinstance(x, np.floating):  # which has a dtype that it gives to results
            return Text(f"{dtype_text(x.dtype)}({_number(float(x)).text})")
        if isinstance(x, float | int) and not isinstance(x, bool):
            return _number(float(x))
        return Text(repr(x))

    def number(self, x: Any) -> Text:
        """An operand that may be the result, so that a constant has to be a float."""
        is_number = isinstance(x, float | int) and not isinstance(x, bool)
        return Text(repr(float(x))) if is_number and math.isfinite(x) else self._operand(x)

    def _array(self, x: Any) -> str:
        if x.dtype.kind in "OV":
            return self.helpers.hold(x.copy())
        written = x.size <= 4 and has_text(x) and not self._is_known(x)
        if written and (x.flags.c_contiguous or not self.exact):
            return literal(x)
        return self.constants.text(x)

    def _is_known(self, x: Any) -> bool:
        return any(other.shape == x.shape for other in self.known.values())

    def _static(self, x: Any) -> str:
        """An axis, a shape, an index or a dtype."""
        if isinstance(x, np.dtype | type):
            return dtype_text(x)
        if isinstance(x, np.ndarray):
            return self.constants.text(x)
        if isinstance(x, tuple):
            inner = ", ".join(map(self._static, x))
            return f"({inner},)" if len(x) == 1 else f"({inner})"
        if isinstance(x, list):
            return f"[{', '.join(map(self._static, x))}]"
        if isinstance(x, np.generic):
            return repr(x.item())
        return self.rows if isinstance(x, Rows) else repr(x)

    # Expressions --------------------------------------------------------------------------------

    def _expression(self, step: Step) -> Text:
        op: Any = step.op
        if op is LINEAR:
            return self._linear(step.args)
        if special := _SPECIAL.get(op):
            found: Text | None = special(self, step)
            if found is not None:
                return found
        count = len(step.args) - op.statics
        operands = [self._operand(x) for x in step.args[:count]]
        if not op.listed:
            return self._called(self.helpers.foreign(_opaque(op, step), op.name), operands, step)
        if op.symbol in PRECEDENCE and len(operands) == 2:
            return _infix(op.symbol, *operands)
        if op.symbol == "-":
            return Text(f"-{operands[0].within(SIGN)}", SIGN)
        if step.shape is None and op.scalar is not None:
            return self._scalar(op, [self.number(x) for x in step.args[:count]])
        return self._from_template(op, operands, step)

    def _scalar(self, op: Primitive, operands: list[Text]) -> Text:
        function: Any = op.scalar
        module = getattr(function, "__module__", "")
        if module == "math":
            name = f"math.{function.__name__}"
        elif module == "_operator":
            name = {"not_": "not "}.get(function.__name__, function.__name__)
        else:
            name = self.helpers.name(function, op.name)
        inner = ", ".join(x.text for x in operands)
        return (
            Text(f"not {operands[0].within(COMPARE)}", CHOICE)
            if name == "not "
            else Text(f"{name}({inner})")
        )

    def _from_template(self, op: Primitive, operands: list[Text], step: Step) -> Text:
        statics = [self._static(x) for x in step.args[len(operands) :]]
        if op.text.startswith(f"{op.name}("):
            name = self.helpers.name(op.array, op.name)
            return Text(f"{name}({', '.join([*(x.text for x in operands), *statics])})")
        text = op.text.replace("{*}", ", ".join(x.text for x in operands))
        values = [
            *(x.within(ATOM) if _before(op.text, i) else x.text for i, x in enumerate(operands)),
            *statics,
        ]
        return Text(_filled(text, values))

    def _called(self, name: str, operands: list[Text], step: Step) -> Text:
        statics = [self._static(x) for x in step.args[len(operands) :]]
        return Text(f"{name}({', '.join([*(x.text for x in operands), *statics])})")

    def scaled(self, factor: float, x: Text) -> Text:
        """factor * x, or x / n where factor is 1/n."""
        if factor == 1.0 and not self.exact:
            return x
        if not self.exact and (n := _whole_inverse(factor)) is not None:
            return _infix("/", x, Text(str(n)))
        # A sign may come before it, and -0 is a whole number, which has none.
        return _infix("*", _number(factor) if factor else Text("0.0"), x)

    def rectangle(self, x: Ref, shape: Any) -> str | None:
        """A list of lists as an array, if x is all its numbers and gets that shape."""
        step = self.code.steps[x.i]
        known = self.list_of(step.args[:-1]) if step.op is ops.stack else None
        return f"np.array({known[0]})" if known and known[1] == shape else None

    def list_of(self, members: Sequence[Any]) -> tuple[str, tuple[int, ...]] | None:
        """The list of which these are the members, and its shape as an array."""
        if any(x.__class__ is not Ref for x in members):
            return None
        return self.lists.get(tuple(members))

    def _linear(self, args: tuple[Any, ...]) -> Text:
        *terms, (constant, *weights) = args
        total: Text | None = None
        weighted = list(zip(terms, weights, strict=True))
        if constant or not terms:
            total = _number(constant)
        elif len(terms) > 1 and weights[0] < 0.0 < weights[1]:
            weighted[:2] = weighted[1::-1]  # y - x for -x + y, which is the same
        for x, weight in weighted:
            size, negative = abs(weight), math.copysign(1.0, weight) < 0
            term = self.scaled(size, self._operand(x))
            if total is None:
                total = Text(f"-{term.within(SIGN)}", SIGN) if negative else term
            else:
                total = _infix("-" if negative else "+", total, term)
        return total or _number(0.0)

    # Results ------------------------------------------------------------------------------------

    def _outputs(self) -> list[str]:
        """A text for each leaf of the result; those of a `Spread` are ``*name.tolist()``'s."""
        found: list[str] = []
        seen: set[int] = set()
        for out in self.code.outputs:
            if isinstance(out, Spread):
                vector = self.texts[out.array.i].within(ATOM)
                found += [f"{vector}.tolist()"] + [""] * (out.size - 1)
            elif out.__class__ is Ref:
                found.append(self._output(out, out.i in seen))
                seen.add(out.i)
            else:
                found.append(self._constant(out))
        return found

    def _constant(self, out: Any) -> str:
        """A result that is always the same: an array as a new one each time."""
        if isinstance(out, np.ndarray):
            text = self._array(out)
            return f"{text}[()]" if out.ndim == 0 else f"np.array({text})"
        number = out.item() if isinstance(out, np.generic) else out
        whole = isinstance(number, int)  # of any size
        text = repr(number) if whole or math.isfinite(number) else _number(number).text
        if not isinstance(out, np.generic):
            return text
        return f"{dtype_text(out.dtype)}({text})"

    def _output(self, out: Ref, again: bool) -> str:
        step, text = self.code.steps[out.i], self.texts[out.i]
        if step.shape is None:
            return text.text
        if step.shape == ():
            if step.op is not None and not step.op.listed and step.op is not LINEAR:
                return f"np.asarray({text.text})[()]"  # whatever somebody's own function gives
            is_array = step.op is None or step.op in VIEWS or step.op in ARRAYS
            return f"{text.within(ATOM)}[()]" if is_array else text.text
        if again or step.op is None or step.op in VIEWS:
            return f"np.array({text.text})"
        return text.text


def _fetched(code: Code, uses: Sequence[int]) -> dict[int, list[int]]:
    """Arrays of which many numbers are fetched as Python's, and the steps that do it."""
    found: dict[int, list[int]] = {}
    for step in code.steps[code.inputs :]:
        x = step.args[0]
        if step.op is ops.item and x.__class__ is Ref and uses[x.i] == 1:
            fetch = code.steps[x.i]
            if fetch.op is ops.getitem and fetch.args[0].__class__ is Ref and _places(fetch):
                found.setdefault(fetch.args[0].i, []).append(x.i)
    sizes = {i: math.prod(code.steps[i].shape or ()) for i in found}
    return {i: fetches for i, fetches in found.items() if len(fetches) * FETCH >= sizes[i] + FEW}


def _places(step: Step) -> tuple[int, ...]:
    """Where the one number stands that a step fetches."""
    index = step.args[1] if isinstance(step.args[1], tuple) else (step.args[1],)
    return index if all(type(k) is int for k in index) and step.shape == () else ()


def _line(place: str) -> str:
    """A line of the user's program by its file's own name, in letters that a source may hold."""
    return re.sub(r"[^\w.: -]", "?", re.split(r"[/\\]", place)[-1])


def _by_step(code: Code) -> dict[int, list[Guard]]:
    """The guards by the steps that they look at."""
    found: dict[int, list[Guard]] = {}
    for guard in code.guards:
        found.setdefault(guard.value.i if guard.value.__class__ is Ref else -1, []).append(guard)
    return found


def _without_path(name: str) -> str:
    """dW for dp['layer']['W'], the derivative by what p has under that name."""
    found = re.fullmatch(r"d\w+.*(?:\['|\.)(\w+)(?:'\])?((?:\[\d+\])*)", name)
    return f"d{found[1]}{found[2]}" if found else name


def _start(result: Result) -> str:
    """What the results of blocks are put into, as text."""
    dtype = "" if result.dtype == FLOAT64 else f", dtype={dtype_text(result.dtype)}"
    if result.combine is None:
        return f"np.empty({result.shape}{dtype})"
    start = STARTS[result.combine]
    if not result.shape:
        return _number(start).text
    if start in (0.0, 1.0):
        return f"np.{'ones' if start else 'zeros'}({result.shape}{dtype})"
    return f"np.full({result.shape}, {_number(start).text}{dtype})"


def _lengths(step: Step) -> list[Any]:
    return [n for x in step.args if type(x) is tuple for n in x]


def _opaque(op: Primitive, step: Step) -> Callable[..., Any]:
    numbers = step.shape is None and op.scalar is not None
    return op.scalar if numbers and op.scalar else op.array


def _before(template: str, i: int) -> bool:
    """Whether an operand stands before a dot or bracket in a template."""
    return bool(re.search(rf"\{{{i}\}}[.\[]", template))


def _filled(template: str, values: Sequence[str]) -> str:
    return re.sub(r"\{(-?\d+)\}", lambda m: values[int(m.group(1))], template)


def _number(x: float) -> Text:
    if not math.isfinite(x):
        return Text(
            "math.nan" if x != x else "math.inf" if x > 0 else "-math.inf",
            ATOM if x > 0 or x != x else SIGN,
        )
    text = (
        str(int(x)) if x == int(x) and abs(x) < 1e6 and (x or math.copysign(1, x) > 0) else repr(x)
    )
    return Text(text, SIGN if text.startswith("-") else ATOM)


def _infix(symbol: str, left: Text, right: Text) -> Text:
    binds = PRECEDENCE[symbol]
    if symbol == "**":
        return Text(f"{left.within(ATOM)} ** {right.within(SIGN)}", POWER)
    if binds == COMPARE:
        return Text(f"{left.within(PLUS)} {symbol} {right.within(PLUS)}", COMPARE)
    return Text(f"{left.within(binds)} {symbol} {right.within(binds + 1)}", binds)


def _whole_inverse(factor: float) -> int | None:
    if not 1e-9 < abs(factor) < 0.4 or factor == 0.25:
        return None
    n = round(1.0 / factor)
    return n if 1.0 / n == factor else None


def _multiply(emitter: Any, step: Step) -> Text | None:
    x, y = step.args
    if x.__class__ is float:
        term = emitter.scaled(abs(x), emitter._operand(y))
        negative = math.copysign(1.0, x) < 0
        return Text(f"-{term.within(TIMES)}", min(SIGN, term.binds)) if negative else term
    return None


def _power(emitter: Any, step: Step) -> Text | None:
    """A power of numbers that may be no real number, which Python's ** has a complex one for."""
    x, y = step.args
    if step.shape == () and emitter.exact:  # ** of NumPy's numbers has other last digits
        return Text(f"np.power({emitter._operand(x).text}, {emitter._operand(y).text})")
    real = (is_number(y) and math.isfinite(y) and y == round(y)) or (is_number(x) and x > 0)
    if step.shape is not None or real:
        return None
    return Text(f"math.pow({emitter._operand(x).text}, {emitter._operand(y).text})")


def _einsum(emitter: Any, step: Step) -> Text | None:
    """By a function that widens its operands: NumPy contracts narrow ones in their own dtype."""
    *operands, subscripts = step.args
    steps = emitter.code.steps
    dtypes = {steps[x.i].dtype if x.__class__ is Ref else np.asarray(x).dtype for x in operands}
    if dtypes == {step.dtype}:
        return None
    name = emitter.helpers.name(ops.einsum.array, "einsum")
    inner = ", ".join(emitter._operand(x).text for x in operands)
    return Text(f"{name}({inner}, {subscripts!r})")


def _astype(emitter: Any, step: Step) -> Text | None:
    """Of a number, which has no dtype to change: an array without axes."""
    x, dtype = step.args
    if x.__class__ is Ref and emitter.code.steps[x.i].shape is not None:
        return None
    return Text(f"np.asarray({emitter._operand(x).text}, dtype={emitter._static(dtype)})")


def _reduction(emitter: Any, step: Step) -> Text:
    op: Any = step.op
    x, axis, keepdims = step.args
    options = []
    if axis is not None:
        options.append(f"axis={axis[0] if len(axis) == 1 else axis}")
    if keepdims:
        options.append("keepdims=True")
    return Text(f"{emitter._operand(x).within(ATOM)}.{op.name}({', '.join(options)})")


def _mean(emitter: Any, step: Step) -> Text | None:
    """Of so many numbers the sum divided by them: what `mean` does, in half its time."""
    x, axis, _ = step.args
    shape = emitter.code.steps[x.i].shape if x.__class__ is Ref else x.shape
    n = math.prod(shape if axis is None else (shape[i] for i in axis))
    if not n or step.dtype == np.float16:
        return _reduction(emitter, step)
    total = _reduction(emitter, step._replace(op=ops.sum))
    return Text(f"{total.text} / {n}", TIMES)


def _transposed(emitter: Any, step: Step) -> Text:
    x, axes = step.args
    text = emitter._operand(x).within(ATOM)
    if axes == tuple(reversed(range(len(axes)))):
        return Text(f"{text}.T")
    return Text(f"{text}.transpose({', '.join(map(str, axes))})")


def _reshaped(emitter: Any, step: Step) -> Text:
    x, shape = step.args
    if whole := emitter.rectangle(x, shape):
        return Text(whole)
    if emitter.code.steps[x.i].shape is None:
        text = f"np.array({emitter._operand(x).text})"
        if not shape:
            return Text(text)
    else:
        text = emitter._operand(x).within(ATOM)
    inner = ", ".join(map(str, shape)) if shape else "()"
    return Text(f"{text}.reshape({inner})")


def _indexed(emitter: Any, step: Step) -> Text:
    x, index = step.args
    text = emitter._operand(x).within(ATOM)
    parts = index if type(index) is tuple and index else (index,)
    shape = emitter.code.steps[x.i].shape if x.__class__ is Ref else x.shape
    plain = all(isinstance(part, int | np.integer | slice) for part in parts)
    sizes = (shape or ()) if plain else ()
    sizes = (*sizes, *[None] * len(parts))
    inner = [_part(emitter, part, size) for part, size in zip(parts, sizes, strict=False)]
    return Text(f"{text}[{', '.join(inner)}]")


def _part(emitter: Any, part: Any, size: int | None) -> str:
    if isinstance(part, slice):
        start = "" if part.start in (None, 0) and (part.step or 1) > 0 else str(part.start)
        stop = "" if part.stop in (None, size) and (part.step or 1) > 0 else str(part.stop)
        return f"{start}:{stop}" + (f":{part.step}" if part.step not in (None, 1) else "")
    if part.__class__ is Ref:  # a block of an index
        return str(emitter._operand(part).text)
    part = list(part) if isinstance(part, tuple) else part  # a list of places, not of axes
    return "..." if part is ... else str(emitter._static(part))


def _stacked(emitter: Any, step: Step) -> Text | None:
    *members, axis = step.args
    if (found := emitter.list_of(members)) is not None:
        text, shape = found
        return Text(f"np.array({text})" + ".ravel()" * (len(shape) > 1))
    inner = ", ".join(emitter._operand(x).text for x in members)
    if axis == 0 and step.shape == (len(members),):
        return Text(f"np.array([{inner}])")
    return None


def _joined(emitter: Any, step: Step) -> Text | None:
    *members, axis = step.args
    inner = ", ".join(emitter._operand(x).text for x in members)
    return Text(f"np.concatenate([{inner}])") if axis == 0 else None


def _placed(emitter: Any, step: Step) -> Text | None:
    x, index, shape = step.args
    flat = np.arange(math.prod(shape)).reshape(shape)[index]
    if len(np.unique(flat)) < flat.size:
        return None
    name = emitter.helpers.name(ops.place, "place")
    parts = [emitter._operand(x).text, emitter._static(index), emitter._static(shape)]
    return Text(f"{name}({', '.join(parts)})")


def _itself(emitter: Any, step: Step) -> Text:
    if step.args[0].__class__ is Ref and step.args[0].i in emitter.fetches:
        return Text(emitter.texts[step.args[0].i].text)
    return Text(f"{emitter._operand(step.args[0]).within(ATOM)}.item()")


def _squared(emitter: Any, step: Step) -> Text | None:
    """x * x for a number that has a name: quicker than a call."""
    x = emitter._operand(step.args[0])
    return _infix("*", x, x) if step.shape is None and x.text.isidentifier() else None


def _chosen(emitter: Any, step: Step) -> Text | None:
    """x if condition else y, of numbers that are there or cannot raise."""
    condition, x, y = map(emitter.number, step.args)
    if step.shape is not None and all(map(is_number, step.args[1:])):
        return Text(f"np.where({condition.text}, {x.text}, {y.text})")  # of 1 and 0 made ints
    if step.shape is not None or re.search(r"[(/]|\*\*", x.text + y.text):
        return None
    found = f"{x.within(CHOICE + 1)} if {condition.within(CHOICE + 1)} else {y.within(CHOICE + 1)}"
    return Text(found, CHOICE)


_SPECIAL: dict[Any, Callable[[Any, Step], Text | None]] = {
    ops.multiply: _multiply,
    ops.square: _squared,
    ops.pow: _power,
    ops.einsum: _einsum,
    ops.astype: _astype,
    ops.where: _chosen,
    ops.sum: _reduction,
    ops.mean: _mean,
    ops.max: _reduction,
    ops.min: _reduction,
    ops.prod: _reduction,
    ops.transpose: _transposed,
    ops.reshape: _reshaped,
    ops.getitem: _indexed,
    ops.stack: _stacked,
    ops.concatenate: _joined,
    ops.item: _itself,
    ops.scatter: _placed,
}
