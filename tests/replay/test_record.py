"""Recording: what a run of a function did, as steps, guards, and nodes from outside."""

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.replay.code import evaluate
from autograd_mini.replay.record import Recording
from autograd_mini.replay.simplify import attached
from autograd_mini.tree import flatten
from tests.replay.codes import code_of, names


def test_steps_and_their_labels() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x * y
        z.label = "z"
        return am.sin(z) + y

    code, _ = code_of(f, 2.0, np.ones(3))
    assert names(code) == ["multiply", "sin", "add"]
    assert [step.name for step in code.steps[2:]] == ["z", None, None]
    assert [step.shape for step in code.steps] == [None, (3,), (3,), (3,), (3,)]
    assert code.inputs == 2


def test_what_nothing_comes_of_is_left_out() -> None:
    def f(x: Any) -> Any:
        am.exp(x)
        return x + 1

    assert names(code_of(f, 1.0)[0]) == ["add"]


def test_aliases_hand_on_their_operand_and_its_label() -> None:
    def f(x: Any) -> Any:
        y = np.positive(x * 2)
        y.label = "y"
        return am.detach(y) * y

    code, leaves = code_of(f, 3.0)
    assert names(code) == ["multiply", "detach", "multiply"]
    code = attached(code)
    assert names(code) == ["multiply", "multiply"]
    assert code.steps[1].name == "y"
    assert evaluate(code, leaves) == [36.0]
    assert names(attached(code_of(lambda x: am.detach(x), 3.0)[0])) == []

    def g(x: Any) -> Any:
        y = am.detach(x * 2)
        y.label = "y"
        return y * x

    assert attached(code_of(g, 3.0)[0]).steps[1].name == "y"


def test_constants_of_the_function_are_constants() -> None:
    def f(x: Any) -> Any:
        return am.Value(2.0) * x + am.sum(am.Tensor([1.0, 2.0]))

    leaves, structure = flatten(((1.0,), {}))
    code, captured = Recording(f, leaves, structure.build).code()
    assert captured == []
    assert evaluate(code, [5.0]) == [13.0]


def test_nodes_from_outside_are_captured() -> None:
    a = am.Value(3.0, "a")
    b = a * 2
    leaves, structure = flatten(((1.0,), {}))
    code, captured = Recording(lambda x: x * b + a, leaves, structure.build).code()
    assert set(captured) == {a, b}
    assert code.inputs == 3
    assert evaluate(code, [10.0, *[node.data for node in captured]]) == [63.0]


def test_guards_tell_where() -> None:
    def f(x: Any, y: Any) -> Any:
        if x > 0 and not y < 0:
            return x
        return y

    code, _ = code_of(f, 1.0, 2.0)
    line = f.__code__.co_firstlineno + 1
    assert [guard.expected for guard in code.guards] == [True, False]
    assert all(guard.place == f"{__file__}:{line}" for guard in code.guards)


def test_decisions_of_numbers_that_are_no_inputs_are_none() -> None:
    code, _ = code_of(lambda x: x if am.Value(1.0) > 0 else -x, 2.0)
    assert len(code.guards) <= 1
    step = am.compile(lambda x: x if am.Value(1.0) > 0 else -x)
    assert step(2.0) == 2.0
    assert step(-3.0) == -3.0
    assert len(step.recordings) == 1


def test_int_is_held_from_both_sides() -> None:
    for x, inside, outside in [
        (2.5, [2.0, 2.99], [1.99, 3.0]),
        (-2.5, [-2.0, -2.99], [-1.99, -3.0]),
        (0.5, [-0.99, 0.0, 0.99], [1.0, -1.0]),
    ]:
        step = am.compile(lambda x: x * int(x))
        step(x)
        for other in inside:
            assert step(other) == other * int(other)
        assert len(step.recordings) == 1
        for other in outside:
            assert step(other) == other * int(other)
        assert len(step.recordings) == 3


def test_truth_of_a_number_itself() -> None:
    step = am.compile(lambda x: 1 / x if x else 0.0 * x)
    assert [step(x) for x in (2.0, 0.0, 4.0, 0.0)] == [0.5, 0.0, 0.25, 0.0]
    assert len(step.recordings) == 2


def test_one_number_of_an_array_decides() -> None:
    step = am.compile(lambda x: am.sum(x) if x[0] > 0 else am.sum(-x))
    for x in (np.array([1.0, 2.0]), np.array([-1.0, 2.0]), np.array([3.0, -9.0])):
        assert step(x) == (x.sum() if x[0] > 0 else -x.sum())
    assert len(step.recordings) == 2


def test_masks_are_held_number_by_number() -> None:
    step = am.compile(lambda x: (am.sum(x[x > 0]), x))
    for x in ([1.0, -1.0], [2.0, -3.0], [-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0], [-2.0, -2.0]):
        total, same = step(np.array(x))
        assert total == sum(v for v in x if v > 0)
        np.testing.assert_array_equal(same, x)
    assert len(step.recordings) == 4


@pytest.mark.parametrize("how", ["no_grad", "detach"])
def test_numbers_without_gradients_are_still_computed(how: str) -> None:
    def f(x: Any) -> Any:
        if how == "detach":
            return x * am.detach(x * x)
        with am.no_grad():
            y = x * x
        return x * y

    step = am.compile(am.value_and_grad(f))
    assert step(2.0) == (8.0, 4.0)
    assert step(3.0) == (27.0, 9.0)
    assert len(step.recordings) == 1


def _detached(w: Any, x: Any, y: Any) -> Any:
    return sum((w * a - am.detach(1 + 0.9 * w * b)) ** 2 for a, b in zip(x, y, strict=True))


