"""Progress of days: their summaries, and how many periods are done."""

import logging
from collections.abc import Callable, Sequence

from fluxkit.archive.folder.summaries import Summary
from fluxkit.archive.planning.plan import Day

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


class ProgressTracker:
    """Collects what executors report about days, in any order.

    Parameters
    ----------
    days : sequence of Day
        Tasks.
    progress : callable, optional
        Called with the number of periods done and the total, the first time immediately.
    stop : callable, optional
        Returns whether no further day is to be started.
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
        """Summaries of the days that are done, in the order of the days."""
        return [self._summaries[k] for k in sorted(self._summaries)]

    @property
    def stopped(self) -> bool:
        """Whether executors must start no further day, and stop when the current ones are done."""
        return self._stop is not None and self._stop()

    def periods(self, number: int) -> None:
        """Count periods; a negative number takes back those of a day that failed."""
        self._count += number
        if self._progress is not None:
            self._progress(self._count, self._total)

    def day(self, task: int, summary: Summary, counted: int = 0) -> None:
        """Take the summary of a day; some of its periods may have been counted already."""
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
