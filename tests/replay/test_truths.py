"""Truths in arithmetic: a replay gives what the function itself gives, whatever ways it goes."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from tests.replay.codes import code_of, names

NUMBERS = {
    "sum of products": lambda w: sum(((v > 3) * 1.0 + (v > 5) * 1.0) * v for v in w),
    "sum": lambda w: sum(((v > 3) + (v > 5)) * v for v in w),
    "difference": lambda w: sum(((v > 3) - (v > 5) * 1.0) * v for v in w),
    "quotients": lambda w: sum(((v > 3) / 1 + (v > 5) / 2) * v for v in w),
    "negative": lambda w: sum(-(v > 3) * v for v in w),
    "exp": lambda w: [am.exp((v > 3) * 1.0) + am.exp(v > 5) for v in w],
    "chosen": lambda w: [1 / am.where(v > 3, 2.0, 4.0) for v in w],
    "and": lambda w: sum(am.where((v > 3) & (v < 8), v * v, v) for v in w),
    "or": lambda w: sum(am.where((v > 8) | (v < 3), v * v, v) for v in w),
    "xor": lambda w: sum(((v > 3) ^ (v < 8)) * v for v in w),
    "not": lambda w: sum(np.logical_not(v > 3) * v for v in w),
}

ARRAYS = {
    "sum of products": lambda x: ((x > 1) * 1.0 + (x > 2) * 1.0) * x,
    "sum": lambda x: ((x > 1) + (x > 2) + (x > 0)) * x,
    "sum alone": lambda x: (x > 1) + (x > 2),
    "product": lambda x: ((x > 1) * (x > 2) + 1.0) * x,
    "dot": lambda x: am.dot(x > 1, x > 2) * x + am.dot((x > 1) * 1.0, (x > 2) * 1.0),
    "exp": lambda x: am.exp(x > 1) * x + am.exp((x > 1) * 1.0),
    "parts": lambda x: (x > 1)[::-1] * x + (x > 1)[0] + am.sum(x > 1) / 2 + am.mean(x > 2),
    "largest": lambda x: (am.max(x > 1) + am.max(x > 2)) * x,
    "power": lambda x: ((x > 1) ** 2.0) * x,
    "chosen": lambda x: (am.where(x > 1, x > 2, x < 2) + am.where(x > 2, x > 1, x < 1)) * x,
    "and": lambda x: am.where((x > 1) & (x < 3), x * x, x),
    "or": lambda x: am.where((x > 1) | (x < 0), x * x, x),
    "xor": lambda x: ((x > 1) ^ (x < 3)) * x,
    "not": lambda x: ~(x > 1) * x,
    "constant": lambda x: (np.array([True, False, True]) & (x > 1)) * x,
    "reshaped": lambda x: (x > 1).reshape(3, 1).reshape(1, 3),
}

MASKS = {
    "sum": lambda m, x: (m + m) * x,
    "product": lambda m, x: m @ m * x,
    "exp": lambda m, x: am.exp(m) * x,
    "numbers": lambda m, x: (m * 1.0 + m / 1) * x,
    "index": lambda m, x: am.sum(x[m]),
    "not": lambda m, x: (~m & (x > 1)) * x,
    "itself": lambda m, x: (m, m * 2),
    "gradient": lambda m, x: am.grad(lambda y: am.sum((m + m) * y * y))(x),
}

HOW = [{}, {"exact": True}]
A, B = [float(k) for k in range(1, 13)], [float(k) for k in range(12, 0, -1)]
X, Y = np.array([1.0, 2.0, 3.0]), np.array([3.0, 0.5, 2.5])
M, N = np.array([True, False, True]), np.array([True, True, False])


def _same(found: Any, wanted: Any) -> None:
    for x, y in zip(*((z if isinstance(z, tuple) else (z,)) for z in (found, wanted)), strict=True):
        if np.ndim(y) and np.asarray(y).dtype.kind != "i":
            assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(x, y, rtol=1e-12)


@pytest.mark.parametrize("how", [*HOW, {"backend": "llvm"}], ids=str)
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("count", [1, 12])
def test_truths_of_numbers(name: str, how: Any, count: int) -> None:
    if how.get("backend"):
        pytest.importorskip("llvmlite")
    f = NUMBERS[name]
    step = am.compile(f, max_recordings=4, **how)
    for w in (A, B, A):
        np.testing.assert_allclose(step(w[:count]), f(w[:count]), rtol=1e-12)


@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_truths_of_arrays(name: str, how: Any, dtype: Any) -> None:
    f = ARRAYS[name]
    step = am.compile(f, **how)
    for x in (X, Y, X):
        _same(step(x.astype(dtype)), f(x.astype(dtype)))


@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("name", MASKS)
def test_truths_as_arguments(name: str, how: Any) -> None:
    f = MASKS[name]
    step = am.compile(f, **how)
    for mask, x in ((M, X), (N, Y), (M, X)):
        _same(step(mask, x), f(mask, x))


@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("name", ["sum of products", "sum", "product", "dot", "and", "xor"])
def test_gradients_beside_truths(name: str, how: Any) -> None:
    f = am.value_and_grad(lambda x: am.sum(ARRAYS[name](x) * x))
    step = am.compile(f, **how)
    for x in (X, Y, X):
        _same(step(x), f(x))


def test_truths_in_what_is_mapped() -> None:
    def f(v: Any) -> Any:
        return sum(((v[i] > 1) * 1.0 + (v[i] > 2) / 2) * v[i] for i in range(12))

    rows = np.arange(24.0).reshape(2, 12) / 5
    wanted = [f(row) for row in rows]
    for step in (am.vmap(am.compile(f)), am.compile(am.vmap(f))):
        for _ in range(2):
            np.testing.assert_allclose(step(rows), wanted)


def test_examples_have_the_truths_of_arrays() -> None:
    f = am.vmap(lambda v: ((v > 1) + (v > 2), ((v > 1) + (v > 2)) * v, am.exp(v > 1) * v))
    step = am.compile(f)
    for x in (X, Y):
        _same(step(x), f(x))


def test_truths_keep_what_is_no_arithmetic() -> None:
    code, _ = code_of(lambda x: am.where((x > 1)[::-1], x, 0.0), X)
    assert names(code) == ["greater", "getitem", "where"]
    assert code.steps[2].dtype == bool


@pytest.mark.parametrize("f", [lambda m: m - m, lambda m: -m, lambda m: (m > 0) - m])
def test_what_numpy_does_not_do_with_truths_is_refused(f: Any) -> None:
    with pytest.raises(TypeError):
        f(M)
    with pytest.raises(am.OperandError, match="boolean"):
        am.compile(f)(M)


def test_signs_between_truths_want_truths() -> None:
    with pytest.raises(am.OperandError, match="& is of truths, such as x > 0"):
        _ = am.Value(1.0) & am.Value(2.0)
    with pytest.raises(am.OperandError, match=r"\^ is of truths"):
        _ = 1 ^ am.Tensor([1.0])
    with pytest.raises(am.OperandError, match="~ is of truths"):
        np.invert(am.Tensor([1.0]))
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = am.Value(1.0) | "text"
    with pytest.raises(am.OperandError, match="~ of one truth is a whole number"):
        am.compile(lambda x: am.where(~(x > 1), x, 0.0))(1.0)


def test_truths_are_no_numbers_to_differentiate_by() -> None:
    f = am.grad(lambda m, x: am.sum(m * x))
    for step in (f, am.compile(f)):
        with pytest.raises(am.OperandError, match=r"no numbers? to differentiate by"):
            step(M, X)


SAVED = [
    (NUMBERS["sum"], (A,), (B,)),
    (NUMBERS["xor"], (A,), (B,)),
    (lambda a, b: (a > b) + (a > 1) - ((b > 2) ^ (a > 3)) * a, (1.0, 2.0), (3.0, 0.5)),
    (ARRAYS["sum"], (X,), (Y,)),
    (ARRAYS["sum alone"], (X,), (Y,)),
    (ARRAYS["dot"], (X,), (Y,)),
    (lambda m, x: (m + m) * x + (~m | (x > 1)), (M, X), (N, Y)),
]


@pytest.mark.parametrize("case", SAVED)
def test_truths_in_files(case: Any, tmp_path: Path) -> None:
    f, first, second = case
    step = am.compile(f)
    step(*first)
    step.save(tmp_path / "step.json")
    _same(am.load_program(tmp_path / "step.json")(*second), f(*second))
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    step.save(tmp_path / "step.js")
    given: list[Any] = []
    for x in second:
        given += x if isinstance(x, list) else [np.asarray(x).tolist()]
    text = (tmp_path / "step.js").read_text("utf-8").replace("export ", "")
    text += "\nconst of = (k, v) => ArrayBuffer.isView(v) ? [...v] : v;\n"
    text += f"const given = {json.dumps(given)};\n"
    text += "console.log(JSON.stringify(step(given), of));\n"
    (tmp_path / "run.js").write_text(text, "utf-8")
    run = subprocess.run(
        [node, str(tmp_path / "run.js")], capture_output=True, text=True, check=True, timeout=60
    )
    np.testing.assert_allclose(json.loads(run.stdout)[0], f(*second), rtol=1e-12)
