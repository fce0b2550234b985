"""The pins hold what is required: with its extras and on each system."""

import importlib.metadata
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RUN, DEV, FUZZ = (ROOT / f"requirements{kind}.lock" for kind in ("", "-dev", "-fuzz"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

SYSTEMS = {
    "linux-x86_64": ("posix", "Linux", "linux", "x86_64"),
    "linux-arm64": ("posix", "Linux", "linux", "aarch64"),
    "macos-x86_64": ("posix", "Darwin", "darwin", "x86_64"),
    "macos-arm64": ("posix", "Darwin", "darwin", "arm64"),
    "windows-x86_64": ("nt", "Windows", "win32", "AMD64"),
    "windows-arm64": ("nt", "Windows", "win32", "ARM64"),
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def environment(python: str, system: str) -> dict[str, str]:
    """Give the values of a system's environment markers."""
    keys = ("os_name", "platform_system", "sys_platform", "platform_machine")
    named = dict(zip(keys, SYSTEMS[system], strict=True))
    return named | {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.1",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
    }


ENVIRONMENTS = {f"{python}-{system}": environment(python, system) for python in PYTHONS for system in SYSTEMS}


class Pin(NamedTuple):
    """One requirement of a file of pins in one environment."""

    version: str
    extras: frozenset[str]


def applies(requirement: Requirement, markers: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Whether a requirement counts in an environment, for a package wanted with some extras."""
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({**markers, "extra": extra}) for extra in ("", *extras))


def requirements(text: str) -> list[Requirement]:
    """Read a file of pins, without its hashes."""
    lines = [line.rstrip("\\ ") for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith((" ", "#"))]


def pins(text: str, markers: Mapping[str, str]) -> dict[str, list[Pin]]:
    """Give the pins of a file that count in an environment."""
    found: dict[str, list[Pin]] = {}
    for requirement in requirements(text):
        if applies(requirement, markers):
            (version,) = requirement.specifier
            assert version.operator == "==", requirement
            name = canonicalize_name(requirement.name)
            found.setdefault(name, []).append(Pin(version.version, frozenset(requirement.extras)))
    return found


def unmet(requirement: Requirement, found: Mapping[str, list[Pin]]) -> bool:
    """Whether no pin has the name, the extras and the version of a requirement.

    pip takes `coverage[toml]` for a requirement of its own: a pin of `coverage` alone does not meet it.
    """
    candidates = found.get(canonicalize_name(requirement.name), [])
    return not any(
        set(requirement.extras) <= pin.extras
        and requirement.specifier.contains(pin.version, prereleases=True)
        for pin in candidates
    )


def lacking(
    text: str,
    wanted: Iterable[Requirement],
    metadata: Mapping[tuple[str, str], list[str]],
    markers: Mapping[str, str],
) -> Iterator[str]:
    """Name what is required, by ourselves or by a pinned package, and not pinned.

    `metadata` has the requirements of a package in a version; what is not there cannot be judged.
    """
    found = pins(text, markers)
    for requirement in wanted:
        if applies(requirement, markers) and unmet(requirement, found):
            yield f"pyproject.toml wants {requirement}"
    for name, candidates in found.items():
        for pin in candidates:
            for line in metadata.get((name, pin.version), ()):
                requirement = Requirement(line)
                if applies(requirement, markers, pin.extras) and unmet(requirement, found):
                    yield f"{name} {pin.version} wants {requirement}"


def group(name: str) -> Iterator[Requirement]:
    """Give the requirements of a dependency group of pyproject.toml."""
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from group(entry["include-group"])


def wanted(file: Path) -> list[Requirement]:
    """Give what pyproject.toml wants of a file of pins."""
    own = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    return {RUN: [*own, *group("build")], DEV: [*own, *group("dev")], FUZZ: [*group("fuzz")]}[file]


@pytest.fixture(scope="module")
def installed() -> dict[tuple[str, str], list[str]]:
    """Give what each installed package requires, by name and version."""
    return {
        (canonicalize_name(found.name), found.version): found.requires or []
        for found in importlib.metadata.distributions()
        if found.name
    }


def test_installed_packages_are_the_pinned_ones(installed):
    """Otherwise the next test would judge few of them."""
    here = pins(DEV.read_text(encoding="utf-8"), {**default_environment()})
    other = [name for name, found in here.items() if (name, found[0].version) not in installed]
    if other and os.environ.get("CI") != "true":
        pytest.skip(f"this environment was not made from the pins: {', '.join(other)} (make test makes one)")
    assert other == []


@pytest.mark.parametrize("markers", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
@pytest.mark.parametrize("file", [RUN, DEV, FUZZ], ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_its_extras(file, markers, installed):
    assert list(lacking(file.read_text(encoding="utf-8"), wanted(file), installed, markers)) == []


COVERAGE = (
    "pytest-cov==7.0 \\\n    --hash=sha256:00\ncoverage{extra}==7.1 ; {marker} \\\n    --hash=sha256:11\n"
)
METADATA = {("pytest-cov", "7.0"): ["coverage[toml]>=7", 'nothing; extra == "testing"']}


@pytest.mark.parametrize(
    ("extra", "marker", "expected"),
    [
        ("[toml]", "python_version >= '3.11'", []),
        ("", "python_version >= '3.11'", ["pytest-cov 7.0 wants coverage[toml]>=7"]),
        ("[toml]", "sys_platform == 'win32'", ["pytest-cov 7.0 wants coverage[toml]>=7"]),
    ],
    ids=["pinned", "without its extra", "for another system"],
)
def test_a_pin_without_the_extra_or_the_system_is_found(extra, marker, expected):
    text = COVERAGE.format(extra=extra, marker=marker)
    wants = [Requirement("pytest-cov>=6")]
    assert list(lacking(text, wants, METADATA, ENVIRONMENTS["3.11-linux-x86_64"])) == expected


def test_a_requirement_without_a_pin_or_beyond_its_version_is_found():
    text = COVERAGE.format(extra="[toml]", marker="python_version >= '3.11'")
    wants = [
        Requirement("pytest-cov>=8"),
        Requirement("ruff"),
        Requirement("colorama; sys_platform == 'win32'"),
    ]
    assert list(lacking(text, wants, {}, ENVIRONMENTS["3.14-macos-arm64"])) == [
        "pyproject.toml wants pytest-cov>=8",
        "pyproject.toml wants ruff",
    ]


def test_extras_that_are_pinned_bring_their_requirements():
    text = "moto[s3]==5.1 \\\n    --hash=sha256:00\n"
    metadata = {("moto", "5.1"): ['py-partiql-parser; extra == "s3"', 'docker; extra == "all"']}
    found = list(lacking(text, [], metadata, ENVIRONMENTS["3.12-linux-arm64"]))
    assert found == ['moto 5.1 wants py-partiql-parser; extra == "s3"']


@pytest.mark.parametrize("markers", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_what_a_run_needs_is_pinned_alike_for_developers(markers):
    run, dev = (pins(file.read_text(encoding="utf-8"), markers) for file in (RUN, DEV))
    assert {name: found for name, found in run.items() if dev.get(name) != found} == {}


@pytest.mark.parametrize("file", [RUN, DEV, FUZZ], ids=lambda path: path.name)
def test_every_pin_has_hashes_and_none_an_address(file):
    entries = re.split(r"\n(?=\S)", file.read_text(encoding="utf-8"))
    bare = [
        entry.split()[0] for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry
    ]
    assert bare == []
    assert "://" not in file.read_text(encoding="utf-8")
