"""Whether time lags, filters and partitions can be made of what is condensed."""

from collections.abc import Iterator

from fluxkit.site.sections.strict import ConfigProblem, Path
from fluxkit.site.tables import Tables

FILTERS = ("running-mean", "exponential", "linear-chunks")


def lag_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find gases whose lag comes from a gas without one, and lags that need more than is condensed."""
    own = [gas for gas in site.gases if site.columns[gas].lag_from is None]
    for name, column in site.columns.items():
        path, donor = ("columns", name, "lag_from"), column.lag_from
        if donor is None:
            continue
        if name not in site.gases:
            yield ConfigProblem(path, "only gases have a lag behind the wind; remove it")
        elif donor not in own:
            others = ", ".join(own) or "none here"
            yield ConfigProblem(path, f"found {donor!r}; allowed: a gas with a lag of its own: {others}")
    time_lag = site.decide.time_lag
    for key, given in (("search", time_lag.search), ("windows", time_lag.windows)):
        for gas in given:
            if gas not in site.gases:
                message = f"no gas {gas!r} in [columns]"
                yield ConfigProblem(("decide", "time_lag", key, gas), message, site.gases, gas)
    if not site.condense.prewhitening and "vitale-2024" in (site.decide.lag, *site.schemes.get("lag", [])):
        yield ConfigProblem(("decide", "lag"), "vitale-2024 needs condense.prewhitening = true")
    yield from _too_long(site)


def series_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find detrending without condensed sums of the filter, and partitions of fluxes not measured."""
    detrending, high_pass = site.decide.detrending, site.condense.high_pass
    if detrending in FILTERS and high_pass != detrending:
        yield ConfigProblem(
            ("decide", "detrending"),
            f"{detrending!r} needs sums of filtered series, and condense.high_pass is {high_pass!r}: set "
            f"condense.high_pass = {detrending!r} and condense again",
        )
    lacking = [gas for gas in ("co2", "h2o") if gas not in site.columns]
    if site.condense.partition and lacking:
        message = f"needs co2 and h2o in [columns]; missing: {', '.join(lacking)}"
        yield ConfigProblem(("condense", "partition"), message)


def _too_long(site: Tables) -> Iterator[ConfigProblem]:
    """Find lags at which less than half a period's samples would have a partner."""
    most, reach = 30.0 * site.condense.period, site.condense.max_correlation_lag
    given: dict[Path, tuple[float, float]] = {
        ("columns", name, "lag"): (c.lag.min, c.lag.max) for name, c in site.columns.items() if c.lag
    }
    given |= {("decide", "time_lag", "search", gas): x for gas, x in site.decide.time_lag.search.items()}
    for path, (low, high) in given.items():
        if max(-low, high) > most:
            yield ConfigProblem(
                path,
                f"from {low:g} to {high:g} s; allowed: up to half the averaging period, {most:g} s: "
                "narrow it or set a longer condense.period",
            )
    if reach > most:
        message = f"found {reach:g} s; allowed: up to half the averaging period, {most:g} s"
        yield ConfigProblem(("condense", "max_correlation_lag"), message)
