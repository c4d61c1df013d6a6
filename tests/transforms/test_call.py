"""What transforms take and give: places of arguments, structures, kinds of numbers, nodes."""

import dataclasses
import functools
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd_mini as am

Pair = namedtuple("Pair", "a b")


@dataclasses.dataclass
class Layer:
    w: Any
    b: Any
    name: str = "layer"

    def __call__(self, x: Any) -> Any:
        return am.sum(self.w * x) + self.b


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    w: float
    b: float


def same(found: Any, expected: Any) -> None:
    """Equal in structure, classes, dtypes and, to rounding, in numbers."""
    assert type(found) is type(expected)
    if dataclasses.is_dataclass(expected):
        fields = [f.name for f in dataclasses.fields(expected)]
        found = {name: getattr(found, name) for name in fields}
        expected = {name: getattr(expected, name) for name in fields}
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for x, y in zip(found, expected, strict=True):
            same(x, y)
    elif isinstance(expected, np.ndarray | np.generic):
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected)
    else:
        assert found == expected


# Which argument -----------------------------------------------------------------------------------


def product(a: Any, b: Any, c: Any = 1.0) -> Any:
    return a * b * c


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 15.0),
        (1, 10.0),
        (-1, 6.0),
        (-3, 15.0),
        (np.int64(1), 10.0),
        ((0,), (15.0,)),
        ([1], (10.0,)),
        ((2, 0), (6.0, 15.0)),
        ((0, -1), (15.0, 6.0)),
        (range(3), (15.0, 10.0, 6.0)),
        ((np.int32(0), 1), (15.0, 10.0)),
        ((), ()),
    ],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    args = (2.0, 3.0, 5.0)
    same(am.grad(product, argnums)(*args), expected)
    same(am.value_and_grad(product, argnums)(*args), (30.0, expected))
    same(am.jacobian(product, argnums)(*args), expected)
    second = am.hessian(product, argnums)(*args)
    size = 0 if isinstance(expected, float) else len(expected)
    assert np.shape(second) == ((size, size) if size else np.shape(expected))


@pytest.mark.parametrize(
    ("argnums", "words"),
    [
        (2, r"^argnums=2: product was called with 2 arguments by position$"),
        (-3, r"^argnums=-3: product was called with 2 arguments by position$"),
        ((0, 2), r"^argnums=\(0, 2\): product was called with 2 arguments"),
        ((0, 0), r"^argnums=\(0, 0\) names an argument of product twice$"),
        ((0, -2), r"^argnums=\(0, -2\) names an argument of product twice$"),
        (0.0, r"^argnums=0\.0 must be an int, or a tuple of ints$"),
        (None, r"^argnums=None must be an int"),
        (True, r"^argnums=True must be an int"),
        ("0", r"^argnums='0' must be an int"),
        ((0, "b"), r"^argnums=\(0, 'b'\) must be an int"),
    ],
)
@pytest.mark.parametrize("transform", [am.grad, am.value_and_grad, am.jacobian, am.hessian])
def test_argnums_that_name_no_argument(transform: Any, argnums: Any, words: str) -> None:
    with pytest.raises(am.InputError, match=words):
        transform(product, argnums)(2.0, 3.0)


def test_arguments_by_name_are_no_places() -> None:
    with pytest.raises(am.InputError, match=r"argnums=0: product was called with 0 arguments"):
        am.grad(product)(a=2.0, b=3.0)
    with pytest.raises(am.InputError, match=r"product was called with 1 argument by"):
        am.grad(product, 1)(2.0, b=3.0)
    assert am.grad(product)(2.0, 3.0, c=7.0) == 21.0
    assert am.grad(product)(2.0, b=am.Value(3.0)) == 3.0


# Structures ---------------------------------------------------------------------------------------


