"""The harness finds what it is there to find: wrong exceptions, hangs, floods of memory, crashes."""

import io
import zipfile
from random import Random

import pytest

from fluxkit.errors import ReadError
from tests.fuzz import bad_readers, crew, damage, trial
from tests.fuzz.target import Seed, Target, case, tried

TEXT = b"name,unit\n1.5,m\n2.5,m\n" * 40
BINARY = bytes(range(256)) * 8


def reading(path) -> None:
    """Read two columns of numbers, carefully."""
    rows = [line.split(b",") for line in path.read_bytes().splitlines()]
    if any(len(row) != 2 for row in rows):
        raise ReadError(str(path), "needs two columns")


def careless(path) -> None:
    """Read a number, without a thought about what else might stand there."""
    float(path.read_bytes().split(b",")[1].split(b"\n")[1])


SOUND = [Seed("x.csv", TEXT, (reading,)), Seed("x.bin", BINARY, (lambda path: path.stat(),))]


def test_a_number_is_a_file_for_ever():
    first = [case("x", SOUND, k)[1] for k in range(200)]
    assert first == [case("x", SOUND, k)[1] for k in range(200)]
    assert len(set(first)) > 180
    assert first != [case("y", SOUND, k)[1] for k in range(200)]


def test_an_archive_does_not_tell_the_time():
    with zipfile.ZipFile(io.BytesIO(damage.zipped({"a": TEXT, "b": b""}))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    "data", [TEXT, BINARY, b"x", damage.zipped({"a": TEXT, "b": b""}), damage.zipped({})]
)
def test_damage_of_anything_is_possible_and_bounded(data):
    rng = Random(1)
    made = [damage.as_found(data, rng, [data, b""]) for _ in range(500)]
    assert max(map(len, made)) < 2 * damage.LONGEST
    assert sum(content != data for content in made) > 300


def test_own_errors_are_refusals_and_others_come_out(tmp_path):
    assert tried(SOUND[0], TEXT, tmp_path) is True
    assert tried(SOUND[0], b"1,2,3\n", tmp_path) is False
    with pytest.raises(IndexError):
        tried(Seed("x.csv", TEXT, (careless,)), b"", tmp_path)


def test_warnings_of_numpy_are_faults(tmp_path):
    import numpy as np

    with pytest.raises(RuntimeWarning, match="overflow"):
        tried(Seed("x", b"", (lambda path: np.array([1e308]) * 10,)), b"x", tmp_path)


@pytest.fixture
def told(monkeypatch, tmp_path):
    """Reads of a made-up target: what the tally says."""

    def run(way, number=20):
        target = Target("made-up", lambda folder: [Seed("x.csv", TEXT, (way,))])
        monkeypatch.setitem(bad_readers.TARGETS, "made-up", target)
        monkeypatch.setattr(trial.resource, "setrlimit", lambda *_: None)  # this process goes on
        trial.main(bad_readers.__name__, "made-up", number, tmp_path, set())
        return trial.Tally.load(tmp_path / "tally.json")

    return run


def test_a_trial_counts(told):
    tally = told(reading, 60)
    assert (tally.files, tally.next, tally.faults) == (60, 60, {})
    assert 0 < tally.accepted < 60


def test_a_trial_goes_on_behind_a_fault(told):
    tally = told(careless, 100)
    assert tally.files == 100
    assert {what.split()[0] for what in tally.faults} <= {"IndexError", "ValueError"}
    assert tally.faults


def test_a_trial_refuses_seeds_that_are_not_read(told):
    def refusing(path) -> None:
        raise ReadError(str(path), "never")

    with pytest.raises(ValueError, match="no sound files, or they are refused"):
        told(refusing)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hangs", "took too long at bad_readers.py"),
        ("crashes", "ended the process"),
        ("floods", "MemoryError: files [0, 1"),
        ("errs", "KeyError at"),
    ],
)
def test_what_kills_is_found_and_kept(name, words, tmp_path):
    """In processes of their own, as in a long run."""
    report = crew.run(name, 4, tmp_path, module=bad_readers.__name__)
    assert not report.sound
    assert report.tally.next == 4  # whatever happened, the next file was read
    assert words in "\n".join(report.lines())
    kept = {path.name for path in (tmp_path / name).iterdir()}
    assert "report.txt" in kept
    assert any(file.endswith("_x.csv") for file in kept)
