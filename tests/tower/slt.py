"""EddyMeas binary files, read for comparison: records of 16-bit integers, the first one a header."""

from pathlib import Path

import numpy as np
import xarray as xr


def read(path: Path, ranges: dict[str, tuple[float, float]]) -> tuple[xr.Dataset, float]:
    """Return samples in SI and their rate; ranges: analogue channel -> its value at both ends, in order."""
    content = path.read_bytes()
    # Bytes per record, version, day, month, century, year, hour, minute; then two for each channel.
    head = np.frombuffer(content[: content[0]], "u1")
    records = np.frombuffer(content, "<i2").reshape(-1, head[0] // 2)[1:].astype(np.float64)
    day, month, century, year, hour, minute = (int(x) for x in head[2:8])
    start = np.datetime64(f"{century:02d}{year:02d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}", "ns")
    data = dict(zip(("u", "v", "w"), records[:, :3].T / 100.0, strict=True))
    data["t_sonic"] = (records[:, 3] / 50.0) ** 2 / 403.0
    for k, (name, (low, high)) in enumerate(ranges.items(), start=4):
        data[name] = low + (records[:, k] + 25_000.0) / 50_000.0 * (high - low)
    # A full half hour has some records more or less than 18 000: its clock sets the rate.
    n = len(records)
    rate = n / 1800.0 if minute in (0, 30) else 10.0
    time = start + (np.arange(n) * 1e9 / rate).round().astype("timedelta64[ns]")
    return xr.Dataset({k: ("time", x) for k, x in data.items()}, {"time": time}), rate
