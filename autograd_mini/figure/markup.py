"""SVG and HTML as text: escaping, elements, colours, and the document around every picture.

Colours are attributes, so that every viewer has the light picture; a style for this SVG alone
recolours it where the reader prefers dark. Title and description are there for those who cannot
see it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from html import escape

from ..text import harmless

FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"
MARGIN = 28.0
SHRUNK_TO = 0.75

Point = tuple[float, float]
Palette = Mapping[str, tuple[str, str, str]]
"""What a thing is: (the attribute that colours it, light, dark)."""

COMMON: Palette = {
    "page": ("fill", "#ffffff", "#0f151c"),
    "outline": ("stroke", "#57606a", "#8b97a5"),
    "expression": ("fill", "#16191d", "#eef2f6"),
    "detail": ("fill", "#57606a", "#a3afbc"),
    "value": ("fill", "#0b5cad", "#79b8ff"),
    "dvar": ("fill", "#b3261e", "#ff9a8d"),
}


def escaped(text: str) -> str:
    """``text`` as SVG's and HTML's text and attributes hold it.

    >>> escaped("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return escape(harmless(text))


def tag(name: str, *inside: str, **attributes: str | float) -> str:
    """An element around markup; ``class_`` stands for class, ``_`` for a hyphen.

    >>> tag("text", "a", x=1.0, font_size=12.25, class_="name")
    '<text x="1" font-size="12.2" class="name">a</text>'
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    start = "".join(f' {key}="{written(value)}"' for key, value in pairs)
    return f"<{name}{start}>{''.join(inside)}</{name}>" if inside else f"<{name}{start}/>"


def written(value: str | float) -> str:
    """An attribute's value: text escaped, a number with a decimal at most."""
    return escaped(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def paint(palette: Palette, *roles: str) -> dict[str, str]:
    """The attributes that colour an element: classes for the dark page, colours for the light."""
    return {
        "class_": " ".join(f"am-{role}" for role in roles),
        **{palette[role][0]: palette[role][1] for role in roles},
    }


def document(
    title: str, description: str, drawn: Iterable[str], size: Point, palette: Palette
) -> tuple[str, Point]:
    """What was drawn as one SVG document with a margin, and its size; always the same text."""
    title, description = escaped(title), escaped(description)
    body = "\n".join(drawn)
    # Several pictures may stand in one page: ids and classes are each one's own.
    own = f"am-{hashlib.sha256(f'{title}{description}{body}'.encode()).hexdigest()[:8]}"
    width, height = (length + 2 * MARGIN for length in size)
    text = tag(
        "svg",
        "\n" + tag("title", title, id=f"{own}-title"),
        "\n" + tag("desc", description, id=f"{own}-desc"),
        "\n" + tag("style", _style(own, width, palette)),
        "\n" + tag("rect", width=width, height=height, rx=10.0, **paint(palette, "page")),
        "\n" + tag("g", "\n" + body + "\n", transform=f"translate({MARGIN:g} {MARGIN:g})"),
        "\n",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=" ".join(map(written, (0.0, 0.0, width, height))),
        width=width,
        height=height,
        class_=own,
        role="graphics-document document",
        aria_labelledby=f"{own}-title",
        aria_describedby=f"{own}-desc",
        font_family=FONT,
    )
    return text + "\n", (width, height)


def _style(own: str, width: float, palette: Palette) -> str:
    """Dark colours, and a picture shrinks to fit the page as long as it can be read.

    All of it under @media: CairoSVG, which knows none, would take height:auto for a height of 0.
    """
    rules = [f".{own} .am-{role}{{{a}:{dark}}}" for role, (a, _, dark) in palette.items()]
    least = written(SHRUNK_TO * width)
    shrink = f"@media screen{{.{own}{{max-width:max(100%,{least}px);height:auto}}}}"
    return f"{shrink}@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


def page(title: str, svg: str) -> str:
    """An HTML page with the picture and nothing else: no script, nothing from elsewhere."""
    _, light, dark = COMMON["page"]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escaped(title)}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ margin: 1rem; background: {light} }}
@media (prefers-color-scheme: dark) {{ body {{ background: {dark} }} }}
</style>
</head>
<body>
{svg}</body>
</html>
"""
