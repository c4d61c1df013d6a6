"""Parts: what a page opens of alike sub-graphs drawn as one, and of boxes that took others in."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import autograd_mini as am
from autograd_mini.draw.fold import UNIT, Folding, one_box_a_node, reduced
from autograd_mini.draw.parts import Part
from autograd_mini.draw.unfolding import BOXES, FOLDINGS, unfoldings
from tests.draw.graphs import loop, network
from tests.draw.test_page import page
from tests.draw.test_unfolding import examples


def regression(m: int, n: int = 4, bias: float = 0.1) -> am.Value:
    """The cost by loops over m examples of n features, with labels in the loop."""
    rng = random.Random(0)
    w, b = [am.Value(rng.gauss(0, 1)) for _ in range(n)], am.Value(bias)
    am.label({"w": w, "b": b})
    J = am.Value(0.0)
    for _ in range(m):
        z = b
        for weight in w:
            z = z + weight * round(rng.gauss(0, 1), 2)
        a = am.sigmoid(z)
        L = -am.log(a)
        am.label(z=z, a=a, L=L)
        J = J + L
    J = J / m
    J.label = "J"
    return J


def perceptrons(m: int) -> am.Value:
    """A network of one hidden layer, run by loops over m examples."""
    rng = random.Random(0)
    net = am.learn.MLP(3, (6, 1))
    J = am.Value(0.0)
    for _ in range(m):
        J = J + (net([rng.random() for _ in range(3)]) - 1) ** 2
    J.label = "J"
    return J


def within_scopes() -> am.Value:
    """A loop in a scope that is most of the graph, and another scope that its bodies use."""
    x = am.Value(0.5, "x")
    with am.scope("small"):
        y = am.tanh(x * 2) + x
    with am.scope("loop"):
        z = am.Value(0.0)
        for i in range(300):
            z = z + am.sin(am.exp(y * i / 300))
    return z * y


GRAPHS: list[Callable[[], am.Value]] = [partial(loop, 60), partial(regression, 100)]
GRAPHS += [partial(perceptrons, 40), partial(network, [8, 16, 8, 1]), within_scopes]
GRAPHS += [partial(examples, 150)]


def foldings(J: am.Node) -> list[Folding]:
    plain = one_box_a_node(J)
    return unfoldings(plain, reduced(plain, 100, 400, whole=True), 100, 400)


def parts_of(graph: Folding) -> set[Part]:
    return {scope for frame in graph.frames for scope in frame if isinstance(scope, Part)}


def opened(J: am.Node, *names: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """A page's view in which frames of these names are open, its boxes, and the frame of each."""
    drawing = am.draw(J, engine="builtin")
    known = page(J).known
    first = 0
    for view, picture in zip(known["views"], [drawing._picture, *drawing._others], strict=True):
        boxes = known["boxes"][first : first + view["boxes"]]
        first += view["boxes"]
        if [frame.name for frame in picture.frames] == [*names]:
            framed = [*(frame.name for frame in picture.frames), ""]
            return view, boxes, [framed[box.frame] for box in picture.boxes]
    raise AssertionError(names)


@pytest.mark.parametrize("make", GRAPHS)
def test_each_node_is_in_one_box_and_operands_stand_before_results(
    make: Callable[[], am.Value],
) -> None:
    found = foldings(make())
    assert len(found) > 1
    for graph in found:
        assert [graph.box_of.count(i) for i in range(len(graph))] == graph.counts
        assert all(parent < i for i, parents in enumerate(graph.parents) for parent in parents)
        place = {node: k for k, node in enumerate(graph.nodes)}
        for i, tops in enumerate(graph.tops):
            assert all(graph.box_of[place[top]] == i for top in tops)


@pytest.mark.parametrize("make", GRAPHS)
def test_a_part_is_what_leads_to_its_result_alone(make: Callable[[], am.Value]) -> None:
    J = make()
    plain = one_box_a_node(J)
    users: dict[int, set[int]] = {k: set() for k in range(len(plain))}
    for k, parents in enumerate(plain.parents):
        for parent in parents:
            users[parent].add(k)
    shown, *others = foldings(J)
    for graph in others:
        for part in parts_of(graph):
            inside = {k for k, i in enumerate(graph.box_of) if part in graph.frames[i]}
            top = next(k for k, node in enumerate(plain.nodes) if node is part.top)
            assert top in inside
            assert all(users[k] <= inside for k in inside - {top})
            around = {shown.frames[shown.box_of[k]] for k in inside}
            assert len(around) == 1
            # All that leads there alone, unless another box, frame or scope has it.
            beside = {
                k
                for k in set(users) - inside - {len(plain) - 1}
                if users[k] <= inside and plain.frames[k] == plain.frames[top]
            }
            if part.copies > 1:
                assert not {k for k in beside if shown.frames[shown.box_of[k]] in around}


@pytest.mark.parametrize("make", GRAPHS)
def test_what_can_be_opened_is_said_and_the_file_is_bounded(make: Callable[[], am.Value]) -> None:
    found = foldings(make())
    assert len(found) <= FOLDINGS
    assert sum(map(len, found[1:])) <= BOXES
    shown, *others = found
    assert not parts_of(shown)
    for graph in found:
        for parts in graph.parts.values():
            assert not parts_of(graph) & {*parts}
    held = {part for parts in shown.parts.values() for part in parts}
    for graph in others:
        assert len(parts_of(graph)) != 1 or parts_of(graph) <= held


