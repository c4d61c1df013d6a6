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
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..errors import InputError, UnsupportedError
from ..primitive import Primitive
from .code import BOOL, Code, Ref, Spread, Step

FLOAT32 = np.dtype(np.float32)
STATEMENTS = 1000
"""How many statements a function has at the most: V8 neither optimises nor nests larger ones."""

WORD = re.compile(r"[\w$]+")

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
    return _Writer(code, name, inputs, outputs).text()


@cache
def runtime() -> dict[str, str]:
    """The functions of runtime.js by name."""
    text = Path(__file__).with_name("runtime.js").read_text(encoding="utf-8")
    return {found[1]: found[0] for found in re.finditer(r"^function (\w+)[^\0]*?^}", text, re.M)}


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
        """The same broadcast to a shape."""
        strides = [0 if n == 1 else s for n, s in zip(self.shape, self.strides, strict=True)]
        more = (0,) * (len(shape) - len(strides))
        return View(self.name, shape, (*more, *strides), self.offset)

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


def _merged(views: Sequence[View], first: int = 0, last: int | None = None) -> list[View]:
    """The views with fewer axes from ``first`` to ``last``: those that all walk as one are one."""
    shape = views[0].shape
    last = len(shape) if last is None else last
    kept: list[list[int]] = []
    for k in range(first, last):
        n, strides = shape[k], [view.strides[k] for view in views]
        if n == 1:
            continue
        if kept and kept[-1][1:] == [stride * n for stride in strides]:
            kept[-1] = [kept[-1][0] * n, *strides]
        else:
            kept.append([n, *strides])
    counts = tuple(n for n, *_ in kept)
    return [
        View(
            view.name,
            (*shape[:first], *counts, *shape[last:]),
            (*view.strides[:first], *(axis[j + 1] for axis in kept), *view.strides[last:]),
            view.offset,
        )
        for j, view in enumerate(views)
    ]


def _loops(counts: Sequence[int], body: str, first: int = 0) -> str:
    """``body`` for all indices within the counts; the first is called ``$first``."""
    if 0 in counts:
        return ""
    heads = [f"for (let ${k} = 0; ${k} < {n}; ${k}++)" for k, n in enumerate(counts, first)]
    return " ".join([*heads, body])


