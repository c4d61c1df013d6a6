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

CONTAINERS = (list, tuple, dict)

MEANT = {"np", "math", "tuple", "abs"}
"""What sources call by name, so that no parameter may be called so."""


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
    is of the same kind; ``leaves`` say the kinds in words.
    """

    structure: Structure
    names: list[str]
    parameters: str
    inputs: list[str]
    lists: dict[range, tuple[str, Shape]]
    fits: Callable[[Any, Any], bool]
    leaves: list[Any]

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
        taken = {name.strip() for name in self.parameters.split(",")}
        names: dict[str, Node] = {}
        for node in nodes:
            label = node.label or ""
            stem = name = label if label.isidentifier() else "outside"
            number = 1
            while name in taken or name in names:
                number += 1
                name = f"{stem}{number}"
            names[name] = node
        return names


def _kind(x: Any) -> str:
    return f"{x.dtype} {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__


def signature(f: Any, structure: Structure, leaves: Sequence[Any]) -> Signature:
    """How a call of ``f`` with these leaves is taken apart."""
    args, options = structure.children
    names = _parameter_names(f, len(args.children), list(options.keys))
    reading = _Reading(leaves)
    for name, child in zip(names, args.children, strict=True):
        reading.read(child, name)
    for key, child in zip(options.keys, options.children, strict=True):
        reading.read(child, key)
    parameters = ", ".join([*names, *(["*", *options.keys] if options.keys else [])])
    test = _Test(leaves)
    conditions = [
        f"len(args) == {len(names)}",
        f"len(options) == {len(options.keys)}" if options.keys else "not options",
    ]
    for i, child in enumerate(args.children):
        conditions += test.conditions(child, f"args[{i}]")
    for key, child in zip(options.keys, options.children, strict=True):
        conditions.append(f"{key!r} in options")
        conditions += test.conditions(child, f"options[{key!r}]")
    text = f"lambda args, options: {' and '.join(conditions)}"
    fits: Callable[[Any, Any], bool] = eval(text, test.scope)
    kinds = [_kind(x) for x in leaves]
    return Signature(structure, names, parameters, reading.inputs, reading.lists, fits, kinds)


def _parameter_names(f: Any, count: int, options: list[str]) -> list[str]:
    """The names of the first parameters, as the function has them where that can be seen.

    ``f`` may also be the names themselves.
    """
    names: list[str] = []
    parameters: list[inspect.Parameter] = []
    if isinstance(f, list):
        names = f
    else:
        with suppress(TypeError, ValueError):
            parameters = list(inspect.signature(f).parameters.values())
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    names = names[:count]
    taken = {*names, *options}
    names = [_free(name, taken) if name in MEANT else name for name in names]
    number = 0
    while len(names) < count:
        name = f"x{number}"
        number += 1
        if name not in taken:
            names.append(name)
    return names


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


class _Reading:
    """Leaf by leaf: how each is written."""

    def __init__(self, leaves: Sequence[Any]) -> None:
        self.leaves = leaves
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
            self.read(child, f"{path}[{key!r}]" if is_item else f"{path}.{key}")
        count = len(self.inputs) - first
        shape = _rectangle(structure)
        if shape and all(type(x) is float for x in self.leaves[first : first + count]):
            self.lists[range(first, first + count)] = path, shape


def _is_vector(structure: Structure) -> bool:
    return structure.kind in (list, tuple) and all(c is LEAF for c in structure.children)


class _Test:
    """The conditions under which arguments are of the same kind."""

    def __init__(self, leaves: Sequence[Any]) -> None:
        self.leaves = iter(leaves)
        self.scope: dict[str, Any] = {"array": np.ndarray, "same": _same}

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
        found.append(f"len({path}) == {len(structure.keys)}")
        if _is_vector(structure) and structure.children:
            leaves = [next(self.leaves) for _ in structure.children]
            if all(type(x) is float for x in leaves):
                return [*found, f"set(map(type, {path})) == {self._name({float})}"]
            for i, x in enumerate(leaves):
                found += self._leaf(x, f"{path}[{i}]")
            return found
        for key, child in zip(structure.keys, structure.children, strict=True):
            if issubclass(structure.kind, dict):
                found.append(f"{key!r} in {path}")
            found += self.conditions(child, f"{path}[{key!r}]")
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

    def _name(self, x: Any) -> str:
        for name, known in self.scope.items():
            if known is x:
                return name
        name = f"k{len(self.scope)}"
        self.scope[name] = x
        return name


def _same(x: Any, kept: Any) -> bool:
    """Whether something that is no number is what it was."""
    if x is kept:
        return True
    if type(x) is not type(kept):
        return False
    return bool(np.array_equal(x, kept)) if isinstance(x, np.ndarray) else bool(x == kept)


def result_text(structure: Structure, texts: Sequence[str], scope: dict[str, Any]) -> str:
    """How a result is built from the texts of its leaves.

    A text that stands for the numbers of a whole vector is followed by empty ones. What cannot be
    written is put into ``scope``.
    """
    return _result(structure, list(texts), scope)


def _result(structure: Structure, texts: list[str], scope: dict[str, Any]) -> str:
    if structure is LEAF:
        return texts.pop(0)
    if structure.kind is None:
        kept = structure.kept
        if kept is None or isinstance(kept, bool | str):
            return repr(kept)
        return _scoped(kept, scope)
    count = len(structure)
    if count > 1 and texts[1] == "" and _rectangle(structure):
        text = texts[0]
        del texts[:count]
        return text if structure.kind is list else f"tuple({text})"
    members = [_result(child, texts, scope) for child in structure.children]
    inner = ", ".join(members)
    if structure.kind is list:
        return f"[{inner}]"
    if structure.kind is tuple:
        return f"({inner},)" if len(members) == 1 else f"({inner})"
    if structure.kind is dict:
        pairs = zip(structure.keys, members, strict=True)
        if all(isinstance(key, str | int) for key in structure.keys):
            return f"{{{', '.join(f'{key!r}: {text}' for key, text in pairs)}}}"
    shallow = replace(structure, children=(LEAF,) * len(members))
    return f"{_scoped(shallow, scope)}.build([{inner}])"


def _scoped(x: Any, scope: dict[str, Any]) -> str:
    name = f"kept{len(scope)}"
    scope[name] = x
    return name
