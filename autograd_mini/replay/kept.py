"""Kept: what results hold besides numbers, which a replay gives again as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from enum import Enum
from numbers import Number
from types import BuiltinFunctionType, EllipsisType, FunctionType, ModuleType, NoneType
from typing import Any

import numpy as np

from ..errors import TraceError
from ..primitive import Primitive
from ..tree import LEAF, Structure
from .surroundings import Surroundings

CONSTANTS = (
    NoneType, EllipsisType, Number, str, bytes, np.generic, np.dtype, date, time, Enum, range,
    slice, type, ModuleType, BuiltinFunctionType, Primitive,
)  # fmt: skip
"""What is the same for ever."""


def check_kept(results: Structure, given: Structure, around: Surroundings, name: str) -> None:
    """Raise `TraceError` for what a function may have made anew, as a replay will not.

    What it got as an argument or has under a name is the same at each replay.
    """
    known = {id(x) for x in kept(given)} | {id(x) for x in around.values()}
    for x in kept(results):
        if id(x) not in known and not _is_constant(x):
            raise TraceError(
                f"{name} gave a {type(x).__name__}, and a replay could only give that of this call "
                "again; let the function return numbers and arrays, and lists, tuples, dicts and "
                "dataclasses of them (a list for a set or a generator), and make other objects of "
                "these outside of it"
            )


def kept(structure: Structure) -> Iterator[Any]:
    """What a structure holds that is no leaf; keys of dicts, too."""
    if structure.kind is None and structure is not LEAF:
        yield structure.kept
    if structure.kind is not None and issubclass(structure.kind, dict):
        yield from structure.keys
    for child in structure.children:
        if child is not LEAF:
            yield from kept(child)


def kinds(structure: Structure) -> set[type]:
    """The classes of what a structure is made of."""
    found = set() if structure.kind is None else {structure.kind}
    return found.union(*(kinds(child) for child in structure.children if child is not LEAF))


def _is_constant(x: Any) -> bool:
    if isinstance(x, tuple | frozenset):
        return all(map(_is_constant, x))
    return isinstance(x, CONSTANTS) or (isinstance(x, FunctionType) and not x.__closure__)
