"""L9: the graph of logistic regression for one example with two features, and its derivatives."""

from common import folder

import autograd_mini as am

pictures = folder()
x1, x2, y = 1.0, 2.0, 1
w1, w2, b = am.Value(0.5, "w1"), am.Value(-0.25, "w2"), am.Value(0.4, "b")
z = w1 * x1 + w2 * x2 + b
a = am.sigmoid(z)
L = -(y * am.log(a) + (1 - y) * am.log(1 - a))
am.label(z=z, a=a, L=L)
L.backward()
print(f"x1 = {x1}, x2 = {x2}, y = {y}")
print(am.dvars(L))

a_, x_ = a.data, (x1, x2)
dz = a_ - y
print("\n      backward()      by hand")
for name, node, formula, by_hand in [
    ("da ", a, "-y/a + (1-y)/(1-a)", -y / a_ + (1 - y) / (1 - a_)),
    ("dz ", z, "a - y", dz),
    ("dw1", w1, "x1 dz", x1 * dz),
    ("dw2", w2, "x2 dz", x2 * dz),
    ("db ", b, "dz", dz),
]:
    print(f"{name} {node.grad:12.9f} {by_hand:12.9f}   = {formula}")
print()
print(am.gradcheck(L))

path = pictures / "l09_logistic.svg"
am.draw(L).save(path)
print(f"picture: {path}")
