"""What becomes of every key of a project and of its metadata file, and where the files lie that it names."""

import configparser
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fluxkit.errors import ConfigError

Verdict = Literal["same", "near", "not supported"]


@dataclass(frozen=True)
class ImportNote:
    """What became of one key of an imported file."""

    key: str  #: file, section and key: ``project:RawProcess_Settings.rot_meth``
    value: str  #: as in the file
    verdict: Verdict
    remark: str


class Ledger:
    """One INI file, read; every key that is used must be entered with a verdict.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : str
        What the notes call it: ``project`` or ``metadata``.
    text : str, optional
        Its content, where that has been read already.
    """

    def __init__(self, path: Path, name: str, text: str | None = None) -> None:
        self.path = path
        self.name = name
        self._values = _read(path, _decoded(path) if text is None else text)
        self._notes: dict[tuple[str, str], ImportNote] = {}

    def __contains__(self, place: tuple[str, str]) -> bool:
        return place in self._values

    def places(self) -> list[tuple[str, str]]:
        """Return (section, key) of all entries, in the order of the file."""
        return list(self._values)

    def text(self, section: str, key: str, default: str = "") -> str:
        """Return a value as text, ``default`` if the key is absent or empty."""
        return self._values.get((section, key), "") or default

    def number(self, section: str, key: str, default: float | None = None) -> float:
        """Return a value as a number; a key that is absent or empty gives ``default``."""
        text = self.text(section, key)
        if not text and default is not None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            found = f"found {text!r}" if (section, key) in self._values else "missing"
            raise self.wrong(section, key, f"{found}; allowed: a number")
        return value

    def code(self, section: str, key: str, default: int) -> int:
        """Return a value as the whole number that codes a choice."""
        value = self.number(section, key, default)
        if value != int(value):
            raise self.wrong(section, key, f"found {value:g}; allowed: a whole number")
        return int(value)

    def enter(self, section: str, key: str, verdict: Verdict, remark: str) -> None:
        """Record what became of a key; a second entry wins. Absent keys are not recorded."""
        if (section, key) in self._values:
            value = self._values[section, key]
            name = f"{self.name}:{section}.{key}"
            self._notes[section, key] = ImportNote(name, value, verdict, remark)

    def entered(self, section: str, key: str) -> bool:
        """Tell whether a key has a verdict."""
        return (section, key) in self._notes

    def notes(self) -> list[ImportNote]:
        """Return the notes of all keys, in the order of the file."""
        return [self._notes[place] for place in self._values if place in self._notes]

    def wrong(self, section: str, key: str, problem: str) -> ConfigError:
        """Return the error for a key with a wrong value."""
        return ConfigError(str(self.path), [f"[{section}] {key}: {problem}"])


def grouped(notes: Iterable[ImportNote]) -> list[ImportNote]:
    """Join the notes of keys that share verdict and remark into one.

    Parameters
    ----------
    notes : iterable of Note
        All notes of an import.

    Returns
    -------
    list of Note
        ``key`` lists the joined keys; ``value`` is kept where they agree, else "".
    """
    bundles: dict[tuple[Verdict, str], list[ImportNote]] = {}
    for note in notes:
        bundles.setdefault((note.verdict, note.remark), []).append(note)
    return [
        ImportNote(
            key=", ".join(note.key for note in bundle),
            value=bundle[0].value if len({note.value for note in bundle}) == 1 else "",
            verdict=verdict,
            remark=remark,
        )
        for (verdict, remark), bundle in bundles.items()
    ]


def _read(path: Path, text: str) -> dict[tuple[str, str], str]:
    parser = configparser.ConfigParser(
        interpolation=None,
        strict=False,
        comment_prefixes=(";", "#"),
        delimiters=("=",),
        empty_lines_in_values=False,
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys differ in capitals
    try:
        parser.read_string(text, source=str(path))
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line is not None else ""
        problem = f"{place}not an INI file with [Section] and key=value lines"
        raise ConfigError(str(path), [problem]) from error
    sections = {section: parser[section] for section in parser.sections()}
    return {
        (name, key): value.strip() for name, entries in sections.items() for key, value in entries.items()
    }


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(str(path), ["no such file"]) from error
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # older Windows versions wrote the system's code page


#: Key of a project that names a file -> option of the command, what the file is.
FILES = {
    "pf_file": ("--planar-fit", "planar-fit file"),
    "to_file": ("--time-lags", "file of optimised time lags"),
    "sa_file": ("--spectra", "spectral-assessment file"),
    "biom_file": ("--biomet", "biomet file"),
    "dyn_metadata_file": ("--dynamic-metadata", "file of dynamic metadata"),
}


@dataclass(frozen=True)
class Places:
    """The files that the user gave, and where to search for others."""

    given: Mapping[str, Path] = field(default_factory=dict)  #: key of `FILES` -> the file to take
    raw_dir: Path | None = None

    def find(self, project: Ledger, section: str, key: str) -> Path:
        """Return the file that a key of the project names.

        Raises
        ------
        ConfigError
            It is nowhere.
        """
        option, what = FILES[key]
        if key in self.given:
            if not self.given[key].is_file():
                raise ConfigError(str(self.given[key]), [f"no such {what} ({option})"])
            return self.given[key]
        name = project.text(section, key).replace("\\", "/")
        folder = project.path.parent
        places = [folder / name, folder / Path(name).name]
        places += [] if self.raw_dir is None else [self.raw_dir / Path(name).name]
        for place in places:
            if name and place.is_file():
                return place
        found = f"no such file: {places[0]}" if name else "missing"
        raise project.wrong(section, key, f"{found}; put the {what} there, or give it with {option} FILE")

    def require_use(self, key: str, used: bool, why: str) -> None:
        """Refuse a file that was given and would not be used, rather than pass it over."""
        if key in self.given and not used:
            option, what = FILES[key]
            raise ConfigError(str(self.given[key]), [f"the {what} ({option}) would not be used: {why}"])


#: Files are searched only beside the project.
BESIDE = Places()
