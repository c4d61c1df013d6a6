"""How derivatives and formulas are written: as plain text, and in LaTeX.

The LaTeX is such that MathJax and KaTeX both take it, whatever a label holds.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import numpy as np

from ..text import exact, short
from .flow import Spread, spread

SMALL = 6
"""An array of more numbers is shown by their range."""


def figures(x: float | Spread) -> str:
    """A number with six digits; of an array the range and the mean."""
    if not isinstance(x, Spread):
        return short(x, 6)
    if not math.prod(x.shape):
        return "empty"
    if math.isnan(x.mean):
        return "has nan"
    if x.low == x.high:
        return f"all {short(x.low, 6)}"
    return f"{short(x.low, 6)} … {short(x.high, 6)}, mean {short(x.mean, 6)}"


class Plain:
    """Text for a terminal: ``dJ/db``, ``3 * 2``."""

    times = " * "

    def derivative(
        self, d: str, top: str, bottom: str, shape: tuple[int, ...] | None = None
    ) -> str:
        """``dJ/db``, with ``d`` a d or a ∂; where it is a matrix, what has flown has ``shape``."""
        return f"{d}{top}/{d}{bottom}"

    def write(self, text: str) -> str:
        """A name, a formula or words."""
        return text

    def number(self, text: str) -> str:
        """A number, or several."""
        return text

    def factor(self, number: float) -> str:
        """A number in a product."""
        return figures(number)

    def value(self, x: Any) -> str:
        """A derivative: a number, the numbers of a small array, the range of a large one."""
        if isinstance(spread(x), float):
            return figures(spread(x))
        return exact(x) if x.size <= SMALL else f"{figures(spread(x))}, of shape {x.shape}"


class Latex(Plain):
    """The same in LaTeX."""

    times = r" \cdot "

    def derivative(
        self, d: str, top: str, bottom: str, shape: tuple[int, ...] | None = None
    ) -> str:
        """A fraction, with the shape below it."""
        d = r"\partial " if d == "∂" else "d"
        fraction = rf"\frac{{{d}{mathematics(top)}}}{{{d}{mathematics(bottom)}}}"
        if shape is None:
            return fraction
        return rf"\underbrace{{{fraction}}}_{{{mathematics(str(shape))}}}"

    def write(self, text: str) -> str:
        """The text as mathematics."""
        return mathematics(text)

    def number(self, text: str) -> str:
        """The text as mathematics."""
        return mathematics(text.replace("inf", "∞"))

    def factor(self, number: float) -> str:
        """The number, in brackets if it has a sign."""
        text = figures(number)
        return self.number(f"({text})" if text.startswith("-") else text)

    def value(self, x: Any) -> str:
        """The same, a small array as a matrix."""
        if isinstance(spread(x), float) or not 0 < x.size <= SMALL or x.ndim > 2:
            return self.number(super().value(x))
        rows = (" & ".join(map(self.number, map(figures, row))) for row in np.atleast_2d(x))
        return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


_MARKS = re.compile("[\u0300-\u036f]")  # accents without a letter, which KaTeX may not know
_TOKEN = re.compile(
    r"(?P<word>(?:(?![₀-₉⁰¹²³⁴-⁹])[^\W\d_])+)(?P<index>[\d₀-₉]*)"
    r"|(?P<digits>\d+(?:\.\d+)?)(?:e(?P<power>[+−-]?\d+))?"
    r"|(?P<lowered>[₀-₉]+)|(?P<raised>[⁻⁰¹²³⁴-⁹]+)"
    r"|(?P<operator>\s+[-+−/=@]\s+)|(?P<space>\s+)|(?P<sign>.)",
    re.DOTALL,
)
_LINE = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "01234567890123456789--")
_SINGLE = re.compile(r"[A-Za-zα-ωΑ-Ω]")
_AS_IT_IS = frozenset("+-*/=()[],.:;|!?@")

# What TeX would take as a command, as signs of mathematics: \text takes fewer, and MathJax and
# KaTeX not the same. No < and > either, which a page could take for a tag.
_SIGNS = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_",
    "^": r"\hat{\ }",
    "~": r"\sim ",
    "<": r"\lt ",
    ">": r"\gt ",
    "−": "-",
    "·": r"\cdot ",
    "×": r"\times ",
    "…": r"\ldots ",
    "∞": r"\infty ",
}


def mathematics(text: str) -> str:
    """A name, a formula or a number in LaTeX's mathematics; words upright, letters in italics.

    >>> from autograd_mini.explain.notation import mathematics
    >>> print(mathematics("t₁·w2 + dropout_rate / 1.5e−7"))
    t_{1}\\cdot w_{2}+\\text{dropout}\\_\\text{rate}/1.5\\times 10^{-7}
    """
    composed = _MARKS.sub("", unicodedata.normalize("NFC", text))
    return "".join(map(_written, _TOKEN.finditer(composed)))


def _written(token: re.Match[str]) -> str:
    match token.groupdict():
        case {"word": str(word), "index": index}:
            index = index.translate(_LINE)
            if _SINGLE.fullmatch(word):
                return f"{word}_{{{index}}}" if index else word
            return rf"\text{{{word}{index}}}"
        case {"digits": str(digits), "power": power}:
            times = rf"\times 10^{{{int(power.translate(_LINE))}}}" if power else ""
            return digits + times
        case {"lowered": str(digits)}:
            return f"{{}}_{{{digits.translate(_LINE)}}}"
        case {"raised": str(digits)}:
            return f"{{}}^{{{digits.translate(_LINE)}}}"
        case {"space": str()}:
            return r"\ "
    sign = (token["operator"] or token["sign"]).strip()
    return _SIGNS.get(sign) or (sign if sign in _AS_IT_IS else rf"\text{{{sign}}}")
