"""What fillers are worth in artificial gaps, by the length of gaps, for the page."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.filling.artificial import LIMITS
from fluxkit.ecosystem.filling.calibration import FEWEST, Skill
from fluxkit.ecosystem.filling.joined import Choice

Array = npt.NDArray[np.float64]


def names_of_lengths() -> list[str]:
    """Return the names of the classes of lengths.

    Examples
    --------
    >>> from fluxkit.ecosystem.page.skill import names_of_lengths
    >>> names_of_lengths()[:4], names_of_lengths()[-1]
    (['to 2 h', 'to 12 h', 'to 36 h', 'to 5 d'], 'longer')
    """
    ends = LIMITS[np.isfinite(LIMITS)]
    return [f"to {24 * end:.0f} h" if end < 2.0 else f"to {end:.0f} d" for end in ends] + ["longer"]


def rmse_by_length(learnt: object) -> dict[str, Array]:
    """Return of each filler the root mean square error by length, NaN of lengths with too few gaps.

    Parameters
    ----------
    learnt : Choice, Skill or anything else
        What a filler has found of a series beforehand; of what others than ours find nothing is told.
    """
    found = {"gradient boosting": learnt}
    if isinstance(learnt, Choice):
        found = {"like conditions": learnt.mds, "gradient boosting": learnt.boosting}
    return {
        name: np.where(skill.blocks >= FEWEST, skill.rmse, np.nan)
        for name, skill in found.items()
        if isinstance(skill, Skill) and (skill.blocks >= FEWEST).any()
    }
