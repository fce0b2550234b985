"""Decide: moments of all periods to fluxes, one array operation per step."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.physics import similarity, transfer
from fluxkit.physics.air import Air, air_state, pressure_at
from fluxkit.tower import products, settings, spectral_correction
from fluxkit.tower.fluxes import ORDERS, Factors, Fluxes, GasCovariance, friction_velocity
from fluxkit.tower.products import Means, Products, gas_mean
from fluxkit.tower.settings import Plan
from fluxkit.tower.turbulence import Choices, Turbulence

Array = npt.NDArray[np.float64]


def choices_of(plan: Plan) -> Choices:
    """Return the decisions that shape second moments."""
    decide = plan.site.decide
    return Choices(
        rotation=decide.rotation,
        linear=decide.detrending == "linear",
        lag=decide.lag,
        windows=plan.windows,
        rate=plan.rate,
        error_reach="integral-scale" if plan.reference else "all",
        height=plan.height,
    )


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
    t = turbulence
    air, assumed = mean_air(t, means, plan)
    gases = gas_covariances(t, plan)
    speed = np.linalg.norm(t.rotated, axis=1)
    heat = t.scalars["t_sonic"].covariance[:, 2]
    second = {"uw": t.stress[:, 0, 2], "vw": t.stress[:, 1, 2], "wTs": heat}
    factors, flux, length = _correct_spectra(_order(second, gases, air, plan), second, speed, air, plan)
    uncorrected = products.uncorrected_fluxes(t, gases, air, plan)
    out: Products = products.wind_products(t, means, speed, plan) | products.air_products(air, t)
    out |= products.flux_products(flux, uncorrected, factors, air, plan)
    out |= {"MO_LENGTH": length, "ZL": plan.height / length}
    with np.errstate(invalid="ignore", divide="ignore"):
        out["TSTAR"] = (1.0 if plan.reference else -1.0) * flux.H / (air.rho_cp * flux.ustar)
        out["BOWEN"] = flux.H / out["LE"] if "LE" in out else np.full_like(heat, np.nan)
    out |= products.gas_products(t, air, plan)
    out |= products.storage_products(means, air, gases, out, plan)
    out |= products.random_errors(t, gases, factors, air, plan)
    out |= products.quality_products(t, flux, out, plan)
    out |= products.nee_products(out)
    out |= products.footprint_products(flux, out, plan)
    out |= products.sun_products(means.time, plan)
    out["LOSS_FLAG"] = products.loss_flag(means, assumed, t, out, plan)
    return out


# ---- state of the air ----


def mean_air(t: Turbulence, means: Means, plan: Plan) -> tuple[Air, dict[str, npt.NDArray[np.bool_]]]:
    """State of the air, and which periods rest on an assumption (bit of LOSS_FLAG -> mask)."""
    Ts, T = means.of("t_sonic"), means.of("t_air")
    P = means.of("p_air")
    no_pressure = np.isnan(P) & ~np.isnan(Ts)  # a period without data has no pressure to assume either
    P = np.where(no_pressure, pressure_at(plan.site.station.altitude), P)
    vapour = gas_mean(t, "h2o", plan) if "h2o" in plan.site.gases else np.full_like(Ts, np.nan)
    dry = np.isnan(vapour)
    quantity = settings.gas_quantity(plan.site, "h2o") if "h2o" in plan.site.columns else "mixing_ratio"
    air = air_state(
        Ts=Ts,
        T=T,
        P=P,
        vapour=np.where(dry, 0.0, vapour),
        quantity=quantity,
        constants=plan.constants,
        eddypro_6=plan.reference,
    )
    return air, {"pressure_assumed": no_pressure, "temperature_assumed": np.isnan(T), "humidity_missing": dry}


def gas_covariances(t: Turbulence, plan: Plan) -> dict[str, GasCovariance]:
    """Return what is known of each gas before corrections."""
    return {
        gas: GasCovariance(
            covariance=t.scalars[gas].covariance[:, 2],
            mean=gas_mean(t, gas, plan),
            quantity=settings.gas_quantity(plan.site, gas),
            closed=plan.site.analyser(gas).closed,
        )
        for gas in plan.site.gases
    }


# ---- corrections ----


def _order(
    second: Mapping[str, Array], gases: Mapping[str, GasCovariance], air: Air, plan: Plan
) -> Callable[[Factors], Fluxes]:
    """Bind everything but the spectral factors; second: uw, vw, wTs."""
    decide = plan.site.decide

    def run(factors: Factors) -> Fluxes:
        return ORDERS[decide.arithmetic](
            **second,
            gases=gases,
            factors=factors,
            air=air,
            constants=plan.constants,
            density_correction=decide.density != "none",
            humidity_correction=decide.humidity != "none",
        )

    return run


def _correct_spectra(
    order: Callable[[Factors], Fluxes], second: Mapping[str, Array], speed: Array, air: Air, plan: Plan
) -> tuple[Factors, Fluxes, Array]:
    """Spectral factors, fluxes and Obukhov length: stability and factors depend on one another."""
    heat = second["wTs"]
    length = _obukhov(friction_velocity(second["uw"], second["vw"]), heat, air, plan)
    for _ in range(1 if plan.reference else 3):
        factors = spectral_factors(speed, plan.height / length, air.T, plan)
        flux = order(factors)
        kinematic = flux.H / air.rho_cp if plan.reference else heat * factors.heat
        length = _obukhov(flux.ustar, kinematic, air, plan)
    return factors, flux, length


def _obukhov(ustar: Array, kinematic: Array, air: Air, plan: Plan) -> Array:
    # The sonic's temperature is nearly the virtual one, its flux the buoyancy flux.
    T = air.T * (1e5 / air.P) ** 0.286 if plan.reference else air.Ts
    return similarity.obukhov_length(ustar, kinematic, T, g=plan.constants.g, kappa=plan.constants.kappa)


def spectral_factors(speed: Array, zeta: Array, T: Array, plan: Plan) -> Factors:
    """Correction factors of momentum, heat and gases.

    EddyPro 6 multiplies both signals' high-pass functions, which squares what acts on a
    covariance once.
    """
    decide, site = plan.site.decide, plan.site
    if decide.high_frequency == "none" and decide.low_frequency == "none":
        one = np.ones_like(speed)
        return Factors(one, one, dict.fromkeys(site.gases, one))
    sonic = settings.sonic_path(site)
    low_on, high_on = decide.high_frequency != "none", decide.low_frequency != "none"
    removed = transfer.high_pass_linear if decide.detrending == "linear" else transfer.high_pass_block_average
    power = 2 if plan.reference else 1

    def high(f: Array) -> Array:
        return np.asarray(removed(f, plan.seconds) ** power)

    def both_sonic(f: Array, U: Array, T: Array) -> Array:
        return np.asarray(spectral_correction.sonic_low_pass(f, U, sonic, eddypro_6=plan.reference) ** 2)

    def factor(momentum: bool, low: spectral_correction.LowPass) -> Array:
        return spectral_correction.factor(
            band=spectral_correction.band_eddypro_6()
            if plan.reference
            else spectral_correction.band_logarithmic(),
            U=speed,
            T=T,
            zeta=zeta,
            height=plan.height,
            momentum=momentum,
            low_pass=low if low_on else None,
            high_pass=high if high_on else None,
        )

    def with_gas(gas: str) -> spectral_correction.LowPass:
        path = settings.gas_path(site, gas)

        def low(f: Array, U: Array, T: Array) -> Array:
            w = spectral_correction.sonic_low_pass(f, U, sonic, eddypro_6=plan.reference)
            return w * spectral_correction.gas_low_pass(f, U, T, path, eddypro_6=plan.reference)

        return low

    return Factors(
        momentum=factor(True, both_sonic),
        heat=factor(False, both_sonic),
        gas={gas: factor(False, with_gas(gas)) for gas in site.gases},
    )
