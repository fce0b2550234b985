"""Options for schedulers and shards, and what happens when a command is interrupted."""

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
        help="Use the workers of this dask scheduler (tcp://host:8786, or its scheduler file).",
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Process only share I of N of the days, for job arrays."),
]


class _Terminated(KeyboardInterrupt):
    """The process received SIGTERM."""


@contextmanager
def client_of(scheduler: str | None) -> Iterator["Client | None"]:
    """Give a client of a scheduler; None if no scheduler is named.

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
    """On Ctrl-C and SIGTERM, print how to continue and end with the usual exit code."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _terminate) if main else None
    try:
        yield
    except KeyboardInterrupt as error:
        typer.echo(
            "fluxkit: interrupted; finished days are kept: run the same command again to continue", err=True
        )
        code = TERMINATED if isinstance(error, _Terminated) else INTERRUPTED
        raise typer.Exit(code) from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated
