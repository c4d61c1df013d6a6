"""Surroundings: the names that a function reads, in closures and modules, near and far."""

import math
import operator
import sys
import threading
import warnings
import weakref
from argparse import ArgumentParser, Namespace
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, partial, wraps
from pathlib import Path
from types import CellType, MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.replay import surroundings
from autograd_mini.replay.surroundings import MISSING, Surroundings, arrays_by_name, names_used

rate = 0.5
parser = ArgumentParser(prog="p")
settings = {"a": 1}
unused = 3.0


def inner(x: Any) -> Any:
    return x * rate


def found(f: Any) -> set[str]:
    """What stands for something, without the code of functions itself."""
    names = [name for name in names_used(f) if name.value is not MISSING]
    return {name.name for name in names} - {"__code__"}


def test_names_of_modules_and_closures_and_what_is_called() -> None:
    k = 2.0

    def f(x: Any) -> Any:
        return inner(x) * k + settings["a"]

    assert found(f) == {"inner", "rate", "k", "settings"}
    assert found(partial(f)) == {"inner", "rate", "k", "settings"}
    assert found(am.grad(f)) >= {"rate", "k", "settings"}
    assert found(am.value_and_grad(am.vmap(f))) >= {"rate", "k", "settings"}

    @wraps(f)
    def wrapped(x: Any) -> Any:
        return f(x)

    assert found(wrapped) == {"f", "inner", "rate", "k", "settings"}


def test_methods_and_callables() -> None:
    class Model:
        def apply(self, x: Any) -> Any:
            return x * rate

        def __call__(self, x: Any) -> Any:
            return x

    assert found(Model().apply) == {"rate"}
    assert found(Model()) == set()
    assert found(am.compile(inner)) == {"rate"}
    assert found(len) == set()


def test_functions_that_call_each_other() -> None:
    def even(n: Any) -> Any:
        return True if n == 0 else odd(n - 1)

    def odd(n: Any) -> Any:
        return False if n == 0 else even(n - rate)

    assert found(even) == {"even", "odd", "rate"}


def test_a_cell_that_is_empty() -> None:
    def f(x: Any) -> Any:
        return later * x

    assert found(f) == set()
    later = 2.0
    names = names_used(f)
    assert [name.name for name in names] == ["later", "__code__"]
    assert names[0].unchanged()
    assert not names[0]._replace(place=CellType()).unchanged()


def test_what_counts_as_the_same() -> None:
    k: Any = 2.0

    def f(x: Any) -> Any:
        return x * k

    name, _ = names_used(f)
    k = 4.0 / 2
    assert name.unchanged()
    for other in (2, 3.0, "2.0", None, np.float64(2.0), [2.0]):
        k = other
        assert not name.unchanged()
    k = np.ones(2)
    name, _ = names_used(f)
    assert name.unchanged()
    k = np.ones(2)
    assert not name.unchanged()
    k = "text"
    name, _ = names_used(f)
    k = "".join(["te", "xt"])
    assert name.unchanged()


def test_what_is_looked_up_in_inner_code() -> None:
    def f(w: Any) -> Any:
        def third(x: Any) -> Any:
            return x * rate

        g = lambda x: x + later  # noqa: E731 # one more kind of inner code
        return [g(x) * settings["a"] for x in w], third(1.0).unused

    later = 1.0
    assert found(f) == {"Any", "rate", "settings", "later"}


def test_functions_among_defaults_and_arguments_of_partials() -> None:
    def f(x: Any, g: Any = inner, *, h: Any = None) -> Any:
        return g(x)

    assert found(f) == {"__defaults__", "__kwdefaults__", "rate"}
    assert found(partial(am.relu, inner)) == {"rate"}


def test_functions_and_numbers_of_modules() -> None:
    module = ModuleType("module")
    exec("k = 2.0\ndef twice(x): return x * k", vars(module))
    scope: dict[str, Any] = {"module": module, "np": np}
    exec("def f(x): return module.twice(x) * np.pi + module.nothing", scope)
    assert found(scope["f"]) == {"module", "twice", "k", "np"}


