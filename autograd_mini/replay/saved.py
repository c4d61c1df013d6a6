"""Saved: a program as a file of plain data, checked line by line when it is read."""

from __future__ import annotations

import base64
import json
import keyword
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import ops
from ..errors import AutogradError, InputError, UnsupportedError
from ..files import path_of
from ..primitive import TABLE, Primitive
from ..tree import LEAF, Structure
from .code import BOOL, VIEWS, Code, Guard, Ref, Spread, Step
from .javascript import javascript
from .linear import LINEAR
from .program import Program
from .signature import signature

FORMAT = "autograd_mini program"
VERSION = 2
EXPORT = 'if (typeof module !== "undefined") module.exports = {0};\n'
"""What ends a .js file, so that Node's require gives the function; in a page it stays a global."""

MOST_BYTES = 2**31
"""The largest array that a file may ask for."""


def text_for(program: Program, path: str) -> str:
    """What a file of that name holds."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".py":
        if program.text.opaque:
            raise _foreign(program, path)
        return program.source
    for out in program.code.outputs:
        if isinstance(out, np.ndarray) and out.dtype.kind not in "biuf":
            raise UnsupportedError(
                f"{path}: {program.name} gives an array of dtype {out.dtype}, which is not of real "
                "numbers: no .json and no .js can hold it"
            )
    if suffix == ".js":
        names = [re.sub(r"\W+", "_", text) for text in program.form.inputs]
        return javascript(program.code, program.name, names) + EXPORT.format(program.name)
    if suffix == ".json":
        data = _Writing(program).data()
        return json.dumps({**data, "crc32": checksum(data)}, separators=(",", ":"))
    raise InputError(f"{path!r}: a program is saved as .json (data), .py or .js (source)")


def checksum(data: dict[str, Any]) -> int:
    """What tells whether anything in a file but this number was changed; spaces do not count."""
    content = {key: x for key, x in data.items() if key != "crc32"}
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def load_program(path: str | os.PathLike[str]) -> Program:
    """The program that `Program.save` wrote into a ``.json`` file.

    The file is data: nothing in it is run, and all of it is checked. Raises `InputError` for a file
    that is no program, was changed or damaged, or was written by another version.

    >>> import autograd_mini as am, tempfile, os
    >>> a = am.Value(2.0, "a")
    >>> file = os.path.join(tempfile.mkdtemp(), "square.json")
    >>> am.Program(a * a, a).save(file)
    >>> am.load_program(file)(3.0)
    9.0
    """
    target = path_of(path, InputError)
    name = str(target)
    try:
        text = target.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError as error:  # bytes that are no text
        raise InputError(f"{name} is no program: {error}") from error
    return read(text, name)


def read(text: str, name: str) -> Program:
    """The program of a file's text; ``name`` is the file's, for messages."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no program: {error}") from error
    try:
        return _Reading(data).program()
    except (_DamagedError, RecursionError) as error:
        raise InputError(f"{name} is no program that can be read: {error}") from error


class _DamagedError(Exception):
    """Something in a file that no program has."""


