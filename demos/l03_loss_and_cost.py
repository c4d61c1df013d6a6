"""L3: the loss of one example, squared error or cross-entropy, and the cost J, their mean."""

import numpy as np
from common import BLUE, RED, folder, pyplot, save

import autograd_mini as am

pictures = folder()
squared_error, cross_entropy = am.learn.squared_error, am.learn.cross_entropy

print("yhat  y  (yhat - y)^2 / 2  cross-entropy")
for y in (1, 0):
    for yhat in (0.01, 0.5, 0.99):
        print(f"{yhat:4}  {y}  {squared_error(yhat, y):16.5f}  {cross_entropy(yhat, y):13.5f}")
print("cross-entropy = -(y log yhat + (1 - y) log(1 - yhat)): -log yhat for y = 1,")
print("-log(1 - yhat) for y = 0; it grows without bound where the model is sure and wrong")

yhat = np.array([[0.9, 0.2, 0.6, 0.3]])
Y = np.array([[1, 0, 1, 1]])
losses = cross_entropy(yhat, Y)
print(f"\nm = 4: yhat = {yhat[0]}, y = {Y[0]}")
print(f"losses {losses[0].round(5)}, J = their mean = {losses.mean():.5f}")
print("J = -1/m sum(y log yhat + (1 - y) log(1 - yhat)); one slide drops this minus sign")

plt = pyplot()
figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
grid = np.linspace(0.005, 0.995, 300)
for axis, y in zip(axes, (1, 0), strict=True):
    axis.plot(grid, cross_entropy(grid, y), color=BLUE, label="cross-entropy")
    axis.plot(grid, squared_error(grid, y), color=RED, linestyle="--", label="(yhat - y)² / 2")
    axis.set(xlabel="yhat", title=f"the loss where y = {y}")
    axis.legend(frameon=False)
save(figure, pictures / "l03_losses.png")
