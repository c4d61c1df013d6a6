"""What people install: the wheel, alone with its core dependencies, far from the checkout."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import xml.etree.ElementTree as ET
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from setuptools import Distribution

import autograd_mini as am

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUP_CFG = configparser.ConfigParser()
SETUP_CFG.read(ROOT / "setup.cfg")


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an sdist, and of the wheel built from that sdist."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograd_mini", source / "autograd_mini", ignore=no_caches)
    run(sys.executable, "-m", "build", "--no-isolation", source)
    return source / "dist"


@pytest.fixture(scope="module")
def home(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and what its core dependencies need, nothing else."""
    home = tmp_path_factory.mktemp("home")
    venv.create(home, symlinks=True)
    paths = {"base": str(home), "platbase": str(home)}
    site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    for name in everything_needed(PYPROJECT["project"]["dependencies"]):
        link_distribution(name, site)
    [wheel] = built.glob("*.whl")
    # pip refuses if a dependency that the wheel names is not among the linked ones.
    python = home / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-index", wheel)
    return home


def everything_needed(requirements: list[str]) -> set[str]:
    """The names of the distributions required, and of those that they require in turn."""
    names: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and requirement.name not in names:
            names.add(requirement.name)
            waiting += map(Requirement, distribution(requirement.name).requires or [])
    return names


def link_distribution(name: str, site: Path) -> None:
    files = distribution(name).files or []
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        (site / top).symlink_to(distribution(name).locate_file(top))


@pytest.fixture
def outside(tmp_path: Path) -> dict[str, object]:
    """How to run something there: in an empty folder, with nothing on PATH, so without `dot`."""
    empty = tmp_path / "empty"
    empty.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {"cwd": tmp_path, "env": {**kept, "PATH": str(empty)}}


def texts(svg: Path) -> str:
    return " ".join("".join(ET.parse(svg).getroot().itertext()).split())


def test_the_installed_command_draws_without_dot(home: Path, outside: dict[str, object]) -> None:
    command = home / "bin" / "autograd-mini"
    shown = run(command, "graph", "J = 3*(a + b*c)", "a=5", "b=3", "c=2", "-o", "J.svg", **outside)
    for name, dvar in {"a": 3, "b": 6, "c": 9}.items():
        assert re.search(rf"\bd?{name}\b.*\b{dvar}\b", shown), shown
    assert "33" in texts(Path(str(outside["cwd"])) / "J.svg")


def test_the_installed_library_draws_without_dot(home: Path, outside: dict[str, object]) -> None:
    program = """
import shutil, sys
import autograd_mini as am
assert shutil.which("dot") is None
a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
J = 3 * (a + b * c)
J.backward()
am.draw(J).save("J.svg")
am.draw(J).save("J.html")
print(am.__file__, a.grad, b.grad, c.grad)
"""
    file, *gradients = run(home / "bin" / "python", "-c", program, **outside).split()
    assert Path(file).is_relative_to(home)
    assert gradients == ["3.0", "6.0", "9.0"]
    folder = Path(str(outside["cwd"]))
    assert "33" in texts(folder / "J.svg")
    # The very page of the checkout, which is tested in a browser.
    a, b, c = am.Value(5, "a"), am.Value(3, "b"), am.Value(2, "c")
    J = 3 * (a + b * c)
    J.backward()
    assert (folder / "J.html").read_text("utf-8") == am.draw(J, engine="builtin").html


def test_every_file_of_the_package_ships(home: Path) -> None:
    [installed] = home.glob("lib/*/site-packages/autograd_mini")
    assert files_in(installed) == files_in(ROOT / "autograd_mini")
    assert "py.typed" in files_in(installed)


def files_in(folder: Path) -> set[str]:
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    return {file for file in files if "__pycache__" not in file}


def test_a_typed_program_checks_against_the_installed_package(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import autograd_mini as am\n"
        'a, X = am.Value(5, "a"), am.Tensor([[1.0]], "X")\n'
        "with am.no_grad():\n"
        "    J: am.Value = am.exp(a * 2)\n"
        "J.backward()\n"
        "print(am.dvars(J), am.learn.cost, am.gradient(J, [a]), am.draw(J).svg)\n"
    )
    python = home / "bin" / "python"
    cache = f"--cache-dir={tmp_path / 'cache'}"
    run(sys.executable, "-m", "mypy", "--strict", f"--python-executable={python}", cache, program)


def test_an_sdist_names_no_builder(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert {(member.uname, member.gname) for member in archive} == {("root", "root")}


def test_importing_the_package_imports_nothing_that_can_wait() -> None:
    program = "import sys, autograd_mini; print(*sys.modules)"
    imported = set(run(sys.executable, "-c", program, cwd=ROOT).split())
    assert "numpy" in imported
    assert imported.isdisjoint(
        {
            "click",
            "rich",
            "graphviz",
            "matplotlib",
            "cairosvg",
            "sklearn",
            "scipy",
            "dask",
            "llvmlite",
            *(f"autograd_mini.{room}" for room in ("check", "diagnose", "learn", "replay")),
        }
    )


def test_what_waits_is_there_all_the_same() -> None:
    everything: dict[str, Any] = {}
    exec("from autograd_mini import *", everything)
    for name in ("Value", "draw", "gradcheck", "debug", "compile", "learn", "explain"):
        assert everything[name] is getattr(am, name)
        assert name in dir(am)
    with pytest.raises(AttributeError, match="has no attribute 'backwards'"):
        _ = am.backwards


def test_setuptools_reads_the_options_of_setup_cfg() -> None:
    reader = Distribution()
    reader.parse_config_files([str(ROOT / "setup.cfg")], ignore_option_errors=False)
    for section in SETUP_CFG.sections():
        for option in reader.get_command_obj(section).user_options:
            SETUP_CFG[section].pop(option[0].rstrip("="), None)
        assert list(SETUP_CFG[section]) == []


def test_setup_cfg_says_nothing_that_pyproject_says() -> None:
    commands = set(SETUP_CFG.sections())
    assert commands.isdisjoint({"metadata", "options", *PYPROJECT["tool"]})
    assert "distutils" not in PYPROJECT["tool"]


def test_the_version_is_written_in_one_place() -> None:
    files = ["pyproject.toml", "setup.cfg", *(ROOT / "autograd_mini").rglob("*.py")]
    places = [file for file in files if am.__version__ in (ROOT / file).read_text()]
    assert places == [ROOT / "autograd_mini" / "__init__.py"]


def test_the_wheel_has_the_version_of_the_package(built: Path) -> None:
    assert [wheel.name.split("-")[1] for wheel in built.glob("*.whl")] == [am.__version__]
