"""From the dataset that went through all rooms to half-hourly columns of the product and its ensembles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.filling.regression import fitted
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.product.closure import closure_factors
from fluxkit.ecosystem.product.longwave import longwave_of_the_sky
from fluxkit.ecosystem.product.names import PARTITIONS

Array = npt.NDArray[np.float64]

#: Dimensions of members; the attribute that tells of which kind a single version is: VUT, CUT or both.
MEMBERS, VARIANT, POOL = "ustar_percentile", "variant", "ustar_pool"
#: End of the name of what has members, beside the same of one threshold.
OF_MEMBERS = "_USTAR"
#: Drivers that are filled, and whether the product has them by MDS alone as well.
_FILLED = {"TA": True, "SW_IN": True, "LW_IN": True, "VPD": True, "PA": False, "P": False, "WS": False}
_MDS_ALONE = ("CO2", "G", "LE", "H")
_SOIL = ("TS", "SWC")
_MEASURED = ("WD", "RH", "USTAR", "NETRAD", "PPFD_IN", "PPFD_DIF", "PPFD_OUT", "SW_DIF", "SW_OUT", "LW_OUT")
#: Less radiation than this is night, where the sun's place is not known. [W m-2]
DARK = 10.0


class Ensemble(NamedTuple):
    """Members of a carbon flux: of one threshold each."""

    values: Array  #: (member, time) [umol m-2 s-1]
    qc: Array | None  #: (member, time): 0 measured, 1 good, 2 medium, 3 poor
    percentiles: Array  #: (member,), NaN of a single one


@dataclass
class Sources:
    """Half-hourly columns under the product's names, and what has members."""

    at: HalfHours
    columns: dict[str, Array] = field(default_factory=dict)
    ensembles: dict[tuple[str, str], Ensemble] = field(default_factory=dict)  #: (NEE, VUT), (GPP_NT, CUT)
    random: dict[str, Array] = field(default_factory=dict)  #: flux -> random error of measured records
    random_facts: dict[str, dict[str, Array]] = field(
        default_factory=dict
    )  #: flux -> METHOD, N of that error
    drivers: dict[str, Array] = field(default_factory=dict)  #: measured, as random errors are found by
    levels: list[str] = field(default_factory=lambda: ["1"])
    closed: Array = field(default_factory=lambda: np.empty(0))  #: 1 where energy closure was measured, else 0
    measured: frozenset[str] = frozenset()  #: quantities of which the input has a value
    about: Mapping[str, str] = field(default_factory=dict)  #: ustar_filter, partitioning, as they were done

    @property
    def night(self) -> npt.NDArray[np.bool_] | None:
        """Records without sun; by the sun, or by radiation where the place is not known."""
        light = self._light
        return None if light is None else light <= self._dark

    @property
    def day(self) -> npt.NDArray[np.bool_]:
        """Records with sun; neither night nor day where nothing tells it."""
        light = self._light
        return np.zeros(self.at.start.size, np.bool_) if light is None else light > self._dark

    @property
    def _light(self) -> Array | None:
        return self.columns.get("SW_IN_POT", self.columns.get("SW_IN_F"))

    @property
    def _dark(self) -> float:
        return 0.0 if "SW_IN_POT" in self.columns else DARK


