"""Text for people: short numbers, labels on a line, tables; the same in every report and picture.

Labels are anybody's text: here they become one line of harmless characters. Nothing here knows of
SVG, DOT or LaTeX, whose own signs their writers escape.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np

MINUS = "−"

# What XML cannot hold, other control characters, and the signs that turn the text around them.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LEFT_TO_RIGHT = "\u200e"


def short(x: Any, digits: int = 4) -> str:
    """A number with ``digits`` significant digits, or an array by its shape.

    >>> from autograd_mini.text import short
    >>> short(33.0), short(2 / 3), short(1.5e-9), short(-0.0)
    ('33', '0.6667', '1.5e-09', '0')
    """
    if np.ndim(x):
        return f"array {np.shape(x)}"
    return f"{float(x) + 0.0:.{digits}g}"


def exact(x: Any) -> str:
    """A number with all the digits it needs, a small array in full, a large one by its shape.

    >>> from autograd_mini.text import exact
    >>> exact(6.002), exact(33.0)
    ('6.002', '33')
    """
    if np.size(x) > 6:
        return short(x)
    if np.ndim(x):
        return np.array2string(np.asarray(x), separator=", ", threshold=6).replace("\n", "")
    return f"{float(x) + 0.0:.12g}"


def number(x: Any, digits: int = 4) -> str:
    """A number in at most ``digits`` significant digits; whole ones below a million in full.

    >>> number(33.0), number(2.718281828), number(-1.5e-7), number(12288.0), number(1234567.0)
    ('33', '2.718', '−1.5e−7', '12288', '1.235e6')
    """
    whole = float(x).is_integer() and abs(float(x)) < 1e6
    written, e, power = short(x, max(digits, 6) if whole else digits).partition("e")
    return (f"{written}e{int(power)}" if e else written).replace("-", MINUS)


def numbers(x: Any) -> str:
    """An array's numbers where they are few, else the range they lie in, all to 4 digits.

    >>> numbers(np.array([1.0, 2.5])), numbers(np.arange(12.0)), numbers(np.zeros(9))
    ('[1 2.5]', '0 … 11', 'all 0')
    """
    values = np.asarray(x)
    if values.ndim == 0:
        return number(values)
    if values.size == 0:
        return "empty"
    brief = partial(number, digits=4)
    if values.ndim == 1 and values.size <= 4:
        return f"[{' '.join(map(brief, values))}]"
    if np.isnan(values).any():
        return "has nan"
    low, high = brief(values.min()), brief(values.max())
    return f"all {low}" if low == high else f"{low} … {high}"


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def harmless(text: str) -> str:
    """``text`` with what no XML file may hold, and what would turn other text around, replaced.

    >>> from autograd_mini.text import harmless
    >>> harmless("a\\x00b")
    'a�b'
    """
    return _NOT_TEXT.sub("\ufffd", text)


def one_line(text: str, columns: int = 24) -> str:
    """``text`` as one harmless line of at most ``columns`` columns, with "…" where it was cut.

    >>> from autograd_mini.text import one_line
    >>> one_line("two\\nlines"), one_line("0123456789", 5)
    ('two lines', '0123…')
    """
    # No more is looked at than could show: a label may be a whole file.
    line = " ".join(harmless(text[: 8 * columns]).split())
    if len(text) > 8 * columns or width(line) > columns:
        fitting = sum(used < columns for used in accumulate(map(width, line)))
        line = line[:fitting].rstrip() + "…"
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in line):
        line = line.removesuffix(_LEFT_TO_RIGHT) + _LEFT_TO_RIGHT
    return line


def printable(text: str) -> str:
    """A label as one line: control characters, which could move a terminal's cursor, as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as aligned columns: the first to the left, the others to the right.

    >>> from autograd_mini.text import table
    >>> print(table(["name", "value"], [["a", "5"], ["long", "33"]]))
    name  value
    a         5
    long     33
    """
    lines = [[printable(cell) for cell in line] for line in (header, *rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (w - width(cell)) if i == 0 else " " * (w - width(cell)) + cell
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
