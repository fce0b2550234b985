"""Closed-path gases measured wet, and dried by terms of their covariances: what that needs."""

from collections.abc import Iterator

from fluxkit.site.checks.lags import FILTERS
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.tables import Tables


def closed_path_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Check for settings that are incompatible with closed-path gases measured wet."""
    wet = [gas for gas in site.gases if site.dries_by_terms(gas)]
    detrending = {site.decide.detrending, *site.schemes.get("detrending", [])}
    density = {site.decide.density, *site.schemes.get("density", [])}
    if wet and density != {"none"} and detrending & set(FILTERS):
        yield ConfigProblem(
            ("condition", "mixing_ratio"),
            f"'none' leaves {', '.join(wet)} wet in the cell, and sums of high-pass filtered cell "
            "temperature, pressure and vapour, which would dry it, are not kept: set mixing_ratio = "
            "'ibrom-2007', decide.detrending = 'block' or 'linear', or decide.density = 'none'",
        )


def closed_path_warnings(site: Tables) -> Iterator[ConfigProblem]:
    """Find terms of the density correction of closed-path gases measured wet that cannot be computed."""
    for gas in site.gases:
        if not site.dries_by_terms(gas) or site.decide.density == "none":
            continue
        there, needed = site.cell_variables(gas), ("t_cell", "p_cell")
        lacking = [n for n in needed if site.given_quantity(gas) == "density" and n not in there]
        if lacking:
            yield ConfigProblem(
                ("columns", gas),
                f"{' and '.join(lacking)} of its cell not recorded: the air's mean is used instead, and the "
                "part of the flux that comes from its fluctuations stays in it",
            )
        vapour = site.vapour_of(gas)
        if vapour != gas and vapour not in there:
            yield ConfigProblem(
                ("columns", gas),
                "no water vapour of its own analyser: dilution by vapour stays in the flux; read h2o of the "
                "same instrument",
            )
