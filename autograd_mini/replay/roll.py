"""Roll: equal operations on single numbers, done as one operation on an array.

Operations of one kind at the same depth of a scalar graph, as a loop makes them, become the members
of a group. A group of at least `CUT` is one array; where its operands stand in other arrays is said
by slices and reshapes where it can be (`layout`). Sums over a constant matrix are a product with
it. What is narrower stays plain statements on numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from .code import BOOL, FLOAT64, Builder, Code, Guard, Ref, Spread, Step, whole_numbers
from .layout import Grid, grid, refined, split, view
from .linear import LINEAR, is_scalar

CUT = 8
"""From how many members on a group is an array: below, so many floats are quicker."""

LONG = 64
"""From how many terms on a sum of inputs is one of an array."""

_NONE: Mapping[range, tuple[int, ...]] = {}

MOST_PIECES = 6
"""Of how many pieces an array is put together; what has more is gathered."""

FEW = 4
"""Sums of up to so many terms are added array by array."""

DENSE = 0.5
"""From which part of numbers that are not 0 a matrix is worth a product."""


class Member(NamedTuple):
    """Where a number stands: in an array of the new code, at a position counted row by row."""

    source: Any
    position: int


Lists = Mapping[range, tuple[int, ...]]
"""Which numbers come in one list, and the shape of that as an array."""


class Places(NamedTuple):
    """Several numbers of one array, and at which positions they stand."""

    source: Ref
    positions: Any


def roll(code: Code, given: Lists = _NONE, wanted: Lists = _NONE, cut: int = CUT) -> Code:
    """The code with wide groups as arrays.

    ``given`` are the inputs that come in lists, ``wanted`` the outputs that go into lists.
    """
    groups = _Groups(code, cut)
    if not groups.wide:
        return code
    return _Rolling(code, groups, given, wanted, cut).code()


class _Groups:
    """Which steps belong together, in the order of their depth.

    ``within`` are the sums c + w*x that one step alone uses: they are part of its operand, so that
    f(z) and f(-z) are of one kind, and have the depth of x.
    """

    def __init__(self, code: Code, cut: int) -> None:
        steps = code.steps
        self.depth = [0] * len(steps)
        self.kinds: list[Any] = [None] * len(steps)
        self.within: set[int] = set()
        uses = code.uses()
        asked_for = {x.i for x in code.operands() if x.__class__ is Ref}
        alike: dict[Any, dict[Any, list[int]]] = {}
        for i in range(code.inputs, len(steps)):
            step = steps[i]
            refs = [x.i for x in step.args if x.__class__ is Ref]
            depth = max([self.depth[k] for k in refs], default=0)
            if step.op is LINEAR and len(refs) == 1 and uses[i] == 1 and i not in asked_for:
                self.within.add(i)
                self.depth[i] = depth
                inner = self.kinds[refs[0]]
                self.kinds[i] = (inner, "shifted") if step.args[-1][0] else inner
                continue
            self.depth[i] = depth + 1
            kind = (depth + 1, *_kind(step))
            operands = [self.kinds[k] for k in refs]
            self.kinds[i] = kind
            if is_scalar(step):
                finer = frozenset(operands) if step.op is LINEAR else tuple(operands)
                alike.setdefault(kind, {}).setdefault(finer, []).append(i)
        self.wide = [g for finer in alike.values() for g in _wide(steps, list(finer.values()), cut)]


def _wide(steps: list[Step], groups: list[list[int]], cut: int) -> list[list[int]]:
    """Groups of operands of the same kind that are wide enough; what is left may be, together."""
    found, left = [], list[int]()
    for members in groups:
        if len(members) >= cut or _is_long(steps, steps[members[0]], cut):
            found.append(members)
        else:
            left += members
    return [*found, sorted(left)] if len(left) >= cut else found


def _is_long(steps: list[Step], step: Step, cut: int) -> bool:
    """Whether a sum has so many terms that NumPy is quicker; inputs come as numbers, not arrays."""
    if step.op is not LINEAR or len(step.args) <= cut:
        return False
    computed = sum(steps[x.i].op is not None for x in step.args[:-1])
    return computed >= cut or len(step.args) > LONG


def _kind(step: Step) -> tuple[Any, ...]:
    """What members of a group have in common, whatever their operands are."""
    if step.op is not LINEAR:
        pattern = tuple([x.__class__ is Ref for x in step.args])
        return step.op, step.shape, step.dtype, pattern
    constant, *weights = step.args[-1]
    if len(weights) <= FEW:
        return LINEAR, step.shape, len(weights)
    return LINEAR, step.shape, constant == 0.0 and weights.count(weights[0]) == len(weights)


class _Rolling:
    """``found`` is what stands for each old step: a ref or constant, or a `Member` of an array."""

    def __init__(self, old: Code, groups: _Groups, given: Lists, wanted: Lists, cut: int) -> None:
        self.old = old
        self.cut = cut
        self.wanted = wanted
        self.depth = groups.depth
        self.made = Builder()
        self.found: list[Any] = [None] * len(old.steps)
        for i in range(old.inputs):
            self.found[i] = self.made.input(old.steps[i])
        self.family: dict[Ref, tuple[range, int]] = {
            Ref(i): (run, k) for run in given if len(run) > 1 for k, i in enumerate(run)
        }
        self.wide = groups.wide
        self.within = groups.within

    def code(self) -> Code:
        grouped = {i for members in self.wide for i in members}
        jobs: list[tuple[int, int, Any]] = [
            (self.depth[members[0]], members[0], members) for members in self.wide
        ]
        jobs += [
            (self.depth[i], i, i)
            for i in range(self.old.inputs, len(self.old.steps))
            if i not in grouped and i not in self.within
        ]
        for _, _, job in sorted(jobs, key=lambda job: job[:2]):
            if job.__class__ is int:
                self._single(job)
            else:
                self._group(job)
        return Code(self.made.steps, self._outputs(), self._guards(), self.old.inputs, rolled=True)

    # One step ---------------------------------------------------------------------------------

    def _single(self, i: int) -> None:
        step = self.old.steps[i]
        if step.op is ops.stack and step.args[-1] == 0 and self._is_of_members(step.args[:-1]):
            self.found[i] = self._shaped(self.vector(step.args[:-1]), step.shape)
            return
        if step.op is ops.getitem and (member := self._element(step)) is not None:
            self.found[i] = member
            return
        self.found[i] = self.made.put(step.of(map(self.value, step.args)))

    def _is_of_members(self, refs: Sequence[Any]) -> bool:
        return all(not self._old_shape(x) for x in refs) and any(
            x.__class__ is Ref and self._place(x) is not None for x in refs
        )

    def _old_shape(self, x: Any) -> Any:
        return self.old.steps[x.i].shape if x.__class__ is Ref else np.shape(x)

    def _element(self, step: Step) -> Member | None:
        """A single number read out of an array, as its place there."""
        x, index = step.args
        if x.__class__ is not Ref or step.shape != () or self.old.steps[x.i].shape is None:
            return None
        shape = self.old.steps[x.i].shape or ()
        places = whole_numbers(index)
        if places is None or len(places) != len(shape):
            return None
        array = self.value(x)
        position = 0
        for k, n in zip(places, shape, strict=True):
            position = position * n + k % n
        return Member(array, position)

    def value(self, x: Any) -> Any:
        """What stands for an operand where a single number or a whole array is wanted."""
        if x.__class__ is not Ref:
            return x
        found = self.found[x.i]
        if found is None:
            self._single(x.i)
            return self.found[x.i]
        if found.__class__ is Member:
            step = self.old.steps[x.i]
            found = self._taken_out(found, step.shape, step.dtype)
        return found

    def _taken_out(self, member: Member, shape: Any, dtype: Any) -> Any:
        lengths = self.made.steps[member.source.i].shape or ()
        places = tuple(int(k) for k in np.unravel_index(member.position, lengths))
        index = places[0] if len(places) == 1 else places
        found = self.made.put(Step(ops.getitem, (member.source, index), (), dtype))
        if shape is None:
            found = self.made.put(Step(ops.item, (found,), None, dtype))
        return found

    # Many at once -------------------------------------------------------------------------------

    def _group(self, members: list[int]) -> None:
        members.sort(key=self._order)
        steps = [self.old.steps[i] for i in members]
        args = [step.args for step in steps]
        op: Any = steps[0].op
        if op is LINEAR:
            self._sums(members, steps)
            return
        inner = [[self._inner(x) for x in column] for column in zip(*args, strict=True)]
        operands = [self._column([x for _, _, x in column]) for column in inner]
        arrays, shape = self._aligned(operands, len(members))
        for k, column in enumerate(inner):
            constants = _one_number(np.array([constant for constant, _, _ in column]))
            weights = _one_number(np.array([weight for _, weight, _ in column]))
            arrays[k] = self._weighted(arrays[k], weights, constants, shape)
        if np.broadcast_shapes(*(self.made.shape(x) or () for x in arrays)) != shape:
            arrays[0] = self._shaped_to(arrays[0], shape)
        self._placed(members, self.made.put(Step(op, tuple(arrays), shape, steps[0].dtype)))

    def _inner(self, x: Any) -> tuple[float, float, Any]:
        """An operand as constant + weight * x."""
        if x.__class__ is Ref and x.i in self.within:
            inner, (constant, weight) = self.old.steps[x.i].args
            return constant, weight, inner
        return 0.0, 1.0, x

    def _weighted(self, x: Any, weights: Any, constants: Any, shape: tuple[int, ...]) -> Any:
        """weights * x + constants; as weights * (x + whole numbers) where that is so."""
        none = np.ndim(constants) == 0 and constants == 0.0
        if not none and np.ndim(weights) == 0 and weights and np.ndim(constants):
            whole = np.round(constants / weights)
            if (abs(whole) <= 1).all() and np.allclose(whole * weights, constants, 1e-15, 0.0):
                return self._times(weights, self._plus(x, whole.reshape(shape)))
        x = self._times(_in_shape(weights, shape), x)
        return x if none else self._plus(x, _in_shape(constants, shape))

    def _placed(self, members: list[int], array: Ref) -> None:
        if len(members) == 1:
            ((i,), step) = members, self.old.steps[members[0]]
            if self.made.shape(array) != ():
                array = self.made.put(Step(ops.reshape, (array, ()), ()))
            if step.shape is None:
                array = self.made.put(
                    Step(ops.item, (array,), None, FLOAT64, step.name, step.place)
                )
            self.found[i] = array
            return
        places = {self.old.steps[i].place for i in members} - {""}
        name = _common_name([self.old.steps[i].name for i in members])
        self.made.mark(array, name, places.pop() if len(places) == 1 else "")
        for position, i in enumerate(members):
            self.found[i] = Member(array, position)

    def _order(self, i: int) -> tuple[Any, ...]:
        """Members in the order of their operands, then in that of the program."""
        refs = [self._inner(x)[2] for x in self.old.steps[i].args[:2]]
        places = [self._place(x) for x in refs if x.__class__ is Ref]
        return *[p.position if p else -1 for p in places], i

    def _place(self, x: Ref) -> Member | None:
        """Where a number stands among others; None for a number alone."""
        found = self.found[x.i]
        if found.__class__ is Member:
            return found
        if found in self.family:
            run, k = self.family[found]
            return Member(run, k)
        return None

    def _column(self, values: list[Any]) -> Any:
        """One operand of all members: a number for all, a constant array, or members' places."""
        first = values[0]
        if first.__class__ is not Ref:
            column = np.array([x if isinstance(x, bool) else float(x) for x in values])
            return _one_number(column) if column.dtype.kind == "f" else column
        if all(x == first for x in values):
            return self.value(first)
        return self._places(values)

    def _places(self, values: Sequence[Any]) -> Places:
        """The array in which all of these stand, and at which positions."""
        places = [self._place(x) if x.__class__ is Ref else None for x in values]
        runs = _runs(places)
        if len(runs) == 1 and places[0] is not None:
            return Places(self._array(places[0].source), _positions(places))
        if len(runs) <= MOST_PIECES:
            parts = [self._piece(values[run.start : run.stop], places[run.start]) for run in runs]
            return Places(self._concatenated(parts), np.arange(len(values)))
        return self._joined(values, places)

    def _piece(self, values: Sequence[Any], first: Member | None) -> Any:
        """Numbers of one array, or numbers alone, as a vector."""
        return self._stacked(values) if first is None else self.vector(values)

    def _stacked(self, values: Sequence[Any]) -> Any:
        if not any(x.__class__ is Ref for x in values):
            return np.array([float(x) for x in values])
        numbers = tuple(self._number(x) for x in values)
        return self.made.put(Step(ops.stack, (*numbers, 0), (len(numbers),)))

    def _concatenated(self, parts: list[Any]) -> Any:
        if len(parts) == 1 and parts[0].__class__ is Ref:
            return parts[0]
        size = sum(math.prod(self.made.shape(part) or ()) for part in parts)
        return self.made.put(Step(ops.concatenate, (*parts, 0), (size,)))

    def _array(self, source: Any) -> Ref:
        """The array of a source; inputs of a list are gathered into one where they are needed."""
        if source.__class__ is Ref:
            return source
        refs = tuple(Ref(i) for i in source)
        return self.made.put(Step(ops.stack, (*refs, 0), (len(refs),)))

    def _joined(self, values: Sequence[Any], places: Sequence[Member | None]) -> Places:
        """Numbers of several arrays, and numbers alone, out of one that joins them."""
        starts: dict[int, int] = {}
        parts: list[Any] = []
        size = 0
        for source in {id(p.source): p.source for p in places if p is not None}.values():
            array = self._array(source)
            count = math.prod(self.made.steps[array.i].shape or ())
            starts[id(source)] = size
            parts.append(self._shaped(array, (count,)))
            size += count
        alone = list(dict.fromkeys(x for x, p in zip(values, places, strict=True) if p is None))
        at = {x: size + k for k, x in enumerate(alone)}
        if alone:
            parts.append(self._stacked(alone))
        positions = [
            starts[id(p.source)] + p.position if p is not None else at[x]
            for x, p in zip(values, places, strict=True)
        ]
        return Places(self._concatenated(parts), np.array(positions))

    def _number(self, x: Any) -> Any:
        found = self.value(x)
        if found.__class__ is not Ref:
            return float(found)
        if self.made.steps[found.i].shape == ():
            found = self.made.put(Step(ops.item, (found,), None))
        return found

    def _aligned(self, operands: list[Any], count: int) -> tuple[list[Any], tuple[int, ...]]:
        """Operands as arrays of one shape, or of shapes that broadcast to it."""
        grids = [self._grid(x) if x.__class__ is Places else None for x in operands]
        lengths = refined([g for g in grids if g], count)
        if lengths is None:
            lengths, grids = (count,), [g if g and len(g.axes) == 1 else None for g in grids]
        arrays: list[Any] = []
        for x, found in zip(operands, grids, strict=True):
            if x.__class__ is Places:
                array = view(self.made, x.source, split(found, lengths)) if found else None
                arrays.append(self._gathered(x, lengths) if array is None else array)
            else:
                is_array = isinstance(x, np.ndarray)
                arrays.append(x.reshape(lengths) if is_array else x)
        return arrays, lengths

    def _grid(self, x: Places) -> Grid | None:
        """The axes of places: an array as a whole has its own."""
        found = grid(x.positions)
        shape = self.made.steps[x.source.i].shape or ()
        if found == Grid(0, ((math.prod(shape), 1),)) and len(shape) > 1 and 1 not in shape:
            strides = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
            return Grid(0, tuple(zip(shape, strides, strict=True)))
        return found

    def _gathered(self, places: Places, lengths: tuple[int, ...]) -> Any:
        source, positions = places
        size = math.prod(self.made.steps[source.i].shape or ())
        flat = self._shaped(source, (size,))
        taken = self.made.put(Step(ops.getitem, (flat, positions), (len(positions),)))
        return self._shaped(taken, lengths)

    def _shaped(self, array: Any, shape: Any) -> Any:
        if self.made.steps[array.i].shape == shape:
            return array
        return self.made.put(Step(ops.reshape, (array, shape), shape))

    def vector(self, values: Sequence[Any]) -> Any:
        """Numbers as one array along one axis."""
        column = self._places(values)
        (array,), lengths = self._aligned([column], len(values))
        return self._shaped(self._shaped_to(array, lengths), (len(values),))

    # Sums -----------------------------------------------------------------------------------------

    def _sums(self, members: list[int], steps: list[Step]) -> None:
        """The sums of a group: by a matrix, or term by term."""
        columns: dict[Ref, int] = {}
        entries = 0
        for step in steps:
            entries += len(step.args) - 1
            for x in step.args[:-1]:
                columns.setdefault(x, len(columns))
        arity = len(steps[0].args) - 1
        even = all(len(step.args) - 1 == arity for step in steps)
        if arity > 1 and entries >= DENSE * len(steps) * len(columns):
            self._placed(members, self._by_matrix(steps, columns))
        elif even and (len(steps) >= self.cut or arity > FEW):
            self._placed(members, self._by_terms(steps, arity))
        else:
            for i, step in zip(members, steps, strict=True):
                if len(step.args) > FEW:
                    self._placed([i], self._by_terms([step], len(step.args) - 1))
                else:
                    self._single(i)

    def _by_matrix(self, steps: list[Step], columns: dict[Ref, int]) -> Any:
        """Sums over much the same numbers: a constant matrix times a vector for each source."""
        matrix = np.zeros((len(steps), len(columns)))
        for row, step in enumerate(steps):
            matrix[row, [columns[x] for x in step.args[:-1]]] = step.args[-1][1:]
        constants = np.array([step.args[-1][0] for step in steps])
        total: Any = None
        for refs in self._by_source(columns, (matrix == matrix[0]).all(axis=0)):
            part = matrix[:, [columns[x] for x in refs]]
            total = self._plus(total, self._product(part, refs))
        if constants.any():
            total = self._plus(total, _one_number(constants))
        return self._shaped_to(total, (len(steps),)) if len(steps) > 1 else total

    def _by_source(self, columns: dict[Ref, int], uniform: Any) -> list[list[Ref]]:
        """The summed numbers by the array they stand in, each in its order there.

        Numbers alone are put together, but for those of ``uniform`` weight.
        """
        sources: dict[int, list[tuple[int, Ref]]] = {}
        for x, k in columns.items():
            place = self._place(x)
            key = id(place.source) if place else 0
            sources.setdefault(key, []).append((place.position if place else k, x))
        numbers = [x for _, x in sources.pop(0, [])]
        even = [x for x in numbers if uniform[columns[x]]]
        found = [[x for _, x in sorted(members)] for members in sources.values()]
        uneven = [x for x in numbers if not uniform[columns[x]]]
        return [*found, *([uneven] if uneven else []), *([x] for x in even)]

    def _product(self, matrix: Any, refs: list[Ref]) -> Any:
        if len(refs) == 1:
            return self._times(_one_number(matrix[:, 0]), self.value(refs[0]))
        vector = self.vector(refs)
        if (matrix == matrix[0, 0]).all():
            total = self.made.put(Step(ops.sum, (vector, None, False), ()))
            return self._times(float(matrix[0, 0]), total)
        if len(matrix) == 1:
            return self.made.put(Step(ops.matmul, (matrix[0], vector), ()))
        return self.made.put(Step(ops.matmul, (matrix, vector), (len(matrix),)))

    def _by_terms(self, steps: list[Step], arity: int) -> Any:
        """Sums of different numbers: term by term, or as rows that are summed."""
        orders = [self._term_order(step, arity) for step in steps]
        weights = np.array(
            [
                [step.args[-1][1 + k] for k in order]
                for step, order in zip(steps, orders, strict=True)
            ]
        )
        terms = [[step.args[k] for k in order] for step, order in zip(steps, orders, strict=True)]
        constants = _one_number(np.array([step.args[-1][0] for step in steps]))
        if arity == 1:
            (array,), shape = self._aligned([self._column([x for (x,) in terms])], len(steps))
            found = self._weighted(array, _one_number(weights[:, 0]), constants, shape)
            return self._shaped_to(found, shape)
        parts = []
        for columns in self._by_columns(terms):
            part = [[row[k] for k in columns] for row in terms]
            rows = len(columns) > FEW
            parts.append((self._rows if rows else self._term_by_term)(part, weights[:, columns]))
        total, lengths = self._added_up(parts, len(steps))
        if not (np.ndim(constants) == 0 and constants == 0.0):
            total = self._plus(total, _in_shape(constants, lengths))
        return self._shaped_to(total, lengths)

    def _added_up(self, parts: list[tuple[Any, Any]], count: int) -> tuple[Any, Any]:
        """The sum of arrays that may be of different shapes for the same numbers."""
        lengths = {shape for _, shape in parts}
        common = lengths.pop() if len(lengths) == 1 else (count,)
        total: Any = None
        for part, shape in parts:
            if shape != common and self.made.shape(part):
                part = self._shaped(self._shaped_to(part, shape), common)
            total = self._plus(total, part)
        return total, common

    def _term_order(self, step: Step, arity: int) -> list[int]:
        places = [self._place(x) for x in step.args[:arity]]
        ranks = [(self.depth[x.i], _rank(p), x.i) for p, x in zip(places, step.args, strict=False)]
        return sorted(range(arity), key=ranks.__getitem__)

    def _by_columns(self, terms: list[list[Ref]]) -> list[list[int]]:
        """The terms by the array that they stand in, in all sums the same one."""
        runs: list[list[int]] = []
        before: Any = None
        for k in range(len(terms[0])):
            places = [self._place(row[k]) for row in terms]
            sources = {id(place.source) if place else None for place in places}
            if not runs or len(sources) > 1 or sources != before or sources == {None}:
                runs.append([])
            runs[-1].append(k)
            before = sources
        if len(runs) > FEW:
            return [list(range(len(terms[0])))]
        return runs

    def _term_by_term(self, terms: list[list[Ref]], weights: Any) -> tuple[Any, Any]:
        columns = [self._column([row[k] for row in terms]) for k in range(len(terms[0]))]
        arrays, lengths = self._aligned(columns, len(terms))
        total: Any = None
        for k in np.argsort(weights[0] < 0, kind="stable"):
            weight = _in_shape(_one_number(weights[:, k]), lengths)
            total = self._plus(total, self._times(weight, arrays[k]))
        return total, lengths

    def _rows(self, terms: list[list[Ref]], weights: Any) -> tuple[Any, Any]:
        """Each sum as a row of an array."""
        count, arity = weights.shape
        column = self._places([x for row in terms for x in row])
        even = np.zeros(count * arity, int).reshape(count, arity) + np.arange(count)[:, None]
        rows = grid(even.ravel()) if count > 1 else None
        (array,), lengths = self._aligned_with([column], rows, count * arity)
        inner, left = [], arity
        for length in reversed(lengths):
            if left == 1:
                break
            inner.append(length)
            left //= length
        axes = tuple(range(len(lengths) - len(inner), len(lengths)))
        shape = lengths[: len(lengths) - len(inner)]
        factor = _one_number(weights)
        if np.ndim(factor):
            array = self._times(_varying(factor.reshape(lengths)), array)
            factor = 1.0
        array = self._shaped_to(array, lengths)
        total = self.made.put(Step(ops.sum, (array, axes if shape else None, False), shape))
        return self._times(factor, total), shape

    def _aligned_with(self, operands: list[Any], rows: Any, count: int) -> Any:
        """`_aligned`, with axes that end where rows do."""
        grids = [self._grid(x) for x in operands]
        lengths = refined([g for g in [*grids, rows] if g], count)
        if lengths is None:
            shape = tuple(n for n, _ in rows.axes)
            return [self._gathered(x, shape) for x in operands], shape
        arrays = []
        for x, found in zip(operands, grids, strict=True):
            array = view(self.made, x.source, split(found, lengths)) if found else None
            arrays.append(self._gathered(x, lengths) if array is None else array)
        return arrays, lengths

    def _plus(self, total: Any, more: Any) -> Any:
        if total is None:
            return more
        if more.__class__ is not Ref and np.all(more <= 0):
            return self.made.add(ops.subtract, total, 0.0 - more)  # without -0.0
        return self.made.add(ops.add, total, more)

    def _times(self, weight: Any, x: Any) -> Any:
        if np.ndim(weight) == 0:
            weight = float(weight)
            if weight == 1.0:
                return x
            if weight == -1.0:
                return self.made.add(ops.negative, x)
        return self.made.add(ops.multiply, weight, x)

    def _shaped_to(self, x: Any, shape: tuple[int, ...]) -> Any:
        if self.made.shape(x) == shape:
            return x
        return self.made.put(Step(ops.broadcast_to, (x, shape), shape))

    # Results --------------------------------------------------------------------------------------

    def _outputs(self) -> list[Any]:
        """Results that go into lists come out as arrays where they stand in arrays."""
        found: list[Any] = []
        outputs = self.old.outputs
        starts = {run.start: run for run in self.wanted}
        place = 0
        while place < len(outputs):
            run = starts.get(place, range(place, place + 1))
            values = outputs[run.start : run.stop]
            if len(run) > 1 and self._is_of_members(values) and self._are_numbers(values):
                vector = self._shaped(self.vector(values), self.wanted[run])
                found.append(Spread(vector, len(run)))
            else:
                found += map(self.value, values)
            place = run.stop
        return found

    def _are_numbers(self, values: Sequence[Any]) -> bool:
        return all(
            self.old.steps[x.i].shape is None if x.__class__ is Ref else isinstance(x, float)
            for x in values
        )

    def _guards(self) -> list[Guard]:
        """The guards; those of the members of one array as one."""
        found: list[Guard] = []
        checked: dict[Any, Guard] = {}
        together: dict[int, tuple[Any, list[tuple[int, Guard]]]] = {}
        for guard in self.old.guards:
            x = guard.value
            member = self.found[x.i] if x.__class__ is Ref else None
            if guard.expected is None and member.__class__ is Member:
                checked.setdefault(member.source, guard._replace(value=member.source))
            elif member.__class__ is Member:
                together.setdefault(id(member.source), (member.source, []))[1].append(
                    (member.position, guard)
                )
            else:
                found.append(guard._replace(value=self.value(x)))
        found += checked.values()
        for source, held in together.values():
            found.append(self._one_guard(source, held))
        return found

    def _one_guard(self, source: Ref, held: list[tuple[int, Guard]]) -> Guard:
        size = math.prod(self.made.steps[source.i].shape or ())
        flat = self._shaped(source, (size,))
        positions = np.array([position for position, _ in held])
        if len(positions) != size or (positions != np.arange(size)).any():
            flat = self.made.put(Step(ops.getitem, (flat, positions), (len(positions),), BOOL))
        expected = np.array([bool(guard.expected) for _, guard in held])
        return Guard(flat, expected, held[0][1].place)


