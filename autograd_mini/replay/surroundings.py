"""Surroundings: what a function uses that is no argument: names of closures and of its module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from numbers import Number
from types import CellType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np

DEEPEST = 8


class Name(NamedTuple):
    """A name, where it is looked up, and what it stood for: a cell, or a module's names."""

    name: str
    place: Any
    value: Any

    def unchanged(self) -> bool:
        """Whether it still stands for the same."""
        now = _look(self.place, self.name)
        if now is self.value:
            return True
        return isinstance(now, Number | str) and type(now) is type(self.value) and now == self.value


def names_used(f: Callable[..., Any]) -> list[Name]:
    """The names of plain data that ``f`` uses, and the functions it is made of and calls."""
    found: list[Name] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = [(f, 0)]
    while waiting:
        function, depth = waiting.pop()
        if id(function) in seen or depth > DEEPEST:
            continue
        seen.add(id(function))
        if isinstance(function, partial):
            waiting.append((function.func, depth + 1))
        elif isinstance(function, MethodType):
            waiting.append((function.__func__, depth + 1))
        elif isinstance(function, FunctionType):
            # Its module may be that of a function it wraps; its names say where it is from.
            home = function.__globals__.get("__name__", "")
            is_ours = home.partition(".")[0] == __name__.partition(".")[0]
            for name in _names_of(function):
                if is_ours and name.place.__class__ is not CellType:
                    continue
                if callable(name.value):
                    waiting.append((name.value, depth + 1))
                elif is_data(name.value) and not is_ours:
                    found.append(name)
        elif (wrapped := getattr(function, "__wrapped__", None)) is not None:
            waiting.append((wrapped, depth + 1))
    return found


def _names_of(function: FunctionType) -> Iterator[Name]:
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        value = _look(cell, name)
        if value is not _MISSING:
            yield Name(name, cell, value)
    for name in code.co_names:
        if name in function.__globals__:
            yield Name(name, function.__globals__, function.__globals__[name])


_MISSING: Any = object()


def _look(place: Any, name: str) -> Any:
    try:
        return place.cell_contents if place.__class__ is CellType else place.get(name, _MISSING)
    except ValueError:  # a cell that is empty by now
        return _MISSING


def is_data(x: Any) -> bool:
    """Whether something is data that a recording keeps as it was."""
    return x is None or isinstance(x, Number | str | np.ndarray | list | tuple | dict)


def arrays_by_name(names: list[Name]) -> dict[str, Any]:
    """The arrays among them, and lists of numbers as arrays, to call constants by."""
    found: dict[str, Any] = {}
    for name in names:
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
