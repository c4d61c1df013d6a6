"""Compiled functions: what is recorded again, what is refused, and that replays are right."""

import copy
import gc
import json
import math
import pickle
import re
import threading
import warnings
import weakref
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.tree import flatten

RNG = np.random.default_rng(7)


def replayed(step: Any, /, *args: Any, **options: Any) -> Any:
    """The result of a call, which has to come from a recording that is there."""
    made = len(step.recordings)
    assert made
    result = step(*args, **options)
    assert len(step.recordings) == made, str(step.recordings)
    return result


def cost(w: Any, b: Any) -> Any:
    return sum((wi * xi + b) ** 2 for wi, xi in zip(w, [1.0, 2.0], strict=True))


# Kinds of arguments -----------------------------------------------------------------------------


def double(x: Any) -> Any:
    return x * 2.0 + 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, np.array(1.0)),
        (1.0, np.ones(2)),
        (np.ones(2), np.ones(3)),
        (np.ones(2), np.ones((2, 1))),
        (np.ones(2), np.ones(2, np.float32)),
        (np.ones(2, np.float16), np.ones(2, np.float32)),
    ],
    ids=str,
)
def test_shapes_and_dtypes_make_kinds(one: Any, other: Any) -> None:
    step = am.compile(double)
    for x in (one, other):
        wanted = np.asarray(double(x))
        for _ in range(2):
            found = step(x)
            assert np.asarray(found).dtype == wanted.dtype
            assert np.shape(found) == wanted.shape
            np.testing.assert_array_equal(found, wanted)
    assert len(step.recordings) == 2
    assert [r.reason for r in step.recordings] == ["at the first call", "for other arguments"]


