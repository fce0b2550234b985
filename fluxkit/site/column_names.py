"""Which variable a logger's column holds, as far as its name and unit show."""

import re
from dataclasses import dataclass

from fluxkit.schema import gases, units
from fluxkit.site.sections.reading import DIAGNOSTICS, SIGNALS

#: Names in small letters; only names that leave no doubt.
ALIASES: dict[str, tuple[str, ...]] = {
    "u": ("u", "ux", "u_x", "u_sonic", "u_wind", "wind_u"),
    "v": ("v", "uy", "u_y", "v_sonic", "v_wind", "wind_v"),
    "w": ("w", "uz", "u_z", "w_sonic", "w_wind", "wind_w"),
    "t_sonic": (
        "t_sonic",
        "ts",
        "tsonic",
        "t_son",
        "ts_sonic",
        "sonic_t",
        "sonictemp",
        "sonic_temp",
        "t",
        "sos",
    ),
    "co2": ("co2", "co2_dry", "co2d", "co2_mr", "co2_md", "co2_density", "rho_c", "rhoc"),
    "h2o": ("h2o", "h2o_dry", "h2od", "h2o_mr", "h2o_md", "h2o_density", "rho_v", "rhov"),
    "ch4": ("ch4", "ch4_dry", "ch4d", "ch4_mr", "ch4_density"),
    "n2o": ("n2o", "n2o_dry", "n2od", "n2o_mr"),
    "t_air": ("t_air", "tair", "ta", "air_t", "airtc", "air_temp", "airtemp"),
    "p_air": (
        "p_air",
        "pair",
        "press",
        "pressure",
        "air_p",
        "air_press",
        "amb_press",
        "pa",
        "baro",
        "barpress",
    ),
    "t_cell": ("t_cell", "tcell", "cell_t", "cell_temp"),
    "t_cell_in": ("t_cell_in", "tcell_in", "tin", "t_in", "int_t_1"),
    "t_cell_out": ("t_cell_out", "tcell_out", "tout", "t_out", "int_t_2"),
    "p_cell": (
        "p_cell",
        "pcell",
        "press_cell",
        "cell_p",
        "cell_press",
        "cellp",
        "int_p",
        "total_pressure",  # of an LI-7200: ambient and head pressure together
        "total pressure",
        "press_tot",
    ),
    "diag_sonic": ("diag_sonic", "diag_csat", "diag_csat3", "sonic_diag", "diag_sa", "sa_diag", "diag_anem"),
    "diag_gas": ("diag_gas", "diag_irga", "irga_diag", "ga_diag", "diag_ga", "diag_72", "diag_75"),
    "diag_gas_2": ("diag_gas_2", "diag_77"),
    "diag_gas_3": ("diag_gas_3",),
    "signal_co2": ("signal_co2", "co2_sig_strgth"),
    "signal_h2o": ("signal_h2o", "h2o_sig_strgth"),
    "signal_ch4": ("signal_ch4",),
    "signal_n2o": ("signal_n2o",),
}
#: Gases whose names alone may mean something else in a header: a number, a cosine, a company.
DOUBTFUL_GASES = ("no", "cos", "co")
FURTHER_GASES = tuple(gas for gas in gases.known_gases() if gas not in gases.STANDARD)
_VARIABLE = {alias: variable for variable, aliases in ALIASES.items() for alias in aliases}
_VARIABLE |= {f"{gas}{end}": gas for gas in FURTHER_GASES for end in ("_dry", "_mr")}
_VARIABLE |= {f"{gas}{end}": gas for gas in FURTHER_GASES if gas not in DOUBTFUL_GASES for end in ("", "d")}
_VARIABLE |= {alias: gas for alias, gas in gases.aliases().items()}

#: Units of the variables that ICOS files name without one.
ICOS_UNITS = {
    "U": "m s-1",
    "V": "m s-1",
    "W": "m s-1",
    "T_SONIC": "K",
    "SOS": "m s-1",
    "CO2": "umol mol-1",
    "H2O": "mmol mol-1",
    "T_CELL": "degC",
    "T_CELL_IN": "degC",
    "T_CELL_OUT": "degC",
    "PRESS_CELL": "kPa",
}


