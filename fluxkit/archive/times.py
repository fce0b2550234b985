"""Times given by a user, durations as text, and logging how long a step takes."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np

from fluxkit.errors import ConfigError

logger = logging.getLogger(__name__)

Instant = str | datetime | np.datetime64

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def parse_instant(given: Instant | None, name: str) -> np.datetime64 | None:
    """Return an instant in UTC.

    Parameters
    ----------
    given : str, datetime, numpy.datetime64 or None
        ISO 8601 such as 2024-07-01 or 2024-07-01T12:00, UTC unless an offset is given.
    name : str
        What the instant is called, for messages.

    Returns
    -------
    numpy.datetime64 or None
        UTC, ns.

    Raises
    ------
    ConfigError
        The text is not a time.
    """
    if given is None:
        return None
    if isinstance(given, np.datetime64):
        utc: np.datetime64 = given.astype("M8[ns]")
        return utc
    try:
        told = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError as error:
        problem = (
            f"found {given!r}; allowed: 2024-07-01 or 2024-07-01T12:00 (UTC, or with an offset as in +01:00)"
        )
        raise ConfigError(name, [problem]) from error
    if told.tzinfo is not None:
        told = told.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(told.isoformat(), "ns")


def in_words(seconds: float) -> str:
    """Return a duration as text, in two units at most.

    Parameters
    ----------
    seconds : float
        [s]

    Returns
    -------
    str
        ``40 s``, ``12 min``, ``3 h 20 min``, ``2 days 5 h``.
    """
    if seconds < 1:
        return "less than 1 s" if seconds > 0 else "0 s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    if minutes < 100:
        return f"{minutes} min"
    if seconds < 2 * _DAY:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(round(seconds / _HOUR), 24)
    return f"{days} days {hours} h" if hours else f"{days} days"


@contextmanager
def phase(what: str) -> Iterator[None]:
    """Log the begin and the end of a step."""
    logger.info("%s ...", what)
    begun = time.monotonic()
    yield
    logger.info("%s took %s", what, in_words(time.monotonic() - begun))
