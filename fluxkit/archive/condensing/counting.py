"""What became of days so far: their summaries, and how many periods are done."""

import logging
from collections.abc import Callable, Sequence

from fluxkit.archive.folder.summaries import Summary
from fluxkit.archive.planning.plan import Day

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


class ProgressTracker:
    """Collects what executors tell of days, in whatever order they tell it.

    Parameters
    ----------
    days : sequence of Day
        Tasks.
    progress : callable, optional
        Called with periods done and periods in all, at once for the first time.
    stop : callable, optional
        Tells whether no further day is to be begun.
    """

    def __init__(
        self, days: Sequence[Day], progress: Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> None:
        self._days, self._progress, self._stop = days, progress, stop
        self._total = sum(len(day.periods) for day in days)
        self._count = 0
        self._summaries: dict[int, Summary] = {}
        self.periods(0)

    @property
    def summaries(self) -> list[Summary]:
        """Those of the days that are done, in the order of the days."""
        return [self._summaries[k] for k in sorted(self._summaries)]

    @property
    def stopped(self) -> bool:
        """Whether executors are to begin no further day, and to end when those at work are done."""
        return self._stop is not None and self._stop()

    def periods(self, number: int) -> None:
        """Count periods; a negative number takes back what was counted of a day that failed."""
        self._count += number
        if self._progress is not None:
            self._progress(self._count, self._total)

    def day(self, task: int, summary: Summary, counted: int = 0) -> None:
        """Take the summary of a day of which some periods were counted already."""
        self._summaries[task] = summary
        rest = len(self._days[task].periods) - counted
        if rest:
            self.periods(rest)
        _tell(summary)


def _tell(summary: Summary) -> None:
    if summary.bug:
        logger.error("%s failed:\n%s", summary.name, summary.bug)
        return
    bad = sum(entry.status == "quarantined" for entry in summary.inputs)
    logger.info(
        "%s: %d of %d periods have data, %d files, %d quarantined",
        summary.name, summary.filled, summary.periods, len(summary.inputs), bad,
    )  # fmt: skip
