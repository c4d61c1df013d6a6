"""Pieces: a function of very many statements, cut so that Python's compiler needs little memory.

Each piece is a function of the names it reads that were set before. It gives a tuple of those it
sets that are read later, in other pieces or in the result.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

LONG = 20_000
"""Lines that one function may have: compiling them takes some 70 MB."""

PIECE = 5_000
"""Lines of a piece."""

ASSIGNED = re.compile(r"^(\w+) = ", re.MULTILINE)
WORD = re.compile(r"\w+")


def functions(
    name: str, parameters: str, lines: Sequence[str], returned: str, taken: set[str]
) -> list[str]:
    """The texts of the functions that together are ``name``, the last of them.

    One of the ``lines`` may be several, a loop with what it starts from, which stay together.
    """
    if len(lines) <= LONG:
        return [_definition(name, parameters, [*lines, f"return {returned}"])]
    return _Cutting(name, parameters, lines, returned, taken).texts()


def _definition(name: str, parameters: str, lines: Sequence[str]) -> str:
    body = textwrap.indent("\n".join(lines), "    ")
    return f"def {name}({parameters}):\n{body}"


class _Cutting:
    """``home`` is the piece that sets a name, ``place`` where it is in that piece's tuple."""

    def __init__(
        self, name: str, parameters: str, lines: Sequence[str], returned: str, taken: set[str]
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.returned = returned
        self.stem = f"{name}_"
        while any(word.startswith(self.stem) for word in taken):
            self.stem += "_"
        self.pieces = _pieces(lines)
        self.home = dict.fromkeys(WORD.findall(parameters), -1)
        for k, piece in enumerate(self.pieces):
            self.home.update((word, k) for line in piece for word in ASSIGNED.findall(line))
        self.reads = [self._read(k, piece) for k, piece in enumerate(self.pieces)]
        self.last = self._read(len(self.pieces), [returned])
        self.place: list[dict[str, int]] = [{} for _ in self.pieces]
        for names in (*self.reads, self.last):
            for word in names:
                if (home := self.home[word]) >= 0:
                    self.place[home].setdefault(word, len(self.place[home]))

    def _read(self, k: int, lines: Sequence[str]) -> list[str]:
        """Which names lines read that are set elsewhere."""
        words = dict.fromkeys(word for line in lines for word in WORD.findall(line))
        return [word for word in words if self.home.get(word, k) != k]

    def texts(self) -> list[str]:
        """The pieces, and the function that calls them one after the other."""
        found = []
        main = []
        for k, piece in enumerate(self.pieces):
            homes = sorted({self.home[word] for word in self.reads[k]} - {-1})
            given = [word for word in self.reads[k] if self.home[word] < 0]
            given += [f"{self.stem}{home}s" for home in homes]
            names = "".join(f"{word}, " for word in self.place[k])
            body = [*self._taken_out(self.reads[k]), *piece, f"return ({names})"]
            found.append(_definition(f"{self.stem}{k}", ", ".join(given), body))
            main.append(f"{self.stem}{k}s = {self.stem}{k}({', '.join(given)})")
        main += [*self._taken_out(self.last), f"return {self.returned}"]
        return [*found, _definition(self.name, self.parameters, main)]

    def _taken_out(self, words: Sequence[str]) -> list[str]:
        """Names out of the tuples of their pieces."""
        inner = [word for word in words if self.home[word] >= 0]
        return [f"{w} = {self.stem}{self.home[w]}s[{self.place[self.home[w]][w]}]" for w in inner]


def _pieces(lines: Sequence[str]) -> list[Sequence[str]]:
    """The lines in pieces, none of which begins inside of an if."""
    found = []
    start = 0
    while start < len(lines):
        end = min(start + PIECE, len(lines))
        while end < len(lines) and lines[end].startswith(" "):
            end += 1
        found.append(lines[start:end])
        start = end
    return found
