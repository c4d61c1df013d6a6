"""Signature: what kind of arguments a recording is for, and how a program takes and gives them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..node import Node
from ..tree import LEAF, Structure
from .names import free

CONTAINERS = (list, tuple, dict)

Shape = tuple[int, ...]


def rectangles(structure: Structure, start: int = 0) -> dict[range, Shape]:
    """The lists of leaves, as which leaves they hold and what shape they have as an array.

    Lists of lists of one length are one rectangle; a tuple is one by itself.
    """
    shape = _rectangle(structure)
    if shape is not None:
        count = math.prod(shape)
        return {range(start, start + count): shape} if shape and count else {}
    found: dict[range, Shape] = {}
    for child in structure.children:
        found.update(rectangles(child, start))
        start += len(child)
    return found


def lists_given(structure: Structure, leaves: Sequence[Any]) -> dict[range, Shape]:
    """The lists of floats among the arguments of a call."""
    found: dict[range, Shape] = {}
    start = 0
    for arguments in structure.children:
        for child in arguments.children:
            found.update(rectangles(child, start))
            start += len(child)
    return {run: shape for run, shape in found.items() if _are_floats(leaves[run.start : run.stop])}


def _are_floats(leaves: Sequence[Any]) -> bool:
    return all(type(x) is float for x in leaves)


def _rectangle(structure: Structure) -> Shape | None:
    """The shape of nested lists of leaves; None for what has none."""
    if structure is LEAF:
        return ()
    if structure.kind not in (list, tuple):
        return None
    shapes = {_rectangle(child) for child in structure.children}
    if len(shapes) != 1 or (structure.kind is tuple and shapes != {()}):
        return None
    (inner,) = shapes
    deep = inner is not None and not (inner and structure.children[0].kind is tuple)
    return (len(structure.children), *inner) if inner is not None and deep else None


@dataclass
class Signature:
    """The arguments of a call, taken apart: ``structure`` is that of (args, options).

    ``names`` are those of the arguments by position, ``parameters`` is how a function that takes
    all is declared, ``inputs`` how each leaf is written in it, ``lists`` how the lists are that
    leaves come in, with their shapes as arrays. ``fits(args, options)`` tells whether another call
    is of the same kind; ``leaves`` say the kinds in words. ``renamed`` are options that the
    function has to call otherwise, ``scope`` the keys of dicts that cannot be written, by names.
    """

    structure: Structure
    names: list[str]
    parameters: str
    inputs: list[str]
    lists: dict[range, tuple[str, Shape]]
    fits: Callable[[Any, Any], bool]
    leaves: list[Any]
    renamed: dict[str, str]
    scope: dict[str, Any]

    @property
    def rectangles(self) -> dict[range, Shape]:
        """The lists that come as arrays, with their shapes."""
        return {run: shape for run, (_, shape) in self.lists.items()}

    @property
    def star(self) -> list[str]:
        """What parameters by keyword alone have to be preceded by, if it is not there yet."""
        return [] if "*" in self.parameters else ["*"]

    def described(self) -> str:
        """The arguments in words."""
        parts: list[str] = []
        place = 0
        runs = {run.start: run for run in self.lists}
        while place < len(self.leaves):
            run = runs.get(place)
            if run is not None:
                parts.append(f"{self.lists[run][0]}: {len(run)} floats")
            else:
                parts.append(f"{self.inputs[place]}: {self.leaves[place]}")
            place = run.stop if run is not None else place + 1
        return ", ".join(parts)

    def name_others(self, nodes: Sequence[Node]) -> dict[str, Node]:
        """A name for each node that is no argument, apart from the parameters."""
        taken = {name.strip() for name in self.parameters.split(",")}.union(self.scope)
        names: dict[str, Node] = {}
        for node in nodes:
            label = node.label or ""
            stem = label if label.isidentifier() else "outside"
            name = free(stem)
            number = 1
            while name in taken or name in names:
                number += 1
                name = f"{stem}{number}"
            names[name] = node
        return names


def _kind(x: Any) -> str:
    return f"{x.dtype} {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__


def signature(f: Any, structure: Structure, leaves: Sequence[Any]) -> Signature:
    """How a call of ``f`` with these leaves is taken apart; ``f`` may also be parameters' names."""
    args, options = structure.children
    wished, declared = _declared(f)
    by_key: dict[str, str] = {}
    for key in options.keys:
        by_key[key] = free(key, by_key.values())
    names = _parameter_names(wished, len(args.children), set(by_key.values()))
    reading = _Reading(leaves, {*names, *by_key.values()})
    for name, child in zip([*names, *by_key.values()], _members(structure), strict=True):
        reading.read(child, name)
    parameters = ", ".join([*names, *(["*", *by_key.values()] if by_key else [])])
    fits = _Test(leaves, declared).of(structure)
    return Signature(
        structure,
        names,
        parameters,
        reading.inputs,
        reading.lists,
        fits,
        [_kind(x) for x in leaves],
        {key: name for key, name in by_key.items() if key != name},
        reading.scope,
    )


