"""The live page as a reader has it: headless Chromium, its keys, its mouse, its console."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.text import number
from tests.draw.graphs import by_loops, lecture, logistic, loop, network, tangled, vectorised
from tests.draw.test_pictures import HOSTILE
from tests.support.browser import MARKS, Open, browser, visit

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = MARKS
__all__ = ["browser", "visit"]  # fixtures


@pytest.fixture
def show(visit: Open) -> Open:
    """Opens the page of a graph, or a file."""

    def opened(
        J: am.Node | Path, *, at: str = "", exercise: bool = False, draw: Any = None, **media: Any
    ) -> Any:
        if isinstance(J, Path):
            return visit(J, at, media)
        drawing = am.draw(J, engine="builtin", **(draw or {}))
        return visit(drawing.save("page.html", exercise=exercise).resolve(), at, media)

    return opened


def differentiated(make: Callable[[], am.Node] = lecture) -> am.Node:
    J = make()
    J.backward()
    return J


def says(page: Any) -> str:
    return page.locator("#says").inner_text()


def box(page: Any, name: str) -> Any:
    """The node whose line begins so."""
    at = page.locator("th[scope=row]").all_inner_texts().index(name)
    return page.locator(f"[data-box='{at}']")


def texts(page: Any, name: str) -> list[str]:
    return [text for text in box(page, name).locator("text").all_text_contents() if text]


def fields(page: Any, answers: dict[str, str]) -> None:
    for name, text in answers.items():
        page.get_by_label(f"dJ/d{name}", exact=True).fill(text)
        page.keyboard.press("Enter")


# Steps --------------------------------------------------------------------------------------------

LECTURE = [
    "The graph as it was recorded. Step on: values flow from left to right.",
    "Forward: a = 5, an input.",
    "Forward: b = 3, an input.",
    "Forward: c = 2, an input.",
    "Forward: u = b·c = 3·2 = 6.",
    "Forward: v = a + u = 5 + 6 = 11.",
    "Forward: J = 3·v = 3·11 = 33.",
    "Backward: dJ/dJ = 1, where we start.",
    "Backward: dv = dJ/dJ × dJ/dv = 1 × 3 = 3.",
    "Backward: da = dJ/dv × dv/da = 3 × 1 = 3.",
    "Backward: du = dJ/dv × dv/du = 3 × 1 = 3.",
    "Backward: db = dJ/du × du/db = 3 × 2 = 6.",
    "Backward: dc = dJ/du × du/dc = 3 × 3 = 9.",
]


def test_the_lecture_step_by_step_with_keys(show: Open) -> None:
    page = show(differentiated())
    assert says(page) == LECTURE[-1]
    page.keyboard.press("Home")
    told = [says(page)]
    for _ in LECTURE[1:]:
        page.keyboard.press("ArrowRight")
        told.append(says(page))
    assert told == LECTURE
    page.keyboard.press("ArrowRight")
    assert says(page) == LECTURE[-1]
    page.keyboard.press("ArrowLeft")
    assert says(page) == LECTURE[-2]
    page.keyboard.press("Home")
    page.keyboard.press("End")
    assert says(page) == LECTURE[-1]
    assert page.locator("#says").get_attribute("aria-live") == "polite"


def test_what_is_not_reached_is_nowhere_in_the_page(show: Open) -> None:
    w, x = am.Value(1.2345, "w"), am.Value(0.4321, "x")
    J = am.tanh(am.sin(w * x) * w)
    am.label(J=J)
    J.backward()
    page = show(J, at="#step=2")
    shown = page.evaluate(
        "() => { document.querySelectorAll('script').forEach((s) => s.remove());"
        "return document.documentElement.outerHTML }"
    )
    assert "1.234" in shown
    assert "0.4321" in shown
    later = [node.data for node in am.node.ancestors(J)[2:]]
    later += [node.grad for node in am.node.ancestors(J) if node is not J]
    assert not [x for x in map(number, later) if x in shown]
    assert page.locator("g[data-arrow] path").count() > 3
    assert page.locator("g[data-arrow] path").filter(visible=True).count() == 0


def test_a_picture_at_its_last_step_is_the_static_one(show: Open) -> None:
    for make in (lecture, logistic, vectorised, partial(tangled, 3, 20), partial(loop, 200)):
        J = differentiated(make)
        page = show(J)
        for role in ("value", "dvar", "expression"):
            selector = f".picture > svg:not([hidden]) .am-{role}"
            now = page.locator(selector).all_text_contents()
            page.evaluate(
                "(svg) => { const drawn = new DOMParser().parseFromString(svg, 'image/svg+xml');"
                "document.querySelector('main').before(document.importNode(drawn.firstChild, 1)) }",
                am.draw(J, engine="builtin").svg,
            )
            drawn = page.locator(f"body > svg .am-{role}").all_text_contents()
            assert sorted(now) == sorted(drawn)  # arrows' labels are above boxes here
            page.evaluate("document.querySelector('body > svg').remove()")


def test_numbers_are_written_as_in_the_static_picture(show: Open) -> None:
    rng = np.random.default_rng(0)
    data = [0.0, -0.0, 1234.5, -1235.5, 0.00012345, 999999.0, 1e6, 0.1, 2.5e-7, 99995.0, 9999.5]
    data += [*(rng.normal(size=150) * 10.0 ** rng.integers(-12, 12, 150)), *(np.arange(50) + 0.5)]
    J = am.Value(data[0])
    for x in data[1:]:
        J = J + am.Value(float(x))
    page = show(J, draw={"max_nodes": 2000})
    cells = page.locator("tbody tr:has(td:text-is('input')) td.value").all_inner_texts()
    assert sorted(cells) == sorted(map(number, data))


def test_sums_grow_where_a_node_is_used_more_than_once(show: Open) -> None:
    b = am.Value(3.0, "b")
    J = b * b + 4 * b
    am.label(J=J)
    J.backward()
    page = show(J)
    last = page.locator("#at").get_attribute("max")
    seen = []
    for step in range(int(last) + 1):
        page.evaluate(f"location.hash = 'step={step}'")
        page.wait_for_function(f"document.querySelector('#at').value == {step}")
        if "db +=" in says(page):
            about = page.locator("#about .dvar").inner_text()
            seen.append((says(page).split("; ")[1], texts(page, "b")[2], about.split(" = ")[-1]))
            checked = page.locator("tr:has(th:text-is('b')) td.numeric").inner_text()
            assert checked == ("10" if seen[2:] else "")
    assert seen == [
        ("db is now 4.", "db = 4", "4, so far"),
        ("db is now 7.", "db = 7", "7, so far"),
        ("db is now 10.", "db = 10", "10"),
    ]


def test_the_buttons_and_the_slider(show: Open) -> None:
    page = show(differentiated())
    page.get_by_role("button", name="First step").click()
    page.get_by_role("button", name="Step on").click()
    page.get_by_role("button", name="Step on").click()
    assert says(page) == LECTURE[2]
    page.get_by_role("button", name="Step back").click()
    assert says(page) == LECTURE[1]
    slider = page.get_by_role("slider", name="Step")
    slider.fill("8")
    assert says(page) == LECTURE[8]
    assert slider.get_attribute("aria-valuetext") == "step 8 of 12"
    slider.press("ArrowRight")
    assert says(page) == LECTURE[9]
    page.get_by_role("button", name="Last step").click()
    assert page.locator("#count").inner_text() == "step 12 of 12"


def test_play_goes_on_by_itself_and_space_stops_it(show: Open) -> None:
    page = show(differentiated())
    page.clock.install()
    page.keyboard.press("Space")
    assert says(page) == LECTURE[0]
    page.clock.run_for(1300)
    assert says(page) == LECTURE[1]
    page.clock.run_for(1300)
    page.keyboard.press("Space")
    page.clock.run_for(5000)
    assert says(page) == LECTURE[2]
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(20_000)
    assert says(page) == LECTURE[-1]
    assert page.get_by_role("button", name="Play").is_visible()


def test_a_step_has_an_address(show: Open) -> None:
    page = show(differentiated(), at="#step=7")
    assert says(page) == LECTURE[7]
    page.keyboard.press("ArrowRight")
    assert page.evaluate("location.hash") == "#step=8"
    page.evaluate("location.hash = 'step=4'")
    page.wait_for_function("document.querySelector('#at').value == 4")
    assert says(page) == LECTURE[4]
    assert says(show(differentiated(), at="#step=99")) == LECTURE[-1]
    assert says(show(differentiated(), at="#no<step>")) == LECTURE[-1]


def test_before_backward_there_are_only_forward_steps(show: Open) -> None:
    page = show(lecture())
    assert page.locator("#count").inner_text() == "step 6 of 6"
    assert says(page) == LECTURE[6]


def test_broadcasting_and_the_summing_back_are_told(show: Open) -> None:
    page = show(differentiated(vectorised))
    told = []
    page.keyboard.press("Home")
    for _ in range(int(page.locator("#at").get_attribute("max"))):
        page.keyboard.press("ArrowRight")
        told.append(says(page))
    assert any("b, of shape (1, 1), is broadcast to (1, 200)" in text for text in told)
    assert any("summed over axis 1, as b was broadcast" in text for text in told)


# Asking -------------------------------------------------------------------------------------------


def test_a_node_in_full_and_its_way_to_the_result(show: Open) -> None:
    page = show(differentiated())
    box(page, "b").hover()
    about = page.locator("#about").inner_text()
    assert "b = 3" in about
    assert "dJ/db = dJ/du × du/db = 3 × 2 = 6" in about
    assert "By differences: 6" in about or "By differences: 5.99" in about
    way = page.locator("[data-box].way").evaluate_all("all => all.map(e => e.dataset.box)")
    assert way == ["1", "3", "4", "5"]
    box(page, "u").focus()
    assert "u = 3·2 = 6" in page.locator("#about").inner_text()


def test_every_path_between_two_picked_nodes_with_its_product(show: Open) -> None:
    b, c = am.Value(3.0, "b"), am.Value(2.0, "c")
    u = b * c
    J = u * b + b
    am.label(u=u, J=J)
    J.backward()
    page = show(J)
    box(page, "J").click()
    assert "J is picked" in page.locator("#ways").inner_text()
    box(page, "b").click()
    ways = page.locator("#ways").inner_text()
    assert "3 paths from b to J" in ways
    assert "b → u → u·b → J: 2 × 3 × 1 = 6" in ways
    assert "The products together: 13, the derivative of J by b." in ways
    box(page, "b").click()
    box(page, "c").click()
    assert "One path from c to J" in page.locator("#ways").inner_text()
    page.keyboard.press("Home")
    box(page, "J").focus()
    page.keyboard.press("Escape")
    assert page.locator("#ways").is_hidden()


def test_many_paths_are_cut_and_counted(show: Open) -> None:
    x = am.Value(1.0, "x")
    y: am.Value = x
    for _ in range(10):
        y = y + y
    am.label(y=y)
    y.backward()
    page = show(y)
    box(page, "x").click()
    box(page, "y").click()
    ways = page.locator("#ways").inner_text()
    assert "1024 paths from x to y" in ways
    assert "Cut here: 1004 more paths." in ways
    assert page.locator("#ways li").count() == 20
    assert "together: 1024," in ways


def test_nodes_that_no_path_joins(show: Open) -> None:
    page = show(differentiated())
    box(page, "a").click()
    box(page, "b").click()
    assert page.locator("#ways").inner_text() == "No path leads from a to b."


def test_paths_lead_from_what_was_left_out_as_well(show: Open) -> None:
    page = show(differentiated(partial(network, [2, 3, 1])), draw={"depth": 3})
    stub = page.locator("[data-box][aria-label^=stub]").first
    stub.click()
    box(page, "J").click()
    name = stub.locator(".am-expression").text_content()
    assert page.locator("#ways h2").inner_text() == f"One path from {name} to J"


def test_a_label_that_was_cut_is_told_in_full(show: Open) -> None:
    label = "the learning rate of the second layer"
    a = am.Value(2.0, label)
    page = show(a * 3)
    assert label not in box(page, f"{label[:23]}…").text_content()
    page.locator("[data-box='0']").hover()
    assert label in page.locator("#about").inner_text()
    assert page.locator("th[scope=row]").first.get_attribute("title") == label


def test_marks_are_told_of(show: Open) -> None:
    z = am.Value(0.0, "z")
    J = am.relu(z) * 2
    J.backward()
    page = show(J)
    box(page, "relu(z)").hover()
    assert "at a kink" in page.locator("#about .mark").inner_text()
    assert "a kink" in box(page, "relu(z)").get_attribute("aria-label")
    assert box(page, "relu(z)").locator("circle").is_visible()
    page.keyboard.press("Home")
    assert page.locator("#about .mark").count() == 0
    assert "a kink" not in box(page, "relu(z)").get_attribute("aria-label")
    assert box(page, "relu(z)").locator("circle").is_hidden()


def test_arrays_stand_in_the_panel_as_they_are(show: Open) -> None:
    shapes = {"C": (2, 1), "R": (1, 2), "V": (2,), "B": (2, 2, 3), "H": (2, 5, 1)}
    J = am.stack([am.sum(am.Tensor(np.ones(shape), name)) for name, shape in shapes.items()])
    page = show(J)
    found = {}
    for name in shapes:
        box(page, name).hover()
        blocks = page.locator("#about tbody").all()
        rows = [block.locator("tr").all() for block in blocks]
        found[name] = [[row.locator("td").count() for row in block] for block in rows]
    assert found == {"C": [[1, 1]], "R": [[2]], "V": [[2]], "B": [[3, 3]] * 2, "H": [[1] * 5] * 2}


def test_small_arrays_are_tables_and_large_ones_heat_maps(show: Open) -> None:
    W, X = am.Tensor([[1.0, 2.0], [3.0, -4.0]], "W"), am.Tensor(np.ones((2, 90)), "X")
    J = am.sum(W @ X)
    J.backward()
    page = show(J)
    box(page, "W").hover()
    table = page.locator("#about .numbers").first
    assert table.locator("td").all_inner_texts() == ["1", "2", "3", "−4"]
    assert "least −4, mean 0.5, greatest 3" in page.locator("#about").inner_text()
    assert "dJ/dW = d(W @ X) @ X.T = " in page.locator("#about .dvar").inner_text()
    box(page, "X").hover()
    heat = page.locator("#about .heat").first
    assert heat.locator("td").count() == 2 * 30
    assert heat.get_attribute("role") == "img"
    assert "least 1, mean 1, greatest 1" in heat.get_attribute("aria-label")
    colour = heat.locator("td").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert colour not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")


# By keyboard --------------------------------------------------------------------------------------


def test_one_node_is_in_the_order_of_tab_and_arrows_lead_on(show: Open) -> None:
    page = show(differentiated())
    page.locator("#search").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.box") == "0"
    focused = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        focused.append(page.evaluate("document.activeElement.dataset.box"))
    assert focused[:2] == ["4", "5"]
    assert focused[-1] == "5"
    assert page.locator("[data-box][tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    assert page.locator("[data-box='5']").get_attribute("aria-pressed") == "true"
    assert says(page) == LECTURE[-1]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "First step"


def test_keys_step_from_a_button_and_keep_their_own_use_in_fields(show: Open) -> None:
    page = show(differentiated())

    def after(*keys: str) -> str:
        for key in keys:
            page.keyboard.press(key)
        shown: str = page.locator("#count").inner_text()
        return shown

    nudge = page.get_by_role("button", name="Nudge a")
    for focused in (nudge, page.get_by_label("Zoom in"), page.locator("summary")):
        focused.focus()
        assert after("Home") == "step 0 of 12"
        assert after("ArrowRight", "ArrowRight", "ArrowLeft") == "step 1 of 12"
        assert after("End") == "step 12 of 12"
    nudge.focus()
    assert after("Space") == "step 12 of 12"  # it nudges, and nothing plays
    assert field(page, "a").input_value() == "5.001"
    page.locator("[data-box='1']").focus()
    assert after("ArrowRight", "ArrowRight") == "step 12 of 12"
    assert page.evaluate("document.activeElement.dataset.box") == "4"
    assert after("Home") == "step 0 of 12"
    field(page, "b").focus()
    assert after("End", "ArrowLeft", "1") == "step 0 of 12"
    assert field(page, "b").input_value() == "13"
    page.get_by_role("slider", name="c", exact=True).focus()
    assert after("ArrowRight") == "step 0 of 12"
    assert field(page, "c").input_value() == "2.01"
    page.locator("#at").focus()
    assert after("ArrowRight") == "step 1 of 12"


def cut() -> am.Value:
    """x reaches J by more ways than are seen near it."""
    x = am.Value(2.0, "x")
    J = (x * 3 + x * 4) + am.sin(am.exp(am.exp(am.exp(x * 0.1) * 0.5)))
    am.label(J=J)
    return J


def feeding_within() -> am.Value:
    x = am.Value(2.0, "x")
    with am.scope("s"):
        a = x * 3
        b = a * a
    J = a + b
    am.label(a=a, b=b, J=J)
    return J


def two_results() -> am.Value:
    x = am.Value(2.0, "x")
    with am.scope("s"):
        a, b = x * 3, x + 1
    u, v = a * 2, b * 5
    J = u * v
    am.label(a=a, b=b, u=u, v=v, J=J)
    return J


def one_node_twice() -> am.Value:
    x = am.Value(2.0, "x")
    with am.scope("s"):
        y = x * x
    J = y * 3
    am.label(y=y, J=J)
    return J


@pytest.mark.parametrize(
    ("make", "draw", "ends"),
    [
        (
            cut,
            {"depth": 3},
            [
                "dx += dJ/d(x·4) × d(x·4)/dx = 1 × 4 = 4; dx is now 4.",
                "dx += dJ/d(x·3) × d(x·3)/dx = 1 × 3 = 3; "
                "with what no arrow here brings dx is in all 7.709.",
            ],
        ),
        (
            feeding_within,
            {"fold": True},
            [
                "da … db get what flows back from J = [1 1]; "
                "with what no arrow here brings da … db are in all [13 1].",
                "dx = what flows back from s = 39.",
            ],
        ),
        (
            two_results,
            {"fold": True},
            [
                "da … db get dJ/dv × dv/db = 12 × 5 = 60.",
                "da … db get dJ/du × du/da = 15 × 2 = 30; da … db are now [30 60].",
                "dx = what flows back from s = 150.",
            ],
        ),
        (
            one_node_twice,
            {"fold": True},
            [
                "dx += dJ/dy × ∂y/∂x = 3 × 2 = 6; dx is now 6.",
                "dx += dJ/dy × ∂y/∂x = 3 × 2 = 6; dx is now 12.",
            ],
        ),
    ],
)
def test_what_comes_by_no_arrow_is_told(
    show: Open, make: Callable[[], am.Value], draw: dict[str, Any], ends: list[str]
) -> None:
    page = show(differentiated(make), draw=draw)
    page.keyboard.press("Home")
    told = []
    for _ in range(int(page.locator("#count").inner_text().split(" of ")[1])):
        page.keyboard.press("ArrowRight")
        told.append(says(page).removeprefix("Backward: "))
    assert told[-len(ends) :] == ends
    assert "7, the derivative of J" not in page.locator("main").inner_text()


def test_of_what_is_cut_no_sum_is_told_and_no_exercise_asked(show: Open) -> None:
    page = show(differentiated(cut), draw={"depth": 3}, exercise=True)
    assert page.locator("tr:has(.asked) th").all_inner_texts()[-1] == "J"
    assert "x" not in page.locator("tr:has(.asked) th").all_inner_texts()
    page = show(differentiated(cut), draw={"depth": 3})
    for name in ("x", "J"):
        box(page, name).focus()
        page.keyboard.press("Space")
    ways = page.locator("#ways").inner_text()
    assert "The products together: 7.\n" in ways
    assert "Paths through what is not drawn are left out." in ways
    box(page, "x").focus()
    assert "+ what no arrow here brings = 7.709" in page.locator("#about").inner_text()


# Practice -----------------------------------------------------------------------------------------


def in_two_scopes() -> am.Value:
    """q and z in boxes of their own, whose parts of dp come before and after another."""
    x = am.Value(2.0, "x")
    p = x * 3
    with am.scope("e1"):
        q = am.square(p) * x
    with am.scope("e2"):
        z = (p + 1.0) * x
    J = (p + q) + z
    am.label(p=p, q=q, z=z, J=J)
    J.backward()
    return J


def test_an_exercise_asks_for_folded_scopes_too(show: Open) -> None:
    page = show(in_two_scopes(), exercise=True, draw={"fold": True})
    fields(page, {"J": "1", "z": "1", "q": "1", "p": "27", "x": "124"})
    assert "right" in page.locator("#score").inner_text()
    said = page.locator(".asked span").all_inner_texts()
    assert said.count("✓ right") == 5
    assert page.locator("tr:visible th[scope=row]").all_inner_texts()[2:5] == ["q", "p + q", "z"]


def test_running_sums_go_through_folded_scopes(show: Open) -> None:
    page = show(in_two_scopes(), draw={"fold": True})
    page.keyboard.press("Home")
    told = []
    for _ in range(int(page.locator("#count").inner_text().split(" of ")[1])):
        page.keyboard.press("ArrowRight")
        told.append(says(page))
    sums = [text.split("; ")[1] for text in told if " dp += " in text]
    assert sums == ["dp is now 2.", "dp is now 3.", "dp is now 27."]
    sums = [text.split("; ")[1] for text in told if " dx += " in text]
    assert sums == ["dx is now 7.", "dx is now 43.", "dx is now 124."]


def test_an_exercise_is_judged_node_by_node(show: Open) -> None:
    page = show(differentiated(), exercise=True)
    assert page.locator("#count").inner_text() == "step 6 of 6"
    page.get_by_role("button", name="Hint for dv").click()
    assert page.locator("#slip").inner_text() == (
        "Hint for dv: dJ/dv = dJ/dJ × dJ/dv, where J = 3·v."
    )
    assert "9" not in page.locator("main").inner_text()
    fields(page, {"J": "1", "v": "3", "u": "2", "b": "4", "a": "3.0"})
    assert page.locator("#score").inner_text() == "3 of 6 right"
    slip = page.locator("#slip").inner_text()
    assert slip == "The first slip is at du. Hint: dJ/du = dJ/dv × dv/du, where dv/du = 1."
    said = page.locator(".asked span").all_inner_texts()
    follows = "✗ follows from an earlier slip"
    assert said == ["✓ right", follows, "", "✗ not yet", "✓ right", "✓ right"]
    assert texts(page, "v")[-1] == "dv = 3"
    assert texts(page, "u")[-1] == "du = ?"
    page.get_by_role("button", name="Hint for dc").click()
    assert "du/dc = 3" in page.locator("#slip").inner_text()
    fields(page, {"u": "3", "b": "six", "c": "18/2"})
    assert page.locator("#score").inner_text() == "5 of 6 right"
    assert page.locator(".asked span").all_inner_texts()[1] == "✗ not a number"
    fields(page, {"b": "6"})
    assert page.locator("#slip").inner_text().startswith("All right.")
    assert says(page) == LECTURE[-1]
    page.get_by_role("button", name="Start afresh").click()
    assert page.locator("#score").inner_text() == "0 of 6 right"
    assert page.locator("#count").inner_text() == "step 6 of 6"


def test_an_exercise_asks_for_small_arrays_and_shows_nothing_of_large_ones(show: Open) -> None:
    x = am.Tensor([1.0, 2.0, -3.0], "x")
    J = am.sum(x * x) + am.sum(am.Tensor(np.ones(50), "big"))
    am.label(J=J)
    J.backward()
    page = show(J, exercise=True)
    fields(page, {"x": "[2, 4, −6]"})
    assert page.locator("#score").inner_text().startswith("1 of")
    for text, said in {
        "2 4": "✗ 3 numbers are wanted, not 2",
        "2,0 4,0 −6,0": "✗ 3 numbers are wanted, not 6; decimals have a point, as in 0.25",
        "2 4 six": "✗ not a number",
        "6/ 3; 4.0, -12 / 2": "✓ right",
    }.items():
        fields(page, {"x": text})
        assert page.locator("tr:has(th:text-is('x')) .asked span").inner_text() == said
    assert page.get_by_label("dJ/dbig", exact=True).count() == 0


def test_how_an_answer_is_read(show: Open) -> None:
    x, y, z = am.Value(3.0, "x"), am.Value(1 / 3, "y"), am.Value(12345.0, "z")
    J = x * y + z * am.Value(0.0, "w")
    am.label(J=J)
    J.backward()
    page = show(J, exercise=True)
    point = "✗ decimals have a point, as in 0.25"
    for name, answers in {
        "x": {
            "0,3333": point,
            "1 / 3": "✓ right",
            "1/ 3": "✓ right",
            ".3333": "✓ right",
            "0.333333": "✓ right",
            "0.3332": "✗ not yet",
            "1/3/1": "✗ not a number",
            "0.3 0.4": "✗ one number is wanted, not 2",
        },
        "y": {"3,0": point, "2.999": "✗ not yet", "3.001": "✗ not yet", "2.9997": "✓ right"},
        "J": {"1.0009": "✗ not yet", "inf": "✗ not yet", "1": "✓ right"},
        "z": {"0.01": "✗ not yet", "0": "✓ right"},
        "w": {"12350": "✗ not yet", "12345": "✓ right"},
    }.items():
        for text, said in answers.items():
            fields(page, {name: text})
            verdict = page.locator(f"tr:has(th:text-is('{name}')) .asked span").inner_text()
            assert verdict.replace("follows from an earlier slip", "not yet") == said, (name, text)
    assert "round to the same 4 digits" in page.locator("section.exercise").inner_text()


def test_a_hint_next_to_the_result_is_the_rule_and_no_answer(show: Open) -> None:
    x, y = am.Value(3.0, "x"), am.Value(1 / 3, "y")
    J = x * y
    am.label(J=J)
    J.backward()
    page = show(J, exercise=True)
    page.get_by_role("button", name="Hint for dx").click()
    assert page.locator("#slip").inner_text() == (
        "Hint for dx: dJ/dx = dJ/dJ × dJ/dx, where dJ/dx = y."
    )
    b = am.Value(3.0, "b")
    J = b * b * b
    am.label(J=J)
    J.backward()
    page = show(J, exercise=True)
    page.get_by_role("button", name="Hint for db").click()
    assert page.locator("#slip").inner_text() == (
        "Hint for db: dJ/db = dJ/dJ × ∂J/∂b + dJ/d(b·b) × ∂(b·b)/∂b + dJ/d(b·b) × ∂(b·b)/∂b, "
        "where ∂J/∂b = b·b and ∂(b·b)/∂b = 3."
    )


# Anybody's text, anybody's machine ----------------------------------------------------------------


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_but_text_on_the_screen(show: Open, label: str) -> None:
    a = am.Value(5.0, label)
    J = a * a + 1
    J.label = f"{label} too"
    J.backward()
    for exercise in (False, True):
        page = show(J, exercise=exercise)
        assert page.locator("script").count() == 2
        assert page.locator("th[scope=row]").count() == 3
        page.locator("[data-box='0']").hover()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert "5" in says(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [lecture, vectorised, partial(network, [2, 2, 1])])
@pytest.mark.parametrize("exercise", [False, True])
def test_axe_finds_nothing(
    show: Open, make: Callable[[], am.Node], scheme: str, exercise: bool
) -> None:
    page = show(differentiated(make), exercise=exercise, color_scheme=scheme)
    page.locator("[data-box='0']").click()
    page.locator("[data-box='2']").click()
    found = axe.Axe().run(page).response
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
    assert len(found["passes"]) > 15


def test_a_phone_is_wide_enough(show: Open) -> None:
    page = show(differentiated(vectorised), viewport={"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.get_by_role("button", name="Step on").is_visible()


def test_the_node_of_the_step_comes_into_sight(show: Open) -> None:
    page = show(differentiated(vectorised), viewport={"width": 360, "height": 640})
    for key, name in (("Home", None), ("End", "w")):
        page.keyboard.press(key)
        if name:
            seen = box(page, name).bounding_box()
            assert 0 <= seen["x"] < 360
    page.evaluate("location.hash = 'step=10'")
    page.wait_for_function("document.querySelector('#at').value == 10")
    assert box(page, "J").bounding_box()["x"] < 360


def test_nothing_moves_for_who_wants_no_motion(show: Open) -> None:
    running = "document.getAnimations().length"
    still = show(differentiated())
    still.keyboard.press("ArrowLeft")
    assert still.evaluate(running) == 0
    moving = show(differentiated(), reduced_motion="no-preference")
    moving.keyboard.press("ArrowLeft")
    assert moving.evaluate(running) > 0


def test_on_paper_there_are_no_buttons(show: Open) -> None:
    page = show(differentiated())
    page.emulate_media(media="print")
    assert page.get_by_role("button", name="Step on").is_hidden()
    assert page.locator("#live").is_hidden()
    assert page.locator("table").first.is_visible()


def test_a_page_in_a_notebooks_frame_steps_as_well(show: Open) -> None:
    frame = am.draw(differentiated(), engine="builtin")._repr_mimebundle_()["text/html"]
    Path("notebook.html").write_text(f"<!DOCTYPE html><title>notebook</title>{frame}", "utf-8")
    page = show(Path("notebook.html").resolve())
    inside = page.frame_locator("iframe")
    inside.locator("h1").click()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert inside.locator("#says").inner_text() == LECTURE[1]


def test_without_scripts_there_is_the_whole_picture_and_the_table(show: Open) -> None:
    page = show(differentiated(), java_script_enabled=False)
    assert "dc = 9" in page.locator(".picture").text_content()
    assert page.locator("tbody tr").count() == 6
    assert page.locator(".player").is_hidden()
    assert page.locator("noscript").count() == 0
    practice = show(differentiated(), exercise=True, java_script_enabled=False)
    assert "The exercise needs JavaScript" in practice.locator("noscript").inner_text()


def test_who_computes_anew_sends_a_state_and_the_page_is_drawn_from_it(show: Open) -> None:
    page = show(differentiated())
    state = json.loads(page.locator("#data").text_content())["state"]
    state["values"] = [7, *state["values"][1:4], 13, 39]
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('recomputed', { detail }))", state
    )
    assert texts(page, "a") == ["a", "7", "da = 3"]
    assert texts(page, "J")[1] == "39"
    assert page.locator("tbody td.value").all_inner_texts() == ["7", "3", "2", "6", "13", "39"]
    page.evaluate("location.hash = 'step=5'")
    page.wait_for_function("document.querySelector('#at').value == 5")
    assert says(page) == "Forward: v = a + u = 7 + 6 = 13."


# Live inputs --------------------------------------------------------------------------------------


def moving(x: float = 0.7, w: Any = (1.0, -2.0)) -> am.Node:
    """Numbers and arrays, and a choice in a rule."""
    a, W = am.Value(x, "a"), am.Tensor(np.array(w), "W")
    u = am.relu(a) * a + 1
    J = am.sum(am.tanh(W * u) * a) + a * a
    am.label(u=u, J=J)
    J.backward()
    return J


def drawn_texts(page: Any) -> list[str]:
    """All that stands in picture and table, but what is found by looking at recorded numbers.

    Whether a label on an arrow has one line or two is the same.
    """
    found: list[str] = page.evaluate(
        """() => {
          const shown = "svg:not([hidden]) :is([data-box], g[data-arrow]), tr:not([hidden]) td";
          const text = (element) => [...element.querySelectorAll(":scope > text:not(.am-sign)")];
          return [...document.querySelectorAll(shown)]
            .filter((element) => !element.matches(".numeric"))
            .map((each) => (each.matches("td") ? [each] : text(each)))
            .map((lines) => lines.map((line) => line.textContent).filter(Boolean).join(" "));
        }"""
    )
    return found


def field(page: Any, name: str) -> Any:
    return page.get_by_role("textbox", name=name, exact=True)


@pytest.fixture
def six_digits(show: Open, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the page of numbers that were not moved, written as those that were."""

    def opened(J: am.Node, **options: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(number, "__defaults__", (6,))
            page = show(J, **options)
        state = json.loads(page.locator("#data").text_content())["state"]
        state["numeric"] = [None] * len(state["numeric"])
        page.evaluate(
            "detail => document.dispatchEvent(new CustomEvent('recomputed', { detail }))", state
        )
        return page

    return opened


@pytest.mark.parametrize("draw", [{}, {"max_nodes": 4}])
def test_a_moved_page_is_the_page_of_the_moved_numbers(
    show: Open, six_digits: Open, draw: dict[str, Any]
) -> None:
    page = show(moving(), draw=draw)
    field(page, "a").fill("-1.25")
    field(page, "W[1]").fill("0.125")
    other = six_digits(moving(-1.25, (1.0, 0.125)), draw=draw)
    assert drawn_texts(page) == drawn_texts(other)
    assert page.locator("desc").text_content() == other.locator("desc").text_content()
    for count in (3, 9):
        for each in (page, other):
            each.evaluate(f"location.hash = 'step={count}'")
            each.wait_for_function(f"document.querySelector('#at').value == {count}")
        assert says(page) == says(other)


def test_large_arrays_follow_a_live_number(show: Open, six_digits: Open) -> None:
    def scaled(x: float) -> am.Node:
        a, X = am.Value(x, "a"), am.Tensor(np.arange(3000.0).reshape(30, 2, 50), "X")
        Z = am.sin(a * X)
        J = am.mean(Z)
        am.label(Z=Z, J=J)
        J.backward()
        return J

    page, other = show(scaled(1.0)), six_digits(scaled(0.5))
    field(page, "a").fill("0.5")
    assert drawn_texts(page) == drawn_texts(other)
    for each in (page, other):
        box(each, "Z").hover()
    assert page.locator("#about").inner_text() == other.locator("#about").inner_text()


def test_a_slider_moves_values_and_gradients_at_once(show: Open) -> None:
    page = show(differentiated())
    slider = page.get_by_role("slider", name="b", exact=True)
    assert [slider.get_attribute(name) for name in ("min", "max", "step")] == ["-3", "9", "0.01"]
    slider.fill("4.5")
    assert texts(page, "u")[1] == "9"
    assert texts(page, "c") == ["c", "2", "dc = 13.5"]
    assert field(page, "b").input_value() == "4.5"
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert field(page, "b").input_value() == "4.51"
    assert slider.get_attribute("aria-valuetext") == "4.51"
    checked = page.locator("tr:has(th:text-is('b')) td.numeric")
    assert checked.inner_text() == "moved: not checked"
    page.get_by_role("button", name="Reset").click()
    assert texts(page, "c") == ["c", "2", "dc = 9"]
    assert slider.input_value() == "3"
    assert page.locator("tr:has(th:text-is('b')) td.numeric").inner_text() != ""


def test_a_field_takes_any_float(show: Open) -> None:
    page = show(differentiated())
    for text, shown, dc in (
        ("-2.5e-3", "-0.0025", "−0.0075"),
        ("−7", "-7", "−21"),
        (" .5 ", "0.5", "1.5"),
        ("1e300", "1e+300", "3e300"),
        ("inf", "inf", "inf"),
        ("-Inf", "−inf", "−inf"),
        ("nan", "nan", "nan"),
    ):
        field(page, "b").fill(text)
        assert texts(page, "c")[2] == f"dc = {dc}"
        field(page, "b").press("Enter")
        assert field(page, "b").input_value() == shown
    slider = page.get_by_role("slider", name="b", exact=True)
    assert slider.is_disabled()
    field(page, "b").fill("2000")
    assert not slider.is_disabled()
    assert float(slider.get_attribute("max")) == 6000
    field(page, "b").fill("1 / 8")
    assert texts(page, "b")[1] == "0.125"
    field(page, "b").press("Enter")
    assert field(page, "b").input_value() == "0.125"
    field(page, "b").fill("2000")
    for text in ("", "abc", "1,5", "0x10", "1e", "1/", "1/2/3", "constructor", "--1"):
        field(page, "b").fill(text)
        assert field(page, "b").get_attribute("aria-invalid") == "true"
        assert "That is no number" in page.locator("#refused").inner_text()
        assert texts(page, "b")[1] == "2000"
    field(page, "b").press("Tab")
    assert field(page, "b").input_value() == "2000"
    assert field(page, "b").get_attribute("aria-invalid") == "false"
    told = page.locator("#refused").inner_text()
    assert told.startswith("b stays 2000, not “--1”. That is no number; write one as in 5,")
    field(page, "a").fill("4")
    assert page.locator("#refused").inner_text() == ""


def test_of_a_large_array_any_number_is_chosen_and_moved(show: Open) -> None:
    x = am.Tensor(np.arange(30.0).reshape(10, 3), "x")
    page = show(differentiated(lambda: am.sum(x * x)))
    which = page.get_by_label("Which number of x")
    assert which.input_value() == "[0, 0]"
    for text, name, held in (("9, 1", "x[9, 1]", "28"), ("x[2,2]", "x[2, 2]", "8")):
        which.fill(text)
        assert field(page, name).input_value() == held
    field(page, "x[2, 2]").fill("-3")
    assert float(texts(page, "J")[1]) == 8555 - 64 + 9
    page.get_by_role("button", name="Nudge x[2, 2]").click()
    assert "J moves −5.999 times as far as x[2, 2]" in page.locator("#nudged p").inner_text()
    for text in ("10, 0", "1", "-1, 0", "abc"):
        which.fill(text)
        assert which.get_attribute("aria-invalid") == "true"
        assert page.locator("#refused").inner_text() == "x has numbers from [0, 0] to [9, 2]."
    which.press("Tab")
    assert which.input_value() == "[2, 2]"
    assert which.get_attribute("aria-invalid") == "false"
    assert page.locator("#refused").inner_text() == ""


def test_a_nudge_shows_before_and_after_and_the_quotient(show: Open) -> None:
    page = show(differentiated())
    page.get_by_role("button", name="Nudge a").focus()
    page.keyboard.press("Enter")
    assert page.locator("#nudged p").inner_text() == (
        "J moves 3 times as far as a; the gradient said 3."
    )
    rows = page.locator("#nudged tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["variable", "before", "after", "change ÷ 0.001"],
        ["a", "5", "5.001", "1"],
        ["v", "11", "11.001", "1"],
        ["J", "33", "33.003", "3"],
    ]
    assert field(page, "a").input_value() == "5.001"
    # The page says so, too, and its equations hold.
    J = page.locator("[data-box='5']")
    assert J.locator(".am-value").text_content() == "33.003"
    assert "value 33.003" in J.get_attribute("aria-label")
    values = page.locator("tbody td.value").all_inner_texts()
    assert values == ["5.001", "3", "2", "6", "11.001", "33.003"]
    for step, told in ((5, "v = a + u = 5.001 + 6 = 11.001"), (6, "J = 3·v = 3·11.001 = 33.003")):
        page.evaluate(f"location.hash = 'step={step}'")
        page.wait_for_function(f"document.querySelector('#at').value == {step}")
        assert says(page) == f"Forward: {told}."
    field(page, "a").fill("0")
    assert page.locator("#nudged p").count() == 0
    page.get_by_role("button", name="Nudge a").click()
    assert field(page, "a").input_value() == "0.001"
    field(page, "a").fill("inf")
    page.get_by_role("button", name="Nudge a").click()
    assert field(page, "a").input_value() == "inf"
    assert page.locator("#nudged").inner_text() == (
        "There is no small step up from inf; a stays as it is."
    )
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Nudge a").click()
    assert J.locator(".am-value").text_content() == "33.003"


def test_a_nudge_of_float32_says_one_thing(show: Open) -> None:
    x = am.Tensor(np.float32([0.1, 0.2]), "x")
    J = am.sum(am.sin(x))
    am.label(J=J)
    J.backward()
    page = show(J)
    box(page, "x").hover()
    assert page.locator("#about td").all_inner_texts() == [
        *("0.1", "0.2"),
        *map(str, np.ravel(x.grad)),
    ]
    box(page, "J").hover()
    assert page.locator("#about .value").inner_text() == f"J = {J.data!s}"
    assert field(page, "x[0]").input_value() == "0.1"
    page.get_by_role("button", name="Nudge x[0]").click()
    rows = [row.split("\t") for row in page.locator("#nudged tr").all_inner_texts()]
    said = page.locator("#nudged p").inner_text()
    assert f"J moves {rows[-1][3]} times as far as x[0]; the gradient said 0.99500" in said
    assert field(page, "x[0]").input_value() == "0.1001"
    # As float32 has it, which is not what was asked for.
    assert float(rows[1][2]) == pytest.approx(float(np.float32(0.1001)), abs=1e-10)
    assert float(rows[1][2]) != 0.1001
    W = am.Value(2.0, "w")
    page = show(W * 1)
    page.get_by_role("button", name="Nudge w").click()
    assert page.locator("#nudged p").inner_text() == "J moves 1 time as far as w."


def test_a_nudge_where_no_gradient_or_no_one_derivative_is(show: Open) -> None:
    page = show(lecture())
    page.get_by_role("button", name="Nudge b").click()
    assert page.locator("#nudged p").inner_text() == "J moves 6 times as far as b."
    W = am.Tensor([1.0, 2.0], "W")
    page = show(W * W)
    field(page, "W[1]").focus()
    page.get_by_role("button", name="Nudge W[1]").click()
    assert field(page, "W[1]").input_value() == "2.001"
    assert "J is an array, and has no one derivative" in page.locator("#nudged").inner_text()


def test_a_long_table_of_a_nudge_is_cut(show: Open) -> None:
    x = am.Value(1.0, "x")
    y: am.Value = x
    for _ in range(30):
        y = am.sin(y)
    page = show(y)
    page.get_by_role("button", name="Nudge x").click()
    assert page.locator("#nudged tbody tr").count() == 1 + 20
    assert "Cut here: the first 10 nodes that it moves." in page.locator("#nudged").inner_text()


def test_of_many_inputs_a_few_are_shown_and_the_others_found(show: Open) -> None:
    page = show(differentiated(partial(network, [2, 3, 2, 1], labels=True)))
    shown = page.locator("#live fieldset").filter(visible=True)
    assert shown.count() == 8
    assert "more: look for them by name." in page.locator("#inputs-more").inner_text()
    page.get_by_label("Find an input").fill("B1")
    assert shown.locator("legend").all_inner_texts() == ["b1[0]", "b1[1]"]
    assert page.locator("#inputs-more").inner_text() == ""
    field(page, "b1[1]").fill("3")
    assert texts(page, "b1[1]")[1] == "3"
    assert show(differentiated()).get_by_label("Find an input").is_hidden()


def test_a_page_of_ten_thousand_nodes_follows_its_parameters(show: Open, six_digits: Open) -> None:
    rng = np.random.default_rng(0)
    X, Y, w = rng.normal(size=(150, 20)), rng.random(150) > 0.5, rng.normal(size=21)
    moved = np.array([*w[:3], -1.25, *w[4:20], 0.5])
    page = show(by_loops(w, X, Y))
    recorded = drawn_texts(page)
    legends = page.locator("#live legend").all_inner_texts
    assert legends() == ["b", *(f"w[{j}]" for j in range(7))]
    field(page, "b").fill("0.5")
    field(page, "w[3]").fill("-1.25")
    page.get_by_label("Find an input").fill("x[140][7")
    assert legends() == ["X[140][7]"]
    field(page, "X[140][7]").fill("3")
    page.get_by_label("Find an input").fill("")
    assert field(page, "w[3]").input_value() == "-1.25"
    X[140, 7] = 3.0
    other = six_digits(by_loops(moved, X, Y))
    assert drawn_texts(page) == drawn_texts(other)
    page.get_by_role("button", name="Reset").click()
    assert drawn_texts(page) == recorded


def test_longer_numbers_keep_to_their_place_on_arrows(show: Open) -> None:
    def extents(page: Any, what: str) -> list[tuple[float, ...]]:
        found = [each.bounding_box() for each in page.locator(what).filter(visible=True).all()]
        return [(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in found]

    page = show(differentiated())
    before = extents(page, "[data-arrow] > rect, [data-arrow] > text")
    for name, text in {"a": "-1234.5678", "b": "0.000123456", "c": "-98765.4321"}.items():
        field(page, name).fill(text)
    labels = extents(page, "[data-arrow] > text")
    halos, boxes = extents(page, "[data-arrow] > rect"), extents(page, "[data-box] > rect")
    assert "3 × −98765.4 = −296296" in page.locator("[data-arrow] > text").all_text_contents()
    for left, top, right, bottom in labels:
        middle = (top + bottom) / 2
        assert any(x - 1 < left and right < x1 + 1 and y < middle < y1 for x, y, x1, y1 in halos)
        for x, y, x1, y1 in boxes:
            assert right < x or x1 < left or bottom < y or y1 < top
    page.get_by_role("button", name="Reset").click()
    after = extents(page, "[data-arrow] > rect, [data-arrow] > text")
    assert np.allclose(after, before, atol=0.1)


def marks(page: Any, name: str) -> str:
    """The signs that are to be seen at a box."""
    signs = box(page, name).locator(".am-sign, .mark-now text").filter(visible=True)
    return "".join(signs.all_text_contents())


def test_marks_follow_the_inputs(show: Open) -> None:
    x, y = am.Value(-2.0, "x"), am.Value(0.0, "y")
    h, s = am.relu(x), am.abs(y)
    z = am.log(x + 5)
    J = h + s + z
    am.label(h=h, s=s, z=z, J=J)
    J.backward()
    page = show(J)
    names = ("h", "s", "z", "x")
    key = page.locator(".am-key").filter(visible=True)
    meant = ["a dead relu: nothing flows back", "a kink: the derivative jumps here"]
    assert [marks(page, name) for name in names] == ["0", "^", "", ""]
    assert sorted(key.all_text_contents()) == meant
    field(page, "x").fill("-1")
    assert [marks(page, name) for name in names] == ["0", "^", "", ""]
    assert key.count() == 0
    assert sorted(page.locator("#marked .mark").all_inner_texts()) == meant
    told = page.locator("#marked").inner_text()
    assert "h = relu(x) = relu(−1): below 0, so its derivative is 0." in told
    assert "s = abs(y) = abs(0) is at a kink; derivative taken by y: 0." in told
    differences = page.locator("td.numeric").all_inner_texts()
    assert set(differences) == {"moved: not checked", ""}
    assert "a dead relu" in box(page, "h").get_attribute("aria-label")
    field(page, "x").fill("0")
    assert [marks(page, name) for name in names] == ["^", "^", "", ""]
    field(page, "x").fill("1.23456e-7")
    assert [marks(page, name) for name in names] == ["", "^", "", ""]
    line, rect = (box(page, "x").locator(f"{tag} >> nth=-1") for tag in ("text", "rect"))
    assert line.bounding_box()["width"] <= rect.bounding_box()["width"]

    field(page, "x").fill("-5.5")
    assert [marks(page, name) for name in names] == ["0", "^", "!", ""]
    told = page.locator("#marked").inner_text()
    assert "z = log(x + 5) = log(−0.5) = nan; log needs a number above 0." in told
    assert "J is nan for these inputs, and so has no derivatives." in told
    assert set(page.locator("td.dvar").all_inner_texts()) == {"none"}
    assert texts(page, "x")[1:] == ["−5.5", "dx = none"]
    page.get_by_role("button", name="First step").click()
    assert marks(page, "z") == page.locator("#marked").inner_text() == ""  # not reached yet
    page.get_by_role("button", name="Last step").click()
    assert marks(page, "z") == "!"
    page.get_by_role("button", name="Nudge x").click()
    assert page.locator("#nudged p").inner_text() == "x was nudged; J is not a finite number."
    field(page, "x").fill("inf")
    assert [marks(page, name) for name in names] == ["", "^", "", "!"]
    assert "x is inf: an input." in page.locator("#marked").inner_text()

    page.get_by_role("button", name="Reset").click()
    assert [marks(page, name) for name in names] == ["0", "^", "", ""]
    assert sorted(key.all_text_contents()) == meant
    assert page.locator("#marked").inner_text() == ""
    assert page.locator("td.numeric").all_inner_texts() != differences
    assert page.locator("[textLength]").count() == 0


def test_a_derivative_that_does_not_exist_is_marked_and_what_numbers_ops_need_is_said(
    show: Open,
) -> None:
    X, c = am.Tensor([4.0, 9.0], "X"), am.Value(1.0, "c")
    J = am.sum(am.where(X > 3.0, am.sqrt(X), 0.0)) + am.max(X) / c
    J.backward()
    page = show(J)
    told = page.locator("#marked")
    field(page, "X[0]").fill("0")
    needs = "sqrt needs a number of at least 0 (above 0 for its derivative)"
    assert f"the derivative of sqrt(X) by X is infinite or nan; {needs}." in told.inner_text()
    field(page, "X[0]").fill("9")
    assert "max(X) is at a kink" in told.inner_text()
    field(page, "c").fill("0")
    needs = "divide needs a divisor other than 0; numbers go up to 1.8e308."
    assert f"max(X) / c = 9 / 0 = inf; {needs}" in told.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 360])
def test_axe_finds_nothing_in_moved_inputs(show: Open, scheme: str, width: int) -> None:
    size = {"width": width, "height": 800}
    page = show(moving(), color_scheme=scheme, viewport=size)
    field(page, "a").fill("nothing")
    page.get_by_role("button", name="Nudge a").click()
    field(page, "W[0]").fill("x")
    found = axe.Axe().run(page).response
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
