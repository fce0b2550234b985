"""What open-path analysers do to their own density correction: settings, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.site.sections.strict import Positive, Strict

if TYPE_CHECKING:
    from fluxkit.site.models import Site
    from fluxkit.site.sections.equipment import GasAnalyser

Line = tuple[float, float]
Plane = tuple[float, float, float, float]
_EXCESS = "excess over the air: constant, per degC of air, per W m-2, per m s-1 of wind"

#: Models whose surfaces are as warm as Burba et al. (2008) found, and those that are so at summer setting.
HEATED = ("li-7500",)
HEATED_AT_SUMMER_SETTING = ("li-7500a", "li-7500rs", "li-7500ds")
#: Models whose fractions rest on a temperature as fast as the gas.
FAST_FRACTIONS = ("irgason", "ec150")


class SelfHeating(Strict):
    """Temperatures of the LI-7500's surfaces, for self_heating = burba-2008."""

    surfaces: Annotated[
        Literal["linear", "multiple"],
        Field(description="from air temperature, or also from wind and radiation (sw_in, lw_in of [biomet])"),
    ] = "linear"
    daylight: Annotated[
        float,
        Field(ge=0, description="incoming shortwave of a day, W m-2; sw_in, else the potential one"),
    ] = 12.0
    below: Annotated[
        float | None, Field(description="only in air colder than this, degC; absent: always")
    ] = None
    day_bottom: Annotated[Line, Field(description="linear: gain of air temperature, offset, degC")] = (
        0.944,
        2.57,
    )
    day_top: Annotated[Line, Field(description="upper window by day")] = (1.005, 0.24)
    day_spar: Annotated[Line, Field(description="spar by day")] = (1.01, 0.36)
    night_bottom: Annotated[Line, Field(description="lower window by night")] = (0.883, 2.17)
    night_top: Annotated[Line, Field(description="upper window by night")] = (1.008, -0.41)
    night_spar: Annotated[Line, Field(description="spar by night")] = (1.01, -0.17)
    multiple_day_bottom: Annotated[Plane, Field(description=f"{_EXCESS}; sw_in counts")] = (
        2.8,
        -0.0681,
        0.0021,
        -0.334,
    )
    multiple_day_top: Annotated[Plane, Field(description="upper window by day")] = (
        -0.1,
        -0.0044,
        0.0011,
        -0.022,
    )
    multiple_day_spar: Annotated[Plane, Field(description="spar by day")] = (0.3, -0.0007, 0.0006, -0.044)
    multiple_night_bottom: Annotated[Plane, Field(description=f"{_EXCESS}; lw_in counts")] = (
        0.5,
        -0.116,
        0.0087,
        -0.206,
    )
    multiple_night_top: Annotated[Plane, Field(description="upper window by night")] = (
        -1.7,
        -0.016,
        0.0051,
        -0.029,
    )
    multiple_night_spar: Annotated[Plane, Field(description="spar by night")] = (-2.1, -0.02, 0.007, 0.026)


class AbsorptionLine(Strict):
    """The maker's table of kappa, for spectroscopy = mcdermitt-2011."""

    temperature: Annotated[list[float], Field(description="degC, ascending")] = []
    pressure: Annotated[
        list[Positive], Field(description="equivalent pressure P (1 + 0.46 x), kPa, ascending")
    ] = []
    kappa: Annotated[
        list[list[Positive]], Field(description="true over reported density: a row for each temperature")
    ] = []

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if not (self.temperature or self.pressure or self.kappa):
            return self
        for key, axis in (("temperature", self.temperature), ("pressure", self.pressure)):
            if len(axis) < 2 or any(b <= a for a, b in pairwise(axis)):
                raise ValueError(f"{key}: found {axis}; give two values or more, ascending")
        rows, columns = len(self.temperature), len(self.pressure)
        if len(self.kappa) != rows or any(len(row) != columns for row in self.kappa):
            raise ValueError(f"kappa: give {rows} rows (temperatures) of {columns} values (pressures)")
        return self


def open_path_problems(site: Site) -> Iterator[str]:
    """Find corrections of open paths that fit no analyser of the station."""
    wanted = (site.decide.self_heating, *site.schemes.get("self_heating", []))
    if "burba-2008" in wanted and not any(analyser.heated for analyser in _open_paths(site).values()):
        yield (
            "decide.self_heating: burba-2008 was made for the LI-7500 (and the LI-7500A, RS, DS left at "
            "summer setting in cold air, instruments.summer_setting); none measures a gas here: choose 'none'"
        )


def open_path_doubts(site: Site) -> Iterator[str]:
    """Say what of the open paths' density correction is left out or simplified, and why."""
    analysers, radiation = _open_paths(site), {"sw_in", "lw_in"} - site.biomet.columns.keys()
    if (
        site.decide.self_heating != "none"
        and site.decide.heated_surfaces.surfaces == "multiple"
        and radiation
    ):
        yield (
            f"decide.heated_surfaces.surfaces: 'multiple' needs {' and '.join(sorted(radiation))} of "
            "[biomet.columns]; where it is missing surfaces follow from air temperature alone"
        )
    line_wanted = site.decide.spectroscopy != "none" and not site.decide.absorption_line.kappa
    if line_wanted and any(analyser.model == "li-7700" for analyser in analysers.values()):
        yield (
            "decide.absorption_line: methane densities of an LI-7700 depend on temperature, pressure and "
            "vapour through the shape of the absorption line; give temperature, pressure and kappa of the "
            "table in its manual, else this is not corrected for"
        )
    for gas, analyser in analysers.items():
        fraction = site.columns[gas].quantity in ("mole_fraction", "mixing_ratio")
        if fraction and analyser.model not in FAST_FRACTIONS:
            yield (
                f"columns.{gas}.quantity: the fraction that an open {analyser.model} reports rests on slow "
                "temperature and pressure, so that air's own expansion is still in it and no density "
                "correction takes it out: read its density"
            )


def _open_paths(site: Site) -> dict[str, GasAnalyser]:
    """Gases that open paths measure, and their analysers."""
    found = {gas: site.analyser(gas) for gas in site.gases if site.has_analyser(gas)}
    return {gas: analyser for gas, analyser in found.items() if not analyser.closed}
