"""Diagnoses: why a number is nan, why a gradient is missing, where it is a choice, where digits go.

`debug.py` makes nodes remember the line that made them. On recorded graphs `anomalies.py` finds
where a nan or inf was born, `missing.py` why no gradient arrives, `kinks.py` where a derivative
jumps, `conditioning.py` where digits are lost.
"""

from .anomalies import Anomalies, Anomaly, anomalies
from .conditioning import Conditioning, conditioning
from .debug import debug
from .kinks import Kinks, kinks
from .missing import NoGrad, why_no_grad

__all__ = [
    "Anomalies",
    "Anomaly",
    "Conditioning",
    "Kinks",
    "NoGrad",
    "anomalies",
    "conditioning",
    "debug",
    "kinks",
    "why_no_grad",
]
