"""Functions recorded once and replayed, beside compilers, NumPy by hand, and eager steps."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from . import by_hand
from .libraries import LIBRARIES
from .measure import Effort, Runs, Table, comparison, race
from .scalar import cost_of_chosen, cost_of_logs, examples
from .vectorised import COSTS, steps

REPLAYED = "autograd_mini replayed"
LOSSES = {"chosen": "log of one", "logs": "both logs"}
BY_LOOPS = {"chosen": cost_of_chosen, "logs": cost_of_logs}


def loops(effort: Effort) -> Table:
    """The loops over examples and features, value and all gradients, once recorded."""
    m, n = effort.scaled(200), 20
    contenders = [REPLAYED, "casadi", "numpy", "jax", "autograd_mini"]
    times = race(partial(_loops, m, n), contenders, effort)
    title = f"replay-loops: the loops of logistic regression, n = {n}, m = {m}, microseconds"
    budgets = {"casadi": 1.0, "numpy": 1.5}
    return comparison(title, contenders, times, LOSSES, budgets, REPLAYED)


def _loops(m: int, n: int, name: str) -> Runs:
    rows, classes, parameters = examples(m, n)
    if name == "numpy":
        X, Y = np.array(rows).T, np.array([classes])
        w, b = np.array(parameters[:-1])[:, None], parameters[-1]
        return {run: partial(getattr(by_hand, run), w, b, X, Y) for run in LOSSES}
    library = LIBRARIES[name]()
    return {
        run: library.step(cost(library, rows, classes), parameters)
        for run, cost in BY_LOOPS.items()
    }


def compiling(effort: Effort) -> Table:
    """The first call of such a step: to record, compile and run it.

    JAX, which takes half a minute, does it once.
    """
    m, n = effort.scaled(200), 20
    contenders = [REPLAYED, "casadi"]
    times = race(partial(_first_calls, m, n), contenders, effort)
    title = f"replay-compile: to record and compile the same, n = {n}, m = {m}, milliseconds"
    table = comparison(title, contenders, times, LOSSES, {"casadi": 1.0}, REPLAYED, unit=1000)
    once = race(partial(_first_calls, m, n), ["jax"], replace(effort, rounds=1, span=0.0))
    if once:
        (its,) = once["jax"]["chosen"]
        share = median(times[REPLAYED]["chosen"]) / its
        table.add("jax", f"{its / 1000:.1f}", f"{share:.4f}")
    else:
        table.add("jax", "missing")
    return table


def _first_calls(m: int, n: int, name: str) -> Runs:
    X, Y, parameters = examples(m, n)
    library = LIBRARIES[name]()

    def first_call(run: str) -> Any:
        return library.step(BY_LOOPS[run](library, X, Y), parameters)()

    return {run: partial(first_call, run) for run in (["chosen"] if name == "jax" else LOSSES)}


def step_30(effort: Effort) -> Table:
    """As many features and examples as the breast-cancer data has."""
    return _step("replay-30", 30, 569, effort)


def step_12288(effort: Effort) -> Table:
    """As many features as an image of 64 x 64 x 3 pixels has."""
    return _step("replay-12288", 12288, 209, effort)


def _step(row: str, n: int, m: int, effort: Effort) -> Table:
    contenders = [REPLAYED, "numpy", "numpy in place", "torch", "jax", "autograd_mini"]
    times = race(partial(steps, n, m), contenders, effort)
    title = f"{row}: one vectorised step, n = {n}, m = {m}, microseconds"
    budgets = {"numpy": 1.0, "numpy in place": 1.0}
    return comparison(title, contenders, times, COSTS, budgets, REPLAYED)


def rosenbrock(effort: Effort) -> Table:
    """The Hessian of a function of 50 numbers, written with a loop."""
    n = effort.scaled(50)
    contenders = [REPLAYED, "casadi called", "casadi", "jax"]
    times = race(partial(_rosenbrock, n), contenders, effort)
    title = f"rosenbrock: its Hessian, n = {n}, microseconds"
    runs, budgets = {"hessian": "Hessian"}, {"casadi called": 1.0}
    return comparison(title, contenders, times, runs, budgets, REPLAYED)


def _rosenbrock(n: int, name: str) -> Runs:
    library = LIBRARIES[name]()

    def f(x: Any) -> Any:
        J = 0.0
        for i in range(n - 1):
            J = J + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
        return J

    run = library.compile(library.hessian(f), [np.linspace(-1, 1, n)])
    return {"hessian": lambda: (run(), ())}


RECURRENCES = {"affine": "x a + b", "sine": "sin(x) a + b"}


def narrow(effort: Effort) -> Table:
    """One number from the last, 600 times: nothing that could be done together.

    ``math`` is the function itself, run on Python's floats.
    """
    count, operations = effort.scaled(600), {"affine": 2, "sine": 3}
    contenders = [REPLAYED, "llvmlite by autograd_mini", "casadi", "jax", "math"]
    times = race(partial(_narrow, count), contenders, effort)
    each = {
        name: {run: [1000 * t / count / operations[run] for t in its] for run, its in runs.items()}
        for name, runs in times.items()
    }
    title = f"narrow: x from x, {count} times over, nanoseconds an operation"
    return comparison(title, contenders, each, RECURRENCES, {REPLAYED: 45.0}, REPLAYED)


def _narrow(count: int, name: str) -> Runs:
    library = LIBRARIES[name]()
    sin = library.sin

    def affine(x: Any, a: Any, b: Any) -> Any:
        for _ in range(count):
            x = x * a + b
        return x

    def sine(x: Any, a: Any, b: Any) -> Any:
        for _ in range(count):
            x = sin(x) * a + b
        return x

    runs = {"affine": affine, "sine": sine}
    compiled = {run: library.compile(f, [0.5, 0.99, 0.1]) for run, f in runs.items()}
    return {run: partial(_answer, call) for run, call in compiled.items()}


def _answer(call: Callable[[], Any]) -> tuple[Any, tuple[Any, ...]]:
    """A value that has no gradients, in the form in which answers are compared."""
    return call(), ()
