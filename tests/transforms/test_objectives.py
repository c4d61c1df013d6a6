"""Three objectives from practice: bundle adjustment, a Gaussian mixture, an LSTM.

Their Jacobians are held against complex steps through the same mathematics written once more in
plain NumPy, and against numbers that JAX 0.10 gave in float64 for a third writing.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as am

STEP = 1e-30

# What JAX gives for the inputs below.
BA_ROTATION = [0.5246442730042187, 1.4174284956902043, 0.526902928952873]
BA_POINT = [0.18771945569678244, 0.3152585998942291, 0.0631952904028213]
BA_WEIGHT = [0.01507497663694174, -0.9061870060981455]
GMM_VALUE = -35.347237889005505
GMM_ALPHAS = [0.5339408832777788, -0.9294792693215421, 0.3955383860437629]
GMM_MEAN = [1.1520106778497479, -10.423537962454818, 1.044964673533474, 3.9560486452693016]
GMM_FACTOR = [-1.7417076772339513, 0.31538754950953013, -1.5629658744122656, -0.02034102930420789]
LSTM_VALUE = 2.8228944849686632
LSTM_GRADIENT = [
    -4.73420000387969e-05,
    -0.00020713736949968492,
    -0.004940152843273492,
    0.009742991475961181,
    0.019697869542205246,
    0.04294024375244352,
    -0.3935935099351534,
]


def complex_step(f: Callable[..., Any], args: tuple[Any, ...], place: int) -> Any:
    """The Jacobian of ``f`` by its argument ``place``: Im f(x + ih) / h, exact to rounding."""
    x = np.asarray(args[place], complex)
    columns = []
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += 1j * STEP
        columns.append(np.imag(f(*args[:place], moved, *args[place + 1 :])) / STEP)
    found = np.stack(columns, axis=-1)
    return found.reshape(*found.shape[:-1], *x.shape)


def waves(*shape: int, start: float = 0.0, scale: float = 1.0) -> Any:
    """Numbers that are the same everywhere."""
    return scale * np.sin(np.arange(start, start + math.prod(shape)) * 1.7 + 0.3).reshape(shape)


# Bundle adjustment: where a camera sees a point ---------------------------------------------------


def rotated(axis: Any, x: Any) -> Any:
    """x turned about an axis by its length, after Rodrigues."""
    squared = am.sum(axis**2)
    if squared == 0.0:
        return x + cross(axis, x)
    angle = am.sqrt(squared)
    k = axis / angle
    c, s = am.cos(angle), am.sin(angle)
    return x * c + cross(k, x) * s + k * (am.dot(k, x) * (1 - c))


def cross(a: Any, b: Any) -> Any:
    return am.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def reprojection(camera: Any, point: Any, weight: Any, feature: Any) -> Any:
    """What a camera (3 of rotation, 3 of center, focal length, principal point, 2 of distortion)
    sees beside the feature, and a weight's distance from 1."""
    seen = rotated(camera[:3], point - camera[3:6])
    flat = seen[:2] / seen[2]
    r2 = am.sum(flat**2)
    distorted = flat * (1 + camera[9] * r2 + camera[10] * r2**2)
    error = weight * (distorted * camera[6] + camera[7:9] - feature)
    return {"reprojection": error, "weight": 1 - weight**2}


def reprojection_in_numpy(camera: Any, point: Any, weight: Any, feature: Any) -> Any:
    """The same by the matrix I + sin(t) K + (1 - cos(t)) K K."""
    a, b, c = camera[:3]
    angle = np.sqrt(a * a + b * b + c * c)
    K = np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]]) / angle
    R = np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K
    x, y, z = R @ (point - camera[3:6])
    r2 = (x * x + y * y) / (z * z)
    bend = 1 + camera[9] * r2 + camera[10] * r2 * r2
    pixel = np.array([x / z * bend, y / z * bend]) * camera[6] + camera[7:9]
    return weight * (pixel - feature)


