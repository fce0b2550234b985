"""What commands load: a library that serves one function is there when that is called, not before."""

import json
import multiprocessing
import subprocess
import sys

import pytest

#: Never of use to a command here, or to one function of one that was not asked for.
NEVER = {
    "dask", "distributed", "pyarrow", "numpy.f2py.f2py2e", "matplotlib", "h5netcdf", "s3fs", "rich",
    "scipy.signal", "scipy.optimize", "scipy.interpolate", "scipy.integrate", "scipy.stats",
}  # fmt: skip
#: What arrays with names are made of, and what compiles.
ARRAYS, COMPILER = {"xarray", "pandas", "netCDF4"}, {"numba", "llvmlite"}

TOLD = """
import json, sys
from fluxkit.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print()
    print(json.dumps(sorted(sys.modules)))
"""


def loaded(code, *arguments):
    """Names of all modules of a process of its own, at its end."""
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def finished(station, tmp_path_factory):
    """A results folder in which everything is done."""
    from fluxkit.archive.run import run

    out = tmp_path_factory.mktemp("finished") / "out"
    run(station, out)
    return out


def test_looking_at_a_folder_needs_neither_arrays_with_names_nor_a_compiler(finished):
    found = loaded(TOLD, "status", finished)
    assert "fluxkit.archive.status" in found
    assert found & (NEVER | ARRAYS | COMPILER | {"jinja2", "scipy"}) == set()


def test_checking_a_configuration_reads_files_and_makes_no_dataset(station):
    found = loaded(TOLD, "check", station)
    assert "fluxkit.raw.reading" in found
    assert found & (NEVER | ARRAYS | {"jinja2"}) == set()


#: The footprint's source areas take `special` in deciding.
@pytest.mark.parametrize("command", ["decide", "run"])
def test_a_finished_folder_is_decided_without_a_compiler(station, finished, command):
    found = loaded(TOLD, command, station, "-o", finished, "--quiet")
    assert "xarray" in found
    assert found & (NEVER | COMPILER | {"multiprocessing.forkserver"}) == set()
    parts = {f"scipy.{part}" for part in ("special", "ndimage", "fft", "linalg")}
    assert parts & found == {"scipy.special"}


def test_condensing_in_one_process_starts_no_other(station, tmp_path):
    found = loaded(TOLD, "condense", station, "-o", tmp_path / "out", "--quiet")
    assert "numba" in found
    assert found & (NEVER | {"multiprocessing.forkserver"}) == set()


def test_what_a_worker_is_told_by_loads_no_array_before_it_keeps_dask_out():
    code = "import json, sys, fluxkit.archive.condensing.worker; print(json.dumps(sorted(sys.modules)))"
    assert loaded(code) & (NEVER | ARRAYS | COMPILER) == set()


def test_what_is_optional_is_kept_out_and_can_be_had_afterwards():
    pytest.importorskip("dask")
    pytest.importorskip("pyarrow")
    code = (
        "import io, json, sys\n"
        "from fluxkit.archive.own_process import keep_optional_out\n"
        "keep_optional_out()\n"
        "import xarray as xr\n"
        "import scipy.special\n"
        "both = xr.Dataset({'a': ('x', [1.0, 2.0])}).isel(x=0) + 1\n"
        "assert float(both['a']) == 2.0\n"
        "before = sorted(sys.modules)\n"
        "import dask.array\n"
        "assert int(dask.array.arange(3).sum()) == 3\n"
        "import numpy, pandas\n"
        "table, file = pandas.DataFrame({'a': [1.5], 'b': ['x']}), io.BytesIO()\n"
        "table.to_parquet(file)\n"
        "assert pandas.read_parquet(file).equals(table)\n"
        "assert numpy.f2py.get_include()\n"
        "from numpy import f2py\n"
        "assert f2py is sys.modules['numpy.f2py']\n"
        "print(json.dumps(before))\n"
    )
    assert loaded(code) & NEVER == set()


def test_a_program_that_has_xarray_keeps_dask_in_it():
    pytest.importorskip("dask")
    code = (
        "import json, sys\n"
        "import xarray as xr\n"
        "from fluxkit.archive.own_process import keep_optional_out\n"
        "keep_optional_out()\n"
        "assert xr.DataArray([1.0, 2.0]).chunk().chunks == ((2,),)\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    assert "dask.array" in loaded(code)


SERVER = """
import json, multiprocessing, os, sys
from fluxkit.archive.condensing import local_pool
from fluxkit.archive.job import Job
from tests.cli.test_start import told_by_child

if __name__ == "__main__":
    job = Job.of(sys.argv[1], sys.argv[2])
    with local_pool._surroundings(job):
        theirs, ours = multiprocessing.Pipe()
        process = local_pool._context().Process(target=told_by_child, args=(theirs,))
        process.start()
        print(json.dumps(ours.recv()))
        process.join()
"""


def told_by_child(link):
    """Say how many threads this process' template has, and what is loaded and compiled here."""
    import os

    from fluxkit.kernels import moments

    threads = len(os.listdir(f"/proc/{os.getppid()}/task"))
    link.send([threads, sorted(sys.modules), len(moments.centre.signatures)])


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_workers_are_forked_from_a_process_with_one_thread_that_has_all(station, tmp_path):
    assert "forkserver" in multiprocessing.get_all_start_methods()
    script = tmp_path / "script.py"
    script.write_text(SERVER)
    done = subprocess.run(
        [sys.executable, script, station, tmp_path / "out"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    threads, modules, kernels = json.loads(done.stdout)
    assert threads == 1
    assert {"numba", "xarray", "fluxkit.archive.condensing.day"} <= set(modules)
    assert set(modules) & NEVER == set()
    assert kernels > 0
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_process_with_several_threads_is_not_forked():
    code = (
        "import json, threading\n"
        "from fluxkit.archive.own_process import make_own, may_be_forked\n"
        "found = [may_be_forked()]\n"
        "make_own()\n"
        "found.append(may_be_forked())\n"
        "event = threading.Event()\n"
        "threading.Thread(target=event.wait).start()\n"
        "found.append(may_be_forked())\n"
        "event.set()\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [False, True, False]
