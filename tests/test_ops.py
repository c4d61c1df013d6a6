"""Every entry of the table, covered by itself: values, derivatives, broadcasting, dtypes.

Elementwise ops are drawn from their own `samples` and held against mpmath
(`support/definitions.py`) or, where that has no line for them, against NumPy and differences.
Ops on arrays have their inputs in `support/array_cases.py`. The corner cases that no loop finds
follow below.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd_mini as am
from autograd_mini.primitive import TABLE, Primitive
from tests.support.array_cases import CASES, Case
from tests.support.definitions import DEFINITIONS, DIGITS
from tests.support.numeric import derivative, gradients

ELEMENTWISE = [
    op for op in TABLE.values() if op.kind == "elementwise" and op.records and op.samples
]
COMPARISONS = [op for op in TABLE.values() if not op.records and op.name != "floor_divide"]
WITH_CASES = {case.op for case in CASES}

of_elementwise = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
of_cases = pytest.mark.parametrize("case", CASES, ids=str)


def points(op: Primitive, count: int = 8) -> list[tuple[float, ...]]:
    """Operands drawn from the op's samples, the same at each run."""
    rng = np.random.default_rng(len(op.name))
    return [tuple(float(rng.uniform(*s)) for s in op.samples) for _ in range(count)]


def partial(f: Callable[..., Any], at: tuple[float, ...], *by: int) -> float:
    """The derivative of an mpmath function by its arguments ``by`` (one: first, two: second)."""
    with mp.workdps(DIGITS):
        order = tuple(by.count(i) for i in range(len(at)))
        if len(at) == 1:
            return float(mp.diff(f, mp.mpf(at[0]), order[0]))
        return float(mp.diff(f, tuple(map(mp.mpf, at)), order))


def in_place_of(op: Primitive, at: tuple[float, ...], i: int) -> Callable[[float], float]:
    """The op's forward as a function of its i-th operand alone."""
    return lambda x: op.evaluate([*at[:i], x, *at[i + 1 :]])


def test_every_entry_of_the_table_is_tested() -> None:
    for op in TABLE.values():
        if op.kind == "elementwise" and op.records and not op.statics:
            assert len(op.samples) == len(op.rules), (
                f"{op.name} has no samples to be tested with: give its entry in ops.py an interval "
                "for each operand, samples=((low, high), ...)"
            )
        elif op.records:
            assert op.name in WITH_CASES, (
                f"{op.name} is an op on arrays without inputs to be tested with: "
                "add a Case to tests/support/array_cases.py"
            )


def test_definitions_are_of_ops_that_exist() -> None:
    assert set(DEFINITIONS) <= set(TABLE)
    assert set(TABLE) >= WITH_CASES


@of_elementwise
def test_values(op: Primitive) -> None:
    meaning = DEFINITIONS.get(op.name) or getattr(np, op.name, None)
    assert meaning, f"{op.name} is no function of NumPy: define it in tests/support/definitions.py"
    for at in points(op):
        with mp.workdps(DIGITS):
            expected = float(meaning(*map(mp.mpf if op.name in DEFINITIONS else float, at)))
        value = op(*map(am.Value, at))
        assert value.data == pytest.approx(expected, rel=1e-14, abs=1e-15)
        assert type(value.data) is float
        assert op(*at) == value.data


@of_elementwise
def test_first_derivatives(op: Primitive) -> None:
    for at in points(op):
        operands = [am.Value(x) for x in at]
        op(*operands).backward()
        for i, operand in enumerate(operands):
            if definition := DEFINITIONS.get(op.name):
                expected, rel = partial(definition, at, i), 1e-13
            else:
                expected, rel = derivative(in_place_of(op, at, i), at[i]), 1e-8
            assert operand.grad == pytest.approx(expected, rel=rel, abs=1e-15)
            assert type(operand.grad) is float


@of_elementwise
def test_second_derivatives(op: Primitive) -> None:
    for at in points(op, 4):
        operands = [am.Value(x) for x in at]
        firsts = am.gradient(op(*operands), operands)
        for i, j in itertools.product(range(len(at)), repeat=2):
            found = am.gradient(firsts[i], operands[j]).data
            if definition := DEFINITIONS.get(op.name):
                expected, rel = partial(definition, at, i, j), 1e-12
            else:

                def first(x: float, i: int = i, j: int = j, at: tuple[float, ...] = at) -> float:
                    moved = (*at[:j], x, *at[j + 1 :])
                    return derivative(in_place_of(op, moved, i), moved[i])

                expected, rel = derivative(first, at[j]), 1e-5
            assert found == pytest.approx(expected, rel=rel, abs=1e-13)


