"""Replay: a function recorded once, simplified, and run again as flat Python and NumPy.

`record.py` runs the function with nodes and has a graph for a `Code` (`code.py`), a list of steps.
Each pass makes another Code of it: `linear.py` gathers sums of single numbers, `simplify.py`
rewrites steps by their operands, `algebra.py` cancels what sigmoids cost, `roll.py` does equal
operations on numbers as one on an array (by the views of `layout.py`). `blocks.py` has stretches on
large arrays done in blocks; files and JavaScript are written from the code before it. `emit.py`
writes the source, for arguments as `signature.py` takes them apart. `program.py` runs it, and
`compiled.py` keeps a program for each kind of arguments. `saved.py` writes and reads files,
`javascript.py` writes JavaScript, `native.py` has LLVM make machine code of single numbers.
`pieces.py` cuts functions that are too long for Python's compiler.
"""

from .compiled import Compiled, compile
from .program import Program
from .saved import load_program

__all__ = ["Compiled", "Program", "compile", "load_program"]
