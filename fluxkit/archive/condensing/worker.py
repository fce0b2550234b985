"""The work of a process that condenses days for another. Importing this does not load xarray: see `serve`."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from fluxkit.archive.folder.summaries import Summary
from fluxkit.archive.job import Job
from fluxkit.archive.own_process import keep_optional_out
from fluxkit.archive.planning.plan import Day
from fluxkit.errors import FluxkitError

if TYPE_CHECKING:
    from fluxkit.archive.condensing.condensers import Condensers

READY = "ready"
#: Environment variable with the settings, as JSON, whose kernels are loaded once for all workers.
PRELOADED_SITE = "FLUXKIT_PRELOADED_SITE"

#: What a worker says: that it is ready, periods done, a line for the log, what became of its day.
Said = str | int | logging.LogRecord | Summary | FluxkitError


def serve(
    link: "Connection[Said, tuple[Day, Job]]",
    environment: dict[str, str],
    inherited: "Sequence[Connection[tuple[Day, Job], Said]]" = (),
    condensers: "Condensers | None" = None,
) -> None:
    """Condense days as they arrive, in a separate process.

    Parameters
    ----------
    link : multiprocessing.connection.Connection
        To the parent, which sends days and hears what became of them.
    environment : dict of str
        The parent's: credentials of a store may have been set since the process was started from which
        this one is forked.
    inherited : sequence of multiprocessing.connection.Connection
        The parent's ends of this worker's and of other workers' links, which a fork of the parent has too: as
        long as one is open here, that worker does not see its parent close it.
    condensers : Condensers, optional
        Those that the parent has made, whose kernels are loaded.
    """
    for theirs in inherited:
        theirs.close()
    os.environ.clear()
    os.environ.update(environment)
    for name in (
        "SIGINT",
        "SIGHUP",
    ):  # sent to all of a terminal's processes: the parent ends this one, in order
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _log_to(link)
    keep_optional_out()  # before what brings xarray
    from fluxkit.archive.condensing.condensers import Condensers
    from fluxkit.archive.condensing.day import run_day

    condensers = Condensers() if condensers is None else condensers
    link.send(READY)
    while True:
        try:
            day, job = link.recv()
        except (EOFError, OSError):
            return
        try:
            link.send(run_day(day, job, condensers.of(day.site), link.send))
        except FluxkitError as error:
            link.send(error)


def _end_with_parent() -> None:
    """End this process as soon as its parent has ended, since then the lock is gone too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _ToParent(logging.Handler):
    def __init__(self, link: "Connection[Said, tuple[Day, Job]]") -> None:
        super().__init__()
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args = record.getMessage(), None
        record.exc_info = None  # it cannot travel; words can
        self._link.send(record)


def _log_to(link: "Connection[Said, tuple[Day, Job]]") -> None:
    """Send what the library logs to the parent, which shows it."""
    library = logging.getLogger("fluxkit")
    library.handlers.clear()  # a fork of the parent has its terminal's
    library.addHandler(_ToParent(link))
    library.setLevel(logging.INFO)
    library.propagate = False