def _members(structure: Structure) -> list[Structure]:
    """The arguments one by one."""
    return [child for arguments in structure.children for child in arguments.children]


def _declared(f: Any) -> tuple[list[str], set[str] | None]:
    """What a function calls its arguments by position, and those it may have by keyword.

    The latter are None where there is no function that could see in which order keys come.
    """
    if isinstance(f, list):
        return f, None
    parameters: list[inspect.Parameter] = []
    with suppress(TypeError, ValueError):
        parameters = list(inspect.signature(f).parameters.values())
    either, first, last = (
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.KEYWORD_ONLY,
    )
    return (
        [p.name for p in parameters if p.kind in (first, either)],
        {p.name for p in parameters if p.kind in (either, last)},
    )


def _parameter_names(wished: Sequence[str], count: int, taken: set[str]) -> list[str]:
    """Names of so many parameters, as they are wished where that can be."""
    names: list[str] = []
    for name in wished[:count]:
        names.append(free(name, taken))
        taken.add(names[-1])
    number = 0
    while len(names) < count:
        name = f"x{number}"
        number += 1
        if name not in taken:
            names.append(name)
    return names


class _Reading:
    """Leaf by leaf: how each is written."""

    def __init__(self, leaves: Sequence[Any], taken: set[str]) -> None:
        self.leaves = leaves
        self.taken = taken
        self.scope: dict[str, Any] = {}
        self.inputs: list[str] = []
        self.lists: dict[range, tuple[str, Shape]] = {}

    def read(self, structure: Structure, path: str) -> None:
        """Note all leaves of a part of the arguments."""
        first = len(self.inputs)
        if structure is LEAF:
            self.inputs.append(path)
            return
        for key, child in zip(structure.keys, structure.children, strict=True):
            is_item = isinstance(structure.kind, type) and issubclass(structure.kind, CONTAINERS)
            self.read(child, f"{path}[{_text(key, self._hold)}]" if is_item else f"{path}.{key}")
        count = len(self.inputs) - first
        shape = _rectangle(structure)
        if shape and all(type(x) is float for x in self.leaves[first : first + count]):
            self.lists[range(first, first + count)] = path, shape

    def _hold(self, key: Any) -> str:
        name = free(f"key{len(self.scope) + 1}", self.taken)
        self.scope[name] = key
        return name


def _text(x: Any, hold: Callable[[Any], str]) -> str:
    """A key, or what is kept, as text: written out if that makes it again, else held by a name."""
    return repr(x) if _is_plain(x) else hold(x)


def _is_plain(x: Any) -> bool:
    if type(x) is tuple:
        return all(map(_is_plain, x))
    is_number = type(x) is float and math.isfinite(x)
    return x is None or is_number or type(x) in (bool, np.bool_, int, str, bytes)


def _is_vector(structure: Structure) -> bool:
    return structure.kind in (list, tuple) and all(c is LEAF for c in structure.children)


