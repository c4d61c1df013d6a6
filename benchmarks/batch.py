"""The loss of one example, made by vmap into that of very many: time, and memory at its peak."""

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .libraries import LIBRARIES, Library
from .measure import Effort, Runs, Table, comparison, race
from .replay import REPLAYED

RUNS = {"losses": "losses", "each": "+ a gradient each", "mean": "mean + gradient"}
AXES = (None, None, 0, 0)


def products(effort: Effort) -> Table:
    """An example's features are an array, z is a product."""
    return _table("batch", "w x + b", _of_product, effort)


def loops(effort: Effort) -> Table:
    """An example's features are taken one by one."""
    return _table("batch-loops", "a loop over n", _of_loop, effort)


def _table(row: str, how: str, score: Callable[..., Any], effort: Effort) -> Table:
    m, n = effort.scaled(100_000), 20
    contenders = [REPLAYED, "numpy", "jax", "autograd_mini"]
    times = race(partial(_batch, score, m, n), contenders, effort)
    title = f"{row}: a loss by {how}, n = {n}, of {m:,} examples by vmap, microseconds"
    return comparison(title, contenders, times, RUNS, {"numpy": 1.5, "jax": 1 / 3}, REPLAYED)


def _of_product(w: Any, b: Any, x: Any) -> Any:
    return w @ x + b


def _of_loop(w: Any, b: Any, x: Any) -> Any:
    z = b
    for j in range(x.shape[0]):
        z = z + w[j] * x[j]
    return z


def _loss(library: Library, score: Callable[..., Any]) -> Callable[..., Any]:
    sigmoid, log = library.sigmoid, library.log

    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        a = sigmoid(score(w, b, x))
        return -(y * log(a) + (1 - y) * log(1 - a))

    return loss


def _batch(score: Callable[..., Any], m: int, n: int, name: str) -> Runs:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, n))
    Y = rng.integers(0, 2, size=m).astype(float)
    args = [rng.normal(scale=n**-0.5, size=n), 0.1, X, Y]
    if name == "numpy":
        runs = {"losses": _losses, "each": _gradient_each, "mean": _mean_and_gradient}
        return {run: partial(f, *args) for run, f in runs.items()}
    library = LIBRARIES[name]()
    loss = _loss(library, score)
    losses = library.vmap(loss, AXES)
    each = library.vmap(library.value_and_grad(loss, (0, 1)), AXES)
    run = library.compile(losses, args)
    return {
        "losses": lambda: (run(), ()),
        "each": library.compile(each, args),
        "mean": library.step(lambda *args: losses(*args).mean(), args[:2], args[2:]),
    }


def _losses(w: Any, b: Any, X: Any, Y: Any) -> Any:
    A = 1 / (1 + np.exp(-(X @ w + b)))
    return -(Y * np.log(A) + (1 - Y) * np.log(1 - A)), ()


def _gradient_each(w: Any, b: Any, X: Any, Y: Any) -> Any:
    A = 1 / (1 + np.exp(-(X @ w + b)))
    dZ = A - Y
    return -(Y * np.log(A) + (1 - Y) * np.log(1 - A)), (dZ[:, np.newaxis] * X, dZ)


def _mean_and_gradient(w: Any, b: Any, X: Any, Y: Any) -> Any:
    A = 1 / (1 + np.exp(-(X @ w + b)))
    dZ = A - Y
    J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return J, (dZ @ X / len(Y), np.mean(dZ))


def memory(effort: Effort) -> Table:
    """What NumPy has allocated at most while a call runs, its results included."""
    table = Table("batch-memory: bytes an example at the peak, n = 20", list(RUNS.values()))
    for m in map(effort.scaled, (10**4, 10**5, 10**6)):
        for name in (REPLAYED, "numpy"):
            calls = _batch(_of_product, m, 20, name)
            table.add(f"{name}, m = {m:,}", *[f"{_peak(calls[run]) / m:.1f}" for run in RUNS])
    return table


def _peak(call: Callable[[], Any]) -> int:
    call()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
