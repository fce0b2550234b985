"""Condense: one period of conditioned samples to its moments.

Every second-order statistic that a decision may ask for is a sum over samples; here the
sums are taken once. Names and meaning of what is kept: ``fluxkit.tower.moments``.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Record = dict[str, npt.NDArray[np.generic]]

N_BLOCKS = 6
QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
WIND = ("u", "v", "w")
#: Terms of the wind that nothing asks for.
_NONE = np.empty((9, 0))
#: Blocks of a series that are transformed together: a call of the library takes as long as one of them.
_TOGETHER = 5
#: Mean square of Hamming's taper 0.54 - 0.46 cos.
HAMMING_POWER = 0.54**2 + 0.46**2 / 2


class Lags(NamedTuple):
    """A range of lags of a scalar behind the wind. [samples]"""

    first: int
    last: int

    @property
    def size(self) -> int:
        """Number of lags."""
        return self.last - self.first + 1

    def wider(self, by: int) -> "Lags":
        """Return the range widened on both sides."""
        return Lags(self.first - by, self.last + by)


class FarLags(NamedTuple):
    """Lags on both sides beyond any true one. [samples]"""

    first: int
    last: int
    step: int


class Centred(NamedTuple):
    """Rows minus their means, zero where missing, with masks of ones and zeros."""

    rows: Array  #: (row, N)
    masks: Array  #: (row, N)
    means: Array  #: (row,)
    valid: npt.NDArray[np.int64]  #: (row,)


@cache
def frequency_bins(n: int, rate: float, bins: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Edges of log-spaced frequency bins between 1/T and the Nyquist frequency.

    Parameters
    ----------
    n, rate, bins : int, float, int
        Samples, their rate [Hz], number of bins.

    Returns
    -------
    edges : (bins + 1,) array
        Indices into the one-sided spectrum; a bin is (lower, upper], without frequency 0.
    frequency : (bins,) array
        Mean of the frequencies in each bin, NaN where it is empty. [Hz]
    """
    natural = np.arange(n // 2 + 1) * rate / n
    limits = np.geomspace(rate / n, rate / 2, bins + 1)
    limits[0] *= 1 - 1e-9
    limits[-1] *= 1 + 1e-9
    edges = np.searchsorted(natural, limits, side="right")
    frequency = np.full(bins, np.nan)
    for k in range(bins):
        if edges[k + 1] > edges[k]:
            frequency[k] = natural[edges[k] : edges[k + 1]].mean()
    return edges.astype(np.int64), frequency


def condense_period(
    data: Mapping[str, Array],
    *,
    rate: float,
    scalars: Sequence[str],
    lags: Mapping[str, Lags],
    max_lag: int,
    bins: int,
    shifts: Mapping[str, int] | None = None,
    far: FarLags | None = None,
    cell_variables: Mapping[str, Lags] | None = None,
    pairs: Sequence[tuple[str, str]] = (),
) -> Record:
    """Condense the samples of one period.

    Parameters
    ----------
    data : mapping of (N,) arrays
        Conditioned samples, NaN where missing; u, v, w, the scalars and slow variables. [SI]
    rate : float
        [Hz]
    scalars : sequence of str
        What fluxes are made of: t_sonic and gases.
    lags : mapping
        Scalar -> lags kept by block. [samples]
    max_lag : int
        Reach of the correlation functions beyond the lags. [samples]
    bins : int
        Number of frequency bins.
    shifts : mapping, optional
        Scalar -> delay that is taken back in cross spectra: within a bin the phase of what is left must not
        turn. [samples]
    far : FarLags, optional
        Lags for the limit of detection; nothing is kept of them where the samples reach not twice as far.
    cell_variables : mapping, optional
        What goes with a gas through a closed cell -> lags of which pair sums alone are kept. [samples]
    pairs : sequence of (str, str), optional
        Scalars whose correlation functions with one another are kept.

    Returns
    -------
    dict
        Arrays without time dimension, see ``fluxkit.tower.moments``.
    """
    size = data["w"].size
    rows, masks = (np.empty((len(WIND) + len(scalars), size)) for _ in range(2))
    wind = _centre(_wind(data), rows[: len(WIND)], masks[: len(WIND)])
    scalar = _centre([data[s] for s in scalars], rows[len(WIND) :], masks[len(WIND) :])
    record: Record = {
        "slots": np.array(size),
        "wind_mean": wind.means,
        "wind_sums": kernels.moments.wind_sums(wind.rows, wind.masks[0], N_BLOCKS),
        "scalar_reference": scalar.means,
    }
    whole = bool((wind.valid == size).all() and (scalar.valid == size).all())
    running = kernels.moments.running_wind_sums(wind.rows, wind.masks[0])
    gaps = kernels.moments.wind_terms(wind.rows, wind.masks[0]) if not whole or cell_variables else _NONE
    for i, name in enumerate(scalars):
        x, mask = scalar.rows[i], scalar.masks[i]
        span = lags[name]
        record[f"{name}_sums"] = kernels.moments.scalar_sums(x, mask, N_BLOCKS)
        record[f"{name}_pairs"] = kernels.moments.pair_sums(
            wind.rows, gaps, running, x, mask, span.first, span.size, N_BLOCKS
        )
    for name, span in (cell_variables or {}).items():
        filled, mask = np.empty(size), np.empty(size)
        kernels.moments.centre(data[name], filled, mask)
        record[f"{name}_pairs"] = kernels.moments.pair_sums(
            wind.rows, gaps, running, filled, mask, span.first, span.size, N_BLOCKS
        )
    record |= _higher_orders(wind, scalar, whole)
    record |= _correlations(rows, None if whole else masks, scalars, lags, max_lag, pairs)
    delays = [0, 0, 0] + [(shifts or {}).get(s, 0) for s in scalars]
    heat = scalars.index("t_sonic") if "t_sonic" in scalars else None
    record |= _spectra(rows, delays, rate, bins, heat)
    if far is not None and size > 2 * far.last:
        record |= _far_products(wind, scalar, scalars, far, pairs)
    return record | _plain_statistics(data)


def _centre(columns: Sequence[Array], rows: Array, masks: Array) -> Centred:
    """Centre columns into the given rows."""
    means, valid = np.empty(len(columns)), np.empty(len(columns), dtype=np.int64)
    for i, x in enumerate(columns):
        means[i], valid[i] = kernels.moments.centre(x, rows[i], masks[i])
    return Centred(rows, masks, means, valid)


def _wind(data: Mapping[str, Array]) -> list[Array]:
    """Components of the wind; a sample counts only if it has all three, else none can be rotated."""
    columns = [data[k] for k in WIND]
    gap = np.isnan(columns[0]) | np.isnan(columns[1]) | np.isnan(columns[2])
    return [np.where(gap, np.nan, x) for x in columns] if gap.any() else columns


def _higher_orders(wind: Centred, scalar: Centred, whole: bool) -> Record:
    n_scalars, size = scalar.rows.shape
    third, fourth = kernels.moments.third_and_fourth(wind.rows)
    return {
        "wind_third": third,
        "wind_fourth": fourth,
        "scalar_powers": np.array([kernels.moments.powers(x) for x in scalar.rows]),
        "scalar_products": kernels.moments.products(scalar.rows),
        "scalar_pairs": np.full((n_scalars, n_scalars), float(size))
        if whole
        else kernels.moments.products(scalar.masks),
    }


def _correlations(
    rows: Array,
    masks: Array | None,
    scalars: Sequence[str],
    lags: Mapping[str, Lags],
    max_lag: int,
    of_scalars: Sequence[tuple[str, str]],
) -> Record:
    """Correlation functions over the whole period: means of a[i] b[i + h] over pairs that are there.

    masks None: nothing is missing.
    """
    reach = {(a, b): pair_reach(lags[a], lags[b], max_lag) for a, b in of_scalars}
    widest = max(max(max(-span.first, span.last) for span in lags.values()) + max_lag, *reach.values(), 0)
    pairs = [(a, b) for a in range(3) for b in range(3)] + [(3 + i, 3 + i) for i in range(len(scalars))]
    pairs += [(a, 3 + i) for i in range(len(scalars)) for a in range(3)]
    pairs += [(3 + scalars.index(a), 3 + scalars.index(b)) for a, b in of_scalars]
    sums = lagged_products(rows, pairs, widest)
    N = rows.shape[1]
    counts = np.broadcast_to(N - np.abs(np.arange(-widest, widest + 1.0)), (len(pairs), 2 * widest + 1))
    if masks is not None:
        counts = np.maximum(np.round(lagged_products(masks, pairs, widest)), 1.0)
    functions = (sums / counts).astype(np.float32)
    forward = slice(widest, widest + max_lag + 1)
    n = len(scalars)
    out: Record = {"wind_correlation": functions[:9, forward].reshape(3, 3, -1)}
    for i, name in enumerate(scalars):
        span = lags[name].wider(max_lag)
        both = slice(widest + span.first, widest + span.last + 1)
        out[f"{name}_correlation"] = functions[9 + i, forward]
        out[f"{name}_wind_correlation"] = functions[9 + n + 3 * i : 12 + n + 3 * i, both]
    for k, (pair, r) in enumerate(reach.items()):
        out["_".join((*pair, "correlation"))] = functions[9 + 4 * n + k, widest - r : widest + r + 1]
    return out


def pair_reach(a: Lags, b: Lags, max_lag: int) -> int:
    """Largest lag between two scalars that errors at any of their lags behind the wind need. [samples]"""
    return max(abs(b.first - a.last), abs(b.last - a.first)) + max_lag


def _far_products(
    wind: Centred, scalar: Centred, scalars: Sequence[str], far: FarLags, pairs: Sequence[tuple[str, str]]
) -> Record:
    """Mean over far lags of products of the covariances of u, v, w with each scalar or pair: (3, 3) each."""
    u, x = wind.rows.astype(np.float32), scalar.rows.astype(np.float32)
    n = u.shape[1]
    covariances: dict[str, Array] = {}
    for i, name in enumerate(scalars):
        present = (wind.valid[0] / n) * (scalar.valid[i] / n)  # share of pairs, gaps taken as scattered
        c = kernels.far.far_covariances(u, x[i], far.first, far.last, far.step)
        with np.errstate(invalid="ignore", divide="ignore"):
            covariances[name] = c / np.float64(present)
    products = [(f"{a}_far", a, a) for a in scalars] + [(f"{a}_{b}_far", a, b) for a, b in pairs]
    return {
        name: np.einsum("li,lj->ij", covariances[a], covariances[b]) / len(covariances[a])
        for name, a, b in products
    }


def lagged_products(rows: Array, pairs: Sequence[tuple[int, int]], reach: int) -> Array:
    """Sums of a[i] b[i + h] over i for the given pairs of rows, h = -reach..reach.

    The series is cut in blocks that stay in the processor's cache. Products within a block come from its
    transform, those across the edge of two blocks from transforms of ``reach`` samples on either side.

    Parameters
    ----------
    rows : (row, N) array
    pairs : sequence of (int, int)
    reach : int
        [samples]

    Returns
    -------
    (pair, 2 reach + 1) array
    """
    n_rows, n = rows.shape
    length = -(-n // max(1, n // max(10 * reach, 1024)))
    size = scipy.fft.next_fast_len(length + reach, real=True)
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    cross = np.zeros((first.size, size // 2 + 1), np.complex128)
    for begin in range(0, n, _TOGETHER * length):
        inside = rows[:, begin : begin + _TOGETHER * length]
        blocks = np.zeros((-(-inside.shape[1] // length), n_rows, size))
        for k, block in enumerate(blocks):
            part = inside[:, k * length : (k + 1) * length]
            block[:, : part.shape[1]] = part
        coefficients = scipy.fft.rfft(blocks)
        kernels.spectra.add_cross_spectra(coefficients, coefficients, first, second, cross)
    circular = scipy.fft.irfft(cross, size)
    sums = np.concatenate([circular[:, size - reach :], circular[:, : reach + 1]], axis=1)
    if n > length:
        sums += _products_across(rows, range(length, n, length), (first, second), reach)
    return sums


def _products_across(
    rows: Array, edges: Sequence[int], pairs: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], reach: int
) -> Array:
    """Sums as of `lagged_products`, of products of one sample before an edge and one behind it."""
    size = scipy.fft.next_fast_len(2 * reach, real=True)
    sides = np.zeros((2, len(edges), len(rows), size))
    for k, edge in enumerate(edges):
        sides[0, k, :, :reach] = rows[:, edge - reach : edge]
        behind = rows[:, edge : edge + reach]
        sides[1, k, :, reach : reach + behind.shape[1]] = behind
    cross = np.zeros((2, pairs[0].size, size // 2 + 1), np.complex128)
    before, after = scipy.fft.rfft(sides)
    kernels.spectra.add_cross_spectra(before, after, *pairs, cross[0])
    kernels.spectra.add_cross_spectra(after, before, *pairs, cross[1])
    later, earlier = scipy.fft.irfft(cross, size)
    none = np.zeros((pairs[0].size, 1))
    return np.concatenate([earlier[:, size - reach :], none, later[:, 1 : reach + 1]], axis=1)


@cache
def _channel_pairs(channels: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First and second of all pairs of channels, each with itself too."""
    first, second = np.triu_indices(channels)
    return first, second


@cache
def _advance(n: int, delay: int) -> npt.NDArray[np.complex128]:
    """Phases that take a delay of so many samples back."""
    return np.asarray(np.exp(2j * np.pi * np.arange(n // 2 + 1) * (delay / n)))


def _spectra(rows: Array, delays: Sequence[int], rate: float, bins: int, heat: int | None) -> Record:
    """Binned co- and quadrature spectra, gaps at the mean: of all pairs under Hamming's taper.

    Those of u, v, w with temperature, the scalar number ``heat``, also without taper: they sum to the
    covariance.
    """
    n = rows.shape[1]
    edges, _ = frequency_bins(n, rate, bins)
    plain = scipy.fft.rfft(rows)
    tapered = np.empty_like(plain)
    kernels.spectra.hamming(plain, n % 2 == 1, tapered)
    for row, delay in zip(tapered, delays, strict=True):
        if delay:
            row *= _advance(n, delay)
    pairs = _channel_pairs(len(rows))
    scale = 2.0 / (rate * n)
    real, imag = kernels.spectra.binned_cross_spectra(tapered, edges, scale / HAMMING_POWER, *pairs)
    out = {"cospectra": real.astype(np.float32), "quadrature": imag.astype(np.float32)}
    if heat is not None:
        components, with_temperature = np.arange(3), np.full(3, 3 + heat)
        real, imag = kernels.spectra.binned_cross_spectra(plain, edges, scale, components, with_temperature)
        out |= {"heat_cospectra": real.astype(np.float32), "heat_quadrature": imag.astype(np.float32)}
    return out


@lru_cache(maxsize=256)
def _ranks(valid: int) -> npt.NDArray[np.int64]:
    """Ranks of the quantiles of so many samples, 0 the smallest."""
    return np.array([int(q * (valid - 1)) for q in QUANTILES])


def _plain_statistics(data: Mapping[str, Array]) -> Record:
    """Mean, extremes, number and quantiles of each variable, (variable,) in the order of data."""
    names = list(data)
    mean, low, high = (np.full(len(names), np.nan) for _ in range(3))
    valid = np.zeros(len(names), dtype=np.int64)
    quantiles = np.full((len(names), len(QUANTILES)), np.nan)
    for i, name in enumerate(names):
        mean[i], low[i], high[i], valid[i] = kernels.screen.mean_and_extremes(data[name])
        if valid[i]:
            quantiles[i] = kernels.ranks.ranked(data[name], low[i], high[i], _ranks(int(valid[i])))
    # The root of the largest square is the largest root.
    fastest = np.sqrt(kernels.screen.largest_square(data["u"], data["v"], data["w"]))
    return {
        "mean": mean,
        "minimum": low,
        "maximum": high,
        "valid": valid,
        "quantiles": quantiles,
        "wind_speed_max": np.array(fastest),
    }
