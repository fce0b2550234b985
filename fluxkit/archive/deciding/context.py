"""What decisions use in addition to the moments of the days: the day before, a profile, a map."""

import logging

import xarray as xr

from fluxkit.archive.folder.parts import SETTINGS, CondenseSettings
from fluxkit.archive.folder.summaries import date_of, part_path, read_summary
from fluxkit.archive.job import Job
from fluxkit.errors import MomentsError
from fluxkit.export.moments_file import read_moments
from fluxkit.raw.tables.land_cover import open_land_cover
from fluxkit.raw.tables.profile import open_profile
from fluxkit.site.models import Site
from fluxkit.tower.climatology import footprint_shares
from fluxkit.tower.conventions import ARITHMETIC
from fluxkit.tower.moments import MOMENTS_VERSION

logger = logging.getLogger(__name__)


def day_before(job: Job, first: str) -> tuple[str, Site] | None:
    """Return the last task of the day before, and its site, if its moments exist and fit.

    It lends vapour to the first periods where theirs is missing; storage that is the change since the last
    period needs one.
    """
    decide = job.site.decide
    since = decide.storage != "none" and ARITHMETIC[decide.arithmetic].storage_change == "between-means"
    if not since and decide.vapour_neighbour_hours <= 0.0:
        return None
    before = date_of(first) - 1
    found = sorted(part_path(job.out, str(before)).parent.glob(f"{before}*.nc"))
    if not found:
        return None
    name = found[-1].stem
    try:
        own = read_summary(job.out, name).stretch.site(job.site)
        made_with = read_moments(found[-1], MOMENTS_VERSION, only=()).attrs.get(SETTINGS)
    except MomentsError as error:
        logger.warning("the first periods know nothing of the day before, which cannot be used: %s", error)
        return None
    if made_with != CondenseSettings(own).of_day(before):
        logger.warning(
            "the first periods know nothing of the day before: %s was condensed with other settings; "
            "condense it again",
            found[-1],
        )
        return None
    return name, own


def profile_of(job: Job) -> xr.Dataset | None:
    """Return the readings of the profile where a decision needs them."""
    site = job.site
    wanted = {site.decide.storage, *site.schemes.get("storage", [])}
    return open_profile(site, job.base) if "profile" in wanted else None


def with_land_cover(fluxes: xr.Dataset, job: Job) -> xr.Dataset:
    """Return the fluxes with the share of each class of land cover, where the site names a map."""
    if job.site.footprint.land_cover is None:
        return fluxes
    shares = footprint_shares(fluxes, job.site, open_land_cover(job.site, job.base))
    return fluxes.assign(FOOTPRINT_SHARE=shares)
