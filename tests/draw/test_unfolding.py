"""What a page can fold and unfold: the foldings in its file, and where each node is in them."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest

import autograd_mini as am
from autograd_mini.draw.fold import cut, fold_scopes, nearest_the_end, one_box_a_node, reduced
from autograd_mini.draw.names import named
from autograd_mini.draw.picture import pictures
from autograd_mini.draw.unfolding import BOXES, FOLDINGS, LABELS, PLACES, unfoldings
from tests.draw.graphs import lecture, loop, network, tangled
from tests.draw.test_draw_scopes import block, layers
from tests.draw.test_page import page


def examples(m: int) -> am.Value:
    """A cost with a scope for each of m alike examples, whose z has a label."""
    w, b, J = am.Value(0.3, "w"), am.Value(0.1, "b"), am.Value(0.0)
    for i in range(m):
        with am.scope("example"):
            z = w * (0.01 * i - 1) + b
            am.label(z=z)
            loss = -am.log(am.sigmoid(z))
        J = J + loss
    J.label = "J"
    J.backward()
    return J


def wide() -> am.Value:
    """Two scopes, of which one holds more than a picture can."""
    x = am.Value(0.5, "x")
    with am.scope("small"):
        y = am.tanh(x * 2)
    with am.scope("large"):
        z = y
        for i in range(500):
            z = am.sin(z) * (y + i)
    return z


def frames(known: dict[str, Any]) -> list[set[int]]:
    return [set(view["frames"]) for view in known["views"]]


@pytest.mark.parametrize(
    "J",
    [lecture(), block(), layers(), examples(50), loop(50), network([4, 4, 1]), tangled(3, 80)],
    ids=range(7),
)
@pytest.mark.parametrize("aim", [3, 10, 40])
def test_each_node_is_in_the_box_that_counts_it(J: am.Node, aim: int) -> None:
    plain = one_box_a_node(J)
    scopes = {scope for frame in plain.frames for scope in frame}
    small = reduced(plain, aim, 10_000, whole=False)
    for graph in (
        plain,
        small,
        fold_scopes(plain, scopes),
        cut(small, nearest_the_end(small, aim // 2)),
    ):
        assert len(graph.box_of) == len(plain)
        assert [graph.box_of.count(i) for i in range(len(graph))] == graph.counts
        for node, box in zip(plain.nodes, graph.box_of, strict=True):
            holders = [i for i, tops in enumerate(graph.tops) if any(t is node for t in tops)]
            assert holders in ([], [box])


def neurons() -> am.Value:
    """Three layers of two unlabelled neurons, each in a scope of its own."""
    xs = [am.Value(0.1 * i) for i in range(3)]
    for depth in range(3):
        out = []
        with am.scope(f"layer {depth}"):
            for j in range(2):
                with am.scope(f"neuron {j}"):
                    z = am.Value(0.1)
                    for x in xs:
                        z = z + am.Value(0.3) * x
                    out.append(am.tanh(z))
        xs = out
    J = xs[0] * xs[0] + xs[1]
    J.backward()
    return J


@pytest.mark.parametrize("J", [neurons(), block(), examples(30)], ids=range(3))
@pytest.mark.parametrize("most", [12, 400])
def test_a_node_has_one_name_in_all_views(J: am.Node, most: int) -> None:
    plain = one_box_a_node(J)
    outer = {frame[0] for frame in plain.frames if frame}
    graphs = unfoldings(plain, fold_scopes(plain, outer), most, most)
    names: dict[am.Node, set[str]] = {}
    heads = set()
    for graph, picture in zip(graphs, pictures(graphs, named(graphs, J)), strict=True):
        heads.add(picture.title)
        for i, (tops, box) in enumerate(zip(graph.tops, picture.boxes, strict=True)):
            if len(tops) == 1 and i not in graph.scopes and i not in graph.parts:
                names.setdefault(tops[0], set()).add(box.name)
    assert [each for each in names.values() if len(each) > 1] == []
    if most > len(plain):
        assert len(graphs) > 1
        assert len(heads) == 1


def test_a_graph_with_nothing_folded_or_cut_has_one_view() -> None:
    for known in (
        page(lecture()).known,
        page(block(), depth=1).known,
        page(tangled(1, 200), max_nodes=5).known,
    ):
        assert len(known["views"]) == 1


def test_each_scope_can_be_opened_and_folded() -> None:
    known = page(layers()).known
    scopes = set.union(*frames(known))
    assert len(scopes) == 3
    assert frames(known)[0] == scopes
    assert set() in frames(known)
    for scope in scopes:
        assert {scope} in frames(known)
        assert scopes - {scope} in frames(known)
    boxes = iter(known["boxes"])
    for view in known["views"]:
        own = [next(boxes) for _ in range(view["boxes"])]
        assert {scope for box in own for scope in box["scopes"]} == scopes - set(view["frames"])
    assert not list(boxes)


def test_what_is_around_an_opened_scope_is_open_too() -> None:
    known = page(block(), fold=True).known
    assert frames(known)[0] == set()
    inner = [view for view in frames(known) if len(view) == 2]
    outer = set.intersection(*inner)
    assert len(outer) == 1
    assert outer in frames(known)


def test_alike_scopes_are_one_box_beside_the_one_that_is_open() -> None:
    known = page(examples(200)).known
    assert len(known["views"]) == FOLDINGS
    first, second = known["views"][:2]
    own = known["boxes"][first["boxes"] : first["boxes"] + second["boxes"]]
    assert any("× 199" in box["detail"] for box in own)
    assert any(box["line"].startswith("z = ") for box in own)
    assert second["says"] == "1,203 nodes in 9 boxes."


def test_a_scope_too_large_to_be_shown_is_reduced() -> None:
    known = page(wide()).known
    assert {len(view) for view in frames(known)} >= {0, 1}
    assert max(view["boxes"] for view in known["views"][1:]) <= 400


@pytest.mark.untraced
def test_the_file_is_bounded() -> None:
    known = page(network_in_scopes()).known
    assert sum(view["boxes"] for view in known["views"][1:]) <= BOXES
    assert len(known["views"]) <= FOLDINGS


def network_in_scopes() -> am.Value:
    """Scopes of a hundred nodes and more, each unlike the others."""
    z = am.Value(0.5, "x")
    for k in range(12):
        with am.scope(f"part {k}"):
            for i in range(150 + k):
                z = am.sin(z + i) if (i * k) % 3 else am.tanh(z)
    return z


def test_a_view_numbers_its_own_and_the_page_all() -> None:
    J = layers()
    J.backward()
    seen = page(J)
    known = seen.known
    assert len(known["boxes"]) == sum(view["boxes"] for view in known["views"])
    assert len(known["arrows"]) == sum(view["arrows"] for view in known["views"])
    assert {len(column) for column in known["state"].values()} == {
        len(known["boxes"]),
        len(known["arrows"]),
    }
    first = 0
    arrow = 0
    for view in known["views"]:
        own = range(first, first + view["boxes"])
        for each in known["arrows"][arrow : arrow + view["arrows"]]:
            assert each["source"] in own
            assert each["target"] in own
        for i in own:
            assert {part for part in known["boxes"][i]["formula"] if isinstance(part, int)} <= {
                *own
            }
        assert known["boxes"][first + view["output"]]["role"] == "output"
        first, arrow = own.stop, arrow + view["arrows"]
    hidden = [attributes for tag, attributes in seen.tags if "hidden" in attributes]
    assert sum("viewbox" in attributes for attributes in hidden) == len(known["views"]) - 1
    later = [int(str(a["data-row"])) for a in hidden if "data-row" in a]
    assert later == list(range(known["views"][0]["boxes"], len(known["boxes"])))


def test_the_policy_knows_the_styles_of_all_views() -> None:
    html = am.draw(layers(), engine="builtin").html
    policy = re.findall("style-src (.*?);", html)[0].split()
    for text in re.findall("<style>(.*?)</style>", html, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.untraced
@pytest.mark.parametrize("make", [layers, block, lambda: examples(30)])
def test_a_box_is_found_in_every_view(make: Callable[[], am.Value]) -> None:
    known = page(make()).known
    counts = [view["boxes"] for view in known["views"]]
    assert len(known["places"]) == sum(counts)
    at = 0
    for number, count in enumerate(counts):
        for i, places in enumerate(known["places"][at : at + count]):
            assert places[number] == i
            assert all(0 <= place < most for place, most in zip(places, counts, strict=True))
        at += count


@pytest.mark.untraced
def test_a_label_is_found_in_the_box_that_holds_it() -> None:
    known = page(block(), fold=True).known
    found = {label: boxes for label, *boxes in known["labels"]}
    assert {*found} == {"w0", "w1", "x", "J"}
    first = known["boxes"][: known["views"][0]["boxes"]]
    assert [first[i]["name"] for i in found["J"][0]] == ["J"]
    assert [first[i]["name"] for i in found["x"][0]] == ["x"]
    J = examples(300)
    [held] = [boxes for label, *boxes in page(J).known["labels"] if label == "z"]
    assert max(map(len, held)) <= PLACES
    assert len(held[0]) == 1


@pytest.mark.untraced
def test_more_labels_than_fit_are_counted() -> None:
    x = am.Value(1.0, "x")
    nodes = [x * i for i in range(LABELS + 7)]
    for i, node in enumerate(nodes):
        node.label = f"y{i}"
    known = page(sum(nodes, x)).known
    assert len(known["labels"]) == LABELS
    assert known["unlisted"] == 8


def test_the_page_says_what_is_folded() -> None:
    assert page(lecture()).known["views"][0]["says"] == ""
    assert page(loop(200)).known["views"][0]["says"] == "2,405 nodes in 6 boxes."
    # What else there is to say stands in the picture, and not twice.
    told = "2,001 nodes are in the box that alone uses them"
    assert am.draw(loop(200)).html.count(told) == 1


def test_an_exercise_has_one_view() -> None:
    J = layers()
    J.backward()
    html = am.draw(J, engine="builtin").save("J.html", exercise=True).read_text(encoding="utf-8")
    text = re.findall('id="data">(.*?)<', html)[0]
    assert base64.b64decode(text).count(b'"frames"') == 1
