"""JavaScript: a recorded computation as one function that a page runs by itself.

A number is a `const`, an array a Float64Array with its numbers row by row. What only moves numbers
(a transposition, a slice, a broadcast) makes no code: it is a `View`, other strides through the
same numbers. Everything else is a loop over strides. What `Math` lacks is in `runtime.js`.
"""

from __future__ import annotations

import json
import math
import os
import re
import string
from collections.abc import Callable, Container, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..errors import InputError, UnsupportedError
from ..primitive import Primitive
from .code import BOOL, FLOAT64, Code, Ref, Spread, Step
from .linear import LINEAR
from .simplify import is_number
from .tape import is_of_numbers, taped

FLOAT32 = np.dtype(np.float32)
STATEMENTS = 4000
"""How many statements a function has at the most. Each takes room on the stack, which V8 has for
some 100,000, and V8 optimises functions of a moderate size only."""

WORD = re.compile(r"[\w$]+")
CALLED = re.compile(r"\b[A-Za-z_]\w*")

RESERVED = frozenset(
    WORD.findall("""
        abstract arguments async await boolean break byte case catch char class const continue
        debugger default delete do double else enum eval export extends false final finally float
        for function goto if implements import in instanceof int interface let long native new null
        of package private protected public return short static super switch synchronized this
        throw throws transient true try typeof undefined var void volatile while with yield
        Array Boolean Error Float64Array Infinity Int32Array Math NaN Number Object RangeError
        inputs isFinite
    """)
)
"""What no variable may be called: words of the language, and names the program text relies on."""


def javascript(
    code: Code, name: str = "program", inputs: Sequence[str] = (), outputs: Sequence[str] = ()
) -> str:
    """The code as the text of one JavaScript function ``name``, which needs nothing else.

    The function takes an array of as many inputs as the code has (numbers; for arrays, plain or
    typed arrays of their numbers row by row) and returns an array of the outputs (numbers, and a
    Float64Array for each array). It throws a RangeError for inputs of other lengths, and where a
    guard does not hold: the program was recorded for another branch. Where floats raise, it goes on
    with inf or nan as JavaScript does. It builds no code at run time, so any Content Security
    Policy that lets the script in lets it run.

    ``inputs`` and ``outputs`` name variables; labels name the others. Raises `UnsupportedError` for
    an op that JavaScript has no words for (``Primitive.js``) and for dtypes other than float64 and
    float32, and `InputError` for a name that is none.

    >>> import autograd_mini as am
    >>> from autograd_mini.replay.javascript import javascript
    >>> from autograd_mini.replay.record import from_graph
    >>> a, b = am.Value(5.0, "a"), am.Value(3.0, "b")
    >>> code, _ = from_graph([a, b], [a * b + 1], [], (), ())
    >>> print(javascript(code, outputs=["J"]))
    const program = (() => {
    "use strict";
    return function program(inputs) {
    if (inputs.length !== 2) throw new RangeError("program takes 2 inputs");
    const a = +inputs[0];
    const b = +inputs[1];
    const v2 = (a * b);
    const J = (v2 + 1);
    return [J];
    };
    })();
    <BLANKLINE>
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or name in RESERVED or name in runtime():
        raise InputError(f"{name!r} is no name for a JavaScript function; write one like 'program'")
    code = code.without_checks()
    if len(code.steps) > STATEMENTS and is_of_numbers(code):
        before, body = taped(code, _literal)
    else:
        before, body = _Writer(code, name, inputs, outputs).text()
    count = code.inputs
    takes = f"{name} takes {count} input{'s' * (count != 1)}"
    body = [
        f"return function {name}(inputs) {{",
        f'if (inputs.length !== {count}) throw new RangeError("{takes}");',
        *body,
        "};",
    ]
    lines = ['"use strict";', *_functions([*before, *body]), *before, *body]
    return "\n".join([f"const {name} = (() => {{", *lines, "})();\n"])


@cache
def runtime() -> dict[str, str]:
    """The functions of runtime.js by name."""
    text = Path(__file__).with_name("runtime.js").read_text(encoding="utf-8")
    return {found[1]: found[0] for found in re.finditer(r"^function (\w+)[^\0]*?^}", text, re.M)}


def _functions(lines: Iterable[str]) -> list[str]:
    """What the lines use of runtime.js, and what that uses."""
    found: dict[str, str] = {}
    waiting = [*lines]
    while waiting:
        for word in CALLED.findall(waiting.pop()):
            if word in runtime() and word not in found:
                found[word] = runtime()[word]
                waiting.append(found[word])
    return [text for name, text in runtime().items() if name in found]


# Arrays as places in a buffer ---------------------------------------------------------------------


class View(NamedTuple):
    """An array in JavaScript: where in the buffer ``name`` its numbers are.

    Without an ``offset`` the name is that of a number, which stands in every place.
    """

    name: str
    shape: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    offset: int | None = None

    def at(self, indices: Sequence[str] = ()) -> str:
        """The number at indices, as an expression."""
        if self.offset is None:
            return self.name
        pairs = zip(indices, self.strides, strict=True)
        terms = [i if stride == 1 else f"{stride} * {i}" for i, stride in pairs if stride]
        if self.offset or not terms:
            terms.append(str(self.offset))
        return f"{self.name}[{' + '.join(terms)}]"

    def places(self) -> Any:
        """Where in the buffer each number is."""
        axes = np.ogrid[tuple(slice(n) for n in self.shape)]
        moved = [np.full(self.shape, self.offset or 0)]
        moved += [axis * stride for axis, stride in zip(axes, self.strides, strict=True)]
        return sum(moved[1:], moved[0])

    def over(self, shape: tuple[int, ...]) -> View:
        """The same broadcast to a shape; to () if it is one number."""
        strides = [0 if n == 1 else s for n, s in zip(self.shape, self.strides, strict=True)]
        more = (0,) * (len(shape) - len(strides))
        return View(self.name, shape, (*more, *strides)[: len(shape)], self.offset)

    def in_order(self, axes: Sequence[int]) -> View:
        """The same with its axes in another order."""
        shape, strides = (tuple(x[k] for k in axes) for x in (self.shape, self.strides))
        return View(self.name, shape, strides, self.offset)


def _packed(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of an array whose numbers lie row by row."""
    return tuple(math.prod(shape[k + 1 :]) for k in range(len(shape)))


