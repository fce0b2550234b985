"""Decide: moments of all periods to fluxes, one array operation per step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from fluxkit.physics import similarity
from fluxkit.physics.air import Air, air_state, pressure_at
from fluxkit.tower import products
from fluxkit.tower.density.closed_path import dried
from fluxkit.tower.density.fluxes import ORDERS, Factors, Fluxes, GasCovariance, friction_velocity
from fluxkit.tower.density.neighbours import from_neighbours
from fluxkit.tower.density.open_path import with_analysers
from fluxkit.tower.epochs import epochs_of, height_at, per_epoch, wind_direction_at
from fluxkit.tower.footprints import fetch
from fluxkit.tower.lags.lag_survey import SEASONAL
from fluxkit.tower.lags.lag_windows import Windows
from fluxkit.tower.lags.seasonal_lags import SeasonalLag
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means, Products, gas_mean
from fluxkit.tower.rotations.rotation import ROTATIONS, Frame, Rotate, Times
from fluxkit.tower.season import Season
from fluxkit.tower.series_methods import sources
from fluxkit.tower.spectral.site_spectra import with_assessment
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions
from fluxkit.tower.spectral.spectral_correction import GasPath, SonicPath, gas_low_pass, sonic_low_pass
from fluxkit.tower.spectral.spectral_factors import IN_SITU, refined, spectral_factors
from fluxkit.tower.storages import stored
from fluxkit.tower.turbulence import Choices, Turbulence
from fluxkit.tower.uncertainty.calibration import calibration_uncertainties
from fluxkit.tower.uncertainty.joint import uncertainties
from fluxkit.tower.uncertainty.noise import Shapes, StructureShapes

Array = npt.NDArray[np.float64]


#: Keys of [decide] that second moments depend on: schemes that agree in them share them.
SHAPING = (
    "rotation",
    "planar_fit",
    "detrending",
    "lag",
    "time_lag",
    "random_error",
    "time_scale",
    "arithmetic",
)


#: Temperature of the air in a tube, on which its attenuation hardly depends. [K]
_TUBE_AIR = 290.0


def choices_of(plan: Plan, season: Season, time: Times) -> Choices:
    """Return the decisions that shape second moments of periods that begin at these times."""
    decide = plan.decide
    return Choices(
        rotate=rotation_of(plan, season),
        linear=decide.detrending == "linear",
        lag=SEASONAL.get(decide.lag, decide.lag),
        windows=plan.windows,
        seasonal_lags=windows_at(time, plan) | dict(season.lags.get(shape_of(plan), {})),
        lag_donors=plan.donors,
        expected_below_detection=plan.conventions.lag_below_detection == "expected",
        lenders=plan.lenders,
        cell_variables=plan.cell_variables,
        rate=plan.rate,
        error_reach=plan.conventions.error_reach,
        error_counts_gaps=plan.conventions.error_counts_gaps,
        height=height_at(time, plan),
        random_error=decide.random_error,
        time_scale=decide.time_scale,
        far=plan.far,
        error_pairs=plan.decided_error_pairs,
        noise_shapes={s: partial(_noise_shapes, s, time, plan) for s in plan.scalars},
    )


def _noise_shapes(scalar: str, time: Times, plan: Plan, U: Array) -> Shapes:
    """Shapes that turbulence behind a scalar's sensor can have over the first lags."""

    def of_stretch(speed: Array, now: Plan) -> dict[str, Array]:
        path = now.sonic_path if scalar == "t_sonic" else now.gas[scalar].path
        return dict(_shapes_behind(path, now.rate, now.height).at(speed)._asdict())

    return Shapes(**per_epoch(time, plan, of_stretch, U))


