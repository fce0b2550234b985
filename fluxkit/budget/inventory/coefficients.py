"""Coefficients of IPCC 2006 by zone, forest type and size of the stand: those whose source was seen.

The shipped table has no standard errors: the copies of it that could be read have none. Parameters of the
biomass continuous function (Fang et al. 2001) and of volume expansion are not in it: no source of them could
be read, so that whoever uses these methods gives them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.budget.shipped import shipped_rows
from fluxkit.site.sections.strict import did_you_mean

Array = npt.NDArray[np.float64]

#: What a coefficient is.
WORDS = {
    "BCEF": "biomass conversion and expansion factor of the growing stock [Mg DM m-3]",
    "R": "below-ground to above-ground biomass [1]",
    "D": "basic wood density [Mg DM m-3]",
    "CF": "carbon fraction of dry matter [1]",
}


@dataclass(frozen=True)
class Coefficient:
    """One row of the table."""

    coefficient: str  #: a key of ``WORDS``
    zone: str
    forest_type: str
    lower: float  #: of what it depends on; -inf where on nothing
    upper: float
    value: float
    citation: str
    seen_at: str


def coefficients(name: str) -> tuple[Coefficient, ...]:
    """Return all rows of a coefficient."""
    rows = shipped_rows("ipcc_2006.csv", "fluxkit.budget.inventory")
    return tuple(_entry(row) for row in rows if row["coefficient"] == name)


def _entry(row: dict[str, str]) -> Coefficient:
    lower = float(row["lower"]) if row["lower"] else -np.inf
    upper = float(row["upper"]) if row["upper"] else np.inf
    return Coefficient(
        row["coefficient"], row["zone"], row["forest_type"], lower, upper, float(row["value"]),
        row["citation"], row["seen_at"],
    )  # fmt: skip


def look_up(name: str, zone: str, forest_type: str, size: Array | None = None) -> Array:
    """Return a coefficient for each stand.

    Parameters
    ----------
    name : {"BCEF", "R", "D", "CF"}
    zone, forest_type : str
        As in ``ipcc_2006.csv``.
    size : (n,) array, optional
        Growing stock [m3 ha-1] for BCEF, above-ground biomass [Mg DM ha-1] for R; a class holds from above
        its lower bound up to its upper one.

    Returns
    -------
    (n,) or () array
        NaN where the table has no class for a size.

    Raises
    ------
    ValueError
        The table has no such zone or type; it lists those that it has.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.look_up("BCEF", "temperate", "pines", np.array([15.0, 40.0, 150.0]))
    array([1.8, 1. , 0.7])
    """
    if name not in WORDS:
        raise ValueError(f"unknown coefficient {name!r}; known: {', '.join(WORDS)}")
    rows = coefficients(name)
    chosen = [row for row in rows if (row.zone, row.forest_type) == (zone, forest_type)]
    if not chosen:
        known = list(dict.fromkeys(f"{row.zone}, {row.forest_type}" for row in rows))
        hint = did_you_mean(f"{zone}, {forest_type}", known) or ";"
        raise ValueError(f"no {name} of {zone!r}, {forest_type!r}{hint} known: {'; '.join(known)}")
    if not np.isfinite(chosen[0].lower):
        return np.asarray(chosen[0].value if size is None else np.full(np.shape(size), chosen[0].value))
    if size is None:
        raise ValueError(f"{name} depends on the size of the stand: give it")
    found = np.full(np.shape(size), np.nan)
    for row in chosen:
        at_least = size >= row.lower if row.lower == 0 else size > row.lower
        found[at_least & (size <= row.upper)] = row.value
    return found
