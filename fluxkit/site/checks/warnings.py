"""What a configuration leaves open about its instruments, and what is done then."""

from collections.abc import Iterator

from fluxkit.site.checks.closed_path import closed_path_warnings
from fluxkit.site.checks.corrections import unread_words
from fluxkit.site.checks.open_path import open_path_warnings
from fluxkit.site.sections.strict import ConfigProblem, dotted
from fluxkit.site.tables import Tables


def warnings(site: Tables) -> Iterator[str]:
    """Yield what users should know of their instruments because fluxes depend on it, as ``key: sentence``."""
    found = [*_sonic_warnings(site), *open_path_warnings(site), *closed_path_warnings(site)]
    if site.condition.diagnostics:
        found += unread_words(site)
    return (f"{dotted(problem.path)}: {problem.sentence}" for problem in found)


def _sonic_warnings(site: Tables) -> Iterator[ConfigProblem]:
    sonic = site.sonic
    if sonic.traits.boost and sonic.firmware is None and site.condition.w_boost:
        yield ConfigProblem(
            ("instruments", sonic.id, "firmware"),
            "firmware 2329.x.y with x below 700 reports w too small by 14 to 22 %; w is not corrected until "
            "the firmware is given",
        )
    unknown = sonic.cross_wind_corrected is None and sonic.traits.cross_wind == "unknown"
    if unknown and site.condition.cross_wind != "none":
        yield ConfigProblem(
            ("instruments", sonic.id, "cross_wind_corrected"),
            f"it is not known whether a {sonic.model} corrects its temperature for cross-wind; it is taken "
            "as corrected until true or false is given",
        )
