"""The learning page: gradient descent on two features, stepped through iteration by iteration.

The pictures of `panels.py` and the files of `page/` are put together in one HTML file. The page
computes nothing: it holds what every text and line is at each step, as the engine gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from importlib.resources import files
from string import Template
from typing import Any

from ..figure.figure import Figure
from ..figure.live import embedded, frame, policy
from ..figure.markup import FONT, escaped, tag
from ..text import number, one_line
from .frame import PALETTE
from .panels import (
    Panel,
    Slots,
    beside,
    boundary_panel,
    boundary_said,
    cost_panel,
    graph_panel,
    shown,
)
from .steps import VARIABLES, Run, Step, run

START = ([[0.0], [0.0]], 0.0)
PICK = ("#7c3aed", "#c4a7ff")
ROLES = ("page", "outline", "expression", "detail", "value", "dvar", "band1")
HEIGHT = 900.0


def learning_page(
    X: Any,
    Y: Any,
    *,
    alpha: float,
    iterations: int = 100,
    start: Sequence[Any] = START,
    example: int = 0,
    labels: tuple[str, str] = ("x₁", "x₂"),
    title: str = "Gradient descent, step by step",
) -> LearningPage:
    """A page on which a logistic regression of two features learns before the reader's eyes.

    Each step is an iteration: J, w₁, w₂ and b with their derivatives, the step that is taken from
    there in numbers, the curve of the cost so far, the decision boundary among the examples, and
    the graph of one example, the column ``example`` of X, from x to its loss. ``X`` is (2, m),
    ``Y`` (1, m) of zeros and ones; ``start`` is (w, b), w of shape (2, 1). ``labels`` name the
    features.

    Of very many iterations 200 at most are shown, more of the early ones, and the page says so.
    Where the steps are so long that J is no longer finite, the page shows that and ends there.

    Raises `ShapeError` for other shapes, `InputError` for other labels, a nan or inf in X or the
    start, an ``alpha`` that is not finite, or an ``example`` that is no column of X.

    >>> import autograd_mini as am
    >>> X, Y = [[0.0, 1.0, 3.0], [1.0, 2.0, 0.0]], [[0, 0, 1]]
    >>> page = am.learn.learning_page(X, Y, alpha=0.5, iterations=20)
    >>> page.save("learning.html").name
    'learning.html'
    """
    return LearningPage(title, run(X, Y, start, alpha, iterations, example), labels)


class LearningPage(Figure):
    """A descent as ``.html``, a page to step through; ``.svg`` is its last step as a picture.

    A notebook shows the page; ``.save(path)`` writes .html, .svg, .png or .pdf.
    """

    def __init__(self, title: str, told: Run, labels: Sequence[str]) -> None:
        self._run, self._slots = told, Slots(_texts(told))
        super().__init__(one_line(title, 200), lambda: beside(self.title, [*self._panels.values()]))
        self._labels = [one_line(label) for label in labels]

    @cached_property
    def _panels(self) -> dict[str, Panel]:
        return {
            "boundary": boundary_panel(self._run, self._labels, self._slots),
            "cost": cost_panel(self._run, self._slots),
            "graph": graph_panel(self._run, self._slots),
        }

    @property
    def html(self) -> str:
        """The page: one file that loads nothing, with a policy that lets its own script run."""
        return _page(self.title, self._run, self._panels, self._slots)

    def _forms(self) -> dict[str, Callable[[], str]]:
        html = {"text/html": lambda: frame(self.html, self.title, HEIGHT)}
        return {**super()._forms(), **html}


def _page(title: str, told: Run, panels: dict[str, Panel], slots: Slots) -> str:
    script, style = _file("learning.js"), _colours() + _template("learning.css", font=FONT)
    svgs = {name: panel.svg() for name, panel in panels.items()}
    styles = [svg.partition("<style>")[2].partition("</style>")[0] for svg in svgs.values()]
    known = {
        "iterations": [step.iteration for step in told.steps],
        "last": len(told.costs) - 1,
        "text": slots.text,
        "d": slots.d,
        "said": {name: panel.said for name, panel in panels.items()},
    }
    return _template(
        "learning.html",
        policy=policy([script], [style, *styles]),
        title=escaped(title),
        style=style,
        about="\n".join(tag("p", escaped(line)) for line in _about(told)),
        rows="\n".join(_rows(slots)),
        says=_filled(slots, "says"),
        updates="\n".join(tag("li", _filled(slots, f"update {name}")) for name in VARIABLES),
        data=embedded(known),
        script=script,
        **svgs,
    )


@cache
def _file(name: str) -> str:
    return files(__package__).joinpath("page", name).read_text(encoding="utf-8")


def _template(name: str, **parts: str) -> str:
    return Template(_file(name)).substitute(parts)


def _colours() -> str:
    """The pictures' palette as the page's own, in light and dark."""
    pairs = {role: PALETTE[role][1:] for role in ROLES} | {"pick": PICK}
    light, dark = (
        "".join(f"--{role}:{pair[at]};" for role, pair in pairs.items()) for at in (0, 1)
    )
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _filled(slots: Slots, slot: str) -> str:
    return tag("span", escaped(slots.text[slot][-1]), data_slot=slot)


def _rows(slots: Slots) -> Iterator[str]:
    """For each variable its value, derivative, step and next value."""
    for name in VARIABLES:
        cells = [
            (name, "value"),
            (f"slope {name}", "dvar"),
            (f"step {name}", ""),
            (f"after {name}", "value"),
        ]
        inside = (
            tag("td", escaped(slots.text[slot][-1]), data_slot=slot, class_=role)
            for slot, role in cells
        )
        yield tag("tr", tag("th", name, scope="row"), *inside)


# In words -----------------------------------------------------------------------------------------


def _about(told: Run) -> Iterator[str]:
    """What the page is of, and what it leaves out."""
    m, last, count = told.Y.size, told.steps[-1], len(told.costs)
    examples = f"{m:,} example{'s' * (m != 1)}, the columns of X"
    yield f"Learning rate α = {number(told.alpha)}; {examples}."
    if len(told.steps) < count:
        yield (
            f"{len(told.steps)} of {count:,} iterations are shown, more of the early ones; the "
            "curve of J is of all."
        )
    if last.right is None:
        yield (
            f"J is {number(last.J)} at iteration {last.iteration}, and descent ends there: the "
            "steps are too long. Take a smaller α, or standardise the features."
        )


def _texts(told: Run) -> dict[str, list[str]]:
    """What is said at each step, and the cells of the table."""
    texts: dict[str, list[str]] = {"says": [_headline(told, step) for step in told.steps]}
    for at, name in enumerate(VARIABLES):
        slopes = [None if step.slopes is None else step.slopes[at] for step in told.steps]
        texts[f"slope {name}"] = [shown(slope) for slope in slopes]
        texts[f"step {name}"] = [
            shown(None if slope is None else told.alpha * slope) for slope in slopes
        ]
        texts[f"after {name}"] = [
            shown(None if step.after is None else step.after[at]) for step in told.steps
        ]
        texts[f"update {name}"] = [_update(told.alpha, step, at) for step in told.steps]
    return texts


def _headline(told: Run, step: Step) -> str:
    """The iteration in a sentence: how J is, and whether it fell."""
    k, costs = step.iteration, told.costs
    said = f"Iteration {k} of {len(costs) - 1}: J = {number(step.J)}"
    if step.right is None:
        return f"{said}. No step can be taken from here."
    if k and costs[k] > costs[k - 1]:
        said += f", up by {number(costs[k] - costs[k - 1])}: the last step was too long"
    elif k:
        said += f", down by {number(costs[k - 1] - costs[k])}"
    return f"{said}. {boundary_said(step, told.Y.size)}"


def _update(alpha: float, step: Step, at: int) -> str:
    """The lecture's line for a variable, with its numbers: w₁ := w₁ − α dw₁ = ..."""
    name = VARIABLES[at]
    if step.slopes is None:
        return f"{name} = {number(step.variables[at])}"
    if step.after is None:
        return f"{name} = {number(step.variables[at])}, where descent ends"
    v, dv, after = (number(numbers[at]) for numbers in (step.variables, step.slopes, step.after))
    factors = " × ".join(x if x[0].isdigit() else f"({x})" for x in (number(alpha), dv))
    return f"{name} := {name} − α d{name} = {v} − {factors} = {after}"
