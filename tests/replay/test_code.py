"""Code: plain data, printed, without what nobody asks for, and run by the ops themselves."""

import math
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.replay.code import (
    BOOL,
    FLOAT64,
    Builder,
    Code,
    Guard,
    Ref,
    Spread,
    Step,
    evaluate,
)


def number(op: Any, *args: Any, name: str | None = None) -> Step:
    return Step(op, args, None, FLOAT64, name)


INPUT = Step(None, (), None)
VECTOR = Step(None, (), (3,))


def test_it_prints() -> None:
    steps = [
        INPUT._replace(name="x"),
        number(ops.sin, Ref(0), name="y"),
        Step(ops.multiply, (Ref(1), np.ones(9)), (9,)),
        Step(ops.greater, (Ref(0), 0.0), None, BOOL),
    ]
    code = Code(steps, [Ref(1), 2.0], [Guard(Ref(3), True)], 1)
    assert str(code).splitlines() == [
        "v0 = input  x",
        "v1 = sin(v0)  y",
        "v2 = multiply(v1, array(9,))  # (9,)",
        "v3 = greater(v0, 0.0)",
        "guard v3 == True",
        "return v1, 2.0",
    ]


def test_dead_steps_go_and_inputs_stay() -> None:
    steps = [INPUT, INPUT, number(ops.sin, Ref(0)), number(ops.cos, Ref(0)), VECTOR]
    steps[4] = Step(ops.greater, (Ref(3), 0.0), None, BOOL)
    code = Code(steps, [Ref(2)], [], 2)
    assert [step.op for step in code.without_dead().steps] == [None, None, ops.sin]
    held = Code(steps, [1.0], [Guard(Ref(4), True)], 2).without_dead()
    assert [step.op for step in held.steps] == [None, None, ops.cos, ops.greater]
    assert held.guards[0].value == Ref(3)
    assert held.without_dead() is held


def test_uses_count_results_and_guards() -> None:
    steps = [
        VECTOR,
        Step(ops.multiply, (Ref(0), Ref(0)), (3,)),
        Step(ops.sum, (Ref(1), None, False), ()),
    ]
    code = Code(steps, [Ref(2), Spread(Ref(1), 3)], [Guard(Ref(2), True)], 1)
    assert code.uses() == [2, 2, 2]


def test_peak_memory_counts_what_is_alive() -> None:
    one = Step(ops.exp, (Ref(0),), (1000,))
    two = Step(ops.exp, (Ref(1),), (1000,))
    three = Step(ops.exp, (Ref(2),), (1000,))
    start = Step(None, (), (1000,))
    assert Code([start, one, two, three], [Ref(3)], [], 1).peak_memory() == 2 * 8000
    assert Code([start, one, two, three], [Ref(3), Ref(1)], [], 1).peak_memory() == 3 * 8000
    named = one._replace(name="a")
    assert Code([start, named, two, three], [Ref(3)], [], 1).peak_memory() == 3 * 8000
    assert Code([start, one, two, three], [Ref(3), Ref(0)], [], 1).peak_memory() == 2 * 8000
    narrow = Step(ops.exp, (Ref(0),), (1000,), np.dtype(np.float32))
    assert Code([start, narrow], [Ref(1)], [], 1).peak_memory() == 4000
    assert Code([INPUT], [Ref(0)], [], 1).peak_memory() == 0
    view = Step(ops.transpose, (Ref(1), None), (1000,))
    assert Code([start, one, view, three], [Ref(3)], [], 1).peak_memory() == 2 * 8000
    assert Code([start, view], [Ref(1)], [], 1).peak_memory() == 8000


def test_a_builder_puts_equal_steps_once() -> None:
    made = Builder()
    x = made.input(INPUT)
    first = made.put(number(ops.sin, x))
    assert made.put(number(ops.sin, x, name="y")) == first
    assert made.steps[first.i].name == "y"
    assert made.put(number(ops.sin, x, name="z")) == first
    assert made.steps[first.i].name == "y"
    assert made.known_as(number(ops.sin, x)) is not None
    assert made.known_as(number(ops.cos, x)) is None
    assert made.put(number(ops.add, x, 0.0)) != made.put(number(ops.add, x, -0.0))
    assert made.put(number(ops.add, x, 1.0)) == made.put(number(ops.add, x, 1.0))
    assert made.put(number(ops.add, x, math.nan)) is not None
    array = Step(ops.add, (x, np.arange(3.0)), (3,))
    assert made.put(array) == made.put(array._replace(args=(x, np.arange(3.0))))
    assert made.put(array) != made.put(array._replace(args=(x, np.arange(3))))
    big = np.zeros(5000)
    assert made.put(Step(ops.add, (x, big), (5000,))) == made.put(Step(ops.add, (x, big), (5000,)))
    for index in (slice(1, 2), (slice(1, None), 0), [0, 1], np.array([0, 1])):
        step = Step(ops.getitem, (x, index), (1,))
        assert made.put(step) == made.put(step)
    assert made.put(Step(ops.getitem, (x, 1), ())) != made.put(Step(ops.getitem, (x, True), ()))


def test_shapes_and_dtypes_of_new_steps() -> None:
    made = Builder()
    x, v = made.input(INPUT), made.input(VECTOR)
    m = made.input(Step(None, (), (2, 1), np.dtype(np.float32)))
    assert made.steps[made.add(ops.add, v, m).i].shape == (2, 3)
    assert made.steps[made.add(ops.add, x, 1.0).i].shape is None
    assert made.steps[made.add(ops.add, x, m).i].dtype == np.float32
    assert made.steps[made.add(ops.add, v, m).i].dtype == np.float64
    assert made.steps[made.add(ops.greater, v, 0.0).i].dtype == BOOL
    assert made.steps[made.add(ops.sum, v, None, False).i].shape == ()
    assert made.shape(np.ones((2, 2))) == (2, 2)


def test_evaluate_takes_numbers_arrays_and_nodes() -> None:
    steps = [
        INPUT,
        VECTOR,
        Step(ops.multiply, (Ref(0), Ref(1)), (3,)),
        Step(ops.sum, (Ref(2), None, False), ()),
    ]
    code = Code(steps, [Ref(3), Spread(Ref(2), 3), 5.0, np.array(2.0)], [], 2)
    found = evaluate(code, [2.0, np.arange(3.0)])
    assert found == [6.0, 0.0, 2.0, 4.0, 5.0, 2.0]
    x = am.Value(2.0)
    total, *_ = evaluate(code, [x, am.Tensor(np.arange(3.0))])
    total.backward()
    assert x.grad == 3.0


@pytest.mark.parametrize("f", [lambda x: am.sum(x[1:] * x[0]), lambda x: am.tanh(x)[0] * x])
def test_recorded_code_is_evaluated_to_the_same(f: Any) -> None:
    step = am.compile(f, exact=True)
    x = np.linspace(0.1, 1.0, 5)
    first = step(x)
    code = step.recordings[0].program.code
    np.testing.assert_array_equal(evaluate(code, [x])[0], first)
