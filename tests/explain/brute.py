"""Every path, one by one, with local derivatives that do not come from the table's rules."""

import math
from collections.abc import Callable, Iterator

import numpy as np

import autograd_mini as am

BY_HAND: dict[str, Callable[..., tuple[float, ...]]] = {
    "add": lambda x, y: (1.0, 1.0),
    "subtract": lambda x, y: (1.0, -1.0),
    "multiply": lambda x, y: (y, x),
    "divide": lambda x, y: (1 / y, -x / y**2),
    "negative": lambda x: (-1.0,),
    "sin": lambda x: (math.cos(x),),
    "tanh": lambda x: (1 / math.cosh(x) ** 2,),
    "relu": lambda x: (float(x > 0),),
    "maximum": lambda x, y: (0.5, 0.5) if x == y else (float(x > y), float(y > x)),
    "where": lambda c, x, y: (0.0, float(c), float(not c)),
}


def slopes(node: am.Node) -> tuple[float, ...]:
    """The derivatives of a scalar node by its operands."""
    return BY_HAND[node.op.name](*(x.data if isinstance(x, am.Node) else x for x in node.args))


def jacobian(node: am.Node, i: int) -> np.ndarray:
    """d node / d operand i as a matrix, by complex steps through the op's forward."""
    values = [x.data if isinstance(x, am.Node) else x for x in node.args]
    x = np.asarray(values[i], complex)
    columns = []
    for at in range(x.size):
        moved = x.copy()
        moved.flat[at] += 1e-30j
        z = node.op.array(*values[:i], moved, *values[i + 1 :])
        columns.append(np.imag(np.ravel(z)) / 1e-30)
    return np.array(columns).T.reshape(np.size(node.data), x.size)


def paths(J: am.Node, variable: am.Node) -> Iterator[tuple[tuple[int, ...], list[am.Node]]]:
    """Each path from J to the variable: the operands it takes, and its nodes."""
    waiting: list[tuple[tuple[int, ...], list[am.Node]]] = [((), [J])]
    while waiting:
        operands, nodes = waiting.pop()
        if nodes[-1] is variable:
            yield operands, nodes
            continue
        for i, x in enumerate(nodes[-1].args):
            if isinstance(x, am.Node):
                waiting.append(((*operands, i), [*nodes, x]))


def products(J: am.Node, variable: am.Node) -> dict[tuple[int, ...], float]:
    """The product of the local derivatives along each path of a graph of numbers."""
    return {
        operands: math.prod(slopes(node)[i] for node, i in zip(nodes, operands, strict=False))
        for operands, nodes in paths(J, variable)
    }


def vector_products(J: am.Node, variable: am.Node) -> dict[tuple[int, ...], np.ndarray]:
    """The product of the Jacobians along each path, in the variable's shape."""
    found = {}
    for operands, nodes in paths(J, variable):
        row = np.ones((1, np.size(J.data)))
        for node, i in zip(nodes, operands, strict=False):
            row = row @ jacobian(node, i)
        found[operands] = row.reshape(np.shape(variable.data))
    return found
