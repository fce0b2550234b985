"""Files whose time lies far from that of all others: a logger without its clock wakes up in 1990, or 2036."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from time import time_ns
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: From this time without any file on, what lies beyond it is far. [days]
FAR_DAYS = 365
#: A far group of files is doubted where it has fewer than this share of the files of the largest one.
FEW = 0.05
#: Days on which clocks begin that have lost their time, and for how long after one any group is doubted.
RESETS = tuple(
    np.datetime64(day, "ns")
    for day in ("1970-01-01", "1980-01-01", "1990-01-01", "2000-01-01", "2036-02-07", "2038-01-19")
)
AFTER_RESET = np.timedelta64(60, "D")

_DAY = np.timedelta64(1, "D")


class Far(NamedTuple):
    """Neighbouring files that are far from the others."""

    places: npt.NDArray[np.int64]  #: of the files among all
    years: float  #: from the nearest other file

    def reason(self, first: np.datetime64) -> str:
        """Why the files are left out, and what to do."""
        who = f"{self.places.size} files" if self.places.size > 1 else "1 file"
        lie = "lie" if self.places.size > 1 else "lies"
        return (
            f"{who} from {first.astype('M8[m]')}Z on {lie} {self.years:.0f} years from all others, as of a "
            "logger that lost its clock: correct the time, or, if it is right, set raw.far_files = 'keep'"
        )


def far_groups(starts: Sequence[np.datetime64]) -> list[Far]:
    """Return groups of files that are doubted.

    Parameters
    ----------
    starts : sequence of numpy.datetime64
        UTC, in order of time.

    Examples
    --------
    >>> starts = [np.datetime64("1990-01-01T00:00", "ns")]
    >>> starts += [np.datetime64("2024-07-01", "ns") + k * np.timedelta64(1, "h") for k in range(48)]
    >>> [(far.places.tolist(), round(far.years)) for far in far_groups(starts)]
    [([0], 34)]
    """
    groups = list(_groups(np.asarray(starts, "M8[ns]")))
    if len(groups) < 2:
        return []
    times = np.asarray(starts, "M8[ns]")
    main = max(groups, key=lambda group: (not _impossible(times[group[0]]), group.size))
    found = []
    for k, group in enumerate(groups):
        if group is main or not (group.size < FEW * main.size or _impossible(times[group[0]])):
            continue
        gaps = [times[b[0]] - times[a[-1]] for a, b in pairwise(groups[max(k - 1, 0) : k + 2])]
        found.append(Far(group, float(min(gaps) / _DAY) / 365.25))
    return found


def _groups(times: npt.NDArray[np.datetime64]) -> Iterator[npt.NDArray[np.int64]]:
    breaks = np.flatnonzero(np.diff(times) > FAR_DAYS * _DAY) + 1
    yield from np.split(np.arange(times.size), breaks)


def _impossible(start: np.datetime64) -> bool:
    """Whether a clock that tells this has lost its time, or is ahead of this computer's."""
    if start > np.datetime64(time_ns(), "ns") + _DAY:
        return True
    return any(reset - _DAY <= start < reset + AFTER_RESET for reset in RESETS)
