"""Lengths of time in words."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def in_words(seconds: float) -> str:
    """Return a length of time as a person would say it: two units at most.

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
