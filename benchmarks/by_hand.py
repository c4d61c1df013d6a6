"""The same work by hand, in NumPy: value and gradients, dZ = A - Y worked out on paper.

The functions are written as the formulas read, the methods of `InPlace` as somebody would who has
measured: results go into arrays that are kept, sums of products are dot products, and the division
by m is done where the numbers are fewest.
"""

from typing import Any

import numpy as np

Gradients = tuple[Any, Any]


def logs(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, Gradients]:
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return J, _gradients(A - Y, X)


def chosen(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, Gradients]:
    """With one logarithm an example: of A where y is 1, else of 1 - A."""
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    J = -np.mean(np.log(np.where(Y == 1, A, 1 - A)))
    return J, _gradients(A - Y, X)


def from_z(w: Any, b: float, X: Any, Y: Any) -> tuple[Any, Gradients]:
    Z = np.dot(w.T, X) + b
    J = np.mean(np.logaddexp(0, Z) - Y * Z)
    return J, _gradients(1 / (1 + np.exp(-Z)) - Y, X)


def _gradients(dZ: Any, X: Any) -> Gradients:
    m = X.shape[1]
    return np.dot(X, dZ.T) / m, np.sum(dZ) / m


class InPlace:
    """Two arrays as large as the examples are many, for step after step."""

    def __init__(self, m: int) -> None:
        self.m = m
        self.A, self.kept = np.empty((1, m)), np.empty((1, m))

    def logs(self, w: Any, b: float, X: Any, Y: Any) -> tuple[Any, Gradients]:
        A, kept = self.A, self.kept
        np.dot(w.T, X, out=A)
        A += b
        self._sigmoid()
        np.log(A, out=kept)
        J = np.vdot(Y, kept)
        np.subtract(1, A, out=kept)
        np.log(kept, out=kept)
        J += kept.sum() - np.vdot(Y, kept)
        return -J / self.m, self._gradients(X, Y)

    def from_z(self, w: Any, b: float, X: Any, Y: Any) -> tuple[Any, Gradients]:
        A, kept = self.A, self.kept
        np.dot(w.T, X, out=A)
        A += b
        np.logaddexp(0, A, out=kept)
        J = kept.sum() - np.vdot(Y, A)
        self._sigmoid()
        return J / self.m, self._gradients(X, Y)

    def _sigmoid(self) -> None:
        A = self.A
        np.negative(A, out=A)
        np.exp(A, out=A)
        A += 1
        np.reciprocal(A, out=A)

    def _gradients(self, X: Any, Y: Any) -> Gradients:
        A = self.A
        A -= Y
        A /= self.m
        return np.dot(X, A.T), A.sum()
