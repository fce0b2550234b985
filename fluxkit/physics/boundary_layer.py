"""Height of the atmospheric boundary layer where it was not measured."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: What is taken for a convective boundary layer when nothing better is known. [m]
CONVECTIVE_HEIGHT = 1500.0


def height_nieuwstadt_1981(ustar: Array, length: Array, f_c: float) -> Array:
    r"""Height of the neutral and stable boundary layer.

    Parameters
    ----------
    ustar : array
        Friction velocity. [m s-1]
    length : array
        Obukhov length; positive, or infinite for neutral air. [m]
    f_c : float
        Coriolis parameter, absolute value. [s-1]

    Returns
    -------
    array
        [m]; NaN where the air is unstable. It approaches 0.3 u* / f as L grows, so that no limit between
        stable and neutral air is needed. Without rotation of the ground (f = 0) it is infinite.

    Notes
    -----
    .. math:: h = \frac{L}{3.8} \left(-1 + \sqrt{1 + 2.28 \frac{u_*}{f L}}\right)

    computed with its conjugate, so that a large L loses no digits.

    References
    ----------
    .. [1] Nieuwstadt, J. Appl. Meteorol. 20, 3-14, 1981.
    .. [2] Kljun et al., Geosci. Model Dev. 8, 3695-3713, 2015, appendix B.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        turning = 2.28 * np.asarray(ustar) / f_c
        height = turning / 3.8 / (1.0 + np.sqrt(1.0 + turning / length)) if f_c > 0.0 else turning
    return np.asarray(np.where(np.asarray(length) > 0.0, height, np.nan))


def boundary_layer_height(
    ustar: Array, length: Array, f_c: float, *, convective: float = CONVECTIVE_HEIGHT, highest: float = 3000.0
) -> Array:
    """Height of the boundary layer from what a tower measures.

    Parameters
    ----------
    ustar, length, f_c
        As for ``height_nieuwstadt_1981``; a negative Obukhov length is convective air.
    convective : float
        Height of the convective layer, which surface measurements do not tell. [m]
    highest : float
        No layer is taken to be higher: near the equator rotation sets no height. [m]

    Returns
    -------
    array
        [m]; NaN where u* or L is.
    """
    unstable = np.asarray(length) < 0.0
    calm = np.minimum(height_nieuwstadt_1981(ustar, length, f_c), highest)
    return np.asarray(np.where(unstable, np.where(np.isnan(ustar), np.nan, convective), calm))
