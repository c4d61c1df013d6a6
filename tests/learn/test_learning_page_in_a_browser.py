"""The learning page as a reader has it: headless Chromium, its keys, its mouse, its console."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from tests.draw.test_pictures import HOSTILE
from tests.support.browser import MARKS, Open, browser, visit

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = MARKS
__all__ = ["browser", "visit"]  # fixtures

X = np.array([[0.5, 1.5, -1.0, 2.0, 1.0], [2.0, -1.0, 0.5, 1.0, 1.0]])
Y = np.array([[1, 0, 0, 1, 0]])


@pytest.fixture
def show(visit: Open) -> Open:
    """Opens a learning page, made or as a file."""

    def opened(made: am.learn.LearningPage | Path, *, at: str = "", **media: Any) -> Any:
        file = made if isinstance(made, Path) else made.save("page.html").resolve()
        return visit(file, at, media)

    return opened


def learning(**options: Any) -> am.learn.LearningPage:
    return am.learn.learning_page(**{"X": X, "Y": Y, "alpha": 0.5, "iterations": 12} | options)


OVERSHOOTING = {"X": X * 1e200, "alpha": 50.0}


def says(page: Any) -> str:
    return page.locator("#says").inner_text()


def slot(page: Any, name: str) -> str:
    return page.locator(f"[data-slot='{name}']").first.text_content()


def path(page: Any, name: str) -> str:
    return page.locator(f"[data-slot='{name}']").get_attribute("d")


def test_every_iteration_with_the_keys(show: Open) -> None:
    made = learning()
    page = show(made)
    w, b = np.zeros((2, 1)), 0.0
    lines = set()
    for k in range(13):
        J = am.learn.cost(w, b, X, Y)
        dw, db = am.learn.hand_gradients(w, b, X, Y)
        assert says(page).startswith(f"Iteration {k} of 12: J = {J:.4g}")
        assert page.locator("#count").inner_text() == f"iteration {k} of 12"
        assert slot(page, "J") == f"{J:.4g}"
        assert slot(page, "slope b") == f"{db:.4g}".replace("-", "−")
        w, b = w - 0.5 * dw, b - 0.5 * db
        if k < 12:
            assert slot(page, "after b") == f"{b:.4g}".replace("-", "−")
            assert slot(page, "update b").startswith("b := b − α db = ")
        lines.add(path(page, "line 0.5"))
        page.keyboard.press("ArrowRight")
    assert len(lines) == 13
    page.keyboard.press("ArrowLeft")
    assert says(page).startswith("Iteration 11 of 12")
    page.keyboard.press("Home")
    assert says(page).startswith("Iteration 0 of 12")
    page.keyboard.press("ArrowLeft")
    assert says(page).startswith("Iteration 0 of 12")
    page.keyboard.press("End")
    assert says(page).startswith("Iteration 12 of 12")


def test_what_is_not_reached_is_not_to_be_seen(show: Open) -> None:
    page = show(learning())
    clip = page.locator("[data-slot='cost so far']")
    first = clip.get_attribute("d")
    assert (
        page.evaluate(
            "() => { document.querySelectorAll('script').forEach((s) => s.remove());"
            "return document.documentElement.outerHTML }"
        ).count("where descent ends")
        == 0
    )
    page.keyboard.press("End")
    assert clip.get_attribute("d") != first


def test_what_is_said_of_a_picture_goes_with_the_step(show: Open) -> None:
    page = show(learning())
    descriptions = page.locator("desc")
    first = descriptions.all_text_contents()
    page.keyboard.press("End")
    last = descriptions.all_text_contents()
    assert "there is no line yet" in first[0]
    assert all(a != b for a, b in zip(first, last, strict=True))
    assert "J is" in last[1]
    assert f"J = {slot(page, 'J')}." in last[2]


def test_the_buttons_and_the_slider(show: Open) -> None:
    page = show(learning())
    for name, k in (("Step on", 1), ("Last iteration", 12), ("Step back", 11), ("First", 0)):
        page.get_by_role("button", name=name).click()
        assert says(page).startswith(f"Iteration {k} of 12")
    slider = page.get_by_role("slider", name="Iteration")
    slider.fill("8")
    assert says(page).startswith("Iteration 8 of 12")
    assert slider.get_attribute("aria-valuetext") == "iteration 8 of 12"
    slider.press("ArrowRight")
    assert says(page).startswith("Iteration 9 of 12")


def test_play_goes_on_by_itself_and_space_stops_it(show: Open) -> None:
    page = show(learning())
    page.clock.install()
    page.keyboard.press("Space")
    live = page.locator("#says")
    assert live.get_attribute("aria-live") == "off"
    page.clock.run_for(1300)
    assert says(page).startswith("Iteration 1 of 12")
    page.keyboard.press("Space")
    page.clock.run_for(5000)
    assert says(page).startswith("Iteration 1 of 12")
    assert live.get_attribute("aria-live") == "polite"
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(20_000)
    assert says(page).startswith("Iteration 12 of 12")
    assert page.get_by_role("button", name="Play").is_visible()
    page.keyboard.press("Space")
    assert says(page).startswith("Iteration 0 of 12")


def test_a_long_descent_is_played_in_half_a_minute(show: Open) -> None:
    page = show(learning(iterations=3000))
    page.clock.install()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(30_000)
    assert says(page).startswith("Iteration 3000 of 3000")


def test_an_iteration_has_an_address(show: Open) -> None:
    page = show(learning(), at="#iteration=7")
    assert says(page).startswith("Iteration 7 of 12")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("location.hash") == "#iteration=8"
    page.evaluate("location.hash = 'iteration=4'")
    page.wait_for_function("document.querySelector('#at').value == 4")
    assert says(page).startswith("Iteration 4 of 12")
    assert says(show(learning(), at="#iteration=99")).startswith("Iteration 12 of 12")
    assert says(show(learning(), at="#no<iteration>")).startswith("Iteration 0 of 12")
    long = learning(iterations=3000)
    between = says(show(long, at="#iteration=2999"))
    assert between.startswith("Iteration 29")
    assert not between.startswith("Iteration 2999")


def test_a_cost_that_is_not_finite_is_shown_as_such(show: Open) -> None:
    page = show(learning(**OVERSHOOTING))
    page.keyboard.press("End")
    assert slot(page, "J") == "inf"
    assert "No step can be taken from here." in says(page)
    assert path(page, "line 0.5") == path(page, "area 0") == ""
    page.keyboard.press("Home")
    assert slot(page, "J") == "0.6931"
    assert path(page, "area 0") != ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("options", [{}, OVERSHOOTING, {"iterations": 3000}])
def test_axe_finds_nothing(show: Open, scheme: str, options: dict[str, Any]) -> None:
    page = show(learning(**options), color_scheme=scheme, viewport={"width": 360, "height": 640})
    for key in ("ArrowRight", "End"):
        page.keyboard.press(key)
        found = axe.Axe().run(page).response
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
        assert len(found["passes"]) > 15


@pytest.mark.parametrize("width", [320, 360, 1000, 1400])
def test_it_is_no_wider_than_the_screen(show: Open, width: int) -> None:
    page = show(learning(), viewport={"width": width, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.get_by_role("button", name="Step on").is_visible()


def test_keys_step_from_a_button_too(show: Open) -> None:
    page = show(learning(), at="#iteration=3")
    page.get_by_role("button", name="Step on").focus()
    page.keyboard.press("ArrowRight")
    assert says(page).startswith("Iteration 4 of 12")
    page.keyboard.press("Home")
    assert says(page).startswith("Iteration 0 of 12")


def test_the_keys_scroll_the_graph_when_it_is_focused(show: Open) -> None:
    page = show(learning(), viewport={"width": 360, "height": 640})
    page.get_by_role("region", name="Graph of one example").focus()
    page.keyboard.press("ArrowRight")
    assert says(page).startswith("Iteration 0 of 12")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_step_is_there_at_once_and_nothing_moves_between(show: Open, motion: str) -> None:
    page = show(learning(), reduced_motion=motion)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.getAnimations().length") == 0


def test_on_paper_there_are_no_buttons(show: Open) -> None:
    page = show(learning())
    page.emulate_media(media="print")
    assert page.get_by_role("button", name="Step on").is_hidden()
    assert page.locator("table").is_visible()
    assert page.locator("#says").is_visible()


def test_without_scripts_there_is_the_last_iteration(show: Open) -> None:
    page = show(learning(), java_script_enabled=False)
    assert says(page).startswith("Iteration 12 of 12")
    assert page.get_by_role("button", name="Play").is_hidden()
    assert "where descent ends" in page.locator(".update").inner_text()


def test_a_page_in_a_notebooks_frame_steps_as_well(show: Open) -> None:
    frame = learning()._repr_mimebundle_()["text/html"]
    Path("notebook.html").write_text(f"<!DOCTYPE html><title>notebook</title>{frame}", "utf-8")
    page = show(Path("notebook.html").resolve())
    inside = page.frame_locator("iframe")
    inside.locator("h1").click()
    page.keyboard.press("ArrowRight")
    assert inside.locator("#says").inner_text().startswith("Iteration 1 of 12")


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_but_text_on_the_screen(show: Open, label: str) -> None:
    page = show(learning(labels=(label, label), title=label))
    assert page.locator("script").count() == 2
    page.keyboard.press("ArrowRight")
    assert says(page).startswith("Iteration 1 of 12")
