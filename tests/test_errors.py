"""Every error a learner can meet in the engine: provoked, and its words read.

Each is of our kind and of the built-in kind one would catch, says what happened to which operand,
and what to write instead; its fields hold what the message says.
"""

import copy
from typing import Any

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import errors

a, b, z = am.Value(-1.0, "a"), am.Value(2.0, "b"), am.Value(0.0, "z")
big, one = am.Value(1000.0, "big"), am.Value(1.0, "one")
T, S, E = am.Tensor([[1.0, 2.0], [3.0, 4.0]], "T"), am.Tensor([1.0, 2.0, 3.0], "S"), am.Tensor([])
NAMES = {"am": am, "np": np, "copy": copy, "a": a, "b": b, "z": z, "big": big, "one": one}
NAMES |= {"T": T, "S": S, "E": E}

# What is done -> the error and a pattern of its words.
PROVOKED: dict[str, tuple[type[am.AutogradError], str]] = {
    # outside an op's domain
    "am.log(a)": (am.DomainError, r"^log\(a = -1\.0\): .*; log needs a number above 0$"),
    "am.log(z)": (am.DomainError, r"log\(z = 0\.0\)"),
    "np.log(a)": (am.DomainError, r"log\(a = -1\.0\)"),
    "am.log(-1.0)": (am.DomainError, r"log\(-1\.0\)"),
    "am.log1p(a)": (am.DomainError, r"log1p\(a = -1\.0\): .*a number above -1"),
    "am.sqrt(a)": (am.DomainError, r"sqrt\(a = -1\.0\): .*at least 0"),
    "am.arcsin(b)": (am.DomainError, r"arcsin\(b = 2\.0\): .*from -1 to 1"),
    "am.arccos(b)": (am.DomainError, r"arccos\(b = 2\.0\): .*from -1 to 1"),
    "am.sin(am.Value(np.inf, 'w'))": (am.DomainError, r"sin\(w = inf\)"),
    "a**0.5": (am.DomainError, r"pow\(a = -1\.0, 0\.5\): .*fractional power.*whole exponent"),
    "(-8) ** am.Value(1 / 3)": (am.DomainError, r"pow\(-8\.0, 0\.333.*fractional power"),
    # division by zero
    "1 / z": (am.DivisionError, r"divide\(1\.0, z = 0\.0\): .*zero; divide needs a divisor"),
    "b / z": (am.DivisionError, r"divide\(b = 2\.0, z = 0\.0\)"),
    "b / 0": (am.DivisionError, r"divide\(b = 2\.0, 0\.0\)"),
    "b // z": (am.DivisionError, r"floor_divide\(b = 2\.0, z = 0\.0\): .*zero; .*needs a divisor"),
    "b % 0": (am.DivisionError, r"remainder\(b = 2\.0, 0\.0\): .*modulo.*; .*a divisor"),
    "z**-1": (am.DivisionError, r"pow\(z = 0\.0, -1\.0\): .*no base 0 to a negative one"),
    "am.reciprocal(z)": (am.DivisionError, r"reciprocal\(z = 0\.0\): .*other than 0"),
    # too large for a float
    "am.exp(big)": (am.RangeError, r"exp\(big = 1000\.0\): .*range error"),
    "am.expm1(big)": (am.RangeError, r"expm1\(big = 1000\.0\)"),
    "am.sinh(big)": (am.RangeError, r"sinh\(big = 1000\.0\)"),
    "am.cosh(-big)": (am.RangeError, r"cosh\(-1000\.0\)"),
    "big**1000": (am.RangeError, r"pow\(big = 1000\.0, 1000\.0\)"),
    "b * 10**400": (am.RangeError, r"multiply: a whole number too large for a float"),
    "am.exp(10**5000)": (am.RangeError, r"exp\(a whole number of 16610 bits\).*too large"),
    "am.Value(10**400)": (am.RangeError, r"int too large for a float"),
    # derivatives that floats do not have
    "am.sqrt(z).backward()": (
        am.DivisionError,
        r"^the derivative of sqrt\(z = 0\.0\): .*above 0 for its derivative",
    ),
    "am.arcsin(one).backward()": (
        am.DivisionError,
        r"the derivative of arcsin\(one = 1\.0\): .*inside for its derivative",
    ),
    "(z**0.5).backward()": (am.DivisionError, r"the derivative of pow\(z = 0\.0, 0\.5\)"),
    "am.gradient(am.sqrt(z), z)": (am.DivisionError, r"the derivative of sqrt\(z = 0\.0\)"),
    # shapes and axes
    "T + S": (am.ShapeError, r"add\(T = shape \(2, 2\), S = shape \(3,\)\): .*broadcast"),
    "T @ S": (am.ShapeError, r"matmul\(T = shape \(2, 2\), S = shape \(3,\)\)"),
    "T @ b": (am.ShapeError, r"matmul\(T = shape \(2, 2\), b = 2\.0\)"),
    "am.where(T > 0, 1.0, S)": (am.ShapeError, r"where\(shape \(2, 2\), 1\.0, S = shape \(3,\)\)"),
    "am.sum(T, axis=2)": (am.AxisError, r"sum: axis 2 of an array of shape \(2, 2\)"),
    "am.sum(b, axis=1)": (am.AxisError, r"sum: axis 1 of an array of shape \(\)"),
    "am.mean(b, axis=0)": (am.AxisError, r"mean: axis 0 of an array of shape \(\)"),
    "am.sum(T, axis=(0, 0))": (am.ShapeError, r"sum: axis \(0, 0\).*repeated axis"),
    "am.sum(T, axis='x')": (am.OperandError, r"sum: axis 'x' of an array of shape \(2, 2\)"),
    "am.sum(T, axis=b)": (am.OperandError, r"b is a node, .* an axis .*: write int\(b\)"),
    "am.sum(T, axis=10**400)": (am.ShapeError, r"sum: axis 1000.*too large"),
    "am.cumsum(T, 5)": (am.AxisError, r"cumsum: axis 5"),
    "am.cumsum(T, (0, 1))": (am.OperandError, r"cumsum takes one axis, not 2"),
    "am.stack([T, T], (0, 1))": (am.OperandError, r"stack takes one axis, not 2"),
    "am.max(E)": (am.ShapeError, r"max\(shape \(0,\)\): zero-size"),
    "am.reshape(T, 3)": (am.ShapeError, r"reshape\(T = shape \(2, 2\)\): .*size 4 into shape \(3,"),
    "am.reshape(T, 'x')": (am.OperandError, r"reshape\(T = shape \(2, 2\)\)"),
    "am.transpose(T, (0, 0))": (am.ShapeError, r"transpose of an array of shape \(2, 2\): repeat"),
    "am.transpose(T, (0,))": (am.ShapeError, r"transpose of an array of shape \(2, 2\): axes"),
    "am.swapaxes(T, 0, 5)": (am.AxisError, r"swapaxes of an array of shape \(2, 2\): .*axis 5"),
    "am.moveaxis(T, 0, 5)": (am.AxisError, r"moveaxis of an array of shape \(2, 2\): .*axis 5"),
    "am.squeeze(T, 0)": (am.ShapeError, r"squeeze: axis 0 of shape \(2, 2\) is not of length 1"),
    "am.squeeze(T, 5)": (am.AxisError, r"squeeze: axis 5"),
    "am.expand_dims(T, 5)": (am.AxisError, r"expand_dims: axis \(5,\)"),
    "am.broadcast_to(T, (3, 3))": (am.ShapeError, r"broadcast_to\(T = shape \(2, 2\)\): .*\(3,3\)"),
    "am.broadcast_to(S, -1)": (am.ShapeError, r"broadcast_to\(S = shape \(3,\)\)"),
    "am.flip(T, 5)": (am.AxisError, r"flip: axis 5"),
    "am.softmax(T, 5)": (am.AxisError, r"softmax: axis 5"),
    "am.concatenate([T, S])": (am.ShapeError, r"concatenate\(T = shape \(2, 2\), S = shape \(3,"),
    "am.concatenate([T, T], 3)": (am.AxisError, r"concatenate: axis 3"),
    "am.concatenate([b, b])": (am.AxisError, r"concatenate: axis 0 of an array of shape \(\)"),
    "am.concatenate([])": (am.ShapeError, r"concatenate: needs at least one array"),
    "am.stack([T, S])": (am.ShapeError, r"stack\(T = shape \(2, 2\), S = shape \(3,\)\)"),
    "am.stack([T, T], 3)": (am.AxisError, r"stack: axis 3"),
    "am.stack(3.0)": (am.OperandError, r"stack: needs a list of arrays.*am\.stack\(\[a, b\]\)"),
    "am.vstack(b)": (am.OperandError, r"vstack: needs a list of arrays.*am\.vstack\(\[a, b\]\)"),
    "am.tensordot(T, S, 1)": (am.ShapeError, r"tensordot: axes .* \(2, 2\) and \(3,\) differ"),
    "am.tensordot(T, T, (0,))": (am.ShapeError, r"tensordot: axes is a number or a pair, not"),
    "am.einsum('ij,jk', T)": (am.ShapeError, r"einsum\('ij,jk'\) of shapes \(2, 2\): 2 subscripts"),
    "am.einsum('ijk', T)": (am.ShapeError, r"einsum\('ijk'\) of shapes \(2, 2\)"),
    "am.einsum('ij->ik', T)": (am.ShapeError, r"einsum\('ij->ik'\).*k did not appear"),
    "am.einsum('ij,jk->ik', T, S)": (am.ShapeError, r"einsum\('ij,jk->ik'\) of shapes"),
    "am.einsum('ii', T[:, :1])": (am.ShapeError, r"einsum.*shape(s)? \(2, 1\)"),
    "am.einsum('i$', T)": (am.ShapeError, r"einsum\('i\$'\)"),
    "am.einsum(3, T)": (am.UnsupportedError, r"einsum takes its subscripts as a string"),
    "am.trace(S)": (am.ShapeError, r"of shape \(3,\), which is no matrix"),
    "am.norm(T, 3)": (am.ShapeError, r"norm of order 3 of an array of shape \(2, 2\): Invalid"),
    "am.norm(S, 3)": (am.UnsupportedError, r"norm of order 3 .*shape \(3,\).*1, 2 and inf"),
    "am.norm(T.reshape(1, 2, 2), axis=(0, 1, 2))": (am.ShapeError, r"norm of .*dimensions"),
    "am.norm(T, axis=())": (am.ShapeError, r"norm of .*shape \(2, 2\): Improper number of dim"),
    "am.astype(T, 'x')": (am.OperandError, r"astype: data type 'x' not understood"),
    "T.reshape()": (am.OperandError, r"reshape needs a shape, as in reshape\(x, \(2, -1\)\)"),
    "am.transpose(T, 'x')": (am.OperandError, r"transpose of an array of shape \(2, 2\): 'str'"),
    "am.norm(T, 'nuc')": (am.UnsupportedError, r"norm of order 'nuc'"),
    "am.var(T, ddof='x')": (am.OperandError, r"var\(T = shape \(2, 2\)\)"),
    # operands that are none
    "am.exp(None)": (am.OperandError, r"a number, an array or a node, not NoneType"),
    "am.add(T, 'x')": (am.OperandError, r"a number, an array or a node, not str"),
    "b + np.timedelta64(1, 's')": (am.OperandError, r"a number, an array or a node, not timedelta"),
    "np.timedelta64(5) * b": (am.OperandError, r"a number, an array or a node, not timedelta64"),
    "T * np.timedelta64(1, 's')": (am.OperandError, r"a number, an array or a node, not timedel"),
    "am.Value(np.timedelta64(5))": (am.OperandError, r"holds one real number, not timedelta64"),
    "am.exp([1, 'x'])": (am.OperandError, r"dtype <U\d+ cannot be an operand.*am\.stack"),
    "am.exp(np.ma.array([1.0]))": (am.OperandError, r"a masked array.*a\.filled\(value\)"),
    "am.exp([[1], [1, 2]])": (am.ShapeError, r"a list that is no array"),
    "am.clip(T, 'low', 'high')": (am.OperandError, r"a number, an array or a node, not str"),
    "T * 1j": (am.OperandError, r"multiply: a complex operand.*z\.real and z\.imag"),
    "1j - b": (am.OperandError, r"subtract: a complex operand.*z\.real and z\.imag"),
    "am.exp(1.0, 2.0)": (am.OperandError, r"exp takes 1 operand, not 2"),
    "am.Value('3')": (am.OperandError, r"one real number, not str; am\.Tensor.*am\.stack"),
    "am.Value(S)": (am.OperandError, r"one real number, not Tensor; .*am\.detach"),
    "am.Value(1.0, 3)": (am.OperandError, r"a label is text, not int: 3"),
    "am.Tensor(S)": (am.OperandError, r"plain numbers; am\.detach\(x\)"),
    "am.Tensor([b, b])": (am.OperandError, r"am\.stack"),
    "am.Tensor([1j])": (am.OperandError, r"real numbers, not dtype complex128"),
    "am.Tensor([[1], [1, 2]])": (am.ShapeError, r"rows are of different lengths"),
    "am.label(J=3.0)": (am.OperandError, r"label\(J=\.\.\.\) names a node; this is a float"),
    "am.label([b])": (am.OperandError, r"label takes nodes by name.*label\(locals\(\)\)"),
    "len(T[0, 0])": (am.OperandError, r"0-d"),
    "T.astype(int)": (am.OperandError, r"astype\(int64\): .*floating dtype; write t\.data\.astype"),
    # indices
    "T[5]": (am.IndexingError, r"getitem\(T = shape \(2, 2\)\): index 5 is out of bounds"),
    "T[0, 0, 0]": (am.IndexingError, r"getitem\(T = shape \(2, 2\)\): too many indices"),
    "T['x']": (am.IndexingError, r"getitem\(T = shape \(2, 2\)\)"),
    "T[1.0]": (am.IndexingError, r"getitem\(T = shape \(2, 2\)\)"),
    "T[[0], [0, [1]]]": (am.ShapeError, r"an index whose rows are of different lengths"),
    "T[b]": (am.IndexingError, r"T cannot be indexed by a node.*int\(i\).*astype\(int\)"),
    # writing, truth, float()
    "T.__setitem__(0, 1.0)": (
        am.MutationError,
        r"T \(shape \(2, 2\)\) cannot be written.*am\.where",
    ),
    "np.zeros((2, 2)).__iadd__(T)": (am.MutationError, r"np\.add was to write.*a = a \+ node"),
    "T.__delitem__(0)": (
        am.MutationError,
        r"T \(shape \(2, 2\)\) cannot be written into.*am\.where",
    ),
    "pow(b, 2, 3)": (am.UnsupportedError, r"^pow\(\) of b takes no third.*write x\*\*y % modulo$"),
    "np.full_like(np.ones(2), b)": (am.UnsupportedError, r"plain array.*write am\.broadcast_to"),
    "np.where(T > 0, T)": (am.InputError, r"np\.where takes both x and y, or neither"),
    "np.exp(T, out=np.zeros((2, 2)))": (am.MutationError, r"np\.exp was to write"),
    "bool(T)": (am.TruthError, r"the truth of T.*shape \(2, 2\).*am\.where.*np\.any.*np\.all"),
    "float(T)": (am.TruthError, r"float\(\) of T, which holds 4 numbers.*\.sum\(\)"),
    "int(T)": (am.TruthError, r"int\(\) of T"),
    "T.item()": (am.TruthError, r"item\(\) of T"),
    "f'{T:.2f}'": (am.TruthError, r"float\(\) of T"),
    # NumPy's functions that nodes do not have
    "np.sort(T)": (am.UnsupportedError, r"np\.sort does not support nodes; docs/NUMPY\.md.*\.data"),
    "np.linalg.inv(T)": (am.UnsupportedError, r"np\.linalg\.inv does not support nodes"),
    "np.fft.fft(S)": (am.UnsupportedError, r"np\.fft\.fft does not support nodes"),
    "np.cbrt(b)": (am.UnsupportedError, r"np\.cbrt does not support nodes"),
    "np.add.reduce(T)": (am.UnsupportedError, r"np\.add\.reduce does not support nodes; .*am\.sum"),
    "np.sum(T, dtype=float)": (am.UnsupportedError, r"np\.sum on nodes does not take dtype="),
    "np.exp(T, where=T > 0)": (am.UnsupportedError, r"np\.exp on nodes does not take where="),
    "np.array(T)": (am.UnsupportedError, r"T cannot become a plain array.*am\.stack.*node\.data"),
    "np.array([b, b])": (am.UnsupportedError, r"b cannot become a plain array.*am\.stack"),
    # gradients
    "T.backward()": (am.GradientError, r"T holds 4 numbers \(shape \(2, 2\)\).*am\.sum.*gradient="),
    "(T * 2).backward()": (am.GradientError, r"a result of multiply holds 4 numbers"),
    "am.Tensor([1, 2]).backward()": (am.GradientError, r"this leaf holds 2 numbers"),
    "T.backward(gradient=[1, 2])": (am.GradientError, r"shape \(2,\), but T has shape \(2, 2\)"),
    "T.backward(gradient=1j * np.ones((2, 2)))": (am.GradientError, r"gradient= is complex"),
    "T.backward(gradient='x')": (am.OperandError, r"not str"),
    "am.gradient(3.0, b)": (am.OperandError, r"the derivative of a float.*needs a node"),
    "am.gradient(b, 3.0)": (am.OperandError, r"gradient is taken by nodes, not by a float"),
    "am.dvars(3.0)": (am.OperandError, r"the derivative of a float.*needs a node"),
    "copy.copy(b * 2)": (am.GradientError, r"a result of multiply cannot be copied.*am\.detach"),
}


