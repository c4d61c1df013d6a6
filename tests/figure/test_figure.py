"""Saving: five formats, by whatever converter there is, whole or not at all; and the notebook."""

import re
import shutil
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import autograd_mini as am
from autograd_mini.draw import render
from autograd_mini.figure import export
from tests.draw.graphs import lecture
from tests.draw.reading import Seen


@pytest.fixture
def drawing() -> am.Drawing:
    J = lecture()
    J.backward()
    return am.draw(J, engine="builtin")


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No CairoSVG and no program; what is put into the folder is found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    path.chmod(0o755)


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


# Formats ------------------------------------------------------------------------------------------


def test_svg_and_dot_are_saved_as_they_are(drawing: am.Drawing) -> None:
    assert drawing.save("J.svg") == Path("J.svg")
    assert Path("J.svg").read_text(encoding="utf-8") == drawing.svg
    assert drawing.save(Path("J.DOT")).read_text(encoding="utf-8") == drawing.dot


@pytest.mark.parametrize("name", ["J.jpeg", "J", "J.svg.zip", ".svg"])
def test_other_endings_are_refused(drawing: am.Drawing, name: str) -> None:
    with pytest.raises(am.DrawError, match=r"saved as \.svg, \.html, \.png, \.pdf or \.dot"):
        drawing.save(name)


def test_cairosvg_makes_png_and_pdf(drawing: am.Drawing) -> None:
    pytest.importorskip("cairosvg")
    width, height = png_size(drawing.save("J.png").read_bytes())
    seen = Seen(drawing.svg).root.attrib
    assert abs(width - 2 * float(seen["width"])) <= 2
    assert abs(height - 2 * float(seen["height"])) <= 2
    assert drawing.save("J.pdf").read_bytes().startswith(b"%PDF")


def test_a_png_shows_the_lights_of_the_picture(drawing: am.Drawing) -> None:
    """Not blank, and in the light palette: white page, blue and red lines."""
    pytest.importorskip("cairosvg")
    image = pytest.importorskip("PIL.Image").open(drawing.save("J.png")).convert("RGB")
    colours = {colour for _, colour in image.getcolors(1 << 24)}
    assert {(255, 255, 255), (0x0B, 0x5C, 0xAD), (0xB3, 0x26, 0x1E)} <= colours


def test_huge_pictures_are_scaled_down_to_what_converters_take() -> None:
    assert export._scale((500.0, 300.0)) == 2.0
    assert export._scale((40_000.0, 300.0)) * 40_000 <= 16_000
    scale = export._scale((15_000.0, 15_000.0))
    assert scale * scale * 15_000**2 <= 60e6 * 1.001


def test_without_a_converter_it_is_said_what_to_install(
    drawing: am.Drawing, nothing_installed: Path
) -> None:
    for name in ("J.png", "J.pdf"):
        with pytest.raises(am.DrawError, match=r"cairosvg\), or rsvg-convert or Chromium on PATH"):
            drawing.save(name)
        assert not Path(name).exists()


def test_rsvg_convert_is_used_where_there_is_no_cairosvg(
    drawing: am.Drawing, nothing_installed: Path
) -> None:
    program(nothing_installed / "rsvg-convert", "echo converted $@; cat")
    saved = drawing.save("J.png").read_text(encoding="utf-8")
    assert saved.startswith("converted --unlimited --format=png --zoom=2.0000\n<svg ")
    assert "--format=pdf --zoom=1.0000" in drawing.save("J.pdf").read_text(encoding="utf-8")


def test_what_a_converter_says_is_told(drawing: am.Drawing, nothing_installed: Path) -> None:
    program(nothing_installed / "rsvg-convert", "echo no memory >&2; exit 1")
    with pytest.raises(am.DrawError, match=r"rsvg-convert failed: no memory; \.svg needs no conv"):
        drawing.save("J.png")


def test_a_converter_that_hangs_is_stopped(
    drawing: am.Drawing, nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(nothing_installed / "rsvg-convert", "exec sleep 60")
    monkeypatch.setattr(export, "TIMEOUT", 0.2)
    with pytest.raises(am.DrawError, match="timed out"):
        drawing.save("J.png")


@pytest.mark.parametrize(("root", "kind"), [(0, "png"), (1000, "pdf")])
def test_a_browser_is_the_last_resort(
    drawing: am.Drawing,
    nothing_installed: Path,
    monkeypatch: pytest.MonkeyPatch,
    root: int,
    kind: str,
) -> None:
    outputs = "--screenshot=*|--print-to-pdf=*"
    script = f'for a; do case "$a" in {outputs}) echo "$@" > "${{a#*=}}";; esac; done'
    program(nothing_installed / "chromium", script)
    monkeypatch.setattr("os.geteuid", lambda: root)
    said = drawing.save(f"J.{kind}").read_text(encoding="utf-8")
    assert "--headless" in said
    assert "page.html" in said
    assert ("--no-sandbox" in said) == (root == 0)


def test_a_browser_that_writes_nothing_is_reported(
    drawing: am.Drawing, nothing_installed: Path
) -> None:
    program(nothing_installed / "google-chrome", "true")
    with pytest.raises(am.DrawError, match=r"google-chrome wrote no PNG"):
        drawing.save("J.png")


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, export.BROWSERS)), reason="no browser here")
def test_a_real_browser_makes_png_and_pdf(drawing: am.Drawing) -> None:
    svg, size = drawing._drawn
    png, pdf = (export._browser(svg, size, kind) for kind in ("png", "pdf"))
    assert png is not None
    assert abs(png_size(png)[0] - 2 * size[0]) < 4
    assert pdf is not None
    assert pdf.startswith(b"%PDF")


