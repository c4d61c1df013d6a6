"""Algebra: what sigmoids cost, written as polynomials and cancelled.

With A = sigmoid(z) and B = 1 - A, the derivative of sigmoid is A B (which the table has as a
quarter of sech2(z/2)), and log(A) = z - P - T, log(B) = -P - T for P = max(z, 0) and
T = log(1 + exp(-abs(z))). So the derivative of a cross-entropy, (-Y/A + (1 - Y)/B) A B, comes out
as A - Y, and the cross-entropy itself as P - Y z + T, which keeps its digits for any z where Y is 0
or 1.

A step is rewritten where its polynomial is cheaper than the steps that it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from .. import ops
from .code import FLOAT64, Builder, Code, Ref, Step
from .linear import LINEAR, is_lost
from .simplify import Rewriting, is_number, is_one

MOST_TERMS = 12
MOST_ADDED = 4
DEEPEST = 12
LARGEST = 40
"""Of so many steps a pattern is looked for."""

Monomial = tuple[tuple[Any, int], ...]
"""Atoms and their exponents, in order. An atom is a ref, or a letter of `FAMILY` with its z."""

Polynomial = dict[Monomial, Any]
"""Each monomial with its weight, a number or a constant array."""

FAMILY = {ops.exp, ops.sigmoid, ops.sech2, ops.log_sigmoid, ops.softplus}
STEPS = {ops.add, ops.subtract, ops.multiply, ops.divide, ops.negative, ops.reciprocal, LINEAR}
WEIGHTS = {"A": 0.0, "B": 6.0, "P": 1.0, "T": 12.0}
COSTLY = {
    ops.sigmoid: 0.0, ops.exp: 8.0, ops.sech2: 8.0, ops.log_sigmoid: 15.0, ops.softplus: 14.0,
}  # fmt: skip


def cancel(code: Code) -> Code:
    """The code with the derivatives of sigmoids, and cross-entropies, in their short forms."""
    if not any(step.op in FAMILY and step.op is not ops.exp for step in code.steps):
        return code
    touched: set[int] = set()
    known: dict[Any, Polynomial | None] = {}
    scaled = _scaled_alone(code)
    places = iter(range(code.inputs, len(code.steps)))

    def rewrite(made: Builder, step: Step) -> Any:
        tried = next(places) not in scaled and step.op is not ops.reciprocal
        few = step.op in STEPS and len(step.args) <= MOST_ADDED + 1
        inside = few and any(x.__class__ is Ref and x.i in touched for x in step.args)
        result = None
        if tried and inside and step.dtype == FLOAT64:
            result = _Cancelling(made).shorter(step, known)
        if result is None:
            result = made.put(step)
        else:
            made.mark(result, step.name, step.place)
        if result.__class__ is Ref and (inside or step.op in FAMILY):
            touched.add(result.i)
        return result

    return code.rewritten(rewrite).without_dead()


def _scaled_alone(code: Code) -> set[int]:
    """Steps that are used by a c + w*x alone, and tried as part of that."""
    uses = code.uses()
    sums = (step.args[0].i for step in code.steps if step.op is LINEAR and len(step.args) == 2)
    return {i for i in sums if uses[i] == 1}


class _Cancelling:
    """One step tried: ``seen`` are the steps that its polynomial would stand for."""

    def __init__(self, made: Builder) -> None:
        self.made = made
        self.rewriting = Rewriting(made, {})
        self.seen: dict[Ref, float] = {}
        self.whole = False
        """Whether sums without letters are atoms."""
        self.sums = False
        """Whether there are any."""

    def shorter(self, step: Step, known: dict[Any, Polynomial | None]) -> Any:
        """What stands for the step if its polynomial is cheaper; else None.

        That of single numbers is ``known`` once an alike one was tried, as those of a loop are.
        """
        if step.shape is not None:
            form = self._form(step)
        else:
            key, number = self._pattern(step)
            if key is None:
                form = self._form(step)
            elif key not in known:
                form = self._form(step)
                known[key] = form and _renamed(form, number)
            elif form := known[key]:
                form = _renamed(form, {its: x for x, its in number.items()})
        return self._built(form, step.shape) if form else None

    def _pattern(self, step: Step) -> tuple[Any, dict[Ref, Ref]]:
        """All that the polynomial of a step depends on, and what the refs in it are called there.

        None where that is much.
        """
        number: dict[Ref, Ref] = {}
        key: list[Any] = []
        reached = [step]

        def local(x: Any) -> Any:
            if x.__class__ is Ref and x not in number:
                number[x] = tuple.__new__(Ref, (len(number),))
                reached.append(self.made.steps[x.i])
            return number.get(x, x)

        for step in reached:
            if len(reached) > LARGEST:
                return None, number
            if step.op in FAMILY:
                factor, z = self.rewriting.scale(step.args[0])
                key += (step.op, step.dtype, factor, local(z), self._is_there(z), self._is_known(z))
            elif step.op in STEPS and len(step.args) <= MOST_ADDED + 1:
                key += (step.op, step.dtype, *map(local, step.args))
            else:
                key.append(step.op is LINEAR)
        return tuple(key), number

    def _form(self, step: Step) -> Polynomial | None:
        """The cheapest form of the step's polynomial, if it is cheaper than the step."""
        for whole in (False, True):
            self.whole, self.seen = whole, {}
            with suppress(_TooLarge):
                if (form := self._cheaper(self._of_step(step, 0))) is not None:
                    return form
            if not self.sums:
                break
        return None

    def _cheaper(self, before: Polynomial) -> Polynomial | None:
        if any(power < 0 for monomial in before for _, power in monomial):
            return None
        old = 1.0 + sum(self.seen.values())
        forms = [_tidied(before)]
        # 1 - A would lose digits that a product with B has, and hide that one is 0.
        if (len(before) > 1 or not self.whole) and any(map(np.any, before.values())):
            forms.append(_tidied(_without(before, "B")))
        form = min(filter(_keeps_digits, forms), key=self._cost, default=None)
        if (
            form is None
            or self._cost(form) >= old
            or not _atoms(form) >= _atoms(before) - {"B", "P", "T"}
        ):
            return None
        return form

    def _cost(self, form: Polynomial) -> float:
        letters = {atom for monomial in form for atom, _ in monomial if not isinstance(atom, Ref)}
        cost = sum(WEIGHTS[letter] for letter, _ in letters)
        cost += sum(
            WEIGHTS["B"] for letter, z in letters if letter == "A" and not self._is_there(z)
        )
        for monomial, weight in form.items():
            cost += sum(power for _, power in monomial)
            cost += 0.0 if is_number(weight) and abs(weight) == 1.0 else 1.0
        magnitudes = {abs(w) if is_number(w) else None for w in form.values()}
        if len(form) > 1 and len(magnitudes) == 1 and magnitudes not in ({1.0}, {None}):
            cost -= len(form) - 1
        return cost

    def _cost_of(self, step: Step) -> float:
        """What a step costs; that of sigmoid(-z) could be had from sigmoid(z)."""
        if step.op is ops.sigmoid and self.rewriting.scale(step.args[0])[0] < 0:
            return WEIGHTS["B"]
        return COSTLY.get(step.op, 1.0) if step.op else 0.0

    # Reading ---------------------------------------------------------------------------------

    def poly(self, x: Any, depth: int) -> Polynomial:
        """An operand as a polynomial."""
        if x.__class__ is not Ref:
            return {(): float(x) if is_number(x) else x}
        step = self.made.steps[x.i]
        if depth > DEEPEST or step.dtype != FLOAT64:
            return {((x, 1),): 1.0}
        if step.op in STEPS or step.op in FAMILY:
            before = len(self.seen)
            found = _as_product(self._of_step(step, depth))
            if len(found) > 1 and all(map(_is_plain, found)):
                self.sums = True
                if self.whole:
                    while len(self.seen) > before:  # they stay
                        self.seen.popitem()
                    return {((x, 1),): 1.0}
            self.seen[x] = self._cost_of(step)
            return found
        return {((x, 1),): 1.0}

    def _of_step(self, step: Step, depth: int) -> Polynomial:
        args, deeper = step.args, depth + 1
        if (power := self._power(step)) is not None:
            return power
        match step.op:
            case ops.add:
                return _sum(self.poly(args[0], deeper), self.poly(args[1], deeper))
            case ops.subtract:
                right = _times({(): -1.0}, self.poly(args[1], deeper))
                return _sum(self.poly(args[0], deeper), right)
            case ops.negative:
                return _times({(): -1.0}, self.poly(args[0], deeper))
            case ops.multiply:
                return _times(self.poly(args[0], deeper), self.poly(args[1], deeper))
            case ops.divide:
                return _times(self.poly(args[0], deeper), self._inverse(args[1], deeper))
            case ops.reciprocal:
                return self._inverse(args[0], deeper)
            case _ if step.op is LINEAR:
                *terms, (constant, *weights) = args
                if len(terms) > MOST_ADDED:
                    raise _TooLarge
                total: Polynomial = {(): constant} if constant else {}
                for term, weight in zip(terms, weights, strict=True):
                    total = _sum(total, _times({(): weight}, self.poly(term, deeper)))
                return total
        return self._of_family(step)

    def _power(self, step: Step) -> Polynomial | None:
        """exp(-z) as B/A and 1 + exp(-z) as 1/A, where there is a sigmoid(z)."""
        if step.op is ops.exp:
            factor, z = self.rewriting.scale(step.args[0])
            if abs(factor) != 1.0 or not self._is_known(z):
                return None
            above, below = ("A", "B") if factor > 0 else ("B", "A")
            return {_monomial({(above, z): 1, (below, z): -1}): 1.0}
        inner: Any = None
        if step.op is ops.add and any(map(is_one, step.args)):
            inner = step.args[1] if is_one(step.args[0]) else step.args[0]
        elif step.op is LINEAR and step.args[1:] == ((1.0, 1.0),):
            inner = step.args[0]
        power = self.rewriting.step(inner, ops.exp)
        if power is None:
            return None
        factor, z = self.rewriting.scale(power[0])
        if abs(factor) != 1.0 or not self._is_known(z):
            return None
        return {(((("B" if factor > 0 else "A"), z), -1),): 1.0}

    def _is_there(self, z: Any) -> bool:
        step = Step(ops.sigmoid, (z,), self.made.shape(z))
        return z.__class__ is Ref and self.made.known_as(step) is not None

    def _is_known(self, z: Any) -> bool:
        """Whether there is a sigmoid(z) or a sigmoid(-z)."""
        return self._is_there(z) or any(map(self._is_there, self._negatives(z)))

    def _negatives(self, z: Any) -> list[Ref]:
        """What steps of -z there are."""
        shape = self.made.shape(z)
        steps = Step(ops.negative, (z,), shape), Step(LINEAR, (z, (0.0, -1.0)), shape)
        return [x for step in steps if (x := self.made.known_as(step)) is not None]

    def _of_family(self, step: Step) -> Polynomial:
        factor, z = self.rewriting.scale(step.args[0])
        this = "A" if factor > 0 else "B"
        if step.op is ops.sech2 and abs(factor) == 0.5:
            return {_monomial({("A", z): 1, ("B", z): 1}): 4.0}
        if abs(factor) != 1.0 or step.op in (ops.sech2, ops.exp):
            raise _TooLarge
        if step.op is ops.sigmoid:
            return {(((this, z), 1),): 1.0}
        total: Polynomial = {((("P", z), 1),): -1.0, ((("T", z), 1),): -1.0}
        wants_z = (factor > 0) is (step.op is ops.log_sigmoid)
        if wants_z:
            total[((z, 1),)] = 1.0
        return total if step.op is ops.log_sigmoid else _times({(): -1.0}, total)

    def _inverse(self, x: Any, depth: int) -> Polynomial:
        below = self.poly(x, depth)
        if len(below) != 1:
            raise _TooLarge
        ((monomial, weight),) = below.items()
        if not is_number(weight) or not weight:
            raise _TooLarge
        return {tuple((atom, -power) for atom, power in monomial): 1.0 / weight}

    # Writing ---------------------------------------------------------------------------------

    def _built(self, form: Polynomial, shape: Any) -> Any:
        if shape is None:
            return self._weighted(form, shape)
        common = _common_factor(form)
        total: Any = None
        for monomial, weight in _in_order(form):
            term = self._product(monomial)
            weight = weight / common
            tidy = weight if is_number(weight) else _tidy_array(weight)
            total = self._plus(total, tidy, term)
        if common != 1.0:
            total = self.rewriting.scaled(common, total)
        if self.made.shape(total) != shape:
            total = self.made.put(Step(ops.broadcast_to, (total, shape), shape))
        return total

    def _plus(self, total: Any, weight: Any, term: Any) -> Any:
        add = self.made.add
        if not is_number(weight):
            negative = (weight <= 0).all()
            weight = 0.0 - weight if negative else weight  # without -0.0
            term = weight if term is None else add(ops.multiply, weight, term)
            sign = -1.0 if negative else 1.0
        else:
            sign, size = math.copysign(1.0, weight), abs(weight)
            if term is None or size != 1.0:
                term = size if term is None else add(ops.multiply, size, term)
        if total is None:
            return term if sign > 0 else add(ops.negative, term)
        return add(ops.add if sign > 0 else ops.subtract, total, term)

    def _weighted(self, form: Polynomial, shape: Any) -> Any:
        constant = form.get((), 0.0)
        terms = {self._product(m): w for m, w in _in_order(form) if m}
        if not terms:
            return constant
        if constant == 0.0 and set(terms.values()) == {1.0} and len(terms) == 1:
            return next(iter(terms))
        return self.made.put(Step(LINEAR, (*terms, (constant, *terms.values())), shape))

    def _product(self, monomial: Monomial) -> Any:
        product: Any = None
        for atom, power in monomial:
            factor = atom if isinstance(atom, Ref) else self._letter(*atom)
            for _ in range(power):
                product = (
                    factor if product is None else self.made.add(ops.multiply, product, factor)
                )
        return product

    def _letter(self, letter: str, z: Any) -> Any:
        add = self.made.add
        if letter == "A":
            return add(ops.sigmoid, z)
        if letter == "B":
            return add(ops.sigmoid, self.rewriting.scaled(-1.0, z))
        if letter == "P":
            return add(ops.maximum, z, 0.0)
        return add(ops.log1p, add(ops.exp, add(ops.negative, add(ops.abs, z))))


