"""Functions that are cut into pieces give what they gave whole."""

import math

import pytest

import autograd_mini as am
from autograd_mini.replay import pieces


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(pieces, "LONG", 10)
    monkeypatch.setattr(pieces, "PIECE", 7)


def recurrence(a, b, us, *, c):
    x = b
    for u in us:
        x = am.sin(x) * a + u * c
        if x < -10:
            x = -x
    return {"x": x, "a": a}


def test_a_function_in_pieces_gives_the_same(short):
    def cost(a, b, us, *, c):
        return recurrence(a, b, us, c=c)["x"]

    f = am.value_and_grad(cost, (0, 1, 2))
    us = [math.cos(i) for i in range(6)]
    step = am.compile(f)
    step(0.1, 0.2, us, c=0.7)
    scope = {}
    exec(step.source, scope)
    assert step.source.count("\ndef ") > 3
    for run in (step, scope[step.recordings[0].program.name]):
        value, (da, db, dus) = run(0.3, 0.2, us, c=0.9)
        wanted, (wa, wb, wus) = f(0.3, 0.2, us, c=0.9)
        assert [value, da, db, *dus] == pytest.approx([wanted, wa, wb, *wus])


def test_names_of_pieces_are_not_those_of_others(short):
    def f(f_0, f_):
        for _ in range(20):
            f_0 = am.sin(f_0) + am.cos(f_) * f_0
        return f_0, f_

    step = am.compile(f)
    step(1.0, 2.0)
    assert step(0.5, 0.25) == pytest.approx(f(0.5, 0.25))
    assert "def f__" in step.source


def test_guards_stay_whole_and_raise(short):
    def f(x):
        for _ in range(12):
            x = am.sin(x) if x > 0.5 else am.exp(x)
        return x

    step = am.compile(f)
    for x in (0.1, 0.9, 0.1, 2.5, 0.9):
        assert step(x) == f(x)
    assert len(step.recordings) > 1
    for recorded in step.recordings:
        for part in recorded.program.text.functions:
            assert not part.splitlines()[1].startswith("     ")


@pytest.mark.parametrize("size", range(1, 9))
def test_pieces_of_any_size(monkeypatch, size):
    monkeypatch.setattr(pieces, "LONG", 0)
    monkeypatch.setattr(pieces, "PIECE", size)
    program_of = pieces.functions(
        "f",
        "a, b",
        [
            "t1 = a + b",
            "if not (t1 > 0):",
            "    raise ValueError(t1)",
            "t2 = t1 * a",
            "t3 = t2 - t1",
        ],
        "[t1, t3, b]",
        {"a", "b", "t1", "t2", "t3"},
    )
    scope = {}
    for text in program_of:
        exec(text, scope)
    assert scope["f"](2.0, 3.0) == [5.0, 5.0, 3.0]
    with pytest.raises(ValueError, match="-5"):
        scope["f"](-2.0, -3.0)
