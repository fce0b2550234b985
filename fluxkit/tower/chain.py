"""The tower's chain: samples of a station to its moments, moments to fluxes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError, ReadError
from fluxkit.schema.variables import describe, entry, from_si, names
from fluxkit.site.models import Site
from fluxkit.tower import (
    cleaning,
    deciding,
    filtered,
    high_pass,
    instrument_settings,
    lag_survey,
    moments,
    products,
    schemes,
    screening,
    settings,
    shape,
    sources,
    stored,
    survey,
    uncertainties,
    verdicts,
)
from fluxkit.tower.biomet import period_means
from fluxkit.tower.closed_path import dried
from fluxkit.tower.condenser import Condenser
from fluxkit.tower.direct import from_samples
from fluxkit.tower.high_pass import Filter
from fluxkit.tower.lag_course import LagCourse
from fluxkit.tower.site_spectra import needs_spectra, with_spectra
from fluxkit.tower.spectra import normalised_spectra
from fluxkit.tower.survey import Season
from fluxkit.tower.turbulence import Turbulence, concatenate, from_moments

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

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
        When the dataset lacks a variable or time is not regular.
    """
    condenser = Condenser(site)
    starts, periods = split_periods(raw, site)
    records = [condenser.condense(data, n) for data, n in periods]
    return condenser.dataset(starts, records)