class _TooLarge(Exception):
    """The polynomial has too many terms, or is none."""


def _monomial(powers: dict[Any, int]) -> Monomial:
    kept = [(atom, power) for atom, power in powers.items() if power]
    return tuple(sorted(kept, key=_rank) if len(kept) > 1 else kept)


def _rank(factor: tuple[Any, int]) -> tuple[Any, ...]:
    atom, _ = factor
    return ("", atom.i) if isinstance(atom, Ref) else (atom[0], atom[1].i)


def _renamed(form: Polynomial, new: dict[Ref, Ref]) -> Polynomial:
    """The same form of other atoms."""
    return {
        _monomial({_renamed_atom(atom, new): power for atom, power in monomial}): weight
        for monomial, weight in form.items()
    }


def _renamed_atom(atom: Any, new: dict[Ref, Ref]) -> Any:
    return new[atom] if atom.__class__ is Ref else (atom[0], new.get(atom[1], atom[1]))


def _as_product(form: Polynomial) -> Polynomial:
    """m - m A as m B, and m - m B as m A; another polynomial as it is."""
    if len(form) != 2:
        return form
    (less, weight), (more, opposite) = sorted(form.items(), key=lambda item: len(item[0]))
    rest = [factor for factor in more if factor not in less]
    if len(more) != len(less) + 1 or len(rest) != 1 or not is_number(weight):
        return form
    ((atom, power),) = rest
    is_letter = atom.__class__ is tuple and atom[0] in "AB" and power == 1
    if not is_letter or not is_number(opposite) or weight != -opposite:
        return form
    other = ("B" if atom[0] == "A" else "A", atom[1])
    return _times({less: weight}, {((other, 1),): 1.0})


