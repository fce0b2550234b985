"""Places in a bucket behave as paths do."""

import errno
import os
import pickle
import stat
import time
from pathlib import Path

import pytest
import s3fs
import xarray as xr

import fluxkit as fk
from fluxkit.errors import ConfigError, MomentsError, StoreError, WriteError
from fluxkit.export.atomic import atomic_path, write_text
from fluxkit.export.moments_file import read_moments
from fluxkit.locations import fingerprint, local_copy, location, read_start
from fluxkit.raw.opening import contents, head
from fluxkit.schema.provenance import file_sha256
from fluxkit.site.files import resolve_patterns
from fluxkit.site.toml.loading import load
from fluxkit.stores.path import ObjectFacts, StorePath
from fluxkit.synthetic.tower import make_day

KEYS = (
    *("site/2021/a1.dat", "site/2021/a2.dat", "site/2021/.a3.dat", "site/2022/x/a4.dat", "site/.old/a5.dat"),
    *("site/b[1].dat", "top.dat"),
)


@pytest.fixture
def requests(monkeypatch):
    """Names of the requests that S3 gets, with the ranges they ask for."""
    made = []
    really = s3fs.S3FileSystem._call_s3

    async def noted(self, method, *args, **keywords):
        made.append(method + (f" {keywords['Range']}" if "Range" in keywords else ""))
        return await really(self, method, *args, **keywords)

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", noted)
    return made


@pytest.mark.parametrize("kind", ["s3", "memory", "folder"])
@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("site/2021/*.dat", ["site/2021/a1.dat", "site/2021/a2.dat"]),
        ("site/202?/a[0-9].dat", ["site/2021/a1.dat", "site/2021/a2.dat"]),
        ("site/**/*.dat", ["site/2021/a1.dat", "site/2021/a2.dat", "site/2022/x/a4.dat", "site/b[1].dat"]),
        ("site/202[12]/**/a*", ["site/2021/a1.dat", "site/2021/a2.dat", "site/2022/x/a4.dat"]),
        ("*.dat", ["top.dat"]),
        ("site/2021/**", ["site/2021/a1.dat", "site/2021/a2.dat"]),
        ("site/.old/*", ["site/.old/a5.dat"]),
        ("site/2021/.*.dat", ["site/2021/.a3.dat"]),
        ("site/2021/a1.dat", ["site/2021/a1.dat"]),
        ("site/2021", []),
        ("site/2021/a9.dat", []),
        ("none/**/*.dat", []),
    ],
)
def test_patterns_find_in_a_store_what_they_find_in_a_folder(pattern, found, kind, files_in):
    base = files_in(kind)
    assert [str(path).removeprefix(f"{base}/") for path in resolve_patterns(pattern, base)] == found


@pytest.fixture(scope="module")
def _filled():
    return {}


@pytest.fixture
def files_in(_filled, request, tmp_path_factory):
    """Return a function that gives a place of some kind with the same files in it."""

    def made(kind):
        if kind not in _filled:
            _filled[kind] = {
                "s3": lambda: request.getfixturevalue("bucket"),
                "memory": lambda: location("memory:///tower"),
                "folder": lambda: tmp_path_factory.mktemp("tower"),
            }[kind]()
            for key in KEYS:
                path = _filled[kind] / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(key.encode())
        return _filled[kind]

    return made


def test_many_objects_take_one_listing_and_no_look_at_each(bucket, requests):
    for k in range(20):
        (bucket / f"raw/{k:02}.dat").write_bytes(b"%d" % k)
    requests.clear()
    paths = resolve_patterns("raw/*.dat", bucket)
    assert len({fingerprint(path) for path in paths}) == 20
    assert requests == ["list_objects_v2"]


def test_reading_takes_one_request_and_the_beginning_no_more_than_is_needed(bucket, requests):
    path = bucket / "a.dat"
    path.write_bytes(b"0123456789" * 1000)
    requests.clear()
    assert head(str(path), 10) == b"0123456789"
    assert contents(str(path)).data == b"0123456789" * 1000
    assert requests == ["get_object bytes=0-9", "get_object"]


