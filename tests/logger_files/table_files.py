"""Raw files of converters, networks and observatories: text with names, Parquet, NEON's HDF5."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.synthetic.writers import Array, time_stamps, write_bytes

Times = npt.NDArray[np.datetime64]

#: Folders of NEON's raw data inside the site's: sonic and closed-path analyser on the tower's top.
NEON_SONIC, NEON_ANALYSER = "dp0p/data/soni/000_060", "dp0p/data/irgaTurb/000_060"


def write_bico(
    path: Path, columns: Mapping[str, Array], start: np.datetime64 | None, rate: float, *, decimals: int = 4
) -> None:
    """Write what ETH Zurich's converter makes of a binary logger file.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    columns : mapping of str to ndarray, shape (n,)
        By name with instrument, as ``U_[R350-B]``.
    start : numpy.datetime64 or None
        Stamp of the first record; None: records have no stamps.
    rate : float
        Records per second. [Hz]
    decimals : int, default 4
        Digits after the point.
    """
    names, texts = list(columns), _texts(columns, decimals)
    if start is not None:
        stamps = time_stamps(start, len(texts[0]), rate)
        names, texts = ["TIMESTAMP", *names], [[_with_milliseconds(t) for t in stamps], *texts]
    _write_table(path, names, texts)


def write_icos(
    folder: Path,
    columns: Mapping[str, Array],
    end: np.datetime64,
    *,
    station: str = "XX-Dem",
    logger: int = 1,
    file: int = 1,
    decimals: int = 5,
) -> Path:
    """Write a half-hourly file of an ICOS ecosystem station, called as the network's rule says.

    Parameters
    ----------
    folder : Path
        Where to write it.
    columns : mapping of str to ndarray, shape (n,)
        By ICOS label, as ``U``, ``T_SONIC``, ``CO2``.
    end : numpy.datetime64
        End of the half hour, in the station's standard time.
    station : str
        Two letters, a dash and three.
    logger, file : int
        Their numbers at the station.
    decimals : int, default 5
        Digits after the point.

    Returns
    -------
    Path
        The file.
    """
    clock = "".join(part for part in str(end.astype("M8[m]")) if part.isdigit())
    path = folder / f"{station}_EC_{clock}_L{logger:02d}_F{file:02d}.csv"
    _write_table(path, list(columns), _texts(columns, decimals))
    return path


def write_stamped_csv(path: Path, columns: Mapping[str, Array], start: np.datetime64, rate: float) -> None:
    """Write a table with one line of names, a first column ``time``, and numbers to the last digit.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    columns : mapping of str to ndarray, shape (n,)
        Values; NaN becomes nothing.
    start : numpy.datetime64
        Stamp of the first record.
    rate : float
        Records per second. [Hz]
    """
    texts = [["" if np.isnan(x) else repr(x) for x in values.tolist()] for values in columns.values()]
    _write_table(path, ["time", *columns], [time_stamps(start, len(texts[0]), rate), *texts])


def write_parquet(
    path: Path, columns: Mapping[str, Array], times: Times, *, zone: str | None = "UTC"
) -> None:
    """Write a Parquet table with a first column ``time``; needs the package pyarrow.

    Parameters
    ----------
    path : Path
        File to write.
    columns : mapping of str to ndarray, shape (n,)
        Values, stored as they are.
    times : ndarray of datetime64, shape (n,)
        Stored to the microsecond.
    zone : str or None, default "UTC"
        Zone that the stamps tell, None for none.
    """
    import pyarrow
    import pyarrow.parquet

    stamps = pyarrow.array(times.astype("M8[us]"), pyarrow.timestamp("us", tz=zone))
    pyarrow.parquet.write_table(pyarrow.table({"time": stamps, **columns}), path)


def write_neon(
    path: Path,
    site: str,
    groups: Mapping[str, Mapping[str, tuple[Array, str]]],
    times: Times,
) -> None:
    """Write HDF5 as NEON's towers do: a group per instrument, each with times as texts.

    Parameters
    ----------
    path : Path
        File to write.
    site : str
        Four letters, the first group.
    groups : mapping of str to mapping of str to (ndarray, str)
        Folder below the site (`NEON_SONIC`, `NEON_ANALYSER`) -> name of each dataset -> values, shape (n,),
        stored in single precision, and their unit.
    times : ndarray of datetime64, shape (n,)
        UTC, written to the millisecond.
    """
    import netCDF4

    stamps = np.array([f"{t}Z" for t in times.astype("M8[ms]")], object)
    with netCDF4.Dataset(path, "w") as root:
        for folder, datasets in groups.items():
            group = root.createGroup(f"{site}/{folder}")
            group.createDimension("record", times.size)
            group.createVariable("time", str, ("record",))[:] = stamps
            for name, (values, unit) in datasets.items():
                variable = group.createVariable(name, "f4", ("record",))
                variable.unit = unit
                variable[:] = values


def _texts(columns: Mapping[str, Array], decimals: int) -> list[list[str]]:
    # Adding zero turns -0.0 into 0.0.
    rounded = ((np.round(values, decimals) + 0.0).tolist() for values in columns.values())
    return [[f"{x:.{decimals}f}" if x == x else "-9999" for x in values] for values in rounded]


def _with_milliseconds(stamp: str) -> str:
    whole, _, part = stamp.partition(".")
    return f"{whole}.{part:0<3}"


def _write_table(path: Path, names: list[str], texts: list[list[str]]) -> None:
    rows = (",".join(row) for row in zip(*texts, strict=True))
    write_bytes(path, "\n".join([",".join(names), *rows, ""]).encode("ascii"))
