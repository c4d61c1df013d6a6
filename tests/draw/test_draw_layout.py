"""Where things stand: nothing overlaps, everything flows left to right, text stays in its box."""

import random
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini.draw.layout import Edge, arrange, settle
from autograd_mini.draw.route import route
from autograd_mini.figure.text import text_width
from tests.draw.graphs import lecture, logistic, network, tangled, vectorised
from tests.draw.reading import Rect, Seen, SeenArrow, look

Width = Callable[[str, float, bool], float]


def bounds(points: list[tuple[float, float]]) -> Rect:
    xs, ys = zip(*points, strict=True)
    return Rect(min(xs), min(ys), max(xs), max(ys))


def passes(arrow: SeenArrow, rect: Rect) -> bool:
    """Whether an arrow's line passes through a rectangle; its head's tip may touch it."""
    return bounds(arrow.points).overlaps(rect) and any(map(rect.holds, arrow.points[:-1]))


def assert_nothing_overlaps(seen: Seen) -> None:
    frames = [box.frame for box in seen.boxes]
    arrows = seen.forward + seen.backward
    for one, other in combinations(frames, 2):
        assert not one.overlaps(other, apart=8)
    for arrow in arrows:
        start, end = arrow.points[0], arrow.points[-1]
        assert (start[0] < end[0]) == (arrow.role == "forward")
        inner = [Rect(f.left + 2, f.top + 2, f.right - 2, f.bottom - 2) for f in frames]
        assert not any(passes(arrow, frame) for frame in inner)
    rooms = [arrow.room for arrow in seen.backward if arrow.room]
    for one, other in combinations(rooms, 2):
        assert not one.overlaps(other)
    for arrow in seen.backward:
        assert arrow.room is not None
        assert not any(arrow.room.overlaps(frame) for frame in frames)
        assert not any(passes(other, arrow.room) for other in arrows if other is not arrow)
        assert passes(arrow, arrow.room)


def assert_arrows_join_boxes(seen: Seen) -> None:
    """Each arrow begins on the side of one box and ends on the side of another."""
    frames = [box.frame for box in seen.boxes]
    for arrow in seen.forward + seen.backward:
        (x0, y0), (x1, y1) = arrow.points[0], arrow.points[-1]
        x1 += 10 if arrow.role == "forward" else -10  # the line ends within its head
        (x0, y0), (x1, y1) = sorted([(x0, y0), (x1, y1)])
        assert any(abs(f.right - x0) < 0.3 and f.top < y0 < f.bottom for f in frames)
        assert any(abs(f.left - x1) < 0.3 and f.top < y1 < f.bottom for f in frames)


GRAPHS = {
    "lecture": lecture,
    "without labels": lambda: lecture(labels=False),
    "logistic": logistic,
    "vectorised": vectorised,
    "small network": lambda: network([2, 2, 1]),
    "long edges": lambda: tangled(3, 30),
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("backward", [True, False])
def test_no_label_line_or_box_is_in_anothers_way(name: str, backward: bool) -> None:
    J = GRAPHS[name]()
    if backward:
        J.backward()
    seen = look(J)
    assert len(seen.backward) == (len(seen.forward) if backward else 0)
    assert_nothing_overlaps(seen)
    assert_arrows_join_boxes(seen)


@pytest.mark.untraced
@given(st.integers(0, 10_000), st.integers(1, 34), st.booleans())
@settings(max_examples=60)
def test_any_graph_is_laid_out_without_overlap(seed: int, count: int, backward: bool) -> None:
    J = tangled(seed, count)
    if backward:
        J.backward()
    seen = look(J)
    assert_nothing_overlaps(seen)
    assert_arrows_join_boxes(seen)


@pytest.mark.parametrize("widths", [[3, 4, 1], [4, 6, 4, 1]])
def test_larger_graphs_are_laid_out_without_overlap(widths: list[int]) -> None:
    J = network(widths)
    J.backward()
    seen = look(J)
    for one, other in combinations([box.frame for box in seen.boxes], 2):
        assert not one.overlaps(other, apart=8)
    assert_arrows_join_boxes(seen)


def test_a_tree_is_drawn_without_crossings_and_operands_from_top_to_bottom() -> None:
    leaves = [am.Value(float(i), f"x{i}") for i in range(8)]
    level: list[am.Value] = leaves
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2], strict=True)]
    seen = look(level[0])
    tops = [seen.box(f"x{i}").frame.top for i in range(8)]
    assert tops == sorted(tops)
    for one, other in combinations(seen.forward, 2):
        same_gap = abs(one.points[0][0] - other.points[0][0]) < 1
        if same_gap and one.points[0][1] < other.points[0][1]:
            assert one.points[-1][1] < other.points[-1][1]


def test_a_chain_is_a_straight_line() -> None:
    x = am.Value(0.5, "x")
    J = am.sin(am.exp(am.tanh(x)))
    J.backward()
    seen = look(J)
    for arrow in seen.forward + seen.backward:
        assert len({y for _, y in arrow.points}) == 1


def test_pictures_are_no_wider_than_their_words_need() -> None:
    """Between columns is room for a label of two lines and a bend, not for more."""
    J = logistic()
    J.backward()
    seen = look(J)
    columns = sorted(
        {(round(b.frame.left + b.frame.right), b.frame.right - b.frame.left) for b in seen.boxes}
    )
    boxes = sum(dict(columns).values())
    gaps = len({middle for middle, _ in columns}) - 1
    assert gaps == 9
    assert float(seen.root.attrib["width"]) < boxes + gaps * 175
    J = am.Value(0.5, "x")
    for _ in range(24):
        J = am.sin(J)
    J.backward()
    assert float(look(J).root.attrib["width"]) < 8000


