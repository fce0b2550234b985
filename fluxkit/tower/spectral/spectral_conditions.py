"""What spectral correction factors depend on, beside the station's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fluxkit.tower.spectral.in_situ import IbromFactor

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class SpectralConditions:
    """What factors depend on. Arrays over time."""

    U: Array  #: mean wind speed [m s-1]
    T: Array  #: air temperature [K]
    zeta: Array  #: stability (z - d) / L [1]
    wind_direction: Array  #: where the wind comes from, clockwise from north [deg]
    at_default: Mapping[str, Mask] = field(default_factory=dict)  #: gas -> an expected lag stands in
    cutoff: Mapping[str, Array] = field(default_factory=dict)  #: gas -> fitted cut-off frequency [Hz]
    own: Mapping[str, Array] = field(default_factory=dict)  #: gas -> factor from the period's cospectrum [1]
    models: Mapping[str, IbromFactor] = field(default_factory=dict)  #: "unstable", "stable"
    #: Gas -> place among its lenders of the gas whose lag it took, else -1
    lender: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    time: Times = field(default_factory=lambda: np.zeros(0, "datetime64[ns]"))  #: start of the period

    def part(self, here: Mask) -> "SpectralConditions":
        """Return some of the periods."""
        return SpectralConditions(
            self.U[here],
            self.T[here],
            self.zeta[here],
            self.wind_direction[here],
            {gas: x[here] for gas, x in self.at_default.items()},
            {gas: x[here] for gas, x in self.cutoff.items()},
            {gas: x[here] for gas, x in self.own.items()},
            self.models,
            {gas: x[here] for gas, x in self.lender.items()},
            self.time[here] if self.time.size else self.time,
        )
