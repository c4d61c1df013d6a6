"""Program: a recorded computation that runs: source, the function it is, and its file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from .. import ops
from ..errors import InputError, OperandError, TraceError
from ..files import path_of, write_whole
from ..node import Node, require_nodes
from ..transforms.call import numeric
from ..tree import Structure, flatten
from .algebra import cancel
from .blocks import blocked
from .code import Code, Ref, evaluate
from .emit import Source, emit
from .record import from_graph, is_input, is_truths
from .roll import roll
from .scattered import collect
from .signature import Signature, rectangles, result_text, signature
from .simplify import FIRST, attached, gathered, simplify
from .unboxed import unbox

MISSED = (ArithmeticError, ValueError)
"""What a replay may raise where numbers are outside of what an op takes."""


def like_floats(code: Code) -> Any:
    """Within it single numbers that are computed together raise where Python's floats would."""
    if not code.rolled:
        return nullcontext()
    return np.errstate(divide="raise", over="raise", invalid="raise")


class Program:
    """A graph that is already recorded, as a function of some of its nodes.

    ``outputs`` are nodes, or lists, tuples and dicts of them; ``inputs`` a node or a list of them,
    which become the parameters in their order, by their labels. All else that the outputs depend on
    keeps the numbers it has, and what was chosen by numbers when the graph was recorded stays
    chosen: the side of an ``if`` or a `where`, and in derivatives which side of a kink relu,
    maximum, abs or clip were on. `compile` looks at that anew for other numbers.

    With ``exact`` results are those of the graph bit for bit; else sums are added in another order
    and sigmoids are simplified, which may change the last digits.

    Calls take numbers for Values and arrays of the same shapes for Tensors, and give numbers and
    arrays. `source` is the Python that runs.

    It is pickled as what `save` writes into a ``.json``, so it runs by its source from there on.

    Raises `OperandError` for arguments of another kind, and the errors of the ops: `DomainError`,
    `DivisionError`, ... Pickling raises `UnsupportedError` for what no file can hold.

    >>> import autograd_mini as am
    >>> a, b = am.Value(5.0, "a"), am.Value(3.0, "b")
    >>> J = 3 * a + b * b
    >>> program = am.Program([J, am.gradient(J, b)], [a, b])
    >>> program(1.0, 2.0)
    [7.0, 4.0]
    >>> print(program.source)
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def program(a, b):
        db = 2 * b
        return [3 * a + b * b, db]
    <BLANKLINE>
    """

    native: Callable[..., Any] | None

    def __init__(self, outputs: Any, inputs: Any, *, exact: bool = False) -> None:
        single = isinstance(inputs, Node) or not isinstance(inputs, Iterable)
        nodes = [inputs] if single else list(inputs)
        require_nodes("Program", *nodes)
        results, structure = flatten(outputs)
        if not any(isinstance(x, Node) for x in results):
            raise OperandError("a program's outputs are nodes; there is none among these")
        code, _ = from_graph(nodes, results, [], (), _Everything(nodes))
        leaves = [node.held() for node in nodes]
        given = flatten((tuple(leaves), {}))[1]
        names = [node.label or f"x{i}" for i, node in enumerate(nodes)]
        form = signature(names, given, leaves)
        code = rolled(simplified(code, exact), {}, rectangles(structure), exact)
        self._set(code, form, structure, "program", exact=exact)

    @classmethod
    def of(
        cls,
        code: Code,
        form: Signature,
        structure: Structure,
        name: str = "program",
        captured: Sequence[str] = (),
        known: Mapping[str, Any] | None = None,
        exact: bool = False,
    ) -> Program:
        """The program of an optimised code."""
        program = cls.__new__(cls)
        program._set(code, form, structure, name, captured, known, exact)
        return program

    def by_llvm(self, code: Code, captured: Sequence[str]) -> None:
        """From here on replay by machine code of this one, which is not rolled."""
        from .native import native

        self.native = native(code, self.form, self.structure, captured, self.exact)

    def _set(
        self,
        code: Code,
        form: Signature,
        structure: Structure,
        name: str,
        captured: Sequence[str] = (),
        known: Mapping[str, Any] | None = None,
        exact: bool = False,
    ) -> None:
        self.code = code
        self.blocks = code if exact else blocked(unbox(code))
        self.form = form
        self.structure = structure
        self.name = name
        self.exact = exact
        self.known = frozenset(known or ())
        self.native = None
        self.text, self.run = _written(
            self.blocks, form, structure, name, captured, known or {}, exact
        )

    @property
    def source(self) -> str:
        """The Python that runs: it can be saved, and needs NumPy alone."""
        return str(self.text)

    def __repr__(self) -> str:
        return f"<program {self.name}({self.form.parameters}): {len(self.code.steps)} steps>"

    def __reduce__(self) -> Any:
        """Pickled as its file: ops are functions of this process."""
        from .saved import read, text_for

        return read, (text_for(self, f"{self.name}.json"), f"the pickled {self.name}")

    def __copy__(self) -> Program:
        """Itself, as a function: nothing of it changes."""
        return self

    def __deepcopy__(self, memo: Any) -> Program:
        return self

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        """The outputs for other inputs."""
        if not self.form.fits(args, options):
            args, options = self._fitted(args, options)
        try:
            return self.replay(args, options)
        except self.run.broken as error:  # type: ignore[attr-defined] # `Source.run` sets it
            raise TraceError(
                f"{self.name}: these numbers take another way than those it was recorded with, "
                f"at {error}; a function given to am.compile is recorded again there"
            ) from None
        except MISSED:
            return self.by_ops(args, options)

    def replay(self, args: Any, options: Any) -> Any:
        """The outputs for arguments that fit, by machine code or by the source."""
        if self.form.renamed:
            options = {self.form.renamed.get(key, key): x for key, x in options.items()}
        if self.native is not None:
            found = self.native(*args, **options)
            if found is not None:
                return found
        if self.code.rolled:
            with like_floats(self.code):
                return self.run(*args, **options)
        return self.run(*args, **options)

    def by_ops(self, args: Any, options: Any) -> Any:
        """The same by the ops of the table, whose errors say which and with what."""
        leaves = self.form.structure.leaves_of((args, options), "the arguments", is_input)
        with like_floats(self.code):
            return self.structure.build(evaluate(self.code, leaves))

    def guards(self) -> list[str]:
        """What holds of arguments that go the way of the recording, and where it was asked."""
        return [f"{truth}  # {place}" if place else truth for truth, place in self.text.guards]

    def _fitted(self, args: Any, options: Any) -> tuple[Any, Any]:
        """Arguments as what was recorded: whole numbers as floats."""
        leaves, structure = flatten((args, options), is_input)
        plain = [x if is_truths(x) or isinstance(x, Node) else numeric(x) for x in leaves]
        args, options = structure.build(plain)
        if not self.form.fits(args, options):
            raise OperandError(
                f"{self.name}({self.form.parameters}) was recorded for arguments of another kind: "
                f"{self.form.described()}"
            )
        return args, options

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program into a file: ``.json`` as data, ``.py`` and ``.js`` as source.

        A ``.json`` is read by `load_program`. A ``.js`` has one function of an array of all inputs
        (numbers, those of lists one by one; an array as one of its numbers row by row) that gives
        an array of all results, of those that are numbers: ``const [J, dw] = step([0.5, 2.0])``. It
        is called like the program, in a page after ``<script src="step.js"></script>``, in Node as
        what ``require("./step.js")`` gives. A ``.py`` raises what Python's numbers raise beyond
        their range (OverflowError, ZeroDivisionError, ...). The file is written whole or not at
        all.

        Raises `InputError` for another suffix, and `UnsupportedError` for what no file can hold,
        such as a custom op, and for an array of texts where that is no ``.py``.
        """
        from .saved import text_for

        target = path_of(path, InputError)
        write_whole(target, text_for(self, str(target)).encode(), InputError)


class _Everything:
    """All nodes but these: what is no input is a constant."""

    def __init__(self, inputs: Sequence[Node]) -> None:
        self.inputs = set(inputs)

    def __contains__(self, node: object) -> bool:
        return node not in self.inputs


def simplified(code: Code, exact: bool) -> Code:
    """The passes after recording, one after the other, that leave single numbers single.

    It is for plain numbers from here on: derivatives are recorded by now, if any.
    """
    used = {step.op for step in code.steps}
    if ops.detached in used:
        code = attached(code)
    if exact:
        return simplify(code, exact=True)
    if ops.scatter in used:
        code = collect(simplify(code, exact=True))
    return gathered(cancel(gathered(code, FIRST)))


def rolled(code: Code, given: Any, wanted: Any, exact: bool) -> Code:
    """The passes before the source: single numbers are put together, unless ``exact``."""
    return code if exact else simplify(roll(code, given, wanted)).in_order()


def _written(
    code: Code,
    form: Signature,
    structure: Structure,
    name: str,
    captured: Sequence[str],
    known: Mapping[str, Any],
    exact: bool,
) -> tuple[Source, Callable[..., Any]]:
    lists = {tuple(map(Ref, run)): text for run, text in form.lists.items()}
    parameters = form.parameters
    if captured:
        parameters = ", ".join(filter(None, [parameters, *form.star, *captured]))
    source = emit(
        code,
        [*form.inputs, *captured],
        parameters,
        lambda texts, hold: result_text(structure, texts, hold),
        name,
        lists,
        known,
        exact,
        form.scope,
    )
    return source, source.run()


def check_setting(value: Any, name: str) -> int:
    """A setting that counts something."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name}={value!r} must be a whole number of at least 1")
    return value
