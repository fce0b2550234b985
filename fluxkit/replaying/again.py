"""Make the results of a record again, by the wing that made them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fluxkit.archive.job import Job
from fluxkit.archive.times import parse_instant
from fluxkit.errors import ConfigError
from fluxkit.locations import joined
from fluxkit.site.models import Site

Progress = Callable[[int, int], None]


def make_again(
    record: Mapping[str, Any], base: Path, out: Path, *, workers: int | None, progress: Progress | None
) -> None:
    """Run with the settings of a record.

    Parameters
    ----------
    record : mapping
        ``run.json``: its "kind" is tower (or nothing), chamber, ecosystem or budget.
    base : pathlib.Path
        What its paths are relative to.
    out : pathlib.Path
        Where the results go.
    workers : int or None
        Processes, for a tower.
    progress : callable, optional
        Of what is done, and all.

    Raises
    ------
    ConfigError
        Settings of another version that this one does not know.
    """
    kind = str(record.get("kind", "tower"))
    makers = {"tower": _tower, "chamber": _chamber, "ecosystem": _ecosystem, "budget": _budget}
    if kind not in makers:
        raise ConfigError("run.json", [f"kind {kind!r}: this version knows {', '.join(makers)}"])
    try:
        makers[kind](record, base, out, workers, progress)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        words = (
            f"{where}: this version does not take the setting; the record is of fluxkit {_made_by(record)}"
        )
        raise ConfigError("run.json", [words]) from error


def _made_by(record: Mapping[str, Any]) -> str:
    return str(record.get("versions", {}).get("fluxkit", "of then"))


def _tower(
    record: Mapping[str, Any], base: Path, out: Path, workers: int | None, progress: Progress | None
) -> None:
    from fluxkit.archive.run import run_job

    site = Site.model_validate(record["settings"])
    start, end = (parse_instant(record.get(name), name) for name in ("start", "end"))
    config = str(base / str(record.get("config") or "site.toml"))
    run_job(Job(site, config, base, out, start, end), workers=workers, progress=progress)


def _chamber(
    record: Mapping[str, Any], base: Path, out: Path, workers: int | None, progress: Progress | None
) -> None:
    from fluxkit.chamber.campaign.models import Plots
    from fluxkit.chamber.campaign.quantity import AS_RECORDED
    from fluxkit.chamber.processing.run import run_plots

    plots = Plots.model_validate(record["settings"], context=AS_RECORDED)
    run_plots(plots, base, out, progress=progress)


def _ecosystem(
    record: Mapping[str, Any], base: Path, out: Path, workers: int | None, progress: Progress | None
) -> None:
    from fluxkit.ecosystem.processing.run import run
    from fluxkit.ecosystem.processing.settings import Settings

    how = Settings.model_validate(record["settings"])
    source = joined(base, str(record["inputs"][0]["path"]))
    run(source, out, config=how, progress=progress, **record.get("asked", {}))


def _budget(
    record: Mapping[str, Any], base: Path, out: Path, workers: int | None, progress: Progress | None
) -> None:
    from fluxkit.budget.processing.run import run_settings
    from fluxkit.budget.settings import BudgetSettings

    run_settings(BudgetSettings.model_validate(record["settings"]), base, out)
