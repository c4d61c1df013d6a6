"""Every demo is run: its figures are held against numbers typed by hand, its pictures parsed."""

import builtins
import contextlib
import io
import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

DEMOS = Path(__file__).parents[1] / "demos"
FILES = sorted(DEMOS.glob("l*.py"))
ROWS = ["L1", "L2", "L2b", *(f"L{i}" for i in range(3, 17))]

Demo = Callable[..., str]


def run(name: str, *arguments: str) -> str:
    """What the one demo whose name begins so prints, run here as a program."""
    [file] = DEMOS.glob(f"{name}_*.py")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.syspath_prepend(DEMOS)
        patch.setattr(sys, "argv", [str(file), *arguments])
        runpy.run_path(str(file), run_name="__main__")
    return printed.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Demo:
    """What a demo prints; each runs once."""
    printed: dict[str, str] = {}

    def output(name: str) -> str:
        if name not in printed:
            printed[name] = run(name, "--folder", str(folder))
        return printed[name]

    return output


def numbers(text: str, line: str) -> list[float]:
    """The numbers of the line that begins so, after that beginning."""
    [rest] = re.findall(rf"^{re.escape(line)}(.*)$", text, re.MULTILINE)
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", rest)]


def words(svg: Path) -> str:
    return " ".join("".join(ET.parse(svg).getroot().itertext()).split())


def test_every_row_of_the_lecture_has_a_demo_in_the_readmes_order() -> None:
    table = re.findall(r"^\| (L\w+) \| \[(\w+\.py)\]\((\w+\.py)\)", README, re.MULTILINE)
    assert list(dict.fromkeys(row for row, _, _ in table)) == ROWS
    assert [shown for _, shown, _ in table] == [link for _, _, link in table]
    assert [shown for _, shown, _ in table] == [file.name for file in FILES]
    for row, file, _ in table:
        assert (DEMOS / file).read_text().startswith(f'"""{row}')


README = (DEMOS / "README.md").read_text()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_pictures_a_demo_names_are_there_and_can_be_read(file: Path, demo: Demo) -> None:
    pictures = re.findall(r"picture: (.*)", demo(file.stem.split("_")[0]))
    assert bool(pictures) == ("folder()" in file.read_text())
    for picture in map(Path, pictures):
        if picture.suffix == ".svg":
            assert ET.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"
        else:
            with Image.open(picture) as image:
                image.load()
                assert min(image.size) > 300


def test_l1_the_shapes(demo: Demo) -> None:
    text = demo("l01")
    assert "64 x 64 x 3 pixels = 12288 numbers" in text
    assert "n_x = 12288, m = 209" in text
    assert "X.shape = (12288, 209), Y.shape = (1, 209)" in text
    assert "x = X[:, [0]], of shape (12288, 1)" in text


def test_l2_sigma(demo: Demo) -> None:
    text = demo("l02")
    for z, sigma in {-1000: 0, -30: 9.358e-14, -2: 0.1192, 0: 0.5, 2: 0.8808, 1000: 1}.items():
        assert numbers(text, f"{z:6}") == [sigma]
    assert "OverflowError: math range error" in text
    assert "z = 1, yhat = 0.731059" in text


def test_l2b_the_other_notation(demo: Demo) -> None:
    text = demo("l02b")
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(3, 5)), rng.normal(size=(3, 1))
    yhat = expit(w.T @ X + 0.5)
    dZ = (yhat - [[1, 0, 0, 1, 1]]) / 5
    assert np.allclose(numbers(text, "yhat from w, b"), yhat, atol=1e-6)
    assert np.allclose(numbers(text, "yhat from theta"), yhat, atol=1e-6)
    for name, value in zip(["db", "dw1", "dw2", "dw3"], [dZ.sum(), *(X @ dZ.T)[:, 0]], strict=True):
        assert np.allclose(numbers(text, name), [value, value], atol=1e-8)
    assert numbers(text, "largest difference")[0] < 1e-15


def test_l3_losses_and_cost(demo: Demo) -> None:
    text = demo("l03")
    assert numbers(text, "0.01  1") == [0.49005, 4.60517]
    assert numbers(text, " 0.5  1") == numbers(text, " 0.5  0") == [0.125, 0.69315]
    assert numbers(text, "0.99  1") == numbers(text, "0.01  0") == [0.00005, 0.01005]
    assert numbers(text, "0.99  0") == [0.49005, 4.60517]
    assert numbers(text, "losses") == [0.10536, 0.22314, 0.51083, 1.20397, 0.51083]
    assert "drops this minus sign" in text


