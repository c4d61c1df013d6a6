"""Constants: arrays by the user's names, and texts that make them again, bit for bit."""

import base64
import math
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_mini as am
from autograd_mini.replay.constants import DECODER, Constants, definition, dtype_text, literal


def made(text: str) -> Any:
    scope: dict[str, Any] = {"np": np, "zlib": zlib, "base64": base64}
    exec(f"{DECODER}\n{text}", scope)
    return scope["C"]


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_]),
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=6),
    )
)
def test_definitions_make_the_same_bits(array: Any) -> None:
    again = made(definition("C", array))
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert np.ascontiguousarray(again).tobytes() == np.ascontiguousarray(array).tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.random.default_rng(0).normal(size=(40, 30)),
        np.random.default_rng(0).normal(size=(40, 30)).T,
        np.array([math.inf, -math.inf, math.nan, -0.0]),
        np.zeros((0, 3)),
        np.array(2.5),
        np.arange(1000),
        np.flatnonzero(np.random.default_rng(0).random(9000) > 0.5),
        np.arange(1000) * 100,
        np.arange(1000) - 3,
        np.arange(1000)[::-1],
        np.arange(1000, dtype=np.int32),
        np.array([1j, math.inf]),
        np.array([1j, 2.0]),
        np.array(["a", "bc"]),
        np.array([], "U3"),
        np.array([b"x", b"\\'"]),
        np.array(["text"] * 1000),
        np.array(["2020-01-01"], "M8[D]"),
        np.array([], "m8[s]"),
    ],
)
def test_long_ones_and_odd_ones(array: Any) -> None:
    text = definition("C", array)
    assert max(map(len, text.splitlines())) <= 520
    np.testing.assert_array_equal(made(text), array)
    assert made(text).dtype == array.dtype


def test_places_one_after_the_other_are_bits() -> None:
    places = np.flatnonzero(np.random.default_rng(0).random(100_000) > 0.5)
    assert len(definition("C", places)) < 20_000


def test_dtypes() -> None:
    assert [dtype_text(np.dtype(t)) for t in ("f4", "f8", "i8", "?", "c8", "<U2")] == [
        "np.float32", "np.float64", "np.int64", "bool", "np.complex64", 'np.dtype("<U2")',
    ]  # fmt: skip
    assert literal(np.array([1.0, 2.0])) == "np.array([1.0, 2.0], dtype=np.float64)"


def test_the_users_names() -> None:
    X, y = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0])
    constants = Constants({"X": X, "y": y}, {"X", "y", "C1"})
    assert constants.text(X.copy()) == "X"
    assert constants.text(X.T.copy()) == "X.T"
    assert constants.text(X.ravel()) == "X.ravel()"
    assert constants.text(y) == "y"
    other = np.array([9.0, 8.0])
    assert constants.text(other) == "C2"
    assert constants.text(other.copy()) == "C2"
    assert constants.text(other.astype(np.float32)) == "C3"
    assert list(constants.arrays) == ["X", "y", "C2", "C3"]
    X[:] = 0.0
    assert constants.arrays["X"][0, 1] == 1.0
    assert not constants.arrays["X"].flags.writeable
    nan = np.array([math.nan, 1.0])
    assert constants.text(nan) == constants.text(nan.copy())


def test_exact_constants_lie_in_memory_as_they_did() -> None:
    C, F = np.arange(6.0).reshape(2, 3), np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1)
    constants = Constants({}, set(), exact=True)
    assert constants.text(C) == "C1"
    assert constants.text(np.asfortranarray(C)) == "C2.transpose((1, 0))"
    assert constants.text(C.T.copy()) == "C2"
    assert constants.text(F) == "C3.transpose((2, 0, 1))"
    assert constants.text(np.broadcast_to(1.0, (2, 3))) == "C4"
    K = np.asfortranarray(np.random.default_rng(0).normal(size=(3, 7)))
    step = am.compile(lambda x: am.sum(x @ K * 0.1), exact=True)
    for x in np.random.default_rng(1).normal(size=(50, 2, 3)):
        assert step(x) == am.sum(am.Tensor(x) @ K * 0.1).data


def test_means_of_float16_are_numpys() -> None:
    x = np.linspace(1.0, 2000.0, 300).astype(np.float16)
    step = am.compile(am.mean)
    for k in (1.0, 0.5):
        assert step(x * np.float16(k)) == np.mean(x * np.float16(k))
    assert ".mean()" in step.source


def test_zeros_of_other_signs_are_other_constants() -> None:
    plus, minus = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([-0.0, 1.0, 2.0, 3.0, 4.0])
    step = am.compile(lambda x: (x * plus, x * minus), exact=True)
    for _ in range(2):
        assert [np.signbit(found[0]) for found in step(1.0)] == [False, True]
