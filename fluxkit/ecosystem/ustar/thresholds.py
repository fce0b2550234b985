"""Thresholds of u* of a dataset of half hours: by season and year, with their bootstrap percentiles."""

import json
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import xarray as xr

from fluxkit.ecosystem.ustar.change_point import ChangePoint
from fluxkit.ecosystem.ustar.estimates import Estimates, quantiles
from fluxkit.ecosystem.ustar.moving_point import FIRST_BIN, SETTINGS, VARIANTS, MovingPoint
from fluxkit.ecosystem.ustar.nights import Array, Records
from fluxkit.ecosystem.ustar.pooled_nights import PooledNights
from fluxkit.ecosystem.ustar.pools import FORTY, pooled_percentiles
from fluxkit.ecosystem.ustar.resampling import Draw, as_they_are
from fluxkit.ecosystem.ustar.seasons import Integers, Seasons, UstarError, season_years
from fluxkit.ecosystem.ustar.segmented import Segmented

logger = logging.getLogger(__name__)

#: Standard deviation of vertical wind over u* in neutral air (Panofsky & Dutton, 1984).
SIGMA_W_OF_USTAR = 1.25
PERCENTILES = (5.0, 16.0, 25.0, 50.0, 75.0, 84.0, 95.0)


class Method(Protocol):
    """A way to find thresholds."""

    def labels(self, records: Records, seasons: Seasons | None) -> Integers:
        """Label the season of each record."""
        ...

    def resampled(self, records: Records, bootstraps: int, seed: int) -> Draw:
        """Return how resamples are drawn."""
        ...

    def estimate(
        self, records: Records, seasons: dict[int, Integers], years: dict[int, int], draw: Draw
    ) -> Estimates:
        """Find the thresholds."""
        ...


def _change_point(variant: str | None, settings: dict[str, Any]) -> tuple[Method, float]:
    return (Segmented if variant == "reddyproc" else ChangePoint).of(variant, settings)


_METHODS: dict[str, Any] = {
    "pooled-nights": PooledNights.of,
    "moving-point": MovingPoint.of,
    "change-point": _change_point,
}


def usual_method(variant: str | None, settings: Iterable[str] = ()) -> str:
    """Return the default, or the moving point test where its variant or one of its settings is named."""
    return "moving-point" if variant in VARIANTS or SETTINGS.intersection(settings) else "pooled-nights"


