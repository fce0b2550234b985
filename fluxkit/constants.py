"""Physical constants, SI, each with its source.

``EDDYPRO_6`` holds the rounded values that the reference program uses; the preset
of that name computes with them so that its numbers can be reproduced.
"""

from typing import NamedTuple


class Constants(NamedTuple):
    """One consistent set of physical constants."""

    R: float  #: molar gas constant [J mol-1 K-1]
    M_d: float  #: molar mass of dry air [kg mol-1]
    M_w: float  #: molar mass of water [kg mol-1]
    R_d: float  #: specific gas constant of dry air [J kg-1 K-1]
    R_w: float  #: specific gas constant of water vapour [J kg-1 K-1]
    g: float  #: standard gravity [m s-2]
    kappa: float  #: von Karman constant [1]

    @property
    def mu(self) -> float:
        """Ratio of the molar masses of dry air and water [1]."""
        return self.M_d / self.M_w


#: CODATA 2018 for R; Picard et al. (2008) for M_d; IAPWS-95 for M_w; CIPM for g;
#: Hogstrom (1996) for kappa = 0.40.
SI = Constants(
    R=8.314462618,
    M_d=28.96546e-3,
    M_w=18.015268e-3,
    R_d=8.314462618 / 28.96546e-3,
    R_w=8.314462618 / 18.015268e-3,
    g=9.80665,
    kappa=0.40,
)

#: The rounded set of EddyPro 6.
EDDYPRO_6 = Constants(R=8.314, M_d=0.02897, M_w=0.01802, R_d=287.04, R_w=461.5, g=9.81, kappa=0.41)

#: Molar masses of gases [kg mol-1] (IUPAC 2021 standard atomic weights).
MOLAR_MASS = {"co2": 44.0095e-3, "h2o": 18.015268e-3, "ch4": 16.0425e-3, "n2o": 44.0128e-3}

#: Scale height used when no pressure was measured: P = 101.3 kPa exp(-z / 8200 m).
P_SEA_LEVEL = 101300.0
SCALE_HEIGHT = 8200.0

T_ZERO = 273.15  #: 0 degC [K]
