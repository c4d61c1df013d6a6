"""The live page as a file: what it holds, what it may do, and that its numbers are the engine's."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.backward import contributions
from tests.draw.graphs import lecture, logistic, loop, network, tangled, vectorised
from tests.draw.test_pictures import HOSTILE


class Page(HTMLParser):
    """A page as its elements, the text in each kind of them, and what it knows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        text = self.texts["script"][0]
        self.known = json.loads(text if text[0] == "{" else base64.b64decode(text))
        # What is shown first; most pages have no other view.
        self.known |= {key: self.known["views"][0][key] for key in ("steps", "output")}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self.tags:
            self.texts[self.tags[-1][0]][-1] += data

    @property
    def cells(self) -> list[str]:
        return [text.strip() for text in self.texts["td"]]


def page(J: am.Node, **options: Any) -> Page:
    return Page(am.draw(J, engine="builtin", **options).html)


def exercise(J: am.Node) -> str:
    return am.draw(J, engine="builtin").save("J.html", exercise=True).read_text(encoding="utf-8")


# One file that loads nothing ----------------------------------------------------------------------


@pytest.mark.parametrize("practice", [False, True])
def test_the_policy_lets_only_the_pages_own_scripts_and_styles_run(practice: bool) -> None:
    J = lecture()
    J.backward()
    html = exercise(J) if practice else am.draw(J).html
    seen = Page(html)
    policy = next(attrs["content"] for tag, attrs in seen.tags if "http-equiv" in attrs)
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))

    def hashes(texts: list[str]) -> set[str]:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}

    scripts = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 1
    assert allowed["default-src"] == "'none'"
    assert set(allowed["script-src"].split()) == hashes(scripts)
    styles = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    assert set(allowed["style-src"].split()) == hashes(styles)
    assert len(styles) == 2


def test_nothing_comes_from_elsewhere_and_nothing_runs_by_an_attribute() -> None:
    html = am.draw(vectorised()).html
    for _, attributes in Page(html).tags:
        assert not {name for name in attributes if name.startswith("on")}
        assert not {"src", "href", "style", "action"} & set(attributes)
    assert not re.search(r"\beval\b|new Function|innerHTML|import\(|fetch\(|url\(", html)


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_but_text_in_the_page(label: str) -> None:
    a = am.Value(5.0, label)
    J = a * a + 1
    J.label = label
    J.backward()
    for html in (am.draw(J, engine="builtin").html, exercise(J)):
        seen = Page(html)
        assert [tag for tag, _ in seen.tags].count("script") == 2
        assert {tag for tag, _ in seen.tags} == {tag for tag, _ in Page(html).tags}
        assert html.count("</script") == 2
        assert "\u202e" not in html
        assert "�" not in label
        html.encode()


def test_the_static_picture_has_no_script() -> None:
    J = lecture()
    J.backward()
    assert "<script" not in am.draw(J).svg


# The numbers --------------------------------------------------------------------------------------


def test_the_lectures_page_goes_forward_and_then_backward() -> None:
    J = lecture()
    J.backward()
    known = page(J).known
    names = [box["name"] for box in known["boxes"]]
    assert names == ["a", "b", "c", "u", "v", "J"]
    arrows = [(names[arrow["source"]], names[arrow["target"]]) for arrow in known["arrows"]]
    told = [
        (kind, names[at] if kind != "edge" else "".join(reversed(arrows[at])))
        for kind, at in known["steps"]
    ]
    assert told == [
        *(("value", name) for name in names),
        ("dvar", "J"),
        *(("edge", pair) for pair in ("Jv", "va", "vu", "ub", "uc")),
    ]
    by_arrow = dict(zip(arrows, known["arrows"], strict=True))
    assert by_arrow["u", "v"]["slope"] == "dv/du"
    state = known["state"]
    assert state["values"] == [5.0, 3.0, 2.0, 6.0, 11.0, 33.0]
    assert state["grads"] == [3.0, 6.0, 9.0, 3.0, 3.0, 1.0]
    assert dict(zip(arrows, state["locals"], strict=True))["c", "u"] == 3.0
    assert dict(zip(arrows, state["parts"], strict=True))["c", "u"] == 9.0
    assert known["boxes"][5]["formula"] == ["3·", 4]


