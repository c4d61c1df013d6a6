"""The documents: links lead somewhere, and the op of CONTRIBUTING works."""

import re
from pathlib import Path

import pytest

import autograd_mini as am

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("demos/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_op_that_contributing_adds_is_whole() -> None:
    """The line stands in the table's own words: each name in it is one that ops.py has."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    line = re.search(r"^log10 = .*?^\)$", text, re.MULTILINE | re.DOTALL)
    assert line is not None
    before = dict(am.primitive.TABLE)
    scope = dict(vars(am.ops))
    try:
        exec(line[0], scope)
        assert scope["log10"](100.0) == 2.0
    finally:
        am.primitive.TABLE.clear()
        am.primitive.TABLE.update(before)