CAMERA = np.array([0.3, -0.2, 0.5, 0.1, 0.4, -3.0, 1.7, 0.02, -0.03, 0.11, -0.05])
POINT, WEIGHT, FEATURE = np.array([0.6, -0.9, 2.0]), 0.8, np.array([0.2, -0.1])
OBSERVED = (CAMERA, POINT, WEIGHT, FEATURE)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_bundle_adjustment(mode: str) -> None:
    jacobian = am.jacobian(reprojection, argnums=(0, 1, 2), mode=mode)(*OBSERVED)
    for place in range(3):
        expected = complex_step(reprojection_in_numpy, OBSERVED, place)
        found = jacobian["reprojection"][place]
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    by_camera, by_point, by_weight = jacobian["weight"]
    assert not np.any(by_camera)
    assert not np.any(by_point)
    assert by_weight == pytest.approx(-2 * WEIGHT)


def test_bundle_adjustment_by_jax() -> None:
    by_camera, by_point, by_weight = am.jacobian(reprojection, (0, 1, 2))(*OBSERVED)["reprojection"]
    np.testing.assert_allclose(by_camera[0, :3], BA_ROTATION, rtol=1e-13)
    np.testing.assert_allclose(by_point[1], BA_POINT, rtol=1e-13)
    np.testing.assert_allclose(by_weight, BA_WEIGHT, rtol=1e-13)


def test_bundle_adjustment_without_a_rotation() -> None:
    camera = CAMERA.copy()
    camera[:3] = 0.0
    found = am.jacobian(reprojection)(camera, *OBSERVED[1:])["reprojection"]
    # No rotation is the limit of small ones.
    camera[:3] = [1e-9, 0.0, 0.0]
    expected = complex_step(reprojection_in_numpy, (camera, *OBSERVED[1:]), 0)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_all_observations_at_once() -> None:
    cameras = CAMERA + waves(4, 11, scale=0.05)
    cameras[2, :3] = 0.0  # takes the other branch
    points, weights = POINT + waves(4, 3, scale=0.1), np.linspace(0.5, 1.0, 4)
    of_all = am.vmap(am.jacobian(reprojection, (0, 1, 2)), (0, 0, 0, None))
    found = of_all(cameras, points, weights, FEATURE)["reprojection"]
    for i in range(4):
        one = am.jacobian(reprojection, (0, 1, 2))(cameras[i], points[i], weights[i], FEATURE)
        for whole, part in zip(found, one["reprojection"], strict=True):
            np.testing.assert_allclose(whole[i], part, rtol=1e-12, atol=1e-14)
    # What least squares steps by: J^T r over all observations, without J.
    seen = am.vmap(reprojection, (0, 0, 0, None))(cameras, points, weights, FEATURE)
    r, back = am.vjp(
        lambda x: am.vmap(reprojection, (None, 0, 0, None))(x, points, weights, FEATURE), CAMERA
    )
    assert seen["reprojection"].shape == r["reprojection"].shape == (4, 2)
    expected = sum(
        row @ complex_step(reprojection_in_numpy, (CAMERA, points[i], weights[i], FEATURE), 0)
        for i, row in enumerate(r["reprojection"])
    )
    (found,) = back({"reprojection": r["reprojection"], "weight": np.zeros(4)})
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# A Gaussian mixture with a Wishart prior ----------------------------------------------------------


def log_gamma(a: float, p: int) -> float:
    """The logarithm of the multivariate gamma function."""
    terms = (math.lgamma(a - j / 2) for j in range(p))
    return p * (p - 1) / 4 * math.log(math.pi) + sum(terms)


def prior_constant(d: int, gamma: float, m: int) -> float:
    n = d + m + 1
    return n * d * (math.log(gamma) - 0.5 * math.log(2)) - log_gamma(0.5 * n, d)


