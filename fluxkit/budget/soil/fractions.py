"""Fractions of soil organic carbon: their shares of the whole, and whether they add up to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

#: Recovery that laboratories call good; another range may be given.
GOOD = (0.9, 1.1)
#: Fractions by name, in words.
FRACTIONS = {
    "POC": "particulate organic carbon, larger than 53 um",
    "MAOC": "mineral-associated organic carbon, smaller than 53 um",
    "light": "light fraction",
    "heavy": "heavy fraction",
    "macroaggregates": "aggregates larger than 250 um",
    "microaggregates": "aggregates of 53 to 250 um",
    "silt+clay": "smaller than 53 um",
    "ROC": "readily oxidisable carbon",
    "DOC": "dissolved organic carbon",
    "MBC": "carbon of microbial biomass",
}
#: Sets of fractions that together are the whole; the others are parts beside one another.
WHOLE = (("POC", "MAOC"), ("light", "heavy"), ("macroaggregates", "microaggregates", "silt+clay"))


@dataclass(frozen=True)
class FractionShares:
    """Shares of the whole, and how much of it sets of fractions recover."""

    shares: dict[str, float]  #: fraction -> share of the whole [1]
    recovery: dict[str, float]  #: "POC + MAOC" -> sum over whole [1]
    doubts: list[str]  #: in words


def fraction_shares(
    carbon: Mapping[str, float], whole: float, *, good: tuple[float, float] = GOOD
) -> FractionShares:
    """Return what share of a soil's carbon each fraction is.

    Parameters
    ----------
    carbon : mapping
        Fraction -> carbon in it, in the unit of ``whole`` (g C per kg of soil, say).
    whole : float
        Organic carbon of the same soil.
    good : (float, float)
        Recovery that is not doubted.

    Returns
    -------
    FractionShares

    Raises
    ------
    ValueError
        The whole is not positive.

    Examples
    --------
    >>> import fluxkit as fk
    >>> found = fk.budget.fraction_shares({"POC": 6.0, "MAOC": 13.0, "MBC": 0.4}, 20.0)
    >>> found.shares["POC"], found.recovery, found.doubts
    (0.3, {'POC + MAOC': 0.95}, [])
    """
    if not whole > 0:
        raise ValueError(f"the whole soil's carbon is {whole:g}: there is nothing to take shares of")
    shares = {name: value / whole for name, value in carbon.items()}
    recovery = {}
    doubts = [
        f"{name} is {value:g}: a fraction is not negative" for name, value in carbon.items() if value < 0
    ]
    for parts in WHOLE:
        if all(name in carbon and np.isfinite(carbon[name]) for name in parts):
            words = " + ".join(parts)
            recovery[words] = sum(carbon[name] for name in parts) / whole
            if not good[0] <= recovery[words] <= good[1]:
                doubts.append(
                    f"{words} recover {100 * recovery[words]:.0f} % of the carbon, not "
                    f"{100 * good[0]:.0f} to {100 * good[1]:.0f} %"
                )
    doubts += [
        f"{name} is {100 * share:.0f} % of the whole: more than there is"
        for name, share in shares.items()
        if share > good[1]
    ]
    return FractionShares(shares, recovery, doubts)
