"""Blocks: long stretches on large arrays, done for a few thousand rows at a time.

What one step leaves in the cache the next one finds there, and an array that only lives within the
stretch is never whole. `blocked` looks for an axis of one length m, most often that of the
examples. An array *split* along it is worked on block by block; sums over it are added up from
block to block, and what keeps it is written into an array made once.

All splittable steps that wait for the same earlier sums become one step ``LOOP``, whose last
argument is a `Loop`; ``PART`` takes its k-th result.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..primitive import Primitive
from .code import VIEWS, Builder, Code, Guard, Loop, Ref, Result, Rows, Step, evaluate
from .linear import LINEAR

BLOCK = 2**16
"""The bytes of the largest array in a block: some eight of them fit into a common L2 cache."""

LARGE = 2**22
"""The bytes that elementwise results within a stretch have, at least, to be done in blocks."""

LEAST_ROWS = 64
"""The rows of a block, at least: products of thin matrices are slow."""

FEWEST = 2
"""The elementwise steps within it, at least, whose results are not wanted outside."""

COMBINED = {
    ops.sum: ops.add,
    ops.mean: ops.add,
    ops.prod: ops.multiply,
    ops.max: ops.maximum,
    ops.min: ops.minimum,
}
"""How the results of blocks are put together where the axis is reduced."""

STARTS = {ops.add: 0.0, ops.multiply: 1.0, ops.maximum: -math.inf, ops.minimum: math.inf}


def _run(*args: Any) -> list[Any]:
    """The results of a loop, block after block."""
    *operands, loop = args
    found = [_whole(result) for result in loop.results]
    for i in range(0, loop.length, loop.rows):
        stop = min(i + loop.rows, loop.length)
        block = [
            x if axis is None else x[(*(slice(None),) * axis, slice(i, stop))]
            for x, axis in zip(operands, loop.axes, strict=True)
        ]
        values = evaluate(_of_rows(loop.code, stop - i), block)
        for k, (result, value) in enumerate(zip(loop.results, values, strict=True)):
            if result.combine is None:
                found[k][(*(slice(None),) * result.axis, slice(i, stop))] = value
            else:
                found[k] = result.combine.array(found[k], value)
    return found


def _whole(result: Result) -> Any:
    if result.combine is None:
        return np.empty(result.shape, result.dtype)
    return np.full(result.shape, STARTS[result.combine], result.dtype)


def _of_rows(code: Code, count: int) -> Code:
    """The code of a block for one of so many rows."""

    def resized(x: Any) -> Any:
        return tuple([count if isinstance(n, Rows) else n for n in x]) if type(x) is tuple else x

    steps = [step.of(map(resized, step.args)) for step in code.steps]
    return replace(code, steps=steps)


LOOP = Primitive(
    "loop",
    None,
    _run,
    statics=1,
    kind="loop",
    doc="A stretch of steps done in blocks.",
    listed=False,
)
PART = Primitive(
    "part",
    None,
    lambda results, k: results[k],
    statics=1,
    kind="loop",
    doc="One result of a loop.",
    listed=False,
)


def blocked(code: Code) -> Code:
    """The code with its stretches on large arrays in blocks, along one axis after the other."""
    sizes: Counter[int] = Counter()
    for step in code.steps[code.inputs :]:
        for length in set(step.shape or ()):
            sizes[length] += _bytes(step)
    for length, size in sizes.most_common():
        if size >= LARGE and length > 1:
            code = _blocked_along(code, length)
    return code


def _blocked_along(code: Code, length: int) -> Code:
    """The code in blocks along the axes of that length, where that is worth it."""
    if any(step.dtype == np.float16 for step in code.steps):
        return code  # its sums are taken in float32, which blocks would round
    whole: set[int] = set()
    while True:
        plan = _Plan(code, length, whole)
        unfit = plan.unfit()
        if not unfit:
            return plan.code()
        whole |= unfit


def _bytes(step: Step) -> int:
    return math.prod(step.shape or ()) * int(step.dtype.itemsize)


class Split(NamedTuple):
    """Where an array has the axis that is cut into blocks.

    Beside it, axes may be merged into the same one: it is ``before`` x m x ``after`` long.
    """

    axis: int
    before: int = 1
    after: int = 1

    @property
    def is_plain(self) -> bool:
        """Whether a block is a slice of the array."""
        return self.before == self.after == 1


class _Operand(NamedTuple):
    shape: tuple[int, ...]
    split: Split | None


class _Plan:
    """Which steps are done in which loop, those of ``whole`` in none.

    ``splits`` tells for each step along which axis its result can be cut, ``sinks`` how those are
    put together that lose the axis, ``takes`` are those that take rows of an array that is whole.
    ``times`` is the loop of an inner step, and for another one before which loop it is there.
    """

    def __init__(self, old: Code, length: int, whole: set[int]) -> None:
        self.old = old
        self.length = length
        self.splits: list[Split | None] = []
        self.sinks: dict[int, Primitive] = {}
        self.takes: set[int] = set()
        self.inner: set[int] = set()
        self.times: list[int] = []
        for i, step in enumerate(old.steps):
            found = None if i in whole or step.op is None else self._found(step)
            refs = [x.i for x in step.args if x.__class__ is Ref]
            if found is None and i not in whole and self._is_take(step):
                self.takes.add(i)
                found = Split(0)
            if found is not None:
                self.inner.add(i)
                waits = [self.times[k] if self._is_cut(k) else self._ready(k) for k in refs]
            else:
                waits = [self._ready(k) for k in refs]
            self.times.append(max(waits, default=0))
            if isinstance(found, Primitive):
                self.sinks[i] = found
            self.splits.append(found if isinstance(found, Split) else self._axis(step.shape))
        self._later()

    def _is_cut(self, i: int) -> bool:
        """Whether a loop has a step's result in blocks."""
        return i in self.inner and i not in self.sinks

    def _is_plain(self, i: int) -> bool:
        split = self.splits[i]
        return split is not None and split.is_plain

    def _ready(self, i: int) -> int:
        """Before which loop a step's result is there as a whole."""
        return self.times[i] + (i in self.inner)

    def _axis(self, shape: Any) -> Split | None:
        """The axis along which an array that is there is cut: the only one of that length."""
        places = [k for k, n in enumerate(shape or ()) if n == self.length]
        return Split(places[0]) if len(places) == 1 else None

    def split(self, x: Any) -> Split | None:
        """Where an operand is cut."""
        if x.__class__ is Ref:
            return self.splits[x.i]
        return self._axis(x.shape) if isinstance(x, np.ndarray) else None

    def _found(self, step: Step) -> Split | Primitive | None:
        """Where the result is cut, or how results of blocks are put together; None: not at all."""
        op: Any = step.op
        count = len(step.args) - op.statics
        operands = [_Operand(self._shape(x), self.split(x)) for x in step.args[:count]]
        if all(x.split is None for x in operands):
            return None
        rule = RULES.get(op) or KINDS.get(op.kind)
        if rule is None or not (op.listed or op is LINEAR):
            return None
        if op in PLAIN and not all(x.split is None or x.split.is_plain for x in operands):
            return None
        found = rule(operands, step.args[count:], step.shape, op)
        if isinstance(found, Primitive) and step.dtype.kind != "f":
            return None
        return found

    def _is_take(self, step: Step) -> bool:
        """Whether a step takes rows of an array that is not cut, as many as there are in all."""
        if step.op is not ops.getitem:
            return False
        x, index = step.args
        is_whole = x.__class__ is Ref and self.splits[x.i] is None
        return is_whole and _is_list(index) and index.shape == (self.length,)

    def _shape(self, x: Any) -> tuple[int, ...]:
        if x.__class__ is Ref:
            return self.old.steps[x.i].shape or ()
        return x.shape if isinstance(x, np.ndarray) else ()

    def _later(self) -> None:
        """Put off what only later loops want, so that they need not have it whole."""
        self.users: list[list[int]] = [[] for _ in self.old.steps]
        for i, step in enumerate(self.old.steps):
            for x in step.args:
                if x.__class__ is Ref:
                    self.users[x.i].append(i)
        self.guards: dict[int, list[Guard]] = {}
        outer: list[Guard] = []
        for guard in self.old.guards:
            x = guard.value
            is_inner = x.__class__ is Ref and self._is_cut(x.i) and self._is_plain(x.i)
            (self.guards.setdefault(x.i, []) if is_inner else outer).append(guard)
        self.rest = replace(self.old, guards=outer)
        self.asked = {x.i for x in self.rest.operands() if x.__class__ is Ref}
        for i in sorted(self.inner.difference(self.asked, self.sinks), reverse=True):
            if self.inner.issuperset(self.users[i]):
                self.times[i] = min([self.times[k] for k in self.users[i]], default=self.times[i])

    def is_wanted(self, i: int) -> bool:
        """Whether an inner step's result is wanted outside of its loop."""
        return i in self.asked or any(
            k not in self.inner or self.times[k] != self.times[i] for k in self.users[i]
        )

    def loops(self) -> dict[int, list[int]]:
        """The inner steps of each loop."""
        found: dict[int, list[int]] = {}
        for i in sorted(self.inner):
            found.setdefault(self.times[i], []).append(i)
        return found

    def unfit(self) -> set[int]:
        """Steps that should not be in loops after all."""
        torn = {i for i in self.inner - set(self.sinks) if self.is_wanted(i)}
        torn = {i for i in torn if not self._is_plain(i)}
        if torn:
            return torn
        loops = self.loops().values()
        return {i for members in loops if not self._pays(members) for i in members}

    def _pays(self, members: Sequence[int]) -> bool:
        """Whether a loop keeps enough arrays from being whole."""
        gone = [i for i in members if i not in self.sinks and not self.is_wanted(i)]
        kinds = [(self.old.steps[i].op or LOOP).kind for i in gone]
        counted = [
            i
            for i, kind in zip(gone, kinds, strict=True)
            if i in self.takes or kind in ("elementwise", "along")
        ]
        sizes = [_bytes(self.old.steps[i]) for i in counted]
        if len(sizes) < FEWEST or sum(sizes) < LARGE:
            return False
        return LEAST_ROWS <= self.rows(members) <= self.length / 2

    def rows(self, members: Sequence[int]) -> int:
        """How many rows a block has: a power of two, 0 where not even one fits.

        By the arrays that are read within it: what is only written need not stay in the cache.
        """
        read = {x.i for i in members for x in self.old.steps[i].args if x.__class__ is Ref}
        steps = [self.old.steps[i] for i in members if i in read]
        sizes = [_bytes(step) / self.length for step in steps if step.op not in VIEWS]
        fit = int(BLOCK / max([1.0, *sizes]))
        return 1 << fit.bit_length() - 1 if fit else 0

    # Writing ------------------------------------------------------------------------------------

    def code(self) -> Code:
        """The code with its loops."""
        old, made, loops = self.old, Builder(), self.loops()
        new: dict[int, Any] = {i: made.input(old.steps[i]) for i in range(old.inputs)}

        def value(x: Any) -> Any:
            return new[x.i] if x.__class__ is Ref else x

        for time in range(max(self.times, default=0) + 1):
            for i in range(old.inputs, len(old.steps)):
                if i not in self.inner and self.times[i] == time:
                    step = old.steps[i]
                    new[i] = made.put(step.of(map(value, step.args)))
            if time in loops:
                self._put(made, loops[time], new, value)
        return made.finish(self.rest, value)

    def _put(
        self,
        made: Builder,
        members: list[int],
        new: dict[int, Any],
        value: Callable[[Any], Any],
    ) -> None:
        """One loop and its parts."""
        rows = self.rows(members)
        block = _Block(self, members, rows)
        wanted = [i for i in members if i in self.sinks or self.is_wanted(i)]
        results = [self._result(i) for i in wanted]
        outputs = [block.new[i] for i in wanted]
        code = Code(block.made.steps, outputs, block.guards, block.made.inputs, self.old.rolled)
        axes = tuple([None if split is None else split.axis for split in block.splits])
        loop = Loop(code, rows, self.length, axes, tuple(results))
        operands = tuple(map(value, block.operands))
        whole = made.put(Step(LOOP, (*operands, loop), None))
        for k, (i, result) in enumerate(zip(wanted, results, strict=True)):
            step = self.old.steps[i]
            name = None if step.op is ops.mean else step.name
            part = made.put(Step(PART, (whole, k), result.shape, result.dtype, name))
            if step.op is ops.mean and i in self.sinks:
                x = self._shape(step.args[0])
                count = math.prod(x) / math.prod(step.shape or ())
                part = made.put(step._replace(op=ops.divide, args=(part, count)))
            new[i] = part

    def _result(self, i: int) -> Result:
        step, split = self.old.steps[i], self.splits[i]
        shape = step.shape or ()
        if i in self.sinks:
            return Result(shape, step.dtype, 0, self.sinks[i], step.name)
        return Result(shape, step.dtype, split.axis if split else 0, None, step.name)


