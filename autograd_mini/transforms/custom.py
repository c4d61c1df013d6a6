"""custom_vjp: a function with derivative rules of its own; checkpoint: one that is run again.

Both make a primitive that is not in the table: the walk back asks its rules as it asks any other's.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from functools import update_wrapper, wraps
from typing import Any

import numpy as np

from .. import ops
from ..backward import pull_back
from ..errors import GradientError, OperandError
from ..node import Node, ancestors, leaf, mode, record, recording
from ..primitive import Primitive, Rule, read
from ..tree import Structure, flatten
from .batching import Operand
from .call import nodes_in, recorded, seeds_of, stand_in
from .vmap import vmap


class custom_vjp:
    """``f`` with derivative rules of its own, instead of those of what it is made of.

    One rule for each argument: ``rule(g, z, x, ...)`` gives the cotangent of its argument from g,
    that of the result z, and the arguments, as in the table; None stands for no derivative. It is
    written with operators and am's functions, so that it can be differentiated in its turn. As a
    decorator it is followed by ``f.defvjp(*rules)``.

    f gets plain numbers and arrays and gives one; arguments are numbers, arrays and nodes. Within
    `vmap` f and its rules are those of one example.

    Raises `GradientError` for a call without rules, or when f uses a node that is no argument, and
    `OperandError` for another number of arguments than rules.

    >>> import autograd_mini as am
    >>> @am.custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda g, z, x: am.clip(g, -1.0, 1.0))
    >>> am.grad(lambda x: 100 * clipped(x))(2.0)
    1.0
    >>> cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: 3 * x**2 * g)
    >>> am.grad(am.grad(cube))(2.0)
    12.0
    """

    def __init__(self, f: Callable[..., Any], *rules: Rule | None) -> None:
        if not callable(f):
            raise OperandError(f"custom_vjp takes a function, not a {type(f).__name__}")
        update_wrapper(self, f, updated=())
        self.f = f
        self.name = getattr(f, "__name__", type(f).__name__)
        self.defvjp(*rules)

    def defvjp(self, *rules: Rule | None) -> None:
        """Give the rules, one for each argument."""
        self.rules = tuple(ops.nothing if rule is None else rule for rule in rules)
        self._primitive = Primitive(
            self.name,
            self._forward,
            self._forward,
            self.rules,
            kind="custom",
            batched=self._batched,
            listed=False,
        )

    def __call__(self, *args: Any) -> Any:
        """f of numbers, arrays and nodes."""
        if not self.rules:
            raise GradientError(
                f"{self.name} has no rules yet; write {self.name}.defvjp(rule, ...), one rule for "
                "each argument",
                op=self.name,
            )
        return self._primitive(*map(read, args))

    def _forward(self, *values: Any) -> Any:
        result = self.f(*values)
        if isinstance(result, Node):
            raise GradientError(
                f"{self.name} uses a node that is none of its arguments, of which its rules know "
                "nothing; make it an argument",
                op=self.name,
            )
        return np.asarray(result) if isinstance(result, np.ndarray | list) else float(result)

    def _batched(self, operands: Sequence[Operand], count: int) -> Any:
        """f and its rules of every example; what examples share gets the sum of what they give."""
        axes = tuple(0 if x.batched else None for x in operands)

        def of_all(rule: Rule, shared: bool) -> Rule:
            def rule_of_all(g: Any, z: Any, *xs: Any) -> Any:
                parts = vmap(rule, (0, 0, *axes))(g, z, *xs)
                return ops.sum(parts, (0,), False) if shared and parts is not None else parts

            return rule_of_all

        rules = [of_all(r, not x.batched) for r, x in zip(self.rules, operands, strict=True)]
        return custom_vjp(vmap(self.f, axes), *rules)(*(x.value for x in operands))


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """``f`` without keeping its graph: it is run again when a gradient goes through it.

    Saves the memory of all that f computes on the way, for the time of a second run. f takes and
    gives any structures of numbers, arrays and nodes, and may use other nodes, too; it must do the
    same when it is run again (no random numbers). Values and gradients of all orders are unchanged.
    Within `vmap` the graph is kept.

    >>> import autograd_mini as am
    >>> am.grad(am.checkpoint(lambda x: am.sin(am.sin(x))))(1.0) == am.grad(
    ...     lambda x: am.sin(am.sin(x)))(1.0)
    True
    """

    @wraps(f)
    def checkpointed(*args: Any, **options: Any) -> Any:
        how = mode.get()
        if how is not None and (how.paused or how.recorder is not None):
            return f(*args, **options)
        leaves, structure = flatten((args, options))
        again = _Again(f, leaves, structure)
        made: set[Node] = set()
        with recording(made=(*(how.made if how else ()), made.add)):
            inputs = [leaf(node.data) for node in nodes_in(leaves)]
            output = again.run(inputs)
        results, output_structure = flatten(output)
        roots = nodes_in(results)
        outside = ancestors(*roots, until=_Outside(made))
        again.used = [x for x in outside if x not in made and x not in set(inputs)]
        if not (inputs or again.used):
            return output
        op = Primitive(
            f"checkpoint of {getattr(f, '__name__', type(f).__name__)}",
            None,
            again.forward,
            rule_of_all=again.rule,
            kind="custom",
            listed=False,
        )
        packed = record(_packed(roots), op, (*nodes_in(leaves), *again.used))
        pieces = iter(_pieces(packed, roots))
        return output_structure.build(next(pieces) if isinstance(x, Node) else x for x in results)

    return checkpointed


class _Again:
    """A call that can be made again. ``used`` are the nodes that f uses beyond its arguments."""

    def __init__(self, f: Callable[..., Any], leaves: list[Any], structure: Structure) -> None:
        self.f = f
        self.leaves = leaves
        self.structure = structure
        self.used: list[Node] = []

    def run(self, inputs: Iterable[Node]) -> Any:
        """f with other nodes in the places of those among its arguments."""
        stand_ins = iter(inputs)
        args, options = self.structure.build(
            next(stand_ins) if isinstance(x, Node) else x for x in self.leaves
        )
        return self.f(*args, **options)

    def forward(self, *values: Any) -> Any:
        """The packed results for other values of the arguments; the nodes used are as they were."""
        given = values[: len(values) - len(self.used)]
        return _packed(nodes_in(flatten(self.run(map(leaf, given)))[0]))

    def rule(self, wanted: Sequence[bool], g: Any, z: Any, *values: Any) -> list[Any]:
        """The cotangents of what f was given and of what else it used."""
        how = mode.get()
        with recorded(how is not None and how.paused):
            inputs = [stand_in(x) for x in values[: len(values) - len(self.used)]]
            roots = nodes_in(flatten(self.run(inputs))[0])
            seeds = seeds_of(zip(roots, _pieces(g, roots), strict=True))
            return pull_back(seeds, [*inputs, *self.used], isinstance(z, Node), cut=True)


class _Outside(Container[Node]):
    """All nodes but those made in a call."""

    def __init__(self, made: set[Node]) -> None:
        self.made = made

    def __contains__(self, node: object) -> bool:
        return node not in self.made


def _packed(nodes: Sequence[Node]) -> Any:
    """The data of several nodes as one array, of one node as it is."""
    if len(nodes) == 1:
        return nodes[0].data
    return np.concatenate([np.ravel(node.data) for node in nodes])


def _pieces(packed: Any, nodes: Sequence[Node]) -> list[Any]:
    """What was packed, each part as the node of it is."""
    if len(nodes) == 1:
        return [packed]
    pieces, start = [], 0
    for node in nodes:
        stop = start + np.size(node.data)
        part = ops.getitem(packed, slice(start, stop))
        if isinstance(node.data, float):
            pieces.append(ops.item(part))
        else:
            pieces.append(ops.astype(ops.reshape(part, node.data.shape), node.data.dtype))
        start = stop
    return pieces