@of_elementwise
def test_third_derivatives(op: Primitive) -> None:
    definition = DEFINITIONS.get(op.name)
    for at in points(op, 2) if definition else []:
        operands = [am.Value(x) for x in at]
        for i in range(len(at)):
            result = op(*operands)
            for _ in range(3):
                result = am.gradient(result, operands[i])
            assert result.data == pytest.approx(
                partial(definition, at, i, i, i), rel=1e-11, abs=1e-12
            )


@of_elementwise
def test_arrays_give_what_floats_give(op: Primitive) -> None:
    at = points(op)
    tensors = [am.Tensor(column) for column in zip(*at, strict=True)]
    result = op(*tensors)
    am.sum(result).backward()
    for k, row in enumerate(at):
        values = [am.Value(x) for x in row]
        one = op(*values)
        one.backward()
        assert result.data[k] == pytest.approx(one.data, rel=1e-14, abs=1e-16)
        for value, tensor in zip(values, tensors, strict=True):
            assert tensor.grad[k] == pytest.approx(value.grad, rel=1e-13, abs=1e-16)


@of_elementwise
def test_recorded_derivatives_are_the_plain_ones(op: Primitive) -> None:
    tensors = [am.Tensor(column) for column in zip(*points(op), strict=True)]
    J = am.sum(op(*tensors))
    J.backward()
    for tensor, found in zip(tensors, am.gradient(J, tensors), strict=True):
        np.testing.assert_allclose(found.data, tensor.grad, rtol=1e-15, atol=0.0)


@of_elementwise
def test_broadcasting_is_undone(op: Primitive) -> None:
    shapes: list[tuple[int, ...]] = [(2, 1, 3), (4, 1), ()]
    rng = np.random.default_rng(5)
    for order in itertools.permutations(shapes, len(op.samples)):
        arrays = [rng.uniform(*s, shape) for s, shape in zip(op.samples, order, strict=True)]
        whole = np.broadcast_shapes(*order)
        weights = rng.uniform(0.5, 1.5, whole)
        tensors = [am.Tensor(array) for array in arrays]
        op(*tensors).backward(gradient=weights)
        spread = [am.Tensor(np.broadcast_to(array, whole)) for array in arrays]
        op(*spread).backward(gradient=weights)
        for tensor, full in zip(tensors, spread, strict=True):
            new = len(whole) - tensor.ndim
            summed = full.grad.sum(axis=tuple(range(new)))
            stretched = tuple(i for i, n in enumerate(tensor.shape) if n != whole[new + i])
            expected = summed.sum(axis=stretched, keepdims=True)
            np.testing.assert_allclose(tensor.grad, expected, rtol=1e-13, atol=1e-13)
            assert tensor.grad.shape == tensor.shape


@of_elementwise
def test_a_value_broadcast_against_a_tensor_gets_the_sum(op: Primitive) -> None:
    if len(op.samples) == 1:
        return
    rng = np.random.default_rng(6)
    for i, low_high in enumerate(op.samples):
        operands: list[Any] = [am.Tensor(rng.uniform(*s, (2, 3))) for s in op.samples]
        operands[i] = am.Value(float(rng.uniform(*low_high)))
        full = [*operands[:i], am.Tensor(np.full((2, 3), operands[i].data)), *operands[i + 1 :]]
        am.sum(op(*operands)).backward()
        am.sum(op(*full)).backward()
        assert operands[i].grad == pytest.approx(full[i].grad.sum(), rel=1e-13, abs=1e-15)
        assert type(operands[i].grad) is float


