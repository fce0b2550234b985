"""Chambers in turn on one analyser, told by its valve, in files as a Picarro writes them."""

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.constants import SI
from fluxkit.errors import ConfigError

START = np.datetime64("2024-05-13T10:00:00", "ns")
STAY, ROUNDS, DEAD = 300, 2, 45
#: Position -> slope of CO2 while the chamber is drawn from [ppm s-1]; 3 is ambient air between.
SLOPES = {1: 0.2, 2: -0.1, 3: 0.0}
AREA, VOLUME = 0.1, 0.02
CONFIG = """
[campaign]
id = "valves"
utc_offset_h = 0
[[analysers]]
name = "crds"
files = "raw/*.dat"
[closures]
source = "valve"
{closures}
[chamber]
area = "0.1 m2"
volume = "20 L"
t_air = "15 degC"
p_air = "101.325 kPa"
[window]
{window}
"""


def course():
    """Return seconds, position and dry CO2: a tube holds the air of the line before."""
    order = np.repeat(np.tile(list(SLOPES), ROUNDS), STAY)
    since = np.tile(np.arange(STAY), ROUNDS * len(SLOPES))
    slope = np.array([SLOPES[position] for position in order])
    co2 = 410.0 + slope * since
    late = np.roll(co2, DEAD - 5)  # the delay of the tube
    noise = np.random.default_rng(1).normal(0.0, 0.02, co2.size)
    return order, np.where(since < DEAD - 5, late, co2) + noise


def campaign(folder, *, column="MPVPosition", files=3, closures="", window="deadband_s = 45"):
    """Write files that part the course anywhere, also within a closure."""
    position, co2 = course()
    (folder / "raw").mkdir(parents=True)
    other = "solenoid_valves" if column == "MPVPosition" else "MPVPosition"
    head = f"DATE TIME EPOCH_TIME ALARM_STATUS INST_STATUS {column} {other} CO2_dry H2O"
    for k, rows in enumerate(np.array_split(np.arange(co2.size), files)):
        lines = [head]
        for n in rows.tolist():
            stamp = str(START + np.timedelta64(n, "s"))[:19].replace("T", " ")
            epoch = 1715594400 + n
            lines.append(f"{stamp}.000 {epoch}.000 0 963 {position[n]}.0 0 {co2[n]:.4f} 0.0")
        (folder / "raw" / f"{k}.dat").write_text("\n".join(lines), encoding="utf-8")
    config = folder / "plots.toml"
    config.write_text(CONFIG.format(closures=closures, window=window), encoding="utf-8")
    return config


NAMED = 'valves = { "1" = "bog", "2" = "fen" }'


@pytest.mark.parametrize("column", ["MPVPosition", "solenoid_valves"])
@pytest.mark.parametrize("files", [1, 7])
def test_each_stay_of_a_valve_is_a_closure_of_its_plot(tmp_path, column, files):
    results = fk.chamber.run(campaign(tmp_path, column=column, files=files, closures=NAMED), tmp_path / "out")
    fluxes = results.fluxes
    assert fluxes["plot"].to_numpy().tolist() == ["bog", "fen", "bog", "fen"]
    term = 101325.0 / (SI.R * 288.15) * VOLUME / AREA
    expected = [SLOPES[1] * term, SLOPES[2] * term] * 2
    np.testing.assert_allclose(fluxes["flux"].sel(gas="co2"), expected, rtol=0.02)
    assert (fluxes["window_start"].sel(gas="co2") == 45.0).all()
    assert not any("dead band" in problem.reason for problem in results.problems)


def test_without_names_each_position_is_a_plot_and_the_dead_band_is_asked_for(tmp_path):
    results = fk.chamber.run(campaign(tmp_path, window=""), tmp_path / "out")
    assert sorted(set(results.fluxes["plot"].to_numpy().tolist())) == ["1", "2", "3"]
    told = " | ".join(problem.reason for problem in results.problems)
    assert "no dead band after switching is set" in told


def test_what_is_left_out_is_told(tmp_path):
    closures = 'valves = { "1" = "bog", "9" = "dry" }\nshortest_s = 200\nlongest_s = 280'
    with pytest.raises(fk.errors.NoInputError, match="no closure was found"):
        fk.chamber.run(campaign(tmp_path, closures=closures), tmp_path / "out")
    told = (tmp_path / "out" / "quarantine.csv").read_text(encoding="utf-8")
    assert "2 stretches of a constant valve are shorter than 200 s or longer than 280 s" in told
    assert "never in the positions of dry" in told


def test_a_column_that_is_not_there_and_a_position_that_is_none(tmp_path):
    config = campaign(tmp_path, closures='valve_column = "port"')
    with pytest.raises(ConfigError, match="no analyser has 'port': crds has co2"):
        fk.chamber.run(config, tmp_path / "out")
    text = config.read_text(encoding="utf-8").replace('valve_column = "port"', 'valves = { "one" = "bog" }')
    with pytest.raises(ConfigError, match="allowed: the number of a position"):
        fk.chamber.loads(text)


def test_positions_between_two_and_gaps_end_a_stretch():
    from fluxkit.chamber.closures.records import AnalyserRecord

    s = np.arange(900.0)
    valve = np.where(s < 300, 1.0, 2.0)
    valve[300] = 1.4  # a mean over the switching
    keep = (s < 500) | (s > 600)
    record = AnalyserRecord("crds", START + s[keep].astype("m8[s]"), {"valve": valve[keep]}, {})
    found, left_out = fk.chamber.closures_by_valve(record, "valve", {}, shortest=60.0, longest=600.0)
    assert found.plot.tolist() == ["1", "2", "2"]
    assert found.length.tolist() == [299.0, 198.0, 298.0]
    assert left_out == 0
