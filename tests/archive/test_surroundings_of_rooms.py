"""Chambers, half hours to years and budgets give the same products wherever they are started."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr

from fluxkit.budget.synthetic.site import make_site
from fluxkit.chamber.synthetic.plots import make_campaign
from tests.archive.test_surroundings import ASCII, CLEAN, KEPT_NOWHERE, Surroundings
from tests.ecosystem import tables

pytestmark = pytest.mark.slow

CASES = [
    Surroundings("ASCII", ASCII),
    Surroundings("comma", {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}),
    Surroundings("time zone", {"TZ": "America/St_Johns"}),
    Surroundings("eight threads", {"OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "8"}),
    Surroundings("hash seed", {"PYTHONHASHSEED": "4711"}),
    Surroundings("no terminal", {"TERM": "dumb"}, without=("COLUMNS", "LINES", "SHELL")),
    Surroundings("no home", {"HOME": "{tmp}/file"}, ("XDG_CACHE_HOME",), (), True, KEPT_NOWHERE),
]

QUICK = """
[ustar]
bootstraps = 0
[fill]
method = "mds"
[partition]
day = "none"
members = "none"
[uncertainty]
pairs = 0
"""


def a_campaign(folder: Path) -> list[str]:
    return ["chamber", str(make_campaign(folder, plots=1))]


def half_hours(folder: Path) -> list[str]:
    local, table = tables.series(40, first="2019-05-01")
    path = tables.write(folder / "DE-Abc_HH.csv", tables.fluxnet(local, table, 30))
    (folder / "ecosystem.toml").write_text(QUICK)
    place = ["--latitude", "50.96", "--longitude", "13.57", "--utc-offset-h", "1"]
    return ["ecosystem", str(path), "--config", str(folder / "ecosystem.toml"), *place]


def a_budget(folder: Path) -> list[str]:
    return ["budget", str(make_site(folder, chambers=False))]


def products(out: Path) -> dict[str, object]:
    """What was made: tables as bytes, arrays, members of archives; pages and records tell when it was."""
    found: dict[str, object] = {}
    for path in sorted(out.rglob("*")):
        if path.suffix == ".csv":
            found[path.name] = path.read_bytes()
        elif path.suffix == ".nc":
            found[path.name] = xr.load_dataset(path).drop_attrs()
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found |= {name: archive.read(name) for name in archive.namelist()}
        elif path.name == "run.json":
            found[path.name] = sorted(json.loads(path.read_text()))
    return found


def started(words: list[str], out: Path, case: Surroundings) -> dict[str, object]:
    out.parent.mkdir(exist_ok=True)
    (out.parent / "file").touch()
    env = {name: value for name, value in CLEAN.items() if name not in case.without}
    env |= {name: value.replace("{tmp}", str(out.parent)) for name, value in case.env.items()}
    done = subprocess.run(
        [sys.executable, "-m", "fluxkit", *words, "-o", str(out)], env=env, cwd=out.parent,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", start_new_session=True,
        timeout=900, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return products(out)


@pytest.mark.parametrize("make", [a_campaign, half_hours, a_budget], ids=lambda make: make.__name__)
def test_products_of_other_rooms_are_the_same(make: Callable[[Path], list[str]], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    words = make(tmp_path / "in")
    expected = started(words, tmp_path / "expected" / "out", Surroundings("plain"))
    assert len(expected) > 2
    for case in CASES:
        found = started(words, tmp_path / case.name / "out", case)
        assert sorted(found) == sorted(expected), case.name
        for name, one in expected.items():
            same = one.identical(found[name]) if isinstance(one, xr.Dataset) else one == found[name]
            assert same, (case.name, name)


@pytest.mark.parametrize("make", [a_campaign, half_hours, a_budget], ids=lambda make: make.__name__)
def test_no_module_of_the_folder_is_run(make: Callable[[Path], list[str]], tmp_path: Path) -> None:
    """As the installed command starts: the folder that it is called in is not where Python looks."""
    (tmp_path / "in").mkdir()
    words = make(tmp_path / "in")
    for name in ("multiprocessing", "numpy", "csv", "json", "random", "pickle", "xarray", "jinja2", "numba"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w').close()\n")
    program = tmp_path / "in" / "start.py"
    program.write_text("from fluxkit.cli.main import main\nimport sys\nsys.exit(main(sys.argv[1:]))\n")
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, str(program), *words, "-o", str(tmp_path / "out")], cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "executed").exists()
