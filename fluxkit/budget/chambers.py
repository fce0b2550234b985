"""Soil respiration of a site's years from chambers: plots scaled by the area that their kind has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.budget.terms import Term, total
from fluxkit.budget.units import M_C
from fluxkit.chamber.seasons import respiration
from fluxkit.chamber.seasons.response import fit
from fluxkit.chamber.seasons.seasonal import REPLICATES, campaigns, fill

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]
Times = npt.NDArray[np.datetime64]

#: Share of a normal distribution within one standard deviation.
ONE_SIGMA = 0.6827
#: Shares must add up to one within this.
WHOLE = 0.01


@dataclass(frozen=True)
class Closings:
    """Fluxes of closures that measured respiration. Upward positive.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> names = np.array(["A"])
    >>> closings = fk.budget.Closings(
    ...     np.array([3.0]), np.array([285.0]), np.array(["2023-06-01T10:00"], "M8[ns]"), names, names
    ... )
    >>> closings.flux.size
    1
    """

    flux: Array  #: (closure,) [umol m-2 s-1]
    temperature: Array  #: (closure,) [K]
    time: Times  #: (closure,) UTC
    plot: Names  #: (closure,)
    kind: Names  #: (closure,) kind of ground or treatment of the plot


@dataclass(frozen=True)
class SoilRespiration:
    """Respiration of a year. [g C m-2 a-1]"""

    rs: Term  #: soil, by the area of each kind
    by_kind: dict[str, Term]
    rh: Term | None  #: heterotrophic: of trenched or root-free plots
    ra: Term | None  #: of roots: Rs - Rh


def soil_respiration(
    closings: Closings,
    at: Times,
    at_temperature: Array,
    shares: Mapping[str, float],
    *,
    trenched: Sequence[str] = (),
    form: str = "lloyd-taylor",
    replicates: int = REPLICATES,
    seed: int = 1,
) -> SoilRespiration:
    """Carry the respiration of each kind of plot through a year, and add kinds by their area.

    Each kind's campaigns have a response to temperature that is moved through the year
    (`fluxkit.chamber.fill`); its error is that of drawing whole plots anew where a kind has two or more,
    else of closures.

    Parameters
    ----------
    closings : Closings
    at : (n,) array of datetime64
        Evenly spaced times of the year.
    at_temperature : (n,) array
        Where the closures' temperature was measured, without gaps. [K]
    shares : mapping
        Kind -> share of the area; they add up to 1. Trenched kinds are not among them.
    trenched : sequence of str
        Kinds without living roots: they give Rh.
    form : str
        Of the response to temperature.
    replicates, seed : int
        Of the resampling.

    Returns
    -------
    SoilRespiration

    Raises
    ------
    ValueError
        A kind without closures, or shares that do not add up to one.

    References
    ----------
    .. [1] Hanson et al., "Separating root and soil microbial contributions to soil respiration: a review of
       methods and observations", Biogeochemistry 48, 2000 (trenching).

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> time = np.arange("2023-01-15", "2023-12-15", 14, dtype="M8[D]").astype("M8[ns]")
    >>> t = 283.15 - 9 * np.cos(2 * np.pi * np.arange(time.size) / 26)
    >>> flux = 2.0 * np.exp(308.56 * (1 / 56.02 - 1 / (t - 227.13)))
    >>> ground = np.full(time.size, "forest")
    >>> plots = np.array(["A", "B"])[np.arange(time.size) % 2]
    >>> at = np.arange("2023-01-01", "2024-01-01", 6, dtype="M8[h]").astype("M8[ns]")
    >>> at_t = 283.15 - 9 * np.cos(2 * np.pi * (np.arange(at.size) - 60) / 1460)
    >>> found = fk.budget.soil_respiration(
    ...     fk.budget.Closings(flux, t, time, plots, ground), at, at_t, {"forest": 1.0}, replicates=20
    ... )
    >>> 700 < found.rs.value < 1100
    True
    """
    if abs(sum(shares.values()) - 1.0) > WHOLE:
        raise ValueError(f"area shares add up to {sum(shares.values()):g}, not to 1")
    year = int(str(at[at.size // 2])[:4])
    kinds = [*shares, *trenched]
    terms = {
        kind: _of_kind(closings, kind, at, at_temperature, form, replicates, seed + k, year)
        for k, kind in enumerate(kinds)
    }
    rs = total(
        "Rs",
        [terms[kind] for kind in shares],
        list(shares.values()),
        includes=("roots and soil organisms", "litter"),
        lacks=("respiration of leaves and stems",),
        source="chambers",
    )
    if not trenched:
        return SoilRespiration(rs, {kind: terms[kind] for kind in shares}, None, None)
    rh = total(
        "Rh",
        [terms[kind] for kind in trenched],
        np.full(len(trenched), 1.0 / len(trenched)),
        includes=("soil organisms and litter, no living roots",),
        lacks=("dead wood above the ground",),
        source="chambers on trenched plots",
        notes=("cut roots decompose at first, and soil without roots is wetter",),
    )
    ra = total(
        "Ra",
        [rs, rh],
        [1.0, -1.0],
        includes=("roots and what lives on them",),
        lacks=("respiration of leaves and stems",),
        source="chambers, intact less trenched",
        notes=(),
    )
    return SoilRespiration(rs, {kind: terms[kind] for kind in kinds}, rh, ra)


def _misfit(closings: Closings, mine: npt.NDArray[np.bool_], form: str) -> float:
    """Return the relative standard error of the curve's level from how campaigns lie about it."""
    flux, t = closings.flux[mine], closings.temperature[mine]
    curve = respiration.curve(form)
    fitted = fit(curve, flux, {"t": t})
    predicted = np.asarray(curve.formula(*(np.float64(x) for x in fitted.values), t), np.float64)
    number = campaigns(closings.time[mine])
    measured, expected = np.bincount(number, flux), np.bincount(number, predicted)
    if measured.size < 3:
        return 0.0
    # Campaigns count by what they tell of the year's sum.
    weights = expected / expected.sum()
    ratio = measured / expected
    spread = np.sum(weights**2 * (ratio - weights @ ratio) ** 2) * measured.size / (measured.size - 1)
    return float(np.sqrt(spread))


