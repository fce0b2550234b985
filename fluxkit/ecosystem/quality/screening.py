"""From flags and values to a final flag of each flux, and to the fluxes that are left."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.quality.checks import EQUAL, STILL
from fluxkit.ecosystem.quality.despiking import Despiking, spikes
from fluxkit.ecosystem.quality.plausible import BUFFER
from fluxkit.ecosystem.quality.runs import still
from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.errors import FluxkitError

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]

#: Fluxes that are screened, and the flags of their own that count.
FLUXES: dict[str, tuple[str, ...]] = {
    "NEE": ("FC_SSITC_TEST", "FC_QC"),
    "LE": ("LE_SSITC_TEST", "LE_QC"),
    "H": ("H_SSITC_TEST", "H_QC"),
    "FCH4": ("FCH4_SSITC_TEST", "FCH4_QC"),
    "FN2O": ("FN2O_SSITC_TEST",),
}
#: Global radiation below which it is night (Papale et al., 2006). [W m-2]
NIGHT = 20.0
BAD, NONE = 2, -1


class ScreeningError(FluxkitError):
    """Something cannot be screened as asked."""


def screen(
    ds: xr.Dataset,
    *,
    fluxes: Sequence[str] | None = None,
    max_flag: int = 1,
    ranges: bool = True,
    equal: int = EQUAL,
    despike: Despiking = "double-differences",
    z: float = 7.0,
    storage: Literal["as read", "required", "none"] = "as read",
    fetch: float | Mapping[tuple[float, float], float] | None = None,
    fetch_share: Literal[70, 80, 90] = 70,
) -> xr.Dataset:
    """Take out of each flux what its flags, range, neighbours and footprint forbid.

    The steps, in this order: storage, flags, range, equal values, spikes, fetch. What one has taken, the next
    does not see. Drivers that are beyond their range, or stand still for a day (u* for six hours), are taken
    out as well.

    Parameters
    ----------
    ds : xr.Dataset
        As `fluxkit.ecosystem.read` gives it.
    fluxes : sequence of str, optional
        By default those of NEE, LE, H, FCH4 and FN2O that are there.
    max_flag : int, default 1
        Largest quality (0, 1, 2) that is kept.
    ranges : bool, default True
        Take out what is beyond the range that AmeriFlux allows and 5 % of it more.
    equal : int, default 4
        Length of runs of equal values that are taken out; 0: none.
    despike : {"double-differences", "papale-2006", "hampel", "none"}
        See `fluxkit.ecosystem.quality.despiking.spikes`.
    z : float, default 7
        Spread that is allowed to it.
    storage : {"as read", "required", "none"}
        Where NEE was made of FC and SC: as `read` has done, missing where SC is, or FC alone.
    fetch : float or mapping, optional
        Distance that the target area reaches [m]; or sectors (from, to) [deg] -> distance. Records whose
        footprint reaches farther are taken out.
    fetch_share : {70, 80, 90}
        Share of the footprint that must be within. [%]

    Returns
    -------
    xr.Dataset
        The same with fluxes screened, ``<FLUX>_FLAG`` (0 good, 1 fair, 2 taken out, -1 no flux), and in the
        attributes ``screening``: what each step took of each flux, as JSON.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> nee = np.sin(np.arange(time.size) / 7.0)
    >>> nee[100] = 20.0
    >>> ds = xr.Dataset({"NEE": ("time", nee), "SW_IN": ("time", np.zeros(time.size))}, {"time": time})
    >>> clean = fk.ecosystem.screen(ds)
    >>> np.flatnonzero(clean["NEE"].isnull()), int(clean["NEE_FLAG"][100])
    (array([100]), 2)
    """
    at = HalfHours.of(ds)
    out = ds.copy()
    counts: dict[str, dict[str, int]] = {}
    if storage != "as read":
        _store_again(out, storage, counts)
    dark = _night(out, at)
    for name in [name for name in FLUXES if name in out] if fluxes is None else fluxes:
        if name not in out:
            raise ScreeningError(f"no {name} to screen; there are {', '.join(map(str, out))}")
        x = out[name].values.astype(np.float64)
        flag = _quality(out, name)
        flag = np.where(np.isfinite(x), flag, NONE)
        taken = counts.setdefault(name, {})
        steps = _steps(out, name, flag > max_flag, ranges=ranges, equal=equal)
        if despike != "none":
            steps["spikes"] = lambda x: spikes(x, dark, at.per_day, method=despike, z=z)
        if fetch is not None:
            far = _too_far(out, fetch, fetch_share)
            steps["fetch"] = lambda _, far=far: far
        for step, bad_of in steps.items():
            bad = np.isfinite(x) & bad_of(x)
            taken[step] = int(np.count_nonzero(bad))
            x = np.where(bad, np.nan, x)
            flag = np.where(bad, BAD, flag)
        taken["left"] = int(np.count_nonzero(np.isfinite(x)))
        out[name] = ("time", x, ds[name].attrs)
        about = {
            "units": "1",
            "long_name": f"final quality of {name}: 0 good, 1 fair, 2 taken out, -1 no flux",
        }
        out[f"{name}_FLAG"] = ("time", flag.astype(np.int8), about)
    _drivers(out, counts, at.per_day, ranges=ranges, equal=equal > 0)
    out.attrs["screening"] = json.dumps(counts)
    return out


def emptied(ds: xr.Dataset) -> list[str]:
    """Return a sentence on each flux or driver of which screening has left nothing."""
    counts: dict[str, dict[str, int]] = json.loads(str(ds.attrs.get("screening", "{}")))
    said = []
    for name, taken in counts.items():
        steps = [f"{step}: {n}" for step, n in taken.items() if n and step != "left"]
        if taken.get("left", 1) == 0 and steps:
            said.append(
                f"{name}: screening has left no record ({', '.join(steps)}); look at its unit and flags"
            )
    return said


def _quality(ds: xr.Dataset, name: str) -> npt.NDArray[np.int8]:
    """Return the worst of a flux's own flags, 0 where none is known."""
    flag = np.zeros(ds.sizes["time"], dtype=np.int8)
    for own in FLUXES.get(name, (f"{name}_SSITC_TEST",)):
        if own in ds:
            flag = np.maximum(flag, np.nan_to_num(ds[own].values, nan=0.0).astype(np.int8))
    return flag


