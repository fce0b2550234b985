"""What the ecosystem's page shows over time, from the dataset that went through the room."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.report import style
from fluxkit.report.web.parts import Column

Array = npt.NDArray[np.float64]

#: Grams of carbon, and of nitrogen of nitrous oxide, in a micromole.
GRAM, NITROGEN = 12.011e-6, 28.014e-6
#: Years are apart by this share of the whole, some pixels.
APART = 120
QUALITY = {0: "measured", 1: "filled, best", 2: "filled, medium", 3: "filled, poor"}


def over_time(ds: xr.Dataset, names: Iterable[str]) -> dict[str, Column]:
    """Return the columns of variables that are there and lie over time alone."""
    found = {}
    for name in names:
        if name in ds and ds[name].dims == ("time",) and ds[name].dtype.kind in "fiu":
            values = ds[name].to_numpy().astype(np.float64)
            unit = str(ds[name].attrs.get("units", ""))
            words = QUALITY if name.endswith("_F_QC") else {}
            unit = "" if unit == "1" else style.units(unit.replace(" CO2 ", " "))
            found[name] = Column(values, name, unit, words=words)
    return found


def cumulated(values: Array, at: HalfHours, grams: float = GRAM) -> Array:
    """Return the sum since the year's begin, g m-2; open where a year begins, so that none join.

    Parameters
    ----------
    values : (n,) array
        [umol m-2 s-1], or another amount a second; missing ones add nothing.
    at : HalfHours
    grams : float
        In one of that amount; by default carbon in a micromole.
    """
    sums = np.cumsum(np.nan_to_num(values)) * grams * at.step_s
    begins = np.flatnonzero(np.diff(at.year, prepend=at.year[0] - 1))
    before = np.append(0.0, sums)[begins]
    out = sums - before[np.searchsorted(begins, np.arange(values.size), side="right") - 1]
    opening = max(1, values.size // APART)
    for begin in begins[1:].tolist():
        out[begin : begin + opening] = np.nan
    return np.where(np.isfinite(values).any(), out, np.nan)
