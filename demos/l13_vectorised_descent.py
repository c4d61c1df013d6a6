"""L13: logistic regression without a loop over the examples, 1000 iterations on real data."""

import numpy as np
from common import BLUE, folder, pyplot, save

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

plt = pyplot()
figure, axis = plt.subplots(figsize=(7, 3.5))
axis.plot(history.costs, color=BLUE)
axis.set(xlabel="iteration", ylabel="J", ylim=(0, 0.7), title="the cost falls at each iteration")
save(figure, pictures / "l13_cost.png")
