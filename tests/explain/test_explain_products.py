"""Paths, products, sums and counts, held against an enumeration of every path."""

import gc
import math
import re
import time
import weakref
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini.explain.names import _RULES
from autograd_mini.node import mode
from tests.explain.brute import products, vector_products

NUMBERS = st.floats(-2, 2, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-3)


@st.composite
def scalar_graphs(draw):
    """A graph of up to 16 operations on two numbers and what was computed before."""
    nodes = [am.Value(draw(NUMBERS), "a"), am.Value(draw(NUMBERS), "b")]

    def operand():
        return nodes[-1 - draw(st.integers(0, min(3, len(nodes) - 1)))]

    for _ in range(draw(st.integers(1, 16))):
        x, y = operand(), operand()
        match draw(st.sampled_from(["+", "-", "*", "/", "neg", "sin", "tanh", "relu", "max", "?"])):
            case "+":
                z = x + y
            case "-":
                z = x - y
            case "*":
                z = x * y
            case "/":
                z = x / (am.sin(y) + 2.0)
            case "neg":
                z = -x
            case "sin":
                z = am.sin(x)
            case "tanh":
                z = am.tanh(x)
            case "relu":
                z = am.relu(x)
            case "max":
                z = am.maximum(x, y)
            case "?":
                z = am.where(draw(st.booleans()), x, y)
        nodes.append(z)
    return nodes[-1], nodes[draw(st.integers(0, 1))]


@given(scalar_graphs(), st.integers(1, 6))
def test_the_largest_paths_and_the_rest_are_those_of_an_enumeration(graph, most):
    J, x = graph
    every = products(J, x)
    explanation = am.explain(J, x, max_paths=most)
    scale = sum(map(abs, every.values())) + 1e-300
    assert explanation.count == len(every)
    assert explanation.total == am.gradient(J, x).data
    assert explanation.total == pytest.approx(sum(every.values()), abs=1e-12 * scale)

    listed = {path.operands: path.product for path in explanation.paths}
    assert len(listed) == len(explanation.paths) == min(most, len(every))
    for operands, product in listed.items():
        assert product == pytest.approx(every[operands], rel=1e-12, abs=1e-300)
    sizes = sorted(map(abs, every.values()), reverse=True)[:most]
    assert [abs(path.product) for path in explanation.paths] == pytest.approx(sizes, rel=1e-12)
    others = sum(product for operands, product in every.items() if operands not in listed)
    assert explanation.rest == pytest.approx(others, abs=1e-12 * scale)
    str(explanation)


@given(scalar_graphs())
def test_a_path_is_its_nodes_and_its_product_that_of_its_local_derivatives(graph):
    J, x = graph
    for path in am.explain(J, x).paths:
        assert path.nodes[0] is J
        assert path.nodes[-1] is x
        for node, i, following in zip(path.nodes, path.operands, path.nodes[1:], strict=False):
            assert node.args[i] is following
        assert math.prod(path.locals) == pytest.approx(path.product, rel=1e-12, abs=1e-300)
        assert path.received == pytest.approx(
            [math.prod(path.locals[:n]) for n in range(len(path.nodes))], rel=1e-12, abs=1e-300
        )


