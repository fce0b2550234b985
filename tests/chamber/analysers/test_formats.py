"""What is particular to each format: dryness, units, rejected samples, closures."""

import re
from dataclasses import replace

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.errors import ReadError
from tests.chamber.analysers import specimens
from tests.chamber.analysers.specimens import specimen

SAY = {"utc_offset_h": 1.0, "day_first": True, "year": 2024}


@pytest.fixture
def opened(tmp_path):
    """Open a specimen, changed if wanted."""

    def open_it(name, *changes, **say):
        _, content = specimen(name, tmp_path)
        for old, new in changes:
            assert old in content
            content = content.replace(old, new)
        path = tmp_path / "file"
        path.write_bytes(content)
        return open_analyser(path, **{**SAY, **say})

    return open_it


def reasons(series):
    return " | ".join(problem.reason for problem in series.problems)


def utc(text):
    return np.datetime64(f"2024-05-13T{text}", "ns")


@pytest.mark.parametrize("name", specimens.NAMES)
def test_every_format_begins_at_ten_utc(opened, name):
    series = opened(name)
    # An EGM-4 tells minutes only: its third record, 9 s after closing, is in the next one.
    slack = np.timedelta64(51_000 if name == "egm-4" else 250, "ms")
    assert np.timedelta64(0) <= series.time[0] - utc("10:00:00") <= slack
    assert series.size > 0
    assert set(series.sources) == set(series.data)


def test_picarro_percent_of_water_and_its_own_status(opened):
    series = opened("picarro")
    assert series.data["h2o"][0] == pytest.approx(0.01, rel=1e-12)
    assert series.data["nh3"][0] == pytest.approx(2e-9 / 0.99, rel=1e-12)
    assert series.data["co2"][0] == pytest.approx(404e-6, rel=1e-12)
    # An alarm is told, a status of warming up rejects; 899 lacks no bit that matters.
    assert np.isnan(series.data["co2"]).tolist() == [False, False, False, False, True]
    assert "1 of 5 samples have an ALARM_STATUS other than 0 (1): used" in reasons(series)
    assert not np.isnan(opened("picarro", keep_rejected=True).data["co2"]).any()


def test_an_alarm_of_much_water_rejects_nothing(shared):
    series = open_analyser(shared / "cases" / "chamber" / "picarro_alarm2_is_water_above_2.5pct.dat")
    alarm = series.data["diag"] == 2
    assert alarm.any()
    np.testing.assert_array_equal(alarm, series.data["h2o"] > 0.025)
    assert np.isfinite(series.data["ch4"]).all()


def test_picarro_isotopes(opened):
    series = opened("picarro isotopes")
    assert series.model == "G2201-i"
    assert series.data["co2"][0] == pytest.approx((400 + 4.4 / 0.99) * 1e-6, rel=1e-12)
    assert series.data["ch4"][0] == pytest.approx((2.0 + 0.02 / 0.99) * 1e-6, rel=1e-12)
    assert series.data["delta_13c_ch4"][0] == pytest.approx(-0.047)
    high = opened("picarro isotopes", (b" 2.0 0.02 2.1 -47.5", b" 20.0 0.02 21.0 -47.5"))
    assert high.data["ch4"][1] == pytest.approx((21.0 + 0.02 / 0.99) * 1e-6, rel=1e-12)
    assert "high range" in reasons(high)


def test_trace_gas_analyser_rejects_by_diag(opened):
    changed = opened("licor-trace-gas", (b"\t3\t0\t", b"\t3\t16\t"))
    assert np.isnan(changed.data["co2"]).sum() == 1
    assert "1 of 12 samples have a DIAG other than 0 (16)" in reasons(changed)


def test_trace_gas_analyser_with_repeated_names_and_units(opened, tmp_path):
    _, content = specimen("licor-trace-gas", tmp_path)
    lines = content.split(b"\n")
    names, units = lines[5], lines[6]
    again = b"\n".join([*lines[:10], names, units, units, *lines[10:]])
    path = tmp_path / "again.data"
    path.write_bytes(again)
    assert open_analyser(path).size == 12
    path.write_bytes(again.replace(names, names.replace(b"CO2", b"CH4"), 1))
    with pytest.raises(ReadError, match=r"again\.data:11: its columns change here: split the file"):
        open_analyser(path)


