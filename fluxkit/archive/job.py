"""What a run is about: a site, where its files are, where the results go."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from fluxkit.archive.times import Instant, parse_instant
from fluxkit.errors import ConfigError
from fluxkit.locations import location, on_store
from fluxkit.raw.samples import Problem
from fluxkit.site.models import Site
from fluxkit.site.toml.loading import load


@dataclass(frozen=True)
class Job:
    """A site, its folders and the time span to process."""

    site: Site
    config: str  #: path of the configuration, empty if there is none
    base: Path  #: what relative patterns of raw files are relative to
    out: Path  #: results folder
    start: np.datetime64 | None = None  #: UTC; periods that begin earlier are left out
    end: np.datetime64 | None = None  #: UTC; periods that end later are left out

    @classmethod
    def of(
        cls,
        config: str | Path | Site,
        out: str | Path,
        start: Instant | None = None,
        end: Instant | None = None,
    ) -> Self:
        """Return a job, reading the configuration if its path is given.

        Raises
        ------
        ConfigError
            The configuration is wrong, or the limits of time are.
        """
        first, last = parse_instant(start, "start"), parse_instant(end, "end")
        if first is not None and last is not None and first >= last:
            raise ConfigError("start, end", [f"{first} must be before {last}, since the end is not included"])
        if isinstance(config, Site):
            return cls(config, "", Path(), location(out), first, last)
        return cls(load(config), str(config), location(config).parent, location(out), first, last)

    def shown(self, text: str) -> str:
        """Return a text with paths below the configuration's folder made relative to it."""
        if on_store(self.base):
            return text.replace(f"{self.base}/", "")
        found = text
        for prefix in dict.fromkeys((os.path.abspath(self.base), str(self.base))):
            if prefix != ".":
                # Only where a path begins: a folder "a" is also the end of "data".
                found = re.sub(rf"(?<![\w./\\-]){re.escape(prefix.rstrip(os.sep) + os.sep)}", "", found)
        return found.replace("\\", "/") if os.sep == "\\" else found

    def told(self, problem: Problem) -> Problem:
        """Return a problem with its paths as they are shown."""
        return replace(problem, path=self.shown(problem.path), reason=self.shown(problem.reason))

    @property
    def fluxes(self) -> Path:
        """Path of the fluxes: ``<SITE>_fluxes.nc``."""
        return self.out / f"{self.site.station.id}_fluxes.nc"
