"""The LaTeX: right word for word where it is short, and well-formed whatever a label holds.

`parsed` is a small reader of the part of LaTeX that MathJax and KaTeX share: it knows no other
command than those below, and fails where theirs would.
"""

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini.explain.notation import mathematics

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


def lecture() -> tuple[am.Node, am.Node]:
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    u = b * c
    v = a + u
    J = 3 * v
    am.label(u=u, v=v, J=J)
    return J, b


def test_the_lectures_chain():
    explanation = am.explain(*lecture())
    assert explanation.latex == (
        r"\frac{\partial J}{\partial b} = \frac{\partial J}{\partial v} \cdot "
        r"\frac{\partial v}{\partial u} \cdot \frac{\partial u}{\partial b} = 3 \cdot 1 \cdot 2 = 6"
    )
    assert explanation._repr_latex_() == rf"$\displaystyle {explanation.latex}$"


def test_several_paths_stand_below_one_another():
    a = am.Value(-2.0, "a1")
    J = a * 3 + am.relu(a)
    explanation = am.explain(J, a)
    assert explanation.latex == (
        r"\begin{aligned} "
        r"\frac{\partial J}{\partial t_{1}} \cdot \frac{\partial t_{1}}{\partial a_{1}}"
        r" &= 1 \cdot 3 = 3 \\ "
        r"\frac{\partial J}{\partial t_{2}} \cdot \frac{\partial t_{2}}{\partial a_{1}}"
        r" &= 1 \cdot 0 = 0,\ \text{because}\ \text{relu}\ \text{is}\ \text{off}\ \text{at}\ "
        r"a_{1}=-2 \\ "
        r"\frac{dJ}{da_{1}} &= 3+0 = 3 \\ "
        r"J &= t_{1}+t_{2} \\ "
        r"t_{2} &= \text{relu}(a_{1}) \\ "
        r"t_{1} &= a_{1}\cdot 3 "
        r"\end{aligned}"
    )
    parsed(explanation.latex)


def test_negative_factors_stand_in_brackets():
    x = am.Value(2.0, "x")
    assert r" = 3 \cdot (-1) = -3" in am.explain(3 * -x, x).latex


def test_arrays_have_their_shape_below_and_small_ones_are_written_as_matrices():
    x = am.Tensor([[1.0, -2e-9], [3.0, np.inf]], "x")
    with np.errstate(all="ignore"):
        explanation = am.explain(am.sum(x * x + x), x)
    parsed(explanation.latex)
    assert r"\underbrace{\frac{\partial t_{1}}{\partial (1\text{st}\ x)}}_{(2,\ 2)}" in (
        explanation.latex
    )
    assert r"\begin{bmatrix} 1 & -2\times 10^{-9} \\ 3 & \infty  \end{bmatrix}" in explanation.latex


def test_large_arrays_are_told_by_their_range():
    x = am.Tensor(np.arange(100.0), "x")
    latex = am.explain(am.sum(x * 2.0), x).latex
    assert r"\text{all}\ 2,\ \text{of}\ \text{shape}\ (100,)" in latex
    parsed(latex)


def test_long_paths_and_many_paths():
    J = x = am.Value(0.5, "x")
    for _ in range(300):
        J = J + am.sin(J) * 0.1
    latex = am.explain(J, x).latex
    parsed(latex)
    assert r"\text{the}\ \text{other}\ \text{paths}\ (\text{about}\ 10{}^{90})" in latex


LABELS = [
    "_", "^", "\\", "{", "}", "$", "%", "#", "&", "~", "<script>alert(1)</script>", "a_b^c", "x'",
    "\\frac{", "a\\\\b", "$$x$$", "\\(x\\)", "\\end{aligned}", "&=", "[0]", "\\\\[2]", "x²", "w1₁",
    "x₁²₁", "²₁", "a\u0361", "\u0301", "a\u0301", "🙂", "日本語", "a = b", "1e5", "\x1b[31m",
    '"', "`", "|", "inf", "  ", "%\n", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_hostile_labels_stay_text(label):
    check(label)


@given(st.text(max_size=30))
@example("a" * 1000)
def test_any_label_stays_text(label):
    check(label)


def check(label: str) -> None:
    x = am.Value(-2.0, label)
    u = x * 2
    u.label = label + label
    parsed(am.explain(u * x + am.relu(x) + x, x).latex)
    parsed(am.explain(u, am.Value(1.0, label)).latex)
    t = am.Tensor([1.0, 2.0], label)
    parsed(am.explain(am.sum(t * x), t)._repr_latex_().strip("$"))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a", "a"),
        ("θ", "θ"),
        ("w1", "w_{1}"),
        ("t₁₂", "t_{12}"),
        ("weight", r"\text{weight}"),
        ("my weight", r"\text{my}\ \text{weight}"),
        ("w_1", r"w\_1"),
        ("x²", "x{}^{2}"),
        ("a − b·c", r"a-b\cdot c"),
        ("1.5e-07", r"1.5\times 10^{-7}"),
        ("2e+10", r"2\times 10^{10}"),
        ("1e5", r"1\times 10^{5}"),
        ("a < b", r"a\ \lt \ b"),
        ("é", r"\text{é}"),
        ("e\u0301", r"\text{é}"),
        ("₁", "{}_{1}"),
        ("∞", r"\infty "),
    ],
)
def test_mathematics(text, latex):
    assert mathematics(text) == latex
    parsed(latex)


@pytest.mark.parametrize(
    "wrong",
    ["{", "}", "a_b", "x_{1}_{2}", r"\frac{a}", r"\unknown", "a & b", r"a \\ b", r"\text{a_b}", "$",
     r"\begin{aligned} a", r"\text{\frac}", "é"],
)  # fmt: skip
def test_the_reader_of_these_tests_finds_what_is_wrong(wrong):
    with pytest.raises((AssertionError, IndexError)):
        parsed(wrong)
