"""Decide: moments of all periods to fluxes, one array operation per step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.physics import similarity, solar, transfer
from fluxkit.physics.air import Air, air_state, dew_point, pressure_at
from fluxkit.schema.variables import gas_names, mask
from fluxkit.site.models import Site
from fluxkit.tower import quality, settings, spectral_correction, storage
from fluxkit.tower.fluxes import ORDERS, Factors, Fluxes, GasCovariance, friction_velocity
from fluxkit.tower.settings import Plan
from fluxkit.tower.turbulence import Choices, Turbulence

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]
Products = dict[str, Array]

#: Names of fluxes that carry SCF, RANDUNC_HF, SSITC_TEST, by gas; h2o has two.
VAPOUR_NAMES = ("FH2O", "LE")


@dataclass(frozen=True)
class Means:
    """Plain statistics of each period that fluxes need beside second moments. Arrays over time."""

    time: Times  #: start, UTC
    mean: Mapping[str, Array]  #: variable -> mean, NaN where not measured [SI]
    valid: Mapping[str, Array]  #: variable -> samples
    wind_speed_max: Array  #: [m s-1]
    reason: npt.NDArray[np.int64]  #: bits of LOSS_FLAG known from condensing

    def of(self, name: str) -> Array:
        """Mean of a variable, NaN where it is not measured."""
        return self.mean.get(name, np.full(self.time.size, np.nan))


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
    site, t = plan.site, turbulence
    air, assumed = mean_air(t, means, plan)
    gases = gas_covariances(t, plan)
    speed = np.linalg.norm(t.rotated, axis=1)
    heat = t.scalars["t_sonic"].covariance[:, 2]
    second = {"uw": t.stress[:, 0, 2], "vw": t.stress[:, 1, 2], "wTs": heat}
    factors, flux, length = _correct_spectra(_order(second, gases, air, plan), second, speed, air, plan)
    uncorrected = _level_0(t, gases, air, plan)
    out: Products = _wind_products(t, means, speed, plan) | _air_products(air, t)
    out |= _flux_products(flux, uncorrected, factors, air, plan)
    out |= {"MO_LENGTH": length, "ZL": plan.height / length}
    with np.errstate(invalid="ignore", divide="ignore"):
        out["TSTAR"] = (1.0 if plan.reference else -1.0) * flux.H / (air.rho_cp * flux.ustar)
        out["BOWEN"] = flux.H / out["LE"] if "LE" in out else np.full_like(heat, np.nan)
    out |= _gas_products(t, means, air, plan)
    out |= _storage_products(means, air, gases, out, plan)
    out |= _random_errors(t, gases, factors, air, plan)
    out |= _quality_products(t, flux, out, plan)
    out |= _nee(out)
    out["SW_IN_POT"] = _mean_over_period(means.time, plan, site)
    out["NIGHT"] = (out["SW_IN_POT"] <= 0.0).astype(float)
    out["LOSS_FLAG"] = _loss_flag(means, assumed, t, out, plan)
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


def gas_mean(t: Turbulence, gas: str, plan: Plan) -> Array:
    """Mean of a gas; EddyPro 6 takes it after the shift by the lag."""
    scalar = t.scalars[gas]
    return scalar.aligned_mean if plan.reference else scalar.mean


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

    def both_sonic(f: Array, U: Array) -> Array:
        return np.asarray(spectral_correction.sonic_low_pass(f, U, sonic, eddypro_6=plan.reference) ** 2)

    def factor(momentum: bool, low: Callable[[Array, Array], Array]) -> Array:
        return spectral_correction.factor(
            band=spectral_correction.band_eddypro_6()
            if plan.reference
            else spectral_correction.band_logarithmic(),
            U=speed,
            zeta=zeta,
            height=plan.height,
            momentum=momentum,
            low_pass=low if low_on else None,
            high_pass=high if high_on else None,
        )

    def with_gas(gas: str) -> Callable[[Array, Array], Array]:
        path = settings.gas_path(site, gas)

        def low(f: Array, U: Array) -> Array:
            w = spectral_correction.sonic_low_pass(f, U, sonic, eddypro_6=plan.reference)
            return w * spectral_correction.gas_low_pass(f, U, T[:, None], path, eddypro_6=plan.reference)

        return low

    return Factors(
        momentum=factor(True, both_sonic),
        heat=factor(False, both_sonic),
        gas={gas: factor(False, with_gas(gas)) for gas in site.gases},
    )


def _level_0(t: Turbulence, gases: Mapping[str, GasCovariance], air: Air, plan: Plan) -> Products:
    """Fluxes straight from covariances."""
    uw, vw = t.stress[:, 0, 2], t.stress[:, 1, 2]
    ustar = friction_velocity(uw, vw)
    out = {
        "TAU_UNCORR": air.rho * ustar**2 if plan.reference else air.rho * uw,
        "H_UNCORR": air.rho_cp * t.scalars["t_sonic"].covariance[:, 2],
    }
    for gas, c in gases.items():
        flux = c.molar_flux(air)
        out[f"{gas_names(gas)[0]}_UNCORR"] = flux
        out[f"W_{gas.upper()}_COV"] = flux
        if gas == "h2o":
            out["LE_UNCORR"] = flux * plan.constants.M_w * air.lambda_
    return out


# ---- products ----


def _wind_products(t: Turbulence, means: Means, speed: Array, plan: Plan) -> Products:
    u, v = means.of("u"), means.of("v")
    offset = settings.wind_direction_offset(plan.site)
    deviation = np.sqrt(np.einsum("tii->ti", t.stress))
    return {
        "WS": speed,
        "WS_MAX": means.wind_speed_max,
        "WD": np.mod(180.0 - np.degrees(np.arctan2(v, u)) + offset, 360.0),
        "U_SIGMA": deviation[:, 0],
        "V_SIGMA": deviation[:, 1],
        "W_SIGMA": deviation[:, 2],
        "TKE": 0.5 * np.einsum("tii->t", t.stress),
        "ROT_YAW": t.angles[:, 0],
        "ROT_PITCH": t.angles[:, 1],
        "ROT_ROLL": t.angles[:, 2],
        "U_W_COV": t.stress[:, 0, 2],
        "V_W_COV": t.stress[:, 1, 2],
        "W_T_SONIC_COV": t.scalars["t_sonic"].covariance[:, 2],
    }


def _air_products(air: Air, t: Turbulence) -> Products:
    return {
        "T_SONIC": air.Ts,
        "T_SONIC_SIGMA": np.sqrt(t.scalars["t_sonic"].variance),
        "TA": air.T,
        "PA": air.P,
        "RH": air.RH / 100.0,
        "VPD": air.VPD,
        "TDEW": dew_point(air.e),
        "E": air.e,
        "ES": air.es,
        "Q": air.q,
        "RHO": air.rho,
        "RHO_V": air.rho_v,
        "CP": air.rho_cp / air.rho,
        "LAMBDA": air.lambda_,
    }


def _flux_products(flux: Fluxes, uncorrected: Products, factors: Factors, air: Air, plan: Plan) -> Products:
    out = dict(uncorrected)
    out |= {"USTAR": flux.ustar, "TAU": flux.momentum, "H": flux.H}
    out |= {"TAU_SCF": factors.momentum, "H_SCF": factors.heat}
    for gas in plan.site.gases:
        name = gas_names(gas)[0]
        out[name] = flux.gas[gas]
        out[f"{name}_SCF"] = factors.gas[gas]
    if "h2o" in plan.site.gases:
        out |= {"LE": air.lambda_ * flux.E, "ET": flux.E, "LE_SCF": factors.gas["h2o"]}
    return out


def _gas_products(t: Turbulence, means: Means, air: Air, plan: Plan) -> Products:
    out: Products = {}
    for gas in plan.site.gases:
        name, scalar = gas.upper(), t.scalars[gas]
        quantity = settings.gas_quantity(plan.site, gas)
        unity = np.ones_like(air.Va)
        molar = {"density": air.Va, "mole_fraction": unity, "mixing_ratio": 1.0 - air.chi}[quantity]
        fraction = gas_mean(t, gas, plan) * molar
        out[name] = fraction
        out[f"{name}_MIXING_RATIO"] = fraction / (1.0 - air.chi)
        out[f"{name}_MOLAR_DENSITY"] = fraction / air.Va
        out[f"{name}_SIGMA"] = np.sqrt(scalar.variance) * molar
        window = plan.windows[gas]
        out[f"{name}_TLAG_ACTUAL"] = np.where(
            np.isnan(scalar.covariance[:, 2]), np.nan, scalar.choice.found / plan.rate
        )
        out[f"{name}_TLAG_USED"] = np.where(
            np.isnan(scalar.covariance[:, 2]), np.nan, scalar.choice.used / plan.rate
        )
        everywhere = np.ones(means.time.size)
        out[f"{name}_TLAG_NOMINAL"] = everywhere * window.nominal / plan.rate
        out[f"{name}_TLAG_MIN"] = everywhere * window.first / plan.rate
        out[f"{name}_TLAG_MAX"] = everywhere * window.last / plan.rate
    return out


def _storage_products(
    means: Means, air: Air, gases: Mapping[str, GasCovariance], out: Products, plan: Plan
) -> Products:
    """One-point storage. A mixing ratio is what a parcel keeps; EddyPro 6 takes the mole fraction."""
    if plan.site.decide.storage == "none":
        return {}

    def change(x: Array, per_volume: Array, height: float) -> Array:
        return storage.storage_one_point(x, per_volume, means.time, height=height, seconds=plan.seconds)

    z = plan.site.sonic.height
    result: Products = {"SH": change(air.T, air.rho_cp, z)}
    for gas in gases:
        name = gas.upper()
        if plan.reference:
            above = plan.site.analyser(gas).vertical_separation
            s = change(out[name], 1.0 / air.Va, z + above)
        else:
            s = change(out[f"{name}_MIXING_RATIO"], 1.0 / air.Vd, z)
        result[gas_names(gas)[1]] = s
        if gas == "h2o":
            result["SLE"] = s * plan.constants.M_w * air.lambda_
    return result


def _random_errors(
    t: Turbulence, gases: Mapping[str, GasCovariance], factors: Factors, air: Air, plan: Plan
) -> Products:
    """Standard error of each flux: of its covariance, scaled as the flux is (EddyPro 6: not scaled)."""
    if plan.site.decide.random_error == "none":
        return {}
    scaled = 0.0 if plan.reference else 1.0
    out = {
        "TAU_RANDUNC_HF": t.momentum_error * air.rho * factors.momentum**scaled,
        "H_RANDUNC_HF": t.scalars["t_sonic"].error * air.rho_cp * factors.heat**scaled,
    }
    for gas, c in gases.items():
        error = GasCovariance(t.scalars[gas].error, c.mean, c.quantity, c.closed).molar_flux(air)
        error = error * factors.gas[gas] ** scaled
        out[f"{gas_names(gas)[0]}_RANDUNC_HF"] = error
        if gas == "h2o":
            out["LE_RANDUNC_HF"] = error * plan.constants.M_w * air.lambda_
    return out


def _quality_products(t: Turbulence, flux: Fluxes, out: Products, plan: Plan) -> Products:
    """Stationarity, integral turbulence and their flags."""
    if plan.site.decide.quality == "none":
        return {}
    steady = {"TAU": _momentum_stationarity(t, plan), "H": _scalar_stationarity(t, "t_sonic")}
    for gas in plan.site.gases:
        steady[gas_names(gas)[0]] = _scalar_stationarity(t, gas)
        if gas == "h2o":
            steady["LE"] = steady["FH2O"]
    omega = similarity.OMEGA_SOLAR_DAY if plan.reference else similarity.OMEGA
    f_c = similarity.coriolis(plan.site.station.latitude, omega)
    model = similarity.integral_turbulence_thomas_foken_2002(out["ZL"], flux.ustar, f_c)
    itc = {
        "U_ITC": quality.turbulence_deviation(out["U_SIGMA"], flux.ustar, model["u"]),
        "W_ITC": quality.turbulence_deviation(out["W_SIGMA"], flux.ustar, model["w"]),
        "T_SONIC_ITC": quality.turbulence_deviation(out["T_SONIC_SIGMA"], out["TSTAR"], model["t_sonic"]),
    }
    classes = {name: quality.classes(p, whole_numbers=plan.reference) for name, p in itc.items()}
    result = {name: p / 100.0 for name, p in itc.items()}
    for name, percent in steady.items():
        result[f"{name}_SS"] = percent / 100.0
        developed = np.fmax(classes["U_ITC"], classes["W_ITC"]) if name == "TAU" else classes["W_ITC"]
        steady_class = quality.classes(percent, whole_numbers=plan.reference)
        result[f"{name}_SSITC_TEST"] = quality.flag_mauder_foken_2004(steady_class, developed)
    return result


def _scalar_stationarity(t: Turbulence, name: str) -> Array:
    s = t.scalars[name]
    return quality.stationarity_foken_wichura_1996(s.undetrended, s.blocks)


def _momentum_stationarity(t: Turbulence, plan: Plan) -> Array:
    """Of the stress along the mean wind; EddyPro 6: of the friction velocity from both components."""
    whole, blocks = t.undetrended, t.stress_blocks
    if plan.reference:
        mean = np.hypot(np.nanmean(blocks[..., 0], axis=1), np.nanmean(blocks[..., 1], axis=1))
        return quality.deviation(np.sqrt(np.hypot(whole[:, 0], whole[:, 1])), np.sqrt(mean))
    return quality.stationarity_foken_wichura_1996(whole[:, 0], blocks[..., 0])


def _nee(out: Products) -> Products:
    """NEE = FC + SC, with FC's error and flag; without storage it is FC and a bit says so."""
    if "FC" not in out:
        return {}
    stored = out.get("SC", np.full_like(out["FC"], np.nan))
    result = {"NEE": out["FC"] + np.nan_to_num(stored)}
    for suffix in ("RANDUNC_HF", "SSITC_TEST"):
        if f"FC_{suffix}" in out:
            result[f"NEE_{suffix}"] = out[f"FC_{suffix}"]
    return result


