"""Columns of a FLUXNET product as arrays with further dimensions, as the ICOS Carbon Portal lays them out.

Facts of ICOS-Carbon-Portal/fluxnet-netcdf-tools (``fluxnet_restructure.py``, 2026-05): names and order of the
dimensions and of their labels.
"""

import re

import numpy as np
import xarray as xr

#: Constant and yearly threshold of u*.
THRESHOLDS = ("CUT", "VUT")
#: Partitioning by night (Reichstein et al. 2005) and by day (Lasslop et al. 2010).
PARTITIONS = ("NT", "DT")
VARIANTS = ("REF", "USTAR50", "MEAN", "SE", "p05", "p16", "p25", "p50", "p75", "p84", "p95")
CORRECTIONS = ("p25", "p50", "p75")

_VARIANT = r"(REF|USTAR50|MEAN|SE|05|16|25|50|75|84|95)"
_NEE = re.compile(rf"(NEE)_(CUT|VUT)_{_VARIANT}(?:_(QC|RANDUNC|JOINTUNC|DAY_RANDUNC|NIGHT_RANDUNC))?")
_PARTS = re.compile(rf"(GPP|RECO)_(NT|DT)_(CUT|VUT)_{_VARIANT}(?:_(QC))?")
_ENERGY = re.compile(r"(LE|H)_CORR(?:_(25|75))?")
_SOIL = re.compile(r"(TS|SWC)_F_MDS_(\d+)(?:_(QC))?")

Index = tuple[int, ...]


def shaped(ds: xr.Dataset) -> xr.Dataset:
    """Return columns over time with the members of a variable in one array.

    Parameters
    ----------
    ds : xr.Dataset
        1-D columns over ``time`` by their names in the FLUXNET product.

    Returns
    -------
    xr.Dataset
        ``NEE`` (time, ustar_threshold, nee_variant), ``GPP`` and ``RECO`` (time, partition_method,
        ustar_threshold, nee_variant), ``LE_CORR`` and ``H_CORR`` (time, corr_pct), ``TS`` and ``SWC`` (time,
        soil_layer), each with its ``_QC`` and uncertainties; all else as it is. NaN where there is no column.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from fluxkit.exchange.icos_shape import shaped
    >>> ds = xr.Dataset({"NEE_VUT_REF": ("time", np.ones(2)), "TA_F": ("time", np.zeros(2))})
    >>> found = shaped(ds)
    >>> dict(found["NEE"].sizes), float(found["NEE"].sel(ustar_threshold="VUT", nee_variant="REF")[0])
    ({'time': 2, 'ustar_threshold': 2, 'nee_variant': 11}, 1.0)
    """
    members: dict[str, dict[Index, str]] = {}
    dims: dict[str, tuple[str, ...]] = {}
    for name in map(str, ds.data_vars):
        found = _member(name) if ds[name].dims == ("time",) else None
        if found is not None:
            target, where, along = found
            members.setdefault(target, {})[where] = name
            dims[target] = along
    layers = max((where[0] + 1 for target in members if dims[target] == ("soil_layer",)
                  for where in members[target]), default=0)  # fmt: skip
    sizes = {
        "ustar_threshold": len(THRESHOLDS), "partition_method": len(PARTITIONS), "nee_variant": len(VARIANTS),
        "corr_pct": len(CORRECTIONS), "soil_layer": layers,
    }  # fmt: skip
    taken = {name for each in members.values() for name in each.values()}
    out = ds.drop_vars(taken)
    used: set[str] = set()
    for target, each in members.items():
        shape = [sizes[d] for d in dims[target]]
        values = np.full((ds.sizes["time"], *shape), np.nan)
        for where, name in each.items():
            at: tuple[slice | int, ...] = (slice(None), *where)
            values[at] = ds[name].to_numpy()
        attributes = ds[next(iter(each.values()))].attrs
        kept = {key: attributes[key] for key in ("units",) if key in attributes}
        out[target if target not in out else f"{target}_MDS"] = (("time", *dims[target]), values, kept)
        used |= set(dims[target])
    labels = {"ustar_threshold": THRESHOLDS, "partition_method": PARTITIONS, "nee_variant": VARIANTS}
    labels |= {"corr_pct": CORRECTIONS}
    coordinates = {d: np.array(words) for d, words in labels.items() if d in used}
    if "soil_layer" in used:
        coordinates["soil_layer"] = np.arange(1, layers + 1)
    return out.assign_coords(coordinates)


def _member(name: str) -> tuple[str, Index, tuple[str, ...]] | None:
    """Return the array that a column belongs to, where it stands in it, and the dimensions after time."""
    found = _NEE.fullmatch(name)
    if found:
        base, threshold, variant, kind = found.groups()
        at: Index = (THRESHOLDS.index(threshold), _variant(variant))
        return _with(base, kind), at, ("ustar_threshold", "nee_variant")
    found = _PARTS.fullmatch(name)
    if found:
        base, part, threshold, variant, kind = found.groups()
        at = (PARTITIONS.index(part), THRESHOLDS.index(threshold), _variant(variant))
        return _with(base, kind), at, ("partition_method", "ustar_threshold", "nee_variant")
    found = _ENERGY.fullmatch(name)
    if found:
        return f"{found[1]}_CORR", (CORRECTIONS.index(f"p{found[2] or 50}"),), ("corr_pct",)
    found = _SOIL.fullmatch(name)
    if found:
        return _with(found[1], found[3]), (int(found[2]) - 1,), ("soil_layer",)
    return None


def _with(base: str, kind: str | None) -> str:
    return f"{base}_{kind}" if kind else base


def _variant(text: str) -> int:
    return VARIANTS.index(f"p{text}" if text.isdigit() else text)


def is_member(name: str) -> bool:
    """Whether a column is one of several of the same variable."""
    return _member(name) is not None
