"""Try fluxkit in environments beside .venv: each Python that is here, the oldest and the newest dependencies.

    python .ci/environments.py [3.12 lowest ...]      by default all but `newest`

3.11 ... 3.14  what requirements-dev.lock pins, with that Python; those not here are named and skipped.
               Python 3.11 installs with the pip that its venv first brought, the others with their own; then
               the newest pip resolves the pins once more, since pips differ in what they take for a pin.
lowest         the lowest versions that pyproject.toml allows, with Python 3.11
newest         the newest releases and pre-releases

In each, `fluxkit demo` runs from end to end, and the tests of the rooms in which a library's version shows:
kernels (numba), configurations (pydantic, tomlkit), files and tables (netCDF4, xarray, pandas), pages and
figures (jinja2, contourpy), locks (filelock), the command line (typer, rich), and the README's example with
its numbers, which pass through all of them. The rest is arithmetic of numpy and scipy, the same everywhere.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = Path(".venv-try")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
OLD_PIP = {"3.11": "pip==23.2.1"}
EXTRAS = ("dask", "parquet", "cloud")
TOOLS = ("pytest>=8.3", "pytest-timeout>=2.3", "hypothesis>=6.120", "packaging>=24", "pyyaml>=6")
TESTS = (
    "tests/kernels/test_moments.py",
    "tests/kernels/test_text.py",
    "tests/site/test_loading.py",
    "tests/raw/test_netcdf.py",
    "tests/raw/test_reading.py",
    "tests/raw/test_xarray_backend.py",
    "tests/export",
    "tests/archive/folder",
    "tests/cli/test_main.py",
    "tests/docs",
)


class StepError(Exception):
    """A step that did not end well."""


def call(*command: str | Path, **variables: str) -> None:
    """Run a program, its output going to ours."""
    print("+", *command, flush=True)
    done = subprocess.run([str(part) for part in command], check=False, env=os.environ | variables)
    if done.returncode:
        raise StepError(f"{' '.join(str(part) for part in command[:6])} ... ended with {done.returncode}")


def uv(*arguments: str | Path) -> None:
    """Run uv."""
    call("sh", ".ci/uv", *arguments, PYTHON=sys.executable)


def candidates(version: str) -> Iterator[str | Path]:
    """Give what may be a Python of that version: ours, those on PATH, and what pyenv does not show there."""
    yield getattr(sys, "_base_executable", sys.executable)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if found := shutil.which(f"python{version}", path=folder):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))


def find(version: str) -> str | None:
    """Find a Python that runs and can make environments: pyenv's stand-ins may be there and do neither."""
    asks = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    for python in candidates(version):
        done = subprocess.run([python, "-c", asks], capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return str(python)
    return None


def make(name: str, python: str) -> Path:
    """Make an empty environment, and return its Python."""
    call(python, "-m", "venv", "--clear", FOLDER / name)
    return FOLDER / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install_pins(name: str, python: str) -> Path:
    """Install what is pinned, and have the newest pip resolve it again."""
    inside = make(name, python)
    pip = (inside, "-m", "pip", "--disable-pip-version-check", "-qq")
    pins = ("--require-hashes", "--only-binary", ":all:", "-r", "requirements-dev.lock")
    if name in OLD_PIP:
        call(*pip, "install", OLD_PIP[name])
    call(*pip, "install", "--no-compile", *pins)
    call(*pip, "install", "--no-deps", "--no-build-isolation", "-e", ".")
    call(*pip, "install", "--upgrade", "pip")
    call(*pip, "install", "--dry-run", "--ignore-installed", *pins)
    return inside


def install_resolved(name: str, python: str, how: Sequence[str]) -> Path:
    """Install what uv chooses from pyproject.toml; the test tools are not ours to bound."""
    inside = make(name, python)
    chosen = FOLDER / f"{name}.txt"
    extras = [part for extra in EXTRAS for part in ("--extra", extra)]
    uv(
        "pip",
        "compile",
        "pyproject.toml",
        *extras,
        *how,
        "--python",
        inside,
        "--no-build",
        "--quiet",
        "-o",
        chosen,
    )
    uv("pip", "install", "--python", inside, "--no-build", "--quiet", "-r", chosen)
    uv("pip", "install", "--python", inside, "--no-build", "--quiet", "-c", chosen, *TOOLS)
    uv("pip", "install", "--python", inside, "--no-deps", "--quiet", "-e", ".")
    return inside


def try_out(name: str, inside: Path) -> None:
    """Run the demo and the tests, on this checkout, with kernels compiled for this environment alone."""
    folder = FOLDER.resolve()
    variables = {"NUMBA_CACHE_DIR": str(folder / f"{name}-kernels")}
    call(inside, "-m", "fluxkit", "demo", folder / f"{name}-demo", **variables)
    call(inside, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *TESTS, **variables)


def run(name: str) -> str:
    """Make one environment and try it; return what came of it, in a sentence."""
    started = time.monotonic()
    running = "{}.{}".format(*sys.version_info[:2])
    version = {"lowest": "3.11", "newest": running}.get(name, name)
    python = find(version)
    if python is None:
        return f"{name}: skipped, no Python {version} that can make environments is on PATH or with pyenv"
    how = {"lowest": ("--resolution", "lowest-direct"), "newest": ("--prerelease", "allow", "--upgrade")}
    inside = install_resolved(name, python, how[name]) if name in how else install_pins(name, python)
    try_out(name, inside)
    for made in FOLDER.glob(f"{name}*"):  # a gigabyte each; what failed stays, to be looked into
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    return f"{name}: passed in {(time.monotonic() - started) / 60:.1f} minutes"


def main(names: Sequence[str]) -> int:
    """Try the environments, and tell at the end what came of each."""
    unknown = set(names) - {*PYTHONS, "lowest", "newest"}
    if unknown:
        print(f"no environment {', '.join(sorted(unknown))}; there are {', '.join(PYTHONS)}, lowest, newest")
        return 2
    FOLDER.mkdir(exist_ok=True)
    results = []
    for name in names or (*PYTHONS, "lowest"):
        try:
            results.append(run(name))
        except StepError as error:
            results.append(f"{name}: FAILED, {error}")
    print(*results, sep="\n")
    return int(any("FAILED" in result for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
