"""Spectra and cospectra in the rotated frame, from binned cross spectra of the sonic's axes."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.tower.rotations.rotation import rotation_matrix

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


def normalised_spectra(
    m: Mapping[str, Array],
    scalars: Sequence[str],
    angles: Array,
    lag: Mapping[str, Array],
    frequency: Array,
    bandwidth: Array,
) -> dict[str, Array]:
    """Rotate, align and normalise binned cross spectra.

    Parameters
    ----------
    m : mapping
        Moments, see ``fluxkit.tower.moments``.
    scalars : sequence of str
    angles : (time, 3) array
        Yaw, pitch and roll. [deg]
    lag : mapping
        Gas -> (time,) lag behind the wind that is still in the cross spectra. [s]
    frequency, bandwidth : (bin,) arrays
        [Hz]

    Returns
    -------
    dict
        "COSP_W_U", "COSP_W_CO2", "SPEC_W", ... -> (time, bin): frequency times density over the integral
        of the density; "OGIVE_W_U", ...: the share of the covariance from a bin upwards. [1]

    Notes
    -----
    A delay of tau turns the phase of a cross spectrum by 2 pi f tau; within a bin the mean frequency stands
    for all.
    """
    pairs = {
        pair: k for k, pair in enumerate(itertools.combinations_with_replacement(range(3 + len(scalars)), 2))
    }
    wind = _matrices(m, pairs)
    turn = rotation_matrix(*angles.T)
    out = {}
    for i, name in enumerate("uvw"):
        out[f"SPEC_{name.upper()}"] = _normalise(_turned(turn, wind, i, i).real, frequency, bandwidth)
    cospectra = {"u": _turned(turn, wind, 2, 0).real}
    for k, name in enumerate(scalars, start=3):
        out[f"SPEC_{name.upper()}"] = _normalise(_pair(m, pairs[k, k]).real, frequency, bandwidth)
        cross = sum(turn[:, 2, i, None] * _pair(m, pairs[i, k]) for i in range(3))
        shift = np.exp(2j * np.pi * frequency * lag[name][:, None]) if name in lag else 1.0
        cospectra[name] = np.asarray((cross * shift).real)
    for name, cospectrum in cospectra.items():
        out[f"COSP_W_{name.upper()}"] = _normalise(cospectrum, frequency, bandwidth)
        out[f"OGIVE_W_{name.upper()}"] = _ogive(cospectrum, bandwidth)
    return out


def _pair(m: Mapping[str, Array], k: int) -> Complex:
    """Cross spectrum of a pair of channels: (time, bin)."""
    return np.asarray(m["cospectra"][:, k] + 1j * m["quadrature"][:, k], dtype=np.complex128)


def _matrices(m: Mapping[str, Array], pairs: Mapping[tuple[int, int], int]) -> Complex:
    """Hermitian matrices of the three wind components: (wind, wind, time, bin)."""
    rows = [[_pair(m, pairs[min(a, b), max(a, b)]) for b in range(3)] for a in range(3)]
    return np.stack(
        [np.stack([x if a <= b else x.conj() for b, x in enumerate(row)]) for a, row in enumerate(rows)]
    )


def _turned(turn: Array, wind: Complex, a: int, b: int) -> Complex:
    """Cross spectrum of two rotated wind components: (time, bin)."""
    weight = np.einsum("ti,tj->ijt", turn[:, a], turn[:, b])[..., None]
    return np.asarray((weight * wind).sum(axis=(0, 1)))


def _normalise(density: Array, frequency: Array, bandwidth: Array) -> Array:
    total = np.nansum(density * bandwidth, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(frequency * density / total[:, None])


def _ogive(density: Array, bandwidth: Array) -> Array:
    """Integral from each bin to the highest frequency, over the whole; NaN in empty bins."""
    parts = np.nan_to_num(density * bandwidth)
    above = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isfinite(density), above / above[:, :1], np.nan)
