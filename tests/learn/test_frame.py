"""What all plots share: colours that can be seen and read, words for those who do not see them."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.learn.axes import Axis
from autograd_mini.learn.frame import BANDS, PALETTE, SIDE, Frame
from tests.learn.seeing import SVG, Seen

HOSTILE = '<script>alert("x")</script> & \x00\u202e ]]> ' + "W" * 300

X, Y = np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 2.0, 1.0]]), np.array([[0, 0, 1, 1]])


def J(w, b):
    return (w - 1) ** 2 + 2 * b**2


def undecided(x1: float, x2: float) -> float:
    return 1 / (1 + np.exp(3 - 2 * x1))


PATH = am.learn.descend(J, [3.0, 2.0], alpha=0.1, iterations=9, keep_path=True)

PLOTS = {
    "cost": lambda title, label: am.learn.plot_cost({label: [3, 1, np.nan], "b": [2]}, title=title),
    "boundary": lambda title, label: am.learn.plot_boundary(
        undecided, X, Y, title=title, labels=(label, label)
    ),
    "bowl": lambda title, label: am.learn.plot_bowl(J, PATH, title=title, labels=(label, label)),
    "surface": lambda title, label: am.learn.plot_surface(
        J, PATH, title=title, labels=(label, label)
    ),
}
each_plot = pytest.mark.parametrize("name", PLOTS)


def brightness(colour: str) -> float:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(role: str, ground: str, dark: bool) -> float:
    pair = [brightness(PALETTE[name][1 + dark]) + 0.05 for name in (role, ground)]
    return max(pair) / min(pair)


def grounds(role: str) -> list[str]:
    """What a line or mark of this role is drawn on."""
    bands = [f"band{i}" for i in range(BANDS)]
    sides = [f"{side}{i}" for side in ("yes", "no") for i in range(SIDE)]
    return {"green": [], "purple": [], "outline": sides, "ink": sides}.get(role, bands + sides)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_pass_AA(dark: bool) -> None:
    for role in ("expression", "detail", "value", "dvar"):
        assert contrast(role, "page", dark) >= 4.5
    for role in ("outline", "ink", "blue", "red", "green", "purple"):
        for ground in ["page", *grounds(role)]:
            assert contrast(role, ground, dark) >= 3, (role, ground)


@each_plot
def test_title_and_description_name_the_picture(name: str) -> None:
    figure = PLOTS[name]("What is seen", "x")
    seen = Seen(figure)
    assert seen.title == figure.title == "What is seen"
    assert "What is seen" in seen.words
    assert len(seen.said.split()) > 8
    ids = seen.root.attrib["aria-labelledby"], seen.root.attrib["aria-describedby"]
    assert [seen.root[0].attrib["id"], seen.root[1].attrib["id"]] == list(ids)
    assert repr(figure) == "<Figure: What is seen>"


@each_plot
def test_titles_and_labels_are_text_whatever_they_hold(name: str) -> None:
    svg = PLOTS[name](HOSTILE, HOSTILE).svg
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert not {"\u202e", "\x00"} & set(svg)
    assert float(root.attrib["width"]) < 1000


@each_plot
def test_a_picture_is_the_same_each_time_and_its_own_in_a_page(name: str) -> None:
    assert PLOTS[name]("a", "x").svg == PLOTS[name]("a", "x").svg
    first, second = (Seen(PLOTS[name](title, "x")).root.attrib["class"] for title in "ab")
    assert first != second


@each_plot
def test_the_dark_page_has_colours_of_its_own(name: str) -> None:
    svg = PLOTS[name]("a", "x").svg
    style = svg[svg.index("<style>") : svg.index("</style>")]
    used = {role for e in ET.fromstring(svg).iter() for role in e.attrib.get("class", "").split()}
    for role in used - {ET.fromstring(svg).attrib["class"]}:
        assert f".{role}{{" in style, role


@each_plot
def test_all_formats_are_written(name: str) -> None:
    pytest.importorskip("cairosvg")
    figure = PLOTS[name]("a", "x")
    assert figure.save("a.svg").read_text(encoding="utf-8") == figure.svg
    assert figure.save("a.png").read_bytes().startswith(b"\x89PNG")
    assert figure.save("a.pdf").read_bytes().startswith(b"%PDF")
    assert figure.svg in figure.save("a.html").read_text(encoding="utf-8")
    with pytest.raises(am.DrawError, match=r"saved as \.svg, \.html, \.png or \.pdf; 'a.dot' ends"):
        figure.save("a.dot")
    assert [path.name for path in Path().glob("a.dot")] == []
    assert figure._repr_mimebundle_() == {"image/svg+xml": figure.svg, "text/plain": repr(figure)}


@each_plot
def test_nothing_is_drawn_beyond_the_picture(name: str) -> None:
    root = ET.fromstring(PLOTS[name]("a", "x").svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for text in root.iter(f"{SVG}text"):
        assert -60 < float(text.attrib["x"]) < width
        assert -60 < float(text.attrib["y"]) < height


def test_long_numbers_of_ticks_have_room() -> None:
    X = [[1000.00001, 1000.000018], [0.0, 1.0]]
    seen = Seen(am.learn.plot_boundary(lambda a, b: 0.3, X, [[0, 1]]))
    [foot] = {y for text, _, y in seen.texts() if text.startswith("1000.0")}
    assert foot > 400
    assert 2 <= sum(text.startswith("1000.0") for text in seen.words) <= 3


def test_a_name_finds_a_free_side_or_stands_to_the_right() -> None:
    frame = Frame("", Axis("x", 0.0, 1.0), Axis("y", 0.0, 1.0), (400.0, 400.0))
    where = []
    for _ in range(10):
        frame.beside("here", (200.0, 200.0))
        [text] = re.findall(r'<text x="([^"]*)" y="([^"]*)"', frame.drawn[-1])
        where.append(text)
    assert len(set(where)) == 4
    assert where[0] == where[-1] == where[-2]
    assert float(where[0][0]) > 210
