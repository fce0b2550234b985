"""What the checks of `fluxkit.examine` are asked of: the one place that gathers their inputs."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import ArchivePlan
from fluxkit.constants import SI
from fluxkit.errors import ConfigError, NoInputError, ReadError
from fluxkit.examine import clocks, heights, levels, sampling, signs
from fluxkit.examine.doubt import Doubt
from fluxkit.physics.air import pressure_at
from fluxkit.raw.samples import Samples
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.raw.tables.profile import open_profile
from fluxkit.schema.units import to_si
from fluxkit.schema.variables import entry
from fluxkit.site.models import Site
from fluxkit.site.sections.equipment import GasAnalyser
from fluxkit.tower.periods import Periods

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Variables of the vocabulary that have other units -> scale and shift.
_TO_SI = {name: to_si(entry(name).units) for name in ("TA", "T_SONIC", "PA", "CO2", "H2O")}
#: Of cells, what can stand still over days.
_CELL = ("p_cell", "t_cell", "t_cell_in", "t_cell_out")
#: Tasks, spread over the archive, in which it must not move.
_MOST_TASKS = 8


class Air(NamedTuple):
    """Mean state of the air as a station or a file has it."""

    T: float  #: [K]
    P: float  #: [Pa]


# ---- one file ----


def doubts_of_site(site: Site) -> Iterator[Doubt]:
    """Yield what a configuration alone tells."""
    station = site.station
    yield from heights.height_doubts(site.sonic.height, station.canopy_height, station.d, station.z0)


def doubts_of_file(samples: Samples, site: Site) -> list[Doubt]:
    """Return what the samples of one file tell."""
    mean = {name: _mean(x) for name, x in samples.data.items()}
    outside = _outside(mean, site)
    found = [*doubts_of_means(mean, outside, site, once=True), *_doubts_of_wind(samples, site)]
    fast = {name: x for name, x in samples.data.items() if name in _FAST or name in site.gases}
    return [*found, *sampling.still_channels(fast)]


_FAST = ("u", "v", "w", "t_sonic")


def doubts_of_means(mean: dict[str, float], air: Air, site: Site, *, once: bool) -> Iterator[Doubt]:
    """Yield what the means of variables tell. mean: variable of ``columns`` -> mean [SI]."""
    given = {name: _level(name, x, site) for name, x in mean.items() if name in site.columns}
    temperatures = [given[name] for name in ("t_sonic", "t_air") if name in given]
    yield from levels.temperature_doubts(temperatures)
    if "t_air" in given and "t_sonic" in given:
        yield from levels.sonic_doubts(given["t_sonic"].value, given["t_air"])
    if "p_air" in given:
        yield from levels.pressure_doubts(given["p_air"], site.station.altitude)
    gases: dict[levels.Gas, levels.Level] = {
        gas: given[gas] for gas in ("co2", "h2o") if gas in given and np.isfinite(given[gas].value)
    }
    mass = {gas: site.gas_facts(gas).molar_mass or np.nan for gas in gases}
    volume = {gas: _volume(gas, mean, air, site) for gas in gases}
    yield from levels.gas_doubts(gases, mass, volume, air.T, air.P, once=once)


def _doubts_of_wind(samples: Samples, site: Site) -> Iterator[Doubt]:
    """Yield what the wind of one file tells, where its columns are u, v and w."""
    if site.sonic.wind_format != "uvw" or not {"u", "v", "w"} <= samples.data.keys():
        return
    u, v, w = (samples.data[name] for name in "uvw")
    wind = np.stack([u, v, w])
    wind = wind[:, np.isfinite(wind).all(axis=0)]
    if wind.shape[1] < 1000:
        return
    mean = wind.mean(axis=1)
    speed = float(np.hypot(*mean[:2]))
    yield from levels.wind_speed_doubts(speed, site.columns["u"].unit)
    pitch = np.degrees(np.arctan2(mean[2], speed))
    found = list(signs.axes_doubts(np.array([pitch]), wind.var(axis=1)[None]))
    yield from found or signs.stress_once(u, v, w)


def _outside(mean: dict[str, float], site: Site) -> Air:
    """Return the state of the air of a file; what is not plausible is taken from elsewhere."""
    temperatures = [mean[name] for name in ("t_air", "t_sonic") if name in mean]
    T = next((x for x in temperatures if levels.TEMPERATURE[0] < x < levels.TEMPERATURE[1]), 288.15)
    expected = pressure_at(site.station.altitude)
    P = mean.get("p_air", expected)
    return Air(T, P if abs(P / expected - 1.0) < levels.PRESSURE else expected)


def _volume(gas: str, mean: dict[str, float], air: Air, site: Site) -> float:
    """Return the volume of a mole of air where a gas is measured. [m3 mol-1]"""
    if site.has_cell(gas):
        ends = [mean[name] for name in _CELL[2:] if name in mean]
        T = mean.get("t_cell", float(np.mean(ends)) if ends else air.T)
        P = mean.get("p_cell", air.P)
        if levels.TEMPERATURE[0] < T < levels.TEMPERATURE[1] + 30.0 and 1e3 < P < 1.2e5:
            return SI.R * T / P
    return SI.R * air.T / air.P


def _level(name: str, value: float, site: Site) -> levels.Level:
    return levels.Level(f"columns.{name}", value, site.columns[name].unit)


def doubts_of_sampling(path: Path, site: Site, plan: ArchivePlan, records: int = 0) -> list[Doubt]:
    """Return what the stamps and the number of records of a file, and the begins of all files, tell."""
    from fluxkit.raw.inspection import inspect

    raw = site.raw
    starts = {source.start for day in plan.days if day.site is site for source in day.sources}
    by_files = list(sampling.rate_doubts(records, raw.rate, np.array(sorted(starts), "M8[ns]")))
    try:
        found = inspect(path, raw.format)
    except ReadError:  # its format does not describe itself, or it is no file to read
        return by_files
    if raw.file_time != "records" or found.rate is None:
        return by_files
    told = list(sampling.spacing_doubts(1.0 / found.rate, raw.rate)) or by_files
    if not told and found.first is not None and found.last is not None:
        minutes = site.condense.period
        told += sampling.stamp_doubts(found.first, found.last, raw.rate, minutes, raw.sample_time_is)
    return told


def suspected(suspicions: Iterable[str], doubts: Iterable[Doubt]) -> list[Doubt]:
    """Return what the conditioned samples tell of columns of which no doubt speaks yet."""
    named = {key for doubt in doubts for key in re.findall(r"columns\.\w+", doubt.sentence.split(": ")[0])}
    return [Doubt("lost", each) for each in suspicions if each.split(" ")[0].rstrip(":") not in named]


# ---- tables beside the raw files ----


class Beside(NamedTuple):
    """Tables that decisions use beside the moments."""

    biomet: xr.Dataset | None
    doubts: tuple[Doubt, ...]


def tables_beside(site: Site, base: Path) -> Beside:
    """Read [biomet], and [profile] where decisions use it.

    Raises
    ------
    NoInputError, ReadError, ConfigError
        One of them is missing or cannot be read.
    """
    biomet = open_biomet(site, base)
    if "profile" in {site.decide.storage, *site.schemes.get("storage", [])}:
        open_profile(site, base)
    return Beside(biomet, tuple(() if biomet is None else doubts_of_biomet(biomet, site)))


def doubts_before(job: Job, plan: ArchivePlan) -> list[Doubt]:
    """Return what the configuration and the tables tell, also that one of them cannot be read."""
    from fluxkit.tower.biomet import elsewhere_words

    site, grid = job.site, Periods.of(job.site)
    found = [
        doubt
        for each in {id(day.site): day.site for day in plan.days}.values()
        for doubt in doubts_of_site(each)
    ]
    rates = sorted({day.site.raw.rate for day in plan.days})
    if site.raw.rate not in rates and not site.changes:
        found += sampling.spacing_doubts(1.0 / rates[0], site.raw.rate)
    for source in site.sources:
        if not any(beside.id == source.id and beside.sources for day in plan.days for beside in day.beside):
            words = "none of its files is of the time of the raw files: check its files and clock"
            found.append(Doubt("tables", f"sources.{source.id}: {words}"))
    try:
        tables = tables_beside(site, job.base)
    except (NoInputError, ReadError, ConfigError) as error:
        return [*found, Doubt("tables", f"{error}; `run` would end here")]
    found += tables.doubts
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
    found = [*doubts_of_site(site), *beside.doubts]
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
            mean[gas] = _median(x[gas.upper()]) / (1.0 if fraction else _volume(gas, {}, air, site))
    return mean


def _doubts_of_cells(group: Group, out: Path) -> Iterator[Doubt]:
    """Yield the cells' temperatures and pressures that do not move."""
    left = [name for name in _CELL if name in group.site.columns]
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


def _mean(x: Array) -> float:
    good = x[np.isfinite(x)]
    return float(good.mean()) if good.size else np.nan


def _median(x: Array) -> float:
    good = x[np.isfinite(x)]
    return float(np.median(good)) if good.size else np.nan
