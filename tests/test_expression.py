"""Expressions from text: what is read, what is refused and where, and that no text does harm."""

from __future__ import annotations

import contextlib
import math
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini.expression import (
    CONSTANTS,
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    Name,
    Statement,
    parse,
    record,
)


def nodes_of(text: str, **inputs: float) -> dict[str, am.Node]:
    return record(parse(text), inputs)


def result_of(text: str, **inputs: float) -> float:
    (*_, result) = nodes_of(text, **inputs).values()
    return result.data


def refusal(text: str, **inputs: float) -> am.ExpressionError:
    with pytest.raises(am.ExpressionError) as caught:
        nodes_of(text, **inputs)
    assert "\n" not in str(caught.value)
    return caught.value


def wanted(statements: tuple[Statement, ...]) -> set[str]:
    """The names the statements use and do not give a value themselves."""
    used = {step.name for s in statements for step in s.steps if isinstance(step, Name)}
    return used - {s.name for s in statements} - set(CONSTANTS)


# What is read -----------------------------------------------------------------------------------


def test_lecture_graph_names_every_node():
    nodes = nodes_of("u = b*c; v = a + u; J = 3*v", a=5, b=3, c=2)
    assert {name: node.data for name, node in nodes.items()} == {
        "a": 5, "b": 3, "c": 2, "u": 6, "v": 11, "J": 33,
    }  # fmt: skip
    assert [node.label for node in nodes.values()] == list(nodes)
    nodes["J"].backward()
    grads = {name: node.grad for name, node in nodes.items()}
    assert grads == {"a": 3, "b": 6, "c": 9, "u": 3, "v": 3, "J": 1}


def test_bare_expression_is_called_J():
    nodes = nodes_of("3*(a + b*c)", a=5, b=3, c=2)
    assert list(nodes) == ["a", "b", "c", "J"]
    assert nodes["J"].data == 33
    assert nodes["J"].label == "J"


@pytest.mark.parametrize(
    "text",
    [
        "u = b*c\nv = a + u\nJ = 3*v",
        "u = b*c;\n  v = a + u;\n\n\tJ = 3*v;\n",
        "  u = b*c; v = a + u\r\n3*v",
        "u = (b *\n     c)\nv = a + u; J = (\n3*v\n)",
    ],
)
def test_new_lines_indents_and_last_semicolon(text):
    nodes = nodes_of(text, a=5, b=3, c=2)
    assert [nodes[name].data for name in "uvJ"] == [6, 11, 33]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x**2", -9.0),
        ("(-x)**2", 9.0),
        ("2**-x", 0.125),
        ("2**x**2", 512.0),
        ("x - 1 - 1", 1.0),
        ("x / 2 / 2", 0.75),
        ("+x*-+-1", 3.0),
        ("1_000*x", 3000.0),
        (".5*x + 5.*x", 16.5),
        ("1e3*x + 2.5E-1", 3000.25),
        ("x*pi", 3 * math.pi),
        ("log(e)*x", 3.0),
        ("hypot(x, 4)", 5.0),
        ("where(x - 3, 1, x)", 3.0),
        ("clip(x, 0, 2)", 2.0),
        ("maximum(x, exp(2))", math.exp(2)),
        ("( ( x ) + 1)", 4.0),
    ],
)
def test_values(text, value):
    assert result_of(text, x=3) == pytest.approx(value, rel=1e-15)


def test_every_function_of_the_table_can_be_called():
    for name, op in FUNCTIONS.items():
        middles = [sum(ends) / 2 + 0.3 for ends in op.samples]
        inputs = dict(zip("xyz", middles, strict=False))
        expected = op(*middles)
        assert result_of(f"1*{name}({', '.join(inputs)})", **inputs) == expected
    assert {"exp", "log", "sigmoid", "relu", "where", "hypot"} <= set(FUNCTIONS)
    assert not {"sum", "greater", "matmul", "astype"} & set(FUNCTIONS)


