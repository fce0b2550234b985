"""What deciding says in the log, for the page: a terminal behind a browser is not looked at."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Ear(logging.Handler):
    """Keeps the sentences of one thread, each once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: dict[str, None] = {}
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record that is of this thread."""
        if record.thread == self._thread:
            self.sentences.setdefault(record.getMessage())


@contextmanager
def hearing() -> Iterator[dict[str, None]]:
    """Give a growing set of the warnings that this thread's work logs, in their order.

    Examples
    --------
    >>> import logging
    >>> from fluxkit.explore.hearing import hearing
    >>> with hearing() as said:
    ...     logging.getLogger("fluxkit.tower").warning("%d periods are odd", 3)
    >>> list(said)
    ['3 periods are odd']
    """
    ear, logger = _Ear(), logging.getLogger("fluxkit")
    logger.addHandler(ear)
    try:
        yield ear.sentences
    finally:
        logger.removeHandler(ear)
