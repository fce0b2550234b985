"""The metadata file: station, sensors and columns."""

import re
from collections.abc import Mapping
from typing import Any

from fluxkit.site.eddypro.ledger import Ledger, Verdict
from fluxkit.site.eddypro.tables import (
    ANALYSERS,
    MASTER,
    QUANTITIES,
    SELECTED,
    SEPARATORS,
    SONICS,
    UNITS,
    WIND_FORMATS,
)
from fluxkit.site.sections.reading import DIAGNOSTICS

_GASES = ("co2", "h2o", "ch4", "n2o")
_NAMES = (("Site", "site_id"), ("Station", "station_id"))
_LAGS = ("nom_timelag", "min_timelag", "max_timelag")


def station(
    metadata: Ledger, given_id: str = "", otherwise: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Translate where the tower stands; enters its notes.

    Parameters
    ----------
    metadata : Ledger
        Of the station.
    given_id : str
        Code of the station that is to be used, "" for that of the metadata.
    otherwise : mapping, optional
        Where another name comes from, in words -> that name; for metadata without any code or name.
    """
    name = _given_id(metadata, given_id) or _site_id(metadata, otherwise or {})
    site: dict[str, Any] = {"id": name, "name": metadata.text("Site", "site_name")}
    for key in ("latitude", "longitude", "altitude", "canopy_height"):
        site[key] = metadata.number("Site", key)
        metadata.enter("Site", key, "same", f"station.{key}")
    for key, share in (("displacement_height", 0.67), ("roughness_length", 0.15)):
        value = metadata.number("Site", key, 0.0)
        if 0 < value <= site["canopy_height"]:
            site[key] = value
            metadata.enter("Site", key, "same", f"station.{key}")
        else:
            remark = f"{share} canopy height, as that program does for 0 or more than the canopy height"
            metadata.enter("Site", key, "same", remark)
    site["utc_offset_h"] = 0.0
    remark = "the files do not contain the time zone: set station.utc_offset_h; 0 was written"
    metadata.enter("Timing", "pc_time_settings", "near", remark)
    return site


def instruments(metadata: Ledger, master: str, wanted: set[str]) -> list[dict[str, Any]]:
    """Translate the master sonic and the analysers that are used; enters notes of all.

    Parameters
    ----------
    metadata : Ledger
        The metadata file.
    master : str
        Name of the anemometer that the project uses.
    wanted : set of str
        Names of the analysers that measure a selected column.
    """
    listed = entry_numbers(metadata, "instr")
    numbers = {metadata.text("Instruments", f"instr_{n}_model"): n for n in listed}
    if master not in numbers or sensor_kind(master) not in SONICS:
        known = ", ".join(SONICS)
        problem = f"master_sonic is {master!r}; allowed: a sonic listed here of the kinds {known}"
        raise metadata.wrong("Instruments", "instr_N_model", problem)
    found = [_sonic(metadata, master, numbers[master])]
    for name, number in numbers.items():
        if name in wanted and sensor_kind(name) in ANALYSERS:
            found.append(_analyser(metadata, name, number, numbers[master]))
        elif name != master:
            _left_out(metadata, number, name in wanted)
    return found


def selection(project: Ledger, metadata: Ledger, master: str) -> dict[str, int]:
    """Find which column holds which variable; enters the notes of the project's ``col_`` keys.

    Returns
    -------
    dict
        Our variable to column number, 1 = first.
    """
    numbers = entry_numbers(metadata, "col")
    chosen: dict[str, int] = {}
    for ours, theirs in MASTER.items():
        for wanted in reversed(theirs):  # the first is taken before the others
            for n in numbers:
                named = metadata.text("FileDescription", f"col_{n}_variable")
                of = metadata.text("FileDescription", f"col_{n}_instrument")
                if (named, of) == (wanted, master):
                    chosen[ours] = n
    if (position := _position(project, "col_ts", numbers)) is not None:
        chosen["t_sonic"] = position
    project.enter("Project", "col_ts", "same", "columns.t_sonic" if position else "the master sonic's own")
    for ours, theirs in MASTER.items():
        if ours not in chosen:
            problem = f"no column of {theirs[0]!r} has the instrument {master!r}; u, v, w and ts are needed"
            raise metadata.wrong("FileDescription", "col_N_variable", problem)
    for key, ours in SELECTED.items():
        _select(project, key, ours, numbers, chosen)
    return chosen


def columns(metadata: Ledger, chosen: dict[str, int], known: set[str]) -> dict[str, dict[str, Any]]:
    """Translate the chosen columns; enters the notes of all columns.

    Parameters
    ----------
    metadata : Ledger
        The metadata file.
    chosen : dict
        Variable to column number.
    known : set of str
        Names of the instruments that are imported.

    Returns
    -------
    dict
        Variable to the entries of ``columns``; gases of sensors that are not imported are left out.
    """
    variable_of = {n: name for name, n in chosen.items()}
    made: dict[str, dict[str, Any]] = {}
    for n in entry_numbers(metadata, "col"):
        name = variable_of.get(n)
        instrument = metadata.text("FileDescription", f"col_{n}_instrument")
        if name is None:
            _enter_column(metadata, n, "same", "this column is not used")
        elif name in _GASES and instrument not in known:
            remark = f"{name} of {instrument}: this sensor is not known here"
            _enter_column(metadata, n, "not supported", remark)
        else:
            _enter_column(metadata, n, "same", f"columns.{name}")
            made[name] = _column(metadata, n, name, instrument if instrument in known else None)
    return {name: made[name] for name in chosen if name in made}


def translate_layout(metadata: Ledger) -> dict[str, Any]:
    """Translate how the text files are laid out; enters its notes."""
    separator = metadata.text("FileDescription", "separator", "comma")
    if separator not in SEPARATORS:
        allowed = ", ".join(SEPARATORS)
        raise metadata.wrong("FileDescription", "separator", f"found {separator!r}; allowed: {allowed}")
    metadata.enter("FileDescription", "separator", "same", "raw.delimiter")
    metadata.enter("FileDescription", "header_rows", "same", "raw.header_rows")
    metadata.enter("FileDescription", "flag_discards_if_above", "same", "only for columns of user flags")
    metadata.enter("Timing", "acquisition_frequency", "same", "raw.rate")
    metadata.enter("Timing", "file_duration", "same", "raw.file_minutes")
    metadata.enter("Files", "tstamp_end", "same", "raw.name_time_is")
    return {
        "delimiter": SEPARATORS[separator],
        "header_rows": metadata.code("FileDescription", "header_rows", 0),
        "rate": metadata.number("Timing", "acquisition_frequency"),
        "file_minutes": metadata.number("Timing", "file_duration", 30.0),
        "name_time_is": "end" if metadata.code("Files", "tstamp_end", 0) else "start",
    }


def _given_id(metadata: Ledger, given: str) -> str:
    if given:
        for section, key in _NAMES:
            if metadata.text(section, key) or key == "site_id":
                metadata.enter(section, key, "same", f"station.id = {given!r} as given")
                break
        if not metadata.entered("Site", "site_id"):
            metadata.enter("Site", "site_id", "same", "empty; another name of the station is used")
    return given


def _site_id(metadata: Ledger, otherwise: Mapping[str, str]) -> str:
    section, key = next(
        (place for place in _NAMES if metadata.text(*place)),
        ("Site", "site_name"),
    )
    given = metadata.text(section, key)
    name = _code(given)
    for source, text in otherwise.items() if not name else ():
        if guess := _code(text):
            remark = f"missing; station.id = {guess!r} is guessed from {source}: give another with --id"
            metadata.enter("Site", "site_id", "near", remark)
            return guess
    if not name:
        raise metadata.wrong("Site", "site_id", "missing; give the station a code, e.g. site_id=DE-HoH")
    verdict: Verdict = "same" if name == given else "near"
    metadata.enter(section, key, verdict, f"station.id = {name!r}")
    if not metadata.entered("Site", "site_id"):
        metadata.enter("Site", "site_id", "same", "empty; another name of the station is used")
    return name


def _code(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")


def _sonic(metadata: Ledger, name: str, n: int) -> dict[str, Any]:
    def key(entry: str) -> str:
        return f"instr_{n}_{entry}"

    frame = metadata.text("Instruments", key("wformat"), "uvw")
    if frame not in WIND_FORMATS:
        allowed = ", ".join(WIND_FORMATS)
        raise metadata.wrong("Instruments", key("wformat"), f"found {frame!r}; allowed: {allowed}")
    reference = metadata.text("Instruments", key("wref"), "na")
    if reference not in ("spar", "axis", "na"):
        problem = f"found {reference!r}; allowed: spar, axis, na"
        raise metadata.wrong("Instruments", key("wref"), problem)
    sonic = {
        "kind": "sonic",
        "id": name,
        "model": SONICS[sensor_kind(name)],
        "height": metadata.number("Instruments", key("height")),
        "north_offset": metadata.number("Instruments", key("north_offset"), 0.0),
        "wind_reference": reference,
        "wind_format": WIND_FORMATS[frame],
    }
    if firmware := metadata.text("Instruments", key("sw_version")):
        sonic["firmware"] = firmware
        metadata.enter("Instruments", key("sw_version"), "same", f"instruments.{name}.firmware")
    for entry in ("model", "height", "wformat", "wref", "north_offset"):
        metadata.enter("Instruments", key(entry), "same", f"instruments.{name}: the anemometer")
    for entry in ("northward_separation", "eastward_separation", "vertical_separation"):
        metadata.enter(
            "Instruments", key(entry), "same", "position of the anemometer, taken off the analysers'"
        )
    metadata.enter("Instruments", key("head_corr"), "near", "calibration inside the sonic; taken as done")
    return sonic | _generic(metadata, n, SONICS[sensor_kind(name)])


def _analyser(metadata: Ledger, name: str, n: int, master: int) -> dict[str, Any]:
    analyser: dict[str, Any] = {"kind": "gas_analyser", "id": name, "model": ANALYSERS[sensor_kind(name)]}
    metadata.enter("Instruments", f"instr_{n}_model", "same", f"instruments.{name}: the analyser")
    if analyser["model"] == "li-7700":
        remark = "kappa of its absorption line is not in the project: give decide.absorption_line"
        metadata.enter("Instruments", f"instr_{n}_model", "not supported", remark)
    for entry in ("northward_separation", "eastward_separation", "vertical_separation"):
        centimetres = metadata.number("Instruments", f"instr_{n}_{entry}", 0.0)
        centimetres -= metadata.number("Instruments", f"instr_{master}_{entry}", 0.0)
        analyser[entry] = round(centimetres / 100.0, 9)
        metadata.enter("Instruments", f"instr_{n}_{entry}", "same", f"{entry}, cm to m")
    for theirs, ours, scale in (
        ("tube_length", "tube_length", 1e-2),
        ("tube_diameter", "tube_diameter", 1e-3),
        ("tube_flowrate", "tube_flow", 1.0),
    ):
        value = metadata.number("Instruments", f"instr_{n}_{theirs}", 0.0)
        if value > 0:
            analyser[ours] = round(value * scale, 12)
        metadata.enter("Instruments", f"instr_{n}_{theirs}", "same", f"{ours}, in m and l/min")
    for entry in ("kw", "ko"):
        metadata.enter("Instruments", f"instr_{n}_{entry}", "same", "only for krypton hygrometers")
    return analyser | _generic(metadata, n, analyser["model"])


def _generic(metadata: Ledger, n: int, model: str) -> dict[str, float]:
    """Return path lengths [m] and response time [s], which count for generic sensors only."""
    given: dict[str, float] = {}
    entries = (("vpath_length", "path_length", 1e-2), ("hpath_length", "path_horizontal", 1e-2))
    for theirs, ours, scale in (*entries, ("tau", "response_time", 1.0)):
        place = ("Instruments", f"instr_{n}_{theirs}")
        if not model.startswith("generic"):
            metadata.enter(*place, "same", "of generic sensors only; this one's is in the table")
        elif metadata.text(*place):
            given[ours] = round(metadata.number(*place) * scale, 12)
            metadata.enter(*place, "same", f"{ours}, in m and s")
    return given


def _left_out(metadata: Ledger, n: int, used: bool) -> None:
    verdict: Verdict = "not supported" if used else "same"
    remark = "this sensor is not known here; its columns are left out" if used else "this sensor is not used"
    for section, key in metadata.places():
        if section == "Instruments" and key.startswith(f"instr_{n}_"):
            metadata.enter(section, key, verdict, remark)


def _position(project: Ledger, key: str, numbers: list[int]) -> int | None:
    position = project.code("Project", key, -1)
    if position <= 0:
        return None
    if position not in numbers:
        known = f"1 to {max(numbers)}" if numbers else "none"
        raise project.wrong("Project", key, f"found column {position}; columns of the metadata file: {known}")
    return position


def _select(project: Ledger, key: str, ours: str, numbers: list[int], chosen: dict[str, int]) -> None:
    position = _position(project, key, numbers)
    if position is None:
        project.enter("Project", key, "same", "no such column is used")
    else:
        if ours in chosen:  # several analysers with diagnostics
            ours = next(name for name in DIAGNOSTICS[1:] if name not in chosen)
        chosen[ours] = position
        project.enter("Project", key, "same", f"columns.{ours}, 1 = first column")


def _column(metadata: Ledger, n: int, name: str, instrument: str | None) -> dict[str, Any]:
    column: dict[str, Any] = {"column": n, "unit": _unit(metadata, n, name), "instrument": instrument}
    gain, offset = _scaling(metadata, n)
    if (gain, offset) != (1.0, 0.0):
        column |= {"gain": gain, "offset": offset}
    if name in _GASES:
        place = ("FileDescription", f"col_{n}_measure_type")
        measure = metadata.text(*place, "molar_density")
        if measure not in QUANTITIES:
            raise metadata.wrong(*place, f"found {measure!r}; allowed: {', '.join(QUANTITIES)}")
        column["quantity"] = QUANTITIES[measure]
        column["lag"] = _lag(metadata, n)
    return column


def _unit(metadata: Ledger, n: int, name: str) -> str:
    scaled = metadata.text("FileDescription", f"col_{n}_conversion") in ("gain_offset", "zero_fullscale")
    output = metadata.text("FileDescription", f"col_{n}_unit_out")
    key = f"col_{n}_unit_out" if scaled and output else f"col_{n}_unit_in"
    unit = metadata.text("FileDescription", key)
    if name.startswith("diag_"):
        return "1"
    if unit not in UNITS:
        known = ", ".join(u for u in UNITS if u)
        raise metadata.wrong("FileDescription", key, f"unit {unit!r} of {name} is not known; known: {known}")
    return UNITS[unit]


def _scaling(metadata: Ledger, n: int) -> tuple[float, float]:
    def value(entry: str) -> float:
        return metadata.number("FileDescription", f"col_{n}_{entry}")

    conversion = metadata.text("FileDescription", f"col_{n}_conversion", "none")
    if conversion == "gain_offset":
        return value("a_value"), value("b_value")
    if conversion == "zero_fullscale":
        low, high = value("min_value"), value("max_value")
        if low == high:
            problem = "input range of zero_fullscale is empty; give col_N_min_value and col_N_max_value"
            raise metadata.wrong("FileDescription", f"col_{n}_max_value", problem)
        gain = (value("b_value") - value("a_value")) / (high - low)
        remark = "taken as the values at the ends of the input range; compare a few values"
        for entry in ("conversion", "a_value", "b_value", "min_value", "max_value"):
            metadata.enter("FileDescription", f"col_{n}_{entry}", "near", remark)
        return gain, value("a_value") - gain * low
    if conversion != "none":
        problem = f"found {conversion!r}; allowed: gain_offset, zero_fullscale, none"
        raise metadata.wrong("FileDescription", f"col_{n}_conversion", problem)
    return 1.0, 0.0


def _lag(metadata: Ledger, n: int) -> dict[str, float] | None:
    nominal, low, high = (metadata.number("FileDescription", f"col_{n}_{key}", 0.0) for key in _LAGS)
    verdict: Verdict = "same"
    window = None
    if low == high == 0:
        remark = "automatic window" if nominal == 0 else "automatic window; the nominal lag alone is not used"
        verdict = "same" if nominal == 0 else "near"
    else:
        window = {"nominal": nominal, "min": low, "max": high}
        remark = "lag window, seconds"
        if 0 in (low, high):
            verdict = "near"
            remark = "lag window, seconds; that program replaces an end that is 0 by its automatic one"
    for key in _LAGS:
        metadata.enter("FileDescription", f"col_{n}_{key}", verdict, remark)
    return window


def _enter_column(metadata: Ledger, n: int, verdict: Verdict, remark: str) -> None:
    for section, key in metadata.places():
        if section == "FileDescription" and key.startswith(f"col_{n}_"):
            metadata.enter(section, key, verdict, remark)


def entry_numbers(metadata: Ledger, prefix: str) -> list[int]:
    """Return the numbers of the columns (``col``) or sensors (``instr``) that are listed."""
    last = "variable" if prefix == "col" else "model"
    found = (re.fullmatch(rf"{prefix}_(\d+)_{last}", key) for _, key in metadata.places())
    return sorted(int(match[1]) for match in found if match)


def sensor_kind(name: str) -> str:
    """Return a sensor's kind: its name without the number that distinguishes two of a kind."""
    return re.sub(r"_\d+$", "", name)
