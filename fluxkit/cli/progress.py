"""How far a run is: a bar on a terminal, lines elsewhere."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fluxkit.cli.logs import ConsoleHandler, JsonLines, logging_to

logger = logging.getLogger(__name__)

#: Between two lines about progress. [s]
INTERVAL = 10.0

Progress = Callable[[int, int], None]


@contextmanager
def progress(
    *, json_log: bool = False, quiet: bool = False, what: str = "averaging periods"
) -> Iterator[Progress]:
    """Show logs and progress on standard error; gives what to call with the number done and in all.

    Parameters
    ----------
    json_log : bool, default False
        One JSON object a line, no bar.
    quiet : bool, default False
        Errors only.
    what : str, default "averaging periods"
        What is counted.
    """
    if json_log or quiet or not sys.stderr.isatty():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(
            JsonLines() if json_log else logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")
        )
        with logging_to(handler, logging.ERROR if quiet else logging.INFO):
            yield _Lines(what)
    else:
        with _bar(what) as shown:
            yield shown


class _Lines:
    """Tells progress in the log, not too often."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told < INTERVAL and done < total:
            return
        self._told = now
        seconds = now - self._begun
        rate = f", {done / seconds:.1f} per second" if seconds > 0 and done else ""
        left = f", {(total - done) * seconds / done:.0f} s left" if 0 < done < total else ""
        message = f"{done} of {total} {self._what}{rate}{left}"
        logger.info(message, extra={"done": done, "total": total})


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    handler = ConsoleHandler(console)
    begun = time.monotonic()
    with logging_to(handler, logging.WARNING), Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=None, rate="")

        def show(done: int, total: int) -> None:
            seconds = time.monotonic() - begun
            bar.update(
                task, completed=done, total=total, rate=f"{done / seconds:.1f}/s" if seconds > 0 else ""
            )

        yield show