def mixture(alphas: Any, means: Any, factors: Any, x: Any, gamma: float, m: int) -> Any:
    """The log posterior: ``factors`` hold for each component the logarithms of the diagonal of its
    inverse Cholesky factor, and then what is below, row by row."""
    n, d = x.shape
    k = len(alphas)
    diagonals = np.exp(factors[:, :d])
    logs = np.sum(factors[:, :d], axis=1)
    centered = x[:, None, :] - means[None, :, :]  # n, k, d
    rows = [diagonals[:, 0] * centered[:, :, 0]]
    place = d
    for i in range(1, d):
        below = factors[:, place : place + i]
        place += i
        row = diagonals[:, i] * centered[:, :, i]
        rows.append(row + np.einsum("kj,nkj->nk", below, centered[:, :, :i]))
    distances = np.sum(np.stack(rows) ** 2, axis=0)
    inner = alphas + logs - 0.5 * distances
    likelihood = np.sum(am.logsumexp(inner, axis=1)) - n * am.logsumexp(alphas)
    squares = np.sum(diagonals**2) + np.sum(factors[:, d:] ** 2)
    prior = 0.5 * gamma**2 * squares - m * np.sum(logs)
    constant = -0.5 * n * d * math.log(2 * math.pi) - k * prior_constant(d, gamma, m)
    return constant + likelihood + prior


def mixture_in_numpy(alphas: Any, means: Any, factors: Any, x: Any, gamma: float, m: int) -> Any:
    """The same with a matrix for each component, in loops."""
    n, d = x.shape
    total = -0.5 * n * d * math.log(2 * math.pi)
    densities = np.zeros((n, len(alphas)), complex)
    for c, (alpha, mean, factor) in enumerate(zip(alphas, means, factors, strict=True)):
        Q = np.diag(np.exp(factor[:d])).astype(complex)
        Q[np.tril_indices(d, -1)] = factor[d:]
        for i, point in enumerate(x):
            moved = Q @ (point - mean)
            densities[i, c] = np.exp(alpha + np.sum(factor[:d]) - 0.5 * np.sum(moved * moved))
        total = total + 0.5 * gamma**2 * np.sum(Q * Q) - m * np.sum(factor[:d])
        total = total - prior_constant(d, gamma, m)
    return total + np.sum(np.log(densities.sum(axis=1))) - n * np.log(np.sum(np.exp(alphas)))


MIXTURE = (
    waves(3),
    waves(3, 4, start=3.0),
    waves(3, 4 + 6, start=20.0, scale=0.5),
    waves(7, 4, start=60.0, scale=2.0),
    1.3,
    2,
)


def test_gaussian_mixture() -> None:
    value, gradients = am.value_and_grad(mixture, argnums=(0, 1, 2))(*MIXTURE)
    assert value == pytest.approx(mixture_in_numpy(*MIXTURE).real, rel=1e-13)
    for place, found in enumerate(gradients):
        expected = complex_step(mixture_in_numpy, MIXTURE, place)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


def test_gaussian_mixture_by_jax() -> None:
    value, (by_alphas, by_means, by_factors) = am.value_and_grad(mixture, (0, 1, 2))(*MIXTURE)
    assert value == pytest.approx(GMM_VALUE, rel=1e-13)
    np.testing.assert_allclose(by_alphas, GMM_ALPHAS, rtol=1e-12)
    np.testing.assert_allclose(by_means[1], GMM_MEAN, rtol=1e-12)
    np.testing.assert_allclose(by_factors[2, ::3], GMM_FACTOR, rtol=1e-12)


def test_gaussian_mixture_far_from_all_points() -> None:
    # Densities are 0 in floats here; their logarithms are not.
    far = (*MIXTURE[:3], MIXTURE[3] + 500.0, *MIXTURE[4:])
    value, gradient = am.value_and_grad(mixture, argnums=1)(*far)
    assert math.isfinite(value)
    assert np.all(np.isfinite(gradient))
    # Each point pulls at the component that is nearest to it: Q^T Q (x - mean).
    assert np.count_nonzero(np.abs(gradient).max(axis=1) > 1e-6) == 1


