"""What temperature, pressure and vapour do to a density that is read from one absorption line."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]

#: Water vapour broadens a line of methane 1.46 times as much as dry air does.
VAPOUR_BROADENING = 0.46


class KappaTable(NamedTuple):
    """True over reported density, as the analyser's maker tabulates it."""

    T: Array  #: temperatures, ascending: (n,) [K]
    P: Array  #: equivalent pressures, ascending: (m,) [Pa]
    kappa: Array  #: (n, m) [1]


class LineTerms(NamedTuple):
    """Factors of the density correction's terms. Arrays over time [1]."""

    kappa: Array  #: of the whole
    vapour: Array  #: of the term of the vapour flux
    heat: Array  #: of the term of the heat flux


def line_terms_mcdermitt_2011(T: Array, P: Array, x_v: Array, table: KappaTable) -> LineTerms:
    r"""Factors by which the shape of an absorption line changes a density correction.

    Parameters
    ----------
    T, P : arrays
        Air temperature; pressure. [K], [Pa]
    x_v : array
        Mole fraction of water vapour. [mol mol-1]
    table : KappaTable
        At least two temperatures and pressures; cubic splines between them where there are four.

    Returns
    -------
    LineTerms
        A, B and C of the paper; NaN beyond the table.

    Notes
    -----
    The true density is :math:`\kappa(T, P_e)` times the reported one, with the equivalent pressure
    :math:`P_e = P (1 + 0.46 x_v)`. Fluctuations of T and of the vapour density change :math:`\kappa` as well
    as the air's density; at constant pressure :math:`x_v' = x_v (\rho_v' / \rho_v + T' / T)`. Sorted by
    covariance this gives

    .. math::

        A &= \kappa \\
        B &= 1 + (1 - x_v)\, 0.46\, P \kappa_P / \kappa \\
        C &= 1 + (1 - x_v)\, T \kappa_T / \kappa + x_v (B - 1)

    where subscripts P and T are derivatives. To first order in :math:`x_v` this is the manufacturer's form,
    with :math:`(1 - 1.46 x_v) P_e` in B.

    References
    ----------
    .. [1] McDermitt et al., Appl. Phys. B 102, 391-405, 2011.
    .. [2] LI-COR, LI-7700 open path CH4 analyzer, instruction manual, eq. 5-1 and following.
    """
    degrees = (min(3, table.T.size - 1), min(3, table.P.size - 1))
    spline = scipy.interpolate.RectBivariateSpline(
        table.T, table.P, table.kappa, kx=degrees[0], ky=degrees[1], s=0
    )
    Pe = P * (1.0 + VAPOUR_BROADENING * x_v)
    with np.errstate(invalid="ignore"):
        warm_enough, thick_enough = table.T[0] <= T, table.P[0] <= Pe
        inside = warm_enough & (table.T[-1] >= T) & thick_enough & (table.P[-1] >= Pe)
    at_T, at_P = np.where(inside, T, table.T[0]), np.where(inside, Pe, table.P[0])

    def look_up(dx: int, dy: int) -> Array:
        return np.where(inside, spline(at_T, at_P, dx=dx, dy=dy, grid=False), np.nan)

    kappa = look_up(0, 0)
    B = 1.0 + (1.0 - x_v) * VAPOUR_BROADENING * P * look_up(0, 1) / kappa
    C = 1.0 + (1.0 - x_v) * T * look_up(1, 0) / kappa + x_v * (B - 1.0)
    return LineTerms(kappa, np.asarray(B), np.asarray(C))
