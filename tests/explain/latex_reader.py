"""A small reader of the part of LaTeX that MathJax and KaTeX share.

It knows no other command than those below, and fails where theirs would.
"""

import re

ARGUMENTS = {"frac": 2, "underbrace": 1, "hat": 1, "text": 1}
SIGNS = set(
    "partial cdot backslash sim lt gt times ldots infty displaystyle".split()  # noqa: SIM905
)
ESCAPED = set("_{}$%#& ")
PLAIN = re.compile(r"[A-Za-z0-9α-ωΑ-Ω+\-*/=()\[\],.:;|!?@ ]")
TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|(.)", re.DOTALL)


class Reader:
    """Reads LaTeX from the left; ``words`` gathers what \\text holds."""

    def __init__(self, latex: str) -> None:
        self.tokens = TOKEN.findall(latex)
        self.at = 0
        self.words: list[str] = []

    def next(self) -> tuple[str, str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def group(self) -> None:
        assert self.next() == ("", "", "{")
        self.until("}")

    def text(self) -> None:
        assert self.next() == ("", "", "{")
        word = ""
        while (token := self.next()) != ("", "", "}"):
            assert token[2], f"{token} within a text"
            assert token[2] not in "\\{}$%#&_^~<>"
            word += token[2]
        self.words.append(word)

    def until(self, end: str, environment: str = "") -> None:
        scripts: set[str] = set()
        while self.at < len(self.tokens):
            command, escaped, sign = self.next()
            if end and sign == end:
                return
            if sign in ("_", "^"):
                assert sign not in scripts, "a second index or exponent"
                scripts.add(sign)
                self.group()
                continue
            scripts = set()
            if command == "begin":
                self.environment()
            elif command == "end":
                assert environment
                self.at -= 1
                return
            elif command:
                assert command in SIGNS or command in ARGUMENTS, command
                if command == "text":
                    self.text()
                for _ in range(ARGUMENTS.get(command, 0) if command != "text" else 0):
                    self.group()
            elif escaped == "\\" or sign == "&":
                assert environment
            elif escaped:
                assert escaped in ESCAPED, escaped
            elif sign == "{":
                self.until("}")
            else:
                assert PLAIN.fullmatch(sign), repr(sign)
        assert not end, "a group that is not closed"

    def name(self) -> str:
        assert self.next() == ("", "", "{")
        letters = ""
        while (letter := self.next()[2]) != "}":
            letters += letter
        return letters

    def environment(self) -> None:
        name = self.name()
        assert name in ("aligned", "bmatrix")
        self.until("", environment=name)
        assert self.next()[0] == "end"
        assert self.name() == name


def parsed(latex: str) -> list[str]:
    """The words within \\text, if all of the LaTeX is well-formed."""
    reader = Reader(latex)
    reader.until("")
    assert reader.at == len(reader.tokens)
    return reader.words