def test_structures_make_kinds() -> None:
    step = am.compile(lambda x: sum(flatten(x)[0]))
    kinds: list[Any] = [
        [1.0, 2.0], (1.0, 2.0), [1.0], [[1.0], 2.0], {"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0},
        OrderedDict(a=1.0, b=2.0),
    ]  # fmt: skip
    for x in kinds:
        assert step(x) == sum(flatten(x)[0])
    assert len(step.recordings) == len(kinds)
    for x in kinds:
        assert replayed(step, x) == sum(flatten(x)[0])


@pytest.mark.parametrize("x", [3, np.float64(3.0), True], ids=repr)
def test_numbers_of_other_kinds_are_floats(x: Any) -> None:
    step = am.compile(lambda x, y: (x * y, y))
    step(1.0, 1.0)
    if x is True:
        assert step(x, 2.0) == (2.0, 2.0)
        assert len(step.recordings) == 2
    else:
        assert replayed(step, x, 2.0) == (6.0, 2.0)
    found = step(x, 2.0)[0]
    assert type(found) is float


@pytest.mark.parametrize("x", [np.int64(3), np.float32(3.0), np.float16(3.0)], ids=repr)
def test_numbers_of_numpy_are_arrays_without_axes(x: Any) -> None:
    step = am.compile(lambda x: x * x)
    assert step(1.0) == 1.0
    assert type(step(x)) is type(am.grad(lambda x: x * x / 2)(x))
    assert replayed(step, x) == 9.0


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_arrays_of_whole_numbers_are_floats(dtype: Any) -> None:
    step = am.compile(am.value_and_grad(lambda x: am.sum(x * x)))
    step(np.ones(3))
    value, slope = replayed(step, np.arange(3, dtype=dtype))
    assert value == 5.0
    np.testing.assert_array_equal(slope, [0.0, 2.0, 4.0])


def test_truths_and_texts_and_none_are_choices() -> None:
    def f(x: Any, flag: Any = None, *, how: Any = "plain") -> Any:
        if how == "twice":
            x = x * 2
        return x if flag is None else x + 1 if flag else x - 1

    step = am.compile(f)
    calls = [((3.0,), {}), ((3.0, True), {}), ((3.0, False), {}), ((3.0,), {"how": "twice"})]
    for args, options in calls:
        assert step(*args, **options) == f(*args, **options)
    assert len(step.recordings) == 4
    for args, options in calls:
        assert replayed(step, *args, **options) == f(*args, **options)


def test_arrays_of_truths_are_read() -> None:
    step = am.compile(lambda x, mask: am.sum(am.where(mask, x, 0.0)))
    x = np.array([1.0, 2.0, 3.0])
    step(x, np.array([True, False, True]))
    assert replayed(step, x, np.array([False, True, True])) == 5.0


def test_arguments_by_name() -> None:
    step = am.compile(lambda x, y=1.0, **more: x * y + more.get("z", 0.0))
    assert step(2.0) == 2.0
    assert step(2.0, y=3.0) == 6.0
    assert step(x=2.0, y=3.0) == 6.0
    assert step(2.0, y=3.0, z=1.0) == 7.0
    assert len(step.recordings) == 4
    assert replayed(step, 2.0, z=5.0, y=4.0) == 13.0
    assert replayed(step, y=4.0, x=3.0) == 12.0


@dataclass
class Layer:
    W: Any
    b: Any
    name: str = "layer"


class Pair(NamedTuple):
    left: Any
    right: Any


def test_dataclasses_named_tuples_and_dicts() -> None:
    def f(layer: Any, pair: Any, more: Any) -> Any:
        J = am.sum(layer.W * pair.left) * layer.b + more["c"] * pair.right
        return Pair(J, {"layer": Layer(layer.b * 2, [J], layer.name), 3: more})

    step = am.compile(f)

    def arguments(k: float) -> tuple[Any, ...]:
        return Layer(np.full(3, k), k), Pair(np.arange(3.0), k), defaultdict(float, c=k)

    for k in (1.0, 2.0):
        args = arguments(k)
        J, more = step(*args)
        assert 3 * k * k + k * k == J
        assert more["layer"] == Layer(2 * k, [J])
        assert more[3] == {"c": k}
        assert type(more[3]) is defaultdict
    assert len(step.recordings) == 1
    step(Layer(np.ones(3), 1.0, "other"), *arguments(1.0)[1:])
    assert len(step.recordings) == 2


def test_what_results_hold_besides_numbers() -> None:
    class Own:
        pass

    own = Own()
    step = am.compile(lambda x: {"none": None, "t": True, "s": "text", "e": [], "o": own, 2.5: x})
    step(1.0)
    found = replayed(step, 2.0)
    assert found == {"none": None, "t": True, "s": "text", "e": [], "o": own, 2.5: 2.0}
    fixed = am.compile(lambda x: (1.5, x, np.array([1.0, 2.0]), (x,), [[x, 1.0], [2.0, x]]))
    fixed(1.0)
    a, b, c, d, e = replayed(fixed, 3.0)
    assert (a, b, d, e) == (1.5, 3.0, (3.0,), [[3.0, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(c, [1.0, 2.0])


@pytest.mark.parametrize(
    "k", [1.5, -0.0, 2, math.inf, -math.inf, math.nan, np.float64(1.5), np.float32(1.5),
          np.float32(math.inf), np.int64(3), 1e300, np.array(2.0), np.array([1.0, math.inf])],
    ids=repr,
)  # fmt: skip
def test_results_that_are_always_the_same(k: Any) -> None:
    step = am.compile(lambda x: (k, x))
    first, _ = step(1.0)
    found, x = replayed(step, 2.0)
    assert x == 2.0
    for result in (first, found):
        np.testing.assert_array_equal(result, k)
        assert math.copysign(1.0, np.ravel(result)[0]) == math.copysign(1.0, np.ravel(k)[0])
        assert np.asarray(result).dtype == np.asarray(k).dtype
    assert type(first) is type(found)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.where(x[0] > 0, x[0], x[1]),
        lambda x: am.einsum("i,i->", x, x),
        lambda x: x[..., 0],
        lambda x: am.reshape(x[:1], ()),
        lambda x: am.sum(np.array([1.0, 2.0])),
        lambda x: am.sum(x) * 0.0,
        lambda x: am.custom_vjp(lambda y: float(np.sum(y)), lambda g, z, y: g)(x),
        lambda x: am.astype(x[0], np.float32),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_results_without_axes_are_numbers_of_numpy(f: Any, exact: bool) -> None:
    step = am.compile(f, exact=exact)
    first = step(VECTOR)
    found = replayed(step, VECTOR)
    assert isinstance(found, np.floating)
    assert (type(first), first) == (type(found), found)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x > 0) + (x > 1), lambda x: (x > 0) * 1.0, lambda x: -(x > 0),
        lambda x: (x > 0) - (x > 1), lambda x: (x > 0) * (x > 1), lambda x: 3 * (x > 1) + x,
        lambda x: 1 - (x > 1), lambda x: am.where(x > 1, x > 0, x),
    ],
)  # fmt: skip
@pytest.mark.parametrize("count", [1, 12])
def test_truths_are_reckoned_with_as_numbers(f: Any, count: int) -> None:
    step = am.compile(lambda w: [f(x) for x in w])
    w = [0.5 * k for k in range(count)]
    first = step(w)
    for shift in (0.0, -3.0, 3.0):
        moved = [x + shift for x in w]
        found = replayed(step, moved)
        assert found == [float(f(x)) for x in moved]
        assert {type(x) for x in [*first, *found]} == {float}


def test_lists_of_results_are_lists_of_floats() -> None:
    step = am.compile(lambda w: ([x * 2 for x in w], tuple(x + 1 for x in w), [[x, x] for x in w]))
    w = [float(k) for k in range(12)]
    step(w)
    twice, more, pairs = replayed(step, w)
    assert twice == [2 * x for x in w]
    assert more == tuple(x + 1 for x in w)
    assert pairs == [[x, x] for x in w]
    assert {type(x) for x in (*twice, *more, *pairs[0])} == {float}


# Names and keys -------------------------------------------------------------------------------

WORDS = [
    "lambda",
    "class",
    "abs",
    "math",
    "np",
    "Broken",
    "range",
    "sum",
    "kept",
    "key1",
    "step",
    "self",
]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_any_word_may_be_a_name(word: str, backend: str) -> None:
    outside = am.Value(2.0, word)

    def f(x: Any, /, y: Any, **more: Any) -> Any:
        z = am.abs(am.sin(x)) * outside + more[word] * more["x"]
        z.label = word
        return {"z": am.minimum(z, 100.0) * z, "p": Color.RED}, abs(y)

    f.__name__ = word
    step = am.compile(f, backend=backend)
    options = {word: 3.0, "x": 5.0}
    step(1.0, 1.0, **options)
    found, want = replayed(step, 2.0, -3.0, **options), f(2.0, -3.0, **options)
    assert found[0]["z"] == pytest.approx(want[0]["z"].data)
    assert found[0]["p"] is Color.RED
    assert found[1] == 3.0
    program = am.Program(outside * am.abs(outside), outside)
    assert program(-3.0) == -9.0


class Color(Enum):
    RED = 1
    BLUE = 2


class Hostile(str):
    def __repr__(self) -> str:
        return "1 / 0"


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_any_key(backend: str) -> None:
    keys: list[Any] = [
        "a", 1, 2.5, True, None, (1, ("x", None)), Color.RED, int, np.int64(7), math.nan, math.inf,
        date(2020, 1, 1), Hostile("h"), (Color.BLUE, 1), frozenset({1}), b"b",
    ]  # fmt: skip
    keys.remove(1)  # which is True
    step = am.compile(lambda d: {key: x * 2 for key, x in d.items()}, backend=backend)
    step(dict.fromkeys(keys, 1.0))
    found = replayed(step, {key: float(k) for k, key in enumerate(keys)})
    assert found == {key: 2.0 * k for k, key in enumerate(keys)}


def test_the_order_of_keys_makes_kinds() -> None:
    def f(d: Any, **more: Any) -> Any:
        first, second = [*d.values(), *more.values()]
        return first - 2 * second

    step = am.compile(f)
    assert step({"a": 1.0, "b": 2.0}) == -3.0
    assert step({"b": 2.0, "a": 1.0}) == 0.0
    assert step({}, a=1.0, b=2.0) == -3.0
    assert step({}, b=2.0, a=1.0) == 0.0
    assert len(step.recordings) == 4


# Guards -------------------------------------------------------------------------------------------


def test_an_if_is_recorded_both_ways() -> None:
    def f(x: Any) -> Any:
        if x > 0:
            return x * x
        return -x

    step = am.compile(am.value_and_grad(f))
    assert step(3.0) == (9.0, 6.0)
    assert step(-3.0) == (3.0, -1.0)
    assert len(step.recordings) == 2
    assert replayed(step, 4.0) == (16.0, 8.0)
    assert replayed(step, -4.0) == (4.0, -1.0)
    assert step(math.nan)[1] == -1.0
    text = str(step.recordings)
    line = f.__code__.co_firstlineno + 1
    assert text.count(f"test_compiled.py:{line}") == 3, text
    assert "holds while x > 0" in text
    assert "holds while not x > 0" in text
    assert "another way was taken at" in text
    assert "recorded: at the first call" in text


def test_int_of_a_number() -> None:
    step = am.compile(lambda x, w: w[int(x)] * x)
    w = [1.0, 10.0, 100.0]
    for x in (0.5, 1.5, 2.9, 2.0):
        assert step(x, w) == w[int(x)] * x
    assert len(step.recordings) == 3
    assert replayed(step, 1.1, w) == 11.0


def test_masks_and_truths_of_arrays() -> None:
    def f(x: Any) -> Any:
        x = x[x > 0]
        return am.sum(x) if am.max(x) < 5 else am.sum(x * x)

    step = am.compile(am.value_and_grad(f))
    for x in ([1.0, -1.0, 2.0], [3.0, -2.0, 1.0], [-1.0, 1.0, 2.0], [1.0, -1.0, 6.0]):
        value, slope = step(np.array(x))
        kept = [v for v in x if v > 0]
        assert value == (sum(kept) if max(kept) < 5 else sum(v * v for v in kept))
        assert slope.shape == (3,)
    assert len(step.recordings) == 3
    replayed(step, np.array([4.0, -0.5, 4.5]))


def test_while_loops() -> None:
    def newton(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-12:
            x = (x + a / x) / 2
        return x

    step = am.compile(am.value_and_grad(newton), max_recordings=20)
    for a in (2.0, 2.1, 3.0, 9.0, 2.05):
        root, slope = step(a)
        assert root == pytest.approx(math.sqrt(a), rel=1e-12)
        assert slope == pytest.approx(0.5 / math.sqrt(a), rel=1e-6)
    assert 1 < len(step.recordings) < 5


def test_many_guards_are_one_mask() -> None:
    def f(w: Any) -> Any:
        return sum(x * x if x > 0 else -x for x in w)

    step = am.compile(am.grad(f))
    w = [float(x) for x in RNG.normal(size=30)]
    wanted = am.grad(f)(w)
    assert step(w) == wanted
    assert replayed(step, [x * 1.5 for x in w]) == am.grad(f)([x * 1.5 for x in w])
    assert step([-x for x in w]) == am.grad(f)([-x for x in w])
    assert len(step.recordings) == 2
    assert len(step.recordings[0].program.guards()) == 1


def test_too_many_recordings_warn_and_run_the_function() -> None:
    step = am.compile(lambda x: x * float(len(x)), max_recordings=2)
    for n in (1, 2):
        np.testing.assert_array_equal(step(np.ones(n)), np.full(n, float(n)))
    with pytest.warns(RuntimeWarning, match=r"max_recordings=2 .*for other arguments") as caught:
        np.testing.assert_array_equal(step(np.ones(3)), np.full(3, 3.0))
    assert caught[0].filename == __file__
    assert len(step.recordings) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(step(np.ones(2)), np.full(2, 2.0))


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, None, "8"])
def test_settings_are_checked(wrong: Any) -> None:
    with pytest.raises(am.InputError, match="max_recordings"):
        am.compile(cost, max_recordings=wrong)
    with pytest.raises(am.InputError, match="takes a function, not int"):
        am.compile(3)
    with pytest.raises(am.InputError, match="exact='no' must be True or False"):
        am.compile(cost, exact="no")


