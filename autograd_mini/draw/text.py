"""How wide a picture's text will be, and numbers in all their digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..text import width

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
