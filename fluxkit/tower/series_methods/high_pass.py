"""High-pass filters that need the series: running mean, exponential mean, lines over short stretches.

Block averaging and a line over the whole period follow from plain sums; these do not, so that sums of the
filtered series are kept beside them where ``condense.high_pass`` is set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Record = dict[str, npt.NDArray[np.generic]]
#: Rows (row, N) zero where missing, pairs of rows, reach -> sums of a[i] b[i + h], h = -reach..reach.
LaggedProducts = Callable[[Array, Sequence[tuple[int, int]], int], Array]

#: Names of the kernels' kinds.
_KINDS = {"running-mean": "RUNNING_MEAN", "exponential": "EXPONENTIAL", "linear-chunks": "LINES"}
METHODS = tuple(_KINDS)

WIND_SUMS = 10  #: n, u v w, uu uv uw vv vw ww
SCALAR_SUMS = 3  #: n, x, xx
PAIR_SUMS = 8  #: n, u v w, x, ux vx wx


@dataclass(frozen=True)
class Filter:
    """A high-pass filter and its time constant."""

    method: str  #: one of METHODS
    seconds: float  #: time constant, or length of a line [s]
    rate: float  #: [Hz]
    running_mean_at_gaps: str = "mean-of-present"  #: or "stays", see ``Conventions``
    line_at_gaps: str = "time"  #: or "count"
    whole_rate: bool = False  #: drop the fraction of a sample per second

    @property
    def description(self) -> str:
        """What says it all, for the moments' attributes."""
        return f"{self.method}, {self.seconds:g} s"

    @property
    def window(self) -> int:
        """Time constant in samples."""
        rate = float(int(self.rate)) if self.whole_rate else self.rate
        return max(1, round(self.seconds * rate))

    @property
    def keep(self) -> float:
        """What is left of the exponential mean after one sample."""
        return float(np.exp(-1.0 / (self.seconds * self.rate)))

    @property
    def arguments(self) -> tuple[int, int, float, bool]:
        """Arguments of the kernels."""
        loose = {
            "running-mean": self.running_mean_at_gaps == "stays",
            "linear-chunks": self.line_at_gaps == "count",
        }
        kind: int = getattr(kernels.high_pass, _KINDS[self.method])
        return kind, self.window, self.keep, loose.get(self.method, False)


def subtract_slow_part(x: Array, by: Filter) -> Array:
    """Subtract a series' slow part.

    Parameters
    ----------
    x : (N,) array
        NaN where missing. [any]
    by : Filter
        "running-mean": mean of the last `window` samples, at the start of those there are; "exponential":
        recursive mean with the time constant as its memory, begun as a running mean; "linear-chunks":
        a line through each stretch of `window` samples.

    Returns
    -------
    (N,) array
        NaN where missing.

    Notes
    -----
    EddyPro 6 moves its running mean on only where both the new and the leaving sample are there, which
    leaves it off after a gap, and fits lines over the number of the valid sample.

    References
    ----------
    .. [1] McMillen, Boundary-Layer Meteorol. 43, 231-245, 1988 (recursive mean).
    .. [2] Rannik & Vesala, Boundary-Layer Meteorol. 91, 259-280, 1999 (running mean, recursive mean and
       lines compared).
    """
    return np.asarray(kernels.high_pass.high_pass(np.ascontiguousarray(x, dtype=np.float64), *by.arguments))


def filtered_sums(
    wind: Array,
    columns: Mapping[str, Array],
    lags: Mapping[str, tuple[int, int]],
    by: Filter,
    *,
    max_lag: int,
    products: LaggedProducts,
) -> Record:
    """Condense the filtered series of one period.

    Parameters
    ----------
    wind : (3, N) array
        u, v, w in the sonic's axes, centred, NaN where any of the three is missing. [m s-1]
    columns : mapping of (N,) arrays
        Scalar -> samples minus their mean, NaN where missing. [any]
    lags : mapping
        Scalar -> first and last lag kept. [samples]
    by : Filter
    max_lag : int
        Reach of the correlation functions of the random error. [samples]
    products : callable
        Lagged products of rows.

    Returns
    -------
    dict
        See ``fluxkit.tower.moments``: `filtered_wind_sums`, and `<scalar>_filtered_sums`, `_pairs` (each lag
        is taken before the filter, so that wind and scalar begin together) and `_correlation`.
    """
    u = np.stack([subtract_slow_part(row, by) for row in wind])
    record: Record = {"filtered_wind_sums": kernels.high_pass.wind_sums(u)}
    rows = [u[0], u[1], u[2]]
    for name, x in columns.items():
        first, last = lags[name]
        y = subtract_slow_part(x, by)
        rows.append(y)
        record[f"{name}_filtered_sums"] = kernels.high_pass.scalar_sums(y)
        record[f"{name}_filtered_pairs"] = kernels.high_pass.pair_sums(
            u, x, first, last - first + 1, *by.arguments
        )
    return record | _correlations(np.stack(rows), list(columns), lags, max_lag, products)


def _correlations(
    rows: Array,
    names: Sequence[str],
    lags: Mapping[str, tuple[int, int]],
    max_lag: int,
    products: LaggedProducts,
) -> Record:
    """Means of a[i] b[i + h] over pairs that are there, of filtered rows less their means."""
    there = ~np.isnan(rows)
    with np.errstate(invalid="ignore"):
        means = np.where(there, rows, 0.0).sum(axis=1) / there.sum(axis=1)
    filled = np.where(there, rows - means[:, None], 0.0)
    pairs = [(a, b) for a in range(3) for b in range(3)]
    pairs += [(3 + i, 3 + i) for i in range(len(names))] + [
        (a, 3 + i) for i in range(len(names)) for a in range(3)
    ]
    reach = max(max(-first, last) for first, last in lags.values()) + max_lag
    N = rows.shape[1]
    counts = np.broadcast_to(N - np.abs(np.arange(-reach, reach + 1.0)), (len(pairs), 2 * reach + 1))
    if not there.all():
        counts = np.maximum(np.round(products(there.astype(np.float64), pairs, reach)), 1.0)
    functions = (products(filled, pairs, reach) / counts).astype(np.float32)
    forward, n = slice(reach, reach + max_lag + 1), len(names)
    out: Record = {"filtered_wind_correlation": functions[:9, forward].reshape(3, 3, -1)}
    for i, name in enumerate(names):
        first, last = lags[name]
        both = slice(reach + first - max_lag, reach + last + max_lag + 1)
        out[f"{name}_filtered_correlation"] = functions[9 + i, forward]
        out[f"{name}_filtered_wind_correlation"] = functions[9 + n + 3 * i : 12 + n + 3 * i, both]
    return out
