"""L13 at the size of L1: n_x = 12288 and m = 209, which of two photographs is a patch from?"""

import sys

import numpy as np
from common import folder, pyplot, save

import autograd_mini as am

pictures = folder()
try:
    X, Y, X_test, Y_test = am.learn.photo_patches()
except am.MissingPackageError as error:
    sys.exit(str(error))
n_x, m = X.shape
print(
    f"n_x = {n_x}, m = {m}; {X_test.shape[1]} patches held out, from other parts of the photographs"
)


def J(w, b):
    return am.learn.cost(w, b, X, Y)


history = am.learn.descend(J, [np.zeros((n_x, 1)), 0.0], alpha=0.002, iterations=500)
w, b = history.variables
print(f"J from {history.costs[0]:.5f} to {history.costs[-1]:.5f} in 500 iterations")
for what, inputs, labels in (("learnt from", X, Y), ("held out", X_test, Y_test)):
    share = am.learn.accuracy(am.learn.predict(w, b, inputs), labels)
    print(f"right: {100 * share:.1f}% of the patches {what}")

predicted = am.learn.predict(w, b, X_test)[0]
plt = pyplot()
figure, axes = plt.subplots(2, 8, figsize=(11, 3.4), layout="constrained")
for i, axis in enumerate(axes.T.flat):
    right = predicted[i] == Y_test[0, i]
    axis.imshow(X_test[:, i].reshape(64, 64, 3))
    axis.set_title(f"{predicted[i]:g} {'✓' if right else '✗'}", fontsize=11)
    axis.axis("off")
figure.suptitle("held-out patches and what was predicted (0 temple, 1 flower)")
save(figure, pictures / "l13b_predictions.png")
