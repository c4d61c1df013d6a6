"""docs/NUMPY.md: which of NumPy's functions take nodes. Written anew by

python -m tests.support.numpy_list > docs/NUMPY.md
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_mini.numpy_protocol import DIFFERENTIABLE, PLAIN

PAGE = """\
# NumPy's functions on nodes

These take Values and Tensors wherever NumPy takes arrays. (Written by
`python -m tests.support.numpy_list > docs/NUMPY.md` from `autograd_mini/numpy_protocol.py`.)

## With gradients

They record, and give nodes.

{differentiable}

## Without gradients

They see the data alone, and give plain results.

{plain}

## All others

They raise `UnsupportedError`, which names the function. Write them with those above, or pass
`node.data` for a result without a gradient. So do options that nodes have no use for: `out=`,
`dtype=`, `where=`, `order="F"` and the like. A node written by `out=` or by `array += node` is a
`MutationError`. `array[i] = node` cannot be told from `float(node)`: it writes the number alone,
and its gradient is lost; `am.stack` gathers nodes into an array.
"""


def name_of(function: Callable[..., Any]) -> str:
    """Its name in NumPy: "np.sum", "np.linalg.norm"."""
    name = function.__name__
    if getattr(np, name, None) is function:
        return f"np.{name}"
    assert getattr(np.linalg, name) is function
    return f"np.linalg.{name}"


def gives_nodes(function: Callable[..., Any]) -> bool:
    """Whether it records; comparisons, which are ops too, give plain truths."""
    return function in DIFFERENTIABLE and getattr(DIFFERENTIABLE[function], "records", True)


def listed(functions: Iterable[Callable[..., Any]]) -> str:
    """Their names in order, in lines that fit a screen."""
    lines = [""]
    for name in sorted(map(name_of, functions)):
        if len(lines[-1]) + len(name) > 90:
            lines.append("")
        lines[-1] += f"`{name}` "
    return "\n".join(line.rstrip() for line in lines)


def page() -> str:
    """The whole of docs/NUMPY.md."""
    supported = [*DIFFERENTIABLE, *PLAIN]
    return PAGE.format(
        differentiable=listed(filter(gives_nodes, supported)),
        plain=listed(f for f in supported if not gives_nodes(f)),
    )


if __name__ == "__main__":
    print(page(), end="")
