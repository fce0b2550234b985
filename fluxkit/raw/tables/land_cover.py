"""Maps of land cover around a tower: ESRI ASCII grids and netCDF."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import ConfigError, ReadError
from fluxkit.locations import joined, location
from fluxkit.raw.formats.variables import variables
from fluxkit.raw.opening import contents
from fluxkit.site.models import Site

Array = npt.NDArray[np.float64]

#: Keys of an ASCII grid's header; the corner may be given by its edge or by the middle of its cell.
_KEYS = ("ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "nodata_value")
#: Names of the axes of a netCDF map.
_X, _Y = ("x", "easting", "projection_x_coordinate"), ("y", "northing", "projection_y_coordinate")
#: How unequal steps of an axis may be, as a share of the step.
_UNEQUAL = 1e-3
#: No coordinate, size of a cell or number of cells is larger. [m]
_FARTHEST = 1e12


def open_land_cover(site: Site, base: str | Path = ".") -> xr.DataArray:
    r"""Read the map that ``footprint.land_cover`` names.

    Parameters
    ----------
    site : Site
        With ``footprint.land_cover`` and the position of the tower in the map.
    base : str or pathlib.Path
        Folder that a relative path starts from.

    Returns
    -------
    xr.DataArray
        Codes of classes over (y, x), NaN where the map has none; x to the east and y to the north of the
        tower, ascending. [m]

    Raises
    ------
    ConfigError
        The configuration names no map.
    ReadError
        The file is not there, not of a known format, damaged, or not on equal steps in metres.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.site.toml.loading import loads
    >>> folder = Path(tempfile.mkdtemp())
    >>> header = "ncols 2\nnrows 2\nxllcorner -10\nyllcorner -10\ncellsize 10\n"
    >>> _ = (folder / "map.asc").write_text(header + "1 2\n1 1\n")
    >>> text = Path("data_samples/open_path/site.toml").read_text(encoding="utf-8")
    >>> site = loads(text + '[footprint]\nland_cover = "map.asc"\n')
    >>> fk.open_land_cover(site, folder).sel(x=5.0, y=5.0).item()
    2.0
    """
    chosen = site.footprint
    if chosen.land_cover is None:
        raise ConfigError(site.station.id, ["shares of land cover need footprint.land_cover, a map"])
    path = joined(location(base), chosen.land_cover)
    readers = {".asc": _read_ascii, ".nc": _read_netcdf}
    if path.suffix.lower() not in readers:
        raise ReadError(str(path), f"not a map in a known format; known: {', '.join(readers)}")
    x, y, codes = readers[path.suffix.lower()](path)
    for name, axis in (("x", x), ("y", y)):
        possible = axis.size > 1 and bool((np.abs(axis) < _FARTHEST).all())
        steps = np.diff(axis) if possible else np.zeros(1)
        if steps[0] == 0.0 or np.ptp(steps) > _UNEQUAL * abs(steps[0]):
            raise ReadError(
                str(path), f"the steps of axis {name} are not equal; give a map on a regular grid"
            )
    if abs(abs(x[1] - x[0]) - abs(y[1] - y[0])) > _UNEQUAL * abs(x[1] - x[0]):
        raise ReadError(str(path), "cells are not square; give a map with the same step in x and y, metres")
    found = xr.DataArray(
        codes,
        {"y": ("y", y - chosen.tower_y, {"units": "m"}), "x": ("x", x - chosen.tower_x, {"units": "m"})},
        ("y", "x"),
        name="land_cover",
    ).sortby(["y", "x"])
    _require_tower(path, found)
    return found


def _require_tower(path: Path, found: xr.DataArray) -> None:
    x, y = found["x"].values, found["y"].values
    half = (x[1] - x[0]) / 2.0
    if not (x[0] - half <= 0.0 <= x[-1] + half and y[0] - half <= 0.0 <= y[-1] + half):
        raise ReadError(
            str(path),
            f"the tower is outside the map, which reaches from x = {x[0] - half:g} to {x[-1] + half:g} m and "
            f"from y = {y[0] - half:g} to {y[-1] + half:g} m of it: correct footprint.tower_x and tower_y",
        )


def _read_ascii(path: Path) -> tuple[Array, Array, Array]:
    """Read an ESRI ASCII grid, whose first row is the northernmost."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), f"cannot be read: {error}") from error
    header = _ascii_header(path, lines)
    columns, rows, step = int(header["ncols"]), int(header["nrows"]), header["cellsize"]
    codes = _ascii_codes(path, lines[len(header) :], len(header), (rows, columns))
    codes[codes == header.get("nodata_value", -9999.0)] = np.nan
    x = header.get("xllcenter", header.get("xllcorner", 0.0) + step / 2.0) + step * np.arange(columns)
    y = header.get("yllcenter", header.get("yllcorner", 0.0) + step / 2.0) + step * np.arange(rows)
    return np.asarray(x), np.asarray(y[::-1]), codes


def _ascii_header(path: Path, lines: list[str]) -> dict[str, float]:
    header: dict[str, float] = {}
    for number, line in enumerate(lines):
        words = line.split()
        if not words or words[0].lower() not in _KEYS:
            break
        try:
            header[words[0].lower()] = float(words[1])
        except (IndexError, ValueError) as error:
            raise ReadError(str(path), f"{line.strip()!r} is not a number", line=number + 1) from error
    lacking = [key for key in ("ncols", "nrows", "cellsize") if key not in header]
    lacking += [f"{a}llcorner" for a in "xy" if not {f"{a}llcorner", f"{a}llcenter"} & header.keys()]
    if lacking:
        raise ReadError(str(path), f"the header lacks {', '.join(lacking)}; known keys: {', '.join(_KEYS)}")
    for key, value in header.items():
        whole = key not in ("ncols", "nrows") or (value >= 1.0 and value.is_integer())
        if not whole or not (abs(value) < _FARTHEST or key == "nodata_value"):
            raise ReadError(str(path), f"{key} = {value:g} in the header is impossible; the map is damaged")
    return header


def _ascii_codes(path: Path, lines: list[str], above: int, shape: tuple[int, int]) -> Array:
    values: list[float] = []
    for number, line in enumerate(lines):
        try:
            values += [float(word) for word in line.split()]
        except ValueError as error:
            raise ReadError(str(path), f"not a row of numbers: {error}", line=number + above + 1) from error
    if len(values) != shape[0] * shape[1]:
        raise ReadError(
            str(path), f"{len(values)} values for {shape[0]} rows of {shape[1]} columns; the map is damaged"
        )
    return np.array(values).reshape(shape)


def _read_netcdf(path: Path) -> tuple[Array, Array, Array]:
    """Read the first variable of a netCDF file that is over y and x in metres."""
    content = contents(path)
    axes, planes = variables(content), variables(content, rank=2)
    for plane in planes.values():
        x = next((dim for dim in plane.dims if dim.lower() in _X), None)
        y = next((dim for dim in plane.dims if dim.lower() in _Y), None)
        if x in axes and y in axes:
            codes = np.reshape(plane.load(True), plane.shape)
            found = [np.asarray(axes[dim].load(True), np.float64) for dim in (x, y)]
            codes = codes.T if plane.dims[0] == x else codes
            if codes.shape == (found[1].size, found[0].size):
                return found[0], found[1], codes
    wanted = f"{' or '.join(_Y)} and {' or '.join(_X)}"
    raise ReadError(str(path), f"no map over {wanted} in metres; it has {', '.join(planes) or 'none'}")
