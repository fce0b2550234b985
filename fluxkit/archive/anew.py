"""Decide anew on the moments of a results folder, from the record that lies there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
from pydantic import ValidationError

from fluxkit.archive.deciding.context import profile_of
from fluxkit.archive.deciding.groups import join_fluxes
from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.archive.folder.summaries import FOLDER
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.errors import MomentsError
from fluxkit.locations import location
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.site.models import Site
from fluxkit.tower import chain


def recorded_site(record: Mapping[str, Any]) -> Site:
    """Return the configuration that a record holds, without schemes.

    Raises
    ------
    MomentsError
        The record has none, or one that this version does not take.
    """
    try:
        return Site.model_validate(record["settings"] | {"schemes": {}})
    except (KeyError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise MomentsError(f"{RUN}: its settings are of another version of fluxkit ({first})") from error


@dataclass(frozen=True)
class Moments:
    """The moments of a results folder, and the slow data that decisions on them need.

    Parameters
    ----------
    record : RunRecord
    biomet, profile : xr.Dataset or None
    """

    record: RunRecord
    biomet: xr.Dataset | None
    profile: xr.Dataset | None

    @classmethod
    def of(cls, folder: Path, site: Site, config: str | Path | None = None) -> "Moments":
        """Find what a folder holds.

        Parameters
        ----------
        folder : path
            Of results, with moments.
        site : Site
            That decides.
        config : path, optional
            The configuration that the folder was made with: relative paths of slow data start from there.
            By default they start in the nearest folder above in which a file of the recorded name is, else in
            the working folder.

        Raises
        ------
        MomentsError
            There are no moments, or they are damaged.
        FluxkitError
            Slow data cannot be read.
        """
        if not (folder / FOLDER).is_dir():
            raise MomentsError(f"{folder}: no moments are there any more; condense again")
        if config is None:
            name = str(stored(folder / RUN).get("config") or "site.toml")
            above = (folder.parent, folder.parent.parent)
            base = next((place for place in above if (place / name).is_file()), Path())
        else:
            base = location(config).parent
        job = Job(site, str(config or ""), base, folder)
        return cls(RunRecord.read(job), open_biomet(site, base), profile_of(job))

    def decide(self, change: Callable[[Site], Site]) -> xr.Dataset:
        """Return the fluxes of all periods, each decided by its own site with a change.

        Parameters
        ----------
        change : callable
            Takes the site of a stretch of time and returns the one that decides.
        """
        out = self.record.job.out
        return join_fluxes(
            [
                chain.decide(g.parts(out), change(g.site), biomet=self.biomet, profile=self.profile)
                for g in self.record.groups()
            ]
        )
