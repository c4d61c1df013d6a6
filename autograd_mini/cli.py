"""The command ``autograd-mini``: expressions in, tables and pictures out.

A command computes, then writes its file, and prints last; what goes wrong it only raises. `main`
makes that one line on stderr and exit status 2.
"""

from __future__ import annotations

import math
import re
import sys
from codecs import register_error
from collections.abc import Callable, Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import __version__
from .backward import backward
from .check import Report, gradcheck, nudge
from .draw import draw
from .errors import AutogradError, InputError
from .explain import explain
from .expression import parse, record
from .learn import accuracy, breast_cancer, cost, descend, predict, split, standardise
from .node import Node
from .tensor import Tensor
from .text import exact, printable, short
from .value import Value

BLUE, RED, GREEN = "bright_blue", "bright_red", "green"
"""As in the pictures: a value, a derivative; and a verdict that all is well."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command with ``arguments``, by default the process's, and exit with its status."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="look-alikes")
    try:
        status = commands.main(arguments, "autograd-mini", standalone_mode=False)
    except click.Abort:  # Ctrl-C
        status = 130
    except (click.ClickException, AutogradError, OSError) as error:
        click.echo(f"autograd-mini: {_one_line(error)}", err=True)
        status = 2
    sys.exit(status)


_ALIKE = {
    ord(sign): alike for sign, alike in zip("∂·−×─₀₁₂₃₄₅₆₇₈₉", "d*-x-0123456789", strict=True)
}
_ALIKE |= {ord("…"): "...", ord("±"): "+-"}
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _look_alikes(error: Any) -> tuple[str, int]:
    """What a terminal that has not all of our signs gets in their place."""
    missing = error.object[error.start : error.end].translate(_ALIKE)
    powers = re.sub("[⁰¹²³⁴-⁹]+", lambda power: "^" + power[0].translate(_DIGITS), missing)
    return powers.encode("ascii", "replace").decode(), error.end


register_error("look-alikes", _look_alikes)


def _one_line(error: Exception) -> str:
    """What went wrong, on one line that cannot steer a terminal."""
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename or 'output'}: {error.strerror}"
    elif isinstance(error, click.ClickException):
        text = error.format_message()
    if isinstance(error, click.NoSuchOption) and not error.option_name.startswith("--"):
        text += ' An expression that begins with - needs a name: "J = -a".'
    if isinstance(error, click.UsageError) and error.ctx:
        text += f" (see {error.ctx.command_path} --help)"
    return printable(" ".join(text.split()))


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def commands(context: click.Context) -> None:
    """Gradients you can see and check.

    \b
      autograd-mini demo
      autograd-mini graph "J = 3*(a + b*c)" a=5 b=3 c=2 -o J.svg

    An expression is numbers, names, + - * / **, ( ) and functions such as exp(x).
    Statements name what is computed on the way: "u = b*c; v = a + u; J = 3*v".
    Every other name is an input, given after the expression.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _takes_expression(command: Callable[..., Any]) -> Callable[..., Any]:
    """The two arguments of the commands that work on an expression."""
    inputs = click.argument("inputs", nargs=-1, metavar="[NAME=VALUE]...")
    return click.argument("expression")(inputs(command))


@commands.command("graph")
@_takes_expression
@click.option(
    "-o", "--output", metavar="FILE", help="Draw it: a .svg .png .pdf .html or .dot file."
)
@click.option("--of", metavar="NAME", help="What to differentiate; the last value by default.")
def graph_command(
    expression: str, inputs: Sequence[str], output: str | None, of: str | None
) -> None:
    """Print every value and its dvar, checked; draw the graph.

    The dvar of x is dJ/dx, found by one walk back from J; the numeric one by moving x alone.

    \b
      autograd-mini graph "J = 3*(a + b*c)" a=5 b=3 c=2
      autograd-mini graph "u = b*c; v = a + u; J = 3*v" a=5 b=3 c=2 -o J.svg
    """
    nodes = _nodes(expression, inputs)
    J = list(nodes.values())[-1] if of is None else _named(nodes, of, "--of")
    backward(J)
    report = gradcheck(J)
    if output is not None:
        draw(J).save(output)
    console = _console()
    _print_report(console, report, nodes)
    if of is None and (aside := [name for name, node in nodes.items() if node.grad is None]):
        console.print(f"{J.label} does not depend on {', '.join(aside)}.")
    if output is not None:
        _print_file(console, output)


