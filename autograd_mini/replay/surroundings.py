"""Surroundings: what a function uses that is no argument: names, and attributes of objects."""

from __future__ import annotations

import inspect
import os
import sys
import threading
import weakref
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from keyword import iskeyword
from numbers import Number
from types import (
    CellType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, NamedTuple

import numpy as np

from ..node import Node
from .uses import full_name, is_generated, uses_of

INSTALLED = "-packages" + os.sep
"""What the path of an installed package holds."""


class Name(NamedTuple):
    """A name, where it is looked up, and what it stood for; `MISSING` if it was not there.

    The place is a cell, the names of a module or a class, a `ContextVar`, or what has it as an
    attribute: an object, a class, a module, or a function whose code and defaults they are.
    """

    name: str
    place: Any
    value: Any

    @property
    def is_of_defaults(self) -> bool:
        """Whether it stands for the defaults of a function."""
        return type(self.place) is FunctionType and self.name in _DEFAULTS

    def unchanged(self) -> bool:
        """Whether it still stands for the same, or for an equal number or text."""
        now, value = _look(self.place, self.name), self.value
        if now is value:
            return True
        # Of numbers the text: -0.0 is another one than 0.0, and a nan is what it was.
        is_told = type(now) is type(value) and (type(now) in _TOLD or isinstance(now, np.generic))
        return is_told and repr(now) == repr(value)

    def __str__(self) -> str:
        """The name as it is read, with the class of the object that has it."""
        if type(self.place) in _NO_OWNERS:
            return self.name
        is_named = isinstance(self.place, ModuleType | FunctionType)
        return f"{(self.place if is_named else _class(self.place)).__name__}.{self.name}"

    def test(self, place: str, value: str) -> str:
        """As an expression: whether it stands for the very object it stood for."""
        kind, name = type(self.place), self.name
        is_missing = self.value is MISSING
        if kind in _SCOPES and is_missing:
            return f"{name!r} not in {place}"
        if kind in _SCOPES:
            look = f"{place}[{name!r}]"
        elif kind is ContextVar:
            look = f"{place}.get(MISSING)"
        elif kind is CellType:
            look = f"{place}.cell_contents"
        elif is_missing or iskeyword(name):
            look = f"getattr({place}, {name!r}, MISSING)"
        else:
            look = f"{place}.{name}"
        return f"{look} is {value}"


class Surroundings:
    """All ``names`` that a function uses, and what they stood for.

    Attributes are looked at of ``objects``, too: of those among its arguments; and of the classes
    ``kinds`` of arguments that were taken apart.
    """

    def __init__(
        self, f: Callable[..., Any], objects: Iterable[Any] = (), kinds: Iterable[type] = ()
    ) -> None:
        walk = _walked(f, objects, kinds)
        self.names = list(walk.found.values())
        self._stored = walk.stored
        self._identical = _identity(self.names)

    def values(self) -> list[Any]:
        """What the names stood for."""
        return [x for name in self.names for x in _values(name)]

    def since(self, before: Surroundings, captured: Iterable[Node]) -> Surroundings:
        """These after f ran, with what was changed meanwhile as it was before, so that it shows.

        But for a module that f imported, and for what f keeps its nodes in: one that was there
        and is not among those ``captured`` is replaced and never read.
        """
        known = {(id(name.place), name.name): name for name in before.names}
        read = {id(node) for node in captured}

        def as_before(name: Name) -> Name:
            old = known.get((id(name.place), name.name), name)
            is_idle = _is(old.value, Node) and id(old.value) not in read
            is_new = name.place is sys.modules or (is_idle and name.name in self._stored)
            return name if is_new else old

        self.names = list(map(as_before, self.names))
        self._identical = _identity(self.names)
        return self

    def unchanged(self) -> bool:
        """Whether each stands for the same; mostly that takes one look at each."""
        with suppress(Exception):  # a name that is no more, or an object that answers by an error
            if self._identical():
                return True
        return not self.changed()

    def changed(self) -> list[str]:
        """The names that stand for something else now."""
        return [str(name) for name in self.names if not name.unchanged()]


def _identity(names: Sequence[Name]) -> Callable[[], bool]:
    """Whether all names stand for the very objects they stood for, as one expression."""
    scope: dict[str, Any] = {"MISSING": MISSING}
    tests = []
    for i, name in enumerate(names):
        scope[f"p{i}"], scope[f"v{i}"] = name.place, name.value
        tests.append(name.test(f"p{i}", f"v{i}"))
    identical: Callable[[], bool] = eval(f"lambda: {' and '.join(tests) or True}", scope)
    return identical


def names_used(
    f: Callable[..., Any], objects: Iterable[Any] = (), kinds: Iterable[type] = ()
) -> list[Name]:
    """The names that ``f`` uses, the functions it is made of and calls, and their attributes.

    Of an object that is reached by a name or among ``objects`` these are the attributes that some
    function asks for, of whatever it be, and the methods and attributes of its classes; of a class
    that is reached by a name also what makes its objects. What NumPy, Python's library and this
    package use stays as it is, and so do attributes that functions of other installed packages ask
    for.
    """
    return list(_walked(f, objects, kinds).found.values())


def _walked(f: Callable[..., Any], objects: Iterable[Any], kinds: Iterable[type]) -> _Walk:
    walk = _Walk()
    walk.waiting = [f, *objects]
    for kind in filter(_is_own, kinds):
        walk.hold(kind, kind)
    while walk.waiting:
        walk.step()
        if not walk.waiting:
            walk.look_at_attributes()
    return walk


class _Walk:
    """From a function to what it uses: the names it ``found``, the attributes functions want."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], Name] = {}
        self.waiting: list[Any] = []
        self.holders: list[Any] = []
        self.others: set[int] = set()  # those of classes that are not the user's
        self.wanted: dict[str, None] = {}
        self.perhaps: set[str] = set()  # those without which some function goes on
        self.stored: set[str] = set()  # names and attributes that some function gives values to
        self.seen: dict[int, Any] = {}  # held, so that no other object takes an id
        self.asked: set[tuple[int, str, bool]] = set()
        self.done = 0, 0, 0  # so many of holders, wanted and perhaps were looked at

    def step(self) -> None:
        """Take the next thing apart: a function, what is called like one, or what holds others."""
        x = self.waiting.pop()
        if id(x) in self.seen or _uses_nothing(type(x)):
            return
        self.seen[id(x)] = x
        if _is(x, FunctionType):
            self._function(x)
            return
        if _is(x, _CONTAINERS):
            self._members(x)
        elif _is(x, ContextVar):
            self._watch(Name(x.name, x, x.get(MISSING)))
            self.waiting.append(x.get(None))
        elif callable(x):
            self.waiting += _parts(x)
        if _is_own(x):
            self.hold(x, type(x))
            if _is(x, type):
                self.waiting += _operators(x, _WORDS)
                matched = _ask(x, "__match_args__")
                self.wanted.update(dict.fromkeys(matched if type(matched) is tuple else ()))
        elif type(_ask(x, "__dict__")) is dict and not _is(x, ModuleType):
            self.holders.append(x)
            self.others.add(id(x))

    def hold(self, x: Any, kind: type) -> None:
        """Look at the attributes of an object or a class, and at the operators of its class."""
        self.holders.append(x)
        self.waiting += _operators(kind, _MAKERS)

    def _members(self, x: Any) -> None:
        members: list[Any] = []
        with suppress(Exception):  # a lazy one may answer by an error
            members = [*x, *x.values()] if _is(x, Mapping) else list(x)
        if not all(map(_uses_nothing, {*map(type, members)})):
            self.waiting += members

    def _watch(self, name: Name) -> None:
        self.found.setdefault((id(name.place), name.name), name)

    def _function(self, function: FunctionType) -> None:
        names = list(_names_of(function))
        self.waiting += [x for name in names for x in _values(name)]
        file = function.__code__.co_filename
        if _is_library(file):
            return
        for name in names:
            self._watch(name)
        if INSTALLED not in file:
            uses = uses_of(function.__code__)
            self.wanted.update(uses.attributes)
            self.perhaps.update(uses.perhaps)
            self.stored.update(uses.stored)
            if vars(function):
                self.holders.append(function)

    def look_at_attributes(self) -> None:
        """Look at the attributes that functions want by now of all that has some."""
        looked, *known = self.done
        first = looked if known == [len(self.wanted), len(self.perhaps)] else 0
        self.done = len(self.holders), len(self.wanted), len(self.perhaps)
        for holder in self.holders[first:]:
            for name in self.wanted:
                question = id(holder), name, name in self.perhaps
                if question not in self.asked:
                    self.asked.add(question)
                    self._attribute(holder, name)

    def _attribute(self, holder: Any, name: str) -> None:
        """Watch what is held under a name, and the functions that classes have under it."""
        held = _ask(holder, "__dict__")
        held = held if _is(held, _SCOPES) else {}
        if id(holder) in self.others and name not in held:
            return
        value = inspect.getattr_static(holder, name, held.get(name, MISSING))
        if type(value) is MemberDescriptorType:
            value = _ask(holder, name)
        may_lack = name in self.perhaps and _ask(holder, "__getattr__") is MISSING
        if value is MISSING and not may_lack:
            return
        is_bound = _is(holder, type) or name not in held
        is_function = is_bound and hasattr(type(value), "__get__")
        if is_function:
            self.waiting.append(_function_in(value))
        elif _look(holder, name) is value:  # a class may give attributes in a way of its own
            self._watch(Name(name, holder, value))
            self.waiting.append(value)
        self._of_classes(_class(holder), name, 0 if is_function else 1)

    def _of_classes(self, kind: type, name: str, start: int) -> None:
        """Watch what a class has under a name, and those it is made of, as super() asks for it."""
        owners = [owner for owner in kind.__mro__ if name in vars(owner) and _is_own(owner)]
        for i, owner in enumerate(owners[start:], start):
            value, asked = vars(owner)[name], owner if i else kind
            place = asked if _look(asked, name) is value else vars(owner)
            self.found.setdefault((id(asked), name), Name(name, place, value))
            self.waiting.append(_function_in(value))


def _operators(kind: type, without: frozenset[str]) -> list[FunctionType]:
    """The functions by which a class does what has a sign, as x + y, x[i], x(y)."""
    found = [
        _function_in(function)
        for owner in kind.__mro__[:-1]
        for name, function in vars(owner).items()
        if name.startswith("__") and name not in without
    ]
    return [
        function
        for function in found
        if type(function) is FunctionType
        and (function.__name__ == "__init__" or not is_generated(function.__code__))
    ]


_WORDS = frozenset({"__repr__", "__str__", "__del__"})
_MAKERS = _WORDS | {"__init__", "__new__", "__post_init__"}


def _parts(function: Any) -> list[Any]:
    """What something is made of that is called like a function."""
    if _is(function, partial):
        return [function.func, *function.args, *function.keywords.values()]
    if _is(function, MethodType):
        return [function.__func__, function.__self__]
    if _is(function, weakref.ref):
        return [function()]
    call = _ask(type(function), "__call__")
    return [_ask(function, "__wrapped__", None), call if type(call) is FunctionType else None]


def _names_of(function: FunctionType) -> Iterator[Name]:
    """The names that a function looks up; of one of a library those of its closure alone."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        value = _look(cell, name)
        if value is not MISSING:
            yield Name(name, cell, value)
    if _is_library(code.co_filename):
        return
    scope, uses = function.__globals__, uses_of(code)
    is_own = INSTALLED not in code.co_filename
    for name in uses.names:
        if name in scope or is_own:
            yield Name(name, scope, scope.get(name, MISSING))
    for name in _DEFAULTS:
        if getattr(function, name):
            yield Name(name, function, getattr(function, name))
    if is_own and not is_generated(code):
        yield Name("__code__", function, code)
    for name, level in uses.modules if is_own else ():
        module = full_name(name, level, scope.get("__package__") or "")
        if module.partition(".")[0] not in _LIBRARY_NAMES:
            yield Name(module, sys.modules, sys.modules.get(module, MISSING))


_DEFAULTS = ("__defaults__", "__kwdefaults__")


def _function_in(descriptor: Any) -> Any:
    """The function that a property, a method and the like are made of."""
    for name in ("fget", "func", "__func__"):
        descriptor = _ask(descriptor, name, descriptor)
    return descriptor


def _values(name: Name) -> list[Any]:
    """What a name stands for: of defaults the values."""
    if not name.is_of_defaults:
        return [name.value]
    return list(name.value.values() if isinstance(name.value, dict) else name.value)


_LIBRARIES = (
    "<frozen ",  # modules of Python that are part of the program itself
    *(os.path.dirname(file) + os.sep for file in (os.path.dirname(__file__), np.__file__)),
)
_STANDARD = os.path.dirname(os.__file__) + os.sep


def _is_library(file: str) -> bool:
    return file.startswith(_LIBRARIES) or (file.startswith(_STANDARD) and INSTALLED not in file)


_TOLD = {bool, int, float, complex, str, bytes}
"""What is the same if it reads the same, as are numbers of NumPy."""
_PLAIN = (Number, str, bytes, np.ndarray, Node, type(None))
_CONTAINERS: tuple[type, ...] = (
    *(list, tuple, dict, set, frozenset, deque, MappingProxyType, UserDict, UserList, ChainMap),
    *(weakref.WeakValueDictionary, weakref.WeakKeyDictionary, weakref.WeakSet),
    *(type({}.keys()), type({}.values()), type({}.items())),
)
_SCOPES = (dict, MappingProxyType)
_NO_OWNERS = (*_SCOPES, CellType, ContextVar)


def _uses_nothing(kind: type) -> bool:
    """Whether objects of a class are numbers, texts and the like, without attributes."""
    return issubclass(kind, _PLAIN) and not kind.__dictoffset__


_NAMESPACES = (SimpleNamespace, threading.local)


def _is_own(x: Any) -> bool:
    """Whether a module, a class, or an object's class, is the user's, or a mere namespace."""
    is_module = _is(x, ModuleType)
    name = str(_ask(x, "__name__") if is_module else _ask(_class(x), "__module__"))
    if name.partition(".")[0] in _LIBRARY_NAMES:
        return _is(x, _NAMESPACES)
    return is_module or INSTALLED not in str(_ask(sys.modules.get(name), "__file__"))


_LIBRARY_NAMES = sys.stdlib_module_names | {"numpy", __name__.partition(".")[0]}


def _class(x: Any) -> type:
    return x if _is(x, type) else type(x)


def _is(x: Any, kinds: Any) -> bool:
    """Whether an object is of a class, whatever it says its own is."""
    return issubclass(type(x), kinds)


MISSING: Any = object()


def _look(place: Any, name: str) -> Any:
    if type(place) in _SCOPES:
        return place.get(name, MISSING)
    if type(place) is ContextVar:
        return place.get(MISSING)
    return _ask(place, "cell_contents" if type(place) is CellType else name)


def _ask(x: Any, name: str, default: Any = MISSING) -> Any:
    """An attribute, if there is one: an object may answer by whatever error, a cell be empty."""
    try:
        return getattr(x, name)
    except Exception:  # f will meet it, too, if it asks for it
        return default


def arrays_by_name(names: list[Name]) -> dict[str, Any]:
    """The arrays among them, and lists of numbers as arrays, to call constants by."""
    found: dict[str, Any] = {}
    for name in names:
        if name.is_of_defaults:
            continue
        array = _as_array(name.value)
        if array is not None and array.size > 1 and array.dtype.kind == "f":
            found.setdefault(name.name, array)
    return found


def _as_array(x: Any) -> Any:
    if _is(x, np.ndarray):
        return x
    if _is(x, list | tuple) and x and _are_numbers(x, MOST_AXES):
        try:
            array = np.asarray(x)
        except ValueError:  # no rectangle
            return None
        return array.astype(float) if array.dtype.kind in "iu" else array
    return None


MOST_AXES = 64
"""So many axes has an array at most."""


def _are_numbers(x: Sequence[Any], axes: int) -> bool:
    """Whether nested lists hold numbers alone: NumPy would take an object of a class apart."""
    kinds = {*map(type, x)}
    if all(issubclass(kind, Number) for kind in kinds):
        return True
    are_lists = axes and all(issubclass(kind, list | tuple) for kind in kinds)
    return bool(are_lists) and all(_are_numbers(member, axes - 1) for member in x)