def ustar_thresholds(
    ds: xr.Dataset,
    *,
    method: str | None = None,
    variant: str | None = None,
    bootstraps: int = 0,
    seed: int = 0,
    seasons: Seasons | None = None,
    percentiles: Sequence[float] | str = PERCENTILES,
    flux: str = "NEE",
    turbulence: str = "USTAR",
    **settings: Any,
) -> xr.Dataset:
    """Find the u* below which the night-time flux is too low.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours with ``NEE``, ``TA``, ``USTAR`` and ``SW_IN``, unfilled.
    method : {"pooled-nights", "moving-point", "change-point"}, optional
        One change point of all nights of a year, each compared with the respiration that is expected of it
        (:class:`~fluxkit.ecosystem.ustar.pooled_nights.PooledNights`); moving point test (Papale et al.
        2006); change points (Barr et al. 2013). By default the first, or the moving point test where a
        variant or setting of it is named.
    variant : str, optional
        ``reddyproc`` (default) or ``oneflux`` of the moving point test; ``barr-2013`` (default),
        ``oneflux`` or ``reddyproc`` (segmented regression) of the change points.
    bootstraps : int, default 0
        Resamples, for percentiles.
    seed : int, default 0
        Of the resamples: the same seed gives the same thresholds, whatever other years there are.
    seasons : str, sequence or mapping, optional
        What is a season (:func:`fluxkit.ecosystem.ustar.seasons.season_labels`); the variant's own unless
        given.
    percentiles : sequence of float or "oneflux"
        Of the resamples; ``oneflux``: 1.25 to 98.75 in steps of 2.5, and 50. [%]
    flux, turbulence : str
        Variables; ``W_SIGMA``, the standard deviation of vertical wind, may stand in for u*.
    **settings
        Of the method: ``mode`` (``forward-2``, ...), ``factor`` and ``first_bin`` (0.2, of ``W_SIGMA``
        0.25) of the moving point test; ``night_below`` [W m-2].

    Returns
    -------
    xr.Dataset
        ``threshold`` (year), ``season_threshold`` (season) with ``season_year``, ``class_threshold`` (season,
        temperature_class), ``single``: all from the records as they are, NaN where there is none, with the
        reason in ``reason`` (year) and ``season_reason``. A year without one takes ``single``, a season its
        year's. With bootstraps also ``quantiles`` (percentile, year), ``season_quantiles``,
        ``single_quantiles``, and pools of them: ``vut`` (percentile, year) of the year and its neighbours
        and ``cut`` (percentile) of all. [m s-1]

    Raises
    ------
    UstarError
        There is no such method, variant or season. A threshold that cannot be found is no error.

    References
    ----------
    .. [1] Papale et al., Biogeosciences 3, 571-583, 2006.
    .. [2] Barr et al., Agric. For. Meteorol. 171-172, 31-45, 2013.
    .. [3] Wutzler et al., Biogeosciences 15, 5015-5030, 2018.
    .. [4] Pastorello et al., Sci. Data 7, 225, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> rng = np.random.default_rng(1)
    >>> time = np.datetime64("2020-01-01", "ns") + np.arange(366 * 48) * np.timedelta64(30, "m")
    >>> ustar = rng.weibull(1.5, time.size) * 0.3
    >>> nee = 4.0 * np.minimum(ustar / 0.25, 1.0) + rng.normal(0.0, 0.1, time.size)
    >>> ds = xr.Dataset({"NEE": ("time", nee), "USTAR": ("time", ustar)}, {"time": time})
    >>> ds = ds.assign(TA=("time", rng.normal(10.0, 5.0, time.size)), SW_IN=("time", np.zeros(time.size)))
    >>> t = fk.ecosystem.ustar_thresholds(ds)
    >>> bool(abs(t.threshold.sel(year=2020) - 0.25) < 0.03)
    True
    """
    method = method or usual_method(variant, settings)
    if method not in _METHODS:
        raise UstarError(f"no method for thresholds is called {method!r}; there are {', '.join(_METHODS)}")
    if isinstance(percentiles, str) and percentiles != "oneflux":
        raise UstarError(f"no percentiles are called {percentiles!r}; there is oneflux, or a list of numbers")
    if turbulence == "W_SIGMA" and method == "moving-point":
        settings.setdefault("first_bin", SIGMA_W_OF_USTAR * FIRST_BIN)
    asked = json.dumps(settings, sort_keys=True)
    how, night_below = _METHODS[method](variant, dict(settings))
    records = Records.of(ds, flux=flux, turbulence=turbulence, night_below=night_below)
    labels = how.labels(records, seasons)
    names, of_year = season_years(records.at, labels)
    years = dict(zip(names.tolist(), of_year.tolist(), strict=True))
    places = {season: np.flatnonzero(labels == season) for season in years}
    found = how.estimate(records, places, years, as_they_are(records))
    out = _table(found, labels, ds)
    if bootstraps:
        drawn = how.estimate(records, places, years, how.resampled(records, bootstraps, seed))
        wanted = FORTY if isinstance(percentiles, str) else np.asarray(percentiles, np.float64)
        out = out.assign(_spread(drawn, wanted))
    if records.unusable:
        out["reason"] = ("year", np.full(out.year.size, records.unusable))
    lacking = [f"{y} ({why})" for y, why in zip(out.year.values, out.reason.values, strict=True) if why]
    if lacking:
        stands = "; the median of the other years stands for it" if np.isfinite(out.single) else ""
        logger.warning("no threshold of %s in %s%s", turbulence, ", ".join(lacking), stands)
    for name in out.data_vars:
        if out[name].dtype.kind == "f":
            out[name].attrs["units"] = "m s-1"
    told = {"method": method, "variant": how.name, "turbulence": turbulence, "flux": flux}
    told |= {"settings": asked} if settings else {}
    return out.assign_attrs(told, bootstraps=bootstraps, seed=seed, night_below=night_below)


def _table(found: Estimates, labels: Integers, ds: xr.Dataset) -> xr.Dataset:
    """Put the thresholds of the records as they are into a dataset."""
    seasons, years = sorted(found.season), sorted(found.year)
    return xr.Dataset(
        {
            "threshold": ("year", found.years_filled()[0]),
            "reason": ("year", np.array([found.why[y] for y in years], dtype=str)),
            "season_threshold": ("season", found.seasons_filled()[0]),
            "season_found": ("season", np.array([found.season[s][0] for s in seasons])),
            "season_reason": ("season", np.array([found.why[s] for s in seasons], dtype=str)),
            "season_year": ("season", np.array([found.years[s] for s in seasons])),
            "season_records": ("season", np.array([found.n[s] for s in seasons])),
            "class_threshold": (
                ("season", "temperature_class"),
                np.stack([found.classes[s][0] for s in seasons]),
            ),
            "single": ((), found.single()[0]),
            "record_season": ("time", labels),
        },
        coords={"season": seasons, "year": years, "time": ds["time"].values},
    )


def _spread(drawn: Estimates, percentiles: Array) -> dict[str, Any]:
    """Return percentiles of the resamples, and the pools of several years."""
    vut, cut = pooled_percentiles(drawn.by_year(), np.array(sorted(drawn.year)), percentiles)
    return {
        "percentile": ("percentile", percentiles, {"units": "%"}),
        "bootstrap_threshold": (("bootstrap", "year"), drawn.by_year()),
        "quantiles": (("percentile", "year"), quantiles(drawn.years_filled(), percentiles)),
        "season_quantiles": (("percentile", "season"), quantiles(drawn.seasons_filled(), percentiles)),
        "single_quantiles": (("percentile",), quantiles(drawn.single()[:, None], percentiles)[:, 0]),
        "vut": (("percentile", "year"), vut),
        "cut": (("percentile",), cut),
    }
