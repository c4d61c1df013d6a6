"""Recording: f run once with nodes for numbers, and what it did as a `Code`."""

from __future__ import annotations

import gc
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import ops
from ..errors import AutogradError, DomainError, TraceError
from ..node import PACKED, Node, ancestors, make, mode, record, recording
from ..primitive import Primitive
from ..transforms.call import numeric
from ..tree import flatten, is_leaf
from .code import BOOL, FLOAT64, VIEWS, Code, Guard, Ref, Step

ALIASES = {ops.positive}
"""Ops whose result is their operand, in the derivative as well."""

KEEPING = VIEWS | {ops.concatenate, ops.stack, ops.detached}
"""Ops that give truths for truths and do no arithmetic."""


class Recording:
    """One run of f: its inputs, what it gave, and by what it went on the way.

    ``decisions`` are truths that a replay is held to, ``path`` the outcomes themselves, in order.
    ``captured`` are the nodes from outside that f used: their data is read at every replay.
    ``tried`` are nodes that another recorder had made within f, such as `vmap` of its example.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        leaves: Sequence[Any],
        build: Any,
        names: Sequence[str] = (),
        shorten: Callable[[Any], Any] = lambda f: f,
        exact: bool = False,
    ) -> None:
        self.exact = exact
        self.decisions: list[tuple[Node, Any, str]] = []
        self.path: list[Any] = []
        self.shorten = shorten
        self.made: dict[Node, str] = {}
        self.tried: set[Node] = set()
        self.failures: list[tuple[AutogradError, str]] = []
        self.lines: dict[tuple[int, int], tuple[Any, str]] = {}
        self.inputs = [_input(leaf) for leaf in leaves]
        for node, name in zip(self.inputs, names, strict=False):
            node.label = name
        args, options = build(self.inputs)
        how = mode.get()
        left = (*(how.left if how else ()), self.refuse)
        made = (*(how.made if how else ()), self._note)
        failed = (*(how.failed if how else ()), self._failed)
        with recording(recorder=self, paused=False, left=left, made=made, failed=failed):
            output = f(*args, **options)
        self._refuse_caught()
        self.results, self.structure = flatten(output, is_result)

    def _note(self, node: Node) -> None:
        """Keep in mind that a node was made, and by which line of the user's program."""
        how = mode.get()
        if how is not None and how.recorder is not self:
            self.tried.add(node)
        # An operator's caller made it, or that of the op that called `record`.
        frame = sys._getframe(2)
        if frame.f_globals is _RULES:  # a derivative's, which no line of the program is
            self.made[node] = ""
            return
        scope = frame.f_globals
        if scope is _PRIMITIVE or scope is _NODE:
            frame = frame.f_back or frame
        code = frame.f_code
        key = id(code), frame.f_lasti
        found = self.lines.get(key)
        if found is None:
            self.lines[key] = found = code, _line_of(frame)
        self.made[node] = found[1]

    def _failed(self, error: AutogradError) -> None:
        """Keep in mind an error of these numbers, which f may catch: others may raise none."""
        if isinstance(error, DomainError | ArithmeticError):
            self.failures.append((error, _place()))

    def _refuse_caught(self) -> None:
        """Say which error f caught: by it f went on, and a replay could not know."""
        for error, place in self.failures:
            raise TraceError(
                f"an error at {place} was caught in a function that is recorded to be replayed "
                f"({error}), so other numbers would go on as these did; choose by the numbers, "
                "am.where(x > 0, am.log(am.where(x > 0, x, 1.0)), other) or an if, or take it out "
                "of the function",
                op=error.op,
                labels=error.labels,
            ) from error

    def decide(self, node: Node, what: str) -> Any:
        """Go by this number from here on; a replay is held to it."""
        data = node.data
        if what == "the mask" and data.__class__ is not bool:
            self.decisions.append((node, data, _place()))
            self.path.append(data.tobytes())
            return data
        number = data.item() if isinstance(data, np.ndarray) else data
        if what == "int()" and not math.isfinite(number):
            name = node.label or "a node"
            self._failed(DomainError(f"int() of {name}, which is {number}", labels=(node.label,)))
        outcome = int(number) if what == "int()" else bool(number)
        self.path.append(outcome)
        truth = ops.is_cut_to(node, outcome) if what == "int()" else ops.holds(node)
        if isinstance(truth, Node):  # else it is a truth of numbers, decided by itself
            self.decisions.append((truth, bool(truth.data), _place()))
        return outcome

    def truth(self, node: Node) -> Any:
        """A truth of numbers, by which nothing is decided yet.

        Where every bit counts it is: a branch not taken gives eagerly nothing, and here 0.
        """
        if not self.exact:
            return node
        self.path.append(node.data)
        self.decisions.append((node, node.data, _place()))
        return node.data

    def detach(self, node: Node) -> Node:
        """The number without a gradient."""
        with recording(paused=False):
            return record(node.data, ops.detached, (node,))

    def constant(self, node: Node) -> None:
        """What f made itself is the same at every replay; that it made it is noted anyway."""

    def shortened(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """A function that is done for many examples: what its loops do, done at once."""
        shorter: Callable[..., Any] = self.shorten(f)
        return shorter

    def refuse(self, node: Node, how: str) -> None:
        """Say what was asked for that a replay could not see."""
        if how in ("detach", "no_grad"):
            return
        raise TraceError(
            f"{how} of {node.label or 'a node'} in a function that is recorded to be replayed "
            "would be fixed at this call's number; keep it a node (am.sin(x) for math.sin(x), "
            "am.where(x > 0, a, b) to choose), or take it out of the function",
            labels=(node.label,),
        )

    def code(self) -> tuple[Code, list[Node]]:
        """What was recorded as steps, and the nodes that are captured: inputs after the others."""
        guards = [Guard(*decision) for decision in self.decisions]
        roots = _nodes_in(self.results, guards)
        reached, outside = self._reached(roots)
        unused = [node for node in self.made if node not in reached and _may_raise(node)]
        unused = [node for node in unused if node not in self.tried]
        if unused:
            guards += [Guard(node, None) for node in unused]
            reached, outside = self._reached([*roots, *unused])
        given = set(self.inputs)
        captured = [node for node in outside if node not in given]
        order = [node for node in self.made if node in reached]
        return _steps(self.inputs, captured, order, self.results, guards, self.made), captured

    def _reached(self, roots: Sequence[Node]) -> tuple[set[Node], list[Node]]:
        """What roots depend on, and which of it f did not make: it was made in order."""
        reached = set(roots)
        outside = [node for node in dict.fromkeys(roots) if node not in self.made]
        for node in reversed(self.made):
            if node in reached:
                x, y = node.x, node.y
                for arg in x if y is PACKED else (x, y):
                    is_node = arg.__class__ is not float and isinstance(arg, Node)
                    if is_node and arg not in reached:
                        reached.add(arg)
                        if arg not in self.made:
                            outside.append(arg)
        return reached, outside


_RULES = vars(ops)
_PRIMITIVE, _NODE = Primitive.__call__.__globals__, make.__globals__


@contextmanager
def no_collections() -> Iterator[None]:
    """Within it no garbage is looked for: graphs have no cycles, and it would take a fifth more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _line_of(frame: Any) -> str:
    """A line of the user's program; "" for one of this package."""
    package = __name__.partition(".")[0]
    if frame.f_globals.get("__name__", "").partition(".")[0] == package:
        return ""
    file = os.path.basename(frame.f_code.co_filename)
    return f"line {frame.f_lineno}" if file.startswith("<") else f"{file}:{frame.f_lineno}"


def _input(leaf: Any) -> Node:
    if is_truths(leaf):
        return make(leaf, ops.detached, (leaf,))  # of a leaf's data floats would be made
    return make(numeric(leaf))


def is_input(x: Any) -> bool:
    """Whether a part of the arguments is a leaf: truths in arrays are, too."""
    return is_leaf(x) or is_truths(x)


def is_truths(x: Any) -> bool:
    """Whether x is an array of truths."""
    return isinstance(x, np.ndarray) and x.dtype == np.bool_


def is_result(x: Any) -> bool:
    """Whether x is a result of f that a replay computes anew."""
    return is_leaf(x) or isinstance(x, np.ndarray)


def _place() -> str:
    """Where in the user's program a decision was taken: the nearest line outside this package."""
    package = __name__.partition(".")[0]
    frame: Any = sys._getframe(2)
    while frame.f_globals.get("__name__", "").startswith(package + "."):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def from_graph(
    inputs: Sequence[Node],
    results: Sequence[Any],
    guards: Sequence[Guard],
    until: Any,
    constants: Any,
) -> tuple[Code, list[Node]]:
    """The steps that compute ``results`` and guards from ``inputs``, and what was captured.

    What is in ``until`` ends the graph: it is captured, unless it is among the ``constants``.
    """
    order = ancestors(*_nodes_in(results, guards), until=until)
    given = set(inputs)
    captured = [x for x in order if x not in given and x not in constants and _ends(x, until)]
    return _steps(inputs, captured, order, results, guards, {}), captured


def _nodes_in(results: Sequence[Any], guards: Sequence[Guard]) -> list[Node]:
    return [x for x in (*results, *(guard.value for guard in guards)) if isinstance(x, Node)]


def _steps(
    inputs: Sequence[Node],
    captured: Sequence[Node],
    order: Sequence[Node],
    results: Sequence[Any],
    guards: Sequence[Guard],
    places: Mapping[Node, str],
) -> Code:
    """The nodes in order as steps, after the inputs."""
    steps = [_input_step(node) for node in (*inputs, *captured)]
    at: dict[Node, Any] = {node: Ref(i) for i, node in enumerate((*inputs, *captured))}
    names: dict[int, str] = {}
    truths = {Ref(i) for i, step in enumerate(steps) if step.dtype == BOOL}
    new: Any = tuple.__new__
    for node in order:
        if node in at:
            continue
        op = node.op
        if op is None:
            at[node] = node.held()
            continue
        x, y = node.x, node.y
        if y is PACKED:
            args = tuple([at[x] if isinstance(x, Node) else x for x in x])
        else:
            args = (
                at[x] if isinstance(x, Node) else x,
                at[y] if isinstance(y, Node) else y,
            )
        if truths and op.records:
            args = _counted(steps, truths, node, args)
        if node.data.__class__ is float and op not in ALIASES:
            # Written out, as most nodes are numbers.
            at[node] = new(Ref, (len(steps),))
            steps.append(new(Step, (op, args, None, FLOAT64, node.label, places.get(node, ""))))
            continue
        if node.holds is not float and any(x.__class__ is np.float64 for x in args):
            args = _plain_numbers(steps, args)
        if op in ALIASES:
            at[node] = args[0]
            if node.label is not None and args[0].__class__ is Ref:
                names.setdefault(args[0].i, node.label)
            continue
        shape, dtype = getattr(node.data, "shape", None), _dtype(node.data)
        if dtype == BOOL and op.records and op not in KEEPING:
            # NumPy's arithmetic of truths alone tells whether that of their numbers is not 0.
            steps.append(Step(op, args, shape))
            op, args = ops.not_equal, (Ref(len(steps) - 1), 0.0)
        at[node] = Ref(len(steps))
        steps.append(Step(op, args, shape, dtype, node.label, places.get(node, "")))
        if dtype == BOOL:
            truths.add(at[node])
    for i, name in names.items():
        if steps[i].name is None:
            steps[i] = steps[i]._replace(name=name)
    found = [at[x] if isinstance(x, Node) else x for x in results]
    held = [guard._replace(value=at[guard.value]) for guard in guards]
    return Code(steps, found, held, len(inputs) + len(captured))


def _dtype(data: Any) -> Any:
    """That of what a node holds."""
    return BOOL if data.__class__ is bool else getattr(data, "dtype", FLOAT64)


def _counted(
    steps: list[Step], truths: set[Ref], node: Node, args: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Operands, of which truths count as the numbers 1 and 0, as steps of their own.

    So no pass has to know what arithmetic makes of truths, Python's or NumPy's, alone or in arrays.
    """
    op: Any = node.op
    dtype = _dtype(node.data)
    if dtype == BOOL:
        if op in KEEPING:
            return args
        dtype = FLOAT64
    found = list(args)
    for k in range(int(op.selects), len(args) - op.statics):  # by the first `where` chooses
        x = args[k]
        if x.__class__ is Ref and x in truths:
            shape = steps[x.i].shape
            if shape is None:
                steps.append(Step(ops.where, (x, 1.0, 0.0), None))
            else:
                steps.append(Step(ops.astype, (x, dtype), shape, dtype))
            found[k] = Ref(len(steps) - 1)
    return tuple(found)


def _may_raise(node: Node) -> bool:
    """Whether a number could raise where others are put in: eagerly it does, used or not."""
    op = node.op
    return op is not None and node.data.__class__ is float and bool(op.needs) and op.listed


def _plain_numbers(steps: list[Step], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """NumPy's float64 as Python's floats, where beside them all is float64 anyway."""
    dtypes = {
        steps[x.i].dtype if x.__class__ is Ref else getattr(x, "dtype", FLOAT64) for x in args
    }
    if dtypes - {FLOAT64}:
        return args
    return tuple([float(x) if x.__class__ is np.float64 else x for x in args])


def _ends(node: Node, until: Any) -> bool:
    return node.op is None or node in until


def _input_step(node: Node) -> Step:
    data = node.held()
    if data.__class__ is float:
        return Step(None, (), None, FLOAT64, node.label)
    return Step(None, (), data.shape, data.dtype, node.label)
