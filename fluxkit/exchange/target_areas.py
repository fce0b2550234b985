"""How well a footprint stands for its surroundings: land cover and vegetation, against circles."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.exchange.columns import ExchangeError
from fluxkit.exchange.footprints import resolution, shares

Array = npt.NDArray[np.float64]

#: Radii of the target areas of Chu et al. (2021). [m]
RADII = (250.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0)
#: Share of the flux whose source area stands for the footprint there.
SHARE = 0.8
#: Share of a footprint or a target area that the map must cover.
KNOWN = 0.9


def representativeness(
    climatology: xr.Dataset,
    surface: xr.DataArray,
    *,
    kind: Literal["classes", "values"],
    radii: Sequence[float] = RADII,
    share: float = SHARE,
) -> xr.Dataset:
    r"""Compare what a footprint weighs with circles around the tower.

    Parameters
    ----------
    climatology : xr.Dataset
        ``footprint`` over (y, x), distances from the tower [m].
    surface : xr.DataArray
        Map over (y, x), distances from the tower [m], ascending and in equal steps; NaN where unknown.
        `fluxkit.exchange.surfaces.read_surface` makes it of a GeoTIFF.
    kind : {"classes", "values"}
        Codes of land cover, or a quantity such as the enhanced vegetation index (EVI).
    radii : sequence of float
        Of the target areas. [m]
    share : float
        The footprint counts within the smallest area that holds this share of the flux.

    Returns
    -------
    xr.Dataset
        Over ``radius``. Of values: ``footprint_mean``, ``area_mean`` and ``bias`` = (footprint - area) / area
        [1]. Of classes: ``footprint_share`` (land_cover), ``area_share`` (radius, land_cover), ``dominant``,
        ``dominant_difference`` = share of the area's dominant class in the footprint less that in the area
        [1], and ``overlap`` = sum over classes of the lesser of both shares, 1 where footprint and area are
        composed alike. ``footprint_known`` and ``area_known`` tell what the map covers; where that is below
        0.9 the result is NaN.

    Raises
    ------
    ExchangeError
        The map of the footprint holds less than ``share`` of the flux, or an argument is not known.

    Notes
    -----
    With :math:`\phi_j` the footprint of cell j within the source area and :math:`x_j` its surface,
    :math:`\bar x_\phi = \sum_j \phi_j x_j / \sum_j \phi_j`, and :math:`\bar x_r` the mean of cells within r
    of the tower, the bias is :math:`(\bar x_\phi - \bar x_r) / \bar x_r` (Schmid and Lloyd 1999). Chu et al.
    (2021) compare 80 % footprint climatologies so with circles of 250 to 3000 m, in EVI and in the dominant
    land cover, and find 4 to 20 % and 6 to 20 %. Their classes of sites are not given here: only the paper's
    abstract could be seen, not the thresholds. ``overlap`` is ours.

    References
    ----------
    Chu, H. et al. (2021), Agric. For. Meteorol. 301-302, 108350; Schmid, H. P. and Lloyd, C. R. (1999),
    Agric. For. Meteorol. 93, 195-209.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> place = np.arange(-295.0, 300.0, 10.0)
    >>> density = np.where(np.hypot(place, place[:, None] - 100.0) < 50.0, 1.0, 0.0)
    >>> density /= density.sum() * 100.0
    >>> map_ = xr.Dataset({"footprint": (("y", "x"), density)}, {"y": place, "x": place})
    >>> evi = np.where(place[:, None] > 0.0, 0.6, 0.2) * np.ones(60)
    >>> evi = xr.DataArray(evi, map_["footprint"].coords)
    >>> found = fk.exchange.representativeness(map_, evi, kind="values", radii=[250.0])
    >>> [round(float(found[name].max()), 3) for name in ("footprint_mean", "area_mean", "bias")]
    [0.6, 0.4, 0.5]
    """
    if kind not in ("classes", "values"):
        raise ExchangeError(f"representativeness: kind is 'classes' or 'values', not {kind!r}")
    ordered = climatology.sortby(["x", "y"])
    density = np.nan_to_num(ordered["footprint"].to_numpy().astype(np.float64))
    held = shares(density, resolution(ordered) ** 2)
    if not np.nansum(density) or np.nanmax(held) < share:
        raise ExchangeError(
            f"footprint: the map holds {np.nanmax(held, initial=0.0):.2g} of the flux, less than {share:g}: "
            "make it wider (fluxkit footprint --extent)"
        )
    level = density[held >= share].max()  # the cell that reaches the share belongs to it
    weight = np.where(density >= level, density, 0.0)
    seen = _nearest(surface, ordered["x"].to_numpy(), ordered["y"].to_numpy())
    x, y = (surface[name].to_numpy().astype(np.float64) for name in ("x", "y"))
    distance = np.hypot(x, y[:, None])
    values = surface.transpose("y", "x").to_numpy().astype(np.float64)
    circles = [(distance <= r).astype(np.float64) for r in radii]
    reaches = [bool(r <= _reach(x) and r <= _reach(y)) for r in radii]
    known = [_known(w, values) if there else 0.0 for w, there in zip(circles, reaches, strict=True)]
    out = xr.Dataset(coords={"radius": ("radius", np.asarray(radii, np.float64), {"units": "m"})})
    out["footprint_known"] = ((), _known(weight, seen), _ONE)
    out["area_known"] = ("radius", np.array(known), _ONE)
    make = _of_classes if kind == "classes" else _of_values
    out = make(out, weight, seen, circles, values)
    return out.assign_attrs(share=share, references="Chu et al. (2021), doi:10.1016/j.agrformet.2021.108350")


_ONE = {"units": "1"}


def _of_values(
    out: xr.Dataset, weight: Array, seen: Array, circles: list[Array], values: Array
) -> xr.Dataset:
    own = _mean(weight, seen) if out["footprint_known"] >= KNOWN else np.nan
    area = np.array([_mean(w, values) for w in circles])
    area = np.where(out["area_known"].to_numpy() >= KNOWN, area, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = np.where(area != 0.0, (own - area) / area, np.nan)
    out["footprint_mean"] = ((), own)
    out["area_mean"] = ("radius", area)
    out["bias"] = ("radius", bias, _ONE)
    return out


def _of_classes(
    out: xr.Dataset, weight: Array, seen: Array, circles: list[Array], values: Array
) -> xr.Dataset:
    codes = np.unique(np.concatenate([seen[np.isfinite(seen)], values[np.isfinite(values)]]))
    own = np.array([_mean(weight, np.where(np.isfinite(seen), seen == code, np.nan)) for code in codes])
    own = np.where(out["footprint_known"].to_numpy() >= KNOWN, own, np.nan)
    there = np.where(np.isfinite(values), 1.0, np.nan)
    area = np.array(
        [[_mean(w, np.where(values == code, 1.0, 0.0) * there) for code in codes] for w in circles]
    )
    area = np.where(out["area_known"].to_numpy()[:, None] >= KNOWN, area, np.nan)
    out = out.assign_coords(land_cover=("land_cover", [f"{code:g}" for code in codes]))
    first = np.argmax(np.nan_to_num(area, nan=-1.0), axis=1)
    whole = np.isfinite(area).all(axis=1)
    names = np.array([f"{code:g}" for code in codes], dtype=object)
    out["footprint_share"] = ("land_cover", own, _ONE)
    out["area_share"] = (("radius", "land_cover"), area, _ONE)
    out["dominant"] = ("radius", np.where(whole, names[first], ""))
    out["dominant_difference"] = ("radius", own[first] - area[np.arange(first.size), first], _ONE)
    out["overlap"] = ("radius", np.minimum(own, area).sum(axis=1), _ONE)
    return out


def _mean(weight: Array, values: npt.NDArray[np.generic]) -> float:
    there = np.isfinite(np.asarray(values, np.float64)) & (weight > 0.0)
    total = float(weight[there].sum())
    return float((weight[there] * np.asarray(values, np.float64)[there]).sum()) / total if total else np.nan


def _known(weight: Array, values: Array) -> float:
    total = float(weight.sum())
    return float(weight[np.isfinite(values)].sum()) / total if total else 0.0


def _reach(axis: Array) -> float:
    """Return how far a map reaches from the tower along an axis, the edge of its outermost cells. [m]"""
    step = float(np.diff(axis).mean()) if axis.size > 1 else 0.0
    return float(min(-axis[0], axis[-1])) + step / 2.0 + 1e-9


def _nearest(surface: xr.DataArray, x: Array, y: Array) -> Array:
    """Return the map's values at cells of another one, NaN beyond it."""
    values = surface.transpose("y", "x").to_numpy().astype(np.float64)
    places = []
    for name, wanted in (("x", x), ("y", y)):
        axis = surface[name].to_numpy().astype(np.float64)
        step = np.diff(axis)
        if axis.size < 2 or not np.allclose(step, step[0], rtol=1e-3) or step[0] <= 0.0:
            raise ExchangeError(
                f"map of the surface: {name} must go up in equal steps, metres from the tower"
            )
        places.append(np.floor((wanted - axis[0]) / step[0] + 0.5).astype(np.int64))
    column, row = places
    inside = ((row >= 0) & (row < values.shape[0]))[:, None] & ((column >= 0) & (column < values.shape[1]))
    taken = values[np.clip(row, 0, values.shape[0] - 1)[:, None], np.clip(column, 0, values.shape[1] - 1)]
    return np.where(inside, taken, np.nan)