def test_l4_descent_ends_where_another_library_ends(demo: Demo, folder: Path) -> None:
    text = demo("l04")
    data = load_breast_cancer()
    model = LogisticRegression(C=np.inf).fit(scale(data.data[:, [1]]), data.target)
    assert numbers(text, "   0") == [2.43873, 3.5, 4.0]
    _, w, b = numbers(text, "  60")
    assert w == pytest.approx(model.coef_[0, 0], abs=1e-3)
    assert b == pytest.approx(model.intercept_[0], abs=1e-3)
    assert "J falls at each step: True" in text
    for picture in ("l04_bowl.svg", "l04_path.svg"):
        said = words(folder / picture)
        assert (
            "60 steps from (w, b) = (3.5, 4), where J = 2.439, to (w, b) = (−1.008, 0.5996)" in said
        )


def test_l5_nudges(demo: Demo) -> None:
    text = demo("l05")
    at_2, at_5, *_ = text.split("\n\n")
    assert numbers(at_2, "a") == [2, 2.001, 0.001, 1]
    assert numbers(at_2, "f") == [6, 6.003, 0.003, 3]
    assert numbers(at_5, "a") == [5, 5.001, 0.001, 1]
    assert numbers(at_5, "f") == [15, 15.003, 0.003, 3]
    rows = {k: numbers(text, f"   1e-{k:02}") for k in range(3, 16)}
    assert all(abs(row[0] - 3) < 1e-5 for k, row in rows.items() if k <= 10)
    # a^3 bends: its slope is off by 6 h at first, is best at 1e-8, and is lost at 1e-15.
    off = {k: row[2] for k, row in rows.items()}
    assert [off[k] for k in (3, 4, 5, 6)] == pytest.approx([6e-3, 6e-4, 6e-5, 6e-6], rel=0.02)
    assert min(off, key=off.__getitem__) == 8
    assert off[8] < off[10] < off[12] < off[14] < off[15]


def test_l6_slopes(demo: Demo) -> None:
    text = demo("l06")
    assert numbers(text, "a^2    2") == [4, 4.004001, 4.001, 4]
    assert numbers(text, "a^2    5") == [25, 25.010001, 10.001, 10]
    assert numbers(text, "a^3    2") == [8, 8.012006001, 12.006, 12]
    assert numbers(text, "ln a   2") == [0.69315, 0.69365, 0.4999, 0.5]


def test_l7_the_graph_forward(demo: Demo, folder: Path) -> None:
    text = demo("l07")
    assert numbers(text, "u = bc    =") == [6]
    assert numbers(text, "v = a + u =") == [11]
    assert numbers(text, "J = 3v    =") == [33]
    drawn = words(folder / "l07_graph.svg")
    assert all(value in drawn for value in ("6", "11", "33"))
    assert "backward:" not in drawn


def test_l8_the_graph_backward(demo: Demo, folder: Path) -> None:
    text = demo("l08")
    dvars, by_hand, explained, a, u, b, c, check = text.split("\n\n")
    for name, row in {"a": [5, 3], "b": [3, 6], "c": [2, 9], "u": [6, 3], "v": [11, 3]}.items():
        assert numbers(dvars, name) == row
    assert numbers(by_hand, "dJ/da = dJ/dv dv/da =") == [3, 1, 3]
    assert numbers(by_hand, "dJ/db = dJ/du du/db =") == [3, 2, 6]
    assert numbers(by_hand, "dJ/dc = dJ/du du/dc =") == [3, 3, 9]
    assert "dJ/da = dJ/dv * dv/da = 3 * 1 = 3\n" in explained
    assert "dJ/db = dJ/dv * dv/du * du/db = 3 * 1 * 2 = 6\n" in explained
    assert "dJ/dc = dJ/dv * dv/du * du/dc = 3 * 1 * 3 = 9\n" in explained
    assert numbers(a, "a")[:2] == [5, 5.001]
    assert numbers(a, "v")[:2] == [11, 11.001]
    assert numbers(a, "J")[:2] == [33, 33.003]
    assert numbers(u, "u")[:2] == [6, 6.001]
    assert numbers(u, "J")[:2] == [33, 33.003]
    assert numbers(b, "b")[:2] == [3, 3.001]
    assert numbers(b, "u")[:2] == [6, 6.002]
    assert numbers(b, "v")[:2] == [11, 11.002]
    assert numbers(b, "J")[:2] == [33, 33.006]
    assert numbers(c, "c")[:2] == [2, 2.001]
    assert numbers(c, "J")[:2] == [33, 33.009]
    assert check.count("agrees") == 6
    drawn = words(folder / "l08_backward.svg")
    assert all(dvar in drawn for dvar in ("da = 3", "db = 6", "dc = 9", "du = 3", "dv = 3"))