def test_egm5_water_is_a_pressure(opened):
    series = opened("egm-5")
    assert series.data["h2o"][0] == pytest.approx(0.01, rel=1e-12)
    assert series.data["co2"][0] == pytest.approx(400e-6 / 0.99, rel=1e-12)
    (closure,) = series.closures
    assert (closure.start, closure.end, closure.label) == (utc("10:00:00"), utc("10:00:02"), "6")
    dryless = opened("egm-5", (b"300, 10.0,", b"300, 0.0,"))
    assert "co2_wet" in dryless.data
    assert "it stays co2_wet" in reasons(dryless)


def test_egm4_gets_its_seconds_and_asks_for_the_year(opened):
    series = opened("egm-4")
    first, second = series.closures
    assert np.diff(series.time[:3]).astype("m8[s]").astype(int).tolist() == [4, 5]
    assert series.time[2] >= utc("10:01:00")
    assert (first.label, second.label) == ("05", "06")
    assert series.data["t_soil"][0] == pytest.approx(285.65)
    with pytest.raises(ReadError, match="its dates have no year: give year"):
        opened("egm-4", year=None)


def test_gasmet_dries_and_heeds_its_status(opened):
    series = opened("gasmet")
    assert series.data["co2"][:2] == pytest.approx([400e-6 / 0.99, 410e-6 / 0.989], rel=1e-12)
    assert np.isnan(series.data["co2"][2])
    dry = opened("gasmet", (b"ppm\twet", b"ppm\tdry"))
    assert dry.data["co2"][0] == pytest.approx(400e-6, rel=1e-12)
    mixed = opened("gasmet", (b"400.0\tppm\twet", b"400.0\tppm\tdry"))
    assert "co2" not in mixed.data
    assert "neither wet nor dry throughout" in reasons(mixed)


def test_chambers_with_a_gasmet_know_their_phases(opened):
    (closure,) = opened("gasmet-chambers").closures
    assert (closure.deadband, closure.label) == (7.0, "5")
    assert "not +2" in reasons(opened("gasmet-chambers", utc_offset_h=2.0))


def test_controller_of_chambers(opened):
    series = opened("gaia")
    (closure,) = series.closures
    assert (closure.start, closure.end) == (utc("10:00:01"), utc("10:00:02"))
    assert (closure.cover, closure.port) == ("dark", "1")
    assert series.data["t_chamber"][0] == pytest.approx(286.65)
    assert series.utc_offset_h == 1.0  # by the analyser's epoch, which is two seconds off
    assert opened("gaia", utc_offset_h=None).utc_offset_h == 1.0


def test_skyline_with_a_picarro(opened):
    series = opened("skyline")
    (closure,) = series.closures
    assert (closure.start, closure.end) == (utc("10:00:01"), utc("10:00:02"))
    assert series.data["n2o"][0] == pytest.approx(0.3366e-6, rel=1e-12)
    assert series.data["co2"][0] == pytest.approx(442.617e-6 / (1 - 0.0155), rel=1e-12)


def test_photosynthesis_system_with_a_chamber(opened):
    first, second = opened("li-6400").closures
    assert (first.cover, second.cover) == ("clear", "dark")
    assert (first.area, first.volume) == pytest.approx((0.3364, 0.21))
    assert second.start == utc("10:05:00")


def test_two_records_in_a_second_are_set_apart(opened):
    series = opened("li-850")
    assert series.time[1] - series.time[0] == np.timedelta64(500, "ms")
    assert series.size == 4
    assert series.data["co2"][0] == pytest.approx(410e-6 / 0.99, rel=1e-12)


def test_multiplexer_log_has_closures_and_no_gas(opened):
    series = opened("eosmx")
    (closure,) = series.closures
    assert (closure.start, closure.end, closure.port) == (utc("10:00:04"), utc("10:00:12"), "3")
    assert series.gases == ()
    assert closure.p_air == pytest.approx(100_500.0)


