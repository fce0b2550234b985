"""What every section shares: the base model, units and lists of words, and how a problem is reported."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from fluxkit.schema import units

#: Keys from the outermost table inwards; positions in lists from 0.
Path = tuple[str | int, ...]

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


class Strict(BaseModel):
    """Base of all models of a configuration: frozen, unknown keys refused, no infinities."""

    # Sections are validated as parts of the whole: a validator of its own is built when first used.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


@dataclass(frozen=True)
class ConfigProblem:
    """One mistake in a configuration."""

    path: Path  #: of the key concerned, from the table that reports the problem
    message: str  #: what was found and what is allowed
    known: tuple[str, ...] = ()  #: words that are allowed instead of ``found``
    found: str = ""  #: the word that is not one of ``known``

    @property
    def sentence(self) -> str:
        """The problem with the known words, and the one that was probably meant."""
        if not self.known:
            return self.message
        hint = did_you_mean(self.found, self.known) or ";"
        return f"{self.message}{hint} known: {', '.join(self.known)}"

    def within(self, *path: str | int) -> Self:
        """Return the problem as an outer table reports it, in which this one lies at ``path``."""
        return replace(self, path=(*path, *self.path))


class ProblemsError(ValueError):
    """What a validator raises: any number of problems of its table."""

    def __init__(self, *problems: ConfigProblem) -> None:
        self.problems = problems
        super().__init__(*problems)

    def __str__(self) -> str:
        return "\n".join(f"{dotted(p.path)}: {p.sentence}" if p.path else p.sentence for p in self.problems)


def dotted(path: Path) -> str:
    """Return a key path as text: ``station.latitude``, ``changes[1].start`` (positions from 1)."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to a misspelt one, capitals ignored, or None."""
    by_folded = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"``, or nothing if no known word is close."""
    found = nearest(word, known)
    return f"; did you mean {found!r}?" if found else ""


@dataclass(frozen=True)
class OneOf:
    """Marks a text that must be one of some words, for lists too long or too changeable for a Literal."""

    what: str  #: what the words name
    known: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, word: str) -> str:
        if word not in self.known:
            raise ProblemsError(ConfigProblem((), f"unknown {self.what} {word!r}", self.known, word))
        return word


@dataclass(frozen=True)
class KeysOf:
    """Marks a table that holds keys of a model and is checked elsewhere, with the rest of that model.

    Each key has a value, false to remove that of the model, or a list of values.
    """

    model: type[BaseModel]
    listed: bool = False  #: whether each key has a list of values
    without: tuple[str, ...] = ()  #: keys of the model that are not allowed

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """Fields of the model that are allowed."""
        return {key: x for key, x in self.model.model_fields.items() if key not in self.without}


def _known_unit(text: str) -> str:
    try:
        units.parse(text)
    except ValueError:
        raise ProblemsError(ConfigProblem((), units.unknown_unit(text), tuple(units.UNITS), text)) from None
    return text


#: Name of a unit of `fluxkit.schema.units`.
Unit = Annotated[str, AfterValidator(_known_unit)]