def test_l9_logistic_regressions_graph(demo: Demo, folder: Path) -> None:
    text = demo("l09")
    # z = 0.5 * 1 - 0.25 * 2 + 0.4; a = 1 / (1 + exp(-0.4)); y = 1
    a = 0.598687660112452
    by_hand = {"da ": -1 / a, "dz ": a - 1, "dw1": a - 1, "dw2": 2 * (a - 1), "db ": a - 1}
    for name, value in by_hand.items():
        assert numbers(text, name)[:2] == pytest.approx([value, value], abs=1e-9)
    assert text.count("agrees") == 8
    drawn = words(folder / "l09_logistic.svg")
    for dvar in ("dw1 = −0.4013", "dw2 = −0.8026", "db = −0.4013", "dz = −0.4013", "da = −1.67"):
        assert dvar in drawn


def test_l10_loops(demo: Demo) -> None:
    text = demo("l10")
    data = load_breast_cancer()
    x1, x2 = scale(data.data[:, :2]).T
    z = -x1 + 0.5 * x2
    dz = expit(z) - data.target
    by_hand = {
        "J": np.mean(np.logaddexp(0, z) - data.target * z),
        "dw1": np.mean(x1 * dz),
        "dw2": np.mean(x2 * dz),
        "db": np.mean(dz),
    }
    for name, value in by_hand.items():
        assert numbers(text, f"{name:4}") == pytest.approx([value] * 3, abs=2e-9)
    before, after = numbers(text, "J falls from")
    assert after < before


def test_l11_a_loop_against_dot(demo: Demo) -> None:
    text = demo("l11")
    by_loop, vectorised, _ = numbers(text, "z by a loop")
    assert by_loop == vectorised
    for row in ("numbers alone", "with gradient"):
        slow, fast, times = numbers(text, row)
        assert slow > fast > 0
        assert times > 2
    assert "are the same: True" in text


def test_l12_functions_of_vectors(demo: Demo) -> None:
    text = demo("l12")
    for row in ("u = Av, 90 x 90", "u = e^v, 100000 long"):
        slow, fast, times = numbers(text, row)
        assert slow > fast > 0
        assert times > 2
    assert "np.dot(A, v) = [-1.5 -2.5], gradient [4. 6.]" in text
    figures = {
        "np.exp(v)": ([0, 1, 2], [1, 2.7183, 7.3891], [1, 2.7183, 7.3891]),
        "np.log(v)": ([1, 2, 4], [0, 0.6931, 1.3863], [1, 0.5, 0.25]),
        "np.abs(v)": ([-2, 0, 3], [2, 0, 3], [-1, 0, 1]),
        "np.maximum(v, 0)": ([-2, 1, 3], [0, 1, 3], [0, 1, 1]),
        "v**2": ([-2, 1, 3], [4, 1, 9], [-4, 2, 6]),
        "1/v": ([-2, 1, 4], [-0.5, 1, 0.25], [-0.25, -1, -0.0625]),
    }
    for name, rows in figures.items():
        assert numbers(text, name) == [number for row in rows for number in row]


