"""How many averaging periods gave a flux, how good, and what became of the others."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from fluxkit.report.flux_losses import classes_of, flux_names, missing_reasons, removed_reasons
from fluxkit.schema import variables

#: What the page is about: the first of these that the fluxes have.
SUBJECTS = ("NEE", "FC", "LE", "H")


@dataclass(frozen=True)
class Losses:
    """Number of periods by what became of them."""

    subject: str  #: flux that is counted
    expected: int  #: from the first to the last period, gaps included
    valid: int  #: with a value of the subject
    removed: dict[str, int]  #: reason -> periods without a value, each counted once
    advised: dict[str, int]  #: reason -> periods that it concerns, lost or not
    quality: dict[str, dict[str, int]]  #: flux -> class ("0", "1", "2", "untested") -> periods
    judged: dict[str, int]  #: reason of the policy -> values of the subject that it removes
    kept: int  #: values that the policy leaves

    @property
    def lost(self) -> int:
        """Periods without a value."""
        return self.expected - self.valid


def account_of_losses(fluxes: xr.Dataset, minutes: float) -> Losses:
    """Count what was lost and why.

    Parameters
    ----------
    fluxes : xr.Dataset
        Dimension ``time``, variables of the vocabulary.
    minutes : float
        Averaging period. [min]

    Returns
    -------
    Losses
        A period with several acting reasons is counted under the first of them.

    Raises
    ------
    ValueError
        When the dataset has none of the fluxes that a page can be about.
    """
    subject = next((name for name in SUBJECTS if name in fluxes), None)
    if subject is None:
        raise ValueError(f"report: the dataset has none of {', '.join(SUBJECTS)}; was `decide` run?")
    time = fluxes["time"].to_numpy().astype("datetime64[s]").astype(np.int64)
    expected = int((time.max() - time.min()) // round(minutes * 60)) + 1 if time.size else 0
    valid = np.isfinite(fluxes[subject].to_numpy())
    good = fluxes[f"{subject}_QC"].to_numpy() < 2 if f"{subject}_QC" in fluxes else valid
    removed = missing_reasons(fluxes, subject)
    if expected > time.size:
        removed = {"not in the record": expected - time.size} | removed
    tested = [name for name in ("NEE", *flux_names(fluxes)) if classes_of(fluxes, name) in fluxes]
    return Losses(
        subject=subject,
        expected=expected,
        valid=int(valid.sum()),
        removed=removed,
        advised=_advised(fluxes),
        quality={name: _quality(fluxes, name) for name in tested},
        judged=removed_reasons(fluxes, subject),
        kept=int((valid & good).sum()),
    )


def percent(count: int, whole: int) -> str:
    """Return a share as text that never reads 0 % or 100 % unless it is exact.

    Examples
    --------
    >>> percent(3, 48), percent(3, 5760), percent(5757, 5760)
    ('6 %', '0.05 %', '99.9 %')
    """
    share = 100 * count / max(whole, 1)
    if 0 < share < 1:
        return f"{share:.1g} %"
    if 99 < share < 100:
        return f"{min(share, 99.9):.1f} %"
    return f"{share:.0f} %"


def _advised(fluxes: xr.Dataset) -> dict[str, int]:
    if "LOSS_FLAG" not in fluxes:
        return {}
    found = variables.entry("LOSS_FLAG")
    flags = fluxes["LOSS_FLAG"].to_numpy()
    counts = {
        meaning.replace("_", " "): int(((flags & mask) > 0).sum())
        for meaning, mask in zip(found.flag_meanings, found.flag_masks, strict=True)
        if meaning not in found.flag_acting
    }
    return {meaning: count for meaning, count in counts.items() if count}


def _quality(fluxes: xr.Dataset, name: str) -> dict[str, int]:
    """Return how many values of a flux are of each class."""
    valid = np.isfinite(fluxes[name].to_numpy())
    flag = fluxes[classes_of(fluxes, name)].to_numpy()
    counts = {str(k): int((valid & (flag == k)).sum()) for k in (0, 1, 2)}
    return counts | {"untested": int(valid.sum()) - sum(counts.values())}
