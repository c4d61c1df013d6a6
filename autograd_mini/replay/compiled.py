"""Compiled: a function that is recorded once for each kind of arguments, and replayed after."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, is_dataclass
from functools import update_wrapper
from threading import Lock
from types import MethodType
from typing import Any

import numpy as np

from .. import ops
from ..backward import memory, own
from ..errors import AutogradError, InputError, TraceError
from ..node import Node
from ..transforms import vmap
from ..transforms.call import numeric
from ..tree import flatten
from .code import Step
from .kept import check_kept, kept, kinds
from .names import RESERVED, free
from .program import MISSED, Program, check_setting, rolled, simplified
from .record import Recording, is_input, is_truths, no_collections
from .shorten import shortened
from .signature import Signature, rectangles, signature
from .surroundings import Surroundings, arrays_by_name


@dataclass(eq=False)
class Recorded:
    """One recording of a function: its ``program``, why it was made, and when it holds.

    ``surroundings`` are the names that the function used as they were, ``captured`` the nodes from
    outside, whose data each replay reads, ``path`` the outcomes it went by. If ``doubtful``, a nan
    may be that of a branch not taken, or of a number that has weight 0 in a matrix of sums.
    """

    program: Program
    reason: str
    surroundings: Surroundings
    captured: dict[str, Node]
    path: tuple[Any, ...]
    doubtful: bool

    def __str__(self) -> str:
        """What it was recorded for, why, and by which decisions."""
        return "\n".join(
            [
                f"({self.program.form.described()})",
                f"  recorded: {self.reason}",
                *(f"  holds while {guard}" for guard in self.program.guards()),
                f"  {len(self.program.code.steps)} steps; peak memory "
                f"{self.program.blocks.peak_memory():,} bytes beside the arguments",
            ]
        )

    def fits(self, args: Any, options: Any) -> bool:
        """Whether a call is of the kind that was recorded, and nothing around has changed."""
        if not self.program.form.fits(args, options):
            return False
        if not self.surroundings.unchanged():
            return False
        return not self.captured or all(map(_is_like, self.captured.values(), self._others()))

    def _others(self) -> list[Step]:
        """The inputs that are no arguments."""
        code, form = self.program.code, self.program.form
        return code.steps[len(form.inputs) : code.inputs]

    def changed(self) -> list[str]:
        """What of the surroundings is not as it was, by name."""
        others = zip(self.captured.items(), self._others(), strict=True)
        nodes = [name for (name, node), step in others if not _is_like(node, step)]
        return self.surroundings.changed() + nodes

    def replay(self, args: Any, options: Any) -> Any:
        """The result of a call by the program."""
        if self.captured:
            options = {**options, **{n: node.held() for n, node in self.captured.items()}}
        return self.program.replay(args, options)


class Recordings(list[Recorded]):
    """All recordings of a function; prints what each was made for and why."""

    def __str__(self) -> str:
        return "\n".join(f"{i + 1}. {recorded}" for i, recorded in enumerate(self))


class Compiled:
    """A function that `compile` made: called like the one it was made of.

    ``recordings`` are what was recorded, and why; `source` is the Python that runs.
    """

    def __init__(
        self, f: Callable[..., Any], exact: bool, max_recordings: int, backend: str = "numpy"
    ) -> None:
        self.f = f
        self.exact = exact
        self.backend = backend
        self.max_recordings = max_recordings
        self.recordings = Recordings()
        self._lock = Lock()
        update_wrapper(self, f, updated=())  # what f is called, not what it has

    def __repr__(self) -> str:
        name = getattr(self.f, "__name__", type(self.f).__name__)
        return f"<compiled {name}: {len(self.recordings)} recorded>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """In a class it is a method: what it is called on is its first argument."""
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        """Pickled by its name, as functions are; else as what it was made of, to record anew."""
        name = getattr(self, "__qualname__", "")
        found: Any = sys.modules.get(self.__module__)
        for part in name.split("."):
            found = getattr(found, part, None)
        settings = self.f, self.exact, self.max_recordings, self.backend
        return name if found is self else (Compiled, settings)

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        """The result of the function, by a replay where a recording holds."""
        reason = ""
        known = tuple(self.recordings)  # another thread may add to them meanwhile
        broken: list[Recorded] = []
        for recorded in known:
            if recorded.fits(args, options):
                try:
                    return self._replayed(recorded, args, options)
                except recorded.program.run.broken as error:  # type: ignore[attr-defined]
                    broken.append(recorded)
                    reason = f"another way was taken at {error}"
                except MISSED as error:
                    reason = f"a replay met {type(error).__name__}: {error}"
        enough = len(known) >= self.max_recordings
        return self._anew(args, options, reason or _why(known, args, options), enough, broken)

    @property
    def source(self) -> str:
        """The Python that runs, of the newest recording: it can be saved, and needs NumPy alone.

        Raises `InputError` before the first call.
        """
        return self._newest().source

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the newest recording into a file, as `Program.save` does."""
        self._newest().save(path)

    def __vmap__(self, in_axes: Any, out_axes: Any) -> Compiled:
        """What `vmap` of it is: compiled, too."""

        f = self.f if self.exact else shortened(self.f)
        return Compiled(vmap(f, in_axes, out_axes), self.exact, self.max_recordings)

    def _newest(self) -> Program:
        if not self.recordings:
            raise InputError(
                f"{self!r} has no source before its first call, which records it: call it with "
                "arguments of the kind it is for"
            )
        return self.recordings[-1].program

    def _anew(
        self, args: Any, options: Any, reason: str, enough: bool, broken: list[Recorded]
    ) -> Any:
        """The result of a call that no recording holds for: recorded, unless there are enough."""
        leaves, structure = flatten((args, options), is_input)
        if any(isinstance(leaf, Node) for leaf in leaves):
            return self.f(*args, **options)
        plain = [leaf if is_truths(leaf) else numeric(leaf) for leaf in leaves]
        if any(x is not leaf for x, leaf in zip(plain, leaves, strict=True)):
            floats, named = structure.build(plain)
            try:
                return self(*floats, **named)
            except AutogradError:
                raise
            except Exception as error:
                raise self._of_nodes(args, options, error) from error
        if enough:
            warnings.warn(
                f"{self!r}: max_recordings={self.max_recordings} are made, so this call runs the "
                f"function itself ({reason}); step.recordings tells what they are for; am.where "
                "and am.relu choose without an if",
                RuntimeWarning,
                stacklevel=3,
            )
            return self.f(*args, **options)
        form = signature(self.f, structure, leaves)
        around = Surroundings(self.f, kept(structure), kinds(structure))
        shorten = shortened if not self.exact else _as_it_is
        build, names = structure.build, form.inputs
        with no_collections():
            try:
                made = Recording(self.f, leaves, build, names, shorten, self.exact)
            except MISSED as error:
                # What raises in a branch that is not taken, f itself does not compute.
                return self._without_nodes(args, options, error)
            except AutogradError:
                raise
            except Exception as error:
                raise self._of_nodes(args, options, error) from error
            check_kept(made.structure, form.structure, around, repr(self))
            recorded = self._recorded(made, form, around, reason)
            if not around.unchanged():  # by f itself, or by another thread
                now = Surroundings(self.f, kept(structure), kinds(structure))
                recorded.surroundings = now.since(around, recorded.captured.values())
            self._keep(recorded, args, options, broken)
        try:
            return self._replayed(recorded, args, options)
        except (*MISSED, recorded.program.run.broken):  # type: ignore[attr-defined]
            return _given(made, leaves)

    def _replayed(self, recorded: Recorded, args: Any, options: Any) -> Any:
        """The result of a call by a recording; where a doubtful one gives nan, by f itself."""
        given = recorded.replay(args, options)
        if recorded.doubtful and _has_nan(given):
            return self.f(*args, **options)
        return given

    def _without_nodes(self, args: Any, options: Any, error: Exception) -> Any:
        """The result of f itself; the error by its name if it raises, or leaves real numbers."""
        try:
            given = self.f(*args, **options)
        except MISSED:
            raise error from None
        if any(isinstance(x, complex) for x in flatten(given)[0]):
            raise error
        return given

    def _of_nodes(self, args: Any, options: Any, error: Exception) -> TraceError:
        """What f raised for nodes alone; what it raises for plain numbers as well comes out."""
        try:
            self.f(*args, **options)
        except Exception as own:
            raise own from None
        return TraceError(f"{self!r}: {type(error).__name__}: {error}; {_hint(error)}")

    def _keep(self, recorded: Recorded, args: Any, options: Any, broken: list[Recorded]) -> None:
        """Note a recording, unless there are enough, or one of its kind went the same way.

        Those that these arguments broke went another one, which `vmap` may have taken within.
        """
        with self._lock:
            if len(self.recordings) >= self.max_recordings:
                return
            for other in self.recordings:
                went_so = other.path == recorded.path and other not in broken
                if went_so and other.fits(args, options):
                    return
            self.recordings.append(recorded)

    def _recorded(
        self, made: Recording, form: Signature, surroundings: Surroundings, reason: str
    ) -> Recorded:
        code, nodes = made.code()
        wanted = rectangles(made.structure)
        single = simplified(code, self.exact)
        chooses = any(step.op is ops.where for step in single.steps)
        code = rolled(single, form.rectangles, wanted, self.exact)
        doubtful = chooses or (code.rolled and any(map(_sums_by_zeros, code.steps)))
        captured = form.name_others(nodes)
        program = Program.of(
            code,
            form,
            made.structure,
            _function_name(self.f),
            list(captured),
            arrays_by_name(surroundings.names),
            self.exact,
        )
        if self.backend == "llvm":
            program.by_llvm(single, list(captured))
        return Recorded(program, reason, surroundings, captured, tuple(made.path), doubtful)


