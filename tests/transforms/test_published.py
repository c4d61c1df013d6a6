"""Published test functions, whose gradients and Hessians are written by hand.

From J. J. Moré, B. S. Garbow, K. E. Hillstrom, "Testing unconstrained optimization software" (1981)
and M. Jamil, X.-S. Yang, "A literature survey of benchmark functions" (2013).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autograd_mini as am

E, PI = math.e, math.pi


@dataclass(frozen=True)
class Published:
    """A function of a list or array, its derivatives as plain numbers, and points to take them at.

    ``minimum`` is (where, value), if it is known in closed form or to many digits.
    """

    f: Callable[[Any], Any]
    gradient: Callable[..., Sequence[float]]
    hessian: Callable[..., Sequence[Sequence[float]]]
    points: list[list[float]]
    minimum: tuple[list[float], float] | None = None


def of_residuals(*parts: tuple[float, Sequence[float], Sequence[Sequence[float]]]) -> Any:
    """The gradient and Hessian of a sum of squares from (r, its gradient, its Hessian) of each."""
    g = sum(2 * r * np.array(d) for r, d, _ in parts)
    H = sum(2 * np.outer(d, d) + 2 * r * np.array(h) for r, d, h in parts)
    return g, H


# Rosenbrock, chained to n variables


def rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def rosenbrock_gradient(*x: float) -> Any:
    g = np.zeros(len(x))
    for i in range(len(x) - 1):
        g[i] += -400 * x[i] * (x[i + 1] - x[i] ** 2) - 2 * (1 - x[i])
        g[i + 1] += 200 * (x[i + 1] - x[i] ** 2)
    return g


def rosenbrock_hessian(*x: float) -> Any:
    H = np.zeros((len(x), len(x)))
    for i in range(len(x) - 1):
        H[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        H[i + 1, i + 1] += 200
        H[i, i + 1] = H[i + 1, i] = -400 * x[i]
    return H


# Beale: r_k = c_k - x (1 - y^k)


def beale(v: Any) -> Any:
    x, y = v
    return sum((c - x * (1 - y**k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)))


def beale_derivatives(x: float, y: float) -> Any:
    parts = []
    for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)):
        rxy, ryy = k * y ** (k - 1), k * (k - 1) * x * y ** max(k - 2, 0)
        d, h = (y**k - 1, k * x * y ** (k - 1)), ((0, rxy), (rxy, ryy))
        parts.append((c - x * (1 - y**k), d, h))
    return of_residuals(*parts)


# Powell's singular function


def powell_singular(x: Any) -> Any:
    return (
        (x[0] + 10 * x[1]) ** 2
        + 5 * (x[2] - x[3]) ** 2
        + (x[1] - 2 * x[2]) ** 4
        + 10 * (x[0] - x[3]) ** 4
    )


def powell_gradient(p: float, q: float, r: float, s: float) -> Any:
    u, v, a, b = p + 10 * q, r - s, q - 2 * r, p - s
    return (
        2 * u + 40 * b**3,
        20 * u + 4 * a**3,
        10 * v - 8 * a**3,
        -10 * v - 40 * b**3,
    )


def powell_hessian(p: float, q: float, r: float, s: float) -> Any:
    a, b = (q - 2 * r) ** 2, (p - s) ** 2
    return (
        (2 + 120 * b, 20, 0, -120 * b),
        (20, 200 + 12 * a, -24 * a, 0),
        (0, -24 * a, 10 + 48 * a, -10),
        (-120 * b, 0, -10, 10 + 120 * b),
    )


# Wood


def wood(v: Any) -> Any:
    p, q, r, s = v
    return (
        100 * (q - p**2) ** 2
        + (1 - p) ** 2
        + 90 * (s - r**2) ** 2
        + (1 - r) ** 2
        + 10 * (q + s - 2) ** 2
        + 0.1 * (q - s) ** 2
    )


def wood_gradient(p: float, q: float, r: float, s: float) -> Any:
    return (
        -400 * p * (q - p * p) - 2 * (1 - p),
        200 * (q - p * p) + 20 * (q + s - 2) + 0.2 * (q - s),
        -360 * r * (s - r * r) - 2 * (1 - r),
        180 * (s - r * r) + 20 * (q + s - 2) - 0.2 * (q - s),
    )


def wood_hessian(p: float, q: float, r: float, s: float) -> Any:
    return (
        (1200 * p * p - 400 * q + 2, -400 * p, 0, 0),
        (-400 * p, 220.2, 0, 19.8),
        (0, 0, 1080 * r * r - 360 * s + 2, -360 * r),
        (0, 19.8, -360 * r, 200.2),
    )


# Brown's badly scaled function


def brown(v: Any) -> Any:
    x, y = v
    return (x - 1e6) ** 2 + (y - 2e-6) ** 2 + (x * y - 2) ** 2


def brown_gradient(x: float, y: float) -> Any:
    return 2 * (x - 1e6) + 2 * y * (x * y - 2), 2 * (y - 2e-6) + 2 * x * (x * y - 2)


def brown_hessian(x: float, y: float) -> Any:
    return (2 + 2 * y * y, 4 * x * y - 4), (4 * x * y - 4, 2 + 2 * x * x)


# Himmelblau


def himmelblau(v: Any) -> Any:
    x, y = v
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_gradient(x: float, y: float) -> Any:
    a, b = x * x + y - 11, x + y * y - 7
    return 4 * x * a + 2 * b, 2 * a + 4 * y * b


def himmelblau_hessian(x: float, y: float) -> Any:
    a, b = x * x + y - 11, x + y * y - 7
    return (4 * a + 8 * x * x + 2, 4 * (x + y)), (4 * (x + y), 2 + 4 * b + 8 * y * y)


# Rastrigin


def rastrigin(x: Any) -> Any:
    return 10 * len(x) + sum(xi**2 - 10 * am.cos(2 * PI * xi) for xi in x)


def rastrigin_gradient(*x: float) -> Any:
    return [2 * xi + 20 * PI * math.sin(2 * PI * xi) for xi in x]


def rastrigin_hessian(*x: float) -> Any:
    return np.diag([2 + 40 * PI**2 * math.cos(2 * PI * xi) for xi in x])


# Ackley, in NumPy


def ackley(x: Any) -> Any:
    x = am.stack(x) if isinstance(x, list) else x
    spread = np.sqrt(np.mean(x**2))
    return -20 * np.exp(-0.2 * spread) - np.exp(np.mean(np.cos(2 * PI * x))) + 20 + E


def ackley_gradient(*x: float) -> Any:
    a, n = np.array(x), len(x)
    s, c = math.sqrt(np.mean(a * a)), np.mean(np.cos(2 * PI * a))
    return 4 * math.exp(-0.2 * s) * a / (n * s) + 2 * PI / n * np.sin(2 * PI * a) * math.exp(c)


def ackley_hessian(*x: float) -> Any:
    a, n = np.array(x), len(x)
    s, c = math.sqrt(np.mean(a * a)), np.mean(np.cos(2 * PI * a))
    xx, eye, sines = np.outer(a, a), np.eye(n), np.sin(2 * PI * a)
    first = eye / s - xx / (n * s**3) - 0.2 * xx / (n * s**2)
    second = eye * np.cos(2 * PI * a) * 4 * PI**2 / n - np.outer(sines, sines) * (2 * PI / n) ** 2
    return 4 * math.exp(-0.2 * s) / n * first + math.exp(c) * second


# Styblinski and Tang


def styblinski_tang(x: Any) -> Any:
    return sum(xi**4 - 16 * xi**2 + 5 * xi for xi in x) / 2


# Freudenstein and Roth


def freudenstein_roth(v: Any) -> Any:
    x, y = v
    return (-13 + x + ((5 - y) * y - 2) * y) ** 2 + (-29 + x + ((y + 1) * y - 14) * y) ** 2


def freudenstein_derivatives(x: float, y: float) -> Any:
    return of_residuals(
        (
            -13 + x + 5 * y**2 - y**3 - 2 * y,
            (1, 10 * y - 3 * y**2 - 2),
            ((0, 0), (0, 10 - 6 * y)),
        ),
        (
            -29 + x + y**3 + y**2 - 14 * y,
            (1, 3 * y**2 + 2 * y - 14),
            ((0, 0), (0, 6 * y + 2)),
        ),
    )


# The helical valley


def helical_valley(v: Any) -> Any:
    x, y, z = v
    turn = am.arctan2(y, x) / (2 * PI)
    return 100 * ((z - 10 * turn) ** 2 + (am.hypot(x, y) - 1) ** 2) + z**2


def helical_derivatives(x: float, y: float, z: float) -> Any:
    r, turn = math.hypot(x, y), math.atan2(y, x) / (2 * PI)
    tx, ty = -y / (2 * PI * r**2), x / (2 * PI * r**2)
    txx, txy = x * y / (PI * r**4), (y * y - x * x) / (2 * PI * r**4)
    return of_residuals(
        (
            10 * (z - 10 * turn),
            (-100 * tx, -100 * ty, 10),
            ((-100 * txx, -100 * txy, 0), (-100 * txy, 100 * txx, 0), (0, 0, 0)),
        ),
        (
            10 * (r - 1),
            (10 * x / r, 10 * y / r, 0),
            (
                (10 * y * y / r**3, -10 * x * y / r**3, 0),
                (-10 * x * y / r**3, 10 * x * x / r**3, 0),
                (0, 0, 0),
            ),
        ),
        (z, (0, 0, 1), np.zeros((3, 3))),
    )


# Jennrich and Sampson


def jennrich_sampson(v: Any) -> Any:
    x, y = v
    return sum((2 + 2 * i - (am.exp(i * x) + am.exp(i * y))) ** 2 for i in range(1, 11))


def jennrich_derivatives(x: float, y: float) -> Any:
    parts = []
    for i in range(1, 11):
        p, q = math.exp(i * x), math.exp(i * y)
        parts.append(
            (2 + 2 * i - p - q, (-i * p, -i * q), ((-i * i * p, 0), (0, -i * i * q))),
        )
    return of_residuals(*parts)


# Meyer

MEYER = (34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744)
MEYER += (8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872)


def meyer(v: Any) -> Any:
    a, b, c = v
    return sum((a * am.exp(b / (50 + 5 * i + c)) - y) ** 2 for i, y in enumerate(MEYER))


def meyer_derivatives(a: float, b: float, c: float) -> Any:
    parts = []
    for i, y in enumerate(MEYER):
        w = 50 + 5 * i + c
        e = math.exp(b / w)
        ab, ac, bb = e / w, -b * e / w**2, a * e / w**2
        bc = -a * e / w**2 - a * b * e / w**3
        cc = 2 * a * b * e / w**3 + a * b**2 * e / w**4
        h = ((0, ab, ac), (ab, bb, bc), (ac, bc, cc))
        parts.append((a * e - y, (e, a * e / w, -a * b * e / w**2), h))
    return of_residuals(*parts)


# McCormick, the six-hump camel, Branin


def mccormick(v: Any) -> Any:
    x, y = v
    return am.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


def mccormick_gradient(x: float, y: float) -> Any:
    c = math.cos(x + y)
    return c + 2 * (x - y) - 1.5, c - 2 * (x - y) + 2.5


def mccormick_hessian(x: float, y: float) -> Any:
    s = math.sin(x + y)
    return (2 - s, -2 - s), (-2 - s, 2 - s)


def camel(v: Any) -> Any:
    x, y = v
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2


def camel_gradient(x: float, y: float) -> Any:
    return 8 * x - 8.4 * x**3 + 2 * x**5 + y, x - 8 * y + 16 * y**3


def camel_hessian(x: float, y: float) -> Any:
    return (8 - 25.2 * x**2 + 10 * x**4, 1), (1, -8 + 48 * y**2)


def branin(v: Any) -> Any:
    x, y = v
    u = y - 5.1 / (4 * PI**2) * x**2 + 5 / PI * x - 6
    return u**2 + 10 * (1 - 1 / (8 * PI)) * am.cos(x) + 10


def branin_gradient(x: float, y: float) -> Any:
    b, c, t = 5.1 / (4 * PI**2), 5 / PI, 10 * (1 - 1 / (8 * PI))
    u = y - b * x**2 + c * x - 6
    return 2 * u * (c - 2 * b * x) - t * math.sin(x), 2 * u


def branin_hessian(x: float, y: float) -> Any:
    b, c, t = 5.1 / (4 * PI**2), 5 / PI, 10 * (1 - 1 / (8 * PI))
    u, ux = y - b * x**2 + c * x - 6, c - 2 * b * x
    return (2 * ux**2 - 4 * b * u - t * math.cos(x), 2 * ux), (2 * ux, 2)


# Griewank, with a product


def griewank(x: Any) -> Any:
    x = am.stack(x) if isinstance(x, list) else x
    roots = np.sqrt(np.arange(1.0, len(x) + 1))
    return 1 + np.sum(x**2) / 4000 - np.prod(np.cos(x / roots))


def griewank_gradient(*x: float) -> Any:
    a, k = np.array(x), np.sqrt(np.arange(1.0, len(x) + 1))
    cosines = np.cos(a / k)
    others = [math.prod(np.delete(cosines, i)) for i in range(len(x))]
    return a / 2000 + np.array(others) * np.sin(a / k) / k


def griewank_hessian(*x: float) -> Any:
    a, k = np.array(x), np.sqrt(np.arange(1.0, len(x) + 1))
    cosines, sines = np.cos(a / k), np.sin(a / k)
    H = np.diag(1 / 2000 + math.prod(cosines) / k**2)
    for i in range(len(x)):
        for j in range(i):
            rest = math.prod(np.delete(cosines, [i, j]))
            H[i, j] = H[j, i] = -rest * sines[i] * sines[j] / (k[i] * k[j])
    return H


def both(derivatives: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return lambda *x: derivatives(*x)[0], lambda *x: derivatives(*x)[1]


TANG = -2.9035340277711770951
FUNCTIONS = {
    "rosenbrock": Published(
        rosenbrock,
        rosenbrock_gradient,
        rosenbrock_hessian,
        [[-1.2, 1.0], [0.3, -0.8, 1.7], [-1.2, 1.0, -1.2, 1.0, 0.5, 2.0]],
        ([1.0, 1.0, 1.0, 1.0], 0.0),
    ),
    "beale": Published(
        beale, *both(beale_derivatives), [[1.0, 1.0], [-1.3, 0.7], [2.0, -1.5]], ([3.0, 0.5], 0.0)
    ),
    "powell singular": Published(
        powell_singular,
        powell_gradient,
        powell_hessian,
        [[3.0, -1.0, 0.0, 1.0], [0.3, 2.0, -1.0, 0.7]],
        ([0.0] * 4, 0.0),
    ),
    "wood": Published(
        wood,
        wood_gradient,
        wood_hessian,
        [[-3.0, -1.0, -3.0, -1.0], [0.5, 0.7, -1.1, 2.0]],
        ([1.0] * 4, 0.0),
    ),
    "brown badly scaled": Published(
        brown, brown_gradient, brown_hessian, [[1.0, 1.0], [1e6, 1e-6]], ([1e6, 2e-6], 0.0)
    ),
    "himmelblau": Published(
        himmelblau, himmelblau_gradient, himmelblau_hessian, [[0.3, -2.0]], ([3.0, 2.0], 0.0)
    ),
    "rastrigin": Published(
        rastrigin, rastrigin_gradient, rastrigin_hessian, [[0.3, -1.4, 2.2]], ([0.0] * 3, 0.0)
    ),
    "ackley": Published(ackley, ackley_gradient, ackley_hessian, [[0.3, -1.4, 2.2], [1e-3, 2e-3]]),
    "styblinski tang": Published(
        styblinski_tang,
        lambda *x: [2 * v**3 - 16 * v + 2.5 for v in x],
        lambda *x: np.diag([6 * v**2 - 16 for v in x]),
        [[0.3, -1.4, 2.2]],
        ([TANG] * 2, -78.332331408),
    ),
    "freudenstein roth": Published(
        freudenstein_roth, *both(freudenstein_derivatives), [[0.5, -2.0]], ([5.0, 4.0], 0.0)
    ),
    "helical valley": Published(
        helical_valley,
        *both(helical_derivatives),
        [[-1.0, 0.1, 0.0], [0.4, -0.9, 2.0]],
        ([1.0, 0.0, 0.0], 0.0),
    ),
    "jennrich sampson": Published(
        jennrich_sampson,
        *both(jennrich_derivatives),
        [[0.3, 0.4], [-0.1, 0.25]],
        ([0.257825213670, 0.257825213670], 124.362182355615),
    ),
    "meyer": Published(meyer, *both(meyer_derivatives), [[0.02, 4000.0, 250.0]]),
    "mccormick": Published(
        mccormick,
        mccormick_gradient,
        mccormick_hessian,
        [[0.3, -1.0]],
        ([0.5 - PI / 3, -0.5 - PI / 3], -math.sqrt(3) / 2 - PI / 3),
    ),
    "camel": Published(
        camel,
        camel_gradient,
        camel_hessian,
        [[0.3, -1.0]],
        ([0.0898420131, -0.7126564030], -1.0316284535),
    ),
    "branin": Published(
        branin, branin_gradient, branin_hessian, [[1.0, 2.0]], ([PI, 2.275], 5 / (4 * PI))
    ),
    "griewank": Published(
        griewank, griewank_gradient, griewank_hessian, [[1.0, -20.0, 3.0]], ([0.0] * 3, 0.0)
    ),
}
CASES = [
    pytest.param(function, point, id=f"{name}-{i}")
    for name, function in FUNCTIONS.items()
    for i, point in enumerate(
        function.points + ([function.minimum[0]] if function.minimum is not None else [])
    )
]
of_cases = pytest.mark.parametrize(("case", "point"), CASES)


def close(found: Any, expected: Any, rel: float = 1e-12, size: float = 1e-3) -> None:
    """Equal to rounding errors at the size of the largest number."""
    expected = np.array(expected, float)
    size = max(np.max(np.abs(expected)), size)
    np.testing.assert_allclose(found, expected, rtol=rel, atol=10 * rel * size)


@of_cases
def test_gradients(case: Published, point: list[float]) -> None:
    gradient = case.gradient(*point)
    size = 1e-3 * np.max(np.abs(case.hessian(*point)))  # of what cancels at a minimum
    value, found = am.value_and_grad(case.f)(point)
    assert isinstance(found, list)
    assert all(type(g) is float for g in found)
    close(found, gradient, size=size)
    assert value == pytest.approx(case.f(point), rel=1e-12, abs=1e-14)
    for mode in ("reverse", "forward"):
        close(am.jacobian(case.f, mode=mode)(np.array(point)), gradient, size=size)
    v = np.linspace(1.0, -0.5, len(point))
    out, tangent = am.jvp(case.f, (np.array(point),), (v,))
    close(tangent, v @ np.array(gradient), size=size)
    assert out == pytest.approx(value, rel=1e-12, abs=1e-12)


@of_cases
def test_hessians(case: Published, point: list[float]) -> None:
    H, x = np.array(case.hessian(*point), float), np.array(point)
    close(am.hessian(case.f)(point), H)
    close(am.hessian(case.f, mode="forward")(x), H)
    close(am.jacobian(am.grad(case.f))(x), H)
    v = np.linspace(1.0, -0.5, len(point))
    close(am.hvp(case.f, (x,), (v,)), H @ v)
    close(am.hvp(case.f, (point,), (v.tolist(),))[0], (H @ v)[0])
    close(am.jvp(am.grad(case.f), (x,), (v,))[1], H @ v)
    close(am.grad(lambda z: am.sum(am.grad(case.f)(z) * v))(x), H @ v)
    close(am.grad(lambda z: am.jvp(case.f, (z,), (v,))[1])(x), H @ v)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_many_points_at_once(name: str) -> None:
    case = FUNCTIONS[name]
    point = np.array(case.points[0])
    points = point * np.linspace(0.9, 1.1, 5)[:, None]
    gradients = [case.gradient(*p) for p in points.tolist()]
    hessians = [case.hessian(*p) for p in points.tolist()]
    close(am.vmap(am.grad(case.f))(points), gradients, 1e-11)
    close(am.vmap(am.hessian(case.f))(points), hessians, 1e-11)
    # A sum over points has a gradient for each, and a Hessian without mixed blocks.
    close(am.grad(lambda z: am.sum(am.vmap(case.f)(z)))(points), gradients, 1e-11)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if FUNCTIONS[name].minimum])
def test_minima(name: str) -> None:
    case = FUNCTIONS[name]
    assert case.minimum is not None
    where, value = case.minimum
    found, gradient = am.value_and_grad(case.f)(where)
    assert found == pytest.approx(value, rel=1e-8, abs=1e-12)
    scale = max(np.max(np.abs(am.hessian(case.f)(where))), 1.0)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-9 * scale)
