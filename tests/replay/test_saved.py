"""Programs as files: what is read is what was written, and nothing in a file is trusted."""

import copy
import json
import math
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini.replay.saved import checksum


def cost(w: Any, b: Any) -> Any:
    J = 0.0
    for k in range(10):
        z = sum(wi * ((k * i) % 7 - 3) for i, wi in enumerate(w)) + b
        J = J - am.log(am.sigmoid(z) if k % 2 else 1 - am.sigmoid(z))
    return J / 10


def of_arrays(x: Any, y: Any) -> Any:
    return {
        "sum": am.sum(x[1:, ::2] @ y, axis=0),
        "rest": (am.einsum("ij->j", x), [x.T, None, "s"]),
    }


def branch(x: Any) -> Any:
    return am.log(x) if x > 1 else x * x


def masked(x: Any) -> Any:
    return am.sum(x[np.array([0, 2])] * x[x > 0][:2]) + am.where(x > 1, x, 0.0)[..., None]


MATRIX = np.arange(12.0).reshape(3, 4)
PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "loop": (am.value_and_grad(cost, argnums=(0, 1)), ([0.5, -0.5, 1.0], 0.25)),
    "arrays": (of_arrays, (MATRIX, np.ones((2, 3)))),
    "branch": (am.value_and_grad(branch), (2.0,)),
    "masked": (masked, (np.array([1.0, -2.0, 3.0]),)),
    "scattered": (am.hessian(lambda x: sum(v**3 for v in x)), (np.array([1.0, 2.0, 3.0] * 4),)),
    "float32": (lambda x: am.exp(x) * np.float32(2), (np.ones(3, np.float32),)),
    "infinite": (lambda x: am.minimum(x, math.inf) + am.maximum(x, -math.inf), (1.0,)),
    "cast": (lambda x: am.Tensor(np.float32([1, 2])) * am.sum(x), (np.ones(2, np.float32),)),
    "fitted": (am.grad(lambda x, y: am.sum(x * y)), (np.ones(3, np.float32), np.arange(3.0))),
    "twice": (lambda x: am.sin(x * MATRIX) + x * MATRIX @ MATRIX.T @ MATRIX, (2.0,)),
    "keys": (lambda p: {1: p["1"], "1": p[1]}, ({"1": 2.0, 1: 3.0},)),
    "named": (lambda p, *, rate: [p["w"] * rate, p["b"]], ({"w": 2.0, "b": 3.0},)),
}


def compiled(name: str) -> tuple[Any, tuple[Any, ...], dict[str, float]]:
    f, args = PROGRAMS[name]
    options = {"rate": 0.5} if name == "named" else {}
    step = am.compile(f)
    step(*args, **options)
    return step, args, options


def equal(x: Any, y: Any) -> None:
    assert type(x) is type(y)
    if isinstance(x, dict):
        assert x.keys() == y.keys()
        x, y = list(x.values()), list(y.values())
    if isinstance(x, list | tuple):
        for a, b in zip(x, y, strict=True):
            equal(a, b)
    else:
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_read_is_what_was_written(name: str, tmp_path: Path) -> None:
    step, args, options = compiled(name)
    step.save(tmp_path / "p.json")
    program = am.load_program(tmp_path / "p.json")
    assert program.source == step.source
    equal(program(*args, **options), step(*args, **options))
    program.save(tmp_path / "q.json")
    assert (tmp_path / "q.json").read_text() == (tmp_path / "p.json").read_text()


@pytest.mark.parametrize("name", PROGRAMS)
def test_pickles_and_copies(name: str) -> None:
    step, args, options = compiled(name)
    program = step.recordings[0].program
    for again in (program, pickle.loads(pickle.dumps(program))):
        other = pickle.loads(pickle.dumps(again))
        assert other.source == program.source
        equal(other(*args, **options), program(*args, **options))
        assert copy.copy(again) is copy.deepcopy(again) is again


def test_options_whose_names_python_means_otherwise(tmp_path: Path) -> None:
    step = am.compile(lambda x, **more: x * more["class"] - more["abs"] / abs(x))
    options = {"class": 3.0, "abs": 4.0}
    step(2.0, **options)
    step.save(tmp_path / "p.json")
    program = am.load_program(tmp_path / "p.json")
    assert program(-2.0, **options) == step(-2.0, **options) == -8.0
    with pytest.raises(am.DivisionError):
        program(0.0, **dict(reversed(options.items())))
    step = am.compile(lambda d: d["a"] / d["b"])
    step({"a": 1.0, "b": 2.0})
    step.save(tmp_path / "p.json")
    assert am.load_program(tmp_path / "p.json")({"b": 4.0, "a": 2.0}) == 0.5


