"""The moments dataset: what is kept of the samples, one row per averaging period.

Sums are over samples with all parts present, of values minus a reference (`wind_mean`,
`scalar_reference`), so that no precision is lost; `t` is the sample's place in the
period from -1/2 to 1/2. With them covariances come after any rotation, at any kept lag, with
the mean or a line removed, over the period or its sub-periods (`block`).

=================== ============================================================================
slots               samples that the period has room for
records             records found in the files
reason              bits of LOSS_FLAG that were known before fluxes
wind_mean           mean of u, v, w over samples that have all three [m s-1]
wind_sums           by block: n, t, t^2, u v w, tu tv tw, uu uv uw vv vw ww
<scalar>_sums       by block: n, t, t^2, x, tx, xx
<scalar>_pairs      by block and lag, of pairs (wind at i, scalar at i + lag): n, t, t^2, u v w,
                    tu tv tw, x, tx, ux vx wx
wind_correlation    mean of a(i) b(i + h), a and b among u, v, w
<scalar>_correlation, <scalar>_wind_correlation   the same of x with itself, of u, v, w with x
<a>_<b>_correlation, <a>_<b>_far   of two scalars whose covariances with w share a flux: mean of
                    a(i) b(i + h), h of both signs; mean of products of their covariances at far lags
<scalar>_far        mean, over lags far beyond any true one, of products of covariances of u, v, w with x
cospectra, quadrature   of each pair of channels, frequency bins, `spectral_shift` [s] of each scalar
                    taken back; bins are `bandwidth` wide [product of units s]
heat_cospectra, heat_quadrature   of u, v, w with sonic temperature, not tapered [K m]
wind_third, wind_fourth   sums of products of three and four wind components
scalar_powers       sums of x^3, x^4
scalar_products, scalar_pairs   sums of products of scalars at lag 0, and their numbers
mean minimum maximum valid quantiles   of each variable as conditioned
spikes replaced limited diagnosed   what conditioning did to each variable
wind_speed_max      largest speed of a sample [m s-1]
vickers_mahrt, vickers_mahrt_wind, vitale   what the quality tests judge, of each signal (wind, scalars),
                    of the wind, of what w carries (u, scalars), see the modules of the same names
=================== ============================================================================

Where a switch of ``condense`` is on (``fluxkit.tower.series_methods.series``):

=================== ============================================================================
prewhitened_lag     lag of each scalar by pre-whitening, ends of its 95 % interval [samples]
filtered_...        of high-pass filtered series, over the whole period: `filtered_wind_sums` n, u v w, uu uv
                    uw vv vw ww; `<scalar>_filtered_sums` n, x, xx; `<scalar>_filtered_pairs` n, u v w, x, ux
                    vx wx by lag; correlations as above
quadrant_sums       of w, water vapour and carbon dioxide, see ``fluxkit.kernels.quadrants``
wavelet_covariance  of w with u, air temperature and dry mixing ratios, by the minute
=================== ============================================================================
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.tower.condition import vickers_mahrt, vitale
from fluxkit.tower.period_moments import N_BLOCKS, QUANTILES, Lags, Record, frequency_bins

MOMENTS_VERSION = 3
WIND = ("u", "v", "w")
COUNTS = ("spikes", "replaced", "limited", "diagnosed")

_FIXED: dict[str, tuple[str, ...]] = {
    "slots": (),
    "records": (),
    "reason": (),
    "wind_speed_max": (),
    "wind_mean": ("wind",),
    "wind_sums": ("block", "wind_sum"),
    "wind_third": ("third",),
    "wind_fourth": ("fourth",),
    "wind_correlation": ("wind", "wind_", "lag"),
    "scalar_reference": ("scalar",),
    "scalar_powers": ("scalar", "power"),
    "scalar_products": ("scalar", "scalar_"),
    "scalar_pairs": ("scalar", "scalar_"),
    "cospectra": ("pair", "frequency"),
    "quadrature": ("pair", "frequency"),
    "heat_cospectra": ("wind", "frequency"),
    "heat_quadrature": ("wind", "frequency"),
    "mean": ("variable",),
    "minimum": ("variable",),
    "maximum": ("variable",),
    "valid": ("variable",),
    "quantiles": ("variable", "quantile"),
    "vickers_mahrt": ("signal", "vickers_mahrt_statistic"),
    "vickers_mahrt_wind": ("vickers_mahrt_wind_statistic",),
    "vitale": ("carried", "vitale_statistic"),
} | {name: ("variable",) for name in COUNTS}


def dimensions(scalars: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the dimensions after time of each array of the dataset."""
    out = dict(_FIXED)
    for s in scalars:
        out[f"{s}_sums"] = ("block", "scalar_sum")
        out[f"{s}_pairs"] = ("pair_sum", "block", f"lag_{s}")
        out[f"{s}_correlation"] = ("lag",)
        out[f"{s}_wind_correlation"] = ("wind", f"wide_lag_{s}")
        out[f"{s}_far"] = ("wind", "wind_")
    return out


