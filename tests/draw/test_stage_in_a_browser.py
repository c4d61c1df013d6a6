"""The picture on the live page in a browser: zoomed, moved, searched, folded and unfolded."""

import re
from collections.abc import Callable
from typing import Any

import pytest

import autograd_mini as am
from tests.draw.graphs import loop
from tests.draw.test_draw_scopes import block, layers
from tests.draw.test_page_in_a_browser import (
    axe,
    browser,
    differentiated,
    drawn_texts,
    field,
    says,
    show,
    six_digits,
    visit,
)
from tests.draw.test_parts import regression
from tests.draw.test_unfolding import examples

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # as there
]
__all__ = ["browser", "show", "six_digits", "visit"]  # fixtures

Open = Callable[..., Any]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def scale(page: Any) -> int:
    return int(page.locator("#scale").inner_text().removesuffix(" %"))


def scrolled(page: Any) -> list[float]:
    found: list[float] = page.evaluate(
        "(([p]) => [p.scrollLeft, p.scrollTop])(document.querySelectorAll('.picture'))"
    )
    return found


def boxes(page: Any) -> list[str]:
    found: list[str] = page.locator("svg:visible [data-box] .am-expression").all_inner_texts()
    return found


def names(page: Any) -> list[str]:
    """Of the boxes shown, in the table."""
    found: list[str] = page.locator("tr:visible th[scope=row]").all_inner_texts()
    return found


def box(page: Any, name: str) -> Any:
    """The box of the view that is shown."""
    return page.locator(f"svg:visible [data-box='{names(page).index(name)}']")


def folded(page: Any, name: str) -> Any:
    """The folded scope's box."""
    return page.locator("svg:visible [data-box][aria-expanded=false]", has_text=name).first


def opened(page: Any, name: str) -> Any:
    return page.locator(f"svg:visible .fold[aria-label='{name}']")


def drag(page: Any, x: float, y: float) -> None:
    area = page.locator(".picture").bounding_box()
    at = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + x / 2, at[1] + y / 2)
    page.mouse.move(at[0] + x, at[1] + y)
    page.mouse.up()


# Zoom and pan -------------------------------------------------------------------------------------


def test_buttons_keys_and_the_wheel_zoom(show: Open) -> None:
    page = show(differentiated())
    before = scale(page)
    page.get_by_label("Zoom in").click()
    assert scale(page) == pytest.approx(1.25 * before, abs=1)
    page.get_by_label("Zoom out").click()
    assert scale(page) == before
    page.keyboard.press("+")
    assert scale(page) > before
    page.keyboard.press("-")
    assert scale(page) == before
    page.locator(".picture").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"parseInt(document.querySelector('#scale').textContent) > {before}")
    page.keyboard.up("Control")
    for _ in range(30):
        page.keyboard.press("+")
    assert scale(page) == 400
    page.keyboard.press("0")
    width, room = page.evaluate(
        "[document.querySelector('.picture > svg').getBoundingClientRect().width,"
        "document.querySelector('.picture').clientWidth]"
    )
    assert width <= room + 1
    for _ in range(30):
        page.keyboard.press("-")
    assert scale(page) == 10
    assert says(page).startswith("Backward: dc")


def test_what_is_under_the_pointer_stays_there_when_zoomed(show: Open) -> None:
    page = show(differentiated(layers))
    page.get_by_text("Unfold all", exact=True).click()
    page.keyboard.press("+")
    page.locator("#search").fill("J")
    page.keyboard.press("Enter")
    area = box(page, "J").bounding_box()
    page.keyboard.down("Control")
    page.mouse.move(area["x"] + 10, area["y"] + 10)
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(100)
    after = box(page, "J").bounding_box()
    factor = after["width"] / area["width"]
    assert factor > 1.2
    assert after["x"] + 10 * factor == pytest.approx(area["x"] + 10, abs=2)


def test_dragging_and_shift_with_arrows_move_the_picture_and_nothing_else(show: Open) -> None:
    page = show(differentiated(layers))
    for _ in range(4):
        page.keyboard.press("+")
    told = says(page)
    before = scrolled(page)
    drag(page, 120, 60)
    after = scrolled(page)
    assert after[0] == pytest.approx(before[0] - 120, abs=2) or after[0] == 0
    assert page.locator("[aria-pressed=true]").count() == 0
    page.keyboard.press("Shift+ArrowRight")
    assert scrolled(page)[0] > after[0]
    box(page, "J").focus()
    before = scrolled(page)
    page.keyboard.press("Shift+ArrowLeft")
    assert scrolled(page)[0] < before[0]
    assert page.evaluate("document.activeElement.dataset.box") == box(page, "J").get_attribute(
        "data-box"
    )
    assert says(page) == told
    page.keyboard.press("ArrowLeft")
    page.locator(".picture").click(position={"x": 3, "y": 3})


