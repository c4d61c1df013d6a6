"""Long chains, many threads, and nothing that stays behind."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.node import recording

RATE = 1.0000001
X = np.array([0.5, -1.0, 2.0])


def chain(length: int) -> Callable[[Any], Any]:
    def multiplied(x: Any) -> Any:
        for _ in range(length):
            x = x * RATE
        return x

    return multiplied


# The slope of a chain at 1, in many ways.
SLOPES: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: am.grad(f)(1.0),
    "jvp": lambda f: am.jvp(f, (1.0,), (1.0,))[1],
    "hvp": lambda f: am.hvp(lambda x: f(x * x) / 2, (1.0,), (1.0,)),
    "vmap": lambda f: am.vmap(f)(np.ones(2))[1],
    "checkpoint": lambda f: am.grad(am.checkpoint(f))(1.0),
}


@pytest.mark.parametrize("length", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("slope", SLOPES.values(), ids=SLOPES)
def test_long_chains(slope: Callable[[Any], Any], length: int) -> None:
    assert slope(chain(length)) == pytest.approx(RATE**length, rel=1e-8)


def test_a_long_chain_of_checkpoints() -> None:
    step = am.checkpoint(lambda x: x * RATE)
    x = y = am.Value(1.0)
    for _ in range(2_000):
        y = step(y)
    y.backward()
    assert x.grad == pytest.approx(RATE**2_000, rel=1e-9)
    del y  # without recursion


def test_threads_do_not_disturb_each_other() -> None:
    found: list[tuple[int, Any, Any, Any]] = []

    def work(k: int) -> None:
        for _ in range(30):
            nested = am.grad(lambda x: x * am.grad(lambda y: x * y * k)(2.0))(3.0)
            batch = am.vmap(lambda x: x * k if x > 0 else -x)(X)
            with am.no_grad():
                cut = am.jvp(am.checkpoint(lambda x: x * k), (1.0,), (1.0,))[1]
            found.append((k, nested, batch, cut))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 120
    for k, nested, batch, cut in found:
        assert nested == 6 * k
        np.testing.assert_array_equal(batch, np.where(X > 0, X * k, -X))
        assert cut == k


# Nothing stays behind, without the garbage collector ----------------------------------------------


def alive_after(transform: Callable[[Any], Any], x: Any) -> int:
    """How many of the nodes that a transform made are there when its result is dropped."""
    made: list[weakref.ref[am.Node]] = []
    with recording(made=(lambda node: made.append(weakref.ref(node)),)), suppress(ValueError):
        transform(x)
    assert made
    return sum(ref() is not None for ref in made)


@contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def f(x: Any) -> Any:
    return am.sum(am.sin(x) ** 2)


cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: 3 * x**2 * g)
TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "grad": am.grad(f),
    "value_and_grad": am.value_and_grad(f),
    "vjp": lambda x: am.vjp(f, x)[1](1.0),
    "jvp": lambda x: am.jvp(f, (x,), (np.ones(3),)),
    "hvp": lambda x: am.hvp(f, (x,), (np.ones(3),)),
    "jacobian": am.jacobian(am.sin),
    "forward": am.jacobian(am.sin, mode="forward"),
    "hessian": am.hessian(f),
    "nested": am.grad(lambda x: am.sum(x * am.grad(lambda y: am.sum(x * y))(x))),
    "vmap": am.vmap(lambda x: x * 2 if x > 0 else -x),
    "vmap of grad": am.vmap(am.grad(lambda x: x**3)),
    "vmap of vmap": lambda x: am.vmap(lambda a: am.vmap(lambda b: a * b)(x))(x),
    "custom_vjp": am.grad(lambda x: am.sum(cube(x))),
    "custom_vjp, new": am.grad(lambda x: am.sum(am.custom_vjp(lambda x: x**3, None)(x))),
    "custom_vjp in vmap": am.vmap(cube),
    "custom_vjp in vmap of grad": am.vmap(am.grad(cube)),
    "checkpoint": am.grad(am.checkpoint(f)),
    "checkpoint of two": am.grad(lambda x: am.checkpoint(lambda x: (am.sin(x), f(x)))(x)[1]),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize("kind", [np.array, am.Tensor])
def test_no_node_and_no_object_stays_behind(transform: Any, kind: Any) -> None:
    x = kind(X)
    with no_collector():
        assert alive_after(transform, x) == 0
        transform(x)
        before = len(gc.get_objects())
        for _ in range(10):
            transform(x)
        assert len(gc.get_objects()) <= before + 5


def test_a_failed_call_leaves_nothing_behind() -> None:
    def failing(x: Any) -> Any:
        raise ValueError(x * x)

    with no_collector():
        for transform in (am.grad, am.vmap, am.checkpoint, am.jacobian):
            assert alive_after(transform(failing), am.Tensor(X)) == 0


def test_a_long_chain_is_freed_without_recursion() -> None:
    # What a checkpoint made is gone as it returns.
    long = chain(50_000)
    y = am.checkpoint(long)(am.Value(1.0))
    assert len(am.node.ancestors(y)) == 2
    _, back = am.vjp(long, 1.0)
    del back
