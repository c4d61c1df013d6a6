"""What raises in Python and NumPy on plain numbers raises the same kind here; nothing else does.

The whole table meets the numbers that are hard on it, in value, gradient and second derivatives.
Python's own function on floats, or a formula in plain Python where it has none, says what must
happen on Values; NumPy's on arrays what must happen on Tensors, under each of its error states.
What differs on purpose stands in the docstring of ops.py (kinks) and has tests in test_ops.py.
"""

import itertools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.primitive import TABLE, Primitive

KINDS = (
    ZeroDivisionError,
    OverflowError,
    FloatingPointError,
    IndexError,
    TypeError,
    ValueError,
)

# Values -------------------------------------------------------------------------------------------


def _pow(x: float, y: float) -> float:
    z = x**y
    if isinstance(z, complex):
        raise ValueError("math domain error")
    return z


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > 0.0 else math.exp(x) / (1.0 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def _larger(x: float, y: float) -> float:
    return math.nan if x != x or y != y else max(x, y)


def _smaller(x: float, y: float) -> float:
    return math.nan if x != x or y != y else min(x, y)


PYTHON: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "remainder": operator.mod,
    "positive": operator.pos,
    "negative": operator.neg,
    "pow": _pow,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "sqrt": math.sqrt,
    "sign": lambda x: float(x > 0.0) - float(x < 0.0) if x == x else x,
    "abs": abs,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "semicircle": lambda x: math.sqrt((1.0 - x) * (1.0 + x)),
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sech2": lambda x: (1.0 - math.tanh(x)) * (1.0 + math.tanh(x)),
    "direction": lambda x, y: x / (math.hypot(x, y) or 1.0),
    "hypot": math.hypot,
    "arctan2": math.atan2,
    "gaussian": lambda x: math.exp(-x * x),
    "erf": math.erf,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "log_sigmoid": lambda x: -_softplus(-x),
    "relu": lambda x: _larger(x, 0.0),
    "maximum": _larger,
    "minimum": _smaller,
    "where": lambda condition, x, y: x if condition else y,
    "clip": lambda x, low, high: _smaller(_larger(x, low), high),
}

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 0.75, 1000.0, -1000.0]
FLOATS += [1e308, -1e308, 1e-308, -1e-308, 5e-324, math.inf, -math.inf, math.nan]
FEW = [0.0, -1.0, 0.5, 1e308, 5e-324, math.inf, math.nan]

ELEMENTWISE = [op for op in TABLE.values() if op.records and op.scalar is not None]
of_elementwise = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)


def points(op: Primitive, most: int = 2) -> Iterator[tuple[float, ...]]:
    """The hard numbers as operands, in all their combinations; few for more than ``most``."""
    return itertools.product(FLOATS if len(op.rules) <= most else FEW, repeat=len(op.rules))


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """What f gives, or the exception it raises."""
    try:
        return f(*args)
    except Exception as error:
        return error


def same(found: Any, expected: Any, rtol: float = 1e-13) -> bool:
    """Whether both are the same numbers, or ours is an error of the other's built-in kinds."""
    if isinstance(expected, Exception):
        kinds = [kind for kind in KINDS if isinstance(expected, kind)]
        return isinstance(found, am.AutogradError) and all(isinstance(found, k) for k in kinds)
    if isinstance(found, Exception):
        return False
    with np.errstate(all="ignore"):
        return bool(np.allclose(plain(found), expected, rtol=rtol, atol=0.0, equal_nan=True))


def plain(x: Any) -> Any:
    return x.data if isinstance(x, am.Node) else x


# An op without a line is held against its own forward for floats.
PYTHON = {op.name: op.scalar for op in ELEMENTWISE if op.scalar is not None} | PYTHON


