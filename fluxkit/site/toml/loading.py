"""Read and check TOML files: a station's as a `Site`, others by their model."""

import re
import tomllib
from collections.abc import Callable, Container, Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fluxkit.errors import ConfigError
from fluxkit.locations import location
from fluxkit.site.checks.columns import column_table_problems
from fluxkit.site.expected import disguised, problems_of
from fluxkit.site.models import Site
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.sections.strict import Path as KeyPath
from fluxkit.site.toml.explain import explain, line_numbers

Model = TypeVar("Model", bound=BaseModel)

_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")


def load(path: str | PathLike[str] | Mapping[str, Any]) -> Site:
    """Read and check a station's configuration.

    ``site.raw.files`` stays as written; `fluxkit.site.files.resolve_files` turns it
    into paths, relative to the folder of this file.

    Parameters
    ----------
    path : path or dict
        A TOML file, or the tables of one as nested dicts.

    Returns
    -------
    Site
        The configuration, checked.

    Raises
    ------
    ConfigError
        The file does not exist, is not TOML, or something in it is missing, unknown or
        not allowed. Lists everything that was found, each with line and key.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> site.station.name, site.raw.rate, site.gases
    ('Demo meadow', 10.0, ('co2', 'h2o'))
    """
    if isinstance(path, Mapping):
        return _checked_data(Site, dict(path), "dict", column_table_problems)
    path = located(path)
    return loads(text_of(path, "fluxkit init"), source=str(path))


def located(path: str | PathLike[str]) -> Path:
    """Return the place of a configuration, of this machine or of a store."""
    # A place in a store is no PathLike: nothing could open it by its text alone.
    return location(fspath(path) if isinstance(path, PathLike) else path)


def text_of(path: Path, command: str | None = None) -> str:
    """Return the text of a configuration; ``command`` is what would write one, where there is such.

    Raises
    ------
    ConfigError
        It is not there, cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            str(path), ["no such file" + (f"; `{command}` writes one" if command else "")]
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"not UTF-8 text (byte {error.start}); save it as UTF-8"]) from error
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error


def loads(text: str, source: str = "<text>") -> Site:
    """Check a configuration given as TOML text; ``source`` names it in errors. See `load`."""
    return checked(Site, text, source, more=column_table_problems)


def checked(
    root: type[Model],
    text: str,
    source: str,
    *,
    more: Callable[[dict[str, Any]], Iterable[ConfigProblem]] = lambda data: (),
) -> Model:
    """Return a TOML text as a model.

    Parameters
    ----------
    root : type
        Model of the whole configuration.
    text : str
        TOML.
    source : str
        Name of the text in errors.
    more : callable, optional
        Problems of the tables as read that the model finds only once all else is right; called when the
        model finds others, so that all are reported at once.

    Raises
    ------
    ConfigError
        It is not TOML, or is not what the model expects. Lists everything that was found.
    """
    return _checked_data(root, parse_toml(text, source), source, more, text)


def _checked_data(
    root: type[Model],
    data: dict[str, Any],
    source: str,
    more: Callable[[dict[str, Any]], Iterable[ConfigProblem]],
    text: str = "",
) -> Model:
    """Return tables as a model; with their text, problems name its lines."""
    model, problems = None, []
    try:
        model = root.model_validate(data)
    except ValidationError as error:
        problems = [*problems_of(error, root, data)]
        problems += _new(more(data), {problem.path for problem in problems})
    refused = {problem.path for problem in problems if problem.message.startswith("found")}
    problems += _new(disguised(root, data), refused)
    if model is None or problems:
        raise ConfigError(source, explain(problems, data, line_numbers(text)))
    return model


def _new(problems: Iterable[ConfigProblem], paths: Container[KeyPath]) -> list[ConfigProblem]:
    """Return the problems of keys that are not reported yet."""
    return [problem for problem in problems if problem.path not in paths]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a site file: for editors that check while one types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Site.model_json_schema(),
        "title": "fluxkit site",
        "description": "Configuration of one eddy-covariance station for fluxkit.",
    }


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text, or raise ConfigError with line and what was found."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(
            source, ["lists or tables stand too deep in one another; is it damaged?"]
        ) from error
    except tomllib.TOMLDecodeError as error:
        place = _AT.search(str(error))
        line = place["line"] if place and place["line"] else str(len(text.splitlines()))
        what = _AT.sub("", str(error))
        found = text.splitlines()[int(line) - 1].strip() if text.splitlines() else ""
        problem = f"line {line}: not valid TOML: {what[:1].lower()}{what[1:]}; found {found!r}"
        raise ConfigError(source, [problem]) from error