def sizes(
    scalars: Sequence[str], variables: Sequence[str], lags: Mapping[str, Lags], max_lag: int, bins: int
) -> dict[str, int]:
    """Return the length of each dimension."""
    channels = 3 + len(scalars)
    out = {
        "wind": 3,
        "wind_": 3,
        "block": N_BLOCKS,
        "wind_sum": 15,
        "third": 10,
        "fourth": 15,
        "lag": max_lag + 1,
        "scalar": len(scalars),
        "scalar_": len(scalars),
        "power": 2,
        "pair": channels * (channels + 1) // 2,
        "frequency": bins,
        "variable": len(variables),
        "signal": channels,
        "vickers_mahrt_statistic": len(vickers_mahrt.STATISTICS),
        "vickers_mahrt_wind_statistic": len(vickers_mahrt.WIND_STATISTICS),
        "carried": 1 + len(scalars),
        "vitale_statistic": len(vitale.STATISTICS),
        "quantile": len(QUANTILES),
        "scalar_sum": 6,
        "pair_sum": 14,
    }
    for s in scalars:
        out[f"lag_{s}"] = lags[s].size
        out[f"wide_lag_{s}"] = lags[s].size + 2 * max_lag
    return out


def channel_pairs(scalars: Sequence[str]) -> list[str]:
    """Return names of the channel pairs of the cross spectra, e.g. "w.co2"."""
    return [f"{a}.{b}" for a, b in itertools.combinations_with_replacement((*WIND, *scalars), 2)]


def assemble(
    starts: Sequence[np.datetime64],
    records: Sequence[Record],
    *,
    scalars: Sequence[str],
    variables: Sequence[str],
    lags: Mapping[str, Lags],
    max_lag: int,
    bins: int,
    rate: float,
    slots: int,
    shifts: Mapping[str, int],
    attrs: Mapping[str, Any],
    further: Mapping[str, tuple[tuple[str, int], ...]] | None = None,
) -> xr.Dataset:
    """Join the records of periods into one dataset.

    Parameters
    ----------
    starts : sequence of datetime64
        Start of each period, UTC.
    records : sequence of dict
        From ``condense_period`` plus conditioning's counts; arrays may be absent where a period was not
        usable: numbers of samples are then 0 and all else is NaN.
    shifts : mapping
        Scalar -> delay taken back in the cross spectra. [samples]
    attrs : mapping
        Further attributes of the dataset.
    further : mapping, optional
        Arrays that a switch of ``condense`` adds -> their dimensions after time, with their lengths.

    Returns
    -------
    xr.Dataset
    """
    length = sizes(scalars, variables, lags, max_lag, bins)
    arrays = {}
    for name, dims in dimensions(scalars).items():
        shape = tuple(length[d] for d in dims)
        arrays[name] = (("time", *dims), _stack(name, shape, records))
    for name, sized in (further or {}).items():
        shape = tuple(size for _, size in sized)
        arrays[name] = (("time", *(dim for dim, _ in sized)), _stack(name, shape, records))
    edges, frequency = frequency_bins(slots, rate, bins)
    coords: dict[str, Any] = {
        "time": ("time", np.array(starts, dtype="datetime64[ns]")),
        "scalar": ("scalar", list(scalars)),
        "variable": ("variable", list(variables)),
        "wind": ("wind", list(WIND)),
        "quantile": ("quantile", list(QUANTILES)),
        "pair": ("pair", channel_pairs(scalars)),
        "frequency": ("frequency", frequency),
        "bandwidth": ("frequency", np.diff(edges) * rate / slots),
        "spectral_shift": ("scalar", [shifts.get(s, 0) / rate for s in scalars]),
    }
    for s in scalars:
        coords[f"lag_{s}"] = (f"lag_{s}", np.arange(lags[s].first, lags[s].last + 1))
    about = {"moments_version": MOMENTS_VERSION, "rate": rate, "period_s": slots / rate} | dict(attrs)
    return xr.Dataset(arrays, coords, attrs=about)


def _stack(name: str, shape: tuple[int, ...], records: Sequence[Record]) -> npt.NDArray[np.generic]:
    found = [np.asarray(r[name]) for r in records if name in r]
    if name.endswith(("correlation", "cospectra", "quadrature")):
        dtype: Any = np.float32
    elif found:
        dtype = found[0].dtype
    else:
        dtype = np.int64 if name in {"slots", "records", "reason", "valid", *COUNTS} else np.float64
    empty = np.full(shape, np.nan) if np.issubdtype(dtype, np.floating) else np.zeros(shape, dtype)
    if name.endswith(("_sums", "_pairs", "_products")):
        empty = np.zeros(shape, dtype)
    return (
        np.stack([np.asarray(r.get(name, empty), dtype=dtype) for r in records])
        if records
        else np.zeros((0, *shape), dtype)
    )


def arrays_of(moments: xr.Dataset) -> dict[str, npt.NDArray[Any]]:
    """Return the dataset's arrays, after checking that this version made them."""
    version = moments.attrs.get("moments_version")
    if version != MOMENTS_VERSION:
        raise MomentsError(
            f"moments have version {version}, this fluxkit reads version {MOMENTS_VERSION}: "
            "condense the raw files again"
        )
    return {str(name): moments.variables[name].values for name in moments.data_vars}
