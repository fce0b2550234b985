"""Footprint climatology of a station, and what share of each flux comes from which land cover."""

import logging
from collections.abc import Sequence
from typing import Any, Literal, cast

import contourpy
import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.physics import boundary_layer, ffp, similarity
from fluxkit.schema.papers import PAPERS
from fluxkit.schema.variables import describe, value_to_si
from fluxkit.site.models import Site
from fluxkit.tower import settings
from fluxkit.tower.epochs import epochs_of
from fluxkit.tower.footprints import source_area
from fluxkit.tower.footprints.source_area import Grid, Model

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]
When = Literal["all", "day", "night"]

#: Shares of the flux whose smallest source areas are drawn.
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Models that have a second dimension; the default of the distances has none.
PLANAR = ("kljun-2015", "kormann-meixner-2001", "hsieh-2000")
#: A grid of unstated extent reaches so far that it holds this share of the flux.
_REACHED = 0.92
#: Widths of the smoothing before borders are drawn, which parcels would fray, and the distance by which
#: it goes from one to the next: near the tower the footprint itself changes from cell to cell. [cells]
_SMOOTHING, _SMOOTHED_BY = (0.0, 1.0, 2.0), 25.0
#: Name of the class of what is outside a map.
OUTSIDE = "outside"


def footprint_climatology(
    fluxes: xr.Dataset,
    site: Site,
    *,
    when: When = "all",
    weights: npt.ArrayLike | None = None,
    shares: Sequence[float] = SHARES,
    model: str | None = None,
    extent: float | None = None,
    resolution: float | None = None,
    parcels: int = source_area.ENOUGH,
) -> xr.Dataset:
    """Average footprint of many periods on a grid around the tower, with its source areas as polygons.

    Parameters
    ----------
    fluxes : xarray.Dataset
        From ``decide``: dimension ``time``, with WD, WS, USTAR, V_SIGMA, ZL, MO_LENGTH (NIGHT for ``when``).
    site : Site
        Heights, and the section ``[footprint]``.
    when : {"all", "day", "night"}
        Which periods.
    weights : array_like over time, optional
        Weight of each period, 0 leaves it out: a mask, or e.g. the flux itself.
    shares : sequence of float
        Shares of the flux whose smallest source areas are computed.
    model : str, optional
        "kljun-2015", "kormann-meixner-2001" or "hsieh-2000"; that of ``decide.footprint`` if it has a
        second dimension, else "kljun-2015".
    extent, resolution : float, optional
        Of the grid; see ``[footprint]``. [m]
    parcels : int
        Least number of parcels that all footprints together are cut into; fewer are faster and less smooth.

    Returns
    -------
    xarray.Dataset
        ``footprint`` over (y, x) [m-2]; over ``contour`` the smallest areas that hold a share
        (``contour_share``, ``source_area`` [m2], ``source_level`` [m-2]), whose borders are CF geometries
        (``contours``). Attributes tell how many periods it rests on and what share is outside.

    Raises
    ------
    ValueError
        No period has a footprint, or an argument is not known.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> fluxes = fk.decide(fk.condense(raw, site), site)
    >>> found = fk.footprint_climatology(fluxes, site, extent=200.0, resolution=5.0, parcels=100_000)
    >>> dict(found.sizes)["x"], found.attrs["periods_used"]
    (81, 1)
    """
    method = model or default_model(site)
    chosen = model_of(fluxes, site, method)
    direction = _values(fluxes, "WD")
    weight = _weights(fluxes, when, weights)
    there = source_area.exists(chosen, direction)
    if not (there & (weight > 0.0)).any():
        raise ValueError(
            f"footprint climatology: none of {int((weight > 0).sum())} chosen periods has a footprint by "
            f"{method} (it needs wind, u*, stability and the spread of v within its limits)"
        )
    grid = _grid(chosen, there & (weight > 0.0), site, extent, resolution)
    density, outside = source_area.climatology(chosen, direction, weight, grid, enough=parcels)
    area = grid.resolution**2
    smooth = _smoothed(density, grid)
    levels = source_area.levels(smooth, area, shares)
    held = [k for k, level in enumerate(levels) if np.isfinite(level)]
    lost = [f"{100 * share:g} %" for k, share in enumerate(shares) if k not in held]
    out = xr.Dataset(
        {
            "footprint": (("y", "x"), density, _FOOTPRINT),
            **_areas(smooth, grid, [shares[k] for k in held], levels[held]),
        },
        {"y": ("y", grid.y, _axis("north", "Y")), "x": ("x", grid.x, _axis("east", "X"))},
        attrs={
            "title": f"Footprint climatology of {site.station.id}",
            "model": method,
            "references": PAPERS[method],
            "periods": when if weights is None else f"{when}, weighted",
            "periods_used": int((there & (weight > 0.0)).sum()),
            "periods_without_footprint": int((~there & (weight > 0.0)).sum()),
            "share_outside_grid": outside,
            "measurement_height_above_displacement_m": site.sonic.height - site.station.d,
        },
    )
    if lost:
        out.attrs["comment"] = f"the grid holds less than {', '.join(lost)} of the flux: no area for them"
    return out