@of_elementwise
def test_values(op: Primitive) -> None:
    for at in points(op):
        expected = outcome(PYTHON[op.name], *at)
        assert same(outcome(op, *map(am.Value, at)), expected), (at, expected)
        assert same(outcome(op, *at), expected), (at, expected)
        for k in range(len(at)):
            beside = [am.Value(x) if i == k else x for i, x in enumerate(at)]
            assert same(outcome(op, *beside), expected), (at, expected)


OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "remainder": operator.mod,
    "pow": operator.pow,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_on_values(name: str) -> None:
    operate = OPERATORS[name]
    meaning = PYTHON.get(name, operate)
    for x, y in itertools.product([*FLOATS, 3, 0, True, 10**400, -(10**400)], repeat=2):
        if type(x) is not float and type(y) is not float:
            continue
        expected = outcome(meaning, x, y)
        if type(x) is float:
            assert same(outcome(operate, am.Value(x), y), expected), (x, y, expected)
        if type(y) is float:
            assert same(outcome(operate, x, am.Value(y)), expected), (x, y, expected)


WHOLE = [3, 0, True, np.int64(3), np.float32(0.5), np.bool_(True), 10**400, -(10**400)]


@of_elementwise
def test_other_numbers_beside_values_are_floats(op: Primitive) -> None:
    for x, k in itertools.product(WHOLE, range(len(op.rules))):
        at = [x if i == k else 0.5 for i in range(len(op.rules))]
        ours = [x if i == k else am.Value(0.5) for i in range(len(op.rules))]
        expected = outcome(lambda at: PYTHON[op.name](*map(float, at)), at)
        assert len(at) == 1 or same(outcome(op, *ours), expected), (at, expected)


WHAT_IS_NO_NUMBER: list[tuple[Any, type[Exception]]] = [
    *((x, TypeError) for x in ("1", b"1", None, {}, {1.0}, object(), len, ["x"])),
    *((np.array([x]), TypeError) for x in ("x", None)),
    ([1.0, [2.0]], ValueError),
    ([[1.0], [2.0, 3.0]], ValueError),
]


@of_elementwise
def test_what_is_no_number(op: Primitive) -> None:
    for (x, kind), k in itertools.product(WHAT_IS_NO_NUMBER, range(len(op.rules))):
        for other in (am.Value(0.5), am.Tensor([0.5]), 0.5):
            found = outcome(op, *(x if i == k else other for i in range(len(op.rules))))
            assert isinstance(found, am.AutogradError), (x, found)
            assert isinstance(found, kind), (x, found)


@of_elementwise
def test_complex_numbers_beside_nodes(op: Primitive) -> None:
    """Nodes hold real numbers, so this raises though Python and NumPy could go on."""
    for z, k in itertools.product([1j, np.array([1j])], range(len(op.rules))):
        for other in (am.Value(0.5), am.Tensor([0.5])):
            if len(op.rules) > 1:
                found = outcome(op, *(z if i == k else other for i in range(len(op.rules))))
                assert isinstance(found, am.OperandError), found


# Arrays -------------------------------------------------------------------------------------------

UFUNCS = [op for op in ELEMENTWISE if isinstance(op.array, np.ufunc)]
FLAGS = ("divide", "over", "invalid", "under")


def arrays(at: tuple[float, ...], dtype: Any) -> list[Any]:
    with np.errstate(over="ignore", under="ignore"):
        return [np.array([x]).astype(dtype) for x in at]


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("op", UFUNCS, ids=lambda op: op.name)
def test_tensors_under_errstate(op: Primitive, flag: str) -> None:
    numpy: Any = getattr(np, op.name)
    for at, dtype in itertools.product(points(op), [np.float64, np.float32]):
        operands = arrays(at, dtype)
        with np.errstate(all="ignore"):
            assert same(outcome(op, *map(am.Tensor, operands)), numpy(*operands)), at
        with np.errstate(**{"all": "ignore", flag: "raise"}):
            expected = outcome(numpy, *operands)
            assert same(outcome(op, *map(am.Tensor, operands)), expected), (at, flag, expected)
            assert same(outcome(op, *operands), expected), (at, flag, expected)


