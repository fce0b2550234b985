"""How a member goes on from filtered half hours: its gaps, and what partitioners make of it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.filling.gaps import default_method, fill, learnt, unrefused
from fluxkit.ecosystem.partitioning import METHODS, PartitioningError, partition

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """How a member goes on from filtered half hours.

    Parameters
    ----------
    filling : dict
        Keywords of `fill`, ``method`` and what its filler has learnt among them.
    partitioners : list of (kind, variant)
    filled_by_reference : (n,) array of bool, optional
        Records that the reference has, of members.
    """

    filling: dict[str, Any]
    partitioners: list[tuple[str, str]]
    filled_by_reference: npt.NDArray[np.bool_] | None = None

    @classmethod
    def of(
        cls,
        cut: xr.Dataset,
        filling: Mapping[str, Any],
        partitioners: list[tuple[str, str]],
        others: Sequence[xr.DataArray] = (),
    ) -> Self:
        """Return the way of the reference: what is costly to learn is learnt of it, once for all members.

        others: the fluxes of members, whose gaps are to be filled as well.
        """
        how = {key: value for key, value in filling.items() if key != "method"}
        how["method"] = filling.get("method") or default_method("NEE", how)
        if "skill" not in how:
            how |= learnt(cut, "NEE", others=others, **how)
        return cls(how, partitioners)

    def after(self, reference: xr.Dataset) -> Self:
        """Return the way of members, which leave open what the reference leaves open and nothing else."""
        there = np.isfinite(np.array(reference["NEE_F"].values, np.float64))
        return replace(self, filling=self.filling | unrefused("NEE", self.filling), filled_by_reference=there)

    def filled(self, cut: xr.Dataset) -> xr.Dataset:
        """Fill NEE."""
        o = fill(cut, "NEE", **self.filling)
        if self.filled_by_reference is None:
            return o
        there = xr.DataArray(self.filled_by_reference, dims="time")
        return o.assign({f"NEE_F{end}": o[f"NEE_F{end}"].where(there) for end in ("", "_QC")})

    def parted(self, o: xr.Dataset) -> dict[str, Array]:
        """Return filled NEE and what the partitioners make of it."""
        found = {"NEE": np.array(o["NEE_F"].values, np.float64)}
        for kind, variant in self.partitioners:
            found |= parts_of(o, kind, variant)
        return found

    def of_cut(self, cut: xr.Dataset) -> dict[str, Array]:
        """Fill and part."""
        return self.parted(self.filled(cut))


def parts_of(o: xr.Dataset, kind: str, variant: str) -> dict[str, Array]:
    """Return what a partitioner makes of it; nothing, with a word in the log, where it cannot."""
    suffix = {"night": "NT", "day": "DT"}[kind]
    if (kind, variant) not in METHODS:
        raise PartitioningError(f"no method {kind!r} with variant {variant!r}")
    try:
        p = partition(o, method=kind, variant=variant)
    except PartitioningError as error:
        logger.warning("partitioning, %s %s: %s", kind, variant, error)
        return {}
    return {
        f"{part}_{suffix}": np.array(p[f"{part}_{suffix}"].values, np.float64) for part in ("GPP", "RECO")
    }


def drawn_parts(o: xr.Dataset, kind: str, variant: str, draws: int, seed: int) -> dict[str, Array]:
    """Return the members that a partitioner draws, (draw, time) each; nothing where it draws none."""
    suffix = {"night": "NT", "day": "DT"}[kind]
    try:
        p = partition(o, method=kind, variant=variant, bootstraps=draws, seed=seed)
    except PartitioningError as error:
        logger.warning("partitioning, %s %s: %s", kind, variant, error)
        return {}
    names = [f"{part}_{suffix}" for part in ("GPP", "RECO")]
    return {name: np.array(p[f"{name}_MEMBER"].values, np.float64) for name in names if f"{name}_MEMBER" in p}
