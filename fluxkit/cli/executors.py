"""Who does the work: options for it, and what happens when it is interrupted."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.errors import ConfigError

if TYPE_CHECKING:
    from distributed import Client

#: Exit codes of a command that was ended by a signal, as shells have them: 128 and the signal's number.
INTERRUPTED, TERMINATED = 130, 143

Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Condense on the workers of this dask scheduler (tcp://host:8786, or its scheduler file).",
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard", metavar="I/N", help="Do the I-th of N shares of the days, beside others: for job arrays."
    ),
]


class _Terminated(KeyboardInterrupt):
    """The process was asked to end, by SIGTERM."""


@contextmanager
def client_of(scheduler: str | None) -> Iterator["Client | None"]:
    """Give a client of a scheduler; None if none is named.

    Raises
    ------
    ConfigError
        dask is not installed, or the scheduler does not answer.
    """
    if scheduler is None:
        yield None
        return
    try:
        from fluxkit.archive.condensing.dask_pool import connected
    except ModuleNotFoundError as error:
        problem = f"{error.name} is not installed: pip install 'fluxkit[dask]'"
        raise ConfigError("--scheduler", [problem]) from error
    with connected(scheduler) as client:
        yield client


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end a command with a word on how to go on, and the exit code of shells."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _terminate) if main else None
    try:
        yield
    except KeyboardInterrupt as error:
        typer.echo(
            "fluxkit: interrupted; days that are done are kept: give the same command to go on", err=True
        )
        code = TERMINATED if isinstance(error, _Terminated) else INTERRUPTED
        raise typer.Exit(code) from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated
