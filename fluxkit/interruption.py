"""Ending in order: a signal leaves a note, and loops look at it where nothing is half done.

An exception that a signal's handler raises comes out wherever the program is at that moment: within the call
of a compiled kernel or of netCDF's library, which take it for an error of their own, or of the day's data.
"""

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Generic, TypeVar

Item = TypeVar("Item")

#: Signals that end a command. Windows has no SIGHUP, which tells that the terminal was closed.
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_noted: list[int] = []  #: signals since notes are taken


class Interrupted(KeyboardInterrupt):
    """The process was asked to end, and has come to a place where it can."""

    def __init__(self, number: int) -> None:
        self.number = number  #: of the signal
        super().__init__(signal.Signals(number).name)

    @property
    def code(self) -> int:
        """Exit code as shells have it: 128 and the signal's number."""
        return 128 + self.number


def give_way() -> None:
    """End here if a signal has asked for it.

    Raises
    ------
    Interrupted
        A signal has been noted.
    """
    if _noted:
        raise Interrupted(_noted[0])


class GivingWay(Generic[Item]):
    """Items one after the other, each time they are iterated, until a signal is noted.

    Parameters
    ----------
    items : iterable
        What to give.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            give_way()
            yield item


@contextmanager
def noting_signals() -> Iterator[None]:
    """Note SIGINT, SIGTERM and SIGHUP for `give_way`; a second SIGINT interrupts at once.

    A signal that this process was started to ignore (``nohup``, a shell's background) stays ignored. A signal
    that nothing has looked at ends the block.

    Raises
    ------
    Interrupted
        At the end, if a signal came when there was nothing left to look at it.
    """
    if threading.current_thread() is not threading.main_thread():  # it cannot have signals
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    _noted.clear()
    try:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, _note)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # set by other than Python: it was left as it is
                signal.signal(number, handler)
        came = _noted[:]
        _noted.clear()
    if came:
        raise Interrupted(came[0])


def _note(number: int, _frame: FrameType | None) -> None:
    if number == signal.SIGINT and _noted:
        raise Interrupted(number)
    _noted.append(number)
