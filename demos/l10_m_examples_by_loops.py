"""L10: m examples with explicit loops. J, dw1, dw2 and db add up over i, then are divided by m."""

from math import log

import autograd_mini as am

# Two features of real data, standardised: is a tumour of this radius and texture benign?
X, Y, names = am.learn.breast_cancer()
[X] = am.learn.standardise(X[[names.index("mean_radius"), names.index("mean_texture")]])
(x1, x2), y = X.tolist(), Y[0].tolist()
m = len(y)
w1, w2, b, alpha = -1.0, 0.5, 0.0, 0.5

# As derived by hand: dz = a - y, dw1 = x1 dz, dw2 = x2 dz, db = dz.
J = dw1 = dw2 = db = 0.0
for i in range(m):
    z = w1 * x1[i] + w2 * x2[i] + b
    a = am.sigmoid(z)
    J += -(y[i] * log(a) + (1 - y[i]) * log(1 - a))
    dz = a - y[i]
    dw1 += x1[i] * dz
    dw2 += x2[i] * dz
    db += dz
J, dw1, dw2, db = J / m, dw1 / m, dw2 / m, db / m

# The same loop with Values adds up J alone; backward() finds the derivatives.
W1, W2, B = am.Value(w1, "w1"), am.Value(w2, "w2"), am.Value(b, "b")
J_values = am.learn.cost_by_loops([W1, W2], B, X, Y)
J_values.backward()

# And without a loop, as in L13.
w, bias = am.Tensor([[w1], [w2]], "w"), am.Value(b, "b")
J_vectorised = am.learn.cost(w, bias, X, Y)
J_vectorised.backward()

print(f"m = {m} examples of two features, w1 = {w1}, w2 = {w2}, b = {b}")
print("          by hand    backward()  vectorised")
for name, *row in [
    ("J", J, J_values.data, J_vectorised.item()),
    ("dw1", dw1, W1.grad, w.grad[0, 0]),
    ("dw2", dw2, W2.grad, w.grad[1, 0]),
    ("db", db, B.grad, bias.grad),
]:
    print(f"{name:4}", *(f"{number:12.9f}" for number in row))

w1, w2, b = w1 - alpha * dw1, w2 - alpha * dw2, b - alpha * db
after = am.learn.cost_by_loops([w1, w2], b, X, Y)
print(f"\none step with alpha = {alpha}: w1 = {w1:.6f}, w2 = {w2:.6f}, b = {b:.6f}")
print(f"J falls from {J:.6f} to {after:.6f}")
