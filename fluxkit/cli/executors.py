"""Options for schedulers and shards, and what happens when a command is interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.telling import tell
from fluxkit.errors import ConfigError
from fluxkit.interruption import Interrupted, noting_signals

if TYPE_CHECKING:
    from distributed import Client

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
    """On Ctrl-C, SIGTERM and SIGHUP, end where nothing is half done, and print how to continue."""
    try:
        with noting_signals():
            yield
    except Interrupted as error:
        tell("fluxkit: interrupted; finished days are kept: run the same command again to continue", err=True)
        raise typer.Exit(error.code) from None
