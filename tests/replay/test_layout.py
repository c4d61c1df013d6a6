"""Layout: views of arrays read the same numbers that their positions mean."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mini.replay.code import Builder, Code, Step, evaluate
from autograd_mini.replay.layout import Grid, grid, refined, split, view


def positions_of(found: Grid) -> Any:
    places = np.array([found.offset])
    for length, stride in found.axes:
        places = (places[:, None] + np.arange(length) * stride).ravel()
    return places


axes = st.lists(st.tuples(st.integers(1, 4), st.integers(-6, 24)), max_size=3)


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([5], Grid(5, ())),
        ([0, 1, 2], Grid(0, ((3, 1),))),
        ([1, 3, 5, 7], Grid(1, ((4, 2),))),
        ([4, 4, 4], Grid(4, ((3, 0),))),
        ([3, 2, 1], Grid(3, ((3, -1),))),
        ([0, 4, 1, 5, 2, 6], Grid(0, ((3, 1), (2, 4)))),
        ([0, 1, 2, 0, 1, 2], Grid(0, ((2, 0), (3, 1)))),
        ([0, 1, 3], None),
        ([0, 1, 5, 6, 7], None),
        ([0, 1, 4, 6], None),
        ([0, 1, 5, 6, 9, 10], None),
    ],
)
def test_grids(positions: Any, expected: Any) -> None:
    assert grid(np.array(positions)) == expected


@given(st.integers(0, 20), axes)
def test_a_grid_has_the_positions_it_was_made_of(offset: int, some: Any) -> None:
    positions = positions_of(Grid(offset, tuple(some)))
    found = grid(positions)
    if found is not None:
        np.testing.assert_array_equal(positions_of(found), positions)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.integers(-3, 9))
def test_split_keeps_positions(a: int, b: int, c: int, stride: int) -> None:
    whole = Grid(2, ((a * b * c, stride),))
    for lengths in ((a, b, c), (a * b, c), (a, b * c), (a * b * c,)):
        cut = split(whole, lengths)
        assert tuple(length for length, _ in cut.axes) == lengths
        np.testing.assert_array_equal(positions_of(cut), positions_of(whole))
    assert split(Grid(3, ()), (4,)) == Grid(3, ((4, 0),))


def test_lengths_that_suit_all() -> None:
    assert refined([Grid(0, ((6, 1),)), Grid(0, ((2, 0), (3, 1)))], 6) == (2, 3)
    grids = [Grid(0, ((12, 1),)), Grid(0, ((2, 1), (6, 2))), Grid(0, ((4, 1), (3, 0)))]
    assert refined(grids, 12) == (2, 2, 3)
    assert refined([Grid(0, ((3, 1), (2, 5))), Grid(0, ((2, 1), (3, 5)))], 6) is None
    assert refined([], 5) == (5,)
    assert refined([None], 1) == (1,)


def read(shape: tuple[int, ...], found: Grid) -> Any:
    """What the view of a grid reads of an array of that shape; None where there is no view."""
    made = Builder()
    source = made.input(Step(None, (), shape))
    result = view(made, source, found)
    if result is None:
        return None
    gathers = [step for step in made.steps[1:] if isinstance(step.args[1], np.ndarray)]
    assert not gathers
    array = np.arange(math.prod(shape), dtype=float).reshape(shape)
    (value,) = evaluate(Code(made.steps, [result], [], 1), [array])
    assert made.steps[result.i].shape == np.shape(value)
    lengths = tuple(length for length, _ in found.axes)
    return np.broadcast_to(value, lengths)


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.integers(0, 12),
    axes,
)
def test_a_view_reads_what_positions_mean(shape: list[int], offset: int, some: Any) -> None:
    found = Grid(offset, tuple(some))
    positions = positions_of(found)
    if positions.min() < 0 or positions.max() >= math.prod(shape):
        return
    value = read(tuple(shape), found)
    if value is not None:
        np.testing.assert_array_equal(value.ravel(), positions)


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((6,), Grid(0, ((6, 1),))),
        ((6,), Grid(1, ((3, 2),))),
        ((6,), Grid(5, ((6, -1),))),
        ((6,), Grid(4, ((2, -2),))),
        ((4, 3), Grid(0, ((3, 1), (4, 3)))),
        ((4, 3), Grid(1, ((4, 3),))),
        ((4, 3), Grid(0, ((4, 0), (3, 1)))),
        ((4, 3), Grid(3, ((2, 3), (3, 1)))),
        ((12,), Grid(0, ((2, 4), (2, 1)))),
        ((10,), Grid(0, ((2, 4), (2, 1)))),
        ((2, 3, 4), Grid(4, ((4, 1), (2, 12)))),
        ((5,), Grid(2, ((1, 3), (4, 0)))),
    ],
)
def test_these_have_views(shape: Any, found: Grid) -> None:
    value = read(shape, found)
    assert value is not None
    np.testing.assert_array_equal(value.ravel(), positions_of(found))


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((20,), Grid(0, ((3, 5), (2, 2)))),
        ((20,), Grid(9, ((2, 4), (2, -1)))),
        ((20,), Grid(3, ((2, 4), (3, 1)))),
    ],
)
def test_these_have_none(shape: Any, found: Grid) -> None:
    assert read(shape, found) is None
