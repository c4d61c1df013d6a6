"""How a picture writes numbers, arrays and labels, and how wide that will be.

Labels are anybody's text: here they become one line of harmless characters. Nothing here knows of
SVG or DOT, whose own signs their writers escape.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import Any

import numpy as np

from ..text import short, width

MINUS = "−"

# What XML cannot hold, other control characters, and the signs that turn the text around them.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LEFT_TO_RIGHT = "\u200e"


def harmless(text: str) -> str:
    """``text`` with what no XML file may hold, and what would turn other text around, replaced.

    >>> harmless("a\\x00b")
    'a�b'
    """
    return _NOT_TEXT.sub("\ufffd", text)


def one_line(text: str, columns: int = 24) -> str:
    """``text`` as one harmless line of at most ``columns`` columns, with "…" where it was cut.

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


# Widths in em of the characters of a bold sans-serif, on the wide side (DejaVu Sans), so that text
# stays in its box in the narrower fonts as well.
_EM = {
    **dict.fromkeys(" ijlIJ.,:;'|/\\·", 0.38),
    **dict.fromkeys("()[]ftr-!²³⁰¹⁴⁵⁶⁷⁸⁹", 0.48),
    **dict.fromkeys('cs"*^_`z⁻?', 0.6),
    **dict.fromkeys("CELFSTYZPaehknoubdgpqvxy{}0123456789$", 0.72),
    **dict.fromkeys("mwMW%@…", 1.05),
}


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide ``text`` is in a sans-serif font of ``size``, rather too wide than too narrow.

    >>> 50 < text_width("3 × 2 = 6", 12) < 70
    True
    """
    em = sum(_EM.get(c) or 0.85 * width(c) for c in text)
    return em * size * (1.0 if bold else 0.94)


def number(x: Any) -> str:
    """A number in at most 4 significant digits; whole ones below a million in full.

    >>> number(33.0), number(2.718281828), number(-1.5e-7), number(12288.0)
    ('33', '2.718', '−1.5e−7', '12288')
    """
    digits, e, power = short(x, 6 if float(x).is_integer() else 4).partition("e")
    return (f"{digits}e{int(power)}" if e else digits).replace("-", MINUS)


def numbers(x: Any) -> str:
    """An array's numbers where they are few, else the range they lie in.

    >>> numbers(np.array([1.0, 2.5])), numbers(np.arange(12.0)), numbers(np.zeros(9))
    ('[1 2.5]', '0 … 11', 'all 0')
    """
    values = np.asarray(x)
    if values.ndim == 0:
        return number(values)
    if values.size == 0:
        return "empty"
    if values.ndim == 1 and values.size <= 4:
        return f"[{' '.join(map(number, values))}]"
    if np.isnan(values).any():
        return "has nan"
    low, high = values.min(), values.max()
    return f"all {number(low)}" if low == high else f"{number(low)} … {number(high)}"


def all_digits(x: Any) -> str:
    """A number with all its digits; an array with its shape, a large one shortened in the middle.

    >>> all_digits(0.1), all_digits(np.ones(2))
    ('0.1', 'shape (2,), float64: [1., 1.]')
    """
    if np.ndim(x) == 0:
        return str(x)
    values = np.asarray(x)
    digits = np.array2string(values, threshold=60, floatmode="unique", separator=", ")
    line = " ".join(digits.split()).replace(" ,", ",")
    return f"shape {values.shape}, {values.dtype}: {line}"