def _is_plain(monomial: Monomial) -> bool:
    """Whether no letter is in it."""
    return all(isinstance(atom, Ref) for atom, _ in monomial)


def _sum(x: Polynomial, y: Polynomial) -> Polynomial:
    total = dict(x)
    if is_lost(x.get((), 0.0), y.get((), 0.0)):
        raise _TooLarge
    for monomial, weight in y.items():
        total[monomial] = total[monomial] + weight if monomial in total else weight
    if len(total) > MOST_TERMS:
        raise _TooLarge
    return total


def _times(x: Polynomial, y: Polynomial) -> Polynomial:
    if x.keys() == {()}:
        x, y = y, x
    if y.keys() == {()}:
        return {monomial: weight * y[()] for monomial, weight in x.items()}
    total: Polynomial = {}
    for left, a in x.items():
        for right, b in y.items():
            powers = dict(left)
            for atom, power in right:
                powers[atom] = powers.get(atom, 0) + power
            monomial = _monomial(powers)
            total[monomial] = total[monomial] + a * b if monomial in total else a * b
    if len(total) > MOST_TERMS:
        raise _TooLarge
    return total


def _without(form: Polynomial, letter: str) -> Polynomial:
    """B written as 1 - A."""
    total: Polynomial = {}
    for monomial, weight in form.items():
        part: Polynomial = {(): weight}
        for atom, power in monomial:
            factor: Polynomial = {((atom, 1),): 1.0}
            if not isinstance(atom, Ref) and atom[0] == letter:
                factor = {(): 1.0, ((("A", atom[1]), 1),): -1.0}
            for _ in range(power):
                part = _times(part, factor)
        total = _sum(total, part)
    return total


