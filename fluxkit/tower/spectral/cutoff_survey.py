"""Learn cut-off frequencies and Ibrom's coefficients from all periods, before any flux is corrected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.physics.air import Air
from fluxkit.schema.gases import kind_of
from fluxkit.site.sections.cutoff import Cutoff as Settings
from fluxkit.tower.density.fluxes import GasCovariance, friction_velocity
from fluxkit.tower.period_moments import frequency_bins
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means
from fluxkit.tower.quality_control import quality
from fluxkit.tower.spectral import cutoff, ensembles, in_situ, response
from fluxkit.tower.spectral.cutoff import CutoffFit, HumidityClasses, HumidityFit
from fluxkit.tower.spectral.in_situ import IbromFactor, Reading
from fluxkit.tower.spectral.spectral_factors import IN_SITU, PHYSICAL
from fluxkit.tower.turbulence import Turbulence

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Two coefficients are fitted to at most twice so many periods, spread evenly.
_ENOUGH_FOR_TWO = 2000


#: How a cut-off frequency depends on relative humidity.
Humidity = HumidityFit | HumidityClasses


@dataclass(frozen=True)
class ClassFit:
    """One class of periods, its spectra's fit."""

    gas: str
    label: str
    spectra: int
    fit: CutoffFit


@dataclass(frozen=True)
class Assessment:
    """What a season's spectra say of the analysers."""

    humidity: Mapping[str, Humidity] = field(default_factory=dict)  #: of water vapour, by analyser
    months: Mapping[str, Array] = field(default_factory=dict)  #: gas -> (12,) cut-off frequency [Hz]
    factors: Mapping[str, IbromFactor] = field(default_factory=dict)  #: "unstable", "stable"
    fits: tuple[ClassFit, ...] = ()
    words: tuple[str, ...] = ()  #: what could not be found, and why

    def cutoff(self, gas: str, time: npt.NDArray[np.datetime64], rh: Array) -> Array:
        """Cut-off frequency of a gas in each period, NaN where none is known. rh as a share. [Hz]"""
        if gas in self.humidity:
            return self.humidity[gas].at(rh)
        if gas in self.months:
            month = time.astype("datetime64[M]").astype(np.int64) % 12
            return np.asarray(self.months[gas][month])
        return np.full(rh.shape, np.nan)

    def beyond(self, gas: str, rh: Array) -> Mask:
        """Whether air is drier or moister than a gas's cut-off frequency is known for. rh as a share."""
        if gas not in self.humidity:
            return np.zeros(rh.shape, dtype=bool)
        return self.humidity[gas].beyond(rh)


@dataclass(frozen=True)
class UncorrectedFluxes:
    """Uncorrected fluxes of all periods, by which periods are chosen. Arrays over time."""

    ustar: Array  #: [m s-1]
    heat: Array  #: [W m-2]
    gas: Mapping[str, Array]  #: water vapour: latent heat [W m-2]; others [umol m-2 s-1]

    @property
    def unstable(self) -> Mask:
        """Whether heat goes up."""
        return np.asarray(self.heat > 0.0)


def raw_fluxes(t: Turbulence, gases: Mapping[str, GasCovariance], air: Air, plan: Plan) -> UncorrectedFluxes:
    """Return fluxes straight from covariances."""
    gas = {}
    for name, c in gases.items():
        flux = c.molar_flux(air)
        gas[name] = flux * plan.constants.M_w * air.lambda_ if _is_vapour(name) else flux * 1e6
    heat = air.rho_cp * t.scalars["t_sonic"].covariance[:, 2]
    return UncorrectedFluxes(friction_velocity(t.stress[:, 0, 2], t.stress[:, 1, 2]), heat, gas)


@dataclass(frozen=True)
class _Chosen:
    """Everything that classes are made of."""

    means: Means
    rh: Array  #: as a share: (time,)
    raw: UncorrectedFluxes
    usable: Mask  #: periods whose wind and heat flux allow spectra to be compared: (time,)
    plan: Plan
    t: Turbulence
    reading: Reading

    @property
    def given(self) -> Settings:
        """Settings of the fits."""
        return self.plan.decide.cutoff


