"""vmap: a function of one example made into one of many, run once with arrays for numbers.

The function is recorded for one example, and what was recorded is done for the whole batch at once
(`batching.py`). Where the program went by a comparison, as in ``if x > 0``, the examples that would
have gone the other way are taken out and recorded in their turn: the result is that of a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from .. import functions, ops
from ..backward import memory, own
from ..errors import InputError, OperandError, ShapeError, TraceError
from ..node import Node, Outside, ancestors, make, mode, record, recording
from ..ops import data_of, shape_of
from ..tree import Structure, flatten, is_leaf, keys_of, member
from .batching import Operand, batch, repeated
from .call import differentiating, named, nodes_in, numeric

SAME_FORM = "vmap: the function must give numbers of one structure and shape for all examples"

Axes = Any
"""An axis, None, or a tree of these that the argument (or result) fits into."""


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """A function that gives ``f`` of every example, its arguments holding them along an axis.

    ``in_axes`` tells that axis for each argument: an int for all, or a tuple with an int, None (the
    same argument for all examples) or a tree of these for each; arguments by name have it first.
    ``out_axes`` tells where results have the axis of the examples. f sees one example: numbers are
    Tensors of shape (), arrays have one axis fewer. It runs once, with its own loops, not once for
    each example; an ``if`` on an example's numbers makes it run once more for those that go the
    other way, and so does ``int(i)``, which may choose: ``x[int(i)]``. What f reads from ``.data``
    is the first example's.

    Plain arguments give plain results unless f uses nodes; so gradients flow through to nodes among
    the arguments and to those that f uses, such as shared weights. Results may be truths, too.

    Raises `InputError` for axes that fit no argument, `ShapeError` where examples are not equally
    many or give results of different shapes, `OperandError` where they give different structures,
    and `TraceError` where f asks for the number of an example (by float(), .item(), math.sin),
    which would be that of the first alone.

    >>> import autograd_mini as am
    >>> import numpy as np
    >>> def loss(w, x, y):
    ...     z = 0.0
    ...     for wi, xi in zip(w, x):
    ...         z = z + wi * xi
    ...     return (z - y) ** 2
    >>> X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.0])
    >>> am.vmap(loss, in_axes=(None, 0, 0))(np.array([1.0, -1.0]), X, y)
    array([4., 1.])
    """

    if hasattr(f, "__vmap__"):  # it knows how to be mapped itself
        known: Callable[..., Any] = f.__vmap__(in_axes, out_axes)
        return known

    @wraps(f)
    def mapped(*args: Any, **options: Any) -> Any:
        how = mode.get()
        inner = f if how is None or how.recorder is None else how.recorder.shortened(f)
        return _joined(_Examples(inner, args, options, in_axes), out_axes)

    return mapped


class _Recording:
    """One run of f for one example: what it gave, and by what it went on the way."""

    def __init__(self) -> None:
        self.decisions: list[tuple[Node, Any]] = []
        self.constants: set[Node] = set()
        self.made: set[Node] = set()

    def constant(self, node: Node) -> None:
        """Keep in mind what f made itself: no gradient of it is asked for outside."""
        self.constants.add(node)

    def decide(self, node: Node, what: str) -> Any:
        """Go by this example's number from here on; the others are held to it."""
        data = node.data
        if what == "the mask":
            self.decisions.append((node, data))
            return data
        number = data.item() if isinstance(data, np.ndarray) else data
        outcome = int(number) if what == "int()" else bool(number)
        truth = ops.holds(node) if what != "int()" else ops.is_cut_to(node, outcome)
        if isinstance(truth, Node):  # else it is one of numbers, which was a decision itself
            self.decisions.append((truth, truth.data))
        return outcome

    def truth(self, node: Node) -> Any:
        """Numbers are the same for all examples: so is what is decided by them."""
        self.decisions.append((node, node.data))
        return node.data

    def detach(self, node: Node) -> Node:
        """Each example's own number, without a gradient."""
        with recording(paused=False):
            return record(node.data, ops.detached, (node,))

    def shortened(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """A function within another one as it is."""
        return f

    def refuse(self, node: Node, how: str) -> None:
        """Say what was asked for that only one example could answer."""
        if how in ("detach", "no_grad"):
            return
        raise TraceError(
            f"{how} of {node.label or 'a node'} in a function that vmap runs for all examples at "
            "once would be the first example's alone; keep it a node (am.sin(x) for math.sin(x), "
            "am.where(x > 0, a, b) to choose), or take it out of the function",
            labels=(node.label,),
        )


class _Run(NamedTuple):
    """What f gave for some of the examples: ``results`` with their axis first."""

    indices: Any
    results: list[Operand]


class _Examples:
    """The arguments of a call, taken apart into what is mapped and what is the same for all."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any], in_axes: Axes
    ) -> None:
        self.f = f
        self.leaves, self.structure = flatten((args, options), _is_mappable)
        axes = _spread(_structure_of(args), _per_argument(in_axes, len(args)), "in_axes")
        axes += [0] * (len(self.leaves) - len(axes))
        paths = [_argument(path) for path in self.structure.paths()]
        self.mapped = [i for i, axis in enumerate(axes) if axis is not None]
        if not self.mapped:
            raise InputError("vmap has no argument to go along: every one of in_axes is None")
        self.arrays = [_first_axis(self.leaves[i], axes[i], paths[i]) for i in self.mapped]
        counts = [shape_of(a)[0] for a in self.arrays]
        self.count = counts[0]
        if set(counts) != {self.count}:
            told = ", ".join(f"{paths[i]}: {n}" for i, n in zip(self.mapped, counts, strict=True))
            raise ShapeError(f"vmap needs as many examples in each argument, but got {told}")

    def runs(self) -> tuple[Structure, list[_Run]]:
        """The structure of what f gives, and f for all examples, in a run for each way it took."""
        left = np.arange(self.count)
        first, structure, runs = None, Structure(), list[_Run]()
        while True:
            arrays = self._taken(left)
            recorder, output, inputs = self._record(arrays)
            agree = _agreeing(recorder, inputs, arrays, len(left))
            taken = left if agree.all() else left[agree]
            results, found = flatten(output, _is_result)
            if not runs:
                first, structure = output, found
            elif found.alike(structure):
                results = structure.leaves_of(output, "the result", _is_result)
            else:
                told = f"{named(first)} for some and {named(output)} for others"
                raise OperandError(f"{SAME_FORM}; it gave {told}")
            values = _run(recorder, nodes_in(results), inputs, self._taken(taken), len(taken))
            parts = [values[x] if isinstance(x, Node) else Operand(x, False) for x in results]
            runs.append(_Run(taken, parts))
            left = left[~agree]
            if not left.size:
                return structure, runs

    def _taken(self, indices: Any) -> list[Any]:
        if len(indices) == self.count:
            return self.arrays
        return [ops.getitem(array, indices) for array in self.arrays]

    def _record(self, arrays: list[Any]) -> tuple[_Recording, Any, list[Node]]:
        """Run f for the first of the examples (for ones where there are none)."""
        leaves = list(self.leaves)
        for i, array in zip(self.mapped, arrays, strict=True):
            leaves[i] = make(_example(data_of(array), leaves[i]))
        inputs = [leaves[i] for i in self.mapped]
        args, options = self.structure.build(leaves)
        recorder = _Recording()
        how = mode.get()
        left = (*(how.left if how else ()), recorder.refuse)
        made = (*(how.made if how else ()), recorder.made.add)
        with (
            recording(recorder=recorder, paused=False, left=left, made=made),
            differentiating(inputs),
            np.errstate(all="ignore"),
        ):
            return recorder, self.f(*args, **options), inputs


def _agreeing(recorder: _Recording, inputs: list[Node], arrays: list[Any], count: int) -> Any:
    """Which examples go the same way as the first, a truth for each."""
    agree = np.ones(count, bool)
    with np.errstate(all="ignore"):
        nodes = [node for node, _ in recorder.decisions]
        values = _run(recorder, nodes, inputs, arrays, count)
    for node, outcome in recorder.decisions:
        value = values[node]
        # To an outer vmap it matters also what was the same for all examples here.
        same = _plain_mask(ops.equal(value.value, outcome))
        if value.batched:
            agree &= same.all(axis=tuple(range(1, same.ndim)))
    agree[:1] = True
    return agree


def _plain_mask(truths: Any) -> Any:
    """Truth values to go by now; where they are recorded, that is a decision too."""
    how = mode.get()
    if isinstance(truths, Node) and how is not None and how.recorder is not None:
        return how.recorder.decide(truths, "the mask")
    return np.asarray(truths)


def _run(
    recorder: _Recording,
    roots: Sequence[Node],
    inputs: Sequence[Node],
    arrays: Sequence[Any],
    count: int,
) -> dict[Node, Operand]:
    """The values for all examples of ``roots`` and of what they are computed from."""
    values = {node: Operand(array, True) for node, array in zip(inputs, arrays, strict=True)}
    for node in ancestors(*roots, until=Outside(recorder.made, values)):
        if node in values:
            continue
        if node in recorder.constants:
            values[node] = Operand(node.data, False)
            continue
        op, args = node.op, node.args
        if op is None or node not in recorder.made:
            values[node] = Operand(node, False)
            continue
        used = [values[x] if isinstance(x, Node) else Operand(x, False) for x in args]
        if all(x.value is arg for x, arg in zip(used, args, strict=True)):
            values[node] = Operand(node, False)
            continue
        operands, statics = used[: len(args) - op.statics], args[len(args) - op.statics :]
        if any(x.batched for x in operands):
            values[node] = Operand(batch(op, operands, statics, count), True)
        else:
            values[node] = Operand(op(*(x.value for x in operands), *statics), False)
    return values


def _joined(examples: _Examples, out_axes: Axes) -> Any:
    """The results of all runs in the order of the examples, the axis where it was asked for."""
    structure, runs = examples.runs()
    order = np.argsort(np.concatenate([run.indices for run in runs]))
    found = []
    for i, axis in enumerate(_spread(structure, out_axes, "out_axes")):
        parts = [run.results[i] for run in runs]
        shapes = tuple({part.shape: None for part in parts})
        if len(shapes) > 1:
            told = " and ".join(map(str, shapes))
            raise ShapeError(f"{SAME_FORM}; it gave the shapes {told}", shapes=shapes)
        if axis is None:
            if len(parts) > 1 or parts[0].batched:
                raise InputError("out_axes=None: the result is not the same for all examples")
            found.append(parts[0].value)
            continue
        pieces = [repeated(part, len(run.indices)) for part, run in zip(parts, runs, strict=True)]
        whole = pieces[0] if len(runs) == 1 else ops.getitem(functions.concatenate(pieces), order)
        found.append(functions.moveaxis(whole, 0, axis) if axis else whole)
    # What f hands on as it got it would be a view of an argument.
    seen = {id(memory(data_of(array))) for array in examples.arrays}
    return structure.build(own(x, seen) if isinstance(x, np.ndarray) else x for x in found)


# Arguments ----------------------------------------------------------------------------------------


def _argument(path: str) -> str:
    """``argument 1['w']`` for the path of a leaf among (args, options)."""
    name, _, rest = path[len("[0][") :].partition("]")
    return f"argument {name}{rest}"


def _is_mappable(x: Any) -> bool:
    return is_leaf(x) or isinstance(x, np.ndarray)


def _is_result(x: Any) -> bool:
    return is_leaf(x) or isinstance(x, bool | np.bool_ | np.ndarray)


def _structure_of(args: tuple[Any, ...]) -> Structure:
    return flatten(args, _is_mappable)[1]


def _per_argument(in_axes: Axes, count: int) -> Axes:
    if isinstance(in_axes, list | tuple):
        if len(in_axes) != count:
            raise InputError(f"in_axes={in_axes} is for {len(in_axes)} arguments, not {count}")
        return tuple(in_axes)
    return in_axes


def _spread(structure: Structure, axes: Axes, name: str) -> list[Any]:
    """An axis for each leaf: a prefix of the structure holds for all below it."""
    if axes is None or (isinstance(axes, int | np.integer) and not isinstance(axes, bool)):
        return [axes] * len(structure)
    if structure.kind is None:
        raise InputError(f"{name}={axes!r} is no axis: write an int or None")
    keys = keys_of(axes)
    if keys is None or set(keys) != set(structure.keys):
        parts = ", ".join(map(str, structure.keys))
        raise InputError(
            f"{name}={axes!r} does not fit a {structure.kind.__name__} with the parts {parts}"
        )
    spread: list[Any] = []
    for key, child in zip(structure.keys, structure.children, strict=True):
        spread += _spread(child, member(axes, key), name)
    return spread


def _first_axis(leaf: Any, axis: int, path: str) -> Any:
    """An argument's array with the examples along the first axis."""
    is_truths = isinstance(leaf, np.ndarray) and leaf.dtype == np.bool_
    array = leaf if isinstance(leaf, Node) or is_truths else numeric(leaf)
    shape = shape_of(array)
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(
            f"vmap: in_axes has axis {axis} for {path}, whose shape is {shape}; None is for what "
            "is the same for all examples, and np.array makes an array of a list",
            shapes=(shape,),
        )
    return functions.moveaxis(array, axis, 0) if axis else array


def _example(array: Any, given: Any) -> Any:
    """The first example; where there is none, ones (index 0) for the function to be recorded."""
    if len(array):
        return np.array(array[0])
    return np.full(array.shape[1:], data_of(given).dtype.kind not in "iu", array.dtype)