@pytest.mark.parametrize("seed", range(12))
def test_parts_and_running_sums_are_the_walks_own_to_the_last_bit(seed: int) -> None:
    J = tangled(seed, 30)
    J.backward()
    known = page(J).known
    state, arrows = known["state"], known["arrows"]
    sums: dict[int, float] = {}
    for kind, k in known["steps"]:
        if kind == "edge":
            source, target = arrows[k]["source"], arrows[k]["target"]
            before = sums.get(source)
            part = state["parts"][k]
            sums[source] = part if before is None else before + part
            assert state["totals"][k] == sums[source]
            assert state["grads"][target] * state["locals"][k] == pytest.approx(part, rel=1e-14)
    assert len(sums) == len(known["boxes"]) - 1
    assert {i: state["grads"][i] for i in sums} == sums


def test_a_node_is_taken_up_when_its_dvar_is_whole() -> None:
    J = tangled(3, 40)
    J.backward()
    known = page(J).known
    taken: set[int] = set()
    for kind, k in known["steps"]:
        if kind == "edge":
            taken.add(known["arrows"][k]["target"])
            assert known["arrows"][k]["source"] not in taken


def test_values_and_slopes_of_arrays_are_the_nodes_own() -> None:
    J = vectorised()
    J.backward()
    nodes = {node.label: node for node in am.node.ancestors(J) if node.label}
    known = page(J).known
    at = {box["name"]: i for i, box in enumerate(known["boxes"])}
    w = known["state"]["values"][at["w"]]
    assert w["cells"] == nodes["w"].data.tolist()
    assert w["shape"] == "(20, 1)"
    X = known["state"]["values"][at["X"]]
    assert (X["low"], X["high"]) == (nodes["X"].data.min(), nodes["X"].data.max())
    assert X["mean"] == pytest.approx(nodes["X"].data.mean(), rel=1e-12)
    assert X["each"] == [1, 7]
    assert np.shape(X["cells"]) == (20, 29)
    assert X["cells"][3][28] == pytest.approx(nodes["X"].data[3, 196:].mean())
    [note] = {arrow["note"] for arrow in known["arrows"]} - {""}
    assert note == ", summed over axis 1"
    assert known["boxes"][at["Z"]]["broadcast"] == ["b, of shape (1, 1), is broadcast to (1, 200)"]


def test_a_number_that_is_broadcast_is_called_one() -> None:
    J = am.sum(am.Value(2.0, "b") + am.Tensor(np.ones(3), "x"))
    told = [text for box in page(J).known["boxes"] for text in box["broadcast"]]
    assert told == ["b, one number, is broadcast to (3,)"]


@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 4), (50, 70), (1, 1)])
def test_any_shape_has_a_view(shape: tuple[int, ...]) -> None:
    J = am.sum(am.Tensor(np.full(shape, 2.0), "x"))
    J.backward()
    x = page(J).known["state"]["values"][0]
    assert x == 2.0 if shape == () else x["shape"] == str(shape)
    if shape and 0 not in shape:
        assert {cell for row in x["cells"] for cell in row} == {2.0}
        assert len(x["cells"]) <= 24
        assert len(x["cells"][0]) <= 32


def test_nan_and_inf_come_as_text_that_javascript_reads() -> None:
    x = am.Tensor([np.nan, np.inf, -np.inf], "x")
    J = am.sum(x)
    values = page(J).known["state"]["values"]
    assert values[0]["cells"] == [["NaN", "Infinity", "-Infinity"]]
    assert values[1] == "NaN"


def test_before_backward_there_is_nothing_of_dvars() -> None:
    seen = page(lecture())
    assert {kind for kind, _ in seen.known["steps"]} == {"value"}
    assert set(seen.known["state"]["grads"]) == {None}
    assert "dvar" not in " ".join(seen.texts["th"])
    assert seen.cells[:2] == ["input", "5"]


def test_the_table_tells_all_values_in_order() -> None:
    J = logistic()
    J.backward()
    seen = page(J)
    rows = [seen.cells[i : i + 4] for i in range(0, len(seen.cells), 4)]
    assert [text.strip() for text in seen.texts["th"][:5]] == [
        "variable",
        "is",
        "value",
        "dvar",
        "by differences",
    ]
    assert rows[0] == ["input", "1", "−0.15", "−0.15"]
    assert ["(1 − y)·log(1 − a)", "0", "−1", ""] in rows
    assert rows[-1] == ["−t₃", "0.621", "1", "1"]


