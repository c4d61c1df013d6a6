"""A file imports only from lower floors; demos and benchmarks import only what is public.

Imports inside functions count as well. Those under `if TYPE_CHECKING:` do not: they never run.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import autograd_mini as am

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "autograd_mini"

# From the ground up. Rooms of one floor do not know each other; a room may be a file or a folder.
FLOORS = [
    ["errors", "text"],
    ["files"],
    ["figure"],
    ["node"],
    ["tree"],
    ["primitive"],
    ["ops"],
    ["functions"],
    ["backward", "formula"],
    ["numpy_protocol", "dvars", "changed"],
    ["arithmetic"],
    ["value", "tensor"],
    ["transforms"],
    ["replay"],
    ["check", "diagnose", "explain", "learn", "expression"],
    ["draw"],
    ["__init__"],
    ["cli"],
    ["__main__"],
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def imports(source: str, package: str) -> Iterator[str]:
    """The dotted names that source, a module of package, imports when it runs, wherever it does."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                waiting += node.orelse
                continue
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                above = package.split(".")[: package.count(".") + 2 - node.level]
                start = ".".join([*above, node.module or ""] if node.level else [node.module or ""])
                yield from (f"{start.strip('.')}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def rooms_imported(source: str, package: str = "autograd_mini") -> set[str]:
    """The rooms of autograd_mini that source imports; a name that is no room is from __init__."""
    names = [name.split(".") for name in imports(source, package)]
    second = [(*name, "")[1] for name in names if name[0] == "autograd_mini"]
    return {name if name in FLOOR_OF else "__init__" for name in second}


def forbidden(room: str, source: str, package: str = "autograd_mini") -> set[str]:
    """The rooms that a file of room imports and must not."""
    others = rooms_imported(source, package) - {room}
    return {other for other in others if FLOOR_OF[other] >= FLOOR_OF[room]}


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def package_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).parts[:-1])


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_a_file_imports_only_from_lower_floors(file: Path) -> None:
    assert room_of(file) in FLOOR_OF, f"give {file.name} its place in FLOORS"
    assert forbidden(room_of(file), file.read_text(), package_of(file)) == set()


def test_every_room_of_the_table_is_there() -> None:
    assert set(FLOOR_OF) == {room_of(file) for file in FILES}


@pytest.mark.parametrize(
    ("room", "source", "package", "found"),
    [
        ("node", "from . import errors", "autograd_mini", set()),
        ("node", "from .primitive import Primitive", "autograd_mini", {"primitive"}),
        ("node", "def f():\n    from .ops import exp", "autograd_mini", {"ops"}),
        ("node", "import autograd_mini.ops as o", "autograd_mini", {"ops"}),
        ("node", "import autograd_mini as am", "autograd_mini", {"__init__"}),
        ("node", "from . import Value", "autograd_mini", {"__init__"}),
        ("check", "from ..draw.svg import write", "autograd_mini.check", {"draw"}),
        ("check", "from .. import learn", "autograd_mini.check", {"learn"}),
        ("check", "from . import report\nfrom .report import Table", "autograd_mini.check", set()),
        ("check", "from ..node import Node", "autograd_mini.check", set()),
        ("expression", "from .check import nudge", "autograd_mini", {"check"}),
        ("node", "if TYPE_CHECKING:\n    from .ops import exp", "autograd_mini", set()),
        (
            "node",
            "if TYPE_CHECKING:\n    pass\nelse:\n    from . import ops",
            "autograd_mini",
            {"ops"},
        ),
    ],
)
def test_what_counts_as_reaching_up(room: str, source: str, package: str, found: set[str]) -> None:
    assert forbidden(room, source, package) == found


OUTSIDE = sorted([*(ROOT / "demos").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])


def public_names(module: ModuleType) -> set[str]:
    """The names it offers, less the files that happen to be loaded."""
    names = {name for name in dir(module) if not name.startswith("_")}
    files = {name for name in names if isinstance(getattr(module, name), ModuleType)}
    return {f"{module.__name__}.{name}" for name in names - files}


PUBLIC = public_names(am) | public_names(am.learn) | {"autograd_mini.learn"}


def private_names(source: str) -> set[str]:
    """What source takes from the package beyond its public names."""
    used = {name for name in imports(source, "") if name.startswith("autograd_mini.")}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("am", "am.learn"):
            used.add(ast.unparse(node).replace("am.", "autograd_mini.", 1))
    return used - PUBLIC


@pytest.mark.parametrize("file", OUTSIDE, ids=[str(file.relative_to(ROOT)) for file in OUTSIDE])
def test_demos_and_benchmarks_use_the_public_names_alone(file: Path) -> None:
    assert private_names(file.read_text()) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import autograd_mini as am\nam.exp(1)\nam.learn.sigmoid(1)", set()),
        ("from autograd_mini import Value, learn", set()),
        ("from autograd_mini.node import Node", {"autograd_mini.node.Node"}),
        ("import autograd_mini.primitive", {"autograd_mini.primitive"}),
        ("from autograd_mini import ops", {"autograd_mini.ops"}),
        ("import autograd_mini as am\nam.node.ancestors", {"autograd_mini.node"}),
        ("import autograd_mini as am\nam._walk", {"autograd_mini._walk"}),
        ("import autograd_mini as am\nam.learn._step", {"autograd_mini.learn._step"}),
    ],
)
def test_what_counts_as_private(source: str, found: set[str]) -> None:
    assert private_names(source) == found
