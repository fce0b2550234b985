"""Options for what a file of an analyser leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fluxkit.errors import ReadError


class AmbiguousDateError(ReadError):
    """Dates of a file may be read in two ways."""


@dataclass(frozen=True)
class ReadOptions:
    """What the user states where an analyser's file leaves it open."""

    utc_offset_h: float | None = None  #: hours that the file's clock is ahead of UTC
    day_first: bool | None = None  #: whether 05/09/2022 is in September
    year: int | None = None  #: of a file whose dates have none
    trust_zone: bool = True  #: believe the zone or epoch of a file; False: its stamps and ``utc_offset_h``
    keep_rejected: bool = False  #: keep what the analyser's diagnostics call bad
    #: variable -> (column, unit) of tables whose names do not say it; ``co2_wet`` for moist air
    columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    time_column: str | None = None  #: of a table whose stamps are not recognised
    header_rows: int | None = None  #: lines above the records of a table; the last one has the names
    names: tuple[str, ...] = ()  #: of the columns of a table that has none, or of a Gasmet's values
    decimal: str | None = None  #: mark between whole and decimals in a table, "." or ","
    interval_s: float | None = None  #: from one record to the next, where stamps have only minutes [s]
    series_column: str | None = None  #: of a table of vials: tells which closure a row belongs to
    looking: bool = False  #: only look: read what is ambiguous in one way, and say so
