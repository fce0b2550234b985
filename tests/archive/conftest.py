"""A station of one sample per second whose files a test can write by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxkit.site.models import Site

NAMES = {"file_time": "name", "name_pattern": "s_%Y%m%d%H%M.csv", "name_time_is": "start"}
STAMPS = {"file_time": "records", "time_column": "time"}


def make_site(*, utc_offset_h: float = 0.0, period: float = 30.0, rate: float = 1.0, **raw: Any) -> Site:
    return Site.model_validate(
        {
            "station": {
                "id": "XX-Tst",
                "latitude": 50.0,
                "longitude": 8.0,
                "altitude": 100.0,
                "utc_offset_h": utc_offset_h,
                "canopy_height": 0.2,
            },
            "instruments": [{"kind": "sonic", "id": "sonic", "model": "csat3", "height": 3.0}],
            "raw": {"files": "raw/*.csv", "format": "delimited", "rate": rate, "names_row": 1} | raw,
            "columns": {
                name: {"column": name, "unit": unit, "instrument": "sonic"}
                for name, unit in {"u": "m s-1", "v": "m s-1", "w": "m s-1", "t_sonic": "degC"}.items()
            },
            "condense": {"period": period},
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Writes a file of n records, with stamps from ``start`` on if that is given."""

    def written(name: str, n: int = 5, start: str | None = None, value: float = 1.0) -> Path:
        import numpy as np

        path = folder / "raw" / name
        head = "u,v,w,t_sonic" if start is None else "time,u,v,w,t_sonic"
        rows = [head]
        for k in range(n):
            stamp = "" if start is None else f"{np.datetime64(start, 's') + k},".replace("T", " ")
            rows.append(f"{stamp}{value},{k},0.5,20")
        path.write_text("\n".join(rows) + "\n")
        return path

    return written
