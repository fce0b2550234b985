"""Progress of a run: a bar on a terminal, lines elsewhere."""

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fluxkit.cli.logs import ConsoleHandler, JsonLines, OncePerMessage, PlainLines, at_least, logging_to

logger = logging.getLogger(__name__)

#: Between two lines about progress. [s]
INTERVAL = 10.0
#: Between two pictures of the bar. [s]
_PICTURE = 0.1
#: What is shown beside warnings where there is a bar, or a watch.
_STEPS = ("fluxkit.archive.times",)
_ROUNDS = ("fluxkit.cli.watch", __name__)

Progress = Callable[[int, int], None]


@contextmanager
def progress(
    *,
    json_log: bool = False,
    quiet: bool = False,
    what: str = "averaging periods",
    watching: bool = False,
) -> Iterator[Progress]:
    """Show logs and progress on standard error; yields a function of (number done, total).

    Parameters
    ----------
    json_log : bool, default False
    One JSON object per line, no bar.
    quiet : bool, default False
        Errors only.
    what : str, default "averaging periods"
        What is counted.
    watching : bool, default False
        The command goes on for days: no bar, rounds instead of steps, each warning once.
    """
    if json_log or quiet or watching or not sys.stderr.isatty():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(
            JsonLines() if json_log else PlainLines("%(asctime)s %(levelname)-7s %(message)s")
        )
        if watching:
            handler.addFilter(at_least(logging.WARNING, _ROUNDS))
            handler.addFilter(OncePerMessage(_ROUNDS))
        with logging_to(handler, logging.ERROR if quiet else logging.INFO):
            yield _Lines(what, whole=not watching)
    else:
        with _bar(what) as shown:
            yield shown


class Pace:
    """Speed of the work, and the time it still needs.

    The clock starts when work begins: where the first thing done is one among many, with that one, since
    kernels may have been compiled for it. Later the last minutes count, so that the pace follows what
    slows the work down.

    Parameters
    ----------
    clock : callable, optional
        Gives the time. [s]
    """

    #: What counts. [s]
    WINDOW = 300.0
    #: From this share on, what is done at first is too much to be left out of the pace.
    SMALL = 0.05

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()
        self._total = 0

    def __call__(self, done: int, total: int) -> None:
        """Take note of what is done, of all."""
        now, self._total = self._clock(), total
        last = self._marks[-1][1] if self._marks else 0
        first = len(self._marks) == 1 and last == 0
        if done <= 0 or done < last or (first and done <= max(1, self.SMALL * total)):
            self._marks.clear()
        self._marks.append((now, done))
        while len(self._marks) > 2 and self._marks[1][0] <= now - self.WINDOW:
            self._marks.popleft()

    @property
    def rate(self) -> float | None:
        """What is done in a second; None as long as that is unknown. [s-1]"""
        if len(self._marks) < 2:
            return None
        (begun, first), (_, done) = self._marks[0], self._marks[-1]
        seconds = self._marks[-1][0] - begun
        return (done - first) / seconds if seconds > 0 and done > first else None

    @property
    def left(self) -> float | None:
        """How long the rest takes. [s]"""
        if self.rate is None:
            return None
        return (self._total - self._marks[-1][1]) / self.rate


class _Lines:
    """Tells progress in the log, not too often, and when all is done: that only if ``whole``."""

    def __init__(self, what: str, *, whole: bool = True) -> None:
        self._what, self._whole, self._pace = what, whole, Pace(time.monotonic)
        self._told, self._ended = time.monotonic(), False

    def __call__(self, done: int, total: int) -> None:
        self._pace(done, total)
        now = time.monotonic()
        if done < total:
            self._ended = False
        if done == 0:
            self._told = now
        last = done >= total and self._whole and not self._ended
        if now - self._told < INTERVAL and not last:
            return
        self._told, self._ended = now, done >= total
        rate, left = self._pace.rate, self._pace.left
        facts = {
            "done": done,
            "total": total,
            "rate": None if rate is None else round(rate, 3),
            "seconds_left": None if left is None else round(left),
        }
        logger.info("%s", self._sentence(done, total), extra=facts)

    def _sentence(self, done: int, total: int) -> str:
        from fluxkit.archive.times import in_words

        rate, left = self._pace.rate, self._pace.left
        speed = "" if rate is None else f", {rate:.1f} per second"
        rest = "" if left is None or done >= total else f", {in_words(left)} left"
        return f"{done} of {total} {self._what}{speed}{rest}"


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from fluxkit.archive.times import in_words

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    handler = ConsoleHandler(console)
    handler.addFilter(at_least(logging.WARNING, _STEPS))
    pace = Pace()
    # Drawn where something changes, by no thread of its own: workers are forked from a process with one.
    drawing = Progress(*columns, console=console, auto_refresh=False)
    with logging_to(handler, logging.INFO), drawing as bar:
        task, drawn = bar.add_task(what, total=None, pace=""), 0.0

        def show(done: int, total: int) -> None:
            nonlocal drawn
            pace(done, total)
            speed = "" if pace.rate is None else f"{pace.rate:.1f}/s"
            rest = "" if pace.left is None or done >= total else f", {in_words(pace.left)} left"
            due = time.monotonic() >= drawn + _PICTURE or done >= total
            bar.update(task, completed=done, total=total, pace=speed + rest, refresh=due)
            drawn = time.monotonic() if due else drawn

        yield show