@lru_cache(maxsize=64)
def _shapes_behind(path: SonicPath | GasPath, rate: float, height: float) -> StructureShapes:
    def gain(f: Array, U: Array) -> Array:
        if isinstance(path, SonicPath):
            return sonic_low_pass(f, U, path)
        alone = replace(path, horizontal_separation=0.0, vertical_separation=0.0)
        return gas_low_pass(f, U, np.array(_TUBE_AIR), alone)

    return StructureShapes(gain, rate=rate, height=height)


def windows_at(time: Times, plan: Plan) -> dict[str, SeasonalLag]:
    """Return the lag windows of each period of gases whose window changes, with a tube or its flow."""
    found = {}
    ascending = np.argsort(time)  # a course is looked up by time
    for gas, window in plan.windows.items():
        each = np.tile(np.array(window), (time.size, 1))
        for here, now in epochs_of(time, plan) if plan.epochs else ():
            each[here] = now.windows[gas]
        if (each != window).any():
            found[gas] = SeasonalLag(
                time[ascending].astype("datetime64[ns]"), windows=Windows(*each[ascending].T)
            )
    return found


def shape_of(plan: Plan) -> str:
    """Return what of a plan second moments depend on, as text."""
    return plan.decide.model_dump_json(include=set(SHAPING))


def rotation_of(plan: Plan, season: Season) -> Rotate:
    """Return the rotation method of a plan."""
    planes = season.planes.get(plan.decide.rotation)
    if planes is None:
        return ROTATIONS[plan.decide.rotation]
    clockwise = plan.decide.planar_fit.fallback == "clockwise"

    def rotate(wind: Array, time: Times, stress: Array) -> Frame:
        direction = wind_direction_at(wind[:, 0], wind[:, 1], time, plan)
        return planes.frame(wind, time, direction, next_sector=clockwise)

    return rotate


def decide_scheme(turbulence: Turbulence, means: Means, plan: Plan, *, quiet: bool = False) -> Products:
    """Make the fluxes of one scheme alone, SI; parameters and names as `decide_fluxes`.

    quiet: what the site's spectra do not tell is told by another scheme.
    """
    return _fluxes(turbulence, means, plan, quiet=quiet)[0]


def decide_fluxes(turbulence: Turbulence, means: Means, plan: Plan) -> Products:
    """Make all half-hourly products.

    Parameters
    ----------
    turbulence : Turbulence
        Second moments after rotation, alignment and detrending.
    means : Means
    plan : Plan

    Returns
    -------
    dict
        Name of ``schema/variables.toml`` -> (time,) array in SI.
    """
    out, basis = _fluxes(turbulence, means, plan)
    t = basis.turbulence
    out |= products.wind_products(t, means, basis.speed, plan) | products.air_products(basis.air, t)
    with np.errstate(invalid="ignore", divide="ignore"):
        out["TSTAR"] = (
            (1.0 if plan.conventions.temperature_scale == "positive" else -1.0)
            * basis.flux.H
            / (basis.air.rho_cp * basis.flux.ustar)
        )
        out["BOWEN"] = basis.flux.H / out["LE"] if "LE" in out else np.full_like(basis.flux.H, np.nan)
    linear = _linear(t, basis.factors, basis.air, plan)
    out |= uncertainties(t, basis.gases, basis.factors, basis.air, linear, out, plan)
    out |= _calibration(turbulence, means, basis, out, plan)
    out |= products.quality_products(t, basis.flux, out | _before_in_situ(t, basis, means.time, plan), plan)
    out |= products.nee_products(out)
    if plan.condense.partition:
        given = (means.quadrants, basis.air, out)
        out |= per_epoch(means.time, plan, sources.source_products, *given)
    measured = means.slow_of("boundary_layer_height")
    out |= per_epoch(means.time, plan, fetch.footprint_products, basis.flux, out, measured)
    out |= products.sun_products(means.time, plan) | products.slow_products(means)
    out["LOSS_FLAG"] = products.loss_flag(means, basis.assumed, t, out, plan)
    return out


