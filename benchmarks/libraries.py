"""The contenders: how each library spells a leaf, a constant, a step and its functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np


def same(x: Any) -> Any:
    return x


def as_it_is(f: Callable[..., Any], args: Sequence[Any]) -> Callable[[], Any]:
    return partial(f, *args)


@dataclass(frozen=True)
class Library:
    """A tape has leaves (``number``, ``array``); without them, steps are by ``value_and_grad``."""

    number: Callable[[Any], Any] | None = None
    array: Callable[[Any], Any] | None = None
    value_and_grad: Callable[..., Callable[..., Any]] | None = None
    hessian: Callable[..., Callable[..., Any]] | None = None
    vmap: Callable[..., Callable[..., Any]] | None = None
    compile: Callable[[Callable[..., Any], Sequence[Any]], Callable[[], Any]] = as_it_is
    """f and its arguments -> what calls f with them, compiled if the library does that"""
    constant: Callable[[Any], Any] = same
    sigmoid: Callable[[Any], Any] = same
    log: Callable[[Any], Any] = same
    sin: Callable[[Any], Any] = same
    cross_entropy: Callable[[Any, Any], Any] | None = None
    """from z and y, by the shortest way the library has"""

    def step(
        self, f: Callable[..., Any], parameters: Sequence[Any], constants: Sequence[Any] = ()
    ) -> Callable[[], tuple[Any, Sequence[Any]]]:
        """A call of it gives f(*parameters, *constants) and its gradients by the parameters."""
        fixed = [self.constant(x) for x in constants]
        if self.number is None:
            run = self.value_and_grad(f, tuple(range(len(parameters))))
            return self.compile(run, [*parameters, *fixed])

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
        value_and_grad=am.value_and_grad,
        hessian=am.hessian,
        vmap=am.vmap,
        sigmoid=am.sigmoid,
        log=am.log,
        sin=am.sin,
        cross_entropy=lambda z, y: am.softplus(z * (1 - 2 * y)),
    )


def autograd_mini_replayed(backend: str = "numpy") -> Library:
    """Functions and their derivatives, recorded once by compile."""
    import autograd_mini as am

    return replace(
        autograd_mini(),
        number=None,
        array=None,
        compile=lambda f, args: partial(am.compile(f, backend=backend), *args),
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
    """What is compiled is so by jit."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def compile(f: Callable[..., Any], args: Sequence[Any]) -> Callable[[], Any]:
        run, arrays = jax.jit(f), [jax.numpy.asarray(arg) for arg in args]
        return lambda: jax.block_until_ready(run(*arrays))

    return Library(
        value_and_grad=jax.value_and_grad,
        hessian=jax.hessian,
        vmap=jax.vmap,
        compile=compile,
        constant=jax.numpy.asarray,
        sigmoid=jax.nn.sigmoid,
        log=jax.numpy.log,
        sin=jax.numpy.sin,
        cross_entropy=lambda z, y: jax.nn.softplus(z) - y * z,
    )


def casadi(call: bool = False) -> Library:
    """Its virtual machine reads and writes buffers, or is called with an array and gives its own.

    Functions get symbols, all of them in one vector.
    """
    import casadi as ca

    def value_and_grad(f: Callable[..., Any], argnums: tuple[int, ...]) -> Callable[..., Any]:
        def value_and_gradients(*symbols: Any) -> tuple[Any, list[Any]]:
            J = f(*symbols)
            return J, [ca.gradient(J, ca.vertcat(*(symbols[i] for i in argnums)))]

        return value_and_gradients

    def hessian(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x: ca.densify(ca.hessian(f(x), x)[0])

    def compile(f: Callable[..., Any], args: Sequence[Any]) -> Callable[[], Any]:
        symbols = [ca.SX.sym(f"x{i}", np.size(arg)) for i, arg in enumerate(args)]
        found = f(*symbols)
        results = [found[0], *found[1]] if isinstance(found, tuple) else [found]
        function = ca.Function("f", [ca.vertcat(*symbols)], results)
        x = np.hstack(args)
        run = partial(function.call, [x]) if call else _buffered(function, x)
        if not isinstance(found, tuple):
            return lambda: run()[0]

        def pair() -> tuple[Any, list[Any]]:
            J, *gradients = run()
            return J, gradients

        return pair

    return Library(
        value_and_grad=value_and_grad,
        hessian=hessian,
        compile=compile,
        sigmoid=lambda z: 1 / (1 + ca.exp(-z)),
        log=ca.log,
        sin=ca.sin,
    )


def _buffered(function: Any, x: Any) -> Callable[[], list[Any]]:
    """CasADi's own way to evaluate without a conversion: the caller owns all the memory."""
    buffer, evaluate = function.buffer()
    results = [np.zeros(function.size_out(i), order="F") for i in range(function.n_out())]
    buffer.set_arg(0, memoryview(x))
    for i, result in enumerate(results):
        buffer.set_res(i, memoryview(result.ravel(order="K")))

    def run(buffer: Any = buffer) -> list[Any]:  # which evaluate alone would not keep alive
        evaluate()
        return results

    return run


def math() -> Library:
    """Python's own floats, without a gradient."""
    import math

    return Library(sin=math.sin)


LIBRARIES: dict[str, Callable[[], Library]] = {
    "autograd_mini": autograd_mini,
    "autograd_mini replayed": autograd_mini_replayed,
    "llvmlite by autograd_mini": partial(autograd_mini_replayed, backend="llvm"),
    "micrograd": micrograd,
    "autograd": autograd,
    "mygrad": mygrad,
    "torch": torch,
    "jax": jax,
    "casadi": casadi,
    "casadi called": partial(casadi, call=True),
    "math": math,
}
"""By the names they are imported by; a second word says how they are used."""
