"""Inputs for the table's ops on arrays: operands, parameters, and what NumPy makes of them.

An entry of the table without a case here fails its test. Numbers are drawn with a fixed seed; none
are equal, so that no kink is met (kinks have tests of their own).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_rng = np.random.default_rng(20)


@dataclass(frozen=True)
class Case:
    """``op(*arrays, *statics)`` and the same by NumPy: ``expected(*arrays)``."""

    op: str
    arrays: tuple[Any, ...]
    statics: tuple[Any, ...]
    expected: Callable[..., Any]

    def __str__(self) -> str:
        shapes = "x".join(str(np.shape(a)).replace(" ", "") for a in self.arrays)
        statics = ",".join("array" if isinstance(s, np.ndarray) else str(s) for s in self.statics)
        return f"{self.op}-{shapes}-{statics}".replace(" ", "")


def numbers(*shape: int) -> Any:
    """Numbers between -2 and 2, not close to each other or to 0."""
    n = int(np.prod(shape))
    spread = np.linspace(-2.0, 2.0, n + 1 + n % 2)[: n + n % 2]
    return _rng.permutation(spread + 0.03)[:n].reshape(shape)


def _reduction(
    name: str, numpy: Callable[..., Any], *more: Any, positive: bool = False
) -> list[Case]:
    places = [
        ((3,), None, False),
        ((2, 3), 0, True),
        ((2, 3), 1, False),
        ((2, 1, 3), (0, 2), False),
        ((2, 3), (0, 1), True),
        ((2, 2), (), False),
        ((), None, False),
        ((4, 1), 0, False),
    ]
    cases = []
    for shape, axis, keepdims in places:
        axes = (axis,) if isinstance(axis, int) else axis

        def expected(x: Any, axis: Any = axes, keepdims: bool = keepdims) -> Any:
            return numpy(x, axis, keepdims, *more)

        if more and np.size(numbers(*shape).sum(axis=axes)) == np.prod(shape):
            continue  # a spread needs two numbers at least
        cases.append(Case(name, (numbers(*shape),), (axes, keepdims, *more), expected))
    return cases


def _norm(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _softmax(x: Any, axis: Any) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _indexed(shape: tuple[int, ...], *indices: Any) -> list[Case]:
    return [
        Case("getitem", (numbers(*shape),), (i,), lambda x, i=i: np.asarray(x)[i]) for i in indices
    ]


def _scattered(index: Any, shape: tuple[int, ...]) -> Case:
    def expected(x: Any) -> Any:
        out = np.zeros(shape)
        np.add.at(out, index, x)
        return out

    return Case("scatter", (numbers(*np.zeros(shape)[index].shape),), (index, shape), expected)


def _einsum(subscripts: str, *shapes: tuple[int, ...]) -> Case:
    return Case(
        "einsum",
        tuple(numbers(*shape) for shape in shapes),
        (subscripts,),
        lambda *arrays: np.einsum(subscripts, *arrays),
    )


CASES: list[Case] = [
    Case("reshape", (numbers(2, 3),), ((3, 2),), lambda x: x.reshape(3, 2)),
    Case("reshape", (numbers(),), ((1, 1),), lambda x: np.reshape(x, (1, 1))),
    Case("reshape", (numbers(1),), ((),), lambda x: x.reshape(())),
    Case("transpose", (numbers(2, 3, 4),), ((2, 0, 1),), lambda x: np.transpose(x, (2, 0, 1))),
    Case("transpose", (numbers(),), ((),), lambda x: x),
    Case("broadcast_to", (numbers(3, 1),), ((2, 3, 4),), lambda x: np.broadcast_to(x, (2, 3, 4))),
    Case("broadcast_to", (numbers(),), ((2,),), lambda x: np.broadcast_to(x, (2,))),
    Case("astype", (numbers(2, 2),), (np.dtype(np.float64),), lambda x: x),
    Case("item", (numbers(1, 1),), (), lambda x: x.item()),
    *_indexed((4,), 1, -1, slice(1, 3), slice(None, None, -2), None, ..., np.array([2, 2, 0])),
    *_indexed((4, 3), (slice(None), 1), (1, 2), (..., 0), (None, 2), np.array([[0, 0], [3, 0]])),
    *_indexed(
        (4, 3), [0, 0, 1], (np.array([0, 0]), np.array([1, 1])), (np.array([1, 1]), slice(2))
    ),
    *_indexed((4, 3), np.arange(12).reshape(4, 3) % 2 == 0, np.array([True, False, True, True])),
    *_indexed((4, 3), ((0, 0, 1),), range(2), (np.array(2), 0), np.array([], dtype=int)),
    _scattered((slice(None), 1), (2, 3)),
    _scattered(np.array([0, 2, 0]), (3, 2)),
    Case(
        "concatenate",
        (numbers(2, 1), numbers(2, 3), numbers(2, 0)),
        (1,),
        lambda *arrays: np.concatenate(arrays, 1),
    ),
    Case("stack", (numbers(2, 3), numbers(2, 3)), (1,), lambda *arrays: np.stack(arrays, 1)),
    Case("stack", (numbers(), numbers()), (0,), lambda *arrays: np.stack(arrays)),
    *_reduction("sum", lambda x, axis, keep: np.sum(x, axis=axis, keepdims=keep)),
    *_reduction("mean", lambda x, axis, keep: np.mean(x, axis=axis, keepdims=keep)),
    *_reduction("max", lambda x, axis, keep: np.max(x, axis=axis, keepdims=keep)),
    *_reduction("min", lambda x, axis, keep: np.min(x, axis=axis, keepdims=keep)),
    *_reduction("prod", lambda x, axis, keep: np.prod(x, axis=axis, keepdims=keep)),
    *_reduction("norm", _norm),
    *_reduction("logsumexp", _logsumexp),
    *_reduction("var", lambda x, axis, keep, d: np.var(x, axis=axis, keepdims=keep, ddof=d), 0),
    *_reduction("var", lambda x, axis, keep, d: np.var(x, axis=axis, keepdims=keep, ddof=d), 1),
    *_reduction("std", lambda x, axis, keep, d: np.std(x, axis=axis, keepdims=keep, ddof=d), 0),
    *_reduction("std", lambda x, axis, keep, d: np.std(x, axis=axis, keepdims=keep, ddof=d), 0.5),
    Case("center", (numbers(2, 3),), ((1,),), lambda x: x - x.mean(1, keepdims=True)),
    Case("center", (numbers(2, 3),), (None,), lambda x: x - x.mean()),
    Case("softmax", (numbers(2, 3),), ((1,),), lambda x: _softmax(x, 1)),
    Case("softmax", (numbers(2, 3),), (None,), lambda x: _softmax(x, None)),
    Case("softmax", (numbers(2, 3, 2),), ((0, 2),), lambda x: _softmax(x, (0, 2))),
    Case("weights", (numbers(2, 3),), ((1,),), lambda x: _softmax(x, 1)),
    Case("weights", (numbers(2, 3),), (None,), lambda x: _softmax(x, None)),
    Case("cumsum", (numbers(4),), (0,), np.cumsum),
    Case("cumsum", (numbers(2, 3),), (1,), lambda x: np.cumsum(x, 1)),
    *(
        Case("matmul", (numbers(*a), numbers(*b)), (), lambda x, y: x @ y)
        for a, b in [
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3, 4)),
            ((3,), (4, 3, 2)),
            ((4, 2, 3), (3,)),
            ((4, 1, 2, 3), (5, 3, 2)),
            ((2, 0), (0, 3)),
        ]
    ),
    _einsum("ij,jk->ik", (2, 3), (3, 4)),
    _einsum("ij->j", (2, 3)),
    _einsum("ij,j->", (2, 3), (3,)),
    _einsum("a,b,c->ba", (2,), (3,), (2,)),
    _einsum("abc,cd,de->abe", (2, 3, 2), (2, 2), (2, 3)),
    _einsum("ij,ij->ij", (1, 3), (2, 3)),
    _einsum(",i->i", (), (3,)),
]
