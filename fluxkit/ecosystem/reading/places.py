"""Where a table was measured, and by what its clock is ahead of UTC."""

import re
from typing import Any, NamedTuple

from fluxkit.errors import account

#: What a site's code has none of: it is part of names of files, and nothing in a file leads elsewhere.
_FOREIGN = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 40


class Place(NamedTuple):
    """What is known of the place; None where it is not."""

    latitude: float | None = None
    longitude: float | None = None
    utc_offset_h: float | None = None
    site: str | None = None

    def or_else(self, other: "Place") -> "Place":
        """Return the same with what is not known taken from another."""
        return Place(*(a if a is not None else b for a, b in zip(self, other, strict=True)))  # type: ignore[arg-type]


def place_of(place: Place) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes of a dataset, and sentences on what was assumed.

    Examples
    --------
    >>> from fluxkit.ecosystem.reading.places import Place, place_of
    >>> place_of(Place(46.8, 9.86))[0]["utc_offset_h"]
    1.0
    """
    notes = []
    offset = place.utc_offset_h
    if offset is None and place.longitude is not None:
        offset = float(round(place.longitude / 15.0))
        notes.append(
            f"local time is taken as UTC{offset:+g} h, from the longitude of {place.longitude:g} alone: "
            "give utc_offset_h if the station's standard time is another"
        )
    if offset is None:
        notes.append(
            "neither utc_offset_h nor a longitude is known: `time` is the clock of the file, not UTC; days "
            "and seasons are right, nothing can be said of the sun"
        )
    if place.latitude is None or place.longitude is None:
        notes.append("latitude and longitude are not known: what needs the sun cannot be asked; give both")
    site, given = _code(place.site or "site"), place.site
    if given and site != given:
        notes.append(f"the site is called {account(given)!r}: names of files have {site!r} for it")
    known = {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "utc_offset_h": 0.0 if offset is None else offset,
        "site": site,
    }
    return {name: value for name, value in known.items() if value is not None}, notes


def _code(site: str) -> str:
    """Return a site's name as a part of names of files."""
    return _FOREIGN.sub("-", site[: 4 * _LONGEST]).strip("-_")[:_LONGEST] or "site"
