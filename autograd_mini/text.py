"""Text for people: short numbers and aligned tables, the same in every report and picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np


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


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


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
