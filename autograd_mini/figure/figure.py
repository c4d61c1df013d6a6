"""`Figure`: a picture as people hold it, shown by a notebook and saved in any of its formats."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ..errors import DrawError

# All else is imported where it is used: who draws nothing waits for none of it.
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection
    from pathlib import Path

Drawn = tuple[str, tuple[float, float]]
"""An SVG and its size."""


class Figure:
    """A picture: ``.svg``, ``.html``, ``.save(path)``; what it is of in ``.title``.

    ``draw`` makes the SVG and its size, once, when they are asked for.
    """

    endings: ClassVar[tuple[str, ...]] = (".svg", ".html", ".png", ".pdf")

    def __init__(self, title: str, draw: Callable[[], Drawn]) -> None:
        self.title = title
        self._draw = draw

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    @cached_property
    def _drawn(self) -> Drawn:
        return self._draw()

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return self._drawn[0]

    @property
    def html(self) -> str:
        """A page that holds the picture and nothing else: no script, nothing from elsewhere."""
        from .markup import page

        return page(self.title, self.svg)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture in the format of the path's ending, such as .svg, .png or .pdf.

        The file is written whole or not at all. DrawError for an ending that is none of
        ``endings``, for a folder that is not there, and for .png and .pdf where nothing on this
        machine can make them.

        >>> import autograd_mini as am
        >>> am.draw(3 * am.Value(5.0, "a")).save("J.svg").name
        'J.svg'
        """
        from ..files import path_of, write_whole

        target = path_of(path, DrawError)
        ending = target.suffix.lower()
        if ending not in self.endings:
            allowed = f"{', '.join(self.endings[:-1])} or {self.endings[-1]}"
            ends = f"ends in {target.suffix!r}" if ending else "has no ending"
            raise DrawError(f"a picture is saved as {allowed}; {str(path)!r} {ends}")
        write_whole(target, self._encoded(ending), DrawError)
        return target

    def _encoded(self, ending: str) -> bytes:
        """The bytes of a file that ends so."""
        from .export import convert

        match ending:
            case ".svg":
                return self.svg.encode()
            case ".html":
                return self.html.encode()
            case ".png":
                return convert(*self._drawn, "png")
            case _:
                return convert(*self._drawn, "pdf")

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the picture, or in words why there is none.

        If ``include`` is given, only forms named there; none that ``exclude`` names. What is not
        asked for is not made.
        """
        forms = {**self._forms(), "text/plain": self.__repr__}
        wanted = set(forms if include is None else include) - set(exclude or ())
        try:
            return {form: made() for form, made in forms.items() if form in wanted}
        except Exception as error:  # a notebook must show something: here, the error itself
            return {"text/plain": f"{self!r}\n{type(error).__name__}: {error}"}

    def _forms(self) -> dict[str, Callable[[], str]]:
        """The picture in each form that a notebook may choose from."""
        return {"image/svg+xml": lambda: self.svg}
