"""What cut-off frequencies are fitted to, as a pydantic model."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.schema import gases
from fluxkit.site.sections.strict import ConfigProblem, NonNegative, Positive, ProblemsError, Strict

_QUANTITIES = ("ustar", "h", "le")
_GASES = tuple(gas for gas in gases.ordered(gases.known_gases()) if gas != "h2o")
_UNITS = "ustar [m s-1], h and le [W m-2], gases [umol m-2 s-1], by size"


class Cutoff(Strict):
    """How cut-off frequencies are found, for high_frequency = horst-1997, ibrom-2007 or fratini-2012."""

    method: Annotated[
        Literal["flux-weighted", "aslan-2021", "ibrom-2007"],
        Field(
            description="attenuation (of second order where the spectra ask for it) and white noise fitted "
            "together, each frequency by the flux it carries; the same of first order with all frequencies "
            "alike; or a noise line taken off first"
        ),
    ] = "flux-weighted"
    low: Annotated[Positive, Field(description="lowest frequency of the fit, Hz")] = 0.005
    high: Annotated[
        Positive | None,
        Field(description="highest, Hz; absent: 2 Hz for ibrom-2007, no limit for the others"),
    ] = None
    noise_from: Annotated[
        NonNegative, Field(description="ibrom-2007: beyond it a gas's spectrum is noise, Hz; 0: none is")
    ] = 1.0
    min_spectra: Annotated[int, Field(ge=1, description="fewest spectra that a class rests on")] = 10
    unstable: Annotated[
        dict[str, NonNegative], Field(description=f"smallest fluxes of unstable periods used: {_UNITS}")
    ] = {"ustar": 0.2, "h": 20.0, "le": 20.0, "co2": 2.0, "ch4": 0.01, "n2o": 0.01}
    stable: Annotated[
        dict[str, NonNegative], Field(description="the same of stable periods; as unstable with eddypro-6")
    ] = {"ustar": 0.05, "h": 5.0, "le": 3.0, "co2": 0.5, "ch4": 0.005, "n2o": 0.005}
    largest: Annotated[
        dict[str, NonNegative], Field(description="largest fluxes of periods used, units as `unstable`")
    ] = {"ustar": 5.0, "h": 1000.0, "le": 1000.0, "co2": 100.0, "ch4": 20.0, "n2o": 20.0}
    max_instationarity: Annotated[
        NonNegative, Field(description="largest deviation of 5 min fluxes from the whole, a share; 0: any")
    ] = 0.3
    months: Annotated[
        dict[str, list[tuple[int, int]]],
        Field(
            description="gas -> groups of months [first, last] with a cut-off each; absent: one for the year"
        ),
    ] = {}
    start: Annotated[date | None, Field(description="first day (UTC) of the periods used")] = None
    end: Annotated[date | None, Field(description="first day (UTC) after the periods used")] = None
    frequencies: Annotated[
        dict[str, list[Positive]],
        Field(
            description="gas -> cut-off fitted elsewhere, Hz: one, or one for each month; nothing is fitted"
        ),
    ] = {}
    humidity: Annotated[
        tuple[float, float, float] | None,
        Field(
            description="a, b, c fitted elsewhere: h2o's cut-off is exp(a RH^2 + b RH + c) Hz, RH from 0 to 1"
        ),
    ] = None
    factor: Annotated[
        dict[Literal["unstable", "stable"], tuple[float, float]],
        Field(description="A, B fitted elsewhere of the correction 1 + A U / (B + cut-off)"),
    ] = {}

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        problems = []
        for table in ("unstable", "stable", "largest"):
            for name in getattr(self, table).keys() - set(_QUANTITIES):
                if name == "h2o" or not gases.is_known_gas(name):
                    message = f"unknown flux {name!r}; h2o is covered by le"
                    problems.append(ConfigProblem((table, name), message, (*_QUANTITIES, *_GASES), name))
        for gas, values in self.frequencies.items():
            if len(values) not in (1, 12):
                message = f"found {len(values)} values; give one, or one for each month"
                problems.append(ConfigProblem(("frequencies", gas), message))
        for gas, groups in self.months.items():
            if any(not 1 <= month <= 12 for group in groups for month in group):
                problems.append(ConfigProblem(("months", gas), f"found {groups}; months are 1 to 12"))
        if self.high is not None and self.high <= self.low:
            message = f"found {self.high:g} Hz; it must be more than low, {self.low:g} Hz"
            problems.append(ConfigProblem(("high",), message))
        if problems:
            raise ProblemsError(*problems)
        return self
