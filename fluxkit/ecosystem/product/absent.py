"""Why a column of the product is not there, in words that are true of the run at hand."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fluxkit.ecosystem.product.ensembles import FEWEST
from fluxkit.ecosystem.product.sources import Sources

PERIODS = {"HH": "half hour", "HR": "hour", "DD": "day", "WW": "week", "MM": "month", "YY": "year"}
#: What is computed from several quantities.
_NEEDS = {
    r"LW_IN_JSB(_F)?(_QC)?": ("TA", "SW_IN", "VPD", "latitude and longitude"),
    r"(LE|H)_CORR.*|EBC_CF_.*": ("NETRAD", "G", "H", "LE"),
}
_SUMMED = ("P", "NEE", "RECO_NT", "GPP_NT", "RECO_DT", "GPP_DT")
_FLUX = re.compile(r"(NEE|RECO_NT|GPP_NT|RECO_DT|GPP_DT)_(CUT|VUT)_([A-Z]+50|[A-Z]+|\d\d|XX)")
_SIDE = re.compile(r"_(NIGHT|DAY)(_SD|_QC|_RANDUNC|_JOINTUNC)?$")


def absent(
    names: Iterable[str], resolution: str, sources: Sources, by_halfhour: Mapping[str, Any]
) -> dict[str, str]:
    """Return for each column that a table has not the reason.

    Parameters
    ----------
    names : iterable of str
        Columns that are not there.
    resolution : {"HH", "HR", "DD", "WW", "MM", "YY"}
    sources : Sources
        What the table was made from.
    by_halfhour : mapping
        Half-hourly columns that were made.
    """
    there = {name for name, x in by_halfhour.items() if np.isfinite(x).any()}
    known = _Known(PERIODS[resolution], sources, there)
    return {name: known.reason(name) for name in names}


class _Known:
    """What is known of a run, to tell reasons from."""

    def __init__(self, period: str, sources: Sources, there: set[str]) -> None:
        self.period = period
        self.sources = sources
        self.there = there

    def reason(self, name: str) -> str:
        """Return why a column is not there."""
        if "_ERA" in name:
            return self._of_reanalysis(name)
        if name in ("SW_IN_POT", "NIGHT_D", "DAY_D", "NIGHT"):
            return "neither latitude and longitude nor SW_IN are known: night and day cannot be told"
        for pattern, needed in _NEEDS.items():
            if re.fullmatch(pattern, name):
                return self._of_several(name, needed)
        side = _SIDE.search(name)
        whole = _SIDE.sub("", name)
        if name.endswith("JOINTUNC"):
            return self._joint(name)
        if side and self._has(whole):
            return self._side(whole, side[1], of_random=str(side[2]) == "_RANDUNC")
        if self._has(whole):
            return self._too_few(whole)
        if name.endswith("RANDUNC_N") or "_RANDUNC" in name:
            return self._random(name)
        flux = _FLUX.match(whole)
        if flux:
            return self._carbon(*flux.groups())
        return f"{_quantity(name)} is not in the input"

    def _has(self, whole: str) -> bool:
        return whole in self.there or whole.removesuffix("_QC") in self.there

    def _side(self, whole: str, side: str, *, of_random: bool) -> str:
        if self.sources.night is None:
            return "neither latitude and longitude nor SW_IN are known: night and day cannot be told"
        if of_random and f"{whole}_RANDUNC" not in self.there:
            return self._random(f"{whole}_RANDUNC")
        what = "random errors" if of_random else "more than half of the records"
        return f"no {self.period} has {what} by {side.lower()}"

    def _of_reanalysis(self, name: str) -> str:
        given = any(column.endswith("_ERA") for column in self.there)
        if name == "LW_IN_JSB_ERA" and given and "LW_IN_ERA" in self.there:
            return self._of_several(name, _NEEDS[r"LW_IN_JSB(_F)?(_QC)?"])
        return (
            "the reanalysis that was given has none of it" if given else "no reanalysis was given (fill.era5)"
        )

    def _of_several(self, name: str, needed: Iterable[str]) -> str:
        place = {"latitude and longitude"} if "SW_IN_POT" in self.there else set()
        lacking = [what for what in needed if what not in self.sources.measured | place]
        if lacking:
            return f"needs {', '.join(needed)}: without {', '.join(lacking)} in the input"
        if self.there & {"LE_CORR", "LW_IN_JSB"} and not name.endswith("_JOINTUNC"):
            return self._too_few(name)
        return f"no {self.period} has enough of {', '.join(needed)} together"

    def _too_few(self, whole: str) -> str:
        carbon = _FLUX.match(whole)
        if carbon and self._members(carbon[1], carbon[2]) > 1 and carbon[3] not in ("REF", "USTAR50"):
            return (
                f"fewer than {FEWEST} thresholds have a {self.period} without open gaps, and a sum needs all "
                "of its records"
            )
        if any(whole == name or whole.startswith(f"{name}_") for name in _SUMMED):
            return f"every {self.period} has a gap that stays open, and a sum needs all of its records"
        return f"no {self.period} has more than half of its records"

    def _members(self, flux: str, variant: str) -> int:
        ensemble = self.sources.ensembles.get((flux, variant))
        return 0 if ensemble is None else ensemble.percentiles.size

    def _random(self, name: str) -> str:
        flux = name.split("_")[0] if name.startswith(("NEE", "LE", "H_")) else "NEE"
        if flux not in self.sources.measured:
            return f"{flux} is not in the input"
        carbon = _FLUX.match(name)
        if carbon and carbon[0] not in self.there:
            return self._carbon(*carbon.groups())
        return f"too few measured records of {flux} are alike to tell a random error"

    def _joint(self, name: str) -> str:
        carbon = _FLUX.match(name)
        if carbon is None:
            return self._random(name.replace("_CORR_JOINTUNC", "_RANDUNC"))
        base = f"NEE_{carbon[2]}"
        for part in (f"{base}_{carbon[3]}", f"{base}_{carbon[3]}_RANDUNC", f"{base}_16"):
            if part not in self.there:
                return self.reason(part)
        return self._too_few(base)

    def _carbon(self, flux: str, variant: str, member: str) -> str:
        ensembles = self.sources.ensembles
        found = {kind: ensemble for (name, kind), ensemble in ensembles.items() if name == flux}
        if not found:
            if "NEE" not in self.sources.measured:
                return "NEE is not in the input"
            if flux == "NEE":
                return "NEE could not be filled, see Notes"
            return f"not parted by the {'night' if flux.endswith('NT') else 'day'}-time method, see Notes"
        several = max(e.percentiles.size for (name, _), e in ensembles.items() if name == "NEE") > 1
        if flux.endswith(("NT", "DT")) and several and all(e.percentiles.size == 1 for e in found.values()):
            method = "night" if flux.endswith("NT") else "day"
            only = ", ".join(found)
            return (
                f"the {method}-time method parted one threshold, under {only} (partition.members parts all)"
            )
        how = self.sources.about.get("ustar_filter", "not told")
        if variant not in found:
            return f"the one version of {flux} stands under {', '.join(found)}; u* filter: {how}"
        number = found[variant].percentiles.size
        if number == 1:
            hint = (
                " (ustar.bootstraps or several ustar.thresholds make one)"
                if how.startswith("low turbulence")
                else ""
            )
            return f"one version alone, no ensemble of thresholds{hint}; u* filter: {how}"
        if member == "USTAR50":
            return "no threshold of the 50th percentile"
        if number < FEWEST:
            return f"{number} thresholds, of fewer than {FEWEST} nothing is told"
        return f"no {self.period} is whole with {FEWEST} thresholds or more"


def _quantity(name: str) -> str:
    """Return what was to be measured for a column."""
    return re.sub(r"(_F)?(_MDS)?(_(\d+|#))?(_QC)?$", "", _SIDE.sub("", name))
