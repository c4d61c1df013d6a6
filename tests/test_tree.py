"""Trees: what is taken apart, what is a leaf, what is kept, and how a tree is built again."""

import dataclasses
from collections import Counter, OrderedDict, defaultdict, namedtuple
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.tree import LEAF, flatten, is_leaf, map_leaves

Point = namedtuple("Point", "x y")


class Fussy(namedtuple("Fussy", "x y")):
    """A named tuple that is not made from its members."""

    def __new__(cls, x: float) -> "Fussy":
        return super().__new__(cls, x, 2 * x)


class Spread(tuple[Any, ...]):
    """A tuple that takes its members one by one."""

    def __new__(cls, *members: Any) -> "Spread":
        return super().__new__(cls, members)


class Stack(list[Any]):
    """A list with a name of its own."""

    def __init__(self, name: str) -> None:
        self.name = name


@dataclasses.dataclass
class Layer:
    w: Any
    b: Any
    name: str = "layer"


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    w: float
    doubled: float = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "doubled", 2 * self.w)


@dataclasses.dataclass
class Unset:
    w: float
    later: float = dataclasses.field(init=False)


def stack(name: str, *members: Any) -> Stack:
    made = Stack(name)
    made.extend(members)
    return made


@pytest.mark.parametrize(
    ("tree", "leaves"),
    [
        (1.0, [1.0]),
        ([], []),
        ((), []),
        ({}, []),
        ([1.0, (2.0, [3.0])], [1.0, 2.0, 3.0]),
        ({"b": 1.0, "a": {"c": [2.0]}}, [1.0, 2.0]),
        ({("a", 1): 1.0, 2: 2.0}, [1.0, 2.0]),
        (Point(1.0, [2.0]), [1.0, 2.0]),
        (Fussy(1.0), [1.0, 2.0]),
        (Spread(1.0, 2.0), [1.0, 2.0]),
        (stack("s", 1.0, 2.0), [1.0, 2.0]),
        (OrderedDict(b=1.0, a=2.0), [1.0, 2.0]),
        (defaultdict(list, a=[1.0]), [1.0]),
        (Counter(a=2), [2]),
        (Layer([1.0], 2.0), [1.0, 2.0]),
        (Frozen(1.0), [1.0, 2.0]),
        ([None, "text", True, np.True_, len, b"", 1.0, {1.0}], [1.0]),
        ([1, np.float32(2.0), Fraction(1, 2), 1j], [1, 2.0, Fraction(1, 2), 1j]),
    ],
    ids=repr,
)
def test_a_tree_is_taken_apart_and_built_again(tree: Any, leaves: list[Any]) -> None:
    found, structure = flatten(tree)
    assert found == leaves
    assert len(structure) == len(leaves)
    built = structure.build(found)
    assert built == tree
    assert type(built) is type(tree)
    assert len(list(structure.paths())) == len(leaves)
    assert structure.leaves_of(tree, "it") == leaves


def test_nodes_and_arrays_are_leaves() -> None:
    numbers = [np.array([1.0]), np.array(1), np.array([1j]), am.Value(1.0), am.Tensor([1.0])]
    assert all(map(is_leaf, numbers))
    found, _ = flatten(numbers)
    assert all(x is y for x, y in zip(found, numbers, strict=True))
    others = [np.array([True]), np.array(["a"]), np.array([b"a"]), np.array(["2020"], "M8[D]")]
    assert not any(map(is_leaf, others))
    kept = flatten(others)[1].build([])
    assert all(x is y for x, y in zip(kept, others, strict=True))


def test_what_a_container_is_beside_its_members_stays() -> None:
    counts = map_leaves(lambda x: -x, defaultdict(lambda: 7.0, a=1.0))
    assert counts == {"a": -1.0}
    assert counts["new"] == 7.0
    named = map_leaves(lambda x: -x, stack("s", 1.0))
    assert named == [-1.0]
    assert named.name == "s"
    tree = defaultdict(float, a=1.0)
    flatten(tree)[1].build([2.0])["b"] = 3.0
    assert tree == {"a": 1.0}


