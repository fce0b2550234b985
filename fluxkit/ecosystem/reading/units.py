"""Values of a file in the standard's units: as its header says, or as the values themselves tell."""

import re

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.physics.air import saturation_vapour_pressure
from fluxkit.schema.unit_products import Conversion, conversion

Array = npt.NDArray[np.float64]

#: Spellings that run units together, as REddyProc writes them.
_RUN_TOGETHER = re.compile(r"(?<=[a-zA-Z])(?=(?:m|s|mol)[-+]?\d)|(?<=\d)(?=[a-z])")
#: Medians that no air or soil has in the standard's unit, but has in another one: low, high, unit.
_ELSEWHERE = {
    **dict.fromkeys(("TA", "T_SONIC", "TS"), ((180.0, 340.0, "K"),)),
    "PA": ((400.0, 1150.0, "hPa"), (4e4, 1.15e5, "Pa")),
}
#: Largest share of one that noise makes of a humidity or a water content.
SHARE = 1.2
_NO_UNIT = frozenset({"", "--", "-", "#", "-9999", "NA", "adimensional", "flag"})


def of_header(found: str, quantity: str) -> Conversion | None:
    """Return how values become the standard's by the unit of a header, None without one.

    Raises
    ------
    ValueError
        The unit is not known, or not one of this quantity.
    """
    text = found.strip().strip('"[]()').strip()
    wanted = QUANTITIES[quantity].unit
    if text in _NO_UNIT or wanted in ("1", "degree"):
        return None
    try:
        return conversion(text, wanted)
    except ValueError:
        return conversion(_RUN_TOGETHER.sub(" ", text.replace("_", " ")), wanted)


def usual(quantity: str, kind: str) -> Conversion:
    """Return how values become the standard's where no header has a unit."""
    known = QUANTITIES[quantity]
    if kind == "EddyPro full output" and known.full_output:
        return conversion(known.full_output, known.unit)
    return Conversion(1.0)


def by_values(
    quantity: str, x: Array, *, TA: Array | None = None, RH: Array | None = None
) -> tuple[Conversion, str]:
    """Return how values become the standard's where they cannot be in its unit, and the other unit.

    Parameters
    ----------
    quantity : str
        TA, T_SONIC, TS, PA, RH, SWC or VPD; others stay as they are.
    x : array, shape (n,)
        In the standard's unit, supposedly.
    TA, RH : arrays, shape (n,), optional
        [degC, %]: vapour pressure deficit is known from these.

    Returns
    -------
    tuple
        A conversion and the name of the unit that was found; ``(1, 0)`` and "" where nothing is wrong.
    """
    if quantity == "VPD":
        return _of_deficit(x, TA, RH)
    good = x[np.isfinite(x)]
    middle = float(np.median(good)) if good.size else np.nan
    for low, high, unit in _ELSEWHERE.get(quantity, ()):
        if low < middle < high:
            return conversion(unit, QUANTITIES[quantity].unit), unit
    if quantity in ("RH", "SWC") and good.size > 1 and 0.05 < good.max() <= SHARE:
        return Conversion(100.0), "1"
    return Conversion(1.0), ""


def _of_deficit(x: Array, TA: Array | None, RH: Array | None) -> tuple[Conversion, str]:
    if TA is not None and RH is not None:
        expected = vapour_pressure_deficit(TA, RH)
        known = np.isfinite(expected) & np.isfinite(x) & (expected > 1.0)
        if np.count_nonzero(known) >= 24:
            ratio = float(np.median(x[known] / expected[known]))
            for unit, by in (("kPa", 10.0), ("Pa", 0.01)):
                if 0.8 < ratio * by < 1.25:
                    return Conversion(by), unit
    return Conversion(1.0), ""


def vapour_pressure_deficit(TA: Array, RH: Array) -> Array:
    """Return the vapour pressure deficit of air [hPa] from temperature [degC] and relative humidity [%]."""
    TA = np.where(np.abs(TA) < 100.0, TA, np.nan)  # what is no temperature would overflow
    return np.asarray(
        saturation_vapour_pressure(TA + 273.15) / 100.0 * (1.0 - np.clip(RH, 0.0, 100.0) / 100.0)
    )