@pytest.mark.parametrize("form", PROVOKED)
def test_provoked(form: str) -> None:
    kind, words = PROVOKED[form]
    with pytest.raises(am.AutogradError, match=words) as caught:
        eval(form, NAMES)
    error = caught.value
    assert type(error) is kind
    assert "\n" not in str(error)
    if error.values:  # it was met while computing
        assert len(error.labels) == len(error.values) == len(error.shapes)
        assert str(error.op) in str(error)
        assert all(label in str(error) for label in error.labels if label)


BUILTIN = {
    am.DomainError: ValueError,
    am.DivisionError: ZeroDivisionError,
    am.RangeError: OverflowError,
    am.FloatingError: FloatingPointError,
    am.ShapeError: ValueError,
    am.AxisError: IndexError,
    am.OperandError: TypeError,
    am.IndexingError: IndexError,
    am.MutationError: TypeError,
    am.TruthError: ValueError,
    am.UnsupportedError: TypeError,
    am.GradientError: ValueError,
    am.GradcheckError: AssertionError,
    am.TraceError: TypeError,
    am.AnomalyError: ArithmeticError,
    am.InputError: ValueError,
    am.MissingPackageError: ImportError,
    am.ExpressionError: ValueError,
    am.DrawError: ValueError,
    am.LayoutTooLargeError: ValueError,
}


