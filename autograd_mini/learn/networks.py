"""A small neural network of Values: neurons in layers, layers in a multi-layer perceptron.

The names and the training loop are micrograd's, so that a program written for it needs nothing but
its imports changed: ``from autograd_mini import Value``, ``from autograd_mini.learn import MLP``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ..errors import ShapeError
from ..value import Value


class Module:
    """What has parameters that can be learnt."""

    def parameters(self) -> list[Value]:
        """The Values to be learnt, always in the same order."""
        return []

    def zero_grad(self) -> None:
        """Set every parameter's ``.grad`` to 0, so that a loop may read it before any backward().

        ``backward()`` itself starts afresh at each call and does not need it.
        """
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """relu(w_1 x_1 + w_2 x_2 + ... + b), or without the relu for ``nonlin=False``.

    Weights are drawn by `random.uniform` between -1 and 1, b is 0. Called with numbers or Values;
    raises `ShapeError` for as many as it does not have weights.

    >>> import autograd_mini as am
    >>> neuron = am.learn.Neuron(2)
    >>> neuron
    ReLUNeuron(2)
    >>> neuron.w[0].data, neuron.w[1].data = 0.5, 2.0
    >>> neuron([4.0, 3.0])
    Value(8.0)
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1.0, 1.0)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Any:
        """The neuron's output for its inputs."""
        inputs = list(x)
        if len(inputs) != len(self.w):
            raise ShapeError(f"{self!r} takes {len(self.w)} inputs, and was given {len(inputs)}")
        z: Any = self.b
        for w_j, x_j in zip(self.w, inputs, strict=True):
            z = z + w_j * x_j
        return z.relu() if self.nonlin else z

    def parameters(self) -> list[Value]:
        """The weights, then b."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """``nout`` neurons that see the same inputs; gives a list, or the one output of one neuron.

    >>> import autograd_mini as am
    >>> am.learn.Layer(3, 2)
    Layer of [ReLUNeuron(3), ReLUNeuron(3)]
    """

    def __init__(self, nin: int, nout: int, nonlin: bool = True) -> None:
        self.neurons = [Neuron(nin, nonlin) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The neurons' outputs for the inputs that they share."""
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        """The neurons' parameters, neuron by neuron."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of {self.neurons}"


class MLP(Module):
    """Layers one after the other, ``nouts`` neurons in each; relu in all but the last.

    >>> import random
    >>> import autograd_mini as am
    >>> random.seed(1)
    >>> model = am.learn.MLP(2, [3, 1])
    >>> len(model.parameters())
    13
    >>> for _ in range(100):  # teach it that f(1, 2) = 3
    ...     loss = (model([1.0, 2.0]) - 3.0) ** 2
    ...     loss.backward()
    ...     for p in model.parameters():
    ...         p.data -= 0.02 * p.grad
    >>> round(model([1.0, 2.0]).data, 3)
    3.0
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last) for i in range(len(nouts))]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The last layer's output for the first one's inputs."""
        signal: Any = x
        for layer in self.layers:
            signal = layer([signal] if isinstance(signal, Value) else signal)
        return signal

    def parameters(self) -> list[Value]:
        """The layers' parameters, layer by layer."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of {self.layers}"
