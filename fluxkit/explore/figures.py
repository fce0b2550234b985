"""What the page shows of a month under two sets of decisions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.explore.sums import kept_of
from fluxkit.report import style
from fluxkit.report.columns import Records
from fluxkit.report.sections import shown_fluxes
from fluxkit.report.web.parts import Column, Diurnal, Figure, Fingerprint, Lines, Section, Series
from fluxkit.schema import variables
from fluxkit.site.models import Site

Array = npt.NDArray[np.float64]

#: Fluxes that are drawn; the others are in the table of sums.
MOST = 3
#: What a half hour opens with beside the fluxes: endings of names.
BESIDE = ("_QC", "_QC_REASON", "_SSITC_TEST", "_SCF", "_TLAG_USED", "_RANDUNC_HF")
ALSO = ("USTAR", "TAU", "WS", "WD", "ZL", "TA", "ROT_YAW", "ROT_PITCH", "ROT_ROLL", "LOSS_FLAG")


def columns_of(
    old: xr.Dataset, new: xr.Dataset, site: Site, ustar: tuple[float | None, float | None]
) -> tuple[Records, dict[str, Column]]:
    """Return the columns of a month: each flux new, old, their difference; what a half hour opens with.

    Parameters
    ----------
    old, new : xarray.Dataset
        Over the same periods.
    site : Site
        The station's clock.
    ustar : pair of float or None
        Thresholds of u* of old and new [m s-1].
    """
    records = Records.of(new, site.station.utc_offset_h, site.condense.period)
    before = Records(old, records.clock, records.place)
    made: dict[str, Column] = {}
    for name in shown_fluxes(new):
        unit = style.units(variables.entry(name).units)
        after = _kept(new, name, ustar[1])
        was = _kept(old, name, ustar[0]) if name in old else np.full(old.sizes["time"], np.nan)
        made[name] = Column(records.spread(after), f"{name} as chosen", unit)
        made[f"{name}_OLD"] = Column(before.spread(was), f"{name} before", unit)
        made[f"{name}_DIFFERENCE"] = Column(records.spread(after - was), f"{name} chosen − before", unit)
    for name in map(str, new):
        if name not in made and (name in ALSO or name.endswith(BESIDE)) and new[name].dims == ("time",):
            made[name] = records.column(name)
    return records, made


def _kept(fluxes: xr.Dataset, name: str, ustar: float | None) -> Array:
    return np.where(kept_of(fluxes, name, ustar), fluxes[name].values.astype(np.float64), np.nan)


def sections_of(columns: Mapping[str, Column]) -> list[Section]:
    """Return the figures, in reading order."""
    shown = [name.removesuffix("_OLD") for name in columns if name.endswith("_OLD")][:MOST]
    fluxes: list[Figure] = []
    for name in shown:
        label = f"{name} ({columns[name].unit})"
        fluxes.append(Lines([Series(f"{name}_OLD", style.GREY), Series(name, style.BLUE)], label, 190))
        fluxes.append(
            Lines(
                [Series(f"{name}_DIFFERENCE", style.RED, kind="points")],
                f"difference ({columns[name].unit})",
                150,
            )
        )
    first = shown[0]
    return [
        Section(
            "Fluxes of the month", fluxes, "Grey: before; blue: as chosen; half hours that the policy keeps."
        ),
        Section(
            "Where they differ",
            [Fingerprint(first), Fingerprint(f"{first}_DIFFERENCE")],
            "Days to the right, hours upwards; grey is missing in one of the two.",
        ),
        Section(
            "Course of the day",
            [Diurnal(first), Diurnal(f"{first}_DIFFERENCE")],
            "Mean of the month and standard deviation.",
        ),
    ]


def as_json(value: Any) -> Any:
    """Return a number that JSON has; None for one that is none."""
    return float(value) if np.isfinite(value) else None
