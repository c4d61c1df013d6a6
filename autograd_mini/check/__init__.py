"""Checks by numbers alone: are the gradients right, and what does nudging one variable move?

`slope.py` is the one estimate of a derivative from differences, with its error; `line.py` moves
floats and arrays for it, `complex_step.py` sharpens it where all is analytic, and `evaluate.py`
computes a recorded graph anew. On them stand `numeric_grad` (of a function), `gradcheck` (of a
graph or a function) and `nudge` (of a graph). For gradcheck `comparison.py` gives the verdict on
two numbers, `blame.py` looks at each op by itself, `subject.py` puts the two together, and
`second_order.py` does so with gradients in the place of values.
"""

from .evaluate import evaluate
from .finding import Finding
from .gradcheck import gradcheck
from .nudge import Nudge, nudge
from .numeric import numeric_grad
from .report import Report

__all__ = ["Finding", "Nudge", "Report", "evaluate", "gradcheck", "nudge", "numeric_grad"]
