"""Scopes in pictures: frames around what they hold, and boxes when they are folded."""

import contextvars
import random
import re
import shutil
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as am
from tests.draw.reading import Rect, Seen, look
from tests.draw.test_draw_folding import count_in, nodes_of
from tests.draw.test_draw_layout import assert_arrows_join_boxes, assert_nothing_overlaps

HOSTILE = [
    "",
    "<b> & \"quotes\" 'c'",
    "]]> --> </svg><script>",
    "two\nlines\tand tabs",
    "back\\slash \\n \\l {a|b}",
    "<html>",
    "\u202eturned\u0000",
    "x" * 5000,
    "層 1 ∂ü",
]


def block() -> am.Value:
    """Two heads within a block, and a mix of both that has two results."""
    x, w = am.Value(0.5, "x"), [am.Value(0.3, "w0"), am.Value(0.7, "w1")]
    with am.scope("block"):
        heads = []
        for i in range(2):
            with am.scope(f"head {i}"):
                heads.append(am.tanh(w[i] * x + 0.1))
        with am.scope("mix"):
            s = heads[0] * heads[1]
            t = am.exp(s)
    J = s * t + x
    J.label = "J"
    return J


def layers(widths: tuple[int, ...] = (2, 3, 2, 1)) -> am.Value:
    """A network with a scope a layer; its weights have no label."""
    random.seed(1)
    signal = [am.Value(random.uniform(-1, 1), f"x{j}") for j in range(widths[0])]
    for i, layer in enumerate(am.learn.MLP(widths[0], widths[1:]).layers):
        with am.scope(f"layer {i + 1}"):
            outcome = layer(signal)
        signal = outcome if isinstance(outcome, list) else [outcome]
    J = (signal[0] - 1.0) ** 2
    J.label = "J"
    return J


def examples(m: int, name: str = "example {}") -> am.Value:
    """The cost over m examples, each in a scope."""
    rng = random.Random(1)
    w, b = am.Value(0.3, "w"), am.Value(0.0, "b")
    J = am.Value(0.0)
    for i in range(m):
        with am.scope(name.format(i)):
            a = am.sigmoid(w * rng.gauss(0, 1) + b)
            L = -am.log(a)
        J = J + L
    J = J / m
    J.label = "J"
    return J


def holds(frame: Rect, other: Rect) -> bool:
    return (
        frame.left < other.left
        and frame.top < other.top
        and frame.right > other.right
        and frame.bottom > other.bottom
    )


def inside(seen: Seen, name: str) -> list[str]:
    (frame,) = (frame for frame in seen.frames if frame.name == name)
    return [b.text("expression") for b in seen.boxes if holds(frame.frame, b.frame)]


def assert_frames_are_apart(seen: Seen) -> None:
    """Two frames are one in another or apart, and a box is all in a frame or all outside."""
    frames = [frame.frame for frame in seen.frames]
    for one, other in combinations(frames, 2):
        assert holds(one, other) or holds(other, one) or not one.overlaps(other)
    for box in seen.boxes:
        assert all(holds(frame, box.frame) or not frame.overlaps(box.frame) for frame in frames)


def assert_arrows_cross_level(seen: Seen) -> None:
    """Where an arrow crosses the side of a frame, its pieces meet: it runs level there."""
    for frame in (each.frame for each in seen.frames):
        for arrow in seen.forward + seen.backward:
            for side in (frame.left, frame.right):
                near = [y for x, y in arrow.points if abs(x - side) < 6]
                crosses = len({frame.holds(point) for point in arrow.points}) == 2
                if crosses and near and frame.top < near[0] < frame.bottom:
                    assert max(near) - min(near) < 0.2


# Open ---------------------------------------------------------------------------------------------


