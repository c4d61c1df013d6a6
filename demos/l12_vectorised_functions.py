"""L12: more vectorisation. u = Av by two loops against np.dot(A, v), e^v against np.exp(v)."""

import math

import numpy as np
from common import seconds

import autograd_mini as am

rng = np.random.default_rng(0)
n = 90
A, v = rng.normal(size=(n, n)), rng.normal(size=n)
rows, numbers = A.tolist(), v.tolist()


def product_by_loops():
    u = [0.0] * n
    for i in range(n):
        for j in range(n):
            u[i] += rows[i][j] * numbers[j]
    return u


many = rng.normal(size=100_000)
many_numbers = many.tolist()


def exp_by_loop():
    u = [0.0] * len(many_numbers)
    for i in range(len(many_numbers)):
        u[i] = math.exp(many_numbers[i])
    return u


print("                            loop   vectorised      faster by")
for what, by_loop, at_once in [
    (f"u = Av, {n} x {n}", product_by_loops, lambda: np.dot(A, v)),
    ("u = e^v, 100000 long", exp_by_loop, lambda: np.exp(many)),
]:
    assert np.allclose(by_loop(), at_once(), rtol=1e-12, atol=1e-12)
    slow, fast = 1000 * seconds(by_loop), 1000 * seconds(at_once)
    print(f"{what:20} {slow:8.2f} ms {fast:9.3f} ms {slow / fast:11.0f} times")

# The same NumPy functions on Tensors: values, and the gradient of their sum.
matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
v = am.Tensor([0.5, -1.0], "v")
u = np.dot(matrix, v)
np.sum(u).backward()
print(f"\nA = [[1, 2], [3, 4]], v = [0.5, -1]: np.dot(A, v) = {u.data}, gradient {v.grad}")

print("\nfunction                values                      gradient")
for name, function, at in [
    ("np.exp(v)", np.exp, [0.0, 1.0, 2.0]),
    ("np.log(v)", np.log, [1.0, 2.0, 4.0]),
    ("np.abs(v)", np.abs, [-2.0, 0.0, 3.0]),
    ("np.maximum(v, 0)", lambda v: np.maximum(v, 0), [-2.0, 1.0, 3.0]),
    ("v**2", lambda v: v**2, [-2.0, 1.0, 3.0]),
    ("1/v", lambda v: 1 / v, [-2.0, 1.0, 4.0]),
]:
    v = am.Tensor(at, "v")
    u = function(v)
    np.sum(u).backward()
    values, gradient = (np.array2string(t, precision=4) for t in (u.data, v.grad))
    print(f"{name:17} of {np.array(at)!s:13} {values:26} {gradient}")
print("(one slide writes v/v where 1/v is meant)")
