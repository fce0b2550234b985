"""Closures and readings to fluxes: the only module of the room that sees a configuration."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber import decisions as review
from fluxkit.chamber import flags, flux_table
from fluxkit.chamber.campaign.models import Analyser, Campaign, Chamber, ClosureSource, Plots
from fluxkit.chamber.closures.closures import Closures, join_closures, overlapping
from fluxkit.chamber.closures.conditions import Conditions, conditions, first_readings, named
from fluxkit.chamber.closures.file_closures import closures_from_series
from fluxkit.chamber.closures.gas_readings import GasReadings, gases_of
from fluxkit.chamber.closures.geometry import doubts_of, enclosed_volume
from fluxkit.chamber.closures.records import AnalyserRecord, Readings, merge_series
from fluxkit.chamber.fits import windows
from fluxkit.chamber.fits.air_state_correction import as_at_closing
from fluxkit.chamber.fits.best_window import best_linear_windows
from fluxkit.chamber.fits.flux_term import flux_term
from fluxkit.chamber.fits.gas_fluxes import FluxMethod, fluxes_of, slopes_at_closing
from fluxkit.chamber.fits.uncertainty import RelativeErrors
from fluxkit.constants import SI

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

#: Columns beside closures that become volumes.
_GEOMETRY = ("height", "collar_height", "tubing_volume")


def fluxes(
    series: Sequence[Readings] | Mapping[str, Sequence[Readings]],
    closures: Closures | None = None,
    plots: Plots | None = None,
    *,
    decisions: Sequence[review.Decision] = (),
) -> xr.Dataset:
    """Compute fluxes from files that were read.

    Parameters
    ----------
    series : sequence of Series, or mapping
        Files of one analyser, or name -> files of several.
    closures : Closures, optional
        Default: those recorded in the files.
    plots : Plots, optional
        Windows, fits, geometry; the defaults if absent. Its analysers have the names of ``series``.
    decisions : sequence of Decision
        A reviewer's windows, models and verdicts.

    Returns
    -------
    xr.Dataset
        As `process` gives it.

    Raises
    ------
    ValueError
        There are no closures.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.raw.series import Series
    >>> s = np.arange(300)
    >>> time = np.datetime64("2026-07-01T10:00", "ns") + s.astype("m8[s]")
    >>> co2 = 400e-6 + 1e-7 * np.maximum(s - 60, 0) + np.random.default_rng(1).normal(0.0, 1e-7, s.size)
    >>> series = Series(time, {"co2": co2})
    >>> closures = fk.chamber.Closures.of(
    ...     time[60:61], time[240:241], id=["1"], area=0.09, volume=0.03, t_air=293.15, p_air=101325.0
    ... )
    >>> fluxes = fk.chamber.fluxes([series], closures)
    >>> round(float(fluxes["flux"].sel(gas="co2")[0]), 1), fluxes["flux"].attrs["units"]
    (1.4, 'umol m-2 s-1')
    """
    files = dict(series) if isinstance(series, Mapping) else {"analyser": series}
    records = [merge_series(name, mine) for name, mine in files.items()]
    if closures is None:
        closures = join_closures([closures_from_series(mine, name) for name, mine in files.items()])
    if not len(closures):
        raise ValueError("no closures: the files contain none; give closures")
    if plots is None:
        plots = Plots(
            campaign=Campaign(id="chambers", utc_offset_h=0.0),
            analysers=[Analyser(name=name, files="") for name in files],
            closures=ClosureSource(source="files"),
        )
    return process(with_geometry(closures, plots), records, plots, decisions=decisions)


def process(
    closures: Closures,
    records: Sequence[AnalyserRecord],
    plots: Plots,
    *,
    decisions: Sequence[review.Decision] = (),
    gas_constant: float = SI.R,
) -> xr.Dataset:
    """Make the fluxes of a campaign.

    Parameters
    ----------
    closures : Closures
        In any order; see `with_geometry` for what the configuration adds to them.
    records : sequence of Record
        One for each analyser.
    plots : Plots
        Configuration.
    decisions : sequence of Decision
        A reviewer's windows, models and verdicts.
    gas_constant : float
        [J mol-1 K-1]

    Returns
    -------
    xr.Dataset
        Over ``closure`` and ``gas``; see `fluxkit.chamber.flux_table.dataset`. ``attrs["windows"]`` tells
        what a search for windows found, ``attrs["air"]`` which temperatures, pressures and humidities are
        implausible, ``attrs["decisions_unused"]`` what decisions found no closure.
    """
    gases = [gas for gas in gases_of(records, plots.gas) if _wanted(gas, plots)]
    air = _air(closures, records, plots)
    verdicts = review.apply(decisions, closures.id, closures.start, gases)
    shared = _shared_flags(closures, air)
    made, sources, told = [], [], []
    for column, gas in enumerate(gases):
        courses = GasReadings.of(gas, closures, records, _wanted(gas, plots))
        begin, end, sentence = _windows(courses, closures, plots)
        begin = np.where(np.isnan(verdicts.window_start[:, column]), begin, verdicts.window_start[:, column])
        end = np.where(np.isnan(verdicts.window_end[:, column]), end, verdicts.window_end[:, column])
        if plots.fits.air != "initial":
            courses = as_at_closing(courses, closures, records, plots.fits.air)
        # The dry air that moles are counted in is that at the first point that is fitted, or at closing.
        counted = begin if plots.fits.air == "initial" else np.zeros(len(closures))
        h2o, dry = _water(courses, closures, records, counted)
        term = flux_term(closures.volume, closures.area, air.p_air, air.t_air, h2o, gas_constant=gas_constant)
        models = verdicts.model[:, column]
        one = fluxes_of(courses, begin, end, term, h2o, _method(plots), models=models)
        bits = one.flags | shared | flags.raise_all({"humidity_missing": dry})
        made.append(replace(one, flags=bits | _reviewed(verdicts, column)))
        sources.append(np.array([records[k].name if k >= 0 else "" for k in courses.source], np.str_))
        told.append(f"{gas}: {sentence}" if sentence else "")
    found = flux_table.dataset(closures, air, made, sources)
    found["discarded"] = (("closure", "gas"), verdicts.discarded, {"long_name": "discarded by a reviewer"})
    found["review_reason"] = (("closure", "gas"), verdicts.reason, {"long_name": "a reviewer's reason"})
    found.attrs["air"] = air.told
    found.attrs |= {"windows": "; ".join(filter(None, told)), "decisions_unused": "; ".join(verdicts.unused)}
    return found


def with_geometry(closures: Closures, plots: Plots) -> Closures:
    """Return closures with values of [chamber] and [chambers] where their own are missing.

    Collar and tubing are added to the volume of a sheet or of [chamber]; that of a file is used as it is.

    Parameters
    ----------
    closures : Closures
        ``extra`` may hold ``chamber`` (a name), ``height``, ``collar_height``, ``tubing_volume``.
    plots : Plots
        Configuration.
    """
    names = closures.extra.get("chamber", np.full(len(closures), ""))

    def constant(key: str) -> Array:
        given = {name: _own(chamber, plots.chamber, key) for name, chamber in plots.chambers.items()}
        return named(given, names, getattr(plots.chamber, key))

    def known(key: str) -> Array:
        own = np.asarray(closures.extra.get(key, np.full(len(closures), np.nan)), np.float64)
        return np.where(np.isnan(own), constant(key), own)

    area = np.where(np.isnan(closures.area), constant("area"), closures.area)
    own = np.where(
        np.isnan(closures.volume) & np.isnan(_extra(closures, "height")), constant("volume"), np.nan
    )
    volume = np.where(np.isnan(closures.volume), own, closures.volume)
    alone = np.where(np.isnan(volume), known("height") * area, volume)
    whole = enclosed_volume(volume, known("height"), area, known("collar_height"), known("tubing_volume"))
    from_file = (closures.source == "file") & np.isfinite(closures.volume)
    covers = {name: chamber.cover or plots.chamber.cover or "" for name, chamber in plots.chambers.items()}
    cover = [covers.get(str(name), plots.chamber.cover or "") for name in names]
    return replace(
        closures,
        area=area,
        volume=np.where(from_file, closures.volume, whole),
        cover=np.where(closures.cover == "", np.array(cover, np.str_), closures.cover),
        extra={key: values for key, values in closures.extra.items() if key not in _GEOMETRY}
        | {"chamber_volume": np.where(from_file, np.nan, alone)},
    )


def _own(chamber: Chamber, default: Chamber, key: str) -> float | None:
    """Return a value of a named chamber, or of [chamber] if it has none.

    Volume and height are alternatives: either of the named chamber replaces both of [chamber].
    """
    own: float | None = getattr(chamber, key)
    if key in ("volume", "height") and (chamber.volume is not None or chamber.height is not None):
        return np.nan if own is None else own
    return own if key in chamber.model_fields_set else getattr(default, key)


def _extra(closures: Closures, key: str) -> Array:
    return np.asarray(closures.extra.get(key, np.full(len(closures), np.nan)), np.float64)


def _wanted(gas: str, plots: Plots) -> list[str]:
    """Return the analysers whose readings of a gas are used."""
    return [analyser.name for analyser in plots.analysers if not analyser.gases or gas in analyser.gases]


def _air(closures: Closures, records: Sequence[AnalyserRecord], plots: Plots) -> Conditions:
    names = closures.extra.get("chamber", np.full(len(closures), ""))
    constants = {
        key: named(
            {name: getattr(chamber, key) for name, chamber in plots.chambers.items()},
            names,
            getattr(plots.chamber, key),
        )
        for key in ("t_air", "p_air")
    }
    altitude = plots.campaign.altitude
    return conditions(
        closures, records, t_air=constants["t_air"], p_air=constants["p_air"], altitude=altitude
    )


def _water(
    courses: GasReadings, closures: Closures, records: Sequence[AnalyserRecord], begin: Array
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return the water vapour of the flux term, and where it is not known and taken as 0.

    The flux of water vapour itself is not diluted by its own change.
    """
    if courses.gas == "h2o":
        return np.zeros(len(closures)), np.zeros(len(closures), np.bool_)
    h2o = np.full(len(closures), np.nan)
    for k, record in enumerate(records):
        own = courses.source == k
        if own.any():
            water = dict.fromkeys((record.water.get(courses.gas, "h2o"), "h2o"))
            h2o[own] = first_readings(closures, [record], list(water), begin)[own]
    others = first_readings(closures, records, ["h2o"], begin)
    h2o = np.where(np.isnan(h2o), others, h2o)
    missing = np.isnan(h2o)
    return np.where(missing, 0.0, h2o), missing


