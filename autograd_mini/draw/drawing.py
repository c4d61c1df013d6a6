"""`draw`, and the Drawing it returns: shown by a notebook, saved in any of five formats."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..errors import DrawError
from ..figure.figure import Figure
from ..node import Node, Scope
from ..text import one_line

# All else is imported where it is used: who draws nothing waits for none of it.
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from .fold import Folding
    from .live import Live
    from .picture import Picture
    from .render import Renderer
    from .unfolding import Index

Engine = Literal["auto", "dot", "builtin"]

WHOLE_UP_TO = 400
READABLE = 100
FOCUS_DEPTH = 2
LISTED = 12


class Drawing(Figure):
    """A picture of a graph as it was when drawn: ``.svg``, ``.dot``, ``.html``, ``.save(path)``.

    >>> import autograd_mini as am
    >>> a = am.Value(5.0, "a")
    >>> drawing = am.draw(3 * a)
    >>> drawing
    <Drawing: Computation graph of J = 3·a, 2 nodes>
    >>> drawing.svg[:5]
    '<svg '
    """

    endings = (*Figure.endings, ".dot")

    def __init__(self, pictures: list[Picture], live: Live, index: Index, engine: Engine) -> None:
        self._picture, *self._others = pictures
        super().__init__(self._picture.title, self._rendered)
        self._live = live
        self._index = index
        self._engine = engine

    @property
    def svg(self) -> str:
        """The picture as an SVG document. LayoutTooLargeError above 5,000 boxes."""
        return super().svg

    @cached_property
    def dot(self) -> str:
        """The picture in the DOT language, for Graphviz and other tools."""
        from .dot import source

        return source(self._picture)

    @property
    def html(self) -> str:
        """A live page: the graph step by step and node by node, in one file that loads nothing.

        LayoutTooLargeError above 5,000 boxes.
        """
        from .html import page

        svg, render = self.svg, self._render
        drawn = [(picture, render(picture)[0]) for picture in self._others]
        return page([(self._picture, svg), *drawn], self._index, self._live)

    def save(self, path: str | os.PathLike[str], *, exercise: bool = False) -> Path:
        """Write the picture as .svg, .html, .png, .pdf or .dot, by the path's ending.

        With ``exercise`` the page leaves the dvars blank, to be filled in and judged.

        The file is written whole or not at all. DrawError for another ending, for a folder that is
        not there, for .png and .pdf where nothing on this machine can make them, and for an
        exercise that is no page or has no dvars to ask for.

        >>> import autograd_mini as am
        >>> am.draw(3 * am.Value(5.0, "a")).save("J.svg").name
        'J.svg'
        """
        if not exercise:
            return super().save(path)
        from ..files import path_of, write_whole

        target = path_of(path, DrawError)
        if target.suffix.lower() != ".html":
            raise DrawError(f"an exercise is a page, saved as .html, not {str(path)!r}")
        write_whole(target, self._exercise().encode(), DrawError)
        return target

    def _exercise(self) -> str:
        from .html import blank, page

        if not any(box.dvar for box in self._picture.boxes):
            anew = "" if self._live.current else "compute J anew, "
            raise DrawError(
                f"an exercise asks for dvars; {anew}call J.backward() before you draw J"
            )
        svg, _ = self._render(self._picture, shown=blank(self._picture))
        return page([(self._picture, svg)], self._index, self._live, exercise=True)

    def _forms(self) -> dict[str, Callable[[], str]]:
        return {**super()._forms(), "text/html": self._framed}

    def _framed(self) -> str:
        from .html import frame

        _, (_, height) = self._drawn
        return frame(self.html, height)

    def _encoded(self, ending: str) -> bytes:
        return self.dot.encode() if ending == ".dot" else super()._encoded(ending)

    def _rendered(self) -> tuple[str, tuple[float, float]]:
        return self._render(self._picture)

    @cached_property
    def _render(self) -> Renderer:
        from .render import Renderer

        return Renderer(self._engine)


def draw(
    J: Node,
    *,
    engine: Engine = "auto",
    max_nodes: int | None = None,
    focus: Node | None = None,
    depth: int | None = None,
    fold: bool | str | Collection[str] = False,
) -> Drawing:
    """A picture of the graph of J: its values and, after ``J.backward()``, its dvars.

    Up to 40 boxes show everything, the contribution of every edge to the gradients included; larger
    graphs leave out the backward arrows. Above ``max_nodes`` (400) boxes nodes are folded together,
    and the picture says which. ``focus`` shows only what is within ``depth`` steps of one node
    (2 steps unless given), ``depth`` alone what is within so many steps of J.

    What a `scope` holds has a frame around it. ``fold=True`` draws each scope as one box, which
    tells how many nodes it holds, what goes in and comes out, and its dvar; ``fold="layer 1"``, or
    several names, those alone. Where the graph is too large scopes are the first to be folded.

    ``engine`` is who decides where boxes stand: Graphviz's "dot", the "builtin" layout, or "auto":
    dot where it is installed and quick enough: it has 2 seconds, and graphs that it is known to be
    slow at are not sent to it.

    Raises DrawError for arguments that make no sense; LayoutTooLargeError comes from ``.svg``.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> J = 3 * (a + b * c)
    >>> J.backward()
    >>> "dc = 9" in am.draw(J).svg
    True
    """
    if not isinstance(J, Node):
        raise DrawError(f"draw shows the graph of a node; a {type(J).__name__} has none")
    if engine not in ("auto", "dot", "builtin"):
        raise DrawError(f"engine is 'auto', 'dot' or 'builtin', not {engine!r}")
    for name, number, least in (("max_nodes", max_nodes, 1), ("depth", depth, 0)):
        if number is None:
            continue
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise DrawError(f"{name} is a whole number from {least} up, not {number!r}")
    from .fold import cut, fold_scopes, one_box_a_node, reduced, within
    from .live import live
    from .names import named
    from .picture import pictures
    from .unfolding import Index, unfoldings

    plain = one_box_a_node(J)
    for node in plain.nodes:
        node.held()  # or its error, where a program assigned what is no number
    graph = plain if fold is False else fold_scopes(plain, _asked_for(plain, fold))
    whole = focus is None and depth is None
    if not whole:
        center = J if focus is None else focus
        start = _box_of(center, plain, graph)
        if start is None:
            raise DrawError(f"focus={focus!r} is no part of this graph")
        graph = cut(graph, within(graph, start, FOCUS_DEPTH if depth is None else depth))
    limit, aim = (WHOLE_UP_TO, READABLE) if max_nodes is None else (max_nodes, max_nodes)
    if len(graph) > limit:
        graph = reduced(graph, aim, limit, whole=max_nodes is None)
    graphs = unfoldings(plain, graph, aim, limit) if whole else [graph]
    names = named(graphs, J)
    drawn = pictures(graphs, names)
    program = live(graphs, names[0], drawn)
    return Drawing(drawn, program, Index(graphs), engine)


def _asked_for(graph: Folding, fold: bool | str | Collection[str]) -> set[Scope]:
    """The scopes that ``fold`` names."""
    if fold is True:
        return {frame[0] for frame in graph.frames if frame}
    known = {scope.name: None for frame in graph.frames for scope in frame}
    names = {fold} if isinstance(fold, str) else fold
    if not isinstance(names, Collection) or not all(isinstance(name, str) for name in names):
        raise DrawError(f"fold is True, a scope's name or a list of names, not {fold!r}")
    if unknown := [name for name in names if name not in known]:
        have = ", ".join(repr(one_line(name)) for name in list(known)[:LISTED]) or "none"
        raise DrawError(f"this graph has no scope {unknown[0]!r} to fold; it has {have}")
    return {scope for frame in graph.frames for scope in frame if scope.name in names}


def _box_of(node: Node, plain: Folding, graph: Folding) -> int | None:
    """The box of ``graph`` that shows a node or the scope that holds it; None if none does."""
    place = next((i for i, other in enumerate(plain.nodes) if other is node), None)
    if place is None:
        return None
    around = plain.frames[place]
    return next(
        i
        for i, tops in enumerate(graph.tops)
        if any(top is node for top in tops)
        or any(scope in around for scope in graph.scopes.get(i, ()))
    )
