"""Raw files of loggers that write no text, and tables of the exchange formats."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.synthetic.writers import write_bytes

Array = npt.NDArray[np.float64]

_INT16 = np.iinfo(np.int16)
#: 1904-01-01 before 1970-01-01. [s]
_AERODYNE_EPOCH_S = 2_082_844_800


def write_slt(
    path: Path,
    start: np.datetime64,
    wind: Array,
    sound: Array,
    analogue: Array,
    *,
    high_resolution: Sequence[bool] = (),
) -> None:
    """Write an SLT file as EddyMeas does.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    start : numpy.datetime64
        Of the first record; the header holds its minute.
    wind : ndarray, shape (3, n)
        u, v, w. [m s-1]
    sound : ndarray, shape (n,)
        Speed of sound. [m s-1]
    analogue : ndarray, shape (channels, n)
        Voltages. [mV]
    high_resolution : sequence of bool, length channels, optional
        Which channels are stored in tenths of a millivolt.
    """
    high = [*high_resolution] or [False] * len(analogue)
    date, clock = str(start.astype("M8[m]")).split("T")
    year, month, day = (int(part) for part in date.split("-"))
    hour, minute = (int(part) for part in clock.split(":"))
    head = [8 + 2 * len(analogue), 37, day, month, year // 100, year % 100, hour, minute]
    for number, fine in enumerate(high, 1):
        head += [int(fine), number]
    voltages = [10.0 * x - 25_000.0 if fine else x for x, fine in zip(analogue, high, strict=True)]
    write_bytes(path, bytes(head) + _int16([*(100.0 * wind), 50.0 * sound, *voltages]))


def write_edisol(
    path: Path, start: np.datetime64, wind: Array, temperature: Array, analogue: Array, rate: float
) -> None:
    """Write an SLT file as EdiSol does; the date is for the file's name to tell.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    start : numpy.datetime64
        Of the first record.
    wind : ndarray, shape (3, n)
        u, v, w. [m s-1]
    temperature : ndarray, shape (n,)
        Sonic temperature. [degC]
    analogue : ndarray, shape (channels, n)
        Voltages. [mV]
    rate : float
        Records per second. [Hz]
    """
    end = start.astype("M8[ms]") + np.timedelta64(round(1000 * temperature.size / rate), "ms")
    first, last = (
        int((t - t.astype("M8[D]")) / np.timedelta64(10, "ms")) for t in (start.astype("M8[ms]"), end)
    )
    size = 8 + 2 * len(analogue)
    head = [
        size,
        first // 100 % 60,
        first % 100,
        last // 360_000,
        last // 6000 % 60,
        last // 100 % 60,
        last % 100,
    ]
    write_bytes(
        path, bytes(head).ljust(size, b"\0") + _int16([*(100.0 * wind), 100.0 * temperature, *analogue])
    )


def write_meteoflux(path: Path, wind: Array, temperature: Array, counts: Array) -> None:
    """Write a raw file as MeteoFlux loggers do.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    wind : ndarray, shape (3, n)
        u, v, w. [m s-1]
    temperature : ndarray, shape (n,)
        Sonic temperature. [degC]
    counts : ndarray, shape (4, n)
        Two readings of the sonic, two of the converter.
    """
    u, v, w = 100.0 * wind
    columns = np.array([v, u, w, 100.0 * temperature, *counts])
    write_bytes(path, np.rint(columns).astype(">i4").T.tobytes())


def write_aerodyne(path: Path, gases: Mapping[str, Array], times: npt.NDArray[np.datetime64]) -> None:
    """Write concentrations as an Aerodyne laser does.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    gases : mapping of str to ndarray, shape (n,)
        Mixing ratios. [nmol mol-1]
    times : ndarray of datetime64, shape (n,)
        On the computer's clock.
    """
    microseconds = times.astype("M8[us]").astype(np.int64)
    seconds = [f"{t // 1_000_000 + _AERODYNE_EPOCH_S}.{t % 1_000_000:06d}" for t in microseconds.tolist()]
    year, month, day = str(times[0].astype("M8[D]")).split("-")
    clock = str(times[0].astype("M8[s]")).split("T")[1]
    first = f"{month}/{day}/{year} {clock} 0.004 {seconds[0][:-3]} {clock} SPEC:{','.join(gases)}\r\n"
    rows = zip(seconds, *(x.tolist() for x in gases.values()), strict=True)
    body = "".join(" ".join((row[0], *(f"{x:.6e}" for x in row[1:]))) + " \r\n" for row in rows)
    write_bytes(path, (first + body).encode("ascii"))


def write_binary(
    path: Path, columns: Sequence[Array], types: Sequence[str], *, header: bytes = b"", padding: int = 0
) -> None:
    """Write records of numbers one behind the other.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    columns, types : sequences of the same length
        Values, shape (n,), and numpy's name of how each is stored, such as "<i2" or ">f4".
    header : bytes
        Written before the first record.
    padding : int, default 0
        Bytes behind each record.
    """
    names = [f"c{k}" for k in range(len(types))]
    record = np.dtype([*zip(names, types, strict=True), ("padding", f"V{padding}")])
    table = np.zeros(columns[0].size, record)
    for name, x in zip(names, columns, strict=True):
        table[name] = np.rint(x) if record[name].kind in "iu" else x
    write_bytes(path, header + table.tobytes())


def write_netcdf(
    path: Path, columns: Mapping[str, Array], times: npt.NDArray[np.datetime64], *, texts: bool = False
) -> None:
    """Write columns as variables, in groups where their names have slashes.

    Parameters
    ----------
    path : Path
        File to write.
    columns : mapping of str to ndarray, shape (n,)
        Path of each variable -> its values, stored in single precision.
    times : ndarray of datetime64, shape (n,)
        UTC; a variable ``time`` in each group.
    texts : bool, default False
        Write times as texts, as NEON does, instead of milliseconds since the first.
    """
    import netCDF4

    with netCDF4.Dataset(path, "w") as root:
        for name, values in columns.items():
            folder, _, last = name.rpartition("/")
            group = root.createGroup(folder) if folder else root
            if "time" not in group.variables:
                group.createDimension("record", values.size)
                variable = group.createVariable("time", str if texts else "i8", ("record",))
                if texts:
                    stamps = [f"{t}Z" for t in times.astype("M8[ms]")]
                    variable[:] = np.array(stamps, object)
                else:
                    variable.units = f"milliseconds since {str(times[0].astype('M8[s]')).replace('T', ' ')}"
                    variable[:] = (times - times[0].astype("M8[s]")).astype("m8[ms]").astype(np.int64)
            group.createVariable(last, "f4", ("record",))[:] = values


def _int16(columns: Sequence[Array]) -> bytes:
    stored = np.clip(np.rint(np.array(columns)), _INT16.min, _INT16.max)
    return stored.astype("<i2").T.tobytes()
