"""How far value, gradient and Hessian-vector product of random graphs are from mpmath's.

Errors are counted in ulps times the condition: in what one rounding of one ulp in every step, and
in every derivative of every step, can do to the result (`jets.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

import autograd_mini as am
from autograd_mini.ops import data_of

from .jets import Jet, inputs
from .meanings import meant, total
from .measure import DIGITS, distance
from .recipes import Recipe, called, draw, leaf

ULP = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).smallest_subnormal)


@dataclass(frozen=True)
class Found:
    """What the package finds: J, its gradient as numbers and as nodes, its Hessian's product."""

    J: Any
    grads: list[Any]
    gradient: list[Any]
    product: list[Any]


def by_the_package(recipe: Recipe) -> Found:
    """J and, by each leaf, its gradient and its Hessian's product with the directions."""
    leaves = [leaf(data) for data in recipe.leaves]
    results = list(leaves)
    for step in recipe.steps:
        results.append(called(step, results))
    J: Any = 0.0
    for k in recipe.ends():
        J = J + am.sum(results[k])
    J.backward()
    gradient = am.gradient(J, leaves)
    slope: Any = 0.0
    for first, direction in zip(gradient, recipe.directions, strict=True):
        slope = slope + am.sum(first * direction)
    return Found(J, [x.grad for x in leaves], gradient, am.gradient(slope, leaves))


def by_jets(recipe: Recipe) -> Jet:
    """J as a jet."""
    results = inputs(recipe.leaves, recipe.directions)
    for step in recipe.steps:
        operands = [results[x] if isinstance(x, int) else x for x in step.operands]
        results.append(meant(step.op, operands, step.statics).rounded())
    ends = [total(results[k]).rounded() for k in recipe.ends()]
    J = ends[0]
    for end in ends[1:]:
        J = (J + end).rounded()
    return J


@dataclass(frozen=True)
class Errors:
    """The worst errors of one graph, in ulps times the condition."""

    seed: int
    steps: int
    value: float
    gradient: float
    product: float


def errors(seed: int) -> Errors:
    """The graph of a seed, followed and compared."""
    recipe = draw(seed)
    found = by_the_package(recipe)
    with mp.workdps(DIGITS):
        jet = by_jets(recipe)
        value = most([found.J], jet, "")
        gradient = max(most(found.grads, jet, "i"), most(found.gradient, jet, "i"))
        product = most(found.product, jet, "iv")
    return Errors(seed, len(recipe.steps), value, gradient, product)


def most(parts: Sequence[Any], jet: Jet, key: str) -> float:
    """The worst error of a part of J, given as numbers, arrays or nodes."""
    found = np.concatenate([np.ravel(data_of(part)) for part in parts]).tolist()
    zero = np.full(len(found), mp.zero)
    exact = jet.exact.get(key, zero).ravel()
    units = ULP * jet.bounds.get(key + "e", zero).ravel().astype(float) + TINY
    assert np.all(np.isfinite(units)), "a condition beyond what floats hold"
    return max(map(distance, found, exact, units))
