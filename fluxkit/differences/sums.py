"""What a variable adds up to: an amount for fluxes, a mean for the rest."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.constants import MOLAR_MASS

Array = npt.NDArray[np.float64]

#: Mass of carbon or nitrogen in a mole of what is counted [g mol-1].
_CARBON, _NITROGEN = 12.011, 28.0134
_MICRO, _NANO, _MILLI = 1e-6, 1e-9, 1e-3
#: First words of the names of fluxes of CO2: what partitioning and filling make of them keeps these.
_OF_CO2 = ("NEE", "FC", "SC", "GPP", "RECO", "NEP")
#: In the names of errors, spreads and thresholds of a flux, which a sum of is nothing.
_NO_FLUX = ("UNC", "SD", "SE", "NOISE", "LOD", "SPREAD", "STDDEV", "SIGMA", "QC")
#: First words of the names of covariances.
_OF_WIND = ("U", "V", "W")
#: Angles that go round.
CIRCULAR = ("WD", "ROT_YAW")


@dataclass(frozen=True)
class Amount:
    """How values of one variable become an amount over time."""

    scale: float  #: amount of one second at a value of 1
    unit: str  #: of the amount, UDUNITS

    @classmethod
    def of(cls, name: str, units: str) -> "Amount | None":
        """Return what a variable adds up to; None where a sum has no meaning.

        Parameters
        ----------
        name : str
            Of the FLUXNET standard.
        units : str
            As its attribute says: umol m-2 s-1, W m-2, mm h-1, ...

        Examples
        --------
        >>> from fluxkit.differences.sums import Amount
        >>> Amount.of("NEE", "umol m-2 s-1").unit, round(Amount.of("NEE", "umol m-2 s-1").scale * 86400, 4)
        ('g C m-2', 1.0378)
        >>> Amount.of("TA", "degC") is None
        True
        """
        first, *others = name.split("_")
        if first in _OF_WIND or any(word.endswith(_NO_FLUX) for word in others):
            return None
        gas = _gas_amount(first, units)
        if gas is not None:
            return gas
        match units:
            case "W m-2":
                return cls(_MICRO, "MJ m-2")
            case "mmol m-2 s-1" if first in ("FH2O", "SH2O", "ET"):
                return cls(MOLAR_MASS["h2o"] * _MILLI, "mm")
            case "mm h-1":
                return cls(1.0 / 3600.0, "mm")
            case "umol m-2 s-1":
                return cls(_MICRO, "mol m-2")
        return None


def _gas_amount(first: str, units: str) -> Amount | None:
    per_mole = {"umol m-2 s-1": _MICRO, "nmol m-2 s-1": _NANO}.get(units)
    if per_mole is None:
        return None
    if first in _OF_CO2:
        return Amount(_CARBON * per_mole, "g C m-2")
    if first in ("FCH4", "SCH4"):
        return Amount(_CARBON * per_mole, "g C m-2")
    if first in ("FN2O", "SN2O"):
        return Amount(_NITROGEN * per_mole, "g N m-2")
    return Amount(per_mole, "mol m-2") if units == "nmol m-2 s-1" else None


def turned(degrees: Array) -> Array:
    """Return differences of angles between -180 and 180. [degree]"""
    return np.asarray((degrees + 180.0) % 360.0 - 180.0)