def sources_of(ds: xr.Dataset) -> Sources:
    """Return the product's half-hourly columns of a dataset, whatever of them can be made.

    Parameters
    ----------
    ds : xr.Dataset
        Dimension ``time``; drivers X with X_F and X_F_QC where they were filled; NEE_F, NEE_F_QC, RECO_NT,
        GPP_NT, RECO_DT, GPP_DT over ``time`` and, of several thresholds, ``ustar_percentile``, ``variant``.
        Attribute ``ustar_pool``: whether one version alone is of a threshold of each year (VUT, as without
        it), of all years (CUT), or of one that was given for all years (both).
    """
    at = HalfHours.of(ds)
    found = Sources(at, measured=_measured(ds), about=_about(ds))
    if np.isfinite([at.latitude, at.longitude]).all():
        found.columns["SW_IN_POT"] = at.potential_radiation
    series = {str(name): ds[name].values.astype(np.float64) for name in ds if ds[name].dims == ("time",)}
    found.drivers = {name: series[name] for name in ("SW_IN", "TA", "VPD") if name in series}
    _drivers(found.columns, series)
    night = found.night
    if night is not None:
        found.columns["NIGHT"] = np.where(night, 1.0, np.where(found.day, 0.0, np.nan))
    _longwave(found)
    _closure(found)
    for name in ("NEE", "LE", "H"):
        if f"{name}_RANDUNC" in series:
            found.random[name] = series[f"{name}_RANDUNC"]
            found.random_facts[name] = {
                end: series[f"{name}_RANDUNC_{end}"]
                for end in ("METHOD", "N")
                if f"{name}_RANDUNC_{end}" in series
            }
    for name in ("NEE_F", *PARTITIONS):
        source = f"{name}{OF_MEMBERS}" if f"{name}{OF_MEMBERS}" in ds else name
        if source in ds:
            for variant, ensemble in _ensembles(ds, source).items():
                found.ensembles[name.removesuffix("_F"), variant] = ensemble
    return found


def _measured(ds: xr.Dataset) -> frozenset[str]:
    """Return the quantities of which there is a value, filled or not."""
    return frozenset(
        str(name).removesuffix("_F")
        for name in ds
        if ds[name].dtype.kind == "f" and bool(np.isfinite(ds[name].values).any())
    )


def _about(ds: xr.Dataset) -> dict[str, str]:
    """Return the attributes; what was done to NEE as its variables tell it, where they do not."""
    told = {str(key): str(value) for key, value in ds.attrs.items()}
    for key, name, attribute in (("ustar_filter", "NEE", "ustar_filter"), ("filling", "NEE_F", "comment")):
        if key not in told and name in ds and attribute in ds[name].attrs:
            told[key] = str(ds[name].attrs[attribute])
    methods = [
        str(ds[name].attrs.get("long_name", "")).partition(", ")[2]
        for name in ("GPP_NT", "GPP_DT")
        if name in ds
    ]
    if any(methods):
        told.setdefault("partitioning", "; ".join(filter(None, methods)))
    return told


def _drivers(columns: dict[str, Array], series: Mapping[str, Array]) -> None:
    """Add all that is no carbon flux."""
    for name, by_mds in _FILLED.items():
        _driver(columns, series, name, by_mds=by_mds)
    for name in _MDS_ALONE:
        _mds(columns, series, name, f"{name}_F_MDS")
    for name in _SOIL:
        _mds(columns, series, name, f"{name}_F_MDS_1")
    columns |= {each: series[each] for each in _MEASURED if each in series}


def _mds(columns: dict[str, Array], series: Mapping[str, Array], name: str, target: str) -> None:
    """Add a quantity filled by MDS and its quality; where it was not filled, what was measured."""
    if f"{name}_F" in series:
        columns[target] = series[f"{name}_F"]
        columns[f"{target}_QC"] = series.get(f"{name}_F_QC", np.zeros_like(series[f"{name}_F"]))
    elif name in series:
        columns[target] = series[name]
        columns[f"{target}_QC"] = np.where(np.isfinite(series[name]), 0.0, np.nan)


def _driver(columns: dict[str, Array], series: Mapping[str, Array], name: str, *, by_mds: bool) -> None:
    """Add a driver: by MDS, and consolidated with what was downscaled where that is of poor quality."""
    made: dict[str, Array] = {}
    _mds(made, series, name, name)
    if f"{name}_ERA" in series:  # what the site's own data fill stands beside it
        none = np.full(series[f"{name}_ERA"].size, np.nan)
        made = {f"{name}{end}": series.get(f"{name}_MDS{end}", none) for end in ("", "_QC")}
    if not made:
        return
    x, qc = made[name], made[f"{name}_QC"]
    if name == "SW_IN":
        x = np.where(x < 0.0, 0.0, x)
    if by_mds:
        columns[f"{name}_F_MDS"], columns[f"{name}_F_MDS_QC"] = x, np.where(np.isfinite(x), qc, np.nan)
    elif name in series:
        columns[name] = series[name]
    if f"{name}_ERA" in series:
        columns[f"{name}_ERA"] = series[f"{name}_ERA"]
    _consolidated(columns, name, x, qc)


