"""Transforms: functions made into their derivatives, or into functions of many examples at once.

`call.py` is the one way they call a function with nodes in place of its numbers. On it stand
`reverse.py` (grad, value_and_grad, vjp), `forward.py` (jvp, hvp) and `jacobian.py`. `vmap.py`
records a function for one example and does it for all by `batching.py`; `custom.py` makes
primitives of functions (custom_vjp, checkpoint).
"""

from .custom import checkpoint, custom_vjp
from .forward import hvp, jvp
from .jacobian import hessian, jacobian
from .reverse import grad, value_and_grad, vjp
from .vmap import vmap

__all__ = [
    "checkpoint",
    "custom_vjp",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
    "vmap",
]
