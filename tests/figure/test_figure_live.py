"""What live pages share: no text ends a script, a policy allows the very texts it was made for."""

import base64
import hashlib
import json
from html.parser import HTMLParser

import pytest

from autograd_mini.figure.live import embedded, frame, policy


@pytest.mark.parametrize("text", ["</script><script>", "<!--", "a & b", "שלום \u2028 🎉", '"\\'])
def test_data_is_itself_again_and_ends_no_script(text: str) -> None:
    known = {"name": text, "numbers": [1.5, None]}
    assert "<" not in embedded(known)
    assert json.loads(embedded(known)) == known


def test_data_holds_no_nan_which_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="JSON"):
        embedded([float("nan")])


def test_the_policy_names_each_text_by_its_hash() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy(["a()", "é"], ["p {}"]).split("; "))
    hashes = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in ("a()", "é")]
    assert rules["script-src"] == " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["style-src"]


def test_a_frame_may_run_scripts_and_nothing_else() -> None:
    seen: list[dict[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(dict(attrs))

    html = "<p title=\"a\">'&amp;'</p>"
    Reader().feed(frame(html, 'A "page"', 100.0))
    [attributes] = seen
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == html
    assert attributes["title"] == 'A "page"'
