"""From the clock of a file to UTC: by its own epoch or zone if it has one, else by ``utc_offset_h``."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from fluxkit.chamber.analysers.stamps import as_ns
from fluxkit.errors import ReadError
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import Times

_HOUR = 3_600_000_000_000
_QUARTERS = 4.0  # zones differ by quarters of an hour
#: Farthest that a zone is from UTC. [h]
_FARTHEST = 14.0


@dataclass(frozen=True)
class Zoned:
    """Instants in UTC and how they came about."""

    time: Times
    offset_h: float  #: of the file's clock at its first instant
    clock: str  #: in words


def with_given_offset(
    written: Times, options: ReadOptions, source: str, *, why: str = "its clock names no zone"
) -> Zoned:
    """Shift stamps by the offset that the user gives.

    Raises
    ------
    ReadError
        It is not given, or is not a valid offset.
    """
    offset = options.utc_offset_h
    if offset is None:
        if options.looking:
            return Zoned(written, float("nan"), f"as written: {why}")
        raise ReadError(source, f"{why}: give utc_offset_h, the hours that it is ahead of UTC")
    if not -_FARTHEST <= offset <= _FARTHEST:
        raise ReadError(source, f"utc_offset_h = {offset:g} is not a time zone: give hours from -14 to 14")
    return Zoned(in_utc(written, offset), offset, f"UTC{offset:+g} h as given")


def offset_by_epoch(written: Times, utc: Times, options: ReadOptions, log: ProblemLog, name: str) -> Zoned:
    """Take a file's own seconds since 1970, and see what offset its stamps have from them.

    Parameters
    ----------
    written, utc : array of datetime64[ns]
        (n,) stamps of the file's clock, and the same instants by its epoch.
    options : Asked
        With ``trust_zone`` false the stamps and ``utc_offset_h`` are taken instead.
    log : ProblemLog
        Gets a contradiction between the file and the user.
    name : str
        Of the epoch's column.
    """
    if not options.trust_zone:
        return with_given_offset(written, options, log.source, why="its zone is not to be trusted")
    good = ~(np.isnat(written) | np.isnat(utc))
    if not good.any():
        raise ReadError(log.source, f"no record has both a stamp and {name}")
    apart = (as_ns(written)[good] - as_ns(utc)[good]) / _HOUR
    offset = round(float(np.median(apart)) * _QUARTERS) / _QUARTERS
    contradict(offset, options, log, f"{name} and its stamps")
    return Zoned(utc, offset, f"{name}; its stamps are at UTC{offset:+g} h")


def contradict(offset: float, options: ReadOptions, log: ProblemLog, said_by: str) -> None:
    """Report that a file's offset differs from the one given; the file's is used."""
    if options.utc_offset_h is not None and abs(options.utc_offset_h - offset) > 1e-6:
        reason = (
            f"by {said_by} its clock is at UTC{offset:+g} h, not {options.utc_offset_h:+g}: the file's "
            "offset is used; set trust_zone = false if it is wrong"
        )
        log.add(Problem(log.source, None, "nothing", reason))


def zone_offset(name: str, local: np.datetime64) -> float | None:
    """Return the hours that a named zone is ahead of UTC at a local time; None of an unknown zone.

    Parameters
    ----------
    name : str
        As "Europe/Copenhagen" or "EST".
    local : datetime64
        By the zone's own clock.
    """
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    moment = local.astype("datetime64[us]").item()
    if not isinstance(moment, datetime):
        return None
    offset = moment.replace(tzinfo=zone).utcoffset()
    return None if offset is None else offset / timedelta(hours=1)


def in_utc(written: Times, offset_h: float) -> Times:
    """Return stamps of a clock that is ahead of UTC in UTC."""
    return written - np.timedelta64(round(offset_h * _HOUR), "ns")