@st.composite
def array_graphs(draw):
    """A graph of arrays that broadcast, down to one number."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    nodes = [
        am.Value(rng.normal(), "s"),
        am.Tensor(rng.normal(size=3), "v"),
        am.Tensor(rng.normal(size=(2, 1)), "c"),
        am.Tensor(rng.normal(size=(2, 3)), "M"),
    ]
    variable = nodes[draw(st.integers(0, 3))]

    def operand():
        return nodes[-1 - draw(st.integers(0, min(4, len(nodes) - 1)))]

    z = variable
    for _ in range(draw(st.integers(1, 6))):
        x, y = operand(), operand()
        match draw(st.sampled_from(["+", "*", "z*", "sin", "sum", "mean", "at"])):
            case "+":
                z = x + y
            case "*":
                z = x * y
            case "z*":
                z = z * x
            case "sin":
                z = am.sin(x)
            case "sum":
                z = am.sum(x * 1.5, axis=0, keepdims=True) if np.ndim(x.data) else x - y
            case "mean":
                z = am.mean(x) if np.ndim(x.data) else y * 2.0
            case "at":
                z = x[..., :1] if np.ndim(x.data) else am.sin(x)
        nodes.append(z)
    return am.sum(z * variable), variable


@given(array_graphs(), st.integers(1, 12))
def test_paths_through_arrays_are_products_of_jacobians(graph, most):
    J, x = graph
    every = vector_products(J, x)
    explanation = am.explain(J, x, max_paths=most)
    scale = sum(np.abs(product).max() for product in every.values()) + 1e-300
    assert explanation.count == len(every)
    np.testing.assert_array_equal(explanation.total, am.gradient(J, x).data)
    listed = {path.operands: path.product for path in explanation.paths}
    assert len(listed) == min(most, len(every))
    for operands, product in listed.items():
        np.testing.assert_allclose(product, every[operands], rtol=1e-10, atol=1e-14 * scale)
    others = sum(product for operands, product in every.items() if operands not in listed)
    np.testing.assert_allclose(explanation.rest, others, rtol=0, atol=1e-12 * scale)
    sizes = [np.linalg.norm(path.product) for path in explanation.paths]
    assert all(b <= a * (1 + 1e-12) for a, b in pairwise(sizes))
    if most >= len(every):
        assert np.shape(explanation.rest) == np.shape(x.data)
        assert not np.any(explanation.rest)
    str(explanation)


def test_of_many_paths_through_arrays_a_dominant_one_is_found():
    x = am.Tensor([1.0, 2.0], "x")
    z = x
    for _ in range(30):
        z = am.sin(z) * 1e-3 + z
    explanation = am.explain(am.sum(z), x, max_paths=2)
    assert explanation.count == 2**30
    np.testing.assert_array_equal(explanation.paths[0].product, [1.0, 1.0])
    total = explanation.rest + sum(path.product for path in explanation.paths)
    np.testing.assert_allclose(total, explanation.total, rtol=1e-13)
    assert "; 2 of the largest:" in str(explanation)


def test_an_estimate_goes_by_what_flows_and_is_then_looked_at():
    x = am.Tensor([1.0, 1.0], "x")
    z = x * np.array([1.0, 100.0])
    for _ in range(9):
        z = z + x * np.array([1e6, 1.0])  # much, but nothing of it is used
    [path] = am.explain(z[1], x, max_paths=1).paths
    assert path.product.tolist() == [0.0, 100.0]

    y = x * np.array([1e-3, 1.0])
    J = am.dot(y, np.array([1.0, 0.0])) + am.dot(y, np.array([0.0, 0.5]))
    [path] = am.explain(J, x, max_paths=1).paths
    assert path.product.tolist() == [0.0, 0.5]


def test_paths_that_cancel_are_still_told():
    x = am.Tensor([1.0, 2.0], "x")
    y = x * x
    explanation = am.explain(am.sum(y) - am.sum(y), x, max_paths=2)
    assert explanation.count == 4
    assert explanation.total.tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(explanation.rest, -sum(p.product for p in explanation.paths))


# Many paths ---------------------------------------------------------------------------------------


def deep_network(layers: int, width: int) -> tuple[am.Node, am.Node]:
    """Layers of tanh neurons, each of all of the layer before."""
    rng = np.random.default_rng(0)
    x = am.Value(0.3, "x")
    layer = [x * float(w) for w in rng.normal(size=width)]
    for _ in range(layers - 1):
        weights = rng.normal(size=(width, width))
        layer = [am.tanh(am.sum(am.stack([n * float(w) for n, w in zip(layer, row, strict=True)])))
                 for row in weights]  # fmt: skip
    return am.sum(am.stack(layer)), x


def test_a_deep_network_of_more_than_10_to_the_100_paths_is_explained_at_once():
    x = am.Value(0.3, "x")
    a, b = x * 1.0, x * 2.0
    for _ in range(340):
        a, b = am.tanh(a * 0.9 + b * 0.4), am.tanh(b * 0.8 - a * 0.3)
    J = a + b
    start = time.process_time()
    explanation = am.explain(J, x)
    text = str(explanation)
    assert time.process_time() - start < 3
    assert explanation.count == 2**341 > 10**100
    assert len(explanation.paths) == 10
    total = math.fsum([*(path.product for path in explanation.paths), explanation.rest])
    assert total == pytest.approx(explanation.total, rel=1e-9)
    assert text.startswith("about 10¹⁰³ paths lead from x to J; the 10 largest:")


def test_a_network_of_layers_counts_its_paths():
    J, x = deep_network(layers=60, width=4)
    explanation = am.explain(J, x, max_paths=3)
    assert explanation.count == 4**60
    total = sum(path.product for path in explanation.paths) + explanation.rest
    assert total == pytest.approx(explanation.total, rel=1e-9)


def test_equal_paths_are_listed_without_looking_at_them_all():
    u = x = am.Value(1.0, "x")
    for _ in range(1000):
        u = u + u
    explanation = am.explain(u, x, max_paths=20)
    assert explanation.count == 2**1000
    assert [path.product for path in explanation.paths] == [1.0] * 20
    assert len({path.operands for path in explanation.paths}) == 20
    assert explanation.rest == pytest.approx(2.0**1000)


def test_of_equal_paths_the_shorter_are_listed():
    J = x = am.Value(1.0, "x")
    for _ in range(1000):
        J = J + x
    assert [len(path.operands) for path in am.explain(J, x, max_paths=4).paths] == [1, 2, 3, 4]


@pytest.mark.parametrize("length", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_long_chain_takes_no_recursion(length):
    J = x = am.Value(0.5, "x")
    for _ in range(length // 2):
        J = am.sin(J) * 1.0000001
    explanation = am.explain(J, x)
    assert explanation.count == 1
    assert explanation.total == explanation.paths[0].product
    assert len(explanation.paths[0].nodes) == length + 1
    [left_out] = re.findall(r"… ([\d,]+) more …", str(explanation))
    assert length - 12 < int(left_out.replace(",", "")) < length - 6
    assert rf"\ldots \ {left_out}\ \text{{more}}" in explanation.latex


def test_a_long_chain_with_two_ways_at_each_step():
    J = x = am.Value(0.5, "x")
    for _ in range(3_000):
        J = J + am.sin(J) * 1e-4
    explanation = am.explain(J, x, max_paths=3)
    assert explanation.count == 2**3000
    total = sum(path.product for path in explanation.paths) + explanation.rest
    assert total == pytest.approx(explanation.total, rel=1e-9)
    assert "the other paths (about 10⁹⁰³)" in str(explanation)


def test_an_explanation_is_gone_with_its_last_name():
    x = am.Value(2.0, "x")
    J = x * x
    explanation = am.explain(J, x)
    str(explanation)
    gone = weakref.ref(J)
    gc.disable()
    try:
        del J, explanation
        assert gone() is None
    finally:
        gc.enable()


def test_nothing_is_written_into_the_graph():
    x = am.Value(2.0)
    J = x * x
    str(am.explain(J, x))
    assert (x.grad, J.grad, x.label, J.label) == (None, None, None, None)


# What is not finite -------------------------------------------------------------------------------


def test_a_branch_not_taken_adds_nothing_even_where_it_has_no_derivative():
    x = am.Value(0.0, "x")
    explanation = am.explain(am.where(True, 2 * x, am.sqrt(x)), x)
    assert explanation.total == 2.0
    assert [path.product for path in explanation.paths] == [2.0, 0.0]
    assert all(isinstance(path.product, float) for path in explanation.paths)


def test_a_dead_branch_of_arrays_adds_nothing():
    x = am.Tensor([0.0, 4.0], "x")
    with np.errstate(all="ignore"):
        J = am.sum(am.where(np.array([True, False]), 2.0 * x, am.sqrt(x)))
    for most in (1, 2):
        explanation = am.explain(J, x, max_paths=most)
        everything = explanation.rest + sum(path.product for path in explanation.paths)
        np.testing.assert_allclose(everything, [2.0, 0.25])
        np.testing.assert_array_equal(explanation.total, [2.0, 0.25])


def test_a_nan_is_listed_first():
    x = am.Tensor([1.0], "x")
    with np.errstate(all="ignore"):
        J = am.sum(3.0 * x + 5.0 * x + am.sin(x / (x - 1.0)))
    for most in (1, 4):
        explanation = am.explain(J, x, max_paths=most)
        assert np.isnan(explanation.total[0])
        assert np.isnan(explanation.paths[0].product[0])


def test_an_infinite_slope_is_among_the_largest():
    x = am.Tensor([0.0], "x")
    J = am.sqrt(x) + 5.0 * x + 7.0 * x
    [path] = am.explain(J, x, max_paths=1).paths
    assert path.product.tolist() == [math.inf]


def test_where_there_is_no_derivative_the_error_is_that_of_backward():
    x = am.Value(0.0, "x")
    with pytest.raises(am.DivisionError, match=r"the derivative of sqrt\(x = 0.0\)"):
        am.explain(am.sqrt(x), x)


def test_what_numpy_would_warn_of_is_not_said_again():
    x = am.Tensor([0.0, 1.0], "x")
    J = am.sum(am.sqrt(x))
    with np.errstate(all="raise"):
        explanation = am.explain(J, x)
        assert "inf" in str(explanation)
        assert r"\infty" in explanation.latex
        assert explanation.paths[0].locals == (None, None)


# Kinds of nodes -----------------------------------------------------------------------------------


def test_one_number_in_an_array_is_a_number():
    x = am.Tensor([[3.0]], "x")
    explanation = am.explain(x * x, x)
    assert [path.locals for path in explanation.paths] == [(3.0,), (3.0,)]
    assert explanation.total.tolist() == [[6.0]]
    assert "= 3 + 3 = 6" in str(explanation)


def test_dtypes_are_kept():
    x = am.Tensor(np.array([1.0, 2.0], np.float32), "x")
    explanation = am.explain(am.sum(x * x + x), x, max_paths=2)
    assert explanation.rest.dtype == explanation.paths[0].product.dtype == np.float32


def test_an_inner_node_can_be_the_variable_and_its_own_operands_play_no_part():
    a = am.Value(2.0, "a")
    u = a * 3
    J = u * u + a
    assert am.explain(J, u).total == 12.0
    assert am.explain(J, u).count == 2


def test_the_result_by_itself():
    J = am.Value(2.0, "a") * 3
    explanation = am.explain(J, J)
    assert (explanation.count, explanation.total, explanation.rest) == (1, 1.0, 0.0)
    assert explanation.paths[0].locals == ()


def test_a_gradient_can_be_explained_in_its_turn():
    x = am.Value(2.0, "x")
    assert am.explain(am.gradient(x**3, x), x).total == 12.0


def test_a_condition_is_no_path():
    x = am.Tensor(np.array([1.0, -2.0, 3.0]), "x")
    J = am.sum(am.vmap(lambda t: am.where(t > 0, t * t, -t))(x))
    explanation = am.explain(J, x)
    assert explanation.count == 3
    assert explanation.total.tolist() == [2.0, -1.0, 6.0]


def test_a_recorded_comparison_is_no_path():
    x = am.Tensor(np.array([1.0, -2.0, 3.0]), "x")
    how = mode.set(_RULES)
    J = am.sum(am.where(x > 0, x * x, -x))
    mode.reset(how)
    assert am.explain(J, x).count == 3


def test_rules_of_ones_own_and_checkpoints_are_steps_like_any_other():
    cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: 3 * x**2 * g)
    x = am.Value(2.0, "x")
    explanation = am.explain(cube(x) + am.checkpoint(lambda t: t * t * t)(x), x)
    assert explanation.total == 24.0
    assert [path.product for path in explanation.paths] == [12.0, 12.0]
    y = am.Tensor([1.0, 2.0], "y")
    assert "its own rule" in str(am.explain(am.sum(cube(y)), y))


@pytest.mark.parametrize("empty", [am.Tensor(np.zeros((0, 3)), "x")])
def test_an_empty_array(empty):
    explanation = am.explain(am.sum(empty * 2.0), empty)
    assert explanation.total.shape == (0, 3)
    assert "because" not in str(explanation)
    assert "(0, 3)  empty" in str(explanation)
    assert "= []" in explanation.latex


# What goes wrong ----------------------------------------------------------------------------------


def test_what_cannot_be_explained():
    x = am.Tensor([1.0, 2.0], "x")
    with pytest.raises(am.OperandError, match=r"explain takes nodes, .* not float"):
        am.explain(3.0, x)
    with pytest.raises(am.OperandError, match="not str"):
        am.explain(am.sum(x), "x")
    with pytest.raises(am.GradientError, match=r"x holds 2 numbers \(shape \(2,\)\); explain one"):
        am.explain(x, x)
    with pytest.raises(am.GradientError, match="the result holds 2 numbers"):
        am.explain(2 * x, x)
    for most in (0, -1, 1.5, "3"):
        with pytest.raises(am.InputError, match="max_paths is a whole number from 1 up"):
            am.explain(am.sum(x), x, max_paths=most)