def test_a_constant_result_is_a_leaf():
    nodes = nodes_of("k = 2*pi; r = 3; J = k*r")
    assert nodes["k"].op is None
    assert nodes["J"].data == 6 * math.pi
    nodes["J"].backward()
    assert nodes["k"].grad == 3


def test_pi_and_e_can_be_given_another_meaning():
    assert result_of("2*e") == 2 * math.e
    assert result_of("2*e", e=5) == 10
    assert result_of("e = 3*pi; 2*e", pi=4) == 24
    assert "'e' is used before it has a value" in str(refusal("u = 2*e; e = u*u"))


def test_repeated_use_of_a_name_is_one_node():
    nodes = nodes_of("a*a", a=3)
    assert nodes["J"].parents == (nodes["a"], nodes["a"])


@given(st.data())
@settings(deadline=None)
def test_generated_expressions_agree_with_python(data):
    """Values against Python's own eval of the text, derivatives against central differences."""
    leaf = st.sampled_from(["x", "y", "2", "0.5", "pi", "1e-1"])
    text = data.draw(
        st.recursive(
            leaf,
            lambda inner: st.one_of(
                st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join).map("({})".format),
                inner.map("-{}".format),
                inner.map("({})**2".format),
                inner.map("sin({})".format),
            ),
            max_leaves=8,
        )
    )

    def python(x: float, y: float) -> float:
        return float(eval(text, {"x": x, "y": y, "pi": math.pi, "sin": math.sin}))

    statements = parse(f"1*{text}")
    inputs = {name: value for name, value in (("x", 1.5), ("y", 0.7)) if name in wanted(statements)}
    try:
        expected = python(1.5, 0.7)
    except ZeroDivisionError:
        with pytest.raises(am.DivisionError):
            record(statements, inputs)
        return
    nodes = record(statements, inputs)
    assert nodes["J"].data == expected
    if "x" in inputs and "/" not in text:
        nodes["J"].backward()
        slope = (python(1.5 + 1e-6, 0.7) - python(1.5 - 1e-6, 0.7)) / 2e-6
        assert nodes["x"].grad == pytest.approx(slope, rel=1e-5, abs=1e-5 * (1 + abs(expected)))


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        # characters
        ("a^2", 2, "'^' is not allowed; a power is written **"),
        ("a == 2", 3, "'==' is not allowed; a single = gives a name, and nothing is compared"),
        ("a < 2", 3, "nothing is compared"),
        ("a >= 2", 3, "nothing is compared"),
        ("a[0]", 2, "'[' is not allowed; brackets are ( )"),
        ("a.real", 2, "'.' is not allowed; allowed are numbers, names, + - * / **"),
        ("'text'", 1, '"\'" is not allowed'),
        ("a // 2", 3, "'//' is not allowed"),
        ("a % 2", 3, "'%' is not allowed"),
        ("a @ a", 3, "'@' is not allowed"),
        ("~a", 1, "'~' is not allowed"),
        ("a # note", 3, "'#' is not allowed"),
        ("a \\", 3, r"'\\' is not allowed"),
        ("a := 2", 3, "':' is not allowed"),
        ("a\0", 2, r"'\x00' is not allowed"),
        ("a\x1b[31m", 2, r"'\x1b' is not allowed"),
        ("3 \N{MULTIPLICATION SIGN} a", 3, "(MULTIPLICATION SIGN) is not allowed; times is w"),
        ("\N{CYRILLIC SMALL LETTER A}", 1, "(CYRILLIC SMALL LETTER A) is not allowed"),
        ("\N{FULLWIDTH LATIN SMALL LETTER E}xp(1)", 1, "FULLWIDTH"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}", 2, r"'\u202e' (RIGHT-TO-LEFT OVERRIDE)"),
        ("a\udcff", 2, r"'\udcff' (nameless)"),
        ("a\ue000", 2, r"'\ue000' (nameless)"),
        # words, and values side by side
        ("lambda * 2", 1, "'lambda' is a word of Python's and cannot be a name"),
        ("a if b else c", 3, "'if' is a word"),
        ("True", 1, "'True' is a word"),
        ("3a", 2, "between '3' and 'a' a sign is missing, such as *"),
        ("2 * b c", 7, "between 'b' and 'c'"),
        ("J = sin a", 9, "'sin' is a function; write sin(a)"),
        ("2*log 3", 7, "'log' is a function; write log(3)"),
        ("(a) b", 5, "between ')' and 'b'"),
        ("3j", 2, "between '3' and 'j'"),
        ("0x10", 2, "between '0' and 'x10'"),
        ("1.2.3", 4, "between '1.2' and '.3'"),
        # structure
        ("(a", 1, "'(' was never closed; allowed are numbers"),
        ("a)", 2, "unmatched ')'"),
        ("a +", 4, "invalid syntax"),
        ("a ** / 2", 6, "invalid syntax"),
        ("007", 1, "leading zeros"),
        ("1 = a", 1, "cannot assign to literal here;"),
        ("a;;b", 3, "invalid syntax"),
        ("a = (2 +\n", 5, "'(' was never closed"),
        ("a, b", 1, "a single value must stand here"),
        ("()", 1, "a single value"),
        ("3*(a, b)", 3, "a single value"),
        ("*a", 1, "a single value"),
        ("x = y = 2", 1, "a statement is one name, one =, and an expression"),
        ("x, y = 2", 1, "a statement is one name"),
        ("x += 2", 1, "a statement is one name"),
        ("b*c; J = 2*a", 1, "only the last expression goes without a name"),
        # calls
        ("exp", 1, "'exp' is a function; write exp(...)"),
        ("2*exp + 1", 3, "'exp' is a function"),
        ("exp()", 1, "write exp(x): 1 in the brackets, not 0"),
        ("where(a, 2)", 1, "write where(x, y, z): 3 in the brackets, not 2"),
        ("2*log(a, 2)", 3, "write log(x): 1 in the brackets, not 2"),
        ("exp(x=1)", 1, "exp takes plain values, without names or stars"),
        ("hypot(*a)", 1, "hypot takes plain values"),
        ("hypot(**a)", 1, "hypot takes plain values"),
        ("sine(a)", 1, "'sine' is no function; times is written *; functions are abs, arccos,"),
        ("sum(a)", 1, "'sum' is no function"),
        ("open(a)", 1, "'open' is no function"),
        ("__import__(os)", 1, "'__import__' is no function"),
        ("a(b + c)", 1, "'a' is no function; times is written *"),
        ("3(a)", 1, "only a function goes before brackets; times is written *"),
        ("exp(1)(2)", 1, "only a function goes before brackets"),
        # names
        ("exp = 3", 1, "'exp' is a function; take another name"),
        ("x = 1; x = 2", 8, "'x' has a value already; take a new name"),
        ("J = 1; 2", 8, "'J' has a value already"),
        ("v = 2*u; u = 3", 7, "'u' is used before it has a value"),
        ("x = x + 1", 5, "'x' is used before it has a value"),
        # numbers
        ("1e999", 1, "this number is too large for a float"),
        ("2*1" + "0" * 400, 3, "this number is too large for a float"),
        # nothing
        ("", 1, "the expression is empty; write one, such as J = 3*(a + b*c)"),
        (" \n\t", 1, "the expression is empty"),
    ],
)
def test_refused(text, column, says):
    error = refusal(text)
    assert error.column == column
    assert says in str(error)


