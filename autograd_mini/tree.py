"""Trees: the numbers, arrays and nodes that nested lists, tuples, dicts and dataclasses hold.

Transforms take arguments as people keep them, such as ``{"w": [..], "b": 0.0}``, and give
derivatives in the same structure.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from .errors import OperandError
from .node import Node

NO_NUMBERS = "bUSTMm"
"""The kinds of dtypes that arrays of truths, texts and times have."""

MAX_DEPTH = 200
"""How deep structures may nest: what is deeper is most likely a list that holds itself."""


@dataclass(frozen=True, eq=False)
class Structure:
    """What a tree is without its leaves: a leaf, something kept as it is, or a container.

    ``children`` are those of a container by their keys in ``keys``; ``kind`` is its class, None for
    what has no children: a leaf, or something else that is ``kept``. Of a list or dict an empty one
    is kept, to be filled.
    """

    kind: type | None = None
    keys: tuple[Any, ...] = ()
    children: tuple[Structure, ...] = ()
    kept: Any = None

    def __len__(self) -> int:
        """How many leaves it has."""
        return 1 if self is LEAF else sum(map(len, self.children))

    def build(self, leaves: Iterable[Any], keep: bool = True) -> Any:
        """A tree of this structure; what is no leaf is as it was, or None without ``keep``."""
        return self._build(iter(leaves), keep)

    def _build(self, leaves: Iterator[Any], keep: bool) -> Any:
        if self is LEAF:
            return next(leaves)
        if self.kind is None:
            return self.kept if keep else None
        members = [child._build(leaves, keep) for child in self.children]
        if issubclass(self.kind, tuple):
            return tuple.__new__(self.kind, members)
        if issubclass(self.kind, list):
            made = copy(self.kept)
            made.extend(members)
            return made
        is_dict = issubclass(self.kind, dict)
        made = copy(self.kept) if is_dict else object.__new__(self.kind)
        put: Any = operator.setitem if is_dict else object.__setattr__
        for key, member in zip(self.keys, members, strict=True):
            put(made, key, member)
        return made

    def leaves_of(
        self, tree: Any, what: str, leaf: Callable[[Any], bool] | None = None
    ) -> list[Any]:
        """The leaves of another tree, in the order of this one, which it has to match."""
        if self is LEAF:
            if not (leaf or is_leaf)(tree):
                raise OperandError(f"{what} must be a number or an array, not {_named(tree)}")
            return [tree]
        if self.kind is None:
            return []
        if not _alike(self, tree):
            raise OperandError(
                f"{what} must be a {self.kind.__name__} with the parts "
                f"{', '.join(map(str, self.keys))}, not {_named(tree)}"
            )
        found: list[Any] = []
        for key, child in zip(self.keys, self.children, strict=True):
            place = f"{what}{_step(self.kind, key)}"
            found += child.leaves_of(member(tree, key), place, leaf)
        return found

    def alike(self, other: Structure) -> bool:
        """Whether another structure has the same parts, and keeps the same."""
        if self is LEAF or other is LEAF or self.kind is not other.kind:
            return self is other
        if self.kind is None:
            return self.kept is other.kept or np.array_equal(self.kept, other.kept)
        theirs = dict(zip(other.keys, other.children, strict=True))
        return theirs.keys() == set(self.keys) and all(
            child.alike(theirs[key]) for key, child in zip(self.keys, self.children, strict=True)
        )

    def paths(self, start: str = "") -> Iterator[str]:
        """Where each leaf stands, as in ``params['w'][0]``."""
        if self is LEAF:
            yield start
        for key, child in zip(self.keys, self.children, strict=True):
            yield from child.paths(start + _step(self.kind, key))


LEAF = Structure()


def flatten(tree: Any, leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], Structure]:
    """The leaves of a tree, numbers, arrays and nodes, and its structure.

    Lists, tuples, named tuples, dicts and dataclasses are taken apart, and built again as what they
    were (a dataclass of its fields, without a call of its ``__init__``); whatever else is met, such
    as None, a text, a bool, a function or a dataclass that says ``is_tree = False``, is kept as it
    is and is no leaf. ``leaf(x)`` may tell otherwise what is a leaf.

    >>> from autograd_mini.tree import flatten
    >>> leaves, structure = flatten({"w": [1.0, 2.0], "name": "layer", "b": 3.0})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> structure.build(x * 10 for x in leaves)
    {'w': [10.0, 20.0], 'name': 'layer', 'b': 30.0}
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves, leaf or is_leaf, 0)


def map_leaves(f: Callable[..., Any], tree: Any) -> Any:
    """The tree with ``f`` of each leaf in its place."""
    leaves, structure = flatten(tree)
    return structure.build(map(f, leaves))


def is_leaf(x: Any) -> bool:
    """Whether x is a number, an array or a node; bools are choices, and texts no numbers."""
    if isinstance(x, np.ndarray):
        return x.dtype.kind not in NO_NUMBERS
    return isinstance(x, Node | Real | complex) and not isinstance(x, bool | np.bool_)


def _flatten(tree: Any, leaves: list[Any], leaf: Callable[[Any], bool], depth: int) -> Structure:
    if leaf(tree):
        leaves.append(tree)
        return LEAF
    if depth > MAX_DEPTH:
        raise OperandError(f"a structure nested more than {MAX_DEPTH} deep; does it hold itself?")
    keys = keys_of(tree)
    if keys is None:
        return Structure(kept=tree)
    children = tuple(_flatten(member(tree, key), leaves, leaf, depth + 1) for key in keys)
    return Structure(type(tree), keys, children, _emptied(tree))


def _emptied(tree: Any) -> Any:
    """A list or dict of the same class, and with the same default, without its members."""
    if not isinstance(tree, list | dict):
        return None
    empty = copy(tree)
    empty.clear()
    return empty


def keys_of(tree: Any) -> tuple[Any, ...] | None:
    """How the members of a container are called; None for what is no container."""
    if isinstance(tree, dict):
        return tuple(tree)
    if isinstance(tree, list | tuple):
        return tuple(range(len(tree)))
    if dataclasses.is_dataclass(type(tree)) and getattr(tree, "is_tree", True):
        return tuple(f.name for f in dataclasses.fields(tree) if hasattr(tree, f.name))
    return None


def member(tree: Any, key: Any) -> Any:
    """A part of a container by its key."""
    return tree[key] if isinstance(tree, dict | list | tuple) else getattr(tree, key)


def _alike(structure: Structure, tree: Any) -> bool:
    keys = keys_of(tree)
    kind: Any = structure.kind
    return keys is not None and isinstance(tree, kind) and set(keys) == set(structure.keys)


def _step(kind: type | None, key: Any) -> str:
    return f".{key}" if dataclasses.is_dataclass(kind) else f"[{key!r}]"


def _named(tree: Any) -> str:
    keys = keys_of(tree)
    parts = f" with the parts {', '.join(map(str, keys))}" if keys else ""
    return f"a {type(tree).__name__}{parts}"
