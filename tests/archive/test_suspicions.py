"""What is wrong with a whole archive is one sentence: words, units, limits. Files are made here, at 4 Hz."""

import json
import logging

import numpy as np
import pytest
from typer.testing import CliRunner

from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import plan_archive
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import condense_archive
from fluxkit.archive.suspicions import suspicions
from fluxkit.cli.main import app
from fluxkit.site.models import Site
from fluxkit.site.toml.dumping import dump
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5

RATE, MINUTES, FILES = 4.0, 5, 3
N = int(RATE * 60 * MINUTES)
START = np.datetime64("2024-07-01T12:00", "ns")
UNITS = {
    "u": "m/s", "v": "m/s", "w": "m/s", "t_sonic": "C", "p_air": "kPa", "co2": "mg/m^3", "h2o": "g/m^3",
    "diag_sonic": "1",
}  # fmt: skip
SPELLED = {"C": "degC", "m/s": "m s-1", "mg/m^3": "mg m-3", "g/m^3": "g m-3"}


def samples(file: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(file)
    around = {"u": (3, 1), "v": (0, 1), "w": (0, 0.4), "t_sonic": (20, 0.4), "p_air": (95.9, 0.01),
              "co2": (710, 5), "h2o": (8.5, 0.2)}  # fmt: skip
    return {name: rng.normal(*about, N) for name, about in around.items()} | {"diag_sonic": np.zeros(N)}


def archive(folder, *, units=None, change=lambda data, file: None, headers=None, sonic=None, **methods):
    """Three files and their configuration: units of the columns and of headers may lie."""
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    for file in range(FILES):
        data = samples(file)
        change(data, file)
        told = UNITS | (headers(file) if headers else {})
        start = START + file * np.timedelta64(MINUTES, "m")
        fields = [Field(name, told[name], 4) for name in data]
        write_toa5(folder / "raw" / f"f{file}.dat", fields, list(data.values()), time_stamps(start, N, RATE))
    given = {name: SPELLED.get(unit, unit) for name, unit in UNITS.items()} | (units or {})
    columns = {name: {"column": name, "unit": unit} for name, unit in given.items()}
    for name, column in columns.items():
        if name in ("co2", "h2o"):
            column |= {
                "instrument": "irga",
                "quantity": "density",
                "lag": {"nominal": 0, "min": -1, "max": 1},
            }
        elif name != "p_air":
            column["instrument"] = "sonic"
    site = Site.model_validate(
        {
            "station": {"id": "XX-Tst", "latitude": 50.0, "longitude": 8.0, "altitude": 450.0,
                        "utc_offset_h": 0.0, "canopy_height": 0.2},
            "instruments": [
                {"kind": "sonic", "id": "sonic", "model": "csat3", "height": 3.0} | (sonic or {}),
                {"kind": "gas_analyser", "id": "irga", "model": "li-7500a", "bandwidth": 10},
            ],
            "raw": {"files": "raw/*.dat", "format": "toa5", "rate": RATE, "file_time": "records"},
            "columns": columns,
            "condense": {"period": float(MINUTES), "max_correlation_lag": 1.0},
        } | methods
    )  # fmt: skip
    config = folder / "site.toml"
    config.write_text(dump(site), encoding="utf-8")
    return config


def told(config) -> list[str]:
    """Sentences of the archive: of planning and of condensing."""
    job = Job.of(config, config.parent / "out")
    (config.parent / "out").mkdir(exist_ok=True)
    record: RunRecord = condense_archive(job)
    return [*record.planning.layouts, *record.suspicions()]


def checked(config) -> list[str]:
    """Sentences of `check`."""
    found = CliRunner().invoke(app, ["check", str(config)])
    assert found.exit_code == 0, found.output
    return [line for line in found.output.splitlines() if line.startswith("! ")]


def moments(config) -> np.ndarray:
    job = Job.of(config, config.parent / "out")
    parts = [part for group in RunRecord.read(job).groups() for part in group.parts(job.out)]
    return np.concatenate([np.atleast_1d(part["mean"].sel(variable="co2").values) for part in parts])


def test_nothing_is_said_of_a_sound_archive(tmp_path):
    config = archive(tmp_path)
    assert told(config) == checked(config) == []


@pytest.mark.parametrize("step", [1, 3])
def test_a_counter_in_the_word_of_a_csat3(tmp_path, step):
    """Flags of bits 12 to 15 cost their samples, range and counter none; one sentence says so."""

    def count(data, file):
        word = (step * np.arange(N) + 17 * file) % 64 + 64 * 5
        word[100:110] += 1 << 13
        word[200:205] = word[200]  # a few repeats hide no counter
        data["diag_sonic"] = word

    config = archive(tmp_path, change=count)
    (sentence,) = told(config)
    assert "columns.diag_sonic (column 'diag_sonic'): its lowest six bits count the records" in sentence
    assert checked(config) == [f"! {sentence}"]
    job = Job.of(config, tmp_path / "out")
    summary = json.loads(next((tmp_path / "out/moments").rglob("2024-07-01.json")).read_text())
    assert summary["tally"]["diagnosed"] == dict.fromkeys(("u", "v", "w", "t_sonic"), 10 * FILES)
    assert summary["filled"] == FILES
    assert job.site.sonic.model == "csat3"


def test_no_counter_where_words_are_declared_or_do_not_count(tmp_path):
    def count(data, file):
        data["diag_sonic"] = np.arange(N) % 64

    def jump(data, file):
        data["diag_sonic"] = np.random.default_rng(file).integers(1, 64, N)

    (sentence,) = told(archive(tmp_path / "a", change=count, sonic={"diagnostic_word": "flag"}))
    assert "98 % of the samples bad (u, v, w, t_sonic are lost); most frequent: 1, 2, 3." in sentence
    (sentence,) = told(archive(tmp_path / "b", change=jump))
    assert "100 % of the samples bad" in sentence
    assert "diagnostic_word" in sentence
    assert checked(tmp_path / "b/site.toml") != []


def test_some_bad_samples_are_no_matter_of_the_archive(tmp_path):
    def some(data, file):
        data["diag_sonic"][: int(0.4 * N)] = 1.0

    assert told(archive(tmp_path, change=some)) == []


@pytest.mark.parametrize(
    ("unit", "where"),
    [({"co2": "g m-3"}, "columns.co2"), ({"h2o": "mg m-3"}, "columns.h2o"),
     ({"p_air": "Pa"}, "columns.p_air"), ({"t_sonic": "K"}, "columns.t_sonic"), ({"w": "km h-1"}, "")],
)  # fmt: skip
def test_a_unit_that_makes_no_air_is_told_once(tmp_path, unit, where):
    name = next(iter(unit))
    config = archive(tmp_path, units=unit, headers=lambda file: {name: "?"})
    found = [sentence for sentence in told(config) if "check its unit" in sentence]
    assert [sentence.split(" ")[0] for sentence in found] == ([where] if where else [])


def test_wind_in_centimetres(tmp_path):
    def larger(data, file):
        for name in "uvw":
            data[name] *= 100.0

    found = told(archive(tmp_path, change=larger, headers=lambda file: dict.fromkeys("uvw", "?")))
    assert [sentence.split(" ")[0] for sentence in found] == ["columns.u", "columns.v", "columns.w"]
    assert "root mean square" in found[-1]


def test_limits_that_remove_most_samples(tmp_path):
    (sentence,) = told(archive(tmp_path, condition={"limits": {"co2": [100.0, 200.0]}}))
    assert sentence.startswith("columns.co2")
    assert "beyond the absolute limits" in sentence


def test_units_that_a_later_header_swaps(tmp_path, caplog):
    """The numbers below the header are those of before: it is told, once, and not believed."""
    swapped = {"co2": "g/m^3", "h2o": "mg/m^3"}
    sound = archive(tmp_path / "a")
    config = archive(tmp_path / "b", headers=lambda file: swapped if file else {})
    assert told(sound) == []
    with caplog.at_level(logging.WARNING):
        (sentence,) = told(config)
    assert sum("make nonsense" in message for message in caplog.messages) == 1
    for part in (
        "co2 (column 'co2') 'g/m^3' instead of 'mg m-3'",
        "h2o (column 'h2o')",
        "f1.dat and 1 more file",
    ):
        assert part in sentence
    np.testing.assert_array_equal(moments(config), moments(sound))


def test_units_that_a_later_header_changes_with_its_numbers(tmp_path):
    """A header that tells the truth is believed, as before."""

    def kilograms(data, file):
        if file:
            data["co2"] /= 1000.0

    config = archive(tmp_path / "b", change=kilograms, headers=lambda file: {"co2": "g/m^3"} if file else {})
    (sentence,) = told(config)
    assert "unit of co2 mg m-3 -> g m-3" in sentence
    sound = archive(tmp_path / "a")
    told(sound)
    np.testing.assert_allclose(moments(config), moments(sound), rtol=1e-4)


@pytest.mark.parametrize(
    ("unit", "verdict"),
    [({"co2": "mmol m-3"}, "suit the header"), ({"w": "cm s-1"}, "instead of 'cm s-1'"),
     ({"t_sonic": "K"}, "suit the header")],
)  # fmt: skip
def test_a_configured_unit_against_all_headers(tmp_path, unit, verdict):
    sentences = told(archive(tmp_path, units=unit))
    contradictions = [sentence for sentence in sentences if "contradict the configuration" in sentence]
    assert len(contradictions) == 1
    assert verdict in contradictions[0]
    (again,) = (line for line in checked(tmp_path / "site.toml") if "contradict the configuration" in line)
    assert again.replace(f"{tmp_path}/", "") == f"! {contradictions[0]}"


def test_a_deliberate_unit_is_told_to_suit(tmp_path):
    (sentence,) = told(archive(tmp_path, headers=lambda file: {"h2o": "mg/m^3"}))
    assert "make nonsense" in sentence
    assert "f0.dat and 2 more files" in sentence


def test_sums_of_nothing_say_nothing(tmp_path):
    config = archive(tmp_path)
    job = Job.of(config, tmp_path / "out")
    assert suspicions({}, job.site) == []
    assert plan_archive(job.site, job.base).layouts == ()
