"""What `init --chamber` learns from an analyser's file and a field sheet, and how it says what it guessed."""

import csv
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.site.toml.dumping import toml_line
from fluxkit.site.toml.template import FILL

if TYPE_CHECKING:
    from fluxkit.chamber.campaign.template import SeenFile
    from fluxkit.raw.series import Series

#: Why closures are looked for somewhere.
_WHY = {
    "files": "the file records its closures",
    "valve": "the file has the position of a valve",
    "sheet": "the file tells of no closures",
}
#: Key of [sheet] -> names of columns in small letters without anything between.
_COLUMNS = {
    "start": ("start", "starttime", "startingtime", "timestart", "startdatetime", "closed", "datetime"),
    "end": ("end", "endtime", "timeend", "stop", "stoptime"),
    "length": ("obslength", "length", "lengths", "duration", "durations"),
    "id": ("id", "uniqueid", "closure", "sample"),
    "plot": ("plot", "plotid", "collar", "turfid"),
    "treatment": ("treatment",),
    "cover": ("cover", "lightdark"),
    "chamber": ("chamber", "chamberid"),
}
_DATES = ("date", "day")
#: Number -> names of columns, and the unit in which such sheets have it.
_NUMBERS = {
    "area": (("area",), "cm2"),
    "volume": (("vtot", "volume", "vol"), "L"),
    "height": (("height", "chamberheight"), "cm"),
    "collar_height": (("offset", "collarheight"), "cm"),
    "t_air": (("tcham", "tair", "ta", "temperature", "airtemperature"), "degC"),
    "p_air": (("pcham", "pair", "pressure", "airpressure"), "kPa"),
    "par": (("par", "ppfd"), "umol m-2 s-1"),
    "t_soil": (("tsoil", "soiltemperature"), "degC"),
}
#: Forms of times that can be read in one way only.
_FORMS = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%H:%M:%S", "%H:%M"),
)


def template_of(files: Sequence[Path], out: Path) -> tuple[str, list[str]]:
    """Return a configuration of a campaign from an analyser's file and its field sheet, and what was guessed.

    Raises
    ------
    ReadError
        None of the files is an analyser's.
    """
    from fluxkit.chamber.analysers.reading import look_at
    from fluxkit.chamber.campaign.template import NO_SHEET, plots_template

    series: dict[Path, Series] = {}
    sheets: list[Path] = []
    failed: ReadError | None = None
    for path in files:
        try:
            series[path] = look_at(path)
        except ReadError as error:
            failed = failed or error
            sheets.append(path)
    if not series:
        raise failed or ReadError(str(files[0]), "no file of an analyser")
    raw_file, seen = next(iter(series.items()))
    source = "files" if seen.closures else "valve" if "valve" in seen.data else "sheet"
    pattern = os.path.join(os.path.relpath(raw_file.parent, out.parent), f"*{raw_file.suffix}")
    facts = _seen(seen)
    found = ", ".join(sorted(seen.data))
    why = [f"{raw_file}: {seen.format}, {seen.size} records of {found}; {len(seen.closures)} closures"]
    why += [f"  {problem.reason}" for problem in seen.problems]
    told = {key: value for key, value in vars(facts).items() if value is not None}
    why += [f"guessed: {name} = {value}: as the file tells" for name, value in told.items()]
    why.append(f"guessed: closures.source = {source!r}: {_WHY[source]}")
    lines: list[str] = []
    if sheets and source not in NO_SHEET:
        offset = 0.0 if np.isnan(seen.utc_offset_h) else seen.utc_offset_h
        day = str((seen.time[0] + np.timedelta64(round(3600 * offset), "s")).astype("M8[D]"))
        lines, of_sheet = _sheet(sheets[0], out.parent, day)
        why += of_sheet
    elif sheets:
        why.append(f"not used: {sheets[0].name}: {_WHY[source]}")
    text = plots_template(out.name, files=pattern, format=seen.format, source=source, seen=facts, sheet=lines)
    return text, why


