"""One step of logistic regression on arrays: J, dw and db, beside what NumPy takes by hand.

Two costs: with the logarithms of A = sigmoid(Z), as the derivation goes, and straight from Z, which
is exact however large Z is.
"""

from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from .libraries import Library, autograd, autograd_mini, installed, jax_jit, mygrad, torch
from .measure import Effort, Table, check_agreement, ratio, timed


def step_30(effort: Effort) -> Table:
    """As many features and examples as the breast-cancer data has."""
    return _step("step-30", 30, 569, effort, budget=2.0)


def step_12288(effort: Effort) -> Table:
    """As many features as an image of 64 x 64 x 3 pixels has."""
    return _step("step-12288", 12288, 209, effort, budget=1.05)


def _step(row: str, n: int, m: int, effort: Effort, budget: float) -> Table:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, m))
    Y = rng.integers(0, 2, size=(1, m)).astype(float)
    w = rng.normal(scale=n**-0.5, size=(n, 1))
    b = 0.1

    libraries, missing = installed(autograd_mini, autograd, mygrad, torch, jax_jit)
    table = Table(
        f"{row}: one vectorised step, n = {n}, m = {m}, microseconds",
        ["logs of A", "ours / it", "from Z", "ours / it"],
    )
    by_hand = {"logs": _numpy_logs, "z": _numpy_z}
    costs = {"logs": _cost_logs, "z": _cost_z}
    runs: dict[tuple[str, str], Callable[[], Any]] = {}
    for kind, cost in costs.items():
        runs[kind, "NumPy by hand"] = _bound(by_hand[kind], w, b, X, Y)
        for library in libraries:
            runs[kind, library.name] = library.step(cost(library), [w, b], [X, Y])
        check_agreement({name: run() for (its, name), run in runs.items() if its == kind})
    times = timed(runs, effort)
    for name in ("NumPy by hand", *(library.name for library in libraries)):
        cells, shares = [], []
        for kind in costs:
            shares.append(ratio(times[kind, "autograd_mini"], times[kind, name]))
            cells += [f"{median(times[kind, name]):.1f}", f"{shares[-1]:.2f}"]
        limit = budget if name == "NumPy by hand" else None
        table.add(name, *cells, measured=max(shares), budget=limit)
    for name in missing:
        table.add(name, "missing", "", "", "")
    return table


def _bound(step: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    return lambda: step(*args)


def _numpy_logs(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, tuple[Any, Any]]:
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return J, _numpy_gradients(A - Y, X)


def _numpy_z(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, tuple[Any, Any]]:
    Z = np.dot(w.T, X) + b
    J = np.mean(np.logaddexp(0, Z) - Y * Z)
    return J, _numpy_gradients(1 / (1 + np.exp(-Z)) - Y, X)


def _numpy_gradients(dZ: Any, X: Any) -> tuple[Any, Any]:
    m = X.shape[1]
    return np.dot(X, dZ.T) / m, np.sum(dZ) / m


def _cost_logs(library: Library) -> Callable[..., Any]:
    sigmoid, log = library.sigmoid, library.log

    def cost(w: Any, b: Any, X: Any, Y: Any) -> Any:
        A = sigmoid(w.T @ X + b)
        return -(Y * log(A) + (1 - Y) * log(1 - A)).mean()

    return cost


def _cost_z(library: Library) -> Callable[..., Any]:
    softplus = library.softplus

    def cost(w: Any, b: Any, X: Any, Y: Any) -> Any:
        Z = w.T @ X + b
        return (softplus(Z) - Y * Z).mean()

    return cost