def _windows(courses: GasReadings, closures: Closures, plots: Plots) -> tuple[Array, Array, str]:
    """Return begin and end of the windows of one gas, and the note of a search."""
    window = plots.window
    deadband = closures.deadband
    if window.deadband_s is not None:
        deadband = np.full(len(closures), window.deadband_s)
    begin, end = windows.fixed_windows(
        deadband, closures.length, crop_end=window.crop_end_s, longest=window.longest_s
    )
    if "stop" in closures.extra and window.longest_s is None:
        stop = _extra(closures, "stop")
        end = np.where(stop > begin, np.fmin(end, stop), end)
    if window.method == "breakpoint":
        bent, _ = windows.behind_bend(
            courses.whole, begin, search=window.search_s, shortest=window.shortest_s
        )
        moved = int((bent > begin).sum())
        return bent, end, f"{moved} of {len(closures)} windows begin behind a bend"
    if window.method == "best-linear":
        straight, until, r2 = best_linear_windows(courses.whole, begin, end)
        found = int(np.isfinite(r2).sum())
        return straight, until, f"{found} of {len(closures)} windows are the straightest half or more"
    if window.method == "plateau":
        return _plateau(courses, begin, end, plots)
    return begin, end, ""


def _plateau(courses: GasReadings, begin: Array, end: Array, plots: Plots) -> tuple[Array, Array, str]:
    chosen = windows.sample(len(courses.whole))
    some = courses.take(chosen)
    model = "hm" if "hm" in plots.fits.models else "linear"
    found = windows.plateau(
        lambda first, last: slopes_at_closing(some, first, last, model),
        np.fmin(end[chosen], some.whole.ends()),
        search=plots.window.search_s,
        shortest=plots.window.shortest_s,
    )
    if found is None:
        return begin, end, "closures are too short to search for windows: the dead band counts"
    return np.full(begin.size, found.begin), np.fmin(end, found.end), found.sentence()