def test_a_picture_shrinks_to_the_page_only_while_it_can_be_read() -> None:
    svg = am.draw(logistic(), engine="builtin").svg
    width = float(Seen(svg).root.attrib["width"])
    assert f"{{max-width:max(100%,{0.75 * width:.1f}".removesuffix(".0") in svg


def test_edges_cross_only_where_they_must() -> None:
    """Box 2 feeds 3 and 5, box 1 feeds 4 between them; in another order nothing crosses."""
    edges = [Edge(0, 3), Edge(2, 3), Edge(1, 4), Edge(2, 5), Edge(3, 6), Edge(4, 6), Edge(5, 6)]
    columns = arrange([40] * 7, edges).columns
    place = {box: i for column in columns for i, box in enumerate(column)}
    for one, other in combinations(edges[:4], 2):
        above = place[one.source] - place[other.source]
        assert above * (place[one.target] - place[other.target]) >= 0


@given(st.integers(0, 10_000), st.integers(3, 20))
def test_edges_into_one_box_do_not_cross_before_it(seed: int, count: int) -> None:
    rng = random.Random(seed)
    edges = [
        Edge(source, target, both=True)
        for target in range(1, count)
        for source in sorted({rng.randrange(target) for _ in range(3)})
    ]
    heights = [120.0] * count
    layout = route(arrange(heights, edges), [(60.0, 120.0)] * count, edges)
    paths = list(zip(edges, layout.forward, strict=True))
    for (one, path), (other, beside) in combinations(paths, 2):
        if one.target == other.target:
            assert (path[-3][1] < beside[-3][1]) == (path[-1][1] < beside[-1][1])


def test_many_one_way_edges_from_one_box_run_as_one_line() -> None:
    """A long chain that uses one input at every step has one line along it, not one for each."""
    edges = [Edge(i, i + 1) for i in range(1, 20)] + [Edge(0, i) for i in range(2, 21)]
    arrangement = arrange([60.0] * 21, edges)
    assert max(map(len, arrangement.columns)) == 2


def test_the_largest_graphs_have_straight_lines() -> None:
    count = 800
    edges = [Edge(i, i + 1) for i in range(count - 1)] + [Edge(0, count - 1)]
    layout = route(arrange([40.0] * count, edges), [(60.0, 40.0)] * count, edges)
    assert layout.straight
    assert all(len(path) == 2 for path in layout.forward)


def test_a_graph_with_too_many_long_edges_has_straight_lines() -> None:
    count = 300
    edges = [Edge(i, i + 1) for i in range(count - 1)]
    edges += [Edge(i, count - 1) for i in range(0, count - 1, 2)]
    assert arrange([40.0] * count, edges).straight


def test_nothing_at_all_has_a_layout() -> None:
    layout = route(arrange([], []), [], [])
    assert layout.size == (0.0, 0.0)


positions = st.floats(-100, 100, width=32)


@given(st.data(), st.lists(st.tuples(positions, st.floats(0.1, 10)), min_size=1, max_size=6))
def test_no_other_heights_are_nearer_to_what_is_wanted(
    data: st.DataObject, items: list[tuple[float, float]]
) -> None:
    wanted, weights = [want for want, _ in items], [weight for _, weight in items]
    gaps = data.draw(st.lists(st.floats(0, 50), min_size=len(items) - 1, max_size=len(items) - 1))
    y = [0.0] * len(items)
    settle(range(len(items)), gaps, wanted, weights, y)

    def cost(heights: list[float]) -> float:
        return sum(w * (h - want) ** 2 for w, h, want in zip(weights, heights, wanted, strict=True))

    for (above, below), gap in zip(pairwise(y), gaps, strict=True):
        assert below - above >= gap - 1e-6
    other = [data.draw(positions)]
    for gap in gaps:
        other.append(other[-1] + gap + data.draw(st.floats(0, 30)))
    assert cost(y) <= cost(other) * (1 + 1e-9) + 1e-6


# Text ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def true_width() -> Width:
    """The width of a text in DejaVu Sans, the widest of the fonts that pictures ask for."""
    matplotlib = pytest.importorskip("matplotlib")
    image_font = pytest.importorskip("PIL.ImageFont")
    fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
    regular = image_font.truetype(str(fonts / "DejaVuSans.ttf"), 100)
    bold = image_font.truetype(str(fonts / "DejaVuSans-Bold.ttf"), 100)
    return lambda text, size, heavy: (bold if heavy else regular).getlength(text) * size / 100


ALPHABET = st.characters(min_codepoint=33, max_codepoint=126) | st.sampled_from(" ·×−…²³₁₂∂αβσΣé")


@given(text=st.text(ALPHABET, min_size=3, max_size=40), heavy=st.booleans())
def test_text_is_no_wider_than_reckoned(text: str, heavy: bool, true_width: Width) -> None:
    reckoned = text_width(text, 14, bold=heavy)
    assert true_width(text, 14, heavy) <= reckoned * 1.03 + 2


@pytest.mark.parametrize("name", GRAPHS)
def test_text_never_leaves_its_box(name: str, true_width: Width) -> None:
    J = GRAPHS[name]()
    J.backward()
    for box in look(J).boxes:
        for line in box.lines:
            half = true_width(line.text, line.size, line.role == "expression") / 2
            assert box.frame.left + 4 < line.x - half
            assert line.x + half < box.frame.right - 4


def test_wide_characters_take_two_columns() -> None:
    assert text_width("漢字", 14) > 1.9 * text_width("α", 14)