def _steps(
    ds: xr.Dataset, name: str, flagged: Where, *, ranges: bool, equal: int
) -> dict[str, Callable[..., Where]]:
    """Return what looks at the records of a flux by themselves: name of the step -> records that are bad."""
    steps: dict[str, Callable[..., Where]] = {"flags": lambda _: flagged}
    if ranges and name in QUANTITIES:
        steps["range"] = lambda x: _beyond(x, name)
    if equal:
        made_of_flux = name == "NEE" and "FC" in ds and str(ds[name].attrs.get("column", "")).startswith("FC")
        constant = still("FC", ds["FC"].values, equal) if made_of_flux else False  # storage may still move
        steps["equal values"] = lambda x: still(name, x, equal) | constant
    return steps


def _store_again(out: xr.Dataset, storage: str, counts: dict[str, dict[str, int]]) -> None:
    """Make NEE of FC anew, in place."""
    if "FC" not in out:
        raise ScreeningError(f"storage = {storage!r} needs FC: the table has NEE alone")
    FC = out["FC"].values.astype(np.float64)
    if storage == "required":
        if "SC" not in out:
            raise ScreeningError("storage = 'required' needs SC, which the table has not")
        FC = FC + out["SC"].values
    before, after = (int(np.count_nonzero(np.isfinite(x))) for x in (out["NEE"].values, FC))
    counts["NEE"] = {"storage": max(before - after, 0)}
    out["NEE"] = ("time", FC, out["NEE"].attrs | {"column": "FC" if storage == "none" else "FC + SC"})


def _night(ds: xr.Dataset, at: HalfHours) -> Where:
    if "SW_IN" in ds and ds["SW_IN"].notnull().any():
        dark = ds["SW_IN"].values < NIGHT
        unknown = ds["SW_IN"].isnull().values
    else:
        dark, unknown = np.zeros(ds.sizes["time"], bool), np.ones(ds.sizes["time"], bool)
    if unknown.any() and np.isfinite([at.latitude, at.longitude]).all():
        dark = np.where(unknown, at.potential_radiation <= NIGHT, dark)
    elif unknown.any():
        dark = np.where(unknown, np.abs(at.hour - 12.0) > 6.0, dark)
    return np.asarray(dark, dtype=bool)


def _beyond(x: Array, name: str) -> Where:
    known = QUANTITIES[name]
    margin = BUFFER * (known.high - known.low)
    return (x < known.low - margin) | (x > known.high + margin)


def _drivers(
    out: xr.Dataset, counts: dict[str, dict[str, int]], per_day: int, *, ranges: bool, equal: bool
) -> None:
    """Take values beyond their range, or that stand still, out of all that are no fluxes, in place."""
    for name, known in QUANTITIES.items():
        if name not in out or name in FLUXES or known.how == "worst" or out[name].dims != ("time",):
            continue
        x, taken = out[name].values, {}
        if ranges:
            taken["range"] = np.isfinite(x) & _beyond(x, name)
        if equal and name in STILL:
            taken["equal values"] = still(name, x, STILL[name] * per_day // 24)
        bad = np.any(list(taken.values()), axis=0) if taken else np.zeros(x.size, dtype=bool)
        if bad.any():
            counts[name] = {step: int(each.sum()) for step, each in taken.items() if each.any()}
            counts[name]["left"] = int(np.count_nonzero(np.isfinite(x) & ~bad))
            out[name] = ("time", np.where(bad, np.nan, x), out[name].attrs)


def _too_far(ds: xr.Dataset, fetch: float | Mapping[tuple[float, float], float], share: int) -> Where:
    name = f"FETCH_{share}"
    if name not in ds:
        raise ScreeningError(f"fetch needs {name}, the distance of {share} % of the footprint")
    reach = ds[name].values
    if not isinstance(fetch, Mapping):
        return np.asarray(reach > fetch)
    if "WD" not in ds:
        raise ScreeningError("fetch by sectors needs the wind direction WD")
    direction = ds["WD"].values % 360.0
    allowed = np.full(reach.size, np.inf)
    for (first, last), distance in fetch.items():
        inside = (direction - first) % 360.0 < ((last - first) % 360.0 or 360.0)
        allowed = np.where(inside, distance, allowed)
    return np.asarray(reach > allowed)
