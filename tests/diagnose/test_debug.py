"""debug: nodes remember their line, a nan stops the program, and outside nothing is kept."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini.diagnose.debug import Place, place_of

HERE = Path(__file__).name


def test_a_node_remembers_the_line_that_made_it() -> None:
    with am.debug():
        a = am.Value(2.0, "a")
        t = am.Tensor([1.0, 2.0])
        J = np.sum(a * t) + a  # made here
    for node, text in [(a, 'a = am.Value(2.0, "a")'), (t, "t = am.Tensor([1.0, 2.0])")]:
        assert node.place.text == text
    place = J.place
    assert Path(place.file).name == HERE
    assert place.function == "test_a_node_remembers_the_line_that_made_it"
    assert str(place).endswith(f"in {place.function}: J = np.sum(a * t) + a  # made here")
    assert J.parents[0].place.line == place.line == a.place.line + 2


def test_outside_nothing_is_remembered() -> None:
    with am.debug():
        inside = am.Value(1.0) * 2
    assert place_of(inside) is not None
    assert place_of(am.Value(1.0) * 2) is None


def test_a_place_without_its_source() -> None:
    assert str(Place("<nowhere>", 3, "f")) == "<nowhere>:3 in f"


def test_other_threads_are_not_concerned() -> None:
    made: list[Any] = []
    with am.debug():
        thread = threading.Thread(target=lambda: made.append(am.Value(1.0) * 2))
        thread.start()
        thread.join()
    assert place_of(made[0]) is None


def test_it_nests_with_no_grad_and_itself() -> None:
    a = am.Value(1.0)
    with am.debug(), am.no_grad(), am.debug():
        b = a * 2
    assert b.parents == ()
    assert b.place.text == "b = a * 2"


def test_within_transforms_places_are_the_users() -> None:
    def f(x: Any) -> Any:
        seen.append(x * x)
        return seen[-1]

    seen: list[Any] = []
    with am.debug():
        am.grad(f)(2.0)
    assert seen[0].place.text == "seen.append(x * x)"


STOPPED: dict[str, tuple[Any, str]] = {
    "log of 0": (
        lambda: am.log(am.Tensor([1.0, 0.0], "p")),
        r"^log\(p = shape \(2,\)\) made -inf at \[1\], from p = 0, made at .*: .*am\.clip",
    ),
    "log of a negative number": (
        lambda: am.log(am.Tensor([[1.0, -2.0], [-3.0, 1.0]], "p")),
        r"made nan at \[0, 1\] \(2 of 4 numbers\), from p = -2",
    ),
    "0/0": (
        lambda: am.Tensor([0.0], "a") / am.Tensor([0.0], "b"),
        r"^divide\(.*made nan at \[0\], from a = 0 and b = 0,.*am\.where",
    ),
    "overflow": (lambda: am.exp(am.Tensor([1000.0])), r"^exp\(.*made inf.*am\.logsumexp"),
    "log of sigmoid": (
        lambda: am.log(am.sigmoid(am.Tensor([-800.0]))),
        r"^log\(.*made -inf.*am\.log_sigmoid",
    ),
    "log of 1 - sigmoid": (
        lambda: am.log(1 - am.sigmoid(am.Tensor([800.0]))),
        r"^log\(.*am\.log_sigmoid\(-z\)",
    ),
    "log of softmax": (
        lambda: am.log(am.softmax(am.Tensor([0.0, 2000.0]))),
        r"^log\(.*z - am\.logsumexp",
    ),
    "a leaf": (lambda: am.Value(float("nan"), "x") * 2, r"^x made nan, made at"),
    "sqrt at 0, backward": (
        lambda: am.sum(am.sqrt(am.Tensor([0.0, 1.0], "v"))).backward(),
        r"^the derivative of sqrt\(v = shape \(2,\)\) by v is inf at \[0\], made at .*1e-12",
    ),
    "a power, backward": (
        lambda: am.sum(am.Tensor([0.0], "v") ** 0.5).backward(),
        r"^the derivative of pow\(v = shape \(1,\), 0\.5\) by v is inf.*steep at 0",
    ),
    "an op without advice": (
        lambda: am.tan(am.Tensor([np.inf], "v") * 1.0),
        r"^v made inf at \[0\].*look at where the number comes from",
    ),
    "an unstable norm": (
        lambda: am.var(am.Tensor([1e200, 0.0], "v")),
        r"^var\(v = shape \(2,\)\) made inf, made at [^;]*$",
    ),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", STOPPED)
def test_it_stops_at_the_first_inf(case: str) -> None:
    f, pattern = STOPPED[case]
    with am.debug(raise_on="inf"), pytest.raises(am.AnomalyError, match=pattern):
        f()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_alone() -> None:
    with am.debug(raise_on="nan"):
        z = am.log(am.Tensor([0.0], "z"))
        with pytest.raises(am.AnomalyError, match=r"^multiply\(.*an operand was inf") as caught:
            z * 0.0
    assert caught.value.op == "multiply"
    assert isinstance(caught.value, ArithmeticError)


def test_what_is_finite_goes_through() -> None:
    with am.debug(raise_on="inf"):
        x = am.Value(2.0)
        (x * x).backward()
    assert x.grad == 4.0


def test_what_it_can_raise_on() -> None:
    with (
        pytest.raises(am.InputError, match=r"raise_on='all' is not None, 'nan' or 'inf'"),
        am.debug("all"),
    ):
        pass


def test_a_derivative_of_data_that_was_changed_since() -> None:
    x, y = am.Tensor([1.0, 2.0], "x"), am.Value(3.0, "y")
    with am.debug():
        u = x * y
        am.label(u=u)
        J = am.sum(u * 2) + am.log(y)
        J.backward()
        x.data[0] = 100.0
        for derivative in (J.backward, lambda: am.gradient(J, x)):
            with pytest.raises(am.MutationError, match=r"^u is of before: multiply\(x = shape"):
                derivative()
        x.data[0] = 1.0
        J.backward()
        y.data = -1.0
        with pytest.raises(am.MutationError, match=r"log\(y = -1.0\) cannot be computed now"):
            am.gradient(J, y)
    J.backward()
    np.testing.assert_array_equal(x.grad, [-2.0, -2.0])