def test_attributes_of_any_kind() -> None:
    class Base:
        shared = 1.0

        @property
        def twice(self) -> float:
            return 2 * rate

        @classmethod
        def of_class(cls) -> float:
            return cls.shared

        @staticmethod
        def plain() -> Any:
            return settings

    class Slotted(Base):
        __slots__ = ("k",)

    class Model(Base):
        def __init__(self) -> None:
            self.act, self.slotted, self.texts, self.empty = inner, Slotted(), ["a"], []
            self.named = {"one": Slotted()}
            self.slotted.k = 1.0

    model = Model()

    def f(x: Any) -> Any:
        own = (
            model.act(x),
            model.slotted.k,
            model.texts,
            model.empty,
            model.named["one"],
            Base.shared,
        )
        return own, model.twice, model.of_class(), model.plain(), x.shape

    names = {str(name) for name in names_used(f)}
    assert names >= {"model", "Model.act", "Model.slotted", "Slotted.k", "Model.texts"}
    assert names >= {"Model.named", "Base.shared", "rate", "settings", "Base"}
    assert names >= {"Model.twice", "Base.twice", "of_class", "plain"}
    around = Surroundings(f)
    del model.slotted.k
    assert not around.unchanged()
    assert around.changed() == ["Slotted.k"]


def test_attributes_of_arguments() -> None:
    class Model:
        def __init__(self) -> None:
            self.k, self.other = 1.0, None

    model = Model()
    around = Surroundings(lambda model, x: model.k * x, [model])
    assert around.unchanged()
    model.other = model
    assert around.unchanged()
    model.k = 2.0
    assert around.changed() == ["Model.k"]


def test_attributes_that_installed_packages_ask_for_are_theirs() -> None:
    """Else there would be no end to what is watched."""

    class Case:
        nodeid = "a"

    case, stub = Case(), pytest.Item
    assert found(lambda x: (pytest.approx(x), case)) >= {"pytest", "approx", "case"}
    assert "nodeid" not in found(lambda x: (pytest.approx(x), case, stub))


def test_attributes_that_operators_ask_for() -> None:
    class Model:
        def __init__(self) -> None:
            self.k, self.seen = 1.0, 0

        def __repr__(self) -> str:
            return f"{self.seen}"

        def __add__(self, x: Any) -> Any:
            return self.k + x

        def __getitem__(self, i: int) -> Any:
            return self.k * i  # without an end

        def __len__(self) -> int:
            return 3

    models = [Model(), Model()]
    assert found(lambda x: (models[0] + x, models[1][2])) == {"models", "k"}
    assert found(lambda x: getattr(models[0], "seen") * x) == {"models", "k", "seen"}  # noqa: B009
    assert arrays_by_name(names_used(lambda x: models)) == {}


def test_a_class_that_gives_attributes_in_a_way_of_its_own() -> None:
    class Model:
        def __init__(self) -> None:
            self.k = 1.0

        def __getattribute__(self, name: str) -> Any:
            value = object.__getattribute__(self, name)
            return [value] if name == "k" else value

    model = Model()
    assert found(lambda x: x * model.k[0]) == {"model", "__getattribute__"}


def test_names_in_words() -> None:
    def f(x: Any, k: float = 1.0) -> Any:
        return x * k * rate

    assert [str(name) for name in names_used(f)] == [
        "rate",
        "f.__defaults__",
        "f.__code__",
    ]


