"""The pictures of a learning page: its boundary, its cost and its graph, for each step of a run.

What changes from step to step is drawn as it is at the last one, and marked by a slot's name;
`Slots` holds what every slot is at every step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..figure.markup import document, tag
from ..text import number
from .axes import LARGEST, axis
from .boundary import LEVELS, UNDECIDED, draw_class, logit
from .contours import areas, contours
from .curves import cost_frame
from .frame import PALETTE, ROUND, SAMPLE, SIDE, Frame, Point, crosses, element, scaled, through
from .frame import words as text_at
from .steps import VARIABLES, Array, Run, Step

UNKNOWN = "—"
BOX_WIDTH, BOX_HEIGHT, ACROSS, DOWN, TOP = 152.0, 58.0, 44.0, 12.0, 30.0
UNDER, BELOW = (10.0, 34.0), (10.0, 50.0)
"""Where in a box its value and its derivative are written."""


@dataclass
class Slots:
    """By name, a text or a path's data for each step."""

    text: dict[str, list[str]] = field(default_factory=dict)
    d: dict[str, list[str]] = field(default_factory=dict)

    def words(self, slot: str, x: float, y: float, role: str) -> str:
        """A line of text that changes."""
        return text_at(self.text[slot][-1], x, y, role, data_slot=slot)

    def path(self, slot: str, **style: Any) -> str:
        """A path that changes."""
        return element("path", d=self.d[slot][-1], data_slot=slot, **style)


@dataclass(frozen=True)
class Panel:
    """A picture in the making: what is drawn, its size, and what is said of it at each step."""

    title: str
    drawn: str
    size: Point
    said: list[str]

    def svg(self) -> str:
        """It alone, as it is at the last step."""
        return document(self.title, self.said[-1], [self.drawn], self.size, PALETTE)[0]


def beside(title: str, panels: Sequence[Panel]) -> tuple[str, Point]:
    """Panels one beside the other as one SVG, and its size."""
    drawn, x = [], 0.0
    for panel in panels:
        drawn.append(tag("g", panel.drawn, transform=f"translate({x:.1f} 0)"))
        x += panel.size[0] + ACROSS
    size = (x - ACROSS, max(panel.size[1] for panel in panels))
    return document(title, " ".join(panel.said[-1] for panel in panels), drawn, size, PALETTE)


def shown(x: float | None) -> str:
    """A number as it is written everywhere, and what stands where none could be computed."""
    return UNKNOWN if x is None else number(x)


# The boundary -------------------------------------------------------------------------------------


def boundary_panel(run: Run, labels: Sequence[str], slots: Slots) -> Panel:
    """The examples, and at each step the line where p is 0.5 and how sure the model is."""
    x1, x2 = (axis(label, row, margin=0.12) for label, row in zip(labels, run.X, strict=True))
    frame = Frame("The decision boundary", x1, x2, (400.0, 400.0))
    heights = logit(np.array(LEVELS)).tolist()
    corners = [_corners(frame, step) for step in run.steps]
    for p, height in zip(LEVELS, heights, strict=True):
        slots.d[f"area {p}"] = [
            through(scaled(frame, areas(z, height), z), "Z") if z is not None else ""
            for z in corners
        ]
        slots.d[f"line {p}"] = [
            through(scaled(frame, contours(z, height), z)) if z is not None else "" for z in corners
        ]
    roles = [f"no{i}" for i in reversed(range(SIDE))] + [f"yes{i}" for i in range(SIDE)]
    w, h = frame.width, frame.height
    whole = through([[(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)]], "Z")
    slots.d["area 0"] = ["" if z is None else whole for z in corners]
    for p, role in zip((0, *LEVELS), roles, strict=True):
        frame.drawn.append(slots.path(f"area {p}", fill_rule="evenodd", roles=[role]))
    for p in LEVELS:
        style = UNDECIDED if p == 0.5 else {"stroke_dasharray": "4 4", "roles": ["outline"]}
        frame.drawn.append(slots.path(f"line {p}", **style))
    frame.key = ("p", roles, [number(p) for p in LEVELS])
    sample = element("path", d=through([[(0.0, 0.0), (SAMPLE, 0.0)]]), **UNDECIDED)
    frame.legend.append((sample, "p = 0.5"))
    for y in (0, 1):
        draw_class(frame, run.X[:, run.Y[0] == y], f"y = {y}", bool(y))
    frame.drawn += _rings(frame.place(*run.X[:, run.example : run.example + 1]))
    frame.legend.append(("".join(_rings([(SAMPLE / 2, 0.0)])), "the example in the graph"))
    drawn, size = frame.parts()
    return Panel(frame.title, drawn, size, [boundary_said(step, run.Y.size) for step in run.steps])