def test_analyser_of_isotopes_is_dried(opened):
    series = opened("lgr", (b"Fit_Flag", b"Fit_Flog"))
    assert "diag" not in series.data
    assert "Fit_Flog" in reasons(series)
    assert "AAAA" not in reasons(series)  # the signature is no record


def test_table_is_understood_or_asked_about(opened, tmp_path):
    series = opened("table")
    assert series.data["ch4"][:2] == pytest.approx([2e-6, 2e-6], rel=1e-12)
    assert np.isnan(series.data["ch4"][2])
    assert "unused columns: remark" in reasons(series)
    with pytest.raises(ReadError, match=r"column CO2_ppm does not say whether it is of dry or moist air"):
        opened("table", (b"CO2dry_ppm", b"CO2_ppm"))
    said = opened(
        "table", (b"CO2dry_ppm", b"conc"), columns={"co2": ("conc", "ppm"), "h2o": ("H2O_ppm", "ppm")}
    )
    assert said.data["co2"][0] == pytest.approx(410e-6)
    placed = opened("table", columns={"co2": ("2", "ppm")})
    assert placed.data["co2"][0] == pytest.approx(410e-6)
    with pytest.raises(ReadError, match=r"no column 'con'; did you mean .*CO2dry_ppm|no column 'con'"):
        opened("table", columns={"co2": ("con", "ppm")})
    with pytest.raises(ReadError, match="column CO2dry_ppm: unknown unit 'furlong'"):
        opened("table", columns={"co2": ("CO2dry_ppm", "furlong")})
    with pytest.raises(ReadError, match="no column is recognised as the time: give time_column"):
        opened("table", (b"POSIX.time", b"when"))
    assert opened("table", (b"POSIX.time", b"when"), time_column="when").size == 3


def test_loggers_table_with_analysers(opened):
    series = opened("logger")
    assert series.model == "CR1000X"
    assert series.data["n2o"][0] == pytest.approx(334.5e-9)
    said = opened("logger", columns={"t_soil": ("Temp_SC_1", ""), "co2_wet": ("LI7810_CO2", "ppm")})
    assert said.data["t_soil"][0] == pytest.approx(302.05)


def test_several_analysers_have_their_own_water(opened, tmp_path):
    path = tmp_path / "two.82z"
    path.write_bytes(two_analysers(tmp_path))
    series = open_analyser(path, utc_offset_h=0.0)
    assert series.water_of("n2o") == "h2o"
    assert series.water_of("co2") == "h2o_2"
    assert np.isnan(series.data["co2"][1])  # its analyser says so
    assert not np.isnan(series.data["n2o"][1])


