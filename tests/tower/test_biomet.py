"""Slow measurements over averaging periods, whatever their own interval."""

import numpy as np
import pytest

from fluxkit.physics.air import saturation_vapour_pressure
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.tower import chain
from fluxkit.tower.biomet import period_means
from tests.tower.mast import SPECTRA_OFF, START, air, dataset, make_site, seen

HALF_HOURS = START + np.arange(4) * np.timedelta64(30, "m")


def records(minutes: float, n: int):
    """Middles of records that begin at START."""
    step = np.timedelta64(round(minutes * 60e9), "ns")
    return START + step // 2 + np.arange(n) * step


def test_shorter_records_are_averaged_and_amounts_summed():
    x = np.arange(24.0)
    x[7] = np.nan
    out = period_means(
        records(5, 24), {"t_air": x, "precipitation": x}, HALF_HOURS, interval=300, seconds=1800
    )
    np.testing.assert_allclose(out["t_air"], [2.5, np.nanmean(x[6:12]), 14.5, 20.5])
    np.testing.assert_allclose(out["precipitation"], [15, np.nansum(x[6:12]), 87, 123])


def test_longer_records_hold_for_the_periods_within_them():
    x = np.array([1.0, 2.0])
    out = period_means(
        records(60, 2), {"t_air": x, "precipitation": x}, HALF_HOURS, interval=3600, seconds=1800
    )
    np.testing.assert_array_equal(out["t_air"], [1, 1, 2, 2])
    np.testing.assert_array_equal(out["precipitation"], [0.5, 0.5, 1, 1])


@pytest.mark.parametrize(("minutes", "n"), [(5, 6), (60, 0)])
def test_periods_without_records_have_none(minutes, n):
    out = period_means(
        records(minutes, n), {"rh": np.ones(n)}, HALF_HOURS, interval=60.0 * minutes, seconds=1800
    )
    assert np.isnan(out["rh"][1:]).all()


def biomet_site(path, **changes):
    biomet = {
        "files": str(path), "time_is": "end", "header_rows": 2, "time_format": "%Y-%m-%d %H%M",
        "columns": {"t_air": {"column": "Ta", "unit": "degC"}, "rh": {"column": "RH", "unit": "%"},
                    "sw_in": {"column": 4, "unit": "W m-2"}},
    }  # fmt: skip
    return make_site(decide=SPECTRA_OFF, biomet=biomet | changes)


TABLE = """TIMESTAMP_1,Ta,RH,Rg
yyyy-mm-dd HHMM,C,%,W m-2
2024-07-01 1115,20.0,50,400
2024-07-01 1130,22.0,70,-9999.0
"""


def test_a_table_is_read_in_its_units_and_clock(tmp_path):
    (tmp_path / "b.csv").write_text(TABLE)
    found = open_biomet(biomet_site(tmp_path / "b.csv"))  # stamps end, an hour ahead of UTC
    np.testing.assert_array_equal(found["time"], records(15, 2))
    np.testing.assert_allclose(found["t_air"], [293.15, 295.15])
    np.testing.assert_array_equal(found["sw_in"], [400.0, np.nan])
    assert found.attrs["interval_s"] == 900.0


def test_slow_air_goes_before_what_the_sonic_tells(tmp_path):
    (tmp_path / "b.csv").write_text(TABLE)
    site = biomet_site(tmp_path / "b.csv")
    moments = chain.condense(dataset(seen(air())), site)
    fluxes = chain.decide(moments, site, biomet=open_biomet(site))
    assert fluxes["TA"].item() == pytest.approx(21.0)
    assert fluxes["RH"].item() == pytest.approx(60.0)
    assert fluxes["SW_IN"].item() == 400.0
    e = 0.6 * saturation_vapour_pressure(np.array(294.15))
    assert fluxes["E"].item() == pytest.approx(e / 100.0, rel=1e-3)
    without = chain.decide(moments, site)
    assert "SW_IN" not in without
    assert without["TA"].item() == pytest.approx(296.0 - 273.15, abs=0.1)


def test_a_file_that_is_no_table_costs_itself(tmp_path, caplog):
    (tmp_path / "a.csv").write_text("nothing\n")
    (tmp_path / "b.csv").write_text(TABLE.replace("2024-07-01 1130", "1 July"))
    (tmp_path / "c.csv").write_text(TABLE)
    found = open_biomet(biomet_site(tmp_path / "*.csv"))
    assert found.sizes["time"] == 2
    assert "'1 July' is not a time" in caplog.text
    assert "a.csv" in caplog.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_is": None}, "time_is: missing; give 'start', 'middle' or 'end'"),
        (
            {"columns": {"temperature": {"column": 1, "unit": "K"}}},
            "'temperature'; known: t_air",
        ),
        ({"columns": {"t_air": {"column": 1, "unit": "kPa"}}}, "'kPa' is not a unit of temperature"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes, words):
    with pytest.raises(ValueError, match=words):
        biomet_site("b.csv", **changes)


def test_files_of_several_intervals_are_told(tmp_path, caplog):
    (tmp_path / "a.csv").write_text(TABLE + "2024-07-01 1145,22.0,70,1\n")
    (tmp_path / "b.csv").write_text(TABLE.replace("07-01 1115", "07-02 1100").replace("07-01", "07-02"))
    open_biomet(biomet_site(tmp_path / "*.csv"))
    assert "some files have a record every 1800 s, most of them every 900 s" in caplog.text


def test_directions_are_averaged_as_unit_vectors():
    time = np.datetime64("2024-07-01T10:02:30", "ns") + np.arange(12) * np.timedelta64(5, "m")
    values = {"wind_direction": np.tile([350.0, 10.0], 6), "t_air": np.full(12, 280.0)}
    found = period_means(time, values, time[:1] - np.timedelta64(150, "s"), interval=300.0, seconds=3600.0)
    assert abs((found["wind_direction"][0] + 180.0) % 360.0 - 180.0) < 1e-9
    assert set(found) == set(values)