def _number(name: str, shape: tuple[int, ...] = ()) -> View:
    return View(name, shape, (0,) * len(shape))


def _strided(name: str, places: Any) -> View | None:
    """The view that has its numbers at these places of a buffer, if there is one."""
    offset = int(places.flat[0]) if places.size else 0
    strides = tuple(
        int(places[(0,) * k + (1,) + (0,) * (places.ndim - k - 1)]) - offset
        if places.size and n > 1
        else 0
        for k, n in enumerate(places.shape)
    )
    view = View(name, places.shape, strides, offset)
    return view if np.array_equal(view.places(), places) else None


def _merged(views: Sequence[View]) -> list[View]:
    """The views, all of one shape, with fewer axes: neighbours that walk as one are one."""
    kept: list[list[int]] = []
    for k, n in enumerate(views[0].shape):
        strides = [view.strides[k] for view in views]
        if n == 1:
            continue
        if kept and kept[-1][1:] == [stride * n for stride in strides]:
            kept[-1] = [kept[-1][0] * n, *strides]
        else:
            kept.append([n, *strides])
    shape = tuple(n for n, *_ in kept)
    return [
        View(view.name, shape, tuple(axis[j] for axis in kept), view.offset)
        for j, view in enumerate(views, 1)
    ]


def _nested(views: Sequence[View], first: int) -> tuple[list[str], list[str], list[str]]:
    """Loops over the first axes of views of one shape, over their others, and their numbers there.

    Loops are heads, "for (...)"; numbers are expressions of their indices.
    """
    outer = _merged([View(x.name, x.shape[:first], x.strides[:first], x.offset) for x in views])
    inner = _merged([View(x.name, x.shape[first:], x.strides[first:], x.offset) for x in views])
    counts = [*outer[0].shape, *inner[0].shape]
    indices = [f"${k}" for k in range(len(counts))]
    heads = [f"for (let {i} = 0; {i} < {n}; {i}++)" for i, n in zip(indices, counts, strict=True)]
    numbers = [
        View(x.name, (), (*x.strides, *y.strides), x.offset).at(indices)
        for x, y in zip(outer, inner, strict=True)
    ]
    first = len(outer[0].shape)
    return heads[:first], heads[first:], numbers


