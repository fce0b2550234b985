"""Uncertainty of a flux: of the fit and of what turns its slope into a flux."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RelativeErrors:
    """Standard uncertainty of each quantity over its value, single numbers or shape (closure,). [1]"""

    volume: Array | float = 0.0
    area: Array | float = 0.0
    temperature: Array | float = 0.0
    pressure: Array | float = 0.0
    dry_share: Array | float = 0.0  #: of 1 - W0

    @property
    def flux_term(self) -> Array:
        """Of moles of dry air over the area, all being independent."""
        parts = (self.volume, self.area, self.temperature, self.pressure, self.dry_share)
        squares: Array = np.array(np.broadcast_arrays(*parts), np.float64) ** 2
        return np.asarray(np.sqrt(squares.sum(axis=0)), np.float64)


@dataclass(frozen=True)
class FluxError:
    """Standard errors and 95 % limits of fluxes; arrays of shape (closure,). [mol m-2 s-1]"""

    flux: Array
    se: Array  #: of fit and flux term together
    se_fit: Array
    se_term: Array  #: systematic: the same chamber has the same error in every closure
    low: Array
    high: Array


def flux_error(
    slope: Array, slope_se: Array, term: Array, *, low: Array | None = None, high: Array | None = None,
    relative: RelativeErrors | None = None,
) -> FluxError:  # fmt: skip
    """Turn slopes into fluxes with their errors.

    Parameters
    ----------
    slope, slope_se : ndarray, shape (closure,)
        Slope and standard error. [mol mol-1 s-1]
    term : ndarray, shape (closure,)
        Of ``flux_term.flux_term``. [mol m-2]
    low, high : ndarray, shape (closure,), optional
        95 % limits of the slope; 1.96 standard errors without them. [mol mol-1 s-1]
    relative : RelativeErrors, optional
        Of volume, area, temperature, pressure and the share of dry air.

    Returns
    -------
    FluxError
        The limits widen by 1.96 standard errors of the flux term, added in quadrature.

    References
    ----------
    .. [1] JCGM 100:2008, "Evaluation of measurement data: guide to the expression of uncertainty in
       measurement", eq. 12.
    """
    share = relative.flux_term if relative is not None else np.zeros(1)
    flux = slope * term
    se_fit = slope_se * np.abs(term)
    se_term = np.abs(flux) * share
    below = slope - low if low is not None else 1.96 * slope_se
    above = high - slope if high is not None else 1.96 * slope_se
    reach = 1.96 * se_term
    return FluxError(
        flux=flux,
        se=np.hypot(se_fit, se_term),
        se_fit=se_fit,
        se_term=se_term,
        low=flux - np.hypot(below * term, reach),
        high=flux + np.hypot(above * term, reach),
    )
