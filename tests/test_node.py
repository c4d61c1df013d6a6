"""Node: what is recorded and how it is named, walked, copied, and left unrecorded."""

import asyncio
import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.node import ancestors, labelled

# What is recorded ---------------------------------------------------------------------------------


def test_a_leaf() -> None:
    a = am.Value(5, "a")
    assert (a.data, a.grad, a.op, a.args, a.parents, a.label) == (5.0, None, None, (), (), "a")
    assert isinstance(a, am.Node)
    assert isinstance(am.Tensor([1.0]), am.Node)


def test_a_result_of_two_operands() -> None:
    a, b = am.Value(2.0), am.Value(3.0)
    J = a - b
    assert J.op.name == "subtract"
    assert J.op.symbol == "-"
    assert J.args == J.parents == (a, b)
    assert J.grad is None
    assert J.label is None


def test_constants_are_operands_but_no_parents() -> None:
    a = am.Value(2.0)
    assert (3 - a).args == (3.0, a)
    assert (a**2).args == (a, 2.0)
    assert (3 - a).parents == (a,)
    weights = np.array([1.0, 2.0])
    assert (a * weights).args[1] is weights


def test_parents_keep_their_order_and_repeats() -> None:
    a, b = am.Value(2.0, "a"), am.Value(3.0, "b")
    assert (a * a).parents == (a, a)
    stacked = am.stack([b, a, 1.0, b])
    assert stacked.parents == (b, a, b)
    assert stacked.args == (b, a, 1.0, b, 0)


def test_one_operand_and_parameters() -> None:
    t = am.Tensor([[1.0, 2.0]])
    assert am.exp(t).args == (t,)
    J = t.sum(axis=-1, keepdims=True)
    assert J.args == (t, (1,), True)
    assert J.parents == (t,)


@pytest.mark.parametrize("x", [am.Value(1.0), am.Tensor([1.0])])
def test_nodes_have_no_other_attributes(x: Any) -> None:
    with pytest.raises(AttributeError):
        x.name = "a"
    assert not hasattr(x, "__dict__")


def test_a_node_is_a_key_by_itself_alone() -> None:
    a, b = am.Value(1.0), am.Value(1.0)
    assert a == b
    assert len({a, b, a}) == 2
    t, s = am.Tensor([1.0, 2.0]), am.Tensor([1.0, 2.0])
    assert {t: "t", s: "s"}[t] == "t"
    assert weakref.ref(a)() is a


# Labels -------------------------------------------------------------------------------------------


def test_label_by_keyword_renames() -> None:
    u = am.Value(1.0, "old")
    am.label(u=u)
    assert u.label == "u"
    am.label({"names": 1}, names=u)  # the mapping is positional alone, so any name may be given
    assert u.label == "names"


def test_label_by_mapping_names_what_has_no_name_yet() -> None:
    def build() -> dict[str, Any]:
        a, w, rows = am.Value(1, "α"), [am.Value(1), am.Value(2)], (am.Tensor([1.0]), "text")
        J = a * w[0] + w[1]
        number, text, nothing, _hidden = 3, "x", None, am.Value(0)
        assert [number, text, nothing]
        am.label(locals())
        return locals()

    names = build()
    assert names["a"].label == "α"
    assert [x.label for x in names["w"]] == ["w[0]", "w[1]"]
    assert names["rows"][0].label == "rows[0]"
    assert names["J"].label == "J"
    assert names["_hidden"].label is None


def test_label_takes_what_a_namespace_may_hold() -> None:
    a = am.Value(1)
    am.label({1: a, "b": {"c": a}, "d": [[a]]})
    assert a.label == "1"
    am.label({})
    am.label()


@pytest.mark.parametrize("x", [3.0, None, "J", [am.Value(1)]])
def test_label_by_keyword_is_of_nodes(x: Any) -> None:
    with pytest.raises(am.OperandError, match=r"label\(J=\.\.\.\) names a node"):
        am.label(J=x)


