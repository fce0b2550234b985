"""The command that follows a folder that a logger fills."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.process import Config, JsonLog, Out, Quiet
from fluxkit.cli.progress import progress
from fluxkit.interruption import ENDING

if TYPE_CHECKING:
    from fluxkit.archive.watch.rounds import Round

logger = logging.getLogger(__name__)

Every = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Time from the start of one round to the next.")
]
Settle = Annotated[
    float,
    typer.Option(min=0, metavar="SECONDS", help="Files that changed within this time are not read yet."),
]
Workers = Annotated[int, typer.Option(min=0, metavar="N", help="Worker processes; 0 = choose automatically.")]
Once = Annotated[bool, typer.Option("--once", help="Run once and exit (for cron).")]


def watch(
    config: Config,
    out: Out,
    every: Every = 60.0,
    settle: Settle = 30.0,
    workers: Workers = 1,
    once: Once = False,
    json_log: JsonLog = False,
    quiet: Quiet = False,
) -> None:
    """Follow a folder that a logger fills, until stopped (Ctrl-C, SIGTERM)."""
    from fluxkit.archive.watch.rounds import rounds

    with progress(json_log=json_log, quiet=quiet, watching=True) as shown, _ended_by_signals() as stop:
        for done in rounds(
            config,
            out,
            every=every,
            settle=settle,
            workers=workers or None,
            once=once,
            progress=shown,
            stop=stop,
        ):
            _tell(done)
            if once and done.failure is not None:
                raise done.failure
        if stop.is_set():
            logger.info("stopped: condensed days are kept, the next watch continues from there")


def _tell(done: "Round") -> None:
    level = logging.ERROR if done.failure is not None and not done.waiting else logging.INFO
    logger.log(level, "%s", done.sentence, extra={"watch": done.facts()})


@contextmanager
def _ended_by_signals() -> Iterator[Event]:
    """Give an event that the first signal to end sets; the second SIGINT interrupts."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        logger.info("stopping after the current day; press Ctrl-C again to stop at once")
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {
        number: signal.signal(number, end)
        for number in ENDING
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
