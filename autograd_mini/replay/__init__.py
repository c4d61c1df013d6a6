"""Replay: a function recorded once, simplified, and run again as flat Python and NumPy."""