def test_it_is_a_decorator() -> None:
    @am.compile
    def f(x: Any) -> Any:
        """What f is."""
        return x + 1

    @am.compile(exact=True, max_recordings=1)
    def g(x: Any) -> Any:
        return x + 2

    assert (f(1.0), g(1.0)) == (2.0, 3.0)
    assert f.__doc__ == "What f is."
    assert f.__name__ == "f"
    assert g.exact
    assert repr(f) == "<compiled f: 1 recorded>"


def test_source_before_the_first_call() -> None:
    step = am.compile(cost)
    with pytest.raises(am.InputError, match="no source before its first call"):
        _ = step.source
    with pytest.raises(am.InputError, match="no source before its first call"):
        step.save("step.py")


# Surroundings -------------------------------------------------------------------------------------

scale = 2.0
table = {"k": 3.0}


def scaled(x: Any) -> Any:
    return x * scale


def test_globals_that_change(monkeypatch: pytest.MonkeyPatch) -> None:
    step = am.compile(lambda x: scaled(x) + 1)
    assert step(3.0) == 7.0
    monkeypatch.setitem(globals(), "scale", 10.0)
    assert step(3.0) == 31.0
    assert len(step.recordings) == 2
    monkeypatch.setitem(globals(), "scale", 2)
    assert step(3.0) == 7.0
    monkeypatch.setitem(globals(), "scale", 2.0)
    assert replayed(step, 4.0) == 9.0


def test_closures_that_change() -> None:
    rate, X = 0.5, np.array([1.0, 2.0])

    def f(x: Any) -> Any:
        return am.sum(x * X) * rate

    step = am.compile(am.value_and_grad(f))
    x = np.array([1.0, 1.0])
    assert step(x)[0] == 1.5
    rate = 2.0
    assert step(x)[0] == 6.0
    X = np.array([0.0, 1.0])
    value, slope = step(x)
    assert value == 2.0
    np.testing.assert_array_equal(slope, [0.0, 2.0])
    assert len(step.recordings) == 3


def test_names_of_any_kind_that_change() -> None:
    class Own:
        def __init__(self, k: float) -> None:
            self.k = k

    rate, act, own, node = 0.1, am.cos, Own(1.0), am.Value(1.0)

    def helper(x: Any, k: float = 1.0) -> Any:
        return x * k

    def f(w: Any) -> Any:
        return [own.k * act(x) - rate * helper(x) for x in w], node * w[0]

    step = am.compile(f)

    def check(made: int) -> None:
        for w in ([1.0, 2.0], [3.0, 4.0], [1.0, 2.0]):
            found, last = step(w)
            assert found == pytest.approx([own.k * act(x) - rate * helper(x) for x in w])
            assert last == node.data * w[0]
        assert len(step.recordings) == made

    check(1)
    rate = 0.5
    check(2)
    act = am.sin
    check(3)
    own = Own(2.0)
    check(4)
    node = am.Value(7.0)
    check(5)
    helper.__defaults__ = (3.0,)
    check(6)

    def helper(x: Any) -> Any:
        return x + 1.0

    check(7)


def test_attributes_that_change() -> None:
    class Layer:
        def __init__(self, w: float) -> None:
            self.w = w

        def __call__(self, x: Any) -> Any:
            return am.tanh(self.w * x)

    class Model:
        rate = 0.5

        def __init__(self) -> None:
            self.layers, self.scale, self.used = [Layer(1.0), Layer(2.0)], 2.0, 0

        @am.compile
        def loss(self, x: Any) -> Any:
            for layer in self.layers:
                x = layer(x)
            return x * self.scale * self.rate

    model, settings = Model(), SimpleNamespace(shift=1.0)
    step = am.compile(lambda x, given: model.loss(x) + given.shift)

    def check(reason: str) -> None:
        wanted = 1.0
        for layer in model.layers:
            wanted = math.tanh(layer.w * wanted)
        wanted = wanted * model.scale * model.rate
        for _ in range(2):
            assert model.loss(1.0) == pytest.approx(wanted)
            assert step(1.0, settings) == pytest.approx(wanted + settings.shift)
        assert step.recordings[-1].reason == reason

    check("at the first call")
    model.scale = 3.0
    check("Model.scale changed")
    model.layers[1].w = 5.0
    check("Layer.w changed")
    Model.rate = 0.25
    check("Model.rate changed")
    settings.shift = 2.0
    check("SimpleNamespace.shift changed")
    model.used += 1
    check("SimpleNamespace.shift changed")
    del model.scale
    with pytest.raises(AttributeError, match="scale"):
        step(1.0, settings)