STRUCTURES: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "list": (lambda p: p[0] * p[1], [2.0, 3.0], [3.0, 2.0]),
    "tuple": (lambda p: p[0] * p[1], (2.0, 3.0), (3.0, 2.0)),
    "dict": (lambda p: p["a"] * p["b"], {"a": 2.0, "b": 3.0}, {"a": 3.0, "b": 2.0}),
    "OrderedDict": (lambda p: p["a"] ** 2, OrderedDict(a=2.0), OrderedDict(a=4.0)),
    "named tuple": (lambda p: p.a * p.b, Pair(2.0, 3.0), Pair(3.0, 2.0)),
    "dataclass": (
        lambda p: p(np.array([1.0, 2.0])),
        Layer(np.array([3.0, 4.0]), 5.0),
        Layer(np.array([1.0, 2.0]), 1.0, None),
    ),
    "frozen": (lambda p: p.w * p.b, Frozen(2.0, 3.0), Frozen(3.0, 2.0)),
    "nested": (
        lambda p: am.sum(p["w"][0] * p["w"][1].a) + p["b"] ** 2,
        {"w": [np.array([1.0, 2.0]), Pair(3.0, None)], "b": 4.0, "name": "text", "on": True},
        {"w": [np.array([3.0, 3.0]), Pair(3.0, None)], "b": 8.0, "name": None, "on": None},
    ),
    "unused": (lambda p: p[0] * 2.0, [1.0, np.ones(2, np.float32)], [2.0, np.zeros(2, "f4")]),
}


@pytest.mark.parametrize(("f", "argument", "expected"), STRUCTURES.values(), ids=STRUCTURES)
def test_derivatives_have_the_structure_of_the_argument(
    f: Any, argument: Any, expected: Any
) -> None:
    same(am.grad(f)(argument), expected)
    same(am.jacobian(f, mode="reverse")(argument), expected)
    same(am.jacobian(f, mode="forward")(argument), expected)
    same(am.vjp(f, argument)[1](1.0), (expected,))
    same(am.grad(lambda q: f(q[0]))([argument]), [expected])
    out, tangent = am.jvp(f, (argument,), (expected,))
    assert out == pytest.approx(am.value_and_grad(f)(argument)[0])
    squares = am.tree.flatten(expected)[0]
    assert tangent == pytest.approx(sum(float(np.sum(g * g)) for g in squares))
    product = am.hvp(f, (argument,), (expected,))
    assert type(product) is type(expected)


def test_an_argument_without_numbers() -> None:
    for argument, shown in [(["a"], r"\['a'\]"), ("a", "'a'"), (None, "None"), (True, "True")]:
        with pytest.raises(am.OperandError, match=f"^argument 0 of cube holds no .*: {shown}$"):
            am.grad(cube)(argument)
    with pytest.raises(am.OperandError, match=r"argument 1 of product holds no number"):
        am.grad(product, (0, 1))(1.0, np.array([True]))
    # An empty list or dict may be there for numbers to come.
    assert am.grad(lambda p, q: p**2, (0, 1))(3.0, {}) == (6.0, {})
    assert am.jacobian(lambda p: 1.0)([]) == []


def test_functions_of_all_kinds() -> None:
    class Cube:
        def __call__(self, x: Any) -> Any:
            return x**3

        def method(self, x: Any) -> Any:
            return x**3

    assert am.grad(Cube())(2.0) == am.grad(Cube().method)(2.0) == 12.0
    assert am.grad(functools.partial(product, 5.0))(2.0, 3.0) == 15.0
    assert am.grad(am.sin)(0.0) == 1.0
    assert am.grad(np.sin)(0.0) == 1.0
    with pytest.raises(am.GradientError, match=r"^Cube returned 2 numbers \(shape \(2,\)\)"):
        am.grad(Cube())(np.ones(2))

    def named(x: Any) -> Any:
        """What it says."""
        return x

    for transform in (am.grad, am.value_and_grad, am.jacobian, am.hessian, am.vmap, am.checkpoint):
        assert transform(named).__name__ == "named"
        assert transform(named).__doc__ == "What it says."


