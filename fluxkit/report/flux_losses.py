"""Why a flux has no value: the reasons of condensing, and what deciding took."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fluxkit.schema import variables

if TYPE_CHECKING:
    import xarray as xr

Mask = npt.NDArray[np.bool_]

#: Reasons of deciding, in the order of the steps -> what to look at.
DECIDED = {
    "time lag missing": "columns.<gas>.lag and decide.lag",
    "spectral correction missing": "heights, canopy and separations of [[instruments]], and "
    "decide.high_frequency and low_frequency",
    "vapour or air density missing": "vapour, temperature and pressure of the air ([columns], [biomet])",
}
NOT_MEASURED, UNKNOWN = "not measured", "reason not recorded"
#: Reasons that a sentence tells, the largest.
_MOST = 3


@dataclass(frozen=True)
class FluxLosses:
    """What became of one flux, in periods."""

    flux: str
    periods: int
    values: int  #: periods with a value
    kept: int  #: values that the policy of flags leaves
    missing: dict[str, int]  #: reason -> periods without a value, each counted once
    removed: dict[str, int]  #: reason -> values that the policy removes; with several reasons, under each

    @property
    def few(self) -> bool:
        """Whether less than half of the periods have a value, or one that the policy leaves."""
        return 2 * self.kept < self.periods

    @property
    def by_deciding(self) -> dict[str, int]:
        """What spectral correction, lag, density correction and policy took."""
        own = {reason: n for reason, n in self.missing.items() if reason in DECIDED or reason == UNKNOWN}
        return own | {_of_policy(reason): n for reason, n in self.removed.items()}

    @property
    def sentence(self) -> str:
        """How many values there are, and the three largest reasons for what there is not."""
        policy = f", {self.kept} of them after the policy of flags" if self.kept < self.values else ""
        reasons = self.missing | {_of_policy(reason): n for reason, n in self.removed.items()}
        largest = sorted(reasons.items(), key=lambda item: -item[1])[:_MOST]
        words = ", ".join(f"{reason} ({n})" for reason, n in largest)
        counts = f"values in {self.values} of {self.periods} periods{policy}"
        hints = [DECIDED[reason] for reason, _ in largest if reason in DECIDED]
        look = f"; look at {'; '.join(hints)}" if hints else ""
        return f"{counts}{f': {words}' if words else ''}{look}"


def flux_losses(fluxes: "xr.Dataset") -> list[FluxLosses]:
    """Count what every flux of a dataset lost, and why."""
    names = flux_names(fluxes)
    return [losses_of(fluxes, name) for name in (("NEE", *names) if "NEE" in fluxes else names)]


def classes_of(fluxes: "xr.Dataset", name: str) -> str:
    """Return the variable that says how good a flux is: the verdict of all tests, of old files one test."""
    return f"{name}_QC" if f"{name}_QC" in fluxes else f"{name}_SSITC_TEST"


def flux_names(fluxes: "xr.Dataset") -> list[str]:
    """Return the turbulent fluxes of a dataset, water vapour as LE."""
    gases = variables.further_gases(fluxes.variables)
    others = [name for name in variables.gas_fluxes(gases) if name not in ("FC", "FH2O")]
    return [name for name in ("FC", "LE", "H", "TAU", *others) if name in fluxes]


def losses_of(fluxes: "xr.Dataset", name: str) -> FluxLosses:
    """Count what one flux lost, and why."""
    there = np.isfinite(fluxes[name].to_numpy())
    good = fluxes[f"{name}_QC"].to_numpy() < 2 if f"{name}_QC" in fluxes else there
    return FluxLosses(
        flux=name,
        periods=int(there.size),
        values=int(there.sum()),
        kept=int((there & good).sum()),
        missing=missing_reasons(fluxes, name),
        removed=removed_reasons(fluxes, name),
    )


def missing_reasons(fluxes: "xr.Dataset", name: str) -> dict[str, int]:
    """Return reason -> periods without a value, each counted under the first of its reasons."""
    left = ~np.isfinite(fluxes[name].to_numpy())
    found = variables.entry("LOSS_FLAG")
    flags = fluxes["LOSS_FLAG"].to_numpy() if "LOSS_FLAG" in fluxes else np.zeros(left.size, dtype=np.int32)
    masks = {
        meaning.replace("_", " "): (flags & variables.mask("LOSS_FLAG", meaning)) > 0
        for meaning in found.flag_acting
    }
    counts: dict[str, int] = {}
    for reason, where in (masks | _by_deciding(fluxes, name)).items():
        here = left & where
        if here.any():
            counts[reason] = int(here.sum())
        left &= ~here
    if left.any():
        counts[UNKNOWN] = int(left.sum())
    return counts


def _by_deciding(fluxes: "xr.Dataset", name: str) -> dict[str, Mask]:
    """Where a step of deciding gave nothing: in the order of the steps, so that the first is the cause."""
    base = "FC" if name == "NEE" else name

    def values(variable: str, otherwise: float) -> npt.NDArray[np.float64]:
        if variable in fluxes:
            return fluxes[variable].to_numpy().astype(np.float64)
        return np.full(fluxes.sizes["time"], otherwise)

    gas = _gas_of(fluxes, base)
    mean, lag = values(gas, 0.0), values(f"{gas}_TLAG_USED", 0.0)
    factor, uncorrected = values(f"{base}_SCF", 1.0), values(f"{base}_UNCORR", np.nan)
    missing = np.isnan(values(base, np.nan))
    steps = (np.isnan(lag), np.isnan(factor), np.isfinite(uncorrected) & missing)
    return {NOT_MEASURED: np.isnan(mean)} | dict(zip(DECIDED, steps, strict=True))


def _gas_of(fluxes: "xr.Dataset", flux: str) -> str:
    if flux == "LE":
        return "H2O"
    gases = ("co2", "h2o", "ch4", "n2o", *variables.further_gases(fluxes.variables))
    return next((gas.upper() for gas in gases if variables.gas_names(gas)[0] == flux), "")


def removed_reasons(fluxes: "xr.Dataset", name: str) -> dict[str, int]:
    """Return reason -> values that the policy removes; one with several reasons counts under each."""
    flag = f"{name}_QC_REASON"
    if flag not in fluxes:
        return {}
    found = variables.entry(flag)
    reasons = np.where(np.isfinite(fluxes[name].to_numpy()), fluxes[flag].to_numpy(), 0)
    counts = {
        meaning.replace("_", " "): int(((reasons & mask) > 0).sum())
        for meaning, mask in zip(found.flag_meanings, found.flag_masks, strict=True)
    }
    return {meaning: count for meaning, count in counts.items() if count}


def told_losses(each: Iterable[FluxLosses]) -> list[str]:
    """Return one sentence for all fluxes that lost the same: ``NEE, FC: values in 0 of 48 periods: ...``."""
    together: dict[str, list[str]] = {}
    for losses in each:
        together.setdefault(losses.sentence, []).append(losses.flux)
    return [f"{', '.join(names)}: {sentence}" for sentence, names in together.items()]


def _of_policy(reason: str) -> str:
    return f"policy: {reason}"
