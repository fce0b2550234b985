"""Steps of a run that take their time: the log says when each begins, and how long it took."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fluxkit.archive.durations import in_words

logger = logging.getLogger(__name__)


@contextmanager
def phase(what: str) -> Iterator[None]:
    """Tell the begin and the end of a step."""
    logger.info("%s ...", what)
    begun = time.monotonic()
    yield
    logger.info("%s took %s", what, in_words(time.monotonic() - begun))