def test_a_dataclass_is_built_of_its_fields_alone() -> None:
    assert map_leaves(lambda x: 10 * x, Frozen(1.0)).doubled == 20.0
    unset = map_leaves(lambda x: 10 * x, Unset(1.0))
    assert unset.w == 10.0
    assert not hasattr(unset, "later")
    _, structure = flatten(Layer(1.0, 2.0))
    assert structure.build([3.0, 4.0], keep=False) == Layer(3.0, 4.0, None)
    # A class is no instance of itself.
    assert flatten([Layer])[0] == []


def test_paths_say_where_leaves_stand() -> None:
    _, structure = flatten({"w": [1.0, Point(2.0, Layer(3.0, (4.0,)))], 3: 5.0})
    assert list(structure.paths("p")) == [
        "p['w'][0]",
        "p['w'][1][0]",
        "p['w'][1][1].w",
        "p['w'][1][1].b[0]",
        "p[3]",
    ]
    assert list(LEAF.paths("x")) == ["x"]


def test_another_tree_has_to_match() -> None:
    _, structure = flatten({"w": [1.0, 2.0], "b": 3.0, "name": "n"})
    assert structure.leaves_of({"name": None, "b": 30.0, "w": [10.0, 20.0]}, "g") == [
        10.0,
        20.0,
        30.0,
    ]
    for other, words in [
        (1.0, r"^g must be a dict with the parts w, b, name, not a float$"),
        ({"w": [1.0, 2.0], "b": 3.0}, r"^g must be .* not a dict with the parts w, b$"),
        ({"w": (1.0, 2.0), "b": 3.0, "name": 0}, r"^g\['w'\] must be a list with the parts 0, 1"),
        ({"w": [1.0], "b": 3.0, "name": 0}, r"^g\['w'\] must be .* not a list with the parts 0$"),
        ({"w": [1.0, None], "b": 3.0, "name": 0}, r"^g\['w'\]\[1\] must be a number or an array"),
    ]:
        with pytest.raises(am.OperandError, match=words):
            structure.leaves_of(other, "g")
    with pytest.raises(am.OperandError, match=r"^the layer\.w must be a number"):
        flatten(Layer(1.0, 2.0))[1].leaves_of(Layer("w", 1.0), "the layer")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1.0, 2.0, True),
        (1.0, [1.0], False),
        (1.0, None, False),
        (None, 1.0, False),
        (None, None, True),
        ("a", "a", True),
        ("a", "b", False),
        (np.array(["a"]), np.array(["a"]), True),
        (np.array(["a"]), np.array(["a", "b"]), False),
        ([1.0, None], [2.0, None], True),
        ([1.0], (1.0,), False),
        ([1.0], [1.0, 1.0], False),
        ({"a": 1.0, "b": None}, {"b": None, "a": 2.0}, True),
        ({"a": 1.0, "b": None}, {"b": 2.0, "a": None}, False),
        ({"a": 1.0}, {"b": 1.0}, False),
        ([[1.0], 2.0], [[1.0], 2.0], True),
        ([[1.0], 2.0], [[1.0], [2.0]], False),
    ],
)
def test_structures_are_alike(one: Any, other: Any, alike: bool) -> None:
    assert flatten(one)[1].alike(flatten(other)[1]) is alike


def test_a_structure_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(am.OperandError, match="nested more than 200 deep; does it hold itself"):
        flatten(endless)
    deep: Any = 1.0
    for _ in range(200):
        deep = [deep]
    assert flatten(deep)[0] == [1.0]


def test_something_else_may_be_a_leaf() -> None:
    leaves, structure = flatten([True, 1.0, "a"], lambda x: isinstance(x, bool))
    assert leaves == [True]
    assert structure.build([False]) == [False, 1.0, "a"]
    assert structure.leaves_of([False, 2.0, "b"], "it", lambda x: isinstance(x, bool)) == [False]
