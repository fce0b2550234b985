"""Lags of one gas over a season: windows learnt, or lags given, period by period."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.tower.lags import lag
from fluxkit.tower.lags.lag_windows import SearchWindow, Windows

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class GivenLags:
    """Lags found before the covariances are looked at. Arrays over time. [samples]"""

    used: Integers
    low: Array  #: of the interval that the lag lies in, NaN where it is not known
    high: Array
    source: Integers  #: place in ``lag.SOURCES``; what is not the period's own stands in for it


@dataclass(frozen=True)
class SeasonalLag:
    """What a season taught of one gas."""

    time: Times  #: start of each period, ascending: (time,)
    windows: Windows | None = None  #: where to look
    given: GivenLags | None = None  #: what to use instead of looking
    message: str = ""  #: what was learnt, in one sentence

    def choose(
        self, covariance: Array, lags: Integers, window: SearchWindow, time: Times, *, method: str
    ) -> lag.LagChoice:
        """Choose the lags of some of the season's periods.

        Parameters
        ----------
        covariance, lags, method
            As ``lag.choose_lags``.
        window : SearchWindow
            As configured, for what was not learnt.
        time : (time,) datetime64 array
            Start of each period; all are periods of the season.

        Returns
        -------
        LagChoice
        """
        here = np.searchsorted(self.time, time)
        if np.any(self.time[np.minimum(here, self.time.size - 1)] != time):
            raise ValueError("periods that the season does not hold: learn from all parts of the moments")
        wanted = window if self.windows is None else Windows(*(side[here] for side in self.windows))
        choice = lag.choose_lags(covariance, lags, wanted, method=method)
        if self.given is None:
            return choice
        return choice._replace(
            used=np.clip(self.given.used[here], lags[0], lags[-1]),
            at_default=self.given.source[here] != lag.PREWHITENED,
            low=self.given.low[here],
            high=self.given.high[here],
            source=self.given.source[here],
        )
