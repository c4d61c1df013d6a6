"""Explanations: a derivative as the sum over paths of products of local derivatives.

`paths.py` counts paths and finds the largest, `flow.py` takes derivatives along them, `names.py`
and `notation.py` say how nodes and formulas are written, `words.py` what is said of a path, and
`explanation.py` puts it together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..node import Node

if TYPE_CHECKING:
    from .explanation import Explanation


def explain(J: Node, variable: Node, max_paths: int = 10) -> Explanation:
    """How the derivative of ``J`` by ``variable`` comes about: every path of the chain rule.

    A path leads from the variable through the graph to ``J``; along it the local derivatives are
    multiplied, and the derivative is the sum over all paths. Up to ``max_paths`` are listed, the
    largest products first; of the others there are the number and the sum, so that a network of
    10^100 paths is explained at once. Through arrays, where local derivatives are matrices, what
    flows is shown step by step, and which of very many paths are largest is estimated.

    The `Explanation` prints so, and has ``paths`` (each with its ``nodes``, ``locals`` and
    ``product``), their ``count``, the ``total``, the ``rest`` that is not listed, and ``latex``.

    Raises `OperandError` for what are no nodes, `GradientError` for a ``J`` of several numbers,
    `InputError` for a ``max_paths`` below 1, `MutationError` for a graph whose data was changed in
    place after it was used, and what `backward` does where there is no derivative.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> u = b * c; v = a + u; J = 3 * v
    >>> am.label(u=u, v=v, J=J)
    >>> print(am.explain(J, b))
    dJ/db = dJ/dv * dv/du * du/db = 3 * 1 * 2 = 6
      J = 3·v    dJ/dv = 3
      v = a + u  dv/du = 1
      u = b·c    du/db = c = 2
    >>> x = am.Value(2.0, "x")
    >>> print(am.explain(x * x + am.relu(x - 5), x))
    3 paths lead from x to J:
      ∂J/∂t₁ * ∂t₁/∂(1st x) = 1 * 2 = 2
      ∂J/∂t₁ * ∂t₁/∂(2nd x) = 1 * 2 = 2
      ∂J/∂t₃ * ∂t₃/∂t₂ * ∂t₂/∂x = 1 * 0 * 1 = 0, because relu is off at t₂ = -3
    dJ/dx = 2 + 2 + 0 = 4
      J = t₁ + t₃    ∂J/∂t₁ = 1, ∂J/∂t₃ = 1
      t₃ = relu(t₂)  ∂t₃/∂t₂ = 0
      t₂ = x − 5     ∂t₂/∂x = 1
      t₁ = x·x       ∂t₁/∂(1st x) = x = 2, ∂t₁/∂(2nd x) = x = 2
    """
    from .explanation import explained  # who explains nothing does not wait for it

    return explained(J, variable, max_paths)
