"""Spectra and lag functions of a page are those of the samples, and are read once."""

import shutil

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.archive.deciding.evidence import BEYOND, evidence_of
from fluxkit.archive.folder import parts
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import condense_archive, decide_archive
from fluxkit.synthetic.tower import make_day
from fluxkit.tower import chain
from fluxkit.tower.rotations.rotation import rotation_matrix


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Half hours at the end of one UTC day and the beginning of the next, condensed."""
    folder = tmp_path_factory.mktemp("made")
    make_day(folder, hours=2, rate=5, start="2024-07-02T00:00", seed=3)
    condense_archive(Job.of(folder / "site.toml", folder / "out"))
    return folder


@pytest.fixture(scope="module")
def found(made):
    job = Job.of(made / "site.toml", made / "out")
    return job, *decide_archive(RunRecord.read(job))


def test_lag_functions_are_correlations_of_the_samples(found, made):
    job, fluxes, evidence = found
    function = evidence.lags["co2"]
    files = sorted((made / "raw").iterdir())
    k = 1
    start = fluxes["time"].values[k]
    raw = next(r for r in (fk.open_raw(f, job.site) for f in files) if start in r["time"].values)
    raw = raw.sel(time=slice(start, start + np.timedelta64(1799, "s")))
    angles = np.array([[float(fluxes[f"ROT_{a}"].values[k]) for a in ("YAW", "PITCH", "ROLL")]])
    wind = np.stack([raw[name].values for name in "uvw"])
    w = (rotation_matrix(*angles.T)[0] @ wind)[2]
    x = raw["co2"].values
    rate = job.site.raw.rate
    for seconds, r in zip(function.seconds, function.correlation[k], strict=True):
        h = round(float(seconds) * rate)
        a, b = (w[: w.size - h], x[h:]) if h >= 0 else (w[-h:], x[:h])
        known = np.isfinite(a) & np.isfinite(b)
        want = np.corrcoef(a[known], b[known])[0, 1]
        assert r == pytest.approx(want, abs=0.03), seconds  # conditioning takes spikes out
    ends = float(fluxes["CO2_TLAG_MIN"].values[k]), float(fluxes["CO2_TLAG_MAX"].values[k])
    assert function.seconds[0] <= ends[0] - BEYOND + 1.5 / rate
    assert function.seconds[-1] >= ends[1] + BEYOND - 1.5 / rate


def test_spectra_are_those_of_the_chain(found):
    job, fluxes, evidence = found
    groups = RunRecord.read(job).groups()
    (part, other) = groups[0].parts(job.out)
    for each in (part, other):
        want = chain.spectra(each, fluxes.sel(time=each["time"]), job.site)
        got = evidence.spectra.sel(time=each["time"])
        for name in ("COSP_W_CO2", "SPEC_T_SONIC"):
            np.testing.assert_allclose(got[name], want[name], rtol=1e-6)
    assert evidence.ensembles[0]["COSP_W_CO2"].dims == ("stability", "frequency")
    assert evidence.planes == []


def test_a_day_is_read_once(found, made, tmp_path, monkeypatch):
    archive = shutil.copytree(made, tmp_path / "archive")
    job = Job.of(archive / "site.toml", archive / "out")
    record = RunRecord.read(job)
    fluxes, first = decide_archive(record)
    names, inner = [], parts.read_moments

    def noted(path, version, only=None):
        if only is not None and "co2_wind_correlation" in only:
            names.append(path.stem)
        return inner(path, version, only)

    monkeypatch.setattr(parts, "read_moments", noted)
    again = evidence_of(job, record.groups(), fluxes)
    assert names == ["2024-07-02"]  # for its axes
    assert again.spectra.identical(first.spectra)
    np.testing.assert_array_equal(again.lags["h2o"].correlation, first.lags["h2o"].correlation)
    (archive / "out" / "moments" / "page_1.npz").unlink()
    anew = evidence_of(job, record.groups(), fluxes)
    assert sorted(set(names)) == ["2024-07-01", "2024-07-02"]
    assert anew.spectra.identical(first.spectra)


def test_planes_are_those_of_the_rotation(made, tmp_path):
    archive = shutil.copytree(made, tmp_path / "archive")
    text = (archive / "site.toml").read_text()
    text += '\n[decide]\nrotation = "wilczak-2001"\nplanar_fit = { min_periods = 3, min_speed = 0.0 }\n'
    (archive / "site.toml").write_text(text)
    job = Job.of(archive / "site.toml", archive / "out")
    fluxes, evidence = decide_archive(RunRecord.read(job))
    (season,) = evidence.planes
    b = season.planes.coefficients[0, 0]
    normal = np.array([-b[1], -b[2], 1.0]) / np.sqrt(1.0 + b[1] ** 2 + b[2] ** 2)
    angles = np.stack([fluxes[f"ROT_{a}"].values for a in ("YAW", "PITCH", "ROLL")], axis=1)
    for matrix in rotation_matrix(*angles.T):
        np.testing.assert_allclose(matrix[2], normal, atol=1e-6)
