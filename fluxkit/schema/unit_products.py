"""Units that are products of powers, in the spellings that half-hourly files of other programs have.

Unlike ``units``, a table of what loggers may name, this takes a unit apart: "[µmol+1s-1m-2]" is umol m-2 s-1.
"""

import re
from collections import Counter
from typing import NamedTuple

from fluxkit.constants import T_ZERO

#: Symbol -> base symbol and its share of it.
_SYMBOLS: dict[str, tuple[str, float]] = {
    **{"mol": ("mol", 1.0), "mmol": ("mol", 1e-3), "umol": ("mol", 1e-6), "nmol": ("mol", 1e-9)},
    **{"Pa": ("Pa", 1.0), "hPa": ("Pa", 1e2), "kPa": ("Pa", 1e3), "mbar": ("Pa", 1e2)},
    **{"m": ("m", 1.0), "mm": ("m", 1e-3), "cm": ("m", 1e-2), "km": ("m", 1e3), "inch": ("m", 0.0254)},
    **{"kg": ("kg", 1.0), "g": ("kg", 1e-3), "mg": ("kg", 1e-6), "ug": ("kg", 1e-9)},
    **{"s": ("s", 1.0), "min": ("s", 60.0), "h": ("s", 3600.0), "hour": ("s", 3600.0), "d": ("s", 86400.0)},
    **{"deg": ("degree", 1.0), "degree": ("degree", 1.0), "deg_from_north": ("degree", 1.0)},
    **{
        "%": ("", 1e-2),
        "W": ("W", 1.0),
        "kW": ("W", 1e3),
        "J": ("J", 1.0),
        "K": ("K", 1.0),
        "Hz": ("Hz", 1.0),
    },
}
_NUMBER_ONLY = frozenset({"", "1", "#", "-", "adimensional", "nondimensional", "dimensionless"})
_FACTOR = re.compile(r"(%|[A-Za-z][A-Za-z_]*)\^?([+-]?\d+)?")
_CELSIUS = frozenset({"degC", "C", "°C", "deg C", "deg_C"})


class Conversion(NamedTuple):
    """Wanted value = scale * value + shift."""

    scale: float
    shift: float = 0.0


def conversion(found: str, wanted: str) -> Conversion:
    """Return how values in one unit become values in another.

    Parameters
    ----------
    found : str
        As a file has it, with or without brackets.
    wanted : str
        UDUNITS spelling of the vocabulary.

    Raises
    ------
    ValueError
        A unit is not known, or they are not units of the same thing.
    """
    found = _plain(found)
    if found in _CELSIUS or wanted in _CELSIUS:
        return _of_temperature(found, wanted)
    (scale, powers), (share, needed) = _taken_apart(found), _taken_apart(wanted)
    if powers != needed:
        raise ValueError(f"{found!r} does not measure the same quantity as {wanted!r}")
    return Conversion(scale / share)


def _of_temperature(found: str, wanted: str) -> Conversion:
    if found in _CELSIUS and wanted in _CELSIUS:
        return Conversion(1.0)
    if found == "K":
        return Conversion(1.0, -T_ZERO)
    if wanted == "K":
        return Conversion(1.0, T_ZERO)
    raise ValueError(f"{found!r} does not measure the same quantity as {wanted!r}")


def _plain(text: str) -> str:
    """Return a unit without brackets, its micro sign as a letter whatever the file's encoding made of it."""
    text = text.strip().strip('"').strip("[]()").strip()
    text = re.sub("Â?[µμ\ufffd]", "u", text)
    return re.sub(r"mol(CO2|H2O|CH4|N2O)\b", "mol", text)


def _taken_apart(text: str) -> tuple[float, Counter[str]]:
    if text in _NUMBER_ONLY:
        return 1.0, Counter()
    scale, powers, rest = 1.0, Counter[str](), text
    for match in _FACTOR.finditer(text):
        symbol, power = match[1], int(match[2] or 1)
        symbol = re.sub(r"_[adw]$", "", symbol)  # mol_a: of moist air, mol_d: of dry air
        if symbol not in _SYMBOLS:
            raise ValueError(f"unit {text!r}: {match[1]!r} is not known")
        base, share = _SYMBOLS[symbol]
        scale *= share**power
        powers[base] += power if base else 0
        rest = rest.replace(match[0], " ", 1)
    if rest.strip(" *.·"):
        raise ValueError(f"unit {text!r} is not a product of known units")
    return scale, Counter({base: power for base, power in powers.items() if power})
