"""MIAMI: net primary production from the climate's temperature and precipitation."""

import numpy as np
import numpy.typing as npt

from fluxkit.budget.terms import Term

Array = npt.NDArray[np.float64]

#: Years of climate that its means are made for.
FEWEST_YEARS = 10
INCLUDES = ("above and below ground, of natural vegetation under the climate",)
LACKS = ("soil", "land use", "this site's stand and age")


def miami(temperature: npt.ArrayLike, precipitation: npt.ArrayLike) -> Array:
    """Return NPP as the lesser of what warmth and rain allow.

    NPP_T = 3000 / (1 + exp(1.315 - 0.119 T)), NPP_P = 3000 (1 - exp(-0.000664 P)).

    Parameters
    ----------
    temperature : array
        Annual mean of air temperature. [degC]
    precipitation : array
        Annual sum. [mm]

    Returns
    -------
    array
        DRY MATTER. [g DM m-2 a-1]

    References
    ----------
    .. [1] Lieth, "Primary production: terrestrial ecosystems", Human Ecology 1, 1973.
    .. [2] Lieth, "Modeling the primary productivity of the world", in Lieth & Whittaker, Primary
       Productivity of the Biosphere, Springer 1975.

    Examples
    --------
    >>> import fluxkit as fk
    >>> fk.budget.miami(10.0, 800.0).round(1)
    np.float64(1236.3)
    """
    t, p = np.asarray(temperature, np.float64), np.asarray(precipitation, np.float64)
    by_warmth = 3000.0 / (1.0 + np.exp(1.315 - 0.119 * t))
    by_rain = 3000.0 * (1.0 - np.exp(-0.000664 * p))
    return np.minimum(by_warmth, by_rain)


def miami_term(temperature: Array, precipitation: Array, carbon_fraction: float, *, source: str = "") -> Term:
    """Return MIAMI's carbon for the mean of a climate, with the error that its years' spread gives.

    Parameters
    ----------
    temperature, precipitation : (year,) array
        Of whole years. [degC], [mm]
    carbon_fraction : float
        Carbon in dry matter. [1]
    source : str
        Of the climate.

    Returns
    -------
    Term
        [g C m-2 a-1] The standard error is that of the climate's means; the model's own is not known. Its
        notes warn of fewer than ten years.

    Raises
    ------
    ValueError
        No year has both.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> term = fk.budget.miami_term(np.full(12, 10.0), np.full(12, 800.0), 0.47)
    >>> round(term.value, 1)
    581.1
    """
    there = np.isfinite(temperature) & np.isfinite(precipitation)
    t, p = temperature[there], precipitation[there]
    if not t.size:
        raise ValueError("MIAMI: no year has both temperature and precipitation")
    value = float(miami(t.mean(), p.mean())) * carbon_fraction
    notes = [f"dry matter times {carbon_fraction:g}; the model's own error is not known"]
    if t.size < FEWEST_YEARS:
        notes.insert(
            0, f"made for climates of {FEWEST_YEARS} years and more: {t.size} given, so it shows weather"
        )
    # Leaving out each year in turn: the lesser of two curves has no derivative where they meet.
    error = np.nan
    if t.size > 1:
        sums = t.sum(), p.sum()
        n = t.size - 1
        without = miami((sums[0] - t) / n, (sums[1] - p) / n) * carbon_fraction
        error = float(np.sqrt(n / t.size * np.sum((without - without.mean()) ** 2)))
    return Term("NPP", value, error, INCLUDES, LACKS, source=source, notes=tuple(notes))