# Kinds of numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "value", "gradient"),
    [
        (3.0, 9.0, 6.0),
        (3, 9.0, 6.0),
        (np.float64(3.0), 9.0, 6.0),
        (Fraction(3), 9.0, 6.0),
        (np.float32(3.0), np.float32(9.0), np.float32(6.0)),
        (np.float16(3.0), np.float16(9.0), np.float16(6.0)),
        (np.int64(3), np.float64(9.0), np.float64(6.0)),
        (np.array(3.0), np.float64(9.0), np.array(6.0)),
        (np.array(3), np.float64(9.0), np.array(6.0)),
        (np.array(3.0, np.float32), np.float32(9.0), np.array(6.0, np.float32)),
    ],
    ids=repr,
)
def test_numbers_come_back_in_their_kind(x: Any, value: Any, gradient: Any) -> None:
    def square(x: Any) -> Any:
        return x * x

    for found in [
        am.value_and_grad(square)(x),
        (am.vjp(square, x)[0], am.vjp(square, x)[1](1.0)[0]),
        (value, am.jacobian(square)(x)),
        (value, am.jacobian(square, mode="forward")(x)),
    ]:
        same(found, (value, gradient))
    # A tangent is one of the result, in its kind.
    same(am.jvp(square, (x,), (1.0,)), (value, type(value)(6.0)))
    product = am.hvp(square, (x,), (1.0,))
    assert type(product) is type(gradient)
    assert product == 2.0


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g"])
def test_dtypes_are_kept(dtype: str) -> None:
    x = np.array([1.0, 2.0], dtype)

    def f(x: Any) -> Any:
        return am.sum(am.sin(x) * 2.0)

    value, gradient = am.value_and_grad(f)(x)
    assert value.dtype == gradient.dtype == x.dtype
    assert am.jacobian(am.sin)(x).dtype == x.dtype
    assert am.jacobian(am.sin, mode="forward")(x).dtype == x.dtype
    assert am.hessian(f)(x).dtype == x.dtype
    assert am.jvp(am.sin, (x,), (np.ones(2),))[1].dtype == x.dtype
    assert am.vjp(am.sin, x)[1](np.ones(2))[0].dtype == x.dtype
    assert am.hvp(f, (x,), (np.ones(2),)).dtype == x.dtype
    assert am.vmap(am.grad(am.sin))(x).dtype == x.dtype