def _is_vapour(gas: str) -> bool:
    return kind_of(gas) == "h2o"


def in_situ_method(plan: Plan) -> str:
    """Return the method by which gases are corrected from the site's own spectra, of those that are."""
    decide = plan.decide
    return decide.high_frequency if decide.high_frequency in IN_SITU else decide.sorption


def in_situ_gases(plan: Plan) -> tuple[str, ...]:
    """Return the gases whose attenuation is learnt from the site's own spectra: all, sticky ones or none."""
    decide = plan.decide
    if decide.high_frequency in IN_SITU:
        return plan.gases
    if "none" in (decide.high_frequency, decide.sorption):
        return ()
    return tuple(gas for gas in plan.gases if plan.gas[gas].sticky)


def reading_of(plan: Plan) -> Reading:
    """Where on the lag axis covariances of a plan are read."""
    if plan.conventions.in_situ_reading == "amplitude":
        return "amplitude"
    return "lag" if plan.decide.lag in PHYSICAL else "peak"


def assess(t: Turbulence, means: Means, raw: UncorrectedFluxes, air: Air, plan: Plan) -> Assessment:
    """Learn cut-off frequencies and coefficients, or take those that are given.

    Parameters
    ----------
    t : Turbulence
    means : Means
        With spectra.
    raw : Raw
    air : Air
    plan : Plan

    Returns
    -------
    Assessment
    """
    given, reading = plan.decide.cutoff, reading_of(plan)
    chosen = _Chosen(means, air.RH / 100.0, raw, _usable(t, means, raw, plan), plan, t, reading)
    months = {gas: np.resize(np.asarray(f), 12) for gas, f in given.frequencies.items()}
    humidity: dict[str, Humidity] = {}
    if given.humidity is not None:
        humidity["h2o"] = HumidityFit(*given.humidity)
    fits: list[ClassFit] = []
    words: list[str] = []
    for gas in in_situ_gases(plan):
        if gas in months or gas in humidity:
            continue
        good = chosen.usable & large(raw, gas, plan, upper=True) & _steady(t, gas, given)
        if _is_vapour(gas):
            dependence, found = _of_humidity(gas, chosen, good)
            if dependence is not None:
                humidity[gas] = dependence
            words += _words_of_vapour(gas, dependence, found, chosen)
        else:
            months[gas], found = _of_months(gas, chosen, good)
            if np.isnan(months[gas]).any():
                words.append(_complaint(gas, found, given))
        fits += found
    known = bool(humidity) or any(np.isfinite(f).any() for f in months.values())
    factors, lost = _factors(t, chosen, reading) if known else (_given_factors(given), [])
    return Assessment(humidity, months, factors, tuple(fits), (*words, *lost))


# ---- which periods ----


def large(raw: UncorrectedFluxes, gas: str, plan: Plan, *, upper: bool = False) -> Mask:
    """Whether a gas's flux is large enough to have a spectrum of its own, and with upper not too large."""
    return _between(raw.gas[gas], "le" if _is_vapour(gas) else gas, raw, plan, upper=upper)


def hot(raw: UncorrectedFluxes, plan: Plan) -> Mask:
    """Whether the heat flux is large enough to have a cospectrum of its own."""
    return _between(raw.heat, "h", raw, plan, upper=False)


def _between(x: Array, name: str, raw: UncorrectedFluxes, plan: Plan, *, upper: bool) -> Mask:
    given = plan.decide.cutoff
    unstable, stable = given.unstable.get(name, 0.0), given.stable.get(name, 0.0)
    alike = plan.conventions.stable_spectra_limits == "unstable"
    least = np.where(raw.unstable | alike, unstable, stable)
    size = np.abs(x)
    return np.asarray((size > least) & (size <= (given.largest.get(name, np.inf) if upper else np.inf)))


