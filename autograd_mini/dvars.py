"""dvars: the gradients of a graph's labelled nodes under the lecture's names, "da" for dJ/da."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .backward import cotangents
from .node import Node, ancestors, labelled
from .text import exact, table


class Dvars(Mapping[str, Any]):
    """A mapping from "da", "du", ... to gradients; prints as the table name, value, dvar."""

    def __init__(self, rows: list[tuple[str, Any, Any]]) -> None:
        self.rows = rows
        self._gradients = {f"d{name}": gradient for name, _, gradient in rows}

    def __getitem__(self, name: str) -> Any:
        return self._gradients[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._gradients)

    def __len__(self) -> int:
        return len(self._gradients)

    def __str__(self) -> str:
        return table(["name", "value", "dvar"], [[n, exact(v), exact(g)] for n, v, g in self.rows])

    def __repr__(self) -> str:
        return f"Dvars({self._gradients})"


def dvars(root: Node, gradient: Any = None) -> Dvars:
    """The gradients of ``root`` by every labelled node it depends on, operands before results.

    A label that several nodes carry is told apart: "dz", "dz#2", ... Nothing is written into
    ``.grad``. ``gradient`` is needed for a root that holds more than one number.

    >>> import autograd_mini as am
    >>> a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    >>> u = b * c; v = a + u; J = 3 * v
    >>> am.label(u=u, v=v, J=J)
    >>> print(am.dvars(J))
    name  value  dvar
    a         5     3
    b         3     6
    c         2     9
    u         6     3
    v        11     3
    J        33     1
    >>> am.dvars(J)["db"]
    6.0
    """
    found = cotangents(root, gradient)
    names = labelled(ancestors(root))
    return Dvars([(name, node.data, found[node]) for node, name in names.items()])
