"""Chambers and tower: respiration of dark closures compared with the tower's flux at night."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from fluxkit.chamber.seasons.isotopes import york_line
from fluxkit.chamber.seasons.summaries import mean_of

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Less light than this is night, where a tower's data do not say it themselves. [umol m-2 s-1]
DARK_PAR = 10.0
#: Gas of the chambers, the tower's net flux of it, best first, and its error.
TOWER = {
    "co2": (("NEE", "FC"), "RANDUNC_HF"),
    "ch4": (("FCH4",), "RANDUNC_HF"),
    "n2o": (("FN2O",), "RANDUNC_HF"),
}
#: To umol, by unit of the tower's flux.
_TO_MICRO = {"umol m-2 s-1": 1.0, "nmol m-2 s-1": 1e-3, "mmol m-2 s-1": 1e3}
FEWEST = 3


@dataclass(frozen=True)
class TowerComparison:
    """Periods in which both measured, and the line through them; fluxes in umol m-2 s-1, upward positive."""

    pairs: xr.Dataset  #: over ``time`` (start of the period): chamber, chamber_se, tower, tower_se, n_plots
    slope: float  #: of the tower's flux against the chambers', errors on both sides; NaN with few pairs
    slope_se: float
    intercept: float
    intercept_se: float
    r2: float
    difference: float  #: mean of tower minus chambers, weighted by both errors
    difference_se: float

    @property
    def table(self) -> pd.DataFrame:
        """The pairs as a table."""
        return self.pairs.to_dataframe()

    def sentence(self) -> str:
        """Return the result as a sentence."""
        n = self.pairs.sizes["time"]
        if n < FEWEST:
            return f"{n} periods with both chambers and tower are too few to compare; {FEWEST} are needed"
        return (
            f"in {n} periods the tower's flux is {self.intercept:.2g} (s.e. {self.intercept_se:.2g}) + "
            f"{self.slope:.3g} (s.e. {self.slope_se:.2g}) times the chambers', r2 {self.r2:.2f}; "
            f"on the mean it is {self.difference:+.2g} (s.e. {self.difference_se:.2g}) umol m-2 s-1 larger"
        )


def compare_with_tower(
    chamber_fluxes: xr.Dataset,
    tower_fluxes: xr.Dataset,
    *,
    gas: str = "co2",
    night_only: bool = True,
    covers: tuple[str, ...] = ("dark", ""),
    plot_shares: dict[str, float] | None = None,
) -> TowerComparison:
    """Compare respiration in chambers with the net flux that a tower saw at the same time.

    Closures that begin within an averaging period are averaged by plot, and plots over the period. At night
    nothing takes up CO2, so that both should measure respiration of their area; a chamber leaves out
    shoots that do not fit in, a tower sees more ground.

    Parameters
    ----------
    chamber_fluxes : xr.Dataset
        As `fluxkit.chamber.fluxes` gives it; discarded fluxes are left out.
    tower_fluxes : xr.Dataset
        As `fluxkit.decide` gives it: ``NEE`` or ``FC`` (``FCH4``, ``FN2O``) with ``*_RANDUNC_HF`` over
        ``time``, the start of the period. Periods whose ``*_SSITC_TEST`` is 2 are left out.
    gas : str
        Of both.
    night_only : bool
        Leave out periods by day (``NIGHT`` = 0, else light above 10 umol m-2 s-1). For gases that plants do
        not take up, False uses all.
    covers : tuple of str
        Covers of the closures to use; "" if unknown.
    plot_shares : dict of str to float, optional
        Share of the tower's footprint that each plot represents; default: equal shares.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        A dataset lacks the flux of the gas.

    References
    ----------
    .. [1] York et al., "Unified equations for the slope, intercept, and standard errors of the best straight
       line", American Journal of Physics 72, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> half_hour = np.datetime64("2026-07-01T22:00", "ns") + 1800 * np.arange(8).astype("m8[s]")
    >>> nee = np.linspace(3.0, 5.0, 8)
    >>> tower = xr.Dataset(
    ...     {"NEE": ("time", nee, {"units": "umol m-2 s-1"}), "NIGHT": ("time", np.ones(8, int))},
    ...     {"time": half_hour},
    ... )
    >>> start = half_hour + np.timedelta64(600, "s")
    >>> chambers = xr.Dataset(
    ...     {
    ...         "flux": (("closure", "gas"), 1.1 * nee[:, None]),
    ...         "flux_se": (("closure", "gas"), np.full((8, 1), 0.1)),
    ...         "start": ("closure", start), "end": ("closure", start + np.timedelta64(180, "s")),
    ...         "cover": ("closure", ["dark"] * 8), "plot": ("closure", ["a"] * 8),
    ...     },
    ...     {"gas": ["co2"]},
    ... )
    >>> found = fk.chamber.compare_with_tower(chambers, tower)
    >>> found.pairs.sizes["time"], round(found.slope, 2)
    (8, 0.91)
    """
    chambers = _closures(chamber_fluxes, gas, covers)
    tower = _tower(tower_fluxes, gas, night_only=night_only)
    rows = _pairs(chambers, tower, plot_shares)
    names = ("chamber", "chamber_se", "tower", "tower_se", "n_plots")
    attributes = {"units": "umol m-2 s-1"}
    data = {name: ("time", np.array([row[name] for row in rows], np.float64), attributes) for name in names}
    time = np.array([row["time"] for row in rows], "M8[ns]")
    pairs = xr.Dataset(data, {"time": ("time", time, {"long_name": "start of the period, UTC"})})
    pairs["n_plots"].attrs = {"units": "1", "long_name": "plots measured in the period"}
    return _compared(pairs)


def _closures(fluxes: xr.Dataset, gas: str, covers: tuple[str, ...]) -> pd.DataFrame:
    """Return time, plot, flux and error of the closures that count."""
    gases = [str(name) for name in fluxes["gas"].to_numpy()]
    if gas not in gases:
        raise ValueError(f"chambers have no flux of {gas!r}; they have {', '.join(gases)}")
    one = fluxes.isel(gas=gases.index(gas))
    size = fluxes.sizes["closure"]
    plot = one["plot"].to_numpy().astype(str) if "plot" in one else np.full(size, "")
    cover = one["cover"].to_numpy().astype(str) if "cover" in one else np.full(size, "")
    good = np.isin(cover, covers) & np.isfinite(one["flux"].to_numpy())
    if "discarded" in one:
        good &= ~one["discarded"].to_numpy().astype(bool)
    df = pd.DataFrame(
        {
            "time": one["start"].to_numpy().astype("M8[ns]"),
            "plot": plot,
            "flux": one["flux"].to_numpy(),
            "se": one["flux_se"].to_numpy(),
        }
    )
    return pd.DataFrame(df[good])


def _tower(fluxes: xr.Dataset, gas: str, *, night_only: bool) -> pd.DataFrame:
    """Return start and end of periods, flux and error where the tower's flux counts."""
    names, suffix = TOWER.get(gas, ((f"F{gas.upper()}",), "RANDUNC_HF"))
    name = next((n for n in names if n in fluxes), None)
    if name is None:
        raise ValueError(f"the tower's fluxes have no {' or '.join(names)} to compare {gas} with")
    units = str(fluxes[name].attrs.get("units", "umol m-2 s-1"))
    if units not in _TO_MICRO:
        raise ValueError(f"{name} of the tower is in {units!r}; known: {', '.join(_TO_MICRO)}")
    factor = _TO_MICRO[units]
    begin = fluxes["time"].to_numpy().astype("M8[ns]")
    flux = fluxes[name].to_numpy() * factor
    error = fluxes[f"{name}_{suffix}"].to_numpy() * factor if f"{name}_{suffix}" in fluxes else flux * np.nan
    good = np.isfinite(flux)
    for test in (f"{name}_SSITC_TEST", "FC_SSITC_TEST"):
        if test in fluxes:
            good &= fluxes[test].to_numpy() != 2
            break
    if night_only:
        good &= _night(fluxes)
    end = begin + _period(begin)
    return pd.DataFrame({"begin": begin, "end": end, "flux": flux, "se": error})[good]


