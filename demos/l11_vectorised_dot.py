"""L11: vectorisation. z = w.T x + b by a loop over n_x features, against np.dot(w, x) + b."""

import numpy as np
from common import seconds

import autograd_mini as am

n_x = 10_000
rng = np.random.default_rng(0)
w, x, b = rng.normal(size=n_x), rng.normal(size=n_x), 0.5
w_list, x_list = w.tolist(), x.tolist()


def loop(w, b):
    z = 0.0
    for i in range(n_x):
        z += w[i] * x_list[i]
    return z + b


def vectorised(w, b):
    return np.dot(w, x) + b


# The same two functions with a gradient: of single Values, and of one Tensor.
values, bias = [am.Value(number) for number in w_list], am.Value(b)
tensor = am.Tensor(w)


def report(what, by_loop, at_once):
    slow, fast = 1000 * seconds(by_loop), 1000 * seconds(at_once)
    print(f"{what:14} {slow:9.2f} ms {fast:9.3f} ms {slow / fast:11.0f} times")


print(f"z by a loop {loop(w_list, b):.9f}, vectorised {vectorised(w, b):.9f}, n_x = {n_x}\n")
print("                       loop   vectorised      faster by")
report("numbers alone", lambda: loop(w_list, b), lambda: vectorised(w, b))
report(
    "with gradient",
    lambda: loop(values, bias).backward(),
    lambda: vectorised(tensor, bias).backward(),
)
same = np.array_equal([value.grad for value in values], tensor.grad)
print(f"\nthe {n_x} gradients dz/dw_i = x_i are the same: {same}")