def _usable(t: Turbulence, means: Means, raw: UncorrectedFluxes, plan: Plan) -> Mask:
    given = plan.decide.cutoff
    found = _between(raw.heat, "h", raw, plan, upper=True) & _between(
        raw.ustar, "ustar", raw, plan, upper=True
    )
    day = means.time.astype("datetime64[D]")
    if given.start is not None:
        found &= day >= np.datetime64(given.start, "D")
    if given.end is not None:
        found &= day < np.datetime64(given.end, "D")
    return found & _steady(t, "t_sonic", given)


def _steady(t: Turbulence, name: str, given: Settings) -> Mask:
    scalar = t.scalars[name]
    if not given.max_instationarity:
        return np.ones(scalar.undetrended.shape, dtype=bool)
    percent = quality.stationarity_foken_wichura_1996(scalar.undetrended, scalar.blocks)
    return np.asarray(percent <= 100.0 * given.max_instationarity)


# ---- cut-off frequencies ----


def _of_humidity(gas: str, chosen: _Chosen, good: Mask) -> tuple[Humidity | None, list[ClassFit]]:
    """Water vapour by classes of relative humidity; in an open path, which nothing sticks to, one for all."""
    how, sticky = chosen.plan.conventions, chosen.plan.gas[gas].sticky
    members = np.where(good, ensembles.humidity_class(chosen.rh), -1)
    lowest = np.arange(ensembles.HUMIDITY_CENTRES.size)
    if sticky and how.humidity_fit == "classes":
        lowest = ensembles.joined_classes(
            np.bincount(members[members >= 0], minlength=lowest.size), chosen.given.min_spectra
        )
        members = np.where(members >= 0, lowest[members], -1)
    labels = [_humidity_label(lowest == k) for k in range(lowest.size)]
    fits = _fit_classes(gas, chosen, members, labels)
    frequency, spectra = np.array([c.fit.frequency for c in fits]), np.array([float(c.spectra) for c in fits])
    if sticky and how.humidity_fit == "parabola":
        return cutoff.fit_humidity(ensembles.HUMIDITY_CENTRES, frequency, spectra), fits
    if sticky:
        rh = [chosen.rh[members == k].mean() if (members == k).any() else np.nan for k in range(lowest.size)]
        return cutoff.join_classes(np.array(rh), frequency), fits
    return cutoff.constant_cutoff(frequency, spectra, plain=how.cutoff_classes == "equal"), fits


def _humidity_label(classes: Mask) -> str:
    """Range of relative humidity of neighbouring classes; "" for none."""
    if not classes.any():
        return ""
    centres = 100.0 * ensembles.HUMIDITY_CENTRES[classes]
    return f"RH {round(centres[0]) - 5}-{round(centres[-1]) + 5} %"


def _of_months(gas: str, chosen: _Chosen, good: Mask) -> tuple[Array, list[ClassFit]]:
    groups = chosen.given.months.get(gas, [(1, 12)])
    month = chosen.means.time.astype("datetime64[M]").astype(np.int64) % 12 + 1
    belongs = [_within(month, group) for group in groups]
    members = np.full(month.shape, -1)
    for k, here in enumerate(belongs):
        members[here & good] = k
    fits = _fit_classes(gas, chosen, members, [f"months {first}-{last}" for first, last in groups])
    out = np.full(12, np.nan)
    for group, found in zip(groups, fits, strict=True):
        out[_within(np.arange(1, 13), group)] = found.fit.frequency
    return out, fits


def _within(month: npt.NDArray[np.int64], group: tuple[int, int]) -> Mask:
    """Whether months lie in a group, which may reach across the turn of the year."""
    first, last = group
    after, before = month >= first, month <= last
    return np.asarray(after & before if first <= last else after | before)