def _period(begin: Times) -> np.timedelta64:
    """Return the length of a period: the least step between two."""
    if begin.size < 2:
        return np.timedelta64(1800 * 10**9, "ns")
    return np.timedelta64(int(np.diff(np.sort(begin)).min().astype("m8[ns]").astype(np.int64)), "ns")


def _night(fluxes: xr.Dataset) -> npt.NDArray[np.bool_]:
    if "NIGHT" in fluxes:
        return np.asarray(fluxes["NIGHT"].to_numpy() == 1)
    for name, most in (("PPFD_IN", DARK_PAR), ("SW_IN", DARK_PAR / 2), ("SW_IN_POT", DARK_PAR / 2)):
        if name in fluxes:
            return np.asarray(fluxes[name].to_numpy() < most)
    raise ValueError(
        "the tower's fluxes do not show which periods are at night: NIGHT, PPFD_IN, SW_IN or "
        "SW_IN_POT is needed"
    )


def _pairs(
    chambers: pd.DataFrame, tower: pd.DataFrame, shares: dict[str, float] | None
) -> list[dict[str, object]]:
    """Return a row for each period in which chambers closed."""
    rows: list[dict[str, object]] = []
    begins = tower["begin"].to_numpy()
    if not len(tower) or not len(chambers):
        return rows
    order = np.argsort(begins)
    place = np.searchsorted(begins[order], chambers["time"].to_numpy(), side="right") - 1
    inside = place >= 0
    period = order[np.maximum(place, 0)]
    inside &= chambers["time"].to_numpy() < tower["end"].to_numpy()[period]
    for k in np.unique(period[inside]):
        part = chambers[inside & (period == k)]
        mean, se, number = _over_plots(part, shares)
        row = tower.iloc[int(k)]
        rows.append(
            {
                "time": row["begin"], "chamber": mean, "chamber_se": se, "tower": row["flux"],
                "tower_se": row["se"], "n_plots": number,
            }
        )  # fmt: skip
    return rows


