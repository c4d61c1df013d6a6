"""Surroundings: what a function uses that is no argument: names, and attributes of objects."""

from __future__ import annotations

import dis
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from numbers import Number
from types import (
    CellType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, NamedTuple

import numpy as np

from ..node import Node

DEEPEST = 8
"""So many calls and attributes deep it is looked."""

INSTALLED = "-packages" + os.sep
"""What the path of an installed package holds."""


class Name(NamedTuple):
    """A name, where it is looked up, and what it stood for.

    The place is a cell, the names of a module, or what has it as an attribute: an object, a class,
    a module, or a function whose defaults they are.
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

    def __str__(self) -> str:
        """The name as it is read, with the class of the object that has it."""
        if isinstance(self.place, dict | CellType):
            return self.name
        is_named = isinstance(self.place, ModuleType | FunctionType)
        return f"{(self.place if is_named else _class(self.place)).__name__}.{self.name}"


class Surroundings:
    """All ``names`` that a function uses, and what they stood for.

    Attributes are looked at of ``objects``, too: of those among its arguments.
    """

    def __init__(self, f: Callable[..., Any], objects: Iterable[Any] = ()) -> None:
        self.names = names_used(f, objects)
        self._identical = _identity(self.names)

    def values(self) -> list[Any]:
        """What the names stood for."""
        return [x for name in self.names for x in _values(name)]

    def unchanged(self) -> bool:
        """Whether each stands for the same; mostly that takes one look at each."""
        try:
            if self._identical():
                return True
        except (AttributeError, KeyError, ValueError):  # a name that is no more
            return False
        return not self.changed()

    def changed(self) -> list[str]:
        """The names that stand for something else now."""
        return [str(name) for name in self.names if not name.unchanged()]


def _identity(names: Sequence[Name]) -> Callable[[], bool]:
    """Whether all names stand for the very objects they stood for, as one expression."""
    scope: dict[str, Any] = {}
    tests = []
    for i, (name, place, value) in enumerate(names):
        scope[f"p{i}"], scope[f"v{i}"] = place, value
        attribute = "cell_contents" if type(place) is CellType else name
        look = f"[{name!r}]" if type(place) is dict else f".{attribute}"
        tests.append(f"p{i}{look} is v{i}")
    identical: Callable[[], bool] = eval(f"lambda: {' and '.join(tests) or True}", scope)
    return identical


def names_used(f: Callable[..., Any], objects: Iterable[Any] = ()) -> list[Name]:
    """The names that ``f`` uses, the functions it is made of and calls, and their attributes.

    Of an object that is reached by a name or among ``objects`` these are the attributes that some
    function asks for, of whatever it be. What NumPy, Python's library and this package use stays
    as it is, and so do attributes that functions of other installed packages ask for.
    """
    walk = _Walk()
    walk.visit([f, *objects], 0)
    while walk.waiting:
        walk.step()
        if not walk.waiting:
            walk.look_at_attributes()
    return walk.found


class _Walk:
    """From a function to what it uses: the names it ``found``, the attributes functions want."""

    def __init__(self) -> None:
        self.found: list[Name] = []
        self.waiting: list[tuple[Any, int]] = []
        self.holders: list[tuple[Any, int]] = []
        self.wanted: dict[str, None] = {}
        self.seen: dict[int, Any] = {}  # held, so that no other object takes an id
        self.asked: set[tuple[int, str]] = set()

    def visit(self, values: Iterable[Any], depth: int) -> None:
        """Look at these later on."""
        if depth <= DEEPEST:
            self.waiting += [(x, depth) for x in values]

    def step(self) -> None:
        """Take the next thing apart: a function, what is called like one, or what holds others."""
        x, depth = self.waiting.pop()
        if id(x) in self.seen or isinstance(x, _PLAIN):
            return
        self.seen[id(x)] = x
        if isinstance(x, FunctionType):
            self._function(x, depth)
        elif isinstance(x, list | tuple | dict):
            members = list(x.values() if isinstance(x, dict) else x)
            if not all(issubclass(kind, _PLAIN) for kind in {*map(type, members)}):
                self.visit(members, depth)
        else:
            self.visit(_parts(x) if callable(x) else (), depth + 1)
            if _is_own(x):
                self.holders.append((x, depth))
                self.visit(_operators(x), depth + 1)

    def _function(self, function: FunctionType, depth: int) -> None:
        names = list(_names_of(function))
        self.visit([x for name in names for x in _values(name)], depth + 1)
        file = function.__code__.co_filename
        if not _is_library(file):
            self.found += names
            if INSTALLED not in file:
                self.wanted.update(dict.fromkeys(_looked_up(function.__code__)[1]))

    def look_at_attributes(self) -> None:
        """Look at the attributes that functions want by now of all that has some."""
        for holder, depth in self.holders:
            for name in self.wanted:
                if (id(holder), name) not in self.asked:
                    self.asked.add((id(holder), name))
                    self._attribute(holder, name, depth + 1)

    def _attribute(self, holder: Any, name: str, depth: int) -> None:
        """Watch what is held under a name; of a property or a method its function."""
        value = inspect.getattr_static(holder, name, _MISSING)
        if type(value) is MemberDescriptorType:
            value = getattr(holder, name, _MISSING)
        if value is _MISSING:
            return
        is_bound = isinstance(holder, type) or name not in getattr(holder, "__dict__", ())
        if is_bound and hasattr(type(value), "__get__"):
            self.visit([_function_in(value)], depth)
        elif _look(holder, name) is value:  # a class may give attributes in a way of its own
            self.found.append(Name(name, holder, value))
            self.visit([value], depth)


def _operators(x: Any) -> list[FunctionType]:
    """The functions by which an object's class does what has a sign, as x + y, x[i], x(y)."""
    return [
        function
        for owner in type(x).__mro__
        for name, function in vars(owner).items()
        if name.startswith("__") and name not in _NO_OPERATORS and type(function) is FunctionType
    ]


_NO_OPERATORS = {"__init__", "__new__", "__repr__", "__str__", "__del__"}


def _parts(function: Any) -> list[Any]:
    """What something is made of that is called like a function."""
    if isinstance(function, partial):
        return [function.func, *function.args, *function.keywords.values()]
    if isinstance(function, MethodType):
        return [function.__func__, function.__self__]
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
    for name in _looked_up(code)[0]:
        if name in scope:
            yield Name(name, scope, scope[name])
    for name in ("__defaults__", "__kwdefaults__"):
        if getattr(function, name):
            yield Name(name, function, getattr(function, name))


def _function_in(descriptor: Any) -> Any:
    """The function that a property, a method and the like are made of."""
    for name in ("fget", "func", "__func__"):
        descriptor = getattr(descriptor, name, descriptor)
    return descriptor


@lru_cache(maxsize=1024)
def _looked_up(code: CodeType) -> tuple[list[str], list[str]]:
    """What code, and what is defined in it, looks up in its module, and as attributes."""
    found: dict[str, None] = {}
    attributes: dict[str, None] = {}
    for step in dis.get_instructions(code):
        if "_GLOBAL" in step.opname or step.opname == "LOAD_NAME":
            found[step.argval] = None
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            attributes[step.argval] = None
    for constant in code.co_consts:
        if isinstance(constant, str) and "getattr" in found and constant.isidentifier():
            attributes[constant] = None
        if isinstance(constant, CodeType):
            inner, inner_attributes = _looked_up(constant)
            found.update(dict.fromkeys(inner))
            attributes.update(dict.fromkeys(inner_attributes))
    return list(found), list(attributes)


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
    return file.startswith(_LIBRARIES) or (file.startswith(_STANDARD) and INSTALLED not in file)


_PLAIN = (Number, str, bytes, np.ndarray, Node, type(None))
"""What uses nothing."""


def _is_own(x: Any) -> bool:
    """Whether a module, a class, or an object's class, is the user's, or a mere namespace."""
    if isinstance(x, SimpleNamespace):
        return True
    name = x.__name__ if isinstance(x, ModuleType) else _class(x).__module__
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    is_installed = INSTALLED in file and not isinstance(x, ModuleType)
    return name.partition(".")[0] not in _LIBRARY_NAMES and not is_installed


_LIBRARY_NAMES = sys.stdlib_module_names | {"numpy", __name__.partition(".")[0]}


def _class(x: Any) -> type:
    return x if isinstance(x, type) else type(x)


_MISSING: Any = object()


def _look(place: Any, name: str) -> Any:
    if type(place) is dict:
        return place.get(name, _MISSING)
    try:
        return place.cell_contents if type(place) is CellType else getattr(place, name)
    except (AttributeError, ValueError):  # what is no more; a cell that is empty by now
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
    if isinstance(x, list | tuple) and x and _are_numbers(x):
        try:
            array = np.asarray(x)
        except ValueError:  # no rectangle
            return None
        return array.astype(float) if array.dtype.kind in "iu" else array
    return None


def _are_numbers(x: Sequence[Any]) -> bool:
    """Whether nested lists hold numbers alone: NumPy would take an object of a class apart."""
    kinds = {*map(type, x)}
    if all(issubclass(kind, Number) for kind in kinds):
        return True
    return all(issubclass(kind, list | tuple) for kind in kinds) and all(map(_are_numbers, x))
