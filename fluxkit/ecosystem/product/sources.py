"""From the dataset that went through all rooms to half-hourly columns of the product and its ensembles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.product.names import PARTITIONS

Array = npt.NDArray[np.float64]

#: Dimensions of members, and the name of the only variant where there is none.
MEMBERS, VARIANT, ONLY = "ustar_percentile", "variant", "VUT"
#: End of the name of what has members, beside the same of one threshold.
OF_MEMBERS = "_USTAR"
#: Drivers that are filled, and whether the product has them by MDS alone as well.
_FILLED = {"TA": True, "SW_IN": True, "LW_IN": True, "VPD": True, "PA": False, "P": False, "WS": False}
_MDS_ALONE = ("CO2", "G", "LE", "H")
_SOIL = ("TS", "SWC")
_MEASURED = ("WD", "RH", "USTAR", "NETRAD", "PPFD_IN", "PPFD_DIF", "PPFD_OUT", "SW_DIF", "SW_OUT", "LW_OUT")
_AS_THEY_ARE = ("EBC_CF_N", "EBC_CF_METHOD")


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
    levels: list[str] = field(default_factory=lambda: ["1"])

    @property
    def night(self) -> npt.NDArray[np.bool_] | None:
        """Records without sun; by the sun, or by radiation where the place is not known."""
        if "SW_IN_POT" in self.columns:
            return self.columns["SW_IN_POT"] <= 0.0
        return self.columns["SW_IN_F"] < 10.0 if "SW_IN_F" in self.columns else None


def sources_of(ds: xr.Dataset) -> Sources:
    """Return the product's half-hourly columns of a dataset, whatever of them can be made.

    Parameters
    ----------
    ds : xr.Dataset
        Dimension ``time``; drivers X with X_F and X_F_QC where they were filled; NEE_F, NEE_F_QC, RECO_NT,
        GPP_NT, RECO_DT, GPP_DT over ``time`` and, of several thresholds, ``ustar_percentile``, ``variant``.
    """
    at = HalfHours.of(ds)
    found = Sources(at)
    if np.isfinite([at.latitude, at.longitude]).all():
        found.columns["SW_IN_POT"] = at.potential_radiation
    series = {str(name): ds[name].values.astype(np.float64) for name in ds if ds[name].dims == ("time",)}
    _drivers(found.columns, series)
    night = found.night
    if night is not None:
        found.columns["NIGHT"] = np.where(night, 1.0, 0.0)
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


def _drivers(columns: dict[str, Array], series: Mapping[str, Array]) -> None:
    """Add all that is no carbon flux."""
    for name, by_mds in _FILLED.items():
        _driver(columns, series, name, by_mds=by_mds)
    for name in _MDS_ALONE:
        _mds(columns, series, name, f"{name}_F_MDS")
        corrected = [f"{name}_{extra}" for extra in ("CORR", "CORR_25", "CORR_75")]
        columns |= {each: series[each] for each in corrected if each in series}
    for name in _SOIL:
        _mds(columns, series, name, f"{name}_F_MDS_1")
    columns |= {each: series[each] for each in (*_MEASURED, *_AS_THEY_ARE) if each in series}


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
    if not made:
        return
    x, qc = made[name], made[f"{name}_QC"]
    if name == "SW_IN":
        x = np.where(x < 0.0, 0.0, x)
    if by_mds:
        columns[f"{name}_F_MDS"], columns[f"{name}_F_MDS_QC"] = x, qc
    elif name in series:
        columns[name] = series[name]
    if f"{name}_ERA" in series:
        era = series[f"{name}_ERA"]
        columns[f"{name}_ERA"] = era
        use = np.isfinite(era) & ~(qc < 2.0)
        x, qc = np.where(use, era, x), np.where(use, 2.0, qc)
    columns[f"{name}_F"], columns[f"{name}_F_QC"] = x, qc


def _ensembles(ds: xr.Dataset, name: str) -> dict[str, Ensemble]:
    """Return the members of a flux by variant of the threshold."""
    found = {}
    flux, quality = ds[name], ds.get(f"{name}_QC")
    variants = [str(v) for v in ds[VARIANT].values] if VARIANT in flux.dims else [ONLY]
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
    return found
