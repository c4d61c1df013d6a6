"""Numbers in all their digits."""

from __future__ import annotations

from typing import Any

import numpy as np


def all_digits(x: Any) -> str:
    """A number with all its digits; an array with its shape, a large one shortened in the middle.

    >>> all_digits(0.1), all_digits(np.ones(2))
    ('0.1', 'shape (2,), float64: [1., 1.]')
    """
    if np.ndim(x) == 0:
        return str(x)
    values = np.asarray(x)
    digits = np.array2string(values, threshold=60, floatmode="unique", separator=", ")
    line = " ".join(digits.split()).replace(" ,", ",")
    return f"shape {values.shape}, {values.dtype}: {line}"
