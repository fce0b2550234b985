"""Raw files as loggers write them in binary, and LI-COR's archive."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.raw.formats.campbell import EPOCH_S
from fluxkit.raw.formats.tob3 import EMPTY, FOOTER_BYTES, MINOR
from fluxkit.synthetic.writers import Array, Field, write_bytes
from tests.logger_files.campbell_types import record_of

Numbers = npt.NDArray[np.int64]

_NS = 1_000_000_000
#: Header of a frame: its stamp, and in TOB3 the number of its first record. [bytes]
_HEAD_BYTES = {"TOB2": 8, "TOB3": 12}
_TICK_NS = 100_000  # Sec100Usec


def write_tob1(
    path: Path,
    fields: Sequence[Field],
    columns: Sequence[Array],
    first: np.datetime64,
    rate: float,
    *,
    kinds: Sequence[str] | None = None,
    records: Numbers | None = None,
    table: str = "ts_data",
) -> None:
    """Write a TOB1 table with SECONDS, NANOSECONDS and RECORD, as a CR6 does.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    fields, columns : sequences of the same length
        What each column is, and its values, shape (n,).
    first : numpy.datetime64
        Stamp of record 0.
    rate : float
        Records per second. [Hz]
    kinds : sequence of str, optional
        Type of each column as the header writes it, see `campbell_types`; IEEE4 by default.
    records : ndarray, shape (n,), optional
        RECORD numbers, which tell the stamps too; 0, 1, ... by default.
    table : str
        Name for the header.
    """
    chosen = list(kinds) if kinds is not None else ["IEEE4"] * len(fields)
    counts = np.arange(columns[0].size) if records is None else records
    seconds, parts = np.divmod(_stamps(first, counts, rate), _NS)
    head = _header(
        ["TOB1", "XX-Dem", "CR6", "4711", "CR6.Std.12.01", "CPU:demo.CR6", "20713", table],
        ["SECONDS", "NANOSECONDS", "RECORD", *(f.name for f in fields)],
        ["SECONDS", "NANOSECONDS", "RN", *(f.unit for f in fields)],
        ["", "", "", *["Smp"] * len(fields)],
        [*["ULONG"] * 3, *chosen],
    )
    body = record_of([seconds, parts, counts, *columns], [*["ULONG"] * 3, *chosen], "<")
    write_bytes(path, head + body.tobytes())


def write_tob3(
    path: Path,
    fields: Sequence[Field],
    columns: Sequence[Array],
    first: np.datetime64,
    rate: float,
    *,
    kinds: Sequence[str] | None = None,
    per_frame: int = 8,
    records: Numbers | None = None,
    spare: int = 2,
    wrapped: int = 0,
    version: Literal["TOB2", "TOB3"] = "TOB3",
    table: str = "ts_data",
) -> None:
    """Write a TOB3 table as a memory card holds it.

    Where record numbers jump within a frame, it is split into minor ones, as loggers do after a lapse.

    Parameters
    ----------
    path, fields, columns, first, rate, kinds, table
        As of `write_tob1`; the interval must be whole milliseconds. IEEE4B by default.
    per_frame : int, default 8
        Records in a frame.
    records : ndarray, shape (n,), optional
        Record numbers, which tell the stamps too.
    spare : int, default 2
        Frames that are allocated, but never written.
    wrapped : int, default 0
        Frames at the beginning of the file that were written last, as in a ring.
    version : str, default TOB3
        Or TOB2, as older loggers write it.
    """
    chosen = list(kinds) if kinds is not None else ["IEEE4B"] * len(fields)
    counts = np.arange(columns[0].size) if records is None else records
    body = record_of(columns, chosen, ">")
    size = _HEAD_BYTES[version] + per_frame * body.itemsize + FOOTER_BYTES
    validation = 13533
    head = _header(
        [version, "XX-Dem", "CR6", "4711", "CR6.Std.12.01", "CPU:demo.CR6", "20713", "2024-07-01 00:00:00"],
        [table, f"{round(1e3 / rate)} MSEC", str(size), "0", str(validation), "Sec100Usec", "0", "0", "0"],
        [f.name for f in fields],
        [f.unit for f in fields],
        ["Smp"] * len(fields),
        chosen,
    )
    padding = -len(head) % 512  # headers fill whole sectors
    stamps = _stamps(first, counts, rate)
    frames = _frames(body, stamps, counts, size, validation, _HEAD_BYTES[version])
    order = [*frames[len(frames) - wrapped :], *frames[: len(frames) - wrapped]]
    write_bytes(path, head[:-2] + b" " * padding + b"\r\n" + b"".join(order) + b"\x5a" * (spare * size))


def write_ghg(
    path: Path,
    names: Sequence[str],
    columns: Sequence[Array],
    first: np.datetime64,
    rate: float,
    *,
    metadata: str = ";GHG_METADATA\n",
    others: Mapping[str, bytes] | None = None,
) -> None:
    """Write LI-COR's archive: a table of Seconds, Nanoseconds and columns, and its metadata.

    Parameters
    ----------
    path : Path
        File to write.
    names, columns : sequences of the same length
        Names with units in parentheses, and values, shape (n,).
    first : numpy.datetime64
        UTC stamp of record 0.
    rate : float
        Records per second. [Hz]
    metadata : str
        Content of the .metadata.
    others : mapping, optional
        Further members: name to content.
    """
    counts = np.arange(columns[0].size)
    seconds, parts = np.divmod(_stamps(first, counts, rate) + EPOCH_S * _NS, _NS)
    top = "Model:\tLI-7200\nSN:\t72H-0000\nInstrument:\tAIU-0000\nFile Type:\t2\nSoftware Version:\t8.0.0\n"
    top += "Timestamp:\t00:00:00\nTimezone:\tUTC\n" + "\t".join(
        ["DATAH", "Seconds", "Nanoseconds", *names, "CHK"]
    )
    rows = zip(seconds.tolist(), parts.tolist(), *(x.tolist() for x in columns), strict=True)
    body = "".join("DATA\t" + "\t".join(map(repr, row)) + "\t 11\n" for row in rows)
    stem = path.stem
    members = {f"{stem}.data": (top + "\n" + body).encode(), f"{stem}.metadata": metadata.encode()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **(others or {})}.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    path.write_bytes(packed.getvalue())


def _header(*lines: Sequence[str]) -> bytes:
    return "".join(",".join(f'"{text}"' for text in line) + "\r\n" for line in lines).encode("ascii")


def _stamps(first: np.datetime64, counts: Numbers, rate: float) -> Numbers:
    """Nanoseconds since 1990 of records by their numbers."""
    begin = int(first.astype("datetime64[ns]").astype(np.int64)) - EPOCH_S * _NS
    stamps: Numbers = begin + np.rint((counts - counts[0]) * (_NS / rate)).astype(np.int64)
    return stamps


def _frames(
    body: npt.NDArray[np.void], stamps: Numbers, counts: Numbers, size: int, validation: int, head: int
) -> list[bytes]:
    frames: list[bytes] = []
    at = 0
    while at < counts.size:
        pieces, room = [], size
        while at < counts.size and room >= head + FOOTER_BYTES + body.itemsize:
            fits = (room - head - FOOTER_BYTES) // body.itemsize
            jumps = np.flatnonzero(np.diff(counts[at : at + fits]) != 1)
            n = min(fits, int(jumps[0]) + 1 if jumps.size else fits, counts.size - at)
            pieces.append((at, n))
            at += n
            room -= head + FOOTER_BYTES + n * body.itemsize
        frames.append(_frame(body, stamps, counts, pieces, size, validation, head))
    return frames


def _frame(
    body: npt.NDArray[np.void],
    stamps: Numbers,
    counts: Numbers,
    pieces: Sequence[tuple[int, int]],
    size: int,
    validation: int,
    head: int,
) -> bytes:
    def word(*values: int) -> bytes:
        return np.array(values, "<u4").tobytes()

    out = b""
    for at, n in pieces:
        seconds, part = divmod(int(stamps[at]), _NS)
        piece = word(seconds, part // _TICK_NS, int(counts[at]))[:head] + body[at : at + n].tobytes()
        length = len(piece) + FOOTER_BYTES
        whole = length == size
        out += piece + word(validation << 16 | (0 if whole else MINOR | length))
    if len(out) < size:  # what is left of the frame holds nothing
        left = size - len(out)
        out += b"\xa5" * (left - FOOTER_BYTES) + word(validation << 16 | MINOR | EMPTY | left)
    return out
