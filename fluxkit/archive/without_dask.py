"""What a process of the project's own does not load."""

import importlib
import sys


def keep_dask_out() -> None:
    """Let xarray do without dask in this process; nothing happens where either is loaded already.

    Where dask is installed, xarray loads it with the first array, to see whether that is one of dask's:
    half as long again as xarray itself takes, though arrays are in memory here. xarray asks once and
    remembers the answer. Anybody else may still load dask afterwards.

    For commands and workers, whose process is theirs; never for a library call from a program that may
    want dask's arrays in xarray.
    """
    if "xarray" in sys.modules or "dask" in sys.modules:
        return
    sys.modules["dask"] = None  # type: ignore[assignment]  # Python's way to say that it cannot be imported
    try:
        importlib.import_module("xarray").Variable((), 0.0)
    finally:
        del sys.modules["dask"]
