"""Text for people: short and exact numbers, the width of a terminal's columns, aligned tables."""

import math

import numpy as np
import pytest

from autograd_mini.text import exact, printable, short, table, width


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (33.0, "33"),
        (-0.0, "0"),
        (2 / 3, "0.6667"),
        (123456.0, "1.235e+05"),
        (1e300, "1e+300"),
        (5e-324, "4.941e-324"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (np.float32(0.1), "0.1"),
        (np.array(2.0), "2"),
        (np.ones((2, 3)), "array (2, 3)"),
        (np.ones(0), "array (0,)"),
    ],
)
def test_short(x: object, expected: str) -> None:
    assert short(x) == expected


def test_short_with_more_digits() -> None:
    assert short(math.pi, digits=7) == "3.141593"


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (6.002, "6.002"),
        (33.0, "33"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (-math.inf, "-inf"),
        (np.array(2.5), "2.5"),
        (np.array([1.0, 2.5]), "[1. , 2.5]"),
        (np.array([[1.0], [2.0]]), "[[1.], [2.]]"),
        (np.ones(6), "[1., 1., 1., 1., 1., 1.]"),
        (np.ones((7, 1)), "array (7, 1)"),
        (np.ones(0), "[]"),
    ],
)
def test_exact(x: object, expected: str) -> None:
    assert exact(x) == expected


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("変数", 4), ("e\u0301", 1), ("α", 1), ("🙂", 2)]
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_labels_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[2Jb\r\n") == r"a\x1b[2Jb\r\n"
    assert printable("right\u202eto left") == r"right\u202eto left"
    assert printable("ℒ = θᵀx 変数") == "ℒ = θᵀx 変数"


def test_tables_are_aligned_whatever_the_script() -> None:
    rows = [["変数", "1"], ["e\u0301", "23"], ["a\x1b[0m", ""]]
    lines = table(["name", "value"], rows).split("\n")
    assert lines == [
        "name      value",
        "変数          1",
        "e\u0301            23",
        r"a\x1b[0m",
    ]
    assert {width(line) for line in lines[:3]} == {15}


def test_a_table_of_nothing_is_its_header() -> None:
    assert table(["name", "value"], []) == "name  value"
