"""L9: the graph of logistic regression for one example with two features, and its derivatives."""

from common import folder

import autograd_mini as am

pictures = folder()
y = 1
x1, w1 = am.Value(1, "x1"), am.Value(0.5, "w1")
x2, w2 = am.Value(2, "x2"), am.Value(-0.25, "w2")
b = am.Value(0.4, "b")
z = w1 * x1 + w2 * x2 + b
a = am.sigmoid(z)
L = am.learn.cross_entropy(a, y)  # -(y log a + (1 - y) log(1 - a)), so -log a for y = 1
am.label(z=z, a=a, L=L)
L.backward()
print(f"y = {y}")
print(am.dvars(L))

yhat = a.data
dz = yhat - y
print("\n      backward()      by hand")
for name, node, formula, by_hand in [
    ("da ", a, "-y/a + (1-y)/(1-a)", -y / yhat + (1 - y) / (1 - yhat)),
    ("dz ", z, "a - y", dz),
    ("dw1", w1, "x1 dz", x1.data * dz),
    ("dw2", w2, "x2 dz", x2.data * dz),
    ("db ", b, "dz", dz),
]:
    print(f"{name} {node.grad:12.9f} {by_hand:12.9f}   = {formula}")
print()
print(am.gradcheck(L))

path = pictures / "l09_logistic.svg"
am.draw(L).save(path)
print(f"picture: {path}")