@of_elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_narrow_floats_stay_narrow(op: Primitive, dtype: Any) -> None:
    columns = [np.array(column, dtype=dtype) for column in zip(*points(op), strict=True)]
    narrow, wide = ([am.Tensor(c.astype(t)) for c in columns] for t in (dtype, np.float64))
    results = []
    for tensors in (narrow, wide):
        result = op(*tensors)
        am.sum(result).backward()
        results.append(result)
    rough = 50 * float(np.finfo(dtype).eps)
    assert results[0].dtype == dtype
    np.testing.assert_allclose(results[0].data, results[1].data, rtol=rough, atol=rough)
    for tensor, exact in zip(narrow, wide, strict=True):
        assert tensor.grad.dtype == dtype
        np.testing.assert_allclose(tensor.grad, exact.grad, rtol=rough, atol=rough)


@of_elementwise
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_shapes_without_axes_and_without_numbers(op: Primitive, shape: tuple[int, ...]) -> None:
    tensors = [am.Tensor(np.full(shape, (low + high) / 2 + 0.1)) for low, high in op.samples]
    result = op(*tensors)
    assert isinstance(result, am.Tensor)
    assert result.shape == shape
    am.sum(result).backward()
    for tensor in tensors:
        assert isinstance(tensor.grad, np.ndarray)
        assert tensor.grad.shape == shape


@of_elementwise
def test_its_text_computes_the_forward(op: Primitive) -> None:
    names = {other.name: other.array for other in TABLE.values()} | {"np": np}
    for at in points(op, 3):
        variables = {f"x{i}": np.float64(x) for i, x in enumerate(at)}
        computed = eval(op.text.format(*variables), names, variables)
        np.testing.assert_allclose(computed, op.array(*variables.values()), rtol=1e-15)


@of_elementwise
def test_complex_step_where_it_is_promised(op: Primitive) -> None:
    if not op.analytic:
        with pytest.raises(am.OperandError, match=op.name):
            op.evaluate([complex(x, 1e-30) for x in points(op)[0]])
        return
    for at in points(op, 3):
        operands = [am.Value(x) for x in at]
        op(*operands).backward()
        for i, operand in enumerate(operands):
            step = [*at[:i], complex(at[i], 1e-30), *at[i + 1 :]]
            assert np.imag(op.evaluate(step)) / 1e-30 == pytest.approx(operand.grad, rel=1e-12)


@of_elementwise
def test_plain_operands_give_plain_results(op: Primitive) -> None:
    at = points(op, 2)
    assert isinstance(op(*at[0]), float)
    arrays = [np.array(column) for column in zip(*at, strict=True)]
    assert type(op(*arrays)) is np.ndarray
    np.testing.assert_array_equal(op(*arrays), op(*map(list, zip(*at, strict=True))))


@of_elementwise
def test_its_function_and_its_docstring(op: Primitive) -> None:
    assert getattr(am, op.name) is op or op.name == "clip"
    assert op.doc in (op.__doc__ or "")
    assert repr(op) == f"<primitive {op.name}>"
    assert TABLE[op.name] is op


@of_elementwise
def test_the_number_of_operands_is_checked(op: Primitive) -> None:
    with pytest.raises(am.OperandError, match=rf"{op.name} takes {len(op.samples)} operand"):
        op(*[1.0] * (len(op.samples) + 1))


@pytest.mark.parametrize("op", COMPARISONS, ids=lambda op: op.name)
def test_comparisons_give_plain_truths(op: Primitive) -> None:
    compare = getattr(np, op.name)
    special = [-1.0, 0.0, 1.0, math.inf, math.nan]
    for numbers in itertools.product(special, repeat=compare.nin):
        for kinds in itertools.product([am.Value, float], repeat=compare.nin):
            operands = [kind(x) for kind, x in zip(kinds, numbers, strict=True)]
            assert op(*operands) is bool(compare(*numbers))
    arrays = [np.array([1.0, 2.0, 3.0]), np.array([[3.0], [2.0]])][: compare.nin]
    for kinds in itertools.product([am.Tensor, np.array], repeat=compare.nin):
        result = op(*(kind(x) for kind, x in zip(kinds, arrays, strict=True)))
        assert type(result) is np.ndarray
        np.testing.assert_array_equal(result, compare(*arrays))


# Ops on arrays ------------------------------------------------------------------------------------


def applied(case: Case, arrays: Any = None) -> Any:
    operands = case.arrays if arrays is None else arrays
    return TABLE[case.op](*operands, *case.statics)