class _Test:
    """The conditions under which arguments are of the same kind."""

    def __init__(self, leaves: Sequence[Any], declared: set[str] | None) -> None:
        self.leaves = iter(leaves)
        self.declared = declared
        self.scope: dict[str, Any] = {"array": np.ndarray, "same": _same}

    def of(self, call: Structure) -> Callable[[Any, Any], bool]:
        """What tells whether a call is of the same kind."""
        args, options = call.children
        found = [
            f"len(args) == {len(args.keys)}",
            f"len(options) == {len(options.keys)}" if options.keys else "not options",
        ]
        for i, child in enumerate(args.children):
            found += self.conditions(child, f"args[{i}]")
        for key, child in zip(options.keys, options.children, strict=True):
            found.append(f"{self._key(key)} in options")
            found += self.conditions(child, f"options[{self._key(key)}]")
        if self.declared is not None:
            order = [key for key in options.keys if key not in self.declared]
            if len(order) > 1:
                name = self._name(order)
                found.append(f"[key for key in options if key in {name}] == {name}")
        fits: Callable[[Any, Any], bool] = eval(
            f"lambda args, options: {' and '.join(found)}", self.scope
        )
        return fits

    def conditions(self, structure: Structure, path: str) -> list[str]:
        """What holds for a part of the arguments."""
        if structure is LEAF:
            return self._leaf(next(self.leaves), path)
        if structure.kind is None:
            return [f"same({path}, {self._name(structure.kept)})"]
        found = [f"type({path}) is {self._name(structure.kind)}"]
        if not issubclass(structure.kind, CONTAINERS):
            for key, child in zip(structure.keys, structure.children, strict=True):
                found += self.conditions(child, f"{path}.{key}")
            return found
        if issubclass(structure.kind, dict):
            kept, keys = ("tuple({0})", tuple) if self.declared is not None else ("{0}.keys()", set)
            found.append(f"{kept.format(path)} == {self._name(keys(structure.keys))}")
        else:
            found.append(f"len({path}) == {len(structure.keys)}")
        if _is_vector(structure) and structure.children:
            leaves = [next(self.leaves) for _ in structure.children]
            if all(type(x) is float for x in leaves):
                return [*found, f"set(map(type, {path})) == {self._name({float})}"]
            for i, x in enumerate(leaves):
                found += self._leaf(x, f"{path}[{i}]")
            return found
        for key, child in zip(structure.keys, structure.children, strict=True):
            found += self.conditions(child, f"{path}[{self._key(key)}]")
        return found

    def _leaf(self, x: Any, path: str) -> list[str]:
        if isinstance(x, np.ndarray):
            dtype = self._name(x.dtype)
            return [
                f"type({path}) is array",
                f"{path}.shape == {x.shape}",
                f"{path}.dtype == {dtype}",
            ]
        return [f"type({path}) is {self._name(type(x))}"]

    def _key(self, key: Any) -> str:
        return _text(key, self._name)

    def _name(self, x: Any) -> str:
        for name, known in self.scope.items():
            if known is x:
                return name
        name = f"k{len(self.scope)}"
        self.scope[name] = x
        return name


def _same(x: Any, kept: Any) -> bool:
    """Whether something that is no number is what it was, or equal to it in all that it has."""
    if x is kept:
        return True
    if type(x) is not type(kept):
        return False
    try:
        if isinstance(x, np.ndarray):
            return bool(np.array_equal(x, kept))
        return bool(x == kept) and bool(_attributes(x) == _attributes(kept))
    except Exception:  # what cannot be compared, whatever it says, is something else
        return False


def _attributes(x: Any) -> Any:
    return getattr(x, "__dict__", None)


def result_text(structure: Structure, texts: Sequence[str], hold: Callable[[Any], str]) -> str:
    """How a result is built from the texts of its leaves.

    A text that stands for the numbers of a whole vector is followed by empty ones. ``hold`` gives a
    name for what cannot be written.
    """
    return _result(structure, list(texts), hold)


def _result(structure: Structure, texts: list[str], hold: Callable[[Any], str]) -> str:
    if structure is LEAF:
        return texts.pop(0)
    if structure.kind is None:
        return _text(structure.kept, hold)
    count = len(structure)
    if count > 1 and texts[1] == "" and _rectangle(structure):
        text = texts[0]
        del texts[:count]
        return text if structure.kind is list else f"tuple({text})"
    members = [_result(child, texts, hold) for child in structure.children]
    inner = ", ".join(members)
    if structure.kind is list:
        return f"[{inner}]"
    if structure.kind is tuple:
        return f"({inner},)" if len(members) == 1 else f"({inner})"
    if structure.kind is dict and all(map(_is_plain, structure.keys)):
        pairs = zip(structure.keys, members, strict=True)
        return f"{{{', '.join(f'{key!r}: {text}' for key, text in pairs)}}}"
    shallow = replace(structure, children=(LEAF,) * len(members))
    return f"{hold(shallow)}.build([{inner}])"
