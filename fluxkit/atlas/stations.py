"""Half hours of stations from results of runs, products and tables; years of one site are joined."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.ecosystem.reading.reading import read
from fluxkit.ecosystem.reading.results import fluxes_file, is_results
from fluxkit.errors import NoInputError, ReadError
from fluxkit.export.netcdf import read_fluxes
from fluxkit.export.netcdf_files import open_netcdf
from fluxkit.locations import location

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: What is shown where it is there and nothing else is asked for, in this order.
SHOWN = ("NEE", "GPP", "RECO", "LE", "H", "FCH4", "FN2O", "USTAR", "TA", "VPD", "SW_IN", "NETRAD", "PPFD_IN",
         "RH", "PA", "P", "TS", "SWC", "G")  # fmt: skip
#: So many of them at most.
MOST = 8
#: What `fluxkit ecosystem` has filled and parted, by the name that it is shown under.
FILLED = {"NEE_F": "NEE", "GPP_NT": "GPP", "RECO_NT": "RECO", "LE_F": "LE", "H_F": "H", "TA_F": "TA",
          "VPD_F": "VPD", "SW_IN_F": "SW_IN"}  # fmt: skip
#: Unit of what is not among the quantities of a table; sums are shown as rates of a day.
UNITS = {"GPP": "umol m-2 s-1", "RECO": "umol m-2 s-1", "P": "mm d-1"}


@dataclass
class Station:
    """The half hours of one site on its own clock."""

    site: str
    start: np.datetime64  #: of the first record, local standard time
    step_s: float
    values: dict[str, Array]  #: variable -> over the records
    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def times(self) -> Times:
        """Start of each record, local standard time."""
        count = len(next(iter(self.values.values())))
        return np.asarray(self.start + np.arange(count) * np.timedelta64(round(self.step_s), "s"))


def unit_of(name: str) -> str:
    """Return the unit of a variable."""
    return UNITS.get(name) or (QUANTITIES[name].unit if name in QUANTITIES else "")


def read_stations(sources: Sequence[str | Path], wanted: Sequence[str] = ()) -> list[Station]:
    """Read all sources; those of one site are joined, the later one holding where two have a record.

    Parameters
    ----------
    sources : sequence of path
        Results folders, their netCDF, ``<SITE>_ecosystem.nc``, products and any table that
        `fluxkit.ecosystem.read` takes.
    wanted : sequence of str
        Variables; by default those of ``SHOWN`` that are there.

    Returns
    -------
    list of Station
        In order of their first source.

    Raises
    ------
    ReadError
        A source cannot be read.
    NoInputError
        None has any of the variables.
    """
    found: dict[str, Station] = {}
    for source in sources:
        one = _read_one(location(source), wanted)
        known = found.get(one.site)
        found[one.site] = one if known is None else _joined(known, one)
    stations = [station for station in found.values() if station.values]
    if not stations:
        names = ", ".join(wanted or SHOWN)
        raise NoInputError(f"none of {', '.join(map(str, sources))} has any of {names}")
    return stations


def _read_one(path: Path, wanted: Sequence[str]) -> Station:
    ds = read(path)
    offset = np.timedelta64(round(float(ds.attrs["utc_offset_h"]) * 3600), "s")
    start = ds["time"].values[0].astype("datetime64[s]") + offset
    step = float((ds["time"].values[1] - ds["time"].values[0]) / np.timedelta64(1, "s"))
    notes = [line for line in str(ds.attrs.get("notes", "")).split("\n") if line]
    values = {name: ds[name].values for name in map(str, ds) if ds[name].dims == ("time",)}
    filled = _filled(path, ds)
    values |= filled
    if filled:
        notes.append(f"gaps are filled in {', '.join(filled)}")
    names = [name for name in (wanted or SHOWN) if name in values and np.isfinite(values[name]).any()]
    names = names if wanted else names[:MOST]
    angles = [name for name in names if _how(name) == "angle"]
    notes += [f"{name} is an angle, which has no mean of a month: left out" for name in angles]
    per_day = 86400.0 / step
    kept = {
        name: np.asarray(values[name], np.float64) * (per_day if _how(name) == "sum" else 1.0)
        for name in names
        if name not in angles
    }
    site = str(ds.attrs.get("site") or "") or path.name.partition(".")[0]
    return Station(site, start, step, kept, [str(path)], notes)


def _how(name: str) -> str:
    return QUANTITIES[name].how if name in QUANTITIES else "mean"


def _filled(path: Path, ds: xr.Dataset) -> dict[str, Array]:
    """Return what an ecosystem's netCDF has beside what was measured."""
    if not is_results(path):
        return {}
    file = fluxes_file(path)
    with open_netcdf(file) as stored:
        names = [name for name in FILLED if name in stored.variables]
    if not names:
        return {}
    there = read_fluxes(file)[names].reindex(time=ds["time"].values)
    return {FILLED[name]: there[name].values for name in names if there[name].dims == ("time",)}


def _joined(one: Station, other: Station) -> Station:
    """Join two stretches of a site."""
    if one.step_s != other.step_s:
        raise ReadError(
            other.sources[0], f"records of {other.step_s:g} s, those of {one.sources[0]} of {one.step_s:g} s"
        )
    step = np.timedelta64(round(one.step_s), "s")
    begin = min(one.start, other.start)
    end = max(one.times[-1], other.times[-1])
    count = int((end - begin) / step) + 1
    values, twice = {}, 0
    for name in _in_order([*one.values, *other.values]):
        whole = np.full(count, np.nan)
        for part in (one, other):
            if name not in part.values:
                continue
            at = int((part.start - begin) / step)
            here = whole[at : at + part.values[name].size]
            new = np.isfinite(part.values[name])
            twice = max(twice, int((np.isfinite(here) & new).sum()))
            here[new] = part.values[name][new]
        values[name] = whole
    notes = [*one.notes, *other.notes]
    if twice:
        notes.append(
            f"{twice} records are in {one.sources[-1]} and in {other.sources[0]}: those of the latter hold"
        )
    return Station(
        one.site, begin, one.step_s, values, [*one.sources, *other.sources], list(dict.fromkeys(notes))
    )


def _in_order(names: Iterable[str]) -> list[str]:
    """Return names once each, as they are shown."""
    found = dict.fromkeys(names)
    order = [name for name in SHOWN if name in found]
    return [*order, *(name for name in found if name not in order)]
