"""Values of a file in the standard's units: as its header says, or as the values themselves tell."""

import re

import numpy as np
import numpy.typing as npt

from fluxkit.constants import MOLAR_MASS
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
#: Other spellings of whole units.
_WORDS = {
    **dict.fromkeys(("percent", "pct"), "%"),
    **dict.fromkeys(("celsius", "degrees c", "deg. c", "degree_celsius", "degrees celsius"), "degC"),
    **dict.fromkeys(("mb", "millibar", "mbar"), "hPa"),
    **dict.fromkeys(("in", "inches", "in."), "inch"),
    **dict.fromkeys(("ppm", "ppmv"), "umol mol-1"),
}
_FAHRENHEIT_NAMES = frozenset({"degf", "°f", "f", "deg f", "deg_f", "fahrenheit"})
_RAISED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
#: What a unit names beside itself: umolCO2, umol photons.
_SUBSTANCE = re.compile(r"[ _]*(CO2|CH4|N2O|H2O|[Pp]hotons?|quanta)(?![A-Za-z])")
#: A sum of rain is that of its record.
_PER_RECORD = re.compile(r"\s*(?:/|per )\s*(?:30 ?-?min|half.?hour|hh)$", re.IGNORECASE)
#: Molar masses of what a flux in units of mass is of, and of the element alone [kg mol-1]; two N in N2O.
_MASSES = {
    **dict.fromkeys(("NEE", "FC", "SC"), (MOLAR_MASS["co2"], "C", 12.011e-3)),
    **dict.fromkeys(("FCH4", "SCH4"), (MOLAR_MASS["ch4"], "C", 12.011e-3)),
    **dict.fromkeys(("FN2O", "SN2O"), (MOLAR_MASS["n2o"], "N", 28.014e-3)),
}
_MASS = re.compile(r"^([kmun]?g)[ _]*(C|N)?(?=[ _*.+-]|m|$)")
#: N2O-N is nitrogen.
_OF_ELEMENT = re.compile(r"(?:CO2|CH4|N2O)-([CN])\b")
#: Energy that a mole of water takes to evaporate, at 15 degC. [J mol-1]
_EVAPORATION = 2.466e6 * MOLAR_MASS["h2o"]
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
    if wanted == "degC" and text.casefold() in _FAHRENHEIT_NAMES:
        return Conversion(5.0 / 9.0, -32.0 * 5.0 / 9.0)
    text = _spelt(text, quantity)
    try:
        return _converted(text, quantity)
    except ValueError:
        return _converted(_RUN_TOGETHER.sub(" ", text.replace("_", " ")), quantity)


def by_substance(found: str, quantity: str) -> bool:
    """Whether a unit needs the mass of a gas, or the heat of vapour, to become the standard's."""
    text = _spelt(found.strip().strip('"[]()').strip(), quantity)
    vapour = quantity in ("LE", "SLE") and "mol" in text
    return vapour or (quantity in _MASSES and _MASS.match(text) is not None)


def _spelt(text: str, quantity: str) -> str:
    """Return a unit without substances, fractions and raised digits."""
    text = _OF_ELEMENT.sub(r" \1", text.translate(_RAISED))
    text = _PER_RECORD.sub("", text) if quantity == "P" else text
    text = _SUBSTANCE.sub(" ", _WORDS.get(text.casefold(), text))
    first, *below = text.split("/")
    if below and first.strip().strip("1"):
        parts = re.findall(r"([A-Za-z]+)\^?(\d*)", " ".join(below))
        text = " ".join([first, *(f"{unit}-{power or 1}" for unit, power in parts)])
    return text


def _converted(text: str, quantity: str) -> Conversion:
    """Return how a unit becomes the standard's, by the mass of a gas or the heat of vapour if need be."""
    wanted = QUANTITIES[quantity].unit
    mass = _MASS.match(text)
    if quantity in _MASSES and mass:
        molar, element, of_element = _MASSES[quantity]
        rest = text[mass.end() :]
        by = conversion(mass[1] + " " * (rest[:1] not in ("+", "-", "^")) + rest, "kg m-2 s-1").scale
        per_mole = of_element if mass[2] == element else molar
        return Conversion(by / per_mole * conversion("mol m-2 s-1", wanted).scale)
    if quantity in ("LE", "SLE") and "mol" in text:
        return Conversion(conversion(text, "mol m-2 s-1").scale * _EVAPORATION)
    return conversion(text, wanted)


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