def _seen(series: "Series") -> "SeenFile":
    """Return what a file of closures tells of its campaign: what is the same in all of them."""
    from fluxkit.chamber.campaign.template import SeenFile

    def same(values: list[float]) -> float | None:
        good = [value for value in values if np.isfinite(value)]
        return good[0] if good and np.ptp(good) <= 1e-6 * abs(good[0]) else None

    each = series.closures
    area, volume = same([c.area for c in each]), same([c.volume for c in each])
    latitude, longitude = (round(float(x), 5) if np.isfinite(x) else None for x in series.position)
    return SeenFile(
        area=None if area is None else f"{1e4 * area:.6g} cm2",
        volume=None if volume is None else f"{1e3 * volume:.6g} L",
        utc_offset_h=float(series.utc_offset_h) if np.isfinite(series.utc_offset_h) else None,
        latitude=latitude,
        longitude=longitude,
        deadband_s=same([c.deadband for c in each]),
    )


def _sheet(path: Path, folder: Path, day: str) -> tuple[list[str], list[str]]:
    """Return the lines of [sheet] for a field sheet, and what was guessed of it; ``day`` is the file's."""
    try:
        head = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()[:40]
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror or error}") from error
    delimiter = max(",;\t", key=(head or [""])[0].count)
    rows = list(csv.reader(head, delimiter=delimiter)) or [[]]
    names, values = rows[0], rows[1] if len(rows) > 1 else []
    plain = {re.sub(r"[^a-z0-9]", "", name.casefold()): name for name in names}
    found = {key: next((plain[n] for n in known if n in plain), None) for key, known in _COLUMNS.items()}
    date = next((plain[name] for name in _DATES if name in plain), None)
    first = dict(zip(names, values, strict=False))
    numbers = {
        key: (next(plain[n] for n in known if n in plain), unit)
        for key, (known, unit) in _NUMBERS.items()
        if any(n in plain for n in known)
    }
    lines = list(_sheet_lines(Path(os.path.relpath(path, folder)), delimiter, found, date, first, day))
    why = [
        f"guessed: sheet.{key} = column {column!r}: by its name" for key, column in found.items() if column
    ]
    if numbers:
        lines += [
            "",
            "[sheet.columns]                       # confirm the units: the sheet does not tell them",
        ]
    for key, (column, unit) in numbers.items():
        lines.append(toml_line(key, {"column": column, "unit": unit}))
        why.append(
            f"guessed: sheet.columns.{key} = column {column!r} in {unit}: by its name; confirm the unit"
        )
    return lines, why


def _sheet_lines(
    path: Path,
    delimiter: str,
    found: dict[str, str | None],
    date: str | None,
    first: dict[str, str],
    day: str,
) -> Iterator[str]:
    """Yield the lines of [sheet]; what its names and first row do not tell is marked."""
    yield "[sheet]"
    yield toml_line("files", path.as_posix())
    yield toml_line("delimiter", delimiter)
    start = found["start"]
    if start is None:
        yield toml_line("start", "start", f'{FILL}: column(s) with the time of closing, ["Date", "Start"]')
    else:
        yield toml_line("start", [date, start] if date else start)
    stamp = " ".join(first.get(name, "") for name in (date, start) if name)
    form = next((form for form in _FORMS if _fits(stamp, form)), None)
    if form is None:
        yield toml_line("time_format", "%Y-%m-%d %H:%M:%S", f"{FILL}: of the times, as {stamp!r}")
    else:
        yield toml_line("time_format", form, f"as {stamp!r}")
    if form is not None and "%d" not in form:
        yield toml_line("date", day, "the first of the analyser's file; the sheet has none: confirm")
    if found["end"]:
        yield toml_line("end", [date, found["end"]] if date else found["end"])
    elif found["length"]:
        yield toml_line("length", found["length"])
    else:
        yield toml_line("length_s", 300, f'{FILL}: or end = "column", or length = "column" (seconds)')
    for key in ("id", "plot", "treatment", "chamber"):
        if found[key]:
            yield toml_line(key, found[key])
    if found["cover"]:
        yield toml_line("cover", found["cover"])
        yield toml_line("cover_words", {"L": "clear", "D": "dark"}, f"{FILL}: the words in that column")


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text.strip(), form)
    except ValueError:
        return False
    return True