def _each(views: Sequence[View], body: Callable[..., str]) -> str:
    """``body`` of the numbers that views of one shape have in each place; "" if there are none."""
    if 0 in views[0].shape:
        return ""
    loops, _, numbers = _nested(views, len(views[0].shape))
    return " ".join([*loops, body(*numbers)])


def _literal(x: Any) -> str:
    """A number as JavaScript writes it, as short as can be."""
    x = float(x)
    if not math.isfinite(x):
        return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"
    return repr(x).removesuffix(".0").replace("e+", "e")


def _quoted(text: str) -> str:
    """A string that neither ends the script nor its line."""
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e")


# The program --------------------------------------------------------------------------------------


class _Names:
    """Names for variables: labels where they can be, and never one twice."""

    def __init__(self, *taken: str) -> None:
        self.taken = {*taken, *RESERVED, *runtime()}
        self.counts: dict[str, int] = {}

    def name(self, label: str | None, otherwise: str) -> str:
        """A name like the label: letters, Latin and Greek, and digits; others become "_"."""
        kept = "".join(
            c if ord(c) < 0x400 and f"_{c}".isidentifier() else "_" for c in (label or "")[:40]
        ).strip("_")
        if kept and not kept[0].isidentifier():
            kept = f"_{kept}"
        base = name = kept or otherwise
        while name in self.taken:
            self.counts[base] = self.counts.get(base, 1) + 1
            name = f"{base}_{self.counts[base]}"
        self.taken.add(name)
        return name