def test_an_object_that_only_calls_itself_equal_is_another_one() -> None:
    class Named:
        def __init__(self, name: str, k: float) -> None:
            self.name, self.k = name, k

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and self.name == other.name

        def __hash__(self) -> int:
            return hash(self.name)

    step = am.compile(lambda x, given: x * given.k)
    assert step(3.0, Named("a", 1.0)) == 3.0
    assert step(3.0, Named("a", 2.0)) == 6.0
    assert replayed(step, 4.0, Named("a", 2.0)) == 8.0


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: am.sqrt(1 - x + 1e-20), 1.0),
        (lambda x: 1 / (1 - am.cos(x) + 1e-15), 0.0),
        (lambda x: am.log(1e-18 + (1 - x * x)), 1.0),
        (lambda x: am.log((1 - x) + (1e-18 - 2 * am.sin(x - 1))), 1.0),
        (lambda x: am.sum(am.log(1 - am.exp(x * 3) + 1e-15)), np.zeros(4)),
    ],
)
def test_a_small_number_that_guards_a_difference_is_not_lost(f: Any, x: Any) -> None:
    step = am.compile(f)
    step(x - 0.5)
    assert replayed(step, x) == pytest.approx(f(x), rel=1e-12)


def test_a_product_of_many_sigmoids() -> None:
    def product(w: Any, u: Any) -> Any:
        p = 1.0
        for i in range(20):
            p = p * am.sigmoid((-1) ** i * (w * i * 0.1 + u))
        return p

    f = am.value_and_grad(product, argnums=(0, 1))
    (value, slopes), (wanted, by) = am.compile(f)(0.5, -0.3), f(0.5, -0.3)
    assert value == pytest.approx(wanted, rel=1e-12)
    assert slopes == pytest.approx(by, rel=1e-11)


def test_objects_anywhere_in_a_list_are_watched() -> None:
    given = SimpleNamespace(k=1.0)
    for members in (["relu", given], [None, given], {"rate": 0.1, "layer": given}):
        given.k = 1.0
        at = "layer" if isinstance(members, dict) else 1
        step = am.compile(lambda x, at=at, members=members: x * members[at].k)
        assert step(1.0) == 1.0
        given.k = 5.0
        assert step(1.0) == 5.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: am.sum(x * x) ** 1.5,
        lambda x: am.sum(x) ** 3,
        lambda x: 2.5 ** am.sum(x),
        lambda x: am.sum(x * x) ** am.sum(am.sin(x)),
    ],
)
def test_powers_of_numbers_of_numpy_have_the_same_bits(f: Any) -> None:
    step, slopes = am.compile(f, exact=True), am.compile(am.grad(f), exact=True)
    rng = np.random.default_rng(0)
    for x in rng.normal(size=(100, 3)):
        assert step(x) == f(am.Tensor(x)).data
        np.testing.assert_array_equal(slopes(x), am.grad(f)(x))


def test_the_first_call_gives_what_later_ones_give() -> None:
    """Where sigmoids saturate a replay keeps digits that f itself loses."""

    def f(z: Any) -> Any:
        return -am.log(1 - am.sigmoid(z))

    step = am.compile(f)
    assert step(30.0) == step(30.0) != f(30.0)


def test_the_first_call_is_f_itself_where_a_replay_leaves_the_range() -> None:
    def f(x: Any) -> Any:
        return x / 1e-200 * 1e-200 * 1e-200

    step = am.compile(f)
    assert step(1e-200) == f(1e-200)


def test_what_f_counts_itself_it_counts_at_each_call() -> None:
    counter = SimpleNamespace(n=0)

    def f(x: Any) -> Any:
        counter.n += 1
        return x * counter.n

    step = am.compile(f, max_recordings=2)
    assert [step(1.0), step(1.0)] == [1.0, 2.0]
    with pytest.warns(RuntimeWarning, match="SimpleNamespace.n changed"):
        assert step(1.0) == 3.0


def test_names_that_a_callable_object_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        def __call__(self, x: Any) -> Any:
            return x * scale

    step = am.compile(Model())
    assert step(3.0) == 6.0
    monkeypatch.setitem(globals(), "scale", 10.0)
    assert step(3.0) == 30.0


def test_what_is_changed_in_place_or_drawn_is_as_it_was() -> None:
    X, rng = np.array([1.0, 2.0]), np.random.default_rng(0)
    step = am.compile(lambda x: (am.sum(x * X), x * rng.normal()))
    first = step(1.0)
    X[0] = 100.0
    assert replayed(step, 1.0) == first


def test_nodes_from_outside_are_read_at_each_call() -> None:
    a, W = am.Value(3.0, "a"), am.Tensor([1.0, 2.0], "W")
    step = am.compile(lambda x: am.sum(W * x) * a)
    assert step(2.0) == 18.0
    a.data = 4.0
    assert replayed(step, 2.0) == 24.0
    W.data = np.array([10.0, 2.0])
    assert replayed(step, 2.0) == 96.0
    W.data = np.array([1.0, 2.0, 3.0])
    assert step(2.0) == 48.0
    assert len(step.recordings) == 2
    assert step.recordings[1].reason == "W changed"
    assert "a" in step.source


# Refusals and errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * float(x),
        lambda x: x * am.sum(am.stack([x, x])).item(),
        lambda x: x * math.sin(x),
        lambda x: (x * x).backward(),
    ],
)
def test_numbers_of_nodes_are_refused(f: Any) -> None:
    step = am.compile(f)
    for _ in range(2):
        with pytest.raises(am.TraceError):
            step(2.0)
    assert not step.recordings
    assert am.compile(double)(2.0) == 5.0


ERRORS = [
    (am.log, -1.0, am.DomainError),
    (am.sqrt, -1.0, am.DomainError),
    (lambda x: 1 / x, 0.0, am.DivisionError),
    (am.exp, 1e4, am.RangeError),
    (lambda x: x**0.5, -1.0, am.DomainError),
    (lambda x: x**3.0, 1e200, am.RangeError),
    (lambda x: am.log(am.sigmoid(x)), -1e4, None),
    (am.sin, math.inf, am.DomainError),
    (lambda x: x + am.log(x) ** 0, -1.0, am.DomainError),
]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(("f", "bad", "error"), ERRORS)
def test_errors_are_those_of_eager_runs(f: Any, bad: float, error: Any, exact: bool) -> None:
    for g in (f, am.value_and_grad(f)):
        step = am.compile(g, exact=exact)
        before = step(0.5)
        if error is None:
            if not exact:
                step(bad)
            continue
        with pytest.raises(error) as eager:
            g(am.Value(bad)) if g is f else g(bad)
        with pytest.raises(error) as found:
            step(bad)
        assert type(found.value) is type(eager.value)
        assert found.value.op == eager.value.op
        assert replayed(step, 0.5) == before


def test_a_derivative_that_is_not_there_is_told_in_the_same_words() -> None:
    f = am.grad(lambda w: sum(am.sqrt(x) for x in w))
    with pytest.raises(am.DivisionError) as eager:
        f([0.0, 1.0])
    for step in (am.compile(f), am.compile(f, exact=True)):
        with pytest.raises(am.DivisionError) as found:
            step([0.0, 1.0])
        assert str(found.value) == str(eager.value)
        step([1.0, 1.0])
        with pytest.raises(am.DivisionError) as found:
            step([0.0, 1.0])
        assert str(found.value) == str(eager.value)