@pytest.mark.untraced
def test_the_first_example_is_seen_in_full_beside_the_others() -> None:
    _, boxes, frames = opened(loop(200), "part 1 of 200")
    assert frames.count("part 1 of 200") == 11
    inside = [box for box, frame in zip(boxes, frames, strict=True) if frame]
    assert not any(box["inside"] for box in inside)
    assert [box["detail"] for box in boxes if "×" in box["detail"]] == [
        "× 199, 995 nodes",
        "× 199, 1,194 nodes",
    ]


def test_the_numbers_are_those_of_the_first_example() -> None:
    J = regression(100)
    J.backward()
    [z] = [node for node in one_box_a_node(J).nodes if node.label == "z"][:1]
    drawing = am.draw(J, engine="builtin")
    views = [p for p in drawing._others if [f.name for f in p.frames] == ["part 1 of 100"]]
    [shown] = [box for box in views[0].boxes if box.name == "z"]
    assert (shown.data, shown.grad) == (z.data, z.grad)
    assert shown.expression.startswith("z = ")


@pytest.mark.untraced
def test_a_large_part_opens_in_its_boxes_and_these_in_turn() -> None:
    J = perceptrons(40)
    _, boxes, frames = opened(J, "part 1 of 40")
    inside = [box for box, frame in zip(boxes, frames, strict=True) if frame]
    assert [box["detail"].split(",")[0] for box in inside] == ["× 6", "8 nodes"]
    _, boxes, frames = opened(J, "part 1 of 40", "part 1 of 6")
    assert frames.count("part 1 of 6") == 8
    assert "× 5" in [box["detail"].split(",")[0] for box in boxes]
    assert sum(view["frames"] != [] for view in page(J).known["views"]) > 2
    assert UNIT < 6 * 8 + 8


def test_of_single_boxes_that_are_alike_the_first_is_opened() -> None:
    known = page(network([8, 16, 8, 1], labels=True)).known
    first = known["boxes"][: known["views"][0]["boxes"]]
    opens = [box["name"] for box in first if box["scopes"]]
    assert opens == ["h0[0]", "t₁", "J"]


def chain(count: int) -> am.Value:
    """One operation after the other."""
    z = am.Value(0.5, "x")
    for _ in range(count):
        z = am.sin(z)
    z.label = "J"
    return z


@pytest.mark.untraced
def test_a_box_of_a_thousand_nodes_opens_in_sections_and_the_first_of_these_in_turn() -> None:
    J = chain(1000)
    J.backward()
    known = page(J).known
    _, boxes, _ = opened(J, "all of J")
    sections = [box for box in boxes if box["role"] in ("scope", "output")]
    assert [box["detail"] for box in sections] == ["25 nodes"] * 40
    opens = [view["frames"][-1] for view in known["views"] if view["frames"]]
    assert [bool({*box["scopes"]} & {*opens}) for box in sections] == [True] * 3 + [False] * 37
    _, boxes, frames = opened(J, "all of J", "nodes 1 … 25 of 1,000")
    assert frames.count("nodes 1 … 25 of 1,000") == 25
    assert not any(box["inside"] for box, frame in zip(boxes, frames, strict=True) if "25" in frame)


@pytest.mark.untraced
def test_a_box_of_a_hundred_thousand_nodes_opens() -> None:
    _, boxes, _ = opened(chain(100_000), "all of J")
    assert sum(box["detail"] == "2,500 nodes" for box in boxes) == 40


def test_a_box_says_what_is_folded_in_it() -> None:
    known = page(loop(200)).known
    inside = {box["name"]: box["inside"] for box in known["boxes"][: known["views"][0]["boxes"]]}
    assert inside["J"] == "200 × subtract, 1 × input, 1 × divide"
    assert inside["t₁"] == "400 × multiply, 400 × add, 200 × sigmoid"
    assert inside["w1"] == ""


@pytest.mark.untraced
def test_a_node_has_one_name_in_all_views() -> None:
    J = loop(200)
    _, folded, _ = opened(J)
    _, boxes, _ = opened(J, "part 1 of 200")
    assert [box["line"] for box in folded][3:5] == ["t₁ = sigmoid(…)", "t₂ = (…) + (…)"]
    lines = [box["line"] for box in boxes]
    assert any(line.startswith("t₁ = sigmoid(") and "…" not in line for line in lines)
    assert any(line.startswith("t₂ = ") and "…" not in line for line in lines)


def test_sums_have_all_their_terms_where_arrows_are_left_out() -> None:
    J = regression(100, 12)
    J.backward()
    drawing = am.draw(J, engine="builtin")
    large = [picture for picture in drawing._others if len(picture.boxes) > 40]
    assert large
    for picture in large:
        assert all(arrow.backward is None and arrow.flow for arrow in picture.arrows)


def test_nothing_is_opened_where_much_is_left_out() -> None:
    for options in ({"max_nodes": 3}, {"depth": 1}):
        assert len(page(loop(200), **options).known["views"]) == 1