def _why(known: Sequence[Recorded], args: Any, options: Any) -> str:
    """Why none of the recordings that are known holds for a call."""
    for recorded in reversed(known):
        if recorded.program.form.fits(args, options) and (changed := recorded.changed()):
            return f"{', '.join(changed)} changed"
    return "for other arguments" if known else "at the first call"


def _hint(error: Exception) -> str:
    """What to write instead of what raised for nodes alone."""
    kind = type(getattr(error, "obj", None))
    if isinstance(error, AttributeError) and is_dataclass(kind):
        return (
            "a dataclass among the arguments is taken apart and made again of its fields alone: "
            f"declare {error.name!r} in {kind.__name__}, as by field(init=False), or write "
            "is_tree = False there, so that its objects are kept whole and their numbers constants"
        )
    return (
        "while a function is recorded, all numbers among its arguments are nodes: a plain whole "
        "number n is had by functools.partial(f, n=...), or by int(n), which records for each anew"
    )


def _as_it_is(f: Callable[..., Any]) -> Callable[..., Any]:
    return f


def _sums_by_zeros(step: Step) -> bool:
    """Whether a step is a constant matrix with zeros times numbers."""
    matrix = step.args[0] if step.op is ops.matmul else None
    return isinstance(matrix, np.ndarray) and not matrix.all()


