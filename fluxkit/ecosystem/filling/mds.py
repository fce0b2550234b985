"""Marginal distribution sampling (MDS): a gap takes the mean of similar conditions near by in time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.filling.registry import Array, Filled, FillingError, Integers, register_filler
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.kernels.similar import similar_conditions

#: Steps of the search, as the kernel numbers them.
THREE_DRIVERS, RADIATION, HOUR = 1, 2, 3
#: Radiation from which on it is day. [W m-2]
DAY = 10.0
#: Radiation: at least, at most [W m-2]; vapour pressure deficit [hPa]; temperature [K].
TOLERANCES = np.array([20.0, 50.0, 5.0, 2.5])


@dataclass(frozen=True)
class Variant:
    """In what a program's search differs.

    Parameters
    ----------
    widest : int
        Days about the record in which drivers are compared, at most.
    hour_steps : int
        Days by which the search for the same hour grows beyond two.
    hour_widest : int
        Days at most for the same hour, 0 for as many as there are.
    short : int
        Records by which windows of drivers fall short of whole days at both ends.
    reach_h : float
        Hours about the hour, 0 for two records whatever their length.
    symmetric : bool
        Weigh what had less and what had more radiation alike, by day.
    night_alone : bool
        Compare nights with nights alone: twilight has uptake.
    itself : bool
        Whether a measured value counts among those similar to it.
    long_gaps : str
        Rule for long gaps.
    """

    widest: int = 70
    hour_steps: int = 7
    hour_widest: int = 210
    short: int = 0
    reach_h: float = 0.0
    symmetric: bool = False
    night_alone: bool = False
    itself: bool = True
    long_gaps: str = "reddyproc"


VARIANTS = {
    "fluxkit": Variant(symmetric=True, night_alone=True, itself=False, reach_h=1.0, long_gaps="fluxkit"),
    "reddyproc": Variant(),
    "oneflux": Variant(widest=77, hour_steps=3, hour_widest=0, short=1, reach_h=1.0, long_gaps="none"),
    "vekuri-2023": Variant(symmetric=True),
}


@register_filler("mds")
def fill_mds(
    values: Array,
    drivers: dict[str, Array],
    at: HalfHours,
    *,
    variant: str = "fluxkit",
    fill_all: bool = True,
    itself: bool | None = None,
    tolerances: npt.ArrayLike = TOLERANCES,
) -> Filled:
    """Fill by marginal distribution sampling.

    Values are looked for in this order until two are found: similar radiation, vapour pressure deficit and
    temperature within 7, then 14 days; similar radiation within 7 days; the same hour on the same day,
    within one and two days; then each of the three in windows that grow. Only measured values count, never
    filled ones.

    Parameters
    ----------
    values : (n,) array
        NaN where missing.
    drivers : dict
        ``SW_IN`` [W m-2], ``VPD`` [hPa] and ``TA`` [degC]; what is missing leaves out the steps that need it.
    at : HalfHours
    variant : str, default "fluxkit"
        ``reddyproc`` (Reichstein et al. 2005 as of REddyProc 1.3); ``oneflux`` (its gf_mds); ``vekuri-2023``
        (REddyProc's Vekuri23): by day the means of what had less and what had more radiation weigh alike;
        ``fluxkit``: as that, nights are compared with nights alone, a measured value is not similar to
        itself, and the hour is an hour for any length of the records.
    fill_all : bool, default True
        Predict measured records too, as random uncertainty needs it.
    itself : bool, optional
        Whether a measured value counts among those similar to it; what the variant does unless given.
    tolerances : (4,) array_like
        Radiation at least and at most [W m-2], vapour pressure deficit [hPa], temperature [K].

    Returns
    -------
    Filled
        Method 1: three drivers, 2: radiation, 3: hour. Windows are whole widths [d]. Quality as in
        Reichstein et al. (2005).

    Raises
    ------
    FillingError
        There is no such variant.

    References
    ----------
    .. [1] Reichstein et al., Glob. Change Biol. 11, 1424-1439, 2005, appendix A.
    .. [2] Wutzler et al., Biogeosciences 15, 5015-5030, 2018.
    .. [3] Vekuri et al., Sci. Rep. 13, 1720, 2023.
    """
    if variant not in VARIANTS:
        raise FillingError(f"no variant of MDS is called {variant!r}; there are {', '.join(VARIANTS)}")
    how = VARIANTS[variant]
    n = values.size
    missing = np.full(n, np.nan)
    # Copies: kernels are compiled anew for arrays that are read-only.
    sw, vpd, ta = (np.array(drivers.get(name, missing), np.float64) for name in ("SW_IN", "VPD", "TA"))
    if itself is None:
        itself = how.itself
    numbers = np.empty((2, n))
    counts = np.empty((3, n), np.int64)
    similar_conditions(
        np.array(values, np.float64), sw, vpd, ta, np.isnan(values) | fill_all, at.per_day,
        _steps(how, -(-n // at.per_day)), how.short, round(how.reach_h * 3600.0 / at.step_s) or 2,
        np.array(tolerances, np.float64), DAY if how.symmetric else np.inf,
        DAY if how.night_alone else -np.inf, itself, numbers, counts,
    )  # fmt: skip
    count, method, days = counts
    width = np.where(method == HOUR, 2 * days + 1, 2 * days)
    return Filled(
        value=numbers[0],
        quality=_quality(method, width),
        method=method,
        window=np.where(method > 0, width, np.nan),
        n=count,
        sd=numbers[1],
        long_gaps=how.long_gaps,
        notes=_notes(drivers),
        open_because="nothing similar was measured near by",
    )


def _steps(how: Variant, n_days: int) -> Integers:
    """Return the steps of the search in their order: kind and days before and after."""
    wide = range(21, how.widest + 1, 7)
    hours = range(how.hour_steps, (how.hour_widest or n_days) + 1, how.hour_steps)
    steps = [(THREE_DRIVERS, 7), (THREE_DRIVERS, 14), (RADIATION, 7), (HOUR, 0), (HOUR, 1), (HOUR, 2)]
    steps += [(THREE_DRIVERS, days) for days in wide]
    steps += [(RADIATION, days) for days in (14, *wide)]
    steps += [(HOUR, days) for days in hours]
    return np.array(steps, np.int64)


def _quality(method: Integers, width: Integers) -> Integers:
    """Return 1 to 3 by method and whole width of the window, 0 where nothing was found."""
    good = np.select([method == THREE_DRIVERS, method == RADIATION], [14, 14], 1)
    fair = np.select([method == THREE_DRIVERS, method == RADIATION], [56, 28], 5)
    quality = np.where(width <= good, 1, np.where(width <= fair, 2, 3))
    return np.where(method == 0, 0, quality)


def _notes(drivers: dict[str, Array]) -> tuple[str, ...]:
    there = [name for name in ("SW_IN", "VPD", "TA") if name in drivers and np.isfinite(drivers[name]).any()]
    lacking = [name for name in ("SW_IN", "VPD", "TA") if name not in there]
    if not lacking:
        return ()
    left = "similar radiation and the hour of the day" if "SW_IN" in there else "the hour of the day"
    return (f"without {' and '.join(lacking)}, gaps were filled by {left} alone",)
