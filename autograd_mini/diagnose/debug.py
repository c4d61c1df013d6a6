"""debug: within it each node remembers the line that made it, and a nan can stop the program."""

from __future__ import annotations

import contextlib
import functools
import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..changed import require_unchanged
from ..errors import AnomalyError, InputError
from ..node import Node, ancestors, mode, recording
from .words import advice, bad_numbers, named, non_finite, operands_at

OURS = (
    os.path.dirname(os.path.dirname(__file__)) + os.sep,
    os.path.dirname(np.__file__) + os.sep,
    contextlib.__file__,
    functools.__file__,
)
"""Files whose lines are not the user's."""


class Place:
    """Where in the user's program a node was made: ``file``, ``line``, ``function``.

    ``cuts`` are the places where its number, or one computed from it, left the graph, each with
    how that is called.
    """

    __slots__ = ("cuts", "file", "function", "line")

    def __init__(self, file: str, line: int, function: str) -> None:
        self.file = file
        self.line = line
        self.function = function
        self.cuts: list[tuple[str, Place]] = []

    @property
    def text(self) -> str:
        """The line itself, "" where it cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        text = f": {self.text}" if self.text else ""
        return f"{self.file}:{self.line} in {self.function}{text}"


def place_of(node: Node) -> Place | None:
    """Where a node was made, if that was within `debug`."""
    return getattr(node, "place", None)


def at(node: Node) -> str:
    """``, made at FILE:LINE in FUNCTION: TEXT``, "" where that is not known."""
    place = place_of(node)
    return f", made at {place}" if place is not None and place.file else ""


@contextlib.contextmanager
def debug(raise_on: str | None = None) -> Iterator[None]:
    """Within it each node remembers the file and line that made it, for `anomalies` and others.

    ``raise_on="nan"`` stops at the op that first makes a nan, in a value or on the way back, with
    an `AnomalyError` that names it, its operands, the line and what usually mends it; ``"inf"``
    stops at an inf, too. (What is made in a branch that `where` does not take counts as well.)
    `backward` and `gradient` raise `MutationError` at a result that is of data changed since, as by
    ``x.data = ...``. Costs nothing outside. Holds for this thread (or async task) alone.

    >>> import autograd_mini as am
    >>> with am.debug():
    ...     J = am.Value(2.0, "a") * 3
    >>> J.place.line, J.place.text
    (2, 'J = am.Value(2.0, "a") * 3')
    >>> import numpy as np
    >>> with am.debug(raise_on="inf"), np.errstate(divide="ignore"):
    ...     J = am.log(am.Tensor([1.0, 0.0], "p"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd_mini.errors.AnomalyError: log(p = shape (2,)) made -inf at [1]...
    """
    if raise_on not in (None, "nan", "inf"):
        raise InputError(f"raise_on={raise_on!r} is not None, 'nan' or 'inf'")
    how = mode.get()
    made, flowed, left = (how.made, how.flowed, how.left) if how is not None else ((), (), ())
    stops = () if raise_on is None else (_Stop(raise_on),)
    with recording(
        made=(*made, _remember, *(stop.made for stop in stops)),
        flowed=(*flowed, _require_unchanged, *(stop.flowed for stop in stops)),
        left=(*left, _cut),
    ):
        yield


def _remember(node: Node) -> None:
    node.place = _here()


def _require_unchanged(node: Node, g: Any, parts: Sequence[Any]) -> None:
    require_unchanged(node, [node], "its derivative")


def _cut(node: Node, how: str) -> None:
    """Note on all that a number was computed from where it left the graph."""
    cut = (how, _here())
    for other in ancestors(node):
        place = place_of(other)
        if place is None:
            place = other.place = Place("", 0, "")
        place.cuts.append(cut)


def _here() -> Place:
    """The line of the user's program that is running."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    code = frame.f_code
    return Place(code.co_filename, frame.f_lineno, code.co_name)


class _Stop:
    """Raises at the first number that is nan, or inf if that is asked for."""

    def __init__(self, raise_on: str) -> None:
        self.infinite = raise_on == "inf"

    def _bad(self, x: Any) -> bool:
        return non_finite(x) and (self.infinite or bad_numbers(x).startswith("nan"))

    def made(self, node: Node) -> None:
        """Look at a new value, whose operands were looked at before."""
        if self._bad(node.data):
            op = node.op
            what = op.shown(node.args) if op is not None else named(node)
            raise AnomalyError(
                f"{what} made {bad_numbers(node.data)}{operands_at(node)}{at(node)}{advice(node)}",
                op=op.name if op is not None else None,
                labels=tuple(parent.label for parent in node.parents) or (node.label,),
            )

    def flowed(self, node: Node, g: Any, parts: Sequence[Any]) -> None:
        """Look at what a node's operands receive."""
        for arg, part in zip(node.args, parts, strict=True):
            if part is not None and self._bad(part) and not self._bad(g):
                op: Any = node.op
                raise AnomalyError(
                    f"the derivative of {op.shown(node.args)} by {named(arg)} is "
                    f"{bad_numbers(part)}{at(node)}{advice(node, backward=True)}",
                    op=op.name,
                    labels=tuple(parent.label for parent in node.parents),
                )
