"""Aeris' MIRA analysers (uCH4: CH4 and C2H6, uN2O: N2O and CO2): comma-separated files.

Gases are of dry air as the analyser writes them. Dates are month/day/year by the maker's setting, but
settings change.
"""

from fluxkit.chamber.analysers.cells import table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.series import Series

PRECISION = {"co2": 0.2e-6, "ch4": 1e-9, "n2o": 0.2e-9, "c2h6": 0.5e-9, "h2o": 15e-6}
_COLUMNS = {
    "CO2 (ppm)": ("co2", "ppm"),
    "CH4 (ppm)": ("ch4", "ppm"),
    "N2O (ppm)": ("n2o", "ppm"),
    "CO (ppm)": ("co", "ppm"),
    "C2H6 (ppb)": ("c2h6", "ppb"),
    "H2O (ppm)": ("h2o", "ppm"),
    "P (mbars)": ("p_cell", "mbar"),
    "Tgas(degC)": ("t_cell", "degC"),
}
_HOUSEKEEPING = (
    r"Time Stamp|Inlet Number|T\d \(degC\)|R|C2/C1|Battery.*|Power.*|Current.*|SOC.*|TEC.*"
    r"|Wall Code|Latitude|Longitude"
)


def sniff(head: bytes) -> bool:
    """Whether the content begins with the names of a MIRA file."""
    return head.startswith(b"Time Stamp,Inlet Number,P (mbars),")


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a file.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` or ``day_first`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    cells = table_of([name.strip() for name in lines[0].split(",")], lines[1:], 2, ",", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    dates, times = split_stamps(cells.texts("Time Stamp"))
    zoned = with_given_offset(instants(dates, times, options, log, cells.lines), options, log.source)
    model = "MIRA uN2O" if "n2o" in builder.data else "MIRA uCH4"
    return builder.finish(
        zoned, format=READER.name, model=model, precision=PRECISION, housekeeping=_HOUSEKEEPING
    )


READER = Reader("aeris", sniff, series=series)
