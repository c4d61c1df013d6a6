"""figure: what all pictures share, whatever they show: colours, markup, formats.

`figure.py` is the picture as people hold it, `markup.py` writes SVG and HTML, `text.py` measures
text, `export.py` makes PNG and PDF.
"""
