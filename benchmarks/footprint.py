"""What a graph and the package cost: bytes a node, a million nodes, the time to import."""

import os
import subprocess
import sys
import tracemalloc
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time_ns

import autograd_mini as am

from .measure import Effort, Table, ratio


def _chain(nodes: int) -> am.Node:
    """z = z w + 1/4, over and over: as many results as said, all different, as their gradients."""
    w, z = am.Value(1 - 1e-6), am.Value(0.0)
    for _ in range(nodes // 2):
        z = z * w + 0.25
    return z


def memory(effort: Effort) -> Table:
    """Bytes that tracemalloc counts for a result, all it holds included."""
    nodes = effort.scaled(100_000)
    tracemalloc.start()
    z = _chain(nodes)
    built = tracemalloc.get_traced_memory()[0] / nodes
    z.backward()
    with_grads = tracemalloc.get_traced_memory()[0] / nodes
    tracemalloc.stop()
    table = Table("memory: bytes a scalar node", ["built", "with .grad"])
    table.add("autograd_mini", f"{built:.0f}", f"{with_grads:.0f}", measured=built, budget=200)
    return table


def million(effort: Effort) -> Table:
    """A chain of a million results, built and differentiated."""
    nodes = effort.scaled(1_000_000)
    builds, backwards = [], []
    for _ in range(3):
        start = process_time_ns()
        z = _chain(nodes)
        built = process_time_ns()
        z.backward()
        done = process_time_ns()
        builds.append((built - start) / 1e9)
        backwards.append((done - built) / 1e9)
        del z
    build, backward = median(builds), median(backwards)
    table = Table(f"million: a chain of {nodes:,} nodes, seconds", ["build", "backward", "both"])
    cells = [f"{seconds:.2f}" for seconds in (build, backward, build + backward)]
    table.add("autograd_mini", *cells, measured=build + backward, budget=2.0 * effort.scale)
    return table


def importing(effort: Effort) -> Table:
    """Fresh processes in turns; what is timed is the import statement, of compiled files."""
    times: dict[str, list[float]] = {"autograd_mini": [], "numpy": []}
    with TemporaryDirectory() as cache:
        for module in times:
            _import_time(module, cache)
        for _ in range(effort.rounds):
            for module, its in times.items():
                its.append(_import_time(module, cache))
    share = ratio(times["autograd_mini"], times["numpy"])
    table = Table("import: milliseconds in a fresh process", ["time", "ours / it"])
    table.add("autograd_mini", f"{median(times['autograd_mini']):.0f}", "1.00")
    table.add("numpy", f"{median(times['numpy']):.0f}", f"{share:.2f}", measured=share, budget=1.3)
    return table


def _import_time(module: str, cache: str) -> float:
    kept = {name: its for name, its in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = (
        "from time import process_time_ns as now; start = now(); "
        f"import {module}; print((now() - start) / 1e6)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=kept | {"PYTHONPYCACHEPREFIX": cache},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
