"""Picarro's cavity ring-down analysers (G2301, G2508, G2201-i, G4301, ...): ``DataLog`` tables.

One row per ring-down fit: values are held until their gas is measured again. ``H2O`` is in percent whatever
the model. Dry columns are the analyser's own; a gas that has none is dried with H2O. INST_STATUS tells the
health of the analyser; ALARM_STATUS is reported.
"""

import numpy as np

from fluxkit.chamber.analysers.cells import table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import from_epoch, instants
from fluxkit.chamber.analysers.zones import offset_by_epoch, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import Series

#: One standard deviation [mol mol-1].
PRECISION = {
    "G2508": {"co2": 0.24e-6, "ch4": 0.3e-9, "n2o": 5e-9, "nh3": 0.16e-9, "h2o": 500e-6},
    "G2201-i": {"co2": 0.2e-6, "ch4": 50e-9, "h2o": 100e-6},
    "G4301": {"co2": 0.4e-6, "ch4": 3e-9, "h2o": 100e-6},
    "G2301": {"co2": 0.07e-6, "ch4": 0.5e-9, "h2o": 30e-6},
}
_COLUMNS = {
    "CO2_dry": ("co2", "ppm"),
    "CH4_dry": ("ch4", "ppm"),
    "N2O_dry": ("n2o", "ppm"),
    "NH3_dry": ("nh3", "ppb"),
    "CO_dry": ("co", "ppm"),
    "CO2": ("co2_wet", "ppm"),
    "CH4": ("ch4_wet", "ppm"),
    "N2O": ("n2o_wet", "ppm"),
    "NH3": ("nh3_wet", "ppb"),
    "CO": ("co_wet", "ppm"),
    "CavityPressure": ("p_cell", "Torr"),
    "CavityTemp": ("t_cell", "degC"),
}
#: Columns that tell which line is drawn from.
_VALVES = ("MPVPosition", "solenoid_valves")
_HOUSEKEEPING = (
    r"DATE|TIME|FRAC_.*|JULIAN_DAYS|EPOCH_TIME|INST_STATUS|DasTemp|EtalonTemp|WarmBoxTemp|MPVPosition|OutletValve"
    r"|solenoid_valves|MeasurementMode|N2O_.*|.*peak_?\w*|ch4_splinemax|nh3_conc_ave|h2o_reported|ChemDetect|PPF_.*"
    r"|SSIMPressure|Battery_.*|H[PR]_.*|1[23]CO2.*|Delta_.*"
)
# Bits of INST_STATUS: ready, measuring, pressure, cavity and warm box locked; warming up, system error.
_NEEDED = 0x0001 | 0x0002 | 0x0080 | 0x0100 | 0x0200
_FORBIDDEN = 0x2000 | 0x4000
#: Above, a G2201-i measures CH4 in its high range. [mol mol-1]
_HIGH_RANGE = 12e-6
#: A share of repeated values from which they are taken for held ones.
_HELD = 0.2


