"""L7: the computation graph of J = 3(a + bc): u = bc, v = a + u, J = 3v, from left to right."""

from common import folder

import autograd_mini as am

a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
u = b * c
v = a + u
J = 3 * v
am.label(u=u, v=v, J=J)

print("a = 5, b = 3, c = 2")
print(f"u = bc    = {u.data:g}")
print(f"v = a + u = {v.data:g}")
print(f"J = 3v    = {J.data:g}")

path = folder() / "l07_graph.svg"
am.draw(J).save(path)
print(f"picture: {path}")
