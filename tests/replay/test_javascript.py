"""JavaScript from recorded programs: run by node beside the ops themselves, and read as text."""

import base64
import itertools
import json
import math
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.node import Node
from autograd_mini.primitive import TABLE, Primitive
from autograd_mini.replay.code import BOOL, FLOAT64, Code, Guard, Ref, Spread, Step, evaluate
from autograd_mini.replay.javascript import RESERVED, WRITERS, javascript, runtime
from autograd_mini.replay.linear import LINEAR
from autograd_mini.replay.program import Program
from autograd_mini.replay.record import Recording, from_graph
from tests.support.array_cases import CASES

NODE = shutil.which("node")

ELEMENTWISE = [op for op in TABLE.values() if op.kind == "elementwise" and not op.statics]
RECORDED = [op for op in ELEMENTWISE if op.records]

HARD = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.5, 1e-300, -1e-300, 1e300, -1e300, 700.0, -700.0]
HARD += [5e-324, 1e-20, 20.0, -40.0, 745.5, -745.5, math.inf, -math.inf, math.nan]

EXACT = {
    *(ops.add, ops.subtract, ops.multiply, ops.divide, ops.floor_divide, ops.remainder),
    *(ops.positive, ops.negative, ops.abs, ops.sign, ops.square, ops.reciprocal, ops.sqrt),
    *(ops.equal, ops.not_equal, ops.less, ops.less_equal, ops.greater, ops.greater_equal),
    *(ops.logical_not, ops.logical_and, ops.logical_or, ops.isfinite, ops.semicircle),
    *(ops.maximum, ops.minimum, ops.where, ops.clip, ops.relu),
}
"""Ops that JavaScript does bit for bit as Python does; the others are VALUES ulps apart at most."""
VALUES, DERIVATIVES = 4, 8

# Running ------------------------------------------------------------------------------------------

HARNESS = """
const read = (text) => {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const write = (x) => Buffer.from(new Float64Array(x).buffer).toString("base64");
const show = (out) => (out instanceof Float64Array ? ["array", write(out)]
  : [typeof out, write([out])]);
const attempt = (f) => { try { return f(); } catch (error) { return String(error); } };
"""


def packed(x: Any) -> str:
    data = base64.b64encode(np.asarray(x, float).tobytes()).decode()
    return f'read("{data}")' if np.ndim(x) else f'read("{data}")[0]'


