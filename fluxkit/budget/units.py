"""Units of carbon in ecosystems: which mass, of what, on what area, in what time.

A unit is read word by word, so that a table in t ha-1 is asked whether it means carbon, dry matter or CO2:
the three differ by factors of two to four, and all occur.
"""

import math
import re
from dataclasses import dataclass

from fluxkit.errors import FluxkitError

#: Molar masses, IUPAC 2021 standard atomic weights. [g mol-1]
M_C, M_CO2, M_CH4 = 12.011, 44.0095, 16.0425
#: g CO2 of one g carbon.
CO2_PER_C = M_CO2 / M_C
#: Mean Gregorian year. [s]
YEAR = 365.2425 * 86400.0

_MASS = {"ug": 1e-6, "mg": 1e-3, "g": 1.0, "kg": 1e3, "Mg": 1e6, "t": 1e6, "Gg": 1e9, "Tg": 1e12}
_AMOUNT = {"nmol": 1e-9, "umol": 1e-6, "mmol": 1e-3, "mol": 1.0}
#: Square metres; one hm2 is one hectare.
_AREA = {"m-2": 1.0, "ha-1": 1e4, "hm-2": 1e4, "km-2": 1e6, "cm-2": 1e-4}
#: Seconds; a day number before d-1 is that of a composite.
_TIME = {"s-1": 1.0, "h-1": 3600.0, "d-1": 86400.0, "a-1": YEAR, "month-1": YEAR / 12.0}
_SUBSTANCE = {"C": 1.0, "CO2": 1.0 / CO2_PER_C, "CH4": M_C / M_CH4}
_DRY_MATTER = ("DM", "dm", "d.m.", "DW", "biomass")
#: Other ways to write the words, first to last.
_SPELLINGS = (
    (r"[µμ]", "u"),
    (r"⁻", "-"),
    (r"¹", "1"),
    (r"[²₂]", "2"),
    (r"\*\*|\^", ""),
    (r"\btonnes?\b", "t"),
    (r"(?<=[A-Za-z\d])\s*(?:/|\bper\b)\s*(\d*[a-z]+2?)", r" \1-1"),
    (r"\b(u?mg|Mg|Gg|Tg|[ukm]?g|t|[num]?mol)(?=(C|CO2|CH4|DM)\b)", r"\1 "),
    (r"\b(m|hm|km|cm)2-1\b", r"\1-2"),
    (r"\b(\d*)(yr|year|y)-1\b", r"\1a-1"),
    (r"\b(\d*)(day|days)-1\b", r"\1d-1"),
    (r"\bsec-1\b", "s-1"),
    (r"\b(hr|hour)-1\b", "h-1"),
)


class UnitError(FluxkitError):
    """A unit of carbon that is not understood, or that leaves open what is meant."""


@dataclass(frozen=True)
class CarbonUnit:
    """What one of a unit is."""

    text: str
    scale: float  #: g m-2 of carbon, or of dry matter [per time]
    seconds: float | None  #: of the time it is per; None for a stock
    dry_matter: bool = False

    def to_grams(self, carbon_fraction: float | None = None) -> float:
        """Return g C m-2 of one of the unit, over its own time.

        Raises
        ------
        UnitError
            Dry matter without a carbon fraction, or a fraction that is none.
        """
        if not self.dry_matter:
            return self.scale
        if carbon_fraction is None:
            raise UnitError(
                f"{self.text!r} is dry matter: give carbon_fraction (IPCC 2006 has 0.47 for wood), "
                "or the unit of carbon that is meant"
            )
        if not 0.2 < carbon_fraction < 0.7:
            raise UnitError(f"carbon_fraction = {carbon_fraction:g} is not one of dry matter: 0.2 to 0.7")
        return self.scale * carbon_fraction

    def to_rate(self, carbon_fraction: float | None = None) -> float:
        """Return g C m-2 a-1 of one of the unit, which must be a flux.

        Raises
        ------
        UnitError
            The unit is one of a stock.
        """
        if self.seconds is None:
            raise UnitError(f"{self.text!r} is a stock; a flux has a time, such as {self.text} a-1")
        return self.to_grams(carbon_fraction) * YEAR / self.seconds

    def to_stock(self, carbon_fraction: float | None = None) -> float:
        """Return g C m-2 of one of the unit, which must be a stock.

        Raises
        ------
        UnitError
            The unit is one of a flux.
        """
        if self.seconds is not None:
            raise UnitError(f"{self.text!r} is a flux; a stock has no time")
        return self.to_grams(carbon_fraction)


