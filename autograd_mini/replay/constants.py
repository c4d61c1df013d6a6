"""Constants: the arrays of a program by name, and as text that makes them again."""

from __future__ import annotations

import base64
import textwrap
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import ops

SHORT = 500
"""Arrays are written out where that takes at most so many characters."""

DECODER = '''
def _array(dtype, shape, text):
    """An array from the text that stands for its bytes."""
    data = zlib.decompress(base64.b85decode("".join(text.split())))
    return np.frombuffer(data, dtype).reshape(shape)
'''


class Constants:
    """Arrays by name. ``known`` are the user's own, which the program calls by their names.

    If ``exact`` numbers lie in memory as they did: by that NumPy goes where it adds them up.
    """

    def __init__(self, known: Mapping[str, Any], taken: set[str], exact: bool = False) -> None:
        self.known = known
        self.taken = taken
        self.exact = exact
        self.arrays: dict[str, Any] = {}

    def text(self, array: Any) -> str:
        """How the program writes the array: its name, or its transpose's with ``.T``."""
        if self.exact and not array.flags.c_contiguous:
            axes = sorted(range(array.ndim), key=lambda i: -array.strides[i])
            if array.transpose(axes).flags.c_contiguous:
                return f"{self.text(array.transpose(axes))}.transpose({ops.inverse(tuple(axes))})"
        for name, other in [*self.arrays.items(), *self.known.items()]:
            if _same(array, other):
                self.arrays.setdefault(name, _kept(other))
                return name
            if array.ndim == 2 and not self.exact and _same(array.T, other):
                self.arrays.setdefault(name, _kept(other))
                return f"{name}.T"
            if array.size > 1 and array.ndim == 1 and _same(array, other.ravel()):
                self.arrays.setdefault(name, _kept(other))
                return f"{name}.ravel()"
        name = self._new_name()
        self.arrays[name] = _kept(array)
        return name

    def _new_name(self) -> str:
        number = 1
        while f"C{number}" in self.taken:
            number += 1
        self.taken.add(f"C{number}")
        return f"C{number}"


def _same(array: Any, other: Any) -> bool:
    """Whether both have the same bits: -0.0 is another number than 0.0."""
    if array.shape != other.shape or array.dtype != other.dtype:
        return False
    return array is other or array.tobytes() == other.tobytes()


def _kept(array: Any) -> Any:
    """A copy that nobody writes into, row by row as it would be read from a file."""
    copy = np.array(array, order="C")
    copy.flags.writeable = False
    return copy


def has_text(array: Any) -> bool:
    """Whether an array's members are the same again when they are read from their text."""
    is_real_or_complex = array.dtype.kind in "fc"
    return bool(np.isfinite(array).all()) if is_real_or_complex else array.dtype.kind in "biuUS"


def literal(array: Any) -> str:
    """A small array written out, in Python."""
    if not array.size:
        return f"np.zeros({array.shape}, dtype={dtype_text(array.dtype)})"
    return f"np.array({array.tolist()!r}, dtype={dtype_text(array.dtype)})"


def definition(name: str, array: Any) -> str:
    """The line (or lines) that make the array."""
    if array.size <= SHORT // 2 and has_text(array):
        written = f"{name} = {literal(array)}"
        if len(written) <= SHORT:
            return written
    if _is_rising(array):
        bits = np.zeros(array[-1] + 1, bool)
        bits[array] = True
        return f"{name} = np.flatnonzero(np.unpackbits({_packed(np.packbits(bits))}))"
    return f"{name} = {_packed(array)}"


def _is_rising(array: Any) -> bool:
    """Whether an array is of places one after the other, of which bits are the shorter text."""
    if array.dtype != np.intp or array.ndim != 1 or array[0] < 0:
        return False
    return bool((np.diff(array) > 0).all() and array[-1] < 64 * array.size)


def _packed(array: Any) -> str:
    """The call of `DECODER` that makes the array."""
    flat = np.ascontiguousarray(array)
    text = base64.b85encode(zlib.compress(flat.tobytes())).decode()
    lines = "\n".join(textwrap.wrap(text, 96, break_on_hyphens=False))
    return f'_array("{array.dtype.str}", {array.shape}, r"""\n{lines}\n""")'


def dtype_text(dtype: Any) -> str:
    """A dtype in Python."""
    dtype = np.dtype(dtype)
    if dtype.kind not in "iufc":
        return "bool" if dtype.kind == "b" else f'np.dtype("{dtype.str}")'
    return f"np.{dtype.name}"