def test_two_fingers_zoom(show: Open) -> None:
    page = show(differentiated(layers), **PHONE)
    before = scale(page)
    page.evaluate(
        """() => {
          const stage = document.querySelector(".picture");
          const touch = (type, ...xs) => stage.dispatchEvent(new TouchEvent(type, {
            bubbles: true, cancelable: true, touches: xs.map((x, identifier) =>
              new Touch({ identifier, target: stage, clientX: x, clientY: 200 })),
          }));
          touch("touchstart", 100, 200);
          touch("touchmove", 50, 250);
          touch("touchend", 50);
        }"""
    )
    assert scale(page) == pytest.approx(2 * before, abs=2)


def test_nothing_is_wider_than_a_phone(show: Open) -> None:
    page = show(differentiated(layers), **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in page.locator(".stage button:visible, #search").all():
        assert button.bounding_box()["height"] >= 40
    page.get_by_text("Fit", exact=True).tap()
    width = page.evaluate("document.querySelector('.picture > svg').getBoundingClientRect().width")
    assert width <= 360
    page.get_by_text("Fold all", exact=True).tap()
    folded(page, "layer 2").tap()
    assert opened(page, "layer 2").count() == 1


def test_a_small_picture_opens_whole_on_a_phone_and_a_large_one_legible(show: Open) -> None:
    a, b = am.Value(5.0, "first"), am.Value(3.0, "second")
    shown = """() => {
        const rect = document.querySelector('.picture > svg').getBoundingClientRect();
        return rect.width / document.querySelector('.picture').clientWidth;
    }"""
    page = show(differentiated(lambda: a * b), **PHONE)
    assert 60 <= scale(page) < 75
    assert page.evaluate(shown) == pytest.approx(1)
    page.set_viewport_size({"width": 280, "height": 600})
    page.locator("#scale", has_text="75 %").wait_for()
    large = show(differentiated(layers), **PHONE)
    assert scale(large) == 75
    assert large.evaluate(shown) > 1


def test_in_forced_colours_the_picture_has_those_of_the_page(show: Open) -> None:
    page = show(differentiated(layers), forced_colors="active", color_scheme="dark")
    colours = """(selector) => [...new Set([...document.querySelectorAll(selector)].map(
        (element) => getComputedStyle(element)[selector.endsWith("path") ? "stroke" : "fill"]))]"""
    ink, paper = (
        [page.evaluate(f"getComputedStyle(document.body).{name}")]
        for name in ("color", "backgroundColor")
    )
    assert ink != paper
    for selector in ("text:not(.am-sign)", "polygon"):
        assert page.evaluate(colours, f".picture svg {selector}") == ink
    for role in ("page", "input", "operation"):
        assert page.evaluate(colours, f".picture svg .am-{role}") == paper
    page.keyboard.press("Home")
    assert page.evaluate(colours, ".picture svg:not([hidden]) path") == ink


# Search -------------------------------------------------------------------------------------------


def test_a_label_is_found_focused_and_centred(show: Open) -> None:
    page = show(differentiated(layers))
    for _ in range(5):
        page.keyboard.press("+")
    page.keyboard.press("/")
    page.keyboard.type("X1")
    assert page.locator("#matches").inner_text().startswith("20 found")  # x₁, x₁₀, x₁₁ as well
    assert page.locator("#found button").first.inner_text() == "x1"
    page.keyboard.press("Enter")
    found = box(page, "x1")
    assert found.evaluate("e => e === document.activeElement")
    area, frame = found.bounding_box(), page.locator(".picture").bounding_box()
    assert frame["x"] <= area["x"] <= area["x"] + area["width"] <= frame["x"] + frame["width"]
    assert page.locator("#about h2").inner_text() == "x1"


def test_what_is_folded_is_found_in_the_box_that_holds_it(show: Open) -> None:
    page = show(examples(300))
    page.locator("#search").fill("z")
    found = page.locator("#found button").all_inner_texts()
    assert len(found) == 1
    assert found[0].startswith("z in ")
    assert "nodes" in found[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert opened(page, "example").count() == 1
    assert page.evaluate("document.activeElement.ariaLabel").startswith("operation z = w·(−1) + b")
    assert page.locator("#found button").first.inner_text() == "z"
    page.locator("#search").fill("no such thing")
    assert page.locator("#matches").inner_text() == "None found."
    page.locator("#search").press("Escape")
    assert page.locator("#matches").inner_text() == ""
    assert page.locator("#search").input_value() == ""


def test_what_is_found_is_brought_up_from_scopes_in_scopes_and_from_alike_ones(show: Open) -> None:
    x = am.Value(0.5, "x")
    with am.scope("outer"):
        y = am.sin(x)
        with am.scope("inner"):
            h = am.tanh(y * y)
            am.label(h=h)
            y = h + y
    page = show(y * x, draw={"fold": True})
    page.locator("#search").fill("h")
    assert page.locator("#found button").first.inner_text() == "h in t₁ = outer (4 nodes)"
    for text in ("t1", "T₁", "outer"):
        page.locator("#search").fill(text)
        assert page.locator("#found button").all_inner_texts() == ["t₁ = outer"]
    page.locator("#search").fill("h")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaLabel").startswith("operation h = tanh(t₂)")
    assert page.locator("svg:visible .fold").count() == 2
    page = show(differentiated(lambda: regression(200)))
    for label, name in (("J", "J"), ("L", "L"), ("w[1]", "w[1]")):
        page.locator("#search").fill(label)
        page.keyboard.press("Enter")
        focused = page.evaluate("document.activeElement.ariaLabel").split(",")
        assert focused[0].split(" = ")[0].split(" ")[1] == name
        assert "×" not in focused[1]
        assert opened(page, "part 1 of 200").count() == (label != "J")


def test_many_matches_are_counted_and_the_first_are_listed(show: Open) -> None:
    xs = [am.Value(float(i), f"x{i}") for i in range(30)]
    page = show(sum(xs[1:], xs[0]))
    page.locator("#search").fill("x")
    assert page.locator("#found button").count() == 12
    assert "the first 12 of them here" in page.locator("#matches").inner_text()
    page.locator("#search").fill("x2")
    assert page.locator("#found button").first.inner_text() == "x2"


# Folding ------------------------------------------------------------------------------------------


def test_a_click_opens_a_scope_and_another_folds_it(show: Open) -> None:
    page = show(differentiated(layers), draw={"fold": True})
    assert [name for name in names(page) if name.startswith("layer")] == ["layer 1", "layer 2"]
    assert folded(page, "t₆ = layer 3").count() == 1
    assert "57 nodes in 7 boxes." in page.locator("#folded").inner_text()
    folded(page, "layer 2").click()
    assert {"layer 1", "t₆"} < set(names(page))
    assert opened(page, "layer 2").evaluate("e => e === document.activeElement")
    assert "57 nodes in 28 boxes." in page.locator("#folded").inner_text()
    opened(page, "layer 2").locator("text").first.click()
    assert "layer 2" in names(page)
    assert folded(page, "layer 2").evaluate("e => e === document.activeElement")
    page.get_by_text("Unfold all", exact=True).click()
    assert page.locator("#folded").inner_text() == "All nodes are shown."
    assert not [name for name in names(page) if name.startswith("layer")]


def test_enter_opens_and_space_picks(show: Open) -> None:
    page = show(differentiated(block), draw={"fold": True})
    whole = folded(page, "block")
    whole.focus()
    page.keyboard.press("Space")
    assert whole.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Enter")
    assert opened(page, "block").evaluate("e => e === document.activeElement")
    assert folded(page, "head 0").count() == 1
    folded(page, "head 0").focus()
    page.keyboard.press("Enter")
    assert opened(page, "head 0").count() == 1
    page.keyboard.press("Space")
    assert opened(page, "head 0").count() == 0
    assert folded(page, "head 0").evaluate("e => e === document.activeElement")
    folded(page, "head 0").click(modifiers=["Shift"])
    assert folded(page, "head 0").get_attribute("aria-pressed") == "true"


def test_the_step_is_kept_where_it_can_be(show: Open) -> None:
    page = show(differentiated(layers), draw={"fold": True})
    page.keyboard.press("Home")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    told = says(page)
    assert told.startswith("Forward: x")
    folded(page, "layer 3").click()
    assert says(page) == told
    opened(page, "layer 3").press("Enter")
    assert says(page) == told
    page.locator("[data-to=last]").click()
    folded(page, "layer 1").click()
    assert page.locator("#count").inner_text().split(" of ")[0].removeprefix("step ") == (
        page.locator("#at").get_attribute("max")
    )
    page.locator("[data-to=first]").click()
    page.get_by_text("Fold all", exact=True).click()
    assert page.locator("#at").input_value() == "0"


@pytest.mark.parametrize("count", range(1, 40, 3))
def test_any_step_has_one_about_the_same_in_another_view(show: Open, count: int) -> None:
    page = show(differentiated(layers), draw={"fold": False}, at=f"#step={count}")
    way = says(page).split(":")[0]
    page.get_by_text("Fold all", exact=True).click()
    assert says(page).split(":")[0] == way


def test_the_address_keeps_the_view(show: Open) -> None:
    page = show(differentiated(layers), draw={"fold": True})
    folded(page, "layer 2").click()
    page.locator("[data-to=back]").click()
    told, shown = says(page), names(page)
    page.reload()
    assert (says(page), names(page)) == (told, shown)
    page.evaluate("location.hash = '#step=3'")
    page.wait_for_function("document.querySelector('#at').value === '3'")
    assert "layer 2" in names(page)
    page.evaluate("location.hash = '#step=3&view=99'")
    assert "layer 2" in names(page)


def test_arrows_go_to_boxes_of_the_view_alone(show: Open) -> None:
    page = show(differentiated(layers), draw={"fold": True})
    folded(page, "layer 2").click()
    box_shown = page.locator("svg:visible [data-box]").first
    box_shown.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
        assert page.locator("svg:visible [data-box]:focus").count() == 1
    assert page.locator("svg:visible [data-box][tabindex='0']").count() == 1


# Live inputs --------------------------------------------------------------------------------------


def two_layers(x: float = 0.5, w: float = -0.8) -> am.Value:
    """A number by two layers, the first with a choice in it."""
    x1, w1 = am.Value(x, "x"), am.Value(w, "w")
    with am.scope("first"):
        h = am.relu(w1 * x1 + 0.1)
        with am.scope("inner"):
            k = am.tanh(h + x1) * h
    with am.scope("second"):
        y = am.sigmoid(k * w1 + h)
    J = (y - 1) ** 2
    J.label = "J"
    J.backward()
    return J


def test_what_is_moved_in_one_view_is_moved_in_all(show: Open, six_digits: Open) -> None:
    page = show(two_layers(), draw={"fold": True})
    field(page, "x").fill("1.25")
    folded(page, "first").click()
    field(page, "w").fill("0.75")
    other = six_digits(two_layers(1.25, 0.75), draw={"fold": True})
    views = page.locator(".picture > svg").count()
    assert views > 3
    for at in range(views):
        for each in (page, other):
            each.evaluate(f"location.hash = '#step=99&view={at}'")
            each.wait_for_function(f"!document.querySelectorAll('.picture > svg')[{at}].hidden")
        assert drawn_texts(page) == drawn_texts(other)
        assert says(page) == says(other)
    page.get_by_role("button", name="Reset").click()
    recorded = show(two_layers(), draw={"fold": True}, at=f"#step=99&view={views - 1}")
    assert drawn_texts(page) == drawn_texts(recorded)


def test_a_nudge_tells_of_the_view_that_is_shown(show: Open) -> None:
    page = show(two_layers(), draw={"fold": True})
    page.get_by_role("button", name="Nudge x").click()
    told = page.locator("#nudged p").inner_text()
    assert told.startswith("J moves ")
    few = page.locator("#nudged tbody th").all_inner_texts()
    assert set(few) <= {*names(page)}
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Unfold all", exact=True).click()
    page.get_by_role("button", name="Nudge x").click()
    assert page.locator("#nudged p").inner_text() == told
    many = page.locator("#nudged tbody th").all_inner_texts()
    assert set(few) < {*many} <= {*names(page)}


def test_with_nothing_folded_there_is_nothing_to_unfold(show: Open) -> None:
    page = show(differentiated())
    assert page.locator("[data-fold]:visible").count() == 0
    assert page.locator("svg:visible .sign").count() == 0
    assert page.locator("#folded").inner_text() == ""


# Parts --------------------------------------------------------------------------------------------


def test_one_of_many_alike_parts_is_opened_and_folded_by_click(show: Open) -> None:
    page = show(differentiated(lambda: loop(200)))
    assert page.locator("#folded").inner_text() == "2,405 nodes in 6 boxes."
    assert folded(page, "t₁ = sigmoid(…)").count() == 1
    assert page.locator("svg:visible [aria-expanded=false]").count() == 3
    assert "do not open" not in page.locator("#folded").inner_text()
    folded(page, "t₂ = ").click()
    frame = opened(page, "part 1 of 200")
    assert frame.evaluate("e => e === document.activeElement")
    assert (frame.get_attribute("role"), frame.get_attribute("aria-expanded")) == ("button", "true")
    assert page.locator("#folded").inner_text().startswith("2,405 nodes in 17 boxes. ")
    assert page.locator("svg:visible [data-box]", has_text="× 199").count() == 2
    assert page.locator("svg:visible [data-box][aria-expanded=false]").all_inner_texts() != []
    assert "2 boxes do not open here: " in page.locator("#folded").inner_text()
    frame.locator("text").first.click()
    assert page.locator("#folded").inner_text() == "2,405 nodes in 6 boxes."
    assert page.locator("svg:visible [data-box]:focus").get_attribute("aria-expanded") == "false"


def test_parts_within_parts_are_opened_by_keys(show: Open) -> None:
    page = show(differentiated(lambda: regression(200, 20)))
    folded(page, "z … z#200").focus()
    page.keyboard.press("Enter")
    assert opened(page, "part 1 of 200").evaluate("e => e === document.activeElement")
    inner = folded(page, "z = sum of 21")
    inner.focus()
    assert "Folded in it: 20 × multiply, 20 × add." in page.locator("#about").inner_text()
    page.keyboard.press("Space")
    assert inner.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Enter")
    assert opened(page, "all of z").evaluate("e => e === document.activeElement")
    assert opened(page, "part 1 of 200").count() == 1
    told = page.locator("#says").inner_text()
    page.reload()
    assert page.locator("#says").inner_text() == told
    assert opened(page, "all of z").count() == 1
    opened(page, "all of z").press("Space")
    assert (opened(page, "all of z").count(), opened(page, "part 1 of 200").count()) == (0, 1)
    page.get_by_text("Fold all", exact=True).click()
    assert page.locator("svg:visible .fold").count() == 0
    page.get_by_text("Unfold all", exact=True).click()
    assert opened(page, "all of z").count() == 1


def test_what_is_moved_is_moved_in_an_opened_part(show: Open, six_digits: Open) -> None:
    def cost(bias: float) -> am.Node:
        return differentiated(lambda: regression(60, bias=bias))

    page, other = show(cost(0.1)), six_digits(cost(-1.5))
    field(page, "b").fill("-1.5")
    for each in (page, other):
        folded(each, "L … L#60").click()
    assert len(drawn_texts(page)) > 40
    assert drawn_texts(page) == drawn_texts(other)
    page.get_by_role("button", name="Nudge b").click()
    told = page.locator("#nudged p").inner_text().replace("−", "-")
    quotient, slope = re.findall(r"moves (\S+) times .* said (\S+)[.]$", told)[0]
    assert float(quotient) == pytest.approx(float(slope), rel=1e-2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_a_part_open(show: Open, scheme: str) -> None:
    page = show(differentiated(lambda: regression(60)), color_scheme=scheme)
    folded(page, "L … L#60").click()
    found = axe.Axe().run(page).response
    assert [each["id"] for each in found["violations"]] == []


def test_a_hundred_thousand_nodes_open(show: Open) -> None:
    page = show(differentiated(lambda: loop(8_334)))
    assert page.locator("#folded").inner_text().startswith("100,013 nodes in ")
    assert says(page).startswith("Backward: ")


@pytest.mark.parametrize("media", [{}, {"color_scheme": "dark"}, PHONE])
def test_axe_finds_nothing_with_scopes_open_and_folded(show: Open, media: dict[str, Any]) -> None:
    page = show(differentiated(block), draw={"fold": True}, **media)
    page.locator("#search").fill("x")
    for _ in range(2):
        found = axe.Axe().run(page).response
        assert [each["id"] for each in found["violations"]] == []
        page.get_by_text("Unfold all", exact=True).click()
