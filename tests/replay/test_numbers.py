"""Statements on numbers: how they are written, and that they raise as the function does."""

import numpy as np
import pytest

import autograd_mini as am


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
