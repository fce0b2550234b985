"""The table of checks: what each one rests on, and the fault by which it is proved."""

from typing import Literal, NamedTuple

import numpy as np

from fluxkit.examine import (
    analysers,
    clocks,
    directions,
    heights,
    lags,
    levels,
    sampling,
    signals,
    signs,
    vapour,
)

#: Fluxes: none, all, all but momentum, those of the columns that are named.
Spoils = Literal["", "all", "scalars", "gases", "own"]


class Check(NamedTuple):
    """One line of the table."""

    by: str  #: the commands that ask: check, run
    question: str
    threshold: str
    source: str
    fault: str  #: planted in data by a test
    spoils: Spoils = ""  #: the fluxes that are doubted with it


#: Name -> check, in the order in which they are told.
CHECKS: dict[str, Check] = {
    "level": Check(
        "check, run",
        "Has a mean the order of magnitude that air has, in the unit and with the gain of its column?",
        f"temperature -90 to 57 degC; pressure within {100 * levels.PRESSURE:g} % of the standard one at the "
        f"altitude; CO2 {1e6 * levels.CO2_ONCE[0]:g} to {1e6 * levels.CO2_ONCE[1]:g} umol mol-1 in one file, "
        f"{1e6 * levels.CO2_USUALLY[0]:g} to {1e6 * levels.CO2_USUALLY[1]:g} in the median of an "
        "archive; vapour "
        f"{100 * levels.DRIEST:g} to {100 * levels.HUMIDITY[1]:g} % of saturation (from "
        f"{100 * levels.HUMIDITY[0]:g} % above 30 degC); CH4 {1e6 * levels.BACKGROUND['ch4'][0]:g} to "
        f"{1e6 * levels.BACKGROUND['ch4'][1]:g}, N2O {1e6 * levels.BACKGROUND['n2o'][0]:g} to "
        f"{1e6 * levels.BACKGROUND['n2o'][1]:g} umol mol-1; RH 2 to 105 %; wind up to "
        f"{levels.WIND:g} m s-1; radiation up to {levels.RADIATION:g} W m-2",
        "WMO archive of extremes; standard atmosphere; saturation as in `physics.air`",
        "K for degC, hPa for kPa, mg for mmol, a forgotten gain",
        "own",
    ),
    "gases_swapped": Check(
        "check, run",
        "Does each of the columns of CO2 and H2O hold what the other would?",
        "both out of range as above, both in range the other way round; vapour downwards and CO2 upwards "
        f"in one file by day, or in an archive in {100 * signs.SHARE:g} % of the periods by day",
        "as above; evaporation and photosynthesis go with the sun",
        "CO2 and H2O swapped",
        "gases",
    ),
    "sonic_temperature": Check(
        "check, run",
        "Do sonic and air temperature agree, vapour taken off?",
        f"{levels.SONIC:g} K",
        "Kaimal & Gaynor (1991): 1 % of path makes 6 K",
        "air temperature with an offset of 12 K",
        "scalars",
    ),
    "wind_swapped": Check(
        "check, run",
        "Does w vary less than u and v?",
        f"variance of w up to {signs.VERTICAL:g} times the smaller one of u and v",
        "Panofsky & Dutton (1984): 0.4",
        "u and w swapped",
        "all",
    ),
    "wind_scale": Check(
        "check, run",
        "Do u, v and w vary as much as each other, and as wind does?",
        f"standard deviation of w {np.sqrt(signs.QUIET):g} of the smaller one of u and v or more (winds "
        "above "
        f"{signs.WINDY:g} m s-1), of u and v within {signs.ALIKE:g} times each other; wind above "
        f"{signs.CALM:g} m s-1 in the median of an archive, {signs.CALM_ONCE:g} in one file",
        "Panofsky & Dutton (1984): 2.4, 1.9 and 1.25 u*",
        "w with a gain of 0.1, u with one of 10, m s-1 given as cm s-1",
        "all",
    ),
    "pitch": Check(
        "check, run",
        "How much is the mean wind inclined in the sonic's frame?",
        f"{signs.PITCH:g} degrees; {signs.STEEP:g} in an archive of so few periods, or so even a wind, that "
        "`w_offset` cannot tell",
        "range of angles of attack that makers calibrate",
        "w with a gain of 100, as of centimetres",
        "all",
    ),
    "w_sign": Check(
        "check, run",
        "Does momentum go downwards, and heat upwards by day?",
        f"in one file of {signs.WINDY:g} m s-1 or more: correlation of u and w up to "
        f"+{signs.CORRELATION:g}; in an "
        f"archive: upwards in up to {100 * signs.SHARE:g} % of the windy periods",
        "Kaimal & Finnigan (1994): -0.3",
        "sign of w",
        "all",
    ),
    "heat_by_night": Check(
        "run",
        "Is heat flux positive by day and negative by night?",
        f"the other way in {100 * signs.SHARE:g} % of both, {signs.FEWEST} periods each; day is "
        "potential radiation "
        f"above {signs.DAY:g} W m-2",
        "balance of the surface's energy",
        "longitude 180 degrees off",
    ),
    "odd_air": Check(
        "run",
        "Are pressure, temperature and the signs of momentum and heat possible in each period?",
        f"pressure as above, air temperature as above and within {2 * levels.SONIC:g} K of the sonic's, in "
        "all but "
        f"{100 * levels.ODD:g} % of the periods; momentum upwards (correlation of u and w above "
        f"+{signs.CORRELATION:g}, {signs.WINDY:g} m s-1) together with {signs.HEAT:g} W m-2 of heat against "
        "the sun",
        "as above",
        "pressure with a wrong gain in part of an archive",
        "own",
    ),
    "analysers": Check(
        "check",
        "Do gases of one analyser come together, and those of several as late as their tubes tell?",
        f"in one file: {analysers.NEAR:g} s between gases of one analyser (vapour in a tube may be "
        "later); two "
        f"analysers of the same gas whose lags by geometry are {analysers.APART:g} s apart: the other way "
        "round; names of columns that tell another model",
        "largest cross-correlation of what is left without eddies above "
        f"{analysers.LONGEST:g} s; {analysers.CLEAR:g} standard deviations of chance",
        "CO2 of two analysers swapped",
        "gases",
    ),
    "names": Check(
        "check, run",
        "Do the names of columns tell the variable and the unit that are configured, and one sonic?",
        "names and units that leave no doubt; a unit without gain and offset; numbers of sonics",
        "`site.column_names`",
        "H2O_ppt given as g m-3, Ux_1 with Uz_2",
    ),
    "left_handed": Check(
        "check, run",
        "Are the axes of the wind right-handed?",
        "signs of the gains and names of the columns of u and v; in an archive with [biomet] "
        "wind_direction: the "
        f"sum of both directions, as a mean unit vector, above {directions.TOGETHER:g} and above that of "
        "their "
        "difference",
        "geometry; Mardia & Jupp (2000)",
        "sign of v, u and v swapped",
    ),
    "azimuth": Check(
        "run",
        "Is the wind direction that of [biomet] wind_direction?",
        f"{directions.APART:g} degrees, in {directions.FEWEST} periods of {directions.TELLING:g} m s-1 or "
        "more",
        "mounting of vanes",
        "azimuth 180 degrees off",
    ),
    "turned": Check(
        "run",
        "Does the difference of these directions stay the same?",
        f"a step of {directions.TURNED:g} degrees and {directions.ERRORS:g} standard errors, "
        f"{directions.FEWEST} periods on either side",
        "flow around towers: 10 degrees",
        "a sonic that was turned within an archive",
    ),
    "wind_speed": Check(
        "run",
        "Is the wind that of [biomet] wind_speed?",
        f"{directions.SPEEDS[0]:g} to {directions.SPEEDS[1]:g} times it, {directions.FEWEST} periods",
        "logarithmic profile between 2 and 10 m: 0.7",
        "km h-1 given as m s-1",
        "all",
    ),
    "sector": Check(
        "run",
        "Is the wind of one sector far more turbulent than that of others?",
        f"standard deviation of w over wind speed {directions.ROUGHER:g} times that of other sectors of "
        f"{directions.SECTOR} degrees, {directions.IN_SECTOR} periods above {directions.WINDY:g} m s-1 each",
        "logarithmic profile",
        "a sector in the wake of a tower",
    ),
    "w_offset": Check(
        "run",
        "Is w zero where there is no wind?",
        f"{signs.OFFSET:g} m s-1 and {signs.ERRORS:g} standard errors; w proportional to the wind in each of "
        f"{signs.SECTORS} sectors",
        "makers' offsets; Wilczak et al. (2001)",
        "w with an offset of 0.3 m s-1",
        "all",
    ),
    "vapour_sign": Check(
        "run",
        "Does water vapour go upwards by day?",
        f"downwards in {100 * signs.SHARE:g} % of the periods by day, as `heat_by_night`",
        "balance of the surface's energy",
        "gain of H2O with the wrong sign",
        "own",
    ),
    "vapour": Check(
        "check, run",
        "Is the analyser's vapour that of the humidity sensor of [biomet]?",
        f"{100 * vapour.APART[0]:g} to {100 * vapour.APART[1]:g} % of it (in one file only what another unit "
        f"explains); without one: the moistest tenth of the periods {100 * vapour.MOISTEST[0]:g} to "
        f"{100 * vapour.MOISTEST[1]:g} % of saturation",
        "Fratini et al. (2014)",
        "g m-3 for mmol mol-1, mmol m-3 for umol mol-1",
        "own",
    ),
    "vapour_drift": Check(
        "run",
        "Does the analyser's vapour over that of the humidity sensor stay the same?",
        f"{100 * vapour.RATIO_DRIFT:g} % between the first and the last quarter of {vapour.WEEKS} weeks or "
        "more",
        "Fratini et al. (2014)",
        "vapour whose gain drifts",
        "own",
    ),
    "co2_drift": Check(
        "run",
        "Does CO2 of bright hours stay within what seasons do?",
        f"{1e6 * vapour.CO2_DRIFT:g} umol mol-1 between weekly medians, {vapour.WEEKS} weeks or more",
        "Fratini et al. (2014)",
        "CO2 whose offset drifts",
        "own",
    ),
    "signal_strength": Check(
        "check, run",
        "Is the signal of the analyser strong enough?",
        f"{signals.WEAK:g} of 1 (LI-7700: {signals.WEAK_METHANE:g}); gain of an LI-7500 up to "
        f"{signals.STRONG_GAIN:g}",
        "manuals of the makers",
        "dirty windows",
        "own",
    ),
    "rate": Check(
        "check",
        "Do records in a file, its stamps and the begin of the next one give the rate?",
        f"10 %; records over spacing within {100 * sampling.NEAR:g} % of a rate that loggers have",
        "arithmetic",
        "20 for 10 Hz",
    ),
    "stamps": Check(
        "check",
        "Does a stamp mark the part of its sample that is configured?",
        "first and last stamp of a file are those of whole periods, to 0.2 samples, the other way",
        "arithmetic",
        "sample_time_is the other way",
    ),
    "averages": Check(
        "check",
        "Are these raw data?",
        f"records less than {sampling.AVERAGES:g} s apart",
        "period of the eddies that carry fluxes",
        "a half-hourly table as raw data",
    ),
    "codes": Check(
        "check",
        "Are there codes for 'no value' among the samples?",
        f"a usual code, {sampling.LONELY:g} times as large as all other samples",
        "conventions of loggers",
        "samples of 999.999 m s-1",
    ),
    "stuck": Check(
        "check, run",
        "Does each channel move?",
        "wind, sonic temperature and gases within a file, pressure of a cell in steps finer than "
        f"{sampling.FINE / 1e3:g} kPa too; means of cells for {sampling.STILL_CELL:g} h, of the air's "
        "pressure "
        f"for {sampling.STILL:g} h",
        "Chapman & Lindzen (1970): tides of the atmosphere",
        "pressure of the cell stuck",
        "own",
    ),
    "clock_and_sun": Check(
        "check, run",
        "Does the radiation of [biomet] go with the sun?",
        f"lag of best correlation {clocks.BY_SUN:g} h, its 95 % interval without 0, r at least "
        f"{clocks.WITH_SUN:g}, {clocks.SUNNY / 24:g} days or more",
        "potential radiation (Michalsky, 1988)",
        "biomet in another time zone, clock +1 h",
    ),
    "sunlight": Check(
        "check, run",
        "Is radiation dark by night, and as bright as the sun by day, where its clock is right?",
        f"{levels.DARK:g} W m-2 by night; the brightest fiftieth of the values by day "
        f"{levels.THROUGH[0]:g} ({levels.SEASONED} days or more) to {levels.THROUGH[1]:g} of the "
        "radiation above "
        "the atmosphere",
        "clear sky 0.7 to 0.8; photons 2.1 umol J-1 (McCree, 1972)",
        "longwave for shortwave radiation, W m-2 with a gain of 0.001, latitude of the other hemisphere",
    ),
    "clock_and_sonic": Check(
        "run",
        "Does the air temperature of [biomet] go with the sonic's?",
        f"lag of best correlation {clocks.BY_TEMPERATURE:g} h, its 95 % interval without 0, r at least "
        f"{clocks.CORRELATION:g}, it leaves less than {clocks.LEFT:g} of the variance; "
        f"{clocks.OVERLAP:g} h or more",
        "profile of the likelihood of a lag",
        "clock +1 h, +30 min",
    ),
    "clock_and_vapour": Check(
        "run",
        "Where temperatures tell nothing: does the humidity of [biomet] go with the analyser's vapour?",
        f"lag of best correlation {clocks.BY_VAPOUR:g} h, else as `clock_and_sonic`",
        "as above",
        "clock +1 h",
    ),
    "clock_and_heat": Check(
        "run",
        "Does heat flux go with the sun?",
        f"lag of best correlation {clocks.BY_HEAT:g} h, its 95 % interval without 0, r at least "
        f"{clocks.WITH_HEAT:g}; a day or more",
        "balance of the surface's energy",
        "time zone of the raw files 5 h off",
    ),
    "clock_changes": Check(
        "check, run",
        "Do the clocks above stay the same?",
        f"{clocks.CHANGES:g} h, and {clocks.ERRORS:g} standard errors, of a step or a line through lags of "
        f"stretches of {clocks.DAYS_OF_TEMPERATURE:g} days or more (temperature) or {clocks.DAYS_OF_SUN:g} "
        "days (radiation)",
        "spread of the lags of stretches of five FLUXNET sites, 0.11 to 0.16 h",
        "summer time, two loggers that drift apart",
    ),
    "clock_drift": Check(
        "run",
        "Does the lag of an analyser behind the sonic stay the same?",
        "trend of the lags (`tower.lags.lag_drift`)",
        "as `tower.lags.lag_drift`",
        "an analyser's clock that drifts",
    ),
    "sonic_moved": Check(
        "run",
        "Does the sonic stand as it stood?",
        "planes of parts of the season (`tower.rotations.planar_fit`); where none are fitted: "
        f"{signs.MOVED:g} degrees and F > {signs.CERTAIN:g}",
        "as `tower.rotations.planar_fit`",
        "a sonic that was tilted",
    ),
    "lags_at_edge": Check(
        "run",
        "Do lags lie within their window?",
        "half of those that are seen, 5 or more (`tower.lags.lag_survey`)",
        "as `tower.lags.lag_survey`",
        "a window that ends before the lags",
    ),
    "humid_lags": Check(
        "run",
        "Do lags of vapour in a tube follow humidity although one window serves all?",
        f"{lags.APART:g} s and {lags.ERRORS:g} standard errors between medians below {lags.DRY:g} % and "
        "above "
        f"{lags.MOIST:g} % RH, {lags.FEWEST} lags each",
        "Ibrom et al. (2007)",
        "lags of 1 s in dry and 3 s in moist air",
    ),
    "heights": Check(
        "check, run",
        "Are canopy, displacement and roughness below the sonic?",
        f"canopy below sonic; roughness {heights.SMOOTH:g} m to {heights.ROUGH:g} of the height above "
        "displacement",
        "Garratt (1992)",
        "canopy of 25 m over a sonic at 2 m, roughness of 1e-9 m",
    ),
    "profile": Check(
        "run",
        "Do wind and friction velocity tell the roughness of the configuration?",
        f"a factor of {heights.FAR:g}, in the {100 * heights.NEUTRAL:g} % of the windy periods nearest to "
        f"neutral, {heights.FEWEST} or more",
        "logarithmic profile (Garratt, 1992)",
        "a height in centimetres, roughness of 2 m over grass",
    ),
    "separation": Check(
        "run",
        "Is the separation of an open-path analyser given where lags ask for it?",
        "no separation and lags on the edge of their window",
        "as `lags_at_edge`",
        "separation left out, lags outside the window",
    ),
    "tables": Check(
        "check, run",
        "Are the files of [biomet], [profile] and [[sources]] there, readable, and of the same time?",
        "records in half of the periods; `run` ends before it condenses if a table cannot be read",
        "the configuration",
        "biomet missing, a column misspelt, another year",
    ),
    "lost": Check(
        "check, run",
        "Is a column lost as a whole: to diagnostic words, absolute limits, values that are no measurement?",
        "half of the samples",
        "`archive.suspicions`; told of columns of which no other check speaks",
        "diagnostic words that no instrument of that kind writes",
    ),
}
