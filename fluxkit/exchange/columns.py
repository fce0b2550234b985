"""What the formats share: the clock of a table, its columns as text, and who is asked for a library."""

import importlib.util
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import FluxkitError

MISSING = -9999
_NAME = re.compile(r"[^\w.-]+")
#: Rows that become Python's numbers at once.
_BLOCK = 5000

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


class ExchangeError(FluxkitError):
    """Fluxes cannot be written in a format as they are."""


def needed(module: str, extra: str, what: str) -> None:
    """Say which extra a format wants, before anything is written.

    Raises
    ------
    ExchangeError
        The library is not installed.
    """
    if importlib.util.find_spec(module) is None:
        raise ExchangeError(f"{what} needs {module}: pip install 'fluxkit[{extra}]'")


def site_of(ds: xr.Dataset) -> str:
    """Return the code of the site as a part of a file's name: nothing that leaves the folder."""
    return _NAME.sub("_", str(ds.attrs.get("site", "site"))).strip(".") or "site"


def local_starts(ds: xr.Dataset) -> tuple[Times, int]:
    """Return the begin of each record in local standard time, and the length of one. [s]

    Raises
    ------
    ExchangeError
        Records that are not half hours or hours in order of time.
    """
    time = ds["time"].to_numpy().astype("datetime64[s]")
    steps = np.diff(time).astype(np.int64)
    if time.size < 2 or steps.min() <= 0:
        raise ExchangeError("two records at least are needed, in order of time, each once")
    step = int(steps.min())
    if step not in (1800, 3600):
        raise ExchangeError(f"records of {step / 60:g} min are not taken: half hours or hours")
    shift = np.timedelta64(round(3600 * float(ds.attrs.get("utc_offset_h", 0.0))), "s")
    local: Times = np.asarray(time + shift, "datetime64[s]")
    if ((local - local[0]).astype(np.int64) % step).any():
        raise ExchangeError(f"records are not at whole steps of {step / 60:g} min from one another")
    return local, step


def every_record(local: Times, step: int, unit: str) -> tuple[Times, npt.NDArray[np.int64]]:
    """Return the starts of all records of the days (``D``) or years (``Y``), and where the given ones are.

    Raises
    ------
    ExchangeError
        Records that do not begin at whole steps of the day.
    """
    first = local.min().astype(f"datetime64[{unit}]").astype("datetime64[s]")
    last = (local.max().astype(f"datetime64[{unit}]") + 1).astype("datetime64[s]")
    starts = first + np.arange((last - first) // np.timedelta64(step, "s")) * np.timedelta64(step, "s")
    place, rest = np.divmod((local - first).astype(np.int64), step)
    if rest.any():
        raise ExchangeError(
            f"records do not begin at whole steps of {step / 60:g} min of the local day: "
            "utc_offset_h is another, or periods are not regular"
        )
    return starts, place


def column(ds: xr.Dataset, name: str) -> Array | None:
    """Return a column over time as double precision with NaN; None if it is not there or has no value."""
    if name not in ds or ds[name].dims != ("time",) or ds[name].dtype.kind not in "fiub":
        return None
    values = ds[name].to_numpy().astype(np.float64)
    return values if np.isfinite(values).any() else None


def rows(before: Sequence[Sequence[str]], data: Sequence[Array], separator: str) -> list[str]:
    """Return lines of texts and numbers, seven digits each, -9999 where there is no value."""
    size = len(before[0])
    table = np.full((size, len(data)), float(MISSING))
    for k, values in enumerate(data):
        table[:, k] = np.where(np.isfinite(values), values, MISSING)
    table += 0.0  # no "-0"
    form = separator.join(["%s"] * len(before) + ["%.7g"] * len(data))
    texts = list(zip(*before, strict=True))
    lines: list[str] = []
    for k in range(0, size, _BLOCK):
        part = slice(k, k + _BLOCK)
        lines += [form % (*a, *b) for a, b in zip(texts[part], table[part].tolist(), strict=True)]
    return lines


def stamps(times: Times) -> list[str]:
    """Return YYYYMMDDHHMM."""
    marks = str.maketrans("", "", "-:T")
    return [stamp.translate(marks) for stamp in np.datetime_as_string(times, unit="m").tolist()]


def spread(values: Array, place: npt.NDArray[np.int64], size: int) -> Array:
    """Return values on an axis of all records, NaN where there is none."""
    out = np.full(size, np.nan)
    out[place] = values
    return out
