"""Files: written whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from .errors import AutogradError


def path_of(path: str | os.PathLike[str], error: type[AutogradError]) -> Path:
    """``path`` as it is asked by its parts; ``error`` for what is none."""
    try:
        return Path(path)
    except TypeError as failure:
        raise error(f"a file has a name or a path, not {path!r:.60}") from failure


def write_whole(path: str | os.PathLike[str], data: bytes, error: type[AutogradError]) -> None:
    """``data`` as the file ``path``: all of it or, on any error, what was there before."""
    target = Path(os.path.realpath(path))
    # The name beside it has nothing of the target's own, which may be as long as names can be.
    beside = target.with_name(f".{os.urandom(8).hex()}")
    try:
        if target.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        with beside.open("xb") as file:
            file.write(data)
        beside.replace(target)
    except OSError as failure:
        raise error(f"{os.fspath(path)} cannot be written: {failure.strerror}") from failure
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
