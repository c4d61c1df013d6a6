"""What a picture says: names, values, dvars, contributions, and what it leaves unsaid."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.formula import expression
from autograd_mini.primitive import TABLE, Primitive
from tests.draw.graphs import lecture, logistic, network, vectorised
from tests.draw.reading import Seen, look

GOLDEN = Path(__file__).parent / "golden"
README_PICTURE = Path(__file__).parents[2] / "docs" / "J.svg"


def lines(J: am.Node) -> list[str]:
    """The bold line of every box."""
    return [box.text("expression") for box in look(J).boxes]


# The lecture's graph ------------------------------------------------------------------------------


def test_the_lectures_graph_shows_each_variable_its_value_and_its_dvar() -> None:
    J = lecture()
    J.backward()
    seen = look(J)
    shown = [(b.text("expression"), b.text("value"), b.text("dvar")) for b in seen.boxes]
    assert shown == [
        ("a", "5", "da = 3"),
        ("b", "3", "db = 6"),
        ("c", "2", "dc = 9"),
        ("u = b·c", "6", "du = 3"),
        ("v = a + u", "11", "dv = 3"),
        ("J = 3·v", "33", "dJ = 1"),
    ]
    assert [arrow.label for arrow in seen.backward] == [
        "3 × 2 = 6",
        "3 × 3 = 9",
        "3 × 1 = 3",
        "3 × 1 = 3",
        "1 × 3 = 3",
    ]
    assert len(seen.forward) == 5


def test_hover_and_description_tell_all_of_it() -> None:
    J = lecture()
    J.backward()
    seen = look(J)
    assert seen.box("u").hover == "u = b·c\nvalue 6.0\ndJ/du = 3.0"
    assert seen.box("u").label == "operation u = b·c, value 6, du = 3"
    assert seen.backward[0].hover == "dJ/db gets dJ/du × du/db = 3.0 × 2.0 = 6.0"
    assert seen.title == "Computation graph of J = 3·v, 6 nodes"
    assert "input b, value 3, db = 6; input c" in seen.description
    assert seen.description.endswith("output J = 3·v, value 33, dJ = 1")


def test_the_legend_explains_the_arrows_and_the_names() -> None:
    J = lecture()
    J.backward()
    assert look(J).foot == [
        "forward: values",
        "backward: upstream × local = contribution",
        "da is short for dJ/da",
    ]


def test_nothing_is_red_before_backward() -> None:
    J = lecture()
    am.draw(J.parents[0]).svg  # noqa: B018  # a picture leaves no trace in what it shows
    seen = look(J)
    assert seen.backward == []
    assert [line.role for box in seen.boxes for line in box.lines] == ["expression", "value"] * 6
    assert seen.foot == ["forward: values"]
    assert "dvar" not in seen.description
    assert "dJ" not in am.draw(J, engine="builtin").svg


def test_gradients_left_by_another_backward_are_not_shown_as_this_ones() -> None:
    J = lecture()
    J.parents[0].backward()
    assert look(J).box("a").text("dvar") == ""


def test_a_picture_keeps_what_was_true_when_it_was_drawn() -> None:
    J = lecture()
    before = am.draw(J, engine="builtin")
    J.backward()
    assert "da = 3" not in before.svg
    assert "da = 3" in am.draw(J, engine="builtin").svg


def test_a_part_of_a_larger_graph_does_not_claim_its_gradients() -> None:
    J = lecture()
    J.backward()
    seen = look(J.parents[0])
    assert seen.box("a").text("dvar") == "da = 3"
    assert seen.box("a").hover.endswith("da = 3.0")
    assert seen.foot[-1] == "dvar: the derivative of what backward() was called on"


@pytest.mark.parametrize("golden", [README_PICTURE, GOLDEN / "J.dot"], ids=["svg", "dot"])
def test_the_lectures_picture_is_just_so(golden: Path) -> None:
    """Meant to change it? Look at the new picture, then save it over the golden one."""
    J = lecture()
    J.backward()
    drawing = am.draw(J, engine="builtin")
    written = drawing.svg if golden.suffix == ".svg" else drawing.dot
    assert written == golden.read_text(encoding="utf-8")


def test_two_pictures_on_a_page_do_not_share_ids_and_one_picture_twice_is_the_same() -> None:
    J = lecture()
    plain, again = am.draw(J).svg, am.draw(J).svg
    J.backward()
    red = am.draw(J).svg
    assert plain == again
    ids = [
        {e.attrib["id"] for e in Seen(svg).root.iter() if "id" in e.attrib} for svg in (plain, red)
    ]
    assert len(ids[0]) == len(ids[1]) == 2
    assert ids[0].isdisjoint(ids[1])


# Names --------------------------------------------------------------------------------------------


def test_without_labels_expressions_stand_for_themselves() -> None:
    J = lecture(labels=False)
    J.backward()
    seen = look(J)
    assert lines(J) == ["x₁", "x₂", "x₃", "x₂·x₃", "x₁ + x₂·x₃", "J = 3·(x₁ + x₂·x₃)"]
    assert seen.boxes[3].text("dvar") == "d(x₂·x₃) = 3"
    assert seen.foot[-1] == "dx₁ is short for dJ/dx₁"


def test_a_long_expression_gets_a_name_nobody_has() -> None:
    x = am.Value(1.0, "t₁")
    long = am.exp(x) * am.sin(x) + am.tanh(x)
    J = am.Value(2.0, "J")
    assert "t₂ = exp(t₁)·sin(t₁)" in lines(long * J)
    assert lines(long * J)[-1] == "output = t₃·J"


def test_no_name_looks_like_a_label() -> None:
    """x₁ beside x1 would be two names for the eye, and one for the ear."""
    assert lines(am.Value(2.0) * am.Value(3.0, "x1")) == ["x₂", "x1", "J = x₂·x1"]


def test_nodes_of_one_label_are_told_apart_as_in_the_table_of_dvars() -> None:
    J = am.Value(1.0, "a") * am.Value(2.0, "a")
    J.backward()
    assert lines(J) == ["a", "a#2", "J = a·a#2"]
    assert [box.text("dvar") for box in look(J).boxes[:2]] == ["da = 2", "da#2 = 1"]
    assert [*am.dvars(J)] == ["da", "da#2"]
    long = "x" * 1000
    assert lines(am.Value(1.0, long) * am.Value(2.0, long))[1] == "x" * 23 + "…#2"


def test_labels_of_several_words_are_bracketed_in_their_dvar() -> None:
    J = 2 * am.Value(1.0, "my weight")
    J.backward()
    assert look(J).boxes[0].text("dvar") == "d(my weight) = 2"


@pytest.mark.parametrize("label", [" \n", "\u200e" * 0, None])
def test_a_label_without_a_visible_sign_is_none(label: str | None) -> None:
    assert lines(am.Value(1.0, label) * 2) == ["x₁", "J = x₁·2"]


HOSTILE = [
    "<script>alert('x')</script>",
    "</script><!--<b>",
    "]]> & \" ' --> <![CDATA[",
    "two\nlines\ttabbed\r\nmore",
    "שלום עולם",
    "\u202eturned\u2066",
    "🎉漢字é",
    "\x00\x07\ud800\uffff",
    "\\N \\n {a|b} <b>",
    "x" * 10_000,
    "%s {0} $x \\",
]


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_but_text(label: str) -> None:
    a = am.Value(5.0, label)
    J = a * a + 1
    J.label = label
    J.backward()
    drawing = am.draw(J, engine="builtin")
    seen = Seen(drawing.svg)
    assert len(seen.boxes) == 3
    assert {e.tag.rpartition("}")[2] for e in seen.root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "g", "path", "polygon", "text")
    }
    assert all("\n" not in line.text for box in seen.boxes for line in box.lines)
    assert all(box.frame.right - box.frame.left < 700 for box in seen.boxes)
    assert drawing.dot.count("\n") == am.draw(lecture(), engine="builtin").dot.count("\n") - 2
    drawing.svg.encode()
    drawing.html.encode()
    drawing.dot.encode()


def test_a_label_that_was_cut_is_whole_on_hover() -> None:
    label = "".join(f"word{i}" for i in range(2000))
    box = look(am.Value(1.0, label)).boxes[0]
    assert box.text("expression").endswith("…")
    assert len(box.text("expression")) < 30
    assert label in box.hover


# Expressions --------------------------------------------------------------------------------------

x, y, z = am.Value(2.0, "x"), am.Value(3.0, "y"), am.Value(4.0, "z")
X, Y = am.Tensor(np.ones((2, 3)), "X"), am.Tensor(np.ones((3, 2)), "Y")
T = am.Tensor(np.ones((1, 2, 3)), "T")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: x * (y + z), "x·(y + z)"),
        (lambda: x - (y - z), "x − (y − z)"),
        (lambda: x + (y - z), "x + y − z"),
        (lambda: x / (y * z), "x / (y·z)"),
        (lambda: (x + y) % z, "(x + y) % z"),
        (lambda: x + y % z, "x + y % z"),
        (lambda: (x / y) / z, "x / y / z"),
        (lambda: x * -2.0, "x·(−2)"),
        (lambda: -2.0 * x, "−2·x"),
        (lambda: x + (-y), "x + (−y)"),
        (lambda: -(x + y), "−(x + y)"),
        (lambda: np.positive(x + y), "+(x + y)"),
        (lambda: x**2, "x²"),
        (lambda: x**-1, "x⁻¹"),
        (lambda: x**0.5, "x^0.5"),
        (lambda: x ** float("inf"), "x^inf"),
        (lambda: (x + y) ** 2, "(x + y)²"),
        (lambda: 2**x, "2^x"),
        (lambda: x ** (y + z), "x^(y + z)"),
        (lambda: am.exp(-x), "exp(−x)"),
        (lambda: am.maximum(x, 0), "maximum(x, 0)"),
        (lambda: X @ Y, "X @ Y"),
        (lambda: 2 * (X @ Y), "2·(X @ Y)"),
        (lambda: X.T, "X.T"),
        (lambda: (X + 1).T, "(X + 1).T"),
        (
            lambda: am.transpose(am.Tensor(np.ones((1, 2, 3)), "T"), (1, 0, 2)),
            "transpose(T, (1, 0, 2))",
        ),
        (lambda: X.sum(), "sum(X)"),
        (lambda: X.sum(axis=0), "sum(X, axis=0)"),
        (lambda: X.sum(axis=(0, 1), keepdims=True), "sum(X, axis=(0, 1), keepdims=True)"),
        (lambda: am.std(X, 1), "std(X, axis=1)"),
        (lambda: am.var(X, 1, ddof=1), "var(X, axis=1, ddof=1)"),
        (lambda: am.norm(X), "norm(X)"),
        (lambda: X.reshape(3, 2), "reshape(X, (3, 2))"),
        (lambda: X[0], "X[0]"),
        (lambda: X[:, 1:], "X[:, 1:]"),
        (lambda: X[..., ::-1], "X[…, ::-1]"),
        (lambda: X[None, [0, 1]], "X[None, [0 1]]"),
        (lambda: X * np.ones((2, 3)), "X·[2×3]"),
        (lambda: X * np.array([1.0, 2, 3]), "X·[1 2 3]"),
        (lambda: am.Tensor(np.ones(5), "v") + np.arange(5.0), "v + [0 1 … 4]"),
        (lambda: am.concatenate([X, X], axis=1), "concatenate(X, X, axis=1)"),
        (lambda: am.direction(x, y), "x / hypot(x, y)"),
        (lambda: am.stack([x, y, z, x, y]), "stack(x, y, …, y, axis=0)"),
        (lambda: am.einsum("ij,jk->ik", X, Y), "einsum(X, Y, ij,jk->ik)"),
    ],
)
def test_expressions_are_written_as_one_would(make: Callable[[], am.Node], text: str) -> None:
    assert lines(make())[-1] == f"J = {text}"


@pytest.mark.parametrize("op", TABLE.values(), ids=TABLE)
def test_every_op_of_the_table_is_written(op: Primitive) -> None:
    operands = [am.Value(1.0, f"p{i}") for i in range(len(op.rules) or 2)]
    text, _ = expression(op, [*operands, *[()] * op.statics], lambda node: (str(node.label), 10))
    assert all(str(operand.label) in text for operand in operands)
    assert op.name in text or op.symbol or text in ("p0[]", "p0.T", "p0 / hypot(p0, p1)")


# Numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (33.0, "33"),
        (2.718281828, "2.718"),
        (-0.5, "−0.5"),
        (-0.0, "0"),
        (12288.0, "12288"),
        (123456.789, "1.235e5"),
        (999_999.0, "999999"),
        (1_234_567.0, "1.235e6"),
        (-1.2345678e150, "−1.235e150"),
        (1.5e-9, "1.5e−9"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (np.float64(2.0) * np.ones(()), "2"),
        (np.array([1.0, -2.5]), "(2,): [1 −2.5]"),
        (np.zeros((20, 200)), "(20, 200): all 0"),
        (np.arange(6.0).reshape(2, 3), "(2, 3): 0 … 5"),
        (np.array([[1.0, np.nan]]), "(1, 2): has nan"),
        (np.array([[1.0, 1.0 + 1e-9]]), "(1, 2): all 1"),
        (np.zeros((0, 3)), "(0, 3): empty"),
    ],
)
def test_values_are_short(data: float | np.ndarray, text: str) -> None:
    node = am.Value(data) if isinstance(data, float) else am.Tensor(data)
    assert look(node).boxes[0].text("value") == text


def test_hover_has_all_digits() -> None:
    assert "value 0.1" in look(am.Value(0.1)).boxes[0].hover
    assert "value 0.30000000000000004" in look(am.Value(0.1) + 0.2).boxes[1].hover
    hover = look(am.Tensor([0.1, 1 / 3])).boxes[0].hover
    assert hover.endswith("value shape (2,), float64: [0.1, 0.3333333333333333]")
    assert len(look(am.Tensor(np.arange(1e6))).boxes[0].hover) < 300


# Contributions ------------------------------------------------------------------------------------


def test_a_node_used_twice_has_an_arrow_for_each_use() -> None:
    a = am.Value(3.0, "a")
    J = a * a
    J.backward()
    seen = look(J)
    assert [arrow.label for arrow in seen.backward] == ["1 × 3 = 3", "1 × 3 = 3"]
    assert seen.box("a").text("dvar") == "da = 6"


def test_contributions_sum_to_the_dvar_in_every_box() -> None:
    """The numbers on the arrows into a box add up to its own, in all digits."""
    J = logistic()
    J.backward()
    seen = look(J)
    received: dict[str, float] = {}
    for arrow in seen.backward:
        name, _, factors = arrow.hover.partition(" gets ")
        received[name] = received.get(name, 0.0) + float(factors.rsplit("=", 1)[1])
    for box in seen.boxes[:-1]:
        name, _, value = box.hover.splitlines()[-1].partition(" = ")
        assert received[name] == pytest.approx(float(value), rel=1e-12)
    assert len(received) == len(seen.boxes) - 1


def test_the_dvars_of_logistic_regression_are_the_lectures() -> None:
    """L9: dz = a - y, dw1 = x1 dz, dw2 = x2 dz, db = dz, in the picture's own four digits."""
    J = logistic()
    J.backward()
    seen = look(J)
    a = 1 / (1 + np.exp(-(0.3 * 1.5 - 0.2 * 2.0 + 0.1)))
    expected = {"z": a - 1, "w1": 1.5 * (a - 1), "w2": 2 * (a - 1), "b": a - 1, "a": -1 / a}
    for name, value in expected.items():
        assert seen.box(name).text("dvar") == f"d{name} = {value:.4g}".replace("-", "−")