def test_hessian_of_the_gaussian_mixture() -> None:
    alphas = MIXTURE[0]
    found = am.hessian(mixture)(*MIXTURE)
    gradient = am.grad(mixture)
    h = 1e-5
    for i, direction in enumerate(np.eye(3)):
        ahead = gradient(alphas + h * direction, *MIXTURE[1:])
        behind = gradient(alphas - h * direction, *MIXTURE[1:])
        np.testing.assert_allclose(found[i], (ahead - behind) / (2 * h), rtol=1e-6, atol=1e-8)
    # Adding one constant to all alphas changes nothing.
    np.testing.assert_allclose(found @ np.ones(3), 0.0, atol=1e-12)
    np.testing.assert_allclose(found, found.T, atol=1e-13)


def test_points_of_the_mixture_one_by_one() -> None:
    alphas, means, factors, x, gamma, m = MIXTURE

    def one(point: Any, means: Any) -> Any:
        return mixture(alphas, means, factors, am.reshape(point, 1, -1), gamma, m)

    by_vmap = am.vmap(am.grad(one, argnums=1), (0, None))(x, means)
    by_loop = [am.grad(one, argnums=1)(point, means) for point in x]
    np.testing.assert_allclose(by_vmap, by_loop, rtol=1e-12, atol=1e-13)


# An LSTM whose gates are diagonal -----------------------------------------------------------------


def lstm_loss(params: Any, state: Any, sequence: Any) -> Any:
    """Minus the mean log probability of a sequence.

    ``params`` are a list of layers, each {"weight", "bias"} of 4 gates, and {"in", "scale", "bias"}
    of the way in and out.
    """
    total = 0.0
    for x, target in itertools.pairwise(sequence):
        y, state = predict(params, state, x)
        log_probabilities = y - np.log(np.sum(np.exp(y)) + 2)
        total = total + np.sum(target * log_probabilities)
    return -total / (len(sequence) - 1)


def predict(params: Any, state: Any, x: Any) -> Any:
    x = x * params["in"]
    new = []
    for layer, (hidden, cell) in zip(params["layers"], state, strict=True):
        weight, bias = layer["weight"], layer["bias"]
        forget = am.sigmoid(x * weight[0] + bias[0])
        ingate = am.sigmoid(hidden * weight[1] + bias[1])
        outgate = am.sigmoid(x * weight[2] + bias[2])
        cell = cell * forget + ingate * np.tanh(hidden * weight[3] + bias[3])
        x = outgate * np.tanh(cell)
        new.append((x, cell))
    return x * params["scale"] + params["bias"], new


def lstm_in_numpy(flat: Any, state: Any, sequence: Any) -> Any:
    """The same of all parameters in one vector."""
    d, layers = len(sequence[0]), len(state)
    gates = flat[: 8 * d * layers].reshape(layers, 8, d)
    way_in, scale, shift = flat[8 * d * layers :].reshape(3, d)
    state = [[np.array(h, complex), np.array(c, complex)] for h, c in state]
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * way_in
        for g, memory in zip(gates, state, strict=True):
            inputs = (x, memory[0], x)
            f, i, o = (1 / (1 + np.exp(-(v * g[k] + g[k + 4]))) for k, v in enumerate(inputs))
            memory[1] = memory[1] * f + i * np.tanh(memory[0] * g[3] + g[7])
            x = memory[0] = o * np.tanh(memory[1])
        y = x * scale + shift
        total = total + np.sum(sequence[t + 1] * (y - np.log(np.sum(np.exp(y)) + 2)))
    return -total / (len(sequence) - 1)


LSTM = waves(2 * 8 * 3 + 9)
STATE = [(waves(3, start=5.0), waves(3, start=9.0)), (waves(3, start=50.0), waves(3, start=90.0))]
SEQUENCE = (waves(5, 3, start=7.0) > 0).astype(float)


