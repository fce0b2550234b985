"""What is done where an input is missing or mistaken, before anything is computed of it."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.product.derived import PHOTONS
from fluxkit.ecosystem.quality.relations import in_months, swapped

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
        "no record is taken out for low turbulence; fluxes are filled and parted as they are, and miss "
        "what calm nights lose",
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
        "from PPFD_IN (2 umol J-1) where that is there; else night is told by the sun (for the u* threshold "
        "too), gaps are filled by the hour of the day, and light response sees no clouds",
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
        "what has no night has no night-time respiration of its own: windows without nights take the "
        "parameters of the nearest ones, up to 60 days away; beyond that GPP and respiration stay open "
        "and the year has no sum of them; if there are no nights at all the method is left out and the "
        "other ships",
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
        "no threshold is looked for, nothing further is taken out; of a file of which some years alone are "
        "filtered that is told, and a threshold is looked for in what is left",
        "notes, ustar_filter, README",
    ),
    "equal_values": Case(
        "turbulence or weather: a flux stands still for four records, u* for six hours, others for a day",
        "taken out before any statistics, and counted; doubts name the runs",
        "doubts, screening",
    ),
    "missing_year": Case(
        "a year, or most of one",
        "other years are done; a year of which part is not in the file, or stays open, has no sum",
        "notes, annual.csv",
    ),
    "swapped": Case(
        "the right columns: SW_IN and PPFD_IN are exchanged, in all months or in some",
        "exchanged back there, as their ratio tells it (and, of some months, the sun)",
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


def prepare(ds: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Return the table with radiation set right where that is certain, and a sentence on each thing done.

    Parameters
    ----------
    ds : xr.Dataset
        As `fluxkit.ecosystem.read` gives it.
    """
    said: list[str] = []
    out = ds.copy()
    if {"SW_IN", "PPFD_IN"} <= set(out):
        _exchange(out, said)
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


def _exchange(out: xr.Dataset, said: list[str]) -> None:
    """Put global radiation and photons back where they are in each other's column, in place."""
    at = HalfHours.of(out)
    month = at.middle.astype("datetime64[M]").astype(np.int64)
    sun = at.potential_radiation if np.isfinite([at.latitude, at.longitude]).all() else None
    light, photons = out["SW_IN"].values, out["PPFD_IN"].values
    wrong = swapped(light, photons, month, sun)
    if not wrong.any():
        return
    out["SW_IN"] = ("time", np.where(wrong, photons, light), out["SW_IN"].attrs)
    out["PPFD_IN"] = ("time", np.where(wrong, light, photons), out["PPFD_IN"].attrs)
    where = "" if wrong.all() else f" in {in_months(month[wrong])}"
    said.append(f"SW_IN and PPFD_IN were in each other's column{where}: they are exchanged back")


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
        "USTAR": "nothing is taken out for low turbulence; what calm nights lose is lacking in respiration "
        "and sums, and intervals do not hold it",
        "SW_IN": "night is told by the sun; no light response sees clouds",
        "TA": "respiration cannot be told from temperature, nothing is parted",
        "VPD": "gaps are filled without it, light response has no term of it",
    }
    for name, then in words.items():
        if name not in there:
            said.append(f"no {name}: {then}")
    if "NEE" not in there:
        others = [name for name in ("FCH4", "FN2O", "LE", "H") if name in there]
        verb = "is" if len(others) == 1 else "are"
        done = f"{', '.join(others)} {verb} screened and filled" if others else "there is no flux to fill"
        said.append(f"no NEE: {done}, nothing is parted")
        return said
    if "SW_IN" in there:
        lit = ds["SW_IN"].values >= 10.0
        good = np.isfinite(ds["NEE"].values)
        if np.count_nonzero(good & ~lit) < FEWEST:
            said.append("NEE has no nights: neither a threshold of u* nor night-time respiration can be told")
        if np.count_nonzero(good & lit) < FEWEST:
            said.append("NEE has no days: no light response can be told, GPP is of little worth")
    return said
