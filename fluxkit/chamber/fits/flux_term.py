"""From the rise of a mole fraction to a flux: moles of dry air over a square metre of soil."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fluxkit.constants import SI

Array = npt.NDArray[np.float64]


def flux_term(
    volume: Array | float, area: Array | float, pressure: Array | float, temperature: Array | float,
    h2o: Array | float = 0.0, *, gas_constant: float = SI.R,
) -> Array:  # fmt: skip
    """Moles of dry air in the chamber over the area, V P (1 - W0) / (R T A). [mol m-2]

    A slope of the dry mole fraction [mol mol-1 s-1] times this is the flux [mol m-2 s-1].

    Parameters
    ----------
    volume : float or ndarray
        Of air enclosed. [m3]
    area : float or ndarray
        Of soil enclosed. [m2]
    pressure : float or ndarray
        [Pa]
    temperature : float or ndarray
        Of the air in the chamber. [K]
    h2o : float or ndarray
        Mole fraction of water vapour in moist air at the start. [mol mol-1]
    gas_constant : float
        [J mol-1 K-1]
    """
    wet = np.asarray(volume) * np.asarray(pressure) / (gas_constant * np.asarray(temperature))
    return np.asarray(wet * (1.0 - np.asarray(h2o)) / np.asarray(area), np.float64)


def dry_air_ratio(
    pressure: Array, temperature: Array, h2o: Array | float, offsets: npt.NDArray[np.int64]
) -> Array:
    """Dry air in the chamber at each point, over that at the closure's first point. [1]

    Parameters
    ----------
    pressure : ndarray, shape (n,)
        [Pa]
    temperature : ndarray, shape (n,)
        [K]
    h2o : float or ndarray, shape (n,)
        Mole fraction of water vapour in moist air. [mol mol-1]
    offsets : ndarray, shape (closure + 1,)
        Closure k owns the points ``offsets[k]:offsets[k + 1]``.
    """
    density = np.asarray(pressure * (1.0 - np.asarray(h2o)) / temperature)
    counts = np.diff(offsets)
    firsts = density[offsets[:-1][counts > 0]]
    return np.asarray(density / np.repeat(firsts, counts[counts > 0]))


def sealed_amount(c: Array, ratio: Array) -> Array:
    """Amount of gas over the dry air at the start [mol mol-1]: what is fitted in a rigid, sealed chamber.

    Where nothing leaves, the amount c n_dry grows by the flux whatever temperature, pressure and humidity
    do meanwhile; times ``flux_term`` at the start its slope is the flux.

    Parameters
    ----------
    c : ndarray, shape (n,)
        Dry mole fraction. [mol mol-1]
    ratio : ndarray, shape (n,)
        Of ``dry_air_ratio``. [1]
    """
    return np.asarray(c * ratio)


def vented_time(t: Array, ratio: Array, offsets: npt.NDArray[np.int64]) -> Array:
    """Time in which mole fraction rises as if dry air stayed as it was at the start. [s]

    Air that leaves through a vent takes its mole fraction along, so n_dry dc/dt = F A with the n_dry of each
    moment: c against the integral of n_dry(0) / n_dry dt has the slope F A / n_dry(0).

    Parameters
    ----------
    t : ndarray, shape (n,)
        Since the window's start, in order in each closure. [s]
    ratio : ndarray, shape (n,)
        Of ``dry_air_ratio``. [1]
    offsets : ndarray, shape (closure + 1,)
    """
    out = np.array(t, np.float64)
    for first, last in pairwise(offsets):
        rate = 1.0 / ratio[first:last]
        steps = np.diff(t[first:last]) * 0.5 * (rate[1:] + rate[:-1])
        if last > first:
            out[first:last] = t[first] + np.concatenate([[0.0], np.cumsum(steps)])
    return out
