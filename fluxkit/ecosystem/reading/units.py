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
#: What a hundredth of the values of air in degrees Fahrenheit is beyond, and of degrees Celsius is not.
_FAHRENHEIT = (57.0, 140.0)
#: Largest share of saturation that a deficit reaches where it is in kPa (in hPa: no hour of humidity below
#: 85 %), and least warmth in which that is told [degC].
_DRY, _WARM = 0.15, 10.0
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
    quantity: str, x: Array, *, TA: Array | None = None, RH: Array | None = None, VPD: Array | None = None
) -> tuple[Conversion, str]:
    """Return how values become the standard's where they cannot be in its unit, and the other unit.

    Parameters
    ----------
    quantity : str
        TA, T_SONIC, TS, PA, RH, SWC or VPD; others stay as they are.
    x : array, shape (n,)
        In the standard's unit, supposedly.
    TA, RH, VPD : arrays, shape (n,), optional
        [degC, %, hPa]: vapour pressure deficit is known from temperature and humidity, and temperature in
        degrees Fahrenheit from the other two.

    Returns
    -------
    tuple
        A conversion and the name of the unit that was found; ``(1, 0)`` and "" where nothing is wrong.
    """
    if quantity == "VPD":
        return _of_deficit(x, TA, RH)
    good = x[np.isfinite(x)]
    middle = float(np.median(good)) if good.size else np.nan
    if quantity in ("TA", "T_SONIC") and good.size:  # a bare soil may be as warm
        low, high = _FAHRENHEIT
        beyond = low < float(np.quantile(good, 0.99)) < high and middle < high
        if beyond or _is_deficit(VPD, (x - 32.0) * 5.0 / 9.0, RH):
            return Conversion(5.0 / 9.0, -32.0 * 5.0 / 9.0), "degF"
    for low, high, unit in _ELSEWHERE.get(quantity, ()):
        if low < middle < high:
            return conversion(unit, QUANTITIES[quantity].unit), unit
    if quantity in ("RH", "SWC") and good.size > 1 and 0.05 < good.max() <= SHARE:
        return Conversion(100.0), "1"
    return Conversion(1.0), ""


def _of_deficit(x: Array, TA: Array | None, RH: Array | None) -> tuple[Conversion, str]:
    for unit, by in (("kPa", 10.0), ("Pa", 0.01)):
        if _is_deficit(by * x, TA, RH):
            return Conversion(by), unit
    return _of_saturation(x, TA) if TA is not None and RH is None else (Conversion(1.0), "")


def _is_deficit(VPD: Array | None, TA: Array | None, RH: Array | None) -> bool:
    """Whether a deficit [hPa] is that of a temperature [degC] and a humidity [%], in most records."""
    if VPD is None or TA is None or RH is None:
        return False
    expected = vapour_pressure_deficit(TA, RH)
    known = np.isfinite(expected) & np.isfinite(VPD) & (expected > 1.0)
    if np.count_nonzero(known) < 24:
        return False
    low, high = np.quantile(VPD[known] / expected[known], [0.25, 0.75])
    return bool(low > 0.8 and high < 1.25)


def _of_saturation(x: Array, TA: Array) -> tuple[Conversion, str]:
    """Tell the unit of a deficit by the deficit of dry air, which no other is above."""
    known = np.isfinite(x) & np.isfinite(TA) & (np.abs(TA) < 60.0)
    if np.count_nonzero(known) < 480 or float(np.quantile(TA[known], 0.99)) < _WARM:
        return Conversion(1.0), ""
    share = x[known] / vapour_pressure_deficit(TA[known], np.zeros(np.count_nonzero(known)))
    driest = float(np.quantile(share, 0.99))
    if 0.0 < driest < _DRY:
        return Conversion(10.0), "kPa"
    return (Conversion(0.01), "Pa") if driest > 5.0 else (Conversion(1.0), "")


def vapour_pressure_deficit(TA: Array, RH: Array) -> Array:
    """Return the vapour pressure deficit of air [hPa] from temperature [degC] and relative humidity [%]."""
    TA = np.where(np.abs(TA) < 100.0, TA, np.nan)  # what is no temperature would overflow
    return np.asarray(
        saturation_vapour_pressure(TA + 273.15) / 100.0 * (1.0 - np.clip(RH, 0.0, 100.0) / 100.0)
    )
