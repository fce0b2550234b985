"""Gross uptake against light."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.seasons.response import Array, Curve, Formula, Response, fit

PAR_FALGE = 2000e-6  #: light at which Falge's form gives its first parameter [mol m-2 s-1]

Values = npt.NDArray[Any]


def _michaelis_menten(top: Array, alpha: Array, par: Array) -> Values:
    return np.asarray(top * alpha * par / (top + alpha * par))


def _falge(top: Array, alpha: Array, par: Array) -> Values:
    return np.asarray(alpha * par / (1 - par / PAR_FALGE + alpha * par / top))


def _smith(top: Array, alpha: Array, par: Array) -> Values:
    return np.asarray(alpha * par / np.sqrt(1 + (alpha * par / top) ** 2))


def _mitscherlich(top: Array, alpha: Array, par: Array) -> Values:
    return np.asarray(top * (1 - np.exp(-alpha * par / top)))


def _non_rectangular(top: Array, alpha: Array, theta: Array, par: Array) -> Values:
    both = alpha * par + top
    return np.asarray(both * (1 - np.sqrt(1 - 4 * theta * alpha * par * top / both**2)) / (2 * theta))


def _start(y: Array, par: Array) -> list[float]:
    """Return the largest uptake and the slope near the origin."""
    sign = -1.0 if np.mean(y) < 0 else 1.0
    top = float(np.max(sign * y))
    top = top if top > 0 else float(np.max(np.abs(y))) or 1.0
    dim = par <= np.median(par)
    light = float(np.sum(par[dim] ** 2))
    alpha = float(np.sum(sign * y[dim] * par[dim])) / light if light > 0 else 0.0
    ceiling = float(np.max(par)) or 1.0
    return [sign * 1.2 * top, sign * max(alpha, 0.3 * top / ceiling)]


def _start_curved(y: Array, par: Array) -> list[float]:
    return [*_start(y, par), 0.7]


_UNITS = ("flux", "flux / (mol m-2 s-1)")
_PARAMETERS = ("gpp_max", "alpha")
_FALGE = "Falge et al. 2001"


def _two(name: str, formula: Formula, paper: str) -> Curve:
    return Curve(name, _PARAMETERS, _UNITS, ("par",), formula, _start, paper)


#: Forms of gross uptake [flux] against photon flux [mol m-2 s-1]; each begins in 0 with the slope alpha.
LIGHT: dict[str, Curve] = {
    curve.name: curve
    for curve in (
        _two("michaelis-menten", _michaelis_menten, "Michaelis & Menten 1913"),
        _two("falge", _falge, _FALGE),
        _two("smith", _smith, "Smith 1936"),
        _two("mitscherlich", _mitscherlich, _FALGE),
        Curve(
            "non-rectangular", ("gpp_max", "alpha", "theta"), (*_UNITS, "1"), ("par",),
            _non_rectangular, _start_curved, "Rabinowitch 1951",
        ),
    )
}  # fmt: skip


def fit_light(gpp: Array, par: Array, *, form: str = "michaelis-menten", se: Array | None = None) -> Response:
    """Fit gross uptake to light.

    Parameters
    ----------
    gpp : ndarray, shape (n,)
        Gross uptake, respiration minus net flux, in any unit of a flux; if given with the opposite sign, both
        parameters have it too.
    par : ndarray, shape (n,)
        Photosynthetic photon flux. [mol m-2 s-1]
    form : str
        A key of ``LIGHT``.
    se : ndarray, shape (n,), optional
        Standard errors of the fluxes, which then weigh 1 / se^2.

    Returns
    -------
    Response
        Of ``falge`` the first parameter is the uptake at 2000 umol m-2 s-1, of the others that in full light.

    Raises
    ------
    ValueError
        Unknown form, too few fluxes, or no optimum.

    References
    ----------
    .. [1] Falge et al., "Gap filling strategies for defensible annual sums of net ecosystem exchange",
       Agricultural and Forest Meteorology 107, 2001, appendix A.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> par = np.linspace(0.0, 1.5e-3, 20)  # mol m-2 s-1
    >>> gpp = 0.04e6 * par * 25.0 / (0.04e6 * par + 25.0)  # umol m-2 s-1
    >>> found = fk.chamber.fit_light(gpp + 0.1 * np.sin(np.arange(20.0)), par)
    >>> round(found.r2, 2)
    1.0
    """
    if form not in LIGHT:
        raise ValueError(f"light response: unknown form {form!r}; known: {', '.join(LIGHT)}")
    return fit(LIGHT[form], gpp, {"par": par}, se)
