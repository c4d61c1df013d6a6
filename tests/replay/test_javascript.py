"""JavaScript from recorded programs: run by node beside the ops themselves, and read as text."""

import base64
import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.primitive import TABLE, Primitive
from autograd_mini.replay.code import BOOL, FLOAT64, Code, Guard, Ref, Spread, Step, evaluate
from autograd_mini.replay.javascript import RESERVED, javascript, runtime
from autograd_mini.replay.record import Recording, from_graph
from tests.support.array_cases import CASES, Case

NODE = shutil.which("node")
with_node = pytest.mark.skipif(NODE is None, reason="no node on PATH to run JavaScript")

ELEMENTWISE = [op for op in TABLE.values() if op.kind == "elementwise" and not op.statics]
HARD = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.5, 1e-300, -1e-300, 1e300, -1e300, 700.0, -700.0]
HARD += [5e-324, 1e-20, 20.0, -40.0, 745.5, -745.5, math.inf, -math.inf, math.nan]


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
    """What programs give for lists of inputs, in one process: results, or the text of an error."""
    text = [HARNESS, "const found = [];"]
    for program, points in jobs:
        data = ",\n".join(f"[{', '.join(map(packed, point))}]" for point in points)
        text.append(f"{{\n{program}\nfor (const point of [{data}])")
        text.append("found.push(attempt(() => program(point).map(show)));\n}")
    text.append("console.log(JSON.stringify(found));")
    (tmp_path / "run.js").write_text("\n".join(text), encoding="utf-8")
    done = subprocess.run(
        [NODE or "node", tmp_path / "run.js"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [x if isinstance(x, str) else [*map(unpacked, x)] for x in json.loads(done.stdout)]


def unpacked(pair: list[str]) -> Any:
    kind, data = pair
    numbers = np.frombuffer(base64.b64decode(data))
    assert kind in ("array", "number"), kind
    return numbers if kind == "array" else float(numbers[0])


def ulps(found: Any, expected: Any) -> Any:
    """How many steps between floats apart; 0 for two nans or two zeros."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    with np.errstate(all="ignore"):
        apart = np.abs(found - expected) / np.spacing(np.abs(expected))
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))
