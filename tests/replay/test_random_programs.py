"""Replay against eager runs: random programs, their gradients and Hessians."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from tests.replay.programs import Trial, difference, is_replayed, outcome, trial

MANY = 300
IN_A_BATCH = 60


def transform(given: Trial, seed: int) -> Any:
    """What is compiled of a program: mostly its gradients, and Hessians."""
    if seed % 6 > 3:
        return am.hessian(given.f)
    return am.value_and_grad(given.f, argnums=given.argnums)


def has_equal_bits(step: Any) -> bool:
    """Whether bits are to be equal.

    What einsum adds first, and which of its loops NumPy takes for a view, as the rows of a Hessian
    by arrays are, goes by how operands lie in memory.
    """
    sources = [each.program.source for each in step.recordings]
    return not any("einsum" in source or "np.stack" in source for source in sources)


def replays(seed: int, exact: bool) -> tuple[int, int]:
    """How many calls of a program came out right, and how many of these by a replay."""
    tried = trial(seed)
    f = transform(tried, seed)
    step = am.compile(f, exact=exact)
    rough = 1e-3 if tried.narrow else 1e-7
    wanted = [outcome(f, args) for args in tried.arguments]
    for args, expected in zip(tried.arguments, wanted, strict=True):
        found = outcome(step, args)
        assert not difference(expected, found, exact and has_equal_bits(step), rough), seed
    made = len(step.recordings)
    right = replayed = 0
    for args, expected in zip(tried.arguments, wanted, strict=True):
        found = outcome(step, args)
        assert not difference(expected, found, exact and has_equal_bits(step), rough), seed
        # Where a derivative in a branch not taken raises nothing is recorded: f itself is run.
        if not isinstance(expected, Exception) and step.recordings:
            right += 1
            replayed += is_replayed(step, args)
    assert len(step.recordings) == made, f"{seed}: recorded anew for what was recorded"
    return right, replayed


def check(first: int, last: int) -> None:
    right = replayed = 0
    for seed in range(first, last):
        for exact in [False, *[True] * (seed % 5 == 0)]:
            found = replays(seed, exact)
            right, replayed = right + found[0], replayed + found[1]
    assert right > 2 * (last - first)
    assert replayed == right


@pytest.mark.untraced
@pytest.mark.parametrize("first", range(0, MANY, IN_A_BATCH))
def test_replays_are_eager_runs(first: int) -> None:
    check(first, first + IN_A_BATCH)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(MANY, MANY + 10_000, 250))
def test_many_replays_are_eager_runs(first: int) -> None:
    check(first, first + 250)


@pytest.mark.untraced
@settings(max_examples=15)
@given(st.integers(10**6, 10**9), st.booleans())
def test_any_program(seed: int, exact: bool) -> None:
    right, replayed = replays(seed, exact)
    assert replayed == right