def test_a_branch_not_taken_gets_nothing_and_says_so() -> None:
    x = am.Tensor([0.0, 4.0], "x")
    with np.errstate(divide="ignore"):
        J = am.sum(am.where(x.data > 0, am.log(x), 0.0))
    J.backward()
    known = page(J).known
    parts = dict(
        zip([arrow["slope"] for arrow in known["arrows"]], known["state"]["parts"], strict=True)
    )
    assert parts["d(log(x))/dx"]["cells"] == [[0.0, 0.25]]


def test_an_operand_that_is_there_twice_has_two_partial_derivatives() -> None:
    a = am.Value(3.0, "a")
    J = a * a
    J.backward()
    known = page(J).known
    assert [arrow["slope"] for arrow in known["arrows"]] == ["∂J/∂a", "∂J/∂a"]
    assert known["state"]["totals"] == [3.0, 6.0]


def test_a_derivative_by_one_of_several_ways_is_partial() -> None:
    def slopes(J: am.Node, **options: Any) -> list[str]:
        J.backward()
        known = page(J, **options).known
        return [arrow["slope"] for arrow in known["arrows"][: known["views"][0]["arrows"]]]

    b = am.Value(3.0, "b")
    J = b * b * b
    am.label(J=J)
    assert slopes(J) == ["∂(b·b)/∂b", "∂(b·b)/∂b", "dJ/d(b·b)", "∂J/∂b"]
    with am.scope("inner"):
        v = b * b + am.Value(2.0, "a")
    J = v * b
    am.label(v=v, J=J)
    assert slopes(J)[-2:] == ["dJ/dv", "∂J/∂b"]
    assert slopes(J, focus=J, depth=1) == ["", "dJ/dv", "∂J/∂b"]
    assert slopes(J, fold=True) == ["dv/db", "dJ/dv", "∂J/∂b"]
    assert slopes(lecture()) == ["du/db", "du/dc", "dv/da", "dv/du", "dJ/dv"]


def test_a_part_of_a_graph_knows_of_the_rest() -> None:
    J = network([2, 3, 1])
    J.backward()
    known = page(J, depth=3).known
    stubs = {i for i, box in enumerate(known["boxes"]) if box["stub"]}
    assert stubs
    assert stubs.isdisjoint({at for kind, at in known["steps"] if kind != "edge"})
    assert known["steps"][-1][0] == "edge"


def test_a_part_whose_users_are_hidden_has_its_dvar_in_one_step() -> None:
    J = lecture()
    J.backward()
    u = J.parents[0].parents[1]
    known = page(J, focus=u, depth=0).known
    at = next(i for i, box in enumerate(known["boxes"]) if box["name"] == "u")
    assert ["dvar", at] in known["steps"]


def test_a_folded_graph_has_a_page_too() -> None:
    J = loop(200)
    J.backward()
    known = page(J).known
    several = [i for i, box in enumerate(known["boxes"]) if "×" in box["detail"]]
    assert several
    texts = [known["state"]["values"][i]["text"] for i in several]
    assert all(texts)
    assert ["dvar", known["output"]] in known["steps"]


def test_a_scope_is_a_frame_or_a_box_of_the_page() -> None:
    x = am.Value(2.0, "x")
    with am.scope("layer"):
        h = am.tanh(x * 3)
    J = h * x
    am.label(h=h, J=J)
    J.backward()
    assert page(J).known["boxes"][0]["name"] == "x"
    boxes = page(J, fold=True).known["boxes"]
    [scope] = [i for i, box in enumerate(boxes) if box["role"] == "scope"]
    assert (boxes[scope]["name"], boxes[scope]["line"]) == ("h", "h = layer")
    seen = page(J, fold=True)
    assert seen.known["state"]["values"][scope]["text"]
    assert f"layer, {boxes[scope]['detail']}" in seen.cells


def test_a_box_of_several_results_has_no_slope_by_differences_of_one() -> None:
    x = am.Value(2.0, "x")
    with am.scope("layer"):
        h = [am.relu(x * -3), am.relu(x * 0)]
    J = h[0] * x + h[1]
    am.label({"h": h}, J=J)
    J.backward()
    known = page(J, fold=True).known
    [scope] = [i for i, box in enumerate(known["boxes"]) if box["role"] == "scope"]
    assert known["state"]["numeric"][scope] is None
    assert [mark["sign"] for mark in known["boxes"][scope]["marks"]] == ["0", "^"]


