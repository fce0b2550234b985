"""What a configuration leaves open about its instruments and what is then done, in sentences."""

from collections.abc import Iterator

from fluxkit.site.checks.closed_path import closed_path_doubts
from fluxkit.site.checks.corrections import unread_words
from fluxkit.site.models import Site
from fluxkit.site.sections.open_path import open_path_doubts


def doubts(site: Site) -> Iterator[str]:
    """Find what should be said of the instruments because fluxes depend on it."""
    sonic = site.sonic
    if sonic.traits.boost and sonic.firmware is None and site.condition.w_boost:
        yield (
            f"instruments.{sonic.id}.firmware: 2329.x.y with x below 700 shows w too small by 14 to 22 %; "
            "nothing is put right until the firmware is given"
        )
    unknown = sonic.cross_wind_corrected is None and sonic.traits.cross_wind == "unknown"
    if unknown and site.condition.cross_wind != "none":
        yield (
            f"instruments.{sonic.id}.cross_wind_corrected: it is not known whether a {sonic.model} corrects "
            "its temperature for cross-wind; it is taken as corrected until true or false is given"
        )
    yield from open_path_doubts(site)
    yield from closed_path_doubts(site)
    if site.condition.diagnostics:
        yield from unread_words(site.instruments, site.columns)
