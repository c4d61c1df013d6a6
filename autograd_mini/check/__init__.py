"""Checks by numbers alone: are the gradients right, and what does nudging one variable move?

`slope.py` is the one estimate of a derivative from differences, with its error; `line.py` moves
floats and arrays for it; `evaluate.py` computes a recorded graph anew. On them stand
`numeric_grad` (of a function), `gradcheck` (of a graph or a function) and `nudge` (of a graph).
"""

from .evaluate import evaluate
from .gradcheck import gradcheck
from .nudge import Nudge, nudge
from .numeric import numeric_grad
from .report import Report

__all__ = ["Nudge", "Report", "evaluate", "gradcheck", "nudge", "numeric_grad"]