@pytest.mark.parametrize("kind", BUILTIN, ids=lambda kind: kind.__name__)
def test_each_is_of_our_kind_and_of_a_built_in_one(kind: type[am.AutogradError]) -> None:
    error = kind("what happened")
    assert isinstance(error, am.AutogradError)
    assert isinstance(error, BUILTIN[kind])
    assert str(error) == "what happened"
    assert (error.op, error.labels, error.values, error.shapes) == (None, (), (), ())


def test_none_is_forgotten_here() -> None:
    public = {getattr(am, name) for name in errors.__all__}
    assert public - {am.AutogradError} <= set(BUILTIN)


def test_fields_hold_what_the_message_says() -> None:
    with pytest.raises(am.DivisionError) as caught:
        b / z
    error = caught.value
    assert (error.op, error.labels, error.values) == ("divide", ("b", "z"), (2.0, 0.0))
    assert error.shapes == ((), ())
    assert isinstance(error.__cause__, ZeroDivisionError)
    with pytest.raises(am.ShapeError) as shaped:
        T + S
    assert (shaped.value.op, shaped.value.labels) == ("add", ("T", "S"))
    assert shaped.value.shapes == ((2, 2), (3,))


def test_an_expression_error_says_where() -> None:
    assert am.ExpressionError("what").column is None
    assert am.ExpressionError("what", column=3).column == 3


