"""What may be wrong with the lags that a configuration asks for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fluxkit.site.sections.methods import Condense, Decide
from fluxkit.site.sections.reading import GASES, Column


def lag_problems(
    columns: Mapping[str, Column], condense: Condense, decide: Decide, schemes: Mapping[str, Sequence[Any]]
) -> Iterator[str]:
    """Find gases that take a lag from where there is none, and lags that nothing is condensed for."""
    gases = [gas for gas in GASES if gas in columns]
    own = [gas for gas in gases if columns[gas].lag_from is None]
    for name, column in columns.items():
        donor = column.lag_from
        if donor is None:
            continue
        if name not in gases:
            yield f"columns.{name}.lag_from: only gases have a lag behind the wind; leave it out"
        elif donor == name or donor not in own:
            others = ", ".join(gas for gas in own if gas != name) or "none here"
            yield f"columns.{name}.lag_from: found {donor!r}; allowed: a gas with a lag of its own: {others}"
    for key, given in (("search", decide.time_lag.search), ("windows", decide.time_lag.windows)):
        for gas in given:
            if gas not in gases:
                known = ", ".join(gases)
                yield f"decide.time_lag.{key}: {gas!r} is no gas of [columns]; known: {known}"
    if not condense.prewhitening and "vitale-2024" in (decide.lag, *schemes.get("lag", [])):
        yield "decide.lag: vitale-2024 needs condense.prewhitening = true"
    yield from _too_long(columns, condense, decide)


def _too_long(columns: Mapping[str, Column], condense: Condense, decide: Decide) -> Iterator[str]:
    """Find lags at which less than half a period's samples would have a partner."""
    most = 30.0 * condense.period
    given = {f"columns.{name}.lag": (c.lag.min, c.lag.max) for name, c in columns.items() if c.lag}
    given |= {f"decide.time_lag.search.{gas}": window for gas, window in decide.time_lag.search.items()}
    for key, (low, high) in given.items():
        if max(-low, high) > most:
            yield (
                f"{key}: from {low:g} to {high:g} s; allowed: up to half the averaging period, {most:g} s: "
                "narrow it or set a longer condense.period"
            )
    if condense.max_correlation_lag > most:
        yield (
            f"condense.max_correlation_lag: found {condense.max_correlation_lag:g} s; allowed: up to half "
            f"the averaging period, {most:g} s"
        )
