"""L13: logistic regression without a loop over the examples, 1000 iterations on real data."""

import numpy as np
from common import folder

import autograd_mini as am

pictures = folder()
X, Y, names = am.learn.breast_cancer()
X, Y, X_test, Y_test = am.learn.split(X, Y)
X, X_test = am.learn.standardise(X, X_test)
n_x, m = X.shape
print(f"breast cancer: n_x = {n_x}, m = {m} to learn from, {X_test.shape[1]} held out")

# By hand: Z = np.dot(w.T, X) + b, A = sigma(Z), then backwards. One slide writes a(1 - a), the
# derivative of sigma alone, where dz = a - y is meant.
w, b, alpha = np.zeros((n_x, 1)), 0.0, 0.1
for _ in range(1000):
    Z = np.dot(w.T, X) + b
    A = am.sigmoid(Z)
    dZ = A - Y
    dw = np.dot(X, dZ.T) / m
    db = np.sum(dZ) / m
    w = w - alpha * dw
    b = b - alpha * db

# With backward() in place of the hand-derived lines.
history = am.learn.descend(
    lambda w, b: am.learn.cost(w, b, X, Y), [np.zeros((n_x, 1)), 0.0], alpha=0.1, iterations=1000
)
w_found, b_found = history.variables

w_node, b_node = am.Tensor(w_found, "w"), am.Value(b_found, "b")
am.learn.cost(w_node, b_node, X, Y).backward()
dw, db = am.learn.hand_gradients(w_found, b_found, X, Y)
print(f"dw: backward() and by hand differ by at most {np.abs(w_node.grad - dw).max():.1e}")
print(f"db: backward() and by hand differ by {abs(b_node.grad - db):.1e}")
print(f"w after 1000 iterations differs by at most {np.abs(w_found - w).max():.1e}")

print(f"J at the start {history.costs[0]:.5f} (that is ln 2), at the end {history.costs[-1]:.5f}")
for what, inputs, labels in (("learnt from", X, Y), ("held out", X_test, Y_test)):
    share = am.learn.accuracy(am.learn.predict(w_found, b_found, inputs), labels)
    print(f"right: {100 * share:.1f}% of the tumours {what}")

costs = am.learn.plot_cost(history, title="The cost falls at each iteration")
print("picture:", costs.save(pictures / "l13_cost.svg"))

# With two of the measurements alone, what was learnt can be seen.
two = [names.index(name) for name in ("mean_texture", "worst_concave_points")]
x = X[two]
w, b = am.learn.descend(
    lambda w, b: am.learn.cost(w, b, x, Y), [np.zeros((2, 1)), 0.0], alpha=1.0, iterations=500
).variables
boundary = am.learn.plot_boundary(
    lambda x1, x2: am.learn.yhat(w, b, [[x1], [x2]]),
    x,
    Y,
    labels=("texture", "concave points"),
    title="Benign (1) or malignant (0)?",
)
print("picture:", boundary.save(pictures / "l13_boundary.svg"))

# The same descent to be stepped through, iteration by iteration, in a browser.
page = am.learn.learning_page(
    x,
    Y,
    alpha=1.0,
    iterations=500,
    labels=("texture", "concave points"),
    title="Benign (1) or malignant (0)?",
)
print("page:", page.save(pictures / "l13_learning.html"))
