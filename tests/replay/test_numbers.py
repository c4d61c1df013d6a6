"""Statements on numbers: how they are written, and that they raise as the function does."""

import itertools
import math

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.primitive import TABLE

ELEMENTWISE = [
    op
    for op in TABLE.values()
    if op.kind == "elementwise" and op.records and op.rules and not op.statics
]
HARD = [math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 0.3, 2.5, 1e-17, -3.3]


def test_a_negative_number_to_a_fraction_is_a_named_error():
    step = am.compile(lambda x, y: (x**0.5, x**y, x**3))
    assert step(4.0, 2.0) == (2.0, 16.0, 64.0)
    assert step(9.0, 1.0) == (3.0, 9.0, 729.0)
    assert "math.pow(x, y)" in step.source
    assert "x ** 3" in step.source
    with pytest.raises(am.DomainError):
        step(-4.0, 2.0)


def test_squares_and_choices_are_written_out():
    step = am.compile(lambda x, y: am.where(x > 0, x, y) + y * y)
    assert step(2.0, 3.0) == step(2.0, 3.0) == 11.0
    assert "y * y" in step.source
    assert "x if x > 0 else y" in step.source
    assert step(-2.0, 3.0) == 12.0
    assert len(step.recordings) == 1


def test_a_choice_does_not_hide_what_raises():
    step = am.compile(lambda x: am.where(x > 0, am.log(x + 1), 1 / (x - 1)))
    step(2.0)
    with pytest.raises(am.DivisionError):
        step(1.0)


def test_arrays_keep_their_functions():
    step = am.compile(lambda x: am.where(x > 0, x, -x) ** 2)
    xs = np.array([1.0, -2.0])
    step(xs)
    assert step(xs).tolist() == [1.0, 4.0]
    powers = am.compile(lambda x: x**0.5)
    powers(xs + 2)
    assert powers(xs + 2).tolist() == (xs + 2).__pow__(0.5).tolist()


def test_sums_of_many_inputs_are_arrays():
    weights = [0.1 * i for i in range(100)]
    for count, wide in ((20, False), (100, True)):

        def total(xs, count=count):
            return sum(x * w for x, w in zip(xs, weights[:count], strict=True))

        step = am.compile(total)
        xs = [float(i) for i in range(count)]
        step(xs)
        assert step(xs) == pytest.approx(total(xs))
        assert ("np.array" in step.source) is wide


BACKENDS = [{}, {"exact": True}, {"backend": "llvm"}, {"backend": "llvm", "exact": True}]


@pytest.mark.parametrize("options", BACKENDS, ids=str)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_sign_of_a_constant_zero(zero, options):
    def f(x):
        return am.arctan2(zero * x, -x), am.arctan2(x * zero, -x), am.arctan2(zero, -x)

    step = am.compile(f, **options)
    assert step(1.0) == step(1.0) == f(1.0)


def test_minus_zero_taken_away():
    step = am.compile(lambda x: x - -0.0, exact=True)
    step(1.0)
    assert math.copysign(1.0, step(-0.0)) == 1.0


@pytest.mark.parametrize("options", BACKENDS, ids=str)
@pytest.mark.parametrize("k", [math.inf, -math.inf, 1e308, 5e-324])
def test_constants_that_leave_the_range_together(k, options):
    step = am.compile(lambda x: (x * k) * k - k, **options)
    for x in (0.5, 1.0, 3.0, 1e-300):
        np.testing.assert_equal(step(x), (x * k) * k - k)


POWERS = {
    "in a quotient": lambda x: 1 / (1 + x**2),
    "in a sum": lambda x: x**2 + 1,
    "of a sum": lambda x: am.tanh((x - 1) ** 2),
    "beside the product": lambda x: am.tanh(x**2) + am.sin(x * x),
    "inverse": lambda x: 1 / (1 + x**-1),
    "rolled": lambda x: sum(am.tanh((x + k) ** 2) for k in range(12)),
}


@pytest.mark.parametrize("options", BACKENDS, ids=str)
@pytest.mark.parametrize(
    "of", [lambda f: f, am.value_and_grad, am.grad, lambda f: am.grad(am.grad(f))]
)
@pytest.mark.parametrize("f", POWERS.values(), ids=POWERS.keys())
def test_powers_beyond_the_range_raise_and_products_are_infinite(f, of, options):
    step, bad = am.compile(of(f), **options), 5e-324 if f is POWERS["inverse"] else 1e200
    step(1.5)
    np.testing.assert_allclose(step(0.75), of(f)(0.75), rtol=1e-12)
    with pytest.raises(am.RangeError):
        step(bad)
    product = am.compile(lambda x: 1 / (1 + x * x), **options)
    assert product(1.5) == 1 / 3.25
    assert product(1e200) == 0.0


def test_machine_code_squares_by_a_product():
    step = am.compile(lambda x: x**2 + x**-1, backend="llvm")
    step(1.5)
    assert step(3.0) == 9.0 + 1 / 3.0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_nothing_of_the_first_numbers_is_kept(op):
    count = len(op.rules)
    numbers = [np.array(xs) for xs in zip(*itertools.product(HARD, repeat=count), strict=True)]
    grad = am.grad(lambda *xs: am.sum(op(*xs)), argnums=tuple(range(count)))
    for first in (math.nan, 2.5, -3.3):
        step = am.compile(grad, exact=True)
        step(*[np.full_like(x, first) for x in numbers])
        for found, wanted in zip(step(*numbers), grad(*numbers), strict=True):
            assert found.tobytes() == wanted.tobytes() or np.array_equal(found, wanted, True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_exponent_of_one_example_is_not_that_of_all():
    slope = am.vmap(am.grad(lambda x, y: x**y))
    for y in ([math.nan, 3.0, 1e-17], [3.0, 1e-17, math.nan]):
        wanted = [k * 2.0 ** (k - 1) for k in y]
        np.testing.assert_allclose(slope(np.full(3, 2.0), np.array(y)), wanted, rtol=1e-15)
    f = am.grad(lambda x, y: x**y)
    step = am.compile(f, exact=True)
    for x, y in ((2.0, -0.7), (0.3, 3.0), (2.5, 1e-17), (1e-3, 0.2)):
        assert step(x, y) == f(x, y)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_shorter_logarithm_spoils_no_branch():
    def f(x):
        y = am.log(am.sigmoid(x))
        return am.sum(am.where(x > y, x, y))

    step, grad = am.compile(am.grad(f)), am.grad(f)
    step(np.array([1.0, -2.0]))
    x = np.array([1.0, -800.0])
    np.testing.assert_array_equal(step(x), grad(x))
