"""Transforms: functions made into their derivatives, or into functions of many examples at once.

`call.py` is the one way they call a function with nodes in place of its numbers. On it stand
`reverse.py` (grad, value_and_grad, vjp), `forward.py` (jvp, hvp) and `jacobian.py`.
"""

from .forward import hvp, jvp
from .jacobian import hessian, jacobian
from .reverse import grad, value_and_grad, vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
