"""Graphs of single numbers: J = 3(a + bc), and logistic regression written with loops."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

import autograd_mini as am

from .libraries import Library, autograd, autograd_mini, installed, micrograd, mygrad, torch
from .measure import Effort, Table, check_agreement, ratio, timed


def expression(effort: Effort) -> Table:
    """J = 3(a + bc) from three new numbers, and its three gradients."""
    libraries, missing = installed(autograd_mini, micrograd, autograd, mygrad, torch)
    steps = {library.name: _expression_step(library) for library in libraries}
    builds = {library.name: _expression_build(library) for library in libraries if library.number}
    table = Table("expression: J = 3(a + bc), microseconds", ["build", "+ backward", "ours / it"])
    return _compared(table, builds, steps, missing, effort, budgets={"micrograd": 0.6})


def _expression_build(library: Library) -> Callable[[], Any]:
    number = library.number

    def build() -> Any:
        a, b, c = number(5.0), number(3.0), number(2.0)
        return 3 * (a + b * c)

    return build


def _expression_step(library: Library) -> Callable[[], Any]:
    number = library.number
    if number is None:
        return library.step(lambda a, b, c: 3 * (a + b * c), [5.0, 3.0, 2.0])

    def step() -> Any:
        a, b, c = number(5.0), number(3.0), number(2.0)
        J = 3 * (a + b * c)
        J.backward()
        return J.data, (a.grad, b.grad, c.grad)

    return step


def loops(effort: Effort) -> Table:
    """The cost of 200 examples with 20 features, each a number; microseconds an operation."""
    rng = np.random.default_rng(0)
    n, m = 20, 200
    X = rng.normal(size=(m, n)).tolist()
    Y = rng.integers(0, 2, size=m).tolist()
    parameters = [*rng.normal(scale=0.1, size=n).tolist(), 0.1]

    libraries, missing = installed(autograd_mini, micrograd, autograd, mygrad, torch)
    steps, builds = {}, {}
    for library in libraries:
        cost = _cost_by_loops(library, X, Y)
        steps[library.name] = library.step(cost, parameters)
        if library.number:
            builds[library.name] = _build(library, cost, parameters)

    operations = _operations(builds["autograd_mini"]())
    table = Table(
        f"loops: logistic regression, n = {n}, m = {m}, microseconds for each of "
        f"{operations} operations",
        ["build", "+ backward", "ours / it"],
    )
    return _compared(table, builds, steps, missing, effort, {"autograd_mini": 0.9}, operations)


def _cost_by_loops(library: Library, X: list[list[float]], Y: list[int]) -> Callable[..., Any]:
    sigmoid, log = library.sigmoid, library.log

    def cost(*parameters: Any) -> Any:
        *w, b = parameters
        J = 0.0
        for x, y in zip(X, Y, strict=True):
            z = b
            for w_j, x_j in zip(w, x, strict=True):
                z = z + w_j * x_j
            a = sigmoid(z)
            J = J - log(a if y == 1 else 1 - a)
        return J / len(Y)

    return cost


def _build(library: Library, cost: Callable[..., Any], parameters: Sequence[float]) -> Any:
    return lambda: cost(*library.leaves(parameters))


def _operations(root: am.Node) -> int:
    """How many operations the graph of root has."""
    seen, waiting = {root}, [root]
    while waiting:
        new = set(waiting.pop().parents) - seen
        seen |= new
        waiting += new
    return sum(node.op is not None for node in seen)


def _compared(
    table: Table,
    builds: dict[str, Callable[[], Any]],
    steps: dict[str, Callable[[], Any]],
    missing: list[str],
    effort: Effort,
    budgets: dict[str, float],
    operations: int = 1,
) -> Table:
    """The table filled. Our own budget is in microseconds, another's is on ours / its."""
    check_agreement({name: step() for name, step in steps.items()})
    build_runs = {("build", name): build for name, build in builds.items()}
    times = timed(build_runs | {("step", name): step for name, step in steps.items()}, effort)
    ours = times["step", "autograd_mini"]
    for name in steps:
        build = median(times["build", name]) / operations if name in builds else None
        step = median(times["step", name]) / operations
        share = ratio(ours, times["step", name])
        table.add(
            name,
            "" if build is None else f"{build:.2f}",
            f"{step:.2f}",
            f"{share:.2f}",
            measured=step if name == "autograd_mini" else share,
            budget=budgets.get(name),
        )
    for name in missing:
        table.add(name, "missing", "", "")
    return table
