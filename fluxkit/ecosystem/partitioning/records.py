"""What partitioning takes of a table of half hours: measured exchange, filled drivers, night and day."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.errors import FluxkitError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class PartitioningError(FluxkitError):
    """A table cannot be partitioned at all."""


@dataclass(frozen=True)
class Records:
    """Exchange and its drivers, one value a record, NaN where missing.

    Parameters
    ----------
    at : HalfHours
    nee, nee_sd : (n,) array
        Measured net exchange and its standard deviation [umol m-2 s-1], NaN where not measured.
    nee_filled : (n,) array
        Measured or filled [umol m-2 s-1].
    quality : (n,) array
        0 measured, 1 to 3 filled, NaN missing.
    ta : (n,) array
        Temperature that drives respiration, measured or filled [degC].
    ta_measured : (n,) array of bool
    sw_in : (n,) array
        Short-wave radiation, measured or filled [W m-2].
    sw_in_measured : (n,) array of bool
    vpd : (n,) array
        Vapour pressure deficit, measured or filled [hPa].
    potential : (n,) array
        Radiation without an atmosphere [W m-2].
    temperature : str
        Which one drives respiration.
    said : list of str
        What was assumed or missing, one sentence each.
    """

    at: HalfHours
    nee: Array
    nee_sd: Array
    nee_filled: Array
    quality: Array
    ta: Array
    ta_measured: Mask
    sw_in: Array
    sw_in_measured: Mask
    vpd: Array
    potential: Array
    temperature: str
    said: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, ds: xr.Dataset, *, temperature: str = "TA") -> "Records":
        """Take them from a dataset: filled variables where there are some.

        Raises
        ------
        PartitioningError
            No NEE, or no such temperature.
        """
        at = HalfHours.of(ds)
        said: list[str] = []
        n = ds.sizes["time"]
        nothing = np.full(n, np.nan)
        nee, nee_filled, quality = _flux(ds)
        if nee is None or nee_filled is None or quality is None:
            raise PartitioningError("partitioning needs NEE (or NEE_F with NEE_F_QC) in the dataset")
        ta, ta_measured = _driver(ds, temperature)
        if ta is None:
            found = [name for name in ("TA", "TS") if name in ds]
            raise PartitioningError(
                f"respiration needs the temperature {temperature}, which the dataset lacks"
                + (f"; say temperature={found[0]!r}" if found else "")
            )
        sd = ds["NEE_F_SD"].values.astype(float) if "NEE_F_SD" in ds else nothing
        vpd, _ = _driver(ds, "VPD")
        if vpd is None or not np.isfinite(vpd).any():
            said.append("There is no VPD: the light response knows no dry air (k = 0).")
            vpd = nothing
        if not np.isfinite(ta).all():
            share = 100 * float(np.isnan(ta).mean())
            said.append(
                f"{temperature} is missing in {share:.1f} % of the records: they have no respiration."
            )
        known = bool(np.isfinite([at.latitude, at.longitude]).all())
        sw_in, sw_in_measured = _driver(ds, "SW_IN")
        if sw_in is None or not np.isfinite(sw_in).any():
            sw_in = at.potential_radiation if known else nothing
            said.append(
                "There is no SW_IN: radiation without an atmosphere stands in its place, so the sun's "
                "position tells night from day, and no light response sees clouds."
            )
        if not known:
            said.append("Latitude and longitude are unknown: night and day are told by SW_IN alone.")
            potential = nothing
            if not np.isfinite(sw_in).any():
                raise PartitioningError("neither SW_IN nor latitude and longitude tell night from day")
        else:
            potential = at.potential_radiation
            # Some loggers have no radiation at night.
            sw_in = np.where(np.isnan(sw_in) & (potential <= 0.0), 0.0, sw_in)
        return cls(at, nee, np.where(np.isfinite(nee), sd, np.nan), nee_filled, quality, ta, ta_measured,
                   sw_in, sw_in_measured, vpd, potential, temperature, said)  # fmt: skip

    @cached_property
    def day_counter(self) -> npt.NDArray[np.int64]:
        """REddyProc's day of each record: records counted from one, divided by those of a day."""
        return np.arange(1, self.nee.size + 1) // self.at.per_day


def _flux(ds: xr.Dataset) -> tuple[Array | None, Array | None, Array | None]:
    """Measured and filled NEE with quality."""
    if "NEE_F" in ds:
        filled = ds["NEE_F"].values.astype(float)
        if "NEE_F_QC" in ds:
            quality = ds["NEE_F_QC"].values.astype(float)
        elif "NEE" in ds:
            quality = np.where(np.isfinite(ds["NEE"].values), 0.0, 1.0)
        else:
            return None, None, None
        quality = np.where(np.isfinite(filled), quality, np.nan)
        return np.where(quality == 0, filled, np.nan), filled, quality
    if "NEE" in ds:
        nee = ds["NEE"].values.astype(float)
        return nee, nee, np.where(np.isfinite(nee), 0.0, np.nan)
    return None, None, None


def _driver(ds: xr.Dataset, name: str) -> tuple[Array | None, Mask]:
    """A driver, filled where it can be, and where it was measured."""
    none = np.zeros(ds.sizes["time"], bool)
    if name + "_F" in ds:
        filled = ds[name + "_F"].values.astype(float)
        if name + "_F_QC" in ds:
            return filled, (ds[name + "_F_QC"].values == 0) & np.isfinite(filled)
        if name in ds:
            return filled, np.isfinite(ds[name].values.astype(float))
        return filled, np.isfinite(filled)
    if name in ds:
        value = ds[name].values.astype(float)
        return value, np.isfinite(value)
    return None, none
