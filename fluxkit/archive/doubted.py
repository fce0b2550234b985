"""From doubts about an archive to the verdicts on the fluxes that they concern."""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.doubts import odd_air
from fluxkit.archive.flux_columns import FluxColumns
from fluxkit.examine.doubt import Doubt
from fluxkit.examine.table import CHECKS
from fluxkit.schema.gases import is_known_gas
from fluxkit.schema.variables import gas_names, mask
from fluxkit.site.models import Site
from fluxkit.site.sections.policy import Action

Mask = npt.NDArray[np.bool_]

REASON = "doubted"


def with_doubts(fluxes: xr.Dataset, doubts: Iterable[Doubt], site: Site) -> xr.Dataset:
    """Return the fluxes with what is doubted of the archive in the verdicts on each of them.

    Parameters
    ----------
    fluxes : xarray.Dataset
        What was decided.
    doubts : iterable of Doubt
        What the archive tells.
    site : Site
        Whose ``decide.policy`` says whether a doubted flux is doubtful (advise), to be removed, or neither.

    Returns
    -------
    xarray.Dataset
        ``<FLUX>_QC`` is at least 1, or 2 with the reason ``doubted``, in the periods concerned.
    """
    action: Action = site.decide.actions[REASON]
    where = doubted(fluxes, doubts, site)
    made = {}
    for flux, periods in where.items():
        quality, reasons = fluxes[f"{flux}_QC"], fluxes[f"{flux}_QC_REASON"]
        there = periods & np.isfinite(fluxes[flux].values)
        if action == "ignore" or not there.any():
            continue
        least = 2 if action == "remove" else 1
        made[f"{flux}_QC"] = quality.copy(data=np.where(there, np.maximum(quality, least), quality))
        if action == "remove":
            bit = mask("FC_QC_REASON", REASON)
            old = reasons.values.astype(np.int64)
            made[f"{flux}_QC_REASON"] = reasons.copy(
                data=np.where(there, old | bit, old).astype(reasons.dtype)
            )
    return fluxes.assign(made)


def doubted(fluxes: xr.Dataset, doubts: Iterable[Doubt], site: Site) -> Mapping[str, Mask]:
    """Return the periods of each flux that doubts concern: all, but of an odd state of the air its own."""
    judged = [str(name).removesuffix("_QC") for name in fluxes.data_vars if str(name).endswith("_QC")]
    found = {flux: np.zeros(fluxes.sizes["time"], np.bool_) for flux in judged}
    odd = {key: periods for key, _, periods in odd_air(FluxColumns(fluxes), site)}
    for doubt in doubts:
        key = doubt.sentence.split(":")[0]
        for flux in _concerned(doubt.check, key, judged):
            if doubt.check == "odd_air":
                found[flux] |= odd.get(key, False)
            else:
                found[flux][:] = True
    return found


def _concerned(check: str, key: str, judged: Iterable[str]) -> list[str]:
    """Return the fluxes that a doubt about some columns concerns."""
    spoils = CHECKS[check].spoils
    columns = re.findall(r"columns\.(\w+)", key)
    if spoils == "own":
        spoils = "all" if {"u", "v", "w", "t_sonic"} & set(columns) else "gases"
        if {"t_air", "p_air"} & set(columns):
            spoils = "scalars"
    if check in ("level", "vapour") and any(name.startswith("h2o") for name in columns):
        spoils = "scalars"  # vapour is in the density of all gases, and in the temperature of the sonic
    of_gas = {flux for name in columns if is_known_gas(name) for flux in _of(name)}
    if spoils in ("", "all"):
        return list(judged) if spoils else []
    if spoils == "gases" and of_gas:
        return [flux for flux in judged if flux in of_gas]
    none = ("TAU",) if spoils == "scalars" else ("TAU", "H")
    return [flux for flux in judged if flux not in none]


def _of(gas: str) -> tuple[str, ...]:
    """Return the fluxes of a gas."""
    name = gas_names(gas)[0]
    return {"co2": (name, "NEE"), "h2o": (name, "LE")}.get(gas, (name,))