def test_all_names_at_once() -> None:
    k, gone = 2.0, 1.0

    def f(x: Any, y: Any = 1.0) -> Any:
        return x * k * y * gone * rate

    around = Surroundings(f)
    assert around.unchanged()
    k = 4.0 / 2
    assert around.unchanged()
    k = 3.0
    assert not around.unchanged()
    k = 2.0
    f.__defaults__ = (2.0,)
    assert not around.unchanged()
    around = Surroundings(f)
    f.__closure__[0].cell_contents = 5.0
    assert not around.unchanged()
    around = Surroundings(f)
    del f.__closure__[0].cell_contents
    assert not around.unchanged()
    assert Surroundings(len).unchanged()


def test_arrays_are_known_by_name() -> None:
    A, rows, ints, ragged = np.ones((2, 2)), [[1.0, 2.0], [3.0, 4.0]], (1, 2), [[1.0], 2.0]
    texts, one, none, whole = [["a"], "b"], [1.0], [], np.arange(3)
    uneven = [[1.0], [2.0, 3.0]]

    def f(x: Any, y: Any = 1.0, z: Any = 2.0) -> Any:
        return A, rows, ints, ragged, uneven, texts, one, none, whole, rate

    known = arrays_by_name(names_used(f))
    assert set(known) == {"A", "rows", "ints"}
    assert known["A"] is A
    assert known["rows"].shape == (2, 2)
    assert known["ints"].dtype == np.float64


# What changes is seen; what does not is recorded once ---------------------------------------------


def changes(f: Any, change: Callable[[], Any], *args: Any, anew: int = 2) -> Any:
    """f compiled: recorded once while nothing changes, and once more after a change."""
    step = f if hasattr(f, "recordings") else am.compile(f)
    before = [step(*args) for _ in range(3)]
    assert len(set(before)) == 1
    assert len(step.recordings) == 1
    change()
    after = [step(*args) for _ in range(3)]
    assert after == [getattr(f, "f", f)(*args)] * 3
    assert after != before
    assert len(step.recordings) == anew
    return step


class Scaled:
    k = 2.0

    def __init__(self, k: float = 1.0) -> None:
        self.by = k

    def fac(self) -> Any:
        return self.k

    def times(self, x: Any) -> Any:
        return x * self.fac()

    @classmethod
    def of_class(cls, x: Any) -> Any:
        return x * cls.k

    @staticmethod
    def plain(x: Any) -> Any:
        return x + 1.0

    @property
    def twice(self) -> Any:
        return 2.0 * self.by


