"""Log messages as plain lines for people or JSON objects for machines."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fluxkit.cli.telling import json_text
from fluxkit.errors import one_line

if TYPE_CHECKING:
    from rich.console import Console

#: Of a record, what a JSON line says beside time, level, logger and message.
_EXTRA = ("done", "total", "rate", "seconds_left", "watch")


class PlainLines(logging.Formatter):
    """One line per message, even if it holds line breaks; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the message without control characters."""
        return one_line(super().formatMessage(record))


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: record.__dict__[key] for key in _EXTRA if key in record.__dict__}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json_text(line)


class ConsoleHandler(logging.Handler):
    """Log lines printed above a progress bar.

    Parameters
    ----------
    console : rich.console.Console
        The one that shows the bar.
    """

    def __init__(self, console: "Console") -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        text = "\n".join(one_line(line) for line in self.format(record).split("\n"))
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class OncePerMessage(logging.Filter):
    """Passes each message only once, since `watch` finds the same damaged file in every round.

    Parameters
    ----------
    others : sequence of str
        Loggers whose messages always pass.
    """

    #: Messages that are remembered; then all is told anew.
    MOST = 10_000

    def __init__(self, others: Sequence[str]) -> None:
        super().__init__()
        self._others = frozenset(others)
        self._told: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is new."""
        if record.name in self._others:
            return True
        message = record.getMessage()
        if message in self._told:
            return False
        if len(self._told) >= self.MOST:
            self._told.clear()
        self._told.add(message)
        return True


def at_least(level: int, others: Sequence[str]) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that passes a level and above, and everything from some loggers."""
    names = frozenset(others)
    return lambda record: record.levelno >= level or record.name in names


@contextmanager
def logging_to(handler: logging.Handler, level: int) -> Iterator[None]:
    """Send what fluxkit logs to a handler, within the block."""
    logger = logging.getLogger("fluxkit")
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        handler.close()
