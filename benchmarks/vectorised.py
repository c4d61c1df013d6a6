"""One step of logistic regression on arrays: J, dw and db, beside what NumPy takes by hand.

Two costs: with the logarithms of A = sigmoid(Z), as the derivation goes, and straight from Z, which
is exact however large Z is.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from . import by_hand
from .libraries import LIBRARIES, Library
from .measure import Effort, Runs, Table, comparison, race

CONTENDERS = ["numpy", "autograd_mini", "autograd", "mygrad", "torch", "jax"]
COSTS = {"logs": "logs of A", "z": "from Z"}


def step_30(effort: Effort) -> Table:
    """As many features and examples as the breast-cancer data has."""
    return _table("step-30", 30, 569, effort, budget=2.0)


def step_12288(effort: Effort) -> Table:
    """As many features as an image of 64 x 64 x 3 pixels has."""
    return _table("step-12288", 12288, 209, effort, budget=1.05)


def _table(row: str, n: int, m: int, effort: Effort, budget: float) -> Table:
    """The budget is on ours against NumPy by hand, for both costs."""
    times = race(partial(steps, n, m), CONTENDERS, effort)
    title = f"{row}: one vectorised step, n = {n}, m = {m}, microseconds"
    return comparison(title, CONTENDERS, times, COSTS, {"numpy": budget}, ours="autograd_mini")


def steps(n: int, m: int, name: str) -> Runs:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, m))
    Y = rng.integers(0, 2, size=(1, m)).astype(float)
    w = rng.normal(scale=n**-0.5, size=(n, 1))
    b = 0.1
    if name.startswith("numpy"):
        hand = by_hand.InPlace(m) if name == "numpy in place" else by_hand
        return {"logs": partial(hand.logs, w, b, X, Y), "z": partial(hand.from_z, w, b, X, Y)}
    library = LIBRARIES[name]()
    return {
        "logs": library.step(_cost_logs(library), [w, b], [X, Y]),
        "z": library.step(_cost_z(library), [w, b], [X, Y]),
    }


def _cost_logs(library: Library) -> Callable[..., Any]:
    sigmoid, log = library.sigmoid, library.log

    def cost(w: Any, b: Any, X: Any, Y: Any) -> Any:
        A = sigmoid(w.T @ X + b)
        return -(Y * log(A) + (1 - Y) * log(1 - A)).mean()

    return cost


def _cost_z(library: Library) -> Callable[..., Any]:
    cross_entropy = library.cross_entropy

    def cost(w: Any, b: Any, X: Any, Y: Any) -> Any:
        return cross_entropy(w.T @ X + b, Y).mean()

    return cost