def test_python_that_runs_by_itself(tmp_path: Path) -> None:
    step, args, _ = compiled("loop")
    step.save(tmp_path / "p.py")
    name = step.recordings[0].program.name
    file = tmp_path / "run.py"
    file.write_text((tmp_path / "p.py").read_text() + f"\nprint(repr({name}(*{args!r})[0]))\n")
    done = subprocess.run([sys.executable, "-I", file], capture_output=True, text=True, check=True)
    assert float(done.stdout) == step(*args)[0]


def test_javascript_is_written(tmp_path: Path) -> None:
    step, _, _ = compiled("loop")
    step.save(tmp_path / "p.js")
    assert "function cost(inputs)" in (tmp_path / "p.js").read_text()


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_javascript_is_required_or_included(tmp_path: Path) -> None:
    step, (w, b), _ = compiled("loop")
    step.save(tmp_path / "p.js")
    given = json.dumps([*w, b])
    file = json.dumps(str(tmp_path / "p.js"))
    required = f"require({file})({given})[0]"
    page = f"require('vm').runInNewContext(require('fs').readFileSync({file}, 'utf8')"
    for text in (required, f"{page} + {json.dumps(f'cost({given})[0]')})"):
        done = subprocess.run(["node", "-p", text], capture_output=True, text=True, check=True)
        assert float(done.stdout) == pytest.approx(step(w, b)[0], rel=1e-14)


def test_javascript_squares_by_a_product(tmp_path: Path) -> None:
    step = am.compile(lambda x: x**2 + x**3)
    step(2.0)
    step.save(tmp_path / "p.js")
    text = (tmp_path / "p.js").read_text()
    assert "(x * x)" in text
    assert "pow(x, 3)" in text


def test_javascript_leaves_out_what_only_raises(tmp_path: Path) -> None:
    step = am.compile(am.grad(lambda x: am.log(x)))
    step(2.0)
    assert "math.log(x)" in step.source
    step.save(tmp_path / "p.js")
    assert "Math.log" not in (tmp_path / "p.js").read_text()


def test_a_guard_that_does_not_hold(tmp_path: Path) -> None:
    step, _, _ = compiled("branch")
    step.save(tmp_path / "p.json")
    with pytest.raises(am.TraceError, match="another way"):
        am.load_program(tmp_path / "p.json")(0.5)


def test_errors_are_named(tmp_path: Path) -> None:
    step = am.compile(am.value_and_grad(lambda x: sum(am.log(v) for v in x)))
    step([1.0] * 10)
    step.save(tmp_path / "p.json")
    program = am.load_program(tmp_path / "p.json")
    with pytest.raises(am.AutogradError, match="log"):
        program([1.0] * 9 + [-1.0])
    with pytest.raises(am.OperandError, match="another kind"):
        program([1.0] * 9)


