"""What tests read out of a plot's SVG: its words, and paths by the role that paints them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np

SVG = "{http://www.w3.org/2000/svg}"


class Seen:
    def __init__(self, figure: Any) -> None:
        self.root = ET.fromstring(figure.svg)
        self.title = self.root.findtext(f"{SVG}title")
        self.said = self.root.findtext(f"{SVG}desc") or ""
        self.words = [element.text or "" for element in self.root.iter(f"{SVG}text")]

    def paths(self, role: str) -> list[ET.Element]:
        found = self.root.iter(f"{SVG}path")
        return [path for path in found if f"am-{role}" in path.attrib["class"].split()]

    def texts(self) -> list[tuple[str, float, float]]:
        """Each text that is not in the legend, and where it stands."""
        return [
            (text.text or "", float(text.attrib["x"]), float(text.attrib["y"]))
            for text in self.root.iter(f"{SVG}text")
        ]


def lines(path: ET.Element) -> list[Any]:
    """A path's lines, each an array of points."""
    return [
        np.array([point.split() for point in line.rstrip("Z").split("L")], dtype=float)
        for line in re.findall(r"M([^M]*)", path.attrib["d"])
    ]