def two_analysers(folder):
    import io
    import zipfile

    data = (
        "LI-8250,LI-8250,LI-8250,LI-7820,LI-7820,LI-7820,LI-7810,LI-7810,LI-7810,CHAMBER,CHAMBER\n"
        "DATE,TIME,PA,DIAGNOSTIC,H2O,N2O_DRY,DIAGNOSTIC,CO2_DRY,H2O,TA,STATE\n"
        "[YYYYMMDD],[HHMMSS],[kPa],[#],[mmol+1mol-1],[nmol+1mol-1],[#],[umol+1mol-1],[mmol+1mol-1],[C],[#]\n"
        "20240513,100000,100.0,0,10.0,335.0,0,410.0,11.0,20.0,1\n"
        "20240513,100001,100.0,0,10.0,335.0,4294967295,-9999,-9999,20.0,5\n"
        "20240513,100002,100.0,0,10.0,335.0,0,411.0,11.0,20.0,5\n"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("data.csv", data)
        archive.writestr("metadata.json", "{}")
    return target.getvalue()


def test_impossible_values_are_lost_and_told(opened):
    series = opened("healthy-photon", (b"10161.1", b"2147480000"), (b"\t419.5", b"\t-2183.0"))
    assert np.isnan(series.data["h2o"][0])
    assert np.isnan(series.data["co2"]).all()  # one drowned, one below zero
    assert "1 values of co2 are no mole fractions, as -0.002183" in reasons(series)


def test_records_out_of_order_are_sorted_and_told(opened):
    series = opened("healthy-photon", (b"11:00:00.0", b"11:00:02.0"))
    assert series.data["co2"][0] == pytest.approx(419.5e-6)
    assert "time goes backwards 1 times: records were sorted" in reasons(series)


def test_smart_chambers_odd_repetitions(opened):
    empty = opened(
        "smart-chamber", (b'"reps": {', b'"reps": {"REP_0": {"header": {}, "data": {"timestamp": []}},')
    )
    assert empty.size == 11
    assert "a collar/REP_0 has no samples" in reasons(empty)
    uneven = b'"reps": {"REP_0": {"header": {}, "data": {"timestamp": [0, 1], "co2": [3]}},'
    assert "its columns differ in length" in reasons(opened("smart-chamber", (b'"reps": {', uneven)))


def test_smart_chamber_without_zone_or_satellites(opened):
    with pytest.raises(ReadError, match="has neither zone nor satellites' time: give utc_offset_h"):
        opened("smart-chamber", (b'"gps_time"', b'"no_time"'), utc_offset_h=None)
    named = opened(
        "smart-chamber", (b'"gps_time"', b'"TimeZone": "Europe/Berlin", "no_time"'), utc_offset_h=None
    )
    assert named.utc_offset_h == 2.0
    assert re.search("Europe/Berlin", named.clock)


def test_system_with_observations_that_differ(opened, tmp_path):
    _, content = specimen("li-8100", tmp_path)
    other = content.replace(b"\tCdry\tTbench", b"\tCdry\tV3\tTbench").replace(b"\t51.00", b"\t3.5\t51.00")
    broken = b"LI-8100:\t0\r\nObs#:\t3\r\nLabel:\tbroken\r\n"
    path = tmp_path / "two.81x"
    path.write_bytes(content + other + broken)
    series = open_analyser(path, utc_offset_h=1.0)
    assert len(series.closures) == 2
    assert np.isnan(series.data["v3"]).sum() == 11
    assert np.nanmax(series.data["v3"]) == 3.5
    assert "observation 3 'broken' has no samples" in reasons(series)


def test_system_whose_clock_is_set_counts_from_closing(opened, tmp_path):
    """The first 5 of 11 stamps are an hour behind: the seconds since closing tell when their samples were."""
    right = opened("li-8100")
    _, content = specimen("li-8100", tmp_path)
    lines = content.split(b"\n")
    for k in [k for k, line in enumerate(lines) if line.startswith(b"1\t")][:5]:
        lines[k] = re.sub(rb" (\d\d):", lambda hour: b" %02d:" % (int(hour[1]) - 1), lines[k])
    path = tmp_path / "set.81x"
    path.write_bytes(b"\n".join(lines))
    series = open_analyser(path, utc_offset_h=1.0)
    np.testing.assert_array_equal(series.time, right.time)
    assert series.closures[0].start == right.closures[0].start
    assert "stamps are up to -3600 s from the seconds since closing" in reasons(series)


def test_system_whose_column_names_are_damaged(opened, tmp_path):
    _, content = specimen("li-8100", tmp_path)
    content = content.replace(b"\tTbench", b"\tTbench\tRH\tV3").replace(b"\t51.00", b"\t51.00\t64.0\t3.5")
    right = opened("li-8100", (b"\tTbench", b"\tTbench\tRH\tV3"), (b"\t51.00", b"\t51.00\t64.0\t3.5"))
    torn = content.replace(b"\tRH\tV3\tAnn", b"\tR")
    assert torn != content
    path = tmp_path / "torn.81x"
    path.write_bytes(torn)
    alone = open_analyser(path, utc_offset_h=1.0)
    np.testing.assert_array_equal(alone.data["co2"], right.data["co2"])
    assert set(alone.data) < set(right.data)
    assert "only Type to Tbench are used" in reasons(alone)
    path.write_bytes(torn + content)
    both = open_analyser(path, utc_offset_h=1.0)
    assert set(both.data) == set(right.data)
    assert "those of another observation are used" in reasons(both)
    assert (both.data["v3"] == 3.5).all()


def test_remarks_are_no_treatments(opened):
    told = opened("li-8100", (b"Label:", b"Comments:\tlid was loose\r\nLabel:")).closures[0]
    assert (told.treatment, told.remark) == ("", "lid was loose")
    for closure in opened("smart-chamber").closures:
        assert closure.treatment == ""


def test_measured_81x_files_with_damage(shared):
    """Etime of the first counts on while its stamps jump by 14 s; LI-COR stores 5.22 umol m-2 s-1."""
    cases = shared / "cases" / "chamber"
    jumped = open_analyser(cases / "li8100_clock_jumps_14s.81x", utc_offset_h=-5.0)
    assert np.diff(jumped.time).max() == np.timedelta64(1, "s")
    assert jumped.closures[0].end - jumped.closures[0].start == np.timedelta64(89, "s")
    flux = fk.chamber.fluxes([jumped])["flux"].sel(gas="co2")
    assert float(flux[0]) == pytest.approx(5.22, rel=0.02)  # 2.67 by the stamps
    spliced = open_analyser(cases / "li8100_broken_name_line.81x", utc_offset_h=0.0)
    assert spliced.size > 100
    assert not spliced.closures
    assert "spliced with another one" in reasons(spliced)
    smart = open_analyser(cases / "smartchamber_81x_ch4.81x", utc_offset_h=-5.0)
    assert smart.data["ch4"][0] == pytest.approx(2087.57e-9)
    assert np.isnan(smart.data["t_soil"]).all()
    found = {(fit.gas, fit.fit): fit for fit in smart.closures[0].fluxes}
    assert found["co2", "exponential"].flux == pytest.approx(1.65875e-6)
    assert found["ch4", "exponential"].flux == pytest.approx(-0.00135955e-9)


def test_a_logged_egm4_file_without_seconds(shared):
    path = shared / "cases" / "chamber" / "egm4_logged.dat"
    series = open_analyser(path, utc_offset_h=0.0, year=2024)
    assert series.format == "egm-4"
    assert series.size == 9
    minutes = series.time.astype("M8[m]").astype(str).tolist()
    assert minutes == ["2024-02-13T16:50", *["2024-02-13T16:51"] * 5, *["2024-02-13T16:52"] * 3]
    assert [(closure.label, closure.timed) for closure in series.closures] == [("67", False), ("59", False)]
    assert "9 records of 2 closures (plots 67, 59) have no seconds (Input D)" in reasons(series)


def egm4_log(plots, *, interval, start="2024-05-13T10:58:20", pause=0.0):
    """Return a file that an EGM-4 logged, minutes only, and the true times; plots: (label, readings)."""
    head = specimens.EGM4.splitlines()[2]
    lines, times, t = [";Logged EGM-4 Data", ";SoftwareVersion=1.05", head], [], 0.0
    for label, readings in plots:
        for co2 in readings:
            moment = np.datetime64(start, "ms") + np.timedelta64(round(t * 1e3), "ms")
            clock = moment.item()
            stamp = f"{clock.day:02d}\t{clock.month:02d}\t{clock.hour:02d}\t{clock.minute:02d}"
            lines.append(
                f"{label}\t0001\t{stamp}\t{round(co2):05d}\t00.0\t+00.0\t0000\t000.0\t019.3\t0000\t1007\t01"
            )
            times.append(moment)
            t += interval
        t += pause
    lines.append(f";Logging Stopped after {len(times)} record(s)")
    return "\n".join(lines).encode(), np.array(times, "M8[ns]")


RISES = (("67", 400 + 0.5 * np.arange(60)), ("59", 420 + 2.0 * np.arange(60)))


def read_bytes(tmp_path, content, **say):
    path = tmp_path / "made"
    path.write_bytes(content)
    return open_analyser(path, **{"utc_offset_h": 0.0, "year": 2024, **say})


def test_a_log_without_seconds_is_parted_by_plot_and_told_once(tmp_path):
    few = (("67", [507, 502, 521]), ("59", [522, 523, 524]))
    content, _ = egm4_log(few, interval=4.0, start="2024-05-13T10:58:00")
    series = read_bytes(tmp_path, content)
    assert [closure.label for closure in series.closures] == ["67", "59"]
    assert not any(closure.timed for closure in series.closures)
    assert reasons(series).count("whole minutes, too coarse for a flux: give interval_s") == 1
    assert "6 records of 2 closures (plots 67, 59)" in reasons(series)
    closures = fk.chamber.closures_from_series([series])
    fluxes = fk.chamber.fluxes([series], replace(closures, area=closures.area * 0 + 0.03))
    assert np.isnan(fluxes["flux"]).all()


def test_the_number_of_records_in_a_minute_tells_the_seconds_between_them(tmp_path):
    content, truth = egm4_log(RISES, interval=4.7)
    series = read_bytes(tmp_path, content)
    assert "by their minutes records are" in reasons(series)
    assert [closure.label for closure in series.closures] == ["67", "59"]
    steps = np.diff(series.time[:60]) / np.timedelta64(1, "s")
    np.testing.assert_allclose(steps, 4.7, rtol=0.02)
    assert np.abs((series.time - truth) / np.timedelta64(1, "s")).max() < 10.0


def test_a_given_interval_parts_two_plots_in_one_minute(tmp_path):
    few = (("67", [500, 501, 502, 503]), ("59", [520, 522, 524, 526]))
    content, truth = egm4_log(few, interval=5.0, start="2024-05-13T10:58:00")
    series = read_bytes(tmp_path, content, interval_s=5.0)
    first, second = series.closures
    assert first.end < second.start
    assert all(closure.timed for closure in series.closures)
    np.testing.assert_array_equal(series.time, truth)  # the first minute is full: no other times fit
    wrong = read_bytes(tmp_path, content, interval_s=30.0)
    assert "not interval_s = 30" in reasons(wrong)
    assert not any(closure.timed for closure in wrong.closures)


def test_an_option_that_a_format_cannot_use_is_refused(opened):
    with pytest.raises(ReadError, match="interval_s is of no use to the format picarro"):
        opened("picarro", interval_s=5.0)
    with pytest.raises(ReadError, match="header_rows is of no use to the format gasmet"):
        opened("gasmet", header_rows=3)


NAMES = ["Water vapor H2O", "Carbon dioxide CO2", "Ambient pressure"]


@pytest.mark.parametrize("begin", ["0\t", "0       ", "Line\t"])
def test_a_gasmet_without_names_says_what_lacks_and_takes_them(tmp_path, begin):
    lines = specimens.GASMET.splitlines()[1:]
    content = "\n".join([begin + lines[0].removeprefix("0\t"), *lines[1:]]).encode()
    whole = read_bytes(tmp_path, specimens.GASMET.encode())
    with pytest.raises(
        ReadError, match=r"give names, one for each of its 3 values.*1\.00 vol-% wet, 400\.0 ppm wet, 989"
    ):
        read_bytes(tmp_path, content)
    with pytest.raises(ReadError, match="names has 2 entries; give 3"):
        read_bytes(tmp_path, content, names=NAMES[:2])
    named = read_bytes(tmp_path, content, names=NAMES)
    assert set(named.data) == set(whole.data)
    for name, values in whole.data.items():
        np.testing.assert_array_equal(named.data[name], values)
    np.testing.assert_array_equal(named.time, whole.time)
    places = {"h2o": ("6", "%"), "co2_wet": ("10", "ppm")}
    np.testing.assert_array_equal(
        read_bytes(tmp_path, content, columns=places).data["co2"], whole.data["co2"]
    )


def test_names_that_differ_from_a_gasmets_own_are_told(tmp_path):
    assert "its own are used" not in reasons(read_bytes(tmp_path, specimens.GASMET.encode(), names=NAMES))
    other = read_bytes(tmp_path, specimens.GASMET.encode(), names=[*NAMES[:2], "Pressure"])
    assert "its own are used, Water vapor H2O" in reasons(other)
