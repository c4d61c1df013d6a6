"""L2: logistic regression. z = w.T x + b, yhat = sigma(z), sigma(z) = 1 / (1 + e^-z)."""

import math

import numpy as np
from common import BLUE, folder, pyplot, save

import autograd_mini as am

pictures = folder()
sigma = am.sigmoid

print("     z  sigma(z)")
for z in (-1000, -30, -2, 0, 2, 30, 1000):
    print(f"{z:6}  {sigma(float(z)):.4g}")
print("sigma -> 1 for large z, -> 0 for large negative z, and nothing overflows;")
try:
    1 / (1 + math.exp(1000))
except OverflowError as error:
    print(f"1 / (1 + math.exp(-z)) at z = -1000 would: OverflowError: {error}")

x = np.array([[1.0], [2.0]])
w, b = am.Tensor([[0.5], [-0.25]], "w"), am.Value(1.0, "b")
z = np.dot(w.T, x) + b
yhat = sigma(z)
print(f"\nx = (1, 2), w = (0.5, -0.25), b = 1: z = {z.item():g}, yhat = {yhat.item():.6f}")

plt = pyplot()
figure, axis = plt.subplots(figsize=(7, 3.5))
grid = np.linspace(-8, 8, 400)
axis.plot(grid, sigma(grid), color=BLUE, linewidth=2)
axis.plot(z.item(), yhat.item(), "o", color=BLUE)
axis.annotate(f"z = {z.item():g}, yhat = {yhat.item():.3f}", (z.item() + 0.4, yhat.item() - 0.05))
for level in (0, 0.5, 1):
    axis.axhline(level, color="0.85", linewidth=1, zorder=0)
axis.set(xlabel="z", ylabel="sigma(z)", title="σ(z) = 1 / (1 + e⁻ᶻ)", yticks=[0, 0.5, 1])
save(figure, pictures / "l02_sigmoid.png")