class _Loaded(Program):
    """A program from a file, which may be well formed and yet make no sense."""

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        with _damaged(self.name):
            return super().__call__(*args, **options)

    @property
    def source(self) -> str:
        """The Python that runs."""
        with _damaged(self.name):
            return super().source

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program into a file."""
        with _damaged(self.name):
            super().save(path)


@contextmanager
def _damaged(name: str) -> Iterator[None]:
    """Within it what only a program that makes no sense would raise is an error of its file."""
    try:
        yield
    except AutogradError:
        raise
    except Exception as error:
        raise InputError(f"{name}: the file that it was read from is damaged: {error}") from error


def _foreign(program: Program, what: str) -> UnsupportedError:
    names = ", ".join(program.text.opaque)
    return UnsupportedError(
        f"{what}: {program.name} uses {names}, which no file can hold: custom ops, results in "
        "classes of your own, and keys of dicts but texts and numbers are objects of this process"
    )


# Writing ------------------------------------------------------------------------------------------


class _Writing:
    """A program as plain data; arrays are put together in one list."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arrays: list[Any] = []
        self.places: dict[int, int] = {}

    def data(self) -> dict[str, Any]:
        program, code = self.program, self.program.code
        if program.text.opaque:
            raise _foreign(program, "save")
        if code.inputs > len(program.form.inputs):
            raise UnsupportedError(
                f"save: {program.name} reads nodes from outside at each call, which no file can "
                "hold; pass them as arguments"
            )
        arrays = program.text.constants
        known = {name: self._value(x) for name, x in arrays.items() if name in program.known}
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": program.name,
            "parameters": program.form.names,
            "arguments": _structure(program.form.structure),
            "leaves": [self._kind(step) for step in code.steps[: code.inputs]],
            "steps": [self._step(step) for step in code.steps[code.inputs :]],
            "outputs": [self._output(out) for out in code.outputs],
            "guards": [
                [self._value(g.value), self._value(g.expected), g.place] for g in code.guards
            ],
            "result": _structure(program.structure),
            "rolled": code.rolled,
            "exact": program.exact,
            "names": known,
            "arrays": self.arrays,
        }

    def _kind(self, step: Step) -> Any:
        return None if step.shape is None else [step.dtype.str, list(step.shape)]

    def _step(self, step: Step) -> list[Any]:
        op: Any = step.op
        args = [self._value(x) for x in _floats(op, step.args)]
        return [op.name, args, self._kind(step), step.dtype.str, step.name]

    def _output(self, out: Any) -> Any:
        return {"spread": [out.array.i, out.size]} if isinstance(out, Spread) else self._value(out)

    def _value(self, x: Any) -> Any:
        if x.__class__ is Ref:
            return {"step": x.i}
        if isinstance(x, np.ndarray):
            return {"array": self._array(x)}
        if isinstance(x, np.dtype | type):
            return {"dtype": np.dtype(x).str}
        if isinstance(x, slice):
            return {"slice": [self._value(k) for k in (x.start, x.stop, x.step)]}
        if isinstance(x, tuple | list):
            return {type(x).__name__: [self._value(k) for k in x]}
        if x is ...:
            return {"ellipsis": True}
        if isinstance(x, np.bool_):
            return bool(x)
        if isinstance(x, np.number):
            number = float(x) if isinstance(x, np.floating) else int(x)
            return {"number": [x.dtype.str, self._value(number)]}
        if isinstance(x, float) and not math.isfinite(x):
            return {"float": repr(x)}
        return x

    def _array(self, x: Any) -> int:
        if id(x) not in self.places:
            self.places[id(x)] = len(self.arrays)
            data = zlib.compress(np.ascontiguousarray(x).tobytes())
            self.arrays.append([x.dtype.str, list(x.shape), base64.b85encode(data).decode()])
        return self.places[id(x)]


def _structure(structure: Structure) -> Any:
    if structure is LEAF:
        return "leaf"
    if structure.kind is None:
        kept = structure.kept.item() if isinstance(structure.kept, np.bool_) else structure.kept
        if kept is not None and not isinstance(kept, bool | str):
            raise UnsupportedError(f"save: {kept!r:.60} cannot be put into a file")
        return {"kept": kept}
    if structure.kind not in (list, tuple, dict):
        raise UnsupportedError(f"save: a {structure.kind.__name__} cannot be put into a file")
    for key in structure.keys:
        if type(key) not in (str, int):
            raise UnsupportedError(
                f"save: the key {key!r:.60} of a dict cannot be put into a file; take a text or a "
                "whole number"
            )
    children = [_structure(child) for child in structure.children]
    return {structure.kind.__name__: children, "keys": list(structure.keys)}


# Reading ------------------------------------------------------------------------------------------


def _want(truth: Any, what: str) -> None:
    if not truth:
        raise _DamagedError(what)


def _is_int(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool) and abs(x) < 2**62


def _is_name(x: Any) -> bool:
    is_word = isinstance(x, str) and x.isidentifier() and not keyword.iskeyword(x)
    return is_word and x != "__debug__"


