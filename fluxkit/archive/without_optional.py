"""What a process of the project's own does not load."""

import importlib
import sys
from types import ModuleType
from typing import Any

#: Libraries that xarray, and pandas for it, load where they are installed, to see whether an array is theirs.
_OPTIONAL = ("dask", "pyarrow")


def keep_optional_out() -> None:
    """Let xarray do without dask and pandas without pyarrow in this process, unless xarray is loaded already.

    Where dask is installed, xarray loads it with the first array, to see whether that is one of dask's:
    half as long again as xarray itself takes, though arrays are in memory here; pandas does so with pyarrow
    for its texts. Both ask once and remember the answer. Anybody else may still load either afterwards,
    pandas' own reader of Parquet included; only pandas' types that are pyarrow's are not to be had.

    For commands and workers, whose process is theirs; never for a library call from a program that may
    want dask's arrays in xarray.
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
