"""Long-wave radiation of the sky from temperature, humidity and clouds: LW_IN_JSB."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Stefan and Boltzmann's constant as the algorithm has it. [W m-2 K-4]
SIGMA = 5.6696e-8
#: What the sky cannot send less or more than. [W m-2]
RANGE = (10.0, 1000.0)
#: Vapour pressure where the deficit is beyond saturation. [Pa]
_DRY = 3.3546e-4


def longwave_of_the_sky(
    TA: Array, VPD: Array, SW_IN: Array, SW_IN_POT: Array, day: Integers, year: Integers
) -> Array:
    """Return long-wave radiation of the sky [W m-2], as JSBACH and ONEFlux compute it.

    LW = (1 + 0.22 c^2) 0.64 (e / T)^(1/7) sigma T^4 with vapour pressure e [Pa] and the cover of clouds c =
    1 - (SW_IN / SW_IN_POT - 0.5) / 0.4, between 0 and 1. Nights have the mean share of light of their day,
    days without light that of their year.

    Parameters
    ----------
    TA, VPD, SW_IN, SW_IN_POT : (n,) arrays
        [degC], [hPa], [W m-2], [W m-2]
    day, year : (n,) int arrays
        Local.

    References
    ----------
    .. [1] Brutsaert, Water Resour. Res. 11, 742-744, 1975: emissivity of a clear sky.
    .. [2] Pastorello et al., Sci. Data 7, 225, 2020: LW_IN_JSB.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.product.longwave import longwave_of_the_sky
    >>> clear, overcast = np.full(48, 900.0), np.full(48, 500.0)
    >>> top, none = np.full(48, 1000.0), np.zeros(48, int)
    >>> air = np.full(48, 15.0), np.full(48, 7.0)
    >>> [float(longwave_of_the_sky(*air, s, top, none, none)[0].round()) for s in (clear, overcast)]
    [299.0, 365.0]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(SW_IN_POT > 0.0, np.maximum(SW_IN, 0.0) / SW_IN_POT, np.nan)
        share = np.where(SW_IN_POT > 0.0, share, _mean_of(share, day))
        share = np.where(np.isfinite(share), share, _mean_of(share, year))
        cover = np.clip(1.0 - (share - 0.5) / 0.4, 0.0, 1.0)
        T = TA + 273.15
        vapour = 611.0 * np.exp(17.27 * TA / (T - 36.0)) - 100.0 * VPD
        emissivity = 0.64 * (np.where(vapour < 0.0, _DRY, vapour) / T) ** (1.0 / 7.0)
        out = (1.0 + 0.22 * cover**2) * emissivity * SIGMA * T**4
        return np.where((out >= RANGE[0]) & (out <= RANGE[1]), out, np.nan)


def _mean_of(x: Array, group: Integers) -> Array:
    """Return at each record the mean of its group."""
    _, place = np.unique(group, return_inverse=True)
    there = np.isfinite(x)
    number = np.bincount(place, there)
    return np.asarray((np.bincount(place, np.where(there, x, 0.0)) / number)[place])
