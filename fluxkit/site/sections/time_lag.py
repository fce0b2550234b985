"""How time lags are found from a whole season."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.site.sections.strict import ConfigProblem, NonNegative, Positive, ProblemsError, Strict


class TimeLag(Strict):
    """How a season's lags become windows, for lag = humidity-classes or vitale-2024."""

    humidity_classes: Annotated[
        int, Field(ge=1, le=50, description="of relative humidity, for water vapour; 1: as other gases")
    ] = 10
    min_lags: Annotated[int, Field(ge=1, description="fewest lags that a class of humidity rests on")] = 30
    spread: Annotated[
        Positive, Field(description="half-width of the windows learnt, in standard deviations of the lags")
    ] = 1.5
    search: Annotated[
        dict[str, tuple[float, float]],
        Field(description="gas -> seconds searched in the season, from, to; absent: the column's lag window"),
    ] = {}
    min_flux: Annotated[
        dict[str, NonNegative],
        Field(description="lags of smaller fluxes do not count: umol m-2 s-1; h2o: latent heat, W m-2"),
    ] = {"co2": 2.0, "h2o": 20.0, "ch4": 0.2, "n2o": 0.02}
    start: Annotated[date | None, Field(description="first day (UTC) of the season")] = None
    end: Annotated[date | None, Field(description="first day (UTC) after the season")] = None
    windows: Annotated[
        dict[str, list[tuple[float, float, float]]],
        Field(
            description="gas -> nominal, min, max [s] of each class of humidity from dry to moist, or one "
            "for all, learnt elsewhere; absent: learnt here"
        ),
    ] = {}
    max_interval: Annotated[
        Positive, Field(description="vitale-2024: widest 95 % interval of a reliable lag, seconds")
    ] = 0.5
    otherwise: Annotated[
        Literal["neighbours", "nominal"],
        Field(description="vitale-2024: what replaces a lag that is not reliable"),
    ] = "neighbours"
    neighbour_hours: Annotated[
        Positive, Field(description="vitale-2024: how far away a reliable neighbour may be, hours")
    ] = 24.0
    min_neighbours: Annotated[
        int, Field(ge=1, description="vitale-2024: fewest reliable neighbours; else the nominal lag")
    ] = 5

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        problems = []
        for gas, (low, high) in self.search.items():
            if low >= high:
                message = f"found {low:g} to {high:g}; the first must be less"
                problems.append(ConfigProblem(("search", gas), message))
        for gas, classes in self.windows.items():
            if not classes:
                message = "an empty list; give [[nominal, min, max]] or remove it"
                problems.append(ConfigProblem(("windows", gas), message))
            for nominal, low, high in classes:
                if not low <= nominal <= high:
                    message = f"found {low:g}, {nominal:g}, {high:g}; give min <= nominal <= max"
                    problems.append(ConfigProblem(("windows", gas), message))
        if problems:
            raise ProblemsError(*problems)
        return self
