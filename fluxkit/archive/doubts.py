"""What the checks of `fluxkit.examine` are asked of an archive."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.file_doubts import CELL, Air, doubts_of_means, doubts_of_site, one_each, volume_of
from fluxkit.archive.flux_columns import FluxColumns, median
from fluxkit.archive.table_doubts import Beside, doubts_beside, doubts_of_times
from fluxkit.examine import clocks, directions, heights, lags, levels, sampling, signals, signs, vapour
from fluxkit.examine.doubt import Doubt
from fluxkit.physics.air import saturation_vapour_pressure
from fluxkit.schema.gases import is_known_gas
from fluxkit.site.models import Site
from fluxkit.site.sections.equipment import GasAnalyser
from fluxkit.tower.lags.lag import LARGEST
from fluxkit.tower.rotations.planar_fit import Fitting, find_move

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Tasks, spread over the archive, in which a cell's state must not move to be called stuck.
_MOST_TASKS = 8
#: Attributes of the fluxes whose sentences are doubts of their own, told by the room that finds them.
TOLD = ("sonic_moved", "clock_drift", "lags_at_edge")
#: Methods of decide.lag that search one window in all air.
ONE_WINDOW = ("covariance-maximum-default", "covariance-maximum")


def doubts_of_archive(
    fluxes: xr.Dataset,
    site: Site,
    groups: Iterable[Group],
    out: Path,
    beside: Beside,
    suspicions: Sequence[str] = (),
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
    suspicions : sequence of str
        What the counts of samples tell, see `fluxkit.archive.suspicions`.
    """
    groups = list(groups)
    found = [doubt for group in groups for doubt in doubts_of_site(group.site)] + list(beside.doubts)
    x = FluxColumns(fluxes)
    starts: Times = fluxes["time"].values
    air = Air(median(x["TA"]), median(x["PA"]))
    if np.isfinite(air).all():
        found += doubts_of_means(_medians(x, air, site), air, site, once=False)
        found += _doubts_of_air(x, site)
    wind = list(_doubts_of_wind(x, starts, site))
    found += wind
    if not any(doubt.check == "heights" for doubt in found) and not wind:
        found += _doubts_of_profile(x, site)
    if not any(doubt.check in ("w_sign", "heat_by_night", "wind_swapped") for doubt in wind):
        # Else heat flux tells no time, and vapour goes with it.
        found += _doubts_of_clock(x, starts, site)
        found += signs.gas_sign_doubts(x["LE"], x["FC"], x["SW_IN_POT"])
    found += doubts_of_times(beside, site, starts)
    if beside.biomet is not None and np.isfinite(air).all():
        found += doubts_beside(x, starts, air, site, beside.biomet)
    found += _doubts_of_gases(x, starts, site)
    for group in groups:
        found += _doubts_of_cells(group, out)
    for name in TOLD:
        told = str(fluxes.attrs.get(name, ""))
        found += [Doubt(name, sentence) for sentence in told.split("; ") if sentence]
    found += _doubts_of_separations(str(fluxes.attrs.get("lags_at_edge", "")), site)
    return one_each([*found, *(Doubt("lost", sentence) for sentence in suspicions)])


def _medians(x: FluxColumns, air: Air, site: Site) -> dict[str, float]:
    """Return the medians of what an archive has measured, by the names of its columns. [SI]"""
    mean = {"t_sonic": median(x["T_SONIC"])}
    mean |= {name: value for name, value in (("t_air", air.T), ("p_air", air.P)) if name in site.columns}
    for gas in filter(is_known_gas, site.gases):
        fraction = site.columns[gas].quantity in ("mole_fraction", "mixing_ratio")
        mean[gas] = median(x[gas.upper()]) / (1.0 if fraction else volume_of(gas, {}, air, site))
    return mean


def _doubts_of_air(x: FluxColumns, site: Site) -> Iterator[Doubt]:
    """Yield states and motions of the air that are odd in part of the periods."""
    for key, what, odd in odd_air(x, site):
        yield from levels.odd_doubts(key, what, odd)


def odd_air(x: FluxColumns, site: Site) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    """Yield key, words and periods for each state and motion of the air that cannot be."""
    allowed = levels.pressures(site.station.altitude)
    pressure = "columns.p_air" if "p_air" in site.columns else "biomet.columns.p_air"
    words = f"a pressure outside {allowed[0] / 1e3:.3g} to {allowed[1] / 1e3:.3g} kPa"
    yield pressure, words, ~levels.within(x["PA"], allowed)
    temperature = "columns.t_air" if "t_air" in site.columns else "biomet.columns.t_air"
    apart = np.abs(x["T_SONIC"] - x["TA"] * (1.0 + 0.32 * np.nan_to_num(x["H2O"])))
    with np.errstate(invalid="ignore"):
        odd = ~levels.within(x["TA"], levels.TEMPERATURE) | (apart > 2.0 * levels.SONIC)
    yield temperature, f"a temperature that is {2 * levels.SONIC:g} K off the sonic's", odd
    with np.errstate(invalid="ignore", divide="ignore"):
        together = x["U_W_COV"] / (x["U_SIGMA"] * x["W_SIGMA"])
    wrong = signs.wrong_way(x["WS"], together, x["H"], x["SW_IN_POT"])
    yield "columns.w", "momentum upwards and heat against the sun (as of a w that points downwards)", wrong


