"""Code: a recorded computation as plain data, a list of steps that only look back.

Everything here is data: ops, numbers of earlier steps, constants. Each pass of replay takes a Code
and gives another one; `str(code)` prints it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..primitive import Primitive

FLOAT64 = np.dtype(np.float64)
BOOL = np.dtype(np.bool_)

VIEWS = {ops.reshape, ops.transpose, ops.getitem, ops.broadcast_to}
"""Ops whose result may share its operand's memory."""

PICKS = {ops.getitem, ops.reshape}
"""Ops that may fail for arrays of other shapes."""

Shape = tuple[int, ...] | None
"""The shape of an array; None for a Python number."""


class Ref(NamedTuple):
    """The value of step ``i`` as an operand."""

    i: int

    def __repr__(self) -> str:
        return f"v{self.i}"


class Step(NamedTuple):
    """One operation: its operands (refs and constants, then the op's plain parameters), its result.

    A step without an op is an input. ``place`` is the line of the user's program it came from.
    """

    op: Primitive | None
    args: tuple[Any, ...]
    shape: Shape
    dtype: Any = FLOAT64
    name: str | None = None
    place: str = ""

    def of(self, args: Iterable[Any]) -> Step:
        """The same of other operands; what `_replace` would do, in a third of its time."""
        return tuple.__new__(Step, (self[0], tuple(args), *self[2:]))


class Guard(NamedTuple):
    """What a truth or mask was when it was recorded: elsewhere the code does not hold.

    With None as ``expected`` the value is computed for the error alone that it may raise.
    In a loop what a mask was comes in blocks, as an input.
    """

    value: Any
    expected: Any
    place: str = ""


class Spread(NamedTuple):
    """The numbers of an array as so many results."""

    array: Ref
    size: int


class Rows(int):
    """A length within a loop: that of the block, of which the last one has fewer."""

    def __repr__(self) -> str:
        return "rows"


class Result(NamedTuple):
    """One result of a loop: written along an axis, or combined with that of the next block."""

    shape: tuple[int, ...]
    dtype: Any
    axis: int
    combine: Primitive | None
    name: str | None


@dataclass(frozen=True, eq=False)
class Loop:
    """A stretch done in blocks of ``rows``: ``code`` is that of one block.

    ``axes`` are those along which the operands are cut, None for what each block has whole.
    """

    code: Code
    rows: int
    length: int
    axes: tuple[int | None, ...]
    results: tuple[Result, ...]

    def __repr__(self) -> str:
        return f"{self.length} in blocks of {self.rows}"

    def memory(self) -> int:
        """The bytes of all arrays that the loop makes, blocks of operands being views."""
        sizes = [math.prod(x.shape) * int(x.dtype.itemsize) for x in self.results]
        return sum(sizes) + self.code.peak_memory()


