"""LI-COR's LI-850: files of its own program.

A quoted line with instrument and time, then tab-separated names with units and records. Names repeat where
logging was started anew; seconds repeat since there are two records in each. Gases are of moist air.
"""

import re
import unicodedata

import numpy as np

from fluxkit.chamber.analysers.cells import table_of, tell_others, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.series import Series, Times

PRECISION = {"co2": 1.5e-6, "h2o": 50e-6}
_DATE, _TIME = "system_date_ymd", "system_time_hms"
_COLUMNS = {
    "co2_umolmol1": ("co2_wet", "ppm"),
    "co2_ppm": ("co2_wet", "ppm"),
    "h2o_mmolmol1": ("h2o", "mmol mol-1"),
    "h2o_ppt": ("h2o", "mmol mol-1"),
    "cell_temperature_c": ("t_cell", "degC"),
    "cell_pressure_kpa": ("p_cell", "kPa"),
}
_HOUSEKEEPING = r"system_.*|.*absorption.*|input_voltage.*|flow_rate.*|h2o_c|dew.*"


#: Letters of the line of names that show that it stands alone.
_BEGIN = 11
#: Seconds that show how many records one has.
_ENOUGH = 20


def sniff(head: bytes) -> bool:
    """Whether one of the first two lines has the LI-850's names of date and time."""
    return b"System_Date" in b"\n".join(head.split(b"\n")[:2]) and b"System_Time" in head


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a file.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    heading = next((k for k, line in enumerate(lines[:2]) if "System_Date" in line), None)
    if heading is None:
        raise ReadError(content.source, "has no line of names with System_Date")
    # Titles and names come again where logging was started anew.
    body = [
        "" if line.startswith(('"', "(")) or "System_Date" in line else line for line in lines[heading + 1 :]
    ]
    torn = [
        place
        for place, line in enumerate(lines[heading + 1 :], heading + 2)
        if "System_Date" in line and not line.startswith(lines[heading][:_BEGIN])
    ]
    tell_others(lines, torn, log)  # a record that was cut before the names
    names = [_plain(name) for name in lines[heading].split("\t")]
    cells = table_of(names, body, heading + 2, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    builder.dry()
    written = _apart(instants(cells.texts(_DATE), cells.texts(_TIME), options, log, cells.lines))
    return builder.finish(
        with_given_offset(written, options, log.source),
        format=READER.name,
        model="LI-850",
        precision=PRECISION,
        housekeeping=_HOUSEKEEPING,
    )


def _plain(name: str) -> str:
    """Spell a name with a unit in letters: ``CO₂(µmol⋅mol⁻¹)`` is co2_umolmol1."""
    text = unicodedata.normalize("NFKC", name).replace("μ", "u").replace("µ", "u").lower()
    column, _, unit = text.partition("(")
    column = re.sub(r"[^a-z0-9]+", "_", column).strip("_")
    return f"{column}_{re.sub(r'[^a-z0-9]', '', unit)}".strip("_")


def _apart(time: Times) -> Times:
    """Spread the records of one second evenly over it."""
    if time.size < 2:
        return time
    change = np.flatnonzero(np.concatenate([[True], time[1:] != time[:-1]]))
    lengths = np.diff(np.concatenate([change, [time.size]]))
    if lengths.size >= _ENOUGH and np.median(lengths) == 1.0:
        return time  # one record a second: what comes twice was doubled
    within = np.arange(time.size) - np.repeat(change, lengths)
    share = within / np.repeat(np.maximum(lengths, 1), lengths)
    usual = np.repeat(lengths <= 10, lengths)  # a clock that stands still is no sampling rate
    spread: Times = time + np.where(usual, np.round(share * 1e9), 0).astype(np.int64).astype("m8[ns]")
    return spread


READER = Reader("li-850", sniff, series=series)
