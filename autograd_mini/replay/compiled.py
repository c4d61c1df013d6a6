"""Compiled: a function that is recorded once for each kind of arguments, and replayed after."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import update_wrapper
from threading import Lock
from typing import Any

import numpy as np

from ..backward import memory, own
from ..errors import InputError
from ..node import Node, mode
from ..transforms.call import numeric
from ..tree import Structure, flatten, is_leaf
from .algebra import cancel
from .code import Code, Ref, evaluate
from .emit import Source, emit
from .linear import gather
from .record import Recording
from .roll import roll
from .signature import Signature, rectangles, result_text, signature
from .simplify import simplify
from .surroundings import Name, arrays_by_name, names_used

MISSED = (ArithmeticError, ValueError)
"""What a replay may raise where the function itself has to be asked."""


@dataclass
class Recorded:
    """One recording: the code, its source, and when it holds."""

    reason: str
    code: Code
    source: Source
    signature: Signature
    surroundings: list[Name]
    captured: dict[str, Node]
    path: tuple[Any, ...]
    run: Callable[..., Any] = field(repr=False)

    def __str__(self) -> str:
        guards = [
            f"  holds where {guard.value!r} is {guard.expected}, as at {guard.place}"
            for guard in self.code.guards
        ]
        return "\n".join([f"{self.signature.parameters}: {self.reason}", *guards])

    def fits(self, args: Any, options: Any) -> bool:
        """Whether a call is of the kind that was recorded, and nothing around has changed."""
        if not self.signature.fits(args, options):
            return False
        for name in self.surroundings:
            if not name.unchanged():
                return False
        return True

    def replay(self, args: Any, options: Any) -> Any:
        """The result of a call by the program."""
        if self.captured:
            options = {**options, **{n: node.held() for n, node in self.captured.items()}}
        if self.code.rolled:
            with np.errstate(divide="raise", over="raise", invalid="raise"):
                return self.run(*args, **options)
        return self.run(*args, **options)


class Compiled:
    """What `compile` makes of a function."""

    def __init__(self, f: Callable[..., Any], exact: bool, max_recordings: int) -> None:
        self.f = f
        self.exact = exact
        self.max_recordings = max_recordings
        self.recordings: list[Recorded] = []
        self._lock = Lock()
        update_wrapper(self, f)

    def __repr__(self) -> str:
        name = getattr(self.f, "__name__", type(self.f).__name__)
        return f"<compiled {name}: {len(self.recordings)} recorded>"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The result of the function, by a replay where a recording holds."""
        broken = ""
        for recorded in self.recordings:
            if recorded.fits(args, options):
                try:
                    return recorded.replay(args, options)
                except recorded.run.broken as error:
                    broken = f"another way was taken at {error}"
                except MISSED as error:
                    broken = f"a replay met {type(error).__name__}: {error}"
        return self._recorded_anew(args, options, broken)

    @property
    def source(self) -> str:
        """The Python that runs, of the newest recording."""
        if not self.recordings:
            raise InputError(
                f"{self!r}: there is no source before the first call; call it with arguments of "
                "the kind that it is to be recorded for"
            )
        return str(self.recordings[-1].source)

    def _recorded_anew(self, args: Any, options: Any, broken: str) -> Any:
        leaves, structure = flatten((args, options), _is_input)
        if any(isinstance(leaf, Node) for leaf in leaves):
            return self._inlined(leaves, structure, args, options)
        plain = [leaf if _is_truths(leaf) else numeric(leaf) for leaf in leaves]
        if any(x is not leaf for x, leaf in zip(plain, leaves, strict=True)):
            args, options = structure.build(plain)
            return self(*args, **options)
        if len(self.recordings) >= self.max_recordings:
            warnings.warn(
                f"{self!r}: no more than max_recordings={self.max_recordings} are kept, so other "
                "calls run the function itself; step.recordings tells why so many were made",
                RuntimeWarning,
                stacklevel=3,
            )
            return self.f(*args, **options)
        made = Recording(self.f, leaves, structure.build)
        recorded = self._made(made, structure, leaves, broken)
        with self._lock:
            if not any(
                other.path == recorded.path and other.fits(args, options)
                for other in self.recordings
            ):
                self.recordings.append(recorded)
        return _given(made, leaves)

    def _made(
        self, made: Recording, structure: Structure, leaves: list[Any], broken: str
    ) -> Recorded:
        form = signature(self.f, structure, leaves)
        names = names_used(self.f)
        code, captured = made.code()
        wanted = rectangles(made.structure)
        given = {run: shape for run, shape in rectangles(structure).items() if run in form.lists}
        code = optimised(code, given, wanted, self.exact)
        outside = _names_of(captured, form)
        source, run = written(
            code, form, made.structure, outside, arrays_by_name(names), self.f
        )
        reason = broken or ("the first call" if not self.recordings else "another kind of call")
        path = tuple(_outcome(x) for _, x, _ in made.decisions)
        return Recorded(reason, code, source, form, names, outside, path, run)

    def _inlined(self, leaves: list[Any], structure: Structure, args: Any, options: Any) -> Any:
        """The function itself, for nodes; where they are recorded for others, its short form."""
        how = mode.get()
        if how is None or how.recorder is None:
            return self.f(*args, **options)
        plain = [_example(leaf) for leaf in leaves]
        inner_args, inner_options = structure.build(plain)
        with _plainly():
            self(*inner_args, **inner_options)
        for recorded in self.recordings:
            if recorded.fits(inner_args, inner_options) and not recorded.code.guards:
                values = [*leaves, *recorded.captured.values()]
                raise NotImplementedError(values)
        return self.f(*args, **options)