def test_l13_real_data(demo: Demo, folder: Path) -> None:
    text = demo("l13")
    assert "n_x = 30, m = 427 to learn from, 142 held out" in text
    assert numbers(text, "dw: backward() and by hand differ by at most")[0] < 1e-15
    assert numbers(text, "db: backward() and by hand differ by")[0] < 1e-15
    assert numbers(text, "w after 1000 iterations differs by at most")[0] < 1e-12
    [held_out] = re.findall(r"right: (.*)% of the tumours held out", text)
    assert float(held_out) >= 97
    assert "J: 0.6931 at iteration 0, 0.06354 at 1000" in words(folder / "l13_cost.svg")
    [right] = re.findall(r"(\d+) of 427 examples are on", words(folder / "l13_boundary.svg"))
    assert int(right) > 0.9 * 427
    page = (folder / "l13_learning.html").read_text(encoding="utf-8")
    assert f"{right} of 427 examples are on the side of their label." in page
    assert "Iteration 500 of 500: J = " in page


def test_l13_photographs(demo: Demo) -> None:
    text = demo("l13b")
    assert "n_x = 12288, m = 209; 50 patches held out" in text
    [held_out] = re.findall(r"right: (.*)% of the patches held out", text)
    assert float(held_out) > 80


def test_l14_calories(demo: Demo) -> None:
    text = demo("l14")
    assert "59 calories in apples, 94.9% from carbs" in text
    assert numbers(text, "calories") == [59.0, 239.0, 155.4, 76.9]
    shares, gradients = text.split("% of calories")[1].split("d 94.9% / dA")
    assert numbers(shares, "carbs") == [94.9, 0.0, 2.8, 88.4]
    assert numbers(shares, "fats") == [3.1, 56.5, 63.7, 1.2]
    # 100 * 56 / 59 by its three numbers: 100 (59 - 56) / 59^2, and -100 * 56 / 59^2 twice.
    assert numbers(gradients, "carbs") == [0.0862, 0, 0, 0]
    assert numbers(gradients, "proteins") == numbers(gradients, "fats") == [-1.6087, 0, 0, 0]
    assert numbers(text, "a food's shares add up to 100 whatever A is")[0] < 1e-12


def test_l15_the_rule(demo: Demo, folder: Path) -> None:
    text = " ".join(demo("l15").split())
    assert "(4, 1) + () -> (4, 1) value [[101], [102], [103], [104]]" in text
    assert "gradient of y 4 summed back to ()" in text
    assert "(2, 3) + (1, 3) -> (2, 3) value [[101, 202, 303], [104, 205, 306]]" in text
    assert "gradient of y [[2, 2, 2]] summed back to (1, 3)" in text
    assert "(2, 3) + (2, 1) -> (2, 3) value [[101, 102, 103], [204, 205, 206]]" in text
    assert "gradient of y [[3], [3]] summed back to (2, 1)" in text
    assert "summed over axis 0" in words(folder / "l15_row.svg")
    assert "summed over axis 1" in words(folder / "l15_column.svg")


def test_l16_pitfalls(demo: Demo) -> None:
    text = demo("l16")
    assert "a.shape = (5,), a.T.shape = (5,)" in text
    assert "np.dot(a, a.T) is a matrix of shape (5, 5)" in text
    assert "a.shape = (1, 5), a row" in text
    w, y = re.findall("ShapeError\n(.*)", text)
    assert re.search(r"w has shape \(5,\).*\(5, 1\).*write w.reshape\(5, 1\)", w)
    assert re.search(r"Y has shape \(8,\).*\(1, 8\).*write Y.reshape\(1, 8\)", y)


def test_pictures_go_to_demo_output_when_nothing_else_is_said() -> None:
    assert "picture: demo-output/l07_graph.svg" in run("l07")
    assert Path("demo-output/l07_graph.svg").exists()


def test_a_demo_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, DEMOS / "l15_broadcasting_rule.py", "--folder", "made/here"],
        env={"PYTHONPATH": str(DEMOS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("made/here/l15_row.svg").exists()


@pytest.mark.parametrize(
    ("name", "missing", "extra"),
    [("l02", "matplotlib", "plots"), ("l01", "sklearn", "sklearn"), ("l13b", "sklearn", "sklearn")],
)
def test_without_an_extra_a_demo_ends_with_a_plain_sentence(
    name: str, missing: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def no(module: str, *rest: object) -> object:
        if module.split(".")[0] == missing:
            raise ImportError(f"No module named {module!r}")
        return imported(module, *rest)

    monkeypatch.setattr(builtins, "__import__", no)
    with pytest.raises(SystemExit) as ended:
        run(name)
    assert f'pip install "autograd_mini[{extra}]"' in str(ended.value)
