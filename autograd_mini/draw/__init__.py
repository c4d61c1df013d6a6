"""Pictures: `draw` a graph and get a `Drawing`, to show in a notebook or to save.

A picture is made in steps that know little of one another: `scopes.py` says which frames stand
around a node, and `fold.py` groups nodes into boxes, few enough to see; `picture.py` makes words
and numbers of them (with `names.py`, `marks.py`, `view.py` and `text.py`); `layout.py`, or `dot.py`
with Graphviz, says where boxes stand, `nested.py` where frames do; `route.py` leads arrows;
`svg.py` writes it all down. `render.py` runs those last steps, `html.py` makes the live page out of
the files of `page/`, and `drawing.py` is the front door.
"""

from .drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
