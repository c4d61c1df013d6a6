"""L4: gradient descent. w := w - alpha dw, b := b - alpha db, down the bowl J(w, b)."""

import numpy as np
from common import BLUE, RED, folder, pyplot, save

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

plt = pyplot()
ws, bs = np.linspace(-5, 5, 61), np.linspace(-4.5, 5.5, 61)
bowl = np.array([[J([[w]], b) for w in ws] for b in bs])
figure = plt.figure(figsize=(12, 5), layout="constrained")
surface = figure.add_subplot(1, 2, 1, projection="3d", computed_zorder=False)
surface.plot_surface(*np.meshgrid(ws, bs), bowl, cmap="Blues", alpha=0.9, linewidth=0)
surface.plot(*path.T, history.costs, "o-", color=RED, markersize=3)
surface.set(xlabel="w", ylabel="b", zlabel="J", title="the bowl J(w, b)")
surface.view_init(38, -115)
above = figure.add_subplot(1, 2, 2)
lines = above.contour(ws, bs, bowl, [0.57, 0.6, 0.7, 0.9, 1.2, 1.6, 2, 2.5, 3, 4], colors=BLUE)
lines.set_linewidth(1)
above.clabel(lines, fontsize=9)
above.plot(*path.T, "o-", color=RED, markersize=4)
above.annotate("start", path[0] + 0.2, color=RED)
above.set(xlabel="w", ylabel="b", title=f"the path of {len(path) - 1} steps, seen from above")
save(figure, pictures / "l04_bowl.png")
