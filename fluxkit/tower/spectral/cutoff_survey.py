"""Learn cut-off frequencies and Ibrom's coefficients from all periods, before any flux is corrected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.physics.air import Air
from fluxkit.site.sections.cutoff import Cutoff as Settings
from fluxkit.tower.density.fluxes import GasCovariance, friction_velocity
from fluxkit.tower.period_moments import frequency_bins
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means
from fluxkit.tower.quality_control import quality
from fluxkit.tower.spectral import cutoff, ensembles, in_situ, response
from fluxkit.tower.spectral.cutoff import CutoffFit, HumidityFit
from fluxkit.tower.spectral.in_situ import IbromFactor, Reading
from fluxkit.tower.spectral.spectral_factors import PHYSICAL
from fluxkit.tower.turbulence import Turbulence

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Values of decide.high_frequency that rest on the site's own spectra.
IN_SITU = ("ibrom-2007", "fratini-2012", "horst-1997")

#: Two coefficients are fitted to at most twice so many periods, spread evenly.
_ENOUGH_FOR_TWO = 2000


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

    humidity: HumidityFit | None = None  #: of water vapour
    months: Mapping[str, Array] = field(default_factory=dict)  #: gas -> (12,) cut-off frequency [Hz]
    factors: Mapping[str, IbromFactor] = field(default_factory=dict)  #: "unstable", "stable"
    fits: tuple[ClassFit, ...] = ()
    words: tuple[str, ...] = ()  #: what could not be found, and why

    def cutoff(self, gas: str, time: npt.NDArray[np.datetime64], rh: Array) -> Array:
        """Cut-off frequency of a gas in each period, NaN where none is known. rh as a share. [Hz]"""
        if gas == "h2o" and self.humidity is not None:
            return self.humidity.at(rh)
        if gas in self.months:
            month = time.astype("datetime64[M]").astype(np.int64) % 12
            return np.asarray(self.months[gas][month])
        return np.full(rh.shape, np.nan)


@dataclass(frozen=True)
class UncorrectedFluxes:
    """Uncorrected fluxes of all periods, by which periods are chosen. Arrays over time."""

    ustar: Array  #: [m s-1]
    heat: Array  #: [W m-2]
    gas: Mapping[str, Array]  #: h2o: latent heat [W m-2]; others [umol m-2 s-1]

    @property
    def unstable(self) -> Mask:
        """Whether heat goes up."""
        return np.asarray(self.heat > 0.0)


def raw_fluxes(t: Turbulence, gases: Mapping[str, GasCovariance], air: Air, plan: Plan) -> UncorrectedFluxes:
    """Return fluxes straight from covariances."""
    gas = {}
    for name, c in gases.items():
        flux = c.molar_flux(air)
        gas[name] = flux * plan.constants.M_w * air.lambda_ if name == "h2o" else flux * 1e6
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
    humidity = None if given.humidity is None else HumidityFit(*given.humidity)
    fits: list[ClassFit] = []
    words: list[str] = []
    for gas in plan.gases:
        if gas in months or (gas == "h2o" and humidity is not None):
            continue
        good = chosen.usable & large(raw, gas, plan, upper=True) & _steady(t, gas, given)
        if gas == "h2o":
            humidity, found = _of_humidity(chosen, good)
            known = humidity is not None
        else:
            months[gas], found = _of_months(gas, chosen, good)
            known = bool(np.isfinite(months[gas]).any())
        fits += found
        if not known:
            words.append(_complaint(gas, found, given))
    factors, lost = _factors(t, chosen, reading)
    return Assessment(humidity, months, factors, tuple(fits), (*words, *lost))


# ---- which periods ----


def large(raw: UncorrectedFluxes, gas: str, plan: Plan, *, upper: bool = False) -> Mask:
    """Whether a gas's flux is large enough to have a spectrum of its own, and with upper not too large."""
    return _between(raw.gas[gas], "le" if gas == "h2o" else gas, raw, plan, upper=upper)


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


def _of_humidity(chosen: _Chosen, good: Mask) -> tuple[HumidityFit | None, list[ClassFit]]:
    """Water vapour by classes of relative humidity; in an open path, which nothing sticks to, one for all."""
    members = np.where(good, ensembles.humidity_class(chosen.rh), -1)
    labels = [f"RH {round(100 * c) - 5}-{round(100 * c) + 5} %" for c in ensembles.HUMIDITY_CENTRES]
    fits = _fit_classes("h2o", chosen, members, labels)
    frequency, spectra = np.array([c.fit.frequency for c in fits]), np.array([float(c.spectra) for c in fits])
    if chosen.plan.gas["h2o"].analyser.closed:
        return cutoff.fit_humidity(ensembles.HUMIDITY_CENTRES, frequency, spectra), fits
    plain = chosen.plan.conventions.cutoff_classes == "equal"
    return cutoff.constant_cutoff(frequency, spectra, plain=plain), fits


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


# ---- Ibrom's coefficients ----


def _factors(t: Turbulence, chosen: _Chosen, reading: Reading) -> tuple[dict[str, IbromFactor], list[str]]:
    given, plan = chosen.given, chosen.plan
    found: dict[str, IbromFactor] = {name: IbromFactor(*pair) for name, pair in given.factor.items()}
    words = []
    for name, here in (("unstable", chosen.raw.unstable), ("stable", ~chosen.raw.unstable)):
        if name in found or plan.decide.high_frequency == "horst-1997":
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