@commands.command("check")
@_takes_expression
@click.option(
    "--order",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="2: the second derivatives, too.",
)
def check_command(expression: str, inputs: Sequence[str], order: int) -> int:
    """Check every dvar against a numeric one, and say which op is wrong.

    The exit status is 0 when all agree, 1 when not.

    \b
      autograd-mini check "J = log(a)*b" a=2 b=3
      autograd-mini check "J = log(a)*b" a=2 b=3 --order 2
    """
    *_, J = _nodes(expression, inputs).values()
    report = gradcheck(J, order=order)
    console = _console()
    console.print(report, soft_wrap=True)
    console.print(report.summary(), style=GREEN if report else RED)
    return 0 if report else 1


@commands.command("nudge")
@_takes_expression
@click.option(
    "--of", metavar="NAME", required=True, help="What to move: an input or a named value."
)
@click.option("--by", type=float, default=0.001, show_default=True, help="How far.")
def nudge_command(expression: str, inputs: Sequence[str], of: str, by: float) -> None:
    """Move one value a little and print what moves with it.

    \b
      autograd-mini nudge "u = b*c; v = a + u; J = 3*v" a=5 b=3 c=2 --of b
    """
    nodes = _nodes(expression, inputs)
    *_, J = nodes.values()
    _console().print(nudge(J, _named(nodes, of, "--of"), by), soft_wrap=True)


@commands.command("explain")
@_takes_expression
@click.option("--of", metavar="NAME", help="What to differentiate; the last value by default.")
@click.option("--by", metavar="NAME", required=True, help="By what: an input or a named value.")
def explain_command(expression: str, inputs: Sequence[str], of: str | None, by: str) -> None:
    """Print how a derivative comes about, path by path.

    Along each path from one value to the other the local derivatives are multiplied; the derivative
    is the sum over all paths.

    \b
      autograd-mini explain "u = b*c; v = a + u; J = 3*v" a=5 b=3 c=2 --by b
      autograd-mini explain "u = a*b; J = u*a" a=2 b=3 --of J --by a
    """
    nodes = _nodes(expression, inputs)
    J = list(nodes.values())[-1] if of is None else _named(nodes, of, "--of")
    _console().print(str(explain(J, _named(nodes, by, "--by"))), soft_wrap=True)


@commands.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Where to write the pictures.",
)
def demo_command(folder: Path) -> None:
    """The tour: a graph, nudges, a model that learns.

    \b
      autograd-mini demo --folder pictures
    """
    folder.mkdir(parents=True, exist_ok=True)
    console = _console()
    files = [_tour_of_a_graph(console, folder), _tour_of_learning(console, folder)]
    _heading(console, "The pictures, for any browser")
    for file in files:
        _print_file(console, file)


def _tour_of_a_graph(console: Console, folder: Path) -> Path:
    nodes = record(parse("u = b*c; v = a + u; J = 3*v"), {"a": 5, "b": 3, "c": 2})
    J = nodes["J"]
    backward(J)
    file = draw(J).save(folder / "graph.svg")
    _heading(console, "A graph: u = b*c, v = a + u, J = 3*v")
    console.print("Forward, each value is computed from those before it. Backward, one walk from J")
    console.print("finds every dvar, dJ/dvar. The numeric dvars only move values and look at J.\n")
    _print_report(console, gradcheck(J), nodes)

    _heading(console, "A nudge: one value moves by 0.001, and what depends on it moves too")
    table = _table(
        ("nudge", "bold"), ("u", BLUE), ("v", BLUE), ("J", BLUE), ("change of J / 0.001", RED)
    )
    for name in "aubc":
        moved = nudge(J, nodes[name], by=0.001).rows
        after = {row.name: exact(row.after) for row in moved}
        nudged = f"{name} {exact(moved[0].before)} -> {after[name]}"
        table.add_row(nudged, *(after.get(x, "") for x in "uvJ"), short(moved[-1].slope))
    console.print(table)
    return file


def _tour_of_learning(console: Console, folder: Path) -> Path:
    X, Y, _ = breast_cancer()
    X_train, Y_train, X_test, Y_test = split(X, Y)
    X_train, X_test = standardise(X_train, X_test)
    n_x, m = X_train.shape

    def J(w: Any, b: Any) -> Any:
        return cost(w, b, X_train, Y_train)

    start = [np.zeros((n_x, 1)), 0.0]
    history = descend(J, start, alpha=0.1, iterations=1000, keep_path=True)
    w, b = history.variables
    end = J(Tensor(w, "w"), Value(b, "b"))
    end.label = "J"
    backward(end)
    file = draw(end).save(folder / "learning.svg")
    _heading(console, "Logistic regression: is a tumour benign?")
    console.print(f"{n_x} measurements of each of {m} tumours, and {Y_test.size} tumours held out.")
    console.print("Gradient descent on the cost J(w, b), its dw and db from backward:\n")
    table = _table(
        ("step", "bold"), ("J", BLUE), ("accuracy in training", ""), ("accuracy held out", "")
    )
    for step in (0, 1, 10, 100, 1000):
        w, b = history.path[step]
        shares = accuracy(predict(w, b, X_train), Y_train), accuracy(predict(w, b, X_test), Y_test)
        table.add_row(str(step), short(history.costs[step]), *map("{:.1%}".format, shares))
    console.print(table)
    return file


def _heading(console: Console, text: str) -> None:
    console.print(f"\n{text}\n", style="bold")


def _nodes(expression: str, inputs: Sequence[str]) -> dict[str, Node]:
    """The nodes of an expression by name, the result last."""
    values: dict[str, float] = {}
    for text in inputs:
        name, equals, number = text.partition("=")
        if not (name and equals and number):
            raise InputError(f"{text!r} is no input; write name=value without spaces, as in a=5")
        if name in values:
            raise InputError(f"{text}: {name!r} has a value already")
        values[name] = _finite(text, number)
    return record(parse(expression), values)


def _finite(text: str, number: str) -> float:
    try:
        value = float(number) if "_" not in number else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{text}: {number!r} is no finite number")
    return value


def _named(nodes: dict[str, Node], name: str, option: str) -> Node:
    if name not in nodes:
        names = ", ".join(nodes)
        raise InputError(f"{option} {name}: the expression has no such name, only {names}")
    return nodes[name]


def _console() -> Console:
    """Where to print: in colour on a terminal alone; what is printed is taken as it is."""
    return Console(highlight=False, markup=False, emoji=False)


def _table(*columns: tuple[str, str]) -> Table:
    """A table of columns, each a header and a style: names to the left, numbers to the right."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for i, (header, style) in enumerate(columns):
        table.add_column(header, style=style, justify="right" if i else "left", overflow="fold")
    return table


def _print_report(console: Console, report: Report, names: Iterable[str]) -> None:
    """Values and derivatives in the lecture's words and as they were typed, and if they agree."""
    found = {row.label: row for row in report.rows}
    rows = [found[name] for name in names if name in found]
    table = _table(
        ("name", "bold"),
        ("value", BLUE),
        ("dvar", RED),
        ("numeric dvar", RED),
        ("agreement", GREEN),
    )
    for row in rows:
        digits = "≈ 0" if row.worst.zero else f"{row.digits} digits"
        verdict = digits if row.verdict == "agrees" else row.verdict
        numbers = exact(row.value), short(row.analytic, 8), short(row.numeric, 8)
        table.add_row(row.label, *numbers, Text(verdict, "" if row.agrees else RED))
    console.print(table)
    for remark in filter(None, (row.remark() for row in rows)):
        console.print(remark)


def _print_file(console: Console, file: str | Path) -> None:
    """Where a picture is, its path in one piece."""
    console.print(f"picture: {printable(str(file))}", soft_wrap=True)
