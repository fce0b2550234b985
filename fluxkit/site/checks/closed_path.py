"""Gases that are left wet in a closed cell: what their fluxes need, and what may be wrong with that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fluxkit.site.series import FILTERS

if TYPE_CHECKING:
    from fluxkit.site.models import Site

_CELL = ("t_cell", "p_cell")


def dries_by_terms(site: Site, gas: str) -> bool:
    """Whether the mixing ratio of a gas in a cell is made of covariances, not sample by sample."""
    if site.condition.mixing_ratio != "none" or site.columns[gas].quantity == "mixing_ratio":
        return False
    return site.analyser(gas).closed


def cell_companions(site: Site, gas: str) -> tuple[str, ...]:
    """Return what of the same cell moves the mixing ratio of a gas that samples leave wet."""
    if not dries_by_terms(site, gas):
        return ()
    own = site.columns[gas].instrument
    density = (site.columns[gas].quantity or "density") == "density"
    found = [name for name in _CELL if density and _is_of(site, name, own)]
    vapour = site.vapour_of(gas)
    if vapour is not None and vapour != gas and site.columns[vapour].instrument == own:
        found.append(vapour)
    return tuple(found)


def _is_of(site: Site, name: str, instrument: str | None) -> bool:
    """Whether a variable of the cell is recorded for an instrument, or without naming one."""
    columns = [site.columns[name]] if name in site.columns else []
    if name == "t_cell" and not columns:
        ends = ("t_cell_in", "t_cell_out")
        columns = [site.columns[end] for end in ends if end in site.columns]
        columns = columns if len(columns) == len(ends) else []
    return bool(columns) and all(column.instrument in (None, instrument) for column in columns)


def closed_path_problems(site: Site) -> Iterator[str]:
    """Find decisions that cannot be had with gases left wet in a cell."""
    wet = [gas for gas in site.gases if dries_by_terms(site, gas)]
    detrending = {site.decide.detrending, *site.schemes.get("detrending", [])}
    density = {site.decide.density, *site.schemes.get("density", [])}
    if wet and density != {"none"} and detrending & set(FILTERS):
        yield (
            f"condition.mixing_ratio: 'none' leaves {', '.join(wet)} wet in the cell, and no sums of "
            "high-pass filtered cell temperature, pressure and vapour are kept to dry it: set mixing_ratio = "
            "'ibrom-2007', decide.detrending = 'block' or 'linear', or decide.density = 'none'"
        )


def closed_path_doubts(site: Site) -> Iterator[str]:
    """Say which terms of the density correction of gases left wet in a cell are missing."""
    for gas in site.gases:
        if not dries_by_terms(site, gas) or site.decide.density == "none":
            continue
        there = cell_companions(site, gas)
        density = (site.columns[gas].quantity or "density") == "density"
        lacking = [name for name in _CELL if density and name not in there]
        if lacking:
            yield (
                f"columns.{gas}: {' and '.join(lacking)} of its cell not recorded: the air's mean stands for "
                "the cell's, and density that fluctuates with it is left in the flux"
            )
        vapour = site.vapour_of(gas)
        if vapour != gas and vapour not in there:
            yield (
                f"columns.{gas}: no water vapour of its own analyser: dilution by it stays in the flux; read "
                "h2o of the same instrument"
            )
