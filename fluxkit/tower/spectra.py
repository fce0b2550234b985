"""Spectra and cospectra in the rotated frame, from binned cross spectra of the sonic's axes."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.tower.rotation import rotation_matrix

Array = npt.NDArray[np.float64]


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
    cross = _matrices(m["cospectra"] + 1j * m["quadrature"], 3 + len(scalars))
    turn = np.zeros((angles.shape[0], 3 + len(scalars), 3 + len(scalars)))
    turn[:, :3, :3] = rotation_matrix(*angles.T)
    for i in range(len(scalars)):
        turn[:, 3 + i, 3 + i] = 1.0
    rotated = np.einsum("tai,tijf,tbj->tabf", turn, cross, turn, optimize=True)
    names = ("u", "v", "w", *scalars)
    out = {}
    for i, name in enumerate(names):
        out[f"SPEC_{name.upper()}"] = _normalise(rotated[:, i, i].real, frequency, bandwidth)
        if name in ("v", "w"):
            continue
        shift = np.exp(2j * np.pi * frequency * lag[name][:, None]) if name in lag else 1.0
        cospectrum = (rotated[:, 2, i] * shift).real
        out[f"COSP_W_{name.upper()}"] = _normalise(cospectrum, frequency, bandwidth)
        out[f"OGIVE_W_{name.upper()}"] = _ogive(cospectrum, bandwidth)
    return out


def _matrices(packed: npt.NDArray[np.complex128], channels: int) -> npt.NDArray[np.complex128]:
    """Hermitian matrices (time, channel, channel, bin) from their upper triangles (time, pair, bin)."""
    out = np.empty((packed.shape[0], channels, channels, packed.shape[2]), dtype=np.complex128)
    for k, (a, b) in enumerate(itertools.combinations_with_replacement(range(channels), 2)):
        out[:, a, b] = packed[:, k]
        out[:, b, a] = np.conj(packed[:, k])
    return out


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