@pytest.mark.parametrize("make", [am.Value, am.Tensor])
@pytest.mark.parametrize("label", [3, b"a", ["a"], am.Value(1.0)])
def test_a_label_is_text(make: Any, label: Any) -> None:
    with pytest.raises(am.OperandError, match="a label is text, not "):
        make(1.0, label)


def test_labelled_tells_repeats_apart() -> None:
    nodes = [am.Value(i, name) for i, name in enumerate(["z", None, "z", "z#2", "", "z", "y"])]
    names = labelled(nodes)
    assert list(names) == [node for node in nodes if node.label]
    assert len(set(names.values())) == 5
    assert names[nodes[0]] == "z"
    assert names[nodes[6]] == "y"


# The walk -----------------------------------------------------------------------------------------


def test_ancestors_are_operands_first_left_first() -> None:
    a, b, c = (am.Value(i, name) for i, name in enumerate("abc"))
    u = b * c
    v = a + u
    J = u * v - a
    assert ancestors(J) == [b, c, u, a, v, *J.parents[:1], J]
    assert ancestors(a) == [a]
    assert len(ancestors(a * a)) == 2


def test_ancestors_of_deep_and_broad_graphs() -> None:
    a = am.Value(1.0)
    deep = a
    for _ in range(100_000):
        deep = deep + a
    order = ancestors(deep)
    assert len(order) == 100_001
    assert order[0] is a
    assert order[-1] is deep
    assert len(ancestors(am.sum(am.stack([a * i for i in range(1000)])))) == 1003


# Nothing recorded ---------------------------------------------------------------------------------


def test_no_grad_gives_leaves_of_every_kind() -> None:
    a, t = am.Value(2.0), am.Tensor([1.0, 2.0])
    with am.no_grad():
        results = [a * 3, 3 - a, a**a, am.exp(a), t + a, t @ t, am.sum(t), t[0], am.stack([a, a])]
    assert all(result.op is None and result.parents == () for result in results)
    assert results[0].data == 6.0
    assert (a * 3).parents == (a,)


def test_no_grad_ends_with_its_block_though_it_raises() -> None:
    a = am.Value(2.0)
    with pytest.raises(am.DomainError), am.no_grad():
        am.log(-a)
    assert (a * 3).parents == (a,)


def test_no_grad_as_a_decorator() -> None:
    @am.no_grad()
    def step(x: am.Value) -> am.Value:
        """Docstring."""
        return x * 2.0

    a = am.Value(1.0)
    assert step(a).parents == ()
    assert step(a).parents == ()
    assert step.__doc__ == "Docstring."
    assert (a * 2).parents == (a,)


def test_no_grad_holds_in_its_task_alone() -> None:
    a = am.Value(2.0)

    async def quiet(inside: asyncio.Event, done: asyncio.Event) -> Any:
        with am.no_grad():
            inside.set()
            await done.wait()
            return (a * 2.0).parents

    async def both() -> Any:
        inside, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(inside, done))
        await inside.wait()
        recorded = (a * 2.0).parents
        done.set()
        return await task, recorded

    assert asyncio.run(both()) == ((), (a,))


@pytest.mark.parametrize("x", [2.5, 3, None, "text"])
def test_detach_hands_on_what_is_no_node(x: Any) -> None:
    assert am.detach(x) is x


def test_a_detached_array_stays_when_its_source_is_changed_in_place() -> None:
    w = am.Tensor([1.0, 2.0])
    old = am.detach(w)
    w.data -= 0.5
    assert old.data.tolist() == [1.0, 2.0]


def test_detach_gives_a_leaf() -> None:
    t = am.Tensor([1.0, 2.0], "t")
    (t * t).backward(gradient=[1.0, 1.0])
    leaf = am.detach(t * t)
    assert isinstance(leaf, am.Tensor)
    assert (leaf.op, leaf.args, leaf.parents, leaf.grad, leaf.label) == (None, (), (), None, None)
    np.testing.assert_array_equal(leaf.data, [1.0, 4.0])


