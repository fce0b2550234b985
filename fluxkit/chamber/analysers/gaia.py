"""GAIA2TECH's ECOFlux chambers and SkyLine: the wide table of its controller, analysers included.

A line ``sep=``, a line of titles, a line of units, tabs. Devices have codes: ``COM5A0n0`` is chamber n,
``COM5A0n1`` to ``COM5A0n3`` its soil, air and light sensors, ``COM5A001`` the multiplexer whose channel is
the chamber that is measured, ``XTn`` an analyser. A SkyLine has one chamber and says by a voltage when it
is closed.
"""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import from_epoch, instants, split_stamps
from fluxkit.chamber.analysers.zones import Zoned, contradict, in_utc, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times
from fluxkit.schema.units import to_si

_TITLES = '"Titles:"'
_STAMP = "Titles:"
_CHANNEL = re.compile(r"COM5A001C\d\d_Channel")
_STATUS = re.compile(r"COM5A0([1-9])0C\d\d_OperatingStatus")
_SENSOR = re.compile(r"COM5A0([1-9])[1-9]C\d\d_(Soil Temperature|Soil Moisture|Chamber Temperature|Sunlight)")
_INSTRUMENT = re.compile(r"XT(\d+)C\d\d_Instrument")
_GAS = re.compile(r"XT(\d+)C\d\d_(CO2|CH4|N2O|NH3|CO|H2O)( [Dd]ry)?")
_LIFT = re.compile(r"COM5A\d{3}C\d\d_Chamber closed")
_POSITION = re.compile(r"COM5A\d{3}C\d\d_CH ID")
_SECONDS = re.compile(r"XT(\d+)C\d\d_SECONDS")
_HOUSEKEEPING = r"COM5A.*|XT\d+C.*|Titles:|SEQUENCE|TAG"
_SENSED = {
    "Soil Temperature": ("t_soil", "degC"),
    "Soil Moisture": ("swc", "%"),
    "Chamber Temperature": ("t_chamber", "degC"),
    "Sunlight": ("par", "umol m-2 s-1"),
}
_UNITS = {"ppm": "ppm", "ppb": "ppb", "%": "%", "mmol/mol": "mmol mol-1"}
#: What the controller calls the phases in which a chamber is closed.
_CLOSED = (7.0, 11.0)
#: Voltage of a SkyLine's switch above which the chamber sits on its collar. [V]
_SEATED = 0.5
_COVERS = (("transl", "clear"), ("transp", "clear"), ("clear", "clear"), ("opaque", "dark"), ("dark", "dark"))
#: LI-COR's analysers tell dry mole fractions whether their titles say so or not.
_DRY_MAKES = ("LICOR78",)
_PRECISION = {"LICOR78": {"co2": 3.5e-6, "ch4": 0.6e-9, "n2o": 0.4e-9, "h2o": 45e-6, "h2o_2": 45e-6}}


class _Closed(NamedTuple):
    chamber: str
    state: np.ndarray  #: (n,) True while closed


