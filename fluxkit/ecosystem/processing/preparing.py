"""What is done where an input is missing or mistaken, before anything is computed of it."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.product.derived import PHOTONS
from fluxkit.examine.doubt import Doubt

#: Records of a year, or of a side of the day, from which on something can be said of it.
FEWEST = 100


class Case(NamedTuple):
    """An input that is missing, and what is done."""

    missing: str
    done: str
    said: str  #: where


#: In the order of the docs' table; each is tried by a test.
CASES: dict[str, Case] = {
    "no_ustar": Case(
        "friction velocity",
        "no record is taken out for low turbulence; fluxes are filled and parted as they are",
        "u* filter, README, page",
    ),
    "no_vpd": Case(
        "vapour pressure deficit and humidity",
        "computed from TA and RH where RH is there; else gaps are filled by radiation and temperature, and "
        "light response has no term of VPD",
        "notes of the reader, comment of NEE_F",
    ),
    "no_radiation": Case(
        "global radiation",
        "from PPFD_IN (2 umol J-1) where that is there; else night is told by the sun, gaps are filled by "
        "the hour of the day, and light response sees no clouds",
        "notes, page",
    ),
    "no_radiation_at_night": Case(
        "radiation in the night alone",
        "0 W m-2 where the sun is below the horizon",
        "notes",
    ),
    "no_era": Case(
        "a reanalysis",
        "gaps of drivers are filled by similar conditions; columns *_ERA are not in the "
        "product; nothing that "
        "was measured is left out",
        "README of the product",
    ),
    "polar": Case(
        "nights in summer, or days in winter",
        "what has no night has no night-time respiration of its own: windows without nights take their "
        "neighbours' parameters; if there are none the method is left out and the other ships",
        "comment of RECO_NT, notes",
    ),
    "quarters": Case(
        "half hours: the file has 15 min",
        "put together by the rule of the reader: mean of at least half of the parts, "
        "precipitation the sum of all",
        "notes",
    ),
    "already_filtered": Case(
        "fluxes of low turbulence: someone has filtered them",
        "no threshold is looked for, nothing further is taken out",
        "notes, ustar_filter, README",
    ),
    "equal_values": Case(
        "turbulence: a flux stands still for four records or more",
        "taken out before any statistics, and counted",
        "screening",
    ),
    "missing_year": Case(
        "a year, or most of one",
        "other years are done; a year of which part is not in the file, or stays open, has no sum",
        "notes, annual.csv",
    ),
    "swapped": Case(
        "the right columns: SW_IN and PPFD_IN are exchanged",
        "exchanged back, as their ratio tells it without doubt",
        "notes, doubts",
    ),
    "only_day": Case(
        "fluxes of the night",
        "no threshold and no night-time method; gaps are filled, which says little of nights; "
        "the rest is done",
        "notes",
    ),
    "only_night": Case(
        "fluxes of the day",
        "respiration by the night-time method; no light response; GPP as the difference says little",
        "notes",
    ),
    "only_methane": Case(
        "carbon dioxide: the only flux is CH4 (or N2O, LE, H)",
        "screened, filled and summed; nothing is parted, the product has what drivers there are",
        "notes",
    ),
}


def prepare(ds: xr.Dataset, doubts: list[Doubt]) -> tuple[xr.Dataset, list[str]]:
    """Return the table with radiation set right where that is certain, and a sentence on each thing done.

    Parameters
    ----------
    ds : xr.Dataset
        As `fluxkit.ecosystem.read` gives it.
    doubts : list of Doubt
        What `fluxkit.ecosystem.check` said.
    """
    said: list[str] = []
    out = ds.copy()
    if any(doubt.check == "photons_swapped" for doubt in doubts):
        light, photons = (
            out["PPFD_IN"].assign_attrs(out["SW_IN"].attrs),
            out["SW_IN"].assign_attrs(out["PPFD_IN"].attrs),
        )
        out["SW_IN"], out["PPFD_IN"] = light, photons
        said.append("SW_IN and PPFD_IN were in each other's column: they are exchanged back")
    there = {str(name) for name in out if bool(out[name].notnull().any())}
    if "SW_IN" not in there and "PPFD_IN" in there:
        attributes = {"units": "W m-2", "column": "PPFD_IN"}
        out["SW_IN"] = ("time", out["PPFD_IN"].values / PHOTONS, attributes)
        said.append(f"SW_IN is PPFD_IN / {PHOTONS:g} umol J-1: no global radiation is in the file")
        there.add("SW_IN")
    if "SW_IN" in there:
        _dark(out, said)
    said += _lacking(out, there)
    return out, said


def _dark(out: xr.Dataset, said: list[str]) -> None:
    """Set missing radiation to nought where the sun is below the horizon, in place."""
    at = HalfHours.of(out)
    if not np.isfinite([at.latitude, at.longitude]).all():
        return
    x = out["SW_IN"].values
    night = at.potential_radiation <= 0.0
    dark = ~np.isfinite(x) & night
    share = float(np.mean(~np.isfinite(x[night]))) if night.any() else 0.0
    if dark.any() and share > 0.5:  # single gaps are filled with the others
        out["SW_IN"] = ("time", np.where(dark, 0.0, x), out["SW_IN"].attrs)
        said.append(f"SW_IN is missing in {100 * share:.0f} % of the night: it is 0 while the sun is down")


def _lacking(ds: xr.Dataset, there: set[str]) -> list[str]:
    """Return sentences on quantities and sides of the day that are not there."""
    said = []
    words = {
        "USTAR": "nothing is taken out for low turbulence",
        "SW_IN": "night is told by the sun; no light response sees clouds",
        "TA": "respiration cannot be told from temperature, nothing is parted",
        "VPD": "gaps are filled without it, light response has no term of it",
    }
    for name, then in words.items():
        if name not in there:
            said.append(f"no {name}: {then}")
    if "NEE" not in there:
        others = [name for name in ("FCH4", "FN2O", "LE", "H") if name in there]
        said.append(f"no NEE: {', '.join(others) or 'nothing'} is screened and filled, nothing is parted")
        return said
    if "SW_IN" in there:
        lit = ds["SW_IN"].values >= 10.0
        good = np.isfinite(ds["NEE"].values)
        if np.count_nonzero(good & ~lit) < FEWEST:
            said.append("NEE has no nights: neither a threshold of u* nor night-time respiration can be told")
        if np.count_nonzero(good & lit) < FEWEST:
            said.append("NEE has no days: no light response can be told, GPP is of little worth")
    return said
