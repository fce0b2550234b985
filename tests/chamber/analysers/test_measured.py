"""Every measured file is read, the odd ones too, and what is odd of them is told."""

import numpy as np
import pytest

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.errors import ReadError

SAY = {"utc_offset_h": 0.0}
DAY, MONTH = {**SAY, "day_first": True}, {**SAY, "day_first": False}
#: file -> (what to say, format, samples, closures)
FILES = {
    "fluxfinder/TG10-01087.data": ({}, "licor-trace-gas", 507, 0),
    "fluxfinder/TG10-01087-curvature.data": ({}, "licor-trace-gas", 300, 0),
    "fluxfinder/TG20-01182.data": ({}, "licor-trace-gas", 501, 0),
    "fluxfinder/wtf_TG10-01087-2023-06-21T060000b.data": ({}, "licor-trace-gas", 1469, 0),
    "fluxfinder/LGR-data.csv": (MONTH, "lgr", 51, 0),
    "fluxfinder/EGM4-data.dat": ({**SAY, "year": 2020}, "egm-4", 14, 1),
    "fluxfinder/PicarroG2301-data.dat": ({}, "picarro", 11, 0),
    "fluxcalr/Flux_example_1_LGR.txt": (SAY, "lgr", 5371, 0),
    "harvard_forest_lgr_picarro/micro_2021-08-04_f0000.txt.gz": (MONTH, "lgr", 2994, 0),
    "harvard_forest_lgr_picarro/micro_2021-08-04_f0001.txt.gz": (MONTH, "lgr", 2879, 0),
    "harvard_forest_lgr_picarro/CH4nowlm-20230614-174059Z-DataLog_User_Minimal.dat.gz": (
        {},
        "picarro",
        861,
        0,
    ),
    "harvard_forest_lgr_picarro/CH4nowlm-20230614-184106Z-DataLog_User_Minimal.dat.gz": (
        {},
        "picarro",
        308,
        0,
    ),
    "harvard_forest_lgr_picarro/CH4nowlm-20230614-194112Z-DataLog_User_Minimal.dat.gz": (
        {},
        "picarro",
        86,
        0,
    ),
    "respchamberproc_li8100/Flux2_140929_1700.81x.gz": (SAY, "li-8100", 3927, 20),
    "respchamberproc_li8100/NoCRVFit.81x.gz": (SAY, "li-8100", 10677, 101),
    "respchamberproc_li8100/rowNumber.81x.gz": (SAY, "li-8100", 10508, 100),
    "respchamberproc_li8100/testVaryingColNumber.81x.gz": (SAY, "li-8100", 382, 2),
    "respchamberproc_li8100/worksWell.81x.gz": (SAY, "li-8100", None, 68),
    "tempestx_li8100/TEMPESTX_SALT_20200521.81x.zip": (SAY, "li-8100", 822, 6),
    "tempestx_li8100/TEMPESTX_SALT_20200619.81x.zip": (SAY, "li-8100", 1888, 14),
    "tempestx_li8100/TEMPESTX_FRESH-202314413.81x.gz": (SAY, "li-8100", None, None),
    "tempestx_li8100/TEMPESTX_SALT-202304100.81x.gz": (SAY, "li-8100", 6903, 52),
    "tempestx_smartchamber_li7810/TEMPESTX_20200507.json.gz": ({}, "smart-chamber", 4322, 72),
    "tempestx_smartchamber_li7810/TEMPESTX_20240216.json.gz": ({}, "smart-chamber", 5586, 94),
    "tempestx_li8250/analyzer_missing_20210903/82m-0105-20210903003030.82z": (SAY, "li-8250", 160, 1),
    "goflux/derived/imp_LI7820_RData.csv": (SAY, "delimited", 1501, 0),
    "respchamberproc_smanie/SMANIE_Chamber1_26032015.zip": (
        {**SAY, "columns": {"co2_wet": ("CO2_LI840", "ppm"), "h2o": ("H2O_LI840", "mmol mol-1")}},
        "toa5",
        14535,
        0,
    ),
    "fluxible_co2/co2_df_missing.csv": (
        {"format": "delimited", "columns": {"co2": ("conc", "ppm"), "par": ("PAR", "umol m-2 s-1")}},
        "delimited",
        None,
        0,
    ),
}