def weights_for(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(9).uniform(0.5, 1.5, shape)


@of_cases
def test_array_values(case: Case) -> None:
    expected = case.expected(*case.arrays)
    result = applied(case, [am.Tensor(a) for a in case.arrays])
    assert np.shape(result.data) == np.shape(expected)
    np.testing.assert_allclose(result.data, expected, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(applied(case), result.data)


@of_cases
def test_array_derivatives(case: Case) -> None:
    tensors = [am.Tensor(a) for a in case.arrays]
    result = applied(case, tensors)
    weights = weights_for(np.shape(result.data))
    result.backward(gradient=weights)
    expected = gradients(lambda *arrays: np.sum(weights * case.expected(*arrays)), case.arrays)
    for tensor, numeric in zip(tensors, expected, strict=True):
        assert tensor.grad.shape == tensor.shape
        np.testing.assert_allclose(tensor.grad, numeric, rtol=1e-8, atol=1e-9)


@of_cases
def test_array_second_derivatives(case: Case) -> None:
    """The derivative of <c, gradient of sum(w sin(op))>, against differences of plain gradients."""
    weights = weights_for(np.shape(case.expected(*case.arrays)))
    directions = [np.random.default_rng(3).uniform(-1, 1, np.shape(a)) for a in case.arrays]

    def objective(tensors: Any) -> Any:
        return am.sum(weights * am.sin(applied(case, tensors)))

    def slope(*arrays: Any) -> float:
        tensors = [am.Tensor(a) for a in arrays]
        objective(tensors).backward()
        return float(sum(np.sum(c * t.grad) for c, t in zip(directions, tensors, strict=True)))

    tensors = [am.Tensor(a) for a in case.arrays]
    recorded = am.gradient(objective(tensors), tensors)
    total = am.Value(0.0)
    for direction, found in zip(directions, recorded, strict=True):
        total = total + am.sum(direction * found)
    for tensor, numeric in zip(
        am.gradient(total, tensors), gradients(slope, case.arrays), strict=True
    ):
        np.testing.assert_allclose(tensor.data, numeric, rtol=1e-6, atol=1e-8)


@of_cases
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_array_dtypes(case: Case, dtype: Any) -> None:
    tensors = [am.Tensor(np.asarray(a, dtype=dtype)) for a in case.arrays]
    result = applied(case, tensors)
    if case.op not in ("item", "astype"):
        assert result.data.dtype == dtype
    am.sum(result).backward()
    for tensor in tensors:
        assert tensor.grad.dtype == dtype
    expected = case.expected(*case.arrays)
    rough = 50 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(result.data, expected, rtol=rough, atol=rough)


@of_cases
def test_array_complex_step_where_it_is_promised(case: Case) -> None:
    op = TABLE[case.op]
    if not op.analytic or case.op == "astype":
        return
    tensors = [am.Tensor(a) for a in case.arrays]
    weights = weights_for(np.shape(case.expected(*case.arrays)))
    applied(case, tensors).backward(gradient=weights)
    for i, tensor in enumerate(tensors):
        for place in np.ndindex(tensor.shape):
            step: list[Any] = [np.asarray(a, dtype=complex) for a in case.arrays]
            step[i][place] += 1e-30j
            moved = np.sum(weights * np.imag(op.evaluate([*step, *case.statics]))) / 1e-30
            assert moved == pytest.approx(tensor.grad[place], rel=1e-12, abs=1e-14)


# Kinks, and the edges of the floats ---------------------------------------------------------------


def slopes(f: Callable[..., Any], *at: float) -> list[float]:
    """The derivatives at a point, once they have been found alike in four ways."""
    values = [am.Value(x) for x in at]
    J = f(*values)
    J.backward()
    found = [v.grad for v in values]
    tensors = [am.Tensor([x]) for x in at]
    f(*tensors).backward(gradient=[1.0])
    recorded = am.gradient(f(*values), values)
    recorded_arrays = am.gradient(f(*tensors), tensors, gradient=[1.0])
    for way in (
        [t.grad[0] for t in tensors],
        [d.data for d in recorded],
        [d.data[0] for d in recorded_arrays],
    ):
        np.testing.assert_allclose(way, found, rtol=1e-15)
    return found


@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (am.relu, [0.0], [0.0]),
        (am.relu, [-0.0], [0.0]),
        (am.relu, [5e-324], [1.0]),
        (am.abs, [0.0], [0.0]),
        (am.abs, [-0.0], [0.0]),
        (abs, [-5e-324], [-1.0]),
        (am.sign, [0.0], [0.0]),
        (am.sign, [3.0], [0.0]),
        (am.maximum, [2.0, 2.0], [0.5, 0.5]),
        (am.minimum, [2.0, 2.0], [0.5, 0.5]),
        (am.maximum, [0.0, -0.0], [0.5, 0.5]),
        (am.maximum, [3.0, 2.0], [1.0, 0.0]),
        (am.minimum, [3.0, 2.0], [0.0, 1.0]),
        (lambda x: am.maximum(x, x), [2.0], [1.0]),
        (lambda x: am.maximum(x, 2.0), [2.0], [0.5]),
        (lambda x: am.clip(x, -1.0, 1.0), [1.0], [1.0]),
        (lambda x: am.clip(x, -1.0, 1.0), [-1.0], [1.0]),
        (lambda x: am.clip(x, -1.0, 1.0), [1.5], [0.0]),
        (lambda x: am.clip(x, 2.0, 2.0), [2.0], [1.0]),
        (am.clip, [5.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
        (am.clip, [0.0, 1.0, 2.0], [0.0, 1.0, 0.0]),
        (am.clip, [5.0, 3.0, 1.0], [0.0, 0.0, 1.0]),  # the upper bound wins, as in NumPy
        (am.hypot, [0.0, 0.0], [0.0, 0.0]),
        (am.hypot, [-3.0, 0.0], [-1.0, 0.0]),
        (am.arctan2, [0.0, 0.0], [0.0, 0.0]),
        (am.arctan2, [0.0, -1.0], [-1.0, 0.0]),
        (lambda x: x**0, [0.0], [0.0]),
        (lambda x: x**0, [math.nan], [0.0]),
        (lambda x: x**0, [math.inf], [0.0]),
        (lambda x: x**1, [0.0], [1.0]),
        (lambda x: x**2, [0.0], [0.0]),
        (lambda x: x**-1, [-2.0], [-0.25]),
        (lambda x: x**3, [-2.0], [12.0]),
        (am.pow, [0.0, 0.0], [0.0, 0.0]),
        (am.pow, [0.0, 1.0], [1.0, 0.0]),
        (am.pow, [0.0, 2.0], [0.0, 0.0]),
        (am.pow, [math.nan, 0.0], [0.0, math.nan]),
        (am.pow, [-2.0, 2.0], [-4.0, math.nan]),
        (lambda y: 0.0**y, [2.0], [0.0]),
        (lambda y: 2.0**y, [3.0], [8.0 * math.log(2.0)]),
        (lambda x: am.where(x > 0, x, 0.0), [0.0], [0.0]),
        (am.where, [1.0, 2.0, 3.0], [0.0, 1.0, 0.0]),
        (am.where, [0.0, 2.0, 3.0], [0.0, 0.0, 1.0]),
        (am.erf, [1e200], [0.0]),
        (am.erf, [-math.inf], [0.0]),
        (am.erf, [0.0], [2.0 / math.sqrt(math.pi)]),
        (am.arctan, [1e200], [0.0]),
        (am.tanh, [1e308], [0.0]),
        (am.softplus, [1e308], [1.0]),
        (am.softplus, [-1e308], [0.0]),
        (am.log_sigmoid, [-1e308], [1.0]),
        (am.log_sigmoid, [1e308], [0.0]),
        (am.sigmoid, [-1e308], [0.0]),
        (am.sigmoid, [1e308], [0.0]),
    ],
)
def test_stated_choices(f: Any, at: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(slopes(f, *at), expected, rtol=1e-15)


@pytest.mark.parametrize("scale", [1e-200, 1e-150, 1.0, 1e150, 1e200])
def test_lengths_and_angles_at_any_scale(scale: float) -> None:
    assert slopes(am.hypot, 3 * scale, -4 * scale) == pytest.approx([0.6, -0.8], rel=1e-15)
    expected = [3 / 25 / scale, -4 / 25 / scale]
    assert slopes(am.arctan2, 4 * scale, 3 * scale) == pytest.approx(expected, rel=1e-15)
    for f, expected in [(am.norm, [0.6, 0.8]), (am.std, [-0.5, 0.5])]:
        t = am.Tensor([3 * scale, 4 * scale])
        f(t).backward()
        np.testing.assert_allclose(t.grad, expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("x", "expected"), [(math.nan, math.nan), (math.inf, 0.0), (-1e200, 0.0), (-30.0, 0.0)]
)
def test_the_second_derivative_of_erf_in_its_tails(x: float, expected: float) -> None:
    for node in (am.Value(x), am.Tensor([x])):
        second = am.gradient(am.sum(am.gradient(am.sum(am.erf(node)), node)), node)
        np.testing.assert_array_equal(second.data, np.full(np.shape(node.data), expected))


TAILS = [-1e308, -800.0, -745.0, -40.0, -1e-9, 0.0, 1e-9, 30.0, 40.0, 745.0, 1e308]


@pytest.mark.parametrize("x", TAILS)
@pytest.mark.parametrize(
    "name", ["sigmoid", "softplus", "log_sigmoid", "tanh", "sech2", "erf", "gaussian"]
)
def test_tails_are_exact_and_quiet(name: str, x: float) -> None:
    definition = DEFINITIONS[name]
    with mp.workdps(700):
        if abs(x) < 1e300:
            value = float(definition(mp.mpf(x)))
        else:
            ends = {
                "sigmoid": (0, 1),
                "softplus": (0, x),
                "log_sigmoid": (x, 0),
                "sech2": (0, 0),
                "gaussian": (0, 0),
            }
            value = float(ends.get(name, (-1, 1))[x > 0])
    op, v, t = TABLE[name], am.Value(x), am.Tensor([x])
    assert op(v).data == pytest.approx(value, rel=1e-14, abs=1e-320)
    assert op(t).data[0] == pytest.approx(value, rel=1e-14, abs=1e-320)
    if abs(x) < 1e3:
        assert slopes(op, x) == pytest.approx([partial_far(definition, x)], rel=1e-13, abs=1e-320)


def test_the_slope_of_sigmoid_in_arrays_is_that_of_its_rule() -> None:
    """The short way that arrays take agrees with the op that nodes and floats take, to the bit."""
    t = am.Tensor([*TAILS, math.inf, -math.inf, math.nan, *np.linspace(-36.0, 36.0, 101)])
    am.sum(am.sigmoid(t)).backward()
    recorded = am.gradient(am.sum(am.sigmoid(t)), t)
    normal = np.abs(t.data) < 700
    np.testing.assert_array_equal(t.grad[normal], recorded.data[normal])
    np.testing.assert_allclose(t.grad, recorded.data, rtol=0, atol=1e-320)


def partial_far(f: Callable[..., Any], x: float) -> float:
    """The derivative of an mpmath function where its values differ in far digits only."""
    with mp.workdps(1400):
        return float((f(mp.mpf(x) + mp.mpf(10) ** -600) - f(mp.mpf(x))) * mp.mpf(10) ** 600)


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
@of_elementwise
def test_special_numbers_in_floats_are_as_in_arrays(op: Primitive, x: float) -> None:
    at = [x] + [(low + high) / 2 + 0.1 for low, high in op.samples[1:]]
    with np.errstate(all="ignore"):
        expected = op(*[am.Tensor([value]) for value in at]).data[0]
    try:
        found = op(*map(am.Value, at)).data
    except am.DomainError:
        assert math.isnan(expected)  # where floats raise, arrays have nan
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_what_is_empty_beside_what_is_not() -> None:
    v, t, e = am.Value(2.0), am.Tensor([3.0]), am.Tensor(np.ones((2, 0)))
    am.sum(v * e * t + t - e).backward()
    assert v.grad == 0.0
    np.testing.assert_array_equal(t.grad, [0.0])
    assert e.grad.shape == (2, 0)


@pytest.mark.parametrize(
    ("shape", "f"),
    [
        ((), lambda t: t * am.Tensor(np.ones(0))),
        ((2,), lambda t: t + np.ones((0, 2))),
        ((1, 2), lambda t: t / np.ones((0, 2))),
        ((2,), lambda t: am.broadcast_to(t, (0, 2))),
    ],
)
def test_nothing_comes_back_from_an_empty_array(shape: tuple[int, ...], f: Any) -> None:
    t = am.Tensor(np.ones(shape))
    am.sum(f(t)).backward()
    np.testing.assert_array_equal(t.grad, np.zeros(shape))
