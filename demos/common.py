"""What the demos share: a folder for pictures, matplotlib for those that plot, a stopwatch."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

BLUE, RED = "#0b5cad", "#b3261e"


def folder() -> Path:
    """Where to write pictures: what --folder says, else ./demo-output; made if it is not there."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo-output"), help="for pictures")
    path: Path = parser.parse_args().folder
    path.mkdir(parents=True, exist_ok=True)
    return path


def pyplot() -> ModuleType:
    """matplotlib.pyplot, drawing into files; the demo ends with a plain sentence without it."""
    try:
        import matplotlib
    except ImportError:
        sys.exit('The picture needs matplotlib: pip install "autograd_mini[plots]"')
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    return plt


def save(figure: Any, path: Path) -> None:
    """Write a matplotlib figure and say where it is."""
    figure.savefig(path, dpi=150, bbox_inches="tight")
    print(f"picture: {path}")


def seconds(work: Callable[[], object]) -> float:
    """The shortest time that the work takes, of as many runs as fit in 0.2 s, at least three."""
    times: list[float] = []
    end = time.perf_counter() + 0.2
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
