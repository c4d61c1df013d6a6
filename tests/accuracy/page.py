"""docs/ACCURACY.md: the worst errors of every op and of random graphs, measured."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor

import numpy as np

from .graphs import Errors, errors
from .measure import DIGITS, KINDS, ORDERS, Error, collected, elementwise, whole
from .recipes import MOST_STEPS
from .regions import ARRAYS, ELEMENTWISE, Draw

PAGE = """\
# Accuracy

How far values, gradients and second derivatives are from the true ones. True is what mpmath
computes with {digits} digits, in forward mode and with formulas of its own (`tests/accuracy/`): no
rule of the package takes part. `make accuracy` measures all this anew and writes this page; the
numbers drawn are the same at each run. These are from Python {python}, NumPy {numpy} and {machine};
NumPy's own functions differ by an ulp or two from one processor to another.

There are three kinds of operands: a `float` in a Value, and Tensors of `float64` and of `float32`.
One ulp (unit in the last place) is the distance between the floats around the true result: 0.5 is
correctly rounded, and 0 exact. Results are judged where they are normal floats well below overflow.

## Functions of numbers

The worst of {rows} operands from each interval. Values and first derivatives are in ulps, as if
operands were exact. Second derivatives are in ulps times the condition number, which is how far
roundings of the operands move them.

{elementwise}

Comparisons are exact, and have no derivative.

## Functions of arrays

In ulps times the condition number; for a sum that cancels this is the sum of the sizes of its
terms. First and second derivatives are those of a weighted sum of the result.

{arrays}

## Random graphs

{graphs} graphs of up to {steps} steps, of all these ops and of the other functions on arrays, with
shared results, Values beside Tensors, and broadcasting. Errors are in ulps times the condition: 1
is what an error of one ulp in every step, and in every derivative of every step, could add up to.

{summary}
"""


def page(rows: int, count: int, executor: Executor) -> str:
    """The whole of docs/ACCURACY.md, from so many operands of each region and so many graphs."""
    jobs = [
        executor.submit(collected, elementwise, name, operands, rows)
        for name, regions in ELEMENTWISE.items()
        for operands in regions
    ]
    jobs += [executor.submit(collected, whole, case) for case in ARRAYS]
    worst = worst_of([error for job in jobs for error in job.result()])
    found = list(executor.map(errors, range(count), chunksize=50))
    drawn_from = {name: listed(map(operands_of, places)) for name, places in ELEMENTWISE.items()}
    hard_cases = {case.op: listed(c.text for c in ARRAYS if c.op == case.op) for case in ARRAYS}
    return PAGE.format(
        digits=DIGITS,
        python=platform.python_version(),
        numpy=np.__version__,
        machine=platform.machine(),
        rows=f"{rows:,}",
        elementwise=of_ops(worst, drawn_from, KINDS),
        arrays=of_ops(worst, hard_cases, KINDS[1:]),
        graphs=f"{count:,}",
        steps=MOST_STEPS,
        summary=of_graphs(found),
    )


Worst = dict[tuple[str, str, str], float]
"""The worst errors by op, order and kind."""


def worst_of(found: Iterable[Error]) -> Worst:
    """The worst over all regions of each op."""
    worst: Worst = {}
    for error in found:
        key = error.op, error.order, error.kind
        worst[key] = max(error.ulps, worst.get(key, 0.0))
    return worst


def operands_of(region: Iterable[Draw]) -> str:
    """A region in words."""
    return " and ".join(map(str, region))


def listed(texts: Iterable[str]) -> str:
    """Texts one after the other, each once."""
    return "; ".join(dict.fromkeys(texts))


def of_ops(worst: Worst, places: Mapping[str, str], kinds: Sequence[str]) -> str:
    """The table of the worst errors: a row for each op, a column for each order and kind."""
    header = ["op", *(f"{order}: {kind}" for order in ORDERS for kind in kinds), "operands"]
    rows = [
        [op, *(shown(worst.get((op, order, kind))) for order in ORDERS for kind in kinds), where]
        for op, where in places.items()
    ]
    return markdown(header, rows)


def of_graphs(found: Sequence[Errors]) -> str:
    """The table of how the errors of graphs are spread."""
    rows = []
    for name, text in [
        ("value", "value"),
        ("gradient", "gradient"),
        ("product", "Hessian-vector product"),
    ]:
        numbers = np.array([getattr(one, name) for one in found])
        rows.append(
            [text, *map(shown, [np.median(numbers), np.quantile(numbers, 0.99), numbers.max()])]
        )
    return markdown(["", "median", "99 of 100 below", "worst"], rows)


def shown(ulps: float | None) -> str:
    """An error with two digits; a dash for what was not measured."""
    return "–" if ulps is None else f"{ulps:.2f}" if ulps >= 0.005 else "0"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, numbers to the right."""
    rule = ["---", *["--:"] * (len(header) - 2), "---" if header[-1] == "operands" else "--:"]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *rows))
