"""Texts to places."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fluxkit.locations import fingerprint, is_address, joined, local_copy, location, on_store, read_start
from fluxkit.stores.path import StorePath


@pytest.mark.parametrize("text", ["raw/a.dat", "/data/a.dat", "C:/data/a.dat", "C:\\data\\a.dat", "a:b", ""])
def test_paths_are_no_addresses(text):
    assert not is_address(text)
    assert location(text) == Path(text)


@pytest.mark.parametrize(
    "text", ["s3://b/a", "gs://b/a", "https://example.org/a", "memory:///a", "abfss://c/a"]
)
def test_addresses_are_places_in_stores(text):
    assert is_address(text)
    assert on_store(location(text))
    assert str(location(text)) == str(location(text + "/")) == text
    assert location(location(text)) == location(text)


def test_an_address_of_a_file_is_a_path(tmp_path):
    assert location((tmp_path / "a b.dat").as_uri()) == tmp_path / "a b.dat"


def test_patterns_are_seen_from_a_folder_unless_they_stand_for_themselves():
    folder, bucket = Path("conf"), location("s3://bucket/conf")
    assert joined(folder, "raw/*.dat") == Path("conf/raw/*.dat")
    assert joined(folder, "/raw/*.dat") == Path("/raw/*.dat")
    assert str(joined(folder, "s3://bucket/raw/*.dat")) == "s3://bucket/raw/*.dat"
    assert str(joined(bucket, "../raw/*.dat")) == "s3://bucket/raw/*.dat"
    assert joined(bucket, "/raw/*.dat") == Path("/raw/*.dat")


def test_a_file_of_this_machine_is_its_own_copy(tmp_path):
    path = tmp_path / "a.dat"
    path.write_bytes(b"12345")
    with local_copy(path) as copy:
        assert copy is path
    assert read_start(path, 3) == b"123"
    seen = fingerprint(path)
    os.utime(path, ns=(0, 10**9))
    assert fingerprint(path) != seen
    assert fingerprint(path).startswith("5-1000000000-")


@pytest.mark.skipif(os.name == "nt", reason="no time of change there")
def test_other_bytes_of_the_same_size_and_time_are_noticed(tmp_path):
    path = tmp_path / "a.dat"
    path.write_bytes(b"12345")
    os.utime(path, ns=(0, 10**9))
    seen = fingerprint(path)
    time.sleep(0.02)  # the clock of a file system goes in steps
    path.write_bytes(b"54321")
    os.utime(path, ns=(0, 10**9))
    assert fingerprint(path) != seen


def test_paths_and_commands_need_nothing_of_fsspec():
    code = "import sys, fluxkit.cli.main, fluxkit.locations as l; l.location('s3://b/a').parent / 'c'; "
    code += "sys.exit('fsspec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_places_sort_with_their_kind():
    places = [StorePath("s3://b/2"), StorePath("s3://b/10"), StorePath("s3://a/3")]
    assert [str(place) for place in sorted(places)] == ["s3://a/3", "s3://b/10", "s3://b/2"]