def _fit_classes(
    gas: str, chosen: _Chosen, members: npt.NDArray[np.int64], labels: list[str]
) -> list[ClassFit]:
    plan = chosen.plan
    edges, frequency = frequency_bins(plan.slots, plan.rate, plan.bins)
    natural = np.diff(edges).astype(np.float64)
    width = natural * plan.rate / plan.slots
    both = {
        name: ensembles.normalised(chosen.means.power[name], frequency, width) for name in (gas, "t_sonic")
    }
    both["flux"] = _cospectra(chosen, members >= 0)
    complete = np.isfinite(both[gas]).any(axis=1) & np.isfinite(both["t_sonic"]).any(axis=1)
    ensemble = ensembles.Ensemble(len(labels))
    ensemble.add(both, np.where(complete, members, -1))
    x, T, co = (ensemble.mean(name) for name in both)
    out = []
    for k, label in enumerate(labels):
        n = int(ensemble.spectra_in(gas)[k])
        spectra = ClassSpectra(frequency, width, natural, n, x[k], T[k], co[k])
        out.append(ClassFit(gas, label, n, fit_spectra(spectra, plan, chosen.reading)))
    return out


def _cospectra(chosen: _Chosen, here: Mask) -> Array:
    """Cospectra of vertical wind and temperature, positive for the flux: (time, bin), NaN where not asked."""
    use = np.flatnonzero(here)
    out = np.full(chosen.means.power["t_sonic"].shape, np.nan)
    upward = np.where(chosen.raw.unstable[use], 1.0, -1.0)[:, None]
    out[use] = heat_cross(chosen.t, chosen.means, use).real * upward
    return out


class ClassSpectra(NamedTuple):
    """Mean spectra of one class of periods. Arrays over bins."""

    f: Array  #: [Hz]
    width: Array  #: [Hz]
    natural: Array  #: natural frequencies in each
    spectra: int  #: how many were averaged
    gas: Array  #: f S(f) over variance [1]
    temperature: Array  #: [1]
    heat: Array  #: cospectrum of vertical wind with temperature, positive for its flux [any unit s]


def fit_spectra(spectra: ClassSpectra, plan: Plan, reading: Reading) -> CutoffFit:
    """Fit a filter to the mean spectra of a class by the method of the settings."""
    given = plan.decide.cutoff
    f, gas, T, natural, n = spectra.f, spectra.gas, spectra.temperature, spectra.natural, spectra.spectra
    if n < given.min_spectra:
        return cutoff.NONE
    if given.method == "flux-weighted":
        return _by_flux(spectra, plan, reading)
    if given.method == "ibrom-2007":
        high = 2.0 if given.high is None else given.high
        return cutoff.fit_ibrom_2007(
            f, gas, T, natural, low=given.low, high=high, noise_from=given.noise_from or None
        )
    high = np.inf if given.high is None else given.high
    return cutoff.fit_aslan_2021(f, gas, T, natural * n, low=given.low, high=high)


def _by_flux(spectra: ClassSpectra, plan: Plan, reading: Reading) -> CutoffFit:
    """Fit where the flux is; of a second-order response the cut-off that takes as much of the flux."""
    given = plan.decide.cutoff
    f, width, natural, n, gas, T, heat = spectra
    found = response.fit_flux_weighted(
        f, gas, T, natural * n, heat * width, low=given.low, high=np.inf if given.high is None else given.high
    )
    if np.isnan(found.slow):
        return cutoff.NONE
    rate = plan.rate if reading == "peak" else None
    fc = in_situ.equivalent_cutoff(heat, f, width, found.slow, found.fast, reading=reading, rate=rate)
    return CutoffFit(fc, found.scale, cutoff.white_share(found.white, f, gas, natural))


def _complaint(gas: str, fits: list[ClassFit], given: Settings) -> str:
    counts = ", ".join(f"{c.spectra} in {c.label}" for c in fits if c.spectra)
    return (
        f"{gas}: no cut-off frequency from its spectra ({counts or 'none is usable'}; needed are "
        f"{given.min_spectra} a class, decide.cutoff.min_spectra): its analytic correction is used"
    )


