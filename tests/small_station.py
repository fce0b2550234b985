"""A station of one sample per second, whose files a test can write by hand."""

from typing import Any

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
