"""An LI-7500 in a tent whose air and flux are known."""

from dataclasses import replace

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.constants import SI
from tests.chamber.analysers.specimens import LI7500, LI7500RS

VOLUME, AREA = 2.0, 1.2
SECONDS = np.arange(90.0)


def air():
    """Return dry CO2 and water mole fractions, temperature and pressure of a tent that warms."""
    co2 = 410e-6 - 2.5e-7 * SECONDS
    h2o = 0.015 + 4e-5 * SECONDS
    return co2, h2o, 293.15 + 0.02 * SECONDS, np.full(SECONDS.size, 84e3)


def densities():
    co2, h2o, T, P = air()
    per_volume = P / (SI.R * T) * 1e3
    return co2 * (1.0 - h2o) * per_volume, h2o * per_volume, T - 273.15, P * 1e-3


def tent():
    lines = LI7500.splitlines()[:10]
    rows = zip(SECONDS, *densities(), strict=True)
    lines += [
        f"\t{s:.2f}\t{t:.4f}\t{p:.2f}\t0.00\t0.06\t{c:.6f}\t400.0\t{w:.4f}\t10.0" for s, c, w, t, p in rows
    ]
    return "\n".join(lines)


def software():
    lines = LI7500RS.splitlines()[:4]
    start = np.datetime64("2024-05-13T11:00:00", "ms")
    for s, (c, w, t, p) in zip(SECONDS, zip(*densities(), strict=True), strict=True):
        clock = str(start + np.timedelta64(int(s * 1e3), "ms"))[11:].replace(".", ":")
        lines.append(
            f"DATA\t{clock}\t2024-05-13\t{c:.6f}\t400.0\t{w:.4f}\t10.0\t{t:.4f}\t{p:.2f}\t255\t0\t 27"
        )
    return "\n".join(lines)


def opened(tmp_path, text, name="plot7_clear.txt", **say):
    path = tmp_path / name
    path.write_text(text, encoding="latin-1")
    return open_analyser(path, **{"utc_offset_h": 1.0, **say})


@pytest.mark.parametrize("made", [tent, software])
def test_densities_become_dry_mole_fractions_and_a_file_its_closure(tmp_path, made):
    series = opened(tmp_path, made())
    co2, h2o, T, P = air()
    np.testing.assert_allclose(series.data["co2"], co2, rtol=2e-6)
    np.testing.assert_allclose(series.data["h2o"], h2o, rtol=1e-5)
    np.testing.assert_allclose(series.data["t_air"], T, atol=1e-4)
    assert series.time[0] == np.datetime64("2024-05-13T10:00:00", "ns")
    (closure,) = series.closures
    assert closure.label == "plot7_clear"
    closures = fk.chamber.closures_from_series([series])
    closures = replace(closures, area=np.array([AREA]), volume=np.array([VOLUME]))
    fluxes = fk.chamber.fluxes([series], closures)
    moles = P[0] / (SI.R * T[0]) * (1.0 - h2o[0])
    assert float(fluxes["flux"].sel(gas="co2")[0]) == pytest.approx(-0.25 * moles * VOLUME / AREA, rel=1e-3)


def test_the_density_and_not_the_analysers_own_fraction_counts(tmp_path):
    """The made file's column of umol/mol is wrong: T and P of the tent make the mole fraction."""
    series = opened(tmp_path, tent())
    assert abs(series.data["co2"][0] - 400e-6 / 0.99) > 5e-6
    other = opened(tmp_path, tent(), columns={"t_air": ("Aux Input", "degC")})
    np.testing.assert_allclose(
        other.data["co2_wet" if "co2_wet" in other.data else "co2"][0], 382e-6, rtol=0.01
    )


def test_a_bad_diagnostic_value_rejects_and_low_signal_does_not(tmp_path):
    series = opened(tmp_path, LI7500RS)
    assert np.isnan(series.data["co2"]).tolist() == [False, False, True]
    assert "lacks one of its upper four bits" in " ".join(p.reason for p in series.problems)


def test_a_probe_that_is_not_plugged_in_is_told(tmp_path):
    series = opened(tmp_path, LI7500.replace("\t20.00\t90", "\t-273.00\t90").replace("\t20.02", "\t-273.00"))
    assert not np.isfinite(series.data["co2"]).any()
    assert "3 of 3 values of Temperature are implausible" in " ".join(p.reason for p in series.problems)


def test_the_computers_clock_and_a_long_log_are_told(tmp_path):
    later = opened(tmp_path, LI7500RS.replace("at 11:00:02", "at 3:00:02"))
    assert "+8.0 h from its line Timestamp" in " ".join(p.reason for p in later.problems)
    long = opened(tmp_path, LI7500.replace("\t2.20\t", "\t7200.00\t"))
    assert not long.closures
    assert "give closures in a field sheet" in " ".join(p.reason for p in long.problems)


@pytest.mark.parametrize(
    ("name", "co2", "h2o"),
    [("li7500_tent.txt", 408.30, 21.99), ("li7500_chamber_datah.txt", 403.18, 25.2378)],
)
def test_measured_files_agree_with_the_analysers_own_fractions(shared, name, co2, h2o):
    series = open_analyser(shared / "cases" / "chamber" / name, utc_offset_h=0.0)
    assert series.data["h2o"][0] == pytest.approx(h2o * 1e-3, rel=2e-4)
    assert series.data["co2"][0] * (1 - series.data["h2o"][0]) == pytest.approx(co2 * 1e-6, rel=5e-4)