def test_labels_in_messages_are_as_they_are() -> None:
    with pytest.raises(am.DomainError, match=r"log\(ℒ\[0\] = -1\.0\)"):
        am.log(am.Value(-1.0, "ℒ[0]"))


def test_operators_leave_foreign_operands_to_python() -> None:
    for node in (b, T):
        for other in (None, "x", {}, object()):
            with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate"):
                node + other
            with pytest.raises(TypeError, match="not supported between"):
                assert node < other
            assert (node == other) is False
            assert (node != other) is True


class Reflects:
    """Something that knows what to do beside a node."""

    def __radd__(self, other: Any) -> str:
        return "mine"

    def __rpow__(self, other: Any) -> str:
        return "my power"

    def __gt__(self, other: Any) -> str:
        return "greater"


def test_foreign_operands_may_answer() -> None:
    for node in (b, T):
        assert node + Reflects() == "mine"
        assert node ** Reflects() == "my power"
        assert (node < Reflects()) == "greater"


@pytest.mark.parametrize("x", [3, "a", None, [], [1.0], np.arange(3.0), np.exp, {}, 10**400])
@pytest.mark.parametrize(
    "use",
    [
        am.anomalies,
        am.kinks,
        am.conditioning,
        am.dvars,
        lambda x: am.nudge(x, a),
        lambda x: am.nudge(a, x),
        lambda x: am.nudge(x, 1.0),
        lambda x: am.explain(x, a),
        lambda x: am.why_no_grad(a, x),
        lambda x: am.gradient(x, a),
        lambda x: am.Program(a, [x]),
        lambda x: am.Program(a, 3),
    ],
)
def test_what_is_no_node_is_told(use: Any, x: Any) -> None:
    with pytest.raises(am.OperandError, match="node"):
        use(x)


@pytest.mark.parametrize(
    "use",
    [
        lambda: am.gradcheck(lambda x: x * x, 10**400),
        lambda: am.numeric_grad(lambda x: x * x, 10**400),
        lambda: am.dvars(b, 10**400),
        lambda: am.gradient(T, T, 10**400 * np.ones(2, object)),
        lambda: b.backward(10**400),
        lambda: am.nudge(b, b, by=10**400),
        lambda: am.grad(lambda x: x * x)(10**400),
    ],
)
def test_whole_numbers_that_no_float_holds(use: Any) -> None:
    with pytest.raises((am.RangeError, am.OperandError, am.InputError)):
        use()


@pytest.mark.parametrize("transform", [am.grad, am.jacobian, am.hessian, am.value_and_grad])
def test_what_is_no_function_is_not_differentiated(transform: Any) -> None:
    with pytest.raises(am.OperandError, match="must be a function, not int"):
        transform(3)(2.0)
    with pytest.raises(am.OperandError, match="must be a function, not float"):
        am.vjp(2.0, 1.0)
