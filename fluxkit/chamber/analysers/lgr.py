"""Los Gatos Research and ABB analysers (UGGA, MGGA, N2O/CO, N2O isotopes, GLA series): their text files.

A line with the serial number, a line of padded names, commas; a signed block may follow the records. Names
say gas and unit, ``[CO2]d_ppm`` is dry and ``[CO2]_ppm`` is not; ``_sd`` columns are standard deviations
within an interval.
"""

import re

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.series import Series, is_gas

# One standard deviation [mol mol-1] of analysers of greenhouse gases, and of N2O and its isotopes.
_UGGA = {"co2": 0.2e-6, "ch4": 1.4e-9, "h2o": 50e-6}
_N2O = {"n2o": 0.05e-9, "co": 0.05e-9, "h2o": 50e-6}
_GAS = re.compile(r"\[([A-Za-z0-9]+)\](d?)_(ppm|ppb)")
_DELTAS = {
    "d15N": "delta_15n_n2o",
    "d15NA": "delta_15n_alpha_n2o",
    "d15NB": "delta_15n_beta_n2o",
    "d18O": "delta_18o_n2o",
}
_HOUSEKEEPING = (
    r".*_sd|SysTime|Time|RD\d.*|LTC\d.*|Batt_v|BATT_.*|.*_Status_mA|MIU.*|R\d+\w*|\[N?NN?1?5?\w*\]_ppm|SP|AIN\d|DetOff"
    r"|\[\w+\]d?_pp[mb]"
)
_GOOD_FIT = 3.0
_SIGNATURE = "-----BEGIN"


def sniff(head: bytes) -> bool:
    """Whether a line of build date and serial number precedes names with gases in brackets."""
    first, _, rest = head.partition(b"\n")
    second = rest.partition(b"\n")[0]
    return b" BD:" in first and b"SN:" in first and b"Time," in second and b"]_pp" in second


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a file of such an analyser.

    Raises
    ------
    ReadError
        It has no names or no records, or ``utc_offset_h`` or ``day_first`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    end = next((k for k, line in enumerate(lines) if line.startswith(_SIGNATURE)), len(lines))
    if end < 3:
        raise ReadError(content.source, "holds no records below a line of names")
    cells = table_of([name.strip() for name in lines[1].split(",")], lines[2:end], 3, ",", log)
    builder = SeriesBuilder(cells, options)
    _gases(builder)
    for column, variable in _DELTAS.items():
        if column in cells:
            builder.put(variable, cells.numbers(column) * 1e-3, column)
    builder.add_columns(
        {"GasP_torr": ("p_cell", "Torr"), "GasT_C": ("t_cell", "degC"), "AmbT_C": ("t_case", "degC")}
    )
    if builder.add_column("diag", "Fit_Flag", "1"):
        builder.reject(builder.data["diag"] != _GOOD_FIT, "a Fit_Flag other than 3")
    return builder.finish(
        with_given_offset(_written(cells, options, log), options, log.source),
        format=READER.name,
        model="LGR/ABB",
        serial=_serial(lines[0]),
        precision=_N2O if "n2o" in builder.data else _UGGA,
        housekeeping=_HOUSEKEEPING,
    )


def _gases(builder: SeriesBuilder) -> None:
    for name in builder.cells.names:
        match = _GAS.fullmatch(name)
        if match is None:
            continue
        gas = match[1].lower()
        if gas == "h2o" and not match[2]:
            builder.add_column("h2o", name, match[3])
        elif is_gas(gas):
            builder.add_column(gas if match[2] else f"{gas}_wet", name, match[3])
    if "co2_wet" in builder.data and not np.any(builder.data["co2_wet"]):
        builder.forget("co2_wet")  # an isotope analyser's column of zeros
    builder.dry()


def _written(cells: Cells, options: ReadOptions, log: ProblemLog) -> "np.ndarray":
    # "Time" is that of the measurement, "SysTime" that of writing it.
    dates, times = split_stamps(cells.texts("Time" if "Time" in cells else "SysTime"))
    return instants(dates, times, options, log, cells.lines)


def _serial(line: str) -> str:
    match = re.search(r"SN:\s*(\S+)", line)
    return match[1] if match else ""


READER = Reader("lgr", sniff, series=series)