def test_a_large_graph_steps_along_its_arrows_though_none_is_red() -> None:
    J = network([3, 4, 4, 1])
    J.backward()
    known = page(J).known
    edges = [k for kind, k in known["steps"] if kind == "edge"]
    assert len(edges) == len(known["arrows"])


def test_a_page_keeps_what_was_true_when_it_was_drawn() -> None:
    x = am.Tensor([1.0, 2.0], "x")
    J = am.sum(x * x)
    J.backward()
    drawing = am.draw(J, engine="builtin")
    x.data[:] = 7.0
    x.grad[:] = 7.0
    known = Page(drawing.html).known
    assert known["state"]["values"][0]["cells"] == [[1.0, 2.0]]
    assert known["state"]["grads"][0]["cells"] == [[2.0, 4.0]]


def test_what_flows_is_what_the_rules_say() -> None:
    """Against `contributions`, which asks each rule by itself."""
    J = logistic()
    J.backward()
    known = page(J).known
    nodes = am.node.ancestors(J)
    arrows = iter(zip(known["arrows"], known["state"]["parts"], strict=True))
    for node in nodes:
        for part in contributions(node, node.grad):
            if part is not None:
                arrow, said = next(arrows)
                assert nodes[arrow["target"]] is node
                assert said == part


# Marks --------------------------------------------------------------------------------------------


def marks(J: am.Node) -> dict[str, list[str]]:
    return {
        box["name"]: [mark["sign"] for mark in box["marks"]]
        for box in page(J).known["boxes"]
        if box["marks"]
    }


def test_a_kink_and_a_dead_relu_are_marked() -> None:
    z, y = am.Value(0.0, "z"), am.Value(-2.0, "y")
    J = am.relu(z) + am.relu(y)
    assert marks(J) == {"relu(z)": ["^"], "relu(y)": ["0"]}
    svg = am.draw(J).svg
    assert svg.count("a kink: the derivative jumps here") == 3  # description, box and legend
    assert "relu(y = −2): below 0, so its derivative is 0" in svg


def test_a_kink_says_where_it_is_and_what_was_taken() -> None:
    for z, said in (
        (am.Value(0.0, "z"), "relu(z = 0) is at a kink; derivative taken by z: 0"),
        (
            am.Tensor([1.0, 0.0], "z"),
            "relu(z = shape (2,)) is at a kink (1 of 2, first [1]); derivative taken by z: 0",
        ),
    ):
        box = page(am.sum(am.relu(z))).known["boxes"][1]
        assert [mark["text"] for mark in box["marks"]] == [said]


def test_marks_write_numbers_as_the_picture_does() -> None:
    J = am.maximum(am.Value(-1e-7, "x"), -1e-7) + am.relu(am.Value(-2.0))
    told = [mark["text"] for box in page(J).known["boxes"] for mark in box["marks"]]
    assert told == [
        "maximum(x = −1e−7, −1e−7) is at a kink; derivative taken by x: 0.5",
        "relu(−2): below 0, so its derivative is 0",
    ]


def test_of_a_box_of_several_results_the_derivatives_are_named_together() -> None:
    with am.scope("layer 1"):
        x, w = am.Value(-1.0, "x"), am.Value(2.0, "w")
        h = am.relu(x * w)
    J = h * w
    am.label(h=h, J=J)
    J.backward()
    seen = page(J, fold=True)
    layer = next(box for box in seen.known["boxes"] if box["name"] == "layer 1")
    assert (layer["dname"], layer["derivative"]) == ("dw … dh", "dJ/dw … dJ/dh")
    assert "dJ/dw … dJ/dh get what flows back from J = [0 2]" in am.draw(J, fold=True).svg


def test_a_relu_of_a_layer_is_dead_when_all_of_it_is() -> None:
    X = am.Tensor([[-1.0, 2.0]], "X")
    assert marks(am.sum(am.relu(X))) == {}
    assert marks(am.sum(am.relu(-X * X))) == {"relu(−X·X)": ["0"]}
    assert marks(am.sum(am.relu(am.Tensor(np.zeros((0, 2)), "X")))) == {}


def test_the_birthplace_of_a_nan_is_marked_and_not_what_it_reaches() -> None:
    p = am.Tensor([0.5, 0.0], "p")
    with np.errstate(all="ignore"):
        J = am.sum(p * am.log(p))
    assert marks(J) == {"log(p)": ["!"]}
    with np.errstate(all="ignore"):
        J.backward()
    assert set(page(J).known["state"]["numeric"]) == {None}