@dataclass(frozen=True)
class Recognised:
    """What a column holds."""

    variable: str
    column: str | int  #: name, or position (1 = first)
    unit: str | None  #: None if neither name nor header gives it
    quantity: str | None  #: of a gas, None if the name does not give it
    doubt: str  #: what the user should confirm, "" if nothing


def recognise(name: str, unit: str) -> Recognised | None:
    """Return what a column holds, or None if its name is not known for certain.

    Parameters
    ----------
    name : str
        From the header, perhaps with its unit: ``Ux``, ``CO2_ppm``, ``u (m/s)``.
    unit : str
        From the header's line of units, "" if there is none.
    """
    variable, own_unit = _split(name)
    if variable is None:
        return None
    if variable in (*DIAGNOSTICS, *SIGNALS):
        counter = name.casefold() in ("sa_diag", "diag_sa")
        doubt = "some loggers count here: use it only if 0 means good" if counter else ""
        return Recognised(variable, name, "1", None, doubt)
    written = own_unit or unit
    known, doubt = _unit(written, variable)
    quantity = _quantity(name, known) if gases.is_known_gas(variable) else None
    return Recognised(variable, name, known, quantity, doubt)


def fraction(unit: str | None) -> bool:
    """Whether a unit is a fraction, of moist or of dry air."""
    return unit is not None and units.parse(unit).dimension == "fraction"


def _split(name: str) -> tuple[str | None, str]:
    """Split a name into variable and unit; an end that is a number, as of ``u_1``, is no unit."""
    plain = name.strip().casefold()
    if plain in _VARIABLE:
        return _VARIABLE[plain], ""
    for mark in "_ ([.":
        head, found, tail = name.strip().partition(mark)
        while found:
            tail_unit = tail.strip(" ()[]")
            variable = _VARIABLE.get(head.strip().casefold())
            if variable is not None and mark == "_" and re.fullmatch(r"\d+(_\d+)*", tail_unit):
                return variable, ""
            if variable is not None and _fits(tail_unit, variable):
                return variable, tail_unit
            more, found, tail = tail.partition(mark)
            head = f"{head}{mark}{more}"
    quantity, found, _ = plain.partition("_[")  # an instrument in brackets: U_[R350-B]
    return (_VARIABLE.get(quantity) if found and plain.endswith("]") else None), ""


def _fits(unit: str, variable: str) -> bool:
    """Whether a text is a unit that the variable may have."""
    if unit.casefold() == "ppt":
        return gases.is_known_gas(variable)
    return bool(unit) and _parses(unit) and units.parse(unit).dimension in dimensions(variable)


def dimensions(variable: str) -> tuple[str, ...]:
    """Return what the unit of a variable may measure."""
    if gases.is_known_gas(variable):
        return "fraction", "mass_density", "molar_density"
    if variable.startswith("p_"):
        return ("pressure",)
    if variable.startswith("t_"):
        return "temperature", "speed"
    return ("speed",) if variable in ("u", "v", "w") else ("dimensionless", "share")


def _parses(text: str) -> bool:
    try:
        units.parse(text)
    except ValueError:
        return False
    return True


def _unit(text: str, variable: str) -> tuple[str | None, str]:
    if text.casefold() == "ppt":
        if variable == "h2o":
            return "mmol mol-1", "'ppt' read as parts per thousand: confirm"
        return None, "'ppt' may mean parts per thousand or per trillion"
    if not text.strip() or not _parses(text):
        return None, f"unit {text!r} is not known" if text.strip() else ""
    return units.canonical(text), ""


def _quantity(name: str, unit: str | None) -> str | None:
    dry = tuple(f"{gas}{end}" for gas in gases.known_gases() for end in ("_dry", "d", "_mr"))
    return "mixing_ratio" if fraction(unit) and name.casefold().startswith(dry) else None
