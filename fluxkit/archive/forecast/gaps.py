"""Stretches of time without raw files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from fluxkit.archive.planning.plan import Source
from fluxkit.archive.times import in_words
from fluxkit.tower.periods import nanoseconds

#: Files by whose spacing the length of the one in the middle is judged.
_NEIGHBOURS = 25


@dataclass(frozen=True)
class Gap:
    """A stretch of time that no file covers."""

    start: str  #: UTC, ISO 8601
    end: str  #: UTC, ISO 8601
    seconds: float  #: [s]

    def __str__(self) -> str:
        return f"{self.start} to {self.end}, {in_words(self.seconds)}"


def gaps_between_files(sources: Sequence[Source], period: float) -> list[Gap]:
    """Find where files are missing between the first and the last.

    A file is taken to be as long as those around it are apart, as the median: what is within
    the files is not considered.

    Parameters
    ----------
    sources : sequence of Source
        Each file once, by start.
    period : float
        Averaging period; anything shorter than that, or than half a file, is not a gap. [s]

    Returns
    -------
    list of Gap
        In order of time.
    """
    if len(sources) < 3:
        return []
    starts = np.array([nanoseconds(source.start) for source in sources], np.int64)
    ends = np.array([nanoseconds(source.end) for source in sources], np.int64)
    spacing = _running_median(np.diff(starts), _NEIGHBOURS)
    covered = np.maximum.accumulate(starts[:-1] + np.minimum(spacing, ends[:-1] - starts[:-1]))
    slack = np.minimum(spacing // 2, round(period * 1e9))
    return [
        Gap(_told(covered[k]), _told(starts[k + 1]), float(starts[k + 1] - covered[k]) / 1e9)
        for k in np.flatnonzero(starts[1:] - covered > slack).tolist()
    ]


def _running_median(x: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Median of each value and its neighbours, an odd number in all; the ends are continued."""
    half = size // 2
    windows = sliding_window_view(np.pad(x, half, mode="edge"), size)
    return np.asarray(np.partition(windows, half, axis=-1)[:, half])


def _told(nanosecond: np.int64) -> str:
    return f"{np.datetime_as_string(np.datetime64(int(nanosecond), 'ns'), unit='m')}Z"
