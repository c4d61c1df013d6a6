"""Live inputs: the program of a page beside Python, and what becomes of it in the page's file."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import ops
from autograd_mini.draw.fold import one_box_a_node
from autograd_mini.draw.live import Live
from autograd_mini.draw.live import live as live_of
from autograd_mini.draw.names import named
from autograd_mini.draw.picture import Picture
from autograd_mini.draw.view import View
from autograd_mini.node import Node, ancestors
from autograd_mini.primitive import TABLE, Primitive
from autograd_mini.replay.code import evaluate
from autograd_mini.text import number
from tests.draw.graphs import by_loops, lecture, logistic, loop, network, tangled, vectorised
from tests.draw.test_draw_scopes import block, examples, layers
from tests.draw.test_page import page
from tests.replay.test_javascript import run, ulps
from tests.support.array_cases import CASES

ELEMENTWISE = [op for op in TABLE.values() if op.kind == "elementwise" and op.records]
NUMBERS = [op for op in ELEMENTWISE if not op.statics]


def live(J: Node, **options: Any) -> Live:
    return am.draw(J, engine="builtin", **options)._live


def of_graph(J: Node) -> Live:
    """The same without a picture."""
    graphs = [one_box_a_node(J)]
    return live_of(graphs, named(graphs, J)[0], [Picture("", [], [], [], "", [], [], 0)])


def results(program: Live, numbers: Sequence[Any] | None = None) -> list[Any]:
    """What the program gives by the ops themselves, for other numbers or those recorded."""
    given = numbers or [
        each.data[0] if each.shape is None else np.reshape(each.data, each.shape)
        for each in program.inputs
    ]
    with np.errstate(all="ignore"):
        return evaluate(program.code, given)


def at(program: Live, name: str, found: Sequence[Any]) -> list[Any]:
    """The results of a row of the plan, or None where it has none."""
    return [places and [found[k] for k in places] for places in program.plan[name]]


# The numbers --------------------------------------------------------------------------------------


def of_numbers(op: Primitive, numbers: Sequence[float]) -> list[am.Value]:
    """A small graph of an op, differentiated: all its nodes."""
    leaves = [am.Value(x, f"x{i}") for i, x in enumerate(numbers)]
    J = op(*leaves) * 1.5 + leaves[0]
    J.backward()
    return [node for node in ancestors(J) if isinstance(node, am.Value)]


@pytest.mark.untraced
def test_javascript_gives_what_python_gives_over_all_ops(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    jobs, expected = [], []
    for op in NUMBERS:
        points = [[float(rng.uniform(*s)) for s in op.samples] for _ in range(1000)]
        program = of_graph(of_numbers(op, points[0])[-1])
        assert program.why == ""
        assert len(program.inputs) == len(op.samples), op.name
        jobs.append((program.program(), points))
        for point in points:
            nodes = of_numbers(op, point)
            expected.append([*(node.data for node in nodes), *(node.grad for node in nodes)])
    everything = run(jobs, tmp_path)
    for k, (op, (_, points)) in enumerate(zip(NUMBERS, jobs, strict=True)):
        program = of_graph(of_numbers(op, points[0])[-1])
        places = [place for name in ("values", "grads") for place in program.plan[name]]
        mine = slice(1000 * k, 1000 * (k + 1))
        found = np.array([[row[place[0]] for place in places if place] for row in everything[mine]])
        wanted = [[x for x in row if x is not None] for row in expected[mine]]
        assert np.allclose(found, wanted, 1e-14, 1e-14), op.name
        for x, y in zip(found.ravel(), np.ravel(wanted), strict=True):
            assert x == y or number(x) == number(y), (op.name, x, y)


def of_arrays(case: Any, arrays: Sequence[Any]) -> Node:
    tensors = [am.Tensor(np.asarray(x, float), f"x{i}") for i, x in enumerate(arrays)]
    z = TABLE[case.op](*tensors, *case.statics)
    J = am.sum(z * z) + am.sum(z)
    J.backward()
    return J


def test_javascript_gives_what_python_gives_over_all_ops_on_arrays(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    jobs, expected = [], []
    for case in CASES:
        if not TABLE[case.op].records or not all(map(np.size, case.arrays)):
            continue
        program = of_graph(of_arrays(case, case.arrays))
        assert program.why == "", case
        assert len(program.inputs) == len(case.arrays), case
        moved = [np.asarray(x) * rng.uniform(0.99, 1.01, np.shape(x)) for x in case.arrays]
        jobs.append((program.program(), [[x if x.ndim else float(x) for x in moved]]))
        expected.append((case, program, of_arrays(case, moved)))
    assert len(jobs) > 100
    for (case, program, J), found in zip(expected, run(jobs, tmp_path), strict=True):
        assert not isinstance(found, str), (case, found)
        values, grads = at(program, "values", found), at(program, "grads", found)
        for node, value, grad in zip(ancestors(J), values, grads, strict=True):
            assert np.allclose(value[0], np.ravel(node.data), 1e-11, 1e-13), case
            if node.grad is not None:
                assert np.allclose(grad[0], np.ravel(node.grad), 1e-11, 1e-13), case


def test_javascript_gives_what_python_gives_in_float32(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)

    def of_single(op: Primitive, numbers: Sequence[Any]) -> list[Node]:
        leaves = [am.Tensor(np.float32([x]), f"x{i}") for i, x in enumerate(numbers)]
        J = am.sum(op(*leaves) * 1.5 + leaves[0])
        J.backward()
        return ancestors(J)

    jobs, expected = [], []
    for op in NUMBERS:
        points = [[float(np.float32(rng.uniform(*s))) for s in op.samples] for _ in range(20)]
        with np.errstate(all="ignore"):
            graphs = [of_single(op, point) for point in points]
        programs = [of_graph(graphs[0][-1])]
        assert all(each.single for each in programs[0].inputs)
        jobs.append((programs[0].program(), [[np.array([x]) for x in point] for point in points]))
        expected += [(op, programs[0], graph) for graph in graphs]
    for (op, program, graph), found in zip(expected, run(jobs, tmp_path), strict=True):
        for name, kept in (("values", "data"), ("grads", "grad")):
            for node, places in zip(graph, at(program, name, found), strict=True):
                if places:
                    wanted = np.ravel(getattr(node, kept))
                    assert np.allclose(np.ravel(places[0]), wanted, 1e-6, 1e-6), op.name


def test_a_comparison_in_a_rule_comes_out_anew(tmp_path: Path) -> None:
    def f(x: float, y: float) -> am.Value:
        p, q = am.Value(x, "p"), am.Value(y, "q")
        J = am.relu(p) * q + am.maximum(p, q) + am.abs(p) * am.clip(q, -1.0, 1.0)
        J.backward()
        return J

    program = live(f(1.0, 2.0))
    points = [[-1.0, 0.5], [0.5, -3.0], [2.0, 2.0], [0.0, 1.5], [math.nan, 1.0]]
    for point, found in zip(points, run([(program.program(), points)], tmp_path), strict=True):
        grads = at(program, "grads", found)
        for node, grad in zip(ancestors(f(*point)), grads, strict=True):
            assert ulps(grad[0], node.grad) == 0, (point, node)


def test_kinks_of_all_ops_come_out_anew(tmp_path: Path) -> None:
    jobs: list[Any] = []
    wanted: list[Any] = []
    for op in filter(lambda op: op.kink and op.records, TABLE.values()):
        leaves: list[Node] = [am.Value(sum(ends) / 2, f"x{i}") for i, ends in enumerate(op.samples)]
        points = [*product([-1.0, 0.0, 1.0], repeat=len(leaves))]
        statics: tuple[Any, ...] = ()
        if op.statics:
            leaves, statics = (
                [am.Tensor([[1.0, 2.0], [3.0, 4.0]], "X")],
                ((1,), False, 0)[: op.statics],
            )
            points = [(np.reshape(x, (2, 2)),) for x in product([-1.0, 0.0, 1.0], repeat=4)]
        program = of_graph(op(*leaves, *statics))
        assert program.why == "", op
        jobs.append((program.program(), points))
        for point in points:
            with np.errstate(all="ignore"):
                args = [*map(np.atleast_1d, point), *statics]
                at_kink = op.kink and op.kink(op.array(*args), *args)
            wanted.append((op, point, program.plan["kinks"][-1], at_kink))
    assert len(jobs) > 10
    assert any(np.any(at_kink) for *_, at_kink in wanted)
    for (op, point, places, at_kink), found in zip(wanted, run(jobs, tmp_path), strict=True):
        assert np.array_equal(np.ravel(found[places[0]]) != 0, np.ravel(at_kink)), (op, point)


def test_what_goes_into_a_box_is_known_unless_it_is_left_out() -> None:
    J = lecture()
    names = {box.name: i for i, box in enumerate(am.draw(J)._picture.boxes)}
    plan = live(J).plan
    [b], [c] = (plan["values"][names[name]] or [] for name in "bc")
    assert plan["operands"][names["u"]] == [b, c]
    assert plan["operands"][names["a"]] == []
    assert None in live(J, depth=1).plan["operands"]
    drawing = am.draw(scoped(), fold=["second"])
    folded, plan = drawing._picture, drawing._live.plan
    [scope] = (i for i, box in enumerate(folded.boxes) if box.kind == "scope")
    into = [arrow.source for arrow in folded.arrows if arrow.target == scope]
    assert len(into) == 2
    assert plan["operands"][scope] == [k for i in into for k in plan["values"][i] or []]


# What the page's state holds ----------------------------------------------------------------------


def scoped() -> am.Value:
    """Several results and operands of one box, and results that feed others of it."""
    x, y = am.Value(0.7, "x"), am.Value(-1.3, "y")
    with am.scope("first"):
        u = x * y
        v = am.tanh(u + x)
    with am.scope("second"):
        w = v * v + u
    return w * x


def stretched() -> Node:
    W, b = am.Tensor([[1.0, 2.0], [3.0, -4.0]], "W"), am.Tensor([0.5, 0.25], "b")
    return am.sum(am.where(W > 0, am.sqrt(am.abs(W)), b) * W)


def silent() -> am.Value:
    """What no derivative reaches."""
    x, y = am.Value(0.7, "x"), am.Value(-1.3, "y")
    return am.sign(am.sin(x) * 2) * y + am.maximum(x * 3, y * y)


GRAPHS: list[Callable[[], Node]] = [lecture, logistic, vectorised, scoped, stretched, silent]
GRAPHS += [partial(tangled, seed, 30) for seed in range(6)]
GRAPHS += [partial(network, [2, 3, 2, 1]), partial(loop, 20), partial(loop, 60)]
GRAPHS += [layers, block, partial(examples, 20)]
OPTIONS: list[dict[str, Any]] = [{}, {"fold": True}, {"max_nodes": 12}, {"depth": 2}]


def same(shown: Any, found: Any) -> bool:
    """Whether what stands in a picture is what the program gives, to the last bit or nearly."""
    if isinstance(shown, View):
        low, high = np.min(found), np.max(found)
        return bool(np.allclose([shown.low, shown.high], [low, high], 1e-13, 1e-15))
    return math.isclose(shown, float(np.ravel(found)[0]), rel_tol=1e-13, abs_tol=1e-15)


@pytest.mark.parametrize("backward", [True, False])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_program_gives_all_that_the_pictures_show(
    options: dict[str, Any], backward: bool
) -> None:
    for make in GRAPHS:
        J = make()
        if backward:
            J.backward()
        drawing = am.draw(J, engine="builtin", **options)
        program = drawing._live
        assert program.why == ""
        found = results(program)
        assert [*map(np.shape, found)] == program.shapes
        pictures = [drawing._picture, *drawing._others]
        boxes = [box for picture in pictures for box in picture.boxes]
        flows = [arrow.flow for picture in pictures for arrow in picture.arrows]
        rows = {
            "values": [box.data for box in boxes],
            "grads": [box.grad for box in boxes],
            "locals": [flow and flow.slope for flow in flows],
            "parts": [flow and flow.part for flow in flows],
            "totals": [flow and flow.total for flow in flows],
        }
        for name, row in rows.items():
            for shown, places in zip(row, at(program, name, found), strict=True):
                if shown is not None:
                    assert places is not None, (make, name)
                    [x] = places
                    assert same(shown, x), (make, name, shown, x)
        for flow, places in zip(flows, at(program, "parts", found), strict=True):
            if flow is not None and flow.part is None:
                numbers = np.hstack([*map(np.ravel, places or [])])
                assert number(numbers.min()) in flow.short
                assert number(numbers.max()) in flow.short
        for box, places in zip(boxes, at(program, "values", found), strict=True):
            assert (places is None) == (box.kind == "stub")
        [value] = at(program, "result", found)[0] or []
        assert np.array_equal(value, J.data)
        for slope in at(program, "slopes", found):
            assert (slope is not None) == backward


@pytest.mark.untraced
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_running_sums_end_at_the_gradient(options: dict[str, Any]) -> None:
    """Of what is one node each arrow tells how much has come, folded boxes before it or not."""
    several = 0
    for make in GRAPHS:
        J = make()
        J.backward()
        drawing = am.draw(J, engine="builtin", **options)
        for picture in [drawing._picture, *drawing._others]:
            told: dict[int, list[Any]] = {}
            for k in (k for kind, k in picture.steps if kind == "edge"):
                flow = picture.arrows[k].flow
                assert flow is not None
                assert flow.raw is None
                told.setdefault(picture.arrows[k].source, []).append(flow.total)
            for i, totals in told.items():
                whole, partly = picture.boxes[i].grad, picture.boxes[i].partly
                if whole is None:
                    assert totals == [None] * len(totals)
                elif not partly:
                    assert same(whole, _mean(totals[-1])), (make, i)
                    several += len(totals) > 1 and any(
                        picture.boxes[a.target].scopes for a in picture.arrows if a.source == i
                    )
    assert several or not options.get("fold")


def _mean(x: Any) -> Any:
    return [x.low, x.high] if isinstance(x, View) else x


def test_weights_of_a_gradient_are_kept() -> None:
    x = am.Tensor([1.0, 2.0], "x")
    z = x * x
    z.backward(gradient=np.array([1.0, 10.0]))
    program = live(z)
    [grad] = at(program, "slopes", results(program, [np.array([3.0, 4.0])]))[0] or []
    assert np.array_equal(grad, [6.0, 80.0])


def test_the_program_is_of_the_graph_as_it_was_drawn() -> None:
    x, ones = am.Value(2.0, "x"), np.ones(20)
    J = am.sum(x * ones)
    J.backward()
    program = live(J)
    ones[:] = 7.0
    x.data = 5.0
    assert [each.name for each in program.inputs] == ["x"]
    assert at(program, "result", results(program)) == [[40.0]]


def test_an_array_stands_in_the_program_once() -> None:
    x, C = am.Value(2.0, "x"), np.linspace(0.123, 1.0, 20)
    J = am.sum(am.sin(x * C))
    J.backward()
    held = [x for step in live(J).code.steps for x in step.args if np.array_equal(x, C)]
    assert len(held) == 2
    assert held[0] is held[1]


def test_data_may_have_been_assigned_in_another_class() -> None:
    a, X = am.Value(2.0, "a"), am.Tensor([1.0, 2.0], "X")
    J = am.sum(a * X)
    J.backward()
    a.data, X.data = 2, np.float32([1.0, 2.0])
    program = live(J)
    assert [each.data for each in program.inputs] == [(2.0,), (1.0, 2.0)]
    assert at(program, "result", results(program)) == [[6.0]]
    assert "const a = +inputs[0];" in program.program()


def test_the_mode_it_is_drawn_in_has_no_part_in_it() -> None:
    J = silent()
    J.backward()
    expected = live(J)
    with am.no_grad(), am.debug(), am.scope("outer"):
        found = live(J)
    assert found.program() == expected.program()
    assert found.plan == expected.plan


def test_a_picture_leaves_the_graph_as_it_is() -> None:
    J = stretched()
    J.backward()
    before = [(node.label, id(node.grad)) for node in ancestors(J)]
    live(J)
    assert [(node.label, id(node.grad)) for node in ancestors(J)] == before


def test_inputs_without_a_box_or_a_label_have_names_of_their_own() -> None:
    J = network([2, 3, 1])
    for options in ({"depth": 2}, {"max_nodes": 8}):
        names = [each.name for each in live(J, **options).inputs]
        assert len({*names}) == len(names) == sum(not node.parents for node in ancestors(J))
    assert [each.name for each in live(lecture()).inputs] == ["a", "b", "c"]


def test_an_input_has_one_name_in_all_views() -> None:
    J = layers()
    J.backward()
    drawing = am.draw(J, fold=True)
    names = {each.name: each.data for each in drawing._live.inputs}
    assert len(names) == len(drawing._live.inputs)
    shown = [box for picture in drawing._others for box in picture.boxes if box.kind == "input"]
    assert {box.name for box in shown} == {*names}
    for box in shown:
        assert names[box.name] == (box.data,)


# Many nodes ---------------------------------------------------------------------------------------


@pytest.mark.untraced
def test_a_loop_over_many_examples_has_the_numbers_of_python(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(200, 20)), rng.random(200) > 0.5
    J = by_loops(rng.normal(size=21), X, Y)
    assert len(ancestors(J)) > 13_000
    program = live(J)
    names = [each.name for each in program.inputs]
    assert names[:21] == ["b", *(f"w[{j}]" for j in range(20))]
    assert {*names[21:]} == {"start", *(f"X[{i}][{j}]" for i in range(200) for j in range(20))}
    w, other = rng.normal(size=21), rng.normal(size=X.shape)
    to = {"b": w[20], "start": 0.0}
    to |= {f"w[{j}]": w[j] for j in range(20)}
    to |= {f"X[{i}][{j}]": other[i, j] for i in range(200) for j in range(20)}
    point = [float(to[name]) for name in names]
    [found] = run([(program.program(), [point])], tmp_path)
    moved = by_loops(w, other, Y)
    grads = {each.label: each.grad for each in ancestors(moved)}
    slopes = at(program, "slopes", found)
    assert [number(x, 6) for [x] in slopes] == [number(grads[name], 6) for name in names]
    drawing = am.draw(moved, engine="builtin")
    boxes = [box for each in (drawing._picture, *drawing._others) for box in each.boxes]
    columns = at(program, "values", found), at(program, "grads", found)
    assert len(boxes) > 100
    for box, values, dvars in zip(boxes, *columns, strict=True):
        for numbers, shown, text in ((values, box.data, box.value), (dvars, box.grad, box.dvar)):
            if shown is not None:
                assert number(numbers[0], 6) == number(shown, 6), box
            elif box.kind != "stub":
                assert number(min(numbers)) in text, box
                assert number(max(numbers)) in text, box


# Where there are none -----------------------------------------------------------------------------


def own_rule() -> Node:
    cube = am.custom_vjp(lambda x: x * x * x)
    cube.defvjp(lambda g, z, x: 3 * x * x * g)
    return cube(am.Value(2.0, "x"))


def at_an_edge() -> Node:
    """Where backward need not ask for what does not exist, but elsewhere it would."""
    J = am.maximum(am.sqrt(am.Value(0.0, "x")), 1.0) * 2
    J.backward()
    return J


WHY = {
    "dtype float16": lambda: am.sum(am.Tensor(np.ones(3, np.float16), "x") * 2),
    "JavaScript: what a function with rules of its own does is not in the graph": own_rule,
    "for these numbers the derivative of sqrt does not exist": at_an_edge,
    "more than 10,000 numbers": lambda: am.sum(am.Tensor(np.ones(6000), "x") * 2),
    "no input holds a number": lambda: am.sum(am.Tensor(np.ones(0), "x")),
}


@pytest.mark.parametrize("why", WHY)
def test_the_page_says_why_there_are_no_live_inputs(why: str) -> None:
    J = WHY[why]()
    assert why in live(J).why
    seen = page(J)
    assert "live" not in seen.known
    assert any(f"No live inputs: {live(J).why}." == text.strip() for text in seen.texts["p"])
    assert not any(attributes.get("id") == "live" for _, attributes in seen.tags)


def checkpointed(x: float, y: float, w: Any) -> Node:
    """Several results, one used node, an if, a checkpoint within, and one after the other."""
    p, q, W = am.Value(x, "x"), am.Value(y, "y"), am.Tensor(w, "W")
    V = W * q

    def f(s: Node, t: Node) -> Any:
        z = am.sin(s) * t + am.sum(V)
        if z > -100:
            z = z * 2
        inner = am.checkpoint(lambda u: am.tanh(u) * am.detach(u))
        return am.relu(z), inner(z) * V

    a, B = am.checkpoint(f)(p, q * q)
    c = am.checkpoint(lambda u: u * am.abs(u))(a + am.sum(B))
    J = c * a + p
    am.label(a=a, B=B, c=c, J=J)
    J.backward()
    return J


def test_a_checkpoint_is_computed_by_what_is_in_it(tmp_path: Path) -> None:
    points: list[tuple[float, float, Any]] = [
        (1.0, 0.5, np.array([0.25, -0.5])),
        (-2.0, 0.75, np.array([1.5, 0.125])),
    ]
    program = live(checkpointed(*points[0]))
    assert program.why == ""
    given = [
        [dict(zip("xyW", point, strict=True))[each.name] for each in program.inputs]
        for point in points
    ]
    for point, found in zip(points, run([(program.program(), given)], tmp_path), strict=True):
        for name, kept in (("values", "data"), ("grads", "grad")):
            row = at(program, name, found)
            for node, places in zip(ancestors(checkpointed(*point)), row, strict=True):
                if places is not None:
                    wanted = np.ravel(getattr(node, kept))
                    assert np.allclose(np.ravel(places[0]), wanted, 1e-13, 1e-14), (point, node)
    assert sum(places is not None for places in program.plan["grads"]) > 8


def test_a_checkpoint_may_hold_too_much_or_not_be_the_same_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def long(x: Node) -> Node:
        for _ in range(600):
            x = am.sin(x) + 0.1
        return x

    calls: list[Node] = []

    def counting(x: Any) -> Any:
        calls.append(x)
        return [x] * len(calls)

    x = am.Value(1.0, "x")
    with monkeypatch.context() as few:
        few.setitem(live_of.__globals__, "NODES_UP_TO", 1000)
        told = live(am.checkpoint(long)(x)).why
    assert told == "with what is in its checkpoints the graph has more than 1,000 nodes"
    [J] = am.checkpoint(counting)(x)
    assert "gave other results when it was run again" in live(J).why


def test_masks_and_whole_numbers_in_a_checkpoint_stay_as_they_were() -> None:
    def f(t: Any) -> Any:
        with am.no_grad():
            shift = t[0] * 2
        return am.sum(am.vmap(lambda x: x + 0.0)(t[t > 0])) * int(t[1]) + shift

    t = am.Tensor([-1.0, 2.5, 3.0], "t")
    J = am.checkpoint(f)(t)
    J.backward()
    program = live(J)
    assert program.why == ""
    found = results(program, [np.array([-1.0, 2.0, 4.0])])
    assert at(program, "result", found) == [[10.0]]
    assert np.array_equal(at(program, "slopes", found)[0][0], [0.0, 2.0, 2.0])


def test_a_graph_of_too_many_nodes_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(live_of.__globals__, "NODES_UP_TO", 100)
    assert live(loop(5)).why == ""
    assert live(loop(20)).why == "the graph has more than 100 nodes"


def test_an_op_whose_rule_has_no_javascript_is_named() -> None:
    own = Primitive("own", math.cosh, np.cosh, (lambda g, z, x: g,), listed=False)
    try:
        ops.unary("half_known", math.sinh, np.sinh, lambda g, z, x: g * own(x), js="Math.sinh({0})")
        J = TABLE["half_known"](am.Value(1.0, "x"))
        J.backward()
        assert "No live inputs: own has no JavaScript; only" in am.draw(J).html
    finally:
        TABLE.pop("half_known", None)


def test_the_page_says_that_an_if_stays_and_a_condition_where_there_is_one() -> None:
    said = "<code>float()</code>, <code>//</code> or <code>detach</code> gave."
    more = " So does what a condition chose, as in where."
    for make, stays in ((lecture, False), (stretched, True), (at_a_choice, True)):
        seen = am.draw(make()).html
        assert said in seen
        assert (more in seen) == stays


def at_a_choice() -> Node:
    x = am.Value(2.0, "x")
    return am.where(x > 0, x * x, x)


def test_a_branch_not_taken_has_no_local_derivative() -> None:
    x, y = am.Value(0.0, "x"), am.Value(3.0, "y")
    J = am.where(x > 0, am.sqrt(x), y) * y
    J.backward()
    program = live(J)
    assert program.why == ""
    assert at(program, "slopes", results(program)) == [[0.0], [6.0]]


def test_an_exercise_has_no_live_inputs() -> None:
    J = lecture()
    J.backward()
    seen = am.draw(J).save("J.html", exercise=True).read_text("utf-8")
    assert 'id="live"' not in seen
    assert "No live inputs" not in seen
    assert 'id="live"' in am.draw(J).html


def test_what_the_page_knows_of_its_inputs() -> None:
    known = page(stretched()).known["live"]
    assert [each["name"] for each in known["inputs"]] == ["W", "b"]
    assert known["inputs"][0] == {
        "name": "W",
        "shape": [2, 2],
        "data": [1.0, 2.0, 3.0, -4.0],
        "single": False,
    }
    large = page(vectorised()).known["live"]["inputs"]
    assert {each["name"]: len(each["data"]) for each in large}["X"] > 100
    odd = am.Value(math.nan, "a") * am.Value(math.inf, "b")
    assert [x["data"] for x in page(odd).known["live"]["inputs"]] == [["NaN"], ["Infinity"]]