class Derived(Scaled):
    k = 3.0

    def fac(self) -> Any:
        return super().fac() + super().k


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What sets names and attributes until the test ends."""
    return partial(partial, monkeypatch.setattr)


HERE = sys.modules[__name__]


def test_what_makes_an_object_is_watched(fresh: Any) -> None:
    class Plain:
        def __init__(self, x: Any) -> None:
            self.x = x * rate

    class Made:
        def __new__(cls, x: Any) -> Any:
            return x * rate

    @dataclass
    class Data:
        x: Any
        k: float = field(init=False)

        def __post_init__(self) -> None:
            self.k = rate

    class Meta(type):
        def __call__(cls, x: Any) -> Any:
            return x * rate

    class Own(metaclass=Meta):
        pass

    class Counted:
        count = 0

        def __init__(self) -> None:
            Counted.count += 1

        def __mul__(self, x: Any) -> Any:
            return rate * x

    counted = Counted()

    def of_an_object(x: Any) -> Any:
        return counted * x

    for f in (
        lambda x: Plain(x).x,
        lambda x: Made(x),
        lambda x: (lambda data: data.x * data.k)(Data(x)),
        lambda x: Own(x),
        of_an_object,
    ):
        HERE.rate = 0.5  # type: ignore[attr-defined]
        changes(f, fresh(HERE, "rate", 3.0), 2.0)
    Counted()
    step = am.compile(of_an_object)
    assert step(2.0) == step(2.0 * len([Counted()]))
    assert len(step.recordings) == 1


def test_classes_of_arguments_that_are_taken_apart(fresh: Any) -> None:
    class Pair(NamedTuple):
        a: float
        b: float

        def product(self) -> Any:
            return self.a * self.b * rate

    @dataclass
    class Layer:
        w: float
        made: ClassVar[int] = 0
        k: ClassVar[float] = 2.0

        def __post_init__(self) -> None:
            Layer.made += 1

        def by_settings(self, x: Any) -> Any:
            return self.w * x * given.rate

        @am.compile
        def by_class(self, x: Any) -> Any:
            return self.w * x * self.k

    given = SimpleNamespace(rate=1.0)
    changes(lambda pair: pair.product(), fresh(HERE, "rate", 3.0), Pair(1.0, 2.0))
    changes(lambda layer, x: layer.by_settings(x), fresh(given, "rate", 3.0), Layer(1.0), 2.0)
    layer = Layer(1.0)
    for _ in range(3):
        assert layer.by_class(2.0) == Layer(1.0).by_class(2.0) == 4.0
    assert len(Layer.by_class.recordings) == 1
    Layer.k = 5.0
    assert layer.by_class(2.0) == 10.0
    assert Layer.by_class.recordings[1].reason == "Layer.k changed"


@pytest.mark.parametrize(
    ("f", "owner", "name", "value"),
    [
        (lambda o, x: o.times(x), Scaled, "k", 7.0),
        (lambda o, x: o.times(x), Derived, "k", 7.0),
        (lambda o, x: o.times(x), Scaled, "fac", lambda self: 9.0),
        (lambda o, x: o.times(x), Derived, "fac", lambda self: 9.0),
        (lambda o, x: o.times(x), Derived, "times", lambda self, x: 9.0 * x),
        (lambda o, x: o.of_class(x), Scaled, "of_class", classmethod(lambda cls, x: 9.0 * x)),
        (lambda o, x: o.plain(x), Scaled, "plain", staticmethod(lambda x: 9.0 * x)),
        (lambda o, x: o.twice * x, Scaled, "twice", property(lambda self: 9.0)),
        (lambda o, x: Derived.of_class(x) + Derived(2.0).twice, Derived, "k", 9.0),
    ],
)
def test_methods_and_attributes_of_classes(
    f: Any, owner: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scaled, "k", 2.0)
    one = Derived()
    changes(lambda x: f(one, x), lambda: monkeypatch.setattr(owner, name, value), 2.0)
    monkeypatch.undo()
    changes(f, lambda: monkeypatch.setattr(owner, name, value), one, 2.0)


def rate_or_one(o: Any) -> Any:
    try:
        return o.rate
    except AttributeError:
        return 1.0


def later_or_one() -> Any:
    try:
        return later  # type: ignore[name-defined]
    except NameError:
        return 1.0


@pytest.mark.parametrize(
    "f",
    [
        lambda o, x: x * getattr(o, "rate", 1.0),
        lambda o, x: x * (o.rate if hasattr(o, "rate") else 1.0),
        lambda o, x: x * rate_or_one(o),
        lambda o, x: x * vars(o).get("rate", 1.0),
        lambda o, x: x * o.__dict__.get("rate", 1.0),
    ],
)
def test_attributes_that_are_there_later(f: Any) -> None:
    class Own:
        pass

    class Lazy:
        def __getattr__(self, name: str) -> Any:
            raise KeyError(name)

    own, lazy = Own(), Lazy()
    changes(f, lambda: setattr(own, "rate", 3.0), own, 2.0)
    del own.rate
    changes(lambda x: (f(own, x), lazy)[0], lambda: setattr(own, "rate", 3.0), 2.0)
    module = ModuleType("module")
    changes(lambda x: f(module, x), lambda: setattr(module, "rate", 3.0), 2.0)


def test_an_attribute_of_a_class_that_is_there_later() -> None:
    class Own:
        pass

    changes(lambda x: x * getattr(Own, "rate", 1.0), lambda: setattr(Own, "rate", 3.0), 2.0)


def test_names_that_are_there_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def put(name: str, value: Any) -> Any:
        return lambda: monkeypatch.setattr(HERE, name, value, raising=False)

    changes(lambda x: x * later_or_one(), put("later", 3.0), 2.0)
    step = changes(lambda x: abs(x), put("abs", lambda x: 3.0 * x), 2.0)
    assert step.recordings[1].reason == "abs changed"


def test_names_that_f_only_sets_are_none_that_it_reads() -> None:
    scope: dict[str, Any] = {}
    exec("def f(x):\n    global last\n    last = 2.0\n    return x * 2.0", scope)
    step = am.compile(scope["f"])
    assert [step(1.0), step(1.0), step(1.0)] == [2.0] * 3
    assert len(step.recordings) == 1


def test_modules_that_f_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    package, module = ModuleType("own_package"), ModuleType("own_package.settings")
    for each in (package, module):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    package.settings, package.__path__ = module, []  # type: ignore[attr-defined]
    module.rate = 1.0  # type: ignore[attr-defined]
    scope: dict[str, Any] = {"__package__": "own_package"}
    for line in (
        "import own_package.settings as settings",
        "from own_package.settings import rate",
        "from own_package import settings",
        "from .settings import rate",
        "from . import settings",
        "import math, numpy.linalg, own_package.settings as settings",
    ):
        read = "rate" if line.endswith("rate") else "settings.rate"
        exec(f"def f(x):\n    {line}\n    return x * {read}", scope)
        step = changes(scope["f"], lambda: setattr(module, "rate", module.rate + 1.0), 2.0)
        assert step.recordings[1].reason == "own_package.settings.rate changed"
    other = ModuleType("own_package.settings")
    other.rate = 100.0  # type: ignore[attr-defined]

    def replace() -> None:
        monkeypatch.setitem(sys.modules, other.__name__, other)

    exec("def f(x):\n    from .settings import rate\n    return x * rate", scope)
    changes(scope["f"], replace, 2.0)


def test_a_module_that_f_is_the_first_to_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "own_first.py").write_text("rate = 1.0")
    monkeypatch.syspath_prepend(tmp_path)

    def f(x: Any) -> Any:
        from own_first import rate  # type: ignore[import-not-found]

        return x * rate

    try:
        changes(f, lambda: setattr(sys.modules["own_first"], "rate", 3.0), 2.0)
    finally:
        sys.modules.pop("own_first", None)


def test_attributes_of_functions_and_their_code() -> None:
    def helper(x: Any) -> Any:
        return x * helper.k  # type: ignore[attr-defined]

    def other(x: Any) -> Any:
        return x + helper.k  # type: ignore[attr-defined]

    helper.k = 2.0  # type: ignore[attr-defined]
    changes(lambda x: helper(x), lambda: setattr(helper, "k", 3.0), 2.0)
    changes(lambda x: helper(x), lambda: setattr(helper, "__code__", other.__code__), 3.0)


@pytest.mark.parametrize("kind", [list, dict, str, float, np.ndarray, tuple, set, deque])
def test_attributes_of_what_is_a_container_or_a_number_as_well(kind: Any) -> None:
    class Own(kind):  # type: ignore[misc]
        k = 2.0

        def times(self, x: Any) -> Any:
            return x * self.k

    own = Own(()) if kind is np.ndarray else Own()
    changes(lambda x: own.times(x), lambda: setattr(own, "k", 3.0), 2.0)
    within = [own, 1.0]
    changes(lambda x: within[0].times(x), lambda: setattr(own, "k", 4.0), 2.0)


@pytest.mark.parametrize("kind", [set, frozenset, deque, dict.fromkeys])
def test_objects_in_any_container(kind: Any) -> None:
    one = Scaled()
    members = kind([one])
    changes(lambda x: sum(x * o.by for o in members), lambda: setattr(one, "by", 3.0), 2.0)


def test_attributes_that_are_asked_for_by_text() -> None:
    class Positional:
        __match_args__ = ("by",)

        def __init__(self) -> None:
            self.by = 1.0

    def matched(x: Any) -> Any:
        match one:
            case Scaled(by=k):
                return x * k

    def by_place(x: Any) -> Any:
        match other:
            case Positional(k):
                return x * k

    one, other, space = Scaled(), Positional(), SimpleNamespace(one=Scaled())
    changes(matched, lambda: setattr(one, "by", 3.0), 2.0)
    changes(by_place, lambda: setattr(other, "by", 3.0), 2.0)
    for n, f in enumerate(
        (
            lambda x: x * vars(one)["by"],
            lambda x: x * one.__dict__["by"],
            lambda x: x * operator.attrgetter("by")(one),
            lambda x: operator.methodcaller("times", x)(one),
        )
    ):
        one.by = one.k = -1.0
        changes(f, lambda n=n: vars(one).update(by=n, k=n), 2.0)  # type: ignore[misc]
    changes(
        lambda x: x * operator.attrgetter("one.by")(space),
        lambda: setattr(space.one, "by", 3.0),
        2.0,
    )
    vars(one)["lambda"] = 1.0
    changes(lambda x: x * vars(one)["lambda"], lambda: vars(one).update({"lambda": 3.0}), 2.0)


def test_variables_of_a_context_and_of_a_thread() -> None:
    variable, local, empty = ContextVar[Any]("variable"), threading.local(), ContextVar[Any]("e")
    local.k = 1.0
    variable.set(SimpleNamespace(k=1.0))
    changes(lambda x: x * variable.get().k, lambda: setattr(variable.get(), "k", 2.0), 2.0)
    step = changes(
        lambda x: x * variable.get().k, lambda: variable.set(SimpleNamespace(k=3.0)), 2.0
    )
    assert step.recordings[1].reason == "variable changed"
    changes(lambda x: x * empty.get(1.0), lambda: empty.set(5.0), 2.0)
    changes(lambda x: x * local.k, lambda: setattr(local, "k", 2.0), 2.0)
    changes(lambda x: x * getattr(local, "late", 1.0), lambda: setattr(local, "late", 2.0), 2.0)


def test_objects_of_the_library() -> None:
    options = Namespace(rate=1.0, deep=Namespace(k=2.0))
    changes(lambda x: x * options.rate, lambda: setattr(options, "rate", 3.0), 2.0)
    changes(lambda x: x * options.deep.k, lambda: setattr(options.deep, "k", 3.0), 2.0)
    assert "print_help" not in found(lambda x: parser.print_help())
    assert found(lambda x: parser.prog) == {"parser", "prog"}


def test_long_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    f, chain = inner, SimpleNamespace(k=1.0)
    last = chain
    for _ in range(50):
        f = partial(lambda x, f: f(x), f=f)
        chain = SimpleNamespace(next=chain)

    def along(x: Any) -> Any:
        one = chain
        while hasattr(one, "next"):
            one = one.next
        return x * one.k

    changes(f, lambda: monkeypatch.setattr(HERE, "rate", 3.0), 2.0)
    changes(along, lambda: setattr(last, "k", 3.0), 2.0)


def test_a_chain_is_gone_along_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would take the square of its length."""
    looks = []
    monkeypatch.setattr(surroundings, "id", lambda x: looks.append(x) or id(x), raising=False)
    chain = SimpleNamespace(next=None)
    for _ in range(300):
        chain = SimpleNamespace(next=chain)
    names = names_used(lambda x: x * chain.next.k)
    assert len([name for name in names if name.name == "next"]) == 301
    assert len(looks) < 20 * 301


