"""AmeriFlux' check of the format of an upload: name of the file, header, time stamps, missing values, gaps.

Facts of the network's public code (AMF-FLX/AMF-BASE-QAQC, 2026-05) and of its format description.
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
from fluxkit.submissions.names import STAMPS, parsed

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


def format_findings(file: Submission) -> Iterator[Finding]:
    """Yield what the format check would tell."""
    yield from _name_findings(file)
    yield from _header_findings(file)
    yield from _stamp_findings(file)
    for place, name in enumerate(file.names):
        if name not in STAMPS:
            yield from _column_findings(file, place, name)
    yield from _coverage_findings(file)


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


def _header_findings(file: Submission) -> Iterator[Finding]:
    for name in STAMPS:
        if name not in file.names:
            yield Finding(
                name, "rejected", "the column is missing", "write both begin and end of each record"
            )
    for name, count in Counter(file.names).items():
        if count > 1:
            yield Finding(name, "rejected", f"the name stands {count} times", "tell them apart by _H_V_R")
        if name != name.strip() or '"' in name:
            yield Finding(
                name, "warning", "blanks or quotes around the name are removed there", "remove them"
            )
        fault = "" if name in STAMPS else parsed(name.strip()).fault
        if fault:
            yield Finding(name, "rejected", "the column is dropped", fault)


def _stamp_findings(file: Submission) -> Iterator[Finding]:
    starts, ends = (file.column(name) for name in STAMPS)
    if starts is None or ends is None:
        return
    do = "write YYYYMMDDHHMM in local standard time all year, every record once, without a gap"
    odd = [text for text in (*starts, *ends) if not _STAMP.fullmatch(text)]
    if odd:
        yield Finding("", "rejected", f"{len(odd)} stamps such as {odd[0]!r} are no time of 12 digits", do)
        return
    try:
        begin, end = (pd.to_datetime(pd.Series(c), format="%Y%m%d%H%M").to_numpy() for c in (starts, ends))
    except ValueError as error:
        yield Finding("", "rejected", f"a stamp is no time: {error}", do)
        return
    length = np.unique((end - begin) / np.timedelta64(1, "m"))
    if length.size != 1 or length[0] not in _RESOLUTION:
        shown = ", ".join(f"{value:g}" for value in length[:4])
        yield Finding("", "rejected", f"records are {shown} min long, not all 30 or all 60", do)
        return
    steps = np.diff(begin) / np.timedelta64(1, "m")
    wrong = np.flatnonzero(steps != length[0])
    if wrong.size:
        k = int(wrong[0])
        yield Finding(
            "", "rejected", f"{wrong.size} steps in time, the first after {starts[k]}, are others", do
        )
    whole = starts[0].endswith("01010000") and ends[-1].endswith("01010000")
    if not whole:
        yield Finding("", "warning", "the file does not hold whole years", "fill up with -9999 to 1 January")


def _column_findings(file: Submission, place: int, name: str) -> Iterator[Finding]:
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
    found = parsed(name.strip())
    if missing.all():
        yield Finding(name, "warning", "it has no value", "leave the column out")
    elif not missing.any() and found.known and not found.filled and texts.size:
        base = found.variable.name if found.variable else name
        level = "error" if base in MANDATORY else "warning"
        yield Finding(name, level, "it has no gap: taken for filled", "submit it as measured, or name it _F")
    if found.filled and found.variable and found.variable.name in MANDATORY:
        measured = name.strip().replace(f"{found.variable.name}_F", found.variable.name, 1)
        if measured not in file.names:
            yield Finding(name, "error", "there is no unfilled column beside it", f"add {measured}")


def _coverage_findings(file: Submission) -> Iterator[Finding]:
    shares: dict[str, float] = {}
    for place, name in enumerate(file.names):
        found = parsed(name.strip())
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
