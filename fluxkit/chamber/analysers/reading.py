"""Read one file of a gas analyser or chamber system, in any format, as a series."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fluxkit.chamber.analysers.tables import names_the_time
from fluxkit.errors import ReadError, UnknownFormatError
from fluxkit.raw.opening import HEAD_BYTES, Contents, contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.registry import BUILT_IN, identify_content, reader
from fluxkit.raw.series import Series

#: Largest content that is read at once; a month of an analyser at 1 Hz is less. [bytes]
MAX_BYTES = 2**29
#: Options that only some formats have a use for; any other format refuses them.
_USERS = {
    "time_column": ("delimited", "toa5"),
    "header_rows": ("delimited",),
    "names": ("delimited", "gasmet"),
    "decimal": ("delimited",),
    "interval_s": ("egm-4",),
    "series_column": ("delimited",),
}


def open_analyser(
    path: str | Path,
    *,
    format: str | None = None,
    utc_offset_h: float | None = None,
    day_first: bool | None = None,
    year: int | None = None,
    trust_zone: bool = True,
    keep_rejected: bool = False,
    columns: Mapping[str, tuple[str, str]] | None = None,
    time_column: str | None = None,
    header_rows: int | None = None,
    names: Sequence[str] = (),
    decimal: str | None = None,
    interval_s: float | None = None,
    series_column: str | None = None,
) -> Series:
    """Read one file of a gas analyser or chamber system.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file, recognised by its first bytes, not its name.
    format : str, optional
        Name of the format; by default it is recognised. ``fluxkit inspect FILE`` shows it.
    utc_offset_h : float, optional
        Hours that the file's clock is ahead of UTC. Needed where the file names neither zone nor epoch; where
        it does, the file's own is used, and a contradiction is listed in ``problems``.
    day_first : bool, optional
        Whether dates such as 05/09/2022 have the day first. Needed where the dates do not show it.
    year : int, optional
        Year, for files whose dates have none (EGM-4).
    trust_zone : bool, default True
        False uses stamps as written with ``utc_offset_h``, and ignores the file's zone.
    keep_rejected : bool, default False
        Keep samples that the analyser's own diagnostics call bad.
    columns : mapping, optional
        Variable -> (column, unit), ``{"co2_wet": ("conc", "ppm")}``: for tables with unknown headers, and to
        choose where several analysers in one file measure a gas. Densities (``"mmol m-3"``) need the
        temperature and pressure of the same air.
    time_column : str, optional
        For tables whose column of times is not recognised.
    header_rows : int, optional
        For tables whose names are not recognised: lines above the records, the last of which has the names.
    names : sequence of str, optional
        For files without a line of names (tables, Gasmet): those of the columns, or of a Gasmet's values.
    decimal : {".", ","}, optional
        For tables: what stands before decimals, where it is not unmistakable.
    interval_s : float, optional
        For stamps that have only minutes (EGM-4): seconds from one record to the next.
    series_column : str, optional
        For tables of vials (gas chromatography): the column that tells which closure a row belongs to;
        ``columns`` may then also name ``elapsed``, ``area`` and ``volume``.

    Returns
    -------
    Series
        UTC, SI units, gases as mole fractions of dry air; what was lost or assumed is in ``problems``.

    Raises
    ------
    UnknownFormatError
        No reader, or more than one, recognises the file.
    ReadError
        Nothing of the file is usable, or an option is needed for what the file leaves open.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.synthetic.plots import make_campaign
    >>> config = make_campaign(Path(tempfile.mkdtemp()), plots=1)
    >>> path = next((config.parent / "analyser").glob("*-05-12.data"))
    >>> series = fk.chamber.open_analyser(path, utc_offset_h=1.0)
    >>> series.format, sorted(series.data)[:3]
    ('licor-trace-gas', ['ch4', 'co2', 'diag'])
    """
    options = ReadOptions(
        utc_offset_h=utc_offset_h,
        day_first=day_first,
        year=year,
        trust_zone=trust_zone,
        keep_rejected=keep_rejected,
        columns=dict(columns or {}),
        time_column=time_column,
        header_rows=header_rows,
        names=tuple(names),
        decimal=decimal,
        interval_s=interval_s,
        series_column=series_column,
    )
    return read_series(path, options, format)


def look_at(path: str | Path) -> Series:
    """Read a file to inspect it: what is ambiguous in its clock and dates is read in one way, and reported.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file.

    Returns
    -------
    Series
        ``time`` is as written and ``utc_offset_h`` NaN where the file names no zone.

    Raises
    ------
    ReadError
        Nothing of the file is usable.
    """
    return read_series(path, ReadOptions(looking=True))


def read_series(path: str | Path, options: ReadOptions, format: str | None = None) -> Series:
    """Read one file of an analyser; see `open_analyser`."""
    content = contents(path, limit=MAX_BYTES)
    name = format or _format_of(content, options)
    _refuse_unused(content.source, name, options)
    series = reader(name, source="format").read_series(content, options)
    if not series.size:
        raise ReadError(content.source, "holds no records")
    return series


def _format_of(content: Contents, options: ReadOptions) -> str:
    """Return the name of a file's format; tables with few numbers count if names or options tell."""
    head = content.data[:HEAD_BYTES]
    try:
        return identify_content(content.source, head)
    except UnknownFormatError:
        said = any(getattr(options, option) for option in (*_USERS, "columns"))
        if head and b"\x00" not in head and (said or names_the_time(head)):
            return "delimited"
        raise


def _refuse_unused(source: str, name: str, options: ReadOptions) -> None:
    """Refuse what a format would ignore; another package's format knows its own options."""
    for option, users in _USERS.items():
        if getattr(options, option) and name in BUILT_IN and name not in users:
            raise ReadError(
                source,
                f"{option} is of no use to the format {name}, only to {' and '.join(users)}: leave it out or "
                "set format",
            )