@pytest.mark.parametrize(
    "op", [op for op in ELEMENTWISE if op not in UFUNCS], ids=lambda op: op.name
)
def test_tensors_that_numpy_has_no_ufunc_for(op: Primitive) -> None:
    """They raise where a float is outside their domain, and else nothing but underflow."""
    for at in points(op):
        expected = outcome(PYTHON[op.name], *at)
        with np.errstate(all="raise", under="ignore"):
            found = outcome(op, *map(am.Tensor, arrays(at, np.float64)))
            if isinstance(expected, Exception):
                assert isinstance(found, am.FloatingError)
            else:
                assert same(found, expected), (at, found, expected)


# Gradients ----------------------------------------------------------------------------------------

# The derivatives by each operand as one would write them, with m for math or numpy.
SLOPES: dict[str, tuple[Callable[..., Any], ...]] = {
    "add": (lambda m, x, y: 1.0, lambda m, x, y: 1.0),
    "subtract": (lambda m, x, y: 1.0, lambda m, x, y: -1.0),
    "multiply": (lambda m, x, y: y, lambda m, x, y: x),
    "divide": (lambda m, x, y: 1.0 / y, lambda m, x, y: -(x / y) / y),
    "remainder": (lambda m, x, y: 1.0, lambda m, x, y: -(x // y)),
    "positive": (lambda m, x: 1.0,),
    "negative": (lambda m, x: -1.0,),
    "pow": (lambda m, x, y: y * x ** (y - 1.0), lambda m, x, y: x**y * m.log(x)),
    "square": (lambda m, x: 2.0 * x,),
    "reciprocal": (lambda m, x: -(1.0 / x) / x,),
    "sqrt": (lambda m, x: 0.5 / m.sqrt(x),),
    "sign": (lambda m, x: 0.0,),
    "abs": (lambda m, x: np.sign(x),),
    "exp": (lambda m, x: m.exp(x),),
    "expm1": (lambda m, x: m.exp(x),),
    "log": (lambda m, x: 1.0 / x,),
    "log1p": (lambda m, x: 1.0 / (1.0 + x),),
    "sin": (lambda m, x: m.cos(x),),
    "cos": (lambda m, x: -m.sin(x),),
    "tan": (lambda m, x: 1.0 + m.tan(x) ** 2,),
    "semicircle": (lambda m, x: -x / m.sqrt((1.0 - x) * (1.0 + x)),),
    "arcsin": (lambda m, x: 1.0 / m.sqrt((1.0 - x) * (1.0 + x)),),
    "arccos": (lambda m, x: -1.0 / m.sqrt((1.0 - x) * (1.0 + x)),),
    "arctan": (lambda m, x: 1.0 / m.hypot(1.0, x) / m.hypot(1.0, x),),
    "sinh": (lambda m, x: m.cosh(x),),
    "cosh": (lambda m, x: m.sinh(x),),
    "tanh": (lambda m, x: (1.0 - m.tanh(x)) * (1.0 + m.tanh(x)),),
    "sech2": (lambda m, x: -2.0 * (1.0 - m.tanh(x)) * (1.0 + m.tanh(x)) * m.tanh(x),),
    "direction": (
        lambda m, x, y: (y / m.hypot(x, y)) ** 2 / m.hypot(x, y),
        lambda m, x, y: -(x / m.hypot(x, y)) * (y / m.hypot(x, y)) / m.hypot(x, y),
    ),
    "hypot": (lambda m, x, y: x / m.hypot(x, y), lambda m, x, y: y / m.hypot(x, y)),
    "arctan2": (
        lambda m, y, x: x / m.hypot(x, y) / m.hypot(x, y),
        lambda m, y, x: -y / m.hypot(x, y) / m.hypot(x, y),
    ),
    "gaussian": (lambda m, x: -2.0 * np.clip(x, -40.0, 40.0) * m.exp(-squared(x)),),
    "erf": (lambda m, x: 2.0 / math.sqrt(math.pi) * m.exp(-squared(x)),),
    "sigmoid": (lambda m, x: 0.25 * (1.0 - m.tanh(0.5 * x)) * (1.0 + m.tanh(0.5 * x)),),
    "softplus": (lambda m, x: 0.5 * (1.0 + m.tanh(0.5 * x)),),
    "log_sigmoid": (lambda m, x: 0.5 * (1.0 - m.tanh(0.5 * x)),),
    "relu": (lambda m, x: 1.0 * (x > 0.0),),
    "maximum": (
        lambda m, x, y: 0.5 * ((x > y) + 1.0 * (x >= y)),
        lambda m, x, y: 0.5 * ((y > x) + 1.0 * (y >= x)),
    ),
    "minimum": (
        lambda m, x, y: 0.5 * ((x < y) + 1.0 * (x <= y)),
        lambda m, x, y: 0.5 * ((y < x) + 1.0 * (y <= x)),
    ),
    "where": (
        lambda m, condition, x, y: 0.0,
        lambda m, condition, x, y: 1.0 * (condition != 0.0),
        lambda m, condition, x, y: 1.0 * (condition == 0.0),
    ),
    "clip": (
        lambda m, x, low, high: 1.0 * ((low <= x) & (x <= high)),
        lambda m, x, low, high: 1.0 * ((x < low) & (low <= high)),
        lambda m, x, low, high: 1.0 * (high < np.maximum(x, low)),
    ),
}


def squared(x: Any) -> Any:
    """x * x, which need not overflow where exp(-x * x) is 0 long since."""
    return np.minimum(np.abs(x), 40.0) ** 2


of_those_with_slopes = pytest.mark.parametrize(
    "op", [op for op in ELEMENTWISE if op.name in SLOPES], ids=lambda op: op.name
)


def on_purpose(op: Primitive, k: int, at: tuple[float, ...]) -> bool:
    """Where a derivative is chosen, whatever the formula says: see the docstring of ops.py."""
    match op.name:
        case "pow":
            x, y = at
            return (y == 0.0) if k == 0 else x <= 0.0
        case "hypot" | "direction" | "arctan2":
            return at[0] == at[1] == 0.0
    return False


def by_backward(J: am.Node, x: am.Node) -> Any:
    J.backward()
    return x.grad


WAYS = [by_backward, am.gradient]


@of_those_with_slopes
def test_gradients_of_values(op: Primitive) -> None:
    for at, k in itertools.product(points(op), range(len(op.rules))):
        if isinstance(outcome(PYTHON[op.name], *at), Exception) or on_purpose(op, k, at):
            continue
        expected = outcome(SLOPES[op.name][k], math, *at)
        for way in WAYS:
            nodes = [am.Value(x) if i == k else x for i, x in enumerate(at)]
            found = outcome(way, op(*nodes), nodes[k])
            if isinstance(expected, Exception):
                assert same(found, expected), (at, k, expected, found)
                assert f"the derivative of {op.name}(" in str(found)
            elif np.all(np.isfinite(at)):
                assert same(found, expected), (at, k, expected, found)


@pytest.mark.parametrize("flag", ["divide", "over", "invalid"])
@of_those_with_slopes
def test_gradients_of_tensors_under_errstate(op: Primitive, flag: str) -> None:
    for at, k in itertools.product(points(op, 1), range(len(op.rules))):
        operands = arrays(at, np.float64)
        nodes = [am.Tensor(x) if i == k else x for i, x in enumerate(operands)]
        with np.errstate(all="ignore"):
            J = op(*nodes)
            value = plain(J)[0]
        if not np.isfinite(value) or on_purpose(op, k, at) or not np.all(np.isfinite(at)):
            continue
        for way in WAYS:
            with np.errstate(**{"all": "ignore", flag: "raise"}):
                expected = outcome(SLOPES[op.name][k], np, *operands)
                found = outcome(way, am.sum(J), nodes[k])
            assert same(found, expected), (at, k, flag, expected, found)


# Higher orders ------------------------------------------------------------------------------------


@of_elementwise
def test_second_derivatives_are_numbers_or_errors_of_ours(op: Primitive) -> None:
    """And where a first derivative raises, so does the second."""
    for at, k in itertools.product(points(op, 1), range(len(op.rules))):
        nodes = [am.Value(x) if i == k else x for i, x in enumerate(at)]
        J = outcome(op, *nodes)
        if isinstance(J, Exception):
            continue
        first = outcome(am.gradient, J, nodes[k])
        second = first if isinstance(first, Exception) else outcome(am.gradient, first, nodes[k])
        assert isinstance(second, am.Value | am.AutogradError), (at, k, second)


@of_elementwise
def test_second_derivatives_of_tensors_raise_by_errstate_alone(op: Primitive) -> None:
    for at, k in itertools.product(points(op, 1), range(len(op.rules))):
        nodes = [am.Tensor(x) if i == k else x for i, x in enumerate(arrays(at, np.float64))]
        with np.errstate(all="ignore"):
            first = am.gradient(am.sum(op(*nodes)), nodes[k])
            assert isinstance(am.gradient(am.sum(first), nodes[k]), am.Tensor)
        with np.errstate(all="raise"):
            found = outcome(lambda g, x: am.gradient(am.sum(g), x), first, nodes[k])
        assert isinstance(found, am.Tensor | am.FloatingError), (at, k, found)


def differentiated(f: Callable[[Any], Any], order: int) -> Callable[[Any], Any]:
    for _ in range(order):
        f = am.grad(f)
    return f


@pytest.mark.parametrize(
    ("f", "op", "x", "order"),
    [
        (am.sqrt, "sqrt", 0.0, 1),
        (lambda x: x**0.5, "pow", 0.0, 1),
        (lambda x: x**0.25, "pow", 0.0, 1),
        (lambda x: x**1.5, "pow", 0.0, 2),
        (lambda x: x**2.5, "pow", 0.0, 3),
        (lambda x: x * am.sqrt(x), "sqrt", 0.0, 1),
        (am.arcsin, "arcsin", 1.0, 1),
        (am.arccos, "arccos", -1.0, 1),
        (am.semicircle, "semicircle", 1.0, 1),
    ],
)
def test_derivatives_that_do_not_exist(f: Any, op: str, x: float, order: int) -> None:
    """They divide by 0: an error for floats, and for arrays what `numpy.errstate` says."""
    derivative, below = differentiated(f, order), differentiated(f, order - 1)
    assert np.all(np.isfinite(below(x)))
    with pytest.raises(ZeroDivisionError, match=rf"the derivative of {op}\(.*{x}") as caught:
        derivative(x)
    assert isinstance(caught.value, am.AutogradError)
    with pytest.raises(ZeroDivisionError, match=op):
        am.jvp(below, (x,), (1.0,))

    def of_array(t: Any) -> Any:
        return am.sum(f(t))

    for _ in range(order - 1):
        of_array = (lambda inner: lambda t: am.sum(am.grad(inner)(t)))(of_array)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not np.isfinite(am.grad(of_array)(np.array([x]))[0])
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide") as caught:
        am.grad(of_array)(np.array([x]))
    assert isinstance(caught.value, am.FloatingError)


@pytest.mark.parametrize(
    ("f", "x", "derivatives"),
    [
        (lambda x: x**2, 0.0, [0.0, 2.0, 0.0, 0.0]),
        (lambda x: x**3, 0.0, [0.0, 0.0, 6.0, 0.0]),
        (lambda x: x**1, 0.0, [1.0, 0.0, 0.0]),
        (lambda x: x**0, 0.0, [0.0, 0.0]),
        (lambda x: am.pow(x, 2.0), -1.0, [-2.0, 2.0, 0.0]),
        (am.square, 0.0, [0.0, 2.0, 0.0]),
        (am.expm1, 0.0, [1.0, 1.0, 1.0]),
        (am.relu, 0.0, [0.0, 0.0]),
        (abs, 0.0, [0.0, 0.0]),
        (am.erf, math.inf, [0.0, 0.0]),
        (am.gaussian, -math.inf, [0.0]),
    ],
)
def test_derivatives_that_exist(f: Any, x: float, derivatives: list[float]) -> None:
    for order, expected in enumerate(derivatives, 1):
        assert differentiated(f, order)(x) == pytest.approx(expected)


# Whole arrays -------------------------------------------------------------------------------------

T, S, E = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 2.0, 3.0]), np.zeros(0)
Q, Z, C = np.ones((2, 3)), np.array(2.0), np.ones((2, 2, 2))