@pytest.mark.parametrize(("f", "bad", "error"), ERRORS)
def test_errors_among_many_numbers(f: Any, bad: float, error: Any) -> None:
    g = am.value_and_grad(lambda w: sum(f(x) for x in w))
    step = am.compile(g)
    w = [0.5 + k / 100 for k in range(20)]
    before = step(w)
    if error is not None:
        with pytest.raises(error):
            step([*w[:7], bad, *w[8:]])
        assert len(step.recordings) == 1
    found = replayed(step, w)
    np.testing.assert_allclose(flatten(found)[0], flatten(before)[0], rtol=1e-13)


def test_arrays_go_on_as_numpy_does() -> None:
    step = am.compile(am.value_and_grad(lambda x: am.sum(am.log(x))))
    x = np.array([1.0, 2.0])
    step(x)
    with np.errstate(all="ignore"):
        value, slope = replayed(step, np.array([0.0, 2.0]))
    assert value == -math.inf
    np.testing.assert_array_equal(slope, [math.inf, 0.5])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        step(np.array([0.0, 2.0]))


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 0.0,
        lambda x: x - x,
        lambda x: am.tanh(x) * 2 + x,
        lambda x: am.maximum(x, 1.0) + am.relu(x),
        lambda x: am.where(x > 0, x * 0.0, 1.0),
        lambda x: 0.0 * am.sigmoid(x),
        lambda x: am.log(am.sigmoid(x)),
        lambda x: x**0 + 1 / (1 + am.exp(-am.abs(x))),
    ],
)
def test_inf_and_nan(f: Any, x: float) -> None:
    def many(w: Any) -> Any:
        return sum(f(v) for v in w)

    wanted = _or_error(lambda: am.value_and_grad(many)([x] * 9))
    step = am.compile(am.value_and_grad(many))
    step([1.0] * 9)
    found = _or_error(lambda: step([x] * 9))
    if isinstance(wanted, Exception):  # log(0) has a derivative where it is one op
        assert type(found) is type(wanted) or not isinstance(found, Exception)
        return
    np.testing.assert_array_equal(flatten(found)[0], flatten(wanted)[0])
    assert len(step.recordings) <= 2
    made = len(step.recordings)
    _or_error(lambda: step([x] * 9))
    assert len(step.recordings) == made


def _or_error(f: Any) -> Any:
    try:
        return f()
    except am.AutogradError as error:
        return error


# Methods and copies ---------------------------------------------------------------------------


class Scaled:
    def __init__(self, k: float) -> None:
        self.k = k

    @am.compile
    def apply(self, x: Any, y: Any = 1.0) -> Any:
        return x * self.k + y


@dataclass
class Line:
    a: float
    b: float

    @am.compile
    def at(self, x: Any) -> Any:
        return self.a * x + self.b


def test_methods_are_bound() -> None:
    one, two = Scaled(2.0), Scaled(3.0)
    for _ in range(2):
        assert one.apply(5.0) == 11.0
        assert two.apply(5.0, y=0.0) == 15.0
    assert len(Scaled.apply.recordings) == 2
    assert Scaled.apply(one, 5.0) == 11.0
    assert one.apply.recordings is Scaled.apply.recordings
    assert "x" in one.apply.source
    line = Line(2.0, 1.0)
    assert line.at(3.0) == 7.0
    line.a = 4.0
    assert line.at(3.0) == 13.0
    assert len(Line.at.recordings) == 1


def test_objects_are_compared_if_they_can_be() -> None:
    class Odd:
        def __eq__(self, other: Any) -> Any:
            raise ValueError

    step = am.compile(lambda x, o: x)
    odd = Odd()
    assert step(1.0, odd) == 1.0
    assert replayed(step, 2.0, odd) == 2.0
    assert step(3.0, Odd()) == 3.0
    assert len(step.recordings) == 2
    step(1.0, {1, 2})
    assert replayed(step, 2.0, {2, 1}) == 2.0


@am.compile
def pickled(x: Any) -> Any:
    return x + 1.0


def test_pickles_and_copies() -> None:
    for again in (copy.copy(pickled), copy.deepcopy(pickled), pickle.loads(pickle.dumps(pickled))):
        assert again is pickled
    step = am.compile(double, exact=True, max_recordings=3)
    step(1.0)
    for again in (copy.copy(step), copy.deepcopy(step), pickle.loads(pickle.dumps(step))):
        assert again is not step
        assert (again.f, again.exact, again.max_recordings) == (double, True, 3)
        assert not again.recordings
        assert again(2.0) == 5.0
    model = Scaled(2.0)
    model.step = am.compile(partial(Scaled.apply, model))  # type: ignore[attr-defined]
    other = copy.deepcopy(model)
    other.k = 5.0
    assert other.step(1.0) == 6.0  # type: ignore[attr-defined]
    assert am.compile(partial(double))(1.0) == 3.0
    assert pickle.loads(pickle.dumps(am.compile(partial(double))))(1.0) == 3.0


@pytest.mark.parametrize(
    "f",
    [
        lambda n: sum(k * n for k in range(n)),
        lambda n: [1.0, 2.0, 3.0][n],
        lambda n: [1.0, 2.0, 3.0][:n],
        lambda n: VECTOR[n],
        lambda n: VECTOR[:n],
        lambda n: am.Tensor(VECTOR)[:n],
        lambda n: am.reshape(VECTOR, (n, 1)),
        lambda n: np.arange(n),
        lambda n: np.zeros(n),
    ],
)
def test_arguments_are_no_whole_numbers(f: Any) -> None:
    with pytest.raises(TypeError, match=r"while a function .*partial\(f, n=.*int\(n\)") as found:
        am.compile(f)(2)
    assert isinstance(found.value, am.AutogradError)
    with pytest.raises(TypeError) as found:
        f(am.Value(2.0))
    assert "recorded" not in str(found.value)
    assert am.compile(lambda x, n: sum(k * x for k in range(int(n))))(1.0, 3) == 3.0


def test_what_nodes_are_asked_for_their_class() -> None:
    """No operator is called, so it is neither refused nor seen; what asks of both goes as plain."""

    def by_class(x: Any) -> Any:
        return x * 2 if isinstance(x, float) else x * 3

    def of_both(x: Any) -> Any:
        return x * 2 if isinstance(x, (float, am.Value)) else am.sum(x) * 3

    def by_axes(x: Any) -> Any:
        return x * 2 if np.ndim(x) == 0 else am.sum(x) * 3

    assert (by_class(1.0), am.compile(by_class)(1.0)) == (2.0, 3.0)  # as its docstring says
    for f in (of_both, by_axes):
        for x in (1.0, np.ones(2)):
            assert am.compile(f)(x) == f(x)


class OwnError(Exception):
    """One of the user's."""


