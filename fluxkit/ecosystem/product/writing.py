"""The product as files: a zip of tables under FLUXNET's names, and the dataset as netCDF or zarr."""

import importlib.util
import tempfile
import zipfile
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from fluxkit.ecosystem.product.aggregating import half_hourly
from fluxkit.ecosystem.product.attributes import described
from fluxkit.ecosystem.product.descriptions import bif, readme, varinfo
from fluxkit.ecosystem.product.names import RESOLUTIONS, Resolution
from fluxkit.ecosystem.product.sources import MEMBERS, VARIANT, sources_of
from fluxkit.ecosystem.product.tables import Table
from fluxkit.ecosystem.product.years import whole_years, years_with_data
from fluxkit.errors import FluxkitError
from fluxkit.export.atomic import atomic_path
from fluxkit.locations import location, on_store
from fluxkit.schema.provenance import versions
from fluxkit.writing import writing

#: Variables from which on values are compressed [bytes], and records of a chunk: a leap year.
COMPRESSED_FROM, CHUNK = 4096, 48 * 366


class ProductError(FluxkitError):
    """The product cannot be made as asked."""


def write_product(
    ds: xr.Dataset,
    folder: str | Path,
    *,
    hub: str = "FLX",
    names: Literal["1.3", "fullset"] = "1.3",
    resolutions: Sequence[Resolution] = RESOLUTIONS,
) -> Path:
    """Write the FLUXNET product of a site in one zip: tables, BIF, BIFVARINFO and README.

    It appears whole or not at all.

    Parameters
    ----------
    ds : xr.Dataset
        What went through the rooms, see `fluxkit.ecosystem.product.sources.sources_of`; whatever is there.
        Years at either end of which there are fewer than ten days of records are left out, and README
        says so; the others are whole in the tables, missing where there are no records.
    folder : str or pathlib.Path
        Where to write.
    hub : str, default "FLX"
        Who publishes, as file names begin: AMF, ICOSETC, FLX.
    names : {"1.3", "fullset"}
        Names of the files: those of 1.3, or of FLUXNET2015's FULLSET.
    resolutions : sequence of str, optional
        By default half hours, days, weeks, months, years.

    Returns
    -------
    pathlib.Path
        The zip.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> nee = {"NEE_F": ("time", np.ones(time.size)), "NEE_F_QC": ("time", np.zeros(time.size))}
    >>> ds = xr.Dataset(nee, {"time": time}, {"site": "DE-Abc"})
    >>> fk.ecosystem.write_product(ds, tempfile.mkdtemp()).name
    'FLX_DE-Abc_FLUXNET_2020-2020_v1.3_r1.zip'
    """
    ds, left_out = years_with_data(ds)
    notes = [*str(ds.attrs.get("notes", "")).splitlines(), *left_out]
    ds = whole_years(ds).assign_attrs(notes="\n".join(dict.fromkeys(notes)))
    sources = sources_of(ds)
    fine: Resolution = "HR" if sources.at.per_day == 24 else "HH"
    by_halfhour = half_hourly(sources)
    tables = [Table(sources, fine if r == "HH" else r, by_halfhour) for r in resolutions]
    years = f"{sources.at.year[0]}-{sources.at.year[-1]}"
    site, version = str(ds.attrs.get("site", "site")), versions()["fluxkit"]
    base, end = {
        "1.3": (f"{hub}_{site}_FLUXNET", f"{years}_v1.3_r1"),
        "fullset": (f"{hub}_{site}_FLUXNET2015", f"{years}_1-4"),
    }[names]
    kind = "FLUXMET" if names == "1.3" else "FULLSET"
    path = location(folder) / f"{base}_{end}.zip"
    parts = {f"{base}_{kind}_{t.resolution}_{end}.csv": t.csv for t in tables}
    with (
        atomic_path(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive,
    ):
        for name, text in parts.items():
            archive.writestr(name, text())
        for table in tables:
            archive.writestr(f"{base}_BIFVARINFO_{table.resolution}_{end}.csv", varinfo(ds.attrs, table))
        archive.writestr(f"{base}_BIF_{end}.csv", bif(sources.about, version))
        archive.writestr(f"{base}_README_{end}.txt", readme(sources, tables, version))
    return path


def write_dataset(ds: xr.Dataset, path: str | Path) -> Path:
    """Write the dataset as netCDF (CF-1.11), or as zarr where the name ends so; whole or not at all.

    Raises
    ------
    ProductError
        zarr is asked for, and not installed.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset({"TA": ("time", np.ones(time.size))}, {"time": time})
    >>> path = fk.ecosystem.write_dataset(ds, f"{tempfile.mkdtemp()}/DE-Abc_ecosystem.nc")
    >>> xr.open_dataset(path)["TA"].attrs["units"]
    'degC'
    """
    target = location(path)
    out = described(ds)
    if target.suffix == ".zarr":
        if importlib.util.find_spec("zarr") is None:
            raise ProductError(
                f"{target}: zarr is not installed: pip install 'fluxkit[zarr]', or write netCDF"
            )
        _write_zarr(out, target)
        return target
    encoding: dict[Hashable, dict[str, Any]] = {}
    for name, variable in out.variables.items():
        if variable.dtype.kind == "f":
            encoding[name] = {"_FillValue": None if name in out.coords else np.nan}
            if variable.nbytes > COMPRESSED_FROM:
                encoding[name] |= {"zlib": True, "complevel": 1, "shuffle": True}
                encoding[name]["chunksizes"] = _chunks(variable)
    for name in ("time", "time_bnds"):
        encoding[name] = {"units": "seconds since 1970-01-01 00:00:00", "dtype": "int64"}
    with atomic_path(target) as part:
        out.to_netcdf(part, engine="netcdf4", encoding=encoding)
    return target


def _chunks(variable: xr.Variable) -> tuple[int, ...]:
    """Return the shape of a chunk: one member of a year, as it is read."""
    return tuple(
        min(size, CHUNK) if dim == "time" else 1 if dim in (MEMBERS, VARIANT) else size
        for dim, size in variable.sizes.items()
    )


def _write_zarr(out: xr.Dataset, target: Path) -> None:
    """Write zarr of format 2, whose texts every library reads; in place of another one when all is there."""
    encoding = {name: {"chunks": _chunks(x)} for name, x in out.variables.items() if "time" in x.dims}
    if on_store(target):
        out.to_zarr(str(target), mode="w", zarr_format=2, encoding=encoding)
        return
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as part:
            out.to_zarr(f"{part}/new", mode="w", zarr_format=2, encoding=encoding)
            if target.exists():
                target.rename(f"{part}/old")
            Path(part, "new").rename(target)
