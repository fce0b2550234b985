"""The table of checks: what each one rests on, and the fault by which it is proved."""

from typing import NamedTuple

from fluxkit.examine import clocks, heights, levels, sampling, signs


class Check(NamedTuple):
    """One line of the table."""

    by: str  #: the commands that ask: check, run
    question: str
    threshold: str
    source: str
    fault: str  #: planted in data by a test


#: Name -> check, in the order in which they are told.
CHECKS: dict[str, Check] = {
    "level": Check(
        "check, run",
        "Has a mean the order of magnitude that air has, in the unit and with the gain of its column?",
        f"temperature -90 to 57 degC; pressure within {100 * levels.PRESSURE:g} % of the standard one at the "
        f"altitude; CO2 {1e6 * levels.CO2_ONCE[0]:g} to {1e6 * levels.CO2_ONCE[1]:g} umol mol-1 in one file, "
        f"{1e6 * levels.CO2_USUALLY[0]:g} to {1e6 * levels.CO2_USUALLY[1]:g} in the median of an "
        "archive; vapour "
        f"{100 * levels.HUMIDITY[0]:g} to {100 * levels.HUMIDITY[1]:g} % of saturation; RH 2 to 105 "
        "%; wind up to "
        f"{levels.WIND:g} m s-1; radiation up to {levels.RADIATION:g} W m-2",
        "WMO archive of extremes; standard atmosphere; saturation as in `physics.air`",
        "K for degC, hPa for kPa, mg for mmol, a forgotten gain",
    ),
    "gases_swapped": Check(
        "check, run",
        "Does each of the columns of CO2 and H2O hold what the other would?",
        "both out of range as above, both in range the other way round",
        "as above",
        "CO2 and H2O swapped",
    ),
    "sonic_temperature": Check(
        "check, run",
        "Do sonic and air temperature agree, vapour taken off?",
        f"{levels.SONIC:g} K",
        "Kaimal & Gaynor (1991): 1 % of path makes 6 K",
        "air temperature with an offset of 12 K",
    ),
    "wind_swapped": Check(
        "check, run",
        "Does w vary less than u and v?",
        f"variance of w up to {signs.VERTICAL:g} times the smaller one of u and v",
        "Panofsky & Dutton (1984): 0.4",
        "u and w swapped",
    ),
    "pitch": Check(
        "check, run",
        "How much is the mean wind inclined in the sonic's frame?",
        f"{signs.PITCH:g} degrees",
        "range of angles of attack that makers calibrate",
        "w with a gain of 100, as of centimetres",
    ),
    "w_sign": Check(
        "check, run",
        "Does momentum go downwards, and heat upwards by day?",
        f"in one file of {signs.WINDY:g} m s-1 or more: correlation of u and w up to "
        f"+{signs.CORRELATION:g}; in an "
        f"archive: upwards in up to {100 * signs.SHARE:g} % of the windy periods",
        "Kaimal & Finnigan (1994): -0.3",
        "sign of w",
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
    "stuck": Check(
        "check, run",
        "Does each channel move?",
        f"wind, sonic temperature and gases within a file; means of cell and air for {sampling.STILL:g} h",
        "Chapman & Lindzen (1970): tides of the atmosphere",
        "pressure of the cell stuck",
    ),
    "clock_and_sun": Check(
        "check, run",
        "Does the radiation of [biomet] go with the sun?",
        f"lag of best correlation {clocks.BY_SUN:g} h, its 95 % interval without 0, r at least "
        f"{clocks.WITH_SUN:g}, {clocks.SUNNY / 24:g} days or more",
        "potential radiation (Michalsky, 1988)",
        "biomet in another time zone, clock +1 h",
    ),
    "clock_and_sonic": Check(
        "run",
        "Does the air temperature of [biomet] go with the sonic's?",
        f"lag of best correlation {clocks.BY_TEMPERATURE:g} h, its 95 % interval without 0, r at least "
        f"{clocks.CORRELATION:g}, it leaves less than {clocks.LEFT:g} of the variance; a day or more",
        "profile of the likelihood of a lag",
        "clock +1 h, +30 min",
    ),
    "heights": Check(
        "check, run",
        "Are canopy, displacement and roughness below the sonic?",
        f"canopy below sonic; roughness {heights.SMOOTH:g} m to {heights.ROUGH:g} of the height above "
        "displacement",
        "Garratt (1992)",
        "canopy of 25 m over a sonic at 2 m, roughness of 1e-9 m",
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
        "one record in the time of the raw files; `run` ends before it condenses if a table cannot be read",
        "the configuration",
        "biomet missing, a column misspelt, another year",
    ),
    "lost": Check(
        "check, run",
        "Is a column lost as a whole: to diagnostic words, absolute limits, values that are no measurement?",
        "half of the samples",
        "`archive.suspicions`, where `run` has them as `suspicions`",
        "diagnostic words that no instrument of that kind writes",
    ),
}