def sniff(head: bytes) -> bool:
    """Whether titles of the controller's devices follow the line of the separator."""
    first, _, rest = head.partition(b"\n")
    return first.startswith(b"sep=") and rest.startswith(b'"Titles:"\t')


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a table.

    Raises
    ------
    ReadError
        It has no records or no analyser, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    if len(lines) < 4 or not lines[1].startswith(_TITLES):
        raise ReadError(content.source, "has no lines of titles and units below its first")
    names = [cell.strip().strip('"') for cell in lines[1].split("\t")]
    units = dict(zip(names, (cell.strip().strip('"').strip() for cell in lines[2].split("\t")), strict=False))
    cells = table_of(names, lines[3:], 4, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its titles and units")
    builder = SeriesBuilder(cells, options)
    instruments = _gases(builder, units)
    zoned = _time(cells, options, log)
    channel = _column(cells, _CHANNEL)
    active = cells.numbers(channel) if channel else np.full(cells.size, np.nan)
    if channel:
        builder.put("state", active, channel)
        _sensors(builder, active)
    closures = [closure for closed in _chambers(cells) for closure in _closures(closed, cells, zoned.time)]
    make = next((known for known in _PRECISION if any(name.startswith(known) for name in instruments)), "")
    return builder.finish(
        zoned,
        format=READER.name,
        model=", ".join(instruments),
        precision=_PRECISION.get(make),
        closures=closures,
        housekeeping=_HOUSEKEEPING,
    )


def _column(cells: Cells, pattern: re.Pattern[str]) -> str | None:
    return next((name for name in cells.names if pattern.fullmatch(name)), None)


def _gases(builder: SeriesBuilder, units: dict[str, str]) -> list[str]:
    cells = builder.cells
    makes = {
        match[1]: Counter(cells.texts(name)).most_common(1)[0][0].strip('"')
        for name in cells.names
        if (match := _INSTRUMENT.fullmatch(name))
    }
    waters: dict[str, str] = {}
    owners: dict[str, str] = {}
    used: dict[str, str] = {}
    for name in cells.names:
        match = _GAS.fullmatch(name)
        if match is None:
            continue
        unit = _UNITS.get(units.get(name, ""))
        if unit is None:
            reason = f"{name} is left out: its unit is {units.get(name, '')!r}"
            builder.log.add(Problem(builder.log.source, None, "variable", reason))
            continue
        number, gas = match[1], match[2].lower()
        used[number] = makes.get(number, "")
        if gas == "h2o":
            waters[number] = "h2o" if not waters else f"h2o_{len(waters) + 1}"
            builder.add_column(waters[number], name, unit)
        else:
            dry = bool(match[3]) or used[number].startswith(_DRY_MAKES)
            if builder.add_column(gas if dry else f"{gas}_wet", name, unit):
                owners[gas] = number
    if not used:
        raise ReadError(builder.log.source, "has no columns of an analyser's gases (XTn)")
    for gas, number in owners.items():
        if number in waters:
            builder.waters[gas] = waters[number]
        builder.dry((gas,), waters.get(number, "h2o"))
    return [make for make in used.values() if make]


def _time(cells: Cells, options: ReadOptions, log: ProblemLog) -> Zoned:
    dates, times = split_stamps(cells.texts(_STAMP))
    written = instants(dates, times, options, log, cells.lines)
    column = _column(cells, _SECONDS)
    if column is None or not options.trust_zone:
        return with_given_offset(written, options, log.source)
    utc = from_epoch(cells.numbers(column))
    good = ~(np.isnat(written) | np.isnat(utc))
    if not good.any():
        return with_given_offset(written, options, log.source)
    # The analyser's clock may be minutes off: it tells the zone of the controller's stamps, no more.
    offset = round(float(np.median((written[good] - utc[good]) / np.timedelta64(1, "h"))) * 4) / 4
    contradict(offset, options, log, f"{column} and its stamps")
    return Zoned(in_utc(written, offset), offset, f"stamps at UTC{offset:+g} h by {column}")


def _sensors(builder: SeriesBuilder, active: Array) -> None:
    """Take the sensors of whichever chamber is measured."""
    values: dict[str, Array] = {}
    for name in builder.cells.names:
        match = _SENSOR.fullmatch(name)
        if match is None:
            continue
        variable, unit = _SENSED[match[2]]
        here = active == float(match[1])
        if here.any():
            scale, shift = to_si(unit)
            target = values.setdefault(variable, np.full(active.size, np.nan))
            target[here] = builder.cells.numbers(name)[here] * scale + shift
    for variable, found in values.items():
        builder.put(variable, found, "sensor of the chamber that is measured")


def _chambers(cells: Cells) -> list[_Closed]:
    found = []
    for name in cells.names:
        match = _STATUS.fullmatch(name)
        if match is not None:
            found.append(_Closed(match[1], np.isin(cells.numbers(name), _CLOSED)))
    lift = _column(cells, _LIFT)
    if lift is not None and not found:
        volts = _column(cells, _POSITION)
        state = cells.numbers(volts) > _SEATED if volts else np.zeros(cells.size, bool)
        found.append(_Closed("", state))
    return found


def _closures(closed: _Closed, cells: Cells, time: Times) -> list[FileClosure]:
    state = closed.state & ~np.isnat(time)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], state.astype(np.int8), [0]])))
    labels = cells.texts("SEQUENCE") if "SEQUENCE" in cells else [""] * cells.size
    found = []
    for number, (first, stop) in enumerate(zip(edges[::2], edges[1::2], strict=True), 1):
        if stop - first < 2:
            continue
        label = labels[int(first)].strip('"')
        cover = next((cover for word, cover in _COVERS if word in label.lower()), "")
        found.append(
            FileClosure(
                id=f"{closed.chamber or 'chamber'}-{number}",
                label=label or f"chamber {closed.chamber}",
                port=closed.chamber,
                start=time[first],
                end=time[stop - 1],
                cover=cover,  # type: ignore[arg-type]
            )
        )
    return found


READER = Reader("gaia", sniff, series=series)