def as_params(flat: Any) -> Any:
    gates = flat[:48].reshape(2, 8, 3)
    layers = [{"weight": g[:4], "bias": g[4:]} for g in gates]
    way_in, scale, bias = flat[48:].reshape(3, 3)
    return {"layers": layers, "in": way_in, "scale": scale, "bias": bias}


def as_vector(params: Any) -> Any:
    layers = [np.concatenate([g["weight"], g["bias"]]).ravel() for g in params["layers"]]
    return np.concatenate([*layers, params["in"], params["scale"], params["bias"]])


def test_lstm() -> None:
    value, gradient = am.value_and_grad(lstm_loss)(as_params(LSTM), STATE, SEQUENCE)
    assert value == pytest.approx(lstm_in_numpy(LSTM, STATE, SEQUENCE).real, rel=1e-14)
    expected = complex_step(lstm_in_numpy, (LSTM, STATE, SEQUENCE), 0)
    np.testing.assert_allclose(as_vector(gradient), expected, rtol=1e-11, atol=1e-14)
    # Through views of one vector.
    by_view = am.grad(lambda flat: lstm_loss(as_params(flat), STATE, SEQUENCE))(LSTM)
    np.testing.assert_allclose(by_view, expected, rtol=1e-11, atol=1e-14)


def test_lstm_by_jax() -> None:
    value, gradient = am.value_and_grad(lstm_loss)(as_params(LSTM), STATE, SEQUENCE)
    assert value == pytest.approx(LSTM_VALUE, rel=1e-14)
    np.testing.assert_allclose(as_vector(gradient)[::9], LSTM_GRADIENT, rtol=1e-12)


def test_lstm_by_checkpoints_and_along_a_direction() -> None:
    def step(params: Any, state: Any, x: Any) -> Any:
        return am.checkpoint(predict)(params, state, x)

    def loss(params: Any) -> Any:
        total, state = 0.0, STATE
        for x, target in itertools.pairwise(SEQUENCE):
            y, state = step(params, state, x)
            total = total + np.sum(target * (y - np.log(np.sum(np.exp(y)) + 2)))
        return -total / (len(SEQUENCE) - 1)

    params, direction = as_params(LSTM), waves(LSTM.size, start=3.3)
    expected = complex_step(lstm_in_numpy, (LSTM, STATE, SEQUENCE), 0)
    np.testing.assert_allclose(as_vector(am.grad(loss)(params)), expected, rtol=1e-11, atol=1e-14)
    _, tangent = am.jvp(loss, (params,), (as_params(direction),))
    assert tangent == pytest.approx(expected @ direction, rel=1e-11)
    product = am.hvp(loss, (params,), (as_params(direction),))
    h = 1e-5
    ahead, behind = (
        as_vector(am.grad(lstm_loss)(as_params(LSTM + s * h * direction), STATE, SEQUENCE))
        for s in (1, -1)
    )
    np.testing.assert_allclose(as_vector(product), (ahead - behind) / (2 * h), rtol=1e-5, atol=1e-8)


def test_many_sequences_at_once() -> None:
    sequences = (waves(4, 5, 3, start=11.0) > 0).astype(float)
    params = as_params(LSTM)
    losses = am.vmap(lstm_loss, (None, None, 0))(params, STATE, sequences)
    expected = [lstm_in_numpy(LSTM, STATE, s).real for s in sequences]
    np.testing.assert_allclose(losses, expected, rtol=1e-13)
    gradient = am.grad(lambda p: am.mean(am.vmap(lstm_loss, (None, None, 0))(p, STATE, sequences)))(
        params
    )
    by_step = [complex_step(lstm_in_numpy, (LSTM, STATE, s), 0) for s in sequences]
    np.testing.assert_allclose(
        as_vector(gradient), np.mean(by_step, axis=0), rtol=1e-10, atol=1e-14
    )
