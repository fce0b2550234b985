"""Trials of gas channels that are slow in ways that no table of instruments tells.

Sensors follow the air step by step in time (`defects.respond`): no transfer function, and no model of a
spectrum, has a part in it. Wind, fluxes and humidity differ from period to period.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.synthetic import defects
from fluxkit.synthetic.mast import Mast, Tube
from fluxkit.synthetic.trial import Data, Trial

Array = npt.NDArray[np.float64]

#: Relative humidity as a share, and time constants of vapour that sticks to a dirty tube. [s]
HUMIDITIES = (0.35, 0.56, 0.77, 0.91)
STICKING = (0.25, 0.6, 1.3, 3.5)

_T_AIR, _P_AIR = 296.0, 98000.0  # [K], [Pa]
#: A lag window that holds the delay of the slowest. [s]
_REACH = 6.0


def second_order(times: tuple[float, ...], *, snr: float = 0.0, realisations: int = 24) -> Trial:
    """Return carbon dioxide behind first-order sensors in series.

    Parameters
    ----------
    times : tuple of float
        Time constants. [s]
    snr : float, default 0.0
        Variance of the signal over that of white noise; 0: no noise.
    realisations : int, default 24

    Returns
    -------
    Trial
    """
    return Trial(
        _mast(slow={"co2": times}), realisations=realisations, oversampling=4, quadrature="random",
        change=_weather, also=_noise("co2", snr),
    )  # fmt: skip


def sorption(*, second: float = 0.0, snr: float = 0.0, realisations: int = 96) -> Trial:
    """Return vapour that sticks to a tube, the longer the moister the air is: `HUMIDITIES` in turn.

    Parameters
    ----------
    second : float, default 0.0
        Time constant of a second process over that of the first; 0: there is none.
    snr : float, default 0.0
        As of `second_order`.
    realisations : int, default 96

    Returns
    -------
    Trial
    """

    def vary(mast: Mast, k: int, rng: np.random.Generator) -> Mast:
        tau = float(np.exp(np.interp(humidity(k), HUMIDITIES, np.log(STICKING))))
        between = rng.uniform(-0.5, 0.5) / mast.rate
        times = (tau, second * tau) if second else (tau,)
        return replace(mast, slow={"h2o": times}, lag=mast.lag + between)

    return Trial(
        _mast(), realisations=realisations, oversampling=4, quadrature="random", vary=vary,
        change=lambda k: _weather(k) | {"r_h2o": _mixing_ratio(humidity(k))}, also=_noise("h2o", snr),
    )  # fmt: skip


def humidity(k: int) -> float:
    """Relative humidity of a realisation as a share: one of `HUMIDITIES`, give or take 0.02."""
    wanted = HUMIDITIES[k % len(HUMIDITIES)]
    return float(wanted + np.random.default_rng([k, 7]).uniform(-0.02, 0.02))


def _mast(**more: Any) -> Mast:
    tube = Tube(length=1.0, diameter=0.0053, flow=15.0)
    return Mast(
        smooth=True, lag=1.0, reach=_REACH, quantity="mixing_ratio", analyser="li-7200", tube=tube, **more
    )


def _weather(k: int) -> dict[str, Any]:
    rng = np.random.default_rng([k, 5])
    wind = rng.uniform(1.5, 5.0)
    return {
        "t_air": _T_AIR, "p_air": _P_AIR, "wind_speed": wind, "ustar": 0.11 * wind,
        "cov_t": rng.uniform(0.05, 0.2), "cov_co2": -rng.uniform(2e-7, 7e-7),
        "cov_h2o": rng.uniform(3e-5, 1.3e-4),
    }  # fmt: skip


def _mixing_ratio(rh: float) -> float:
    """Dry mixing ratio of the air [mol mol-1]; saturation by Magnus' formula."""
    celsius = _T_AIR - 273.15
    e = rh * 611.2 * np.exp(17.62 * celsius / (243.12 + celsius))
    return float(e / (_P_AIR - e))


def _noise(gas: str, snr: float) -> Any:
    def noisy(data: Data, k: int) -> Data:
        return data | {gas: defects.add_noise(data[gas], snr, 3000 + k)} if snr else data

    return noisy


def slower(f: Array) -> Array:
    """A cospectrum with more than the model's at periods of half an hour and more."""
    return np.asarray(1.0 + 0.8 * np.sqrt(1.0 / (1800.0 * f)))


def gap(f: Array) -> Array:
    """A cospectrum that falls off at periods of more than an hour."""
    return np.asarray(1.0 / (1.0 + (1.0 / (3600.0 * f)) ** 2))