# Each raises for arrays, and must for Tensors of the same numbers.
REFUSED = """
    T+S  T-S  T*S  T/S  T**S  T<S  T%S  np.hypot(T,S)  np.maximum(T,S)  np.arctan2(S,T)
    np.where(T>0,T,S)  np.clip(T,S,4)  T+[1,2,3]  [1,2,3]+T  T+[[1],[1,2]]  np.where(T>0,T)
    T*10**400  T+10**400  T/10**400  T**10**400
    T@S  S@T  T@2.0  2.0@T  Z@T  T@Q.T  np.matmul(T,S)  np.matmul(T,2.0)  np.dot(T,S)  np.dot(S,T)
    np.inner(T,S)  np.tensordot(T,S)  np.tensordot(T,S,1)  np.tensordot(T,T,5)
    np.tensordot(T,T,(0,5))  np.tensordot(T,T,([0,1],[0]))  np.tensordot(T,T,'x')
    np.tensordot(T,T,(0,))  np.tensordot(T,T,1.5)
    np.sum(T,2)  np.sum(T,-3)  np.sum(T,(0,0))  np.sum(T,'x')  np.sum(T,1.5)  np.sum(T,(0,5))
    np.mean(T,2)  np.mean(T,'x')  np.max(E)  np.max(T,2)  np.max(T,(0,0))  np.min(E)  np.prod(T,2)
    np.max(E.reshape(0,2),0)  np.var(T,2)  np.var(T,ddof='x')  np.var(T,ddof=None)  np.std(T,2)
    np.cumsum(T,2)  np.cumsum(T,(0,1))  np.cumsum(T,'x')  np.cumsum(T,1.5)  np.cumsum(Z,1)
    np.linalg.norm(T,3)  np.linalg.norm(S,'fro')  np.linalg.norm(S,'x')  np.linalg.norm(T,'x')
    np.linalg.norm(T,axis=2)  np.linalg.norm(T,axis='x')  np.linalg.norm(T,axis=(0,0))
    np.linalg.norm(C,axis=(0,1,2))  np.linalg.norm(C,2)  np.linalg.norm(Z,1)
    np.reshape(T,3)  np.reshape(T,'x')  np.reshape(T,(-1,-1))  np.reshape(T,(2,1.5))
    T.reshape(3)  T.reshape(5,-1)  T.reshape('x')  T.reshape()
    np.reshape(E,(-1,0))  np.transpose(T,(0,0))  np.transpose(T,(0,))  np.transpose(T,(0,5))
    np.transpose(T,'x')  np.transpose(T,(0,1.5))  T.transpose(0,0)  T.transpose(5)
    np.swapaxes(T,0,5)  np.swapaxes(T,0,'x')  np.swapaxes(T,0,1.5)  T.swapaxes(0,5)
    np.moveaxis(T,0,5)  np.moveaxis(T,[0,0],[0,1])  np.moveaxis(T,[0,1],[0])  np.moveaxis(T,'x',0)
    np.squeeze(T,0)  np.squeeze(T,5)  np.squeeze(T,'x')  T.squeeze(0)  np.expand_dims(T,5)
    np.expand_dims(T,'x')  np.expand_dims(T,(0,0))  np.expand_dims(T,1.5)
    np.broadcast_to(T,(3,3))  np.broadcast_to(T,-1)  np.broadcast_to(T,'x')
    np.broadcast_to(T,(2,-2))  np.broadcast_to(S,(3,2))
    np.concatenate([T,S])  np.concatenate([T,T],3)  np.concatenate([T,Q])  np.concatenate([Z,Z])
    np.concatenate([T,T],'x')  np.concatenate([T,T],1.5)  np.concatenate([T,T],(0,1))
    np.concatenate([T,[1]])  np.stack([T,S])  np.stack([T,T],3)  np.stack([T,T],'x')
    np.stack([T,T],(0,1))  np.hstack([T,S])  np.vstack([T,S])
    np.flip(T,5)  np.flip(T,'x')  np.flip(T,(0,0))  np.flip(Z,0)  np.trace(S)  np.trace(Z)
    np.einsum('ij,jk',T)  np.einsum('ijk',T)  np.einsum('ij->ik',T)  np.einsum('ij,jk->ik',T,S)
    np.einsum('ii',Q)  np.einsum('i$',T)  np.einsum(3,T)  np.einsum('ij->ii',T)
    np.einsum('ij,ij',T,Q)  np.einsum('...i,i',T,S)  np.einsum('i',T)  np.einsum('ij->ijk',T)
    T[5]  T[0,0,0]  T['x']  T[1.0]  T[[0],[0,[1]]]  T[None,5]  T[[5]]  T[np.array([1.5])]
    T[[True]]  T[np.array([True,False,True])]  T[{}]  T[...,...]  T[-3]  T[(0,5)]
    T[[0,1],[0,1,0]]  T[2:5:0]  Z[0]  S['x']  T[b'1']  T[object()]
    int(T)  float(T)  bool(T)  len(Z)  list(Z)  T.item()  S.sum(5)  S.mean('x')  T.max(2)
    T.std(5)  T.dot(S)  T.astype('x')  np.clip(T,'a','b')
"""


