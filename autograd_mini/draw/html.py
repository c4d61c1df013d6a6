"""The live page: a picture that is stepped through, asked and practised on, in one HTML file.

The files of `page/` are put together with the picture, a table of all values, and what the page
needs to know as JSON. Nothing comes from elsewhere, and the page's own policy forbids it: only the
scripts and styles whose hashes it names may run.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from ..errors import UnsupportedError
from ..figure.live import embedded, policy
from ..figure.live import frame as framed
from ..figure.markup import FONT, escaped, tag
from ..text import harmless, number
from .live import LISTED, Live, Places
from .marks import KINDS
from .picture import Arrow, Box, Picture
from .svg import PALETTE
from .unfolding import Index
from .view import Shown, View

UNKNOWN = "?"
HEAT_AND_PICK = {
    "low": ("#c2570c", "#f4a259"),
    "high": ("#0b5cad", "#79b8ff"),
    "pick": ("#7c3aed", "#c4a7ff"),
}
STEPS_HEIGHT, HIGHEST_FRAME = 420, 900
PORTRAIT = 980
"""A wider picture is printed on paper that lies: upright its text would be small."""


def page(
    drawn: Sequence[tuple[Picture, str]], index: Index, live: Live, *, exercise: bool = False
) -> str:
    """The page of pictures of one graph, each with its SVG; an ``exercise`` asks for the dvars.

    The first is shown until a scope is folded or unfolded. ``live`` computes the numbers of all for
    other inputs.
    """
    pictures, svgs = [picture for picture, _ in drawn], [svg for _, svg in drawn]
    picture = _together(pictures)
    # An exercise asks for what live inputs would tell.
    program, why = ("", "") if exercise else _program(live)
    more = ["stage", *(["live"] if program else []), *(["exercise"] if exercise else [])]
    texts = [program, *(_file(f"{name}.js") for name in ("page", "ask", *more))]
    starts = ["startAsking();", "startStage();", "start();"]
    starts += [f"start{name.capitalize()}();" for name in more[1:]]
    script = "\n".join(['(() => {\n"use strict";', *texts, *starts, "})();"])
    style = _colours() + Template(_file("page.css")).substitute(font=FONT)
    if float(re.findall(' width="([0-9.]+)"', svgs[0])[0]) > PORTRAIT:
        style += "@page { size: landscape; }\n"
    styles = [style, *re.findall("<style>(.*?)</style>", "".join(svgs))]
    hidden = [svg.replace("<svg ", '<svg hidden="" ', 1) for svg in svgs[1:]]
    return Template(_file("page.html")).substitute(
        policy=policy([script], styles),
        title=escaped(picture.title),
        heading=escaped(picture.title.removeprefix("Computation graph of ")),
        style=style,
        svg="".join([svgs[0], *hidden]),
        exercise=_file("exercise.html") if exercise else "",
        live=_inputs(live) if program else why,
        header="".join(tag("th", head, scope="col") for head in _header(picture, exercise)),
        rows="\n".join(_rows(picture, exercise, len(pictures[0].boxes))),
        data=_data(pictures, index, exercise, live if program else None),
        script=script,
    )


def _together(pictures: Sequence[Picture]) -> Picture:
    """All of them as one, whose boxes are numbered on."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    for picture in pictures:
        first = len(boxes)
        arrows += [
            replace(arrow, source=first + arrow.source, target=first + arrow.target)
            for arrow in picture.arrows
        ]
        for box in picture.boxes:
            formula = [first + part if isinstance(part, int) else part for part in box.formula]
            boxes.append(replace(box, formula=tuple(formula)))
    return replace(pictures[0], boxes=boxes, arrows=arrows)


def frame(html: str, height: float) -> str:
    """The page as a notebook shows it, in a frame of its own.

    >>> frame('<p title="a">', 100.0)[:52]
    '<iframe sandbox="allow-scripts" title="Computation g'
    """
    room = min(height + STEPS_HEIGHT, HIGHEST_FRAME)
    return framed(html, "Computation graph, step by step", room)


