"""jacobian and hessian: shapes, structures, modes, and what they refuse."""

from typing import Any

import numpy as np
import pytest

import autograd_mini as am

of_modes = pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])


@of_modes
@pytest.mark.parametrize("out", [(), (1,), (2, 3), (0,), (2, 0)], ids=str)
@pytest.mark.parametrize("into", [(), (1,), (4,), (2, 2), (0,), (3, 0)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtypes(
    mode: str, out: tuple[int, ...], into: tuple[int, ...], dtype: Any
) -> None:
    weights = np.arange(1.0, 1 + np.prod(out + into)).reshape(out + into).astype(dtype)
    x = np.linspace(0.5, 1.5, int(np.prod(into))).reshape(into).astype(dtype)

    def f(x: Any) -> Any:
        return am.tensordot(weights, am.sin(x), len(into)) if into else weights * am.sin(x)

    J = am.jacobian(f, mode=mode)(x)
    assert isinstance(J, np.ndarray)
    assert J.dtype == dtype
    assert J.shape == out + into
    np.testing.assert_allclose(J, weights * np.cos(x), rtol=1e-6)


@of_modes
def test_numbers(mode: str) -> None:
    assert am.jacobian(lambda x: x**3, mode=mode)(2.0) == 12.0
    assert type(am.jacobian(lambda x: x**3, mode=mode)(2.0)) is float
    J = am.jacobian(lambda x: x * np.ones((2, 1), np.float32), mode=mode)(2.0)
    assert J.shape == (2, 1)
    assert J.dtype == np.float64
    J = am.jacobian(lambda x: am.sum(x) * 2.0, mode=mode)(np.ones(2, np.float32))
    assert J.dtype == np.float32


@of_modes
def test_structures_of_results_and_arguments(mode: str) -> None:
    def f(p: Any, q: Any) -> Any:
        return {"product": p["x"] * q, "rest": (am.sum(p["x"]), None, [p["y"] ** 2])}

    p = {"x": np.array([1.0, 2.0]), "y": 3.0, "name": "p"}
    J = am.jacobian(f, argnums=(0, 1), mode=mode)(p, 5.0)
    by_p, by_q = J["product"]
    np.testing.assert_array_equal(by_p["x"], np.diag([5.0, 5.0]))
    np.testing.assert_array_equal(by_p["y"], [0.0, 0.0])
    assert by_p["name"] is None
    np.testing.assert_array_equal(by_q, [1.0, 2.0])
    total, nothing, (square,) = J["rest"]
    np.testing.assert_array_equal(total[0]["x"], [1.0, 1.0])
    assert total[1] == 0.0
    assert nothing is None
    assert square[0]["y"] == 6.0
    assert isinstance(J["rest"], tuple)
    alone = am.jacobian(f, argnums=1, mode=mode)(p, 5.0)
    np.testing.assert_array_equal(alone["product"], [1.0, 2.0])


@of_modes
def test_constants(mode: str) -> None:
    x = np.ones((2, 2))
    assert am.jacobian(lambda x: 3.0, mode=mode)(2.0) == 0.0
    assert am.jacobian(lambda x: 3, mode=mode)(2.0) == 0.0
    np.testing.assert_array_equal(
        am.jacobian(lambda x: np.arange(3), mode=mode)(x), np.zeros((3, 2, 2))
    )
    J = am.jacobian(lambda x: [x[0], 7.0], mode=mode)(x)
    assert J[0].shape == (2, 2, 2)
    np.testing.assert_array_equal(J[1], np.zeros((2, 2)))
    assert am.jacobian(lambda x: [], mode=mode)(x) == []
    J = am.jacobian(lambda x: (x, x), mode=mode)(2.0)
    assert J == (1.0, 1.0)


def test_the_mode_is_chosen_by_the_shape() -> None:
    walks = []

    def counted(x: Any) -> Any:
        return x

    def count(g: Any, z: Any, x: Any) -> Any:
        walks.append(np.shape(g))
        return g

    counted = am.custom_vjp(counted, count)
    # Forward mode asks the rule once, for all tangents; reverse mode once for each result.
    am.jacobian(lambda x: am.sum(counted(x)))(np.ones(5))
    assert len(walks) == 1
    walks.clear()
    am.jacobian(lambda x: counted(am.stack([x[0]] * 7)))(np.ones(2))
    assert len(walks) == 1
    walks.clear()
    am.jacobian(lambda x: counted(am.stack([x[0]] * 7)), mode="reverse")(np.ones(2))
    assert len(walks) == 7


def test_what_has_no_jacobian() -> None:
    with pytest.raises(am.InputError, match=r"^mode='rev' is not one of auto, reverse, forward$"):
        am.jacobian(lambda x: x, mode="rev")
    with pytest.raises(am.InputError, match="is not one of"):
        am.hessian(lambda x: x, mode="rev")


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        (None, "None, as a function without return does"),
        ("text", "a str"),
        (True, "a bool"),
    ],
)
def test_a_function_without_numbers_has_no_jacobian(returned: Any, shown: str) -> None:
    def f(x: Any) -> Any:
        return returned

    words = f"^a Jacobian is of numbers, but f returned {shown}$"
    with pytest.raises(am.GradientError, match=words):
        am.jacobian(f)(1.0)


