"""Whether density corrections of open-path analysers fit the analysers that stand there."""

from collections.abc import Iterator

from fluxkit.site.sections.equipment import GasAnalyser
from fluxkit.site.sections.open_path import FAST_FRACTIONS
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.tables import Tables


def open_path_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find corrections of open paths that fit no analyser of the station."""
    wanted = (site.decide.self_heating, *site.schemes.get("self_heating", []))
    if "burba-2008" in wanted and not any(analyser.heated for analyser in _open_paths(site).values()):
        yield ConfigProblem(
            ("decide", "self_heating"),
            "burba-2008 was made for the LI-7500 (and the LI-7500A, RS, DS left at summer setting in cold "
            "air, instruments.summer_setting); none measures a gas here: choose 'none'",
        )


def open_path_warnings(site: Tables) -> Iterator[ConfigProblem]:
    """Find parts of the open paths' density correction that are left out or simplified."""
    analysers, radiation = _open_paths(site), {"sw_in", "lw_in"} - site.biomet.columns.keys()
    surfaces = site.decide.heated_surfaces.surfaces
    if site.decide.self_heating != "none" and surfaces == "multiple" and radiation:
        yield ConfigProblem(
            ("decide", "heated_surfaces", "surfaces"),
            f"'multiple' needs {' and '.join(sorted(radiation))} of [biomet.columns]; where it is missing, "
            "temperatures of surfaces are computed from air temperature alone",
        )
    line_wanted = site.decide.spectroscopy != "none" and not site.decide.absorption_line.kappa
    if line_wanted and any(analyser.model == "li-7700" for analyser in analysers.values()):
        yield ConfigProblem(
            ("decide", "absorption_line"),
            "methane densities of an LI-7700 depend on temperature, pressure and vapour through the shape of "
            "the absorption line; give temperature, pressure and kappa of the table in its manual, else this "
            "is not corrected for",
        )
    for gas, analyser in analysers.items():
        if site.given_quantity(gas) != "density" and analyser.model not in FAST_FRACTIONS:
            yield ConfigProblem(
                ("columns", gas, "quantity"),
                f"the fraction that an open {analyser.model} reports rests on slow temperature and pressure: "
                "expansion of the air is still in it, and no density correction removes it: read its density",
            )


def _open_paths(site: Tables) -> dict[str, GasAnalyser]:
    """Gases that open paths measure, and their analysers."""
    found = {gas: site.analyser(gas) for gas in site.gases if site.has_analyser(gas)}
    return {gas: analyser for gas, analyser in found.items() if not analyser.closed}
