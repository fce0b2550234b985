"""Readings of a closure as they would be if its air stayed as it was when the chamber closed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.conditions import PRESSURES, TEMPERATURES, plausible
from fluxkit.chamber.closures.gas_readings import GasReadings
from fluxkit.chamber.closures.records import SECOND, AnalyserRecord
from fluxkit.chamber.fits.flux_term import dry_air_ratio, sealed_amount, vented_time

Array = npt.NDArray[np.float64]


def as_at_closing(
    courses: GasReadings,
    closures: Closures,
    records: Sequence[AnalyserRecord],
    kind: Literal["sealed", "vented"],
) -> GasReadings:
    """Return courses with temperature, pressure and humidity of each point taken into account.

    What was not measured along a closure is taken as constant.

    Parameters
    ----------
    courses : Courses
        Readings of a gas.
    closures : Closures
        Their times.
    records : sequence of Record
        Searched for temperature, pressure and water vapour.
    kind : str
        "sealed": no air leaves, the amount of gas is fitted; "vented": air leaves through a vent and takes
        its mole fraction along, time is stretched instead.
    """
    whole = courses.whole
    own = [records[k] for k in dict.fromkeys(courses.source.tolist()) if k >= 0]
    air = {
        names: _along(whole, closures, [*own, *records], names)
        for names in (TEMPERATURES, PRESSURES, ("h2o",))
    }
    temperature, pressure, h2o = air[TEMPERATURES], air[PRESSURES], air[("h2o",)]
    # Constants cancel in the ratio to the first point.
    ratio = dry_air_ratio(
        np.where(np.isnan(pressure), 1.0, pressure),
        np.where(np.isnan(temperature), 1.0, temperature),
        np.where(np.isnan(h2o), 0.0, h2o),
        whole.offsets,
    )
    if kind == "sealed":
        return replace(courses, whole=Batch(whole.t, sealed_amount(whole.c, ratio), whole.offsets))
    return replace(courses, whole=Batch(vented_time(whole.t, ratio, whole.offsets), whole.c, whole.offsets))


def _along(
    whole: Batch, closures: Closures, records: Sequence[AnalyserRecord], names: Sequence[str]
) -> Array:
    """Return a variable at all points; NaN throughout a closure in which nothing measured it twice."""
    found = np.full(whole.t.size, np.nan)
    for k in range(len(whole)):
        part = slice(whole.offsets[k], whole.offsets[k + 1])
        for record in records:
            values = _at(record, closures, k, names, whole.t[part])
            if values is not None:
                found[part] = values
                break
    return found


def _at(record: AnalyserRecord, closures: Closures, k: int, names: Sequence[str], t: Array) -> Array | None:
    series = closures.extra.get("series", np.full(len(closures), np.nan))
    rows = record.inside(closures.start[k], closures.end[k], float(series[k]))
    for name in (name for name in names if name in record.data):
        values = plausible(name, record.data[name][rows])
        known = np.isfinite(values)
        if known.sum() > 1:
            seconds = (record.time[rows] - closures.start[k]) / SECOND
            bridged: Array = np.interp(t, seconds[known], values[known])
            return bridged
    return None
