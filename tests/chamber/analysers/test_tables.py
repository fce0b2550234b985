"""Tables without a format of their own: header lines, decimals behind commas, vials, several analysers."""

from dataclasses import replace

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.constants import SI
from fluxkit.errors import ReadError
from tests.chamber.analysers import specimens

N = 40
CO2 = 400.0 + 0.25 * np.arange(N)
T_AIR = np.where(np.arange(N) % 10 == 0, 12.5 + 0.05 * np.arange(N), np.nan)
BLOCK = """\
Logger Details:
Logger Type,2010
Serial Number,KP0
Job Details
Arm Time,26.06.2020 12:40:54


Channel Info
Description,,,CO2 (V),CO2_calc (ppm),Tair
Logging Interval,,,00:00:01,00:00:01,00:00:01
"""
COLUMNS = {"co2_wet": ("CO2_calc (ppm)", "ppm"), "t_air": ("Tair", "degC")}


def reasons(series):
    return " | ".join(problem.reason for problem in series.problems)


def opened(tmp_path, text, **say):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return open_analyser(path, **{"utc_offset_h": 0.0, **say})


def squirrel(mark=",", decimal=".", block=BLOCK, stamp="Date{mark}Time"):
    """Return a logger's table: a number with its decimals, or #N/A, in each column."""
    names = mark.join([stamp.format(mark=mark), "Type", "CO2 (V)", "CO2_calc (ppm)", "Tair"])
    lines = [*block.splitlines(), names]
    for k in range(N):
        clock = stamp.replace("Date", "26.06.2020").replace("Time", f"12:40:{k:02d}").format(mark=mark)
        clock = clock.replace("/", " ")
        t = "#N/A" if np.isnan(T_AIR[k]) else f"{T_AIR[k]:.2f}".replace(".", decimal)
        volts, co2 = (f"{x:.3f}".replace(".", decimal) for x in (CO2[k] / 200, CO2[k]))
        lines.append(mark.join([clock, "Interval", volts, co2, t]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("block", [BLOCK, ""])
@pytest.mark.parametrize("stamp", ["Date{mark}Time", "Date/Time"])
def test_header_lines_and_decimal_commas_are_found_where_unmistakable(tmp_path, mark, decimal, block, stamp):
    text = squirrel(mark, decimal, block, stamp)
    series = opened(tmp_path, text, columns=COLUMNS)
    np.testing.assert_allclose(series.data["co2_wet"], CO2 * 1e-6, rtol=1e-12)
    np.testing.assert_allclose(series.data["t_air"], T_AIR + 273.15, atol=6e-3)
    assert series.time[0] == np.datetime64("2020-06-26T12:40:00", "ns")
    assert ("decimals are behind a comma" in reasons(series)) == (decimal == ",")
    assert ("lines above them are passed over" in reasons(series)) == bool(block)
    said = opened(tmp_path, text, columns=COLUMNS, decimal=decimal, header_rows=len(block.splitlines()) + 1)
    np.testing.assert_array_equal(said.data["co2_wet"], series.data["co2_wet"])
    assert "decimals" not in reasons(said)


def test_header_rows_counted_without_the_names_are_understood_and_told(tmp_path):
    series = opened(tmp_path, squirrel(), columns=COLUMNS, header_rows=len(BLOCK.splitlines()))
    assert series.size == N
    assert "its names are in line 11: 11 lines are taken" in reasons(series)
    with pytest.raises(ReadError, match="has only 52 lines, none below the header_rows"):
        opened(tmp_path, squirrel(), columns=COLUMNS, header_rows=900)


def test_whole_numbers_among_decimal_commas_are_refused_and_not_guessed(tmp_path):
    """ "1,2,3" may be 1.2 and 3, or 1 and 2.3."""
    text = "Date,Time,a,b\n26.06.2020,12:40:00,1,2,3\n26.06.2020,12:40:01,1,2,3\n"
    columns = {"co2": ("a", "ppm")}
    with pytest.raises(ReadError, match="no record has the 4 columns of its names"):
        opened(tmp_path, text, columns=columns, decimal=",")
    with pytest.raises(ReadError, match="no records below"):
        opened(tmp_path, text, columns=columns)


def test_names_of_a_table_without_any_are_given(tmp_path):
    lines = squirrel(block="").splitlines()
    names = ("Date", "Time", "Type", "CO2 (V)", "CO2_calc (ppm)", "Tair")
    series = opened(tmp_path, "\n".join(lines[1:]), names=names, columns=COLUMNS)
    assert series.size == N
    below = opened(tmp_path, "a line\n" + "\n".join(lines[1:]), names=names, header_rows=1, columns=COLUMNS)
    assert below.size == N


# ---- several analysers in one file ----


def test_columns_choose_among_the_analysers_of_a_logger(tmp_path):
    text = specimens.LOGGER.replace('"LI7820_N20"', '"LI7815_CO2"')
    first = opened(tmp_path, text)
    assert first.data["co2"][0] == pytest.approx(410e-6)
    assert "co2 is that of LI7810_CO2; LI7815_CO2 measures it too: name it in columns" in reasons(first)
    other = opened(tmp_path, text, columns={"co2": ("LI7815_CO2", "ppm")})
    assert other.data["co2"][0] == pytest.approx(334.5e-6)
    with pytest.raises(ReadError, match="no column 'LI7820_CO2'"):
        opened(tmp_path, text, columns={"co2": ("LI7820_CO2", "ppm")})


@pytest.mark.parametrize(
    ("name", "variable", "column", "unit", "value"),
    [
        ("picarro", "co2", "CO2", "ppm", 400e-6),
        ("picarro", "co2_wet", "CO2", "ppm", 400e-6 / 0.99),
        ("healthy-photon", "ch4", "CO2concentration_ppm", "ppm", 418.5e-6),
        ("aeris", "n2o", "N2O (ppm)", "ppb", 0.3239e-9),
        ("li-850", "co2", "3", "ppm", 410e-6),
    ],
)
def test_columns_are_heeded_by_every_format(tmp_path, name, variable, column, unit, value):
    path = tmp_path / "file"
    path.write_text(specimens.TEXTS[name][1], encoding="utf-8")
    said = {"utc_offset_h": 1.0, "day_first": True, "columns": {variable: (column, unit)}}
    series = open_analyser(path, **said)
    gas = variable.removesuffix("_wet")
    assert series.data[gas][0] == pytest.approx(value, rel=1e-9)
    assert f"{gas}_wet" not in series.data
    with pytest.raises(ReadError, match="no column 'nothing'"):
        open_analyser(path, **{**said, "columns": {variable: ("nothing", "ppm")}})


def test_a_density_needs_temperature_and_pressure(tmp_path):
    text = "time,rho,T,P\n2024-05-13 11:00:00,16.0,20.0,98.0\n2024-05-13 11:00:01,16.1,20.0,98.0\n"
    air = {"t_air": ("T", "degC"), "p_air": ("P", "kPa")}
    series = opened(tmp_path, text, columns={"co2_wet": ("rho", "mmol m-3"), **air})
    expected = 16e-3 * SI.R * 293.15 / 98e3
    assert series.data["co2_wet"][0] == pytest.approx(expected)
    mass = opened(tmp_path, text, columns={"co2_wet": ("rho", "mg m-3"), **air})
    assert mass.data["co2_wet"][0] == pytest.approx(expected / 44.01, rel=1e-3)
    with pytest.raises(ReadError, match="needs the temperature and pressure of the same air"):
        opened(tmp_path, text, columns={"co2_wet": ("rho", "mmol m-3")})
    with pytest.raises(ReadError, match="of moist air: name it co2_wet"):
        opened(tmp_path, text, columns={"co2": ("rho", "mmol m-3"), **air})


# ---- vials ----

VIALS = {
    "series_column": "Series",
    "columns": {
        "elapsed": ("Time", "min"),
        "area": ("A", "m2"),
        "volume": ("V", "L"),
        "n2o": ("Concentration", "ppb"),
    },
}


def vials(slopes, *, points=4, noise=0.0, kappa=0.0, clock=None, seed=1):
    """Return a table of vials over an hour; slopes of N2O at closing [ppb min-1], kappa times the length."""
    rng = np.random.default_rng(seed)
    minutes = np.linspace(0.0, 60.0, points)
    shape = minutes if not kappa else 60.0 / kappa * (1.0 - np.exp(-kappa * minutes / 60.0))
    rows = []
    for k, slope in enumerate(slopes):
        for minute, value in zip(
            minutes, 330.0 + slope * shape + rng.normal(0.0, noise, points), strict=True
        ):
            stamp = "" if clock is None else f";{np.datetime64(clock) + np.timedelta64(3 * k, 'm')}"
            rows.append((minute, f"s{k};30;0.25;{minute:g};{value:.9f}{stamp}"))
    names = "Series;V;A;Time;Concentration" + ("" if clock is None else ";Closed")
    return "\n".join([names, *(text for _, text in rows)]) + "\n"


def of_vials(series):
    fluxes = fk.chamber.fluxes([series])
    per_slope = 1e-9 / 60.0 * 0.03 / 0.25 * 101325.0 / (SI.R * 288.15) * 1e6
    return {
        name: fluxes[name].sel(gas="n2o").to_numpy() / per_slope for name in ("flux", "flux_low", "flux_high")
    }


@pytest.mark.parametrize("clock", [None, "2024-05-13T10:00"])
def test_vials_of_closures_that_overlap_are_not_mixed(tmp_path, clock):
    slopes = [1.5, -0.4, 12.0]
    say = VIALS if clock is None else {**VIALS, "time_column": "Closed"}
    series = opened(tmp_path, vials(slopes, clock=clock), **say)
    np.testing.assert_allclose(of_vials(series)["flux"], slopes, rtol=1e-6)
    first = series.closures[0]
    assert (first.label, first.area, first.volume) == ("s0", 0.25, pytest.approx(0.03))
    assert ("it has no clock times" in reasons(series)) == (clock is None)
    year = series.time[0].astype("M8[Y]").astype(str)
    assert year == ("1970" if clock is None else "2024")


@pytest.mark.parametrize("points", [3, 4, 5, 6])
@pytest.mark.parametrize("kappa", [0.0, 0.5, 1.0])
def test_few_vials_have_an_interval_that_holds_the_planted_flux(tmp_path, points, kappa):
    """The chamber saturates unseen: the line is low, and its interval must still hold the flux at closing."""
    text = vials(np.full(400, 1.5), points=points, noise=5.0, kappa=kappa)
    found = of_vials(opened(tmp_path, text, **VIALS))
    inside = (found["flux_low"] <= 1.5) & (found["flux_high"] >= 1.5)
    assert inside.mean() > 0.93
    assert np.isfinite(found["flux_high"]).all()


def test_a_table_of_vials_says_what_lacks(tmp_path):
    text = vials([1.0, 2.0])
    some = {name: entry for name, entry in VIALS["columns"].items() if name != "elapsed"}
    with pytest.raises(ReadError, match="needs the time since closing"):
        opened(tmp_path, text, series_column="Series", columns=some)
    with pytest.raises(ReadError, match="needs columns of gases"):
        opened(tmp_path, text, series_column="Series")
    with pytest.raises(ReadError, match="has no column 'Serie'"):
        opened(tmp_path, text, **{**VIALS, "series_column": "Serie"})
    lines = text.splitlines()
    one = opened(tmp_path, "\n".join([*lines[:5], lines[5]]), **VIALS)
    assert "closure s1 has 1 vials with a time: too few for a flux" in reasons(one)
    two = opened(tmp_path, text.replace("s0;30;0.25;60", "s0;31;0.25;60"), **VIALS)
    assert "closure s0 has several values of volume: the first is taken" in reasons(two)


def test_vials_of_several_files_are_not_mixed(tmp_path):
    both = []
    for k, slope in enumerate((1.0, 5.0)):
        path = tmp_path / f"day{k}.csv"
        path.write_text(vials([slope], seed=k), encoding="utf-8")
        both.append(open_analyser(path, **VIALS))
    fluxes = fk.chamber.fluxes(both)
    ratio = fluxes["flux"].sel(gas="n2o").to_numpy()
    assert ratio[1] / ratio[0] == pytest.approx(5.0)
    closures = fk.chamber.closures_from_series(both)
    assert not (fluxes["flags"].to_numpy() & (1 << 7)).any()  # overlapping
    assert replace(closures).extra["series"].size == 2
