"""Series of one period as the air had them: rotated, aligned, gases as dry mixing ratios.

For what works on the series themselves: the partition of fluxes and wavelets. A dry mixing ratio needs no
density correction afterwards, whatever the analyser measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.constants import SI
from fluxkit.physics.air import SONIC_HUMIDITY
from fluxkit.tower.lags import lag as lags_
from fluxkit.tower.lags.lag_windows import SearchWindow
from fluxkit.tower.rotations.rotation import rotation_matrix

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AlignedGas:
    """How a gas was measured."""

    quantity: str  #: density, mole_fraction or mixing_ratio
    fast: bool  #: the measured air has the temperature of the wind outside (open path)
    window: SearchWindow  #: where its lag is sought [samples]
    first: int  #: first lag of its pair sums [samples]


@dataclass(frozen=True)
class Aligned:
    """Series that belong together sample by sample, NaN where missing."""

    wind: Array  #: u along the mean wind, v, w, mean v and w zero [m s-1]: (3, N)
    temperature: Array  #: of the air [K]: (N,)
    ratios: dict[str, Array]  #: dry mixing ratio of each gas [mol mol-1]: (N,)
    lags: dict[str, int]  #: [samples]


def align_series(
    samples: Mapping[str, Array],
    pairs: Mapping[str, Array],
    gases: Mapping[str, AlignedGas],
    *,
    pressure: float,
) -> Aligned:
    """Rotate, align and dry the conditioned samples of one period.

    Parameters
    ----------
    samples : mapping of (N,) arrays
        u, v, w, t_sonic and gases, NaN where missing. [SI]
    pairs : mapping of (14, block, lag) arrays
        Gas -> its pair sums with u, v, w, see ``fluxkit.tower.moments``.
    gases : mapping
    pressure : float
        Mean pressure. [Pa]

    Returns
    -------
    Aligned

    Notes
    -----
    Axes are those of a double rotation; the lag is that of the largest covariance, on the window's edge the
    expected one. Vapour's share in sonic temperature and, of open paths, expansion of the air are taken out
    sample by sample.

    References
    ----------
    .. [1] Detto & Katul, Boundary-Layer Meteorol. 122, 205-216, 2007 (densities sample by sample).
    """
    wind = np.stack([samples[k] for k in ("u", "v", "w")])
    wind = np.where(np.isnan(wind).any(axis=0), np.nan, wind)
    u, v, w = (kernels.direct.mean(row) for row in wind)
    matrix = rotation_matrix(np.degrees(np.arctan2([v], [u])), np.degrees(np.arctan2([w], [np.hypot(u, v)])))[
        0
    ]
    lags = {name: _lag(pairs[name], matrix[2], gas) for name, gas in gases.items()}
    raw = {name: kernels.direct.align(np.ascontiguousarray(samples[name]), lag) for name, lag in lags.items()}
    Ts = samples["t_sonic"]
    vapour = gases["h2o"].quantity if "h2o" in gases else "mixing_ratio"
    T, chi = air_of(Ts, raw.get("h2o", np.zeros_like(Ts)), vapour, pressure)
    volume = SI.R * T / pressure / (1.0 - chi)  # of a mole of dry air
    ratios = {}
    for name, gas in gases.items():
        if gas.quantity == "density":
            ratios[name] = raw[name] * (volume if gas.fast else kernels.direct.mean(volume))
        else:
            ratios[name] = raw[name] / (1.0 - chi) if gas.quantity == "mole_fraction" else raw[name]
    return Aligned(kernels.direct.rotate(wind, matrix), T, ratios, lags)


def air_of(Ts: Array, vapour: Array, quantity: str, pressure: float) -> tuple[Array, Array]:
    """Air temperature [K] and vapour's mole fraction of each sample, from sonic temperature and vapour.

    Ts, vapour (N,) arrays; quantity: density [mol m-3], mole_fraction or mixing_ratio; pressure [Pa].
    """
    if quantity == "mixing_ratio":
        vapour, quantity = vapour / (1.0 + vapour), "mole_fraction"
    T = Ts
    for _ in range(3 if quantity == "density" else 1):
        chi = vapour * (SI.R / pressure) * T if quantity == "density" else vapour
        wet = SI.M_w * chi
        T = Ts / (1.0 + SONIC_HUMIDITY * wet / (wet + SI.M_d * (1.0 - chi)))
    return T, chi


def _lag(pairs: Array, vertical: Array, gas: AlignedGas) -> int:
    """Lag of the largest covariance with rotated w; pairs (14, block, lag), vertical (3,)."""
    s = pairs.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = vertical @ (s[11:14] / s[0] - s[3:6] * s[9] / s[0] ** 2)
    lags = gas.first + np.arange(s.shape[-1])
    choice = lags_.choose_lags(covariance[None], lags, gas.window, method="covariance-maximum-default")
    return int(choice.used[0])