def _method(plots: Plots) -> FluxMethod:
    fits = plots.fits
    return FluxMethod(
        models=fits.models,
        rule=fits.choice,
        detection=fits.detection,
        extrapolate=plots.window.extrapolate,
        relative=RelativeErrors(**fits.uncertainty),
        bubbles=tuple(fits.bubbles),
    )


def _shared_flags(closures: Closures, air: Conditions) -> flags.Flags:
    """Return the doubts that all gases of a closure share."""
    doubtful = np.zeros(len(closures), np.bool_)
    doubtful[list(doubts_of(closures.volume, closures.area, closures.extra.get("chamber_volume")))] = True
    where = {
        "no_geometry": np.isnan(closures.volume / closures.area),
        "geometry_doubtful": doubtful,
        "temperature_assumed": air.t_assumed,
        "pressure_assumed": air.p_assumed,
        "overlapping": overlapping(closures),
    }
    return flags.raise_all(where)


def _reviewed(verdicts: review.Verdicts, column: int) -> flags.Flags:
    touched = (
        np.isfinite(verdicts.window_start[:, column])
        | np.isfinite(verdicts.window_end[:, column])
        | (verdicts.model[:, column] != "")
        | verdicts.discarded[:, column]
        | verdicts.kept[:, column]
    )
    return flags.raise_all({"reviewed": touched, "discarded": verdicts.discarded[:, column]})