class _Block:
    """The steps of one loop as code for a block of so many rows."""

    def __init__(self, plan: _Plan, members: list[int], rows: int) -> None:
        self.plan = plan
        self.rows = rows
        self.made = Builder()
        self.operands: list[Any] = []
        self.splits: list[Split | None] = []
        self.new: dict[int, Any] = {}
        self.arrays: dict[int, Any] = {}
        inside = set(members)
        for i in members:
            for x in plan.old.steps[i].args:
                if x.__class__ is Ref and x.i not in inside and x.i not in self.new:
                    self.new[x.i] = self._input(x, plan.old.steps[x.i], plan.split(x))
                elif isinstance(x, np.ndarray) and (split := plan.split(x)):
                    self._array(x, split)
            for guard in plan.guards.get(i, ()):
                if not _is_uniform(guard.expected):
                    self._array(guard.expected, plan.splits[i])
        for i in members:
            self.new[i] = self.made.put(self._step(i))
        self.guards = [
            guard._replace(value=self.new[i], expected=self._value(guard.expected))
            for i in members
            for guard in plan.guards.get(i, ())
        ]

    def _array(self, x: Any, split: Split | None) -> None:
        """Make a constant that is cut an input."""
        if id(x) not in self.arrays:
            self.arrays[id(x)] = self._input(x, Step(None, (), x.shape, x.dtype), split)

    def _input(self, x: Any, step: Step, split: Split | None) -> Ref:
        """Make what comes from outside an input."""
        shape = step.shape if split is None else self._cut(step.shape, split)
        self.operands.append(x)
        self.splits.append(split)
        return self.made.input(Step(None, (), shape, step.dtype, step.name))

    def _cut(self, shape: Any, split: Split) -> tuple[int, ...]:
        length = split.before * self.rows * split.after
        return (*shape[: split.axis], length, *shape[split.axis + 1 :])

    def _value(self, x: Any) -> Any:
        if x.__class__ is Ref:
            return self.new[x.i]
        return self.arrays.get(id(x), x) if isinstance(x, np.ndarray) else x

    def _step(self, i: int) -> Step:
        plan = self.plan
        step, split = plan.old.steps[i], plan.splits[i]
        args = tuple(map(self._value, step.args))
        if i in plan.sinks:
            op = ops.sum if step.op is ops.mean else step.op
            return step._replace(op=op, args=args, name=None)
        assert split is not None  # what is no sink keeps the axis
        shape = self._cut(step.shape, split)
        if step.op is ops.reshape:
            args = (args[0], _put_at(shape, split.axis, -1))
        elif step.op in (ops.broadcast_to, ops.scatter):
            args = (*args[:-1], _put_at(shape, split.axis, Rows(self.rows)))
        name = f"{step.name}_" if step.name and plan.is_wanted(i) else step.name
        return step._replace(args=args, shape=shape, name=name)


