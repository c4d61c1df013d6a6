"""What every test and doctest gets: a folder of its own to write in, and runs that repeat.

It stands at the root so that the doctests of the package, the README and docs/ get it too.
"""

import sys
from collections.abc import Generator
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Tests marked ``untraced`` run at full speed, unseen by coverage.

    (The coverage plugin's own ``no_cover`` does nothing in several processes: each of them has two
    tracers, and as one stops the other goes on.)
    """
    trace = sys.gettrace()
    if item.get_closest_marker("untraced"):
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)
