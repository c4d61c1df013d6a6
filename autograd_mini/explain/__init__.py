"""Explanations: a derivative as the sum over paths of products of local derivatives.

`paths.py` counts paths and finds the largest, `flow.py` takes derivatives along them, `names.py`
and `notation.py` say how nodes and formulas are written, `words.py` what is said of a path, and
`explanation.py` puts it together.
"""

from .explanation import Explanation as Explanation
from .explanation import explain as explain
from .flow import Path as Path
from .flow import Spread as Spread
