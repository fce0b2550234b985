"""Faults that people make, planted in a station that is well: `check` or `run` names each of them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from fluxkit.archive.doubted import with_doubts
from fluxkit.archive.doubts import doubts_of_archive
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import plan_archive
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import Results, decide_archive, run
from fluxkit.archive.table_doubts import Beside, doubts_of_plan, tables_beside
from fluxkit.cli.main import app
from fluxkit.errors import NoInputError
from fluxkit.physics.air import saturation_vapour_pressure
from fluxkit.physics.solar import potential_radiation
from fluxkit.schema.variables import mask
from fluxkit.synthetic.tower import make_day

BIOMET = """
[biomet]
files = "meteo.csv"
time_is = "end"
{extra}
[biomet.columns]
t_air = {{ column = "TA", unit = "degC" }}
rh = {{ column = "RH", unit = "%" }}
sw_in = {{ column = "SW", unit = "W m-2" }}
wind_direction = {{ column = "WD", unit = "deg" }}
"""
#: Shortest records that the checks of clocks can do with: temperature [h], radiation [d].
HOURS, DAYS = 30, 6


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three half hours of a summer's noon, open path, at 10 Hz."""
    folder = tmp_path_factory.mktemp("station")
    make_day(folder, hours=1.5, start="2024-07-01T11:00")
    return folder


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty hours at 1 Hz with a table of slow measurements, condensed and decided."""
    folder = tmp_path_factory.mktemp("archive")
    config = make_day(folder, hours=HOURS, rate=1.0)
    write_meteo(folder)
    config.write_text(config.read_text() + BIOMET.format(extra=""))
    run(config, folder / "out")
    return folder


def write_meteo(folder: Path, late_min: int = 0) -> None:
    """Write a table of air temperature, humidity and radiation whose clock is late by some minutes."""
    rows = pd.read_csv(folder / "truth.csv", comment="#")
    vapour = 1e3 * rows["PA"] * rows["H2O_DRY"] / (1e3 + rows["H2O_DRY"])
    humidity = 100.0 * vapour / saturation_vapour_pressure(rows["TA"].to_numpy() + 273.15)
    first = np.datetime64(rows["time"][0].rstrip("Z"), "ns")
    start = first + np.arange(48 * DAYS) * np.timedelta64(30, "m")
    sun = potential_radiation(start + np.timedelta64(15, "m"), 47.0, 8.0)
    cloud = np.random.default_rng(3).uniform(0.5, 0.8, start.size)
    stamp = start + np.timedelta64(90 + late_min, "m")  # the end of the interval, UTC+1
    air = [f"{x:.2f}" for x in rows["TA"]] + ["nan"] * (start.size - len(rows))
    rh = [f"{x:.2f}" for x in humidity] + ["nan"] * (start.size - len(rows))
    wd = [f"{x:.0f}" for x in rows["WD"]] + ["nan"] * (start.size - len(rows))
    lines = [
        f"{str(t)[:16].replace('T', ' ')},{ta},{h},{x:.1f},{d}"
        for t, ta, h, x, d in zip(stamp, air, rh, cloud * sun, wd, strict=True)
    ]
    (folder / "meteo.csv").write_text("\n".join(["time,TA,RH,SW,WD", *lines]) + "\n")


def checked(folder: Path, text: str, *options: str) -> tuple[int, list[str]]:
    """Return exit code and doubts of `fluxkit check` on another configuration in a folder."""
    config = folder / "other.toml"
    config.write_text(text)
    result = CliRunner().invoke(app, ["check", str(config), *options])
    return result.exit_code, [line for line in result.output.splitlines() if line.startswith("! ")]


def decided(folder: Path, text: str) -> list[str]:
    """Return names and sentences of the doubts of deciding with another configuration."""
    config = folder / "other.toml"
    config.write_text(text)
    job = Job.of(config, folder / "out")
    record = RunRecord.read(job)
    beside = tables_beside(job)
    fluxes, _ = decide_archive(record, beside)
    suspicions = record.suspicions()
    told = doubts_of_archive(fluxes, job.site, record.groups(), job.out, beside, suspicions)
    assert fluxes.attrs["doubts"] == [doubt.sentence for doubt in told]
    return [f"{doubt.check}: {doubt.sentence}" for doubt in told]


def exchanged(text: str, one: str, other: str) -> str:
    """Return a configuration with two columns the other way round."""
    return text.replace(f'"{one}"', '"?"').replace(f'"{other}"', f'"{one}"').replace('"?"', f'"{other}"')


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return change


#: Fault -> what is changed in the configuration, what must be said.
OF_ONE_FILE: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "u and w swapped": (lambda text: exchanged(text, "Ux", "Uz"), ("columns.u, columns.w",)),
    "v and w swapped": (lambda text: exchanged(text, "Uy", "Uz"), ("columns.v, columns.w",)),
    "sign of w": (
        replaced('"Uz", unit = "m s-1",', '"Uz", unit = "m s-1", gain = -1.0,'),
        ("columns.w", "downwards", "gain = -1"),
    ),
    "CO2 and H2O swapped": (
        lambda text: exchanged(text, "CO2", "H2O"),
        ("columns.co2, columns.h2o", "swapped"),
    ),
    "forgotten gain": (
        replaced('column = "CO2"\n', 'column = "CO2"\ngain = 0.005\n'),
        ("columns.co2", "check gain and offset"),
    ),
    "degC given as K": (replaced('"Ts", unit = "degC"', '"Ts", unit = "K"'), ("columns.t_sonic", "'degC'")),
    "kPa given as hPa": (
        replaced('"P_air", unit = "kPa"', '"P_air", unit = "hPa"'),
        ("columns.p_air", "'kPa'"),
    ),
    "mg given as mmol": (replaced('unit = "mg m-3"', 'unit = "mmol m-3"'), ("columns.co2", "'mg m-3'")),
    "g given as mmol": (replaced('unit = "g m-3"', 'unit = "mmol m-3"'), ("columns.h2o", "'g m-3'")),
    "m s-1 given as cm s-1": (
        lambda text: text.replace('"Uz", unit = "m s-1"', '"Uz", unit = "m s-1", gain = 100.0'),
        ("columns.w",),
    ),
    "air 12 K too warm": (
        replaced('"T_air", unit = "degC"', '"T_air", unit = "degC", offset = 12.0'),
        ("columns.t_air", "below that of the air"),
    ),
    "canopy of 25 m": (replaced("canopy_height = 0.3", "canopy_height = 25.0"), ("displacement height",)),
    "altitude of elsewhere": (
        replaced("altitude = 450.0", "altitude = 4500.0"),
        ("columns.p_air", "station.altitude"),
    ),
    "roughness of nothing": (
        replaced("canopy_height = 0.3", "canopy_height = 0.3\nroughness_length = 1e-9"),
        ("station.roughness_length",),
    ),
    "20 for 10 Hz": (replaced("rate = 10 ", "rate = 20 "), ("raw.rate", "10 Hz, not 20")),
    "stamps the other way": (
        replaced('sample_time_is = "end"', 'sample_time_is = "start"'),
        ("raw.sample_time_is", "marks the end"),
    ),
    "a channel that is stuck": (
        replaced('"Ts", unit = "degC"', '"T_air", unit = "degC"'),
        ("columns.t_sonic", "stuck"),
    ),
    "biomet missing": (lambda text: text + BIOMET.format(extra=""), ("no file matches biomet.files",)),
}


def test_a_station_that_is_well_raises_no_doubt(station: Path) -> None:
    assert checked(station, (station / "site.toml").read_text(), "--strict") == (0, [])


@pytest.mark.parametrize("fault", OF_ONE_FILE)
def test_check_names_a_fault(fault: str, station: Path) -> None:
    change, words = OF_ONE_FILE[fault]
    text = change((station / "site.toml").read_text())
    code, told = checked(station, text, "--strict")
    assert any(all(word in line for word in words) for line in told), told
    assert code == 2
    assert checked(station, text)[0] == 0


def test_averages_are_no_raw_data(archive: Path) -> None:
    text = (archive / "site.toml").read_text().split("[biomet]")[0]
    head = text[: text.index("[raw]")]
    columns = "\n".join(
        f'{name} = {{ column = "TA", unit = "{unit}", instrument = "sonic" }}'
        for name, unit in {"u": "m s-1", "v": "m s-1", "w": "m s-1", "t_sonic": "degC"}.items()
    )
    raw = (
        '[raw]\nfiles = "meteo.csv"\nrate = 10\nformat = "delimited"\nfile_time = "records"\n'
        'time_column = "time"\nnames_row = 1\nheader_rows = 1\ndelimiter = ","\n[columns]\n'
    )
    _, told = checked(archive, head + raw + columns + "\n")
    assert any("1800 s apart" in line and "[biomet]" in line for line in told), told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced('"TA"', '"TAA"'), ("TAA",)),
        (replaced('time_is = "end"', 'time_is = "end"\nutc_offset_h = 6.0'), ("behind", "the sun")),
        (replaced('"RH", unit = "%"', '"RH", unit = "m3 m-3"'), ("biomet.columns.rh", "'%'")),
    ],
    ids=["misspelt", "another zone", "unit"],
)
def test_check_names_a_fault_of_biomet(
    change: Callable[[str], str], words: tuple[str, ...], archive: Path
) -> None:
    code, told = checked(archive, change((archive / "site.toml").read_text()), "--strict")
    if "sun" in words[-1]:
        words = ("ahead of", "the sun")
    assert any(all(word in line for word in words) for line in told), told
    assert code == 2


def test_an_archive_that_is_well_raises_no_doubt(archive: Path) -> None:
    write_meteo(archive)
    text = (archive / "site.toml").read_text()
    assert decided(archive, text) == []
    assert checked(archive, text, "--strict") == (0, [])


@pytest.mark.parametrize(
    ("late_min", "names"),
    [
        (60, {"clock_and_sun", "clock_and_sonic"}),
        (30, {"clock_and_sonic"}),
        (-120, {"clock_and_sun", "clock_and_sonic"}),
    ],
)
def test_run_names_a_clock(late_min: int, names: set[str], archive: Path) -> None:
    write_meteo(archive, late_min)
    try:
        told = decided(archive, (archive / "site.toml").read_text())
    finally:
        write_meteo(archive)
    assert {line.split(":")[0] for line in told} == names, told
    shift = f"(by {late_min / 60:+g} h)"
    assert all(shift in line for line in told), told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced("canopy_height = 0.3", "canopy_height = 4.0"), "heights"),
        (replaced("longitude = 8.0", "longitude = -172.0"), "heat_by_night"),
        (replaced("longitude = 8.0", "longitude = -172.0"), "clock_and_sun"),
        (replaced("north_offset = 200.0", "north_offset = 20.0"), "azimuth"),
        (replaced("longitude = 8.0", "longitude = 98.0"), "clock_and_heat"),
        (replaced('"RH", unit = "%"', '"RH", unit = "%", gain = 0.6'), "vapour: columns.h2o"),
        (replaced('"TA", unit = "degC"', '"TA", unit = "degC", offset = 9.0'), "sonic_temperature"),
    ],
    ids=["canopy", "longitude, by heat", "longitude, by sun", "azimuth", "zone", "humidity", "air"],
)
def test_run_names_a_fault_of_the_configuration(
    change: Callable[[str], str], words: str, archive: Path
) -> None:
    told = decided(archive, change((archive / "site.toml").read_text()))
    assert any(line.startswith(words) for line in told), told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: exchanged(text, "Ux", "Uz"), "wind_swapped"),
        (replaced('"Uz", unit = "m s-1",', '"Uz", unit = "m s-1", gain = -1.0,'), "w_sign"),
        (replaced('"Uz", unit = "m s-1",', '"Uz", unit = "m s-1", offset = 0.3,'), "w_offset"),
        (replaced('"Uy", unit = "m s-1",', '"Uy", unit = "m s-1", gain = -1.0,'), "left_handed"),
        (replaced('column = "CO2"\n', 'column = "CO2"\ngain = 0.7\n'), "level: columns.co2"),
        (replaced('column = "H2O"\n', 'column = "H2O"\ngain = 0.7\n'), "vapour: columns.h2o"),
        (replaced('"P_air", unit = "kPa"', '"P_air", unit = "kPa", gain = 0.9'), "level: columns.p_air"),
    ],
    ids=["u and w", "sign of w", "offset of w", "sign of v", "CO2", "H2O", "pressure"],
)
def test_run_names_a_fault_of_the_columns(
    change: Callable[[str], str], words: str, archive: Path, tmp_path: Path
) -> None:
    """The same sentence is in the log, in run.json and in the report."""
    text = change((archive / "site.toml").read_text()).replace("raw/*", f"{archive.as_posix()}/raw/*")
    config = tmp_path / "site.toml"
    config.write_text(text.replace("meteo.csv", f"{archive.as_posix()}/meteo.csv"))
    results = run(config, tmp_path / "out")
    told = results.fluxes.attrs["doubts"]
    names = decided_names(tmp_path)
    assert any(name.startswith(words) for name in names), names
    assert json.loads(results.paths["run"].read_text())["doubts"] == told
    page = results.paths["report"].read_text()
    assert all(sentence.split(":")[0] in page for sentence in told)


#: What is changed -> the doubt, and whether it concerns momentum too.
FLAGGED: dict[str, tuple[Callable[[str], str], str, bool]] = {
    "sign of w": (replaced('"Uz", unit = "m s-1",', '"Uz", unit = "m s-1", gain = -1.0,'), "w_sign", True),
    "offset of w": (
        replaced('"Uz", unit = "m s-1",', '"Uz", unit = "m s-1", offset = 0.3,'),
        "w_offset",
        True,
    ),
    "pressure": (
        replaced('"P_air", unit = "kPa"', '"P_air", unit = "kPa", gain = 0.9'),
        "level: columns.p_air",
        False,
    ),
    "air": (
        replaced('"T_air", unit = "degC"', '"T_air", unit = "degC", offset = 13.0'),
        "sonic_temperature",
        False,
    ),
}


@pytest.mark.parametrize("fault", FLAGGED)
def test_what_is_doubted_of_an_archive_is_in_the_verdicts(fault: str, archive: Path, tmp_path: Path) -> None:
    change, words, momentum = FLAGGED[fault]
    text = (archive / "site.toml").read_text().split("[biomet]")[0]
    text = text.replace("raw/*", f"{archive.as_posix()}/raw/*")
    config = tmp_path / "site.toml"
    config.write_text(text)
    well = run(config, tmp_path / "well").fluxes
    assert well.attrs["doubts"] == []
    assert (well["FC_QC"] == 0).any()
    config.write_text(change(text))
    doubted = run(config, tmp_path / "out").fluxes
    assert any(name.startswith(words) for name in decided_names(tmp_path))
    for flux in ("FC", "NEE", "LE", "H"):
        assert (doubted[f"{flux}_QC"].values >= 1).all()
    assert (doubted["TAU_QC"].values >= 1).all() == momentum
    config.write_text(change(text) + '\n[decide.policy]\ndoubted = "remove"\n')
    removed = run(config, tmp_path / "out").fluxes
    bit = mask("FC_QC_REASON", "doubted")
    there = np.isfinite(removed["FC"].values)
    assert ((removed["FC_QC_REASON"].values[there] & bit) > 0).all()
    assert (removed["FC_QC"] == 2).all()


def test_a_pressure_that_is_wrong_in_part_of_an_archive_concerns_that_part(archive: Path) -> None:
    text = (archive / "site.toml").read_text()
    job = Job.of(archive / "site.toml", archive / "out")
    fluxes, _ = decide_archive(RunRecord.read(job), tables_beside(job))
    wrong = np.arange(fluxes.sizes["time"]) >= 50
    odd = fluxes.assign(PA=fluxes["PA"].where(~wrong, 0.85 * fluxes["PA"]))
    told = doubts_of_archive(odd, job.site, [], job.out, Beside(None, None, ()))
    assert [doubt.check for doubt in told] == ["odd_air"], text
    flagged = with_doubts(odd, told, job.site)
    assert (flagged["FC_QC"].values[wrong] >= 1).all()
    assert (flagged["FC_QC"].values[~wrong] == fluxes["FC_QC"].values[~wrong]).all()
    assert (flagged["TAU_QC"].values == fluxes["TAU_QC"].values).all()


def test_records_between_the_begins_of_files_give_the_rate(tmp_path: Path) -> None:
    config = make_day(tmp_path, hours=2.0, format="csv", rate=5.0)
    text = config.read_text()
    assert checked(tmp_path, text) == (0, [])
    wrong = replaced("rate = 5 ", "rate = 10 ")(text)  # which the length of a file refutes, if that is right
    assert checked(tmp_path, wrong)[0] == 3
    code, told = checked(tmp_path, replaced("file_minutes = 30", "file_minutes = 15")(wrong), "--strict")
    assert any("5 Hz, not 10" in line for line in told), told
    assert code == 2


def test_run_names_a_cell_whose_pressure_is_stuck(tmp_path: Path) -> None:
    config = make_day(tmp_path, hours=50.0, rate=1.0, format="csv", path="closed")
    text = config.read_text()
    assert stuck(run(config, tmp_path / "well")) == {"columns.p_air"}  # constant in what is made
    change = replaced('"P_cell", unit = "kPa",', '"P_cell", unit = "kPa", gain = 0.0, offset = 91.0,')
    config.write_text(change(text))
    assert stuck(run(config, tmp_path / "out")) == {"columns.p_air", "columns.p_cell"}


def stuck(results: Results) -> set[str]:
    return {sentence.split(":")[0] for sentence in results.fluxes.attrs["doubts"]}


def decided_names(folder: Path) -> list[str]:
    return decided(folder, (folder / "site.toml").read_text())


def test_a_run_ends_before_it_condenses_where_biomet_is_missing(station: Path, tmp_path: Path) -> None:
    config = station / "no_meteo.toml"
    config.write_text((station / "site.toml").read_text() + BIOMET.format(extra=""))
    with pytest.raises(NoInputError, match="biomet"):
        run(config, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.nc"))


@pytest.mark.parametrize(
    ("first", "count", "words"),
    [
        ("2024-07-01T11:30", 9, ""),
        ("2023-07-01T12:30", 9, "none of its records (2023"),
        ("2024-07-01T11:30", 1, "in 33 % of the 3 periods only"),
    ],
)
def test_the_time_of_a_table_is_told_before_anything_is_condensed(
    first: str, count: int, words: str, station: Path, tmp_path: Path
) -> None:
    stamps = np.datetime64(first, "m") + 30 * np.arange(count)
    lines = [f"{str(t).replace('T', ' ')},20.0" for t in stamps]
    (tmp_path / "slow.csv").write_text("\n".join(["time,TA", *lines]) + "\n")
    text = (station / "site.toml").read_text().replace("raw/*", f"{station.as_posix()}/raw/*")
    section = '[biomet]\nfiles = "slow.csv"\ntime_is = "end"\ninterval_s = 1800\n[biomet.columns]\n'
    (tmp_path / "site.toml").write_text(text + section + 't_air = { column = "TA", unit = "degC" }\n')
    job = Job.of(tmp_path / "site.toml", tmp_path / "out")
    told = doubts_of_plan(job.site, plan_archive(job.site, job.base), tables_beside(job))
    assert [doubt.check for doubt in told] == ["tables"] * bool(words)
    assert all(words in doubt.sentence for doubt in told)
    assert not (tmp_path / "out").exists()
