"""What is made of fluxes and second moments: the half-hourly products, SI, by name of the vocabulary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.physics import similarity, solar
from fluxkit.physics.air import Air, dew_point
from fluxkit.schema.variables import gas_names, mask
from fluxkit.site.sections.biomet import BIOMET_VARIABLES
from fluxkit.tower.density.fluxes import Factors, Fluxes, GasCovariance, friction_velocity, momentum_flux
from fluxkit.tower.epochs import wind_direction_at
from fluxkit.tower.plan import Plan
from fluxkit.tower.quality_control import quality
from fluxkit.tower.storages.profile_storage import ProfileChange
from fluxkit.tower.turbulence import Turbulence

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]
Cross = npt.NDArray[np.complex64]
Products = dict[str, Array]


@dataclass(frozen=True)
class Means:
    """Plain statistics of each period that fluxes need beside second moments. Arrays over time."""

    time: Times  #: start, UTC
    mean: Mapping[str, Array]  #: variable -> mean, NaN where not measured [SI]
    valid: Mapping[str, Array]  #: variable -> samples
    wind_speed_max: Array  #: [m s-1]
    reason: npt.NDArray[np.int64]  #: bits of LOSS_FLAG known from condensing
    #: Scalar -> change from begin to end of the period, NaN where it is not known [SI]
    change: Mapping[str, Array] = field(default_factory=dict)
    slow: Mapping[str, Array] = field(default_factory=dict)  #: slow measurements, see ``tower.biomet`` [SI]
    profile: Mapping[str, ProfileChange] = field(
        default_factory=dict
    )  #: of gases and t_air, where it is wanted
    power: Mapping[str, Array] = field(default_factory=dict)  #: scalar -> spectrum, if wanted: (time, bin)
    heat: Cross = field(default_factory=lambda: np.zeros((0, 3, 0), np.complex64))  #: of wind with t_sonic
    quadrants: Array = field(default_factory=lambda: np.zeros((0, 0)))  #: for partition, if kept: (time, 23)

    def of(self, name: str) -> Array:
        """Mean of a variable, NaN where it is not measured."""
        return self.mean.get(name, np.full(self.time.size, np.nan))

    def relative_change(self, name: str) -> Array:
        """Change of a scalar over the period, relative to its mean; NaN where it is not known."""
        unknown = np.full(self.time.size, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.change.get(name, unknown) / self.of(name))

    def slow_of(self, name: str) -> Array:
        """Mean of a slow measurement, NaN where there is none."""
        return self.slow.get(name, np.full(self.time.size, np.nan))


def gas_mean(t: Turbulence, gas: str, plan: Plan) -> Array:
    """Mean of a gas over the period, or after the shift by the lag."""
    scalar = t.scalars[gas]
    return scalar.aligned_mean if plan.conventions.gas_mean == "at-lag" else scalar.mean


def uncorrected_fluxes(t: Turbulence, gases: Mapping[str, GasCovariance], air: Air, plan: Plan) -> Products:
    """Fluxes straight from covariances."""
    uw, vw = t.stress[:, 0, 2], t.stress[:, 1, 2]
    ustar = friction_velocity(uw, vw)
    out = {
        "TAU_UNCORR": momentum_flux(uw, ustar, air.rho, plan.conventions.momentum),
        "H_UNCORR": air.rho_cp * t.scalars["t_sonic"].covariance[:, 2],
    }
    for gas, c in gases.items():
        flux = c.molar_flux(air)
        out[f"{gas_names(gas)[0]}_UNCORR"] = flux
        out[f"W_{gas.upper()}_COV"] = flux
        if gas == "h2o":
            out["LE_UNCORR"] = flux * plan.constants.M_w * air.lambda_
    return out


def wind_products(t: Turbulence, means: Means, speed: Array, plan: Plan) -> Products:
    """Wind statistics and rotation angles."""
    deviation = np.sqrt(np.einsum("tii->ti", t.stress))
    return {
        "WS": speed,
        "WS_MAX": means.wind_speed_max,
        "WD": wind_direction_at(means.of("u"), means.of("v"), means.time, plan),
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


def slow_products(means: Means) -> Products:
    """What slow instruments measured and no other product holds."""
    elsewhere = ("t_air", "rh", "p_air", "boundary_layer_height")
    return {BIOMET_VARIABLES[k][1]: x for k, x in means.slow.items() if k not in elsewhere}


def air_products(air: Air, t: Turbulence) -> Products:
    """State of the air."""
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


def flux_products(
    t: Turbulence, flux: Fluxes, uncorrected: Products, factors: Factors, air: Air, plan: Plan
) -> Products:
    """Fluxes with their factors and what they were before."""
    out = dict(uncorrected)
    out |= {f"TAU_{c}W": air.rho * t.stress[:, k, 2] * factors.momentum for k, c in enumerate("UV")}
    out |= {"USTAR": flux.ustar, "TAU": flux.momentum, "H": flux.H}
    out |= {"TAU_SCF": factors.momentum, "H_SCF": factors.heat}
    for gas in plan.gases:
        name = gas_names(gas)[0]
        out[name] = flux.gas[gas]
        out[f"{name}_SCF"] = factors.gas[gas]
    if "h2o" in plan.gases:
        out |= {"LE": air.lambda_ * flux.E, "ET": flux.E, "LE_SCF": factors.gas["h2o"]}
    return out


def gas_products(t: Turbulence, air: Air, kappa: Mapping[str, Array | float], plan: Plan) -> Products:
    """Amount, spread and lag of each gas; kappa: gas -> true over reported amount [1]."""
    out: Products = {}
    for gas in plan.gases:
        name, scalar = gas.upper(), t.scalars[gas]
        quantity = plan.gas[gas].decided
        unity = np.ones_like(air.Va)
        molar = {"density": air.Va, "mole_fraction": unity, "mixing_ratio": 1.0 - air.chi}[quantity]
        molar = molar * kappa[gas]
        fraction = gas_mean(t, gas, plan) * molar
        if gas == "h2o" and plan.conventions.vapour_of_slow_sensor and "rh" in plan.slow:
            fraction = air.chi
        out[name] = fraction
        out[f"{name}_MIXING_RATIO"] = fraction / (1.0 - air.chi)
        out[f"{name}_MOLAR_DENSITY"] = fraction / air.Va
        out[f"{name}_SIGMA"] = np.sqrt(scalar.variance) * molar
        out[f"{name}_TLAG_ACTUAL"] = np.where(
            np.isnan(scalar.covariance[:, 2]), np.nan, scalar.choice.found / plan.rate
        )
        out[f"{name}_TLAG_USED"] = np.where(
            np.isnan(scalar.covariance[:, 2]), np.nan, scalar.choice.used / plan.rate
        )
        out[f"{name}_TLAG_SOURCE"] = np.where(
            np.isnan(scalar.covariance[:, 2]), np.nan, scalar.choice.source.astype(np.float64)
        )
        window = scalar.choice.window
        out[f"{name}_TLAG_NOMINAL"] = window.nominal / plan.rate
        out[f"{name}_TLAG_MIN"] = window.first / plan.rate
        out[f"{name}_TLAG_MAX"] = window.last / plan.rate
    return out


def quality_products(t: Turbulence, flux: Fluxes, out: Products, plan: Plan) -> Products:
    """Stationarity, integral turbulence and their flags."""
    if plan.decide.quality == "none":
        return {}
    steady = {"TAU": _momentum_stationarity(t, plan), "H": _scalar_stationarity(t, "t_sonic")}
    for gas in plan.gases:
        steady[gas_names(gas)[0]] = _scalar_stationarity(t, gas)
        if gas == "h2o":
            steady["LE"] = steady["FH2O"]
    how = plan.conventions
    omega = similarity.OMEGA_SOLAR_DAY if how.solar_day else similarity.OMEGA
    f_c = similarity.coriolis(plan.station.latitude, omega)
    model = similarity.integral_turbulence_thomas_foken_2002(
        out["ZL"], flux.ustar, f_c, beyond_range=how.turbulence_test_range == "all"
    )
    itc = {
        "U_ITC": quality.turbulence_deviation(out["U_SIGMA"], flux.ustar, model["u"]),
        "W_ITC": quality.turbulence_deviation(out["W_SIGMA"], flux.ustar, model["w"]),
        "T_SONIC_ITC": quality.turbulence_deviation(out["T_SONIC_SIGMA"], out["TSTAR"], model["t_sonic"]),
    }
    whole = how.classes_in_whole_numbers
    classes = {name: quality.classes(p, whole_numbers=whole) for name, p in itc.items()}
    result = {name: p / 100.0 for name, p in itc.items()}
    for name, percent in steady.items():
        result[f"{name}_SS"] = percent / 100.0
        developed = np.fmax(classes["U_ITC"], classes["W_ITC"]) if name == "TAU" else classes["W_ITC"]
        steady_class = quality.classes(percent, whole_numbers=whole)
        for scheme, test in _quality_schemes(plan).items():
            result[f"{name}_{scheme}_TEST"] = quality.judged(test, steady_class, developed)
    return result


def _quality_schemes(plan: Plan) -> dict[str, Callable[[Array, Array], Array]]:
    """Name in the variables -> flag from classes of stationarity and turbulence."""
    how = plan.conventions
    schemes: dict[str, Callable[[Array, Array], Array]] = {"SSITC": quality.flag_mauder_foken_2004}
    if plan.decide.quality == "foken-2003":
        schemes["FOKEN"] = partial(quality.flag_foken_2003, third_class=how.foken_2003_third_class)
    elif plan.decide.quality == "goeckede-2004":
        listed = how.goeckede_2004_combinations == "listed"
        schemes["GOECKEDE"] = partial(quality.flag_goeckede_2004, listed_only=listed)
    return schemes


def _scalar_stationarity(t: Turbulence, name: str) -> Array:
    s = t.scalars[name]
    return quality.stationarity_foken_wichura_1996(s.undetrended, s.blocks)


def _momentum_stationarity(t: Turbulence, plan: Plan) -> Array:
    """Of the stress along the mean wind, or of the friction velocity from both components."""
    whole, blocks = t.undetrended, t.stress_blocks
    if plan.conventions.stationarity_of_momentum == "friction-velocity":
        mean = np.hypot(quality.mean_of_blocks(blocks[..., 0]), quality.mean_of_blocks(blocks[..., 1]))
        return quality.deviation(np.sqrt(np.hypot(whole[:, 0], whole[:, 1])), np.sqrt(mean))
    return quality.stationarity_foken_wichura_1996(whole[:, 0], blocks[..., 0])


def nee_products(out: Products) -> Products:
    """NEE = FC + SC, with FC's error and flag; without storage it is FC, which LOSS_FLAG shows."""
    if "FC" not in out:
        return {}
    stored = out.get("SC", np.full_like(out["FC"], np.nan))
    result = {"NEE": out["FC"] + np.nan_to_num(stored)}
    for suffix in ("RANDUNC_HF", "SSITC_TEST"):
        if f"FC_{suffix}" in out:
            result[f"NEE_{suffix}"] = out[f"FC_{suffix}"]
    return result


