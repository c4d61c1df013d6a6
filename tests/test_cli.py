"""The command: what it prints and writes, and one plain line for whatever goes wrong."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import IO

import pytest

import autograd_mini as am
from autograd_mini.cli import main

ROOT = Path(__file__).parents[1]
LECTURE = ["u = b*c; v = a + u; J = 3*v", "a=5", "b=3", "c=2"]


@pytest.fixture
def run(capsys):
    """Runs the command in this process: its exit status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit:
            main(arguments)
        out, err = capsys.readouterr()
        return exit.value.code or 0, out, err

    return run


def rows(out: str) -> list[list[str]]:
    """The cells of what is printed in columns, line by line."""
    return [re.split(r"\s{2,}", line.strip()) for line in out.splitlines() if line.strip()]


def process(*arguments: str, stdout: int | IO[str] = subprocess.PIPE, **environment: str):
    """The command as a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "autograd_mini", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


# graph ------------------------------------------------------------------------------------------


def test_graph_prints_values_dvars_and_numeric_dvars(run):
    status, out, err = run("graph", *LECTURE)
    assert (status, err) == (0, "")
    header, _rule, *table = rows(out)
    assert header == ["name", "value", "dvar", "numeric dvar", "agreement"]
    assert [row[:4] for row in table] == [
        ["a", "5", "3", "3"],
        ["b", "3", "6", "6"],
        ["c", "2", "9", "9"],
        ["u", "6", "3", "3"],
        ["v", "11", "3", "3"],
        ["J", "33", "1", "1"],
    ]
    assert all(int(row[4].removesuffix(" digits")) >= 10 for row in table)
    assert max(map(len, out.splitlines())) <= 80


def test_graph_of_another_result(run):
    _, out, _ = run("graph", *LECTURE, "--of", "v")
    assert [row[:3] for row in rows(out)[2:]] == [
        ["a", "5", "1"], ["b", "3", "2"], ["c", "2", "3"], ["u", "6", "1"], ["v", "11", "1"],
    ]  # fmt: skip


def test_graph_lists_inputs_and_values_as_they_were_given(run):
    _, out, _ = run("graph", "u = b*c; v = u + a", "c=2", "a=5", "b=3")
    assert [row[0] for row in rows(out)[2:]] == ["c", "a", "b", "u", "v"]


def test_graph_says_what_the_result_does_not_depend_on(run):
    _, out, _ = run("graph", "u = b*c; v = 2*a; J = 3*u", "a=1", "b=2", "c=3")
    assert [row[0] for row in rows(out)[2:]] == ["b", "c", "u", "J", "J does not depend on a, v."]


def test_graph_of_a_name_alone(run):
    _, out, _ = run("graph", "J = a", "a=5")
    assert [row[:4] for row in rows(out)[2:]] == [["a", "5", "1", "1"], ["J", "5", "1", "1"]]


def test_graph_names_a_kink(run):
    status, out, _ = run("graph", "relu(a)*b", "a=0", "b=3")
    assert status == 0
    assert rows(out)[2][:3] == ["a", "0", "0"]
    assert rows(out)[2][4] == "kink here"
    assert "a: a kink, with slope 0 to the left" in out


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("J.svg", b"<svg "),
        ("J.html", b"<!DOCTYPE html>"),
        ("J.dot", b"digraph"),
    ],
)
def test_graph_writes_the_picture(run, name, begins):
    status, out, _ = run("graph", *LECTURE, "-o", name)
    assert status == 0
    assert out.endswith(f"picture: {name}\n")
    assert Path(name).read_bytes().startswith(begins)
    assert [file.name for file in Path().iterdir()] == [name]


def test_the_picture_has_values_and_dvars(run):
    run("graph", *LECTURE, "--output", "J.svg")
    text = " ".join("".join(ET.parse("J.svg").getroot().itertext()).split())
    for shown in ("33", "11", "da = 3", "db = 6", "dc = 9"):
        assert shown in text


# check, nudge -----------------------------------------------------------------------------------


def test_check_agrees(run):
    status, out, err = run("check", "J = log(a)*b**2", "a=2", "b=3")
    assert (status, err) == (0, "")
    header, *table, summary = rows(out)
    assert header == ["name", "value", "analytic", "numeric", "±", "digits", "verdict"]
    assert [row[0] for row in table] == ["a", "b", "J"]
    assert {row[-1] for row in table} == {"agrees"}
    assert summary == ["3 of 3 agree"]


def test_check_has_a_status_of_its_own_for_disagreement(run, monkeypatch):
    monkeypatch.setattr(am.exp, "rules", (lambda g, z, x: 2 * g * z,))
    status, out, err = run("check", "exp(a)", "a=1")
    assert (status, err) == (1, "")
    assert "wrong rule" in out
    assert out.endswith("1 of 2 agree\n")
    status, out, _ = run("graph", "exp(a)", "a=1")
    assert status == 0
    assert rows(out)[2][4] == "wrong rule"


def test_nudge(run):
    status, out, _ = run("nudge", *LECTURE, "--of", "b")
    assert status == 0
    assert rows(out) == [
        ["name", "before", "after", "change", "change/by"],
        ["b", "3", "3.001", "0.001", "1"],
        ["u", "6", "6.002", "0.002", "2"],
        ["v", "11", "11.002", "0.002", "2"],
        ["J", "33", "33.006", "0.006", "6"],
        ["dJ/db by backward: 6"],
    ]


@pytest.mark.parametrize("by", ["1e-300", "-1e-17"])
def test_nudge_that_is_lost_in_rounding_says_so(run, by):
    status, out, _ = run("nudge", *LECTURE, "--of", "a", "--by", by)
    assert status == 0
    assert out.endswith(
        "dJ/da by backward: 3\nJ did not move: so small a nudge is lost in rounding\n"
    )


def test_nudge_of_an_inner_value_by_another_step(run):
    _, out, _ = run("nudge", *LECTURE, "--of", "u", "--by", "-0.5")
    assert rows(out)[3][:3] == ["J", "33", "31.5"]


# explain ----------------------------------------------------------------------------------------


def test_explain(run):
    status, out, err = run("explain", *LECTURE, "--of", "J", "--by", "b")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "dJ/db = dJ/dv * dv/du * du/db = 3 * 1 * 2 = 6",
        "  J = 3·v    dJ/dv = 3",
        "  v = a + u  dv/du = 1",
        "  u = b·c    du/db = c = 2",
    ]


def test_explain_takes_the_last_value_by_default_and_inner_ones_too(run):
    assert run("explain", *LECTURE, "--by", "v")[1].startswith("dJ/dv = 3\n")
    assert run("explain", *LECTURE, "--of", "v", "--by", "u")[1].startswith("dv/du = 1\n")
    assert "u does not depend on a" in run("explain", *LECTURE, "--of", "u", "--by", "a")[1]


def test_explain_on_a_terminal_of_ascii_alone():
    arguments = ["explain", "a*a - relu(-3*b)**12 + 1.5e-7*b", "a=2", "b=-1", "--by", "b"]
    done = process(*arguments, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "dJ/dt4 * dt4/dt3 * dt3/dt2 * dt2/dt1 * dt1/db" in done.stdout
    assert "t3 = t2^12" in done.stdout


@pytest.mark.parametrize(
    ("text", "plain"),
    [("∂t₁₂/∂x = −2·x¹² …", "dt12/dx = -2*x^12 ..."), ("2×3 ± 1 ─ é日", "2x3 +- 1 - ??")],
)
def test_signs_that_a_terminal_lacks_look_alike(text, plain):
    assert text.encode("ascii", "look-alikes").decode() == plain


# demo -------------------------------------------------------------------------------------------


def test_demo_shows_the_lecture_and_learns(run):
    status, out, err = run("demo", "--folder", "deep/down")
    assert (status, err) == (0, "")
    for figures in (
        r"a +5 +3 +3 +\d+ digits",
        r"c +2 +9 +9 +\d+ digits",
        r"a 5 -> 5.001 +11.001 +33.003 +3\n",
        r"u 6 -> 6.001 +6.001 +11.001 +33.003 +3\n",
        r"b 3 -> 3.001 +6.002 +11.002 +33.006 +6\n",
        r"c 2 -> 2.001 +6.003 +11.003 +33.009 +9\n",
    ):
        assert re.search(figures, out)
    steps = [row for row in rows(out) if row[0] in ("0", "1", "10", "100", "1000")]
    costs = [float(row[1]) for row in steps]
    assert costs[0] == pytest.approx(math.log(2), rel=1e-3)
    assert costs == sorted(costs, reverse=True)
    assert float(steps[-1][3].removesuffix("%")) >= 97
    assert max(map(len, out.splitlines())) <= 80


def test_demo_ends_with_where_its_pictures_are(run):
    _, out, _ = run("demo")
    files = [line.removeprefix("picture: ") for line in out.splitlines()[-2:]]
    assert files == ["demo-output/graph.svg", "demo-output/learning.svg"]
    for file in files:
        assert ET.parse(file).getroot().tag.endswith("svg")


def test_demo_prints_nothing_when_it_cannot_write(run):
    Path("here/graph.svg").mkdir(parents=True)
    status, out, err = run("demo", "--folder", "here")
    assert (status, out) == (2, "")
    assert "here/graph.svg" in err
    assert list(Path("here/graph.svg").iterdir()) == []


# What goes wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grap"], "No such command 'grap'"),
        (["graph"], "Missing argument 'EXPRESSION'. (see autograd-mini graph --help)"),
        (["graph", "a*2"], "column 1: no value for 'a'; add inputs, such as a=5"),
        (["graph", "a*2", "a=1", "b=2"], "no place for the input 'b'"),
        (["graph", "a*2", "a=five"], "a=five: 'five' is no finite number"),
        (["graph", "a*2", "a=1_0"], "a=1_0: '1_0' is no finite number"),
        (["graph", "a*2", "a=nan"], "a=nan: 'nan' is no finite number"),
        (["graph", "a*2", "a=-inf"], "a=-inf: '-inf' is no finite number"),
        (["graph", "a*2", "a=1e999"], "a=1e999: '1e999' is no finite number"),
        (["graph", "a*2", "a", "=", "1"], "'a' is no input; write name=value without spaces"),
        (["graph", "a*2", "a="], "'a=' is no input"),
        (["graph", "a*2", "=1"], "'=1' is no input"),
        (["graph", "a*2", "a=1", "a=1"], "a=1: 'a' has a value already"),
        (["graph", "a^2", "a=1"], "column 2: '^' is not allowed; a power is written **"),
        (["graph", "[red]a", "a=1"], "column 1: '[' is not allowed"),
        (["graph", "a*2", "[red]a=1"], "no value for 'a'"),
        (["graph", "a\x1b[31m", "a=1"], r"'\x1b' is not allowed"),
        (["graph", "2*3", "\x1b[31m\n=1"], r"the input '\x1b[31m\n'"),
        (["graph", "-a*2", "a=1"], 'An expression that begins with - needs a name: "J = -a".'),
        (["graph", "a*2", "a=1", "--off", "a"], "No such option"),
        (
            ["graph", "a*2", "a=1", "--of", "d"],
            "--of d: the expression has no such name, only a, J",
        ),
        (["graph", "log(a)", "a=-1"], "log(a = -1.0): math domain error; log needs a number"),
        (["graph", "sqrt(a)", "a=0"], "the derivative of sqrt(a = 0.0)"),
        (["graph", "9**9**9"], "pow(9.0, 387420489.0)"),
        (["graph", "a*2", "a=1", "-o", "J.gif"], "'J.gif' ends in '.gif'"),
        (["graph", "a*2", "a=1", "-o", ""], "a picture is saved as .svg"),
        (["graph", "a*2", "a=1", "-o", "."], "'.' has no ending"),
        (["graph", "a*2", "a=1", "-o", "file/J.svg"], "file/J.svg cannot be written: Not a dir"),
        (["graph", "a*2", "a=1", "-o", "no/J.svg"], "no/J.svg cannot be written: No such file"),
        (["graph", "a*2", "a=1", "-o", "folder.svg"], "folder.svg cannot be written: Is a direct"),
        (["nudge", "a*2", "a=1"], "Missing option '--of'"),
        (["nudge", "a*2", "a=1", "--of", "a", "--by", "x"], "Invalid value for '--by'"),
        (["nudge", "a*2", "a=1", "--of", "a", "--by", "0"], "a finite number other than 0"),
        (
            ["nudge", "a*2", "a=1", "--of", "a", "--by", "nan"],
            "must be a finite number other than 0",
        ),
        (["nudge", "log(a)", "a=1", "--of", "a", "--by", "-2"], "log(a = -1.0)"),
        (["explain", "a*2", "a=1"], "Missing option '--by'"),
        (
            ["explain", "a*2", "a=1", "--by", "d"],
            "--by d: the expression has no such name, only a, J",
        ),
        (["explain", "a*2", "a=1", "--of", "d", "--by", "a"], "--of d: the expression has no such"),
        (["explain", "sqrt(a)", "a=0", "--by", "a"], "the derivative of sqrt(a = 0.0)"),
        (["demo", "--folder", "file"], "Invalid value for '--folder'"),
        (["demo", "--folder", "file/x"], "file/x: Not a directory"),
        (["demo", "extra"], "unexpected extra argument"),
    ],
)
def test_bad_input_is_one_line(run, arguments, says):
    Path("folder.svg").mkdir()
    Path("file").touch()
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert says in err
    assert err.startswith("autograd-mini: ")
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert {file.name for file in Path().rglob("*")} == {"folder.svg", "file"}


def test_ctrl_c_is_quiet(run, monkeypatch):
    def interrupted(text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd_mini.cli.parse", interrupted)
    assert run("graph", *LECTURE) == (130, "", "\n")


def test_a_reader_that_stops_reading_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = process("graph", *LECTURE, "-o", "J.svg", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
    assert ET.parse("J.svg")


def test_a_full_disk_is_one_line():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = process("graph", *LECTURE, stdout=full)
    assert done.returncode == 2
    assert done.stderr == "autograd-mini: output: No space left on device\n"


# Terminals --------------------------------------------------------------------------------------


def test_no_colours_unless_on_a_terminal(run, monkeypatch):
    assert "\x1b" not in run("graph", *LECTURE)[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[94m" in run("graph", *LECTURE)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[94m" not in run("graph", *LECTURE)[1]


def test_a_terminal_of_ascii_alone():
    done = process("check", *LECTURE, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "6 of 6 agree" in done.stdout


def test_output_that_is_no_terminal_and_no_file():
    with contextlib.redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit):
        main(["graph", "3*a", "a=2"])
    assert rows(out.getvalue())[2][:3] == ["a", "2", "3"]


def test_a_narrow_terminal_loses_nothing(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    _, out, _ = run("graph", f"{'x' * 60} + 1", f"{'x' * 60}=2")
    assert out.count("x") == 60


def test_a_path_is_shown_in_one_piece_and_cannot_steer_the_terminal(run):
    folder = Path("f" * 100)
    folder.mkdir()
    _, out, _ = run("graph", "a*2", "a=1", "-o", str(folder / "[red]\x1b[31m.svg"))
    assert out.endswith(rf"picture: {folder}/[red]\x1b[31m.svg" + "\n")


# Help -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help(run, arguments):
    status, out, _ = run(*arguments)
    assert status == 0
    assert out.startswith("Usage: autograd-mini [OPTIONS] [COMMAND]")
    assert "autograd-mini demo" in out


@pytest.mark.parametrize("name", ["graph", "check", "nudge", "explain", "demo"])
def test_the_examples_of_the_help_run(run, name):
    _, out, _ = run(name, "--help")
    examples = re.findall(rf"^ +autograd-mini ({name} .*)$", out, re.MULTILINE)
    assert examples
    for example in examples:
        words = re.findall(r'"[^"]*"|\S+', example)
        assert run(*(word.strip('"') for word in words))[0] == 0


def test_version(run):
    assert run("--version")[1] == f"autograd-mini, version {am.__version__}\n"


def test_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["autograd_mini", "graph", "3*a", "a=2"])
    runpy.run_module("autograd_mini.__main__", run_name="imported")
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        runpy.run_module("autograd_mini", run_name="__main__")
    assert rows(capsys.readouterr().out)[2][:3] == ["a", "2", "3"]