def test_a_tensors_broadcast_edge_says_how_it_was_summed_back() -> None:
    J = vectorised()
    J.backward()
    labels = [arrow.label for arrow in look(J).backward]
    assert sum(label.endswith(", summed over axis 1") for label in labels) == 1
    assert look(J).box("X").text("value").startswith("(20, 200): ")


def test_edges_of_tensors_have_their_factors_on_hover_and_the_legend_says_so() -> None:
    X, r = am.Tensor(np.arange(1.0, 7.0).reshape(2, 3), "X"), am.Tensor([[1.0, 2.0, 4.0]], "r")
    J = am.sum(X * r * 2)
    J.backward()
    seen = look(J)
    shown = {arrow.hover.split(" ")[0]: arrow for arrow in seen.backward}
    assert shown["dJ/dX"].label == "2 … 8"
    factors = "dJ/dX gets dJ/d(X·r) × d(X·r)/dX = (2, 3): all 2 × (2, 3): 1 … 4 = shape (2, 3)"
    assert shown["dJ/dX"].hover.startswith(factors)
    assert "(2, 3): all 2 × (2, 3): 1 … 6 = shape (1, 3)" in shown["dJ/dr"].hover
    assert shown["dJ/dr"].hover.endswith("[[10., 14., 18.]], summed over axis 0")
    assert shown["dJ/d(X·r·2)"].hover.count("= 1 × (2, 3): all 1 = ") == 1
    assert "backward: contributions; their sum is the dvar" in seen.foot


