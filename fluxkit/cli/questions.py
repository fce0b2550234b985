"""What `init` asks a person, and how answers are read: with the units that the person has."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import typer

from fluxkit.cli.telling import tell
from fluxkit.schema import units
from fluxkit.site.sections.strict import did_you_mean

Reader = Callable[[str], object]


@dataclass(frozen=True)
class Question:
    """One thing that no file tells."""

    key: str  #: block and key of the configuration: ``station.latitude``
    words: str
    read: Reader
    default: str = ""  #: "" if there is none


def text(answer: str) -> str:
    """Return an answer as it is."""
    return answer.strip()


def one_of(choices: Iterable[str]) -> Reader:
    """Return a reader of one of several words."""
    known = tuple(choices)

    def read(answer: str) -> str:
        word = answer.strip().lower()
        if word not in known:
            raise ValueError(f"{answer!r} is not known{did_you_mean(word, known)}; one of {', '.join(known)}")
        return word

    return read


def length(answer: str) -> float:
    """Return a length in metres: "4.4", "440 cm", "14 ft"."""
    return _number(answer, {"ft": 0.3048, "in": 0.0254} | _scales("depth"), "m")


def flow(answer: str) -> float:
    """Return a flow in litres per minute: "15", "15 l/min", "0.9 m3/h"."""
    return _number(
        answer, {"l/min": 1.0, "lpm": 1.0, "ml/min": 1e-3, "m3/h": 1e3 / 60.0, "l/s": 60.0}, "l/min"
    )


def number(answer: str) -> float:
    """Return a plain number."""
    return _number(answer, {}, "")


def degrees(answer: str) -> float:
    """Return decimal degrees: "60.59", "60 35 24 N", "7°31'48 E"."""
    found = re.fullmatch(
        r"\s*(-?[\d.]+)\s*°?\s*(?:([\d.]+)\s*['′]?\s*)?(?:([\d.]+)\s*[\"″]?\s*)?([NSEW]?)\s*", answer, re.I
    )
    if found is None:
        raise ValueError(f"{answer!r} is no angle: give it as 60.59 or 60 35 24 N")
    whole, minutes, seconds = (float(part or 0.0) for part in found.groups()[:3])
    value = abs(whole) + minutes / 60.0 + seconds / 3600.0
    south = found[1].startswith("-") or found[4].upper() in ("S", "W")
    return round(-value if south else value, 6)


def unit(dimensions: Iterable[str]) -> Reader:
    """Return a reader of a unit of one of several dimensions, as people spell it."""
    wanted = tuple(dimensions)

    def read(answer: str) -> str:
        spelled = units.canonical(answer.strip())
        if units.parse(spelled).dimension not in wanted:
            known = [name for name, each in units.UNITS.items() if each.dimension in wanted]
            raise ValueError(f"{answer!r} does not fit; one of {', '.join(known)}")
        return spelled

    return read


def hours(answer: str) -> float:
    """Return an offset of a clock in hours: "1", "UTC+5:45", "-03:30"."""
    found = re.fullmatch(r"\s*(?:UTC|GMT)?\s*([-+]?)(\d+(?:\.\d+)?)(?::(\d\d))?\s*h?\s*", answer, re.I)
    if found is None:
        raise ValueError(f"{answer!r} is no offset: give it as 1, -3.5 or UTC+5:45")
    value = float(found[2]) + float(found[3] or 0.0) / 60.0
    return -value if found[1] == "-" else value


def _scales(dimension: str) -> dict[str, float]:
    return {name: unit.scale for name, unit in units.UNITS.items() if unit.dimension == dimension}


def _number(answer: str, scales: Mapping[str, float], usual: str) -> float:
    found = re.fullmatch(r"\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)\s*(\S.*?)?\s*", answer.replace(",", "."))
    if found is None:
        raise ValueError(f"{answer!r} is no number{f' with a unit ({usual} if absent)' if usual else ''}")
    unit = (found[2] or usual).lower()
    if unit and unit != usual and unit not in scales:
        raise ValueError(f"{found[2]!r} is no unit here; one of {', '.join(scales) or 'none'}")
    return round(float(found[1]) * scales.get(unit, 1.0), 9)


def ask(questions: Iterable[Question]) -> dict[str, object]:
    """Ask each question on the terminal until its answer can be read; an empty one leaves it open."""
    tell("Empty answers leave a line to fill in. Lengths in m, or with their unit (440 cm).")
    found: dict[str, object] = {}
    for question in questions:
        while True:
            answer = typer.prompt(
                question.words, default=question.default, show_default=bool(question.default)
            )
            if not str(answer).strip():
                break
            try:
                found[question.key] = question.read(str(answer))
                break
            except ValueError as error:
                tell(f"  {error}")
    return found


def given(settings: Iterable[str], questions: Iterable[Question]) -> dict[str, object]:
    """Return what ``--set KEY=VALUE`` answers, read as answers are.

    Raises
    ------
    typer.BadParameter
        A key that is no question, or a value that cannot be read.
    """
    known = {question.key: question for question in questions}
    found: dict[str, object] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        key = key.strip()
        if not equals:
            raise typer.BadParameter(f"{setting!r}: give KEY=VALUE, such as station.latitude=60.59")
        if key not in known:
            raise typer.BadParameter(
                f"{key!r} is not known{did_you_mean(key, known)}; one of {', '.join(known)}"
            )
        try:
            found[key] = known[key].read(value)
        except ValueError as error:
            raise typer.BadParameter(f"{key}: {error}") from error
    return found
