"""Graphviz's dot as the engine: what is sent, what is read back, and what happens when it fails.

Most of it with a stand-in that answers as dot 2.43 did, so that it runs where there is no dot.
"""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

import autograd_mini as am
from autograd_mini.draw import dot, render
from autograd_mini.draw.layout import Edge
from tests.draw.graphs import lecture, logistic, network, tangled
from tests.draw.reading import Seen
from tests.draw.test_draw_layout import assert_arrows_join_boxes, assert_nothing_overlaps

ANSWER = Path(__file__).parent / "golden" / "lecture.plain"

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")

Install = Callable[[str], Path]


@pytest.fixture
def install_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a shell script on PATH as the only dot."""

    def install(script: str) -> Path:
        program = tmp_path / "bin" / "dot"
        program.parent.mkdir()
        program.write_text(script)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        return tmp_path

    return install


def differentiated() -> am.Value:
    J = lecture()
    J.backward()
    return J


def test_dot_gives_the_places_and_we_draw(install_dot: Install) -> None:
    folder = install_dot(f'#!/bin/sh\necho "$@" > args; cat > sent; cat "{ANSWER}"\n')
    J = differentiated()
    seen = Seen(am.draw(J, engine="dot").svg)
    assert (folder / "args").read_text() == "-Tplain\n"
    sent = (folder / "sent").read_text()
    assert "label" not in sent.replace('label=""', "")
    assert sent.count("->") == 5
    assert "n0 [width=" in sent
    assert_nothing_overlaps(seen)
    assert_arrows_join_boxes(seen)
    tops = {box.text("expression"): box.frame.top for box in seen.boxes}
    assert tops["a"] < tops["b"] < tops["u = b·c"] < tops["c"]


def test_dot_is_told_what_enters_a_scope_and_what_leaves_it(install_dot: Install) -> None:
    folder = install_dot("#!/bin/sh\ncat >> sent; exit 1\n")
    x = am.Value(0.5, "x")
    with am.scope("layer"):
        y = am.tanh(x * 2)
    am.draw(am.exp(y), engine="auto").svg  # noqa: B018
    sent = (folder / "sent").read_text()
    assert "{rank=source; n" in sent
    assert "{rank=max; n" in sent


def test_auto_uses_dot_where_there_is_one(install_dot: Install) -> None:
    install_dot(f'#!/bin/sh\ntouch used; cat "{ANSWER}"\n')
    am.draw(differentiated(), engine="builtin").svg  # noqa: B018
    assert not Path("used").exists()
    am.draw(differentiated()).svg  # noqa: B018
    assert Path("used").exists()


def test_a_failing_dot_is_reported_or_gone_without(install_dot: Install) -> None:
    install_dot("#!/bin/sh\necho 'out of luck' >&2; exit 3\n")
    J = differentiated()
    with pytest.raises(am.DrawError, match="dot failed: out of luck; engine='builtin' needs none"):
        am.draw(J, engine="dot").svg  # noqa: B018
    assert am.draw(J).svg == am.draw(J, engine="builtin").svg


@pytest.mark.parametrize("answer", ["", "node n0 nan", "node n0 1 x 1 1", "\\377"])
def test_an_answer_that_makes_no_sense_is_reported(install_dot: Install, answer: str) -> None:
    install_dot(f"#!/bin/sh\nprintf '{answer}'\n")
    J = differentiated()
    with pytest.raises(am.DrawError, match="dot's answer cannot be read"):
        am.draw(J, engine="dot").svg  # noqa: B018
    assert am.draw(J).svg == am.draw(J, engine="builtin").svg


def test_a_dot_that_does_not_start_is_reported(install_dot: Install) -> None:
    install_dot("#!/no/such/shell\n")
    with pytest.raises(am.DrawError, match="dot cannot be run"):
        am.draw(differentiated(), engine="dot").svg  # noqa: B018


def test_a_dot_that_takes_too_long_is_stopped(
    install_dot: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_dot("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(render, "TIMEOUT", 0.2)
    with pytest.raises(am.DrawError, match=r"more than 0\.2 s for this layout; engine='builtin'"):
        am.draw(differentiated(), engine="dot").svg  # noqa: B018


def test_a_slow_dot_is_not_waited_for_again_and_again(
    install_dot: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = install_dot("#!/bin/sh\necho run >> runs; exec sleep 60\n")
    monkeypatch.setattr(render, "PATIENCE", 0.2)
    x = am.Value(0.5, "x")
    for name in ("one", "two", "three"):
        with am.scope(name):
            x = am.tanh(x * 2)
    drawing = am.draw(x, fold=True)
    assert drawing.html.count("<svg ") > 2
    assert (folder / "runs").read_text() == "run\n"
    assert drawing.svg == am.draw(x, fold=True, engine="builtin").svg


def test_graphs_that_dot_is_slow_at_are_not_sent_to_it(install_dot: Install) -> None:
    install_dot("#!/bin/sh\ntouch used; exit 1\n")
    x = am.Value(1.1, "x")
    J: am.Value = x
    for _ in range(60):
        J = am.sin(J) * 1.1 + x
    am.draw(J).svg  # noqa: B018
    assert not Path("used").exists()


def test_without_dot_there_is_a_picture_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    J = differentiated()
    assert am.draw(J).svg == am.draw(J, engine="builtin").svg
    drawing = am.draw(J, engine="dot")
    with pytest.raises(am.DrawError, match="needs Graphviz's dot on PATH"):
        drawing.svg  # noqa: B018
    assert drawing.dot.startswith("digraph {")


def test_dot_text_has_stubs_notes_and_outputs_in_their_own_style() -> None:
    text = am.draw(lecture(), depth=1).dot
    assert "… 4 more nodes" in text
    assert 'style="rounded,dashed"' in text
    assert "4 nodes are left out" in text
    assert "penwidth=3" in text


def test_graphs_too_large_for_dot_are_not_sent_to_it(install_dot: Install) -> None:
    install_dot("#!/bin/sh\ntouch used; exit 1\n")
    J = am.sum(am.stack([am.Value(float(i)) for i in range(2100)]))
    am.draw(J, max_nodes=5000).svg  # noqa: B018
    assert not Path("used").exists()


PLAIN = """\
graph 1 6.3333 1.6806
node n0 0.41667 0.27778 0.83333 0.55556 "" solid box black lightgrey
node n1 2.25 1.4028 0.83333 0.55556 "" solid box black lightgrey
node n2 4.0833 1.4028 0.83333 0.55556 "" solid box black lightgrey
node n3 5.9167 0.27778 0.83333 0.55556 "" solid box black lightgrey
edge n0 n1 4 0.83576 0.53025 1.0948 0.69164 1.4333 0.90256 1.7126 1.0766 solid black
edge n0 n3 4 0.83739 0.19084 1.8081 0.10237 4.2606 0.098593 5.3577 0.17952 solid black
edge n0 n3 4 0.83739 0.36472 1.8081 0.45319 4.2606 0.45696 5.3577 0.37604 solid black
edge n1 n2 4 2.6691 1.4028 2.9212 1.4028 3.2485 1.4028 3.5233 1.4028 solid black
edge n2 n3 4 4.5024 1.1503 4.7615 0.98891 5.1 0.778 5.3793 0.60396 solid black
stop
"""


def test_long_edges_follow_the_way_dot_led_them() -> None:
    edges = [Edge(0, 1), Edge(1, 2), Edge(2, 3), Edge(0, 3, both=True), Edge(0, 3, both=True)]
    arrangement = dot.read_plain(PLAIN, [40.0] * 4, edges, straight=False)
    assert [len(column) for column in arrangement.columns] == [1, 3, 3, 1]
    for column in arrangement.columns[1:3]:
        assert column[0] in (1, 2)
    y = arrangement.y
    for column in arrangement.columns:
        assert all(y[above] < y[below] for above, below in pairwise(column))
    assert abs((y[0] - y[1]) - 72 * (1.4028 - 0.27778)) < 30


def test_straight_edges_need_no_way() -> None:
    plain = PLAIN.replace(" 4 0.83739", " 4 9.9")  # the way of a straight edge is not even read
    arrangement = dot.read_plain(plain, [40.0] * 4, [Edge(0, 3)], straight=True)
    assert arrangement.chains == [[0, 3]]


def test_a_way_that_misses_a_column_ends_where_the_edge_does() -> None:
    plain = PLAIN.replace("edge n0 n3 4 0.83739 0.19084 1.8081 0.10237", "edge n0 n3 4 5 1 5 1")
    arrangement = dot.read_plain(plain, [40.0] * 4, [Edge(0, 3), Edge(0, 3)], straight=False)
    assert len(arrangement.y) == 6


@needs_dot
@pytest.mark.parametrize(
    "make", [lecture, logistic, lambda: network([2, 2, 1]), lambda: tangled(3, 30)]
)
def test_pictures_by_the_real_dot_have_no_overlaps(make: Callable[[], am.Value]) -> None:
    J = make()
    J.backward()
    seen = Seen(am.draw(J, engine="dot").svg)
    assert_nothing_overlaps(seen)
    assert_arrows_join_boxes(seen)


@needs_dot
def test_the_real_dot_lays_out_a_thousand_nodes() -> None:
    J = network([10, 14, 10, 6, 1])
    seen = Seen(am.draw(J, engine="dot", max_nodes=2000).svg)
    assert len(seen.boxes) > 1000
