"""L4: gradient descent. w := w - alpha dw, b := b - alpha db, down the bowl J(w, b)."""

import numpy as np
from common import folder

import autograd_mini as am

pictures = folder()
# One feature of real data, so that J has two variables: is a tumour of this texture benign?
X, Y, names = am.learn.breast_cancer()
[x] = am.learn.standardise(X[[names.index("mean_texture")]])


def J(w, b):
    return am.learn.cost(w, b, x, Y)


start = [np.array([[3.5]]), 4.0]
history = am.learn.descend(J, start, alpha=1.5, iterations=60, keep_path=True)
path = np.array([(w.item(), b) for w, b in history.path])

print("step         J         w         b")
for i in (0, 1, 2, 5, 10, 20, 40, 60):
    w, b = path[i]
    print(f"{i:4}  {history.costs[i]:8.5f}  {w:8.4f}  {b:8.4f}")
print(f"J falls at each step: {all(np.diff(history.costs) < 0)}")

print("picture:", am.learn.plot_surface(J, history).save(pictures / "l04_bowl.svg"))
print("picture:", am.learn.plot_bowl(J, history).save(pictures / "l04_path.svg"))