def test_refused_beyond_the_first_line():
    error = refusal("u = 2*3\n  J = 3*u^2")
    assert error.column == 10
    assert str(error).startswith("line 2, column 10: '^'")
    error = refusal("u = 2*3\n    J = 3*exp")
    assert str(error).startswith("line 2, column 11: 'exp' is a function")
    assert str(refusal("u = 2\n  J = 3*(u")).startswith("line 2, column 9: '(' was never closed")


def test_missing_inputs_are_all_named():
    error = refusal("J = 3*(a + b*c)", b=3)
    assert str(error) == "column 8: no value for 'a', 'c'; add inputs, such as a=5 c=5"
    assert error.column == 8


def test_inputs_that_do_nothing_are_named():
    error = refusal("3*a", a=1, b=2, exp=3)
    assert "no place for the input 'b', 'exp'" in str(error)
    assert error.column is None


def test_an_input_is_not_assigned_too():
    assert "'a' is an input, so the result needs another name" in str(refusal("a = 2*b", a=1, b=2))
    assert "'J' is an input, so the result needs another name" in str(refusal("J*2", J=1))


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("log(a - 6)", am.DomainError, "log"),
        ("1/(a - 5)", am.DivisionError, "divide"),
        ("exp(1000*a)", am.RangeError, "exp"),
        ("(-1)**0.5", am.DomainError, "pow"),
        ("9**9**9", am.RangeError, "pow"),
        ("1/0", am.DivisionError, "divide"),
    ],
)
def test_what_an_op_raises_is_named(text, kind, says):
    statements = parse(text)
    with pytest.raises(kind, match=says):
        record(statements, dict.fromkeys(wanted(statements), 5))