@pytest.mark.parametrize(
    ("shape", "own", "words"),
    [((4, 3), (3,), "axis 0"), ((4, 3), (4, 1), "axis 1"), ((2, 4, 3), (4, 1), "axes 0, 2")],
)
def test_summed_over(shape: tuple[int, ...], own: tuple[int, ...], words: str) -> None:
    J = am.sum(am.Tensor(np.ones(shape), "X") * am.Tensor(np.ones(own), "y"))
    J.backward()
    summed = next(arrow.label for arrow in look(J).backward if "summed" in arrow.label)
    assert summed.endswith(f", summed over {words}")


def test_a_number_among_arrays_is_summed_over_all() -> None:
    J = am.sum(am.Tensor(np.ones((2, 3)), "X") + am.Value(1.0, "b"))
    J.backward()
    assert "6, summed over all" in [arrow.label for arrow in look(J).backward]


def test_a_tensor_root_with_a_gradient_of_its_own() -> None:
    x = am.Tensor([1.0, 2.0], "x")
    y = x * 3
    y.backward(gradient=np.array([1.0, 10.0]))
    seen = look(y)
    assert seen.box("x").text("dvar") == "dx = [3 30]"
    assert "dvar: the derivative of what backward() was called on" in seen.foot


def test_no_times_stands_where_nothing_is_multiplied_number_by_number() -> None:
    J = vectorised()
    J.backward()
    told = {arrow.hover.partition(" = ")[0] for arrow in look(J).backward}
    assert "dJ/d(w.T) gets d(w.T @ X) @ X.T" in told
    assert "dJ/dX gets w.T.T @ d(w.T @ X)" in told
    assert "dJ/dw gets d(w.T).T" in told
    assert "dJ/db gets dJ/dZ × dZ/db" in told
    assert "dJ/dt₁ gets dJ/dJ × dJ/dt₁" in told
    rules = {
        arrow.flow.rule for arrow in am.draw(J, engine="builtin")._picture.arrows if arrow.flow
    }
    assert rules == {"", "d(w.T @ X) @ X.T", "w.T.T @ d(w.T @ X)", "d(w.T).T"}