NUMBERS = [
    0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1e308, 2**53 + 1, 10**30, 10**300, True,
    np.float32(0.1), np.float16(-0.0), np.int64(2**53 + 1), np.int8(-3), np.uint8(255),
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_constants_of_all_kinds(number: Any, tmp_path: Path) -> None:
    step = am.compile(lambda x: (am.arctan2(float(number), x), number), exact=True)
    step(-1.0)
    step.save(tmp_path / "p.json")
    step.save(tmp_path / "p.py")
    scope: dict[str, Any] = {}
    exec((tmp_path / "p.py").read_text(), scope)
    for replay in (step, am.load_program(tmp_path / "p.json"), scope["step"]):
        assert repr(replay(-1.0)) == repr(step.f(-1.0))


def test_whole_numbers_beyond_floats(tmp_path: Path) -> None:
    step = am.compile(lambda x: (x, 10**400))
    assert step(1.0) == step(1.0) == (1.0, 10**400)
    step.save(tmp_path / "p.json")
    assert am.load_program(tmp_path / "p.json")(1.0) == (1.0, 10**400)


@pytest.mark.parametrize("bad", [["<f4", 3], ["<i2", 40000], ["<i2", 0.5], ["|u1", -1]])
def test_numbers_that_are_none(bad: Any, tmp_path: Path) -> None:
    data = saved("branch", tmp_path)
    data["outputs"][0] = {"number": bad}
    with pytest.raises(am.InputError, match="no number"):
        load(data, tmp_path)


class Pair(NamedTuple):
    x: Any
    y: Any


def test_what_no_file_can_hold(tmp_path: Path) -> None:
    w = am.Value(2.0, "w")
    cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: g * 3 * x * x)
    outside, custom = am.compile(lambda x: x * w), am.compile(lambda x: cube(x) + 1)
    pair, kept = am.compile(lambda x: Pair(x, x)), am.compile(lambda x: [x, print])
    for step, suffix, text in [
        (outside, ".json", "nodes from outside"),
        (custom, ".json", "no file can hold"),
        (custom, ".py", "no file can hold"),
        (pair, ".json", "no file can hold"),
        (kept, ".json", "no file can hold"),
    ]:
        step(1.0)
        with pytest.raises(am.UnsupportedError, match=text):
            step.save(tmp_path / f"p{suffix}")
        with pytest.raises(am.UnsupportedError, match=text):
            pickle.dumps(step.recordings[0].program)
    with pytest.raises(am.InputError, match="saved as"):
        compiled("branch")[0].save(tmp_path / "p.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "kept", [["ab"], [b"x"], [1j], [None], [np.datetime64("2020-01-01")], [(1, 2.0)]]
)
def test_arrays_of_no_real_numbers(kept: Any, count: int, exact: bool, tmp_path: Path) -> None:
    dtype = [("a", int), ("b", float)] if isinstance(kept[0], tuple) else None
    array = np.array(kept * count, dtype)
    step = am.compile(lambda x: (x * 2, array), exact=exact)
    for x in (1.0, 3.0):
        equal(step(x), (2 * x, array))
        assert step(x)[1].dtype == array.dtype
        assert step(x)[1] is not step(x)[1]
    for suffix in (".json", ".js"):
        with pytest.raises(am.UnsupportedError, match=r"no \.json and no \.js"):
            step.save(tmp_path / f"p{suffix}")
    scope: dict[str, Any] = {}
    if array.dtype.kind in "OV":
        with pytest.raises(am.UnsupportedError, match="no file can hold"):
            step.save(tmp_path / "p.py")
    else:
        step.save(tmp_path / "p.py")
        exec((tmp_path / "p.py").read_text(), scope)
        equal(scope["step"](3.0), (6.0, array))


def test_an_array_of_texts_as_an_argument() -> None:
    step = am.compile(lambda x, names: (x * 2, names, names[:1]))
    for x in (1.0, 3.0):
        equal(step(x, np.array(["a", "b"])), (2 * x, np.array(["a", "b"]), np.array(["a"])))
    equal(step(1.0, np.array(["c", "b"])), (2.0, np.array(["c", "b"]), np.array(["c"])))
    assert len(step.recordings) == 2


def test_structures_no_file_can_hold(tmp_path: Path) -> None:
    given = am.compile(lambda pair, mode: pair.x * pair.y)
    given(Pair(1.0, 2.0), None)
    with pytest.raises(am.UnsupportedError, match="Pair"):
        given.save(tmp_path / "p.json")
    for key in (2.5, True, None, (1, 2)):
        of_key = am.compile(lambda d: sum(d.values()))
        of_key({key: 1.0})
        with pytest.raises(am.UnsupportedError, match=r"the key .* of a dict"):
            of_key.save(tmp_path / "p.json")
    of_date = am.compile(lambda d: sum(d.values()))
    of_date({date(2020, 1, 1): 1.0})
    for suffix in (".json", ".py"):
        with pytest.raises(am.UnsupportedError, match="no file can hold"):
            of_date.save(tmp_path / f"p{suffix}")
    kept = am.compile(lambda x, mode: x)
    kept(1.0, print)
    with pytest.raises(am.UnsupportedError, match="cannot be put"):
        kept.save(tmp_path / "p.json")


# Files that are no programs -----------------------------------------------------------------------


def load(data: Any, folder: Path) -> Any:
    """The program of a text as it is, or of data by somebody who knows how files are sealed."""
    file = folder / "p.json"
    if isinstance(data, dict):
        data = {**data, "crc32": checksum(data)}
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    return am.load_program(file)


def saved(name: str, folder: Path) -> Any:
    step, _, _ = compiled(name)
    step.save(folder / "whole.json")
    return json.loads((folder / "whole.json").read_text())