def _consolidated(columns: dict[str, Array], name: str, x: Array, qc: Array) -> None:
    """Add X_F: what the site has of good quality, else the reanalysis where there is one."""
    era = columns.get(f"{name}_ERA")
    if era is not None:
        use = np.isfinite(era) & ~(np.isfinite(x) & (qc < 2.0))
        x, qc = np.where(use, era, x), np.where(use, 2.0, qc)
    columns[f"{name}_F"], columns[f"{name}_F_QC"] = x, np.where(np.isfinite(x), qc, np.nan)


def _longwave(found: Sources) -> None:
    """Add long-wave radiation by clouds, whose quality is the poorest of what it is from."""
    names = ("TA_F_MDS", "VPD_F_MDS", "SW_IN_F_MDS")
    if not {*names, "SW_IN_POT"} <= set(found.columns):
        return
    TA, VPD, SW_IN = (found.columns[name] for name in names)
    day = found.at.local_start.astype("datetime64[D]").astype(np.int64)
    LW = longwave_of_the_sky(TA, VPD, SW_IN, found.columns["SW_IN_POT"], day, found.at.year)
    qc = np.max([found.columns[f"{name}_QC"] for name in names], axis=0)
    qc = np.where(np.isfinite(LW), qc, np.nan)
    found.columns |= {"LW_IN_JSB": LW, "LW_IN_JSB_QC": qc}
    era = found.columns.get("LW_IN_ERA")
    if era is not None:
        found.columns["LW_IN_JSB_ERA"] = fitted("LW_IN", np.where(qc == 0.0, LW, np.nan), era).at(era)
    _consolidated(found.columns, "LW_IN_JSB", LW, qc)


def _closure(found: Sources) -> None:
    """Add LE and H with their energy balance closed, where net radiation and soil heat flux were measured."""
    columns = found.columns
    if not {"NETRAD", *(f"{name}_F_MDS" for name in ("G", "LE", "H"))} <= set(columns):
        return
    good = {
        name: np.where(columns[f"{name}_F_MDS_QC"] < 2.0, columns[f"{name}_F_MDS"], np.nan)
        for name in ("G", "LE", "H")
    }
    closure = closure_factors(columns["NETRAD"], **good, at=found.at)
    found.closed = np.isfinite(closure.measured).astype(np.float64)
    for name in ("LE", "H"):
        flux = columns[f"{name}_F_MDS"]
        ends = np.sort([flux * closure.low, flux * closure.high], axis=0)
        columns[f"{name}_CORR"] = flux * closure.factor
        columns[f"{name}_CORR_25"], columns[f"{name}_CORR_75"] = ends
    columns["EBC_CF_N"], columns["EBC_CF_METHOD"] = closure.number, closure.method


def _ensembles(ds: xr.Dataset, name: str) -> dict[str, Ensemble]:
    """Return the members of a flux by variant of the threshold; a given constant one is of both."""
    found = {}
    flux, quality = ds[name], ds.get(f"{name}_QC")
    pool = str(ds.attrs.get(POOL, "VUT"))
    only = "VUT" if pool == "both" else pool
    variants = [str(v) for v in ds[VARIANT].values] if VARIANT in flux.dims else [only]
    for variant in variants:
        one, qc = (
            None if x is None else x.sel({VARIANT: variant}) if VARIANT in x.dims else x
            for x in (flux, quality)
        )
        assert one is not None, "a flux of the dataset"
        several = MEMBERS in one.dims
        percentiles = ds[MEMBERS].values.astype(np.float64) if several else np.array([np.nan])
        order = (MEMBERS, "time") if several else ("time",)
        values = np.atleast_2d(one.transpose(*order).values.astype(np.float64))
        classes = None
        if qc is not None:
            of_qc = (MEMBERS, "time") if MEMBERS in qc.dims else ("time",)
            classes = np.broadcast_to(qc.transpose(*of_qc).values.astype(np.float64), values.shape)
        found[variant] = Ensemble(values, classes, percentiles)
    if pool == "both" and len(found) == 1:
        found |= dict.fromkeys(("VUT", "CUT"), found.popitem()[1])
    return found
