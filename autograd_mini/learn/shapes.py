"""The lecture's shapes, checked before anything is computed: errors that say what to write instead.

An array of one axis where a column or a row is meant would broadcast silently into something else;
here it is refused.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import InputError, OperandError, ShapeError
from ..node import Node
from ..ops import data_of, shape_of
from ..primitive import read


def examples(X: Any) -> Any:
    """X as a node or array of shape (n_x, m), or a `ShapeError`."""
    X = read(X)
    shape = shape_of(X)
    if len(shape) != 2:
        advice = f"; write X.reshape({shape[0]}, 1) for one example" if len(shape) == 1 else ""
        raise ShapeError(
            f"X has shape {shape}, where two axes (n_x, m) are meant, an example a column{advice}",
            shapes=(shape,),
        )
    if 0 in shape:
        raise ShapeError(f"X has shape {shape}: there is nothing to learn from", shapes=(shape,))
    return X


def weights(name: str, w: Any, X: Any, rows: int) -> Any:
    """w (or theta) as a node or array of shape (rows, 1), or a `ShapeError`."""
    w = read(w)
    if shape_of(w) != (rows, 1):
        n_x, m = shape_of(X)
        raise _misshapen(name, w, (rows, 1), X, turned=shape_of(w) == (m + rows - n_x, 1))
    return w


def bias(b: Any) -> Any:
    """b as one number or a node that holds one, or a `ShapeError`."""
    b = read(b)
    if shape_of(b):
        raise ShapeError(
            f"b has shape {shape_of(b)}, where one number is meant, such as b = 0.0",
            shapes=(shape_of(b),),
        )
    return b


def labels(Y: Any, X: Any) -> Any:
    """Y as an array of shape (1, m) of zeros and ones, or a `ShapeError` or an `InputError`."""
    Y = zeros_and_ones("Y", Y)
    n_x, m = shape_of(X)
    if shape_of(Y) != (1, m):
        raise _misshapen("Y", Y, (1, m), X, turned=shape_of(Y) == (1, n_x))
    return Y


def zeros_and_ones(name: str, y: Any) -> Any:
    """Labels as floats (single ones stay so), or an `InputError` that says which is no 0 or 1."""
    y = read(y)
    if isinstance(y, Node):
        raise OperandError(f"{name} is a node; labels are plain numbers: write {name}.data")
    y = np.asarray(y, None if y.dtype.kind == "f" else float) if np.ndim(y) else float(y)
    wrong = (y != 0.0) & (y != 1.0)  # a nan, too
    if np.any(wrong):
        where, found = _first(wrong, y)
        raise InputError(f"{name}{where} is {found:g}, where a label is 0 or 1", values=(found,))
    return y


def in_dtype_of(z: Any, y: Any) -> Any:
    """Labels in the dtype of predictions, which those of float64 would widen."""
    dtype = np.asarray(data_of(z)).dtype
    return y.astype(dtype) if shape_of(y) and dtype.kind == "f" else y


def complete(X: Any) -> None:
    """Raise an `InputError` that says where, if there is a nan or an inf in the data."""
    remedy = "; X[:, np.isfinite(X).all(axis=0)] is the examples without such"
    finite("X", X, remedy)


def finite(name: str, x: Any, remedy: str = "") -> None:
    """Raise an `InputError` that says where, if an array or node holds a nan or an inf."""
    data = data_of(x)
    wrong = ~np.isfinite(data)
    if np.any(wrong):
        where, found = _first(wrong, data)
        count = f", and {np.sum(wrong)} of {np.size(data)} numbers are not finite"
        raise InputError(f"{name}{where} is {found}{count}{remedy}", values=(found,))


def _first(wrong: Any, x: Any) -> tuple[str, float]:
    """Where the first true of ``wrong`` is, as "[i, j]", and the number of x there."""
    if not np.ndim(x):
        return "", x
    index = [int(i) for i in np.argwhere(wrong)[0]]
    return str(index), float(x[tuple(index)])


def _misshapen(name: str, x: Any, wanted: tuple[int, int], X: Any, turned: bool) -> ShapeError:
    """The error for a w or Y that does not go with X, naming both shapes.

    ``turned`` says that it would go with X.T.
    """
    shape = shape_of(x)
    advice = ""
    if shape and math.prod(shape) == math.prod(wanted):
        advice = f": write {name}.reshape{wanted}"
    elif turned:
        advice = "; the examples are the columns of X: write X.T"
    rank = ", a rank-1 array that is neither a row nor a column" if len(shape) == 1 else ""
    return ShapeError(
        f"{name} has shape {shape}{rank}, where {wanted} goes with X of shape "
        f"{shape_of(X)}{advice}",
        shapes=(shape, shape_of(X)),
    )