def test_the_branch_not_taken_gets_a_zero_and_no_error() -> None:
    """sqrt has no derivative at 0; `where` did not take it, and neither does the picture."""
    x = am.Value(0.0, "x")
    J = am.where(x > 0, am.sqrt(x), 2 * x)
    J.backward()
    seen = look(J)
    assert seen.box("x").text("dvar") == "dx = 2"
    assert [a.label for a in seen.backward if "inf" in a.label or "nan" in a.label] == []


def test_in_arrays_too_what_was_not_taken_gets_a_zero() -> None:
    x = am.Tensor([0.0, 4.0], "x")
    with np.errstate(all="ignore"):
        J = am.sum(am.where(x.data > 0, am.sqrt(x), 2.0))
        J.backward()
    assert "[0 0.25]" in [arrow.label for arrow in look(J).backward]


def test_a_nan_of_the_gradient_itself_is_shown() -> None:
    x = am.Tensor([1.0, 2.0], "x")
    J = am.sum(x * np.array([np.nan, 1.0]))
    J.backward()
    assert look(J).backward[0].label == "[nan 1]"


def test_a_kink_gives_a_zero_that_was_computed() -> None:
    J = am.relu(am.Value(-1.0, "x"))
    J.backward()
    assert look(J).backward[0].label == "1 × 0 = 0"


