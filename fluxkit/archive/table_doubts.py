"""What the checks of `fluxkit.examine` are asked of the tables beside the raw files."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.context import profile_of
from fluxkit.archive.file_doubts import Air, doubts_of_sources, means_of, outside, volume_of
from fluxkit.archive.flux_columns import FluxColumns, median
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import ArchivePlan
from fluxkit.errors import ConfigError, NoInputError, ReadError
from fluxkit.examine import clocks, directions, levels, vapour
from fluxkit.examine.doubt import Doubt
from fluxkit.physics.air import saturation_vapour_pressure
from fluxkit.physics.solar import potential_radiation
from fluxkit.raw.samples import Samples
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.site.models import Site
from fluxkit.tower.biomet import elsewhere_words, period_means
from fluxkit.tower.periods import Periods

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Share of the periods with slow measurements below which a table is told to be short.
COVERED = 0.5
#: Checks that are told before anything is condensed.
BEFORE = ("tables",)
#: Where [biomet] has humidity and temperature.
HYGROMETER = "biomet.columns.rh"


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


def doubts_of_tables(job: Job) -> tuple[Beside | None, list[Doubt]]:
    """Return the tables and what they tell by themselves: also that one cannot be read."""
    try:
        tables = tables_beside(job)
    except (NoInputError, ReadError, ConfigError) as error:
        return None, [Doubt("tables", f"{error}; `run` would end here")]
    return tables, list(tables.doubts)


def doubts_of_plan(site: Site, plan: ArchivePlan, beside: Beside | None) -> list[Doubt]:
    """Return what tables and further sources tell of their times before anything is condensed."""
    grid = Periods.of(site)
    starts = np.array([grid.start(number) for day in plan.days for number in day.periods], "M8[ns]")
    found = [] if beside is None else list(doubts_of_times(beside, site, starts))
    return [*found, *doubts_of_sources(site, plan)]


def doubts_of_times(tables: Beside, site: Site, starts: Times) -> Iterator[Doubt]:
    """Yield that tables are of another time than the periods that begin at ``starts``, or of part of them."""
    seconds = site.condense.seconds
    for name, table in (("biomet", tables.biomet), ("profile", tables.profile)):
        if table is None or not starts.size or not table.sizes["time"]:
            continue
        time = table["time"].values.astype("M8[ns]")
        interval = float(table.attrs.get("interval_s", seconds))
        words = elsewhere_words(time, starts, interval=interval, seconds=seconds, table=name)
        if words:
            yield Doubt("tables", words)
            continue
        there = {"there": np.ones(time.size)}
        found = period_means(time, there, starts, interval=interval, seconds=seconds)["there"]
        covered = float(np.isfinite(found).mean())
        if covered < COVERED:
            yield Doubt(
                "tables",
                f"{name}: its records are in {100 * covered:.0f} % of the {starts.size} periods only "
                f"({_span(time)}): check {name}.files, whether some are missing",
            )


def _span(time: Times) -> str:
    return " to ".join(str(t.astype("datetime64[m]")) for t in (time[0], time[-1])) + " UTC"


def doubts_of_biomet(biomet: xr.Dataset, site: Site) -> Iterator[Doubt]:
    """Yield what the slow measurements tell of their units, and of their clock by the sun."""
    given = {str(name): _level(str(name), median(x.values), site) for name, x in biomet.data_vars.items()}
    if "t_air" in given:
        yield from levels.temperature_doubts([given["t_air"]])
    if "p_air" in given:
        yield from levels.pressure_doubts(given["p_air"], site.station.altitude)
    if "rh" in given:
        yield from levels.humidity_doubts(given["rh"])
    time = biomet["time"].values
    for name in ("sw_in", "ppfd_in"):
        if name not in given:
            continue
        largest = given[name]._replace(value=float(np.nanmax(biomet[name].values, initial=-np.inf)))
        yield from levels.radiation_doubts(largest, photons=name == "ppfd_in")
    for name in ("sw_in", "ppfd_in"):
        if name in given:
            yield from _doubts_of_sunlight(name, time, biomet[name].values, site)
            break


def _doubts_of_sunlight(name: str, time: Times, x: Array, site: Site) -> Iterator[Doubt]:
    """Yield what radiation tells of its clock, and, if that is right, of its column and gain."""
    place = site.station.latitude, site.station.longitude
    course = clocks.sun_course(time, x, *place)
    found = list(clocks.course_doubts("biomet", course, "the sun", clocks.SPREAD_OF_SUN))
    found = found or list(clocks.sun_doubts("biomet", clocks.sun_lag(time, x, *place)))
    yield from found
    if not found and time.size:
        light = x / levels.PHOTONS_OF_SUN if name == "ppfd_in" else x
        days = int(np.unique(time.astype("datetime64[D]")).size)
        sun = potential_radiation(time, *place)
        yield from levels.sunlight_doubts(f"biomet.columns.{name}", light, sun, days)


def doubts_of_file_beside(samples: Samples, site: Site, biomet: xr.Dataset) -> Iterator[Doubt]:
    """Yield what the slow measurements at the time of one file tell of its means."""
    seconds = samples.size / site.raw.rate
    starts = np.array([samples.start], "M8[ns]")
    slow = slow_means(biomet, starts, seconds)
    mean = means_of(samples, site)
    fast = {name: np.array([mean.get(name, np.nan)]) for name in ("t_sonic", "h2o")}
    air = outside(mean, site)
    yield from _temperatures(fast["t_sonic"], slow, site)
    if "h2o" in site.columns and np.isfinite(fast["h2o"]).all():
        own = fast["h2o"]
        if site.columns["h2o"].quantity not in ("mole_fraction", "mixing_ratio"):
            own = own * volume_of("h2o", mean, air, site)
        told = list(_vapour(own, slow, air, site))
        # One half hour of a clock that is off makes a fifth: only what another unit explains is told of it.
        yield from (doubt for doubt in told if "would fit the unit" in doubt.sentence)


def doubts_beside(x: FluxColumns, starts: Times, air: Air, site: Site, biomet: xr.Dataset) -> Iterator[Doubt]:
    """Yield what the slow measurements tell of the results of an archive, and these of them.

    Parameters
    ----------
    x : FluxColumns
        Results in SI.
    starts : array of datetime64, shape (n,)
        Begins of the periods.
    air : Air
        Usual state of the air.
    site : Site
    biomet : xarray.Dataset
        Of `open_biomet`.
    """
    seconds = site.condense.seconds
    middle = starts + np.timedelta64(round(seconds * 5e8), "ns")
    slow = slow_means(biomet, starts, seconds)
    margin = np.timedelta64(2, "D")
    time = biomet["time"].values
    near = (time > middle[0] - margin) & (time < middle[-1] + margin)
    fast_vapour = x["H2O"]
    compared = False
    if "t_air" in biomet:
        pair = time[near], biomet["t_air"].values[near], middle, x["T_SONIC"]
        course = clocks.series_course(*pair)
        lag = clocks.series_lag(*pair)
        compared = lag is not None
        changes = list(
            clocks.course_doubts("biomet", course, "the sonic's temperature", clocks.SPREAD_OF_TEMPERATURE)
        )
        yield from changes or clocks.temperature_doubts("biomet", lag)
    hygrometer = _vapour_of({str(name): biomet[name].values[near] for name in biomet.data_vars}, air)
    if hygrometer is not None and not compared:
        lag = clocks.series_lag(time[near], hygrometer, middle, fast_vapour)
        yield from clocks.vapour_lag_doubts("biomet", lag)
    yield from _temperatures(x["T_SONIC"], slow, site)
    if "h2o" in site.columns:
        yield from _vapour(fast_vapour, slow, air, site)
        sensor = _vapour_of(slow, air)
        if sensor is not None:
            yield from vapour.vapour_drift(
                starts, fast_vapour, sensor, key="columns.h2o", sensor_key=HYGROMETER
            )
    if "wind_speed" in slow:
        yield from directions.speed_doubts(x["WS"], slow["wind_speed"])
    if "wind_direction" in slow:
        vane = slow["wind_direction"]
        found = list(directions.direction_doubts(x["WD"], x["WS"], vane))
        if not any(doubt.check == "left_handed" for doubt in found):  # which differs with the wind
            found = list(directions.turn_doubts(starts, x["WD"], x["WS"], vane)) or found
        yield from found


def slow_means(biomet: xr.Dataset, starts: Times, seconds: float) -> dict[str, Array]:
    """Return slow measurements over periods, those of the configuration that are there. [SI]"""
    time = biomet["time"].values.astype("M8[ns]")
    values = {str(name): x.values for name, x in biomet.data_vars.items()}
    return period_means(time, values, starts, interval=float(biomet.attrs["interval_s"]), seconds=seconds)


def _temperatures(sonic: Array, slow: Mapping[str, Array], site: Site) -> Iterator[Doubt]:
    """Yield a slow air temperature that is far from the sonic's."""
    if "t_air" not in slow:
        return
    both = np.isfinite(sonic) & np.isfinite(slow["t_air"])
    if both.any():
        air = _level("t_air", float(np.median(slow["t_air"][both])), site)
        yield from levels.sonic_doubts(float(np.median(sonic[both])), air)


