"""L5: the slope by nudging. f(a) = 3a; move a a little, see how much farther f moves."""

import numpy as np
from common import BLUE, RED, folder, pyplot, save

import autograd_mini as am

pictures = folder()
for at in (2, 5):
    a = am.Value(at, "a")
    f = 3 * a
    am.label(f=f)
    print(am.nudge(f, a, by=0.001), "\n")


def slope(f, at, by):
    return am.numeric_grad(f, at, method="forward", step=by)


def line(a):
    return 3 * a


def cube(a):
    return a**3


# A straight line has the same slope for any nudge, up to rounding. A curve bends away within the
# nudge, so smaller is better, until f(a + nudge) and f(a) agree in nearly all of their digits and
# little is left of the difference.
print("   nudge  slope of 3a at 5  slope of a^3 at 2        it is off by")
for k in range(3, 16):
    by = 10.0**-k
    cubes = slope(cube, 2.0, by)
    print(f"{by:8.0e}  {slope(line, 5.0, by):16.12f}  {cubes:17.12f}  {abs(cubes - 12):18.1e}")
print(
    "the true slopes are 3 and 12. For 3a any nudge will do, the larger the less rounding; for a^3"
)
print("a nudge of about 1e-8 comes nearest, and smaller ones leave again")

nudges = np.logspace(-1, -15, 200)
plt = pyplot()
figure, axis = plt.subplots(figsize=(7, 4))
for method, name, colour in (
    ("forward", "(f(a + h) - f(a)) / h", RED),
    ("central", "(f(a + h) - f(a - h)) / 2h", BLUE),
):
    found = [am.numeric_grad(cube, 2.0, method=method, step=by) for by in nudges.tolist()]
    axis.loglog(nudges, np.abs(np.array(found) - 12) + 1e-16, ".", color=colour, label=name)
axis.set(xlabel="nudge h", ylabel="off by", title="the slope of a³ at 2, by nudging")
axis.set_ylim(1e-13, 10)
axis.invert_xaxis()
axis.legend(frameon=False)
save(figure, pictures / "l05_nudges.png")