_FOOTPRINT = {
    "units": "m-2",
    "long_name": "Mean flux footprint: what a unit source per area adds to the flux",
    "cell_methods": "area: mean",
}


def _axis(towards: str, axis: str) -> dict[str, str]:
    name = f"projection_{axis.lower()}_coordinate"
    return {
        "units": "m",
        "long_name": f"distance {towards} of the tower",
        "axis": axis,
        "standard_name": name,
    }


def has_footprints(fluxes: xr.Dataset, site: Site) -> bool:
    """Tell whether any period has a footprint in the plane: what it needs is there and within limits."""
    if not {"WD", "WS", "USTAR", "V_SIGMA", "ZL", "MO_LENGTH"} <= set(map(str, fluxes)):
        return False
    model = model_of(fluxes, site, default_model(site))
    return bool(source_area.exists(model, _values(fluxes, "WD")).any())


def default_model(site: Site) -> str:
    """Return the model of a site's footprints in the plane."""
    return site.decide.footprint if site.decide.footprint in PLANAR else "kljun-2015"


def model_of(fluxes: xr.Dataset, site: Site, method: str) -> Model:
    """Return a footprint model of the periods of fluxes; no footprint where it does not hold."""
    if method not in PLANAR:
        raise ValueError(f"footprint: no model {method!r} in the plane; known: {', '.join(PLANAR)}")
    z, z0 = _usual_heights(fluxes, site)
    ustar, zeta, wind_speed = (_values(fluxes, name) for name in ("USTAR", "ZL", "WS"))
    sigma_v, length = _values(fluxes, "V_SIGMA"), _values(fluxes, "MO_LENGTH")
    kappa = settings.make_plan(site).constants.kappa
    if method == "kormann-meixner-2001":
        return source_area.kormann_meixner_2001(
            z=z, wind_speed=wind_speed, ustar=ustar, zeta=zeta, sigma_v=sigma_v, kappa=kappa
        )
    if method == "hsieh-2000":
        return source_area.hsieh_2000(z=z, z0=z0, length=length, ustar=ustar, sigma_v=sigma_v, kappa=kappa)
    h = boundary_layer_of(ustar, length, site)
    if "PBLH" in fluxes:
        h = np.where(np.isfinite(fluxes["PBLH"].values), _values(fluxes, "PBLH"), h)
    scale = ffp.length_scale(z=z, ustar=ustar, zeta=zeta, h=h, wind_speed=wind_speed)
    holds = ffp.is_valid(ffp.model_limits(z=z, ustar=ustar, zeta=zeta, h=h, sigma_v=sigma_v, z0=z0))
    return source_area.kljun_2015(
        np.where(holds, scale, np.nan), z=z, sigma_v=sigma_v, ustar=ustar, zeta=zeta
    )


def _usual_heights(fluxes: xr.Dataset, site: Site) -> tuple[float, float]:
    """Height above displacement and roughness length that most of the periods have. [m], [m]"""
    plan = settings.make_plan(site)
    stretches = list(epochs_of(fluxes["time"].values, plan))
    if len({(now.height, now.station.z0) for _, now in stretches}) > 1:
        logger.warning("footprints in the plane: heights change (changes), those of most periods are taken")
    most = max(stretches, key=lambda stretch: int(stretch[0].sum()), default=(None, plan))[1]
    return most.height, most.station.z0


