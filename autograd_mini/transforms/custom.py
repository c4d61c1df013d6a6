"""custom_vjp: a function with derivative rules of its own; checkpoint: one that is run again.

Both make a primitive that is not in the table: the walk back asks its rules as it asks any other's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper, wraps
from itertools import repeat
from numbers import Number
from typing import Any

import numpy as np

from .. import ops
from ..backward import pull_back, sum_to
from ..errors import GradientError, OperandError, ShapeError
from ..node import Node, Outside, ancestors, leaf, mode, record, recording
from ..ops import shape_of
from ..primitive import Primitive, Rule, read
from ..tree import Structure, flatten
from .batching import Operand
from .call import around, differentiating, nodes_in, numeric, recorded, returned, seeds_of, stand_in
from .vmap import vmap


class custom_vjp:
    """``f`` with derivative rules of its own, instead of those of what it is made of.

    One rule for each argument: ``rule(g, z, x, ...)`` gives the cotangent of its argument from g,
    that of the result z, and the arguments, as in the table; None stands for no derivative. It is
    written with operators and am's functions, so that it can be differentiated in its turn. As a
    decorator it is followed by ``f.defvjp(*rules)``.

    Where a `where` does not choose a result, g is 0, and the rule is to give 0 for it, not
    0/0: the engine, which silences other ops there, cannot tell what of a result is made of what.

    f gets plain numbers and arrays and gives one; arguments are numbers, arrays and nodes. Within
    `vmap` f and its rules are those of one example; f is called for all examples at once if it
    takes nodes, else for one after the other.

    Raises `GradientError` for a call without rules, or when f uses a node that is no argument,
    `OperandError` for other arguments than there are rules for and for results that are no numbers,
    and `ShapeError` when a rule gives another shape than its argument has.

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
            raise OperandError(f"custom_vjp takes a function, not {f!r:.60}")
        update_wrapper(self, f, updated=())
        self.f = f
        self.name = getattr(f, "__name__", type(f).__name__)
        self.defvjp(*rules)

    def defvjp(self, *rules: Rule | None) -> None:
        """Give the rules, one for each argument."""
        for rule in rules:
            if rule is not None and not callable(rule):
                raise OperandError(f"a rule of {self.name} is a function or None, not {rule!r}")
        self._op = _primitive(self.f, self.name, [rule or ops.nothing for rule in rules])

    def __call__(self, *args: Any, **options: Any) -> Any:
        """f of numbers, arrays and nodes."""
        count = len(self._op.rules)
        if not count:
            raise GradientError(
                f"{self.name} has no rules yet; write {self.name}.defvjp(rule, ...), one rule for "
                "each argument",
                op=self.name,
            )
        if options or len(args) < count:
            args = self._by_position(args, options)
        if len(args) != count:
            raise OperandError(
                f"{self.name} got {len(args)} arguments, but it has {count} rule"
                f"{'s' * (count > 1)}; there is one for each argument",
                op=self.name,
            )
        return self._op(*map(read, args))

    def _by_position(self, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in the order of the rules, also those given by name or left out."""
        try:
            bound = inspect.signature(self.f).bind(*args, **options)
        except (TypeError, ValueError) as error:
            raise OperandError(f"{self.name}: {error}", op=self.name) from error
        bound.apply_defaults()
        if bound.kwargs:
            raise OperandError(
                f"{self.name} takes {', '.join(bound.kwargs)} by name alone, and rules are for "
                "arguments by position",
                op=self.name,
            )
        return bound.args


def _primitive(f: Callable[..., Any], name: str, rules: Sequence[Rule]) -> Primitive:
    """The op that does what ``f`` does and is differentiated by ``rules``."""
    forward = partial(_forward, f, name)
    fitting = tuple(_fitting(rule, name, i) for i, rule in enumerate(rules))
    batched = partial(_batched, f, name, fitting)
    return Primitive(
        name,
        forward,
        forward,
        fitting,
        kind="custom",
        analytic=False,
        batched=batched,
        listed=False,
    )


def _forward(f: Callable[..., Any], name: str, *values: Any) -> Any:
    """f of plain values: a number, or an array of a floating dtype."""
    result = f(*values)
    if isinstance(result, Node):
        raise GradientError(
            f"{name} uses a node that is none of its arguments, of which its rules know nothing; "
            "make it an argument",
            op=name,
        )
    if not isinstance(result, Number | np.generic | np.ndarray | list):
        raise OperandError(
            f"{name} has to give one number or array, but it returned {returned(result)}", op=name
        )
    if all(isinstance(x, float | int) for x in values):
        return numeric(result)
    # Beside arrays a number is one without axes; NumPy's keep their dtype.
    return result if isinstance(result, np.floating) else np.asarray(numeric(result))


def _fitting(rule: Rule, name: str, i: int) -> Rule:
    """The rule with its cotangent in the shape of its argument, whose broadcasting it undoes."""

    def fitting(g: Any, z: Any, *args: Any) -> Any:
        part = rule(g, z, *args)
        if part is None:
            return None
        try:
            part = read(part)
        except OperandError as error:
            raise OperandError(f"the rule of {name} for argument {i}: {error}", op=name) from error
        shape, wanted = shape_of(part), shape_of(args[i])
        if shape == wanted:
            return part
        longer = len(shape) - len(wanted)
        if longer < 0 or any(m not in (1, n) for m, n in zip(wanted, shape[longer:], strict=True)):
            raise ShapeError(
                f"the rule of {name} for argument {i} gave a cotangent of shape {shape}, but the "
                f"argument has shape {wanted}",
                op=name,
                shapes=(shape, wanted),
            )
        return sum_to(part, wanted)

    return fitting


def _batched(
    f: Callable[..., Any],
    name: str,
    rules: Sequence[Rule],
    operands: Sequence[Operand],
    count: int,
) -> Any:
    """f and its rules of every example."""
    axes = tuple(0 if x.batched else None for x in operands)

    def of_all(*values: Any) -> Any:
        try:
            return vmap(f, axes)(*values)
        except Exception:  # f takes plain values alone; what else is wrong, it says again
            return _one_by_one(f, values, axes)

    # What examples share gets the sum of what they give, as all that is broadcast does.
    of_each = [vmap(rule, (0, 0, *axes)) for rule in rules]
    return _primitive(of_all, name, of_each)(*(x.value for x in operands))


def _one_by_one(f: Callable[..., Any], values: Sequence[Any], axes: Sequence[Any]) -> Any:
    """f of one example after the other; where there is none, its shape is that for ones."""
    count = next(len(x) for x, axis in zip(values, axes, strict=True) if axis == 0)
    rows = [
        repeat(x) if axis is None else x if count else np.ones_like(x, shape=(1, *x.shape[1:]))
        for x, axis in zip(values, axes, strict=True)
    ]
    return np.stack([f(*example) for example in zip(*rows, strict=False)])[:count]


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """``f`` without keeping its graph: it is run again when a gradient goes through it.

    Saves the memory of all that f computes on the way, for the time of a second run. f takes and
    gives any structures of numbers, arrays and nodes, and may use other nodes, too; it must do the
    same when it is run again (no random numbers). Values and gradients of all orders are unchanged.
    Within `vmap` the graph is kept.

    Raises `GradientError` when f gives other shapes as it is run again.

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
        again = _Again(f, *flatten((args, options)))
        inputs = [_copy(node) for node in nodes_in(again.leaves)]
        made = set(inputs)
        with recording(made=(*(how.made if how else ()), made.add)):
            output = again.run(inputs)
        results, structure = flatten(output)
        roots = nodes_in(results)
        again.shapes = [shape_of(root) for root in roots]
        again.used = [x for x in ancestors(*roots, until=Outside(made)) if x not in made]
        if not roots or not (inputs or again.used):
            return output
        op = Primitive(
            again.name,
            None,
            again.forward,
            rule_of_all=again.rule,
            kind="custom",
            analytic=False,
            listed=False,
            opened=again.opened,
        )
        packed = record(
            _packed([root.held() for root in roots]), op, (*nodes_in(again.leaves), *again.used)
        )
        pieces = iter(_pieces(packed, roots))
        return structure.build(next(pieces) if isinstance(x, Node) else x for x in results)

    return checkpointed


def _copy(node: Node) -> Node:
    """A leaf with a node's data, and its label for messages."""
    copy = leaf(node.held())
    copy.label = node.label
    return copy


class _Again:
    """A call that can be made again. ``used`` are the nodes that f uses beyond its arguments."""

    def __init__(self, f: Callable[..., Any], leaves: list[Any], structure: Structure) -> None:
        self.f = f
        self.name = f"checkpoint of {getattr(f, '__name__', type(f).__name__)}"
        self.leaves = leaves
        self.structure = structure
        self.around = around()
        self.shapes: list[tuple[int, ...]] = []
        self.used: list[Node] = []

    def run(self, inputs: Sequence[Node]) -> Any:
        """f with other nodes in the places of those among its arguments."""
        stand_ins = iter(inputs)
        args, options = self.structure.build(
            next(stand_ins) if isinstance(x, Node) else x for x in self.leaves
        )
        # A transform within f has to know what one around f differentiates by.
        with differentiating([*self.around, *inputs] if self.around else []):
            return self.f(*args, **options)

    def forward(self, *values: Any) -> Any:
        """The packed results for other values of the arguments and of the nodes used."""
        count = len(values) - len(self.used)
        roots = self._roots([leaf(value) for value in values[:count]])
        moved = dict(zip(self.used, values[count:], strict=True))
        for node in ancestors(*roots, until=moved):
            if node.op is not None and node not in moved and any(x in moved for x in node.parents):
                operands = [moved.get(x, x.data) if isinstance(x, Node) else x for x in node.args]
                moved[node] = node.op.evaluate(operands, node.args)
        return _packed([moved.get(root, root.data) for root in roots])

    def opened(self, values: Sequence[Any]) -> tuple[list[Node], Node]:
        """Leaves for the arguments and the nodes used, and from these the results as one node."""
        inputs = [leaf(value) for value in values[: len(values) - len(self.used)]]
        roots = self._roots(inputs)
        packed = roots[0] if len(roots) == 1 else ops.concatenate(*map(_flat, roots), 0)
        return [*inputs, *self.used], packed

    def rule(
        self, wanted: Sequence[bool], g: Any, z: Any, *values: Any, mask: Any = True
    ) -> list[Any]:
        """The cotangents of what f was given and of what else it used.

        ``mask`` is where the results matter: the rest is as a branch that `where` did not take.
        """
        how = mode.get()
        with recorded(how is not None and how.paused):
            inputs = [stand_in(x) for x in values[: len(values) - len(self.used)]]
            roots = self._roots(inputs)
            pieces = _pieces(g, roots)
            if mask is not True:
                taken = zip(_pieces(mask, roots), roots, strict=True)
                roots = [ops.where(alive, root, 0.0) for alive, root in taken]
            seeds = seeds_of(zip(roots, pieces, strict=True))
            return pull_back(seeds, [*inputs, *self.used], isinstance(z, Node), cut=True)

    def _roots(self, inputs: Sequence[Node]) -> list[Node]:
        roots = nodes_in(flatten(self.run(inputs))[0])
        if [shape_of(root) for root in roots] != self.shapes:
            raise GradientError(
                f"{self.name}: it gave other results when it was run again for the gradient; it "
                "must do the same each time (no random numbers, no counting of calls)",
                op=self.name,
            )
        return roots


def _packed(values: Sequence[Any]) -> Any:
    """Several numbers and arrays as one array, a single one as it is."""
    return values[0] if len(values) == 1 else np.concatenate([*map(np.ravel, values)])


def _flat(node: Node) -> Node:
    flat: Node = ops.reshape(node, (-1,)) if np.ndim(node.data) else ops.stack(node, 0)
    return flat


def _pieces(packed: Any, nodes: Sequence[Node]) -> list[Any]:
    """What was packed, each part as the node of it is."""
    if len(nodes) == 1:
        return [packed]
    pieces, start = [], 0
    for node in nodes:
        stop = start + np.size(node.data)
        part = ops.getitem(packed, slice(start, stop))
        start = stop
        if isinstance(node.data, float):
            pieces.append(ops.item(part))
        else:
            pieces.append(ops.astype(ops.reshape(part, node.data.shape), node.data.dtype))
    return pieces