def _unrecorded(w: Any, x: Any, y: Any) -> Any:
    with am.no_grad():
        wanted = [1 + 0.9 * w * b for b in y]
    return sum((w * a - b) ** 2 for a, b in zip(x, wanted, strict=True))


@pytest.mark.parametrize("f", [_detached, _unrecorded])
@pytest.mark.parametrize("length", [1, 12])
def test_what_is_differentiated_later_knows_what_is_detached(f: Any, length: int) -> None:
    x, y = np.arange(2.0 * length).reshape(2, length), np.ones((2, length))

    def cost(w: Any) -> Any:
        return am.mean(am.vmap(f, (None, 0, 0))(w, x, y))

    def of_compiled(w: Any) -> Any:
        return am.mean(am.vmap(am.compile(f), (None, 0, 0))(w, x, y))

    wanted = am.grad(cost)(1.5)
    step, exact = am.compile(am.grad(cost)), am.compile(am.grad(cost), exact=True)
    for w in (1.0, 1.5):
        found = step(w), exact(w)
    assert found == (pytest.approx(wanted), wanted)
    assert am.grad(of_compiled)(1.5) == pytest.approx(wanted)
    assert am.compile(am.hessian(cost))(1.5) == pytest.approx(am.hessian(cost)(1.5))


def _safe_log(x: Any) -> Any:
    try:
        return am.log(x)
    except ValueError:
        return -1e3


def _safe_inverse(x: Any) -> Any:
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0.0


def _safe_index(x: Any) -> Any:
    try:
        return x * int(x)
    except ValueError:
        return x


@pytest.mark.parametrize(
    ("f", "x", "text"),
    [
        (_safe_log, -1.0, r"test_record.py:\d+ was caught .*log\(x = -1.0\).*am.where"),
        (_safe_inverse, 0.0, r"was caught .*divide\(1.0, x = 0.0\)"),
        (_safe_index, math.nan, r"was caught .*int\(\) of x, which is nan"),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_an_error_that_f_caught_is_refused(f: Any, x: float, text: str, exact: bool) -> None:
    step = am.compile(f, exact=exact)
    for _ in range(2):
        with pytest.raises(am.TraceError, match=text):
            step(x)
    for _ in range(2):
        assert step(2.5) == f(2.5)


def test_an_error_of_shapes_may_be_caught() -> None:
    def f(x: Any, y: Any) -> Any:
        try:
            return x @ y
        except ValueError:
            return 2 * x

    step = am.compile(f)
    for n in (2, 3, 2, 3):
        x, y = np.arange(3.0), np.arange(float(n))
        np.testing.assert_array_equal(step(x, y), x @ y if n == 3 else 2 * x)


def test_an_error_is_known_in_what_is_mapped_within() -> None:
    def f(w: Any, x: Any) -> Any:
        return am.sum(am.vmap(lambda v, y: _safe_log(v) * y, (None, 0))(w, x))

    step = am.compile(f)
    assert step(1.5, np.ones(2)) == pytest.approx(2 * math.log(1.5))
    with pytest.raises(am.TraceError, match="was caught"):
        step(-1.5, np.ones(2))


@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("x", [2.0, np.ones(2)], ids=["number", "array"])
def test_a_copy_of_a_node_is_refused(take: Any, x: Any) -> None:
    with pytest.raises(am.TraceError, match="copying or pickling of x in a function"):
        am.compile(lambda x: (take(x), x))(x)


def test_numeric_derivatives_are_refused() -> None:
    for check in (am.numeric_grad, am.gradcheck):
        with pytest.raises(am.TraceError, match=f"{check.__name__} in a function"):
            am.compile(lambda x, of=check: of(lambda y: x * y, 2.0))(3.0)


def test_no_advice_to_take_numbers_out() -> None:
    for f in (lambda x: np.sort(x), lambda x: np.array(x), lambda x: am.astype(x, int)):
        with pytest.raises((am.UnsupportedError, am.OperandError)) as caught:
            am.compile(f)(np.ones(2))
        assert ".data" not in str(caught.value)
    with pytest.raises(am.IndexingError, match="as a constant"):
        am.compile(lambda x: am.Tensor([1.0, 2.0])[x])(np.ones(2))


def test_an_if_on_a_number_that_examples_share() -> None:
    def f(w: Any, x: Any) -> Any:
        return w * x if w > 0 else -w * x

    x = np.array([1.0, 2.0])
    mapped = am.vmap(f, (None, 0))
    steps = [am.vmap(am.compile(f), (None, 0)), am.compile(mapped), am.compile(mapped, exact=True)]
    for step in steps:
        for w in (1.0, -1.0, 2.0, -2.0):
            np.testing.assert_array_equal(step(w, x), abs(w) * x)


def test_numpy_scalars_beside_numbers_are_floats() -> None:
    step = am.compile(lambda x: am.sum(x * np.float64(2.0) + np.float64(1.0)))
    step(np.ones(2))
    assert step(np.ones(2)) == 6.0
    assert "np.float64" not in step.source
    narrow = am.compile(lambda x: x * np.float64(2.0))
    x = np.ones(2, np.float32)
    wanted = (am.Tensor(x) * np.float64(2.0)).dtype
    assert narrow(x).dtype == narrow(x).dtype == wanted


def test_a_function_whose_module_has_no_name() -> None:
    scope: dict[str, Any] = {"am": am}
    exec("def f(x):\n    return am.sin(x) * x if x > 0 else x", scope)
    step = am.compile(scope["f"])
    assert step(2.0) == step(2.0) == 2.0 * math.sin(2.0)
    assert step(-2.0) == -2.0
