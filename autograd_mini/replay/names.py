"""Names: what programs call what they take and hold: legal in Python, meant by nothing else."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

MEANT = frozenset(
    [
        *["np", "math", "zlib", "base64", "Broken", "_array"],
        *["abs", "bool", "float", "int", "len", "max", "min", "range", "round", "tuple"],
    ]
)
"""What sources call by name, so that no parameter may be called so."""

RESERVED = MEANT.union(keyword.kwlist, dir(builtins))
"""What no function and no value is called."""


def free(wished: str, taken: Collection[str] = (), meant: Collection[str] = MEANT) -> str:
    """The name that is wished, or one like it that is legal, not taken and not meant otherwise."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", wished))
    if not name.isidentifier():
        name = f"_{name}"
    while name in taken or name in meant or keyword.iskeyword(name):
        name += "_"
    return name
