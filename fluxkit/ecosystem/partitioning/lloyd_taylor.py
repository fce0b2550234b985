"""Respiration against temperature."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Temperatures of Lloyd and Taylor [K]: respiration ends at 227.13 K; the reference is 15 degC.
END = 227.13
REFERENCE = 288.15
#: The law has a pole at END: colder air is taken for so cold [degC].
COLDEST = -40.0


def exponent(ta: Array, reference: float | Array = REFERENCE) -> Array:
    """What E0 is multiplied by.

    Parameters
    ----------
    ta : array
        Temperature [degC].
    reference : float or array
        Temperature at which respiration is the reference respiration [K].

    Returns
    -------
    array
        1/(T_ref - T_0) - 1/(T - T_0) [K-1]; R = R_ref exp(E_0 exponent).

    References
    ----------
    .. [1] Lloyd & Taylor, Funct. Ecol. 8, 315-323, 1994, equation 11.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.partitioning.lloyd_taylor import exponent
    >>> np.round(np.exp(308.56 * exponent(np.array([5.0, 15.0, 25.0]))), 3)
    array([0.371, 1.   , 2.038])
    """
    return np.asarray(1.0 / (reference - END) - 1.0 / (np.maximum(ta, COLDEST) + 273.15 - END))
