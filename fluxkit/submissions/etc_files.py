"""Raw files of ICOS ecosystem stations by name and content: read, checked, written.

Facts of the Carbon Portal's public code (ICOS-Carbon-Portal/data, ``EtcFilename.scala``), of stations' tools
(ppicos, checkETC) and of the instruction's list of changes (doi:10.18160/v5jt-9f66); the instruction itself
could not be seen.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.submissions.finding import Finding

EXTENSIONS = ("csv", "zip", "bin", "dat")
_RULE = (
    "name it CC-Xxx_EC_YYYYMMDDHHMM_Lnn_Fnn.csv: site, end of the half hour, logger and file of two digits"
)
_NAME = re.compile(r"(.{6})_([A-Z]+)_(\d+)_L(\d+)_F(\d+)\.(\w+)")
_SITE = re.compile(r"[A-Z]{2}-[A-Za-z0-9]{3}")
#: Label -> (least, largest of the median that is expected, unit).
LABELS: dict[str, tuple[float, float, str]] = {
    "U": (-30.0, 30.0, "m s-1"),
    "V": (-30.0, 30.0, "m s-1"),
    "W": (-3.0, 3.0, "m s-1"),
    "T_SONIC": (210.0, 340.0, "K"),
    "SOS": (280.0, 380.0, "m s-1"),
    "CO2": (200.0, 1200.0, "umol mol-1"),
    "H2O": (0.0, 60.0, "mmol mol-1"),
    "SA_DIAG": (-np.inf, np.inf, "1"),
    "GA_DIAG": (-np.inf, np.inf, "1"),
    "T_CELL": (-50.0, 70.0, "degC"),
    "T_CELL_IN": (-50.0, 70.0, "degC"),
    "T_CELL_OUT": (-50.0, 70.0, "degC"),
    "PRESS_CELL": (40.0, 110.0, "kPa"),
}
#: Records of a half hour at 10 and 20 Hz.
RECORDS = (18000, 36000)
MISSING = (-9999.0,)


@dataclass(frozen=True)
class RawName:
    """The name of a file, taken apart."""

    site: str
    kind: str  #: EC: eddy covariance, BM: meteorology, ...; with HEADER behind it, the names of the columns
    time: datetime  #: on the station's standard time; of EC the end of the half hour, else the day
    logger: int
    file: int
    extension: str = "csv"

    @property
    def text(self) -> str:
        """Return the name by the rule.

        Examples
        --------
        >>> from datetime import datetime
        >>> from fluxkit.submissions.etc_files import RawName
        >>> RawName("DE-HoH", "EC", datetime(2019, 7, 30, 12, 0), 1, 2).text
        'DE-HoH_EC_201907301200_L01_F02.csv'
        """
        at = f"{self.time:%Y%m%d%H%M}" if _timed(self.kind) else f"{self.time:%Y%m%d}"
        return f"{self.site}_{self.kind}_{at}_L{self.logger:02d}_F{self.file:02d}.{self.extension}"


def _timed(kind: str) -> bool:
    """Whether the name of a kind of files has a time of the day."""
    return kind == "EC" or kind.endswith("HEADER")


def raw_name(text: str) -> RawName:
    """Take the name of a raw file apart.

    Parameters
    ----------
    text : str
        Without folder.

    Raises
    ------
    ValueError
        It is not by the rule; the message says what is wrong.

    Examples
    --------
    >>> from fluxkit.submissions.etc_files import raw_name
    >>> found = raw_name("BE-Bra_EC_201202040430_L03_F12.csv")
    >>> found.logger, found.file, found.time.isoformat()
    (3, 12, '2012-02-04T04:30:00')
    """
    found = _NAME.fullmatch(text)
    if found is None:
        raise ValueError("the name is not CC-Xxx_EC_YYYYMMDDHHMM_Lnn_Fnn.csv")
    site, kind, digits, logger, file, extension = found.groups()
    if not _SITE.fullmatch(site):
        raise ValueError(f"{site} is no code of a site")
    if extension not in EXTENSIONS:
        raise ValueError(f".{extension} is not among {', '.join(EXTENSIONS)}")
    if len(logger) != 2 or len(file) != 2:
        raise ValueError("the numbers of logger and file have not two digits each")
    timed = _timed(kind)
    if len(digits) != (12 if timed else 8):
        wanted = "YYYYMMDDHHMM" if timed else "YYYYMMDD"
        raise ValueError(f"{kind} wants {wanted}, not {digits}")
    try:
        time = datetime.strptime(digits, "%Y%m%d%H%M" if timed else "%Y%m%d")
    except ValueError as error:
        raise ValueError(f"{digits} is no time") from error
    return RawName(site, kind, time, int(logger), int(file), extension)


def is_raw(path: Path) -> bool:
    """Whether a file is a raw one: by its name, or by the labels of the wind in its first line."""
    if _NAME.fullmatch(path.name) or re.match(r".{6}_(EC|BM|ST)_\d{8}", path.name):
        return True
    try:
        with location(path).open("rb") as stream:
            first = stream.readline(4096).decode("utf-8-sig", "replace")
    except OSError:
        return False
    return {"U", "V", "W"} <= {cell.strip(' "') for cell in first.rstrip("\r\n").split(",")}


def raw_findings(path: Path) -> Iterator[Finding]:
    """Yield what could be seen of the Ecosystem Thematic Centre's rules that a raw file breaks.

    Raises
    ------
    ReadError
        It is not there.
    """
    place = location(path)
    if not place.is_file():
        raise ReadError(str(path), "no such file")
    try:
        name = raw_name(place.name)
    except ValueError as error:
        name = None
        yield Finding("", "rejected", str(error), _RULE)
    kind = name.kind if name else "EC"
    if name and name.kind == "EC" and name.time.minute not in (0, 30):
        yield Finding("", "error", f"the name tells {name.time:%H:%M}, no end of a half hour", _RULE)
    if kind.endswith("HEADER"):
        yield Finding("", "warning", "a header: what it must hold beyond names could not be seen",
                      "let the centre validate it")  # fmt: skip
        return
    content, fault = _content(place)
    if fault:
        yield Finding("", "rejected", fault, "pack one text of the same name")
        return
    if kind == "EC":
        yield from _eddy_findings(content)
    elif name is not None:
        yield from _day_findings(content, name)


def _content(path: Path) -> tuple[bytes, str]:
    data = path.read_bytes()
    if path.suffix != ".zip":
        return data, ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = archive.namelist()
            if len(inside) != 1 or Path(inside[0]).stem != path.stem:
                return b"", f"the zip holds {', '.join(inside[:3]) or 'nothing'}"
            return archive.read(inside[0]), ""
    except (zipfile.BadZipFile, RuntimeError, OSError) as error:
        return b"", f"is no zip that can be read: {error}"


def _eddy_findings(content: bytes) -> Iterator[Finding]:
    try:
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        yield Finding("", "rejected", f"is no text of one header line and rows of one width: {error}",
                      "write a line of labels, then numbers parted by commas")  # fmt: skip
        return
    names = [str(name).strip(' "') for name in table.columns]
    absent = [name for name in ("U", "V", "W") if name not in names]
    if absent or not {"T_SONIC", "SOS"} & set(names):
        missing = ", ".join([*absent, *([] if {"T_SONIC", "SOS"} & set(names) else ["T_SONIC"])])
        yield Finding("", "rejected", f"the first line has no {missing}", "begin with a line of ICOS labels")
        return
    if len(table) not in RECORDS:
        yield Finding("", "warning", f"{len(table)} records are no whole half hour at 10 or 20 Hz",
                      "see whether records were lost")  # fmt: skip
    for k, name in enumerate(names):
        yield from _label_findings(name, table.iloc[:, k].to_numpy())


def _label_findings(name: str, texts: npt.NDArray[np.object_]) -> Iterator[Finding]:
    if name not in LABELS:
        do = "rename it if it is one of these; the centre stores other variables, but does not process them"
        yield Finding(name, "warning", f"not among the labels that are known here ({', '.join(LABELS)})", do)
        return
    values = pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy(np.float64, copy=True)
    words = np.isin(texts, ("NaN", "nan", "NAN"))
    odd = np.isnan(values) & ~words
    if odd.any():
        first = texts[int(np.flatnonzero(odd)[0])]
        yield Finding(name, "error", f"{int(odd.sum())} values such as {first!r} are no numbers",
                      "write -9999, or what your station has declared for missing values")  # fmt: skip
    values[np.isin(values, MISSING)] = np.nan
    lost = float(np.isnan(values).mean()) if values.size else 1.0
    if lost > 0.1:
        yield Finding(name, "warning", f"{100 * lost:.0f} % of the values are missing", "look at the sensor")
    if np.isfinite(values).any():
        low, high, unit = LABELS[name]
        middle = float(np.nanmedian(values))
        if not low <= middle <= high:
            says = f"the median {middle:.4g} is no value in {unit}"
            yield Finding(name, "error", says, f"write {name} in {unit}")


def _day_findings(content: bytes, name: RawName) -> Iterator[Finding]:
    """Ask whether stamps of a day's file are those of its name (checkETC: Dates)."""
    digits = re.compile(rb'(?m)^"?(\d{12}(?:\d\d)?)"?[,;\t]')
    found = [text.decode() for text in digits.findall(content)]
    if not found:
        do = "write TIMESTAMP first, YYYYMMDDHHMMSS"
        yield Finding("TIMESTAMP", "error", "no record begins with a stamp of 12 or 14 digits", do)
        return
    day = f"{name.time:%Y%m%d}"
    # Midnight belongs to the day that ends.
    off = [text for text in found if text[:8] != day and set(text[8:]) != {"0"}]
    if off:
        yield Finding("TIMESTAMP", "error", f"{len(off)} records such as {off[0]} are not of {day}",
                      "write one file a day")  # fmt: skip
    if sorted(found) != found or len(set(found)) < len(found):
        yield Finding(
            "TIMESTAMP", "error", "stamps go back or stand twice", "write every record once, in order"
        )
