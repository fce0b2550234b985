"""What a run knows of its half hours besides the fluxes: spectra, lag functions, ensembles, planes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.tower.rotations.planar_fit import Planes

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class LagFunction:
    """Correlation of vertical wind with a gas that comes later by so many seconds."""

    seconds: Array  #: (lag,)
    correlation: npt.NDArray[np.floating]  #: (time, lag), NaN where there is none [1]


@dataclass(frozen=True)
class SeasonPlanes:
    """Planes of a planar fit, and the winds that they were fitted to."""

    planes: Planes
    wind: Array  #: (time, 3) mean wind in the sonic's axes [m s-1]
    direction: Array  #: (time,) [degree]


@dataclass(frozen=True)
class Evidence:
    """Of a run, for its page.

    Parameters
    ----------
    spectra : Dataset, optional
        ``COSP_*`` and ``SPEC_*`` over (time, frequency [Hz]) of `fluxkit.tower.chain.spectra`.
    lags : mapping
        Gas -> its lag function at the times of the spectra.
    ensembles : sequence of Dataset
        As of `fluxkit.tower.ensemble_spectra`, of stretches of time that are decided together.
    planes : sequence of SeasonPlanes
        Of such stretches, where the wind is turned into planes.
    words : str
        Of which days spectra and lag functions are, where not of all.
    """

    spectra: xr.Dataset | None = None
    lags: Mapping[str, LagFunction] = field(default_factory=dict)
    ensembles: Sequence[xr.Dataset] = ()
    planes: Sequence[SeasonPlanes] = ()
    words: str = ""
