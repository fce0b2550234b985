"""Signals that stand still: samples that a logger or an analyser repeats, and values that it holds."""

import math

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]

#: A stay is frozen where it is longer than this many times the longest that chance gives, of a fine signal
#: and of a coarse one, whose changes come in bursts (a sonic's temperature near neutral: eight times) ...
BEYOND_CHANCE, BEYOND_BURSTS = 5.0, 20.0
#: ... and than this. [s]
SHORTEST = 15.0
#: A fine signal is frozen after this long [s] where it moves well within the second [s] before and behind.
SHORTEST_BESIDE_LIFE, BESIDE = 2.0, 15.0
#: Share of stays of one sample from which on a signal is fine: its few long stays tell nothing of the chance.
FINE = 0.7
#: Steps of so many standard deviations are too coarse to tell.
COARSE = 0.5
#: A pressure that is no multiple of this is told finely enough to move. [Pa]
FINE_PRESSURE = 100.0
#: Values are held where hardly any stay is of one sample, and most are of one length.
FEW_SINGLE, OF_ONE_LENGTH = 0.05, 0.8
#: Longest stay that is looked for among held values [samples], and stays that are needed to tell.
LONGEST_HELD, ENOUGH = 64, 50


def drop_frozen(x: Array, rate: float, changes: tuple[int, int, int] | None = None) -> int:
    """Make samples missing that repeat the one before for longer than the signal would, in place.

    Parameters
    ----------
    x : (N,) array
        Samples, NaN where missing. [any]
    rate : float
        [Hz]
    changes : tuple of int, optional
        What `fluxkit.kernels.frozen.changes` gives of the samples, if that is known.

    Returns
    -------
    int
        Samples lost: all but the first of each such stay.

    Notes
    -----
    A signal that changes from one sample to the next with probability p stays for ln(N) / -ln(1 - p) samples
    at the longest, by chance. Of a fine signal p is the share of stays that last one sample, which freezing
    does not alter; of a coarse one, whose changes come in bursts, the share of pairs that differ. So a coarse
    signal may stand still for minutes, a fine one for a quarter of a minute, as wind does in a calm night.
    Where the resolution is as coarse as the fluctuations are wide nothing is told: in a lull such a signal
    cannot but stand still. Stays go on across missing samples.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=18000)
    >>> x[4000:9000] = x[4000]
    >>> drop_frozen(x, 10.0), int(np.isnan(x).sum())
    (4999, 4999)
    """
    pairs, changed, single = changes or kernels.frozen.changes(x)
    if pairs < x.size - 1:
        there = ~np.isnan(x)
        some = x[there]
        lost = drop_frozen(some, rate) if some.size else 0
        if lost:
            x[there] = some
        return lost
    if changed == 0:
        return 0  # it does not move at all
    fine = single / changed
    if fine < FINE and _mean_step(x) > COARSE * np.nanstd(x):
        return 0
    p = min(fine if fine >= FINE else changed / pairs, 1.0 - 1e-9)
    chance = math.log(max(pairs, 2)) / -math.log1p(-p)
    beyond = BEYOND_CHANCE if fine >= FINE else BEYOND_BURSTS
    longest = math.ceil(max(beyond * chance, SHORTEST * rate))
    short = math.ceil(SHORTEST_BESIDE_LIFE * rate) if fine >= FINE else longest
    reach = math.ceil(BESIDE * rate)
    return int(kernels.frozen.drop_stays(x, longest, short, BEYOND_CHANCE, reach))


def drop_still(x: Array) -> int:
    """Make the pressure of a cell missing that has one value throughout, in place; returns samples lost.

    A sensor that tells less than 0.1 kPa moves within any averaging period: pump and wind see to that. Of a
    coarser one, and of a constant in round numbers, nothing is told.

    Parameters
    ----------
    x : (N,) array
        NaN where missing. [Pa]

    Examples
    --------
    >>> x = np.full(3, 91234.0)
    >>> drop_still(x), x
    (3, array([nan, nan, nan]))
    """
    there = x[~np.isnan(x)]
    if not there.size or there.min() < there.max():
        return 0
    if abs(there[0] / FINE_PRESSURE - round(there[0] / FINE_PRESSURE)) < 1e-6:
        return 0
    x[:] = np.nan
    return int(there.size)


def _mean_step(x: Array) -> float:
    """Mean size of the changes from one sample to the next."""
    steps = np.abs(np.diff(x))
    return float(steps[steps > 0.0].mean())


def held_for(x: Array, changes: tuple[int, int, int] | None = None) -> int:
    """Samples for which values are held, 1 where they are not: 5 for values of 2 Hz in a file of 10 Hz.

    Parameters
    ----------
    x : (N,) array
        Samples, NaN where missing. [any]
    changes : tuple of int, optional
        As for `drop_frozen`.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=3600)
    >>> held_for(np.repeat(x, 5)), held_for(x)
    (5, 1)
    """
    pairs, changed, single = changes or kernels.frozen.changes(x)
    if changed < ENOUGH or single > FEW_SINGLE * changed or 2 * changed > 1.2 * pairs:
        return 1
    lengths = kernels.frozen.stay_lengths(x, LONGEST_HELD)
    usual = int(lengths.argmax()) + 1
    # Of a coarse signal two values that follow one another may be the same: stays are multiples then.
    near = max(lengths[max(usual - 2, 0) : usual + 1].sum(), lengths[usual - 1 : -1 : usual].sum())
    return usual if 1 < usual < LONGEST_HELD and near >= OF_ONE_LENGTH * lengths.sum() else 1
