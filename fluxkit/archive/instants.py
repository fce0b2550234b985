"""Limits of time that a user gives."""

from datetime import UTC, datetime

import numpy as np

from fluxkit.errors import ConfigError

Instant = str | datetime | np.datetime64


def instant(given: Instant | None, name: str) -> np.datetime64 | None:
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
        The text is no time.
    """
    if given is None:
        return None
    if isinstance(given, np.datetime64):
        time: np.datetime64 = given.astype("M8[ns]")
        return time
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
