"""Why a column of the product is not there: one table, the first line whose pattern fits counts."""

import re
from collections.abc import Iterable

#: Pattern of the name -> reason; what is never made says so.
REASONS: tuple[tuple[str, str], ...] = (
    (r".*_ERA(_(NIGHT|DAY)(_SD)?)?", "no reanalysis was given: the drivers of ERA5 are an option"),
    (r"LW_IN_JSB.*", "never made: long-wave radiation of the JSB formula; LW_IN is filled as measured"),
    (r"(LE|H)_CORR.*|EBC_CF_.*", "energy-balance closure was not corrected"),
    (r"(NEE|LE|H)(_.*)?_RANDUNC(_METHOD|_N)?|(NIGHT|DAY)_RANDUNC_N", "no random error was estimated"),
    (r".*_JOINTUNC", "needs a random error and the percentiles 16 and 84 of thresholds (bootstraps)"),
    (r".*_(MEAN|MEAN_QC|SE)", "needs seven thresholds or more (bootstraps)"),
    (r".*_(VUT|CUT)_(XX|05|16|25|50|75|84|95)(_.*)?", "needs seven thresholds or more (bootstraps)"),
    (r".*_USTAR50(_.*)?", "no threshold of the 50th percentile: bootstraps give one"),
    (r".*_CUT_.*", "no constant threshold over all years was used"),
    (r".*_VUT_.*", "no threshold of each year was used, or this flux could not be made"),
    (r"(TS|SWC)_F_MDS_.*", "no such measurement in the input"),
    (
        r"(SW_IN_POT|NIGHT|NIGHT_D|DAY_D|.*_(NIGHT|DAY)(_SD|_QC)?)",
        "latitude and longitude are not known, or no data",
    ),
    (r".*", "not measured, or not in the input"),
)
#: Columns that are never made, whatever the input.
NEVER = re.compile(r"LW_IN_JSB.*")


def reason(name: str) -> str:
    """Return why a column is not there.

    Examples
    --------
    >>> from fluxkit.ecosystem.product.absent import reason
    >>> reason("TA_ERA")
    'no reanalysis was given: the drivers of ERA5 are an option'
    """
    return next(words for pattern, words in REASONS if re.fullmatch(pattern, name))


def absent(wanted: Iterable[str], made: Iterable[str]) -> dict[str, str]:
    """Return the columns that are not made, with the reason of each."""
    there = set(made)
    return {name: reason(name) for name in wanted if name not in there}
