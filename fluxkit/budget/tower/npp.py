"""Net primary production two ways: a share of GPP; net exchange plus heterotrophic respiration."""

from dataclasses import dataclass, replace

from fluxkit.budget.shipped import shipped_rows
from fluxkit.budget.terms import Term, dominant, product, total
from fluxkit.site.sections.strict import did_you_mean


@dataclass(frozen=True)
class CarbonUse:
    """A carbon use efficiency NPP : GPP and how it spreads between stands."""

    plant_type: str
    cue: float
    standard_deviation: float
    low: float
    high: float
    basis: str  #: how it was made
    citation: str
    seen_at: str


def carbon_use_table() -> dict[str, CarbonUse]:
    """Return the carbon use efficiencies by plant type; ``docs/carbon_use.py`` makes the table from ForC."""
    rows = shipped_rows("carbon_use.csv", "fluxkit.budget.tower")
    return {row["plant_type"]: _entry(row) for row in rows}


def _entry(row: dict[str, str]) -> CarbonUse:
    cue, spread, low, high = (float(row[name]) for name in ("cue", "standard_deviation", "low", "high"))
    return CarbonUse(row["plant_type"], cue, spread, low, high, row["basis"], row["citation"], row["seen_at"])


def carbon_use(plant_type: str) -> CarbonUse:
    """Return the carbon use efficiency of a plant type.

    Raises
    ------
    ValueError
        It is not in the table; the nearest name is given.

    Examples
    --------
    >>> import fluxkit as fk
    >>> found = fk.budget.carbon_use("forest")
    >>> found.cue, found.standard_deviation, (found.low, found.high)
    (0.46, 0.12, (0.22, 0.79))
    """
    table = carbon_use_table()
    if plant_type not in table:
        raise ValueError(
            f"no carbon use efficiency of {plant_type!r}{did_you_mean(plant_type, table) or ';'} "
            f"known: {', '.join(table)}; or give cue and cue_standard_error"
        )
    return table[plant_type]


def npp_by_carbon_use(gpp: Term, cue: float, standard_error: float, *, source: str = "") -> Term:
    """Return NPP = CUE x GPP.

    Parameters
    ----------
    gpp : Term
        [g C m-2 a-1]
    cue, standard_error : float
        NPP : GPP and its spread: that of single stands around the mean, since ours is one of them.
    source : str
        Of the efficiency.

    Returns
    -------
    Term
        Its notes say which error dominates.

    Examples
    --------
    >>> import fluxkit as fk
    >>> npp = fk.budget.npp_by_carbon_use(fk.budget.Term("GPP", 1500.0, 100.0), 0.46, 0.12)
    >>> npp.value, npp.notes[0]
    (690.0, 'the error of CUE dominates: 94 % of the variance')
    """
    factor = Term("CUE", cue, standard_error, source=source)
    found = product("NPP", gpp, factor)
    errors = {"CUE": gpp.value * standard_error, gpp.name: cue * gpp.standard_error}
    return replace(
        found,
        includes=("roots", "leaves", "wood", "understory", "root exudates"),
        lacks=(),
        years=gpp.years,
        notes=(dominant(errors),),
    )


def npp_by_respiration(nep: Term, heterotrophic: Term) -> Term:
    """Return NPP = NEP + Rh, with NEP = -NEE; chambers on root-free plots give Rh.

    Parameters
    ----------
    nep, heterotrophic : Term
        [g C m-2 a-1]; their errors are independent: a tower's and chambers'.

    Examples
    --------
    >>> import fluxkit as fk
    >>> nep, rh = fk.budget.Term("NEP", 250.0, 40.0), fk.budget.Term("Rh", 420.0, 60.0)
    >>> npp = fk.budget.npp_by_respiration(nep, rh)
    >>> npp.value, round(npp.standard_error, 1)
    (670.0, 72.1)
    """
    found = total("NPP", [nep, heterotrophic])
    errors = {"NEP": nep.standard_error, "Rh": heterotrophic.standard_error}
    return replace(
        found,
        includes=("roots", "leaves", "wood", "understory"),
        lacks=("respiration of standing dead wood, which chambers do not see",),
        notes=(*found.notes, dominant(errors)),
    )
