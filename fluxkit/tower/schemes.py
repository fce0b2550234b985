"""Processing schemes: the same moments, decided in several ways."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.schema.variables import gas_names
from fluxkit.site.models import Site

Array = npt.NDArray[np.float64]


def scheme_sites(site: Site) -> dict[str, Site]:
    """Return the site of each scheme, by the scheme's name: every combination of what [schemes] lists.

    Names have their choices in the order of [decide], whatever order a file lists them in: records keep none.

    Parameters
    ----------
    site : Site

    Returns
    -------
    dict
        "double+block" -> the site with these decisions; empty without [schemes].
    """
    keys = [key for key in type(site.decide).model_fields if key in site.schemes]
    if not keys:
        return {}
    found = {}
    for values in itertools.product(*(site.schemes[key] for key in keys)):
        found[scheme_name(values)] = with_decisions(site, dict(zip(keys, values, strict=True)))
    return found


def scheme_name(values: tuple[Any, ...]) -> str:
    """Return the name of a scheme: its choices, joined."""
    return "+".join(str(value) for value in values)


def scheme_fluxes(gases: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the fluxes whose schemes are kept."""
    return ("TAU", "USTAR", "H", "LE", "NEE", *(gas_names(gas)[0] for gas in gases))


def with_decisions(site: Site, changes: dict[str, Any]) -> Site:
    """Return a site with other values of [decide]."""
    decide = type(site.decide).model_validate(site.decide.model_dump() | changes)
    return site.model_copy(update={"decide": decide})


def spreads(each: Mapping[str, Mapping[str, Array]], gases: Sequence[str]) -> dict[str, Array]:
    """Spread of every flux that all schemes give; each: scheme -> flux -> (time,) values."""
    found = {}
    for name in scheme_fluxes(gases) if each else ():
        if all(name in fluxes for fluxes in each.values()):
            found[name] = consensus(np.stack([fluxes[name] for fluxes in each.values()]))[1]
    return found


def consensus(values: Array) -> tuple[Array, Array]:
    """Mean and spread of a flux over schemes.

    Parameters
    ----------
    values : (scheme, time) array

    Returns
    -------
    mean, spread : (time,) arrays
        The spread is the standard deviation that a uniform distribution between the extremes has,
        (max - min) / (2 sqrt(3)). NaN where a scheme has no value.

    References
    ----------
    .. [1] Sabbatini et al., Int. Agrophys. 32, 495-515, 2018: the schemes of ICOS, their mean taken as the
       estimate; JCGM 100 (GUM), 2008, section 4.3.7, for the distribution.
    """
    return values.mean(axis=0), np.asarray(np.ptp(values, axis=0) / np.sqrt(12.0))
