"""Every exception and warning that a user can see.

Each message says what was found, where, and what to do. ``FluxkitError`` is what the
engine catches for one input and what the command line prints without a traceback.
"""


class FluxkitError(Exception):
    """Base class of everything that is not a bug."""


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
        self.detail = detail
        self.line = line
        place = f":{line}" if line is not None else ""
        super().__init__(f"{source}{place}: {detail}")


class UnknownFormatError(ReadError):
    """No reader, or more than one, recognises a file."""


class MomentsError(FluxkitError):
    """A moments dataset lacks what a decision needs, or was not made by this version."""


class NoInputError(FluxkitError):
    """Nothing usable was found (exit code 3)."""


class LockedError(FluxkitError):
    """Another run works on the same output folder."""
