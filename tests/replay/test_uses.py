"""Uses: names, attributes and modules that code asks for, in all that is defined in it."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autograd_mini.replay.uses import full_name, is_generated, uses_of


def uses(f: Any) -> Any:
    return uses_of(f.__code__)


def test_names_and_attributes_of_inner_code() -> None:
    def f(x: Any) -> Any:
        return [y.first for y in sum(x)], lambda: os.path

    assert set(uses(f).names) == {"sum", "os"}
    assert set(uses(f).attributes) == {"first", "path"}
    assert not uses(f).perhaps


def test_names_that_are_only_set() -> None:
    scope: dict[str, Any] = {}
    exec("def f():\n    global a\n    a = 1\n    b.c = 2", scope)
    assert set(uses(scope["f"]).names) == {"b"}
    assert not uses(scope["f"]).attributes


def test_attributes_that_are_perhaps_there() -> None:
    def by_text(x: Any) -> Any:
        return getattr(x, "first", 1.0), x.second, "no name"

    def caught(x: Any) -> Any:
        with suppress(AttributeError):
            return x.first

    assert set(uses(by_text).perhaps) == {"first"}
    assert set(uses(by_text).attributes) == {"first", "second"}
    assert set(uses(caught).perhaps) == {"first"}


def test_patterns_and_modules() -> None:
    def f(x: Any) -> Any:
        match x:
            case os(first=1):  # type: ignore[misc]
                import a.b  # type: ignore[import-not-found]
        from .c import second  # type: ignore[import-not-found]

        return a, second

    assert set(uses(f).attributes) >= {"first", "second"}
    assert set(uses(f).modules) == {("a.b", 0), ("c", 1)}


def test_full_names_of_modules() -> None:
    assert full_name("a.b", 0, "p.q") == "a.b"
    assert full_name("a", 1, "p.q") == "p.q.a"
    assert full_name("", 1, "p.q") == "p.q"
    assert full_name("a", 2, "p.q") == "p.a"


def test_functions_that_a_dataclass_gets() -> None:
    @dataclass
    class Data:
        k: float

        def own(self) -> None:
            pass

    assert is_generated(Data.__init__.__code__)
    assert not is_generated(Data.own.__code__)