def test_a_gradient_that_was_wiped_off_is_not_made_up() -> None:
    J = lecture()
    J.backward()
    a, u = J.parents[0].parents
    a.grad = u.grad = None
    seen = look(J)
    assert seen.box("a").text("dvar") == seen.box("u").text("dvar") == ""
    assert [arrow.label for arrow in seen.backward] == ["1 × 3 = 3"]
    assert seen.foot[-1] == "Where no backward arrow stands, what flows there is not known."


# Sizes --------------------------------------------------------------------------------------------


def test_one_leaf_is_an_input_and_the_output() -> None:
    (box,) = look(am.Value(5.0, "a")).boxes
    assert box.thick
    assert box.text("value") == "5"


def test_above_40_boxes_the_backward_arrows_are_left_out_and_the_dvars_stay() -> None:
    J = network([3, 4, 1])
    J.backward()
    seen = look(J)
    assert 40 < len(seen.boxes) <= 400
    assert seen.backward == []
    assert all(box.text("dvar") for box in seen.boxes)
    assert "The backward arrows are left out above 40 boxes or 80 arrows." in seen.foot


def test_notes_are_wrapped_to_the_picture() -> None:
    X = am.Tensor(np.ones((2, 2)), "X")
    seen = look(X)
    assert " ".join(seen.foot) == (
        "Of an array you see its shape, and its numbers or the smallest … the largest."
    )
    assert len(seen.foot) == 2


