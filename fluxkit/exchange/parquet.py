"""A table as Parquet: for pandas, polars, DuckDB, arrow in R."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.exchange.columns import ExchangeError, local_starts, needed, site_of
from fluxkit.export.atomic import atomic_path
from fluxkit.locations import location
from fluxkit.schema.provenance import versions


def write_parquet(ds: xr.Dataset, folder: Path | str) -> tuple[Path, list[str]]:
    """Write ``<SITE>.parquet``: a column for each variable over time, with its unit.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours or hours over ``time`` (START, UTC).
    folder : Path or str
        Where to write.

    Returns
    -------
    path : Path
        The file written.
    said : list of str
        Variables that are left out as they have further dimensions.

    Raises
    ------
    ExchangeError
        pyarrow is not installed (extra ``parquet``), or there is no variable over time.

    Notes
    -----
    ``time`` is the START in UTC, ``TIMESTAMP_START`` and ``TIMESTAMP_END`` are local standard time without a
    zone. Numbers keep their type, missing ones are null. Units are in each field's metadata (``units``), the
    site in that of the table.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, pandas as pd, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(48) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset({"TA": ("time", np.full(48, 11.5))}, {"time": time}, {"site": "DE-Abc"})
    >>> path, _ = fk.exchange.write_parquet(ds, tempfile.mkdtemp())
    >>> pd.read_parquet(path)["TA"].iloc[0]
    np.float64(11.5)
    """
    needed("pyarrow", "parquet", "Parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    local, step = local_starts(ds)
    there = [
        str(name) for name in ds.data_vars if ds[name].dims == ("time",) and ds[name].dtype.kind in "fiub"
    ]
    if not there:
        raise ExchangeError("no variable over time is there: nothing to write")
    utc = pa.array(ds["time"].to_numpy().astype("datetime64[ms]"), pa.timestamp("ms", "UTC"))
    naive = pa.timestamp("ms")
    ends = local + np.timedelta64(step, "s")
    fields: list[Any] = [
        pa.field("time", pa.timestamp("ms", "UTC"), metadata={"long_name": "start of the record, UTC"}),
        pa.field("TIMESTAMP_START", naive, metadata={"long_name": "start, local standard time"}),
        pa.field("TIMESTAMP_END", naive, metadata={"long_name": "end, local standard time"}),
    ]
    arrays = [utc, *(pa.array(at.astype("datetime64[ms]"), naive) for at in (local, ends))]
    for name in there:
        values = ds[name].to_numpy()
        array = pa.array(values, from_pandas=True)  # NaN becomes null
        told = {key: str(ds[name].attrs[key]) for key in ("units", "long_name") if key in ds[name].attrs}
        fields.append(pa.field(name, array.type, metadata=told))
        arrays.append(array)
    about = {
        key: str(ds.attrs[key])
        for key in ("site", "latitude", "longitude", "utc_offset_h")
        if key in ds.attrs
    }
    schema = pa.schema(fields, metadata=about | {"source": f"fluxkit {versions()['fluxkit']}"})
    path = location(folder) / f"{site_of(ds)}.parquet"
    with atomic_path(path) as part:
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), part, compression="zstd")
    left = [str(name) for name in ds.data_vars if "time" in ds[name].dims and str(name) not in there]
    return path, [
        f"left out, as they have further dimensions or are no numbers: {', '.join(left)}"
    ] if left else []