# Files --------------------------------------------------------------------------------------------


def test_a_failed_save_leaves_what_was_there(
    drawing: am.Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("J.svg").write_text("what was there")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(am.DrawError, match=r"J\.svg cannot be written: No space left on device"):
        drawing.save("J.svg")
    assert [path.read_text() for path in Path().iterdir()] == ["what was there"]


@pytest.mark.parametrize("path", [None, 3, b"J.svg"])
@pytest.mark.parametrize("exercise", [False, True])
def test_what_is_no_path_is_named(drawing: am.Drawing, path: Any, exercise: bool) -> None:
    with pytest.raises(am.DrawError, match=f"a file has a name or a path, not {path!r}"):
        drawing.save(path, exercise=exercise)


def test_a_folder_that_is_not_there_is_named(drawing: am.Drawing) -> None:
    with pytest.raises(am.DrawError, match=r"no/J\.svg cannot be written: No such file or dir"):
        drawing.save("no/J.svg")


def test_a_file_is_no_folder(drawing: am.Drawing) -> None:
    Path("afile").touch()
    with pytest.raises(am.DrawError, match=r"^afile/x\.svg cannot be written: Not a directory$"):
        drawing.save("afile/x.svg")


def test_a_name_may_be_as_long_as_names_can_be(drawing: am.Drawing) -> None:
    name = "x" * 251 + ".svg"
    drawing.save(name)
    assert [path.name for path in Path().iterdir()] == [name]


def test_a_link_to_itself_is_refused(drawing: am.Drawing) -> None:
    Path("loop.svg").symlink_to("loop.svg")
    with pytest.raises(am.DrawError, match=r"^loop\.svg cannot be written: Too many levels of"):
        drawing.save("loop.svg")
    assert [path.name for path in Path().iterdir()] == ["loop.svg"]
    assert Path("loop.svg").is_symlink()


@pytest.mark.parametrize("name", [".", "..", "", "J"])
def test_a_path_without_an_ending_is_named(drawing: am.Drawing, name: str) -> None:
    with pytest.raises(am.DrawError, match=f"; '{re.escape(name)}' has no ending$"):
        drawing.save(name)


def test_a_link_is_followed_and_stays_a_link(drawing: am.Drawing) -> None:
    Path("real").mkdir()
    Path("J.svg").symlink_to("real/picture.svg")
    drawing.save("J.svg")
    assert Path("J.svg").is_symlink()
    assert Path("real/picture.svg").read_text(encoding="utf-8") == drawing.svg


# Notebook -----------------------------------------------------------------------------------------


def test_a_notebook_gets_the_svg_the_page_and_words(drawing: am.Drawing) -> None:
    shown = drawing._repr_mimebundle_(include=None, exclude=None)
    assert [*shown] == ["image/svg+xml", "text/html", "text/plain"]
    assert shown["image/svg+xml"] == drawing.svg
    assert shown["text/plain"] == "<Drawing: Computation graph of J = 3·v, 6 nodes>"


def test_a_notebook_shows_the_page_in_a_frame_that_may_run_scripts_and_nothing_else(
    drawing: am.Drawing,
) -> None:
    class Reader(HTMLParser):
        frames: list[dict[str, str | None]] = []  # noqa: RUF012  # one reader

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag == "iframe"
            self.frames.append(dict(attrs))

    reader = Reader()
    reader.feed(drawing._repr_mimebundle_()["text/html"])
    [frame] = reader.frames
    assert frame["sandbox"] == "allow-scripts"
    assert frame["srcdoc"] == drawing.html
    assert frame["title"]


def test_a_notebook_that_asks_for_some_forms_gets_these_and_no_other_is_made(
    drawing: am.Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(am.Drawing, "html", property(lambda _: 1 / 0))
    show = drawing._repr_mimebundle_
    assert [*show(include=["image/svg+xml"])] == ["image/svg+xml"]
    assert [*show(exclude={"text/html"})] == ["image/svg+xml", "text/plain"]
    assert show(include=["text/plain", "text/latex"]) == {"text/plain": repr(drawing)}
    assert show(include=["text/html"], exclude=["text/html"]) == {}
    assert "ZeroDivisionError" in show(include=["text/html"])["text/plain"]


def test_what_a_notebook_calls_never_raises(
    drawing: am.Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "write", lambda *_: 1 / 0)
    shown = drawing._repr_mimebundle_()
    assert shown["text/plain"].endswith("ZeroDivisionError: division by zero")


def test_importing_the_package_imports_nothing_of_drawing() -> None:
    program = (
        "import sys, autograd_mini as am; am.draw\n"
        "heavy = {'graphviz', 'cairosvg', 'subprocess', 'autograd_mini.draw.layout'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
