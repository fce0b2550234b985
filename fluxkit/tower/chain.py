"""The tower's chain: samples of a station to its moments, moments to fluxes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError, ReadError
from fluxkit.kernels import screen
from fluxkit.physics.air import pressure_at
from fluxkit.schema.variables import describe, from_si, mask, names
from fluxkit.site.models import Site
from fluxkit.tower import conditioning, deciding, moments, settings, shape
from fluxkit.tower.condensing import condense_period
from fluxkit.tower.direct import from_samples
from fluxkit.tower.spectra import normalised_spectra
from fluxkit.tower.turbulence import Turbulence, from_moments

Array = npt.NDArray[np.float64]

NOT_A_MEASUREMENT = 1e-12  #: a relative spread below this is a channel that does not move


class Condenser:
    """Condition and condense periods of one station; settings are unpacked once."""

    def __init__(self, site: Site) -> None:
        self.plan = settings.make_plan(site)
        self.size = self.plan.slots  #: samples per period
        self.period = np.timedelta64(round(self.plan.seconds * 1e9), "ns")

    def warm_up(self) -> None:
        """Compile every kernel by condensing one period of noise, with and without a gap."""
        rng = np.random.default_rng(0)
        names = set(self.plan.site.columns) | set(self.plan.variables)
        for gap in (False, True):
            data = {name: 300.0 + rng.standard_normal(self.size) for name in names}
            data |= {k: rng.standard_normal(self.size) + 3.0 for k in ("u", "v", "w")}
            for gas in self.plan.site.gases:
                data[gas] = 0.016 + 1e-5 * rng.standard_normal(self.size)
            if gap:
                for x in data.values():
                    x[10:20] = np.nan
            self.condense(data, self.size)

    def condition(self, data: Mapping[str, Array]) -> tuple[dict[str, Array], conditioning.Screening]:
        """Condition the samples of one period.

        Parameters
        ----------
        data : mapping of (size,) arrays
            As the files gave them, SI, NaN where lost.

        Returns
        -------
        samples : dict of arrays
            The variables of the plan, conditioned.
        screening : Screening
            What was done.
        """
        plan, site, done = self.plan, self.plan.site, conditioning.Screening()
        samples = conditioning.copy_plausible(data)
        if site.condition.diagnostics:
            models = {gas: site.analyser(gas).model for gas in site.gases}
            done.diagnosed = conditioning.drop_diagnosed(
                samples, sonic_model=site.sonic.model, analyser_models=models
            )
        conditioning.rotate_axes(samples, angle=settings.axis_rotation(site), keep_unpaired=plan.reference)
        conditioning.cell_temperature(samples, fall_back=plan.reference)
        done.spikes, done.replaced = conditioning.despike_samples(
            samples,
            plan.variables,
            method=site.condition.despiking,
            limits=site.condition.spike_limit,
            run=site.condition.spike_run,
            window=plan.spike_window,
            hold=not plan.reference,
            only_count=site.condition.despike_only_count,
        )
        if site.condition.absolute_limits:
            done.limited = conditioning.limit_sonic(samples, settings.sonic_limits(site))
        self._dry(samples)
        if site.condition.absolute_limits:
            done.limited |= self._limit_gases(samples)
        return {name: samples[name] for name in plan.variables if name in samples}, done

    def _dry(self, samples: dict[str, Array]) -> None:
        """Turn what the plan converts into dry mixing ratios, in place."""
        site = self.plan.site
        wanted = [gas for gas in site.gases if settings.converts(site, gas)]
        vapour = samples.get("h2o")
        for gas in wanted:
            if settings.given_quantity(site, gas) == "density":
                same = vapour if settings.given_quantity(site, "h2o") == "density" else None
                samples[gas + "_dry"] = conditioning.dry_mixing_ratio(
                    samples[gas],
                    same,
                    t_cell=samples["t_cell"],
                    p_cell=samples["p_cell"],
                    R=self.plan.constants.R,
                    is_vapour=gas == "h2o",
                )
            else:
                dry = settings.given_quantity(site, "h2o") == "mixing_ratio"
                samples[gas + "_dry"] = conditioning.dry_from_mole_fraction(
                    samples[gas], samples["h2o"], vapour_is_dry=dry
                )
        for gas in wanted:
            samples[gas] = samples.pop(gas + "_dry")

    def _limit_gases(self, samples: dict[str, Array]) -> dict[str, int]:
        site, counts = self.plan.site, {}
        temperature = _mean(samples.get("t_air"), _mean(samples["t_sonic"], np.nan))
        pressure = _mean(samples.get("p_air"), pressure_at(site.station.altitude))
        for gas in site.gases:
            limits = settings.gas_limits(site, gas)
            if limits is None:
                continue
            density = settings.gas_quantity(site, gas) == "density"
            per_mole = self.plan.constants.R * temperature / pressure if density else 1.0
            if np.isfinite(per_mole):
                counts[gas] = conditioning.limit_gas(
                    samples[gas], low=limits[0], high=limits[1], per_mole=per_mole
                )
        return counts

    def condense(self, data: Mapping[str, Array], records: int) -> dict[str, Any]:
        """Condense one period.

        Parameters
        ----------
        data : mapping of (size,) arrays
            Samples of the period, SI, NaN where lost.
        records : int
            Records that the files held for it.

        Returns
        -------
        dict
            Moments (absent when the period is not usable), "records", "reason" (bits of LOSS_FLAG) and
            "reasons" (sentences, to be removed before ``dataset``).
        """
        samples, out = self.prepare(data, records)
        if samples is not None:
            out |= condense_period(
                samples,
                rate=self.plan.rate,
                scalars=self.plan.scalars,
                lags=self.plan.lags,
                max_lag=self.plan.max_lag,
                bins=self.plan.bins,
            )
        return out

    def prepare(
        self, data: Mapping[str, Array], records: int
    ) -> tuple[dict[str, Array] | None, dict[str, Any]]:
        """Condition one period and judge what of it is usable.

        Parameters and the second result as ``condense``; the first is the conditioned samples, None where
        no flux can be had.
        """
        out: dict[str, Any] = {"records": np.array(records), "reason": np.array(0), "reasons": []}
        if not self._enough(records, out):
            return None, out
        samples, done = self.condition(self._present(data))
        if not self._drop_unusable(samples, out):
            return None, out
        for name in moments.COUNTS:
            counts = getattr(done, name)
            out[name] = np.array([counts.get(v, 0) for v in self.plan.variables])
        return samples, out

    def _present(self, data: Mapping[str, Array]) -> Mapping[str, Array]:
        """EddyPro 6 counts samples: a file that ends early makes a shorter period."""
        if not self.plan.reference:
            return data
        there = ~np.isnan(np.stack(list(data.values()))).all(axis=0)
        last = int(np.flatnonzero(there)[-1]) + 1 if there.any() else 0
        return {name: x[:last] for name, x in data.items()}

    def _enough(self, records: int, out: dict[str, Any]) -> bool:
        if records == 0:
            _lose(out, "no_data", "no records")
            return False
        missing = 1.0 - records / self.size
        if missing > self.plan.site.condition.max_missing:
            _lose(out, "too_few_records", self._share(records, "records"))
            return False
        return True

    def _share(self, present: int, what: str) -> str:
        allowed = self.plan.site.condition.max_missing
        return (
            f"{present} of {self.size} {what} present "
            f"({100 * (1 - present / self.size):.1f} % missing, {100 * allowed:g} % allowed)"
        )

    def _drop_unusable(self, samples: dict[str, Array], out: dict[str, Any]) -> bool:
        """Make a variable missing that has too few samples or does not move; False if no wind is left."""
        needed = (1.0 - self.plan.site.condition.max_missing) * self.size
        bits = {
            "u": "wind_missing",
            "v": "wind_missing",
            "w": "wind_missing",
            "t_sonic": "temperature_missing",
        }
        usable = True
        for name in self.plan.variables:
            bit = bits.get(name, "gas_missing" if name in self.plan.scalars else None)
            valid = int(screen.valid(samples[name]))
            if valid < needed:
                sentence = f"{name}: {self._share(valid, 'samples')}"
            elif bit is not None and _stuck(samples[name]):
                _lose(out, "constant_channel", "")
                sentence = f"{name}: the channel does not move (constant {np.nanmean(samples[name]):.6g})"
            else:
                continue
            samples[name] = np.full_like(samples[name], np.nan)
            if bit is None:
                out["reasons"].append(sentence)
            else:
                _lose(out, bit, sentence)
                usable = usable and bit != "wind_missing"
        return usable

    def dataset(self, starts: Sequence[np.datetime64], records: Sequence[Mapping[str, Any]]) -> xr.Dataset:
        """Join periods to a moments dataset; starts in UTC, records from ``condense``."""
        plan = self.plan
        return moments.assemble(
            starts,
            [{k: v for k, v in r.items() if k != "reasons"} for r in records],
            scalars=plan.scalars,
            variables=plan.variables,
            lags=plan.lags,
            max_lag=plan.max_lag,
            bins=plan.bins,
            rate=plan.rate,
            slots=plan.slots,
            attrs={"station": plan.site.station.id},
        )


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


def _lose(out: dict[str, Any], bit: str, sentence: str) -> None:
    out["reason"] = np.array(int(out["reason"]) | mask("LOSS_FLAG", bit))
    if sentence:
        out["reasons"].append(sentence)


def _mean(x: Array | None, otherwise: float) -> float:
    if x is None:
        return otherwise
    mean, _, _, valid = screen.mean_and_extremes(x)
    return float(mean) if valid else otherwise


def _stuck(x: Array) -> bool:
    _, low, high, _ = screen.mean_and_extremes(x)
    return bool(high - low <= NOT_A_MEASUREMENT * max(abs(high), abs(low)))


def decide(data: xr.Dataset, site: Site, path: str = "moments") -> xr.Dataset:
    """Decide fluxes of all periods.

    Parameters
    ----------
    data : xarray.Dataset
        Moments from ``condense``; with ``path="direct"`` raw data from ``open_raw``.
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
        When the moments do not fit the site or this version.
    """
    if path not in ("moments", "direct"):
        raise ValueError(f"path is 'moments' or 'direct', found {path!r}")
    plan = settings.make_plan(site)
    choices = deciding.choices_of(plan)
    if path == "direct":
        table = condense(data, site)
        condenser = Condenser(site)
        periods = [condenser.prepare(x, n)[0] for x, n in split_periods(data, site)[1]]
        turbulence = from_samples(periods, plan.scalars, plan.lags, choices, plan.max_lag)
    else:
        table = data
        _check_fits(table, plan)
        spans = {s: plan.lags[s].first for s in plan.scalars}
        turbulence = from_moments(moments.arrays_of(table), plan.scalars, spans, choices)
    means = _means(table)
    products = deciding.decide_fluxes(turbulence, means, plan)
    products |= _statistics(table, turbulence, plan)
    return _dataset(products, means.time, plan)


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


def _means(data: xr.Dataset) -> deciding.Means:
    mean, valid = data["mean"].values, data["valid"].values
    names = [str(v) for v in data["variable"].values]
    return deciding.Means(
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


def _dataset(
    products: Mapping[str, Array], time: npt.NDArray[np.datetime64], plan: settings.Plan
) -> xr.Dataset:
    variables: dict[str, Any] = {}
    for name in names():
        if name in products:
            variables[name] = ("time", from_si(name, products[name]), describe(name))
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
        Over (time, frequency [Hz]): ``COSP_W_<X>`` = f Co(f) / cov and ``SPEC_<X>`` = f S(f) / var, the
        scalar shifted by its lag. [1]
    """
    plan = settings.make_plan(site)
    arrays = moments.arrays_of(data)
    frequency = data["frequency"].values
    lag = {gas: fluxes[f"{gas.upper()}_TLAG_USED"].values for gas in site.gases}
    angles = np.stack([fluxes[f"ROT_{a}"].values for a in ("YAW", "PITCH")], axis=1)
    found = normalised_spectra(arrays, plan.scalars, angles, lag, frequency)
    return xr.Dataset(
        {name: (("time", "frequency"), x, {"units": "1"}) for name, x in found.items()},
        {"time": data["time"], "frequency": ("frequency", frequency, {"units": "Hz"})},
    )