def sniff(head: bytes) -> bool:
    """Whether the first line has Picarro's names of date, time, alarm and status."""
    names = head.partition(b"\n")[0].split()
    return names[:2] == [b"DATE", b"TIME"] and {b"ALARM_STATUS", b"INST_STATUS"} <= set(names)


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a ``DataLog`` table.

    Raises
    ------
    ReadError
        It has no records.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    cells = table_of(lines[0].split(), lines[1:], 2, None, log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    builder.add_column("h2o", "H2O", "%")
    builder.add_columns(_COLUMNS)
    _isotopes(builder)
    builder.dry()
    _reject(builder)
    _held(builder)
    _valve(builder)
    model = _model(set(cells.names))
    written = instants(cells.texts("DATE"), cells.texts("TIME"), options, log, cells.lines)
    if "EPOCH_TIME" in cells:
        zoned = offset_by_epoch(written, from_epoch(cells.numbers("EPOCH_TIME")), options, log, "EPOCH_TIME")
    else:
        zoned = with_given_offset(written, options, log.source)
    return builder.finish(
        zoned,
        format=READER.name,
        model=model,
        precision=PRECISION.get(model),
        housekeeping=_HOUSEKEEPING,
    )


def _model(names: set[str]) -> str:
    for column, model in (
        ("HP_12CH4", "G2201-i"),
        ("NH3", "G2508"),
        ("Battery_Voltage", "G4301"),
        ("CH4_dry", "G2301"),
    ):
        if column in names:
            return model
    return "Picarro"


def _isotopes(builder: SeriesBuilder) -> None:
    # Total mole fractions are sums of isotopologues; the rare one is given wet only.
    cells = builder.cells
    dry = 1.0 - builder.data["h2o"] if "h2o" in builder.data else 1.0
    if "12CO2_dry" in cells and "13CO2" in cells and "co2" not in builder.data:
        total = (cells.numbers("12CO2_dry") + cells.numbers("13CO2") / dry) * 1e-6
        builder.put("co2", total, "12CO2_dry + 13CO2 / (1 - H2O)")
    if "HP_12CH4_dry" in cells and "HP_13CH4" in cells and "ch4" not in builder.data:
        _methane(builder, dry)
    for column, variable in (("Delta_Raw_iCO2", "delta_13c_co2"), ("HP_Delta_iCH4_Raw", "delta_13c_ch4")):
        if column in cells:
            builder.put(variable, cells.numbers(column) * 1e-3, column)


def _methane(builder: SeriesBuilder, dry: "np.ndarray | float") -> None:
    cells = builder.cells
    mode = "HP"
    rare = cells.numbers("HP_13CH4") / dry * 1e-6
    total = cells.numbers("HP_12CH4_dry") * 1e-6 + rare
    if "HR_12CH4_dry" in cells and np.nanmax(total, initial=0.0) > _HIGH_RANGE:
        mode = "HR"
        total = cells.numbers("HR_12CH4_dry") * 1e-6 + rare
        reason = "CH4 exceeds 12 ppm: the high range (HR) is taken throughout"
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))
    builder.put("ch4", total, f"{mode}_12CH4_dry + HP_13CH4 / (1 - H2O)")


def _reject(builder: SeriesBuilder) -> None:
    if builder.add_column("diag", "ALARM_STATUS", "1"):
        _tell_alarms(builder)
    if "INST_STATUS" in builder.cells:
        status = np.nan_to_num(builder.cells.numbers("INST_STATUS")).clip(0, 2**31).astype(np.int64)
        bad = ((status & _NEEDED) != _NEEDED) | ((status & _FORBIDDEN) != 0)
        builder.reject(bad, "an INST_STATUS of an instrument that is not ready")


def _tell_alarms(builder: SeriesBuilder) -> None:
    """An alarm says that a value left a range that somebody set, such as 2.5 % of water."""
    alarms = builder.data["diag"]
    raised = alarms[np.nan_to_num(alarms) != 0.0]
    if raised.size:
        codes = ", ".join(f"{code:g}" for code in np.unique(raised)[:5])
        reason = (
            f"{raised.size} of {alarms.size} samples have an ALARM_STATUS other than 0 ({codes}): used, "
            "INST_STATUS tells whether the analyser is well"
        )
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))


def _valve(builder: SeriesBuilder) -> None:
    """Read the position of a multi-position valve, or the solenoid valves as one number: what moves counts.

    A valve may stay where it is throughout a file of an hour.
    """
    positions = {name: builder.cells.numbers(name) for name in _VALVES if name in builder.cells}
    moving = [name for name, x in positions.items() if np.unique(x[np.isfinite(x)]).size > 1]
    somewhere = [name for name, x in positions.items() if np.nan_to_num(x).any()]
    for name in [*moving, *somewhere][:1]:
        builder.put("valve", positions[name], name)


def _held(builder: SeriesBuilder) -> None:
    shares = {}
    for gas in ("co2", "ch4", "n2o", "nh3"):
        values = builder.data.get(gas)
        if values is not None and values.size > 1:
            share = float(np.mean(values[1:] == values[:-1]))
            if share > _HELD:
                shares[gas] = share
    if shares:
        told_shares = ", ".join(f"{gas} {100 * share:.0f} %" for gas, share in shares.items())
        reason = f"values are held until their gas is measured again: {told_shares} repeat the one before"
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))


READER = Reader("picarro", sniff, series=series)
