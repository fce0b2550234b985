"""Text that REddyProc reads: names, units, numbers parted by tabs; the time is the END of a record."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.exchange.columns import (
    Array,
    ExchangeError,
    column,
    every_record,
    local_starts,
    rows,
    site_of,
    spread,
)
from fluxkit.export.atomic import write_text
from fluxkit.locations import location

#: Name there -> (names here, the first that is there; unit as REddyProc writes it).
COLUMNS: dict[str, tuple[tuple[str, ...], str]] = {
    "NEE": (("NEE", "FC"), "umolm-2s-1"),
    "LE": (("LE",), "Wm-2"),
    "H": (("H",), "Wm-2"),
    "Rg": (("SW_IN",), "Wm-2"),
    "Tair": (("TA",), "degC"),
    "Tsoil": (("TS",), "degC"),
    "rH": (("RH",), "%"),
    "VPD": (("VPD",), "hPa"),
    "Ustar": (("USTAR",), "ms-1"),
    "qcNEE": (("NEE_SSITC_TEST", "FC_SSITC_TEST"), "-"),
    "qcLE": (("LE_SSITC_TEST",), "-"),
    "qcH": (("H_SSITC_TEST",), "-"),
}
#: What gap filling, u* threshold and partitioning there need.
WANTED = ("NEE", "Rg", "Tair", "VPD", "Ustar")


def write_reddyproc(ds: xr.Dataset, folder: Path | str) -> tuple[Path, list[str]]:
    r"""Write ``<SITE>_reddyproc.txt`` for REddyProc's ``fLoadTXTIntoDataframe``.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours or hours over ``time`` (START, UTC), as `fluxkit.ecosystem.read` gives them.
    folder : Path or str
        Where to write.

    Returns
    -------
    path : Path
        The file written.
    said : list of str
        What REddyProc will miss, a sentence each.

    Raises
    ------
    ExchangeError
        No column that it knows, or records that are neither half hours nor hours.

    Notes
    -----
    Whole days of local standard time, as REddyProc asks for. ``Hour`` runs to 24: DoY and year are those of
    the day that ends.

    References
    ----------
    Wutzler et al. (2018), Biogeosciences 15, 5015-5030; REddyProc 1.3.3, ``fLoadTXTIntoDataframe`` and the
    example ``Example_DETha98.txt``.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(48) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset({"NEE": ("time", np.full(48, 2.5))}, {"time": time}, {"site": "DE-Abc"})
    >>> path, said = fk.exchange.write_reddyproc(ds, tempfile.mkdtemp())
    >>> path.read_text().splitlines()[2]
    '2020\t153\t0.5\t2.5'
    """
    local, step = local_starts(ds)
    starts, place = every_record(local, step, "D")
    found: dict[str, Array] = {}
    for name, (sources, _) in COLUMNS.items():
        values = next((x for source in sources if (x := column(ds, source)) is not None), None)
        if values is not None:
            found[name] = spread(values, place, starts.size)
    if not found:
        raise ExchangeError("none of NEE, LE, H, SW_IN, TA, TS, RH, VPD and USTAR is there: nothing to write")
    day = starts.astype("datetime64[D]")
    year = day.astype("datetime64[Y]")
    of_year = (day - year.astype("datetime64[D]")).astype(np.int64) + 1
    hour = ((starts - day.astype("datetime64[s]")).astype(np.int64) + step) / 3600.0
    times = [np.datetime_as_string(year).tolist(), of_year.astype(str).tolist(), [f"{h:g}" for h in hour]]
    head = ["\t".join(["Year", "DoY", "Hour", *found])]
    head.append("\t".join(["-", "-", "-", *(COLUMNS[name][1] for name in found)]))
    path = location(folder) / f"{site_of(ds)}_reddyproc.txt"
    write_text(path, "\n".join([*head, *rows(times, list(found.values()), "\t")]) + "\n")
    absent = [name for name in WANTED if name not in found]
    said = [f"{', '.join(absent)}: not there; REddyProc cannot do without"] if absent else []
    if ds.attrs.get("ustar_filter"):
        said.append("NEE was filtered for low turbulence before: no u* threshold can be found of it")
    return path, said
