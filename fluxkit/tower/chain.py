"""The tower's chain: samples of a station to its moments, moments to fluxes."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.site.models import Site
from fluxkit.tower import moments, schemes, settings, survey
from fluxkit.tower.batches import batches
from fluxkit.tower.biomet import elsewhere_words, period_means
from fluxkit.tower.condition import cleaning
from fluxkit.tower.flux_dataset import flux_dataset, scheme_variables
from fluxkit.tower.fluxes import decide_fluxes, decide_scheme, shape_of
from fluxkit.tower.lags import lag_survey
from fluxkit.tower.plan import Plan
from fluxkit.tower.quality_control import verdicts
from fluxkit.tower.reducing import Reduced, reduce_part, reduce_raw
from fluxkit.tower.season import Season
from fluxkit.tower.series_methods import sources
from fluxkit.tower.spectral.cutoff_survey import in_situ_gases
from fluxkit.tower.spectral.low_frequencies import words_of_low_frequencies
from fluxkit.tower.spectral.spectra import normalised_spectra
from fluxkit.tower.splitting import split_periods
from fluxkit.tower.station_condenser import Condenser
from fluxkit.tower.storages import stored
from fluxkit.tower.tree import concatenate
from fluxkit.tower.turbulence import Turbulence
from fluxkit.tower.uncertainty.joint import joint

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Returns what a function makes of the moments, without calling it for all of them.
Known = Callable[[Callable[[Iterable[xr.Dataset]], list[Reduced]]], list[Reduced]]

logger = logging.getLogger(__name__)

__all__ = ["Condenser", "condense", "decide", "spectra", "split_periods"]


def condense(raw: xr.Dataset, site: Site) -> xr.Dataset:
    """Condense raw data of a station to moments.

    Parameters
    ----------
    raw : xarray.Dataset
        From ``open_raw``: variables over a regular ``time`` (UTC, start of each sampling interval), SI.
    site : Site

    Returns
    -------
    xarray.Dataset
        Moments of each averaging period, see ``fluxkit.tower.moments``.

    Raises
    ------
    ReadError
        The dataset lacks a variable, or its time is not regular.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> moments = fk.condense(raw, site)
    >>> str(moments["time"].values[0])[:16]
    '2024-07-01T09:00'
    >>> moments.nbytes < raw.nbytes / 10
    True
    """
    condenser = Condenser(site)
    starts, periods = split_periods(raw, condenser.plan)
    records = [condenser.condense(data, n) for data, n in periods]
    return condenser.dataset(starts, records)


def decide(
    data: xr.Dataset | Iterable[xr.Dataset],
    site: Site,
    path: str = "moments",
    *,
    biomet: xr.Dataset | None = None,
    profile: xr.Dataset | None = None,
    known: Known | None = None,
    season: Season | None = None,
    **decisions: Any,
) -> xr.Dataset:
    """Compute the fluxes of all periods from moments.

    Parameters
    ----------
    data : xarray.Dataset or iterable of xarray.Dataset
        Moments from ``condense``, whole or in parts in order of time (of which one at a time is held; they
        are read twice where a decision needs the season, so a generator does not do then);
        with ``path="direct"`` raw data from ``open_raw``.
    site : Site
    path : {"moments", "direct"}
        "direct" rotates, aligns and correlates the samples themselves: slower, for one stretch of raw
        data, and independent of the moments.
    biomet : xarray.Dataset, optional
        Slow measurements, from ``open_biomet``.
    profile : xarray.Dataset, optional
        Readings at several heights, from ``open_profile``; for decide.storage = "profile".
    known : callable, optional
        Called with what reduces parts where nothing is learnt of the season, and returns what that makes of
        ``data``: `fluxkit.archive.deciding.reductions` knows most of it from before.
    season : Season, optional
        What all periods taught (`fluxkit.tower.survey.learn`), of which ``data`` may be a part; ``known`` is
        then called whatever was learnt.
    **decisions
        Keys of ``[decide]`` to decide otherwise than the site does, as of ``site.with_decisions``.

    Returns
    -------
    xarray.Dataset
        Fluxes, their uncertainty and quality, mean meteorology; names and units of the FLUXNET standard.
        Over ``time`` (UTC), with ``local_time`` (local standard time) beside it. With [schemes] also
        ``<FLUX>_SCHEMES`` over (scheme, time), their mean and spread.

    Raises
    ------
    MomentsError
        When the moments do not fit the site or this version, or there are none.
    ConfigError
        A decision is unknown or not allowed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> moments = fk.condense(raw, site)
    >>> fluxes = fk.decide(moments, site)
    >>> {name: round(float(fluxes[name][0]), 1) for name in ("NEE", "LE", "H", "USTAR")}
    {'NEE': -14.4, 'LE': 236.1, 'H': 145.5, 'USTAR': 0.4}
    >>> str(fluxes["time"].values[0])[:16], str(fluxes["local_time"].values[0])[:16]
    ('2024-07-01T09:00', '2024-07-01T10:00')
    >>> other = fk.decide(moments, site, rotation="none", lag="constant")
    >>> round(float(other["ROT_PITCH"][0]), 1)
    0.0
    """
    if decisions:
        site = site.with_decisions(decisions)
    if path not in ("moments", "direct"):
        raise ValueError(f"path is 'moments' or 'direct', found {path!r}")
    plan = settings.make_plan(site)
    others = {name: settings.make_plan(s) for name, s in schemes.scheme_sites(site).items()}
    parts: Iterable[xr.Dataset] = [data] if isinstance(data, xr.Dataset) else data
    if path == "direct":
        condenser = Condenser(site)
        reduced = [reduce_raw(raw, condenser, plan, others) for raw in parts]
        return _decide(reduced, plan, others, Season(), biomet, profile)
    taught = season is not None
    season = survey.learn(parts, [plan, *others.values()]) if season is None else season

    def reduce(some: Iterable[xr.Dataset]) -> list[Reduced]:
        return [reduce_part(part, plan, others, season) for part in batches(some)]

    reduced = reduce(parts) if known is None or (season.learnt and not taught) else known(reduce)
    return _decide(reduced, plan, others, season, biomet, profile)


def decide_each(
    parts: Iterable[xr.Dataset],
    sites: Mapping[str, Site],
    *,
    biomet: xr.Dataset | None = None,
    profile: xr.Dataset | None = None,
) -> dict[str, xr.Dataset]:
    """Decide the fluxes alone of several sets of decisions on the same moments, each by its name.

    Parameters
    ----------
    parts, biomet, profile
        As of `decide`; parts are read once or twice, however many sites there are.
    sites : mapping
        Name -> site; they may differ in [decide].

    Returns
    -------
    dict
        Name -> fluxes of these decisions, without errors, quality and footprint.

    Raises
    ------
    MomentsError
        As `decide`.
    """
    plans = {name: settings.make_plan(site) for name, site in sites.items()}
    plan, *others = plans.values()
    rest = dict(zip(list(plans)[1:], others, strict=True))
    season = survey.learn(parts, list(plans.values()))
    reduced = [reduce_part(part, plan, rest, season) for part in batches(parts)]
    turbulence, means, _ = _together(reduced, list(plans.values()), biomet, profile)
    found = {n: decide_scheme(turbulence[shape_of(p)], means, p) for n, p in plans.items()}
    return {name: flux_dataset(products_, means.time, plans[name]) for name, products_ in found.items()}


def _decide(
    reduced: list[Reduced],
    plan: Plan,
    others: Mapping[str, Plan],
    season: Season,
    biomet: xr.Dataset | None,
    profile: xr.Dataset | None,
) -> xr.Dataset:
    turbulence, means, statistics = _together(reduced, [plan, *others.values()], biomet, profile)
    shaped = turbulence[shape_of(plan)]
    quiet = bool(in_situ_gases(plan))
    each = {n: decide_scheme(turbulence[shape_of(p)], means, p, quiet=quiet) for n, p in others.items()}
    found = decide_fluxes(shaped, means, plan) | statistics
    found |= joint(found, schemes.spreads(each, plan.gases))
    found |= cleaning.clean(found, means.time, plan)
    found |= verdicts.verdicts(found, shaped, plan)
    out = flux_dataset(found, means.time, plan)
    if season.moved is not None:
        out.attrs["sonic_moved"] = season.moved.description
    if plan.changes:
        out.attrs["changes"] = "; ".join(plan.changes)
    out.attrs |= _lag_words(turbulence[shape_of(plan)], means.time, plan, season)
    out.attrs |= sources.success(found, plan)
    out.attrs |= _biomet_words(biomet, means.time, plan) | _low_frequency_words(found, means.time, plan)
    if not others:
        return out
    return out.assign(scheme_variables(each, plan)).assign_coords(scheme=list(each))


def _together(
    reduced: list[Reduced], plans: list[Plan], biomet: xr.Dataset | None, profile: xr.Dataset | None
) -> Reduced:
    """Join the stretches of time, and add what was measured beside the samples."""
    if not reduced:
        raise MomentsError("no moments to decide on: condense first")
    turbulence, means, statistics = (concatenate(pieces) for pieces in zip(*reduced, strict=True))
    means = replace(means, profile=stored.profile_changes(means.time, profile, plans))
    if biomet is not None:
        means = replace(means, slow=_slow(biomet, means.time, plans[0]))
    return turbulence, means, statistics


def _slow(biomet: xr.Dataset, starts: npt.NDArray[np.datetime64], plan: Plan) -> dict[str, Array]:
    """Slow measurements over the periods, those of the configuration that are there."""
    time = biomet["time"].values.astype("datetime64[ns]")
    values = {str(name): x.values for name, x in biomet.data_vars.items()}
    return period_means(time, values, starts, interval=biomet.attrs["interval_s"], seconds=plan.seconds)


def _biomet_words(biomet: xr.Dataset | None, starts: Times, plan: Plan) -> dict[str, str]:
    """Attribute on slow measurements of another time."""
    if biomet is None:
        return {}
    time, interval = biomet["time"].values.astype("datetime64[ns]"), biomet.attrs["interval_s"]
    words = elsewhere_words(time, starts, interval=interval, seconds=plan.seconds)
    if words:
        logger.warning("%s", words)
    return {"biomet": words} if words else {}


def _low_frequency_words(found: Mapping[str, Array], time: Times, plan: Plan) -> dict[str, str]:
    """Attribute on much that is restored of slow eddies."""
    words = words_of_low_frequencies(found["WS"], found["ZL"], time, plan)
    if words:
        logger.warning("%s", words)
    return {"low_frequency": words} if words else {}


def _lag_words(t: Turbulence, time: Times, plan: Plan, season: Season) -> dict[str, str]:
    """Attributes on what lags were learnt, and on clocks that drift."""
    learnt = [course.message for course in season.lags.get(shape_of(plan), {}).values()]
    learnt += lag_survey.below_detection_words(t, plan) + lag_survey.nominal_words(plan)
    words = {
        "time_lags": learnt,
        "clock_drift": lag_survey.drift_words(t, time, plan),
        "lags_at_edge": lag_survey.edge_words(t, plan),
    }
    return {name: "; ".join(sentences) for name, sentences in words.items() if sentences}


def needed_for_spectra(fluxes: xr.Dataset) -> xr.Dataset:
    """Return the few variables of the fluxes that `spectra` needs."""
    names = [name for name in map(str, fluxes.data_vars) if name.startswith("ROT_")]
    return fluxes[names + [name for name in map(str, fluxes.data_vars) if name.endswith("_TLAG_USED")]]


def spectra(data: xr.Dataset, fluxes: xr.Dataset, site: Site) -> xr.Dataset:
    """Cospectra and spectra of each period in the rotated frame, normalised.

    Parameters
    ----------
    data : xarray.Dataset
        Moments from ``condense``.
    fluxes : xarray.Dataset
        Fluxes from ``decide``, for rotation angles and lags.
    site : Site

    Returns
    -------
    xarray.Dataset
        Over (time, frequency [Hz]): ``COSP_W_<X>`` = f Co(f) and ``SPEC_<X>`` = f S(f), over their own
        integrals; ``OGIVE_W_<X>``, the share of the covariance at f and above; the scalar shifted by its
        lag. [1]

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> moments = fk.condense(raw, site)
    >>> spectra = fk.spectra(moments, fk.decide(moments, site), site)
    >>> spectra["COSP_W_CO2"].dims, sorted(spectra)[:2]
    (('time', 'frequency'), ['COSP_W_CO2', 'COSP_W_H2O'])
    """
    plan = settings.make_plan(site)
    arrays = moments.arrays_of(data)
    frequency = data["frequency"].values
    lag = {gas: fluxes[f"{gas.upper()}_TLAG_USED"].values for gas in site.gases}
    angles = np.stack([fluxes[f"ROT_{a}"].values for a in ("YAW", "PITCH", "ROLL")], axis=1)
    shift = dict(zip(plan.scalars, data["spectral_shift"].values, strict=True))
    rest = {gas: seconds - shift[gas] for gas, seconds in lag.items()}
    found = normalised_spectra(arrays, plan.scalars, angles, rest, frequency, data["bandwidth"].values)
    return xr.Dataset(
        {name: (("time", "frequency"), x, {"units": "1"}) for name, x in found.items()},
        {"time": data["time"], "frequency": ("frequency", frequency, {"units": "Hz"})},
    )
