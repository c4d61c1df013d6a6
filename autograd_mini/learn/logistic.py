"""Logistic regression as the lecture derives it: yhat = sigmoid(w.T x + b), its losses and costs.

The cost J(w, b) stands in three forms that agree to rounding: `cost_by_loops` from single numbers,
`cost` from arrays, `cost_theta` with b as the first of the weights. Their gradients come from
``J.backward()``; `hand_gradients` and `hand_gradients_by_loops` are what the lecture derives with
pen and paper, in plain numbers, to compare with. All take nodes or plain numbers and arrays, and
give plain results for plain arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..functions import dot, mean, transpose, vstack
from ..ops import data_of, log, shape_of, sigmoid, softplus, square, where
from ..primitive import read
from . import shapes

Array = np.ndarray[Any, np.dtype[Any]]

Loss = Callable[[Any, Any], Any]
"""``loss(yhat, y)``: what a prediction yhat costs where the label is y."""


def squared_error(yhat: Any, y: Any) -> Any:
    """The loss (yhat - y)**2 / 2.

    >>> import autograd_mini as am
    >>> am.learn.squared_error(0.75, 1)
    0.03125
    """
    yhat, y = _pair(yhat, y)
    return square(yhat - y) / 2


def cross_entropy(yhat: Any, y: Any) -> Any:
    """The loss -(y log yhat + (1 - y) log(1 - yhat)).

    That is -log yhat for y = 1 and -log(1 - yhat) for y = 0. Near 0 and 1 a float yhat
    has lost the digits that the loss is made of; `cross_entropy_from_z` keeps them, and is what
    `cost` takes.

    Raises `InputError` for a label other than 0 and 1, `DomainError` where a float's logarithm is
    that of 0.

    >>> import autograd_mini as am
    >>> a = am.Value(0.25, "a")
    >>> am.learn.cross_entropy(a, 1).backward()
    >>> a.grad
    -4.0
    """
    yhat, y = _pair(yhat, y)
    if shape_of(y):
        return -log(where(y, yhat, 1 - yhat))
    return -log(yhat if y else 1 - yhat)


def cross_entropy_from_z(z: Any, y: Any) -> Any:
    """The cross-entropy of yhat = sigmoid(z), exact at any z.

    That is log(1 + e^-z) for y = 1 and log(1 + e^z) for y = 0.

    >>> import autograd_mini as am
    >>> am.learn.cross_entropy_from_z(800.0, 0), am.learn.cross_entropy_from_z(40.0, 1)
    (800.0, 4.248354255291589e-18)
    """
    z, y = _pair(z, y)
    return softplus((1 - 2 * y) * z)


def _pair(yhat: Any, y: Any) -> tuple[Any, Any]:
    """Predictions and their labels, which are of one shape unless there is one label for all."""
    yhat, y = read(yhat), shapes.zeros_and_ones("y", y)
    if shape_of(y) not in ((), shape_of(yhat)):
        raise ShapeError(
            f"the predictions have shape {shape_of(yhat)} and their labels {shape_of(y)}; "
            "both are (1, m), or the label is one number",
            shapes=(shape_of(yhat), shape_of(y)),
        )
    return yhat, shapes.in_dtype_of(yhat, y)


def _loss_at(z: Any, y: Any, loss: Loss) -> Any:
    y = shapes.in_dtype_of(z, y)
    return cross_entropy_from_z(z, y) if loss is cross_entropy else loss(sigmoid(z), y)


def yhat(w: Any, b: Any, X: Any) -> Any:
    """The predictions A = sigmoid(w.T X + b), of shape (1, m): how likely each label is a 1.

    Raises `ShapeError` where w is no column of n_x rows or X has not two axes, `InputError` for a
    nan in them.

    >>> import autograd_mini as am
    >>> am.learn.yhat([[2.0], [1.0]], -1.0, [[0.5, 3.0], [0.0, 0.0]])
    array([[0.5       , 0.99330715]])
    """
    return sigmoid(_linear(w, b, X))


def _linear(w: Any, b: Any, X: Any) -> Any:
    """Z = w.T X + b."""
    X = shapes.examples(X)
    w, b = shapes.weights("w", w, X, shape_of(X)[0]), shapes.bias(b)
    return _finite(_weighted(w, X) + b, X, w=w, b=b)


def _weighted(w: Any, X: Any) -> Any:
    """w.T X. What is not finite in X is named by `_finite`, not warned of."""
    with np.errstate(invalid="ignore"):
        return dot(transpose(w), X)


def _finite(Z: Any, X: Any, **variables: Any) -> Any:
    """Z, unless a nan or an inf in X or the variables it was made of has spoilt it."""
    if not np.all(np.isfinite(data_of(Z))):
        shapes.complete(X)
        for name, variable in variables.items():
            shapes.finite(name, variable)
    return Z


def predict(w: Any, b: Any, X: Any) -> Array:
    """The labels, (1, m), as plain zeros and ones: 1 where yhat > 0.5.

    >>> import autograd_mini as am
    >>> am.learn.predict([[2.0], [1.0]], -1.0, [[0.5, 3.0], [0.0, 0.0]])
    array([[0., 1.]])
    """
    # yhat > 0.5 where z > 0.
    return np.where(data_of(_linear(w, b, X)) > 0.0, 1.0, 0.0)


def accuracy(predicted: Any, Y: Any) -> float:
    """The share of the labels Y that were predicted right; both of shape (1, m).

    Raises `ShapeError` where the shapes differ, which would compare each label with every other.

    >>> import autograd_mini as am
    >>> am.learn.accuracy([[0, 1, 1, 0]], [[0, 1, 1, 1]])
    0.75
    """
    predicted, Y = (np.asarray(data_of(read(x))) for x in (predicted, Y))
    if predicted.shape != Y.shape or not Y.size:
        raise ShapeError(
            f"the predictions have shape {predicted.shape} and the labels {Y.shape}; "
            "both are (1, m)",
            shapes=(predicted.shape, Y.shape),
        )
    return float(np.mean(predicted == Y))


def cost(w: Any, b: Any, X: Any, Y: Any, loss: Loss = cross_entropy) -> Any:
    """J(w, b), the mean of the losses over the m examples, vectorised.

    ``w`` (n_x, 1), ``b`` a number, ``X`` (n_x, m), ``Y`` (1, m) of zeros and ones. ``loss`` is
    `squared_error`, any function of (yhat, y), or `cross_entropy`, which is then taken from z so
    that it is exact however sure the prediction is.

    Raises `ShapeError` for shapes that do not fit together, rank-1 arrays among them, and
    `InputError` for a label other than 0 and 1 or a nan in X.

    >>> import autograd_mini as am
    >>> w, b = am.Tensor([[0.0], [0.0]], "w"), am.Value(0.0, "b")
    >>> J = am.learn.cost(w, b, X=[[1.0, 2.0], [0.0, 4.0]], Y=[[1, 0]])
    >>> J.backward()
    >>> w.grad, b.grad
    (array([[0.25],
           [1.  ]]), 0.0)
    """
    return mean(_loss_at(_linear(w, b, X), shapes.labels(Y, X), loss))


def cost_theta(theta: Any, X: Any, Y: Any, loss: Loss = cross_entropy) -> Any:
    """J in the other notation: x_0 = 1 goes before each example, and theta = (b, w), (n_x + 1, 1).

    Errors are those of `cost`.

    >>> import autograd_mini as am
    >>> theta = am.Tensor([[0.0], [0.0], [0.0]], "theta")
    >>> am.learn.cost_theta(theta, X=[[1.0, 2.0], [0.0, 4.0]], Y=[[1, 0]]).backward()
    >>> theta.grad
    array([[0.  ],
           [0.25],
           [1.  ]])
    """
    X = shapes.examples(X)
    theta = shapes.weights("theta", theta, X, shape_of(X)[0] + 1)
    x_0 = np.ones_like(data_of(X)[:1])
    Z = _finite(_weighted(theta, vstack([x_0, X])), X, theta=theta)
    return mean(_loss_at(Z, shapes.labels(Y, X), loss))


def cost_by_loops(
    w: Sequence[Any] | Array, b: Any, X: Any, Y: Any, loss: Loss = cross_entropy
) -> Any:
    """J(w, b) from single numbers: a loop over the m examples, in it one over the n_x features.

    ``w`` is a list of n_x Values (or numbers, or a plain column); the rest is as for `cost`.

    >>> import autograd_mini as am
    >>> w1, w2, b = am.Value(0.0, "w1"), am.Value(0.0, "w2"), am.Value(0.0, "b")
    >>> J = am.learn.cost_by_loops([w1, w2], b, X=[[1.0, 2.0], [0.0, 4.0]], Y=[[1, 0]])
    >>> J.backward()
    >>> w1.grad, w2.grad, b.grad
    (0.25, 1.0, 0.0)
    """
    w, b, columns, ys = _numbers(w, b, X, Y)
    J: Any = 0.0
    for x, y in zip(columns, ys, strict=True):
        J = J + _loss_at(_linear_by_loop(w, b, x), y, loss)
    return J / len(ys)


def _linear_by_loop(w: list[Any], b: Any, x: list[float]) -> Any:
    """z = w_1 x_1 + w_2 x_2 + ... + b of one example."""
    z = b
    for j in range(len(x)):
        z = z + w[j] * x[j]
    return z


def _numbers(
    w: Any, b: Any, X: Any, Y: Any
) -> tuple[list[Any], Any, list[list[float]], list[float]]:
    """The weights one by one, b, the columns of X and the labels as lists of Python's floats."""
    X = data_of(shapes.examples(X))
    if isinstance(w, np.ndarray):
        w = w.ravel().tolist()
    members = [read(v) for v in w] if np.iterable(w) else [read(w)]
    if len(members) != len(X) or any(map(shape_of, members)):
        raise ShapeError(
            f"w is to be a list of {len(X)} single numbers for X of shape {X.shape}, and is one of "
            f"{len(members)} of shapes {[shape_of(v) for v in members]}; arrays go into cost(...)",
            shapes=(X.shape,),
        )
    shapes.complete(X)
    return members, shapes.bias(b), X.T.tolist(), shapes.labels(Y, X)[0].tolist()


