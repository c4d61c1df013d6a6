"""Node: one recorded number or array, with the operation and the operands it came from.

The graph is nothing but nodes pointing at their operands. A result refers to its operands and never
the other way round, so there are no reference cycles and dropping the result frees the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from .errors import AutogradError, GradientError, OperandError, TraceError

if TYPE_CHECKING:
    from .primitive import Primitive


class Recorder(Protocol):
    """Who records a function to compute it anew for other numbers; comparisons of arrays too."""

    def decide(self, node: Node, what: str) -> Any:
        """The truth, the whole number or the mask of a node, by which the program now goes on."""

    def truth(self, node: Node) -> Any:
        """A truth of numbers: decided at once, or only when the program asks for it."""

    def detach(self, node: Node) -> Node:
        """What `detach` is then: still computed from the node, but without a gradient."""

    def constant(self, node: Node) -> None:
        """Take notice of a new leaf, which is the same for all other numbers."""

    def shortened(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """A function that does the same as f, perhaps in fewer operations on more numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A named part of a program while it ran, within the scope ``outer``; one for each ``with``.

    It is itself what `Mode` tells of new nodes.
    """

    name: str
    outer: Scope | None

    def __call__(self, node: Node) -> None:
        """Mark a new node."""
        node.scope = self


@dataclass(frozen=True, slots=True)
class Mode:
    """How operations are recorded here and now, where it is not plainly.

    ``paused``: results are leaves. ``made`` are told of each node that is made, ``flowed`` of what
    a node's operands receive on the way back, ``left`` of each node whose number goes where no
    gradient follows, with how that is called, and ``failed`` of each error that an op on nodes
    raises.
    """

    paused: bool = False
    recorder: Recorder | None = None
    made: tuple[Callable[[Node], None], ...] = ()
    flowed: tuple[Callable[[Node, Any, Sequence[Any]], None], ...] = ()
    left: tuple[Callable[[Node, str], None], ...] = ()
    failed: tuple[Callable[[AutogradError], None], ...] = ()


mode: ContextVar[Mode | None] = ContextVar("autograd_mini.mode", default=None)
"""The mode of this thread or async task; None, the common case, records plainly."""


@contextmanager
def recording(**changes: Any) -> Iterator[None]:
    """Within it the fields of `Mode` named in ``changes`` hold."""
    token = mode.set(replace(mode.get() or Mode(), **changes))
    try:
        yield
    finally:
        mode.reset(token)


PACKED: Final = object()
"""The y of a node whose x is the tuple of all its operands."""


class Node:
    """What `Value` and `Tensor` both are: a value that remembers how it was computed.

    ``data`` is the float or array, ``grad`` the derivative that `backward` left here (None before),
    ``op`` the `Primitive` that made it (None for a leaf), ``args`` its operands in order, both
    nodes and plain constants, ``label`` its name (None without one).

    >>> import autograd_mini as am
    >>> b = am.Value(3, "b")
    >>> u = 2 * b
    >>> u.op.name, u.args, u.parents
    ('multiply', (2.0, Value(3.0, 'b')), (Value(3.0, 'b'),))
    """

    # Two operands, which most ops have, are kept as x and y: a tuple for each node would cost a
    # fifth of the time to build a graph, and a third of its memory. Others keep theirs in x.
    # ``place`` is there under `debug` alone, ``scope`` within a `scope`: never set, they cost no
    # time and 8 bytes. A table beside the nodes would take some 100 for each node that is in it.
    __slots__ = ("__weakref__", "data", "grad", "label", "op", "place", "scope", "x", "y")

    holds: ClassVar[type]
    classes: ClassVar[dict[type, type[Node]]] = {}

    data: Any
    grad: Any
    op: Primitive | None
    label: str | None
    place: Any
    scope: Scope
    x: Any
    y: Any

    def __init_subclass__(cls, holds: type | None = None) -> None:
        """A subclass says what its data is: ``class Value(..., holds=float)``."""
        if holds is not None:
            cls.holds = holds
            Node.classes[holds] = cls

    @property
    def args(self) -> tuple[Any, ...]:
        """The operands in order, nodes and plain constants."""
        y = self.y
        return self.x if y is PACKED else (self.x, y)

    @property
    def parents(self) -> tuple[Node, ...]:
        """The nodes among the operands, in order; ``a * a`` has two."""
        return tuple(arg for arg in self.args if isinstance(arg, Node))

    def held(self) -> Any:
        """The data, put into the class this node holds if a program assigned it in another.

        ``w.data -= rate * w.grad`` with a rate from an array makes a float NumPy's own number. Each
        class says how.
        """

    def __reduce__(self) -> Any:
        """Copying and pickling keep a leaf's data and label; a result has no history to copy."""
        if self.op is not None:
            raise GradientError(
                f"{self.label or f'a result of {self.op.name}'} cannot be copied or pickled: it "
                "would drag its graph along; write am.detach(x) for a leaf with its data",
                op=self.op.name,
                labels=(self.label,),
            )
        leave(self, "copying or pickling")
        return type(self), (self.data, self.label)

    # A node is itself alone: equal values do not make it the same key of a set or dict.
    __hash__ = object.__hash__


