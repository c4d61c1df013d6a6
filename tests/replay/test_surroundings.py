"""Surroundings: the names that a function reads, in closures and modules, near and far."""

from functools import partial, wraps
from types import CellType, ModuleType
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.replay.surroundings import Surroundings, arrays_by_name, names_used

rate = 0.5
settings = {"a": 1}
unused = 3.0


def inner(x: Any) -> Any:
    return x * rate


def found(f: Any) -> set[str]:
    return {name.name for name in names_used(f)}


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


def test_deep_chains_end() -> None:
    f: Any = inner
    for _ in range(30):
        f = partial(partial, f)
    assert found(f) == set() or found(f) == {"rate"}
    wrapped: Any = inner
    for _ in range(12):

        def wrapped(x: Any, g: Any = None, f: Any = wrapped) -> Any:
            return f(x)

    assert isinstance(found(wrapped), set)


def test_a_cell_that_is_empty() -> None:
    def f(x: Any) -> Any:
        return later * x

    assert found(f) == set()
    later = 2.0
    names = names_used(f)
    assert [name.name for name in names] == ["later"]
    assert names[0].unchanged()
    assert not names[0]._replace(place=CellType()).unchanged()


def test_what_counts_as_the_same() -> None:
    k: Any = 2.0

    def f(x: Any) -> Any:
        return x * k

    (name,) = names_used(f)
    k = 4.0 / 2
    assert name.unchanged()
    for other in (2, 3.0, "2.0", None, np.float64(2.0), [2.0]):
        k = other
        assert not name.unchanged()
    k = np.ones(2)
    (name,) = names_used(f)
    assert name.unchanged()
    k = np.ones(2)
    assert not name.unchanged()
    k = "text"
    (name,) = names_used(f)
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
    assert not {"Model.twice", "Model.of_class", "Model.plain"} & names
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
    assert found(lambda x: x * model.k[0]) == {"model"}


def test_names_in_words() -> None:
    def f(x: Any, k: float = 1.0) -> Any:
        return x * k * rate

    assert [str(name) for name in names_used(f)] == ["rate", "f.__defaults__"]


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