def boundary_layer_of(ustar: Array, length: Array, site: Site) -> Array:
    """Height of the boundary layer as a site has it: given, or from stability. [m]"""
    chosen = site.footprint
    if chosen.boundary_layer_height is not None:
        return np.full(ustar.shape, chosen.boundary_layer_height)
    return boundary_layer.boundary_layer_height(
        ustar, length, similarity.coriolis(site.station.latitude), convective=chosen.convective_height
    )


def footprint_shares(fluxes: xr.Dataset, site: Site, land_cover: xr.DataArray) -> xr.DataArray:
    """Share of each period's flux that comes from each class of land cover.

    Parameters
    ----------
    fluxes : xarray.Dataset
        As for ``footprint_climatology``.
    site : Site
        Heights, ``[footprint]`` with the names of classes.
    land_cover : xarray.DataArray
        Codes over (y, x), distances north and east of the tower [m], on equal square cells; NaN where the
        class is not known. `open_land_cover` reads one.

    Returns
    -------
    xarray.DataArray
        ``FOOTPRINT_SHARE`` over (time, land_cover) [1]; the classes sum to 1 with the last, "outside": what
        the map does not cover. NaN where there is no footprint.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> fluxes = fk.decide(fk.condense(raw, site), site)
    >>> place = np.arange(-295.0, 300.0, 10.0)  # cells of 10 m around the tower
    >>> codes = np.where(place < 0.0, 1.0, 2.0) * np.ones((60, 1))  # class 1 to the west, 2 to the east
    >>> cover = xr.DataArray(codes, {"y": place, "x": place}, ("y", "x"))
    >>> shares = fk.footprint_shares(fluxes, site, cover)
    >>> shares["land_cover"].values.tolist(), round(float(shares.sum()), 6)
    (['1', '2', 'outside'], 1.0)
    """
    grid, codes = _map(land_cover)
    known = np.unique(codes[np.isfinite(codes)])
    classes = np.where(np.isfinite(codes), np.searchsorted(known, np.nan_to_num(codes)), -1).astype(np.int64)
    model = model_of(fluxes, site, default_model(site))
    shares = source_area.class_shares(model, _values(fluxes, "WD"), grid, classes, known.size)
    names = site.footprint.land_cover_names
    words = [names.get(f"{code:g}", f"{code:g}") for code in known] + [OUTSIDE]
    return xr.DataArray(
        shares,
        {"time": fluxes["time"], "land_cover": ("land_cover", words, {"long_name": "class of land cover"})},
        ("time", "land_cover"),
        "FOOTPRINT_SHARE",
        describe("FOOTPRINT_SHARE"),
    )


def _map(land_cover: xr.DataArray) -> tuple[Grid, Array]:
    ordered = land_cover.transpose("y", "x").sortby(["y", "x"])
    x, y = ordered["x"].values.astype(float), ordered["y"].values.astype(float)
    step = float(x[1] - x[0])
    if not (np.allclose(np.diff(x), step, rtol=1e-3) and np.allclose(np.diff(y), step, rtol=1e-3)):
        raise ValueError("land cover: x and y must go in the same equal steps, metres from the tower")
    grid = Grid(float(x[0]) - step / 2.0, float(y[0]) - step / 2.0, step, x.size, y.size)
    return grid, ordered.values.astype(np.float64)


def _values(fluxes: xr.Dataset, name: str) -> Array:
    if name not in fluxes:
        raise ValueError(f"footprint: the fluxes have no {name}; were they made by decide?")
    return value_to_si(name, fluxes[name].values)