@of_modes
def test_complex_results_have_no_jacobian(mode: str) -> None:
    with pytest.raises(am.OperandError, match="numbers here are real, not complex128"):
        am.jacobian(lambda x: 1j, mode=mode)(1.0)


# Hessians -----------------------------------------------------------------------------------------


@of_modes
def test_hessians_of_structures(mode: str) -> None:
    def f(p: Any) -> Any:
        return am.sum(p["w"] ** 2) * p["b"][0] + p["b"][1]

    p = {"w": np.array([[1.0, 2.0]]), "b": (3.0, 4.0)}
    H = am.hessian(f, mode=mode)(p)
    np.testing.assert_allclose(H["w"]["w"], 6 * np.eye(2).reshape(1, 2, 1, 2))
    np.testing.assert_allclose(H["w"]["b"][0], [[2.0, 4.0]])
    np.testing.assert_allclose(H["b"][0]["w"], [[2.0, 4.0]])
    np.testing.assert_allclose(H["w"]["b"][1], [[0.0, 0.0]])
    assert H["b"] == ({"w": pytest.approx(H["b"][0]["w"]), "b": (0.0, 0.0)}, H["b"][1])
    assert H["b"][1]["b"] == (0.0, 0.0)


@of_modes
def test_hessians_of_several_results(mode: str) -> None:
    H = am.hessian(lambda x: x**3, mode=mode)(np.array([1.0, 2.0]))
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0], expected[1, 1, 1] = 6.0, 12.0
    np.testing.assert_allclose(H, expected)
    pair = am.hessian(lambda x: (x**2, am.sin(x)), mode=mode)(0.0)
    assert pair == (2.0, 0.0)
    assert am.hessian(lambda x: 3 * x, mode=mode)(2.0) == 0.0
    np.testing.assert_array_equal(
        am.hessian(lambda x: 7.0, mode=mode)(np.ones(2)), np.zeros((2, 2))
    )


def test_hessian_across_arguments() -> None:
    H = am.hessian(lambda a, b: am.sum(a * a) * b, argnums=(0, 1))(np.array([1.0, 2.0]), 3.0)
    np.testing.assert_allclose(H[0][0], [[6.0, 0.0], [0.0, 6.0]])
    np.testing.assert_allclose(H[0][1], [2.0, 4.0])
    np.testing.assert_allclose(H[1][0], [2.0, 4.0])
    assert H[1][1] == 0.0


def test_third_derivatives() -> None:
    T = am.jacobian(am.hessian(lambda x: x[0] ** 2 * x[1] ** 2 + am.exp(x[0])))(
        np.array([1.0, 2.0])
    )
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0] = np.e
    for i, j, k in [(0, 0, 1), (0, 1, 0), (1, 0, 0)]:
        expected[i, j, k] = 4 * 2.0
    for i, j, k in [(0, 1, 1), (1, 0, 1), (1, 1, 0)]:
        expected[i, j, k] = 4 * 1.0
    np.testing.assert_allclose(T, expected, rtol=1e-14)