def parse_unit(text: str) -> CarbonUnit:
    """Read a unit of carbon, dry matter or CO2 on an area, with or without a time.

    Parameters
    ----------
    text : str
        Such as "g C m-2 a-1", "Mg C hm-2", "t CO2 ha-1 a-1", "t DM ha-1", "kg C m-2 8d-1",
        "umol CO2 m-2 s-1".

    Returns
    -------
    CarbonUnit

    Raises
    ------
    UnitError
        Something in it is not known, or it is left open what the mass is of.

    Examples
    --------
    >>> import fluxkit as fk
    >>> fk.budget.parse_unit("Mg C hm-2 a-1").to_rate()
    100.0
    >>> round(fk.budget.parse_unit("t CO2 ha-1 a-1").to_rate(), 2)
    27.29
    """
    words = _spelled(text).split()
    found: dict[str, float] = {}
    substance = ""
    for word in words:
        kind = _kind(word)
        if kind in found or (kind == "substance" and substance):
            raise UnitError(f"{text!r}: {word!r} is one {kind} too many")
        if kind == "substance":
            substance = word
        elif kind:
            found[kind] = _value(word, kind)
        else:
            raise UnitError(f"{text!r}: {word!r} is not known; write a unit such as {_EXAMPLES}")
    if "area" not in found or not {"mass", "amount"} & set(found):
        raise UnitError(f"{text!r} needs a mass and an area, such as {_EXAMPLES}")
    return _unit(text, found, substance)


_EXAMPLES = "'g C m-2 a-1', 'Mg C ha-1 a-1' (= Mg C hm-2 a-1), 't CO2 ha-1 a-1', 't DM ha-1'"


def _unit(text: str, found: dict[str, float], substance: str) -> CarbonUnit:
    seconds = found.get("time")
    if "amount" in found:
        # A mole of any of these holds one atom of carbon: CO2 is understood where nothing is said.
        if substance in _DRY_MATTER:
            raise UnitError(f"{text!r}: dry matter has no amount in moles")
        return CarbonUnit(text, found["amount"] * M_C / found["area"], seconds)
    if not substance:
        raise UnitError(
            f"{text!r} does not say of what: carbon (C), dry matter (DM) or CO2; write e.g. "
            f"{_with(text, 'C')!r}, {_with(text, 'DM')!r} or {_with(text, 'CO2')!r}"
        )
    if substance in _DRY_MATTER:
        return CarbonUnit(text, found["mass"] / found["area"], seconds, dry_matter=True)
    return CarbonUnit(text, found["mass"] * _SUBSTANCE[substance] / found["area"], seconds)


def _with(text: str, substance: str) -> str:
    first, _, rest = _spelled(text).partition(" ")
    return f"{first} {substance} {rest}".strip()


def _spelled(text: str) -> str:
    for pattern, written in _SPELLINGS:
        text = re.sub(pattern, written, text)
    return text.strip()


def _kind(word: str) -> str:
    if word in _MASS:
        return "mass"
    if word in _AMOUNT:
        return "amount"
    if word in _AREA:
        return "area"
    if word in _SUBSTANCE or word in _DRY_MATTER:
        return "substance"
    return "time" if re.fullmatch(r"\d*(" + "|".join(_TIME) + ")", word) else ""


def _value(word: str, kind: str) -> float:
    if kind == "time":
        rest = word.lstrip("0123456789")
        return _TIME[rest] * float(word.removesuffix(rest) or 1)
    return {"mass": _MASS, "amount": _AMOUNT, "area": _AREA}[kind][word]


@dataclass(frozen=True)
class Scale:
    """One of the units that results are shown in."""

    name: str
    factor: float  #: multiplies g C m-2 [a-1]


#: The axes of the page.
SCALES = (
    Scale("g C m⁻² a⁻¹", 1.0),
    Scale("Mg C ha⁻¹ a⁻¹ (= Mg C hm⁻² a⁻¹)", 0.01),
    Scale("t CO₂ ha⁻¹ a⁻¹", 0.01 * CO2_PER_C),
)

#: More than this has been measured nowhere; what exceeds it is in another unit. Carbon.
#: Gross production of tropical forests reaches 4047 g C m-2 a-1 in ForC (forc_biome_averages.csv).
MOST = {"flux": 5000.0, "stock": 2.0e5}


def doubt(value: float, kind: str, text: str) -> str:
    """Return a sentence where a value cannot be carbon in its unit, else "".

    Parameters
    ----------
    value : float
        [g C m-2] or [g C m-2 a-1]
    kind : {"flux", "stock"}
    text : str
        Unit as it was given.
    """
    if math.isnan(value) or abs(value) <= MOST[kind]:
        return ""
    shown = f"{value / 100:.4g} Mg C ha-1" + (" a-1" if kind == "flux" else "")
    return f"{shown} is more than any ecosystem has: is the unit {text!r} right (dry matter, CO2, g for kg)?"