def _is_list(index: Any) -> bool:
    """Whether an index is a list of places along the first axis."""
    return isinstance(index, np.ndarray) and index.dtype.kind in "iu"


def _is_uniform(mask: Any) -> bool:
    """Whether a mask says the same of all numbers."""
    return bool(np.all(mask) or not np.any(mask))


def _put_at(shape: tuple[int, ...], axis: int, length: int) -> tuple[int, ...]:
    return (*shape[:axis], length, *shape[axis + 1 :])


# Rules: rule(operands, statics, shape of the result, op) ------------------------------------------

Found = Split | Primitive | None


def _elementwise(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    places = {
        x.split._replace(axis=x.split.axis + len(shape) - len(x.shape)) for x in operands if x.split
    }
    if len(places) != 1:
        return None
    (split,) = places
    from_end = len(shape) - split.axis
    for x in operands:
        if x.split is None and len(x.shape) >= from_end and x.shape[-from_end] != 1:
            return None
    return split


def _only(operands: Sequence[_Operand]) -> tuple[tuple[int, ...], Split]:
    """The one operand's shape, and where it is split: no rule is asked where nothing is."""
    ((shape, split),) = operands
    assert split is not None
    return shape, split


def _reduction(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    x, split = _only(operands)
    axis, keepdims = statics[:2]
    axes = tuple(range(len(x))) if axis is None else axis
    if split.axis in axes:
        return COMBINED.get(op)
    lost = 0 if keepdims else sum(k < split.axis for k in axes)
    return split._replace(axis=split.axis - lost)


def _along(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    _, split = _only(operands)
    axes = (statics[0],) if isinstance(statics[0], int) else statics[0]
    return None if axes is None or split.axis in axes else split


def _matmul(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    x, y = (len(operand.shape) for operand in operands)
    lead = "abcdefgh"[: max(x, y) - 2] if max(x, y) > 2 else ""
    left = "k" if x == 1 else lead[len(lead) - (x - 2) :] + "ik"
    right = "k" if y == 1 else lead[len(lead) - (y - 2) :] + "kj"
    output = lead + ("i" if x > 1 else "") + ("j" if y > 1 else "")
    return _product(operands, [left, right], output)


def _einsum(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    inputs, output = statics[0].split("->")
    return _product(operands, inputs.split(","), output)


def _product(operands: Sequence[_Operand], texts: Sequence[str], output: str) -> Found:
    """An axis that has a letter in the result is kept; the sum over another one is put together."""
    found = {
        (text[x.split.axis], x.split.before, x.split.after)
        for text, x in zip(texts, operands, strict=True)
        if x.split
    }
    if len(found) != 1:
        return None
    ((letter, before, after),) = found
    for text, x in zip(texts, operands, strict=True):
        if x.split is None and letter in text and x.shape[text.index(letter)] != 1:
            return None
    return Split(output.index(letter), before, after) if letter in output else ops.add


def _transpose(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    _, split = _only(operands)
    return split._replace(axis=statics[0].index(split.axis))


def _reshape(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    """The axis with what it is merged with, as long as it is in one piece."""
    old, split = _only(operands)
    if not math.prod(old):
        return None
    before = math.prod(old[: split.axis]) * split.before
    length = old[split.axis] // (split.before * split.after)
    axis, above = 0, 1
    while above * shape[axis] <= before:
        above *= shape[axis]
        axis += 1
    inside, rest = divmod(before, above)
    after, more = divmod(shape[axis], inside * length)
    return None if rest or more or not after else Split(axis, inside, after)


def _broadcast_to(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    old, split = _only(operands)
    return Split(split.axis + len(shape) - len(old))


def _getitem(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    old, split = _only(operands)
    place = _kept(statics[0], old, split.axis)
    return None if place is None else Split(place)


def _scatter(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    old, split = _only(operands)
    for axis, n in enumerate(shape):
        if n == old[split.axis] and _kept(statics[0], shape, axis) == split.axis:
            return Split(axis)
    return None


def _kept(index: Any, shape: tuple[int, ...], axis: int) -> int | None:
    """Where an axis is after indexing, if the index takes it as it is."""
    parts = list(index) if isinstance(index, tuple) else [index]
    at = next((k for k, part in enumerate(parts) if part is ...), None)
    if at is not None:
        named = sum(part is not None for part in parts) - 1
        parts[at : at + 1] = [slice(None)] * (len(shape) - named)
    place = source = 0
    for part in parts:
        if part is None:
            place += 1
        elif isinstance(part, slice):
            if source == axis:
                whole = part.indices(shape[axis]) == (0, shape[axis], 1)
                return place if whole else None
            place, source = place + 1, source + 1
        elif isinstance(part, int | np.integer) and not isinstance(part, bool):
            if source == axis:
                return None
            source += 1
        else:
            return None
    return place + axis - source


def _joined(operands: Sequence[_Operand], statics: Any, shape: Any, op: Any) -> Found:
    split = operands[0].split
    if split is None or any(x.split != split for x in operands):
        return None
    if op is ops.stack:
        return Split(split.axis + (statics[0] <= split.axis))
    return None if statics[0] == split.axis else split


PLAIN = {ops.broadcast_to, ops.getitem, ops.scatter, ops.concatenate, ops.stack}
"""Ops that cannot be done to merged axes block by block."""

KINDS: dict[str, Callable[..., Found]] = {
    "elementwise": _elementwise,
    "reduction": _reduction,
    "along": _along,
}
RULES: dict[Any, Callable[..., Found]] = {
    ops.matmul: _matmul,
    ops.einsum: _einsum,
    ops.transpose: _transpose,
    ops.reshape: _reshape,
    ops.broadcast_to: _broadcast_to,
    ops.getitem: _getitem,
    ops.scatter: _scatter,
    ops.concatenate: _joined,
    ops.stack: _joined,
    ops.cumsum: _along,
}
