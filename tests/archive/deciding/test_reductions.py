"""Days that are reduced once, and the same fluxes."""

import logging
import shutil

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.deciding import kept_arrays
from fluxkit.archive.folder import parts
from fluxkit.archive.folder.summaries import FOLDER
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import condense_archive, decide_archive
from fluxkit.archive.spectra_files import write_spectra
from fluxkit.errors import WriteError
from fluxkit.synthetic.tower import make_day

KEPT = "reduced_1.npz"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Half hours at the end of one UTC day and the beginning of the next, condensed."""
    folder = tmp_path_factory.mktemp("made")
    make_day(folder, hours=2, rate=2, start="2024-07-02T00:00", seed=3)
    condense_archive(Job.of(folder / "site.toml", folder / "out"))
    return folder


@pytest.fixture
def archive(made, tmp_path):
    return shutil.copytree(made, tmp_path / "archive")


@pytest.fixture
def read(monkeypatch):
    """Names of the moments that were read for a decision."""
    names = []
    inner = parts.read_moments

    def noted(path, version, only=None):
        if only is None:
            names.append(path.stem)
        return inner(path, version, only)

    monkeypatch.setattr(parts, "read_moments", noted)
    return names


def decided(archive) -> xr.Dataset:
    return decide_archive(RunRecord.read(Job.of(archive / "site.toml", archive / "out")))[0]


def condensed_again(archive) -> None:
    """Give the second day's moments another time of change."""
    new = archive / "out" / FOLDER / "2024" / "2024-07-02.nc"
    shutil.copy(new, archive / "again")
    shutil.copy(archive / "again", new)


def test_only_new_days_are_read_and_fluxes_are_the_same(archive, read) -> None:
    whole = decided(archive)
    assert read == ["2024-07-01", "2024-07-02"]
    read.clear()
    condensed_again(archive)
    again = decided(archive)
    assert read == ["2024-07-02"]
    xr.testing.assert_identical(again, whole)
    read.clear()
    xr.testing.assert_identical(decided(archive), whole)
    assert len(read) == 1  # one day shows how a result is made


def test_other_settings_read_all(archive, read) -> None:
    whole = decided(archive)
    config = archive / "site.toml"
    config.write_text(config.read_text() + '\n[decide]\ndetrending = "linear"\n')
    read.clear()
    linear = decided(archive)
    assert read == ["2024-07-01", "2024-07-02"]
    assert not np.array_equal(linear["FC"].values, whole["FC"].values)


def test_what_rests_on_the_season_is_not_kept(archive) -> None:
    config = archive / "site.toml"
    config.write_text(config.read_text() + '\n[decide]\nrotation = "wilczak-2001"\n')
    decided(archive)
    assert not (archive / "out" / FOLDER / KEPT).exists()


def test_what_is_held_of_other_days_stays(archive, read) -> None:
    whole = decided(archive)
    held = archive / "out" / FOLDER / KEPT
    size = held.stat().st_size
    condensed_again(archive)
    summary = archive / "out" / FOLDER / "2024" / "2024-07-01.json"
    hidden = summary.with_suffix(".nc")
    for path in (summary, hidden):
        path.rename(archive / path.name)
    decided(archive)
    assert held.stat().st_size == pytest.approx(size, rel=0.01)
    for path in (summary, hidden):
        (archive / path.name).rename(path)
    read.clear()
    xr.testing.assert_identical(decided(archive), whole)
    assert len(read) == 1


def test_a_damaged_file_is_told_and_made_again(archive, read, caplog) -> None:
    whole = decided(archive)
    held = archive / "out" / FOLDER / KEPT
    held.write_bytes(held.read_bytes()[:-100])
    read.clear()
    with caplog.at_level(logging.WARNING):
        again = decided(archive)
    assert "reduced_1.npz is damaged" in caplog.text
    assert read == ["2024-07-01", "2024-07-02"]
    xr.testing.assert_identical(again, whole)
    read.clear()
    decided(archive)
    assert len(read) == 1


def test_a_disk_that_cannot_take_it_costs_time_only(archive, read, monkeypatch, caplog) -> None:
    def full(path):
        raise WriteError(str(path), "the disk is full")

    monkeypatch.setattr(kept_arrays, "atomic_path", full)
    with caplog.at_level(logging.WARNING):
        first, second = decided(archive), decided(archive)
    assert "the disk is full" in caplog.text
    assert len(read) == 4
    xr.testing.assert_identical(first, second)


def test_average_spectra_read_only_new_days_too(archive, monkeypatch) -> None:
    names = []
    inner = parts.read_moments
    monkeypatch.setattr(
        parts, "read_moments", lambda path, *rest: names.append(path.stem) or inner(path, *rest)
    )
    record = RunRecord.read(Job.of(archive / "site.toml", archive / "out"))
    fluxes = decide_archive(record)[0]
    (archive / "out" / FOLDER / "spectra_1.npz").unlink()  # made for the page

    def spectra(of: xr.Dataset) -> xr.Dataset:
        names.clear()
        with xr.open_dataset(write_spectra(of, record)["spectra"]) as found:
            return found.load()

    whole = spectra(fluxes)
    assert names == ["2024-07-01", "2024-07-02"]
    condensed_again(archive)
    xr.testing.assert_identical(spectra(fluxes), whole)
    assert names == ["2024-07-02"]
    xr.testing.assert_identical(spectra(fluxes), whole)
    assert names == []
    other = fluxes.assign(
        ROT_PITCH=fluxes["ROT_PITCH"].where(fluxes["time"] < np.datetime64("2024-07-02"), 9.0)
    )
    assert not spectra(other).equals(whole)
    assert names == ["2024-07-02"]
