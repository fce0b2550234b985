"""The tower's chain: samples of a station to its moments, moments to fluxes."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError, ReadError
from fluxkit.schema.variables import describe, entry, from_si, names
from fluxkit.site.models import Site
from fluxkit.tower import deciding, moments, products, settings, shape
from fluxkit.tower.condenser import Condenser
from fluxkit.tower.direct import from_samples
from fluxkit.tower.spectra import normalised_spectra
from fluxkit.tower.turbulence import Turbulence, concatenate, from_moments

Array = npt.NDArray[np.float64]

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


def decide(data: xr.Dataset | Iterable[xr.Dataset], site: Site, path: str = "moments") -> xr.Dataset:
    """Decide fluxes of all periods.

    Parameters
    ----------
    data : xarray.Dataset or iterable of xarray.Dataset
        Moments from ``condense``, whole or in parts in order of time (of which one at a time is held);
        with ``path="direct"`` raw data from ``open_raw``.
    site : Site
    path : {"moments", "direct"}
        "direct" rotates, aligns and correlates the samples themselves: slower, for one stretch of raw
        data, and independent of the moments.

    Returns
    -------
    xarray.Dataset
        Fluxes, their uncertainty and quality, mean meteorology; names and units of the FLUXNET standard.

    Raises
    ------
    MomentsError
        When the moments do not fit the site or this version, or there are none.
    """
    if path not in ("moments", "direct"):
        raise ValueError(f"path is 'moments' or 'direct', found {path!r}")
    plan = settings.make_plan(site)
    parts = [data] if isinstance(data, xr.Dataset) else data
    reduced = [_from_raw(part, plan) if path == "direct" else _from_part(part, plan) for part in parts]
    if not reduced:
        raise MomentsError("no moments to decide on: condense first")
    turbulence, means, statistics = (concatenate(pieces) for pieces in zip(*reduced, strict=True))
    return _dataset(deciding.decide_fluxes(turbulence, means, plan) | statistics, means.time, plan)


Reduced = tuple[Turbulence, products.Means, dict[str, Array]]


def _from_part(part: xr.Dataset, plan: settings.Plan) -> Reduced:
    """What decisions make of a part of the moments: a few hundred numbers per period."""
    _check_fits(part, plan)
    spans = {s: plan.lags[s].first for s in plan.scalars}
    turbulence = from_moments(moments.arrays_of(part), plan.scalars, spans, deciding.choices_of(plan))
    return turbulence, _means(part), _statistics(part, turbulence, plan)


def _from_raw(raw: xr.Dataset, plan: settings.Plan) -> Reduced:
    """The same by the direct path, plain statistics apart."""
    condenser = Condenser(plan.site)
    starts, stretches = split_periods(raw, plan.site)
    prepared = [condenser.prepare(x, n) for x, n in stretches]
    part = condenser.dataset(starts, [condenser.finish(*p) for p in prepared])
    turbulence = from_samples(
        [samples for samples, _ in prepared], plan.scalars, plan.lags, deciding.choices_of(plan), plan.max_lag
    )
    return turbulence, _means(part), _statistics(part, turbulence, plan)


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
        if (kept[0], kept[-1]) != tuple(wanted_lags):
            raise MomentsError(
                f"moments hold lags {kept[0]} to {kept[-1]} samples of {s}, the configuration needs "
                f"{wanted_lags.first} to {wanted_lags.last}: condense again"
            )


def _means(data: xr.Dataset) -> products.Means:
    mean, valid = data["mean"].values, data["valid"].values
    names = [str(v) for v in data["variable"].values]
    return products.Means(
        time=data["time"].values.astype("datetime64[ns]"),
        mean={v: mean[:, i] for i, v in enumerate(names)},
        valid={v: valid[:, i] for i, v in enumerate(names)},
        wind_speed_max=data["wind_speed_max"].values,
        reason=data["reason"].values,
    )


def _statistics(data: xr.Dataset, turbulence: Turbulence, plan: settings.Plan) -> dict[str, Array]:
    """Counts and shapes: records, spikes, skewness and kurtosis."""
    out = {"FILE_RECORDS": data["records"].values.astype(float)}
    out["USED_RECORDS"] = data["wind_sums"].values[:, :, 0].sum(axis=1)
    spikes = data["spikes"].values
    for i, name in enumerate(data["variable"].values):
        if str(name) in ("u", "v", "w", *plan.scalars):
            out[f"{str(name).upper()}_NUM_SPIKES"] = np.where(out["USED_RECORDS"] > 0, spikes[:, i], np.nan)
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
        integrals; the scalar shifted by its lag. [1]
    """
    plan = settings.make_plan(site)
    arrays = moments.arrays_of(data)
    frequency = data["frequency"].values
    lag = {gas: fluxes[f"{gas.upper()}_TLAG_USED"].values for gas in site.gases}
    angles = np.stack([fluxes[f"ROT_{a}"].values for a in ("YAW", "PITCH")], axis=1)
    shift = dict(zip(plan.scalars, data["spectral_shift"].values, strict=True))
    rest = {gas: seconds - shift[gas] for gas, seconds in lag.items()}
    found = normalised_spectra(arrays, plan.scalars, angles, rest, frequency, data["bandwidth"].values)
    return xr.Dataset(
        {name: (("time", "frequency"), x, {"units": "1"}) for name, x in found.items()},
        {"time": data["time"], "frequency": ("frequency", frequency, {"units": "Hz"})},
    )