class _Reading:
    """Data read as a program, nothing taken on trust."""

    def __init__(self, data: Any) -> None:
        _want(isinstance(data, dict), "it is not one object")
        _want(data.get("format") == FORMAT, f'its "format" is not {FORMAT!r}')
        _want(data.get("version") == VERSION, f"its version is {data.get('version')!r:.20}")
        changed = "it was changed or damaged after it was written (its crc32 is of another text)"
        _want(data.get("crc32") == checksum(data), changed)
        self.data = data
        self.arrays = [self._array(x) for x in self._list("arrays")]

    def _list(self, name: str) -> list[Any]:
        found = self.data.get(name)
        _want(isinstance(found, list), f'"{name}" is no list')
        return list(found or [])

    def program(self) -> Program:
        data = self.data
        _want(_is_name(data.get("name")), "its name is none")
        names = self._list("parameters")
        _want(
            all(map(_is_name, names)) and len(set(names)) == len(names), "parameters are no names"
        )
        kinds = [self._kind(x) for x in self._list("leaves")]
        given, result = _read_structure(data.get("arguments")), _read_structure(data.get("result"))
        is_call = given.kind is tuple and len(given.children) == 2
        _want(is_call and given.children[1].kind in (None, dict), "arguments are no call's")
        _want(len(given) == len(kinds), "leaves and arguments differ")
        _want(len(names) == len(given.children[0].children), "parameters and arguments differ")
        _want(all(isinstance(key, str) for key in given.children[1].keys), "options are no names")
        steps = [Step(None, (), shape, dtype) for shape, dtype in kinds]
        for x in self._list("steps"):
            steps.append(self._step(x, len(steps)))
        outputs = [self._output(x, steps) for x in self._list("outputs")]
        sizes = [out.size if isinstance(out, Spread) else 1 for out in outputs]
        _want(sum(sizes) == len(result), "outputs and result differ")
        guards = [self._guard(x, len(steps)) for x in self._list("guards")]
        rolled, exact = data.get("rolled"), data.get("exact")
        _want(isinstance(rolled, bool) and isinstance(exact, bool), "a setting is no truth")
        code = Code(steps, outputs, guards, len(kinds), bool(rolled))
        leaves = [_example(shape, dtype) for shape, dtype in kinds]
        known = self._known()
        try:
            form = signature(names, given, leaves)
            return _Loaded.of(code, form, result, data["name"], (), known, bool(exact))
        except Exception as error:  # of all that is checked nowhere else
            raise _DamagedError(f"it is put together wrongly: {error}") from error

    def _known(self) -> dict[str, Any]:
        known = self.data.get("names")
        _want(isinstance(known, dict) and all(map(_is_name, known)), '"names" are none')
        found = {name: self._value(x, 0) for name, x in dict(known or {}).items()}
        _want(all(isinstance(x, np.ndarray) for x in found.values()), '"names" name no arrays')
        return found

    def _dtype(self, x: Any) -> Any:
        _want(isinstance(x, str) and re.fullmatch(r"[<>=|][biuf]\d{1,2}", x), f"{x!r:.20} no dtype")
        try:
            return np.dtype(x)
        except TypeError as error:
            raise _DamagedError(f"{x!r} is no dtype") from error

    def _shape(self, x: Any, itemsize: int) -> tuple[int, ...]:
        is_shape = isinstance(x, list) and len(x) <= 32 and all(_is_int(n) and n >= 0 for n in x)
        _want(is_shape and math.prod(x) * itemsize <= MOST_BYTES, f"{x!r:.40} is no shape")
        return tuple(x)

    def _kind(self, x: Any) -> tuple[Any, Any]:
        if x is None:
            return None, np.dtype(float)
        _want(isinstance(x, list) and len(x) == 2, f"{x!r:.40} is no kind")
        dtype = self._dtype(x[0])
        return self._shape(x[1], dtype.itemsize), dtype

    def _array(self, x: Any) -> Any:
        _want(isinstance(x, list) and len(x) == 3 and isinstance(x[2], str), "an array is none")
        dtype = self._dtype(x[0])
        shape = self._shape(x[1], dtype.itemsize)
        size = math.prod(shape) * dtype.itemsize
        try:
            unpacking = zlib.decompressobj()
            data = unpacking.decompress(base64.b85decode(x[2]), size + 1)
        except (ValueError, zlib.error) as error:
            raise _DamagedError(f"an array is damaged: {error}") from error
        _want(len(data) == size, "an array is not as large as its shape")
        return np.frombuffer(data, dtype).reshape(shape)

    def _step(self, x: Any, place: int) -> Step:
        _want(isinstance(x, list) and len(x) == 5, f"step {place} is none")
        name, args, kind, dtype, label = x
        op = LINEAR if name == LINEAR.name else TABLE.get(name) if isinstance(name, str) else None
        _want(op is not None and isinstance(args, list), f"step {place} has no op: {name!r:.40}")
        _want(label is None or isinstance(label, str), f"step {place} has no label")
        values = tuple(self._value(arg, place) for arg in args)
        _check_arguments(op, values, f"step {place}, {name}")
        shape, _ = self._kind(kind)
        return Step(op, _floats(op, values), shape, self._dtype(dtype), label)

    def _output(self, x: Any, steps: Sequence[Step]) -> Any:
        if isinstance(x, dict) and "spread" in x:
            pair = x["spread"]
            _want(isinstance(pair, list) and len(pair) == 2 and all(map(_is_int, pair)), "a spread")
            _want(0 <= pair[0] < len(steps), "a spread is of no step")
            shape = steps[pair[0]].shape
            _want(shape and math.prod(shape) == pair[1] > 1, "a spread is of another size")
            return Spread(Ref(pair[0]), pair[1])
        value = x if type(x) is int else self._value(x, len(steps))
        _want(isinstance(value, Ref | float | int | np.number | np.ndarray), "an output is none")
        return value

    def _guard(self, x: Any, count: int) -> Guard:
        _want(isinstance(x, list) and len(x) == 3 and isinstance(x[2], str), "a guard is none")
        value, expected = self._value(x[0], count), self._value(x[1], count)
        is_truth = isinstance(expected, bool | None) or (
            isinstance(expected, np.ndarray) and expected.dtype == BOOL
        )
        _want(value.__class__ is Ref and is_truth, "a guard is of no truth")
        return Guard(value, expected, x[2])

    def _value(self, x: Any, place: int) -> Any:
        """A value of a step: its refs are of steps before it."""
        if x is None or isinstance(x, bool | float) or _is_int(x):
            return x
        if isinstance(x, str):
            _want(re.fullmatch(r"[A-Za-z,]*->[A-Za-z]*", x), f"{x!r:.40} is no value")
            return x
        _want(isinstance(x, dict) and len(x) == 1, f"{x!r:.40} is no value")
        ((kind, inner),) = x.items()
        reader = self._readers().get(kind)
        _want(reader is not None, f"{kind!r:.20} is no kind of value")
        return reader(inner, place) if reader else None

    def _readers(self) -> dict[str, Callable[[Any, int], Any]]:
        return {
            "step": self._ref,
            "array": self._of_pool,
            "dtype": lambda x, _: self._dtype(x),
            "slice": self._slice,
            "tuple": lambda x, place: tuple(self._members(x, place)),
            "list": self._members,
            "ellipsis": lambda x, _: ...,
            "float": self._float,
            "number": self._number,
        }

    def _ref(self, x: Any, place: int) -> Ref:
        _want(_is_int(x) and 0 <= x < place, f"{x!r:.20} is no step before")
        return Ref(x)

    def _of_pool(self, x: Any, _: int) -> Any:
        _want(_is_int(x) and 0 <= x < len(self.arrays), f"{x!r:.20} is no array")
        return self.arrays[x]

    def _slice(self, x: Any, place: int) -> slice:
        members = self._members(x, place)
        _want(len(members) == 3 and all(k is None or _is_int(k) for k in members), "no slice")
        return slice(*members)

    def _members(self, x: Any, place: int) -> list[Any]:
        _want(isinstance(x, list), f"{x!r:.40} is no list")
        return [self._value(k, place) for k in x]

    def _number(self, x: Any, place: int) -> Any:
        _want(isinstance(x, list) and len(x) == 2, f"{x!r:.40} is no number")
        dtype, value = self._dtype(x[0]), self._value(x[1], place)
        if dtype.kind == "f" and isinstance(value, float):
            return dtype.type(value)
        bounds = np.iinfo(dtype) if dtype.kind in "iu" else None
        fits = bounds and _is_int(value) and bounds.min <= value <= bounds.max
        _want(fits, f"{x!r:.40} is no number")
        return dtype.type(value)

    def _float(self, x: Any, _: int) -> float:
        _want(x in ("inf", "-inf", "nan"), f"{x!r:.20} is no float")
        return float(x)


