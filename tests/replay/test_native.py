"""Machine code gives what Python does, and leaves to Python what raises there."""

import builtins
import inspect
import itertools
import math
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.primitive import TABLE, Primitive
from autograd_mini.replay import native
from autograd_mini.replay.code import BOOL, FLOAT64, Code, Guard, Ref, Step
from autograd_mini.replay.signature import signature
from autograd_mini.tree import LEAF, flatten

SCALAR = [op for op in TABLE.values() if op.scalar is not None and op is not ops.positive]
"""What is +x of numbers is x itself by the time it is replayed."""


def both(f, *args, **options):
    """What f gives by machine code at the second call, and by itself."""
    step = am.compile(f, backend="llvm", **options)
    step(*args)
    (recorded,) = step.recordings
    found = recorded.program.native(*args)
    assert found is not None
    return found, f(*args)


def samples(op, count):
    rng = random.Random(op.name)
    for _ in range(20):
        yield [rng.uniform(low, high) for low, high in op.samples or [(-2.0, 2.0)] * count]


def is_truth(op):
    return type(op.scalar(*next(samples(op, 2 - (op.name in ("logical_not", "isfinite")))))) is bool


def by_code(op, count, exact):
    """The machine code of one op alone: a truth of numbers that a compiled function asks for is
    a decision."""
    names = [f"x{i}" for i in range(count)]
    structure = flatten((tuple([1.0] * count), {}))[1]
    form = signature(names, structure, [1.0] * count)
    steps = [Step(None, (), None, name=name) for name in names]
    steps.append(Step(op, tuple(map(Ref, range(count))), None, BOOL if is_truth(op) else FLOAT64))
    code = Code(steps, [Ref(count)], [], count)
    return native.native(code, form, LEAF, [], exact)


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.5, 1e-300, 700.0, -50.0, math.inf, math.nan]


@pytest.mark.parametrize("op", SCALAR, ids=lambda op: op.name)
def test_each_op_has_the_bits_of_python(op):
    count = len(op.samples) or len(inspect.signature(op.scalar).parameters)
    run = by_code(op, count, exact=op is not ops.hypot)
    for args in [*samples(op, count), *itertools.product(SPECIAL, repeat=count)]:
        found = run(*args)
        try:
            wanted = op.scalar(*args)
        except (ArithmeticError, ValueError):
            assert found is None
            continue
        if found is None:
            assert not (all(map(math.isfinite, args)) and math.isfinite(wanted))
        elif op is ops.hypot:
            assert found == pytest.approx(wanted, rel=1e-15)
        else:
            assert repr(found) == repr(wanted)


@pytest.mark.parametrize("op", [op for op in SCALAR if op.records], ids=lambda op: op.name)
def test_each_derivative(op):
    f = am.value_and_grad(lambda *xs: op(*xs) * 1.5, argnums=tuple(range(len(op.samples))))
    step = am.compile(f, backend="llvm")
    for args in samples(op, 0):
        step(*args)
        value, gradient = step(*args)
        wanted, other = f(*args)
        assert value == pytest.approx(wanted, rel=1e-12)
        assert gradient == pytest.approx(other, rel=1e-9, abs=1e-12)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9).filter(lambda y: y != 0.0))
def test_remainders_are_those_of_python(x, y):
    assert native.remainder(x, y) == x % y
    assert math.copysign(1, native.remainder(x, y)) == math.copysign(1, x % y)
    assert native.floor_divide(x, y) == x // y


def recurrence(a, b, us):
    x = b
    for u in us:
        x = am.sin(x) * a + am.sigmoid(u - x)
    return x


def test_a_recurrence_over_many_parts(monkeypatch):
    monkeypatch.setattr(native, "PART", 7)
    args = 0.7, 0.2, [math.sin(i) for i in range(40)]
    found, wanted = both(am.value_and_grad(recurrence, argnums=(0, 1, 2)), *args)
    assert found[0] == pytest.approx(wanted[0], rel=1e-12)
    assert found[1][:2] == pytest.approx(wanted[1][:2], rel=1e-9)
    assert found[1][2] == pytest.approx(wanted[1][2], rel=1e-9)


def test_truths_are_passed_from_part_to_part(monkeypatch):
    monkeypatch.setattr(native, "PART", 1)
    x, large, power = map(Ref, range(3))
    steps = [
        Step(None, (), None, name="x"),
        Step(ops.greater, (x, 1.0), None, BOOL),
        Step(ops.exp, (x,), None),
        Step(ops.where, (large, x, power), None),
    ]
    form = signature(["x"], flatten(((1.0,), {}))[1], [1.0])
    run = native.native(Code(steps, [Ref(3)], [Guard(large, True)], 1), form, LEAF, [], True)
    assert run(2.0) == 2.0
    assert run(0.5) is None
    run = native.native(Code(steps, [Ref(3)], [], 1), form, LEAF, [], True)
    assert run(2.0) == 2.0
    assert run(0.5) == math.exp(0.5)


def test_arguments_and_results_of_every_kind():
    outside = am.Value(3.0, "outside")

    def f(x, rows, *, flat, scale):
        total = sum(r * s for row in rows for r, s in zip(row, flat, strict=True))
        return {"a": (x, -total), "b": [outside * scale, 2.5, None], "c": np.array([1.0])}

    step = am.compile(f, backend="llvm")
    for x in (1.0, 2.0, 3.0):
        outside.data = x + 1
        options = {"flat": [1.0, x], "scale": 2.0}
        rows = [[x, 2.0], [3.0, 4.0]]
        found = step(x, rows, **options)
        total = x + 2 * x + 3 + 4 * x
        assert found["a"] == (x, -total)
        assert found["b"] == [2 * (x + 1), 2.5, None]
        assert found["c"] == [1.0]
        if x == 2.0:
            found["c"][0] = 5.0  # it is the caller's own
    assert len(step.recordings) == 1


