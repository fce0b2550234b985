"""How a raw file is laid out, in plain values: what a reader needs to know and no more."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fluxkit.errors import ReadError


@dataclass(frozen=True)
class LayoutColumn:
    """One column to read. SI value = (gain * x + offset) * scale + shift."""

    variable: str  #: canonical name
    source: str | int  #: header name, or 1-based position
    gain: float = 1.0
    offset: float = 0.0
    scale: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True)
class LayoutCalibration:
    """A correction of a variable between two instants. SI value = gain * x + offset, both even in time."""

    variable: str
    start: np.datetime64  #: UTC
    end: np.datetime64
    gain: float
    offset: float
    gain_end: float  #: at the end
    offset_end: float


@dataclass(frozen=True)
class Layout:
    """Everything a reader needs; built from a site by ``fluxkit.raw.reading``."""

    format: str
    rate: float  #: [Hz]
    columns: tuple[LayoutColumn, ...]
    file_time: Literal["name", "records"]
    utc_offset_h: float  #: of stamps in names and records
    name_pattern: str | None = None
    year: int | None = None  #: for names without one
    name_time_is: Literal["start", "end"] | None = None
    file_minutes: float | None = None
    sample_time_is: Literal["start", "end"] = "start"
    delimiter: str = ","
    header_rows: int = 1
    names_row: int | None = None
    time_column: str | int | tuple[str | int, ...] | None = None
    time_parts: tuple[str, ...] = ()  #: what each time column is; as its values show if absent
    day_first: bool | None = None  #: whether 01/07/2024 is in July; as the file's dates show if absent
    #: UTC [ns] -> hours that the clock is ahead of UTC from then on, in order of time
    offset_changes: tuple[tuple[int, float], ...] = ()
    missing: tuple[str, ...] = ("-9999",)
    number_types: tuple[str, ...] = ()  #: of binary records, or one for all numbers
    byte_order: Literal["little", "big"] = "little"
    header_bytes: int = 0  #: before the first record, behind header_rows
    record_bytes: int | None = None  #: from one record to the next; as long as its numbers if absent
    precision: Literal["float64", "float32"] = "float64"  #: in which values are converted
    calibrations: tuple[LayoutCalibration, ...] = ()

    def in_utc(self) -> "Layout":
        """Return the layout of files whose times are UTC."""
        return replace(self, utc_offset_h=0.0, offset_changes=())

    def set_back(self, written: int) -> "Layout | None":
        """Return the layout of a file that begins in the hour that comes twice, the second time.

        Parameters
        ----------
        written : int
            UTC of its first record as read the first time. [ns]

        Returns
        -------
        Layout or None
            None where the clock was not set back within so much time behind that.
        """
        before = self.utc_offset_h
        for k, (start, after) in enumerate(self.offset_changes):
            if 0 < start - written <= (before - after) * 3.6e12:
                return replace(self, utc_offset_h=after, offset_changes=self.offset_changes[k + 1 :])
            before = after
        return None

    def only_time_column(self, source: str) -> str | int | None:
        """Return the column of time stamps, of a format where there can be no more than one.

        Raises
        ------
        ReadError
            Several are given.
        """
        if isinstance(self.time_column, tuple):
            raise ReadError(source, f"raw.time_column: {self.format} has stamps in one column, give one")
        return self.time_column
