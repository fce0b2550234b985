"""Averages of spectra over classes of periods."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]

#: Edges of the classes of stability (z - d) / L, and what they are called.
STABILITY_EDGES: Array = np.array([-0.5, -0.1, 0.0, 0.1, 0.5])
STABILITY_NAMES = (
    "below -0.5",
    "-0.5 to -0.1",
    "-0.1 to 0",
    "0 to 0.1",
    "0.1 to 0.5",
    "above 0.5",
)


@dataclass
class Ensemble:
    """Running sums of spectra by class; holds no period, so parts of an archive can be added in turn."""

    classes: int
    sums: dict[str, Array] = field(default_factory=dict)  #: name -> (class, bin)
    counts: dict[str, Array] = field(default_factory=dict)  #: name -> (class, bin)

    def add(self, spectra: Mapping[str, Array], members: Classes) -> None:
        """Add periods.

        Parameters
        ----------
        spectra : mapping of (time, bin) arrays
            NaN where a bin is empty or a spectrum is missing.
        members : (time,) array of int
            Class of each period; -1 leaves it out.
        """
        for name, x in spectra.items():
            bins = x.shape[1]
            total = self.sums.setdefault(name, np.zeros((self.classes, bins)))
            count = self.counts.setdefault(name, np.zeros((self.classes, bins)))
            for k in range(self.classes):
                chosen = x[members == k]
                total[k] += np.nansum(chosen, axis=0)
                count[k] += np.isfinite(chosen).sum(axis=0)

    def add_sums(self, name: str, total: Array, count: Array) -> None:
        """Add sums and counts of a spectrum over other periods, both (class, bin)."""
        self.sums[name] = self.sums.get(name, 0.0) + total
        self.counts[name] = self.counts.get(name, 0.0) + count

    def mean(self, name: str) -> Array:
        """Average of each class: (class, bin), NaN where there is nothing."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.sums[name] / np.where(self.counts[name] > 0, self.counts[name], np.nan))

    def spectra_in(self, name: str) -> Array:
        """Spectra that each class holds: (class,)."""
        return np.asarray(self.counts[name].max(axis=1, initial=0.0))


def stability_class(zeta: Array) -> Classes:
    """Class of stability (z - d) / L, an index into `STABILITY_NAMES`; -1 where it is not known."""
    return np.where(np.isnan(zeta), -1, np.searchsorted(STABILITY_EDGES, zeta, side="right"))


def humidity_class(rh: Array) -> Classes:
    """Class of relative humidity as a share: 5-15 %, ..., 85-95 % are 0 to 8; -1 beyond or not known."""
    k = np.floor((np.nan_to_num(rh, nan=-1.0) - 0.05) / 0.1 + 1e-9)
    return np.where((k >= 0) & (k <= 8), k, -1).astype(np.int64)


def joined_classes(counts: Classes, fewest: int) -> Classes:
    """Join each class that is too small with the next, where that is too small as well.

    Parameters
    ----------
    counts : (class,) array of int
        Members of each class.
    fewest : int
        Members of a class that is large enough.

    Returns
    -------
    (class,) array of int
        The class that each one goes to: itself, or the one before.

    Examples
    --------
    Air of one humidity that lies at the border between two classes:

    >>> joined_classes(np.array([0, 6, 5, 20, 3, 30]), 10).tolist()
    [0, 1, 1, 3, 4, 5]
    """
    out = np.arange(counts.size)
    for k in range(counts.size - 1):
        small = out[k] == k and max(counts[k], counts[k + 1]) < fewest <= counts[k] + counts[k + 1]
        out[k + 1] = k if small else k + 1
    return out


#: Centres of the classes of `humidity_class`.
HUMIDITY_CENTRES: Array = np.asarray(np.arange(1, 10) / 10.0, dtype=np.float64)


def normalised(density: Array, frequency: Array, bandwidth: Array) -> Array:
    """Frequency times density over the density's own integral: (time, bin). [1]"""
    total = np.nansum(density * bandwidth, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(frequency * density / total[:, None])
