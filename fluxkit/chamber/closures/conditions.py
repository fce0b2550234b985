"""Temperature, pressure and humidity of the air in a chamber when its window begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.closures import Closures, Times
from fluxkit.chamber.closures.records import AnalyserRecord
from fluxkit.constants import P_SEA_LEVEL, SCALE_HEIGHT, T_ZERO

Array = npt.NDArray[np.float64]

#: Variables of a record that stand for the air in the chamber, the best one first; a cell's never do.
TEMPERATURES = ("t_chamber", "t_air")
PRESSURES = ("p_chamber", "p_air")
#: What air in a chamber can be: beyond, a probe is broken or not plugged in. [K], [Pa], [mol mol-1]
_PLAUSIBLE = {
    "t": (T_ZERO - 60.0, T_ZERO + 80.0),
    "p": (40e3, 115e3),
    "h2o": (-1e-3, 0.2),
}
#: What is assumed where nothing is known.
ASSUMED_TEMPERATURE = 15.0 + T_ZERO
ASSUMED_PRESSURE = 101325.0


@dataclass(frozen=True)
class Conditions:
    """Arrays of shape (closure,)."""

    t_air: Array  #: [K]
    p_air: Array  #: [Pa]
    t_assumed: npt.NDArray[np.bool_]
    p_assumed: npt.NDArray[np.bool_]
    told: str = ""  #: which values no air in a chamber has, "" where all may be


def plausible(name: str, values: Array) -> Array:
    """Return temperature, pressure or water vapour with NaN for what no air in a chamber has.

    Parameters
    ----------
    name : str
        Of the variable: ``t_...``, ``p_...`` or ``h2o...``; others pass.
    values : ndarray
        In SI.
    """
    least, most = _PLAUSIBLE.get(name.partition("_")[0], (-np.inf, np.inf))
    return np.where((values >= least) & (values <= most), values, np.nan)


def conditions(
    closures: Closures,
    records: Sequence[AnalyserRecord],
    *,
    t_air: Array | float | None = None,
    p_air: Array | float | None = None,
    altitude: float | None = None,
) -> Conditions:
    """Temperature and pressure of closures: from their table, measured, or given.

    Values that no air in a chamber has are passed over, and told.

    Parameters
    ----------
    closures : Closures
        Values in it come first.
    records : sequence of AnalyserRecord
        Their first reading after closing comes second.
    t_air, p_air : float or ndarray, shape (closure,), optional
        Come third. [K], [Pa]
    altitude : float, optional
        Gives the pressure that is assumed where none is known. [m]
    """
    size = len(closures)
    measured_t = first_readings(closures, records, TEMPERATURES)
    measured_p = first_readings(closures, records, PRESSURES)
    temperature = _first_known(plausible("t_air", closures.t_air), measured_t, _each(t_air, size))
    pressure = _first_known(plausible("p_air", closures.p_air), measured_p, _each(p_air, size))
    cold, thin = np.isnan(temperature), np.isnan(pressure)
    standard = ASSUMED_PRESSURE if altitude is None else P_SEA_LEVEL * float(np.exp(-altitude / SCALE_HEIGHT))
    return Conditions(
        np.where(cold, ASSUMED_TEMPERATURE, temperature),
        np.where(thin, standard, pressure),
        cold,
        thin,
        _implausible(closures, records),
    )


def _implausible(closures: Closures, records: Sequence[AnalyserRecord]) -> str:
    """Tell of how many closures the file or the first reading gives a value that no air in a chamber has."""
    told = []
    for names, own, unit, scale, zero in (
        (TEMPERATURES, closures.t_air, "degC", 1.0, T_ZERO),
        (PRESSURES, closures.p_air, "kPa", 1e-3, 0.0),
        (("h2o",), np.full(len(closures), np.nan), "mmol mol-1", 1e3, 0.0),
    ):
        seen = [own, *(_first(closures.start, closures.end, records, name, checked=False) for name in names)]
        bad = np.array([np.isfinite(one) & np.isnan(plausible(names[0], one)) for one in seen])
        if bad.any():
            worst = (np.array(seen)[bad][0] - zero) * scale
            told.append(
                f"{' or '.join(names)} of {bad.any(axis=0).sum()} of {len(closures)} closures are "
                f"implausible ({worst:.4g} {unit}): not used"
            )
    return "; ".join(told)


def first_readings(
    closures: Closures, records: Sequence[AnalyserRecord], names: Sequence[str], begin: Array | None = None
) -> Array:
    """First plausible reading of one of several variables in each closure, NaN where there is none.

    Parameters
    ----------
    closures : Closures
    records : sequence of AnalyserRecord
        Searched in this order.
    names : sequence of str
        Variables, the best one first.
    begin : ndarray, shape (closure,), optional
        From so many seconds after closing. [s]
    """
    start = closures.start
    if begin is not None:
        start = start + np.round(np.nan_to_num(begin) * 1e9).astype("m8[ns]")
    found = np.full(len(closures), np.nan)
    for record in records:
        for name in names:
            found = _first_known(found, _first(start, closures.end, [record], name))
    return found


def _first(
    start: Times, end: Times, records: Sequence[AnalyserRecord], name: str, *, checked: bool = True
) -> Array:
    """Return the first known, and if wanted plausible, reading of a variable between instants."""
    found = np.full(start.size, np.nan)
    for record in (record for record in records if name in record.data):
        values = plausible(name, record.data[name]) if checked else record.data[name]
        known = np.flatnonzero(np.isfinite(values))
        if not known.size:
            continue
        place = np.searchsorted(record.time[known], start, side="left")
        row = known[np.minimum(place, known.size - 1)]
        inside = (place < known.size) & (record.time[row] <= end)
        wanted = inside & np.isnan(found)
        found[wanted] = values[row[wanted]]
    return found


def _first_known(*candidates: Array) -> Array:
    found = candidates[0]
    for other in candidates[1:]:
        found = np.where(np.isnan(found), other, found)
    return found


def _each(value: Array | float | None, size: int) -> Array:
    return np.array(np.broadcast_to(np.nan if value is None else value, (size,)), np.float64)


def named(given: Mapping[str, float | None], names: npt.NDArray[np.str_], otherwise: float | None) -> Array:
    """Return a constant for each closure by the name of its chamber. [any]"""
    default = np.nan if otherwise is None else otherwise
    values = {name: default if value is None else value for name, value in given.items()}
    return np.array([values.get(str(name), default) for name in names], np.float64)