def _keeps_digits(form: Polynomial) -> bool:
    """Whether the form loses no more digits than A - Y does, where they cancel.

    A product loses none. In a sum each letter stands once, alone of its kind: A - A² is nothing
    where A is nearly 1. And a product of sums is not multiplied out.
    """
    if len(form) == 1:
        return True
    letters: list[Any] = []
    plain = 0
    for monomial in form:
        found = [atom for atom, power in monomial for _ in range(power) if atom.__class__ is tuple]
        if len(found) > 1:
            return False
        letters += found
        plain += not found
    zs = {z for _, z in letters}
    return len(letters) == len({*letters}) and plain <= 2 * max(len(zs), 1)


def _tidied(form: Polynomial) -> Polynomial:
    """Weights that are one number throughout as that number; those that cancelled left out.

    A 0 stays where the others have not all its atoms, whose nan it shows.
    """
    tidy = {m: _tidy_array(w) if isinstance(w, np.ndarray) else w for m, w in form.items()}
    kept = {m: w for m, w in tidy.items() if not (is_number(w) and w == 0.0)}
    shown = _atoms(kept) | {*WEIGHTS}
    return {m: w for m, w in tidy.items() if m in kept or not _atoms({m: w}) <= shown}


def _tidy_array(weight: Any) -> Any:
    first = float(weight.flat[0]) if weight.size else 0.0
    if weight.size and np.allclose(weight, first, rtol=1e-15, atol=1e-16):
        return first
    whole = np.round(weight) + 0.0  # without -0.0
    return whole if np.allclose(weight, whole, rtol=1e-15, atol=1e-15) else weight


def _common_factor(form: Polynomial) -> float:
    sizes = [abs(w) for w in form.values() if is_number(w)]
    if not sizes:
        return 1.0
    same = all(size == sizes[0] for size in sizes)
    return sizes[0] if same and sizes[0] else 1.0


def _in_order(form: Polynomial) -> Iterator[tuple[Monomial, Any]]:
    """Terms that are added first, then those that are subtracted, then constants, then T.

    T is small beside what cancels in P - Y z.
    """

    def key(item: tuple[Monomial, Any]) -> tuple[bool, bool, bool, Any]:
        monomial, weight = item
        negative = weight <= 0 if is_number(weight) else bool((weight <= 0).all())
        small = any(not isinstance(atom, Ref) and atom[0] == "T" for atom, _ in monomial)
        return small, negative, not monomial, [_rank(factor) for factor in monomial]

    return iter(sorted(form.items(), key=key))


def _atoms(form: Polynomial) -> set[Any]:
    """The atoms of a form, letters and their z apart: a nan or inf of z shows in its letters."""
    atoms = {atom for monomial in form for atom, _ in monomial}
    return {part for atom in atoms for part in ([atom] if isinstance(atom, Ref) else atom)}
