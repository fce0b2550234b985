"""Whatever a file of an analyser holds, its reader reads it or says with ReadError why it cannot."""

import gzip
import io
import json
import warnings
import zipfile

import numpy as np
import pytest

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.errors import ReadError, UnknownFormatError
from fluxkit.raw.opening import Contents
from fluxkit.raw.registry import identify_content, known_formats, reader
from tests.chamber.analysers.specimens import ASKED, NAMES, specimen


def survives(form: str, content: bytes) -> bool:
    """Whether it was read; anything but a ReadError fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            series = reader(form).series(Contents("damaged", content), ASKED)
        except ReadError:
            return False
    assert all(values.shape == series.time.shape for values in series.data.values())
    assert not np.isnat(series.time).any()
    assert not np.any(np.diff(series.time) < np.timedelta64(0))
    for closure in series.closures:
        assert closure.start <= closure.end
    return True


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_content_tells_the_format_and_no_other_reader_claims_it(name, tmp_path):
    form, content = specimen(name, tmp_path)
    assert identify_content("x", content[:4096]) == form


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\x00\x01\x02" * 50, b"some words\n", b"{}", b"[]", b"PK\x03\x04"]
)
def test_what_is_another_thing_is_refused(name, content, tmp_path):
    form, _ = specimen(name, tmp_path)
    assert not survives(form, content)


@pytest.mark.parametrize("name", NAMES)
def test_every_beginning_of_a_file(name, tmp_path):
    """A file that was cut off anywhere."""
    form, content = specimen(name, tmp_path)
    step = max(1, len(content) // 60)
    read = [survives(form, content[:end]) for end in range(0, len(content), step)]
    assert not read[0]  # nothing at all is no series


@pytest.mark.parametrize("name", NAMES)
def test_gzip_is_read_alike(name, tmp_path):
    form, content = specimen(name, tmp_path)
    if form == "li-8250":
        return  # a zip is packed already
    plain, packed = tmp_path / "plain", tmp_path / "packed.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    say = {"utc_offset_h": 1.0, "day_first": True, "year": 2024}
    a, b = open_analyser(plain, **say), open_analyser(packed, **say)
    assert a.data.keys() == b.data.keys()
    for variable, values in a.data.items():
        assert np.array_equal(values, b.data[variable], equal_nan=True)


def test_an_observation_that_unpacks_to_a_flood_is_refused(tmp_path):
    path = tmp_path / "bomb.82z"
    path.write_bytes(zipped({"data.csv": b"0," * (40 * 2**20), "metadata.json": b"{}"}))
    assert path.stat().st_size < 2**20
    with pytest.raises(ReadError, match=r"data\.csv is larger than 64 MiB when unpacked"):
        open_analyser(path, format="li-8250", utc_offset_h=0.0)


def test_paths_in_an_archive_do_no_harm(tmp_path):
    _, content = specimen("li-8250", tmp_path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    folder = tmp_path / "inside"
    folder.mkdir()
    path = folder / "file.82z"
    path.write_bytes(zipped({f"../../{name}": data for name, data in parts.items()}))
    before = sorted(tmp_path.rglob("*"))
    assert open_analyser(path, format="li-8250", utc_offset_h=0.0).size == 12
    assert sorted(tmp_path.rglob("*")) == before


def test_metadata_that_is_deep_or_none(tmp_path):
    _, content = specimen("li-8250", tmp_path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        data = archive.read("data.csv")
    odd = json.dumps({"FLUX": 3, "CHAMBER": []}).encode()
    for metadata, read in ((b"[" * 100_000, False), (b"", False), (b"null", True), (b"3", True), (odd, True)):
        assert survives("li-8250", zipped({"data.csv": data, "metadata.json": metadata})) is read


def test_a_format_of_towers_or_of_nobody(tmp_path):
    path = tmp_path / "x"
    path.write_text("x")
    with pytest.raises(UnknownFormatError, match="holds no analyser's series"):
        open_analyser(path, format="icos")
    with pytest.raises(UnknownFormatError, match="unknown format 'nonsense'"):
        open_analyser(path, format="nonsense")
    assert set(known_formats()) >= {"toa5", "lgr", "li-8250", "gaia"}