def _weights(fluxes: xr.Dataset, when: When, weights: npt.ArrayLike | None) -> Array:
    if when not in ("all", "day", "night"):
        raise ValueError(f"footprint: when is 'all', 'day' or 'night', found {when!r}")
    out = np.ones(fluxes.sizes["time"])
    if when != "all":
        out = (_values(fluxes, "NIGHT") == (when == "night")).astype(np.float64)
    if weights is not None:
        given = np.asarray(weights, dtype=np.float64)
        if given.shape != out.shape:
            raise ValueError(f"footprint: {given.size} weights for {out.size} periods")
        if (given < 0.0).any():
            raise ValueError("footprint: a weight is negative; weights are 0 or more")
        out = out * np.nan_to_num(given)
    return out


def _grid(
    model: Model, where: npt.NDArray[np.bool_], site: Site, extent: float | None, resolution: float | None
) -> Grid:
    """Grid as given, as configured, or from the distances of the flux."""
    reach = extent or site.footprint.extent
    if reach is None:
        shares = np.asarray((np.arange(100) + 0.5) / 100.0)
        reach = _rounded_up(float(np.quantile(model(slice(None), shares).distance[where], _REACHED)))
    return Grid.around(reach, resolution or site.footprint.resolution or reach / 100.0)


def _rounded_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8, 10 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    steps = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
    return float(power * steps[np.searchsorted(steps, value / power)])


def _smoothed(density: Array, grid: Grid) -> Array:
    """Density, the smoother the farther from the tower."""
    distance = np.hypot(grid.x, grid.y[:, None]) / grid.resolution / _SMOOTHED_BY
    out = np.zeros_like(density)
    for k, width in enumerate(_SMOOTHING):
        weight = np.clip(1.0 - np.abs(np.minimum(distance, len(_SMOOTHING) - 1.0) - k), 0.0, 1.0)
        out += weight * _blurred(_blurred(density, width).T, width).T
    return out


def _blurred(density: Array, width: float) -> Array:
    """Density under a Gaussian window along the first axis, cut at four widths [cells]; edges go on."""
    if width == 0.0:
        return density
    reach = round(4.0 * width)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    padded = np.pad(density, ((reach, reach), (0, 0)), mode="edge")
    out = np.zeros_like(density)
    for k, weight in enumerate(weights / weights.sum()):
        out += weight * padded[k : k + len(density)]
    return out


def _areas(density: Array, grid: Grid, shares: Sequence[float], levels: Array) -> dict[str, Any]:
    """Smallest source areas and their borders as CF geometries."""
    generator = contourpy.contour_generator(grid.x, grid.y, density, fill_type="OuterOffset")
    nodes: list[Array] = [np.empty((0, 2))]
    counts: list[int] = []
    parts: list[int] = []
    holes: list[int] = []
    sizes: list[float] = []
    for level in levels:
        found = generator.filled(level, np.inf)
        points, offsets = cast("tuple[list[Array], list[npt.NDArray[np.uint32]]]", found)
        counts.append(sum(len(polygon) for polygon in points))
        nodes += points
        for ends in offsets:
            rings = np.diff(ends.astype(np.int64))
            parts += rings.tolist()
            holes += [0] + [1] * (rings.size - 1)
        sizes.append(float((density >= level).sum()) * grid.resolution**2)
    x, y = np.concatenate(nodes).T
    return {
        "contour_share": ("contour", np.asarray(shares), {"units": "1", "long_name": "share of the flux"}),
        "source_level": ("contour", levels, {"units": "m-2", "long_name": "footprint on the border"}),
        "source_area": (
            "contour",
            np.asarray(sizes),
            {"units": "m2", "long_name": "smallest area that the share comes from", "geometry": "contours"},
        ),
        "contours": ((), np.int32(0), _GEOMETRY),
        "contour_node_count": ("contour", np.asarray(counts, dtype=np.int32)),
        "contour_part_node_count": ("contour_part", np.asarray(parts, dtype=np.int32)),
        "contour_interior_ring": ("contour_part", np.asarray(holes, dtype=np.int32)),
        "contour_x": ("contour_node", x, _axis("east", "X")),
        "contour_y": ("contour_node", y, _axis("north", "Y")),
    }


_GEOMETRY = {
    "geometry_type": "polygon",
    "node_count": "contour_node_count",
    "node_coordinates": "contour_x contour_y",
    "part_node_count": "contour_part_node_count",
    "interior_ring": "contour_interior_ring",
}
