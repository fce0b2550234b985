"""What a run has made so far, and how a step is done: what fails of odd input costs that step alone."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import FluxkitError
from fluxkit.examine.doubt import Doubt

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

#: What a step may raise where its input is odd; each costs that step alone.
EXPECTED = (FluxkitError, ValueError, ArithmeticError, KeyError, np.linalg.LinAlgError)
#: Name of the dimension of thresholds' members, and how names of fluxes that have it end.
MEMBERS, OF_MEMBERS = "ustar_percentile", "_USTAR"


@dataclass
class Results:
    """What a run made."""

    data: xr.Dataset
    thresholds: xr.Dataset | None = None
    decisions: xr.Dataset | None = None  #: how far each decision on raw data moves the years
    annual: list[dict[str, Any]] = field(default_factory=list)
    sums: xr.Dataset | None = None  #: with the classes of uncertainty
    skill: dict[str, Array] = field(
        default_factory=dict
    )  #: filler -> RMSE by length of artificial gaps of NEE
    doubts: list[Doubt] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  #: what was assumed, set right or could not be done
    paths: dict[str, Path] = field(default_factory=dict)


@dataclass
class Course:
    """The steps of a run, with progress and what failed."""

    results: Results
    total: int
    progress: Callable[[int, int], None]
    done: int = 0
    filling: dict[str, Any] = field(default_factory=dict)  #: keywords that NEE is filled with

    @property
    def data(self) -> xr.Dataset:
        """The half hours as the last step has left them."""
        return self.results.data

    def step(self, what: str, work: Callable[[xr.Dataset], xr.Dataset | None]) -> bool:
        """Do a step; what it raises of odd input is said, and costs that step alone."""
        try:
            made = work(self.data)
        except EXPECTED as error:
            kind = "" if isinstance(error, FluxkitError) else f"{type(error).__name__}: "
            self.say(f"{what} could not be done: {kind}{error}")
            if kind:
                logger.error("%s", what, exc_info=error)
            made = None
            well = False
        else:
            well = True
        if made is not None:
            self.results.data = made
        self.done += 1
        self.progress(self.done, self.total)
        return well

    def say(self, sentence: str) -> None:
        """Take note of a sentence, and log it."""
        if sentence not in self.results.said:
            self.results.said.append(sentence)
            logger.warning("%s", sentence)