def test_dropping_a_result_frees_it_at_once() -> None:
    gc.disable()
    try:
        a = am.Value(1.0)
        J = am.exp(a * 2.0) + a
        inner = weakref.ref(J.parents[0])
        del J
        assert inner() is None
    finally:
        gc.enable()


def test_label_takes_names_or_a_mapping() -> None:
    with pytest.raises(am.OperandError, match="label takes nodes by name"):
        am.label([am.Value(1.0)])  # type: ignore[arg-type]  # that is the mistake


def test_a_label_set_by_hand_must_be_text_too() -> None:
    v = am.Value(1.0)
    v.label = 3  # type: ignore[assignment]  # that is the mistake
    with pytest.raises(am.OperandError, match="a label is text"):
        am.dvars(v)


# Scopes -------------------------------------------------------------------------------------------


def scopes_of(node: am.Node) -> list[str]:
    """The names of the scopes a node was made in, innermost first."""
    scope, names = getattr(node, "scope", None), []
    while scope is not None:
        names.append(scope.name)
        scope = scope.outer
    return names


def test_a_scope_marks_what_is_made_within_and_nothing_else() -> None:
    x = am.Value(2.0, "x")
    with am.scope("outer"):
        y = x * 3
        with am.scope("inner"):
            leaf, sine, array = am.Value(1.0), am.sin(y), am.Tensor([1.0]) * x
            with am.no_grad():
                plain = x * 2
            loose = am.detach(x)
        z = y + sine
    after = z * 2
    assert [scopes_of(node) for node in (x, y, z, after)] == [[], ["outer"], ["outer"], []]
    for node in (leaf, sine, array, plain, loose):
        assert scopes_of(node) == ["inner", "outer"]
    after.backward()
    assert x.grad == pytest.approx(6 + 6 * np.cos(6.0))


def test_each_entry_is_a_scope_of_its_own_also_as_a_decorator() -> None:
    @am.scope("layer")
    def layer(x: Any) -> Any:
        return am.tanh(x)

    one, two = layer(am.Value(1.0)), layer(am.Value(1.0))
    assert scopes_of(one) == scopes_of(two) == ["layer"]
    assert one.scope is not two.scope


def test_a_scope_ends_with_its_block_though_it_raises() -> None:
    x = am.Value(-1.0)
    with pytest.raises(am.DomainError), am.scope("logs"):
        am.log(x)
    assert scopes_of(x * 2) == []


def test_a_scope_holds_in_its_thread_alone() -> None:
    x = am.Value(1.0)
    made = []
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait(10)
        made.append(x * 2)
        with am.scope("theirs"):
            made.append(x * 3)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with am.scope("ours"):
        inside.set()
        assert done.wait(10)
        own = x * 4
    thread.join()
    assert [scopes_of(node) for node in (*made, own)] == [[], ["theirs"], ["ours"]]


def test_a_scope_does_not_change_what_transforms_give() -> None:
    def f(x: Any) -> Any:
        with am.scope("f"):
            return am.exp(x) * x

    assert am.grad(f)(2.0) == pytest.approx(3 * np.exp(2.0))
    assert am.grad(am.grad(f))(2.0) == pytest.approx(4 * np.exp(2.0))
    assert np.allclose(am.vmap(f)(np.arange(3.0)), np.exp(np.arange(3.0)) * np.arange(3.0))


@pytest.mark.parametrize("name", [None, 3, b"layer"])
def test_the_name_of_a_scope_is_text(name: Any) -> None:
    with pytest.raises(am.OperandError, match="a scope's name is text, not"), am.scope(name):
        pass


def test_a_scope_goes_with_its_nodes() -> None:
    with am.scope("short-lived"):
        x = am.Value(1.0) * 2
    gone = weakref.ref(x)
    del x
    assert gone() is None
