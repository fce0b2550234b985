"""The full table of half hours as CSV, with FLUXNET's names; what networks take is in `submissions`.

Local standard time, both ends of each period, a complete regular record, -9999 for missing.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.export.atomic import write_text
from fluxkit.locations import location
from fluxkit.schema import variables
from fluxkit.site.models import Site

MISSING = -9999
REMOVED = 2  #: of <FLUX>_QC
#: Seven digits hold what single precision holds and are the same text on every machine.
FLOAT_FORMAT = "%.7g"
#: Rows that become Python's numbers at once: a year of them would take as much memory as deciding it.
BLOCK = 1000
RESOLUTIONS = {30.0: "HH", 60.0: "HR"}

#: Gap from which on a CSV of its own begins.
LONGEST_GAP = np.timedelta64(366, "D")
_ANY_STAMP = "[0-9]" * 12

Times = npt.NDArray[np.datetime64]


def write_csvs(fluxes: xr.Dataset, folder: Path | str, site: Site) -> dict[str, Path]:
    """Write a CSV of each stretch without a gap of more than a year, and remove those of other spans.

    A complete record over decades without data would be nothing but -9999.

    Returns
    -------
    dict
        "csv", "csv_2", ... in order of time.
    """
    times = np.sort(fluxes["time"].to_numpy())
    begins = times[np.flatnonzero(np.diff(times) > LONGEST_GAP) + 1]
    number = np.searchsorted(begins, fluxes["time"].to_numpy(), side="right")
    parts = [fluxes.isel(time=number == k) for k in range(begins.size + 1)] if begins.size else [fluxes]
    paths = [write_csv(part, folder, site) for part in parts]
    for old in location(folder).glob(f"{site.station.id}_*_{_ANY_STAMP}_{_ANY_STAMP}.csv"):
        if old not in paths:
            old.unlink()
    return {"csv" if k == 1 else f"csv_{k}": path for k, path in enumerate(paths, start=1)}


def write_csv(fluxes: xr.Dataset, folder: Path | str, site: Site) -> Path:
    """Write ``<SITE>_HH_<start>_<end>.csv``.

    Parameters
    ----------
    fluxes : xr.Dataset
        Dimension ``time`` (start of the period, UTC) and variables of the vocabulary in its units.
        Variables with further dimensions, or not of the vocabulary, are for the netCDF only.
    folder : Path or str
        Where to write.
    site : Site
        Gives the code, the offset of local standard time and the averaging period.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ValueError
        There is no period, or the times are not on a regular grid.
    """
    minutes = site.condense.period
    starts, slots = _regular(fluxes["time"].to_numpy(), minutes)
    offset = np.timedelta64(round(site.station.utc_offset_h * 3600), "s")
    begin = _stamps(starts + offset)
    end = _stamps(starts + offset + np.timedelta64(round(minutes * 60), "s"))
    held = fluxes.variables  # of a dataset, each would be given all coordinates: half of the time
    names = [
        name
        for name in variables.names(variables.further_gases(held))
        if name in held and variables.entry(name).fluxnet and held[name].dims == ("time",)
    ]
    table = np.full((starts.size, len(names)), float(MISSING))
    for k, name in enumerate(names):
        values = held[name].to_numpy().astype(np.float64)
        if site.output.apply_policy and f"{name}_QC" in held:
            values = np.where(held[f"{name}_QC"].to_numpy() == REMOVED, np.nan, values)
        table[slots, k] = np.where(np.isfinite(values), values, MISSING)
    table += 0.0  # no "-0"
    formats = [FLOAT_FORMAT if variables.entry(name).dtype == "float64" else "%d" for name in names]
    words = _words(fluxes, names, slots, starts.size) if site.output.flags_as_words else {}
    line = ",".join(["%s", "%s", *formats, *("%s" for _ in words)])
    lines = [",".join(["TIMESTAMP_START", "TIMESTAMP_END", *names, *words])]
    spelt = list(zip(*words.values(), strict=True)) or [()] * starts.size
    for k in range(0, starts.size, BLOCK):
        part = slice(k, k + BLOCK)
        lines += [
            line % (a, b, *row, *said)
            for a, b, row, said in zip(begin[part], end[part], table[part].tolist(), spelt[part], strict=True)
        ]
    resolution = RESOLUTIONS.get(minutes, f"{minutes:g}MIN")
    path = location(folder) / f"{site.station.id}_{resolution}_{begin[0]}_{end[-1]}.csv"
    write_text(path, "\n".join(lines) + "\n")
    return path


def _words(
    fluxes: xr.Dataset, names: list[str], slots: npt.NDArray[np.int64], size: int
) -> dict[str, list[str]]:
    """Return what reasons mean, as columns: ``too_few_records+lag_at_default``; empty where there is none."""
    found = {}
    for name in names:
        if name != "LOSS_FLAG" and not name.endswith("_QC_REASON"):
            continue
        known = variables.entry(name)
        pairs = list(zip(known.flag_meanings, known.flag_masks, strict=True))
        flags = fluxes[name].to_numpy().astype(np.int64)
        spelt = {
            flag: "+".join(meaning for meaning, bit in pairs if flag & bit)
            for flag in np.unique(flags).tolist()
        }
        column = [str(MISSING)] * size
        for slot, flag in zip(slots.tolist(), flags.tolist(), strict=True):
            column[slot] = spelt[flag]
        found[f"{name}_WORDS"] = column
    return found


def _regular(times: Times, minutes: float) -> tuple[Times, npt.NDArray[np.int64]]:
    """Return all period starts from the first to the last, and where the given ones are among them."""
    if times.size == 0:
        raise ValueError("CSV: no averaging period to write; the fluxes have an empty time dimension")
    seconds = times.astype("datetime64[s]").astype(np.int64)
    step = round(minutes * 60)
    slots, rest = np.divmod(seconds - seconds.min(), step)
    if rest.any():
        odd = times[np.flatnonzero(rest)[0]]
        raise ValueError(f"CSV: {odd} is not a whole number of {minutes:g} min periods after {times.min()}")
    if np.unique(slots).size != slots.size:
        raise ValueError("CSV: a period occurs twice; combine the fluxes by time first")
    starts = seconds.min() + step * np.arange(slots.max() + 1)
    return starts.astype("datetime64[s]"), slots


def _stamps(times: Times) -> list[str]:
    """Return YYYYMMDDHHMM."""
    text = np.datetime_as_string(times, unit="m")
    return [stamp.translate(_NO_MARKS) for stamp in text.tolist()]


_NO_MARKS = str.maketrans("", "", "-:T")
