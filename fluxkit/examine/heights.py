"""Heights of canopy, sonic and analysers that do not go together."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]

#: Roughness length over height above the displacement. Logarithmic profiles need z - d well above z0; over
#: canopies z0 is 0.1 of their height (Garratt, 1992), and even a sonic just above them has 0.3.
ROUGH = 0.3
#: Roughness length that no surface has less than: smooth ice [m] (Garratt, 1992).
SMOOTH = 1e-5

#: Roughness length that near-neutral winds show over the one configured, or the other way round: a length
#: that is guessed from the canopy's height, and a fetch of another kind, are within ten times.
FAR = 30.0
#: Winds that are used [m s-1], the share of them with the largest |L|, which are nearest to neutral, and how
#: many are needed. (|z / L| would rest on the height that is in doubt.)
WINDY, NEUTRAL, FEWEST = 2.0, 0.25, 8
KARMAN = 0.4


def height_doubts(height: float, canopy: float, displacement: float, roughness: float) -> Iterator[Doubt]:
    """Yield what the heights [m] of sonic, canopy, displacement and roughness tell of each other."""
    if displacement >= height:
        yield Doubt(
            "heights",
            "station.canopy_height, instruments.height: the displacement height of "
            f"{displacement:.3g} m is not below "
            f"the sonic at {height:g} m: heights are above ground, in metres",
        )
    elif canopy >= height:
        yield Doubt(
            "heights",
            f"station.canopy_height, instruments.height: the canopy of {canopy:g} m reaches above the "
            "sonic at "
            f"{height:g} m: its fluxes are not those of the whole canopy; heights are above ground, "
            "in metres",
        )
    elif roughness > ROUGH * (height - displacement):
        yield Doubt(
            "heights",
            f"station.roughness_length: {roughness:g} m is more than {ROUGH:g} of the sonic's height "
            "above the "
            f"displacement height, {height - displacement:.3g} m",
        )
    elif roughness < SMOOTH:
        yield Doubt(
            "heights",
            f"station.roughness_length: {roughness:g} m is less than any surface has, smooth ice "
            f"{SMOOTH:g}: leave it "
            "out, or give it in metres",
        )


def profile_doubts(
    ustar: Array, speed: Array, length: Array, height: float, displacement: float, roughness: float
) -> Iterator[Doubt]:
    """Yield that near-neutral winds show another roughness length than the heights of a station tell.

    The logarithmic profile has z0 = (z - d) exp(-k U / u*) [1]_. Heights in centimetres or feet, or a canopy
    that is not the one around the tower, change both sides by their ratio.

    Parameters
    ----------
    ustar, speed : arrays, shape (n,)
        [m s-1]
    length : array, shape (n,)
        Obukhov length. [m]
    height, displacement, roughness : float
        [m]

    References
    ----------
    .. [1] Garratt, The atmospheric boundary layer, 1992, eq. 3.29.
    """
    above = height - displacement
    windy = np.isfinite(length) & (speed > WINDY) & (ustar > 0.0)
    if np.count_nonzero(windy) < FEWEST / NEUTRAL or not above > 0.0:
        return
    use = windy & (np.abs(length) >= np.percentile(np.abs(length[windy]), 100.0 * (1.0 - NEUTRAL)))
    found = float(np.median(above * np.exp(-KARMAN * speed[use] / ustar[use])))
    if not 1.0 / FAR <= found / roughness <= FAR:
        yield Doubt(
            "profile",
            f"instruments.height, station.canopy_height: {np.count_nonzero(use)} near-neutral periods "
            f"have the wind and friction velocity of a roughness length of {found:.2g} m, the "
            f"configuration has {roughness:.2g}: check the heights of sonic and canopy (in metres, above "
            "ground) and roughness_length",
        )


def separation_doubts(
    told: str, open_path: Sequence[str], separations: Sequence[tuple[float, float, float]]
) -> Iterator[Doubt]:
    """Yield that no separation of an open-path analyser is given and lags pile up on their window's edge.

    Parameters
    ----------
    told : str
        What is said of such lags, empty if they do not.
    open_path : sequence of str
        Open-path analysers.
    separations : sequence of tuple
        Of each of them: northward, eastward, vertical. [m]
    """
    for name, each in zip(open_path, separations, strict=True):
        if told and not any(each):
            yield Doubt(
                "separation",
                f"instruments.{name}: its separation from the sonic is not given and lags pile up on "
                "the edge of "
                "their window: measure northward_, eastward_ and vertical_separation",
            )