def test_what_f_itself_keeps_is_recorded_once_or_twice() -> None:
    class Own:
        @cached_property
        def k(self) -> float:
            return 2.0

    own, lazy = Own(), SimpleNamespace()

    def f(x: Any) -> Any:
        if not hasattr(lazy, "k"):
            lazy.k = 2.0
        return x * lazy.k

    for g, count in ((lambda x: x * own.k, 1), (f, 2)):
        step = am.compile(g)
        assert [step(1.0) for _ in range(4)] == [2.0] * 4
        assert len(step.recordings) == count


def test_what_is_documented_as_not_seen() -> None:
    class Own:
        k = 1.0

        def __add__(self, x: Any) -> Any:
            return x * 2.0

        def plain(self) -> Any:
            return 2.0

    class Other(Own):
        def plain(self) -> Any:
            return 3.0

    class Lazy:
        def __getattr__(self, name: str) -> Any:
            return made_up[name]

    def lacks(x: Any) -> Any:
        try:
            return x * own.late
        except Exception:
            return x * 2.0

    def bare(x: Any) -> Any:
        return x * getattr(bare, "late", 2.0)

    own, made_up, entries, lazy = Own(), {"k": 2.0}, {"k": 2.0}, Lazy()
    get, name = operator.attrgetter("k"), "".join(["k"])
    cases: list[tuple[Any, Callable[[], Any]]] = [
        (lambda x: x * entries["k"], lambda: entries.update(k=3.0)),
        (lambda x: x * getattr(own, name) * 2.0, lambda: setattr(own, "k", 3.0)),
        (lambda x: x * get(own) * 2.0, lambda: setattr(own, "k", 4.0)),
        (lambda x: x * lazy.k, lambda: made_up.update(k=3.0)),
        (lacks, lambda: setattr(own, "late", 3.0)),
        (bare, lambda: setattr(bare, "late", 3.0)),
        (lambda x: own + x, lambda: setattr(Own, "__add__", lambda self, x: x)),
        (lambda x: x * own.plain(), lambda: setattr(own, "__class__", Other)),
        (lambda x: x * own.plain() / 1.5, lambda: setattr(own, "plain", lambda: 5.0)),
    ]
    for f, change in cases:
        own.k = 1.0
        step = am.compile(f)
        assert step(1.0) == 2.0
        change()
        assert f(1.0) != 2.0
        assert step(1.0) == 2.0


