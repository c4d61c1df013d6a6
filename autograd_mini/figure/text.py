"""How wide a picture's text will be, and text in lines that fit."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import width

# Widths in em of the characters of a bold sans-serif, on the wide side (DejaVu Sans), so that text
# stays in its box in the narrower fonts as well.
_EM = {
    **dict.fromkeys(" ijlIJ.,:;'|/\\·", 0.38),
    **dict.fromkeys("()[]ftr-!²³⁰¹⁴⁵⁶⁷⁸⁹", 0.48),
    **dict.fromkeys('cs"*_`z⁻?', 0.6),
    **dict.fromkeys("^CELFSTYZPaehknoubdgpqvxy{}0123456789$", 0.72),
    **dict.fromkeys("mwMW%@…", 1.1),
}


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide ``text`` is in a sans-serif font of ``size``, rather too wide than too narrow.

    >>> 50 < text_width("3 × 2 = 6", 12) < 70
    True
    """
    em = sum(_EM.get(c) or 0.85 * width(c) for c in text)
    return em * size * (1.0 if bold else 0.92)


def wrapped(text: str, width: float, size: float) -> Iterator[str]:
    """``text`` in lines of at most ``width``, as far as its words allow.

    >>> list(wrapped("the cost falls at each step", 100, 12))
    ['the cost falls', 'at each step']
    """
    line = ""
    for word in text.split():
        if line and text_width(f"{line} {word}", size) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