def doubts_of_tilt(x: FluxColumns, starts: Times, site: Site) -> Iterator[Doubt]:
    """Yield that the sonic's tilt changes, where no planes are fitted that tell it."""
    if site.decide.rotation not in ("double", "triple"):
        return
    wind = _mean_wind(x)
    there = np.isfinite(wind).all(axis=1)
    if np.count_nonzero(there) < signs.PERIODS:
        return
    found = find_move(wind[there], starts[there], Fitting())
    if found is not None and found.tilt > signs.MOVED and found.F > signs.CERTAIN:
        yield Doubt(
            "sonic_moved",
            f"instruments.{site.sonic.id}: its tilt seems to change by {found.tilt:.1f} degrees on "
            f"{found.day}: "
            "if it was moved, name it in [[changes]] with the day, and measure north_offset anew",
        )


def _doubts_of_wind(x: FluxColumns, starts: Times, site: Site) -> Iterator[Doubt]:
    if site.sonic.wind_format == "uvw":
        variance = np.stack([x[f"{name}_SIGMA"] ** 2 for name in "UVW"], axis=1)
        found = list(signs.axes_doubts(x["ROT_PITCH"], variance))
        found = found or list(signs.scale_doubts(x["WS"], variance))
        found = found or list(doubts_of_tilt(x, starts, site))
        yield from found or signs.offset_doubts(_mean_wind(x))
    yield from signs.sign_doubts(x["WS"], x["U_W_COV"], x["H"], x["SW_IN_POT"])
    yield from directions.sector_doubts(x["WD"], x["WS"], x["W_SIGMA"])


def _doubts_of_profile(x: FluxColumns, site: Site) -> Iterator[Doubt]:
    station = site.station
    yield from heights.profile_doubts(
        x["USTAR"], x["WS"], x["MO_LENGTH"], site.sonic.height, station.d, station.z0
    )


def _mean_wind(x: FluxColumns) -> Array:
    """Return the mean wind in the sonic's frame, from the angles that take it off. (n, 3) [m s-1]"""
    yaw, pitch = np.radians(x["ROT_YAW"]), np.radians(x["ROT_PITCH"])
    speed = x["WS"]
    across = speed * np.cos(pitch)
    return np.stack([across * np.cos(yaw), across * np.sin(yaw), speed * np.sin(pitch)], axis=1)


def _doubts_of_clock(x: FluxColumns, starts: Times, site: Site) -> Iterator[Doubt]:
    middle = starts + np.timedelta64(round(site.condense.seconds * 5e8), "ns")
    lag = clocks.heat_lag(middle, x["H"], site.station.latitude, site.station.longitude)
    yield from clocks.heat_doubts(lag)


def _doubts_of_gases(x: FluxColumns, starts: Times, site: Site) -> Iterator[Doubt]:
    if "h2o" in site.columns:
        with np.errstate(invalid="ignore", divide="ignore"):
            saturated = saturation_vapour_pressure(x["TA"]) / x["PA"]
            share = np.where(saturated > levels.FROST, x["H2O"] / saturated, np.nan)
        yield from vapour.saturation_doubts(
            share, levels.Level("columns.h2o", np.nan, site.columns["h2o"].unit)
        )
        searched = site.decide.lag in ONE_WINDOW and site.columns["h2o"].lag_from is None
        if searched and site.has_cell("h2o"):
            own = np.where(x["H2O_TLAG_SOURCE"] == LARGEST, x["H2O_TLAG_ACTUAL"], np.nan)
            yield from lags.humid_lag_doubts(own, x["RH"], key="columns.h2o.lag")
    if "co2" in site.columns:
        yield from vapour.co2_drift(starts, x["CO2"], x["SW_IN_POT"] > signs.DAY, key="columns.co2")
    for gas in site.gases:
        name = f"signal_{gas}"
        strength = median(x[f"{gas.upper()}_SIGNAL_STRENGTH"])
        if name in site.columns and np.isfinite(strength):
            yield from signals.signal_doubts(f"columns.{name}", strength, site.analyser(gas).model)


def _doubts_of_cells(group: Group, out: Path) -> Iterator[Doubt]:
    """Yield the pressures and temperatures of cells, and pressures of air, that do not move."""
    left = [name for name in (*CELL, "p_air") if name in group.site.columns]
    tasks = list(group.sites)
    if not left:
        return
    some = dict.fromkeys([*tasks[:: -(-len(tasks) // _MOST_TASKS)], tasks[-1]])
    means: dict[str, list[Array]] = {name: [] for name in left}
    times: list[Times] = []
    for part in group.parts(out, ("mean",), list(some)):
        times.append(part["time"].values)
        place = {str(name): k for k, name in enumerate(part["variable"].values)}
        left = [name for name in left if name in place]  # ends of a cell are kept as its mean
        for name in left:
            means[name].append(part["mean"].values[:, place[name]])
        left = [name for name in left if not sampling.moves(np.concatenate(means[name]))]
        if not left:  # of a cell that is well, the first day shows that
            return
    time = np.concatenate(times)
    hours = (time - time[0]) / np.timedelta64(3600, "s")
    for name in left:
        yield from sampling.still_means(
            f"columns.{name}", np.concatenate(means[name]), hours, cell=name != "p_air"
        )


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
