"""Fluxes on an even clock, as the page carries them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import style
from fluxkit.report.web.parts import Clock, Column
from fluxkit.schema import variables

Array = npt.NDArray[np.float64]

#: More values than this and a page carries what its figures show, not all that a half hour knows: 15 MB.
MOST_VALUES = 9_000_000
#: Beyond so many records of the clock (a century of half hours) a page shows the begin alone.
MOST_RECORDS = 2_000_000


@dataclass(frozen=True)
class Records:
    """The periods of a run on an even clock.

    Parameters
    ----------
    fluxes : Dataset
        Dimension ``time``: start of each period, UTC.
    clock : Clock
        From the first to the last period, gaps included.
    place : (time,) array of int
        Where each period lies on the clock.
    """

    fluxes: xr.Dataset
    clock: Clock
    place: npt.NDArray[np.int64]

    @classmethod
    def of(cls, fluxes: xr.Dataset, utc_offset_h: float, minutes: float) -> "Records":
        """Lay the periods on a clock of local standard time."""
        start = style.local_time(fluxes, utc_offset_h).astype("datetime64[s]")
        step = round(minutes * 60)
        place = np.round((start - start.min()) / np.timedelta64(step, "s")).astype(np.int64)
        kept = place < MOST_RECORDS
        count = int(place[kept].max()) + 1
        clock = Clock(start.min(), float(step), count, style.zone(utc_offset_h))
        return cls(fluxes if kept.all() else fluxes.isel(time=kept), clock, place[kept])

    def values(self, name: str) -> Array:
        """Return a variable on the clock."""
        return self.spread(self.fluxes.variables[name].values.astype(np.float64))

    def spread(self, values: Array) -> Array:
        """Return values of the periods on the clock, NaN where there is no period."""
        out = np.full(self.clock.count, np.nan)
        out[self.place] = values
        return out

    def column(self, name: str) -> Column:
        """Return a variable with its unit, and its codes in words."""
        known = variables.is_known(name)
        words, bits = meanings(variables.describe(name) if known else self.fluxes.variables[name].attrs)
        unit = variables.entry(name).units if known else ""
        unit = "" if unit == "1" else style.units(unit)
        return Column(self.values(name), name, unit, words=words, bits=bits)

    def columns(self, shown: Iterable[str]) -> dict[str, Column]:
        """Return what the page carries: what its figures show, and all else while there is room."""
        names = [str(name) for name in self.fluxes if self._over_time(str(name))]
        if len(names) * self.clock.count > MOST_VALUES:
            wanted = set(shown)
            names = [name for name in names if name in wanted]
        return {name: self.column(name) for name in names}

    def _over_time(self, name: str) -> bool:
        variable = self.fluxes.variables[name]  # of a dataset, each would be given all coordinates
        return variable.dims == ("time",) and variable.dtype.kind in "fiub"


def meanings(attributes: Mapping[str, object]) -> tuple[dict[int, str], list[str]]:
    """Return the codes of a flag in words, or the meaning of each bit."""
    said = [word.replace("_", " ") for word in str(attributes.get("flag_meanings", "")).split()]
    codes, masks = (attributes.get(key) for key in ("flag_values", "flag_masks"))
    if codes is not None:
        return dict(zip((int(code) for code in np.atleast_1d(np.asarray(codes))), said, strict=False)), []
    if masks is None:
        return {}, []
    numbers = [int(mask).bit_length() - 1 for mask in np.atleast_1d(np.asarray(masks))]
    bits = dict(zip(numbers, said, strict=False))
    return {}, [bits.get(k, f"bit {k}") for k in range(max(bits, default=-1) + 1)]
