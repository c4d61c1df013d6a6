"""Helpers: the source of the forwards that NumPy has no name for, to stand beside a program."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from .. import ops
from .names import free


class Helpers:
    """The functions that a program calls, each by a name of its own, with what they call."""

    def __init__(self, taken: set[str], scope: Mapping[str, Any] | None = None) -> None:
        self.taken = taken
        self.names: dict[Callable[..., Any], str] = {}
        self.texts: dict[str, str] = {}
        self.opaque: dict[str, Any] = dict(scope or {})

    def name(self, function: Callable[..., Any], wished: str) -> str:
        """What the program calls the function; its source is noted."""
        if function not in self.names:
            self.names[function] = name = self._free(wished)
            self.texts[name] = self._source(function, name)
        return self.names[function]

    def foreign(self, function: Callable[..., Any], wished: str) -> str:
        """The same for a function that is somebody's own, whose source is not looked for."""
        if function not in self.names:
            name = self.hold(function, wished if wished.isidentifier() else "custom")
            self.names[function] = name
        return self.names[function]

    def hold(self, x: Any, wished: str = "kept") -> str:
        """A name for what cannot be written."""
        name = self._free(wished)
        self.opaque[name] = x
        return name

    def _free(self, wished: str) -> str:
        name = free(wished, self.taken)
        self.taken.add(name)
        return name

    def _source(self, function: Callable[..., Any], name: str) -> str:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        plain = _Plain(self, function)
        definition: Any = plain.visit(tree).body[0]
        definition.name = name
        ast.fix_missing_locations(definition)
        return ast.unparse(definition)


class _Plain(ast.NodeTransformer):
    """Source without annotations, its calls of other helpers by their names here."""

    def __init__(self, helpers: Helpers, function: Any) -> None:
        self.helpers = helpers
        self.scope = function.__globals__

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        if ast.get_docstring(node):
            node.body = node.body[1:]
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        found = self.scope.get(node.id)
        if found is ops.shape_of:
            return ast.copy_location(
                ast.Attribute(ast.Name("np", node.ctx), "shape", node.ctx), node
            )
        if isinstance(found, FunctionType):
            stem = node.id.removeprefix("_").removeprefix("array_").removeprefix("scalar_")
            return ast.copy_location(ast.Name(self.helpers.name(found, stem), node.ctx), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and self.scope.get(node.value.id) is builtins:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return node