def _vapour(own: Array, slow: Mapping[str, Array], air: Air, site: Site) -> Iterator[Doubt]:
    """Yield an analyser's vapour that is not that of the hygrometer."""
    sensor = _vapour_of(slow, air)
    if sensor is None:
        return
    column, volume = site.columns["h2o"], volume_of("h2o", {}, air, site)
    fraction = column.quantity in ("mole_fraction", "mixing_ratio")
    good = own[np.isfinite(own)]
    value = float(np.median(good)) / (1.0 if fraction else volume) if good.size else np.nan
    level = levels.Level("columns.h2o", value, column.unit)
    mass = site.gas_facts("h2o").molar_mass or np.nan
    yield from vapour.vapour_doubts(level, own, sensor, molar_mass=mass, volume=volume, sensor_key=HYGROMETER)


def _vapour_of(slow: Mapping[str, Array], air: Air) -> Array | None:
    """Return the mole fraction of vapour by a hygrometer, None without one. [mol mol-1]"""
    if not {"rh", "t_air"} <= slow.keys():
        return None
    P = slow["p_air"] if "p_air" in slow else np.full(slow["rh"].shape, air.P)
    P = np.where(np.isfinite(P) & (np.abs(P / air.P - 1.0) < levels.PRESSURE), P, air.P)
    T = np.where((slow["t_air"] > 200.0) & (slow["t_air"] < 350.0), slow["t_air"], np.nan)
    rh = np.where((slow["rh"] > 0.0) & (slow["rh"] < 1.3), slow["rh"], np.nan)
    return np.asarray(rh * saturation_vapour_pressure(T) / P)


def _level(name: str, value: float, site: Site) -> levels.Level:
    return levels.Level(f"biomet.columns.{name}", value, site.biomet.columns[name].unit)
