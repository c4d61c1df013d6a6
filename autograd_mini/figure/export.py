"""PNG and PDF from an SVG, by what the machine has."""

from __future__ import annotations

import importlib
import math
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from ..errors import DrawError

Kind = Literal["png", "pdf"]
Point = tuple[float, float]

SHARPNESS = 2.0
LONGEST_SIDE, MOST_PIXELS = 16_000, 60e6
TIMEOUT = 120
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def convert(svg: str, size: Point, kind: Kind) -> bytes:
    """``svg`` as the bytes of a PNG (two pixels a point) or PDF file."""
    ways: list[Callable[[str, Point, Kind], bytes | None]] = [_cairosvg, _rsvg, _browser]
    for way in ways:
        if (data := way(svg, size, kind)) is not None:
            return data
    raise DrawError(
        f"a {kind.upper()} needs CairoSVG (pip install cairosvg), or rsvg-convert or Chromium on "
        "PATH, and there is none of them here; .svg and .html need nothing"
    )


def _scale(size: Point) -> float:
    """Two pixels a point, fewer where the picture would be larger than converters take."""
    width, height = size
    return min(SHARPNESS, LONGEST_SIDE / max(size), math.sqrt(MOST_PIXELS / (width * height)))


def _cairosvg(svg: str, size: Point, kind: Kind) -> bytes | None:
    try:
        cairosvg = importlib.import_module("cairosvg")
    except (ImportError, OSError):
        # OSError: the Python package is there but not the C library that it loads.
        return None
    scale = _scale(size) if kind == "png" else 1.0
    data: bytes = getattr(cairosvg, f"svg2{kind}")(bytestring=svg.encode(), scale=scale)
    return data


def _rsvg(svg: str, size: Point, kind: Kind) -> bytes | None:
    program = shutil.which("rsvg-convert")
    if program is None:
        return None
    zoom = _scale(size) if kind == "png" else 1.0
    return _run([program, "--unlimited", f"--format={kind}", f"--zoom={zoom:.4f}"], svg.encode())


def _browser(svg: str, size: Point, kind: Kind) -> bytes | None:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        return None
    width, height = (int(length + 1) for length in size)
    page = f"<style>@page{{size:{width}px {height}px;margin:0}}body{{margin:0}}</style>{svg}"
    with TemporaryDirectory() as folder:
        html, out = Path(folder, "page.html"), Path(folder, f"out.{kind}")
        html.write_text(f'<meta charset="utf-8">{page}', encoding="utf-8")
        action = f"--screenshot={out}" if kind == "png" else f"--print-to-pdf={out}"
        # A browser has no sandbox of its own for root; the page is ours and has no script.
        root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        options = [
            "--headless",
            "--disable-gpu",
            "--no-pdf-header-footer",
            "--hide-scrollbars",
            f"--window-size={width},{height}",
            f"--force-device-scale-factor={_scale(size):.4f}",
            f"--user-data-dir={folder}/profile",
        ]
        _run([program, *root, *options, action, html.as_uri()], b"")
        if not out.exists():
            raise DrawError(f"{program} wrote no {kind.upper()}; .svg needs no converter")
        return out.read_bytes()


def _run(command: list[str], data: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=TIMEOUT, check=True)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise DrawError(f"{command[0]} failed: {said}; .svg needs no converter") from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise DrawError(f"{command[0]}: {error}; .svg needs no converter") from error
    return done.stdout
