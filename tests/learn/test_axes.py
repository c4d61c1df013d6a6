"""Axes: ticks that are round, apart, and told apart by what is written."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd_mini.learn.axes import Axis, axis, precision

numbers = st.floats(-1e300, 1e300, allow_subnormal=False)


@given(values=st.lists(numbers, min_size=1, max_size=5), margin=st.floats(0, 0.2))
def test_any_numbers_have_a_place_and_ticks_beside_them(values: list[float], margin: float) -> None:
    found = axis("x", np.array(values), margin=margin)
    places = found.share(np.array(values))
    assert np.all((places >= 0) & (places <= 1))
    ticks = found.ticks()
    assert 2 <= len(ticks) <= 8
    assert len({written for _, written in ticks}) == len(ticks)
    assert np.all(np.diff([value for value, _ in ticks]) > 0)
    assert all(-1e-6 < found.share(value) < 1 + 1e-6 for value, _ in ticks)


@given(values=st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=5))
def test_a_logarithmic_axis_goes_from_decade_to_decade(values: list[float]) -> None:
    found = axis("J", np.array(values), log=True)
    places = found.share(np.array(values))
    assert np.all((places >= -1e-9) & (places <= 1 + 1e-9))
    ticks = [value for value, _ in found.ticks()]
    assert 2 <= len(ticks) <= 8
    assert all(np.log10(tick) == round(np.log10(tick)) for tick in ticks)


def test_ticks_are_round() -> None:
    assert [text for _, text in Axis("x", -1.0, 1.0).ticks()] == ["−1", "−0.5", "0", "0.5", "1"]
    assert [text for _, text in Axis("x", 0.0, 1.0, whole=True).ticks()] == ["0", "1"]
    assert [text for _, text in Axis("x", 0.0, 250.0, whole=True).ticks()][:3] == ["0", "50", "100"]
    decades = [text for _, text in Axis("J", 1e-20, 1.0, log=True).ticks()]
    assert decades == ["1e−20", "1e−17", "1e−14", "1e−11", "1e−8", "1e−5", "0.01"]


def test_numbers_that_hardly_differ_are_written_in_more_digits() -> None:
    assert precision([1000.001, 1000.002, 1000.004]) == 7
    assert precision([]) == precision([0.0]) == 4
    texts = [text for _, text in axis("J", np.array([1000.0001, 1000.0002])).ticks()]
    assert texts[0] == "1000.0001"