@pytest.mark.parametrize("path", [None, 3, b"step.json"])
def test_a_path_that_is_none(path: Any) -> None:
    step, _, _ = compiled("loop")
    for use in (step.save, am.load_program):
        with pytest.raises(am.InputError, match="a file has a name or a path"):
            use(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(am.InputError, match="cannot be read"):
        am.load_program(tmp_path / "nowhere.json")
    for text in ["", "{", "[]", "1", "null", "[" * 100_000, '{"format": "other"}', "\x00"]:
        with pytest.raises(am.InputError, match="no program"):
            load(text, tmp_path)
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(am.InputError, match="no program"):
        am.load_program(tmp_path / "b.json")


def test_a_file_cut_short(tmp_path: Path) -> None:
    text = json.dumps(saved("loop", tmp_path))
    for end in range(0, len(text), max(1, len(text) // 60)):
        with pytest.raises(am.InputError):
            load(text[:end], tmp_path)


def test_a_file_that_was_changed(tmp_path: Path) -> None:
    """With another digit somewhere it might be a program still, and give other numbers."""
    text = json.dumps(saved("loop", tmp_path))
    for i, character in enumerate(text):
        if character in "01234567":
            other = f"{text[:i]}{int(character) + 1}{text[i + 1 :]}"
            if json.loads(other) != json.loads(text):  # of 17 digits the last may say the same
                with pytest.raises(am.InputError):
                    load(other, tmp_path)
    data = saved("loop", tmp_path)
    del data["crc32"]
    with pytest.raises(am.InputError, match="changed or damaged"):
        load(json.dumps(data), tmp_path)


def test_spaces_and_the_order_of_keys_do_not_count(tmp_path: Path) -> None:
    step, args, _ = compiled("loop")
    text = json.dumps(saved("loop", tmp_path), indent=2, sort_keys=True)
    equal(load(text, tmp_path)(*args), step(*args))


def test_a_later_version(tmp_path: Path) -> None:
    with pytest.raises(am.InputError, match="version is 99"):
        load({**saved("branch", tmp_path), "version": 99}, tmp_path)


JUNK: list[Any] = [
    None, True, -1, 10**9, 10**30, 2.5, "", "__import__('os').system('true')", "ij->j", [], [[]],
    {}, {"step": 10**6}, {"step": -1}, {"array": 99}, {"dtype": "O"}, {"dtype": "f99"},
    {"float": "1e5"}, {"slice": [0, "x", 1]}, {"tuple": 3}, {"list": [{"tuple": []}]},
    {"nothing": 0}, {"kept": 5}, {"spread": [0, 1]}, {"spread": [10**6, 2]},
    {"list": [], "keys": ["a"]}, {"tuple": [], "keys": []}, [10**6, 10**6], ["<f8", [-1]],
    ["<f8", [10**9, 10**9]], ["<f8", [2], "!!"], ["<f8", [2], "AAAA"], {"number": ["<f4", 1.5]},
    {"number": ["<i8", 1.5]}, {"number": 3}, {"float": "nan"}, {"dtype": "<f8"}, {"ellipsis": 1},
]  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where everything in the data stands."""
    yield path
    if isinstance(data, dict | list):
        keys = list(data) if isinstance(data, dict) else range(min(len(data), 12))
        for key in keys:
            yield from places(data[key], (*path, key))


def with_junk(data: Any, path: tuple[Any, ...], junk: Any) -> Any:
    changed = copy.deepcopy(data)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    return changed


def mutated(data: Any, path: tuple[Any, ...], other: Any) -> Iterator[Any]:
    """The data without a part, with it twice, with the number after it, with another one."""
    *outer, last = path
    for k in range(4):
        changed = copy.deepcopy(data)
        inner = changed
        for key in outer:
            inner = inner[key]
        if k == 0:
            del inner[last]
        elif k == 1 and isinstance(inner, list):
            inner.insert(last, copy.deepcopy(inner[last]))
        elif k == 2 and type(inner[last]) is int:
            inner[last] += 1
        else:
            inner[last] = copy.deepcopy(other)
        yield changed


def use(data: Any, args: Any, options: Any, folder: Path) -> None:
    """All that can be done with a file: each is done, or is an error of ours."""
    with suppress(am.AutogradError):
        program = load(data, folder)
        for suffix in (".json", ".py", ".js"):
            with suppress(am.AutogradError):
                program.save(folder / f"again{suffix}")
        with np.errstate(all="ignore"):
            program(*args, **options)


@pytest.mark.parametrize("name", ["loop", "arrays", "branch", "named"])
def test_junk_in_any_place_is_an_error_of_ours(name: str, tmp_path: Path) -> None:
    data = saved(name, tmp_path)
    _, args, options = compiled(name)
    paths = [*places(data)][1:]
    every = 28 if len(paths) > 300 else 7
    for k, path in enumerate(paths):
        for junk in JUNK[k % every :: every]:
            use(with_junk(data, path, junk), args, options, tmp_path)


@pytest.mark.parametrize("name", ["arrays", "branch", "masked", "float32", "named"])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_parts_in_other_places_are_errors_of_ours(name: str, draw: Any, tmp_path: Path) -> None:
    data = saved(name, tmp_path)
    _, args, options = compiled(name)
    paths = [*places(data)][1:]
    path, source = draw.draw(st.sampled_from(paths)), draw.draw(st.sampled_from(paths))
    other = data
    for key in source:
        other = other[key]
    for changed in mutated(data, path, other):
        use(changed, args, options, tmp_path)


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a number for an array": (lambda d: d["steps"][0][1].__setitem__(0, 5), "5 is no array"),
    "a parameter": (lambda d: d["parameters"].__setitem__(0, "__debug__"), "parameters"),
    "a name": (lambda d: d.__setitem__("name", "__debug__"), "its name"),
    "an option": (lambda d: d["arguments"]["tuple"][1].__setitem__("keys", ["x"]), "members"),
}


@pytest.mark.parametrize(("spoil", "place"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named(spoil: Any, place: str, tmp_path: Path) -> None:
    step = am.compile(lambda x: am.sum(x))
    step(np.ones(3))
    step.save(tmp_path / "p.json")
    data = json.loads((tmp_path / "p.json").read_text())
    spoil(data)
    with pytest.raises(am.InputError, match=place):
        load(data, tmp_path)


def test_a_power_without_end(tmp_path: Path) -> None:
    step = am.compile(lambda x: x**3)
    step(2.0)
    step.save(tmp_path / "p.json")
    data = json.loads((tmp_path / "p.json").read_text())
    data["steps"][0][1] = [2, 2**61]
    with pytest.raises(am.RangeError):
        load(data, tmp_path)(2.0)


def test_a_loaded_program_that_no_script_can_be_made_of(tmp_path: Path) -> None:
    step = am.compile(lambda x: am.sum(am.reshape(x, (3, 2)), axis=1))
    step(np.ones(6))
    step.save(tmp_path / "p.json")
    data = json.loads((tmp_path / "p.json").read_text())
    data["steps"][0][1][1] = {"tuple": [3, 7]}
    program = load(data, tmp_path)
    with pytest.raises(am.InputError, match=r"reshape .* damaged|damaged: .*reshape"):
        program.save(tmp_path / "p.js")
    with pytest.raises(am.AutogradError):
        program(np.ones(6))


def test_no_text_of_a_file_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    data = saved("branch", tmp_path)
    for path in places(data):
        if path:
            for junk in (code, f"x: {code}", f"a\n{code}\n", {"tuple": [code]}):
                try:
                    program = load(with_junk(data, path, junk), tmp_path)
                    program(2.0)
                except am.AutogradError:
                    pass
    assert not marker.exists()


def test_an_array_of_another_size(tmp_path: Path) -> None:
    data = saved("loop", tmp_path)
    data["arrays"][0][1] = [1]
    with pytest.raises(am.InputError, match="as large as its shape"):
        load(data, tmp_path)


def test_an_array_that_is_no_text_of_one(tmp_path: Path) -> None:
    data = saved("loop", tmp_path)
    for text in ("AAAAA", "\u00e9"):
        data["arrays"][0][2] = text
        with pytest.raises(am.InputError, match="an array is damaged"):
            load(data, tmp_path)


def test_a_dtype_that_there_is_not(tmp_path: Path) -> None:
    data = saved("loop", tmp_path)
    data["arrays"][0][0] = "<f7"
    with pytest.raises(am.InputError, match="no dtype"):
        load(data, tmp_path)


def test_nested_too_deep(tmp_path: Path) -> None:
    data = saved("branch", tmp_path)
    for _ in range(150):
        data["result"] = {"list": [data["result"]], "keys": [0]}
    with pytest.raises(am.InputError, match="too deep"):
        load(data, tmp_path)
