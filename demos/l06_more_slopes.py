"""L6: more slopes. Those of a^2, a^3 and ln a differ from place to place."""

import autograd_mini as am

print("f      a      f(a)  f(a + 0.001)  slope by nudging  slope by backward()")
for name, f, at, form in [
    ("a^2", lambda a: a**2, 2, ".10g"),
    ("a^2", lambda a: a**2, 5, ".10g"),
    ("a^3", lambda a: a**3, 2, ".10g"),
    ("ln a", am.log, 2, ".5f"),
]:
    a = am.Value(at, "a")
    J = f(a)
    J.backward()
    before, after = J.data, f(at + 0.001)
    print(
        f"{name:5} {at:2} {before:9{form}} {after:13{form}} {(after - before) / 0.001:17.4f} "
        f"{a.grad:20g}"
    )
print("(2a, 2a, 3a^2 and 1/a at these places)")