def _calibration(t: Turbulence, means: Means, basis: "Basis", out: Products, plan: Plan) -> Products:
    """Uncertainty of calibrations where accuracies are given; t: as measured."""
    accuracies = plan.decide.budget.accuracy
    if not accuracies:
        return {}

    def again(moved: Turbulence) -> Fluxes:
        dry, _ = dried(moved, means, plan)
        air, _ = mean_air(dry, means, plan)
        gases, _, _ = with_analysers(gas_covariances(dry, plan), means, air, basis.speed, plan)
        lent = _vapour_of_neighbours(gases, means.time, air, plan)
        return _order(_second(dry), gases, air, plan, lent=lent)(basis.factors)

    found = calibration_uncertainties(t, again, basis.air.lambda_, accuracies, plan)
    return {f"{flux}_UNC_CALIBRATION": part for flux, part in found.items() if flux in out}


def _second(t: Turbulence) -> dict[str, Array]:
    """Return the covariances with w that every order of corrections begins with."""
    heat = t.scalars["t_sonic"].covariance[:, 2]
    return {"uw": t.stress[:, 0, 2], "vw": t.stress[:, 1, 2], "wTs": heat}


def _before_in_situ(t: Turbulence, basis: "Basis", time: Times, plan: Plan) -> Products:
    """Scales by which turbulence is judged where those before an in-situ spectral correction are wanted."""
    if plan.conventions.turbulence_test_scales == "final" or plan.decide.high_frequency not in IN_SITU:
        return {}
    heat = t.scalars["t_sonic"].covariance[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        length = _obukhov(basis.flux.ustar, heat, basis.air, plan)
        return {"ZL": height_at(time, plan) / length, "TSTAR": heat / basis.flux.ustar}


@dataclass(frozen=True)
class Basis:
    """What further products of a scheme rest on."""

    turbulence: Turbulence  #: with dry mixing ratios of what samples left wet in cells
    air: Air
    assumed: dict[str, npt.NDArray[np.bool_]]
    gases: dict[str, GasCovariance]
    speed: Array  #: mean wind [m s-1]
    factors: Factors
    flux: Fluxes


def _fluxes(t: Turbulence, means: Means, plan: Plan, *, quiet: bool = False) -> tuple[Products, Basis]:
    """Fluxes with storage, and what they rest on."""
    t, in_cells = dried(t, means, plan)
    air, assumed = mean_air(t, means, plan)
    speed = np.linalg.norm(t.rotated, axis=1)
    gases, simpler, heating = with_analysers(gas_covariances(t, plan), means, air, speed, plan)
    assumed |= simpler | in_cells
    second = _second(t)
    conditions = spectral_conditions(t, means, speed, air, plan)
    conditions, missing = with_assessment(conditions, t, means, gases, air, plan, quiet=quiet)
    if missing is not None:
        assumed["cutoff_missing"] = missing
    lent = _vapour_of_neighbours(gases, means.time, air, plan)
    order = _order(second, gases, air, plan, lent=lent)
    factors, flux, length = _correct_spectra(order, second, conditions, air, plan)
    assumed["humidity_of_neighbours"] |= np.isfinite(lent(factors)) & np.isfinite(second["wTs"])
    uncorrected = products.uncorrected_fluxes(t, gases, air, plan)
    out = products.flux_products(t, flux, uncorrected, factors, air, plan)
    out |= {"MO_LENGTH": length, "ZL": height_at(means.time, plan) / length}
    out |= products.gas_products(t, air, {gas: c.kappa for gas, c in gases.items()}, plan)
    out |= {} if heating is None else {"H_ANALYSER": heating}
    out |= {f"{gas.upper()}_CUTOFF": f for gas, f in conditions.cutoff.items()}
    terms, assumed["storage_from_one_level"] = stored.storage_products(means, air, gases, out, plan)
    out |= terms
    out |= products.nee_products(out)
    return out, Basis(t, air, assumed, gases, speed, factors, flux)


# ---- state of the air ----


def mean_air(t: Turbulence, means: Means, plan: Plan) -> tuple[Air, dict[str, npt.NDArray[np.bool_]]]:
    """State of the air, and which periods rest on an assumption (bit of LOSS_FLAG -> mask)."""
    Ts, T = means.of("t_sonic"), _first(_within(means.slow_of("t_air"), 200.0, 350.0), means.of("t_air"))
    P = _first(_within(means.slow_of("p_air"), 4e4, 1.1e5), means.of("p_air"))
    no_pressure = np.isnan(P) & ~np.isnan(Ts)  # a period without data has no pressure to assume either
    P = np.where(no_pressure, pressure_at(plan.station.altitude), P)
    vapour = gas_mean(t, "h2o", plan) if "h2o" in plan.gases else np.full_like(Ts, np.nan)
    RH = _within(100.0 * means.slow_of("rh"), 0.0, 130.0)
    dry = np.isnan(vapour) & np.isnan(RH)
    how = plan.conventions

    def state(vapour: Array, RH: Array, quantity: str) -> Air:
        return air_state(
            Ts=Ts,
            T=T,
            P=P,
            vapour=np.where(np.isnan(vapour), 0.0, vapour),
            RH=np.minimum(RH, 100.0),
            quantity=quantity,
            constants=plan.constants,
            saturation=how.saturation,
            humidity_iterations=how.humidity_iterations,
            molar_volume=how.molar_volume,
            impossible_humidity=how.impossible_humidity,
        )

    air = state(vapour, RH, plan.gas["h2o"].decided if "h2o" in plan.gas else "mixing_ratio")
    hours = plan.decide.vapour_neighbour_hours
    chi = from_neighbours(means.time, np.where(dry, np.nan, air.chi), hours=hours)
    lent = dry & ~np.isnan(chi) & ~np.isnan(Ts)
    if lent.any():
        moist = state(chi, np.full_like(RH, np.nan), "mole_fraction")
        air = Air(
            **{f.name: np.where(lent, getattr(moist, f.name), getattr(air, f.name)) for f in fields(Air)}
        )
    return air, {
        "pressure_assumed": no_pressure,
        "temperature_assumed": np.isnan(T),
        "humidity_missing": dry & ~lent,
        "humidity_of_neighbours": lent,
    }


def _first(preferred: Array, otherwise: Array) -> Array:
    return np.where(np.isnan(preferred), otherwise, preferred)


def _within(x: Array, low: float, high: float) -> Array:
    """What a slow sensor of air can mean; anything else, such as a mark for nothing, is missing."""
    with np.errstate(invalid="ignore"):
        return np.where((x >= low) & (x <= high), x, np.nan)


def gas_covariances(t: Turbulence, plan: Plan) -> dict[str, GasCovariance]:
    """Return what is known of each gas before corrections."""
    return {
        gas: GasCovariance(
            covariance=t.scalars[gas].covariance[:, 2],
            mean=gas_mean(t, gas, plan),
            quantity=plan.gas[gas].decided,
            closed=plan.gas[gas].analyser.closed,
            vapour=plan.gas[gas].vapour or "h2o",
        )
        for gas in plan.gases
    }


# ---- corrections ----


def _linear(
    t: Turbulence, factors: Factors, air: Air, plan: Plan
) -> Callable[[Array, Mapping[str, GasCovariance]], Fluxes]:
    """Bind everything but the covariances of scalars."""
    uw, vw = t.stress[:, 0, 2], t.stress[:, 1, 2]

    def run(wTs: Array, gases: Mapping[str, GasCovariance]) -> Fluxes:
        return _order({"uw": uw, "vw": vw, "wTs": wTs}, gases, air, plan)(factors)

    return run


def _vapour_of_neighbours(
    gases: Mapping[str, GasCovariance], time: Times, air: Air, plan: Plan
) -> Callable[[Factors], Array | float]:
    """Return what lends, for given spectral factors, vapour fluxes to periods that have none. [kg m-2 s-1]"""
    hours, vapour = plan.decide.vapour_neighbour_hours, gases.get("h2o")
    if vapour is None or hours <= 0.0:
        return lambda factors: np.nan
    uncorrected = vapour.molar_flux(air) * plan.constants.M_w
    return lambda factors: from_neighbours(time, uncorrected * factors.gas["h2o"], hours=hours)


def _order(
    second: Mapping[str, Array],
    gases: Mapping[str, GasCovariance],
    air: Air,
    plan: Plan,
    *,
    lent: Callable[[Factors], Array | float] = lambda factors: np.nan,
) -> Callable[[Factors], Fluxes]:
    """Bind everything but the spectral factors; second: uw, vw, wTs; lent: vapour where there is none."""
    decide, how = plan.decide, plan.conventions

    def run(factors: Factors) -> Fluxes:
        flux = ORDERS[how.corrections](
            **second,
            gases=gases,
            factors=factors,
            air=air,
            constants=plan.constants,
            density_correction=decide.density != "none",
            humidity_correction=decide.humidity != "none",
            momentum=how.momentum,
            lent_vapour=lent(factors),
        )
        if how.in_situ_ustar == "measured" and decide.high_frequency in IN_SITU:
            return replace(flux, ustar=friction_velocity(second["uw"], second["vw"]))
        return flux

    return run


def spectral_conditions(
    t: Turbulence, means: Means, speed: Array, air: Air, plan: Plan
) -> SpectralConditions:
    """Return what spectral factors depend on, stability apart."""
    return SpectralConditions(
        U=speed,
        T=air.T,
        zeta=np.full_like(speed, np.nan),
        wind_direction=wind_direction_at(means.of("u"), means.of("v"), means.time, plan),
        at_default={gas: _at_physical_delay(t, gas, plan) for gas in plan.gases},
        lender={gas: t.scalars[gas].choice.lender for gas in plan.gases},
        time=means.time,
    )


def _at_physical_delay(t: Turbulence, gas: str, plan: Plan) -> npt.NDArray[np.bool_]:
    """Where the expected delay stands in, and not one that the season taught: those lie at peaks too."""
    choice = t.scalars[gas].choice
    if plan.decide.lag not in SEASONAL:
        return choice.at_default
    return np.asarray(choice.at_default & (choice.window.nominal == plan.windows[gas].nominal))


def _correct_spectra(
    order: Callable[[Factors], Fluxes],
    second: Mapping[str, Array],
    conditions: SpectralConditions,
    air: Air,
    plan: Plan,
) -> tuple[Factors, Fluxes, Array]:
    """Spectral factors, fluxes and Obukhov length: stability and factors depend on one another."""
    heat = second["wTs"]
    length = _obukhov(friction_velocity(second["uw"], second["vw"]), heat, air, plan)
    z = height_at(conditions.time, plan)
    at = replace(conditions, zeta=z / length)
    factors = spectral_factors(at, plan)
    for again in range(plan.conventions.stability_passes):
        if again:
            before, at = at, replace(at, zeta=z / length)
            factors = refined(factors, before, at, plan)
        flux = order(factors)
        buoyancy = plan.conventions.stability_heat == "buoyancy"
        kinematic = heat * factors.heat if buoyancy else flux.H / air.rho_cp
        length = _obukhov(flux.ustar, kinematic, air, plan)
    return factors, flux, length


def _obukhov(ustar: Array, kinematic: Array, air: Air, plan: Plan) -> Array:
    # The sonic's temperature is nearly the virtual one, its flux the buoyancy flux.
    potential = plan.conventions.stability_temperature == "potential"
    T = air.T * (1e5 / air.P) ** 0.286 if potential else air.Ts
    return similarity.obukhov_length(ustar, kinematic, T, g=plan.constants.g, kappa=plan.constants.kappa)
