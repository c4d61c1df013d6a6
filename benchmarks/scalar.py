"""Graphs of single numbers: J = 3(a + bc), and logistic regression written with loops."""

from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import autograd_mini as am

from .libraries import LIBRARIES, Library
from .measure import Effort, Runs, Table, Times, race, ratio

CONTENDERS = ["autograd_mini", "micrograd", "autograd", "mygrad", "torch"]


def expression(effort: Effort) -> Table:
    """J = 3(a + bc) from three new numbers, and its three gradients."""
    times = race(_expression, CONTENDERS, effort)
    title = "expression: J = 3(a + bc), microseconds"
    return _table(title, times, budgets={"micrograd": 0.6})


def _expression(name: str) -> Runs:
    library = LIBRARIES[name]()
    number = library.number
    if number is None:
        return {"step": library.step(lambda a, b, c: 3 * (a + b * c), [5.0, 3.0, 2.0])}

    def build() -> Any:
        a, b, c = number(5.0), number(3.0), number(2.0)
        return 3 * (a + b * c)

    def step() -> Any:
        a, b, c = number(5.0), number(3.0), number(2.0)
        J = 3 * (a + b * c)
        J.backward()
        return J.data, (a.grad, b.grad, c.grad)

    return {"build": build, "step": step}


def loops(effort: Effort) -> Table:
    """The cost of 200 examples with 20 features, every number a node but the data."""
    operations = _operations(_loops("autograd_mini")["build"]())
    times = race(_loops, CONTENDERS, effort)
    title = (
        "loops: logistic regression, n = 20, m = 200, microseconds for each of "
        f"{operations} operations"
    )
    return _table(title, times, budgets={"autograd_mini": 0.9}, operations=operations)


def _loops(name: str) -> Runs:
    library = LIBRARIES[name]()
    X, Y, parameters = examples(200, 20)
    cost = cost_of_chosen(library, X, Y)
    step = {"step": library.step(cost, parameters)}
    if library.number is None:
        return step
    return {"build": lambda: cost(*library.leaves(parameters)), **step}


def examples(m: int, n: int) -> tuple[list[list[float]], list[int], list[float]]:
    """X, Y, and the parameters: n weights and a bias."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, n)).tolist()
    Y = rng.integers(0, 2, size=m).tolist()
    return X, Y, [*rng.normal(scale=n**-0.5, size=n).tolist(), 0.1]


def cost_of_chosen(library: Library, X: list[list[float]], Y: list[int]) -> Callable[..., Any]:
    """With one logarithm an example, that of the probability of what it is."""
    log = library.log
    return _cost(library, X, Y, lambda a, y: log(a if y == 1 else 1 - a))


def cost_of_logs(library: Library, X: list[list[float]], Y: list[int]) -> Callable[..., Any]:
    """With both logarithms, as the derivation goes."""
    log = library.log
    return _cost(library, X, Y, lambda a, y: y * log(a) + (1 - y) * log(1 - a))


def _cost(
    library: Library, X: list[list[float]], Y: list[int], chance: Callable[[Any, int], Any]
) -> Callable[..., Any]:
    sigmoid = library.sigmoid

    def cost(*parameters: Any) -> Any:
        *w, b = parameters
        J = 0.0
        for x, y in zip(X, Y, strict=True):
            z = b
            for w_j, x_j in zip(w, x, strict=True):
                z = z + w_j * x_j
            J = J - chance(sigmoid(z), y)
        return J / len(Y)

    return cost


def _operations(root: am.Node) -> int:
    """How many operations the graph of root has."""
    seen, waiting = {root}, [root]
    while waiting:
        new = set(waiting.pop().parents) - seen
        seen |= new
        waiting += new
    return sum(node.op is not None for node in seen)


def _table(
    title: str, times: dict[str, Times], budgets: dict[str, float], operations: int = 1
) -> Table:
    """Our own budget is in microseconds, another library's is on the ratio of ours to it."""
    table = Table(title, ["build", "+ backward", "ours / it"])
    for name in CONTENDERS:
        if name not in times:
            table.add(name, "missing")
            continue
        its = times[name]
        build = f"{median(its['build']) / operations:.2f}" if "build" in its else ""
        step = median(its["step"]) / operations
        share = ratio(times["autograd_mini"]["step"], its["step"])
        measured = step if name == "autograd_mini" else share
        cells = [build, f"{step:.2f}", f"{share:.2f}"]
        table.add(name, *cells, measured=measured, budget=budgets.get(name))
    return table