def _corners(frame: Frame, step: Step) -> Array | None:
    """z at the corners of the plot, between which it is straight; None where it is too large."""
    w1, w2, b = step.variables
    across, up = np.meshgrid([frame.x.low, frame.x.high], [frame.y.low, frame.y.high])
    with np.errstate(over="ignore", invalid="ignore"):
        z: Array = w1 * across + w2 * up + b
    return z if np.all(np.abs(z) <= LARGEST) else None


def _rings(places: Sequence[Point]) -> list[str]:
    return [
        element("circle", cx=x, cy=y, r=9.0, stroke_width=width, roles=[role])
        for x, y in places
        for width, role in ((4.5, "halo"), (2.0, "ink"))
    ]


def boundary_said(step: Step, m: int) -> str:
    """The boundary at a step in words."""
    if step.right is None:
        return "There is no boundary: J is not finite."
    said = f"{step.right} of {m} examples are on the side of their label."
    flat = not any(step.variables[:2])
    return f"{said} As w is 0, p is the same everywhere: there is no line yet." if flat else said


# The cost -----------------------------------------------------------------------------------------


def cost_panel(run: Run, slots: Slots) -> Panel:
    """The curve of J, at each step as far as it has come."""
    frame = cost_frame(run.costs, "The cost so far")
    places = [_cost_place(frame, step) for step in run.steps]
    slots.d["cost so far"] = [
        through([[(-20.0, -20.0), (x, -20.0), (x, far := frame.height + 20), (-20.0, far)]], "Z")
        for x, _ in places
    ]
    finite = [abs(step.J) <= LARGEST for step in run.steps]
    slots.d["cost now"] = [through([(at, at)] * ok) for at, ok in zip(places, finite, strict=True)]
    slots.d["no cost now"] = [
        through(crosses([at] * (not ok))) for at, ok in zip(places, finite, strict=True)
    ]
    # What is clipped is no part of the picture: the rest of the curve is not yet known.
    own = f"am-{hashlib.sha256(repr(slots.d['cost so far']).encode()).hexdigest()[:8]}-so-far"
    clip = tag("clipPath", slots.path("cost so far", roles=["page"]), id=own)
    frame.drawn[-1] = clip + tag("g", frame.drawn[-1], clip_path=f"url(#{own})")
    for slot, width in (("cost now", 8.0), ("no cost now", 2.4)):
        frame.drawn.append(slots.path(slot, stroke_width=width, **ROUND, roles=["ink"]))
    drawn, size = frame.parts()
    return Panel(frame.title, drawn, size, [_cost_said(step) for step in run.steps])


def _cost_place(frame: Frame, step: Step) -> Point:
    """Where J is; at the top where it is on no axis."""
    J = step.J if abs(step.J) <= LARGEST else frame.y.high
    return frame.place(step.iteration, J)[0]


def _cost_said(step: Step) -> str:
    return f"J is {number(step.J)} at iteration {step.iteration}."


# The graph ----------------------------------------------------------------------------------------