def run(jobs: Iterable[tuple[str, Sequence[Sequence[Any]]]], tmp_path: Path) -> list[list[Any]]:
    """What programs give for lists of inputs, in one process: results, or the text of an error.

    The process refuses to make code from strings, as a page with a strict policy does.
    """
    text = [HARNESS, "const found = [];"]
    for program, points in jobs:
        data = ",\n".join(f"[{', '.join(map(packed, point))}]" for point in points)
        text.append(f"{{\n{program}\nfor (const point of [{data}])")
        text.append("found.push(attempt(() => program(point).map(show)));\n}")
    text.append("console.log(JSON.stringify(found));")
    if NODE is None:
        pytest.skip("no node on PATH to run JavaScript")
    (tmp_path / "run.js").write_text("\n".join(text), encoding="utf-8")
    command = [NODE, "--disallow-code-generation-from-strings", tmp_path / "run.js"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [x if isinstance(x, str) else [*map(unpacked, x)] for x in json.loads(done.stdout)]


def unpacked(pair: list[str]) -> Any:
    kind, data = pair
    numbers = np.frombuffer(base64.b64decode(data))
    assert kind in ("array", "number"), kind
    return numbers if kind == "array" else float(numbers[0])


def ulps(found: Any, expected: Any, signed: bool = False) -> float:
    """How many steps between floats apart at the most; nans are the same, and zeros unsigned."""
    expected = np.asarray(expected)
    dtype = expected.dtype if expected.dtype.kind == "f" else FLOAT64
    found, expected = np.asarray(found, dtype).ravel(), expected.astype(dtype).ravel()
    assert found.size == expected.size
    if not found.size:
        return 0.0
    with np.errstate(all="ignore"):
        apart = np.abs(found - expected) / np.spacing(np.abs(expected))
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    if signed:
        same &= np.isnan(found) | (np.signbit(found) == np.signbit(expected))
        apart[(expected == 0) & ~same] = np.inf
    apart[np.isnan(apart)] = np.inf
    return float(np.max(np.where(same, 0.0, apart)))


def recorded(f: Callable[..., Any], leaves: Sequence[Any]) -> tuple[Code, list[Any]]:
    """The code of f, and what it takes: the leaves, then what f captured."""
    with np.errstate(all="ignore"):
        code, captured = Recording(f, leaves, lambda nodes: (nodes, {})).code()
    return code, [*leaves, *(node.held() for node in captured)]


def plain(results: Iterable[Any]) -> list[Any]:
    return [x.held() if isinstance(x, Node) else x for x in results]


class Comparison:
    """Codes in JavaScript beside the ops themselves, collected to be run in one process."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, list[Any]]] = []
        self.expected: list[tuple[str, list[list[Any]]]] = []

    def add(self, name: str, code: Code, points: Iterable[Sequence[Any]]) -> None:
        """One more code at points; those where an op raises are left out."""
        kept, results = [], []
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what numbers do is to the point here
            for point in points:
                try:
                    results.append(plain(evaluate(code, point)))
                except am.AutogradError:
                    continue
                kept.append(point)
        assert kept, name
        self.expected.append((name, results))
        self.jobs.append((javascript(code), kept))

    def add_function(self, name: str, f: Callable[..., Any], leaves: Sequence[Any]) -> None:
        code, inputs = recorded(f, leaves)
        self.add(name, code, [inputs])

    def check(self, tmp_path: Path, same: Callable[[str, Any, Any], bool]) -> None:
        """Each result of all points at once, and by itself to say where they differ."""
        everything = iter(run(self.jobs, tmp_path))
        for (name, expected), (_, points) in zip(self.expected, self.jobs, strict=True):
            found = [*itertools.islice(everything, len(points))]
            errors = [x for x in found if isinstance(x, str)]
            assert not errors, f"{name}: {errors[0]}"
            for k, (xs, ys) in enumerate(
                zip(zip(*found, strict=True), zip(*expected, strict=True), strict=True)
            ):
                assert [*map(np.ndim, xs)] == [min(np.ndim(y), 1) for y in ys], name
                if same(name, np.hstack(xs), np.hstack([np.ravel(y) for y in ys])):
                    continue
                wrong = [
                    f"{point!r:.200}: {x!r} and not {y!r}"
                    for point, x, y in zip(points, xs, ys, strict=True)
                    if not same(name, np.ravel(x), np.ravel(y))
                ]
                pytest.fail(f"{name}, result {k}, at\n" + "\n".join(wrong[:20]))
        assert not [*everything]


def alone(op: Primitive) -> Code:
    """An op of numbers by itself."""
    n = len(op.samples) or op.js.count("{")
    dtype = FLOAT64 if op.records or op is ops.floor_divide else BOOL
    inputs = [Step(None, (), None)] * n
    return Code([*inputs, Step(op, tuple(map(Ref, range(n))), None, dtype)], [Ref(n)], [], n)


def points(op: Primitive, count: int = 1000) -> list[tuple[float, ...]]:
    rng = np.random.default_rng(len(op.name))
    samples = op.samples or ((-3.0, 3.0),) * op.js.count("{")
    return [tuple(float(rng.uniform(*s)) for s in samples) for _ in range(count)]


def with_gradients(op: Callable[..., Any], *statics: Any) -> Callable[..., Any]:
    """The op, and where it has one the derivative of the sum of its squares."""

    def f(*nodes: Any) -> Any:
        z = op(*nodes, *statics)
        if not TABLE[op.name].records:
            return [z]
        return [z, *am.gradient(am.sum(z * z), list(nodes))]

    return f


# Numbers ------------------------------------------------------------------------------------------


def test_every_op_of_the_table_has_javascript() -> None:
    for op in TABLE.values():
        assert op.js or op in WRITERS, (
            f"{op.name} has no JavaScript: give its entry in ops.py js=..., a function of Math or "
            "of autograd_mini/replay/runtime.js"
        )


@pytest.mark.untraced
def test_values_of_numbers(tmp_path: Path) -> None:
    comparison = Comparison()
    for op in ELEMENTWISE:
        code = alone(op)
        hard = itertools.product(HARD[:: max(1, code.inputs - 1)], repeat=code.inputs)
        comparison.add(op.name, code, [*points(op), *hard])
    # Where (x - r) / y is rounded to below a whole number; and a sign beside another.
    comparison.add(
        "floor_divide", alone(ops.floor_divide), [(870471232108654.8, 3.3195231911991616)]
    )
    steps = [Step(None, (), None), Step(ops.negative, (-2.0,), None)]
    comparison.add("negative", Code(steps, [Ref(1)], [], 1), [(1.0,)])

    def same(name: str, x: Any, y: Any) -> bool:
        return ulps(x, y, signed=True) <= (0 if TABLE[name.split()[0]] in EXACT else VALUES)

    comparison.check(tmp_path, same)


@pytest.mark.untraced
def test_derivatives_of_numbers(tmp_path: Path) -> None:
    comparison = Comparison()
    for op in RECORDED:
        inputs = [am.Value(x) for x in points(op)[0]]
        z = op(*inputs)
        code, captured = from_graph(inputs, [z, *am.gradient(z, inputs)], [], (), ())
        more = [node.data for node in captured]
        comparison.add(op.name, code, [(*point, *more) for point in points(op)])

    def same(name: str, x: Any, y: Any) -> bool:
        return ulps(x, y, signed=True) <= (0 if TABLE[name.split()[0]] in EXACT else DERIVATIVES)

    comparison.check(tmp_path, same)


# Arrays -------------------------------------------------------------------------------------------


def test_elementwise_ops_of_arrays(tmp_path: Path) -> None:
    comparison = Comparison()
    for op in ELEMENTWISE:
        n = alone(op).inputs
        arrays = [
            np.resize(np.array(points(op, 6))[:, i], shape)
            for i, shape in enumerate([(2, 1, 3), (4, 1), (3,)][:n])
        ]
        f = with_gradients(op)
        comparison.add_function(f"{op.name} broadcast", f, arrays)
        hard = np.array([*itertools.product(HARD, repeat=n)]).T
        comparison.add_function(f"{op.name} of hard numbers", f, list(hard.copy()))
        comparison.add_function(f"{op.name} of none", f, [np.zeros((0, 2))] * n)
        comparison.add_function(f"{op.name} of () arrays", f, [np.array(a.flat[0]) for a in arrays])
        single = [a.astype(np.float32) for a in arrays]
        comparison.add_function(f"{op.name} of float32", f, single)

    def same(name: str, x: Any, y: Any) -> bool:
        if np.asarray(y).dtype == np.float32:
            return np.allclose(x, y, 1e-5, 1e-6, equal_nan=True)
        return close(name, x, y) if "broadcast" in name else ulps(x, y) <= DERIVATIVES

    comparison.check(tmp_path, same)


def close(name: str, x: Any, y: Any) -> bool:
    """Up to the rounding of sums, which are taken in another order."""
    return bool(np.allclose(x, y, 1e-13, 1e-15, equal_nan=True))


def test_ops_on_whole_arrays(tmp_path: Path) -> None:
    comparison = Comparison()
    for case in CASES:
        f = with_gradients(TABLE[case.op], *case.statics)
        comparison.add_function(str(case), f, [np.asarray(a, float) for a in case.arrays])
    comparison.check(tmp_path, close)


ROWS = [
    [1.0, 2.0, 4.0],
    [0.0, -0.0, 0.0],
    [0.1, 0.1, 0.1],
    [math.inf, 1.0, -2.0],
    [-math.inf, -math.inf, -math.inf],
    [math.inf, -math.inf, 0.0],
    [math.nan, 1.0, 2.0],
    [3e200, -4e200, 1e-200],
    [3e-200, 4e-200, 0.0],
    [700.0, 710.0, -700.0],
    [1e308, 1e308, -1e308],
]


def test_ops_over_axes_at_hard_numbers(tmp_path: Path) -> None:
    comparison = Comparison()
    for op in TABLE.values():
        if op.kind not in ("reduction", "along") and op is not ops.cumsum:
            continue
        spread = (1.0,) if op in (ops.var, ops.std) else ()
        for array in (np.array(ROWS), np.zeros((2, 0)), np.zeros((0, 2))):
            for axis in (1, 0):
                if op in (ops.max, ops.min) and not array.shape[axis]:
                    continue  # there is none of no numbers
                statics: tuple[Any, ...] = ((axis,),)
                if op is ops.cumsum:
                    statics = (axis,)
                elif op.kind == "reduction":
                    statics = ((axis,), axis == 0, *spread)
                steps = [Step(None, (), array.shape)]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    shape = np.shape(op.array(array, *statics))
                steps.append(Step(op, (Ref(0), *statics), shape))
                comparison.add(
                    f"{op.name} {array.shape} {axis}", Code(steps, [Ref(1)], [], 1), [[array]]
                )
    comparison.check(tmp_path, close)


def test_a_long_sum_keeps_its_digits(tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(0.0, 1.0, 100_000)
    steps = [Step(None, (), x.shape), Step(ops.sum, (Ref(0), None, False), ())]
    [[found]] = run([(javascript(Code(steps, [Ref(1)], [], 1)), [[x]])], tmp_path)
    assert ulps(found, math.fsum(x)) <= 4


def test_random_indices(tmp_path: Path) -> None:
    """Slices, whole numbers, sequences, masks and new axes in any mixture, read and written."""
    rng = np.random.default_rng(1)

    def part(n: int) -> Any:
        step = int(rng.choice([-2, -1, 1, 2]))
        start, stop = (int(x) if rng.random() < 0.7 else None for x in rng.integers(-n, n + 1, 2))
        choices: list[Callable[[], Any]] = [
            lambda: slice(start, stop, step),
            lambda: int(rng.integers(-n, n)),
            lambda: rng.integers(-n, n, 3),
            lambda: rng.integers(-n, n, (2, 1)),
            lambda: np.arange(n) % 2 == 0,
        ]
        return choices[int(rng.integers(len(choices)))]()

    comparison, shape = Comparison(), (3, 4, 3)
    x = rng.uniform(1.0, 2.0, shape)
    while len(comparison.jobs) < 150:
        index = [part(n) for n in shape[: rng.integers(1, 4)]]
        if rng.random() < 0.3:
            index.insert(int(rng.integers(len(index) + 1)), None)
        if rng.random() < 0.2:
            index.append(...)
        try:
            picked = x[tuple(index)]
        except IndexError:
            continue
        steps = [
            Step(None, (), shape),
            Step(ops.getitem, (Ref(0), tuple(index)), picked.shape),
            Step(ops.multiply, (Ref(1), 2.0), picked.shape),
            Step(ops.scatter, (Ref(2), tuple(index), shape), shape),
        ]
        code = Code(steps, [Ref(1), Ref(2), Ref(3)], [], 1)
        comparison.add(str(index), code, [[x]])
    comparison.check(tmp_path, close)


def test_moved_numbers_make_no_loops() -> None:
    steps = [
        Step(None, (), (3, 4), name="x"),
        Step(ops.transpose, (Ref(0), (1, 0)), (4, 3)),
        Step(ops.getitem, (Ref(1), (slice(None, None, -2), 1)), (2,)),
        Step(ops.broadcast_to, (Ref(2), (5, 2)), (5, 2)),
        Step(ops.sum, (Ref(3), (0,), False), (2,)),
    ]
    text = javascript(Code(steps, [Ref(4)], [], 1))
    assert "$row[$1] = x[-2 * $0 + 7];" in text
    assert text.count("new Float64Array") == 2 + 1  # the input, the sum, its row


def test_weighted_sums(tmp_path: Path) -> None:
    inputs = [Step(None, (), None), Step(None, (), (2, 1)), Step(None, (), (3,))]
    x, y, z = map(Ref, range(3))
    steps = [
        Step(LINEAR, (x, x, x, (0.0, 1.0, -1.0, -0.5)), None),
        Step(LINEAR, (x, (-2.0, 1.0)), None),
        Step(LINEAR, (x, -3.0, (1.5, -1.0, -1.0)), None),
        Step(LINEAR, ((0.0,),), None),
        Step(LINEAR, (x, y, z, (0.25, 2.0, -1.0, 1e-7)), (2, 3)),
    ]
    code = Code([*inputs, *steps], [Ref(3 + k) for k in range(len(steps))], [], 3)
    point = [0.3, np.array([[1.0], [2.0]]), np.array([3.0, -4.0, math.inf])]
    comparison = Comparison()
    comparison.add("linear", code, [point])
    many = Step(LINEAR, (*(x,) * 100_000, (0.0, *(1.0, -1.0) * 50_000)), None)
    comparison.add("long", Code([inputs[0], many], [Ref(1)], [], 1), [[0.1]])
    comparison.check(tmp_path, lambda name, x, y: ulps(x, y) <= 1)


def test_a_whole_program_of_replay(tmp_path: Path) -> None:
    """Single numbers that the passes of replay have gathered, cancelled and rolled."""
    rng = np.random.default_rng(4)
    weights = [[am.Value(x) for x in row] for row in rng.normal(size=(4, 3))]
    loss: Any = 0.0
    for point in rng.normal(size=(20, 3)):
        hidden = [am.sigmoid(sum(w * x for w, x in zip(r, point, strict=True))) for r in weights]
        loss = loss + am.softplus(-sum(hidden))
    leaves = [w for row in weights for w in row]
    program = Program([loss, *am.gradient(loss, leaves)], leaves)
    assert program.code.rolled
    comparison = Comparison()
    comparison.add("network of numbers", program.code, [[w.data for w in leaves]])
    comparison.check(tmp_path, close)


def test_matrices_of_truths_and_float32(tmp_path: Path) -> None:
    def f(x: Any, y: Any) -> Any:
        truths = ops.greater(x, 0.0)
        both = [truths + truths, am.sum(truths, 0), am.matmul(truths, ops.less(x[0, :, None], 0.2))]
        single = am.astype(x, np.float32)
        products = [single * 0.1, single * y, single @ single.T]
        return [*both, *products, ops.greater(single, 0.1) * 1.0, single**y]

    comparison = Comparison()
    x = np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]])
    comparison.add_function("truths", f, [x, 0.1])
    comparison.add_function("float32", lambda x: [x, x + 0.1], [x.astype(np.float32)])

    def same(name: str, x: Any, y: Any) -> bool:
        return ulps(x, y) <= 1

    comparison.check(tmp_path, same)


def network(x: Any, w1: Any, b1: Any, w2: Any) -> Any:
    hidden = am.tanh(x @ w1 + b1)
    log_p = hidden @ w2 - am.logsumexp(hidden @ w2, axis=1, keepdims=True)
    cost = -am.mean(log_p[np.arange(5), np.array([0, 1, 1, 0, 2])]) + 0.1 * am.norm(w1)
    return [cost, *am.gradient(cost, [w1, b1, w2])]


def test_a_network_and_its_gradients(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    leaves = [rng.normal(size=shape) for shape in [(5, 2), (2, 7), (7,), (7, 3)]]
    comparison = Comparison()
    comparison.add_function("network", network, leaves)
    comparison.check(tmp_path, close)


# The program --------------------------------------------------------------------------------------


def of_numbers(names: Sequence[Any], op: Primitive = ops.add) -> Code:
    """The sum of so many inputs, step by step: each step has the name of an input, too."""
    n = len(names)
    steps = [Step(None, (), None, FLOAT64, name) for name in names]
    steps.append(Step(op, (Ref(0), Ref(1 % n)), None, FLOAT64, names[0]))
    steps += [Step(op, (Ref(n + i - 2), Ref(i)), None, FLOAT64, names[i]) for i in range(2, n)]
    return Code(steps, [Ref(len(steps) - 1)], [], n)


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- x -->",
    "a\u2028b\u2029c\nd\re",
    "'; alert(1); '",
    '"',
    "`${alert(1)}`",
    "*/ alert(1) /*",
    "x = 1, y",
    "\\",
    "\ud800",
    "🐍",
    "θ₁",
    "Ünïcode",
    "名前",
    "\u0301x",
    "·",
    "3x",
    "",
    "_",
    "__proto__",
    "constructor",
    "x",
    "x",
    "x_2",
    "v7",
    "$row",
    "$c0",
    "program",
    "part0",
    "total",
    "n" * 5000,
    *sorted(RESERVED),
    *runtime(),
]


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    code = of_numbers(HOSTILE)
    text = javascript(code)
    for bad in ("alert", "</script", "<!--", "-->", "\u2028", "\u2029", "\\", "`", "'"):
        assert bad not in text.replace("_script_script_alert_1", "").replace("alert_1", ""), bad
    assert max(text) < "\u0400"
    assert len(text) < 100 * len(code.steps)
    names = re.findall(r"^const (\S+) = ", text, re.M)[1:]
    assert len({*names}) == len(names) == len(code.steps)
    assert {"θ", "Ünïcode", "x", "x_2"} <= {*names}
    [[found]] = run([(text, [[1.0] * code.inputs])], tmp_path)
    assert found == code.inputs


def test_names_of_inputs_and_outputs() -> None:
    a, b = am.Value(2.0, "a"), am.Value(3.0)
    product = a * b
    code, _ = from_graph([a, b], [product, product + 1, 7.0], [], (), ())
    text = javascript(code, "f", inputs=["p", "q"], outputs=["J", "K", "constant"])
    assert text.startswith("const f = (() => {")
    assert "const p = +inputs[0];" in javascript(code, inputs=["p", "q", "r"])
    assert " r = " not in javascript(code, inputs=["p", "q", "r"])
    assert "const J = (p * q);\nconst K = (J + 1);\nreturn [J, K, 7];" in text


@pytest.mark.parametrize("name", ["", "2x", "a b", "x;alert(1)", "class", "erf", "θ", "a\n"])
def test_the_function_needs_a_name(name: str) -> None:
    with pytest.raises(am.InputError, match="is no name for a JavaScript function"):
        javascript(of_numbers(["a"]), name)


def test_the_runtime_can_stand_in_a_page() -> None:
    text = "".join(runtime().values())
    assert text.isascii()
    assert not any(bad in text for bad in ("</", "<!--", "-->", "eval", "new Function", "import"))
    assert {"erf", "total", "numbers", "leave"} <= runtime().keys()


def test_only_what_is_used_is_there() -> None:
    text = javascript(alone(ops.clip))
    assert "function clip(" in text
    assert "function maximum(" in text
    assert "function erf(" not in text
    assert "function" not in javascript(alone(ops.exp)).replace("return function program", "")


def test_constants(tmp_path: Path) -> None:
    big = np.array([[1.0, -0.5, 1e300], [math.inf, -math.inf, math.nan]])
    ones, mixed = np.ones((2, 3)), np.array([0.0, -0.0])

    def f(x: Any) -> Any:
        return [
            x * big,
            big + x,
            x[0, :2] * big.T,
            x[0, :2] * np.asfortranarray(big.T),
            x * ones,
            mixed * x[0, :2],
            x * -2.0 - -1e-7,
            -(x * math.inf),
        ]

    comparison = Comparison()
    comparison.add_function("constants", f, [np.array([[1.0, 2.0, 3.0]])])
    [(text, _)] = comparison.jobs
    assert text.count("new Float64Array([1,-0.5,1e300,Infinity,-Infinity,NaN])") == 1
    assert "new Float64Array([0,-0])" in text
    assert "[1,1,1" not in text
    assert text.count("new Float64Array([") == 2  # big and its transpose are one
    comparison.check(tmp_path, lambda name, x, y: ulps(x, y, signed=True) == 0)


def test_outputs_are_arrays_of_their_own(tmp_path: Path) -> None:
    data = np.array([1.0, 2.0])
    steps = [Step(None, (), (2,)), Step(ops.transpose, (Ref(0), (0,)), (2,))]
    steps += [
        Step(ops.reshape, (Ref(0), (1, 2)), (1, 2)),
        Step(ops.less, (Ref(0), 1.5), (2,), BOOL),
    ]
    outputs = [Ref(0), Ref(1), Ref(2), data, np.array([3.0, 3.0]), Ref(3), np.array(4.0), 5.0]
    text = javascript(Code(steps, outputs, [], 1))
    given = re.search(r"return \[(.*)\];\n};", text)
    assert given
    names = given[1].split(", ")
    assert len({*names} - {"4", "5"}) + 1 == 6  # v0.slice() stands twice, and is made twice
    [found] = run([(text, [[data]])], tmp_path)
    assert "$c0.slice()" in names
    expected = [data, data, data, data, [3.0, 3.0], [1.0, 0.0], 4.0, 5.0]
    assert all(np.array_equal(x, y) for x, y in zip(found, expected, strict=True))


def test_a_spread_is_so_many_numbers(tmp_path: Path) -> None:
    steps = [Step(None, (), (3,)), Step(ops.getitem, (Ref(0), slice(None, None, -1)), (3,))]
    steps += [Step(ops.sum, (Ref(0), None, True), (1,)), Step(ops.less, (1.0, 2.0), None, BOOL)]
    code = Code(steps, [Spread(Ref(1), 3), Ref(0), Spread(Ref(2), 1), Ref(3)], [], 1)
    [found] = run([(javascript(code), [[np.array([1.0, 2.0, 3.0])]])], tmp_path)
    assert [*found[:3], *found[3], *found[4:]] == [3.0, 2.0, 1.0, 1.0, 2.0, 3.0, 6.0, 1.0]


def test_guards(tmp_path: Path) -> None:
    def f(x: Any, t: Any) -> Any:
        return x * t if x > 1 else -x * t

    code, inputs = recorded(f, [2.0, np.array([1.0, -1.0, 3.0])])
    [guard] = code.guards
    assert guard.expected is True
    code.guards[0] = guard._replace(place=f"/home/someone/<b>\u2028{Path(guard.place).name}")
    code.steps.append(Step(ops.greater, (Ref(1), 0.0), (3,), BOOL))
    mask = np.array([True, False, True])
    code.guards.append(Guard(Ref(len(code.steps) - 1), mask, "/home/someone/else.py:7"))
    text = javascript(code)
    assert "someone" not in text
    assert "<b" not in text
    left = "RangeError: the program was recorded for another branch at "
    found = run([(text, [inputs, [0.5, inputs[1]], [2.0, np.ones(3)]])], tmp_path)
    assert np.array_equal(found[0][0], [2.0, -2.0, 6.0])
    assert found[1].startswith(f"{left}<b>\u2028test_javascript.py:")
    assert found[2] == f"{left}else.py:7"


def test_a_guard_of_a_constant(tmp_path: Path) -> None:
    code = of_numbers(["a"])
    codes = [Code(code.steps, code.outputs, [Guard(True, t)], 1) for t in (True, False)]
    found = run([(javascript(c), [[1.0]]) for c in codes], tmp_path)
    assert found == [[2.0], "RangeError: the program was recorded for another branch"]


def test_inputs_that_do_not_fit(tmp_path: Path) -> None:
    steps = [
        Step(None, (), (2,), name="X"),
        Step(None, (), None),
        Step(ops.multiply, (Ref(0), Ref(1)), (2,)),
    ]
    text = javascript(Code(steps, [Ref(2)], [], 2))
    x = np.array([1.0, 2.0])
    wrong = [[x], [2.0, 1.0], [np.array([1.0, 2.0, 3.0]), 1.0]]
    found = run([(text, [[x, 1.0], *wrong])], tmp_path)
    assert np.array_equal(found[0][0], x)
    assert found[1] == "RangeError: program takes 2 inputs"
    assert found[2] == found[3] == "RangeError: input 0 (X) is an array of 2 numbers"


def test_a_long_program_is_cut_into_parts(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    steps = [Step(None, (), None, name="x"), Step(None, (), (2,), name="t")]
    shape: Any
    for i in range(2, 9_000):
        x = Ref(int(rng.integers(max(0, i - 1000), i)))
        op, shape = (ops.sin, ops.cos)[i % 2], steps[x.i].shape
        steps.append(Step(op, (x,), shape))
    outputs = [Ref(i) for i in (0, 1, *rng.integers(2, 9_000, 200).tolist(), 8_999)]
    code = Code(steps, outputs, [], 2)
    text = javascript(code)
    assert len(re.findall(r"^function part\$\d", text, re.M)) > 2
    assert len(re.findall(r"^let ", text, re.M)) < 4_000
    comparison = Comparison()
    comparison.add("long", code, [[0.7, np.array([0.1, 0.2])], [0.1, np.array([1.0, 2.0])]])
    comparison.check(tmp_path, close)


def test_a_long_program_of_numbers_is_a_tape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [(op, alone(op)) for op in ELEMENTWISE]
    statements = [javascript(code) for _, code in codes]
    monkeypatch.setattr("autograd_mini.replay.javascript.STATEMENTS", 0)
    tapes = [javascript(code) for _, code in codes]
    cases = [[*itertools.product(HARD, repeat=code.inputs)][:2000] for _, code in codes]
    both = [run([*zip(texts, cases, strict=True)], tmp_path) for texts in (statements, tapes)]
    for (op, _), text in zip(codes, tapes, strict=True):
        assert "switch" in text, op
    for left, right in zip(*both, strict=True):
        assert np.array_equal(left, right, equal_nan=True)
        assert ulps(left, np.array(right), signed=True) == 0


def test_a_tape_of_random_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_mini.replay.javascript.STATEMENTS", 100)
    rng = np.random.default_rng(5)
    steps = [Step(None, (), None)] * 3
    one, two = [ops.sin, ops.negative], [ops.multiply, ops.add, ops.maximum]
    for i in range(3, 2000):
        x, y = (Ref(int(rng.integers(max(0, i - 50), i))) for _ in range(2))
        case = int(rng.integers(6))
        if case == 0:
            steps.append(Step(ops.pow, (x, 2.0), None))
        elif case == 1:
            steps.append(Step(one[i % 2], (x,), None))
        elif case == 2:
            steps.append(Step(ops.less, (x, -0.25), None, BOOL))
            steps.append(Step(ops.where, (Ref(len(steps) - 1), y, 1.5), None))
        else:
            args = (x, float(rng.normal())) if case == 3 else (x, y)
            steps.append(Step(two[i % 3], args, None))
        steps.append(Step(ops.tanh, (Ref(len(steps) - 1),), None))
    numbers = [i for i, step in enumerate(steps) if step.dtype != BOOL]
    code = Code(steps, [*map(Ref, rng.choice(numbers, 300).tolist()), -0.0, 2.5], [], 3)
    assert "switch" in javascript(code)
    comparison = Comparison()
    comparison.add("tape", code, rng.normal(size=(5, 3)).tolist())
    comparison.check(tmp_path, lambda _, x, y: np.allclose(x, y, 1e-9, 1e-12))
    array = [*steps, Step(ops.stack, (Ref(3), Ref(4), 0), (2,))]
    last = Ref(len(steps))
    for other in (
        Code(steps, [Ref(7)], [Guard(Ref(9), 1.0)], 3),
        Code(array, [last], [], 3),
        Code(array, [Spread(last, 2)], [], 3),
        Code([*steps, Step(LINEAR, (Ref(3), (0.5, 2.0)), None)], [last], [], 3),
    ):
        assert "switch" not in javascript(other)


def test_a_hundred_thousand_steps(tmp_path: Path) -> None:
    steps = [Step(None, (), None)]
    steps += [Step(ops.multiply, (Ref(i), 1.0), None) for i in range(100_000)]
    code = Code(steps, [Ref(100_000)], [], 1)
    text = javascript(code)
    assert len(text) < 40 * len(steps)
    assert run([(text, [[3.0]])], tmp_path) == [[3.0]]


def test_ops_without_javascript_are_named() -> None:
    mine = Primitive("mine", math.exp, np.exp, (lambda g, z, x: g,), listed=False)
    with pytest.raises(am.UnsupportedError, match="mine has no JavaScript; only the") as e:
        javascript(Code([Step(None, (), None), Step(mine, (Ref(0),), None, name="z")], [], [], 1))
    assert (e.value.op, e.value.labels) == ("mine", ("z",))
    mine.listed = True
    with pytest.raises(am.UnsupportedError, match="give its entry in ops"):
        javascript(Code([Step(None, (), None), Step(mine, (Ref(0),), None)], [], [], 1))
    whole = Primitive("whole", None, np.sort, kind="linear", listed=False)
    with pytest.raises(am.UnsupportedError, match="whole has no JavaScript"):
        javascript(Code([Step(None, (), (2,)), Step(whole, (Ref(0),), (2,))], [], [], 1))


def test_an_op_of_one_line_is_known_if_math_has_it() -> None:
    rule, text = (lambda g, z, x: g), "softsign has no JavaScript; give its entry in ops"
    try:
        log10 = ops.unary("log10", math.log10, np.log10, rule)
        assert "const v1 = Math.log10(v0);" in javascript(alone(log10))
        softsign = ops.unary("softsign", lambda x: x / (1 + abs(x)), np.abs, rule)
        with pytest.raises(am.UnsupportedError, match=text):
            javascript(Code([Step(None, (), None), Step(softsign, (Ref(0),), None)], [], [], 1))
    finally:
        for name in ("log10", "softsign"):
            TABLE.pop(name, None)


def test_dtypes_without_javascript_are_named() -> None:
    half = np.dtype(np.float16)
    with pytest.raises(am.UnsupportedError, match="an input of dtype float16 has no JavaScript"):
        javascript(Code([Step(None, (), (2,), half)], [], [], 1))
    steps = [Step(None, (), (2,)), Step(ops.astype, (Ref(0), half), (2,), half, "h")]
    with pytest.raises(am.UnsupportedError, match="astype of dtype float16") as e:
        javascript(Code(steps, [], [], 1))
    assert (e.value.op, e.value.labels) == ("astype", ("h",))
