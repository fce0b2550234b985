"""Every exception and warning that a user can see.

Each message says what was found, where, and what to do. ``FluxkitError`` is what the
engine catches for one input and what the command line prints without a traceback.
"""

from collections.abc import Callable
from typing import Any

#: Longest account of what is wrong with a file; damaged ones have names of columns without end.
MOST_CHARACTERS = 4000
#: Characters that begin a line, move the cursor of a terminal, or turn the direction of text, as names in a
#: file may hold them, and how they are written out.
CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
CONTROL |= {ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}
CONTROL |= {
    code: f"\\u{code:04x}"
    for code in (0x061C, *range(0x200E, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


def one_line(text: str) -> str:
    """Return a text whose control characters are written out."""
    return text.translate(CONTROL)


def account(text: str) -> str:
    """Return a text in one line, cut where it goes on without end."""
    plain = one_line(text)
    return (
        plain if len(plain) <= MOST_CHARACTERS else f"{plain[:MOST_CHARACTERS]}... ({len(plain)} characters)"
    )


class FluxkitError(Exception):
    """Base class of everything that is not a bug."""

    def __reduce__(self) -> tuple[Callable[..., "FluxkitError"], tuple[Any, ...]]:
        """Say how to make the error anew in another process: it may take other arguments than its words."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[FluxkitError], words: tuple[Any, ...], facts: dict[str, Any]) -> FluxkitError:
    error = kind.__new__(kind, *words)
    error.__dict__.update(facts)
    return error


class ConfigError(FluxkitError):
    """A configuration is wrong: file, key, what was found, what is allowed."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class ReadError(FluxkitError):
    """A raw file, or a place in it, cannot be used."""

    def __init__(self, source: str, detail: str, *, line: int | None = None) -> None:
        self.source = source
        self.detail = account(detail)
        self.line = line
        place = f":{line}" if line is not None else ""
        super().__init__(f"{one_line(source)}{place}: {self.detail}")


class StoreError(FluxkitError):
    """A store as a whole cannot be used: not reached, no credentials, no such bucket, a package missing."""

    def __init__(self, source: str, detail: str) -> None:
        self.source = source
        self.detail = detail
        super().__init__(f"{source}: {detail}")


class UnknownFormatError(ReadError):
    """No reader, or more than one, recognises a file."""


class MomentsError(FluxkitError):
    """A moments dataset lacks what a decision needs, or was not made by this version."""


class NoInputError(FluxkitError):
    """Nothing usable was found (exit code 3)."""


class WriteError(FluxkitError):
    """A result cannot be written: the disk is full, or the folder is not ours to write to."""

    def __init__(self, target: str, detail: str) -> None:
        self.target = target
        self.detail = detail
        super().__init__(
            f"{target}: cannot be written: {detail}; make room or give another folder, then run again: "
            "days that are done are kept"
        )


class LockedError(FluxkitError):
    """Another run works on the same output folder."""