def test_a_checksum_is_of_the_bytes_that_were_used(bucket, requests):
    path = bucket / "a.dat"
    path.write_bytes(b"first")
    contents(path)
    path_of_others = s3fs.S3FileSystem()
    path_of_others.pipe_file(f"{bucket.parts[0].removeprefix('s3://')}/a.dat", b"second")
    requests.clear()
    first, second = file_sha256(path), file_sha256(path)
    assert first != second
    assert requests == ["get_object"]  # the second time: what was handed over once is not kept


def test_a_fingerprint_changes_with_the_content(bucket):
    path = bucket / "a.dat"
    path.write_bytes(b"first")
    seen = fingerprint(path)
    assert fingerprint(next(bucket.glob("*.dat"))) == seen
    path.write_bytes(b"other")  # as long as the first
    assert fingerprint(path) != seen
    assert fingerprint(next(bucket.glob("*.dat"))) == fingerprint(path)


def test_an_empty_object_begins_with_nothing(bucket):
    (bucket / "empty").write_bytes(b"")
    assert read_start(bucket / "empty", 10) == b""
    assert (bucket / "empty").read_bytes() == b""
    assert (bucket / "empty").stat().st_size == 0


def test_what_is_not_there_is_no_file(bucket):
    path = bucket / "none.dat"
    (bucket / "folder/a").write_bytes(b"a")
    assert not path.exists()
    assert not path.is_file()
    assert (bucket / "folder").is_dir()
    assert not (bucket / "folder").is_file()
    with pytest.raises(FileNotFoundError, match=f"no such file or object: '{path}'"):
        path.read_bytes()
    path.unlink(missing_ok=True)


def test_an_object_appears_whole_or_not_at_all(bucket):
    target = bucket / "results" / "fluxes.nc"

    def fail(part):
        part.write_bytes(b"half of")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), atomic_path(target) as part:
        fail(part)
    assert not target.exists()
    with atomic_path(target) as part:
        part.write_bytes(b"all")
        assert not target.exists()
    assert target.read_bytes() == b"all"
    write_text(str(target), "ä\n")
    assert target.read_text() == "ä\n"
    assert [str(path) for path in bucket.tree()] == [str(target)]  # nothing temporary was sent


def test_large_files_are_sent_without_being_held(bucket, monkeypatch, tmp_path):
    monkeypatch.setattr("fluxkit.stores.path._HELD", 10)
    (tmp_path / "large").write_bytes(b"12345678901234567890")
    (bucket / "large").upload(tmp_path / "large")
    with local_copy(bucket / "large") as copy:
        assert copy.read_bytes() == b"12345678901234567890"
        assert copy.name == "large"
    assert not copy.exists()


def test_text_is_read_as_a_file_would_be(bucket):
    path = bucket / "table.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    assert path.read_text(encoding="utf-8-sig") == "a,b\n1,2\n"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert stream.read() == "a,b\r\n1,2\r\n"
    with pytest.raises(ValueError, match="objects can only be written as a whole"):
        path.open("w")


def test_only_one_may_create_an_object(bucket):
    (bucket / "lock").create(b"mine")
    with pytest.raises(FileExistsError):
        (bucket / "lock").create(b"theirs")
    assert (bucket / "lock").read_bytes() == b"mine"


def test_a_place_goes_to_other_processes_with_what_was_listed(bucket):
    (bucket / "a").write_bytes(b"12")
    path = next(bucket.glob("a"))
    copy = pickle.loads(pickle.dumps(path))
    assert copy == path
    assert copy.facts == path.facts
    assert copy.facts is not None


