"""Healthy Photon's HT8850: tab-separated files, gases of dry air as the analyser writes them."""

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

PRECISION = {"co2": 0.5e-6, "ch4": 3e-9, "n2o": 0.5e-9, "h2o": 10e-6}
_COLUMNS = {
    "CO2concentration_ppm": ("co2", "ppm"),
    "CH4concentration_ppm": ("ch4", "ppm"),
    "N2Oconcentration_ppb": ("n2o", "ppb"),
    "H2Oconcentration_ppm": ("h2o", "ppm"),
}


def sniff(head: bytes) -> bool:
    """Whether the first line has the names of such a file."""
    first = head.partition(b"\n")[0]
    return first.startswith(b"time\t") and b"concentration_pp" in first


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a file.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    cells = table_of([name.strip() for name in lines[0].split("\t")], lines[1:], 2, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    dates, times = split_stamps(cells.texts("time"))
    zoned = with_given_offset(instants(dates, times, options, log, cells.lines), options, log.source)
    return builder.finish(zoned, format=READER.name, model="HT8850", precision=PRECISION, housekeeping="time")


READER = Reader("healthy-photon", sniff, series=series)