def sun_products(time: Times, plan: Plan) -> Products:
    """Potential radiation averaged over each period, from ten instants, and whether it is night."""
    fractions = (np.arange(10) + 0.5) / 10.0 * plan.seconds * 1e9
    instants = time.astype("datetime64[ns]")[:, None] + fractions.astype("timedelta64[ns]")
    station = plan.station
    radiation = solar.potential_radiation(instants, station.latitude, station.longitude).mean(axis=1)
    return {"SW_IN_POT": radiation, "NIGHT": (radiation <= 0.0).astype(float)}


def loss_flag(
    means: Means, assumed: Mapping[str, npt.NDArray[np.bool_]], t: Turbulence, out: Products, plan: Plan
) -> Array:
    """Bits of LOSS_FLAG of each period: what was lost, assumed or left out."""
    flag = means.reason.astype(np.int64)
    measured = ~np.isnan(t.rotated[:, 0])

    def mark(bit: str, where: Any) -> None:
        nonlocal flag
        flag = np.where(where & measured, flag | mask("LOSS_FLAG", bit), flag)

    for bit, where in assumed.items():
        mark(bit, where)
    mark("rotation_fell_back", t.rotation_fell_back)
    for gas in plan.gases:
        scalar = t.scalars[gas]
        there = ~np.isnan(scalar.covariance[:, 2])
        mark("lag_at_default", scalar.choice.at_default & there)
        mark("lag_below_detection", scalar.choice.below_detection & there)
    for name in out:
        if name.endswith("_SCF"):
            mark("spectral_correction_missing", ~np.isfinite(out[name]))
    if "SC" in out:
        mark("storage_missing", np.isnan(out["SC"]))
    elif "FC" in out:
        mark("storage_missing", np.ones(flag.size, dtype=bool))
    if "H_SSITC_TEST" in out:
        mark("quality_test_missing", np.isnan(out["H_SSITC_TEST"]) | np.isnan(out["W_ITC"]))
    return flag.astype(np.float64)
