"""What the checks of `fluxkit.examine` are asked of an archive and of the tables beside it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.context import profile_of
from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.file_doubts import CELL, Air, doubts_of_means, doubts_of_site, volume_of
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import ArchivePlan
from fluxkit.errors import ConfigError, NoInputError, ReadError
from fluxkit.examine import clocks, heights, levels, sampling, signs
from fluxkit.examine.doubt import Doubt
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.schema.units import to_si
from fluxkit.schema.variables import entry
from fluxkit.site.models import Site
from fluxkit.site.sections.equipment import GasAnalyser
from fluxkit.tower.biomet import elsewhere_words
from fluxkit.tower.periods import Periods

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Variables of the vocabulary that have other units -> scale and shift.
_TO_SI = {name: to_si(entry(name).units) for name in ("TA", "T_SONIC", "PA", "CO2", "H2O")}
#: Tasks, spread over the archive, in which a cell's state must not move to be called stuck.
_MOST_TASKS = 8


class Beside(NamedTuple):
    """Tables that decisions use beside the moments."""

    biomet: xr.Dataset | None
    profile: xr.Dataset | None
    doubts: tuple[Doubt, ...]


def tables_beside(job: Job) -> Beside:
    """Read [biomet], and [profile] where decisions use it.

    Raises
    ------
    NoInputError, ReadError, ConfigError
        One of them is missing or cannot be read.
    """
    biomet, profile = open_biomet(job.site, job.base), profile_of(job)
    return Beside(biomet, profile, tuple(() if biomet is None else doubts_of_biomet(biomet, job.site)))


def doubts_of_tables(job: Job, plan: ArchivePlan) -> list[Doubt]:
    """Return what the tables tell before a run: also that one cannot be read, or is of another time."""
    site, grid = job.site, Periods.of(job.site)
    try:
        tables = tables_beside(job)
    except (NoInputError, ReadError, ConfigError) as error:
        return [Doubt("tables", f"{error}; `run` would end here")]
    found = list(tables.doubts)
    if tables.biomet is not None:
        starts = np.array([grid.start(number) for day in plan.days for number in day.periods], "M8[ns]")
        interval, seconds = float(tables.biomet.attrs["interval_s"]), site.condense.seconds
        words = elsewhere_words(tables.biomet["time"].values, starts, interval=interval, seconds=seconds)
        found += [Doubt("tables", words)] if words else []
    return found


def doubts_of_biomet(biomet: xr.Dataset, site: Site) -> Iterator[Doubt]:
    """Yield what the slow measurements tell of their units, and of their clock by the sun."""
    given = {
        str(name): levels.Level(
            f"biomet.columns.{name}", _median(x.values), site.biomet.columns[str(name)].unit
        )
        for name, x in biomet.data_vars.items()
    }
    if "t_air" in given:
        yield from levels.temperature_doubts([given["t_air"]])
    if "p_air" in given:
        yield from levels.pressure_doubts(given["p_air"], site.station.altitude)
    if "rh" in given:
        yield from levels.humidity_doubts(given["rh"])
    station, time = site.station, biomet["time"].values
    for name in ("sw_in", "ppfd_in"):
        if name not in given:
            continue
        largest = given[name]._replace(value=float(np.nanmax(biomet[name].values, initial=-np.inf)))
        yield from levels.radiation_doubts(largest, photons=name == "ppfd_in")
    for name in ("sw_in", "ppfd_in"):
        if name in given:
            lag = clocks.sun_lag(time, biomet[name].values, station.latitude, station.longitude)
            yield from clocks.sun_doubts("biomet", lag)
            break


# ---- an archive ----


def doubts_of_archive(
    fluxes: xr.Dataset, site: Site, groups: Iterable[Group], out: Path, beside: Beside
) -> list[Doubt]:
    """Return what the results of an archive, and the tables beside it, tell.

    Parameters
    ----------
    fluxes : xarray.Dataset
        What was decided.
    site : Site
        The configuration of the station.
    groups : iterable of Group
        Tasks, whose moments tell of the cells.
    out : pathlib.Path
        Results folder.
    beside : Beside
        Tables beside the raw files.
    """
    groups = list(groups)
    found = [doubt for group in groups for doubt in doubts_of_site(group.site)] + list(beside.doubts)
    x = _Columns(fluxes)
    air = Air(_median(x["TA"]), _median(x["PA"]))
    if np.isfinite(air).all():
        found += doubts_of_means(_medians(x, air, site), air, site, once=False)
    if site.sonic.wind_format == "uvw":
        variance = np.stack([x[f"{name}_SIGMA"] ** 2 for name in "UVW"], axis=1)
        found += signs.axes_doubts(x["ROT_PITCH"], variance)
    found += signs.sign_doubts(x["WS"], x["U_W_COV"], x["H"], x["SW_IN_POT"])
    starts: Times = fluxes["time"].values
    middle = starts + np.timedelta64(round(site.condense.seconds * 5e8), "ns")
    if beside.biomet is not None and "t_air" in beside.biomet:
        slow = beside.biomet["t_air"]
        margin = np.timedelta64(2, "D")
        near = (slow["time"].values > middle[0] - margin) & (slow["time"].values < middle[-1] + margin)
        lag = clocks.series_lag(slow["time"].values[near], slow.values[near], middle, x["T_SONIC"])
        found += clocks.temperature_doubts("biomet", lag)
    for group in groups:
        found += _doubts_of_cells(group, out)
    found += _doubts_of_separations(str(fluxes.attrs.get("lags_at_edge", "")), site)
    return list(dict.fromkeys(found))


class _Columns:
    """Variables of the fluxes as arrays in SI; what is not there is missing."""

    def __init__(self, fluxes: xr.Dataset) -> None:
        self._fluxes = fluxes

    def __getitem__(self, name: str) -> Array:
        if name not in self._fluxes:
            return np.full(self._fluxes.sizes["time"], np.nan)
        scale, shift = _TO_SI.get(name, (1.0, 0.0))
        return scale * np.asarray(self._fluxes[name].values, np.float64) + shift


def _medians(x: _Columns, air: Air, site: Site) -> dict[str, float]:
    """Return the medians of what an archive has measured, by the names of its columns. [SI]"""
    mean = {"t_sonic": _median(x["T_SONIC"])}
    mean |= {name: value for name, value in (("t_air", air.T), ("p_air", air.P)) if name in site.columns}
    for gas in ("co2", "h2o"):
        if gas in site.columns:
            fraction = site.columns[gas].quantity in ("mole_fraction", "mixing_ratio")
            mean[gas] = _median(x[gas.upper()]) / (1.0 if fraction else volume_of(gas, {}, air, site))
    return mean


def _doubts_of_cells(group: Group, out: Path) -> Iterator[Doubt]:
    """Yield the cells' temperatures and pressures that do not move."""
    left = [name for name in CELL if name in group.site.columns]
    tasks = list(group.sites)
    if not left or len(tasks) < 2:
        return
    some = dict.fromkeys([*tasks[:: -(-len(tasks) // _MOST_TASKS)], tasks[-1]])
    means: dict[str, list[Array]] = {name: [] for name in left}
    times: list[Times] = []
    for part in group.parts(out, ("mean",), list(some)):
        times.append(part["time"].values)
        place = {str(name): k for k, name in enumerate(part["variable"].values)}
        for name in left:
            means[name].append(part["mean"].values[:, place[name]])
        left = [name for name in left if not sampling.moves(np.concatenate(means[name]))]
        if not left:  # of a cell that is well, the first day shows that
            return
    time = np.concatenate(times)
    hours = (time - time[0]) / np.timedelta64(3600, "s")
    for name in left:
        yield from sampling.still_means(f"columns.{name}", np.concatenate(means[name]), hours)


def _doubts_of_separations(told: str, site: Site) -> Iterator[Doubt]:
    used = {site.columns[gas].instrument for gas in site.gases}
    open_path = [
        each
        for each in site.instruments
        if isinstance(each, GasAnalyser) and each.id in used and not each.closed
    ]
    yield from heights.separation_doubts(
        told,
        [each.id for each in open_path],
        [
            (each.northward_separation, each.eastward_separation, each.vertical_separation)
            for each in open_path
        ],
    )


def _median(x: Array) -> float:
    good = x[np.isfinite(x)]
    return float(np.median(good)) if good.size else np.nan