def _over_plots(part: pd.DataFrame, shares: dict[str, float] | None) -> tuple[float, float, int]:
    """Return mean and error over the plots of a period.

    The error includes differences between plots, which represent the ground that the tower sees.
    """
    plots = [mean_of(one["flux"].to_numpy(), one["se"].to_numpy()) for _, one in part.groupby("plot")]
    flux, se = np.array([p.mean for p in plots]), np.array([p.se for p in plots])
    if shares is None:
        total = mean_of(flux, se if np.isfinite(se).all() else None, weights="equal")
        return total.mean, max(total.se, float(np.sqrt(np.sum(se**2))) / se.size), flux.size
    w = np.array([shares.get(str(name), 0.0) for name, _ in part.groupby("plot")])
    if w.sum() <= 0:
        return np.nan, np.nan, flux.size
    w = w / w.sum()
    mean = float(w @ flux)
    spread = float(np.sqrt(np.sum(w**2 * (flux - mean) ** 2) * flux.size / max(flux.size - 1, 1)))
    return mean, max(spread, float(np.sqrt(np.sum((w * se) ** 2)))), flux.size


def _compared(pairs: xr.Dataset) -> TowerComparison:
    """Fit the line."""
    known = pairs.isel(time=np.isfinite(pairs["chamber"].to_numpy()) & np.isfinite(pairs["tower"].to_numpy()))
    x, y = known["chamber"].to_numpy(), known["tower"].to_numpy()
    sx, sy = _errors(known["chamber_se"].to_numpy()), _errors(known["tower_se"].to_numpy())
    line = (np.nan,) * 5
    if x.size >= FEWEST and np.ptp(x) > 0:
        line = york_line(x, y, sx, sy)
    difference, difference_se = np.nan, np.nan
    if x.size:
        mean = mean_of(y - x, np.hypot(sx, sy), weights="random-effects")
        difference, difference_se = mean.mean, mean.se
    return TowerComparison(known, line[2], line[3], line[0], line[1], line[4], difference, difference_se)


def _errors(se: Array) -> Array:
    """Return errors without gaps: where one is not known, the median of the others."""
    good = np.isfinite(se) & (se > 0)
    usual = float(np.median(se[good])) if good.any() else 1.0
    return np.where(good, se, usual)