@pytest.mark.reference
@pytest.mark.parametrize("name", FILES)
def test_measured_file(shared, name):
    say, form, samples, closures = FILES[name]
    series = open_analyser(shared / "data" / "chamber" / name, **say)
    assert series.format == form
    assert samples is None or series.size == samples
    assert closures is None or len(series.closures) == closures
    for closure in series.closures:
        inside = (series.time >= closure.start) & (series.time <= closure.end)
        assert inside.any(), closure


@pytest.mark.reference
def test_odd_files_say_what_is_odd(shared):
    folder = shared / "data" / "chamber"

    def reasons(name, **say):
        return " | ".join(problem.reason for problem in open_analyser(folder / name, **say).problems)

    warm = reasons("fluxfinder/TG20-01182.data")
    assert "501 of 501 samples have a DIAG other than 0 (16, 18, 19, 80)" in warm
    assert "83 of 1469 samples" in reasons("fluxfinder/wtf_TG10-01087-2023-06-21T060000b.data")
    assert "observation 96 'C14h' has no samples" in reasons("respchamberproc_li8100/NoCRVFit.81x.gz", **SAY)
    failed = reasons("tempestx_li8100/TEMPESTX_SALT-202304100.81x.gz", **SAY)
    assert "6875 values of h2o are no mole fractions" in failed
    away = reasons("tempestx_li8250/analyzer_missing_20210903/82m-0105-20210903000030.82z", **SAY)
    assert "DIAGNOSTIC of the LI-7810 other than 0 (4294967295)" in away
    assert "no STATE 5" in away
    alarms = reasons("harvard_forest_lgr_picarro/CH4nowlm-20230614-194112Z-DataLog_User_Minimal.dat.gz")
    assert "40 of 86 samples have an ALARM_STATUS other than 0" in alarms


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "harvard_forest_lgr_picarro/micro_2021-08-04_f0000.txt.gz",
            "08/04/2021 may have the day or the month first",
        ),
        ("goflux/UGGA/UGGA.txt", "give utc_offset_h"),
        ("goflux/EGM5/EGM5.TXT", "11/10/23 may have the day or the month first"),
        ("fluxfinder/TG10-01087-metadata.csv", "format is not recognised"),
        ("fluxseparator/DIY_sensor_data.csv", "none of its columns is recognised as a gas: give columns"),
    ],
)
def test_what_is_open_is_asked_for(shared, name, message):
    with pytest.raises(ReadError, match=message):
        open_analyser(shared / "data" / "chamber" / name)


@pytest.mark.reference
def test_a_day_of_a_multiplexer_against_its_summary(shared):
    """Geometry and initial values of all 192 observations give the fluxes of the instrument's own summary.

    They do by F = dC/dt P V (1 - W) / (R S T) with R = 8.314 and the slope that the summary prints.
    """
    import csv

    folder = shared / "data" / "chamber" / "tempestx_li8250"
    with (folder / "82m-0105-20210820000000_dense_summary.csv").open(encoding="utf-8") as stream:
        devices, names, _, *rows = csv.reader(stream)
    place = {f"{device} {name}": k for k, (device, name) in enumerate(zip(devices, names, strict=True))}
    by_time = {row[place["LI-8250 TIME"]]: row for row in rows}
    worst, spread = 0.0, []
    for path in sorted((folder / "20210820").glob("*.82z")):
        series = open_analyser(path, utc_offset_h=0.0)
        (closure,) = series.closures
        row = by_time.get(str(closure.start.astype("M8[s]"))[11:].replace(":", ""))
        if row is None:
            continue
        flux, slope = (float(row[place[f"FLUX_LI-7810 {name}"]]) for name in ("FCO2", "FCO2_dCdt"))
        # Which seconds its initial values stand for is not known: they differ from ours by that much.
        water = np.nanmean(series.data["h2o_2"][series.time >= closure.start][:10])
        ours = slope * closure.p_air * closure.volume * (1 - water) / (8.314 * closure.area * closure.t_air)
        worst = max(worst, abs(ours / flux - 1))
        spread.append(ours / flux - 1)
    print(f"\n{len(spread)} observations: flux by geometry and initial values, worst {worst:.1e}")
    assert len(spread) > 100
    assert worst < 2e-4