def optimised(code: Code, given: Any, wanted: Any, exact: bool) -> Code:
    """The passes between recording and source, one after the other."""
    if exact:
        return simplify(code, exact=True)
    code = simplify(gather(code))
    code = simplify(cancel(code))
    return simplify(roll(code, given, wanted)).without_dead()


def written(
    code: Code,
    form: Signature,
    structure: Structure,
    captured: dict[str, Node],
    known: dict[str, Any],
    f: Any,
) -> tuple[Source, Callable[..., Any]]:
    """The source of a code as a function of the arguments, and that function."""
    scope: dict[str, Any] = {}
    lists = {tuple(map(Ref, run)): text for run, text in form.lists.items()}
    parameters = form.parameters
    if captured:
        star = "" if "*, " in f"{parameters}, " else "*, "
        parameters = ", ".join(filter(None, [parameters, star + ", ".join(captured)]))
    source = emit(
        code,
        [*form.inputs, *captured],
        parameters,
        lambda texts: result_text(structure, texts, scope),
        _function_name(f),
        lists,
        known,
    )
    source.opaque.update(scope)
    return source, source.run()


def _function_name(f: Any) -> str:
    name = getattr(f, "__name__", "step")
    return name if name.isidentifier() else "step"


def _is_input(x: Any) -> bool:
    return is_leaf(x) or _is_truths(x)


def _is_truths(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.bool_


def _outcome(x: Any) -> Any:
    return x.tobytes() if isinstance(x, np.ndarray) else x


def _names_of(captured: list[Node], form: Signature) -> dict[str, Node]:
    """A name for each node from outside."""
    taken = {*form.parameters.replace("*", "").replace(" ", "").split(",")}
    names: dict[str, Node] = {}
    for node in captured:
        stem = node.label if node.label and node.label.isidentifier() else "outside"
        name, number = stem, 1
        while name in taken or name in names:
            number += 1
            name = f"{stem}{number}"
        names[name] = node
    return names


def _given(made: Recording, leaves: list[Any]) -> Any:
    """What a recorded call itself gives: numbers and arrays of its own."""
    seen = {id(memory(x)) for x in leaves if isinstance(x, np.ndarray)}
    found = []
    for x in made.results:
        data = x.held() if isinstance(x, Node) else x
        if isinstance(data, np.ndarray):
            data = own(data, seen)[()] if data.ndim == 0 else own(data, seen)
        found.append(data)
    return made.structure.build(found)