def graph_panel(run: Run, slots: Slots) -> Panel:
    """One example from x to its loss, and from that to J, with the values and derivatives."""
    y, m = int(run.Y[0, run.example]), run.Y.size
    for key in ("z", "a", "L"):
        slots.text[f"value {key}"] = [shown(step.single.get(key)) for step in run.steps]
    for key in ("dz", "da", "dw₁", "dw₂", "db"):
        slots.text[key] = [f"dL/{key} = {shown(step.single.get(key))}" for step in run.steps]
    slots.text["J"] = [number(step.J) for step in run.steps]
    for at, name in enumerate(VARIABLES):
        slots.text[name] = [number(step.variables[at]) for step in run.steps]
    x1, x2 = (number(x) for x in run.X[:, run.example])
    column = [_at(0, row) for row in range(5)]
    z, a, L, J = (_at(place, 2) for place in range(1, 5))
    drawn = [
        *(line for place in column for line in _arrow(place, z)),
        *(line for start, end in ((z, a), (a, L), (L, J)) for line in _arrow(start, end)),
        _box(column[0], "x₁", text_at(x1, *UNDER, "value")),
        _box(column[1], "w₁", *_lines(slots, "w₁", "dw₁")),
        _box(column[2], "x₂", text_at(x2, *UNDER, "value")),
        _box(column[3], "w₂", *_lines(slots, "w₂", "dw₂")),
        _box(column[4], "b", *_lines(slots, "b", "db")),
        _box(z, "z = w₁x₁ + w₂x₂ + b", *_lines(slots, "value z", "dz")),
        _box(a, "a = σ(z)", *_lines(slots, "value a", "da")),
        _box(
            L,
            "L = −ln a" if y else "L = −ln(1 − a)",
            slots.words("value L", *UNDER, "value"),
            text_at(f"as y = {y}", *BELOW),
        ),
        _box(J, "J", slots.words("J", *UNDER, "value"), text_at(f"the mean of {m:,} L", *BELOW)),
    ]
    size = (J[0] + BOX_WIDTH, column[4][1] + BOX_HEIGHT)
    title = f"From example X[:, {run.example}] = ({x1}, {x2}), y = {y}, to its loss"
    heading = text_at(title, 0.0, 12.0, "expression", font_size=15.0, font_weight="bold")
    moved = tag("g", *drawn, transform=f"translate(0 {TOP:g})")
    said = [_graph_said(slots, at) for at in range(len(run.steps))]
    return Panel(title, heading + moved, (size[0], size[1] + TOP), said)


def _at(column: int, row: int) -> Point:
    return column * (BOX_WIDTH + ACROSS), row * (BOX_HEIGHT + DOWN)


def _box(place: Point, name: str, *lines: str) -> str:
    """A node: its name, its value, its derivative."""
    return tag(
        "g",
        element("rect", width=BOX_WIDTH, height=BOX_HEIGHT, rx=6.0, roles=["page", "outline"]),
        text_at(name, 10.0, 17.0, "expression", font_weight="bold"),
        *lines,
        transform=f"translate({place[0]:g} {place[1]:g})",
    )


def _lines(slots: Slots, value: str, dvar: str) -> Iterator[str]:
    yield slots.words(value, *UNDER, "value")
    yield slots.words(dvar, *BELOW, "dvar")


def _arrow(start: Point, end: Point) -> Iterator[str]:
    """From the right side of a box to the left side of another."""
    x, y = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    # Several arrows end on one side, apart.
    to_x, to_y = end[0], end[1] + BOX_HEIGHT / 2 + (start[1] - end[1]) / 12
    yield element(
        "path", d=through([[(x, y), (to_x - 6, to_y)]]), stroke_width=1.4, roles=["outline"]
    )
    head = [(to_x - 7, to_y - 4), (to_x, to_y), (to_x - 7, to_y + 4)]
    yield element("path", d=through([head], "Z"), roles=["detail"])


def _graph_said(slots: Slots, at: int) -> str:
    values = [f"{key} = {slots.text[key][at]}" for key in VARIABLES]
    values += [f"{key} = {slots.text[f'value {key}'][at]}" for key in ("z", "a", "L")]
    derivatives = [slots.text[key][at] for key in ("da", "dz", "dw₁", "dw₂", "db")]
    return f"{', '.join([*values, *derivatives])}; J = {slots.text['J'][at]}."