_new = object.__new__


def make(data: Any, op: Primitive | None = None, args: tuple[Any, ...] = ()) -> Node:
    """A node that holds ``data`` (a float or an ndarray), of the class that holds such data."""
    node = _new(Node.classes[data.__class__])
    node.data = data
    node.grad = None
    node.label = None
    node.op = op
    node.x = args
    node.y = PACKED
    return node


def leaf(data: Any) -> Node:
    """A new leaf that holds ``data``."""
    node = make(data)
    note_leaf(node)
    return node


def note_leaf(node: Node) -> None:
    """Tell of a new leaf who wants to know, and a function being recorded that it made it."""
    how = mode.get()
    if how is not None:
        if how.recorder is not None:
            how.recorder.constant(node)
        for told in how.made:
            told(node)


@contextmanager
def no_grad() -> Iterator[None]:
    """Within it results are leaves: nothing is recorded, and no gradient flows through them.

    Holds for this thread (or async task) alone; also a decorator.

    >>> import autograd_mini as am
    >>> a = am.Value(2.0, "a")
    >>> with am.no_grad():
    ...     b = a * 3
    >>> b.parents
    ()
    """
    with recording(paused=True):
        yield


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Within it the nodes that are made belong together under a name: a box in a picture.

    `draw` puts a frame around them, or draws them as one box (``fold=True``, or where the graph is
    too large). Scopes may hold others; each ``with`` is a scope of its own, so those of a loop may
    have one name. Holds for this thread (or async task) alone; also a decorator. Costs
    nothing outside.

    Raises `OperandError` for a name that is not text.

    >>> import autograd_mini as am
    >>> x = am.Value(2.0, "x")
    >>> with am.scope("layer 1"):
    ...     h = am.tanh(3 * x + 1)
    >>> J = h * h
    >>> am.draw(J, fold=True)
    <Drawing: Computation graph of J = t₁·t₁, 5 nodes>
    """
    if not isinstance(name, str):
        raise OperandError(f"a scope's name is text, not {type(name).__name__}: {name!r}")
    how = mode.get()
    made = () if how is None else how.made
    outer = next((told for told in made if isinstance(told, Scope)), None)
    with recording(made=(*(told for told in made if told is not outer), Scope(name, outer))):
        yield


def record(data: Any, op: Primitive, args: tuple[Any, ...]) -> Node:
    """The node of a result, as the mode here and now has it."""
    how = mode.get()
    if how is None:
        return make(data, op, args)
    if how.paused:
        for arg in args:
            if isinstance(arg, Node):
                leave(arg, "no_grad")
    if how.paused and how.recorder is None:
        node = make(data)
    elif how.paused and how.recorder is not None:
        stopped = how.recorder.detach
        node = make(data, op, tuple(stopped(x) if isinstance(x, Node) else x for x in args))
    else:
        node = make(data, op, args)
    for told in how.made:
        told(node)
    return node


def leave(node: Node, how: str) -> None:
    """Tell who wants to know that a node's number goes where no gradient follows."""
    now = mode.get()
    if now is not None:
        for told in now.left:
            told(node, how)


def is_recorded_for_others() -> bool:
    """Whether a function is recorded here and now to be computed for other numbers."""
    how = mode.get()
    return how is not None and how.recorder is not None


def refuse_for_others(what: str) -> None:
    """Raise `TraceError` where ``what`` is asked for that would be for the first numbers alone."""
    if is_recorded_for_others():
        raise TraceError(
            f"{what} in a function that is recorded for other numbers would be for these alone; "
            "take it out of the function, or write am.grad(f)"
        )


