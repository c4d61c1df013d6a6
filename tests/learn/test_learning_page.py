"""learning_page: its numbers are the engine's and the lecture's, its files load nothing."""

import base64
import hashlib
import json
import re
import warnings
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import autograd_mini as am
from autograd_mini.learn.steps import FRAMES, VARIABLES, kept, run
from autograd_mini.text import number
from tests.draw.test_pictures import HOSTILE

X = np.array([[0.5, 1.5, -1.0, 2.0, 1.0], [2.0, -1.0, 0.5, 1.0, 1.0]])
Y = np.array([[1, 0, 0, 1, 0]])
ZERO = (np.zeros((2, 1)), 0.0)


class Page(HTMLParser):
    """A page as its elements, and what it knows of each step."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        found = re.search('<script type="application/json" id="data">(.*?)</script>', html)
        assert found
        self.known = json.loads(found[1])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def text(self, slot: str, at: int) -> str:
        text: str = self.known["text"][slot][at]
        return text


def page(X: Any = X, Y: Any = Y, alpha: float = 0.5, **options: Any) -> Page:
    return Page(am.learn.learning_page(X, Y, alpha=alpha, **options).html)


# The numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.1, 3.0, -0.25])
def test_each_step_is_the_lectures_by_hand(alpha: float) -> None:
    """Held against the derivatives derived with pen and paper, in NumPy."""
    w, b = np.array([[0.25], [-0.5]]), 0.125
    told = run(X, Y, (w, b), alpha, 20, 1)
    assert [step.iteration for step in told.steps] == list(range(21))
    for step in told.steps:
        A = expit(w.T @ X + b)
        J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
        dw, db = X @ (A - Y).T / 5, np.mean(A - Y)
        assert step.J == told.costs[step.iteration] == pytest.approx(J)
        assert step.variables == pytest.approx([*w.ravel(), b])
        assert step.slopes == pytest.approx([*dw.ravel(), db])
        assert step.right == np.sum((A > 0.5) == Y)
        a, (x1, x2) = A[0, 1], X[:, 1]
        by_hand = {"z": np.log(a / (1 - a)), "a": a, "L": -np.log(1 - a), "da": 1 / (1 - a)}
        by_hand |= {"dz": a, "dw₁": x1 * a, "dw₂": x2 * a, "db": a}
        assert step.single == pytest.approx(by_hand)
        w, b = w - alpha * dw, b - alpha * db
        if step.iteration < 20:
            assert step.after == pytest.approx([*w.ravel(), b])
    assert told.steps[-1].after is None
    for step, later in pairwise(told.steps):
        assert step.after == later.variables


def test_the_steps_are_those_of_descend() -> None:
    told = run(X, Y, ZERO, 0.5, 30, 0)
    history = am.learn.descend(
        lambda w, b: am.learn.cost(w, b, X, Y), ZERO, alpha=0.5, iterations=30
    )
    assert told.costs == history.costs
    assert told.steps[-1].variables == [*history.variables[0].ravel(), history.variables[1]]


def test_the_page_says_each_step_in_the_lectures_words() -> None:
    # By hand: z = -1.25 and 1.75, a = 0.2227 and 0.8520, J = (ln(1 + e^1.25) + ln(1 + e^1.75)) / 2.
    seen = page(
        [[1.0, 3.0], [2.0, 0.0]], [[1, 0]], alpha=0.1, iterations=2, start=([[0.5], [-1.0]], 0.25)
    )
    assert seen.text("says", 0) == (
        "Iteration 0 of 2: J = 1.706. 0 of 2 examples are on the side of their label."
    )
    assert seen.text("update w₁", 0) == "w₁ := w₁ − α dw₁ = 0.5 − 0.1 × 0.8893 = 0.4111"
    assert seen.text("update w₂", 0) == "w₂ := w₂ − α dw₂ = −1 − 0.1 × (−0.7773) = −0.9223"
    assert seen.text("update b", 0) == "b := b − α db = 0.25 − 0.1 × 0.03733 = 0.2463"
    assert "J = 1.569, down by 0.137" in seen.text("says", 1)
    assert seen.text("update b", 2) == f"b = {seen.text('b', 2)}, where descent ends"
    assert seen.text("after b", 2) == "—"
    for name in VARIABLES:
        told = [seen.text(f"{of} {name}", 0) for of in ("slope", "step", "after")]
        assert told[2] == seen.text(name, 1)
    assert seen.text("J", 0) == "1.706"
    assert seen.text("dz", 0) == "dL/dz = −0.7773"


def test_a_negative_learning_rate_and_one_example_are_written_as_they_should() -> None:
    seen = page([[1.0], [2.0]], [[1]], alpha=-0.5, iterations=1)
    assert seen.text("update w₁", 0) == "w₁ := w₁ − α dw₁ = 0 − (−0.5) × (−0.5) = −0.25"
    assert "up by" in seen.text("says", 1)
    assert "Learning rate α = −0.5; 1 example, the columns of X." in seen.html


def test_a_cost_that_rises_is_told() -> None:
    costs = run(X, Y, ZERO, 12.0, 10, 0).costs
    seen = page(alpha=12.0, iterations=10)
    rises = [k for k in range(1, 11) if costs[k] > costs[k - 1]]
    assert rises
    assert [k for k in range(11) if "too long" in seen.text("says", k)] == rises
    k = rises[0]
    assert f"up by {number(costs[k] - costs[k - 1])}" in seen.text("says", k)


def test_at_the_start_there_is_no_line() -> None:
    seen = page(iterations=1)
    assert "As w is 0, p is the same everywhere" in seen.text("says", 0)
    assert seen.known["d"]["line 0.5"][0] == ""
    assert seen.known["d"]["line 0.5"][1] != ""


@pytest.mark.parametrize("at", [1, 10, 40])
def test_the_line_on_the_page_is_where_p_is_a_half(at: int) -> None:
    low, high = X.min(axis=1), X.max(axis=1)
    margin = (high - low) * 0.12
    low, high = low - margin, high + margin
    step = run(X, Y, ZERO, 0.5, 40, 0).steps[at]
    d = page(iterations=40).known["d"]
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        points = np.array(re.findall(r"[ML](\S+?) ([^ML]+)", d[f"line {p}"][at]), dtype=float)
        for across, down in points:
            x = low + (high - low) * [across / 400, 1 - down / 400]
            z = x @ step.variables[:2] + step.variables[2]
            assert z == pytest.approx(np.log(p / (1 - p)), abs=0.01)
        assert len(points) in (0, 2)
    assert d["line 0.5"][at]


# What is too large --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "alpha", "J"), [(1e5, 1e305, "nan"), (1e200, 50.0, "inf"), (1.0, 1e308, "inf")]
)
def test_a_descent_that_overshoots_ends_where_j_is_not_finite(
    by: float, alpha: float, J: str
) -> None:
    X, Y = by * np.array([[1, 1, 1.0, 2], [0, 1.0, 2, 5]]), [[0, 1, 0, 1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = page(X, Y, alpha=alpha, iterations=50)
    last = seen.known["last"]
    assert last < 50
    assert seen.text("says", last) == (
        f"Iteration {last} of {last}: J = {J}. No step can be taken from here."
    )
    assert f"J is {J} at iteration {last}, and descent ends there" in seen.html
    assert seen.text("J", last) == J
    assert seen.text("value z", last) == seen.text("slope b", last) == "—"
    assert seen.text("update b", last) == f"b = {seen.text('b', last)}"
    assert {paths[last] for slot, paths in seen.known["d"].items() if "cost" not in slot} == {""}
    assert seen.known["d"]["no cost now"][last].count("M") == 2
    assert seen.known["d"]["cost now"][last] == seen.known["d"]["no cost now"][0] == ""
    assert seen.known["said"]["boundary"][last] == "There is no boundary: J is not finite."


def test_where_a_is_rounded_to_0_the_loss_is_still_exact() -> None:
    step = run([[1.0], [1.0]], [[1]], ([[-500.0], [-500.0]], 0.0), 0.1, 0, 0).steps[0]
    assert step.single["a"] == 0.0
    assert step.single["L"] == step.J == 1000.0
    assert step.single["dz"] == -1.0
    assert step.single["da"] is None
    seen = page([[1.0], [1.0]], [[1]], iterations=0, start=([[-500.0], [-500.0]], 0.0))
    assert seen.text("da", 0) == "dL/da = —"


def test_of_many_iterations_some_are_shown_and_the_page_says_so() -> None:
    for count in (1, 2, FRAMES, FRAMES + 1, 5000, 10**6):
        found = kept(count)
        assert found[0] == 0
        assert found[-1] == count - 1
        assert len(found) == len(set(found)) <= FRAMES
        assert found == sorted(found)
    seen = page(iterations=3000)
    shown = seen.known["iterations"]
    assert f"{len(shown)} of 3,001 iterations are shown" in seen.html
    assert seen.text("says", -1).startswith("Iteration 3000 of 3000:")
    assert all(len(column) == len(shown) for column in seen.known["text"].values())
    assert "iterations are shown" not in page(iterations=3).html


# Who is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"X": X[0]}, am.ShapeError, "two axes"),
        ({"X": np.ones((3, 5))}, am.ShapeError, r"X\[\[0, 1\]\]"),
        ({"Y": Y[0]}, am.ShapeError, "rank-1"),
        ({"Y": Y + 1}, am.InputError, "a label is 0 or 1"),
        ({"X": X * np.nan}, am.InputError, "nan"),
        ({"alpha": np.inf}, am.InputError, "alpha is finite"),
        ({"iterations": -1}, am.InputError, "iterations 0 or more"),
        ({"example": 5}, am.InputError, "example=5, where X has columns 0 to 4"),
        ({"start": (1.0,)}, am.InputError, "start holds 1"),
        ({"start": ([0.0, 0.0], 0.0)}, am.ShapeError, r"reshape\(2, 1\)"),
        ({"start": ([[0.0], [0.0]], [1.0])}, am.ShapeError, "b has shape"),
        ({"start": ([[np.nan], [0.0]], 0.0)}, am.InputError, "w.* is nan"),
        ({"start": ([[0.0], [0.0]], np.inf)}, am.InputError, "b is inf"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        am.learn.learning_page(**{"X": X, "Y": Y, "alpha": 0.5} | options)


def test_nodes_and_lists_are_read_as_arrays_are() -> None:
    as_nodes = am.learn.learning_page(am.Tensor(X), Y.tolist(), alpha=0.5, iterations=2)
    assert as_nodes.html == am.learn.learning_page(X, Y, alpha=0.5, iterations=2).html


# The files ----------------------------------------------------------------------------------------


def test_the_policy_lets_only_the_pages_own_script_and_styles_run() -> None:
    seen = page(iterations=3)
    policy = next(attrs["content"] for _, attrs in seen.tags if "http-equiv" in attrs)
    assert policy
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))

    def hashes(texts: list[str]) -> set[str]:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}

    scripts = re.findall("<script>(.*?)</script>", seen.html, re.DOTALL)
    styles = re.findall("<style>(.*?)</style>", seen.html, re.DOTALL)
    assert (len(scripts), len(styles)) == (1, 4)
    assert allowed["default-src"] == "'none'"
    assert set(allowed["script-src"].split()) == hashes(scripts)
    assert set(allowed["style-src"].split()) == hashes(styles)


def test_nothing_comes_from_elsewhere_and_nothing_runs_by_an_attribute() -> None:
    seen = page(iterations=3)
    for _, attributes in seen.tags:
        assert not {name for name in attributes if name.startswith("on")}
        assert not {"src", "href", "style", "action"} & set(attributes)
    html = re.sub(r'clip-path="url\(#[\w-]+\)"', "", seen.html)
    assert not re.search(r"\beval\b|new Function|innerHTML|import\(|fetch\(|url\(", html)


def test_every_slot_is_in_the_page_and_no_id_twice() -> None:
    seen = page(iterations=3)
    slots = {attrs["data-slot"] for _, attrs in seen.tags if "data-slot" in attrs}
    assert slots == set(seen.known["text"]) | set(seen.known["d"])
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_but_text(label: str) -> None:
    made = am.learn.learning_page(X, Y, alpha=0.5, iterations=2, labels=(label, label), title=label)
    seen, plain = Page(made.html), page(iterations=2)
    assert {tag for tag, _ in seen.tags} == {tag for tag, _ in plain.tags}
    assert [tag for tag, _ in seen.tags].count("script") == 2
    assert seen.html.count("</script") == 2
    assert "\u202e" not in seen.html
    seen.html.encode()
    ET.fromstring(made.svg)


def test_the_picture_is_the_last_step() -> None:
    made = am.learn.learning_page(X, Y, alpha=0.5, iterations=7)
    texts = [text.text for text in ET.fromstring(made.svg).iter("{http://www.w3.org/2000/svg}text")]
    seen = Page(made.html)
    for slot in ("J", "w₁", "dz", "value a"):
        assert seen.text(slot, 7) in texts
    assert "<script" not in made.svg
    assert repr(made) == "<LearningPage: Gradient descent, step by step>"


def test_it_is_saved_and_shown_by_a_notebook(tmp_path: Any) -> None:
    made = am.learn.learning_page(X, Y, alpha=0.5, iterations=3, title="How it learns")
    assert made.save(tmp_path / "learning.html").read_text("utf-8") == made.html
    assert made.save(tmp_path / "learning.svg").read_text("utf-8") == made.svg
    shown = made._repr_mimebundle_()
    frame = shown["text/html"]
    assert frame.startswith('<iframe sandbox="allow-scripts" title="How it learns"')
    found = re.search('srcdoc="(.*?)"', frame, re.DOTALL)
    assert found
    assert unescape(found[1]) == made.html
    assert shown["image/svg+xml"] == made.svg


def test_the_same_descent_makes_the_same_page() -> None:
    first, second = (am.learn.learning_page(X, Y, alpha=0.5, iterations=9) for _ in range(2))
    assert first.html == second.html == first.html
    assert first.svg == second.svg
