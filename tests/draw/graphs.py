"""The graphs that pictures are tested with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autograd_mini as am


def lecture(*, labels: bool = True) -> am.Value:
    """J = 3(a + bc), rows L7 and L8."""
    a, b, c = am.Value(5), am.Value(3), am.Value(2)
    u = b * c
    v = a + u
    J = 3 * v
    if labels:
        am.label(a=a, b=b, c=c, u=u, v=v, J=J)
    return J


def logistic() -> am.Value:
    """The loss of one example with two features, row L9."""
    w1, w2, b = am.Value(0.3, "w1"), am.Value(-0.2, "w2"), am.Value(0.1, "b")
    x1, x2, y = am.Value(1.5, "x1"), am.Value(2.0, "x2"), am.Value(1.0, "y")
    z = w1 * x1 + w2 * x2 + b
    a = am.sigmoid(z)
    L = -(y * am.log(a) + (1 - y) * am.log(1 - a))
    am.label(z=z, a=a, L=L)
    return L


def vectorised() -> am.Tensor:
    """The cost over 200 examples, row L13."""
    rng = np.random.default_rng(0)
    X, w = am.Tensor(rng.normal(size=(20, 200)), "X"), am.Tensor(rng.normal(size=(20, 1)), "w")
    b, Y = am.Tensor(np.zeros((1, 1)), "b"), (rng.random((1, 200)) > 0.5) * 1.0
    Z = w.T @ X + b
    J = am.mean(am.softplus(Z) - Y * Z)
    am.label(Z=Z, J=J)
    return J


def network(widths: Sequence[int], *, labels: bool = False) -> am.Value:
    """A network of Values with tanh and relu, and the square of what it is off by."""
    rng = random.Random(1)
    x = [am.Value(rng.uniform(-1, 1)) for _ in range(widths[0])]
    if labels:
        am.label({"x": x})
    for depth, (n, m) in enumerate(pairwise(widths)):
        layer = []
        for j in range(m):
            weights = [am.Value(rng.uniform(-1, 1)) for _ in range(n)]
            z = am.Value(0.1)
            if labels:
                am.label({f"w{depth}[{j}]": weights, f"b{depth}[{j}]": z})
            for weight, each in zip(weights, x, strict=True):
                z = z + weight * each
            layer.append(z.relu() if depth % 2 else z.tanh())
        x = layer
        if labels:
            am.label({f"h{depth}": x})
    loss: am.Value = (x[0] - 1) ** 2
    return loss


def loop(m: int) -> am.Value:
    """The cost by an explicit loop over m examples, row L10."""
    rng = random.Random(1)
    w1, w2, b = am.Value(0.3, "w1"), am.Value(0.1, "w2"), am.Value(0.0, "b")
    J = am.Value(0.0)
    for _ in range(m):
        a = am.sigmoid(w1 * rng.gauss(0, 1) + w2 * rng.gauss(0, 1) + b)
        y = float(rng.random() > 0.5)
        J = J - (y * am.log(a) + (1 - y) * am.log(1 - a))
    J = J / m
    J.label = "J"
    return J


def by_loops(w: Any, X: Any, Y: Any) -> am.Value:
    """The cost of logistic regression by loops, with the data as Values: the last w is b."""
    *weights, b = [am.Value(float(x)) for x in w]
    data = [[am.Value(float(x)) for x in row] for row in X]
    J = am.Value(0.0)
    am.label({"w": weights}, b=b, start=J)
    for i, row in enumerate(data):
        am.label({f"X[{i}]": row})
    for row, y in zip(data, Y.tolist(), strict=True):
        z = b
        for weight, x in zip(weights, row, strict=True):
            z = z + weight * x
        a = am.sigmoid(z)
        J = J - (y * am.log(a) + (1 - y) * am.log(1 - a))
    J = J / len(data)
    J.label = "J"
    J.backward()
    return J


def tangled(seed: int, count: int) -> am.Value:
    """A graph of ``count`` random operations on anything before, and its last result."""
    rng = random.Random(seed)
    nodes = [am.Value(rng.uniform(0.5, 1.5), f"x{i}") for i in range(rng.randint(1, 4))]
    for _ in range(count):
        x, y = rng.choice(nodes[-6:]), rng.choice(nodes)
        nodes.append(rng.choice([x + y, x * y, am.tanh(x), x - 2 * y, x * x]))
    return nodes[-1]