def odd_objects() -> list[Any]:
    """Objects that answer by errors; within a function, as pytest asks what stands in a module."""

    class Refusing:
        rate = 2.0

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __call__(self, x: Any) -> Any:
            return x * self.rate

        def __eq__(self, other: object) -> bool:
            raise ValueError("no comparison")

        __hash__ = object.__hash__

    class Meta(type):
        def __getattr__(cls, name: str) -> Any:
            raise ZeroDivisionError(name)

    class OfMeta(metaclass=Meta):
        rate = 2.0

    class Nameless:
        __match_args__ = 3
        rate = 2.0

        @property
        def __dict__(self) -> Any:  # type: ignore[override]
            raise LookupError

    Nameless.__module__ = None  # type: ignore[assignment]

    class Unset:
        rate = 2.0

        @property
        def __class__(self) -> Any:  # type: ignore[override]
            raise RuntimeError("not configured")

    class Unread(dict[str, Any]):
        rate = 2.0

        def values(self) -> Any:
            raise OSError

    class Lazy(ModuleType):
        rate = 2.0

        def __getattr__(self, name: str) -> Any:
            raise ImportError(name)

    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    return [Refusing(), Nameless(), Nameless, Lazy("lazy"), OfMeta, Unset(), Unread(), deep]


@pytest.mark.parametrize("k", range(8))
def test_objects_that_answer_by_errors(k: int) -> None:
    held = odd_objects()[k]

    def f(x: Any) -> Any:
        return x * 2.0 if type(held) is list else x * held.rate

    step = am.compile(f)
    assert [step(3.0), step(3.0)] == [6.0, 6.0]
    assert len(step.recordings) == 1
    if k < 5:
        given = am.compile(lambda x, o: x * 2.0)
        assert [given(3.0, held), given(3.0, held)] == [6.0, 6.0]
        assert len(given.recordings) == 1


