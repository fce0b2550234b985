"""The air that passes the sensors in one period, sample by sample, before anything is measured."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.constants import T_ZERO
from fluxkit.synthetic import mixture
from fluxkit.synthetic.turbulence import CospectralShape, PlantedScalar, Quadrature, surrogate
from fluxkit.synthetic.weather import Weather, heat_capacity, latent_heat

Array = npt.NDArray[np.float64]

#: Smallest standard deviations: something always fluctuates. [K, mol mol-1, mol mol-1]
_QUIET = {"t": 0.04, "h2o": 2e-5, "co2": 3e-7}


@dataclass(frozen=True)
class AirSeries:
    """True series of one period, along and across the mean streamline, shape (n,) each."""

    weather: Weather
    rate: float  #: [Hz]
    u: Array  #: along the mean wind, mean included [m s-1]
    v: Array  #: [m s-1]
    w: Array  #: [m s-1]
    t: Array  #: air temperature [K]
    p: float  #: pressure, constant within the period [Pa]
    h2o: Array  #: dry mixing ratio [mol mol-1]
    co2: Array  #: dry mixing ratio [mol mol-1]

    def truth(self) -> dict[str, float]:
        """Return the planted fluxes and statistics, in the units of the FLUXNET names.

        FC, LE as defined in ``mixture``; H = rho c_p cov(w, T) with the air temperature T.
        """
        n_d = mixture.dry_air_density(self.t, self.p, self.h2o)
        t_mean = float(self.t.mean())
        cov_t = float(np.mean(self.w * (self.t - t_mean)))
        capacity = heat_capacity(float(n_d.mean()), float(self.h2o.mean()), t_mean)
        return {
            "USTAR": float(np.sqrt(-np.mean(self.w * (self.u - self.u.mean())))),
            "H": capacity * cov_t,
            "LE": latent_heat(t_mean) * mixture.true_flux(self.w, self.h2o, n_d),
            "FC": 1e6 * mixture.true_flux(self.w, self.co2, n_d),
            "WS": float(self.u.mean()),
            "WD": self.weather.wind_direction,
            "TA": t_mean - T_ZERO,
            "PA": 1e-3 * self.p,
            "CO2_DRY": 1e6 * float(self.co2.mean()),
            "H2O_DRY": 1e3 * float(self.h2o.mean()),
            "ZL": self.weather.zeta,
            "W_SIGMA": float(self.w.std()),
            "W_TA_COV": cov_t,
            "W_H2O_DRY_COV": 1e3 * float(np.mean(self.w * (self.h2o - self.h2o.mean()))),
            "W_CO2_DRY_COV": 1e6 * float(np.mean(self.w * (self.co2 - self.co2.mean()))),
        }


def make_air(
    weather: Weather,
    n: int,
    rate: float,
    *,
    height: float,
    seed: int | np.random.Generator = 0,
    quadrature: Quadrature = "random",
    shape: CospectralShape | None = None,
) -> AirSeries:
    """Make the air of one period.

    Parameters
    ----------
    weather : Weather
        Mean state and covariances with w, which are planted exactly.
    n : int
        Number of samples. [1]
    rate : float
        Sampling rate. [Hz]
    height : float
        Height above the displacement plane, z - d. [m]
    seed : int or numpy.random.Generator
        Source of the phases.
    quadrature : {"random", "paired"}
        As for ``turbulence.surrogate``.
    shape : callable, optional
        As for ``turbulence.surrogate``.

    Returns
    -------
    Air
        True series.
    """
    turbulence = surrogate(
        n,
        rate,
        ustar=weather.ustar,
        sigma_w=weather.ustar * 1.3 * (1.0 + 2.0 * max(0.0, -weather.zeta)) ** (1.0 / 3.0),
        sigma_u=weather.ustar * 2.4 * (1.0 + max(0.0, -weather.zeta)) ** (1.0 / 3.0),
        sigma_v=weather.ustar * 2.0 * (1.0 + max(0.0, -weather.zeta)) ** (1.0 / 3.0),
        scalars={
            "t": _scalar("t", weather.cov_t, weather),
            "h2o": _scalar("h2o", weather.cov_h2o, weather),
            "co2": _scalar("co2", weather.cov_co2, weather),
        },
        height=height,
        wind_speed=weather.wind_speed,
        zeta=weather.zeta,
        quadrature=quadrature,
        shape=shape,
        seed=seed,
    ).data
    return AirSeries(
        weather=weather,
        rate=rate,
        u=weather.wind_speed + turbulence["u"],
        v=turbulence["v"],
        w=turbulence["w"],
        t=weather.t_air + turbulence["t"],
        p=weather.p_air,
        h2o=weather.r_h2o + turbulence["h2o"],
        co2=weather.r_co2 + turbulence["co2"],
    )


def _scalar(name: str, covariance: float, weather: Weather) -> PlantedScalar:
    """Give a scalar the standard deviation of similarity theory, but not below ``_QUIET``."""
    similar = 2.2 * abs(covariance) / weather.ustar * (1.0 + 9.0 * max(0.0, -weather.zeta)) ** (-1.0 / 3.0)
    return PlantedScalar(float(np.hypot(similar, _QUIET[name])), covariance)
