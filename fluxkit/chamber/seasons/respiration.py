"""Respiration against temperature and moisture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.seasons.response import Array, Curve, Formula, Response, fit
from fluxkit.constants import SI

T_REF = 283.15  #: temperature at which the reference respiration holds, 10 degC [K]
T_ZERO_RESPIRATION = 227.13  #: at which respiration ends, Lloyd & Taylor (1994) [K]
W_REF = 0.25  #: water content at which the reference respiration holds [m3 m-3]
E0_RESTRICTED = 308.56  #: their one value for all soils [K]

Values = npt.NDArray[Any]


def _linear(a: Array, b: Array, t: Array) -> Values:
    return np.asarray(a + b * (t - T_REF))


def _q10(r_ref: Array, q10: Array, t: Array) -> Values:
    return np.asarray(r_ref * np.exp(np.log(q10) * (t - T_REF) / 10))


def _lloyd_taylor(r_ref: Array, e0: Array, t: Array) -> Values:
    return np.asarray(r_ref * np.exp(e0 * (1 / (T_REF - T_ZERO_RESPIRATION) - 1 / (t - T_ZERO_RESPIRATION))))


def _restricted(r_ref: Array, t: Array) -> Values:
    return _lloyd_taylor(r_ref, np.array(E0_RESTRICTED), t)


def _full(r_ref: Array, e0: Array, t0: Array, t: Array) -> Values:
    return np.asarray(r_ref * np.exp(e0 * (1 / (T_REF - t0) - 1 / (t - t0))))


def _arrhenius(r_ref: Array, ea: Array, t: Array) -> Values:
    return np.asarray(r_ref * np.exp(ea / SI.R * (1 / T_REF - 1 / t)))


def _logistic(top: Array, middle: Array, width: Array, t: Array) -> Values:
    return np.asarray(top / (1 + np.exp((middle - t) / width)))


def _exponent(y: Array, t: Array) -> tuple[float, float]:
    """Return the value at the reference temperature and the relative rise by kelvin, from logarithms."""
    positive = y > 0
    if positive.sum() < 2 or np.ptp(t[positive]) == 0:
        return max(float(np.mean(y)), 1e-12), 0.07
    slope, level = np.polyfit(t[positive] - T_REF, np.log(y[positive]), 1)
    return float(np.exp(level)), float(slope)


def _start_linear(y: Array, t: Array) -> list[float]:
    return [float(np.mean(y)), 0.0]


def _start_q10(y: Array, t: Array) -> list[float]:
    level, slope = _exponent(y, t)
    return [level, float(np.exp(10 * np.clip(slope, -0.3, 0.3)))]


def _start_lloyd_taylor(y: Array, t: Array) -> list[float]:
    level, slope = _exponent(y, t)
    return [level, float(slope * (T_REF - T_ZERO_RESPIRATION) ** 2)]


def _start_restricted(y: Array, t: Array) -> list[float]:
    return [float(np.mean(y))]


def _start_full(y: Array, t: Array) -> list[float]:
    return [*_start_lloyd_taylor(y, t), T_ZERO_RESPIRATION]


def _start_arrhenius(y: Array, t: Array) -> list[float]:
    level, slope = _exponent(y, t)
    return [level, float(slope * SI.R * T_REF**2)]


def _start_logistic(y: Array, t: Array) -> list[float]:
    return [1.2 * float(np.max(y)), float(np.mean(t)), max(float(np.std(t)), 1.0)]


_LT = "Lloyd & Taylor 1994"

#: Forms of the response to temperature; each gives respiration at a temperature in kelvin.
TEMPERATURE: dict[str, Curve] = {
    curve.name: curve
    for curve in (
        Curve("linear", ("r_ref", "slope"), ("flux", "flux K-1"), ("t",), _linear, _start_linear, ""),
        Curve("q10", ("r_ref", "q10"), ("flux", "1"), ("t",), _q10, _start_q10, "van 't Hoff 1898"),
        Curve(
            "lloyd-taylor", ("r_ref", "e0"), ("flux", "K"), ("t",), _lloyd_taylor, _start_lloyd_taylor, _LT,
        ),
        Curve("lloyd-taylor-restricted", ("r_ref",), ("flux",), ("t",), _restricted, _start_restricted, _LT),
        Curve(
            "lloyd-taylor-full", ("r_ref", "e0", "t0"), ("flux", "K", "K"), ("t",), _full, _start_full, _LT,
        ),
        Curve("arrhenius", ("r_ref", "ea"), ("flux", "J mol-1"), ("t",), _arrhenius, _start_arrhenius, ""),
        Curve(
            "logistic", ("top", "middle", "width"), ("flux", "K", "K"), ("t",), _logistic, _start_logistic,
            "Richards 1959",
        ),
    )
}  # fmt: skip


def _by_line(b: Array, w: Array) -> Values:
    return np.asarray(1 + b * (w - W_REF))


def _by_parabola(b: Array, c: Array, w: Array) -> Values:
    return np.asarray(1 + b * (w - W_REF) + c * (w - W_REF) ** 2)


def _by_exponent(b: Array, w: Array) -> Values:
    return np.asarray(np.exp(b * (w - W_REF)))


def _by_bell(b: Array, c: Array, w: Array) -> Values:
    return np.asarray(np.exp(b * (w - W_REF) + c * (w - W_REF) ** 2))


def _by_saturation(half: Array, w: Array) -> Values:
    return np.asarray(w / (half + w) * (half + W_REF) / W_REF)


#: Forms of the response to soil moisture: parameters, units, factor (1 at the reference moisture), start.
MOISTURE: dict[str, tuple[tuple[str, ...], tuple[str, ...], Formula, tuple[float, ...]]] = {
    "linear": (("moisture_slope",), ("1",), _by_line, (0.0,)),
    "quadratic": (("moisture_slope", "moisture_bend"), ("1", "1"), _by_parabola, (0.0, 0.0)),
    "exponential": (("moisture_slope",), ("1",), _by_exponent, (0.0,)),
    "bell": (("moisture_slope", "moisture_bend"), ("1", "1"), _by_bell, (0.0, 0.0)),
    "saturating": (("half_saturation",), ("m3 m-3",), _by_saturation, (0.1,)),
}


def curve(temperature: str = "lloyd-taylor", moisture: str = "none") -> Curve:
    """Return respiration as a function of temperature, times a factor of moisture.

    Parameters
    ----------
    temperature : str
        A key of ``TEMPERATURE``.
    moisture : str
        "none" or a key of ``MOISTURE``.

    Returns
    -------
    Curve
        Drivers ``t`` [K] and, with moisture, ``swc`` [m3 m-3].

    Raises
    ------
    ValueError
        An unknown form; the message names the known ones.
    """
    if temperature not in TEMPERATURE:
        raise ValueError(f"respiration: unknown form {temperature!r}; known: {', '.join(TEMPERATURE)}")
    plain = TEMPERATURE[temperature]
    if moisture == "none":
        return plain
    if moisture not in MOISTURE:
        raise ValueError(
            f"respiration: unknown form of moisture {moisture!r}; known: none, {', '.join(MOISTURE)}"
        )
    names, units, factor, first = MOISTURE[moisture]
    size = len(plain.parameters)

    def product(*given: Array) -> Values:
        *values, t, w = given
        return np.asarray(plain.formula(*values[:size], t) * factor(*values[size:], w))

    def start(y: Array, t: Array, w: Array) -> list[float]:
        return [*plain.start(y, t), *first]

    return Curve(
        f"{temperature} x {moisture}", (*plain.parameters, *names), (*plain.units, *units), ("t", "swc"),
        product, start, plain.paper,
    )  # fmt: skip


def fit_respiration(
    flux: Array,
    t: Array,
    swc: Array | None = None,
    *,
    temperature: str = "lloyd-taylor",
    moisture: str = "none",
    se: Array | None = None,
) -> Response:
    """Fit respiration to temperature and moisture.

    Parameters
    ----------
    flux : ndarray, shape (n,)
        Respiration, in any unit of a flux.
    t : ndarray, shape (n,)
        Temperature of soil or air. [K]
    swc : ndarray, shape (n,), optional
        Soil water content. [m3 m-3]
    temperature, moisture : str
        Forms, see `curve`.
    se : ndarray, shape (n,), optional
        Standard errors of the fluxes, which then weigh 1 / se^2.

    Returns
    -------
    Response

    Raises
    ------
    ValueError
        Unknown form, moisture needed but not given, too few fluxes, or no optimum.

    References
    ----------
    .. [1] Lloyd & Taylor, "On the temperature dependence of soil respiration", Functional Ecology 8, 1994,
       eq. 8 and 11.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> t = np.linspace(278.15, 298.15, 30)
    >>> flux = 2.0 * 2.2 ** ((t - 283.15) / 10.0) + 0.02 * np.sin(np.arange(30.0))
    >>> found = fk.chamber.fit_respiration(flux, t, temperature="q10")
    >>> dict(zip(found.curve.parameters, found.values.round(1).tolist(), strict=True))
    {'r_ref': 2.0, 'q10': 2.2}
    """
    drivers = {"t": t}
    if moisture != "none":
        if swc is None:
            raise ValueError(f"respiration: moisture = {moisture!r} needs soil water, which is not given")
        drivers["swc"] = swc
    return fit(curve(temperature, moisture), flux, drivers, se)


def best_respiration(
    flux: Array,
    t: Array,
    swc: Array | None = None,
    *,
    temperature: Sequence[str] = tuple(TEMPERATURE),
    moisture: Sequence[str] = ("none",),
    se: Array | None = None,
) -> list[Response]:
    """Fit several forms and return them in the order of AICc, the best first.

    Forms that cannot be fitted are left out.

    Raises
    ------
    ValueError
        None can be fitted; the message gives the reasons.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> t = np.linspace(278.15, 298.15, 30)
    >>> flux = 2.0 * 2.2 ** ((t - 283.15) / 10.0) + 0.02 * np.sin(np.arange(30.0))
    >>> ranked = fk.chamber.best_respiration(flux, t, temperature=["linear", "q10"])
    >>> [response.curve.name for response in ranked]
    ['q10', 'linear']
    """
    found: list[Response] = []
    reasons: list[str] = []
    for form in temperature:
        for wet in moisture:
            try:
                found.append(fit_respiration(flux, t, swc, temperature=form, moisture=wet, se=se))
            except ValueError as error:
                reasons.append(str(error))
    if not found:
        raise ValueError("respiration: " + "; ".join(reasons))
    return sorted(found, key=lambda response: response.aicc)