def blank(picture: Picture) -> Picture:
    """The picture with nothing in it that gives a dvar away."""
    boxes = [
        replace(
            box,
            dvar=f"{box.dname} = {UNKNOWN}" if box.dvar else "",
            hover=box.expression,
            marks=tuple(mark for mark in box.marks if mark.kind != "wrong"),
        )
        for box in picture.boxes
    ]
    arrows = [
        replace(arrow, backward=arrow.backward and _unsaid(arrow.backward), hover="")
        for arrow in picture.arrows
    ]
    return replace(picture, boxes=boxes, arrows=arrows)


def _unsaid(flow: str) -> str:
    return "? × ? = ?" if " × " in flow else UNKNOWN


def _program(live: Live) -> tuple[str, str]:
    """The program that computes the page for other inputs, or why there is none, as a line."""
    why = live.why
    if not why:
        try:
            return live.program(), ""
        except UnsupportedError as error:
            why = str(error)
    return "", tag("p", escaped(f"No live inputs: {why}."))


def _inputs(live: Live) -> str:
    """Where the page puts sliders and fields."""
    chosen = " So does what a condition chose, as in where." * live.chosen
    return Template(_file("live.html")).substitute(chosen=chosen)


@cache
def _file(name: str) -> str:
    return files(__package__).joinpath("page", name).read_text(encoding="utf-8")


def _colours() -> str:
    """The picture's palette as the page's own, in light and dark."""
    palette = {role: (light, dark) for role, (_, light, dark) in PALETTE.items()} | HEAT_AND_PICK
    light, dark = (
        "".join(f"--{role}:{pair[at]};" for role, pair in palette.items()) for at in (0, 1)
    )
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


# The table ----------------------------------------------------------------------------------------


def _header(picture: Picture, exercise: bool) -> list[str]:
    dvar = ["dvar"] * _has_dvars(picture)
    return ["variable", "is", "value", *dvar, *(["by differences"] * _checked(picture, exercise))]


def _has_dvars(picture: Picture) -> bool:
    return any(box.dvar for box in picture.boxes)


def _checked(picture: Picture, exercise: bool) -> bool:
    return not exercise and any(box.numeric is not None for box in picture.boxes)


def _rows(picture: Picture, exercise: bool, shown: int) -> Iterator[str]:
    """A row for each box, operands before results; those after the ``shown`` ones are hidden."""
    for at, box in enumerate(picture.boxes):
        if box.kind == "stub":
            continue
        formula = box.expression.removeprefix(f"{box.name} = ").removesuffix(f" = {box.name}")
        scope = f"{formula}, {box.detail}" if formula != box.name else box.detail
        what = {"input": "input", "scope": scope}.get(box.kind, formula)
        cells = [
            tag("td", escaped(what), class_="left"),
            tag("td", escaped(box.value), class_="value"),
        ]
        if _has_dvars(picture):
            dvar = "" if exercise else box.dvar.removeprefix(f"{box.dname} = ")
            cells.append(tag("td", escaped(dvar), class_="dvar"))
        if _checked(picture, exercise):
            cells.append(tag("td", escaped(_brief(box.numeric)), class_="numeric"))
        full = {"title": box.full} if box.full else {}
        name = tag("th", escaped(box.name), scope="row", **full)
        hidden = {"hidden": ""} if at >= shown else {}
        yield tag("tr", name, *cells, data_row=str(at), **hidden)


def _brief(x: Shown) -> str:
    if x is None:
        return ""
    return x.text if isinstance(x, View) else number(x)


# What the page knows ------------------------------------------------------------------------------


def _data(pictures: Sequence[Picture], index: Index, exercise: bool, live: Live | None) -> str:
    """All that the scripts read, as JSON; that of an exercise is not to be read at a glance.

    Boxes and arrows are those of all views, one after the other; a view numbers its own from 0.
    """
    picture = _together(pictures)
    count = len(pictures)
    known = {
        "exercise": exercise,
        "boxes": [_box(box) for box in picture.boxes],
        "arrows": [_arrow(arrow) for arrow in picture.arrows],
        "views": [_view(each) for each in pictures],
        "unlisted": index.unlisted,
        "places": [places[:count] for places in index.places[: len(picture.boxes)]],
        "labels": [[label, *boxes[:count]] for label, boxes in index.labels],
        "state": _state(picture),
    }
    if live:
        known["live"] = _live(live)
    text = embedded(known)
    return base64.b64encode(text.encode()).decode() if exercise else text


