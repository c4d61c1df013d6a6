"""Calls of a function with nodes in place of its numbers: what all transforms begin with.

A plain number becomes a new leaf. A node becomes a node of its own that leads back to it: so an
inner derivative is by that argument alone, and an outer one still goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .. import ops
from ..backward import own, pull_back
from ..errors import InputError, OperandError, RangeError, ShapeError
from ..node import Node, Outside, ancestors, detach, mode, recording
from ..node import leaf as new_leaf
from ..primitive import read
from ..tree import Structure, flatten, map_leaves

_around: ContextVar[frozenset[Node]] = ContextVar("autograd_mini.around", default=frozenset())
"""What the calls that are going on around this one differentiate by."""


class Call:
    """One call ``f(*args, **options)`` with nodes in the places ``argnums``.

    ``inputs`` are those nodes, ``given`` what they stand for, both in the order of the leaves;
    ``output`` is what f returned (``aux`` what it returned beside it). ``nested`` says that results
    have to be nodes: an argument was one, or f used what a call around this one differentiates by.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        options: Mapping[str, Any],
        argnums: int | Sequence[int],
        has_aux: bool = False,
    ) -> None:
        self.name = getattr(f, "__name__", type(f).__name__)
        if not callable(f):
            raise OperandError(f"what is differentiated must be a function, not {self.name}")
        self.one = isinstance(argnums, int | np.integer)
        self.places = places(argnums, len(args), self.name)
        self.given: list[Any] = []
        self.structures: list[Structure] = []
        for place in self.places:
            leaves, structure = flatten(args[place])
            if not leaves and (structure.kind is None or structure.keys):
                raise OperandError(
                    f"argument {place} of {self.name} holds no number to differentiate by: "
                    f"{args[place]!r:.60}"
                )
            self.given += leaves
            self.structures.append(structure)
        how = mode.get()
        self.paused = how is not None and how.paused
        outer = around()
        self.made: set[Node] | None = set() if outer else None
        with self._recorded():
            self.inputs = [stand_in(leaf) for leaf in self.given]
            with differentiating(self.inputs):
                self.output = f(*self._with_inputs(args), **options)
        self.aux = None
        if has_aux:
            if not isinstance(self.output, tuple) or len(self.output) != 2:
                raise OperandError(
                    f"has_aux=True: {self.name} must return a pair (value, aux), but returned "
                    f"{returned(self.output)}"
                )
            self.output, self.aux = self.output
        self.results, self.result_structure = flatten(self.output)
        self.nested = any(isinstance(leaf, Node) for leaf in self.given)
        if self.made is not None and not self.nested:
            roots = nodes_in(self.results + flatten(self.aux)[0])
            used = set(ancestors(*roots, until=Outside(self.made))).difference(self.made)
            self.nested = any(node.op is not None or node in outer for node in used)

    def _with_inputs(self, args: Sequence[Any]) -> list[Any]:
        args = list(args)
        leaves = iter(self.inputs)
        for place, structure in zip(self.places, self.structures, strict=True):
            args[place] = structure.build(leaves)
        return args

    def pull(self, seeds: Mapping[Node, Any], wrt: Sequence[Node] | None = None) -> list[Any]:
        """What the inputs (or ``wrt``) receive for cotangents ``seeds``, as it is given back."""
        nested = self.nested or any(isinstance(seed, Node) for seed in seeds.values())
        wrt = self.inputs if wrt is None else wrt
        with recorded(self.paused):
            found = pull_back(seeds, wrt, nested and not self.paused, True, self.made)
        seen: set[int] = set()
        found = [g if isinstance(g, Node) or g.__class__ is float else own(g, seen) for g in found]
        return [new_leaf(g) if nested and not isinstance(g, Node) else g for g in found]

    def pull_recorded(self, seeds: Mapping[Node, Any]) -> list[Node]:
        """The same as nodes, to be differentiated once more."""
        with self._recorded(), differentiating(self.inputs):
            return pull_back(seeds, self.inputs, True, True, self.made)

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        """Within it nodes are recorded, and noted where there are older ones of a call around."""
        with recorded(self.paused):
            if self.made is None:
                yield
                return
            how = mode.get()
            with recording(made=(*(how.made if how else ()), self.made.add)):
                yield

    def per_argument(self, leaves: Iterable[Any]) -> Any:
        """One value for each input, in the structure of the arguments; a tuple for several."""
        leaves = iter(leaves)
        trees = tuple(structure.build(leaves, keep=False) for structure in self.structures)
        return trees[0] if self.one else trees

    def plain(self, tree: Any) -> Any:
        """What f returned, as it is given back: numbers and arrays, or nodes where nested."""
        if self.nested and not self.paused:
            return tree
        return map_leaves(lambda x: detach(x) if self.nested else given_back(x), tree)