# Size -------------------------------------------------------------------------------------------


def test_length_is_bounded_before_anything_is_read():
    text = "a+" * (MAX_LENGTH // 2) + "a"
    error = refusal(text, a=1)
    assert error.column == MAX_LENGTH + 1
    assert str(error) == f"the expression has {len(text)} characters, more than {MAX_LENGTH}"


def test_depth_is_bounded():
    assert result_of("-" * (MAX_DEPTH - 1) + "a", a=1) == -1
    for text in ("-" * MAX_DEPTH + "a", "+" * MAX_DEPTH + "a", "a" + "**a" * MAX_DEPTH):
        assert f"more than {MAX_DEPTH} operations within one another" in str(refusal(text))
    assert result_of("a" + "+a" * (MAX_DEPTH - 1), a=1) == MAX_DEPTH


def test_many_statements():
    text = "x0 = a + 1\n" + "\n".join(f"x{i + 1} = x{i} + 1" for i in range(200))
    assert result_of(text, a=0) == 201


@pytest.mark.parametrize(
    "text",
    [
        "-" * (MAX_LENGTH - 1) + "1",
        "(" * (MAX_LENGTH - 1),
        "(" * 199 + "1" + ")" * 199,
        "1" + "**-1" * 900,
        "exp(" * 190 + "1" + ")" * 190,
        "9" * MAX_LENGTH,
        "9**" * 900 + "9",
        "1" + ";1" * 1900,
        "=" * MAX_LENGTH,
    ],
)
def test_long_texts_are_answered_at_once(text):
    start = time.perf_counter()
    with contextlib.suppress(am.AutogradError):
        nodes_of(text)
    assert time.perf_counter() - start < 1


def test_a_nearly_full_stack_gives_our_error():
    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        else:
            parse("-" * 3000 + "1")

    with pytest.raises(am.ExpressionError, match="within one another"):
        deep(sys.getrecursionlimit() // 2)


LIKELY = st.text(alphabet="abJx12.0e_+-*/()=;, \n\texplogsinhypot", max_size=60)


@given(st.one_of(st.text(max_size=60), LIKELY))
@settings(deadline=1000, max_examples=400)
def test_any_text_gives_nodes_or_our_error(text):
    try:
        statements = parse(text)
        nodes = record(statements, dict.fromkeys(wanted(statements), 0.5))
        (*_, result) = nodes.values()
        result.backward()
    except am.AutogradError:
        return
    assert all(node.label == name for name, node in nodes.items())
    assert result.grad == 1
