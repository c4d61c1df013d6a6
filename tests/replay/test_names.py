"""Names: legal, not taken, and not what sources mean by them."""

import keyword

import pytest

from autograd_mini.replay.names import RESERVED, free


@pytest.mark.parametrize(
    ("wished", "found"),
    [("x", "x"), ("class", "class_"), ("np", "np_"), ("2b", "_2b"), ("a b-c", "a_b_c"), ("", "_"),
     ("\ufb01", "fi"), ("x1", "x1_"), ("x2", "x2"), ("input", "input"), ("µ", "μ"), ("!", "_")],
)  # fmt: skip
def test_free(wished: str, found: str) -> None:
    assert free(wished, {"x1"}) == found


def test_what_is_reserved() -> None:
    assert {*keyword.kwlist, "sum", "abs", "np"} <= RESERVED
    assert free("sum", {"sum_"}, RESERVED) == "sum__"
