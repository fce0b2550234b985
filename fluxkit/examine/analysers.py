"""Gases that do not seem to be of the analyser that the configuration gives them to: by their lags."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]

#: Lags that are looked for, those beyond them that tell how large chance is, longest eddies that are kept.
#: [s]
REACH, FAR, LONGEST = 20.0, 120.0, 30.0
#: Correlation at the best lag: least, and over the standard deviation of those far off.
LEAST, CLEAR = 0.1, 6.0
#: Gases of one open cell are nearer to each other [s]: 0.1 in 200 files of six stations. In a tube, vapour
#: comes up to seconds after the others, but never before them.
NEAR = 0.5
#: Lags that the geometry of two analysers tells are compared from this difference on. [s]
APART = 0.8


class Signal(NamedTuple):
    """One gas of a file."""

    name: str  #: as in ``columns``
    kind: str  #: which gas it is
    analyser: str  #: its id
    closed: bool  #: whether that has a tube
    nominal: float  #: lag behind the wind that its geometry tells [s]
    x: Array  #: (n,)


def analyser_doubts(signals: Sequence[Signal], wind: Sequence[Array], rate: float) -> Iterator[Doubt]:
    """Yield the gases whose lags are not those of the analyser that they are given to.

    Parameters
    ----------
    signals : sequence of Signal
        All gases of a file.
    wind : sequence of array
        Of the sonic, what gases go with: temperature, vertical wind; the first that shows a lag is used.
    rate : float
        [Hz]
    """
    found = list(_exchanged(signals, wind, rate))
    yield from found or _partners(signals, rate)


def _partners(signals: Sequence[Signal], rate: float) -> Iterator[Doubt]:
    """Yield pairs of gases of one analyser that are not of one cell."""
    for a, b in combinations(signals, 2):
        if a.analyser != b.analyser or a.kind == b.kind:
            continue
        if a.kind == "h2o":
            a, b = b, a
        lag = best_lag(a.x, b.x, rate)
        if lag is None:
            continue
        late = a.closed and b.kind == "h2o"
        if lag < -NEAR or (lag > NEAR and not late and abs(lag - (b.nominal - a.nominal)) > NEAR):
            order = "after" if lag > 0 else "before"
            yield Doubt(
                "analysers",
                f"columns.{a.name}, columns.{b.name}: {b.name} comes {abs(lag):.1f} s {order} {a.name}, "
                "though "
                f"both are said to be of {a.analyser!r}: one of them, or its column, seems to be of another "
                "analyser",
            )


def _exchanged(signals: Sequence[Signal], wind: Sequence[Array], rate: float) -> Iterator[Doubt]:
    """Yield pairs of the same gas whose lags behind the wind are each other's."""
    for a, b in combinations(signals, 2):
        if a.kind != b.kind or a.analyser == b.analyser or abs(a.nominal - b.nominal) < APART:
            continue
        lags = [
            next((lag for x in wind if (lag := best_lag(x, each.x, rate)) is not None), None)
            for each in (a, b)
        ]
        if lags[0] is None or lags[1] is None:
            continue
        as_given = abs(lags[0] - a.nominal) + abs(lags[1] - b.nominal)
        exchanged = abs(lags[0] - b.nominal) + abs(lags[1] - a.nominal)
        if exchanged < 0.5 * as_given and abs(lags[0] - lags[1]) > 0.5 * abs(a.nominal - b.nominal):
            yield Doubt(
                "analysers",
                f"columns.{a.name}, columns.{b.name}: they come {lags[0]:.1f} and {lags[1]:.1f} s after the "
                f"wind, by the tubes and distances of {a.analyser!r} and {b.analyser!r} it should be "
                f"{a.nominal:.1f} and {b.nominal:.1f}: they seem to be in each other's columns",
            )


def best_lag(a: Array, b: Array, rate: float) -> float | None:
    """Return by how much b follows a, None where no lag stands out; arguments as `best_correlation`. [s]"""
    found = best_correlation(a, b, rate)
    return None if found is None else found[0]


def best_correlation(a: Array, b: Array, rate: float) -> tuple[float, float] | None:
    """Return by how much b follows a [s], and their correlation then; None where no lag stands out.

    Parameters
    ----------
    a, b : arrays, shape (n,)
        On one grid, NaN where missing.
    rate : float
        [Hz]
    """
    n = a.size
    reach, far = round(REACH * rate), round(FAR * rate)
    if n < 4 * far:
        return None
    size = 1 << int(np.ceil(np.log2(n + far)))
    spectra = [_passed(x, rate, size) for x in (a, b)]
    if spectra[0] is None or spectra[1] is None:
        return None
    r = np.fft.irfft(spectra[0].conj() * spectra[1], size) / n
    lags = np.arange(-far, far + 1)
    found = r[lags]
    near = np.abs(lags) <= reach
    k = int(np.argmax(np.where(near, np.abs(found), 0.0)))
    if abs(found[k]) < max(LEAST, CLEAR * float(found[~near].std())) or abs(lags[k]) == reach:
        return None
    return float(lags[k] / rate), float(found[k])


def _passed(x: Array, rate: float, size: int) -> npt.NDArray[np.complex128] | None:
    """Return the transform of a series of unit variance without its slow parts, None if it does not move."""
    there = np.isfinite(x)
    if np.count_nonzero(there) < 0.5 * x.size:
        return None
    x = np.where(there, x - x[there].mean(), 0.0)
    width = max(1, round(LONGEST * rate))
    summed = np.concatenate([[0.0], np.cumsum(x)])
    low, high = (
        np.maximum(np.arange(x.size) - width // 2, 0),
        np.minimum(np.arange(x.size) + width // 2, x.size),
    )
    x = x - (summed[high] - summed[low]) / (high - low)
    scale = float(x.std())
    return np.fft.rfft(x / scale, size) if scale > 0.0 else None