def test_an_object_that_no_longer_answers_is_asked_anew() -> None:
    class Settings:
        def __getattribute__(self, name: str) -> Any:
            if closed and name == "rate":
                raise ConnectionError(name)
            return object.__getattribute__(self, name)

    closed = False
    settings = Settings()
    settings.rate = 2.0  # type: ignore[attr-defined]

    step = am.compile(lambda x: x * settings.rate)  # type: ignore[attr-defined]
    assert step(3.0) == 6.0
    closed = True
    with pytest.raises(ConnectionError):
        step(3.0)


class Settings:
    def __init__(self, rate: float) -> None:
        self.rate = rate


class Layer:
    """It keeps what it gave, and makes its scale at the first call."""

    def __init__(self) -> None:
        self.weight = 0.5
        self.out: Any = None
        self.made: Any = None

    def __call__(self, x: Any) -> Any:
        if self.made is None:
            self.made = Settings(2.0)
        self.out = am.tanh(self.weight * x) * self.made.rate
        return self.out


def test_nodes_that_f_keeps_do_not_record_anew() -> None:
    layer = Layer()
    step = am.compile(lambda x: layer(x))
    assert [step(1.0) for _ in range(5)] == [2 * math.tanh(0.5)] * 5
    assert len(step.recordings) == 2
    layer.made.rate = 4.0
    assert step(1.0) == 4 * math.tanh(0.5)
    layer.weight = 1.5
    assert step(1.0) == 4 * math.tanh(1.5)
    assert len(step.recordings) == 4


