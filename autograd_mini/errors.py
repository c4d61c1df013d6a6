"""The exceptions: each is an `AutogradError` and also the built-in kind one would catch.

Every one carries what it knows as fields, so that a program can ask what a person reads.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AnomalyError",
    "AutogradError",
    "DivisionError",
    "DomainError",
    "DrawError",
    "ExpressionError",
    "FloatingError",
    "GradcheckError",
    "GradientError",
    "IndexingError",
    "InputError",
    "LayoutTooLargeError",
    "MissingPackageError",
    "MutationError",
    "OperandError",
    "RangeError",
    "ShapeError",
    "TraceError",
    "TruthError",
    "UnsupportedError",
]


class AutogradError(Exception):
    """Base of all errors this package raises.

    Fields (None or empty where they do not apply): ``op`` the primitive's name, ``labels`` and
    ``values`` and ``shapes`` of its operands in order.

    >>> import autograd_mini as am
    >>> try:
    ...     am.log(am.Value(-1.0, "x"))
    ... except am.AutogradError as error:
    ...     print(type(error).__name__, error.op, error.labels, error.values)
    DomainError log ('x',) (-1.0,)
    """

    def __init__(
        self,
        message: str,
        *,
        op: str | None = None,
        labels: tuple[str | None, ...] = (),
        values: tuple[Any, ...] = (),
        shapes: tuple[tuple[int, ...], ...] = (),
    ) -> None:
        super().__init__(message)
        self.op = op
        self.labels = labels
        self.values = values
        self.shapes = shapes


class DomainError(AutogradError, ValueError):
    """A float outside an op's domain, such as log(-1.0)."""


class DivisionError(AutogradError, ZeroDivisionError):
    """A float divided by zero, in a value or in a derivative."""


class RangeError(AutogradError, OverflowError):
    """A float result too large for a double, such as exp(1000.0)."""


class FloatingError(AutogradError, FloatingPointError):
    """NumPy met a floating-point error that `numpy.errstate` was asked to raise."""


class ShapeError(AutogradError, ValueError):
    """Shapes or axes that do not fit together."""


class OperandError(AutogradError, TypeError):
    """An operand that is no real number, array or node."""


class IndexingError(AutogradError, IndexError):
    """An index outside an array, or of a kind that cannot index."""


class MutationError(AutogradError, TypeError):
    """Recorded values must stay as they were: an attempt to write into a Tensor, or a derivative
    explained or checked of a graph whose data was changed in place after it was used.
    """


class TruthError(AutogradError, ValueError, TypeError):
    """The truth or the float() of a node that holds more than one number.

    NumPy has a ValueError for the one and a TypeError for the other.
    """


class UnsupportedError(AutogradError, TypeError):
    """A NumPy function, or an option of one, that nodes do not support."""


class AnomalyError(AutogradError, ArithmeticError):
    """A nan or inf that was made while `debug` looked for it."""


class TraceError(AutogradError, TypeError):
    """A number asked for in a function that is recorded once to be computed for many numbers."""


class GradientError(AutogradError, ValueError):
    """A gradient asked for in a way that has no answer."""


class GradcheckError(AutogradError, AssertionError):
    """Gradients that numeric ones do not confirm; ``labels`` are whose, the text is the table."""


class InputError(AutogradError, ValueError):
    """An argument of a command or a helper that cannot be used."""


class MissingPackageError(AutogradError, ImportError):
    """Something that needs an optional package which is not installed."""


class ExpressionError(AutogradError, ValueError):
    """An expression that is not allowed; ``column`` (from 1) is where."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.column = column


class DrawError(AutogradError, ValueError):
    """A picture that cannot be made or written."""


class LayoutTooLargeError(DrawError):
    """A graph with more visible nodes than a picture can show."""


KINDS: tuple[tuple[type[Exception], type[AutogradError]], ...] = (
    (ZeroDivisionError, DivisionError),
    (OverflowError, RangeError),
    (FloatingPointError, FloatingError),
    (IndexError, IndexingError),
    (TypeError, OperandError),
    (ValueError, DomainError),
)
"""Which of our kinds stands for a built-in one (the first that fits)."""

FORWARD_ERRORS = tuple(builtin for builtin, _ in KINDS)
