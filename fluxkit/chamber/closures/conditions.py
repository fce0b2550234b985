"""Temperature, pressure and humidity of the air in a chamber when its window begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.records import AnalyserRecord
from fluxkit.constants import P_SEA_LEVEL, SCALE_HEIGHT, T_ZERO

Array = npt.NDArray[np.float64]

#: Variables of a record that stand for the air in the chamber, the best one first; a cell's never do.
TEMPERATURES = ("t_chamber", "t_air")
PRESSURES = ("p_chamber", "p_air")
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


def conditions(
    closures: Closures,
    records: Sequence[AnalyserRecord],
    *,
    t_air: Array | float | None = None,
    p_air: Array | float | None = None,
    altitude: float | None = None,
) -> Conditions:
    """Temperature and pressure of closures: from their table, measured, or given.

    Parameters
    ----------
    closures : Closures
        Values in it come first.
    records : sequence of Record
        Their first reading after closing comes second.
    t_air, p_air : float or ndarray, shape (closure,), optional
        Come third. [K], [Pa]
    altitude : float, optional
        Gives the pressure that is assumed where none is known. [m]
    """
    size = len(closures)
    measured_t = first_readings(closures, records, TEMPERATURES)
    measured_p = first_readings(closures, records, PRESSURES)
    temperature = _first_known(closures.t_air, measured_t, _each(t_air, size))
    pressure = _first_known(closures.p_air, measured_p, _each(p_air, size))
    cold, thin = np.isnan(temperature), np.isnan(pressure)
    standard = ASSUMED_PRESSURE if altitude is None else P_SEA_LEVEL * float(np.exp(-altitude / SCALE_HEIGHT))
    return Conditions(
        np.where(cold, ASSUMED_TEMPERATURE, temperature), np.where(thin, standard, pressure), cold, thin
    )


def first_readings(
    closures: Closures, records: Sequence[AnalyserRecord], names: Sequence[str], begin: Array | None = None
) -> Array:
    """First finite reading of one of several variables in each closure, NaN where there is none.

    Parameters
    ----------
    closures : Closures
    records : sequence of Record
        Searched in this order.
    names : sequence of str
        Variables, the best one first.
    begin : ndarray, shape (closure,), optional
        From so many seconds after closing. [s]
    """
    found = np.full(len(closures), np.nan)
    start = closures.start
    if begin is not None:
        start = start + np.round(np.nan_to_num(begin) * 1e9).astype("m8[ns]")
    for record in records:
        for name in (name for name in names if name in record.data):
            known = np.flatnonzero(np.isfinite(record.data[name]))
            place = np.searchsorted(record.time[known], start, side="left")
            inside = place < known.size
            row = known[np.where(inside, place, 0)] if known.size else np.zeros(len(closures), np.int64)
            inside &= (record.time[row] <= closures.end) if known.size else False
            wanted = inside & np.isnan(found)
            found[wanted] = record.data[name][row[wanted]]
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
