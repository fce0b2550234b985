"""From a file to years: every input that may be missing is answered in words, and the rest is done."""

import csv
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.cli.main import main
from fluxkit.ecosystem.processing import settings
from fluxkit.ecosystem.processing.course import Results
from fluxkit.ecosystem.processing.preparing import CASES
from fluxkit.ecosystem.processing.settings import Fill, Partition, Settings, Uncertainty, Ustar
from fluxkit.errors import ConfigError
from tests.ecosystem import tables
from tests.ecosystem.made_forest import forest, with_gaps

PLACE = {"latitude": tables.LATITUDE, "longitude": tables.LONGITUDE, "utc_offset_h": tables.OFFSET}
QUICK = Settings(
    ustar=Ustar(bootstraps=0),
    fill=Fill(method="mds"),
    partition=Partition(day="none", members="none"),
    uncertainty=Uncertainty(draws=0, pairs=0),
)
DAYS = 120


def made(
    tmp_path: Path, change: Callable[[tables.Table], object] | None = None, **options: object
) -> Results:
    """Return what a run makes of the made series, changed."""
    place = PLACE | {k: options.pop(k) for k in tuple(PLACE) if k in options}
    how = options.pop("config", QUICK)
    days, minutes = int(options.pop("days", DAYS)), int(options.pop("minutes", 30))  # type: ignore[call-overload]
    where = (float(place["latitude"]), float(place["longitude"]))  # type: ignore[arg-type]
    first = str(options.pop("first", "2019-05-01"))
    local, table = tables.series(days, minutes=minutes, first=first, place=where)
    if change is not None:
        change(table)
    path = tables.write(tmp_path / "DE-Abc_HH.csv", tables.fluxnet(local, table, minutes))
    return fk.ecosystem.run(path, tmp_path / "out", config=how, **place)  # type: ignore[arg-type]


def removed(*names: str) -> Callable[[tables.Table], object]:
    return lambda table: [table.pop(name) for name in names]


def nights(table: tables.Table, name: str) -> None:
    table[name] = np.where(table["SW_IN"] < 1.0, np.nan, table[name])


def lost_in_calm_nights(table: tables.Table) -> None:
    lost = np.where(table["SW_IN"] < 1.0, np.clip(1.0 - table["USTAR"] / 0.25, 0.0, 1.0), 0.0)
    table["NEE"] = table["NEE"] * (1.0 - 0.8 * lost)


def days_of(table: tables.Table, name: str) -> None:
    table[name] = np.where(table["SW_IN"] < 1.0, table[name], np.nan)


def low_turbulence(table: tables.Table) -> None:
    low = (table["USTAR"] < 0.2) & (table["SW_IN"] < 10.0)
    table["NEE"] = np.where(low, np.nan, table["NEE"])


def still(table: tables.Table) -> None:
    table["NEE"][500:520] = 1.25


def exchanged(table: tables.Table) -> None:
    table["SW_IN"], table["PPFD_IN"] = table["PPFD_IN"], table["SW_IN"]


def methane(table: tables.Table) -> None:
    table["FCH4"] = 20.0 + 3.0 * table["TA"] + np.random.default_rng(2).normal(0.0, 4.0, table["TA"].size)
    table["FCH4"][300:340] = np.nan
    for name in ("NEE", "LE", "H"):
        table.pop(name)