@dataclass
class Code:
    """``steps``, of which the first are the inputs, the ``outputs`` and the ``guards``.

    An output is a ref, a constant, or a `Spread` that stands for several. ``rolled`` says that
    single numbers are computed together as arrays: then they raise where floats would.
    """

    steps: list[Step] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    inputs: int = 0
    rolled: bool = False

    def __str__(self) -> str:
        lines = [line for i, step in enumerate(self.steps) for line in _lines(i, step)]
        lines += [f"guard {g.value!r} == {g.expected!r}" for g in self.guards]
        return "\n".join([*lines, f"return {', '.join(map(repr, self.outputs))}"])

    def operands(self) -> Iterator[Any]:
        """What is asked for from outside: results, and what guards look at."""
        yield from (out.array if isinstance(out, Spread) else out for out in self.outputs)
        yield from (guard.value for guard in self.guards)

    def peak_memory(self) -> int:
        """The bytes of all arrays that are made and there at the same time, at the most.

        What has a name in the source stays to the end, what stands within one expression until it
        was used; inputs are there already. What a function of the table needs within itself is not
        counted.
        """
        uses, count = self.uses(), len(self.steps)
        results = {out.i for out in self.outputs if out.__class__ is Ref}
        last, sizes = [count] * count, [0] * count
        for i in range(count - 1, self.inputs - 1, -1):
            step = self.steps[i]
            is_view = step.op in VIEWS and i not in results
            sizes[i] = 0 if is_view else _bytes(step)
            for arg in step.args:
                if arg.__class__ is Ref and uses[arg.i] == 1 and not self.steps[arg.i].name:
                    last[arg.i] = last[i] if is_view else i
        freed = [0] * (count + 1)
        for size, end in zip(sizes, last, strict=True):
            freed[end] += size
        now = most = 0
        for i, step in enumerate(self.steps):
            now += sizes[i]
            loop = step.args[-1] if step.args else None
            most = max(most, now + (loop.memory() if isinstance(loop, Loop) else 0))
            now -= freed[i]
        return most

    def uses(self) -> list[int]:
        """How often each step is an operand, a result or guarded."""
        counts = [0] * len(self.steps)
        for step in self.steps:
            for arg in step.args:
                if arg.__class__ is Ref:
                    counts[arg.i] += 1
        for out in self.operands():
            if out.__class__ is Ref:
                counts[out.i] += 1
        return counts

    def without_dead(self) -> Code:
        """The same without steps that nothing asks for; inputs stay."""
        alive = [i < self.inputs for i in range(len(self.steps))]
        for out in self.operands():
            if out.__class__ is Ref:
                alive[out.i] = True
        for i in range(len(self.steps) - 1, -1, -1):
            if alive[i]:
                for arg in self.steps[i].args:
                    if arg.__class__ is Ref:
                        alive[arg.i] = True
        if all(alive):
            return self
        new: list[Any] = []
        kept: list[Step] = []
        for step, is_kept in zip(self.steps, alive, strict=True):
            new.append(Ref(len(kept)) if is_kept else None)
            if is_kept:
                args = [new[x.i] if x.__class__ is Ref else x for x in step.args]
                kept.append(step.of(args) if args else step)
        return self.rebuilt(kept, lambda x: new[x.i] if x.__class__ is Ref else x)

    def in_order(self) -> Code:
        """The same with each step just before what needs it: guards first, then the results."""
        asked = [guard.value for guard in self.guards] + [*self.operands()]
        stack = [x.i for x in reversed(asked) if x.__class__ is Ref]
        new: dict[int, Ref] = {i: Ref(i) for i in range(self.inputs)}
        steps = self.steps[: self.inputs]
        while stack:
            i = stack[-1]
            args = self.steps[i].args
            missing = [x.i for x in reversed(args) if x.__class__ is Ref and x.i not in new]
            if missing and i not in new:
                stack += missing
                continue
            stack.pop()
            if i not in new:
                new[i] = Ref(len(steps))
                found = [new[x.i] if x.__class__ is Ref else x for x in args]
                steps.append(self.steps[i].of(found))
        return self.rebuilt(steps, lambda x: new[x.i] if x.__class__ is Ref else x)

    def rebuilt(self, steps: list[Step], new: Callable[[Any], Any]) -> Code:
        """The results and guards of this code by other steps: ``new`` of each operand."""
        outputs = [
            Spread(new(out.array), out.size) if isinstance(out, Spread) else new(out)
            for out in self.outputs
        ]
        guards = [guard._replace(value=new(guard.value)) for guard in self.guards]
        return Code(steps, outputs, guards, self.inputs, self.rolled)

    def without_checks(self) -> Code:
        """The same without what is computed for its errors alone."""
        guards = [guard for guard in self.guards if guard.expected is not None]
        if len(guards) == len(self.guards):
            return self
        return replace(self, guards=guards).without_dead()

    def rewritten(self, rewrite: Callable[[Builder, Step], Any]) -> Code:
        """Each step anew, its operands mapped: ``rewrite`` puts it and gives what stands for it."""
        made = Builder()
        new: list[Any] = []
        for i, step in enumerate(self.steps):
            if i < self.inputs:
                new.append(made.input(step))
            else:
                args = [new[x.i] if x.__class__ is Ref else x for x in step.args]
                new.append(rewrite(made, step.of(args)))
        return made.finish(self, lambda x: new[x.i] if x.__class__ is Ref else x)