def _has_nan(x: Any) -> bool:
    """Whether a nan is among the numbers of a result."""
    if isinstance(x, float):
        return x != x
    if isinstance(x, np.ndarray):
        return x.dtype.kind == "f" and bool(np.isnan(x).any())
    if isinstance(x, dict):
        x = list(x.values())
    return isinstance(x, list | tuple) and any(map(_has_nan, x))


def _is_like(node: Node, step: Step) -> bool:
    """Whether a node from outside holds what it did in kind."""
    data = node.held()
    if step.shape is None or data.__class__ is float:
        return step.shape is None and data.__class__ is float
    return bool(data.shape == step.shape and data.dtype == step.dtype)


def _function_name(f: Any) -> str:
    name = getattr(f, "__name__", "step")
    return free(name, (), RESERVED) if name.isidentifier() else "step"


def _given(made: Recording, leaves: list[Any]) -> Any:
    """What a recorded call itself gives: numbers, and arrays that share memory with none."""
    seen = {id(memory(x)) for x in leaves if isinstance(x, np.ndarray)}
    found = []
    for x in made.results:
        data = x.held() if isinstance(x, Node) else x
        if isinstance(data, np.ndarray):
            is_new = isinstance(x, Node) and x.op is not None
            data = own(data, seen) if is_new else data.copy()
            data = data[()] if data.ndim == 0 else data
        found.append(data)
    return made.structure.build(found)