def _raise_own(x: Any) -> Any:
    raise OwnError(f"{x > 0.0}")


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: x + "a", (1.0,)),
        (lambda x: len(x), (1.0,)),
        (lambda x: len(x), (1,)),
        (lambda x, y: x, (1.0,)),
        (lambda x: {"a": x}["b"], (1.0,)),
        (lambda x: x.nothing, (1.0,)),
        (_raise_own, (1.0,)),
        (_raise_own, (1,)),
        (am.grad(lambda x: x + "a"), (1.0,)),
    ],
)
def test_errors_of_a_function_itself(f: Any, args: Any) -> None:
    with pytest.raises(Exception) as wanted:  # noqa: PT011 # whatever it is
        f(*args)
    with pytest.raises(Exception) as found:  # noqa: PT011 # the same
        am.compile(f)(*args)
    assert (type(found.value), str(found.value)) == (type(wanted.value), str(wanted.value))
    assert found.value.__suppress_context__


@pytest.mark.parametrize(
    ("f", "x", "what"),
    [
        (lambda x: x.hex(), 1.0, "AttributeError: .*'hex'"),
        (lambda x: x.fill(0.0), np.ones(2), "AttributeError: .*'fill'"),
        (lambda x: {1.0: 2.0}[x], 1.0, "KeyError: "),
        (lambda x: json.dumps(x), 1.0, "TypeError: .*JSON"),
        (lambda n: 1 << n, 2, "TypeError: .*<<"),
        (lambda n: n.bit_length(), 2, "AttributeError: .*bit_length"),
    ],
)
def test_errors_of_nodes_alone(f: Any, x: Any, what: str) -> None:
    f(x)
    with pytest.raises(am.TraceError, match=what) as found:
        am.compile(f)(x)
    assert type(found.value.__cause__).__name__ == what.partition(":")[0]


def test_dataclasses_among_arguments_have_their_fields_alone() -> None:
    @dataclass
    class Cached:
        k: float

        def __post_init__(self) -> None:
            self.twice = 2.0 * self.k

    class Whole(Cached):
        is_tree = False

    def f(one: Any, x: Any) -> Any:
        return x * one.twice

    with pytest.raises(
        am.TraceError, match=r"its fields alone: declare 'twice' in Cached, .*is_tr"
    ):
        am.compile(f)(Cached(1.0), 2.0)
    step, whole = am.compile(f), Whole(1.0)
    assert step(whole, 2.0) == 4.0
    whole.twice = 5.0
    assert step(whole, 2.0) == 10.0


# Memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: (x, x, y),
        lambda x, y: (x[1:], x[:1], am.reshape(x, (2, 2)), am.transpose(y)),
        lambda x, y: [am.broadcast_to(x[0], (4,)), am.transpose(am.reshape(x, (2, 2)))],
        lambda x, y: (am.ravel(y), y[0], am.expand_dims(x, 0), am.squeeze(y[:1])),
        lambda x, y: (x * 2, [x * 2, {"a": x * 2}], CONSTANT, CONSTANT, x + CONSTANT),
        lambda x, y: (am.reshape(x * 2, (2, 2)), x * 2, (x * 2)[1:]),
        am.grad(lambda x, y: am.sum(x) + am.sum(y), argnums=(0, 1)),
        am.grad(lambda x, y: am.sum(x * CONSTANT), argnums=(0, 1)),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_results_share_memory_with_nothing(f: Any, exact: bool) -> None:
    step = am.compile(f, exact=exact)
    args = RNG.normal(size=4), RNG.normal(size=(2, 2))
    kept = [x.copy() for x in args]
    wanted = [np.array(x) for x in flatten(f(*args))[0]]
    for _ in range(3):
        found = [x for x in flatten(step(*args))[0] if isinstance(x, np.ndarray)]
        for i, one in enumerate(found):
            assert one.flags.writeable
            for other in [*args, CONSTANT, *found[:i]]:
                assert not np.shares_memory(one, other)
        for one, expected in zip(found, [w for w in wanted if w.ndim], strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-12)
            one[...] = math.nan
    for x, before in zip(args, kept, strict=True):
        np.testing.assert_array_equal(x, before)
    assert len(step.recordings) == 1


CONSTANT = np.arange(4.0)


def test_lists_of_arguments_stay_as_they_are() -> None:
    step = am.compile(lambda w: [w, [x * 2 for x in w], w[0]])
    w = [float(k) for k in range(10)]
    for _ in range(2):
        same, twice, _ = step(w)
        assert same is not w
        same[0] = twice[0] = 99.0
    assert w == [float(k) for k in range(10)]


def test_recordings_hold_no_graph() -> None:
    x = am.Tensor(np.ones(3))
    seen = []

    def f(w: Any) -> Any:
        y = w * 2
        seen.append(weakref.ref(y))
        return am.sum(y)

    step = am.compile(f)
    step(x.data)
    gc.collect()
    assert seen[0]() is None


# Derivatives, and compiled functions in others ----------------------------------------------------


def surface(x: Any) -> Any:
    return am.sum(am.sin(x) * am.cumsum(x) ** 2) + am.prod(x)


VECTOR = np.array([0.5, -1.5, 2.0])
ALONG = np.array([1.0, 0.5, -2.0])


