"""The contenders: how each library spells a leaf, a constant, a step and its functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any


def same(x: Any) -> Any:
    return x


@dataclass(frozen=True)
class Library:
    """A tape has leaves (``number``, ``array``); others a ``value_and_grad(f, argnums)``."""

    number: Callable[[Any], Any] | None = None
    array: Callable[[Any], Any] | None = None
    value_and_grad: Callable[..., Callable[..., Any]] | None = None
    constant: Callable[[Any], Any] = same
    sigmoid: Callable[[Any], Any] = same
    log: Callable[[Any], Any] = same
    cross_entropy: Callable[[Any, Any], Any] | None = None
    """from z and y, by the shortest way the library has"""

    def step(
        self, f: Callable[..., Any], parameters: Sequence[Any], constants: Sequence[Any] = ()
    ) -> Callable[[], tuple[Any, Sequence[Any]]]:
        """A call of it gives f(*parameters, *constants) and its gradients by the parameters."""
        fixed = [self.constant(x) for x in constants]
        if self.value_and_grad is not None:
            run = self.value_and_grad(f, tuple(range(len(parameters))))
            return lambda: run(*parameters, *fixed)

        def tape() -> tuple[Any, Sequence[Any]]:
            leaves = self.leaves(parameters)
            J = f(*leaves, *fixed)
            J.backward()
            return J.data, [leaf.grad for leaf in leaves]

        return tape

    def leaves(self, parameters: Sequence[Any]) -> list[Any]:
        number, array = self.number, self.array
        return [number(p) if isinstance(p, float) else array(p) for p in parameters]


def autograd_mini() -> Library:
    import autograd_mini as am

    return Library(
        number=am.Value,
        array=am.Tensor,
        sigmoid=am.sigmoid,
        log=am.log,
        cross_entropy=lambda z, y: am.softplus((1 - 2 * y) * z),
    )


def micrograd() -> Library:
    """It has no log and no sigmoid: they are added here as its own operations are made."""
    from math import exp
    from math import log as ln

    from micrograd.engine import Value

    def log(x: Any) -> Any:
        out = Value(ln(x.data), (x,), "log")

        def backward() -> None:
            x.grad += out.grad / x.data

        out._backward = backward
        return out

    def sigmoid(x: Any) -> Any:
        out = Value(1 / (1 + exp(-x.data)), (x,), "sigmoid")

        def backward() -> None:
            x.grad += out.data * (1 - out.data) * out.grad

        out._backward = backward
        return out

    return Library(number=Value, sigmoid=sigmoid, log=log)


def autograd() -> Library:
    import autograd.numpy as anp
    from autograd import value_and_grad

    return Library(
        value_and_grad=value_and_grad,
        sigmoid=lambda z: 1 / (1 + anp.exp(-z)),
        log=anp.log,
        cross_entropy=lambda z, y: anp.logaddexp(0, z) - y * z,
    )


def mygrad() -> Library:
    import mygrad as mg
    from mygrad.nnet.activations import sigmoid

    return Library(
        number=mg.tensor,
        array=mg.tensor,
        sigmoid=sigmoid,
        log=mg.log,
        cross_entropy=lambda z, y: mg.logaddexp(0, z) - y * z,
    )


def torch() -> Library:
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    torch.set_num_threads(1)

    def leaf(x: Any) -> Any:
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    return Library(
        number=leaf,
        array=leaf,
        constant=torch.from_numpy,
        sigmoid=torch.sigmoid,
        log=torch.log,
        cross_entropy=partial(binary_cross_entropy_with_logits, reduction="none"),
    )


def jax() -> Library:
    """Its step is compiled by jit."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def value_and_grad(f: Callable[..., Any], argnums: tuple[int, ...]) -> Callable[..., Any]:
        step = jax.jit(jax.value_and_grad(f, argnums))
        return lambda *args: jax.block_until_ready(step(*args))

    return Library(
        value_and_grad=value_and_grad,
        constant=jax.numpy.asarray,
        sigmoid=jax.nn.sigmoid,
        log=jax.numpy.log,
        cross_entropy=lambda z, y: jax.nn.softplus(z) - y * z,
    )


LIBRARIES: dict[str, Callable[[], Library]] = {
    "autograd_mini": autograd_mini,
    "micrograd": micrograd,
    "autograd": autograd,
    "mygrad": mygrad,
    "torch": torch,
    "jax": jax,
}
"""By the names they are imported by."""
