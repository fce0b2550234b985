"""Quality tests of fluxes: stationarity and developed turbulence."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.float64]

#: Upper limits of classes 1 to 8 [%]; class 9 is beyond. Foken et al. (2004, table 9.4).
CLASS_LIMITS = (15.0, 30.0, 50.0, 75.0, 100.0, 250.0, 500.0, 1000.0)


def deviation(expected: Array, found: Array) -> Array:
    """Relative deviation of found from expected. [%]"""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(100.0 * np.abs((expected - found) / expected))


def stationarity_foken_wichura_1996(covariance: Array, blocks: Array) -> Array:
    """Deviation of the sub-periods' mean covariance from that of the whole period.

    Parameters
    ----------
    covariance : (time,) array
        Over the whole period. [any]
    blocks : (time, block) array
        Over its sub-periods.

    Returns
    -------
    (time,) array
        [%]

    References
    ----------
    .. [1] Foken & Wichura, Agric. For. Meteorol. 78, 83-105, 1996, section 3.1.
    """
    return deviation(covariance, mean_of_blocks(blocks))


def mean_of_blocks(blocks: Array) -> Array:
    """Mean over the sub-periods (time, block) that there are, NaN where there is none."""
    n = np.sum(~np.isnan(blocks), axis=1)
    return np.asarray(np.nansum(blocks, axis=1) / np.where(n > 0, n, np.nan))


def turbulence_deviation(sigma: Array, scale: Array, model: Array) -> Array:
    """Deviation of sigma / scale from its similarity model. [%] Foken & Wichura (1996, section 3.2)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return deviation(model, sigma / np.abs(scale))


def classes(percent: Array, *, whole_numbers: bool = False) -> Array:
    """Class 1 to 9 of a deviation, NaN where there is none.

    Parameters
    ----------
    percent : (time,) array
        [%]
    whole_numbers : bool
        Cut decimals off first, as EddyPro 6 does.
    """
    p = np.floor(percent) if whole_numbers else percent
    out = 1.0 + np.searchsorted(np.array(CLASS_LIMITS), np.nan_to_num(p, nan=np.inf), side="left")
    return np.where(np.isnan(percent), np.nan, out)


def judged(flag: Callable[[Array, Array], Flags], stationarity: Array, turbulence: Array) -> Flags:
    """Flag by a scheme, also of what stationarity alone discards where turbulence was not tested.

    Parameters
    ----------
    flag : callable
        Of classes of stationarity and turbulence.
    stationarity, turbulence : (time,) arrays
        Classes of the two tests, NaN where one was not made.

    Returns
    -------
    (time,) array
        NaN where a test is missing and the other leaves the verdict open: no flag is better than that of its
        worse test.
    """
    both = flag(stationarity, turbulence)
    alone, worst = flag(stationarity, np.ones_like(stationarity)), flag(np.array([9.0]), np.array([9.0]))
    return np.where(np.isnan(both) & (alone == worst), alone, both)


def flag_mauder_foken_2004(stationarity: Array, turbulence: Array) -> Flags:
    """Overall flag 0 (best), 1, 2 from two classes 1 to 9; NaN where one is missing.

    References
    ----------
    .. [1] Mauder & Foken, Documentation and instruction manual of the eddy covariance software package
       TK2, Univ. Bayreuth, Abt. Mikrometeorologie, 26, 2004, table 15.
    """
    worst = np.fmax(stationarity, turbulence)
    flag = np.select([worst <= 2.0, worst <= 5.0], [0.0, 1.0], 2.0)
    return np.where(np.isnan(stationarity) | np.isnan(turbulence), np.nan, flag)


def flag_foken_2003(stationarity: Array, turbulence: Array, *, third_class: float = 3.0) -> Flags:
    """Overall class 1 (best) to 9 from two classes 1 to 9; NaN where one is missing.

    Parameters
    ----------
    stationarity, turbulence : (time,) arrays
        Classes of the two tests, see ``classes``.
    third_class : float
        Class of the combinations that the table gives class 3; EddyPro 6 gives them 5.

    Returns
    -------
    (time,) array
        1-3 fundamental research, 4-6 general use, 7-8 orientation only, 9 discard. The class of the wind's
        direction relative to the sonic, the third in the table, is taken as good.

    References
    ----------
    .. [1] Foken et al., in: Handbook of Micrometeorology, Kluwer, 2004, table 9.5 (from Foken, Angewandte
       Meteorologie, Springer, 2003).
    """
    s, t = stationarity, turbulence
    steady = (s <= 2.0) & (t <= 4.0)
    rows = [
        ((s <= 1.0) & (t <= 2.0), 1.0),
        ((s <= 2.0) & (t <= 2.0), 2.0),
        (steady, third_class),
        ((s <= 4.0) & (t <= 2.0), 4.0),
        ((s <= 4.0) & (t <= 5.0), 5.0),
        ((s <= 5.0) & (t <= 5.0), 6.0),
        ((s <= 6.0) & (t <= 6.0), 7.0),
        ((s <= 8.0) & (t <= 8.0), 8.0),
    ]
    flag = np.select([where for where, _ in rows], [value for _, value in rows], 9.0)
    return np.where(np.isnan(s) | np.isnan(t), np.nan, flag)


def flag_goeckede_2004(stationarity: Array, turbulence: Array, *, listed_only: bool = False) -> Flags:
    """Overall class 1 (best) to 5 from two classes 1 to 9; NaN where one is missing.

    Parameters
    ----------
    stationarity, turbulence : (time,) arrays
        Classes of the two tests, see ``classes``.
    listed_only : bool
        Only the combinations that the table lists; all others are 5, better ones too. Otherwise a
        combination has the class of the first row that neither test exceeds.

    Returns
    -------
    (time,) array

    References
    ----------
    .. [1] Goeckede et al., Agric. For. Meteorol. 127, 175-188, 2004, table 2.
    """
    s, t = stationarity, turbulence
    rows = [(1.0, 2.0, 1.0, 2.0), (1.0, 2.0, 3.0, 4.0), (3.0, 4.0, 3.0, 4.0), (3.0, 4.0, 5.0, 6.0)]
    listed = [
        (s <= high) & (t <= worst) & (((s >= low) & (t >= best)) | (not listed_only))
        for low, high, best, worst in rows
    ]
    flag = np.select(listed, [1.0, 2.0, 3.0, 4.0], 5.0)
    return np.where(np.isnan(s) | np.isnan(t), np.nan, flag)