def test_names_do_not_meet_the_own_ones():
    def f(_values, _run, __array):
        return _values * _run + __array

    assert both(f, 2.0, 3.0, 4.0) == (10.0, 10.0)


def test_without_operations():
    assert both(lambda x: x, 2.0) == (2.0, 2.0)
    assert both(lambda x: 1.5, 2.0) == (1.5, 1.5)


@pytest.mark.parametrize(
    ("f", "good", "bad", "error"),
    [
        (lambda x: am.log(x), 2.0, -1.0, am.DomainError),
        (lambda x: 1.0 / (1.0 / x), 2.0, 0.0, am.DivisionError),
        (lambda x: 1.0 / am.expm1(x), 2.0, 1000.0, am.RangeError),  # which would be 0
        (lambda x: x**0.5, 2.0, -1.0, am.DomainError),
        (lambda x: ops.remainder(3.0, x) * x, 2.0, 0.0, am.DivisionError),
    ],
)
def test_errors_are_those_of_the_function(f, good, bad, error):
    step = am.compile(f, backend="llvm")
    step(good)
    with pytest.raises(error) as met:
        step(bad)
    with pytest.raises(error) as wanted:
        f(am.Value(bad, "x"))
    assert str(met.value) == str(wanted.value)
    assert step(good) == f(good)


def test_what_is_computed_for_its_error_alone():
    def f(x):
        am.log(x)
        return x * x

    step = am.compile(f, backend="llvm")
    step(2.0)
    assert step(3.0) == 9.0
    with pytest.raises(am.DomainError, match="log"):
        step(-1.0)


@pytest.mark.parametrize("endless", [math.inf, -math.inf, math.nan])
def test_constants_that_are_not_finite(endless):
    def f(x, y):
        return am.minimum(x, endless) + ops.exp(x) * 0.5, ops.divide(endless, y), endless * y

    step = am.compile(f, backend="llvm")
    step(2.0, 3.0)
    assert repr(step(3.0, -2.0)) == repr(tuple(map(float, f(3.0, -2.0))))
    with pytest.raises(am.DivisionError):
        step(2.0, 0.0)


def test_what_overflows_without_an_error_is_inf():
    step = am.compile(lambda x: x * x, backend="llvm")
    step(2.0)
    assert step(1e300) == math.inf
    assert math.isnan(step(math.nan))
    assert step(-math.inf) == math.inf


def test_another_way_is_recorded_anew():
    def f(x):
        return am.sin(x) if x * 2 > 1 else am.cos(x)

    step = am.compile(f, backend="llvm")
    for x in (1.0, 2.0, 0.1, 0.2, 3.0):
        assert step(x) == f(x)
    assert len(step.recordings) == 2


def test_what_a_constant_decides_is_decided():
    def f(x):
        return x * x if am.Value(3.0) > 2 else x

    assert both(f, 3.0) == (9.0, 9.0)


def test_many_threads_at_once():
    us = [0.01 * i for i in range(200)]
    step = am.compile(recurrence, backend="llvm")
    step(0.7, 0.2, us)
    xs = [0.01 * i for i in range(50)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: step(x, 0.2, us), xs))
    assert found == [step(x, 0.2, us) for x in xs]


def test_a_wide_function_is_not_rolled():
    def cost(ws):
        return sum(am.exp(w) for w in ws)

    ws = [0.1 * i for i in range(50)]
    found, wanted = both(am.value_and_grad(cost), ws)
    assert found[0] == pytest.approx(wanted[0])
    assert found[1] == pytest.approx(wanted[1])


def test_arrays_and_custom_ops_are_refused():
    double = Primitive(
        "double", lambda x: 2 * x, lambda x: 2 * x, (lambda g, z, x: 2 * g,), listed=False
    )
    with pytest.raises(am.UnsupportedError, match="listed ops alone, not double"):
        am.compile(lambda x: double(x), backend="llvm")(1.0)
    with pytest.raises(am.UnsupportedError, match=r"argument x is an array of shape \(3,\)"):
        am.compile(lambda x: x.sum(), backend="llvm")(np.ones(3))
    with pytest.raises(am.UnsupportedError, match="stack is an array"):
        am.compile(lambda x: am.stack([x, x]) @ np.ones(2), backend="llvm")(1.0)
    with pytest.raises(am.UnsupportedError, match="hypot"):
        am.compile(lambda x: am.hypot(x, x), backend="llvm", exact=True)(1.0)


def test_python_that_no_op_has_is_refused():
    function = native._Function({}, set())
    with pytest.raises(am.UnsupportedError, match="while"):
        function.text("def f(x):\n    while x > 0:\n        x = x - 1\n    return x")
    with pytest.raises(am.UnsupportedError, match="if x > 0"):
        function.text("def f(x):\n    if x > 0:\n        x = x - 1\n    return x")


def test_what_is_missing_is_named(monkeypatch):
    with pytest.raises(am.InputError, match="'numpy' or 'llvm'"):
        am.compile(math.sin, backend="c")
    with monkeypatch.context() as patch:
        patch.setattr("platform.machine", lambda: "abacus")
        with pytest.raises(am.UnsupportedError, match="abacus"):
            am.compile(lambda x: x * x, backend="llvm")(1.0)
    real = builtins.__import__

    def without(name, *args):
        if name.startswith("llvmlite"):
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(am.MissingPackageError, match=r"autograd-mini\[llvm\]"):
        am.compile(lambda x: x * x, backend="llvm")(1.0)