def forms(text: str) -> list[str]:
    return [form for line in text.splitlines() for form in line.strip().split("  ") if form]


@pytest.mark.parametrize("form", forms(REFUSED))
def test_what_is_refused_of_arrays(form: str) -> None:
    operands = {"T": T, "S": S, "E": E, "Q": Q, "Z": Z, "C": C}
    nodes = {name: am.Tensor(array) for name, array in operands.items()}
    expected = outcome(lambda: eval(form, {"np": np}, operands))
    assert isinstance(expected, Exception)
    found = outcome(lambda: eval(form, {"np": np}, nodes))
    assert same(found, expected), (found, expected)


HARD = [
    [1e308, 1e308],
    [1e308, -1e308, 1e308],
    [math.inf, 1.0],
    [math.inf, -math.inf],
    [math.nan, 1.0],
    [0.0, -0.0],
    [5e-324, 5e-324],
    [1e200, 1e200],
    [1e-200, 1e-200],
    [3.0],
]
REDUCTIONS = ["sum", "mean", "max", "min", "prod", "cumsum", "outer"]


@pytest.mark.parametrize("flag", ["divide", "over", "invalid"])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_hard_numbers(name: str, flag: str) -> None:
    for numbers in HARD:
        operands = [np.array(numbers)] * (2 if name == "outer" else 1)
        with np.errstate(**{"all": "ignore", flag: "raise"}):
            expected = outcome(getattr(np, name), *operands)
            found = outcome(getattr(am, name), *map(am.Tensor, operands))
        assert same(found, expected), (numbers, found, expected)


@pytest.mark.parametrize("numbers", HARD)
def test_a_norm_raises_only_where_it_is_too_large(numbers: list[float]) -> None:
    """NumPy's own overflows at 1e155, and is 0 below 1e-162."""
    with np.errstate(all="raise", under="ignore"):
        found = am.norm(am.Tensor(numbers))
    assert same(found, math.nan if any(map(math.isnan, numbers)) else math.hypot(*numbers))
