"""L15: the rule. (m, n) op (1, n) or (m, 1) -> (m, n), and how the gradient is summed back."""

import numpy as np
from common import folder

import autograd_mini as am

pictures = folder()
column = [[1], [2], [3], [4]]
matrix = [[1, 2, 3], [4, 5, 6]]

for name, what, left, right in [
    ("number", "[1, 2, 3, 4].T + 100", column, 100),
    ("row", "[[1, 2, 3], [4, 5, 6]] + [100, 200, 300]", matrix, [[100, 200, 300]]),
    ("column", "[[1, 2, 3], [4, 5, 6]] + [[100], [200]]", matrix, [[100], [200]]),
]:
    x, y = am.Tensor(left, "x"), am.Tensor(right, "y")
    z = x + y
    J = np.sum(z)
    am.label(z=z, J=J)
    J.backward()
    print(f"{what}")
    print(f"    {x.shape} + {y.shape} -> {z.shape}")
    print("    value         ", z.data.astype(int).tolist())
    print("    gradient of x ", x.grad.astype(int).tolist())
    print("    gradient of y ", y.grad.astype(int).tolist(), "  summed back to", y.shape)
    path = pictures / f"l15_{name}.svg"
    am.draw(J).save(path)
    print(f"    picture: {path}")
