"""A run gives the same products wherever it is started: whatever home, locale, clock and streams it finds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.run import run
from fluxkit.synthetic.tower import make_day
from tests.archive.results import require_same

#: What a user's own settings may not reach into.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("LC_", "LANG", "NUMBA_", "OMP_", "COLUMNS", "FLUXKIT_NO_CACHE"))
}
#: Runs the program after C's own locale has been set, as libraries for windows and plots do.
LOCALIZED = """
import locale, sys
for name in ("de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"):
    try:
        locale.setlocale(locale.LC_ALL, name)
        break
    except locale.Error:
        continue
else:
    sys.exit(77)
assert locale.localeconv()["decimal_point"] == ","
from fluxkit.cli.main import main
main(sys.argv[1:])
"""
PROGRAM = ("-m", "fluxkit")


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and the raw files of two half hours."""
    folder = tmp_path_factory.mktemp("station")
    make_day(folder, hours=1.0, rate=2.0, start="2024-07-01T12:00", seed=1)
    return folder


@pytest.fixture(scope="module")
def expected(station: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run in this process."""
    return run(station / "site.toml", tmp_path_factory.mktemp("expected")).paths["fluxes"].parent


@dataclass(frozen=True)
class Surroundings:
    """What differs from a plain start; ``{tmp}`` stands for an empty folder."""

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  #: of Python
    slow: bool = False  #: every kernel is compiled, or none; or another case is of the same kind
    warned: str = ""  #: the one sentence that the log has to say

    def param(self) -> object:
        """As a parameter of a test."""
        return pytest.param(self, id=self.name, marks=[pytest.mark.slow] if self.slow else [])


#: Python as it is where neither the system nor Python itself has chosen UTF-8.
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
KEPT_NOWHERE = "compiled kernels cannot be kept here"
CASES = [
    Surroundings("C", {"LC_ALL": "C", "LANG": "C"}, slow=True),
    Surroundings("ASCII", ASCII),
    Surroundings("comma", {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}),
    Surroundings("time zone", {"TZ": "America/St_Johns"}),
    Surroundings("unknown time zone", {"TZ": "Nowhere/At_All"}, slow=True),
    Surroundings("one thread", {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}, slow=True),
    Surroundings("eight threads", {"OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "8"}),
    Surroundings("hash seed", {"PYTHONHASHSEED": "1"}, slow=True),
    Surroundings("other hash seed", {"PYTHONHASHSEED": "4711"}),
    Surroundings("warnings are errors", options=("-W", "error")),
    Surroundings("without asserts", options=("-O",), slow=True),
    Surroundings("no terminal", {"TERM": "dumb"}, without=("COLUMNS", "LINES", "SHELL")),
    Surroundings("no kept kernels", {"FLUXKIT_NO_CACHE": "1"}, slow=True),
    Surroundings("no home", {"HOME": "/nonexistent/nobody"}, without=("XDG_CACHE_HOME",), slow=True),
    Surroundings("home is not set", without=("HOME", "XDG_CACHE_HOME", "USER", "LOGNAME")),
    Surroundings("home is a file", {"HOME": "{tmp}/file"}, ("XDG_CACHE_HOME",), (), True, KEPT_NOWHERE),
    Surroundings("read-only home", {"HOME": "/proc"}, ("XDG_CACHE_HOME",), (), True, KEPT_NOWHERE),
    Surroundings("no folder for kernels", {"XDG_CACHE_HOME": "{tmp}/file/x"}, (), (), True, KEPT_NOWHERE),
]  # fmt: skip


def started(config: Path, out: Path, case: Surroundings, *program: str) -> "subprocess.CompletedProcess[str]":
    """Run the program in some surroundings, away from any terminal."""
    (out.parent / "file").touch()
    env = {name: value for name, value in CLEAN.items() if name not in case.without}
    env |= {name: value.replace("{tmp}", str(out.parent)) for name, value in case.env.items()}
    words = [sys.executable, *case.options, *(program or PROGRAM), "run", str(config), "-o", str(out)]
    return subprocess.run(
        words, env=env, cwd=out.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        encoding="utf-8", errors="replace", start_new_session=True, timeout=900, check=False,
    )  # fmt: skip


def require_products(out: Path, expected: Path) -> None:
    """All products are the same, bit for bit."""
    require_same(out, expected)
    for path in expected.glob("*.nc"):
        xr.testing.assert_equal(xr.load_dataset(out / path.name), xr.load_dataset(path))


@pytest.mark.parametrize("case", [case.param() for case in CASES])
def test_products_are_the_same(case: Surroundings, station: Path, expected: Path, tmp_path: Path) -> None:
    done = started(station / "site.toml", tmp_path / "out", case)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    require_products(tmp_path / "out", expected)
    assert done.stderr.count(KEPT_NOWHERE) == bool(case.warned), done.stderr


@pytest.mark.slow
def test_kernels_that_are_not_compiled_agree(station: Path, expected: Path, tmp_path: Path) -> None:
    """They add in another order, as on another kind of processor."""
    case = Surroundings("no compiler", {"NUMBA_DISABLE_JIT": "1"})
    done = started(station / "site.toml", tmp_path / "out", case)
    assert done.returncode == 0, done.stderr
    fluxes, others = (xr.load_dataset(f / "XX-Dem_fluxes.nc") for f in (tmp_path / "out", expected))
    assert set(fluxes.variables) == set(others.variables)
    for name, values in others.variables.items():
        if values.dtype.kind != "f":
            assert (fluxes[name].values == values.values).all(), name
            continue
        scale = float(np.sqrt(np.nanmean(values.values**2))) if np.isfinite(values.values).any() else 0.0
        # Far products are kept in single precision; skewness and kurtosis are of moments that cancel.
        share = 1e-6 if name.endswith("_LOD") else 1e-9 if name.endswith(("_SKW", "_KUR")) else 1e-11
        np.testing.assert_allclose(
            fluxes[name].values, values.values, rtol=0, atol=share * scale, err_msg=name
        )


def test_a_locale_that_a_script_sets_changes_nothing(station: Path, expected: Path, tmp_path: Path) -> None:
    done = started(station / "site.toml", tmp_path / "out", Surroundings("script"), "-c", LOCALIZED)
    if done.returncode == 77:
        pytest.skip("no locale with a decimal comma is installed")
    assert done.returncode == 0, done.stderr
    require_products(tmp_path / "out", expected)


def plain(path: Path) -> None:
    """Leave a file as it is."""


def with_returns(path: Path) -> None:
    """Write a file as editors of Windows do."""
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def with_mark(path: Path) -> None:
    """Write a file as Notepad does, with a byte order mark."""
    with_returns(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


bytes_names = pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")


@pytest.mark.parametrize(
    ("name", "change", "case"),
    [
        pytest.param("my station (new)", plain, Surroundings("plain"), marks=pytest.mark.slow),
        ("Wiese Süd æøå 草地", plain, Surroundings("plain")),
        ("Wiese Süd", plain, Surroundings("ASCII", ASCII)),
        pytest.param("Wiese S\udcfcd", plain, Surroundings("plain"), marks=bytes_names),  # in Latin 1
        ("crlf", with_returns, Surroundings("plain")),
        pytest.param("mark", with_mark, Surroundings("plain"), marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_names_of_folders_and_line_ends_change_nothing(
    name: str,
    change: Callable[[Path], None],
    case: Surroundings,
    station: Path,
    expected: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / name
    (folder / "raw").mkdir(parents=True)
    for path in (station / "raw").iterdir():
        (folder / "raw" / path.name).write_bytes(path.read_bytes())
    config = folder / "site.toml"
    config.write_bytes((station / "site.toml").read_bytes())
    change(config)
    done = started(config, folder / "out", case)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    copy = tmp_path / "copy"  # libraries that compare cannot open every name
    require_products(shutil.copytree(folder / "out", copy), expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "{raw}"),
        ("init", "{raw}"),
        ("check", "{config}"),
        ("run", "{config}", "-o", "{new}", "--dry-run"),
        ("condense", "{config}", "-o", "{new}"),
        ("decide", "{config}", "-o", "{out}"),
        ("export", "{config}", "-o", "{out}"),
        ("report", "{config}", "-o", "{out}"),
        ("status", "{out}", "--config", "{config}"),
        ("footprint", "{config}", "-o", "{out}"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_does_without_a_home(
    words: tuple[str, ...], station: Path, expected: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(expected, tmp_path / "out")
    (tmp_path / "file").touch()
    (raw, *_) = sorted((station / "raw").iterdir())
    places = {"raw": raw, "config": station / "site.toml", "out": out, "new": tmp_path / "new"}
    env = {name: value for name, value in CLEAN.items() if name != "XDG_CACHE_HOME"}
    done = subprocess.run(
        [sys.executable, *PROGRAM, *(word.format(**places) for word in words)],
        env=env | {"HOME": str(tmp_path / "file")}, cwd=tmp_path, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert done.stderr.count(KEPT_NOWHERE) <= 1, done.stderr
