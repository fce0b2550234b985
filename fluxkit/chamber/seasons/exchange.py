"""Respiration and gross uptake from clear, shaded and dark closures of the same plots."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.seasons.response import Array, Response

Times = npt.NDArray[np.datetime64]

#: Longest time between a lit closure and the dark one that tells its respiration. [h]
WITHIN_H = 3.0


@dataclass(frozen=True)
class Exchange:
    """Parts of the net flux of each closure, arrays of shape (closure,); upward positive but for GPP."""

    reco: Array  #: respiration [flux]
    reco_se: Array  #: [flux]
    gpp: Array  #: gross uptake, positive downward; NaN for dark closures [flux]
    gpp_se: Array  #: [flux]
    partner: npt.NDArray[np.int64]  #: dark closure that the respiration was taken from, -1 where none was


def split(
    nee: Array,
    se: Array,
    cover: npt.NDArray[np.str_],
    time: Times,
    plot: npt.NDArray[np.str_],
    *,
    t: Array | None = None,
    respiration: Response | None = None,
    within_h: float = WITHIN_H,
) -> Exchange:
    """Partition net fluxes of lit closures with dark ones.

    A dark closure's net flux is respiration. That of a lit one is the dark closure of the same plot nearest
    in time; with a fitted curve it is moved to the lit closure's temperature, and where no dark closure is
    near enough the curve itself is taken.

    Parameters
    ----------
    nee, se : ndarray, shape (closure,)
        Net flux and its standard error. [flux]
    cover : ndarray of str, shape (closure,)
        "clear", "shaded" or "dark"; others are left out.
    time : ndarray of datetime64, shape (closure,)
        Of the closures.
    plot : ndarray of str, shape (closure,)
        Where they were.
    t : ndarray, shape (closure,), optional
        Temperature that the curve was fitted to. [K]
    respiration : Response, optional
        Respiration against temperature.
    within_h : float
        Longest time between partners. [h]

    Returns
    -------
    Exchange

    Raises
    ------
    ValueError
        A curve is given without temperatures.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> time = np.array(["2026-07-01T10:00", "2026-07-01T10:10"], "M8[ns]")
    >>> nee, se = np.array([-10.0, 4.0]), np.array([0.3, 0.4])
    >>> cover, plot = np.array(["clear", "dark"]), np.array(["a", "a"])
    >>> parts = fk.chamber.split(nee, se, cover, time, plot)
    >>> float(parts.gpp[0]), float(parts.gpp_se[0])
    (14.0, 0.5)
    """
    if respiration is not None and t is None:
        raise ValueError("exchange: a curve of respiration needs the closures' temperatures")
    dark, lit = cover == "dark", (cover == "clear") | (cover == "shaded")
    partner = _partners(dark & np.isfinite(nee), lit, time, plot, within_h)
    met = partner >= 0
    reco, reco_se = np.full(nee.shape, np.nan), np.full(nee.shape, np.nan)
    reco[dark], reco_se[dark] = nee[dark], se[dark]
    scale = np.ones(nee.shape)
    if respiration is not None and t is not None:
        curve, curve_se = respiration.at({"t": t})
        open_ = lit & ~met
        # Around the curve plots scatter: what one of them respires is known no better than that.
        reco[open_] = curve[open_]
        reco_se[open_] = np.hypot(curve_se[open_], respiration.residual_sd)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = curve[met] / curve[partner[met]]
        # A curve below zero says nothing about ratios.
        scale[met] = np.where(np.isfinite(ratio) & (ratio > 0), ratio, 1.0)
    reco[met], reco_se[met] = nee[partner[met]] * scale[met], se[partner[met]] * scale[met]
    gpp = np.where(lit, reco - nee, np.nan)
    return Exchange(reco, reco_se, gpp, np.where(lit, np.hypot(reco_se, se), np.nan), partner)


def _partners(
    dark: npt.NDArray[np.bool_],
    lit: npt.NDArray[np.bool_],
    time: Times,
    plot: npt.NDArray[np.str_],
    within_h: float,
) -> npt.NDArray[np.int64]:
    """Return for each lit closure the dark one of its plot nearest in time, -1 where there is none."""
    found = np.full(time.size, -1, np.int64)
    for name in np.unique(plot[lit]):
        mine, candidates = np.flatnonzero(lit & (plot == name)), np.flatnonzero(dark & (plot == name))
        if candidates.size == 0:
            continue
        away = np.abs((time[mine][:, None] - time[candidates]) / np.timedelta64(1, "h"))
        nearest = np.argmin(away, axis=1)
        near = away[np.arange(mine.size), nearest] <= within_h
        found[mine[near]] = candidates[nearest[near]]
    return found