ENGINES = [
    "builtin",
    pytest.param("dot", marks=pytest.mark.skipif(not shutil.which("dot"), reason="no dot")),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("backward", [False, True])
def test_a_frame_holds_the_boxes_of_its_scope_and_no_other(engine: str, backward: bool) -> None:
    J = block()
    if backward:
        J.backward()
    seen = look(J, engine=engine)
    assert [frame.name for frame in seen.frames] == ["block", "head 0", "head 1", "mix"]
    assert_frames_are_apart(seen)
    assert_nothing_overlaps(seen)
    assert_arrows_join_boxes(seen)
    assert_arrows_cross_level(seen)
    assert sorted(inside(seen, "head 1")) == sorted(["w1·x", "w1·x + 0.1", "t₂ = tanh(w1·x + 0.1)"])
    assert inside(seen, "mix") == ["t₄ = t₁·t₂", "exp(t₄)"]
    assert len(inside(seen, "block")) == 8
    assert len(seen.boxes) == 13
    assert len(seen.backward) == (len(seen.forward) if backward else 0)


def test_weights_without_a_label_stand_in_the_layer_that_alone_uses_them() -> None:
    seen = look(layers())
    assert [frame.name for frame in seen.frames] == ["layer 1", "layer 2", "layer 3"]
    assert_frames_are_apart(seen)
    assert_arrows_join_boxes(seen)
    outside = [b for b in seen.boxes if not any(holds(f.frame, b.frame) for f in seen.frames)]
    assert [box.text("expression") for box in outside] == [
        "x0",
        "x1",
        "t₁₇ − 1",
        "J = (t₁₇ − 1)²",
    ]


def test_an_input_made_in_a_scope_stands_there_whoever_uses_it() -> None:
    with am.scope("initial values"):
        w, b = am.Value(2.0), am.Value(3.0, "b")
    with am.scope("layer"):
        h = am.tanh(w * b)
    seen = look(h * 2)
    assert len(inside(seen, "initial values")) == 2
    assert len(inside(seen, "layer")) == 2


def test_the_description_names_the_frames() -> None:
    assert look(block()).description.endswith("with frames around block, head 0, head 1, mix")


def test_a_graph_without_scopes_has_no_frames() -> None:
    assert look(am.Value(1.0) * 2).frames == []


def test_scopes_deeper_than_six_are_part_of_the_sixth() -> None:
    def deeper(x: am.Value, depth: int) -> am.Value:
        with am.scope(f"depth {depth}"):
            y = am.sin(x)
            return deeper(y, depth + 1) if depth < 300 else y

    seen = look(deeper(am.Value(1.0, "x"), 0), max_nodes=400)
    assert [frame.name for frame in seen.frames] == [f"depth {i}" for i in range(6)]
    assert len(seen.boxes) == 302
    assert_frames_are_apart(seen)


def test_what_a_task_makes_after_its_scope_is_not_drawn_in_a_circle() -> None:
    """A path that leaves a scope and enters it again: the scope is no box, and is left out."""
    x = am.Value(0.5, "x")
    with am.scope("around"), am.scope("open too long"):
        later = contextvars.copy_context()
        u = am.sin(x)
        with am.scope("sound"):
            v = am.cos(x)
    w = am.exp(u) * v
    J = later.run(lambda: am.tanh(w)) + v
    J.backward()
    seen = look(J)
    assert [frame.name for frame in seen.frames] == ["sound"]
    assert_nothing_overlaps(seen)
    assert count_in(look(J, fold=True), J) == nodes_of(J) == 7


def test_dot_text_has_a_cluster_for_each_frame() -> None:
    text = am.draw(block()).dot
    assert re.findall(r"subgraph (cluster_\d)", text) == [
        *("cluster_0", "cluster_3", "cluster_2", "cluster_1")
    ]
    depth, of = 0, {}
    for line in text.splitlines():
        of.update(dict.fromkeys(re.findall(r"^\s*(n\d+) \[", line), depth))
        depth += line.count("{") - line.count("}")
    assert sorted(of.values()) == [1] * 5 + [3] * 8
    assert 'label="head 0"' in text or 'label="head 0"' in text


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_of_a_scope_is_harmless(name: str) -> None:
    with am.scope(name):
        J = am.exp(am.Value(1.0, "a"))
    drawing = am.draw(J, engine="builtin")
    seen = Seen(drawing.svg)
    (frame,) = seen.frames
    assert len(frame.name) < 30
    assert "<script" not in drawing.svg
    assert drawing.html.count("<script") == 2  # the page's own
    folded = look(J, fold=True)
    assert folded.boxes[-1].text("expression") == f"J = {frame.name}"
    assert frame.name == "scope" or "\n" not in frame.name
    assert folded.boxes[-1].hover.startswith(frame.hover)
    if program := shutil.which("dot"):
        import subprocess

        text = drawing.dot
        subprocess.run([program, "-Tplain"], input=text.encode(), capture_output=True, check=True)


# Folded -------------------------------------------------------------------------------------------


def test_a_folded_scope_tells_its_nodes_what_goes_in_and_out_and_its_dvar() -> None:
    J = layers()
    J.backward()
    seen = look(J, fold=True)
    assert seen.frames == []
    first, second, third = seen.boxes[2:5]
    titles = [box.text("expression") for box in seen.boxes[2:5]]
    assert titles == ["layer 1", "layer 2", "t₆ = layer 3"]  # the others have several results
    assert [box.text("detail") for box in (first, second, third)] == [
        "24 nodes",
        "22 nodes",
        "7 nodes",
    ]
    assert first.text("value").startswith("[−0.")
    assert " → [" in first.text("value")
    assert first.text("value").split(" → ")[1] == second.text("value").split(" → ")[0]
    assert first.text("dvar").startswith("dt₁ … dt₃ = [")
    assert first.label.startswith("scope layer 1, 24 nodes, value [")
    assert "3 scopes are drawn as one box each (53 nodes): what goes in → comes out." in seen.foot
    assert count_in(seen, J) == nodes_of(J)
    assert len(seen.backward) == len(seen.forward) == 6


def test_scopes_are_folded_by_name_where_they_are() -> None:
    seen = look(block(), fold=["head 0", "mix"])
    assert [frame.name for frame in seen.frames] == ["block", "head 1"]
    assert {"t₁ = head 0", "mix"} < set(inside(seen, "block"))
    assert look(block(), fold="mix").box("mix").text("detail") == "2 nodes"
    assert len(look(block(), fold=()).frames) == 4
    whole = look(block(), fold=["head 0", "block"])
    assert whole.frames == []
    assert whole.box("block").text("detail") == "8 nodes"


@pytest.mark.parametrize(
    ("fold", "words"),
    [
        ("heads", "no scope 'heads' to fold; it has 'block', 'head 0', 'head 1', 'mix'"),
        (["mix", "x"], "no scope 'x' to fold"),
        (3, "fold is True, a scope's name or a list of names, not 3"),
        ([1], "fold is True, a scope's name or a list of names"),
    ],
)
def test_a_fold_without_sense_is_named(fold: object, words: str) -> None:
    with pytest.raises(am.DrawError, match=words):
        am.draw(block(), fold=fold)


def test_to_fold_a_name_where_there_are_no_scopes_is_an_error() -> None:
    J = am.Value(1.0) * 2
    with pytest.raises(am.DrawError, match="no scope 'x' to fold; it has none"):
        am.draw(J, fold="x")
    assert len(look(J, fold=True).boxes) == 2


def test_results_of_a_scope_that_feed_each_other_are_not_counted_twice() -> None:
    J = block()
    J.backward()
    seen = look(J, fold="block")
    box = seen.box("block")
    assert box.text("detail") == "8 nodes"
    for node in ("x", "w0", "w1"):
        own = [arrow.hover for arrow in seen.backward if arrow.hover.startswith(f"dJ/d{node} gets")]
        total = sum(float(text.rsplit("=", 1)[1].replace("−", "-")) for text in own)
        slope = seen.box(node).hover.splitlines()[-1].partition(" = ")[2]
        assert total == pytest.approx(float(slope), rel=1e-3)


def test_a_scope_of_arrays_of_many_shapes_shows_their_range() -> None:
    X = am.Tensor(np.arange(6.0).reshape(2, 3), "X")
    with am.scope("stats"):
        mean, total = am.sum(X, axis=0), am.sum(X, axis=1)
    J = am.sum(mean * 2) + am.sum(total * total)
    J.backward()
    seen = look(J, fold=True)
    assert seen.box("stats").text("value") == "0 … 5 → 3 … 12"
    assert len(seen.backward) == len(seen.forward)


def test_a_rule_that_fails_in_a_branch_not_taken_gives_nothing_in_a_scope() -> None:
    x = am.Value(0.0, "x")
    with am.scope("roots"):
        y = am.sqrt(x)
        z = y + 1.0
        other = x * 3
    J = am.where(x > 0, y * z, 2 * x) + other
    J.label = "J"
    J.backward()
    seen = look(J, fold=True)
    assert seen.box("x").text("dvar") == "dx = 5"
    assert "3" in [arrow.label for arrow in seen.backward]


def test_a_gradient_wiped_off_within_a_scope_is_not_made_up() -> None:
    J = block()
    J.backward()
    s = J.parents[0].parents[0]
    s.grad = None
    assert look(J, fold="mix").box("mix").text("dvar") == "d(exp(t₄)) = 0.1033"
    assert look(J, fold=True).box("block").text("dvar") == "d(exp(t₁)) = 0.1033"


def test_focus_on_a_node_in_a_folded_scope_is_on_the_scope() -> None:
    J = block()
    head = J.parents[0].parents[0].parents[1]
    seen = look(J, focus=head.parents[0], depth=1, fold=["head 1"])
    assert [b.text("expression") for b in seen.boxes][:3] == ["x", "w1", "t₁ = head 1"]
    assert count_in(seen, J) == nodes_of(J)
    with pytest.raises(am.DrawError, match="no part of this graph"):
        am.draw(J, focus=am.Value(1.0), fold=True)


def test_a_large_graph_folds_its_scopes_from_the_innermost_out() -> None:
    x = am.Value(0.5, "x")
    for i in range(10):
        with am.scope(f"stage {i}"):
            for j in range(5):
                with am.scope(f"step {j}"):
                    for _ in range(10):
                        x = am.sin(x)
    seen = look(x)
    assert [frame.name for frame in seen.frames] == [f"stage {i}" for i in range(10)]
    steps = [box.text("expression").partition(" = ") for box in seen.boxes[1:]]
    assert [name for name, _, _ in steps[:3]] == ["t₁", "t₂", "t₃"]
    assert [scope for _, _, scope in steps] == [f"step {j}" for j in range(5)] * 10
    assert_frames_are_apart(seen)
    assert count_in(seen, x) == nodes_of(x) == 501
    stages = [box.text("expression") for box in look(x, max_nodes=20).boxes]
    assert [stage.split(" = ")[-1] for stage in stages] == [
        "x",
        *(f"stage {i}" for i in range(10)),
    ]


def test_a_scope_around_nearly_everything_stays_open() -> None:
    with am.scope("cost"):
        J = examples(300)
    seen = look(J)
    assert [frame.name for frame in seen.frames] == ["cost"]
    assert [box.text("detail") for box in seen.boxes] == ["× 300, 1,500 nodes", "302 nodes"] or (
        "× 300, 1,500 nodes" in [box.text("detail") for box in seen.boxes]
    )
    assert count_in(seen, J) == nodes_of(J)


def test_nothing_is_folded_into_a_box_of_another_scope() -> None:
    x = am.Value(0.5, "x")
    for _ in range(60):
        x = am.sin(x)
    with am.scope("most of it"):
        for _ in range(300):
            x = am.cos(x)
    J = am.exp(x) * 2
    seen = look(J, max_nodes=20)
    (frame,) = seen.frames
    held = [box.text("detail") for box in seen.boxes if holds(frame.frame, box.frame)]
    assert sum(int(detail.split()[0]) if detail else 1 for detail in held) == 300
    assert count_in(seen, J) == nodes_of(J) == 363


@pytest.mark.untraced
@pytest.mark.parametrize("name", ["example", "example {}"])
def test_examples_in_scopes_are_drawn_as_one(name: str) -> None:
    J = examples(200, name)
    J.backward()
    seen = look(J)
    (box,) = (box for box in seen.boxes if box.label.startswith("scope"))
    assert box.text("expression") == ("example" if name == "example" else "example 0 … example 199")
    assert box.text("detail") == "× 200, 1,000 nodes"
    assert [box.text("expression") for box in seen.boxes if box.label.startswith("input")] == [
        "w",
        "b",
    ]
    assert seen.boxes[-1].text("expression") == "J = (sum of 200) / 200"
    assert count_in(seen, J) == nodes_of(J)


def test_scopes_that_differ_within_are_not_drawn_as_one() -> None:
    x, J = am.Value(0.5, "x"), am.Value(0.0)
    for i in range(200):
        with am.scope("part"):
            y = (am.sin if i % 2 else am.cos)(x * float(i))
        J = J + y
    details = [box.text("detail") for box in look(J, max_nodes=50).boxes]
    assert details == ["", "× 100, 200 nodes", "× 100, 200 nodes", "200 nodes"] or (
        details.count("× 100, 200 nodes") == 2
    )


def test_boxes_are_not_alike_if_one_comes_before_and_one_after_a_scope() -> None:
    """exp(sin(x)) twice: the second pair feeds, by way of a scope, on the first."""
    x = am.Value(0.5, "x")
    with am.scope("first"):
        u, v = am.sin(x), am.cos(x)
    one = am.exp(u)
    with am.scope("second"):
        w, z = am.sin(x), am.cos(one)
    other = am.exp(w)
    J = am.tanh(one * v) + am.tanh(other * z) + am.tanh(one * other)
    for limit in (3, 4, 5, 6):
        seen = look(J, fold=True, max_nodes=limit)
        assert count_in(seen, J) == nodes_of(J)
        assert all(arrow.points[0][0] < arrow.points[-1][0] for arrow in seen.forward)


# Any graph ----------------------------------------------------------------------------------------


def scoped(seed: int, count: int) -> am.Value:
    """A random graph made in random scopes, some of which are entered again later."""
    rng = random.Random(seed)
    nodes = [am.Value(rng.uniform(0.5, 1.5), rng.choice([None, f"x{i}"])) for i in range(4)]
    contexts = [contextvars.copy_context()]

    def make(depth: int) -> None:
        for _ in range(rng.randint(1, 4)):
            if len(nodes) >= count:
                return
            x, y = rng.choice(nodes[-6:]), rng.choice(nodes)
            if rng.random() < 0.3 and depth < 8:
                with am.scope(rng.choice("abc")):
                    if rng.random() < 0.3:
                        contexts.append(contextvars.copy_context())
                    make(depth + 1)
            else:
                nodes.append(rng.choice([x + y, x * y, am.tanh(x), x - 2 * y, x * x]))

    while len(nodes) < count:
        rng.choice(contexts).copy().run(make, 0)
    return nodes[-1]


@pytest.mark.untraced
@given(
    st.integers(0, 10_000),
    st.integers(5, 40),
    st.booleans(),
    st.sampled_from([False, True, "names"]),
    st.sampled_from([None, 3, 12]),
)
@settings(max_examples=40, deadline=None)
def test_any_graph_with_scopes_is_drawn_whole(
    seed: int, count: int, backward: bool, fold: bool | str, limit: int | None
) -> None:
    J = scoped(seed, count)
    if backward:
        J.backward()
    names = {frame.name for frame in look(J).frames} & {"a", "b"}
    seen = look(J, fold=names if fold == "names" else fold, max_nodes=limit)
    assert count_in(seen, J) == nodes_of(J)
    assert sum(box.thick for box in seen.boxes) == 1
    assert limit is None or len(seen.boxes) <= max(limit, 2)
    assert_frames_are_apart(seen)
    assert_nothing_overlaps(seen)
    assert_arrows_join_boxes(seen)
    assert_arrows_cross_level(seen)
    assert am.draw(J, fold=fold is True).dot.count("->") >= len(look(J, fold=fold is True).forward)


@pytest.mark.untraced
@given(st.integers(0, 10_000), st.integers(5, 25))
@settings(max_examples=30, deadline=None)
def test_contributions_to_inputs_add_up_with_folded_scopes(seed: int, count: int) -> None:
    """The numbers on the arrows into an input are its dvar, to the digits that are shown."""
    J = scoped(seed, count)
    J.backward()
    seen = look(J, fold=True)
    if len(seen.backward) != len(seen.forward):
        return
    for box in (box for box in seen.boxes if re.fullmatch(r"x\d", box.text("expression"))):
        name = box.text("expression")
        own = [a.hover for a in seen.backward if a.hover.startswith(f"dJ/d{name} gets")]
        parts = [float(text.rsplit("=", 1)[1].replace("−", "-")) for text in own]
        slope = float(box.hover.splitlines()[-1].partition(" = ")[2])
        assert sum(parts) == pytest.approx(slope, rel=2e-3, abs=2e-3 * max(map(abs, parts)))
