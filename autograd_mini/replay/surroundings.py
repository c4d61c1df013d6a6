"""Surroundings: what a function uses that is no argument: names of closures and of its module."""

from __future__ import annotations

import dis
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from numbers import Number
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

DEEPEST = 8


class Name(NamedTuple):
    """A name, where it is looked up, and what it stood for.

    The place is a cell, the names of a module, or a function whose defaults they are.
    """

    name: str
    place: Any
    value: Any

    def unchanged(self) -> bool:
        """Whether it still stands for the same, or for an equal number or text."""
        now = _look(self.place, self.name)
        if now is self.value:
            return True
        return isinstance(now, Number | str) and type(now) is type(self.value) and now == self.value


class Surroundings:
    """All ``names`` that a function uses, and what they stood for."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.names = names_used(f)
        self._identical = _identity(self.names)

    def values(self) -> list[Any]:
        """What the names stood for."""
        return [x for name in self.names for x in _values(name)]

    def unchanged(self) -> bool:
        """Whether each stands for the same; mostly that takes one look at each."""
        try:
            if self._identical():
                return True
        except (KeyError, ValueError):  # a name that is no more
            return False
        return all(name.unchanged() for name in self.names)


def _identity(names: Sequence[Name]) -> Callable[[], bool]:
    """Whether all names stand for the very objects they stood for, as one expression."""
    scope: dict[str, Any] = {}
    tests = []
    for i, (name, place, value) in enumerate(names):
        scope[f"p{i}"], scope[f"v{i}"] = place, value
        attribute = {CellType: "cell_contents", FunctionType: name}.get(type(place))
        look = f".{attribute}" if attribute else f"[{name!r}]"
        tests.append(f"p{i}{look} is v{i}")
    identical: Callable[[], bool] = eval(f"lambda: {' and '.join(tests) or True}", scope)
    return identical


def names_used(f: Callable[..., Any]) -> list[Name]:
    """The names that ``f`` uses, and the functions it is made of and calls by a name.

    What those of NumPy, of Python's library and of this package use stays as it is.
    """
    found: list[Name] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = [(f, 0)]
    while waiting:
        function, depth = waiting.pop()
        if id(function) in seen or depth > DEEPEST:
            continue
        seen.add(id(function))
        if isinstance(function, FunctionType):
            names = list(_names_of(function))
            inner = [x for name in names for x in _values(name)]
            if not _is_library(function.__code__.co_filename):
                found += names
        else:
            inner = _parts(function)
        waiting += [(x, depth + 1) for x in inner if callable(x)]
    return found


def _parts(function: Any) -> list[Any]:
    """What something is made of that is called like a function."""
    if isinstance(function, partial):
        return [function.func, *function.args, *function.keywords.values()]
    if isinstance(function, MethodType):
        return [function.__func__]
    call = getattr(type(function), "__call__", None)  # noqa: B004 # its function is wanted
    return [getattr(function, "__wrapped__", None), call if type(call) is FunctionType else None]


def _names_of(function: FunctionType) -> Iterator[Name]:
    """The names that a function looks up; of one of a library those of its closure alone."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        value = _look(cell, name)
        if value is not _MISSING:
            yield Name(name, cell, value)
    if _is_library(code.co_filename):
        return
    scope = function.__globals__
    for name, attribute in _looked_up(code):
        if name not in scope:
            continue
        value = scope[name]
        if not attribute:
            yield Name(name, scope, value)
        elif _is_own_module(value) and attribute in vars(value):
            yield Name(attribute, vars(value), vars(value)[attribute])
    for name in ("__defaults__", "__kwdefaults__"):
        if getattr(function, name):
            yield Name(name, function, getattr(function, name))


@lru_cache(maxsize=1024)
def _looked_up(code: CodeType) -> tuple[tuple[str, str], ...]:
    """What code, and what is defined in it, looks up in its module, with the attribute it wants."""
    found: dict[tuple[str, str], None] = {}
    name = ""
    for step in dis.get_instructions(code):
        if "_GLOBAL" in step.opname or step.opname == "LOAD_NAME":
            name = step.argval
            found[name, ""] = None
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            found[name, step.argval] = None
            name = ""
        else:
            name = ""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.update(dict.fromkeys(_looked_up(constant)))
    return tuple(found)


def _values(name: Name) -> list[Any]:
    """What a name stands for: of defaults the values."""
    if type(name.place) is not FunctionType:
        return [name.value]
    return list(name.value.values() if isinstance(name.value, dict) else name.value)


_LIBRARIES = tuple(
    os.path.dirname(file) + os.sep for file in (os.path.dirname(__file__), np.__file__)
)
_STANDARD = os.path.dirname(os.__file__) + os.sep


def _is_library(file: str) -> bool:
    return file.startswith(_LIBRARIES) or (file.startswith(_STANDARD) and "-packages" not in file)


def _is_own_module(x: Any) -> bool:
    return isinstance(x, ModuleType) and not _is_library(getattr(x, "__file__", None) or "")


_MISSING: Any = object()


def _look(place: Any, name: str) -> Any:
    if type(place) is dict:
        return place.get(name, _MISSING)
    try:
        return place.cell_contents if type(place) is CellType else getattr(place, name)
    except ValueError:  # a cell that is empty by now
        return _MISSING


def arrays_by_name(names: list[Name]) -> dict[str, Any]:
    """The arrays among them, and lists of numbers as arrays, to call constants by."""
    found: dict[str, Any] = {}
    for name in names:
        if type(name.place) is FunctionType:
            continue
        array = _as_array(name.value)
        if array is not None and array.size > 1 and array.dtype.kind == "f":
            found.setdefault(name.name, array)
    return found


def _as_array(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, list | tuple) and x:
        try:
            array = np.asarray(x)
        except (ValueError, TypeError):  # no rectangle, or something that is no number
            return None
        return array.astype(float) if array.dtype.kind in "iu" else array
    return None
