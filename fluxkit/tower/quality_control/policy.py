"""From the results of all tests to one verdict on each flux, with its reasons."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Verdict(NamedTuple):
    """What is thought of one flux. Arrays over time."""

    quality: Array  #: 0 good, 1 doubtful, 2 to be removed
    reasons: npt.NDArray[np.int32]  #: bits of the reasons that remove it; 0 where it stays


def apply_policy(
    flux: Array,
    found: Mapping[str, Mask],
    *,
    policy: Mapping[str, str],
    bits: Mapping[str, int],
    lost: tuple[str, ...],
    doubtful: Mask | None = None,
) -> Verdict:
    """Apply the policy to one flux.

    Parameters
    ----------
    flux : (time,) array
        NaN where there is none. [any]
    found : mapping of (time,) masks
        Reason -> where it was found.
    policy : mapping
        Reason -> "remove", "advise" or "ignore".
    bits : mapping
        Reason -> its bit; a reason that is not in it cannot be recorded and is refused.
    lost : tuple of str
        Reasons why a value can be missing; they speak only where it is, and then always. The last of
        them stands where none was found.
    doubtful : (time,) mask, optional
        Where the flux is of middling quality.

    Returns
    -------
    Verdict
        Every flux with quality 2 has a reason, and none other.

    Raises
    ------
    KeyError
        When a reason has no bit or no entry in the policy.
    """
    unknown = [reason for reason in found if reason not in bits or reason not in policy]
    if unknown:
        raise KeyError(f"no bit or no policy for {', '.join(unknown)}; known: {', '.join(bits)}")
    missing = np.isnan(flux)
    reasons = np.zeros(flux.shape, dtype=np.int32)
    advised = np.zeros(flux.shape, dtype=bool) if doubtful is None else doubtful.copy()
    for reason, where in found.items():
        if reason in lost:
            reasons[where & missing] |= bits[reason]
        elif policy[reason] == "remove":
            reasons[where & ~missing] |= bits[reason]
        elif policy[reason] == "advise":
            advised |= where
    reasons[missing & (reasons == 0)] |= bits[lost[-1]]
    quality = np.where(reasons != 0, 2.0, np.where(advised, 1.0, 0.0))
    return Verdict(quality, reasons)
