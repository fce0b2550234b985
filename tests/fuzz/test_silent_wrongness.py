"""Whatever happens to a file, each value is right or missing, its time is right, and a loss is told.

Sound files hold values that each occur once, so that any value found tells where it is from (`planted`).
What an analyser's file records of closures is held to the same: label, geometry, port and times.
They are worn as files are on their way (`wear`): lost, doubled, empty and broken-off blocks, joined files,
headers inside, lines cut and glued, columns added or taken away, other codes and ends of lines, a clock that
was set. What the bytes cannot tell is left out of the verdict by name:

* records without stamps (SLT, MeteoFlux, generic binary, tables timed by their name): how many whole records
  are gone. All values of a record must be of one, and not be farther from its place than bytes are gone; and
  the one record that a seam joins of two halves may be wrong. Among the first twenty records too little is
  known of the columns;
* digits lost within one number of a text. Of analysers' texts, and of texts without stamps, a line of two
  halves with the right number of fields, too, and the last line of a file that breaks off in its last value:
  that record may be of two, and nobody says that others are missing. Where less than a dozen lines have
  another column, or all have and no header says so, nothing is there to compare them with. Of any text the
  last line of the file, if it is of two halves: no stamp behind it tells that others are missing;
* classic netCDF: joined files, headers inside and doubled blocks, since it has neither sums nor marks; HDF5
  and Parquet are tried with the sums that their writers can ask for;
* digits lost within one number of a Smart Chamber's JSON: what is left is a number;
* TOB3: frames that were allocated and never written are no loss;
* a block lost from the first record of a stamped binary file: the number that is left may be a stamp.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from fluxkit.raw.registry import BUILT_IN
from tests.fuzz.planted import Planted
from tests.fuzz.planted_files import PLANTED
from tests.fuzz.verdict import judged, verdict
from tests.fuzz.wear import Worn, worn

FEW, MANY = 44, 2_000
#: Files that came out wrong once, of numbers beyond those that are tried each time.
FOUND = [
    ("aerodyne", 101_480),
    ("aerodyne", 201_381),
    ("edisol", 100_438),
    ("egm-4", 100_162),
    ("egm-4", 101_526),
    ("li-6400", 101_915),
    ("netcdf", 100_141),
    ("serial-gill", 100_609),
]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Sound files, made once."""

    @cache
    def made(name: str) -> Planted:
        return PLANTED[name](tmp_path_factory.mktemp("planted"))

    return made


def test_every_reader_is_tried(planted):
    """A new format gets a sound file here: `planted_others`, or `planted_analysers` for an analyser."""
    tried = {sound.layout.format if sound.layout else sound.name for sound in map(planted, PLANTED)}
    assert {*BUILT_IN} <= tried


@pytest.mark.parametrize("name", PLANTED)
def test_no_value_is_wrong(name, planted, tmp_path):
    found = judged(planted(name), range(FEW), tmp_path)
    assert found.wrong == {}
    assert found.kept > 0.2 or planted(name).container  # most are read, not refused


@pytest.mark.parametrize(("name", "number"), FOUND)
def test_what_was_wrong_once(name, number, planted, tmp_path):
    assert judged(planted(name), range(number, number + 1), tmp_path).wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_no_value_of_thousands_is_wrong(name, planted, tmp_path):
    assert judged(planted(name), range(FEW, MANY), tmp_path).wrong == {}


@pytest.mark.parametrize("name", PLANTED)
def test_the_verdict_sees_what_is_wrong(name, planted, tmp_path):
    """A file that is sound, but of other values, is found out, and so is a silent loss."""
    sound = planted(name)
    other = {key: x[::-1].copy() for key, x in sound.truth.items()}
    fake = Planted(**{**vars(sound), "truth": other})
    assert any("wrong" in text for text in verdict(fake, Worn("sound", sound.data), tmp_path)[0])
    if sound.closings:
        others = [
            replace(one, label="another", end=one.end - np.timedelta64(300, "s")) for one in sound.closings
        ]
        fake = Planted(**{**vars(sound), "closings": others})
        assert any("closure" in text for text in verdict(fake, Worn("sound", sound.data), tmp_path)[0])
    half = sound.write(slice(0, 300), tuple(sound_names()), 0)
    assert any("no word" in text for text in verdict(sound, Worn("ended", half), tmp_path)[0])
    assert verdict(sound, Worn("sound", sound.data, whole=True), tmp_path)[0] == []


def sound_names() -> list[str]:
    from tests.fuzz.planted import NAMES

    return list(NAMES)


def test_numbers_make_the_same_files_for_ever(planted):
    sound = planted("toa5")
    assert worn(sound, 7) == worn(sound, 7)
    kinds = {worn(sound, k).kind for k in range(30)}
    assert {"lost", "doubled", "blank", "joined", "headed", "glued", "widened", "respelled", "reset"} <= kinds


def test_planted_values_occur_once(planted):
    for name in ("toa5", "tob1", "binary"):
        values = np.concatenate(list(planted(name).truth.values()))
        assert np.unique(values).size == values.size
