"""The check of the format of an upload: name of the file, header, time stamps, missing values, gaps.

For AmeriFlux and FLUXNET these are facts of the network's public code (AMF-FLX/AMF-BASE-QAQC, 2026-05) and
of its format description; for others see `fluxkit.submissions.networks`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.errors import ReadError
from fluxkit.submissions.finding import Finding
from fluxkit.submissions.names import STAMPS
from fluxkit.submissions.networks import NETWORKS, Network

#: Fluxes without a gap are an error there, other columns a warning.
MANDATORY = ("FC", "H", "LE")
#: What the processing to FLUXNET products needs, each in this share of the records, and what it would like.
REQUIRED = ("CO2", "FC", "H", "LE", "WS", "USTAR", "TA", "RH", "PA", "SW_IN|PPFD_IN")
ENCOURAGED = ("G", "NETRAD", "PPFD_IN", "LW_IN", "P", "SWC", "TS")
SHARE = 0.5
_STAMP = re.compile(r"\d{12}")
_MISSING = re.compile(r"-(9999|6999)(\.0*)?|nan|na|null|none|inf|-inf|", re.IGNORECASE)
_RESOLUTION = {30: "HH", 60: "HR"}

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Submission:
    """A file as text: nothing is read as a number yet."""

    path: Path
    names: tuple[str, ...]
    cells: dict[int, Texts]  #: by place of the column

    @classmethod
    def read(cls, path: Path) -> "Submission":
        """Read a file; its header is its first line.

        Raises
        ------
        ReadError
            Not there, no text, or rows of several widths.
        """
        try:
            table = pd.read_csv(path, header=None, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise ReadError(str(path), f"is no CSV with one header row: {error}") from error
        names = tuple(str(name) for name in table.iloc[0])
        return cls(path, names, {k: table[k].to_numpy()[1:] for k in range(len(names))})

    def column(self, name: str) -> Texts | None:
        """Return the texts of a column."""
        return self.cells[self.names.index(name)] if name in self.names else None

    def numbers(self, place: int) -> npt.NDArray[np.float64]:
        """Return a column as numbers, NaN where missing or no number."""
        values = pd.to_numeric(pd.Series(self.cells[place]), errors="coerce").to_numpy(np.float64, copy=True)
        values[np.isin(values, (-9999.0, -6999.0))] = np.nan
        return values


def format_findings(file: Submission, rules: Network = NETWORKS["ameriflux"]) -> Iterator[Finding]:
    """Yield what the format check would tell."""
    if rules.file_rule:
        yield from _name_findings(file)
    yield from _header_findings(file, rules)
    yield from _stamp_findings(file, rules)
    for place, name in enumerate(file.names):
        if name not in STAMPS:
            yield from _column_findings(file, place, name, rules)
    if rules.products:
        yield from _coverage_findings(file, rules)


def _name_findings(file: Submission) -> Iterator[Finding]:
    rule = "name it <SITE>_HH_<start>_<end>.csv (HR for hours), both stamps of 12 digits"
    if file.path.suffix != ".csv":
        yield Finding("", "error", f"the file's extension is {file.path.suffix or 'missing'}, not .csv", rule)
    parts = file.path.stem.split("_")
    if not 4 <= len(parts) <= 5:
        yield Finding("", "warning", "the file's name has not four parts", rule)
        return
    site, resolution, first, last = parts[:4]
    if not re.fullmatch(r"[A-Z]{2}-\w{3}", site):
        yield Finding("", "error", f"{site} in the file's name is no code of a site", rule)
    if resolution not in _RESOLUTION.values():
        yield Finding("", "error", f"{resolution} in the file's name is no resolution", rule)
    for stamp in (first, last):
        if not _STAMP.fullmatch(stamp):
            yield Finding("", "error", f"{stamp} in the file's name is no time", rule)
    if len(parts) == 5:
        yield Finding("", "warning", f"{parts[4]} at the end of the file's name is removed there", rule)
    starts, ends = (file.column(name) for name in STAMPS)
    if starts is not None and ends is not None and starts.size and (starts[0], ends[-1]) != (first, last):
        yield Finding(
            "", "error", f"the file's name says {first} to {last}, its rows {starts[0]} to {ends[-1]}", rule
        )


def _header_findings(file: Submission, rules: Network) -> Iterator[Finding]:
    for name in rules.stamps:
        if name not in file.names:
            what = "both begin and end" if len(rules.stamps) > 1 else "the end"
            yield Finding(name, "rejected", "the column is missing", f"write {what} of each record")
    for name, count in Counter(file.names).items():
        if count > 1:
            yield Finding(name, "rejected", f"the name stands {count} times", "tell them apart by _H_V_R")
        if name != name.strip() or '"' in name:
            yield Finding(
                name, "warning", "blanks or quotes around the name are removed there", "remove them"
            )
        fault = "" if name in STAMPS else rules.parse(name.strip()).fault
        if fault:
            yield Finding(name, "rejected", "the column is dropped", fault)


def _stamp_findings(file: Submission, rules: Network) -> Iterator[Finding]:
    texts = {name: c for name in rules.stamps if (c := file.column(name)) is not None}
    if not texts or len(texts) < len(rules.stamps):
        return
    do = "write YYYYMMDDHHMM in local standard time all year, every record once, without a gap"
    odd = [text for column in texts.values() for text in column if not _STAMP.fullmatch(text)]
    if odd:
        yield Finding("", "rejected", f"{len(odd)} stamps such as {odd[0]!r} are no time of 12 digits", do)
        return
    try:
        times = {
            name: pd.to_datetime(pd.Series(c), format="%Y%m%d%H%M").to_numpy() for name, c in texts.items()
        }
    except ValueError as error:
        yield Finding("", "rejected", f"a stamp is no time: {error}", do)
        return
    first = texts[rules.stamps[0]]
    if first.size < 2:
        yield Finding("", "rejected", f"{first.size} records: no length of a record can be told", do)
        return
    steps = np.diff(times[rules.stamps[0]]) / np.timedelta64(1, "m")
    lengths = (
        np.unique((times["TIMESTAMP_END"] - times["TIMESTAMP_START"]) / np.timedelta64(1, "m"))
        if len(times) > 1
        else np.array([np.median(steps)])
    )
    if lengths.size != 1 or lengths[0] not in _RESOLUTION:
        shown = ", ".join(f"{value:g}" for value in lengths[:4])
        yield Finding("", "rejected", f"records are {shown} min long, not all 30 or all 60", do)
        return
    yield from _step_findings(first, steps, float(lengths[0]), do)
    stamps = file.column("TIMESTAMP_START"), texts["TIMESTAMP_END"]
    begin, end = str(stamps[0][0]) if stamps[0] is not None else "01010000", str(stamps[1][-1])
    if rules.whole_years and not (begin.endswith("01010000") and end.endswith("01010000")):
        yield Finding("", "warning", "the file does not hold whole years", "fill up with -9999 to 1 January")


def _step_findings(first: Texts, steps: npt.NDArray[np.float64], length: float, do: str) -> Iterator[Finding]:
    wrong = np.flatnonzero(steps != length)
    if not wrong.size:
        return
    k = int(wrong[0])
    missing = steps / length - 1.0
    if (missing >= 0.0).all() and not (missing % 1.0).any():
        says = f"{int(missing.sum())} records are missing, the first after {first[k]}"
    else:
        says = f"time does not go on by {length:g} min {wrong.size} times, the first after {first[k]}"
    if first.size - len(set(first)) >= first.size // 4:
        says, do = (
            f"{first.size - len(set(first))} records have the time of another one: two stations or versions?",
            ("part the table, one file for each station and version"),
        )
    yield Finding("", "rejected", says, do)


def _column_findings(file: Submission, place: int, name: str, rules: Network) -> Iterator[Finding]:
    texts = file.cells[place]
    kinds = pd.Series(texts).value_counts()
    odd = [str(t) for t in kinds.index if t != "-9999" and _MISSING.fullmatch(str(t).strip())]
    if odd:
        shown = ", ".join(repr(text) for text in odd[:3])
        yield Finding(name, "error", f"{shown} stand for missing values", "write -9999 and nothing else")
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy()
    no_numbers = np.isnan(numbers) & ~np.isin(texts, odd)
    if no_numbers.any():
        first = texts[int(np.flatnonzero(no_numbers)[0])]
        yield Finding(name, "rejected", f"{int(no_numbers.sum())} values such as {first!r} are no numbers",
                      "write numbers")  # fmt: skip
    missing = np.isin(texts, ("-9999", *odd))
    found = rules.parse(name.strip())
    if missing.all():
        yield Finding(name, "warning", "it has no value", "leave the column out")
    elif not missing.any() and found.known and not found.filled and texts.size:
        base = found.variable.name if found.variable else name
        level = "error" if base in MANDATORY else "warning"
        yield Finding(name, level, "it has no gap: taken for filled", "submit it as measured, or name it _F")
    if found.filled and found.variable and found.variable.name in MANDATORY:
        measured = re.sub(rf"^{found.variable.name}_[Ff]", found.variable.name, name.strip())
        if measured not in file.names:
            yield Finding(name, "error", "there is no unfilled column beside it", f"add {measured}")


def _coverage_findings(file: Submission, rules: Network) -> Iterator[Finding]:
    shares: dict[str, float] = {}
    for place, name in enumerate(file.names):
        found = rules.parse(name.strip())
        if found.variable is None or not found.known:
            continue
        share = float(np.isfinite(file.numbers(place)).mean()) if file.cells[place].size else 0.0
        shares[found.variable.name] = max(share, shares.get(found.variable.name, 0.0))
    for group in REQUIRED:
        best = max(shares.get(name, 0.0) for name in group.split("|"))
        if best < SHARE:
            names = group.replace("|", " or ")
            says = f"{100 * best:.0f} % of the records have it, {100 * SHARE:.0f} % are wanted"
            yield Finding(
                names, "warning", says, "without it the site gets no FLUXNET product of these years"
            )
    absent = [name for name in ENCOURAGED if shares.get(name, 0.0) == 0.0]
    if absent:
        yield Finding(
            "", "warning", f"{', '.join(absent)} are encouraged and not there", "add what is measured"
        )
