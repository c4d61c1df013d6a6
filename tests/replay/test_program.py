"""Programs of graphs that are there: `am.Program`."""

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.tree import flatten


def graph() -> tuple[Any, Any, Any]:
    a, b = am.Value(5.0, "a"), am.Value(3.0, "b")
    return a, b, 3 * (a + b * a) + am.exp(-b)


def test_outputs_for_other_inputs() -> None:
    a, b, J = graph()
    program = am.Program([J, am.gradient(J, b)], [a, b])
    assert program(5.0, 3.0) == pytest.approx([J.data, 15 - math.exp(-3)])
    assert program(1.0, 2.0) == pytest.approx([9 + math.exp(-2), 3 - math.exp(-2)])
    assert repr(program).startswith("<program program(a, b): ")


@pytest.mark.parametrize("exact", [False, True])
def test_the_structure_of_outputs(exact: bool) -> None:
    a, b, J = graph()
    program = am.Program({"J": J, "more": (a, [b, None, "text"]), 3: 1.5}, [a, b], exact=exact)
    found = program(2.0, 1.0)
    assert found == {"J": 12 + math.exp(-1), "more": (2.0, [1.0, None, "text"]), 3: 1.5}
    assert am.Program(J, [a, b], exact=exact)(5.0, 3.0) == J.data


def test_what_is_no_input_stays_as_it_is() -> None:
    a, b, J = graph()
    program = am.Program(J, a)
    b.data = 100.0
    assert program(2.0) == pytest.approx(3 * (2 + 6) + math.exp(-3))
    assert "b" not in program.form.parameters
    inner = b * a
    assert am.Program(am.square(inner) + a, [inner])(2.0) == 4.0 + 5.0


def test_arrays() -> None:
    W, x = am.Tensor(np.arange(6.0).reshape(2, 3), "W"), am.Tensor([1.0, 0.0, 2.0], "x")
    z = am.tanh(W @ x)
    program = am.Program([z, am.gradient(am.sum(z), W)], [W, x])
    A, v = np.ones((2, 3)) / 3, np.array([0.5, 1.0, -1.0])
    found, slope = program(A, v)
    np.testing.assert_allclose(found, np.tanh(A @ v), rtol=1e-14)
    np.testing.assert_allclose(slope, np.outer(1 - np.tanh(A @ v) ** 2, v), rtol=1e-13)
    with pytest.raises(am.OperandError, match=r"program\(W, x\) was recorded for arguments of an"):
        program(np.ones((3, 2)), v)
    with pytest.raises(am.OperandError, match="W: float64"):
        program(A)
    np.testing.assert_allclose(program(np.ones((2, 3), int), v)[0], np.tanh([0.5, 0.5]))


def test_inputs_without_good_labels() -> None:
    nodes = [am.Value(float(k), label) for k, label in enumerate(["a", "a", "2b", None, "x0"])]
    program = am.Program(sum(nodes), nodes)
    assert program.form.parameters == "a, a_, _2b, x3, x0"
    assert program(1.0, 2.0, 3.0, 4.0, 5.0) == 15.0


def test_what_is_no_graph_is_refused() -> None:
    a, _, J = graph()
    with pytest.raises(am.OperandError, match=r"takes nodes, .* not float"):
        am.Program(J, [a, 1.0])
    with pytest.raises(am.OperandError, match="outputs are nodes; there is none"):
        am.Program([1.0, None], [a])


def test_errors_are_those_of_the_ops() -> None:
    x = am.Value(2.0, "x")
    for J, bad, error in [
        (am.log(x), -1.0, am.DomainError),
        (1 / x, 0.0, am.DivisionError),
        (am.exp(x), 1e4, am.RangeError),
        (am.sqrt(x) * 2, -1.0, am.DomainError),
        (x**0.5 + 1, -2.0, am.DomainError),
        (am.Value(1.0) * x**-1, 0.0, am.DivisionError),
    ]:
        for exact in (False, True):
            program = am.Program(J, x, exact=exact)
            with pytest.raises(error):
                program(bad)
            assert program(2.0) == pytest.approx(J.data)


def test_errors_of_many_numbers_at_once() -> None:
    w = [am.Value(0.5 + k) for k in range(12)]
    program = am.Program(sum(am.log(x) for x in w), w)
    assert program.code.rolled
    with pytest.raises(am.FloatingError) as caught:
        program(*[0.5] * 11, -1.0)
    assert caught.value.op == "log"
    with pytest.raises(am.FloatingError):
        program(*[0.5] * 11, 0.0)
    assert program(*[1.0] * 12) == 0.0


def test_a_program_is_held_to_its_decisions() -> None:
    step = am.compile(lambda x: x * x if x > 0 else -x)
    step(1.0)
    program = step.recordings[0].program
    assert program(3.0) == 9.0
    with pytest.raises(am.TraceError, match=r"take another way .* at .*test_program.py:\d+"):
        program(-3.0)
    assert program.guards()[0].startswith("x > 0  # ")


def test_errors_of_what_is_not_used_are_raised_and_no_guards() -> None:
    def f(x: Any) -> Any:
        am.log(x)
        return x * 2

    step = am.compile(f)
    assert step(1.0) == 2.0
    with pytest.raises(am.DomainError):
        f(am.Value(-1.0))
    if step.recordings[0].program.code.guards:
        with pytest.raises(am.DomainError):
            step(-1.0)
    assert step.recordings[0].program.guards() == []
    assert "holds while" not in str(step.recordings)


def test_nodes_are_no_arguments() -> None:
    a, b, J = graph()
    with pytest.raises(am.OperandError, match="another kind"):
        am.Program(J, [a, b])(am.Value(1.0), 2.0)


def test_by_ops_gives_what_the_source_gives() -> None:
    def f(w: Any, X: Any) -> Any:
        layer = [am.tanh(sum(wi * x for wi, x in zip(w, row, strict=True))) for row in ROWS]
        return layer, am.sum(X * layer[0]), X[0], X[0, 1]

    step = am.compile(am.jacobian(lambda w, X: f(w, X)[0]))
    whole = am.compile(f)
    w, X = [0.1 * k for k in range(9)], np.arange(6.0).reshape(2, 3)
    for compiled in (step, whole):
        compiled(w, X)
        recorded = compiled.recordings[0]
        one, structure = flatten(recorded.program.replay((w, X), {}))
        other, same = flatten(recorded.program.by_ops((w, X), {}))
        assert structure.alike(same)
        for x, y in zip(one, other, strict=True):
            assert type(x) is type(y)
            np.testing.assert_allclose(x, y, rtol=1e-13)


ROWS = np.random.default_rng(5).normal(size=(11, 9)).tolist()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.sum(am.exp(x) * am.sin(x)),
        lambda x: am.exp(am.sin(x)),
        am.value_and_grad(lambda x: am.sum(am.tanh(x @ x) @ x)),
        am.grad(lambda x: am.mean(am.sqrt(x * x + 1.0).T @ am.cos(x))),
    ],
)
def test_peak_memory_is_told(f: Any) -> None:
    step, x = am.compile(f), np.eye(100)
    step(x)
    told = step.recordings[0].program.code.peak_memory()
    assert f"peak memory {told:,} bytes beside the arguments" in str(step.recordings)
    tracemalloc.start()
    step(x)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told / 2 < used < told * 1.25 + 20_000
