"""One step of logistic regression on arrays: J, dw and db, beside what NumPy takes by hand.

Two costs: with the logarithms of A = sigmoid(Z), as the derivation goes, and straight from Z, which
is exact however large Z is.
"""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from .libraries import LIBRARIES, Library
from .measure import Effort, Runs, Table, race, ratio

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
    times = race(partial(_steps, n, m), CONTENDERS, effort)
    title = f"{row}: one vectorised step, n = {n}, m = {m}, microseconds"
    table = Table(title, [column for cost in COSTS.values() for column in (cost, "ours / it")])
    for name in CONTENDERS:
        if name not in times:
            table.add(name, "missing")
            continue
        shares = {kind: ratio(times["autograd_mini"][kind], times[name][kind]) for kind in COSTS}
        cells = [
            cell
            for kind in COSTS
            for cell in (f"{median(times[name][kind]):.1f}", f"{shares[kind]:.2f}")
        ]
        limit = budget if name == "numpy" else None
        table.add(name, *cells, measured=max(shares.values()), budget=limit)
    return table


def _steps(n: int, m: int, name: str) -> Runs:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, m))
    Y = rng.integers(0, 2, size=(1, m)).astype(float)
    w = rng.normal(scale=n**-0.5, size=(n, 1))
    b = 0.1
    if name == "numpy":
        return {"logs": lambda: _by_hand_logs(w, b, X, Y), "z": lambda: _by_hand_z(w, b, X, Y)}
    library = LIBRARIES[name]()
    return {
        "logs": library.step(_cost_logs(library), [w, b], [X, Y]),
        "z": library.step(_cost_z(library), [w, b], [X, Y]),
    }


def _by_hand_logs(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, tuple[Any, Any]]:
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return J, _gradients(A - Y, X)


def _by_hand_z(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, tuple[Any, Any]]:
    Z = np.dot(w.T, X) + b
    J = np.mean(np.logaddexp(0, Z) - Y * Z)
    return J, _gradients(1 / (1 + np.exp(-Z)) - Y, X)


def _gradients(dZ: Any, X: Any) -> tuple[Any, Any]:
    m = X.shape[1]
    return np.dot(X, dZ.T) / m, np.sum(dZ) / m


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
