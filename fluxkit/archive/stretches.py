"""Settings that apply to some files of an archive: a variant of the site, and what the files show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fluxkit.errors import MomentsError
from fluxkit.site.models import Site
from fluxkit.site.variants import Variant, variants, with_change


@dataclass(frozen=True)
class Stretch:
    """How the site of some files follows from the configuration."""

    since: str = ""  #: start of the variant that [[changes]] declare, UTC; empty: the first
    raw: Mapping[str, Any] = field(default_factory=dict)  #: keys of [raw] that files show to be others
    columns: Mapping[str, Any] = field(default_factory=dict)  #: columns that do; False: not there

    @classmethod
    def of(cls, variant: Variant[Site], raw: Mapping[str, Any], columns: Mapping[str, Any]) -> "Stretch":
        """Return the stretch of files that differ from a variant in some keys."""
        return cls(_stamp(variant.start), dict(raw), dict(columns))

    def site(self, site: Site) -> Site:
        """Return the site of the stretch.

        Raises
        ------
        MomentsError
            The configuration does not declare its variant any more.
        """
        for variant in variants(site):
            if _stamp(variant.start) == self.since:
                if not self.raw and not self.columns:
                    return variant.site
                return with_change(variant.site, raw=self.raw, columns=self.columns)
        raise MomentsError(
            f"[[changes]] had an entry of {self.since}Z when the moments were made, but not now: "
            "condense again"
        )


def _stamp(start: np.datetime64 | None) -> str:
    return "" if start is None else str(np.datetime_as_string(start, unit="s"))
