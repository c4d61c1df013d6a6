"""From a picture to SVG: sizes, an arrangement by Graphviz or by us, routes, text."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..errors import DrawError, LayoutTooLargeError
from .dot import arrange_by_dot
from .layout import Arrangement, Edge, arrange
from .nested import lay_out
from .picture import Picture
from .route import Point
from .svg import edge_of, size_of, title_width, write

LAYOUT_UP_TO = 5_000
DOT_UP_TO = 2_000
DOT_FRAMES = 20  # dot runs once for each


def render(picture: Picture, engine: str, shown: Picture | None = None) -> tuple[str, Point]:
    """The SVG of a picture and its size; or of another that is ``shown`` in its place."""
    count = len(picture.boxes)
    if count > LAYOUT_UP_TO:
        raise LayoutTooLargeError(
            f"this picture has {count:,} boxes, and a layout takes {LAYOUT_UP_TO:,} at most: "
            "draw it with a smaller max_nodes= (a larger graph is folded), or a part of it "
            "with focus=node, depth=k; .dot has it all for other tools, and print(am.dvars(J)) "
            "is the table of its values"
        )
    edges = [edge_of(arrow) for arrow in picture.arrows]
    sizes = [size_of(box) for box in picture.boxes]
    titles = [title_width(frame) for frame in picture.frames]
    program = _program(engine, picture)

    def arranged(
        sizes: Sequence[Point], edges: Sequence[Edge], first: Sequence[int], last: Sequence[int]
    ) -> Arrangement:
        if program is not None:
            try:
                return arrange_by_dot(program, sizes, edges, first, last)
            except DrawError:
                # "auto" promises a picture, and the built-in layout gives it where this dot cannot.
                if engine == "dot":
                    raise
        return arrange([height for _, height in sizes], edges, first)

    layout, sizes, frames = lay_out(picture, sizes, edges, titles, arranged)
    return write(shown or picture, layout, sizes, frames)


def _program(engine: str, picture: Picture) -> str | None:
    """The dot that is to say where boxes stand; None where the built-in layout does."""
    program = None if engine == "builtin" else shutil.which("dot")
    if engine == "dot" and program is None:
        raise DrawError("engine='dot' needs Graphviz's dot on PATH; engine='builtin' needs nothing")
    small = len(picture.boxes) <= DOT_UP_TO and len(picture.frames) <= DOT_FRAMES
    return program if engine == "dot" or small else None