def test_parts_of_a_place():
    place = StorePath("s3://bucket/2021/07/a.b.dat")
    assert (place.name, place.stem, place.suffix) == ("a.b.dat", "a.b", ".dat")
    assert [str(folder) for folder in place.parents] == [
        *("s3://bucket/2021/07", "s3://bucket/2021", "s3://bucket")
    ]
    assert str(place.with_suffix(".json")) == "s3://bucket/2021/07/a.b.json"
    assert str(place.with_name("c")) == "s3://bucket/2021/07/c"
    assert str(place.parent / "../08" / Path("x/y.dat")) == "s3://bucket/2021/08/x/y.dat"
    assert str(StorePath("s3://bucket/a") / "../../../b") == "s3://bucket/b"  # never another bucket
    assert place.is_relative_to(place.parent)
    assert not StorePath("s3://bucket/2021-old/a").is_relative_to("s3://bucket/2021")


def test_nothing_takes_a_place_for_a_file_of_this_machine():
    with pytest.raises(TypeError):
        Path(StorePath("s3://bucket/a"))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        os.stat(StorePath("s3://bucket/a"))  # type: ignore[arg-type]


def test_a_listing_that_is_refused_is_told(bucket, monkeypatch):
    async def refused(self, *args, **keywords):
        raise PermissionError("Access Denied")
        yield

    monkeypatch.setattr(s3fs.S3FileSystem, "_iterdir", refused)
    with pytest.raises(ConfigError, match=r"raw/\*\*/\*\.dat: cannot be listed: access denied .*credentials"):
        resolve_patterns(f"{bucket}/raw/**/*.dat", Path())


def test_the_time_of_writing_is_told_as_of_a_file(bucket):
    path = bucket / "a.dat"
    before = time.time()
    path.write_bytes(b"12345")
    for told in (path.stat(), next(bucket.glob("*.dat")).stat()):
        assert abs(told.st_mtime - before) < 60.0
        assert told.st_mtime_ns == pytest.approx(told.st_mtime * 1e9)
        assert told.st_size == 5
        assert stat.S_ISREG(told.st_mode)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("2024-07-01T12:00:00Z", 1719835200.0),
        ("Mon, 01 Jul 2024 12:00:00 GMT", 1719835200.0),
        (1719835200, 1719835200.0),
        ("some day", 0.0),
        (None, 0.0),
    ],
)
def test_stores_tell_times_in_many_ways(told, seconds):
    assert ObjectFacts.of({"size": 1, "LastModified": told}).written == seconds


def test_raw_files_are_opened_by_their_address(bucket, tmp_path):
    config = make_day(tmp_path, hours=0.1, rate=5.0, period=6.0, seed=1)
    (raw,) = (tmp_path / "raw").iterdir()
    (bucket / raw.name).upload(raw)
    site = load(config)
    local = fk.open_raw(raw, site)
    xr.testing.assert_identical(fk.open_raw(f"{bucket}/{raw.name}", site), local)
    with xr.open_dataset(f"{bucket}/{raw.name}", engine="fluxkit", site=config) as found:
        xr.testing.assert_identical(found.load(), local)


def test_what_cannot_be_sent_is_told(bucket, monkeypatch):
    async def refused(self, *args, **keywords):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", refused)
    with pytest.raises(WriteError, match=r"results/a\.csv: cannot be written: access denied .Access Denied"):
        write_text(bucket / "results" / "a.csv", "1\n")


def test_a_full_disk_is_not_taken_for_a_damaged_object(bucket, monkeypatch):
    (bucket / "a.nc").write_bytes(b"moments")

    def full(path, file):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(StorePath, "download", full)
        with pytest.raises(StoreError, match=r"no room for a temporary copy in .*set TMPDIR"):
            read_moments(bucket / "a.nc")
    with pytest.raises(MomentsError, match=r"s3://.*a\.nc: damaged or not netCDF"):
        read_moments(bucket / "a.nc")
    with pytest.raises(MomentsError, match=r"s3://.*b\.nc: no such file; run condense first"):
        read_moments(bucket / "b.nc")
