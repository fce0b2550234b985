"""Skewness and kurtosis, of the wind after any rotation."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def _full_tensor(packed: Array, order: int) -> Array:
    """Symmetric tensor (time, 3, ..., 3) from its distinct elements."""
    out = np.empty((packed.shape[0], *(3,) * order))
    for column, index in enumerate(itertools.combinations_with_replacement(range(3), order)):
        for place in set(itertools.permutations(index)):
            np.moveaxis(out, 0, -1)[place] = packed[:, column]
    return out


def skewness_and_kurtosis(m: Mapping[str, Array], scalars: Sequence[str], matrix: Array) -> dict[str, Array]:
    """Third and fourth standardised moments (kurtosis of a Gaussian: 3).

    Parameters
    ----------
    m : mapping
        Moments, see ``fluxkit.tower.moments``.
    scalars : sequence of str
    matrix : (time, 3, 3) array
        Rotation.

    Returns
    -------
    dict
        "U_SKW", "U_KUR", ... -> (time,) arrays. [1]
    """
    out = {}
    sums = m["wind_sums"].sum(axis=1)
    n = sums[:, 0]
    second = _full_tensor(sums[:, 9:15], 2)
    third = np.einsum(
        "tai,tbj,tck,tijk->tabc", matrix, matrix, matrix, _full_tensor(m["wind_third"], 3), optimize=True
    )
    fourth = np.einsum(
        "tai,tbj,tck,tdl,tijkl->tabcd",
        matrix, matrix, matrix, matrix, _full_tensor(m["wind_fourth"], 4), optimize=True,
    )  # fmt: skip
    rotated = matrix @ second @ np.swapaxes(matrix, 1, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, name in enumerate(("U", "V", "W")):
            variance = rotated[:, k, k] / n
            out[f"{name}_SKW"] = third[:, k, k, k] / n / variance**1.5
            out[f"{name}_KUR"] = fourth[:, k, k, k, k] / n / variance**2
        for i, s in enumerate(scalars):
            total = m[f"{s}_sums"].sum(axis=1)
            count, variance = total[:, 0], total[:, 5] / total[:, 0]
            out[f"{s.upper()}_SKW"] = m["scalar_powers"][:, i, 0] / count / variance**1.5
            out[f"{s.upper()}_KUR"] = m["scalar_powers"][:, i, 1] / count / variance**2
    return out
