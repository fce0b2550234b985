"""What a configuration leaves open about its instruments, and what is done then."""

from collections.abc import Iterator

from fluxkit.site.checks.closed_path import closed_path_warnings
from fluxkit.site.checks.corrections import unread_words
from fluxkit.site.checks.open_path import open_path_warnings
from fluxkit.site.sections import instruments
from fluxkit.site.sections.strict import ConfigProblem, dotted
from fluxkit.site.tables import Tables


def warnings(site: Tables) -> Iterator[str]:
    """Yield what users should know of their instruments because fluxes depend on it, as ``key: sentence``."""
    found = [
        *_sonic_warnings(site),
        *_bandwidth_warnings(site),
        *open_path_warnings(site),
        *closed_path_warnings(site),
    ]
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


def _bandwidth_warnings(site: Tables) -> Iterator[ConfigProblem]:
    """Find analysers whose response depends on a setting of their own that is not given."""
    if site.decide.high_frequency == "none" or site.decide.arithmetic == "eddypro-6":
        return
    for analyser in {site.analyser(gas).id: site.analyser(gas) for gas in site.gases}.values():
        if analyser.bandwidth_missing:
            assumed = instruments.assumed_bandwidth(analyser.model)
            choices = ", ".join(f"{hertz:g}" for hertz in instruments.bandwidths(analyser.model))
            yield ConfigProblem(
                ("instruments", analyser.id, "bandwidth"),
                f"not given: {assumed:g} Hz is assumed, a response of "
                f"{instruments.response_of_bandwidth(assumed):g} s; look up which of {choices} Hz is set in "
                f"the {analyser.model}: near the ground gas fluxes differ by some percent",
            )