def detach(x: Any) -> Any:
    """``x`` as a leaf of its own: equal data, no history, so no gradient flows back through it.

    Plain numbers and arrays come back as they are.

    >>> import autograd_mini as am
    >>> a = am.Value(2.0, "a")
    >>> J = a * am.detach(a)
    >>> J.backward()
    >>> a.grad
    2.0
    """
    if not isinstance(x, Node):
        return x
    leave(x, "detach")
    how = mode.get()
    if how is not None and how.recorder is not None:
        return how.recorder.detach(x)
    data = x.held()
    return leaf(data if data.__class__ is float else data.copy())  # w.data -= step leaves it


def checked_label(label: Any) -> str:
    """A label as it is given, which must be text."""
    if not isinstance(label, str):
        raise OperandError(f"a label is text, not {type(label).__name__}: {label!r}")
    return label


def require_nodes(who: str, *found: Any) -> None:
    """Raise `OperandError` if ``who`` was given something that is no node."""
    for x in found:
        if not isinstance(x, Node):
            raise OperandError(
                f"{who} takes nodes, such as am.Value(3.0) and what is computed from it, not "
                f"{type(x).__name__}"
            )


def label(names: Mapping[str, Any] | None = None, /, **nodes: Node) -> None:
    """Name nodes after variables: ``label(u=u, J=J)``, or ``label(locals())``.

    A name given as a keyword always sets the label. A mapping such as ``locals()`` may hold
    anything: nodes in it that have no label yet get their name, the nodes of a list or tuple get
    ``name[0]``, ``name[1]``, ..., and whatever else is passed over.

    >>> import autograd_mini as am
    >>> a, w = am.Value(5), [am.Value(1), am.Value(2)]
    >>> am.label({"a": a, "w": w, "other": "text"})
    >>> a.label, w[1].label
    ('a', 'w[1]')
    """
    if not isinstance(names, Mapping | None):
        raise OperandError("label takes nodes by name, label(u=u), or a mapping: label(locals())")
    for name, item in (names or {}).items():
        _label_new(str(name), item)
        if isinstance(item, list | tuple):
            for i, member in enumerate(item):
                _label_new(f"{name}[{i}]", member)
    for name, node in nodes.items():
        if not isinstance(node, Node):
            raise OperandError(f"label({name}=...) names a node; this is a {type(node).__name__}")
        node.label = name


def _label_new(name: str, item: Any) -> None:
    if isinstance(item, Node) and item.label is None and not name.startswith("_"):
        item.label = name


def ancestors(*roots: Node, until: Container[Node] = ()) -> list[Node]:
    """All nodes ``roots`` depend on and themselves, operands before results, left before right.

    What only nodes of ``until`` depend on is left out.
    """
    order: list[Node] = []
    opened: set[Node] = set()
    done: set[Node] = set()
    stack = [*reversed(roots)]
    while stack:
        node = stack[-1]
        if node in opened:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
            continue
        opened.add(node)
        if node in until:
            continue
        x, y = node.x, node.y
        for arg in reversed(x) if y is PACKED else (y, x):
            if arg.__class__ is not float and isinstance(arg, Node) and arg not in opened:
                stack.append(arg)
    return order


class Outside(Container[Node]):
    """All nodes but those that were ``made`` somewhere; of these only the ``ends``."""

    def __init__(self, made: Container[Node], ends: Container[Node] = ()) -> None:
        self.made = made
        self.ends = ends

    def __contains__(self, node: object) -> bool:
        return node not in self.made or node in self.ends


def labelled(nodes: Iterable[Node]) -> dict[Node, str]:
    """The labelled ones of ``nodes`` by name; a label that several carry is told apart: "z#2".

    >>> import autograd_mini as am
    >>> from autograd_mini.node import labelled
    >>> list(labelled([am.Value(1, "z"), am.Value(2), am.Value(3, "z")]).values())
    ['z', 'z#2']
    """
    names: dict[Node, str] = {}
    taken: dict[str, int] = {}
    for node in nodes:
        if node.label is not None and checked_label(node.label):
            name = node.label
            while name in taken:
                taken[node.label] += 1
                name = f"{node.label}#{taken[node.label]}"
            taken.setdefault(name, 1)
            names[node] = name
    return names
