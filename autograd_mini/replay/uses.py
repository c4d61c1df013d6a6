"""Uses: what the code of a function asks for by name."""

from __future__ import annotations

import dis
from functools import lru_cache
from types import CodeType
from typing import NamedTuple


class Uses(NamedTuple):
    """What code asks for: names, attributes, those that ``perhaps`` are there, and modules.

    ``stored`` are names and attributes that it gives values to.
    """

    names: dict[str, None]
    attributes: dict[str, None]
    perhaps: dict[str, None]
    modules: dict[tuple[str, int], None]
    stored: dict[str, None]


@lru_cache(maxsize=1024)
def uses_of(code: CodeType) -> Uses:
    """What code, and what is defined in it, asks for."""
    found = Uses({}, {}, {}, {}, {})
    steps = list(dis.get_instructions(code))
    for i, step in enumerate(steps):
        if step.opname in _OF_NAMES:
            found.names[step.argval] = None
        elif step.opname in _OF_ATTRIBUTES:
            found.attributes[step.argval] = None
        elif step.opname in _OF_STORES:
            found.stored[step.argval] = None
        elif step.opname == "IMPORT_NAME":
            found.modules[step.argval, steps[i - 2].argval] = None
        elif step.opname == "MATCH_CLASS":
            found.attributes.update(dict.fromkeys(steps[i - 1].argval))
    if "AttributeError" in found.names:
        found.perhaps.update(found.attributes)
    if not _BY_TEXT.isdisjoint([*found.names, *found.attributes]):
        texts = [part for x in code.co_consts if isinstance(x, str) for part in x.split(".")]
        found.perhaps.update(dict.fromkeys(filter(str.isidentifier, texts)))
        found.attributes.update(found.perhaps)
    if "setattr" in found.names:
        found.stored.update(dict.fromkeys(x for x in code.co_consts if isinstance(x, str)))
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more = uses_of(inner)
            found.names.update(more.names)
            found.attributes.update(more.attributes)
            found.perhaps.update(more.perhaps)
            found.modules.update(more.modules)
            found.stored.update(more.stored)
    return found


_OF_NAMES = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_OF_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "IMPORT_FROM"}
_OF_STORES = {"STORE_ATTR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF"}
_BY_TEXT = {"getattr", "hasattr", "vars", "__dict__", "attrgetter", "methodcaller"}
"""By what attributes are asked for whose names are texts."""


def full_name(name: str, level: int, package: str) -> str:
    """What a module is called that is imported from so many packages above a module."""
    if not level:
        return name
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - level + 1], *filter(None, [name])])


def is_generated(code: CodeType) -> bool:
    """Whether a dataclass got a function from Python: it uses fields, and nobody replaces it."""
    return code.co_qualname.startswith("__create_fn__")