def test_only_nodes_are_drawn() -> None:
    with pytest.raises(am.DrawError, match="a float has none"):
        am.draw(33.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"engine": "neato"}, "engine is 'auto', 'dot' or 'builtin', not 'neato'"),
        ({"max_nodes": 0}, "max_nodes is a whole number from 1 up, not 0"),
        ({"max_nodes": 2.5}, "max_nodes is a whole number from 1 up"),
        ({"max_nodes": True}, "max_nodes is a whole number from 1 up, not True"),
        ({"depth": -1}, "depth is a whole number from 0 up"),
        ({"focus": am.Value(1.0, "other")}, "is no part of this graph"),
    ],
)
def test_options_without_sense_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(am.DrawError, match=words):
        am.draw(lecture(), **options)


def test_a_picture_shows_the_gradients_of_its_own_root() -> None:
    a = am.Value(2.0, "a")
    J = a * 3
    am.label(J=J)
    (J + a * 5).backward()
    assert look(J).box("a").text("dvar") == "da = 3"


# Data changed in place ----------------------------------------------------------------------------


def test_of_data_changed_since_no_sum_and_no_dvar_is_shown() -> None:
    x = am.Value(5.0, "x")
    u = x * x
    J = u * 3
    am.label(u=u, J=J)
    J.backward()
    x.data -= 0.1 * x.grad
    drawing = am.draw(J, engine="builtin")
    seen = look(J)
    assert seen.box("u").text("value") == "25"
    assert seen.box("x").text("value") == "2"
    assert all(box.text("dvar") == "" for box in seen.boxes)
    assert all(arrow.backward is None for arrow in drawing._picture.arrows)
    note = drawing._picture.notes[0]
    assert note.startswith("data was changed after it was used: u = x·x is 25, of before; of what")
    assert note.endswith(
        "it would be 4; no dvars are shown, as they would mix both; compute J anew"
    )
    assert [[mark.kind for mark in box.marks] for box in drawing._picture.boxes] == [
        [],
        ["changed"],
        [],
    ]
    assert drawing._picture.boxes[1].formula == ()
    assert drawing._picture.boxes[2].formula != ()
    assert "No live inputs: what inputs hold now is not what" in drawing.html
    with pytest.raises(am.errors.DrawError, match=r"compute J anew, call J\.backward\(\)"):
        drawing.save("J.html", exercise=True)


def test_what_was_changed_is_told_of_large_graphs_and_arrays_as_well() -> None:
    t = x = am.Value(0.5, "x")
    for _ in range(600):
        t = am.sin(t) + 0.1
    x.data = 0.75
    told = am.draw(t, engine="builtin")._picture.notes[0]
    assert told.startswith("data was changed after it was used: a result of sin is 0.4794, of")
    assert told.endswith("it would be 0.6816; compute J anew")
    y, many = am.Value(1.0, "y"), am.Tensor(np.arange(1.0, 9.0), "t")
    J = am.sum(many * many) + am.log(y)
    many.data[3] = 4.5
    y.data = -1.0
    told = am.draw(J, engine="builtin")._picture.notes[0]
    assert "1 … 64, of before; of what its operands hold now it would be a little else" in told
    assert "(and 1 more)" in told
    marks = [mark.text for box in am.draw(J)._picture.boxes for mark in box.marks]
    assert marks[1].endswith("it could not be computed")


@pytest.mark.parametrize("data", ["a", None])
@pytest.mark.parametrize("start", [1.0, [1.0]], ids=["Value", "Tensor"])
def test_a_leaf_that_was_assigned_what_is_no_number_is_named(start: Any, data: Any) -> None:
    leaf = am.Tensor(start, "x") if isinstance(start, list) else am.Value(start, "x")
    J = leaf * 2.0
    leaf.data = data
    for node in (J, leaf):
        with pytest.raises(am.OperandError, match=r"^x holds.* real number"):
            am.draw(node)