def places(argnums: int | Sequence[int], count: int, name: str) -> list[int]:
    """``argnums`` as places among ``count`` arguments."""
    wanted: list[Any] = list(argnums) if isinstance(argnums, list | tuple | range) else [argnums]
    for i in wanted:
        if not isinstance(i, int | np.integer) or isinstance(i, bool):
            raise InputError(f"argnums={argnums!r} must be an int, or a tuple of ints")
        if not -count <= i < count:
            raise InputError(
                f"argnums={argnums!r}: {name} was called with {count} "
                f"argument{'s' * (count != 1)} by position"
            )
    found = [int(i) % count for i in wanted]
    if len(set(found)) < len(found):
        raise InputError(f"argnums={argnums!r} names an argument of {name} twice")
    return found


def stand_in(leaf: Any) -> Node:
    """The node that a transform passes in the place of a leaf."""
    if not isinstance(leaf, Node):
        return new_leaf(numeric(leaf))
    if np.asarray(leaf.data).dtype == np.bool_:
        raise OperandError(
            f"{leaf.label or 'an argument'} holds truths, no numbers to differentiate by; write "
            "x * 1.0 for numbers",
            labels=(leaf.label,),
        )
    node: Node = ops.positive(leaf)
    return node


def numeric(x: Any) -> Any:
    """A plain leaf as what a node holds: a float, or an array of a floating dtype."""
    x = read(x)
    if isinstance(x, float | int):
        try:
            return float(x)
        except OverflowError as error:
            raise RangeError("a whole number too large for a float") from error
    array = np.asarray(x)
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise OperandError(
            f"numbers here are real, not {array.dtype}; write z.real and z.imag as two"
        )
    return array


def in_kind(g: Any, leaf: Any) -> Any:
    """A derivative by a leaf as that was given: NumPy's own number for one, array for array."""
    if isinstance(leaf, np.generic) and isinstance(g, np.ndarray):
        return g[()]
    return np.asarray(g) if isinstance(leaf, np.ndarray) and not isinstance(g, Node) else g


def given_back(x: Any) -> Any:
    """A result as a plain number or array."""
    data = x.data if isinstance(x, Node) else x
    return data[()] if isinstance(data, np.ndarray) else data


def named(x: Any) -> str:
    """What a function returned, in words."""
    return "None" if x is None else f"a {type(x).__name__}"


def returned(x: Any) -> str:
    """The same where something else was wanted."""
    return f"{named(x)}{', as a function without return does' * (x is None)}"


def nodes_in(leaves: Iterable[Any]) -> list[Node]:
    """The nodes among leaves."""
    return [leaf for leaf in leaves if isinstance(leaf, Node)]


def seeds_of(pairs: Iterable[tuple[Any, Any]]) -> dict[Node, Any]:
    """Cotangents by node: a node that stands in several places has their sum, plain ones none."""
    seeds: dict[Node, Any] = {}
    for node, seed in pairs:
        if isinstance(node, Node):
            seeds[node] = seeds[node] + seed if node in seeds else seed
    return seeds


def fitted(value: Any, like: Any, what: str) -> Any:
    """A tangent or cotangent in the shape and dtype of what it belongs to."""
    data, shape = ops.data_of(like), np.shape(ops.data_of(like))
    if ops.shape_of(value) != shape:
        raise ShapeError(
            f"{what} has shape {ops.shape_of(value)}, but what it belongs to has shape {shape}",
            shapes=(ops.shape_of(value), shape),
        )
    if isinstance(value, Node):
        return value
    value = numeric(value)
    return float(value) if not isinstance(data, np.ndarray) else np.array(value, data.dtype)


def around() -> frozenset[Node]:
    """What the calls that are going on around here differentiate by."""
    return _around.get()


@contextmanager
def differentiating(inputs: Iterable[Node]) -> Iterator[None]:
    """Within it ``inputs`` are what a call around differentiates by."""
    token = _around.set(_around.get().union(inputs))
    try:
        yield
    finally:
        _around.reset(token)


@contextmanager
def recorded(paused: bool) -> Iterator[None]:
    """A transform records also within `no_grad`, which then holds for its results."""
    if paused:
        with recording(paused=False):
            yield
    else:
        yield
