"""The half-hourly series of the reference data, and what other programs made of them."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

#: Series, folder of their reference numbers, site.
SERIES = {
    "DE-Tha_1998_HH": ("DE-Tha_1998", 51.0, 13.6, 1),
    "DE-Tha_1998_gaps_HH": ("DE-Tha_1998_artificial_gaps", 51.0, 13.6, 1),
    "DE-Tha_1998_hourly_HR": ("DE-Tha_1998_hourly", 51.0, 13.6, 1),
    "DE-Tha_1996-1998_HH": ("DE-Tha_1996-1998", 51.0, 13.6, 1),
    "CH-LAE_2016-2017_HH": ("CH-LAE_2016-2017", 47.48, 8.37, 1),
    "US-Tw3_2014-2016_HH": ("US-Tw3_2014-2016", 38.1159, -121.6467, -8),
    "truth_FR-LBr_1998-1999_HH": ("truth_FR-LBr_1998-1999", 44.717, -0.769, 0),
}


@cache
def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, na_values=[-9999])


def series(shared: Path, name: str) -> xr.Dataset:
    """Read one of them: local standard time to UTC, -9999 to NaN."""
    table = _table(shared / f"data/halfhourly/{name}.csv.gz").copy()
    _, latitude, longitude, offset = SERIES[name]
    local = pd.to_datetime(table.pop("TIMESTAMP_START").astype(str), format="%Y%m%d%H%M")
    start = local.to_numpy().astype("datetime64[ns]") - np.timedelta64(offset, "h")
    variables = {v: ("time", np.array(table[v], float)) for v in table if not v.startswith("TIMESTAMP")}
    attrs = {"site": name, "latitude": latitude, "longitude": longitude, "utc_offset_h": offset}
    return xr.Dataset(variables, {"time": start}, attrs)


def table_of(shared: Path, name: str, file: str) -> pd.DataFrame:
    """Read a table of reference numbers of a series."""
    return _table(shared / "reference/halfhourly" / SERIES[name][0] / file)
