"""L2b: the other notation. x_0 = 1 and theta = (b, w), so that yhat = sigma(theta.T x)."""

import numpy as np

import autograd_mini as am

rng = np.random.default_rng(0)
n_x, m = 3, 5
X = rng.normal(size=(n_x, m))
Y = np.array([[1, 0, 0, 1, 1]])

w, b = am.Tensor(rng.normal(size=(n_x, 1)), "w"), am.Value(0.5, "b")
theta = am.Tensor(np.vstack([[[b.data]], w.data]), "theta")
X_with_ones = np.vstack([np.ones((1, m)), X])
print(f"X {X.shape} with a row of ones on top: {X_with_ones.shape}; theta {theta.shape}")

yhat = am.sigmoid(np.dot(w.T, X) + b)
yhat_theta = am.sigmoid(np.dot(theta.T, X_with_ones))
print("yhat from w, b  ", yhat.data.round(6)[0])
print("yhat from theta ", yhat_theta.data.round(6)[0])

am.learn.cost(w, b, X, Y).backward()
am.learn.cost_theta(theta, X, Y).backward()
print("\n        from w, b   from theta")
for name, one, other in zip(
    ["db", "dw1", "dw2", "dw3"], [b.grad, *w.grad.ravel()], theta.grad.ravel(), strict=True
):
    print(f"{name:4} {one:12.8f} {other:12.8f}")
both = np.vstack([[[b.grad]], w.grad])
print(f"largest difference {np.abs(both - theta.grad).max():.1e}")
