"""Gross production by light use: absorbed light times an efficiency that cold and dry air reduce."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.budget.shipped import shipped_rows
from fluxkit.site.sections.strict import did_you_mean

Array = npt.NDArray[np.float64]

#: Share of short-wave radiation that is photosynthetically active, as MOD17 takes it.
PAR_SHARE = 0.45
MJ_PER_W_DAY = 0.0864  #: [MJ m-2 d-1] of one W m-2


@dataclass(frozen=True)
class LightUse:
    """Parameters of one vegetation type."""

    vegetation: str
    efficiency: float  #: largest [g C MJ-1]
    t_none: float  #: daily minimum temperature at and below which nothing is fixed [degC]
    t_full: float  #: at and above which cold does not matter [degC]
    vpd_full: float  #: vapour pressure deficit up to which dryness does not matter [hPa]
    vpd_none: float  #: from which on nothing is fixed [hPa]
    citation: str = ""
    seen_at: str = ""


def light_use_parameters(vegetation: str) -> LightUse:
    """Return MOD17's parameters (Collection 5.1) of a vegetation type.

    Raises
    ------
    ValueError
        The type is not known; the nearest is named.

    Examples
    --------
    >>> import fluxkit as fk
    >>> fk.budget.light_use_parameters("DBF").efficiency
    1.526
    """
    rows = {row["vegetation"]: row for row in shipped_rows("mod17_light_use.csv", "fluxkit.budget.models")}
    if vegetation not in rows:
        raise ValueError(
            f"no light use parameters of {vegetation!r}{did_you_mean(vegetation, rows) or ';'} "
            f"known: {', '.join(rows)}; or give all of them"
        )
    row = rows[vegetation]
    return LightUse(
        vegetation,
        efficiency=float(row["efficiency"]),
        t_none=float(row["t_none"]),
        t_full=float(row["t_full"]),
        vpd_full=float(row["vpd_full"]),
        vpd_none=float(row["vpd_none"]),
        citation=row["citation"],
        seen_at=row["seen_at"],
    )


def light_use_gpp(sw_in: Array, fapar: Array, t_min: Array, vpd: Array, parameters: LightUse) -> Array:
    """Return GPP = PAR fAPAR eps f(T) f(VPD), both f straight ramps between 0 and 1 (Running et al. 2004).

    Parameters
    ----------
    sw_in : (day,) array
        Daily mean of short-wave radiation. [W m-2]
    fapar : (day,) array
        Share of light that is absorbed. [1]
    t_min : (day,) array
        Least air temperature of the day. [degC]
    vpd : (day,) array
        Vapour pressure deficit by day. [hPa]
    parameters : LightUse

    Returns
    -------
    (day,) array
        [g C m-2 d-1]

    References
    ----------
    .. [1] Running et al., "A continuous satellite-derived measure of global terrestrial primary production",
       BioScience 54, 2004.
    .. [2] Monteith, "Solar radiation and productivity in tropical ecosystems", Journal of Applied Ecology 9,
       1972.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> one = lambda x: np.array([x])
    >>> parameters = fk.budget.light_use_parameters("DBF")
    >>> fk.budget.light_use_gpp(one(250.0), one(0.8), one(12.0), one(5.0), parameters).round(2)
    array([11.87])
    """
    p = parameters
    warmth = np.clip((t_min - p.t_none) / (p.t_full - p.t_none), 0.0, 1.0)
    moisture = np.clip((p.vpd_none - vpd) / (p.vpd_none - p.vpd_full), 0.0, 1.0)
    light = PAR_SHARE * MJ_PER_W_DAY * sw_in
    return np.asarray(light * fapar * p.efficiency * warmth * moisture)