def split_periods(
    raw: xr.Dataset, site: Site
) -> tuple[list[np.datetime64], list[tuple[dict[str, Array], int]]]:
    """Cut a stretch of raw data into averaging periods of the UTC day, NaN where it has no samples."""
    plan = settings.make_plan(site)
    lacking = [name for name in site.columns if name not in raw]
    if lacking:
        raise ReadError(
            "raw dataset", f"variables missing: {', '.join(lacking)}; it has {', '.join(map(str, raw))}"
        )
    time = raw["time"].values.astype("datetime64[ns]").astype(np.int64)
    step, length = 1e9 / plan.rate, round(plan.seconds * 1e9)
    if time.size == 0:
        raise ReadError("raw dataset", "no samples")
    first = int(time[0] // length) * length
    slot = np.rint((time - first) / step).astype(np.int64)
    if np.any(np.diff(slot) < 1):
        raise ReadError(
            "raw dataset", f"time does not ascend in steps of {step / 1e9:g} s (raw.rate = {plan.rate:g})"
        )
    n_periods = int(slot[-1]) // plan.slots + 1
    starts = list(np.array([first + k * length for k in range(n_periods)]).astype("datetime64[ns]"))
    period, place = np.divmod(slot, plan.slots)
    out: list[tuple[dict[str, Array], int]] = []
    for k in range(n_periods):
        here = period == k
        data = {name: np.full(plan.slots, np.nan) for name in site.columns}
        for name, x in data.items():
            x[place[here]] = raw[name].values[here]
        out.append((data, int(here.sum())))
    return starts, out


def decide(
    data: xr.Dataset | Iterable[xr.Dataset],
    site: Site,
    path: str = "moments",
    *,
    biomet: xr.Dataset | None = None,
    profile: xr.Dataset | None = None,
) -> xr.Dataset:
    """Decide fluxes of all periods.

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

    Returns
    -------
    xarray.Dataset
        Fluxes, their uncertainty and quality, mean meteorology; names and units of the FLUXNET standard.
        With [schemes] also ``<FLUX>_SCHEMES`` over (scheme, time), their mean and spread.

    Raises
    ------
    MomentsError
        When the moments do not fit the site or this version, or there are none.
    """
    if path not in ("moments", "direct"):
        raise ValueError(f"path is 'moments' or 'direct', found {path!r}")
    plan = settings.make_plan(site)
    others = {name: settings.make_plan(s) for name, s in schemes.scheme_sites(site).items()}
    parts: Iterable[xr.Dataset] = [data] if isinstance(data, xr.Dataset) else data
    if path == "direct":
        reduced = [_from_raw(raw, plan, others) for raw in parts]
        return _decide(reduced, plan, others, Season(), biomet, profile)
    season = _learn(parts, plan, others)
    reduced = [_from_part(part, plan, others, season) for part in parts]
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
    season = _learn(parts, plan, rest)
    reduced = [_from_part(part, plan, rest, season) for part in parts]
    turbulence, means, _ = _together(reduced, list(plans.values()), biomet, profile)
    found = {n: deciding.decide_scheme(turbulence[deciding.shape_of(p)], means, p) for n, p in plans.items()}
    return {name: _dataset(products_, means.time, plans[name]) for name, products_ in found.items()}


#: Turbulence by what shapes it, plain means, statistics of the first scheme.
Reduced = tuple[dict[str, Turbulence], products.Means, dict[str, Array]]


def _decide(
    reduced: list[Reduced],
    plan: settings.Plan,
    others: Mapping[str, settings.Plan],
    season: Season,
    biomet: xr.Dataset | None,
    profile: xr.Dataset | None,
) -> xr.Dataset:
    turbulence, means, statistics = _together(reduced, [plan, *others.values()], biomet, profile)
    shaped = turbulence[deciding.shape_of(plan)]
    each = {n: deciding.decide_scheme(turbulence[deciding.shape_of(p)], means, p) for n, p in others.items()}
    found = deciding.decide_fluxes(shaped, means, plan) | statistics
    found |= uncertainties.joint(found, schemes.spreads(each, plan.site.gases))
    found |= cleaning.clean(found, means.time, plan)
    found |= verdicts.verdicts(found, shaped, plan)
    out = _dataset(found, means.time, plan)
    if season.moved is not None:
        out.attrs["sonic_moved"] = season.moved.words
    out.attrs |= _lag_words(turbulence[deciding.shape_of(plan)], means.time, plan, season)
    out.attrs |= sources.success(found, plan)
    if not others:
        return out
    return out.assign(_schemes(each, plan)).assign_coords(scheme=list(each))


def _together(
    reduced: list[Reduced], plans: list[settings.Plan], biomet: xr.Dataset | None, profile: xr.Dataset | None
) -> Reduced:
    """Join the stretches of time, and add what was measured beside the samples."""
    if not reduced:
        raise MomentsError("no moments to decide on: condense first")
    turbulence, means, statistics = (concatenate(pieces) for pieces in zip(*reduced, strict=True))
    means = replace(means, profile=stored.profile_changes(means.time, profile, plans))
    if biomet is not None:
        means = replace(means, slow=_slow(biomet, means.time, plans[0]))
    return turbulence, means, statistics


def _slow(biomet: xr.Dataset, starts: npt.NDArray[np.datetime64], plan: settings.Plan) -> dict[str, Array]:
    """Slow measurements over the periods, those of the configuration that are there."""
    time = biomet["time"].values.astype("datetime64[ns]")
    values = {str(name): x.values for name, x in biomet.data_vars.items()}
    return period_means(time, values, starts, interval=biomet.attrs["interval_s"], seconds=plan.seconds)


def _lag_words(t: Turbulence, time: Times, plan: settings.Plan, season: Season) -> dict[str, str]:
    """Attributes on what lags were learnt, and on clocks that drift."""
    learnt = [course.words for course in season.lags.get(deciding.shape_of(plan), {}).values()]
    words = {"time_lags": learnt, "clock_drift": lag_survey.drift_words(t, time, plan)}
    return {name: "; ".join(sentences) for name, sentences in words.items() if sentences}


def _schemes(each: Mapping[str, Mapping[str, Array]], plan: settings.Plan) -> dict[str, Any]:
    """Fluxes of all schemes, their mean and spread, as variables of the dataset."""
    variables: dict[str, Any] = {}
    for name in schemes.scheme_fluxes(plan.site.gases):
        if any(name not in found for found in each.values()):
            continue
        values = np.stack([from_si(name, found[name]) for found in each.values()])
        mean, spread = schemes.consensus(values)
        variables[f"{name}_SCHEMES"] = (("scheme", "time"), values, describe(f"{name}_SCHEMES"))
        variables[f"{name}_CONSENSUS"] = ("time", mean, describe(f"{name}_CONSENSUS"))
        variables[f"{name}_SPREAD"] = ("time", spread, describe(f"{name}_SPREAD"))
    return variables


def _learn(parts: Iterable[xr.Dataset], plan: settings.Plan, others: Mapping[str, settings.Plan]) -> Season:
    """What decisions need of all periods."""
    plans = [plan, *others.values()]
    season = survey.learn(parts, plans)
    lags: dict[str, Mapping[str, LagCourse]] = {}
    for p in plans:
        shape = deciding.shape_of(p)
        if p.site.decide.lag in lag_survey.SEASONAL and shape not in lags:
            learn = _prewhitened if p.site.decide.lag == "vitale-2024" else _searched
            lags[shape] = learn(survey.again(parts), p, season)
    return replace(season, lags=lags)


def _searched(parts: Iterable[xr.Dataset], plan: settings.Plan, season: Season) -> Mapping[str, LagCourse]:
    """Windows of lags from those that a first pass finds."""
    choices = lag_survey.searching(deciding.choices_of(plan, season), plan)
    seen = []
    for part in parts:
        _check_fits(part, plan)
        means = _means(part)
        arrays, spans = moments.arrays_of(part), _spans(part, plan)
        seen.append((from_moments(arrays, means.time, plan.scalars, spans, choices), means))
    if not seen:
        return {}
    turbulence, means = (concatenate(pieces) for pieces in zip(*seen, strict=True))
    turbulence, _ = dried(turbulence, means, plan)
    air, _ = deciding.mean_air(turbulence, means, plan)
    gases = deciding.gas_covariances(turbulence, plan)
    return lag_survey.humidity_courses(turbulence, means.time, air, gases, plan)


def _prewhitened(parts: Iterable[xr.Dataset], plan: settings.Plan, season: Season) -> Mapping[str, LagCourse]:
    """Lags found when the samples were condensed; not reliable ones are replaced."""
    times, found = [], []
    for part in parts:
        _check_fits(part, plan)
        nothing = np.full((part["time"].size, len(plan.scalars), 3), np.nan)
        found.append(part["prewhitened_lag"].values if "prewhitened_lag" in part else nothing)
        times.append(part["time"].values.astype("datetime64[ns]"))
    if not times:
        return {}
    time = np.concatenate(times)
    lags = dict(zip(plan.scalars, np.concatenate(found).swapaxes(0, 1), strict=True))
    return lag_survey.prewhitened_courses(time, {gas: lags[gas] for gas in plan.site.gases}, plan)


def _from_part(
    part: xr.Dataset, plan: settings.Plan, others: Mapping[str, settings.Plan], season: Season
) -> Reduced:
    """What decisions make of a part of the moments: a few hundred numbers per period and scheme."""
    for p in (plan, *others.values()):
        _check_fits(part, p)
    spans = _spans(part, plan)
    arrays, means = moments.arrays_of(part), _with_spectra(_means(part), part, [plan, *others.values()])
    turbulence: dict[str, Turbulence] = {}
    for p in (plan, *others.values()):
        shape = deciding.shape_of(p)
        if shape not in turbulence:
            choices = deciding.choices_of(p, season)
            found = from_moments(arrays, means.time, p.scalars, spans, choices)
            if filter_of(part, p) is not None:
                found = filtered.from_moments(found, arrays, spans, choices)
            turbulence[shape] = found
    return turbulence, means, _statistics(part, turbulence[deciding.shape_of(plan)], plan)


def _from_raw(raw: xr.Dataset, plan: settings.Plan, others: Mapping[str, settings.Plan]) -> Reduced:
    """The same by the direct path, plain statistics apart."""
    condenser = Condenser(plan.site)
    starts, stretches = split_periods(raw, plan.site)
    prepared = [condenser.prepare(x, n) for x, n in stretches]
    part = condenser.dataset(starts, [condenser.finish(*p) for p in prepared])
    season = _learn([part], plan, others)
    means = _with_spectra(_means(part), part, [plan, *others.values()])
    samples = [x for x, _ in prepared]
    turbulence: dict[str, Turbulence] = {}
    for p in (plan, *others.values()):
        shape = deciding.shape_of(p)
        if shape not in turbulence:
            choices = deciding.choices_of(p, season)
            found = from_samples(samples, means.time, p.scalars, p.lags, choices, p.max_lag)
            by = filter_of(part, p)
            turbulence[shape] = (
                found if by is None else filtered.from_samples(found, samples, by, choices, p.max_lag)
            )
    return turbulence, means, _statistics(part, turbulence[deciding.shape_of(plan)], plan)


def _check_fits(data: xr.Dataset, plan: settings.Plan) -> None:
    arrays = data.attrs
    for name, wanted in (("rate", plan.rate), ("period_s", plan.seconds)):
        if arrays.get(name) != wanted:
            raise MomentsError(
                f"moments were made with {name} = {arrays.get(name)}, the configuration says {wanted}: "
                "condense again"
            )
    for s in plan.scalars:
        if f"lag_{s}" not in data.coords:
            raise MomentsError(f"moments hold no {s}: condense again with it in [columns]")
        kept, wanted_lags = data[f"lag_{s}"].values, plan.lags[s]
        if wanted_lags.first < kept[0] or wanted_lags.last > kept[-1]:
            raise MomentsError(
                f"moments hold lags {kept[0]} to {kept[-1]} samples of {s}, the configuration needs "
                f"{wanted_lags.first} to {wanted_lags.last}: narrow columns.{s}.lag (and "
                f"decide.time_lag.search), or condense again"
            )
    for name in plan.cell_lags:
        if f"first_lag_{name}" not in data.attrs:
            raise MomentsError(
                f"moments hold no covariances with {name}, which a gas left wet in its cell needs "
                "(condition.mixing_ratio = 'none'): condense again"
            )


def _spans(data: xr.Dataset, plan: settings.Plan) -> dict[str, int]:
    """First lag that moments hold of each scalar; they may hold more than the configuration needs."""
    spans = {s: int(data[f"lag_{s}"].values[0]) for s in plan.scalars}
    return spans | {name: int(data.attrs[f"first_lag_{name}"]) for name in plan.cell_lags}


def filter_of(data: xr.Dataset, plan: settings.Plan) -> Filter | None:
    """Return the filter that a plan's detrending rests on, if on any; its sums must have been kept."""
    wanted, by = plan.site.decide.detrending, plan.high_pass
    if wanted not in high_pass.METHODS:
        return None
    held = data.attrs.get("high_pass", "none")
    if by is None or by.method != wanted or by.words != held:
        raise MomentsError(
            f"decide.detrending = {wanted!r} needs sums of series filtered so; these moments hold {held!r}: "
            f"set condense.high_pass = {wanted!r} (and condense.time_constant) and condense again"
        )
    return by


def _means(data: xr.Dataset) -> products.Means:
    mean, valid = data["mean"].values, data["valid"].values
    names = [str(v) for v in data["variable"].values]
    return products.Means(
        time=data["time"].values.astype("datetime64[ns]"),
        mean={v: mean[:, i] for i, v in enumerate(names)},
        valid={v: valid[:, i] for i, v in enumerate(names)},
        wind_speed_max=data["wind_speed_max"].values,
        reason=data["reason"].values,
        quadrants=data["quadrant_sums"].values if "quadrant_sums" in data else np.zeros((0, 0)),
    )


def _with_spectra(means: products.Means, part: xr.Dataset, plans: list[settings.Plan]) -> products.Means:
    """Add the spectra of each period where a correction rests on them."""
    return with_spectra(means, part, plans[0]) if needs_spectra(plans) else means


def _statistics(data: xr.Dataset, turbulence: Turbulence, plan: settings.Plan) -> dict[str, Array]:
    """Counts and shapes: records, spikes, skewness and kurtosis."""
    out = {"FILE_RECORDS": data["records"].values.astype(float)}
    out["USED_RECORDS"] = data["wind_sums"].values[:, :, 0].sum(axis=1)
    spikes = data["spikes"].values
    for i, name in enumerate(data["variable"].values):
        if str(name) in ("u", "v", "w", *plan.scalars):
            out[f"{str(name).upper()}_NUM_SPIKES"] = np.where(out["USED_RECORDS"] > 0, spikes[:, i], np.nan)
    if "prewhitened_lag" in data:
        for i, gas in enumerate(plan.scalars[1:], start=1):
            for k, end in enumerate(("", "_LOW", "_HIGH")):
                out[f"{gas.upper()}_TLAG_PWB{end}"] = data["prewhitened_lag"].values[:, i, k] / plan.rate
    out |= screening.judge(moments.arrays_of(data), _means(data).mean, plan)
    out |= cleaning.statistics(data["vitale"].values, plan)
    if "diagnostics" in data:
        out |= dict(zip(map(str, data["diagnostic"].values), data["diagnostics"].values.T, strict=True))
    return out | shape.skewness_and_kurtosis(moments.arrays_of(data), plan.scalars, turbulence.matrix)


def _dataset(found: Mapping[str, Array], time: npt.NDArray[np.datetime64], plan: settings.Plan) -> xr.Dataset:
    unknown = found.keys() - set(names())
    if unknown:
        raise KeyError(f"no entry in schema/variables.toml for {', '.join(sorted(unknown))}")
    variables: dict[str, Any] = {}
    for name in names():
        if name in found:
            values = from_si(name, found[name])
            whole = not entry(name).nullable  # counts and masks are never missing
            variables[name] = ("time", values.astype(entry(name).dtype) if whole else values, describe(name))
    length = np.timedelta64(round(plan.seconds * 1e9), "ns")
    return xr.Dataset(
        variables,
        {"time": ("time", time, {"long_name": "start of the averaging period, UTC"})},
        attrs={
            "station": plan.site.station.id,
            "preset": plan.site.preset,
            "sonic_corrections": instrument_settings.corrections(plan.site),
            "averaging_period_s": float(length / np.timedelta64(1, "s")),
        },
    )


def spectra(data: xr.Dataset, fluxes: xr.Dataset, site: Site) -> xr.Dataset:
    """Cospectra and spectra of each period in the rotated frame, normalised.

    Parameters
    ----------
    data : xarray.Dataset
        Moments from ``condense``.
    fluxes : xarray.Dataset
        What ``decide`` made of them (rotation angles, lags).
    site : Site

    Returns
    -------
    xarray.Dataset
        Over (time, frequency [Hz]): ``COSP_W_<X>`` = f Co(f) and ``SPEC_<X>`` = f S(f), over their own
        integrals; ``OGIVE_W_<X>``, the share of the covariance at f and above; the scalar shifted by its
        lag. [1]
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
