"""An exploration from its folder to its end."""

import logging
import signal
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from fluxkit.explore.answers import QUESTIONS, Explorer
from fluxkit.explore.hearing import hearing
from fluxkit.explore.page import render
from fluxkit.explore.server import Answer, Server
from fluxkit.explore.station import job_of
from fluxkit.interruption import ENDING


def explore(
    out: Path,
    config: Path | None = None,
    *,
    port: int = 0,
    browser: bool = True,
    tell: Callable[[str], None] = lambda text: None,
) -> None:
    """Serve the explorer of a results folder until a signal ends it.

    Parameters
    ----------
    out : pathlib.Path
        Results folder with moments.
    config : pathlib.Path, optional
        Configuration; by default the one that made the results, if it is near.
    port : int, default 0
        Of 127.0.0.1; 0: any that is free.
    browser : bool, default True
        Open one.
    tell : callable, optional
        Called with what a person at the terminal should know.

    Raises
    ------
    ConfigError
        The configuration is not found or wrong, or the port is taken.
    MomentsError
        There are no moments, or they are damaged.
    """
    job, found, said = job_of(out, config)
    questions: dict[str, Answer] = {}
    server = Server(lambda: render(explorer, said), questions, port)  # first: that a port is taken is told
    with server:
        tell(f"{said}; reading {job.out}")
        with hearing() as heard:
            explorer = Explorer(job, found)
        for sentence in heard:
            tell(sentence)
        logging.getLogger("fluxkit").addHandler(logging.NullHandler())  # the page says it, not the terminal
        for name in QUESTIONS:
            questions[f"/{name}"] = getattr(explorer, name)
        try:
            tell(f"open {server.address}")
            tell("Ctrl-C ends it; nothing has been written")
            _serve(server, browser=browser)
        finally:
            explorer.end()
    tell("ended")


def _serve(server: Server, *, browser: bool) -> None:
    """Answer until a signal comes."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.getsignal(number) for number in ENDING}
    before = {n: handler for n, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, end)
    threading.Thread(target=server.serve_forever, name="explorer", daemon=True).start()
    try:
        if browser:
            webbrowser.open(server.address)
        while not ended.wait(0.5):  # a wait without end is not interrupted on Windows
            pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        server.shutdown()