def _runs(places: Sequence[Member | None]) -> list[range]:
    """Where the places of one array stand side by side."""
    found: list[range] = []
    start = 0
    for i in range(1, len(places) + 1):
        ended = i == len(places) or _source(places[i]) is not _source(places[start])
        if ended:
            found.append(range(start, i))
            start = i
    return found


def _source(place: Member | None) -> Any:
    return None if place is None else place.source


def _positions(places: Sequence[Any]) -> Any:
    return np.array([place.position for place in places])


def _rank(place: Member | None) -> tuple[int, int]:
    if place is None:
        return -1, 0
    source = place.source
    return (source.i if source.__class__ is Ref else source.start), place.position


def _one_number(weights: Any) -> Any:
    """Weights that are all the same as that number."""
    first = weights.flat[0]
    return float(first) if (weights == first).all() else weights


def _varying(weights: Any) -> Any:
    """Weights that are the same along an axis with that axis of length 1."""
    for axis in range(weights.ndim):
        first = weights.take([0], axis)
        if (weights == first).all():
            weights = first
    return weights


def _in_shape(weights: Any, shape: Any) -> Any:
    return weights.reshape(shape) if np.ndim(weights) else weights


def _common_name(names: list[str | None]) -> str | None:
    """The name of an array of numbers that are all called the same, but for their index."""
    for index in (r"(\[\d+\])+$", r"\[.*"):
        stems = {re.sub(index, "", name) for name in names if name}
        if len(stems) == 1:
            return stems.pop()
    return None
