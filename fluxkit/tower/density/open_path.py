"""What open-path analysers of a station do to their own density correction."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.constants import T_ZERO
from fluxkit.physics.absorption_line import KappaTable, LineTerms, line_terms_mcdermitt_2011
from fluxkit.physics.air import Air
from fluxkit.physics.self_heating import SURFACES, ByDayAndNight, self_heating_burba_2008
from fluxkit.tower.density.fluxes import GasCovariance
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means, sun_products

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]


def with_analysers(
    gases: Mapping[str, GasCovariance], means: Means, air: Air, speed: Array, plan: Plan
) -> tuple[dict[str, GasCovariance], dict[str, Where], Array | None]:
    """Add to each gas what its analyser does to the air in its path, and to the reported density.

    Parameters
    ----------
    gases : mapping
        Gas -> GasCovariance.
    means : Means
    air : Air
    speed : (time,) array
        Mean wind. [m s-1]
    plan : Plan

    Returns
    -------
    gases : dict
    assumed : dict of (time,) masks
        Bit of LOSS_FLAG -> where a simpler way had to do.
    heating : (time,) array or None
        Heat of the analysers' surfaces, None where it is not corrected for. [W m-2]
    """
    decide, found = plan.decide, dict(gases)
    heated = [g for g, c in gases.items() if _of_density(c) and plan.gas[g].analyser.heated]
    on_line = [g for g in gases if plan.gas[g].analyser.model == "li-7700"]
    read_from_line = [g for g in on_line if _of_density(gases[g])]
    assumed: dict[str, Where] = {}
    heating: Array | None = None
    if decide.self_heating != "none" and decide.density != "none" and heated:
        heating, assumed["self_heating_simplified"] = _heating(means, air, speed, plan)
        found |= {g: replace(found[g], heating=heating) for g in heated}
    if decide.spectroscopy != "none" and read_from_line:
        line = _line(air, plan)
        assumed["line_uncorrected"] = np.ones(air.T.shape, bool) if line is None else np.isnan(line.kappa)
        if line is not None:
            found |= {g: replace(found[g], line=line) for g in read_from_line}
    return found, assumed, heating


def _of_density(c: GasCovariance) -> bool:
    return c.quantity == "density" and not c.closed


def _heating(means: Means, air: Air, speed: Array, plan: Plan) -> tuple[Array, Where]:
    """Heat of the surfaces, 0 in air that is warm enough; where the simple way stands in."""
    given = plan.decide.heated_surfaces

    def of(kind: str) -> dict[str, ByDayAndNight]:
        return {s: (getattr(given, f"{kind}day_{s}"), getattr(given, f"{kind}night_{s}")) for s in SURFACES}

    shortwave = means.slow_of("sw_in")
    potential = sun_products(means.time, plan)["SW_IN_POT"]
    with np.errstate(invalid="ignore"):
        day = np.where(np.isnan(shortwave), potential, shortwave) >= given.daylight
    heat, simplified = self_heating_burba_2008(
        air.T,
        speed,
        day=day,
        shortwave=shortwave,
        longwave=means.slow_of("lw_in"),
        linear=of(""),
        multiple=of("multiple_") if given.surfaces == "multiple" else None,
    )
    if given.below is not None:
        with np.errstate(invalid="ignore"):
            warm = given.below + T_ZERO <= air.T
        heat, simplified = np.where(warm, 0.0, heat), simplified & ~warm
    return heat, simplified


def _line(air: Air, plan: Plan) -> LineTerms | None:
    given = plan.decide.absorption_line
    if not given.kappa:
        return None
    table = KappaTable(
        np.array(given.temperature) + T_ZERO, np.array(given.pressure) * 1e3, np.array(given.kappa)
    )
    return line_terms_mcdermitt_2011(air.T, air.P, air.chi, table)
