"""What fits together among the switches of ``condense`` that work on the series."""

from collections.abc import Collection, Iterator

from fluxkit.site.sections.methods import Condense, Decide

FILTERS = ("running-mean", "exponential", "linear-chunks")


def series_problems(condense: Condense, decide: Decide, columns: Collection[str]) -> Iterator[str]:
    """Find decisions whose sums are not kept, and partitions of fluxes that are not measured."""
    if decide.detrending in FILTERS and condense.high_pass != decide.detrending:
        yield (
            f"decide.detrending: {decide.detrending!r} needs sums of filtered series, and condense.high_pass "
            f"is {condense.high_pass!r}: set condense.high_pass = {decide.detrending!r} and condense again"
        )
    lacking = [gas for gas in ("co2", "h2o") if gas not in columns]
    if condense.partition and lacking:
        yield f"condense.partition: needs co2 and h2o in [columns]; missing: {', '.join(lacking)}"
