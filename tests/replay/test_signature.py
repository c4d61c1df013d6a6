"""Signatures: how arguments are taken apart, what other calls fit, how results are put together."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.replay.program import is_input
from autograd_mini.replay.signature import Signature, rectangles, result_text, signature
from autograd_mini.tree import flatten


def of(f: Any, *args: Any, **options: Any) -> Signature:
    leaves, structure = flatten((args, options), is_input)
    return signature(f, structure, leaves)


@dataclass
class Layer:
    W: Any
    b: Any = 0.0


class Pair(NamedTuple):
    x: Any
    y: Any


def plain(a: Any, b: Any = 1.0, *more: Any, c: Any = 2.0, **others: Any) -> Any:
    return a


@pytest.mark.parametrize(
    ("args", "options", "parameters", "inputs"),
    [
        ((1.0,), {}, "a", ["a"]),
        ((1.0, 2.0), {"c": 3.0}, "a, b, *, c", ["a", "b", "c"]),
        ((1.0, 2.0, 3.0, 4.0), {}, "a, b, x0, x1", ["a", "b", "x0", "x1"]),
        (([1.0, 2.0],), {}, "a", ["a[0]", "a[1]"]),
        (({"k": (1.0,), 3: 2.0},), {}, "a", ["a['k'][0]", "a[3]"]),
        ((Layer(1.0),), {}, "a", ["a.W", "a.b"]),
        ((Pair(1.0, [2.0]),), {}, "a", ["a[0]", "a[1][0]"]),
        ((None, "text", 1.0), {"d": [1.0]}, "a, b, x0, *, d", ["x0", "d[0]"]),
        ((), {"a": 1.0}, "*, a", ["a"]),
    ],
)
def test_parameters_and_inputs(args: Any, options: Any, parameters: str, inputs: Any) -> None:
    form = of(plain, *args, **options)
    assert form.parameters.lstrip(", ") == parameters or form.parameters == parameters
    assert form.inputs == inputs
    assert form.fits(args, options)


def test_names_where_the_function_does_not_show_them() -> None:
    assert of(dict.fromkeys, 1.0, 2.0).parameters.count(",") == 1
    assert of(min, 1.0).parameters == "x0"
    assert of(lambda x0, *rest: x0, 1.0, 2.0).parameters == "x0, x1"
    assert of(lambda np, np_, math: 0, 1.0, 2.0, 3.0).parameters == "np_, np__, math_"


OTHERS: list[Any] = [
    1.0, 2, True, None, "a", np.ones(2), np.ones(3), np.ones(2, np.float32), np.ones((2, 1)),
    [1.0, 2.0], [1.0, 2], (1.0, 2.0), [1.0], [], {"a": 1.0}, {"b": 1.0}, {"a": 1.0, "b": 1.0},
    {"a": np.ones(2)}, Layer(1.0), Layer(np.ones(2)), Pair(1.0, 2.0), [[1.0], [2.0]],
    [np.ones(2), 1.0],
    np.array([True]), np.float64(1.0), [None, 1.0], ["a", 1.0], [1.0, None],
]  # fmt: skip


def test_only_arguments_of_one_kind_fit() -> None:
    for i, one in enumerate(OTHERS):
        form = of(plain, one)
        for j, other in enumerate(OTHERS):
            assert form.fits((other,), {}) == (i == j), (one, other)
        assert not form.fits((one, one), {})
        assert not form.fits((), {})
        assert not form.fits((one,), {"c": 1.0})
        assert not of(plain, 1.0, c=one).fits((1.0,), {"d": one})


def test_what_is_no_number_has_to_be_the_same() -> None:
    form = of(plain, 1.0, flag="on")
    assert form.fits((2.0,), {"flag": "".join(["o", "n"])})
    assert not form.fits((2.0,), {"flag": "off"})
    texts = np.array(["a", "b"])
    form = of(plain, texts)
    assert form.fits((texts.copy(),), {})
    assert not form.fits((texts[::-1],), {})
    assert not form.fits((["a", "b"],), {})


def test_names_are_legal_and_apart() -> None:
    form = signature(["class", "a", "a", "b c", "abs"], *flatten(((1.0,) * 5, {}))[::-1])
    assert form.names == ["class_", "a", "a_", "b_c", "abs_"]
    form = of(lambda x, /, **more: x, 1.0, x=2.0, **{"class": 3.0, "class_": 4.0, "min": 5.0})
    assert form.parameters == "x_, *, x, class_, class__, min_"
    assert form.renamed == {"class": "class_", "class_": "class__", "min": "min_"}


def test_keys_that_cannot_be_written_are_held() -> None:
    one, two = object(), object()
    form = of(plain, {one: 1.0, (2, None, "x"): 2.0, two: [3.0], math.nan: 4.0})
    assert form.inputs == ["a[key1]", "a[(2, None, 'x')]", "a[key2][0]", "a[key3]"]
    assert form.scope == {"key1": one, "key2": two, "key3": math.nan}
    assert of(lambda key1: key1, {one: 1.0}).inputs == ["key1[key1_]"]
    nodes = [am.Value(1.0, "key1")]
    assert list(form.name_others(nodes)) == ["key12"]


def test_the_order_of_keys_is_seen_where_f_can_see_it() -> None:
    assert not of(plain, {"a": 1.0, "b": 2.0}).fits(({"b": 1.0, "a": 2.0},), {})
    form = of(plain, 1.0, b=1.0, c=2.0, d=3.0)
    assert form.fits((1.0,), {"d": 1.0, "c": 1.0, "b": 1.0})
    form = of(plain, 1.0, d=1.0, c=2.0, e=3.0)
    assert form.fits((1.0,), {"c": 1.0, "d": 1.0, "e": 1.0})
    assert not form.fits((1.0,), {"e": 1.0, "d": 1.0, "c": 1.0})


def test_lists_that_come_as_arrays() -> None:
    form = of(plain, [[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0, 3.0])
    assert form.rectangles.items() >= {range(4): (2, 2), range(4, 7): (3,)}.items()
    assert form.lists[range(2, 4)] == ("a[1]", (2,))
    assert form.lists[range(4)] == ("a", (2, 2))
    assert form.described() == "a: 4 floats, b: 3 floats"
    assert of(plain, 1.0, np.ones((2, 3))).described() == "a: float, b: float64 (2, 3)"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (1.0, {}),
        ([1.0, 2.0], {range(2): (2,)}),
        ((1.0, 2.0), {range(2): (2,)}),
        ([[1.0], [2.0]], {range(2): (2, 1)}),
        ([(1.0, 2.0), (3.0, 4.0)], {range(2): (2,), range(2, 4): (2,)}),
        (((1.0, 2.0), (3.0, 4.0)), {range(2): (2,), range(2, 4): (2,)}),
        ([1.0, [2.0, 3.0]], {range(1, 3): (2,)}),
        ([[1.0, 2.0], [3.0]], {range(2): (2,), range(2, 3): (1,)}),
        ({"a": [1.0, 2.0], "b": 3.0}, {range(2): (2,)}),
        ([], {}),
        ([None, None], {}),
        ([[], []], {}),
    ],
)
def test_rectangles(tree: Any, expected: Any) -> None:
    assert rectangles(flatten(tree)[1]) == expected


def test_names_for_nodes_from_outside() -> None:
    form = of(plain, 1.0, 2.0)
    nodes = [am.Value(1.0, label) for label in ("a", "W", "W", "2x", None)]
    assert list(form.name_others(nodes)) == ["a2", "W", "W2", "outside", "outside2"]


def holder(scope: dict[str, Any]) -> Callable[[Any], str]:
    def hold(x: Any) -> str:
        return next(name for name in ("one", "two") if scope.setdefault(name, x) is x)

    return hold


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (1.0, "t0"),
        ([1.0, 2.0], "[t0, t1]"),
        ((1.0,), "(t0,)"),
        ((1.0, [2.0], None), "(t0, [t1], None)"),
        ({"a": 1.0, 2: "x"}, "{'a': t0, 2: 'x'}"),
        (True, "True"),
        ([], "[]"),
    ],
)
def test_results_as_text(tree: Any, text: str) -> None:
    leaves, structure = flatten(tree)
    assert result_text(structure, [f"t{i}" for i in range(len(leaves))], repr) == text


@pytest.mark.parametrize(
    "tree",
    [
        Layer(1.0, "name"),
        {"layers": [Layer([1.0, None], Pair(2.0, "x"))], 1.5: (None, 3.0)},
        Pair({None: 1.0}, {(1, 2): 2.0}),
    ],
)
def test_results_that_need_their_structure(tree: Any) -> None:
    leaves, structure = flatten(tree)
    scope: dict[str, Any] = {}
    text = result_text(structure, [repr(x) for x in leaves], holder(scope))
    assert eval(text, scope) == tree


def test_results_that_stand_in_arrays() -> None:
    _, structure = flatten(([1.0, 2.0], (3.0, 4.0), 5.0))
    text = result_text(structure, ["a.tolist()", "", "b.tolist()", "", "c"], repr)
    assert text == "(a.tolist(), tuple(b.tolist()), c)"
