"""L16: rank-1 pitfalls. randn(5) is neither a row nor a column; say (5, 1) or (1, 5)."""

import numpy as np

import autograd_mini as am

rng = np.random.default_rng(0)
a = rng.standard_normal(5)
print(f"a = randn(5):    a.shape = {a.shape}, a.T.shape = {a.T.shape}: the same thing")
print(f"                 np.dot(a, a.T) is one number: {np.dot(a, a.T):.4f}")

column, row = rng.standard_normal((5, 1)), rng.standard_normal((1, 5))
print(f"a = randn(5, 1): a.shape = {column.shape}, a.T.shape = {column.T.shape}")
print(f"                 np.dot(a, a.T) is a matrix of shape {np.dot(column, column.T).shape}")
print(f"a = randn(1, 5): a.shape = {row.shape}, a row\n")

assert column.shape == (5, 1)  # such a line costs nothing, and says what is meant

# A (5,) array of labels against a (5, 1) column of predictions: no error, but 25 differences.
print(f"(5, 1) - (5,) has shape {(column - a).shape}\n")

X = rng.standard_normal((5, 8))
Y = rng.integers(0, 2, size=(1, 8))
for what, w, labels in [
    ("w of shape (5,)", am.Tensor(a, "w"), Y),
    ("Y of shape (8,)", am.Tensor(column, "w"), Y[0]),
]:
    try:
        am.learn.cost(w, 0.0, X, labels)
    except am.ShapeError as error:
        print(f"{what}: ShapeError\n    {error}")

J = am.learn.cost(am.Tensor(a.reshape(5, 1), "w"), 0.0, X, Y)
print(f"with w.reshape(5, 1): J = {J.item():.4f}")
