import os
import subprocess
import sys
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

import fluxkit
from fluxkit.cli.main import WITH_ARRAYS, app, exit_code
from fluxkit.errors import (
    ConfigError,
    FluxkitError,
    LockedError,
    MomentsError,
    NoInputError,
    ReadError,
    UnknownFormatError,
)

HEAVY = ("numba", "pandas", "xarray", "scipy", "matplotlib", "netCDF4", "pydantic")
COMMANDS = {
    "demo", "inspect", "init", "import-eddypro", "import-badm", "check", "run", "condense", "decide",
    "export", "report",
    "status", "watch", "footprint", "compare", "chamber", "ecosystem", "budget", "doctor", "schema",
    "version", "explore", "atlas", "diff", "replay",
}  # fmt: skip
#: Commands that answer without xarray.
LIGHT = {"inspect", "doctor", "init", "import-eddypro", "import-badm", "check", "status", "schema", "version"}


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_help_answers_without_anything_heavy():
    done = python(
        "import sys, resource\n"
        "from fluxkit.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert not end.code\n"
        f"print('loaded:', [name for name in {HEAVY} if name in sys.modules])\n"
        "print('seconds:', resource.getrusage(resource.RUSAGE_SELF).ru_utime)\n"
    )
    assert done.returncode == 0, done.stderr
    assert "loaded: []" in done.stdout
    assert (
        float(done.stdout.rpartition("seconds:")[2]) < 1.0
    )  # of processor time; far less on an idle machine


def test_import_costs_nothing_and_names_are_there():
    done = python(
        "import sys\n"
        "import fluxkit\n"
        f"print([name for name in ({HEAVY} + ('numpy',)) if name in sys.modules])\n"
        "print(fluxkit.load.__name__, fluxkit.__version__)\n"
    )
    loaded, used = done.stdout.splitlines()
    assert loaded == "[]"
    assert used == f"load {version('fluxkit')}"


def test_public_names_are_listed_and_lead_somewhere():
    assert {"run", "condense", "decide", "open_raw", "kernels", "spectra", "load", "inspect"} <= set(
        dir(fluxkit)
    )
    assert dir(fluxkit) == sorted(fluxkit.__all__)
    for name in fluxkit.__all__:
        assert getattr(fluxkit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'fluxes'; it has __version__, budget, chamber"):
        fluxkit.fluxes  # noqa: B018


def test_all_commands_have_help():
    runner = CliRunner()
    assert set(typer.main.get_command(app).commands) == COMMANDS, "name each command in COMMANDS above"
    for command in COMMANDS:
        result = runner.invoke(app, [command, "--help"])
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_each_command_is_with_or_without_arrays():
    """What is not named as holding arrays would load dask, where that is installed, at its first array."""
    wanted = COMMANDS - LIGHT
    assert wanted == WITH_ARRAYS, "name a command in WITH_ARRAYS of fluxkit/cli/main.py or in LIGHT above"


def test_version():
    result = CliRunner().invoke(app, ["version"])
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == f"fluxkit {version('fluxkit')}"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("site.toml", ["x"]), 2),
        (LockedError("x"), 2),
        (MomentsError("x"), 2),
        (NoInputError("x"), 3),
        (ReadError("a.dat", "x"), 3),
        (UnknownFormatError("a.dat", "x"), 3),
        (FluxkitError("x"), 1),
    ],
)
def test_exit_codes(error, code):
    assert exit_code(error) == code


def test_wrong_usage_ends_with_2(call):
    assert call("run")[0] == 2
    code, _, err = call("fly")
    assert code == 2
    assert "No such command 'fly'" in err


def test_the_program_itself_tells_errors_without_a_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fluxkit", "check", "absent.toml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 2
    assert done.stderr == "fluxkit: absent.toml: no such file; `fluxkit init` writes one\n"