class Builder:
    """Puts steps together; what was put once is not put again."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.inputs = 0
        self.known: dict[Any, Ref] = {}
        self.kept: list[Any] = []
        self.left_out: list[Any] = []

    def input(self, step: Step) -> Ref:
        """One more input."""
        self.steps.append(step)
        self.inputs += 1
        return Ref(len(self.steps) - 1)

    def known_as(self, step: Step) -> Ref | None:
        """An equal step that was put already."""
        return self.known.get(self._step_key(step))

    def same(self, x: Any, y: Any) -> bool:
        """Whether two operands are one step, or equal constants."""
        if x.__class__ is Ref or y.__class__ is Ref:
            return x.__class__ is y.__class__ and bool(x == y)
        return bool(self.constant_key(x) == self.constant_key(y))

    def _step_key(self, step: Step) -> tuple[Any, ...]:
        op, args, shape, dtype, *_ = step
        key: list[Any] = [op, shape, dtype]
        key += [
            x if x.__class__ is Ref or (x.__class__ is float and x) else self.constant_key(x)
            for x in args
        ]
        return tuple(key)

    def put(self, step: Step) -> Ref:
        """The step; an equal one that is there already serves as well."""
        key = self._step_key(step)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = tuple.__new__(Ref, (len(self.steps),))  # half of Ref(..)
            self.steps.append(step)
        else:
            self.mark(found, step.name, step.place)
        return found

    def mark(self, x: Any, name: str | None, place: str = "") -> None:
        """Say how a step is called and where it came from, if that is not known yet."""
        if x.__class__ is Ref and (name is not None or place):
            step = self.steps[x.i]
            if (name is not None and step.name is None) or (place and not step.place):
                named = step.name if step.name is not None else name
                self.steps[x.i] = step._replace(name=named, place=step.place or place)

    def add(self, op: Primitive, *args: Any, shape: Any = (), name: Any = None) -> Ref:
        """A step of an op on operands; of an elementwise one the shape is known."""
        if op.kind == "elementwise" and op.name != "astype":
            shape = self.common_shape(args)
        return self.put(Step(op, args, shape, self.dtype(op, args), name))

    def shape(self, x: Any) -> Shape:
        """The shape of an operand; None for a Python number."""
        if x.__class__ is Ref:
            return self.steps[x.i].shape
        return x.shape if isinstance(x, np.ndarray) else None

    def common_shape(self, args: Iterable[Any]) -> Shape:
        """The shape that operands have when broadcast together."""
        shapes = [shape for shape in map(self.shape, args) if shape is not None]
        if not shapes:
            return None
        first = shapes[0]
        return first if all(s == first for s in shapes) else np.broadcast_shapes(*shapes)

    def dtype(self, op: Primitive, args: Sequence[Any]) -> Any:
        """The dtype of an op's result."""
        x = args[0]
        of_truths = x.__class__ is Ref and self.steps[x.i].dtype == BOOL
        if not op.records or (op in VIEWS and of_truths):
            return BOOL
        return self.common_dtype(args[: len(args) - op.statics])

    def common_dtype(self, args: Iterable[Any]) -> Any:
        """The dtype of a result of such operands."""
        dtypes = {
            self.steps[x.i].dtype if x.__class__ is Ref else x.dtype
            for x in args
            if self.shape(x) is not None
        }
        dtypes.discard(BOOL)
        return np.result_type(*dtypes) if dtypes else FLOAT64

    def finish(self, old: Code, new: Callable[[Any], Any]) -> Code:
        """The code of these steps, with the results and guards of an older one."""
        code = old.rebuilt(self.steps, new)
        held = _once(guard for guard in code.guards if guard.expected is not None)
        asked = [guard.value for guard in code.guards if guard.expected is None]
        checks = self._that_may_raise([*asked, *self.left_out], old.rolled)
        code.guards = held + [Guard(x, None) for x in checks]
        return code

    def leave_out(self, x: Any) -> None:
        """Say that an operand is not needed; what it may raise is still looked for."""
        self.left_out.append(x)

    def _that_may_raise(self, pending: list[Any], rolled: bool) -> list[Ref]:
        """Of what is computed for its errors alone the steps that can have one.

        Where arrays are of floats put together, a square was their power, which has one.
        """
        found: dict[Ref, bool] = {}
        while pending:
            x = pending.pop()
            if x.__class__ is Ref and x not in found:
                step = self.steps[x.i]
                op = step.op
                may_raise = op is not None and (bool(op.needs) or op in PICKS)
                found[x] = may_raise or (rolled and op is ops.square)
                if not found[x]:
                    pending += step.args
        return sorted(x for x, may_raise in found.items() if may_raise)

    def constant_key(self, x: Any) -> Any:
        """What equal constants have in common; -0.0 is another number than 0.0."""
        if x.__class__ is float:
            return x if x else (float, math.copysign(1.0, x))
        if isinstance(x, np.ndarray):
            self.kept.append(x)  # so that its id stays its own
            return x.shape, x.dtype, x.tobytes() if x.size <= 4096 else id(x)
        if x.__class__ is tuple and set(map(type, x)) == {float}:
            return x
        if isinstance(x, list | tuple):
            return x.__class__, tuple(map(self.constant_key, x))
        if isinstance(x, slice):
            return slice, x.start, x.stop, x.step
        return x.__class__, x