def _of_kind(
    closings: Closings,
    kind: str,
    at: Times,
    at_temperature: Array,
    form: str,
    replicates: int,
    seed: int,
    year: int,
) -> Term:
    mine = closings.kind == kind
    if not mine.any():
        known = ", ".join(sorted(set(closings.kind.tolist())))
        raise ValueError(f"no closure is on plots of the kind {kind!r}; there are {known}")
    plots = np.unique(closings.plot[mine])
    filled = fill(
        respiration.curve(form),
        closings.flux[mine],
        {"t": closings.temperature[mine]},
        closings.time[mine],
        at,
        {"t": at_temperature},
        campaign=np.zeros(int(mine.sum()), np.int64),
        units=closings.plot[mine] if plots.size > 1 else None,
        replicates=replicates,
        seed=seed,
    )
    grams = M_C * 1e-6
    # Half of the central 68 %: a resampled curve through few temperatures may end anywhere.
    low, high = np.percentile(filled.totals, [50 - 100 * ONE_SIGMA / 2, 50 + 100 * ONE_SIGMA / 2])
    by_plots = grams * float(high - low) / 2
    by_campaigns = grams * filled.total * _misfit(closings, mine, form)
    made = Term(
        f"Rs {kind}",
        grams * filled.total,
        float(np.hypot(by_plots, by_campaigns)),
        years=(year,),
        source="chambers",
        df=float(plots.size - 1) if plots.size > 1 else np.inf,
        notes=(f"{plots.size} plots, {int(mine.sum())} closures of kind {kind}",),
    )
    if plots.size == 1:
        made = replace(
            made, notes=(*made.notes, f"one plot of kind {kind}: its error is that of this plot alone")
        )
    return made
