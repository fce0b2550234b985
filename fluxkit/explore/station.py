"""The station of a results folder: its configuration, found where it probably is."""

from pathlib import Path

from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.archive.job import Job
from fluxkit.errors import ConfigError, MomentsError
from fluxkit.site.toml.loading import load


def job_of(out: Path, config: Path | None) -> tuple[Job, Path | None, str]:
    """Return the job of a results folder, its configuration, and a sentence on where that is from.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    config : pathlib.Path, optional
        Configuration; without it the one that ``run.json`` names is looked for in the folder, above it and in
        the working folder; else the settings that ``run.json`` holds are taken, and nothing can be written.

    Raises
    ------
    ConfigError
        There is neither; or the configuration is wrong.
    """
    if config is not None:
        return Job.of(config, out), config, f"settings of {config}"
    try:
        run = stored(out / RUN)
        site = load(run["settings"])
    except (MomentsError, KeyError) as error:
        raise ConfigError(
            str(out), [f"no record of a run here ({error}); give --config SITE.toml"]
        ) from error
    name = str(run.get("config") or "site.toml")
    for folder in (out, out.parent, Path()):
        path = folder / name
        if path.is_file() and load(path).station.id == site.station.id:
            return Job.of(path, out), path, f"settings of {path}"
    if site.biomet.given or site.profile.given:
        raise ConfigError(
            str(out), [f"{name} is not here, nor above: give --config, its tables are found from it"]
        )
    return (
        Job.of(site, out),
        None,
        f"settings of {out / RUN}, as {name} is not near: give --config to write it",
    )