def test_what_f_reads_of_the_call_before_is_reckoned_with() -> None:
    class Momentum:
        m: Any = 0.0

        def __call__(self, x: Any) -> Any:
            setattr(self, "m", 0.5 * self.m + x)  # noqa: B010 # that is what is tried
            return self.m

    step, eager = am.compile(Momentum(), max_recordings=3), Momentum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert [step(1.0) for _ in range(6)] == [eager(1.0) for _ in range(6)]


@pytest.mark.parametrize(
    "hold",
    [
        lambda o: (weakref.ref(o), lambda held: held()),
        lambda o: (MappingProxyType({"a": o}), lambda held: held["a"]),
        lambda o: (ChainMap({"a": o}), lambda held: held["a"]),
        lambda o: (UserDict({"a": o}), lambda held: held["a"]),
        lambda o: (UserList([o]), lambda held: held[0]),
        lambda o: (weakref.WeakValueDictionary({"a": o}), lambda held: held["a"]),
        lambda o: ({"a": o}.values(), lambda held: next(iter(held))),
    ],
)
def test_objects_in_containers_of_the_library(hold: Any) -> None:
    settings = Settings(2.0)
    held, take = hold(settings)
    step = am.compile(lambda x: x * take(held).rate)
    assert step(1.0) == 2.0
    settings.rate = 5.0
    assert step(1.0) == 5.0
    assert len(step.recordings) == 2


def test_numbers_that_are_equal_and_not_the_same() -> None:
    class Unit(float):
        factor = 1.0

    zero, unit, missing = 0.0, Unit(1.0), float("nan")
    step = am.compile(lambda x: am.arctan2(zero, x) * unit.factor, exact=True)
    assert step(-1.0) == np.pi
    zero = -0.0
    assert step(-1.0) == -np.pi
    unit = Unit(1.0)
    unit.factor = 3.0
    assert step(-1.0) == -3 * np.pi
    other = am.compile(lambda x: x if missing == missing else 2 * x)
    other(1.0)
    missing = float("nan")
    other(1.0)
    assert len(other.recordings) == 1


def test_arguments_that_cannot_be_compared_are_others() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = object.__hash__

    step = am.compile(lambda x, odd: x * 2.0)
    assert [step(3.0, Odd()), step(3.0, Odd())] == [6.0, 6.0]
