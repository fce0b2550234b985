"""The network's checks of a file, made before it is uploaded."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.quality.checks import check as plausible
from fluxkit.ecosystem.reading.reading import read
from fluxkit.errors import ReadError
from fluxkit.examine import clocks
from fluxkit.submissions.etc_files import is_raw, raw_findings
from fluxkit.submissions.file_format import Submission, format_findings
from fluxkit.submissions.finding import LEVELS, Finding
from fluxkit.submissions.names import STAMPS
from fluxkit.submissions.networks import NETWORKS, Network
from fluxkit.submissions.seasons import pattern_findings

#: Share of a range beyond which values are errors, and shares of such values that are told (physical range).
MARGIN, SOFT, HARD = 0.05, 0.01, 0.001
#: By how much a clock of summer time is another by the sun in summer than in winter. [h]
SUMMER = (0.6, 1.4)
#: Variables whose course of the day through the year is compared between years.
PATTERNS = ("FC", "H", "LE", "SW_IN", "PPFD_IN", "TA", "RH", "VPD", "NETRAD", "USTAR", "TS")


def check_file(
    path: Path | str,
    *,
    latitude: float | None = None,
    longitude: float | None = None,
    utc_offset_h: float | None = None,
    network: str = "ameriflux",
) -> list[Finding]:
    r"""Return what a network's format and data checks would say of a file.

    Parameters
    ----------
    path : Path or str
        A CSV to be uploaded.
    latitude, longitude, utc_offset_h : float, optional
        Of the site; without all three, stamps are not compared with the sun.
    network : {"ameriflux", "fluxnet", "europe", "icos"}
        Whose rules. Of ICOS, a raw file is checked as such.

    Returns
    -------
    list of Finding
        The gravest first.

    Raises
    ------
    ReadError
        No CSV with a header row.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> text = "TIMESTAMP_START,TIMESTAMP_END,FC_QC\n" + "202001010000,202001010030,0\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "US-Xyz_HH_202001010000_202001010030.csv"
    ...     _ = file.write_text(text)
    ...     findings = fk.submissions.check_file(file)
    >>> findings[0].column, findings[0].level
    ('FC_QC', 'rejected')
    """
    rules = NETWORKS[network]
    if network == "icos" and is_raw(Path(path)):
        return sorted(raw_findings(Path(path)), key=lambda one: LEVELS.index(one.level))
    file = Submission.read(Path(path))
    found = [*format_findings(file, rules)]
    found += _range_findings(file, rules)
    if not any(one.level == "rejected" and not one.column for one in found):
        found += _data_findings(file, latitude, longitude, utc_offset_h)
    otherwise = {one.column for one in found if one.says.startswith(_UNIT)}
    found = [one for one in found if one.column not in otherwise or " far beyond " not in one.says]
    return sorted(dict.fromkeys(found), key=lambda one: LEVELS.index(one.level))


def _range_findings(file: Submission, rules: Network) -> Iterator[Finding]:
    for place, name in enumerate(file.names):
        found = rules.parse(name.strip())
        if name in STAMPS or found.variable is None or not found.known:
            continue
        values, limits = file.numbers(place), found.variable
        known = values[np.isfinite(values)]
        if not known.size:
            continue
        if limits.unit == "%" and known.min() >= -MARGIN and 0.0 < known.max() <= 1.0 + MARGIN:
            yield Finding(name, "error", "its values look like a fraction", "give per cent")
            continue
        width = limits.high - limits.low
        margin = MARGIN * (width if np.isfinite(width) else 100.0)
        far = float(np.mean((values < limits.low - margin) | (values > limits.high + margin)))
        near = float(np.mean((values < limits.low) | (values > limits.high))) - far
        expected = f"{limits.low:g} to {limits.high:g} {limits.unit}"
        if far > HARD:
            says = (
                f"{100 * far:.2g} % of its values are far beyond {expected} (median {np.median(known):.4g})"
            )
            yield Finding(name, "error", says, "check the unit, or take them out")
        elif near > SOFT:
            yield Finding(
                name, "warning", f"{100 * near:.2g} % of its values are beyond {expected}", "look at them"
            )


def _data_findings(
    file: Submission, latitude: float | None, longitude: float | None, utc_offset_h: float | None
) -> Iterator[Finding]:
    whole = None not in (latitude, longitude, utc_offset_h)
    # With a clock that nobody has told, the sun would stand an hour or more off.
    place = (latitude, longitude, utc_offset_h) if whole else (None, None, 0.0)
    try:
        ds = read(file.path, *place)
    except ReadError as error:
        yield Finding("", "error", f"its data cannot be checked: {error}", "mend the format first")
        return
    yield from _unit_findings(ds)
    names = set(file.names)
    with _untold():
        doubts = plausible(ds)
    for doubt in doubts:
        if doubt.check != "range":  # told column by column above
            yield _as_finding(doubt.sentence, names)
    yield from _summer_time_findings(ds)
    at = HalfHours.of(ds)
    slot = np.floor(at.hour / 24.0 * at.per_day).astype(np.int64)
    for name in PATTERNS:
        if name in ds and ds[name].dims == ("time",):
            values = ds[name].to_numpy().astype(np.float64)
            yield from pattern_findings(name, values, at.year, at.day_of_year - 1, slot, at.per_day)


@contextmanager
def _untold() -> Iterator[None]:
    """Keep doubts out of the log: they are told as findings."""
    log = logging.getLogger(plausible.__module__)

    def silent(_: logging.LogRecord) -> bool:
        return False

    log.addFilter(silent)
    try:
        yield
    finally:
        log.removeFilter(silent)


def _unit_findings(ds: xr.Dataset) -> Iterator[Finding]:
    """Yield columns whose values are in another unit: the reader has converted them for what follows."""
    for note in str(ds.attrs["notes"]).splitlines():
        found = _CONVERTED.search(note)
        if found:
            column, unit, wanted = found.groups()
            yield Finding(column, "error", f"{_UNIT}{unit}, not {wanted}", f"write it in {wanted}")


_UNIT = "its values are in "
_CONVERTED = re.compile(r"the values of (\S+) are in (.+), not (.+): they are converted")


def _as_finding(sentence: str, names: set[str]) -> Finding:
    """Return a doubt as a finding of the column that it begins with."""
    first = re.split(r"[ :]", sentence, maxsplit=1)[0]
    column = first if first in names or first != "NEE" else "FC"
    says = sentence.replace("NEE", "FC") if column == "FC" and first == "NEE" else sentence
    return Finding(column if column in names else "", "warning", says, "look at it before you upload")


def _summer_time_findings(ds: xr.Dataset) -> Iterator[Finding]:
    """Yield that the clock goes another way by the sun in summer than in winter."""
    at = HalfHours.of(ds)
    name = next((n for n in ("SW_IN", "PPFD_IN") if n in ds), None)
    if name is None or not np.isfinite([at.latitude, at.longitude]).all():
        return
    middle = at.start + np.timedelta64(round(at.step_s * 500), "ms")
    # From the last days of March to those of October, whatever a country's dates are.
    summer = (at.day_of_year > 90) & (at.day_of_year < 297)
    lags = []
    for part in (summer, ~summer & ((at.day_of_year < 66) | (at.day_of_year > 310))):
        lag = clocks.sun_lag(middle[part], ds[name].to_numpy()[part], at.latitude, at.longitude)
        if lag is None:
            return
        lags.append(lag.best)
    if SUMMER[0] <= abs(lags[0] - lags[1]) <= SUMMER[1]:
        says = f"{name} is {lags[0]:+.1f} h off the sun in summer and {lags[1]:+.1f} h in winter: summer time"
        yield Finding(name, "error", says, "write local standard time all year")