def test_a_derivative_that_differences_do_not_confirm_is_marked() -> None:
    cube = am.custom_vjp(lambda x: x**3, lambda g, z, x: g * 7 * x**2)
    x = am.Value(2.0, "x")
    J = cube(x) + x
    am.label(J=J)
    J.backward()
    found = marks(J)
    assert found["x"] == ["≠"]
    assert len(found) == 2
    known = page(J).known
    assert known["boxes"][0]["marks"][0]["text"] == "backward says 29, differences say 13"
    assert known["state"]["numeric"][0] == pytest.approx(13.0)
    [text] = {mark["text"] for box in known["boxes"][1:] for mark in box["marks"]}
    assert "is wrong" in text


def test_right_derivatives_have_no_mark() -> None:
    for J in (lecture(), logistic(), vectorised()):
        J.backward()
        assert marks(J) == {}


def test_differences_of_large_arrays_are_no_numbers_of_theirs() -> None:
    J = vectorised()
    J.backward()
    known = page(J).known
    checked = {
        box["name"] for box, x in zip(known["boxes"], known["state"]["numeric"], strict=True) if x
    }
    assert checked == {"w", "b", "J"}


def test_an_op_that_fails_when_asked_anew_is_drawn_and_the_note_says_why() -> None:
    def only_at_one(x: float) -> float:
        return {1.0: 2.0}[x]

    x = am.Value(1.0, "x")
    J = am.custom_vjp(only_at_one, lambda g, z, x: 2 * g)(x)
    J.backward()
    assert "Looking for what is amiss stopped at KeyError" in am.draw(J).svg


# Practice -----------------------------------------------------------------------------------------


def test_an_exercise_does_not_give_its_answers_away() -> None:
    w, x = am.Value(1.2345, "w"), am.Value(0.4321, "x")
    J = am.sin(w * x) * w
    am.label(J=J)
    J.backward()
    html = exercise(J)
    answers = [f"{abs(node.grad):.4g}" for node in am.node.ancestors(J) if node is not J]
    known = {f"{abs(node.data):.4g}" for node in am.node.ancestors(J)}
    assert all(answer in am.draw(J).html for answer in answers)
    assert not [answer for answer in set(answers) - known if answer in html]
    assert "dw = ?" in html
    assert "by differences" not in html
    assert Page(html).known["state"]["grads"][0] == w.grad


def test_an_exercise_keeps_the_marks_that_tell_no_number() -> None:
    z = am.Value(-1.0, "z")
    J = am.relu(z) * 2
    J.backward()
    assert "a dead relu" in exercise(J)


def test_an_exercise_is_a_page_with_dvars() -> None:
    drawing = am.draw(lecture())
    with pytest.raises(am.DrawError, match=r"saved as \.html, not 'J\.svg'"):
        drawing.save("J.svg", exercise=True)
    with pytest.raises(am.DrawError, match=r"call J\.backward\(\) before you draw J"):
        drawing.save("J.html", exercise=True)


def test_an_exercise_of_arrays_hides_what_flows_without_factors() -> None:
    J = vectorised()
    J.backward()
    html = exercise(J)
    assert "summed over axis 1" not in html


# Colours ------------------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours as #rrggbb."""

    def light(colour: str) -> float:
        parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_and_lines_stand_out_from_what_they_stand_on(scheme: int) -> None:
    style = Page(am.draw(lecture()).html).texts["style"][0]
    root = re.findall(r":root{(.*?)}", style)[scheme]
    colours = dict(pair.split(":") for pair in root.removeprefix("--").rstrip(";").split(";--"))
    for fill in ("page", "operation", "input"):
        for text in ("expression", "detail", "value", "dvar"):
            assert contrast(colours[text], colours[fill]) >= 4.5, (text, fill)
        for line in ("outline", "forward", "backward", "pick", "low", "high", "badge"):
            assert contrast(colours[line], colours[fill]) >= 3, (line, fill)
    assert contrast(colours["sign"], colours["badge"]) >= 4.5


def test_a_wide_picture_is_printed_on_paper_that_lies() -> None:
    a = am.Value(2.0, "a")
    for J, lies in ((3 * a, False), (am.sin(am.exp(am.tanh(am.cos(3 * a)))) + a, True)):
        J.backward()
        assert ("size: landscape" in am.draw(J, engine="builtin").html) == lies
