"""What can be chosen, read off the models of the configuration: no list of methods is typed here."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_origin

from pydantic import BaseModel, ValidationError

from fluxkit.ecosystem.processing.settings import Ustar
from fluxkit.errors import ConfigError
from fluxkit.site.expected import ExpectedValue, choices
from fluxkit.site.models import Site
from fluxkit.site.sections.methods import Decide
from fluxkit.site.sections.policy import LOST
from fluxkit.site.sections.reading import LagWindow
from fluxkit.site.toml.dumping import toml_value
from fluxkit.site.toml.loading import load

Kind = Literal["choice", "flag", "number", "toml"]
#: What is shown at once, under these headings; all else of [decide] is folded below. A key ending in a dot
#: stands for all below it.
GROUPS: Mapping[str, Sequence[str]] = {
    "Rotation": ("rotation", "planar_fit.sectors", "planar_fit.first_sector", "planar_fit.window_days"),
    "Time lags": ("lag", "columns."),
    "Detrending": ("detrending",),
    "Spectral corrections": ("high_frequency", "sorption", "separation", "low_frequency"),
    "Quality": ("quality",),
    "Friction velocity": ("ustar.threshold",),
    "Policy of flags": ("policy.",),
}
#: Where settings are that the groups do not name.
REST = "All other decisions"
#: u* belongs to what comes behind a station's fluxes: a setting of `fluxkit ecosystem`.
USTAR = "ustar.threshold"
#: Decided by what was condensed: another value needs other moments.
FIXED = ("arithmetic",)


@dataclass(frozen=True)
class Control:
    """One setting that can be chosen."""

    key: str  #: with dots; of [decide], or ``columns.<gas>.lag``, or ``ustar.threshold``
    kind: Kind
    group: str
    label: str
    help: str
    value: Any  #: as the station has it; of kind toml its text
    options: tuple[str, ...] = ()


def controls_of(site: Site) -> list[Control]:
    """Return all that can be chosen for a station, group by group."""
    found = {control.key: control for control in _all(site)}
    ordered = [key for keys in GROUPS.values() for wanted in keys for key in found if _is(key, wanted)]
    return [found[key] for key in dict.fromkeys([*ordered, *found])]


def _is(key: str, wanted: str) -> bool:
    return key.startswith(wanted) if wanted.endswith(".") else key == wanted


def _all(site: Site) -> Iterator[Control]:
    yield from _of_model(site.decide, "")
    about = ExpectedValue(LagWindow)
    for gas in site.gases:
        window = site.columns[gas].lag
        value = "" if window is None else toml_value(window.model_dump(exclude_none=True))
        words = f"delay behind the wind, seconds: {about.allowed}; empty: from tube and flow"
        yield _control(f"columns.{gas}.lag", "toml", words, value)
    words = ExpectedValue.of(Ustar.model_fields["threshold"]).allowed
    yield _control(USTAR, "number", f"{words}; by night, NEE below it is left out", None)


def _of_model(model: BaseModel, prefix: str) -> Iterator[Control]:
    for name, field in type(model).model_fields.items():
        key, value, place = f"{prefix}{name}", getattr(model, name), ExpectedValue.of(field)
        if key in FIXED:
            continue
        if isinstance(value, BaseModel):
            yield from _of_model(value, f"{key}.")
        elif name == "policy" and isinstance(model, Decide):
            yield from _policy(model, place)
        else:
            yield _of_value(key, place, value)


def _policy(decide: Decide, place: ExpectedValue) -> Iterator[Control]:
    """One choice for each reason that leaves a value."""
    inner = place.inner("", {})
    options = choices(inner.annotation) if inner else ()
    for reason, action in decide.actions.items():
        if reason not in LOST:
            yield _control(f"policy.{reason}", "choice", "", action, options)


def _of_value(key: str, place: ExpectedValue, value: Any) -> Control:
    kinds = [kind for kind, _ in place.alternatives]
    if all(get_origin(kind) is Literal for kind in kinds):
        options = choices(place.annotation)
        if all(isinstance(option, str) for option in options):
            return _control(key, "choice", place.description, value, options)
    if kinds == [bool]:
        return _control(key, "flag", place.description, value)
    if all(kind in (int, float) for kind in kinds):
        return _control(key, "number", place.allowed, value)
    return _control(key, "toml", place.allowed, "" if value is None else toml_value(_plain(value)))


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value


def _control(key: str, kind: Kind, words: str, value: Any, options: Sequence[Any] = ()) -> Control:
    group = next((g for g, keys in GROUPS.items() if any(_is(key, wanted) for wanted in keys)), REST)
    label = key.removeprefix("policy.").removeprefix("columns.").replace("_", " ")
    return Control(key, kind, group, label, words, value, tuple(map(str, options)))


def read_choices(given: Mapping[str, Any], controls: Sequence[Control]) -> dict[str, Any]:
    """Return choices as the page sends them as values of settings; those that change nothing are left out.

    Parameters
    ----------
    given : mapping
        Key -> word, number, true or false, text of TOML; as kinds of controls have them.
    controls : sequence of Control
        Of the station.

    Raises
    ------
    ConfigError
        A key is unknown or a text is not TOML; a sentence each.
    """
    known = {control.key: control for control in controls}
    found, problems = {}, []
    for key, value in given.items():
        control = known.get(key)
        if control is None:
            problems.append(f"{key}: not among what can be chosen")
        elif value == control.value:
            continue
        elif control.kind != "toml":
            found[key] = value
        elif not isinstance(value, str):
            problems.append(f"{key}: found {value!r}; allowed: {control.help}")
        else:
            try:
                found[key] = _parsed(value)
            except tomllib.TOMLDecodeError:
                problems.append(f"{key}: found {value!r}, which is not TOML; allowed: {control.help}")
    if problems:
        raise ConfigError("choices", problems)
    return {key: value for key, value in found.items() if value != _read(known[key])}


def _parsed(text: str) -> Any:
    return tomllib.loads(f"value = {text}")["value"] if text.strip() else None


def _read(control: Control) -> Any:
    return _parsed(control.value) if control.kind == "toml" else control.value


def site_of(site: Site, chosen: Mapping[str, Any]) -> Site:
    """Return a station with other settings, checked as its file is; u* is none of them.

    Raises
    ------
    ConfigError
        A value is not allowed; says what is.
    """
    decided = {key: value for key, value in chosen.items() if not key.startswith(("columns.", "ustar."))}
    made = site.with_decisions(decided) if decided else site
    lags = {key.split(".")[1]: value for key, value in chosen.items() if key.startswith("columns.")}
    if not lags:
        return made
    data = made.model_dump()
    for gas, window in lags.items():
        data["columns"][gas]["lag"] = window
    return load(data)


def ustar_of(chosen: Mapping[str, Any]) -> float | None:
    """Return the threshold of u* that was chosen.

    Raises
    ------
    ConfigError
        It is no number from 0 to 3 m s-1.
    """
    value = chosen.get(USTAR)
    try:
        return Ustar.model_validate({"threshold": value}, strict=True).threshold
    except ValidationError:
        allowed = ExpectedValue.of(Ustar.model_fields["threshold"]).allowed
        raise ConfigError("choices", [f"{USTAR}: found {value!r}; allowed: {allowed}"]) from None