@pytest.mark.parametrize(
    "f",
    [
        am.grad(surface),
        am.value_and_grad(surface),
        am.hessian(surface),
        am.jacobian(lambda x: am.tanh(x) * am.sum(x)),
        lambda x: am.jvp(surface, (x,), (ALONG,)),
        lambda x: am.hvp(surface, (x,), (ALONG,)),
        lambda x: am.vjp(lambda y: am.sin(y) * y[0], x)[1](ALONG),
        lambda x: x - 0.1 * am.grad(surface)(x),
        am.grad(lambda x: am.sum(am.grad(surface)(x) ** 2)),
        am.grad(am.checkpoint(lambda x: am.sum(am.sin(x) ** 3))),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_any_derivative(f: Any, exact: bool) -> None:
    step = am.compile(f, exact=exact)
    step(VECTOR)
    for x in (VECTOR, VECTOR * 1.7):
        wanted, _ = flatten(f(x))
        found, _ = flatten(replayed(step, x))
        for one, other in zip(wanted, found, strict=True):
            assert type(one) is not am.Tensor
            if exact:
                np.testing.assert_array_equal(one, other)
            np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)


def test_a_descent_as_one_function() -> None:
    def train(w: Any, b: Any, rate: float = 0.1) -> Any:
        for _ in range(5):
            dw, db = am.grad(cost, argnums=(0, 1))(w, b)
            w, b = [x - rate * d for x, d in zip(w, dw, strict=True)], b - rate * db
        return w, b

    step = am.compile(train)
    step([1.0, 2.0], 0.0)
    found, wanted = replayed(step, [0.5, -2.0], 1.0), train([0.5, -2.0], 1.0)
    np.testing.assert_allclose(flatten(found)[0], flatten(wanted)[0], rtol=1e-12)


def logistic(x: Any) -> Any:
    return 1 / (1 + am.exp(-x)) * x


def test_a_compiled_function_in_a_recorded_one() -> None:
    inner = am.compile(logistic)
    x = am.Value(0.7, "x")
    y = inner(x)
    assert isinstance(y, am.Value)
    y.backward()
    assert x.grad == pytest.approx(am.grad(logistic)(0.7), rel=1e-14)
    t = am.Tensor(VECTOR)
    am.sum(inner(t)).backward()
    np.testing.assert_allclose(t.grad, [am.grad(logistic)(float(v)) for v in VECTOR], rtol=1e-13)


@pytest.mark.parametrize("outer", [am.grad, am.value_and_grad, am.hessian])
def test_a_compiled_function_in_a_derivative_and_that_compiled(outer: Any) -> None:
    inner = am.compile(logistic)
    wanted = flatten(outer(logistic)(0.7))[0]
    np.testing.assert_allclose(flatten(outer(inner)(0.7))[0], wanted, rtol=1e-12)
    step = am.compile(outer(inner))
    step(0.1)
    np.testing.assert_allclose(flatten(replayed(step, 0.7))[0], wanted, rtol=1e-12)
    whole = am.compile(lambda x: inner(x) + am.grad(inner)(x))
    whole(0.1)
    assert replayed(whole, 0.7) == pytest.approx(logistic(0.7) + am.grad(logistic)(0.7), rel=1e-12)


def test_a_compiled_function_with_branches_in_a_compiled_one() -> None:
    inner = am.compile(lambda x: x * x if x > 0 else -x)
    step = am.compile(lambda x: inner(x) * 3)
    for x in (2.0, -2.0, 3.0, -4.0):
        assert step(x) == 3 * (x * x if x > 0 else -x)
    assert len(step.recordings) == 2


def test_a_compiled_function_with_nodes_from_outside_in_a_compiled_one() -> None:
    a = am.Value(2.0, "a")
    inner = am.compile(lambda x: x * a)
    step = am.compile(am.value_and_grad(lambda x: inner(x) * x))
    assert step(3.0) == (18.0, 12.0)
    a.data = 5.0
    assert replayed(step, 3.0) == (45.0, 30.0)


def test_vmap_of_a_compiled_function() -> None:
    def f(w: Any, x: Any) -> Any:
        return am.sum(am.tanh(w * x)) + (x[0] if x[0] > 0 else -x[0] * w[1])

    X = RNG.normal(size=(6, 3))
    wanted = np.array([float(am.sum(f(VECTOR, x))) for x in X])
    for step in (
        am.vmap(am.compile(f), in_axes=(None, 0)),
        am.compile(am.vmap(f, in_axes=(None, 0))),
        am.compile(am.vmap(am.compile(f), in_axes=(None, 0))),
    ):
        for _ in range(3):
            np.testing.assert_allclose(step(VECTOR, X), wanted, rtol=1e-13)
        np.testing.assert_allclose(step(VECTOR, -X), [f(VECTOR, -x) for x in X], rtol=1e-13)
        assert step.recordings


def test_gradients_of_each_example() -> None:
    step = am.compile(am.vmap(am.grad(lambda w, x: am.sum(w * x) ** 2), in_axes=(None, 0)))
    X = RNG.normal(size=(5, 3))
    for w in (VECTOR, ALONG):
        np.testing.assert_allclose(step(w, X), 2 * (X @ w)[:, None] * X, rtol=1e-12)
    assert len(step.recordings) == 1


def test_methods_partials_and_callables() -> None:
    class Model:
        def __init__(self) -> None:
            self.k = 3.0

        def apply(self, x: Any) -> Any:
            return x * self.k

        def __call__(self, x: Any) -> Any:
            return x * 5.0

    model = Model()
    for f, k in ((model.apply, 3.0), (model, 5.0), (partial(lambda a, x: a * x, 7.0), 7.0)):
        step = am.compile(f)
        step(1.0)
        assert replayed(step, 2.0) == 2 * k


def test_custom_ops_are_called_by_replays() -> None:
    twice = am.custom_vjp(lambda x: x * 2, lambda g, z, x: g * 2)
    step = am.compile(am.value_and_grad(lambda x: twice(x) * x))
    step(1.0)
    assert replayed(step, 3.0) == (18.0, 12.0)
    assert "# to be given: " in step.source


# Threads and depth --------------------------------------------------------------------------------


def test_threads() -> None:
    step = am.compile(am.value_and_grad(lambda x: am.sum(am.sin(x) * x)), max_recordings=8)
    wanted = {
        n: am.value_and_grad(lambda x: am.sum(am.sin(x) * x))(np.ones(n)) for n in range(1, 9)
    }
    wrong: list[Any] = []
    start = threading.Barrier(8)

    def work(k: int) -> None:
        start.wait()
        try:
            for i in range(40):
                n = 1 + (k + i) % 8
                value, slope = step(np.ones(n))
                if abs(value - wanted[n][0]) > 1e-12 or not np.allclose(slope, wanted[n][1]):
                    wrong.append((n, value))
        except Exception as error:  # a thread would keep it to itself
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(step.recordings) == 8


def test_threads_that_record_the_same_at_once() -> None:
    start = threading.Barrier(8)

    def f(x: Any) -> Any:
        if len(threading.enumerate()) > 1:
            start.wait()
        return x * x

    step = am.compile(f)
    threads = [threading.Thread(target=step, args=(3.0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(step.recordings) == 1
    assert replayed(step, 4.0) == 16.0


MANY = [pytest.param(4_000), pytest.param(100_000, marks=pytest.mark.slow)]


@pytest.mark.untraced
@pytest.mark.parametrize("count", MANY)
def test_a_chain_of_many_operations(count: int) -> None:
    def chain(x: Any) -> Any:
        for _ in range(count // 2):
            x = am.sin(x) * 0.9
        return x

    for f in (chain, am.grad(chain)):
        step = am.compile(f)
        step(1.0)
        assert replayed(step, 0.5) == pytest.approx(f(0.5), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("count", MANY)
def test_a_wide_sum(count: int) -> None:
    step = am.compile(lambda w: sum(w, 0.0))
    w = [float(k % 7) for k in range(count)]
    assert step(w) == sum(w)
    assert replayed(step, [2 * x for x in w]) == 2 * sum(w)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_number_of_weight_0_spoils_no_sum(bad: float) -> None:
    def f(w: Any) -> Any:
        return [sum(w[k] * (k + i + 1.5) for k in range(9) if k != i) for i in range(9)]

    step = am.compile(f)
    w = [0.1 * k for k in range(9)]
    assert step(w) == pytest.approx(f(w))
    assert "@" in step.source  # a matrix with zeros
    w[8] = bad
    assert step(w) == pytest.approx(f(w), nan_ok=True)
    assert len(step.recordings) == 1


def test_differences_of_neighbours_are_slices() -> None:
    step = am.compile(lambda w: [x * x - y * y for x, y in zip(w[1:], w, strict=False)])
    w = [1.5 * k for k in range(10)]
    assert step(w) == [x * x - y * y for x, y in zip(w[1:], w, strict=False)]
    assert "t1[1:] - t1[:9]" in step.source


def test_an_error_in_what_only_the_value_needs() -> None:
    g = am.hessian(lambda x: (x * am.log1p(x)) ** 1.0 + x)
    step = am.compile(g)
    assert step(0.5) == pytest.approx(g(0.5))
    assert replayed(step, 0.7) == pytest.approx(g(0.7))
    with pytest.raises(am.DomainError, match="log1p"):
        step(-2.0)


@pytest.mark.parametrize(
    ("f", "x", "y"),
    [
        (lambda x: x * 2 if x > 0 else x * x, [1.0, -2.0, 3.0], [-1.0, 2.0, -3.0]),
        (lambda x: x * int(x), [2.0, 2.5], [3.0, 3.5]),
    ],
)
def test_other_ways_that_vmap_took_within(f: Any, x: Any, y: Any) -> None:
    """All examples on the other side agree with the first as they did before."""
    step = am.compile(am.vmap(f))
    for given in map(np.array, (x, y, x, y)):
        np.testing.assert_allclose(step(given), am.vmap(f)(given))
    assert len(step.recordings) == 2


def test_second_derivatives_of_a_mean_by_vmap() -> None:
    B = np.array([0.1, 0.2, 0.3])

    def cost(w: Any) -> Any:
        return am.mean(am.vmap(lambda b: am.sin(0.5 * w + b) + am.sin(b - w))(B))

    step = am.compile(am.grad(am.grad(cost)))
    slope = -0.25 * np.sin(0.15 + B) - np.sin(B - 0.3)
    assert step(0.3) == pytest.approx(slope.mean(), rel=1e-14)
    assert replayed(step, 0.3) == step(0.3)
    assert "error" not in step.source  # of the first example's numbers, which nobody asked for


def test_vmap_with_every_bit() -> None:
    f = am.vmap(lambda x: am.sin(x[0]) + x[1] + x[2])
    step = am.compile(f, exact=True)
    X = RNG.normal(size=(5, 3))
    step(X)
    assert np.array_equal(step(X), f(X))


def test_vmap_of_lists_of_numbers() -> None:
    def f(w: Any, x: Any) -> Any:
        return sum(wi * xi for wi, xi in zip(w, x, strict=True))

    w, X = [0.5, -1.0, 2.0, 1.5, 3.0], RNG.normal(size=(7, 5))
    step = am.compile(am.vmap(f, in_axes=([None] * 5, 0)))
    step(w, X)
    np.testing.assert_allclose(step(w, X), X @ w)


def test_a_branch_not_taken_neither_raises_nor_spreads_nan() -> None:
    def f(x: Any) -> Any:
        return am.where(x > 0.0, am.sqrt(x), 3.0 * x)

    step = am.compile(am.grad(f))
    for x in (4.0, 0.0, 4.0, 0.0):
        assert step(x) == am.grad(f)(x)
    assert len(step.recordings) == 1

    def g(x: Any, p: Any) -> Any:
        return {"J": am.relu(p["w"] * x[0] - 1.0) + x[1] * 2.0}

    step = am.compile(lambda x, p: am.vjp(lambda x: g(x, p)["J"], x)[1](1.0))
    for x in ([0.5, 1.0], [math.inf, 1.0], [-math.inf, 1.0], [0.5, 1.0]):
        want = am.vjp(lambda x: g(x, {"w": 0.0})["J"], x)[1](1.0)
        assert repr(step(x, {"w": 0.0})) == repr(want)


def test_a_nan_of_a_function_that_chooses_is_its_own() -> None:
    def f(x: Any) -> Any:
        return {"b": [np.arange(2.0)], "a": am.where(x > 0.0, x, -x) * 0.0}

    step = am.compile(f)
    for x in (1.0, math.inf, math.nan, 1.0):
        assert repr(step(x)) == repr(f(x))


def test_exact_gradients_keep_the_sign_of_zero() -> None:
    def f(a: Any, b: Any) -> Any:
        return am.where(a > b, a, b * -0.0) + am.relu(b) * -1.0

    step = am.compile(am.value_and_grad(f, argnums=(0, 1)), exact=True)
    for args in ((1.0, -2.0), (-3.0, 2.0), (1.0, -2.0), (-3.0, 2.0)):
        assert repr(step(*args)) == repr(am.value_and_grad(f, argnums=(0, 1))(*args))


def test_a_truth_that_is_asked_often_is_looked_at_once() -> None:
    @am.compile
    def step(x: Any) -> Any:
        y = x
        for _ in range(5):
            y = y + 1 if x > 0 else y * 2
        return y

    assert step(-1.0) == step(-1.0) == -32.0
    assert step.source.count("raise Broken") == 1
    assert "if x > 0:" in step.source
    assert len(step.recordings[0].program.guards()) == 1
    assert step(1.0) == 6.0


def test_a_choice_that_is_made_by_exact_still_raises_what_it_leaves_out() -> None:
    step = am.compile(lambda x: am.where(x < 5, x, am.log(x)) + 1, exact=True)
    assert step(2.0) == step(2.0) == 3.0
    assert " if " not in step.source.partition("def step")[2].replace("if not (", "")
    assert "math.log(x)" in step.source


def test_derivatives_are_called_by_what_they_are_of_without_its_path() -> None:
    def cost(p: Any) -> Any:
        return sum(am.tanh(w) ** 2 for w in p["layer"]["W"]) * p["b"] + am.sum(p["x"] ** 3)

    step = am.compile(am.grad(cost))
    step({"layer": {"W": [0.1 * k for k in range(12)]}, "b": 2.0, "x": np.ones(3)})
    for name in ("dx", "dW", "db"):
        assert re.search(rf"^    {name} = ", step.source, re.MULTILINE)


def test_a_label_that_ends_with_a_digit_is_counted_apart() -> None:
    def chain(w: Any) -> Any:
        h = w
        for _ in range(3):
            h = am.tanh(h * w)
            h.label = "h1"
        return h

    step = am.compile(chain)
    step(0.3)
    assert [f"h1{end} = " in step.source for end in ("", "_1", "_2", "1")] == [True] * 3 + [False]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x / (-3 * y),
        lambda x, y: x ** (-2 * y),
        lambda x, y: x * (-3 * y),
        lambda x, y: am.exp(x) / (-0.5 * (1 + y * y)),
    ],
)
def test_a_product_with_a_negative_number_is_in_brackets(f: Any, exact: bool) -> None:
    for x, y in ((1.5, 2.0), (np.array([1.5, 0.7]), np.array([2.0, 0.3]))):
        step = am.compile(f, exact=exact)
        for _ in range(2):
            np.testing.assert_allclose(step(x, y), f(x, y), rtol=0.0 if exact else 1e-14)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("f", [am.sum, am.mean, am.prod, am.max, am.min])
def test_reductions_of_a_number(f: Any, exact: bool) -> None:
    step = am.compile(lambda x: f(x * 2) * x, exact=exact)
    assert [step(2.0), step(3.0)] == [8.0, 18.0]
