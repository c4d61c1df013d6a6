"""autograd_mini: record what you compute as a graph; see it, check it, differentiate it.

>>> import autograd_mini as am
>>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
>>> u = b * c
>>> v = a + u
>>> J = 3 * v
>>> J.backward()
>>> a.grad, b.grad, c.grad
(3.0, 6.0, 9.0)

Read on from here: `node.py` (what is recorded), `ops.py` (the table of operations and their
derivative rules), `backward.py` (the walk that applies them), `value.py` and `tensor.py`.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from .backward import gradient as gradient
from .draw import Drawing as Drawing
from .draw import draw as draw
from .dvars import Dvars as Dvars
from .dvars import dvars as dvars
from .errors import *
from .explain import explain as explain
from .node import Node as Node
from .node import detach as detach
from .node import label as label
from .node import no_grad as no_grad
from .node import scope as scope

from .ops import *  # isort: skip
from .functions import *  # isort: skip  # after ops: the same names with NumPy's signatures
from .tensor import Tensor as Tensor
from .transforms import checkpoint as checkpoint
from .transforms import custom_vjp as custom_vjp
from .transforms import grad as grad
from .transforms import hessian as hessian
from .transforms import hvp as hvp
from .transforms import jacobian as jacobian
from .transforms import jvp as jvp
from .transforms import value_and_grad as value_and_grad
from .transforms import vjp as vjp
from .transforms import vmap as vmap
from .value import Value as Value

if _TYPE_CHECKING:
    from . import learn as learn
    from .check import gradcheck as gradcheck
    from .check import nudge as nudge
    from .check import numeric_grad as numeric_grad
    from .diagnose import anomalies as anomalies
    from .diagnose import conditioning as conditioning
    from .diagnose import debug as debug
    from .diagnose import kinks as kinks
    from .diagnose import why_no_grad as why_no_grad
    from .replay import Compiled as Compiled
    from .replay import Program as Program
    from .replay import compile as compile
    from .replay import load_program as load_program

_AT_FIRST_USE = {
    "check": ("gradcheck", "nudge", "numeric_grad"),
    "diagnose": ("anomalies", "conditioning", "debug", "kinks", "why_no_grad"),
    "learn": ("learn",),
    "replay": ("Compiled", "Program", "compile", "load_program"),
}
"""What graphs alone do not need is imported when it is first asked for."""


def __getattr__(name: str) -> _Any:
    for room, names in _AT_FIRST_USE.items():
        if name in names:
            module = _import_module(f".{room}", __name__)
            return module if name == room else getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in _AT_FIRST_USE.values() for name in names)})


__version__ = "0.1.0"

__all__ = [name for name in __dir__() if not name.startswith("_")]