def compile(
    f: Callable[..., Any] | None = None,
    /,
    *,
    exact: bool = False,
    max_recordings: int = 8,
    backend: str = "numpy",
) -> Any:
    """``f``, recorded at its first call for arguments of one kind and replayed after.

    A replay runs flat Python and NumPy, with loops over numbers done as arrays at once; `source`
    shows it. Arguments may be numbers, arrays, and lists, tuples, dicts and dataclasses of them;
    their structure, the order of keys, shapes and dtypes make the kind. Results are numbers and
    arrays, in such structures; what has no axes is a float, or a number of NumPy (for an array
    without axes, too), and whole numbers and truths are reckoned with as floats. Other kinds, and
    numbers for which an ``if`` in f goes another way, are recorded in their turn, up to
    ``max_recordings`` times; then it warns and runs f itself. ``recordings`` tells why.

    Arguments that are no numbers, such as texts, truths, functions and objects, are part of the
    kind: the same object or an equal one. That holds for the ``self`` of a method, too; that of a
    dataclass is taken apart, so that its numbers are read at each call, and has its fields alone
    while f is recorded. Numbers among the arguments are nodes while f is recorded, which are hashed
    by identity: ``{1.0: "a"}.get(x)`` and ``x in {1.0}`` find nothing. For a plain whole number, as
    range(n) takes, use `functools.partial`, or int(n), which records for each.

    Sums are added in another order, and sigmoids simplified where that is more accurate, so results
    may differ in the last digits, and by more where large terms cancel: 1e20 + x - 1e20 is x then,
    and x + 0*x is x for inf as well. So a sum that is made exact by what it lost, as by Kahan's
    way, is a plain sum again. The sign of a zero is not kept: 1/(-(x - y)) may be inf where f has
    -inf. Where a function jumps, such may decide on which side, as in arctan2(0, -1).
    log(sigmoid(z)) is exact for any finite z, also where it is log(0) for f; for an infinite one a
    cross-entropy may be nan where f has inf. With ``exact`` results have the same bits as those of
    nodes, as far as NumPy's own do not depend on how arrays lie in memory; zeros have their sign,
    but for those of a power's derivatives, and log_sigmoid of an array without axes may have
    another last bit in its slope. Beside single numbers those of NumPy that are constants in f, as
    np.float32(0.1), count as Python's floats, as nodes take them. An error in a replay is left to
    f, which raises it by its name.

    What f reads from outside is watched: another object under a name that f uses, under an
    attribute that it asks for (``self.scale``, ``module.name``, ``getattr(self, "scale", 1.0)``),
    or the same of a function, a method or a class that it calls, records again, and so does a name
    or an attribute that was not there before; nodes are read at each call. What f itself changes
    outside, a replay does not; a number that it changes and reads, as a counter, records anew at
    each call. What cannot be seen is as it was when it was recorded:

    - random numbers, files and the time;
    - what is changed in place: arrays, lists, sets, entries of dicts;
    - attributes whose names are made up, also outside of f, as ``get = attrgetter("scale")``, that
      a ``__getattr__`` makes up, or whose lack f meets by ``except`` without ``AttributeError``;
    - an operator of a class (``__add__``, ``__call__``) or the class of an object that is replaced,
      and what an object itself gets in place of a method of its class, or a function at all;
    - attributes that functions of installed packages read.

    Arrays that results do not depend on are left out, and so are warnings of theirs; of such
    numbers it is an overflow, as of exp(x), that is not seen.

    Numbers that f takes out of the graph would be those of the first call. Raises `TraceError` for
    float(), round(), item(), math.sin, np.argmax and their like, for copying and pickling,
    `numeric_grad` and `gradcheck`, and for an error of an operation that f caught, as by
    ``try: am.log(x)``, for f goes on by it: am.where or an ``if`` chooses by the numbers. (A
    shorter form may have no error for f to catch, as 1/(1 + exp(-z)) has none; with ``exact`` it
    has.) So it does for all else that f can do with numbers and not with nodes, as x.hex(); what f
    raises for numbers as well comes out as it is. An ``if``, ``and``, int() and ``x[x > 0]`` are
    fine, and checked at each call. What cannot be refused is the first call's: ``.data``, and x as
    text, repr(x) or print(x). Nor can it be seen that f asks for the class of x, which is that of a
    node while f is recorded: isinstance(x, float), type(x) is float and np.isscalar(x) are False;
    isinstance(x, (float, am.Value)) and np.ndim(x) == 0 hold for nodes and numbers.
    `TraceError` is raised as well where f gives what it made anew and is no number: a set, a
    generator, an object of a class.

    With ``backend="llvm"`` (it needs ``pip install 'autograd-mini[llvm]'``) functions of single
    numbers, in lists or not, run as machine code, without the GIL: several times quicker where a
    loop goes on from what it had before, for some 30 µs more to compile each operation. Results
    may differ from those of `source` in the last digits. Calls in which Python would raise, or go
    another way, are done by `source` after all. Raises `UnsupportedError` where there are arrays or
    custom ops, and `MissingPackageError` without llvmlite.

    Derivatives come first: ``compile(value_and_grad(f))``. A compiled function may be called in
    another one, and `vmap` of it is compiled. Which example goes which way by an ``if`` within
    `vmap` is part of a recording, as 9 bytes for each example (17 where results are one for each):
    other ways are recorded in their turn. am.where has no such memory.

    >>> import autograd_mini as am
    >>> def cost(w, b):
    ...     return sum((wi * xi + b) ** 2 for wi, xi in zip(w, [1.0, 2.0]))
    >>> step = am.compile(am.value_and_grad(cost))
    >>> step([3.0, 4.0], 1.0)
    (97.0, [8.0, 36.0])
    >>> step([1.0, 1.0], 0.0)
    (5.0, [2.0, 8.0])
    >>> len(step.recordings)
    1
    """
    check_setting(max_recordings, "max_recordings")
    if not isinstance(exact, bool):
        raise InputError(f"exact={exact!r} must be True or False")
    if backend not in ("numpy", "llvm"):
        raise InputError(f"backend={backend!r} must be 'numpy' or 'llvm'")

    def compiled(function: Callable[..., Any]) -> Compiled:
        if not callable(function):
            raise InputError(f"compile takes a function, not {type(function).__name__}")
        return Compiled(function, exact, max_recordings, backend)

    return compiled if f is None else compiled(f)
