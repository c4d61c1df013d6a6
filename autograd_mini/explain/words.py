"""What there is to say of paths: products, steps in a table, rules, and why nothing flows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..backward import summed_axes
from ..formula import raised
from ..node import Node
from ..text import width
from .flow import Path, Spread, is_number, passes, slopes, spread
from .names import Names
from .notation import Plain, figures

_OFF = {
    "relu": "is off",
    "clip": "cuts off",
    "where": "takes the other one",
    "maximum": "takes the other one",
    "minimum": "takes the other one",
}
"""How an op says that nothing flows; of any other its slope is 0."""


def many(count: int) -> str:
    """A count, in full where that can be read.

    >>> from autograd_mini.explain.words import many
    >>> many(1024), many(2**1000)
    ('1,024', 'about 10³⁰¹')
    """
    return f"{count:,}" if count < 10**12 else f"about 10{raised(round(math.log10(count)))}"


def signed_sum(terms: Iterable[float]) -> str:
    """Terms with their signs between them.

    >>> from autograd_mini.explain.words import signed_sum
    >>> signed_sum([6.0, -1.0, 0.5])
    '6 - 1 + 0.5'
    """
    first, *others = map(figures, terms)
    return first + "".join(f" - {x[1:]}" if x[0] == "-" else f" + {x}" for x in others)


def sides(path: Path, names: Names, d: str, notation: Plain) -> list[str]:
    """What is equal along a path: the derivatives, their numbers where they are, the product."""
    derivatives, factors = [], []
    for at in path.shown:
        if isinstance(at, range):
            derivatives.append(notation.write(f"… {len(at):,} more …"))
            factors.append(notation.write("…"))
            continue
        node, i = path.nodes[at], path.operands[at]
        slope, shape = slopes(node)[i], np.shape(node.args[i].data)
        top, bottom = names.step(node, i)
        derivatives.append(notation.derivative(d, top, bottom, shape if slope is None else None))
        factors.append("" if slope is None else notation.factor(slope))
    equal = [notation.times.join(derivatives)] if derivatives else []
    if path.numeric and len(factors) > 1:
        equal.append(notation.times.join(factors))
    return [*equal, notation.value(path.product)]


def table(path: Path, names: Names) -> Iterator[str]:
    """The steps of a path through arrays: what each node receives, and by which rule."""
    header = f"receives ({names.g} is the line above)"
    rows = [["node", "computed as", header, "shape", "numbers"]]
    root = path.nodes[0]
    rows.append([names[root], names.computed(root), "", *_numbers(path, 0)])
    for at in path.shown:
        if isinstance(at, range):
            rows.append(["…", f"{len(at):,} more steps", "…", "", ""])
            continue
        node, i = path.nodes[at], path.operands[at]
        operand = node.args[i]
        rule, shape = names.rule(node, i, whole=True)
        receives = rule + summed_back(shape, operand, names[operand])
        rows.append([names[operand], names.computed(operand), receives, *_numbers(path, at + 1)])
    return columns(rows)


def _numbers(path: Path, at: int) -> tuple[str, str]:
    return str(np.shape(path.nodes[at].data)), figures(path.received[at])


def summed_back(shape: tuple[int, ...], operand: Node, name: str) -> str:
    """How broadcasting is undone, in words; nothing where there was none."""
    own = np.shape(operand.data)
    axes = summed_axes(shape, own)
    if not axes:
        return ""
    over = f"ax{'e' if len(axes) > 1 else 'i'}s {', '.join(map(str, axes))}"
    return f", summed over {over} because {name} {own} was broadcast to {shape}"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of text in columns, all to the left."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text + " " * (w - width(text)) for text, w in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def silence(path: Path, names: Names) -> str:
    """Why nothing arrives along a path; "" where something does."""
    if not _nothing(path.received[-1]):
        return ""
    at = next(at for at, received in enumerate(path.received) if _nothing(received)) - 1
    return _silenced(path.nodes[at], path.operands[at], names)


def _nothing(x: float | Spread) -> bool:
    return x.low == x.high == 0.0 if isinstance(x, Spread) else x == 0.0


def _silenced(node: Node, i: int, names: Names) -> str:
    op, operand = node.op, node.args[i]
    if op is None or passes(node, i):
        if is_number(node) and is_number(operand):
            return "the product is below the smallest float"
        return f"all of it is lost on the way to {names[operand]}"
    where = ", ".join(
        f"{names.operand(x)[0]} = {figures(spread(x.data))}" for x in dict.fromkeys(node.parents)
    )
    place = f" at {where}" if is_number(node) and is_number(operand) else " everywhere"
    if op.selects and is_number(node):
        place = ""
    if op.name in _OFF:
        return f"{op.name} {_OFF[op.name]}{place}"
    return f"the slope of {names.computed(node)} by {names.operand(operand)[0]} is 0{place}"


def legend(paths: Iterable[Path], names: Names, d: str) -> Iterator[str]:
    """How what is multiplied was computed, and its local derivatives as formulas."""
    used: dict[Node, set[int]] = {}
    for path in paths:
        for at in path.shown:
            if isinstance(at, int):
                used.setdefault(path.nodes[at], set()).add(path.operands[at])
    rows = []
    for node in reversed(names.shown):
        if node in used:
            derivatives = (_local(node, i, names, d) for i in sorted(used[node]))
            rows.append([f"{names[node]} = {names.computed(node)}", ", ".join(derivatives)])
    return columns(rows)


def _local(node: Node, i: int, names: Names, d: str) -> str:
    """``du/db = c = 2``."""
    top, bottom = names.step(node, i)
    rule, _ = names.rule(node, i, whole=False)
    value = figures(slopes(node)[i] or 0.0)
    return " = ".join([Plain().derivative(d, top, bottom), *([rule] if rule else []), value])