def whole_numbers(index: Any) -> tuple[int, ...] | None:
    """An index as whole numbers; None if it is another one. A truth is: it adds an axis."""
    index = index if isinstance(index, tuple) else (index,)
    if all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in index):
        return tuple(map(int, index))
    return None


class Deferring:
    """A pass in which steps wait to be put until it is known how they are used.

    ``found`` is what stands for each step: a ref, a constant, or what ``waits``.
    """

    waits: type

    def __init__(self, old: Code) -> None:
        self.old = old
        self.uses = old.uses()
        self.made = Builder()
        self.found: list[Any] = []

    def settled(self, waiting: Any) -> Any:
        """What waits as a ref or constant: each pass says how."""

    def value(self, x: Any) -> Any:
        """An operand as a ref or constant."""
        if x.__class__ is not Ref:
            return x
        found = self.found[x.i]
        if found.__class__ is self.waits:
            found = self.found[x.i] = self.settled(found)
        return found


def evaluate(code: Code, values: Sequence[Any]) -> list[Any]:
    """The outputs by the ops themselves, one step after the other: of numbers, arrays and nodes."""
    found = list(values)
    for step in code.steps[code.inputs :]:
        assert step.op is not None  # only inputs have none
        args = [found[x.i] if x.__class__ is Ref else x for x in step.args]
        value = step.op.array(*args) if step.op.kind == "loop" else step.op(*args)
        if step.shape == () and isinstance(value, np.generic):
            value = np.asarray(value)  # NumPy has a number of it, which would count as a float
        found.append(value)
    results: list[Any] = []
    for out in code.outputs:
        if isinstance(out, Spread):
            vector = ops.reshape(found[out.array.i], (out.size,))
            results += [ops.item(ops.getitem(vector, i)) for i in range(out.size)]
        else:
            value = found[out.i] if out.__class__ is Ref else out
            results.append(value[()] if isinstance(value, np.ndarray) else value)
    return results


def _once(guards: Iterable[Guard]) -> list[Guard]:
    """The guards, the same truth once."""
    found: dict[Any, Guard] = {}
    for guard in guards:
        if {guard.value.__class__, guard.expected.__class__}.isdisjoint({Ref}) and np.array_equal(
            guard.value, guard.expected
        ):
            continue  # it holds for all numbers
        known = guard.expected if isinstance(guard.expected, bool | Ref) else id(guard.expected)
        found.setdefault((guard.value, known), guard)
    return list(found.values())


def _bytes(step: Step) -> int:
    return math.prod(step.shape) * int(step.dtype.itemsize) if step.shape else 0


def _lines(i: int, step: Step) -> list[str]:
    shape = "" if step.shape is None else f"  # {step.shape}"
    what = f"{step.op.name}({', '.join(map(_short, step.args))})" if step.op else "input"
    line = f"v{i} = {what}{shape}{f'  {step.name}' if step.name else ''}"
    inside = str(step.args[-1].code) if step.args and isinstance(step.args[-1], Loop) else ""
    return [line, *(f"    {inner}" for inner in inside.splitlines())]


def _short(x: Any) -> str:
    return f"array{x.shape}" if isinstance(x, np.ndarray) and x.size > 8 else repr(x)
