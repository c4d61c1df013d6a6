"""Mistakes planted in every rule of the table are caught, and blamed on the op that has them.

How many of each kind `python -m tests.support.mutations` prints.
"""

from collections import Counter

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.primitive import TABLE, Primitive
from tests.support.mutations import (
    CAUGHT,
    FOUND,
    NONE,
    RECORDED,
    Mutant,
    around,
    bent,
    changes,
    fate,
    inputs,
    nodes,
    rules_of,
    source_of,
    straight,
    summary,
    within,
)

of_every_op = pytest.mark.parametrize("op", RECORDED, ids=lambda op: op.name)


@of_every_op
def test_right_rules_pass_where_the_mistakes_are_planted(op: Primitive) -> None:
    for seed, (operands, statics) in list(enumerate(inputs(op)))[::2]:
        report = am.gradcheck(straight(op, nodes(operands), statics, seed))
        assert report, str(report)


@pytest.mark.slow
@of_every_op
def test_so_do_their_second_derivatives(op: Primitive) -> None:
    for seed, (operands, statics) in enumerate(inputs(op)):
        report = am.gradcheck(bent(op, nodes(operands), statics, seed), order=2)
        assert report, str(report)


@of_every_op
def test_mistakes_around_a_rule_are_caught(op: Primitive) -> None:
    planted = list(around(op))
    swaps = [mutant for mutant in planted if mutant.kind == "argument swapped"]
    for mutant in [m for m in planted if m not in swaps] + swaps[::10]:
        assert fate(mutant) in (CAUGHT, NONE), str(mutant)


@of_every_op
def test_mistakes_within_a_rule_are_caught(op: Primitive) -> None:
    for mutant in list(within(op))[5::40]:
        assert fate(mutant) in (*FOUND, NONE), str(mutant)


@pytest.mark.slow
@of_every_op
def test_every_mistake_is_caught(op: Primitive) -> None:
    fates = Counter(fate(mutant) for mutant in [*around(op), *within(op)])
    assert set(fates) <= {*FOUND, NONE}, fates


def test_what_is_no_mistake_is_known_as_such() -> None:
    kinds = {str(mutant): mutant for op in RECORDED for mutant in around(op)}
    for name, order in {
        "add: argument swapped (rule 1: x0 and x1)": 0,
        "multiply: argument swapped (rule 1: z and x0)": 0,
        "multiply: argument swapped (rule 1: x0 and x1)": 1,
        "exp: argument swapped (rule 1: g and z)": 0,
        "exp: sign flipped (rule 1)": 1,
        "sign: nothing handed on (rule 1)": 0,
        "sign: too much handed on (rule 1)": 1,
    }.items():
        assert changes(kinds[name]) == order, name

    def unrecorded(g, z, x):
        return g * am.detach(z)

    assert changes(Mutant(am.exp, "", "", am.exp, "rules", (unrecorded,))) == 2


def test_a_mistake_is_gone_afterwards() -> None:
    before = am.exp.rules
    [mutant] = [m for m in around(am.exp) if m.kind == "sign flipped"]
    with mutant.planted():
        assert am.grad(am.exp)(0.0) == -1.0
    assert am.exp.rules is before
    assert am.grad(am.exp)(0.0) == 1.0


def test_a_mistake_that_is_missed_would_show() -> None:
    """A mistake too small to see, and one in a rule that no input asks for."""
    rules = (lambda g, z, x: g * z * (1 + 2e-9),)
    assert fate(Mutant(am.exp, "", "", am.exp, "rules", rules)) == "missed"

    def elsewhere(g, z, x):
        return g * 2 * x + (0.3 if np.all(x == 7.5) else 0.0)

    assert fate(Mutant(am.square, "", "", am.square, "rules", (elsewhere,))) == NONE


def test_each_rule_is_found_in_the_source() -> None:
    for op in TABLE.values():
        for rule, _, _ in rules_of(op):
            assert source_of(rule) is not None
    details = [mutant.detail for mutant in within(ops.divide)]
    assert "rule 2: -g * z / y -> -g * z * y" in details
    assert "rule 2: -g -> g" in details


def test_the_table_counts() -> None:
    fates = Counter({("a", CAUGHT): 3, ("a", "missed"): 1, ("b", NONE): 2})
    lines = [line.split() for line in summary(fates).splitlines()]
    assert lines[1] == ["a", "4", "3", "0", "0", "0", "75.00%"]
    assert lines[2] == ["b", "0", "0", "0", "0", "2"]
    assert lines[3] == ["all", "4", "3", "0", "0", "2", "75.00%"]