def _view(picture: Picture) -> dict[str, Any]:
    """What a picture has beside boxes and arrows; ``frames`` are the scopes that stand open."""
    return {
        "boxes": len(picture.boxes),
        "arrows": len(picture.arrows),
        "steps": picture.steps,
        "output": next((i for i, box in enumerate(picture.boxes) if box.output), None),
        "frames": [frame.scope for frame in picture.frames],
        "says": picture.says(),
    }


def _live(live: Live) -> dict[str, Any]:
    inputs = [{**asdict(each), "data": [*map(_plain, each.data)]} for each in live.inputs]
    kinds = {name: kind._asdict() for name, kind in KINDS.items()}
    shapes = {k: shape for k, shape in enumerate(live.shapes) if shape}
    plan = {name: [*map(_runs, row)] for name, row in live.plan.items()}
    return {"inputs": inputs, "listed": LISTED, "shapes": shapes, "plan": plan, "kinds": kinds}


def _runs(places: Places) -> Places:
    """From which result on, and how many: a folded box may stand for thousands in a row.

    >>> _runs([3, 4, 5, 9])
    [3, 3, 9, 1]
    """
    if not places:
        return places
    starts = [at for at, k in enumerate(places) if not at or k != places[at - 1] + 1]
    ends = [*starts[1:], len(places)]
    return [x for at, end in zip(starts, ends, strict=True) for x in (places[at], end - at)]


def _state(picture: Picture) -> dict[str, list[Any]]:
    """Every number on the page; who computes anew for other inputs gives the like."""
    flows = [arrow.flow for arrow in picture.arrows]
    return {
        "values": [_or_text(box.data, box.value) for box in picture.boxes],
        "grads": [
            _or_text(box.grad, box.dvar.removeprefix(f"{box.dname} = ")) for box in picture.boxes
        ],
        "numeric": [_plain(box.numeric) for box in picture.boxes],
        "locals": [_plain(flow.slope) if flow else None for flow in flows],
        "parts": [_or_text(flow.part, flow.short) if flow else None for flow in flows],
        "totals": [_plain(flow.total) if flow else None for flow in flows],
    }


def _box(box: Box) -> dict[str, Any]:
    role = "output" if box.output else box.kind
    marks = [
        {**KINDS[kind]._asdict(), "text": harmless(text), "backward": kind == "wrong"}
        for kind, text in box.marks
    ]
    return {
        "line": box.expression,
        "name": box.name,
        "dname": box.dname,
        "derivative": box.derivative,
        "detail": box.detail,
        "inside": box.inside,
        "full": box.full,
        "formula": box.formula,
        "broadcast": box.broadcast,
        "role": role,
        "input": box.kind == "input",
        "stub": box.kind == "stub",
        "scopes": box.scopes,
        "marks": marks,
        "op": box.op,
        "needs": box.needs,
        "float32": box.single,
        "results": box.results,
        "partly": box.partly,
    }


def _arrow(arrow: Arrow) -> dict[str, Any]:
    flow = arrow.flow
    return {
        "source": arrow.source,
        "target": arrow.target,
        "slope": flow.name if flow else "",
        "formula": flow.formula if flow else "",
        "note": flow.note if flow else "",
        "rule": flow.rule if flow else "",
    }


def _or_text(x: Shown, text: str) -> Any:
    """What is shown of several nodes in one box is known as text alone."""
    return _plain(x) if x is not None or not text else {"text": text}


def _plain(x: Shown) -> Any:
    """As JSON has it, which knows no nan and no inf."""
    if isinstance(x, View):
        return {
            "text": x.text,
            "shape": x.shape,
            "low": _plain(x.low),
            "mean": _plain(x.mean),
            "high": _plain(x.high),
            "cells": [[_plain(cell) for cell in row] for row in x.cells],
            "each": x.each,
        }
    if x is None or math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
