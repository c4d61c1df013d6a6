"""What every test and doctest gets: a folder of its own to write in, and runs that repeat.

It stands at the root so that the doctests of the package, the README and docs/ get it too.
"""

from pathlib import Path

import pytest
from hypothesis import settings

# A shared machine may stall for a second, and a run must fail or pass for the same reason twice.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test writes by a relative name stays out of the checkout."""
    monkeypatch.chdir(tmp_path)