def test_whole_numbers_count_as_floats() -> None:
    same(am.grad(lambda x: am.sum(x**2))(np.array([1, 2])), np.array([2.0, 4.0]))
    same(am.grad(lambda x: x[0] * x[1])([2, 3]), [3.0, 2.0])


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (1j, am.OperandError, r"numbers here are real, not complex128; write z\.real"),
        (np.array([1j]), am.OperandError, "numbers here are real, not complex128"),
        (np.ma.array([1.0], mask=[True]), am.OperandError, "a masked array would lose its mask"),
        (10**400, am.RangeError, "^a whole number too large for a float$"),
        (np.array([1.0], dtype=object), am.OperandError, "an array of dtype object"),
    ],
)
def test_what_no_derivative_is_taken_by(x: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        am.grad(lambda x: am.sum(x))(x)


# Nodes in, nodes out ------------------------------------------------------------------------------


def cube(x: Any) -> Any:
    return x**3


NODES: dict[str, Callable[[Any], Any]] = {
    "grad": lambda x: am.grad(cube)(x),
    "value_and_grad": lambda x: am.value_and_grad(cube)(x)[1],
    "vjp": lambda x: am.vjp(cube, x)[1](1.0)[0],
    "jvp": lambda x: am.jvp(cube, (x,), (1.0,))[1],
    "jacobian": lambda x: am.jacobian(cube)(x),
    "forward jacobian": lambda x: am.jacobian(cube, mode="forward")(x),
    "in a list": lambda x: am.grad(lambda p: p[0] ** 3 + p[1])([x, 5.0])[0],
    "hvp": lambda x: am.hvp(lambda x: x**4 / 4, (x,), (1.0,)),
    "hessian": lambda x: am.hessian(lambda x: x**4 / 4)(x),
}


@pytest.mark.parametrize("kind", [am.Value, am.Tensor])
@pytest.mark.parametrize("of", NODES.values(), ids=NODES)
def test_derivatives_of_nodes_are_nodes(of: Callable[[Any], Any], kind: Any) -> None:
    x = kind(2.0)
    first = of(x)
    assert isinstance(first, am.Node)
    assert float(first) == 12.0
    first.backward()
    assert x.grad == 12.0
    second = am.gradient(of(x), x)
    assert float(am.gradient(second, x)) == 6.0
    assert am.grad(of)(2.0) == 12.0


def test_values_are_nodes_beside_them() -> None:
    x = am.Value(2.0, "x")
    value, gradient = am.value_and_grad(lambda x: x * x)(x)
    assert isinstance(value, am.Node)
    value, gradient = am.value_and_grad(lambda x: am.sum(x * x), argnums=0)(am.Tensor([1.0, 2.0]))
    assert isinstance(gradient, am.Tensor)
    (value, aux), _ = am.value_and_grad(lambda x: (x * x, {"x": x}), has_aux=True)(x)
    (value + aux["x"]).backward()
    assert x.grad == 5.0
    # A tangent may be a node, too.
    t = am.Value(3.0)
    _, tangent = am.jvp(lambda x: x * x, (2.0,), (t,))
    tangent.backward()
    assert t.grad == 4.0
    # As may a cotangent.
    (found,) = am.vjp(lambda x: x * x, 2.0)[1](t)
    found.backward()
    assert t.grad == 4.0


def test_other_nodes_that_a_function_uses_are_constants() -> None:
    w = am.Value(3.0)
    same(am.grad(lambda x: w * x * x)(2.0), 12.0)
    same(am.value_and_grad(product)(2.0, w), (6.0, 3.0))
    same(am.jacobian(lambda x: w * x)(np.ones(2)), np.diag([3.0, 3.0]))
    same(am.jvp(lambda x: w * x, (2.0,), (1.0,)), (6.0, 3.0))
    assert w.grad is None


def test_nothing_is_written_into_grad() -> None:
    x = am.Value(2.0)
    am.grad(cube)(x)
    assert x.grad is None
    x.backward()
    am.jacobian(cube)(x)
    assert x.grad == 1.0


# no_grad ------------------------------------------------------------------------------------------


def test_transforms_work_within_no_grad() -> None:
    x, v = am.Value(2.0), np.array([1.0, 2.0])
    with am.no_grad():
        same(am.grad(cube)(2.0), 12.0)
        same(am.grad(am.grad(cube))(2.0), 12.0)
        same(am.hessian(lambda x: am.sum(x**3))(v), np.diag([6.0, 12.0]))
        same(am.jvp(cube, (2.0,), (1.0,)), (8.0, 12.0))
        same(am.vjp(cube, 2.0)[1](1.0), (12.0,))
        same(am.hvp(cube, (2.0,), (1.0,)), 12.0)
        same(am.vmap(am.grad(cube))(v), np.array([3.0, 12.0]))
        # no_grad then holds for what comes out.
        value, found = am.value_and_grad(cube)(x)
        assert value.parents == found.parents == ()
        assert (value.data, found.data) == (8.0, 12.0)
        back = am.vjp(cube, x)[1]
        assert back(1.0)[0].parents == ()
    assert back(1.0)[0].parents == ()


def test_no_grad_within_a_function_cuts() -> None:
    def f(x: Any) -> Any:
        with am.no_grad():
            slope = am.grad(cube)(x)
        return slope * x

    same(am.grad(f)(2.0), 12.0)
    same(am.jvp(f, (2.0,), (1.0,)), (24.0, 12.0))
    same(am.grad(lambda x: am.grad(cube)(am.detach(x)) * x)(2.0), 12.0)
    same(am.grad(lambda x: float(am.grad(cube)(x)) * x)(2.0), 12.0)


# Memory of their own ------------------------------------------------------------------------------


def test_results_may_be_written_into() -> None:
    x, big = np.ones(3), np.ones(10_000)
    for found in [
        am.grad(lambda x: am.sum(x))(big),
        am.jacobian(lambda x: am.sum(x))(big),
        am.jacobian(lambda x: x * 2)(x),
        am.jvp(lambda x: am.broadcast_to(x, (10_000,)), (1.0,), (1.0,))[1],
        am.hvp(lambda x: am.sum(x * x), (x,), (x,)),
        am.vmap(lambda x: 3.0)(big),
    ]:
        found += 1.0
    one, other = am.grad(lambda a, b: am.sum(a + b), (0, 1))(x, x)
    one *= 5.0
    np.testing.assert_array_equal(other, [1.0, 1.0, 1.0])
    pair = am.grad(lambda p: am.sum(p[0] + p[1].T))([np.ones((2, 2)), np.ones((2, 2))])
    pair[0] *= 5.0
    np.testing.assert_array_equal(pair[1], np.ones((2, 2)))


def test_results_do_not_share_memory_with_what_is_given() -> None:
    x, given = np.ones(3), np.ones(3)
    _, back = am.vjp(lambda x: x + 1.0, x)
    _, tangent = am.jvp(lambda x: x + 1.0, (x,), (given,))
    for found in (back(given)[0], tangent, am.vmap(lambda x: x)(x), am.vmap(lambda x: x)(x[::-1])):
        found[:] = 7.0
    turned = am.vmap(lambda row: row[::-1], out_axes=1)(np.arange(6.0).reshape(2, 3))
    turned[:] = 7.0
    first, second = am.vmap(lambda x: (x, x))(x)
    first[:] = 7.0
    for untouched in (x, given, second):
        np.testing.assert_array_equal(untouched, [1.0, 1.0, 1.0])
