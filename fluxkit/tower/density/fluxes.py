"""From second moments to fluxes: the order of corrections.

Two orders are built. The joint one corrects every covariance for what the instruments and the
averaging took, then solves the humidity and density corrections together. The sequential one,
EddyPro 6's, takes the humidity correction from the uncorrected vapour flux and scales heat afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.constants import Constants
from fluxkit.physics import density
from fluxkit.physics.absorption_line import LineTerms
from fluxkit.physics.air import Air

Array = npt.NDArray[np.float64]
Momentum = Literal["upward", "downward"]


@dataclass(frozen=True)
class GasCovariance:
    """What is known of one gas before corrections. Arrays over time."""

    covariance: Array  #: with vertical wind, of what `quantity` says: [mol m-2 s-1] or [mol mol-1 m s-1]
    mean: Array  #: [mol m-3] or [mol mol-1]
    quantity: str  #: density, mole_fraction or mixing_ratio
    closed: bool
    vapour: str = "h2o"  #: the water vapour that dilutes it; its own name for vapour itself
    heating: Array | float = 0.0  #: heat that its analyser adds to the air in its path [W m-2]
    line: LineTerms | None = None  #: of an analyser that reads one absorption line

    @property
    def kappa(self) -> Array | float:
        """True over reported density [1]."""
        return 1.0 if self.line is None else self.line.kappa

    def molar_flux(self, air: Air) -> Array:
        """Uncorrected flux [mol m-2 s-1]."""
        one = np.ones_like(air.Vd)
        per_volume = {"density": one, "mixing_ratio": one / air.Vd, "mole_fraction": one / air.Va}
        return np.asarray(self.covariance * per_volume[self.quantity])


@dataclass(frozen=True)
class Fluxes:
    """Fluxes of all periods, SI. Upward positive."""

    ustar: Array  #: friction velocity [m s-1]
    momentum: Array  #: [kg m-1 s-2]
    H: Array  #: sensible heat [W m-2]
    E: Array  #: water vapour [kg m-2 s-1]
    gas: dict[str, Array]  #: molar fluxes, h2o included [mol m-2 s-1]


@dataclass(frozen=True)
class Factors:
    """Spectral correction factors. Arrays over time [1]."""

    momentum: Array
    heat: Array
    gas: dict[str, Array]


def friction_velocity(uw: Array, vw: Array) -> Array:
    """Friction velocity from both stress components. [m s-1] Stull (1988, eq. 2.10b)."""
    return np.asarray((uw**2 + vw**2) ** 0.25)


def fluxes_joint(
    *,
    uw: Array,
    vw: Array,
    wTs: Array,
    gases: Mapping[str, GasCovariance],
    factors: Factors,
    air: Air,
    constants: Constants,
    density_correction: bool,
    humidity_correction: bool,
    momentum: Momentum = "upward",
    lent_vapour: Array | float = np.nan,
) -> Fluxes:
    """Spectral factors first, then humidity and density corrections solved together.

    Parameters
    ----------
    uw, vw : (time,) arrays
        Covariances of vertical with streamwise and lateral wind. [m2 s-2]
    wTs : (time,) array
        Covariance of vertical wind and sonic temperature. [K m s-1]
    gases : mapping
        Gas -> GasCovariance.
    factors : Factors
    air : Air
    constants : Constants
    density_correction, humidity_correction : bool
        Webb et al. (1980) for open paths; Schotanus et al. (1983) for sonic temperature.
    momentum : {"upward", "downward"}
        Size of the stress, rho u*^2, with the sign of u'w', negative when the surface takes momentum up; or
        always positive.
    lent_vapour : (time,) array, optional
        Vapour flux before density corrections that stands in, in corrections, for one that is missing; NaN
        where none does. [kg m-2 s-1]

    Returns
    -------
    Fluxes
        A vapour flux that was not measured stays NaN.
    """
    wTs = wTs * factors.heat
    raw = {g: c.molar_flux(air) * factors.gas[g] for g, c in gases.items()}
    zero = np.zeros_like(wTs)
    vapour = gases.get("h2o")
    E = raw["h2o"] * constants.M_w if vapour is not None else zero
    dilutes = vapour is not None and not vapour.closed and vapour.quantity == "density" and density_correction
    known = np.where(np.isnan(E), lent_vapour, E)
    # A period without vapour still has heat; that it was taken as dry is flagged by the caller.
    E_known = np.nan_to_num(known)
    heating = vapour.heating if vapour is not None else 0.0
    if dilutes and humidity_correction:
        H, E_both = density.heat_and_vapour(wTs, E_known, air, mu=constants.mu, heating=heating)
        known = np.where(np.isnan(known), np.nan, E_both)
    else:
        H = (
            density.sensible_heat_schotanus_1983(wTs, E_known, air)
            if humidity_correction
            else air.rho_cp * wTs
        )
        if dilutes:
            known = density.vapour_flux_webb_1980(known, H + heating, air, mu=constants.mu)
    gas = _gas_fluxes(raw, gases, known, H, air, constants, density_correction)
    ustar, tau = _momentum(uw, vw, factors.momentum, air, momentum)
    return Fluxes(ustar, tau, H, np.where(np.isnan(E), np.nan, known), _measured(gas, raw))


def _measured(gas: dict[str, Array], raw: Mapping[str, Array]) -> dict[str, Array]:
    """Take away the vapour flux that others lent."""
    return {g: np.where(np.isnan(raw[g]), np.nan, flux) for g, flux in gas.items()}


def momentum_flux(uw: Array, ustar: Array, rho: Array, momentum: Momentum) -> Array:
    """Size of the stress vector, rho u*^2, in upward direction with the sign of uw. [kg m-1 s-2]"""
    size = rho * ustar**2
    return np.asarray(size if momentum == "downward" else np.copysign(size, uw))


def _momentum(uw: Array, vw: Array, factor: Array, air: Air, momentum: Momentum) -> tuple[Array, Array]:
    """Friction velocity and momentum flux. [m s-1], [kg m-1 s-2]"""
    ustar = friction_velocity(uw, vw) * np.sqrt(factor)
    return ustar, momentum_flux(uw, ustar, air.rho, momentum)


def fluxes_sequential(
    *,
    uw: Array,
    vw: Array,
    wTs: Array,
    gases: Mapping[str, GasCovariance],
    factors: Factors,
    air: Air,
    constants: Constants,
    density_correction: bool,
    humidity_correction: bool,
    momentum: Momentum = "downward",
    lent_vapour: Array | float = np.nan,
) -> Fluxes:
    """Corrections one after the other, EddyPro 6's order. Parameters and result as `fluxes_joint`.

    The humidity correction takes the uncorrected vapour flux, and heat is scaled after it; an
    open path's vapour flux is corrected with that heat flux.
    """
    raw = {g: c.molar_flux(air) * factors.gas[g] for g, c in gases.items()}
    vapour = gases.get("h2o")
    E0 = vapour.molar_flux(air) * constants.M_w if vapour is not None else np.zeros_like(wTs)
    E0 = np.where(np.isnan(E0), lent_vapour, E0)
    H = air.rho_cp * wTs
    if humidity_correction and vapour is not None:
        H = density.sensible_heat_schotanus_1983(wTs, E0, air, first_order=True)
    H = H * factors.heat
    E = raw["h2o"] * constants.M_w if vapour is not None else np.zeros_like(wTs)
    E = np.where(np.isnan(E), lent_vapour, E)
    if vapour is not None and not vapour.closed and vapour.quantity == "density" and density_correction:
        E = density.vapour_flux_webb_1980(E, H + vapour.heating, air, mu=constants.mu)
    gas = _gas_fluxes(raw, gases, E, H, air, constants, density_correction)
    ustar, tau = _momentum(uw, vw, factors.momentum, air, momentum)
    measured = E if vapour is None else np.where(np.isnan(raw["h2o"]), np.nan, E)
    return Fluxes(ustar, tau, H, measured, _measured(gas, raw))


def _gas_fluxes(
    raw: Mapping[str, Array],
    gases: Mapping[str, GasCovariance],
    E: Array,
    H: Array,
    air: Air,
    constants: Constants,
    density_correction: bool,
) -> dict[str, Array]:
    """Molar fluxes of all gases; E: flux of h2o, corrected.

    A gas is diluted by the vapour that its own analyser sees, if it sees one, and by that analyser's heat.
    """
    out = dict(raw)

    def dilutes(c: GasCovariance) -> bool:
        return c.quantity == "density" and not c.closed and density_correction

    vapour = {"h2o": E}
    for g, c in gases.items():
        if c.vapour == g and g != "h2o":
            vapour[g] = raw[g] * constants.M_w
            if dilutes(c):
                vapour[g] = density.vapour_flux_webb_1980(vapour[g], H + c.heating, air, mu=constants.mu)
    for g, c in gases.items():
        if c.vapour == g:
            out[g] = vapour[g] / constants.M_w
        elif dilutes(c):
            E_g, H_g = vapour[c.vapour], H + c.heating
            if c.line is None:
                out[g] = density.gas_flux_webb_1980(raw[g], c.mean, E_g, H_g, air, mu=constants.mu)
            else:
                out[g] = density.gas_flux_mcdermitt_2011(
                    raw[g], c.mean, E_g, H_g, air, c.line, mu=constants.mu
                )
    return out


ORDERS: dict[str, Callable[..., Fluxes]] = {"joint": fluxes_joint, "sequential": fluxes_sequential}
