"""Gradient descent: its steps, its history, its errors."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import learn


def bowl(w, b):
    return w * w / 2 + 2 * (b - 1) ** 2


def test_each_step_is_alpha_times_the_derivative() -> None:
    history = learn.descend(bowl, [4, 0.0], alpha=0.125, iterations=3, keep_path=True)
    # w shrinks by 7/8 at each step, and half of what b is away from 1 is left.
    assert history.path == [[4.0, 0.0], [3.5, 0.5], [3.0625, 0.75], [2.6796875, 0.875]]
    assert history.variables == history.path[-1]
    assert history.costs == [bowl(w, b) for w, b in history.path]


def test_no_iterations_are_the_start_alone() -> None:
    history = learn.descend(bowl, [4, 0.0], alpha=0.1, iterations=0)
    assert history.costs == [10.0]
    assert history.variables == [4.0, 0.0]
    assert history.path == []


def test_arrays_keep_their_shape_and_dtype_and_the_start_is_left_alone() -> None:
    start = np.array([[1.0], [2.0]], dtype=np.float32)
    history = learn.descend(lambda w: am.sum(w * w), [start], alpha=0.25, iterations=1)
    [w] = history.variables
    np.testing.assert_array_equal(w, np.array([[0.5], [1.0]], dtype=np.float32))
    assert w.dtype == np.float32
    np.testing.assert_array_equal(start, [[1.0], [2.0]])


def test_a_start_of_nodes_is_their_numbers() -> None:
    w = am.Value(4.0, "w")
    assert learn.descend(lambda v: v * v, [w], alpha=0.25, iterations=1).variables == [2.0]
    assert w.data == 4.0


def test_the_graph_of_a_step_is_gone_at_the_next() -> None:
    roots = []

    def watched(w):
        assert all(root() is None for root in roots[:-1])
        J = w * w
        roots.append(weakref.ref(J))
        return J

    gc.disable()
    try:
        learn.descend(watched, [1.0], alpha=0.1, iterations=5)
    finally:
        gc.enable()
    assert len(roots) == 6
    assert all(root() is None for root in roots)


def test_the_three_forms_take_the_same_path() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 20)), rng.integers(0, 2, (1, 20))
    options = {"alpha": 0.3, "iterations": 25}
    vectorised = learn.descend(
        lambda w, b: learn.cost(w, b, X, Y), [np.zeros((2, 1)), 0.0], **options
    )
    loops = learn.descend(
        lambda w1, w2, b: learn.cost_by_loops([w1, w2], b, X, Y), [0.0, 0.0, 0.0], **options
    )
    theta = learn.descend(lambda t: learn.cost_theta(t, X, Y), [np.zeros((3, 1))], **options)
    np.testing.assert_allclose(loops.costs, vectorised.costs, rtol=1e-13)
    np.testing.assert_allclose(theta.costs, vectorised.costs, rtol=1e-13)
    w, b = vectorised.variables
    np.testing.assert_allclose(loops.variables, [w[0, 0], w[1, 0], b], rtol=1e-12)
    np.testing.assert_allclose(theta.variables[0].ravel(), [b, w[0, 0], w[1, 0]], rtol=1e-12)


@pytest.mark.parametrize(
    ("alpha", "iterations"),
    [(np.nan, 1), (np.inf, 1), (0.1, -1), (0.1, 2.5), ("a", 1), (None, 1), (0.1, None)],
)
def test_steps_that_cannot_be_taken_are_refused(alpha: Any, iterations: Any) -> None:
    with pytest.raises(am.InputError, match=f"alpha={alpha!r}, iterations={iterations!r}"):
        learn.descend(bowl, [1.0, 1.0], alpha=alpha, iterations=iterations)


def test_iterations_may_be_numpy_s_whole_number() -> None:
    assert len(learn.descend(bowl, [4, 0.0], alpha=0.1, iterations=np.int64(2)).costs) == 3  # type: ignore[arg-type]


def test_a_start_that_is_no_list_of_variables_is_refused() -> None:
    with pytest.raises(am.InputError, match=r"start=3\.0 must be a list of variables"):
        learn.descend(bowl, 3.0, alpha=0.1, iterations=1)  # type: ignore[arg-type]


def test_steps_that_overshoot_end_in_an_error_that_says_so() -> None:
    def well(w):
        return am.sum(am.cosh(w))

    with (
        np.errstate(over="ignore"),
        pytest.raises(am.RangeError, match="J is inf after 1 steps of alpha=1000: they overshoot"),
    ):
        learn.descend(well, [np.ones(2)], alpha=1000, iterations=5)


def test_a_start_where_J_is_no_number_is_an_error_that_says_so() -> None:
    with pytest.raises(am.RangeError, match="J is nan at the start"):
        learn.descend(lambda w: am.sum(w * np.nan), [np.ones(2)], alpha=1.0, iterations=5)


def test_a_variable_that_J_does_not_depend_on_is_named() -> None:
    with pytest.raises(am.GradientError, match="does not depend on variable 1 of 2"):
        learn.descend(lambda w, b: w * w, [1.0, 1.0], alpha=0.1, iterations=1)
    with pytest.raises(am.GradientError, match="does not depend on variable 0 of 1"):
        learn.descend(lambda w: 3.0, [1.0], alpha=0.1, iterations=1)


def test_a_cost_of_several_numbers_is_refused() -> None:
    with pytest.raises(am.TruthError, match="holds 2 numbers"):
        learn.descend(lambda w: w * w, [np.ones(2)], alpha=0.1, iterations=1)
