"""The command that keeps up with a folder that a logger fills."""

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

if TYPE_CHECKING:
    from fluxkit.archive.watch.rounds import Round

logger = logging.getLogger(__name__)

Every = Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Between the beginnings of two looks.")]
Settle = Annotated[
    float,
    typer.Option(min=0, metavar="SECONDS", help="A file that changed within this time is still written to."),
]
Workers = Annotated[
    int, typer.Option(min=0, metavar="N", help="Processes; 0: as many as are worth while for what is new.")
]
Once = Annotated[bool, typer.Option("--once", help="End after one look, for a scheduler of jobs.")]


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
    """Keep up with a folder that a logger fills, until it is ended (Ctrl-C, SIGTERM)."""
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
            logger.info("ended: what is condensed is kept, the next watch goes on from there")


def _tell(done: "Round") -> None:
    level = logging.ERROR if done.failure is not None and not done.waiting else logging.INFO
    logger.log(level, "%s", done.sentence, extra={"watch": done.facts()})


@contextmanager
def _ended_by_signals() -> Iterator[Event]:
    """Give an event that the first SIGINT or SIGTERM sets; the second SIGINT interrupts."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        logger.info("ending after the day at work; Ctrl-C once more to end at once")
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
