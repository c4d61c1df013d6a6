"""From a picture to SVG: sizes, an arrangement by Graphviz or by us, routes, text."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..errors import DrawError, LayoutTooLargeError
from .dot import arrange_by_dot
from .layout import Arrangement, Edge, arrange, with_room
from .picture import Picture
from .route import Point, even_widths, route
from .svg import edge_of, size_of, write

LAYOUT_UP_TO = 5_000
DOT_UP_TO = 2_000


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
    heights = with_room([height for _, height in sizes], edges)
    sizes = [(width, height) for (width, _), height in zip(sizes, heights, strict=True)]
    arrangement = _arranged(engine, sizes, edges)
    sizes = even_widths(arrangement, sizes, [box.kind for box in picture.boxes])
    return write(shown or picture, route(arrangement, sizes, edges), sizes)


def _arranged(engine: str, sizes: Sequence[Point], edges: Sequence[Edge]) -> Arrangement:
    program = None if engine == "builtin" else shutil.which("dot")
    if engine == "dot" and program is None:
        raise DrawError("engine='dot' needs Graphviz's dot on PATH; engine='builtin' needs nothing")
    if program is not None and (engine == "dot" or len(sizes) <= DOT_UP_TO):
        try:
            return arrange_by_dot(program, sizes, edges)
        except DrawError:
            # "auto" promises a picture, and the built-in layout gives it where this dot cannot.
            if engine == "dot":
                raise
    return arrange([height for _, height in sizes], edges)