def hand_gradients(w: Any, b: Any, X: Any, Y: Any) -> tuple[Array, float]:
    """dw and db of the cross-entropy cost as derived by hand, in NumPy: dZ = A - Y first.

    dw = X dZ.T / m, of shape (n_x, 1), and db = sum(dZ) / m. Plain numbers and arrays only.

    >>> import autograd_mini as am
    >>> dw, db = am.learn.hand_gradients([[0.0], [0.0]], 0.0, [[1.0, 2.0], [0.0, 4.0]], [[1, 0]])
    >>> dw, db
    (array([[0.25],
           [1.  ]]), 0.0)
    """
    X = np.asarray(X, dtype=float)
    A = data_of(yhat(w, b, X))
    m = X.shape[1]
    dZ = A - shapes.labels(Y, X)
    return np.dot(X, dZ.T) / m, float(np.sum(dZ) / m)


def hand_gradients_by_loops(w: Any, b: Any, X: Any, Y: Any) -> tuple[list[float], float]:
    """[dw1, dw2, ...] and db as the lecture's loops add them up.

    For each example dz = a - y, dw_j += x_j dz and db += dz; at the end all are divided by m.

    >>> import autograd_mini as am
    >>> am.learn.hand_gradients_by_loops([0.0, 0.0], 0.0, [[1.0, 2.0], [0.0, 4.0]], [[1, 0]])
    ([0.25, 1.0], 0.0)
    """
    w, b, columns, ys = _numbers(w, b, X, Y)
    m = len(ys)
    dw, db = [0.0] * len(w), 0.0
    for x, y in zip(columns, ys, strict=True):
        dz = sigmoid(_linear_by_loop(w, b, x)) - y
        for j in range(len(x)):
            dw[j] += x[j] * dz
        db += dz
    return [total / m for total in dw], db / m
