"""From a picture to SVG: sizes, an arrangement by Graphviz or by us, routes, text."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from time import monotonic

from ..errors import DrawError, LayoutTooLargeError
from .dot import arrange_by_dot
from .layout import Arrangement, Edge, arrange, passed, ranks_from_the_right
from .nested import lay_out
from .picture import Picture
from .route import Point
from .svg import edge_of, size_of, title_width, write

LAYOUT_UP_TO = 5_000
DOT_UP_TO = 2_000
DOT_FRAMES = 20  # dot runs once for each
DOT_PASSED = 1_500
"""Where arrows pass more columns than these, all added up, dot takes seconds or minutes."""
TIMEOUT, PATIENCE = 20.0, 2.0
"""Seconds that dot has for a layout, and for all of a drawing if it was not asked for by name."""


class Renderer:
    """Makes the pictures of one drawing SVGs; ``engine`` says where boxes stand."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._left = PATIENCE

    def __call__(self, picture: Picture, shown: Picture | None = None) -> tuple[str, Point]:
        """The SVG of a picture and its size; or of another that is ``shown`` in its place."""
        count = len(picture.boxes)
        if count > LAYOUT_UP_TO:
            raise LayoutTooLargeError(
                f"this picture has {count:,} boxes, and a layout takes {LAYOUT_UP_TO:,} at most: "
                "draw it with a smaller max_nodes= (a larger graph is folded), or a part of it "
                "with focus=node, depth=k; .dot has it all for other tools, and "
                "print(am.dvars(J)) is the table of its values"
            )
        edges = [edge_of(arrow) for arrow in picture.arrows]
        sizes = [size_of(box) for box in picture.boxes]
        titles = [title_width(frame) for frame in picture.frames]
        program = self._program(picture)

        def arranged(
            sizes: Sequence[Point], edges: Sequence[Edge], first: Sequence[int], last: Sequence[int]
        ) -> Arrangement:
            found = program and self._by_dot(program, sizes, edges, first, last)
            return found or arrange([height for _, height in sizes], edges, first)

        layout, sizes, frames = lay_out(picture, sizes, edges, titles, arranged)
        return write(shown or picture, layout, sizes, frames)

    def _program(self, picture: Picture) -> str | None:
        """The dot that is to say where boxes stand; None where the built-in layout does."""
        program = None if self._engine == "builtin" else shutil.which("dot")
        if self._engine == "dot" and program is None:
            needs = "engine='dot' needs Graphviz's dot on PATH; engine='builtin' needs nothing"
            raise DrawError(needs)
        small = len(picture.boxes) <= DOT_UP_TO and len(picture.frames) <= DOT_FRAMES
        return program if self._engine == "dot" or small else None

    def _by_dot(
        self,
        program: str,
        sizes: Sequence[Point],
        edges: Sequence[Edge],
        first: Sequence[int],
        last: Sequence[int],
    ) -> Arrangement | None:
        """Dot's arrangement; under "auto" None where it fails, or what it takes is too long."""
        if self._engine == "dot":
            return arrange_by_dot(program, sizes, edges, first, last, TIMEOUT)
        slow = passed(ranks_from_the_right(len(sizes), edges), edges) > DOT_PASSED
        if slow or self._left <= 0:
            return None
        start = monotonic()
        try:
            return arrange_by_dot(program, sizes, edges, first, last, self._left)
        except DrawError:
            # "auto" promises a picture, and the built-in layout gives it where this dot cannot.
            return None
        finally:
            self._left -= monotonic() - start
