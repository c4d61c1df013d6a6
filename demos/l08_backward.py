"""L8: backward through J = 3(a + bc), from right to left, and the chain rule nudge by nudge."""

from common import folder

import autograd_mini as am

pictures = folder()
a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
u = b * c
v = a + u
J = 3 * v
am.label(u=u, v=v, J=J)
J.backward()

# "dvar" is dJ/dvar, the derivative of the final output by any variable.
print(am.dvars(J), "\n")
dv_da, du_db, du_dc = 1, c.data, b.data
print(f"dJ/da = dJ/dv dv/da = {v.grad:g} * {dv_da} = {a.grad:g}")
print(f"dJ/db = dJ/du du/db = {u.grad:g} * {du_db:g} = {b.grad:g}")
print(
    f"dJ/dc = dJ/du du/dc = {u.grad:g} * {du_dc:g} = {c.grad:g}   (one slide writes dJ/da here)\n"
)

# The same by the engine: every path from a variable to J, its local derivatives and their product.
print(am.explain(J, a))
print(am.explain(J, b))
print(am.explain(J, c), "\n")

# Each derivative says how many times its nudge arrives at J. (One slide writes 1.006 for 33.006.)
for node in (a, u, b, c):
    print(am.nudge(J, node, by=0.001), "\n")
print(am.gradcheck(J))

path = pictures / "l08_backward.svg"
am.draw(J).save(path)
print(f"picture: {path}")
