"""A set of choices as what can be copied: a command, TOML, Python."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fluxkit.explore.choices import USTAR
from fluxkit.site.toml.dumping import toml_key, toml_value


def as_command(chosen: Mapping[str, Any], config: Path, out: Path) -> str:
    """Return the commands that make all results so."""
    windows = [key for key in chosen if key.startswith("columns.")]
    lines = [f"# {', '.join(windows)}: no decision, so no --set: write site.toml first" for _ in windows[:1]]
    settings = [f"--set {shlex.quote(f'{key}={_word(value)}')}" for key, value in _decided(chosen).items()]
    place = shlex.quote(str(out))
    lines.append(" ".join(["fluxkit decide", shlex.quote(str(config)), "-o", place, *settings]))
    if USTAR in chosen:
        lines.append(
            f"fluxkit ecosystem {place} -o {shlex.quote(str(out / 'ecosystem'))} --config ecosystem.toml"
        )
    return "\n".join(lines)


def as_toml(chosen: Mapping[str, Any]) -> str:
    """Return the lines of site.toml, and of ecosystem.toml for u*."""
    blocks = []
    decided = _decided(chosen)
    if decided:
        lines = [
            f"{'.'.join(map(toml_key, key.split('.')))} = {_value(value)}" for key, value in decided.items()
        ]
        blocks.append("\n".join(["[decide]", *lines]))
    for key, value in chosen.items():
        if key.startswith("columns."):
            blocks.append(f"[columns.{toml_key(key.split('.')[1])}]\nlag = {_value(value)}")
    if USTAR in chosen:
        blocks.append(f"# ecosystem.toml\n[ustar]\nthreshold = {_value(chosen[USTAR])}")
    return "\n\n".join(blocks) or "# nothing differs from site.toml"


def as_python(chosen: Mapping[str, Any], config: Path, out: Path, tables: tuple[str, ...] = ()) -> str:
    """Return a script that decides so; tables: biomet and profile, where the station has them."""
    pattern = str(out / "moments")
    lines = [
        "from pathlib import Path",
        "",
        "import fluxkit as fk",
        "import xarray as xr",
        "",
        f"site = fk.load({str(config)!r})",
    ]
    windows = {key.split(".")[1]: value for key, value in chosen.items() if key.startswith("columns.")}
    if windows:
        lines.append("settings = site.model_dump()")
        lines += [f'settings["columns"][{gas!r}]["lag"] = {value!r}' for gas, value in windows.items()]
        lines.append("site = fk.load(settings)")
    decided = _decided(chosen)
    if decided:
        lines.append(f"site = site.with_decisions({decided!r})")
    lines.append(f'days = sorted(Path({pattern!r}).glob("*/*.nc"))')
    lines.append("moments = [xr.load_dataset(day) for day in days]")
    more = "".join(f", {name}=fk.open_{name}(site, {str(config.parent)!r})" for name in tables)
    lines.append(f"fluxes = fk.decide(moments, site{more})")
    if USTAR in chosen:
        lines.append(f"half_hours = fk.ecosystem.read({str(out)!r})")
        lines.append(f"cut = fk.ecosystem.filter_ustar(half_hours, {chosen[USTAR]!r})")
    return "\n".join(lines)


def _decided(chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in chosen.items() if not key.startswith(("columns.", "ustar."))}


def _value(value: Any) -> str:
    return '""' if value is None else toml_value(value)


def _word(value: Any) -> str:
    """Return a value as --set takes it: a word without quotes, else TOML."""
    return value if isinstance(value, str) else _value(value).replace(", ", ",")
