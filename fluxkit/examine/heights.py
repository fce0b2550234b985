"""Heights of canopy, sonic and analysers that do not go together."""

from collections.abc import Iterator, Sequence

from fluxkit.examine.doubt import Doubt

#: Roughness length over height above the displacement. Logarithmic profiles need z - d well above z0; over
#: canopies z0 is 0.1 of their height (Garratt, 1992), and even a sonic just above them has 0.3.
ROUGH = 0.3
#: Roughness length that no surface has less than: smooth ice [m] (Garratt, 1992).
SMOOTH = 1e-5


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