def _example(shape: Any, dtype: Any) -> Any:
    """An argument of a kind, for its signature."""
    return 0.0 if shape is None else np.broadcast_to(np.zeros((), dtype), shape)


def _floats(op: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Whole numbers among the operands as floats, whose powers end: 2**(2**61) would not."""
    count = len(args) - op.statics
    return (*(float(x) if type(x) is int else x for x in args[:count]), *args[count:])


def _check_arguments(op: Any, values: tuple[Any, ...], where: str) -> None:
    """Operands are numbers, arrays and steps; what follows is what an op's parameters may be."""
    primitive: Primitive = op
    if primitive.rules:
        _want(len(values) == len(primitive.rules) + primitive.statics, f"{where}: operands")
    count = len(values) - primitive.statics
    _want(count >= 1, f"{where}: too few operands")
    for x in values[:count]:
        _want(
            isinstance(x, Ref | float | int | np.ndarray | np.number),
            f"{where}: {x!r:.40} is no operand",
        )
    if primitive.kind == "reduction" or primitive in (*VIEWS, ops.item):
        one = values[0]
        is_array = isinstance(one, Ref | np.ndarray) or primitive is ops.broadcast_to
        _want(is_array, f"{where}: {one!r:.40} is no array")
    for x in values[count:]:
        is_text = isinstance(x, str)
        _want(is_text is (primitive.name == "einsum") or not is_text, f"{where}: a text")
        _want(_is_static(x), f"{where}: {x!r:.40} is no parameter")
    if primitive is LINEAR:
        weights = values[-1]
        is_sum = isinstance(weights, tuple) and len(weights) == count + 1
        _want(is_sum and all(isinstance(w, float) for w in weights), f"{where}: weights")


def _is_static(x: Any) -> bool:
    if isinstance(x, tuple | list) and not isinstance(x, Ref):
        return all(map(_is_static, x))
    is_index = isinstance(x, np.ndarray) and x.dtype.kind in "biu"
    return (
        x is None
        or x is ...
        or is_index
        or isinstance(x, bool | float | int | str | slice | np.dtype)
    )


def _read_structure(x: Any, depth: int = 0) -> Structure:
    _want(depth < 100, "a structure is too deep")
    if x == "leaf":
        return LEAF
    _want(isinstance(x, dict), f"{x!r:.40} is no structure")
    if "kept" in x:
        kept = x["kept"]
        _want(kept is None or isinstance(kept, bool | str), f"{kept!r:.40} is no structure")
        return Structure(kept=kept)
    kinds: dict[str, Any] = {"list": list, "tuple": tuple, "dict": dict}
    name = next((name for name in kinds if name in x), "")
    keys, members = x.get("keys"), x.get(name)
    _want(isinstance(keys, list) and isinstance(members, list), "a structure has no members")
    keys = list(keys or [])
    _want(all(isinstance(key, str) or _is_int(key) for key in keys), "a key is none")
    _want(len(keys) == len(members or []) == len(set(keys)), "keys and members differ")
    if name != "dict":
        _want(keys == list(range(len(keys))), "the keys of a list are its places")
    children = tuple(_read_structure(child, depth + 1) for child in members or [])
    empty = None if name == "tuple" else kinds[name]()
    return Structure(kinds[name], tuple(keys), children, empty)
