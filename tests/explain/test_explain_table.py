"""Every op of the table can be explained: its derivative is right and its rule can be written."""

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.explain.explanation import Explanation
from autograd_mini.primitive import TABLE, Primitive
from tests.explain.latex_reader import parsed
from tests.support.array_cases import CASES, Case
from tests.support.numeric import derivative, gradients

ELEMENTWISE = [op for op in TABLE.values() if op.scalar and op.records and op.samples]


def check(explanation: Explanation) -> None:
    text = str(explanation)
    assert "undefined" not in text
    assert "nan" not in text
    parsed(explanation.latex)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_of_numbers(op: Primitive) -> None:
    at = [(low + 2 * high) / 3 for low, high in op.samples]
    operands = [am.Value(x, name) for x, name in zip(at, "xyz", strict=False)]
    J = 2 * op(*operands)
    for i, x in enumerate(operands):
        explanation = am.explain(J, x)

        def f(value: float, i: int = i) -> float:
            return 2 * op.evaluate([*at[:i], value, *at[i + 1 :]])

        assert explanation.total == pytest.approx(derivative(f, at[i]), rel=1e-8, abs=1e-9)
        check(explanation)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_of_arrays(case: Case) -> None:
    tensors = [am.Tensor(a, f"x{i}") for i, a in enumerate(case.arrays)]
    weights = np.linspace(1.0, 2.0, np.size(case.expected(*case.arrays)))
    result = TABLE[case.op](*tensors, *case.statics)
    J = am.sum(am.reshape(result, (-1,)) * weights)
    numeric = gradients(
        lambda *arrays: np.sum(weights * np.ravel(case.expected(*arrays))), case.arrays
    )
    for tensor, expected in zip(tensors, numeric, strict=True):
        explanation = am.explain(J, tensor)
        np.testing.assert_allclose(explanation.total, expected, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(
            sum(path.product for path in explanation.paths), expected, rtol=1e-8, atol=1e-9
        )
        check(explanation)
