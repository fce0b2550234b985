import errno
import os
import pickle
from collections import namedtuple

import pytest

from fluxkit.errors import ConfigError, FluxkitError, LockedError, ReadError, UnknownFormatError, WriteError
from fluxkit.writing import writing

Usage = namedtuple("Usage", "total used free")


def why(error, target):
    with pytest.raises(WriteError) as raised, writing(target):
        raise error
    assert raised.value.__cause__ is error
    return raised.value.detail


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_what_the_system_says_is_told(tmp_path, number):
    assert why(OSError(number, os.strerror(number)), tmp_path / "a.nc").startswith(os.strerror(number))


def test_a_full_disk_is_told_whatever_the_library_calls_it(tmp_path, monkeypatch):
    target = tmp_path / "not" / "yet" / "a.nc"
    assert why(OSError(errno.ENOSPC, "No space left"), target).startswith("the disk is full, ")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(1, 1, 4096 if folder == tmp_path else 0))
    for error in (PermissionError(errno.EACCES, "Permission denied"), RuntimeError("NetCDF: HDF error")):
        assert why(error, target) == "the disk is full, 4 kB are free"


def test_an_unclear_error_of_netcdf_is_told_with_what_it_may_be(tmp_path):
    found = why(RuntimeError("NetCDF: HDF error"), tmp_path / "a.nc")
    assert found == "NetCDF: HDF error (a full disk or quota, or a connection lost?)"


def test_faults_of_the_program_stay_faults(tmp_path):
    for error in (RuntimeError("a fault"), ZeroDivisionError()):
        with pytest.raises(type(error)), writing(tmp_path / "a.nc"):
            raise error


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("site.toml", ["a: wrong", "b: wrong"]),
        ReadError("a.dat", "is cut", line=3),
        UnknownFormatError("a.dat", "0 readers"),
        WriteError("a.nc", "the disk is full"),
        LockedError("held"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_whole_from_another_process(error):
    found = pickle.loads(pickle.dumps(error))
    assert isinstance(found, FluxkitError)
    assert (type(found), str(found), vars(found)) == (type(error), str(error), vars(error))