def gone(table: tables.Table) -> None:
    table["NEE"][: table["NEE"].size // 2] = np.nan


#: Case -> change, words that are said, variables that are made none the less.
TRIALS: dict[str, tuple[Callable[[tables.Table], object] | None, str, tuple[str, ...]]] = {
    "no_ustar": (removed("USTAR"), "no USTAR: nothing is taken out", ("NEE_F", "RECO_NT")),
    "no_vpd": (removed("VPD", "RH"), "no VPD: gaps are filled without it", ("NEE_F", "RECO_NT")),
    "no_radiation": (removed("SW_IN", "PPFD_IN"), "no SW_IN: night is told by the sun", ("NEE_F", "RECO_NT")),
    "no_radiation_at_night": (
        lambda table: nights(table, "SW_IN"),
        "it is 0 while the sun is down",
        ("NEE_F", "RECO_NT", "SW_IN_F"),
    ),
    "no_era": (None, "", ("TA_F", "NEE_F", "RECO_NT")),
    "quarters": (None, "15 min became half hours", ("NEE_F", "RECO_NT")),
    "already_filtered": (low_turbulence, "filtered for low turbulence already", ("NEE_F", "RECO_NT")),
    "equal_values": (still, "", ("NEE_F", "RECO_NT")),
    "missing_year": (gone, "no annual sum", ("NEE_F", "RECO_NT")),
    "swapped": (exchanged, "they are exchanged back", ("NEE_F", "RECO_NT")),
    "only_day": (lambda table: nights(table, "NEE"), "NEE has no nights", ("NEE_F", "LE_F", "H_F")),
    "only_night": (lambda table: days_of(table, "NEE"), "NEE has no days", ("NEE_F", "RECO_NT")),
    "only_methane": (methane, "no NEE: FCH4 is screened and filled", ("FCH4_F",)),
    "polar": (None, "NEE has no nights", ("NEE_F", "LE_F")),
}


@pytest.mark.parametrize("case", TRIALS)
def test_what_is_missing_is_answered_and_the_rest_is_done(case: str, tmp_path: Path) -> None:
    change, words, variables = TRIALS[case]
    options: dict[str, object] = {}
    if case == "quarters":
        options["minutes"] = 15
    if case == "polar":
        options |= {"latitude": 78.2, "longitude": 15.6, "first": "2019-05-20", "days": 60}
    results = made(tmp_path, change, **options)
    assert words in "\n".join(results.said)
    for name in variables:
        assert name in results.data, name
        assert results.data[name].notnull().mean() > 0.4, name
    assert set(results.paths) >= {"dataset", "annual", "product", "page"}
    assert all(path.is_file() for path in results.paths.values())
    page = results.paths["page"].read_text(encoding="utf-8")
    assert words in page
    if case == "no_era":
        with zipfile.ZipFile(results.paths["product"]) as archive:
            name = next(name for name in archive.namelist() if "README" in name)
            assert "no reanalysis was given" in archive.read(name).decode()


def test_every_case_of_the_table_is_tried() -> None:
    assert set(TRIALS) == set(CASES)


def test_a_polar_winter_has_respiration_and_no_light_response(tmp_path: Path) -> None:
    how = QUICK.model_copy(update={"partition": Partition(members="none")})
    options = {"latitude": 78.2, "longitude": 15.6, "first": "2019-11-20", "days": 60}
    results = made(tmp_path, config=how, **options)
    assert float(results.data["SW_IN"].max()) == 0.0
    assert results.data["RECO_NT"].notnull().all()
    assert any("day-time method" in said for said in results.said)


def test_equal_values_are_taken_out_before_anything_is_computed(tmp_path: Path) -> None:
    results = made(tmp_path, still)
    assert json.loads(results.data.attrs["screening"])["NEE"]["equal values"] >= 20
    assert results.data["NEE"].isnull().values[500:520].all()


def test_exchanged_radiation_gives_the_same_as_the_right_columns(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    right, wrong = made(tmp_path / "a"), made(tmp_path / "b", exchanged)
    np.testing.assert_allclose(wrong.data["NEE_F"].values, right.data["NEE_F"].values)


def test_a_method_that_fails_costs_only_itself(tmp_path: Path) -> None:
    results = made(tmp_path, removed("TA", "RH", "VPD"))
    assert any(said.startswith("the night-time method could not be done") for said in results.said)
    assert "NEE_F" in results.data
    assert results.paths["product"].is_file()


def test_a_year_has_a_sum_with_an_interval(tmp_path: Path) -> None:
    results = made(tmp_path, days=365, first="2019-01-01")
    rows = list(csv.DictReader(results.paths["annual"].open(encoding="utf-8")))
    assert list(rows[0]) == ["year", "variable", "value", "lower", "upper", "unit"]
    found = {row["variable"]: row for row in rows}
    assert {"NEE", "GPP_NT", "RECO_NT"} <= set(found)
    NEE = found["NEE"]
    assert float(NEE["lower"]) < float(NEE["value"]) < float(NEE["upper"])
    assert NEE["unit"] == "g C m-2"
    total = float(results.data["NEE_F"].sum()) * 12.011e-6 * 1800.0
    assert float(NEE["value"]) == pytest.approx(total, rel=1e-4)
    balance = float(found["RECO_NT"]["value"]) - float(found["GPP_NT"]["value"])
    assert balance == pytest.approx(total, abs=0.01 * abs(total) + 0.1)
    with zipfile.ZipFile(results.paths["product"]) as archive:
        assert archive.testzip() is None
        name = next(name for name in archive.namelist() if "FLUXMET_HH" in name)
        head = archive.read(name).decode().partition("\n")[0].split(",")
    assert {"NEE_VUT_REF_RANDUNC", "NEE_VUT_REF_RANDUNC_METHOD", "LE_RANDUNC_N"} <= set(head)


def test_methane_and_nitrous_oxide_have_sums_beside_carbon_dioxide(tmp_path: Path) -> None:
    def gases(table: tables.Table) -> None:
        n = table["TA"].size
        table["FCH4"] = 20.0 + np.random.default_rng(2).normal(0.0, 4.0, n)
        table["FCH4"][300:340] = np.nan
        table["FN2O"] = 0.5 + np.random.default_rng(3).normal(0.0, 0.1, n)

    results = made(tmp_path, gases, days=365, first="2019-01-01")
    rows = list(csv.DictReader(results.paths["annual"].open(encoding="utf-8")))
    found = {row["variable"]: row for row in rows}
    assert rows[0]["variable"] == "NEE"
    seconds = 365 * 86400
    for name, expected, unit in (
        ("FCH4", 20e-9 * 12.011 * seconds, "g C m-2"),
        ("FN2O", 0.5e-9 * 28.014 * seconds, "g N m-2"),
    ):
        row = found[name]
        assert row["unit"] == unit
        assert float(row["value"]) == pytest.approx(expected, rel=0.005)
        assert float(row["lower"]) < expected < float(row["upper"])


def test_methane_alone_has_sums(tmp_path: Path) -> None:
    results = made(tmp_path, methane, days=365, first="2019-01-01")
    assert [row["variable"] for row in results.annual] == ["FCH4"]
    assert results.annual[0]["lower"] < results.annual[0]["value"] < results.annual[0]["upper"]
    assert "FCH4" in results.paths["page"].read_text(encoding="utf-8")


def test_a_stray_record_of_another_year_is_said_and_has_no_sum(tmp_path: Path) -> None:
    results = made(tmp_path, days=366, first="2019-01-01")
    assert results.paths["product"].name == "FLX_DE-Abc_FLUXNET_2019-2019_v1.3_r1.zip"
    assert "2020 is not in the product: the file has 1 day of it" in results.said


@pytest.mark.parametrize(
    ("ustar", "says", "percentiles"),
    [
        ({"method": "moving-point", "seasons": [121, 152, 200]}, "low turbulence taken out", []),
        (
            {"method": "moving-point", "seasons": {"2019": [130, 170]}},
            "low turbulence taken out",
            [],
        ),
        ({"method": "evening-maximum"}, "of the evening's maximum", []),
        ({"thresholds": {"2019": {"5": 0.1, "48.75": 0.2, "95": 0.3}}}, "taken out", [5.0, 48.75, 95.0]),
    ],
)
def test_ways_to_filter_low_turbulence(
    ustar: dict[str, Any], says: str, percentiles: list[float], tmp_path: Path
) -> None:
    how = QUICK.model_copy(update={"ustar": Ustar(bootstraps=0, **ustar)})
    results = made(tmp_path, config=how)
    assert says in results.data.attrs["ustar_filter"]
    assert results.data["NEE"].notnull().sum() < results.data["NEE_UNFILTERED"].notnull().sum()
    if percentiles:
        assert results.data["ustar_percentile"].values.tolist() == percentiles
    if "seasons" in ustar:
        assert results.thresholds is not None
        begins = ustar["seasons"]["2019"] if isinstance(ustar["seasons"], dict) else ustar["seasons"]
        found = results.thresholds["season"].values - 2019000
        assert set(found) <= {1, *begins}
        assert len(found) > 1


def test_a_year_with_members_of_thresholds_has_sums(tmp_path: Path) -> None:
    how = QUICK.model_copy(update={"ustar": Ustar(thresholds={"16": 0.15, "50": 0.2, "84": 0.25})})
    results = made(tmp_path, days=366, first="2018-12-31", config=how)
    assert not [sentence for sentence in results.said if "could not be done" in sentence]
    rows = {row["variable"]: row for row in results.annual if row["year"] == 2019}
    assert rows["NEE"]["lower"] < rows["NEE"]["value"] < rows["NEE"]["upper"]
    assert results.sums is not None
    assert float(results.sums["parts"].sel(part="ustar", variable="NEE", year=2019)) > 0.0


def test_members_of_thresholds_go_through_all_steps(tmp_path: Path) -> None:
    how = QUICK.model_copy(
        update={
            "ustar": Ustar(thresholds={"5": 0.15, "50": 0.2, "95": 0.25}),
            "partition": Partition(day="none", members="night"),
        }
    )
    results = made(tmp_path, config=how)
    assert not [sentence for sentence in results.said if "could not be done" in sentence]
    assert results.sums is not None
    assert (results.sums["ensemble"].sel(variable=["NEE", "RECO_NT"]) > 0.0).all()
    data = results.data
    assert data["NEE_F_USTAR"].dims == ("variant", "ustar_percentile", "time")
    assert data["RECO_NT_USTAR"].shape == data["NEE_F_USTAR"].shape
    kept = data["NEE_USTAR"].notnull().sum("time").values[0]
    assert kept[0] > kept[1] > kept[2]
    with xr.open_dataset(tmp_path / "out" / "DE-Abc_ecosystem.nc") as stored:
        assert stored["NEE_F_USTAR"].dims == ("variant", "ustar_percentile", "time")


@pytest.mark.slow
def test_one_threshold_for_all_years_has_an_ensemble_as_that_of_each_year() -> None:
    """Two years of unlike thresholds: CUT lies between them, and each kind has its members in the sums."""
    years = [forest(f"{year}-01-01", 365, seed=year, noise=0.5) for year in (2018, 2019)]
    calm = years[1]
    low = (calm["USTAR"] > 0.25) & (calm["USTAR"] < 0.4) & (calm["SW_IN"] < 10.0)
    years[1] = calm.assign(NEE=calm["NEE"].where(~low, calm["NEE"] - 1.0))
    ds = with_gaps(xr.concat(years, "time"))
    t = fk.ecosystem.ustar_thresholds(ds, bootstraps=30, percentiles=[5, 16, 25, 50, 75, 84, 95])
    both = {
        use: fk.ecosystem.ensemble(ds, t, use=use, filling={"method": "mds"}, day=(), pairs=0)
        for use in ("vut", "cut", "threshold", "single")
    }
    for p in both.values():
        assert (p["factor"] == "ustar").sum() == 7
        assert p["RECO_NT"].notnull().all()
    cut = fk.ecosystem.filter_ustar(ds, t["cut"].sel(percentile=75, drop=True))
    made = fk.ecosystem.fill(cut, "NEE", method="mds")["NEE_F"].values
    chosen = both["cut"]["label"] == "u* percentile 75"
    np.testing.assert_array_equal(both["cut"]["NEE"].values[chosen.values][0], made)
    spread = {use: fk.ecosystem.annual(p)["ensemble"].sel(variable="NEE").values for use, p in both.items()}
    assert all((x > 0.0).all() for x in spread.values())
    np.testing.assert_array_equal(spread["cut"], spread["vut"])  # of two years each has the other beside it
    assert not np.allclose(spread["single"], spread["threshold"])


@pytest.mark.slow
def test_a_run_follows_one_threshold_of_all_years_where_it_is_asked(tmp_path: Path) -> None:
    found = {}
    for kind in ("VUT", "CUT"):
        (tmp_path / kind).mkdir()
        ustar = Ustar(pool=kind, bootstraps=10)
        how = QUICK.model_copy(
            update={"ustar": ustar, "partition": Partition(day="none", members="night"), "fill": Fill()}
        )
        found[kind] = made(tmp_path / kind, lost_in_calm_nights, days=430, first="2019-06-01", config=how)
        assert found[kind].data["variant"].values.tolist() == ["VUT", "CUT"]
        assert found[kind].data["RECO_NT_USTAR"].notnull().all()
        with zipfile.ZipFile(found[kind].paths["product"]) as archive:
            name = next(name for name in archive.namelist() if "FLUXMET_HH" in name)
            head = archive.read(name).decode().partition("\n")[0].split(",")
        for column in ("NEE", "RECO_NT", "GPP_NT"):
            assert {f"{column}_VUT_REF", f"{column}_CUT_REF", f"{column}_CUT_95"} <= set(head)
    limit = found["CUT"].thresholds
    assert limit is not None
    data = found["CUT"].data
    low = (data["USTAR"] < float(limit["single"])) & ~(data["SW_IN"] >= 10.0)
    assert data["NEE"].where(low).isnull().all()
    assert bool(limit["threshold"].notnull().all())


def test_the_command_writes_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    local, table = tables.series(40)
    path = tables.write(tmp_path / "table.csv", tables.fluxnet(local, table))
    config = tmp_path / "how.toml"
    config.write_text(
        "[ustar]\nbootstraps = 0\n[fill]\nmethod = 'mds'\n"
        "[partition]\nday = 'none'\n[uncertainty]\npairs = 0\n"
    )
    arguments = ["ecosystem", str(path), "-o", str(tmp_path / "out"), "--config", str(config)]
    arguments += ["--latitude", "50.96", "--longitude", "13.57", "--utc-offset-h", "1", "--site", "DE-Xyz"]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert (tmp_path / "out" / "DE-Xyz_ecosystem.nc").is_file()
    assert (tmp_path / "out" / "DE-Xyz_annual.csv").read_text() == "year,variable,value,lower,upper,unit\n"
    assert "no whole year" in capsys.readouterr().out


def test_an_unknown_setting_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "how.toml"
    path.write_text("[ustar]\nbootstrap = 3\n")
    with pytest.raises(ConfigError, match="bootstraps"):
        settings.load(path)


def test_texts_of_a_file_cannot_write_into_the_page(tmp_path: Path) -> None:
    local, table = tables.series(40)
    path = tables.write(tmp_path / "table.csv", tables.fluxnet(local, table))
    results = fk.ecosystem.run(path, tmp_path, config=QUICK, site="DE<b>", **PLACE)
    assert "<b>" not in re.sub(r"<li><b>", "", results.paths["page"].read_text(encoding="utf-8"))


def test_fluxes_and_meteo_apart_are_one_run_with_both_files_on_record(tmp_path: Path) -> None:
    local, table = tables.series(40)
    (tmp_path / "in").mkdir()
    for kind, names in (("FLUXES", ("NEE", "USTAR")), ("METEO", ("TA", "SW_IN", "RH"))):
        own = {name: table[name] for name in names}
        (tmp_path / "in" / f"ICOSETC_DE-Abc_{kind}_L2.csv").write_bytes(tables.fluxnet(local, own))
    results = fk.ecosystem.run(tmp_path / "in", tmp_path / "out", config=QUICK, **PLACE)
    assert {"NEE_F", "RECO_NT", "VPD"} <= set(results.data)
    inputs = json.loads(results.paths["run"].read_text())["inputs"]
    assert [one["path"] for one in inputs] == [
        f"ICOSETC_DE-Abc_{kind}_L2.csv" for kind in ("FLUXES", "METEO")
    ]


def only(*names: str) -> Callable[[tables.Table], object]:
    return lambda table: [table.pop(name) for name in tuple(table) if name not in names]


def constant(table: tables.Table) -> None:
    table["NEE"] = np.full(table["NEE"].size, 1.5)


def nothing(table: tables.Table) -> None:
    for name in table:
        table[name] = np.full(table[name].size, np.nan)


def one_day(table: tables.Table) -> None:
    table["NEE"][40:] = np.nan


@pytest.mark.parametrize(
    ("change", "days", "words"),
    [
        (only("LE", "H", "TA", "SW_IN"), 40, "no NEE: LE, H are screened and filled"),
        (only("NEE"), 40, "no TA: respiration cannot be told"),
        (only("FCH4"), 40, "no NEE: there is no flux to fill"),
        (constant, 40, "NEE: screening has left no record (equal values: 1920)"),
        (nothing, 10, "no NEE: there is no flux to fill"),
        (one_day, 2, "NEE has no nights"),
    ],
)
def test_what_there_is_little_of_costs_no_traceback(
    change: Callable[[tables.Table], object],
    days: int,
    words: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def changed(table: tables.Table) -> None:
        table["FCH4"] = np.full(table["TA"].size, np.nan)
        change(table)

    how = QUICK.model_copy(update={"uncertainty": Uncertainty(pairs=0, draws=12)})
    results = made(tmp_path, changed, days=days, config=how)
    assert words in "\n".join(results.said)
    assert not [record for record in caplog.records if record.exc_info]
    assert results.paths["page"].is_file()


@pytest.mark.slow
def test_members_leave_open_what_the_reference_leaves_open(tmp_path: Path) -> None:
    """A strict threshold makes an outage longer than any gap that skill was shown for."""

    def outage(table: tables.Table) -> None:
        table["NEE"][48 * 50 : 48 * 66] = np.nan
        weak = np.arange(table["NEE"].size) // 48
        table["USTAR"] = np.where((weak >= 44) & (weak < 72), 0.21, table["USTAR"])

    how = QUICK.model_copy(
        update={"fill": Fill(), "ustar": Ustar(thresholds={"5": 0.1, "50": 0.2, "95": 0.3}, bootstraps=0)}
    )
    data = made(tmp_path, outage, config=how, days=150).data
    main = np.isfinite(data["NEE_F"].values)
    members = data["NEE_F_USTAR"].values.reshape(-1, main.size)
    assert len(members) == 3
    for member in members:
        np.testing.assert_array_equal(np.isfinite(member), main)
