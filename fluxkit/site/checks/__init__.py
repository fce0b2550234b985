"""Checks across tables for settings that contradict or lack each other."""

from collections.abc import Callable, Iterator

from fluxkit.site.checks.changes import change_problems
from fluxkit.site.checks.closed_path import closed_path_problems
from fluxkit.site.checks.columns import column_problems, scheme_problems
from fluxkit.site.checks.corrections import calibration_problems, sonic_problems, word_problems
from fluxkit.site.checks.gases import gas_problems
from fluxkit.site.checks.lags import lag_problems, series_problems
from fluxkit.site.checks.open_path import open_path_problems
from fluxkit.site.checks.sources import source_problems
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.tables import Tables

_Check = Callable[[Tables], Iterator[ConfigProblem]]
_FIRST: tuple[_Check, ...] = (column_problems, source_problems, gas_problems, scheme_problems, lag_problems)
#: These use what the first have found to be right.
_THEN: tuple[_Check, ...] = (
    sonic_problems,
    word_problems,
    calibration_problems,
    change_problems,
    series_problems,
    open_path_problems,
    closed_path_problems,
)


def problems(site: Tables) -> list[ConfigProblem]:
    """Return what is wrong between the tables of a site, with paths from the outermost table."""
    found = [problem for check in _FIRST for problem in check(site)]
    return found or [problem for check in _THEN for problem in check(site)]