def _words_of_vapour(gas: str, fit: Humidity | None, fits: list[ClassFit], chosen: _Chosen) -> list[str]:
    """One sentence where water vapour's cut-off is not known at all humidities that there are."""
    sticky, given = chosen.plan.gas[gas].sticky, chosen.given
    if not sticky:
        return [] if fit is not None else [_complaint(gas, fits, given)]
    there = np.isfinite(chosen.t.scalars[gas].covariance[:, 2]) & np.isfinite(chosen.rh)
    beyond = there if fit is None else there & fit.beyond(chosen.rh)
    if not beyond.any():
        return []
    share = round(100.0 * beyond.sum() / there.sum())
    counts = ", ".join(f"{c.spectra} at {c.label}" for c in fits if c.spectra) or "none is usable"
    flux = "LE" if gas == "h2o" else gas
    if fit is None:
        what = "no class of RH has spectra enough for a cut-off frequency, and its theoretical factor is used"
    else:
        low, high = (round(100.0 * x) for x in (fit.driest, fit.wettest))
        what = (
            f"cut-off frequencies are known at RH {low} to {high} %, and {share} % of its periods, in drier "
            "or moister air, take the nearest one"
        )
    return [
        f"{flux}: water vapour sticks to the tube, the more the higher RH is; {what}: there {flux} can be "
        "too small by a tenth to a half, and H too large (LOSS_FLAG cutoff_missing); "
        f"spectra: {counts}; needed are {given.min_spectra} a class of RH (decide.cutoff.min_spectra): "
        "decide more days together, or give decide.cutoff.humidity"
    ]


# ---- Ibrom's coefficients ----


def _given_factors(given: Settings) -> dict[str, IbromFactor]:
    return {name: IbromFactor(*pair) for name, pair in given.factor.items()}


def _factors(t: Turbulence, chosen: _Chosen, reading: Reading) -> tuple[dict[str, IbromFactor], list[str]]:
    given, plan = chosen.given, chosen.plan
    found = _given_factors(given)
    words = []
    for name, here in (("unstable", chosen.raw.unstable), ("stable", ~chosen.raw.unstable)):
        if name in found or in_situ_method(plan) == "horst-1997":
            continue
        use = np.flatnonzero(chosen.usable & here)
        use = use[:: 1 + use.size // _ENOUGH_FOR_TWO]
        cross = heat_cross(t, chosen.means, use)
        U = np.linalg.norm(t.rotated[use], axis=1)
        usual = plan.conventions.ibrom_cutoffs == "usual"
        cutoffs = in_situ.USUAL_CUTOFFS if usual else in_situ.CUTOFFS
        left = [left_of_heat(cross, np.full(U.shape, fc), plan, reading) for fc in cutoffs]
        fit = in_situ.fit_factor_ibrom_2007(U, np.stack(left, axis=1), cutoffs) if U.size else None
        if fit is None and not here.any():
            continue  # nothing is lacking
        if fit is None:
            words.append(
                f"{name} periods: {U.size} are too few for Ibrom's coefficients: "
                "their analytic corrections are used"
            )
        else:
            found[name] = fit
    return found, words


def heat_cross(t: Turbulence, means: Means, use: Integers) -> npt.NDArray[np.complex128]:
    """Cross spectrum of rotated vertical wind with temperature, of the periods at ``use``: (time, bin)."""
    return np.asarray(np.einsum("ti,tif->tf", t.matrix[use, 2], means.heat[use].astype(np.complex128)))


def left_of_heat(
    cross: npt.NDArray[np.complex128], fc: Array, plan: Plan, reading: Reading, gain: Array | float = 1.0
) -> Array:
    """Share of heat's covariance that a first-order filter would leave; gain multiplies the cospectrum."""
    edges, frequency = frequency_bins(plan.slots, plan.rate, plan.bins)
    width = np.diff(edges) * plan.rate / plan.slots
    rate = plan.rate if reading == "peak" else None
    return in_situ.left_of_cospectrum(cross * gain, frequency, width, fc, reading=reading, rate=rate)
