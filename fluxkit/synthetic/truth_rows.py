"""What came back of one planted quantity, and how it is found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.synthetic.trial import Sections, Trial, run_trial

Array = npt.NDArray[np.float64]

UNITS = {
    "FC": "umol m-2 s-1", "LE": "W m-2", "H": "W m-2", "USTAR": "m s-1", "W_SIGMA": "m s-1",
    "ROT_PITCH": "deg", "CO2_TLAG_ACTUAL": "s", "drift": "s d-1", "FC_RANDUNC_HF": "umol m-2 s-1",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What came back of one planted quantity: means over all realisations."""

    step: str  #: of processing
    defect: str  #: what was planted, in words
    quantity: str  #: name of the output variable
    unit: str
    planted: float
    without: float  #: found without the step; NaN where there is no without
    recovered: float
    realisations: int
    scatter: float  #: standard error of recovered / planted over the realisations, 0 for one [1]

    @property
    def error(self) -> float:
        """Recovered over planted, less one [1]."""
        return self.recovered / self.planted - 1.0


#: What a defect that acts on the spectrum is not mixed with: nothing beyond the period is planted.
NO_LOW = {"low_frequency": "none"}
NO_SPECTRA = {"low_frequency": "none", "high_frequency": "none"}
NO_DESPIKING = {"despiking": "none"}


def sections(condition: Mapping[str, object] | None = None, **decide: object) -> Sections:
    """Return a configuration that restores nothing and removes no spikes but what is asked for."""
    return {"condition": NO_DESPIKING | dict(condition or {}), "decide": NO_SPECTRA | decide}


def compare(
    step: str, defect: str, trial: Trial, quantities: Iterable[str], with_: Sections, without: Sections | None
) -> list[Row]:
    """Compare fluxes with what was planted, with the step and without it."""
    truth, fluxes = run_trial(trial, *([with_] if without is None else [with_, without]))
    return [
        row_of(step, defect, name, truth[name], *(found[name].values for found in fluxes))
        for name in quantities
    ]


def row_of(
    step: str, defect: str, quantity: str, planted: Array, found: Array, bare: Array | None = None
) -> Row:
    """Return the means of all realisations."""
    return Row(
        step=step,
        defect=defect,
        quantity=quantity,
        unit=UNITS[quantity],
        planted=float(planted.mean()),
        without=np.nan if bare is None else float(bare.mean()),
        recovered=float(found.mean()),
        realisations=found.size,
        scatter=standard_error(found / planted.mean()),
    )


def standard_error(x: Array) -> float:
    """Standard error of the mean of independent values, 0 of one."""
    return float(x.std(ddof=1) / np.sqrt(x.size)) if x.size > 1 else 0.0