class _Writer:
    """The program on its way: a view for each step, and statements in order.

    A statement is a name and the expression it stands for, or without a name what is to be done.
    """

    def __init__(
        self, code: Code, name: str, inputs: Sequence[str], outputs: Sequence[str]
    ) -> None:
        self.code = code
        self.program = name
        self.views: list[View] = []
        self.sizes: dict[str, int] = {}
        self.statements: list[tuple[str, str]] = []
        self.constants: list[str] = []
        self.known: dict[Any, View] = {}
        names = _Names(name)
        labels = [step.name for step in code.steps]
        for out, label in zip(code.outputs, outputs, strict=False):
            if out.__class__ is Ref and labels[out.i] is None:
                labels[out.i] = label
        labels[: code.inputs] = [*inputs, *labels[len(inputs) :]][: code.inputs]
        self.names = [names.name(label, f"v{i}") for i, label in enumerate(labels)]
        for i, step in enumerate(code.steps):
            self.views.append(self._input(i, step) if i < code.inputs else self._step(i, step))

    # The text -------------------------------------------------------------------------------------

    def text(self) -> tuple[list[str], list[str]]:
        """What stands before the program, and its lines: in parts, so that none is long."""
        end = [*self._guards(), f"return [{', '.join(self._outputs())}];"]
        parts = [
            self.statements[k : k + STATEMENTS] for k in range(0, len(self.statements), STATEMENTS)
        ]
        before = [f"const $c{k} = {text};" for k, text in enumerate(self.constants)]
        shared = self._shared(parts, end) if len(parts) > 1 else {}
        if len(parts) <= 1:
            body = [line for part in parts for line in self._lines(part, shared)]
        else:
            before += [f"let {name};" for name in shared]
            for k, part in enumerate(parts):
                before += [f"function part${k}(inputs) {{", *self._lines(part, shared), "}"]
            body = [f"part${k}(inputs);" for k in range(len(parts))]
        return before, [*body, *end]

    def _lines(self, part: Iterable[tuple[str, str]], shared: Container[str]) -> list[str]:
        return [
            text if not name else f"{'' if name in shared else 'const '}{name} = {text};"
            for name, text in part
        ]

    def _shared(
        self, parts: Sequence[Sequence[tuple[str, str]]], end: Sequence[str]
    ) -> dict[str, None]:
        """The variables that another part than their own uses, or the end."""
        home = {name: k for k, part in enumerate(parts) for name, _ in part if name}
        found: dict[str, None] = {}
        for k, texts in enumerate([*([text for _, text in part] for part in parts), end]):
            words = (word for text in texts for word in WORD.findall(text))
            found.update((word, None) for word in words if home.get(word, k) != k)
        return found

    def _guards(self) -> list[str]:
        """The program goes on only where truths are what they were."""
        lines = []
        for guard in self.code.guards:
            expected = self._operand(np.asarray(guard.expected))
            value = self._operand(guard.value).over(expected.shape)
            leave = f"leave({_quoted(os.path.basename(guard.place))})"
            lines.append(_each([value, expected], lambda x, y, z=leave: f"if ({x} != {y}) {z};"))
        return lines

    def _outputs(self) -> list[str]:
        """The results; an array of its own for each."""
        given: set[str] = set()
        texts = []
        for out in self.code.outputs:
            if isinstance(out, Spread):
                texts.append(f"...{self._buffer_of(self._operand(out.array))}")
                continue
            shape, truth = self._shape(out), self._dtype(out) == BOOL
            if not shape:
                texts.append(("+" if truth else "") + self._operand(out).at())
                continue
            name = self._buffer_of(self._operand(out))
            texts.append(f"{name}.slice()" if name in given or name.startswith("$c") else name)
            given.add(name)
        return texts

    # Operands -------------------------------------------------------------------------------------

    def _shape(self, x: Any) -> tuple[int, ...] | None:
        if x.__class__ is Ref:
            return self.code.steps[x.i].shape
        return x.shape if isinstance(x, np.ndarray | np.generic) else None

    def _dtype(self, x: Any) -> Any:
        if x.__class__ is Ref:
            return self.code.steps[x.i].dtype
        return np.asarray(x).dtype

    def _operand(self, x: Any) -> View:
        """What stands for an operand: a step's view, or a constant."""
        if x.__class__ is Ref:
            return self.views[x.i]
        if np.ndim(x) == 0:
            text = _literal(x)
            return _number(f"({text})" if text.startswith("-") else text)
        # As it lies in memory, so that X and X.T are written once.
        order = tuple(sorted(range(x.ndim), key=lambda k: -x.strides[k]))
        laid = x.transpose(order)
        key = x.__array_interface__["data"][0], laid.shape, laid.strides, laid.dtype
        if key not in self.known:
            self.known[key] = self._constant(laid)
        return self.known[key].in_order(ops.inverse(order))

    def _constant(self, x: Any) -> View:
        flat = np.asarray(x, np.float64).ravel()
        if flat.tobytes() == flat[:1].tobytes() * flat.size:
            return self._operand(flat[0] if flat.size else 0.0).over(x.shape)
        name = self._hoisted("Float64Array", map(_literal, flat.tolist()))
        self.sizes[name] = x.size
        return View(name, x.shape, _packed(x.shape), 0)

    def _hoisted(self, kind: str, numbers: Iterable[str]) -> str:
        self.constants.append(f"new {kind}([{','.join(numbers)}])")
        return f"$c{len(self.constants) - 1}"

    def _declare(self, name: str, text: str) -> None:
        self.statements.append((name, text))

    def _do(self, text: str) -> None:
        if text:
            self.statements.append(("", text))

    def _buffer(self, name: str, shape: tuple[int, ...]) -> View:
        """A new array of zeros."""
        size = self.sizes[name] = math.prod(shape)
        self._declare(name, f"new Float64Array({size})")
        return View(name, shape, _packed(shape), 0)

    def _copy(self, target: View, source: View) -> None:
        self._do(_each([target, source.over(target.shape)], "{} = {};".format))

    def _buffer_of(self, x: View) -> str:
        """The name of a buffer that has the numbers of x and no others, row by row."""
        view, size = View(x.name, x.shape, _packed(x.shape), 0), math.prod(x.shape)
        if x.offset == 0 and self.sizes[x.name] == size and _merged([x]) == _merged([view]):
            return x.name
        packed = self._buffer(f"$p{len(self.statements)}", x.shape)
        self._copy(packed, x)
        return packed.name

    # Steps ----------------------------------------------------------------------------------------

    def _input(self, i: int, step: Step) -> View:
        self._check(step, "an input")
        name, single = self.names[i], step.dtype == FLOAT32
        if not step.shape:
            self._declare(name, _rounded(f"+inputs[{i}]", single))
            return _number(name)
        size = self.sizes[name] = math.prod(step.shape)
        text = f"numbers(inputs[{i}], {size}, {_quoted(f'input {i} ({name})')})"
        self._declare(name, f"{text}.map(Math.fround)" if single else text)
        return View(name, step.shape, _packed(step.shape), 0)

    def _step(self, i: int, step: Step) -> View:
        op = step.op
        assert op is not None  # only inputs have none
        self._check(step, op.name)
        if write := WRITERS.get(op):
            return write(self, i, step)
        if op.js and op.kind == "elementwise":
            return self._elementwise(i, step, step.args[: len(step.args) - op.statics], op.js)
        if op.js and op.kind in ("reduction", "along"):
            x, axis, *more = step.args
            return self._along(i, step, op, self._operand(x), axis, more[1:])
        advice = "only the table's ops have, not rules and checkpoints of one's own"
        if op.listed:
            advice = "give its entry in ops.py a template, as js='Math.exp({0})'"
        raise UnsupportedError(
            f"{op.name} has no JavaScript; {advice}", op=op.name, labels=(step.name,)
        )

    def _check(self, step: Step, what: str) -> None:
        """Refuse dtypes that JavaScript cannot round to."""
        dtype = np.dtype(step.dtype)
        if dtype.kind == "f" and dtype not in (FLOAT32, FLOAT64):
            raise UnsupportedError(
                f"{what} of dtype {dtype} has no JavaScript; write am.astype(x, np.float64)",
                op=step.op.name if step.op else None,
                labels=(step.name,),
            )

    def _elementwise(self, i: int, step: Step, operands: Sequence[Any], template: str) -> View:
        """A template filled with the operands' numbers, in each place."""
        views, name, shape = [self._operand(x) for x in operands], self.names[i], step.shape
        if shape is None:
            self._declare(name, template.format(*[view.at() for view in views]))
            return _number(name)
        weak = [self._shape(x) is None for x in operands]
        dtypes = [self._dtype(x) for x, w in zip(operands, weak, strict=True) if not w]
        if dtypes and np.result_type(*dtypes) == FLOAT32:
            # Python's numbers beside float32 are rounded before they are used.
            views = [
                _number(_rounded(view.name, w)) if w else view
                for view, w in zip(views, weak, strict=True)
            ]
        if step.dtype == FLOAT32:
            template = f"Math.fround({template})"
        if math.prod(shape) == 1:
            self._declare(name, template.format(*(view.over(()).at() for view in views)))
            return _number(name, shape)
        made = self._buffer(name, shape)
        views = [made, *(view.over(shape) for view in views)]
        self._do(_each(views, lambda z, *xs: f"{z} = {template.format(*xs)};"))
        return made

    def _linear(self, i: int, step: Step) -> View:
        """A weighted sum. Joined by "+" alone, which V8 does not nest however many terms it has."""
        *operands, (constant, *weights) = step.args
        signs = {1.0: "", -1.0: "-"}
        terms = [
            f"{signs.get(weight, f'{_literal(weight)} * ')}{{{k}}}"
            for k, weight in enumerate(weights)
        ]
        if constant != 0.0 or not terms:
            terms.insert(0, _literal(constant))
        return self._elementwise(i, step, operands, f"({' + '.join(terms)})")

    def _power(self, i: int, step: Step) -> View:
        """A square is quicker as a product."""
        x, y = step.args
        if is_number(y) and y == 2:
            return self._elementwise(i, step, [x], ops.square.js)
        return self._elementwise(i, step, [x, y], ops.pow.js)

    def _along(
        self, i: int, step: Step, op: Primitive, x: View, axis: Any, more: Sequence[Any] = ()
    ) -> View:
        """An op on rows of numbers: all that a result is of, or all along axes."""
        name, shape, single = self.names[i], step.shape or (), step.dtype == FLOAT32
        reduces = op.kind == "reduction"
        axes = tuple(range(len(x.shape))) if axis is None else axis
        order = [*(k for k in range(len(x.shape)) if k not in axes), *axes]
        rows, first = x.in_order(order), len(order) - len(axes)

        def result(row: str) -> str:
            return op.js.format(row, *map(_literal, more))

        if reduces and math.prod(shape) == 1:
            self._declare(name, _rounded(result(self._buffer_of(rows)), single))
            return _number(name, shape)
        made = self._buffer(name, shape)
        if not self.sizes[name]:
            return made
        before, after = rows.shape[:first], rows.shape[first:]
        row = View("$row", rows.shape, (0,) * first + _packed(after), 0)
        if reduces:
            out = View(name, rows.shape, _packed(before) + (0,) * len(after), 0)
        else:
            out = made.in_order(order)
        new = row._replace(name="$new")
        outer, inner, (source, put, got, target) = _nested([rows, row, new, out], first)
        lines = [" ".join([*inner, f"{put} = {source};"])] if math.prod(after) else []
        if reduces:
            lines.append(f"{target} = {_rounded(result('$row'), single)};")
        else:
            lines.append(f"const $new = {result('$row')};")
            lines.append(" ".join([*inner, f"{target} = {_rounded(got, single)};"]))
        loops = " ".join([*outer, "{", *lines, "}"])
        self._do(f"{{ const $row = new Float64Array({math.prod(after)}); {loops} }}")
        return made

    def _cumsum(self, i: int, step: Step) -> View:
        x, axis = step.args
        return self._along(i, step, ops.cumsum, self._operand(x), (axis,))

    def _move(self, i: int, step: Step) -> View:
        """An op that only puts numbers elsewhere: done to their places."""
        assert step.op is not None
        x, shape, name = self._operand(step.args[0]), step.shape or (), self.names[i]
        if x.offset is None:
            return _number(x.name, shape)
        places = np.asarray(step.op.array(x.places(), *step.args[1:])).reshape(shape)
        if not shape:
            self._declare(name, View(x.name, offset=int(places)).at())
            return _number(name)
        if view := _strided(x.name, places):
            return view
        made = self._buffer(name, shape)
        self._do(_each([made, self._index(places)], lambda z, k: f"{z} = {x.name}[{k}];"))
        return made

    def _scatter(self, i: int, step: Step) -> View:
        x, index, shape = step.args
        places = np.asarray(np.arange(math.prod(shape)).reshape(shape)[index])
        made = self._buffer(self.names[i], shape)
        view = _strided(made.name, places) if np.unique(places).size == places.size else None
        if view:
            self._copy(view, self._operand(x))
            return made

        def body(x: str, k: str) -> str:
            total = _rounded(f"{made.name}[{k}] + {x}", step.dtype == FLOAT32)
            return f"{made.name}[{k}] = {total};"

        self._do(_each([self._operand(x).over(places.shape), self._index(places)], body))
        return made

    def _index(self, places: Any) -> View:
        name = self._hoisted("Int32Array", map(str, places.ravel().tolist()))
        return View(name, places.shape, _packed(places.shape), 0)

    def _joined(self, i: int, step: Step) -> View:
        """Operands side by side along an axis, which they have or (stack) get."""
        *operands, axis = step.args
        views, name, shape = [*map(self._operand, operands)], self.names[i], step.shape or ()
        if all(math.prod(x.shape) == 1 for x in views):
            numbers = ", ".join(x.over(()).at() for x in views)
            self.sizes[name] = len(views)
            self._declare(name, f"new Float64Array([{numbers}])")
            return View(name, shape, _packed(shape), 0)
        made = self._buffer(name, shape)
        strides, offset = made.strides, 0
        if step.op is ops.stack:
            strides = (*strides[:axis], *strides[axis + 1 :])
        for x in views:
            self._copy(View(name, x.shape, strides, offset), x)
            offset += made.strides[axis] * (1 if step.op is ops.stack else x.shape[axis])
        return made

    def _matmul(self, i: int, step: Step) -> View:
        """As an einsum; a vector is a row on the left and a column on the right."""
        x, y = map(self._operand, step.args)
        rows, columns = len(x.shape) > 1, len(y.shape) > 1
        # The axes before the matrices', named from the last one on.
        batches = [string.ascii_uppercase[: max(len(t.shape) - 2, 0)][::-1] for t in (x, y)]
        letters = [batches[0] + ("ik" if rows else "k"), batches[1] + ("kj" if columns else "k")]
        output = max(batches, key=len) + "i" * rows + "j" * columns
        return self._contracted(self.names[i], step, [x, y], letters, output)

    def _einsum(self, i: int, step: Step) -> View:
        """Two operands at a time, in the order that NumPy finds best."""
        *operands, subscripts = step.args
        inputs, output = subscripts.split("->")
        letters, views = inputs.split(","), [*map(self._operand, operands)]
        shapes = [np.broadcast_to(0.0, view.shape) for view in views]
        path = np.einsum_path(subscripts, *shapes, optimize="greedy")[0][1:]
        for k, chosen in enumerate(path[:-1]):
            others = [j for j in range(len(views)) if j not in chosen]
            wanted = {*output, *(c for j in others for c in letters[j])}
            kept = "".join(dict.fromkeys(c for j in chosen for c in letters[j] if c in wanted))
            taken = [views[j] for j in chosen], [letters[j] for j in chosen]
            made = self._contracted(f"{self.names[i]}${k}", step, *taken, kept)
            views = [*(views[j] for j in others), made]
            letters = [*(letters[j] for j in others), kept]
        return self._contracted(self.names[i], step, views, letters, output)

    def _contracted(
        self, name: str, step: Step, views: Sequence[View], letters: Sequence[str], output: str
    ) -> View:
        """The sum of products over the letters that the output does not have."""
        lengths: dict[str, int] = {}
        for text, view in zip(letters, views, strict=True):
            for c, n in zip(text, view.shape, strict=True):
                lengths[c] = n if lengths.get(c, 1) == 1 else lengths[c]
        order = [*output, *(c for c in lengths if c not in output)]
        made = self._buffer(name, tuple(lengths[c] for c in output))
        if not self.sizes[name]:
            return made

        def along(view: View, text: str) -> View:
            strides = dict(zip(text, view.over(view.shape).strides, strict=True))
            shape = tuple(lengths[c] for c in order)
            return View(view.name, shape, tuple(strides.get(c, 0) for c in order), view.offset)

        operands = [along(made, output), *map(along, views, letters)]
        outer, inner, (target, *factors) = _nested(operands, len(output))
        product = " * ".join(factors)
        total = "$sum" if inner else product
        lines = [f"{target} = {_rounded(total, step.dtype == FLOAT32)};"]
        if inner:
            lines = ["{ let $sum = 0;", *inner, f"$sum += {product};", *lines, "}"]
        self._do(" ".join([*outer, *lines]))
        return made


def _rounded(text: str, single: bool) -> str:
    return f"Math.fround({text})" if single else text


WRITERS: dict[Primitive, Callable[[_Writer, int, Step], View]] = {
    ops.reshape: _Writer._move,
    ops.transpose: _Writer._move,
    ops.broadcast_to: _Writer._move,
    ops.getitem: _Writer._move,
    ops.item: _Writer._move,
    ops.scatter: _Writer._scatter,
    ops.concatenate: _Writer._joined,
    ops.stack: _Writer._joined,
    ops.matmul: _Writer._matmul,
    ops.einsum: _Writer._einsum,
    ops.cumsum: _Writer._cumsum,
    ops.pow: _Writer._power,
    LINEAR: _Writer._linear,
}
"""How ops are written that no template is enough for."""
