"""Contours and areas, held against geometry and against contourpy, which knows nothing of ours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd_mini.learn.contours import areas, contours

grids = arrays(float, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.floats(-9, 9))


def length(lines) -> float:
    return sum(np.hypot(*np.diff(np.array(line), axis=0).T).sum() for line in lines)


def size(rings) -> float:
    """What rings enclose, those around holes counted off."""
    total = 0.0
    for ring in rings:
        x, y = np.array(ring).T
        total += (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2
    return total


def random(seed: int):
    return np.random.default_rng(seed).normal(size=(8, 9))


@pytest.mark.parametrize("seed", range(20))
def test_lines_are_as_long_as_contourpys(seed: int) -> None:
    contourpy = pytest.importorskip("contourpy")
    z = random(seed)
    for level in (-0.5, 0.0, 0.7):
        theirs = contourpy.contour_generator(z=z).lines(level)
        assert length(contours(z, level)) == pytest.approx(length(theirs))


@pytest.mark.parametrize("seed", range(20))
def test_what_is_above_and_what_is_below_are_the_whole(seed: int) -> None:
    z = random(seed)
    above, below = areas(z, 0.3), areas(-z, -0.3)
    assert size(above) > 0 < size(below)
    assert size(above) + size(below) == pytest.approx(7 * 8)


@given(z=grids, level=st.floats(-9, 9))
def test_every_point_is_on_the_level(z, level: float) -> None:
    for line in contours(z, level):
        for x, y in line:
            row, column = int(y), int(x)
            start, end = z[row, column], z[int(np.ceil(y)), int(np.ceil(x))]
            share = (x - column) + (y - row)
            assert start + (end - start) * share == pytest.approx(level, abs=1e-9)


@given(z=grids, level=st.floats(-9, 9))
def test_areas_are_closed_and_within_the_grid(z, level: float) -> None:
    rings = areas(z, level)
    assert bool(rings) == bool((z >= level).any())
    for ring in rings:
        assert ring[0] == ring[-1]
        assert all(0 <= x <= z.shape[1] - 1 and 0 <= y <= z.shape[0] - 1 for x, y in ring)


def test_a_hill_is_a_ring_and_a_slope_an_open_line() -> None:
    z = np.zeros((3, 3))
    z[1, 1] = 2.0
    [ring] = contours(z, 1.0)
    assert ring[0] == ring[-1]
    assert set(ring) == {(1.0, 0.5), (1.5, 1.0), (1.0, 1.5), (0.5, 1.0)}
    [line] = contours(np.array([[0.0, 4.0], [0.0, 4.0], [0.0, 4.0]]), 1.0)
    assert line == [(0.25, 2.0), (0.25, 1.0), (0.25, 0.0)]


@pytest.mark.parametrize(("high", "joined"), [(3.0, True), (1.0, False)])
def test_at_a_saddle_the_middle_says_what_is_joined(high: float, joined: bool) -> None:
    z = np.array([[high, 0.0], [0.0, high]])
    first, second = contours(z, 1.0 if joined else 0.9)
    near = {frozenset(line) for line in (first, second)}
    corner = 1 / high if joined else 0.9
    cut_off = (
        [(1 - corner, 0.0), (1.0, corner)] if joined else [(1 - corner, 0.0), (0.0, 1 - corner)]
    )
    assert any(all(any(p == pytest.approx(q) for q in cut) for p in cut_off) for cut in near)


def test_lines_keep_away_from_nan_and_areas_leave_it_out() -> None:
    z = np.arange(5.0) * np.ones((5, 1))
    z[2, 2] = np.nan
    whole, parts = contours(np.nan_to_num(z, nan=2.0), 1.5), contours(z, 1.5)
    assert len(whole) == 1
    assert len(parts) == 2
    assert length(parts) == pytest.approx(2)
    assert size(areas(z, -1.0)) == pytest.approx(16 - 4 + 2)