def _mean_over_period(time: Times, plan: Plan, site: Site) -> Array:
    """Potential radiation averaged over each period, from ten instants."""
    fractions = (np.arange(10) + 0.5) / 10.0 * plan.seconds * 1e9
    instants = time.astype("datetime64[ns]")[:, None] + fractions.astype("timedelta64[ns]")
    station = site.station
    radiation = solar.potential_radiation(instants, station.latitude, station.longitude)
    return np.asarray(radiation.mean(axis=1))


def _loss_flag(
    means: Means, assumed: Mapping[str, npt.NDArray[np.bool_]], t: Turbulence, out: Products, plan: Plan
) -> Array:
    flag = means.reason.astype(np.int64)
    measured = ~np.isnan(t.rotated[:, 0])

    def mark(bit: str, where: Any) -> None:
        nonlocal flag
        flag = np.where(where & measured, flag | mask("LOSS_FLAG", bit), flag)

    for bit, where in assumed.items():
        mark(bit, where)
    for gas in plan.site.gases:
        scalar = t.scalars[gas]
        mark("lag_at_default", scalar.choice.at_default & ~np.isnan(scalar.covariance[:, 2]))
    for name in ("H_SCF", "FC_SCF"):
        if name in out:
            mark("spectral_correction_missing", ~np.isfinite(out[name]))
    if "SC" in out:
        mark("storage_missing", np.isnan(out["SC"]))
    elif "FC" in out:
        mark("storage_missing", np.ones(flag.size, dtype=bool))
    if "H_SSITC_TEST" in out:
        mark("quality_test_missing", np.isnan(out["H_SSITC_TEST"]))
    return flag.astype(np.float64)
