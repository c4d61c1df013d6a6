"""Large graphs: what is folded, that the picture says so, and that size alone breaks nothing."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

import autograd_mini as am
from autograd_mini.node import ancestors
from tests.draw.graphs import lecture, loop, network, tangled
from tests.draw.reading import Seen, look


def count_in(seen: Seen, J: am.Node) -> int:
    """The nodes that a picture speaks of, which must be all there are."""
    total = 0
    for box in seen.boxes:
        detail = box.text("detail")
        if box.label.startswith("stub"):
            total += int(box.text("expression").split()[1].replace(",", ""))
        elif "node" in detail:
            total += int(detail.split()[-2].replace(",", ""))
        else:
            total += int(detail.split()[1].replace(",", "")) if detail else 1
    return total


def nodes_of(J: am.Node) -> int:
    found, pending = {J}, [J]
    for node in pending:
        for parent in node.parents:
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return len(found)


# Folding ------------------------------------------------------------------------------------------


def test_a_network_of_a_thousand_nodes_is_drawn_neuron_by_neuron() -> None:
    J = network([10, 14, 10, 6, 1])
    J.backward()
    seen = look(J)
    assert 1000 < nodes_of(J) == count_in(seen, J)
    operations = [box.text("expression").partition(" = ")[2] for box in seen.boxes]
    assert operations.count("tanh(sum of 11)") == 14
    assert operations.count("relu(sum of 15)") == 10
    assert seen.boxes[10].text("detail") == "32 nodes"
    assert all(box.text("value") and box.text("dvar") for box in seen.boxes)
    assert any(line.startswith("1,071 nodes are in the box that alone uses") for line in seen.foot)
    # The last layer is used by nothing but the sum, and stays visible all the same.
    assert operations[-7:-1].count("…") == 0
    assert [box.text("detail") for box in seen.boxes[-7:-1]] == ["34 nodes"] * 6


@pytest.mark.untraced
def test_a_thousand_nodes_can_be_drawn_one_by_one() -> None:
    J = network([10, 14, 10, 6, 1])
    J.backward()
    seen = look(J, max_nodes=2000)
    assert len(seen.boxes) == nodes_of(J)


def test_labels_do_not_make_a_large_picture_larger() -> None:
    seen = look(network([10, 14, 10, 6, 1], labels=True))
    assert len(seen.boxes) < 50
    assert seen.box("h0[13]").text("detail") == "32 nodes"


@pytest.mark.untraced
@pytest.mark.parametrize("most", [1160, 1000, 700, 500, 300, 100])
def test_no_more_is_folded_than_asked_for(most: int) -> None:
    """A kind of which there are hundreds goes at once; then again little is folded."""
    J = network([10, 16, 12, 1])
    assert nodes_of(J) == 1162
    count = len(look(J, max_nodes=most).boxes)
    assert most / 3 < count <= most


def test_a_chain_is_folded_as_far_as_needed() -> None:
    seen = look(chain(500), max_nodes=100)
    assert [box.text("detail") for box in seen.boxes] == ["", "402 nodes", *[""] * 98]
    assert [box.text("detail") for box in look(chain(500)).boxes] == ["", "500 nodes"]


@pytest.mark.untraced
def test_a_sum_over_thousands_shows_its_terms_as_one() -> None:
    J = fan_in(10_000)
    J.backward()
    seen = look(J)
    terms, result = seen.boxes
    assert [line.text for line in terms.lines] == [
        *("x0 … x9999", "× 10,000", "0 … 9999", "dx0 … dx9999 = all 1")
    ]
    assert [line.text for line in result.lines] == [
        *("J = sum(…)", "2 nodes", "0 … 9999 → 5e7", "dJ = 1")
    ]
    assert [arrow.label for arrow in seen.backward] == ["all 1"]
    x = am.Value(0.5, "x")
    sines = am.sum(am.stack([am.sin(x * float(i)) for i in range(6000)]))
    assert [box.text("detail") for box in look(sines).boxes] == [
        "",
        "× 6,000, 12,000 nodes",
        "2 nodes",
    ]
    assert am.draw(sines, max_nodes=10_000).dot.count("sin") > 5_000


def test_a_folded_box_tells_what_goes_in() -> None:
    x, y = am.Value(0.5, "x"), am.Value(2.0, "y")
    J = x * y
    for _ in range(500):
        J = J + 1.0
    assert look(J).boxes[-1].text("value") == "[0.5 2] → 501"


def test_labelled_nodes_keep_their_boxes_while_that_will_do() -> None:
    J = am.Value(1.0, "x")
    for i in range(500):
        J = am.tanh(J)
        if i % 100 == 0:
            J.label = f"layer{i}"
    assert [box.text("expression").split(" = ")[0] for box in look(J).boxes] == [
        *("x", "layer0", "layer100", "layer200", "layer300", "layer400", "J")
    ]


def test_examples_of_a_loop_are_drawn_as_one() -> None:
    J = loop(300)
    J.backward()
    seen = look(J)
    details = [box.text("detail") for box in seen.boxes]
    assert details == ["", "", "", "× 300, 1,500 nodes", "× 300, 1,800 nodes", "302 nodes"]
    alike = seen.boxes[3]
    assert "…" in alike.text("value")
    assert "…" in alike.text("dvar")
    assert "value" not in alike.hover
    assert count_in(seen, J) == nodes_of(J)
    assert "598 parts are drawn as one with others of the same structure." in seen.foot


def test_a_gradient_wiped_off_is_not_made_up_for_alike_boxes() -> None:
    J = loop(300)
    J.backward()
    told = len(look(J).backward)
    for leaf in ancestors(J):
        if leaf.label == "w1":
            leaf.grad = None
    seen = look(J)
    assert len(seen.backward) == told - 1
    assert (seen.box("w1").text("dvar"), seen.box("w2").text("dvar")[:5]) == ("", "dw2 =")


def test_labels_tell_alike_boxes_apart_only_while_that_will_do() -> None:
    x, total = am.Value(0.5, "x"), am.Value(0.0)
    for i in range(200):
        z = am.exp(x + float(i) / 200)
        z.label = f"z{i}"
        total = total + z * am.sin(z)
    seen = look(total)
    details = [box.text("detail") for box in seen.boxes]
    assert details == ["", "× 200, 400 nodes", "× 200, 400 nodes", "201 nodes"]
    assert seen.boxes[1].text("expression") == "z0 … z199 = exp(…)"
    assert len(look(total, max_nodes=250).boxes) == 202


def test_inputs_that_different_boxes_use_are_not_alike() -> None:
    xs, ys = ([am.Value(i / 100) for i in range(30)] for _ in range(2))
    squares = [
        [am.tanh(sum(xs)) for _ in range(5)],
        [am.exp(sum(y * y for y in ys)) for _ in range(5)],
    ]
    J = sum(h * am.sin(h) for layer in squares for h in layer)
    seen = look(J, max_nodes=20)
    details = sorted(box.text("detail") for box in seen.boxes if box.label.startswith("input"))
    assert details == ["× 30", "× 30"]


@pytest.mark.untraced
@pytest.mark.parametrize("limit", [1, 2, 5, 10, 40, 150])
@pytest.mark.parametrize("seed", range(4))
def test_never_more_boxes_than_allowed_and_every_node_accounted_for(limit: int, seed: int) -> None:
    J = tangled(seed, 400)
    seen = look(J, max_nodes=limit)
    assert len(seen.boxes) <= max(limit, 2)
    assert count_in(seen, J) == nodes_of(J)
    assert sum(box.thick for box in seen.boxes) == 1


def test_what_is_cut_is_said() -> None:
    J = tangled(1, 2000)
    seen = look(J, max_nodes=10)
    left_out = sum(
        int(box.text("expression").split()[1].replace(",", ""))
        for box in seen.boxes
        if box.label.startswith("stub")
    )
    assert left_out > 0
    assert f"{left_out:,} nodes are left out where “… more nodes” stands." in seen.foot


def test_folded_boxes_have_backward_arrows_while_there_are_few() -> None:
    J = network([8, 12, 10, 4, 1])
    J.label = "L"
    J.backward()
    seen = look(J, max_nodes=40)
    assert seen.backward == []
    assert "The backward arrows are left out above 40 boxes or 80 arrows." in seen.foot
    x = am.Value(2.0, "x")
    for _ in range(500):
        x = am.sin(x)
    y = x * x
    y.label = "y"
    J = 3 * y
    J.label = "J"
    J.backward()
    seen = look(J)
    folded, alone = seen.backward
    assert alone.label == "1 × 3 = 3"
    assert folded.label.startswith("3 × ")
    assert folded.label.endswith(seen.box("x").text("dvar").removeprefix("dx"))


@pytest.mark.parametrize("seed", range(6))
def test_contributions_of_folded_boxes_sum_to_the_dvars(seed: int) -> None:
    J = tangled(seed, 70)
    for i, node in enumerate(ancestors(J)):
        node.label = f"v{i}"
    J.backward()
    seen = look(J, max_nodes=min(35, nodes_of(J) - 5))
    assert sum("nodes" in box.text("detail") for box in seen.boxes) > 1
    assert len(seen.backward) == len(seen.forward)
    received: dict[str, float] = {}
    for arrow in seen.backward:
        name, _, factors = arrow.hover.partition(" gets ")
        received[name] = received.get(name, 0.0) + float(factors.rsplit("=", 1)[1])
    for box in seen.boxes[:-1]:
        name, _, value = box.hover.splitlines()[-1].partition(" = ")
        assert received[name] == pytest.approx(float(value), rel=1e-9)


def test_contributions_to_alike_boxes_are_a_range() -> None:
    xs = [am.Value(i / 100, f"x{i}") for i in range(200)]
    J = sum((am.sin(x) for x in xs), am.Value(0.0, "start"))
    J.backward()
    seen = look(J)
    names = [box.text("expression") for box in seen.boxes]
    assert names == ["start", "x0 … x199", "sin(x0) … sin(x199)", "J = sum of 201"]
    assert seen.boxes[2].text("dvar") == "d(sin(x0)) … d(sin(x199)) = all 1"
    assert [arrow.label for arrow in seen.backward] == ["−0.407 … 1", "1 × 1 = 1", "all 1"]
    assert "backward: contributions; their sum is the dvar" in seen.foot


def test_a_branch_not_taken_gives_nothing_in_a_folded_box_too() -> None:
    x = am.Value(0.0, "x")
    y = am.sqrt(x) + 1.0 + 1.0
    J = am.where(x > 0, y, 2 * x)
    am.label(y=y, J=J)
    J.backward()
    seen = look(J, max_nodes=3)
    assert seen.box("y").text("detail") == "3 nodes"
    assert seen.box("x").text("dvar") == "dx = 2"
    assert sorted(arrow.label for arrow in seen.backward) == [
        *("0 × 0 = 0", "1 × 0 = 0", "1 × 2 = 2")
    ]


# Focus --------------------------------------------------------------------------------------------


def test_depth_alone_shows_what_is_near_the_result() -> None:
    J = lecture()
    J.backward()
    seen = look(J, depth=2)
    names = [box.text("expression") for box in seen.boxes]
    assert names == ["a", "u = b·c", "v = a + u", "J = 3·v", "… 2 more nodes"]
    assert seen.boxes[-1].dashed
    assert [arrow.label for arrow in seen.backward] == ["3 × 1 = 3", "3 × 1 = 3", "1 × 3 = 3"]
    assert len(seen.forward) == 4


def test_depth_0_is_one_box() -> None:
    seen = look(lecture(), depth=0)
    assert [box.text("expression") for box in seen.boxes] == ["J = 3·v", "… 5 more nodes"]


def test_focus_shows_what_is_near_a_node_on_either_side() -> None:
    J = lecture()
    v = J.parents[0]
    u = v.parents[1]
    seen = look(J, focus=u, depth=1)
    names = [box.text("expression") for box in seen.boxes]
    assert names == ["b", "c", "u = b·c", "v = a + u", "… 1 more node", "… 1 more node"]
    assert seen.title == "Computation graph of J = 3·v, 6 nodes"
    assert len(look(J, focus=u).boxes) == 6


def test_focus_finds_the_node_itself_and_not_one_of_equal_value() -> None:
    a, b = am.Value(2.0, "a"), am.Value(2.0, "b")
    seen = look(am.exp(a) + am.sin(b), focus=b, depth=0)
    assert [box.text("expression") for box in seen.boxes] == ["b", "… 4 more nodes"]


def test_an_unlabelled_root_out_of_sight_is_still_called_something() -> None:
    x = am.Value(1.0, "x")
    J = am.exp(am.sin(am.cos(x)))
    J.backward()
    seen = look(J, focus=x, depth=1)
    assert seen.title.startswith("Computation graph of J = ")
    assert seen.box("x").hover.splitlines()[-1].startswith("dJ/dx = ")


def test_hidden_inputs_have_their_number_in_an_expression() -> None:
    seen = look(am.sin(am.Value(0.5)) * am.Value(7.0), depth=0)
    assert seen.boxes[0].text("expression") == "J = (…)·7"


# Size ---------------------------------------------------------------------------------------------


def test_a_picture_of_too_many_boxes_says_what_to_do() -> None:
    J = am.sum(am.stack([am.Value(float(i)) for i in range(6000)]))
    drawing = am.draw(J, max_nodes=10_000, engine="builtin")
    with pytest.raises(am.LayoutTooLargeError) as caught:
        drawing.svg  # noqa: B018
    for words in ("6,002 boxes", "5,000", "max_nodes=", ".dot", "am.dvars(J)"):
        assert words in str(caught.value)
    assert drawing.dot.count("->") == 6001
    shown = drawing._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "LayoutTooLargeError" in shown["text/plain"]


def chain(length: int) -> am.Value:
    x = am.Value(0.5, "x")
    for _ in range(length):
        x = x + 1.0
    return x


def fan_in(count: int) -> am.Tensor:
    return am.sum(am.stack([am.Value(float(i), f"x{i}") for i in range(count)]))


@pytest.mark.untraced
@pytest.mark.parametrize("make", [chain, fan_in, lambda n: tangled(5, n)])
def test_size_alone_breaks_nothing(make: Callable[[int], am.Node]) -> None:
    J = make(50_000)
    seen = look(J)
    assert len(seen.boxes) <= 400
    assert count_in(seen, J) == nodes_of(J)


@pytest.mark.slow
@pytest.mark.parametrize("make", [chain, fan_in])
def test_a_million_nodes_can_be_drawn(make: Callable[[int], am.Node]) -> None:
    J = make(1_000_000)
    seen = look(J)
    assert count_in(seen, J) >= 1_000_000
    assert len(look(J, depth=3).boxes) < 400 or make is fan_in


def test_a_picture_does_not_depend_on_hash_seeds() -> None:
    program = (
        "import hashlib, autograd_mini as am\n"
        "from tests.draw.graphs import loop, tangled\n"
        "text = ''.join(am.draw(J, engine='builtin', max_nodes=n).svg + am.draw(J, depth=3).dot\n"
        "               for J in (loop(100), tangled(2, 300)) for n in (10, 60, 1000))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    outcomes = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outcomes) == 1