def _each(views: Sequence[View], body: Callable[..., str]) -> str:
    """``body`` of the numbers that views of one shape have in each place."""
    views = _merged(views)
    indices = [f"${k}" for k in range(len(views[0].shape))]
    return _loops(views[0].shape, body(*(view.at(indices) for view in views)))


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
            c if ord(c) < 0x400 and f"_{c}".isidentifier() else "_" for c in label or ""
        )[:40].strip("_")
        base = name = (f"_{kept}" if kept[:1].isdigit() else kept) or otherwise
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
        self.known: dict[int, View] = {}
        names = _Names(name)
        labels = [step.name for step in code.steps]
        for out, label in zip(code.outputs, outputs, strict=False):
            if out.__class__ is Ref and labels[out.i] is None:
                labels[out.i] = label
        labels[: len(inputs)] = inputs
        self.names = [names.name(label, f"v{i}") for i, label in enumerate(labels)]
        for i, step in enumerate(code.steps):
            self.views.append(self._input(i, step) if i < code.inputs else self._step(i, step))

    # The text -------------------------------------------------------------------------------------

    def text(self) -> str:
        """All of it: functions and constants first, then the program in parts that are not long."""
        end = [*self._guards(), f"return [{', '.join(self._outputs())}];"]
        parts = [
            self.statements[k : k + STATEMENTS] for k in range(0, len(self.statements), STATEMENTS)
        ]
        before = [f"const $c{k} = {text};" for k, text in enumerate(self.constants)]
        if len(parts) <= 1:
            body = [line for part in parts for line in self._lines(part, frozenset())]
        else:
            shared = self._shared(parts, end)
            before += [f"let {name};" for name in shared]
            for k, part in enumerate(parts):
                lines = self._lines(part, frozenset(shared))
                before += [f"function part${k}(inputs) {{", *lines, "}"]
            body = [f"part${k}(inputs);" for k in range(len(parts))]
        takes = f"takes {self.code.inputs} inputs"
        body = [
            f"return function {self.program}(inputs) {{",
            f"if (inputs.length !== {self.code.inputs}) "
            f'throw new RangeError("{self.program} {takes}");',
            *body,
            *end,
            "};",
        ]
        functions = self._functions(before + body)
        lines = ['"use strict";', *functions, *before, *body]
        return "\n".join([f"const {self.program} = (() => {{", *lines, "})();\n"])

    def _lines(self, part: Iterable[tuple[str, str]], shared: frozenset[str]) -> list[str]:
        return [
            text if not name else f"{'' if name in shared else 'const '}{name} = {text};"
            for name, text in part
        ]

    def _shared(self, parts: Sequence[Sequence[tuple[str, str]]], end: Sequence[str]) -> list[str]:
        """The variables that another part than their own uses, or the end."""
        home = {name: k for k, part in enumerate(parts) for name, _ in part if name}
        found: dict[str, None] = {}
        for k, texts in enumerate([*([text for _, text in part] for part in parts), end]):
            words = (word for text in texts for word in WORD.findall(text))
            found.update((word, None) for word in words if home.get(word, k) != k)
        return list(found)

    def _functions(self, lines: Iterable[str]) -> list[str]:
        """What the lines use of runtime.js, and what that uses."""
        found: dict[str, str] = {}
        waiting = [*lines]
        while waiting:
            for word in WORD.findall(waiting.pop()):
                if word in runtime() and word not in found:
                    found[word] = runtime()[word]
                    waiting.append(found[word])
        return [text for name, text in runtime().items() if name in found]

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
                texts.append(f"...{self._buffer_of(self._operand(out.vector))}")
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
        if id(x) not in self.known:
            self.known[id(x)] = self._constant(x)
        return self.known[id(x)]

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
        name, single = self.names[i], self._is_single(step, "an input")
        if not step.shape:
            self._declare(name, _rounded(f"+inputs[{i}]", single))
            return _number(name)
        size = self.sizes[name] = math.prod(step.shape)
        text = f"numbers(inputs[{i}], {size}, {_quoted(f'input {i} ({name})')})"
        self._declare(name, f"{text}.map(Math.fround)" if single else text)
        return View(name, step.shape, _packed(step.shape), 0)

    def _is_single(self, step: Step, what: str) -> bool:
        """Whether results are rounded to float32."""
        dtype = np.dtype(step.dtype)
        if dtype.kind == "f" and dtype not in (FLOAT32, np.float64):
            raise UnsupportedError(
                f"{what} of dtype {dtype} has no JavaScript; write .astype(np.float64) or float32",
                op=step.op.name if step.op else None,
                labels=(step.name,),
            )
        return dtype == FLOAT32

    def _step(self, i: int, step: Step) -> View:
        op = step.op
        assert op is not None  # only inputs have none
        single = self._is_single(step, op.name)
        if write := WRITERS.get(op):
            return write(self, i, step, single)
        if not op.js or op.kind not in ("elementwise", "reduction", "along"):
            raise UnsupportedError(
                f"{op.name} has no JavaScript: "
                + (
                    "give its entry in ops.py a template, js='Math.exp({0})'"
                    if op.listed
                    else "write the function with am's own, without rules or checkpoints of its own"
                ),
                op=op.name,
                labels=(step.name,),
            )
        if op.kind == "elementwise":
            return self._elementwise(i, step, single)
        x, axis, *more = step.args
        return self._along(i, step, single, self._operand(x), axis, more[1:])

    def _elementwise(self, i: int, step: Step, single: bool) -> View:
        assert step.op is not None
        operands = step.args[: len(step.args) - step.op.statics]
        strong = [self._dtype(x) for x in operands if self._shape(x) is not None]
        views = [self._operand(x) for x in operands]
        if strong and np.result_type(*strong) == FLOAT32:
            # Python's numbers beside float32 are rounded before they are used.
            views = [
                view if self._shape(x) is not None else _number(f"Math.fround({view.name})")
                for x, view in zip(operands, views, strict=True)
            ]
        op = step.op
        if op is ops.add and len(strong) == 2 and {*strong} == {BOOL}:
            op = ops.logical_or  # as NumPy adds truths
        shape = step.shape or ()
        if math.prod(shape) == 1:
            numbers = [view.over(shape).at(["0"] * len(shape)) for view in views]
            self._declare(self.names[i], _rounded(op.js.format(*numbers), single))
            return _number(self.names[i], shape)
        made = self._buffer(self.names[i], shape)

        def body(z: str, *numbers: str) -> str:
            return f"{z} = {_rounded(op.js.format(*numbers), single)};"

        self._do(_each([made, *(view.over(shape) for view in views)], body))
        return made

    def _along(
        self, i: int, step: Step, single: bool, x: View, axis: Any, more: Sequence[Any] = ()
    ) -> View:
        """An op on rows of numbers: all that a result is of, or all along axes."""
        assert step.op is not None
        name, shape = self.names[i], step.shape or ()
        reduces = step.op.kind == "reduction"
        axes = tuple(range(len(x.shape))) if axis is None else axis
        kept = [k for k in range(len(x.shape)) if k not in axes]
        rows = x.in_order([*kept, *axes])
        first = len(kept)

        def called(row: str) -> str:
            return step.op.js.format(row, *map(_literal, more))  # type: ignore[union-attr]

        if reduces and math.prod(shape) == 1:
            self._declare(name, _rounded(called(self._buffer_of(rows)), single))
            return _number(name, shape)
        made = self._buffer(name, shape)
        length = math.prod(rows.shape[first:])
        row = View("$row", rows.shape, (0,) * first + _packed(rows.shape[first:]), 0)
        if reduces:
            strides = (*_packed(rows.shape[:first]), *(0,) * len(axes))
            out = View(name, rows.shape, strides, 0)
        else:
            out = View(name, x.shape, made.strides, 0).in_order([*kept, *axes])
        views = _merged([rows, row, out], first)
        before = len(views[0].shape)
        views = _merged(views, 0, first)
        first -= before - len(views[0].shape)
        counts = views[0].shape
        indices = [f"${k}" for k in range(len(counts))]
        here, there, z = (view.at(indices) for view in views)
        inner = _loops(counts[first:], f"{there} = {here};", first)
        if reduces:
            use = f"{z} = {_rounded(called('$row'), single)};"
        else:
            new = views[1]._replace(name="$new").at(indices)
            after = _loops(counts[first:], f"{z} = {_rounded(new, single)};", first)
            use = f"const $new = {called('$row')}; {after}"
        outer = _loops(counts[:first], f"{{ {inner} {use} }}")
        if outer:
            self._do(f"{{ const $row = new Float64Array({length}); {outer} }}")
        return made

    def _cumsum(self, i: int, step: Step, single: bool) -> View:
        x, axis = step.args
        return self._along(i, step, single, self._operand(x), (axis,))

    def _move(self, i: int, step: Step, single: bool) -> View:
        """An op that only puts numbers elsewhere: done to their places."""
        assert step.op is not None
        x, shape = self._operand(step.args[0]), step.shape or ()
        if x.offset is None:
            return _number(x.name, shape)
        places = np.asarray(step.op.array(x.places(), *step.args[1:])).reshape(shape)
        if not shape:
            self._declare(self.names[i], View(x.name, offset=int(places)).at())
            return _number(self.names[i])
        if view := _strided(x.name, places):
            return view
        made = self._buffer(self.names[i], shape)
        index = self._hoisted("Int32Array", map(str, places.ravel().tolist()))
        place = View(index, shape, _packed(shape), 0)
        self._do(_each([made, place], lambda z, k: f"{z} = {x.name}[{k}];"))
        return made

    def _scatter(self, i: int, step: Step, single: bool) -> View:
        x, index, shape = step.args
        places = np.asarray(np.arange(math.prod(shape)).reshape(shape)[index])
        made = self._buffer(self.names[i], shape)
        if (view := _strided(made.name, places)) and len({*places.flat}) == places.size:
            self._copy(view, self._operand(x))
            return made
        name = self._hoisted("Int32Array", map(str, places.ravel().tolist()))
        place = View(name, places.shape, _packed(places.shape), 0)

        def body(x: str, k: str) -> str:
            total = _rounded(f"{made.name}[{k}] + {x}", single)
            return f"{made.name}[{k}] = {total};"

        self._do(_each([self._operand(x).over(places.shape), place], body))
        return made

    def _joined(self, i: int, step: Step, single: bool) -> View:
        """Operands side by side along an axis, which they have or (stack) get."""
        *operands, axis = step.args
        made = self._buffer(self.names[i], step.shape or ())
        offset, stride = 0, made.strides[axis]
        for x in map(self._operand, operands):
            shape, strides, count = x.shape, made.strides, 1
            if step.op is ops.stack:
                strides = (*strides[:axis], *strides[axis + 1 :])
            else:
                count = shape[axis]
            self._copy(View(made.name, shape, strides, offset), x)
            offset += count * stride
        return made

    def _matmul(self, i: int, step: Step, single: bool) -> View:
        """As an einsum; a vector is a row on the left and a column on the right."""
        x, y = map(self._operand, step.args)
        batch = string.ascii_uppercase
        left = batch[: max(len(x.shape) - 2, 0)][::-1] + ("ik" if len(x.shape) > 1 else "k")
        right = batch[: max(len(y.shape) - 2, 0)][::-1] + ("kj" if len(y.shape) > 1 else "k")
        most = batch[: max(len(x.shape), len(y.shape), 2) - 2][::-1]
        output = most + "i" * (len(x.shape) > 1) + "j" * (len(y.shape) > 1)
        return self._contracted(self.names[i], step, [x, y], [left, right], output, single)

    def _einsum(self, i: int, step: Step, single: bool) -> View:
        """Two operands at a time, in the order that NumPy finds best."""
        *operands, subscripts = step.args
        inputs, output = subscripts.split("->")
        letters, views = inputs.split(","), [*map(self._operand, operands)]
        shapes = [np.broadcast_to(0.0, view.shape) for view in views]
        path = np.einsum_path(subscripts, *shapes, optimize="greedy")[0][1:]
        for k, chosen in enumerate(path[:-1]):
            those = [j for j in range(len(views)) if j not in chosen]
            wanted = {*output, *(c for j in those for c in letters[j])}
            taken = "".join(dict.fromkeys(c for j in chosen for c in letters[j] if c in wanted))
            made = self._contracted(
                f"{self.names[i]}${k}",
                step,
                [views[j] for j in chosen],
                [letters[j] for j in chosen],
                taken,
                single,
            )
            views, letters = (
                [*(views[j] for j in those), made],
                [*(letters[j] for j in those), taken],
            )
        return self._contracted(self.names[i], step, views, letters, output, single)

    def _contracted(
        self,
        name: str,
        step: Step,
        views: Sequence[View],
        letters: Sequence[str],
        output: str,
        single: bool,
    ) -> View:
        """The sum of products over the letters that the output does not have."""
        lengths: dict[str, int] = {}
        for text, view in zip(letters, views, strict=True):
            for c, n in zip(text, view.shape, strict=True):
                lengths[c] = n if lengths.get(c, 1) == 1 else lengths[c]
        order = [*output, *(c for c in lengths if c not in output)]
        shape = tuple(lengths[c] for c in order)
        first = len(output)
        made = self._buffer(name, shape[:first])

        def along(view: View, text: str) -> View:
            steps = {
                c: stride if n > 1 else 0
                for c, n, stride in zip(text, view.shape, view.strides, strict=True)
            }
            return View(view.name, shape, tuple(steps.get(c, 0) for c in order), view.offset)

        all_views = [along(made, output), *map(along, views, letters)]
        all_views = _merged(all_views, first)
        before = len(all_views[0].shape)
        all_views = _merged(all_views, 0, first)
        first -= before - len(all_views[0].shape)
        counts = all_views[0].shape
        z, *factors = (view.at([f"${k}" for k in range(len(counts))]) for view in all_views)
        text = " * ".join(factors)
        truths = all(self._dtype(x) == BOOL for x in step.args if not isinstance(x, str))
        finish: Callable[[str], str] = lambda total: (  # noqa: E731
            f"+({total} != 0)" if truths else _rounded(total, single)
        )
        if counts[first:]:
            inner = _loops(counts[first:], f"$sum += {text};", first)
            body = f"{{ let $sum = 0; {inner} {z} = {finish('$sum')}; }}"
        else:
            body = f"{z} = {finish(text)};"
        self._do(_loops(counts[:first], body))
        return made


def _rounded(text: str, single: bool) -> str:
    return f"Math.fround({text})" if single else text


WRITERS: dict[Primitive, Callable[[_Writer, int, Step, bool], View]] = {
    **dict.fromkeys(
        (ops.reshape, ops.transpose, ops.broadcast_to, ops.getitem, ops.item), _Writer._move
    ),
    ops.scatter: _Writer._scatter,
    ops.concatenate: _Writer._joined,
    ops.stack: _Writer._joined,
    ops.matmul: _Writer._matmul,
    ops.einsum: _Writer._einsum,
    ops.cumsum: _Writer._cumsum,
}
"""How ops are written that no template is enough for."""
