"""Neurons, layers and the MLP, and programs written for micrograd with only the imports changed."""

import math
import random

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.learn import MLP, Layer, Module, Neuron


def test_a_neuron_is_the_weighted_sum_and_relu() -> None:
    neuron = Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -2.0, 1.0
    assert neuron([4.0, 1.0]).data == 1.0
    assert neuron([0.0, 1.0]).data == 0.0
    neuron.nonlin = False
    out = neuron([0.0, 1.0])
    out.backward()
    assert out.data == -1.0
    assert [p.grad for p in neuron.parameters()] == [0.0, 1.0, 1.0]


def test_inputs_may_be_numbers_numpy_numbers_and_values() -> None:
    random.seed(3)
    model = MLP(2, [3, 1])
    expected = model([0.5, -1.0]).data
    assert model(np.array([0.5, -1.0])).data == expected
    assert model((Value(0.5), Value(-1.0))).data == expected
    assert Neuron(2, nonlin=False)(iter([1.0, 2.0])).op is not None


def test_the_gradient_reaches_the_inputs() -> None:
    neuron = Neuron(1, nonlin=False)
    x = Value(2.0, "x")
    neuron([x]).backward()
    assert x.grad == neuron.w[0].data


def test_the_seed_of_random_says_the_weights() -> None:
    random.seed(7)
    draws = [random.uniform(-1, 1) for _ in range(4)]
    random.seed(7)
    layer = Layer(2, 2)
    assert [p.data for p in layer.parameters()] == [*draws[:2], 0.0, *draws[2:], 0.0]


def test_parameters_are_counted_and_in_order() -> None:
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 3 * 4 + 4 + 4 * 4 + 4 + 4 + 1
    assert model.parameters()[0] is model.layers[0].neurons[0].w[0]
    assert model.parameters()[-1] is model.layers[-1].neurons[0].b
    assert Module().parameters() == []


def test_a_layer_gives_a_list_or_its_one_neurons_output() -> None:
    assert len(Layer(2, 3)([1.0, 2.0])) == 3
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert isinstance(MLP(2, [3, 1, 1])([1.0, 2.0]), Value)


def test_all_layers_but_the_last_have_a_relu() -> None:
    assert repr(MLP(2, [2, 1])) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"
    )
    assert repr(Layer(1, 1, nonlin=False)) == "Layer of [LinearNeuron(1)]"


def test_zero_grad_leaves_zeros() -> None:
    model = MLP(1, [2, 1])
    model([1.0]).backward()
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_inputs_that_are_too_few_or_too_many_are_refused() -> None:
    with pytest.raises(am.ShapeError, match=r"ReLUNeuron\(2\) takes 2 inputs, and was given 3"):
        MLP(2, [2, 1])([1.0, 2.0, 3.0])
    with pytest.raises(am.ShapeError, match="was given 1"):
        Neuron(2)([1.0])


def half_moons(count: int):
    """Two interleaved half circles of points, labelled -1 and 1."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0.0, math.pi, count)
    y = np.where(np.arange(count) % 2, 1, -1)
    X = np.stack([np.cos(angle), np.sin(angle)], axis=1) * y[:, None]
    X[:, 0] += np.where(y == 1, 0.0, 1.0)
    X[:, 1] += np.where(y == 1, 0.0, 0.5)
    return X + rng.normal(0.0, 0.05, X.shape), y


def test_a_training_loop_written_for_micrograd_learns_the_half_moons() -> None:
    random.seed(1337)
    X, y = half_moons(20)
    model = MLP(2, [8, 8, 1])
    losses = []
    for step in range(40):
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        data_loss = sum((1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)) * (
            1.0 / len(y)
        )
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * step / 40
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        losses.append(total_loss.data)
    right = [(yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)]
    assert losses[-1] < 0.3 * losses[0]
    assert np.mean(right) >= 0.95


# The engine as micrograd's programs use it; derivatives by hand, in the comments.


def test_what_is_used_many_times_sums_its_derivatives() -> None:
    x = Value(-3.0)
    p = 4 * x + 7 + x  # -8, dp = 5
    q = p.relu() - p * x  # the relu is off: -(5x + 7) x = -24, dq = -10x - 7 = 23
    r = (x * x - 1).relu()  # 8, dr = 2x = -6
    y = r * q + x * q + r  # -192 + 72 + 8, dy = dr q + r dq + q + x dq + dr
    y.backward()
    assert y.data == -112.0
    assert x.grad == -6 * -24 + 8 * 23 - 24 - 3 * 23 - 6


def test_in_place_operators_make_new_nodes() -> None:
    a, b = Value(3.0), Value(-2.0)
    s = a
    s += b  # 1: (1, 1)
    s *= a  # 3: (s + a, a) = (4, 3)
    s -= 5 - b  # -4: (4, 4)
    s /= b  # 2: (4/b, 4/b - s/b**2) = (-2, -2 + 1 * -1) with s = -4
    s **= 3  # 8: times 3 s**2 = 12
    s.backward()
    assert (s.data, a.data, b.data) == (8.0, 3.0, -2.0)
    assert a.grad == 12 * -2
    assert b.grad == 12 * (-2 + 4 / 4)


def test_numbers_on_the_left_and_on_the_right() -> None:
    x = Value(2.0)
    y = (6 - x) * (8 / x) + 2 ** (x + 1) + x**-1 - (-x) + x / 4
    # 16 + 8 + 1/2 + 2 + 1/2; slope -8/x - (6 - x) 8/x**2 + 8 ln 2 - 1/4 + 1 + 1/4
    y.backward()
    assert y.data == 27.0
    assert x.grad == pytest.approx(-4 - 8 + 8 * math.log(2) + 1)
