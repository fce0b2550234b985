"""A process that is the project's own, command or worker: what it does not load, and that it has one thread.

A library call from another program never changes these: that program may want dask's arrays, and threads.
"""

import importlib
import os
import sys
from types import ModuleType
from typing import Any

#: Keeps libraries from starting threads; the last is for pyarrow's allocator.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
#: Libraries that xarray, and pandas for it, load where they are installed, to see whether an array is theirs.
_OPTIONAL = ("dask", "pyarrow")


_owned: list[int] = []  #: this process, where it is a command's


def make_own() -> None:
    """Take this process for a command's own, before it loads anything: libraries start no threads in it.

    Products of matrices are small here, and a thread for each processor costs more than it saves. What a user
    has set stays.
    """
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
    _owned[:] = [os.getpid()]


def may_be_forked() -> bool:
    """Whether workers can be forked from this process: a command's own, with a single thread.

    Of a process with several, a fork has the one that forked, and locked whatever the others had locked. What
    another program has open, nobody here knows.
    """
    return _owned == [os.getpid()] and sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1


def keep_optional_out() -> None:
    """Let xarray do without dask and pandas without pyarrow in this process, unless xarray is loaded already.

    Where dask is installed, xarray loads it with the first array, to see whether that is one of dask's:
    half as long again as xarray itself takes, though arrays are in memory here; pandas does so with pyarrow
    for its texts. Both ask once and remember the answer. Anybody else may still load either afterwards,
    pandas' own reader of Parquet included; only pandas' types that are pyarrow's are not to be had.
    """
    if "xarray" in sys.modules:
        return
    absent = [name for name in _OPTIONAL if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's way to say that it cannot be imported
    try:
        importlib.import_module("xarray").Variable((), 0.0)
    finally:
        for name in absent:
            del sys.modules[name]
    keep_fortran_out()


def keep_fortran_out() -> None:
    """Have numpy's compiler of Fortran load when it is used: scipy.special takes whatever numpy names."""
    import numpy as np

    if "f2py" not in vars(np):
        stand_in: Any = ModuleType("numpy.f2py")
        stand_in.__getattr__ = lambda name: getattr(importlib.import_module("numpy.f2py"), name)
        np.f2py = stand_in
